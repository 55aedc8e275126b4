/* Fixed loops: the hot loops of rates in fixed point (exponents.h), over contiguous arrays. Pure; nothing here is collective.
 *
 * The exponent of a site's weight is an integer in units of 2^-23 of log2; its weight s 2^(s field / 2^23), negative for B, is
 * a float with a relative error below 2e-7. Sums are kept apart in NIXE_FIXED_LANES lanes: lane l of a chunk is its sites l + 8
 * m.
 *
 * Cost of one KMC event of an elastic crystal of N sites with Z neighbours (2D: Z = 6; N = 721 in brackets):
 *   nixe_loop_turn        reads 2 rows of the table (8 N bytes [5.8 kB], from L2 or L3), reads and writes fields and weights
 *                         (16 N bytes [11.5 kB], L1); some 17 operations a site, 8 sites at once
 *   nixe_loop_swap_lanes  reads weights and bond factors (4 N (1 + Z) bytes [20 kB], L1); 5 Z/2 operations a site */
#ifndef NIXE_SAMPLING_FIXED_LOOPS_H
#define NIXE_SAMPLING_FIXED_LOOPS_H

#include <stdint.h>

/* Sites whose rates are summed together, and sums of them: arrays of the slots are padded to a multiple of the first. */
enum { NIXE_FIXED_CHUNK = 32, NIXE_FIXED_LANES = 8 };

/* The unit of exponents: log2 of 1 is so many. */
#define NIXE_FIXED_ONE 8388608.0

/* Weight of a site from its field. */
float nixe_fixed_weight(int32_t field, int sigma);

/* field += gain - loss, and the weights that follow; the signs of the weights say which sites are A. Arrays of n. */
void nixe_loop_turn(int n, const int32_t *restrict gain, const int32_t *restrict loss, int32_t *restrict field,
                    float *restrict weight);

/* field -= row, of n. */
void nixe_loop_subtract(int n, const int32_t *restrict row, int32_t *restrict field);

/* Swap rates of the bonds that start in chunk c, for chunks first .. last-1, by lanes: lane has shape [chunks, LANES]:
 *
 *   lane[c][l] = sum_{i in c, i = l mod LANES} sum_{d < half} bond_factor[d][i] max(0, -weight[i] weight[i + offset[d]])
 *
 * and their sums: sum[c]. As nixe_loop_swap_rates(), by which bond_factor and weight are described. */
void nixe_loop_swap_lanes(int first, int last, int half, const int *offset, int padded, const float *restrict weight,
                          const float *restrict bond_factor, float *restrict lane, double *restrict sum);

/* Sums of factor[i] |weight[i]| over A sites and over B sites, of vectors of LANES sites that begin at sites begin[0 ..
 * vectors-1], four vectors a chunk: lanes of shape [chunks, LANES], sums of shape [chunks]. */
void nixe_loop_exchange_lanes(int vectors, const int32_t *begin, const float *restrict weight, const float *restrict factor,
                              float *restrict lane_A, float *restrict lane_B, double *restrict sum_A, double *restrict sum_B);

#endif
