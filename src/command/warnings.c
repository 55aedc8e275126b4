/* Warnings: what a reader should know before believing the numbers of a file. Not collective. */
#include "nixe/command/warnings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double same = 1e-9; /* means this close do not differ */
enum { NAMED = 4 };              /* states that a warning names one by one */

double nixe_apart(double one, double error, double other, double other_error) {
    const double difference = fabs(one - other);
    return difference > same ? difference / hypot(error, other_error) : 0;
}

void nixe_apart_print(double distance, char *text, size_t size) {
    if (isfinite(distance)) snprintf(text, size, "%.1f joint standard errors", distance);
    else snprintf(text, size, "more than chance");
}

nixe_status nixe_halves_create(nixe_halves *halves, int64_t trajectories, long times, const double *time) {
    *halves = (nixe_halves){.middle = trajectories / 2, .times = times, .time = time};
    for (int h = 0; h < 2; h++)
        NIXE_TRY(nixe_allocate(&halves->f[h], times * NIXE_PHASES, sizeof(nixe_statistic), "the summary"));
    return NIXE_OK;
}

void nixe_halves_destroy(nixe_halves *halves) {
    free(halves->f[0]);
    free(halves->f[1]);
}

/* When a fraction falls to 1/2, between recorded times: f(t) = offset + sign f[t][phase]. NaN where it is not seen to. */
static double fall_time(const nixe_halves *halves, const double *f, int phase, double offset, double sign) {
    const double *time = halves->time;
    const int by_logarithms = time[0] > 0;
    for (long t = 0; t < halves->times; t++) {
        const double end = offset + sign * f[t * NIXE_PHASES + phase];
        if (!(end <= 0.5)) continue;
        if (t == 0) return NAN;
        const double start = offset + sign * f[(t - 1) * NIXE_PHASES + phase];
        const double from = by_logarithms ? log(time[t - 1]) : time[t - 1], to = by_logarithms ? log(time[t]) : time[t];
        const double place = from + (start - 0.5) / (start - end) * (to - from);
        return by_logarithms ? exp(place) : place;
    }
    return NAN;
}

void nixe_halves_add(nixe_halves *halves, int64_t row, const double *f, double completion_time, double events) {
    const int half = row >= halves->middle;
    const double measures[NIXE_HALVES_MEASURES] = {completion_time, events, fall_time(halves, f, NIXE_U1, 0, 1),
                                                   fall_time(halves, f, NIXE_U2, 1, -1)};
    for (int m = 0; m < NIXE_HALVES_MEASURES; m++) nixe_statistic_add(&halves->measure[half][m], measures[m]);
    for (long i = 0; i < halves->times * NIXE_PHASES; i++) nixe_statistic_add(&halves->f[half][i], f[i]);
}

/* The largest distance of `count` pairs of means, `stride` from each other; 0 where one of them is of too few. */
static double largest_distance(const nixe_statistic *first, const nixe_statistic *second, long count, long stride) {
    double most = 0;
    for (long i = 0; i < count; i++) {
        const nixe_statistic *a = &first[i * stride], *b = &second[i * stride];
        if (fmin(a->count, b->count) < NIXE_FEW_TRAJECTORIES) return 0;
        most = fmax(most, nixe_apart(a->mean, nixe_statistic_error(a), b->mean, nixe_statistic_error(b)));
    }
    return most;
}

void nixe_halves_warn(const nixe_halves *halves) {
    static const char *const name[NIXE_HALVES_MEASURES] = {
        "completion time", "events of a trajectory", "time at which f_U1 falls to 1/2", "time at which f_U2 rises to 1/2"};
    const char *before = "warning   The first half of the trajectories differs from the second: ";
    int differ = 0;
    for (int m = 0; m < NIXE_HALVES_MEASURES + NIXE_PHASES && halves->middle >= NIXE_FEW_TRAJECTORIES; m++) {
        const int p = m - NIXE_HALVES_MEASURES;
        const double distance = p < 0 ? largest_distance(&halves->measure[0][m], &halves->measure[1][m], 1, 1)
                                      : largest_distance(halves->f[0] + p, halves->f[1] + p, halves->times, NIXE_PHASES);
        char far[64];
        if (!(distance > NIXE_APART)) continue;
        nixe_apart_print(distance, far, sizeof far);
        printf("%s%s%s by %s", differ ? "; " : before, p < 0 ? "" : "f_", p < 0 ? name[m] : nixe_phase_name[p], far);
        differ = 1;
    }
    if (differ) printf(".\n");
}

void nixe_state_faults_note(nixe_state_faults *faults, nixe_state_fault fault, const char *state, const char *how) {
    char *states = faults->states[fault];
    const size_t used = strlen(states), size = sizeof faults->states[fault];
    if (faults->count[fault]++ < NAMED) snprintf(states + used, size - used, "%s%s (%s)", used ? "; " : "", state, how);
}

void nixe_state_faults_warn(const nixe_state_faults *faults) {
    static const char *const sentence[NIXE_STATE_FAULTS] = {
        "Shorter than 50 autocorrelation times, so that errors are not reliable",
        "Not yet in equilibrium, for the first half of a replica's records differs from the second",
        "Replicas disagree; each may be caught in an arrangement of its own. Errors contain the spread of the replicas"};
    for (int k = 0; k < NIXE_STATE_FAULTS; k++) {
        if (!faults->count[k]) continue;
        printf("warning   %s: %s", sentence[k], faults->states[k]);
        if (faults->count[k] > NAMED) printf("; %d more", faults->count[k] - NAMED);
        printf(".\n");
    }
}
