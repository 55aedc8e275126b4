/* Node commons: constant tables in memory that the ranks of a node share. Collective. */
#include "nixe/base/node_commons.h"

#include <stdlib.h>

static nixe_status create(const nixe_commons *commons, long long bytes, const char *what, nixe_common *common) {
    nixe_shared *shared;
    NIXE_TRY(nixe_allocate(&shared, 1, sizeof *shared, what));
    common->keeper = shared;
    NIXE_TRY(nixe_shared_create(commons->of, bytes / (long long)sizeof(double) + 1, what, shared));
    common->memory = shared->memory;
    return NIXE_OK;
}

static void destroy(nixe_common *common) {
    nixe_shared_destroy(common->keeper);
    free(common->keeper);
}

static nixe_status sync_all(const nixe_commons *commons) {
    for (int c = 0; c < commons->count; c++) {
        const nixe_shared *shared = commons->all[c].keeper;
        if (shared->window != MPI_WIN_NULL) NIXE_MPI(MPI_Win_sync(shared->window));
    }
    return NIXE_OK;
}

/* To agree is to wait for all ranks. */
static nixe_status meet(const nixe_commons *commons, nixe_status status) {
    if (!status) status = sync_all(commons);
    NIXE_TRY(nixe_parallel_agree(commons->of, status));
    return sync_all(commons);
}

nixe_commons nixe_commons_of_node(const nixe_parallel *parallel) {
    return (nixe_commons){.parts = parallel->node_size,
                          .part = parallel->node_rank,
                          .create = create,
                          .destroy = destroy,
                          .meet = meet,
                          .of = parallel};
}
