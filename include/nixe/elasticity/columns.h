/* Columns: displacements by single sites, from which both tables follow (tables.h).
 *
 * They are u = D^+ G e_R, without translation and rotation about the centroid, for the representative R of every orbit of the
 * symmetry of the crystal; the others follow by symmetry. */
#ifndef NIXE_ELASTICITY_COLUMNS_H
#define NIXE_ELASTICITY_COLUMNS_H

#include "nixe/base/parallel.h"
#include "nixe/elasticity/blocks.h"

/* Solve for them, block by block. Groups of columns, always the same ones, are shared out over all ranks, each of which factors
 * the blocks that it has some of; afterwards every node has all of them in `w`, which has shape [blocks, orbits, size] and
 * belongs to the node (nixe_shared). Units: the mismatch Delta. Collective over all ranks. */
nixe_status nixe_columns_solve(const nixe_parallel *parallel, const nixe_blocks *blocks, double shell_stiffness,
                               const nixe_shared *w);

/* The displacements and strains of one orbit, shape [freedoms]. Not collective. */
void nixe_columns_unfold(const nixe_blocks *blocks, const double *w, int orbit, double *u);

/* Estimate of the bytes that a rank needs for the factor of a block and the columns it solves. */
double nixe_columns_bytes(const nixe_lattice *lattice);

#endif
