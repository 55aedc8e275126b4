/* Weights: those of a trajectory in fixed point, from the tables of exponents.h.
 *
 * Fields are exact sums of integers, to which each event adds two rows of the table (which holds 2 T, the change by one ion
 * that turns). Nothing drifts, so nothing is recomputed, and sigma alone tells all. Rates are summed in single precision and in
 * lanes; the event is chosen by chunk, lane, site, and at every level by what is there, in doubles: what rounding leaves over
 * at one level never gives an event another probability than a relative 1e-6. Only vectors of slots in which an unlike pair
 * begins are looked at: each has the number of these pairs. Without an elastic part (epsilon = 0) an event changes the fields
 * of neighbours only. Nothing here is collective. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/sampling/arithmetic.h"
#include "nixe/sampling/exponents.h"
#include "nixe/sampling/slots.h"

/* What a trajectory keeps. */
typedef struct {
    int32_t *field;                       /* N: y */
    double *sums;                         /* of a torus, N: scratch of `set` */
    float *weight;                        /* N: s_i w_i */
    float *slot_weight;                   /* padded + reach, as in factors.c; `weight` begins with it likewise */
    uint16_t *unlike;                     /* vectors of slots: unlike pairs that begin in each */
    int32_t *list;                        /* whole chunks: the vectors that have some */
    int chunks;                           /* of the list */
    float *swap_lane;                     /* chunks of them x lanes */
    double *swap_sum;                     /* chunks: sum of the rates of all up to it */
    float *exchange_lane[2];              /* of A and of B: chunks of vectors x lanes */
    double *exchange_sum[2], exchange[2]; /* of all chunks up to each, and of all, without the driving force */
} weights;

enum { A, B };

static int vectors_of(const nixe_rates *rates) { return rates->padded / NIXE_VECTOR; }

/* Where vectors are few, nearly all have unlike pairs: these are not counted. */
static int counts_pairs(const nixe_rates *rates) { return vectors_of(rates) > 64; }

static nixe_status create(nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const nixe_exponents *table = rates->own;
    const int n = lattice->sites, vectors = vectors_of(rates), chunks = nixe_exponents_chunks(vectors);
    weights *own;
    NIXE_TRY(nixe_allocate(&own, 1, sizeof *own, "a trajectory"));
    trajectory->own = own;
    NIXE_TRY(nixe_allocate(&own->field, n, sizeof(int32_t), "a trajectory"));
    if (rates->table && rates->table->torus) NIXE_TRY(nixe_allocate(&own->sums, n, sizeof(double), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->slot_weight, table->stride + lattice->reach, sizeof(float), "a trajectory"));
    if (lattice->homes == n) own->weight = own->slot_weight;
    else NIXE_TRY(nixe_allocate(&own->weight, n + 2 * NIXE_VECTOR, sizeof(float), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->unlike, vectors, sizeof(uint16_t), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->list, (long)chunks * NIXE_VECTORS_A_CHUNK + 1, sizeof(int32_t), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->swap_lane, (long)chunks * NIXE_VECTOR, sizeof(float), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->swap_sum, chunks, sizeof(double), "a trajectory"));
    for (int ion = A; ion <= B; ion++) {
        NIXE_TRY(nixe_allocate(&own->exchange_lane[ion], (long)table->chunks * NIXE_VECTOR, sizeof(float), "a trajectory"));
        NIXE_TRY(nixe_allocate(&own->exchange_sum[ion], table->chunks, sizeof(double), "a trajectory"));
    }
    return NIXE_OK;
}

static void destroy(nixe_trajectory *trajectory) {
    weights *own = trajectory->own;
    if (own->weight != own->slot_weight) free(own->weight);
    free(own->slot_weight);
    free(own->field);
    free(own->sums);
    free(own->unlike);
    free(own->list);
    free(own->swap_lane);
    free(own->swap_sum);
    for (int ion = A; ion <= B; ion++) {
        free(own->exchange_lane[ion]);
        free(own->exchange_sum[ion]);
    }
    free(own);
}

/* Give the slots the weights of their sites; where these are the first slots, those behind them, which begin a second time. */
static void place_weights(const nixe_trajectory *trajectory) {
    const weights *own = trajectory->own;
    nixe_slots_place(trajectory->rates->lattice, own->weight, own->slot_weight, sizeof(float));
}

static void set_fields(const nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const nixe_exponents *table = rates->own;
    const weights *own = trajectory->own;
    if (rates->table) nixe_fixed_fields(rates->table, table->bare, table->field_A, trajectory->sigma, own->sums, own->field);
    for (int i = 0; i < lattice->sites && !rates->table; i++) {
        own->field[i] = table->bare[i];
        for (int d = 0; d < lattice->directions; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j >= 0) own->field[i] += table->step[d] / 2 * trajectory->sigma[j];
        }
    }
}

/* The pairs of a site that has just turned. */
static void count_pairs(const nixe_trajectory *trajectory, int site) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const weights *own = trajectory->own;
    const int32_t *next = nixe_lattice_neighbours(lattice, site);
    const int half = lattice->directions / 2, vector = lattice->home[site] / NIXE_VECTOR, is_A = own->weight[site] > 0;
    int own_pairs = own->unlike[vector];
    for (int d = 0; d < half; d++)
        if (next[d] >= 0) own_pairs += (own->weight[next[d]] > 0) == is_A ? -1 : 1;
    own->unlike[vector] = (uint16_t)own_pairs;
    for (int d = half; d < 2 * half; d++) {
        if (next[d] < 0) continue;
        uint16_t *pairs = own->unlike + lattice->home[next[d]] / NIXE_VECTOR;
        *pairs = (uint16_t)(*pairs + ((own->weight[next[d]] > 0) == is_A ? -1 : 1));
    }
}

static void set_pairs(const nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const weights *own = trajectory->own;
    for (int v = 0; v < vectors_of(rates); v++) own->unlike[v] = !counts_pairs(rates);
    for (int i = 0; i < lattice->sites && counts_pairs(rates); i++)
        for (int d = 0; d < lattice->directions / 2; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j >= 0 && trajectory->sigma[i] != trajectory->sigma[j]) own->unlike[lattice->home[i] / NIXE_VECTOR]++;
        }
}

static void set(nixe_trajectory *trajectory) {
    const int n = trajectory->rates->lattice->sites;
    const weights *own = trajectory->own;
    set_fields(trajectory);
    for (int i = 0; i < n; i++) own->weight[i] = trajectory->sigma[i];
    nixe_loop_weights(n, own->field, own->weight);
    place_weights(trajectory);
    set_pairs(trajectory);
}

static double swap_rate(const nixe_trajectory *trajectory, int slot, int d) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_exponents *table = rates->own;
    const weights *own = trajectory->own;
    const double product = -(double)own->slot_weight[slot] * (double)own->slot_weight[slot + rates->lattice->offset[d]];
    return product > 0 ? (double)table->bond_factor[(long)d * table->stride + slot] * product : 0;
}

/* k_ex x_i w_i of a site, 0 where its ion is another. */
static double exchange_of(const nixe_trajectory *trajectory, int site, int ion) {
    const nixe_exponents *table = trajectory->rates->own;
    const weights *own = trajectory->own;
    const double weight = (double)own->weight[site];
    return (weight > 0) == (ion == A) ? (double)table->exchange_factor[site] * fabs(weight) : 0;
}

static double exchange_rate(const nixe_trajectory *trajectory, int surface_site) {
    const int site = trajectory->rates->surface[surface_site];
    return exchange_of(trajectory, site, A) * trajectory->driving[A] +
           exchange_of(trajectory, site, B) * trajectory->driving[B];
}

static void sum(nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const nixe_exponents *table = rates->own;
    weights *own = trajectory->own;
    own->chunks = nixe_loop_swap_lanes(vectors_of(rates), own->unlike, lattice->directions / 2, lattice->offset, table->stride,
                                       own->slot_weight, table->bond_factor, own->list, own->swap_lane, own->swap_sum);
    nixe_loop_exchange_lanes(table->chunks, table->vector, own->weight, table->exchange_factor, own->exchange_lane[A],
                             own->exchange_lane[B], own->exchange_sum[A], own->exchange_sum[B]);
    trajectory->swap_total = own->chunks ? own->swap_sum[own->chunks - 1] : 0;
    trajectory->exchange_total = 0;
    for (int ion = A; ion <= B; ion++) {
        own->exchange[ion] = table->chunks ? own->exchange_sum[ion][table->chunks - 1] : 0;
        trajectory->exchange_total += own->exchange[ion] * trajectory->driving[ion];
    }
}

static nixe_event choose_swap(const nixe_trajectory *trajectory, double at) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const nixe_exponents *table = trajectory->rates->own;
    const weights *own = trajectory->own;
    int d;
    const int slot = nixe_loop_find_swap(own->chunks, own->swap_sum, own->swap_lane, own->list, lattice->directions / 2,
                                         lattice->offset, table->stride, own->slot_weight, table->bond_factor, at, &d);
    const int i = lattice->slot_site[slot], j = lattice->slot_site[slot + lattice->offset[d]];
    return trajectory->sigma[i] > 0 ? (nixe_event){i, j} : (nixe_event){j, i};
}

static nixe_event choose(const nixe_trajectory *trajectory, double at) {
    const nixe_exponents *table = trajectory->rates->own;
    const weights *own = trajectory->own;
    if (at < trajectory->swap_total || trajectory->exchange_total <= 0) return choose_swap(trajectory, at);
    const double of_A = own->exchange[A] * trajectory->driving[A];
    at -= trajectory->swap_total;
    const int ion = at < of_A || own->exchange[B] <= 0 ? A : B;
    const int site = nixe_loop_find_exchange(table->chunks, own->exchange_sum[ion], own->exchange_lane[ion], table->vector,
                                             own->weight, table->exchange_factor, ion == A ? 1 : -1,
                                             (ion == A ? at : at - of_A) / trajectory->driving[ion]);
    return ion == A ? (nixe_event){site, NIXE_RESERVOIR} : (nixe_event){NIXE_RESERVOIR, site};
}

/* A site and its neighbours, rounded up to whole vectors. */
enum { TOUCHED = NIXE_MAX_DIRECTIONS + NIXE_VECTOR };

/* Where epsilon = 0: the weight of a site that turns and of its neighbours, in all slots that show them. */
static void turn_neighbours(const nixe_trajectory *trajectory, int site) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const nixe_exponents *table = trajectory->rates->own;
    const weights *own = trajectory->own;
    const int32_t *next = nixe_lattice_neighbours(lattice, site);
    const int ion = own->weight[site] > 0 ? 1 : -1, directions = trajectory->rates->energy->J != 0 ? lattice->directions : 0;
    int32_t who[TOUCHED], field[TOUCHED];
    float weight[TOUCHED];
    int count = 0;
    who[count] = site;
    field[count] = own->field[site];
    weight[count++] = own->weight[site];
    for (int d = 0; d < directions; d++) {
        if (next[d] < 0) continue;
        who[count] = next[d];
        field[count] = own->field[next[d]] += ion * table->step[d];
        weight[count++] = own->weight[next[d]];
    }
    const int whole = (count + NIXE_VECTOR - 1) / NIXE_VECTOR * NIXE_VECTOR;
    for (int k = count; k < whole; k++) {
        field[k] = 0;
        weight[k] = 1; /* nobody's */
    }
    nixe_loop_weights(whole, field, weight);
    for (int k = 0; k < count; k++) {
        own->weight[who[k]] = weight[k];
        for (int s = table->slot_begin[who[k]]; s < table->slot_begin[who[k] + 1]; s++)
            own->slot_weight[table->slot[s]] = weight[k];
    }
}

/* Ask for the beginning of a row, a line at a time; the processor goes on by itself. */
static void prefetch(const int32_t *row, int n) {
    enum { LINE = 16, BEGINNING = 256 };
    for (int k = 0; k < BEGINNING && k < n; k += LINE) __builtin_prefetch(row + k);
}

static void turn_site(const nixe_trajectory *trajectory, int site) {
    const nixe_rates *rates = trajectory->rates;
    const weights *own = trajectory->own;
    if (site == NIXE_RESERVOIR) return;
    own->weight[site] = -own->weight[site];
    if (counts_pairs(rates)) count_pairs(trajectory, site);
    if (!rates->table) turn_neighbours(trajectory, site);
}

static void turn(nixe_trajectory *trajectory, nixe_event e) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_exponents *table = rates->own;
    const weights *own = trajectory->own;
    const int n = rates->lattice->sites;
    const int32_t *gain = table->nothing, *loss = table->nothing;
    if (rates->table && e.b != NIXE_RESERVOIR) prefetch(gain = nixe_table_row(rates->table, e.b, 0), n);
    if (rates->table && e.a != NIXE_RESERVOIR) prefetch(loss = nixe_table_row(rates->table, e.a, 1), n);
    turn_site(trajectory, e.a);
    turn_site(trajectory, e.b);
    if (!rates->table) return;
    nixe_loop_turn(n, gain, loss, own->field, own->weight);
    place_weights(trajectory);
}

static nixe_part state(const nixe_trajectory *trajectory) { return (nixe_part){trajectory->own, 0}; /* sigma tells all */ }

static int is_sound(nixe_trajectory *trajectory) {
    set(trajectory);
    return 1;
}

const nixe_arithmetic nixe_fixed_point = {.name = "fixed point",
                                          .algorithm = "eager",
                                          .kind = NIXE_INTEGERS,
                                          .drifts = 0,
                                          .fill = nixe_exponents_fill,
                                          .create_rates = nixe_exponents_create,
                                          .destroy_rates = nixe_exponents_destroy,
                                          .create = create,
                                          .destroy = destroy,
                                          .set = set,
                                          .sum = sum,
                                          .choose = choose,
                                          .turn = turn,
                                          .swap_rate = swap_rate,
                                          .exchange_rate = exchange_rate,
                                          .state = state,
                                          .is_sound = is_sound};
