/* Under way: where the trajectories are that have begun and are not complete. Not collective. */
#include "nixe/run/under_way.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nixe/run/checkpoint.h"
#include "nixe/sampling/trajectory.h"

void nixe_under_way_add(nixe_under_way *all, const nixe_whereabouts *one) {
    if (!(one->time >= 0)) return;
    const int first = all->count++ == 0;
    all->time[0] = first ? one->time : fmin(all->time[0], one->time);
    all->time[1] = first ? one->time : fmax(all->time[1], one->time);
    all->composition[0] = first ? one->composition : fmin(all->composition[0], one->composition);
    all->composition[1] = first ? one->composition : fmax(all->composition[1], one->composition);
    all->events += one->events;
}

/* A number, or the range of several. */
static void print_range(const double range[2], char *text, size_t size) {
    char least[32], greatest[32];
    snprintf(least, sizeof least, "%.3g", range[0]);
    snprintf(greatest, sizeof greatest, "%.3g", range[1]);
    if (strcmp(least, greatest) != 0) snprintf(text, size, "%s to %s", least, greatest);
    else snprintf(text, size, "%s", least);
}

void nixe_under_way_print(const nixe_under_way *all, char *text, size_t size) {
    char time[80], composition[80];
    *text = '\0';
    if (!all->count) return;
    print_range(all->time, time, sizeof time);
    print_range(all->composition, composition, sizeof composition);
    snprintf(text, size, "%lld under way at t = %s (1/k), c = %s, after %.3g events", (long long)all->count, time, composition,
             all->events);
}

nixe_status nixe_under_way_read(const char *file, int64_t rows, const int64_t *done, long sites, nixe_under_way *all) {
    nixe_checkpoint checkpoint;
    *all = (nixe_under_way){0};
    nixe_checkpoint_create(&checkpoint, NULL, file, 0);
    const nixe_status status = nixe_checkpoint_look(&checkpoint);
    for (int i = 0; i < checkpoint.count && !status; i++) {
        nixe_saved *saved = &checkpoint.saved[i];
        nixe_whereabouts one;
        if (saved->task < 0 || saved->task >= rows || done[saved->task] > 0) continue;
        if (nixe_trajectory_look(&saved->bytes, sites, &one.time, &one.composition, &one.events)) nixe_status_clear();
        else nixe_under_way_add(all, &one);
    }
    nixe_checkpoint_destroy(&checkpoint);
    return status;
}
