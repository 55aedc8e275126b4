/* Ensemble: who runs what, and when the ranks meet to write. Collective over all ranks. */
#include "nixe/ensemble.h"

#include <math.h>
#include <time.h>

/* Counters on rank 0 that everybody adds to. */
enum { NEXT_TASK, FINISHED_TASKS, STEPS, COUNTERS };

static const double shortest_interval = 2.0; /* seconds between meetings */
static const double interval_per_write = 50; /* ... and at least so many times as long as a write takes: 2 % */

typedef struct {
    const nixe_parallel *parallel;
    const nixe_work *work;
    MPI_Win window;
    int64_t *counter;  /* COUNTERS, on rank 0 */
    int64_t task;      /* -1: none */
    int64_t next, end; /* tasks that this rank has taken and not begun: next .. end - 1 */
    int64_t share;     /* tasks taken at once */
    int64_t posted;    /* steps of the present task that are in the counter */
    double posted_time;
    int exhausted;       /* no task is left to take */
    MPI_Request meeting; /* MPI_REQUEST_NULL: not joined */
    double meeting_time, last_meeting;
    int meetings;
} ensemble;

static nixe_status add(ensemble *e, int counter, int64_t amount, int64_t *before) {
    NIXE_MPI(MPI_Fetch_and_op(&amount, before, MPI_INT64_T, 0, counter, MPI_SUM, e->window));
    NIXE_MPI(MPI_Win_flush(0, e->window));
    return NIXE_OK;
}

static nixe_status take_task(ensemble *e) {
    if (e->next == e->end) {
        NIXE_TRY(add(e, NEXT_TASK, e->share, &e->next));
        e->end = e->next + e->share < e->work->tasks ? e->next + e->share : e->work->tasks;
        e->exhausted = e->next >= e->work->tasks;
    }
    if (e->exhausted) return NIXE_OK;
    e->task = e->next++;
    return e->work->begin(e->work->state, e->task);
}

/* Add the steps since the last time to the counter, for the progress. */
static nixe_status post_steps(ensemble *e) {
    int64_t before, steps = e->work->steps(e->work->state);
    NIXE_TRY(add(e, STEPS, steps - e->posted, &before));
    e->posted = steps;
    e->posted_time = MPI_Wtime();
    return NIXE_OK;
}

static nixe_status advance(ensemble *e) {
    int finished = 0;
    int64_t before;
    NIXE_TRY(e->work->advance(e->work->state, &finished));
    if (finished || MPI_Wtime() - e->posted_time > 0.5) NIXE_TRY(post_steps(e));
    if (!finished) return NIXE_OK;
    e->task = -1;
    e->posted = 0;
    return add(e, FINISHED_TASKS, 1, &before);
}

/* Everybody is here: write, and find out whether everybody has finished. */
static nixe_status hold_meeting(ensemble *e, int *over) {
    double start = MPI_Wtime(), took[3];
    took[2] = e->work->fullness(e->work->state) / (start - e->last_meeting); /* buffers filled a second */
    NIXE_TRY(e->work->write(e->work->state));
    took[0] = MPI_Wtime() - start;
    took[1] = !e->exhausted || e->task >= 0; /* 1: this rank goes on */
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, took, 3, MPI_DOUBLE, MPI_MAX, e->parallel->comm));
    *over = took[1] == 0;
    double interval = fmax(interval_per_write * took[0], shortest_interval);
    if (took[2] * interval > 0.7) interval = 0.7 / took[2]; /* before the fastest is full */
    e->last_meeting = MPI_Wtime();
    e->meeting_time = e->last_meeting + interval;
    e->meetings++;
    return NIXE_OK;
}

/* Join the next meeting when it is time, or when there is nothing else to do; hold it when all have joined. */
static nixe_status attend(ensemble *e, int *over) {
    int idle = e->exhausted && e->task < 0, full = e->work->fullness(e->work->state) >= 1, here = 0;
    if (e->meeting == MPI_REQUEST_NULL && (idle || full || MPI_Wtime() >= e->meeting_time))
        NIXE_MPI(MPI_Ibarrier(e->parallel->comm, &e->meeting));
    if (e->meeting == MPI_REQUEST_NULL) {
        NIXE_MPI(MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, e->parallel->comm, &here, MPI_STATUS_IGNORE)); /* progress */
        return NIXE_OK;
    }
    NIXE_MPI(MPI_Test(&e->meeting, &here, MPI_STATUS_IGNORE));
    if (here) return hold_meeting(e, over);
    if (idle || full) nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    return NIXE_OK;
}

static nixe_status run(ensemble *e, nixe_progress *progress) {
    for (int over = 0; !over;) {
        int full = e->work->fullness(e->work->state) >= 1;
        if (e->task < 0 && !e->exhausted && !full) NIXE_TRY(take_task(e));
        if (e->task >= 0 && !full) NIXE_TRY(advance(e));
        NIXE_TRY(attend(e, &over));
        if (e->parallel->rank == 0) {
            NIXE_MPI(MPI_Win_sync(e->window));
            nixe_progress_show(progress, e->counter[FINISHED_TASKS], e->work->tasks, e->counter[STEPS],
                               e->work->tasks * e->work->task_steps);
        }
    }
    return NIXE_OK;
}

nixe_status nixe_ensemble_run(const nixe_parallel *parallel, const nixe_work *work, nixe_progress *progress,
                              nixe_ensemble_report *report) {
    double start = MPI_Wtime();
    ensemble e = {.parallel = parallel, .work = work, .task = -1, .meeting = MPI_REQUEST_NULL};
    MPI_Aint bytes = parallel->rank == 0 ? COUNTERS * sizeof(int64_t) : 0;
    e.last_meeting = start;
    e.meeting_time = start + shortest_interval;
    e.share = work->tasks / ((int64_t)parallel->size * 64) + 1;
    NIXE_MPI(MPI_Win_allocate(bytes, sizeof(int64_t), MPI_INFO_NULL, parallel->comm, &e.counter, &e.window));
    for (int c = 0; c < COUNTERS && parallel->rank == 0; c++) e.counter[c] = 0;
    NIXE_MPI(MPI_Barrier(parallel->comm));
    NIXE_MPI(MPI_Win_lock_all(0, e.window));
    if (run(&e, progress)) nixe_parallel_abort(parallel);
    NIXE_MPI(MPI_Win_unlock_all(e.window));
    NIXE_MPI(MPI_Barrier(parallel->comm));
    *report = (nixe_ensemble_report){.steps = parallel->rank == 0 ? e.counter[STEPS] : 0, .meetings = e.meetings};
    NIXE_MPI(MPI_Bcast(&report->steps, 1, MPI_INT64_T, 0, parallel->comm));
    NIXE_MPI(MPI_Win_free(&e.window));
    report->seconds = MPI_Wtime() - start;
    nixe_progress_end(progress);
    return NIXE_OK;
}
