/* Fixed point: energies as exponents of 2, and fields from scratch. Pure; nothing here is collective. */
#include "nixe/sampling/fixed_point.h"

#include <math.h>
#include <string.h>

int32_t nixe_fixed_exponent(double energy, double kT) { return (int32_t)lround(energy / (kT * log(2)) * NIXE_FIXED_ONE); }

void nixe_fixed_fields_of_A(const nixe_table *table, const int32_t *bare, int32_t *field_A) {
    for (int i = 0; i < table->sites && !table->torus; i++) {
        const int32_t *row = nixe_table_row(table, i, 0);
        int64_t twice = 0;
        for (int j = 0; j < table->sites; j++) twice += row[j];
        field_A[i] = bare[i] + (int32_t)(twice / 2);
    }
}

void nixe_fixed_fields(const nixe_table *table, const int32_t *bare, const int32_t *field_A, const int8_t *sigma, double *sums,
                       int32_t *field) {
    const int n = table->sites;
    if (table->torus) {
        nixe_table_convolve(table, sigma, sums);
        for (int i = 0; i < n; i++) field[i] = bare[i] + (int32_t)lround(sums[i] / 2);
        return;
    }
    memcpy(field, field_A, (size_t)n * sizeof *field);
    for (int i = 0; i < n; i++)
        if (sigma[i] < 0) nixe_loop_subtract(n, nixe_table_row(table, i, 0), field);
}
