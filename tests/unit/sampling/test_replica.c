/* Replica: what the swaps of both samplers keep against what a fresh start gives, the probabilities of one sweep and their
 * detailed balance against all configurations of a small core, and replicas that are saved and go on. The numbers are fixed by
 * their seeds, so each test always passes or always fails; where it says so, another seed would fail with the probability it
 * gives. */
#include "nixe/sampling/samplers.h"

#include "unit/crystal.h"

/* A crystal with a model, its couplings, a state, and two replicas: one that is sampled, one to compare with. */
typedef struct {
    fixture_crystal crystal;
    nixe_energy energy;
    nixe_couplings couplings;
    const nixe_sampler *sampler;
    double *W, *factor;
    nixe_state state;
    nixe_replica replica, other;
    int8_t *core_sigma; /* room for a configuration of the core */
} fixture;

/* The crystals under test: both shapes, with and without a shell, with cores of less than one block of the hot loops, of just
 * two and of a bit more; and the models. */
static const fixture_shape cores[] = {
    {NIXE_HEXAGON, 3, 1, 7}, {NIXE_HEXAGON, 4, 0, 1}, {NIXE_HEXAGON, 5, 1, 0.4}, {NIXE_CUBE, 3, 1, 5}, {NIXE_CUBE, 4, 0, 1}};
enum { CORES = sizeof cores / sizeof *cores, MOST_SITES = 64 };
enum { ELASTIC, PUBLISHED, ISING, KINDS };
static const nixe_sampler *const samplers[] = {&nixe_metropolis, &nixe_informed};

static void create(fixture *f, fixture_shape shape, int kind, const nixe_sampler *sampler, double composition, double kT) {
    fixture_crystal_create(&f->crystal, shape.shape, shape.edge, shape.shell_layers, shape.shell_stiffness);
    f->energy = (nixe_energy){.lattice = &f->crystal.lattice,
                              .potential = kind == ISING ? NULL : &f->crystal.elastic.potential,
                              .epsilon = kind == ISING ? 0 : 0.7,
                              .J = kind == PUBLISHED ? 0.1 : 0.25,
                              .differences = kind == PUBLISHED ? NIXE_PUBLISHED : NIXE_EXACT};
    f->sampler = sampler;
    assert_ok(nixe_couplings_create(&f->couplings, &f->crystal.lattice, composition));
    const int n = f->couplings.sites;
    assert_ok(nixe_allocate(&f->W, n * n, sizeof(double), "couplings"));
    assert_ok(nixe_allocate(&f->factor, n * nixe_padded(n), sizeof(double), "factors"));
    assert_ok(nixe_allocate(&f->core_sigma, n, 1, "a configuration"));
    nixe_couplings_fill(&f->energy, f->couplings.site, n, 0, n, f->W);
    assert_ok(nixe_couplings_set_fields(&f->couplings, &f->energy, f->W));
    assert_ok(nixe_state_check_range(&f->couplings, kT));
    const nixe_state bare = {.couplings = &f->couplings, .kT = kT};
    nixe_state_fill_factor(&bare, f->factor, 0, n / 3);
    nixe_state_fill_factor(&bare, f->factor, n / 3, n);
    assert_ok(nixe_state_create(&f->state, &f->couplings, kT, 3, sampler->needs_factors ? f->factor : NULL));
    assert_ok(nixe_replica_create(&f->replica, &f->crystal.lattice, n, sampler));
    assert_ok(nixe_replica_create(&f->other, &f->crystal.lattice, n, sampler));
}

static void destroy(fixture *f) {
    nixe_replica_destroy(&f->replica);
    nixe_replica_destroy(&f->other);
    nixe_state_destroy(&f->state);
    nixe_couplings_destroy(&f->couplings);
    fixture_crystal_destroy(&f->crystal);
    free(f->core_sigma);
    free(f->factor);
    free(f->W);
}

static void begin_at_random(fixture *f, uint64_t index) {
    assert_ok(nixe_replica_start_sigma(&f->couplings, 0, 5, index, f->state.number, f->core_sigma));
    nixe_replica_begin(&f->replica, &f->state, 5, index, f->core_sigma);
}

/* E of a configuration of the core by definition, the shell being B. */
static double energy_by_definition(const fixture *f, const int8_t *core_sigma) {
    const nixe_energy *energy = &f->energy;
    memset(f->crystal.sigma, -1, (size_t)f->crystal.lattice.sites);
    for (int k = 0; k < f->couplings.sites; k++) f->crystal.sigma[f->couplings.site[k]] = core_sigma[k];
    const double elastic =
        energy->epsilon != 0 ? fixture_elastic_energy(energy->lattice, f->crystal.shell_stiffness, f->crystal.sigma) : 0;
    return energy->epsilon * elastic + fixture_local_energy(energy->lattice, energy->J, 0, f->crystal.sigma);
}

/* What the published differences add to it: - m eps sum_k V_kk s_k. */
static double published_shift(const fixture *f, const int8_t *core_sigma) {
    const int n = f->crystal.lattice.sites;
    double sum = 0;
    for (int k = 0; k < f->couplings.sites && f->energy.differences == NIXE_PUBLISHED; k++)
        sum += f->energy.potential->V[f->couplings.site[k] * (n + 1)] * core_sigma[k];
    return -(2.0 * f->couplings.count_A - n) / n * f->energy.epsilon * sum;
}

/* The replica against one that begins anew in the same configuration; `exactly`: to the last bit. */
static void compare_with_a_fresh_start(fixture *f, int exactly) {
    const nixe_replica *kept = &f->replica, *fresh = &f->other;
    const int n = f->couplings.sites;
    int A = 0;
    nixe_replica_begin(&f->other, &f->state, 99, 99, kept->core_sigma);
    assert_memory_equal(kept->sigma, fresh->sigma, (size_t)f->crystal.lattice.sites);
    assert_memory_equal(kept->phase_count, fresh->phase_count, sizeof fresh->phase_count);
    assert_memory_equal(kept->surroundings, fresh->surroundings, (size_t)f->crystal.lattice.sites);
    assert_close(kept->energy, fresh->energy, exactly ? 0 : 1e-10);
    assert_close(nixe_replica_energy(kept), nixe_replica_energy(fresh), exactly ? 0 : 1e-10);
    for (int k = 0; k < n; k++) A += kept->core_sigma[k] > 0;
    assert_int_equal(A, f->couplings.count_A);
    if (f->sampler == &nixe_metropolis || exactly) /* between refreshes the informed one keeps weights instead of fields */
        for (int k = 0; k < n; k++) assert_close(kept->field[k], fresh->field[k], exactly ? 0 : 1e-11);
}

/* Energies and phases against their definitions, from the configuration of the whole crystal. */
static void compare_with_definitions(const fixture *f) {
    const nixe_replica *replica = &f->replica;
    double f_kept[NIXE_PHASES], f_expected[NIXE_PHASES];
    const double energy = energy_by_definition(f, replica->core_sigma);
    assert_memory_equal(replica->sigma, f->crystal.sigma, (size_t)f->crystal.lattice.sites);
    assert_close(nixe_replica_energy(replica), energy, 1e-9);
    assert_close(replica->energy, energy + published_shift(f, replica->core_sigma), 1e-9);
    nixe_replica_fractions(replica, f_kept);
    nixe_phase_fractions(&f->crystal.lattice, replica->sigma, f_expected);
    for (int p = 0; p < NIXE_PHASES; p++)
        if (f->crystal.lattice.averaged_sites) assert_close(f_kept[p], f_expected[p], 1e-15);
        else assert_true(isnan(f_kept[p]));
}

static void swaps_keep_energies_fields_and_phases(void **state) {
    (void)state;
    for (int c = 0; c < CORES; c++)
        for (int kind = 0; kind < KINDS; kind++)
            for (int s = 0; s < 2; s++) {
                fixture f;
                create(&f, cores[c], kind, samplers[s], 0.45, 1.1);
                begin_at_random(&f, (uint64_t)kind);
                for (int sweep = 1; sweep <= NIXE_REFRESH_SWEEPS + 50; sweep++) {
                    nixe_replica_sweep(&f.replica);
                    assert_int_equal(f.replica.sweeps, sweep);
                    if (sweep % 7 == 0 || sweep >= NIXE_REFRESH_SWEEPS - 1)
                        compare_with_a_fresh_start(&f, sweep == NIXE_REFRESH_SWEEPS);
                    if (sweep % 500 == 0) compare_with_definitions(&f);
                }
                assert_in_range(f.replica.accepted, NIXE_REFRESH_SWEEPS / 3, 64 * NIXE_REFRESH_SWEEPS);
                destroy(&f);
            }
}

/* A replica that is given another configuration has its energies, fields and phases, and goes on well. */
static void another_configuration(void **state) {
    (void)state;
    for (int c = 0; c < CORES; c++)
        for (int s = 0; s < 2; s++) {
            fixture f;
            create(&f, cores[c], PUBLISHED, samplers[s], 0.3, 1.1);
            begin_at_random(&f, 1);
            for (int round = 0; round < 20; round++) {
                for (int sweep = 0; sweep < 5; sweep++) nixe_replica_sweep(&f.replica);
                assert_ok(nixe_replica_start_sigma(&f.couplings, round % 2, 6, (uint64_t)round, 0, f.core_sigma));
                nixe_replica_set_sigma(&f.replica, f.core_sigma);
                assert_memory_equal(f.replica.core_sigma, f.core_sigma, (size_t)f.couplings.sites);
                assert_int_equal(f.replica.sweeps, 5 * (round + 1));
                compare_with_a_fresh_start(&f, 1);
                compare_with_definitions(&f);
            }
            for (int sweep = 0; sweep < 5; sweep++) nixe_replica_sweep(&f.replica);
            compare_with_a_fresh_start(&f, 0);
            destroy(&f);
        }
}

/* Above this a chi-square of so many degrees of freedom lies with a probability of 3e-7 (Wilson and Hilferty; 5 sigma). */
static double chi_square_bound(double freedom) { return freedom * pow(1 - 2 / (9 * freedom) + 5 * sqrt(2 / (9 * freedom)), 3); }

/* All configurations of a small core with its number of A sites: bit k of `mask` is set where site k is A. */
enum { MOST_CONFIGURATIONS = 35 };

typedef struct {
    int count, mask[MOST_CONFIGURATIONS];
    double energy[MOST_CONFIGURATIONS]; /* by which it is sampled */
} space;

static void set_core(const fixture *f, int mask, int8_t *core_sigma) {
    for (int k = 0; k < f->couplings.sites; k++) core_sigma[k] = mask >> k & 1 ? 1 : -1;
}

static int bits(int mask) {
    int count = 0;
    for (; mask; mask &= mask - 1) count++;
    return count;
}

static void list_configurations(const fixture *f, space *all) {
    all->count = 0;
    for (int mask = 0; mask < 1 << f->couplings.sites; mask++) {
        if (bits(mask) != f->couplings.count_A) continue;
        assert_in_range(all->count, 0, MOST_CONFIGURATIONS - 1);
        set_core(f, mask, f->core_sigma);
        all->energy[all->count] = energy_by_definition(f, f->core_sigma) + published_shift(f, f->core_sigma);
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
static void sweep_probabilities(const fixture *f, const space *all, matrix P) {
    static matrix step;
    const int n = f->couplings.sites, informed = f->sampler == &nixe_informed;
    memset(step, 0, sizeof step);
    for (int a = 0; a < all->count; a++) {
        step[a][a] = 1;
        for (int b = 0; b < all->count; b++) {
            if (bits(all->mask[a] ^ all->mask[b]) != 2) continue;
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

/* How often a sweep that begins in one configuration ends in another: `sweeps` of each. */
static void count_sweeps(fixture *f, const space *all, int sweeps, matrix ends) {
    memset(ends, 0, sizeof(matrix));
    for (int a = 0; a < all->count; a++) {
        set_core(f, all->mask[a], f->core_sigma);
        for (int i = 0; i < sweeps; i++) {
            nixe_replica_begin(&f->replica, &f->state, 8, (uint64_t)(a * sweeps + i), f->core_sigma);
            nixe_replica_sweep(&f->replica);
            ends[a][number_of(all, f->replica.core_sigma, f->couplings.sites)]++;
        }
    }
}

/* Chi-square of the counts against the probabilities; rare ends of one begin are counted together. */
static void check_probabilities(const space *all, int sweeps, matrix ends, matrix P) {
    double chi_square = 0, freedom = 0;
    for (int a = 0; a < all->count; a++) {
        double rare = 0, expected_rare = 0;
        for (int b = 0; b < all->count; b++) {
            const double expected = sweeps * P[a][b];
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
    if (chi_square > chi_square_bound(freedom)) fail_msg("chi-square %g of %g degrees of freedom", chi_square, freedom);
}

/* exp(-E/kT) times the frequency of a sweep there is that of the sweep back: chi-square of all pairs. */
static void check_balance(const fixture *f, const space *all, int sweeps, matrix ends) {
    double chi_square = 0, freedom = 0;
    for (int a = 0; a < all->count; a++)
        for (int b = 0; b < a; b++) {
            const double x = exp(-(all->energy[a] - all->energy[b]) / f->state.kT), there = ends[a][b], back = ends[b][a];
            if (there < 20 || back < 20) continue;
            chi_square += pow(x * there - back, 2) / (x * x * there * (1 - there / sweeps) + back * (1 - back / sweeps));
            freedom++;
        }
    assert_true(freedom > all->count);
    if (chi_square > chi_square_bound(freedom)) fail_msg("chi-square %g of %g degrees of freedom", chi_square, freedom);
}

/* Another seed fails with a probability of 3e-7 at each of the checks. */
static void probabilities_of_one_sweep(void **state) {
    (void)state;
    static const struct {
        fixture_shape shape;
        double composition, kT;
        int configurations;
    } cases[] = {
        {{NIXE_HEXAGON, 2, 1, 3}, 0.3, 1, 21}, {{NIXE_CUBE, 2, 1, 0.5}, 0.25, 1.6, 28}, {{NIXE_HEXAGON, 2, 0, 1}, 0.5, 2, 35}};
    static matrix P, ends;
    const int sweeps = 3000;
    for (int c = 0; c < 3; c++)
        for (int kind = 0; kind < KINDS; kind++)
            for (int s = 0; s < 2; s++) {
                fixture f;
                space all;
                create(&f, cases[c].shape, kind, samplers[s], cases[c].composition, cases[c].kT);
                list_configurations(&f, &all);
                assert_int_equal(all.count, cases[c].configurations);
                sweep_probabilities(&f, &all, P);
                count_sweeps(&f, &all, sweeps, ends);
                check_probabilities(&all, sweeps, ends, P);
                check_balance(&f, &all, sweeps, ends);
                destroy(&f);
            }
}

/* The same bits of two replicas. */
static void check_same(const fixture *f, const nixe_replica *a, const nixe_replica *b) {
    assert_true(a->energy == b->energy && a->sweeps == b->sweeps && a->accepted == b->accepted);
    assert_memory_equal(a->core_sigma, b->core_sigma, (size_t)f->couplings.sites);
    assert_memory_equal(a->sigma, b->sigma, (size_t)f->crystal.lattice.sites);
    assert_memory_equal(a->field, b->field, (size_t)f->couplings.sites * sizeof *a->field);
    assert_memory_equal(a->phase_count, b->phase_count, sizeof a->phase_count);
}

/* What both would save is the same. */
static void check_same_states(nixe_replica *a, nixe_replica *b) {
    nixe_bytes first = {0}, second = {0};
    assert_ok(nixe_replica_save(a, &first));
    assert_ok(nixe_replica_save(b, &second));
    assert_int_equal(first.used, second.used);
    assert_memory_equal(first.bytes, second.bytes, first.used);
    nixe_bytes_destroy(&first);
    nixe_bytes_destroy(&second);
}

/* Saved after some sweeps and loaded into a replica that did something else before, it goes on to the same bits, through the
 * next refresh. Two states follow each other in the bytes. */
static void check_continuation(fixture *f, int sweeps) {
    nixe_bytes bytes = {0};
    begin_at_random(f, 4);
    for (int sweep = 0; sweep < sweeps; sweep++) nixe_replica_sweep(&f->replica);
    assert_ok(nixe_replica_save(&f->replica, &bytes));
    assert_ok(nixe_replica_save(&f->replica, &bytes));
    assert_ok(nixe_replica_start_sigma(&f->couplings, 1, 0, 0, 0, f->core_sigma));
    nixe_replica_begin(&f->other, &f->state, 1, 2, f->core_sigma);
    for (int sweep = 0; sweep < 3; sweep++) nixe_replica_sweep(&f->other);
    assert_ok(nixe_replica_load(&f->other, &f->state, &bytes));
    assert_int_equal(bytes.position * 2, bytes.used);
    check_same(f, &f->replica, &f->other);
    for (int sweep = 0; sweep < 60; sweep++) {
        nixe_replica_sweep(&f->replica);
        nixe_replica_sweep(&f->other);
        check_same(f, &f->replica, &f->other);
    }
    check_same_states(&f->replica, &f->other);
    assert_ok(nixe_replica_load(&f->other, &f->state, &bytes));
    assert_int_equal(bytes.position, bytes.used);
    assert_int_equal(f->other.sweeps, sweeps);
    nixe_bytes_destroy(&bytes);
}

static void saved_replicas_go_on_as_they_would_have(void **state) {
    (void)state;
    static const int sweeps[] = {0, 1, 30, NIXE_REFRESH_SWEEPS - 20, NIXE_REFRESH_SWEEPS - 1, NIXE_REFRESH_SWEEPS};
    for (int c = 0; c < CORES; c++)
        for (int s = 0; s < 2; s++)
            for (int w = 0; w < 6; w++) {
                fixture f;
                create(&f, cores[c], w % KINDS, samplers[s], 0.45, 1.1);
                check_continuation(&f, sweeps[w]);
                destroy(&f);
            }
}

static void a_saved_state_that_ends_early(void **state) {
    (void)state;
    for (int s = 0; s < 2; s++) {
        fixture f;
        nixe_bytes bytes = {0};
        create(&f, cores[0], ELASTIC, samplers[s], 0.5, 1);
        begin_at_random(&f, 1);
        assert_ok(nixe_replica_save(&f.replica, &bytes));
        const size_t whole = bytes.used;
        for (bytes.used = 0; bytes.used < whole; bytes.used++) {
            bytes.position = 0;
            assert_int_equal(nixe_replica_load(&f.other, &f.state, &bytes), NIXE_FAILED);
            assert_string_equal(nixe_status_message(), "a saved state ends too early");
            nixe_status_clear();
        }
        nixe_bytes_destroy(&bytes);
        destroy(&f);
    }
}

/* Seed, index and the number of the state each make another replica; the same three make the same. */
static void replicas_are_functions_of_their_numbers(void **state) {
    (void)state;
    for (int s = 0; s < 2; s++) {
        fixture f;
        create(&f, cores[1], ELASTIC, samplers[s], 0.5, 1.1);
        for (int change = 0; change < 4; change++) { /* of nothing, the seed, the index, the state */
            nixe_state elsewhere = f.state;
            elsewhere.number += change == 3;
            begin_at_random(&f, 7);
            nixe_replica_begin(&f.other, &elsewhere, change == 1 ? 6 : 5, change == 2 ? 8 : 7, f.core_sigma);
            for (int sweep = 0; sweep < 20; sweep++) {
                nixe_replica_sweep(&f.replica);
                nixe_replica_sweep(&f.other);
            }
            const int same = !memcmp(f.replica.core_sigma, f.other.core_sigma, (size_t)f.couplings.sites);
            assert_int_equal(same, change == 0);
            if (change == 0) check_same(&f, &f.replica, &f.other);
        }
        destroy(&f);
    }
}

/* Every way to put three A on seven sites: chi-square of 34 degrees of freedom, too large in 3e-7 of all seeds. */
static void random_starts_prefer_no_subset(void **state) {
    (void)state;
    enum { REPLICAS = 30000 };
    fixture f;
    int count[128] = {0};
    double chi_square = 0;
    create(&f, (fixture_shape){NIXE_HEXAGON, 2, 1, 2}, ISING, &nixe_metropolis, 0.5, 1);
    for (uint64_t index = 0; index < REPLICAS; index++) {
        int mask = 0;
        assert_ok(nixe_replica_start_sigma(&f.couplings, 0, 12, index / 3, (int)(index % 3), f.core_sigma));
        for (int k = 0; k < 7; k++) mask |= (f.core_sigma[k] > 0) << k;
        assert_int_equal(bits(mask), 3);
        count[mask]++;
    }
    for (int mask = 0; mask < 128; mask++)
        if (bits(mask) == 3) chi_square += pow(count[mask] - REPLICAS / 35.0, 2) / (REPLICAS / 35.0);
    assert_true(chi_square < chi_square_bound(34));
    destroy(&f);
}

/* Whether core site k comes before l in the order of x, then y, then z. */
static int comes_before(const nixe_couplings *couplings, int k, int l) {
    const int d = couplings->lattice->dimension;
    const double *a = couplings->lattice->position + couplings->site[k] * d;
    const double *b = couplings->lattice->position + couplings->site[l] * d;
    for (int c = 0; c < d; c++)
        if (fabs(a[c] - b[c]) > 1e-6) return a[c] < b[c];
    return 0;
}

static void separated_starts(void **state) {
    (void)state;
    for (int c = 0; c < CORES; c++)
        for (int r = 1; r < 10; r++) {
            fixture f;
            int A = 0;
            create(&f, cores[c], ISING, &nixe_metropolis, 0.1 * r, 1);
            assert_ok(nixe_replica_start_sigma(&f.couplings, 1, 1, 1, 1, f.core_sigma));
            for (int k = 0; k < f.couplings.sites; k++) {
                A += f.core_sigma[k] == 1;
                for (int l = 0; l < f.couplings.sites; l++)
                    if (f.core_sigma[k] > f.core_sigma[l]) assert_true(comes_before(&f.couplings, k, l));
            }
            assert_int_equal(A, f.couplings.count_A);
            destroy(&f);
        }
}

/* Cores in which nothing can happen: of one site, or of one species. */
static void cores_without_a_swap(void **state) {
    (void)state;
    static const fixture_shape shapes[] = {{NIXE_HEXAGON, 1, 1, 2}, {NIXE_HEXAGON, 2, 1, 2}, {NIXE_HEXAGON, 4, 0, 1}};
    for (int c = 0; c < 3; c++)
        for (int s = 0; s < 2; s++)
            for (int A = 0; A < 2; A++) {
                fixture f;
                create(&f, shapes[c], ELASTIC, samplers[s], A ? 1 : 0.01, 1);
                assert_int_equal(f.couplings.count_A, A ? f.couplings.sites : 0);
                begin_at_random(&f, 1);
                for (int sweep = 0; sweep < NIXE_REFRESH_SWEEPS + 5; sweep++) nixe_replica_sweep(&f.replica);
                assert_int_equal(f.replica.accepted, 0);
                compare_with_a_fresh_start(&f, 1);
                compare_with_definitions(&f);
                destroy(&f);
            }
}

static void temperatures_that_are_too_low_are_refused(void **state) {
    (void)state;
    fixture f;
    create(&f, cores[0], ELASTIC, &nixe_informed, 0.5, 1);
    assert_int_equal(nixe_state_check_range(&f.couplings, 1e-3), NIXE_REFUSED);
    const char *limit = strstr(nixe_status_message(), "crystal is ");
    assert_non_null(strstr(nixe_status_message(), "-model_kT 0.001"));
    assert_non_null(limit);
    const double lowest = strtod(limit + strlen("crystal is "), NULL);
    nixe_status_clear();
    assert_ok(nixe_state_check_range(&f.couplings, lowest)); /* the limit that it names is good */
    assert_int_equal(nixe_state_check_range(&f.couplings, 0.99 * lowest), NIXE_REFUSED);
    nixe_status_clear();
    destroy(&f);
    create(&f, cores[0], ELASTIC, &nixe_informed, 0.5, lowest); /* and there, all stays finite */
    begin_at_random(&f, 1);
    for (int sweep = 0; sweep < 50; sweep++) nixe_replica_sweep(&f.replica);
    compare_with_a_fresh_start(&f, 0);
    destroy(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(swaps_keep_energies_fields_and_phases),
        cmocka_unit_test(another_configuration),
        cmocka_unit_test(probabilities_of_one_sweep),
        cmocka_unit_test(saved_replicas_go_on_as_they_would_have),
        cmocka_unit_test(a_saved_state_that_ends_early),
        cmocka_unit_test(replicas_are_functions_of_their_numbers),
        cmocka_unit_test(random_starts_prefer_no_subset),
        cmocka_unit_test(separated_starts),
        cmocka_unit_test(cores_without_a_swap),
        cmocka_unit_test(temperatures_that_are_too_low_are_refused),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
