/* Adapted: bases of the numbers of sites and of displacements that are adapted to the symmetry of the crystal.
 *
 * Of each representation D of its group (representations.h) there are functions e_ia, i one of its rows, and a one of as many
 * as it is contained times, with
 *
 *   e_ia(g R) = sqrt(rows / images of R) sum_j D_ij(g) B_ja,
 *
 * where R is the first site of its orbit and the columns of B span what the operations that leave R where it is do not change;
 * and functions f_ib of displacements, of which j stands for a row and a component, and g turns the latter. Both are
 * orthonormal. What commutes with the group, as D^+ G does, has numbers in them that are 0 between different D and i, and the
 * same for all i.
 *
 * The mirrors come first: as these are diagonal, each function belongs to one of their characters, and follows from the sites
 * of the wedge alone. What is left are small sums over the sites of a wedge that belong to one orbit, six at the most. Nothing
 * here is collective. */
#ifndef NIXE_ELASTICITY_ADAPTED_H
#define NIXE_ELASTICITY_ADAPTED_H

#include "nixe/elasticity/representations.h"

/* A matrix of few numbers, by rows: row r has those from begin[r] to begin[r + 1] - 1. */
typedef struct {
    int32_t *begin, *column;
    double *value;
} nixe_sparse;

/* A basis: its functions are numbered by representations, in these by rows i, in these by a. */
typedef struct {
    int components; /* 1 or d */
    int multiplicity[NIXE_MAX_REPRESENTATIONS];
    int first[NIXE_MAX_REPRESENTATIONS]; /* the number of the first function of each */
} nixe_basis;

typedef struct {
    const nixe_lattice *lattice;
    nixe_group group;
    nixe_basis numbers, displacements; /* e and f */
    int orbits, most;                  /* orbits under the group; most sites of the wedge in one of them */
    int32_t *begin, *site;             /* sites of the wedge, orbit by orbit: those of orbit o are site[begin[o]] .. */
    int32_t *first;                    /* orbits + 1: first row of each orbit in `fold`, which has as many as there are sites */
    int32_t *function;                 /* N: number of the function that each of these rows gives */
    nixe_sparse fold;   /* from sums over the mirrors: column c sites + r, with the r-th of the sites of the orbit
                           in the wedge and character c, to e */
    nixe_sparse expand; /* from f to displacements: the rows of orbit o, character c, its r-th site and component k begin with
                           mirrors d begin[o], and are numbered (c sites + r) d + k from there on */
} nixe_adapted;

/* Of a crystal that is no torus. */
nixe_status nixe_adapted_create(nixe_adapted *adapted, const nixe_lattice *lattice);
void nixe_adapted_destroy(nixe_adapted *adapted);

/* Bytes of it, about. */
double nixe_adapted_bytes(const nixe_lattice *lattice);

/* y <- sum value x[column] of the rows first .. last-1: row r goes to y[to[r]] or, without that, to y[r - first]. Each x and y
 * is `width` numbers, a multiple of 8; from one to the next it is x_stride and y_stride. */
void nixe_sparse_apply(const nixe_sparse *sparse, long first, long last, const int32_t *to, int width, const double *x,
                       long x_stride, double *y, long y_stride);

/* The products of displacements with all f, shape [N d]. */
void nixe_adapted_project(const nixe_adapted *adapted, const double *u, double *product);

#endif
