/* Blocks: D falls apart by the mirrors of the crystal. Nothing here is collective. */
#include "nixe/elasticity/blocks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/vectorised.h"

int nixe_blocks_count(const nixe_lattice *lattice) { return lattice->strains ? 1 : lattice->symmetry.mirrors; }

long nixe_blocks_size(const nixe_lattice *lattice) {
    const long sites = nixe_blocks_count(lattice) > 1 ? lattice->symmetry.wedge_sites : lattice->sites;
    return sites * lattice->dimension + lattice->strains;
}

static double flip(const nixe_blocks *blocks, int e, int k) { return nixe_symmetry_flip(&blocks->lattice->symmetry, e, k); }

static nixe_status allocate(nixe_blocks *blocks) {
    const long n = blocks->lattice->sites, sites = blocks->sites;
    NIXE_TRY(nixe_allocate(&blocks->representative, sites, sizeof(int32_t), "the blocks of D"));
    NIXE_TRY(nixe_allocate(&blocks->place, n, sizeof(int32_t), "the blocks of D"));
    NIXE_TRY(nixe_allocate(&blocks->mirror, n, 1, "the blocks of D"));
    NIXE_TRY(nixe_allocate(&blocks->images, sites, 1, "the blocks of D"));
    NIXE_TRY(nixe_allocate(&blocks->scale, sites, sizeof(double), "the blocks of D"));
    return nixe_allocate(&blocks->still, sites * blocks->lattice->dimension, 1, "the blocks of D");
}

nixe_status nixe_blocks_create(nixe_blocks *blocks, const nixe_lattice *lattice, int whole) {
    const int d = lattice->dimension, count = whole ? 1 : nixe_blocks_count(lattice);
    const int sites = count > 1 ? lattice->symmetry.wedge_sites : lattice->sites;
    *blocks = (nixe_blocks){.lattice = lattice, .blocks = count, .sites = sites, .size = (long)sites * d + lattice->strains};
    NIXE_TRY(allocate(blocks));
    for (int c = 0; c < count; c++)
        for (int e = 0; e < count; e++) blocks->character[c][e] = nixe_symmetry_character(c, e);
    for (int r = 0; r < sites; r++) {
        const int site = blocks->representative[r] = count > 1 ? lattice->symmetry.wedge[r] : r;
        int fixing = 0;
        for (int e = count - 1; e >= 0; e--) {
            const int image = e ? nixe_symmetry_mirrored(lattice, e, site) : site;
            blocks->place[image] = r;
            blocks->mirror[image] = (int8_t)e; /* of several the first */
            fixing += image == site;
            for (int c = 0; c < count && image == site; c++)
                for (int k = 0; k < d; k++)
                    if (blocks->character[c][e] * flip(blocks, e, k) < 0) blocks->still[(long)r * d + k] |= (uint8_t)(1 << c);
        }
        blocks->images[r] = (int8_t)(count / fixing);
        blocks->scale[r] = 1 / sqrt(blocks->images[r]);
    }
    return NIXE_OK;
}

void nixe_blocks_destroy(nixe_blocks *blocks) {
    free(blocks->representative);
    free(blocks->place);
    free(blocks->mirror);
    free(blocks->images);
    free(blocks->scale);
    free(blocks->still);
    *blocks = (nixe_blocks){0};
}

double nixe_blocks_factor(const nixe_blocks *blocks, int c, int site, int k) {
    const int r = blocks->place[site], e = blocks->mirror[site];
    if (blocks->still[(long)r * blocks->lattice->dimension + k] >> c & 1) return 0;
    return blocks->character[c][e] * flip(blocks, e, k) * blocks->scale[r];
}

void nixe_blocks_fold(const nixe_blocks *blocks, int c, const double *u, double *w) {
    const nixe_lattice *lattice = blocks->lattice;
    const long n = lattice->sites, d = lattice->dimension;
    memset(w, 0, (size_t)blocks->size * sizeof *w);
    for (int site = 0; site < n; site++)
        for (int k = 0; k < d; k++) w[blocks->place[site] * d + k] += nixe_blocks_factor(blocks, c, site, k) * u[site * d + k];
    for (int s = 0; s < lattice->strains; s++) w[blocks->sites * d + s] = u[n * d + s];
}

void nixe_blocks_unfold(const nixe_blocks *blocks, const double *w, long stride, double *u) {
    const nixe_lattice *lattice = blocks->lattice;
    const long n = lattice->sites, d = lattice->dimension;
    for (int site = 0; site < n; site++) {
        const int r = blocks->place[site], e = blocks->mirror[site];
        for (int k = 0; k < d; k++) {
            double sum = 0;
            for (int c = 0; c < blocks->blocks; c++) sum += blocks->character[c][e] * w[c * stride + r * d + k];
            u[site * d + k] = flip(blocks, e, k) * blocks->scale[r] * sum;
        }
    }
    for (int s = 0; s < lattice->strains; s++) u[n * d + s] = w[blocks->sites * d + s];
}

NIXE_VECTORISED void nixe_blocks_transform(double *x, int elements, long stride, int width) {
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

/* The coordinate that a rotation makes of coordinate k, up to a sign; -1 where it is no coordinate. */
static int turned_axis(const double rotation[9], int k) {
    for (int to = 0; to < 3; to++)
        if (fabs(fabs(rotation[3 * to + k]) - 1) < 1e-6) return to;
    return -1;
}

/* The mirror that operation g makes of mirror e, g e g^-1, or -1. Both are about the center of the crystal. */
static int turned_mirror(const nixe_symmetry *symmetry, int g, int e) {
    int flips = 0;
    for (int k = 0; k < 3; k++) {
        const int to = turned_axis(symmetry->rotation[g], k);
        if (to < 0) return -1;
        flips |= (symmetry->flips[e] >> k & 1) << to;
    }
    for (int other = 0; other < symmetry->mirrors; other++)
        if (symmetry->flips[other] == flips) return other;
    return -1;
}

/* Whether operation g makes displacements of block c of those of block `twin`: chi_c(g e g^-1) = chi_twin(e). */
static int makes_of(const nixe_symmetry *symmetry, int g, int twin, int c) {
    for (int e = 0; e < symmetry->mirrors; e++) {
        const int turned = turned_mirror(symmetry, g, e);
        if (turned < 0 || nixe_symmetry_character(c, turned) != nixe_symmetry_character(twin, e)) return 0;
    }
    return 1;
}

int nixe_blocks_twin(const nixe_lattice *lattice, int c, int *operation) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    *operation = 0;
    for (int twin = 0; twin < c && nixe_blocks_count(lattice) > 1; twin++)
        for (int g = 0; g < symmetry->operations; g++)
            if (makes_of(symmetry, g, twin, c)) return *operation = g, twin;
    return c;
}

void nixe_blocks_match(const nixe_blocks *blocks, int twin, int operation, int32_t *index, int8_t *sign) {
    const nixe_lattice *lattice = blocks->lattice;
    const double *rotation = lattice->symmetry.rotation[operation];
    const int32_t *image = lattice->symmetry.image + (long)operation * lattice->sites;
    const int d = lattice->dimension;
    for (int site = 0; site < lattice->sites; site++) {
        const long r = blocks->place[image[site]];
        if (blocks->representative[r] != image[site]) continue;
        for (int k = 0; k < d; k++) {
            const int to = operation ? turned_axis(rotation, k) : k;
            const double factor = nixe_blocks_factor(blocks, twin, site, k) * (operation ? rotation[3 * to + k] : 1);
            index[r * d + to] = blocks->place[site] * d + k;
            sign[r * d + to] = (int8_t)((factor > 0) - (factor < 0));
        }
    }
    for (long i = (long)blocks->sites * d; i < blocks->size; i++) index[i] = (int32_t)i, sign[i] = 1;
}
