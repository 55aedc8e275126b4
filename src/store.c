/* Store: writing into the HDF5 file of a run. Collective unless store.h says otherwise. Laying it out: store_create.c. */
#include "nixe/store.h"

#include <stdlib.h>
#include <string.h>

#include "nixe/store_types.h"

nixe_status nixe_hdf5_status(long long value, const char *call) {
    if (value >= 0) return NIXE_OK;
    return nixe_fail(NIXE_FAILED, "HDF5: %.*s failed; is the disk full, or has the file's folder gone?",
                     (int)strcspn(call, "("), call);
}

void nixe_store_plan(nixe_store *store, const nixe_options *options, const nixe_lattice *lattice) {
    const int exchange = options->command == NIXE_MC && options->mc_replica_exchange_every > 0;
    const unsigned kind = (unsigned)options->command | (exchange ? NIXE_FILE_EXCHANGE : 0);
    const long long stiffnesses = options->shell_stiffness.count, temperatures = options->model_kT.count;
    *store = (nixe_store){.file = H5I_INVALID_HID};
    for (int i = 0; i < NIXE_DATASETS; i++) store->has[i] = (nixe_dataset_table[i].commands & kind) != 0;
    if (options->output_potential) store->has[NIXE_DATA_V] = store->has[NIXE_DATA_AXIS_STIFFNESS] = 1;
    store->size[NIXE_AXIS_TRAJECTORY] = options->ensemble_size;
    store->size[NIXE_AXIS_TIME] = options->kmc_time_count;
    store->size[NIXE_AXIS_PHASE] = 5;
    store->size[NIXE_AXIS_SNAPSHOT] = options->kmc_snapshots;
    store->size[NIXE_AXIS_SITE] = lattice->sites;
    store->size[NIXE_AXIS_DIMENSION] = lattice->dimension;
    store->size[NIXE_AXIS_BOND] = lattice->bonds;
    store->size[NIXE_AXIS_END] = 2;
    store->size[NIXE_AXIS_CHECKSUM] = 6;
    store->size[NIXE_AXIS_STIFFNESS] = stiffnesses;
    store->size[NIXE_AXIS_FREEDOM] = (long long)lattice->sites * lattice->dimension;
    store->size[NIXE_AXIS_V_MODE] = options->spectrum_count < lattice->sites ? options->spectrum_count : lattice->sites;
    store->size[NIXE_AXIS_D_MODE] = options->spectrum_count < store->size[NIXE_AXIS_FREEDOM]
                                        ? options->spectrum_count
                                        : store->size[NIXE_AXIS_FREEDOM]; /* and the zero modes, once they are counted */
    if (options->command != NIXE_MC) return;
    store->size[NIXE_AXIS_STATE] = stiffnesses * temperatures;
    store->size[NIXE_AXIS_REPLICA] = options->ensemble_size;
    store->size[NIXE_AXIS_RECORD] = options->mc_sweeps / options->mc_record_every;
    store->size[NIXE_AXIS_AREA] = options->mc_sweeps / options->mc_area_every;
    store->size[NIXE_AXIS_STORED] = options->mc_sweeps / options->mc_snapshot_every;
    if (!exchange) return;
    store->size[NIXE_AXIS_EXCHANGE] = (options->mc_equilibration + options->mc_sweeps) / options->mc_replica_exchange_every;
    store->size[NIXE_AXIS_PAIR] = (stiffnesses - 1) * temperatures + stiffnesses * (temperatures - 1);
}

double nixe_store_bytes(const nixe_store *store) {
    double bytes = 65536; /* headers */
    for (int i = 0; i < NIXE_DATASETS; i++) {
        const nixe_dataset *dataset = &nixe_dataset_table[i];
        double size = (double)nixe_type_bytes(dataset->type);
        for (int a = 0; a < dataset->rank; a++) size *= (double)store->size[dataset->axis[a]];
        bytes += store->has[i] ? size : 0;
    }
    return bytes;
}

size_t nixe_store_row_bytes(const nixe_store *store, nixe_data data) {
    const nixe_dataset *dataset = &nixe_dataset_table[data];
    size_t bytes = nixe_type_bytes(dataset->type);
    for (int a = 1; a < dataset->rank; a++) bytes *= (size_t)store->size[dataset->axis[a]];
    return bytes;
}

/* Leading axes, which a row is an index into. */
static int leading_axes(const nixe_dataset *dataset) {
    int axes = 0;
    while (axes < dataset->rank && (dataset->axis[axes] == NIXE_AXIS_TRAJECTORY || dataset->axis[axes] == NIXE_AXIS_STATE ||
                                    dataset->axis[axes] == NIXE_AXIS_REPLICA))
        axes++;
    return axes;
}

/* Select pieces of a dataset in the file and the same amount in memory. Neighbouring whole rows become one block. */
static nixe_status select_pieces(const nixe_store *store, const nixe_dataset *dataset, int pieces, const nixe_piece *piece,
                                 hid_t in_file, hid_t *in_memory) {
    const int lead = leading_axes(dataset), whole = dataset->axis[0] == NIXE_AXIS_TRAJECTORY || dataset->rank == lead ||
                                                    dataset->axis[lead] == NIXE_AXIS_CHECKSUM;
    hsize_t start[NIXE_MAX_RANK] = {0}, extent[NIXE_MAX_RANK], values = 0;
    for (int a = 0; a < dataset->rank; a++) extent[a] = a < lead ? 1 : (hsize_t)store->size[dataset->axis[a]];
    NIXE_HDF5(H5Sselect_none(in_file));
    for (int p = 0, rows; p < pieces; p += rows) {
        int64_t row = piece[p].row;
        for (rows = 1; lead == 1 && whole && p + rows < pieces && piece[p + rows].row == row + rows;) rows++;
        for (int a = lead - 1; a >= 0; a--) {
            start[a] = (hsize_t)(row % store->size[dataset->axis[a]]);
            row /= store->size[dataset->axis[a]];
        }
        if (lead == 1) extent[0] = (hsize_t)rows;
        if (!whole) start[lead] = (hsize_t)piece[p].first, extent[lead] = (hsize_t)piece[p].count;
        NIXE_HDF5(H5Sselect_hyperslab(in_file, H5S_SELECT_OR, start, NULL, extent, NULL));
        hsize_t block = 1;
        for (int a = 0; a < dataset->rank; a++) block *= extent[a];
        values += block;
    }
    NIXE_HDF5(*in_memory = H5Screate_simple(1, &values, NULL));
    if (values == 0) NIXE_HDF5(H5Sselect_none(*in_memory));
    return NIXE_OK;
}

/* Datasets whose first axis is not that of the rows: each piece is strided in the file and is written by itself. */
static nixe_status write_strided(const nixe_store *store, const nixe_dataset *dataset, hid_t opened, hid_t in_file, int pieces,
                                 const nixe_piece *piece, const char *values) {
    hid_t in_memory;
    for (int p = 0; p < pieces; p++) {
        hsize_t start[NIXE_MAX_RANK] = {0}, extent[NIXE_MAX_RANK], count = 1;
        for (int a = 0; a < dataset->rank; a++) {
            extent[a] = (hsize_t)store->size[dataset->axis[a]];
            if (dataset->axis[a] == NIXE_AXIS_REPLICA) start[a] = (hsize_t)piece[p].row, extent[a] = 1;
            if (dataset->axis[a] == NIXE_AXIS_EXCHANGE) start[a] = (hsize_t)piece[p].first, extent[a] = (hsize_t)piece[p].count;
            count *= extent[a];
        }
        NIXE_HDF5(in_memory = H5Screate_simple(1, &count, NULL));
        NIXE_HDF5(H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, extent, NULL));
        NIXE_HDF5(H5Dwrite(opened, nixe_type_memory(dataset->type), in_memory, in_file, H5P_DEFAULT, values));
        NIXE_HDF5(H5Sclose(in_memory));
        values += count * nixe_type_bytes(dataset->type);
    }
    return NIXE_OK;
}

static nixe_status write_together(const nixe_store *store, const nixe_dataset *dataset, hid_t opened, hid_t in_file, int pieces,
                                  const nixe_piece *piece, const void *values) {
    hid_t in_memory, transfer;
    NIXE_TRY(select_pieces(store, dataset, pieces, piece, in_file, &in_memory));
    NIXE_HDF5(transfer = H5Pcreate(H5P_DATASET_XFER));
    NIXE_HDF5(H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE));
    NIXE_HDF5(H5Dwrite(opened, nixe_type_memory(dataset->type), in_memory, in_file, transfer, values));
    NIXE_HDF5(H5Pclose(transfer));
    NIXE_HDF5(H5Sclose(in_memory));
    return NIXE_OK;
}

nixe_status nixe_store_write(nixe_store *store, nixe_data data, int pieces, const nixe_piece *piece, const void *values) {
    const nixe_dataset *dataset = &nixe_dataset_table[data];
    double start = MPI_Wtime();
    hid_t opened, in_file;
    NIXE_HDF5(opened = H5Dopen(store->file, dataset->path, H5P_DEFAULT));
    NIXE_HDF5(in_file = H5Dget_space(opened));
    if (leading_axes(dataset) > 0) NIXE_TRY(write_together(store, dataset, opened, in_file, pieces, piece, values));
    else NIXE_TRY(write_strided(store, dataset, opened, in_file, pieces, piece, values));
    NIXE_HDF5(H5Sclose(in_file));
    NIXE_HDF5(H5Dclose(opened));
    store->seconds += MPI_Wtime() - start;
    return NIXE_OK;
}

nixe_status nixe_store_write_potential(nixe_store *store, int index, const double *V) {
    const nixe_parallel *parallel = store->parallel;
    double begin = MPI_Wtime();
    long first, last;
    hsize_t n = (hsize_t)store->size[NIXE_AXIS_SITE], values;
    hid_t dataset, in_file, in_memory;
    nixe_parallel_share((long)n, parallel->rank, parallel->size, &first, &last);
    hsize_t start[3] = {(hsize_t)index, (hsize_t)first, 0}, extent[3] = {1, (hsize_t)(last - first), n};
    values = extent[1] * n;
    NIXE_HDF5(dataset = H5Dopen(store->file, nixe_dataset_table[NIXE_DATA_V].path, H5P_DEFAULT));
    NIXE_HDF5(in_file = H5Dget_space(dataset));
    NIXE_HDF5(in_memory = H5Screate_simple(1, &values, NULL));
    if (values) {
        NIXE_HDF5(H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, extent, NULL));
        NIXE_HDF5(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, in_memory, in_file, H5P_DEFAULT, V + first * (long)n));
    }
    NIXE_HDF5(H5Sclose(in_memory));
    NIXE_HDF5(H5Sclose(in_file));
    NIXE_HDF5(H5Dclose(dataset));
    NIXE_MPI(MPI_Barrier(parallel->comm));
    store->seconds += MPI_Wtime() - begin;
    return NIXE_OK;
}

nixe_status nixe_store_write_count(nixe_store *store, const char *group, const char *name, int value) {
    hid_t where, space, attribute;
    NIXE_MPI(MPI_Bcast(&value, 1, MPI_INT, 0, store->parallel->comm));
    NIXE_HDF5(where = H5Gopen(store->file, group, H5P_DEFAULT));
    NIXE_HDF5(space = H5Screate(H5S_SCALAR));
    NIXE_HDF5(attribute = H5Acreate(where, name, H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT));
    NIXE_HDF5(H5Awrite(attribute, H5T_NATIVE_INT, &value));
    NIXE_HDF5(H5Aclose(attribute));
    NIXE_HDF5(H5Sclose(space));
    NIXE_HDF5(H5Gclose(where));
    return NIXE_OK;
}

nixe_status nixe_store_flush(nixe_store *store) {
    double start = MPI_Wtime();
    NIXE_HDF5(H5Fflush(store->file, H5F_SCOPE_GLOBAL));
    NIXE_MPI(MPI_Barrier(store->parallel->comm));
    store->seconds += MPI_Wtime() - start;
    return NIXE_OK;
}

nixe_status nixe_store_close(nixe_store *store) {
    NIXE_TRY(nixe_store_flush(store));
    NIXE_HDF5(H5Fclose(store->file));
    store->file = H5I_INVALID_HID;
    return NIXE_OK;
}

nixe_status nixe_store_finish(nixe_store *store) {
    double start = MPI_Wtime();
    const uint8_t yes = 1;
    hid_t complete;
    NIXE_TRY(nixe_store_flush(store)); /* the data first, then the word that they are there */
    NIXE_HDF5(complete = H5Aopen(store->file, "complete", H5P_DEFAULT));
    NIXE_HDF5(H5Awrite(complete, H5T_NATIVE_UINT8, &yes));
    NIXE_HDF5(H5Aclose(complete));
    NIXE_HDF5(H5Fclose(store->file));
    store->file = H5I_INVALID_HID;
    store->seconds += MPI_Wtime() - start;
    return NIXE_OK;
}
