/* Start file: the last configurations of another nixe file, from which trajectories start. */
#ifndef NIXE_RUN_START_H
#define NIXE_RUN_START_H

#include "nixe/run/kmc_record.h"

/* Read the last stored configuration of every row of a kmc file, or of every replica of an mc file (state slowest). Refused: a
 * file that is not nixe's, of another crystal, or with a row that has no data yet. Collective: rank 0 reads and gives the rows
 * to all. */
nixe_status nixe_start_read(const nixe_parallel *parallel, const char *path, const nixe_lattice *lattice,
                            nixe_start_rows *rows);
void nixe_start_rows_destroy(nixe_start_rows *rows);

#endif
