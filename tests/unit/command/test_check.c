/* Check: an option that can change nothing, given the others, is refused; at its default it passes. */
#include "nixe/command/command.h"

#include "unit/words.h"

typedef struct {
    nixe_command command;
    const char *words, *named; /* named: what the sentence has to hold, or NULL where the options are good */
} example;

static void check(const example *examples, size_t count) {
    for (size_t e = 0; e < count; e++) {
        nixe_options options;
        char words[256];
        snprintf(words, sizeof words, "-output_file x.h5 %s", examples[e].words);
        assert_ok(fixture_read_words(examples[e].command, words, NULL, &options));
        const nixe_status status = nixe_command_check(&options);
        if (examples[e].named) assert_refused(status, examples[e].named);
        else fixture_ok(status, examples[e].words, __FILE__, __LINE__);
        nixe_options_destroy(&options);
    }
}

static void what_cannot_matter_is_refused(void **state) {
    (void)state;
    static const example examples[] = {
        {NIXE_MC, "-shell_stiffness 5,10", "-shell_stiffness 5.0e+00,1.0e+01: it changes nothing without a shell"},
        {NIXE_MC, "-shell_stiffness 1,1", "-shell_stiffness"},
        {NIXE_KMC, "-shell_stiffness 2", "-shell_stiffness"},
        {NIXE_POTENTIAL, "-shell_stiffness 2", "-shell_stiffness"},
        {NIXE_SPECTRUM, "-shell_stiffness 2", "-shell_stiffness"},
        {NIXE_KMC, "-kmc_start_composition 0.3", "-kmc_start_composition"},
        {NIXE_KMC, "-kmc_start B -kmc_start_composition 0.3", "-kmc_start_composition"},
        {NIXE_KMC, "-model_epsilon 0 -model_differences published", "-model_differences published"},
        {NIXE_MC, "-model_epsilon 0 -model_J 1 -model_differences published", "-model_differences published"},
        {NIXE_MC, "-model_epsilon 0 -model_kT 0.5,1", "-model_kT"},
        {NIXE_KMC, "-model_epsilon 0 -model_dmu 0 -model_kT 3", "-model_kT 3"},
        {NIXE_KMC, "-model_epsilon 0 -model_k_ex 0 -model_kT 3", "-model_kT 3"},
        {NIXE_KMC, "-model_k_diff 0 -model_k_ex 0 -model_kT 3", "-model_kT 3"},
    };
    check(examples, sizeof examples / sizeof *examples);
}

static void what_matters_passes(void **state) {
    (void)state;
    static const example examples[] = {
        {NIXE_MC, "-shell_stiffness 1.0", NULL},
        {NIXE_KMC, "-shell_stiffness 1", NULL},
        {NIXE_MC, "-shell_layers 1 -shell_stiffness 5,10", NULL},
        {NIXE_KMC, "-kmc_start_composition 5e-1", NULL},
        {NIXE_KMC, "-kmc_start random -kmc_start_composition 0.3", NULL},
        {NIXE_KMC, "-model_epsilon 0 -model_differences exact", NULL},
        {NIXE_KMC, "-model_differences published", NULL},
        {NIXE_MC, "-model_epsilon 0 -model_kT 0.2", NULL},
        {NIXE_MC, "-model_epsilon 0 -model_J -1 -model_kT 0.5,1", NULL},
        {NIXE_MC, "-model_kT 0.5,1", NULL},
        {NIXE_KMC, "-model_epsilon 0 -model_kT 3", NULL},
        {NIXE_KMC, "-model_k_ex 0 -model_kT 3", NULL},
        {NIXE_KMC, "-model_k_diff 0 -model_epsilon 0 -model_kT 3", NULL},
    };
    check(examples, sizeof examples / sizeof *examples);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_matter_is_refused),
        cmocka_unit_test(what_matters_passes),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
