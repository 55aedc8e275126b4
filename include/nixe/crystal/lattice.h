/* Lattice: sites, bonds and layers of a crystal, core and shell.
 *
 * The sites are the points of a lattice (lattice_type.h) within a shape (shape.h), less those that hang loose: whose bonds do
 * not span all dimensions. A box may be periodic along some of its cell vectors.
 *
 * Numbering. The directions of bonds come in opposite pairs; direction d and d + directions/2 are opposite. Each site has a
 * home among numbered slots, such that the neighbour of the site at slot s in direction d < directions/2 is at slot s +
 * offset[d], with 0 < offset[d], wherever that bond exists. So a loop over all bonds of one direction reads contiguous memory.
 * Slots are a linear function of the coordinates in the lattice; those between the sites are empty, and sites are numbered in
 * the order of their homes. Behind a period, and behind the last site of a hexagon, slots stand for sites a second time. A
 * cube's slots are x + n y + n^2 z; those of a hexagon of radius R are (q + (3R+2) r) mod N with axial coordinates q, r: copies
 * of the hexagon tile the plane, and on the torus which that makes every neighbour is at a constant distance in number.
 *
 * This is pure: nothing is collective. */
#ifndef NIXE_CRYSTAL_LATTICE_H
#define NIXE_CRYSTAL_LATTICE_H

#include <stdint.h>

#include "nixe/base/bytes.h"
#include "nixe/base/error.h"
#include "nixe/crystal/shape.h"
#include "nixe/crystal/symmetry.h"
#include "nixe/crystal/torus.h"

enum { NIXE_MAX_DIRECTIONS = 64 };

/* What bonds of one class have: stiffness k and rest-length factor r of the elastic energy, factors of k_diff and of J. */
typedef struct {
    double length, stiffness, mismatch, diffusion, ising;
} nixe_bond_class;

typedef struct nixe_lattice {
    nixe_lattice_type type;
    nixe_shape shape;
    int shell_layers; /* layers around the core */
    int dimension;    /* d: 2 or 3 */
    int sites;        /* N */
    int core_sites;   /* N_core: sites of layer 0 */
    int bonds;        /* B */
    int coordination; /* Z: bonds of a site inside the crystal */
    int nearest;      /* those of them of the first class */
    int loose;        /* sites that were removed because they hang loose */

    int classes;
    nixe_bond_class bond_class[NIXE_MAX_CLASSES];

    int directions;                           /* of bonds, opposite ones counted apart; Z, or more where sites differ */
    double direction[NIXE_MAX_DIRECTIONS][3]; /* directions x 3: unit vector alpha of each */
    int8_t direction_class[NIXE_MAX_DIRECTIONS];
    int offset[NIXE_MAX_DIRECTIONS / 2]; /* directions/2: distance of slots to the neighbour in direction d */
    int reach;                           /* the largest offset */

    int periods;         /* directions of space in which the crystal is periodic */
    double period[3][3]; /* periods x d, units of a */
    int cells[3];        /* cells in a period along each cell vector, 0 where there is none */
    int strains;         /* ways in which the periods can stretch and shear: periods (periods + 1)/2 */
    double strain[6][9]; /* strains x (d x d, in rows of 3): the unit of each, a symmetric matrix of the space of the periods */
    double centroid[3];  /* mean position, units of a */

    double *position;       /* N x d, units of a */
    int32_t *bond;          /* B x 2: first site, second site; alpha points from first to second */
    int8_t *bond_direction; /* B: direction of the bond, 0 .. directions/2-1 */
    int32_t *layer;         /* N: 0 = core, 1 .. L = shell */
    int32_t *neighbour;     /* N x directions: site in each direction (triangular: in angular order), -1 where there is none */
    uint8_t *surface;       /* N: 1 where fewer bonds of the first class than inside the crystal */
    int32_t *face;          /* N: the face through which a surface site exchanges, as its name's number; -1 inside */
    int32_t *depth;         /* N: bonds of the first class to the nearest surface site; -1 where there is no surface */
    double *exchange;       /* N: factor of k_ex; 1 where nothing is said */
    int8_t *start;          /* N: the ion that the file of the crystal begins with, +1 or -1; 0 where it says none */
    int32_t *depth_sites;   /* N: sites at each depth; 0 behind the last */
    double *field;          /* N: h, which adds h sigma to E, energy */
    uint8_t *averaged;      /* N: 1 where observables are averaged: core sites whose Z neighbours all exist and are core
                               sites. Without a shell these are the interior sites. */
    int averaged_sites;     /* their number */

    int64_t core_bonds[NIXE_MAX_CLASSES]; /* bonds of each class between core sites */

    int faces, depths; /* names of faces, and depths from 0 on; 0 without a surface */
    char face_name[NIXE_MAX_FACES][NIXE_FACE_NAME];

    int32_t *home;      /* N: slot of each site */
    int32_t *slot_site; /* slots: the site that a slot stands for, -1 where it is empty */
    int homes;          /* slots from the first to the last home */
    int slots;          /* homes + reach */

    nixe_torus torus;
    nixe_symmetry symmetry;

    /* How places are numbered: slot = (basis sites (c . stride) + b - origin), modulo `modulus` where that is not 0. */
    int64_t stride[3], origin;
    int modulus;
    double center[3]; /* of the shape, where a cell has its corner at the origin */
} nixe_lattice;

/* How many sites a crystal has, loose ones included, without building it; an estimate where they are very many. 0 where the
 * recipe is refused. */
double nixe_lattice_count_sites(const nixe_recipe *recipe);

/* Whether a crystal of so many sites is a torus: periodic along every cell vector, with all its sites. */
int nixe_lattice_is_torus(const nixe_recipe *recipe, double sites);

/* Build a lattice, with all constants of its bonds 1. Refused (NIXE_REFUSED): what the shape refuses, a crystal without sites
 * or with more bonds than can be numbered, one that falls into pieces; else fails only for lack of memory. */
nixe_status nixe_lattice_create(nixe_lattice *lattice, const nixe_recipe *recipe);

/* The whole lattice as bytes, and back: rank 0 builds it and sends it. */
nixe_status nixe_lattice_put(const nixe_lattice *lattice, nixe_bytes *bytes);
nixe_status nixe_lattice_get(nixe_lattice *lattice, nixe_bytes *bytes);

void nixe_lattice_destroy(nixe_lattice *lattice);

/* Bytes of a lattice: its arrays, and those of its symmetry. */
double nixe_lattice_bytes(const nixe_lattice *lattice);

/* The site at a position (d coordinates, as in `position`), or -1. */
int nixe_lattice_find(const nixe_lattice *lattice, const double *position);

/* Class of a bond, and its stiffness: that of its class, times K_shell where both ends are shell sites. */
static inline const nixe_bond_class *nixe_lattice_class(const nixe_lattice *lattice, int bond) {
    return &lattice->bond_class[lattice->direction_class[lattice->bond_direction[bond]]];
}

static inline double nixe_lattice_stiffness(const nixe_lattice *lattice, int bond, double shell_stiffness) {
    const int32_t *ends = lattice->bond + 2 * (long)bond;
    const double k = nixe_lattice_class(lattice, bond)->stiffness;
    return lattice->layer[ends[0]] > 0 && lattice->layer[ends[1]] > 0 ? k * shell_stiffness : k;
}

/* The neighbours of a site: `directions` of them, -1 where there is none. */
static inline const int32_t *nixe_lattice_neighbours(const nixe_lattice *lattice, int site) {
    return lattice->neighbour + (long)site * lattice->directions;
}

/* Displacements of the sites, N d, and behind them the strains of the periods. */
static inline long nixe_lattice_freedoms(const nixe_lattice *lattice) {
    return (long)lattice->sites * lattice->dimension + lattice->strains;
}

/* How the unit of a strain changes a bond in direction m: a vector of d components, units of a. */
void nixe_lattice_strained(const nixe_lattice *lattice, int strain, int m, double change[3]);

/* Whether all `count` ions are +1 or -1, and their sum. */
int nixe_are_ions(long count, const int8_t *sigma, long *sum);

/* "hexagon", "fcc sphere": the type is said where the shape leaves it open. */
void nixe_lattice_name(const nixe_lattice *lattice, char *name, size_t size);

#endif
