/* Text: the options of a run as they are stored in its file, read again. Not collective. */
#include "nixe/options/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
