/* Blocking: means, errors and autocorrelation times by blocking, against series for which they are known. The numbers are fixed
 * by their seeds, so each test always passes or always fails. */
#include "nixe/base/blocking.h"

#include "nixe/base/random.h"
#include "unit/fixture.h"

enum { SERIES = 200 };

/* Two independent Gaussian numbers, of which one is used. */
static double gauss(uint64_t stream, uint64_t position) {
    nixe_random_words words = nixe_random(21, stream, NIXE_RANDOM_EVENT, position);
    return sqrt(-2 * log(nixe_uniform_to_1(words.word[0]))) * cos(2 * acos(-1) * nixe_uniform_from_0(words.word[1]));
}

/* x' = r x + noise, of variance 1 and mean 3, in equilibrium from its start. tau = (1 + r) / (1 - r) / 2. */
static void fill(double *x, long count, double r, uint64_t stream) {
    x[0] = gauss(stream, 0);
    for (long i = 1; i < count; i++) x[i] = r * x[i - 1] + sqrt(1 - r * r) * gauss(stream, (uint64_t)i);
    for (long i = 0; i < count; i++) x[i] += 3;
}

/* SERIES series of `count` values: on average tau is the exact one within `low` .. `high` of it, each single one within a
 * factor; mean - 3 is distributed as its error says: its mean square in errors is 1 within 35 % (3.5 of its own errors, more
 * being the error's scatter), and nowhere is it beyond 6 errors. */
static void check(double r, long count, double low, double high, double factor) {
    const double exact = 0.5 * (1 + r) / (1 - r);
    double *x = calloc((size_t)count, sizeof *x), tau = 0, square = 0, variance = 0;
    for (int s = 0; s < SERIES; s++) {
        fill(x, count, r, (uint64_t)s);
        double sum = 0;
        for (long i = 0; i < count; i++) sum += x[i];
        const nixe_blocking series = nixe_blocking_analyse(x, count);
        assert_close(series.mean, sum / (double)count, 1e-12);
        assert_close_relative(series.error * series.error, series.variance * 2 * series.tau / (double)count, 0.01);
        assert_true(series.tau > exact / factor && series.tau < exact * factor);
        assert_true(fabs(series.mean - 3) < 6 * series.error);
        tau += series.tau / exact / SERIES;
        variance += series.variance / SERIES;
        square += pow((series.mean - 3) / series.error, 2) / SERIES;
    }
    free(x);
    if (tau < low || tau > high) fail_msg("r = %g: tau is %.3f of the exact one", r, tau);
    assert_close(square, 1, 0.35);
    assert_close(variance, 1, 0.02 + 6 * sqrt(4 * exact / (double)count / SERIES));
}

/* The error never falls below that of independent values, and chance raises it: tau comes out some per cent high. */
static void white_noise(void **state) {
    (void)state;
    check(0, 4096, 1, 1.12, 2);
}

static void short_correlations(void **state) {
    (void)state;
    check(0.5, 8192, 0.94, 1.08, 2);
}

static void long_correlations(void **state) {
    (void)state;
    check(0.9, 32768, 0.94, 1.08, 2);
    check(0.98, 65536, 0.94, 1.08, 2);
}

/* Anticorrelated: the error is never below that of independent values. */
static void anticorrelation(void **state) {
    (void)state;
    double x[1000];
    for (int i = 0; i < 1000; i++) x[i] = i % 2;
    const nixe_blocking series = nixe_blocking_analyse(x, 1000);
    assert_close(series.mean, 0.5, 1e-15);
    assert_close(series.variance, 0.25, 1e-12);
    assert_close(series.tau, 0.5, 1e-12);
    assert_close(series.error, 0.5 / sqrt(999), 1e-12);
}

static void constant_series(void **state) {
    (void)state;
    double x[300];
    for (int i = 0; i < 300; i++) x[i] = -7.25;
    const nixe_blocking series = nixe_blocking_analyse(x, 300);
    assert_true(series.mean == -7.25 && series.variance == 0 && series.error == 0 && series.tau == 0.5);
}

/* Blocks need not divide the series, and a few values are enough for an answer. */
static void short_series(void **state) {
    (void)state;
    static const int counts[] = {2, 3, 15, 16, 31, 33, 63, 1001};
    double x[1001];
    for (int c = 0; c < 8; c++) {
        double sum = 0, squares = 0;
        const int n = counts[c];
        for (int i = 0; i < n; i++) {
            x[i] = gauss(99, (uint64_t)i);
            sum += x[i];
            squares += x[i] * x[i];
        }
        const nixe_blocking series = nixe_blocking_analyse(x, n);
        const double variance = squares / n - sum * sum / n / n;
        assert_close(series.mean, sum / n, 1e-13);
        assert_close(series.variance, variance, 1e-12);
        if (n < 32) assert_close_relative(series.error, sqrt(variance / (n - 1)), 1e-12); /* too few for blocks */
        assert_true(series.error >= sqrt(variance / (n - 1)) * (1 - 1e-12) && series.error < 3 * sqrt(variance / (n - 1)));
    }
}

/* Two values far apart, 500 of each: the error is that of a few blocks, not of 1000 values. */
static void drift_is_noticed(void **state) {
    (void)state;
    double x[1024];
    for (int i = 0; i < 1024; i++) x[i] = i >= 512;
    const nixe_blocking series = nixe_blocking_analyse(x, 1024);
    assert_true(series.tau > 20);
    assert_true(series.error > 0.1 && series.error < 0.2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(white_noise),      cmocka_unit_test(short_correlations), cmocka_unit_test(long_correlations),
        cmocka_unit_test(anticorrelation),  cmocka_unit_test(constant_series),    cmocka_unit_test(short_series),
        cmocka_unit_test(drift_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
