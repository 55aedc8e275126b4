/* Digits: numbers with as many digits as their errors make sense of. Pure; nothing is collective. */
#ifndef NIXE_BASE_DIGITS_H
#define NIXE_BASE_DIGITS_H

#include <stddef.h>

/* A number with two digits of its standard error, in brackets, as 0.1569(0.0060) and 8.4e-06(1.3e-06), or after +-, as
 * 122.6 +- 1.0. Without an error that is known, NaN, the number alone; "-" where it is not known itself. */
typedef enum { NIXE_DIGITS_BRACKETS, NIXE_DIGITS_PLUS_MINUS } nixe_digits_style;
void nixe_digits_print(double number, double error, nixe_digits_style style, char *text, size_t size);

/* A number of a table, whose column does not have room for its error: up to the second digit of that. */
void nixe_digits_print_alone(double number, double error, char *text, size_t size);

/* A sum of terms of order 1, or its error: 0 where rounding is all that is left of it. */
double nixe_digits_of_sum(double sum);

#endif
