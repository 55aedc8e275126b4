/* Fixed loops: the hot loops of rates in fixed point. Compiled with the flags of hot_loops.c, but that
 * products and sums are rounded one by one: the same everywhere. */
#include "nixe/sampling/fixed_loops.h"

#include <string.h>

#include "nixe/base/vectorised.h"

#define INLINE static inline __attribute__((always_inline))

INLINE float float_of(int32_t bits) {
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

INLINE int32_t bits_of(float number) {
    int32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* s 2^(s field / 2^23) with s = 1 where ion is 0 and s = -1 where it is -1. The integer part of the exponent goes to the bits
 * of the exponent of the float, its fraction t / 2^23 into a polynomial: that of degree 5 whose largest relative error between
 * 0 and 1 is least, 5e-8, and whose ends fit together. */
INLINE float weight_of(int32_t field, int32_t ion) {
    const int32_t y = (field ^ ion) - ion, fraction = y & 0x7fffff;
    const float t = (float)fraction;
    float power = 0.00188291f * 0x1p-115f;
    power = power * t + 0.00897945f * 0x1p-92f;
    power = power * t + 0.05583069f * 0x1p-69f;
    power = power * t + 0.24015441f * 0x1p-46f;
    power = power * t + 0.69315249f * 0x1p-23f;
    power = power * t + 0.99999995f;
    return float_of((bits_of(power) + (y - fraction)) | (ion & INT32_MIN));
}

float nixe_fixed_weight(int32_t field, int sigma) { return weight_of(field, sigma > 0 ? 0 : -1); }

NIXE_VECTORISED void nixe_loop_turn(int n, const int32_t *restrict gain, const int32_t *restrict loss, int32_t *restrict field,
                                    float *restrict weight) {
#pragma omp simd
    for (int k = 0; k < n; k++) {
        const uint32_t change = (uint32_t)gain[k] - (uint32_t)loss[k]; /* may wrap; the new field is in range */
        const int32_t now = (int32_t)((uint32_t)field[k] + change);
        field[k] = now;
        weight[k] = weight_of(now, bits_of(weight[k]) >> 31);
    }
}

NIXE_VECTORISED void nixe_loop_subtract(int n, const int32_t *restrict row, int32_t *restrict field) {
#pragma omp simd
    for (int k = 0; k < n; k++) field[k] -= row[k];
}

/* The compiler has to unroll the loop over directions, whose number is known where this is inlined. */
#if defined(__clang__)
#define UNROLL_DIRECTIONS _Pragma("clang loop unroll(full)")
#else
#define UNROLL_DIRECTIONS _Pragma("GCC unroll 9")
#endif

typedef float lanes __attribute__((vector_size(NIXE_FIXED_LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t mask __attribute__((vector_size(NIXE_FIXED_LANES * sizeof(int32_t))));
typedef float half_lanes __attribute__((vector_size(NIXE_FIXED_LANES / 2 * sizeof(float)), aligned(sizeof(float)), may_alias));

/* Store the lanes; their sum. */
INLINE double keep(const lanes *numbers, float *lane) {
    *(lanes *)lane = *numbers;
    const half_lanes sums = *(const half_lanes *)lane + *(const half_lanes *)(lane + NIXE_FIXED_LANES / 2);
    return (double)((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

INLINE void add_positive(lanes *sum, const lanes *numbers) {
    const lanes zero = {0};
    *sum += (lanes)((mask)*numbers & (*numbers > zero));
}

/* The factor comes first into each product: where there is no bond it is 0, and the weights may be anything. */
INLINE double chunk_lanes(int first, int half, const int *offset, int padded, const float *restrict weight,
                          const float *restrict bond_factor, float *restrict lane) {
    lanes sum = {0};
    for (int i = first; i < first + NIXE_FIXED_CHUNK; i += NIXE_FIXED_LANES) {
        const lanes w = -*(const lanes *)(weight + i);
        UNROLL_DIRECTIONS
        for (int d = 0; d < half; d++) {
            const lanes factor = *(const lanes *)(bond_factor + (long)d * padded + i);
            const lanes rate = factor * w * *(const lanes *)(weight + i + offset[d]);
            add_positive(&sum, &rate);
        }
    }
    return keep(&sum, lane);
}

#define WITH_HALF(count)                                                                                                    \
    case count:                                                                                                             \
        for (int c = first; c < last; c++)                                                                                  \
            sum[c] = chunk_lanes(c * NIXE_FIXED_CHUNK, count, o, padded, weight, bond_factor, lane + c * NIXE_FIXED_LANES); \
        break;

NIXE_VECTORISED void nixe_loop_swap_lanes(int first, int last, int half, const int *offset, int padded,
                                          const float *restrict weight, const float *restrict bond_factor, float *restrict lane,
                                          double *restrict sum) {
    int o[9];
    for (int d = 0; d < 9; d++) o[d] = d < half ? offset[d] : 0;
    switch (half) { /* of triangular, square, fcc, bcc, sc and hcp; others have a loop that is not unrolled */
        WITH_HALF(3)
        WITH_HALF(4)
        WITH_HALF(6)
        WITH_HALF(7)
        WITH_HALF(9)
        default:
            for (int c = first; c < last; c++)
                sum[c] =
                    chunk_lanes(c * NIXE_FIXED_CHUNK, half, offset, padded, weight, bond_factor, lane + c * NIXE_FIXED_LANES);
    }
}

NIXE_VECTORISED void nixe_loop_exchange_lanes(int vectors, const int32_t *begin, const float *restrict weight,
                                              const float *restrict factor, float *restrict lane_A, float *restrict lane_B,
                                              double *restrict sum_A, double *restrict sum_B) {
    for (int c = 0; 4 * c < vectors; c++) {
        lanes A = {0}, B = {0};
        for (int v = 4 * c; v < 4 * c + 4 && v < vectors; v++) {
            const lanes rate = *(const lanes *)(factor + begin[v]) * *(const lanes *)(weight + begin[v]), other = -rate;
            add_positive(&A, &rate);
            add_positive(&B, &other);
        }
        sum_A[c] = keep(&A, lane_A + c * NIXE_FIXED_LANES);
        sum_B[c] = keep(&B, lane_B + c * NIXE_FIXED_LANES);
    }
}
