/* Replica: what the swaps of both samplers keep against what a fresh start gives, replicas that are saved and go on, and
 * starts. How the samplers choose swaps: test_samplers.c. The numbers are fixed by their seeds, so each test always passes or
 * always fails; where it says so, another seed would fail with the probability it gives. */
#include "nixe/sampling/replica.h"

#include "unit/core.h"

/* What an energy kept by differences may be off: in fixed point the couplings are rounded to 1e-7 kT. */
static double energy_error(const fixture_core *f) { return f->sampler == &nixe_informed_fixed ? 1e-5 : 1e-10; }

/* The replica against one that begins anew in the same configuration; `exactly`: to the last bit. */
static void compare_with_a_fresh_start(fixture_core *f, int exactly) {
    const nixe_replica *kept = &f->replica, *fresh = &f->other;
    const int n = f->couplings.sites;
    int A = 0;
    nixe_replica_begin(&f->other, &f->state, 99, 99, kept->core_sigma);
    assert_memory_equal(kept->sigma, fresh->sigma, (size_t)f->crystal.lattice.sites);
    assert_memory_equal(kept->phase_count, fresh->phase_count, sizeof fresh->phase_count);
    assert_memory_equal(kept->unlike, fresh->unlike, (size_t)f->crystal.lattice.classes * sizeof *fresh->unlike);
    assert_memory_equal(kept->surroundings, fresh->surroundings, (size_t)f->crystal.lattice.sites);
    assert_close(kept->energy, fresh->energy, exactly ? 0 : energy_error(f));
    assert_close(nixe_replica_energy(kept), nixe_replica_energy(fresh), exactly ? 0 : energy_error(f));
    for (int k = 0; k < n; k++) A += kept->core_sigma[k] > 0;
    assert_int_equal(A, f->couplings.count_A);
    if (f->sampler == &nixe_metropolis || exactly) /* between refreshes the informed one keeps weights instead of fields */
        for (int k = 0; k < n; k++) assert_close(kept->field[k], fresh->field[k], exactly ? 0 : 1e-11);
}

/* Energies and phases against their definitions, from the configuration of the whole crystal. */
static void compare_with_definitions(const fixture_core *f) {
    const nixe_replica *replica = &f->replica;
    double f_kept[NIXE_PHASES], f_expected[NIXE_PHASES][NIXE_ABREAST];
    const double energy = fixture_core_energy(f, replica->core_sigma);
    assert_memory_equal(replica->sigma, f->crystal.sigma, (size_t)f->crystal.lattice.sites);
    assert_close(nixe_replica_energy(replica), energy, 10 * energy_error(f));
    assert_close(replica->energy, energy + fixture_published_shift(f, replica->core_sigma), 10 * energy_error(f));
    double P[NIXE_MAX_CLASSES], pairs[NIXE_MAX_CLASSES] = {0}, unlike[NIXE_MAX_CLASSES] = {0}, way[3];
    const nixe_lattice *lattice = &f->crystal.lattice;
    for (int i = 0; i < lattice->sites; i++)
        for (int j = 0; j < i; j++) {
            const int c = lattice->layer[i] || lattice->layer[j] ? -1 : fixture_bond_class(lattice, i, j, way);
            if (c < 0) continue;
            pairs[c]++;
            unlike[c] += replica->sigma[i] != replica->sigma[j];
        }
    nixe_replica_unlike(replica, P);
    for (int c = 0; c < lattice->classes; c++) assert_close(P[c], pairs[c] > 0 ? unlike[c] / pairs[c] : 0, 1e-15);
    nixe_replica_fractions(replica, f_kept);
    nixe_ions *ions = fixture_abreast(lattice->sites, replica->sigma);
    nixe_phase_fractions(lattice, ions, f_expected);
    free(ions);
    for (int p = 0; p < NIXE_PHASES; p++)
        if (f->crystal.lattice.averaged_sites) assert_close(f_kept[p], fixture_column(f_expected[p], 0), 1e-15);
        else assert_true(isnan(f_kept[p]));
}

static void swaps_keep_energies_fields_and_phases(void **state) {
    (void)state;
    for (int c = 0; c < FIXTURE_CORES; c++)
        for (int kind = 0; kind < FIXTURE_KINDS; kind++)
            for (int s = 0; s < FIXTURE_SAMPLERS; s++) {
                fixture_core f;
                fixture_core_create(&f, fixture_cores[c], kind, fixture_samplers[s], 0.45, 1.1);
                fixture_begin_at_random(&f, (uint64_t)kind);
                for (int sweep = 1; sweep <= NIXE_REFRESH_SWEEPS + 50; sweep++) {
                    nixe_replica_sweep(&f.replica);
                    assert_int_equal(f.replica.sweeps, sweep);
                    if (sweep % 7 == 0 || sweep >= NIXE_REFRESH_SWEEPS - 1)
                        compare_with_a_fresh_start(&f, sweep == NIXE_REFRESH_SWEEPS);
                    if (sweep % 500 == 0) compare_with_definitions(&f);
                }
                assert_in_range(f.replica.accepted, NIXE_REFRESH_SWEEPS / 3, 64 * NIXE_REFRESH_SWEEPS);
                fixture_core_destroy(&f);
            }
}

/* Where kT is far above all couplings nothing of the energy gets lost in it. */
static void energies_at_high_temperatures(void **state) {
    (void)state;
    static const double temperatures[] = {1e2, 1e5, 1e12};
    for (int t = 0; t < 3; t++)
        for (int s = 0; s < FIXTURE_SAMPLERS; s++) {
            fixture_core f;
            fixture_core_create(&f, fixture_cores[3], FIXTURE_PUBLISHED, fixture_samplers[s], 0.5, temperatures[t]);
            fixture_begin_at_random(&f, 3);
            for (int sweep = 0; sweep < 300; sweep++) {
                nixe_replica_sweep(&f.replica);
                compare_with_a_fresh_start(&f, 0);
            }
            assert_true(f.replica.accepted > 300);
            fixture_core_destroy(&f);
        }
}

/* A replica that is given another configuration has its energies, fields and phases, and goes on well. */
static void another_configuration(void **state) {
    (void)state;
    for (int c = 0; c < FIXTURE_CORES; c++)
        for (int s = 0; s < FIXTURE_SAMPLERS; s++) {
            fixture_core f;
            fixture_core_create(&f, fixture_cores[c], FIXTURE_PUBLISHED, fixture_samplers[s], 0.3, 1.1);
            fixture_begin_at_random(&f, 1);
            for (int round = 0; round < 20; round++) {
                for (int sweep = 0; sweep < 5; sweep++) nixe_replica_sweep(&f.replica);
                assert_ok(nixe_replica_start_sigma(&f.couplings, (nixe_replica_start)(round % 2), 6, (uint64_t)round, 0,
                                                   f.core_sigma));
                nixe_replica_set_sigma(&f.replica, f.core_sigma);
                assert_memory_equal(f.replica.core_sigma, f.core_sigma, (size_t)f.couplings.sites);
                assert_int_equal(f.replica.sweeps, 5 * (round + 1));
                compare_with_a_fresh_start(&f, 1);
                compare_with_definitions(&f);
            }
            for (int sweep = 0; sweep < 5; sweep++) nixe_replica_sweep(&f.replica);
            compare_with_a_fresh_start(&f, 0);
            fixture_core_destroy(&f);
        }
}

/* The same bits of two replicas. */
static void check_same(const fixture_core *f, const nixe_replica *a, const nixe_replica *b) {
    assert_true(a->energy == b->energy && a->sweeps == b->sweeps && a->accepted == b->accepted);
    assert_memory_equal(a->core_sigma, b->core_sigma, (size_t)f->couplings.sites);
    assert_memory_equal(a->sigma, b->sigma, (size_t)f->crystal.lattice.sites);
    assert_memory_equal(a->field, b->field, (size_t)f->couplings.sites * sizeof *a->field);
    assert_memory_equal(a->phase_count, b->phase_count, sizeof a->phase_count);
    assert_memory_equal(a->unlike, b->unlike, (size_t)f->crystal.lattice.classes * sizeof *a->unlike);
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
static void check_continuation(fixture_core *f, int sweeps) {
    nixe_bytes bytes = {0};
    fixture_begin_at_random(f, 4);
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
    for (int c = 0; c < FIXTURE_CORES; c++)
        for (int s = 0; s < FIXTURE_SAMPLERS; s++)
            for (int w = 0; w < 6; w++) {
                fixture_core f;
                fixture_core_create(&f, fixture_cores[c], w % FIXTURE_KINDS, fixture_samplers[s], 0.45, 1.1);
                check_continuation(&f, sweeps[w]);
                fixture_core_destroy(&f);
            }
}

/* In an elastic core of B alone all fields cancel, and with them the energy: what rounding has left there is no damage. */
static void rounding_is_no_damage_where_fields_cancel(void **state) {
    (void)state;
    for (int damaged = 0; damaged < 2; damaged++) {
        fixture_core f;
        nixe_bytes bytes = {0};
        fixture_core_create(&f, fixture_cores[2], FIXTURE_ELASTIC, &nixe_metropolis, 0, 1);
        fixture_set_places(&f.crystal.lattice, 0);
        f.energy.J = 0;
        nixe_couplings_fill(&f.energy, f.couplings.site, 0, f.W.rows, &f.W);
        assert_ok(nixe_couplings_set_fields(&f.couplings, &f.energy, &f.W));
        fixture_begin_at_random(&f, 1);
        f.replica.energy += damaged ? 1e-3 : 1e-12;
        for (int k = 0; k < f.couplings.sites; k++) f.replica.field[k] += 1e-15;
        assert_ok(nixe_replica_save(&f.replica, &bytes));
        assert_int_equal(nixe_replica_load(&f.other, &f.state, &bytes), damaged ? NIXE_FAILED : NIXE_OK);
        nixe_status_clear();
        nixe_bytes_destroy(&bytes);
        fixture_core_destroy(&f);
    }
}

static void a_saved_state_that_ends_early(void **state) {
    (void)state;
    for (int s = 0; s < FIXTURE_SAMPLERS; s++) {
        fixture_core f;
        nixe_bytes bytes = {0};
        fixture_core_create(&f, fixture_cores[0], FIXTURE_ELASTIC, fixture_samplers[s], 0.5, 1);
        fixture_begin_at_random(&f, 1);
        assert_ok(nixe_replica_save(&f.replica, &bytes));
        const size_t whole = bytes.used;
        for (bytes.used = 0; bytes.used < whole; bytes.used++) {
            bytes.position = 0;
            assert_int_equal(nixe_replica_load(&f.other, &f.state, &bytes), NIXE_FAILED);
            assert_string_equal(nixe_status_message(), "a saved state ends too early");
            nixe_status_clear();
        }
        nixe_bytes_destroy(&bytes);
        fixture_core_destroy(&f);
    }
}

/* Seed, index and the number of the state each make another replica; the same three make the same. */
static void replicas_are_functions_of_their_numbers(void **state) {
    (void)state;
    for (int s = 0; s < FIXTURE_SAMPLERS; s++) {
        fixture_core f;
        fixture_core_create(&f, fixture_cores[1], FIXTURE_ELASTIC, fixture_samplers[s], 0.5, 1.1);
        for (int change = 0; change < 4; change++) { /* of nothing, the seed, the index, the state */
            nixe_state elsewhere = f.state;
            elsewhere.number += change == 3;
            fixture_begin_at_random(&f, 7);
            nixe_replica_begin(&f.other, &elsewhere, change == 1 ? 6 : 5, change == 2 ? 8 : 7, f.core_sigma);
            for (int sweep = 0; sweep < 20; sweep++) {
                nixe_replica_sweep(&f.replica);
                nixe_replica_sweep(&f.other);
            }
            const int same = !memcmp(f.replica.core_sigma, f.other.core_sigma, (size_t)f.couplings.sites);
            assert_int_equal(same, change == 0);
            if (change == 0) check_same(&f, &f.replica, &f.other);
        }
        fixture_core_destroy(&f);
    }
}

/* Every way to put three A on seven sites: chi-square of 34 degrees of freedom, too large in 3e-7 of all seeds. */
static void random_starts_prefer_no_subset(void **state) {
    (void)state;
    enum { REPLICAS = 30000 };
    fixture_core f;
    int count[128] = {0};
    double chi_square = 0;
    fixture_core_create(&f, (fixture_shape){NIXE_HEXAGON, 2, 1, 2}, FIXTURE_ISING, &nixe_metropolis, 0.5, 1);
    for (uint64_t index = 0; index < REPLICAS; index++) {
        int mask = 0;
        assert_ok(nixe_replica_start_sigma(&f.couplings, 0, 12, index / 3, (int)(index % 3), f.core_sigma));
        for (int k = 0; k < 7; k++) mask |= (f.core_sigma[k] > 0) << k;
        assert_int_equal(fixture_bits(mask), 3);
        count[mask]++;
    }
    for (int mask = 0; mask < 128; mask++)
        if (fixture_bits(mask) == 3) chi_square += pow(count[mask] - REPLICAS / 35.0, 2) / (REPLICAS / 35.0);
    assert_true(chi_square < fixture_chi_square_bound(34));
    fixture_core_destroy(&f);
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
    for (int c = 0; c < FIXTURE_CORES; c++)
        for (int r = 1; r < 10; r++) {
            fixture_core f;
            int A = 0;
            fixture_core_create(&f, fixture_cores[c], FIXTURE_ISING, &nixe_metropolis, 0.1 * r, 1);
            assert_ok(nixe_replica_start_sigma(&f.couplings, 1, 1, 1, 1, f.core_sigma));
            for (int k = 0; k < f.couplings.sites; k++) {
                A += f.core_sigma[k] == 1;
                for (int l = 0; l < f.couplings.sites; l++)
                    if (f.core_sigma[k] > f.core_sigma[l]) assert_true(comes_before(&f.couplings, k, l));
            }
            assert_int_equal(A, f.couplings.count_A);
            fixture_core_destroy(&f);
        }
}

/* Cores in which nothing can happen: of one site, or of one species. */
static void cores_without_a_swap(void **state) {
    (void)state;
    static const fixture_shape shapes[] = {{NIXE_HEXAGON, 1, 1, 2}, {NIXE_HEXAGON, 2, 1, 2}, {NIXE_HEXAGON, 4, 0, 1}};
    for (int c = 0; c < 3; c++)
        for (int s = 0; s < FIXTURE_SAMPLERS; s++)
            for (int A = 0; A < 2; A++) {
                fixture_core f;
                fixture_core_create(&f, shapes[c], FIXTURE_ELASTIC, fixture_samplers[s], A ? 1 : 0.01, 1);
                assert_int_equal(f.couplings.count_A, A ? f.couplings.sites : 0);
                fixture_begin_at_random(&f, 1);
                for (int sweep = 0; sweep < NIXE_REFRESH_SWEEPS + 5; sweep++) nixe_replica_sweep(&f.replica);
                assert_int_equal(f.replica.accepted, 0);
                compare_with_a_fresh_start(&f, 1);
                compare_with_definitions(&f);
                fixture_core_destroy(&f);
            }
}

static void temperatures_that_are_too_low_are_refused(void **state) {
    (void)state;
    fixture_core f;
    int fits = 1;
    fixture_core_create(&f, fixture_cores[0], FIXTURE_ELASTIC, &nixe_informed_double, 0.5, 1);
    assert_ok(nixe_state_check_range(&f.couplings, 1, 0, &fits));
    assert_int_equal(fits, 1);
    assert_int_equal(nixe_state_check_range(&f.couplings, 1e-3, 0, &fits), NIXE_REFUSED);
    const char *limit = strstr(nixe_status_message(), "crystal is ");
    assert_non_null(strstr(nixe_status_message(), "-model_kT 0.001"));
    assert_non_null(limit);
    const double lowest = strtod(limit + strlen("crystal is "), NULL);
    nixe_status_clear();
    assert_ok(nixe_state_check_range(&f.couplings, lowest, 0, &fits)); /* the limit that it names is good */
    assert_int_equal(fits, 0);
    assert_int_equal(nixe_state_check_range(&f.couplings, 0.99 * lowest, 0, &fits), NIXE_REFUSED);
    nixe_status_clear();
    fixture_core_destroy(&f);
    fixture_core_create(&f, fixture_cores[0], FIXTURE_ELASTIC, &nixe_informed_double, 0.5,
                        lowest); /* and there, all stays finite */
    fixture_begin_at_random(&f, 1);
    for (int sweep = 0; sweep < 50; sweep++) nixe_replica_sweep(&f.replica);
    compare_with_a_fresh_start(&f, 0);
    fixture_core_destroy(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(swaps_keep_energies_fields_and_phases),
        cmocka_unit_test(energies_at_high_temperatures),
        cmocka_unit_test(another_configuration),
        cmocka_unit_test(saved_replicas_go_on_as_they_would_have),
        cmocka_unit_test(rounding_is_no_damage_where_fields_cancel),
        cmocka_unit_test(a_saved_state_that_ends_early),
        cmocka_unit_test(replicas_are_functions_of_their_numbers),
        cmocka_unit_test(random_starts_prefer_no_subset),
        cmocka_unit_test(separated_starts),
        cmocka_unit_test(cores_without_a_swap),
        cmocka_unit_test(temperatures_that_are_too_low_are_refused),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
