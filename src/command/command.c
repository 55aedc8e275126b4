/* What the commands share: how they begin, and the story of those that are not resumed. Collective. */
#include "nixe/command/command.h"

#include <math.h>
#include <unistd.h>

#include "nixe/base/fit.h"
#include "nixe/base/open.h"
#include "nixe/crystal/sites.h"
#include "nixe/elasticity/factor.h"
#include "nixe/elasticity/tables.h"
#include "nixe/file/listed.h"
#include "nixe/file/lock.h"
#include "nixe/options/recipe.h"
#include "nixe/options/schedule.h"
#include "nixe/options/states.h"
#include "nixe/sampling/replica.h"
#include "nixe/version.h"

/* Refuse a mismatch of which nothing is seen: it enters the areas of averaged sites alone, and a small crystal has none. */
static nixe_status check_mismatch(const nixe_options *options, const nixe_lattice *lattice) {
    int is_default = 1;
    if (!nixe_command_samples(options->command) || lattice->averaged_sites > 0) return NIXE_OK;
    NIXE_TRY(nixe_option_is_default(nixe_option_find("model_mismatch"), options, &is_default));
    if (is_default) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "-model_mismatch %g: it changes nothing where no site is averaged over",
                     options->model_mismatch);
}

/* Build the lattice on rank 0 and give it to every rank. */
static nixe_status share_lattice(const nixe_parallel *parallel, const nixe_options *options, const nixe_recipe *recipe,
                                 nixe_lattice *lattice) {
    nixe_status status = NIXE_OK;
    nixe_bytes bytes = {0};
    *lattice = (nixe_lattice){0};
    if (parallel->rank == 0) status = nixe_lattice_create(lattice, recipe);
    if (!status && parallel->rank == 0) status = nixe_recipe_set_classes(options, lattice);
    if (!status && parallel->rank == 0) status = nixe_lattice_put(lattice, &bytes);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    NIXE_TRY(nixe_parallel_broadcast(parallel, &bytes));
    if (parallel->rank != 0) status = nixe_lattice_get(lattice, &bytes);
    nixe_bytes_destroy(&bytes);
    if (!status) status = check_mismatch(options, lattice);
    return nixe_parallel_agree(parallel, status);
}

/* The sites that the file of the crystal lists, and the hash of its content. Where it is gone, a run that goes on has them in
 * its own file. */
static nixe_status read_sites(const nixe_options *options, const nixe_recipe *recipe, nixe_sites *sites, uint64_t *hash) {
    const nixe_lattice_kind *kind = &nixe_lattice_kinds[recipe->type];
    const char *path = options->lattice_file;
    const int goes_on = options->resume && nixe_listed_hash(options->output_file, hash);
    const uint64_t before = *hash;
    nixe_bytes text = {0};
    if (goes_on && access(path, F_OK)) return nixe_listed_read(options->output_file, kind, sites);
    NIXE_TRY(nixe_read_regular("-lattice_file", path, NIXE_XYZ_BYTES, &text));
    *hash = nixe_hash(nixe_hash_start, text.bytes, text.used);
    nixe_status status = NIXE_OK;
    if (goes_on && *hash != before)
        status = nixe_fail(NIXE_REFUSED, "-resume: -lattice_file %s holds another crystal than when the run began", path);
    if (!status) status = nixe_bytes_put(&text, "", 1);
    if (!status) status = nixe_xyz_read(path, text.bytes, text.used - 1, kind, sites);
    nixe_bytes_destroy(&text);
    return status;
}

/* Where a file lists the crystal: rank 0 reads it, whose recipe has it then. *count: sites; on all ranks, as the hash.
 * Collective. */
static nixe_status share_sites(const nixe_parallel *parallel, const nixe_options *options, nixe_recipe *recipe,
                               nixe_sites *sites, uint64_t *hash, double *count) {
    nixe_status status = NIXE_OK;
    if (parallel->rank == 0) status = read_sites(options, recipe, sites, hash);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    *count = sites->count;
    NIXE_MPI(MPI_Bcast(count, 1, MPI_DOUBLE, 0, parallel->comm));
    NIXE_MPI(MPI_Bcast(hash, 1, MPI_UINT64_T, 0, parallel->comm));
    recipe->sites = sites;
    recipe->shell_layers = sites->layers;
    memcpy(recipe->cells, sites->cells, sizeof recipe->cells);
    memcpy(recipe->periodic, sites->periodic, sizeof recipe->periodic);
    return NIXE_OK;
}

/* Refuse a listed crystal that lacks what is asked of it. The same on all ranks. */
static nixe_status check_listed(const nixe_options *options, const nixe_lattice *lattice) {
    const int kmc = options->command == NIXE_KMC, mc = options->command == NIXE_MC;
    long core_A = 0;
    if (lattice->shape != NIXE_LISTED) return NIXE_OK;
    if (kmc && lattice->shell_layers)
        return nixe_fail(NIXE_REFUSED,
                         "-lattice_file %s: it has a shell (layer %d), and kmc exchanges ions at the surface of a "
                         "crystal without one",
                         options->lattice_file, lattice->shell_layers);
    const int starts = (kmc && !strcmp(options->kmc_start, "lattice")) || (mc && options->mc_start == NIXE_REPLICA_LISTED);
    if (!starts) return NIXE_OK;
    if (!lattice->start[0])
        return nixe_fail(NIXE_REFUSED, "-%s_start lattice: -lattice_file %s has no column start", kmc ? "kmc" : "mc",
                         options->lattice_file);
    for (int i = 0; i < lattice->sites; i++) core_A += lattice->layer[i] == 0 && lattice->start[i] > 0;
    if (!mc || (core_A > 0 && core_A < lattice->core_sites)) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED,
                     "-mc_start lattice: the core of -lattice_file %s has ions of one kind only, and swaps need both",
                     options->lattice_file);
}

nixe_status nixe_command_prepare(const nixe_parallel *parallel, const nixe_options *options, nixe_lattice *lattice,
                                 nixe_file *file) {
    nixe_recipe recipe;
    nixe_sites listed = {0};
    uint64_t hash = 0;
    double sites;
    NIXE_TRY(nixe_recipe_read(options, &recipe));
    if (recipe.shape == NIXE_LISTED) NIXE_TRY(share_sites(parallel, options, &recipe, &listed, &hash, &sites));
    else sites = nixe_lattice_count_sites(&recipe);
    const int sampling = nixe_command_samples(options->command);
    const int periodic = recipe.periodic[0] || recipe.periodic[1] || recipe.periodic[2];
    const double rows = periodic ? 2 : sites / NIXE_MAX_OPERATIONS; /* of a table, at the least */
    const nixe_need least = {.shared = sampling && options->model_epsilon == 0 ? 0 : 8 * sites * rows,
                             .private = 500 * sites}; /* the lattice */
    NIXE_TRY(nixe_fit_check(parallel, least));        /* before even the lattice is built */
    NIXE_TRY(share_lattice(parallel, options, &recipe, lattice));
    nixe_sites_destroy(&listed);
    NIXE_TRY(check_listed(options, lattice));
    nixe_file_plan(file, options, lattice);
    file->solves = sampling && nixe_response_choose(lattice) != NIXE_RESPONSE_TABLE;
    file->crystal = hash;
    return nixe_file_check(parallel, file, options);
}

void nixe_command_cost(const nixe_parallel *parallel, const nixe_file *file, nixe_need need, double seconds) {
    char shared[32], private[32], bytes[32];
    nixe_fit_print(need.shared, shared, sizeof shared);
    nixe_fit_print(need.private, private, sizeof private);
    nixe_fit_print(nixe_file_bytes(file), bytes, sizeof bytes);
    if (parallel->rank == 0)
        printf(
            "cost      about %.2g s of set-up on %d rank%s; %s a node and %s a rank at the most; a file of %s\n"
            "dry run   nothing was run and nothing written\n",
            seconds / parallel->size, parallel->size, parallel->size == 1 ? "" : "s", shared, private, bytes);
}

nixe_energy nixe_command_energy(const nixe_options *options, const nixe_lattice *lattice, const nixe_table *potential) {
    return (nixe_energy){.lattice = lattice,
                         .potential = options->model_epsilon != 0 ? potential : NULL,
                         .epsilon = options->model_epsilon,
                         .J = options->model_J,
                         .dmu = options->model_dmu.value[0],
                         .differences = (nixe_differences)options->model_differences};
}

nixe_status nixe_command_once(const nixe_parallel *parallel, const nixe_options *options, nixe_estimate *estimate,
                              nixe_compute *compute) {
    const double start = MPI_Wtime();
    nixe_lattice lattice;
    nixe_file file;
    nixe_lock lock = {.descriptor = -1};
    nixe_status status = NIXE_OK;
    char shared[32];
    NIXE_TRY(nixe_command_prepare(parallel, options, &lattice, &file));
    const nixe_cost cost = estimate(options, &lattice);
    NIXE_TRY(nixe_fit_check(parallel, cost.need));
    if (options->dry_run) {
        nixe_command_header(parallel, options, &lattice);
        nixe_command_cost(parallel, &file, cost.need, cost.seconds);
        nixe_lattice_destroy(&lattice);
        return NIXE_OK;
    }
    if (parallel->rank == 0) status = nixe_lock_take(&lock, options->output_file, options->output_overwrite);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    nixe_command_header(parallel, options, &lattice);
    nixe_fit_print(cost.need.shared, shared, sizeof shared);
    if (parallel->rank == 0 && cost.need.shared > 0) printf("memory    %s a node for V while it is built\n", shared);
    status = compute(parallel, options, &lattice, &file);
    nixe_lock_release(&lock);
    if (!status && parallel->rank == 0) printf("wrote %s in %.3g s\n", file.path, MPI_Wtime() - start);
    nixe_lattice_destroy(&lattice);
    return status;
}

/* From what displacements follow, and its memory. */
static void print_response(const nixe_lattice *lattice) {
    const int factors = nixe_response_factors(lattice);
    const double node = 8.0 * (double)nixe_response_count_factors(lattice, NIXE_RESPONSE_CHOSEN);
    char table[32], own[32];
    nixe_fit_print(8.0 * (double)nixe_response_count(lattice, NIXE_RESPONSE_TABLE), table, sizeof table);
    nixe_fit_print(node, own, sizeof own);
    if (nixe_response_choose(lattice) == NIXE_RESPONSE_TABLE)
        printf("response  displacements from a table, %s a node\n", table);
    else
        printf("response  displacements by %d factor%s of the stiffness matrix, %s a node, where a table would take %s\n",
               factors, factors == 1 ? "" : "s", own, table);
}

/* Large crystals of few blocks: V by factors that the ranks of a node share. */
static void print_shared_factor(const nixe_parallel *parallel, const nixe_lattice *lattice) {
    const int ranks = parallel->node_size;
    char node[32];
    nixe_fit_print(8 * nixe_factor_node_numbers(lattice), node, sizeof node);
    printf("solver    one factor of %s for the %d rank%s of a node\n", node, ranks, ranks == 1 ? "" : "s");
}

/* The axes of the states of mc that are longer than 1, and how the replicas go through them. */
static void print_states(const nixe_options *options) {
    static const char *const name[] = {"shell stiffnesses", "compositions", "umbrella centers", "values of dmu",
                                       "temperatures"};
    nixe_states states;
    const char *between = "";
    nixe_states_set(options, &states);
    printf("states    ");
    for (int axis = 0; axis < NIXE_STATE_AXES; axis++) {
        if (states.list[axis]->count == 1) continue;
        printf("%s%d %s", between, states.list[axis]->count, name[axis]);
        between = " x ";
    }
    printf("%s%s, %lld replica%s%s from index %lld, seed %llu\n", states.points == 1 ? "one" : "",
           options->mc_path == NIXE_LOOP ? ", there and back"
           : options->mc_path            ? ", one after the other"
                                         : "",
           (long long)options->ensemble_size, options->ensemble_size == 1 ? "" : "s", states.points == 1 ? "" : " of each",
           (long long)options->ensemble_first, (unsigned long long)options->ensemble_seed);
}

/* How often what drives changes, and between what. */
static void print_schedule(const nixe_options *options) {
    nixe_schedule schedule;
    if (nixe_schedule_read(options, &schedule)) return;
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (int k = 0; k < schedule.count; k++) {
        const double now[2] = {schedule.drive[k].dmu, schedule.drive[k].kT};
        for (int x = 0; x < 2; x++) {
            low[x] = fmin(low[x], now[x]);
            high[x] = fmax(high[x], now[x]);
        }
    }
    printf("schedule  %d change%s up to time %g (1/k):", schedule.count - 1, schedule.count == 2 ? "" : "s",
           schedule.drive[schedule.count - 1].time);
    for (int x = 0; x < 2; x++) {
        printf("%s %g", x ? ", kT" : " dmu", low[x]);
        if (high[x] > low[x]) printf(" to %g", high[x]);
    }
    printf("\n");
    nixe_schedule_destroy(&schedule);
}

void nixe_command_header(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice) {
    if (parallel->rank != 0) return;
    printf("nixe %s (%s%s), %s\n", NIXE_VERSION, NIXE_COMMIT, strcmp(NIXE_COMMIT, "unknown") ? "" : " commit",
           nixe_command_name(options->command));
    char name[32], loose[64] = "";
    nixe_lattice_name(lattice, name, sizeof name);
    if (lattice->loose) snprintf(loose, sizeof loose, ", %d loose sites removed", lattice->loose);
    printf("lattice   %s, %d sites (%d core, %d averaged), %d bonds%s\n", name, lattice->sites, lattice->core_sites,
           lattice->averaged_sites, lattice->bonds, loose);
    printf("symmetry  %d operations", lattice->symmetry.operations);
    if (lattice->symmetry.translations > 1) printf(", %d translations", lattice->symmetry.translations);
    printf(": %d orbit%s of sites\n", lattice->symmetry.orbits, lattice->symmetry.orbits == 1 ? "" : "s");
    if (options->command == NIXE_KMC) {
        printf("model     epsilon %g, J %g, kT %g, dmu %g, k_ex %g, k_diff %g%s\n", options->model_epsilon, options->model_J,
               options->model_kT.value[0], options->model_dmu.value[0], options->model_k_ex, options->model_k_diff,
               options->model_differences == NIXE_PUBLISHED ? ", published differences" : "");
        if (*options->kmc_schedule) print_schedule(options);
        printf("ensemble  %lld trajector%s from index %lld, seed %llu\n", (long long)options->ensemble_size,
               options->ensemble_size == 1 ? "y" : "ies", (long long)options->ensemble_first,
               (unsigned long long)options->ensemble_seed);
    }
    if (options->command == NIXE_MC) {
        static const char *const moves[] = {"", ", flips", ", swaps and flips"};
        printf("model     epsilon %g, J %g%s\n", options->model_epsilon, options->model_J,
               options->model_differences == NIXE_PUBLISHED ? ", published differences" : "");
        print_states(options);
        printf("sampling  %s%s, ", options->mc_sampler ? "informed" : "metropolis", moves[options->mc_move]);
        if (options->mc_equilibration >= 0) printf("%lld + ", (long long)options->mc_equilibration);
        printf("%s%lld sweeps%s%s%s\n", *options->mc_until ? "at most " : "", (long long)options->mc_sweeps,
               options->mc_equilibration < 0 ? ", the first of them equilibration" : "", *options->mc_until ? ", until " : "",
               options->mc_until);
    }
    if (nixe_command_samples(options->command)) print_response(lattice);
    printf("ranks     %d on %d node%s%s\n", parallel->size, parallel->nodes, parallel->nodes == 1 ? "" : "s",
           parallel->shares_memory ? "" : " (this MPI offers no shared memory: every rank has its own tables)");
    if (nixe_factor_is_shared(lattice)) print_shared_factor(parallel, lattice);
    if (strcmp(nixe_factor_solver().type, MATSOLVERMUMPS) != 0) printf("solver    %s\n", nixe_factor_solver().name);
    fflush(stdout);
}
