/* Stiffness: the linear elasticity of the crystal, solved with PETSc.
 *
 *   D u = G s,  D = B'KB,  G = B'KA                                                                     (5)(7)(8)
 *
 * B: bonds x displacements, row alpha.(u_R' - u_R); A: bonds x sites, row (. + .)/2; K: bond stiffnesses. */
#ifndef NIXE_ELASTICITY_STIFFNESS_H
#define NIXE_ELASTICITY_STIFFNESS_H

#include <petscmat.h>

#include "nixe/base/parallel.h"
#include "nixe/elasticity/blocks.h"

/* Motions of a crystal that cost nothing: translations and rotations. */
int nixe_stiffness_rigid_motions(const nixe_lattice *lattice);

/* These motions, orthonormal, rotations about the centroid. mode has shape [motions, freedoms] and is 0. */
void nixe_stiffness_rigid_modes(const nixe_lattice *lattice, double *mode);

/* Displacements u = D^+ G e_R, without translation and rotation about the centroid, for the representative R of every orbit of
 * its symmetry (the others follow by symmetry), block by block. Groups of columns, always the same ones, are shared out over
 * all ranks, each of which factors the blocks that it has some of; afterwards every node has all of them in `w`, which has
 * shape [blocks, orbits, size] and belongs to the node (nixe_shared). Units: the mismatch Delta. Collective over all ranks. */
nixe_status nixe_stiffness_solve(const nixe_parallel *parallel, const nixe_blocks *blocks, double shell_stiffness,
                                 const nixe_shared *w);

/* The displacements and strains of one orbit, shape [freedoms]. Not collective. */
void nixe_stiffness_column(const nixe_blocks *blocks, const double *w, int orbit, double *u);

/* Block c of D, sparse, on this rank; the caller destroys it. Not collective. */
nixe_status nixe_stiffness_assemble(const nixe_blocks *blocks, double shell_stiffness, int c, Mat *D);

/* Who factors D: MUMPS, or PETSc itself where it has been built without. Not collective; after SlepcInitialize(). */
typedef struct {
    const char *name; /* as a user is told */
    MatSolverType type;
    MatOrderingType ordering;
} nixe_solver;
nixe_solver nixe_stiffness_solver(void);

/* Estimate of the bytes that a rank needs for the factor of D and the columns it solves. */
double nixe_stiffness_bytes(const nixe_lattice *lattice);

/* Below this an eigenvalue of D is zero: between what rounding leaves, which grows with the hardest bonds, and the softest
 * vibration, which goes with the softest bonds and the size; 0 where these cannot be told apart. */
double nixe_stiffness_zero_limit(const nixe_lattice *lattice, double shell_stiffness);

/* Number of zero modes of D, counted by the inertia of D - limit (Sylvester). Not collective. */
nixe_status nixe_stiffness_zero_modes(const nixe_lattice *lattice, double shell_stiffness, int *zero_modes);

#endif
