/* Values: what the text of an option means, and its default. For this wing only. Not collective. */
#ifndef NIXE_OPTIONS_VALUES_H
#define NIXE_OPTIONS_VALUES_H

#include "nixe/options/options.h"
#include "nixe/options/words.h"

/* "false", "true", "no", ... */
int nixe_value_is_truth(const char *text, int *truth);

/* Read the text of a value into the option's place in `options`; refused with what is allowed, and which limit was broken. */
nixe_status nixe_value_read(const nixe_option *option, const char *text, nixe_options *options);

/* Fit the defaults that follow from other options, where they are not among the words that were given. */
nixe_status nixe_defaults_fit(const nixe_words *words, nixe_options *options);

#endif
