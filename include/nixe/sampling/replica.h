/* Replica: one fixed-shell crystal at one state (state.h), sampled by swaps of two core sites (15), by flips of one, or both.
 * How the moves are chosen is the sampler's, of which there are two of the same distribution (samplers.h).
 *
 * A replica is a pure function of its state, its start and (seed, index, state number). Every NIXE_REFRESH_SWEEPS sweeps all
 * fields are recomputed from (sigma, sweeps, choices) alone, which bounds rounding and makes such a moment a place to go on
 * from. Nothing here is collective. */
#ifndef NIXE_SAMPLING_REPLICA_H
#define NIXE_SAMPLING_REPLICA_H

#include "nixe/base/bytes.h"
#include "nixe/base/random.h"
#include "nixe/crystal/phase.h"
#include "nixe/sampling/state.h"

enum { NIXE_REFRESH_SWEEPS = 1000 };

typedef struct nixe_replica nixe_replica;

/* A sampler: how a replica moves. What it keeps of a replica besides, weights for instance, is
 * replica->own; one that keeps nothing has no create, destroy, refresh, save and load. */
typedef struct {
    const char *name;
    const char *arithmetic;                                       /* in which weights are kept (arithmetic.h) */
    nixe_number table;                                            /* of which numbers the table of a state is; 0: it has none */
    nixe_status (*create)(nixe_replica *replica, int core_sites); /* make replica->own */
    void (*destroy)(nixe_replica *replica);
    void (*refresh)(nixe_replica *replica);                              /* own from the configuration and its fields */
    int (*sweep)(nixe_replica *replica);                                 /* one sweep; 0: not at its end yet, call again */
    double (*attempts)(const nixe_replica *replica);                     /* moves attempted so far */
    nixe_status (*save)(const nixe_replica *replica, nixe_bytes *bytes); /* what cannot be made again bit for bit */
    nixe_status (*load)(nixe_replica *replica, nixe_bytes *bytes);
} nixe_sampler;

struct nixe_replica {
    const nixe_state *state;
    const nixe_sampler *sampler;
    uint64_t seed, index;  /* of the ensemble; of the replica in it */
    int8_t *sigma;         /* N: the whole crystal, for the order parameter; shell sites are B */
    int8_t *core_sigma;    /* N_core: the same of the core, compact */
    double *field;         /* N_core: psi */
    double energy;         /* effective E, without the bias: kept by adding differences */
    int count_A;           /* A sites in the core */
    int64_t sweeps;        /* done */
    int64_t accepted;      /* moves */
    int64_t choices;       /* random choices made by a sampler that counts them: its position in the stream */
    uint8_t *surroundings; /* N: of each site, as in phase.h */
    uint8_t phase_table[128];
    int phase_count[NIXE_PHASES];     /* averaged sites in each phase */
    int64_t unlike[NIXE_MAX_CLASSES]; /* unlike pairs of each class in the core */
    void *own;                        /* the sampler's */
};

/* A replica that is moved by `sampler` and has core_sites sites in its core. */
nixe_status nixe_replica_create(nixe_replica *replica, const nixe_lattice *lattice, int core_sites,
                                const nixe_sampler *sampler);
void nixe_replica_destroy(nixe_replica *replica);

/* Start configuration of a core: count_A A sites at random, or those of smallest x (ties by y, then z), or those of the
 * lattice's file. core_sigma has shape [N_core]. */
typedef enum { NIXE_REPLICA_RANDOM, NIXE_REPLICA_SEPARATED, NIXE_REPLICA_LISTED } nixe_replica_start;
nixe_status nixe_replica_start_sigma(const nixe_couplings *couplings, nixe_replica_start start, uint64_t seed, uint64_t index,
                                     int state, int8_t *core_sigma);

/* Begin at sweep 0 with a configuration of the core. */
void nixe_replica_begin(nixe_replica *replica, const nixe_state *state, uint64_t seed, uint64_t index,
                        const int8_t *core_sigma);

/* Recompute fields, weights, energy and phases from the configuration. */
void nixe_replica_refresh(nixe_replica *replica);

/* Give the replica another configuration, with its fields from scratch (replica exchange). */
void nixe_replica_set_sigma(nixe_replica *replica, const int8_t *core_sigma);

/* Do one sweep, or a part of one that has no bound in work: returns 0 where it is not at its end yet. */
int nixe_replica_sweep(nixe_replica *replica);

/* Save all that the replica needs to go on exactly as it would have, and load it for the same state. */
nixe_status nixe_replica_save(const nixe_replica *replica, nixe_bytes *bytes);
nixe_status nixe_replica_load(nixe_replica *replica, const nixe_state *state, nixe_bytes *bytes);

/* E itself, as recorded. */
double nixe_replica_energy(const nixe_replica *replica);

/* f_alpha: fraction of the averaged sites in each phase. */
void nixe_replica_fractions(const nixe_replica *replica, double f[NIXE_PHASES]);

/* P_k: fraction of unlike pairs among the bonds of each class between core sites. */
void nixe_replica_unlike(const nixe_replica *replica, double *fraction);

/* For the samplers. Swap core sites i (A) and j (B), or flip site k, in sigma, phases, energy and counters; fields and weights
 * are theirs. difference: of the effective E. */
void nixe_replica_swap(nixe_replica *replica, int i, int j, double difference);
void nixe_replica_flip(nixe_replica *replica, int k, double difference);

#endif
