/* Columns: displacements by single sites, from which both tables follow (tables.h).
 *
 * They are u = D^+ G e_R, without translation and rotation about the centroid, for the representative R of every orbit of the
 * symmetry of the crystal; the others follow by symmetry. */
#ifndef NIXE_ELASTICITY_COLUMNS_H
#define NIXE_ELASTICITY_COLUMNS_H

#include "nixe/base/parallel.h"
#include "nixe/elasticity/blocks.h"

/* What becomes of them; each may have no memory, and is then not wanted. */
typedef struct {
    const nixe_shared *displacement; /* blocks x orbits x size: themselves, units of the mismatch Delta */
    const nixe_shared *row;          /* orbits x blocks x sites of the wedge: -4 G'u, the part of each block */
    int shared;                      /* 1: a node factors each block once; nixe_factor_is_shared(), but for tests */
} nixe_columns;

/* Solve for them, block by block. Groups of columns, always the same ones, are shared out over all ranks, each of which factors
 * the blocks that it has some of, where factors are not shared; afterwards every node has all of them. Collective over all
 * ranks. */
nixe_status nixe_columns_solve(const nixe_parallel *parallel, const nixe_blocks *blocks, double shell_stiffness,
                               const nixe_columns *columns);

/* The displacements and strains of one orbit, shape [freedoms]. Not collective. */
void nixe_columns_unfold(const nixe_blocks *blocks, const double *displacement, int orbit, double *u);

/* Estimate of the bytes that a rank needs for the factor of a block and the columns it solves. */
double nixe_columns_bytes(const nixe_lattice *lattice);

#endif
