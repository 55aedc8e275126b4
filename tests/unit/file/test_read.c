/* Read: texts, shapes and parts of files that HDF5 made directly, and what is not there or not as it should be. */
#include "nixe/file/read.h"

#include "unit/folder.h"

static fixture_folder folder;
static hid_t file;

/* Datasets of other shapes than nixe's, in the places of some of its own: of three to five axes, of none, without values; and
 * a place where a group is instead, and one where nothing is. */
static const nixe_data three = NIXE_DATA_F, four = NIXE_DATA_COMPOSITION, five = NIXE_DATA_ENERGY, empty = NIXE_DATA_EVENTS,
                       scalar = NIXE_DATA_V, group = NIXE_DATA_LAYER, absent = NIXE_DATA_MC_F;

static hid_t make_dataset(nixe_data data, hid_t type, int rank, const hsize_t *size) {
    const hid_t space = rank ? H5Screate_simple(rank, size, NULL) : H5Screate(H5S_SCALAR), links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    const hid_t dataset = H5Dcreate(file, nixe_dataset_table[data].path, type, space, links, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(dataset >= 0);
    H5Pclose(links);
    H5Sclose(space);
    return dataset;
}

static void make_text(const char *name, const char *text, size_t size) {
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, size);
    const hid_t attribute = H5Acreate(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, size == H5T_VARIABLE ? (const void *)&text : text) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
}

static int create(void **state) {
    (void)state;
    static const hsize_t size[][5] = {{4, 3, 5}, {1, 2, 3, 4}, {1, 1, 1, 1, 2}, {0, 3}};
    char path[FIXTURE_PATH];
    double values[60];
    fixture_folder_create(&folder);
    fixture_join(&folder, "some.h5", path);
    H5Eset_auto(H5E_DEFAULT, NULL, NULL);
    file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    for (int i = 0; i < 60; i++) values[i] = i;
    const hid_t dataset = make_dataset(three, H5T_IEEE_F64LE, 3, size[0]);
    assert_true(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Dclose(make_dataset(four, H5T_STD_I32LE, 4, size[1]));
    H5Dclose(make_dataset(five, H5T_STD_I32LE, 5, size[2]));
    H5Dclose(make_dataset(empty, H5T_STD_I32LE, 2, size[3]));
    H5Dclose(make_dataset(scalar, H5T_STD_I32LE, 0, NULL));
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    H5Gclose(H5Gcreate(file, nixe_dataset_table[group].path, links, H5P_DEFAULT, H5P_DEFAULT));
    H5Pclose(links);
    make_text("fixed", "as nixe writes it", 18);
    make_text("full", "no zero at its end", 18);
    make_text("empty", "", 1);
    make_text("variable", "as h5py writes it", H5T_VARIABLE);
    const hid_t space = H5Screate(H5S_SCALAR);
    H5Aclose(H5Acreate(file, "number", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
    return 0;
}

static int destroy(void **state) {
    (void)state;
    H5Fclose(file);
    fixture_folder_destroy(&folder);
    return 0;
}

static void texts(void **state) {
    (void)state;
    static const char *const expected[][2] = {
        {"fixed", "as nixe writes it"}, {"full", "no zero at its end"}, {"empty", ""}, {"variable", "as h5py writes it"}};
    for (int t = 0; t < 4; t++) {
        char *text = nixe_read_text(file, expected[t][0]);
        assert_non_null(text);
        assert_string_equal(text, expected[t][1]);
        free(text);
    }
    assert_null(nixe_read_text(file, "absent"));
    assert_null(nixe_read_text(file, "number"));
    assert_null(nixe_read_text(H5I_INVALID_HID, "fixed"));
}

static void shapes(void **state) {
    (void)state;
    hsize_t shape[NIXE_MAX_RANK] = {0};
    assert_int_equal(nixe_read_shape(file, three, shape), 3);
    assert_true(shape[0] == 4 && shape[1] == 3 && shape[2] == 5);
    assert_int_equal(nixe_read_shape(file, empty, shape), 2);
    assert_true(shape[0] == 0 && shape[1] == 3);
    const nixe_data bad[] = {four, five, scalar, absent, group}; /* of another rank than the table's, or no dataset */
    for (int b = 0; b < 5; b++) assert_int_equal(nixe_read_shape(file, bad[b], shape), -1);
}

/* Every part of the dataset, and the rest of it from any place on; no value more than is asked for. */
static void check_part(const hsize_t start[NIXE_MAX_RANK], const hsize_t extent[NIXE_MAX_RANK]) {
    const hsize_t size[] = {4, 3, 5};
    double values[64];
    hsize_t end[3], next = 0;
    for (int i = 0; i < 64; i++) values[i] = -1;
    for (int a = 0; a < 3; a++) end[a] = extent[a] ? start[a] + extent[a] : size[a];
    assert_ok(nixe_read_part(file, three, H5T_NATIVE_DOUBLE, start, extent, values));
    for (hsize_t i = start[0]; i < end[0]; i++)
        for (hsize_t j = start[1]; j < end[1]; j++)
            for (hsize_t k = start[2]; k < end[2]; k++) assert_true(values[next++] == (double)((i * 3 + j) * 5 + k));
    for (; next < 64; next++) assert_true(values[next] == -1);
}

static void parts(void **state) {
    (void)state;
    hsize_t start[NIXE_MAX_RANK] = {0}, extent[NIXE_MAX_RANK] = {0};
    for (int begin = 0; begin < 60; begin++)
        for (int corner = begin; corner < 60; corner++) {
            const hsize_t low[] = {(hsize_t)(begin / 15), (hsize_t)(begin / 5 % 3), (hsize_t)(begin % 5)};
            const hsize_t high[] = {(hsize_t)(corner / 15), (hsize_t)(corner / 5 % 3), (hsize_t)(corner % 5)};
            if (high[1] < low[1] || high[2] < low[2]) continue;
            for (int open = 0; open < 8; open++) { /* axes of which all that are left are read */
                for (int a = 0; a < 3; a++) start[a] = low[a], extent[a] = open >> a & 1 ? 0 : high[a] - low[a] + 1;
                check_part(start, extent);
            }
        }
}

static void values_of_another_type(void **state) {
    (void)state;
    int64_t values[60];
    assert_ok(nixe_read_all(file, three, H5T_NATIVE_INT64, values));
    for (int i = 0; i < 60; i++) assert_int_equal(values[i], i);
}

static void datasets_without_values(void **state) {
    (void)state;
    int64_t values[4] = {5, 5, 5, 5};
    assert_ok(nixe_read_all(file, empty, H5T_NATIVE_INT64, values));
    assert_true(values[0] == 5);
}

/* Beyond the end, and what is no dataset or has too many axes: a sentence, and no value is written. */
static void parts_that_are_not_there(void **state) {
    (void)state;
    static const struct {
        hsize_t start[NIXE_MAX_RANK], extent[NIXE_MAX_RANK];
    } beyond[] = {{{4, 0, 0}, {1, 1, 1}},
                  {{0, 0, 0}, {5, 0, 0}},
                  {{3, 2, 4}, {1, 1, 2}},
                  {{0, 1, 0}, {1, 3, 1}},
                  {{5, 0, 0}, {0, 0, 0}},
                  {{0, 0, 6}, {1, 1, 0}},
                  {{0, 0, 0}, {1, 1, (hsize_t)1 << 62}}};
    double values[60] = {-1, -1};
    for (int b = 0; b < 7; b++) {
        assert_int_equal(nixe_read_part(file, three, H5T_NATIVE_DOUBLE, beyond[b].start, beyond[b].extent, values),
                         NIXE_FAILED);
        assert_ptr_equal(strstr(nixe_status_message(), "HDF5: "), nixe_status_message());
        nixe_status_clear();
    }
    const nixe_data bad[] = {five, absent, group};
    for (int b = 0; b < 3; b++) {
        assert_int_equal(nixe_read_all(file, bad[b], H5T_NATIVE_DOUBLE, values), NIXE_FAILED);
        assert_non_null(strstr(nixe_status_message(), nixe_dataset_table[bad[b]].path));
        nixe_status_clear();
    }
    assert_true(values[0] == -1 && values[1] == -1);
}

/* Give the file the attributes of a nixe file of this version; 0: without one. */
static void set_version(int version, int with_program) {
    static const char *const all[] = {"format_version", "program", "version", "commit"};
    for (int a = 0; a < 4; a++)
        if (H5Aexists(file, all[a]) > 0) H5Adelete(file, all[a]);
    if (with_program) {
        make_text("program", "nixe", 5);
        make_text("version", "7.5", 4);
        make_text("commit", "abcdef", 7);
    }
    if (version == 0) return;
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate(file, "format_version", H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, H5T_NATIVE_INT, &version) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

/* Sentences: which version, what is the matter, and which program made the file. */
static void format_versions(void **state) {
    (void)state;
    static const struct {
        int version, oldest;
        const char *sentence; /* NULL: it passes */
    } cases[] = {{1, 1, NULL},
                 {NIXE_FORMAT_VERSION, 1, NULL},
                 {NIXE_FORMAT_VERSION, NIXE_FORMAT_VERSION, NULL},
                 {1, 2, "format version 1, which this version of nixe can read, but neither go on with nor verify"},
                 {NIXE_FORMAT_VERSION + 1, 1, "does not know; use the one that made it, 7.5 (abcdef)"},
                 {1000000, 1, "format version 1000000"},
                 {0, 1, "does not say of which format version it is"},
                 {-3, 1, "does not say of which format version it is"}};
    for (int c = 0; c < 8; c++) {
        set_version(cases[c].version, 1);
        assert_int_equal(nixe_read_version(file), cases[c].version > 0 ? cases[c].version : 0);
        assert_int_equal(nixe_read_check_version(file, cases[c].oldest, "-resume: ", "some.h5"),
                         cases[c].sentence ? NIXE_REFUSED : NIXE_OK);
        if (!cases[c].sentence) continue;
        assert_ptr_equal(strstr(nixe_status_message(), "-resume: some.h5 "), nixe_status_message());
        assert_non_null(strstr(nixe_status_message(), cases[c].sentence));
        nixe_status_clear();
        set_version(cases[c].version, 0); /* of another program: whoever reads it refuses it */
        assert_ok(nixe_read_check_version(file, cases[c].oldest, "-resume: ", "some.h5"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(shapes),
        cmocka_unit_test(parts),
        cmocka_unit_test(values_of_another_type),
        cmocka_unit_test(datasets_without_values),
        cmocka_unit_test(parts_that_are_not_there),
        cmocka_unit_test(format_versions),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
