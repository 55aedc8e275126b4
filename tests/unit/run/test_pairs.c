/* Pairs: which states of a ladder exchange their replicas, and in which rounds. */
#include "nixe/run/ladder.h"
#include "unit/fixture.h"

/* Every two states that are neighbours along an axis, once, but never along that of compositions; a state has one partner in a
 * round at the most; rounds without pairs are left out. */
static void check_pairs(const nixe_states *states, const nixe_pairs *pairs) {
    int found = 0, has[NIXE_ROUNDS] = {0}, rounds = 0;
    for (int q = 0; q < states->points; q++)
        for (int r = 0; r < states->points; r++) {
            int times = 0, apart = 0, axis = -1;
            for (int a = 0; a < NIXE_STATE_AXES; a++) {
                const int step =
                    nixe_states_place(states, r, (nixe_state_axis)a) - nixe_states_place(states, q, (nixe_state_axis)a);
                apart += step == 0 ? 0 : step == 1 ? 1 : 100;
                axis = step ? a : axis;
            }
            for (int p = 0; p < pairs->count; p++) {
                if (pairs->state[p][0] != q || pairs->state[p][1] != r) continue;
                assert_int_equal(pairs->round[p], 2 * axis + nixe_states_place(states, q, (nixe_state_axis)axis) % 2);
                has[pairs->round[p]] = 1;
                times++;
            }
            assert_int_equal(times, apart == 1 && axis != NIXE_STATE_COMPOSITION);
            found += times;
        }
    assert_int_equal(pairs->count, found);
    for (int p = 0; p < pairs->count; p++)
        for (int o = 0; o < p; o++)
            if (pairs->round[p] == pairs->round[o])
                assert_true(pairs->state[p][0] != pairs->state[o][0] && pairs->state[p][1] != pairs->state[o][1] &&
                            pairs->state[p][0] != pairs->state[o][1] && pairs->state[p][1] != pairs->state[o][0]);
    for (int r = 0; r < NIXE_ROUNDS; r++) {
        if (has[r]) assert_int_equal(pairs->rounds[rounds], r);
        rounds += has[r];
    }
    assert_int_equal(pairs->round_count, rounds);
}

static void pairs_of_neighbours(void **state) {
    (void)state;
    for (int combination = 0; combination < 3 * 3 * 3 * 3 * 3; combination++) {
        nixe_list list[NIXE_STATE_AXES];
        nixe_states states = {.points = 1};
        nixe_pairs pairs;
        for (int a = 0, c = combination; a < NIXE_STATE_AXES; a++, c /= 3) {
            list[a] = (nixe_list){.count = 1 + c % 3};
            states.list[a] = &list[a];
            states.points *= list[a].count;
        }
        states.states = states.points;
        assert_ok(nixe_pairs_create(&pairs, &states));
        check_pairs(&states, &pairs);
        nixe_pairs_destroy(&pairs);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_of_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
