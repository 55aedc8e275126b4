/* Lattice: sites, bonds and layers of a nanocrystal, core and shell.
 *
 * Two shapes (lengths in units of the lattice parameter a, centred on the origin):
 *   hexagon  triangular lattice in 2D; n sites on an edge, 3n(n-1)+1 in all; Z = 6 nearest neighbours
 *   cube     simple cubic lattice, n x n x n; Z = 18 nearest and next-nearest neighbours
 * A shell of L layers surrounds the core: the hexagon grows to n+L sites on an edge, the cube to n+2L.
 *
 * Numbering of the sites. The Z directions come in opposite pairs; direction d and d + Z/2 are opposite. Sites are numbered
 * so that the neighbour of site i in direction d < Z/2 is (i + offset[d]) mod N wherever that bond exists, with
 * 0 < offset[d]. So a loop over all bonds of one direction reads contiguous memory. For the cube this is the usual
 * x + n y + n^2 z. For the hexagon of radius R = n-1 it is (q + (3R+2) r) mod N with axial coordinates q, r: copies of the
 * hexagon tile the plane, and on the torus which that makes every neighbour is at a constant distance in number.
 *
 * This is pure: nothing is collective. */
#ifndef NIXE_CRYSTAL_LATTICE_H
#define NIXE_CRYSTAL_LATTICE_H

#include <stdint.h>

#include "nixe/base/bytes.h"
#include "nixe/base/error.h"

typedef enum { NIXE_HEXAGON, NIXE_CUBE } nixe_shape;

enum { NIXE_MAX_COORDINATION = 18 };

typedef struct {
    nixe_shape shape;
    int edge;         /* core sites along an edge */
    int shell_layers; /* layers around the core */
    int dimension;    /* d: 2 or 3 */
    int sites;        /* N */
    int core_sites;   /* N_core: sites of layer 0 */
    int bonds;        /* B */
    int coordination; /* Z: bonds of a site inside the crystal */

    int offset[NIXE_MAX_COORDINATION / 2];      /* Z/2: distance in number to the neighbour in direction d */
    int reach;                                  /* the largest offset; < N */
    double direction[NIXE_MAX_COORDINATION][3]; /* Z x 3: unit vector alpha of each direction */
    double length[NIXE_MAX_COORDINATION];       /* Z: bond length: 1 or sqrt(2) */

    double *position;       /* N x d, units of a */
    int32_t *bond;          /* B x 2: first site, second site; alpha points from first to second */
    int8_t *bond_direction; /* B: direction of the bond, 0 .. Z/2-1 */
    int32_t *layer;         /* N: 0 = core, 1 .. L = shell */
    int32_t *neighbour;     /* N x Z: site in each direction (2D: in angular order), -1 where there is none */
    uint8_t *surface;       /* N: 1 where fewer than Z bonds */
    uint8_t *averaged;      /* N: 1 where observables are averaged: core sites whose Z neighbours all exist and are core
                               sites. Without a shell these are the interior sites. */
    int averaged_sites;     /* their number */
} nixe_lattice;

/* Number of sites of a crystal, without building it; 0 if its bonds would exceed 2^31 - 1. */
int nixe_lattice_count_sites(nixe_shape shape, int edge, int shell_layers);

/* Build a lattice. Fails (NIXE_REFUSED) when it has more than 2^31 - 1 sites, else only for lack of memory. */
nixe_status nixe_lattice_create(nixe_lattice *lattice, nixe_shape shape, int edge, int shell_layers);

/* The whole lattice as bytes, and back: rank 0 builds it and sends it. */
nixe_status nixe_lattice_put(const nixe_lattice *lattice, nixe_bytes *bytes);
nixe_status nixe_lattice_get(nixe_lattice *lattice, nixe_bytes *bytes);

void nixe_lattice_destroy(nixe_lattice *lattice);

/* Number of the neighbour of `site` in forward direction d < Z/2, whether or not that bond exists. */
static inline int nixe_lattice_forward(const nixe_lattice *lattice, int site, int d) {
    int next = site + lattice->offset[d];
    return next < lattice->sites ? next : next - lattice->sites;
}

/* Stiffness of a bond: K_shell where both ends are shell sites, else 1. */
static inline double nixe_lattice_stiffness(const nixe_lattice *lattice, int bond, double shell_stiffness) {
    const int32_t *ends = lattice->bond + 2 * (long)bond;
    return lattice->layer[ends[0]] > 0 && lattice->layer[ends[1]] > 0 ? shell_stiffness : 1.0;
}

/* Site mirrored at the planes through the centre: bit k of `mirror` flips coordinate k. image has shape [2^d, N].
 * Both shapes have these 2^d symmetries. */
void nixe_lattice_mirror_images(const nixe_lattice *lattice, int32_t *image);

/* Whether all `count` ions are +1 or -1, and their sum. */
int nixe_are_ions(long count, const int8_t *sigma, long *sum);

const char *nixe_shape_name(nixe_shape shape);

#endif
