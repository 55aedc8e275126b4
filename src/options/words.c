/* Words: the (name, value) pairs of a command line or of a YAML file. Not collective. */
#include "nixe/options/words.h"

#include <stdlib.h>
#include <string.h>

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
