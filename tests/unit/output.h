/* Output: a small file of a run in a folder, and beside it in memory what it should hold; for the unit tests of the rooms of
 * file/. */
#ifndef NIXE_TEST_OUTPUT_H
#define NIXE_TEST_OUTPUT_H

#include "nixe/file/hdf5.h"
#include "nixe/file/layout.h"
#include "nixe/file/read.h"
#include "nixe/file/write.h"
#include "nixe/options/recipe.h"
#include "unit/crystal.h"
#include "unit/folder.h"
#include "unit/words.h"

typedef struct {
    nixe_options options;
    nixe_lattice lattice;
    nixe_file file;
    char *expected[NIXE_DATASETS]; /* rows: what the dataset should hold; NULL for all other datasets */
} fixture_run;

/* Whether a dataset has data of trajectories or replicas, which are not known when the file is made. */
static inline int fixture_has_rows(const nixe_file *file, int data) {
    const nixe_dataset *dataset = &nixe_dataset_table[data];
    int rows = 0;
    for (int a = 0; a < dataset->rank; a++)
        rows |= dataset->axis[a] == NIXE_AXIS_TRAJECTORY || dataset->axis[a] == NIXE_AXIS_REPLICA;
    return file->has[data] && rows && !(dataset->rank == 1 && (int)nixe_axis_scale[dataset->axis[0]] == data);
}

static inline long fixture_values(const nixe_file *file, int data) {
    const nixe_dataset *dataset = &nixe_dataset_table[data];
    long values = 1;
    for (int a = 0; a < dataset->rank; a++) values *= (long)file->size[dataset->axis[a]];
    return values;
}

/* "No data yet" in the bytes of value number `i`. */
static inline void fixture_fill(nixe_type type, char *values, long i) {
    const double none = NAN;
    const int64_t minus_one = -1;
    char *place = values + i * (long)nixe_type_bytes(type);
    if (type == NIXE_DOUBLE) memcpy(place, &none, sizeof none);
    else if (type == NIXE_INT64 || type == NIXE_INT32) memcpy(place, &minus_one, nixe_type_bytes(type));
    else memset(place, 0, nixe_type_bytes(type));
}

/* A planned run with the options of `line`, of which nothing is there yet. */
static inline void fixture_run_create(fixture_run *run, nixe_command command, const char *line, const char *path) {
    nixe_recipe recipe;
    char words[1024];
    *run = (fixture_run){0};
    snprintf(words, sizeof words, "-output_file %s %s", path, line);
    assert_ok(fixture_read_words(command, words, NULL, &run->options));
    assert_ok(nixe_recipe_read(&run->options, &recipe));
    assert_ok(nixe_lattice_create(&run->lattice, &recipe));
    nixe_file_plan(&run->file, &run->options, &run->lattice);
    for (int data = 0; data < NIXE_DATASETS; data++) {
        if (!fixture_has_rows(&run->file, data)) continue;
        const long values = fixture_values(&run->file, data);
        run->expected[data] = calloc((size_t)values + 1, nixe_type_bytes(nixe_dataset_table[data].type));
        for (long i = 0; i < values; i++) fixture_fill(nixe_dataset_table[data].type, run->expected[data], i);
    }
}

static inline void fixture_run_destroy(fixture_run *run) {
    for (int data = 0; data < NIXE_DATASETS; data++) free(run->expected[data]);
    nixe_lattice_destroy(&run->lattice);
    nixe_options_destroy(&run->options);
}

/* Indices of value number `i` of a dataset along its axes. */
static inline void fixture_indices(const nixe_file *file, int data, long i, long index[NIXE_MAX_RANK]) {
    const nixe_dataset *dataset = &nixe_dataset_table[data];
    for (int a = dataset->rank - 1; a >= 0; a--) {
        index[a] = i % (long)file->size[dataset->axis[a]];
        i /= (long)file->size[dataset->axis[a]];
    }
}

static inline nixe_status fixture_lay_out(fixture_run *run, int extend) {
    return nixe_file_create(&fixture_parallel, &run->options, &run->lattice, 0, NULL, extend, &run->file);
}

/* Every dataset of rows of the file at `path` holds what it should. */
static inline void fixture_compare(const fixture_run *run, const char *path) {
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    int compared = 0;
    assert_true(file >= 0);
    for (int data = 0; data < NIXE_DATASETS; data++) {
        const nixe_dataset *dataset = &nixe_dataset_table[data];
        const long values = fixture_values(&run->file, data), bytes = (long)nixe_type_bytes(dataset->type);
        if (!run->expected[data]) continue;
        char *found = calloc((size_t)values + 1, (size_t)bytes);
        assert_ok(nixe_read_all(file, (nixe_data)data, nixe_type_memory(dataset->type), found));
        for (long i = 0; i < values; i++) {
            const char *a = found + i * bytes, *b = run->expected[data] + i * bytes;
            double x = 0, y = 0;
            if (dataset->type == NIXE_DOUBLE) memcpy(&x, a, sizeof x), memcpy(&y, b, sizeof y);
            if (memcmp(a, b, (size_t)bytes) != 0 && !(isnan(x) && isnan(y)))
                fail_msg("%s: value number %ld is wrong", dataset->path, i);
        }
        free(found);
        compared++;
    }
    assert_true(compared > 5);
    H5Fclose(file);
}

/* The attribute `complete` of the file at `path`. */
static inline int fixture_complete(const char *path) {
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t attribute = H5Aopen(file, "complete", H5P_DEFAULT);
    uint8_t complete = 99;
    assert_true(H5Aread(attribute, H5T_NATIVE_UINT8, &complete) >= 0);
    H5Aclose(attribute);
    H5Fclose(file);
    return complete;
}

#endif
