/* The table of datasets: what a nixe file holds. */
#include "nixe/store.h"

#define SHAPE(...) .rank = sizeof((nixe_axis[]){__VA_ARGS__}) / sizeof(nixe_axis), .axis = {__VA_ARGS__}
#define R NIXE_AXIS_TRAJECTORY
#define T NIXE_AXIS_TIME
#define S NIXE_AXIS_SNAPSHOT
#define N NIXE_AXIS_SITE

enum { ALL = NIXE_KMC | NIXE_POTENTIAL, KMC = NIXE_KMC, POTENTIAL = NIXE_POTENTIAL };

const nixe_data nixe_axis_scale[NIXE_AXES] = {[NIXE_AXIS_TRAJECTORY] = NIXE_DATA_TRAJECTORY,
                                              [NIXE_AXIS_TIME] = NIXE_DATA_TIME,
                                              [NIXE_AXIS_PHASE] = NIXE_DATA_PHASE,
                                              [NIXE_AXIS_SNAPSHOT] = NIXE_DATA_SNAPSHOT_TIME,
                                              [NIXE_AXIS_SITE] = NIXE_DATA_AXIS_SITE,
                                              [NIXE_AXIS_DIMENSION] = NIXE_DATA_AXIS_DIMENSION,
                                              [NIXE_AXIS_BOND] = NIXE_DATA_AXIS_BOND,
                                              [NIXE_AXIS_END] = NIXE_DATA_AXIS_END,
                                              [NIXE_AXIS_STIFFNESS] = NIXE_DATA_AXIS_STIFFNESS};

const char *const nixe_axis_letter[NIXE_AXES] = {"R", "T", "5", "S", "N", "d", "B", "2", "Q'"};

const nixe_dataset nixe_dataset_table[NIXE_DATASETS] = {
    {NIXE_DATA_PHASE, "/phase", NIXE_STRING, SHAPE(NIXE_AXIS_PHASE), KMC, "",
     "names of the phases: the order of every phase axis; their order parameters are 2, 1, 0, -1, -2"},
    {NIXE_DATA_AXIS_SITE, "/axis/site", NIXE_INT32, SHAPE(N), ALL, "", "number of the site"},
    {NIXE_DATA_AXIS_DIMENSION, "/axis/dimension", NIXE_STRING, SHAPE(NIXE_AXIS_DIMENSION), ALL, "", "coordinates"},
    {NIXE_DATA_AXIS_BOND, "/axis/bond", NIXE_INT32, SHAPE(NIXE_AXIS_BOND), ALL, "", "number of the bond"},
    {NIXE_DATA_AXIS_END, "/axis/end", NIXE_STRING, SHAPE(NIXE_AXIS_END), ALL, "", "the ends of a bond"},
    {NIXE_DATA_AXIS_STIFFNESS, "/axis/shell_stiffness", NIXE_DOUBLE, SHAPE(NIXE_AXIS_STIFFNESS), POTENTIAL, "K",
     "stiffness K_shell of the bonds between shell sites"},
    {NIXE_DATA_POSITION, "/lattice/position", NIXE_DOUBLE, SHAPE(N, NIXE_AXIS_DIMENSION), ALL, "a",
     "sites of the perfect lattice; the centre of the crystal is the origin"},
    {NIXE_DATA_BOND, "/lattice/bond", NIXE_INT32, SHAPE(NIXE_AXIS_BOND, NIXE_AXIS_END), ALL, "", "the two sites of each bond"},
    {NIXE_DATA_LAYER, "/lattice/layer", NIXE_INT32, SHAPE(N), ALL, "layers",
     "distance from the core: 0 = core, 1, 2, ... = shell"},
    {NIXE_DATA_AVERAGED, "/lattice/averaged", NIXE_UINT8, SHAPE(N), ALL, "",
     "1 where f and the areas are averaged: core sites whose neighbours all exist and are core sites"},
    {NIXE_DATA_V, "/potential/V", NIXE_DOUBLE, SHAPE(NIXE_AXIS_STIFFNESS, N, N), POTENTIAL, "epsilon",
     "elastic pair interactions, projected: the elastic energy is (epsilon/2) sigma' V sigma"},
    {NIXE_DATA_TRAJECTORY, "/kmc/trajectory", NIXE_INT64, SHAPE(R), KMC, "", "index of the trajectory in its ensemble"},
    {NIXE_DATA_DONE, "/kmc/done", NIXE_UINT8, SHAPE(R), KMC, "", "1 once the data of the row are in the file"},
    {NIXE_DATA_TIME, "/kmc/time", NIXE_DOUBLE, SHAPE(T), KMC, "1/k", "recorded times, in the inverse unit of k_ex and k_diff"},
    {NIXE_DATA_COMPOSITION, "/kmc/composition", NIXE_DOUBLE, SHAPE(R, T), KMC, "", "fraction of A sites"},
    {NIXE_DATA_ENERGY, "/kmc/energy", NIXE_DOUBLE, SHAPE(R, T), KMC, "energy",
     "total energy E, in the unit of epsilon, J and kT"},
    {NIXE_DATA_AREA_MEAN, "/kmc/area_mean", NIXE_DOUBLE, SHAPE(R, T), KMC, "a^d",
     "mean over the averaged sites of the area deviation A_R (3D: volume deviation)"},
    {NIXE_DATA_AREA_RMS, "/kmc/area_rms", NIXE_DOUBLE, SHAPE(R, T), KMC, "a^d",
     "root mean square over the averaged sites of A_R - mean(A)"},
    {NIXE_DATA_F, "/kmc/f", NIXE_DOUBLE, SHAPE(R, T, NIXE_AXIS_PHASE), KMC, "", "fraction of the averaged sites in each phase"},
    {NIXE_DATA_EVENTS, "/kmc/events", NIXE_INT64, SHAPE(R, T), KMC, "events", "events executed up to that time"},
    {NIXE_DATA_COMPLETION_TIME, "/kmc/completion_time", NIXE_DOUBLE, SHAPE(R), KMC, "1/k",
     "time at which the stop composition was reached; NaN if not by the last recorded time"},
    {NIXE_DATA_SNAPSHOT_TIME, "/kmc/snapshot/time", NIXE_DOUBLE, SHAPE(S), KMC, "1/k", "times of the stored configurations"},
    {NIXE_DATA_SNAPSHOT_SIGMA, "/kmc/snapshot/sigma", NIXE_INT8, SHAPE(R, S, N), KMC, "", "configurations: +1 = A, -1 = B"},
};
