/* nixe mc: fixed-shell equilibrium Monte Carlo replicas, over one or several states. Collective. */
#include <stdlib.h>

#include "nixe/base/fit.h"
#include "nixe/command/job.h"
#include "nixe/elasticity/columns.h"
#include "nixe/elasticity/rigidity.h"
#include "nixe/elasticity/tables.h"
#include "nixe/file/write.h"
#include "nixe/run/mc_record.h"
#include "nixe/run/stop.h"
#include "nixe/sampling/samplers.h"

/* Tables of one shell stiffness; one copy a node. */
typedef struct {
    nixe_tables elastic; /* the response; the potential only while the core is made */
    nixe_couplings couplings;
    nixe_shared W_memory;
    nixe_table W;
} stiffness_tables;

/* The table of one state. */
typedef struct {
    nixe_shared memory;
    nixe_table table;
} state_table;

typedef struct {
    nixe_job job;
    nixe_pairs pairs;
    nixe_mc_record mc;
    int stiffnesses, temperatures;
    int members;              /* of a task: 1, or all states with replica exchange */
    int batch;                /* stiffnesses whose tables are in memory at a time */
    stiffness_tables *tables; /* batch */
    nixe_mc_state *states;    /* batch x temperatures */
    state_table *state_table; /* batch x temperatures; informed sampler */
    const nixe_sampler *sampler;
    int fits; /* 1 as long as no state leaves the range of fixed point */
} run;

/* The sampler of a run whose states are in the range of fixed point, or not. */
static const nixe_sampler *sampler_of(const nixe_options *options, int fits) {
    static const nixe_sampler *const sampler[][2] = {/* in the order of the option's words */
                                                     {&nixe_metropolis, &nixe_metropolis},
                                                     {&nixe_informed_double, &nixe_informed_fixed}};
    return sampler[options->mc_sampler][fits];
}

static int has_state_tables(const nixe_options *options) { return sampler_of(options, 0)->table != 0; }

/* How many numbers a table of the core is. */
static long long numbers_of(const nixe_lattice *lattice, long stride, nixe_number kind) {
    const int n = lattice->core_sites;
    return nixe_table_count(lattice, n, stride, nixe_table_is_by_orbits(lattice, n, stride, kind));
}

/* Doubles that the tables of one stiffness take at most: W, the response, the tables of states. */
static double table_count(const nixe_options *options, const nixe_lattice *lattice) {
    const int n = lattice->core_sites, states = has_state_tables(options) ? options->model_kT.count : 0;
    const double couplings = (double)numbers_of(lattice, nixe_padded(n), NIXE_DOUBLES) * states;
    return (double)numbers_of(lattice, n, NIXE_DOUBLES) + couplings +
           (double)nixe_response_count(lattice, NIXE_RESPONSE_CHOSEN) +
           (double)nixe_tables_count_factors(lattice, NIXE_RESPONSE_CHOSEN) +
           (options->output_potential ? (double)nixe_tables_count(lattice, 1, 0) : 0);
}

/* As many stiffnesses at a time as fit, with what each rank has of its own for each of them; with replica exchange all are
 * needed. */
static nixe_status choose_batch(const nixe_parallel *parallel, const nixe_options *options, nixe_need need, run *r) {
    const double own = nixe_response_bytes(&r->job.lattice, NIXE_RESPONSE_CHOSEN);
    const double tables = 8 * table_count(options, &r->job.lattice), building = need.shared - tables;
    const double each = tables + own * (parallel->shares_memory ? parallel->host_size : 1);
    char all[32], there[32];
    double available, fits;
    NIXE_TRY(nixe_fit_tables(parallel, need.private - own, &available));
    fits = (0.9 * available - building) / each;
    r->batch = fits >= r->stiffnesses ? r->stiffnesses : fits < 1 ? 1 : (int)fits;
    nixe_fit_print(building + each * r->stiffnesses, all, sizeof all);
    nixe_fit_print(available, there, sizeof there);
    if (options->mc_replica_exchange_every && r->batch < r->stiffnesses)
        return nixe_fail(
            NIXE_REFUSED,
            "-shell_stiffness: replica exchange needs the tables of all %d stiffnesses at once, %s, and %s are free",
            r->stiffnesses, all, there);
    if (parallel->rank == 0)
        printf("memory    tables of %d of %d stiffnesses at a time, %s of %s that are free on a node\n", r->batch,
               r->stiffnesses, all, there);
    return NIXE_OK;
}

static nixe_status prepare(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    const int elastic = options->model_epsilon != 0, exchange = options->mc_replica_exchange_every != 0;
    const nixe_lattice *lattice = &r->job.lattice;
    NIXE_TRY(nixe_command_prepare(parallel, options, &r->job.lattice, &r->job.file));
    r->stiffnesses = options->shell_stiffness.count;
    r->temperatures = options->model_kT.count;
    const int states = r->stiffnesses * r->temperatures;
    r->members = exchange ? states : 1;
    const double tasks = (double)options->ensemble_size * states / r->members;
    const nixe_need need = {
        .saved = 3 * tasks * nixe_mc_saved_bytes(options, lattice, r->members), /* packed, while they are written */
        .shared = 8 * (table_count(options, lattice) + (double)nixe_tables_count_building(lattice, elastic, 0)),
        .private = nixe_mc_record_bytes(options, lattice, states) + nixe_columns_bytes(lattice) +
                   nixe_response_bytes(lattice, NIXE_RESPONSE_CHOSEN)};
    NIXE_TRY(nixe_fit_check(parallel, need));
    nixe_command_header(parallel, options, lattice);
    NIXE_TRY(choose_batch(parallel, options, need, r));
    if (options->dry_run)
        nixe_command_cost(parallel, &r->job.file, need,
                          r->stiffnesses * nixe_tables_seconds(lattice, elastic, NIXE_RESPONSE_CHOSEN));
    NIXE_TRY(nixe_pairs_create(&r->pairs, exchange ? r->stiffnesses : 1, exchange ? r->temperatures : 1));
    NIXE_TRY(nixe_allocate(&r->tables, r->batch, sizeof *r->tables, "the tables"));
    NIXE_TRY(nixe_allocate(&r->states, r->batch * r->temperatures, sizeof *r->states, "the states"));
    return nixe_allocate(&r->state_table, r->batch * r->temperatures, sizeof *r->state_table, "the states");
}

/* NIXE_STOPPED on all ranks if any of them has been asked to stop: between tables, before which nothing is lost. */
static nixe_status look_for_stop(const nixe_parallel *parallel, const nixe_options *options) {
    int code = nixe_stop_code(0);
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, &code, 1, MPI_INT, MPI_MAX, parallel->comm));
    if (!code) return NIXE_OK;
    return nixe_fail(NIXE_STOPPED, "stopped early by %s while tables were built; the same command with -resume goes on with %s",
                     nixe_stop_text(code), options->output_file);
}

/* The fraction of A in the core. */
static double composition_of(const nixe_options *options, const nixe_lattice *lattice) {
    double A = 0;
    if (options->mc_start != NIXE_REPLICA_LISTED) return options->mc_composition;
    for (int i = 0; i < lattice->sites; i++) A += lattice->layer[i] == 0 && lattice->start[i] > 0;
    return A / lattice->core_sites;
}

/* Potential, core and response of stiffness number k. */
static nixe_status build_tables(const nixe_parallel *parallel, const nixe_options *options, run *r, int k,
                                stiffness_tables *tables) {
    const int elastic = options->model_epsilon != 0;
    const nixe_lattice *lattice = &r->job.lattice;
    const int n = lattice->core_sites;
    long first, last;
    NIXE_TRY(nixe_tables_create(parallel, &r->job.lattice, options->shell_stiffness.value[k], elastic, NIXE_RESPONSE_CHOSEN,
                                &tables->elastic));
    const nixe_energy energy = nixe_command_energy(options, &r->job.lattice, &tables->elastic.potential);
    NIXE_TRY(nixe_couplings_create(&tables->couplings, &r->job.lattice, composition_of(options, &r->job.lattice)));
    NIXE_TRY(
        nixe_shared_create(parallel, numbers_of(lattice, n, NIXE_DOUBLES), "the couplings of the core", &tables->W_memory));
    NIXE_TRY(nixe_table_create(&tables->W, lattice, n, n, NIXE_DOUBLES, nixe_table_is_by_orbits(lattice, n, n, NIXE_DOUBLES),
                               tables->W_memory.memory));
    nixe_parallel_part(tables->W.rows, parallel->node_rank, parallel->node_size, &first, &last);
    nixe_couplings_fill(&energy, tables->couplings.site, first, last, &tables->W);
    NIXE_TRY(nixe_shared_sync(parallel, &tables->W_memory));
    NIXE_TRY(nixe_table_complete(&tables->W));
    NIXE_TRY(nixe_couplings_set_fields(&tables->couplings, &energy, &tables->W));
    if (!options->output_potential) nixe_tables_drop_potential(&tables->elastic); /* it has served */
    NIXE_TRY(nixe_tables_factor(parallel, lattice, options->shell_stiffness.value[k], NIXE_RESPONSE_CHOSEN, &tables->elastic));
    return nixe_shared_sync(parallel, &tables->W_memory);
}

/* The potentials have served; store them if they are wanted. */
static nixe_status give_up_potentials(const nixe_options *options, run *r, int first, int count) {
    for (int k = 0; k < count; k++) {
        if (options->output_potential)
            NIXE_TRY(nixe_file_write_potential(&r->job.file, first + k, &r->job.lattice, &r->tables[k].elastic.potential));
        nixe_tables_drop_potential(&r->tables[k].elastic);
    }
    return NIXE_OK;
}

/* Refuse temperatures too low for the weights of a sampler; note whether fixed point reaches. */
static nixe_status check_range(const nixe_options *options, const nixe_couplings *couplings, run *r) {
    for (int t = 0; t < r->temperatures && has_state_tables(options); t++)
        NIXE_TRY(nixe_state_check_range(couplings, options->model_kT.value[t], &r->fits));
    return NIXE_OK;
}

/* State number `number`, with its table where the sampler needs one. */
static nixe_status build_state(const nixe_parallel *parallel, const run *r, const nixe_couplings *couplings, double kT,
                               int number, state_table *own, nixe_state *state) {
    const int n = couplings->sites;
    const nixe_number kind = r->sampler->table;
    long first, last;
    own->memory = (nixe_shared){.window = MPI_WIN_NULL};
    *state = (nixe_state){.couplings = couplings, .kT = kT};
    if (!kind) return nixe_state_create(state, couplings, kT, number, NULL);
    const int by_orbits = nixe_table_is_by_orbits(couplings->lattice, n, nixe_padded(n), kind);
    const long long bytes = numbers_of(couplings->lattice, nixe_padded(n), kind) * (long long)kind;
    NIXE_TRY(nixe_shared_create(parallel, (bytes + 7) / 8, "the couplings of a state", &own->memory));
    NIXE_TRY(nixe_table_create(&own->table, couplings->lattice, n, nixe_padded(n), kind, by_orbits, own->memory.memory));
    nixe_parallel_part(own->table.rows, parallel->node_rank, parallel->node_size, &first, &last);
    nixe_state_fill(state, &own->table, first, last);
    NIXE_TRY(nixe_shared_sync(parallel, &own->memory));
    if (kind == NIXE_INTEGERS) NIXE_TRY(nixe_table_complete(&own->table));
    return nixe_state_create(state, couplings, kT, number, &own->table);
}

/* The states of the stiffnesses first .. first + count - 1: tables first, from all of which the sampler is chosen. */
static nixe_status build_states(const nixe_parallel *parallel, const nixe_options *options, run *r, int first, int count) {
    for (int k = 0; k < count; k++) {
        NIXE_TRY(look_for_stop(parallel, options));
        NIXE_TRY(build_tables(parallel, options, r, first + k, &r->tables[k]));
        NIXE_TRY(check_range(options, &r->tables[k].couplings, r));
    }
    r->sampler = sampler_of(options, r->fits);
    for (int q = 0; q < count * r->temperatures; q++) {
        const int k = q / r->temperatures;
        NIXE_TRY(build_state(parallel, r, &r->tables[k].couplings, options->model_kT.value[q % r->temperatures],
                             first * r->temperatures + q, &r->state_table[q], &r->states[q].state));
        r->states[q].shell_stiffness = options->shell_stiffness.value[first + k];
        r->states[q].response = &r->tables[k].elastic.response;
    }
    return NIXE_OK;
}

static void destroy_tables(stiffness_tables *tables) {
    nixe_couplings_destroy(&tables->couplings);
    nixe_table_destroy(&tables->W);
    nixe_shared_destroy(&tables->W_memory);
    nixe_tables_destroy(&tables->elastic);
}

/* Whatever can be refused is refused before anything is sampled: a floppy crystal, and temperatures too low for the weights of
 * a sampler. The latter takes the tables; they are made for this alone only where they do not all fit at once. */
static nixe_status check_states(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    NIXE_TRY(nixe_rigidity_check(parallel, &r->job.lattice, r->stiffnesses, options->shell_stiffness.value));
    for (int k = 0; k < r->stiffnesses && r->batch < r->stiffnesses && has_state_tables(options); k++) {
        NIXE_TRY(look_for_stop(parallel, options));
        NIXE_TRY(build_tables(parallel, options, r, k, &r->tables[0]));
        NIXE_TRY(check_range(options, &r->tables[0].couplings, r));
        destroy_tables(&r->tables[0]);
    }
    return NIXE_OK;
}

static void destroy_states(run *r, int count) {
    for (int q = 0; q < count * r->temperatures; q++) {
        nixe_state_destroy(&r->states[q].state);
        nixe_table_destroy(&r->state_table[q].table);
        if (r->state_table[q].memory.memory) nixe_shared_destroy(&r->state_table[q].memory);
    }
    for (int k = 0; k < count; k++) destroy_tables(&r->tables[k]);
}

/* The states that were saved, and what they do not cover. The file decides: where it is behind a state (a copy, a backup, a
 * power cut) the state is dropped, and its task begins again. */
static nixe_status read_checkpoint(const nixe_parallel *parallel, run *r) {
    int64_t lost = 0;
    NIXE_TRY(nixe_checkpoint_read(&r->job.checkpoint));
    const int dropped = nixe_checkpoint_prune(&r->job.checkpoint, nixe_mc_saved_in_file, &r->mc);
    if (parallel->rank != 0) return NIXE_OK;
    if (dropped)
        printf("warning   %s is newer than %s: %d saved states count on data that the file does not have, and are not used\n",
               r->job.checkpoint.path, r->job.file.path, dropped);
    for (int64_t row = 0; row < r->job.resume.rows; row++) {
        const int64_t replicas = r->mc.options->ensemble_size, all = r->stiffnesses * r->temperatures;
        const int64_t task = r->members > 1 ? row % replicas : row % replicas * all + row / replicas;
        if (r->job.resume.done[row] > 0 && r->job.resume.done[row] < nixe_mc_whole(r->mc.options))
            lost += !nixe_checkpoint_find(&r->job.checkpoint, task);
    }
    if (lost)
        printf(
            "warning   %lld replicas have no saved state: their sweeps are done again from the first, with the same results\n",
            (long long)lost);
    return NIXE_OK;
}

/* The file, of which states and pairs are known, and the states that were saved. first_tables: that the tables of the first
 * stiffness are in memory, whose hash the file has. */
static nixe_status open_file(const nixe_parallel *parallel, const nixe_options *options, int first_tables, run *r) {
    const int states = r->stiffnesses * r->temperatures;
    double *stiffness, *kT;
    NIXE_TRY(nixe_allocate(&stiffness, states, sizeof(double), "the states"));
    NIXE_TRY(nixe_allocate(&kT, states, sizeof(double), "the states"));
    for (int q = 0; q < states; q++) {
        stiffness[q] = options->shell_stiffness.value[q / r->temperatures];
        kT[q] = options->model_kT.value[q % r->temperatures];
    }
    const nixe_known known[] = {
        {NIXE_DATA_STATE_STIFFNESS, stiffness}, {NIXE_DATA_STATE_KT, kT}, {NIXE_DATA_PAIR, r->pairs.state}};
    const int built = r->sampler != NULL; /* else all was done but for the last word */
    if (!built) r->sampler = sampler_of(options, r->fits);
    r->job.file.arithmetic = r->sampler->arithmetic;
    if (built && has_state_tables(options))
        NIXE_TRY(nixe_resume_compare_arithmetic(parallel, &r->job.resume, r->sampler->arithmetic, options->output_file));
    NIXE_TRY(nixe_job_open(&r->job, first_tables ? &r->tables[0].W : NULL, 3, known));
    free(stiffness);
    free(kT);
    nixe_status status = nixe_mc_record_create(&r->mc, options, r->sampler, &r->job.lattice, &r->pairs, r->members,
                                               r->job.resume.done, &r->job.file);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    return r->job.resume.kind != NIXE_RESUME_NOTHING ? read_checkpoint(parallel, r) : NIXE_OK;
}

/* The tasks of the stiffnesses first .. first + count - 1 that are left, those with a saved state first: replica p at state q
 * is task p Q + q, ladder p task p. task has room for all. */
static int64_t tasks_left(const run *r, const nixe_options *options, int first, int count, int64_t *task) {
    const int64_t whole = nixe_mc_whole(options), replicas = options->ensemble_size;
    const int all = r->stiffnesses * r->temperatures, begin = first * r->temperatures;
    int64_t left = 0;
    for (int saved = 1; saved >= 0; saved--)
        for (int q = begin; q < begin + (r->members > 1 ? 1 : count * r->temperatures); q++)
            for (int64_t p = 0; p < replicas; p++) {
                const int64_t id = r->members > 1 ? p : p * all + q;
                int unfinished = 0;
                for (int m = 0; m < r->members; m++) unfinished |= r->job.resume.done[(q + m) * replicas + p] < whole;
                if (unfinished && (nixe_checkpoint_find(&r->job.checkpoint, id) != NULL) == saved) task[left++] = id;
            }
    return left;
}

static nixe_status sample_batch(const nixe_options *options, run *r, int first, int count, int64_t *task) {
    const int64_t tasks = (r->members > 1 ? 1 : (int64_t)count * r->temperatures) * options->ensemble_size;
    const nixe_work work = nixe_mc_work(&r->mc, r->states, task, tasks_left(r, options, first, count, task));
    return nixe_job_sample(&r->job, &work, tasks, r->members > 1 ? "ladders" : "replicas");
}

/* Build, sample and forget batch after batch; a resumed run passes over what is done. The file is laid out when the first
 * tables are there, whose hash it has. */
static nixe_status sample(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    nixe_job *job = &r->job;
    int opened = 0;
    int64_t *task;
    NIXE_TRY(nixe_allocate(&task, job->resume.rows, sizeof *task, "the list of tasks"));
    NIXE_TRY(check_states(parallel, options, r));
    for (int first = 0; first < r->stiffnesses && !job->stop; first += r->batch) {
        const int count = r->stiffnesses - first < r->batch ? r->stiffnesses - first : r->batch;
        const double start = MPI_Wtime();
        if (!tasks_left(r, options, first, count, task) && !job->resume.rebuild_potential) continue;
        const nixe_status status = build_states(parallel, options, r, first, count);
        if (status == NIXE_STOPPED && opened) NIXE_TRY(nixe_file_close(&job->file));
        if (status) return status;
        job->set_up_seconds += MPI_Wtime() - start;
        if (!opened) NIXE_TRY(open_file(parallel, options, first == 0, r));
        opened = 1;
        NIXE_TRY(give_up_potentials(options, r, first, count));
        NIXE_TRY(sample_batch(options, r, first, count, task));
        destroy_states(r, count);
    }
    free(task);
    if (!opened) NIXE_TRY(open_file(parallel, options, 0, r)); /* killed when all was done but for the last word */
    NIXE_TRY(nixe_job_finish(job, &r->mc.record, nixe_mc_whole(options)));
    return nixe_job_summarise(job, r->mc.strain_seconds);
}

static void destroy(run *r) {
    nixe_mc_record_destroy(&r->mc);
    nixe_checkpoint_destroy(&r->job.checkpoint);
    nixe_pairs_destroy(&r->pairs);
    nixe_lattice_destroy(&r->job.lattice);
    free(r->tables);
    free(r->states);
    free(r->state_table);
}

nixe_status nixe_command_mc(const nixe_parallel *parallel, const nixe_options *options) {
    run r = {.job = {.parallel = parallel, .options = options}, .fits = 1};
    int needed = 0;
    NIXE_TRY(prepare(parallel, options, &r));
    nixe_status status = options->dry_run ? NIXE_OK : nixe_job_begin(&r.job, &needed);
    if (needed) {
        status = sample(parallel, options, &r);
        if (!status) destroy(&r);
    }
    nixe_resume_close(&r.job.resume);
    return status;
}
