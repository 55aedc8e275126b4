/* Spectrum: lowest eigenpairs of V_elastic (softest composition modes) and of the stiffness matrix D (phonons), with SLEPc.
 * Not collective: the rank that asks solves alone. */
#ifndef NIXE_ELASTICITY_SPECTRUM_H
#define NIXE_ELASTICITY_SPECTRUM_H

#include "nixe/crystal/lattice.h"
#include "nixe/crystal/table.h"

typedef struct {
    int count;           /* eigenpairs: the zero modes, then those above */
    int zero_modes;      /* eigenvalues that are zero to rounding */
    int expected;        /* how many theory expects; -1 where it has no number */
    long size;           /* of an eigenvector */
    double *eigenvalue;  /* count, ascending */
    double *eigenvector; /* count x size, orthonormal; the first of the largest components of each is positive */
} nixe_spectrum;

/* The zero modes of V and the `above` eigenpairs above them, by a dense solver: on the triangular lattice the zero modes are as
 * many as there are surface sites, a degeneracy that no Krylov solver counts; in 3D there is one, the uniform composition. */
nixe_status nixe_spectrum_of_potential(const nixe_lattice *lattice, double shell_stiffness, const nixe_table *potential,
                                       int above, nixe_spectrum *spectrum);

/* The zero modes of D, of which there are `zero_modes`, and the `above` eigenpairs above them, by shift and invert. */
nixe_status nixe_spectrum_of_stiffness(const nixe_lattice *lattice, double shell_stiffness, int zero_modes, int above,
                                       nixe_spectrum *spectrum);

/* Fix the sign of an eigenvector: the first component within a thousandth of the largest is positive. */
void nixe_spectrum_orient(double *vector, long size);

void nixe_spectrum_destroy(nixe_spectrum *spectrum);

#endif
