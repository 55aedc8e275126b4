/* Recipe: what the options say of the crystal. Not collective. */
#ifndef NIXE_OPTIONS_RECIPE_H
#define NIXE_OPTIONS_RECIPE_H

#include "nixe/crystal/lattice.h"
#include "nixe/options/options.h"

void nixe_options_recipe(const nixe_options *options, nixe_recipe *recipe);

#endif
