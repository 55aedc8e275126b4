/* Influence: how much an event can change the exponents of rates in each block of cells.h, by rigorous bounds; and the rows of
 * couplings where that is much.
 *
 * An event adds to the field of site x a change c_x: of an exchange one row of the table, of a swap the difference of two. The
 * rates of a block then change by exponents of at most
 *
 *   exchanges   P = max |c_x|          over the sites x of the block,
 *   swaps       Q = max |c_x - c_y|    over the bonds (x, y) of its sites.
 *
 * A block is near an event where P comes to a limit: its fields are changed at once. In the others, which are far, the change
 * is pending (lazy.h). So the exponents of bonds that are held change by `held`, those of what is pending by `pending`:
 *
 *                                            held                        pending
 *   near, as all blocks beside it            Q                           0
 *   far, as all blocks beside it             0                           Q
 *   near, with far ones beside it            max(Q, P)                   max P of these
 *   far, with near ones beside it            max P of these              max(Q, P)
 *
 * Events have rows: a swap that of the first site of its bond, for whatever bond, an exchange that of its site; what is known
 * of representatives serves all sites. Bounds are kept as levels, eight to each power of 2, rounded up, in bytes.
 *
 * All arrays are in a commons, whose parts make them together, with the same bits however many they are. Pure; collective over
 * these parts. */
#ifndef NIXE_SAMPLING_INFLUENCE_H
#define NIXE_SAMPLING_INFLUENCE_H

#include "nixe/crystal/table.h"
#include "nixe/sampling/cells.h"

enum { NIXE_LEVELS = 256 };

/* What V, and the rows with it, may lack of symmetry by rounding, in units of 2^-23: two rows for each end of a bond, each of
 * which is rounded by itself to an even number. It is added to every bound. */
enum { NIXE_INFLUENCE_PAD = 16 };

/* A block where exponents that are held change. Of a representative's event. */
typedef struct {
    int32_t block;
    uint8_t near, swaps, exchanges; /* near: 1 or 0; levels of what is held */
} nixe_held_block;

typedef struct {
    const nixe_cells *cells;
    int stride;            /* blocks, rounded up to groups */
    int rows;              /* of swaps, one for each representative, then of exchanges */
    int32_t *exchange_row; /* representatives: the row of an exchange, -1 where none of its orbit exchanges */
    uint8_t *swaps;        /* rows x stride: level of what is pending for swaps */
    uint8_t *exchanges;    /* rows x stride: for exchanges, 0 where the block is near */
    int64_t *held_begin;   /* rows + 1 */
    nixe_held_block *held; /* of each row: near blocks, and those beside them */
    int32_t *segment;      /* representatives x blocks: where the row of the representative begins in `number`, in vectors, -1:
                              nowhere; and where all end */
    int32_t *number;       /* rows of near blocks by places, 0 where there is no site */
    int32_t step[NIXE_LEVELS]; /* exponent of each level */
} nixe_influence;

/* From a table of 2 T, whose diagonal is 0. exchanges: N, 1 where a site does. near: the limit of P, an exponent. The cells
 * must outlive it. */
nixe_status nixe_influence_create(nixe_influence *influence, const nixe_cells *cells, const nixe_table *table,
                                  const uint8_t *exchanges, double near, nixe_commons *commons);

#endif
