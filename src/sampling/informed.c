/* The informed samplers' clock and thinning. Nothing here is collective. */
#include "nixe/sampling/informed.h"

#include <math.h>

static const int site_updates_at_once = 5000000; /* of a sweep, which at a low temperature may have any number of them */

enum { SWAPS = 2 }; /* of rates; those of flips are numbered by species */

void nixe_informed_go_on(nixe_replica *replica) {
    nixe_informed_clock *clock = replica->own;
    const nixe_state *state = replica->state;
    const double *total = clock->total;
    clock->words =
        nixe_random_state(replica->seed, replica->index, state->number, NIXE_RANDOM_SWEEP, (uint64_t)replica->choices);
    clock->rate[SWAPS] = 2.0 / (state->couplings->sites - 1) * total[NIXE_A] * total[NIXE_B];
    if (state->flips == 0) return;
    const double most = state->flips / state->least_bound;
    for (int species = 0; species < 2; species++)
        clock->rate[species] = most * state->gain[species][replica->count_A] * total[species];
    clock->rate[SWAPS] = state->couplings->sites > 1 ? state->swaps * clock->rate[SWAPS] : 0;
}

/* Draw the next choice: words 0 and 1 for its sites, 2 for its time, counted on from `now` (in sweeps since the end of the last
 * one), 3 for its refusal; another for the kind of its move, where there are several. */
static void draw_next(nixe_replica *replica, double now) {
    nixe_informed_clock *clock = replica->own;
    nixe_informed_go_on(replica);
    const double rate = clock->rate[NIXE_A] + clock->rate[NIXE_B] + clock->rate[SWAPS];
    clock->next_choice = rate > 0 ? now - log(nixe_uniform_to_1(clock->words.word[2])) / rate : INFINITY;
}

void nixe_informed_begin(nixe_replica *replica) {
    replica->choices++;
    draw_next(replica, 0);
}

/* The move that has come due: flips of a species, or SWAPS. */
static int choose_move(const nixe_replica *replica) {
    const nixe_informed_clock *clock = replica->own;
    if (replica->state->flips == 0) return SWAPS;
    const uint64_t word =
        nixe_random_state(replica->seed, replica->index, replica->state->number, NIXE_RANDOM_MOVE, (uint64_t)replica->choices)
            .word[0];
    double r = nixe_uniform_from_0(word) * (clock->rate[NIXE_A] + clock->rate[NIXE_B] + clock->rate[SWAPS]);
    int last = SWAPS;
    for (int move = 0; move <= SWAPS; move++) {
        if (clock->rate[move] <= 0) continue;
        last = move;
        if (r < clock->rate[move]) break;
        r -= clock->rate[move];
    }
    return last;
}

/* The move that has come due, which is made or refused. */
static void choose(nixe_replica *replica, const nixe_informed_weights *weights) {
    const nixe_informed_clock *clock = replica->own;
    const int move = choose_move(replica);
    const double first = nixe_uniform_from_0(clock->words.word[0]), refusal = nixe_uniform_from_0(clock->words.word[3]);
    if (move == SWAPS) {
        const int i = weights->find(replica, NIXE_A, first);
        const int j = weights->find(replica, NIXE_B, nixe_uniform_from_0(clock->words.word[1]));
        if (refusal < weights->kept(replica, i, j)) weights->swap(replica, i, j);
    } else {
        const int k = weights->find(replica, move, first);
        if (refusal < replica->state->least_bound / weights->bound(replica, k)) weights->flip(replica, k);
    }
}

int nixe_informed_sweep(nixe_replica *replica, const nixe_informed_weights *weights) {
    nixe_informed_clock *clock = replica->own;
    for (int most = site_updates_at_once / replica->state->couplings->sites + 1; clock->next_choice <= 1; most--) {
        if (most == 0) return 0;
        choose(replica, weights);
        replica->choices++;
        draw_next(replica, clock->next_choice);
    }
    clock->next_choice -= 1;
    return 1;
}

double nixe_informed_attempts(const nixe_replica *replica) { return (double)replica->choices; }

int nixe_informed_is_hot(const nixe_state *state, double times) { return state->kT >= times * state->couplings->largest; }
