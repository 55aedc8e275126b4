/* Cells: a crystal cut into blocks of neighbouring sites, and the symmetry that carries blocks to blocks.
 *
 * Space is cut by planes across its axes, evenly and symmetrically about the centroid, so finely that no block has more than a
 * given number of sites. Sites have places: those of a block are contiguous and begin at a multiple of NIXE_VECTOR; places
 * without a site fill up the last vector. Of the operations of the crystal those are kept that make a whole block of each:
 * under them every site is the image of one representative, and what is known of that one's row of couplings serves all.
 *
 * They are constant, and belong to the commons that they are made in. Pure; collective over the parts of that (commons.h). */
#ifndef NIXE_SAMPLING_CELLS_H
#define NIXE_SAMPLING_CELLS_H

#include "nixe/base/commons.h"
#include "nixe/crystal/lattice.h"

enum { NIXE_CELL_SITES = 64 }; /* of a block, at the most */

typedef struct {
    const nixe_lattice *lattice;
    int blocks, places;
    int32_t *begin; /* blocks + 1: first place of each */
    int32_t *count; /* blocks: sites of each */
    int32_t *block; /* N: of each site */
    int32_t *place; /* N: of each site */
    int32_t *site;  /* places: that is there, -1 for none */
    int32_t *next;  /* directions x places: place of the neighbour, `places` where there is none */

    /* Of each block the others that hold neighbours of its sites, first those in directions below directions/2: beside[begin]
     * .. beside[middle - 1], then the rest, up to beside[end - 1]. */
    int32_t *beside, *beside_begin, *beside_middle; /* blocks + 1: the end of one is the begin of the next */

    int operations;          /* that are kept; the first is the identity */
    int32_t *element;        /* operations: their numbers among those of the crystal */
    int32_t *image, *source; /* operations x blocks: the block that an operation makes of one, and that of which it makes it */
    uint8_t *turned;         /* operations x places: the site of which it makes the one there, by its number in `source`;
                                without a site, one behind the last */
    int representatives;     /* of the orbits under these operations */
    int32_t *representative; /* representatives: their sites */
    int32_t *orbit, *operation; /* N: of which representative, and by which operation, each site is made */
} nixe_cells;

/* most: sites of a block, up to NIXE_CELL_SITES. The lattice is no torus, and must outlive the cells. */
nixe_status nixe_cells_create(nixe_cells *cells, const nixe_lattice *lattice, int most, nixe_commons *commons);

/* Places that a block has: its sites in whole vectors. */
static inline int nixe_cells_width(const nixe_cells *cells, int block) { return cells->begin[block + 1] - cells->begin[block]; }

#endif
