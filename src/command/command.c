/* What the commands share: the lattice, the header of a run, its end. */
#include "nixe/command/command.h"

#include "nixe/base/fit.h"
#include "nixe/elasticity/stiffness.h"
#include "nixe/run/stop.h"
#include "nixe/sampling/energy.h"
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
    if (!status) status = check_mismatch(options, lattice);
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
