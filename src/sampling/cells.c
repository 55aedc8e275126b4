/* Cells: a crystal cut into blocks, and what carries blocks to blocks. Part 0 of the commons makes them.
 * nixe_cells_create() is collective over its parts. */
#include "nixe/sampling/cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/sampling/fixed_loops.h"

static const char *const what = "the blocks of the crystal";
static const double tie = 1e-6; /* units of a: closer to a plane is on it */

/* How space is cut: cells along each axis, and their width. */
typedef struct {
    double half[3], width[3]; /* half: from the centroid to beyond the last site */
    int on_middle[3];         /* 1 where sites lie on the plane through the centroid */
    int number[3];
} cut;

static double offset_of(const nixe_lattice *lattice, int site, int axis) {
    return axis < lattice->dimension ? lattice->position[(long)site * lattice->dimension + axis] - lattice->centroid[axis] : 0;
}

static void measure(const nixe_lattice *lattice, cut *c) {
    for (int k = 0; k < 3; k++) {
        c->half[k] = 0.5;
        c->on_middle[k] = 0;
        for (int i = 0; i < lattice->sites; i++) {
            const double x = fabs(offset_of(lattice, i, k));
            if (x + 0.5 > c->half[k] + tie) c->half[k] = x + 0.5;
            c->on_middle[k] |= x < tie;
        }
    }
}

/* Cells no wider than that; an odd number where sites lie on the plane through the middle, which then is inside one. */
static void divide(double width, cut *c) {
    for (int k = 0; k < 3; k++) {
        c->number[k] = (int)ceil(2 * c->half[k] / width - tie);
        if (c->number[k] < 1) c->number[k] = 1;
        if (c->on_middle[k] && c->number[k] % 2 == 0) c->number[k]++;
        c->width[k] = 2 * c->half[k] / c->number[k];
    }
}

/* The cell of a site. Mirror images are in mirror images of cells, sites on a plane between two included. */
static long cell_of(const nixe_lattice *lattice, const cut *c, int site) {
    long cell = 0;
    for (int k = 2; k >= 0; k--) {
        const double x = offset_of(lattice, site, k), steps = (fabs(x) + tie) / c->width[k];
        const int odd = c->number[k] % 2, out = odd ? (int)floor(steps + 0.5) : (int)floor(steps);
        const int upper = c->number[k] / 2 + out, lower = c->number[k] / 2 - out - !odd;
        int at = x > 0 ? upper : lower;
        if (at < 0) at = 0;
        if (at >= c->number[k]) at = c->number[k] - 1;
        cell = cell * c->number[k] + at;
    }
    return cell;
}

static long cells_of(const cut *c) { return (long)c->number[0] * c->number[1] * c->number[2]; }

/* Count the sites of each cell, shape [cells]; the largest number. */
static int fill_cells(const nixe_lattice *lattice, const cut *c, int32_t *count) {
    int most = 0;
    for (int i = 0; i < lattice->sites; i++) {
        const int here = ++count[cell_of(lattice, c, i)];
        if (here > most) most = here;
    }
    return most;
}

/* Cells as wide as they can be. */
static nixe_status choose_cut(const nixe_lattice *lattice, int most, cut *c, int32_t **count) {
    measure(lattice, c);
    double width = fmax(2 * fmax(c->half[0], fmax(c->half[1], c->half[2])), 1);
    const double first = 2 * pow(most, 1.0 / lattice->dimension);
    if (width > first) width = first;
    for (;; width *= 0.98) {
        divide(width, c);
        NIXE_TRY(nixe_allocate(count, cells_of(c), sizeof **count, what));
        if (fill_cells(lattice, c, *count) <= most) return NIXE_OK;
        free(*count);
    }
}

/* Number the blocks and the places; the cells' counts become the numbers of their blocks. */
static nixe_status number_places(nixe_cells *cells, const cut *c, int32_t *count) {
    const nixe_lattice *lattice = cells->lattice;
    const long all = cells_of(c);
    for (long k = 0; k < all; k++) cells->blocks += count[k] > 0;
    NIXE_TRY(nixe_allocate(&cells->begin, cells->blocks + 1, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&cells->count, cells->blocks, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&cells->block, lattice->sites, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&cells->place, lattice->sites, sizeof(int32_t), what));
    int block = 0;
    for (long k = 0; k < all; k++) {
        if (!count[k]) continue;
        cells->begin[block + 1] = cells->begin[block] + (count[k] + NIXE_VECTOR - 1) / NIXE_VECTOR * NIXE_VECTOR;
        count[k] = block++;
    }
    cells->places = cells->begin[cells->blocks];
    NIXE_TRY(nixe_allocate(&cells->site, cells->places, sizeof(int32_t), what));
    for (int p = 0; p < cells->places; p++) cells->site[p] = -1;
    for (int i = 0; i < lattice->sites; i++) {
        const int b = cells->block[i] = count[cell_of(lattice, c, i)];
        const int p = cells->place[i] = cells->begin[b] + cells->count[b]++;
        cells->site[p] = i;
    }
    return NIXE_OK;
}

/* List the blocks beside block b which are not yet seen, in directions from `first` on, of half of all. */
static int list_beside(nixe_cells *cells, int b, int first, int32_t *seen, int end) {
    const nixe_lattice *lattice = cells->lattice;
    for (int p = cells->begin[b]; p < cells->begin[b] + cells->count[b]; p++)
        for (int d = first; d < first + lattice->directions / 2; d++) {
            const int j = nixe_lattice_neighbours(lattice, cells->site[p])[d];
            if (j < 0 || seen[cells->block[j]] == b + 1) continue;
            seen[cells->block[j]] = b + 1;
            cells->beside[end++] = cells->block[j];
        }
    return end;
}

static nixe_status find_neighbours(nixe_cells *cells) {
    const nixe_lattice *lattice = cells->lattice;
    const int half = lattice->directions / 2;
    int32_t *seen;
    NIXE_TRY(nixe_allocate(&cells->next, (long)lattice->directions * cells->places, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&cells->beside_begin, cells->blocks + 1, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&cells->beside_middle, cells->blocks, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&cells->beside, (long)lattice->directions * lattice->sites, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&seen, cells->blocks, sizeof *seen, what));
    for (int p = 0; p < cells->places; p++)
        for (int d = 0; d < lattice->directions; d++) {
            const int j = cells->site[p] < 0 ? -1 : nixe_lattice_neighbours(lattice, cells->site[p])[d];
            cells->next[(long)d * cells->places + p] = j < 0 ? cells->places : cells->place[j];
        }
    for (int b = 0; b < cells->blocks; b++) {
        seen[b] = b + 1;
        cells->beside_middle[b] = list_beside(cells, b, 0, seen, cells->beside_begin[b]);
        cells->beside_begin[b + 1] = list_beside(cells, b, half, seen, cells->beside_middle[b]);
    }
    free(seen);
    return NIXE_OK;
}

/* Take an operation as the next one if it makes a block of every block. */
static void try_operation(nixe_cells *cells, const int32_t *image_of) {
    const int o = cells->operations;
    int32_t *image = cells->image + (long)o * cells->blocks, *source = cells->source + (long)o * cells->blocks;
    uint8_t *turned = cells->turned + (long)o * cells->places;
    for (int b = 0; b < cells->blocks; b++) {
        image[b] = cells->block[image_of[cells->site[cells->begin[b]]]];
        if (cells->count[image[b]] != cells->count[b]) return;
        for (int p = cells->begin[b]; p < cells->begin[b] + cells->count[b]; p++)
            if (cells->block[image_of[cells->site[p]]] != image[b]) return;
        source[image[b]] = b;
    }
    for (int i = 0; i < cells->lattice->sites; i++)
        turned[cells->place[image_of[i]]] = (uint8_t)(cells->place[i] - cells->begin[cells->block[i]]);
    for (int b = 0; b < cells->blocks; b++)
        for (int p = cells->begin[b] + cells->count[b]; p < cells->begin[b + 1]; p++) turned[p] = (uint8_t)cells->count[b];
    cells->operations++;
}

static nixe_status find_operations(nixe_cells *cells) {
    const nixe_lattice *lattice = cells->lattice;
    const int all = lattice->symmetry.operations, n = lattice->sites;
    NIXE_TRY(nixe_allocate(&cells->image, (long)all * cells->blocks, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&cells->source, (long)all * cells->blocks, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&cells->turned, (long)all * cells->places, 1, what));
    NIXE_TRY(nixe_allocate(&cells->orbit, n, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&cells->operation, n, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&cells->representative, n, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&cells->element, all, sizeof(int32_t), what));
    for (int g = 0; g < all; g++) {
        const int before = cells->operations;
        try_operation(cells, lattice->symmetry.image + (long)g * n);
        if (cells->operations > before) cells->element[before] = g;
    }
    for (int i = 0; i < n; i++) cells->orbit[i] = -1;
    for (int i = 0; i < n; i++) {
        if (cells->orbit[i] >= 0) continue;
        for (int o = 0; o < cells->operations; o++) {
            const int made = lattice->symmetry.image[(long)cells->element[o] * n + i];
            if (cells->orbit[made] >= 0) continue;
            cells->orbit[made] = cells->representatives;
            cells->operation[made] = o;
        }
        cells->representative[cells->representatives++] = i;
    }
    return NIXE_OK;
}

/* The arrays, when their sizes are known: those of operations that are kept, and blocks that are there, alone. */
enum { ARRAYS = 16 };

static void list_arrays(nixe_cells *cells, long long besides, nixe_common_array arrays[ARRAYS]) {
    const long long n = cells->lattice->sites, blocks = cells->blocks, places = cells->places, word = sizeof(int32_t);
    const nixe_common_array all[ARRAYS] = {{&cells->begin, (blocks + 1) * word},
                                           {&cells->count, blocks * word},
                                           {&cells->block, n * word},
                                           {&cells->place, n * word},
                                           {&cells->site, places * word},
                                           {&cells->next, cells->lattice->directions * places * word},
                                           {&cells->beside, besides * word},
                                           {&cells->beside_begin, (blocks + 1) * word},
                                           {&cells->beside_middle, blocks * word},
                                           {&cells->element, cells->operations * word},
                                           {&cells->image, cells->operations * blocks * word},
                                           {&cells->source, cells->operations * blocks * word},
                                           {&cells->turned, cells->operations * places},
                                           {&cells->representative, cells->representatives * word},
                                           {&cells->orbit, n * word},
                                           {&cells->operation, n * word}};
    memcpy(arrays, all, sizeof all);
}

static nixe_status build(nixe_cells *cells, int most) {
    cut c;
    int32_t *count;
    NIXE_TRY(choose_cut(cells->lattice, most, &c, &count));
    NIXE_TRY(number_places(cells, &c, count));
    free(count);
    NIXE_TRY(find_neighbours(cells));
    return find_operations(cells);
}

nixe_status nixe_cells_create(nixe_cells *cells, const nixe_lattice *lattice, int most, nixe_commons *commons) {
    nixe_common_array arrays[ARRAYS];
    nixe_status status = NIXE_OK;
    *cells = (nixe_cells){.lattice = lattice};
    if (commons->part == 0) status = build(cells, most);
    long long besides = status || commons->part ? 0 : cells->beside_begin[cells->blocks];
    NIXE_TRY(nixe_commons_copy(commons, status, &besides, sizeof besides));
    NIXE_TRY(nixe_commons_copy(commons, NIXE_OK, cells, sizeof *cells));
    cells->lattice = lattice;
    list_arrays(cells, besides, arrays);
    return nixe_commons_publish(commons, ARRAYS, arrays, what);
}
