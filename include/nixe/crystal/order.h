/* Order: what else is counted of a configuration: unlike neighbours, and the composition from the surface inwards. Pure;
 * nothing here is collective. */
#ifndef NIXE_CRYSTAL_ORDER_H
#define NIXE_CRYSTAL_ORDER_H

#include <stdint.h>

#include "nixe/crystal/lattice.h"

/* Unlike pairs among the bonds of each class between core sites. unlike has an entry for each class. O(B). */
void nixe_unlike_count(const nixe_lattice *lattice, const int8_t *sigma, int64_t *unlike);

/* P_k: their fraction of these bonds; 0 where a class has none. */
void nixe_unlike_fractions(const nixe_lattice *lattice, const int64_t *unlike, double *fraction);

/* Composition (fraction of A) of the sites at each depth below the surface. profile has shape [depths]. O(N). */
void nixe_depth_profile(const nixe_lattice *lattice, const int8_t *sigma, double *profile);

#endif
