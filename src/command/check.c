/* Check: options that do not go together. Not collective. */
#include <string.h>

#include "nixe/command/command.h"
#include "nixe/crystal/lattice.h"
#include "nixe/options/recipe.h"
#include "nixe/options/schedule.h"
#include "nixe/options/states.h"
#include "nixe/options/until.h"
#include "nixe/sampling/energy.h"
#include "nixe/sampling/replica.h"

static int has_surface(const nixe_options *o) { return nixe_recipe_has_surface(o); }

/* Whether some energy difference, or the driving force, is divided by the temperature. drives: whether dmu is ever other than
 * 0.
 */
static int has_energies(const nixe_options *o, int drives) {
    const int interacts = o->model_epsilon != 0 || o->model_J != 0 || o->lattice_shape == NIXE_LISTED; /* it may have fields */
    if (o->command == NIXE_MC) return interacts || (o->mc_move && (drives || o->mc_umbrella_stiffness > 0));
    return (o->model_k_ex > 0 && (interacts || drives)) || (o->model_k_diff > 0 && interacts);
}

/* Changes that are recorded, and that can change something. */
static nixe_status check_schedule(const nixe_options *options) {
    nixe_schedule schedule;
    nixe_status status = NIXE_OK;
    NIXE_TRY(nixe_schedule_read(options, &schedule));
    const nixe_driving *first = &schedule.drive[0], *last = &schedule.drive[schedule.count - 1];
    int drives = 0, sets_dmu = 0, sets_kT = 0;
    for (int k = 0; k < schedule.count; k++) {
        drives |= schedule.drive[k].dmu != 0;
        sets_dmu |= schedule.drive[k].dmu != first->dmu;
        sets_kT |= schedule.drive[k].kT != first->kT;
    }
    if (last->time > options->kmc_time_last)
        status = nixe_fail(NIXE_REFUSED, "-kmc_schedule: a change at %g is beyond the last recorded time, -kmc_time_last %g",
                           last->time, options->kmc_time_last);
    else if (sets_dmu && !(has_surface(options) && options->model_k_ex > 0))
        status = nixe_fail(NIXE_REFUSED, "-kmc_schedule: dmu changes nothing in a crystal that exchanges nothing");
    else if (sets_kT && !has_energies(options, drives))
        status = nixe_fail(NIXE_REFUSED, "-kmc_schedule: kT changes nothing where no rate depends on an energy");
    nixe_schedule_destroy(&schedule);
    return status;
}

static nixe_status check_kmc(const nixe_options *options) {
    if (options->shell_layers != 0)
        return nixe_fail(NIXE_REFUSED,
                         "-shell_layers %lld: kmc exchanges ions at the surface of a crystal without a shell; must be 0",
                         (long long)options->shell_layers);
    if (options->kmc_time_spacing == NIXE_TIME_LOG && options->kmc_time_first <= 0)
        return nixe_fail(NIXE_REFUSED, "-kmc_time_first %g: must be above 0 where -kmc_time_spacing is log",
                         options->kmc_time_first);
    if (options->kmc_time_first >= options->kmc_time_last)
        return nixe_fail(NIXE_REFUSED, "-kmc_time_first %g: must be below -kmc_time_last, which is %g", options->kmc_time_first,
                         options->kmc_time_last);
    if (options->kmc_snapshots > options->kmc_time_count)
        return nixe_fail(NIXE_REFUSED, "-kmc_snapshots %lld: must not exceed -kmc_time_count, which is %lld",
                         (long long)options->kmc_snapshots, (long long)options->kmc_time_count);
    return check_schedule(options);
}

static nixe_status check_divides(const char *name, int64_t every, const nixe_options *options) {
    if (options->mc_sweeps % every == 0) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "-%s %lld: must divide -mc_sweeps, which is %lld%s", name, (long long)every,
                     (long long)options->mc_sweeps, options->resumed ? "; options not given are those of the file" : "");
}

/* Lists of states that do not go together with the moves, the path or replica exchange. */
static nixe_status check_states(const nixe_options *options) {
    const int64_t every = options->mc_replica_exchange_every;
    const int swaps = options->mc_move == NIXE_SWAP;
    nixe_states states;
    int lists = 0, exchanged = 0;
    double count = 1;
    nixe_states_set(options, &states);
    for (int axis = 0; axis < NIXE_STATE_AXES; axis++) {
        const int here = states.list[axis]->count;
        count *= here;
        lists += here > 1;
        exchanged += here > 1 && axis != NIXE_STATE_COMPOSITION;
    }
    if (count > 1e8)
        return nixe_fail(NIXE_REFUSED, "the lists of the options give %.4g states; at most 1e8 are possible", count);
    for (int c = 0; swaps && c < options->mc_composition.count; c++)
        if (options->mc_composition.value[c] <= 0 || options->mc_composition.value[c] >= 1)
            return nixe_fail(NIXE_REFUSED, "-mc_composition %g: must be above 0 and below 1 where ions are swapped",
                             options->mc_composition.value[c]);
    if (!swaps && options->mc_composition.count > 1)
        return nixe_fail(NIXE_REFUSED, "-mc_composition: a list of %d, which flips do not keep: give one, that of the start",
                         options->mc_composition.count);
    if (!swaps && options->model_differences == NIXE_PUBLISHED)
        return nixe_fail(NIXE_REFUSED,
                         "-model_differences published: they are those of an energy at a fixed composition only, "
                         "and -mc_move %s changes it",
                         options->mc_move == NIXE_FLIP ? "flip" : "both");
    if (every && !exchanged)
        return nixe_fail(NIXE_REFUSED,
                         "-mc_replica_exchange_every %lld: there is a single state%s; give several values of "
                         "-shell_stiffness or -model_kT, or with flips of -model_dmu or -mc_umbrella_center",
                         (long long)every, lists ? " of each composition" : "");
    if (!options->mc_path) return NIXE_OK;
    const char *path = options->mc_path == NIXE_LOOP ? "loop" : "forward";
    if (every)
        return nixe_fail(NIXE_REFUSED,
                         "-mc_path %s: states of a path exchange no replicas: -mc_replica_exchange_every "
                         "must be 0",
                         path);
    if (lists != 1)
        return nixe_fail(NIXE_REFUSED, "-mc_path %s: leads along one list of states, and %s", path,
                         lists ? "there are several" : "there is none");
    if (states.list[NIXE_STATE_COMPOSITION]->count > 1)
        return nixe_fail(NIXE_REFUSED, "-mc_path %s: no swap leads from one composition to another", path);
    return NIXE_OK;
}

static nixe_status check_mc(const nixe_options *options) {
    const int64_t every = options->mc_replica_exchange_every;
    NIXE_TRY(check_divides("mc_record_every", options->mc_record_every, options));
    NIXE_TRY(check_divides("mc_area_every", options->mc_area_every, options));
    NIXE_TRY(check_divides("mc_snapshot_every", options->mc_snapshot_every, options));
    if (options->mc_cross_energies_every)
        NIXE_TRY(check_divides("mc_cross_energies_every", options->mc_cross_energies_every, options));
    nixe_until until;
    NIXE_TRY(check_states(options));
    NIXE_TRY(nixe_until_read(options, &until));
    for (int b = 0; b < until.count; b++)
        if (until.bound[b].quantity == NIXE_UNTIL_COMPOSITION && options->mc_move == NIXE_SWAP)
            return nixe_fail(NIXE_REFUSED, "-mc_until %s: swaps do not change the composition", options->mc_until);
    if (until.count && options->mc_path)
        return nixe_fail(NIXE_REFUSED, "-mc_until %s: the states of a path are as long as each other", options->mc_until);
    if (every > nixe_mc_before_records(options) + options->mc_sweeps)
        return nixe_fail(NIXE_REFUSED, "-mc_replica_exchange_every %lld: must not exceed all sweeps, which are %lld",
                         (long long)every, (long long)(nixe_mc_before_records(options) + options->mc_sweeps));
    return NIXE_OK;
}

/* Options that cannot matter where others have certain values. */
static int has_shell(const nixe_options *o) { return o->shell_layers > 0 || o->lattice_shape == NIXE_LISTED; }
static int draws_composition(const nixe_options *o) { return o->mc_start != NIXE_REPLICA_LISTED; }
static int is_elastic(const nixe_options *o) { return o->model_epsilon != 0; }
static int changes_composition(const nixe_options *o) { return o->command != NIXE_KMC || has_surface(o); }
static int flips(const nixe_options *o) { return o->command != NIXE_MC || o->mc_move != NIXE_SWAP; }
static int has_stiffnesses(const nixe_options *o) { return o->shell_stiffness.count > 1; }
static int has_umbrella(const nixe_options *o) { return o->mc_umbrella_stiffness > 0; }
static int has_schedule(const nixe_options *o) { return o->command == NIXE_KMC && *o->kmc_schedule; }
static int exchanges(const nixe_options *o) { return o->command != NIXE_KMC || o->model_k_ex > 0; }
static int kT_matters(const nixe_options *o) {
    return has_energies(o, o->model_dmu.count > 1 || o->model_dmu.value[0] != 0 || has_schedule(o));
}
static int starts_with_both(const nixe_options *o) {
    return !strcmp(o->kmc_start, "random") || !strcmp(o->kmc_start, "separated");
}

static const struct {
    const char *name;
    int (*matters)(const nixe_options *);
    const char *without;
} conditional[] = {
    {"shell_stiffness", has_shell, "without a shell (-shell_layers 0)"},
    {"model_differences", is_elastic, "without elastic energy (-model_epsilon 0)"},
    {"model_kT", kT_matters,
     "where no rate depends on an energy (-model_epsilon 0, -model_J 0 and, for kmc, -model_dmu 0 or -model_k_ex 0)"},
    {"model_dmu", changes_composition, "in a crystal without a surface, which exchanges nothing"},
    {"model_dmu", flips, "where ions are swapped (-mc_move swap)"},
    {"mc_umbrella_stiffness", flips, "where ions are swapped (-mc_move swap)"},
    {"mc_cross_energies_every", has_stiffnesses, "with one value of -shell_stiffness"},
    {"mc_umbrella_center", has_umbrella, "without an umbrella (-mc_umbrella_stiffness 0)"},
    {"model_k_ex", has_surface, "in a crystal without a surface, which exchanges nothing"},
    {"exchange_faces", exchanges, "without exchange (-model_k_ex 0)"},
    {"exchange_bonds", exchanges, "without exchange (-model_k_ex 0)"},
    {"mc_composition", draws_composition, "with -mc_start lattice, whose column start says it"},
    {"kmc_start_composition", starts_with_both, "where -kmc_start is neither random nor separated"},
};

/* Refuse an option that cannot change anything: whoever gives it expects that it does. At its default it passes. */
static nixe_status check_what_matters(const nixe_options *options) {
    for (size_t c = 0; c < sizeof conditional / sizeof *conditional; c++) {
        const nixe_option *option = nixe_option_find(conditional[c].name);
        char value[64];
        int is_default;
        if (!(option->commands & options->command) || conditional[c].matters(options)) continue;
        NIXE_TRY(nixe_option_is_default(option, options, &is_default));
        if (is_default) continue;
        nixe_option_print(option, options, value, sizeof value);
        return nixe_fail(NIXE_REFUSED, "-%s %s: it changes nothing %s", option->name, value, conditional[c].without);
    }
    return NIXE_OK;
}

nixe_status nixe_command_check(const nixe_options *options) {
    if (options->output_potential && options->model_epsilon == 0)
        return nixe_fail(NIXE_REFUSED, "-output_potential: with -model_epsilon 0 there is no table to store");
    NIXE_TRY(check_what_matters(options));
    if (options->model_differences == NIXE_PUBLISHED && options->lattice_shape != NIXE_HEXAGON)
        return nixe_fail(NIXE_REFUSED, "-model_differences published: holds for -lattice_shape hexagon only");
    const char *starts = options->command == NIXE_KMC && !strcmp(options->kmc_start, "lattice")    ? "kmc"
                         : options->command == NIXE_MC && options->mc_start == NIXE_REPLICA_LISTED ? "mc"
                                                                                                   : NULL;
    if (starts && options->lattice_shape != NIXE_LISTED)
        return nixe_fail(NIXE_REFUSED, "-%s_start lattice: needs -lattice_shape file, with a column start", starts);
    if (options->command == NIXE_KMC) return check_kmc(options);
    return options->command == NIXE_MC ? check_mc(options) : NIXE_OK;
}
