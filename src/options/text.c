/* Text: the options of a run as they are stored in its file: written, and read again. Not collective. */
#include "nixe/options/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/options/options.h"

/* A value as YAML: a list as [a, b, c], texts in double quotes, others plain. */
static void print_value(const nixe_option *option, const nixe_options *options, FILE *yaml) {
    const void *place = (const char *)options + option->offset;
    char value[256];
    if (option->kind == NIXE_OPTION_LIST) {
        const nixe_list *list = place;
        for (int i = 0; i < list->count; i++) {
            nixe_number_print(list->value[i], value, sizeof value);
            fprintf(yaml, "%s%s", i ? ", " : list->count > 1 ? "[" : "", value);
        }
        fputs(list->count > 1 ? "]\n" : "\n", yaml);
    } else if (option->kind == NIXE_OPTION_TEXT) {
        fputc('"', yaml);
        for (const char *c = *(char *const *)place; c && *c; c++) fprintf(yaml, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
        fputs("\"\n", yaml);
    } else {
        nixe_option_print(option, options, value, sizeof value);
        fprintf(yaml, "%s\n", value);
    }
}

nixe_status nixe_options_yaml(const nixe_options *options, char **text) {
    size_t bytes, length = 0;
    const char *section = "";
    FILE *yaml = open_memstream(text, &bytes);
    if (!yaml) return nixe_fail(NIXE_FAILED, "out of memory: the options");
    for (int i = 0; i < nixe_option_count; i++) {
        const nixe_option *option = &nixe_option_table[i];
        char value[64];
        if (option->execution || !(option->commands & options->command)) continue;
        nixe_option_print(option, options, value, sizeof value);
        if (!*value) continue; /* what a crystal of this shape does not have */
        if (strncmp(section, option->name, length + 1) != 0) {
            section = option->name;
            length = strcspn(section, "_");
            fprintf(yaml, "%.*s:\n", (int)length, section);
        }
        fprintf(yaml, "  %s: ", option->name + length + 1);
        print_value(option, options, yaml);
    }
    const int failed = ferror(yaml);
    return fclose(yaml) || failed ? nixe_fail(NIXE_FAILED, "out of memory: the options") : NIXE_OK;
}

int nixe_text_next(nixe_text *text) {
    while (*text->rest) {
        const char *line = text->rest, *end = line + strcspn(line, "\n"), *colon = memchr(line, ':', (size_t)(end - line));
        text->rest = *end ? end + 1 : end;
        if (!colon) continue;
        const char *key = line + strspn(line, " ");
        if (key == line) {
            snprintf(text->section, sizeof text->section, "%.*s", (int)(colon - line), line);
            continue;
        }
        snprintf(text->name, sizeof text->name, "%s_%.*s", text->section, (int)(colon - key), key);
        text->value = colon + 1 + strspn(colon + 1, " ");
        text->length = text->value < end ? (int)(end - text->value) : 0;
        return 1;
    }
    return 0;
}

void nixe_text_word(const nixe_text *text, char *word, size_t size) {
    const char quote = text->length ? text->value[0] : '\0';
    size_t kept = 0;
    for (int c = 0; c < text->length && kept + 1 < size; c++) {
        if (quote == '[' && strchr("[] ", text->value[c])) continue;
        if (quote == '"' && (c == 0 || c == text->length - 1)) continue;
        if (quote == '"' && text->value[c] == '\\' && c + 1 < text->length) c++;
        word[kept++] = text->value[c];
    }
    word[kept] = '\0';
}

int64_t nixe_text_integer(const char *text, const char *name) {
    nixe_text reader = {.rest = text};
    while (nixe_text_next(&reader))
        if (!strcmp(reader.name, name)) return atoll(reader.value);
    return 0;
}

int nixe_text_has(const char *text, const char *name) {
    nixe_text reader = {.rest = text};
    char word[8];
    while (nixe_text_next(&reader)) {
        nixe_text_word(&reader, word, sizeof word);
        if (!strcmp(reader.name, name)) return *word != '\0';
    }
    return 0;
}
