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

/* Files of mc with replica exchange have datasets of their own: a bit besides those of the commands. */
enum { NIXE_FILE_EXCHANGE = 1 << 16 };

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
    NIXE_AXIS_STATE,      /* Q */
    NIXE_AXIS_REPLICA,    /* P */
    NIXE_AXIS_RECORD,     /* M: records of f and energy */
    NIXE_AXIS_AREA,       /* Ma: records of the area */
    NIXE_AXIS_STORED,     /* S: stored configurations of MC */
    NIXE_AXIS_EXCHANGE,   /* X: attempts to exchange replicas */
    NIXE_AXIS_PAIR,       /* pairs of neighbouring states */
    NIXE_AXIS_V_MODE,     /* n: eigenpairs of V */
    NIXE_AXIS_D_MODE,     /* n: eigenpairs of D */
    NIXE_AXIS_FREEDOM,    /* N d */
    NIXE_AXIS_CHECKSUM,   /* 6: what the checksums of an mc row are of */
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
    NIXE_DATA_AXIS_STATE,
    NIXE_DATA_STATE_STIFFNESS,
    NIXE_DATA_STATE_KT,
    NIXE_DATA_REPLICA,
    NIXE_DATA_SWEEPS_DONE,
    NIXE_DATA_SWEEP,
    NIXE_DATA_MC_F,
    NIXE_DATA_MC_ENERGY,
    NIXE_DATA_AREA_SWEEP,
    NIXE_DATA_MC_AREA_MEAN,
    NIXE_DATA_MC_AREA_RMS,
    NIXE_DATA_ACCEPTANCE,
    NIXE_DATA_STORED_SWEEP,
    NIXE_DATA_STORED_SIGMA,
    NIXE_DATA_EXCHANGE_SWEEP,
    NIXE_DATA_AXIS_PAIR,
    NIXE_DATA_PAIR,
    NIXE_DATA_WALKER,
    NIXE_DATA_ATTEMPTED,
    NIXE_DATA_ACCEPTED,
    NIXE_DATA_ROUND_TRIPS,
    NIXE_DATA_AXIS_V_MODE,
    NIXE_DATA_AXIS_D_MODE,
    NIXE_DATA_AXIS_FREEDOM,
    NIXE_DATA_V_EIGENVALUE,
    NIXE_DATA_V_EIGENVECTOR,
    NIXE_DATA_D_EIGENVALUE,
    NIXE_DATA_D_EIGENVECTOR,
    NIXE_DATA_CHECKSUM,
    NIXE_DATA_AXIS_CHECKSUM,
    NIXE_DATA_MC_CHECKSUM,
    NIXE_DATASETS
} nixe_data;

enum { NIXE_MAX_RANK = 4, NIXE_FORMAT_VERSION = 1 };

typedef struct {
    nixe_data data;
    const char *path;
    nixe_type type;
    int rank;
    nixe_axis axis[NIXE_MAX_RANK];
    unsigned commands; /* commands whose files have it, or NIXE_FILE_EXCHANGE; V also where it is asked for */
    const char *units, *description;
} nixe_dataset;

extern const nixe_dataset nixe_dataset_table[NIXE_DATASETS];

/* The dataset that holds the coordinates of each axis, and the axis's letter in shapes. */
extern const nixe_data nixe_axis_scale[NIXE_AXES];
extern const char *const nixe_axis_letter[NIXE_AXES];

/* A piece of a row: entries first .. first + count - 1 along the axis behind the leading ones; where the dataset has no such
 * axis, or an entry is all of it (KMC), first and count have no meaning. */
typedef struct {
    int64_t row, first, count;
} nixe_piece;

typedef struct {
    const nixe_parallel *parallel;
    char path[4096];
    hid_t file;
    unsigned has[NIXE_DATASETS]; /* 1 where the file has the dataset */
    long long size[NIXE_AXES];
    double seconds;  /* spent in writing */
    uint64_t tables; /* hash of the tables that the run computes with; 0: there are none */
} nixe_store;

/* Sizes of the axes and which datasets a run has. Not collective. */
void nixe_store_plan(nixe_store *store, const nixe_options *options, const nixe_lattice *lattice);

/* Bytes of data that the planned file holds. */
double nixe_store_bytes(const nixe_store *store);

/* Refuse (NIXE_REFUSED) an output file that exists (unless it may be overwritten), or that cannot be written or would not
 * fit: nothing is created. Collective; rank 0 looks. */
nixe_status nixe_store_check(const nixe_parallel *parallel, const nixe_store *store, const nixe_options *options);

/* Values of a whole dataset that are known when the file is laid out. */
typedef struct {
    nixe_data data;
    const void *values;
} nixe_known;

/* Lay the planned file out, with the lattice, the axes, the attributes, and the `count` datasets of `known`, and open it on all
 * ranks. With `extend` the rows of the smaller file that is there are copied into the new one before it takes its place.
 * Collective; rank 0 needs the values. */
nixe_status nixe_store_create(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                              int count, const nixe_known *known, int extend, nixe_store *store);

/* Bytes of one row of a dataset, the first axis being the rows. Not collective. */
size_t nixe_store_row_bytes(const nixe_store *store, nixe_data data);

/* Open the existing file of this run on all ranks, to go on with it. Collective. */
nixe_status nixe_store_open(const nixe_parallel *parallel, const nixe_options *options, nixe_store *store);

/* Write pieces of the rows of one dataset, ascending and not overlapping; their values follow each other in `values`. Ranks may
 * write different numbers of pieces, none included. Collective. */
nixe_status nixe_store_write(nixe_store *store, nixe_data data, int pieces, const nixe_piece *piece, const void *values);

/* Write V of shell stiffness number `index`; every rank writes its share of the rows. Collective. */
nixe_status nixe_store_write_potential(nixe_store *store, int index, const double *V);

/* Add an integer attribute to a group; all ranks pass the same group and name, and rank 0 the value. Collective. */
nixe_status nixe_store_write_count(nixe_store *store, const char *group, const char *name, int value);

/* Make what has been written safe. Collective. */
nixe_status nixe_store_flush(nixe_store *store);

/* Close the file as it is: not complete. Collective. */
nixe_status nixe_store_close(nixe_store *store);

/* Mark the file as complete and close it. Collective. */
nixe_status nixe_store_finish(nixe_store *store);

/* Turn HDF5's return value into a status: negative is failure. */
nixe_status nixe_hdf5_status(long long value, const char *call);
#define NIXE_HDF5(call) NIXE_TRY(nixe_hdf5_status((long long)(call), #call))

#endif
