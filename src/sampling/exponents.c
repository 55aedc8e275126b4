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
#include "nixe/sampling/fixed_loops.h"

/* The tables of a model. */
typedef struct {
    int32_t *bare;              /* N: the field of h alone */
    int32_t *field_A;           /* N: that of all A */
    int32_t *nothing;           /* N: 0, the row of the reservoir */
    int32_t *step;              /* directions: 2 T between neighbours, where epsilon = 0 */
    float *bond_factor;         /* directions/2 x padded: k_ij / (w_i w_j), 0 where there is no bond */
    float *exchange_factor;     /* N rounded up to whole vectors: k_ex x_i, 0 inside */
    int vectors;                /* of sites, that hold some which exchange */
    int32_t *vector;            /* vectors: these */
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
    uint64_t *active;                     /* the same as bits: 1 where there are some */
    int32_t *list;                        /* the active vectors */
    int count;                            /* their number */
    float *swap_lane;                     /* chunks of them x lanes */
    double *swap_sum;                     /* chunks: sum of the rates of all up to it */
    float *exchange_lane[2];              /* of A and of B: chunks of vectors x lanes */
    double *exchange_sum[2], exchange[2]; /* of all chunks up to each, and of all, without the driving force */
} weights;

enum { A, B };

static int chunks_of(int vectors) { return (vectors + NIXE_VECTORS_A_CHUNK - 1) / NIXE_VECTORS_A_CHUNK; }

static int words_of(const nixe_rates *rates) { return (rates->padded / NIXE_VECTOR + 63) / 64; }

/* An energy as an exponent. */
static int32_t exponent(double energy, double kT) { return (int32_t)lround(energy / (kT * log(2)) * NIXE_FIXED_ONE); }

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
        for (int j = 0; j < lattice->sites; j++) row[j] = 2 * exponent(energy->epsilon * V[j], kT);
        for (int d = 0; d < lattice->directions && energy->J != 0; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j >= 0) row[j] = 2 * exponent(energy->epsilon * V[j] + ising_of(energy, d), kT);
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
    const int n = rates->lattice->sites;
    NIXE_TRY(nixe_allocate(&own->exchange_factor, n + NIXE_VECTOR, sizeof(float), "the rates"));
    NIXE_TRY(nixe_allocate(&own->vector, rates->surface_sites, sizeof(int32_t), "the rates"));
    for (int s = 0; s < rates->surface_sites; s++) {
        const int i = rates->surface[s], vector = i / NIXE_VECTOR;
        own->exchange_factor[i] = (float)nixe_rates_bare_exchange(rates, i);
        if (own->vectors == 0 || own->vector[own->vectors - 1] != vector) own->vector[own->vectors++] = vector;
    }
    own->driving[A] = exp(-rates->energy->dmu / (2 * rates->kinetics.kT));
    own->driving[B] = exp(rates->energy->dmu / (2 * rates->kinetics.kT));
    return NIXE_OK;
}

/* Fields of all A, and factors of bonds. */
static nixe_status set_bonds(const nixe_rates *rates, tables *own) {
    const nixe_lattice *lattice = rates->lattice;
    NIXE_TRY(nixe_allocate(&own->bond_factor, (long)rates->padded * (lattice->directions / 2), sizeof(float), "the rates"));
    for (int i = 0; i < lattice->sites; i++) {
        const int32_t *row = rates->table ? nixe_table_row(rates->table, i, 0) : NULL;
        int64_t sum = 0;
        for (int j = 0; j < lattice->sites && row; j++) sum += row[j];
        for (int d = 0; d < lattice->directions && !row; d++)
            if (nixe_lattice_neighbours(lattice, i)[d] >= 0) sum += own->step[d];
        own->field_A[i] = own->bare[i] + (int32_t)(sum / 2);
        for (int d = 0; d < lattice->directions / 2; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j < 0) continue;
            const int32_t twice = row ? row[j] : own->step[d];
            own->bond_factor[(long)d * rates->padded + lattice->home[i]] =
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
    NIXE_TRY(nixe_allocate(&own->bare, n, sizeof(int32_t), "the rates"));
    NIXE_TRY(nixe_allocate(&own->field_A, n, sizeof(int32_t), "the rates"));
    NIXE_TRY(nixe_allocate(&own->nothing, n, sizeof(int32_t), "the rates"));
    NIXE_TRY(nixe_allocate(&own->step, lattice->directions, sizeof(int32_t), "the rates"));
    for (int i = 0; i < n; i++) own->bare[i] = exponent(lattice->field[i], rates->kinetics.kT);
    for (int d = 0; d < lattice->directions; d++) own->step[d] = 2 * exponent(ising_of(rates->energy, d), rates->kinetics.kT);
    NIXE_TRY(set_bonds(rates, own));
    NIXE_TRY(set_exchange(rates, own));
    return rates->table ? NIXE_OK : list_slots(lattice, own);
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
    const int n = lattice->sites, vectors = rates->padded / NIXE_VECTOR;
    const int exchanging = chunks_of(((const tables *)rates->own)->vectors);
    weights *own;
    NIXE_TRY(nixe_allocate(&own, 1, sizeof *own, "a trajectory"));
    trajectory->own = own;
    NIXE_TRY(nixe_allocate(&own->field, n, sizeof(int32_t), "a trajectory"));
    if (rates->table && rates->table->torus) NIXE_TRY(nixe_allocate(&own->sums, n, sizeof(double), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->slot_weight, rates->padded + lattice->reach + NIXE_VECTOR, sizeof(float), "a trajectory"));
    if (lattice->homes == n) own->weight = own->slot_weight;
    else NIXE_TRY(nixe_allocate(&own->weight, n + NIXE_VECTOR, sizeof(float), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->unlike, vectors, sizeof(uint16_t), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->active, words_of(rates), sizeof(uint64_t), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->list, vectors, sizeof(int32_t), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->swap_lane, (long)chunks_of(vectors) * NIXE_VECTOR, sizeof(float), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->swap_sum, chunks_of(vectors), sizeof(double), "a trajectory"));
    for (int ion = A; ion <= B; ion++) {
        NIXE_TRY(nixe_allocate(&own->exchange_lane[ion], (long)exchanging * NIXE_VECTOR, sizeof(float), "a trajectory"));
        NIXE_TRY(nixe_allocate(&own->exchange_sum[ion], exchanging, sizeof(double), "a trajectory"));
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
    free(own->active);
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

/* Fields of all A, less what the sites of B turn. Rows of a torus are summed by FFT, which is exact after rounding. */
static void set_fields(const nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const tables *table = rates->own;
    const weights *own = trajectory->own;
    const int8_t *sigma = trajectory->sigma;
    const int n = lattice->sites;
    memcpy(own->field, table->field_A, (size_t)n * sizeof *own->field);
    if (own->sums) nixe_table_convolve(rates->table, sigma, own->sums);
    for (int i = 0; i < n && own->sums; i++) own->field[i] = table->bare[i] + (int32_t)lround(own->sums[i] / 2);
    for (int i = 0; i < n && !own->sums; i++) {
        const int32_t *next = nixe_lattice_neighbours(lattice, i);
        if (sigma[i] > 0) continue;
        if (rates->table) nixe_loop_subtract(n, nixe_table_row(rates->table, i, 0), own->field);
        for (int d = 0; d < lattice->directions && !rates->table; d++)
            if (next[d] >= 0) own->field[next[d]] -= table->step[d];
    }
}

/* Add `change` to the unlike pairs that begin in the vector of a slot. */
static void count_pair(const weights *own, int slot, int change) {
    const int vector = slot / NIXE_VECTOR, pairs = own->unlike[vector] + change;
    uint64_t *word = own->active + vector / 64;
    own->unlike[vector] = (uint16_t)pairs;
    *word = (*word & ~(UINT64_C(1) << vector % 64)) | (uint64_t)(pairs > 0) << vector % 64;
}

/* The pairs of a site that has just turned. */
static void count_pairs(const nixe_trajectory *trajectory, int site) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const weights *own = trajectory->own;
    const int32_t *next = nixe_lattice_neighbours(lattice, site);
    for (int d = 0; d < lattice->directions; d++)
        if (next[d] >= 0)
            count_pair(own, lattice->home[d < lattice->directions / 2 ? site : next[d]],
                       (own->weight[site] > 0) == (own->weight[next[d]] > 0) ? -1 : 1);
}

static void set(nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const weights *own = trajectory->own;
    const int8_t *sigma = trajectory->sigma;
    set_fields(trajectory);
    for (int i = 0; i < lattice->sites; i++) own->weight[i] = sigma[i];
    nixe_loop_weights(lattice->sites, own->field, own->weight);
    place_weights(trajectory);
    memset(own->unlike, 0, (size_t)(rates->padded / NIXE_VECTOR) * sizeof *own->unlike);
    memset(own->active, 0, (size_t)words_of(rates) * sizeof *own->active);
    for (int i = 0; i < lattice->sites; i++)
        for (int d = 0; d < lattice->directions / 2; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j >= 0 && sigma[i] != sigma[j]) count_pair(own, lattice->home[i], 1);
        }
}

static double swap_rate(const nixe_trajectory *trajectory, int slot, int d) {
    const nixe_rates *rates = trajectory->rates;
    const tables *table = rates->own;
    const weights *own = trajectory->own;
    const double product = -(double)own->slot_weight[slot] * (double)own->slot_weight[slot + rates->lattice->offset[d]];
    return product > 0 ? (double)table->bond_factor[(long)d * rates->padded + slot] * product : 0;
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
    own->count = nixe_loop_swap_lanes(words_of(rates), own->active, lattice->directions / 2, lattice->offset, rates->padded,
                                      own->slot_weight, table->bond_factor, own->list, own->swap_lane, own->swap_sum);
    nixe_loop_exchange_lanes(table->vectors, table->vector, own->weight, table->exchange_factor, own->exchange_lane[A],
                             own->exchange_lane[B], own->exchange_sum[A], own->exchange_sum[B]);
    trajectory->swap_total = own->count ? own->swap_sum[chunks_of(own->count) - 1] : 0;
    trajectory->exchange_total = 0;
    for (int ion = A; ion <= B; ion++) {
        const int chunks = chunks_of(table->vectors);
        own->exchange[ion] = chunks ? own->exchange_sum[ion][chunks - 1] : 0;
        trajectory->exchange_total += own->exchange[ion] * table->driving[ion];
    }
}

static double smaller(double x, double y) { return x < y ? x : y; }

/* Rates in a row: each with what is before it. Most that a descent meets at once are the bonds of a lane of a chunk. */
enum { ROW = NIXE_VECTORS_A_CHUNK * NIXE_MAX_DIRECTIONS / 2 };
typedef struct {
    int count;
    double end[ROW]; /* sum of the rates up to each */
} row;

static inline void append(row *rates, double rate) {
    rates->end[rates->count] = (rates->count > 0 ? rates->end[rates->count - 1] : 0) + rate;
    rates->count++;
}

/* The rate of a row of ends in which `at` lies; u becomes the fraction within it. */
static inline int find(int count, const double *end, double at, double *u) {
    int found = 0;
    for (int k = 0; k < count; k++) found += end[k] <= at;
    if (found == count) found--; /* `at` was rounded up to the sum of all: the last that is not 0 */
    while (found > 0 && end[found] <= end[found - 1]) found--;
    const double before = found > 0 ? end[found - 1] : 0;
    *u = smaller((at - before) / (end[found] - before), 1);
    return found;
}

/* The same where a fraction u of the row lies. */
static inline int find_fraction(const row *rates, double *u) {
    return find(rates->count, rates->end, *u * rates->end[rates->count - 1], u);
}

static inline int find_lane(const float *lane, double *u) {
    row lanes = {.count = 0};
    for (int l = 0; l < NIXE_VECTOR; l++) append(&lanes, (double)lane[l]);
    return find_fraction(&lanes, u);
}

static nixe_event choose_swap(const nixe_trajectory *trajectory, double at) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const weights *own = trajectory->own;
    const float *bond_factor = ((const tables *)rates->own)->bond_factor;
    const int half = lattice->directions / 2;
    double u;
    const int chunk = find(chunks_of(own->count), own->swap_sum, at, &u), first = NIXE_VECTORS_A_CHUNK * chunk;
    const int lane = find_lane(own->swap_lane + chunk * NIXE_VECTOR, &u);
    int from[ROW], to[ROW];
    row bonds = {.count = 0};
    for (int v = first; v < first + NIXE_VECTORS_A_CHUNK && v < own->count; v++) {
        const int slot = own->list[v] * NIXE_VECTOR + lane;
        const double weight = (double)own->slot_weight[slot];
        for (int d = 0; d < half; d++) {
            from[bonds.count] = slot;
            to[bonds.count] = slot + lattice->offset[d];
            const double product = -weight * (double)own->slot_weight[to[bonds.count]];
            append(&bonds, product > 0 ? product * (double)bond_factor[(long)d * rates->padded + slot] : 0);
        }
    }
    const int found = find_fraction(&bonds, &u);
    const int i = lattice->slot_site[from[found]], j = lattice->slot_site[to[found]];
    return trajectory->sigma[i] > 0 ? (nixe_event){i, j} : (nixe_event){j, i};
}

static nixe_event choose_exchange(const nixe_trajectory *trajectory, double at, int ion) {
    const tables *table = trajectory->rates->own;
    const weights *own = trajectory->own;
    double u;
    const int chunk = find(chunks_of(table->vectors), own->exchange_sum[ion], at, &u), first = NIXE_VECTORS_A_CHUNK * chunk;
    const int lane = find_lane(own->exchange_lane[ion] + chunk * NIXE_VECTOR, &u);
    row sites = {.count = 0};
    for (int v = first; v < first + NIXE_VECTORS_A_CHUNK && v < table->vectors; v++)
        append(&sites, exchange_of(trajectory, table->vector[v] * NIXE_VECTOR + lane, ion));
    const int site = table->vector[first + find_fraction(&sites, &u)] * NIXE_VECTOR + lane;
    return ion == A ? (nixe_event){site, NIXE_RESERVOIR} : (nixe_event){NIXE_RESERVOIR, site};
}

static nixe_event choose(const nixe_trajectory *trajectory, double at) {
    const tables *table = trajectory->rates->own;
    const weights *own = trajectory->own;
    if (at < trajectory->swap_total || trajectory->exchange_total <= 0) return choose_swap(trajectory, at);
    const double of_A = own->exchange[A] * table->driving[A], of_B = own->exchange[B];
    at -= trajectory->swap_total;
    return at < of_A || of_B <= 0 ? choose_exchange(trajectory, at / table->driving[A], A)
                                  : choose_exchange(trajectory, (at - of_A) / table->driving[B], B);
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

static void turn(nixe_trajectory *trajectory, nixe_event e) {
    const nixe_rates *rates = trajectory->rates;
    const tables *table = rates->own;
    const weights *own = trajectory->own;
    for (int end = 0; end < 2; end++) {
        const int site = end ? e.b : e.a;
        if (site == NIXE_RESERVOIR) continue;
        own->weight[site] = -own->weight[site];
        count_pairs(trajectory, site);
        if (!rates->table) turn_neighbours(trajectory, site);
    }
    if (!rates->table) return;
    const int32_t *gain = e.b == NIXE_RESERVOIR ? table->nothing : nixe_table_row(rates->table, e.b, 0);
    const int32_t *loss = e.a == NIXE_RESERVOIR ? table->nothing : nixe_table_row(rates->table, e.a, 1);
    nixe_loop_turn(rates->lattice->sites, gain, loss, own->field, own->weight);
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
