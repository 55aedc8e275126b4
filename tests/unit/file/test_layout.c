/* Layout: a file that has just been made has every dataset at its full size, filled with "no data yet", and what is known from
 * the start; one that is extended keeps its rows; one that cannot be made leaves nothing. */
#include "nixe/file/layout.h"

#include <hdf5_hl.h>

#include "unit/output.h"

static fixture_folder folder;
static char path[FIXTURE_PATH], partial[FIXTURE_PATH];

static int create(void **state) {
    (void)state;
    fixture_folder_create(&folder);
    fixture_join(&folder, "run.h5", path);
    fixture_join(&folder, "run.h5.partial", partial);
    H5Eset_auto(H5E_DEFAULT, NULL, NULL);
    return 0;
}

static int destroy(void **state) {
    (void)state;
    fixture_folder_destroy(&folder);
    return 0;
}

/* One file of each command, of mc one with replica exchange, and periodic crystals. */
static const struct {
    nixe_command command;
    const char *line;
} kinds[] = {{NIXE_KMC, "-lattice_edge 3 -ensemble_first 20 -kmc_time_count 5 -kmc_snapshots 2"},
             {NIXE_MC,
              "-lattice_shape cube -lattice_edge 2 -shell_layers 1 -model_kT 1,2 -mc_equilibration 10 -mc_record_every 5 "
              "-mc_area_every 10 -mc_snapshot_every 30"},
             {NIXE_MC,
              "-lattice_edge 2 -shell_layers 1 -shell_stiffness 1,2,5 -ensemble_first 7 -mc_equilibration 20 "
              "-mc_record_every 10 -mc_area_every 20 -mc_snapshot_every 30 -mc_replica_exchange_every 10"},
             {NIXE_POTENTIAL, "-lattice_edge 2 -shell_layers 1 -shell_stiffness 1,2"},
             {NIXE_SPECTRUM, "-lattice_shape cube -lattice_edge 2 -spectrum_count 3"},
             {NIXE_POTENTIAL, "-lattice_type fcc -lattice_shape box -lattice_cells 3,3,4 -lattice_periodic 1,2,3"},
             {NIXE_KMC, "-lattice_type sc -lattice_shape box -lattice_cells 3,4,3 -lattice_periodic 2 -kmc_time_count 3"}};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* A run of a kind with so many trajectories or replicas, and sweeps where it has them. */
static void plan_run(fixture_run *run, int kind, int size, int sweeps) {
    char line[512];
    snprintf(line, sizeof line, "%s", kinds[kind].line);
    if (nixe_command_samples(kinds[kind].command)) snprintf(line + strlen(line), 64, " -ensemble_size %d", size);
    if (kinds[kind].command == NIXE_MC) snprintf(line + strlen(line), 64, " -mc_sweeps %d", sweeps);
    fixture_run_create(run, kinds[kind].command, line, path);
}

static hid_t open_file(void) {
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

static void expect_text(hid_t where, const char *name, const char *expected) {
    char *text = nixe_read_text(where, name);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

/* The shapes and units of all planned datasets, a scale on each of their axes, and that no other dataset is there. */
static void check_datasets(const nixe_file *plan, hid_t file) {
    for (int data = 0; data < NIXE_DATASETS; data++) {
        const nixe_dataset *dataset = &nixe_dataset_table[data];
        hsize_t shape[NIXE_MAX_RANK];
        const int rank = nixe_read_shape(file, (nixe_data)data, shape);
        if (!plan->has[data]) {
            assert_int_equal(rank, -1);
            continue;
        }
        const hid_t opened = H5Dopen(file, dataset->path, H5P_DEFAULT);
        assert_int_equal(rank, dataset->rank);
        expect_text(opened, "units", dataset->units);
        expect_text(opened, "long_name", dataset->long_name);
        expect_text(opened, "description", dataset->description);
        for (int a = 0; a < rank; a++) {
            assert_int_equal(shape[a], plan->size[dataset->axis[a]]);
            if (!H5DSis_scale(opened)) assert_int_equal(H5DSget_num_scales(opened, (unsigned)a), 1);
        }
        for (int a = 0; a < rank; a++)
            if ((int)nixe_axis_scale[dataset->axis[a]] == data) assert_true(H5DSis_scale(opened) > 0);
        H5Dclose(opened);
    }
}

static void check_attributes(const fixture_run *run, hid_t file) {
    char *input, *version = nixe_read_text(file, "version"), *created = nixe_read_text(file, "created");
    assert_ok(nixe_options_yaml(&run->options, &input));
    expect_text(file, "program", "nixe");
    expect_text(file, "command", nixe_command_name(run->options.command));
    expect_text(file, "input", input);
    assert_true(version && created && strlen(version) > 0);
    assert_int_equal(strlen(created), strlen("2026-01-01T00:00:00Z"));
    assert_int_equal(nixe_read_version(file), NIXE_FORMAT_VERSION);
    free(input);
    free(version);
    free(created);
}

static void everything_that_is_planned_is_there(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        fixture_run run;
        plan_run(&run, k, 3, 60);
        assert_ok(fixture_lay_out(&run, 0));
        assert_ok(nixe_file_close(&run.file));
        assert_int_equal(fixture_folder_entries(&folder), 1);
        assert_true((double)fixture_file_size(path) > nixe_file_bytes(&run.file) - 65536);
        const hid_t file = open_file();
        check_datasets(&run.file, file);
        check_attributes(&run, file);
        H5Fclose(file);
        assert_int_equal(fixture_complete(path), 0);
        if (nixe_command_samples(kinds[k].command)) fixture_compare(&run, path); /* no data yet */
        fixture_run_destroy(&run);
        unlink(path);
    }
}

/* What the lattice and the options say: sites, bonds, and the numbers along the axes. */
static void expect_numbers(hid_t file, const nixe_file *plan, nixe_data data, int64_t first, int64_t step) {
    int64_t number[256];
    const long count = fixture_values(plan, (int)data);
    assert_in_range(count, 1, 256);
    assert_true(plan->has[data]);
    assert_ok(nixe_read_all(file, data, H5T_NATIVE_INT64, number));
    for (long i = 0; i < count; i++) assert_int_equal(number[i], first + i * step);
}

static void axes_and_lattice(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        fixture_run run;
        plan_run(&run, k, 3, 60);
        const nixe_lattice *lattice = &run.lattice;
        assert_ok(fixture_lay_out(&run, 0));
        assert_ok(nixe_file_close(&run.file));
        const hid_t file = open_file();
        double *position = calloc((size_t)(lattice->sites * lattice->dimension), sizeof *position);
        int32_t *bond = calloc((size_t)(lattice->bonds * 2), sizeof *bond);
        assert_ok(nixe_read_all(file, NIXE_DATA_POSITION, H5T_NATIVE_DOUBLE, position));
        assert_ok(nixe_read_all(file, NIXE_DATA_BOND, H5T_NATIVE_INT32, bond));
        assert_memory_equal(position, lattice->position, (size_t)(lattice->sites * lattice->dimension) * sizeof *position);
        assert_memory_equal(bond, lattice->bond, (size_t)lattice->bonds * 2 * sizeof *bond);
        expect_numbers(file, &run.file, NIXE_DATA_AXIS_SITE, 0, 1);
        if (k == 0) expect_numbers(file, &run.file, NIXE_DATA_TRAJECTORY, 20, 1);
        if (k == 1) expect_numbers(file, &run.file, NIXE_DATA_REPLICA, 0, 1);
        if (k == 1) expect_numbers(file, &run.file, NIXE_DATA_SWEEP, 5, 5);
        if (k == 1) expect_numbers(file, &run.file, NIXE_DATA_AREA_SWEEP, 10, 10);
        if (k == 1) expect_numbers(file, &run.file, NIXE_DATA_STORED_SWEEP, 30, 30);
        if (k == 2) expect_numbers(file, &run.file, NIXE_DATA_REPLICA, 7, 1);
        if (k == 2) expect_numbers(file, &run.file, NIXE_DATA_EXCHANGE_SWEEP, 10, 10);
        H5Fclose(file);
        free(position);
        free(bond);
        fixture_run_destroy(&run);
        unlink(path);
    }
}

/* What only the caller knows, and the hash of its tables; datasets that this file does not have are passed over. */
static void known_values(void **state) {
    (void)state;
    const double time[] = {0.5, 1, 2, 4, 8}, snapshot[] = {1, 8}, kT[] = {3};
    const nixe_known known[] = {{NIXE_DATA_TIME, time}, {NIXE_DATA_STATE_KT, kT}, {NIXE_DATA_SNAPSHOT_TIME, snapshot}};
    fixture_run run;
    double found[5];
    plan_run(&run, 0, 4, 0);
    run.file.tables = 0x00ab12;
    run.file.solves = 1;
    assert_ok(nixe_file_create(&fixture_parallel, &run.options, &run.lattice, 3, known, 0, &run.file));
    assert_ok(nixe_file_close(&run.file));
    const hid_t file = open_file();
    assert_ok(nixe_read_all(file, NIXE_DATA_TIME, H5T_NATIVE_DOUBLE, found));
    assert_memory_equal(found, time, sizeof time);
    assert_ok(nixe_read_all(file, NIXE_DATA_SNAPSHOT_TIME, H5T_NATIVE_DOUBLE, found));
    assert_memory_equal(found, snapshot, sizeof snapshot);
    char *tables = nixe_read_text(file, "tables");
    assert_non_null(tables);
    assert_int_equal(strtoull(tables, NULL, 16), 0x00ab12);
    free(tables);
    char *response = nixe_read_text(file, "response");
    assert_string_equal(response, "factors");
    free(response);
    H5Fclose(file);
    fixture_run_destroy(&run);
}

/* Random bytes in all rows, as a run would write them at last. */
static void write_everything(fixture_run *run, uint64_t seed) {
    for (int data = 0; data < NIXE_DATASETS; data++) {
        const nixe_dataset *dataset = &nixe_dataset_table[data];
        if (!run->expected[data]) continue;
        for (long i = 0; i < fixture_values(&run->file, data); i++) {
            const double number = fixture_uniform(&seed);
            const int64_t word = (int64_t)(fixture_random(&seed) & 0x7f7f7f7f7f7f7f7f);
            const size_t bytes = nixe_type_bytes(dataset->type);
            const void *value = dataset->type == NIXE_DOUBLE ? (const void *)&number : (const void *)&word;
            memcpy(run->expected[data] + (size_t)i * bytes, value, bytes);
        }
        const hid_t opened = H5Dopen(run->file.file, dataset->path, H5P_DEFAULT);
        assert_true(H5Dwrite(opened, nixe_type_memory(dataset->type), H5S_ALL, H5S_ALL, H5P_DEFAULT, run->expected[data]) >= 0);
        H5Dclose(opened);
    }
}

/* What the larger file should hold: the values of the smaller one at the same indices. */
static void expect_rows_of(fixture_run *larger, const fixture_run *smaller) {
    for (int data = 0; data < NIXE_DATASETS; data++) {
        const size_t bytes = nixe_type_bytes(nixe_dataset_table[data].type);
        if (!smaller->expected[data]) continue;
        for (long i = 0; i < fixture_values(&smaller->file, data); i++) {
            long index[NIXE_MAX_RANK], there = 0;
            fixture_indices(&smaller->file, data, i, index);
            for (int a = 0; a < nixe_dataset_table[data].rank; a++)
                there = there * (long)larger->file.size[nixe_dataset_table[data].axis[a]] + index[a];
            memcpy(larger->expected[data] + (size_t)there * bytes, smaller->expected[data] + (size_t)i * bytes, bytes);
        }
    }
}

static void check_extension(int kind, int size, int sweeps) {
    fixture_run smaller, larger;
    plan_run(&smaller, kind, 3, 60);
    plan_run(&larger, kind, size, sweeps);
    assert_ok(fixture_lay_out(&smaller, 0));
    write_everything(&smaller, (uint64_t)kind);
    assert_ok(nixe_file_finish(&smaller.file));
    assert_int_equal(fixture_complete(path), 1);
    expect_rows_of(&larger, &smaller);
    assert_ok(fixture_lay_out(&larger, 1));
    assert_ok(nixe_file_close(&larger.file));
    assert_int_equal(fixture_complete(path), 0);
    assert_int_equal(fixture_folder_entries(&folder), 1);
    fixture_compare(&larger, path);
    const hid_t file = open_file();
    check_datasets(&larger.file, file);
    check_attributes(&larger, file);
    H5Fclose(file);
    fixture_run_destroy(&smaller);
    fixture_run_destroy(&larger);
    unlink(path);
}

static void extensions_keep_the_rows(void **state) {
    (void)state;
    for (int kind = 0; kind < 3; kind++) check_extension(kind, 9, 60);
    for (int kind = 1; kind < 3; kind++) check_extension(kind, 3, 120);
    for (int kind = 1; kind < 3; kind++) check_extension(kind, 5, 240);
}

static void extensions_keep_the_potential(void **state) {
    (void)state;
    const char *few = "-lattice_edge 2 -ensemble_size 2 -kmc_time_count 2 -kmc_snapshots 1 -output_potential";
    const char *many = "-lattice_edge 2 -ensemble_size 5 -kmc_time_count 2 -kmc_snapshots 1 -output_potential";
    fixture_run smaller, larger;
    uint64_t random = 1;
    double V[49], found[49];
    nixe_table table;
    fixture_run_create(&smaller, NIXE_KMC, few, path);
    fixture_run_create(&larger, NIXE_KMC, many, path);
    assert_int_equal(fixture_values(&smaller.file, NIXE_DATA_V), 49);
    for (int i = 0; i < 49; i++) V[i] = fixture_uniform(&random);
    assert_ok(nixe_table_create(&table, &smaller.lattice, 7, 7, NIXE_DOUBLES, 0, V));
    assert_ok(fixture_lay_out(&smaller, 0));
    assert_ok(nixe_file_write_potential(&smaller.file, 0, &smaller.lattice, &table));
    assert_ok(nixe_file_close(&smaller.file));
    assert_ok(fixture_lay_out(&larger, 1));
    assert_ok(nixe_file_close(&larger.file));
    const hid_t file = open_file();
    assert_ok(nixe_read_all(file, NIXE_DATA_V, H5T_NATIVE_DOUBLE, found));
    assert_memory_equal(found, V, sizeof V);
    assert_ok(nixe_read_all(file, NIXE_DATA_ROW, H5T_NATIVE_DOUBLE, found));
    for (int r = 0; r < larger.lattice.symmetry.orbits; r++)
        assert_memory_equal(found + 7 * r, V + 7 * larger.lattice.symmetry.representative[r], 7 * sizeof *V);
    H5Fclose(file);
    fixture_run_destroy(&smaller);
    fixture_run_destroy(&larger);
}

/* A file in its place, and what a killed run left of another, are replaced. */
static void what_was_there_is_replaced(void **state) {
    (void)state;
    fixture_run run;
    fixture_file_write(path, "something else", 14);
    fixture_file_write(partial, "a part", 6);
    plan_run(&run, 0, 4, 0);
    assert_ok(fixture_lay_out(&run, 0));
    assert_ok(nixe_file_close(&run.file));
    fixture_compare(&run, path);
    assert_int_equal(fixture_folder_entries(&folder), 1);
    fixture_run_destroy(&run);
}

/* Nothing is left of a file that cannot be made, and what was there stays as it was. */
static void files_that_cannot_be_made(void **state) {
    (void)state;
    fixture_run run;
    char absent[FIXTURE_PATH];
    long size;
    fixture_join(&folder, "absent/run.h5", absent);
    fixture_run_create(&run, kinds[0].command, kinds[0].line, absent);
    assert_int_equal(fixture_lay_out(&run, 0), NIXE_FAILED);
    assert_non_null(strstr(nixe_status_message(), "HDF5: "));
    nixe_status_clear();
    fixture_run_destroy(&run);
    fixture_file_write(path, "not a file of HDF5", 18);
    plan_run(&run, 0, 4, 0);
    assert_int_equal(fixture_lay_out(&run, 1), NIXE_FAILED); /* its rows cannot be copied */
    nixe_status_clear();
    char *bytes = fixture_file_read(path, &size);
    assert_string_equal(bytes, "not a file of HDF5");
    assert_int_equal(fixture_folder_entries(&folder), 1);
    free(bytes);
    assert_int_equal(nixe_file_open(&fixture_parallel, &run.options, &run.file), NIXE_FAILED);
    nixe_status_clear();
    fixture_run_destroy(&run);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, create, destroy)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(everything_that_is_planned_is_there),
        IN_A_FOLDER(axes_and_lattice),
        IN_A_FOLDER(known_values),
        IN_A_FOLDER(extensions_keep_the_rows),
        IN_A_FOLDER(extensions_keep_the_potential),
        IN_A_FOLDER(what_was_there_is_replaced),
        IN_A_FOLDER(files_that_cannot_be_made),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
