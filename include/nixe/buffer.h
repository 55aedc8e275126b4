/* Buffer: finished data of one rank that wait for the next collective write, as pieces of the rows of one dataset.
 *
 * A row is an index into the leading axes of the dataset (trajectory; or state and replica, flattened); entries follow each
 * other along the next axis (record), or an entry is the whole row (KMC). Nothing here is collective but nixe_buffer_write().
 */
#ifndef NIXE_BUFFER_H
#define NIXE_BUFFER_H

#include "nixe/store.h"

typedef struct {
    nixe_piece place;
    size_t offset; /* of its data, in bytes */
} nixe_buffer_piece;

typedef struct {
    nixe_data data;
    size_t entry_bytes;
    char *bytes;
    size_t used, capacity;
    nixe_buffer_piece *piece;
    int pieces, piece_capacity;
} nixe_buffer;

nixe_status nixe_buffer_create(nixe_buffer *buffer, nixe_data data, size_t entry_bytes);
void nixe_buffer_destroy(nixe_buffer *buffer);

/* Append entry number `index` of a row. */
nixe_status nixe_buffer_append(nixe_buffer *buffer, int64_t row, int64_t index, const void *entry);

/* Write all pieces and forget them. Collective; ranks may have different amounts, none included. */
nixe_status nixe_buffer_write(nixe_buffer *buffer, nixe_store *store);

#endif
