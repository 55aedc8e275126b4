/* Phases: the order parameter of a site and the fraction of sites in each phase (13). Pure; nothing is collective. */
#ifndef NIXE_CRYSTAL_PHASE_H
#define NIXE_CRYSTAL_PHASE_H

#include <stdint.h>

#include "nixe/crystal/ions.h"
#include "nixe/crystal/lattice.h"

/* The order of every phase axis; the order parameter s of phase p is 2 - p. */
enum { NIXE_U1, NIXE_S1, NIXE_UNCLASSIFIED, NIXE_S2, NIXE_U2, NIXE_PHASES };

extern const char *const nixe_phase_name[NIXE_PHASES];

/* Whether the order parameter is that of plaquettes: on the triangular lattice. Elsewhere it is +-2 where a site and all its
 * neighbours agree, else 0. */
static inline int nixe_has_plaquettes(const nixe_lattice *lattice) { return lattice->type == NIXE_TRIANGULAR; }

/* Order parameter s of a seven-site plaquette (triangular), in -2 .. 2: centre_is_A is 0 or 1, bit d of ring is set where the
 * neighbour in direction d (angular order) is A. */
int nixe_plaquette_order(int centre_is_A, unsigned ring);

/* Surroundings of a site, from which its phase follows by a table: with plaquettes bit d is set where the neighbour in
 * direction d is A, else it is the number of A neighbours. A neighbour in direction d that turns changes it by
 * nixe_surroundings_change(). */
uint8_t nixe_site_surroundings(const nixe_lattice *lattice, const int8_t *sigma, int site);

static inline uint8_t nixe_surroundings_change(int plaquettes, uint8_t surroundings, int d, int to_A) {
    if (plaquettes) return (uint8_t)(surroundings ^ (1 << d));
    return (uint8_t)(to_A ? surroundings + 1 : surroundings - 1);
}

/* Phase (NIXE_U1 ...) of a site by its surroundings, and 64 more where the site itself is A; table has 128 entries. */
void nixe_phase_table(const nixe_lattice *lattice, uint8_t *table);

/* f_alpha: fraction of the averaged sites in each phase; NaN if there are no such sites. f has shape [phases, abreast]. */
void nixe_phase_fractions(const nixe_lattice *lattice, const nixe_ions *ions, double (*f)[NIXE_ABREAST]);

#endif
