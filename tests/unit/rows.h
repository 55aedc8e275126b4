/* Rows: the small file of output.h, laid out and open; for the unit tests of what is written row by row. */
#ifndef NIXE_TEST_ROWS_H
#define NIXE_TEST_ROWS_H

#include "unit/output.h"

typedef struct {
    fixture_folder folder;
    fixture_run run;
} fixture_rows;

/* The file of a run with these options is planned. */
static inline void fixture_rows_plan(fixture_rows *rows, nixe_command command, const char *options) {
    char path[FIXTURE_PATH];
    fixture_folder_create(&rows->folder);
    fixture_join(&rows->folder, "run.h5", path);
    fixture_run_create(&rows->run, command, options, path);
}

/* And it is there, without data. */
static inline void fixture_rows_lay_out(fixture_rows *rows) { assert_ok(fixture_lay_out(&rows->run, 0)); }

/* Close the file and open it again: what is read then comes from the disk. */
static inline void fixture_rows_reopen(fixture_rows *rows) {
    assert_ok(nixe_file_close(&rows->run.file));
    assert_ok(nixe_file_open(&fixture_parallel, &rows->run.options, &rows->run.file));
}

static inline void fixture_rows_destroy(fixture_rows *rows) {
    assert_ok(nixe_file_close(&rows->run.file));
    fixture_run_destroy(&rows->run);
    fixture_folder_destroy(&rows->folder);
}

static inline size_t fixture_rows_bytes(const fixture_rows *rows, nixe_data data) {
    return (size_t)fixture_values(&rows->run.file, (int)data) * nixe_type_bytes(nixe_dataset_table[data].type);
}

/* What the open file has of a dataset; the caller frees it. */
static inline char *fixture_rows_read(const fixture_rows *rows, nixe_data data) {
    const nixe_dataset *dataset = &nixe_dataset_table[data];
    char *values = calloc(fixture_rows_bytes(rows, data), 1);
    const hid_t opened = H5Dopen(rows->run.file.file, dataset->path, H5P_DEFAULT);
    assert_true(values && opened >= 0);
    assert_true(H5Dread(opened, nixe_type_memory(dataset->type), H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(opened);
    return values;
}

/* It has these values. */
static inline void fixture_rows_compare(const fixture_rows *rows, nixe_data data, const char *expected) {
    char *found = fixture_rows_read(rows, data);
    const size_t bytes = fixture_rows_bytes(rows, data);
    for (size_t b = 0; b < bytes; b++)
        if (found[b] != expected[b]) fail_msg("%s: byte %zu of %zu is wrong", nixe_dataset_table[data].path, b, bytes);
    free(found);
}

/* Random bytes that are numbers of any type, none of them NaN. */
static inline void fixture_rows_values(uint64_t *random, void *values, size_t bytes) {
    for (size_t b = 0; b < bytes; b++) ((char *)values)[b] = (char)(fixture_random(random) & 0x7f);
    for (size_t b = 7; b < bytes; b += 8) ((char *)values)[b] = 0x3f;
}

#endif
