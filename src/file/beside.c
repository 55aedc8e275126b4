/* Beside: the files that stand beside an output file while it is made. Not collective. */
#include "nixe/file/beside.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const ending[NIXE_BESIDE] = {".lock", ".partial", ".checkpoint", ".checkpoint.old", ".checkpoint.new"};

void nixe_beside_path(const char *file, nixe_beside which, char path[NIXE_BESIDE_PATH]) {
    snprintf(path, NIXE_BESIDE_PATH, "%s%s", file, ending[which]);
}

nixe_status nixe_beside_check(const char *file) {
    char path[NIXE_BESIDE_PATH];
    struct stat entry;
    for (nixe_beside which = 0; which < NIXE_BESIDE; which++) {
        nixe_beside_path(file, which, path);
        if (!lstat(path, &entry) && !S_ISREG(entry.st_mode))
            return nixe_fail(NIXE_REFUSED, "-output_file %s: %s is in the way: it is not a regular file", file, path);
    }
    return NIXE_OK;
}

void nixe_beside_clean(const char *file) {
    char path[NIXE_BESIDE_PATH];
    nixe_beside_path(file, NIXE_PARTIAL, path);
    unlink(path);
    nixe_beside_path(file, NIXE_CHECKPOINT_NEW, path);
    unlink(path);
}

void nixe_beside_remove_states(const char *file) {
    char path[NIXE_BESIDE_PATH];
    for (nixe_beside which = NIXE_CHECKPOINT; which <= NIXE_CHECKPOINT_NEW; which++) {
        nixe_beside_path(file, which, path);
        unlink(path);
    }
}
