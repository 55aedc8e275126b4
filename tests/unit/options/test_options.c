/* Options: YAML of options as words, and options that survive the way through the YAML that a file stores. */
#include "nixe/options/options.h"

#include <stdio.h>
#include <unistd.h>

#include "nixe/options/words.h"
#include "unit/crystal.h"

static void expect_words(const char *text, int count, const char *const pairs[][2]) {
    nixe_words words = {0};
    assert_ok(nixe_words_read_yaml("x.yaml", text, strlen(text), &words));
    assert_int_equal(words.count, count);
    for (int w = 0; w < count; w++) {
        assert_string_equal(words.word[w].name, pairs[w][0]);
        assert_string_equal(words.word[w].value, pairs[w][1]);
        assert_string_equal(nixe_words_find(&words, pairs[w][0]), pairs[w][1]);
    }
    assert_null(nixe_words_find(&words, "absent"));
    nixe_words_destroy(&words);
}

static void nested_keys_join(void **state) {
    (void)state;
    const char *const three[][2] = {{"model_kT", "0.2"}, {"model_J", "-1"}, {"kmc_time_first", "1e-4"}};
    expect_words("model:\n  kT: 0.2\n  J: -1\nkmc:\n  time:\n    first: 1e-4\n", 3, three);
    expect_words("model: {kT: 0.2, J: -1}\nkmc: {time: {first: 1e-4}}", 3, three);
    expect_words("model_kT: 0.2\nmodel_J: -1 # here\nkmc_time: {first: 1e-4}\n", 3, three);
    expect_words("{\"model_kT\": \"0.2\", 'model_J': '-1', kmc: {time_first: 1e-4}}\n", 3, three);
}

static void sequences_become_lists(void **state) {
    (void)state;
    const char *const lists[][2] = {{"shell_stiffness", "1,2.5,1e3"}, {"one", "7"}, {"none", ""}};
    expect_words("shell: {stiffness: [1, 2.5, 1e3]}\none: [7]\nnone: []\n", 3, lists);
    expect_words("shell:\n  stiffness:\n    - 1\n    - 2.5\n    - 1e3\none:\n- 7\nnone: []\n", 3, lists);
}

static void files_without_options(void **state) {
    (void)state;
    expect_words("", 0, NULL);
    expect_words("# nothing\n\n", 0, NULL);
    expect_words("{}", 0, NULL);
    expect_words("model: {}\n", 0, NULL);
    const char *const empty[][2] = {{"model_kT", ""}};
    expect_words("model_kT:\n", 1, empty); /* a value is missing; who knows the options says so */
}

static void bad_yaml_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *sentence;
    } cases[] = {{"model_kT: 1\nmodel_kT: 2\n", "-model_kT is given more than once"},
                 {"model: {kT: 1}\nmodel_kT: 2\n", "-model_kT is given more than once"},
                 {"model: {kT: 1, kT: 1}\n", "-model_kT is given more than once"},
                 {"model: {kT: 1}\nmodel: {kT: 2}\n", "-model_kT is given more than once"},
                 {"hello\n", "does not hold options"},
                 {"- 1\n- 2\n", "does not hold options"},
                 {"model_kT: 1\nmodel: {kT\n", "not YAML: line"},
                 {"model_kT: [1, 2\n", "not YAML: line"},
                 {"model_kT: 1\n\tmodel_J: 2\n", "not YAML: line 2"},
                 {"model_kT: *anchor\n", "not YAML"},
                 {"shell_stiffness: [1, [2, 3]]\n", "shell_stiffness"},
                 {"shell_stiffness: [{a: 1}]\n", "shell_stiffness"},
                 {"[1, 2]: 3\n", "line 1"},
                 {"a: {b: {c: {d: {e: {f: {g: {h: {i: {j: {k: 1}}}}}}}}}}\n", "line 1"}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        nixe_words words = {0};
        assert_int_equal(nixe_words_read_yaml("x.yaml", cases[c].text, strlen(cases[c].text), &words), NIXE_REFUSED);
        if (!strstr(nixe_status_message(), cases[c].sentence)) fail_msg("%s: %s", cases[c].text, nixe_status_message());
        assert_non_null(strstr(nixe_status_message(), "x.yaml"));
        nixe_status_clear();
        nixe_words_destroy(&words);
    }
}

/* Options of a command line of up to 30 words, which end with NULL. */
static nixe_options read_options(nixe_command command, const char *const words[]) {
    char *argv[32] = {(char[]){"nixe"}, (char[]){"command"}};
    int argc = 2;
    nixe_options options;
    for (; words[argc - 2]; argc++) argv[argc] = strdup(words[argc - 2]);
    assert_ok(nixe_options_read(&fixture_parallel, command, argc, argv, NULL, &options));
    for (int i = 2; i < argc; i++) free(argv[i]);
    return options;
}

/* A temporary file with this text; the caller removes it. */
static void write_text(const char *text, char path[32]) {
    strcpy(path, "/tmp/nixe_test_XXXXXX");
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), (long)strlen(text));
    close(descriptor);
}

/* The stored YAML of options, read back, gives the same options. */
static void check_round_trip(nixe_command command, const char *const words[]) {
    char *text, *again, path[32];
    nixe_options options = read_options(command, words);
    assert_ok(nixe_options_yaml(&options, &text));
    write_text(text, path);
    const char *const input[] = {"-output_file", "other.h5", "-input", path, NULL};
    nixe_options copy = read_options(command, input);
    unlink(path);
    assert_ok(nixe_options_yaml(&copy, &again));
    assert_string_equal(text, again);
    for (int i = 0; i < nixe_option_count; i++) {
        const nixe_option *option = &nixe_option_table[i];
        char first[4096], second[4096];
        if (option->execution || !(option->commands & command)) continue;
        nixe_option_print(option, &options, first, sizeof first);
        nixe_option_print(option, &copy, second, sizeof second);
        assert_string_equal(first, second);
        if (option->kind == NIXE_OPTION_REAL || option->kind == NIXE_OPTION_REAL_OR_NONE)
            assert_memory_equal((char *)&options + option->offset, (char *)&copy + option->offset, sizeof(double));
    }
    assert_string_equal(copy.output_file, "other.h5"); /* execution options are not stored */
    free(text);
    free(again);
    nixe_options_destroy(&options);
    nixe_options_destroy(&copy);
}

static void stored_options_reproduce_the_run(void **state) {
    (void)state;
    const char *const defaults[] = {"-output_file", "k.h5", NULL};
    const char *const numbers[] = {"-output_file",
                                   "k.h5",
                                   "-model_kT",
                                   "0.33333333333333331",
                                   "-model_dmu",
                                   "-1.0000000000000002e-17",
                                   "-model_J",
                                   "5e-324",
                                   "-ensemble_seed",
                                   "18446744073709551615",
                                   "-ensemble_first",
                                   "999999999999999",
                                   "-kmc_stop_composition",
                                   "none",
                                   "-kmc_time_spacing",
                                   "linear",
                                   "-kmc_time_last",
                                   "1e100",
                                   "-kmc_start",
                                   "it's \"B:\\ #1\", {a}.h5",
                                   "-output_overwrite",
                                   NULL};
    const char *const list[] = {"-output_file", "v.h5", "-shell_layers", "2", "-shell_stiffness", "0.1,1e6,16.8,1e-7", NULL};
    check_round_trip(NIXE_KMC, defaults);
    check_round_trip(NIXE_KMC, numbers);
    check_round_trip(NIXE_POTENTIAL, defaults);
    check_round_trip(NIXE_POTENTIAL, list);
}

static void the_command_line_wins(void **state) {
    (void)state;
    char path[32];
    write_text("model: {kT: 0.25, J: 2e0}\nensemble_size: 3\nensemble_seed: 1e5\nkmc_start: B\n", path);
    const char *const words[] = {
        "-model_J",          "-.5", "-input",     path, "-ensemble_size", "1e3",    "-quiet", "-output_file", "k.h5",
        "-output_overwrite", "no",  "-kmc_start", "A",  "-kmc_start",     "random", NULL};
    nixe_options options = read_options(NIXE_KMC, words);
    unlink(path);
    assert_close(options.model_kT.value[0], 0.25, 0); /* from the file */
    assert_true(options.ensemble_seed == 100000);
    assert_close(options.model_J, -0.5, 0); /* from both: the command line's */
    assert_int_equal(options.ensemble_size, 1000);
    assert_string_equal(options.kmc_start, "random"); /* twice there: the last */
    assert_close(options.model_dmu.value[0], -20, 0); /* from neither: the default */
    assert_close(options.kmc_stop_composition, 0, 0);
    assert_int_equal(options.lattice_edge, 16);
    assert_true(options.quiet && !options.output_overwrite && !options.output_potential);
    nixe_options_destroy(&options);
}

static void the_table_is_consistent(void **state) {
    (void)state;
    for (int i = 0; i < nixe_option_count; i++) {
        const nixe_option *option = &nixe_option_table[i];
        char allowed[256];
        for (int j = 0; j < i; j++) assert_string_not_equal(option->name, nixe_option_table[j].name);
        for (int p = 0; nixe_library_prefix[p]; p++) /* none looks like an option of a library */
            assert_int_not_equal(strncmp(option->name, nixe_library_prefix[p], strlen(nixe_library_prefix[p])), 0);
        if (!option->execution) assert_non_null(strchr(option->name, '_')); /* section_name, for the YAML */
        nixe_option_allowed(option, NIXE_KMC, allowed, sizeof allowed);
        assert_true(*allowed && *option->description);
        assert_non_null(option->unit);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nested_keys_join),
        cmocka_unit_test(sequences_become_lists),
        cmocka_unit_test(files_without_options),
        cmocka_unit_test(bad_yaml_is_refused),
        cmocka_unit_test(stored_options_reproduce_the_run),
        cmocka_unit_test(the_command_line_wins),
        cmocka_unit_test(the_table_is_consistent),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
