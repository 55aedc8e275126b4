/* Symmetry: the operations that map a crystal onto itself: its sites and their layers.
 *
 * They are found, not assumed: each rotation and reflection of the lattice is tried about the centroid, and each translation of
 * a periodic crystal. What they leave alone are the constants of bonds, which follow from lengths and layers; fields and rates
 * of exchange do not enter V. Each site is the image of the representative of its orbit, for which alone the linear equations
 * of elasticity are solved: V[gR][gR'] = V[R][R'], and u_gR(g x) = g u_R(x). Orbits of a torus are those of its translations:
 * nothing is solved there, and the images of its sites under rotations are not kept.
 *
 * Among them are mirrors: the operations that only flip signs of coordinates, a group of 2, 4 or 8 commuting ones, or the
 * identity alone. By them the displacements of a configuration fall apart into smaller products, one for each character of the
 * group: chi_c(e) = (-1)^(number of common bits of c and e). Pure; nothing here is collective. */
#ifndef NIXE_CRYSTAL_SYMMETRY_H
#define NIXE_CRYSTAL_SYMMETRY_H

#include <stdint.h>

#include "nixe/base/error.h"
#include "nixe/crystal/lattice_type.h"

struct nixe_lattice;

typedef struct {
    int operations;                   /* their number; the first is the identity */
    double (*rotation)[9];            /* operations x (3 x 3, row by row) */
    int32_t *image;                   /* operations x N: site that an operation makes of a site; of a torus the identity only */
    int32_t *inverse, *rest;          /* operations: the operation whose rotation undoes it; the two together are a translation,
                                         by the site that they make of site 0 */
    int translations;                 /* of a periodic crystal, with the identity */
    int32_t *shift;                   /* translations: by the site that each makes of site 0, in increasing order */
    int orbits;                       /* under all products of both; their number */
    int32_t *representative;          /* orbits: their sites */
    int32_t *orbit;                   /* N: orbit of each site */
    int32_t *operation, *translation; /* N: by which, one after the other, the representative becomes the site; a translation
                                         by the site that it makes of site 0 */

    int mirrors;     /* 2^m, with the identity */
    int mirror[8];   /* the operations; number a ^ b is the product of a and b */
    int flips[8];    /* the coordinates that each flips, as bits */
    int wedge_sites; /* their number: representatives of what the mirrors alone make orbits of */
    int32_t *wedge;  /* wedge_sites: their sites, without negative coordinates where that can be */
} nixe_symmetry;

/* Find the symmetry of a lattice that is otherwise complete. */
nixe_status nixe_symmetry_create(nixe_symmetry *symmetry, const struct nixe_lattice *lattice);
void nixe_symmetry_destroy(nixe_symmetry *symmetry);

/* chi_c(e): +1 or -1. */
static inline double nixe_symmetry_character(int c, int e) {
    int common = c & e;
    return ((common ^ (common >> 1) ^ (common >> 2)) & 1) ? -1.0 : 1.0;
}

/* f_k(e): how component k of a displacement changes sign under mirror number e. */
static inline double nixe_symmetry_flip(const nixe_symmetry *symmetry, int e, int k) {
    return symmetry->flips[e] >> k & 1 ? -1.0 : 1.0;
}

/* Image of a site under mirror number e. */
int nixe_symmetry_mirrored(const struct nixe_lattice *lattice, int e, int site);

/* How many mirrors leave a site where it is. */
int nixe_symmetry_fixing(const struct nixe_lattice *lattice, int site);

/* The sites that the operations which make `site` of its representative make of all sites, shape [N]. */
void nixe_symmetry_carry(const struct nixe_lattice *lattice, int site, int32_t *carried);

/* The site that the inverse of those operations makes of another: nixe_symmetry_carry() the other way round. */
int nixe_symmetry_back(const struct nixe_lattice *lattice, int site, int other);

/* Whether operation g, and a translation after it, leave a site where it is; then that translation, and what both make of
 * another site. */
int nixe_symmetry_stays(const struct nixe_lattice *lattice, int g, int site, int *translation);
int nixe_symmetry_applied(const struct nixe_lattice *lattice, int g, int translation, int other);

/* Displacements of all sites and strains of the periods, shape [freedoms], under those operations g, which carry the sites as
 * above: turned(g x) = g u(x). */
void nixe_symmetry_turn(const struct nixe_lattice *lattice, int site, const int32_t *carried, const double *u, double *turned);

/* Strains under a single operation. */
void nixe_symmetry_turn_strains(const struct nixe_lattice *lattice, int operation, const double *strain, double *turned);

#endif
