/* Escape: text of others, such as paths and values, made fit for a sentence of one line. Nothing here is collective. */
#include "nixe/base/escape.h"

#include <stdio.h>
#include <string.h>

/* Bytes of the character that begins here if it can be printed within a line, else 0. */
static int plain_bytes(const unsigned char *c) {
    static const unsigned long first[] = {0, 0, 0x80, 0x800, 0x10000}; /* code point of a sequence of so many bytes */
    const int bytes = c[0] < 0x80 ? 1 : c[0] < 0xc0 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : c[0] < 0xf8 ? 4 : 0;
    if (bytes == 1) return c[0] >= 0x20 && c[0] != 0x7f;
    if (bytes == 0) return 0;
    unsigned long code = c[0] & (0x7fu >> bytes);
    for (int b = 1; b < bytes; b++) {
        if ((c[b] & 0xc0) != 0x80) return 0; /* the 0 at the end, too */
        code = code << 6 | (c[b] & 0x3fu);
    }
    const int good = code >= first[bytes] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return good && code >= 0xa0 && code != 0x2028 && code != 0x2029 ? bytes : 0; /* control characters; breaks of lines */
}

void nixe_escape(const char *from, char *to, size_t size) {
    const unsigned char *c = (const unsigned char *)from;
    size_t used = 0;
    while (*c) {
        char escaped[8];
        int bytes = plain_bytes(c), length = bytes;
        if (!bytes) length = snprintf(escaped, sizeof escaped, *c == '\n' ? "\\n" : *c == '\t' ? "\\t" : "\\x%02x", *c);
        if (used + (size_t)length + 1 > size) break;
        memcpy(to + used, bytes ? (const char *)c : escaped, (size_t)length);
        used += (size_t)length;
        c += bytes ? bytes : 1;
    }
    to[used] = '\0';
}

int nixe_is_plain(const char *text) {
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        const int bytes = plain_bytes(c);
        if (!bytes) return 0;
        c += bytes;
    }
    return 1;
}
