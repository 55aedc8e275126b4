/* Trajectory: one kinetic Monte Carlo trajectory, rejection-free. Nothing here is collective. */
#include "nixe/sampling/trajectory.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/random.h"
#include "nixe/sampling/hot_loops.h"

/* What turns: site a from A to B and site b from B to A; RESERVOIR for the partner of an exchange. */
enum { RESERVOIR = -1 };
typedef struct {
    int a, b;
} event;

static int block_count(const nixe_rates *rates) { return rates->padded / NIXE_BLOCK; }

nixe_status nixe_trajectory_create(nixe_trajectory *trajectory, const nixe_rates *rates) {
    const nixe_lattice *lattice = rates->lattice;
    int n = lattice->sites, blocks = block_count(rates);
    *trajectory = (nixe_trajectory){.rates = rates};
    NIXE_TRY(nixe_allocate(&trajectory->sigma, n, 1, "a trajectory"));
    NIXE_TRY(nixe_allocate(&trajectory->slot_weight, rates->padded + lattice->reach, sizeof(double), "a trajectory"));
    if (lattice->homes == n) trajectory->weight = trajectory->slot_weight;
    else NIXE_TRY(nixe_allocate(&trajectory->weight, n, sizeof(double), "a trajectory"));
    NIXE_TRY(nixe_allocate(&trajectory->field, n, sizeof(double), "a trajectory"));
    NIXE_TRY(nixe_allocate(&trajectory->exchanges, lattice->faces, sizeof(int64_t), "a trajectory"));
    NIXE_TRY(nixe_allocate(&trajectory->swap_rate, blocks, sizeof(double), "a trajectory"));
    NIXE_TRY(nixe_allocate(&trajectory->exchange_rate, rates->surface_sites, sizeof(double), "a trajectory"));
    return nixe_allocate(&trajectory->stale, blocks, 1, "a trajectory");
}

void nixe_trajectory_destroy(nixe_trajectory *trajectory) {
    free(trajectory->sigma);
    if (trajectory->weight != trajectory->slot_weight) free(trajectory->weight);
    free(trajectory->slot_weight);
    free(trajectory->field);
    free(trajectory->exchanges);
    free(trajectory->swap_rate);
    free(trajectory->exchange_rate);
    free(trajectory->stale);
    *trajectory = (nixe_trajectory){0};
}

void nixe_trajectory_start_sigma(nixe_start start, double composition, uint64_t seed, uint64_t index, int sites,
                                 int8_t *sigma) {
    memset(sigma, start == NIXE_START_A ? 1 : -1, (size_t)sites);
    if (start != NIXE_START_RANDOM) return;
    int wanted = (int)floor(composition * sites + 1e-9); /* 1e-9: 0.3 * 10 is 3 */
    for (int i = 0; i < sites && wanted > 0; i++) {      /* selection sampling: each subset is equally likely */
        double u = nixe_uniform_from_0(nixe_random(seed, index, NIXE_RANDOM_START, (uint64_t)i).word[0]);
        if (u * (sites - i) >= wanted) continue;
        sigma[i] = 1;
        wanted--;
    }
}

static int has_come_to_its_stop(const nixe_trajectory *trajectory) {
    return trajectory->rises ? trajectory->sum >= trajectory->stop_sum : trajectory->sum <= trajectory->stop_sum;
}

/* The first sum at the stop composition or beyond, seen from the present one; 1e-9: 0.3 * 10 is 3. */
static void set_stop(nixe_trajectory *trajectory, double stop_composition) {
    const int n = trajectory->rates->lattice->sites;
    const long below = 2 * (long)floor(stop_composition * n + 1e-9) - n;
    const long above = 2 * (long)ceil(stop_composition * n - 1e-9) - n;
    trajectory->rises = stop_composition >= 0 && trajectory->sum < above;
    trajectory->stop_sum = stop_composition < 0 ? LONG_MIN : trajectory->rises ? above : below;
    trajectory->complete = has_come_to_its_stop(trajectory);
}

void nixe_trajectory_begin(nixe_trajectory *trajectory, uint64_t seed, uint64_t index, const int8_t *sigma,
                           double stop_composition) {
    int n = trajectory->rates->lattice->sites;
    memcpy(trajectory->sigma, sigma, (size_t)n);
    trajectory->seed = seed;
    trajectory->index = index;
    trajectory->time = 0;
    trajectory->events = 0;
    memset(trajectory->exchanges, 0, (size_t)trajectory->rates->lattice->faces * sizeof *trajectory->exchanges);
    trajectory->sum = 0;
    for (int i = 0; i < n; i++) trajectory->sum += sigma[i];
    set_stop(trajectory, stop_composition);
    nixe_trajectory_refresh(trajectory);
}

/* Give the slots the weights of their sites; where these are the first slots, those behind them, which begin a second time. */
static void place_weights(nixe_trajectory *trajectory) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const int32_t *site = lattice->slot_site;
    const int in_place = trajectory->weight == trajectory->slot_weight;
    if (in_place && lattice->modulus)
        memcpy(trajectory->weight + lattice->homes, trajectory->weight, (size_t)lattice->reach * sizeof(double));
    else if (!in_place || lattice->periods)
        for (int slot = in_place ? lattice->homes : 0; slot < lattice->slots; slot++)
            if (site[slot] >= 0) trajectory->slot_weight[slot] = trajectory->weight[site[slot]];
}

/* The blocks whose sums contain a bond of this site. */
static void mark_stale(nixe_trajectory *trajectory, int site) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    trajectory->stale[lattice->home[site] / NIXE_BLOCK] = 1;
    for (int d = lattice->directions / 2; d < lattice->directions; d++) {
        const int before = nixe_lattice_neighbours(lattice, site)[d];
        if (before >= 0) trajectory->stale[lattice->home[before] / NIXE_BLOCK] = 1;
    }
}

double nixe_trajectory_swap_rate(const nixe_trajectory *trajectory, int slot, int d) {
    const nixe_rates *rates = trajectory->rates;
    double product = -trajectory->slot_weight[slot] * trajectory->slot_weight[slot + rates->lattice->offset[d]];
    return rates->bond_factor[(long)d * rates->padded + slot] * (product > 0 ? product : 0);
}

/* (weight without the mean's factor and the Ising part)^(-1/N): the part of the published exchange rate that does not
 * factorise: exp(-eps s phi / (N kT)). */
static double published_exchange_factor(const nixe_trajectory *trajectory, int site) {
    const nixe_energy *energy = trajectory->rates->energy;
    const double kT = trajectory->rates->kinetics.kT;
    double n = energy->lattice->sites, s = trajectory->sigma[site];
    double exponent = log(fabs(trajectory->weight[site])) +
                      s * (double)trajectory->sum / n * nixe_energy_coupling(energy, site, site) / kT +
                      s * energy->J * nixe_ising_sum(energy->lattice, trajectory->sigma, site) / kT;
    return exp(-exponent / n);
}

double nixe_trajectory_exchange_rate(const nixe_trajectory *trajectory, int surface_site) {
    return trajectory->exchange_rate[surface_site];
}

/* All rates of exchange, and their sum. */
static double sum_exchanges(nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    double sum = nixe_loop_exchange_rates(rates->surface_sites, rates->surface, trajectory->weight, rates->exchange_A,
                                          rates->exchange_B, trajectory->exchange_rate);
    if (rates->energy->differences == NIXE_EXACT) return sum;
    sum = 0;
    for (int s = 0; s < rates->surface_sites; s++)
        sum += trajectory->exchange_rate[s] *= published_exchange_factor(trajectory, rates->surface[s]);
    return sum;
}

/* Sum all rates that may have changed and draw the time and the choice of the next event. */
static void draw_next(nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    const int half = lattice->directions / 2, blocks = block_count(rates);
    if (rates->factor) {
        nixe_loop_swap_rates(0, blocks, half, lattice->offset, rates->padded, trajectory->slot_weight, rates->bond_factor,
                             trajectory->swap_rate);
    } else {
        for (int b = 0; b < blocks; b++) {
            if (!trajectory->stale[b]) continue;
            nixe_loop_swap_rates(b, b + 1, half, lattice->offset, rates->padded, trajectory->slot_weight, rates->bond_factor,
                                 trajectory->swap_rate);
            trajectory->stale[b] = 0;
        }
    }
    double swaps = 0, exchanges = sum_exchanges(trajectory);
    for (int b = 0; b < blocks; b++) swaps += trajectory->swap_rate[b];
    trajectory->swap_total = swaps;
    trajectory->exchange_total = exchanges;

    nixe_random_words words = nixe_random(trajectory->seed, trajectory->index, NIXE_RANDOM_EVENT, (uint64_t)trajectory->events);
    trajectory->choice = words.word[0];
    double total = swaps + exchanges;
    trajectory->next_time = total > 0 ? trajectory->time - log(nixe_uniform_to_1(words.word[1])) / total : INFINITY;
}

/* s_i w_i of the configuration, from its fields. */
static double weight_of(const nixe_trajectory *trajectory, int i) {
    const nixe_energy *energy = trajectory->rates->energy;
    const double kT = trajectory->rates->kinetics.kT, mean = (double)trajectory->sum / energy->lattice->sites;
    double exponent = trajectory->sigma[i] * trajectory->field[i] / kT;
    if (energy->differences == NIXE_PUBLISHED)
        exponent -= mean * trajectory->sigma[i] * nixe_energy_coupling(energy, i, i) / kT;
    return trajectory->sigma[i] * exp(exponent);
}

void nixe_trajectory_refresh(nixe_trajectory *trajectory) {
    const nixe_energy *energy = trajectory->rates->energy;
    int n = energy->lattice->sites;
    nixe_energy_fields(energy, trajectory->sigma, trajectory->field);
    for (int i = 0; i < n; i++) trajectory->weight[i] = weight_of(trajectory, i);
    place_weights(trajectory);
    memset(trajectory->stale, 1, (size_t)block_count(trajectory->rates));
    draw_next(trajectory);
}

/* The swap at r in the row of all swap rates: first its block, then its bond. Rounding can leave r just behind the last
 * rate of all or of a block; then another event there is taken, which happens once in 1e15 events. */
static event choose_swap(const nixe_trajectory *trajectory, double r) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    int block = 0, i = -1, j = -1;
    for (int b = 0; b < block_count(rates); b++) {
        if (trajectory->swap_rate[b] <= 0) continue;
        block = b;
        if (r < trajectory->swap_rate[b]) break;
        r -= trajectory->swap_rate[b];
    }
    for (int slot = block * NIXE_BLOCK; slot < (block + 1) * NIXE_BLOCK && r >= 0; slot++)
        for (int d = 0; d < lattice->directions / 2 && r >= 0; d++) {
            double rate = nixe_trajectory_swap_rate(trajectory, slot, d);
            if (rate <= 0) continue;
            i = lattice->slot_site[slot];
            j = lattice->slot_site[slot + lattice->offset[d]];
            r -= rate;
        }
    return trajectory->sigma[i] > 0 ? (event){i, j} : (event){j, i};
}

static event choose_exchange(const nixe_trajectory *trajectory, double r) {
    const nixe_rates *rates = trajectory->rates;
    int site = -1;
    for (int s = 0; s < rates->surface_sites && r >= 0; s++) {
        double rate = nixe_trajectory_exchange_rate(trajectory, s);
        if (rate <= 0) continue;
        site = rates->surface[s];
        r -= rate;
    }
    return trajectory->sigma[site] > 0 ? (event){site, RESERVOIR} : (event){RESERVOIR, site};
}

/* F between two sites or a site and the reservoir. */
static double factor_between(const nixe_rates *rates, int i, int j) {
    if (i == RESERVOIR) return rates->reservoir[j];
    if (j == RESERVOIR) return rates->reservoir[i];
    if (rates->factor) return nixe_table_at(rates->factor, i, j);
    const int32_t *next = nixe_lattice_neighbours(rates->lattice, i);
    int d = 0;
    while (next[d] != j) d++; /* swaps are between neighbours */
    return rates->neighbour_factor[rates->lattice->direction_class[d]];
}

/* The weights of the neighbours of a site that turns, where epsilon = 0. */
static void scale_neighbours(nixe_trajectory *trajectory, int site, int to_A) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    mark_stale(trajectory, site);
    if (rates->energy->J == 0) return;
    const int32_t *next = nixe_lattice_neighbours(lattice, site);
    for (int d = 0; d < lattice->directions; d++) {
        if (next[d] < 0) continue;
        const double factor = rates->neighbour_factor[lattice->direction_class[d]];
        double *weight = trajectory->weight + next[d];
        *weight = (*weight > 0) == to_A ? *weight * factor : *weight / factor;
        mark_stale(trajectory, next[d]);
    }
}

/* Weight of a site after it has turned in event e: w' = F_ii / (F_ij w). */
static double turned_weight(const nixe_trajectory *trajectory, event e, int site) {
    const nixe_rates *rates = trajectory->rates;
    return -rates->self_factor[site] / (factor_between(rates, e.a, e.b) * trajectory->weight[site]);
}

static void turn(nixe_trajectory *trajectory, int site, double weight) {
    trajectory->weight[site] = weight;
    trajectory->sigma[site] = (int8_t)(weight > 0 ? 1 : -1);
    trajectory->sum += 2 * trajectory->sigma[site];
}

static void execute(nixe_trajectory *trajectory, event e) {
    const nixe_rates *rates = trajectory->rates;
    double weight_a = e.a == RESERVOIR ? 0 : turned_weight(trajectory, e, e.a);
    double weight_b = e.b == RESERVOIR ? 0 : turned_weight(trajectory, e, e.b);
    if (rates->factor) {
        const double *gain = e.b == RESERVOIR ? rates->reservoir : nixe_table_row(rates->factor, e.b, 0);
        const double *loss = e.a == RESERVOIR ? rates->reservoir : nixe_table_row(rates->factor, e.a, 1);
        nixe_loop_scale(rates->lattice->sites, trajectory->weight, gain, loss);
    } else {
        if (e.a != RESERVOIR) scale_neighbours(trajectory, e.a, 0);
        if (e.b != RESERVOIR) scale_neighbours(trajectory, e.b, 1);
    }
    if (e.b == RESERVOIR) trajectory->exchanges[rates->lattice->face[e.a]]++;
    if (e.a == RESERVOIR) trajectory->exchanges[rates->lattice->face[e.b]]--;
    if (e.a != RESERVOIR) turn(trajectory, e.a, weight_a);
    if (e.b != RESERVOIR) turn(trajectory, e.b, weight_b);
    place_weights(trajectory);
}

long nixe_trajectory_advance(nixe_trajectory *trajectory, double until, long max_events) {
    long executed = 0;
    while (!trajectory->complete && trajectory->next_time <= until && executed < max_events) {
        double total = trajectory->swap_total + trajectory->exchange_total;
        double r = nixe_uniform_from_0(trajectory->choice) * total;
        event e = r < trajectory->swap_total || trajectory->exchange_total <= 0
                      ? choose_swap(trajectory, r)
                      : choose_exchange(trajectory, r - trajectory->swap_total);
        execute(trajectory, e);
        trajectory->time = trajectory->next_time;
        trajectory->events++;
        executed++;
        trajectory->complete = has_come_to_its_stop(trajectory);
        if (trajectory->events % NIXE_REFRESH_EVENTS == 0) nixe_trajectory_refresh(trajectory);
        else draw_next(trajectory);
    }
    return executed;
}

/* The parts of a state, in the order in which they are saved. Sums of rates and the next event follow from the weights. */
enum { PARTS = 11 };

static void list_parts(const nixe_trajectory *trajectory, nixe_part parts[PARTS]) {
    nixe_trajectory *t = (nixe_trajectory *)trajectory; /* the list serves saving and loading */
    const size_t n = (size_t)t->rates->lattice->sites;
    const nixe_part all[PARTS] = {{&t->seed, sizeof t->seed},
                                  {&t->index, sizeof t->index},
                                  {&t->sum, sizeof t->sum},
                                  {&t->time, sizeof t->time},
                                  {&t->events, sizeof t->events},
                                  {&t->stop_sum, sizeof t->stop_sum},
                                  {&t->rises, sizeof t->rises},
                                  {&t->complete, sizeof t->complete},
                                  {t->sigma, n},
                                  {t->weight, n * sizeof *t->weight},
                                  {t->exchanges, (size_t)t->rates->lattice->faces * sizeof *t->exchanges}};
    memcpy(parts, all, sizeof all);
}

nixe_status nixe_trajectory_save(const nixe_trajectory *trajectory, nixe_bytes *bytes) {
    nixe_part parts[PARTS];
    list_parts(trajectory, parts);
    return nixe_parts_put(parts, PARTS, bytes);
}

/* Whether a state that was loaded can be one of a trajectory. */
static int is_sound(nixe_trajectory *trajectory) {
    const nixe_energy *energy = trajectory->rates->energy;
    const int n = energy->lattice->sites;
    long sum;
    if (!nixe_are_ions(n, trajectory->sigma, &sum) || sum != trajectory->sum) return 0;
    if (!(trajectory->time >= 0 && trajectory->time < INFINITY) || trajectory->events < 0) return 0;
    if ((trajectory->rises | trajectory->complete) & ~1 || trajectory->complete != has_come_to_its_stop(trajectory)) return 0;
    nixe_energy_fields(energy, trajectory->sigma, trajectory->field);
    for (int i = 0; i < n; i++) { /* weights span decades: one by one */
        const double fresh = weight_of(trajectory, i);
        if (!nixe_are_near(1, &trajectory->weight[i], &fresh)) return 0;
    }
    return 1;
}

nixe_status nixe_trajectory_load(nixe_trajectory *trajectory, nixe_bytes *bytes) {
    nixe_part parts[PARTS];
    list_parts(trajectory, parts);
    NIXE_TRY(nixe_parts_get(parts, PARTS, bytes));
    NIXE_TRY(nixe_bytes_expect(is_sound(trajectory), "a trajectory"));
    place_weights(trajectory);
    memset(trajectory->stale, 1, (size_t)block_count(trajectory->rates));
    draw_next(trajectory);
    return NIXE_OK;
}
