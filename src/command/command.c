/* What the commands share: checks of options that must go together, the lattice, the header of a run. */
#include "nixe/command/command.h"

#include <string.h>

#include "nixe/base/fit.h"
#include "nixe/elasticity/stiffness.h"
#include "nixe/run/kmc_record.h"
#include "nixe/run/stop.h"
#include "nixe/version.h"

static nixe_status check_kmc(const nixe_options *options) {
    if (options->shell_layers != 0)
        return nixe_fail(NIXE_REFUSED,
                         "-shell_layers %lld: kmc exchanges ions at the surface of a crystal without a shell; must be 0",
                         (long long)options->shell_layers);
    if (options->model_differences == NIXE_PUBLISHED && options->lattice_shape != NIXE_HEXAGON)
        return nixe_fail(NIXE_REFUSED, "-model_differences published: holds for -lattice_shape hexagon only");
    if (options->kmc_time_spacing == NIXE_TIME_LOG && options->kmc_time_first <= 0)
        return nixe_fail(NIXE_REFUSED, "-kmc_time_first %g: must be above 0 where -kmc_time_spacing is log",
                         options->kmc_time_first);
    if (options->kmc_time_first >= options->kmc_time_last)
        return nixe_fail(NIXE_REFUSED, "-kmc_time_first %g: must be below -kmc_time_last, which is %g", options->kmc_time_first,
                         options->kmc_time_last);
    if (options->kmc_snapshots > options->kmc_time_count)
        return nixe_fail(NIXE_REFUSED, "-kmc_snapshots %lld: must not exceed -kmc_time_count, which is %lld",
                         (long long)options->kmc_snapshots, (long long)options->kmc_time_count);
    return NIXE_OK;
}

static nixe_status check_divides(const char *name, int64_t every, const nixe_options *options) {
    if (options->mc_sweeps % every == 0) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "-%s %lld: must divide -mc_sweeps, which is %lld", name, (long long)every,
                     (long long)options->mc_sweeps);
}

static nixe_status check_mc(const nixe_options *options) {
    const int64_t every = options->mc_replica_exchange_every;
    if (options->model_differences == NIXE_PUBLISHED && options->lattice_shape != NIXE_HEXAGON)
        return nixe_fail(NIXE_REFUSED, "-model_differences published: holds for -lattice_shape hexagon only");
    NIXE_TRY(check_divides("mc_record_every", options->mc_record_every, options));
    NIXE_TRY(check_divides("mc_area_every", options->mc_area_every, options));
    NIXE_TRY(check_divides("mc_snapshot_every", options->mc_snapshot_every, options));
    if (every && options->shell_stiffness.count * options->model_kT.count < 2)
        return nixe_fail(NIXE_REFUSED,
                         "-mc_replica_exchange_every %lld: there is a single state; give several values of "
                         "-shell_stiffness or -model_kT",
                         (long long)every);
    if (every > options->mc_equilibration + options->mc_sweeps)
        return nixe_fail(NIXE_REFUSED, "-mc_replica_exchange_every %lld: must not exceed all sweeps, which are %lld",
                         (long long)every, (long long)(options->mc_equilibration + options->mc_sweeps));
    return NIXE_OK;
}

nixe_status nixe_command_check(const nixe_options *options) {
    if (options->output_potential && options->model_epsilon == 0)
        return nixe_fail(NIXE_REFUSED, "-output_potential: with -model_epsilon 0 there is no table to store");
    if (nixe_lattice_count_sites((nixe_shape)options->lattice_shape, (int)options->lattice_edge, (int)options->shell_layers) ==
        0)
        return nixe_fail(NIXE_REFUSED, "-lattice_edge %lld: the crystal has more bonds than can be numbered (2^31 - 1)",
                         (long long)options->lattice_edge);
    if (options->command == NIXE_KMC) return check_kmc(options);
    return options->command == NIXE_MC ? check_mc(options) : NIXE_OK;
}

nixe_status nixe_command_lattice(const nixe_parallel *parallel, const nixe_options *options, nixe_lattice *lattice) {
    const double sites =
        nixe_lattice_count_sites((nixe_shape)options->lattice_shape, (int)options->lattice_edge, (int)options->shell_layers);
    const int sampling = nixe_command_samples(options->command);
    const nixe_need least = {.shared = sampling && options->model_epsilon == 0 ? 0 : 8 * sites * sites, .private = 300 * sites};
    nixe_status status = NIXE_OK;
    *lattice = (nixe_lattice){0};
    NIXE_TRY(nixe_fit_check(parallel, least)); /* the table alone, before even the lattice is built */
    if (parallel->rank == 0)
        status = nixe_lattice_create(lattice, (nixe_shape)options->lattice_shape, (int)options->lattice_edge,
                                     (int)options->shell_layers);
    nixe_bytes bytes = {0};
    if (!status && parallel->rank == 0) status = nixe_lattice_put(lattice, &bytes);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    NIXE_TRY(nixe_parallel_broadcast(parallel, &bytes));
    if (parallel->rank != 0) status = nixe_lattice_get(lattice, &bytes);
    nixe_bytes_destroy(&bytes);
    return nixe_parallel_agree(parallel, status);
}

nixe_status nixe_command_own_file(const nixe_parallel *parallel, const nixe_options *options, nixe_lock *lock) {
    *lock = (nixe_lock){.descriptor = -1};
    return nixe_parallel_agree(
        parallel, parallel->rank == 0 ? nixe_lock_take(lock, options->output_file, options->output_overwrite) : NIXE_OK);
}

void nixe_command_header(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice) {
    if (parallel->rank != 0) return;
    printf("nixe %s (%s), %s\n", NIXE_VERSION, NIXE_COMMIT, nixe_command_name(options->command));
    printf("lattice   %s, %d sites (%d core, %d averaged), %d bonds\n", nixe_shape_name(lattice->shape), lattice->sites,
           lattice->core_sites, lattice->averaged_sites, lattice->bonds);
    if (options->command == NIXE_KMC) {
        printf("model     epsilon %g, J %g, kT %g, dmu %g, k_ex %g, k_diff %g%s\n", options->model_epsilon, options->model_J,
               options->model_kT.value[0], options->model_dmu, options->model_k_ex, options->model_k_diff,
               options->model_differences == NIXE_PUBLISHED ? ", published differences" : "");
        printf("ensemble  %lld trajectories from index %lld, seed %llu\n", (long long)options->ensemble_size,
               (long long)options->ensemble_first, (unsigned long long)options->ensemble_seed);
    }
    if (options->command == NIXE_MC) {
        printf("model     epsilon %g, J %g%s\n", options->model_epsilon, options->model_J,
               options->model_differences == NIXE_PUBLISHED ? ", published differences" : "");
        printf("states    %d shell stiffnesses x %d temperatures, %lld replicas of each from index %lld, seed %llu\n",
               options->shell_stiffness.count, options->model_kT.count, (long long)options->ensemble_size,
               (long long)options->ensemble_first, (unsigned long long)options->ensemble_seed);
        printf("sampling  %s, %lld + %lld sweeps\n", options->mc_sampler ? "informed" : "metropolis",
               (long long)options->mc_equilibration, (long long)options->mc_sweeps);
    }
    printf("ranks     %d on %d node%s%s\n", parallel->size, parallel->nodes, parallel->nodes == 1 ? "" : "s",
           parallel->shares_memory ? "" : " (this MPI offers no shared memory: every rank has its own tables)");
    if (strcmp(nixe_stiffness_solver().type, MATSOLVERMUMPS) != 0) printf("solver    %s\n", nixe_stiffness_solver().name);
    fflush(stdout);
}

void nixe_command_resumed(const nixe_parallel *parallel, const nixe_checkpoint *checkpoint, int64_t left, const int64_t *task,
                          int64_t all, const char *tasks) {
    int64_t saved = 0;
    for (int64_t i = 0; i < left; i++) saved += nixe_checkpoint_find(checkpoint, task[i]) != NULL;
    if (parallel->rank == 0)
        printf("resumed   %lld of %lld %s are left: %lld go on from where they were, %lld begin at the beginning\n",
               (long long)left, (long long)all, tasks, (long long)saved, (long long)(left - saved));
}

nixe_status nixe_command_look_for_stop(const nixe_parallel *parallel, const nixe_options *options) {
    int code = nixe_stop_code(0);
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, &code, 1, MPI_INT, MPI_MAX, parallel->comm));
    if (!code) return NIXE_OK;
    return nixe_fail(NIXE_STOPPED, "stopped early by %s while tables were built; the same command with -resume goes on with %s",
                     nixe_stop_text(code), options->output_file);
}

nixe_status nixe_command_stopped(int stop, const nixe_options *options) {
    return nixe_fail(NIXE_STOPPED,
                     "stopped early by %s; all that was done is safe in %s and %s.checkpoint: the same command with "
                     "-resume goes on",
                     nixe_stop_text(stop), options->output_file, options->output_file);
}
