/* Nearest: options whose names are near one that is not known. For this wing only. Not collective. */
#ifndef NIXE_OPTIONS_NEAREST_H
#define NIXE_OPTIONS_NEAREST_H

#include <stddef.h>

#include "nixe/options/options.h"

/* In words, to follow the name: "; the nearest is -model_kT", of several alike "; the nearest are -a and -b"; "" where none of
 * the command's options is near. A name is near that is misspelt in a third of its letters at the most, and so are the last
 * words of one: kT and edge, or kmc_seed of another section. */
void nixe_option_nearest(const char *name, nixe_command command, char *text, size_t size);

#endif
