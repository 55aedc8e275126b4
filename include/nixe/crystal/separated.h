/* Separated: a configuration with all A on one side of the crystal. Pure; nothing here is collective. */
#ifndef NIXE_CRYSTAL_SEPARATED_H
#define NIXE_CRYSTAL_SEPARATED_H

#include "nixe/crystal/lattice.h"

/* Of `count` sites of a lattice (site: their numbers; NULL: the first), count_A with the smallest x (ties by y, then z) are A,
 * the others B. sigma has shape [count]. */
nixe_status nixe_separated(const nixe_lattice *lattice, int count, const int32_t *site, int count_A, int8_t *sigma);

#endif
