/* Recipe: what the options say of the crystal. Not collective. */
#ifndef NIXE_OPTIONS_RECIPE_H
#define NIXE_OPTIONS_RECIPE_H

#include "nixe/crystal/lattice.h"
#include "nixe/options/options.h"

/* The type of lattice where none is given: that of a hexagon or of a cube. Refused (NIXE_REFUSED) for other shapes. */
nixe_status nixe_recipe_fit_type(nixe_options *options);

/* Whether the crystal has a surface: all but boxes that are periodic along every cell vector. */
int nixe_recipe_has_surface(const nixe_options *options);

/* The recipe of the crystal; its texts belong to the options. Refused (NIXE_REFUSED): options of size that the shape lacks or
 * that it does not have, lists of the wrong length, periods of fewer than 3 cells. */
nixe_status nixe_recipe_read(const nixe_options *options, nixe_recipe *recipe);

/* Give the classes of bonds of a lattice their constants. Refused: lists of another length than there are classes. */
nixe_status nixe_recipe_set_classes(const nixe_options *options, nixe_lattice *lattice);

#endif
