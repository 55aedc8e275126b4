/* Hot loops: the hot loops, over contiguous arrays and without branches. Pure; nothing here is collective.
 *
 * Cost of one KMC event of an elastic crystal of N sites and Z neighbours (2D: Z = 6; N = 721 in brackets):
 *   nixe_loop_scale       reads 2 rows of the factor table (16 N bytes [11.5 kB], from the L3 cache), reads and writes
 *                           the weights (L1); N divisions and N multiplications
 *   nixe_loop_swap_rates  reads weights and bond factors (8 N (1 + Z/2) bytes [23 kB], L1/L2); 3 N Z/2 flops
 * The divisions and the loads bound it: about 0.4 and 0.4 microseconds at N = 721 and 2.4 GHz. */
#ifndef NIXE_SAMPLING_HOT_LOOPS_H
#define NIXE_SAMPLING_HOT_LOOPS_H

#include <stdint.h>

/* Sites whose swap rates are summed together; arrays of the swap rates are padded to a multiple of it. */
enum { NIXE_BLOCK = 32 };

/* sum_j row[j] sigma[j], j < n. */
double nixe_loop_dot(int n, const double *row, const int8_t *sigma);

/* Multiply the weights of A sites (stored positive) by gain/loss and those of B sites (stored negative) by loss/gain. */
void nixe_loop_scale(int n, double *restrict weight, const double *restrict gain, const double *restrict loss);

/* Sum of the swap rates of the bonds that start in each block of NIXE_BLOCK sites, for blocks first .. last-1:
 *
 *   sum[b] = sum_{i in b} sum_{d < half} bond_factor[d][i] max(0, -weight[i] weight[i + offset[d]])
 *
 * A and B weights have opposite signs, so that like pairs drop out. bond_factor has shape [half, padded] and is 0 where a
 * bond does not exist; weight has padded + max(offset) entries. Fast where half is
 * that of a lattice of the table. */
void nixe_loop_swap_rates(int first, int last, int half, const int *offset, int padded, const double *restrict weight,
                          const double *restrict bond_factor, double *restrict sum);

/* Rates of exchange of `count` surface sites and their sum: rate[i] = A[i] w for an A site (w > 0), B[i] |w| for a B site. */
double nixe_loop_exchange_rates(int count, const int32_t *surface, const double *weight, const double *A, const double *B,
                                double *restrict rate);

/* field[k] += factor row[k], or factor (gain[k] - loss[k]), k < n. */
void nixe_loop_add(int n, double factor, const double *restrict row, double *restrict field);
void nixe_loop_add_difference(int n, double factor, const double *restrict gain, const double *restrict loss,
                              double *restrict field);

/* The same as nixe_loop_scale(), with the sums of bias[k] |weight[k]| over the A sites (weight > 0) and over the B sites of
 * each lane: lane l of block b is the sites b NIXE_BLOCK + l + NIXE_LANES m. The sums have shape [blocks, NIXE_LANES]; the
 * other arrays blocks NIXE_BLOCK entries, with weight 0 and gain and loss positive where there is no site. */
enum { NIXE_LANES = 4 };
void nixe_loop_scale_and_sum(int blocks, double *restrict weight, const double *restrict bias, const double *restrict gain,
                             const double *restrict loss, double *restrict sum_A, double *restrict sum_B);

/* y[i] = exp(scale x[i]), i < n. */
void nixe_loop_exp(long n, double scale, const double *restrict x, double *restrict y);

#endif
