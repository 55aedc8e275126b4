/* The informed sampler in doubles: weights a_k are multiplied at each swap by ratios of two rows of F. For temperatures so low
 * that they leave the range of single precision. Nothing here is collective.
 *
 * Cost of a swap: two rows of F (16 N_core bytes), N_core divisions; of a refused choice: two walks over sums. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/sampling/informed.h"

static const double exact_above = 1e3; /* times the largest coupling */

/* What the sampler keeps of a replica. */
typedef struct {
    nixe_informed_clock clock;
    double *weight;   /* padded: s_k a_k, a_k = exp((s_k psi_k - W_kk) / kT) */
    double *bias;     /* padded: b_k */
    double *none;     /* padded: a row of ones */
    double *lane[2];  /* species x blocks x LANES: sums of b_k a_k over the sites of a lane (hot_loops.h) */
    double *block[2]; /* species x blocks */
} informed;

static nixe_status create(nixe_replica *replica, int core_sites) {
    const int n = nixe_padded(core_sites), blocks = n / NIXE_BLOCK;
    informed *own;
    NIXE_TRY(nixe_allocate(&own, 1, sizeof *own, "a replica"));
    replica->own = own;
    NIXE_TRY(nixe_allocate(&own->weight, n, sizeof(double), "a replica"));
    NIXE_TRY(nixe_allocate(&own->bias, n, sizeof(double), "a replica"));
    NIXE_TRY(nixe_allocate(&own->none, n, sizeof(double), "a replica"));
    for (int k = 0; k < n; k++) own->none[k] = 1;
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
    free(own->none);
    for (int species = 0; species < 2; species++) {
        free(own->lane[species]);
        free(own->block[species]);
    }
    free(own);
}

static void scale(nixe_replica *replica, const double *gain, const double *loss) {
    informed *own = replica->own;
    const int blocks = nixe_padded(replica->state->couplings->sites) / NIXE_BLOCK;
    nixe_loop_scale_and_sum(blocks, own->weight, own->bias, gain, loss, own->lane[NIXE_A], own->lane[NIXE_B]);
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
        own->clock.total[species] = total;
    }
}

/* Set one weight and sum its lane again. */
static void set_weight(nixe_replica *replica, int k, double weight) {
    informed *own = replica->own;
    const int first = k / NIXE_BLOCK * NIXE_BLOCK + k % NIXE_LANES, lane = k / NIXE_BLOCK * NIXE_LANES + k % NIXE_LANES;
    double sum[2] = {0, 0};
    own->weight[k] = weight;
    for (int l = first; l < first + NIXE_BLOCK; l += NIXE_LANES)
        sum[own->weight[l] > 0 ? NIXE_A : NIXE_B] += fabs(own->weight[l]) * own->bias[l];
    own->lane[NIXE_A][lane] = sum[NIXE_A];
    own->lane[NIXE_B][lane] = sum[NIXE_B];
}

static void refresh(nixe_replica *replica) {
    informed *own = replica->own;
    const nixe_couplings *couplings = replica->state->couplings;
    memcpy(own->bias, replica->state->bound, (size_t)couplings->sites * sizeof(double));
    for (int k = 0; k < couplings->sites; k++)
        own->weight[k] = replica->core_sigma[k] *
                         exp((replica->core_sigma[k] * replica->field[k] - couplings->self[k]) / replica->state->kT);
    const double *row = nixe_table_row(replica->state->table, 0, 0);
    scale(replica, row, row); /* gain = loss: the sums only */
    sum_lanes(replica);
    nixe_informed_begin(replica);
}

/* The site at r in the row of biased weights of one species: its block, its lane, then the site. Rounding can leave r just
 * behind the last; then another one there is taken. */
static int find(const nixe_replica *replica, int species, double u) {
    const informed *own = replica->own;
    double r = u * own->clock.total[species];
    const int blocks = nixe_padded(replica->state->couplings->sites) / NIXE_BLOCK;
    const double *block = own->block[species], sign = species == NIXE_A ? 1 : -1;
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

static double kept(const nixe_replica *replica, int i, int j) {
    const informed *own = replica->own;
    return nixe_table_at(replica->state->table, i, j) / (own->bias[i] * own->bias[j]);
}

/* The weights of the two sites themselves become a' = 1 / (F_ij a). */
static void swap(nixe_replica *replica, int i, int j) {
    informed *own = replica->own;
    const nixe_state *state = replica->state;
    const double weight_i = own->weight[i], weight_j = own->weight[j], F_ij = nixe_table_at(state->table, i, j);
    scale(replica, nixe_table_row(state->table, j, 0), nixe_table_row(state->table, i, 1));
    set_weight(replica, i, -1 / (F_ij * weight_i));
    set_weight(replica, j, -1 / (F_ij * weight_j));
    sum_lanes(replica);
    /* The weights know the difference to 1e-16 kT: enough, but where kT is far above all couplings. */
    const double difference = nixe_informed_is_hot(state, exact_above)
                                  ? nixe_couplings_swap_difference(state->couplings, replica->core_sigma, i, j)
                                  : -2 * state->kT * log(-weight_i * weight_j * F_ij);
    nixe_replica_swap(replica, i, j, difference);
}

static double bound(const nixe_replica *replica, int k) { return ((const informed *)replica->own)->bias[k]; }

/* The weight of the site itself becomes a' = 1 / a. */
static void flip(nixe_replica *replica, int k) {
    informed *own = replica->own;
    const nixe_state *state = replica->state;
    const int s = replica->core_sigma[k];
    const double weight = own->weight[k], *row = nixe_table_row(state->table, k, 0);
    scale(replica, s > 0 ? own->none : row, s > 0 ? row : own->none);
    set_weight(replica, k, -1 / weight);
    sum_lanes(replica);
    nixe_replica_flip(replica, k,
                      nixe_informed_is_hot(state, exact_above)
                          ? nixe_couplings_flip_difference(state->couplings, replica->core_sigma, k)
                          : -2 * state->kT * log(fabs(weight)));
}

static int sweep(nixe_replica *replica) {
    static const nixe_informed_weights weights = {.find = find, .kept = kept, .bound = bound, .swap = swap, .flip = flip};
    return nixe_informed_sweep(replica, &weights);
}

/* Weights and the sums of their lanes are saved as they are: summed again they could differ in the last bit. */
static nixe_status save(const nixe_replica *replica, nixe_bytes *bytes) {
    const informed *own = replica->own;
    const size_t n = (size_t)nixe_padded(replica->state->couplings->sites), lanes = n / NIXE_BLOCK * NIXE_LANES;
    NIXE_TRY(nixe_bytes_put(bytes, &own->clock.next_choice, sizeof own->clock.next_choice));
    NIXE_TRY(nixe_bytes_put(bytes, own->weight, n * sizeof(double)));
    NIXE_TRY(nixe_bytes_put(bytes, own->lane[NIXE_A], lanes * sizeof(double)));
    return nixe_bytes_put(bytes, own->lane[NIXE_B], lanes * sizeof(double));
}

/* Whether what was loaded fits the configuration and adds up. */
static int is_sound(const nixe_replica *replica, double *fresh) {
    const informed *own = replica->own;
    const nixe_couplings *couplings = replica->state->couplings;
    const int blocks = nixe_padded(couplings->sites) / NIXE_BLOCK;
    if (!(own->clock.next_choice >= 0)) return 0;
    nixe_couplings_fields(couplings, replica->core_sigma, fresh);
    for (int k = 0; k < couplings->sites; k++) {
        const double s = replica->core_sigma[k], weight = s * exp((s * fresh[k] - couplings->self[k]) / replica->state->kT);
        if (!nixe_are_near(1, &own->weight[k], &weight, 0)) return 0;
    }
    for (int k = couplings->sites; k < blocks * NIXE_BLOCK; k++)
        if (own->weight[k] != 0) return 0;
    for (int lane = 0; lane < blocks * NIXE_LANES; lane++) {
        const int first = lane / NIXE_LANES * NIXE_BLOCK + lane % NIXE_LANES;
        double sum[2] = {0, 0};
        for (int k = first; k < first + NIXE_BLOCK; k += NIXE_LANES)
            sum[own->weight[k] > 0 ? NIXE_A : NIXE_B] += fabs(own->weight[k]) * own->bias[k];
        if (!nixe_are_near(1, &own->lane[NIXE_A][lane], &sum[NIXE_A], 0) ||
            !nixe_are_near(1, &own->lane[NIXE_B][lane], &sum[NIXE_B], 0))
            return 0;
    }
    return 1;
}

static nixe_status load(nixe_replica *replica, nixe_bytes *bytes) {
    informed *own = replica->own;
    const nixe_state *state = replica->state;
    const size_t n = (size_t)nixe_padded(state->couplings->sites), lanes = n / NIXE_BLOCK * NIXE_LANES;
    memcpy(own->bias, state->bound, (size_t)state->couplings->sites * sizeof(double));
    NIXE_TRY(nixe_bytes_get(bytes, &own->clock.next_choice, sizeof own->clock.next_choice));
    NIXE_TRY(nixe_bytes_get(bytes, own->weight, n * sizeof(double)));
    NIXE_TRY(nixe_bytes_get(bytes, own->lane[NIXE_A], lanes * sizeof(double)));
    NIXE_TRY(nixe_bytes_get(bytes, own->lane[NIXE_B], lanes * sizeof(double)));
    double *fresh;
    NIXE_TRY(nixe_allocate(&fresh, state->couplings->sites, sizeof *fresh, "fields"));
    const int sound = is_sound(replica, fresh);
    free(fresh);
    NIXE_TRY(nixe_bytes_expect(sound, "the weights of a replica"));
    sum_lanes(replica);
    nixe_informed_go_on(replica);
    return NIXE_OK;
}

const nixe_sampler nixe_informed_double = {.name = "informed",
                                           .arithmetic = "double precision",
                                           .table = NIXE_DOUBLES,
                                           .create = create,
                                           .destroy = destroy,
                                           .refresh = refresh,
                                           .sweep = sweep,
                                           .attempts = nixe_informed_attempts,
                                           .save = save,
                                           .load = load};
