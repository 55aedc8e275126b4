/* Blocking: mean, standard error and integrated autocorrelation time by blocking. Pure; nothing is collective. */
#include "nixe/base/blocking.h"

#include <math.h>

/* Mean, and the naive squared error of the mean: variance / (count - 1). */
static double naive_error(const double *values, long count, double *mean) {
    double sum = 0, squares = 0;
    for (long i = 0; i < count; i++) sum += values[i];
    *mean = sum / (double)count;
    for (long i = 0; i < count; i++) squares += (values[i] - *mean) * (values[i] - *mean);
    return squares / (double)count / (double)(count - 1);
}

nixe_blocking nixe_blocking_analyse(double *values, long count) {
    const long least_blocks = 16, all = count;
    nixe_blocking series = {.tau = 0.5};
    const double first = naive_error(values, count, &series.mean);
    double error = first;
    series.variance = first * (double)(count - 1);
    for (double length = 2; count / 2 >= least_blocks && first > 0; length *= 2) {
        double mean;
        count /= 2;
        for (long i = 0; i < count; i++) values[i] = 0.5 * (values[2 * i] + values[2 * i + 1]);
        const double longer = naive_error(values, count, &mean);
        if (longer > error) error = longer;
        const double ratio = longer / first;
        if (length * length * length > 2 * (double)all * ratio * ratio) break;
    }
    series.error = sqrt(error);
    if (first > 0) series.tau = 0.5 * error / first;
    return series;
}

void nixe_average_add(nixe_average *average, double mean, double error) {
    average->sum += mean;
    average->squares += mean * mean;
    average->squared_error += error * error;
    average->count++;
}

double nixe_average_mean(const nixe_average *average) { return average->sum / average->count; }

double nixe_average_spread(const nixe_average *average) {
    const double mean = nixe_average_mean(average);
    return fmax(0, average->squares / average->count - mean * mean);
}

double nixe_average_error(const nixe_average *average) {
    const double propagated = sqrt(average->squared_error) / average->count;
    return average->count > 1 ? fmax(propagated, sqrt(nixe_average_spread(average) / (average->count - 1))) : propagated;
}
