/* Ladder: replica p of all states, whose configurations are exchanged between neighbouring states (replica exchange).
 *
 * Configurations a, b of states q, r change places with probability min(1, exp(-X)),
 *
 *   X = (E_q(b) - E_q(a)) / kT_q + (E_r(a) - E_r(b)) / kT_r
 *
 * where E_q is the energy with the table and the bias of state q: exact along every axis of states. Which pairs attempt is
 * fixed by the number of the attempt: even pairs along the first axis, odd pairs, then the same along the next. Never along
 * that of compositions, between which swaps do not lead. Rows of a ladder's record are numbered by the replica. Nothing here is
 * collective. */
#ifndef NIXE_RUN_LADDER_H
#define NIXE_RUN_LADDER_H

#include "nixe/options/states.h"
#include "nixe/run/record.h"
#include "nixe/sampling/replica.h"

enum { NIXE_ROUNDS = 2 * NIXE_STATE_AXES };

/* Pairs of states between which replicas are exchanged: next to each other along one axis with all else equal. */
typedef struct {
    int count;
    int32_t (*state)[2];                  /* count: the two states of each */
    int *round;                           /* count: 2 x axis, and 1 more for odd pairs */
    int rounds[NIXE_ROUNDS], round_count; /* those that have pairs, in turn */
} nixe_pairs;

/* The pairs of these states; states may be NULL: there are none. */
nixe_status nixe_pairs_create(nixe_pairs *pairs, const nixe_states *states);
void nixe_pairs_destroy(nixe_pairs *pairs);

/* What a state offers at an exchange: the energies, bias included, of its configuration at its own state and at the one of its
 * partner, and its temperature. */
typedef struct {
    double own, there, kT;
} nixe_offer;

/* Where the walkers of a ladder are, and what was attempted. */
typedef struct {
    const nixe_pairs *pairs;
    int states;
    int64_t exchanges;                          /* attempts so far */
    int64_t *attempted, *accepted, round_trips; /* pairs */
    int32_t *walker;   /* states: which walker sits in each; walkers are numbered by their first state */
    int8_t *heading;   /* walkers: 1 after the first state, -1 after the last, 0 before either */
    double *field;     /* scratch: N_core */
    nixe_offer *offer; /* states: what each offers */
    int32_t *from;     /* states: whose configuration each has after the last exchange */
} nixe_ladder;

/* What is recorded of a ladder; a sample is a nixe_ladder. */
extern const nixe_quantities nixe_ladder_quantities;

nixe_status nixe_ladder_create(nixe_ladder *ladder, const nixe_pairs *pairs, int states, int core_sites);
void nixe_ladder_destroy(nixe_ladder *ladder);
void nixe_ladder_begin(nixe_ladder *ladder);

/* The partner of a state at the exchange that comes, or -1. */
int nixe_ladder_partner(const nixe_ladder *ladder, int state);

/* What a replica offers to the state of its partner (NULL: there is none). */
nixe_offer nixe_ladder_offer(const nixe_ladder *ladder, const nixe_replica *replica, const nixe_state *partner);

/* Decide by the offers of all states, in ladder->offer, which pairs whose turn it is exchange their replicas of index `index`;
 * sets ladder->from. */
void nixe_ladder_decide(nixe_ladder *ladder, uint64_t seed, uint64_t index);

nixe_status nixe_ladder_save(const nixe_ladder *ladder, nixe_bytes *bytes);
nixe_status nixe_ladder_load(nixe_ladder *ladder, nixe_bytes *bytes);

#endif
