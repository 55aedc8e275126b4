/* Verifying rows: are their data as they were written? Not collective. */
#include "nixe/file/verify.h"

#include <stdlib.h>
#include <string.h>

#include "nixe/base/bytes.h"
#include "nixe/file/hdf5.h"
#include "nixe/file/read.h"

/* `count` entries of a row, the first `lead` axes being the row's; all of them where count < 0. The caller frees the result. */
static char *read_row(hid_t file, const nixe_dataset *data, int lead, const hsize_t row[2], long count, size_t *bytes) {
    hsize_t shape[NIXE_MAX_RANK], start[NIXE_MAX_RANK] = {0}, extent[NIXE_MAX_RANK] = {0}, values = 1;
    const int rank = nixe_read_shape(file, data->path, shape);
    for (int a = 0; a < lead; a++) start[a] = row[a], extent[a] = shape[a] = 1;
    if (count >= 0 && rank > lead) shape[lead] = extent[lead] = (hsize_t)count;
    for (int a = 0; a < rank; a++) values *= shape[a];
    *bytes = (size_t)values * nixe_type_bytes(data->type);
    char *result = calloc(1, *bytes + 1);
    if (result && (values == 0 || !nixe_read_part(file, data->path, nixe_type_memory(data->type), start, extent, result)))
        return result;
    free(result);
    return NULL;
}

int nixe_verify_kmc_row(hid_t file, hsize_t r) {
    static const nixe_data part[] = {
        NIXE_DATA_COMPOSITION, NIXE_DATA_ENERGY, NIXE_DATA_AREA_MEAN,      NIXE_DATA_AREA_RMS,
        NIXE_DATA_F,           NIXE_DATA_EVENTS, NIXE_DATA_SNAPSHOT_SIGMA, NIXE_DATA_COMPLETION_TIME};
    const hsize_t row[2] = {r, 0};
    uint64_t hash = nixe_hash_start, expected = 0;
    size_t bytes;
    for (size_t p = 0; p <= sizeof part / sizeof *part; p++) {
        const int last = p == sizeof part / sizeof *part;
        char *values = read_row(file, &nixe_dataset_table[last ? NIXE_DATA_CHECKSUM : part[p]], 1, row, -1, &bytes);
        if (!values) return 0;
        if (last) memcpy(&expected, values, bytes < sizeof expected ? bytes : sizeof expected);
        else hash = nixe_hash(hash, values, bytes);
        free(values);
    }
    return hash == expected;
}

int nixe_verify_mc_row(hid_t file, const hsize_t row[2], const int64_t every[5], int64_t equilibration) {
    static const nixe_data part[] = {NIXE_DATA_MC_F, NIXE_DATA_MC_ENERGY, NIXE_DATA_MC_AREA_MEAN, NIXE_DATA_MC_AREA_RMS,
                                     NIXE_DATA_STORED_SIGMA};
    size_t bytes;
    int64_t checksum[6] = {0};
    char *values = read_row(file, &nixe_dataset_table[NIXE_DATA_MC_CHECKSUM], 2, row, -1, &bytes);
    if (!values) return 0;
    memcpy(checksum, values, bytes < sizeof checksum ? bytes : sizeof checksum);
    free(values);
    const int64_t sweeps = checksum[5] > equilibration ? checksum[5] - equilibration : 0;
    for (int p = 0; p < 5; p++) {
        uint64_t expected;
        if (every[p] < 1) return 0;
        memcpy(&expected, &checksum[p], sizeof expected);
        values = read_row(file, &nixe_dataset_table[part[p]], 2, row, (long)(sweeps / every[p]), &bytes);
        if (!values) return 0;
        const int good = nixe_hash(nixe_hash_start, values, bytes) == expected;
        free(values);
        if (!good) return 0;
    }
    return 1;
}
