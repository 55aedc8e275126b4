/* Grid: the recorded times of a KMC run and which of them are snapshots. Nothing here is collective. */
#include <math.h>
#include <stdlib.h>

#include "nixe/kmc.h"

nixe_status nixe_grid_create(nixe_grid *grid, const nixe_options *options) {
    const int count = (int)options->kmc_time_count, snapshots = (int)options->kmc_snapshots;
    const double first = options->kmc_time_first, last = options->kmc_time_last;
    *grid = (nixe_grid){.count = count, .snapshots = snapshots};
    NIXE_TRY(nixe_allocate(&grid->time, count, sizeof(double), "the time grid"));
    NIXE_TRY(nixe_allocate(&grid->snapshot_time, snapshots, sizeof(double), "the time grid"));
    NIXE_TRY(nixe_allocate(&grid->snapshot, count, sizeof(int), "the time grid"));
    const double log_ratio = first > 0 ? log(last) - log(first) : 0;
    for (int t = 0; t < count; t++) {
        double part = (double)t / (count - 1);
        grid->snapshot[t] = -1;
        grid->time[t] =
            options->kmc_time_spacing == NIXE_TIME_LOG ? exp(log(first) + part * log_ratio) : first + (last - first) * part;
    }
    grid->time[0] = first;
    grid->time[count - 1] = last;
    for (int s = 0; s < snapshots; s++) { /* an even spread over the grid; a single one is the last */
        int t = snapshots > 1 ? (int)lround((double)s * (count - 1) / (snapshots - 1)) : count - 1;
        grid->snapshot[t] = s;
        grid->snapshot_time[s] = grid->time[t];
    }
    return NIXE_OK;
}

void nixe_grid_destroy(nixe_grid *grid) {
    free(grid->time);
    free(grid->snapshot_time);
    free(grid->snapshot);
    *grid = (nixe_grid){0};
}
