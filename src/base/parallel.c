/* Parallel: ranks, nodes, memory shared by a node, agreement on failures. Collective unless parallel.h says otherwise. */
#include "nixe/base/parallel.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* 1 once the ranks have agreed on a failure. */
static int agreed;

nixe_status nixe_mpi_status(int code, const char *call) {
    if (code == MPI_SUCCESS) return NIXE_OK;
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(code, text, &length);
    return nixe_fail(NIXE_FAILED, "MPI: %.*s: %s", (int)strcspn(call, "("), call, text);
}

/* Whether windows of shared memory work here: some transports have none. */
static int try_shared_window(MPI_Comm node) {
    MPI_Win window = MPI_WIN_NULL;
    double *memory;
    int works, everywhere = 0;
    works = MPI_Win_allocate_shared(sizeof(double), sizeof(double), MPI_INFO_NULL, node, &memory, &window) == MPI_SUCCESS;
    if (MPI_Allreduce(&works, &everywhere, 1, MPI_INT, MPI_MIN, node) != MPI_SUCCESS) everywhere = 0;
    if (works) MPI_Win_free(&window);
    return everywhere;
}

nixe_status nixe_parallel_create(nixe_parallel *parallel, MPI_Comm comm) {
    *parallel = (nixe_parallel){.node = MPI_COMM_NULL, .leaders = MPI_COMM_NULL};
    NIXE_MPI(MPI_Comm_dup(comm, &parallel->comm));
    NIXE_MPI(MPI_Comm_set_errhandler(parallel->comm, MPI_ERRORS_RETURN));
    NIXE_MPI(MPI_Comm_rank(parallel->comm, &parallel->rank));
    NIXE_MPI(MPI_Comm_size(parallel->comm, &parallel->size));
    NIXE_MPI(MPI_Comm_split_type(parallel->comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &parallel->node));
    NIXE_MPI(MPI_Comm_set_errhandler(parallel->node, MPI_ERRORS_RETURN));
    NIXE_MPI(MPI_Comm_size(parallel->node, &parallel->host_size));
    int works = try_shared_window(parallel->node), everywhere = 0;
    NIXE_MPI(MPI_Allreduce(&works, &everywhere, 1, MPI_INT, MPI_MIN, parallel->comm));
    parallel->shares_memory = everywhere;
    if (!everywhere) {
        MPI_Comm_free(&parallel->node);
        NIXE_MPI(MPI_Comm_dup(MPI_COMM_SELF, &parallel->node));
    }
    NIXE_MPI(MPI_Comm_rank(parallel->node, &parallel->node_rank));
    NIXE_MPI(MPI_Comm_size(parallel->node, &parallel->node_size));
    NIXE_MPI(MPI_Comm_split(parallel->comm, parallel->node_rank == 0 ? 0 : MPI_UNDEFINED, 0, &parallel->leaders));
    int position[2] = {0, 0};
    if (parallel->node_rank == 0) {
        NIXE_MPI(MPI_Comm_size(parallel->leaders, &position[0]));
        NIXE_MPI(MPI_Comm_rank(parallel->leaders, &position[1]));
    }
    NIXE_MPI(MPI_Bcast(position, 2, MPI_INT, 0, parallel->node));
    parallel->nodes = position[0];
    parallel->node_index = position[1];
    return NIXE_OK;
}

void nixe_parallel_destroy(nixe_parallel *parallel) {
    if (parallel->leaders != MPI_COMM_NULL) MPI_Comm_free(&parallel->leaders);
    if (parallel->node != MPI_COMM_NULL) MPI_Comm_free(&parallel->node);
    MPI_Comm_free(&parallel->comm);
}

int nixe_parallel_knows(nixe_status status) { return status != NIXE_FAILED || agreed; }

nixe_status nixe_parallel_agree(const nixe_parallel *parallel, nixe_status status) {
    int mine[2] = {(int)status, 0}, worst = 0, lowest = 0;
    char sentence[NIXE_SENTENCE] = "";
    NIXE_MPI(MPI_Allreduce(&mine[0], &worst, 1, MPI_INT, MPI_MAX, parallel->comm));
    if (worst == NIXE_OK) return NIXE_OK;
    mine[1] = (int)status == worst ? parallel->rank : INT_MAX;
    NIXE_MPI(MPI_Allreduce(&mine[1], &lowest, 1, MPI_INT, MPI_MIN, parallel->comm));
    snprintf(sentence, sizeof sentence, "%s", nixe_status_message());
    NIXE_MPI(MPI_Bcast(sentence, sizeof sentence, MPI_CHAR, lowest, parallel->comm));
    nixe_status_clear();
    agreed = 1;
    return nixe_fail((nixe_status)worst, "%s", sentence);
}

/* Waits until the launcher has taken what stands in its pipe, and a moment more in which it passes that on; half a second at
 * most. That of Open MPI 5 may otherwise put a text of its own on MPI_Abort first, and the sentence into one of its lines. */
static void wait_for_launcher(void) {
    static const struct timespec moment = {.tv_nsec = 100000000};
    int waiting = 1;
    for (int i = 0; i < 5 && waiting > 0; i++) {
        if (ioctl(STDERR_FILENO, FIONREAD, &waiting) != 0) waiting = 0;
        nanosleep(&moment, NULL);
    }
}

void nixe_parallel_abort(const nixe_parallel *parallel) {
    signal(SIGTERM, SIG_DFL); /* with which the launcher ends the ranks: it must not wake them up to speak */
    if (parallel->rank != 0) sleep(agreed ? 10 : 2); /* rank 0 first: it ends the others before they speak */
    fprintf(stderr, "nixe: rank %d: %s\n", parallel->rank, nixe_status_message());
    fflush(stderr);
    wait_for_launcher();
    MPI_Abort(parallel->comm, NIXE_FAILED);
}

nixe_status nixe_parallel_broadcast(const nixe_parallel *parallel, nixe_bytes *bytes) {
    static const size_t most = 1 << 30; /* of one message */
    nixe_status status = NIXE_OK;
    uint64_t count = bytes->used;
    NIXE_MPI(MPI_Bcast(&count, 1, MPI_UINT64_T, 0, parallel->comm));
    if (parallel->rank != 0) {
        *bytes = (nixe_bytes){0};
        status = nixe_allocate(&bytes->bytes, (long long)count, 1, "what rank 0 sends");
        bytes->used = bytes->capacity = count;
    }
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    for (size_t first = 0; first < count; first += most) {
        const size_t part = count - first < most ? count - first : most;
        NIXE_MPI(MPI_Bcast(bytes->bytes + first, (int)part, MPI_BYTE, 0, parallel->comm));
    }
    return NIXE_OK;
}

nixe_status nixe_parallel_combine(const nixe_parallel *parallel, int64_t *values, int64_t count, MPI_Op how) {
    static const int64_t most = 1 << 20; /* of one message */
    for (int64_t first = 0; first < count; first += most) {
        const int64_t part = count - first < most ? count - first : most;
        NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, values + first, (int)part, MPI_INT64_T, how, parallel->comm));
    }
    return NIXE_OK;
}

void nixe_parallel_part(long count, int part, int parts, long *first, long *last) {
    *first = count / parts * part + (part < count % parts ? part : count % parts);
    *last = *first + count / parts + (part < count % parts);
}

nixe_status nixe_shared_create(const nixe_parallel *parallel, long long count, const char *what, nixe_shared *shared) {
    *shared = (nixe_shared){.window = MPI_WIN_NULL};
    if (!parallel->shares_memory) return nixe_allocate(&shared->memory, count, sizeof(double), what);
    MPI_Aint bytes = parallel->node_rank == 0 ? (MPI_Aint)(count * (long long)sizeof(double)) : 0;
    int unit;
    NIXE_MPI(MPI_Win_allocate_shared(bytes, sizeof(double), MPI_INFO_NULL, parallel->node, &shared->memory, &shared->window));
    NIXE_MPI(MPI_Win_shared_query(shared->window, 0, &bytes, &unit, &shared->memory));
    NIXE_MPI(MPI_Win_lock_all(MPI_MODE_NOCHECK, shared->window));
    return NIXE_OK;
}

void nixe_shared_destroy(nixe_shared *shared) {
    if (shared->window != MPI_WIN_NULL) {
        MPI_Win_unlock_all(shared->window);
        MPI_Win_free(&shared->window);
    } else {
        free(shared->memory);
    }
    *shared = (nixe_shared){.window = MPI_WIN_NULL};
}

/* Whole pages only. Those of a window are holes in a file of memory then, those of private memory are as if never written to.
 */
void nixe_shared_shrink(const nixe_parallel *parallel, long long size, long long count, const nixe_shared *shared) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t begin = ((uintptr_t)(shared->memory + count) + page - 1) / page * page;
    const uintptr_t end = (uintptr_t)(shared->memory + size) / page * page;
    if (begin >= end || parallel->node_rank != 0) return;
    const int declined = madvise((void *)begin, end - begin, shared->window != MPI_WIN_NULL ? MADV_REMOVE : MADV_DONTNEED);
    (void)declined;
}

nixe_status nixe_shared_sync(const nixe_parallel *parallel, const nixe_shared *shared) {
    if (shared->window == MPI_WIN_NULL) return NIXE_OK;
    NIXE_MPI(MPI_Win_sync(shared->window));
    NIXE_MPI(MPI_Barrier(parallel->node));
    NIXE_MPI(MPI_Win_sync(shared->window));
    return NIXE_OK;
}
