/* Ensemble: who runs what, and when the ranks meet to write. Collective over all ranks. */
#include "nixe/run/ensemble.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "nixe/base/stage.h"
#include "nixe/run/stop.h"

/* Counters on rank 0 that everybody adds to; behind them are the whereabouts of each rank's task, for the progress. */
enum { NEXT_TASK, FINISHED_TASKS, STEPS, COUNTERS };
enum { WHEREABOUTS = sizeof(nixe_whereabouts) / sizeof(double) };

static const double shortest_interval = 2.0; /* seconds between meetings */
static const double stop_reserve = 1.0;      /* seconds that a stop takes, before the first checkpoint is measured */
static const double interval_per_write = 50; /* ... and at least so many times as long as a write takes: 2 % */

typedef struct {
    const nixe_parallel *parallel;
    const nixe_work *work;
    MPI_Win window;
    int64_t *counter;              /* COUNTERS, on rank 0 */
    nixe_whereabouts *whereabouts; /* ranks, on rank 0 */
    int is_told;                   /* 1: rank 0 has the whereabouts of the present task */
    int64_t task;                  /* -1: none */
    int64_t next, end;             /* tasks that this rank has taken and not begun: next .. end - 1 */
    int64_t handful;               /* tasks taken at once */
    int64_t taken;                 /* by this team */
    int in_checkpoint;             /* 1: the checkpoint holds a state of the present task */
    int64_t posted;                /* steps of the present task that are in the counter */
    double posted_time;
    int exhausted; /* no task is left to take */
    nixe_checkpoint *checkpoint;
    double checkpoint_every, checkpoint_time;
    int changes; /* states of finished tasks that the next checkpoint takes over */
    nixe_saved *change;
    int stop;            /* code of the reason to stop, or 0 */
    MPI_Request meeting; /* MPI_REQUEST_NULL: not joined */
    double meeting_time, last_meeting;
    int meetings;
} ensemble;

static nixe_status add(ensemble *e, int counter, int64_t amount, int64_t *before) {
    NIXE_MPI(MPI_Fetch_and_op(&amount, before, MPI_INT64_T, 0, counter, MPI_SUM, e->window));
    NIXE_MPI(MPI_Win_flush(0, e->window));
    return NIXE_OK;
}

/* The numbers under which the present task is saved by this rank: first .. last - 1. */
static void saved_numbers(const ensemble *e, int64_t *first, int64_t *last) {
    const nixe_work *work = e->work;
    *first = work->parts ? e->task * work->parts + work->first : e->task;
    *last = work->parts ? e->task * work->parts + work->last : e->task + 1;
}

int nixe_work_is_saved(const nixe_work *work, const nixe_checkpoint *checkpoint, int64_t task) {
    const int parts = work->parts ? work->parts : 1;
    int found = 0;
    for (int p = 0; p < parts; p++) found |= nixe_checkpoint_find(checkpoint, task * parts + p) != NULL;
    return found;
}

/* Begin the task, or go on with what was saved of it. */
static nixe_status begin_task(ensemble *e) {
    const nixe_work *work = e->work;
    int64_t first, last;
    int is_begun = work->parts > 0;
    saved_numbers(e, &first, &last);
    e->in_checkpoint = 0;
    if (is_begun) NIXE_TRY(work->begin(work->worker, e->task));
    for (int64_t number = first; number < last; number++) {
        nixe_bytes *saved = nixe_checkpoint_find(e->checkpoint, number);
        if (!saved) continue;
        e->in_checkpoint = is_begun = 1;
        saved->position = 0;
        if (!work->load(work->worker, number, saved) && saved->position == saved->used) continue;
        printf("warning   a state in %s is not used, and its task begins again: %s\n", e->checkpoint->path,
               *nixe_status_message() ? nixe_status_message() : "it is longer than it should be");
        nixe_status_clear();
        return work->begin(work->worker, e->task);
    }
    return is_begun ? NIXE_OK : work->begin(work->worker, e->task);
}

static nixe_status take_task(ensemble *e) {
    const nixe_work *work = e->work;
    if (e->next == e->end) {
        if (work->teams) e->next = work->team + work->teams * e->taken++;
        else NIXE_TRY(add(e, NEXT_TASK, e->handful, &e->next));
        e->end = e->next + e->handful < work->tasks ? e->next + e->handful : work->tasks;
        e->exhausted = e->next >= work->tasks;
    }
    if (e->exhausted) return NIXE_OK;
    e->task = work->task[e->next++];
    NIXE_TRY(begin_task(e));
    e->posted = work->steps(work->worker); /* what an earlier run did does not count for the speed */
    return NIXE_OK;
}

/* Remember the state of the present task for the next checkpoint; `keep` 0: that it is done with. */
static nixe_status remember_state(ensemble *e, int keep) {
    int64_t first, last;
    if (!keep && !e->in_checkpoint) return NIXE_OK; /* most trajectories end before any checkpoint has seen them */
    saved_numbers(e, &first, &last);
    nixe_saved *more = realloc(e->change, (size_t)(e->changes + last - first) * sizeof *more);
    if (!more && last > first) return nixe_fail(NIXE_FAILED, "out of memory: the saved states");
    e->change = more;
    for (int64_t number = first; number < last; number++) {
        nixe_saved *saved = &e->change[e->changes++];
        *saved = (nixe_saved){.task = number};
        if (keep) NIXE_TRY(e->work->save(e->work->worker, number, &saved->bytes));
    }
    return NIXE_OK;
}

/* Tell rank 0 where the present task is, if it lasts, and once more when it has ended. */
static nixe_status tell(ensemble *e, int finished) {
    nixe_whereabouts here = {.time = -1};
    if (!e->work->look || (finished && !e->is_told)) return NIXE_OK;
    if (!finished) here = e->work->look(e->work->worker);
    e->is_told = !finished;
    const MPI_Aint place = COUNTERS + WHEREABOUTS * (MPI_Aint)e->parallel->rank;
    NIXE_MPI(MPI_Put(&here, WHEREABOUTS, MPI_DOUBLE, 0, place, WHEREABOUTS, MPI_DOUBLE, e->window));
    NIXE_MPI(MPI_Win_flush(0, e->window));
    return NIXE_OK;
}

/* Add the steps since the last time to the counter, for the progress. */
static nixe_status post_steps(ensemble *e) {
    int64_t before, steps = e->work->steps(e->work->worker);
    NIXE_TRY(add(e, STEPS, steps - e->posted, &before));
    e->posted = steps;
    e->posted_time = MPI_Wtime();
    return NIXE_OK;
}

static nixe_status advance(ensemble *e) {
    int finished = 0;
    const int counts = !e->work->teams || e->work->first == 0; /* of a team the first */
    int64_t before;
    NIXE_TRY(e->work->advance(e->work->worker, &finished));
    if (finished || MPI_Wtime() - e->posted_time > 0.5) {
        NIXE_TRY(post_steps(e));
        NIXE_TRY(tell(e, finished));
    }
    if (!finished) return NIXE_OK;
    NIXE_TRY(remember_state(e, e->work->keeps_finished));
    e->task = -1;
    e->posted = 0;
    return add(e, FINISHED_TASKS, counts, &before);
}

/* Save the states of all tasks that have begun. Collective. */
static nixe_status save_states(ensemble *e) {
    if (e->task >= 0) NIXE_TRY(remember_state(e, 1));
    e->in_checkpoint = 1;
    const int changes = e->changes;
    e->changes = 0;
    e->checkpoint_time = MPI_Wtime();
    NIXE_TRY(e->work->sync(e->work->worker)); /* the data reach the disk before the states that count on them */
    return nixe_checkpoint_write(e->checkpoint, changes, e->change);
}

/* Everybody is here: write, save, and find out whether everybody has finished or should stop. */
static nixe_status hold_meeting(ensemble *e, int *over) {
    enum { TOOK, GOING_ON, FILLED, STOP, SAVE, COUNT };
    const double start = MPI_Wtime();
    double most[COUNT];
    most[FILLED] = e->work->fullness(e->work->worker) / (start - e->last_meeting); /* of the buffers a second */
    NIXE_TRY(e->work->write(e->work->worker));
    most[TOOK] = MPI_Wtime() - start;
    most[GOING_ON] = !e->exhausted || e->task >= 0;
    most[STOP] = e->stop;
    most[SAVE] = start - e->checkpoint_time > e->checkpoint_every;
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, most, COUNT, MPI_DOUBLE, MPI_MAX, e->parallel->comm));
    const int finished = most[GOING_ON] == 0;
    e->stop = finished ? 0 : (int)most[STOP];
    *over = finished || e->stop;
    if (most[SAVE] > 0 || e->stop || (finished && e->work->keeps_finished)) NIXE_TRY(save_states(e));
    double interval = fmin(fmax(interval_per_write * most[TOOK], shortest_interval), e->checkpoint_every);
    if (most[FILLED] * interval > 0.7) interval = 0.7 / most[FILLED]; /* before the fastest is full */
    e->last_meeting = MPI_Wtime();
    e->meeting_time = e->last_meeting + interval;
    e->meetings++;
    return NIXE_OK;
}

/* Has this rank, or one that has told it, been asked to stop? Looking for messages also lets MPI progress. */
static nixe_status look_for_stop(ensemble *e) {
    MPI_Status message;
    int here = 0, code = nixe_stop_code(stop_reserve + e->checkpoint->seconds);
    NIXE_MPI(MPI_Iprobe(MPI_ANY_SOURCE, NIXE_TAG_STOP, e->parallel->comm, &here, &message));
    if (here) {
        int told;
        NIXE_MPI(MPI_Recv(&told, 1, MPI_INT, message.MPI_SOURCE, NIXE_TAG_STOP, e->parallel->comm, MPI_STATUS_IGNORE));
        if (!e->stop) e->stop = told;
    }
    if (!code || e->stop) return NIXE_OK;
    e->stop = code;
    for (int rank = 0; rank < e->parallel->size; rank++)
        if (rank != e->parallel->rank) NIXE_MPI(MPI_Send(&code, 1, MPI_INT, rank, NIXE_TAG_STOP, e->parallel->comm));
    return NIXE_OK;
}

/* Join the next meeting when it is time, or when there is nothing else to do; hold it when all have joined. */
static nixe_status attend(ensemble *e, int *over) {
    const int idle = e->exhausted && e->task < 0, full = e->work->fullness(e->work->worker) >= 1;
    int here = 0;
    NIXE_TRY(look_for_stop(e));
    if (e->meeting == MPI_REQUEST_NULL && (idle || full || e->stop || MPI_Wtime() >= e->meeting_time))
        NIXE_MPI(MPI_Ibarrier(e->parallel->comm, &e->meeting));
    if (e->meeting == MPI_REQUEST_NULL) return NIXE_OK;
    NIXE_MPI(MPI_Test(&e->meeting, &here, MPI_STATUS_IGNORE));
    if (here) return hold_meeting(e, over);
    if (idle || full) nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    return NIXE_OK;
}

/* Rank 0: what it has been told. */
static nixe_status show(ensemble *e, nixe_progress *progress) {
    nixe_under_way under_way = {0};
    NIXE_MPI(MPI_Win_sync(e->window));
    for (int rank = 0; rank < e->parallel->size; rank++) nixe_under_way_add(&under_way, &e->whereabouts[rank]);
    nixe_progress_show(progress, e->counter[FINISHED_TASKS], e->work->tasks, e->counter[STEPS],
                       e->work->tasks * e->work->task_steps, &under_way);
    return NIXE_OK;
}

static nixe_status run(ensemble *e, nixe_progress *progress) {
    for (int over = 0; !over;) {
        int full = e->work->fullness(e->work->worker) >= 1;
        if (e->task < 0 && !e->exhausted && !full) NIXE_TRY(take_task(e));
        if (e->task >= 0 && !full) NIXE_TRY(advance(e));
        NIXE_TRY(attend(e, &over));
        if (e->parallel->rank == 0 && nixe_progress_is_due(progress)) NIXE_TRY(show(e, progress));
    }
    return NIXE_OK;
}

nixe_status nixe_ensemble_run(const nixe_parallel *parallel, const nixe_work *work, nixe_checkpoint *checkpoint,
                              double checkpoint_every, nixe_progress *progress, nixe_ensemble_report *report) {
    double start = MPI_Wtime();
    ensemble e = {.parallel = parallel, .work = work, .task = -1, .meeting = MPI_REQUEST_NULL};
    const MPI_Aint numbers = parallel->rank == 0 ? COUNTERS + WHEREABOUTS * (MPI_Aint)parallel->size : 0;
    nixe_stage_begin(NIXE_SAMPLING);
    e.checkpoint = checkpoint;
    e.checkpoint_every = checkpoint_every;
    e.last_meeting = e.checkpoint_time = start;
    e.meeting_time = start + fmin(shortest_interval, checkpoint_every);
    e.handful = work->teams ? 1 : work->tasks / ((int64_t)parallel->size * 64) + 1;
    NIXE_MPI(MPI_Win_allocate(numbers * (MPI_Aint)sizeof(int64_t), sizeof(int64_t), MPI_INFO_NULL, parallel->comm, &e.counter,
                              &e.window));
    for (int c = 0; c < COUNTERS && parallel->rank == 0; c++) e.counter[c] = 0;
    e.whereabouts = (nixe_whereabouts *)(void *)(e.counter + COUNTERS);
    for (int rank = 0; rank < parallel->size && parallel->rank == 0; rank++)
        e.whereabouts[rank] = (nixe_whereabouts){.time = -1};
    NIXE_MPI(MPI_Barrier(parallel->comm));
    NIXE_MPI(MPI_Win_lock_all(0, e.window));
    if (run(&e, progress)) nixe_parallel_abort(parallel);
    NIXE_MPI(MPI_Win_unlock_all(e.window));
    NIXE_MPI(MPI_Barrier(parallel->comm));
    *report =
        (nixe_ensemble_report){.steps = parallel->rank == 0 ? e.counter[STEPS] : 0, .meetings = e.meetings, .stop = e.stop};
    NIXE_MPI(MPI_Bcast(&report->steps, 1, MPI_INT64_T, 0, parallel->comm));
    NIXE_MPI(MPI_Win_free(&e.window));
    nixe_stage_end();
    report->seconds = MPI_Wtime() - start;
    free(e.change);
    nixe_progress_end(progress);
    return NIXE_OK;
}
