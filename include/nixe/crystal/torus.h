/* Torus: the cells of a crystal that is periodic in all directions, and the place of each site among them.
 *
 * Site s of cell (x, y, z) is at place ((z cells_1 + y) cells_0 + x) n + s, with n sites in the cell by which boxes are
 * measured: what depends on the way between two sites alone is a row of numbers for each of n sites, shifted. Pure. */
#ifndef NIXE_CRYSTAL_TORUS_H
#define NIXE_CRYSTAL_TORUS_H

#include <stdint.h>

#include "nixe/base/error.h"

struct nixe_lattice;

/* The cell of a site, and which of its sites it is. */
typedef struct {
    int32_t x, y, z, s;
} nixe_torus_cell;

typedef struct {
    int sites;             /* n; 0: the crystal is no torus: it has a surface or a shell, or sites are missing */
    int cells[3];          /* 1 in the third direction of two dimensions */
    int32_t *place;        /* N: of each site */
    int32_t *site;         /* N: at each place */
    nixe_torus_cell *cell; /* N: of each site */
    int in_order;          /* 1 where the place of every site is its number */
} nixe_torus;

nixe_status nixe_torus_create(nixe_torus *torus, const struct nixe_lattice *lattice);
void nixe_torus_destroy(nixe_torus *torus);

#endif
