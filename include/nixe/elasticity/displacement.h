/* Displacement: minimum-energy displacements u = D^+ G s of many configurations at once (5).
 *
 * u = U s costs 2 d N^2 flops a configuration. With the M mirrors of the crystal (symmetry.h) the product falls apart into M of
 * (d N / M) x (N / M), together M times cheaper, done for a stack of configurations by BLAS. In 2D, N = 721: 0.5 Mflop a
 * configuration. Of a torus u is a convolution, by FFT (bulk.h). Nothing here is collective. */
#ifndef NIXE_ELASTICITY_DISPLACEMENT_H
#define NIXE_ELASTICITY_DISPLACEMENT_H

#include "nixe/base/fourier.h"
#include "nixe/elasticity/blocks.h"

/* Configurations in a stack, at the most, and in a chunk of it. Arrays over a stack go chunk by chunk, with shape [stack /
 * CHUNK, N, ..., CHUNK]: loops over the CHUNK configurations are vectorised, and what belongs to a chunk stays in the L2 cache.
 */
enum { NIXE_CONFIGURATIONS = 128, NIXE_CHUNK = 8 };

/* Configurations in a stack of this crystal: fewer where it is large, so that memory follows. */
int nixe_displacement_stack(const nixe_lattice *lattice);

/* Bytes of the arrays below. */
double nixe_displacement_bytes(const nixe_lattice *lattice);

/* The response table; its memory is shared by a node. */
typedef struct {
    const double *table; /* mirrors x (wedge_sites d) x wedge_sites, units of the mismatch Delta; then strains x N; of a torus
                            that of bulk.h */
} nixe_response;

/* Fill columns first .. last-1 (wedge sites) of the response table from the displacements of single sites, as
 * nixe_columns_solve() leaves them. */
nixe_status nixe_response_fill(const nixe_blocks *blocks, const double *w, int first, int last, double *table);

/* Scratch of one rank. */
typedef struct {
    const nixe_lattice *lattice;
    const nixe_response *response;
    int width; /* configurations in use, rounded up to a multiple of CHUNK; what lies beyond has no meaning */
    double *s; /* stack of N: sigma - mean(sigma) */
    double *u; /* stack of N x d: displacements, units of Delta, no translation, no rotation; behind them the strains of the
                  periods */
    double *source;                      /* mirrors x wedge_sites x stack */
    double *solution;                    /* mirrors x wedge_sites d x stack */
    nixe_fourier waves_of_s, waves_of_u; /* of a torus, instead of these two */
} nixe_displacement;

nixe_status nixe_displacement_create(nixe_displacement *displacement, const nixe_lattice *lattice,
                                     const nixe_response *response);
void nixe_displacement_destroy(nixe_displacement *displacement);

/* Set s, u and width for `count` configurations of a stack or fewer, sigma, shape [count, N]. Configurations between count and
 * width are 0. */
void nixe_displacement_solve(nixe_displacement *displacement, const int8_t *sigma, int count);

#endif
