/* Factor: a block of D, factored once to be solved for many sources; and the zero modes of D, which factors count. The rigid
 * motions of the block, which cost nothing, are pinned, and taken off what is solved. Nothing here is collective but what says
 * so. */
#ifndef NIXE_ELASTICITY_FACTOR_H
#define NIXE_ELASTICITY_FACTOR_H

#include <petscmat.h>

#include "nixe/elasticity/blocks.h"
#include "nixe/elasticity/fronts.h"

/* Who factors D: MUMPS, or PETSc itself where it has been built without. After SlepcInitialize(). */
typedef struct {
    const char *name; /* as a user is told */
    MatSolverType type;
    MatOrderingType ordering;
} nixe_solver;
nixe_solver nixe_factor_solver(void);

enum { NIXE_MAX_RIGID_MOTIONS = 6 };

typedef struct {
    long size;
    int motions;                             /* rigid ones of the block */
    double *mode;                            /* motions x size: these, orthonormal */
    PetscInt pinned[NIXE_MAX_RIGID_MOTIONS]; /* motions: the freedoms that hold them */
    Mat factor;                              /* of this rank, or NULL: */
    nixe_fronts fronts;                      /* of the node */
} nixe_factor;

/* Factor block c of D, on this rank. */
nixe_status nixe_factor_create(nixe_factor *factor, const nixe_blocks *blocks, double shell_stiffness, int c);

/* Factor it once for all ranks of a node. Collective over all ranks, and agreed on. */
nixe_status nixe_factor_share(nixe_factor *factor, const nixe_parallel *parallel, const nixe_blocks *blocks,
                              double shell_stiffness, int c);

/* Collective over the node where it is shared. */
nixe_status nixe_factor_destroy(nixe_factor *factor);

/* Whether the columns of this crystal are solved for by factors that the ranks of a node share: they are large, and the crystal
 * has few blocks to give to ranks. By the crystal alone, for the two ways differ in the last digits. */
int nixe_factor_is_shared(const nixe_lattice *lattice);

/* Estimate of the numbers that a node holds of a shared factor, and once more while it is made; 0 where it is not shared. */
double nixe_factor_node_numbers(const nixe_lattice *lattice);

/* Solve the block for as many columns as there are: dense, shape [columns, size]. A column's last bits depend on how many are
 * solved with it. The source is written to: what is pinned becomes 0. */
nixe_status nixe_factor_solve(const nixe_factor *factor, Mat source, Mat solution);

/* The same for sources of few entries: the transpose, columns x size, sparse, of which MUMPS skips what is empty. */
nixe_status nixe_factor_solve_sparse(const nixe_factor *factor, Mat sources, Mat solution);

/* Estimate of the numbers that the factor of one block holds. */
double nixe_factor_numbers(const nixe_lattice *lattice);

/* Number of zero modes of D, counted by the inertia of D - limit (Sylvester). */
nixe_status nixe_factor_zero_modes(const nixe_lattice *lattice, double shell_stiffness, int *zero_modes);

#endif
