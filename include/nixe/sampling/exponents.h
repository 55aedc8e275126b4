/* Exponents: the tables of a model in fixed point, from which a trajectory's weights follow (weights.c).
 *
 * With the couplings T_ij = W_ij / (kT ln 2) of two sites in units of 2^-23 of log2, rounded to integers, the field of a site
 * and its weight are
 *
 *   y_i = h_i / (kT ln 2) + sum_{j != i} T_ij s_j,   w_i = 2^(s_i y_i).
 *
 * The W_ii are left out of fields and weights, and so out of
 *
 *   swap      k_ij = k_diff x 2^(2 T_ij) w_i w_j
 *   exchange  k_i  = k_ex x_i exp(-dmu s_i / 2kT) w_i
 *
 * Nothing here is collective. */
#ifndef NIXE_SAMPLING_EXPONENTS_H
#define NIXE_SAMPLING_EXPONENTS_H

#include "nixe/sampling/fixed_point.h"
#include "nixe/sampling/rates.h"

typedef struct {
    int32_t *bare;              /* N: the field of h alone */
    int32_t *field_A;           /* N: that of all A */
    int32_t *nothing;           /* N: 0, the row of the reservoir */
    int32_t *step;              /* directions: 2 T between neighbours, where epsilon = 0 */
    int stride;                 /* padded and one vector more, which is empty */
    float *bond_factor;         /* directions/2 x stride: k_ij / (w_i w_j), 0 where there is no bond */
    float *exchange_factor;     /* N, and behind them at least one empty vector: k_ex x_i, 0 inside */
    int chunks;                 /* of vectors of sites that hold some which exchange */
    int32_t *vector;            /* whole chunks: these, then the empty one */
    int32_t *slot_begin, *slot; /* where epsilon = 0: slots slot[slot_begin[i]] .. slot[slot_begin[i + 1] - 1] show site i */
} nixe_exponents;

/* Fill the rows first .. last-1 that a table stores with 2 T_ij, the diagonal with 0. Where both store the same rows, those of
 * the potential may be in the same memory: each is read before that of the table is written. */
void nixe_exponents_fill(const nixe_energy *energy, double kT, const nixe_table *table, long first, long last);

/* Make rates->own of rates that are otherwise complete, and free it. */
nixe_status nixe_exponents_create(nixe_rates *rates);
void nixe_exponents_destroy(nixe_rates *rates);

/* The arrays that there are with a table, and their bytes; for those who keep them elsewhere. */
enum { NIXE_EXPONENTS_ARRAYS = 7 };
void nixe_exponents_list(const nixe_lattice *lattice, nixe_exponents *exponents,
                         nixe_common_array arrays[NIXE_EXPONENTS_ARRAYS]);

/* Whole chunks that hold so many vectors of sites. */
static inline int nixe_exponents_chunks(int vectors) { return (vectors + NIXE_VECTORS_A_CHUNK - 1) / NIXE_VECTORS_A_CHUNK; }

#endif
