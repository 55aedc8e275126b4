/* MC: replicas of fixed-shell crystals over several states, what is recorded of them, and replica exchange.
 *
 * States are the product of shell stiffnesses and temperatures, stiffness slowest. A task of the ensemble is one replica at one
 * state, or, with replica exchange, one ladder: replica p of all states, which stay on one rank. Rows of the file follow the
 * state: row q P + p. Collective: the write of nixe_mc_work(). */
#ifndef NIXE_RUN_MC_RECORD_H
#define NIXE_RUN_MC_RECORD_H

#include "nixe/elasticity/displacement.h"
#include "nixe/elasticity/strain.h"
#include "nixe/file/pending.h"
#include "nixe/file/write.h"
#include "nixe/options/options.h"
#include "nixe/run/ensemble.h"
#include "nixe/sampling/replica.h"

/* A state with what its area deviations need. */
typedef struct {
    nixe_state state;
    double shell_stiffness;
    const nixe_response *response;
} nixe_mc_state;

/* Pairs of states between which replicas are exchanged: next to each other along one list with the other equal. */
typedef struct {
    int count;
    int *first, *second;        /* count: states */
    int *round;                 /* count: 0, 1: even and odd pairs along the stiffnesses; 2, 3: along the temperatures */
    int rounds[4], round_count; /* those that have pairs, in turn */
} nixe_ladder;

nixe_status nixe_ladder_create(nixe_ladder *pairs, int stiffnesses, int temperatures);
void nixe_ladder_destroy(nixe_ladder *pairs);

enum { NIXE_CHECKSUMS = 5 };

/* A replica with the configurations that wait for their areas: a block that fills from the front, of which `measured` are done.
 */
typedef struct {
    nixe_replica replica;
    int64_t row;
    int waiting, measured;
    int64_t first_area;            /* number of the block's first area record */
    int8_t *configuration;         /* CONFIGURATIONS x N */
    uint64_t hash[NIXE_CHECKSUMS]; /* of what has been recorded: f, energy, area_mean, area_rms, sigma */
} nixe_mc_member;

typedef struct {
    const nixe_options *options;
    const nixe_lattice *lattice;
    const nixe_mc_state *states; /* of this batch */
    const nixe_ladder *pairs;
    nixe_file *file;

    int all_states;                             /* Q */
    nixe_mc_member *member;                     /* members of the task: one, or one for each state */
    int members, current;                       /* current: the one that is advanced now */
    int64_t task, replica_number, target;       /* target: sweeps to do before the next exchange */
    int32_t *walker;                            /* members: which walker sits in each state */
    int8_t *heading;                            /* walkers: 1 after the first state, -1 after the last, 0 before either */
    int64_t *attempted, *accepted, round_trips; /* pairs */
    nixe_pending f, energy, area_mean, area_rms, sigma, walkers, sweeps_done, acceptance, checksums, attempts, acceptances,
        trips;
    nixe_displacement displacement;
    nixe_strain strain;
    double *area, *field; /* scratch: N x CONFIGURATIONS; N_core */
    int64_t *flagged;     /* rows: sweeps_done as it is in the file, which never goes back */
    int64_t exchanges;    /* attempts to exchange of this task so far */
    double strain_seconds;
} nixe_mc;

/* Bytes that a rank needs for its members and buffers. */
double nixe_mc_bytes(const nixe_options *options, const nixe_lattice *lattice, int states);

/* flagged: as in nixe_mc, belongs to the caller. */
nixe_status nixe_mc_create(nixe_mc *mc, const nixe_options *options, const nixe_sampler *sampler, const nixe_lattice *lattice,
                           const nixe_ladder *pairs, int members, int64_t *flagged, nixe_file *file);
void nixe_mc_destroy(nixe_mc *mc);

/* The work of a batch of states: `count` tasks of these states. Task t is replica t / Q at state t % Q,
 * or ladder t. */
nixe_work nixe_mc_work(nixe_mc *mc, const nixe_mc_state *states, const int64_t *tasks, int64_t count);

/* Attempt to exchange the replicas of all pairs whose turn it is (ladder.c). */
nixe_status nixe_ladder_exchange(nixe_mc *mc);

#endif
