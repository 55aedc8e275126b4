/* Trajectory: trajectories that are saved, loaded elsewhere and go on to the same bits. Their rates and events: test_rates.c.
 */
#include "nixe/sampling/trajectory.h"

#include <limits.h>

#include "nixe/sampling/arithmetic.h"
#include "unit/crystal.h"

static const double never = -1; /* stop composition */

/* A crystal with a model, its rates, and two trajectories: the one that is saved and the one that is loaded. */
typedef struct {
    fixture_crystal crystal;
    nixe_energy energy;
    nixe_table couplings;
    nixe_rates rates;
    nixe_trajectory saved, loaded;
} fixture;

/* The models under test: tables or none, weights that every event changes or few; in doubles, then in fixed point, but that of
 * the published program. */
enum { HEXAGON, CUBE, BULK, PUBLISHED, ISING, CUBIC_ISING, FREE, KINDS, MODELS = 2 * KINDS };

static int next_model(int model) { return model + 1 == KINDS + PUBLISHED ? model + 2 : model + 1; }

static void create(fixture *f, int model, double dmu) {
    const nixe_arithmetic *arithmetic = model < KINDS ? &nixe_double_precision : &nixe_fixed_point;
    const int kind = model % KINDS;
    const nixe_shape shape = kind == BULK ? NIXE_BOX : kind == CUBE || kind == CUBIC_ISING ? NIXE_CUBE : NIXE_HEXAGON;
    const nixe_kinetics bare = {.kT = 1.7, .k_ex = 0.9, .k_diff = 1.3};
    const int elastic = kind <= PUBLISHED;
    fixture_crystal_create(&f->crystal, shape, 4, 0, 1);
    f->energy = (nixe_energy){.lattice = &f->crystal.lattice,
                              .potential = elastic ? &f->crystal.elastic.potential : NULL,
                              .epsilon = elastic ? 0.9 : 0,
                              .J = kind == FREE ? 0 : 0.3,
                              .dmu = dmu,
                              .differences = kind == PUBLISHED ? NIXE_PUBLISHED : NIXE_EXACT};
    const int n = f->crystal.lattice.sites;
    f->couplings = (nixe_table){0};
    if (elastic) {
        fixture_table_create(&f->couplings, &f->crystal.lattice, (int)n, n, arithmetic->kind);
        arithmetic->fill(&f->energy, bare.kT, &f->couplings, 0, f->couplings.rows);
        assert_ok(nixe_table_complete(&f->couplings));
    }
    assert_ok(nixe_rates_create(&f->rates, &f->energy, bare, arithmetic, elastic ? &f->couplings : NULL, NULL));
    assert_ok(nixe_trajectory_create(&f->saved, &f->rates));
    assert_ok(nixe_trajectory_create(&f->loaded, &f->rates));
    for (int i = 0; i < n; i++) f->crystal.sigma[i] = (int8_t)(kind == BULK && i % 2 ? -1 : 1); /* it exchanges nothing */
}

static void destroy(fixture *f) {
    nixe_trajectory_destroy(&f->saved);
    nixe_trajectory_destroy(&f->loaded);
    nixe_rates_destroy(&f->rates);
    fixture_table_destroy(&f->couplings);
    fixture_crystal_destroy(&f->crystal);
}

static void check_same(const fixture *f) {
    const nixe_trajectory *a = &f->saved, *b = &f->loaded;
    const nixe_lattice *lattice = &f->crystal.lattice;
    assert_true(a->seed == b->seed && a->index == b->index && a->events == b->events && a->sum == b->sum);
    assert_true(a->time == b->time && a->next_time == b->next_time && a->choice == b->choice);
    assert_true(a->stop_sum == b->stop_sum && a->rises == b->rises && a->complete == b->complete);
    assert_true(a->swap_total == b->swap_total && a->exchange_total == b->exchange_total);
    assert_memory_equal(a->sigma, b->sigma, (size_t)lattice->sites);
    for (int i = 0; i < lattice->sites; i++)
        for (int d = 0; d < lattice->directions / 2; d++)
            assert_true(nixe_trajectory_swap_rate(a, lattice->home[i], d) == nixe_trajectory_swap_rate(b, lattice->home[i], d));
}

/* Batches of other sizes for the loaded one: they change no bit. */
static void go_on(fixture *f, long events) {
    nixe_trajectory_advance(&f->saved, INFINITY, events);
    for (long done = 0; done < events; done += 77)
        nixe_trajectory_advance(&f->loaded, INFINITY, events - done < 77 ? events - done : 77);
}

/* Saved after `events`, loaded into a trajectory that did something else before, and taken on through the next refresh. Two
 * states follow each other in the bytes. */
static void check_continuation(fixture *f, long events) {
    nixe_bytes bytes = {0}, again = {0};
    nixe_trajectory_begin(&f->saved, 3, 11, f->crystal.sigma, never);
    assert_int_equal(nixe_trajectory_advance(&f->saved, INFINITY, events), events);
    assert_ok(nixe_trajectory_save(&f->saved, &bytes));
    assert_ok(nixe_trajectory_save(&f->saved, &bytes));
    nixe_trajectory_begin(&f->loaded, 5, 1, f->crystal.sigma, 0.9);
    nixe_trajectory_advance(&f->loaded, INFINITY, 50);
    assert_ok(nixe_trajectory_load(&f->loaded, &bytes));
    assert_int_equal(bytes.position * 2, bytes.used);
    check_same(f);
    go_on(f, 1);
    check_same(f);
    go_on(f, 200);
    check_same(f);
    go_on(f, NIXE_REFRESH_EVENTS);
    check_same(f);
    assert_ok(nixe_trajectory_save(&f->loaded, &again)); /* and what it would save is the same */
    again.position = 0;
    assert_ok(nixe_trajectory_load(&f->saved, &again));
    check_same(f);
    assert_ok(nixe_trajectory_load(&f->loaded, &bytes));
    assert_int_equal(bytes.position, bytes.used);
    assert_int_equal(f->loaded.events, events);
    nixe_bytes_destroy(&bytes);
    nixe_bytes_destroy(&again);
}

static void saved_trajectories_go_on_as_they_would_have(void **state) {
    (void)state;
    static const long events[] = {0, 1, 500, NIXE_REFRESH_EVENTS - 1, NIXE_REFRESH_EVENTS, NIXE_REFRESH_EVENTS + 100};
    for (int model = 0; model < MODELS; model = next_model(model))
        for (int e = 0; e < 6; e++) {
            fixture f;
            create(&f, model, -0.4);
            check_continuation(&f, events[e]);
            destroy(&f);
        }
}

/* To the end, with the stop composition that was asked for; a complete one stays complete. */
static void check_completion(fixture *f, double stop_composition) {
    nixe_bytes bytes = {0};
    nixe_trajectory_begin(&f->saved, 3, 1, f->crystal.sigma, stop_composition);
    nixe_trajectory_advance(&f->saved, INFINITY, 5);
    assert_int_equal(f->saved.complete, 0);
    assert_ok(nixe_trajectory_save(&f->saved, &bytes));
    assert_ok(nixe_trajectory_load(&f->loaded, &bytes));
    nixe_trajectory_advance(&f->saved, INFINITY, 100000);
    nixe_trajectory_advance(&f->loaded, INFINITY, 100000);
    assert_int_equal(f->loaded.complete, 1);
    check_same(f);
    assert_ok(nixe_trajectory_save(&f->saved, &bytes));
    nixe_trajectory_begin(&f->loaded, 3, 1, f->crystal.sigma, never);
    assert_ok(nixe_trajectory_load(&f->loaded, &bytes));
    check_same(f);
    assert_int_equal(nixe_trajectory_advance(&f->loaded, INFINITY, 10), 0);
    nixe_bytes_destroy(&bytes);
}

/* From A downwards, and from B upwards. */
static void saved_trajectories_complete(void **state) {
    (void)state;
    for (int model = 0; model < MODELS; model = next_model(model))
        for (int up = 0; up < 2 && model % KINDS != BULK; up++) {
            fixture f;
            create(&f, model, up ? 5 : -5);
            memset(f.crystal.sigma, up ? -1 : 1, (size_t)f.crystal.lattice.sites);
            check_completion(&f, up ? 0.8 : 0.2);
            destroy(&f);
        }
}

/* Saved between changes of dmu, before and after events, and taken on over more of them; and one change after another where
 * nothing happens between. */
static void saved_trajectories_keep_to_their_schedule(void **state) {
    (void)state;
    for (int model = 0; model < MODELS; model = next_model(model)) {
        fixture f;
        nixe_bytes bytes = {0};
        create(&f, model, -0.4);
        const nixe_setting settings[] = {{0, -2, &f.rates}, {0.5, 3, &f.rates}, {0.5 + 1e-12, -1, &f.rates}, {2, 1, &f.rates}};
        nixe_trajectory_follow(&f.saved, 4, settings);
        nixe_trajectory_follow(&f.loaded, 4, settings);
        nixe_trajectory_begin(&f.saved, 3, 11, f.crystal.sigma, never);
        nixe_trajectory_advance(&f.saved, 0.5 + 1e-12, LONG_MAX);
        assert_int_equal(f.saved.now, 2);
        assert_true(f.saved.next_time > 0.5 + 1e-12 && nixe_trajectory_moment(&f.saved) == 0.5 + 1e-12);
        assert_ok(nixe_trajectory_save(&f.saved, &bytes));
        nixe_trajectory_begin(&f.loaded, 5, 1, f.crystal.sigma, never);
        assert_ok(nixe_trajectory_load(&f.loaded, &bytes));
        check_same(&f);
        for (double until = 0.6; until < 3; until += 0.3) {
            nixe_trajectory_advance(&f.saved, until, LONG_MAX);
            while (!nixe_trajectory_has_reached(&f.loaded, until)) nixe_trajectory_advance(&f.loaded, until, 3);
            check_same(&f);
        }
        assert_int_equal(f.saved.now, 3);
        for (int damaged = -1; damaged < 5; damaged += 5) { /* no such setting */
            bytes.used = bytes.position = 0;
            f.saved.now = damaged;
            assert_ok(nixe_trajectory_save(&f.saved, &bytes));
            assert_int_equal(nixe_trajectory_load(&f.loaded, &bytes), NIXE_FAILED);
            nixe_status_clear();
        }
        nixe_bytes_destroy(&bytes);
        destroy(&f);
    }
}

static void a_saved_state_that_ends_early(void **state) {
    (void)state;
    fixture f;
    nixe_bytes bytes = {0};
    create(&f, HEXAGON, -1);
    nixe_trajectory_begin(&f.saved, 1, 1, f.crystal.sigma, never);
    nixe_trajectory_begin(&f.loaded, 1, 1, f.crystal.sigma, never);
    assert_ok(nixe_trajectory_save(&f.saved, &bytes));
    const size_t whole = bytes.used;
    for (bytes.used = 0; bytes.used < whole; bytes.used++) {
        bytes.position = 0;
        assert_int_equal(nixe_trajectory_load(&f.loaded, &bytes), NIXE_FAILED);
        assert_string_equal(nixe_status_message(), "a saved state ends too early");
        nixe_status_clear();
    }
    nixe_bytes_destroy(&bytes);
    destroy(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saved_trajectories_go_on_as_they_would_have),
        cmocka_unit_test(saved_trajectories_complete),
        cmocka_unit_test(saved_trajectories_keep_to_their_schedule),
        cmocka_unit_test(a_saved_state_that_ends_early),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
