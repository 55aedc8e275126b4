/* Symmetry: the operations that map a crystal onto itself. Pure; nothing here is collective. */
#include "nixe/crystal/symmetry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/crystal/lattice.h"

/* Whether a strain stretches one direction: its matrix is a projection, with trace 1. */
static int is_stretching(const nixe_lattice *lattice, int strain) {
    const double *m = lattice->strain[strain];
    return m[0] + m[4] + m[8] > 0.5;
}

/* The images of all sites under x -> rotation (x - center) + center + shift; 0 if it does not map the crystal onto itself. */
static int try_operation(const nixe_lattice *lattice, const double rotation[9], const double center[3], const double shift[3],
                         int32_t *image) {
    const int d = lattice->dimension;
    for (int site = 0; site < lattice->sites; site++) {
        const double *at = lattice->position + (long)d * site;
        double x[3];
        for (int k = 0; k < d; k++) {
            x[k] = center[k] + shift[k];
            for (int m = 0; m < d; m++) x[k] += rotation[3 * k + m] * (at[m] - center[m]);
        }
        image[site] = nixe_lattice_find(lattice, x);
        if (image[site] < 0 || lattice->layer[image[site]] != lattice->layer[site]) return 0;
    }
    return 1;
}

/* Try an operation, for which there is room, and keep it if it is one. */
static void add_operation(nixe_symmetry *symmetry, const nixe_lattice *lattice, const double rotation[9],
                          const double center[3], const double shift[3]) {
    const long n = lattice->sites;
    if (!try_operation(lattice, rotation, center, shift, symmetry->image + symmetry->operations * n)) return;
    memcpy(symmetry->rotation[symmetry->operations++], rotation, 9 * sizeof *rotation);
}

/* The center of rotations: the centroid, in the directions of the periods the first site. */
static void set_center(const nixe_lattice *lattice, double center[3]) {
    for (int k = 0; k < lattice->dimension; k++) {
        center[k] = lattice->centroid[k];
        for (int strain = 0; strain < lattice->strains; strain++) /* those of stretching along orthogonal directions span it */
            for (int l = 0; l < lattice->dimension; l++)
                if (is_stretching(lattice, strain))
                    center[k] += lattice->strain[strain][3 * k + l] * (lattice->position[l] - lattice->centroid[l]);
    }
}

static void set_orbits(nixe_symmetry *symmetry, int sites) {
    memset(symmetry->orbit, -1, (size_t)sites * sizeof *symmetry->orbit);
    for (int site = 0; site < sites; site++) {
        if (symmetry->orbit[site] >= 0) continue;
        for (int g = 0; g < symmetry->operations; g++) {
            const int image = symmetry->image[(long)g * sites + site];
            if (symmetry->orbit[image] >= 0) continue;
            symmetry->orbit[image] = symmetry->orbits;
            symmetry->operation[image] = g;
        }
        symmetry->representative[symmetry->orbits++] = site;
    }
}

/* The coordinates that an operation flips, as bits; -1 if it does more. */
static int flips_of(const double rotation[9]) {
    int flips = 0;
    for (int x = 0; x < 9; x++) {
        if (fabs(fabs(rotation[x]) - (x % 4 == 0)) > 1e-6) return -1;
        if (rotation[x] < -0.5) flips |= 1 << (x / 4);
    }
    return flips;
}

/* The mirrors: those flips that are there, spanned by as few as need be. */
static void set_mirrors(nixe_symmetry *symmetry) {
    int of_flips[8];
    memset(of_flips, -1, sizeof of_flips);
    for (int g = symmetry->operations - 1; g >= 0; g--) { /* of several, the first: that about the center */
        const int flips = flips_of(symmetry->rotation[g]);
        if (flips >= 0) of_flips[flips] = g;
    }
    symmetry->mirrors = 1;
    for (int flips = 1; flips < 8; flips++) {
        int known = of_flips[flips] < 0;
        for (int e = 0; e < symmetry->mirrors; e++) known |= symmetry->flips[e] == flips;
        if (known) continue;
        for (int e = 0; e < symmetry->mirrors; e++) symmetry->flips[symmetry->mirrors + e] = symmetry->flips[e] ^ flips;
        symmetry->mirrors *= 2;
    }
    for (int e = 0; e < symmetry->mirrors; e++) symmetry->mirror[e] = of_flips[symmetry->flips[e]];
}

/* Of what the mirrors make of a site: whether it is the farthest along x, then y, then z. */
static int is_in_wedge(const nixe_symmetry *symmetry, const nixe_lattice *lattice, int site) {
    const int d = lattice->dimension;
    for (int e = 1; e < symmetry->mirrors; e++) {
        const double *at = lattice->position + (long)d * site;
        const double *other = lattice->position + (long)d * symmetry->image[(long)symmetry->mirror[e] * lattice->sites + site];
        for (int k = 0; k < d; k++) {
            if (other[k] > at[k] + 1e-6) return 0;
            if (other[k] < at[k] - 1e-6) break;
        }
    }
    return 1;
}

nixe_status nixe_symmetry_create(nixe_symmetry *symmetry, const nixe_lattice *lattice) {
    double operation[NIXE_MAX_OPERATIONS][9], center[3], shift[3] = {0};
    const int n = lattice->sites, all = nixe_lattice_operations(&nixe_lattice_kinds[lattice->type], operation);
    const int translations = lattice->periods ? n - 1 : 0; /* at the most: that of the first site to each other */
    *symmetry = (nixe_symmetry){0};
    NIXE_TRY(nixe_allocate(&symmetry->rotation, all + translations, sizeof *symmetry->rotation, "the symmetry"));
    NIXE_TRY(nixe_allocate(&symmetry->image, (long)(all + translations) * n, sizeof(int32_t), "the symmetry"));
    NIXE_TRY(nixe_allocate(&symmetry->representative, n, sizeof(int32_t), "the symmetry"));
    NIXE_TRY(nixe_allocate(&symmetry->orbit, n, sizeof(int32_t), "the symmetry"));
    NIXE_TRY(nixe_allocate(&symmetry->operation, n, sizeof(int32_t), "the symmetry"));
    NIXE_TRY(nixe_allocate(&symmetry->wedge, n, sizeof(int32_t), "the symmetry"));
    set_center(lattice, center);
    for (int g = 0; g < all; g++) add_operation(symmetry, lattice, operation[g], center, shift);
    for (int site = 1; site <= translations; site++) {
        for (int k = 0; k < lattice->dimension; k++)
            shift[k] = lattice->position[(long)lattice->dimension * site + k] - lattice->position[k];
        add_operation(symmetry, lattice, operation[0], center, shift);
    }
    int32_t *kept = realloc(symmetry->image, (size_t)symmetry->operations * (size_t)n * sizeof *kept);
    if (kept) symmetry->image = kept; /* only less memory */
    set_orbits(symmetry, n);
    set_mirrors(symmetry);
    for (int site = 0; site < n; site++)
        if (is_in_wedge(symmetry, lattice, site)) symmetry->wedge[symmetry->wedge_sites++] = site;
    return NIXE_OK;
}

void nixe_symmetry_destroy(nixe_symmetry *symmetry) {
    free(symmetry->rotation);
    free(symmetry->image);
    free(symmetry->representative);
    free(symmetry->orbit);
    free(symmetry->operation);
    free(symmetry->wedge);
    *symmetry = (nixe_symmetry){0};
}

int nixe_symmetry_mirrored(const nixe_lattice *lattice, int e, int site) {
    return lattice->symmetry.image[(long)lattice->symmetry.mirror[e] * lattice->sites + site];
}

int nixe_symmetry_fixing(const nixe_lattice *lattice, int site) {
    int fixing = 0;
    for (int e = 0; e < lattice->symmetry.mirrors; e++) fixing += nixe_symmetry_mirrored(lattice, e, site) == site;
    return fixing;
}

/* rotation m rotation', with m of rows of 3. */
static void turn_matrix(const double rotation[9], const double m[9], double turned[9]) {
    for (int x = 0; x < 9; x++) {
        turned[x] = 0;
        for (int k = 0; k < 3; k++)
            for (int l = 0; l < 3; l++) turned[x] += rotation[x / 3 * 3 + k] * m[3 * k + l] * rotation[x % 3 * 3 + l];
    }
}

/* The strains, too: E -> g E g'; each is read off by its own matrix, of which those of shear have the square 2. */
void nixe_symmetry_turn_strains(const nixe_lattice *lattice, int operation, const double *strain, double *turned) {
    const double *rotation = lattice->symmetry.rotation[operation];
    double m[9] = {0}, image[9];
    for (int s = 0; s < lattice->strains; s++)
        for (int x = 0; x < 9; x++) m[x] += strain[s] * lattice->strain[s][x];
    turn_matrix(rotation, m, image);
    for (int s = 0; s < lattice->strains; s++) {
        double square = 0;
        turned[s] = 0;
        for (int x = 0; x < 9; x++) {
            turned[s] += image[x] * lattice->strain[s][x];
            square += lattice->strain[s][x] * lattice->strain[s][x];
        }
        turned[s] /= square;
    }
}

void nixe_symmetry_turn(const nixe_lattice *lattice, int operation, const double *u, double *turned) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const int d = lattice->dimension;
    const double *rotation = symmetry->rotation[operation];
    for (long site = 0; site < lattice->sites; site++) {
        double *to = turned + d * (long)symmetry->image[operation * (long)lattice->sites + site];
        for (int k = 0; k < d; k++) {
            to[k] = 0;
            for (int m = 0; m < d; m++) to[k] += rotation[3 * k + m] * u[d * site + m];
        }
    }
    nixe_symmetry_turn_strains(lattice, operation, u + d * (long)lattice->sites, turned + d * (long)lattice->sites);
}
