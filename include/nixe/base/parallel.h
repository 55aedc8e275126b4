/* Parallel: everything that nixe asks of MPI outside the ensemble and the file: ranks, nodes, memory shared by a node,
 * agreement on failures. Every function here is collective over all ranks unless it says otherwise. */
#ifndef NIXE_BASE_PARALLEL_H
#define NIXE_BASE_PARALLEL_H

#include <mpi.h>

#include "nixe/base/bytes.h"
#include "nixe/base/error.h"

/* Tags of messages. */
enum { NIXE_TAG_STOP = 1, NIXE_TAG_STATES = 2 };

typedef struct {
    MPI_Comm comm; /* all ranks */
    int rank, size;
    MPI_Comm node; /* the ranks that share memory with this one */
    int node_rank, node_size;
    MPI_Comm leaders; /* rank 0 of each node; MPI_COMM_NULL on the others */
    int nodes, node_index;
    int host_size;     /* ranks on this machine, whether or not they share memory */
    int shares_memory; /* 0 where this MPI offers no shared windows: then every rank counts as a node */
} nixe_parallel;

nixe_status nixe_parallel_create(nixe_parallel *parallel, MPI_Comm comm);
void nixe_parallel_destroy(nixe_parallel *parallel);

/* Make the ranks agree: returns the worst status of all ranks, on every rank, with the sentence of the lowest rank
 * that failed. */
nixe_status nixe_parallel_agree(const nixe_parallel *parallel, nixe_status status);

/* Not collective: print the sentence of a failure that the ranks have not agreed on, and end all of them. Where several fail
 * together (a full disk), one prints. */
void nixe_parallel_abort(const nixe_parallel *parallel);

/* Not collective: whether the failure that is under way is known to all ranks: by nixe_parallel_agree(), or as a refusal or a
 * stop, which are the same on all. */
int nixe_parallel_knows(nixe_status status);

/* Not collective: turn the return value of an MPI call into a status. */
nixe_status nixe_mpi_status(int code, const char *call);
#define NIXE_MPI(call) NIXE_TRY(nixe_mpi_status((call), #call))

/* Give bytes of rank 0 to every rank; those of the others are created. */
nixe_status nixe_parallel_broadcast(const nixe_parallel *parallel, nixe_bytes *bytes);

/* Combine `count` numbers of all ranks with MPI_MIN, MPI_MAX, ...: every rank has the results in their place. */
nixe_status nixe_parallel_combine(const nixe_parallel *parallel, int64_t *values, int64_t count, MPI_Op how);

/* The part first .. last-1 of `count` rows that falls to part `part` of `parts`. Not collective. */
void nixe_parallel_part(long count, int part, int parts, long *first, long *last);

/* An array of doubles of which each node holds one copy (MPI-3 shared memory). Collective over the node. */
typedef struct {
    double *memory;
    MPI_Win window; /* MPI_WIN_NULL where the memory is private */
} nixe_shared;

nixe_status nixe_shared_create(const nixe_parallel *parallel, long long count, const char *what, nixe_shared *shared);
void nixe_shared_destroy(nixe_shared *shared);

/* Give the memory behind the first `count` numbers back to the system, which may decline. All ranks must have done with it. */
void nixe_shared_shrink(const nixe_parallel *parallel, long long size, long long count, const nixe_shared *shared);

/* What the ranks of the node have written before is seen by all of them after. */
nixe_status nixe_shared_sync(const nixe_parallel *parallel, const nixe_shared *shared);

#endif
