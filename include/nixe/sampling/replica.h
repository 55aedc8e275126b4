/* Replica: one fixed-shell crystal at one state (shell stiffness and temperature), sampled by swaps of two core sites (15).
 *
 * Two samplers of the same distribution:
 *   metropolis  the paper's: two core sites chosen uniformly, accepted with min(1, exp(-dE/kT)); a sweep is N_core attempts
 *   informed    rejection-free in continuous time: sites are chosen by weight, so that nearly every choice becomes a swap
 *               (src/sampling/informed.c)
 *
 * A replica is a pure function of its state, its start and (seed, index, state number). Every NIXE_REFRESH_SWEEPS sweeps all
 * fields are recomputed from (sigma, sweeps, choices) alone, which bounds rounding and makes such a moment a place to go on
 * from. Nothing here is collective. */
#ifndef NIXE_SAMPLING_REPLICA_H
#define NIXE_SAMPLING_REPLICA_H

#include "nixe/base/bytes.h"
#include "nixe/base/random.h"
#include "nixe/crystal/phase.h"
#include "nixe/sampling/couplings.h"
#include "nixe/sampling/hot_loops.h"

enum { NIXE_REFRESH_SWEEPS = 1000 };

typedef enum { NIXE_METROPOLIS, NIXE_INFORMED } nixe_sampler;

/* A state: what a replica is sampled at. */
typedef struct {
    const nixe_couplings *couplings;
    double kT;
    int number; /* of the state in the list of states */
    nixe_sampler sampler;
    const double *factor; /* informed: N_core x padded, F_kl = exp(2 W_kl / kT); 1 beyond N_core */
    double *bound;        /* informed: N_core, b_k = sqrt(max_l F_kl), so that F_kl <= b_k b_l */
} nixe_state;

/* Sites rounded up to whole blocks of the hot loops: the length of a row of the factor table. */
static inline int nixe_padded(int sites) { return (sites + NIXE_BLOCK - 1) / NIXE_BLOCK * NIXE_BLOCK; }

/* Fill rows first .. last-1 of the factor table of a state, shape [N_core, padded]. */
void nixe_state_fill_factor(const nixe_state *state, double *factor, int first, int last);

/* Set factor (complete; NULL for metropolis) and what follows from it. Refused: a temperature so low that weights would
 * leave the range of a double. */
nixe_status nixe_state_create(nixe_state *state, const nixe_couplings *couplings, double kT, int number, nixe_sampler sampler,
                              const double *factor);
void nixe_state_destroy(nixe_state *state);

/* Refuse (NIXE_REFUSED) a core and temperature whose weights could leave the range of a double. */
nixe_status nixe_state_check_range(const nixe_couplings *couplings, double kT);

typedef struct {
    const nixe_state *state;
    uint64_t seed, index;  /* of the ensemble; of the replica in it */
    int8_t *sigma;         /* N: the whole crystal, for the order parameter; shell sites are B */
    int8_t *core_sigma;    /* N_core: the same of the core, compact */
    double *field;         /* N_core: psi */
    double energy;         /* effective E: kept by adding differences */
    int64_t sweeps;        /* done */
    int64_t accepted;      /* swaps */
    int64_t choices;       /* informed: random choices made, the position in the stream */
    uint8_t *surroundings; /* N: of each site, as in phase.h */
    uint8_t phase_table[128];
    int phase_count[NIXE_PHASES]; /* averaged sites in each phase */
    /* informed sampler only; species 0 is A, 1 is B */
    double *weight;          /* padded: s_k a_k, a_k = exp((s_k psi_k - W_kk) / kT) */
    double *bias;            /* padded: b_k */
    double *lane[2];         /* species x blocks x LANES: sums of b_k a_k over the sites of a lane (hot_loops.h) */
    double *block[2];        /* species x blocks */
    double total[2];         /* species */
    double next_choice;      /* time of the next choice, in sweeps since the end of the last one */
    nixe_random_words words; /* random numbers of the next choice */
} nixe_replica;

nixe_status nixe_replica_create(nixe_replica *replica, const nixe_lattice *lattice, int core_sites);
void nixe_replica_destroy(nixe_replica *replica);

/* Start configuration of a core: count_A A sites at random, or those of smallest x (ties by y, then z). core_sigma has shape
 * [N_core]. */
nixe_status nixe_replica_start_sigma(const nixe_couplings *couplings, int separated, uint64_t seed, uint64_t index, int state,
                                     int8_t *core_sigma);

/* Begin at sweep 0 with a configuration of the core. */
void nixe_replica_begin(nixe_replica *replica, const nixe_state *state, uint64_t seed, uint64_t index,
                        const int8_t *core_sigma);

/* Recompute fields, weights, energy and phases from the configuration. */
void nixe_replica_refresh(nixe_replica *replica);

/* Give the replica another configuration, with its fields from scratch (replica exchange). */
void nixe_replica_set_sigma(nixe_replica *replica, const int8_t *core_sigma);

/* Do one sweep. */
void nixe_replica_sweep(nixe_replica *replica);

/* Save all that the replica needs to go on exactly as it would have, and load it for the same state. */
nixe_status nixe_replica_save(nixe_replica *replica, nixe_bytes *bytes);
nixe_status nixe_replica_load(nixe_replica *replica, const nixe_state *state, nixe_bytes *bytes);

/* E itself, as recorded. */
double nixe_replica_energy(const nixe_replica *replica);

/* f_alpha: fraction of the averaged sites in each phase. */
void nixe_replica_fractions(const nixe_replica *replica, double f[NIXE_PHASES]);

/* For the samplers. Swap core sites i (A) and j (B) in sigma, phases, energy and counters; fields and weights are theirs. */
void nixe_replica_swap(nixe_replica *replica, int i, int j, double difference);
void nixe_metropolis_sweep(nixe_replica *replica);
nixe_status nixe_informed_create(nixe_replica *replica, int core_sites);
void nixe_informed_destroy(nixe_replica *replica);
void nixe_informed_refresh(nixe_replica *replica);
void nixe_informed_sweep(nixe_replica *replica);
nixe_status nixe_informed_save(nixe_replica *replica, nixe_bytes *bytes);
nixe_status nixe_informed_load(nixe_replica *replica, nixe_bytes *bytes);

#endif
