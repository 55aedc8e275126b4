/* Account: a record of quantities of the tests' own, over datasets that there are, and beside it a plain account of all that
 * was taken; for the unit tests of records. */
#ifndef NIXE_TEST_ACCOUNT_H
#define NIXE_TEST_ACCOUNT_H

#include "nixe/run/record.h"
#include "unit/rows.h"

/* A sample is a number, from which the entries follow; each quantity makes others of it. */
static int fixture_sites, fixture_measured;

static inline void fixture_fill_entry(const void *sample, uint64_t salt, void *entry, size_t bytes) {
    uint64_t random = *(const uint64_t *)sample * 8 + salt;
    fixture_rows_values(&random, entry, bytes);
    fixture_measured++;
}

static inline void fixture_five(const void *sample, void *entry) { fixture_fill_entry(sample, 1, entry, 40); }
static inline void fixture_one(const void *sample, void *entry) { fixture_fill_entry(sample, 2, entry, 8); }
static inline void fixture_last(const void *sample, void *entry) { fixture_fill_entry(sample, 3, entry, 8); }
static inline void fixture_all_sites(const void *sample, void *entry) {
    fixture_fill_entry(sample, 4, entry, (size_t)fixture_sites);
}

/* Not in the order of the table of datasets, which is that of the checksums. */
static const nixe_quantity fixture_of_kmc[] = {{NIXE_DATA_EVENTS, fixture_one},
                                               {NIXE_DATA_F, fixture_five},
                                               {NIXE_DATA_COMPLETION_TIME, fixture_last},
                                               {NIXE_DATA_SNAPSHOT_SIGMA, fixture_all_sites}};
static const nixe_quantity fixture_of_mc[] = {{NIXE_DATA_MC_F, fixture_five},
                                              {NIXE_DATA_MC_AREA_RMS, fixture_one},
                                              {NIXE_DATA_ACCEPTANCE, fixture_last},
                                              {NIXE_DATA_STORED_SIGMA, fixture_all_sites}};

/* Flags of a byte and of 64 bits, and none; without checksums as well; a quantity without an axis that is checked, and one that
 * is not. */
enum { FIXTURE_QUANTITIES = 4, FIXTURE_LISTS = 4, FIXTURE_RECORD_ROWS = 12 };
static const struct {
    nixe_command command;
    const char *options;
    nixe_quantities list;
    nixe_axis moment[FIXTURE_QUANTITIES];
    int checksum[FIXTURE_QUANTITIES], checksums; /* the number of the quantity's, or -1; and how many there are */
    int rows;
} fixture_lists[FIXTURE_LISTS] = {
    {NIXE_KMC,
     "-lattice_edge 2 -ensemble_size 5 -kmc_time_count 9 -kmc_snapshots 4",
     {fixture_of_kmc, FIXTURE_QUANTITIES, NIXE_DATA_CHECKSUM, NIXE_DATA_DONE},
     {NIXE_AXIS_TIME, NIXE_AXIS_TIME, NIXE_AXES, NIXE_AXIS_SNAPSHOT},
     {1, 0, 2, 3},
     4,
     5},
    {NIXE_MC,
     "-lattice_edge 2 -shell_layers 1 -shell_stiffness 1,2 -model_kT 1,2 -ensemble_size 3 -mc_equilibration 5 "
     "-mc_sweeps 24 -mc_record_every 2 -mc_area_every 4 -mc_snapshot_every 8",
     {fixture_of_mc, FIXTURE_QUANTITIES, NIXE_DATA_MC_CHECKSUM, NIXE_DATA_SWEEPS_DONE},
     {NIXE_AXIS_RECORD, NIXE_AXIS_AREA, NIXE_AXES, NIXE_AXIS_STORED},
     {0, 1, -1, 2},
     3,
     12},
    {NIXE_KMC,
     "-lattice_edge 2 -ensemble_size 4 -kmc_time_count 8 -kmc_snapshots 4",
     {fixture_of_kmc, FIXTURE_QUANTITIES, NIXE_DATA_CHECKSUM, NIXE_DATASETS},
     {NIXE_AXIS_TIME, NIXE_AXIS_TIME, NIXE_AXES, NIXE_AXIS_SNAPSHOT},
     {1, 0, 2, 3},
     4,
     4},
    {NIXE_KMC,
     "-lattice_edge 3 -ensemble_size 4 -kmc_time_count 7 -kmc_snapshots 3",
     {fixture_of_kmc, FIXTURE_QUANTITIES, NIXE_DATASETS, NIXE_DATASETS},
     {NIXE_AXIS_TIME, NIXE_AXIS_TIME, NIXE_AXES, NIXE_AXIS_SNAPSHOT},
     {-1, -1, -1, -1},
     0,
     4}};

/* A record of a file that has the quantities of the list alone; and what its datasets should hold: those of the quantities, the
 * checksums, the flags. */
typedef struct {
    int kind;
    const nixe_quantities *list;
    fixture_rows rows;
    nixe_record record;
    int64_t flagged[FIXTURE_RECORD_ROWS], flag[FIXTURE_RECORD_ROWS]; /* the record's; and what they should be */
    char *expected[FIXTURE_QUANTITIES + 2];
    uint64_t random;
} fixture_record;

/* A row in the making; and all that was taken for it. */
typedef struct {
    nixe_row row;
    nixe_bytes all[FIXTURE_QUANTITIES];
} fixture_making;

static inline nixe_data fixture_data(const fixture_record *f, int q) {
    return q < FIXTURE_QUANTITIES ? f->list->quantity[q].data : q == FIXTURE_QUANTITIES ? f->list->checksums : f->list->flag;
}

static inline void fixture_record_create(fixture_record *f, int kind) {
    *f = (fixture_record){.kind = kind, .list = &fixture_lists[kind].list, .random = (uint64_t)kind};
    fixture_rows_plan(&f->rows, fixture_lists[kind].command, fixture_lists[kind].options);
    fixture_sites = f->rows.run.lattice.sites;
    for (int data = 0; data < NIXE_DATASETS; data++) {
        int listed = 0;
        for (int q = 0; q < FIXTURE_QUANTITIES; q++) listed |= (int)f->list->quantity[q].data == data;
        if (listed || !f->rows.run.file.has[data] || !(nixe_dataset_table[data].commands & NIXE_FILE_CHECKED)) continue;
        f->rows.run.file.has[data] = 0;
        f->rows.run.file.size[NIXE_AXIS_CHECKSUM]--;
    }
    fixture_rows_lay_out(&f->rows);
    for (int q = 0; q < FIXTURE_QUANTITIES + 2; q++)
        if (fixture_data(f, q) < NIXE_DATASETS) f->expected[q] = f->rows.run.expected[fixture_data(f, q)];
    const int has_flags = f->list->flag < NIXE_DATASETS;
    if (f->list->flag == NIXE_DATA_SWEEPS_DONE) memset(f->flagged, -1, sizeof f->flagged);
    memcpy(f->flag, f->flagged, sizeof f->flag);
    assert_ok(nixe_record_create(&f->record, f->list, &f->rows.run.file, has_flags ? f->flagged : NULL));
}

/* The file holds what it should. */
static inline void fixture_record_compare(const fixture_record *f) {
    for (int q = 0; q < FIXTURE_QUANTITIES + 2; q++)
        if (f->expected[q]) fixture_rows_compare(&f->rows, fixture_data(f, q), f->expected[q]);
}

static inline void fixture_record_destroy(fixture_record *f) {
    nixe_record_destroy(&f->record);
    fixture_rows_reopen(&f->rows);
    fixture_record_compare(f);
    fixture_rows_destroy(&f->rows);
}

static inline void fixture_begin(const fixture_record *f, fixture_making *m, int64_t number) {
    nixe_row_begin(&m->row, &f->record, number);
    for (int q = 0; q < FIXTURE_QUANTITIES; q++) m->all[q].used = 0;
}

static inline void fixture_making_create(const fixture_record *f, fixture_making *m, int64_t number) {
    *m = (fixture_making){0};
    assert_ok(nixe_row_create(&m->row, &f->record));
    fixture_begin(f, m, number);
}

static inline void fixture_making_destroy(const fixture_record *f, fixture_making *m) {
    nixe_row_destroy(&m->row, &f->record);
    for (int q = 0; q < FIXTURE_QUANTITIES; q++) nixe_bytes_destroy(&m->all[q]);
}

/* Bytes that a row of quantity q has in the file, and an entry of it. */
static inline size_t fixture_row_bytes(const fixture_record *f, int q) {
    return fixture_rows_bytes(&f->rows, fixture_data(f, q)) / (size_t)fixture_lists[f->kind].rows;
}

static inline size_t fixture_entry_bytes(const fixture_record *f, int q) {
    const nixe_axis moment = q < FIXTURE_QUANTITIES ? fixture_lists[f->kind].moment[q] : NIXE_AXES;
    return fixture_row_bytes(f, q) / (moment < NIXE_AXES ? (size_t)f->rows.run.file.size[moment] : 1);
}

/* Entries of all quantities of an axis, in the account. */
static inline void fixture_account(const fixture_record *f, fixture_making *m, nixe_axis axis, int times, uint64_t sample) {
    char entry[512];
    for (int q = 0; q < FIXTURE_QUANTITIES; q++) {
        if (fixture_lists[f->kind].moment[q] != axis) continue;
        f->list->quantity[q].measure(&sample, entry);
        for (int t = 0; t < times; t++) assert_ok(nixe_bytes_put(&m->all[q], entry, fixture_entry_bytes(f, q)));
        assert_in_range(m->all[q].used, 1, fixture_row_bytes(f, q));
    }
}

static inline void fixture_take(fixture_record *f, fixture_making *m, nixe_axis axis, int times) {
    const uint64_t sample = fixture_random(&f->random);
    assert_ok(nixe_record_take(&f->record, &m->row, axis, times, &sample));
    fixture_account(f, m, axis, times, sample);
}

/* FNV-1a as it is published. */
static inline uint64_t fixture_hash(const nixe_bytes *bytes) {
    uint64_t hash = 14695981039346656037u;
    for (size_t b = 0; b < bytes->used; b++) {
        hash ^= (unsigned char)bytes->bytes[b];
        hash *= 1099511628211u;
    }
    return hash;
}

/* Checksums and flag of a row, as they should be in the file. */
static inline void fixture_expect_checksums(fixture_record *f, const fixture_making *m, int64_t flag) {
    const int64_t number = m->row.number, count = fixture_lists[f->kind].checksums;
    char *row = f->expected[FIXTURE_QUANTITIES] + number * (count + 1) * 8;
    assert_int_equal(fixture_row_bytes(f, FIXTURE_QUANTITIES), (count + 1) * 8);
    for (int q = 0; q < FIXTURE_QUANTITIES; q++) {
        const uint64_t hash = fixture_hash(&m->all[q]);
        const int place = fixture_lists[f->kind].checksum[q];
        if (place >= 0) memcpy(row + place * 8, &hash, 8);
    }
    memcpy(row + count * 8, &flag, 8);
}

static inline void fixture_expect_flag(fixture_record *f, int64_t number, int64_t flag) {
    f->flag[number] = flag;
    if (f->list->flag == NIXE_DATA_DONE) f->expected[FIXTURE_QUANTITIES + 1][number] = (char)flag;
    else memcpy(f->expected[FIXTURE_QUANTITIES + 1] + number * 8, &flag, sizeof flag);
}

static inline void fixture_release(fixture_record *f, fixture_making *m, int64_t flag) {
    const uint64_t sample = fixture_random(&f->random);
    const int64_t number = m->row.number;
    const int has_flags = f->list->flag < NIXE_DATASETS, behind = has_flags && flag < f->flag[number];
    assert_ok(nixe_record_release(&f->record, &m->row, flag, &sample));
    for (int q = 0; q < FIXTURE_QUANTITIES && !behind; q++)
        if (fixture_lists[f->kind].moment[q] == NIXE_AXES) m->all[q].used = 0; /* this one replaces what was there */
    if (!behind) fixture_account(f, m, NIXE_AXES, 1, sample);
    for (int q = 0; q < FIXTURE_QUANTITIES; q++)
        if (m->all[q].used) memcpy(f->expected[q] + (size_t)number * fixture_row_bytes(f, q), m->all[q].bytes, m->all[q].used);
    if (f->list->checksums < NIXE_DATASETS && !behind) fixture_expect_checksums(f, m, flag);
    if (has_flags && !behind) fixture_expect_flag(f, number, flag);
    assert_true(nixe_row_bytes(&m->row, &f->record) == 0);
    assert_memory_equal(f->flagged, f->flag, has_flags ? sizeof f->flag : 0);
}

static inline void fixture_write(fixture_record *f) {
    nixe_record *const records[] = {&f->record};
    assert_ok(nixe_record_write(records, 1));
    assert_true(nixe_record_bytes(&f->record) == 0);
    fixture_record_compare(f);
}

/* How many entries there is room for. */
static inline int fixture_room(const fixture_record *f, const fixture_making *m, nixe_axis axis) {
    for (int q = 0; q < FIXTURE_QUANTITIES; q++)
        if (fixture_lists[f->kind].moment[q] == axis)
            return (int)((fixture_row_bytes(f, q) - m->all[q].used) / fixture_entry_bytes(f, q));
    return 0;
}

/* What was taken for a row is in the file, too, though it is not released, and so is what is taken for this alone, and taken
 * back; its flag and its checksums stay. */
static inline void fixture_show(fixture_record *f, fixture_making *m) {
    const double held = nixe_row_bytes(&m->row, &f->record);
    size_t used[FIXTURE_QUANTITIES];
    for (int q = 0; q < FIXTURE_QUANTITIES; q++) used[q] = m->all[q].used;
    nixe_row_mark(&m->row, &f->record);
    for (int q = 0; q < FIXTURE_QUANTITIES; q += 3)
        if (fixture_room(f, m, fixture_lists[f->kind].moment[q]) > 0) fixture_take(f, m, fixture_lists[f->kind].moment[q], 1);
    assert_ok(nixe_record_show(&f->record, &m->row));
    for (int q = 0; q < FIXTURE_QUANTITIES; q++) {
        const size_t place = (size_t)m->row.number * fixture_row_bytes(f, q);
        if (fixture_lists[f->kind].moment[q] < NIXE_AXES && m->all[q].used)
            memcpy(f->expected[q] + place, m->all[q].bytes, m->all[q].used);
    }
    fixture_write(f);
    assert_ok(nixe_record_show(&f->record, &m->row)); /* nothing new */
    assert_true(nixe_record_bytes(&f->record) == 0);
    nixe_row_back(&m->row, &f->record);
    for (int q = 0; q < FIXTURE_QUANTITIES; q++) m->all[q].used = used[q];
    assert_true(nixe_row_bytes(&m->row, &f->record) == held);
}

#endif
