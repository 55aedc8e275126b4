/* Checkpoint: the states of unfinished tasks (and of finished ones that may be continued), in a file beside the data.
 *
 * FILE.checkpoint holds, for every task that has begun, everything that it needs to go on exactly as if nothing had happened.
 * It is written whole under another name, flushed to the disk and renamed; the one before it is kept as FILE.checkpoint.old
 * until the next. It carries a checksum and the hash of the options that it belongs to. Any number of ranks
 * may continue what any other number began. */
#ifndef NIXE_RUN_CHECKPOINT_H
#define NIXE_RUN_CHECKPOINT_H

#include "nixe/base/bytes.h"
#include "nixe/base/parallel.h"
#include "nixe/file/lock.h"

/* The saved state of a task. */
typedef struct {
    int64_t task;
    nixe_bytes bytes; /* none: the task is done with */
} nixe_saved;

typedef struct {
    const nixe_parallel *parallel;
    char file[4096], path[NIXE_BESIDE_PATH]; /* FILE, FILE.checkpoint */
    uint64_t identity;                       /* hash of the options that make two runs the same */
    int count;                               /* rank 0: states of all tasks; others: those that were read */
    nixe_saved *saved;
    int32_t *slot;   /* hash table: where the state of a task is in `saved`, or -1 */
    int slots;       /* its size, a power of two */
    double seconds;  /* that the last write took, and with it every rank waited */
    int passed_over; /* the newest file could not be used: it never replaces the older one */
    int writes;
    double longest; /* seconds that the longest write took */
} nixe_checkpoint;

/* A checkpoint of the data file at `path`; nothing is read or written. parallel: NULL where it is only looked at. Not
 * collective. */
void nixe_checkpoint_create(nixe_checkpoint *checkpoint, const nixe_parallel *parallel, const char *path, uint64_t identity);

/* Forget all states. */
void nixe_checkpoint_destroy(nixe_checkpoint *checkpoint);

/* Read the newest one that is whole and belongs to these options, if there is any: all ranks get all states. A damaged or
 * foreign file is passed over with a warning on rank 0. Collective. */
nixe_status nixe_checkpoint_read(nixe_checkpoint *checkpoint);

/* Read the newest one as it is, for whoever wants to know and has no run (`parallel` is NULL). Not collective. */
nixe_status nixe_checkpoint_look(nixe_checkpoint *checkpoint);

/* The state of a task, or NULL. Not collective. */
nixe_bytes *nixe_checkpoint_find(const nixe_checkpoint *checkpoint, int64_t task);

/* Drop the saved states that `keep` does not want (rank after rank alike: it must answer the same on all); returns how many.
 * Not collective. */
int nixe_checkpoint_prune(nixe_checkpoint *checkpoint, int (*keep)(const void *worker, int64_t task, nixe_bytes *bytes),
                          const void *worker);

/* Changes of this rank's tasks since the last write; an empty state: the task is done with. Takes the states over. Collective.
 */
nixe_status nixe_checkpoint_write(nixe_checkpoint *checkpoint, int changes, nixe_saved *change);

/* Print how many checkpoints were written, and for how long the longest held the ranks. Rank 0; not collective. */
void nixe_checkpoint_print(const nixe_checkpoint *checkpoint);

#endif
