/* Lattice type: the table of lattices: cells, sites in a cell, classes of bonds. One more lattice is one more row.
 *
 * The unit of length is the distance of nearest neighbours, a. This is pure: nothing is collective. */
#ifndef NIXE_CRYSTAL_LATTICE_TYPE_H
#define NIXE_CRYSTAL_LATTICE_TYPE_H

/* The order of the rows, and of the words of -lattice_type. */
typedef enum { NIXE_TRIANGULAR, NIXE_SQUARE, NIXE_SC, NIXE_FCC, NIXE_BCC, NIXE_HCP, NIXE_LATTICE_TYPES } nixe_lattice_type;

enum { NIXE_MAX_BASIS = 4, NIXE_MAX_CELL_SITES = 8, NIXE_MAX_CLASSES = 4, NIXE_MAX_STEPS = 128, NIXE_MAX_OPERATIONS = 48 };

typedef struct {
    const char *name;
    int dimension;                   /* d: 2 or 3 */
    double vector[3][3];             /* d vectors of the primitive cell, units of a */
    int basis_sites;                 /* sites in it */
    double basis[NIXE_MAX_BASIS][3]; /* their places, in units of the vectors */
    int cell[3][3];                  /* d vectors of the cell by which boxes are measured, in units of the primitive ones */
    int classes;                     /* classes of bonds */
    double length[NIXE_MAX_CLASSES]; /* length of the bonds of each class, ascending, units of a */
    int indices;                     /* numbers that name a face: d, or 4 (hkil) */
} nixe_lattice_kind;

extern const nixe_lattice_kind nixe_lattice_kinds[NIXE_LATTICE_TYPES];

/* A step from a site to a bonded one. */
typedef struct {
    int from, to;     /* sites of the basis */
    int shift[3];     /* of the primitive cell */
    double vector[3]; /* of the bond, units of a */
    int class;        /* of the bond, from 0 */
} nixe_step;

/* All steps from all sites of a primitive cell; returns their number. step has NIXE_MAX_STEPS entries. */
int nixe_lattice_steps(const nixe_lattice_kind *kind, nixe_step *step);

/* x = (c + basis[site]) . vectors: place of a site in units of a; the third coordinate is 0 in two dimensions. */
void nixe_lattice_place(const nixe_lattice_kind *kind, const int c[3], int site, double x[3]);

/* y such that x = y . vectors, or with `cell` = 1 x = y . cell vectors. */
void nixe_lattice_coordinates(const nixe_lattice_kind *kind, int cell, const double x[3], double y[3]);

/* The d x d vectors of the cell of boxes, units of a. */
void nixe_lattice_cell(const nixe_lattice_kind *kind, double cell[3][3]);

/* The sites of a cell: the site of the basis that each is, and its place, units of a. */
typedef struct {
    const nixe_lattice_kind *kind;
    int boxes; /* 0: of the primitive cell, 1: of that by which boxes are measured */
    int sites;
    int basis[NIXE_MAX_CELL_SITES];
    double place[NIXE_MAX_CELL_SITES][3];
} nixe_cell;

void nixe_lattice_cell_sites(const nixe_lattice_kind *kind, int boxes, nixe_cell *cell);

/* The number in its cell of the site at x, and in `shift` the cell; -1 where no site of the lattice is. */
int nixe_lattice_in_cell(const nixe_cell *cell, const double x[3], int shift[3]);

/* The unit normal of the face with these indices (d of them): sum_k index_k b_k, b the reciprocal vectors of the cell. */
void nixe_lattice_normal(const nixe_lattice_kind *kind, const int index[3], double normal[3]);

/* Distance between occupied planes across this unit vector, which must be normal to planes of the lattice; where planes come
 * in close pairs, of a pair. */
double nixe_lattice_spacing(const nixe_lattice_kind *kind, const double normal[3]);

/* The operations (rotations and reflections, 3 x 3, row by row) that map the vectors of the lattice onto each other; the first
 * is the identity. Returns their number. operation has NIXE_MAX_OPERATIONS entries. */
int nixe_lattice_operations(const nixe_lattice_kind *kind, double (*operation)[9]);

#endif
