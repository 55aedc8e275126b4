/* Open: regular files and nothing else. To open a FIFO that nobody writes, a terminal or a socket would be to wait for ever.
 * Nothing here is collective. */
#ifndef NIXE_BASE_OPEN_H
#define NIXE_BASE_OPEN_H

#include "nixe/base/bytes.h"

/* Open file `path` with these flags of open(2), without waiting and closed on exec; O_CREAT makes it with mode 0666 less the
 * umask. Refused (NIXE_REFUSED): whatever is not a regular file and what cannot be opened; the sentence begins with `what`,
 * "-input" for instance, which may be "". A link is followed unless the flags have O_NOFOLLOW. errno is that of open(2), or
 * EINVAL where it is no regular file. */
nixe_status nixe_open_regular(const char *what, const char *path, int flags, int *descriptor);

/* The same for reading, closed at once: before a library opens the file by its name. */
nixe_status nixe_check_regular(const char *what, const char *path);

/* All bytes of a regular file; refused where there are more than `most`. The caller destroys them. */
nixe_status nixe_read_regular(const char *what, const char *path, size_t most, nixe_bytes *bytes);

#endif
