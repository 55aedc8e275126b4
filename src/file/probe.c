/* Probe: is a file so damaged that HDF5 itself does not survive reading it? Not collective. */
#include "nixe/file/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "nixe/file/read.h"

extern char **environ;

const char nixe_probe_word[] = "--probe";
static int allowed;

void nixe_probe_allow(void) { allowed = 1; }

/* What a process dies of that reads damage; any other end, of which others may be the cause, tells nothing. */
static int is_of_damage(int status) {
    static const int death[] = {SIGXCPU, SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    if (!WIFSIGNALED(status)) return 0;
    for (size_t d = 0; d < sizeof death / sizeof *death; d++)
        if (WTERMSIG(status) == death[d]) return 1;
    return 0;
}

/* Like fork() and exec(), but without what MPI and its network have to do at a fork(). Where no process can be started, because
 * there is no /proc or there are too many, nothing is known, and the file is read as it is. */
nixe_status nixe_probe(const char *option, const char *path) {
    char *const words[] = {"nixe", "status", (char *)nixe_probe_word, (char *)path, NULL};
    posix_spawn_file_actions_t files;
    pid_t process;
    int status = 0;
    if (!allowed) return NIXE_OK;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0); /* what libraries say of it */
    const int failed = posix_spawn(&process, "/proc/self/exe", &files, NULL, words, environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed) return NIXE_OK;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR) return NIXE_OK;
    if (!is_of_damage(status)) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "%s%s is damaged: HDF5 cannot read it", option, path);
}

/* The attributes and the texts of a dataset, and its values where pieces of them have places of their own. left: the bytes of
 * these that may still be read. */
static void read_dataset(hid_t file, nixe_data data, size_t *left) {
    hsize_t shape[NIXE_MAX_RANK];
    uint64_t hash;
    const nixe_dataset *about = &nixe_dataset_table[data];
    const hid_t dataset = nixe_read_open(file, data, shape), properties = dataset < 0 ? dataset : H5Dget_create_plist(dataset);
    if (dataset < 0) return;
    nixe_read_hash(file, data, &hash);
    if (about->type == NIXE_STRING) {
        nixe_bytes texts = {0};
        nixe_read_texts(file, data, &texts);
        nixe_bytes_destroy(&texts);
    } else if (H5Pget_layout(properties) == H5D_CHUNKED) {
        size_t bytes = nixe_type_bytes(about->type); /* the file is large enough for them: there is no overflow */
        for (int a = 0; a < about->rank; a++) bytes *= shape[a];
        void *values = bytes < *left ? malloc(bytes + 1) : NULL;
        if (values) nixe_read_all(file, data, nixe_type_memory(about->type), values);
        if (values) *left -= bytes;
        free(values);
    }
    H5Pclose(properties);
    H5Dclose(dataset);
}

void nixe_probe_read(const char *path, void (*verify)(const char *path)) {
    static const char *const name[] = {"program", "version", "commit",    "command",    "created",  "input",
                                       "tables",  "start",   "libraries", "arithmetic", "algorithm"};
    const char *const number[] = {"format_version", "complete", nixe_hash_name};
    uint64_t value;
    size_t left = 1 << 24; /* of compressed data, which take tenths of a second */
    struct stat about;
    signal(SIGXCPU, SIG_DFL);
    setrlimit(RLIMIT_CPU, &(struct rlimit){3, 4}); /* seconds, of which tenths are needed; a loop has no end */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    if (!stat(path, &about) && about.st_size < 1 << 24) verify(path);
    H5Eset_auto(H5E_DEFAULT, NULL, NULL);
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) return;
    for (size_t n = 0; n < sizeof number / sizeof *number; n++) nixe_read_integer(file, number[n], H5T_NATIVE_UINT64, &value);
    for (size_t t = 0; t < sizeof name / sizeof *name; t++) free(nixe_read_text(file, name[t]));
    for (int i = 0; i < NIXE_DATASETS; i++) read_dataset(file, (nixe_data)i, &left);
    H5Fclose(file);
    nixe_status_clear();
}
