/* KMC: the rows that a rank makes of its trajectories: observables at the grid times, and snapshots.
 *
 * Displacements are measured for many configurations at once, those of one trajectory only, so that a row never depends on
 * what else its rank has run; and only once where no event fell between two times. Collective: nixe_kmc_write(). */
#ifndef NIXE_KMC_H
#define NIXE_KMC_H

#include "nixe/buffer.h"
#include "nixe/ensemble.h"
#include "nixe/options.h"
#include "nixe/phase.h"
#include "nixe/store.h"
#include "nixe/strain.h"
#include "nixe/trajectory.h"

/* The grid of recorded times. */
typedef struct {
    int count, snapshots;
    double *time;          /* count: T */
    double *snapshot_time; /* snapshots: S */
    int *snapshot;         /* count: number of the snapshot taken at that time, or -1 */
} nixe_grid;

nixe_status nixe_grid_create(nixe_grid *grid, const nixe_options *options);
void nixe_grid_destroy(nixe_grid *grid);

/* Where trajectories start from, when it is a file: its last configurations. */
typedef struct {
    int64_t rows;
    int8_t *sigma; /* rows x N */
} nixe_start_rows;

/* One dataset of the rows: the row in the making, and the finished ones that wait to be written. */
typedef struct {
    void *row;
    nixe_buffer finished;
} nixe_kmc_part;

typedef struct {
    const nixe_options *options;
    const nixe_rates *rates;
    const nixe_grid *grid;
    const nixe_start_rows *start_rows; /* NULL: the start is not a file */
    nixe_store *store;

    nixe_trajectory trajectory;
    nixe_displacement displacement;
    nixe_strain strain;
    nixe_kmc_part part[NIXE_DATASETS]; /* those of KMC are in use */
    int64_t task;                      /* number of the row in the making */
    int64_t waiting_rows, written_rows;
    int next_time;                           /* first grid time that is not recorded yet */
    int64_t recorded_events;                 /* events at the last recorded time; -1: none recorded */
    int waiting;                             /* configurations that wait for their displacements */
    int8_t *configuration;                   /* CONFIGURATIONS x N */
    int first_time[NIXE_CONFIGURATIONS + 1]; /* grid times at which each of them holds: first .. next one's first - 1 */
    double *area;                            /* N x CONFIGURATIONS: scratch */
    double strain_seconds;                   /* spent on displacements */
} nixe_kmc;

/* Bytes of a row, and of what a rank keeps for its rows and trajectories. */
double nixe_kmc_row_bytes(const nixe_grid *grid, int sites);
double nixe_kmc_bytes(const nixe_grid *grid, const nixe_lattice *lattice, int64_t ensemble_size);

nixe_status nixe_kmc_create(nixe_kmc *kmc, const nixe_options *options, const nixe_rates *rates, const nixe_grid *grid,
                            const nixe_start_rows *start_rows, const nixe_response *response, nixe_store *store);
void nixe_kmc_destroy(nixe_kmc *kmc);

/* Whether as many rows were written, over all ranks, as had to be: a run checks itself before it calls the file complete.
 * Collective. */
nixe_status nixe_kmc_check(const nixe_kmc *kmc, const nixe_parallel *parallel, int64_t expected);

/* The work of an ensemble of trajectories: `count` rows of the file, which is what tasks are. */
nixe_work nixe_kmc_work(nixe_kmc *kmc, const int64_t *rows, int64_t count);

#endif
