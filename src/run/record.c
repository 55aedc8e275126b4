/* Record: what is measured on its way into the file. nixe_record_write() and nixe_record_check() are collective. */
#include "nixe/run/record.h"

#include <stdlib.h>
#include <string.h>

static const nixe_axis never = NIXE_AXES + 1; /* moments of a quantity that the file does not have */

/* The pending checksums and flags stand behind those of the quantities. */
static nixe_pending *checksums_of(const nixe_record *record) { return &record->pending[record->list->count]; }
static nixe_pending *flags_of(const nixe_record *record) { return &record->pending[record->list->count + 1]; }

nixe_status nixe_record_create(nixe_record *record, const nixe_quantities *list, nixe_file *file, int64_t *flagged) {
    size_t largest = 1;
    *record = (nixe_record){.list = list, .file = file, .flagged = flagged};
    NIXE_TRY(nixe_allocate(&record->pending, list->count + 2, sizeof *record->pending, "the record"));
    NIXE_TRY(nixe_allocate(&record->moment, list->count, sizeof *record->moment, "the record"));
    for (int q = 0; q < list->count; q++) {
        const nixe_data data = list->quantity[q].data;
        record->moment[q] = file->has[data] ? nixe_dataset_moment(&nixe_dataset_table[data]) : never;
    }
    for (int q = 0; q < list->count + 2; q++) {
        const nixe_data data = q < list->count ? list->quantity[q].data : q == list->count ? list->checksums : list->flag;
        const size_t bytes = data < NIXE_DATASETS && file->has[data] ? nixe_file_entry_bytes(file, data) : 1;
        nixe_pending_create(&record->pending[q], data, bytes);
        if (bytes > largest) largest = bytes;
    }
    return nixe_allocate(&record->entry, (long long)largest, 1, "the record");
}

void nixe_record_destroy(nixe_record *record) {
    for (int q = 0; record->pending && q < record->list->count + 2; q++) nixe_pending_destroy(&record->pending[q]);
    free(record->pending);
    free(record->moment);
    free(record->entry);
    *record = (nixe_record){0};
}

nixe_status nixe_row_create(nixe_row *row, const nixe_record *record) {
    *row = (nixe_row){0};
    return nixe_allocate(&row->entries, record->list->count, sizeof *row->entries, "a row");
}

void nixe_row_destroy(nixe_row *row, const nixe_record *record) {
    for (int q = 0; row->entries && q < record->list->count; q++) nixe_bytes_destroy(&row->entries[q].held);
    free(row->entries);
    *row = (nixe_row){0};
}

void nixe_row_begin(nixe_row *row, const nixe_record *record, int64_t number) {
    row->number = number;
    for (int q = 0; q < record->list->count; q++) {
        row->entries[q].held.used = 0;
        row->entries[q].taken = row->entries[q].shown = 0;
        row->entries[q].hash = nixe_hash_start;
    }
}

nixe_status nixe_record_take(nixe_record *record, nixe_row *row, nixe_axis axis, int times, const void *sample) {
    for (int q = 0; q < record->list->count; q++) {
        nixe_entries *entries = &row->entries[q];
        const size_t size = record->pending[q].entry_bytes;
        if (record->moment[q] != axis) continue;
        record->list->quantity[q].measure(sample, record->entry);
        for (int t = 0; t < times; t++) {
            NIXE_TRY(nixe_bytes_put(&entries->held, record->entry, size));
            entries->hash = nixe_hash(entries->hash, record->entry, size);
            entries->taken++;
        }
    }
    return NIXE_OK;
}

/* The checksums of what was taken, in the order of the table of datasets, whatever that of the list is; and up to where they
 * are. */
static nixe_status append_checksums(nixe_record *record, const nixe_row *row, int64_t flag) {
    int64_t *checksum = (int64_t *)(void *)record->entry;
    int count = 0;
    for (nixe_data data = 0; data < NIXE_DATASETS; data++)
        for (int q = 0; q < record->list->count; q++)
            if (record->list->quantity[q].data == data &&
                nixe_dataset_is_covered(&nixe_dataset_table[data], record->list->checksums, record->file->kind))
                memcpy(&checksum[count++], &row->entries[q].hash, sizeof *checksum);
    checksum[count] = flag;
    NIXE_REQUIRE((size_t)(count + 1) * sizeof *checksum == checksums_of(record)->entry_bytes,
                 "a dataset with checksums is not in the list of what is recorded");
    return nixe_pending_append(checksums_of(record), row->number, 0, 1, checksum);
}

static nixe_status append_flag(nixe_record *record, const nixe_row *row, int64_t flag) {
    const uint8_t small = (uint8_t)flag; /* a flag is a byte, or a number of sweeps */
    const void *entry = flags_of(record)->entry_bytes == 1 ? (const void *)&small : (const void *)&flag;
    record->flagged[row->number] = flag;
    return nixe_pending_append(flags_of(record), row->number, 0, 1, entry);
}

nixe_status nixe_record_release(nixe_record *record, nixe_row *row, int64_t flag, const void *sample) {
    const int behind = record->flagged && flag < record->flagged[row->number];
    for (int q = 0; q < record->list->count; q++)
        if (record->moment[q] == NIXE_AXES) row->entries[q].hash = nixe_hash_start; /* the next one replaces it */
    if (!behind) NIXE_TRY(nixe_record_take(record, row, NIXE_AXES, 1, sample));
    for (int q = 0; q < record->list->count; q++) {
        nixe_entries *entries = &row->entries[q];
        const int64_t count = (int64_t)(entries->held.used / record->pending[q].entry_bytes);
        if (count == 0) continue;
        NIXE_TRY(nixe_pending_append(&record->pending[q], row->number, entries->taken - count, count, entries->held.bytes));
        entries->held.used = 0;
        entries->shown = 0;
        if (record->moment[q] == NIXE_AXES) entries->taken = 0;
    }
    if (behind) return NIXE_OK;
    if (record->list->checksums < NIXE_DATASETS) NIXE_TRY(append_checksums(record, row, flag));
    return record->flagged ? append_flag(record, row, flag) : NIXE_OK;
}

nixe_status nixe_record_show(nixe_record *record, nixe_row *row) {
    for (int q = 0; q < record->list->count; q++) {
        nixe_entries *entries = &row->entries[q];
        const size_t size = record->pending[q].entry_bytes;
        const int64_t held = (int64_t)(entries->held.used / size), count = held - entries->shown;
        if (count <= 0) continue;
        NIXE_TRY(nixe_pending_append(&record->pending[q], row->number, entries->taken - count, count,
                                     entries->held.bytes + (size_t)entries->shown * size));
        entries->shown = held;
    }
    return NIXE_OK;
}

void nixe_row_mark(nixe_row *row, const nixe_record *record) {
    for (int q = 0; q < record->list->count; q++) {
        nixe_entries *entries = &row->entries[q];
        entries->mark = (nixe_entries_mark){entries->taken, entries->hash, entries->held.used};
    }
}

void nixe_row_back(nixe_row *row, const nixe_record *record) {
    for (int q = 0; q < record->list->count; q++) {
        nixe_entries *entries = &row->entries[q];
        const int64_t held = (int64_t)(entries->mark.used / record->pending[q].entry_bytes);
        entries->taken = entries->mark.taken;
        entries->hash = entries->mark.hash;
        entries->held.used = entries->mark.used;
        if (entries->shown > held) entries->shown = held;
    }
}

double nixe_record_bytes(const nixe_record *record) {
    double bytes = 0;
    for (int q = 0; q < record->list->count + 2; q++) bytes += (double)record->pending[q].entries.used;
    return bytes;
}

double nixe_row_bytes(const nixe_row *row, const nixe_record *record) {
    double bytes = 0;
    for (int q = 0; q < record->list->count; q++) bytes += (double)row->entries[q].held.used;
    return bytes;
}

double nixe_quantities_bytes(const nixe_quantities *list, const nixe_file *file) {
    double bytes = 0;
    for (int q = 0; q < list->count; q++) {
        const nixe_axis axis = nixe_dataset_moment(&nixe_dataset_table[list->quantity[q].data]);
        if (file->has[list->quantity[q].data])
            bytes +=
                (double)nixe_file_entry_bytes(file, list->quantity[q].data) * (double)(axis < NIXE_AXES ? file->size[axis] : 1);
    }
    if (list->checksums < NIXE_DATASETS) bytes += (double)nixe_file_entry_bytes(file, list->checksums);
    return bytes + (list->flag < NIXE_DATASETS ? 8 : 0);
}

nixe_status nixe_record_write(nixe_record *const *records, int count) {
    for (int r = 0; r < count; r++)
        for (int q = 0; q <= records[r]->list->count; q++) {
            nixe_pending *pending = &records[r]->pending[q];
            if (pending->data < NIXE_DATASETS && records[r]->file->has[pending->data])
                NIXE_TRY(nixe_pending_write(pending, records[r]->file));
        }
    NIXE_MPI(MPI_Barrier(records[0]->file->parallel->comm));
    for (int r = 0; r < count; r++)
        if (records[r]->flagged) NIXE_TRY(nixe_pending_write(flags_of(records[r]), records[r]->file));
    return NIXE_OK;
}

nixe_status nixe_record_check(const nixe_record *record, int64_t rows, int64_t flag) {
    const nixe_parallel *parallel = record->file->parallel;
    int64_t missing = 0;
    NIXE_TRY(nixe_parallel_combine(parallel, record->flagged, rows, MPI_MAX));
    for (int64_t row = 0; row < rows; row++) missing += record->flagged[row] < flag;
    if (!missing) return NIXE_OK; /* on all ranks alike */
    return nixe_parallel_agree(
        parallel, nixe_fail(NIXE_FAILED, "%lld of %lld rows are not whole in the file: please report this", (long long)missing,
                            (long long)rows));
}

nixe_status nixe_row_save(const nixe_row *row, const nixe_record *record, nixe_bytes *bytes) {
    for (int q = 0; q < record->list->count; q++) {
        const nixe_entries *entries = &row->entries[q];
        const uint64_t held = entries->held.used;
        NIXE_TRY(nixe_bytes_put(bytes, &entries->taken, sizeof entries->taken));
        NIXE_TRY(nixe_bytes_put(bytes, &entries->hash, sizeof entries->hash));
        NIXE_TRY(nixe_bytes_put(bytes, &held, sizeof held));
        NIXE_TRY(nixe_bytes_put(bytes, entries->held.bytes, held));
    }
    return NIXE_OK;
}

int nixe_row_has(const nixe_row *row, const nixe_record *record, nixe_axis axis, int64_t taken, int64_t held) {
    for (int q = 0; q < record->list->count; q++) {
        const nixe_entries *entries = &row->entries[q];
        const size_t bytes = (size_t)held * record->pending[q].entry_bytes;
        if (record->moment[q] != axis) continue;
        if (entries->taken != taken || entries->held.used != bytes) return 0;
        if (axis != NIXE_AXES && held == taken && nixe_hash(nixe_hash_start, entries->held.bytes, bytes) != entries->hash)
            return 0;
    }
    return 1;
}

nixe_status nixe_row_load(nixe_row *row, const nixe_record *record, int64_t number, nixe_bytes *bytes) {
    nixe_row_begin(row, record, number);
    for (int q = 0; q < record->list->count; q++) {
        nixe_entries *entries = &row->entries[q];
        uint64_t held;
        NIXE_TRY(nixe_bytes_get(bytes, &entries->taken, sizeof entries->taken));
        NIXE_TRY(nixe_bytes_get(bytes, &entries->hash, sizeof entries->hash));
        NIXE_TRY(nixe_bytes_get(bytes, &held, sizeof held));
        if (held > bytes->used - bytes->position) return nixe_fail(NIXE_FAILED, "a saved state ends too early");
        const size_t size = record->pending[q].entry_bytes;
        const int64_t most = record->moment[q] < NIXE_AXES ? record->file->size[record->moment[q]] : 1;
        NIXE_TRY(nixe_bytes_expect(
            entries->taken >= 0 && entries->taken <= most && held % size == 0 && held / size <= (uint64_t)entries->taken,
            "a row"));
        NIXE_TRY(nixe_bytes_put(&entries->held, bytes->bytes + bytes->position, held));
        bytes->position += held;
    }
    return NIXE_OK;
}
