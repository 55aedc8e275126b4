/* Sites: the sites of a crystal that a file lists, as points of a lattice, with what its columns say of them.
 *
 * nixe_xyz_read() reads extended XYZ: positions in units of a, in the orientation of the lattice and from any origin; Lattice=
 * and pbc= give the periods, Properties= the columns: pos, and layer, exchange, field, start where they are there. Species and
 * all others are passed over. This is pure: nothing is collective. */
#ifndef NIXE_CRYSTAL_SITES_H
#define NIXE_CRYSTAL_SITES_H

#include <stddef.h>
#include <stdint.h>

#include "nixe/base/error.h"
#include "nixe/crystal/lattice_type.h"

enum { NIXE_XYZ_BYTES = 250000000, NIXE_XYZ_LAYERS = 10000 }; /* of a file, at the most */

/* The place of a site: primitive cell, and site of its basis. */
typedef struct {
    int32_t c[3], b;
} nixe_place;

typedef struct nixe_sites {
    int count;
    nixe_place *place;         /* count; within the periods */
    int32_t *layer;            /* count: 0 where no column says it */
    double *exchange, *field;  /* count: 1 and 0 where no column says it */
    int8_t *start;             /* count: +1 (A) or -1 (B); 0 where no column says it */
    int cells[3], periodic[3]; /* periods, as those of a box */
    int layers;                /* the largest layer */
    int final;                 /* 1: the factors are whole, those of faces and of numbers of neighbours included */
    double center[3];          /* where a cell of the lattice has its corner at the origin */
} nixe_sites;

/* Room for sites without columns. */
nixe_status nixe_sites_create(nixe_sites *sites, int count);
void nixe_sites_destroy(nixe_sites *sites);

/* Whether the box of cells that holds their places is not far too large for one crystal. */
int nixe_sites_are_close(const nixe_lattice_kind *kind, const nixe_sites *sites);

/* The point of the lattice that is nearest to x, and its distance. */
double nixe_place_find(const nixe_lattice_kind *kind, const double x[3], nixe_place *place);

/* Read the text of the file at `path`, which has a 0 behind its end. Refused (NIXE_REFUSED), with the line: what is no extended
 * XYZ, or lists no crystal of this lattice. */
nixe_status nixe_xyz_read(const char *path, const char *text, size_t length, const nixe_lattice_kind *kind, nixe_sites *sites);

#endif
