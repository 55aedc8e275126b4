/* Memory: will a run fit? Asked before anything large is allocated. */
#ifndef NIXE_MEMORY_H
#define NIXE_MEMORY_H

#include "nixe/parallel.h"

/* What a run needs, in bytes. */
typedef struct {
    double shared;  /* tables, once a node */
    double private; /* each rank */
} nixe_memory;

/* Refuse (NIXE_REFUSED) a run that does not fit into the free memory of every machine, or whose shared tables do not fit
 * into /dev/shm; the sentence gives what is needed and what there is. Collective over all ranks. */
nixe_status nixe_memory_check(const nixe_parallel *parallel, nixe_memory need);

/* Bytes that shared tables may take on every machine, beside `private` bytes of each rank. Collective over all ranks. */
nixe_status nixe_memory_for_tables(const nixe_parallel *parallel, double private, double *bytes);

/* Bytes in words: "4.16 MB". */
void nixe_memory_print(double bytes, char *text, int size);

#endif
