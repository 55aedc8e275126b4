/* Warnings: what a reader should know before believing the numbers of a file. tools/nixe/checks.py says the same of the same
 * files, in the same words. Not collective. */
#ifndef NIXE_COMMAND_WARNINGS_H
#define NIXE_COMMAND_WARNINGS_H

#include <stddef.h>
#include <stdint.h>

#include "nixe/base/statistic.h"
#include "nixe/crystal/phase.h"

enum {
    NIXE_FEW_TRAJECTORIES = 20, /* trajectories; a half with fewer is not compared */
    NIXE_TIMES = 50,            /* autocorrelation times that a replica should last */
    NIXE_APART = 5              /* joint standard errors by which two means may differ */
};

/* How far apart two means are, in joint standard errors: infinite where these are 0. */
double nixe_apart(double one, double error, double other, double other_error);

/* Such a distance in words. */
void nixe_apart_print(double distance, char *text, size_t size);

/* The two halves of an ensemble of trajectories: what each trajectory is summed up by, and the phases at every time. */
enum { NIXE_HALVES_MEASURES = 4 };
typedef struct {
    int64_t middle;     /* trajectories of the first half */
    long times;         /* that are recorded */
    const double *time; /* times */
    nixe_statistic measure[2][NIXE_HALVES_MEASURES];
    nixe_statistic *f[2]; /* times x phases */
} nixe_halves;

nixe_status nixe_halves_create(nixe_halves *halves, int64_t trajectories, long times, const double *time);
void nixe_halves_destroy(nixe_halves *halves);

/* Trajectory number `row`; f has shape [times, phases]. */
void nixe_halves_add(nixe_halves *halves, int64_t row, const double *f, double completion_time, double events);

/* Warn if they differ by more than chance. */
void nixe_halves_warn(const nixe_halves *halves);

/* What can be wrong with a state of mc. */
typedef enum { NIXE_TOO_SHORT, NIXE_UNSETTLED, NIXE_UNLIKE, NIXE_STATE_FAULTS } nixe_state_fault;

/* The states with each fault: the first ones named. */
typedef struct {
    int count[NIXE_STATE_FAULTS];
    char states[NIXE_STATE_FAULTS][1024];
} nixe_state_faults;

void nixe_state_faults_note(nixe_state_faults *faults, nixe_state_fault fault, const char *state, const char *how);
void nixe_state_faults_warn(const nixe_state_faults *faults);

#endif
