/* The table of datasets: what a nixe file holds. */
#include "nixe/file/datasets.h"

#define SHAPE(...) .rank = sizeof((nixe_axis[]){__VA_ARGS__}) / sizeof(nixe_axis), .axis = {__VA_ARGS__}
#define R NIXE_AXIS_TRAJECTORY
#define T NIXE_AXIS_TIME
#define S NIXE_AXIS_SNAPSHOT
#define N NIXE_AXIS_SITE

#define Q NIXE_AXIS_STATE
#define P NIXE_AXIS_REPLICA
#define M NIXE_AXIS_RECORD
#define Ma NIXE_AXIS_AREA
#define X NIXE_AXIS_REPLICA_EXCHANGE
#define PAIR NIXE_AXIS_PAIR

enum { KMC = NIXE_KMC, POTENTIAL = NIXE_POTENTIAL, MC = NIXE_MC, SPECTRUM = NIXE_SPECTRUM };
enum { ALL = KMC | POTENTIAL | MC | SPECTRUM, EXCHANGE = NIXE_FILE_REPLICA_EXCHANGE, CHECKED = NIXE_FILE_CHECKED };
enum { SURFACE = NIXE_FILE_SURFACE, LISTED = NIXE_FILE_LISTED, BULK = NIXE_FILE_BULK, PERIODIC = NIXE_FILE_PERIODIC };
enum { FLIPS = NIXE_FILE_FLIPS, COMPOSITIONS = NIXE_FILE_COMPOSITIONS, PATH = NIXE_FILE_PATH };
enum { CROSS = NIXE_FILE_CROSS_ENERGIES, AUTO = NIXE_FILE_AUTO, SCHEDULE = NIXE_FILE_SCHEDULE };

const nixe_data nixe_axis_scale[NIXE_AXES] = {
#define AXIS(name, letter, scale) NIXE_DATA_##scale,
#include "nixe/file/datasets.def"
#undef AXIS
};

const char *const nixe_axis_letter[NIXE_AXES] = {
#define AXIS(name, letter, scale) letter,
#include "nixe/file/datasets.def"
#undef AXIS
};

#define DATASET(name, path, type, axes, ...) {NIXE_DATA_##name, path, NIXE_##type, axes, __VA_ARGS__},
const nixe_dataset nixe_dataset_table[NIXE_DATASETS] = {
#include "nixe/file/datasets.def"
};

int nixe_dataset_rows(const nixe_dataset *dataset) {
    int axes = 0;
    while (axes < dataset->rank && (dataset->axis[axes] == NIXE_AXIS_TRAJECTORY || dataset->axis[axes] == NIXE_AXIS_STATE ||
                                    dataset->axis[axes] == NIXE_AXIS_REPLICA))
        axes++;
    return axes;
}

int nixe_dataset_is_in(const nixe_dataset *dataset, unsigned kind) {
    const unsigned needs = dataset->commands & ~(unsigned)(NIXE_FILE_SURFACE - 1); /* bits of what not every file has */
    return dataset->commands & kind & (ALL | EXCHANGE) && (needs & kind) == needs;
}

int nixe_dataset_is_covered(const nixe_dataset *dataset, nixe_data checksums, unsigned kind) {
    return dataset->commands & CHECKED && dataset->commands & nixe_dataset_table[checksums].commands &&
           nixe_dataset_is_in(dataset, kind);
}

int nixe_dataset_is_scale(const nixe_dataset *dataset) {
    return dataset->rank == 1 && nixe_axis_scale[dataset->axis[0]] == dataset->data;
}

int nixe_dataset_is_known(const nixe_dataset *dataset) {
    if (nixe_dataset_is_scale(dataset)) return 1;
    for (int a = 0; a < dataset->rank; a++)
        if (dataset->axis[a] == NIXE_AXIS_TRAJECTORY || dataset->axis[a] == NIXE_AXIS_REPLICA) return 0;
    return dataset->axis[0] != NIXE_AXIS_STIFFNESS; /* the potential */
}

nixe_axis nixe_dataset_moment(const nixe_dataset *dataset) {
    static const uint64_t moments = UINT64_C(1) << NIXE_AXIS_TIME | UINT64_C(1) << NIXE_AXIS_SNAPSHOT |
                                    UINT64_C(1) << NIXE_AXIS_RECORD | UINT64_C(1) << NIXE_AXIS_AREA |
                                    UINT64_C(1) << NIXE_AXIS_STORED | UINT64_C(1) << NIXE_AXIS_REPLICA_EXCHANGE |
                                    UINT64_C(1) << NIXE_AXIS_CROSS;
    const int rows = nixe_dataset_rows(dataset);
    return rows < dataset->rank && moments >> dataset->axis[rows] & 1 ? dataset->axis[rows] : NIXE_AXES;
}
