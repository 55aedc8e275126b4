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

enum {
    KMC = NIXE_KMC,
    POTENTIAL = NIXE_POTENTIAL,
    MC = NIXE_MC,
    SPECTRUM = NIXE_SPECTRUM,
    ALL = KMC | POTENTIAL | MC | SPECTRUM,
    EXCHANGE = NIXE_FILE_REPLICA_EXCHANGE,
    CHECKED = NIXE_FILE_CHECKED
};

const nixe_data nixe_axis_scale[NIXE_AXES] = {[NIXE_AXIS_TRAJECTORY] = NIXE_DATA_TRAJECTORY,
                                              [NIXE_AXIS_TIME] = NIXE_DATA_TIME,
                                              [NIXE_AXIS_PHASE] = NIXE_DATA_PHASE,
                                              [NIXE_AXIS_SNAPSHOT] = NIXE_DATA_SNAPSHOT_TIME,
                                              [NIXE_AXIS_SITE] = NIXE_DATA_AXIS_SITE,
                                              [NIXE_AXIS_DIMENSION] = NIXE_DATA_AXIS_DIMENSION,
                                              [NIXE_AXIS_BOND] = NIXE_DATA_AXIS_BOND,
                                              [NIXE_AXIS_END] = NIXE_DATA_AXIS_END,
                                              [NIXE_AXIS_STIFFNESS] = NIXE_DATA_AXIS_STIFFNESS,
                                              [NIXE_AXIS_STATE] = NIXE_DATA_AXIS_STATE,
                                              [NIXE_AXIS_REPLICA] = NIXE_DATA_REPLICA,
                                              [NIXE_AXIS_RECORD] = NIXE_DATA_SWEEP,
                                              [NIXE_AXIS_AREA] = NIXE_DATA_AREA_SWEEP,
                                              [NIXE_AXIS_STORED] = NIXE_DATA_STORED_SWEEP,
                                              [NIXE_AXIS_REPLICA_EXCHANGE] = NIXE_DATA_EXCHANGE_SWEEP,
                                              [NIXE_AXIS_PAIR] = NIXE_DATA_AXIS_PAIR,
                                              [NIXE_AXIS_V_MODE] = NIXE_DATA_AXIS_V_MODE,
                                              [NIXE_AXIS_D_MODE] = NIXE_DATA_AXIS_D_MODE,
                                              [NIXE_AXIS_FREEDOM] = NIXE_DATA_AXIS_FREEDOM,
                                              [NIXE_AXIS_CHECKSUM] = NIXE_DATA_AXIS_CHECKSUM,
                                              [NIXE_AXIS_LADDER_CHECKSUM] = NIXE_DATA_AXIS_LADDER_CHECKSUM};

const char *const nixe_axis_letter[NIXE_AXES] = {"R", "T",  "5", "S", "N",     "d", "B", "2",   "Q'",   "Q", "P",
                                                 "M", "Ma", "S", "X", "pairs", "n", "n", "N d", "sums", "2"};

const nixe_dataset nixe_dataset_table[NIXE_DATASETS] = {
    {NIXE_DATA_PHASE, "/phase", NIXE_STRING, SHAPE(NIXE_AXIS_PHASE), KMC | MC, "", "phase",
     "names of the phases: the order of every phase axis; their order parameters are 2, 1, 0, -1, -2"},
    {NIXE_DATA_TRAJECTORY, "/trajectory", NIXE_INT64, SHAPE(R), KMC, "", "trajectory",
     "index of the trajectory in its ensemble"},
    {NIXE_DATA_TIME, "/time", NIXE_DOUBLE, SHAPE(T), KMC, "1/k", "time",
     "recorded times, in the inverse unit of k_ex and k_diff"},
    {NIXE_DATA_SNAPSHOT_TIME, "/snapshot_time", NIXE_DOUBLE, SHAPE(S), KMC, "1/k", "time of the configuration",
     "times of the stored configurations"},
    {NIXE_DATA_AXIS_SITE, "/site", NIXE_INT32, SHAPE(N), ALL, "", "site", "number of the site"},
    {NIXE_DATA_AXIS_DIMENSION, "/dimension", NIXE_STRING, SHAPE(NIXE_AXIS_DIMENSION), ALL, "", "coordinate", "coordinates"},
    {NIXE_DATA_AXIS_BOND, "/bond", NIXE_INT32, SHAPE(NIXE_AXIS_BOND), ALL, "", "bond", "number of the bond"},
    {NIXE_DATA_AXIS_END, "/end", NIXE_STRING, SHAPE(NIXE_AXIS_END), ALL, "", "first or second",
     "first and second: the sites of a bond, the states of a pair"},
    {NIXE_DATA_AXIS_STIFFNESS, "/shell_stiffness", NIXE_DOUBLE, SHAPE(NIXE_AXIS_STIFFNESS), POTENTIAL, "K", "shell stiffness",
     "stiffness K_shell of the bonds between shell sites"},
    {NIXE_DATA_AXIS_STATE, "/state", NIXE_INT32, SHAPE(Q), MC, "", "state", "number of the state"},
    {NIXE_DATA_REPLICA, "/replica", NIXE_INT64, SHAPE(P), MC, "", "replica", "index of the replica in its ensemble"},
    {NIXE_DATA_SWEEP, "/sweep", NIXE_INT64, SHAPE(M), MC, "sweeps", "sweep",
     "sweeps after equilibration at each record of f and energy"},
    {NIXE_DATA_AREA_SWEEP, "/area_sweep", NIXE_INT64, SHAPE(Ma), MC, "sweeps", "sweep of the areas",
     "sweeps after equilibration at each record of the areas"},
    {NIXE_DATA_STORED_SWEEP, "/snapshot_sweep", NIXE_INT64, SHAPE(NIXE_AXIS_STORED), MC, "sweeps", "sweep of the configuration",
     "sweeps after equilibration at each stored configuration"},
    {NIXE_DATA_EXCHANGE_SWEEP, "/exchange_sweep", NIXE_INT64, SHAPE(X), EXCHANGE, "sweeps", "sweep of the attempt",
     "sweeps, equilibration included, at each attempt to exchange replicas"},
    {NIXE_DATA_AXIS_PAIR, "/pair", NIXE_INT32, SHAPE(PAIR), EXCHANGE, "", "pair of states", "number of the pair of states"},
    {NIXE_DATA_AXIS_CHECKSUM, "/checksum", NIXE_STRING, SHAPE(NIXE_AXIS_CHECKSUM), KMC | MC, "", "checked quantity",
     "what a checksum is of; the last says up to where"},
    {NIXE_DATA_AXIS_LADDER_CHECKSUM, "/exchange_checksum", NIXE_STRING, SHAPE(NIXE_AXIS_LADDER_CHECKSUM), EXCHANGE, "",
     "checked quantity", "what a checksum is of; the last says up to where"},
    {NIXE_DATA_AXIS_V_MODE, "/V_mode", NIXE_INT32, SHAPE(NIXE_AXIS_V_MODE), SPECTRUM, "", "mode of V",
     "number of the eigenpair of V"},
    {NIXE_DATA_AXIS_D_MODE, "/D_mode", NIXE_INT32, SHAPE(NIXE_AXIS_D_MODE), SPECTRUM, "", "mode of D",
     "number of the eigenpair of D"},
    {NIXE_DATA_AXIS_FREEDOM, "/freedom", NIXE_INT32, SHAPE(NIXE_AXIS_FREEDOM), SPECTRUM, "", "degree of freedom",
     "degree of freedom: coordinate k of site i is i d + k"},
    {NIXE_DATA_POSITION, "/lattice/position", NIXE_DOUBLE, SHAPE(N, NIXE_AXIS_DIMENSION), ALL, "a", "position",
     "sites of the perfect lattice; the centre of the crystal is the origin"},
    {NIXE_DATA_BOND, "/lattice/bonds", NIXE_INT32, SHAPE(NIXE_AXIS_BOND, NIXE_AXIS_END), ALL, "", "sites of the bond",
     "the two sites of each bond"},
    {NIXE_DATA_LAYER, "/lattice/layer", NIXE_INT32, SHAPE(N), ALL, "layers", "layer",
     "distance from the core: 0 = core, 1, 2, ... = shell"},
    {NIXE_DATA_AVERAGED, "/lattice/averaged", NIXE_UINT8, SHAPE(N), ALL, "", "site is averaged over",
     "1 where f and the areas are averaged: core sites whose neighbours all exist and are core sites"},
    {NIXE_DATA_V, "/potential/V", NIXE_DOUBLE, SHAPE(NIXE_AXIS_STIFFNESS, N, N), POTENTIAL, "epsilon",
     "elastic pair interaction", "elastic pair interactions, projected: the elastic energy is (epsilon/2) sigma' V sigma"},
    {NIXE_DATA_V_CHECKSUM, "/potential/checksums", NIXE_INT64, SHAPE(NIXE_AXIS_STIFFNESS), POTENTIAL, "", "checksum of V",
     "FNV-1a hash of V at each stiffness; -1 until it is there"},
    {NIXE_DATA_DONE, "/kmc/done", NIXE_UINT8, SHAPE(R), KMC, "", "row is in the file",
     "1 once the data of the row are in the file"},
    {NIXE_DATA_COMPOSITION, "/kmc/composition", NIXE_DOUBLE, SHAPE(R, T), KMC | CHECKED, "", "fraction of A",
     "fraction of A sites"},
    {NIXE_DATA_ENERGY, "/kmc/energy", NIXE_DOUBLE, SHAPE(R, T), KMC | CHECKED, "energy", "energy",
     "total energy E, in the unit of epsilon, J and kT"},
    {NIXE_DATA_AREA_MEAN, "/kmc/area_mean", NIXE_DOUBLE, SHAPE(R, T), KMC | CHECKED, "a^d", "mean area deviation",
     "mean over the averaged sites of the area deviation A_R (3D: volume deviation)"},
    {NIXE_DATA_AREA_RMS, "/kmc/area_rms", NIXE_DOUBLE, SHAPE(R, T), KMC | CHECKED, "a^d", "spread of the area deviation",
     "root mean square over the averaged sites of A_R - mean(A)"},
    {NIXE_DATA_F, "/kmc/f", NIXE_DOUBLE, SHAPE(R, T, NIXE_AXIS_PHASE), KMC | CHECKED, "", "fraction in the phase",
     "fraction of the averaged sites in each phase"},
    {NIXE_DATA_EVENTS, "/kmc/events", NIXE_INT64, SHAPE(R, T), KMC | CHECKED, "events", "events",
     "events executed up to that time"},
    {NIXE_DATA_COMPLETION_TIME, "/kmc/completion_time", NIXE_DOUBLE, SHAPE(R), KMC | CHECKED, "1/k", "completion time",
     "time at which the stop composition was reached; NaN if not by the last recorded time"},
    {NIXE_DATA_SNAPSHOT_SIGMA, "/kmc/snapshot/sigma", NIXE_INT8, SHAPE(R, S, N), KMC | CHECKED, "", "ion",
     "configurations: +1 = A, -1 = B"},
    {NIXE_DATA_CHECKSUM, "/kmc/checksums", NIXE_INT64, SHAPE(R, NIXE_AXIS_CHECKSUM), KMC, "", "checksums of the row",
     "FNV-1a hashes of what the row has of each dataset that the axis names; the last number is the flag of the row"},
    {NIXE_DATA_STATE_STIFFNESS, "/mc/state/shell_stiffness", NIXE_DOUBLE, SHAPE(Q), MC, "K", "shell stiffness",
     "stiffness K_shell of the state"},
    {NIXE_DATA_STATE_KT, "/mc/state/kT", NIXE_DOUBLE, SHAPE(Q), MC, "energy", "temperature", "temperature of the state"},
    {NIXE_DATA_SWEEPS_DONE, "/mc/sweeps_done", NIXE_INT64, SHAPE(Q, P), MC, "sweeps", "sweeps in the file",
     "sweeps, equilibration included, up to which the data of the row are in the file"},
    {NIXE_DATA_MC_F, "/mc/f", NIXE_DOUBLE, SHAPE(Q, P, M, NIXE_AXIS_PHASE), MC | CHECKED, "", "fraction in the phase",
     "fraction of the averaged sites in each phase"},
    {NIXE_DATA_MC_ENERGY, "/mc/energy", NIXE_DOUBLE, SHAPE(Q, P, M), MC | CHECKED, "energy", "energy",
     "elastic and Ising energy E, in the unit of epsilon, J and kT"},
    {NIXE_DATA_MC_AREA_MEAN, "/mc/area_mean", NIXE_DOUBLE, SHAPE(Q, P, Ma), MC | CHECKED, "a^d", "mean area deviation",
     "mean over the averaged sites of the area deviation A_R (3D: volume deviation)"},
    {NIXE_DATA_MC_AREA_RMS, "/mc/area_rms", NIXE_DOUBLE, SHAPE(Q, P, Ma), MC | CHECKED, "a^d", "spread of the area deviation",
     "root mean square over the averaged sites of A_R - mean(A)"},
    {NIXE_DATA_ACCEPTANCE, "/mc/acceptance", NIXE_DOUBLE, SHAPE(Q, P), MC, "", "acceptance",
     "swaps done / attempted; like pairs count as attempted (informed sampler: done / chosen)"},
    {NIXE_DATA_STORED_SIGMA, "/mc/snapshot/sigma", NIXE_INT8, SHAPE(Q, P, NIXE_AXIS_STORED, N), MC | CHECKED, "", "ion",
     "configurations: +1 = A, -1 = B"},
    {NIXE_DATA_MC_CHECKSUM, "/mc/checksums", NIXE_INT64, SHAPE(Q, P, NIXE_AXIS_CHECKSUM), MC, "", "checksums of the row",
     "FNV-1a hashes of what the row has of each dataset that the axis names, up to a sweep, and that sweep, equilibration "
     "included"},
    {NIXE_DATA_PAIR, "/mc/replica_exchange/pairs", NIXE_INT32, SHAPE(PAIR, NIXE_AXIS_END), EXCHANGE, "", "states of the pair",
     "the two states of each pair"},
    {NIXE_DATA_WALKER, "/mc/replica_exchange/walker", NIXE_INT32, SHAPE(X, Q, P), EXCHANGE | CHECKED, "", "walker",
     "walker that sits in each state after the attempt; walkers are numbered by the state they began in"},
    {NIXE_DATA_ATTEMPTED, "/mc/replica_exchange/attempted", NIXE_INT64, SHAPE(PAIR, P), EXCHANGE, "", "attempted exchanges",
     "attempts to exchange the replicas of a pair"},
    {NIXE_DATA_ACCEPTED, "/mc/replica_exchange/accepted", NIXE_INT64, SHAPE(PAIR, P), EXCHANGE, "", "accepted exchanges",
     "those that were accepted"},
    {NIXE_DATA_ROUND_TRIPS, "/mc/replica_exchange/round_trips", NIXE_INT64, SHAPE(P), EXCHANGE, "", "round trips",
     "journeys of walkers from the first state to the last and back"},
    {NIXE_DATA_LADDER_CHECKSUM, "/mc/replica_exchange/checksums", NIXE_INT64, SHAPE(P, NIXE_AXIS_LADDER_CHECKSUM), EXCHANGE, "",
     "checksums of replica exchange",
     "FNV-1a hash of what each replica has of the dataset that the axis names, up to a sweep, and that sweep"},
    {NIXE_DATA_V_EIGENVALUE, "/spectrum/V/eigenvalue", NIXE_DOUBLE, SHAPE(NIXE_AXIS_V_MODE), SPECTRUM, "epsilon",
     "eigenvalue of V", "lowest eigenvalues of V, the zero modes first; their number is the attribute zero_modes of the group"},
    {NIXE_DATA_V_EIGENVECTOR, "/spectrum/V/eigenvector", NIXE_DOUBLE, SHAPE(NIXE_AXIS_V_MODE, N), SPECTRUM, "",
     "eigenvector of V", "normalised composition modes; those of a degenerate eigenvalue are any basis"},
    {NIXE_DATA_D_EIGENVALUE, "/spectrum/D/eigenvalue", NIXE_DOUBLE, SHAPE(NIXE_AXIS_D_MODE), SPECTRUM, "K", "eigenvalue of D",
     "lowest eigenvalues of the stiffness matrix D, the zero modes first"},
    {NIXE_DATA_D_EIGENVECTOR, "/spectrum/D/eigenvector", NIXE_DOUBLE, SHAPE(NIXE_AXIS_D_MODE, NIXE_AXIS_FREEDOM), SPECTRUM, "",
     "eigenvector of D", "normalised displacement modes (phonons)"},
};

int nixe_dataset_rows(const nixe_dataset *dataset) {
    int axes = 0;
    while (axes < dataset->rank && (dataset->axis[axes] == NIXE_AXIS_TRAJECTORY || dataset->axis[axes] == NIXE_AXIS_STATE ||
                                    dataset->axis[axes] == NIXE_AXIS_REPLICA))
        axes++;
    return axes;
}

int nixe_dataset_is_covered(const nixe_dataset *dataset, nixe_data checksums) {
    return dataset->commands & NIXE_FILE_CHECKED && dataset->commands & nixe_dataset_table[checksums].commands;
}

int nixe_dataset_is_known(const nixe_dataset *dataset) {
    if (dataset->rank == 1 && nixe_axis_scale[dataset->axis[0]] == dataset->data) return 1;
    for (int a = 0; a < dataset->rank; a++)
        if (dataset->axis[a] == NIXE_AXIS_TRAJECTORY || dataset->axis[a] == NIXE_AXIS_REPLICA) return 0;
    return dataset->data != NIXE_DATA_V && dataset->data != NIXE_DATA_V_CHECKSUM;
}

nixe_axis nixe_dataset_moment(const nixe_dataset *dataset) {
    const int rows = nixe_dataset_rows(dataset);
    if (rows == dataset->rank) return NIXE_AXES;
    switch (dataset->axis[rows]) {
        case NIXE_AXIS_TIME:
        case NIXE_AXIS_SNAPSHOT:
        case NIXE_AXIS_RECORD:
        case NIXE_AXIS_AREA:
        case NIXE_AXIS_STORED:
        case NIXE_AXIS_REPLICA_EXCHANGE: return dataset->axis[rows];
        default: return NIXE_AXES;
    }
}
