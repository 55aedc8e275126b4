/* Factors: rates in doubles. An event that turns site a from A to B and site b from B to A multiplies every other weight by
 * (F_bk / F_ak)^(s_k) with the factor table F_ij = exp(2 W_ij / kT); no exponential is needed. An exchange is a swap with the
 * reservoir, whose row of F is `reservoir`: all 1. The differences of the published program fit in: their extra factor
 * exp(-eps m s_i V_ii / kT) of each site goes into its weight, and the row of the reservoir becomes exp(2 eps V_kk / (N kT)),
 * because an exchange changes the mean m. Without an elastic part (epsilon = 0) F differs from 1 between neighbours only and is
 * not stored. Nothing here is collective. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/sampling/arithmetic.h"
#include "nixe/sampling/hot_loops.h"
#include "nixe/sampling/slots.h"

/* The tables of a model. */
typedef struct {
    double neighbour_factor[NIXE_MAX_CLASSES]; /* F between neighbours where epsilon = 0: exp(-2 J j / kT), by class */
    double *self_factor;                       /* N: F_ii */
    double *reservoir;                         /* N: F between the reservoir and each site */
    double *bond_factor; /* directions/2 x padded: g of the bond from the site of a home in each forward direction; 0 where
                            there is none */
    double *exchange;    /* surface sites: rate of exchange divided by w and by the driving */
} tables;

/* What a trajectory keeps. */
typedef struct {
    double *weight;        /* N: s_i w_i */
    double *slot_weight;   /* padded + reach: the weight of the site that each slot stands for, 0 where it is empty; it begins
                              with `weight` itself where no slot between the sites is empty */
    double *field;         /* N: scratch of `set` */
    double *swap_rate;     /* blocks: sum of the swap rates of the bonds that start in each block of slots */
    double *exchange_A;    /* surface sites: rate of A -> B divided by w */
    double *exchange_B;    /* surface sites: rate of B -> A divided by w */
    double *exchange_rate; /* surface sites: rate of exchange of each */
    uint8_t *stale;        /* blocks: 1 where swap_rate must be summed again */
} weights;

static int block_count(const nixe_rates *rates) { return rates->padded / NIXE_BLOCK; }

static void fill(const nixe_energy *energy, double kT, const nixe_table *factor, long first, long last) {
    const nixe_lattice *lattice = energy->lattice;
    for (long r = first; r < last; r++) {
        const int i = nixe_table_site(factor, r);
        double *row = nixe_table_edit(factor, r);
        nixe_loop_exp(lattice->sites, 2 * energy->epsilon / kT, nixe_table_row(energy->potential, i, 1), row);
        for (int d = 0; d < lattice->directions && energy->J != 0; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j >= 0) row[j] = exp(2 * nixe_energy_coupling(energy, i, j) / kT);
        }
        nixe_table_store(factor, r);
    }
}

/* Extra weight exponent per unit mean of an A site in the published differences: eps V_ii / kT, else 0. */
static double mean_exponent(const nixe_energy *energy, double kT, int i) {
    return energy->differences == NIXE_PUBLISHED ? nixe_energy_coupling(energy, i, i) / kT : 0.0;
}

static void set_bonds(const nixe_rates *rates, tables *own, int i, double W_ii) {
    const nixe_lattice *lattice = rates->lattice;
    for (int d = 0; d < lattice->directions / 2; d++) {
        const int j = nixe_lattice_neighbours(lattice, i)[d];
        if (j < 0) continue;
        const double W_jj = nixe_energy_coupling(rates->energy, j, j), W_ij = nixe_energy_coupling(rates->energy, i, j);
        own->bond_factor[(long)d * rates->padded + lattice->home[i]] =
            nixe_rates_bare_swap(rates, d) * exp(-(W_ii + W_jj - 2 * W_ij) / rates->kinetics.kT);
    }
}

static nixe_status create_rates(nixe_rates *rates) {
    const nixe_energy *energy = rates->energy;
    const nixe_lattice *lattice = rates->lattice;
    const int n = lattice->sites;
    const double kT = rates->kinetics.kT;
    tables *own;
    NIXE_TRY(nixe_allocate(&own, 1, sizeof *own, "the rates"));
    rates->own = own;
    for (int c = 0; c < lattice->classes; c++)
        own->neighbour_factor[c] = exp(-2 * energy->J * lattice->bond_class[c].ising / kT);
    NIXE_TRY(nixe_allocate(&own->self_factor, n, sizeof(double), "the rates"));
    NIXE_TRY(nixe_allocate(&own->reservoir, n, sizeof(double), "the rates"));
    NIXE_TRY(nixe_allocate(&own->bond_factor, (long)rates->padded * (lattice->directions / 2), sizeof(double), "the rates"));
    NIXE_TRY(nixe_allocate(&own->exchange, rates->surface_sites, sizeof(double), "the rates"));
    for (int i = 0; i < n; i++) {
        const double W_ii = nixe_energy_coupling(energy, i, i);
        own->self_factor[i] = exp(2 * W_ii / kT);
        own->reservoir[i] = exp(2 * mean_exponent(energy, kT, i) / n);
        set_bonds(rates, own, i, W_ii);
    }
    for (int s = 0; s < rates->surface_sites; s++) {
        const int i = rates->surface[s];
        const double W_ii = nixe_energy_coupling(energy, i, i);
        own->exchange[s] = nixe_rates_bare_exchange(rates, i) * exp(-W_ii / kT) * own->reservoir[i];
    }
    return NIXE_OK;
}

static void destroy_rates(nixe_rates *rates) {
    tables *own = rates->own;
    free(own->self_factor);
    free(own->reservoir);
    free(own->bond_factor);
    free(own->exchange);
    free(own);
}

static nixe_status create(nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const int n = lattice->sites, blocks = block_count(rates);
    weights *own;
    NIXE_TRY(nixe_allocate(&own, 1, sizeof *own, "a trajectory"));
    trajectory->own = own;
    NIXE_TRY(nixe_allocate(&own->slot_weight, rates->padded + lattice->reach, sizeof(double), "a trajectory"));
    if (lattice->homes == n) own->weight = own->slot_weight;
    else NIXE_TRY(nixe_allocate(&own->weight, n, sizeof(double), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->field, n, sizeof(double), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->swap_rate, blocks, sizeof(double), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->exchange_A, rates->surface_sites, sizeof(double), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->exchange_B, rates->surface_sites, sizeof(double), "a trajectory"));
    NIXE_TRY(nixe_allocate(&own->exchange_rate, rates->surface_sites, sizeof(double), "a trajectory"));
    return nixe_allocate(&own->stale, blocks, 1, "a trajectory");
}

static void destroy(nixe_trajectory *trajectory) {
    weights *own = trajectory->own;
    if (own->weight != own->slot_weight) free(own->weight);
    free(own->slot_weight);
    free(own->field);
    free(own->swap_rate);
    free(own->exchange_A);
    free(own->exchange_B);
    free(own->exchange_rate);
    free(own->stale);
    free(own);
}

/* Give the slots the weights of their sites; where these are the first slots, those behind them, which begin a second time. */
static void place_weights(const nixe_trajectory *trajectory) {
    const weights *own = trajectory->own;
    nixe_slots_place(trajectory->rates->lattice, own->weight, own->slot_weight, sizeof(double));
}

/* The blocks whose sums contain a bond of this site. */
static void mark_stale(const nixe_trajectory *trajectory, int site) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const weights *own = trajectory->own;
    own->stale[lattice->home[site] / NIXE_BLOCK] = 1;
    for (int d = lattice->directions / 2; d < lattice->directions; d++) {
        const int before = nixe_lattice_neighbours(lattice, site)[d];
        if (before >= 0) own->stale[lattice->home[before] / NIXE_BLOCK] = 1;
    }
}

static double swap_rate(const nixe_trajectory *trajectory, int slot, int d) {
    const nixe_rates *rates = trajectory->rates;
    const tables *table = rates->own;
    const weights *own = trajectory->own;
    const double product = -own->slot_weight[slot] * own->slot_weight[slot + rates->lattice->offset[d]];
    return table->bond_factor[(long)d * rates->padded + slot] * (product > 0 ? product : 0);
}

static double exchange_rate(const nixe_trajectory *trajectory, int surface_site) {
    const weights *own = trajectory->own;
    return own->exchange_rate[surface_site];
}

/* (weight without the mean's factor and the Ising part)^(-1/N): the part of the published exchange rate that does not
 * factorise: exp(-eps s phi / (N kT)). */
static double published_exchange_factor(const nixe_trajectory *trajectory, int site) {
    const nixe_energy *energy = trajectory->rates->energy;
    const weights *own = trajectory->own;
    const double kT = trajectory->rates->kinetics.kT;
    double n = energy->lattice->sites, s = trajectory->sigma[site];
    double exponent = log(fabs(own->weight[site])) +
                      s * (double)trajectory->sum / n * nixe_energy_coupling(energy, site, site) / kT +
                      s * energy->J * nixe_ising_sum(energy->lattice, trajectory->sigma, site) / kT;
    return exp(-exponent / n);
}

/* All rates of exchange, and their sum. */
static double sum_exchanges(nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const weights *own = trajectory->own;
    double sum = nixe_loop_exchange_rates(rates->surface_sites, rates->surface, own->weight, own->exchange_A, own->exchange_B,
                                          own->exchange_rate);
    if (rates->energy->differences == NIXE_EXACT) return sum;
    sum = 0;
    for (int s = 0; s < rates->surface_sites; s++)
        sum += own->exchange_rate[s] *= published_exchange_factor(trajectory, rates->surface[s]);
    return sum;
}

static void sum(nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const tables *table = rates->own;
    const weights *own = trajectory->own;
    const int half = lattice->directions / 2, blocks = block_count(rates);
    if (rates->table) {
        nixe_loop_swap_rates(0, blocks, half, lattice->offset, rates->padded, own->slot_weight, table->bond_factor,
                             own->swap_rate);
    } else {
        for (int b = 0; b < blocks; b++) {
            if (!own->stale[b]) continue;
            nixe_loop_swap_rates(b, b + 1, half, lattice->offset, rates->padded, own->slot_weight, table->bond_factor,
                                 own->swap_rate);
            own->stale[b] = 0;
        }
    }
    trajectory->exchange_total = sum_exchanges(trajectory);
    trajectory->swap_total = 0;
    for (int b = 0; b < blocks; b++) trajectory->swap_total += own->swap_rate[b];
}

/* s_i w_i of the configuration, from its fields. */
static double weight_of(const nixe_trajectory *trajectory, int i) {
    const nixe_energy *energy = trajectory->rates->energy;
    const weights *own = trajectory->own;
    const double kT = trajectory->rates->kinetics.kT, mean = (double)trajectory->sum / energy->lattice->sites;
    double exponent = trajectory->sigma[i] * own->field[i] / kT;
    if (energy->differences == NIXE_PUBLISHED)
        exponent -= mean * trajectory->sigma[i] * nixe_energy_coupling(energy, i, i) / kT;
    return trajectory->sigma[i] * exp(exponent);
}

static void drive(nixe_trajectory *trajectory) {
    const tables *table = trajectory->rates->own;
    const weights *own = trajectory->own;
    for (int s = 0; s < trajectory->rates->surface_sites; s++) {
        own->exchange_A[s] = table->exchange[s] * trajectory->driving[0];
        own->exchange_B[s] = table->exchange[s] * trajectory->driving[1];
    }
}

/* Whatever follows from the weights and from what drives. */
static void settle(nixe_trajectory *trajectory) {
    const weights *own = trajectory->own;
    drive(trajectory);
    place_weights(trajectory);
    memset(own->stale, 1, (size_t)block_count(trajectory->rates));
}

static void set(nixe_trajectory *trajectory) {
    const nixe_energy *energy = trajectory->rates->energy;
    const weights *own = trajectory->own;
    nixe_energy_fields(energy, trajectory->sigma, own->field);
    for (int i = 0; i < energy->lattice->sites; i++) own->weight[i] = weight_of(trajectory, i);
    settle(trajectory);
}

/* The swap at r in the row of all swap rates: first its block, then its bond. Rounding can leave r just behind the last
 * rate of all or of a block; then another event there is taken, which happens once in 1e15 events. */
static nixe_event choose_swap(const nixe_trajectory *trajectory, double r) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const weights *own = trajectory->own;
    int block = 0, i = -1, j = -1;
    for (int b = 0; b < block_count(rates); b++) {
        if (own->swap_rate[b] <= 0) continue;
        block = b;
        if (r < own->swap_rate[b]) break;
        r -= own->swap_rate[b];
    }
    for (int slot = block * NIXE_BLOCK; slot < (block + 1) * NIXE_BLOCK && r >= 0; slot++)
        for (int d = 0; d < lattice->directions / 2 && r >= 0; d++) {
            const double rate = swap_rate(trajectory, slot, d);
            if (rate <= 0) continue;
            i = lattice->slot_site[slot];
            j = lattice->slot_site[slot + lattice->offset[d]];
            r -= rate;
        }
    return trajectory->sigma[i] > 0 ? (nixe_event){i, j} : (nixe_event){j, i};
}

static nixe_event choose_exchange(const nixe_trajectory *trajectory, double r) {
    const nixe_rates *rates = trajectory->rates;
    int site = -1;
    for (int s = 0; s < rates->surface_sites && r >= 0; s++) {
        const double rate = exchange_rate(trajectory, s);
        if (rate <= 0) continue;
        site = rates->surface[s];
        r -= rate;
    }
    return trajectory->sigma[site] > 0 ? (nixe_event){site, NIXE_RESERVOIR} : (nixe_event){NIXE_RESERVOIR, site};
}

static nixe_event choose(const nixe_trajectory *trajectory, double at) {
    return at < trajectory->swap_total || trajectory->exchange_total <= 0
               ? choose_swap(trajectory, at)
               : choose_exchange(trajectory, at - trajectory->swap_total);
}

/* F between two sites or a site and the reservoir. */
static double factor_between(const nixe_rates *rates, int i, int j) {
    const tables *table = rates->own;
    if (i == NIXE_RESERVOIR) return table->reservoir[j];
    if (j == NIXE_RESERVOIR) return table->reservoir[i];
    if (rates->table) return nixe_table_at(rates->table, i, j);
    const int32_t *next = nixe_lattice_neighbours(rates->lattice, i);
    int d = 0;
    while (next[d] != j) d++; /* swaps are between neighbours */
    return table->neighbour_factor[rates->lattice->direction_class[d]];
}

/* The weights of the neighbours of a site that turns, where epsilon = 0. */
static void scale_neighbours(const nixe_trajectory *trajectory, int site, int to_A) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const tables *table = rates->own;
    const weights *own = trajectory->own;
    mark_stale(trajectory, site);
    if (rates->energy->J == 0) return;
    const int32_t *next = nixe_lattice_neighbours(lattice, site);
    for (int d = 0; d < lattice->directions; d++) {
        if (next[d] < 0) continue;
        const double factor = table->neighbour_factor[lattice->direction_class[d]];
        double *weight = own->weight + next[d];
        *weight = (*weight > 0) == to_A ? *weight * factor : *weight / factor;
        mark_stale(trajectory, next[d]);
    }
}

/* Weight of a site after it has turned in event e: w' = F_ii / (F_ij w). */
static double turned_weight(const nixe_trajectory *trajectory, nixe_event e, int site) {
    const tables *table = trajectory->rates->own;
    const weights *own = trajectory->own;
    return -table->self_factor[site] / (factor_between(trajectory->rates, e.a, e.b) * own->weight[site]);
}

static void turn(nixe_trajectory *trajectory, nixe_event e) {
    const nixe_rates *rates = trajectory->rates;
    const tables *table = rates->own;
    const weights *own = trajectory->own;
    const double weight_a = e.a == NIXE_RESERVOIR ? 0 : turned_weight(trajectory, e, e.a);
    const double weight_b = e.b == NIXE_RESERVOIR ? 0 : turned_weight(trajectory, e, e.b);
    if (rates->table) {
        const double *gain = e.b == NIXE_RESERVOIR ? table->reservoir : nixe_table_row(rates->table, e.b, 0);
        const double *loss = e.a == NIXE_RESERVOIR ? table->reservoir : nixe_table_row(rates->table, e.a, 1);
        nixe_loop_scale(rates->lattice->sites, own->weight, gain, loss);
    } else {
        if (e.a != NIXE_RESERVOIR) scale_neighbours(trajectory, e.a, 0);
        if (e.b != NIXE_RESERVOIR) scale_neighbours(trajectory, e.b, 1);
    }
    if (e.a != NIXE_RESERVOIR) own->weight[e.a] = weight_a;
    if (e.b != NIXE_RESERVOIR) own->weight[e.b] = weight_b;
    place_weights(trajectory);
}

static nixe_part state(const nixe_trajectory *trajectory) {
    const weights *own = trajectory->own;
    return (nixe_part){own->weight, (size_t)trajectory->rates->lattice->sites * sizeof *own->weight};
}

static int is_sound(nixe_trajectory *trajectory) {
    const nixe_energy *energy = trajectory->rates->energy;
    const weights *own = trajectory->own;
    nixe_energy_fields(energy, trajectory->sigma, own->field);
    for (int i = 0; i < energy->lattice->sites; i++) { /* weights span decades: one by one */
        const double fresh = weight_of(trajectory, i);
        if (!nixe_are_near(1, &own->weight[i], &fresh, 0)) return 0;
    }
    settle(trajectory);
    return 1;
}

const nixe_arithmetic nixe_double_precision = {.name = "double precision",
                                               .algorithm = "eager",
                                               .kind = NIXE_DOUBLES,
                                               .drifts = 1,
                                               .fill = fill,
                                               .create_rates = create_rates,
                                               .destroy_rates = destroy_rates,
                                               .create = create,
                                               .destroy = destroy,
                                               .set = set,
                                               .drive = drive,
                                               .sum = sum,
                                               .choose = choose,
                                               .turn = turn,
                                               .swap_rate = swap_rate,
                                               .exchange_rate = exchange_rate,
                                               .state = state,
                                               .is_sound = is_sound};
