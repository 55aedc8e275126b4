/* Digits: numbers with as many digits as their errors make sense of. Pure; nothing is collective. */
#include "nixe/base/digits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double tiny = 1e-3; /* numbers that are written with an exponent */

/* Of a number that is not 0, the power of ten of its first digit when it has two. */
static int power_of(double number) {
    char text[32];
    snprintf(text, sizeof text, "%.1e", number);
    return (int)floor(log10(fabs(strtod(text, NULL))) + 1e-9);
}

/* Whether an error is known and more than rounding. */
static int has_error(double number, double error) { return isfinite(error) && error > 1e-9 * fabs(number); }

void nixe_digits_print_alone(double number, double error, char *text, size_t size) {
    if (!isfinite(number)) snprintf(text, size, "-");
    else if (!has_error(number, error))
        snprintf(text, size, fabs(number) >= 1e3 && fabs(number) < 1e7 ? "%.0f" : "%.4g", number);
    else if (fmax(fabs(number), error) < tiny)
        snprintf(text, size, "%.*e", number != 0 ? (int)fmax(1, 1 + power_of(number) - power_of(error)) : 1, number);
    else snprintf(text, size, "%.*f", (int)fmax(0, 1 - power_of(error)), number);
}

void nixe_digits_print(double number, double error, nixe_digits_style style, char *text, size_t size) {
    char own[64], its[64] = "0";
    nixe_digits_print_alone(number, error, own, sizeof own);
    if (has_error(number, error) && fmax(fabs(number), error) < tiny) snprintf(its, sizeof its, "%.1e", error);
    else if (has_error(number, error)) snprintf(its, sizeof its, "%.*f", (int)fmax(0, 1 - power_of(error)), error);
    if (!isfinite(number) || !isfinite(error)) snprintf(text, size, "%s", own);
    else if (style == NIXE_DIGITS_BRACKETS) snprintf(text, size, "%s(%s)", own, its);
    else snprintf(text, size, "%s +- %s", own, its);
}

double nixe_digits_of_sum(double sum) { return fabs(sum) < 1e-12 ? 0 : sum; }
