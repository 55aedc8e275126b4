/* Pending: pieces of rows that come in any order are in the file where they belong, neighbours joined, and nothing else is
 * touched. */
#include "nixe/file/write.h"

#include "unit/rows.h"

/* A collective write ends with an agreement of the ranks, and takes a second one only where pieces touch that are not joined:
 * they are counted on their way into MPI. (PETSc has a macro of that name.) */
static int agreements;

int(MPI_Allreduce)(const void *from, void *to, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm) {
    agreements += comm == fixture_parallel.comm;
    return PMPI_Allreduce(from, to, count, type, op, comm);
}

static const struct {
    nixe_command command;
    const char *options;
} kinds[] = {{NIXE_KMC, "-lattice_edge 2 -ensemble_size 5 -kmc_time_count 6 -kmc_snapshots 3"},
             {NIXE_MC,
              "-lattice_edge 2 -shell_layers 1 -shell_stiffness 1,2 -model_kT 1,2 -ensemble_size 3 -mc_equilibration 5 "
              "-mc_sweeps 24 -mc_record_every 4 -mc_area_every 8 -mc_snapshot_every 12"}};

static const nixe_data datasets[] = {
    NIXE_DATA_DONE,        NIXE_DATA_F,           NIXE_DATA_EVENTS,     NIXE_DATA_COMPLETION_TIME, NIXE_DATA_SNAPSHOT_SIGMA,
    NIXE_DATA_CHECKSUM,    NIXE_DATA_MC_F,        NIXE_DATA_MC_ENERGY,  NIXE_DATA_ACCEPTANCE,      NIXE_DATA_STORED_SIGMA,
    NIXE_DATA_MC_AREA_RMS, NIXE_DATA_SWEEPS_DONE, NIXE_DATA_MC_CHECKSUM};
enum { DATASETS = sizeof datasets / sizeof *datasets, MOST_PIECES = 128 };

/* A dataset of rows: how many, and entries in each; and what it should hold. */
typedef struct {
    fixture_rows rows;
    nixe_data data;
    int64_t count, entries;
    size_t entry_bytes;
    char *expected;
    nixe_pending pending;
    uint64_t random;
} fixture;

static void create(fixture *f, nixe_command command, const char *options, nixe_data data) {
    const nixe_dataset *dataset = &nixe_dataset_table[data];
    const nixe_axis moment = nixe_dataset_moment(dataset);
    *f = (fixture){.data = data, .count = 1, .entries = 1, .random = (uint64_t)data};
    fixture_rows_plan(&f->rows, command, options);
    fixture_rows_lay_out(&f->rows);
    for (int a = 0; a < nixe_dataset_rows(dataset); a++) f->count *= f->rows.run.file.size[dataset->axis[a]];
    if (moment < NIXE_AXES) f->entries = f->rows.run.file.size[moment];
    f->entry_bytes = fixture_rows_bytes(&f->rows, data) / (size_t)(f->count * f->entries);
    f->expected = f->rows.run.expected[data];
    nixe_pending_create(&f->pending, data, f->entry_bytes);
}

static void destroy(fixture *f) {
    fixture_rows_compare(&f->rows, f->data, f->expected);
    fixture_rows_reopen(&f->rows);
    fixture_rows_compare(&f->rows, f->data, f->expected);
    nixe_pending_destroy(&f->pending);
    assert_null(f->pending.entries.bytes);
    fixture_rows_destroy(&f->rows);
}

/* Random entries wait, and are expected. */
static void append(fixture *f, nixe_piece piece) {
    char *place = f->expected + (size_t)(piece.row * f->entries + piece.first) * f->entry_bytes;
    fixture_rows_values(&f->random, place, (size_t)piece.count * f->entry_bytes);
    assert_ok(nixe_pending_append(&f->pending, piece.row, piece.first, piece.count, place));
}

/* Everything that waits is written; returns in how many turns. */
static int write_all(fixture *f) {
    agreements = 0;
    assert_ok(nixe_pending_write(&f->pending, &f->rows.run.file));
    assert_true(f->pending.pieces == 0 && f->pending.entries.used == 0);
    return agreements;
}

/* All rows of the dataset, cut into pieces, in any order. */
static int cut_rows(fixture *f, nixe_piece piece[MOST_PIECES]) {
    int pieces = 0;
    for (int64_t row = 0; row < f->count; row++)
        for (int64_t first = 0, count; first < f->entries; first += count) {
            count = 1 + (int64_t)(fixture_random(&f->random) % (uint64_t)(f->entries - first));
            assert_in_range(pieces, 0, MOST_PIECES - 1);
            piece[pieces++] = (nixe_piece){row, first, count};
        }
    for (int p = pieces - 1; p > 0; p--) {
        const int q = (int)(fixture_random(&f->random) % (uint64_t)(p + 1));
        const nixe_piece other = piece[p];
        piece[p] = piece[q];
        piece[q] = other;
    }
    return pieces;
}

/* Some of the pieces in one write, some in the next; what has not been appended is not touched. */
static void pieces_in_any_order(void **state) {
    (void)state;
    for (int d = 0; d < DATASETS; d++) {
        const int k = !(nixe_dataset_table[datasets[d]].commands & NIXE_KMC);
        nixe_piece piece[MOST_PIECES];
        fixture f;
        create(&f, kinds[k].command, kinds[k].options, datasets[d]);
        for (int round = 0; round < 6; round++) {
            const int pieces = cut_rows(&f, piece), some = round < 5 ? pieces / 2 : pieces;
            for (int p = 0; p < some; p++) append(&f, piece[p]);
            write_all(&f);
            fixture_rows_compare(&f.rows, f.data, f.expected);
        }
        destroy(&f);
    }
}

/* Entries that follow each other are one piece at once; pieces that come to follow each other are one when they are written. */
static void neighbours_are_joined(void **state) {
    (void)state;
    fixture f;
    create(&f, kinds[0].command, kinds[0].options, NIXE_DATA_F);
    append(&f, (nixe_piece){1, 0, 2});
    append(&f, (nixe_piece){1, 2, 1});
    append(&f, (nixe_piece){1, 3, 2});
    assert_int_equal(f.pending.pieces, 1);
    assert_int_equal(((nixe_pending_piece *)(void *)f.pending.list.bytes)->place.count, 5);
    assert_int_equal(f.pending.entries.used, 5 * f.entry_bytes);
    append(&f, (nixe_piece){2, 5, 1}); /* of another row */
    assert_int_equal(f.pending.pieces, 2);
    assert_int_equal(write_all(&f), 1);
    static const int64_t order[] = {4, 1, 3, 2}; /* 0 and 5 are missing: not a whole row */
    for (int i = 0; i < 4; i++) append(&f, (nixe_piece){3, order[i], 1});
    assert_int_equal(f.pending.pieces, 4);
    assert_int_equal(write_all(&f), 1);
    append(&f, (nixe_piece){0, 3, 3}); /* with the piece behind it, of the next row: they touch and stay two */
    append(&f, (nixe_piece){1, 0, 1});
    assert_int_equal(write_all(&f), 2);
    destroy(&f);
}

/* A row whose only entry, or whose last ones, are appended twice before a write has what came last. */
static void the_same_entries_again(void **state) {
    (void)state;
    static const nixe_data data[] = {NIXE_DATA_DONE, NIXE_DATA_COMPLETION_TIME, NIXE_DATA_EVENTS, NIXE_DATA_SWEEPS_DONE};
    for (int d = 0; d < 4; d++) {
        const int k = d == 3;
        fixture f;
        create(&f, kinds[k].command, kinds[k].options, data[d]);
        const int64_t first = f.entries > 1 ? 2 : 0, count = f.entries - first;
        for (int again = 0; again < 20; again++)
            for (int64_t row = f.count - 1; row > 0; row -= 1 + again % 2) append(&f, (nixe_piece){row, first, count});
        write_all(&f);
        destroy(&f);
    }
}

static void nothing_waits(void **state) {
    (void)state;
    fixture f;
    create(&f, kinds[1].command, kinds[1].options, NIXE_DATA_MC_ENERGY);
    assert_int_equal(write_all(&f), 1); /* the others may have something */
    append(&f, (nixe_piece){7, 2, 3});
    write_all(&f);
    write_all(&f); /* what has been written is not written again */
    destroy(&f);
}

/* Rows of a ladder, of which every entry has all states, and which are strided in the file. */
static void rows_behind_other_axes(void **state) {
    (void)state;
    enum { ATTEMPTS = 6, STATES = 4, REPLICAS = 3 };
    static int32_t walker[ATTEMPTS][STATES];
    char options[512];
    fixture f;
    snprintf(options, sizeof options, "%s -mc_replica_exchange_every 4 -mc_equilibration 0", kinds[1].options);
    create(&f, NIXE_MC, options, NIXE_DATA_WALKER);
    assert_int_equal(fixture_rows_bytes(&f.rows, NIXE_DATA_WALKER), ATTEMPTS * STATES * REPLICAS * sizeof(int32_t));
    nixe_pending_create(&f.pending, NIXE_DATA_WALKER, nixe_file_entry_bytes(&f.rows.run.file, NIXE_DATA_WALKER));
    assert_int_equal(f.pending.entry_bytes, sizeof walker[0]);
    static const nixe_piece piece[] = {{2, 3, 2}, {1, 0, 1}, {2, 0, 3}, {0, 5, 1}, {1, 4, 2}};
    for (int p = 0; p < 5; p++) {
        for (int64_t x = piece[p].first; x < piece[p].first + piece[p].count; x++)
            for (int q = 0; q < STATES; q++) {
                walker[x][q] = (int32_t)(100 * piece[p].row + 10 * x + q);
                memcpy(f.expected + ((x * STATES + q) * REPLICAS + piece[p].row) * 4, &walker[x][q], 4);
            }
        assert_ok(nixe_pending_append(&f.pending, piece[p].row, piece[p].first, piece[p].count, walker[piece[p].first]));
    }
    assert_ok(nixe_pending_write(&f.pending, &f.rows.run.file));
    destroy(&f);
}

/* What waits grows with what is appended. */
static void much_waits(void **state) {
    (void)state;
    fixture f;
    create(&f, NIXE_KMC, "-lattice_edge 2 -ensemble_size 3000 -kmc_time_count 7 -kmc_snapshots 3", NIXE_DATA_F);
    for (int64_t part = 0; part < 7; part++)
        for (int64_t row = f.count - 1; row >= 0; row--) append(&f, (nixe_piece){row, (3 * part) % 7, 1});
    assert_int_equal(f.pending.pieces, 7 * f.count);
    assert_int_equal(f.pending.entries.used, fixture_rows_bytes(&f.rows, NIXE_DATA_F));
    assert_int_equal(write_all(&f), 1); /* whole rows, in one block */
    destroy(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_in_any_order),    cmocka_unit_test(neighbours_are_joined),
        cmocka_unit_test(the_same_entries_again), cmocka_unit_test(nothing_waits),
        cmocka_unit_test(rows_behind_other_axes), cmocka_unit_test(much_waits),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
