/* KMC: the rows that a rank makes of its trajectories: observables at the recorded times, and snapshots.
 *
 * Displacements are measured for many configurations at once, those of one trajectory only, so that a row never depends on
 * what else its rank has run; and only once where no event fell between two times. Collective: nixe_kmc_write(). */
#ifndef NIXE_RUN_KMC_RECORD_H
#define NIXE_RUN_KMC_RECORD_H

#include "nixe/crystal/phase.h"
#include "nixe/elasticity/strain.h"
#include "nixe/file/pending.h"
#include "nixe/file/write.h"
#include "nixe/options/options.h"
#include "nixe/run/ensemble.h"
#include "nixe/sampling/trajectory.h"

/* The grid of recorded times. */
typedef struct {
    int count, snapshots;
    double *time;          /* count: T */
    double *snapshot_time; /* snapshots: S */
    int *snapshot;         /* count: number of the snapshot taken at that time, or -1 */
} nixe_record_times;

nixe_status nixe_record_times_create(nixe_record_times *times, const nixe_options *options);
void nixe_record_times_destroy(nixe_record_times *times);

/* Where trajectories start from, when it is a file: its last configurations. */
typedef struct {
    int64_t rows;
    int8_t *sigma; /* rows x N */
} nixe_start_rows;

/* One dataset of the rows: the row in the making, and the finished ones that wait to be written. */
typedef struct {
    void *row;
    nixe_pending finished;
} nixe_kmc_part;

typedef struct {
    const nixe_options *options;
    const nixe_rates *rates;
    const nixe_record_times *times;
    const nixe_start_rows *start_rows; /* NULL: the start is not a file */
    nixe_file *file;

    nixe_trajectory trajectory;
    nixe_displacement displacement;
    nixe_strain strain;
    nixe_kmc_part part[NIXE_DATASETS]; /* those of KMC are in use */
    int64_t task;                      /* number of the row in the making */
    int64_t waiting_rows, written_rows;
    int next_time;                           /* first recorded time that is not recorded yet */
    int64_t recorded_events;                 /* events at the last recorded time; -1: none recorded */
    int waiting;                             /* configurations that wait for their displacements */
    int8_t *configuration;                   /* CONFIGURATIONS x N */
    int first_time[NIXE_CONFIGURATIONS + 1]; /* recorded times at which each of them holds: first .. next one's first - 1 */
    double *area;                            /* N x CONFIGURATIONS: scratch */
    double strain_seconds;                   /* spent on displacements */
} nixe_kmc;

/* Bytes of a row, and of what a rank keeps for its rows and trajectories. */
double nixe_kmc_row_bytes(const nixe_record_times *times, int sites);
double nixe_kmc_bytes(const nixe_record_times *times, const nixe_lattice *lattice, int64_t ensemble_size);

nixe_status nixe_kmc_create(nixe_kmc *kmc, const nixe_options *options, const nixe_rates *rates, const nixe_record_times *times,
                            const nixe_start_rows *start_rows, const nixe_response *response, nixe_file *file);
void nixe_kmc_destroy(nixe_kmc *kmc);

/* Whether as many rows were written, over all ranks, as had to be: a run checks itself before it calls the file complete.
 * Collective. */
nixe_status nixe_kmc_check(const nixe_kmc *kmc, const nixe_parallel *parallel, int64_t expected);

/* The work of an ensemble of trajectories: `count` rows of the file, which is what tasks are. */
nixe_work nixe_kmc_work(nixe_kmc *kmc, const int64_t *rows, int64_t count);

#endif
