/* Lazy loops: the hot loops of lazy.h, over the places of one block or over all blocks. Pure; nothing here is collective. */
#ifndef NIXE_SAMPLING_LAZY_LOOPS_H
#define NIXE_SAMPLING_LAZY_LOOPS_H

#include <stdint.h>

enum {
    NIXE_LAZY_GROUP = 32 /* bounds that are summed by themselves */,
    NIXE_LAZY_ABREAST = 8 /* changes looked at together */
};

/* Of each of NIXE_LAZY_ABREAST changes, shape [places][ABREAST]: the largest |change| of the places first .. last-1, and the
 * largest difference to a neighbour. next: as in cells.h. */
void nixe_lazy_largest(int first, int last, int directions, int places, const int32_t *restrict next,
                       const float *restrict change, float *restrict largest, float *restrict difference);

/* Swap rates of the bonds that start at the places first .. last-1, rate[0 .. last - first - 1], from signed weights as those
 * of fixed_loops.h; weight[places] is 0, as are factors where there is no bond. Their sum. */
double nixe_lazy_swaps(int first, int last, int half, int places, const int32_t *restrict next, const float *restrict factor,
                       const float *restrict weight, float *restrict rate);

/* Rates factor |weight| of the A sites and of the B sites there, summed. */
void nixe_lazy_exchanges(int first, int last, const float *restrict factor, const float *restrict weight, double sum[2]);

/* field += gain - loss in a block of `count` places, whose rows are turned: number turned[k] of them belongs to place k. */
void nixe_lazy_add(int count, const int32_t *restrict gain, const uint8_t *restrict gain_turned, const int32_t *restrict loss,
                   const uint8_t *restrict loss_turned, int32_t *restrict field);

/* Of every block b < blocks, with the level l = level[source[b]]: bound *= factor[l], pending += step[l], and highest is at
 * least l. */
void nixe_lazy_grow(int blocks, const int32_t *restrict source, const uint8_t *restrict level, const double *restrict factor,
                    const int64_t *restrict step, double *restrict bound, int64_t *restrict pending, uint8_t *restrict highest);

/* The sum of each group of bounds. */
void nixe_lazy_sum(int groups, const double *restrict bound, double *restrict sum);

#endif
