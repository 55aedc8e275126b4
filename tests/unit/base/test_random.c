/* Random numbers: streams that differ, uniform numbers, and start configurations. The numbers are fixed by their seeds, so
 * each test always passes or always fails; where it says so, another seed would fail with the probability it gives. */
#include "nixe/base/random.h"

#include "nixe/sampling/trajectory.h"
#include "unit/fixture.h"

/* The published vectors of Philox4x64-10: key and counter 0, and all bits set. */
static void known_answer(void **state) {
    (void)state;
    nixe_random_words words = nixe_random(0, 0, (nixe_random_purpose)0, 0);
    assert_true(words.word[0] == 0x16554d9eca36314cu && words.word[1] == 0xdb20fe9d672d0fdcu);
    assert_true(words.word[2] == 0xd7e772cee186176bu && words.word[3] == 0x7e68b68aec7ba23bu);
}

static void streams_differ(void **state) {
    (void)state;
    static const uint64_t value[] = {0, 1, 2, 3, (uint64_t)1 << 32, ((uint64_t)1 << 32) + 1, (uint64_t)1 << 63, UINT64_MAX};
    enum { VALUES = 8, STREAMS = VALUES * VALUES * VALUES * 2 };
    uint64_t *first = calloc(4 * STREAMS, sizeof *first);
    int count = 0;
    for (int seed = 0; seed < VALUES; seed++)
        for (int stream = 0; stream < VALUES; stream++)
            for (int position = 0; position < VALUES; position++)
                for (int purpose = NIXE_RANDOM_START; purpose <= NIXE_RANDOM_EVENT; purpose++) {
                    nixe_random_words words =
                        nixe_random(value[seed], value[stream], (nixe_random_purpose)purpose, value[position]);
                    nixe_random_words again =
                        nixe_random(value[seed], value[stream], (nixe_random_purpose)purpose, value[position]);
                    assert_memory_equal(words.word, again.word, sizeof words.word);
                    for (int w = 0; w < 4; w++) first[count++] = words.word[w];
                }
    for (int i = 0; i < count; i++) /* two of 4096 words agree by chance in 5e-13 of all seeds */
        for (int j = 0; j < i; j++) assert_true(first[i] != first[j]);
    free(first);
}

static void uniform_numbers_stay_in_their_interval(void **state) {
    (void)state;
    assert_true(nixe_uniform_from_0(0) == 0);
    assert_true(nixe_uniform_from_0(UINT64_MAX) == 1 - 0x1p-53);
    assert_true(nixe_uniform_to_1(0) == 0x1p-53);
    assert_true(nixe_uniform_to_1(UINT64_MAX) == 1);
}

enum { DRAWS = 1 << 20, LAGS = 5 };

/* Mean, variance and correlations of a sequence of numbers uniform in [0, 1]: within 6 standard deviations, which chance
 * leaves in 2e-9 of all seeds. */
static void check_uniform(const double *u) {
    const double error = 6 / sqrt(DRAWS);
    double mean = 0, square = 0;
    for (int i = 0; i < DRAWS; i++) {
        mean += (u[i] - 0.5) / DRAWS;
        square += (u[i] - 0.5) * (u[i] - 0.5) / DRAWS;
    }
    assert_close(mean, 0, error * sqrt(1.0 / 12));
    assert_close(square, 1.0 / 12, error * sqrt(1.0 / 180));
    for (int lag = 1; lag <= LAGS; lag++) {
        double product = 0;
        for (int i = 0; i < DRAWS - lag; i++) product += (u[i] - 0.5) * (u[i + lag] - 0.5) / (DRAWS - lag);
        assert_close(product, 0, 6 / sqrt(DRAWS - lag) / 12);
    }
}

/* Along the positions of a stream, along the streams of a seed, along seeds, and through the words of each draw. */
static void uniform_numbers_are_independent(void **state) {
    (void)state;
    double *u = calloc(DRAWS, sizeof *u);
    for (int along = 0; along < 4; along++) {
        for (int word = 0; word < 4; word++) {
            for (uint64_t i = 0; i < DRAWS; i++) {
                nixe_random_words words = nixe_random(along == 2 ? i : 5, along == 1 ? i : 6, NIXE_RANDOM_EVENT,
                                                      along == 0   ? i
                                                      : along == 3 ? i / 4
                                                                   : 7);
                uint64_t chosen = words.word[along == 3 ? i % 4 : (uint64_t)word];
                u[i] = word % 2 ? nixe_uniform_to_1(chosen) : nixe_uniform_from_0(chosen);
            }
            check_uniform(u);
        }
    }
    free(u);
}

/* Above this a chi-square of so many degrees of freedom lies with a probability of 3e-7 (Wilson and Hilferty; 5 sigma). */
static double chi_square_bound(double freedom, double sigma) {
    return freedom * pow(1 - 2 / (9 * freedom) + sigma * sqrt(2 / (9 * freedom)), 3);
}

static void starts_that_are_not_random(void **state) {
    (void)state;
    int8_t sigma[37];
    nixe_trajectory_start_sigma(NIXE_START_A, 0.5, 1, 1, 37, sigma);
    for (int i = 0; i < 37; i++) assert_int_equal(sigma[i], 1);
    nixe_trajectory_start_sigma(NIXE_START_B, 0.5, 1, 1, 37, sigma);
    for (int i = 0; i < 37; i++) assert_int_equal(sigma[i], -1);
}

static void random_starts_have_the_number_of_A(void **state) {
    (void)state;
    static const struct {
        double composition;
        int sites, A;
    } cases[] = {{0, 721, 0},  {1, 721, 721},   {0.5, 721, 360}, {0.3, 10, 3},
                 {0.7, 10, 7}, {0.29, 100, 29}, {0.999, 7, 6},   {0.5, 1, 0}};
    for (int c = 0; c < 8; c++)
        for (uint64_t index = 0; index < 50; index++) {
            int8_t sigma[721] = {0};
            int A = 0;
            nixe_trajectory_start_sigma(NIXE_START_RANDOM, cases[c].composition, 3, index, cases[c].sites, sigma);
            for (int i = 0; i < cases[c].sites; i++) {
                assert_true(sigma[i] == 1 || sigma[i] == -1);
                A += sigma[i] == 1;
            }
            assert_int_equal(A, cases[c].A);
        }
}

/* How often each site is A: chi-square of N - 1 degrees of freedom, too large or too small in 6e-7 of all seeds. */
static void random_starts_prefer_no_site(void **state) {
    (void)state;
    enum { SITES = 169, TRAJECTORIES = 20000 };
    const int A = 50; /* floor(0.3 * 169) */
    const double p = (double)A / SITES;
    int count[SITES] = {0};
    double chi_square = 0;
    for (uint64_t index = 0; index < TRAJECTORIES; index++) {
        int8_t sigma[SITES];
        nixe_trajectory_start_sigma(NIXE_START_RANDOM, 0.3, 11, index, SITES, sigma);
        for (int i = 0; i < SITES; i++) count[i] += sigma[i] == 1;
    }
    for (int i = 0; i < SITES; i++) chi_square += pow(count[i] - TRAJECTORIES * p, 2) / (TRAJECTORIES * p * (1 - p));
    chi_square *= (SITES - 1.0) / SITES; /* the number of A is fixed */
    assert_true(chi_square < chi_square_bound(SITES - 1, 5));
    assert_true(chi_square > chi_square_bound(SITES - 1, -5));
}

/* Every way to put two A on six sites: chi-square of 14 degrees of freedom, too large in 3e-7 of all seeds. */
static void random_starts_prefer_no_subset(void **state) {
    (void)state;
    enum { TRAJECTORIES = 30000 };
    int count[64] = {0};
    double chi_square = 0;
    for (uint64_t index = 0; index < TRAJECTORIES; index++) {
        int8_t sigma[6];
        int subset = 0;
        nixe_trajectory_start_sigma(NIXE_START_RANDOM, 0.34, 12, index, 6, sigma);
        for (int i = 0; i < 6; i++) subset |= (sigma[i] == 1) << i;
        count[subset]++;
    }
    for (int subset = 0; subset < 64; subset++)
        if (count[subset]) chi_square += pow(count[subset] - TRAJECTORIES / 15.0, 2) / (TRAJECTORIES / 15.0);
    assert_true(chi_square < chi_square_bound(14, 5));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answer),
        cmocka_unit_test(streams_differ),
        cmocka_unit_test(uniform_numbers_stay_in_their_interval),
        cmocka_unit_test(uniform_numbers_are_independent),
        cmocka_unit_test(starts_that_are_not_random),
        cmocka_unit_test(random_starts_have_the_number_of_A),
        cmocka_unit_test(random_starts_prefer_no_site),
        cmocka_unit_test(random_starts_prefer_no_subset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
