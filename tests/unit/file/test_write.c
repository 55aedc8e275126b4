/* Write: pieces of rows that are written in any order are where they belong, and nothing else is touched. */
#include "nixe/file/write.h"

#include "unit/output.h"

static fixture_folder folder;
static char path[FIXTURE_PATH];
static uint64_t random_state = 1;

static int create(void **state) {
    (void)state;
    fixture_folder_create(&folder);
    fixture_join(&folder, "run.h5", path);
    return 0;
}

static int destroy(void **state) {
    (void)state;
    fixture_folder_destroy(&folder);
    return 0;
}

/* Small files of all shapes; the last one has replica exchange. */
static const struct {
    nixe_command command;
    const char *line;
} kinds[] = {{NIXE_KMC, "-lattice_edge 3 -ensemble_size 7 -kmc_time_count 5 -kmc_snapshots 2"},
             {NIXE_KMC, "-lattice_shape cube -lattice_edge 2 -ensemble_size 1 -kmc_time_count 2 -kmc_snapshots 1"},
             {NIXE_MC,
              "-lattice_edge 2 -shell_layers 1 -shell_stiffness 1,2,5 -model_kT 1,2 -ensemble_size 2 -mc_equilibration 10 "
              "-mc_sweeps 60 -mc_record_every 5 -mc_area_every 10 -mc_snapshot_every 30"},
             {NIXE_MC,
              "-lattice_edge 2 -shell_layers 1 -shell_stiffness 1,2,5 -model_kT 1 -ensemble_size 3 -mc_equilibration 20 "
              "-mc_sweeps 40 -mc_record_every 10 -mc_area_every 20 -mc_snapshot_every 40 -mc_replica_exchange_every 10"}};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* The axis along which a row is written piece by piece, or -1. */
static int piece_axis(const nixe_dataset *dataset) {
    for (int a = 0; a < dataset->rank; a++)
        if (dataset->axis[a] == NIXE_AXIS_TIME || dataset->axis[a] == NIXE_AXIS_SNAPSHOT ||
            dataset->axis[a] == NIXE_AXIS_RECORD || dataset->axis[a] == NIXE_AXIS_AREA ||
            dataset->axis[a] == NIXE_AXIS_STORED || dataset->axis[a] == NIXE_AXIS_REPLICA_EXCHANGE)
            return a;
    return -1;
}

/* The row of a value: its trajectory, its state and replica, or, where the states are values of a row, its replica. */
static long row_of(const nixe_file *file, const nixe_dataset *dataset, const long index[NIXE_MAX_RANK]) {
    if (dataset->axis[0] == NIXE_AXIS_TRAJECTORY) return index[0];
    if (dataset->axis[0] == NIXE_AXIS_STATE) return index[0] * (long)file->size[NIXE_AXIS_REPLICA] + index[1];
    for (int a = 0; a < dataset->rank; a++)
        if (dataset->axis[a] == NIXE_AXIS_REPLICA) return index[a];
    return -1;
}

static long rows_of(const nixe_file *file, const nixe_dataset *dataset) {
    if (dataset->axis[0] == NIXE_AXIS_TRAJECTORY) return (long)file->size[NIXE_AXIS_TRAJECTORY];
    return (long)(file->size[NIXE_AXIS_REPLICA] * (dataset->axis[0] == NIXE_AXIS_STATE ? file->size[NIXE_AXIS_STATE] : 1));
}

/* Put random values of a piece behind the others of a call, in the order of the file, and where they are expected. */
static void add_values(fixture_run *run, int data, nixe_piece piece, nixe_bytes *values) {
    const nixe_dataset *dataset = &nixe_dataset_table[data];
    const int along = piece_axis(dataset);
    const size_t bytes = nixe_type_bytes(dataset->type);
    for (long i = 0; i < fixture_values(&run->file, data); i++) {
        long index[NIXE_MAX_RANK];
        fixture_indices(&run->file, data, i, index);
        if (row_of(&run->file, dataset, index) != piece.row) continue;
        if (along >= 0 && (index[along] < piece.first || index[along] >= piece.first + piece.count)) continue;
        const double number = fixture_uniform(&random_state);
        const int64_t word = (int64_t)(fixture_random(&random_state) & 0x7f7f7f7f7f7f7f7f);
        char *place = run->expected[data] + (size_t)i * bytes;
        memcpy(place, dataset->type == NIXE_DOUBLE ? (const void *)&number : (const void *)&word, bytes);
        assert_ok(nixe_bytes_put(values, place, bytes));
    }
}

static int compare_pieces(const void *a, const void *b) {
    const nixe_piece *p = a, *q = b;
    return p->row != q->row ? (p->row > q->row) - (p->row < q->row) : (p->first > q->first) - (p->first < q->first);
}

/* One call with these pieces, ascending as they have to be. */
static void write_pieces(fixture_run *run, int data, int pieces, nixe_piece *piece) {
    nixe_bytes values = {0};
    qsort(piece, (size_t)pieces, sizeof *piece, compare_pieces);
    for (int p = 0; p < pieces; p++) add_values(run, data, piece[p], &values);
    assert_ok(nixe_file_write(&run->file, (nixe_data)data, pieces, piece, values.bytes));
    nixe_bytes_destroy(&values);
}

/* All rows of a dataset, cut into pieces, in any order. */
enum { MOST_PIECES = 200 };

static int cut_rows(const nixe_file *file, int data, nixe_piece piece[MOST_PIECES]) {
    const nixe_dataset *dataset = &nixe_dataset_table[data];
    const int along = piece_axis(dataset);
    const long entries = along < 0 ? 1 : (long)file->size[dataset->axis[along]];
    int pieces = 0;
    for (long row = 0; row < rows_of(file, dataset); row++)
        for (long first = 0, count; first < entries; first += count) {
            count = 1 + (long)(fixture_random(&random_state) % (uint64_t)(entries - first));
            assert_in_range(pieces, 0, MOST_PIECES - 1);
            piece[pieces++] = along < 0 ? (nixe_piece){.row = row} : (nixe_piece){row, first, count};
        }
    for (int p = pieces - 1; p > 0; p--) {
        const int q = (int)(fixture_random(&random_state) % (uint64_t)(p + 1));
        const nixe_piece other = piece[p];
        piece[p] = piece[q];
        piece[q] = other;
    }
    return pieces;
}

/* Write pieces number first .. last-1, some a call; also calls with no piece at all. */
static void write_some(fixture_run *run, int data, nixe_piece *piece, int first, int last) {
    for (int p = first, count; p < last; p += count) {
        count = (int)(fixture_random(&random_state) % 5);
        if (count > last - p) count = last - p;
        write_pieces(run, data, count, piece + p);
    }
}

/* One half of the pieces, in any order; the file is closed unfinished; then the other half, and the file is finished. */
static void pieces_in_any_order(void **state) {
    (void)state;
    static nixe_piece piece[NIXE_DATASETS][MOST_PIECES];
    int pieces[NIXE_DATASETS] = {0};
    for (int k = 0; k < KINDS; k++) {
        fixture_run run;
        fixture_run_create(&run, kinds[k].command, kinds[k].line, path);
        assert_ok(fixture_lay_out(&run, 0));
        for (int data = 0; data < NIXE_DATASETS; data++) {
            if (!run.expected[data]) continue;
            pieces[data] = cut_rows(&run.file, data, piece[data]);
            write_some(&run, data, piece[data], 0, pieces[data] / 2);
        }
        assert_ok(nixe_file_flush(&run.file));
        assert_ok(nixe_file_close(&run.file));
        fixture_compare(&run, path);
        assert_int_equal(fixture_complete(path), 0);
        assert_ok(nixe_file_open(&fixture_parallel, &run.options, &run.file));
        for (int data = NIXE_DATASETS - 1; data >= 0; data--)
            if (run.expected[data]) write_some(&run, data, piece[data], pieces[data] / 2, pieces[data]);
        assert_ok(nixe_file_finish(&run.file));
        fixture_compare(&run, path);
        assert_int_equal(fixture_complete(path), 1);
        assert_true(run.file.seconds > 0);
        fixture_run_destroy(&run);
        unlink(path);
    }
}

/* All rows in a single call, cut into pieces that touch; afterwards each piece again, with other values. */
static void all_pieces_together(void **state) {
    (void)state;
    for (int k = 0; k < KINDS; k++) {
        fixture_run run;
        fixture_run_create(&run, kinds[k].command, kinds[k].line, path);
        assert_ok(fixture_lay_out(&run, 0));
        for (int again = 0; again < 2; again++)
            for (int data = 0; data < NIXE_DATASETS; data++) {
                nixe_piece piece[MOST_PIECES];
                if (!run.expected[data]) continue;
                const int pieces = cut_rows(&run.file, data, piece);
                if (!again) write_pieces(&run, data, pieces, piece);
                else
                    for (int p = 0; p < pieces; p++) write_pieces(&run, data, 1, piece + p);
            }
        assert_ok(nixe_file_finish(&run.file));
        fixture_compare(&run, path);
        fixture_run_destroy(&run);
        unlink(path);
    }
}

/* Table number `index` of those at V. */
static nixe_status write_potential(fixture_run *run, int index, double *V) {
    const int n = run->lattice.sites;
    nixe_table table;
    assert_ok(nixe_table_create(&table, &run->lattice, n, n, NIXE_DOUBLES, 0, V + (long)index * n * n));
    return nixe_file_write_potential(&run->file, index, &run->lattice, &table);
}

/* V of each shell stiffness, in any order. */
static void potentials(void **state) {
    (void)state;
    fixture_run run;
    fixture_run_create(&run, NIXE_POTENTIAL, "-lattice_edge 2 -shell_layers 1 -shell_stiffness 1,2,5", path);
    const long n = run.lattice.sites, values = fixture_values(&run.file, NIXE_DATA_V);
    assert_int_equal(values, 3 * n * n);
    double *V = calloc((size_t)values, sizeof *V), *found = calloc((size_t)values, sizeof *found);
    for (long i = 0; i < values; i++) V[i] = fixture_uniform(&random_state);
    assert_ok(fixture_lay_out(&run, 0));
    assert_ok(write_potential(&run, 2, V));
    assert_ok(write_potential(&run, 0, V));
    assert_ok(nixe_file_close(&run.file));
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_ok(nixe_read_all(file, NIXE_DATA_V, H5T_NATIVE_DOUBLE, found));
    for (long i = 0; i < values; i++)
        if (i / (n * n) == 1) assert_true(isnan(found[i]));
        else assert_true(found[i] == V[i]);
    H5Fclose(file);
    assert_ok(nixe_file_open(&fixture_parallel, &run.options, &run.file));
    assert_ok(write_potential(&run, 1, V));
    assert_ok(nixe_file_finish(&run.file));
    file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_ok(nixe_read_all(file, NIXE_DATA_V, H5T_NATIVE_DOUBLE, found));
    assert_memory_equal(found, V, (size_t)values * sizeof *V);
    H5Fclose(file);
    free(V);
    free(found);
    fixture_run_destroy(&run);
}

static void counts_of_groups(void **state) {
    (void)state;
    fixture_run run;
    int value = -1;
    fixture_run_create(&run, NIXE_SPECTRUM, "-lattice_edge 2 -spectrum_count 3", path);
    assert_ok(fixture_lay_out(&run, 0));
    assert_ok(nixe_file_write_count(&run.file, NIXE_DATA_POSITION, "made_up", 1234567));
    assert_int_equal(nixe_file_write_count(&run.file, NIXE_DATA_WALKER, "made_up", 1), NIXE_FAILED);
    nixe_status_clear();
    assert_ok(nixe_file_finish(&run.file));
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t attribute = H5Aopen_by_name(file, "/lattice", "made_up", H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Aread(attribute, H5T_NATIVE_INT, &value) >= 0);
    assert_int_equal(value, 1234567);
    H5Aclose(attribute);
    H5Fclose(file);
    fixture_run_destroy(&run);
}

/* Rows that the file does not have, and datasets that it does not have. */
static void what_is_not_there_cannot_be_written(void **state) {
    (void)state;
    static const double values[16] = {0};
    fixture_run run;
    fixture_run_create(&run, kinds[0].command, kinds[0].line, path);
    assert_ok(fixture_lay_out(&run, 0));
    assert_int_equal(nixe_file_write(&run.file, NIXE_DATA_MC_ENERGY, 1, &(nixe_piece){0, 0, 1}, values), NIXE_FAILED);
    assert_ptr_equal(strstr(nixe_status_message(), "HDF5: "), nixe_status_message());
    nixe_status_clear();
    assert_ok(nixe_file_close(&run.file));
    fixture_compare(&run, path);
    fixture_run_destroy(&run);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, create, destroy)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(pieces_in_any_order),
        IN_A_FOLDER(all_pieces_together),
        IN_A_FOLDER(potentials),
        IN_A_FOLDER(counts_of_groups),
        IN_A_FOLDER(what_is_not_there_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
