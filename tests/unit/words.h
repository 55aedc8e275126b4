/* Words: reading options from one string, as a shell splits it; for unit tests. */
#ifndef NIXE_TEST_WORDS_H
#define NIXE_TEST_WORDS_H

#include "nixe/options/options.h"
#include "unit/crystal.h"

/* Read "-name value -name value ..." (no value has a space) for a command. */
static inline nixe_status fixture_read_words(nixe_command command, const char *words, nixe_options_stored *stored,
                                             nixe_options *options) {
    char *copy = strdup(words), *argv[64] = {(char[]){"nixe"}, (char[]){"command"}}, *rest = NULL;
    int argc = 2;
    for (char *word = strtok_r(copy, " ", &rest); word && argc < 64; word = strtok_r(NULL, " ", &rest)) argv[argc++] = word;
    const nixe_status status = nixe_options_read(&fixture_parallel, command, argc, argv, stored, options);
    free(copy);
    return status;
}

/* The sentence of a refusal names what it has to, and is one line. */
#define assert_refused(status, name) fixture_refused(status, name, __FILE__, __LINE__)
static inline void fixture_refused(nixe_status status, const char *name, const char *file, int line) {
    const char *said = nixe_status_message();
    const int good = status == NIXE_REFUSED && strstr(said, name) && !strchr(said, '\n');
    if (!good) print_error("status %d, \"%s\", where a refusal that names \"%s\" was expected\n", (int)status, said, name);
    nixe_status_clear();
    if (!good) _fail(file, line);
}

#endif
