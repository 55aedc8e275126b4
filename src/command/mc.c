/* nixe mc: equilibrium Monte Carlo replicas of fixed-shell crystals, over one or several states. Collective. */
#include <stdlib.h>

#include "nixe/base/fit.h"
#include "nixe/command/mc_states.h"
#include "nixe/elasticity/tables.h"
#include "nixe/options/until.h"
#include "nixe/run/mc_record.h"
#include "nixe/run/precision.h"

typedef struct {
    nixe_job job;
    nixe_pairs pairs;
    nixe_mc_record mc;
    nixe_mc_states states;
    int8_t *is_precise; /* states: whether -mc_until is met */
} run;

static nixe_status prepare(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    const nixe_lattice *lattice = &r->job.lattice;
    NIXE_TRY(nixe_command_prepare(parallel, options, &r->job.lattice, &r->job.file));
    nixe_mc_states_set(options, &r->states);
    const nixe_need need = nixe_mc_states_needs(options, &r->states, lattice);
    NIXE_TRY(nixe_fit_check(parallel, need));
    nixe_command_header(parallel, options, lattice);
    NIXE_TRY(nixe_mc_states_create(parallel, options, lattice, need, &r->states));
    if (options->dry_run)
        nixe_command_cost(
            parallel, &r->job.file, need,
            r->states.stiffnesses * nixe_tables_seconds(lattice, options->model_epsilon != 0, NIXE_RESPONSE_CHOSEN));
    NIXE_TRY(nixe_allocate(&r->is_precise, r->states.list.states, 1, "the states"));
    return nixe_pairs_create(&r->pairs, options->mc_replica_exchange_every ? &r->states.list : NULL);
}

/* The states that were saved, and what they do not cover. The file decides: where it is behind a state (a copy, a backup, a
 * power cut) the state is dropped, and its task begins again. */
static nixe_status read_checkpoint(const nixe_parallel *parallel, run *r) {
    int64_t lost = 0;
    NIXE_TRY(nixe_checkpoint_read(&r->job.checkpoint));
    const int dropped = nixe_checkpoint_prune(&r->job.checkpoint, nixe_mc_saved_in_file, &r->mc);
    if (r->mc.is_ladder && r->states.count) NIXE_TRY(nixe_mc_check_saved(&r->mc, r->states.state, &r->job.checkpoint));
    if (parallel->rank != 0) return NIXE_OK;
    if (dropped)
        printf("warning   %s is newer than %s: %d saved states count on data that the file does not have, and are not used\n",
               r->job.checkpoint.path, r->job.file.path, dropped);
    for (int64_t row = 0; row < r->job.resume.rows; row++) {
        const int64_t replicas = r->mc.options->ensemble_size;
        const int64_t number = row % replicas * r->states.list.states + row / replicas;
        if (r->job.resume.done[row] > 0 && r->job.resume.done[row] < nixe_mc_whole(r->mc.options))
            lost += !nixe_checkpoint_find(&r->job.checkpoint, number);
    }
    if (lost)
        printf(
            "warning   %lld replicas have no saved state: their sweeps are done again from the first, with the same results\n",
            (long long)lost);
    return NIXE_OK;
}

/* Where each state is along the axes, which the file has. The caller frees the arrays. */
static nixe_status list_states(const nixe_states *list, double *value[NIXE_STATE_AXES], int8_t **branch) {
    NIXE_TRY(nixe_allocate(branch, list->states, 1, "the states"));
    for (int64_t q = 0; q < list->states; q++) (*branch)[q] = q < list->points ? 1 : -1;
    for (int axis = 0; axis < NIXE_STATE_AXES; axis++) {
        NIXE_TRY(nixe_allocate(&value[axis], list->states, sizeof(double), "the states"));
        for (int64_t q = 0; q < list->states; q++) value[axis][q] = nixe_states_value(list, q, (nixe_state_axis)axis);
    }
    return NIXE_OK;
}

/* Lay out or open the file, of which states and pairs are known. */
static nixe_status open_file(const nixe_table *first, run *r) {
    double *value[NIXE_STATE_AXES];
    int8_t *branch;
    NIXE_TRY(list_states(&r->states.list, value, &branch));
    const nixe_known known[] = {{NIXE_DATA_STATE_STIFFNESS, value[NIXE_STATE_STIFFNESS]},
                                {NIXE_DATA_STATE_COMPOSITION, value[NIXE_STATE_COMPOSITION]},
                                {NIXE_DATA_STATE_CENTER, value[NIXE_STATE_CENTER]},
                                {NIXE_DATA_STATE_DMU, value[NIXE_STATE_DMU]},
                                {NIXE_DATA_STATE_KT, value[NIXE_STATE_KT]},
                                {NIXE_DATA_STATE_BRANCH, branch},
                                {NIXE_DATA_PAIR, r->pairs.state}};
    NIXE_TRY(nixe_job_open(&r->job, first, sizeof known / sizeof *known, known));
    for (int axis = 0; axis < NIXE_STATE_AXES; axis++) free(value[axis]);
    free(branch);
    return NIXE_OK;
}

/* Whether replica p has not as many sweeps in one of the states q .. q + count - 1. */
static int is_left(const run *r, const nixe_options *options, int64_t p, int64_t q, int count, int64_t whole) {
    int left = 0;
    for (int m = 0; m < count; m++) left |= r->job.resume.done[(q + m) * options->ensemble_size + p] < whole;
    return left;
}

/* The file and the record of what goes into it, with the states that were saved. first_tables: that the tables of the first
 * stiffness are in memory, whose hash the file has. */
static nixe_status begin(const nixe_parallel *parallel, const nixe_options *options, int first_tables, run *r) {
    const int built = r->states.sampler != NULL; /* else all was done but for the last word */
    if (!built) r->states.sampler = nixe_mc_sampler(options, r->states.fits);
    const nixe_sampler *sampler = r->states.sampler;
    r->job.file.arithmetic = sampler->arithmetic;
    if (built && sampler->table)
        NIXE_TRY(nixe_resume_compare_arithmetic(parallel, &r->job.resume, sampler->arithmetic, options->output_file));
    NIXE_TRY(open_file(first_tables ? &r->states.stiffness->W : NULL, r));
    int64_t ladders = 0;
    for (int64_t p = 0; p < options->ensemble_size; p++)
        ladders += is_left(r, options, p, 0, r->states.members, nixe_mc_whole(options));
    nixe_status status = nixe_mc_record_create(&r->mc, options, sampler, &r->job.lattice, &r->pairs, &r->states.list,
                                               r->job.resume.done, ladders, &r->job.file);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    return r->job.resume.kind != NIXE_RESUME_NOTHING ? read_checkpoint(parallel, r) : NIXE_OK;
}

/* The tasks of the stiffnesses first .. first + count - 1 that are left, those with a saved state first: replica p at state q
 * is task p Q + q; where it goes through all states, it is task p. whole: sweeps of those that are not precise enough. task has
 * room for all. */
static int64_t tasks_left(const run *r, const nixe_options *options, int first, int count, int64_t whole, int64_t *task) {
    const int64_t all = r->states.list.states, begin = first * r->states.each;
    const int members = r->states.members;
    int64_t left = 0;
    for (int saved = 1; saved >= 0; saved--)
        for (int64_t q = begin; q < begin + (members > 1 ? 1 : count * r->states.each); q++)
            for (int64_t p = 0; p < options->ensemble_size && !r->is_precise[q]; p++) {
                int found = 0;
                for (int m = 0; m < members; m++) found |= nixe_checkpoint_find(&r->job.checkpoint, p * all + q + m) != NULL;
                if (found == saved && is_left(r, options, p, q, members, whole)) task[left++] = members > 1 ? p : p * all + q;
            }
    return left;
}

/* Look which states of the batch are precise enough after so many recorded sweeps; a ladder is where all of its states are. */
static nixe_status look_at_means(const nixe_options *options, run *r, int64_t sweeps, int first, int count) {
    const int64_t begin = first * r->states.each,
                  end = r->states.members > 1 ? r->states.list.states : begin + count * r->states.each;
    nixe_until until;
    int all = 1;
    NIXE_TRY(nixe_until_read(options, &until));
    for (int64_t q = begin; q < end; q++) {
        int reached = r->is_precise[q];
        if (!reached)
            NIXE_TRY(nixe_precision_reached(&r->job.file, options, &until, q, sweeps / options->mc_record_every, &reached));
        r->is_precise[q] = (int8_t)(r->states.members > 1 ? 0 : reached);
        all &= reached;
    }
    for (int64_t q = begin; q < end && r->states.members > 1; q++) r->is_precise[q] = (int8_t)all;
    return NIXE_OK;
}

/* The rounds of a batch; there is one, of all sweeps, where nothing says how precise means are to be. */
static nixe_status sample_batch(const nixe_parallel *parallel, const nixe_options *options, run *r, int first, int count,
                                int64_t *task) {
    nixe_job *job = &r->job;
    const int64_t tasks = (r->states.members > 1 ? 1 : count * r->states.each) * options->ensemble_size;
    const char *name = options->mc_path ? "paths" : r->states.members > 1 ? "ladders" : "replicas";
    for (int round = 0; !job->stop; round++) {
        const int64_t sweeps = nixe_until_round(options, round), whole = nixe_mc_before_records(options) + sweeps;
        const int64_t left = tasks_left(r, options, first, count, whole, task);
        if (left) {
            const nixe_work work = nixe_mc_work(&r->mc, r->states.state, whole, task, left);
            NIXE_TRY(nixe_job_sample(job, &work, tasks, name));
            NIXE_TRY(nixe_mc_record_end(&r->mc));
        }
        if (sweeps == options->mc_sweeps || job->stop) return NIXE_OK;
        NIXE_TRY(nixe_parallel_combine(parallel, job->resume.done, job->resume.rows, MPI_MAX));
        NIXE_REQUIRE(!tasks_left(r, options, first, count, whole, task), "a replica has not come to the end of its round");
        NIXE_TRY(look_at_means(options, r, sweeps, first, count));
        nixe_checkpoint_destroy(&job->checkpoint);
        NIXE_TRY(nixe_checkpoint_read(&job->checkpoint)); /* all ranks get the states of all */
    }
    return NIXE_OK;
}

/* Build, sample and forget batch after batch; a resumed run passes over what is done. The file is laid out when the first
 * tables are there, whose hash it has. */
static nixe_status sample(const nixe_parallel *parallel, const nixe_options *options, run *r) {
    nixe_job *job = &r->job;
    nixe_mc_states *states = &r->states;
    int opened = 0;
    int64_t *task;
    NIXE_TRY(nixe_allocate(&task, job->resume.rows, sizeof *task, "the list of tasks"));
    NIXE_TRY(nixe_mc_states_check(parallel, options, &job->lattice, states));
    for (int first = 0; first < states->stiffnesses && !job->stop; first += states->batch) {
        const int count = states->stiffnesses - first < states->batch ? states->stiffnesses - first : states->batch;
        const double start = MPI_Wtime();
        if (!tasks_left(r, options, first, count, nixe_mc_whole(options), task) && !job->resume.rebuild_potential) continue;
        const nixe_status status = nixe_mc_states_build(parallel, options, &job->lattice, first, count, states);
        if (status == NIXE_STOPPED && opened) NIXE_TRY(nixe_file_close(&job->file));
        if (status) return status;
        job->set_up_seconds += MPI_Wtime() - start;
        if (!opened) NIXE_TRY(begin(parallel, options, first == 0, r));
        opened = 1;
        NIXE_TRY(nixe_mc_states_store(options, &job->lattice, &job->file, states));
        NIXE_TRY(sample_batch(parallel, options, r, first, count, task));
        nixe_mc_states_clear(states);
    }
    free(task);
    if (!opened) NIXE_TRY(begin(parallel, options, 0, r)); /* killed when all was done but for the last word */
    if (options->mc_equilibration < 0 && !job->stop) {
        NIXE_TRY(nixe_parallel_combine(parallel, job->resume.done, job->resume.rows, MPI_MAX));
        NIXE_TRY(nixe_precision_write_equilibration(&job->file, options, job->resume.done));
    }
    NIXE_TRY(nixe_job_finish(job, &r->mc.record, nixe_mc_before_records(options) + nixe_until_round(options, 0)));
    return nixe_job_summarise(job, r->mc.strain_seconds);
}

static void destroy(run *r) {
    nixe_mc_record_destroy(&r->mc);
    nixe_checkpoint_destroy(&r->job.checkpoint);
    nixe_pairs_destroy(&r->pairs);
    nixe_lattice_destroy(&r->job.lattice);
    nixe_mc_states_destroy(&r->states);
    free(r->is_precise);
}

nixe_status nixe_command_mc(const nixe_parallel *parallel, const nixe_options *options) {
    run r = {.job = {.parallel = parallel, .options = options}};
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
