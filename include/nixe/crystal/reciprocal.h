/* Reciprocal: wave vectors of a lattice, and the usual path through its Brillouin zone, from a table.
 *
 * A wave vector is d numbers y in units of the reciprocal vectors of the cell by which boxes are measured, so that the waves
 * that fit into a box of c cells have y = m/c; for cubic lattices the unit is 2 pi over the edge of the cube. This is pure:
 * nothing is collective. */
#ifndef NIXE_CRYSTAL_RECIPROCAL_H
#define NIXE_CRYSTAL_RECIPROCAL_H

#include "nixe/crystal/lattice_type.h"

enum { NIXE_MAX_CORNERS = 12, NIXE_MAX_PATH_POINTS = 512 };

/* q = 2 pi y . b, a vector in units of 1/a; the third component is 0 in two dimensions. */
void nixe_reciprocal_vector(const nixe_lattice_kind *kind, const double y[3], double q[3]);

/* By how many turns the wave goes on along each vector of the primitive cell: q in units of its reciprocal vectors. */
void nixe_reciprocal_turns(const nixe_lattice_kind *kind, const double y[3], double turns[3]);

/* Whether y is a better name for a wave than z: it is shorter, or as long and its first number that differs is larger. */
int nixe_reciprocal_precedes(const nixe_lattice_kind *kind, const double y[3], const double z[3]);

/* Make y the best name of those that are the same wave on the lattice. */
void nixe_reciprocal_fold(const nixe_lattice_kind *kind, double y[3]);

/* Length of the wave vector, 1/a. */
double nixe_reciprocal_length(const nixe_lattice_kind *kind, const double y[3]);

/* The special point of the path that is the same wave but for an operation of the lattice; "" where there is none. */
const char *nixe_reciprocal_label(const nixe_lattice_kind *kind, const double y[3]);

/* The path. Every stretch between two special points has both its ends, so that the points between two stretches are there
 * twice. At Gamma, where V depends on the way there, the wave vector is a tiny step into the stretch. */
typedef struct {
    int corners, points;
    const char *label[NIXE_MAX_CORNERS]; /* special points */
    double at[NIXE_MAX_CORNERS];         /* where on the path they are, 1/a */
    double position[NIXE_MAX_PATH_POINTS], wave[NIXE_MAX_PATH_POINTS][3];
} nixe_path;

void nixe_path_set(nixe_path *path, const nixe_lattice_kind *kind);

#endif
