/* Fit: will a run fit? Asked before anything large is allocated. */
#ifndef NIXE_BASE_FIT_H
#define NIXE_BASE_FIT_H

#include "nixe/base/parallel.h"

/* What a run needs, in bytes. */
typedef struct {
    double shared;  /* tables, once a node */
    double private; /* each rank */
    double saved;   /* rank 0: saved states of all tasks; where there is one machine or many, one of them must have it */
} nixe_need;

/* Refuse (NIXE_REFUSED) a run that does not fit into the free memory of every machine, or whose shared tables do not fit
 * into /dev/shm; the sentence gives what is needed and what there is. Collective over all ranks. */
nixe_status nixe_fit_check(const nixe_parallel *parallel, nixe_need need);

/* Bytes that shared tables may take on every machine, beside `private` bytes of each rank. Collective over all ranks. */
nixe_status nixe_fit_tables(const nixe_parallel *parallel, double private, double *bytes);

/* Bytes that the control group of this process, or one that it is in, leaves it: a job's or a container's memory. groups: the
 * file that names it; root: where the groups are mounted. Infinite where nothing limits it. Not collective. */
double nixe_fit_group(const char *groups, const char *root);

/* Bytes in words: "4.16 MB". */
void nixe_fit_print(double bytes, char *text, int size);

#endif
