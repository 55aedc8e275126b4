/* Samplers: the probabilities of sweeps and their detailed balance against all configurations of a small core, each attempt of
 * metropolis by its definition, and sweeps that come in parts. The numbers are fixed by their seeds, so each test always passes
 * or always fails; where it says so, another seed would fail with the probability it gives. */
#include "nixe/sampling/samplers.h"

#include "unit/core.h"

/* All configurations of a small core with its number of A sites: bit k of `mask` is set where site k is A. */
enum { MOST_CONFIGURATIONS = 35 };

typedef struct {
    int count, mask[MOST_CONFIGURATIONS];
    double energy[MOST_CONFIGURATIONS]; /* by which it is sampled */
} space;

static void set_core(const fixture_core *f, int mask, int8_t *core_sigma) {
    for (int k = 0; k < f->couplings.sites; k++) core_sigma[k] = mask >> k & 1 ? 1 : -1;
}

static void list_configurations(const fixture_core *f, space *all) {
    all->count = 0;
    for (int mask = 0; mask < 1 << f->couplings.sites; mask++) {
        if (fixture_bits(mask) != f->couplings.count_A) continue;
        assert_in_range(all->count, 0, MOST_CONFIGURATIONS - 1);
        set_core(f, mask, f->core_sigma);
        all->energy[all->count] = fixture_core_energy(f, f->core_sigma) + fixture_published_shift(f, f->core_sigma);
        all->mask[all->count++] = mask;
    }
}

static int number_of(const space *all, const int8_t *core_sigma, int sites) {
    int mask = 0, number = 0;
    for (int k = 0; k < sites; k++) mask |= (core_sigma[k] > 0) << k;
    while (number < all->count && all->mask[number] != mask) number++;
    assert_in_range(number, 0, all->count - 1);
    return number;
}

typedef double matrix[MOST_CONFIGURATIONS][MOST_CONFIGURATIONS];

/* a = a b. */
static void multiply(int n, matrix a, matrix b) {
    static matrix product;
    memset(product, 0, sizeof product);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            for (int k = 0; k < n; k++) product[i][j] += a[i][k] * b[k][j];
    memcpy(a, product, sizeof product);
}

/* The probabilities of all ends of one sweep. metropolis: N_core attempts, each of one of the N_core (N_core - 1) / 2 pairs,
 * accepted with min(1, exp(-dE/kT)); informed: a unit of time with the rates 2 exp(-dE/2kT) / (N_core - 1), as the product of
 * 2^20 short steps. */
static void sweep_probabilities(const fixture_core *f, const space *all, matrix P) {
    static matrix step;
    const int n = f->couplings.sites, informed = f->sampler != &nixe_metropolis;
    memset(step, 0, sizeof step);
    for (int a = 0; a < all->count; a++) {
        step[a][a] = 1;
        for (int b = 0; b < all->count; b++) {
            if (fixture_bits(all->mask[a] ^ all->mask[b]) != 2) continue;
            const double x = (all->energy[b] - all->energy[a]) / f->state.kT;
            step[a][b] = informed ? ldexp(2 * exp(-x / 2) / (n - 1), -20) : 2 * fmin(1, exp(-x)) / (n * (n - 1));
            step[a][a] -= step[a][b];
        }
    }
    memset(P, 0, sizeof step);
    for (int a = 0; a < all->count; a++) P[a][a] = 1;
    for (int power = 0; power < (informed ? 20 : n); power++)
        if (informed) multiply(all->count, step, step);
        else multiply(all->count, P, step);
    if (informed) memcpy(P, step, sizeof step);
}

/* How often `length` sweeps that begin in one configuration end in another: `times` times from each. */
static void count_sweeps(fixture_core *f, const space *all, int length, int times, matrix ends) {
    memset(ends, 0, sizeof(matrix));
    for (int a = 0; a < all->count; a++) {
        set_core(f, all->mask[a], f->core_sigma);
        for (int i = 0; i < times; i++) {
            nixe_replica_begin(&f->replica, &f->state, 8, (uint64_t)(a * times + i), f->core_sigma);
            for (int sweep = 0; sweep < length; sweep++) nixe_replica_sweep(&f->replica);
            ends[a][number_of(all, f->replica.core_sigma, f->couplings.sites)]++;
        }
    }
}

static void check_chi_square(double chi_square, double freedom) {
    if (chi_square > fixture_chi_square_bound(freedom)) fail_msg("chi-square %g of %g degrees of freedom", chi_square, freedom);
}

/* Chi-square of the counts against the probabilities; rare ends of one begin are counted together. */
static void check_probabilities(const space *all, int times, matrix ends, matrix P) {
    double chi_square = 0, freedom = 0;
    for (int a = 0; a < all->count; a++) {
        double rare = 0, expected_rare = 0;
        for (int b = 0; b < all->count; b++) {
            const double expected = times * P[a][b];
            if (expected < 10) {
                rare += ends[a][b];
                expected_rare += expected;
                continue;
            }
            chi_square += pow(ends[a][b] - expected, 2) / expected;
            freedom++;
        }
        if (expected_rare >= 10) chi_square += pow(rare - expected_rare, 2) / expected_rare;
        freedom -= expected_rare < 10;
    }
    assert_true(freedom > all->count);
    check_chi_square(chi_square, freedom);
}

/* The same of all begins together, by the number of sites that have changed: few numbers, which tell a wrong rate sharply. */
static void check_distances(const space *all, int times, matrix ends, matrix P) {
    double found[9] = {0}, expected[9] = {0}, chi_square = 0, freedom = -1;
    for (int a = 0; a < all->count; a++)
        for (int b = 0; b < all->count; b++) {
            const int distance = fixture_bits(all->mask[a] ^ all->mask[b]);
            found[distance] += ends[a][b];
            expected[distance] += times * P[a][b];
        }
    for (int distance = 0; distance < 9; distance++) {
        if (expected[distance] < 10) continue;
        chi_square += pow(found[distance] - expected[distance], 2) / expected[distance];
        freedom++;
    }
    check_chi_square(chi_square, freedom);
}

/* exp(-E/kT) times the frequency of a way there is that of the way back: chi-square of all pairs. */
static void check_balance(const fixture_core *f, const space *all, int times, matrix ends) {
    double chi_square = 0, freedom = 0;
    for (int a = 0; a < all->count; a++)
        for (int b = 0; b < a; b++) {
            const double x = exp(-(all->energy[a] - all->energy[b]) / f->state.kT), there = ends[a][b], back = ends[b][a];
            if (there < 20 || back < 20) continue;
            chi_square += pow(x * there - back, 2) / (x * x * there * (1 - there / times) + back * (1 - back / times));
            freedom++;
        }
    assert_true(freedom > all->count);
    check_chi_square(chi_square, freedom);
}

/* Of one sweep and of three; another seed fails with a probability of 3e-7 at each of the checks. */
static void check_sweeps(fixture_core *f, const space *all) {
    static matrix P, one, ends;
    const int times = 3000;
    sweep_probabilities(f, all, one);
    memcpy(P, one, sizeof P);
    for (int length = 1; length <= 3; length += 2) {
        count_sweeps(f, all, length, times, ends);
        check_probabilities(all, times, ends, P);
        check_distances(all, times, ends, P);
        check_balance(f, all, times, ends);
        multiply(all->count, P, one);
        multiply(all->count, P, one);
    }
}

static void probabilities_of_sweeps(void **state) {
    (void)state;
    static const struct {
        fixture_shape shape;
        double composition, kT;
        int configurations;
    } cases[] = {
        {{NIXE_HEXAGON, 2, 1, 3}, 0.3, 1, 21}, {{NIXE_CUBE, 2, 1, 0.5}, 0.25, 1.6, 28}, {{NIXE_HEXAGON, 2, 0, 1}, 0.5, 2, 35}};
    for (int c = 0; c < 3; c++)
        for (int kind = 0; kind < FIXTURE_KINDS; kind++)
            for (int s = 0; s < FIXTURE_SAMPLERS; s++) {
                fixture_core f;
                space all;
                fixture_core_create(&f, cases[c].shape, kind, fixture_samplers[s], cases[c].composition, cases[c].kT);
                list_configurations(&f, &all);
                assert_int_equal(all.count, cases[c].configurations);
                check_sweeps(&f, &all);
                fixture_core_destroy(&f);
            }
}

/* One attempt of metropolis by its definition, with energies from scratch: what a replica does with the same numbers. */
static void attempt_by_definition(fixture_core *f, double *field, uint64_t pair, uint64_t chance) {
    const uint32_t n = (uint32_t)f->couplings.sites;
    int8_t *s = f->core_sigma;
    int i = (int)nixe_uniform_below(pair, n), j = (int)nixe_uniform_below(pair << 32, n - 1);
    j += j >= i;
    if (s[i] == s[j]) return;
    nixe_couplings_fields(&f->couplings, s, field);
    const double before = nixe_couplings_energy(&f->couplings, s, field, 1);
    s[i] = (int8_t)-s[i];
    s[j] = (int8_t)-s[j];
    nixe_couplings_fields(&f->couplings, s, field);
    const double difference = nixe_couplings_energy(&f->couplings, s, field, 1) - before;
    if (nixe_uniform_from_0(chance) < exp(-difference / f->state.kT)) return;
    s[i] = (int8_t)-s[i];
    s[j] = (int8_t)-s[j];
}

/* Each attempt is accepted where its number is below exp(-dE/kT), also where a bound decides it beforehand. */
static void attempts_of_metropolis(void **state) {
    (void)state;
    for (int c = 0; c < FIXTURE_CORES; c++)
        for (int kind = 0; kind < FIXTURE_KINDS; kind++) {
            fixture_core f;
            double field[FIXTURE_CORE_SITES];
            fixture_core_create(&f, fixture_cores[c], kind, &nixe_metropolis, 0.5, 0.8);
            fixture_begin_at_random(&f, 2);
            const int n = f.couplings.sites, blocks = (n + 1) / 2;
            for (int sweep = 0; sweep < 200; sweep++) {
                for (int b = 0; b < blocks; b++) {
                    const nixe_random_words words =
                        nixe_random_state(5, 2, f.state.number, NIXE_RANDOM_SWEEP, (uint64_t)(sweep * blocks + b));
                    attempt_by_definition(&f, field, words.word[0], words.word[1]);
                    if (2 * b + 1 < n) attempt_by_definition(&f, field, words.word[2], words.word[3]);
                }
                nixe_replica_sweep(&f.replica);
                assert_memory_equal(f.replica.core_sigma, f.core_sigma, (size_t)n);
            }
            fixture_core_destroy(&f);
        }
}

/* What both would save is the same. */
static void check_same(const nixe_replica *a, const nixe_replica *b) {
    nixe_bytes first = {0}, second = {0};
    assert_ok(nixe_replica_save(a, &first));
    assert_ok(nixe_replica_save(b, &second));
    assert_int_equal(first.used, second.used);
    assert_memory_equal(first.bytes, second.bytes, first.used);
    nixe_bytes_destroy(&first);
    nixe_bytes_destroy(&second);
}

/* Where unlike neighbours are favoured, nearly every choice is refused at a low temperature: a sweep has no bound in work. It
 * comes in parts, between which the replica has not done it yet, but can be saved and goes on elsewhere as it would have. */
static void sweeps_in_parts(void **state) {
    (void)state;
    fixture_core f;
    int parts = 0;
    fixture_core_create(&f, (fixture_shape){NIXE_HEXAGON, 4, 0, 1}, FIXTURE_FRUSTRATED, &nixe_informed_double, 0.5, 0.038);
    fixture_begin_at_random(&f, 1);
    for (int sweep = 0; sweep < 3; sweep++) {
        while (!nixe_replica_sweep(&f.replica)) {
            nixe_bytes bytes = {0};
            assert_int_equal(f.replica.sweeps, sweep);
            assert_ok(nixe_replica_save(&f.replica, &bytes));
            nixe_replica_begin(&f.other, &f.state, 1, 1, f.core_sigma);
            assert_ok(nixe_replica_load(&f.other, &f.state, &bytes));
            nixe_bytes_destroy(&bytes);
            parts++;
        }
        assert_int_equal(f.replica.sweeps, sweep + 1);
        if (parts == 0) continue;
        while (!nixe_replica_sweep(&f.other)) continue;
        check_same(&f.replica, &f.other);
    }
    assert_in_range(parts, 3, 100);
    fixture_core_destroy(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probabilities_of_sweeps),
        cmocka_unit_test(attempts_of_metropolis),
        cmocka_unit_test(sweeps_in_parts),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
