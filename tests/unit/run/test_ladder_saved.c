/* Ladder: one that was saved and loaded goes on as it would have; one that begins again knows nothing of what was; what is
 * recorded of it. The numbers are fixed by their seeds. */
#include "unit/ladder.h"

static void compare_ladders(const nixe_ladder *a, const nixe_ladder *b) {
    assert_int_equal(a->exchanges, b->exchanges);
    assert_int_equal(a->round_trips, b->round_trips);
    assert_memory_equal(a->walker, b->walker, (size_t)a->states * sizeof *a->walker);
    assert_memory_equal(a->heading, b->heading, (size_t)a->states);
    assert_memory_equal(a->attempted, b->attempted, (size_t)a->pairs->count * sizeof *a->attempted);
    assert_memory_equal(a->accepted, b->accepted, (size_t)a->pairs->count * sizeof *a->accepted);
}

/* Sweeps and exchanges, as many as there are numbers. */
static void go_on(fixture *f, int exchanges) {
    for (int e = 0; e < exchanges; e++) {
        sweep_all(f, 1);
        exchange(f);
    }
}

static void saved_ladders_go_on_as_they_would_have(void **state) {
    (void)state;
    for (int s = 0; s < SHAPES; s++) {
        const int stiffnesses = shapes[s].stiffnesses, temperatures = shapes[s].temperatures;
        fixture f, g;
        nixe_bytes bytes = {0};
        create(&f, stiffnesses, stiffness, temperatures, kT, NIXE_EXACT, &nixe_metropolis);
        create(&g, stiffnesses, stiffness, temperatures, kT, NIXE_EXACT, &nixe_metropolis);
        go_on(&f, 101);
        go_on(&g, 7);
        assert_ok(nixe_ladder_save(&f.ladder, &bytes));
        const size_t ladder_bytes = bytes.used;
        for (int q = 0; q < f.states; q++) assert_ok(nixe_replica_save(&f.replica[q], &bytes));
        assert_ok(nixe_ladder_load(&g.ladder, &bytes));
        assert_int_equal(bytes.position, ladder_bytes);
        compare_ladders(&f.ladder, &g.ladder);
        for (int q = 0; q < f.states; q++) assert_ok(nixe_replica_load(&g.replica[q], &g.state[q], &bytes));
        for (int more = 0; more < 100; more++) {
            go_on(&f, 1);
            go_on(&g, 1);
            compare_ladders(&f.ladder, &g.ladder);
        }
        for (bytes.used = 0; bytes.used < ladder_bytes; bytes.used++) {
            bytes.position = 0;
            assert_int_equal(nixe_ladder_load(&g.ladder, &bytes), NIXE_FAILED);
            nixe_status_clear();
        }
        nixe_bytes_destroy(&bytes);
        destroy(&f);
        destroy(&g);
    }
}

/* A ladder that begins again knows nothing of what was. */
static void a_ladder_begins_anew(void **state) {
    (void)state;
    fixture f, fresh;
    create(&f, 2, stiffness, 3, kT, NIXE_EXACT, &nixe_metropolis);
    create(&fresh, 2, stiffness, 3, kT, NIXE_EXACT, &nixe_metropolis);
    go_on(&f, 50);
    nixe_ladder_begin(&f.ladder);
    compare_ladders(&f.ladder, &fresh.ladder);
    for (int q = 0; q < 6; q++) assert_true(f.ladder.walker[q] == q && f.ladder.heading[q] == 0);
    for (int p = 0; p < f.pairs.count; p++) assert_true(f.ladder.attempted[p] == 0 && f.ladder.accepted[p] == 0);
    assert_true(f.ladder.exchanges == 0 && f.ladder.round_trips == 0);
    destroy(&f);
    destroy(&fresh);
}

static void what_is_recorded(void **state) {
    (void)state;
    const nixe_quantities *list = &nixe_ladder_quantities;
    fixture f;
    create(&f, 2, stiffness, 3, kT, NIXE_EXACT, &nixe_metropolis);
    go_on(&f, 300);
    const size_t pair_bytes = (size_t)f.pairs.count * sizeof(int64_t);
    const struct {
        nixe_data data;
        const void *values;
        size_t bytes;
    } expected[] = {{NIXE_DATA_WALKER, f.ladder.walker, 6 * sizeof(int32_t)},
                    {NIXE_DATA_ATTEMPTED, f.ladder.attempted, pair_bytes},
                    {NIXE_DATA_ACCEPTED, f.ladder.accepted, pair_bytes},
                    {NIXE_DATA_ROUND_TRIPS, &f.ladder.round_trips, sizeof(int64_t)}};
    assert_int_equal(list->count, 4);
    assert_true(list->checksums == NIXE_DATA_LADDER_CHECKSUM && list->flag == NIXE_DATASETS && f.ladder.round_trips > 0);
    for (int q = 0; q < 4; q++) {
        char entry[256];
        memset(entry, 'x', sizeof entry);
        list->quantity[q].measure(&f.ladder, entry);
        assert_int_equal(list->quantity[q].data, expected[q].data);
        assert_memory_equal(entry, expected[q].values, expected[q].bytes);
        assert_int_equal(entry[expected[q].bytes], 'x');
    }
    destroy(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saved_ladders_go_on_as_they_would_have),
        cmocka_unit_test(a_ladder_begins_anew),
        cmocka_unit_test(what_is_recorded),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
