/* nixe kmc: an ensemble of kinetic Monte Carlo exchange trajectories. Collective. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/fit.h"
#include "nixe/base/node_commons.h"
#include "nixe/command/job.h"
#include "nixe/elasticity/columns.h"
#include "nixe/elasticity/rigidity.h"
#include "nixe/elasticity/tables.h"
#include "nixe/file/write.h"
#include "nixe/options/schedule.h"
#include "nixe/run/kmc_record.h"
#include "nixe/sampling/arithmetic.h"
#include "nixe/sampling/lazy.h"
#include "nixe/sampling/replica.h"

/* What belongs to one temperature of the schedule. */
typedef struct {
    double kT, dmu; /* dmu: the largest |dmu| that drives at it */
    nixe_shared memory;
    nixe_table couplings; /* as the arithmetic has them */
    nixe_commons commons; /* what the rates share besides */
    nixe_rates rates;
} thermal;

/* Everything that a run is made of. */
typedef struct {
    nixe_job job;
    nixe_schedule schedule;
    nixe_record_times times;
    nixe_start_rows start_rows;
    nixe_tables tables;
    nixe_energy energy;
    const nixe_arithmetic *arithmetic;
    int temperatures;
    thermal *thermal;
    nixe_setting *setting; /* as many as the schedule has */
    nixe_kmc_record kmc;
} run;

static int starts_from_file(const nixe_options *options) {
    const char *start = options->kmc_start;
    return strcmp(start, "A") != 0 && strcmp(start, "B") != 0 && strcmp(start, "random") != 0 &&
           strcmp(start, "separated") != 0 && strcmp(start, "lattice") != 0;
}

/* A crystal without a surface exchanges nothing: it needs both ions, and comes to no composition. */
static nixe_status check_surface(const nixe_options *options, const nixe_lattice *lattice) {
    const char *start = options->kmc_start;
    if (lattice->periods < lattice->dimension) return NIXE_OK;
    if (!strcmp(start, "A") || !strcmp(start, "B"))
        return nixe_fail(
            NIXE_REFUSED,
            "-kmc_start %s: a crystal without a surface exchanges nothing, so it must start with both ions: random, "
            "separated, lattice or a nixe file",
            start);
    if (options->kmc_stop_composition < 0) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "-kmc_stop_composition %g: in a crystal without a surface it must be none",
                     options->kmc_stop_composition);
}

/* Whether the rows of the couplings are written over those of the potential, which then is gone: half of its memory is left. */
static int are_in_place(const nixe_lattice *lattice, nixe_number kind) {
    const long n = lattice->sites, padded = nixe_padded(lattice->sites);
    return kind == NIXE_INTEGERS && !lattice->torus.sites &&
           nixe_padded_count(lattice, lattice->sites, kind) / padded == lattice->symmetry.orbits && padded <= 2 * n;
}

/* The words of -kmc_algorithm. */
enum { EAGER, LAZY, AUTO };

/* The lazy algorithm is for elastic crystals that are not periodic all around. */
static nixe_status check_algorithm(const nixe_options *options, const nixe_lattice *lattice) {
    if (options->kmc_algorithm != LAZY) return NIXE_OK;
    if (options->model_epsilon == 0)
        return nixe_fail(NIXE_REFUSED,
                         "-kmc_algorithm lazy: without elastic energy an event changes few rates; it must be eager");
    if (lattice->torus.sites)
        return nixe_fail(NIXE_REFUSED,
                         "-kmc_algorithm lazy: a crystal that is periodic all around is sampled by the eager one");
    return NIXE_OK;
}

/* Whether the lazy algorithm is taken, but for a model that needs doubles. */
static int is_lazy(const nixe_options *options, const nixe_lattice *lattice) {
    const int is_large = options->kmc_algorithm == AUTO && lattice->sites >= NIXE_LAZY_SITES;
    const int can = options->model_epsilon != 0 && !lattice->torus.sites;
    return can && (is_large || options->kmc_algorithm == LAZY);
}

/* What a run needs while V is built, and from then on, when it has the couplings beside it or, those of the last temperature,
 * over it, and then without it. What it takes in fixed point. */
typedef struct {
    nixe_need building, sampling;
} needs;

static needs needs_of(const nixe_options *options, const nixe_lattice *lattice, const nixe_file *file, int temperatures) {
    const int elastic = options->model_epsilon != 0, lazy = is_lazy(options, lattice);
    const nixe_number kind = NIXE_INTEGERS;
    const nixe_response_form form = NIXE_RESPONSE_CHOSEN;
    const double one = elastic ? (double)nixe_padded_count(lattice, lattice->sites, kind) * (double)kind : 0,
                 couplings = temperatures * one;
    const double both =
        8 * (double)nixe_tables_count(lattice, elastic, form) + (are_in_place(lattice, kind) ? couplings - one : couplings);
    const double last = couplings + (lazy ? temperatures * nixe_lazy_bytes_of_tables(lattice) : 0) +
                        8 * (double)(nixe_tables_count(lattice, 0, form) + nixe_tables_count_factors(lattice, form)) +
                        nixe_response_node_bytes(lattice, form);
    const double rates = temperatures * (lazy ? nixe_lazy_bytes(lattice) : nixe_rates_bytes(lattice));
    const double crystal = nixe_lattice_bytes(lattice);
    return (needs){.building = {.shared = 8 * (double)nixe_tables_count_building(lattice, elastic, form),
                                .private = crystal + nixe_columns_bytes(lattice)},
                   .sampling = {.shared = fmax(both, last),
                                .private = crystal + rates + nixe_response_bytes(lattice, form) +
                                           nixe_kmc_record_bytes(file, lattice, options->ensemble_size)}};
}

/* What of both is more. */
static nixe_need most_of(const needs *n) {
    return (nixe_need){.shared = fmax(n->building.shared, n->sampling.shared),
                       .private = fmax(n->building.private, n->sampling.private)};
}

static void print_needs(const nixe_parallel *parallel, const needs *n) {
    char shared[32], private[32], building[32];
    nixe_fit_print(most_of(n).shared, shared, sizeof shared);
    nixe_fit_print(n->sampling.private, private, sizeof private);
    nixe_fit_print(n->building.private, building, sizeof building);
    if (parallel->rank != 0) return;
    printf("memory    tables %s a node, %s a rank\n", shared, private);
    if (n->building.private > n->sampling.private) printf("memory    while V is built %s a rank\n", building);
}

/* About how long the set-up takes on one rank. */
static double seconds_of(const nixe_options *options, const nixe_lattice *lattice, int temperatures) {
    const int elastic = options->model_epsilon != 0;
    const double couplings = elastic ? 3e-9 * (double)nixe_padded_count(lattice, lattice->sites, NIXE_INTEGERS) : 0;
    const double bounds = is_lazy(options, lattice) ? 2e-8 * lattice->sites * lattice->symmetry.orbits : 0;
    return nixe_tables_seconds(lattice, elastic, NIXE_RESPONSE_CHOSEN) + temperatures * (couplings + bounds);
}

/* The temperatures of the schedule, each once, and the settings of trajectories, whose rates are yet to come. */
static nixe_status list_settings(run *r) {
    const int count = r->schedule.count;
    NIXE_TRY(nixe_allocate(&r->thermal, count, sizeof *r->thermal, "the schedule"));
    NIXE_TRY(nixe_allocate(&r->setting, count, sizeof *r->setting, "the schedule"));
    for (int k = 0; k < count; k++) {
        const nixe_driving *drive = &r->schedule.drive[k];
        int t = 0;
        while (t < r->temperatures && r->thermal[t].kT != drive->kT) t++;
        thermal *own = &r->thermal[t];
        if (t == r->temperatures) {
            *own = (thermal){.kT = drive->kT, .memory = {.window = MPI_WIN_NULL}};
            r->temperatures++;
        }
        if (fabs(drive->dmu) > fabs(own->dmu)) own->dmu = drive->dmu;
        r->setting[k] = (nixe_setting){.time = drive->time, .dmu = drive->dmu, .rates = &own->rates};
    }
    return NIXE_OK;
}

/* Whatever can be refused is refused here, before any work. */
static nixe_status prepare(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    nixe_lattice *lattice = &r->job.lattice;
    nixe_file *file = &r->job.file;
    NIXE_TRY(nixe_command_prepare(parallel, options, lattice, file));
    NIXE_TRY(check_surface(options, lattice));
    NIXE_TRY(check_algorithm(options, lattice));
    NIXE_TRY(nixe_schedule_read(options, &r->schedule));
    NIXE_TRY(list_settings(r));
    const needs need = needs_of(options, lattice, file, r->temperatures);
    NIXE_TRY(nixe_fit_check(parallel, need.building));
    NIXE_TRY(nixe_fit_check(parallel, need.sampling));
    NIXE_TRY(nixe_record_times_create(&r->times, options, &r->schedule));
    if (starts_from_file(options)) {
        NIXE_TRY(nixe_start_read(parallel, options->kmc_start, lattice, &r->start_rows));
        file->start = nixe_hash(nixe_hash_start, r->start_rows.sigma, (size_t)(r->start_rows.rows * lattice->sites));
    }
    nixe_command_header(parallel, options, lattice);
    print_needs(parallel, &need);
    if (options->dry_run) nixe_command_cost(parallel, file, most_of(&need), seconds_of(options, lattice, r->temperatures));
    return NIXE_OK;
}

/* Rows of the couplings, by all ranks of a node: first .. last-1. */
static nixe_status fill_couplings(const nixe_parallel *parallel, long first, long last, thermal *own, const run *r) {
    long begin, end;
    nixe_parallel_part(last - first, parallel->node_rank, parallel->node_size, &begin, &end);
    r->arithmetic->fill(&r->energy, own->kT, &own->couplings, first + begin, first + end);
    return nixe_shared_sync(parallel, &own->memory);
}

/* The couplings over the potential: of rows that end before the first that has not been read, as many at once as there are. */
static nixe_status fill_in_place(const nixe_parallel *parallel, thermal *own, const run *r) {
    const nixe_table *V = &r->tables.potential, *T = &own->couplings;
    for (long done = 0, next; done < T->rows; done = next) {
        next = done * V->stride * NIXE_DOUBLES / (T->stride * NIXE_INTEGERS);
        if (next <= done) next = done + 1;
        if (next > T->rows) next = T->rows;
        NIXE_TRY(fill_couplings(parallel, done, next, own, r));
    }
    return NIXE_OK;
}

/* The couplings of a temperature as the arithmetic has them. In fixed point nothing needs the potential any more after the last
 * of them, which may be written over it; doubles refresh their fields from it. */
static nixe_status build_couplings(const nixe_parallel *parallel, const nixe_lattice *lattice, thermal *own, int is_last,
                                   run *r) {
    const int n = lattice->sites;
    const nixe_number kind = r->arithmetic->kind;
    const int by_orbits = nixe_table_is_by_orbits(lattice, n, nixe_padded(n), kind);
    const int in_place = is_last && are_in_place(lattice, kind);
    const long long bytes = nixe_padded_count(lattice, lattice->sites, kind) * (long long)kind, numbers = (bytes + 7) / 8;
    const long long before = nixe_tables_count(lattice, 1, NIXE_RESPONSE_NONE);
    if (in_place) nixe_tables_move_potential(&r->tables, &own->memory);
    else NIXE_TRY(nixe_shared_create(parallel, numbers, "the couplings", &own->memory));
    NIXE_TRY(nixe_table_create(&own->couplings, lattice, n, nixe_padded(n), kind, by_orbits, own->memory.memory));
    if (in_place) NIXE_TRY(fill_in_place(parallel, own, r));
    else NIXE_TRY(fill_couplings(parallel, 0, own->couplings.rows, own, r));
    if (in_place) nixe_shared_shrink(parallel, before, numbers, &own->memory);
    if (kind != NIXE_INTEGERS) return NIXE_OK;
    if (is_last) nixe_tables_drop_potential(&r->tables);
    return nixe_table_complete(&own->couplings);
}

/* Bounds, which the lazy algorithm has, are for fixed point alone. */
static nixe_status choose_algorithm(const nixe_options *options, run *r) {
    const int can = nixe_lazy_takes(&r->energy, r->arithmetic), is_large = r->job.lattice.sites >= NIXE_LAZY_SITES;
    if (options->kmc_algorithm == LAZY && !can)
        return nixe_fail(NIXE_REFUSED, "-kmc_algorithm lazy: the rates of this model need %s, and it samples in fixed point",
                         r->arithmetic->name);
    if (can && (options->kmc_algorithm == LAZY || (options->kmc_algorithm == AUTO && is_large)))
        r->arithmetic = &nixe_lazy_fixed_point;
    return NIXE_OK;
}

static nixe_kinetics kinetics_of(const nixe_options *options, const thermal *own) {
    return (nixe_kinetics){own->kT, options->model_k_ex, options->model_k_diff};
}

/* The arithmetic that suits all temperatures. */
static nixe_status choose_arithmetic(const nixe_options *options, run *r) {
    for (int t = 0; t < r->temperatures; t++) {
        const thermal *own = &r->thermal[t];
        const int is_first = own->kT == r->schedule.drive[0].kT && own->dmu == r->schedule.drive[0].dmu;
        const nixe_arithmetic *chosen;
        nixe_energy energy = r->energy;
        energy.dmu = own->dmu;
        NIXE_TRY(nixe_rates_choose(&energy, kinetics_of(options, own), is_first ? "-model_" : "-kmc_schedule: ", &chosen));
        if (t == 0 || chosen->kind == NIXE_DOUBLES) r->arithmetic = chosen;
    }
    return NIXE_OK;
}

/* The potential and the table of the response; from the potential follows in which arithmetic the model is sampled. */
static nixe_status build_tables(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    const double start = MPI_Wtime();
    const nixe_lattice *lattice = &r->job.lattice;
    NIXE_TRY(nixe_rigidity_check(parallel, lattice, 1, options->shell_stiffness.value));
    NIXE_TRY(nixe_tables_create(parallel, lattice, options->shell_stiffness.value[0], options->model_epsilon != 0,
                                NIXE_RESPONSE_CHOSEN, &r->tables));
    r->energy = nixe_command_energy(options, lattice, &r->tables.potential);
    NIXE_TRY(choose_arithmetic(options, r));
    NIXE_TRY(choose_algorithm(options, r));
    if (r->arithmetic->kind == NIXE_DOUBLES && options->model_epsilon != 0)
        NIXE_TRY(nixe_fit_check(
            parallel,
            (nixe_need){.shared = 8.0 * r->temperatures * (double)nixe_padded_count(lattice, lattice->sites, NIXE_DOUBLES)}));
    r->job.set_up_seconds = MPI_Wtime() - start;
    nixe_return_freed(); /* before the file takes buffers that it may not use */
    return NIXE_OK;
}

/* Couplings, rates, and the response where it is factors. */
static nixe_status build_rates(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    const int elastic = options->model_epsilon != 0;
    const double start = MPI_Wtime();
    const nixe_lattice *lattice = &r->job.lattice;
    for (int t = 0; t < r->temperatures; t++) {
        thermal *own = &r->thermal[t];
        if (elastic) NIXE_TRY(build_couplings(parallel, lattice, own, t == r->temperatures - 1, r));
    }
    for (int t = 0; t < r->temperatures; t++) {
        thermal *own = &r->thermal[t];
        own->commons = nixe_commons_of_node(parallel);
        NIXE_TRY(nixe_rates_create(&own->rates, &r->energy, kinetics_of(options, own), r->arithmetic,
                                   elastic ? &own->couplings : NULL, &own->commons));
    }
    NIXE_TRY(nixe_tables_factor(parallel, lattice, options->shell_stiffness.value[0], NIXE_RESPONSE_CHOSEN, &r->tables));
    nixe_return_freed();
    r->job.set_up_seconds += MPI_Wtime() - start;
    if (parallel->rank == 0)
        printf("set-up    V and tables built in %.3g s; rates in %s; the %s algorithm\n", r->job.set_up_seconds,
               r->arithmetic->name, r->arithmetic->algorithm);
    fflush(stdout);
    return NIXE_OK;
}

/* The rows that are not in the file, those with a saved state first. row has room for all. */
static int64_t rows_left(const nixe_job *job, int64_t *row) {
    int64_t left = 0;
    for (int saved = 1; saved >= 0; saved--)
        for (int64_t i = 0; i < job->resume.rows; i++)
            if (!job->resume.done[i] && (nixe_checkpoint_find(&job->checkpoint, i) != NULL) == saved) row[left++] = i;
    return left;
}

static nixe_status sample(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    nixe_job *job = &r->job;
    int64_t *rows;
    NIXE_TRY(nixe_allocate(&rows, job->resume.rows, sizeof *rows, "the list of trajectories"));
    const int64_t count = rows_left(job, rows);
    nixe_status status =
        nixe_kmc_record_create(&r->kmc, options, r->setting[0].rates, &r->times, r->start_rows.rows ? &r->start_rows : NULL,
                               &r->tables.response, job->resume.done, &job->file);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    if (r->schedule.count > 1) nixe_trajectory_follow(&r->kmc.trajectory, r->schedule.count, r->setting);
    const nixe_work work = nixe_kmc_work(&r->kmc, rows, count);
    NIXE_TRY(nixe_job_sample(job, &work, job->resume.rows, "trajectories"));
    free(rows);
    NIXE_TRY(nixe_job_finish(job, &r->kmc.record, 1));
    if (parallel->rank == 0) nixe_beside_remove_states(job->file.path);
    return nixe_job_summarise(job, r->kmc.strain_seconds);
}

static void destroy(run *r) {
    nixe_checkpoint_destroy(&r->job.checkpoint);
    nixe_kmc_record_destroy(&r->kmc);
    for (int t = 0; t < r->temperatures; t++) {
        nixe_rates_destroy(&r->thermal[t].rates);
        nixe_commons_destroy(&r->thermal[t].commons);
        nixe_table_destroy(&r->thermal[t].couplings);
        if (r->thermal[t].memory.memory) nixe_shared_destroy(&r->thermal[t].memory);
    }
    free(r->thermal);
    free(r->setting);
    nixe_tables_destroy(&r->tables);
    nixe_start_rows_destroy(&r->start_rows);
    nixe_record_times_destroy(&r->times);
    nixe_schedule_destroy(&r->schedule);
    nixe_lattice_destroy(&r->job.lattice);
}

static nixe_status run_all(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    nixe_job *job = &r->job;
    const nixe_known known[] = {{NIXE_DATA_TIME, r->times.time},
                                {NIXE_DATA_SNAPSHOT_TIME, r->times.snapshot_time},
                                {NIXE_DATA_DMU, r->times.dmu},
                                {NIXE_DATA_KT, r->times.kT}};
    NIXE_TRY(nixe_resume_compare_start(parallel, &job->resume, job->file.start, options->kmc_start));
    NIXE_TRY(build_tables(parallel, options, r));
    job->file.arithmetic = r->arithmetic->name;
    job->file.algorithm = r->arithmetic->algorithm;
    NIXE_TRY(nixe_resume_compare_arithmetic(parallel, &job->resume, r->arithmetic->name, options->output_file));
    NIXE_TRY(nixe_resume_compare_algorithm(parallel, &job->resume, r->arithmetic->algorithm, options->output_file));
    NIXE_TRY(nixe_job_open(job, r->tables.potential.number ? &r->tables.potential : NULL, 4, known));
    if (options->output_potential) NIXE_TRY(nixe_file_write_potential(&job->file, 0, &job->lattice, &r->tables.potential));
    NIXE_TRY(build_rates(parallel, options, r));
    if (job->resume.kind != NIXE_RESUME_NOTHING) NIXE_TRY(nixe_checkpoint_read(&job->checkpoint));
    return sample(parallel, options, r);
}

nixe_status nixe_command_kmc(const nixe_parallel *parallel, const nixe_options *options) {
    run r = {.job = {.parallel = parallel, .options = options}};
    int needed = 0;
    NIXE_TRY(prepare(parallel, options, &r));
    nixe_status status = options->dry_run ? NIXE_OK : nixe_job_begin(&r.job, &needed);
    if (needed) {
        status = run_all(parallel, options, &r);
        if (nixe_parallel_knows(status)) destroy(&r); /* collective: never after a failure of this rank alone */
    }
    nixe_resume_close(&r.job.resume);
    return status;
}
