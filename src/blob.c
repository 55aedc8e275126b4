/* Blob: bytes that grow, for states that are saved and read back. Nothing here is collective. */
#include "nixe/blob.h"

#include <stdlib.h>
#include <string.h>

const uint64_t nixe_hash_start = 0xcbf29ce484222325u;

uint64_t nixe_hash(uint64_t hash, const void *bytes, size_t count) {
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < count; i++) hash = (hash ^ byte[i]) * 0x100000001b3u;
    return hash;
}

nixe_status nixe_blob_put(nixe_blob *blob, const void *bytes, size_t count) {
    if (blob->used + count > blob->capacity) {
        size_t wanted = 2 * blob->capacity + count + 1024;
        char *larger = realloc(blob->bytes, wanted);
        if (!larger) return nixe_fail(NIXE_FAILED, "out of memory: a saved state needs %.3g MB", (double)wanted / 1e6);
        blob->bytes = larger;
        blob->capacity = wanted;
    }
    memcpy(blob->bytes + blob->used, bytes, count);
    blob->used += count;
    return NIXE_OK;
}

nixe_status nixe_blob_get(nixe_blob *blob, void *bytes, size_t count) {
    if (count > blob->used - blob->position) return nixe_fail(NIXE_FAILED, "a saved state ends too early");
    memcpy(bytes, blob->bytes + blob->position, count);
    blob->position += count;
    return NIXE_OK;
}

void nixe_blob_destroy(nixe_blob *blob) {
    free(blob->bytes);
    *blob = (nixe_blob){0};
}
