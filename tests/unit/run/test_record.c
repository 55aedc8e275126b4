/* Record: lists of quantities of the tests' own against a plain account of all that was taken: what is in the file, its
 * checksums and flags, after takes, releases, writes, saves and loads in any order. */
#include "nixe/run/record.h"

#include "nixe/run/kmc_record.h"
#include "nixe/run/ladder.h"
#include "nixe/run/mc_record.h"
#include "unit/account.h"

/* Save the row and go on with it in another place, which has had something else. */
static void save_and_load(fixture_record *f, fixture_making *m) {
    const int64_t number = m->row.number;
    const uint64_t sample = 1;
    const double held = nixe_row_bytes(&m->row, &f->record);
    nixe_bytes bytes = {0};
    nixe_row other;
    assert_ok(nixe_row_create(&other, &f->record));
    nixe_row_begin(&other, &f->record, 1000);
    for (int q = 0; q < FIXTURE_QUANTITIES; q++)
        assert_ok(nixe_record_take(&f->record, &other, fixture_lists[f->kind].moment[q], 2, &sample));
    assert_ok(nixe_row_save(&m->row, &f->record, &bytes));
    nixe_row_destroy(&m->row, &f->record);
    assert_ok(nixe_row_load(&other, &f->record, number, &bytes));
    m->row = other;
    assert_int_equal(other.number, number);
    assert_int_equal(bytes.position, bytes.used);
    assert_true(nixe_row_bytes(&m->row, &f->record) == held);
    nixe_bytes_destroy(&bytes);
}

/* Three rows in the making at once; each is begun, taken for, released, shown, written, saved and loaded at random. */
static void any_order(void **state) {
    (void)state;
    for (int kind = 0; kind < FIXTURE_LISTS; kind++) {
        enum { MAKINGS = 3, TURNS = 1500 };
        fixture_making m[MAKINGS];
        fixture_record f;
        fixture_record_create(&f, kind);
        for (int i = 0; i < MAKINGS; i++) fixture_making_create(&f, &m[i], i);
        for (int turn = 0; turn < TURNS; turn++) {
            fixture_making *now = &m[fixture_random(&f.random) % MAKINGS];
            const int action = (int)(fixture_random(&f.random) % 24), q = action % FIXTURE_QUANTITIES;
            const nixe_axis moment = fixture_lists[kind].moment[q];
            const int most = moment < NIXE_AXES ? fixture_room(&f, now, moment) : 0;
            const int64_t next = (now->row.number + MAKINGS) % (fixture_lists[kind].rows / MAKINGS * MAKINGS);
            if (action < 16 && most) fixture_take(&f, now, moment, 1 + (int)(fixture_random(&f.random) % (uint64_t)most));
            else if (action < 20) fixture_release(&f, now, kind == 0 ? turn * 255 / TURNS : turn);
            else if (action == 20) fixture_write(&f);
            else if (action == 21) save_and_load(&f, now);
            else if (action == 23) fixture_show(&f, now);
            else if (action == 22 && nixe_record_bytes(&f.record) == 0)
                fixture_begin(&f, now, next); /* also one that has been */
        }
        fixture_write(&f);
        for (int i = 0; i < MAKINGS; i++) fixture_making_destroy(&f, &m[i]);
        fixture_record_destroy(&f);
    }
}

/* What is taken is held in the row; what is released is pending; what is written is neither. An entry is measured once, however
 * often it is taken. */
static void taken_held_and_released(void **state) {
    (void)state;
    for (int kind = 0; kind < FIXTURE_LISTS; kind++) {
        fixture_making m;
        fixture_record f;
        fixture_record_create(&f, kind);
        fixture_making_create(&f, &m, 2);
        const uint64_t sample = 7;
        const nixe_axis axis = fixture_lists[kind].moment[0];
        fixture_measured = 0;
        assert_ok(nixe_record_take(&f.record, &m.row, axis, 3, &sample));
        assert_int_equal(fixture_measured, kind == 1 ? 1 : 2); /* quantities of this axis */
        fixture_account(&f, &m, axis, 3, sample);
        assert_true(nixe_row_bytes(&m.row, &f.record) == (kind == 1 ? 3 * 40 : 3 * 48));
        assert_true(nixe_record_bytes(&f.record) == 0);
        fixture_write(&f); /* nothing yet */
        fixture_take(&f, &m, fixture_lists[kind].moment[3], 1);
        const double held = nixe_row_bytes(&m.row, &f.record);
        assert_true(held == (kind == 1 ? 3 * 40 : 3 * 48) + fixture_sites);
        fixture_release(&f, &m, 1);
        const double checked[] = {5 * 8 + 1, 4 * 8 + 8, 5 * 8, 0}; /* checksums and flag */
        assert_true(nixe_record_bytes(&f.record) == held + 8 + checked[kind]);
        fixture_write(&f);
        fixture_take(&f, &m, axis, 2); /* taken, never released */
        fixture_write(&f);
        fixture_making_destroy(&f, &m);
        fixture_record_destroy(&f);
    }
}

/* Looks into the file where the ranks meet between the data and the flags. (PETSc has a macro of that name.) */
static const fixture_record *watched;
static char *flags_before;
static int looks;

int(MPI_Barrier)(MPI_Comm comm) {
    if (watched && comm == fixture_parallel.comm) {
        for (int q = 0; q <= FIXTURE_QUANTITIES; q++)
            fixture_rows_compare(&watched->rows, fixture_data(watched, q), watched->expected[q]);
        fixture_rows_compare(&watched->rows, watched->list->flag, flags_before);
        looks++;
    }
    return PMPI_Barrier(comm);
}

/* The data of all records, then the ranks meet, then the flags. */
static void flags_after_data(void **state) {
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        fixture_making m[2];
        fixture_record f, second;
        fixture_record_create(&f, kind);
        second = f; /* of the same file */
        assert_ok(nixe_record_create(&second.record, f.list, &f.rows.run.file, second.flagged));
        for (int i = 0; i < 2; i++) {
            fixture_record *now = i ? &second : &f;
            fixture_making_create(now, &m[i], 1 + 3 * i);
            fixture_take(now, &m[i], fixture_lists[kind].moment[0], 2);
            fixture_take(now, &m[i], fixture_lists[kind].moment[3], 1 + i);
            fixture_release(now, &m[i], 3 + i);
        }
        flags_before = fixture_rows_read(&f.rows, f.list->flag);
        watched = &f;
        looks = 0;
        nixe_record *const records[] = {&f.record, &second.record};
        assert_ok(nixe_record_write(records, 2));
        watched = NULL;
        assert_int_equal(looks, 1);
        fixture_record_compare(&f);
        free(flags_before);
        for (int i = 0; i < 2; i++) fixture_making_destroy(&f, &m[i]);
        nixe_record_destroy(&second.record);
        fixture_record_destroy(&f);
    }
}

/* A resumed run that does again what the file has: its data are written again, but checksums, flag and what has no axis are
 * those of the file until the row has caught up. */
static void behind_the_file(void **state) {
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        const nixe_axis axis = fixture_lists[kind].moment[0];
        fixture_making m;
        fixture_record f;
        fixture_record_create(&f, kind);
        fixture_making_create(&f, &m, 3);
        const uint64_t random = f.random;
        for (int times = 1; times <= 2; times++) fixture_take(&f, &m, axis, times);
        fixture_release(&f, &m, 20);
        fixture_write(&f);
        f.random = random;
        fixture_begin(&f, &m, 3);
        fixture_take(&f, &m, axis, 1); /* the same again */
        const double held = nixe_row_bytes(&m.row, &f.record);
        fixture_measured = 0;
        fixture_release(&f, &m, 19);
        assert_int_equal(fixture_measured, 0);
        assert_true(nixe_record_bytes(&f.record) == held);
        assert_int_equal(f.flagged[3], 20);
        fixture_write(&f);
        f.random = random;
        fixture_random(&f.random);
        fixture_take(&f, &m, axis, 2);
        fixture_release(&f, &m, 20); /* there, with the last quantity of now */
        fixture_write(&f);
        fixture_take(&f, &m, axis, 1);
        fixture_release(&f, &m, 21); /* and beyond */
        assert_int_equal(f.flagged[3], 21);
        fixture_write(&f);
        fixture_making_destroy(&f, &m);
        fixture_record_destroy(&f);
    }
}

/* Released and written as it comes, or saved and loaded before every step: the same bytes are saved at the end. */
static void saved_rows_go_on_as_they_would_have(void **state) {
    (void)state;
    for (int kind = 0; kind < FIXTURE_LISTS; kind++) {
        nixe_bytes saved[2] = {{0}, {0}};
        for (int interrupted = 0; interrupted < 2; interrupted++) {
            fixture_making m;
            fixture_record f;
            fixture_record_create(&f, kind);
            fixture_making_create(&f, &m, 2);
            for (int step = 0; step < 6; step++) {
                if (interrupted) save_and_load(&f, &m);
                fixture_take(&f, &m, fixture_lists[kind].moment[step == 2 ? 3 : 0], 1);
                if (interrupted) save_and_load(&f, &m);
                if (step == 3) fixture_release(&f, &m, 1);
            }
            assert_ok(nixe_row_save(&m.row, &f.record, &saved[interrupted]));
            assert_ok(nixe_row_save(&m.row, &f.record, &saved[interrupted])); /* behind the other */
            fixture_making_destroy(&f, &m);
            fixture_write(&f);
            fixture_record_destroy(&f);
        }
        assert_int_equal(saved[0].used, saved[1].used);
        assert_memory_equal(saved[0].bytes, saved[1].bytes, saved[0].used);
        assert_memory_equal(saved[0].bytes, saved[0].bytes + saved[0].used / 2, saved[0].used / 2);
        for (int i = 0; i < 2; i++) nixe_bytes_destroy(&saved[i]);
    }
}

static void a_saved_row_that_ends_early(void **state) {
    (void)state;
    fixture_making m;
    fixture_record f;
    nixe_bytes bytes = {0};
    fixture_record_create(&f, 0);
    fixture_making_create(&f, &m, 2);
    fixture_take(&f, &m, NIXE_AXIS_TIME, 2);
    assert_ok(nixe_row_save(&m.row, &f.record, &bytes));
    const size_t whole = bytes.used;
    for (bytes.used = 0; bytes.used < whole; bytes.used++) {
        bytes.position = 0;
        assert_int_equal(nixe_row_load(&m.row, &f.record, 2, &bytes), NIXE_FAILED);
        assert_string_equal(nixe_status_message(), "a saved state ends too early");
        nixe_status_clear();
    }
    nixe_bytes_destroy(&bytes);
    fixture_making_destroy(&f, &m);
    fixture_record_destroy(&f);
}

/* A row has what it holds with the hash of it, also where that is nothing yet. */
static void a_row_whose_hash_is_another(void **state) {
    (void)state;
    fixture_making m;
    fixture_record f;
    fixture_record_create(&f, 0);
    fixture_making_create(&f, &m, 2);
    for (int taken = 0; taken <= 2; taken += 2) {
        if (taken) fixture_take(&f, &m, NIXE_AXIS_TIME, taken);
        assert_true(nixe_row_has(&m.row, &f.record, NIXE_AXIS_TIME, taken, taken));
        m.row.entries[0].hash ^= 1;
        assert_false(nixe_row_has(&m.row, &f.record, NIXE_AXIS_TIME, taken, taken));
        m.row.entries[0].hash ^= 1;
    }
    fixture_making_destroy(&f, &m);
    fixture_record_destroy(&f);
}

/* More rows than the ranks tell each other of at once. */
static void missing_rows_are_found(void **state) {
    (void)state;
    const int64_t rows = (1 << 20) + 5, places[] = {0, 17, (1 << 20) - 1, 1 << 20, rows - 1};
    int64_t *flagged = calloc((size_t)rows, sizeof *flagged);
    nixe_file file = {.parallel = &fixture_parallel};
    const nixe_record record = {.file = &file, .flagged = flagged};
    for (int64_t row = 0; row < rows; row++) flagged[row] = 30 + row % 2; /* or more */
    assert_ok(nixe_record_check(&record, rows, 30));
    assert_ok(nixe_record_check(&record, 0, 30));
    for (int p = 0; p < 5; p++) {
        flagged[places[p]] = 29;
        assert_int_equal(nixe_record_check(&record, rows, 30), NIXE_FAILED);
        assert_non_null(strstr(nixe_status_message(), "1 of 1048581 rows are not whole in the file"));
        nixe_status_clear();
        flagged[places[p]] = 30;
    }
    flagged[3] = -1;
    flagged[rows - 1] = 0;
    assert_int_equal(nixe_record_check(&record, rows, 30), NIXE_FAILED);
    assert_non_null(strstr(nixe_status_message(), "2 of 1048581 rows"));
    nixe_status_clear();
    assert_ok(nixe_record_check(&record, 3, 30)); /* rows behind those that there are do not count */
    free(flagged);
}

/* Bytes of a row: those that the table of datasets gives all rows, shared out; a flag is a number in memory. */
static void bytes_of_a_row(void **state) {
    (void)state;
    static const char *const exchange = " -mc_replica_exchange_every 4 -mc_equilibration 0";
    for (int kind = 0; kind < FIXTURE_LISTS + 3; kind++) { /* the lists of the tests, then those of the program */
        const nixe_quantities *const lists[] = {&fixture_lists[0].list, &fixture_lists[1].list, &fixture_lists[2].list,
                                                &fixture_lists[3].list, &nixe_kmc_quantities,   &nixe_mc_quantities,
                                                &nixe_ladder_quantities};
        const int k = kind < FIXTURE_LISTS ? kind : kind == FIXTURE_LISTS ? 0 : 1;
        const double rows_of_all[] = {5, 12, 4, 4, 5, 12, 3};
        char options[512];
        fixture_rows rows;
        double bytes = 0;
        snprintf(options, sizeof options, "%s%s", fixture_lists[k].options, kind == FIXTURE_LISTS + 2 ? exchange : "");
        fixture_rows_plan(&rows, fixture_lists[k].command, options);
        fixture_rows_lay_out(&rows);
        for (int q = 0; q < lists[kind]->count; q++) /* of the datasets that this file has */
            if (rows.run.file.has[lists[kind]->quantity[q].data])
                bytes += (double)fixture_rows_bytes(&rows, lists[kind]->quantity[q].data);
        if (lists[kind]->checksums < NIXE_DATASETS) bytes += (double)fixture_rows_bytes(&rows, lists[kind]->checksums);
        bytes /= rows_of_all[kind];
        if (lists[kind]->flag < NIXE_DATASETS) bytes += 8;
        assert_true(bytes > 100);
        assert_close(nixe_quantities_bytes(lists[kind], &rows.run.file), bytes, 1e-9);
        fixture_rows_destroy(&rows);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order),
        cmocka_unit_test(taken_held_and_released),
        cmocka_unit_test(flags_after_data),
        cmocka_unit_test(behind_the_file),
        cmocka_unit_test(saved_rows_go_on_as_they_would_have),
        cmocka_unit_test(a_saved_row_that_ends_early),
        cmocka_unit_test(a_row_whose_hash_is_another),
        cmocka_unit_test(missing_rows_are_found),
        cmocka_unit_test(bytes_of_a_row),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
