/* Mirror: the symmetry of a crystal under reflection at its d central planes, a group of 2^d elements.
 *
 * Element g (a bit mask) flips the coordinates of its bits. Each site is an image of one representative, the site with
 * no negative coordinate. Columns of V and of D^+ G are needed for the representatives only, about N / 2^d of N, and the
 * displacements of a configuration fall apart into 2^d smaller products, one for each character of the group:
 * chi_c(g) = (-1)^(number of common bits of c and g). Pure; nothing here is collective. */
#ifndef NIXE_MIRROR_H
#define NIXE_MIRROR_H

#include "nixe/lattice.h"

typedef struct {
    int elements;            /* 2^d */
    int representatives;     /* their number */
    int32_t *representative; /* representatives: their sites */
    int32_t *image;          /* elements x N: site that element g makes of a site */
} nixe_mirror;

nixe_status nixe_mirror_create(nixe_mirror *mirror, const nixe_lattice *lattice);
void nixe_mirror_destroy(nixe_mirror *mirror);

/* chi_c(g): +1 or -1. */
static inline double nixe_mirror_character(int c, int g) {
    int common = c & g;
    return ((common ^ (common >> 1) ^ (common >> 2)) & 1) ? -1.0 : 1.0;
}

/* Number of elements that leave a site where it is. */
int nixe_mirror_fixing(const nixe_mirror *mirror, const nixe_lattice *lattice, int site);

#endif
