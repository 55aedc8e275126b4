/* Values: what the text of an option means, and defaults: those of the table, and how some follow what is given. Not
 * collective. */
#include "nixe/options/values.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/escape.h"
#include "nixe/options/duration.h"
#include "nixe/options/recipe.h"
#include "nixe/options/schedule.h"

static const double most_exact = 9007199254740992; /* 2^53: whole numbers up to here are what they are as doubles */

int nixe_value_is_truth(const char *text, int *truth) {
    static const char *const word[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (int i = 0; i < 8; i++)
        if (!strcmp(text, word[i])) return *truth = i % 2, 1;
    return 0;
}

/* more: what breaks a limit that the option's words do not name, or "". */
static nixe_status refuse(const nixe_option *option, nixe_command command, const char *text, const char *more) {
    char allowed[256];
    nixe_option_allowed(option, command, allowed, sizeof allowed);
    return nixe_fail(NIXE_REFUSED, "-%s %.60s%s: must be %s%s", option->name, text, strlen(text) > 60 ? " ..." : "", allowed,
                     more);
}

/* A number, all of the text. */
static int is_number(const char *text, double *number) {
    char *end;
    *number = strtod(text, &end);
    return end != text && !*end && !isspace((unsigned char)*text) && !isnan(*number) && !strpbrk(text, "xXpP");
}

static int is_above_minimum(const nixe_option *option, double number) {
    return option->above_minimum ? number > option->minimum : number >= option->minimum;
}

/* The limit of doubles' making that a number breaks: what is allowed does not mention those. `text` may be one of a list. */
static const char *hidden_limit(const nixe_option *option, const char *text, char *words, size_t size) {
    double number;
    if (!is_number(text, &number)) return "";
    if (number > option->maximum && option->maximum >= 1e100) snprintf(words, size, ", up to %g", option->maximum);
    else if (!is_above_minimum(option, number) && option->minimum <= -1e100)
        snprintf(words, size, ", from %g on", option->minimum);
    else return "";
    return words;
}

/* A number within the option's range. */
static int read_number(const nixe_option *option, const char *text, double *number) {
    if (!is_number(text, number) && !(option->duration && nixe_duration_read(text, number))) return 0;
    return is_above_minimum(option, *number) && *number <= option->maximum;
}

/* more: as in refuse(). */
static int read_seed(const char *text, uint64_t *seed, const char **more) {
    char *end;
    double number;
    if (!isdigit((unsigned char)*text)) return 0;
    errno = 0;
    *seed = strtoull(text, &end, 10);
    if (!*end) return errno == 0;
    if (!is_number(text, &number) || number != floor(number)) return 0; /* 1e5 */
    *more = ", and up to 9007199254740992 where it has a point or an exponent";
    if (number > most_exact) return 0;
    *seed = (uint64_t)number;
    return 1;
}

static int read_choice(const nixe_option *option, const char *text, int *choice) {
    const char *word = option->choices;
    for (*choice = 0; word; (*choice)++) {
        const char *end = strchr(word, '|');
        size_t length = end ? (size_t)(end - word) : strlen(word);
        if (strlen(text) == length && !strncmp(text, word, length)) return 1;
        word = end ? end + 1 : NULL;
    }
    return 0;
}

static nixe_status read_list(const nixe_option *option, nixe_command command, const char *text, nixe_list *list) {
    char *copy = strdup(text), *rest = copy, limit[64];
    if (!copy) return nixe_fail(NIXE_FAILED, "out of memory: the options");
    free(list->value);
    *list = (nixe_list){0};
    int count = 1;
    for (const char *c = text; *c; c++) count += *c == ',';
    nixe_status status = nixe_allocate(&list->value, count, sizeof(double), "the options");
    if (!*text) rest = NULL; /* none, by default */
    for (char *item; !status && (item = rest) != NULL;) {
        rest = strchr(item, ',');
        if (rest) *rest++ = '\0';
        if (!read_number(option, item, &list->value[list->count++]))
            status = refuse(option, command, text, hidden_limit(option, item, limit, sizeof limit));
    }
    free(copy);
    if (status || list->count <= 1 || (option->lists & command)) return status;
    return refuse(option, command, text, "");
}

/* Text that is stored stands in a file of YAML, line by line. */
static nixe_status read_text(const nixe_option *option, const char *text, char **place) {
    if (!option->execution && !nixe_is_plain(text))
        return nixe_fail(NIXE_REFUSED, "-%s %s: must be UTF-8 without control characters, because it is stored", option->name,
                         text);
    free(*place);
    *place = strdup(text);
    return *place ? NIXE_OK : nixe_fail(NIXE_FAILED, "out of memory: the options");
}

nixe_status nixe_value_read(const nixe_option *option, const char *text, nixe_options *options) {
    void *place = (char *)options + option->offset;
    char limit[64];
    const char *more = hidden_limit(option, text, limit, sizeof limit);
    double number = 0;
    int good = 0;
    switch (option->kind) {
        case NIXE_OPTION_FLAG: good = nixe_value_is_truth(text, place); break;
        case NIXE_OPTION_CHOICE: good = read_choice(option, text, place); break;
        case NIXE_OPTION_INTEGER:
            good = read_number(option, text, &number) && number == floor(number);
            if (good) *(int64_t *)place = (int64_t)number;
            break;
        case NIXE_OPTION_INTEGER_OR_AUTO:
            good = !strcmp(text, "auto");
            if (good) *(int64_t *)place = -1;
            else good = read_number(option, text, &number) && number == floor(number);
            if (good && *text != 'a') *(int64_t *)place = (int64_t)number;
            break;
        case NIXE_OPTION_SEED: good = read_seed(text, place, &more); break;
        case NIXE_OPTION_REAL: good = read_number(option, text, place); break;
        case NIXE_OPTION_REAL_OR_NONE:
            good = !strcmp(text, "none");
            if (good) *(double *)place = -1;
            else good = read_number(option, text, place);
            break;
        case NIXE_OPTION_LIST: return read_list(option, options->command, text, place);
        case NIXE_OPTION_TEXT: return read_text(option, text, place);
    }
    return good ? NIXE_OK : refuse(option, options->command, text, more);
}

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

/* The schedule as it is stored, and the stop composition, which is none where it changes what drives. */
static nixe_status fit_schedule(const nixe_words *words, nixe_options *options) {
    nixe_schedule schedule;
    char *text;
    NIXE_TRY(nixe_schedule_read(options, &schedule));
    if (!is_given(words, "kmc_stop_composition") && schedule.count > 1) options->kmc_stop_composition = -1;
    const nixe_status status = nixe_schedule_print(&schedule, &text);
    nixe_schedule_destroy(&schedule);
    NIXE_TRY(status);
    free(options->kmc_schedule);
    options->kmc_schedule = text;
    return NIXE_OK;
}

nixe_status nixe_defaults_fit(const nixe_words *words, nixe_options *options) {
    if (!is_given(words, "lattice_type")) NIXE_TRY(nixe_recipe_fit_type(options));
    if (options->command == NIXE_KMC) {
        if (!is_given(words, "kmc_snapshots") && options->kmc_snapshots > options->kmc_time_count)
            options->kmc_snapshots = options->kmc_time_count;
        if (!is_given(words, "kmc_stop_composition") && !starts_from(options, "A"))
            options->kmc_stop_composition = starts_from(options, "B") || options->model_dmu.value[0] > 0;
        if (!is_given(words, "kmc_stop_composition") && !nixe_recipe_has_surface(options))
            options->kmc_stop_composition = -1; /* none */
        NIXE_TRY(fit_schedule(words, options));
    }
    if (options->command == NIXE_MC) {
        if (!is_given(words, "mc_area_every"))
            options->mc_area_every = fit_interval(options->mc_sweeps, options->mc_area_every);
        if (!is_given(words, "mc_snapshot_every"))
            options->mc_snapshot_every = fit_interval(options->mc_sweeps, options->mc_snapshot_every);
    }
    return NIXE_OK;
}
