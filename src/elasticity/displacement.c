/* Displacement: minimum-energy displacements of many configurations at once. Nothing here is collective. */
#include "nixe/elasticity/displacement.h"

#include <petscsys.h>

#include <petscblaslapack.h> /* needs petscsys.h before it */
#include <stdlib.h>
#include <string.h>

#include "nixe/base/vectorised.h"

enum { WIDTH = NIXE_CONFIGURATIONS, CHUNK = NIXE_CHUNK };

/* How component k of a displacement changes sign under element g. */
static double flip(int g, int k) { return g >> k & 1 ? -1.0 : 1.0; }

void nixe_response_fill(const nixe_symmetry *symmetry, const nixe_lattice *lattice, const double *u, int first, int last,
                        double *table) {
    const int d = lattice->dimension, n = lattice->sites, reps = symmetry->representatives;
    for (int r = first; r < last; r++) {
        const double *column = u + (long)r * n * d;
        int fixing = nixe_symmetry_fixing(symmetry, lattice, symmetry->representative[r]);
        for (int c = 0; c < symmetry->elements; c++)
            for (int row = 0; row < reps * d; row++) {
                int site = symmetry->representative[row / d], k = row % d;
                double sum = 0;
                for (int g = 0; g < symmetry->elements; g++)
                    sum +=
                        nixe_symmetry_character(c, g) * flip(g, k) * column[(long)symmetry->image[(long)g * n + site] * d + k];
                table[((long)c * reps * d + row) * reps + r] = sum / (symmetry->elements * fixing);
            }
    }
}

nixe_status nixe_displacement_create(nixe_displacement *displacement, const nixe_lattice *lattice,
                                     const nixe_response *response) {
    const long n = lattice->sites, d = lattice->dimension, reps = response->symmetry.representatives;
    const long elements = response->symmetry.elements;
    int nearest = 0;
    for (int m = 0; m < lattice->coordination; m++) nearest += lattice->length[m] < 1.1;
    NIXE_REQUIRE(nearest == 6, "areas are means over six nearest neighbours, and this lattice has another number");
    *displacement = (nixe_displacement){.lattice = lattice, .response = response};
    NIXE_TRY(nixe_allocate(&displacement->s, n * WIDTH, sizeof(double), "the displacements"));
    NIXE_TRY(nixe_allocate(&displacement->u, n * d * WIDTH, sizeof(double), "the displacements"));
    NIXE_TRY(nixe_allocate(&displacement->source, elements * reps * WIDTH, sizeof(double), "the displacements"));
    return nixe_allocate(&displacement->solution, elements * reps * d * WIDTH, sizeof(double), "the displacements");
}

void nixe_displacement_destroy(nixe_displacement *displacement) {
    free(displacement->s);
    free(displacement->u);
    free(displacement->source);
    free(displacement->solution);
    *displacement = (nixe_displacement){0};
}

static void set_s(nixe_displacement *displacement, const int8_t *sigma, int count) {
    const long n = displacement->lattice->sites;
    for (int w = 0; w < displacement->width; w++) {
        double *s = displacement->s + (long)(w / CHUNK) * n * CHUNK + w % CHUNK;
        long sum = 0;
        for (long site = 0; site < n && w < count; site++) sum += sigma[w * n + site];
        const double mean = (double)sum / (double)n;
        for (long site = 0; site < n; site++) s[site * CHUNK] = w < count ? sigma[w * n + site] - mean : 0;
    }
}

/* Transform over the group in place: rows x[0 .. elements-1], each of width numbers, stride apart:
 * x[c] <- sum_g chi_c(g) x[g], which is its own inverse but for the factor 2^d. */
NIXE_VECTORISED static void transform(double *x, int elements, long stride, int width) {
    for (int bit = 1; bit < elements; bit <<= 1)
        for (int g = 0; g < elements; g++) {
            if (g & bit) continue;
            double *a = x + g * stride, *b = x + (g | bit) * stride;
            for (int w = 0; w < width; w++) {
                double sum = a[w] + b[w], difference = a[w] - b[w];
                a[w] = sum;
                b[w] = difference;
            }
        }
}

void nixe_displacement_solve(nixe_displacement *displacement, const int8_t *sigma, int count) {
    const nixe_symmetry *symmetry = &displacement->response->symmetry;
    const int n = displacement->lattice->sites, d = displacement->lattice->dimension;
    const int reps = symmetry->representatives, elements = symmetry->elements;
    const double one = 1, zero = 0;
    const PetscBLASInt width = (count + CHUNK - 1) / CHUNK * CHUNK, stride = WIDTH;
    displacement->width = width;
    set_s(displacement, sigma, count);
    for (int r = 0; r < reps; r++) {
        double *source = displacement->source + (long)r * WIDTH;
        for (int g = 0; g < elements; g++) {
            const double *s = displacement->s + (long)symmetry->image[(long)g * n + symmetry->representative[r]] * CHUNK;
            for (int first = 0; first < width; first += CHUNK)
                memcpy(source + (long)g * reps * WIDTH + first, s + (long)first * n, CHUNK * sizeof(double));
        }
        transform(source, elements, (long)reps * WIDTH, width);
    }
    for (int c = 0; c < elements; c++) { /* solution_c = table_c source_c, as the transposed product of column-major BLAS */
        const PetscBLASInt rows = reps * d, columns = reps;
        BLASgemm_("N", "N", &width, &rows, &columns, &one, displacement->source + (long)c * reps * WIDTH, &stride,
                  displacement->response->table + (long)c * rows * columns, &columns, &zero,
                  displacement->solution + (long)c * rows * WIDTH, &stride);
    }
    for (int row = 0; row < reps * d; row++) {
        double *solution = displacement->solution + (long)row * WIDTH;
        transform(solution, elements, (long)reps * d * WIDTH, width);
        for (int g = 0; g < elements; g++) {
            const long site = symmetry->image[(long)g * n + symmetry->representative[row / d]];
            const double *image = solution + (long)g * reps * d * WIDTH, sign = flip(g, row % d);
            for (int first = 0; first < width; first += CHUNK) {
                double *u = displacement->u + (long)first * n * d + (site * d + row % d) * CHUNK;
                for (int w = 0; w < CHUNK; w++) u[w] = sign * image[first + w];
            }
        }
    }
}
