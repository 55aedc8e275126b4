/* nixe mc: fixed-shell equilibrium Monte Carlo replicas, over one or several states. Collective. */
#include <stdlib.h>

#include "nixe/base/fit.h"
#include "nixe/command/command.h"
#include "nixe/command/summary.h"
#include "nixe/elasticity/stiffness.h"
#include "nixe/elasticity/tables.h"
#include "nixe/file/layout.h"
#include "nixe/file/write.h"
#include "nixe/run/mc_record.h"
#include "nixe/run/resume.h"
#include "nixe/sampling/samplers.h"

/* Tables of one shell stiffness; one copy a node. */
typedef struct {
    nixe_tables elastic; /* the response; the potential only while the core is made */
    nixe_couplings couplings;
    nixe_shared W;
} stiffness_tables;

typedef struct {
    nixe_lattice lattice;
    nixe_file file;
    nixe_pairs pairs;
    nixe_checkpoint checkpoint;
    nixe_resume resume;
    nixe_mc_record mc;
    int stiffnesses, temperatures;
    int members;                                             /* of a task: 1, or all states with replica exchange */
    int batch;                                               /* stiffnesses whose tables are in memory at a time */
    stiffness_tables *tables;                                /* batch */
    nixe_mc_state *states;                                   /* batch x temperatures */
    nixe_shared *factor;                                     /* batch x temperatures; informed sampler */
    double set_up_seconds, sampling_seconds, output_seconds; /* output: while sampling */
    int64_t sweeps;
} run;

static const nixe_sampler *sampler_of(const nixe_options *options) {
    static const nixe_sampler *const sampler[] = {&nixe_metropolis, &nixe_informed}; /* in the order of the option's words */
    return sampler[options->mc_sampler];
}

/* Doubles that the tables of one stiffness take: W, the response, the factors. */
static double table_count(const nixe_options *options, const nixe_lattice *lattice) {
    const double n = lattice->core_sites;
    const double factors =
        sampler_of(options)->needs_factors ? n * nixe_padded(lattice->core_sites) * options->model_kT.count : 0;
    return n * n + factors + (double)nixe_tables_count(lattice, 0, 1) +
           (options->output_potential ? (double)nixe_tables_count(lattice, 1, 0) : 0);
}

/* As many stiffnesses at a time as fit; with replica exchange all are needed. */
static nixe_status choose_batch(const nixe_parallel *parallel, const nixe_options *options, nixe_need need, run *r) {
    const double each = 8 * table_count(options, &r->lattice), building = need.shared - each;
    char all[32], there[32];
    double available, fits;
    NIXE_TRY(nixe_fit_tables(parallel, need.private, &available));
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
    const int elastic = options->model_epsilon != 0;
    NIXE_TRY(nixe_command_lattice(parallel, options, &r->lattice));
    r->stiffnesses = options->shell_stiffness.count;
    r->temperatures = options->model_kT.count;
    r->members = options->mc_replica_exchange_every ? r->stiffnesses * r->temperatures : 1;
    const double tasks = (double)options->ensemble_size * r->stiffnesses * r->temperatures / r->members;
    nixe_need need = {
        .saved = 3 * tasks * nixe_mc_saved_bytes(options, &r->lattice, r->members), /* packed, while they are written */
        .shared = 8 * (table_count(options, &r->lattice) + (double)nixe_tables_count_building(&r->lattice, elastic, 0)),
        .private =
            nixe_mc_record_bytes(options, &r->lattice, r->stiffnesses * r->temperatures) + nixe_stiffness_bytes(&r->lattice)};
    nixe_file_plan(&r->file, options, &r->lattice);
    NIXE_TRY(nixe_file_check(parallel, &r->file, options));
    NIXE_TRY(nixe_fit_check(parallel, need));
    nixe_command_header(parallel, options, &r->lattice);
    NIXE_TRY(choose_batch(parallel, options, need, r));
    NIXE_TRY(nixe_pairs_create(&r->pairs, options->mc_replica_exchange_every ? r->stiffnesses : 1,
                               options->mc_replica_exchange_every ? r->temperatures : 1));
    NIXE_TRY(nixe_allocate(&r->tables, r->batch, sizeof *r->tables, "the tables"));
    NIXE_TRY(nixe_allocate(&r->states, r->batch * r->temperatures, sizeof *r->states, "the states"));
    return nixe_allocate(&r->factor, r->batch * r->temperatures, sizeof *r->factor, "the states");
}

/* Potential, core and response of stiffness number k. */
static nixe_status build_tables(const nixe_parallel *parallel, const nixe_options *options, run *r, int k,
                                stiffness_tables *tables) {
    const int elastic = options->model_epsilon != 0;
    const long n = r->lattice.core_sites;
    long first, last;
    NIXE_TRY(nixe_tables_create(parallel, &r->lattice, options->shell_stiffness.value[k], elastic, 1, &tables->elastic));
    const nixe_energy energy = {.lattice = &r->lattice,
                                .potential = elastic ? &tables->elastic.potential : NULL,
                                .epsilon = options->model_epsilon,
                                .J = options->model_J,
                                .differences = (nixe_differences)options->model_differences};
    NIXE_TRY(nixe_couplings_create(&tables->couplings, &r->lattice, options->mc_composition));
    NIXE_TRY(nixe_shared_create(parallel, (long long)n * n, "the couplings of the core", &tables->W));
    nixe_parallel_part(n, parallel->node_rank, parallel->node_size, &first, &last);
    nixe_couplings_fill(&energy, tables->couplings.site, (int)n, (int)first, (int)last, tables->W.memory);
    NIXE_TRY(nixe_shared_sync(parallel, &tables->W));
    NIXE_TRY(nixe_couplings_set_fields(&tables->couplings, &energy, tables->W.memory));
    if (!options->output_potential) nixe_tables_drop_potential(&tables->elastic); /* it has served */
    return nixe_shared_sync(parallel, &tables->W);
}

/* The potentials have served; store them if they are wanted. */
static nixe_status give_up_potentials(const nixe_options *options, run *r, int first, int count) {
    for (int k = 0; k < count; k++) {
        if (options->output_potential)
            NIXE_TRY(nixe_file_write_potential(&r->file, first + k, r->tables[k].elastic.potential.V));
        nixe_tables_drop_potential(&r->tables[k].elastic);
    }
    return NIXE_OK;
}

/* The states of the stiffnesses first .. first + count - 1. */
static nixe_status build_states(const nixe_parallel *parallel, const nixe_options *options, run *r, int first, int count) {
    const long n = r->lattice.core_sites;
    for (int k = 0; k < count; k++) {
        NIXE_TRY(nixe_command_look_for_stop(parallel, options));
        NIXE_TRY(build_tables(parallel, options, r, first + k, &r->tables[k]));
        for (int t = 0; t < r->temperatures; t++) {
            const int q = k * r->temperatures + t;
            const nixe_couplings *couplings = &r->tables[k].couplings;
            nixe_state *state = &r->states[q].state;
            const double kT = options->model_kT.value[t];
            r->factor[q] = (nixe_shared){.window = MPI_WIN_NULL};
            if (sampler_of(options)->needs_factors) NIXE_TRY(nixe_state_check_range(couplings, kT));
            if (sampler_of(options)->needs_factors) {
                long begin, end;
                *state = (nixe_state){.couplings = couplings, .kT = kT};
                NIXE_TRY(nixe_shared_create(parallel, n * (long long)nixe_padded((int)n), "the factors", &r->factor[q]));
                nixe_parallel_part(n, parallel->node_rank, parallel->node_size, &begin, &end);
                nixe_state_fill_factor(state, r->factor[q].memory, (int)begin, (int)end);
                NIXE_TRY(nixe_shared_sync(parallel, &r->factor[q]));
            }
            NIXE_TRY(nixe_state_create(state, couplings, kT, (first + k) * r->temperatures + t, r->factor[q].memory));
            r->states[q].shell_stiffness = options->shell_stiffness.value[first + k];
            r->states[q].response = &r->tables[k].elastic.response;
        }
    }
    return NIXE_OK;
}

static void destroy_tables(stiffness_tables *tables) {
    nixe_couplings_destroy(&tables->couplings);
    nixe_shared_destroy(&tables->W);
    nixe_tables_destroy(&tables->elastic);
}

/* Whatever can be refused is refused before anything is sampled: a floppy crystal, and temperatures too low for the weights of
 * a sampler. The latter takes the tables; they are made for this alone only where they do not all fit at once. */
static nixe_status check_states(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    NIXE_TRY(nixe_stiffness_check(parallel, &r->lattice, r->stiffnesses, options->shell_stiffness.value));
    for (int k = 0; k < r->stiffnesses && r->batch < r->stiffnesses && sampler_of(options)->needs_factors; k++) {
        NIXE_TRY(nixe_command_look_for_stop(parallel, options));
        NIXE_TRY(build_tables(parallel, options, r, k, &r->tables[0]));
        for (int t = 0; t < r->temperatures; t++)
            NIXE_TRY(nixe_state_check_range(&r->tables[0].couplings, options->model_kT.value[t]));
        destroy_tables(&r->tables[0]);
    }
    return NIXE_OK;
}

static void destroy_states(run *r, int count) {
    for (int q = 0; q < count * r->temperatures; q++) {
        nixe_state_destroy(&r->states[q].state);
        if (r->factor[q].memory) nixe_shared_destroy(&r->factor[q]);
    }
    for (int k = 0; k < count; k++) destroy_tables(&r->tables[k]);
}

/* Lay the file out: states and pairs are known. */
static nixe_status create_file(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    const int states = r->stiffnesses * r->temperatures;
    double *stiffness, *kT;
    int32_t *pair;
    NIXE_TRY(nixe_allocate(&stiffness, states, sizeof(double), "the states"));
    NIXE_TRY(nixe_allocate(&kT, states, sizeof(double), "the states"));
    NIXE_TRY(nixe_allocate(&pair, 2 * r->pairs.count, sizeof(int32_t), "the pairs"));
    for (int q = 0; q < states; q++) {
        stiffness[q] = options->shell_stiffness.value[q / r->temperatures];
        kT[q] = options->model_kT.value[q % r->temperatures];
    }
    for (int p = 0; p < r->pairs.count; p++) {
        pair[2 * p] = r->pairs.first[p];
        pair[2 * p + 1] = r->pairs.second[p];
    }
    const nixe_known known[] = {{NIXE_DATA_STATE_STIFFNESS, stiffness}, {NIXE_DATA_STATE_KT, kT}, {NIXE_DATA_PAIR, pair}};
    nixe_status status =
        nixe_file_create(parallel, options, &r->lattice, 3, known, r->resume.kind == NIXE_RESUME_EXTEND, &r->file);
    free(stiffness);
    free(kT);
    free(pair);
    return status;
}

/* The states that were saved, and what they do not cover. The file decides: where it is behind a state (a copy, a backup, a
 * power cut) the state is dropped, and its task begins again. */
static nixe_status read_checkpoint(const nixe_parallel *parallel, run *r) {
    int64_t lost = 0;
    NIXE_TRY(nixe_checkpoint_read(&r->checkpoint));
    const int dropped = nixe_checkpoint_prune(&r->checkpoint, nixe_mc_saved_in_file, &r->mc);
    if (parallel->rank != 0) return NIXE_OK;
    if (dropped)
        printf("warning   %s is newer than %s: %d saved states count on data that the file does not have, and are not used\n",
               r->checkpoint.path, r->file.path, dropped);
    for (int64_t row = 0; row < r->resume.rows; row++) {
        const int64_t replicas = r->mc.options->ensemble_size, all = r->stiffnesses * r->temperatures;
        const int64_t task = r->members > 1 ? row % replicas : row % replicas * all + row / replicas;
        if (r->resume.done[row] > 0 && r->resume.done[row] < nixe_mc_whole(r->mc.options))
            lost += !nixe_checkpoint_find(&r->checkpoint, task);
    }
    if (lost)
        printf(
            "warning   %lld replicas have no saved state: their sweeps are done again from the first, with the same results\n",
            (long long)lost);
    return NIXE_OK;
}

/* The file: a new one, a larger one, or the one that is there; and the states that were saved. first_tables: that the tables of
 * the first stiffness are in memory, whose hash the file has. */
static nixe_status open_file(const nixe_parallel *parallel, const nixe_options *options, int first_tables, run *r) {
    const nixe_resume_kind kind = r->resume.kind;
    uint64_t identity;
    NIXE_TRY(nixe_resume_identity(options, 0, &identity));
    const size_t bytes = (size_t)r->lattice.core_sites * (size_t)r->lattice.core_sites * sizeof(double);
    if (first_tables && parallel->rank == 0) {
        r->file.tables = nixe_hash(nixe_hash_start, r->tables[0].couplings.W, bytes);
        nixe_resume_compare_tables(&r->resume, r->file.tables);
    }
    nixe_checkpoint_create(&r->checkpoint, parallel, options->output_file, identity);
    if (kind == NIXE_RESUME_CONTINUE) NIXE_TRY(nixe_file_open(parallel, options, &r->file));
    else NIXE_TRY(create_file(parallel, options, r));
    nixe_status status = nixe_mc_record_create(&r->mc, options, sampler_of(options), &r->lattice, &r->pairs, r->members,
                                               r->resume.done, &r->file);
    r->file.seconds = 0;
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    return kind != NIXE_RESUME_NOTHING ? read_checkpoint(parallel, r) : NIXE_OK;
}

/* The tasks of states first .. first + count - 1 that are left, those with a saved state first: replica p at state q is task p
 * Q + q, ladder p task p. task has room for all. */
static int64_t tasks_left(const run *r, const nixe_options *options, int first, int count, int64_t *task) {
    const int64_t whole = nixe_mc_whole(options), replicas = options->ensemble_size;
    const int all = r->stiffnesses * r->temperatures;
    int64_t left = 0;
    for (int saved = 1; saved >= 0; saved--)
        for (int q = first; q < first + (r->members > 1 ? 1 : count); q++)
            for (int64_t p = 0; p < replicas; p++) {
                const int64_t id = r->members > 1 ? p : p * all + q;
                int unfinished = 0;
                for (int m = 0; m < r->members; m++) unfinished |= r->resume.done[(q + m) * replicas + p] < whole;
                if (unfinished && (nixe_checkpoint_find(&r->checkpoint, id) != NULL) == saved) task[left++] = id;
            }
    return left;
}

static nixe_status sample_batch(const nixe_parallel *parallel, const nixe_options *options, run *r, int first, int count,
                                nixe_progress *progress, nixe_ensemble_report *report) {
    const int64_t tasks = (r->members > 1 ? 1 : (int64_t)count * r->temperatures) * options->ensemble_size;
    int64_t *task;
    NIXE_TRY(nixe_allocate(&task, tasks, sizeof *task, "the list of tasks"));
    const int64_t left = tasks_left(r, options, first * r->temperatures, count * r->temperatures, task);
    if (r->resume.kind != NIXE_RESUME_NOTHING)
        nixe_command_resumed(parallel, &r->checkpoint, left, task, tasks, r->members > 1 ? "ladders" : "replicas");
    const nixe_work work = nixe_mc_work(&r->mc, r->states, task, left);
    nixe_status status = nixe_ensemble_run(parallel, &work, &r->checkpoint, options->checkpoint_every, progress, report);
    r->output_seconds += r->file.seconds;
    free(task);
    return status;
}

/* Whether the stiffnesses first .. first + count - 1 have rows that are not in the file, or V has to be built again. */
static int has_work(const run *r, const nixe_options *options, int first, int count) {
    const int64_t rows = r->temperatures * options->ensemble_size; /* of one stiffness */
    for (int64_t row = first * rows; row < (first + count) * rows; row++)
        if (r->resume.done[row] < nixe_mc_whole(options)) return 1;
    return r->resume.rebuild_potential;
}

/* Build, sample and forget batch after batch; a resumed run passes over what is done. The file is laid out when the first
 * tables are there, whose hash it has. */
static nixe_status sample(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    nixe_progress progress;
    nixe_ensemble_report report = {0};
    int opened = 0;
    NIXE_TRY(check_states(parallel, options, r));
    nixe_progress_begin(&progress, parallel->rank == 0 && !options->quiet, r->members > 1 ? "ladders" : "replicas", "sweeps");
    for (int first = 0; first < r->stiffnesses && !report.stop; first += r->batch) {
        const int count = r->stiffnesses - first < r->batch ? r->stiffnesses - first : r->batch;
        const double start = MPI_Wtime();
        if (!has_work(r, options, first, count)) continue;
        const nixe_status status = build_states(parallel, options, r, first, count);
        if (status == NIXE_STOPPED && opened) NIXE_TRY(nixe_file_close(&r->file));
        if (status) return status;
        r->set_up_seconds += MPI_Wtime() - start;
        if (!opened) NIXE_TRY(open_file(parallel, options, first == 0, r));
        opened = 1;
        NIXE_TRY(give_up_potentials(options, r, first, count));
        NIXE_TRY(sample_batch(parallel, options, r, first, count, &progress, &report));
        destroy_states(r, count);
        r->sampling_seconds += report.seconds;
        r->sweeps += report.steps;
    }
    if (!opened) NIXE_TRY(open_file(parallel, options, 0, r)); /* killed when all was done but for the last word */
    if (report.stop) {
        NIXE_TRY(nixe_file_close(&r->file));
        return nixe_command_stopped(report.stop, options);
    }
    NIXE_TRY(nixe_record_check(&r->mc.record, r->resume.rows, nixe_mc_whole(options)));
    return nixe_file_finish(&r->file);
}

static nixe_status summarise(const nixe_parallel *parallel, const run *r) {
    double seconds[2] = {r->mc.strain_seconds, r->output_seconds};
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, seconds, 2, MPI_DOUBLE, MPI_SUM, parallel->comm));
    if (parallel->rank != 0) return NIXE_OK;
    NIXE_TRY(nixe_mc_summary(r->file.path));
    const double output = seconds[1] / parallel->size, sampling = r->sampling_seconds - output;
    const double sweeps = (double)r->sweeps / sampling, attempts = sweeps * r->lattice.core_sites;
    if (r->sweeps) /* none where all was done but for the last word */
        printf(
            "speed                %.4g sweeps/s: %.4g million attempts/s on each rank\n"
            "seconds              %.3g set-up, %.3g sampling (%.1f %% of it displacements), %.3g output\n",
            sweeps, attempts / 1e6 / parallel->size, r->set_up_seconds, sampling, 100 * seconds[0] / parallel->size / sampling,
            output);
    nixe_checkpoint_print(&r->checkpoint);
    printf("wrote %s\n", r->file.path);
    return NIXE_OK;
}

static void destroy(run *r) {
    nixe_mc_record_destroy(&r->mc);
    nixe_checkpoint_destroy(&r->checkpoint);
    nixe_pairs_destroy(&r->pairs);
    nixe_lattice_destroy(&r->lattice);
    free(r->tables);
    free(r->states);
    free(r->factor);
}

nixe_status nixe_command_mc(const nixe_parallel *parallel, const nixe_options *options) {
    run r = {0};
    NIXE_TRY(prepare(parallel, options, &r));
    nixe_status status = nixe_resume_open(parallel, options, &r.resume);
    if (!status && r.resume.kind == NIXE_RESUME_COMPLETE) {
        if (parallel->rank == 0) printf("complete: there is nothing to do for %s\n", options->output_file);
    } else if (!status) {
        status = sample(parallel, options, &r);
        if (!status) status = summarise(parallel, &r);
        if (!status) destroy(&r);
    }
    nixe_resume_close(&r.resume);
    return status;
}
