/* Preloaded into nixe by tests: surroundings that are worse than those of the machine.
 *
 * FAIL_RANK, FAIL_AT: which allocation that nixe itself makes on this rank fails, 1 being the first; the libraries' go on.
 * FAIL_COUNT: a file that is told how many there were on that rank.
 * NO_TOUCHING: the run ends where one selection of HDF5 is put together of pieces that touch, as ROMIO of MPICH 4.1 ends it.
 * NO_MUMPS: PETSc does as if it had been built without MUMPS.
 * SHARED_BYTES, DISK_BYTES: what is free in /dev/shm, and on every other disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

void *__libc_calloc(size_t count, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);

static int seen;

/* Whether the allocation that `caller` asks for is the one that fails. */
static int fails(const void *caller) {
    Dl_info object;
    const char *rank = getenv("OMPI_COMM_WORLD_RANK"), *which = getenv("FAIL_RANK"), *at = getenv("FAIL_AT");
    if (!rank) rank = getenv("PMI_RANK"); /* MPICH */
    if (!rank || !which || !at || strcmp(rank, which) != 0 || !dladdr(caller, &object)) return 0;
    const char *name = strrchr(object.dli_fname, '/');
    if (strcmp(name ? name + 1 : object.dli_fname, "nixe") != 0 || ++seen != atoi(at)) return 0;
    errno = ENOMEM;
    return 1;
}

void *calloc(size_t count, size_t bytes) { return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, bytes); }

void *aligned_alloc(size_t alignment, size_t bytes) {
    return fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, bytes);
}

void *realloc(void *memory, size_t bytes) { return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(memory, bytes); }

__attribute__((destructor)) static void tell_count(void) {
    const char *path = getenv("FAIL_COUNT");
    FILE *file = path && seen ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%d\n", seen);
    fclose(file);
}

/* PETSc's, whose types are not known here: flags are int or bool, so one byte of each is written. */
int MatSolverTypeGet(const char *package, const char *matrix, int factor, void *known, void *for_this, void *create) {
    int (*real)(const char *, const char *, int, void *, void *, void *);
    void *symbol = dlsym(RTLD_NEXT, "MatSolverTypeGet");
    memcpy(&real, &symbol, sizeof real);
    const int status = real(package, matrix, factor, known, for_this, create);
    if (getenv("NO_MUMPS") && package && !strcmp(package, "mumps")) {
        if (known) *(char *)known = 0;
        if (for_this) *(char *)for_this = 0;
        if (create) memset(create, 0, sizeof symbol);
    }
    return status;
}

/* Where the last piece of each selection ends, in numbers; handles of HDF5 are small. */
static struct {
    int64_t space;
    uint64_t end;
} last[64];

static void *of_hdf5(const char *name) {
    void *symbol = dlsym(RTLD_NEXT, name);
    if (!symbol) abort();
    return symbol;
}

int H5Sselect_none(int64_t space) {
    int (*real)(int64_t);
    void *symbol = of_hdf5("H5Sselect_none");
    memcpy(&real, &symbol, sizeof real);
    for (size_t i = 0; i < sizeof last / sizeof *last; i++)
        if (last[i].space == space) last[i].space = 0;
    return real(space);
}

/* For pieces without strides, whose numbers lie next to each other, as nixe selects them. */
int H5Sselect_hyperslab(int64_t space, int operation, const uint64_t *start, const uint64_t *stride, const uint64_t *count,
                        const uint64_t *block) {
    int (*real)(int64_t, int, const uint64_t *, const uint64_t *, const uint64_t *, const uint64_t *);
    int (*extent_of)(int64_t, uint64_t *, uint64_t *);
    void *symbol = of_hdf5("H5Sselect_hyperslab"), *extent_symbol = of_hdf5("H5Sget_simple_extent_dims");
    memcpy(&real, &symbol, sizeof real);
    memcpy(&extent_of, &extent_symbol, sizeof extent_of);
    if (getenv("NO_TOUCHING") && operation == 1) { /* H5S_SELECT_OR */
        uint64_t extent[32], begin = 0, numbers = 1;
        const int rank = extent_of(space, extent, NULL);
        size_t i = 0;
        for (int a = 0; a < rank; a++) begin = begin * extent[a] + start[a], numbers *= count[a];
        while (i < sizeof last / sizeof *last && last[i].space != space) i++;
        if (i < sizeof last / sizeof *last && rank > 1 && last[i].end == begin) {
            fprintf(stderr, "pieces of a selection touch at %llu\n", (unsigned long long)begin);
            abort();
        }
        for (size_t j = 0; i == sizeof last / sizeof *last && j < sizeof last / sizeof *last; j++)
            if (!last[j].space) i = j;
        if (i == sizeof last / sizeof *last) i = 0;
        last[i].space = space, last[i].end = begin + numbers;
    }
    return real(space, operation, start, stride, count, block);
}

int statvfs(const char *path, struct statvfs *answer) {
    int (*real)(const char *, struct statvfs *);
    void *symbol = dlsym(RTLD_NEXT, "statvfs");
    memcpy(&real, &symbol, sizeof real);
    const int status = real(path, answer);
    const char *bytes = getenv(strcmp(path, "/dev/shm") ? "DISK_BYTES" : "SHARED_BYTES");
    if (!status && bytes) answer->f_bavail = (fsblkcnt_t)(atof(bytes) / (double)answer->f_frsize);
    return status;
}
