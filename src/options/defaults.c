/* Defaults: those of the table, and how some follow what is given. Not collective. */
#include <stdlib.h>
#include <string.h>

#include "nixe/options/values.h"

const char *nixe_option_default(const nixe_option *option, nixe_command command) {
    return command == NIXE_MC && option->mc_default ? option->mc_default : option->default_value;
}

nixe_status nixe_option_is_default(const nixe_option *option, const nixe_options *options, int *is_default) {
    nixe_options plain = {.command = options->command};
    char here[128], there[128];
    NIXE_TRY(nixe_value_read(option, nixe_option_default(option, options->command), &plain));
    nixe_option_print(option, options, here, sizeof here);
    nixe_option_print(option, &plain, there, sizeof there);
    nixe_options_destroy(&plain);
    *is_default = !strcmp(here, there);
    return NIXE_OK;
}

/* Sweeps between two records: a divisor of all sweeps, up to the option's own default, such that 10 records or more fit in. The
 * largest power of ten, which may also divide what a run is extended to; the largest of all where that would give many. Where
 * the divisors are too small (those of large primes), up to 10 records are better than a file full of them. */
static int64_t fit_interval(int64_t sweeps, int64_t interval) {
    const int64_t longest = sweeps / 10 < 1 ? 1 : sweeps / 10 < interval ? sweeps / 10 : interval;
    int64_t round = 1, divisor = 1, few = 10;
    while (round * 10 <= longest && sweeps % (round * 10) == 0) round *= 10;
    if (sweeps / round <= 100 || round == interval) return round;
    for (int64_t d = longest; d > divisor; d--)
        if (sweeps % d == 0) divisor = d;
    if (sweeps / divisor <= 10000 || sweeps / divisor <= 100 * (sweeps / interval)) return divisor;
    while (sweeps % few) few--;
    return sweeps / few;
}

static int starts_from(const nixe_options *options, const char *what) { return !strcmp(options->kmc_start, what); }

static int is_given(const nixe_words *words, const char *name) { return nixe_words_find(words, name) != NULL; }

nixe_status nixe_defaults_fit(const nixe_words *words, nixe_options *options) {
    if (options->command == NIXE_KMC) {
        if (!is_given(words, "kmc_snapshots") && options->kmc_snapshots > options->kmc_time_count)
            options->kmc_snapshots = options->kmc_time_count;
        if (!is_given(words, "kmc_stop_composition") && !starts_from(options, "A"))
            options->kmc_stop_composition = starts_from(options, "B") || options->model_dmu > 0;
    }
    if (options->command == NIXE_MC) {
        if (!is_given(words, "mc_area_every"))
            options->mc_area_every = fit_interval(options->mc_sweeps, options->mc_area_every);
        if (!is_given(words, "mc_snapshot_every"))
            options->mc_snapshot_every = fit_interval(options->mc_sweeps, options->mc_snapshot_every);
    }
    return NIXE_OK;
}
