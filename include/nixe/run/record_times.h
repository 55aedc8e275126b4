/* Record times: when a KMC run is recorded, and which of these moments are snapshots. Pure; nothing here is collective. */
#ifndef NIXE_RUN_RECORD_TIMES_H
#define NIXE_RUN_RECORD_TIMES_H

#include "nixe/options/options.h"

typedef struct {
    int count, snapshots;
    double *time;          /* count: T */
    double *snapshot_time; /* snapshots: S */
    int *snapshot;         /* count: number of the snapshot taken at that time, or -1 */
} nixe_record_times;

nixe_status nixe_record_times_create(nixe_record_times *times, const nixe_options *options);
void nixe_record_times_destroy(nixe_record_times *times);

#endif
