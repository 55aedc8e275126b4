/* nixe kmc: an ensemble of kinetic Monte Carlo exchange trajectories. Collective. */
#include <stdlib.h>
#include <string.h>

#include "nixe/base/fit.h"
#include "nixe/command/command.h"
#include "nixe/command/summary.h"
#include "nixe/elasticity/stiffness.h"
#include "nixe/elasticity/tables.h"
#include "nixe/file/beside.h"
#include "nixe/file/layout.h"
#include "nixe/file/write.h"
#include "nixe/run/kmc_record.h"
#include "nixe/run/resume.h"
#include "nixe/run/start.h"

/* Everything that a run is made of, in the order in which it is made. */
typedef struct {
    nixe_lattice lattice;
    nixe_record_times times;
    nixe_start_rows start_rows;
    nixe_file file;
    nixe_tables tables;
    nixe_energy energy;
    nixe_shared factor;
    nixe_rates rates;
    nixe_kmc_record kmc;
    nixe_checkpoint checkpoint;
    nixe_resume resume;
    double set_up_seconds, output_seconds; /* output: while sampling */
} run;

static int starts_from_file(const nixe_options *options) {
    const char *start = options->kmc_start;
    return strcmp(start, "A") != 0 && strcmp(start, "B") != 0 && strcmp(start, "random") != 0;
}

/* Whatever can be refused is refused here, before any work. */
static nixe_status prepare(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    char shared[32], private[32];
    const int elastic = options->model_epsilon != 0;
    NIXE_TRY(nixe_command_lattice(parallel, options, &r->lattice));
    const double table = (double)r->lattice.sites * r->lattice.sites * (elastic ? 1 : 0);
    const double kept = (double)nixe_tables_count(&r->lattice, elastic, 1) + table;
    const double building = (double)nixe_tables_count_building(&r->lattice, elastic, 1);
    nixe_file_plan(&r->file, options, &r->lattice);
    nixe_need need = {
        .shared = 8 * (kept > building ? kept : building),
        .private = nixe_kmc_record_bytes(&r->file, &r->lattice, options->ensemble_size) + nixe_stiffness_bytes(&r->lattice)};
    NIXE_TRY(nixe_file_check(parallel, &r->file, options));
    NIXE_TRY(nixe_fit_check(parallel, need));
    NIXE_TRY(nixe_record_times_create(&r->times, options));
    if (starts_from_file(options)) NIXE_TRY(nixe_start_read(parallel, options->kmc_start, &r->lattice, &r->start_rows));
    nixe_command_header(parallel, options, &r->lattice);
    nixe_fit_print(need.shared, shared, sizeof shared);
    nixe_fit_print(need.private, private, sizeof private);
    if (parallel->rank == 0) printf("memory    tables %s a node, %s a rank\n", shared, private);
    return NIXE_OK;
}

/* The tables: potential, response, factors, rates. */
static nixe_status build(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    const int elastic = options->model_epsilon != 0;
    long first, last, n = r->lattice.sites;
    NIXE_TRY(nixe_stiffness_check(parallel, &r->lattice, 1, options->shell_stiffness.value));
    NIXE_TRY(nixe_tables_create(parallel, &r->lattice, options->shell_stiffness.value[0], elastic, 1, &r->tables));
    r->energy = (nixe_energy){.lattice = &r->lattice,
                              .potential = elastic ? &r->tables.potential : NULL,
                              .epsilon = options->model_epsilon,
                              .J = options->model_J,
                              .dmu = options->model_dmu,
                              .differences = (nixe_differences)options->model_differences};
    const nixe_kinetics kinetics = {options->model_kT.value[0], options->model_k_ex, options->model_k_diff};
    NIXE_TRY(nixe_rates_check_range(&r->energy, kinetics.kT));
    if (elastic) {
        NIXE_TRY(nixe_shared_create(parallel, (long long)n * n, "the factor table", &r->factor));
        nixe_parallel_part(n, parallel->node_rank, parallel->node_size, &first, &last);
        nixe_rates_fill_factor(&r->energy, kinetics.kT, r->factor.memory, (int)first, (int)last);
        NIXE_TRY(nixe_shared_sync(parallel, &r->factor));
    }
    return nixe_rates_create(&r->rates, &r->energy, kinetics, r->factor.memory);
}

/* The file: a new one, a larger one, or the one that is there; and the states that were saved. */
static nixe_status open_file(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    const nixe_known known[] = {{NIXE_DATA_TIME, r->times.time}, {NIXE_DATA_SNAPSHOT_TIME, r->times.snapshot_time}};
    const nixe_resume_kind kind = r->resume.kind;
    uint64_t identity;
    NIXE_TRY(nixe_resume_identity(options, r->file.start, &identity));
    const size_t bytes = (size_t)r->lattice.sites * (size_t)r->lattice.sites * sizeof(double);
    const double *V = r->tables.potential.V;
    if (V && parallel->rank == 0) {
        r->file.tables = nixe_hash(nixe_hash_start, V, bytes);
        nixe_resume_compare_tables(&r->resume, r->file.tables);
    }
    nixe_checkpoint_create(&r->checkpoint, parallel, options->output_file, identity);
    if (kind == NIXE_RESUME_CONTINUE) {
        NIXE_TRY(nixe_file_open(parallel, options, &r->file));
    } else {
        NIXE_TRY(nixe_file_create(parallel, options, &r->lattice, 2, known, kind == NIXE_RESUME_EXTEND, &r->file));
    }
    if (options->output_potential) NIXE_TRY(nixe_file_write_potential(&r->file, 0, r->tables.potential.V));
    if (kind != NIXE_RESUME_NOTHING) NIXE_TRY(nixe_checkpoint_read(&r->checkpoint));
    return NIXE_OK;
}

/* The rows that are not in the file, those with a saved state first. row has room for all. */
static int64_t rows_left(const run *r, int64_t *row) {
    int64_t left = 0;
    for (int saved = 1; saved >= 0; saved--)
        for (int64_t i = 0; i < r->resume.rows; i++)
            if (!r->resume.done[i] && (nixe_checkpoint_find(&r->checkpoint, i) != NULL) == saved) row[left++] = i;
    return left;
}

static nixe_status sample(const nixe_parallel *parallel, const nixe_options *options, run *r, nixe_ensemble_report *report) {
    nixe_progress progress;
    int64_t *rows;
    NIXE_TRY(nixe_allocate(&rows, r->resume.rows, sizeof *rows, "the list of trajectories"));
    const int64_t count = rows_left(r, rows);
    nixe_status status =
        nixe_kmc_record_create(&r->kmc, options, &r->rates, &r->times, r->start_rows.rows ? &r->start_rows : NULL,
                               &r->tables.response, r->resume.done, &r->file);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    if (r->resume.kind != NIXE_RESUME_NOTHING)
        nixe_command_resumed(parallel, &r->checkpoint, count, rows, r->resume.rows, "trajectories");
    nixe_work work = nixe_kmc_work(&r->kmc, rows, count);
    r->file.seconds = 0;
    nixe_progress_begin(&progress, parallel->rank == 0 && !options->quiet, "trajectories", "events");
    NIXE_TRY(nixe_ensemble_run(parallel, &work, &r->checkpoint, options->checkpoint_every, &progress, report));
    free(rows);
    r->output_seconds = r->file.seconds;
    if (report->stop) {
        NIXE_TRY(nixe_file_close(&r->file));
        return nixe_command_stopped(report->stop, options);
    }
    NIXE_TRY(nixe_record_check(&r->kmc.record, r->resume.rows, 1));
    NIXE_TRY(nixe_file_finish(&r->file));
    if (parallel->rank == 0) nixe_beside_remove_states(r->file.path);
    return NIXE_OK;
}

static nixe_status summarise(const nixe_parallel *parallel, const nixe_options *options, const run *r,
                             const nixe_ensemble_report *report) {
    double seconds[2] = {r->kmc.strain_seconds, r->output_seconds};
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, seconds, 2, MPI_DOUBLE, MPI_SUM, parallel->comm));
    if (parallel->rank != 0) return NIXE_OK;
    NIXE_TRY(nixe_kmc_summary(r->file.path, options));
    double output = seconds[1] / parallel->size, sampling = report->seconds - output;
    printf("speed                %.4g events/s, %.4g events/s on each rank\n", (double)report->steps / sampling,
           (double)report->steps / sampling / parallel->size);
    printf("seconds              %.3g set-up, %.3g sampling (%.1f %% of it displacements), %.3g output\n", r->set_up_seconds,
           sampling, 100 * seconds[0] / parallel->size / sampling, output);
    nixe_checkpoint_print(&r->checkpoint);
    printf("wrote %s\n", r->file.path);
    return NIXE_OK;
}

static void destroy(run *r) {
    nixe_checkpoint_destroy(&r->checkpoint);
    nixe_kmc_record_destroy(&r->kmc);
    nixe_rates_destroy(&r->rates);
    if (r->factor.memory) nixe_shared_destroy(&r->factor);
    nixe_tables_destroy(&r->tables);
    nixe_start_rows_destroy(&r->start_rows);
    nixe_record_times_destroy(&r->times);
    nixe_lattice_destroy(&r->lattice);
}

static nixe_status run_all(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    const double start = MPI_Wtime();
    nixe_ensemble_report report;
    if (r->start_rows.rows)
        r->file.start = nixe_hash(nixe_hash_start, r->start_rows.sigma, (size_t)r->start_rows.rows * (size_t)r->lattice.sites);
    NIXE_TRY(nixe_resume_compare_start(parallel, &r->resume, r->file.start, options->kmc_start));
    NIXE_TRY(build(parallel, options, r));
    r->set_up_seconds = MPI_Wtime() - start;
    if (parallel->rank == 0) printf("set-up    V and tables built in %.3g s\n", r->set_up_seconds);
    fflush(stdout);
    NIXE_TRY(open_file(parallel, options, r));
    NIXE_TRY(sample(parallel, options, r, &report));
    return summarise(parallel, options, r, &report);
}

nixe_status nixe_command_kmc(const nixe_parallel *parallel, const nixe_options *options) {
    run r = {.factor = {.window = MPI_WIN_NULL}};
    NIXE_TRY(prepare(parallel, options, &r));
    nixe_status status = nixe_resume_open(parallel, options, &r.resume);
    if (!status && r.resume.kind == NIXE_RESUME_COMPLETE) {
        if (parallel->rank == 0) printf("complete: there is nothing to do for %s\n", options->output_file);
    } else if (!status) {
        status = run_all(parallel, options, &r);
        if (nixe_parallel_knows(status)) destroy(&r); /* collective: never after a failure of this rank alone */
    }
    nixe_resume_close(&r.resume);
    return status;
}
