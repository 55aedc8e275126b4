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
INLINE void add_swaps(int i, int half, const int *offset, int stride, const float *restrict weight,
                      const float *restrict bond_factor, lanes *sum) {
    const lanes w = *(const lanes *)(weight + i);
    const mask sign = (mask)w & INT32_MIN;
    lanes unlike = {0};
    UNROLL_DIRECTIONS
    for (int d = 0; d < half; d++) {
        const mask other = (mask) * (const lanes *)(weight + i + offset[d]) ^ sign; /* negative where it is unlike */
        unlike += *(const lanes *)(bond_factor + (long)d * stride + i) * (lanes)(other & (other >> 31));
    }
    *sum -= unlike * (lanes)((mask)w ^ sign);
}

INLINE int sum_swaps(int vectors, const uint16_t *unlike, int half, const int *offset, int stride, const float *restrict weight,
                     const float *restrict bond_factor, int32_t *restrict list, float *restrict lane, double *restrict end) {
    double all = 0;
    int count = 0;
    for (int v = 0; v < vectors; v++) { /* without a jump */
        list[count] = v;
        count += unlike[v] > 0;
    }
    while (count % NIXE_VECTORS_A_CHUNK) list[count++] = vectors;
    for (int c = 0; c < count / NIXE_VECTORS_A_CHUNK; c++) {
        lanes sum = {0};
        for (int v = 0; v < NIXE_VECTORS_A_CHUNK; v++)
            add_swaps(list[c * NIXE_VECTORS_A_CHUNK + v] * NIXE_VECTOR, half, offset, stride, weight, bond_factor, &sum);
        end[c] = all += keep(&sum, lane + c * NIXE_VECTOR);
    }
    return count / NIXE_VECTORS_A_CHUNK;
}

/* What is called with a number of directions that the compiler knows: those of triangular, square, fcc, bcc, sc and hcp. */
#define WITH_HALF(half, call) \
    switch (half) {           \
        case 3: call(3);      \
        case 4: call(4);      \
        case 6: call(6);      \
        case 7: call(7);      \
        case 9: call(9);      \
        default: call(half);  \
    }

NIXE_VECTORISED int nixe_loop_swap_lanes(int vectors, const uint16_t *unlike, int half, const int *offset, int stride,
                                         const float *restrict weight, const float *restrict bond_factor,
                                         int32_t *restrict list, float *restrict lane, double *restrict end){
#define SUM(number) return sum_swaps(vectors, unlike, number, offset, stride, weight, bond_factor, list, lane, end)
    WITH_HALF(half, SUM)}

INLINE double smaller(double x, double y) {
    return x < y ? x : y;
}

/* The rate in which `at` lies in a row of rates, of which end[k] is the sum up to each; u becomes the fraction within it. */
INLINE int find(int count, const double *end, double at, double *u) {
    int found = 0;
    for (int k = 0; k < count; k++) found += end[k] <= at;
    if (found == count) found--; /* `at` was rounded up to the sum of all: the last that is not 0 */
    while (found > 0 && end[found] <= end[found - 1]) found--;
    const double before = found > 0 ? end[found - 1] : 0;
    *u = smaller((at - before) / (end[found] - before), 1);
    return found;
}

INLINE int find_lane(const float *lane, double *u) {
    double end[NIXE_VECTOR], sum = 0;
    for (int l = 0; l < NIXE_VECTOR; l++) end[l] = sum += (double)lane[l];
    return find(NIXE_VECTOR, end, *u * sum, u);
}

INLINE int find_swap(int chunks, const double *end, const float *lane, const int32_t *list, int half, const int *offset,
                     int stride, const float *weight, const float *bond_factor, double at, int *direction) {
    double u, bond_end[NIXE_VECTORS_A_CHUNK * NIXE_MAX_HALF], sum = 0;
    int slot[NIXE_VECTORS_A_CHUNK * NIXE_MAX_HALF];
    const int chunk = find(chunks, end, at, &u), first = find_lane(lane + chunk * NIXE_VECTOR, &u);
    for (int v = 0; v < NIXE_VECTORS_A_CHUNK; v++) {
        const int i = list[chunk * NIXE_VECTORS_A_CHUNK + v] * NIXE_VECTOR + first;
        const double w = (double)weight[i];
        for (int d = 0; d < half; d++) {
            const double product = -w * (double)weight[i + offset[d]];
            slot[v * half + d] = i;
            bond_end[v * half + d] = sum += (product > 0 ? product : 0) * (double)bond_factor[(long)d * stride + i];
        }
    }
    const int found = find(NIXE_VECTORS_A_CHUNK * half, bond_end, u * sum, &u);
    *direction = found % half;
    return slot[found];
}

NIXE_VECTORISED int nixe_loop_find_swap(int chunks, const double *end, const float *lane, const int32_t *list, int half,
                                        const int *offset, int stride, const float *weight, const float *bond_factor, double at,
                                        int *direction){
#define FIND(number) return find_swap(chunks, end, lane, list, number, offset, stride, weight, bond_factor, at, direction)
    WITH_HALF(half, FIND)}

NIXE_VECTORISED void nixe_loop_exchange_lanes(int chunks, const int32_t *list, const float *restrict weight,
                                              const float *restrict factor, float *restrict lane_A, float *restrict lane_B,
                                              double *restrict end_A, double *restrict end_B) {
    double all_A = 0, all_B = 0;
    for (int c = 0; c < chunks; c++) {
        lanes A = {0}, B = {0};
        for (int v = 0; v < NIXE_VECTORS_A_CHUNK; v++) {
            const int i = list[c * NIXE_VECTORS_A_CHUNK + v] * NIXE_VECTOR;
            const lanes rate = *(const lanes *)(factor + i) * *(const lanes *)(weight + i);
            const mask of_A = (mask)rate & ~((mask)rate >> 31);
            A += (lanes)of_A;
            B -= (lanes)((mask)rate ^ of_A);
        }
        end_A[c] = all_A += keep(&A, lane_A + c * NIXE_VECTOR);
        end_B[c] = all_B += keep(&B, lane_B + c * NIXE_VECTOR);
    }
}

NIXE_VECTORISED int nixe_loop_find_exchange(int chunks, const double *end, const float *lane, const int32_t *list,
                                            const float *weight, const float *factor, int sign, double at) {
    double u, site_end[NIXE_VECTORS_A_CHUNK], sum = 0;
    const int chunk = find(chunks, end, at, &u), first = find_lane(lane + chunk * NIXE_VECTOR, &u);
    const int32_t *vector = list + chunk * NIXE_VECTORS_A_CHUNK;
    for (int v = 0; v < NIXE_VECTORS_A_CHUNK; v++) {
        const double w = sign * (double)weight[vector[v] * NIXE_VECTOR + first];
        site_end[v] = sum += (w > 0 ? w : 0) * (double)factor[vector[v] * NIXE_VECTOR + first];
    }
    return vector[find(NIXE_VECTORS_A_CHUNK, site_end, u * sum, &u)] * NIXE_VECTOR + first;
}
