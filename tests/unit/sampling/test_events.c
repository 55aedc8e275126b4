/* Events: each turns what it should and comes as often as its rate says, in both arithmetics; trajectories end where they
 * should. The rates themselves: test_rates.c. */
#include "nixe/sampling/trajectory.h"

#include "unit/kinetics.h"

/* Each event turns one surface site, or two bonded unlike ones; the clock goes on; batches change no bit. */
static void one_event_at_a_time(void **state) {
    (void)state;
    for (int model = 0; model < MODELS; model = next_model(model)) {
        fixture k;
        create(&k, model, -0.5);
        const nixe_lattice *lattice = &k.crystal.lattice;
        nixe_trajectory *t = &k.here;
        begin_mixed(&k);
        nixe_trajectory_begin(t, 7, 4, k.crystal.sigma, never);
        nixe_trajectory_begin(&k.there, 7, 4, k.crystal.sigma, never);
        const long events = NIXE_REFRESH_EVENTS + 1000;
        int swaps = 0;
        int64_t through[NIXE_MAX_FACES] = {0}; /* each face: A for B less B for A */
        for (long e = 0; e < events; e++) {
            const double before = t->time, promised = t->next_time;
            int turned[3], count = 0;
            assert_int_equal(nixe_trajectory_advance(t, promised, 1), 1);
            assert_true(t->time == promised && t->time >= before && t->next_time >= t->time);
            for (int i = 0; i < lattice->sites; i++)
                if (t->sigma[i] != k.crystal.sigma[i] && count < 3) turned[count++] = i;
            assert_in_range(count, 1, 2);
            if (count == 1) {
                assert_true(lattice->surface[turned[0]] && lattice->exchange[turned[0]] > 0);
                through[lattice->face[turned[0]]] -= t->sigma[turned[0]];
            } else {
                assert_true(fixture_bonded(lattice, turned[0], turned[1]));
                assert_int_equal(t->sigma[turned[0]], -t->sigma[turned[1]]);
            }
            swaps += count == 2;
            assert_memory_equal(t->exchanges, through, (size_t)lattice->faces * sizeof *through);
            check_totals(&k);
            memcpy(k.crystal.sigma, t->sigma, (size_t)lattice->sites);
        }
        assert_in_range(swaps, is_bulk(&k) ? events : 100, is_bulk(&k) ? events : events - 100); /* both kinds happen */
        assert_int_equal(nixe_trajectory_advance(&k.there, INFINITY, events), events);
        assert_memory_equal(k.there.sigma, t->sigma, (size_t)lattice->sites);
        assert_true(k.there.time == t->time && k.there.next_time == t->next_time);
        destroy(&k);
    }
}

/* Each event is chosen where `at` lies in its share of the row of all rates: evenly spaced ones count it as often as its rate
 * says, but for the ends of its share. */
static void check_choices(const fixture *k) {
    enum { POINTS = 20000 };
    const nixe_trajectory *t = &k->here;
    const nixe_lattice *lattice = &k->crystal.lattice;
    const int n = lattice->sites;
    const double total = t->swap_total + t->exchange_total;
    double *left; /* of a pair of sites, or of a site: how often it is still to come */
    assert_ok(nixe_allocate(&left, (long)n * n, sizeof *left, "expected counts"));
    for (int i = 0; i < n; i++)
        for (int d = 0; d < lattice->directions / 2; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            const double rate = nixe_trajectory_swap_rate(t, lattice->home[i], d);
            if (rate > 0) left[(long)(i < j ? i : j) * n + (i < j ? j : i)] += rate / total * POINTS;
        }
    for (int s = 0; s < k->rates.surface_sites; s++)
        left[(long)k->rates.surface[s] * n + k->rates.surface[s]] += nixe_trajectory_exchange_rate(t, s) / total * POINTS;
    for (int p = 0; p < POINTS; p++) {
        const nixe_event e = k->rates.arithmetic->choose(t, (p + 0.5) / POINTS * total);
        const int i = e.a == NIXE_RESERVOIR ? e.b : e.a, j = e.b == NIXE_RESERVOIR ? e.a : e.b;
        assert_true(e.a == NIXE_RESERVOIR || t->sigma[e.a] > 0);
        assert_true(e.b == NIXE_RESERVOIR || t->sigma[e.b] < 0);
        left[(long)(i < j ? i : j) * n + (i < j ? j : i)]--;
    }
    for (long x = 0; x < (long)n * n; x++) assert_close(left[x], 0, 2.5); /* two bonds may join a pair */
    free(left);
}

static void events_are_chosen_by_their_rates(void **state) {
    (void)state;
    uint64_t random = 5;
    for (int model = 0; model < MODELS; model = next_model(model)) {
        fixture k;
        create(&k, model, 0.3);
        fixture_sigma(&random, 0.5, k.crystal.lattice.sites, k.crystal.sigma);
        nixe_trajectory_begin(&k.here, 1, 1, k.crystal.sigma, never);
        check_choices(&k);
        destroy(&k);
    }
}

/* Crystals of more than 64 vectors of sites, where only those with unlike pairs are summed: totals and choices as events go by.
 */
static void crystals_of_many_vectors(void **state) {
    (void)state;
    for (int c = 0; c < 3; c++) {
        fixture k;
        size = c == 0 ? 14 : c == 1 ? 9 : 5;
        create(&k, KINDS + (c == 0 ? HEXAGON : c == 1 ? CUBIC_ISING : FCC), -0.5);
        size = 0;
        assert_true(k.rates.padded / 8 > 64);
        for (int i = 0; i < k.crystal.lattice.sites; i++) k.crystal.sigma[i] = 1;
        nixe_trajectory_begin(&k.here, 7, 4, k.crystal.sigma, never);
        for (int batch = 0; batch < 40; batch++) {
            assert_int_equal(nixe_trajectory_advance(&k.here, INFINITY, 37), 37);
            check_totals(&k);
        }
        check_choices(&k);
        destroy(&k);
    }
}

static void stops_at_the_composition(void **state) {
    (void)state;
    fixture k;
    create(&k, HEXAGON, -6);
    const int n = k.crystal.lattice.sites; /* 37 */
    const struct {
        double stop;
        long sum;
    } cases[] = {{0, -37}, {0.5, -1}, {0.3, -15}, {0.71, 15}, {1, 37}};
    memset(k.crystal.sigma, 1, (size_t)n);
    for (int c = 0; c < 5; c++) {
        nixe_trajectory_begin(&k.here, 1, (uint64_t)c, k.crystal.sigma, cases[c].stop);
        nixe_trajectory_advance(&k.here, INFINITY, 1000000);
        assert_true(k.here.complete);
        assert_int_equal(k.here.sum, cases[c].sum);
        assert_int_equal(nixe_trajectory_advance(&k.here, INFINITY, 10), 0); /* nothing happens after */
        assert_int_equal(k.here.events == 0, cases[c].stop == 1);
    }
    nixe_trajectory_begin(&k.here, 1, 1, k.crystal.sigma, 0);
    assert_int_equal(nixe_trajectory_advance(&k.here, 0.5 * k.here.next_time, 10), 0); /* not before its time */
    assert_int_equal(k.here.complete, 0);
    destroy(&k);
}

static void stops_on_the_side_where_it_began(void **state) {
    (void)state;
    fixture k;
    create(&k, HEXAGON, 6);
    const int n = k.crystal.lattice.sites; /* 37 */
    const struct {
        int A;
        double stop;
        int end; /* A sites where it is complete, -1: never */
    } cases[] = {{0, 1, 37},          {0, 0.5, 19},   {0, 0, 0},   {0, 10.0 / 37, 10}, {20, 1, 37},
                 {20, 20.0 / 37, 20}, {20, 0.55, 21}, {37, 1, 37}, {10, -1, -1}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        for (int i = 0; i < n; i++) k.crystal.sigma[i] = i < cases[c].A ? 1 : -1;
        nixe_trajectory_begin(&k.here, 1, (uint64_t)c, k.crystal.sigma, cases[c].stop);
        assert_int_equal(k.here.complete, cases[c].A == cases[c].end);
        nixe_bytes saved = {0};
        assert_ok(nixe_trajectory_save(&k.here, &saved));
        assert_ok(nixe_trajectory_load(&k.there, &saved));
        nixe_bytes_destroy(&saved);
        nixe_trajectory *both[2] = {&k.here, &k.there}; /* the saved one knows its side */
        for (int b = 0; b < 2; b++) {
            nixe_trajectory_advance(both[b], INFINITY, 20000);
            assert_int_equal(both[b]->complete, cases[c].end >= 0);
            if (cases[c].end >= 0) assert_int_equal(both[b]->sum, 2 * cases[c].end - n);
        }
    }
    destroy(&k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_event_at_a_time),
        cmocka_unit_test(events_are_chosen_by_their_rates),
        cmocka_unit_test(crystals_of_many_vectors),
        cmocka_unit_test(stops_at_the_composition),
        cmocka_unit_test(stops_on_the_side_where_it_began),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
