/* Fronts: a Cholesky factor of a block of D of which a node has one copy, in memory that its ranks share: where each rank would
 * have its own, memory and time of factoring would grow with the ranks.
 *
 * The order is that of dissection.h. Each part is one dense front, rows of what it touches included. The ranks of a node share
 * the fronts out, each of which is the work of one rank: entries of D, then what the halves leave, in this order; so the factor
 * has the same bits whatever the number of ranks and nodes. Every rank may then solve by itself, which is not collective. */
#ifndef NIXE_ELASTICITY_FRONTS_H
#define NIXE_ELASTICITY_FRONTS_H

#include <petscmat.h>

#include "nixe/base/parallel.h"
#include "nixe/elasticity/dissection.h"

typedef struct {
    nixe_dissection tree;
    int64_t *panel;     /* parts: where the columns of part t begin, own + outside rows each */
    nixe_shared factor; /* one after another */
} nixe_fronts;

/* Factor D, which each rank has as a whole, symmetric and positive. Collective over all ranks, and agreed on. */
nixe_status nixe_fronts_create(nixe_fronts *fronts, const nixe_parallel *parallel, const nixe_blocks *blocks, Mat D);
/* Collective over the node. */
void nixe_fronts_destroy(nixe_fronts *fronts);

/* Solve for `width` sources at once, in place: x[place of a freedom][width], the place that of the dissection. What has no
 * sources is skipped. A solution's last bits depend on the width. Not collective. */
nixe_status nixe_fronts_solve(const nixe_fronts *fronts, int width, double *x);

#endif
