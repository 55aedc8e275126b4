/* Points: the points of a lattice within a shape, before they are numbered: which there are, which hang loose, and the images
 * that a periodic crystal has of them. Used by lattice.c alone. Pure; nothing is collective. */
#ifndef NIXE_CRYSTAL_POINTS_H
#define NIXE_CRYSTAL_POINTS_H

#include <stdint.h>

#include "nixe/crystal/shape.h"

typedef struct {
    int c[3], b;  /* primitive cell, and site of its basis */
    int layer;    /* -1: removed */
    int image_of; /* the point of which this is a periodic image, or -1 */
    int listed;   /* its number in the file of the crystal, or -1 */
} nixe_point;

typedef struct {
    const nixe_lattice_kind *kind;
    int count, images, loose; /* points; images behind them; points that were removed */
    nixe_point *point;        /* count + images */
    int steps;
    nixe_step step[NIXE_MAX_STEPS];
    int low[3], size[3]; /* the box of cells that holds them all */
    int32_t *at;         /* the number of the point at each place of the box, -1 where there is none */
} nixe_points;

/* The points of a crystal in the order of their cells, the third coordinate slowest, loose ones marked as removed. Fails for
 * lack of memory only. */
nixe_status nixe_points_create(nixe_points *points, const nixe_recipe *recipe, const nixe_outline *outline);
void nixe_points_destroy(nixe_points *points);

/* Places of the box that holds them all. */
double nixe_points_places(const nixe_recipe *recipe, const nixe_outline *outline);

/* How many points there are, loose ones included; from a coarser grid where they are very many. */
double nixe_points_count(const nixe_recipe *recipe, const nixe_outline *outline);

/* The point that a step leads to from another, an image possibly; -1 if there is none or it was removed. */
int nixe_points_next(const nixe_points *points, const nixe_point *from, const nixe_step *step);

/* The least stride along axis 1 (of rows) or 2 (of planes, given that of rows) with which numbers ascend in the order of the
 * points, images included. */
int64_t nixe_points_stride(const nixe_points *points, int axis, int64_t row_stride);

#endif
