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
    *store = (nixe_store){.file = H5I_INVALID_HID};
    for (int i = 0; i < NIXE_DATASETS; i++) store->has[i] = (nixe_dataset_table[i].commands & options->command) != 0;
    if (options->output_potential) store->has[NIXE_DATA_V] = store->has[NIXE_DATA_AXIS_STIFFNESS] = 1;
    store->size[NIXE_AXIS_TRAJECTORY] = options->ensemble_size;
    store->size[NIXE_AXIS_TIME] = options->kmc_time_count;
    store->size[NIXE_AXIS_PHASE] = 5;
    store->size[NIXE_AXIS_SNAPSHOT] = options->kmc_snapshots;
    store->size[NIXE_AXIS_SITE] = lattice->sites;
    store->size[NIXE_AXIS_DIMENSION] = lattice->dimension;
    store->size[NIXE_AXIS_BOND] = lattice->bonds;
    store->size[NIXE_AXIS_END] = 2;
    store->size[NIXE_AXIS_STIFFNESS] = options->shell_stiffness.count;
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

/* Select `count` rows of a dataset in the file and the same amount in memory. Neighbouring rows become one block. */
static nixe_status select_rows(const nixe_store *store, const nixe_dataset *dataset, int count, const int64_t *row,
                               hid_t in_file, hid_t *in_memory) {
    hsize_t start[NIXE_MAX_RANK] = {0}, extent[NIXE_MAX_RANK], values = (hsize_t)count;
    for (int a = 1; a < dataset->rank; a++) values *= extent[a] = (hsize_t)store->size[dataset->axis[a]];
    NIXE_HDF5(*in_memory = H5Screate_simple(1, &values, NULL));
    NIXE_HDF5(H5Sselect_none(in_file));
    if (count == 0) NIXE_HDF5(H5Sselect_none(*in_memory));
    for (int first = 0, last; first < count; first = last) {
        for (last = first + 1; last < count && row[last] == row[last - 1] + 1;) last++;
        start[0] = (hsize_t)row[first];
        extent[0] = (hsize_t)(last - first);
        NIXE_HDF5(H5Sselect_hyperslab(in_file, H5S_SELECT_OR, start, NULL, extent, NULL));
    }
    return NIXE_OK;
}

/* One collective write; `row` counts along the first axis. */
static nixe_status write_rows(nixe_store *store, nixe_data data, int count, const int64_t *row, const void *values) {
    const nixe_dataset *description = &nixe_dataset_table[data];
    hid_t dataset, in_file, in_memory, transfer;
    NIXE_HDF5(dataset = H5Dopen(store->file, description->path, H5P_DEFAULT));
    NIXE_HDF5(in_file = H5Dget_space(dataset));
    NIXE_TRY(select_rows(store, description, count, row, in_file, &in_memory));
    NIXE_HDF5(transfer = H5Pcreate(H5P_DATASET_XFER));
    NIXE_HDF5(H5Pset_dxpl_mpio(transfer, H5FD_MPIO_COLLECTIVE));
    NIXE_HDF5(H5Dwrite(dataset, nixe_type_memory(description->type), in_memory, in_file, transfer, values));
    NIXE_HDF5(H5Pclose(transfer));
    NIXE_HDF5(H5Sclose(in_memory));
    NIXE_HDF5(H5Sclose(in_file));
    NIXE_HDF5(H5Dclose(dataset));
    return NIXE_OK;
}

nixe_status nixe_store_write_rows(nixe_store *store, nixe_data data, int count, const int64_t *row, const void *values) {
    double start = MPI_Wtime();
    NIXE_TRY(write_rows(store, data, count, row, values));
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

nixe_status nixe_store_flush(nixe_store *store) {
    double start = MPI_Wtime();
    NIXE_HDF5(H5Fflush(store->file, H5F_SCOPE_GLOBAL));
    NIXE_MPI(MPI_Barrier(store->parallel->comm));
    store->seconds += MPI_Wtime() - start;
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
