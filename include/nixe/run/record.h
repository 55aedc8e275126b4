/* Record: what is measured of trajectories and replicas, on its way into the file.
 *
 * A list names the quantities: for each its dataset and how an entry of it is measured. All else follows from the table of
 * datasets: the axis behind the rows tells at which moments an entry is taken (recorded times, sweeps; none: when the row is
 * released), its shape how many bytes an entry has, its mark whether the checksums of the row cover it.
 *
 * Entries are taken in their order. They wait in the row in the making, which belongs to one trajectory or replica and is saved
 * with it, until the row is released: then they are pending, with the checksums and the flag that says how far the row is in
 * the file. nixe_record_write() writes what is pending on all ranks: the data, a barrier, then the flags; so a flag never
 * promises more than the file holds. Collective: nixe_record_write() and nixe_record_check(). */
#ifndef NIXE_RUN_RECORD_H
#define NIXE_RUN_RECORD_H

#include "nixe/base/bytes.h"
#include "nixe/file/write.h"

typedef struct {
    nixe_data data;                                   /* its dataset */
    void (*measure)(const void *sample, void *entry); /* one entry, from what the recorder has at that moment */
} nixe_quantity;

/* What is recorded of rows of one kind; what a file does not have is passed over. */
typedef struct {
    const nixe_quantity *quantity;
    int count;
    nixe_data checksums, flag; /* datasets; NIXE_DATASETS: the rows have none */
} nixe_quantities;

typedef struct {
    const nixe_quantities *list;
    nixe_file *file;
    nixe_pending *pending; /* count + 2: of the quantities, of the checksums, of the flags */
    nixe_axis *moment;     /* count: the axis of each quantity */
    char *entry;           /* scratch: the largest entry */
    int64_t *flagged;      /* rows of the file: the flag that it has, or will have after the next write; NULL: no flags */
} nixe_record;

/* How many entries were taken in all, their hash, and the bytes of those that are held. */
typedef struct {
    int64_t taken;
    uint64_t hash;
    size_t used;
} nixe_entries_mark;

/* The entries of one quantity that have been taken and not been released, how many were taken in all, and their hash; how many
 * of those held the file was shown; and what it was when the row was marked. */
typedef struct {
    nixe_bytes held;
    int64_t taken, shown;
    uint64_t hash;
    nixe_entries_mark mark;
} nixe_entries;

/* A row in the making. */
typedef struct {
    int64_t number;        /* of the row in the file */
    nixe_entries *entries; /* of each quantity */
} nixe_row;

/* flagged belongs to the caller, and holds what the file has. */
nixe_status nixe_record_create(nixe_record *record, const nixe_quantities *list, nixe_file *file, int64_t *flagged);
void nixe_record_destroy(nixe_record *record);

nixe_status nixe_row_create(nixe_row *row, const nixe_record *record);
void nixe_row_destroy(nixe_row *row, const nixe_record *record);

/* Begin row `number`, empty. */
void nixe_row_begin(nixe_row *row, const nixe_record *record, int64_t number);

/* Measure the next entry of every quantity that has `axis` (NIXE_AXES: none), and take it `times` times. */
nixe_status nixe_record_take(nixe_record *record, nixe_row *row, nixe_axis axis, int times, const void *sample);

/* What the row holds becomes pending; and its checksums, its flag and `sample`'s quantities without an axis, unless the file is
 * ahead of it: a resumed run catches up with what the file says. */
nixe_status nixe_record_release(nixe_record *record, nixe_row *row, int64_t flag, const void *sample);

/* What the row holds beyond what was shown becomes pending without a flag, for those who follow a row in the making; it is held
 * all the same, and released with the row. To be written before anything else of the row becomes pending. */
nixe_status nixe_record_show(nixe_record *record, nixe_row *row);

/* Mark what there is of a row; and go back to it: what was taken since is taken back. */
void nixe_row_mark(nixe_row *row, const nixe_record *record);
void nixe_row_back(nixe_row *row, const nixe_record *record);

/* Bytes that are pending, and that a row holds. */
double nixe_record_bytes(const nixe_record *record);
double nixe_row_bytes(const nixe_row *row, const nixe_record *record);

/* Bytes of a whole row of these quantities in the file. */
double nixe_quantities_bytes(const nixe_quantities *list, const nixe_file *file);

/* Write all that is pending in `count` records of one file: data first, then, when those of all ranks are there, the flags. */
nixe_status nixe_record_write(nixe_record *const *records, int count);

/* A run checks itself before it calls the file complete: every one of `rows` rows has this flag, on some rank. */
nixe_status nixe_record_check(const nixe_record *record, int64_t rows, int64_t flag);

/* Save a row in the making, and load it as row `number`. */
nixe_status nixe_row_save(const nixe_row *row, const nixe_record *record, nixe_bytes *bytes);
nixe_status nixe_row_load(nixe_row *row, const nixe_record *record, int64_t number, nixe_bytes *bytes);

/* Whether, of every quantity that has `axis`, `taken` entries were taken and the row holds the last `held` of them. */
int nixe_row_has(const nixe_row *row, const nixe_record *record, nixe_axis axis, int64_t taken, int64_t held);

#endif
