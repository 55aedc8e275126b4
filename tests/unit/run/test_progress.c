/* Progress: durations in words, and when a line is printed. */
#include "nixe/run/progress.h"

#include <mpi.h>

#include "unit/folder.h"

static void durations(void **state) {
    (void)state;
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {{0, "0 s"},
                 {0.49, "0 s"},
                 {0.5, "1 s"},
                 {12, "12 s"},
                 {99.4, "99 s"},
                 {99.6, "1 min 40 s"},
                 {100, "1 min 40 s"},
                 {119.7, "2 min 0 s"},
                 {200, "3 min 20 s"},
                 {5999.4, "99 min 59 s"},
                 {5999.6, "1 h 40 min"},
                 {6000, "1 h 40 min"},
                 {18600, "5 h 10 min"},
                 {18659, "5 h 10 min"},
                 {3.6e6, "1000 h 0 min"},
                 {1e15, "277777777777 h 46 min"}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char text[32];
        nixe_progress_duration(cases[c].seconds, text, sizeof text);
        assert_string_equal(text, cases[c].text);
    }
}

static void durations_without_room(void **state) {
    (void)state;
    char text[8] = "xxxxxxx";
    nixe_progress_duration(200, text, 6);
    assert_string_equal(text, "3 min");
    assert_int_equal(text[6], 'x');
}

/* What is printed by a show `age` seconds after the start and `silence` after the last line, on a terminal or not; one second
 * more or less, by which a machine may be late, changes nothing. */
static const nixe_under_way *under_way;
static const char *show(int active, int terminal, double age, double silence, int64_t done, int64_t steps, int64_t all_steps) {
    static fixture_output output;
    nixe_progress progress;
    fixture_capture(&output);
    nixe_progress_begin(&progress, active, "trajectories", "events");
    progress.terminal = terminal;
    progress.start -= age;
    progress.last = MPI_Wtime() - silence;
    nixe_progress_show(&progress, done, 8, steps, all_steps, under_way);
    if (!terminal) nixe_progress_show(&progress, done, 8, steps, all_steps, under_way); /* it has just been said */
    return fixture_captured(&output);
}

static void a_line_says_how_far_it_is(void **state) {
    (void)state;
    assert_string_equal(show(1, 0, 1e5, 61, 2, 5000000, 0), " 25.0 %  2 of 8 trajectories, 50 events/s, 83 h 20 min left\n");
    assert_string_equal(show(1, 0, 1e5, 61, 2, 5000000, 10000000),
                        " 50.0 %  2 of 8 trajectories, 50 events/s, 27 h 46 min left\n");
    assert_string_equal(show(1, 0, 1e5, 61, 8, 5000000, 0), "100.0 %  8 of 8 trajectories, 50 events/s, 0 s left\n");
    assert_string_equal(show(1, 0, 1e5, 61, 0, 0, 0), "  0.0 %  0 of 8 trajectories, 0 events/s, ? left\n");
    assert_string_equal(show(1, 0, 1e5, 61, 0, 0, 10000), "  0.0 %  0 of 8 trajectories, 0 events/s, ? left\n");
}

/* The trajectories that are not complete: where they are, from the least to the greatest. */
static void a_line_says_where_trajectories_are(void **state) {
    (void)state;
    nixe_under_way all = {0};
    under_way = &all;
    assert_string_equal(show(1, 0, 1e5, 61, 0, 0, 0), "  0.0 %  0 of 8 trajectories, 0 events/s, ? left\n");
    nixe_under_way_add(&all, &(nixe_whereabouts){.time = -1});
    nixe_under_way_add(&all, &(nixe_whereabouts){12.3456, 0.75, 4e5});
    assert_string_equal(show(1, 0, 1e5, 61, 0, 0, 0),
                        "  0.0 %  0 of 8 trajectories, 0 events/s, ? left; 1 under way at t = 12.3 "
                        "(1/k), c = 0.75, after 4e+05 events\n");
    nixe_under_way_add(&all, &(nixe_whereabouts){0.5, 0.9, 1e5});
    nixe_under_way_add(&all, &(nixe_whereabouts){3, 0.875, 1e5});
    assert_string_equal(show(1, 0, 1e5, 61, 0, 0, 0),
                        "  0.0 %  0 of 8 trajectories, 0 events/s, ? left; 3 under way at t = 0.5 to "
                        "12.3 (1/k), c = 0.75 to 0.9, after 6e+05 events\n");
    const char *cut = show(1, 1, 1e5, 1, 0, 0, 0); /* on a terminal, to its width */
    assert_int_equal(strlen(cut), 80);
    assert_non_null(strstr(cut, "3 under way at t"));
    under_way = NULL;
}

static void lines_come_once_a_minute(void **state) {
    (void)state;
    assert_string_equal(show(1, 0, 1e5, 30, 2, 5000000, 0), "");
    assert_string_equal(show(0, 0, 1e5, 1000, 2, 5000000, 0), ""); /* other ranks, or -quiet */
    assert_string_equal(show(0, 1, 1e5, 1000, 2, 5000000, 0), "");
}

static void on_a_terminal_the_line_is_replaced(void **state) {
    (void)state;
    assert_string_equal(show(1, 1, 1e5, 1, 2, 5000000, 0), "\r 25.0 %  2 of 8 trajectories, 50 events/s, 83 h 20 min left   ");
    assert_string_equal(show(1, 1, 1e5, -10, 2, 5000000, 0), "");
}

/* Output into a file is no terminal. At the end a line on a terminal is wiped, if there is one. */
static void ends(void **state) {
    (void)state;
    fixture_output output;
    nixe_progress progress;
    for (int terminal = 0; terminal < 2; terminal++)
        for (int printed = 0; printed < 2; printed++) {
            fixture_capture(&output);
            nixe_progress_begin(&progress, 1, "trajectories", "events");
            assert_int_equal(progress.terminal, 0);
            assert_int_equal(progress.printed, 0);
            progress.terminal = terminal;
            progress.printed = printed;
            nixe_progress_end(&progress);
            const char *text = fixture_captured(&output);
            assert_int_equal(strlen(text), terminal && printed ? 81 : 0);
            assert_int_equal(strspn(text, "\r "), strlen(text));
        }
}

static int start(void **state) {
    (void)state;
    return MPI_Init(NULL, NULL);
}

static int finish(void **state) {
    (void)state;
    return MPI_Finalize();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations),
        cmocka_unit_test(durations_without_room),
        cmocka_unit_test(a_line_says_how_far_it_is),
        cmocka_unit_test(a_line_says_where_trajectories_are),
        cmocka_unit_test(lines_come_once_a_minute),
        cmocka_unit_test(on_a_terminal_the_line_is_replaced),
        cmocka_unit_test(ends),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
