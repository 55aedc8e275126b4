/* Text: the options of a run as they are stored in its file, read again line by line: "section:" and "  key: value" of the YAML
 * that nixe_options_yaml() writes. This is the one reader of it. Not collective. */
#ifndef NIXE_OPTIONS_TEXT_H
#define NIXE_OPTIONS_TEXT_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *rest;            /* set it to the text to begin */
    char section[64], name[160]; /* name: that of the option, section_key */
    const char *value;           /* as it is written, not ended */
    int length;
} nixe_text;

/* Read the next option; 0 at the end. */
int nixe_text_next(nixe_text *text);

/* The value as a word of a command line: [1, 2] as 1,2 and "a \"b\"" as a "b". Cut where it is longer than size - 1. */
void nixe_text_word(const nixe_text *text, char *word, size_t size);

/* Whether the text has this option with a value that is not empty. */
int nixe_text_has(const char *text, const char *name);

/* A whole number by its name; 0 where the text has none. */
int64_t nixe_text_integer(const char *text, const char *name);

#endif
