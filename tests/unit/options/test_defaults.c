/* Defaults: how they follow what is given, and what is stored in the file that is resumed. */
#include "unit/words.h"

static nixe_options read_words(nixe_command command, const char *words, nixe_options_stored *stored) {
    nixe_options options;
    char all[512];
    snprintf(all, sizeof all, "-output_file x.h5 %s", words);
    fixture_ok(fixture_read_words(command, all, stored, &options), words, __FILE__, __LINE__);
    return options;
}

static int64_t largest_divisor(int64_t of, int64_t up_to) {
    while (of % up_to) up_to--;
    return up_to;
}

/* An interval divides the sweeps, is at most its default, and leaves at least 10 records if one that divides does; unless
 * the best of those would fill the file. */
static void expect_interval(int64_t sweeps, int64_t interval, int64_t most) {
    const int64_t longest = sweeps / 10 > most ? most : sweeps < 10 ? 1 : sweeps / 10;
    const int64_t best = largest_divisor(sweeps, longest), records = sweeps / interval;
    assert_int_equal(sweeps % interval, 0);
    if (records < 10 || interval > most) assert_true(sweeps < 10 || (records <= 10 && sweeps / best > 10000));
    if (records > 100 && interval != most) assert_int_equal(interval, best); /* no more of them than there must be */
}

static void intervals_fit_the_sweeps(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 600; i++) {
        char words[64];
        const int64_t sweeps = i < 300 ? 1 + i : 1 + (int64_t)(fixture_random(&seed) % (i < 500 ? 200000u : 1000000000u));
        snprintf(words, sizeof words, "-mc_sweeps %lld", (long long)sweeps);
        nixe_options options = read_words(NIXE_MC, words, NULL);
        expect_interval(sweeps, options.mc_area_every, 100);
        expect_interval(sweeps, options.mc_snapshot_every, 10000);
        assert_int_equal(options.mc_record_every, 1);
        nixe_options_destroy(&options);
    }
}

static void the_usual_intervals_stay(void **state) {
    (void)state;
    static const long long sweeps[] = {100000, 200000, 1000000, 100000000};
    for (int i = 0; i < 4; i++) {
        char words[64];
        snprintf(words, sizeof words, "-mc_sweeps %lld", sweeps[i]);
        nixe_options options = read_words(NIXE_MC, words, NULL);
        assert_int_equal(options.mc_area_every, 100);
        assert_int_equal(options.mc_snapshot_every, 10000);
        nixe_options_destroy(&options);
    }
    nixe_options given = read_words(NIXE_MC, "-mc_sweeps 1500 -mc_area_every 7 -mc_snapshot_every 4000", NULL);
    assert_int_equal(given.mc_area_every, 7); /* which is refused later: given is given */
    assert_int_equal(given.mc_snapshot_every, 4000);
    nixe_options_destroy(&given);
}

static void the_stop_follows_the_start(void **state) {
    (void)state;
    static const struct {
        const char *words;
        double stop;
    } cases[] = {{"", 0},
                 {"-kmc_start A -model_dmu 20", 0},
                 {"-kmc_start B", 1},
                 {"-kmc_start B -model_dmu 20", 1},
                 {"-kmc_start random", 0},
                 {"-kmc_start random -model_dmu 20", 1},
                 {"-kmc_start random -model_dmu 0", 0},
                 {"-kmc_start some.h5 -model_dmu -1", 0},
                 {"-kmc_start some.h5 -model_dmu 1", 1},
                 {"-kmc_start B -kmc_stop_composition 0", 0},
                 {"-kmc_start B -kmc_stop_composition none", -1}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        nixe_options options = read_words(NIXE_KMC, cases[c].words, NULL);
        assert_close(options.kmc_stop_composition, cases[c].stop, 0);
        nixe_options_destroy(&options);
    }
}

/* What a file stores, in the place of one. */
static const char *stored_text;
static nixe_status stored(const char *path, const char *command, nixe_bytes *yaml) {
    assert_string_equal(path, "x.h5");
    assert_string_equal(command, "mc");
    return stored_text ? nixe_bytes_put(yaml, stored_text, strlen(stored_text)) : NIXE_OK;
}

static void a_resumed_run_has_the_options_of_its_file(void **state) {
    (void)state;
    stored_text =
        "model:\n  kT: [1.0e+00, 2.0e+00]\nensemble:\n  size: 7\nmc:\n  sweeps: 1500\n  snapshot_every: 250\n"
        "future:\n  option: 3\nquiet: true\n";
    nixe_options options = read_words(NIXE_MC, "-resume -mc_sweeps 3000 -ensemble_seed 5", stored);
    assert_true(options.resumed && options.resume && !options.quiet);
    assert_int_equal(options.model_kT.count, 2);
    assert_int_equal(options.ensemble_size, 7);
    assert_int_equal(options.mc_sweeps, 3000);
    assert_int_equal(options.mc_snapshot_every, 250);
    assert_int_equal(options.mc_area_every, 100); /* not in the file: its default */
    assert_true(options.ensemble_seed == 5);
    nixe_options_destroy(&options);
    static const char *const begin[] = {"", "-resume no", "-resume -resume false"};
    for (int b = 0; b < 3; b++) {
        options = read_words(NIXE_MC, begin[b], stored);
        assert_int_equal(options.ensemble_size, 4);
        assert_int_equal(options.resumed, 0);
        nixe_options_destroy(&options);
    }
    stored_text = NULL; /* no file */
    options = read_words(NIXE_MC, "-resume", stored);
    assert_int_equal(options.ensemble_size, 4);
    nixe_options_destroy(&options);
}

static void odd_options_of_a_file_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {"model:\n  kT: [x]\n", "model: [1\n", "model:\n  kT: -1\n", "hello\n",
                                        "mc:\n  sweeps:\n"};
    for (int t = 0; t < 5; t++) {
        nixe_options options;
        stored_text = texts[t];
        assert_refused(fixture_read_words(NIXE_MC, "-output_file x.h5 -resume", stored, &options), "-resume: x.h5 is damaged");
        nixe_options_destroy(&options);
    }
}

static void broken_limits_are_named(void **state) {
    (void)state;
    static const struct {
        nixe_command command;
        const char *words, *named;
    } cases[] = {{NIXE_KMC, "-model_J 1e101", "-model_J 1e101: must be one number, up to 1e+100"},
                 {NIXE_KMC, "-model_J -1e101", "-model_J -1e101: must be one number, from -1e+100 on"},
                 {NIXE_KMC, "-model_dmu 1e999", "up to 1e+100"},
                 {NIXE_KMC, "-model_epsilon 2e100", "of at least 0, up to 1e+100"},
                 {NIXE_KMC, "-kmc_time_last 1e200", "above 0, up to 1e+100"},
                 {NIXE_MC, "-model_kT 1,1e101", "up to 1e+100"},
                 {NIXE_MC, "-model_kT 1,1e-301", "of at least 1e-300"},
                 {NIXE_KMC, "-ensemble_seed 1e17", "up to 9007199254740992 where it has a point or an exponent"},
                 {NIXE_KMC, "-ensemble_seed 18446744073709551616", "from 0 to 18446744073709551615"},
                 {NIXE_KMC, "-ensemble_size 1e16", "from 1 to 1e+15"}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        nixe_options options;
        char all[128];
        snprintf(all, sizeof all, "-output_file x.h5 %s", cases[c].words);
        assert_refused(fixture_read_words(cases[c].command, all, NULL, &options), cases[c].named);
        nixe_options_destroy(&options);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_fit_the_sweeps),          cmocka_unit_test(the_usual_intervals_stay),
        cmocka_unit_test(the_stop_follows_the_start),        cmocka_unit_test(a_resumed_run_has_the_options_of_its_file),
        cmocka_unit_test(odd_options_of_a_file_are_refused), cmocka_unit_test(broken_limits_are_named),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
