/* Buffer: finished data of one rank that wait for the next collective write. nixe_buffer_write() is collective. */
#include "nixe/buffer.h"

#include <stdlib.h>
#include <string.h>

nixe_status nixe_buffer_create(nixe_buffer *buffer, nixe_data data, size_t entry_bytes) {
    *buffer = (nixe_buffer){.data = data, .entry_bytes = entry_bytes};
    return NIXE_OK;
}

void nixe_buffer_destroy(nixe_buffer *buffer) {
    free(buffer->bytes);
    free(buffer->piece);
    *buffer = (nixe_buffer){0};
}

/* Room for one more of `size` bytes in an array of `used` bytes; doubles it. */
static nixe_status grow(void *array, size_t used, size_t *capacity, size_t size) {
    if (used + size <= *capacity) return NIXE_OK;
    size_t wanted = 2 * *capacity + size + 4096;
    void *old, *larger;
    memcpy(&old, array, sizeof old);
    larger = realloc(old, wanted);
    if (!larger)
        return nixe_fail(NIXE_FAILED, "out of memory: data that wait to be written need %.3g MB", (double)wanted / 1e6);
    memcpy(array, &larger, sizeof larger);
    *capacity = wanted;
    return NIXE_OK;
}

nixe_status nixe_buffer_append(nixe_buffer *buffer, int64_t row, int64_t index, const void *entry) {
    nixe_buffer_piece *last = buffer->pieces ? &buffer->piece[buffer->pieces - 1] : NULL;
    size_t piece_bytes = (size_t)buffer->piece_capacity * sizeof *last;
    NIXE_TRY(grow(&buffer->bytes, buffer->used, &buffer->capacity, buffer->entry_bytes));
    memcpy(buffer->bytes + buffer->used, entry, buffer->entry_bytes);
    buffer->used += buffer->entry_bytes;
    if (last && last->place.row == row && last->place.first + last->place.count == index) {
        last->place.count++;
        return NIXE_OK;
    }
    NIXE_TRY(grow(&buffer->piece, (size_t)buffer->pieces * sizeof *last, &piece_bytes, sizeof *last));
    buffer->piece_capacity = (int)(piece_bytes / sizeof *last);
    buffer->piece[buffer->pieces++] =
        (nixe_buffer_piece){.place = {row, index, 1}, .offset = buffer->used - buffer->entry_bytes};
    return NIXE_OK;
}

static int compare_pieces(const void *a, const void *b) {
    const nixe_piece *p = &((const nixe_buffer_piece *)a)->place, *q = &((const nixe_buffer_piece *)b)->place;
    if (p->row != q->row) return p->row < q->row ? -1 : 1;
    return p->first < q->first ? -1 : p->first > q->first;
}

/* The pieces in the order of the file, neighbours joined, with their data one after another. */
static void arrange(const nixe_buffer *buffer, nixe_piece *place, int *places, char *bytes) {
    qsort(buffer->piece, (size_t)buffer->pieces, sizeof *buffer->piece, compare_pieces);
    *places = 0;
    for (int p = 0; p < buffer->pieces; p++) {
        const nixe_buffer_piece *piece = &buffer->piece[p];
        const size_t length = (size_t)piece->place.count * buffer->entry_bytes;
        nixe_piece *last = *places ? &place[*places - 1] : NULL;
        memcpy(bytes, buffer->bytes + piece->offset, length);
        bytes += length;
        if (last && last->row == piece->place.row && last->first + last->count == piece->place.first)
            last->count += piece->place.count;
        else place[(*places)++] = piece->place;
    }
}

nixe_status nixe_buffer_write(nixe_buffer *buffer, nixe_store *store) {
    nixe_piece *place = NULL;
    char *bytes = NULL;
    int places = 0;
    NIXE_TRY(nixe_allocate(&place, buffer->pieces, sizeof *place, "the pieces of a write"));
    nixe_status status = nixe_allocate(&bytes, (long long)buffer->used, 1, "the data of a write");
    if (!status) {
        if (buffer->pieces) arrange(buffer, place, &places, bytes);
        status = nixe_store_write(store, buffer->data, places, place, bytes);
        buffer->pieces = 0;
        buffer->used = 0;
    }
    free(place);
    free(bytes);
    return status;
}
