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
#include "nixe/sampling/samplers.h"

enum { A, B };

static const double exact_above = 1e3;           /* times the largest coupling */
static const int site_updates_at_once = 5000000; /* of a sweep, which at a low temperature may have any number of them */

/* What the sampler keeps of a replica. Species 0 is A, 1 is B. */
typedef struct {
    double *weight;          /* padded: s_k a_k, a_k = exp((s_k psi_k - W_kk) / kT) */
    double *bias;            /* padded: b_k */
    double *lane[2];         /* species x blocks x LANES: sums of b_k a_k over the sites of a lane (hot_loops.h) */
    double *block[2];        /* species x blocks */
    double total[2];         /* species */
    double next_choice;      /* time of the next choice, in sweeps since the end of the last one */
    nixe_random_words words; /* random numbers of the next choice */
} informed;

static nixe_status create(nixe_replica *replica, int core_sites) {
    const int n = nixe_padded(core_sites), blocks = n / NIXE_BLOCK;
    informed *own;
    NIXE_TRY(nixe_allocate(&own, 1, sizeof *own, "a replica"));
    replica->own = own;
    NIXE_TRY(nixe_allocate(&own->weight, n, sizeof(double), "a replica"));
    NIXE_TRY(nixe_allocate(&own->bias, n, sizeof(double), "a replica"));
    for (int species = 0; species < 2; species++) {
        NIXE_TRY(nixe_allocate(&own->lane[species], blocks * NIXE_LANES, sizeof(double), "a replica"));
        NIXE_TRY(nixe_allocate(&own->block[species], blocks, sizeof(double), "a replica"));
    }
    return NIXE_OK;
}

static void destroy(nixe_replica *replica) {
    informed *own = replica->own;
    free(own->weight);
    free(own->bias);
    for (int species = 0; species < 2; species++) {
        free(own->lane[species]);
        free(own->block[species]);
    }
    free(own);
}

/* Draw the next choice: words 0 and 1 for its sites, 2 for its time, counted on from `now` (in sweeps since the end of the last
 * one), 3 for its refusal. */
static void draw_next(nixe_replica *replica, double now) {
    informed *own = replica->own;
    const nixe_state *state = replica->state;
    const double rate = 2.0 / (state->couplings->sites - 1) * own->total[A] * own->total[B];
    own->words = nixe_random_state(replica->seed, replica->index, state->number, NIXE_RANDOM_SWEEP, (uint64_t)replica->choices);
    own->next_choice = rate > 0 ? now - log(nixe_uniform_to_1(own->words.word[2])) / rate : INFINITY;
}

static void scale(nixe_replica *replica, const double *gain, const double *loss) {
    informed *own = replica->own;
    const int blocks = nixe_padded(replica->state->couplings->sites) / NIXE_BLOCK;
    nixe_loop_scale_and_sum(blocks, own->weight, own->bias, gain, loss, own->lane[A], own->lane[B]);
}

/* Sums of the lanes to sums of the blocks and of all. */
static void sum_lanes(nixe_replica *replica) {
    informed *own = replica->own;
    const int blocks = nixe_padded(replica->state->couplings->sites) / NIXE_BLOCK;
    for (int species = 0; species < 2; species++) {
        const double *lane = own->lane[species];
        double *block = own->block[species], total = 0;
        for (int b = 0; b < blocks; b++, lane += NIXE_LANES) block[b] = (lane[0] + lane[1]) + (lane[2] + lane[3]);
        for (int b = 0; b < blocks; b++) total += block[b];
        own->total[species] = total;
    }
}

/* Set one weight and sum its lane again. */
static void set_weight(nixe_replica *replica, int k, double weight) {
    informed *own = replica->own;
    const int first = k / NIXE_BLOCK * NIXE_BLOCK + k % NIXE_LANES, lane = k / NIXE_BLOCK * NIXE_LANES + k % NIXE_LANES;
    double sum[2] = {0, 0};
    own->weight[k] = weight;
    for (int l = first; l < first + NIXE_BLOCK; l += NIXE_LANES)
        sum[own->weight[l] > 0 ? A : B] += fabs(own->weight[l]) * own->bias[l];
    own->lane[A][lane] = sum[A];
    own->lane[B][lane] = sum[B];
}

static void refresh(nixe_replica *replica) {
    informed *own = replica->own;
    const nixe_couplings *couplings = replica->state->couplings;
    memcpy(own->bias, replica->state->bound, (size_t)couplings->sites * sizeof(double));
    for (int k = 0; k < couplings->sites; k++)
        own->weight[k] = replica->core_sigma[k] *
                         exp((replica->core_sigma[k] * replica->field[k] - couplings->self[k]) / replica->state->kT);
    const double *row = nixe_table_row(replica->state->factor, 0, 0);
    scale(replica, row, row); /* gain = loss: the sums only */
    sum_lanes(replica);
    replica->choices++; /* a new number: the old one is known not to have come due */
    draw_next(replica, 0);
}

/* The site at r in the row of biased weights of one species: its block, its lane, then the site. Rounding can leave r just
 * behind the last; then another one there is taken. */
static int choose_site(const nixe_replica *replica, int species, double r) {
    const informed *own = replica->own;
    const int blocks = nixe_padded(replica->state->couplings->sites) / NIXE_BLOCK;
    const double *block = own->block[species], sign = species == A ? 1 : -1;
    int found = 0, lane = 0, site = -1;
    for (int b = 0; b < blocks; b++) {
        if (block[b] <= 0) continue;
        found = b;
        if (r < block[b]) break;
        r -= block[b];
    }
    const double *lanes = own->lane[species] + found * NIXE_LANES;
    for (int l = 0; l < NIXE_LANES; l++) {
        if (lanes[l] <= 0) continue;
        lane = l;
        if (r < lanes[l]) break;
        r -= lanes[l];
    }
    const int first = found * NIXE_BLOCK + lane;
    for (int k = first; k < first + NIXE_BLOCK && r >= 0; k += NIXE_LANES) {
        const double weight = sign * own->weight[k];
        if (weight <= 0) continue;
        site = k;
        r -= weight * own->bias[k];
    }
    return site;
}

/* Swap i (A) and j (B); their own weights become a' = 1 / (F_ij a). */
static void execute(nixe_replica *replica, int i, int j, double F_ij) {
    informed *own = replica->own;
    const nixe_state *state = replica->state;
    const double weight_i = own->weight[i], weight_j = own->weight[j];
    scale(replica, nixe_table_row(state->factor, j, 0), nixe_table_row(state->factor, i, 1));
    set_weight(replica, i, -1 / (F_ij * weight_i));
    set_weight(replica, j, -1 / (F_ij * weight_j));
    sum_lanes(replica);
    /* The weights know the difference to 1e-16 kT: enough, but where kT is far above all couplings. */
    const double difference = state->kT < exact_above * state->couplings->largest
                                  ? -2 * state->kT * log(-weight_i * weight_j * F_ij)
                                  : nixe_couplings_swap_difference(state->couplings, replica->core_sigma, i, j);
    nixe_replica_swap(replica, i, j, difference);
}

static int sweep(nixe_replica *replica) {
    informed *own = replica->own;
    const nixe_state *state = replica->state;
    for (int most = site_updates_at_once / state->couplings->sites + 1; own->next_choice <= 1; most--) {
        if (most == 0) return 0;
        const nixe_random_words words = own->words;
        int i = choose_site(replica, A, nixe_uniform_from_0(words.word[0]) * own->total[A]);
        int j = choose_site(replica, B, nixe_uniform_from_0(words.word[1]) * own->total[B]);
        double F_ij = nixe_table_at(state->factor, i, j);
        if (nixe_uniform_from_0(words.word[3]) * own->bias[i] * own->bias[j] < F_ij) execute(replica, i, j, F_ij);
        replica->choices++;
        draw_next(replica, own->next_choice);
    }
    own->next_choice -= 1;
    return 1;
}

/* Weights and the sums of their lanes are saved as they are: summed again they could differ in the last bit. */
static nixe_status save(const nixe_replica *replica, nixe_bytes *bytes) {
    const informed *own = replica->own;
    const size_t n = (size_t)nixe_padded(replica->state->couplings->sites), lanes = n / NIXE_BLOCK * NIXE_LANES;
    NIXE_TRY(nixe_bytes_put(bytes, &own->next_choice, sizeof own->next_choice));
    NIXE_TRY(nixe_bytes_put(bytes, own->weight, n * sizeof(double)));
    NIXE_TRY(nixe_bytes_put(bytes, own->lane[A], lanes * sizeof(double)));
    return nixe_bytes_put(bytes, own->lane[B], lanes * sizeof(double));
}

/* Whether what was loaded fits the configuration and adds up. */
static int is_sound(const nixe_replica *replica, double *fresh) {
    const informed *own = replica->own;
    const nixe_couplings *couplings = replica->state->couplings;
    const int blocks = nixe_padded(couplings->sites) / NIXE_BLOCK;
    if (!(own->next_choice >= 0)) return 0;
    nixe_couplings_fields(couplings, replica->core_sigma, fresh);
    for (int k = 0; k < couplings->sites; k++) {
        const double s = replica->core_sigma[k], weight = s * exp((s * fresh[k] - couplings->self[k]) / replica->state->kT);
        if (!nixe_are_near(1, &own->weight[k], &weight)) return 0;
    }
    for (int k = couplings->sites; k < blocks * NIXE_BLOCK; k++)
        if (own->weight[k] != 0) return 0;
    for (int lane = 0; lane < blocks * NIXE_LANES; lane++) {
        const int first = lane / NIXE_LANES * NIXE_BLOCK + lane % NIXE_LANES;
        double sum[2] = {0, 0};
        for (int k = first; k < first + NIXE_BLOCK; k += NIXE_LANES)
            sum[own->weight[k] > 0 ? A : B] += fabs(own->weight[k]) * own->bias[k];
        if (!nixe_are_near(1, &own->lane[A][lane], &sum[A]) || !nixe_are_near(1, &own->lane[B][lane], &sum[B])) return 0;
    }
    return 1;
}

static nixe_status load(nixe_replica *replica, nixe_bytes *bytes) {
    informed *own = replica->own;
    const nixe_state *state = replica->state;
    const size_t n = (size_t)nixe_padded(state->couplings->sites), lanes = n / NIXE_BLOCK * NIXE_LANES;
    memcpy(own->bias, state->bound, (size_t)state->couplings->sites * sizeof(double));
    NIXE_TRY(nixe_bytes_get(bytes, &own->next_choice, sizeof own->next_choice));
    NIXE_TRY(nixe_bytes_get(bytes, own->weight, n * sizeof(double)));
    NIXE_TRY(nixe_bytes_get(bytes, own->lane[A], lanes * sizeof(double)));
    NIXE_TRY(nixe_bytes_get(bytes, own->lane[B], lanes * sizeof(double)));
    double *fresh;
    NIXE_TRY(nixe_allocate(&fresh, state->couplings->sites, sizeof *fresh, "fields"));
    const int sound = is_sound(replica, fresh);
    free(fresh);
    NIXE_TRY(nixe_bytes_expect(sound, "the weights of a replica"));
    sum_lanes(replica);
    own->words = nixe_random_state(replica->seed, replica->index, state->number, NIXE_RANDOM_SWEEP, (uint64_t)replica->choices);
    return NIXE_OK;
}

static double attempts(const nixe_replica *replica) { return (double)replica->choices; }

const nixe_sampler nixe_informed = {.name = "informed",
                                    .needs_factors = 1,
                                    .create = create,
                                    .destroy = destroy,
                                    .refresh = refresh,
                                    .sweep = sweep,
                                    .attempts = attempts,
                                    .save = save,
                                    .load = load};
