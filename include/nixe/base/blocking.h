/* Blocking: mean, standard error and integrated autocorrelation time of a time series, by blocking. Pure; nothing is
 * collective.
 */
#ifndef NIXE_BASE_BLOCKING_H
#define NIXE_BASE_BLOCKING_H

#include "nixe/base/error.h"

typedef struct {
    double mean;
    double variance; /* of a single value */
    double error;    /* standard error of the mean */
    double tau;      /* integrated autocorrelation time in values: error^2 = variance 2 tau / count; 1/2: uncorrelated */
} nixe_blocking;

/* Analyse `count` >= 2 values. Blocks of 1, 2, 4, ... values are averaged (Flyvbjerg and Petersen); the error is that of the
 * shortest blocks, b values long, for which b^3 > 2 count (error_b / error_1)^4 (Wolff; Lee et al.), or of the longest, of
 * which there are at least 16. values is overwritten. */
nixe_blocking nixe_blocking_analyse(double *values, long count);

/* An average over replicas, each with a mean and its error. */
typedef struct {
    double sum, squares, squared_error;
    int count;
} nixe_average;

void nixe_average_add(nixe_average *average, double mean, double error);
double nixe_average_mean(const nixe_average *average);

/* Variance of the means of the replicas around their mean. */
double nixe_average_spread(const nixe_average *average);

/* The errors of the replicas, propagated; or the spread of the replicas where that is larger: they may sit in different basins.
 */
double nixe_average_error(const nixe_average *average);

#endif
