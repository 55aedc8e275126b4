/* Blocks: D falls apart by the mirrors of the crystal (symmetry.h). Displacements that the mirrors multiply by the signs of a
 * character c of their group are known from those of the wedge:
 *
 *   u_k(e R) = chi_c(e) f_k(e) w_k(R) / sqrt(images of R),   f_k(e) = -1 where e flips coordinate k, else 1
 *
 * In this basis, which is orthonormal, D is one block for each character. A component of a site on a mirror that its sign would
 * turn into its opposite is 0. A crystal with periods, whose strains belong to the unknowns, is a single block.
 * Nothing here is collective. */
#ifndef NIXE_ELASTICITY_BLOCKS_H
#define NIXE_ELASTICITY_BLOCKS_H

#include "nixe/crystal/lattice.h"

typedef struct {
    const nixe_lattice *lattice;
    int blocks;              /* 1, 2, 4 or 8 */
    int sites;               /* of the wedge */
    long size;               /* of a block: d for each of these; then the strains */
    double character[8][8];  /* chi_c(e) */
    int32_t *representative; /* sites: those of the wedge */
    int32_t *place;          /* N: of which of these a site is the image */
    int8_t *mirror;          /* N: under which mirror */
    int8_t *images;          /* sites: how many different ones each has */
    double *scale;           /* sites: 1 / sqrt(images) */
    uint8_t *still;          /* sites d: bit c is set where the component is 0 in block c */
} nixe_blocks;

/* The blocks of a crystal; with `whole`, a single one whatever its mirrors. */
nixe_status nixe_blocks_create(nixe_blocks *blocks, const nixe_lattice *lattice, int whole);
void nixe_blocks_destroy(nixe_blocks *blocks);

/* How many blocks there are, and the size of one, before they are made. */
int nixe_blocks_count(const nixe_lattice *lattice);
long nixe_blocks_size(const nixe_lattice *lattice);

/* Component k of site R in terms of block c: the freedom of the block, and by which factor; 0 where it is still. */
double nixe_blocks_factor(const nixe_blocks *blocks, int c, int site, int k);

/* The part in block c of displacements of all sites and strains: w of shape [size]. */
void nixe_blocks_fold(const nixe_blocks *blocks, int c, const double *u, double *w);

/* All displacements and strains, shape [freedoms], from those of each block, 0 where they are still: w + c stride is block c.
 */
void nixe_blocks_unfold(const nixe_blocks *blocks, const double *w, long stride, double *u);

/* Sums over the mirrors with the signs of each character, in place: rows x[0 .. elements-1], each of `width` numbers, stride
 * apart, x[c] <- sum_e chi_c(e) x[e]; which is its own inverse but for the factor `elements`. */
void nixe_blocks_transform(double *x, int elements, long stride, int width);

/* The first block of which an operation of the crystal makes block c, c itself where there is no other, and that operation: the
 * axes of a cube make four blocks out of eight. D is the same in both but for the order and the signs of freedoms. */
int nixe_blocks_twin(const nixe_lattice *lattice, int c, int *operation);

/* Freedom i of the block that the operation makes of block `twin` is sign[i] times freedom index[i] of that; the sign is 0
 * where it is still. Shape [size]. */
void nixe_blocks_match(const nixe_blocks *blocks, int twin, int operation, int32_t *index, int8_t *sign);

#endif
