/* Fixed point: energies as exponents of 2, and fields from scratch. Pure; nothing here is collective. */
#include "nixe/sampling/fixed_point.h"

#include <math.h>
#include <string.h>

enum { TOGETHER = 1024 };

int32_t nixe_fixed_exponent(double energy, double kT) { return (int32_t)lround(energy / (kT * log(2)) * NIXE_FIXED_ONE); }

void nixe_fixed_fields_of_A(const nixe_table *table, const int32_t *bare, int32_t *field_A) {
    for (long r = 0; r < table->rows && !table->torus; r++) { /* the sum of a row is that of all of its orbit */
        const int site = nixe_table_site(table, r);
        const int32_t *row = nixe_table_row(table, site, 0);
        int64_t twice = 0;
        for (int j = 0; j < table->sites; j++) twice += row[j];
        field_A[site] = (int32_t)(twice / 2);
    }
    for (int i = table->sites - 1; i >= 0 && !table->torus; i--) /* representatives, which are the first of their orbit, last */
        field_A[i] = bare[i] + field_A[nixe_table_site(table, nixe_table_row_of(table, i))];
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
    for (int i = 0, count = 0; i < n; i++) { /* some rows at a time */
        int32_t site[TOGETHER];
        static const uint8_t none[TOGETHER];
        if (sigma[i] < 0) site[count++] = i;
        if (count < TOGETHER && i < n - 1) continue;
        nixe_table_add_rows(table, count, site, none, field);
        count = 0;
    }
}
