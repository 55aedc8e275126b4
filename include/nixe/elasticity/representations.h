/* Representations: the group of the operations of a crystal (symmetry.h), and its representations that do not fall apart: real
 * orthogonal matrices D(g) with D(g) D(h) = D(gh), in which all mirrors are diagonal.
 *
 * They are found, not listed, for any group: as spaces of eigenvectors of a matrix that commutes with what the group does to
 * the functions on itself. Where some representations come in pairs of complex conjugates, as for a threefold axis alone, the
 * largest subgroup is taken that has none of these, and contains the mirrors. So it is where operations of a periodic crystal
 * make a translation of each other. Nothing here is collective. */
#ifndef NIXE_ELASTICITY_REPRESENTATIONS_H
#define NIXE_ELASTICITY_REPRESENTATIONS_H

#include "nixe/crystal/lattice.h"

enum { NIXE_MAX_REPRESENTATIONS = 12, NIXE_MAX_ROWS = 3 };

typedef struct {
    int rows;                                                          /* 1, 2 or 3 */
    int block[NIXE_MAX_ROWS];                                          /* rows: which character of the mirrors each has */
    double matrix[NIXE_MAX_OPERATIONS][NIXE_MAX_ROWS * NIXE_MAX_ROWS]; /* elements x (rows x rows) */
} nixe_representation;

typedef struct {
    int elements;
    int operation[NIXE_MAX_OPERATIONS]; /* elements: the operations of the crystal that they are; the identity first */
    int count;                          /* of representations; the squares of their rows add up to the elements */
    nixe_representation representation[NIXE_MAX_REPRESENTATIONS];
} nixe_group;

/* The group of a crystal that is no torus. */
void nixe_group_create(nixe_group *group, const nixe_lattice *lattice);

/* How often each representation is contained in what the group does to numbers of sites (components = 1) or to their
 * displacements (components = d). Shape [count]. */
void nixe_group_multiplicities(const nixe_group *group, const nixe_lattice *lattice, int components, int *multiplicity);

#endif
