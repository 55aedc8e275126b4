/* Symmetry: the symmetry of a crystal under reflection at its d central planes, a group of 2^d elements.
 *
 * Element g (a bit mask) flips the coordinates of its bits. Each site is an image of one representative, the site with
 * no negative coordinate. Columns of V and of D^+ G are needed for the representatives only, about N / 2^d of N, and the
 * displacements of a configuration fall apart into 2^d smaller products, one for each character of the group:
 * chi_c(g) = (-1)^(number of common bits of c and g). Pure; nothing here is collective. */
#ifndef NIXE_ELASTICITY_SYMMETRY_H
#define NIXE_ELASTICITY_SYMMETRY_H

#include "nixe/crystal/lattice.h"

typedef struct {
    int elements;            /* 2^d */
    int representatives;     /* their number */
    int32_t *representative; /* representatives: their sites */
    int32_t *image;          /* elements x N: site that element g makes of a site */
} nixe_symmetry;

nixe_status nixe_symmetry_create(nixe_symmetry *symmetry, const nixe_lattice *lattice);
void nixe_symmetry_destroy(nixe_symmetry *symmetry);

/* chi_c(g): +1 or -1. */
static inline double nixe_symmetry_character(int c, int g) {
    int common = c & g;
    return ((common ^ (common >> 1) ^ (common >> 2)) & 1) ? -1.0 : 1.0;
}

/* Number of elements that leave a site where it is. */
int nixe_symmetry_fixing(const nixe_symmetry *symmetry, const nixe_lattice *lattice, int site);

#endif
