/* Displacement: minimum-energy displacements of many configurations at once. Nothing here is collective. */
#include "nixe/elasticity/displacement.h"

#include <petscsys.h>

#include <petscblaslapack.h> /* needs petscsys.h before it */
#include <stdlib.h>
#include <string.h>

#include "nixe/elasticity/bulk.h"

enum { CHUNK = NIXE_CHUNK };

/* The crystals of the paper come in the largest stacks, larger ones in the memory of these. Factors take wider ones, up to
 * which they solve faster: the last digits of what they solve for depend on it. */
int nixe_displacement_stack(const nixe_lattice *lattice) {
    const long largest_of_most = nixe_response_choose(lattice) == NIXE_RESPONSE_FACTORS ? 4096 : 1728;
    const long fits = NIXE_CONFIGURATIONS * largest_of_most / lattice->sites / CHUNK * CHUNK;
    return fits > NIXE_CONFIGURATIONS ? NIXE_CONFIGURATIONS : fits < CHUNK ? CHUNK : (int)fits;
}

double nixe_displacement_bytes(const nixe_lattice *lattice) {
    const double n = lattice->sites, d = lattice->dimension, stack = nixe_displacement_stack(lattice);
    const double twice = 1.3, operations = lattice->symmetry.operations; /* twice: sites on mirrors are there so */
    const double both = (1 + d) * n * stack;
    if (lattice->torus.sites) return 8 * (both + 2 * (1 + d) * n); /* real numbers and waves */
    if (nixe_response_choose(lattice) == NIXE_RESPONSE_TABLE) return 8 * (2 * both + operations * d * stack);
    return 8 * (both + twice * both + 3 * twice * d * n * stack); /* the last: the columns of a solve */
}

nixe_status nixe_displacement_create(nixe_displacement *displacement, const nixe_lattice *lattice,
                                     const nixe_response *response) {
    const long n = lattice->sites, d = lattice->dimension, stack = nixe_displacement_stack(lattice);
    const nixe_blocks *blocks = nixe_response_blocks(response);
    const nixe_adapted *adapted = response->adapted;
    *displacement = (nixe_displacement){.lattice = lattice, .response = response, .stack = (int)stack};
    NIXE_TRY(nixe_allocate(&displacement->s, n * stack, sizeof(double), "the displacements"));
    NIXE_TRY(nixe_allocate(&displacement->u, nixe_lattice_freedoms(lattice) * stack, sizeof(double), "the displacements"));
    if (lattice->torus.sites) {
        NIXE_TRY(nixe_fourier_create(&displacement->waves_of_s, lattice->torus.cells, lattice->torus.sites));
        return nixe_fourier_create(&displacement->waves_of_u, lattice->torus.cells, lattice->torus.sites * (int)d);
    }
    const long numbers = blocks ? (long)blocks->blocks * blocks->sites : n;
    const long freedoms = blocks ? blocks->blocks * blocks->size : n * d;
    const long scratch = adapted ? (long)lattice->symmetry.mirrors * adapted->most * d : 0;
    NIXE_TRY(nixe_allocate(&displacement->source, numbers * stack, sizeof(double), "the displacements"));
    NIXE_TRY(nixe_allocate(&displacement->orbit, scratch * stack, sizeof(double), "the displacements"));
    return nixe_allocate(&displacement->solution, freedoms * stack, sizeof(double), "the displacements");
}

void nixe_displacement_destroy(nixe_displacement *displacement) {
    free(displacement->s);
    free(displacement->u);
    free(displacement->source);
    free(displacement->solution);
    free(displacement->orbit);
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
    const long n = lattice->sites, d = lattice->dimension;
    const double *table = displacement->response->table + displacement->response->strains;
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

/* Sites of a wedge, and the mirrors that make others of them. */
typedef struct {
    int mirrors, count;
    const int32_t *site;
} sites;

/* s of these, and the sums of it over the mirrors with the signs of each character: shape [mirrors, count, stack]. */
static void gather(const nixe_displacement *displacement, sites of, double *sums) {
    const nixe_lattice *lattice = displacement->lattice;
    const long n = lattice->sites, stride = displacement->stack, block = of.count * stride;
    for (int r = 0; r < of.count; r++) {
        double *sum = sums + r * stride;
        for (int e = 0; e < of.mirrors; e++) {
            const double *s = displacement->s + (long)nixe_symmetry_mirrored(lattice, e, of.site[r]) * CHUNK;
            for (int first = 0; first < displacement->width; first += CHUNK)
                memcpy(sum + e * block + first, s + first * n, CHUNK * sizeof(double));
        }
        nixe_blocks_transform(sum, of.mirrors, block, displacement->width);
    }
}

/* The displacements of these and of their images from their parts by characters, `block` numbers for each of these. */
static void spread(const nixe_displacement *displacement, sites of, double *parts, long block) {
    const nixe_lattice *lattice = displacement->lattice;
    const int d = lattice->dimension;
    const long stride = displacement->stack;
    for (int row = 0; row < of.count * d; row++) {
        double *part = parts + row * stride;
        nixe_blocks_transform(part, of.mirrors, block, displacement->width);
        for (int e = 0; e < of.mirrors; e++) {
            const long site = nixe_symmetry_mirrored(lattice, e, of.site[row / d]);
            const double *image = part + e * block, sign = nixe_symmetry_flip(&lattice->symmetry, e, row % d);
            for (int first = 0; first < displacement->width; first += CHUNK) {
                double *u = displacement->u + first * nixe_lattice_freedoms(lattice) + (site * d + row % d) * CHUNK;
                for (int w = 0; w < CHUNK; w++) u[w] = sign * image[first + w];
            }
        }
    }
}

/* The parts of the displacements by all functions from those of s, as the transposed product of column-major BLAS. */
static void multiply(const nixe_displacement *displacement) {
    const double one = 1, zero = 0;
    const nixe_response *response = displacement->response;
    const nixe_basis *from = &response->adapted->numbers, *to = &response->adapted->displacements;
    const PetscBLASInt width = displacement->width, stride = displacement->stack;
    for (int k = 0; k < response->adapted->group.count; k++)
        for (int i = 0; i < response->adapted->group.representation[k].rows; i++) {
            const PetscBLASInt rows = to->multiplicity[k], columns = from->multiplicity[k];
            double *solution = displacement->solution + (long)(to->first[k] + i * rows) * stride;
            if (columns == 0) memset(solution, 0, (size_t)(rows * stride) * sizeof *solution);
            else if (rows > 0)
                BLASgemm_("N", "N", &width, &rows, &columns, &one,
                          displacement->source + (long)(from->first[k] + i * columns) * stride, &stride,
                          response->table + response->place[k], &columns, &zero, solution, &stride);
        }
}

/* Orbit o: its sites of the wedge. */
static sites sites_of(const nixe_adapted *adapted, int o) {
    const int begin = adapted->begin[o];
    return (sites){adapted->lattice->symmetry.mirrors, adapted->begin[o + 1] - begin, adapted->site + begin};
}

/* Displacements by the table: to the functions of s, orbit by orbit, by these, and back. */
static void look_up(const nixe_displacement *displacement) {
    const nixe_adapted *adapted = displacement->response->adapted;
    const int d = displacement->lattice->dimension, width = displacement->width;
    const long stride = displacement->stack;
    for (int o = 0; o < adapted->orbits; o++) {
        gather(displacement, sites_of(adapted, o), displacement->orbit);
        nixe_sparse_apply(&adapted->fold, adapted->first[o], adapted->first[o + 1], adapted->function, width,
                          displacement->orbit, stride, displacement->source, stride);
    }
    multiply(displacement);
    for (int o = 0; o < adapted->orbits; o++) {
        const sites of = sites_of(adapted, o);
        const long rows = of.count * d, first = (long)of.mirrors * d * adapted->begin[o];
        nixe_sparse_apply(&adapted->expand, first, first + of.mirrors * rows, NULL, width, displacement->solution, stride,
                          displacement->orbit, stride);
        spread(displacement, of, displacement->orbit, rows * stride);
    }
    set_strains(displacement);
}

/* The strains of the periods as they were solved for. */
static void copy_strains(const nixe_displacement *displacement, const nixe_blocks *blocks) {
    const nixe_lattice *lattice = displacement->lattice;
    const long freedoms = nixe_lattice_freedoms(lattice), stride = displacement->stack;
    for (int first = 0; first < displacement->width; first += CHUNK)
        for (int e = 0; e < lattice->strains; e++)
            memcpy(displacement->u + first * freedoms + (freedoms - lattice->strains + e) * CHUNK,
                   displacement->solution + (blocks->size - lattice->strains + e) * stride + first, CHUNK * sizeof(double));
}

/* Displacements by factors. */
static nixe_status solve(const nixe_displacement *displacement) {
    const nixe_response *response = displacement->response;
    const nixe_blocks *blocks = nixe_response_blocks(response);
    const sites all = {blocks->blocks, blocks->sites, blocks->representative};
    const long stride = displacement->stack;
    gather(displacement, all, displacement->source);
    NIXE_TRY(nixe_response_solve(response, displacement->source, stride, displacement->width, displacement->solution));
    spread(displacement, all, displacement->solution, blocks->size * stride);
    copy_strains(displacement, blocks);
    return NIXE_OK;
}

nixe_status nixe_displacement_solve(nixe_displacement *displacement, const int8_t *sigma, int count) {
    displacement->width = (count + CHUNK - 1) / CHUNK * CHUNK;
    set_s(displacement, sigma, count);
    if (displacement->response->factors) return solve(displacement);
    if (displacement->lattice->torus.sites) convolve(displacement);
    else look_up(displacement);
    return NIXE_OK;
}
