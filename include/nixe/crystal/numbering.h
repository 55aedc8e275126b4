/* Numbering: strides, directions and slots of a lattice: which numbers its sites have, and at which distance of slots their
 * neighbours are (lattice.h). Used by lattice.c alone. Pure; nothing is collective. */
#ifndef NIXE_CRYSTAL_NUMBERING_H
#define NIXE_CRYSTAL_NUMBERING_H

#include "nixe/crystal/lattice.h"
#include "nixe/crystal/points.h"

/* Strides, origin and number of homes, of a lattice whose sites are counted. Refused: more slots than can be numbered. */
nixe_status nixe_numbering_set(nixe_lattice *lattice, const nixe_recipe *recipe, const nixe_points *points);

/* Directions of bonds: forward ones in the order of the steps, then their opposites. step_direction: of each step. */
void nixe_numbering_set_directions(nixe_lattice *lattice, const nixe_points *points, int *step_direction);

/* Homes, in the order of which the sites are numbered, and the slots that stand for a site a second time. */
void nixe_numbering_set_slots(nixe_lattice *lattice, const nixe_points *points);

/* The slot of site b of the primitive cell c; it may lie outside of the crystal. */
int64_t nixe_numbering_slot(const nixe_lattice *lattice, const int c[3], int b);

#endif
