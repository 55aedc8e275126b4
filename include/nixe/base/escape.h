/* Escape: text of others, such as paths and values, made fit for a sentence of one line. Nothing here is collective. */
#ifndef NIXE_BASE_ESCAPE_H
#define NIXE_BASE_ESCAPE_H

#include <stddef.h>

/* Copy text with its control characters, its breaks of lines and what is not UTF-8 written as \n or \x1b: at most size - 1
 * bytes, no character cut. What has been escaped once stays as it is. */
void nixe_escape(const char *from, char *to, size_t size);

/* Whether text is UTF-8 without control characters and breaks of lines: nixe_escape() would not change it. */
int nixe_is_plain(const char *text);

#endif
