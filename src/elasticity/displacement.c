/* Displacement: minimum-energy displacements of many configurations at once. Nothing here is collective. */
#include "nixe/elasticity/displacement.h"

#include <petscsys.h>

#include <petscblaslapack.h> /* needs petscsys.h before it */
#include <stdlib.h>
#include <string.h>

#include "nixe/base/vectorised.h"
#include "nixe/elasticity/bulk.h"
#include "nixe/elasticity/columns.h"

enum { CHUNK = NIXE_CHUNK };

int nixe_displacement_stack(const nixe_lattice *lattice) {
    const long largest_of_most = 4096, fits = NIXE_CONFIGURATIONS * largest_of_most / lattice->sites / CHUNK * CHUNK;
    return fits > NIXE_CONFIGURATIONS ? NIXE_CONFIGURATIONS : fits < CHUNK ? CHUNK : (int)fits;
}

double nixe_displacement_bytes(const nixe_lattice *lattice) {
    const double n = lattice->sites, d = lattice->dimension, stack = nixe_displacement_stack(lattice);
    const double images = lattice->torus.sites ? 2 : 1.3 * stack; /* real numbers and waves; sites on mirrors are there twice */
    return 8 * n * (1 + d) * (stack + images);
}

/* How component k of a displacement changes sign under mirror number e. */
static double flip(const nixe_symmetry *symmetry, int e, int k) { return symmetry->flips[e] >> k & 1 ? -1.0 : 1.0; }

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

/* Column r of the products, from the displacements of that site of the wedge. */
static void set_column(const nixe_lattice *lattice, int r, const double *u, double *table) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const int d = lattice->dimension, mirrors = symmetry->mirrors;
    const long wedge = symmetry->wedge_sites, source = symmetry->wedge[r];
    const double scale = 1.0 / (mirrors * nixe_symmetry_fixing(lattice, (int)source));
    for (long row = 0; row < wedge * d; row++) {
        double x[8];
        for (int e = 0; e < mirrors; e++) {
            const long site = nixe_symmetry_mirrored(lattice, e, symmetry->wedge[row / d]);
            x[e] = flip(symmetry, e, (int)(row % d)) * u[site * d + row % d];
        }
        transform(x, mirrors, 1, 1);
        for (int c = 0; c < mirrors; c++) table[(c * wedge * d + row) * wedge + r] = scale * x[c];
    }
}

/* The strains by that site and by its mirror images. */
static void set_strain(const nixe_lattice *lattice, int r, const double *u, double *table) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const long n = lattice->sites;
    for (int e = 0; e < symmetry->mirrors; e++) {
        double turned[6];
        nixe_symmetry_turn_strains(lattice, symmetry->mirror[e], u + lattice->dimension * n, turned);
        for (int s = 0; s < lattice->strains; s++)
            table[s * n + nixe_symmetry_mirrored(lattice, e, symmetry->wedge[r])] = turned[s];
    }
}

nixe_status nixe_response_fill(const nixe_blocks *blocks, const double *w, int first, int last, double *table) {
    const nixe_lattice *lattice = blocks->lattice;
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const long size = nixe_lattice_freedoms(lattice), wedge = symmetry->wedge_sites;
    double *u, *turned;
    int32_t *carried;
    NIXE_TRY(nixe_allocate(&u, size, sizeof *u, "the response"));
    NIXE_TRY(nixe_allocate(&turned, size, sizeof *turned, "the response"));
    NIXE_TRY(nixe_allocate(&carried, lattice->sites, sizeof *carried, "the response"));
    for (int r = first; r < last; r++) {
        const int source = symmetry->wedge[r];
        nixe_columns_unfold(blocks, w, symmetry->orbit[source], u);
        nixe_symmetry_carry(lattice, source, carried);
        nixe_symmetry_turn(lattice, source, carried, u, turned);
        set_column(lattice, r, turned, table);
        if (lattice->strains) set_strain(lattice, r, turned, table + symmetry->mirrors * lattice->dimension * wedge * wedge);
    }
    free(u);
    free(turned);
    free(carried);
    return NIXE_OK;
}

nixe_status nixe_displacement_create(nixe_displacement *displacement, const nixe_lattice *lattice,
                                     const nixe_response *response) {
    const long n = lattice->sites, d = lattice->dimension, stack = nixe_displacement_stack(lattice);
    const long images = lattice->symmetry.mirrors * lattice->symmetry.wedge_sites * stack;
    *displacement = (nixe_displacement){.lattice = lattice, .response = response};
    NIXE_TRY(nixe_allocate(&displacement->s, n * stack, sizeof(double), "the displacements"));
    NIXE_TRY(nixe_allocate(&displacement->u, nixe_lattice_freedoms(lattice) * stack, sizeof(double), "the displacements"));
    if (lattice->torus.sites) {
        NIXE_TRY(nixe_fourier_create(&displacement->waves_of_s, lattice->torus.cells, lattice->torus.sites));
        return nixe_fourier_create(&displacement->waves_of_u, lattice->torus.cells, lattice->torus.sites * (int)d);
    }
    NIXE_TRY(nixe_allocate(&displacement->source, images, sizeof(double), "the displacements"));
    return nixe_allocate(&displacement->solution, images * d, sizeof(double), "the displacements");
}

void nixe_displacement_destroy(nixe_displacement *displacement) {
    free(displacement->s);
    free(displacement->u);
    free(displacement->source);
    free(displacement->solution);
    nixe_fourier_destroy(&displacement->waves_of_s);
    nixe_fourier_destroy(&displacement->waves_of_u);
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

/* The strains of the periods, behind the displacements of each chunk. */
static void set_strains(nixe_displacement *displacement) {
    const nixe_lattice *lattice = displacement->lattice;
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const long n = lattice->sites, d = lattice->dimension, wedge = symmetry->wedge_sites;
    const double *table = displacement->response->table + symmetry->mirrors * d * wedge * wedge;
    for (int first = 0; first < displacement->width; first += CHUNK)
        for (int strain = 0; strain < lattice->strains; strain++) {
            double *e = displacement->u + first * nixe_lattice_freedoms(lattice) + (n * d + strain) * CHUNK;
            memset(e, 0, CHUNK * sizeof *e);
            for (long site = 0; site < n; site++)
                for (int w = 0; w < CHUNK; w++)
                    e[w] += table[strain * n + site] * displacement->s[first * n + site * CHUNK + w];
        }
}

/* The displacements of a torus, and the strains of its periods. */
static void convolve(nixe_displacement *displacement) {
    const nixe_lattice *lattice = displacement->lattice;
    const nixe_fourier *source = &displacement->waves_of_s, *solution = &displacement->waves_of_u;
    const long n = lattice->sites, d = lattice->dimension;
    for (int w = 0; w < displacement->width; w++) {
        const double *s = displacement->s + (long)(w / CHUNK) * n * CHUNK + w % CHUNK;
        double *u = displacement->u + (long)(w / CHUNK) * CHUNK * nixe_lattice_freedoms(lattice) + w % CHUNK;
        for (long site = 0; site < n; site++) source->real[lattice->torus.place[site]] = s[site * CHUNK];
        nixe_fourier_forward(source);
        double strain[6];
        nixe_bulk_respond(lattice, displacement->response->table, source, solution, strain);
        nixe_fourier_backward(solution);
        for (long site = 0; site < n; site++)
            for (long k = 0; k < d; k++) u[(site * d + k) * CHUNK] = solution->real[lattice->torus.place[site] * d + k];
        for (int e = 0; e < lattice->strains; e++) u[(n * d + e) * CHUNK] = strain[e];
    }
}

/* The displacements of other crystals, by the characters of their mirrors. */
static void multiply(nixe_displacement *displacement) {
    const nixe_lattice *lattice = displacement->lattice;
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const int n = lattice->sites, d = lattice->dimension, reps = symmetry->wedge_sites, elements = symmetry->mirrors;
    const double one = 1, zero = 0;
    const PetscBLASInt width = displacement->width, stride = nixe_displacement_stack(lattice);
    for (int r = 0; r < reps; r++) {
        double *source = displacement->source + (long)r * stride;
        for (int g = 0; g < elements; g++) {
            const double *s = displacement->s + (long)nixe_symmetry_mirrored(lattice, g, symmetry->wedge[r]) * CHUNK;
            for (int first = 0; first < width; first += CHUNK)
                memcpy(source + (long)g * reps * stride + first, s + (long)first * n, CHUNK * sizeof(double));
        }
        transform(source, elements, (long)reps * stride, width);
    }
    for (int c = 0; c < elements; c++) { /* solution_c = table_c source_c, as the transposed product of column-major BLAS */
        const PetscBLASInt rows = reps * d, columns = reps;
        BLASgemm_("N", "N", &width, &rows, &columns, &one, displacement->source + (long)c * reps * stride, &stride,
                  displacement->response->table + (long)c * rows * columns, &columns, &zero,
                  displacement->solution + (long)c * rows * stride, &stride);
    }
    for (int row = 0; row < reps * d; row++) {
        double *solution = displacement->solution + (long)row * stride;
        transform(solution, elements, (long)reps * d * stride, width);
        for (int g = 0; g < elements; g++) {
            const long site = nixe_symmetry_mirrored(lattice, g, symmetry->wedge[row / d]);
            const double *image = solution + (long)g * reps * d * stride, sign = flip(symmetry, g, row % d);
            for (int first = 0; first < width; first += CHUNK) {
                double *u = displacement->u + first * nixe_lattice_freedoms(lattice) + (site * d + row % d) * CHUNK;
                for (int w = 0; w < CHUNK; w++) u[w] = sign * image[first + w];
            }
        }
    }
    set_strains(displacement);
}

void nixe_displacement_solve(nixe_displacement *displacement, const int8_t *sigma, int count) {
    displacement->width = (count + CHUNK - 1) / CHUNK * CHUNK;
    set_s(displacement, sigma, count);
    if (displacement->lattice->torus.sites) convolve(displacement);
    else multiply(displacement);
}
