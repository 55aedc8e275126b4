/* Displacement: minimum-energy displacements u = D^+ G s of many configurations at once (5).
 *
 * u = U s costs 2 d N^2 flops a configuration. In bases that are adapted to the symmetry of the crystal (adapted.h) the product
 * falls apart: of a cube it takes 18 times fewer, of a hexagon 7 times, and a table that is 48 and 12 times smaller; it is done
 * for a stack of configurations by BLAS. In 2D, N = 721: 0.3 Mflop a configuration. Of a large crystal, whose response is no
 * table (response.h), each block is solved instead. Of a torus u is a convolution, by FFT (bulk.h). Nothing here is collective.
 */
#ifndef NIXE_ELASTICITY_DISPLACEMENT_H
#define NIXE_ELASTICITY_DISPLACEMENT_H

#include "nixe/base/fourier.h"
#include "nixe/elasticity/response.h"

/* Configurations in a stack of this crystal: fewer where it is large, so that memory follows. */
int nixe_displacement_stack(const nixe_lattice *lattice);

/* Bytes of the arrays below. */
double nixe_displacement_bytes(const nixe_lattice *lattice);

/* Scratch of one rank. */
typedef struct {
    const nixe_lattice *lattice;
    const nixe_response *response;
    int stack; /* nixe_displacement_stack(), which takes time to find */
    int width; /* configurations in use, rounded up to a multiple of CHUNK; what lies beyond has no meaning */
    double *s; /* stack of N: sigma - mean(sigma) */
    double *u; /* stack of N x d: displacements, units of Delta, no translation, no rotation; behind them the strains of the
                  periods */
    double *source;   /* what s, or its sums by the characters of the mirrors, has of each function or site x stack */
    double *solution; /* the same of the displacements */
    double *orbit;    /* sums by characters of one orbit x stack */
    nixe_fourier waves_of_s, waves_of_u; /* of a torus, instead of these two */
} nixe_displacement;

/* With another response of the same crystal and form in its place, the scratch serves that, too. */
nixe_status nixe_displacement_create(nixe_displacement *displacement, const nixe_lattice *lattice,
                                     const nixe_response *response);
void nixe_displacement_destroy(nixe_displacement *displacement);

/* Set s, u and width for `count` configurations of a stack or fewer, sigma, shape [count, N]. Configurations between count and
 * width are 0. */
nixe_status nixe_displacement_solve(nixe_displacement *displacement, const int8_t *sigma, int count);

#endif
