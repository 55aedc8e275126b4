/* Lazy: trajectories by bounds against all rates, as the eager algorithm has them: fields, bounds, the next event and its time,
 * states, windows, whole trajectories; and bounds that are wrong. */
#include "unit/lazy.h"

/* So many events, and more until some are pending. */
static void advance_into_window(nixe_trajectory *trajectory, long events) {
    const nixe_lazy *own = trajectory->own;
    assert_int_equal(nixe_trajectory_advance(trajectory, INFINITY, events), events);
    while (own->turned < 4) assert_int_equal(nixe_trajectory_advance(trajectory, INFINITY, 1), 1);
}

/* What is held and what is pending make the field of the definition, bare and of all couplings. */
static void check_fields(const fixture *f) {
    const nixe_lattice *lattice = &f->crystal.lattice;
    const nixe_lazy_tables *tables = tables_of(f);
    const nixe_lazy *own = f->here.own;
    for (int i = 0; i < lattice->sites; i++) {
        int64_t twice = 0;
        for (int j = 0; j < lattice->sites; j++) twice += (int64_t)nixe_table_at(&f->couplings, i, j) * f->here.sigma[j];
        assert_int_equal(own->field[tables->cells.place[i]] + nixe_lazy_pending_field(&f->here, i),
                         tables->exponents->bare[i] + twice / 2);
    }
}

/* Rates are those of the eager algorithm, the bound of each block is at least their sum, and bounds are what time is drawn by.
 */
static void check_rates(fixture *f) {
    const nixe_lattice *lattice = &f->crystal.lattice;
    const nixe_lazy_tables *tables = tables_of(f);
    const nixe_lazy *own = f->here.own;
    const int blocks = tables->cells.blocks, stride = tables->influence.stride;
    double *sum = calloc((size_t)(2 * blocks), sizeof *sum), groups = 0, bounds = 0;
    nixe_trajectory_begin(&f->all, 1, 1, f->here.sigma, never);
    for (int i = 0; i < lattice->sites; i++)
        for (int d = 0; d < lattice->directions / 2; d++) {
            const double rate = nixe_trajectory_swap_rate(&f->all, lattice->home[i], d);
            assert_close_relative(nixe_trajectory_swap_rate(&f->here, lattice->home[i], d), rate, 1e-6);
            sum[tables->cells.block[i]] += rate;
        }
    for (int s = 0; s < f->eager.surface_sites; s++) {
        const double rate = nixe_trajectory_exchange_rate(&f->all, s);
        assert_close_relative(nixe_trajectory_exchange_rate(&f->here, s), rate, 1e-6);
        sum[blocks + tables->cells.block[f->eager.surface[s]]] += rate;
    }
    for (int b = 0; b < blocks; b++)
        for (int kind = 0; kind < 2; kind++) {
            assert_true(own->bound[kind * stride + b] >= sum[kind * blocks + b]);
            assert_true(own->bound[kind * stride + b] == 0 || sum[kind * blocks + b] > 0);
            bounds += own->bound[kind * stride + b];
        }
    for (int g = 0; g < 2 * stride / NIXE_LAZY_GROUP; g++) groups += own->sum[g];
    assert_close_relative(groups, bounds, 1e-12);
    free(sum);
}

static void fields_rates_and_bounds_at_any_moment(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        fixture f;
        create(&f, c, -0.5);
        const nixe_lazy *own = f.here.own;
        int within = 0, kinds[2] = {0};
        nixe_trajectory_begin(&f.here, 7, 3, f.crystal.sigma, never);
        for (int step = 0; step < 150; step++) {
            kinds[own->head->next.b == NIXE_RESERVOIR || own->head->next.a == NIXE_RESERVOIR]++;
            const double before = f.here.time, promised = f.here.next_time;
            assert_int_equal(nixe_trajectory_advance(&f.here, promised, 1), 1);
            assert_true(f.here.time == promised && f.here.time >= before && f.here.next_time >= f.here.time);
            assert_int_equal(nixe_trajectory_advance(&f.here, INFINITY, step % 31), step % 31);
            assert_ok(f.here.status);
            within += own->turned > 1;
            check_fields(&f);
            check_rates(&f);
        }
        assert_true(within > 20 && kinds[0] > 5 && kinds[1] > 5);
        destroy(&f);
    }
}

/* Blocks are small, hold each site once, and are what operations make of each other, with the rows of the representatives. */
static void blocks_and_their_symmetry(void **state) {
    static const int operations[CRYSTALS] = {48, 1, 48, 4, 4};
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        fixture f;
        create(&f, c, 0);
        const nixe_cells *cells = &tables_of(&f)->cells;
        const int n = f.crystal.lattice.sites;
        assert_int_equal(cells->operations, operations[c]);
        for (int b = 0; b < cells->blocks; b++) assert_in_range(cells->count[b], 1, crystals[c].most);
        for (int i = 0; i < n; i++) {
            const int r = cells->representative[cells->orbit[i]], g = cells->operation[i];
            assert_int_equal(cells->site[cells->place[i]], i);
            assert_in_range(cells->place[i], cells->begin[cells->block[i]], cells->begin[cells->block[i] + 1] - 1);
            for (int j = 0; j < n; j++) { /* j is made of another site, as i is of r */
                const int b = cells->block[j], source = cells->source[g * cells->blocks + b];
                const int from = cells->site[cells->begin[source] + cells->turned[(long)g * cells->places + cells->place[j]]];
                assert_int_equal(cells->image[g * cells->blocks + source], b);
                assert_true(fabs(nixe_table_at(&f.couplings, i, j) - nixe_table_at(&f.couplings, r, from)) <= 4);
            }
        }
        destroy(&f);
    }
}

/* The numbers of an event among counts: its bond by the first site, or its site. */
static long number_of(const nixe_lattice *lattice, nixe_event e) {
    const int half = lattice->directions / 2, ends[2] = {e.a, e.b};
    if (e.a == NIXE_RESERVOIR || e.b == NIXE_RESERVOIR)
        return (long)lattice->sites * half + (e.a == NIXE_RESERVOIR ? e.b : e.a);
    for (int end = 0; end < 2; end++)
        for (int d = 0; d < half; d++)
            if (nixe_lattice_neighbours(lattice, ends[end])[d] == ends[1 - end]) return (long)ends[end] * half + d;
    fail_msg("not an event");
    return 0;
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov: the largest distance of a sample from the exponential distribution of mean 1. */
static double distance(double *sample, int count) {
    double most = 0;
    qsort(sample, (size_t)count, sizeof *sample, compare);
    for (int k = 0; k < count; k++) {
        const double below = 1 - exp(-sample[k]);
        most = fmax(most, fmax(below - (double)k / count, (k + 1.0) / count - below));
    }
    return most;
}

/* Pearson's sum, of events that are expected at least 8 times, the others being taken together; as a standard normal number
 * (Wilson and Hilferty). */
static double deviation(const double *expected, const int *count, long numbers) {
    double rare = 0, chi = 0;
    int rarely = 0, free_numbers = -1;
    for (long k = 0; k <= numbers; k++) {
        const double e = k < numbers ? expected[k] : rare;
        const int got = k < numbers ? count[k] : rarely;
        assert_true(e > 0 || got == 0);
        if (e < 8 && k < numbers) {
            rare += e;
            rarely += got;
        } else if (e > 0) {
            chi += (got - e) * (got - e) / e;
            free_numbers++;
        }
    }
    const double part = 2.0 / (9 * free_numbers);
    return (cbrt(chi / free_numbers) - (1 - part)) / sqrt(part);
}

/* The next event and its time, drawn many times over from the same state within a window, whose candidates have other random
 * numbers each time. */
static void check_next(fixture *f, int c) {
    enum { DRAWS = 60000 };
    static double waited[DRAWS];
    const nixe_lattice *lattice = &f->crystal.lattice;
    const int half = lattice->directions / 2;
    const long numbers = (long)lattice->sites * (half + 1);
    nixe_bytes saved = {0};
    nixe_trajectory_begin(&f->here, 5, (uint64_t)c, f->crystal.sigma, never);
    advance_into_window(&f->here, 400);
    nixe_lazy *own = f->here.own;
    assert_ok(nixe_trajectory_save(&f->here, &saved));
    nixe_trajectory_begin(&f->all, 1, 1, f->here.sigma, never);
    const double total = f->all.swap_total + f->all.exchange_total;
    double *expected = calloc((size_t)numbers, sizeof *expected);
    int *count = calloc((size_t)numbers, sizeof *count);
    for (int i = 0; i < lattice->sites; i++)
        for (int d = 0; d < half; d++)
            expected[(long)i * half + d] = nixe_trajectory_swap_rate(&f->all, lattice->home[i], d) / total * DRAWS;
    for (int s = 0; s < f->eager.surface_sites; s++)
        expected[(long)lattice->sites * half + f->eager.surface[s]] = nixe_trajectory_exchange_rate(&f->all, s) / total * DRAWS;
    for (int k = 0; k < DRAWS; k++) {
        saved.position = 0;
        assert_ok(nixe_trajectory_load(&f->here, &saved));
        own->head->candidates = 1000000 + 1000L * k;
        own->head->spent = 0; /* the window goes on */
        f->small.draw(&f->here);
        assert_ok(f->here.status);
        count[number_of(lattice, own->head->next)]++;
        waited[k] = (f->here.next_time - f->here.time) * total;
    }
    double mean = 0, swaps = 0, right = f->all.swap_total / total;
    for (int k = 0; k < DRAWS; k++) mean += waited[k] / DRAWS;
    for (long k = 0; k < (long)lattice->sites * half; k++) swaps += (double)count[k] / DRAWS;
    assert_true(deviation(expected, count, numbers) < 4.9);   /* by chance, 5e-7 */
    assert_true(distance(waited, DRAWS) < 2.7 / sqrt(DRAWS)); /* 9e-7 */
    assert_close(mean, 1, 5 / sqrt(DRAWS));                   /* 6e-7, as the next one */
    assert_close(swaps, right, 5 * sqrt(right * (1 - right) / DRAWS));
    nixe_bytes_destroy(&saved);
    free(expected);
    free(count);
}

static void next_events_and_their_times(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        fixture f;
        create(&f, c, -0.5);
        check_next(&f, c);
        destroy(&f);
    }
}

static void check_same(const fixture *f) {
    const nixe_trajectory *a = &f->here, *b = &f->there;
    const nixe_lazy *own[2] = {a->own, b->own};
    const nixe_lazy_tables *tables = tables_of(f);
    assert_true(a->events == b->events && a->time == b->time && a->next_time == b->next_time && a->sum == b->sum);
    assert_memory_equal(a->sigma, b->sigma, (size_t)f->crystal.lattice.sites);
    assert_int_equal(own[0]->state_bytes, own[1]->state_bytes);
    assert_memory_equal(own[0]->state, own[1]->state, own[0]->state_bytes);
    assert_memory_equal(own[0]->field, own[1]->field, (size_t)tables->cells.places * sizeof(int32_t));
    assert_memory_equal(own[0]->pending, own[1]->pending, 2 * (size_t)tables->influence.stride * sizeof(int64_t));
}

/* Saved within a window, loaded where something else was before, and taken on in other batches through the ends of windows. */
static void saved_trajectories_go_on_as_they_would_have(void **state) {
    static const long events[] = {0, 1, 77, 500, 1203};
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        fixture f;
        create(&f, c, -0.4);
        int within = 0;
        for (int e = 0; e < 5; e++) {
            nixe_bytes bytes = {0};
            nixe_trajectory_begin(&f.here, 3, 11, f.crystal.sigma, never);
            if (e % 2) advance_into_window(&f.here, events[e]);
            else assert_int_equal(nixe_trajectory_advance(&f.here, INFINITY, events[e]), events[e]);
            within += ((nixe_lazy *)f.here.own)->turned > 0;
            assert_ok(nixe_trajectory_save(&f.here, &bytes));
            nixe_trajectory_begin(&f.there, 5, 1, f.crystal.sigma, 0.9);
            nixe_trajectory_advance(&f.there, INFINITY, 50);
            assert_ok(nixe_trajectory_load(&f.there, &bytes));
            assert_int_equal(bytes.position, bytes.used);
            check_same(&f);
            for (int batch = 0; batch < 40; batch++) {
                assert_int_equal(nixe_trajectory_advance(&f.here, INFINITY, 41), 41);
                assert_int_equal(nixe_trajectory_advance(&f.there, INFINITY, 1), 1);
                assert_int_equal(nixe_trajectory_advance(&f.there, INFINITY, 40), 40);
                check_same(&f);
            }
            nixe_bytes_destroy(&bytes);
        }
        assert_true(within >= 2);
        destroy(&f);
    }
}

/* States that cannot be: each part of what the lazy algorithm saves, changed. */
static void states_that_cannot_be_are_refused(void **state) {
    (void)state;
    fixture f;
    create(&f, 1, -0.4);
    nixe_lazy *own = f.here.own;
    const int n = f.crystal.lattice.sites;
    for (int what = 0; what < 12; what++) {
        nixe_bytes bytes = {0};
        nixe_trajectory_begin(&f.here, 3, 11, f.crystal.sigma, never);
        advance_into_window(&f.here, 300);
        int block = 0, bond = 0, pending = 0;
        while (own->bound[block] == 0) block++;
        while (own->net[bond] == 0) bond++;
        while (own->highest[pending] == 0) pending++;
        if (what == 1) own->head->candidates = -1;
        if (what == 2) own->head->spent = NAN;
        if (what == 3) own->head->next_time = f.here.time / 2;
        if (what == 4) own->head->next = (nixe_event){own->head->next.b, own->head->next.a};
        if (what == 5) own->bound[block] *= 1e-3;
        if (what == 6) own->begun[n / 2] *= -1;
        if (what == 7) own->net[bond] = (int8_t)(own->net[bond] + 1);
        if (what == 8) own->head->next = (nixe_event){-1, -1};
        if (what == 9) own->highest[pending] = 0;
        if (what == 10) own->head->most_net = 0;
        if (what == 11) own->head->most_net = 200;
        assert_ok(nixe_trajectory_save(&f.here, &bytes));
        assert_int_equal(nixe_trajectory_load(&f.there, &bytes) == NIXE_OK, what == 0);
        nixe_status_clear();
        nixe_bytes_destroy(&bytes);
    }
    destroy(&f);
}

/* Levels that are too low: the run ends with a sentence, whichever bound it is. */
static void wrong_bounds_are_caught(void **state) {
    (void)state;
    for (int wrong = 0; wrong < 3; wrong++) {
        fixture f;
        create(&f, 3, -0.5);
        nixe_lazy_tables *tables = f.lazy.own;
        const nixe_influence *influence = &tables->influence;
        const size_t levels = (size_t)influence->rows * (size_t)influence->stride;
        if (wrong == 0) memset(influence->swaps, 0, levels);
        if (wrong == 1) memset(influence->exchanges, 0, levels);
        for (int64_t k = 0; k < influence->held_begin[influence->rows] && wrong == 2; k++)
            influence->held[k].swaps = influence->held[k].exchanges = 0;
        nixe_trajectory_begin(&f.here, 7, 3, f.crystal.sigma, never);
        assert_true(nixe_trajectory_advance(&f.here, INFINITY, 50000) < 50000);
        assert_int_equal(f.here.status, NIXE_FAILED);
        assert_non_null(strstr(nixe_status_message(), "above its bound"));
        nixe_status_clear();
        destroy(&f);
    }
}

/* Whole trajectories of both algorithms, to all B: means of events and of the logarithm of the time. */
static void whole_trajectories_are_alike(void **state) {
    enum { TRAJECTORIES = 400 };
    (void)state;
    for (int c = 0; c < 3; c++) {
        fixture f;
        double sum[2][2] = {{0}}, square[2][2] = {{0}};
        create(&f, c, -9);
        if (c == 0 || c == 1)
            for (int i = 0; i < f.crystal.lattice.sites; i++) f.crystal.sigma[i] = i % 3 ? 1 : -1;
        for (int lazy = 0; lazy < 2; lazy++)
            for (uint64_t index = 0; index < TRAJECTORIES; index++) {
                nixe_trajectory *t = lazy ? &f.here : &f.all;
                nixe_trajectory_begin(t, 20 + (uint64_t)lazy, index, f.crystal.sigma, 0.3);
                nixe_trajectory_advance(t, INFINITY, 100000);
                assert_int_equal(t->complete, 1);
                const double value[2] = {(double)t->events, log(t->time)};
                for (int v = 0; v < 2; v++) {
                    sum[lazy][v] += value[v] / TRAJECTORIES;
                    square[lazy][v] += value[v] * value[v] / TRAJECTORIES;
                }
            }
        for (int v = 0; v < 2; v++) {
            double variance = 0;
            for (int lazy = 0; lazy < 2; lazy++) variance += (square[lazy][v] - sum[lazy][v] * sum[lazy][v]) / TRAJECTORIES;
            assert_close(sum[1][v], sum[0][v], 5 * sqrt(variance)); /* by chance, 6e-7 */
        }
        destroy(&f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_and_their_symmetry),         cmocka_unit_test(fields_rates_and_bounds_at_any_moment),
        cmocka_unit_test(next_events_and_their_times),       cmocka_unit_test(saved_trajectories_go_on_as_they_would_have),
        cmocka_unit_test(states_that_cannot_be_are_refused), cmocka_unit_test(wrong_bounds_are_caught),
        cmocka_unit_test(whole_trajectories_are_alike),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
