/* Table: numbers for all pairs of sites, by rows. Nothing here is collective. */
#include "nixe/crystal/table.h"

#include <stdlib.h>
#include <string.h>

#include "nixe/base/vectorised.h"

static const long long most_shifted = 1 << 18; /* numbers: 2 MB, which a cache holds */
enum { ABREAST = 16, TOGETHER = 4 };           /* numbers, and rows, that are added together */
static const long long largest = 1 << 30;      /* bytes of all rows */

static int behind(int from, int to, int cells) { return to >= from ? to - from : to - from + cells; }

/* Number `at` of the table. */
static char *number_of(const nixe_table *table, long at) { return (char *)table->number + at * (long)table->kind; }

/* Give number `to` of a table what number `from` of a row is. */
static void put(const nixe_table *table, char *line, long to, const char *row, long from) {
    if (table->kind == NIXE_DOUBLES) memcpy(line + to * NIXE_DOUBLES, row + from * NIXE_DOUBLES, NIXE_DOUBLES);
    else memcpy(line + to * NIXE_INTEGERS, row + from * NIXE_INTEGERS, NIXE_INTEGERS);
}

/* Number `at` of a row. */
static double value_of(const nixe_table *table, const void *row, long at) {
    return table->kind == NIXE_DOUBLES ? ((const double *)row)[at] : ((const int32_t *)row)[at];
}

/* What rows of doubles are padded with. */
static void put_one(const nixe_table *table, char *line, long to) {
    const double one = 1;
    if (table->kind == NIXE_DOUBLES) memcpy(line + to * NIXE_DOUBLES, &one, NIXE_DOUBLES);
}

/* Where the line (y, z) of stored row s begins. */
static char *line_of(const nixe_table *table, int s, int y, int z) {
    const nixe_torus *torus = table->torus;
    return number_of(table, (((long)s * torus->cells[2] + z) * torus->cells[1] + y) * 2 * torus->cells[0] * torus->sites);
}

/* Numbers of a torus with all its shifts, and as many behind them as a row is longer than its sites. */
static long long count_shifts(const nixe_torus *torus, int sites, long stride) {
    return 2LL * torus->sites * torus->cells[0] * sites + stride - sites;
}

static int takes_shifts(const nixe_torus *torus, int sites, long stride) {
    return torus->in_order && torus->cells[2] == 1 && count_shifts(torus, sites, stride) <= most_shifted;
}

int nixe_table_is_by_orbits(const nixe_lattice *lattice, int sites, long stride, nixe_number kind) {
    if (lattice->torus.sites || lattice->symmetry.orbits == lattice->sites) return 0;
    return (long long)sites * stride * (long long)kind > largest;
}

/* Whether a table of so many sites has one of the lattice. */
static int has_site(const nixe_lattice *lattice, int sites, int site) {
    return sites == lattice->sites || lattice->layer[site] == 0;
}

static long count_orbits(const nixe_lattice *lattice, int sites) {
    long count = 0;
    for (int o = 0; o < lattice->symmetry.orbits; o++) count += has_site(lattice, sites, lattice->symmetry.representative[o]);
    return count;
}

/* Which sites and which orbits there are. */
static nixe_status list_orbits(nixe_table *table, const nixe_lattice *lattice) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    int n = 0, rows = 0;
    table->lattice = lattice;
    table->rows = count_orbits(lattice, table->sites);
    NIXE_TRY(nixe_allocate(&table->carried, lattice->sites, sizeof(int32_t), "a table"));
    NIXE_TRY(nixe_allocate(&table->site, table->sites, sizeof(int32_t), "a table"));
    NIXE_TRY(nixe_allocate(&table->place, lattice->sites, sizeof(int32_t), "a table"));
    NIXE_TRY(nixe_allocate(&table->first, table->rows, sizeof(int32_t), "a table"));
    NIXE_TRY(nixe_allocate(&table->row_of, symmetry->orbits, sizeof(int32_t), "a table"));
    for (int site = 0; site < lattice->sites; site++) {
        const int in = has_site(lattice, table->sites, site), orbit = symmetry->orbit[site];
        table->place[site] = in ? n : -1;
        if (!in) continue;
        if (symmetry->representative[orbit] == site) {
            table->row_of[orbit] = rows;
            table->first[rows++] = n;
        }
        table->site[n++] = site;
    }
    return NIXE_OK;
}

long long nixe_table_count(const nixe_lattice *lattice, int sites, long stride, int by_orbits) {
    const nixe_torus *torus = &lattice->torus;
    if (!torus->sites) return (by_orbits ? count_orbits(lattice, sites) : (long long)sites) * stride;
    return takes_shifts(torus, sites, stride) ? count_shifts(torus, sites, stride) : 2LL * torus->sites * sites;
}

nixe_status nixe_table_create(nixe_table *table, const nixe_lattice *lattice, int sites, long stride, nixe_number kind,
                              int by_orbits, void *number) {
    *table = (nixe_table){.sites = sites, .rows = sites, .stride = stride, .kind = kind, .number = number};
    if (lattice->torus.sites) {
        table->torus = &lattice->torus;
        table->rows = lattice->torus.sites;
        table->has_shifts = takes_shifts(table->torus, sites, stride);
        NIXE_TRY(nixe_allocate(&table->unordered, table->torus->in_order ? 0 : sites, kind, "a row"));
    } else if (by_orbits) {
        NIXE_TRY(list_orbits(table, lattice));
    } else {
        return NIXE_OK;
    }
    for (int room = 0; room < 2; room++) {
        NIXE_TRY(nixe_allocate(&table->room[room], stride, kind, "a row"));
        for (long j = sites; j < stride; j++) put_one(table, table->room[room], j);
    }
    return NIXE_OK;
}

void nixe_table_destroy(nixe_table *table) {
    free(table->room[0]);
    free(table->room[1]);
    free(table->unordered);
    free(table->carried);
    free(table->site);
    free(table->place);
    free(table->first);
    free(table->row_of);
    free(table->kernel);
    nixe_fourier_destroy(&table->fourier);
    *table = (nixe_table){0};
}

int nixe_table_site(const nixe_table *table, long r) {
    if (table->lattice) return table->first[r];
    return table->torus ? table->torus->site[r] : (int)r;
}

long nixe_table_row_of(const nixe_table *table, int site) {
    if (table->lattice) return table->row_of[table->lattice->symmetry.orbit[table->site[site]]];
    return table->torus ? table->torus->place[site] % table->torus->sites : site;
}

void *nixe_table_edit(const nixe_table *table, long r) {
    return table->torus ? table->room[0] : number_of(table, r * table->stride);
}

/* Where the row of site (x, y, s) begins among all shifts, y not being 0 a line for each less of the second time. */
static char *shift_of(const nixe_table *table, int s, int x, int y) {
    const nixe_torus *torus = table->torus;
    const long line = (long)torus->cells[0] * torus->sites;
    return number_of(table, (((long)s * torus->cells[0] + x) * 2 * torus->cells[1] + behind(y, 0, torus->cells[1])) * line);
}

/* All shifts of stored row r along x, from the room where it was written. */
static void store_shifts(const nixe_table *table, long r) {
    const nixe_torus *torus = table->torus;
    for (int x = 0; x < torus->cells[0]; x++) {
        char *to = shift_of(table, (int)r, x, 0);
        for (int at = 0; at < table->sites; at++) {
            const nixe_torus_cell *c = &torus->cell[at];
            const int from = (c->y * torus->cells[0] + behind(x, c->x, torus->cells[0])) * torus->sites + c->s;
            put(table, to, at, table->room[0], from);
            put(table, to, table->sites + at, table->room[0], from);
        }
    }
    for (long j = table->sites; j < table->stride; j++) /* what the last row is padded with */
        put_one(table, shift_of(table, torus->sites, 0, 0), j - table->sites);
}

void nixe_table_store(const nixe_table *table, long r) {
    const nixe_torus *torus = table->torus;
    if (table->has_shifts) store_shifts(table, r);
    for (int site = 0; torus && !table->has_shifts && site < table->sites; site++) {
        const nixe_torus_cell *c = &torus->cell[site];
        char *line = line_of(table, (int)r, c->y, c->z);
        const long at = (long)c->x * torus->sites + c->s;
        put(table, line, at, table->room[0], site);
        put(table, line, at + (long)torus->cells[0] * torus->sites, table->room[0], site);
    }
}

/* To which places the operations that make a site of the first of its orbit carry the numbers of a row. */
static const int32_t *carry_places(const nixe_table *table, int site) {
    const nixe_lattice *lattice = table->lattice;
    const int whole = table->sites == lattice->sites;
    if (whole && !lattice->symmetry.translation[site])
        return lattice->symmetry.image + (long)lattice->symmetry.operation[site] * lattice->sites;
    nixe_symmetry_carry(lattice, table->site[site], table->carried);
    for (int j = 0; j < table->sites && !whole; j++) table->carried[j] = table->place[table->carried[table->site[j]]];
    return table->carried;
}

/* V[gR][gR'] = V[R][R']. */
static const void *carry_row(const nixe_table *table, int site, int room) {
    const long r = nixe_table_row_of(table, site);
    const char *from = number_of(table, r * table->stride);
    if (table->first[r] == site) return from;
    const int32_t *image = carry_places(table, site);
    if (table->kind == NIXE_DOUBLES) {
        double *row = (double *)(void *)table->room[room];
        for (int j = 0; j < table->sites; j++) row[image[j]] = ((const double *)(const void *)from)[j];
    } else {
        int32_t *row = (int32_t *)(void *)table->room[room];
        for (int j = 0; j < table->sites; j++) row[image[j]] = ((const int32_t *)(const void *)from)[j];
    }
    return table->room[room];
}

const void *nixe_table_made(const nixe_table *table, int site, int room) {
    const nixe_torus *torus = table->torus;
    if (!torus) return carry_row(table, site, room);
    const nixe_torus_cell *c = &torus->cell[site];
    if (table->has_shifts) return shift_of(table, c->s, c->x, c->y);
    const long cells = (long)torus->cells[0] * torus->sites, size = table->kind;
    const long line = cells * size, begin = behind(c->x, 0, torus->cells[0]) * (long)torus->sites * size;
    char *const row = table->room[room], *to = torus->in_order ? row : table->unordered;
    for (int z = 0; z < torus->cells[2]; z++)
        for (int y = 0; y < torus->cells[1]; y++, to += line)
            memcpy(to, line_of(table, c->s, behind(c->y, y, torus->cells[1]), behind(c->z, z, torus->cells[2])) + begin,
                   (size_t)line);
    for (int j = 0; j < table->sites && !torus->in_order; j++) put(table, row, j, table->unordered, torus->place[j]);
    return row;
}

const void *nixe_table_copy(const nixe_table *table, int site, int room) {
    const void *row = nixe_table_row(table, site, room);
    if (!table->room[room] || row == table->room[room]) return row;
    return memcpy(table->room[room], row, (size_t)table->sites * table->kind);
}

double nixe_table_at(const nixe_table *table, int i, int j) {
    const nixe_torus *torus = table->torus;
    if (table->lattice) {
        const char *row = number_of(table, nixe_table_row_of(table, i) * table->stride);
        return value_of(table, row, table->place[nixe_symmetry_back(table->lattice, table->site[i], table->site[j])]);
    }
    if (!torus || table->has_shifts) return value_of(table, nixe_table_row(table, i, 0), j);
    const nixe_torus_cell *p = &torus->cell[i], *q = &torus->cell[j];
    const char *line = line_of(table, p->s, behind(p->y, q->y, torus->cells[1]), behind(p->z, q->z, torus->cells[2]));
    return value_of(table, line, (long)behind(p->x, q->x, torus->cells[0]) * torus->sites + q->s);
}

void nixe_table_pick(const nixe_table *table, int site, int count, const int32_t *other, int32_t *number) {
    const int in_order = table->lattice && table->sites == table->lattice->sites && table->lattice->symmetry.translations == 1;
    if (!in_order) {
        for (int k = 0; k < count; k++) number[k] = (int32_t)nixe_table_at(table, site, other[k]);
        return;
    }
    const nixe_symmetry *symmetry = &table->lattice->symmetry;
    const int32_t *back = symmetry->image + (long)symmetry->inverse[symmetry->operation[site]] * table->sites;
    const int32_t *row = (const int32_t *)table->number + nixe_table_row_of(table, site) * table->stride;
    for (int k = 0; k < count; k++) number[k] = row[back[other[k]]];
}

/* All bits of a row that is subtracted are flipped, and 1 is added: -x = ~x + 1. */
static uint32_t flip_of(int plus) { return plus ? 0 : UINT32_MAX; }

NIXE_VECTORISED static void add_row(int n, const int32_t *restrict row, int plus, int32_t *restrict sum) {
    const uint32_t flip = flip_of(plus); /* unsigned: a sum of some of them may be out of range */
    int j = 0;
    for (; j + ABREAST <= n; j += ABREAST)
        for (int w = 0; w < ABREAST; w++) sum[j + w] = (int32_t)((uint32_t)sum[j + w] + ((uint32_t)row[j + w] ^ flip) - flip);
    for (; j < n; j++) sum[j] = (int32_t)((uint32_t)sum[j] + ((uint32_t)row[j] ^ flip) - flip);
}

/* Four rows at once: the sum passes through the processor once. */
NIXE_VECTORISED static void add_four(int n, const int32_t *restrict a, const int32_t *restrict b, const int32_t *restrict c,
                                     const int32_t *restrict d, const uint8_t plus[TOGETHER], int32_t *restrict sum) {
    const uint32_t of_a = flip_of(plus[0]), of_b = flip_of(plus[1]), of_c = flip_of(plus[2]), of_d = flip_of(plus[3]);
    const uint32_t flips = of_a + of_b + of_c + of_d;
    for (int j = 0; j < n; j += ABREAST)
        for (int w = 0; w < ABREAST; w++) {
            const uint32_t ab = ((uint32_t)a[j + w] ^ of_a) + ((uint32_t)b[j + w] ^ of_b);
            const uint32_t cd = ((uint32_t)c[j + w] ^ of_c) + ((uint32_t)d[j + w] ^ of_d);
            sum[j + w] = (int32_t)((uint32_t)sum[j + w] + ab + cd - flips);
        }
}

static void add_rows(int n, const int32_t *const row[TOGETHER], const uint8_t plus[TOGETHER], int32_t *sum) {
    const int whole = n / ABREAST * ABREAST;
    add_four(whole, row[0], row[1], row[2], row[3], plus, sum);
    for (int k = 0; k < TOGETHER; k++) add_row(n - whole, row[k] + whole, plus[k], sum + whole);
}

/* Whether a row is one that is stored, carried by operation g alone. */
static int is_carried_by(const nixe_table *table, int site, int g) {
    const nixe_symmetry *symmetry = &table->lattice->symmetry;
    return symmetry->operation[table->site[site]] == g && symmetry->translation[table->site[site]] == 0;
}

/* The rows that operation g makes, together. */
static void add_carried(const nixe_table *table, int g, int count, const int32_t *site, const uint8_t *plus, int32_t *sum) {
    const nixe_lattice *lattice = table->lattice;
    const int32_t *image = lattice->symmetry.image + (long)g * lattice->sites, *row[TOGETHER];
    int32_t *const stored = (int32_t *)(void *)table->room[0];
    uint8_t signs[TOGETHER];
    int added = 0;
    for (int k = 0; k < count; k++) {
        if (!is_carried_by(table, site[k], g)) continue;
        if (!added) memset(stored, 0, (size_t)table->sites * sizeof *stored);
        row[added % TOGETHER] = (const int32_t *)table->number + nixe_table_row_of(table, site[k]) * table->stride;
        signs[added % TOGETHER] = plus[k];
        if (++added % TOGETHER == 0) add_rows(table->sites, row, signs, stored);
    }
    for (int k = 0; k < added % TOGETHER; k++) add_row(table->sites, row[k], signs[k], stored);
    for (int j = 0; j < table->sites && added; j++) {
        int32_t *to = &sum[table->place[image[table->site[j]]]];
        *to = (int32_t)((uint32_t)*to + (uint32_t)stored[j]);
    }
}

void nixe_table_add_rows(const nixe_table *table, int count, const int32_t *site, const uint8_t *plus, int32_t *sum) {
    const int operations = table->lattice ? table->lattice->symmetry.operations : 0;
    for (int g = 0; g < operations; g++) add_carried(table, g, count, site, plus, sum);
    for (int k = 0; k < count; k++)
        if (!table->lattice || table->lattice->symmetry.translation[table->site[site[k]]] != 0)
            add_row(table->sites, nixe_table_row(table, site[k], 0), plus[k], sum);
}

/* The kernel of wave q: sum over the cells c of number[(c, s), (0, t)] exp(-2 pi i q.c), by n transforms. */
nixe_status nixe_table_complete(nixe_table *table) {
    const nixe_torus *torus = table->torus;
    if (!torus) return NIXE_OK;
    const int n = torus->sites;
    nixe_fourier *fourier = &table->fourier;
    NIXE_TRY(nixe_fourier_create(fourier, torus->cells, n));
    NIXE_TRY(nixe_allocate(&table->kernel, fourier->waves * n * n, sizeof *table->kernel, "the waves of a table"));
    for (int t = 0; t < n; t++) {
        const void *row = nixe_table_row(table, torus->site[t], 0); /* symmetric: the column of site t of the first cell */
        for (int site = 0; site < table->sites; site++) fourier->real[torus->place[site]] = value_of(table, row, site);
        nixe_fourier_forward(fourier);
        for (long w = 0; w < fourier->waves; w++)
            for (int s = 0; s < n; s++) table->kernel[(w * n + s) * n + t] = fourier->wave[w * n + s] / (double)fourier->count;
    }
    return NIXE_OK;
}

void nixe_table_convolve(const nixe_table *table, const int8_t *sigma, double *y) {
    const nixe_torus *torus = table->torus;
    const nixe_fourier *fourier = &table->fourier;
    const int n = torus->sites;
    for (int site = 0; site < table->sites; site++) fourier->real[torus->place[site]] = sigma[site];
    nixe_fourier_forward(fourier);
    for (long w = 0; w < fourier->waves; w++) {
        double complex product[NIXE_MAX_CELL_SITES];
        for (int s = 0; s < n; s++) {
            product[s] = 0;
            for (int t = 0; t < n; t++) product[s] += table->kernel[(w * n + s) * n + t] * fourier->wave[w * n + t];
        }
        memcpy(fourier->wave + w * n, product, (size_t)n * sizeof *product);
    }
    nixe_fourier_backward(fourier);
    for (int site = 0; site < table->sites; site++) y[site] = fourier->real[torus->place[site]];
}
