/* Displacement: minimum-energy displacements u = D^+ G s of many configurations at once (5).
 *
 * u = U s costs 2 d N^2 flops a configuration. With the mirror symmetry (symmetry.h) the product falls apart into 2^d of
 * (d N / 2^d) x (N / 2^d), together 2^d times cheaper, done for a stack of configurations by BLAS. In 2D, N = 721: 0.5 Mflop a
 * configuration. Nothing here is collective. */
#ifndef NIXE_ELASTICITY_DISPLACEMENT_H
#define NIXE_ELASTICITY_DISPLACEMENT_H

#include "nixe/crystal/lattice.h"
#include "nixe/elasticity/symmetry.h"

/* Configurations in a stack, and in a chunk of it. Arrays over a stack go chunk by chunk, with shape [CONFIGURATIONS / CHUNK,
 * N, ..., CHUNK]: loops over the CHUNK configurations are vectorised, and what belongs to a chunk stays in the L2 cache. */
enum { NIXE_CONFIGURATIONS = 128, NIXE_CHUNK = 8 };

/* The response table; its memory is shared by a node. */
typedef struct {
    nixe_symmetry symmetry;
    const double *table; /* 2^d x (representatives d) x representatives, units of the mismatch Delta */
} nixe_response;

/* Fill columns first .. last-1 (representatives) of the response table from the displacements u of single sites, shape
 * [representatives, N d]. */
void nixe_response_fill(const nixe_symmetry *symmetry, const nixe_lattice *lattice, const double *u, int first, int last,
                        double *table);

/* Scratch of one rank. */
typedef struct {
    const nixe_lattice *lattice;
    const nixe_response *response;
    int width;        /* configurations in use, rounded up to a multiple of CHUNK; what lies beyond has no meaning */
    double *s;        /* stack of N: sigma - mean(sigma) */
    double *u;        /* stack of N x d: displacements, units of Delta, no translation, no rotation */
    double *source;   /* 2^d x representatives x CONFIGURATIONS */
    double *solution; /* 2^d x representatives d x CONFIGURATIONS */
} nixe_displacement;

nixe_status nixe_displacement_create(nixe_displacement *displacement, const nixe_lattice *lattice,
                                     const nixe_response *response);
void nixe_displacement_destroy(nixe_displacement *displacement);

/* Set s, u and width for `count` <= CONFIGURATIONS configurations sigma, shape [count, N]. Configurations between count and
 * width are 0. */
void nixe_displacement_solve(nixe_displacement *displacement, const int8_t *sigma, int count);

#endif
