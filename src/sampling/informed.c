/* The informed sampler: rejection-free swaps in continuous time. Nothing here is collective.
 *
 * With a_k = exp((s_k psi_k - W_kk)/kT) and F_kl = exp(2 W_kl/kT), x = a_i a_j F_ij = exp(-dE/2kT) for a swap of i (A) and j
 * (B). Swaps of any two unlike core sites happen at the rates r_ij = 2 x / (N_core - 1) a sweep, which obey detailed balance:
 * r/r' = x^2 = exp(-dE/kT). Since F_ij <= b_i b_j, pairs are chosen at larger rates, in which b_i b_j stands for F_ij and which
 * factorise: i with probability proportional to a_i b_i among the A sites, j likewise among the B sites; a chosen pair is
 * swapped with probability F_ij / (b_i b_j), which is about one half. The time between choices is exponential. The
 * configuration in force at equally spaced times, the ends of the sweeps, is a sample of the equilibrium distribution.
 *
 * The balance of rates is a choice: any r = x h(x) with h(x) = h(1/x) <= 1 keeps the distribution, h = min(x, 1/x) being
 * Metropolis in continuous time. Of h = min(x, 1/x)^gamma with gamma = 0, 1/4, 1/2, 1 the first gives the most effective
 * samples a second.
 *
 * Cost of a swap: two rows of F (16 N_core bytes), N_core divisions; of a refused choice: two walks over sums. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/random.h"
#include "nixe/sampling/hot_loops.h"
#include "nixe/sampling/replica.h"

enum { A, B };

nixe_status nixe_informed_create(nixe_replica *replica, int core_sites) {
    const int n = nixe_padded(core_sites), blocks = n / NIXE_BLOCK;
    NIXE_TRY(nixe_allocate(&replica->weight, n, sizeof(double), "a replica"));
    NIXE_TRY(nixe_allocate(&replica->bias, n, sizeof(double), "a replica"));
    for (int species = 0; species < 2; species++) {
        NIXE_TRY(nixe_allocate(&replica->lane[species], blocks * NIXE_LANES, sizeof(double), "a replica"));
        NIXE_TRY(nixe_allocate(&replica->block[species], blocks, sizeof(double), "a replica"));
    }
    return NIXE_OK;
}

void nixe_informed_destroy(nixe_replica *replica) {
    free(replica->weight);
    free(replica->bias);
    for (int species = 0; species < 2; species++) {
        free(replica->lane[species]);
        free(replica->block[species]);
    }
}

/* Draw the next choice: words 0 and 1 for its sites, 2 for its time, counted on from `now` (in sweeps since the end of the last
 * one), 3 for its refusal. */
static void draw_next(nixe_replica *replica, double now) {
    const nixe_state *state = replica->state;
    const double rate = 2.0 / (state->couplings->sites - 1) * replica->total[A] * replica->total[B];
    replica->words =
        nixe_random_state(replica->seed, replica->index, state->number, NIXE_RANDOM_SWEEP, (uint64_t)replica->choices);
    replica->next_choice = rate > 0 ? now - log(nixe_uniform_to_1(replica->words.word[2])) / rate : INFINITY;
}

static void scale(nixe_replica *replica, const double *gain, const double *loss) {
    const int blocks = nixe_padded(replica->state->couplings->sites) / NIXE_BLOCK;
    nixe_loop_scale_and_sum(blocks, replica->weight, replica->bias, gain, loss, replica->lane[A], replica->lane[B]);
}

/* Sums of the lanes to sums of the blocks and of all. */
static void sum_lanes(nixe_replica *replica) {
    const int blocks = nixe_padded(replica->state->couplings->sites) / NIXE_BLOCK;
    for (int species = 0; species < 2; species++) {
        const double *lane = replica->lane[species];
        double *block = replica->block[species], total = 0;
        for (int b = 0; b < blocks; b++, lane += NIXE_LANES) block[b] = (lane[0] + lane[1]) + (lane[2] + lane[3]);
        for (int b = 0; b < blocks; b++) total += block[b];
        replica->total[species] = total;
    }
}

/* Set one weight and sum its lane again. */
static void set_weight(nixe_replica *replica, int k, double weight) {
    const int first = k / NIXE_BLOCK * NIXE_BLOCK + k % NIXE_LANES, lane = k / NIXE_BLOCK * NIXE_LANES + k % NIXE_LANES;
    double sum[2] = {0, 0};
    replica->weight[k] = weight;
    for (int l = first; l < first + NIXE_BLOCK; l += NIXE_LANES)
        sum[replica->weight[l] > 0 ? A : B] += fabs(replica->weight[l]) * replica->bias[l];
    replica->lane[A][lane] = sum[A];
    replica->lane[B][lane] = sum[B];
}

void nixe_informed_refresh(nixe_replica *replica) {
    const nixe_couplings *couplings = replica->state->couplings;
    memcpy(replica->bias, replica->state->bound, (size_t)couplings->sites * sizeof(double));
    for (int k = 0; k < couplings->sites; k++)
        replica->weight[k] = replica->core_sigma[k] *
                             exp((replica->core_sigma[k] * replica->field[k] - couplings->self[k]) / replica->state->kT);
    scale(replica, replica->state->factor, replica->state->factor); /* gain = loss: the sums only */
    sum_lanes(replica);
    replica->choices++; /* a new number: the old one is known not to have come due */
    draw_next(replica, 0);
}

/* The site at r in the row of biased weights of one species: its block, its lane, then the site. Rounding can leave r just
 * behind the last; then another one there is taken. */
static int choose_site(const nixe_replica *replica, int species, double r) {
    const int blocks = nixe_padded(replica->state->couplings->sites) / NIXE_BLOCK;
    const double *block = replica->block[species], sign = species == A ? 1 : -1;
    int found = 0, lane = 0, site = -1;
    for (int b = 0; b < blocks; b++) {
        if (block[b] <= 0) continue;
        found = b;
        if (r < block[b]) break;
        r -= block[b];
    }
    const double *lanes = replica->lane[species] + found * NIXE_LANES;
    for (int l = 0; l < NIXE_LANES; l++) {
        if (lanes[l] <= 0) continue;
        lane = l;
        if (r < lanes[l]) break;
        r -= lanes[l];
    }
    const int first = found * NIXE_BLOCK + lane;
    for (int k = first; k < first + NIXE_BLOCK && r >= 0; k += NIXE_LANES) {
        const double weight = sign * replica->weight[k];
        if (weight <= 0) continue;
        site = k;
        r -= weight * replica->bias[k];
    }
    return site;
}

/* Swap i (A) and j (B); their own weights become a' = 1 / (F_ij a). */
static void execute(nixe_replica *replica, int i, int j, double F_ij) {
    const nixe_state *state = replica->state;
    const long stride = nixe_padded(state->couplings->sites);
    const double weight_i = replica->weight[i], weight_j = replica->weight[j];
    scale(replica, state->factor + j * stride, state->factor + i * stride);
    set_weight(replica, i, -1 / (F_ij * weight_i));
    set_weight(replica, j, -1 / (F_ij * weight_j));
    sum_lanes(replica);
    nixe_replica_swap(replica, i, j, -2 * state->kT * log(-weight_i * weight_j * F_ij));
}

void nixe_informed_sweep(nixe_replica *replica) {
    const nixe_state *state = replica->state;
    while (replica->next_choice <= 1) {
        const nixe_random_words words = replica->words;
        int i = choose_site(replica, A, nixe_uniform_from_0(words.word[0]) * replica->total[A]);
        int j = choose_site(replica, B, nixe_uniform_from_0(words.word[1]) * replica->total[B]);
        double F_ij = state->factor[i * (long)nixe_padded(state->couplings->sites) + j];
        if (nixe_uniform_from_0(words.word[3]) * replica->bias[i] * replica->bias[j] < F_ij) execute(replica, i, j, F_ij);
        replica->choices++;
        draw_next(replica, replica->next_choice);
    }
    replica->next_choice -= 1;
}

/* Weights and the sums of their lanes are saved as they are: summed again they could differ in the last bit. */
nixe_status nixe_informed_save(nixe_replica *replica, nixe_bytes *bytes) {
    const size_t n = (size_t)nixe_padded(replica->state->couplings->sites), lanes = n / NIXE_BLOCK * NIXE_LANES;
    NIXE_TRY(nixe_bytes_put(bytes, &replica->next_choice, sizeof replica->next_choice));
    NIXE_TRY(nixe_bytes_put(bytes, replica->weight, n * sizeof(double)));
    NIXE_TRY(nixe_bytes_put(bytes, replica->lane[A], lanes * sizeof(double)));
    return nixe_bytes_put(bytes, replica->lane[B], lanes * sizeof(double));
}

nixe_status nixe_informed_load(nixe_replica *replica, nixe_bytes *bytes) {
    const nixe_state *state = replica->state;
    const size_t n = (size_t)nixe_padded(state->couplings->sites), lanes = n / NIXE_BLOCK * NIXE_LANES;
    memcpy(replica->bias, state->bound, (size_t)state->couplings->sites * sizeof(double));
    NIXE_TRY(nixe_bytes_get(bytes, &replica->next_choice, sizeof replica->next_choice));
    NIXE_TRY(nixe_bytes_get(bytes, replica->weight, n * sizeof(double)));
    NIXE_TRY(nixe_bytes_get(bytes, replica->lane[A], lanes * sizeof(double)));
    NIXE_TRY(nixe_bytes_get(bytes, replica->lane[B], lanes * sizeof(double)));
    sum_lanes(replica);
    replica->words =
        nixe_random_state(replica->seed, replica->index, state->number, NIXE_RANDOM_SWEEP, (uint64_t)replica->choices);
    return NIXE_OK;
}
