/* The informed samplers' clock and thinning. Nothing here is collective. */
#include "nixe/sampling/informed.h"

#include <math.h>

static const int site_updates_at_once = 5000000; /* of a sweep, which at a low temperature may have any number of them */

void nixe_informed_go_on(nixe_replica *replica) {
    nixe_informed_clock *clock = replica->own;
    clock->words =
        nixe_random_state(replica->seed, replica->index, replica->state->number, NIXE_RANDOM_SWEEP, (uint64_t)replica->choices);
}

/* Draw the next choice: words 0 and 1 for its sites, 2 for its time, counted on from `now` (in sweeps since the end of the last
 * one), 3 for its refusal. */
static void draw_next(nixe_replica *replica, double now) {
    nixe_informed_clock *clock = replica->own;
    const double rate = 2.0 / (replica->state->couplings->sites - 1) * clock->total[NIXE_A] * clock->total[NIXE_B];
    nixe_informed_go_on(replica);
    clock->next_choice = rate > 0 ? now - log(nixe_uniform_to_1(clock->words.word[2])) / rate : INFINITY;
}

void nixe_informed_begin(nixe_replica *replica) {
    replica->choices++;
    draw_next(replica, 0);
}

int nixe_informed_sweep(nixe_replica *replica, const nixe_informed_weights *weights) {
    nixe_informed_clock *clock = replica->own;
    for (int most = site_updates_at_once / replica->state->couplings->sites + 1; clock->next_choice <= 1; most--) {
        if (most == 0) return 0;
        const nixe_random_words words = clock->words;
        const int i = weights->find(replica, NIXE_A, nixe_uniform_from_0(words.word[0]));
        const int j = weights->find(replica, NIXE_B, nixe_uniform_from_0(words.word[1]));
        if (nixe_uniform_from_0(words.word[3]) < weights->kept(replica, i, j)) weights->swap(replica, i, j);
        replica->choices++;
        draw_next(replica, clock->next_choice);
    }
    clock->next_choice -= 1;
    return 1;
}

double nixe_informed_attempts(const nixe_replica *replica) { return (double)replica->choices; }

int nixe_informed_is_hot(const nixe_state *state, double times) { return state->kT >= times * state->couplings->largest; }
