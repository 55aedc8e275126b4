/* Informed: what the two informed samplers have in common: the clock, the choice of a move, and the thinning.
 *
 * With a_k = exp((s_k psi_k - W_kk)/kT) and F_kl = exp(2 W_kl/kT), x = a_i a_j F_ij = exp(-dE/2kT) for a swap of i (A) and j
 * (B). Swaps of any two unlike core sites happen at the rates r_ij = 2 x / (N_core - 1) a sweep, which obey detailed balance:
 * r/r' = x^2 = exp(-dE/kT). Since F_ij <= b_i b_j, pairs are chosen at larger rates, in which b_i b_j stands for F_ij and which
 * factorise: i with probability proportional to a_i b_i among the A sites, j likewise among the B sites; a chosen pair is
 * swapped with probability F_ij / (b_i b_j), which is about one half. The time between choices is exponential. The
 * configuration in force at equally spaced times, the ends of the sweeps, is a sample of the equilibrium distribution.
 *
 * A flip is a swap with a reservoir: site k turns at the rate a_k g a sweep, where g = exp(-change of the bias / 2 kT) depends
 * on the species and on how many there are. It is chosen by the same weights a_k b_k, and turned with probability
 * min(b) / b_k. With both kinds of moves the rates of each are halved, as a coin would.
 *
 * The balance of rates is a choice: any r = x h(x) with h(x) = h(1/x) <= 1 keeps the distribution, h = min(x, 1/x) being
 * Metropolis in continuous time. Of h = min(x, 1/x)^gamma with gamma = 0, 1/4, 1/2, 1 the first gives the most effective
 * samples a second. Nothing here is collective. */
#ifndef NIXE_SAMPLING_INFORMED_H
#define NIXE_SAMPLING_INFORMED_H

#include "nixe/sampling/samplers.h"

/* What an informed sampler keeps of a replica begins with this. */
typedef struct {
    double total[2];         /* sums of a_k b_k over the A sites and over the B sites */
    double next_choice;      /* time of the next choice, in sweeps since the end of the last one */
    double rate[3];          /* of choices: flips of A, flips of B, swaps */
    nixe_random_words words; /* random numbers of the next choice */
} nixe_informed_clock;

enum { NIXE_A, NIXE_B }; /* species */

/* How its weights are kept. */
typedef struct {
    int (*find)(const nixe_replica *replica, int species, double u); /* site in which a fraction u of a total lies */
    double (*kept)(const nixe_replica *replica, int i, int j);       /* F_ij / (b_i b_j) */
    double (*bound)(const nixe_replica *replica, int k);             /* b_k */
    void (*swap)(nixe_replica *replica, int i, int j);               /* i is A, j is B; with the totals */
    void (*flip)(nixe_replica *replica, int k);                      /* with the totals */
} nixe_informed_weights;

/* A new choice after weights were made afresh: a new number, as the old one is known not to have come due. */
void nixe_informed_begin(nixe_replica *replica);

/* The random numbers and rates of the choice that is to come, of a replica that was loaded. */
void nixe_informed_go_on(nixe_replica *replica);

/* One sweep, or a part of one that has no bound in work: 0 where it is not at its end yet. */
int nixe_informed_sweep(nixe_replica *replica, const nixe_informed_weights *weights);

double nixe_informed_attempts(const nixe_replica *replica);

/* Whether kT is more than `times` the largest coupling: then the weights know too little of the difference of energy of a swap,
 * and it is computed from the couplings, in O(N). */
int nixe_informed_is_hot(const nixe_state *state, double times);

#endif
