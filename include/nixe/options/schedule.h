/* Schedule: what drives kmc, dmu and kT, piecewise constant in time. Not collective. */
#ifndef NIXE_OPTIONS_SCHEDULE_H
#define NIXE_OPTIONS_SCHEDULE_H

#include "nixe/options/options.h"

/* What drives from a time on, up to that of the next one. */
typedef struct {
    double time, dmu, kT;
} nixe_driving;

typedef struct {
    int count;
    nixe_driving *drive; /* in the order of time; the first, at time 0, is -model_dmu and -model_kT */
} nixe_schedule;

/* Read -kmc_schedule. Refused (NIXE_REFUSED): what is no list of TIME:dmu=VALUE and TIME:kT=VALUE, times out of order or not
 * above 0, values out of range. */
nixe_status nixe_schedule_read(const nixe_options *options, nixe_schedule *schedule);
void nixe_schedule_destroy(nixe_schedule *schedule);

/* The one way of writing a schedule, in which it is stored; the caller frees *text, which is "" where nothing changes. */
nixe_status nixe_schedule_print(const nixe_schedule *schedule, char **text);

/* The number of what drives at a time. */
int nixe_schedule_at(const nixe_schedule *schedule, double time);

#endif
