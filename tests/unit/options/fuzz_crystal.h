/* The crystal of an input of fuzz_options.c: what the commands do before any work, in this process. */
#ifndef NIXE_TEST_FUZZ_CRYSTAL_H
#define NIXE_TEST_FUZZ_CRYSTAL_H

#include <math.h>

#include "nixe/command/command.h"
#include "nixe/options/recipe.h"

static const double most_sites = 3000; /* of a crystal that is built here: more are counted only */

/* Whether every site is found by its position, neighbours are mutual, and layers and columns are what they can be. */
static int is_sound(const nixe_lattice *l) {
    int sound = l->sites > 0 && l->core_sites > 0 && l->symmetry.operations > 0;
    for (int i = 0; i < l->sites && sound; i++) {
        sound = nixe_lattice_find(l, l->position + (long)l->dimension * i) == i && l->exchange[i] >= 0 &&
                isfinite(l->field[i]) && l->layer[i] >= 0 && l->layer[i] <= l->shell_layers;
        for (int d = 0; d < l->directions && sound; d++) {
            const int next = nixe_lattice_neighbours(l, i)[d];
            sound = next < 0 || nixe_lattice_neighbours(l, next)[(d + l->directions / 2) % l->directions] == i;
        }
    }
    return sound;
}

/* Build the crystal of options; *built: whether it was, which large ones and those that are refused are not. */
static nixe_status build_crystal(const nixe_parallel *parallel, const nixe_options *options, int *built, int *sound) {
    nixe_recipe recipe;
    nixe_lattice lattice;
    nixe_file file;
    *built = 0;
    *sound = 1;
    NIXE_TRY(nixe_recipe_read(options, &recipe));
    if (recipe.shape != NIXE_LISTED && nixe_lattice_count_sites(&recipe) > most_sites) return NIXE_OK;
    NIXE_TRY(nixe_command_prepare(parallel, options, &lattice, &file));
    *built = 1;
    *sound = is_sound(&lattice);
    nixe_lattice_destroy(&lattice);
    return NIXE_OK;
}

#endif
