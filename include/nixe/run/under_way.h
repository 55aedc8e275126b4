/* Under way: where the trajectories are that have begun and are not complete. Not collective. */
#ifndef NIXE_RUN_UNDER_WAY_H
#define NIXE_RUN_UNDER_WAY_H

#include <stddef.h>
#include <stdint.h>

#include "nixe/base/error.h"

/* Of one of them; numbers, as ranks put them into each other's memory. time -1: there is none. */
typedef struct {
    double time, composition, events;
} nixe_whereabouts;

/* Of several: from the least to the greatest, and all events. */
typedef struct {
    int64_t count;
    double time[2], composition[2], events;
} nixe_under_way;

void nixe_under_way_add(nixe_under_way *all, const nixe_whereabouts *one);

/* "2 under way at t = 3.1 to 5 (1/k), c = 0.63 to 0.71, after 120000 events"; "" where there are none. */
void nixe_under_way_print(const nixe_under_way *all, char *text, size_t size);

/* Those that the checkpoint beside a file of kmc has states of, but for rows that are in the file by now (done: a flag of
 * each). None where there is no checkpoint that can be read. */
nixe_status nixe_under_way_read(const char *file, int64_t rows, const int64_t *done, long sites, nixe_under_way *all);

#endif
