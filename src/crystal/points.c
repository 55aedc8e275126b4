/* Points: the points of a lattice within a shape, before they are numbered. Pure; nothing here is collective. */
#include "nixe/crystal/points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/crystal/sites.h"

static const double near = 1e-9;

enum { MARGIN = 2 }; /* cells around the crystal in which images lie */

/* The range of cells that holds the sites of a file. */
static void set_range_of_list(const nixe_sites *sites, int64_t low[3], int64_t size[3]) {
    for (int k = 0; k < 3; k++) {
        int64_t high = low[k] = sites->place[0].c[k];
        for (int i = 0; i < sites->count; i++) {
            const int64_t c = sites->place[i].c[k];
            low[k] = c < low[k] ? c : low[k];
            high = c > high ? c : high;
        }
        size[k] = high - low[k] + 1;
    }
}

/* The range of cells that holds a crystal. */
static void set_range(const nixe_recipe *recipe, const nixe_outline *outline, int64_t low[3], int64_t size[3]) {
    const nixe_lattice_kind *kind = &nixe_lattice_kinds[recipe->type];
    double center[3];
    if (recipe->sites) {
        set_range_of_list(recipe->sites, low, size);
        return;
    }
    nixe_lattice_coordinates(kind, 0, outline->center, center);
    for (int k = 0; k < 3; k++) {
        low[k] = k < kind->dimension ? (int64_t)floor(center[k] - outline->reach[k]) - 1 : 0;
        size[k] = k < kind->dimension ? (int64_t)ceil(center[k] + outline->reach[k]) + 1 - low[k] + 1 : 1;
    }
}

/* The layer of a place, -1 where there is no site. */
static int layer_of(const nixe_recipe *recipe, const nixe_outline *outline, const int c[3], int b) {
    const nixe_lattice_kind *kind = &nixe_lattice_kinds[recipe->type];
    double x[3], y[3];
    nixe_lattice_place(kind, c, b, x);
    for (int k = 0; k < 3; k++) x[k] -= outline->center[k];
    const int layer = nixe_outline_layer(outline, x);
    if (layer > recipe->shell_layers) return -1;
    if (!(recipe->periodic[0] || recipe->periodic[1] || recipe->periodic[2])) return layer;
    for (int k = 0; k < 3; k++) x[k] += outline->center[k];
    nixe_lattice_coordinates(kind, 1, x, y);
    for (int k = 0; k < kind->dimension; k++)
        if (recipe->periodic[k] && (y[k] < -near || y[k] >= recipe->cells[k] - near)) return -1;
    return layer;
}

double nixe_points_places(const nixe_recipe *recipe, const nixe_outline *outline) {
    double places = nixe_lattice_kinds[recipe->type].basis_sites;
    int64_t low[3], size[3];
    set_range(recipe, outline, low, size);
    for (int k = 0; k < 3; k++) places *= (double)size[k] + (size[k] > 1 ? 2 * MARGIN : 0);
    return places;
}

/* Steps of a grid within the box that has no more than about `most` places; thin directions keep all of theirs. */
static void set_steps(const int64_t size[3], double most, int64_t step[3]) {
    int done[3] = {0};
    for (int left = 3; left > 0; left--) {
        int thin = -1;
        for (int k = 0; k < 3; k++)
            if (!done[k] && (thin < 0 || size[k] < size[thin])) thin = k;
        const double share = pow(most, 1.0 / left);
        step[thin] = (int64_t)ceil((double)size[thin] / share);
        most /= ceil((double)size[thin] / (double)step[thin]);
        done[thin] = 1;
    }
}

double nixe_points_count(const nixe_recipe *recipe, const nixe_outline *outline) {
    const nixe_lattice_kind *kind = &nixe_lattice_kinds[recipe->type];
    const double most = 2e6; /* looked at: a moment */
    int64_t low[3], size[3], step[3], found = 0;
    if (recipe->sites) return recipe->sites->count;
    set_range(recipe, outline, low, size);
    set_steps(size, most, step);
    for (int64_t z = low[2]; z < low[2] + size[2]; z += step[2])
        for (int64_t y = low[1]; y < low[1] + size[1]; y += step[1])
            for (int64_t x = low[0]; x < low[0] + size[0]; x += step[0])
                for (int b = 0; b < kind->basis_sites; b++)
                    found += layer_of(recipe, outline, (int[3]){(int)x, (int)y, (int)z}, b) >= 0;
    return (double)found * (double)step[0] * (double)step[1] * (double)step[2];
}

/* Where the map has the number of the point at a place; NULL outside the box. */
static int32_t *place_of(const nixe_points *points, const int c[3], int b) {
    long place = 0;
    for (int k = 2; k >= 0; k--) {
        const int at = c[k] - points->low[k];
        if (at < 0 || at >= points->size[k]) return NULL;
        place = place * points->size[k] + at;
    }
    return &points->at[place * points->kind->basis_sites + b];
}

static nixe_status add_point(nixe_points *points, nixe_point point, int *room) {
    const int all = points->count + points->images;
    if (all == *room) {
        *room = *room * 2 + 1000;
        nixe_point *more = realloc(points->point, (size_t)*room * sizeof *more);
        if (!more) return nixe_fail(NIXE_FAILED, "out of memory: the lattice");
        points->point = more;
    }
    points->point[all] = point;
    *place_of(points, point.c, point.b) = all;
    if (point.image_of < 0) points->count++;
    else points->images++;
    return NIXE_OK;
}

/* The cell within the periods that a place is an image of. */
static void wrap(const nixe_recipe *recipe, const nixe_lattice_kind *kind, int c[3], int b) {
    double x[3], y[3];
    nixe_lattice_place(kind, c, b, x);
    nixe_lattice_coordinates(kind, 1, x, y);
    for (int k = 0; k < kind->dimension; k++) {
        if (!recipe->periodic[k]) continue;
        const int periods = (int)floor((y[k] + near) / recipe->cells[k]);
        for (int m = 0; m < kind->dimension; m++) c[m] -= periods * recipe->cells[k] * kind->cell[k][m];
    }
}

/* Images of the points to which steps lead across the periods. */
static nixe_status add_images(nixe_points *points, const nixe_recipe *recipe, int *room) {
    for (int p = 0; p < points->count; p++)
        for (int s = 0; s < points->steps; s++) {
            const nixe_step *step = &points->step[s];
            const nixe_point *from = &points->point[p];
            if (step->from != from->b) continue;
            nixe_point image = {.b = step->to};
            for (int k = 0; k < 3; k++) image.c[k] = from->c[k] + step->shift[k];
            int32_t *place = place_of(points, image.c, image.b);
            if (!place || *place >= 0) continue;
            int c[3] = {image.c[0], image.c[1], image.c[2]};
            wrap(recipe, points->kind, c, image.b);
            const int32_t *of = place_of(points, c, image.b);
            image.image_of = of ? *of : -1;
            if (image.image_of >= 0) NIXE_TRY(add_point(points, image, room));
        }
    return NIXE_OK;
}

int nixe_points_next(const nixe_points *points, const nixe_point *from, const nixe_step *step) {
    const int c[3] = {from->c[0] + step->shift[0], from->c[1] + step->shift[1], from->c[2] + step->shift[2]};
    const int32_t *place = place_of(points, c, step->to);
    if (!place || *place < 0) return -1;
    const nixe_point *next = &points->point[*place];
    return points->point[next->image_of < 0 ? *place : next->image_of].layer < 0 ? -1 : *place;
}

/* Whether the bonds of a point span all dimensions: the determinant of sum alpha alpha' is not 0. */
static int is_held(const nixe_points *points, const nixe_point *point) {
    double m[3][3] = {{0}};
    if (points->kind->dimension == 2) m[2][2] = 1;
    for (int s = 0; s < points->steps; s++) {
        const nixe_step *step = &points->step[s];
        if (step->from != point->b || nixe_points_next(points, point, step) < 0) continue;
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < 3; k++) m[i][k] += step->vector[i] * step->vector[k];
    }
    return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
               m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]) >
           1e-6;
}

static void remove_loose(nixe_points *points) {
    for (int before = -1; before != points->loose;) {
        before = points->loose;
        for (int p = 0; p < points->count; p++) {
            if (points->point[p].layer < 0 || is_held(points, &points->point[p])) continue;
            points->point[p].layer = -1;
            points->loose++;
        }
    }
    for (int p = 0; p < points->count + points->images; p++) { /* so that nothing depends on those that were there */
        const nixe_point *point = &points->point[p];
        if ((point->image_of < 0 ? point : &points->point[point->image_of])->layer < 0)
            *place_of(points, point->c, point->b) = -1;
    }
}

static nixe_status create_map(nixe_points *points, const nixe_recipe *recipe, const nixe_outline *outline) {
    int64_t low[3], size[3];
    set_range(recipe, outline, low, size);
    for (int k = 0; k < 3; k++) {
        points->low[k] = (int)low[k] - (size[k] > 1 ? MARGIN : 0);
        points->size[k] = (int)size[k] + (size[k] > 1 ? 2 * MARGIN : 0);
    }
    const long places = (long)points->size[0] * points->size[1] * points->size[2] * points->kind->basis_sites;
    NIXE_TRY(nixe_allocate(&points->at, places, sizeof *points->at, "the lattice"));
    memset(points->at, -1, (size_t)places * sizeof *points->at);
    return NIXE_OK;
}

nixe_status nixe_points_create(nixe_points *points, const nixe_recipe *recipe, const nixe_outline *outline) {
    int room = 0, c[3];
    *points = (nixe_points){.kind = &nixe_lattice_kinds[recipe->type]};
    points->steps = nixe_lattice_steps(points->kind, points->step);
    NIXE_TRY(create_map(points, recipe, outline));
    for (int i = 0; recipe->sites && i < recipe->sites->count; i++)
        *place_of(points, (int[3]){recipe->sites->place[i].c[0], recipe->sites->place[i].c[1], recipe->sites->place[i].c[2]},
                  recipe->sites->place[i].b) = i;
    const int *low = points->low, *size = points->size;
    for (c[2] = low[2]; c[2] < low[2] + size[2]; c[2]++)
        for (c[1] = low[1]; c[1] < low[1] + size[1]; c[1]++)
            for (c[0] = low[0]; c[0] < low[0] + size[0]; c[0]++)
                for (int b = 0; b < points->kind->basis_sites; b++) {
                    const int listed = recipe->sites ? *place_of(points, c, b) : -1;
                    const int layer = !recipe->sites ? layer_of(recipe, outline, c, b)
                                      : listed < 0   ? -1
                                                     : recipe->sites->layer[listed];
                    if (layer >= 0) NIXE_TRY(add_point(points, (nixe_point){{c[0], c[1], c[2]}, b, layer, -1, listed}, &room));
                }
    if (recipe->periodic[0] || recipe->periodic[1] || recipe->periodic[2]) NIXE_TRY(add_images(points, recipe, &room));
    remove_loose(points);
    return NIXE_OK;
}

void nixe_points_destroy(nixe_points *points) {
    free(points->point);
    free(points->at);
    *points = (nixe_points){0};
}

int64_t nixe_points_stride(const nixe_points *points, int axis, int64_t row_stride) {
    const int rows = points->size[1], planes = points->size[2];
    int64_t stride = 1, highest = 0; /* number of the line before */
    long before = -1;
    /* The points of a row, or of a plane, are one interval of numbers; the next row or plane begins behind it. */
    for (long line = 0; line < (axis == 1 ? (long)rows * planes : planes); line++) {
        int64_t low = INT64_MAX, high = INT64_MIN;
        const long cells = axis == 1 ? points->size[0] : (long)points->size[0] * rows;
        for (long cell = 0; cell < cells; cell++)
            for (int b = 0; b < points->kind->basis_sites; b++) {
                if (points->at[(line * cells + cell) * points->kind->basis_sites + b] < 0) continue;
                const int64_t number = axis == 1 ? cell : cell % points->size[0] + row_stride * (cell / points->size[0]);
                low = number < low ? number : low;
                high = number > high ? number : high;
            }
        if (high < low) continue;
        const int follows = before >= 0 && (axis == 2 || before / rows == line / rows);
        if (follows) {
            const int64_t apart = line - before, least = highest - low;
            const int64_t enough = (least >= 0 ? least / apart : -((-least + apart - 1) / apart)) + 1;
            stride = enough > stride ? enough : stride;
        }
        before = line;
        highest = high;
    }
    return stride;
}
