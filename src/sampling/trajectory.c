/* Trajectory: one kinetic Monte Carlo trajectory, rejection-free. Nothing here is collective. */
#include "nixe/sampling/trajectory.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/random.h"
#include "nixe/sampling/arithmetic.h"

nixe_status nixe_trajectory_create(nixe_trajectory *trajectory, const nixe_rates *rates) {
    const nixe_lattice *lattice = rates->lattice;
    *trajectory = (nixe_trajectory){.rates = rates};
    NIXE_TRY(nixe_allocate(&trajectory->sigma, lattice->sites, 1, "a trajectory"));
    NIXE_TRY(nixe_allocate(&trajectory->exchanges, lattice->faces, sizeof(int64_t), "a trajectory"));
    return rates->arithmetic->create(trajectory);
}

void nixe_trajectory_follow(nixe_trajectory *trajectory, int count, const nixe_setting *setting) {
    trajectory->settings = count;
    trajectory->setting = setting;
}

/* Be driven by setting number k. */
static void set_driving(nixe_trajectory *trajectory, int k) {
    const nixe_setting *setting = trajectory->settings ? &trajectory->setting[k] : NULL;
    if (setting) trajectory->rates = setting->rates;
    const double dmu = setting ? setting->dmu : trajectory->rates->energy->dmu, kT = trajectory->rates->kinetics.kT;
    trajectory->now = k;
    trajectory->driving[0] = exp(-dmu / (2 * kT));
    trajectory->driving[1] = exp(dmu / (2 * kT));
}

static double next_change(const nixe_trajectory *trajectory) {
    const int next = trajectory->now + 1;
    return next < trajectory->settings ? trajectory->setting[next].time : INFINITY;
}

double nixe_trajectory_moment(const nixe_trajectory *trajectory) {
    return trajectory->settings ? fmax(trajectory->time, trajectory->setting[trajectory->now].time) : trajectory->time;
}

void nixe_trajectory_destroy(nixe_trajectory *trajectory) {
    free(trajectory->sigma);
    free(trajectory->exchanges);
    if (trajectory->own) trajectory->rates->arithmetic->destroy(trajectory);
    *trajectory = (nixe_trajectory){0};
}

int nixe_trajectory_count_A(double composition, int sites) {
    return (int)floor(composition * sites + 1e-9);
} /* 0.3 * 10 is 3 */

void nixe_trajectory_start_sigma(nixe_start start, double composition, uint64_t seed, uint64_t index, int sites,
                                 int8_t *sigma) {
    memset(sigma, start == NIXE_START_A ? 1 : -1, (size_t)sites);
    if (start != NIXE_START_RANDOM) return;
    int wanted = nixe_trajectory_count_A(composition, sites);
    for (int i = 0; i < sites && wanted > 0; i++) { /* selection sampling: each subset is equally likely */
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
    trajectory->status = NIXE_OK;
    memset(trajectory->exchanges, 0, (size_t)trajectory->rates->lattice->faces * sizeof *trajectory->exchanges);
    trajectory->sum = 0;
    for (int i = 0; i < n; i++) trajectory->sum += sigma[i];
    set_stop(trajectory, stop_composition);
    set_driving(trajectory, 0);
    nixe_trajectory_refresh(trajectory);
}

/* Sum all rates and draw the time and the choice of the next event; lazily: draw both by bounds. */
static void draw_next(nixe_trajectory *trajectory) {
    if (trajectory->rates->arithmetic->draw) {
        trajectory->rates->arithmetic->draw(trajectory);
        return;
    }
    trajectory->rates->arithmetic->sum(trajectory);
    const nixe_random_words words = nixe_random_state(trajectory->seed, trajectory->index, trajectory->now, NIXE_RANDOM_EVENT,
                                                      (uint64_t)trajectory->events);
    const double total = trajectory->swap_total + trajectory->exchange_total;
    trajectory->choice = words.word[0];
    trajectory->next_time =
        total > 0 ? nixe_trajectory_moment(trajectory) - log(nixe_uniform_to_1(words.word[1])) / total : INFINITY;
}

void nixe_trajectory_refresh(nixe_trajectory *trajectory) {
    trajectory->rates->arithmetic->set(trajectory);
    draw_next(trajectory);
}

double nixe_trajectory_swap_rate(const nixe_trajectory *trajectory, int slot, int d) {
    return trajectory->rates->arithmetic->swap_rate(trajectory, slot, d);
}

double nixe_trajectory_exchange_rate(const nixe_trajectory *trajectory, int surface_site) {
    return trajectory->rates->arithmetic->exchange_rate(trajectory, surface_site);
}

static nixe_event next_event(const nixe_trajectory *trajectory) {
    const nixe_arithmetic *arithmetic = trajectory->rates->arithmetic;
    const double total = trajectory->swap_total + trajectory->exchange_total;
    return arithmetic->draw ? arithmetic->drawn(trajectory)
                            : arithmetic->choose(trajectory, nixe_uniform_from_0(trajectory->choice) * total);
}

static void turn_ion(nixe_trajectory *trajectory, int site, int ion) {
    if (site == NIXE_RESERVOIR) return;
    trajectory->sigma[site] = (int8_t)ion;
    trajectory->sum += 2 * ion;
}

static void execute(nixe_trajectory *trajectory, nixe_event e) {
    const int32_t *face = trajectory->rates->lattice->face;
    trajectory->rates->arithmetic->turn(trajectory, e);
    turn_ion(trajectory, e.a, -1);
    turn_ion(trajectory, e.b, 1);
    if (e.b == NIXE_RESERVOIR) trajectory->exchanges[face[e.a]]++;
    if (e.a == NIXE_RESERVOIR) trajectory->exchanges[face[e.b]]--;
}

static void happen(nixe_trajectory *trajectory) {
    const nixe_arithmetic *arithmetic = trajectory->rates->arithmetic;
    execute(trajectory, next_event(trajectory));
    trajectory->time = trajectory->next_time;
    trajectory->events++;
    trajectory->complete = has_come_to_its_stop(trajectory);
    if (arithmetic->drifts && trajectory->events % NIXE_REFRESH_EVENTS == 0) arithmetic->set(trajectory);
    draw_next(trajectory);
}

/* Weights are those of a temperature. The event that was to come next is dropped. */
static void change_setting(nixe_trajectory *trajectory) {
    const nixe_arithmetic *arithmetic = trajectory->rates->arithmetic;
    const nixe_rates *before = trajectory->rates;
    set_driving(trajectory, trajectory->now + 1);
    if (trajectory->rates != before) arithmetic->set(trajectory);
    else if (arithmetic->drive) arithmetic->drive(trajectory);
    draw_next(trajectory);
}

long nixe_trajectory_advance(nixe_trajectory *trajectory, double until, long max_events) {
    long done = 0;
    for (; !trajectory->complete && !trajectory->status && done < max_events; done++) {
        const double change = next_change(trajectory);
        if (trajectory->next_time <= until && trajectory->next_time <= change) happen(trajectory);
        else if (change <= until) change_setting(trajectory);
        else break;
    }
    return done;
}

int nixe_trajectory_has_reached(const nixe_trajectory *trajectory, double until) {
    return trajectory->complete || (trajectory->next_time > until && next_change(trajectory) > until);
}

/* The parts of a state, in the order in which they are saved. Sums of rates and, eagerly, the next event follow from them.
 */
enum { PARTS = 12 };

static void list_parts(const nixe_trajectory *trajectory, nixe_part parts[PARTS]) {
    nixe_trajectory *t = (nixe_trajectory *)trajectory; /* the list serves saving and loading */
    const nixe_rates *rates = t->rates;
    const nixe_part all[PARTS] = {{&t->seed, sizeof t->seed},
                                  {&t->index, sizeof t->index},
                                  {&t->sum, sizeof t->sum},
                                  {&t->time, sizeof t->time},
                                  {&t->events, sizeof t->events},
                                  {&t->stop_sum, sizeof t->stop_sum},
                                  {&t->rises, sizeof t->rises},
                                  {&t->complete, sizeof t->complete},
                                  {t->sigma, (size_t)rates->lattice->sites},
                                  rates->arithmetic->state(t),
                                  {t->exchanges, (size_t)rates->lattice->faces * sizeof *t->exchanges},
                                  {&t->now, t->settings ? sizeof t->now : 0}};
    memcpy(parts, all, sizeof all);
}

nixe_status nixe_trajectory_save(const nixe_trajectory *trajectory, nixe_bytes *bytes) {
    nixe_part parts[PARTS];
    list_parts(trajectory, parts);
    return nixe_parts_put(parts, PARTS, bytes);
}

nixe_status nixe_trajectory_look(nixe_bytes *bytes, long sites, double *time, double *composition, double *events) {
    nixe_trajectory t;
    const nixe_part parts[] = {{&t.seed, sizeof t.seed},
                               {&t.index, sizeof t.index},
                               {&t.sum, sizeof t.sum},
                               {&t.time, sizeof t.time},
                               {&t.events, sizeof t.events}}; /* as list_parts() begins */
    NIXE_TRY(nixe_parts_get(parts, sizeof parts / sizeof *parts, bytes));
    NIXE_TRY(nixe_bytes_expect(t.time >= 0 && t.time < INFINITY && t.events >= 0 && labs(t.sum) <= sites, "a trajectory"));
    *time = t.time;
    *composition = 0.5 + 0.5 * (double)t.sum / (double)sites;
    *events = (double)t.events;
    return NIXE_OK;
}

/* Whether a state that was loaded can be one of a trajectory. */
static int is_sound(nixe_trajectory *trajectory) {
    long sum;
    if (!nixe_are_ions(trajectory->rates->lattice->sites, trajectory->sigma, &sum) || sum != trajectory->sum) return 0;
    if (!(trajectory->time >= 0 && trajectory->time < INFINITY) || trajectory->events < 0) return 0;
    if (trajectory->now < 0 || trajectory->now >= (trajectory->settings ? trajectory->settings : 1)) return 0;
    set_driving(trajectory, trajectory->now);
    if (trajectory->time > next_change(trajectory)) return 0;
    if ((trajectory->rises | trajectory->complete) & ~1 || trajectory->complete != has_come_to_its_stop(trajectory)) return 0;
    return trajectory->rates->arithmetic->is_sound(trajectory);
}

nixe_status nixe_trajectory_load(nixe_trajectory *trajectory, nixe_bytes *bytes) {
    nixe_part parts[PARTS];
    list_parts(trajectory, parts);
    NIXE_TRY(nixe_parts_get(parts, PARTS, bytes));
    trajectory->status = NIXE_OK;
    NIXE_TRY(nixe_bytes_expect(is_sound(trajectory), "a trajectory"));
    if (!trajectory->rates->arithmetic->draw) draw_next(trajectory); /* lazily it is part of the state */
    return NIXE_OK;
}
