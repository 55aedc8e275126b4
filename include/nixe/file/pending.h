/* Pending: finished data of one rank that wait for the next collective write, as pieces of the rows of one dataset.
 *
 * A row is an index into the leading axes of the dataset (trajectory; or state and replica, flattened); entries follow each
 * other along the next axis, or an entry is the whole row. Nothing here is collective but nixe_pending_write().
 */
#ifndef NIXE_FILE_PENDING_H
#define NIXE_FILE_PENDING_H

#include "nixe/file/write.h"

typedef struct {
    nixe_piece place;
    size_t offset; /* of its data, in bytes */
} nixe_pending_piece;

typedef struct {
    nixe_data data;
    size_t entry_bytes;
    char *bytes;
    size_t used, capacity;
    nixe_pending_piece *piece;
    int pieces, piece_capacity;
} nixe_pending;

void nixe_pending_create(nixe_pending *pending, nixe_data data, size_t entry_bytes);
void nixe_pending_destroy(nixe_pending *pending);

/* Append `count` entries of a row, from number `first` on. They replace the very same entries where these still wait; others
 * must not overlap. */
nixe_status nixe_pending_append(nixe_pending *pending, int64_t row, int64_t first, int64_t count, const void *entries);

/* Write all pieces and forget them. Collective; ranks may have different amounts, none included. */
nixe_status nixe_pending_write(nixe_pending *pending, nixe_file *file);

#endif
