/* YAML of options: reading a file of them, and writing those in force. Not collective. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "nixe/options/options.h"
#include "nixe/options/words.h"

nixe_status nixe_words_add(nixe_words *words, const char *name, const char *value, int line) {
    nixe_word *more = realloc(words->word, (size_t)(words->count + 1) * sizeof *more);
    if (!more) return nixe_fail(NIXE_FAILED, "out of memory: the options");
    words->word = more;
    more[words->count] = (nixe_word){strdup(name), value ? strdup(value) : NULL, line};
    words->count++;
    if (!more[words->count - 1].name || (value && !more[words->count - 1].value))
        return nixe_fail(NIXE_FAILED, "out of memory: the options");
    return NIXE_OK;
}

void nixe_words_destroy(nixe_words *words) {
    for (int i = 0; i < words->count; i++) {
        free(words->word[i].name);
        free(words->word[i].value);
    }
    free(words->word);
    *words = (nixe_words){0};
}

const char *nixe_words_find(const nixe_words *words, const char *name) {
    for (int i = 0; i < words->count; i++)
        if (!strcmp(words->word[i].name, name)) return words->word[i].value ? words->word[i].value : "";
    return NULL;
}

/* Append text to a buffer that grows. */
typedef struct {
    char *text;
    size_t length;
} buffer;

static nixe_status append(buffer *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
static nixe_status append(buffer *to, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int more = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = more < 0 ? NULL : realloc(to->text, to->length + (size_t)more + 1);
    if (text) {
        to->text = text;
        vsnprintf(text + to->length, (size_t)more + 1, format, again);
        to->length += (size_t)more;
    }
    va_end(again);
    return text ? NIXE_OK : nixe_fail(NIXE_FAILED, "out of memory: the options");
}

/* The items of a sequence of scalars, joined with commas. */
static nixe_status join_sequence(const char *path, yaml_document_t *document, const yaml_node_t *node, const char *key,
                                 buffer *list) {
    NIXE_TRY(append(list, "%s", ""));
    for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        const yaml_node_t *value = yaml_document_get_node(document, *item);
        if (value->type != YAML_SCALAR_NODE)
            return nixe_fail(NIXE_REFUSED, "%s: the list of %s holds something that is not a plain value", path, key);
        NIXE_TRY(append(list, "%s%s", list->length ? "," : "", (const char *)value->data.scalar.value));
    }
    return NIXE_OK;
}

static nixe_status add_once(const char *path, const char *key, const char *value, int line, nixe_words *words) {
    if (nixe_words_find(words, key))
        return nixe_fail(NIXE_REFUSED, "%s: line %d: -%s is given more than once", path, line, key);
    return nixe_words_add(words, key, value, line);
}

static nixe_status read_mapping(const char *path, yaml_document_t *document, const yaml_node_t *mapping, const char *prefix,
                                int depth, nixe_words *words) {
    for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(document, pair->key);
        const yaml_node_t *value = yaml_document_get_node(document, pair->value);
        const int line = (int)key->start_mark.line + 1;
        char name[256];
        if (key->type != YAML_SCALAR_NODE || depth > 8)
            return nixe_fail(NIXE_REFUSED, "%s: line %d: a key must be a plain word", path, line);
        snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? "_" : "", (const char *)key->data.scalar.value);
        nixe_status status = NIXE_OK;
        buffer list = {0};
        if (value->type == YAML_SCALAR_NODE) {
            status = add_once(path, name, (const char *)value->data.scalar.value, line, words);
        } else if (value->type == YAML_MAPPING_NODE) {
            status = read_mapping(path, document, value, name, depth + 1, words);
        } else {
            status = join_sequence(path, document, value, name, &list);
            if (!status) status = add_once(path, name, list.text, line, words);
        }
        free(list.text);
        NIXE_TRY(status);
    }
    return NIXE_OK;
}

nixe_status nixe_words_read_yaml(const char *path, const char *text, nixe_words *words) {
    yaml_parser_t parser;
    yaml_document_t document;
    nixe_status status = NIXE_OK;
    if (!yaml_parser_initialize(&parser)) return nixe_fail(NIXE_FAILED, "out of memory: the YAML parser");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    if (!yaml_parser_load(&parser, &document)) {
        status = nixe_fail(NIXE_REFUSED, "%s is not YAML: line %lu: %s", path, (unsigned long)parser.problem_mark.line + 1,
                           parser.problem ? parser.problem : "it cannot be read");
        yaml_parser_delete(&parser);
        return status;
    }
    const yaml_node_t *root = yaml_document_get_root_node(&document);
    if (root && root->type == YAML_MAPPING_NODE) status = read_mapping(path, &document, root, "", 0, words);
    else if (root) status = nixe_fail(NIXE_REFUSED, "%s does not hold options: expected lines such as \"model_kT: 0.2\"", path);
    yaml_document_delete(&document);
    if (!status && yaml_parser_load(&parser, &document)) { /* a second document would be passed over in silence */
        if (yaml_document_get_root_node(&document))
            status = nixe_fail(NIXE_REFUSED, "%s holds more than one YAML document", path);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    return status;
}

/* A list as YAML: one number, or [a, b, c]. */
static nixe_status append_list(const nixe_list *list, buffer *yaml) {
    char number[32];
    if (list->count > 1) NIXE_TRY(append(yaml, "["));
    for (int i = 0; i < list->count; i++) {
        nixe_number_print(list->value[i], number, sizeof number);
        NIXE_TRY(append(yaml, "%s%s", i ? ", " : "", number));
    }
    return append(yaml, list->count > 1 ? "]\n" : "\n");
}

/* A value as YAML: plain where that is safe, else in double quotes. */
static nixe_status append_value(const nixe_option *option, const nixe_options *options, buffer *yaml) {
    const void *place = (const char *)options + option->offset;
    char value[256];
    if (option->kind == NIXE_OPTION_LIST) return append_list(place, yaml);
    if (option->kind != NIXE_OPTION_TEXT) {
        nixe_option_print(option, options, value, sizeof value);
        return append(yaml, "%s\n", value);
    }
    NIXE_TRY(append(yaml, "\""));
    for (const char *c = *(char *const *)place; c && *c; c++)
        NIXE_TRY(append(yaml, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c));
    return append(yaml, "\"\n");
}

nixe_status nixe_options_yaml(const nixe_options *options, char **text) {
    buffer yaml = {0};
    char section[64] = "";
    for (int i = 0; i < nixe_option_count; i++) {
        const nixe_option *option = &nixe_option_table[i];
        if (option->execution || !(option->commands & options->command)) continue;
        const char *rest = strchr(option->name, '_') + 1;
        size_t length = (size_t)(rest - option->name) - 1;
        if (strncmp(section, option->name, length) != 0 || section[length]) {
            snprintf(section, sizeof section, "%.*s", (int)length, option->name);
            NIXE_TRY(append(&yaml, "%s:\n", section));
        }
        NIXE_TRY(append(&yaml, "  %s: ", rest));
        NIXE_TRY(append_value(option, options, &yaml));
    }
    *text = yaml.text;
    return NIXE_OK;
}
