/* Influence: how much an event can change the exponents of rates in each block. Pure; nothing here is collective. */
#include "nixe/sampling/influence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/sampling/lazy_loops.h"

static const char *const what = "the bounds of rates";

/* Scratch of a row. */
typedef struct {
    float *row, *change;      /* places, and one behind them: a row of the table; what an event changes */
    float *swaps, *exchanges; /* blocks: Q and P */
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

/* The row of a site by places. */
static void read_row(const nixe_cells *cells, const nixe_table *table, int site, float *row) {
    const int32_t *numbers = nixe_table_row(table, site, 0);
    for (int p = 0; p < cells->places; p++) row[p] = cells->site[p] < 0 ? 0 : (float)numbers[cells->site[p]];
}

/* P and Q of one more change, beside those that are there. */
static void take_change(const nixe_cells *cells, const scratch *s) {
    for (int b = 0; b < cells->blocks; b++)
        nixe_lazy_largest(cells->begin[b], cells->begin[b + 1], cells->lattice->directions, cells->places, cells->next,
                          s->change, &s->exchanges[b], &s->swaps[b]);
}

/* Of all directions, since operations make other directions of them. */
static void take_swaps(const nixe_cells *cells, const nixe_table *table, int site, scratch *s) {
    const int all = cells->operations == 1 ? cells->lattice->directions / 2 : cells->lattice->directions;
    read_row(cells, table, site, s->row);
    for (int d = 0; d < all; d++) {
        const int other = nixe_lattice_neighbours(cells->lattice, site)[d];
        if (other < 0) continue;
        read_row(cells, table, other, s->change);
        for (int p = 0; p < cells->places; p++) s->change[p] -= s->row[p];
        take_change(cells, s);
    }
}

/* What is held of block b, and the level of what is pending for its swaps. */
static nixe_held_block divide(const nixe_influence *influence, const scratch *s, float limit, int b, uint8_t *pending) {
    const nixe_cells *cells = influence->cells;
    const int near = s->exchanges[b] >= limit;
    float held = near ? s->swaps[b] : 0, left = near ? 0 : s->swaps[b];
    int mixed = 0;
    for (int k = cells->beside_begin[b]; k < cells->beside_begin[b + 1]; k++) {
        const float P = s->exchanges[cells->beside[k]];
        if ((P >= limit) == near) continue;
        mixed = 1;
        if (near && P > left) left = P;
        if (!near && P > held) held = P;
    }
    if (mixed && near && s->exchanges[b] > held) held = s->exchanges[b];
    if (mixed && !near && s->exchanges[b] > left) left = s->exchanges[b];
    *pending = level_of(influence, left);
    return (nixe_held_block){.block = b,
                             .near = (uint8_t)near,
                             .swaps = near || mixed ? level_of(influence, held) : 0,
                             .exchanges = near ? level_of(influence, s->exchanges[b]) : 0};
}

static nixe_status store_row(nixe_influence *influence, scratch *s, float limit, int row) {
    const int blocks = influence->cells->blocks;
    int64_t end = influence->held_begin[row];
    int count = 0;
    for (int b = 0; b < blocks; b++) {
        const long at = (long)row * influence->stride + b;
        const nixe_held_block held = divide(influence, s, limit, b, &influence->swaps[at]);
        influence->exchanges[at] = held.near ? 0 : level_of(influence, s->exchanges[b]);
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

static void clear(const nixe_cells *cells, scratch *s) {
    memset(s->swaps, 0, (size_t)cells->blocks * sizeof *s->swaps);
    memset(s->exchanges, 0, (size_t)cells->blocks * sizeof *s->exchanges);
}

static nixe_status fill_rows(nixe_influence *influence, const nixe_table *table, float limit) {
    const nixe_cells *cells = influence->cells;
    scratch s = {0};
    NIXE_TRY(nixe_allocate(&s.row, cells->places + 1, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&s.change, cells->places + 1, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&s.swaps, cells->blocks, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&s.exchanges, cells->blocks, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&s.list, cells->blocks, sizeof *s.list, what));
    for (int row = 0; row < cells->representatives; row++) {
        clear(cells, &s);
        take_swaps(cells, table, cells->representative[row], &s);
        NIXE_TRY(store_row(influence, &s, limit, row));
    }
    for (int r = 0; r < cells->representatives; r++) { /* rows of exchanges are numbered in this order */
        if (influence->exchange_row[r] < 0) continue;
        clear(cells, &s);
        read_row(cells, table, cells->representative[r], s.change);
        take_change(cells, &s);
        NIXE_TRY(store_row(influence, &s, limit, influence->exchange_row[r]));
    }
    free(s.row);
    free(s.change);
    free(s.swaps);
    free(s.exchanges);
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
