/* Table: numbers for all pairs of sites, N x N, by rows: how they are stored is known here alone.
 *
 * The numbers belong to a node, whose ranks fill and share them; each rank has a table of its own on them. Of a torus, where a
 * number depends on the way between two sites alone, only the rows of the n sites of the first cell are stored, each line of
 * cells along x twice, one behind the other: so the row of any site is there in contiguous lines, and memory is 2 n N. In the
 * plane, where these are few, all shifts along x are stored, and of each all lines twice: then any row is contiguous. Its
 * products are convolutions, by FFT. The numbers are doubles, or int32_t: exponents in fixed point (exponents.h). V is kept in
 * double: rounding to float would halve the memory but lose V.1 = 0 and the energies at 1e-7. Nothing here is collective. */
#ifndef NIXE_CRYSTAL_TABLE_H
#define NIXE_CRYSTAL_TABLE_H

#include "nixe/base/fourier.h"
#include "nixe/crystal/lattice.h"

typedef enum { NIXE_DOUBLES = 8, NIXE_INTEGERS = 4 } nixe_number; /* bytes of a number of a table */

typedef struct {
    int sites;   /* N */
    long stride; /* from row to row where all are stored: N or more */
    nixe_number kind;
    void *number;   /* N x stride; of a torus n x cells_2 x cells_1 x 2 cells_0 x n, or n x cells_0 x 2 cells_1 x cells_0 x n */
    int has_shifts; /* 1 in the latter case */
    const nixe_torus *torus; /* NULL where all rows are stored */
    char *room[2];           /* of a torus: two rows */
    char *unordered;         /* of a torus whose sites are not in order: a row by places */
    nixe_fourier fourier;    /* of a torus, for products */
    double complex *kernel;  /* waves x n x n */
} nixe_table;

/* How many rows of a table with that many sites are stored, and how many numbers that takes. */
long nixe_table_rows(const nixe_lattice *lattice, int sites);
long long nixe_table_count(const nixe_lattice *lattice, int sites, long stride);

/* A table on numbers that the caller keeps, nixe_table_count() of them. `sites`: all, or those of the core. */
nixe_status nixe_table_create(nixe_table *table, const nixe_lattice *lattice, int sites, long stride, nixe_number kind,
                              void *number);
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

/* One number of a table. */
double nixe_table_at(const nixe_table *table, int i, int j);

/* y = table sigma of a torus, shape [N], by FFT: O(N log N). */
void nixe_table_convolve(const nixe_table *table, const int8_t *sigma, double *y);

const void *nixe_table_shifted(const nixe_table *table, int site, int room); /* the row of a torus */
static inline const void *nixe_table_row(const nixe_table *table, int site, int room) {
    return table->torus ? nixe_table_shifted(table, site, room)
                        : (const char *)table->number + site * table->stride * (long)table->kind;
}

#endif
