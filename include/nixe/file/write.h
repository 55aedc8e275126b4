/* Write: raw data into the file of a run, which is laid out (layout.h) and open on all ranks. Collective over all ranks. */
#ifndef NIXE_FILE_WRITE_H
#define NIXE_FILE_WRITE_H

#include "nixe/crystal/table.h"
#include "nixe/file/plan.h"

/* A piece of a row: entries first .. first + count - 1 along the axis of its moments; where a row is one entry, first and count
 * have no meaning. */
typedef struct {
    int64_t row, first, count;
} nixe_piece;

/* Write pieces of the rows of one dataset, ascending and not overlapping; their values follow each other in `values`. Ranks may
 * write different numbers of pieces, none included. Collective. */
nixe_status nixe_file_write(nixe_file *file, nixe_data data, int pieces, const nixe_piece *piece, const void *values);

/* Entries of one dataset that wait on this rank for the next collective write. Not collective but nixe_pending_write(). */
typedef struct {
    nixe_piece place;
    size_t offset; /* of its entries, in bytes */
} nixe_pending_piece;

typedef struct {
    nixe_data data;
    size_t entry_bytes;
    nixe_bytes entries, list; /* list: nixe_pending_piece */
    int pieces;               /* in the list */
} nixe_pending;

void nixe_pending_create(nixe_pending *pending, nixe_data data, size_t entry_bytes);
void nixe_pending_destroy(nixe_pending *pending);

/* Append `count` entries of a row, from number `first` on. They replace the very same entries where these still wait; others
 * must not overlap. */
nixe_status nixe_pending_append(nixe_pending *pending, int64_t row, int64_t first, int64_t count, const void *entries);

/* Write all pieces and forget them. Ranks may have different amounts, none included. */
nixe_status nixe_pending_write(nixe_pending *pending, nixe_file *file);

/* Write V of shell stiffness number `index`: the rows of the orbits, and all where the file has them. Collective. */
nixe_status nixe_file_write_potential(nixe_file *file, int index, const nixe_lattice *lattice, const nixe_table *table);

/* Add an attribute, a whole number or a number, to the group that a dataset is in; all ranks pass the same dataset and name,
 * and rank 0 the value. Collective. */
nixe_status nixe_file_write_count(nixe_file *file, nixe_data data, const char *name, int value);
nixe_status nixe_file_write_number(nixe_file *file, nixe_data data, const char *name, double value);

/* Make what has been written safe. Collective. */
nixe_status nixe_file_flush(nixe_file *file);

/* Close the file as it is: not complete. Collective. */
nixe_status nixe_file_close(nixe_file *file);

/* Mark the file as complete and close it. Collective. */
nixe_status nixe_file_finish(nixe_file *file);

#endif
