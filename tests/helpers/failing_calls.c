/* Preloaded into nixe by tests: one system call on the files of one folder fails, as on a disk that is full or breaks.
 *
 * CALL_FOLDER: calls on files below it, by whoever makes them: nixe, HDF5 or MPI. CALL_NAME: which: open, read, write, fsync,
 * rename, truncate or close. CALL_AT: the how many-th of them fails, 1 being the first; CALL_ERRNO: how. CALL_RANK: on this
 * rank alone (0 where there is no launcher). CALL_STAYS: all after it fail, too.
 * CALL_OF_MPI: only those of MPI itself count, as when a file is opened by all ranks.
 * CALL_COUNT: a file that is told how many there were on that rank. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int seen;

static int here(void) {
    const char *rank = getenv("OMPI_COMM_WORLD_RANK"), *which = getenv("CALL_RANK");
    if (!rank) rank = getenv("PMI_RANK"); /* MPICH */
    return !strcmp(rank ? rank : "0", which ? which : "0");
}

/* Whether this call is the one that fails. */
static int fails(const char *name, const char *path) {
    const char *folder = getenv("CALL_FOLDER"), *wanted = getenv("CALL_NAME"), *at = getenv("CALL_AT"),
               *number = getenv("CALL_ERRNO");
    if (!folder || !wanted || !path || strcmp(name, wanted) != 0 || strncmp(path, folder, strlen(folder)) != 0 || !here())
        return 0;
    seen++;
    if (!at || (getenv("CALL_STAYS") ? seen < atoi(at) : seen != atoi(at))) return 0;
    errno = number ? atoi(number) : EIO;
    return 1;
}

/* Whether MPI makes the call: Open MPI's modules for files, or the library of MPICH. */
static int is_of_mpi(const void *caller) {
    Dl_info object;
    if (!dladdr(caller, &object)) return 0;
    const char *name = strrchr(object.dli_fname, '/');
    name = name ? name + 1 : object.dli_fname;
    return !strncmp(name, "mca_io", 6) || !strncmp(name, "libmpi", 6);
}

static int fails_on(const char *name, int descriptor, const void *caller) {
    char link[64], path[4096];
    if (!getenv("CALL_FOLDER") || (getenv("CALL_OF_MPI") && !is_of_mpi(caller))) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = '\0';
    return fails(name, path);
}

#define REAL(name)                          \
    void *symbol = dlsym(RTLD_NEXT, #name); \
    memcpy(&real, &symbol, sizeof real)

#define OPEN(name)                                                           \
    int name(const char *path, int flags, ...) {                             \
        int (*real)(const char *, int, ...);                                 \
        va_list more;                                                        \
        va_start(more, flags);                                               \
        const mode_t mode = flags & O_CREAT ? (mode_t)va_arg(more, int) : 0; \
        va_end(more);                                                        \
        REAL(name);                                                          \
        return fails("open", path) ? -1 : real(path, flags, mode);           \
    }
OPEN(open)
OPEN(open64)

#define MOVE(name, of, type)                                                                                \
    ssize_t name(int descriptor, type bytes, size_t count) {                                                \
        ssize_t (*real)(int, type, size_t);                                                                 \
        REAL(name);                                                                                         \
        return fails_on(of, descriptor, __builtin_return_address(0)) ? -1 : real(descriptor, bytes, count); \
    }
MOVE(read, "read", void *)
MOVE(write, "write", const void *)

#define MOVE_AT(name, of, type, where)                                                                              \
    ssize_t name(int descriptor, type bytes, size_t count, where offset) {                                          \
        ssize_t (*real)(int, type, size_t, where);                                                                  \
        REAL(name);                                                                                                 \
        return fails_on(of, descriptor, __builtin_return_address(0)) ? -1 : real(descriptor, bytes, count, offset); \
    }
MOVE_AT(pread, "read", void *, off_t)
MOVE_AT(pread64, "read", void *, off64_t)
MOVE_AT(pwrite, "write", const void *, off_t)
MOVE_AT(pwrite64, "write", const void *, off64_t)

int fsync(int descriptor) {
    int (*real)(int);
    REAL(fsync);
    return fails_on("fsync", descriptor, __builtin_return_address(0)) ? -1 : real(descriptor);
}

int ftruncate(int descriptor, off_t length) {
    int (*real)(int, off_t);
    REAL(ftruncate);
    return fails_on("truncate", descriptor, __builtin_return_address(0)) ? -1 : real(descriptor, length);
}

int ftruncate64(int descriptor, off64_t length) {
    int (*real)(int, off64_t);
    REAL(ftruncate64);
    return fails_on("truncate", descriptor, __builtin_return_address(0)) ? -1 : real(descriptor, length);
}

int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *);
    REAL(rename);
    return fails("rename", from) ? -1 : real(from, to);
}

/* The descriptor is closed all the same, as Linux does it. */
int close(int descriptor) {
    int (*real)(int);
    REAL(close);
    const int failed = fails_on("close", descriptor, __builtin_return_address(0)), cause = errno;
    const int status = real(descriptor);
    if (!failed) return status;
    errno = cause;
    return -1;
}

__attribute__((destructor)) static void tell_count(void) {
    const char *path = getenv("CALL_COUNT");
    FILE *file = path && here() ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%d\n", seen);
    fclose(file);
}
