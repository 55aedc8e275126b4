/* Fixed point: energies as exponents of 2 in units of 2^-23, and fields from scratch. Pure; nothing here is collective. */
#ifndef NIXE_SAMPLING_FIXED_POINT_H
#define NIXE_SAMPLING_FIXED_POINT_H

#include "nixe/crystal/table.h"
#include "nixe/sampling/fixed_loops.h"

/* An energy as an exponent: log2 of exp(energy / kT). */
int32_t nixe_fixed_exponent(double energy, double kT);

/* Fields of all A: bare + sum_j T_ij, from a table of 2 T whose diagonal is 0. Arrays of N. Of a torus nothing: its fields come
 * by FFT. */
void nixe_fixed_fields_of_A(const nixe_table *table, const int32_t *bare, int32_t *field_A);

/* Fields of a configuration: bare + sum_j T_ij sigma_j. Those of all A less the rows of the B sites; of a torus, whose table
 * must be complete, by FFT, which is exact after rounding. `sums` is scratch of N, needed for a torus. */
void nixe_fixed_fields(const nixe_table *table, const int32_t *bare, const int32_t *field_A, const int8_t *sigma, double *sums,
                       int32_t *field);

#endif
