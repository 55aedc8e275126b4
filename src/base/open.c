/* Open: regular files and nothing else. Nothing here is collective. */
#include "nixe/base/open.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the entry of a folder is, where it is no regular file. */
static const char *kind(mode_t mode) {
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISSOCK(mode)) return "a socket";
    return S_ISLNK(mode) ? "a symbolic link" : "a device";
}

/* For the reason in errno, which stays. */
static nixe_status refuse(const char *what, const char *path) {
    const int cause = errno;
    const nixe_status status = nixe_fail(NIXE_REFUSED, "%s%s%s: %s", what, *what ? " " : "", path, strerror(cause));
    errno = cause;
    return status;
}

static nixe_status refuse_kind(const char *what, const char *path, mode_t mode) {
    const nixe_status status =
        nixe_fail(NIXE_REFUSED, "%s%s%s: it is %s, not a file", what, *what ? " " : "", path, kind(mode));
    errno = EINVAL;
    return status;
}

nixe_status nixe_open_regular(const char *what, const char *path, int flags, int *descriptor) {
    struct stat entry;
    /* Asked first, because a FIFO that is opened lets go whoever waits at its other end; and again, of what was opened. */
    const int missing = flags & O_NOFOLLOW ? lstat(path, &entry) : stat(path, &entry);
    *descriptor = -1;
    if (!missing && !S_ISREG(entry.st_mode)) return refuse_kind(what, path, entry.st_mode);
    do *descriptor = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    while (*descriptor < 0 && errno == EINTR);
    if (*descriptor < 0) return refuse(what, path);
    if (!fstat(*descriptor, &entry) && S_ISREG(entry.st_mode)) return NIXE_OK;
    close(*descriptor);
    *descriptor = -1;
    return refuse_kind(what, path, entry.st_mode);
}

nixe_status nixe_check_regular(const char *what, const char *path) {
    int descriptor;
    NIXE_TRY(nixe_open_regular(what, path, O_RDONLY, &descriptor));
    close(descriptor);
    return NIXE_OK;
}

nixe_status nixe_read_regular(const char *what, const char *path, size_t most, nixe_bytes *bytes) {
    char part[65536];
    int descriptor;
    *bytes = (nixe_bytes){0};
    NIXE_TRY(nixe_open_regular(what, path, O_RDONLY, &descriptor));
    nixe_status status = NIXE_OK;
    for (ssize_t count = 1; !status && count;) { /* to its end: what stat() says of its size may be old */
        count = read(descriptor, part, sizeof part);
        if (count < 0 && errno != EINTR) status = refuse(what, path);
        if (count > 0) status = nixe_bytes_put(bytes, part, (size_t)count);
        if (!status && bytes->used > most)
            status = nixe_fail(NIXE_REFUSED, "%s%s%s: it is larger than %zu bytes", what, *what ? " " : "", path, most);
    }
    close(descriptor);
    if (status) nixe_bytes_destroy(bytes);
    return status;
}
