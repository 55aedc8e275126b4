/* Start: the last configurations of another nixe file, from which trajectories start. */
#ifndef NIXE_RUN_START_H
#define NIXE_RUN_START_H

#include "nixe/base/parallel.h"
#include "nixe/crystal/lattice.h"

typedef struct {
    int64_t rows;
    int8_t *sigma; /* rows x N */
} nixe_start_rows;

/* Read the last configuration of each row of a file of kmc or mc, on all ranks. Refused (NIXE_REFUSED): a file that is not
 * nixe's, of a format version that is not known, of another crystal, or with rows that have no data yet. Collective; rank 0
 * reads. */
nixe_status nixe_start_read(const nixe_parallel *parallel, const char *path, const nixe_lattice *lattice,
                            nixe_start_rows *rows);
void nixe_start_rows_destroy(nixe_start_rows *rows);

#endif
