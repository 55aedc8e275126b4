/* Hot loops: the hot loops. Compiled with its own flags (Makefile): vectorised, for several generations of processors. */
#include "nixe/sampling/hot_loops.h"

#include <math.h>

#include "nixe/base/vectorised.h"

#define INLINE static inline __attribute__((always_inline))

NIXE_VECTORISED double nixe_loop_dot(int n, const double *row, const int8_t *sigma) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int j = 0; j < n; j++) sum += row[j] * sigma[j];
    return sum;
}

NIXE_VECTORISED void nixe_loop_scale(int n, double *restrict weight, const double *restrict gain, const double *restrict loss) {
#pragma omp simd
    for (int k = 0; k < n; k++) {
        double numerator = weight[k] > 0 ? gain[k] : loss[k];
        double denominator = weight[k] > 0 ? loss[k] : gain[k];
        weight[k] *= numerator / denominator;
    }
}

/* The compiler has to unroll the loop over directions before it can vectorise the one around it. */
#if defined(__clang__)
#define UNROLL_DIRECTIONS _Pragma("clang loop unroll(full)")
#else
#define UNROLL_DIRECTIONS _Pragma("GCC unroll 9")
#endif

/* half and the offsets are known where this is inlined, so that the loop over directions unrolls. */
INLINE double block_sum(int first, int half, const int *offset, int padded, const double *restrict weight,
                        const double *restrict bond_factor) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = first; i < first + NIXE_BLOCK; i++) {
        double rates = 0;
        UNROLL_DIRECTIONS
        for (int d = 0; d < half; d++) {
            double product = -weight[i] * weight[i + offset[d]];
            rates += bond_factor[(long)d * padded + i] * (product > 0 ? product : 0);
        }
        sum += rates;
    }
    return sum;
}

/* The same for any number of directions, one after the other. */
INLINE double any_block_sum(int first, int half, const int *offset, int padded, const double *restrict weight,
                            const double *restrict bond_factor) {
    double rates[NIXE_BLOCK] = {0}, sum = 0;
    for (int d = 0; d < half; d++)
        for (int i = 0; i < NIXE_BLOCK; i++) {
            const double product = -weight[first + i] * weight[first + i + offset[d]];
            rates[i] += bond_factor[(long)d * padded + first + i] * (product > 0 ? product : 0);
        }
    for (int i = 0; i < NIXE_BLOCK; i++) sum += rates[i];
    return sum;
}

#define WITH_HALF(count)                                                                                              \
    case count:                                                                                                       \
        for (int b = first; b < last; b++) sum[b] = block_sum(b * NIXE_BLOCK, count, o, padded, weight, bond_factor); \
        break;

NIXE_VECTORISED void nixe_loop_swap_rates(int first, int last, int half, const int *offset, int padded,
                                          const double *restrict weight, const double *restrict bond_factor,
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
            for (int b = first; b < last; b++)
                sum[b] = any_block_sum(b * NIXE_BLOCK, half, offset, padded, weight, bond_factor);
    }
}

NIXE_VECTORISED double nixe_loop_exchange_rates(int count, const int32_t *surface, const double *weight, const double *A,
                                                const double *B, double *restrict rate) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < count; i++) {
        double w = weight[surface[i]];
        rate[i] = w > 0 ? A[i] * w : -B[i] * w;
        sum += rate[i];
    }
    return sum;
}

NIXE_VECTORISED void nixe_loop_add(int n, double factor, const double *restrict row, double *restrict field) {
#pragma omp simd
    for (int k = 0; k < n; k++) field[k] += factor * row[k];
}

NIXE_VECTORISED void nixe_loop_add_difference(int n, double factor, const double *restrict gain, const double *restrict loss,
                                              double *restrict field) {
#pragma omp simd
    for (int k = 0; k < n; k++) field[k] += factor * (gain[k] - loss[k]);
}

/* NIXE_LANES numbers at once; a vector type of the compiler, because the sums of lanes defeat its own vectoriser. */
typedef double lanes __attribute__((vector_size(NIXE_LANES * sizeof(double)), aligned(sizeof(double)), may_alias));
typedef int64_t mask __attribute__((vector_size(NIXE_LANES * sizeof(int64_t))));

NIXE_VECTORISED void nixe_loop_scale_and_sum(int blocks, double *restrict weight, const double *restrict bias,
                                             const double *restrict gain, const double *restrict loss, double *restrict sum_A,
                                             double *restrict sum_B) {
    const lanes zero = {0};
    for (int b = 0; b < blocks; b++) {
        lanes A = zero, B = zero;
        for (int k = b * NIXE_BLOCK; k < (b + 1) * NIXE_BLOCK; k += NIXE_LANES) {
            const lanes w = *(const lanes *)(weight + k), g = *(const lanes *)(gain + k), l = *(const lanes *)(loss + k);
            const mask is_A = w > zero, up = (mask)g, down = (mask)l;
            const lanes scaled = w * ((lanes)((up & is_A) | (down & ~is_A)) / (lanes)((down & is_A) | (up & ~is_A)));
            const lanes product = scaled * *(const lanes *)(bias + k);
            *(lanes *)(weight + k) = scaled;
            A += (lanes)((mask)product & is_A);
            B -= (lanes)((mask)product & ~is_A);
        }
        *(lanes *)(sum_A + b * NIXE_LANES) = A;
        *(lanes *)(sum_B + b * NIXE_LANES) = B;
    }
}

void nixe_loop_exp(long n, double scale, const double *restrict x, double *restrict y) {
    for (long i = 0; i < n; i++) y[i] = exp(scale * x[i]);
}
