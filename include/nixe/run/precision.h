/* Precision: what the records of a file of mc say of its means: where a replica came to equilibrium, and how precise the means
 * of a state are over all its replicas. Read back from the file, so that it does not matter who computed them, or when.
 * Collective over all ranks but nixe_equilibration_end(). */
#ifndef NIXE_RUN_PRECISION_H
#define NIXE_RUN_PRECISION_H

#include "nixe/file/write.h"
#include "nixe/options/states.h"
#include "nixe/options/until.h"

/* The number of values to leave out at the beginning of a series, so that what remains is worth the most uncorrelated values:
 * (count - t0) / 2 tau(t0) is greatest (Chodera, J. Chem. Theory Comput. 12, 1799 (2016)); of 64 candidates, up to three
 * quarters. scratch: count. */
long nixe_equilibration_end(const double *values, long count, double *scratch);

/* Whether the means of state q over its replicas, from the first `records` records, are as precise as is asked for: as the
 * summary tells errors; a replica of less than 50 autocorrelation times, or in which nothing has changed, is not. With
 * -mc_equilibration auto without the records of equilibration. */
nixe_status nixe_precision_reached(nixe_file *file, const nixe_options *options, const nixe_until *until, int64_t q,
                                   int64_t records, int *reached);

/* With -mc_equilibration auto: find where each replica came to equilibrium, by its energy and, where it can change, its
 * composition, and write it. done: of each row, the sweeps that are in the file. */
nixe_status nixe_precision_write_equilibration(nixe_file *file, const nixe_options *options, const int64_t *done);

#endif
