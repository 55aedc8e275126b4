/* Trajectory: one kinetic Monte Carlo trajectory, rejection-free (Gillespie), by the factorised rates of rates.h.
 *
 * It is a pure function of the rates and of (seed, index): the random numbers of event n are those at position n of the
 * trajectory's stream. Where rounding adds up, all weights are recomputed from (sigma, time, number of events) alone every
 * NIXE_REFRESH_EVENTS events, which bounds it to about 1e-13.
 * What drives it, dmu and kT, may change at given times. At a change the time of the next event, which has no memory, is drawn
 * anew from the new rates, with numbers of their own, and what was drawn beyond the change is dropped: that is exact.
 * Totals of rates are summed anew after every event: the rates span tens of decades, so nothing is ever subtracted.
 * Nothing here is collective. */
#ifndef NIXE_SAMPLING_TRAJECTORY_H
#define NIXE_SAMPLING_TRAJECTORY_H

#include "nixe/base/bytes.h"
#include "nixe/sampling/rates.h"

enum { NIXE_REFRESH_EVENTS = 8192 };

/* What turns: site a from A to B and site b from B to A; NIXE_RESERVOIR for the partner of an exchange. */
enum { NIXE_RESERVOIR = -1 };
typedef struct {
    int a, b;
} nixe_event;

/* What drives a trajectory from a time on, up to that of the next setting. */
typedef struct {
    double time, dmu;
    const nixe_rates *rates; /* of the temperature: all of one arithmetic and one lattice, and of the same bare rates */
} nixe_setting;

typedef struct {
    const nixe_rates *rates; /* of the setting */
    int settings;            /* 0: nothing changes, and dmu is that of the energy */
    const nixe_setting *setting;
    int now;              /* number of the setting */
    double driving[2];    /* exp(-dmu s / 2kT) of A and of B */
    uint64_t seed, index; /* of the ensemble; of the trajectory in it */

    int8_t *sigma;      /* N */
    long sum;           /* sum of sigma */
    double time;        /* of the last event */
    int64_t events;     /* executed so far */
    int64_t *exchanges; /* faces: exchanges of A for B less those of B for A, by the face of the site */
    long stop_sum;      /* complete when sum has come to it; LONG_MIN: never */
    int rises;          /* 1: to stop_sum from below; 0: from above */
    int complete;       /* 1 once the stop composition is reached, at `time` */

    double next_time; /* of the next event, which is already drawn; infinite if nothing can happen */
    uint64_t choice;  /* eager: random word that chooses it */

    double swap_total, exchange_total; /* eager: of all rates */
    nixe_status status;                /* other than NIXE_OK where it cannot go on: nothing happens then */
    void *own;                         /* weights and sums, the arithmetic's (arithmetic.h) */
} nixe_trajectory;

typedef enum { NIXE_START_A, NIXE_START_B, NIXE_START_RANDOM } nixe_start;

nixe_status nixe_trajectory_create(nixe_trajectory *trajectory, const nixe_rates *rates);
void nixe_trajectory_destroy(nixe_trajectory *trajectory);

/* Let trajectories that begin from here on follow `count` settings in the order of time, the first at time 0, which belong to
 * the caller. Between the two the trajectory is not to be used. */
void nixe_trajectory_follow(nixe_trajectory *trajectory, int count, const nixe_setting *setting);

/* A sites of a start of a composition: floor(composition N). */
int nixe_trajectory_count_A(double composition, int sites);

/* The start configuration of a trajectory: all A, all B, or that many A sites at random. sigma has shape [N]. */
void nixe_trajectory_start_sigma(nixe_start start, double composition, uint64_t seed, uint64_t index, int sites, int8_t *sigma);

/* Begin trajectory `index` at time 0 from sigma (shape [N]); it completes when its composition comes to stop_composition
 * (negative: never) from the side on which it begins, at once where it begins there. */
void nixe_trajectory_begin(nixe_trajectory *trajectory, uint64_t seed, uint64_t index, const int8_t *sigma,
                           double stop_composition);

/* Recompute every weight and sum from (sigma, time, events) and draw the next event. */
void nixe_trajectory_refresh(nixe_trajectory *trajectory);

/* Execute events and change settings up to and including `until`, at most max_events of both; stops at completion. Returns how
 * many there were. An event at the very time of a change comes before it. */
long nixe_trajectory_advance(nixe_trajectory *trajectory, double until, long max_events);

/* Whether the configuration at `until` is reached: the next event and the next change are later, or it is complete. */
int nixe_trajectory_has_reached(const nixe_trajectory *trajectory, double until);

/* The time from which the next event is drawn: that of the last event, or of a change after it. */
double nixe_trajectory_moment(const nixe_trajectory *trajectory);

/* Save all that the trajectory needs to go on exactly as it would have, and load it into one of the same rates. */
nixe_status nixe_trajectory_save(const nixe_trajectory *trajectory, nixe_bytes *bytes);
nixe_status nixe_trajectory_load(nixe_trajectory *trajectory, nixe_bytes *bytes);

/* What a state of a crystal with so many sites tells, without that crystal. */
nixe_status nixe_trajectory_look(nixe_bytes *bytes, long sites, double *time, double *composition, double *events);

/* Rate of one event in the present configuration. A swap is given by the home of its first site and a forward direction (0 for
 * like pairs and missing bonds), an exchange by its position in the list of surface sites. */
double nixe_trajectory_swap_rate(const nixe_trajectory *trajectory, int slot, int d);
double nixe_trajectory_exchange_rate(const nixe_trajectory *trajectory, int surface_site);

#endif
