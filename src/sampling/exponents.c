/* Exponents: rates in fixed point. With the couplings T_ij = W_ij / (kT ln 2) of two sites in units of 2^-23 of log2, rounded
 * to integers, the field of a site is
 *
 *   y_i = h_i / (kT ln 2) + sum_{j != i} T_ij s_j,   w_i = 2^(s_i y_i),
 *
 * an exact sum of integers, to which each event adds two rows of the table (which holds 2 T, the change by one ion that turns).
 * The W_ii are left out of fields and weights, and so out of
 *
 *   swap      k_ij = k_diff x 2^(2 T_ij) w_i w_j
 *   exchange  k_i  = k_ex x_i exp(-dmu s_i / 2kT) w_i
 *
 * Nothing drifts, so nothing is recomputed, and sigma alone tells all. Rates are summed in single precision and in lanes; the
 * event is chosen by chunk, lane, site, and at every level by what is there, in doubles: what rounding leaves over at one level
 * never gives an event another probability than a relative 1e-6. Only vectors of slots in which an unlike pair begins are
 * looked at: each has the number of these pairs. Without an elastic part (epsilon = 0) an event changes the fields of
 * neighbours only.
 *
 * Nothing here is collective. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/sampling/arithmetic.h"
#include "nixe/sampling/fixed_point.h"

/* The tables of a model. */
typedef struct {
    int32_t *bare;              /* N: the field of h alone */
    int32_t *field_A;           /* N: that of all A */
    int32_t *nothing;           /* N: 0, the row of the reservoir */
    int32_t *step;              /* directions: 2 T between neighbours, where epsilon = 0 */
    int stride;                 /* padded and one vector more, which is empty */
    float *bond_factor;         /* directions/2 x stride: k_ij / (w_i w_j), 0 where there is no bond */
    float *exchange_factor;     /* N, and behind them at least one empty vector: k_ex x_i, 0 inside */
    int chunks;                 /* of vectors of sites that hold some which exchange */
    int32_t *vector;            /* whole chunks: these, then the empty one */
    double driving[2];          /* exp(-dmu s / 2kT) of A and of B */
    int32_t *slot_begin, *slot; /* where epsilon = 0: slots slot[slot_begin[i]] .. slot[slot_begin[i + 1] - 1] show site i */
} tables;

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

static int chunks_of(int vectors) { return (vectors + NIXE_VECTORS_A_CHUNK - 1) / NIXE_VECTORS_A_CHUNK; }

static int vectors_of(const nixe_rates *rates) { return rates->padded / NIXE_VECTOR; }

/* Where vectors are few, nearly all have unlike pairs: these are not counted. */
static int counts_pairs(const nixe_rates *rates) { return vectors_of(rates) > 64; }

static double ising_of(const nixe_energy *energy, int d) {
    const nixe_lattice *lattice = energy->lattice;
    return -energy->J * lattice->bond_class[lattice->direction_class[d]].ising;
}

static void fill(const nixe_energy *energy, double kT, const nixe_table *table, long first, long last) {
    const nixe_lattice *lattice = energy->lattice;
    for (long r = first; r < last; r++) {
        const int i = nixe_table_site(table, r);
        const double *V = nixe_table_row(energy->potential, i, 1);
        int32_t *row = nixe_table_edit(table, r);
        for (int j = 0; j < lattice->sites; j++) row[j] = 2 * nixe_fixed_exponent(energy->epsilon * V[j], kT);
        for (int d = 0; d < lattice->directions && energy->J != 0; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j >= 0) row[j] = 2 * nixe_fixed_exponent(energy->epsilon * V[j] + ising_of(energy, d), kT);
        }
        row[i] = 0;
        nixe_table_store(table, r);
    }
}

static nixe_status list_slots(const nixe_lattice *lattice, tables *own) {
    NIXE_TRY(nixe_allocate(&own->slot_begin, lattice->sites + 2, sizeof(int32_t), "the rates"));
    NIXE_TRY(nixe_allocate(&own->slot, lattice->slots, sizeof(int32_t), "the rates"));
    int32_t *end = own->slot_begin + 1; /* while they are filled, one further on */
    for (int slot = 0; slot < lattice->slots; slot++)
        if (lattice->slot_site[slot] >= 0) end[lattice->slot_site[slot] + 1]++;
    for (int i = 0; i < lattice->sites; i++) end[i + 1] += end[i];
    for (int slot = 0; slot < lattice->slots; slot++)
        if (lattice->slot_site[slot] >= 0) own->slot[end[lattice->slot_site[slot]]++] = slot;
    return NIXE_OK;
}

static nixe_status set_exchange(const nixe_rates *rates, tables *own) {
    const int n = rates->lattice->sites, empty = (n + NIXE_VECTOR - 1) / NIXE_VECTOR;
    int vectors = 0;
    NIXE_TRY(nixe_allocate(&own->exchange_factor, (empty + 1) * NIXE_VECTOR, sizeof(float), "the rates"));
    NIXE_TRY(nixe_allocate(&own->vector, rates->surface_sites + NIXE_VECTORS_A_CHUNK, sizeof(int32_t), "the rates"));
    for (int s = 0; s < rates->surface_sites; s++) {
        const int i = rates->surface[s], vector = i / NIXE_VECTOR;
        own->exchange_factor[i] = (float)nixe_rates_bare_exchange(rates, i);
        if (vectors == 0 || own->vector[vectors - 1] != vector) own->vector[vectors++] = vector;
    }
    own->chunks = chunks_of(vectors);
    while (vectors < own->chunks * NIXE_VECTORS_A_CHUNK) own->vector[vectors++] = empty;
    own->driving[A] = exp(-rates->energy->dmu / (2 * rates->kinetics.kT));
    own->driving[B] = exp(rates->energy->dmu / (2 * rates->kinetics.kT));
    return NIXE_OK;
}

static nixe_status set_bonds(const nixe_rates *rates, tables *own) {
    const nixe_lattice *lattice = rates->lattice;
    NIXE_TRY(nixe_allocate(&own->bond_factor, (long)own->stride * (lattice->directions / 2), sizeof(float), "the rates"));
    for (int i = 0; i < lattice->sites; i++) {
        for (int d = 0; d < lattice->directions / 2; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j < 0) continue;
            const double twice = rates->table ? nixe_table_at(rates->table, i, j) : own->step[d];
            own->bond_factor[(long)d * own->stride + lattice->home[i]] =
                (float)(nixe_rates_bare_swap(rates, d) * exp2(twice / NIXE_FIXED_ONE));
        }
    }
    return NIXE_OK;
}

static nixe_status create_rates(nixe_rates *rates) {
    const nixe_lattice *lattice = rates->lattice;
    const int n = lattice->sites;
    tables *own;
    NIXE_TRY(nixe_allocate(&own, 1, sizeof *own, "the rates"));
    rates->own = own;
    own->stride = rates->padded + NIXE_VECTOR;
    NIXE_TRY(nixe_allocate(&own->bare, n, sizeof(int32_t), "the rates"));
    NIXE_TRY(nixe_allocate(&own->field_A, n, sizeof(int32_t), "the rates"));
    NIXE_TRY(nixe_allocate(&own->nothing, n, sizeof(int32_t), "the rates"));
    NIXE_TRY(nixe_allocate(&own->step, lattice->directions, sizeof(int32_t), "the rates"));
    for (int i = 0; i < n; i++) own->bare[i] = nixe_fixed_exponent(lattice->field[i], rates->kinetics.kT);
    for (int d = 0; d < lattice->directions; d++)
        own->step[d] = 2 * nixe_fixed_exponent(ising_of(rates->energy, d), rates->kinetics.kT);
    NIXE_TRY(set_bonds(rates, own));
    NIXE_TRY(set_exchange(rates, own));
    if (!rates->table) return list_slots(lattice, own);
    nixe_fixed_fields_of_A(rates->table, own->bare, own->field_A);
    return NIXE_OK;
}

static void destroy_rates(nixe_rates *rates) {
    tables *own = rates->own;
    free(own->bare);
    free(own->field_A);
    free(own->nothing);
    free(own->step);
    free(own->bond_factor);
    free(own->exchange_factor);
    free(own->vector);
    free(own->slot_begin);
    free(own->slot);
    free(own);
}

static nixe_status create(nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const tables *table = rates->own;
    const int n = lattice->sites, vectors = vectors_of(rates), chunks = chunks_of(vectors);
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
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const weights *own = trajectory->own;
    const int32_t *site = lattice->slot_site;
    const int in_place = own->weight == own->slot_weight;
    if (in_place && lattice->modulus) memcpy(own->weight + lattice->homes, own->weight, (size_t)lattice->reach * sizeof(float));
    else if (!in_place || lattice->periods)
        for (int slot = in_place ? lattice->homes : 0; slot < lattice->slots; slot++)
            if (site[slot] >= 0) own->slot_weight[slot] = own->weight[site[slot]];
}

static void set_fields(const nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const tables *table = rates->own;
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
    const tables *table = rates->own;
    const weights *own = trajectory->own;
    const double product = -(double)own->slot_weight[slot] * (double)own->slot_weight[slot + rates->lattice->offset[d]];
    return product > 0 ? (double)table->bond_factor[(long)d * table->stride + slot] * product : 0;
}

/* k_ex x_i w_i of a site, 0 where its ion is another. */
static double exchange_of(const nixe_trajectory *trajectory, int site, int ion) {
    const tables *table = trajectory->rates->own;
    const weights *own = trajectory->own;
    const double weight = (double)own->weight[site];
    return (weight > 0) == (ion == A) ? (double)table->exchange_factor[site] * fabs(weight) : 0;
}

static double exchange_rate(const nixe_trajectory *trajectory, int surface_site) {
    const tables *table = trajectory->rates->own;
    const int site = trajectory->rates->surface[surface_site];
    return exchange_of(trajectory, site, A) * table->driving[A] + exchange_of(trajectory, site, B) * table->driving[B];
}

static void sum(nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const tables *table = rates->own;
    weights *own = trajectory->own;
    own->chunks = nixe_loop_swap_lanes(vectors_of(rates), own->unlike, lattice->directions / 2, lattice->offset, table->stride,
                                       own->slot_weight, table->bond_factor, own->list, own->swap_lane, own->swap_sum);
    nixe_loop_exchange_lanes(table->chunks, table->vector, own->weight, table->exchange_factor, own->exchange_lane[A],
                             own->exchange_lane[B], own->exchange_sum[A], own->exchange_sum[B]);
    trajectory->swap_total = own->chunks ? own->swap_sum[own->chunks - 1] : 0;
    trajectory->exchange_total = 0;
    for (int ion = A; ion <= B; ion++) {
        own->exchange[ion] = table->chunks ? own->exchange_sum[ion][table->chunks - 1] : 0;
        trajectory->exchange_total += own->exchange[ion] * table->driving[ion];
    }
}

static nixe_event choose_swap(const nixe_trajectory *trajectory, double at) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const tables *table = trajectory->rates->own;
    const weights *own = trajectory->own;
    int d;
    const int slot = nixe_loop_find_swap(own->chunks, own->swap_sum, own->swap_lane, own->list, lattice->directions / 2,
                                         lattice->offset, table->stride, own->slot_weight, table->bond_factor, at, &d);
    const int i = lattice->slot_site[slot], j = lattice->slot_site[slot + lattice->offset[d]];
    return trajectory->sigma[i] > 0 ? (nixe_event){i, j} : (nixe_event){j, i};
}

static nixe_event choose(const nixe_trajectory *trajectory, double at) {
    const tables *table = trajectory->rates->own;
    const weights *own = trajectory->own;
    if (at < trajectory->swap_total || trajectory->exchange_total <= 0) return choose_swap(trajectory, at);
    const double of_A = own->exchange[A] * table->driving[A];
    at -= trajectory->swap_total;
    const int ion = at < of_A || own->exchange[B] <= 0 ? A : B;
    const int site =
        nixe_loop_find_exchange(table->chunks, own->exchange_sum[ion], own->exchange_lane[ion], table->vector, own->weight,
                                table->exchange_factor, ion == A ? 1 : -1, (ion == A ? at : at - of_A) / table->driving[ion]);
    return ion == A ? (nixe_event){site, NIXE_RESERVOIR} : (nixe_event){NIXE_RESERVOIR, site};
}

/* A site and its neighbours, rounded up to whole vectors. */
enum { TOUCHED = NIXE_MAX_DIRECTIONS + NIXE_VECTOR };

/* Where epsilon = 0: the weight of a site that turns and of its neighbours, in all slots that show them. */
static void turn_neighbours(const nixe_trajectory *trajectory, int site) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const tables *table = trajectory->rates->own;
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
    const tables *table = rates->own;
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
                                          .kind = NIXE_INTEGERS,
                                          .drifts = 0,
                                          .fill = fill,
                                          .create_rates = create_rates,
                                          .destroy_rates = destroy_rates,
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
