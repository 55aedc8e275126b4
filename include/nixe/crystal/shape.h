/* Shape: the table of shapes: the rules that say which points of a lattice belong to a crystal. One more shape is one more row.
 *
 * A rule is a list of faces: planes, and the round faces of rods and spheres. A point belongs to the core where it lies beyond
 * none of them, and to layer l of the shell where it lies at most l layers beyond any. This is pure: nothing is collective. */
#ifndef NIXE_CRYSTAL_SHAPE_H
#define NIXE_CRYSTAL_SHAPE_H

#include "nixe/base/error.h"
#include "nixe/crystal/lattice_type.h"

/* The order of the rows, and of the words of -lattice_shape. */
typedef enum {
    NIXE_HEXAGON,
    NIXE_CUBE,
    NIXE_BOX,
    NIXE_DISC,
    NIXE_SPHERE,
    NIXE_ROD,
    NIXE_POLYHEDRON,
    NIXE_LISTED, /* by a file */
    NIXE_SHAPES
} nixe_shape;

enum { NIXE_MAX_FACES = 128, NIXE_FACE_NAME = 16 };

/* What a user says of a crystal; the options lattice_*, shell_layers. Lengths in units of a. */
typedef struct {
    nixe_lattice_type type;
    nixe_shape shape;
    int edge, shell_layers;
    int cells[3], periodic[3]; /* box: cells along each cell vector, and whether it is periodic */
    double radius, length, axis[3];
    double center[3];                            /* relative to a site */
    const char *faces, *single_faces;            /* polyhedron: "111:5.5,100:6.2": families, and faces by themselves; "" */
    const char *exchange_faces, *exchange_bonds; /* factors of k_ex, "111:0,100:1" and "3:10"; NULL or "": all 1 */
    const struct nixe_sites *sites;              /* file: what it lists; else NULL */
} nixe_recipe;

typedef enum { NIXE_PLANE, NIXE_CYLINDER, NIXE_BALL } nixe_face_form;

/* A face: a plane normal.x = distance, or a cylinder around the axis `normal`, or a ball, of radius `distance`. */
typedef struct {
    nixe_face_form form;
    double normal[3], distance;
    double spacing; /* of layers */
    int name;       /* which of the names */
} nixe_face;

/* The shape of one crystal. */
typedef struct {
    int faces, names;
    nixe_face face[NIXE_MAX_FACES];
    char name[NIXE_MAX_FACES][NIXE_FACE_NAME];
    double center[3]; /* of the shape, where a cell of the lattice has its corner at the origin */
    double reach[3];  /* how far points of the core and of the shell go from the center along each vector of the primitive cell,
                         in units of it */
} nixe_outline;

typedef struct {
    const char *name;
    int dimension;        /* 0: any */
    const char *on;       /* the only type of lattice that has it, or NULL */
    const char *plain;    /* the type of lattice where none is given, or NULL */
    const char *needs;    /* options of its size, that must be given, separated by blanks */
    const char *may_have; /* options that it can do without */
    nixe_status (*outline)(const nixe_recipe *recipe, nixe_outline *outline); /* set the faces and the center */
} nixe_shape_rule;

extern const nixe_shape_rule nixe_shape_rules[NIXE_SHAPES];

/* The faces of a crystal. Refuses (NIXE_REFUSED) what is no crystal: a shape on a lattice that does not have it, faces that
 * close nothing, faces that cannot be read. */
nixe_status nixe_outline_create(nixe_outline *outline, const nixe_recipe *recipe);

/* How far x, relative to the center, lies beyond a face; negative inside. */
double nixe_face_beyond(const nixe_face *face, const double x[3]);

/* The layer of a point, relative to the center: 0 in the core. */
int nixe_outline_layer(const nixe_outline *outline, const double x[3]);

#endif
