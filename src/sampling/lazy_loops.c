/* Lazy loops: the hot loops of lazy.h. Compiled with the flags of hot_loops.c. */
#include "nixe/sampling/lazy_loops.h"

#include <string.h>

#include "nixe/base/vectorised.h"

#define INLINE static inline __attribute__((always_inline))

enum { MOST = 64 }; /* places of a block: NIXE_CELL_SITES */

INLINE float size_of(float x) { return x < 0 ? -x : x; }

/* One change in each lane; a vector type of the compiler, so that the largest stay in registers. */
typedef float lanes __attribute__((vector_size(NIXE_LAZY_ABREAST * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t mask __attribute__((vector_size(NIXE_LAZY_ABREAST * sizeof(int32_t)), may_alias));

/* largest = max(largest, |x|), by bits, which order what is not negative as numbers are. */
INLINE void keep_largest(mask *largest, const lanes *x) {
    const mask size = *(const mask *)x & INT32_MAX, is_larger = size > *largest;
    *largest = (size & is_larger) | (*largest & ~is_larger);
}

NIXE_VECTORISED void nixe_lazy_largest(int first, int last, int directions, int places, const int32_t *restrict next,
                                       const float *restrict change, float *restrict largest, float *restrict difference) {
    mask P = {0}, Q = {0};
    for (int p = first; p < last; p++) {
        const lanes here = *(const lanes *)(change + (long)p * NIXE_LAZY_ABREAST);
        keep_largest(&P, &here);
        for (int d = 0; d < directions; d++) {
            const int to = next[(long)d * places + p];
            const lanes there = *(const lanes *)(change + (long)(to < places ? to : p) * NIXE_LAZY_ABREAST);
            const lanes apart = here - there;
            keep_largest(&Q, &apart);
        }
    }
    *(lanes *)largest = (lanes)P;
    *(lanes *)difference = (lanes)Q;
}

INLINE uint32_t bits_of(float number) {
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

INLINE float float_of(uint32_t bits) {
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* As add_swaps() of fixed_loops.c: the weights of unlike neighbours are gathered before that of the site comes in. */
NIXE_VECTORISED double nixe_lazy_swaps(int first, int last, int half, int places, const int32_t *restrict next,
                                       const float *restrict factor, const float *restrict weight, float *restrict rate) {
    float unlike[MOST] = {0};
    const int count = last - first;
    for (int d = 0; d < half; d++) {
        const int32_t *to = next + (long)d * places + first;
        const float *bond = factor + (long)d * places + first;
#pragma omp simd
        for (int k = 0; k < count; k++) {
            const uint32_t other = bits_of(weight[to[k]]), is_unlike = 0 - ((other ^ bits_of(weight[first + k])) >> 31);
            unlike[k] += bond[k] * float_of(other & 0x7fffffff & is_unlike);
        }
    }
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int k = 0; k < count; k++) {
        rate[k] = unlike[k] * size_of(weight[first + k]);
        sum += (double)rate[k];
    }
    return sum;
}

NIXE_VECTORISED void nixe_lazy_exchanges(int first, int last, const float *restrict factor, const float *restrict weight,
                                         double sum[2]) {
    double of_A = 0, of_B = 0;
#pragma omp simd reduction(+ : of_A, of_B)
    for (int p = first; p < last; p++) {
        const double rate = (double)(factor[p] * weight[p]);
        of_A += rate > 0 ? rate : 0;
        of_B += rate < 0 ? -rate : 0;
    }
    sum[0] = of_A;
    sum[1] = of_B;
}

NIXE_VECTORISED void nixe_lazy_add(int count, const int32_t *restrict gain, const uint8_t *restrict gain_turned,
                                   const int32_t *restrict loss, const uint8_t *restrict loss_turned, int32_t *restrict field) {
#pragma omp simd
    for (int k = 0; k < count; k++) /* may wrap between; the new field is in range */
        field[k] = (int32_t)((uint32_t)field[k] + (uint32_t)gain[gain_turned[k]] - (uint32_t)loss[loss_turned[k]]);
}

NIXE_VECTORISED void nixe_lazy_grow(int blocks, const int32_t *restrict source, const uint8_t *restrict level,
                                    const double *restrict factor, const int64_t *restrict step, double *restrict bound,
                                    int64_t *restrict pending, uint8_t *restrict highest) {
    for (int b = 0; b < blocks; b++) {
        const uint8_t l = level[source[b]];
        highest[b] = l > highest[b] ? l : highest[b];
        bound[b] *= factor[l];
        pending[b] += step[l];
    }
}

NIXE_VECTORISED void nixe_lazy_sum(int groups, const double *restrict bound, double *restrict sum) {
    for (int g = 0; g < groups; g++) {
        double all = 0;
#pragma omp simd reduction(+ : all)
        for (int k = 0; k < NIXE_LAZY_GROUP; k++) all += bound[g * NIXE_LAZY_GROUP + k];
        sum[g] = all;
    }
}
