/* Stiffness: the linear elasticity of the crystal, as matrices of PETSc.
 *
 *   D u = G s,  D = B'KB,  G = B'KA                                                                     (5)(7)(8)
 *
 * B: bonds x displacements, row alpha.(u_R' - u_R); A: bonds x sites, row (. + .)/2; K: bond stiffnesses.
 * Nothing here is collective. */
#ifndef NIXE_ELASTICITY_STIFFNESS_H
#define NIXE_ELASTICITY_STIFFNESS_H

#include <petscmat.h>

#include "nixe/elasticity/blocks.h"

/* Stiffness of the bond from a site in direction m. */
double nixe_stiffness_of_bond(const nixe_lattice *lattice, double shell_stiffness, int site, int m);

/* Motions of a crystal that cost nothing: translations and rotations. */
int nixe_stiffness_rigid_motions(const nixe_lattice *lattice);

/* These motions, orthonormal, rotations about the centroid. mode has shape [motions, freedoms] and is 0. */
void nixe_stiffness_rigid_modes(const nixe_lattice *lattice, double *mode);

/* Block c of D, sparse, on this rank; the caller destroys it. */
nixe_status nixe_stiffness_assemble(const nixe_blocks *blocks, double shell_stiffness, int c, Mat *D);

/* Columns of G in terms of block c, sparse, as rows: count x size. The caller destroys them. */
nixe_status nixe_stiffness_assemble_columns(const nixe_blocks *blocks, double shell_stiffness, int c, int count,
                                            const int32_t *site, Mat *sources);

/* All that block c feels of s, sparse, size x sites: of the sums of chi_c(e) s(e R) over all mirrors e, for each site R of the
 * wedge. The caller destroys it. */
nixe_status nixe_stiffness_assemble_source(const nixe_blocks *blocks, double shell_stiffness, int c, Mat *G);

/* Below this an eigenvalue of D is zero: between what rounding leaves, which grows with the hardest bonds, and the softest
 * vibration, which goes with the softest bonds and the size; 0 where these cannot be told apart. */
double nixe_stiffness_zero_limit(const nixe_lattice *lattice, double shell_stiffness);

#endif
