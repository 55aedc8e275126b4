/* The paper's sampler: Metropolis swaps of two core sites chosen uniformly; and flips of one. Nothing here is collective.
 *
 * Cost of an attempt: random numbers, two spins; half of the pairs are like and end there. For an unlike pair the difference
 * e_i + e_j - 4 W_ij is bounded below by e_i + e_j - 4 W_max, and exp(x) above 1 + x + x^2/2 + x^3/6 (x > 0): nearly every
 * refusal is decided by that, without the table (a cache miss) and without an exponential. An accepted swap reads two rows of W
 * (16 N_core bytes), a flip one. */
#include <math.h>

#include "nixe/base/random.h"
#include "nixe/sampling/hot_loops.h"
#include "nixe/sampling/samplers.h"

/* Whether exp(-x) is certainly below u. */
static inline int is_refused(double x, double u) { return x > 0 && u * (1 + x * (1 + x * (0.5 + x * (1.0 / 6)))) >= 1; }

/* One attempt with two random words: the sites, and the uniform number of the acceptance. */
static inline void attempt_swap(nixe_replica *replica, double beta, uint64_t pair, uint64_t chance) {
    const nixe_couplings *couplings = replica->state->couplings;
    const uint32_t n = (uint32_t)couplings->sites;
    int i = (int)nixe_uniform_below(pair, n), j = (int)nixe_uniform_below(pair << 32, n - 1);
    j += j >= i;
    if (replica->core_sigma[i] == replica->core_sigma[j]) return;
    if (replica->core_sigma[i] < 0) { /* let i be the A site */
        int other = i;
        i = j;
        j = other;
    }
    const double *field = replica->field, u = nixe_uniform_from_0(chance);
    const double single = -2 * field[i] + 2 * field[j] + 2 * couplings->self[i] + 2 * couplings->self[j];
    const double least = beta * (single - 4 * couplings->largest);
    if (is_refused(least, u)) return;
    const double difference = single - 4 * nixe_table_at(couplings->W, i, j);
    if (difference > 0 && u >= exp(-beta * difference)) return;
    nixe_loop_add_difference(couplings->sites, 2, nixe_table_row(couplings->W, j, 0), nixe_table_row(couplings->W, i, 1),
                             replica->field);
    nixe_replica_swap(replica, i, j, difference);
}

/* One attempt to turn a site, with the same words. */
static inline void attempt_flip(nixe_replica *replica, double beta, uint64_t site, uint64_t chance) {
    const nixe_state *state = replica->state;
    const nixe_couplings *couplings = state->couplings;
    const int k = (int)nixe_uniform_below(site, (uint32_t)couplings->sites), s = replica->core_sigma[k];
    const double difference = -2 * s * replica->field[k] + 2 * couplings->self[k];
    const double x = beta * (difference + state->bias[replica->count_A - s] - state->bias[replica->count_A]);
    const double u = nixe_uniform_from_0(chance);
    if (is_refused(x, u) || (x > 0 && u >= exp(-x))) return;
    nixe_loop_add(couplings->sites, -2 * s, nixe_table_row(couplings->W, k, 0), replica->field);
    nixe_replica_flip(replica, k, difference);
}

/* The coin of both kinds of moves is the last bit of `chance`, which is not in its number of 53. */
static inline void attempt(nixe_replica *replica, double beta, uint64_t pair, uint64_t chance) {
    const nixe_state *state = replica->state;
    if (state->flips == 1 || (state->flips > 0 && (chance & 1))) attempt_flip(replica, beta, pair, chance);
    else if (state->couplings->sites > 1) attempt_swap(replica, beta, pair, chance);
}

static int sweep(nixe_replica *replica) {
    const nixe_state *state = replica->state;
    const int64_t count = state->couplings->sites, blocks = (count + 1) / 2; /* a block of words serves two attempts */
    const double beta = 1 / state->kT;
    for (int64_t b = 0; b < blocks; b++) {
        nixe_random_words words = nixe_random_state(replica->seed, replica->index, state->number, NIXE_RANDOM_SWEEP,
                                                    (uint64_t)(replica->sweeps * blocks + b));
        attempt(replica, beta, words.word[0], words.word[1]);
        if (2 * b + 1 < count) attempt(replica, beta, words.word[2], words.word[3]);
    }
    return 1;
}

static double attempts(const nixe_replica *replica) { return (double)replica->sweeps * replica->state->couplings->sites; }

/* It keeps nothing of its own. */
const nixe_sampler nixe_metropolis = {
    .name = "metropolis", .arithmetic = "double precision", .sweep = sweep, .attempts = attempts};
