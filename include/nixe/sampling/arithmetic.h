/* Arithmetic: how a trajectory keeps the weights of rates.h, in one of two ways with the same rates.
 *
 *   fixed point  (weights.c)   fields psi_i / (kT ln 2) as integers, weights in single precision from them. An event adds two
 *                rows of integers: fields are exact sums, whatever the order of events, and rows take half the memory. Rates
 *                are those of doubles to 2e-5 and obey detailed balance to 1e-6.
 *   doubles      (factors.c) weights as doubles, multiplied at each event by ratios of two rows of factors exp(2 W_ij / kT).
 *                For couplings so large, or temperatures so low, that weights leave the range of single precision, and for the
 *                differences of the published program.
 *
 * And there are two algorithms: with the eager one all rates are known at every event, which is drawn among them; with the lazy
 * one, for large crystals in fixed point, bounds of rates are (lazy.h).
 *
 * Nothing here is collective. */
#ifndef NIXE_SAMPLING_ARITHMETIC_H
#define NIXE_SAMPLING_ARITHMETIC_H

#include "nixe/sampling/trajectory.h"

struct nixe_arithmetic {
    const char *name, *algorithm;
    nixe_number kind; /* of the table's numbers */
    int drifts;       /* 1 where rounding adds up from event to event, so that it needs `set` again */

    /* Fill the rows first .. last-1 that a table stores. */
    void (*fill)(const nixe_energy *energy, double kT, const nixe_table *table, long first, long last);

    nixe_status (*create_rates)(nixe_rates *rates); /* make rates->own */
    void (*destroy_rates)(nixe_rates *rates);

    nixe_status (*create)(nixe_trajectory *trajectory); /* make trajectory->own */
    void (*destroy)(nixe_trajectory *trajectory);
    void (*set)(nixe_trajectory *trajectory);                           /* own from the configuration */
    void (*drive)(nixe_trajectory *trajectory);                         /* own after another dmu; NULL: nothing is of it */
    void (*sum)(nixe_trajectory *trajectory);                           /* swap_total and exchange_total */
    nixe_event (*choose)(const nixe_trajectory *trajectory, double at); /* the event at `at` in the row of all rates */
    void (*draw)(
        nixe_trajectory *trajectory); /* lazy, in place of both: draw the next event and its time, and keep it in own */
    nixe_event (*drawn)(const nixe_trajectory *trajectory);
    void (*turn)(nixe_trajectory *trajectory, nixe_event event);             /* own after an event; sigma is that before it */
    double (*swap_rate)(const nixe_trajectory *trajectory, int slot, int d); /* as in trajectory.h */
    double (*exchange_rate)(const nixe_trajectory *trajectory, int surface_site);
    nixe_part (*state)(const nixe_trajectory *trajectory); /* what a saved state has to hold besides; 0 bytes where nothing */
    int (*is_sound)(nixe_trajectory *trajectory);          /* after loading: own, and whether it can be one of a trajectory */
};

extern const nixe_arithmetic nixe_fixed_point, nixe_double_precision, nixe_lazy_fixed_point;

#endif
