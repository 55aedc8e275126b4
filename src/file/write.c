/* Write: raw data into the HDF5 file of a run. Collective over all ranks, but for what waits on one. */
#include "nixe/file/write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/stage.h"
#include "nixe/file/hdf5.h"

/* Does the piece hold all entries of its row? */
static int is_whole(const nixe_file *file, const nixe_dataset *dataset, const nixe_piece *piece) {
    const nixe_axis axis = nixe_dataset_moment(dataset);
    return axis == NIXE_AXES || (piece->first == 0 && piece->count == file->size[axis]);
}

/* A part of a dataset that lies in one piece in the file. */
typedef struct {
    hsize_t start[NIXE_MAX_RANK], extent[NIXE_MAX_RANK], offset, values;
} slab;

/* The slab that begins with piece p: that piece, or, where it is a whole row, the whole rows that follow it as well, as far
 * as one hyperslab holds them. Returns the pieces in it. */
static int make_slab(const nixe_file *file, const nixe_dataset *dataset, int pieces, const nixe_piece *piece, int p, slab *b) {
    const int lead = nixe_dataset_rows(dataset), whole = is_whole(file, dataset, &piece[p]);
    const int64_t last_axis = file->size[dataset->axis[lead - 1]];
    int64_t row = piece[p].row;
    int rows = 1;
    while (whole && row % last_axis + rows < last_axis && p + rows < pieces && piece[p + rows].row == row + rows &&
           is_whole(file, dataset, &piece[p + rows]))
        rows++;
    *b = (slab){.values = 1};
    for (int a = 0; a < dataset->rank; a++) b->extent[a] = a < lead ? 1 : (hsize_t)file->size[dataset->axis[a]];
    for (int a = lead - 1; a >= 0; a--) {
        b->start[a] = (hsize_t)(row % file->size[dataset->axis[a]]);
        row /= file->size[dataset->axis[a]];
    }
    b->extent[lead - 1] = (hsize_t)rows;
    if (nixe_dataset_moment(dataset) != NIXE_AXES)
        b->start[lead] = (hsize_t)piece[p].first, b->extent[lead] = (hsize_t)piece[p].count;
    for (int a = 0; a < dataset->rank; a++) {
        b->offset = b->offset * (hsize_t)file->size[dataset->axis[a]] + b->start[a];
        b->values *= b->extent[a];
    }
    return rows;
}

/* Select slabs of a dataset in the file and in memory, where they follow each other. One selection never holds slabs that
 * touch, over which the ROMIO of MPICH 4.1 and later stumbles: in a chain of these every other one waits for round 1.
 * Returns in *waiting whether any does. */
static nixe_status select_slabs(const nixe_file *file, const nixe_dataset *dataset, int pieces, const nixe_piece *piece,
                                int round, hid_t in_file, hid_t *in_memory, int *waiting) {
    hsize_t end = 0, values = 0, at = 0;
    int turn = 0;
    slab b;
    for (int p = 0; p < pieces; values += b.values) p += make_slab(file, dataset, pieces, piece, p, &b);
    NIXE_HDF5(*in_memory = H5Screate_simple(1, &values, NULL));
    NIXE_HDF5(H5Sselect_none(*in_memory));
    NIXE_HDF5(H5Sselect_none(in_file));
    *waiting = 0;
    for (int p = 0; p < pieces; at += b.values, end = b.offset + b.values) {
        const int first = p == 0;
        p += make_slab(file, dataset, pieces, piece, p, &b);
        turn = !first && b.offset == end ? !turn : 0;
        *waiting |= turn;
        if (turn != round) continue;
        NIXE_HDF5(H5Sselect_hyperslab(in_file, H5S_SELECT_OR, b.start, NULL, b.extent, NULL));
        NIXE_HDF5(H5Sselect_hyperslab(*in_memory, H5S_SELECT_OR, &at, NULL, &b.values, NULL));
    }
    if (values && !*waiting && round == 0) NIXE_HDF5(H5Sselect_all(*in_memory));
    return NIXE_OK;
}

/* Datasets whose first axis is not that of the rows: each piece is strided in the file and is written by itself. */
static nixe_status write_strided(const nixe_file *file, const nixe_dataset *dataset, hid_t opened, int pieces,
                                 const nixe_piece *piece, const char *values) {
    for (int p = 0; p < pieces; p++) {
        hsize_t start[NIXE_MAX_RANK] = {0}, extent[NIXE_MAX_RANK];
        size_t bytes = nixe_type_bytes(dataset->type);
        for (int a = 0; a < dataset->rank; a++) {
            extent[a] = (hsize_t)file->size[dataset->axis[a]];
            if (dataset->axis[a] == NIXE_AXIS_REPLICA) start[a] = (hsize_t)piece[p].row, extent[a] = 1;
            if (dataset->axis[a] == NIXE_AXIS_REPLICA_EXCHANGE)
                start[a] = (hsize_t)piece[p].first, extent[a] = (hsize_t)piece[p].count;
            bytes *= extent[a];
        }
        NIXE_TRY(nixe_hdf5_write_part(opened, dataset->data, start, extent, values));
        values += bytes;
    }
    return NIXE_OK;
}

/* Both rounds are collective; whether there is a second, the ranks agree on. */
static nixe_status write_together(const nixe_file *file, const nixe_dataset *dataset, hid_t opened, int pieces,
                                  const nixe_piece *piece, const void *values) {
    hid_t in_file, in_memory, transfer;
    int waiting = 0;
    NIXE_HDF5(in_file = H5Dget_space(opened));
    NIXE_HDF5(transfer = H5Pcreate(H5P_DATASET_XFER));
    NIXE_HDF5(H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE));
    for (int round = 0; round == 0 || (round == 1 && waiting); round++) {
        NIXE_TRY(select_slabs(file, dataset, pieces, piece, round, in_file, &in_memory, &waiting));
        NIXE_HDF5(H5Dwrite(opened, nixe_type_memory(dataset->type), in_memory, in_file, transfer, values));
        NIXE_HDF5(H5Sclose(in_memory));
        NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, &waiting, 1, MPI_INT, MPI_MAX, file->parallel->comm));
    }
    NIXE_HDF5(H5Pclose(transfer));
    NIXE_HDF5(H5Sclose(in_file));
    return NIXE_OK;
}

nixe_status nixe_file_write(nixe_file *file, nixe_data data, int pieces, const nixe_piece *piece, const void *values) {
    const nixe_dataset *dataset = &nixe_dataset_table[data];
    double start = MPI_Wtime();
    nixe_stage_begin(NIXE_OUTPUT);
    hid_t opened;
    NIXE_HDF5(opened = H5Dopen(file->file, dataset->path, H5P_DEFAULT));
    if (nixe_dataset_rows(dataset) > 0) NIXE_TRY(write_together(file, dataset, opened, pieces, piece, values));
    else NIXE_TRY(write_strided(file, dataset, opened, pieces, piece, values));
    NIXE_HDF5(H5Dclose(opened));
    nixe_stage_end();
    file->seconds += MPI_Wtime() - start;
    return NIXE_OK;
}

void nixe_pending_create(nixe_pending *pending, nixe_data data, size_t entry_bytes) {
    *pending = (nixe_pending){.data = data, .entry_bytes = entry_bytes};
}

void nixe_pending_destroy(nixe_pending *pending) {
    nixe_bytes_destroy(&pending->entries);
    nixe_bytes_destroy(&pending->list);
    *pending = (nixe_pending){0};
}

nixe_status nixe_pending_append(nixe_pending *pending, int64_t row, int64_t first, int64_t count, const void *entries) {
    nixe_pending_piece *piece = (void *)pending->list.bytes;
    const nixe_pending_piece next = {.place = {row, first, count}, .offset = pending->entries.used};
    nixe_piece *last = pending->pieces ? &piece[pending->pieces - 1].place : NULL;
    NIXE_TRY(nixe_bytes_put(&pending->entries, entries, (size_t)count * pending->entry_bytes));
    if (last && last->row == row && last->first + last->count == first) {
        last->count += count;
        return NIXE_OK;
    }
    pending->pieces++;
    return nixe_bytes_put(&pending->list, &next, sizeof next);
}

/* By their places; those of one place in the order in which they were appended. */
static int compare_pieces(const void *a, const void *b) {
    const nixe_pending_piece *p = a, *q = b;
    if (p->place.row != q->place.row) return p->place.row < q->place.row ? -1 : 1;
    if (p->place.first != q->place.first) return p->place.first < q->place.first ? -1 : 1;
    return p->offset < q->offset ? -1 : p->offset > q->offset;
}

/* The pieces in the order of the file, neighbours joined, with their entries one after another; of those of the very same place
 * the last counts. */
static void arrange(const nixe_pending *pending, nixe_piece *place, int *places, char *entries) {
    nixe_pending_piece *piece = (void *)pending->list.bytes;
    *places = 0;
    if (pending->pieces) qsort(piece, (size_t)pending->pieces, sizeof *piece, compare_pieces);
    for (int p = 0; p < pending->pieces; p++) {
        const nixe_piece *here = &piece[p].place, *next = p + 1 < pending->pieces ? &piece[p + 1].place : NULL;
        const size_t length = (size_t)here->count * pending->entry_bytes;
        nixe_piece *last = *places ? &place[*places - 1] : NULL;
        if (next && next->row == here->row && next->first == here->first && next->count == here->count) continue;
        memcpy(entries, pending->entries.bytes + piece[p].offset, length);
        entries += length;
        if (last && last->row == here->row && last->first + last->count == here->first) last->count += here->count;
        else place[(*places)++] = *here;
    }
}

nixe_status nixe_pending_write(nixe_pending *pending, nixe_file *file) {
    nixe_piece *place;
    char *entries;
    int places;
    NIXE_TRY(nixe_allocate(&place, pending->pieces, sizeof *place, "the pieces of a write"));
    NIXE_TRY(nixe_allocate(&entries, (long long)pending->entries.used, 1, "the data of a write"));
    arrange(pending, place, &places, entries);
    NIXE_TRY(nixe_file_write(file, pending->data, places, place, entries));
    pending->pieces = 0;
    pending->entries.used = pending->list.used = 0;
    free(place);
    free(entries);
    return NIXE_OK;
}

/* Write a part of a dataset, by this rank alone. */
static nixe_status write_alone(nixe_file *file, nixe_data data, const hsize_t start[], const hsize_t extent[],
                               const void *values) {
    hid_t opened;
    NIXE_HDF5(opened = H5Dopen(file->file, nixe_dataset_table[data].path, H5P_DEFAULT));
    NIXE_TRY(nixe_hdf5_write_part(opened, data, start, extent, values));
    NIXE_HDF5(H5Dclose(opened));
    return NIXE_OK;
}

/* Write rows of a table at stiffness number `index`, those of the listed sites (NULL: of all); the ranks share them out, and
 * rank 0 hashes them all. */
static nixe_status write_rows(nixe_file *file, int index, nixe_data data, nixe_data checksum, long count, const int32_t *site,
                              const nixe_table *table) {
    const nixe_parallel *parallel = file->parallel;
    const hsize_t one[NIXE_MAX_RANK] = {1}, extent[NIXE_MAX_RANK] = {1, 1, (hsize_t)table->sites};
    uint64_t hash = nixe_hash_start;
    long first, last;
    nixe_parallel_part(count, parallel->rank, parallel->size, &first, &last);
    for (long r = first; r < last; r++) {
        const hsize_t start[NIXE_MAX_RANK] = {(hsize_t)index, (hsize_t)r};
        NIXE_TRY(write_alone(file, data, start, extent, nixe_table_row(table, site ? site[r] : (int)r, 0)));
    }
    NIXE_MPI(MPI_Barrier(parallel->comm)); /* the rows first, then the word that they are there */
    for (long r = 0; r < count && parallel->rank == 0; r++)
        hash = nixe_hash(hash, nixe_table_row(table, site ? site[r] : (int)r, 0), (size_t)table->sites * sizeof(double));
    if (parallel->rank == 0) NIXE_TRY(write_alone(file, checksum, (hsize_t[NIXE_MAX_RANK]){(hsize_t)index}, one, &hash));
    return nixe_mpi_status(MPI_Barrier(parallel->comm), "MPI_Barrier");
}

nixe_status nixe_file_write_potential(nixe_file *file, int index, const nixe_lattice *lattice, const nixe_table *table) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const double begin = MPI_Wtime();
    nixe_stage_begin(NIXE_OUTPUT);
    NIXE_TRY(write_rows(file, index, NIXE_DATA_ROW, NIXE_DATA_ROW_CHECKSUM, symmetry->orbits, symmetry->representative, table));
    if (file->has[NIXE_DATA_V])
        NIXE_TRY(write_rows(file, index, NIXE_DATA_V, NIXE_DATA_V_CHECKSUM, lattice->sites, NULL, table));
    nixe_stage_end();
    file->seconds += MPI_Wtime() - begin;
    return NIXE_OK;
}

/* An attribute of the group that a dataset is in. */
static nixe_status write_attribute(nixe_file *file, nixe_data data, const char *name, hid_t type, const void *value) {
    const char *path = nixe_dataset_table[data].path;
    char group[64];
    hid_t where;
    snprintf(group, sizeof group, "%.*s", (int)(strrchr(path, '/') - path), path);
    NIXE_HDF5(where = H5Gopen(file->file, group, H5P_DEFAULT));
    NIXE_TRY(nixe_hdf5_add_value(where, name, type, value));
    NIXE_HDF5(H5Gclose(where));
    return NIXE_OK;
}

nixe_status nixe_file_write_count(nixe_file *file, nixe_data data, const char *name, int value) {
    NIXE_MPI(MPI_Bcast(&value, 1, MPI_INT, 0, file->parallel->comm));
    return write_attribute(file, data, name, H5T_NATIVE_INT32, &value);
}

nixe_status nixe_file_write_number(nixe_file *file, nixe_data data, const char *name, double value) {
    NIXE_MPI(MPI_Bcast(&value, 1, MPI_DOUBLE, 0, file->parallel->comm));
    return write_attribute(file, data, name, H5T_NATIVE_DOUBLE, &value);
}

nixe_status nixe_file_flush(nixe_file *file) {
    double start = MPI_Wtime();
    nixe_stage_begin(NIXE_OUTPUT);
    NIXE_HDF5(H5Fflush(file->file, H5F_SCOPE_GLOBAL));
    NIXE_MPI(MPI_Barrier(file->parallel->comm));
    nixe_stage_end();
    file->seconds += MPI_Wtime() - start;
    return NIXE_OK;
}

/* The file that all ranks are closing. */
static const nixe_file *closing;

/* What HDF5 writes with, wrapped by way of MPI's profiling interface. While a file is closed its first bytes are written once
 * more, by one rank; if that failed, this rank went on to the end of the file while the others waited for it at another place,
 * for ever. So the run is ended from within. */
int MPI_File_write_at(MPI_File handle, MPI_Offset offset, const void *values, int count, MPI_Datatype type,
                      MPI_Status *status) {
    const int code = PMPI_File_write_at(handle, offset, values, count, type, status);
    if (code != MPI_SUCCESS && closing) {
        const int reason = errno;
        nixe_fail(NIXE_FAILED, "%s cannot be closed: %s", closing->path, reason ? strerror(reason) : "MPI-IO fails");
        nixe_parallel_abort(closing->parallel);
    }
    return code;
}

nixe_status nixe_file_close(nixe_file *file) {
    NIXE_TRY(nixe_file_flush(file));
    closing = file;
    NIXE_HDF5(H5Fclose(file->file));
    closing = NULL;
    file->file = H5I_INVALID_HID;
    return NIXE_OK;
}

nixe_status nixe_file_finish(nixe_file *file) {
    const uint8_t yes = 1;
    hid_t complete;
    NIXE_TRY(nixe_file_flush(file)); /* the data first, then the word that they are there */
    NIXE_HDF5(complete = H5Aopen(file->file, "complete", H5P_DEFAULT));
    NIXE_HDF5(H5Awrite(complete, H5T_NATIVE_UINT8, &yes));
    NIXE_HDF5(H5Aclose(complete));
    return nixe_file_close(file);
}
