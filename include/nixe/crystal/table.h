/* Table: numbers for all pairs of sites, N x N, by rows: how they are stored is known here alone.
 *
 * The numbers belong to a node, whose ranks fill and share them; each rank has a table of its own on them. Of a torus, where a
 * number depends on the way between two sites alone, only the rows of the n sites of the first cell are stored, each line of
 * cells along x twice, one behind the other: so the row of any site is there in contiguous lines, and memory is 2 n N. In the
 * plane, where these are few, all shifts along x are stored, and of each all lines twice: then any row is contiguous. Its
 * products are convolutions, by FFT. Of other crystals, the row of one site of each orbit of the symmetry alone may be stored,
 * from which a row is made of N scattered numbers: N^2/48 numbers of a cube. A table may be of the core alone, whose sites
 * are numbered in the order of the lattice; symmetry makes sites of the core of sites of the core. The numbers are doubles, or
 * int32_t: exponents in fixed point (exponents.h). V is kept in double: rounding to float would halve the memory but lose V.1 =
 * 0 and the energies at 1e-7. Nothing here is collective. */
#ifndef NIXE_CRYSTAL_TABLE_H
#define NIXE_CRYSTAL_TABLE_H

#include "nixe/base/fourier.h"
#include "nixe/crystal/lattice.h"

typedef enum { NIXE_DOUBLES = 8, NIXE_INTEGERS = 4 } nixe_number; /* bytes of a number of a table */

typedef struct {
    int sites;   /* N */
    long rows;   /* that are stored */
    long stride; /* from row to row, but of a torus: N or more */
    nixe_number kind;
    void
        *number; /* rows x stride; of a torus n x cells_2 x cells_1 x 2 cells_0 x n, or n x cells_0 x 2 cells_1 x cells_0 x n */
    int has_shifts;              /* 1 in the latter case */
    const nixe_torus *torus;     /* NULL where whole rows are stored */
    const nixe_lattice *lattice; /* where those of orbits are; else NULL */
    int32_t *carried;            /* then, N of the lattice: what becomes of the sites */
    int32_t *site, *place;       /* N; N of the lattice: the site in the lattice, and back; -1 outside */
    int32_t *first, *row_of;     /* rows; orbits of the lattice: of each row the first site, in the table, and back */
    char *room[2];               /* where rows are made: two of them */
    char *unordered;             /* of a torus whose sites are not in order: a row by places */
    nixe_fourier fourier;        /* of a torus, for products */
    double complex *kernel;      /* waves x n x n */
} nixe_table;

/* A table may be too large for all rows of a crystal; and takes less by orbits. */
int nixe_table_is_by_orbits(const nixe_lattice *lattice, int sites, long stride, nixe_number kind);

/* How many numbers are stored of a table with that many sites: all, or those of the core. */
long long nixe_table_count(const nixe_lattice *lattice, int sites, long stride, int by_orbits);

/* A table on numbers that the caller keeps, nixe_table_count() of them. */
nixe_status nixe_table_create(nixe_table *table, const nixe_lattice *lattice, int sites, long stride, nixe_number kind,
                              int by_orbits, void *number);
void nixe_table_destroy(nixe_table *table);

/* The site that stored row r belongs to, and the row that is stored for a site. */
int nixe_table_site(const nixe_table *table, long r);
long nixe_table_row_of(const nixe_table *table, int site);

/* To fill stored row r: write it, `stride` numbers, where the first says, and then call the second. */
void *nixe_table_edit(const nixe_table *table, long r);
void nixe_table_store(const nixe_table *table, long r);

/* Call before products, when all is filled. */
nixe_status nixe_table_complete(nixe_table *table);

/* The row of a site: N numbers in the order of the sites; doubles that follow them up to the stride are as positive as they
 * are. It lasts until the next call with the same `room`, 0 or 1. */
static inline const void *nixe_table_row(const nixe_table *table, int site, int room);

/* The same apart from the numbers of the table, of one of which only rows are stored. */
const void *nixe_table_copy(const nixe_table *table, int site, int room);

/* One number of a table. */
double nixe_table_at(const nixe_table *table, int i, int j);

/* Numbers of the row of a site at others, of a table of int32: shape [count]. */
void nixe_table_pick(const nixe_table *table, int site, int count, const int32_t *other, int32_t *number);

/* Add the rows of sites to `sum`, shape [N], or subtract those with plus 0, of a table of int32. By orbits, rows that one
 * operation makes are added as they are stored, and carried together. room 0 is written to. */
void nixe_table_add_rows(const nixe_table *table, int count, const int32_t *site, const uint8_t *plus, int32_t *sum);

/* y = table sigma of a torus, shape [N], by FFT: O(N log N). */
void nixe_table_convolve(const nixe_table *table, const int8_t *sigma, double *y);

const void *nixe_table_made(const nixe_table *table, int site, int room); /* a row of those that are not there */
static inline const void *nixe_table_row(const nixe_table *table, int site, int room) {
    return table->room[0] ? nixe_table_made(table, site, room)
                          : (const char *)table->number + site * table->stride * (long)table->kind;
}

#endif
