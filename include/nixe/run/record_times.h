/* Record times: when the trajectories of a run are recorded, and what drives them then. */
#ifndef NIXE_RUN_RECORD_TIMES_H
#define NIXE_RUN_RECORD_TIMES_H

#include "nixe/options/schedule.h"

/* When a run is recorded, and which of these moments are snapshots. */
typedef struct {
    int count, snapshots;
    double *time;          /* count: T */
    double *snapshot_time; /* snapshots: S */
    int *snapshot;         /* count: number of the snapshot taken at that time, or -1 */
    int *setting;          /* count: number in the schedule of what drives then, */
    double *dmu, *kT;      /* count: which is this */
} nixe_record_times;

nixe_status nixe_record_times_create(nixe_record_times *times, const nixe_options *options, const nixe_schedule *schedule);
void nixe_record_times_destroy(nixe_record_times *times);

#endif
