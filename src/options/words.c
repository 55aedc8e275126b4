/* Words: the (name, value) pairs of a command line or of a YAML file. Not collective. */
#include "nixe/options/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "nixe/base/bytes.h"
#include "nixe/options/options.h"

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
    for (int i = words->count - 1; i >= 0; i--)
        if (!strcmp(words->word[i].name, name)) return words->word[i].value ? words->word[i].value : "";
    return NULL;
}

/* A file that is being read. */
typedef struct {
    const char *path;
    yaml_document_t *document;
    nixe_words *words;
    size_t bytes; /* of all keys and values so far, aliases expanded */
} reading;

/* Refuse what stands in a line of the file. */
static nixe_status refuse(const reading *file, size_t line, const char *why, ...) __attribute__((format(printf, 3, 4)));
static nixe_status refuse(const reading *file, size_t line, const char *why, ...) {
    char text[NIXE_NAME_BYTES + 128];
    va_list arguments;
    va_start(arguments, why);
    vsnprintf(text, sizeof text, why, arguments);
    va_end(arguments);
    return nixe_fail(NIXE_REFUSED, "%s: line %zu: %s", file->path, line + 1, text);
}

/* The text of a scalar, counted. */
static nixe_status scalar(reading *file, const yaml_node_t *node, const char **text) {
    *text = (const char *)node->data.scalar.value;
    file->bytes += node->data.scalar.length + 1;
    if (strlen(*text) != node->data.scalar.length)
        return refuse(file, node->start_mark.line, "a key or a value with a NUL character");
    if (file->bytes <= 2 * NIXE_YAML_BYTES) return NIXE_OK; /* without aliases, a value takes at least two of the text */
    return refuse(file, node->start_mark.line, "aliases make more than %d bytes of the file", 2 * NIXE_YAML_BYTES);
}

/* A map in a list as name=value:name=value. */
static nixe_status join_map(reading *file, const yaml_node_t *map, const char *key, nixe_bytes *list) {
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++) {
        const int part[2] = {pair->key, pair->value};
        for (int p = 0; p < 2; p++) {
            const yaml_node_t *node = yaml_document_get_node(file->document, part[p]);
            const char *text;
            if (node->type != YAML_SCALAR_NODE)
                return refuse(file, map->start_mark.line, "a map in the list of %s holds something that is not a plain value",
                              key);
            NIXE_TRY(scalar(file, node, &text));
            if (strpbrk(text, ",:="))
                return refuse(file, node->start_mark.line, "a map in the list of %s holds one of , : and =", key);
            if (p || pair > map->data.mapping.pairs.start) NIXE_TRY(nixe_bytes_put(list, p ? "=" : ":", 1));
            NIXE_TRY(nixe_bytes_put(list, text, strlen(text)));
        }
    }
    return NIXE_OK;
}

/* The items of a sequence of scalars, or of maps where the option has them, joined with commas. */
static nixe_status join_sequence(reading *file, const yaml_node_t *node, const char *key, nixe_bytes *list) {
    const nixe_option *option = nixe_option_find(key);
    for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        const yaml_node_t *value = yaml_document_get_node(file->document, *item);
        const int is_map = value->type == YAML_MAPPING_NODE && option && option->maps;
        const char *text;
        if (value->type != YAML_SCALAR_NODE && !is_map)
            return refuse(file, node->start_mark.line, "the list of %s holds something that is not a plain value", key);
        if (list->used) NIXE_TRY(nixe_bytes_put(list, ",", 1));
        if (is_map) {
            NIXE_TRY(join_map(file, value, key, list));
            continue;
        }
        NIXE_TRY(scalar(file, value, &text));
        NIXE_TRY(nixe_bytes_put(list, text, strlen(text)));
    }
    return nixe_bytes_put(list, "", 1);
}

static nixe_status add_once(const reading *file, const char *key, const char *value, size_t line) {
    if (nixe_words_find(file->words, key)) return refuse(file, line, "-%s is given more than once", key);
    if (file->words->count == NIXE_WORDS) return refuse(file, line, "more than %d options", NIXE_WORDS);
    return nixe_words_add(file->words, key, value, (int)line + 1);
}

/* prefix: the keys around this mapping, joined. */
static nixe_status read_mapping(reading *file, const yaml_node_t *mapping, const char *prefix, int depth) {
    for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(file->document, pair->key);
        const yaml_node_t *value = yaml_document_get_node(file->document, pair->value);
        const size_t line = key->start_mark.line;
        const char *word, *text;
        char name[NIXE_NAME_BYTES];
        if (key->type != YAML_SCALAR_NODE) return refuse(file, line, "a key must be a plain word");
        if (depth > NIXE_YAML_DEPTH) return refuse(file, line, "nested more than %d deep", NIXE_YAML_DEPTH);
        NIXE_TRY(scalar(file, key, &word));
        if (snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? "_" : "", word) >= NIXE_NAME_BYTES)
            return refuse(file, line, "a name of more than %d bytes", NIXE_NAME_BYTES - 1);
        nixe_status status = NIXE_OK;
        nixe_bytes list = {0};
        if (value->type == YAML_SCALAR_NODE) {
            status = scalar(file, value, &text);
            if (!status) status = add_once(file, name, text, line);
        } else if (value->type == YAML_MAPPING_NODE) {
            status = read_mapping(file, value, name, depth + 1);
        } else {
            status = join_sequence(file, value, name, &list);
            if (!status) status = add_once(file, name, list.bytes, line);
        }
        nixe_bytes_destroy(&list);
        NIXE_TRY(status);
    }
    return NIXE_OK;
}

/* One event of the text against the bounds; `depth` and `marks` count on. */
static nixe_status check_event(const reading *file, const yaml_event_t *event, int *depth, int *marks) {
    const yaml_char_t *anchor = NULL;
    switch (event->type) {
        case YAML_ALIAS_EVENT: anchor = event->data.alias.anchor; break;
        case YAML_SCALAR_EVENT: anchor = event->data.scalar.anchor; break;
        case YAML_SEQUENCE_START_EVENT:
            anchor = event->data.sequence_start.anchor;
            ++*depth;
            break;
        case YAML_MAPPING_START_EVENT:
            anchor = event->data.mapping_start.anchor;
            ++*depth;
            break;
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT: --*depth; break;
        default: break;
    }
    *marks += anchor != NULL;
    if (*depth > NIXE_YAML_DEPTH) return refuse(file, event->start_mark.line, "nested more than %d deep", NIXE_YAML_DEPTH);
    return *marks > NIXE_YAML_MARKS ? refuse(file, event->start_mark.line, "more than %d anchors and aliases", NIXE_YAML_MARKS)
                                    : NIXE_OK;
}

/* The bounds that a look at the bytes shows. */
static nixe_status check_bytes(const reading *file, const char *text, size_t length) {
    size_t line = 0;
    int directives = 0;
    for (size_t c = 0; c < length; c++) {
        if (!text[c]) return refuse(file, line, "a NUL byte: this is not text");
        directives += text[c] == '%' && (c == 0 || text[c - 1] == '\n');
        if (directives > NIXE_YAML_MARKS) return refuse(file, line, "more than %d directives", NIXE_YAML_MARKS);
        line += text[c] == '\n';
    }
    return NIXE_OK;
}

/* What libyaml's loader would take long for: it takes a document whole, to any depth, and searches all anchors for each. An
 * error of the text ends the check: the loader says what it is. */
static nixe_status check_events(const reading *file, const char *text, size_t length) {
    int depth = 0, marks = 0, more = 1;
    yaml_parser_t parser;
    yaml_event_t event;
    nixe_status status = NIXE_OK;
    if (!yaml_parser_initialize(&parser)) return nixe_fail(NIXE_FAILED, "out of memory: the YAML parser");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    while (!status && more && yaml_parser_parse(&parser, &event)) {
        status = check_event(file, &event, &depth, &marks);
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return status;
}

/* The next document of the text as words. *more is set where there is one. */
static nixe_status read_document(reading *file, yaml_parser_t *parser, int *more) {
    yaml_document_t document;
    nixe_status status = NIXE_OK;
    if (!yaml_parser_load(parser, &document)) {
        const char *problem = parser->problem ? parser->problem : "it cannot be read";
        return nixe_fail(NIXE_REFUSED, "%s is not YAML: line %zu: %s", file->path, parser->problem_mark.line + 1, problem);
    }
    const yaml_node_t *root = yaml_document_get_root_node(&document);
    const int again = *more;
    *more = root != NULL;
    file->document = &document;
    if (root && again) status = nixe_fail(NIXE_REFUSED, "%s holds more than one YAML document", file->path);
    else if (root && root->type == YAML_MAPPING_NODE) status = read_mapping(file, root, "", 1);
    else if (root)
        status = nixe_fail(NIXE_REFUSED, "%s does not hold options: expected lines such as \"model_kT: 0.2\"", file->path);
    yaml_document_delete(&document);
    return status;
}

nixe_status nixe_words_read_yaml(const char *path, const char *text, size_t length, nixe_words *words) {
    reading file = {.path = path, .words = words};
    yaml_parser_t parser;
    int more = 0;
    NIXE_TRY(check_bytes(&file, text, length));
    NIXE_TRY(check_events(&file, text, length));
    if (!yaml_parser_initialize(&parser)) return nixe_fail(NIXE_FAILED, "out of memory: the YAML parser");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    nixe_status status = read_document(&file, &parser, &more);
    if (!status && more) status = read_document(&file, &parser, &more); /* a second one must not be passed over in silence */
    yaml_parser_delete(&parser);
    return status;
}
