/* Fixed loops: the hot loops of rates in fixed point (weights.c), over contiguous arrays. Pure; nothing here is collective.
 *
 * The exponent of a site's weight is an integer in units of 2^-23 of log2; its weight s 2^(s field / 2^23), negative for B, is
 * a float with a relative error below 2e-7. Sites are taken by vectors of NIXE_VECTOR; sums are kept apart in as many lanes,
 * and NIXE_VECTORS_A_CHUNK vectors make a chunk: lane l of a chunk is the sites l of its vectors.
 *
 * Cost of one KMC event of an elastic crystal of N sites with Z neighbours (2D: Z = 6; N = 721 in brackets):
 *   nixe_loop_turn        reads 2 rows of the table (8 N bytes [5.8 kB], from L2 or L3), reads and writes fields and weights
 *                         (16 N bytes [11.5 kB], L1); some 20 operations a vector
 *   nixe_loop_swap_lanes  of the vectors with unlike pairs, about half of them, reads weights and bond factors (4 (1 + Z) bytes
 *                         a site [10 kB in all], L1); 2 Z operations a vector */
#ifndef NIXE_SAMPLING_FIXED_LOOPS_H
#define NIXE_SAMPLING_FIXED_LOOPS_H

#include <stdint.h>

enum { NIXE_VECTOR = 8, NIXE_VECTORS_A_CHUNK = 4 };

/* The unit of exponents: log2 of 2 is so many. */
#define NIXE_FIXED_ONE 8388608.0

/* Weights of sites from their fields and ions, shape [n]; the sign of weight[k] says which ion: A is positive. */
void nixe_loop_weights(int n, const int32_t *restrict field, float *restrict weight);

/* field += gain - loss, and the weights that follow. */
void nixe_loop_turn(int n, const int32_t *restrict gain, const int32_t *restrict loss, int32_t *restrict field,
                    float *restrict weight);

/* Swap rates of the bonds that start in the vectors of slots with unlike pairs, unlike[v] > 0:
 *
 *   rate[i] = sum_{d < half} bond_factor[d][i] max(0, -weight[i] weight[i + offset[d]])
 *
 * Lists these vectors, and sums the rates of each chunk of the list by lanes, lane [chunks, NIXE_VECTOR], and with all chunks
 * before it, end [chunks]. Returns the number of chunks; the list ends with vector number `vectors`, where all factors are 0,
 * as often as the last chunk needs. bond_factor has shape [half, stride] and is 0 where a bond does not exist; weight has
 * stride + max(offset) entries. Fast where half is that of a lattice of the table. */
int nixe_loop_swap_lanes(int vectors, const uint16_t *unlike, int half, const int *offset, int stride,
                         const float *restrict weight, const float *restrict bond_factor, int32_t *restrict list,
                         float *restrict lane, double *restrict end);

/* The bond in which `at` lies in the row of these rates: the slot where it starts, and its direction. What rounding leaves over
 * is scaled, at each level, to what is there. half is at most NIXE_MAX_HALF. */
enum { NIXE_MAX_HALF = 32 };
int nixe_loop_find_swap(int chunks, const double *end, const float *lane, const int32_t *list, int half, const int *offset,
                        int stride, const float *weight, const float *bond_factor, double at, int *direction);

/* Rates factor[i] |weight[i]| of the A sites and of the B sites in the vectors of sites that are listed, summed in the same
 * way; and the site of these A (sign 1) or B (sign -1) sites in which `at` lies. The list has whole chunks. */
void nixe_loop_exchange_lanes(int chunks, const int32_t *list, const float *restrict weight, const float *restrict factor,
                              float *restrict lane_A, float *restrict lane_B, double *restrict end_A, double *restrict end_B);
int nixe_loop_find_exchange(int chunks, const double *end, const float *lane, const int32_t *list, const float *weight,
                            const float *factor, int sign, double at);

#endif
