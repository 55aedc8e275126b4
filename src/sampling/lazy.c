/* Lazy: trajectories by bounds of rates. Nothing here is collective. */
#include "nixe/sampling/lazy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/random.h"
#include "nixe/sampling/arithmetic.h"

static const char *const what = "a trajectory";

/* What a candidate costs that is rejected since something is pending, and a number of a row that is read to find a true rate,
 * in the units of cost_of_end() (lazy_window.c). Measured, once. */
static const double cost_of_candidate = 8000, cost_of_number = 40;

/* One candidate of so many has its true rate computed, whether that is needed or not. */
enum { CHECKED = 64 };

int nixe_lazy_takes(const nixe_energy *energy, const nixe_arithmetic *arithmetic) {
    return energy->potential && !energy->potential->torus && arithmetic == &nixe_fixed_point;
}

static nixe_status create_state(nixe_trajectory *trajectory) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const nixe_lazy_tables *tables = trajectory->rates->own;
    nixe_lazy *own = trajectory->own;
    const long bounds = (long)NIXE_LAZY_KINDS * tables->influence.stride, n = lattice->sites;
    const long keys = n * (lattice->directions / 2 + 1);
    own->state_bytes = sizeof *own->head + (size_t)bounds * sizeof(double) + (size_t)(n + keys + bounds);
    NIXE_TRY(nixe_allocate(&own->state, (long long)own->state_bytes, 1, what));
    own->head = (nixe_lazy_head *)own->state;
    own->bound = (double *)(own->head + 1);
    own->begun = (int8_t *)(own->bound + bounds);
    own->net = own->begun + n;
    own->highest = (uint8_t *)(own->net + keys);
    return NIXE_OK;
}

static nixe_status create(nixe_trajectory *trajectory) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const int n = trajectory->rates->lattice->sites, stride = tables->influence.stride, places = tables->cells.places;
    nixe_lazy *own;
    NIXE_TRY(nixe_allocate(&own, 1, sizeof *own, what));
    trajectory->own = own;
    NIXE_TRY(create_state(trajectory));
    NIXE_TRY(nixe_allocate(&own->sum, nixe_lazy_groups(tables), sizeof(double), what));
    NIXE_TRY(nixe_allocate(&own->pending, NIXE_LAZY_KINDS * stride, sizeof(int64_t), what));
    NIXE_TRY(nixe_allocate(&own->base, n, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&own->field, places, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&own->weight, places + 1, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&own->stale, tables->cells.blocks, 1, what));
    NIXE_TRY(nixe_allocate(&own->turned_site, n, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&own->turned_at, n, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&own->saved, NIXE_LAZY_KINDS * stride, sizeof(double), what));
    NIXE_TRY(nixe_allocate(&own->saved_highest, NIXE_LAZY_KINDS * stride, 1, what));
    NIXE_TRY(nixe_allocate(&own->list, (long)n * (trajectory->rates->lattice->directions / 2 + 1), sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&own->gained, n, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&own->picked, n, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&own->is_A, n, 1, what));
    NIXE_TRY(nixe_allocate(&own->touched, tables->cells.blocks, sizeof(int32_t), what));
    for (int i = 0; i < n; i++) own->turned_at[i] = -1;
    return NIXE_OK;
}

static void destroy(nixe_trajectory *trajectory) {
    nixe_lazy *own = trajectory->own;
    void *const all[] = {own->state,  own->sum,         own->pending,   own->base,         own->field, own->weight,
                         own->stale,  own->turned_site, own->turned_at, own->touched,      own->saved, own->gained,
                         own->picked, own->is_A,        own->list,      own->saved_highest};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) free(all[k]);
    free(own);
}

static void set(nixe_trajectory *trajectory) {
    nixe_lazy *own = trajectory->own;
    *own->head = (nixe_lazy_head){.next_time = INFINITY};
    nixe_lazy_begin_window(trajectory);
}

/* The entry of a row of numbers in which `at` lies, `at` being below their sum but for rounding; *at becomes what is left. */
static int find(int count, const double *number, double *at) {
    int found = -1;
    for (int k = 0; k < count; k++) {
        if (!(number[k] > 0)) continue;
        found = k;
        if (*at < number[k]) break;
        *at -= number[k];
    }
    if (found >= 0 && *at >= number[found]) *at = nextafter(number[found], 0); /* it was rounded up to the sum of all */
    return found;
}

/* An event that may be the next, as the fields say that are held. */
typedef struct {
    int block, kind;
    nixe_event event;
    int site[2], sites; /* whose weights its rate has */
    double rate;        /* as held: by the time it has the block's bound, this times `share` is its probability */
    double share;
} candidate;

/* The block of a candidate. */
static void choose_block(const nixe_trajectory *trajectory, double at, candidate *c) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_lazy *own = trajectory->own;
    const int stride = tables->influence.stride;
    const int group = find(nixe_lazy_groups(tables), own->sum, &at);
    const int number = group * NIXE_LAZY_GROUP + find(NIXE_LAZY_GROUP, own->bound + group * NIXE_LAZY_GROUP, &at);
    c->kind = number / stride;
    c->block = number % stride;
}

/* A bond of a block, by its rate: first its site, by sums in single precision, then its direction by products in double. */
static void choose_swap(const nixe_trajectory *trajectory, double u, candidate *c) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_cells *cells = &tables->cells;
    const nixe_lazy *own = trajectory->own;
    const int first = cells->begin[c->block], width = nixe_cells_width(cells, c->block), half = lattice->directions / 2;
    double rate[NIXE_CELL_SITES], bond[NIXE_MAX_HALF], sum = 0, all = 0;
    for (int k = 0; k < width; k++) all += rate[k] = (double)own->rate[k];
    double at = u * all;
    const int k = find(width, rate, &at), place = first + k;
    for (int d = 0; d < half; d++) {
        const double product = -(double)own->weight[place] * (double)own->weight[cells->next[(long)d * cells->places + place]];
        sum += bond[d] = product > 0 ? product * (double)tables->bond_factor[(long)d * cells->places + place] : 0;
    }
    at *= sum / rate[k];
    const int d = find(half, bond, &at), i = cells->site[place], j = nixe_lattice_neighbours(lattice, i)[d];
    c->event = trajectory->sigma[i] > 0 ? (nixe_event){i, j} : (nixe_event){j, i};
    c->site[0] = i;
    c->site[1] = j;
    c->sites = 2;
    c->share = sum / rate[k] * all; /* its probability is bond / share */
}

static void choose_exchange(const nixe_trajectory *trajectory, double u, candidate *c) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_cells *cells = &tables->cells;
    const nixe_lazy *own = trajectory->own;
    const int first = cells->begin[c->block], width = nixe_cells_width(cells, c->block);
    double rate[NIXE_CELL_SITES], all = 0;
    for (int k = 0; k < width; k++) {
        const double weight = (double)own->weight[first + k];
        rate[k] = (double)tables->exchange_factor[first + k] * fabs(weight) * trajectory->driving[weight < 0];
        all += rate[k];
    }
    double at = u * all;
    const int i = cells->site[first + find(width, rate, &at)];
    c->event = trajectory->sigma[i] > 0 ? (nixe_event){i, NIXE_RESERVOIR} : (nixe_event){NIXE_RESERVOIR, i};
    c->site[0] = i;
    c->sites = 1;
    c->share = all;
}

/* Exponent by which the true rate of a candidate is above that held. */
static int64_t pending_exponent(const nixe_trajectory *trajectory, const candidate *c) {
    int64_t exponent = 0;
    for (int k = 0; k < c->sites; k++)
        exponent += trajectory->sigma[c->site[k]] * nixe_lazy_pending_field(trajectory, c->site[k]);
    return exponent;
}

/* Whether a candidate happens: with probability 2^x share / bound, x being the exponent of its true rate above that held, and p
 * the most that it can be. Now and then, and where asking for vetoes would take longer, x is computed. */
static int is_accepted(nixe_trajectory *trajectory, const candidate *c, double bound, double u) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    nixe_lazy *own = trajectory->own;
    const int64_t pending = own->pending[c->kind * tables->influence.stride + c->block];
    const double most = exp2((double)pending / NIXE_FIXED_ONE), share = c->share / bound;
    own->head->spent += cost_of_candidate * (1 - 1 / most);
    if (share * most > 1) {
        nixe_lazy_fail(trajectory, c->block);
        return 0;
    }
    const int is_checked = own->head->candidates % CHECKED == 0;
    if (!is_checked && u >= share * most) return 0;
    const double cost_of_all = cost_of_number * c->sites * own->turned;
    if (!is_checked && nixe_lazy_veto_cost(trajectory, c->kind, c->block) < cost_of_all)
        return !nixe_lazy_is_vetoed(trajectory, c->kind, c->block, c->sites, c->site);
    own->head->spent += cost_of_all;
    const int64_t exponent = pending_exponent(trajectory, c);
    if (exponent > pending || exponent < -pending) {
        nixe_lazy_fail(trajectory, c->block);
        return 0;
    }
    return u < share * exp2((double)exponent / NIXE_FIXED_ONE);
}

static double total_of(const nixe_trajectory *trajectory) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_lazy *own = trajectory->own;
    double total = 0;
    for (int g = 0; g < nixe_lazy_groups(tables); g++) total += own->sum[g];
    return total;
}

/* One candidate; 1 where it is the next event. */
static int try_candidate(nixe_trajectory *trajectory, double total, double *time) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    nixe_lazy *own = trajectory->own;
    const nixe_random_words words = nixe_random_state(trajectory->seed, trajectory->index, trajectory->now,
                                                      NIXE_RANDOM_CANDIDATE, (uint64_t)own->head->candidates++);
    candidate c;
    *time -= log(nixe_uniform_to_1(words.word[1])) / total;
    choose_block(trajectory, nixe_uniform_from_0(words.word[0]) * total, &c);
    const double bound = own->bound[c.kind * tables->influence.stride + c.block];
    nixe_lazy_refresh(trajectory, c.block);
    const double held = c.kind == NIXE_LAZY_SWAPS ? own->rates[0] : own->rates[1] + own->rates[2];
    if (trajectory->status || held <= 0) return 0;
    if (c.kind == NIXE_LAZY_SWAPS) choose_swap(trajectory, nixe_uniform_from_0(words.word[2]), &c);
    else choose_exchange(trajectory, nixe_uniform_from_0(words.word[2]), &c);
    own->head->next = c.event;
    return is_accepted(trajectory, &c, bound, nixe_uniform_from_0(words.word[3]));
}

static void draw(nixe_trajectory *trajectory) {
    nixe_lazy *own = trajectory->own;
    double time = nixe_trajectory_moment(trajectory), total;
    nixe_lazy_end_window(trajectory);
    do {
        total = total_of(trajectory);
    } while (total > 0 && !try_candidate(trajectory, total, &time) && !trajectory->status);
    trajectory->next_time = own->head->next_time = total > 0 && !trajectory->status ? time : INFINITY;
}

static nixe_event drawn(const nixe_trajectory *trajectory) { return ((const nixe_lazy *)trajectory->own)->head->next; }

static void turn(nixe_trajectory *trajectory, nixe_event event) { nixe_lazy_follow(trajectory, event); }

/* The true weight of a site. */
static double weight_of(const nixe_trajectory *trajectory, int site) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_lazy *own = trajectory->own;
    int32_t field[NIXE_VECTOR] = {(int32_t)(own->field[tables->cells.place[site]] + nixe_lazy_pending_field(trajectory, site))};
    float weight[NIXE_VECTOR] = {trajectory->sigma[site]};
    nixe_loop_weights(NIXE_VECTOR, field, weight);
    return (double)weight[0];
}

static double swap_rate(const nixe_trajectory *trajectory, int slot, int d) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const nixe_exponents *table = ((const nixe_lazy_tables *)trajectory->rates->own)->exponents;
    const int i = lattice->slot_site[slot], j = i < 0 ? -1 : nixe_lattice_neighbours(lattice, i)[d];
    if (j < 0 || trajectory->sigma[i] == trajectory->sigma[j]) return 0;
    return -(double)table->bond_factor[(long)d * table->stride + slot] * weight_of(trajectory, i) * weight_of(trajectory, j);
}

static double exchange_rate(const nixe_trajectory *trajectory, int surface_site) {
    const nixe_exponents *table = ((const nixe_lazy_tables *)trajectory->rates->own)->exponents;
    const int i = trajectory->rates->surface[surface_site];
    return (double)table->exchange_factor[i] * fabs(weight_of(trajectory, i)) * trajectory->driving[trajectory->sigma[i] < 0];
}

static nixe_part state(const nixe_trajectory *trajectory) {
    const nixe_lazy *own = trajectory->own;
    return (nixe_part){own->state, own->state_bytes};
}

/* Whether the next event can be one: of ions as they are, at a bond or where ions are exchanged. */
static int can_happen(const nixe_trajectory *trajectory, nixe_event e) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const nixe_exponents *table = ((const nixe_lazy_tables *)trajectory->rates->own)->exponents;
    const int n = lattice->sites;
    if (e.a < NIXE_RESERVOIR || e.b < NIXE_RESERVOIR || e.a >= n || e.b >= n) return 0;
    if ((e.a >= 0 && trajectory->sigma[e.a] < 0) || (e.b >= 0 && trajectory->sigma[e.b] > 0)) return 0;
    if (e.a == NIXE_RESERVOIR || e.b == NIXE_RESERVOIR) return e.a != e.b && table->exchange_factor[e.a < 0 ? e.b : e.a] > 0;
    for (int d = 0; d < lattice->directions; d++)
        if (nixe_lattice_neighbours(lattice, e.a)[d] == e.b) return 1;
    return 0;
}

static int is_sound(nixe_trajectory *trajectory) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const nixe_lazy *own = trajectory->own;
    const nixe_lazy_head *head = own->head;
    long ions;
    if (head->candidates < 0 || head->most_net < 0 || head->most_net > INT8_MAX) return 0;
    if (!(head->spent >= 0 && head->spent < INFINITY) || !(head->next_time >= nixe_trajectory_moment(trajectory))) return 0;
    if (head->next_time < INFINITY && !can_happen(trajectory, head->next)) return 0;
    if (!nixe_are_ions(lattice->sites, own->begun, &ions)) return 0;
    trajectory->next_time = head->next_time;
    return nixe_lazy_rebuild(trajectory);
}

const nixe_arithmetic nixe_lazy_fixed_point = {.name = "fixed point",
                                               .algorithm = "lazy",
                                               .kind = NIXE_INTEGERS,
                                               .drifts = 0,
                                               .fill = nixe_exponents_fill,
                                               .create_rates = nixe_lazy_create_rates,
                                               .destroy_rates = nixe_lazy_destroy_rates,
                                               .create = create,
                                               .destroy = destroy,
                                               .set = set,
                                               .drive = nixe_lazy_close_window,
                                               .draw = draw,
                                               .drawn = drawn,
                                               .turn = turn,
                                               .swap_rate = swap_rate,
                                               .exchange_rate = exchange_rate,
                                               .state = state,
                                               .is_sound = is_sound};
