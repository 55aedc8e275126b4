/* Layout: making the HDF5 file of a run.
 *
 * Rank 0 lays the whole file out under another name, every dataset at its full size and filled with "no data yet" (NaN, -1,
 * 0), flushes it, and gives it its name; then all ranks open it, and from there on only raw data are written. So the file opens
 * after a kill at any moment. */
#ifndef NIXE_FILE_LAYOUT_H
#define NIXE_FILE_LAYOUT_H

#include "nixe/file/plan.h"

/* Values of a whole dataset that are known when the file is laid out. */
typedef struct {
    nixe_data data;
    const void *values;
} nixe_known;

/* Lay the planned file out, with the lattice, the axes, the attributes, and the `count` datasets of `known`, and open it on all
 * ranks. With `extend` the rows of the smaller file that is there are copied into the new one before it takes its place.
 * Collective; rank 0 needs the values. */
nixe_status nixe_file_create(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice, int count,
                             const nixe_known *known, int extend, nixe_file *file);

/* Open the existing file of this run on all ranks, to go on with it. Collective. */
nixe_status nixe_file_open(const nixe_parallel *parallel, const nixe_options *options, nixe_file *file);

#endif
