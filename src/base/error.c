/* Status codes and the one sentence that goes with a failure. Nothing here is collective. */
#include "nixe/base/error.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "nixe/base/escape.h"

static char message[NIXE_SENTENCE];

nixe_status nixe_fail(nixe_status status, const char *format, ...) {
    static char sentence[NIXE_SENTENCE];
    if (message[0]) return status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    nixe_escape(sentence, message, sizeof message);
    return status;
}

const char *nixe_status_message(void) { return message; }

void nixe_status_clear(void) { message[0] = '\0'; }

void nixe_end(const char *sentence) {
    fprintf(stderr, "nixe: %s: please report this\n", sentence);
    abort();
}

nixe_status nixe_allocate(void *pointer, long long count, long long size, const char *what) {
    enum { LINE = 64 };
    void *memory = NULL;
    size_t bytes = 0;
    if (count >= 0 && size > 0 && count < (long long)((PTRDIFF_MAX - LINE) / size)) {
        bytes = ((size_t)count * (size_t)size / LINE + 1) * LINE;
        memory = aligned_alloc(LINE, bytes);
    }
    if (!memory) return nixe_fail(NIXE_FAILED, "out of memory: %s needs %.3g MB", what, (double)count * (double)size / 1e6);
    memset(memory, 0, bytes);
    memcpy(pointer, &memory, sizeof memory);
    return NIXE_OK;
}

void nixe_return_freed(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
