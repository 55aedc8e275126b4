/* Hot loops: each of them against a plain loop over the same numbers, for sizes that fit no vector. */
#include "nixe/sampling/hot_loops.h"

#include <signal.h>

#include "unit/folder.h"

static const int sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 61, 64, 100, 127, 721};
enum { SIZES = sizeof sizes / sizeof *sizes, MOST = 800 };

static uint64_t random_state = 1;

/* `count` numbers between low and high, and behind them some more that no loop may read. */
enum { GUARD = 8 };
static double *numbers(int count, double low, double high) {
    double *x = calloc((size_t)count + GUARD, sizeof *x);
    for (int i = 0; i < count + GUARD; i++) x[i] = low + (high - low) * fixture_uniform(&random_state);
    return x;
}

/* An array that a loop changes: what is behind its numbers must stay. */
static const double untouched = -77.25;
static double *guarded(double *x, int count) {
    for (int i = count; i < count + GUARD; i++) x[i] = untouched;
    return x;
}

/* Weights of A sites (positive) and of B sites (negative) over many decades, as they are. */
static double *weights(int count) {
    double *w = numbers(count, -30, 30);
    for (int i = 0; i < count + GUARD; i++) w[i] = exp(w[i]) * (fixture_uniform(&random_state) < 0.5 ? 1 : -1);
    return w;
}

static void check_guard(const double *x, int count) {
    for (int i = count; i < count + GUARD; i++) assert_true(x[i] == untouched);
}

static void dot(void **state) {
    (void)state;
    for (int s = 0; s < SIZES; s++) {
        int8_t sigma[MOST];
        double *row = numbers(sizes[s], -1, 1), expected = 0;
        fixture_sigma(&random_state, 0.4, sizes[s], sigma);
        for (int j = 0; j < sizes[s]; j++) expected += sigma[j] > 0 ? row[j] : -row[j];
        assert_close(nixe_loop_dot(sizes[s], row, sigma), expected, 1e-13);
        free(row);
    }
}

static void scale(void **state) {
    (void)state;
    for (int s = 0; s < SIZES; s++) {
        const int n = sizes[s];
        double *w = guarded(weights(n), n), *before = calloc((size_t)n + 1, sizeof *before);
        double *gain = numbers(n, 0.1, 3), *loss = numbers(n, 0.1, 3);
        memcpy(before, w, (size_t)n * sizeof *w);
        nixe_loop_scale(n, w, gain, loss);
        for (int k = 0; k < n; k++)
            assert_close_relative(w[k], before[k] > 0 ? before[k] * gain[k] / loss[k] : before[k] * loss[k] / gain[k], 1e-15);
        check_guard(w, n);
        free(w);
        free(before);
        free(gain);
        free(loss);
    }
}

/* The swap rates of one block, bond by bond. */
static double rates_of_block(int b, int half, const int *offset, int padded, const double *weight, const double *bond_factor) {
    double sum = 0;
    for (int i = b * NIXE_BLOCK; i < (b + 1) * NIXE_BLOCK; i++)
        for (int d = 0; d < half; d++)
            if ((weight[i] > 0) != (weight[i + offset[d]] > 0))
                sum += bond_factor[d * padded + i] * fabs(weight[i]) * fabs(weight[i + offset[d]]);
    return sum;
}

/* Any part of the blocks, those outside it being left alone. */
static void check_swap_rates(int half, const int *offset, int blocks) {
    const int padded = blocks * NIXE_BLOCK;
    double *w = weights(padded + offset[half - 1]), *bond_factor = numbers(half * padded, 0.01, 2);
    for (int i = 0; i < half * padded; i++)
        if (fixture_uniform(&random_state) < 0.3) bond_factor[i] = 0; /* no bond */
    for (int first = 0; first <= blocks; first++)
        for (int last = first; last <= blocks; last++) {
            double *sum = guarded(numbers(blocks, 1, 2), blocks), before[8];
            memcpy(before, sum, (size_t)blocks * sizeof *sum);
            nixe_loop_swap_rates(first, last, half, offset, padded, w, bond_factor, sum);
            for (int b = 0; b < blocks; b++) {
                const double expected = rates_of_block(b, half, offset, padded, w, bond_factor);
                assert_true(expected > 0);
                if (b < first || b >= last) assert_true(sum[b] == before[b]);
                else assert_close_relative(sum[b], expected, 1e-14);
            }
            check_guard(sum, blocks);
            free(sum);
        }
    free(w);
    free(bond_factor);
}

static void swap_rates(void **state) {
    (void)state;
    static const int three[][3] = {{1, 2, 3}, {1, 7, 9}, {1, 46, 47}};
    static const int nine[][9] = {{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 4, 5, 16, 17, 20, 3, 15, 31}};
    static const int any[12] = {1, 2, 5, 6, 7, 12, 13, 14, 29, 30, 31, 40};
    for (int blocks = 1; blocks <= 5; blocks++) {
        for (int o = 0; o < 3; o++) check_swap_rates(3, three[o], blocks);
        for (int o = 0; o < 2; o++) check_swap_rates(9, nine[o], blocks);
        for (int half = 1; half <= 12; half++) check_swap_rates(half, any, blocks);
    }
}

static void no_rates_between_like_sites(void **state) {
    (void)state;
    const int offset[3] = {1, 2, 3};
    double *w = numbers(NIXE_BLOCK + 3, 0.5, 2), *bond_factor = numbers(3 * NIXE_BLOCK, 1, 2), sum = 1;
    nixe_loop_swap_rates(0, 1, 3, offset, NIXE_BLOCK, w, bond_factor, &sum);
    assert_true(sum == 0);
    for (int i = 0; i < NIXE_BLOCK + 3; i++) w[i] = -w[i];
    sum = 1;
    nixe_loop_swap_rates(0, 1, 3, offset, NIXE_BLOCK, w, bond_factor, &sum);
    assert_true(sum == 0);
    free(w);
    free(bond_factor);
}

static void exchange_rates(void **state) {
    (void)state;
    for (int s = 0; s < SIZES; s++) {
        const int n = sizes[s];
        double *w = weights(MOST), *A = numbers(n, 0.1, 2), *B = numbers(n, 0.1, 2), *rate = guarded(numbers(n, 0, 0), n),
               sum = 0;
        int32_t surface[MOST];
        for (int i = 0; i < n; i++) surface[i] = (int32_t)(fixture_random(&random_state) % MOST);
        const double total = nixe_loop_exchange_rates(n, surface, w, A, B, rate);
        for (int i = 0; i < n; i++) {
            const double expected = fabs(w[surface[i]]) * (w[surface[i]] > 0 ? A[i] : B[i]);
            assert_close_relative(rate[i], expected, 1e-15);
            sum += expected;
        }
        assert_close_relative(total, sum, 1e-13);
        check_guard(rate, n);
        free(w);
        free(A);
        free(B);
        free(rate);
    }
}

static void add_difference(void **state) {
    (void)state;
    for (int s = 0; s < SIZES; s++) {
        const int n = sizes[s];
        double *gain = numbers(n, -1, 1), *loss = numbers(n, -1, 1), *field = guarded(numbers(n, -5, 5), n);
        double *before = calloc((size_t)n + 1, sizeof *before);
        memcpy(before, field, (size_t)n * sizeof *field);
        nixe_loop_add_difference(n, -2.5, gain, loss, field);
        for (int k = 0; k < n; k++) assert_close(field[k], before[k] - 2.5 * gain[k] + 2.5 * loss[k], 1e-14);
        check_guard(field, n);
        free(gain);
        free(loss);
        free(field);
        free(before);
    }
}

/* Sums of bias |weight| of one species over the sites of each lane. */
static void check_lanes(int blocks, int species, const double *weight, const double *bias, const double *sum) {
    for (int b = 0; b < blocks; b++)
        for (int lane = 0; lane < NIXE_LANES; lane++) {
            double expected = 0;
            for (int k = b * NIXE_BLOCK + lane; k < (b + 1) * NIXE_BLOCK; k += NIXE_LANES)
                if (weight[k] * species > 0) expected += bias[k] * fabs(weight[k]);
            assert_close_relative(sum[b * NIXE_LANES + lane], expected, 1e-14);
        }
    check_guard(sum, blocks * NIXE_LANES);
}

/* Sites and, in the last block, places where there is none. Sites of one species only are there as well. */
static void scale_and_sum(void **state) {
    (void)state;
    for (int s = 1; s < SIZES; s++)
        for (int only = -1; only <= 1; only++) {
            const int n = sizes[s], blocks = (n + NIXE_BLOCK - 1) / NIXE_BLOCK, padded = blocks * NIXE_BLOCK,
                      lanes = blocks * NIXE_LANES;
            double *w = guarded(weights(padded), padded), *before = calloc((size_t)padded, sizeof *before),
                   *bias = numbers(padded, 0.5, 3);
            double *gain = numbers(padded, 0.1, 3), *loss = numbers(padded, 0.1, 3);
            double *sum_A = guarded(numbers(lanes, 1, 2), lanes), *sum_B = guarded(numbers(lanes, 1, 2), lanes);
            for (int k = 0; k < padded; k++) {
                if (only) w[k] = only * fabs(w[k]);
                if (k >= n) w[k] = bias[k] = 0, gain[k] = loss[k] = 1;
            }
            memcpy(before, w, (size_t)padded * sizeof *w);
            nixe_loop_scale_and_sum(blocks, w, bias, gain, loss, sum_A, sum_B);
            for (int k = 0; k < padded; k++)
                assert_close_relative(w[k], before[k] > 0 ? before[k] * gain[k] / loss[k] : before[k] * loss[k] / gain[k],
                                      1e-15);
            check_guard(w, padded);
            check_lanes(blocks, 1, w, bias, sum_A);
            check_lanes(blocks, -1, w, bias, sum_B);
            double *const all[] = {w, before, bias, gain, loss, sum_A, sum_B};
            for (int a = 0; a < 7; a++) free(all[a]);
        }
}

/* Sums over weights that stay what they are: gain = loss changes no bit of them. */
static void equal_rows_change_no_weight(void **state) {
    (void)state;
    enum { BLOCKS = 3, PADDED = BLOCKS * NIXE_BLOCK };
    double *w = weights(PADDED), before[PADDED], *row = numbers(PADDED, 0.1, 3), *bias = numbers(PADDED, 0.5, 3);
    double sum_A[BLOCKS * NIXE_LANES], sum_B[BLOCKS * NIXE_LANES];
    memcpy(before, w, sizeof before);
    nixe_loop_scale_and_sum(BLOCKS, w, bias, row, row, sum_A, sum_B);
    assert_memory_equal(w, before, sizeof before);
    nixe_loop_scale(PADDED, w, row, row);
    assert_memory_equal(w, before, sizeof before);
    free(w);
    free(row);
    free(bias);
}

static void exponentials(void **state) {
    (void)state;
    for (int s = 0; s < SIZES; s++) {
        const int n = sizes[s];
        double *x = numbers(n, -300, 300), *y = guarded(numbers(n, 0, 0), n);
        nixe_loop_exp(n, -0.75, x, y);
        for (int i = 0; i < n; i++) assert_close_relative(y[i], exp(-0.75 * x[i]), 1e-15);
        check_guard(y, n);
        free(x);
        free(y);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dot),
        cmocka_unit_test(scale),
        cmocka_unit_test(swap_rates),
        cmocka_unit_test(no_rates_between_like_sites),
        cmocka_unit_test(exchange_rates),
        cmocka_unit_test(add_difference),
        cmocka_unit_test(scale_and_sum),
        cmocka_unit_test(equal_rows_change_no_weight),
        cmocka_unit_test(exponentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
