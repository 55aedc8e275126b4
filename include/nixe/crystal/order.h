/* Order: what else is counted of a configuration: unlike neighbours, and the composition from the surface inwards. Pure;
 * nothing here is collective. */
#ifndef NIXE_CRYSTAL_ORDER_H
#define NIXE_CRYSTAL_ORDER_H

#include <stdint.h>

#include "nixe/crystal/ions.h"
#include "nixe/crystal/lattice.h"

/* Composition: the fraction of A among all sites, of each of the configurations abreast. O(N). */
void nixe_order_composition(const nixe_lattice *lattice, const nixe_ions *ions, double *composition);

/* Unlike pairs among the bonds of each class between core sites. unlike has an entry for each class. O(B). */
void nixe_unlike_count(const nixe_lattice *lattice, const int8_t *sigma, int64_t *unlike);

/* The same of configurations abreast. unlike has shape [classes, abreast]. */
void nixe_unlike_count_abreast(const nixe_lattice *lattice, const nixe_ions *ions, int64_t (*unlike)[NIXE_ABREAST]);

/* P_k: their fraction of these bonds; 0 where a class has none. */
void nixe_unlike_fractions(const nixe_lattice *lattice, const int64_t *unlike, double *fraction);

/* Composition of the sites at each depth below the surface. profile has shape [depths, abreast]. O(N). */
void nixe_depth_profile(const nixe_lattice *lattice, const nixe_ions *ions, double (*profile)[NIXE_ABREAST]);

#endif
