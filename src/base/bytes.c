/* Bytes: bytes that grow, for states that are saved and read back. Nothing here is collective. */
#include "nixe/base/bytes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const uint64_t nixe_hash_start = 0xcbf29ce484222325u;

uint64_t nixe_hash(uint64_t hash, const void *bytes, size_t count) {
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < count; i++) hash = (hash ^ byte[i]) * 0x100000001b3u;
    return hash;
}

uint64_t nixe_hash_texts(const char *const *text, size_t count) {
    uint64_t hash = nixe_hash_start;
    for (size_t i = 0; i < count; i++) hash = nixe_hash(hash, text[i], strlen(text[i]) + 1);
    return hash;
}

nixe_status nixe_bytes_put(nixe_bytes *bytes, const void *from, size_t count) {
    if (count == 0) return NIXE_OK;
    if (bytes->used + count > bytes->capacity) {
        size_t wanted = 2 * bytes->capacity + count + 1024;
        char *larger = realloc(bytes->bytes, wanted);
        if (!larger)
            return nixe_fail(NIXE_FAILED, "out of memory: what is saved, or waits to be written, needs %.3g MB",
                             (double)wanted / 1e6);
        bytes->bytes = larger;
        bytes->capacity = wanted;
    }
    if (count) memcpy(bytes->bytes + bytes->used, from, count);
    bytes->used += count;
    return NIXE_OK;
}

nixe_status nixe_bytes_get(nixe_bytes *bytes, void *to, size_t count) {
    if (count > bytes->used - bytes->position) return nixe_fail(NIXE_FAILED, "a saved state ends too early");
    if (count) memcpy(to, bytes->bytes + bytes->position, count);
    bytes->position += count;
    return NIXE_OK;
}

nixe_status nixe_bytes_expect(int sound, const char *what) {
    return sound ? NIXE_OK : nixe_fail(NIXE_FAILED, "%s in a saved state cannot be", what);
}

int nixe_are_near(long count, const double *values, const double *fresh, double scale) {
    double largest = scale;
    for (long i = 0; i < count; i++) largest = fmax(largest, fabs(fresh[i]));
    for (long i = 0; i < count; i++)
        if (!(fabs(values[i] - fresh[i]) <= 1e-6 * largest)) return 0; /* NaN, too */
    return 1;
}

void nixe_bytes_destroy(nixe_bytes *bytes) {
    free(bytes->bytes);
    *bytes = (nixe_bytes){0};
}

nixe_status nixe_parts_put(const nixe_part *parts, int count, nixe_bytes *bytes) {
    for (int p = 0; p < count; p++) NIXE_TRY(nixe_bytes_put(bytes, parts[p].place, parts[p].count));
    return NIXE_OK;
}

nixe_status nixe_parts_get(const nixe_part *parts, int count, nixe_bytes *bytes) {
    for (int p = 0; p < count; p++) NIXE_TRY(nixe_bytes_get(bytes, parts[p].place, parts[p].count));
    return NIXE_OK;
}
