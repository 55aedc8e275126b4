/* Ensemble: who runs what, and when the ranks meet to write. Collective over all ranks. */
#include "nixe/ensemble.h"

#include <time.h>

/* Counters on rank 0 that everybody adds to. */
enum { NEXT_TASK, FINISHED_TASKS, STEPS, COUNTERS };

static const double shortest_interval = 2.0; /* seconds between meetings */
static const double interval_per_write = 50; /* ... and at least so many times as long as a write takes: 2 % */

typedef struct {
    const nixe_parallel *parallel;
    const nixe_work *work;
    MPI_Win window;
    int64_t *counter;    /* COUNTERS, on rank 0 */
    int64_t task;        /* -1: none */
    int exhausted;       /* no task is left to take */
    MPI_Request meeting; /* MPI_REQUEST_NULL: not joined */
    double meeting_time;
    int meetings;
} ensemble;

static nixe_status add(ensemble *e, int counter, int64_t amount, int64_t *before) {
    NIXE_MPI(MPI_Fetch_and_op(&amount, before, MPI_INT64_T, 0, counter, MPI_SUM, e->window));
    NIXE_MPI(MPI_Win_flush(0, e->window));
    return NIXE_OK;
}

static nixe_status take_task(ensemble *e) {
    int64_t next;
    NIXE_TRY(add(e, NEXT_TASK, 1, &next));
    e->exhausted = next >= e->work->tasks;
    e->task = e->exhausted ? -1 : next;
    return e->exhausted ? NIXE_OK : e->work->begin(e->work->state, next);
}

static nixe_status advance(ensemble *e) {
    int finished = 0;
    int64_t before;
    NIXE_TRY(e->work->advance(e->work->state, &finished));
    if (!finished) return NIXE_OK;
    e->task = -1;
    NIXE_TRY(add(e, FINISHED_TASKS, 1, &before));
    return add(e, STEPS, e->work->steps(e->work->state), &before);
}

/* Everybody is here: write, and find out whether everybody has finished. */
static nixe_status hold_meeting(ensemble *e, int *over) {
    double start = MPI_Wtime(), took[2];
    NIXE_TRY(e->work->write(e->work->state));
    took[0] = MPI_Wtime() - start;
    took[1] = !e->exhausted || e->task >= 0; /* 1: this rank goes on */
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, took, 2, MPI_DOUBLE, MPI_MAX, e->parallel->comm));
    *over = took[1] == 0;
    double interval = interval_per_write * took[0];
    e->meeting_time = MPI_Wtime() + (interval > shortest_interval ? interval : shortest_interval);
    e->meetings++;
    return NIXE_OK;
}

/* Join the next meeting when it is time, or when there is nothing else to do; hold it when all have joined. */
static nixe_status attend(ensemble *e, int *over) {
    int idle = e->exhausted && e->task < 0, full = e->work->full(e->work->state), here = 0;
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
        if (!e->work->full(e->work->state)) {
            if (e->task < 0 && !e->exhausted) NIXE_TRY(take_task(e));
            if (e->task >= 0) NIXE_TRY(advance(e));
        }
        NIXE_TRY(attend(e, &over));
        if (e->parallel->rank == 0) {
            NIXE_MPI(MPI_Win_sync(e->window));
            nixe_progress_show(progress, e->counter[FINISHED_TASKS], e->work->tasks, e->counter[STEPS]);
        }
    }
    return NIXE_OK;
}

nixe_status nixe_ensemble_run(const nixe_parallel *parallel, const nixe_work *work, nixe_progress *progress,
                              nixe_ensemble_report *report) {
    double start = MPI_Wtime();
    ensemble e = {.parallel = parallel, .work = work, .task = -1, .meeting = MPI_REQUEST_NULL};
    MPI_Aint bytes = parallel->rank == 0 ? COUNTERS * sizeof(int64_t) : 0;
    e.meeting_time = start + shortest_interval;
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
