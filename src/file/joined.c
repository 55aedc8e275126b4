/* Joined files: see the header. HDF5 finds a part from the folder of the file that leans on it, as is done here, and reads as
 * rows without data what is in no part: so a part that is missing is looked for before. */
#include "nixe/file/joined.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "nixe/base/open.h"
#include "nixe/file/probe.h"
#include "nixe/file/read.h"

const char nixe_joined_name[] = "merged_from";

int nixe_joined(hid_t file) { return H5Aexists(file, nixe_joined_name) > 0; }

/* Whether the flags of rows are in other files. */
static int leans(hid_t file) {
    int found = 0;
    for (int kind = 0; kind < 2; kind++) {
        const char *path = nixe_dataset_table[kind ? NIXE_DATA_DONE : NIXE_DATA_SWEEPS_DONE].path, *group = kind ? "kmc" : "mc";
        if (H5Lexists(file, group, H5P_DEFAULT) <= 0 || H5Lexists(file, path, H5P_DEFAULT) <= 0) continue;
        const hid_t dataset = H5Dopen(file, path, H5P_DEFAULT), made = dataset < 0 ? dataset : H5Dget_create_plist(dataset);
        found |= made >= 0 && H5Pget_layout(made) == H5D_VIRTUAL;
        if (made >= 0) H5Pclose(made);
        if (dataset >= 0) H5Dclose(dataset);
    }
    return found;
}

/* Where a part is: beside the file, or where an absolute path says. Returns 0 where that is too long. */
static int locate(hid_t file, const char *part, int length, char path[PATH_MAX]) {
    char own[PATH_MAX];
    if (H5Fget_name(file, own, sizeof own) >= (ssize_t)sizeof own) return 0;
    const char *slash = strrchr(own, '/');
    const int folder = part[0] == '/' || !slash ? 0 : (int)(slash - own) + 1;
    return snprintf(path, PATH_MAX, "%.*s%.*s", folder, own, length, part) < PATH_MAX;
}

nixe_status nixe_joined_check(hid_t file, const char *option, const char *path) {
    if (!nixe_joined(file) || !leans(file)) return NIXE_OK;
    char *parts = nixe_read_text(file, nixe_joined_name), place[PATH_MAX];
    nixe_status status = NIXE_OK;
    for (const char *part = parts ? parts : ""; *part && !status; part += *part == '\n') {
        const int length = (int)strcspn(part, "\n");
        struct stat entry;
        if (!locate(file, part, length, place) || stat(place, &entry))
            status = nixe_fail(NIXE_REFUSED, "%s%s was joined from %.*s, which is not there", option, path, length, part);
        else if (!(status = nixe_check_regular(option, place))) status = nixe_probe(option, place);
        part += length;
    }
    free(parts);
    return status;
}

/* Whether a text has this line. */
static int has_line(const char *text, const char *line) {
    const size_t length = strlen(line);
    for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n')
        if (length && strcspn(at, "\n") == length && !strncmp(at, line, length)) return 1;
    return 0;
}

hsize_t nixe_joined_bytes(hid_t file, hid_t properties, const char *path) {
    char *parts = nixe_read_text(file, nixe_joined_name), source[PATH_MAX], dataset[128], place[PATH_MAX];
    size_t count = 0;
    hsize_t bytes = 0;
    struct stat entry;
    int good = parts && H5Pget_virtual_count(properties, &count) >= 0 && count > 0;
    for (size_t i = 0; i < count && good; i++) {
        const ssize_t length = H5Pget_virtual_filename(properties, i, source, sizeof source);
        const ssize_t letters = H5Pget_virtual_dsetname(properties, i, dataset, sizeof dataset);
        good = length > 0 && length < (ssize_t)sizeof source && letters > 0 && letters < (ssize_t)sizeof dataset &&
               has_line(parts, source) && !strcmp(dataset, path) && locate(file, source, (int)length, place) &&
               !stat(place, &entry) && S_ISREG(entry.st_mode);
        if (good) bytes += (hsize_t)entry.st_size;
    }
    free(parts);
    return good ? bytes : 0;
}
