/* Fixed loops: the hot loops of rates in fixed point. Compiled with the flags of hot_loops.c. */
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

NIXE_VECTORISED void nixe_loop_weights(int n, const int32_t *restrict field, float *restrict weight) {
#pragma omp simd
    for (int k = 0; k < n; k++) weight[k] = weight_of(field[k], bits_of(weight[k]) >> 31);
}

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

typedef float lanes __attribute__((vector_size(NIXE_VECTOR * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef int32_t mask __attribute__((vector_size(NIXE_VECTOR * sizeof(int32_t)), may_alias));
typedef float half_lanes __attribute__((vector_size(NIXE_VECTOR / 2 * sizeof(float)), aligned(sizeof(float)), may_alias));

/* Store the lanes; their sum. */
INLINE double keep(const lanes *numbers, float *lane) {
    *(lanes *)lane = *numbers;
    const half_lanes sums = *(const half_lanes *)lane + *(const half_lanes *)(lane + NIXE_VECTOR / 2);
    return (double)((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

/* Add the rates of the bonds that start in the vector at slot i. The weights of unlike neighbours are gathered before that of
 * the site comes in: where there is no bond the factor is 0, and a product of two weights may be out of range. */
INLINE void add_swaps(int i, int half, const int *offset, int padded, const float *restrict weight,
                      const float *restrict bond_factor, lanes *sum) {
    const lanes w = *(const lanes *)(weight + i);
    const mask sign = (mask)w & INT32_MIN;
    lanes unlike = {0};
    UNROLL_DIRECTIONS
    for (int d = 0; d < half; d++) {
        const mask other = (mask) * (const lanes *)(weight + i + offset[d]) ^ sign; /* negative where it is unlike */
        unlike += *(const lanes *)(bond_factor + (long)d * padded + i) * (lanes)(other & (other >> 31));
    }
    *sum -= unlike * (lanes)((mask)w ^ sign);
}

INLINE int sum_swaps(int words, const uint64_t *active, int half, const int *offset, int padded, const float *restrict weight,
                     const float *restrict bond_factor, int32_t *restrict list, float *restrict lane, double *restrict prefix) {
    double all = 0;
    int count = 0;
    lanes sum = {0};
    for (int word = 0; word < words; word++)
        for (uint64_t left = active[word]; left; left &= left - 1) {
            const int vector = 64 * word + __builtin_ctzll(left), chunk = count / NIXE_VECTORS_A_CHUNK;
            add_swaps(vector * NIXE_VECTOR, half, offset, padded, weight, bond_factor, &sum);
            list[count++] = vector;
            if (count % NIXE_VECTORS_A_CHUNK) continue;
            prefix[chunk] = all += keep(&sum, lane + chunk * NIXE_VECTOR);
            sum = (lanes){0};
        }
    const int chunk = count / NIXE_VECTORS_A_CHUNK;
    if (count % NIXE_VECTORS_A_CHUNK) prefix[chunk] = all + keep(&sum, lane + chunk * NIXE_VECTOR);
    return count;
}

#define WITH_HALF(number) \
    case number: return sum_swaps(words, active, number, o, padded, weight, bond_factor, list, lane, prefix);

NIXE_VECTORISED int nixe_loop_swap_lanes(int words, const uint64_t *active, int half, const int *offset, int padded,
                                         const float *restrict weight, const float *restrict bond_factor,
                                         int32_t *restrict list, float *restrict lane, double *restrict prefix) {
    int o[9];
    for (int d = 0; d < 9; d++) o[d] = d < half ? offset[d] : 0;
    switch (half) { /* of triangular, square, fcc, bcc, sc and hcp; others have a loop that is not unrolled */
        WITH_HALF(3)
        WITH_HALF(4)
        WITH_HALF(6)
        WITH_HALF(7)
        WITH_HALF(9)
        default: return sum_swaps(words, active, half, offset, padded, weight, bond_factor, list, lane, prefix);
    }
}

NIXE_VECTORISED void nixe_loop_exchange_lanes(int vectors, const int32_t *list, const float *restrict weight,
                                              const float *restrict factor, float *restrict lane_A, float *restrict lane_B,
                                              double *restrict sum_A, double *restrict sum_B) {
    double all_A = 0, all_B = 0;
    for (int c = 0; NIXE_VECTORS_A_CHUNK * c < vectors; c++) {
        lanes A = {0}, B = {0};
        for (int v = NIXE_VECTORS_A_CHUNK * c; v < NIXE_VECTORS_A_CHUNK * (c + 1) && v < vectors; v++) {
            const lanes rate =
                *(const lanes *)(factor + list[v] * NIXE_VECTOR) * *(const lanes *)(weight + list[v] * NIXE_VECTOR);
            const mask of_A = (mask)rate & ~((mask)rate >> 31);
            A += (lanes)of_A;
            B -= (lanes)((mask)rate ^ of_A);
        }
        sum_A[c] = all_A += keep(&A, lane_A + c * NIXE_VECTOR);
        sum_B[c] = all_B += keep(&B, lane_B + c * NIXE_VECTOR);
    }
}
