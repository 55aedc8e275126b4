/* Record times: when the trajectories of a run are recorded, and what drives them then. Not collective. */
#include "nixe/run/record_times.h"

#include <math.h>
#include <stdlib.h>

static nixe_status set_drive(nixe_record_times *times, const nixe_schedule *schedule) {
    NIXE_TRY(nixe_allocate(&times->setting, times->count, sizeof(int), "the time grid"));
    NIXE_TRY(nixe_allocate(&times->dmu, times->count, sizeof(double), "the time grid"));
    NIXE_TRY(nixe_allocate(&times->kT, times->count, sizeof(double), "the time grid"));
    for (int t = 0; t < times->count; t++) {
        const nixe_driving *drive = &schedule->drive[times->setting[t] = nixe_schedule_at(schedule, times->time[t])];
        times->dmu[t] = drive->dmu;
        times->kT[t] = drive->kT;
    }
    return NIXE_OK;
}

nixe_status nixe_record_times_create(nixe_record_times *times, const nixe_options *options, const nixe_schedule *schedule) {
    const int count = (int)options->kmc_time_count, snapshots = (int)options->kmc_snapshots;
    const double first = options->kmc_time_first, last = options->kmc_time_last;
    *times = (nixe_record_times){.count = count, .snapshots = snapshots};
    NIXE_TRY(nixe_allocate(&times->time, count, sizeof(double), "the time grid"));
    NIXE_TRY(nixe_allocate(&times->snapshot_time, snapshots, sizeof(double), "the time grid"));
    NIXE_TRY(nixe_allocate(&times->snapshot, count, sizeof(int), "the time grid"));
    const double log_ratio = first > 0 ? log(last) - log(first) : 0;
    for (int t = 0; t < count; t++) {
        double part = (double)t / (count - 1);
        times->snapshot[t] = -1;
        times->time[t] =
            options->kmc_time_spacing == NIXE_TIME_LOG ? exp(log(first) + part * log_ratio) : first + (last - first) * part;
    }
    times->time[0] = first;
    times->time[count - 1] = last;
    for (int t = 1; t < count; t++)
        if (!(times->time[t] > times->time[t - 1]))
            return nixe_fail(NIXE_REFUSED,
                             "-kmc_time_count %d: from -kmc_time_first %.17g to -kmc_time_last %.17g there are fewer times "
                             "that double precision tells apart",
                             count, first, last);
    for (int s = 0; s < snapshots; s++) { /* an even spread over the grid; a single one is the last */
        int t = snapshots > 1 ? (int)lround((double)s * (count - 1) / (snapshots - 1)) : count - 1;
        times->snapshot[t] = s;
        times->snapshot_time[s] = times->time[t];
    }
    return set_drive(times, schedule);
}

void nixe_record_times_destroy(nixe_record_times *times) {
    free(times->time);
    free(times->snapshot_time);
    free(times->snapshot);
    free(times->setting);
    free(times->dmu);
    free(times->kT);
    *times = (nixe_record_times){0};
}
