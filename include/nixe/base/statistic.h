/* Statistic: mean and standard error of independent numbers as they come (Welford). Pure; nothing is collective. */
#ifndef NIXE_BASE_STATISTIC_H
#define NIXE_BASE_STATISTIC_H

#include <math.h>

typedef struct {
    double count, mean, squares;
} nixe_statistic;

/* A number that is not known, NaN, is passed over. */
static inline void nixe_statistic_add(nixe_statistic *s, double x) {
    if (isnan(x)) return;
    const double before = x - s->mean;
    s->count++;
    s->mean += before / s->count;
    s->squares += before * (x - s->mean);
}

/* Of a single number, and of the mean; NaN of fewer than two. */
static inline double nixe_statistic_spread(const nixe_statistic *s) {
    return s->count > 1 ? sqrt(s->squares / (s->count - 1)) : NAN;
}
static inline double nixe_statistic_error(const nixe_statistic *s) { return nixe_statistic_spread(s) / sqrt(s->count); }

#endif
