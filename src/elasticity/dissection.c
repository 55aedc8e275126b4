/* Dissection: the order in which the freedoms of a block of D are eliminated. Nothing here is collective. */
#include "nixe/elasticity/dissection.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL = 40 /* sites that are not cut any further */ };
enum { ELSEWHERE = 0, BELOW, ABOVE, CUT };

static const double same_plane = 1e-6; /* units of a */

/* A dissection under way. */
typedef struct {
    const nixe_blocks *blocks;
    nixe_dissection *tree;
    int32_t *site;      /* sites: those of a part are next to each other in the end */
    int8_t *side;       /* sites: of the cut that is looked at */
    double *coordinate; /* sites: scratch */
} cutter;

static double coordinate_of(const cutter *c, int r, int axis) {
    const nixe_lattice *lattice = c->blocks->lattice;
    return lattice->position[(long)c->blocks->representative[r] * lattice->dimension + axis];
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The site of the wedge that site r has a bond to in direction m, or -1. */
static int next_of(const nixe_blocks *blocks, int r, int m) {
    const int next = nixe_lattice_neighbours(blocks->lattice, blocks->representative[r])[m];
    return next < 0 ? -1 : blocks->place[next];
}

static int touches(const cutter *c, int r, int side) {
    for (int m = 0; m < c->blocks->lattice->directions; m++) {
        const int next = next_of(c->blocks, r, m);
        if (next >= 0 && c->side[next] == side) return 1;
    }
    return 0;
}

/* Tell sites below the plane in the middle from those above; 0 where all are on one side. */
static int halve(cutter *c, const int32_t *site, int count, int axis) {
    int below = 0;
    for (int i = 0; i < count; i++) c->coordinate[i] = coordinate_of(c, site[i], axis);
    qsort(c->coordinate, (size_t)count, sizeof(double), ascending);
    double plane = c->coordinate[count / 2] - same_plane;
    if (c->coordinate[0] > plane) plane += 2 * same_plane;
    for (int i = 0; i < count; i++) {
        const int is_below = coordinate_of(c, site[i], axis) < plane;
        c->side[site[i]] = is_below ? BELOW : ABOVE;
        below += is_below;
    }
    return below > 0 && below < count;
}

/* Of the sites that have bonds across the plane those on one side make the cut. Returns their number. */
static int mark_cut(cutter *c, const int32_t *site, int count, int from) {
    int cut = 0;
    for (int i = 0; i < count; i++)
        if (c->side[site[i]] == from && touches(c, site[i], BELOW + ABOVE - from)) c->side[site[i]] = CUT, cut++;
    return cut;
}

/* The smallest cut: its axis and the side that it is taken from; 0 where there is none. */
static int choose_cut(cutter *c, const int32_t *site, int count, int *best_axis, int *best_from) {
    int least = count;
    for (int axis = 0; axis < c->blocks->lattice->dimension; axis++)
        for (int from = BELOW; from <= ABOVE; from++) {
            if (!halve(c, site, count, axis)) continue;
            const int cut = mark_cut(c, site, count, from);
            if (cut >= least) continue;
            least = cut;
            *best_axis = axis;
            *best_from = from;
        }
    return least < count;
}

/* Sites in the order of their sides, otherwise as they were; returns how many are on each. */
static nixe_status sort_by_side(const cutter *c, int32_t *site, int count, int of[4]) {
    int32_t *sorted;
    int filled = 0;
    NIXE_TRY(nixe_allocate(&sorted, count, sizeof *sorted, "the order of elimination"));
    for (int side = BELOW; side <= CUT; side++) {
        of[side] = -filled;
        for (int i = 0; i < count; i++)
            if (c->side[site[i]] == side) sorted[filled++] = site[i];
        of[side] += filled;
    }
    memcpy(site, sorted, (size_t)count * sizeof *site);
    free(sorted);
    return NIXE_OK;
}

/* A part of `count` sites, the next in the order. */
static int add_part(cutter *c, int count, int depth) {
    nixe_dissection *tree = c->tree;
    const int t = tree->parts++, d = c->blocks->lattice->dimension;
    tree->first[t + 1] = tree->first[t] + count * d;
    tree->depth[t] = depth;
    tree->half[t][0] = tree->half[t][1] = -1;
    return t;
}

/* Cut `count` sites, and what is left of them, as often as it goes. Returns the part that comes last. */
static nixe_status dissect(cutter *c, int32_t *site, int count, int depth, int32_t *last) {
    int axis = 0, from = BELOW, of[4];
    int32_t half[2] = {-1, -1};
    const int cuts = count > SMALL && choose_cut(c, site, count, &axis, &from);
    if (cuts) {
        halve(c, site, count, axis);
        mark_cut(c, site, count, from);
        NIXE_TRY(sort_by_side(c, site, count, of));
    }
    for (int i = 0; i < count; i++) c->side[site[i]] = ELSEWHERE;
    if (!cuts) return *last = add_part(c, count, depth), NIXE_OK;
    if (of[BELOW]) NIXE_TRY(dissect(c, site, of[BELOW], depth + 1, &half[0]));
    if (of[ABOVE]) NIXE_TRY(dissect(c, site + of[BELOW], of[ABOVE], depth + 1, &half[1]));
    *last = add_part(c, of[CUT], depth);
    memcpy(c->tree->half[*last], half, sizeof half);
    return NIXE_OK;
}

static void number(const cutter *c) {
    const nixe_blocks *blocks = c->blocks;
    const int d = blocks->lattice->dimension;
    for (int i = 0; i < (int)blocks->size; i++) {
        const int freedom = i < blocks->sites * d ? c->site[i / d] * d + i % d : i; /* strains come last */
        c->tree->freedom[i] = freedom;
        c->tree->place[freedom] = i;
    }
}

/* Borders that grow. */
typedef struct {
    int32_t *seen; /* size: the part that has seen a place last, and 1 more */
    int64_t room;
} borders;

static nixe_status add_place(nixe_dissection *tree, borders *b, int t, int place) {
    if (place < tree->first[t + 1] || b->seen[place] == t + 1) return NIXE_OK;
    b->seen[place] = t + 1;
    if (tree->begin[t + 1] == b->room) {
        int32_t *larger = realloc(tree->border, 2 * (size_t)b->room * sizeof *larger);
        if (!larger) return nixe_fail(NIXE_FAILED, "out of memory: the order of elimination");
        tree->border = larger;
        b->room *= 2;
    }
    tree->border[tree->begin[t + 1]++] = place;
    return NIXE_OK;
}

static int in_order(const void *a, const void *b) { return *(const int32_t *)a - *(const int32_t *)b; }

/* What part t touches behind it: by bonds of its sites, by what its halves have touched, and all strains. */
static nixe_status set_border(nixe_dissection *tree, const nixe_blocks *blocks, borders *b, int t) {
    const int32_t *half = tree->half[t];
    const int d = blocks->lattice->dimension, sites = blocks->sites * d;
    tree->begin[t + 1] = tree->begin[t];
    for (int p = tree->first[t]; p < tree->first[t + 1] && p < sites; p += d)
        for (int m = 0; m < blocks->lattice->directions; m++) {
            const int next = next_of(blocks, tree->freedom[p] / d, m);
            for (int k = 0; k < d && next >= 0; k++) NIXE_TRY(add_place(tree, b, t, tree->place[next * d + k]));
        }
    for (int h = 0; h < 2; h++)
        for (int64_t x = half[h] < 0 ? 0 : tree->begin[half[h]]; half[h] >= 0 && x < tree->begin[half[h] + 1]; x++)
            NIXE_TRY(add_place(tree, b, t, tree->border[x]));
    for (int p = sites; p < (int)blocks->size; p++) NIXE_TRY(add_place(tree, b, t, p));
    qsort(tree->border + tree->begin[t], (size_t)(tree->begin[t + 1] - tree->begin[t]), sizeof(int32_t), in_order);
    return NIXE_OK;
}

static nixe_status set_borders(nixe_dissection *tree, const nixe_blocks *blocks) {
    borders b = {.room = 16 * blocks->size};
    NIXE_TRY(nixe_allocate(&b.seen, blocks->size, sizeof(int32_t), "the order of elimination"));
    NIXE_TRY(nixe_allocate(&tree->border, b.room, sizeof(int32_t), "the order of elimination"));
    for (int t = 0; t < tree->parts; t++) NIXE_TRY(set_border(tree, blocks, &b, t));
    free(b.seen);
    return NIXE_OK;
}

nixe_status nixe_dissection_create(nixe_dissection *tree, const nixe_blocks *blocks) {
    static const char what[] = "the order of elimination";
    const long sites = blocks->sites, size = blocks->size, most = 2 * sites + 1; /* every cut but the first leaves sites */
    cutter c = {.blocks = blocks, .tree = tree};
    int32_t last;
    *tree = (nixe_dissection){0};
    NIXE_TRY(nixe_allocate(&tree->place, size, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&tree->freedom, size, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&tree->first, most + 1, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&tree->half, most, sizeof *tree->half, what));
    NIXE_TRY(nixe_allocate(&tree->depth, most, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&tree->begin, most + 1, sizeof(int64_t), what));
    NIXE_TRY(nixe_allocate(&c.site, sites, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&c.side, sites, 1, what));
    NIXE_TRY(nixe_allocate(&c.coordinate, sites, sizeof(double), what));
    for (int r = 0; r < sites; r++) c.site[r] = r;
    NIXE_TRY(dissect(&c, c.site, (int)sites, 0, &last));
    number(&c);
    tree->first[tree->parts] = (int32_t)size; /* with the strains */
    free(c.site);
    free(c.side);
    free(c.coordinate);
    return set_borders(tree, blocks);
}

void nixe_dissection_destroy(nixe_dissection *tree) {
    free(tree->place);
    free(tree->freedom);
    free(tree->first);
    free(tree->half);
    free(tree->depth);
    free(tree->begin);
    free(tree->border);
    *tree = (nixe_dissection){0};
}
