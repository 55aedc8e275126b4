/* Verify: are the data of a file's rows as they were written? Not collective. */
#include "nixe/file/verify.h"

#include <stdlib.h>
#include <string.h>

#include "nixe/base/bytes.h"
#include "nixe/file/hdf5.h"
#include "nixe/file/read.h"

/* `count` entries of a row, the first `lead` axes being the row's; all of them where count < 0. The caller frees the result. */
static char *read_row(hid_t file, const nixe_dataset *data, const hsize_t row[2], int64_t count, size_t *bytes) {
    const int lead = nixe_dataset_rows(data);
    hsize_t shape[NIXE_MAX_RANK], start[NIXE_MAX_RANK] = {0}, extent[NIXE_MAX_RANK] = {0}, values = 1;
    const int rank = nixe_read_shape(file, data->data, shape);
    for (int a = 0; a < lead; a++) start[a] = row[a], extent[a] = shape[a] = 1;
    if (count >= 0 && rank > lead) shape[lead] = extent[lead] = (hsize_t)count;
    for (int a = 0; a < rank; a++) values *= shape[a];
    *bytes = (size_t)values * nixe_type_bytes(data->type);
    char *result = calloc(1, *bytes + 1);
    if (result && (values == 0 || !nixe_read_part(file, data->data, nixe_type_memory(data->type), start, extent, result)))
        return result;
    free(result);
    return NULL;
}

/* Entries that a row has when the sweeps up to `up_to` are done: those whose moment has come; -1: all (kmc). */
static int64_t entries_of(hid_t file, const nixe_dataset *data, int64_t up_to, int64_t equilibration) {
    const nixe_axis axis = nixe_dataset_moment(data);
    int64_t every = 0;
    if (axis == NIXE_AXES || axis == NIXE_AXIS_TIME || axis == NIXE_AXIS_SNAPSHOT) return -1;
    const nixe_data moments = nixe_axis_scale[axis]; /* every, 2 every, 3 every, ... */
    if (nixe_read_part(file, moments, H5T_NATIVE_INT64, (hsize_t[NIXE_MAX_RANK]){0}, (hsize_t[NIXE_MAX_RANK]){1}, &every) ||
        every <= 0)
        return 0;
    return up_to > equilibration ? (up_to - equilibration) / every : 0;
}

static int matches(hid_t file, const nixe_dataset *data, const hsize_t row[2], int64_t count, int64_t checksum) {
    size_t bytes;
    uint64_t expected;
    memcpy(&expected, &checksum, sizeof expected);
    char *values = read_row(file, data, row, count, &bytes);
    const int good = values && nixe_hash(nixe_hash_start, values, bytes) == expected;
    free(values);
    return good;
}

int nixe_verify_row(hid_t file, nixe_command command, const hsize_t row[2], int64_t equilibration) {
    const nixe_dataset *checksums = &nixe_dataset_table[command == NIXE_KMC ? NIXE_DATA_CHECKSUM : NIXE_DATA_MC_CHECKSUM];
    size_t bytes;
    int64_t *checksum = (int64_t *)(void *)read_row(file, checksums, row, -1, &bytes);
    const int count = (int)(bytes / sizeof *checksum) - 1;
    int next = 0, good = checksum && count >= 0;
    for (int i = 0; i < NIXE_DATASETS && good; i++) {
        const nixe_dataset *data = &nixe_dataset_table[i];
        if (!(data->commands & (unsigned)command) || !(data->commands & NIXE_FILE_CHECKED)) continue;
        good = next < count && matches(file, data, row, entries_of(file, data, checksum[count], equilibration), checksum[next]);
        next++;
    }
    free(checksum);
    nixe_status_clear(); /* a row that cannot be read is a damaged one */
    return good && next == count;
}
