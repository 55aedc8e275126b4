/* Influence: how much an event can change the exponents of rates in each block. The parts of the commons take every so manieth
 * row. Collective over them. */
#include "nixe/sampling/influence.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/sampling/fixed_loops.h"
#include "nixe/sampling/lazy_loops.h"

enum { ABREAST = NIXE_LAZY_ABREAST };

static const char *const what = "the bounds of rates";

/* Largest numbers, which any part may raise: what they come to does not depend on the order. */
typedef _Atomic(float) largest;

/* Scratch. A bond is seen from both its ends: what a swap changes is found at one of them and noted for both, so that Q and P
 * are kept of many rows, for all parts. */
typedef struct {
    float *row;    /* places: a row of the table */
    float *change; /* places x ABREAST: what events change */
    float P[ABREAST], Q[ABREAST];
    largest *swaps, *exchanges;    /* blocks of each row that is kept: Q and P */
    float *even, *even_Q, *even_P; /* blocks */
    nixe_held_block *list;         /* what is held of the rows of this part, one after the other */
    int64_t listed, room;          /* of it */
} scratch;

static int is_mine(const nixe_commons *commons, int row) { return row % commons->parts == commons->part; }

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

static void keep(largest *kept, float number) {
    float before = atomic_load_explicit(kept, memory_order_relaxed);
    while (number > before &&
           !atomic_compare_exchange_weak_explicit(kept, &before, number, memory_order_relaxed, memory_order_relaxed))
        continue;
}

static void take_block(const nixe_cells *cells, scratch *s, int b) {
    nixe_lazy_largest(cells->begin[b], cells->begin[b + 1], cells->lattice->directions, cells->places, cells->next, s->change,
                      s->P, s->Q);
}

/* P and Q of the first `count` changes, of events of row `row`; and of those of the rows of the sites other[], of which
 * operations have made these changes. */
static void take_changes(const nixe_cells *cells, scratch *s, int row, int count, const int32_t *other) {
    for (int b = 0; b < cells->blocks; b++) {
        take_block(cells, s, b);
        for (int k = 0; k < count; k++) {
            keep(&s->exchanges[kept_at(cells, row) + b], s->P[k]);
            keep(&s->swaps[kept_at(cells, row) + b], s->Q[k]);
            if (cells->operations == 1) continue;
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

/* What is kept of a row; and the operations that leave its representative alone make of its bonds others, of which one has been
 * noted. */
static void even_out(const nixe_cells *cells, int row, const largest *kept, float *read, float *even) {
    const int site = cells->representative[row];
    for (int b = 0; b < cells->blocks; b++) even[b] = read[b] = atomic_load_explicit(&kept[b], memory_order_relaxed);
    for (int o = 1; o < cells->operations; o++) {
        if (cells->lattice->symmetry.image[(long)cells->element[o] * cells->lattice->sites + site] != site) continue;
        for (int b = 0; b < cells->blocks; b++) {
            const float made = read[cells->image[(long)o * cells->blocks + b]];
            if (made > even[b]) even[b] = made;
        }
    }
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
    const int64_t before = s->listed;
    if (s->listed + blocks > s->room) {
        s->room = 2 * s->room + blocks;
        nixe_held_block *larger = realloc(s->list, (size_t)s->room * sizeof *larger);
        if (!larger) return nixe_fail(NIXE_FAILED, "out of memory for %s", what);
        s->list = larger;
    }
    for (int b = 0; b < blocks; b++) {
        const long at = (long)row * influence->stride + b;
        const nixe_held_block held = divide(influence, Q, P, limit, b, &influence->swaps[at]);
        influence->exchanges[at] = held.near ? 0 : level_of(influence, P[b]);
        if (held.near || held.swaps) s->list[s->listed++] = held;
    }
    influence->held_begin[row + 1] = s->listed - before;
    return NIXE_OK;
}

static void clear(const nixe_cells *cells, scratch *s, int row) {
    for (int b = 0; b < cells->blocks; b++) {
        atomic_init(&s->swaps[kept_at(cells, row) + b], 0);
        atomic_init(&s->exchanges[kept_at(cells, row) + b], 0);
    }
}

static nixe_status store_swaps(nixe_influence *influence, scratch *s, float limit, int row) {
    const nixe_cells *cells = influence->cells;
    even_out(cells, row, s->swaps + kept_at(cells, row), s->even, s->even_Q);
    even_out(cells, row, s->exchanges + kept_at(cells, row), s->even, s->even_P);
    return store_row(influence, s, s->even_Q, s->even_P, limit, row);
}

/* With symmetry a row is complete when all parts have noted what they find. */
static nixe_status fill_swaps(nixe_influence *influence, const nixe_table *table, float limit, scratch *s,
                              const nixe_commons *commons) {
    const nixe_cells *cells = influence->cells;
    const int has_symmetry = cells->operations > 1;
    nixe_status status = NIXE_OK;
    for (int row = 0; row < cells->representatives && !status; row++) {
        if (!is_mine(commons, row)) continue;
        if (!has_symmetry) clear(cells, s, row);
        take_swaps(cells, table, row, s);
        if (!has_symmetry) status = store_swaps(influence, s, limit, row);
    }
    NIXE_TRY(nixe_commons_meet(commons, status));
    for (int row = 0; row < cells->representatives && has_symmetry; row++)
        if (is_mine(commons, row)) NIXE_TRY(store_swaps(influence, s, limit, row));
    return NIXE_OK;
}

/* Rows of exchanges are numbered in the order of the representatives. */
static nixe_status fill_exchanges(nixe_influence *influence, const nixe_table *table, float limit, scratch *s,
                                  const nixe_commons *commons) {
    const nixe_cells *cells = influence->cells;
    for (int r = 0; r < cells->representatives; r++) {
        const int row = influence->exchange_row[r];
        if (row < 0 || !is_mine(commons, row)) continue;
        read_row(cells, table, cells->representative[r], NULL, s->change, ABREAST);
        for (int b = 0; b < cells->blocks; b++) {
            take_block(cells, s, b);
            s->even_Q[b] = s->Q[0];
            s->even_P[b] = s->P[0];
        }
        NIXE_TRY(store_row(influence, s, s->even_Q, s->even_P, limit, row));
    }
    return NIXE_OK;
}

/* What is held, of all parts: so far each row has its number. */
static nixe_status join_held(nixe_influence *influence, const scratch *s, nixe_commons *commons) {
    int64_t *const begin = influence->held_begin;
    const nixe_held_block *from = s->list;
    NIXE_TRY(nixe_commons_meet(commons, NIXE_OK));
    for (int row = 0; row < influence->rows && commons->part == 0; row++) begin[row + 1] += begin[row];
    NIXE_TRY(nixe_commons_meet(commons, NIXE_OK));
    NIXE_TRY(nixe_commons_take(commons, &influence->held, begin[influence->rows], sizeof *influence->held, what));
    for (int row = 0; row < influence->rows; row++) {
        const int64_t count = begin[row + 1] - begin[row];
        if (!is_mine(commons, row) || count == 0) continue;
        memcpy(influence->held + begin[row], from, (size_t)count * sizeof *from);
        from += count;
    }
    return nixe_commons_meet(commons, NIXE_OK);
}

static nixe_status create_scratch(const nixe_cells *cells, nixe_commons *commons, scratch *s) {
    *s = (scratch){0};
    NIXE_TRY(nixe_allocate(&s->row, cells->places, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&s->change, (long long)cells->places * ABREAST, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&s->even, cells->blocks, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&s->even_Q, cells->blocks, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&s->even_P, cells->blocks, sizeof(float), what));
    if (cells->operations == 1) {
        NIXE_TRY(nixe_allocate(&s->swaps, cells->blocks, sizeof(largest), what));
        return nixe_allocate(&s->exchanges, cells->blocks, sizeof(largest), what);
    }
    NIXE_TRY(nixe_commons_take(commons, &s->swaps, (long long)cells->representatives * cells->blocks, sizeof(largest), what));
    return nixe_commons_take(commons, &s->exchanges, (long long)cells->representatives * cells->blocks, sizeof(largest), what);
}

static void destroy_scratch(const nixe_cells *cells, nixe_commons *commons, scratch *s) {
    free(s->row);
    free(s->change);
    free(s->even);
    free(s->even_Q);
    free(s->even_P);
    free(s->list);
    if (cells->operations == 1) {
        free(s->swaps);
        free(s->exchanges);
    } else {
        nixe_commons_give_back(commons, s->exchanges);
        nixe_commons_give_back(commons, s->swaps);
    }
}

static nixe_status fill_rows(nixe_influence *influence, const nixe_table *table, float limit, nixe_commons *commons) {
    const nixe_cells *cells = influence->cells;
    scratch s;
    NIXE_TRY(create_scratch(cells, commons, &s));
    nixe_status status = fill_swaps(influence, table, limit, &s, commons);
    if (!status) status = fill_exchanges(influence, table, limit, &s, commons);
    NIXE_TRY(nixe_commons_meet(commons, status));
    NIXE_TRY(join_held(influence, &s, commons));
    destroy_scratch(cells, commons, &s);
    return NIXE_OK;
}

/* What events need, by any part: the order does not matter. */
typedef _Atomic(uint8_t) needed;

/* Mark what an event needs: the rows of a site in the near blocks of a row of bounds, which are those of another, whose
 * operation is `operation`. */
static void mark(const nixe_influence *influence, int row, int operation, int site, needed *need) {
    const nixe_cells *cells = influence->cells;
    const int32_t *image = cells->image + (long)operation * cells->blocks;
    const int32_t *source = cells->source + (long)cells->operation[site] * cells->blocks;
    needed *of_row = need + (long)cells->orbit[site] * cells->blocks;
    for (int64_t k = influence->held_begin[row]; k < influence->held_begin[row + 1]; k++)
        if (influence->held[k].near)
            atomic_store_explicit(&of_row[source[image[influence->held[k].block]]], 1, memory_order_relaxed);
}

static void mark_all(const nixe_influence *influence, const nixe_commons *commons, needed *need) {
    const nixe_cells *cells = influence->cells;
    const nixe_lattice *lattice = cells->lattice;
    for (int i = 0; i < lattice->sites; i++) {
        const int r = cells->orbit[i], exchange = influence->exchange_row[r];
        if (!is_mine(commons, i)) continue;
        mark(influence, r, cells->operation[i], i, need);
        if (exchange >= 0) mark(influence, exchange, cells->operation[i], i, need);
        for (int d = 0; d < lattice->directions / 2; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j >= 0) mark(influence, r, cells->operation[i], j, need);
        }
    }
}

/* Where the rows of near blocks begin, in vectors; behind the last, where they end. By part 0. */
static void place_segments(nixe_influence *influence, const needed *need) {
    const nixe_cells *cells = influence->cells;
    const int64_t all = (int64_t)cells->representatives * cells->blocks;
    int32_t end = 0;
    for (int64_t k = 0; k < all; k++) {
        const int is_near = atomic_load_explicit(&need[k], memory_order_relaxed);
        influence->segment[k] = is_near ? end : -1;
        if (is_near) end += nixe_cells_width(cells, (int)(k % cells->blocks)) / NIXE_VECTOR;
    }
    influence->segment[all] = end;
}

/* The rows of near blocks, of the representatives of this part. */
static void fill_segments(nixe_influence *influence, const nixe_table *table, const nixe_commons *commons) {
    const nixe_cells *cells = influence->cells;
    for (int r = 0; r < cells->representatives; r++) {
        if (!is_mine(commons, r)) continue;
        const int32_t *row = nixe_table_row(table, cells->representative[r], 0);
        for (int b = 0; b < cells->blocks; b++) {
            const int64_t segment = influence->segment[(int64_t)r * cells->blocks + b];
            for (int k = 0; k < cells->count[b] && segment >= 0; k++)
                influence->number[segment * NIXE_VECTOR + k] = row[cells->site[cells->begin[b] + k]];
        }
    }
}

static nixe_status find_segments(nixe_influence *influence, const nixe_table *table, nixe_commons *commons) {
    const nixe_cells *cells = influence->cells;
    const int64_t all = (int64_t)cells->representatives * cells->blocks;
    needed *need;
    NIXE_TRY(nixe_commons_take(commons, &influence->segment, all + 1, sizeof *influence->segment, what));
    NIXE_TRY(nixe_commons_take(commons, &need, all, sizeof *need, what));
    mark_all(influence, commons, need);
    NIXE_TRY(nixe_commons_meet(commons, NIXE_OK));
    if (commons->part == 0) place_segments(influence, need);
    NIXE_TRY(nixe_commons_meet(commons, NIXE_OK));
    nixe_commons_give_back(commons, (const void *)need);
    const int64_t numbers = (int64_t)influence->segment[all] * NIXE_VECTOR;
    NIXE_TRY(nixe_commons_take(commons, &influence->number, numbers, sizeof(int32_t), what));
    fill_segments(influence, table, commons);
    return nixe_commons_meet(commons, NIXE_OK);
}

/* Which representatives have a row of exchanges, and how many rows there are. */
static nixe_status number_rows(nixe_influence *influence, const uint8_t *exchanges, nixe_commons *commons) {
    const nixe_cells *cells = influence->cells;
    int32_t *const row = influence->exchange_row;
    int next = influence->rows = cells->representatives;
    for (int i = 0; i < cells->lattice->sites && commons->part == 0; i++) row[cells->orbit[i]] |= exchanges[i] != 0;
    for (int r = 0; r < cells->representatives && commons->part == 0; r++) row[r] = row[r] ? next++ : -1;
    NIXE_TRY(nixe_commons_meet(commons, NIXE_OK));
    for (int r = 0; r < cells->representatives; r++) influence->rows += row[r] >= 0;
    return NIXE_OK;
}

nixe_status nixe_influence_create(nixe_influence *influence, const nixe_cells *cells, const nixe_table *table,
                                  const uint8_t *exchanges, double near, nixe_commons *commons) {
    *influence = (nixe_influence){.cells = cells};
    influence->stride = (cells->blocks + NIXE_LAZY_GROUP - 1) / NIXE_LAZY_GROUP * NIXE_LAZY_GROUP;
    set_levels(influence);
    NIXE_TRY(nixe_commons_take(commons, &influence->exchange_row, cells->representatives, sizeof(int32_t), what));
    NIXE_TRY(number_rows(influence, exchanges, commons));
    const long long levels = (long long)influence->rows * influence->stride;
    NIXE_TRY(nixe_commons_take(commons, &influence->swaps, levels, 1, what));
    NIXE_TRY(nixe_commons_take(commons, &influence->exchanges, levels, 1, what));
    NIXE_TRY(nixe_commons_take(commons, &influence->held_begin, influence->rows + 1, sizeof(int64_t), what));
    NIXE_TRY(fill_rows(influence, table, (float)near, commons));
    return find_segments(influence, table, commons);
}
