/* Datasets: the table of what a nixe file holds: path, axes, type, unit, name and description of every dataset. The file, the
 * checks of its size and docs/format.md come from it. Not collective. */
#ifndef NIXE_FILE_DATASETS_H
#define NIXE_FILE_DATASETS_H

#include "nixe/options/options.h"

/* Bits besides those of the commands: files of mc with replica exchange have datasets of their own; and a dataset is covered by
 * the checksums of its row. */
enum { NIXE_FILE_REPLICA_EXCHANGE = 1 << 16, NIXE_FILE_CHECKED = 1 << 17 };

/* Axes of datasets. The dataset that gives an axis its coordinates is attached to it as its dimension scale. */
typedef enum {
    NIXE_AXIS_TRAJECTORY,       /* R */
    NIXE_AXIS_TIME,             /* T */
    NIXE_AXIS_PHASE,            /* 5 */
    NIXE_AXIS_SNAPSHOT,         /* S */
    NIXE_AXIS_SITE,             /* N */
    NIXE_AXIS_DIMENSION,        /* d */
    NIXE_AXIS_BOND,             /* B */
    NIXE_AXIS_END,              /* 2: the ends of a bond */
    NIXE_AXIS_STIFFNESS,        /* Q' */
    NIXE_AXIS_STATE,            /* Q */
    NIXE_AXIS_REPLICA,          /* P */
    NIXE_AXIS_RECORD,           /* M: records of f and energy */
    NIXE_AXIS_AREA,             /* Ma: records of the area */
    NIXE_AXIS_STORED,           /* S: stored configurations of MC */
    NIXE_AXIS_REPLICA_EXCHANGE, /* X: attempts to exchange replicas */
    NIXE_AXIS_PAIR,             /* pairs of neighbouring states */
    NIXE_AXIS_V_MODE,           /* n: eigenpairs of V */
    NIXE_AXIS_D_MODE,           /* n: eigenpairs of D */
    NIXE_AXIS_FREEDOM,          /* N d */
    NIXE_AXIS_CHECKSUM,         /* 6: what the checksums of an mc row are of */
    NIXE_AXIS_LADDER_CHECKSUM,  /* 2: what the checksums of replica exchange are of */
    NIXE_AXES
} nixe_axis;

typedef enum { NIXE_DOUBLE, NIXE_INT64, NIXE_INT32, NIXE_INT8, NIXE_UINT8, NIXE_STRING } nixe_type;

/* Datasets, in the order of the table: first those that give the axes their coordinates. */
typedef enum {
    NIXE_DATA_PHASE,
    NIXE_DATA_TRAJECTORY,
    NIXE_DATA_TIME,
    NIXE_DATA_SNAPSHOT_TIME,
    NIXE_DATA_AXIS_SITE,
    NIXE_DATA_AXIS_DIMENSION,
    NIXE_DATA_AXIS_BOND,
    NIXE_DATA_AXIS_END,
    NIXE_DATA_AXIS_STIFFNESS,
    NIXE_DATA_AXIS_STATE,
    NIXE_DATA_REPLICA,
    NIXE_DATA_SWEEP,
    NIXE_DATA_AREA_SWEEP,
    NIXE_DATA_STORED_SWEEP,
    NIXE_DATA_EXCHANGE_SWEEP,
    NIXE_DATA_AXIS_PAIR,
    NIXE_DATA_AXIS_CHECKSUM,
    NIXE_DATA_AXIS_LADDER_CHECKSUM,
    NIXE_DATA_AXIS_V_MODE,
    NIXE_DATA_AXIS_D_MODE,
    NIXE_DATA_AXIS_FREEDOM,
    NIXE_DATA_POSITION,
    NIXE_DATA_BOND,
    NIXE_DATA_LAYER,
    NIXE_DATA_AVERAGED,
    NIXE_DATA_V,
    NIXE_DATA_V_CHECKSUM,
    NIXE_DATA_DONE,
    NIXE_DATA_COMPOSITION,
    NIXE_DATA_ENERGY,
    NIXE_DATA_AREA_MEAN,
    NIXE_DATA_AREA_RMS,
    NIXE_DATA_F,
    NIXE_DATA_EVENTS,
    NIXE_DATA_COMPLETION_TIME,
    NIXE_DATA_SNAPSHOT_SIGMA,
    NIXE_DATA_CHECKSUM,
    NIXE_DATA_STATE_STIFFNESS,
    NIXE_DATA_STATE_KT,
    NIXE_DATA_SWEEPS_DONE,
    NIXE_DATA_MC_F,
    NIXE_DATA_MC_ENERGY,
    NIXE_DATA_MC_AREA_MEAN,
    NIXE_DATA_MC_AREA_RMS,
    NIXE_DATA_ACCEPTANCE,
    NIXE_DATA_STORED_SIGMA,
    NIXE_DATA_MC_CHECKSUM,
    NIXE_DATA_PAIR,
    NIXE_DATA_WALKER,
    NIXE_DATA_ATTEMPTED,
    NIXE_DATA_ACCEPTED,
    NIXE_DATA_ROUND_TRIPS,
    NIXE_DATA_LADDER_CHECKSUM,
    NIXE_DATA_V_EIGENVALUE,
    NIXE_DATA_V_EIGENVECTOR,
    NIXE_DATA_D_EIGENVALUE,
    NIXE_DATA_D_EIGENVECTOR,
    NIXE_DATASETS
} nixe_data;

enum { NIXE_MAX_RANK = 4, NIXE_FORMAT_VERSION = 2 };

typedef struct {
    nixe_data data;
    const char *path;
    nixe_type type;
    int rank;
    nixe_axis axis[NIXE_MAX_RANK];
    unsigned commands; /* commands whose files have it, or NIXE_FILE_REPLICA_EXCHANGE; V also where it is asked for */
    const char *units, *long_name, *description; /* long_name: a few words, for the axes of plots */
} nixe_dataset;

extern const nixe_dataset nixe_dataset_table[NIXE_DATASETS];

/* Leading axes, which the number of a row is an index into: trajectory; or state and replica. */
int nixe_dataset_rows(const nixe_dataset *dataset);

/* Whether the checksums of rows that stand in the dataset `checksums` cover a dataset. */
int nixe_dataset_is_covered(const nixe_dataset *dataset, nixe_data checksums);

/* Whether all its values are known when the file is laid out: neither V nor what has rows, which are filled as they come. Such
 * a dataset has its hash as an attribute. */
int nixe_dataset_is_known(const nixe_dataset *dataset);

/* The axis along which the entries of a row follow each other: recorded times, sweeps, attempts to exchange replicas;
 * NIXE_AXES where a row is one entry. */
nixe_axis nixe_dataset_moment(const nixe_dataset *dataset);

/* The dataset that holds the coordinates of each axis, and the axis's letter in shapes. */
extern const nixe_data nixe_axis_scale[NIXE_AXES];
extern const char *const nixe_axis_letter[NIXE_AXES];

#endif
