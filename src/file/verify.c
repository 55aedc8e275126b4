/* Verify: are the data of a file as they were written? Not collective. */
#include "nixe/file/verify.h"

#include <stdlib.h>
#include <string.h>

#include "nixe/base/bytes.h"
#include "nixe/file/read.h"

void nixe_verify_begin(nixe_verify *verify, hid_t file, nixe_command command, int exchange, int complete,
                       int64_t equilibration) {
    *verify = (nixe_verify){
        .file = file, .command = command, .exchange = exchange, .complete = complete, .equilibration = equilibration};
    verify->kind = (unsigned)command | nixe_read_kind(file);
}

void nixe_verify_end(nixe_verify *verify) {
    for (int i = 0; i < NIXE_DATASETS; i++)
        if (verify->dataset[i] > 0) H5Dclose(verify->dataset[i]);
    free(verify->values);
    *verify = (nixe_verify){0};
}

/* Whether the dataset is there as it should be. */
static int is_there(nixe_verify *verify, nixe_data data) {
    if (!verify->dataset[data]) verify->dataset[data] = nixe_read_open(verify->file, data, verify->shape[data]);
    return verify->dataset[data] > 0;
}

/* Read a part of a dataset into the scratch. */
static int read_part(nixe_verify *verify, nixe_data data, const hsize_t start[NIXE_MAX_RANK],
                     const hsize_t extent[NIXE_MAX_RANK], size_t *bytes) {
    const nixe_dataset *about = &nixe_dataset_table[data];
    *bytes = nixe_type_bytes(about->type); /* the dataset has its size, so there is no overflow */
    for (int a = 0; a < about->rank; a++) *bytes *= extent[a] ? extent[a] : verify->shape[data][a] - start[a];
    if (*bytes > verify->capacity) {
        free(verify->values);
        verify->values = malloc(*bytes);
        verify->capacity = verify->values ? *bytes : 0;
        if (!verify->values) return 0;
    }
    return !*bytes || !nixe_read_from(verify->dataset[data], data, nixe_type_memory(about->type), verify->shape[data], start,
                                      extent, verify->values);
}

/* `count` entries of a row into the scratch; all of them where count < 0. row: its index along each leading axis, or, where
 * another axis comes first, along that of replicas. */
static int read_row(nixe_verify *verify, nixe_data data, const hsize_t row[2], int64_t count, size_t *bytes) {
    const nixe_dataset *about = &nixe_dataset_table[data];
    const int lead = nixe_dataset_rows(about);
    hsize_t start[NIXE_MAX_RANK] = {0}, extent[NIXE_MAX_RANK] = {0};
    if (!is_there(verify, data)) return 0;
    const hsize_t *shape = verify->shape[data];
    for (int a = 0; a < about->rank; a++) {
        if (a < lead || about->axis[a] == NIXE_AXIS_REPLICA) start[a] = row[a < lead ? a : 0], extent[a] = 1;
        if (start[a] + extent[a] > shape[a]) return 0;
    }
    if (count > 0) extent[lead] = (hsize_t)count;
    if (count > 0 && (lead == about->rank || extent[lead] > shape[lead])) return 0;
    *bytes = 0;
    return count == 0 || read_part(verify, data, start, extent, bytes);
}

/* Entries that a row has when the sweeps up to `up_to` are done: those whose moment has come; -1: all (kmc). */
static int64_t entries_of(nixe_verify *verify, nixe_data data, int64_t up_to) {
    const nixe_axis axis = nixe_dataset_moment(&nixe_dataset_table[data]);
    int64_t every = 0;
    size_t bytes;
    if (axis == NIXE_AXES || axis == NIXE_AXIS_TIME || axis == NIXE_AXIS_SNAPSHOT) return -1;
    const nixe_data moments = nixe_axis_scale[axis]; /* every, 2 every, 3 every, ... */
    if (!is_there(verify, moments) || verify->shape[moments][0] == 0) return 0;
    if (!read_part(verify, moments, (hsize_t[NIXE_MAX_RANK]){0}, (hsize_t[NIXE_MAX_RANK]){1}, &bytes)) return 0;
    memcpy(&every, verify->values, sizeof every);
    const int64_t recorded = axis == NIXE_AXIS_REPLICA_EXCHANGE ? up_to : up_to - verify->equilibration;
    return every > 0 && recorded > 0 ? recorded / every : 0;
}

/* What the checksums of a row say: of each dataset, and up to where; returns how many there are of datasets, 0 if none. */
static int read_checksums(nixe_verify *verify, nixe_data checksums, const hsize_t row[2], int64_t checksum[NIXE_DATASETS]) {
    size_t bytes;
    if (!read_row(verify, checksums, row, -1, &bytes) || bytes > NIXE_DATASETS * sizeof *checksum || bytes == 0) return 0;
    memcpy(checksum, verify->values, bytes);
    return (int)(bytes / sizeof *checksum) - 1;
}

static int matches(nixe_verify *verify, nixe_data data, const hsize_t row[2], int64_t up_to, int64_t checksum) {
    size_t bytes;
    uint64_t expected;
    memcpy(&expected, &checksum, sizeof expected);
    const int64_t count = entries_of(verify, data, up_to);
    return read_row(verify, data, row, count, &bytes) && nixe_hash(nixe_hash_start, verify->values, bytes) == expected;
}

/* Check what the checksums of a row cover, or only the dataset `one` of it. */
static int check_row(nixe_verify *verify, nixe_data checksums, const hsize_t row[2], int64_t least, nixe_data one) {
    int64_t checksum[NIXE_DATASETS];
    const int count = read_checksums(verify, checksums, row, checksum);
    const int exact = verify->complete || verify->command == NIXE_KMC; /* else a row may have grown beyond its flag */
    int next = 0, good = count > 0 && (one < NIXE_DATASETS || checksum[count] == least || (!exact && checksum[count] > least));
    for (int i = 0; i < NIXE_DATASETS && good; i++) {
        if (!nixe_dataset_is_covered(&nixe_dataset_table[i], checksums, verify->kind)) continue;
        if (one == NIXE_DATASETS || (int)one == i)
            good = next < count && matches(verify, (nixe_data)i, row, checksum[count], checksum[next]);
        next++;
    }
    nixe_status_clear(); /* a row that cannot be read is a damaged one */
    return good && next == count;
}

static nixe_data checksums_of(const nixe_verify *verify) {
    return verify->command == NIXE_KMC ? NIXE_DATA_CHECKSUM : NIXE_DATA_MC_CHECKSUM;
}

int nixe_verify_row(nixe_verify *verify, const hsize_t row[2], int64_t flag) {
    return check_row(verify, checksums_of(verify), row, flag, NIXE_DATASETS);
}

int nixe_verify_part(nixe_verify *verify, const hsize_t row[2], nixe_data data) {
    int64_t checksum[NIXE_DATASETS];
    const int count = read_checksums(verify, checksums_of(verify), row, checksum);
    int set = 0;
    for (int c = 0; c <= count; c++) set += checksum[c] != -1;
    return (count > 0 && !set) || check_row(verify, checksums_of(verify), row, 0, data);
}

int nixe_verify_ladder(nixe_verify *verify, hsize_t replica, int64_t least) {
    return check_row(verify, NIXE_DATA_LADDER_CHECKSUM, (const hsize_t[2]){replica}, least, NIXE_DATASETS);
}

/* Whether a dataset that was known when the file was laid out matches its hash. */
static int check_known(nixe_verify *verify, nixe_data data) {
    static const hsize_t all[NIXE_MAX_RANK] = {0};
    uint64_t expected, hash = nixe_hash_start;
    size_t bytes;
    if (!nixe_read_hash(verify->file, data, &expected)) return 0;
    if (nixe_dataset_table[data].type == NIXE_STRING) {
        nixe_bytes texts = {0};
        const int good = !nixe_read_texts(verify->file, data, &texts);
        if (good) hash = nixe_hash(hash, texts.bytes, texts.used);
        nixe_bytes_destroy(&texts);
        return good && hash == expected;
    }
    return read_part(verify, data, all, all, &bytes) && nixe_hash(hash, verify->values, bytes) == expected;
}

/* Whether the shape of a dataset is that of its axes. */
static int check_shape(nixe_verify *verify, nixe_data data) {
    const nixe_dataset *about = &nixe_dataset_table[data];
    for (int a = 0; a < about->rank; a++) {
        const nixe_data scale = nixe_axis_scale[about->axis[a]];
        if (!is_there(verify, scale) || verify->shape[scale][0] != verify->shape[data][a]) return 0;
    }
    return 1;
}

/* V or its rows at every stiffness. */
static int check_potential(nixe_verify *verify, nixe_data data, nixe_data checksum) {
    int64_t expected;
    size_t bytes;
    if (!is_there(verify, checksum) || !check_shape(verify, checksum)) return 0;
    for (hsize_t k = 0; k < verify->shape[data][0]; k++) {
        const hsize_t start[NIXE_MAX_RANK] = {k}, one[NIXE_MAX_RANK] = {1};
        if (!read_part(verify, checksum, start, one, &bytes)) return 0;
        memcpy(&expected, verify->values, sizeof expected);
        if (expected == -1 && !verify->complete) continue;
        uint64_t hash;
        memcpy(&hash, &expected, sizeof hash);
        if (!read_part(verify, data, start, one, &bytes) || nixe_hash(nixe_hash_start, verify->values, bytes) != hash) return 0;
    }
    return 1;
}

int nixe_verify_options(hid_t file, nixe_command command) {
    char *input = nixe_read_text(file, "input");
    uint64_t expected;
    const int good = input && nixe_read_integer(file, nixe_hash_name, H5T_NATIVE_UINT64, &expected) &&
                     nixe_hash_texts((const char *const[]){nixe_command_name(command), input}, 2) == expected;
    free(input);
    return good;
}

/* Whether the file should have the dataset; the potential is there where it was asked for, and V where that is not large. */
static int is_expected(const nixe_verify *verify, int i) {
    const nixe_dataset *dataset = &nixe_dataset_table[i];
    const int has_potential = H5Lexists(verify->file, "potential", H5P_DEFAULT) > 0;
    if (dataset->data == NIXE_DATA_V || dataset->data == NIXE_DATA_V_CHECKSUM)
        return has_potential && H5Lexists(verify->file, dataset->path, H5P_DEFAULT) > 0;
    return nixe_dataset_is_in(dataset, verify->kind | (has_potential ? (unsigned)NIXE_POTENTIAL : 0));
}

int nixe_verify_whole(nixe_verify *verify, void (*report)(void *context, const char *name), void *context) {
    int damaged = !nixe_verify_options(verify->file, verify->command);
    if (damaged) report(context, "the text of the options");
    for (int i = 0; i < NIXE_DATASETS; i++) {
        const nixe_data data = (nixe_data)i;
        if (!is_expected(verify, i)) continue;
        int good = is_there(verify, data) && check_shape(verify, data);
        if (good && nixe_dataset_is_known(&nixe_dataset_table[i])) good = check_known(verify, data);
        if (good && data == NIXE_DATA_V) good = check_potential(verify, data, NIXE_DATA_V_CHECKSUM);
        if (good && data == NIXE_DATA_ROW) good = check_potential(verify, data, NIXE_DATA_ROW_CHECKSUM);
        nixe_status_clear();
        if (good) continue;
        report(context, nixe_dataset_table[i].path);
        damaged++;
    }
    return damaged;
}
