/* Ensemble: who runs what, and when the ranks meet to write.
 *
 * Tasks (trajectories, replicas) are numbered; ranks take the next number from a counter on rank 0 (MPI one-sided), since
 * tasks differ in length; several at once where there are many. A task is advanced in slices of about a millisecond; between
 * slices a rank looks into MPI, so that counters progress whatever the transport. The ranks write what they have finished
 * together, at meetings: a rank whose clock says that it is time joins a non-blocking barrier and works on; when the barrier
 * completes everybody has joined, and all write. Nobody waits for longer than a slice. Clocks decide when rows are written,
 * never what is in them.
 *
 * Where there are fewer tasks than ranks a team of ranks may share one: then each rank has its parts of the same tasks. */
#ifndef NIXE_RUN_ENSEMBLE_H
#define NIXE_RUN_ENSEMBLE_H

#include "nixe/base/parallel.h"
#include "nixe/run/checkpoint.h"
#include "nixe/run/progress.h"

/* What an ensemble is made of; the ensemble does not look inside. */
typedef struct {
    void *worker;        /* its own data */
    int64_t tasks;       /* tasks to do */
    const int64_t *task; /* their numbers */
    int64_t task_steps;  /* steps of a task, where that is known; else 0 */
    int parts;           /* 0: a task is saved whole, by its number; else part p of task t by itself, as number t parts + p */
    int first, last;     /* the parts on this rank: first .. last - 1 */
    int64_t team, teams; /* teams > 0: of the list this rank does number team, team + teams, ..., with its team; 0: ranks take
                            tasks as they come */
    int keeps_finished;  /* 1: the states of finished tasks stay in the checkpoint, for a longer run to go on from */
    nixe_status (*begin)(void *worker, int64_t task);
    nixe_status (*advance)(void *worker, int *finished); /* one slice, about a millisecond */
    int64_t (*steps)(const void *worker);                /* events or sweeps of the task since it began */
    nixe_whereabouts (*look)(const void *worker);        /* where the task is; NULL: not told */
    double (*fullness)(const void *worker);              /* of the buffers; from 1 on nothing is begun before a write */
    nixe_status (*write)(void *worker);                  /* collective: write all that is known */
    nixe_status (*sync)(void *worker);                   /* collective: what was written reaches the disk */
    nixe_status (*save)(const void *worker, int64_t number,
                        nixe_bytes *bytes);                               /* all that the task, or a part, needs to go on */
    nixe_status (*load)(void *worker, int64_t number, nixe_bytes *bytes); /* instead of begin, or of a part after it; where it
                                                                             fails, begin follows */
} nixe_work;

/* Whether the checkpoint has a state of some part of a task. Not collective. */
int nixe_work_is_saved(const nixe_work *work, const nixe_checkpoint *checkpoint, int64_t task);

/* What an ensemble did, over all ranks. */
typedef struct {
    int64_t steps;
    double seconds; /* wall clock, output included */
    int meetings;
    int stop; /* code of the reason for which it stopped early, or 0 */
} nixe_ensemble_report;

/* Run all tasks, or until a stop is requested; states are saved in `checkpoint` at least every checkpoint_every seconds and on
 * a stop. A failure on one rank ends all ranks here, with its sentence. Collective over all ranks. */
nixe_status nixe_ensemble_run(const nixe_parallel *parallel, const nixe_work *work, nixe_checkpoint *checkpoint,
                              double checkpoint_every, nixe_progress *progress, nixe_ensemble_report *report);

#endif
