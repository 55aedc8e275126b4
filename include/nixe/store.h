/* Store: the HDF5 file of a run.
 *
 * One table, src/store_table.c, describes every dataset (path, axes, type, unit, description); the file, the checks of its
 * size and docs/format.md come from it. Rank 0 lays the whole file out under another name, every dataset at its full size
 * and filled with "no data yet" (NaN, -1, 0), flushes it, and gives it its name; then all ranks open it, and from there on
 * only raw data are written. So the file opens after a kill at any moment. */
#ifndef NIXE_STORE_H
#define NIXE_STORE_H

#include <hdf5.h>

#include "nixe/options.h"
#include "nixe/parallel.h"

/* Axes of datasets. The dataset that gives an axis its coordinates is attached to it as its dimension scale. */
typedef enum {
    NIXE_AXIS_TRAJECTORY, /* R */
    NIXE_AXIS_TIME,       /* T */
    NIXE_AXIS_PHASE,      /* 5 */
    NIXE_AXIS_SNAPSHOT,   /* S */
    NIXE_AXIS_SITE,       /* N */
    NIXE_AXIS_DIMENSION,  /* d */
    NIXE_AXIS_BOND,       /* B */
    NIXE_AXIS_END,        /* 2: the ends of a bond */
    NIXE_AXIS_STIFFNESS,  /* Q' */
    NIXE_AXES
} nixe_axis;

typedef enum { NIXE_DOUBLE, NIXE_INT64, NIXE_INT32, NIXE_INT8, NIXE_UINT8, NIXE_STRING } nixe_type;

/* Datasets, in the order of the table. */
typedef enum {
    NIXE_DATA_PHASE,
    NIXE_DATA_AXIS_SITE,
    NIXE_DATA_AXIS_DIMENSION,
    NIXE_DATA_AXIS_BOND,
    NIXE_DATA_AXIS_END,
    NIXE_DATA_AXIS_STIFFNESS,
    NIXE_DATA_POSITION,
    NIXE_DATA_BOND,
    NIXE_DATA_LAYER,
    NIXE_DATA_AVERAGED,
    NIXE_DATA_V,
    NIXE_DATA_TRAJECTORY,
    NIXE_DATA_DONE,
    NIXE_DATA_TIME,
    NIXE_DATA_COMPOSITION,
    NIXE_DATA_ENERGY,
    NIXE_DATA_AREA_MEAN,
    NIXE_DATA_AREA_RMS,
    NIXE_DATA_F,
    NIXE_DATA_EVENTS,
    NIXE_DATA_COMPLETION_TIME,
    NIXE_DATA_SNAPSHOT_TIME,
    NIXE_DATA_SNAPSHOT_SIGMA,
    NIXE_DATASETS
} nixe_data;

enum { NIXE_MAX_RANK = 3, NIXE_FORMAT_VERSION = 1 };

typedef struct {
    nixe_data data;
    const char *path;
    nixe_type type;
    int rank;
    nixe_axis axis[NIXE_MAX_RANK];
    unsigned commands; /* commands whose files have it; NIXE_DATA_V: also where it is asked for */
    const char *units, *description;
} nixe_dataset;

extern const nixe_dataset nixe_dataset_table[NIXE_DATASETS];

/* The dataset that holds the coordinates of each axis, and the axis's letter in shapes. */
extern const nixe_data nixe_axis_scale[NIXE_AXES];
extern const char *const nixe_axis_letter[NIXE_AXES];

typedef struct {
    const nixe_parallel *parallel;
    char path[4096];
    hid_t file;
    unsigned has[NIXE_DATASETS]; /* 1 where the file has the dataset */
    long long size[NIXE_AXES];
    double seconds; /* spent in writing */
} nixe_store;

/* Sizes of the axes and which datasets a run has. Not collective. */
void nixe_store_plan(nixe_store *store, const nixe_options *options, const nixe_lattice *lattice);

/* Bytes of data that the planned file holds. */
double nixe_store_bytes(const nixe_store *store);

/* Refuse (NIXE_REFUSED) an output file that exists (unless it may be overwritten), or that cannot be written or would not
 * fit: nothing is created. Collective; rank 0 looks. */
nixe_status nixe_store_check(const nixe_parallel *parallel, const nixe_store *store, const nixe_options *options);

/* Lay the planned file out, with everything that is known now (lattice, axes, attributes), and open it on all ranks.
 * time has size T, snapshot_time S (NULL for commands without them). Collective. */
nixe_status nixe_store_create(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                              const double *time, const double *snapshot_time, nixe_store *store);

/* Write `count` rows (along the first axis) of one dataset; row[i] is the number of the i-th, ascending, and `values` has
 * the shape [count, rest of the axes]. Ranks may write different numbers of rows, none included. Collective. */
nixe_status nixe_store_write_rows(nixe_store *store, nixe_data data, int count, const int64_t *row, const void *values);

/* Write V of shell stiffness number `index`; every rank writes its share of the rows. Collective. */
nixe_status nixe_store_write_potential(nixe_store *store, int index, const double *V);

/* Make what has been written safe. Collective. */
nixe_status nixe_store_flush(nixe_store *store);

/* Mark the file as complete and close it. Collective. */
nixe_status nixe_store_finish(nixe_store *store);

/* Turn HDF5's return value into a status: negative is failure. */
nixe_status nixe_hdf5_status(long long value, const char *call);
#define NIXE_HDF5(call) NIXE_TRY(nixe_hdf5_status((long long)(call), #call))

#endif
