/* Bloch: elasticity of the bulk by waves. In a crystal without end a wave of composition on the n sites of a cell strains by a
 * wave, so that the linear equations (5)(7)(8) fall apart into small ones, one for each wave vector q:
 *
 *   D_q w = G_q s,   V_q = 4 (A_q - G_q* D_q^-1 G_q)
 *
 * with D, G and A = A'KA of stiffness.h summed over the bonds of one cell; a bond that ends c cells away has the phase
 * exp(2 pi i q.c). Nothing here is collective. */
#ifndef NIXE_ELASTICITY_BLOCH_H
#define NIXE_ELASTICITY_BLOCH_H

#include <complex.h>

#include "nixe/crystal/lattice.h"

typedef struct {
    int from, to, shift[3]; /* sites of the cell; in which cell the second is */
    double direction[3];    /* unit vector alpha */
    double stiffness, mismatch;
} nixe_bloch_bond;

typedef struct {
    nixe_cell cell;
    int bonds; /* that begin in the cell */
    nixe_bloch_bond bond[NIXE_MAX_STEPS * NIXE_MAX_CELL_SITES / 2];
} nixe_bloch;

/* The bulk of a lattice with the constants of its bonds, by its primitive cells (boxes = 0) or by those of boxes (1). */
void nixe_bloch_create(nixe_bloch *bloch, const nixe_lattice *lattice, int boxes);

/* At the wave vector q, not 0, d numbers in units of the reciprocal vectors of the cell: V, shape [n, n], units of epsilon and
 * not projected, and the response w to a unit of s at each site, shape [n d, n], displacements in units of the mismatch. Fails
 * where the bulk is floppy. */
nixe_status nixe_bloch_solve(const nixe_bloch *bloch, const double *q, double complex *V, double complex *response);

/* The stiffness matrix D_q, shape [n d, n d], Hermitian. */
void nixe_bloch_stiffness(const nixe_bloch *bloch, const double *q, double complex *D);

/* At q = 0 the periods of a crystal strain as well: D over n d displacements and then its strains, shape [size, size], the
 * unit of a strain `unit` times that of the lattice. */
void nixe_bloch_uniform(const nixe_bloch *bloch, const nixe_lattice *lattice, double unit, double *D);

/* There: V, shape [n, n], projected: only what is not the same on all sites costs anything; and the response of displacements
 * and strains, shape [size, n]. */
nixe_status nixe_bloch_solve_uniform(const nixe_bloch *bloch, const nixe_lattice *lattice, double *V, double *response);

#endif
