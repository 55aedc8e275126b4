/* The informed sampler in fixed point: fields as exact sums of integers, weights in single precision (exponents.h). With the
 * diagonal left out, a_k = w_k = 2^(s_k y_k). Nothing here is collective.
 *
 * Cost of a swap: two rows of the table (8 N_core bytes), and some 30 operations for 8 sites; of a refused choice: two
 * descents. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/sampling/fixed_point.h"
#include "nixe/sampling/informed.h"

static const double exact_above = 10; /* times the largest coupling: then the integers of a coupling are below 2^21 */

/* What the sampler keeps of a replica. */
typedef struct {
    nixe_informed_clock clock;
    int32_t *field; /* padded: y */
    double *sums;   /* of a torus, N_core: scratch */
    float *weight;  /* padded: s_k w_k; 0 behind the last site */
    float *bias;    /* padded: b_k, 0 behind the last site */
    int32_t *list;  /* all vectors of sites */
    int32_t *none;  /* N_core: a row of zeros */
    float *lane[2]; /* species: chunks x lanes, sums of b_k w_k */
    double *end[2]; /* species: chunks, sums of all up to each */
} informed;

static int chunks_of(int sites) { return nixe_padded(sites) / (NIXE_VECTOR * NIXE_VECTORS_A_CHUNK); }

static nixe_status create(nixe_replica *replica, int core_sites) {
    const int n = nixe_padded(core_sites), chunks = chunks_of(core_sites);
    informed *own;
    NIXE_TRY(nixe_allocate(&own, 1, sizeof *own, "a replica"));
    replica->own = own;
    NIXE_TRY(nixe_allocate(&own->field, n, sizeof(int32_t), "a replica"));
    NIXE_TRY(nixe_allocate(&own->sums, core_sites, sizeof(double), "a replica"));
    NIXE_TRY(nixe_allocate(&own->weight, n, sizeof(float), "a replica"));
    NIXE_TRY(nixe_allocate(&own->bias, n, sizeof(float), "a replica"));
    NIXE_TRY(nixe_allocate(&own->none, core_sites, sizeof(int32_t), "a replica"));
    NIXE_TRY(nixe_allocate(&own->list, n / NIXE_VECTOR, sizeof(int32_t), "a replica"));
    for (int v = 0; v < n / NIXE_VECTOR; v++) own->list[v] = v;
    for (int species = 0; species < 2; species++) {
        NIXE_TRY(nixe_allocate(&own->lane[species], chunks * NIXE_VECTOR, sizeof(float), "a replica"));
        NIXE_TRY(nixe_allocate(&own->end[species], chunks, sizeof(double), "a replica"));
    }
    return NIXE_OK;
}

static void destroy(nixe_replica *replica) {
    informed *own = replica->own;
    free(own->field);
    free(own->sums);
    free(own->weight);
    free(own->bias);
    free(own->list);
    free(own->none);
    for (int species = 0; species < 2; species++) {
        free(own->lane[species]);
        free(own->end[species]);
    }
    free(own);
}

static void sum(nixe_replica *replica) {
    informed *own = replica->own;
    const int chunks = chunks_of(replica->state->couplings->sites);
    nixe_loop_exchange_lanes(chunks, own->list, own->weight, own->bias, own->lane[NIXE_A], own->lane[NIXE_B], own->end[NIXE_A],
                             own->end[NIXE_B]);
    for (int species = 0; species < 2; species++) own->clock.total[species] = own->end[species][chunks - 1];
}

static void set_weights(nixe_replica *replica) {
    informed *own = replica->own;
    const nixe_state *state = replica->state;
    const int n = state->couplings->sites;
    nixe_fixed_fields(state->table, state->bare, state->field_A, replica->core_sigma, own->sums, own->field);
    for (int k = 0; k < n; k++) {
        own->weight[k] = replica->core_sigma[k];
        own->bias[k] = (float)state->bound[k];
    }
    nixe_loop_weights(n, own->field, own->weight);
    sum(replica);
}

static void refresh(nixe_replica *replica) {
    set_weights(replica);
    nixe_informed_begin(replica);
}

static int find(const nixe_replica *replica, int species, double u) {
    const informed *own = replica->own;
    return nixe_loop_find_exchange(chunks_of(replica->state->couplings->sites), own->end[species], own->lane[species],
                                   own->list, own->weight, own->bias, species == NIXE_A ? 1 : -1,
                                   u * own->clock.total[species]);
}

/* 2 T_ij. */
static int32_t coupling(const nixe_state *state, int i, int j) { return (int32_t)nixe_table_at(state->table, i, j); }

static double kept(const nixe_replica *replica, int i, int j) {
    const informed *own = replica->own;
    return exp2(coupling(replica->state, i, j) / NIXE_FIXED_ONE) / ((double)own->bias[i] * (double)own->bias[j]);
}

/* dE = -2 y_i + 2 y_j - 4 T_ij, in units of 2^-23 kT ln 2. */
static void swap(nixe_replica *replica, int i, int j) {
    informed *own = replica->own;
    const nixe_state *state = replica->state;
    const int64_t steps = -2 * ((int64_t)own->field[i] - own->field[j] + coupling(state, i, j));
    const double difference = nixe_informed_is_hot(state, exact_above)
                                  ? nixe_couplings_swap_difference(state->couplings, replica->core_sigma, i, j)
                                  : (double)steps / NIXE_FIXED_ONE * log(2) * state->kT;
    own->weight[i] = -own->weight[i];
    own->weight[j] = -own->weight[j];
    nixe_loop_turn(state->couplings->sites, nixe_table_row(state->table, j, 0), nixe_table_row(state->table, i, 1), own->field,
                   own->weight);
    sum(replica);
    nixe_replica_swap(replica, i, j, difference);
}

static double bound(const nixe_replica *replica, int k) { return ((const informed *)replica->own)->bias[k]; }

/* dE = -2 s y. */
static void flip(nixe_replica *replica, int k) {
    informed *own = replica->own;
    const nixe_state *state = replica->state;
    const int n = state->couplings->sites, s = replica->core_sigma[k];
    const int32_t *row = nixe_table_row(state->table, k, 0);
    const double difference = nixe_informed_is_hot(state, exact_above)
                                  ? nixe_couplings_flip_difference(state->couplings, replica->core_sigma, k)
                                  : -2.0 * s * own->field[k] / NIXE_FIXED_ONE * log(2) * state->kT;
    own->weight[k] = -own->weight[k];
    nixe_loop_turn(n, s > 0 ? own->none : row, s > 0 ? row : own->none, own->field, own->weight);
    sum(replica);
    nixe_replica_flip(replica, k, difference);
}

static int sweep(nixe_replica *replica) {
    static const nixe_informed_weights weights = {.find = find, .kept = kept, .bound = bound, .swap = swap, .flip = flip};
    return nixe_informed_sweep(replica, &weights);
}

/* Weights follow from the configuration. */
static nixe_status save(const nixe_replica *replica, nixe_bytes *bytes) {
    const informed *own = replica->own;
    return nixe_bytes_put(bytes, &own->clock.next_choice, sizeof own->clock.next_choice);
}

static nixe_status load(nixe_replica *replica, nixe_bytes *bytes) {
    informed *own = replica->own;
    NIXE_TRY(nixe_bytes_get(bytes, &own->clock.next_choice, sizeof own->clock.next_choice));
    NIXE_TRY(nixe_bytes_expect(own->clock.next_choice >= 0, "the next choice of a replica"));
    set_weights(replica);
    nixe_informed_go_on(replica);
    return NIXE_OK;
}

const nixe_sampler nixe_informed_fixed = {.name = "informed",
                                          .arithmetic = "fixed point",
                                          .table = NIXE_INTEGERS,
                                          .create = create,
                                          .destroy = destroy,
                                          .refresh = refresh,
                                          .sweep = sweep,
                                          .attempts = nixe_informed_attempts,
                                          .save = save,
                                          .load = load};
