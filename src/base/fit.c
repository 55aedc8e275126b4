/* Fit: will a run fit? nixe_fit_check() is collective over all ranks. */
#include "nixe/base/fit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
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

/* What one group may still take: its limit less what it uses; what it only caches is given back when it is needed. */
static double left_in_group(const char *folder, const char *limit, const char *usage, const char *cache) {
    char path[4096];
    double number[3];
    const char *const file[3] = {limit, usage, "memory.stat"};
    for (int f = 0; f < 3; f++) {
        snprintf(path, sizeof path, "%.4000s/%s", folder, file[f]);
        number[f] = read_number(path, f == 2 ? cache : "");
    }
    if (!isfinite(number[0]) || !isfinite(number[1])) return INFINITY;
    return number[0] - number[1] + (isfinite(number[2]) ? number[2] : 0);
}

double nixe_fit_group(const char *groups, const char *root) {
    char line[4096], folder[4096];
    double least = INFINITY;
    FILE *file = fopen(groups, "r");
    if (!file) return least;
    while (fgets(line, sizeof line, file)) { /* "0::/path" (version 2) or "4:memory:/path" (version 1) */
        const char *kind = strchr(line, ':'), *path = kind ? strchr(kind + 1, ':') : NULL;
        const int second = !strncmp(line, "0::", 3), first = kind && !strncmp(kind, ":memory:", 8);
        if (!path || (!first && !second)) continue;
        snprintf(folder, sizeof folder, "%.2000s%s%.2000s", root, first ? "/memory" : "", path + 1);
        folder[strcspn(folder, "\n")] = '\0';
        for (char *end = folder + strlen(folder); end >= folder + strlen(root); end = strrchr(folder, '/')) {
            *end = '\0'; /* this group, then those that it is in */
            const double left =
                first ? left_in_group(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ")
                      : left_in_group(folder, "memory.max", "memory.current", "inactive_file ");
            least = fmin(least, left);
            if (!strchr(folder, '/')) break;
        }
    }
    fclose(file);
    return least;
}

/* What a limit of address space (ulimit -v) leaves, less what libraries take without asking: OpenBLAS tries for ever where it
 * gets no buffer. */
static double left_of_addresses(void) {
    static const double libraries = 256e6;
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY) return INFINITY;
    return (double)limit.rlim_cur - 1024 * read_number("/proc/self/status", "VmSize:") - libraries;
}

/* Free memory of this machine, or of the job or container that nixe runs in. */
static double available_memory(void) {
    const double group = nixe_fit_group("/proc/self/cgroup", "/sys/fs/cgroup");
    return fmax(0, fmin(fmin(1024 * read_number("/proc/meminfo", "MemAvailable:"), group), left_of_addresses()));
}

static double available_shared(void) {
    struct statvfs shared;
    if (statvfs("/dev/shm", &shared)) return INFINITY;
    return (double)shared.f_bavail * (double)shared.f_frsize;
}

static nixe_status check(const nixe_parallel *parallel, nixe_need need) {
    char needed[32], free_bytes[32];
    double copies = parallel->shares_memory ? 1 : parallel->host_size;
    double all = copies * need.shared + parallel->host_size * need.private + need.saved;
    double memory = available_memory(), shared = available_shared();
    nixe_fit_print(memory, free_bytes, sizeof free_bytes);
    nixe_fit_print(all, needed, sizeof needed);
    if (need.saved > memory)
        return nixe_fail(NIXE_REFUSED,
                         "-ensemble_size: the saved states of all replicas need %s of memory on one machine, and %s are free",
                         needed, free_bytes);
    if (all > memory)
        return nixe_fail(NIXE_REFUSED,
                         "this crystal needs %s of memory on a machine with %d ranks, and %s are free; take a smaller "
                         "crystal, or fewer ranks on a machine",
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
