/* KMC record: what is recorded of the trajectories that a rank runs, one after another: observables at the recorded times, and
 * snapshots.
 *
 * Configurations wait until there are many, since displacements are measured for a stack of them at once: those of one
 * trajectory only, so that a row never depends on what else its rank has run; and only once where no event fell between two
 * times. Nothing here is collective but the write of nixe_kmc_work(). */
#ifndef NIXE_RUN_KMC_RECORD_H
#define NIXE_RUN_KMC_RECORD_H

#include "nixe/crystal/phase.h"
#include "nixe/elasticity/strain.h"
#include "nixe/run/ensemble.h"
#include "nixe/run/record.h"
#include "nixe/run/record_times.h"
#include "nixe/run/start.h"
#include "nixe/sampling/trajectory.h"

/* The list of what is recorded; that of crystals without a surface lacks what is about it. */
extern const nixe_quantities nixe_kmc_quantities;

/* What is counted of configurations abreast; each has a column. */
typedef struct {
    nixe_ions *ions; /* N */
    double composition[NIXE_ABREAST], dmu[NIXE_ABREAST], local_energy[NIXE_ABREAST], f[NIXE_PHASES][NIXE_ABREAST];
    int64_t unlike[NIXE_MAX_CLASSES][NIXE_ABREAST];
    double (*profile)[NIXE_ABREAST]; /* depths */
} nixe_kmc_counted;

typedef struct {
    const nixe_options *options;
    const nixe_rates *rates;
    const nixe_record_times *times;
    const nixe_start_rows *start_rows; /* NULL: the start is not a file */
    nixe_record record;

    nixe_trajectory trajectory; /* the present one, and its row */
    nixe_row row;
    int next_time;                              /* first recorded time that is not recorded yet */
    int shown_time;                             /* the same when the file was last shown what there is */
    int waiting;                                /* configurations that wait to be measured */
    int8_t *configuration;                      /* stack x N */
    int first_time[NIXE_CONFIGURATIONS + 1];    /* recorded times at which each of them holds: first .. next one's first - 1 */
    int64_t events_before[NIXE_CONFIGURATIONS]; /* events up to each of them */
    int64_t *exchanges_before;                  /* stack x faces: exchanges by face up to each of them */
    int64_t recorded_events;                    /* events at the last recorded time; -1: none recorded */

    nixe_displacement displacement; /* scratch */
    nixe_strain strain;
    double *area; /* N x stack */
    nixe_kmc_counted counted;
    double strain_seconds; /* spent on displacements */
} nixe_kmc_record;

/* Bytes that a rank keeps for its rows and what is measured. */
double nixe_kmc_record_bytes(const nixe_file *file, const nixe_lattice *lattice, int64_t ensemble_size);

/* The trajectory is driven by these rates, unless it is made to follow settings (trajectory.h) before the first begins.
 * flagged: of each row, 1 where it is in the file; belongs to the caller. */
nixe_status nixe_kmc_record_create(nixe_kmc_record *kmc, const nixe_options *options, const nixe_rates *rates,
                                   const nixe_record_times *times, const nixe_start_rows *start_rows,
                                   const nixe_response *response, int64_t *flagged, nixe_file *file);
void nixe_kmc_record_destroy(nixe_kmc_record *kmc);

/* The work of an ensemble of trajectories: `count` rows of the file, which is what tasks are. */
nixe_work nixe_kmc_work(nixe_kmc_record *kmc, const int64_t *rows, int64_t count);

#endif
