/* Fit: will a run fit? nixe_fit_check() is collective over all ranks. */
#include "nixe/base/fit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

void nixe_fit_print(double bytes, char *text, int size) {
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    int u = 0;
    for (; bytes >= 999.5 && u < 6; u++) bytes /= 1000;
    snprintf(text, (size_t)size, "%.3g %s", bytes, unit[u]);
}

/* A number from a file, "name: 123 kB" or "123"; infinite if it is not there. */
static double read_number(const char *path, const char *name) {
    char line[256];
    double number = INFINITY, value;
    FILE *file = fopen(path, "r");
    if (!file) return number;
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, name, strlen(name)) && sscanf(line + strlen(name), "%lf", &value) == 1) number = value;
    fclose(file);
    return number;
}

/* Free memory of this machine, or of the container that nixe runs in. */
static double available_memory(void) {
    double available = 1024 * read_number("/proc/meminfo", "MemAvailable:");
    double limit = read_number("/sys/fs/cgroup/memory.max", ""), used = read_number("/sys/fs/cgroup/memory.current", "");
    const double cache = read_number("/sys/fs/cgroup/memory.stat", "inactive_file "); /* given back when it is needed */
    if (isfinite(cache)) used -= cache;
    if (isfinite(limit) && isfinite(used) && limit - used < available) available = limit - used;
    return available;
}

static double available_shared(void) {
    struct statvfs shared;
    if (statvfs("/dev/shm", &shared)) return INFINITY;
    return (double)shared.f_bavail * (double)shared.f_frsize;
}

static nixe_status check(const nixe_parallel *parallel, nixe_need need) {
    char needed[32], free_bytes[32];
    double copies = parallel->shares_memory ? 1 : parallel->host_size;
    double all = copies * need.shared + parallel->host_size * need.private;
    double memory = available_memory(), shared = available_shared();
    nixe_fit_print(memory, free_bytes, sizeof free_bytes);
    nixe_fit_print(all, needed, sizeof needed);
    if (all > memory)
        return nixe_fail(NIXE_REFUSED,
                         "this crystal needs %s of memory on a machine with %d ranks, and %s are free; reduce -lattice_edge or "
                         "the number of ranks on a machine",
                         needed, parallel->host_size, free_bytes);
    nixe_fit_print(shared, free_bytes, sizeof free_bytes);
    nixe_fit_print(need.shared, needed, sizeof needed);
    if (parallel->shares_memory && need.shared > shared)
        return nixe_fail(NIXE_REFUSED, "the tables of this crystal need %s of shared memory, and /dev/shm has %s free", needed,
                         free_bytes);
    return NIXE_OK;
}

nixe_status nixe_fit_check(const nixe_parallel *parallel, nixe_need need) {
    return nixe_parallel_agree(parallel, check(parallel, need));
}

nixe_status nixe_fit_tables(const nixe_parallel *parallel, double private, double *bytes) {
    const double copies = parallel->shares_memory ? 1 : parallel->host_size;
    *bytes = (available_memory() - parallel->host_size * private) / copies;
    if (parallel->shares_memory) *bytes = fmin(*bytes, available_shared());
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, bytes, 1, MPI_DOUBLE, MPI_MIN, parallel->comm));
    return NIXE_OK;
}
