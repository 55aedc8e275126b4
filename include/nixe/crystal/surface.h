/* Surface: where a crystal exchanges ions, through which face and how fast, and how deep below it a site lies.
 *
 * Each missing nearest neighbour of a surface site is a door. It lies beyond one or more faces of the core's shape, and its
 * factor of k_ex is the mean of theirs; a place inside them all, where a site was removed because it hung loose, counts for the
 * face that is nearest to it. A site's factor is the mean over its doors, times that of its number of nearest neighbours, times
 * that of the file of the crystal; its face the one with most doors, the first of the list where several have as many. This is
 * pure: nothing is collective. */
#ifndef NIXE_CRYSTAL_SURFACE_H
#define NIXE_CRYSTAL_SURFACE_H

#include "nixe/crystal/lattice.h"

/* Set faces, factors and depths of a lattice whose sites and neighbours are there. Refused (NIXE_REFUSED): factors that cannot
 * be read, that are of faces or numbers of neighbours which this crystal does not have, or with which nothing would exchange.
 */
nixe_status nixe_surface_set(nixe_lattice *lattice, const nixe_recipe *recipe, const nixe_outline *outline);

#endif
