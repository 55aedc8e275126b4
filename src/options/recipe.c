/* Recipe: what the options say of the crystal. Not collective. */
#include "nixe/options/recipe.h"

void nixe_options_recipe(const nixe_options *options, nixe_recipe *recipe) {
    *recipe = (nixe_recipe){.type = options->lattice_shape == NIXE_HEXAGON ? NIXE_TRIANGULAR : NIXE_SC,
                            .shape = (nixe_shape)options->lattice_shape,
                            .edge = (int)options->lattice_edge,
                            .shell_layers = (int)options->shell_layers,
                            .faces = "",
                            .single_faces = ""};
}
