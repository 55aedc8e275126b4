/* Influence: how much an event can change the exponents of rates in each block. Pure; nothing here is collective. */
#include "nixe/sampling/influence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/sampling/lazy_loops.h"

enum { ABREAST = NIXE_LAZY_ABREAST };

static const char *const what = "the bounds of rates";

/* Scratch. A bond is seen from both its ends: what a swap changes is found at one of them and noted for both, so that Q and P
 * are kept of many rows. */
typedef struct {
    float *row;    /* places: a row of the table */
    float *change; /* places x ABREAST: what events change */
    float P[ABREAST], Q[ABREAST];
    float *swaps, *exchanges; /* blocks of each row that is kept: Q and P */
    float *even;              /* blocks */
    nixe_held_block *list;    /* blocks */
    int64_t room;             /* of influence->held */
} scratch;

static void set_levels(nixe_influence *influence) {
    for (int level = 1; level < NIXE_LEVELS; level++) {
        const double step = ceil(exp2((level - 1) / 8.0));
        influence->step[level] = step < INT32_MAX ? (int32_t)step : INT32_MAX;
    }
}

/* The lowest level that is not below a bound. 1e-6: bounds are computed in single precision. */
static uint8_t level_of(const nixe_influence *influence, float bound) {
    const double padded = (double)bound * (1 + 1e-6) + NIXE_INFLUENCE_PAD;
    int level = (int)(8 * log2(padded));
    while (level < NIXE_LEVELS - 1 && influence->step[level] < padded) level++;
    return (uint8_t)level;
}

/* The row of a site by places, less another: shape [places][abreast]. */
static void read_row(const nixe_cells *cells, const nixe_table *table, int site, const float *from, float *to, int abreast) {
    const int32_t *numbers = nixe_table_row(table, site, 0);
    for (int p = 0; p < cells->places; p++)
        to[(long)p * abreast] = cells->site[p] < 0 ? 0 : (float)numbers[cells->site[p]] - (from ? from[p] : 0);
}

/* Where Q and P of a row of swaps are kept. Without symmetry all rows are of different sites: then one after the other. */
static long kept_at(const nixe_cells *cells, int row) { return cells->operations == 1 ? 0 : (long)row * cells->blocks; }

static void keep(float *largest, float number) {
    if (number > *largest) *largest = number;
}

/* P and Q of the first `count` changes, of events of row `row`; and of those of the rows of the sites other[], of which
 * operations have made these changes. */
static void take_changes(const nixe_cells *cells, scratch *s, int row, int count, const int32_t *other) {
    for (int b = 0; b < cells->blocks; b++) {
        nixe_lazy_largest(cells->begin[b], cells->begin[b + 1], cells->lattice->directions, cells->places, cells->next,
                          s->change, s->P, s->Q);
        for (int k = 0; k < count; k++) {
            keep(&s->exchanges[kept_at(cells, row) + b], s->P[k]);
            keep(&s->swaps[kept_at(cells, row) + b], s->Q[k]);
            if (!other || cells->operations == 1) continue;
            const int source = cells->source[(long)cells->operation[other[k]] * cells->blocks + b];
            keep(&s->exchanges[kept_at(cells, cells->orbit[other[k]]) + source], s->P[k]);
            keep(&s->swaps[kept_at(cells, cells->orbit[other[k]]) + source], s->Q[k]);
        }
    }
}

/* Of all directions, since operations make other directions of them; but for those to sites of rows before, which have noted
 * them. */
static void take_swaps(const nixe_cells *cells, const nixe_table *table, int row, scratch *s) {
    const int site = cells->representative[row], has_symmetry = cells->operations > 1;
    const int all = has_symmetry ? cells->lattice->directions : cells->lattice->directions / 2;
    int32_t others[ABREAST];
    int count = 0;
    read_row(cells, table, site, NULL, s->row, 1);
    for (int d = 0; d < all; d++) {
        const int other = nixe_lattice_neighbours(cells->lattice, site)[d];
        if (other < 0 || (has_symmetry && cells->orbit[other] < row)) continue;
        read_row(cells, table, other, s->row, s->change + count, ABREAST);
        others[count++] = other;
        if (count < ABREAST) continue;
        take_changes(cells, s, row, count, others);
        count = 0;
    }
    if (count) take_changes(cells, s, row, count, others);
}

/* The operations that leave a representative alone make of its bonds others, of which one has been noted. */
static void even_out(const nixe_cells *cells, int row, float *kept, float *even) {
    const int site = cells->representative[row];
    memcpy(even, kept, (size_t)cells->blocks * sizeof *even);
    for (int o = 1; o < cells->operations; o++) {
        if (cells->lattice->symmetry.image[(long)cells->element[o] * cells->lattice->sites + site] != site) continue;
        for (int b = 0; b < cells->blocks; b++) keep(&even[b], kept[cells->image[(long)o * cells->blocks + b]]);
    }
    memcpy(kept, even, (size_t)cells->blocks * sizeof *even);
}

/* What is held of block b by a row with these Q and P, and the level of what is pending for its swaps. */
static nixe_held_block divide(const nixe_influence *influence, const float *Q, const float *P_of, float limit, int b,
                              uint8_t *pending) {
    const nixe_cells *cells = influence->cells;
    const int near = P_of[b] >= limit;
    float held = near ? Q[b] : 0, left = near ? 0 : Q[b];
    int mixed = 0;
    for (int k = cells->beside_begin[b]; k < cells->beside_begin[b + 1]; k++) {
        const float P = P_of[cells->beside[k]];
        if ((P >= limit) == near) continue;
        mixed = 1;
        if (near && P > left) left = P;
        if (!near && P > held) held = P;
    }
    if (mixed && near && P_of[b] > held) held = P_of[b];
    if (mixed && !near && P_of[b] > left) left = P_of[b];
    *pending = level_of(influence, left);
    return (nixe_held_block){.block = b,
                             .near = (uint8_t)near,
                             .swaps = near || mixed ? level_of(influence, held) : 0,
                             .exchanges = near ? level_of(influence, P_of[b]) : 0};
}

static nixe_status store_row(nixe_influence *influence, scratch *s, const float *Q, const float *P, float limit, int row) {
    const int blocks = influence->cells->blocks;
    int64_t end = influence->held_begin[row];
    int count = 0;
    for (int b = 0; b < blocks; b++) {
        const long at = (long)row * influence->stride + b;
        const nixe_held_block held = divide(influence, Q, P, limit, b, &influence->swaps[at]);
        influence->exchanges[at] = held.near ? 0 : level_of(influence, P[b]);
        if (held.near || held.swaps) s->list[count++] = held;
    }
    if (end + count > s->room) {
        s->room = 2 * s->room + count;
        nixe_held_block *larger = realloc(influence->held, (size_t)s->room * sizeof *larger);
        if (!larger) return nixe_fail(NIXE_FAILED, "out of memory for %s", what);
        influence->held = larger;
    }
    if (count) memcpy(influence->held + end, s->list, (size_t)count * sizeof *s->list);
    influence->held_begin[row + 1] = end + count;
    return NIXE_OK;
}

static void clear(const nixe_cells *cells, scratch *s, int row) {
    memset(s->swaps + kept_at(cells, row), 0, (size_t)cells->blocks * sizeof *s->swaps);
    memset(s->exchanges + kept_at(cells, row), 0, (size_t)cells->blocks * sizeof *s->exchanges);
}

static nixe_status fill_swaps(nixe_influence *influence, const nixe_table *table, float limit, scratch *s) {
    const nixe_cells *cells = influence->cells;
    for (int row = 0; row < cells->representatives; row++) {
        float *const Q = s->swaps + kept_at(cells, row), *const P = s->exchanges + kept_at(cells, row);
        if (cells->operations == 1) clear(cells, s, row);
        take_swaps(cells, table, row, s);
        even_out(cells, row, Q, s->even);
        even_out(cells, row, P, s->even);
        NIXE_TRY(store_row(influence, s, Q, P, limit, row));
    }
    return NIXE_OK;
}

/* Rows of exchanges are numbered in the order of the representatives. */
static nixe_status fill_exchanges(nixe_influence *influence, const nixe_table *table, float limit, scratch *s) {
    const nixe_cells *cells = influence->cells;
    for (int r = 0; r < cells->representatives; r++) {
        if (influence->exchange_row[r] < 0) continue;
        clear(cells, s, 0);
        read_row(cells, table, cells->representative[r], NULL, s->change, ABREAST);
        take_changes(cells, s, 0, 1, NULL);
        NIXE_TRY(store_row(influence, s, s->swaps, s->exchanges, limit, influence->exchange_row[r]));
    }
    return NIXE_OK;
}

static nixe_status fill_rows(nixe_influence *influence, const nixe_table *table, float limit) {
    const nixe_cells *cells = influence->cells;
    const long kept = cells->operations == 1 ? 1 : cells->representatives;
    scratch s = {0};
    NIXE_TRY(nixe_allocate(&s.row, cells->places, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&s.change, (long long)cells->places * ABREAST, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&s.swaps, kept * cells->blocks, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&s.exchanges, kept * cells->blocks, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&s.even, cells->blocks, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&s.list, cells->blocks, sizeof *s.list, what));
    NIXE_TRY(fill_swaps(influence, table, limit, &s));
    NIXE_TRY(fill_exchanges(influence, table, limit, &s));
    free(s.row);
    free(s.change);
    free(s.swaps);
    free(s.exchanges);
    free(s.even);
    free(s.list);
    return NIXE_OK;
}

/* Mark what an event needs: the rows of a site in the near blocks of a row of bounds, which are those of another, whose
 * operation is `operation`. */
static void mark(nixe_influence *influence, int row, int operation, int site) {
    const nixe_cells *cells = influence->cells;
    const int32_t *image = cells->image + (long)operation * cells->blocks;
    const int32_t *source = cells->source + (long)cells->operation[site] * cells->blocks;
    int64_t *segment = influence->segment + (long)cells->orbit[site] * cells->blocks;
    for (int64_t k = influence->held_begin[row]; k < influence->held_begin[row + 1]; k++)
        if (influence->held[k].near) segment[source[image[influence->held[k].block]]] = 0;
}

static void mark_all(nixe_influence *influence) {
    const nixe_cells *cells = influence->cells;
    const nixe_lattice *lattice = cells->lattice;
    for (int i = 0; i < lattice->sites; i++) {
        const int r = cells->orbit[i], exchange = influence->exchange_row[r];
        mark(influence, r, cells->operation[i], i);
        if (exchange >= 0) mark(influence, exchange, cells->operation[i], i);
        for (int d = 0; d < lattice->directions / 2; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j >= 0) mark(influence, r, cells->operation[i], j);
        }
    }
}

/* The rows of near blocks. */
static nixe_status fill_segments(nixe_influence *influence, const nixe_table *table) {
    const nixe_cells *cells = influence->cells;
    const int64_t all = (int64_t)cells->representatives * cells->blocks;
    NIXE_TRY(nixe_allocate(&influence->segment, all, sizeof(int64_t), what));
    for (int64_t k = 0; k < all; k++) influence->segment[k] = -1;
    mark_all(influence);
    for (int64_t k = 0; k < all; k++) {
        if (influence->segment[k] < 0) continue;
        influence->segment[k] = influence->numbers;
        influence->numbers += nixe_cells_width(cells, (int)(k % cells->blocks));
    }
    NIXE_TRY(nixe_allocate(&influence->number, influence->numbers, sizeof(int32_t), what));
    for (int r = 0; r < cells->representatives; r++) {
        const int32_t *row = nixe_table_row(table, cells->representative[r], 0);
        for (int b = 0; b < cells->blocks; b++) {
            const int64_t at = influence->segment[(int64_t)r * cells->blocks + b];
            for (int k = 0; k < cells->count[b] && at >= 0; k++)
                influence->number[at + k] = row[cells->site[cells->begin[b] + k]];
        }
    }
    return NIXE_OK;
}

nixe_status nixe_influence_create(nixe_influence *influence, const nixe_cells *cells, const nixe_table *table,
                                  const uint8_t *exchanges, double near) {
    *influence = (nixe_influence){.cells = cells, .rows = cells->representatives};
    influence->stride = (cells->blocks + NIXE_LAZY_GROUP - 1) / NIXE_LAZY_GROUP * NIXE_LAZY_GROUP;
    set_levels(influence);
    NIXE_TRY(nixe_allocate(&influence->exchange_row, cells->representatives, sizeof(int32_t), what));
    for (int i = 0; i < cells->lattice->sites; i++) influence->exchange_row[cells->orbit[i]] |= exchanges[i] != 0;
    for (int r = 0; r < cells->representatives; r++)
        influence->exchange_row[r] = influence->exchange_row[r] ? influence->rows++ : -1;
    NIXE_TRY(nixe_allocate(&influence->swaps, (long long)influence->rows * influence->stride, 1, what));
    NIXE_TRY(nixe_allocate(&influence->exchanges, (long long)influence->rows * influence->stride, 1, what));
    NIXE_TRY(nixe_allocate(&influence->held_begin, influence->rows + 1, sizeof(int64_t), what));
    NIXE_TRY(fill_rows(influence, table, (float)near));
    return fill_segments(influence, table);
}

void nixe_influence_destroy(nixe_influence *influence) {
    void *const all[] = {influence->exchange_row, influence->swaps,   influence->exchanges, influence->held_begin,
                         influence->held,         influence->segment, influence->number};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) free(all[k]);
    *influence = (nixe_influence){0};
}
