/* Displacement: minimum-energy displacements of many configurations at once. Nothing here is collective. */
#include "nixe/elasticity/displacement.h"

#include <petscsys.h>

#include <petscblaslapack.h> /* needs petscsys.h before it */
#include <stdlib.h>
#include <string.h>

#include "nixe/elasticity/bulk.h"

enum { CHUNK = NIXE_CHUNK };

int nixe_displacement_stack(const nixe_lattice *lattice) {
    const long largest_of_most = 4096, fits = NIXE_CONFIGURATIONS * largest_of_most / lattice->sites / CHUNK * CHUNK;
    return fits > NIXE_CONFIGURATIONS ? NIXE_CONFIGURATIONS : fits < CHUNK ? CHUNK : (int)fits;
}

double nixe_displacement_bytes(const nixe_lattice *lattice) {
    const double n = lattice->sites, d = lattice->dimension, stack = nixe_displacement_stack(lattice);
    const double images = lattice->torus.sites ? 2 : 1.3 * stack; /* real numbers and waves; sites on mirrors are there twice */
    const nixe_response_form form = nixe_response_choose(lattice);
    const int copies = form == NIXE_RESPONSE_FACTORS ? 3 : 0;
    const double columns = copies * 1.3 * stack; /* of a solve */
    return 8 * n * ((1 + d) * (stack + images) + d * columns);
}

/* The sites by which the mirrors make all others, and what is known of each character: their displacements, and strains where
 * these are solved for. */
typedef struct {
    int mirrors, sites;
    long size;
    const int32_t *site; /* sites */
} division;

static division division_of(const nixe_lattice *lattice, const nixe_response *response) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const nixe_blocks *blocks = nixe_response_blocks(response);
    if (blocks) return (division){blocks->blocks, blocks->sites, blocks->size, blocks->representative};
    return (division){symmetry->mirrors, symmetry->wedge_sites, (long)symmetry->wedge_sites * lattice->dimension,
                      symmetry->wedge};
}

nixe_status nixe_displacement_create(nixe_displacement *displacement, const nixe_lattice *lattice,
                                     const nixe_response *response) {
    const long n = lattice->sites, d = lattice->dimension, stack = nixe_displacement_stack(lattice);
    const division of = division_of(lattice, response);
    *displacement = (nixe_displacement){.lattice = lattice, .response = response};
    NIXE_TRY(nixe_allocate(&displacement->s, n * stack, sizeof(double), "the displacements"));
    NIXE_TRY(nixe_allocate(&displacement->u, nixe_lattice_freedoms(lattice) * stack, sizeof(double), "the displacements"));
    if (lattice->torus.sites) {
        NIXE_TRY(nixe_fourier_create(&displacement->waves_of_s, lattice->torus.cells, lattice->torus.sites));
        return nixe_fourier_create(&displacement->waves_of_u, lattice->torus.cells, lattice->torus.sites * (int)d);
    }
    NIXE_TRY(nixe_allocate(&displacement->source, of.mirrors * of.sites * stack, sizeof(double), "the displacements"));
    return nixe_allocate(&displacement->solution, of.mirrors * of.size * stack, sizeof(double), "the displacements");
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

/* The strains of the periods by the table, behind the displacements of each chunk. */
static void set_strains(const nixe_displacement *displacement) {
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

/* s of the sites of each wedge, and the sums of it over the mirrors with the signs of each character. */
static void set_source(const nixe_displacement *displacement, const division *of) {
    const nixe_lattice *lattice = displacement->lattice;
    const long n = lattice->sites, stride = nixe_displacement_stack(lattice), block = of->sites * stride;
    for (int r = 0; r < of->sites; r++) {
        double *source = displacement->source + r * stride;
        for (int e = 0; e < of->mirrors; e++) {
            const double *s = displacement->s + (long)nixe_symmetry_mirrored(lattice, e, of->site[r]) * CHUNK;
            for (int first = 0; first < displacement->width; first += CHUNK)
                memcpy(source + e * block + first, s + first * n, CHUNK * sizeof(double));
        }
        nixe_blocks_transform(source, of->mirrors, block, displacement->width);
    }
}

/* solution_c = table_c source_c, as the transposed product of column-major BLAS. */
static void multiply(const nixe_displacement *displacement, const division *of) {
    const double one = 1, zero = 0;
    const PetscBLASInt width = displacement->width, stride = nixe_displacement_stack(displacement->lattice);
    const PetscBLASInt rows = (PetscBLASInt)of->size, columns = of->sites;
    for (long c = 0; c < of->mirrors; c++)
        BLASgemm_("N", "N", &width, &rows, &columns, &one, displacement->source + c * columns * stride, &stride,
                  displacement->response->table + c * rows * columns, &columns, &zero,
                  displacement->solution + c * rows * stride, &stride);
}

/* The displacements of all sites from their parts by characters. */
static void set_displacements(const nixe_displacement *displacement, const division *of) {
    const nixe_lattice *lattice = displacement->lattice;
    const int d = lattice->dimension;
    const long stride = nixe_displacement_stack(lattice), block = of->size * stride;
    for (int row = 0; row < of->sites * d; row++) {
        double *solution = displacement->solution + row * stride;
        nixe_blocks_transform(solution, of->mirrors, block, displacement->width);
        for (int e = 0; e < of->mirrors; e++) {
            const long site = nixe_symmetry_mirrored(lattice, e, of->site[row / d]);
            const double *image = solution + e * block, sign = nixe_symmetry_flip(&lattice->symmetry, e, row % d);
            for (int first = 0; first < displacement->width; first += CHUNK) {
                double *u = displacement->u + first * nixe_lattice_freedoms(lattice) + (site * d + row % d) * CHUNK;
                for (int w = 0; w < CHUNK; w++) u[w] = sign * image[first + w];
            }
        }
    }
}

/* The strains of the periods as they were solved for. */
static void copy_strains(const nixe_displacement *displacement, const division *of) {
    const nixe_lattice *lattice = displacement->lattice;
    const long freedoms = nixe_lattice_freedoms(lattice), stride = nixe_displacement_stack(lattice);
    for (int first = 0; first < displacement->width; first += CHUNK)
        for (int e = 0; e < lattice->strains; e++)
            memcpy(displacement->u + first * freedoms + (freedoms - lattice->strains + e) * CHUNK,
                   displacement->solution + (of->size - lattice->strains + e) * stride + first, CHUNK * sizeof(double));
}

nixe_status nixe_displacement_solve(nixe_displacement *displacement, const int8_t *sigma, int count) {
    const nixe_response *response = displacement->response;
    const division of = division_of(displacement->lattice, response);
    displacement->width = (count + CHUNK - 1) / CHUNK * CHUNK;
    set_s(displacement, sigma, count);
    if (displacement->lattice->torus.sites) return convolve(displacement), NIXE_OK;
    set_source(displacement, &of);
    if (response->factors)
        NIXE_TRY(nixe_response_solve(response, displacement->source, nixe_displacement_stack(displacement->lattice),
                                     displacement->width, displacement->solution));
    else multiply(displacement, &of);
    set_displacements(displacement, &of);
    if (response->factors) copy_strains(displacement, &of);
    else set_strains(displacement);
    return NIXE_OK;
}
