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

/* The images of all sites under x -> rotation (x - center) + center + shift; 0 if it does not map the crystal onto itself. Of a
 * torus the sites of the first cell stand for all; `image` may be NULL. */
static int try_operation(const nixe_lattice *lattice, const double rotation[9], const double center[3], const double shift[3],
                         int32_t *image) {
    const int d = lattice->dimension, torus = lattice->torus.sites;
    for (int s = 0; s < (torus ? torus : lattice->sites); s++) {
        const int site = torus ? lattice->torus.site[s] : s;
        const double *at = lattice->position + (long)d * site;
        double x[3];
        for (int k = 0; k < d; k++) {
            x[k] = center[k] + shift[k];
            for (int m = 0; m < d; m++) x[k] += rotation[3 * k + m] * (at[m] - center[m]);
        }
        const int found = nixe_lattice_find(lattice, x);
        if (found < 0 || lattice->layer[found] != lattice->layer[site]) return 0;
        if (image) image[site] = found;
    }
    return 1;
}

/* Whether a rotation makes periods of the periods. */
static int keeps_periods(const nixe_lattice *lattice, const double rotation[9]) {
    for (int p = 0; p < lattice->periods; p++) {
        double turned[3], y[3];
        for (int k = 0; k < 3; k++) {
            turned[k] = 0;
            for (int l = 0; l < 3; l++) turned[k] += rotation[3 * k + l] * lattice->period[p][l];
        }
        nixe_lattice_coordinates(&nixe_lattice_kinds[lattice->type], 1, turned, y);
        for (int k = 0; k < lattice->dimension; k++) {
            const double part = lattice->cells[k] ? y[k] / lattice->cells[k] : 0, rest = y[k] - round(part) * lattice->cells[k];
            if (fabs(rest) > 1e-6) return 0;
        }
    }
    return 1;
}

/* Find the operation with this rotation, about the center or, in a periodic crystal, anywhere else. */
static int find_operation(const nixe_lattice *lattice, const double rotation[9], const double center[3], int32_t *image) {
    double shift[3] = {0};
    const int d = lattice->dimension, torus = lattice->torus.sites;
    if (!keeps_periods(lattice, rotation)) return 0;
    if (try_operation(lattice, rotation, center, shift, image)) return 1;
    for (int s = 0; s < (torus ? torus : lattice->sites) && lattice->periods;
         s++) { /* that which makes this site of the first */
        const int site = torus ? lattice->torus.site[s] : s;
        for (int k = 0; k < d; k++) {
            shift[k] = lattice->position[(long)d * site + k] - center[k];
            for (int m = 0; m < d; m++) shift[k] -= rotation[3 * k + m] * (lattice->position[m] - center[m]);
        }
        if (try_operation(lattice, rotation, center, shift, image)) return 1;
    }
    return 0;
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

/* The site that a translation makes of another. */
static int translated(const nixe_lattice *lattice, int translation, int site) {
    const int d = lattice->dimension;
    const double *x = lattice->position;
    double to[3];
    if (translation == 0) return site;
    for (int k = 0; k < d; k++) to[k] = x[(long)d * site + k] + x[(long)d * translation + k] - x[k];
    return nixe_lattice_find(lattice, to);
}

static void set_orbits(nixe_symmetry *symmetry, const nixe_lattice *lattice) {
    const int sites = lattice->sites, operations = lattice->torus.sites ? 1 : symmetry->operations;
    memset(symmetry->orbit, -1, (size_t)sites * sizeof *symmetry->orbit);
    for (int site = 0; site < sites; site++) {
        if (symmetry->orbit[site] >= 0) continue;
        for (int g = 0; g < operations; g++)
            for (int t = 0; t < symmetry->translations; t++) {
                const int image = translated(lattice, symmetry->shift[t], symmetry->image[(long)g * sites + site]);
                if (symmetry->orbit[image] >= 0) continue;
                symmetry->orbit[image] = symmetry->orbits;
                symmetry->operation[image] = g;
                symmetry->translation[image] = symmetry->shift[t];
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

/* Whether operation c does what b does after a. */
static int is_product(const nixe_symmetry *symmetry, int sites, int a, int b, int c) {
    const int32_t *first = symmetry->image + (long)a * sites, *second = symmetry->image + (long)b * sites;
    if (c < 0) return 0;
    for (int site = 0; site < sites; site++)
        if (second[first[site]] != symmetry->image[(long)c * sites + site]) return 0;
    return 1;
}

/* The mirrors: those flips that are there, spanned by as few as need be; in a periodic crystal not those that glide. */
static void set_mirrors(nixe_symmetry *symmetry, int sites) {
    int of_flips[8];
    memset(of_flips, -1, sizeof of_flips);
    for (int g = symmetry->operations - 1; g >= 0; g--) {
        const int flips = flips_of(symmetry->rotation[g]);
        if (flips >= 0) of_flips[flips] = g;
    }
    symmetry->mirrors = 1;
    for (int flips = 1; flips < 8; flips++) {
        const int own = of_flips[flips];
        int fits = own >= 0 && is_product(symmetry, sites, own, own, 0);
        for (int e = 0; e < symmetry->mirrors; e++) fits &= symmetry->flips[e] != flips;
        for (int e = 1; e < symmetry->mirrors && fits; e++) {
            const int product = of_flips[symmetry->flips[e] ^ flips];
            fits = is_product(symmetry, sites, symmetry->mirror[e], own, product) &&
                   is_product(symmetry, sites, own, symmetry->mirror[e], product);
        }
        if (!fits) continue;
        for (int e = 0; e < symmetry->mirrors; e++) {
            symmetry->flips[symmetry->mirrors + e] = symmetry->flips[e] ^ flips;
            symmetry->mirror[symmetry->mirrors + e] = of_flips[symmetry->flips[e] ^ flips];
        }
        symmetry->mirrors *= 2;
    }
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

/* The site of the basis that a site is. */
static int basis_of(const nixe_lattice *lattice, int site) {
    const int64_t basis = nixe_lattice_kinds[lattice->type].basis_sites, number = lattice->home[site] + lattice->origin;
    return (int)((number % basis + basis) % basis);
}

/* The translations, the identity first: those that make another site of the first. */
static nixe_status find_translations(nixe_symmetry *symmetry, const nixe_lattice *lattice) {
    const double unit[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, center[3] = {0};
    const int n = lattice->periods ? lattice->sites : 1;
    NIXE_TRY(nixe_allocate(&symmetry->shift, n, sizeof(int32_t), "the symmetry"));
    for (int site = 0; site < n; site++) {
        double shift[3];
        if (basis_of(lattice, site) != basis_of(lattice, 0)) continue;
        for (int k = 0; k < lattice->dimension; k++)
            shift[k] = lattice->position[(long)lattice->dimension * site + k] - lattice->position[k];
        if (lattice->torus.sites || try_operation(lattice, unit, center, shift, NULL))
            symmetry->shift[symmetry->translations++] = site;
    }
    return NIXE_OK;
}

static void set_inverses(nixe_symmetry *symmetry, int sites) {
    for (int g = 0; g < symmetry->operations; g++)
        for (int other = 0; other < symmetry->operations; other++) {
            double difference = 0;
            for (int x = 0; x < 9; x++)
                difference += fabs(symmetry->rotation[other][x] - symmetry->rotation[g][x % 3 * 3 + x / 3]);
            if (difference > 1e-6) continue;
            symmetry->inverse[g] = other;
            symmetry->rest[g] = symmetry->image[(long)other * sites + symmetry->image[(long)g * sites]];
        }
}

nixe_status nixe_symmetry_create(nixe_symmetry *symmetry, const nixe_lattice *lattice) {
    double rotation[NIXE_MAX_OPERATIONS][9], center[3];
    const int n = lattice->sites, all = nixe_lattice_operations(&nixe_lattice_kinds[lattice->type], rotation);
    const int torus = lattice->torus.sites > 0;
    *symmetry = (nixe_symmetry){.mirrors = 1};
    NIXE_TRY(nixe_allocate(&symmetry->rotation, all, sizeof *symmetry->rotation, "the symmetry"));
    NIXE_TRY(nixe_allocate(&symmetry->image, (torus ? 1L : all) * n, sizeof(int32_t), "the symmetry"));
    NIXE_TRY(nixe_allocate(&symmetry->inverse, all, sizeof(int32_t), "the symmetry"));
    NIXE_TRY(nixe_allocate(&symmetry->rest, all, sizeof(int32_t), "the symmetry"));
    int32_t **const lists[] = {&symmetry->representative, &symmetry->orbit, &symmetry->operation, &symmetry->translation,
                               &symmetry->wedge};
    for (int l = 0; l < 5; l++) NIXE_TRY(nixe_allocate(lists[l], n, sizeof(int32_t), "the symmetry"));
    set_center(lattice, center);
    for (int g = 0; g < all; g++) {
        int32_t *image = torus ? NULL : symmetry->image + (long)symmetry->operations * n;
        if (!find_operation(lattice, rotation[g], center, image)) continue;
        memcpy(symmetry->rotation[symmetry->operations++], rotation[g], sizeof rotation[g]);
    }
    for (int site = 0; site < n && torus; site++) symmetry->image[site] = site;
    NIXE_TRY(find_translations(symmetry, lattice));
    set_orbits(symmetry, lattice);
    if (torus) return NIXE_OK;
    set_inverses(symmetry, n);
    set_mirrors(symmetry, n);
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
    free(symmetry->translation);
    free(symmetry->inverse);
    free(symmetry->rest);
    free(symmetry->shift);
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

void nixe_symmetry_carry(const nixe_lattice *lattice, int site, int32_t *carried) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const int n = lattice->sites, translation = symmetry->translation[site];
    memcpy(carried, symmetry->image + (long)symmetry->operation[site] * n, (size_t)n * sizeof *carried);
    for (int other = 0; other < n && translation; other++) carried[other] = translated(lattice, translation, carried[other]);
}

/* The site of which a translation makes another. */
static int translated_back(const nixe_lattice *lattice, int translation, int site) {
    const int d = lattice->dimension;
    const double *x = lattice->position;
    double to[3];
    if (translation == 0) return site;
    for (int k = 0; k < d; k++) to[k] = x[(long)d * site + k] - x[(long)d * translation + k] + x[k];
    return nixe_lattice_find(lattice, to);
}

int nixe_symmetry_back(const nixe_lattice *lattice, int site, int other) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const int g = symmetry->operation[site], before = translated_back(lattice, symmetry->translation[site], other);
    return translated_back(lattice, symmetry->rest[g], symmetry->image[(long)symmetry->inverse[g] * lattice->sites + before]);
}

static int compare_sites(const void *one, const void *other) {
    const int32_t a = *(const int32_t *)one, b = *(const int32_t *)other;
    return (a > b) - (a < b);
}

int nixe_symmetry_stays(const nixe_lattice *lattice, int g, int site, int *translation) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const int image = symmetry->image[(long)g * lattice->sites + site];
    const int32_t by = image == site ? 0 : lattice->periods ? translated_back(lattice, image, site) : -1;
    *translation = by;
    return by >= 0 && bsearch(&by, symmetry->shift, (size_t)symmetry->translations, sizeof by, compare_sites) != NULL;
}

int nixe_symmetry_applied(const nixe_lattice *lattice, int g, int translation, int other) {
    return translated(lattice, translation, lattice->symmetry.image[(long)g * lattice->sites + other]);
}

void nixe_symmetry_turn(const nixe_lattice *lattice, int site, const int32_t *carried, const double *u, double *turned) {
    const int d = lattice->dimension, operation = lattice->symmetry.operation[site];
    const double *rotation = lattice->symmetry.rotation[operation];
    for (int other = 0; other < lattice->sites; other++) {
        double *to = turned + d * (long)carried[other];
        for (int k = 0; k < d; k++) {
            to[k] = 0;
            for (int m = 0; m < d; m++) to[k] += rotation[3 * k + m] * u[d * (long)other + m];
        }
    }
    const long strains = d * (long)lattice->sites;
    nixe_symmetry_turn_strains(lattice, operation, u + strains, turned + strains);
}
