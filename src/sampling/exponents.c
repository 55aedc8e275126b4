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
 * never gives an event another probability than a relative 1e-6. Without an elastic part (epsilon = 0) an event changes the
 * fields of neighbours only: each site has the list of slots that show it and of the chunks that its turn makes stale.
 *
 * Nothing here is collective. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/sampling/arithmetic.h"
#include "nixe/sampling/fixed_loops.h"

/* A list of numbers for each site: those of site i are number[begin[i]] .. number[begin[i + 1] - 1]. */
typedef struct {
    int32_t *begin, *number;
} lists;

/* The tables of a model. */
typedef struct {
    int32_t *bare;          /* N: the field of h alone */
    int32_t *field_A;       /* N: that of all A */
    int32_t *nothing;       /* N: 0, the row of the reservoir */
    int32_t *step;          /* directions: 2 T between neighbours, where epsilon = 0 */
    float *bond_factor;     /* directions/2 x padded: k_ij / (w_i w_j), 0 where there is no bond */
    float *exchange_factor; /* N rounded up to whole vectors: k_ex x_i, 0 inside */
    int vectors;            /* of sites, that hold some which exchange */
    int32_t *vector;        /* vectors: the first site of each */
    double driving[2];      /* exp(-dmu s / 2kT) of A and of B */
    lists slots, stale;     /* where epsilon = 0: slots that show a site; chunks whose rates its turn changes */
} tables;

/* What a trajectory keeps. */
typedef struct {
    int32_t *field;                       /* N: y */
    double *sums;                         /* of a torus, N: scratch of `set` */
    float *weight;                        /* N: s_i w_i */
    float *slot_weight;                   /* padded + reach, as in factors.c; `weight` begins with it likewise */
    float *swap_lane;                     /* chunks x lanes */
    double *swap_sum, *swap_prefix;       /* chunks: sum of each; of all up to it */
    uint8_t *stale;                       /* chunks: 1 where swap_lane must be summed again */
    float *exchange_lane[2];              /* of A and of B: chunks of vectors x lanes */
    double *exchange_sum[2], exchange[2]; /* of each chunk, and of all, without the driving force */
} weights;

enum { A, B };

static int chunk_count(const nixe_rates *rates) { return rates->padded / NIXE_FIXED_CHUNK; }

static int exchange_chunks(const tables *table) { return (table->vectors + 3) / 4; }

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

/* Append `number` to a list that begins at `begin`, if it is not there. */
static void note(int32_t *list, int begin, int *end, int number) {
    for (int k = begin; k < *end; k++)
        if (list[k] == number) return;
    list[(*end)++] = number;
}

/* The chunks of the bonds of a site. */
static void note_chunks(const nixe_lattice *lattice, int site, int32_t *list, int begin, int *end) {
    const int32_t *next = nixe_lattice_neighbours(lattice, site);
    note(list, begin, end, lattice->home[site] / NIXE_FIXED_CHUNK);
    for (int d = lattice->directions / 2; d < lattice->directions; d++)
        if (next[d] >= 0) note(list, begin, end, lattice->home[next[d]] / NIXE_FIXED_CHUNK);
}

static nixe_status list_stale(const nixe_lattice *lattice, int reaches_neighbours, lists *stale) {
    const int most = (1 + lattice->directions / 2) * (1 + (reaches_neighbours ? lattice->directions : 0));
    int end = 0;
    NIXE_TRY(nixe_allocate(&stale->begin, lattice->sites + 1, sizeof(int32_t), "the rates"));
    NIXE_TRY(nixe_allocate(&stale->number, (long)lattice->sites * most, sizeof(int32_t), "the rates"));
    for (int i = 0; i < lattice->sites; i++) {
        const int32_t *next = nixe_lattice_neighbours(lattice, i);
        stale->begin[i] = end;
        note_chunks(lattice, i, stale->number, stale->begin[i], &end);
        for (int d = 0; d < lattice->directions && reaches_neighbours; d++)
            if (next[d] >= 0) note_chunks(lattice, next[d], stale->number, stale->begin[i], &end);
    }
    stale->begin[lattice->sites] = end;
    return NIXE_OK;
}

static nixe_status list_slots(const nixe_lattice *lattice, lists *slots) {
    NIXE_TRY(nixe_allocate(&slots->begin, lattice->sites + 2, sizeof(int32_t), "the rates"));
    NIXE_TRY(nixe_allocate(&slots->number, lattice->slots, sizeof(int32_t), "the rates"));
    int32_t *end = slots->begin + 1; /* while they are filled, one further on */
    for (int slot = 0; slot < lattice->slots; slot++)
        if (lattice->slot_site[slot] >= 0) end[lattice->slot_site[slot] + 1]++;
    for (int i = 0; i < lattice->sites; i++) end[i + 1] += end[i];
    for (int slot = 0; slot < lattice->slots; slot++)
        if (lattice->slot_site[slot] >= 0) slots->number[end[lattice->slot_site[slot]]++] = slot;
    return NIXE_OK;
}

static nixe_status set_exchange(const nixe_rates *rates, tables *own) {
    const int n = rates->lattice->sites;
    NIXE_TRY(nixe_allocate(&own->exchange_factor, n + NIXE_FIXED_LANES, sizeof(float), "the rates"));
    NIXE_TRY(nixe_allocate(&own->vector, rates->surface_sites, sizeof(int32_t), "the rates"));
    for (int s = 0; s < rates->surface_sites; s++) {
        const int i = rates->surface[s], begin = i / NIXE_FIXED_LANES * NIXE_FIXED_LANES;
        own->exchange_factor[i] = (float)nixe_rates_bare_exchange(rates, i);
        if (own->vectors == 0 || own->vector[own->vectors - 1] != begin) own->vector[own->vectors++] = begin;
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
    if (rates->table) return NIXE_OK;
    NIXE_TRY(list_slots(lattice, &own->slots));
    return list_stale(lattice, rates->energy->J != 0, &own->stale);
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
    free(own->slots.begin);
    free(own->slots.number);
    free(own->stale.begin);
    free(own->stale.number);
    free(own);
}

static nixe_status create(nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const int n = lattice->sites, chunks = chunk_count(rates), exchanging = exchange_chunks(rates->own);
    weights *own;
    NIXE_TRY(nixe_allocate(&own, 1, sizeof *own, "a trajectory"));
    trajectory->own = own;
    NIXE_TRY(nixe_allocate(&own->field, n, sizeof(int32_t), "a trajectory"));
    if (rates->table && rates->table->torus) NIXE_TRY(nixe_allocate(&own->sums, n, sizeof(double), "a trajectory"));
    NIXE_TRY(
        nixe_allocate(&own->slot_weight, rates->padded + lattice->reach + NIXE_FIXED_LANES, sizeof(float), "a trajectory"));
    if (lattice->homes == n) own->weight = own->slot_weight;
    else NIXE_TRY(nixe_allocate(&own->weight, n + NIXE_FIXED_LANES, sizeof(float), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->swap_lane, (long)chunks * NIXE_FIXED_LANES, sizeof(float), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->swap_sum, chunks, sizeof(double), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->swap_prefix, chunks, sizeof(double), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->stale, chunks, 1, "a trajectory"));
    for (int ion = A; ion <= B; ion++) {
        NIXE_TRY(nixe_allocate(&own->exchange_lane[ion], (long)exchanging * NIXE_FIXED_LANES, sizeof(float), "a trajectory"));
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
    free(own->swap_lane);
    free(own->swap_sum);
    free(own->swap_prefix);
    free(own->stale);
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

static void set(nixe_trajectory *trajectory) {
    const weights *own = trajectory->own;
    set_fields(trajectory);
    for (int i = 0; i < trajectory->rates->lattice->sites; i++)
        own->weight[i] = nixe_fixed_weight(own->field[i], trajectory->sigma[i]);
    place_weights(trajectory);
    memset(own->stale, 1, (size_t)chunk_count(trajectory->rates));
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
    const int half = lattice->directions / 2, chunks = chunk_count(rates);
    if (rates->table)
        nixe_loop_swap_lanes(0, chunks, half, lattice->offset, rates->padded, own->slot_weight, table->bond_factor,
                             own->swap_lane, own->swap_sum);
    for (int c = 0; c < chunks && !rates->table; c++) {
        if (!own->stale[c]) continue;
        nixe_loop_swap_lanes(c, c + 1, half, lattice->offset, rates->padded, own->slot_weight, table->bond_factor,
                             own->swap_lane, own->swap_sum);
        own->stale[c] = 0;
    }
    nixe_loop_exchange_lanes(table->vectors, table->vector, own->weight, table->exchange_factor, own->exchange_lane[A],
                             own->exchange_lane[B], own->exchange_sum[A], own->exchange_sum[B]);
    double swaps = 0;
    for (int c = 0; c < chunks; c++) own->swap_prefix[c] = swaps += own->swap_sum[c];
    trajectory->swap_total = swaps;
    trajectory->exchange_total = 0;
    for (int ion = A; ion <= B; ion++) {
        own->exchange[ion] = 0;
        for (int c = 0; c < exchange_chunks(table); c++) own->exchange[ion] += own->exchange_sum[ion][c];
        trajectory->exchange_total += own->exchange[ion] * table->driving[ion];
    }
}

/* The rate of `count` in which a fraction u of their sum lies; u becomes the fraction within it. */
static int pick(int count, const double *rate, double *u) {
    double total = 0;
    int found = -1;
    for (int k = 0; k < count; k++) total += rate[k];
    double left = *u * total;
    for (int k = 0; k < count; k++) {
        if (rate[k] <= 0) continue;
        found = k;
        if (left < rate[k]) break;
        left -= rate[k];
    }
    *u = fmin(left / rate[found], 1);
    return found;
}

static int pick_lane(const float *lane, double *u) {
    double rate[NIXE_FIXED_LANES];
    for (int l = 0; l < NIXE_FIXED_LANES; l++) rate[l] = (double)lane[l];
    return pick(NIXE_FIXED_LANES, rate, u);
}

static nixe_event choose_swap(const nixe_trajectory *trajectory, double at) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const weights *own = trajectory->own;
    const int chunks = chunk_count(trajectory->rates), half = lattice->directions / 2;
    int chunk = 0;
    for (int c = 0; c < chunks; c++) chunk += own->swap_prefix[c] <= at;
    if (chunk == chunks) chunk--;
    while (own->swap_sum[chunk] <= 0) chunk--; /* `at` was rounded up to the sum of all */
    double u = fmin((at - (own->swap_prefix[chunk] - own->swap_sum[chunk])) / own->swap_sum[chunk], 1);
    double rate[NIXE_FIXED_CHUNK / NIXE_FIXED_LANES * NIXE_MAX_DIRECTIONS / 2];
    u = fmax(u, 0);
    const int lane = chunk * NIXE_FIXED_CHUNK + pick_lane(own->swap_lane + chunk * NIXE_FIXED_LANES, &u);
    for (int v = 0; v < NIXE_FIXED_CHUNK / NIXE_FIXED_LANES; v++)
        for (int d = 0; d < half; d++) rate[v * half + d] = swap_rate(trajectory, lane + v * NIXE_FIXED_LANES, d);
    const int found = pick(NIXE_FIXED_CHUNK / NIXE_FIXED_LANES * half, rate, &u);
    const int slot = lane + found / half * NIXE_FIXED_LANES;
    const int i = lattice->slot_site[slot], j = lattice->slot_site[slot + lattice->offset[found % half]];
    return trajectory->sigma[i] > 0 ? (nixe_event){i, j} : (nixe_event){j, i};
}

static nixe_event choose_exchange(const nixe_trajectory *trajectory, double u, int ion) {
    const tables *table = trajectory->rates->own;
    const weights *own = trajectory->own;
    const int chunk = pick(exchange_chunks(table), own->exchange_sum[ion], &u);
    const int lane = pick_lane(own->exchange_lane[ion] + chunk * NIXE_FIXED_LANES, &u);
    double rate[4];
    int count = 0;
    for (; count < 4 && 4 * chunk + count < table->vectors; count++)
        rate[count] = exchange_of(trajectory, table->vector[4 * chunk + count] + lane, ion);
    const int site = table->vector[4 * chunk + pick(count, rate, &u)] + lane;
    return ion == A ? (nixe_event){site, NIXE_RESERVOIR} : (nixe_event){NIXE_RESERVOIR, site};
}

static nixe_event choose(const nixe_trajectory *trajectory, double at) {
    const tables *table = trajectory->rates->own;
    const weights *own = trajectory->own;
    if (at < trajectory->swap_total || trajectory->exchange_total <= 0) return choose_swap(trajectory, at);
    const double of_A = own->exchange[A] * table->driving[A], of_B = own->exchange[B] * table->driving[B];
    at -= trajectory->swap_total;
    return at < of_A || of_B <= 0 ? choose_exchange(trajectory, fmin(at / of_A, 1), A)
                                  : choose_exchange(trajectory, fmin((at - of_A) / of_B, 1), B);
}

/* A site shows its weight in all its slots. */
static void show(const nixe_trajectory *trajectory, int site, int sigma) {
    const lists *slots = &((const tables *)trajectory->rates->own)->slots;
    const weights *own = trajectory->own;
    own->weight[site] = nixe_fixed_weight(own->field[site], sigma);
    for (int s = slots->begin[site]; s < slots->begin[site + 1]; s++) own->slot_weight[slots->number[s]] = own->weight[site];
}

/* A site turns where epsilon = 0. */
static void turn_site(const nixe_trajectory *trajectory, int site, int ion) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const tables *table = trajectory->rates->own;
    const weights *own = trajectory->own;
    if (site == NIXE_RESERVOIR) return;
    show(trajectory, site, ion);
    for (int s = table->stale.begin[site]; s < table->stale.begin[site + 1]; s++) own->stale[table->stale.number[s]] = 1;
    if (trajectory->rates->energy->J == 0) return;
    const int32_t *next = nixe_lattice_neighbours(lattice, site);
    for (int d = 0; d < lattice->directions; d++) {
        if (next[d] < 0) continue;
        own->field[next[d]] += ion * table->step[d];
        show(trajectory, next[d], own->weight[next[d]] > 0 ? 1 : -1);
    }
}

static void turn(nixe_trajectory *trajectory, nixe_event e) {
    const nixe_rates *rates = trajectory->rates;
    const tables *table = rates->own;
    const weights *own = trajectory->own;
    if (!rates->table) {
        turn_site(trajectory, e.a, -1);
        turn_site(trajectory, e.b, 1);
        return;
    }
    const int32_t *gain = e.b == NIXE_RESERVOIR ? table->nothing : nixe_table_row(rates->table, e.b, 0);
    const int32_t *loss = e.a == NIXE_RESERVOIR ? table->nothing : nixe_table_row(rates->table, e.a, 1);
    if (e.a != NIXE_RESERVOIR) own->weight[e.a] = -own->weight[e.a];
    if (e.b != NIXE_RESERVOIR) own->weight[e.b] = -own->weight[e.b];
    nixe_loop_turn(rates->lattice->sites, gain, loss, own->field, own->weight);
    place_weights(trajectory);
}

static nixe_part state(const nixe_trajectory *trajectory) { return (nixe_part){trajectory->own, 0}; /* sigma tells all */ }

static int is_sound(nixe_trajectory *trajectory) {
    set(trajectory);
    return 1;
}

const nixe_arithmetic nixe_exponents = {.name = "fixed point",
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
