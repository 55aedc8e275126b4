/* Nearest: what is suggested in place of a name that is no option; and durations as people write them. */
#include "nixe/options/nearest.h"

#include "nixe/options/duration.h"
#include "unit/fixture.h"

typedef struct {
    nixe_command command;
    const char *name, *words;
} suggestion;

static void expect(const suggestion *given, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char words[512];
        nixe_option_nearest(given[i].name, given[i].command, words, sizeof words);
        if (strcmp(words, given[i].words) != 0) fail_msg("%s: \"%s\"", given[i].name, words);
    }
}

static void misspelt_names(void **state) {
    (void)state;
    const suggestion given[] = {{NIXE_KMC, "modell_kT", "; the nearest is -model_kT"},
                                {NIXE_KMC, "MODEL_KT", "; the nearest is -model_kT"},
                                {NIXE_KMC, "lattice_egde", "; the nearest is -lattice_edge"},
                                {NIXE_KMC, "-time-limit", "; the nearest is -time_limit"}};
    expect(given, sizeof given / sizeof *given);
}

static void parts_of_names(void **state) {
    (void)state;
    const suggestion given[] = {
        {NIXE_KMC, "kT", "; the nearest is -model_kT"},
        {NIXE_KMC, "edge", "; the nearest is -lattice_edge"},
        {NIXE_KMC, "overwrite", "; the nearest is -output_overwrite"},
        {NIXE_KMC, "overwite", "; the nearest is -output_overwrite"},
        {NIXE_KMC, "replica_exchange_every", ""}, /* of mc */
        {NIXE_MC, "replica_exchange_every", "; the nearest is -mc_replica_exchange_every"},
        {NIXE_MC, "exchange_every", "; the nearest is -mc_replica_exchange_every"},
        {NIXE_KMC, "stiffness", "; the nearest are -shell_stiffness and -bond_stiffness"},
        {NIXE_KMC, "faces", "; the nearest are -lattice_faces, -lattice_single_faces and -exchange_faces"},
        {NIXE_KMC, "kmc_seed", "; the nearest is -ensemble_seed"}, /* of another section */
        {NIXE_MC, "kmc_sweeps", "; the nearest is -mc_sweeps"}};
    expect(given, sizeof given / sizeof *given);
}

static void nothing_near(void **state) {
    (void)state;
    const suggestion given[] = {{NIXE_KMC, "foo", ""},       {NIXE_KMC, "x", ""},  {NIXE_KMC, "xT", ""},
                                {NIXE_KMC, "nonsense", ""},  {NIXE_KMC, "", ""},   {NIXE_KMC, "_", ""},
                                {NIXE_POTENTIAL, "dmu", ""}, {NIXE_KMC, "___", ""}};
    expect(given, sizeof given / sizeof *given);
    char name[400];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    expect(&(suggestion){NIXE_KMC, name, ""}, 1);
}

static void durations(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double seconds;
    } good[] = {{"1h", 3600},       {"30min", 1800},   {"30m", 1800},         {"90s", 90},
                {"2d", 172800},     {"1.5h", 5400},    {"1h30min", 5400},     {"1h30m5s", 5405},
                {"00:30:00", 1800}, {"1:02:03", 3723}, {"100:00:00", 360000}, {"1-12:00:00", 129600}};
    static const char *const bad[] = {
        "",        "h",        "1",           "1x",        "1hour", "1 h",      "h1",       "1h30",
        "30min1h", "1h1h",     "1m1min",      "1.2.3h",    "30:00", "00:60:00", "00:00:60", "1:2:3",
        "::",      "-1:00:00", "1-2-3:00:00", "00:30:00s", "1e3h",  "+1h",      ".h",       "999999-00:00:00"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double seconds;
        if (!nixe_duration_read(good[i].text, &seconds)) fail_msg("%s", good[i].text);
        assert_close(seconds, good[i].seconds, 1e-9);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double seconds;
        if (nixe_duration_read(bad[i], &seconds)) fail_msg("%s is %g s", bad[i], seconds);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misspelt_names),
        cmocka_unit_test(parts_of_names),
        cmocka_unit_test(nothing_near),
        cmocka_unit_test(durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
