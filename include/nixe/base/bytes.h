/* Bytes: bytes that grow, for states that are saved and read back. Nothing here is collective. */
#ifndef NIXE_BASE_BYTES_H
#define NIXE_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "nixe/base/error.h"

typedef struct {
    char *bytes;
    size_t used, capacity, position; /* position: of the next nixe_bytes_get() */
} nixe_bytes;

nixe_status nixe_bytes_put(nixe_bytes *bytes, const void *from, size_t count);

/* Read back in the order in which it was put; fails where the bytes end too early. */
nixe_status nixe_bytes_get(nixe_bytes *bytes, void *to, size_t count);
void nixe_bytes_destroy(nixe_bytes *bytes);

/* Fail where what was read back cannot have been saved: a checksum shows damage, but not what somebody has made up. */
nixe_status nixe_bytes_expect(int sound, const char *what);

/* Whether `values` are those that `fresh` holds, computed anew, but for their rounding: 1e-6 of the largest of these, or of
 * `scale` where all of these can vanish though what they were summed from does not. */
int nixe_are_near(long count, const double *values, const double *fresh, double scale);

/* The parts of something that is saved, and their places: put all, and get all back, in the order of the list. */
typedef struct {
    void *place;
    size_t count;
} nixe_part;

typedef nixe_status nixe_parts_pass(const nixe_part *parts, int count, nixe_bytes *bytes);
nixe_parts_pass nixe_parts_put, nixe_parts_get;

/* FNV-1a, 64 bits, continued from `hash`; begin with nixe_hash_start. */
extern const uint64_t nixe_hash_start;
uint64_t nixe_hash(uint64_t hash, const void *bytes, size_t count);

/* The hash of `count` texts, the 0 at the end of each included. */
uint64_t nixe_hash_texts(const char *const *text, size_t count);

#endif
