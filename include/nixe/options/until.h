/* Until: how precise the means of nixe mc are to be, -mc_until, and the rounds after which that is looked at. Not collective.
 */
#ifndef NIXE_OPTIONS_UNTIL_H
#define NIXE_OPTIONS_UNTIL_H

#include "nixe/options/options.h"

/* What means are taken of. */
typedef enum {
    NIXE_UNTIL_F_U,
    NIXE_UNTIL_F_S,
    NIXE_UNTIL_ENERGY,
    NIXE_UNTIL_COMPOSITION,
    NIXE_UNTIL_QUANTITIES
} nixe_until_quantity;

typedef struct {
    int count; /* of bounds; 0: there are none */
    struct {
        nixe_until_quantity quantity;
        double error; /* standard error that is small enough */
    } bound[NIXE_UNTIL_QUANTITIES];
} nixe_until;

/* Read `f_U:0.005,composition:0.001`; refused with what is wrong. */
nixe_status nixe_until_read(const nixe_options *options, nixe_until *until);

/* Recorded sweeps at the end of round r: 128 records, twice as many after each, all sweeps at last; all at once without bounds.
 */
int64_t nixe_until_round(const nixe_options *options, int r);

#endif
