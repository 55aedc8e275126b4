/* Pending: finished data of one rank that wait for the next collective write. nixe_pending_write() is collective. */
#include "nixe/file/pending.h"

#include <stdlib.h>
#include <string.h>

void nixe_pending_create(nixe_pending *pending, nixe_data data, size_t entry_bytes) {
    *pending = (nixe_pending){.data = data, .entry_bytes = entry_bytes};
}

void nixe_pending_destroy(nixe_pending *pending) {
    free(pending->bytes);
    free(pending->piece);
    *pending = (nixe_pending){0};
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

nixe_status nixe_pending_append(nixe_pending *pending, int64_t row, int64_t first, int64_t count, const void *entries) {
    nixe_pending_piece *last = pending->pieces ? &pending->piece[pending->pieces - 1] : NULL;
    size_t piece_bytes = (size_t)pending->piece_capacity * sizeof *last;
    const size_t length = (size_t)count * pending->entry_bytes;
    NIXE_TRY(grow(&pending->bytes, pending->used, &pending->capacity, length));
    memcpy(pending->bytes + pending->used, entries, length);
    pending->used += length;
    if (last && last->place.row == row && last->place.first + last->place.count == first) {
        last->place.count += count;
        return NIXE_OK;
    }
    NIXE_TRY(grow(&pending->piece, (size_t)pending->pieces * sizeof *last, &piece_bytes, sizeof *last));
    pending->piece_capacity = (int)(piece_bytes / sizeof *last);
    pending->piece[pending->pieces++] = (nixe_pending_piece){.place = {row, first, count}, .offset = pending->used - length};
    return NIXE_OK;
}

/* By their places; those of one place in the order in which they were appended. */
static int compare_pieces(const void *a, const void *b) {
    const nixe_pending_piece *p = a, *q = b;
    if (p->place.row != q->place.row) return p->place.row < q->place.row ? -1 : 1;
    if (p->place.first != q->place.first) return p->place.first < q->place.first ? -1 : 1;
    return p->offset < q->offset ? -1 : p->offset > q->offset;
}

/* Does the next piece take the place of this one? */
static int is_replaced(const nixe_pending *pending, int p) {
    if (p + 1 == pending->pieces) return 0;
    const nixe_piece *place = &pending->piece[p].place, *next = &pending->piece[p + 1].place;
    return next->row == place->row && next->first == place->first && next->count == place->count;
}

/* The pieces in the order of the file, neighbours joined, with their data one after another. */
static void arrange(const nixe_pending *pending, nixe_piece *place, int *places, char *bytes) {
    qsort(pending->piece, (size_t)pending->pieces, sizeof *pending->piece, compare_pieces);
    *places = 0;
    for (int p = 0; p < pending->pieces; p++) {
        const nixe_pending_piece *piece = &pending->piece[p];
        const size_t length = (size_t)piece->place.count * pending->entry_bytes;
        nixe_piece *last = *places ? &place[*places - 1] : NULL;
        if (is_replaced(pending, p)) continue;
        memcpy(bytes, pending->bytes + piece->offset, length);
        bytes += length;
        if (last && last->row == piece->place.row && last->first + last->count == piece->place.first)
            last->count += piece->place.count;
        else place[(*places)++] = piece->place;
    }
}

nixe_status nixe_pending_write(nixe_pending *pending, nixe_file *file) {
    nixe_piece *place = NULL;
    char *bytes = NULL;
    int places = 0;
    NIXE_TRY(nixe_allocate(&place, pending->pieces, sizeof *place, "the pieces of a write"));
    nixe_status status = nixe_allocate(&bytes, (long long)pending->used, 1, "the data of a write");
    if (!status) {
        if (pending->pieces) arrange(pending, place, &places, bytes);
        status = nixe_file_write(file, pending->data, places, place, bytes);
        pending->pieces = 0;
        pending->used = 0;
    }
    free(place);
    free(bytes);
    return status;
}
