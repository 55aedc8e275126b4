/* Words: the (name, value) pairs of a command line or of a YAML file, before anything is known of their meaning.
 * For this wing only. Not collective. */
#ifndef NIXE_OPTIONS_WORDS_H
#define NIXE_OPTIONS_WORDS_H

#include <stddef.h>

#include "nixe/base/error.h"

/* Bounds of what is read, so that no text takes long. */
enum {
    NIXE_YAML_BYTES = 1000000,
    NIXE_YAML_DEPTH = 9,   /* of collections inside one another */
    NIXE_WORDS = 400,      /* options at once, aliases expanded; PETSc keeps 512 */
    NIXE_YAML_MARKS = 100, /* anchors and aliases; directives */
    NIXE_NAME_BYTES = 256  /* of a name, with its 0 */
};

typedef struct {
    char *name;  /* without the dash */
    char *value; /* NULL where the option stands alone */
    int line;    /* of the file that it stands in; 0: the command line */
} nixe_word;

typedef struct {
    int count;
    nixe_word *word;
} nixe_words;

/* Append a copy of (name, value). */
nixe_status nixe_words_add(nixe_words *words, const char *name, const char *value, int line);
void nixe_words_destroy(nixe_words *words);

/* The last value of `name`, "" where it stands alone, or NULL. */
const char *nixe_words_find(const nixe_words *words, const char *name);

/* Read the YAML text of file `path` (named in sentences): mappings whose nested keys join with _, scalars, and sequences of
 * scalars, which become lists a,b,c, or, of some options, of mappings (options.h). Refused: anything else, keys that are
 * repeated, NUL, and what is beyond the bounds. */
nixe_status nixe_words_read_yaml(const char *path, const char *text, size_t length, nixe_words *words);

#endif
