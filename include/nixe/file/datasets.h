/* Datasets: the table of what a nixe file holds: path, axes, type, unit, name and description of every dataset. The file, the
 * checks of its size and docs/format.md come from it. Not collective. */
#ifndef NIXE_FILE_DATASETS_H
#define NIXE_FILE_DATASETS_H

#include "nixe/options/options.h"

/* Bits besides those of the commands: files of mc with replica exchange have datasets of their own; a dataset is covered by the
 * checksums of its row; and not every crystal has it. */
enum {
    NIXE_FILE_REPLICA_EXCHANGE = 1 << 16,
    NIXE_FILE_CHECKED = 1 << 17,
    NIXE_FILE_SURFACE = 1 << 18,        /* only in files of crystals that have a surface */
    NIXE_FILE_LISTED = 1 << 19,         /* only in files of crystals that a file lists */
    NIXE_FILE_BULK = 1 << 20,           /* only in files of crystals that are periodic in all directions, and whole */
    NIXE_FILE_PERIODIC = 1 << 21,       /* only in files of crystals that repeat themselves */
    NIXE_FILE_SCHEDULE = 1 << 22,       /* only in files of kmc with a schedule */
    NIXE_FILE_FLIPS = 1 << 23,          /* only in files of mc with flips, whose composition can change */
    NIXE_FILE_COMPOSITIONS = 1 << 24,   /* only in files of mc with a list of compositions */
    NIXE_FILE_PATH = 1 << 25,           /* only in files of mc along a path */
    NIXE_FILE_CROSS_ENERGIES = 1 << 26, /* only in files of mc with energies at other stiffnesses */
    NIXE_FILE_AUTO = 1 << 27            /* only in files of mc that find the end of equilibration themselves */
};

/* Axes and datasets, in the order of the table, datasets.def: NIXE_AXIS_TIME, NIXE_DATA_TIME. */
#define AXIS(name, ...) NIXE_AXIS_##name,
typedef enum {
#include "nixe/file/datasets.def"
    NIXE_AXES
} nixe_axis;
#undef AXIS

#define DATASET(name, ...) NIXE_DATA_##name,
typedef enum {
#include "nixe/file/datasets.def"
    NIXE_DATASETS
} nixe_data;
#undef DATASET

typedef enum { NIXE_DOUBLE, NIXE_INT64, NIXE_INT32, NIXE_INT8, NIXE_UINT8, NIXE_STRING } nixe_type;

enum { NIXE_MAX_RANK = 4, NIXE_FORMAT_VERSION = 2 };

typedef struct {
    nixe_data data;
    const char *path;
    nixe_type type;
    int rank;
    nixe_axis axis[NIXE_MAX_RANK];
    unsigned commands; /* commands whose files have it, or NIXE_FILE_REPLICA_EXCHANGE, with bits as above; V also where it is
                          asked for */
    const char *units, *long_name, *description; /* long_name: a few words, for the axes of plots */
} nixe_dataset;

extern const nixe_dataset nixe_dataset_table[NIXE_DATASETS];

/* Leading axes, which the number of a row is an index into: trajectory; or state and replica. */
int nixe_dataset_rows(const nixe_dataset *dataset);

/* Whether files of a kind have a dataset: `kind` is the bit of the command, with those of replica exchange and of the crystal.
 */
int nixe_dataset_is_in(const nixe_dataset *dataset, unsigned kind);

/* Whether the checksums of rows that stand in the dataset `checksums` cover a dataset, in files of a kind. */
int nixe_dataset_is_covered(const nixe_dataset *dataset, nixe_data checksums, unsigned kind);

/* Whether it gives an axis its coordinates. */
int nixe_dataset_is_scale(const nixe_dataset *dataset);

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
