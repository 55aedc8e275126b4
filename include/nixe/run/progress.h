/* Progress: one line that says how far a run is, its rate, and the time left. On a terminal it is updated in place, else it is
 * printed once a minute. Only rank 0 prints. Not collective. */
#ifndef NIXE_RUN_PROGRESS_H
#define NIXE_RUN_PROGRESS_H

#include <stdint.h>

#include "nixe/run/under_way.h"

typedef struct {
    int active;                /* 0: print nothing */
    int terminal;              /* standard output is one */
    const char *tasks, *steps; /* what is counted: "trajectories", "events" */
    double start, last;        /* seconds */
    int printed;
} nixe_progress;

void nixe_progress_begin(nixe_progress *progress, int active, const char *tasks, const char *steps);

/* `done` of `all` tasks are finished; `steps` steps have been done of all_steps (0: not known); under_way: where the others
 * are, if that is known. Prints if it is time to. */
void nixe_progress_show(nixe_progress *progress, int64_t done, int64_t all, int64_t steps, int64_t all_steps,
                        const nixe_under_way *under_way);

/* Whether nixe_progress_show() would print. */
int nixe_progress_is_due(const nixe_progress *progress);

void nixe_progress_end(nixe_progress *progress);

/* A duration in words: "12 s", "3 min 20 s", "5 h 10 min". */
void nixe_progress_duration(double seconds, char *text, int size);

#endif
