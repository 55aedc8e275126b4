/* Blob: bytes that grow, for states that are saved and read back. Nothing here is collective. */
#ifndef NIXE_BLOB_H
#define NIXE_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "nixe/status.h"

typedef struct {
    char *bytes;
    size_t used, capacity, position; /* position: of the next nixe_blob_get() */
} nixe_blob;

nixe_status nixe_blob_put(nixe_blob *blob, const void *bytes, size_t count);

/* Read back in the order in which it was put; fails where the blob ends too early. */
nixe_status nixe_blob_get(nixe_blob *blob, void *bytes, size_t count);
void nixe_blob_destroy(nixe_blob *blob);

/* FNV-1a, 64 bits, continued from `hash`; begin with nixe_hash_start. */
extern const uint64_t nixe_hash_start;
uint64_t nixe_hash(uint64_t hash, const void *bytes, size_t count);

#endif
