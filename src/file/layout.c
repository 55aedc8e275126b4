/* Layout: making the HDF5 file of a run. Collective; rank 0 does the work, alone with the file. */
#include "nixe/file/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5_hl.h>
#include <inttypes.h>
#include <libgen.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "nixe/base/open.h"
#include "nixe/crystal/phase.h"
#include "nixe/file/beside.h"
#include "nixe/file/hdf5.h"
#include "nixe/version.h"

/* A fixed-length string attribute. */
static nixe_status write_text(hid_t where, const char *name, const char *text) {
    hid_t type, space, attribute;
    NIXE_HDF5(type = H5Tcopy(H5T_C_S1));
    NIXE_HDF5(H5Tset_size(type, strlen(text) + 1));
    NIXE_HDF5(H5Tset_cset(type, H5T_CSET_UTF8));
    NIXE_HDF5(space = H5Screate(H5S_SCALAR));
    NIXE_HDF5(attribute = H5Acreate(where, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
    NIXE_HDF5(H5Awrite(attribute, type, text));
    NIXE_HDF5(H5Aclose(attribute));
    NIXE_HDF5(H5Sclose(space));
    NIXE_HDF5(H5Tclose(type));
    return NIXE_OK;
}

static nixe_status write_number(hid_t where, const char *name, hid_t type, const void *value) {
    hid_t space, attribute;
    NIXE_HDF5(space = H5Screate(H5S_SCALAR));
    NIXE_HDF5(attribute = H5Acreate(where, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
    NIXE_HDF5(H5Awrite(attribute, type, value));
    NIXE_HDF5(H5Aclose(attribute));
    NIXE_HDF5(H5Sclose(space));
    return NIXE_OK;
}

static nixe_status write_attributes(const nixe_file *file, hid_t h5, const nixe_options *options) {
    char created[64], text[32], *input;
    const uint8_t complete = 0;
    const int32_t format_version = NIXE_FORMAT_VERSION;
    time_t now = time(NULL);
    struct tm utc;
    NIXE_TRY(nixe_options_yaml(options, &input));
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    NIXE_TRY(write_text(h5, "program", "nixe"));
    NIXE_TRY(write_text(h5, "version", NIXE_VERSION));
    NIXE_TRY(write_text(h5, "commit", NIXE_COMMIT));
    NIXE_TRY(write_text(h5, "command", nixe_command_name(options->command)));
    NIXE_TRY(write_text(h5, "input", input));
    NIXE_TRY(write_text(h5, "created", created));
    snprintf(text, sizeof text, "%016" PRIx64, file->tables);
    if (file->tables) NIXE_TRY(write_text(h5, "tables", text));
    snprintf(text, sizeof text, "%016" PRIx64, file->start);
    if (file->start) NIXE_TRY(write_text(h5, "start", text));
    if (*options->libraries) NIXE_TRY(write_text(h5, "libraries", options->libraries));
    const uint64_t hash = nixe_hash_texts((const char *const[]){nixe_command_name(options->command), input}, 2);
    free(input);
    NIXE_TRY(write_number(h5, nixe_hash_name, H5T_NATIVE_UINT64, &hash));
    NIXE_TRY(write_number(h5, "format_version", H5T_NATIVE_INT32, &format_version));
    return write_number(h5, "complete", H5T_NATIVE_UINT8, &complete);
}

/* What fills a dataset before its data are there. */
static nixe_status set_fill(hid_t properties, nixe_type type) {
    const double nan_value = NAN;
    const int64_t minus_one = -1;
    const uint8_t zero = 0;
    NIXE_HDF5(H5Pset_layout(properties, H5D_CONTIGUOUS));
    NIXE_HDF5(H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY));
    NIXE_HDF5(H5Pset_fill_time(properties, H5D_FILL_TIME_ALLOC));
    if (type == NIXE_DOUBLE) NIXE_HDF5(H5Pset_fill_value(properties, H5T_NATIVE_DOUBLE, &nan_value));
    if (type == NIXE_INT64 || type == NIXE_INT32) NIXE_HDF5(H5Pset_fill_value(properties, H5T_NATIVE_INT64, &minus_one));
    if (type == NIXE_INT8 || type == NIXE_UINT8) NIXE_HDF5(H5Pset_fill_value(properties, H5T_NATIVE_UINT8, &zero));
    return NIXE_OK;
}

/* The type of strings of any length, in the file and in memory; netCDF has no scales of strings of a fixed one. */
static nixe_status create_string_type(hid_t *type) {
    NIXE_HDF5(*type = H5Tcopy(H5T_C_S1));
    NIXE_HDF5(H5Tset_size(*type, H5T_VARIABLE));
    NIXE_HDF5(H5Tset_cset(*type, H5T_CSET_UTF8));
    return NIXE_OK;
}

static nixe_status create_dataset(const nixe_file *file, hid_t h5, const nixe_dataset *dataset) {
    hsize_t size[NIXE_MAX_RANK];
    hid_t space, links, properties, type, created;
    for (int a = 0; a < dataset->rank; a++) size[a] = (hsize_t)file->size[dataset->axis[a]];
    NIXE_HDF5(space = H5Screate_simple(dataset->rank, size, NULL));
    NIXE_HDF5(links = H5Pcreate(H5P_LINK_CREATE));
    NIXE_HDF5(H5Pset_create_intermediate_group(links, 1));
    NIXE_HDF5(properties = H5Pcreate(H5P_DATASET_CREATE));
    NIXE_TRY(set_fill(properties, dataset->type));
    if (dataset->type == NIXE_STRING) NIXE_TRY(create_string_type(&type));
    else NIXE_HDF5(type = H5Tcopy(nixe_type_file(dataset->type)));
    NIXE_HDF5(created = H5Dcreate(h5, dataset->path, type, space, links, properties, H5P_DEFAULT));
    NIXE_TRY(write_text(created, "units", dataset->units));
    NIXE_TRY(write_text(created, "long_name", dataset->long_name));
    NIXE_TRY(write_text(created, "description", dataset->description));
    NIXE_HDF5(H5Dclose(created));
    NIXE_HDF5(H5Tclose(type));
    NIXE_HDF5(H5Pclose(properties));
    NIXE_HDF5(H5Pclose(links));
    NIXE_HDF5(H5Sclose(space));
    return NIXE_OK;
}

/* Make the coordinates of each axis its dimension scale, then attach the scales to all axes of the other datasets. Scales are
 * at the root of the file, where readers look for dimensions from any group; a name is the path less its slash. */
static nixe_status attach_scales(const nixe_file *file, hid_t h5) {
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < NIXE_DATASETS; i++) {
            const nixe_dataset *dataset = &nixe_dataset_table[i];
            int is_scale = dataset->rank == 1 && (int)nixe_axis_scale[dataset->axis[0]] == i;
            hid_t opened, scale;
            if (!file->has[i] || is_scale != (pass == 0)) continue;
            NIXE_HDF5(opened = H5Dopen(h5, dataset->path, H5P_DEFAULT));
            if (is_scale) NIXE_HDF5(H5DSset_scale(opened, dataset->path + 1));
            for (int a = 0; a < dataset->rank && !is_scale; a++) {
                const nixe_dataset *axis = &nixe_dataset_table[nixe_axis_scale[dataset->axis[a]]];
                NIXE_HDF5(scale = H5Dopen(h5, axis->path, H5P_DEFAULT));
                NIXE_HDF5(H5DSattach_scale(opened, scale, (unsigned)a));
                NIXE_HDF5(H5DSset_label(opened, (unsigned)a, axis->path + 1));
                NIXE_HDF5(H5Dclose(scale));
            }
            NIXE_HDF5(H5Dclose(opened));
        }
    return NIXE_OK;
}

/* The hash of all values, by which --verify knows them again. */
static nixe_status write_hash(const nixe_file *file, hid_t opened, const nixe_dataset *dataset, const void *values) {
    long long count = 1;
    for (int a = 0; a < dataset->rank; a++) count *= file->size[dataset->axis[a]];
    const uint64_t hash = dataset->type == NIXE_STRING
                              ? nixe_hash_texts((const char *const *)values, (size_t)count)
                              : nixe_hash(nixe_hash_start, values, (size_t)count * nixe_type_bytes(dataset->type));
    return write_number(opened, nixe_hash_name, H5T_NATIVE_UINT64, &hash);
}

static nixe_status write_whole(const nixe_file *file, hid_t h5, nixe_data data, const void *values) {
    const nixe_dataset *dataset = &nixe_dataset_table[data];
    hid_t opened, type;
    if (!file->has[data] || !values) return NIXE_OK;
    NIXE_HDF5(opened = H5Dopen(h5, dataset->path, H5P_DEFAULT));
    if (dataset->type == NIXE_STRING) NIXE_TRY(create_string_type(&type));
    else NIXE_HDF5(type = H5Tcopy(nixe_type_memory(dataset->type)));
    NIXE_HDF5(H5Dwrite(opened, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
    NIXE_HDF5(H5Tclose(type));
    if (nixe_dataset_is_known(dataset)) NIXE_TRY(write_hash(file, opened, dataset, values));
    NIXE_HDF5(H5Dclose(opened));
    return NIXE_OK;
}

/* 0, 1, 2, ... as the coordinates of an axis. */
static nixe_status write_numbers(const nixe_file *file, hid_t h5, nixe_data data, nixe_axis axis) {
    int32_t *number;
    if (!file->has[data]) return NIXE_OK;
    NIXE_TRY(nixe_allocate(&number, file->size[axis], sizeof *number, "an axis"));
    for (int32_t i = 0; i < file->size[axis]; i++) number[i] = i;
    nixe_status status = write_whole(file, h5, data, number);
    free(number);
    return status;
}

/* first, first + step, ... in a dataset of one axis. */
static nixe_status write_series(const nixe_file *file, hid_t h5, nixe_data data, int64_t first, int64_t step) {
    const long long count = file->size[nixe_dataset_table[data].axis[0]];
    int64_t *series;
    if (!file->has[data]) return NIXE_OK;
    NIXE_TRY(nixe_allocate(&series, count, sizeof *series, "an axis"));
    for (long long i = 0; i < count; i++) series[i] = first + i * step;
    nixe_status status = write_whole(file, h5, data, series);
    free(series);
    return status;
}

/* The names of the datasets that some checksums cover, in the order of the table, and of what says up to where. */
static nixe_status write_checksum_names(const nixe_file *file, hid_t h5, nixe_data axis, nixe_data checksums) {
    const char *name[NIXE_DATASETS];
    int count = 0;
    for (int i = 0; i < NIXE_DATASETS; i++)
        if (nixe_dataset_is_covered(&nixe_dataset_table[i], checksums))
            name[count++] = strrchr(nixe_dataset_table[i].path, '/') + 1;
    name[count] = "up to";
    return write_whole(file, h5, axis, name);
}

/* What follows from the options and the lattice alone. */
static nixe_status write_axes(const nixe_file *file, hid_t h5, const nixe_options *options, const nixe_lattice *lattice) {
    static const char *const coordinate[] = {"x", "y", "z"}, *const end[] = {"first", "second"};
    NIXE_TRY(write_whole(file, h5, NIXE_DATA_PHASE, nixe_phase_name));
    NIXE_TRY(write_whole(file, h5, NIXE_DATA_AXIS_DIMENSION, coordinate));
    NIXE_TRY(write_whole(file, h5, NIXE_DATA_AXIS_END, end));
    NIXE_TRY(write_checksum_names(file, h5, NIXE_DATA_AXIS_CHECKSUM,
                                  options->command == NIXE_KMC ? NIXE_DATA_CHECKSUM : NIXE_DATA_MC_CHECKSUM));
    NIXE_TRY(write_checksum_names(file, h5, NIXE_DATA_AXIS_LADDER_CHECKSUM, NIXE_DATA_LADDER_CHECKSUM));
    NIXE_TRY(write_whole(file, h5, NIXE_DATA_AXIS_STIFFNESS, options->shell_stiffness.value));
    NIXE_TRY(write_numbers(file, h5, NIXE_DATA_AXIS_SITE, NIXE_AXIS_SITE));
    NIXE_TRY(write_numbers(file, h5, NIXE_DATA_AXIS_BOND, NIXE_AXIS_BOND));
    NIXE_TRY(write_whole(file, h5, NIXE_DATA_POSITION, lattice->position));
    NIXE_TRY(write_whole(file, h5, NIXE_DATA_BOND, lattice->bond));
    NIXE_TRY(write_whole(file, h5, NIXE_DATA_LAYER, lattice->layer));
    NIXE_TRY(write_whole(file, h5, NIXE_DATA_AVERAGED, lattice->averaged));
    NIXE_TRY(write_numbers(file, h5, NIXE_DATA_AXIS_STATE, NIXE_AXIS_STATE));
    NIXE_TRY(write_numbers(file, h5, NIXE_DATA_AXIS_PAIR, NIXE_AXIS_PAIR));
    NIXE_TRY(write_numbers(file, h5, NIXE_DATA_AXIS_V_MODE, NIXE_AXIS_V_MODE));
    NIXE_TRY(write_numbers(file, h5, NIXE_DATA_AXIS_D_MODE, NIXE_AXIS_D_MODE));
    NIXE_TRY(write_numbers(file, h5, NIXE_DATA_AXIS_FREEDOM, NIXE_AXIS_FREEDOM));
    NIXE_TRY(write_series(file, h5, NIXE_DATA_TRAJECTORY, options->ensemble_first, 1));
    NIXE_TRY(write_series(file, h5, NIXE_DATA_REPLICA, options->ensemble_first, 1));
    NIXE_TRY(write_series(file, h5, NIXE_DATA_SWEEP, options->mc_record_every, options->mc_record_every));
    NIXE_TRY(write_series(file, h5, NIXE_DATA_AREA_SWEEP, options->mc_area_every, options->mc_area_every));
    NIXE_TRY(write_series(file, h5, NIXE_DATA_STORED_SWEEP, options->mc_snapshot_every, options->mc_snapshot_every));
    return write_series(file, h5, NIXE_DATA_EXCHANGE_SWEEP, options->mc_replica_exchange_every,
                        options->mc_replica_exchange_every);
}

/* Flush a file to the disk. */
static nixe_status synchronise(const char *path) {
    const int descriptor = open(path, O_RDONLY), good = descriptor >= 0 && !fsync(descriptor), cause = errno;
    if (descriptor >= 0) close(descriptor);
    return good ? NIXE_OK : nixe_fail(NIXE_FAILED, "%s: %s", path, strerror(cause));
}

/* Copy what the smaller file has of a dataset of rows into the same corner of the larger one, a slab of the first axis at a
 * time. */
static nixe_status copy_rows(hid_t old, hid_t h5, const nixe_dataset *dataset) {
    hsize_t shape[NIXE_MAX_RANK], start[NIXE_MAX_RANK] = {0}, count = 1;
    hid_t from, to, there, here, in_memory;
    char *values;
    NIXE_HDF5(from = H5Dopen(old, dataset->path, H5P_DEFAULT));
    NIXE_HDF5(to = H5Dopen(h5, dataset->path, H5P_DEFAULT));
    NIXE_HDF5(there = H5Dget_space(from));
    NIXE_HDF5(here = H5Dget_space(to));
    NIXE_HDF5(H5Sget_simple_extent_dims(there, shape, NULL));
    const hsize_t slabs = shape[0];
    shape[0] = 1;
    for (int a = 0; a < dataset->rank; a++) count *= shape[a];
    NIXE_TRY(nixe_allocate(&values, (long long)count, (long long)nixe_type_bytes(dataset->type), "a part of the file"));
    NIXE_HDF5(in_memory = H5Screate_simple(1, &count, NULL));
    for (start[0] = 0; start[0] < slabs; start[0]++) {
        NIXE_HDF5(H5Sselect_hyperslab(there, H5S_SELECT_SET, start, NULL, shape, NULL));
        NIXE_HDF5(H5Sselect_hyperslab(here, H5S_SELECT_SET, start, NULL, shape, NULL));
        NIXE_HDF5(H5Dread(from, nixe_type_memory(dataset->type), in_memory, there, H5P_DEFAULT, values));
        NIXE_HDF5(H5Dwrite(to, nixe_type_memory(dataset->type), in_memory, here, H5P_DEFAULT, values));
    }
    free(values);
    NIXE_HDF5(H5Sclose(in_memory));
    NIXE_HDF5(H5Sclose(here));
    NIXE_HDF5(H5Sclose(there));
    NIXE_HDF5(H5Dclose(to));
    NIXE_HDF5(H5Dclose(from));
    return NIXE_OK;
}

/* All datasets that are filled as the run goes. */
static nixe_status copy_file(const nixe_file *file, hid_t h5) {
    hid_t old;
    NIXE_HDF5(old = H5Fopen(file->path, H5F_ACC_RDONLY, H5P_DEFAULT));
    for (int i = 0; i < NIXE_DATASETS; i++) {
        const nixe_dataset *dataset = &nixe_dataset_table[i];
        if (file->has[i] && !nixe_dataset_is_known(dataset)) NIXE_TRY(copy_rows(old, h5, dataset));
    }
    NIXE_HDF5(H5Fclose(old));
    return NIXE_OK;
}

static nixe_status lay_out(const nixe_file *file, const nixe_options *options, const nixe_lattice *lattice, int count,
                           const nixe_known *known, int extend) {
    char partial[NIXE_BESIDE_PATH];
    hid_t h5;
    nixe_beside_path(file->path, NIXE_PARTIAL, partial);
    unlink(partial); /* what a killed run has left; a link would be followed, but is never created anew */
    NIXE_HDF5(h5 = H5Fcreate(partial, H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT));
    NIXE_TRY(write_attributes(file, h5, options));
    for (int i = 0; i < NIXE_DATASETS; i++)
        if (file->has[i]) NIXE_TRY(create_dataset(file, h5, &nixe_dataset_table[i]));
    NIXE_TRY(write_axes(file, h5, options, lattice));
    for (int k = 0; k < count; k++) NIXE_TRY(write_whole(file, h5, known[k].data, known[k].values));
    NIXE_TRY(attach_scales(file, h5));
    if (extend) NIXE_TRY(copy_file(file, h5));
    NIXE_HDF5(H5Fclose(h5));
    NIXE_TRY(synchronise(partial));
    /* The states of a file that is replaced go when the new one is whole, which must never meet them. */
    if (!extend) nixe_beside_remove_states(file->path);
    if (rename(partial, file->path)) return nixe_fail(NIXE_FAILED, "%s: %s", file->path, strerror(errno));
    return NIXE_OK;
}

/* The file that is being opened by all ranks. A read of one rank that fails there would leave HDF5, and with it all ranks,
 * waiting for each other: the run is ended from within. */
static nixe_file *opened;

static void end_opening(MPI_File *handle, int *code, ...) {
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    (void)handle;
    MPI_Error_string(*code, text, &length);
    nixe_fail(NIXE_FAILED, "%s cannot be opened by all ranks: %s", opened->path, text);
    nixe_parallel_abort(opened->parallel);
}

/* Open the file on all ranks. MPI-IO takes what stands before a ':' for the kind of file system, and off the name; such a file
 * is handed to it under another name. */
static nixe_status open_together(const nixe_parallel *parallel, nixe_file *file) {
    char path[sizeof file->path];
    int descriptor = -1;
    nixe_status status = NIXE_OK;
    hid_t access;
    snprintf(path, sizeof path, "%s", file->path);
    if (strchr(path, ':')) {
        status = nixe_open_regular("-output_file", file->path, O_RDWR, &descriptor);
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    }
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    MPI_Errhandler handler;
    MPI_File *handle;
    opened = file;
    NIXE_MPI(MPI_File_create_errhandler(end_opening, &handler));
    NIXE_MPI(MPI_File_set_errhandler(MPI_FILE_NULL, handler)); /* of files to come */
    NIXE_HDF5(access = H5Pcreate(H5P_FILE_ACCESS));
    NIXE_HDF5(H5Pset_fapl_mpio(access, parallel->comm, MPI_INFO_NULL));
    NIXE_HDF5(file->file = H5Fopen(path, H5F_ACC_RDWR, access));
    NIXE_HDF5(H5Fget_vfd_handle(file->file, access, (void **)&handle));
    NIXE_MPI(MPI_File_set_errhandler(*handle, MPI_ERRORS_RETURN));
    NIXE_MPI(MPI_File_set_errhandler(MPI_FILE_NULL, MPI_ERRORS_RETURN));
    NIXE_MPI(MPI_Errhandler_free(&handler));
    NIXE_HDF5(H5Pclose(access));
    if (descriptor >= 0) close(descriptor);
    return NIXE_OK;
}

nixe_status nixe_file_open(const nixe_parallel *parallel, const nixe_options *options, nixe_file *file) {
    const double start = MPI_Wtime();
    file->parallel = parallel;
    snprintf(file->path, sizeof file->path, "%s", options->output_file);
    NIXE_HDF5(H5Eset_auto(H5E_DEFAULT, NULL, NULL));
    NIXE_TRY(open_together(parallel, file));
    file->seconds += MPI_Wtime() - start;
    return NIXE_OK;
}

nixe_status nixe_file_create(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice, int count,
                             const nixe_known *known, int extend, nixe_file *file) {
    const double start = MPI_Wtime();
    nixe_status status = NIXE_OK;
    file->parallel = parallel;
    snprintf(file->path, sizeof file->path, "%s", options->output_file);
    NIXE_HDF5(H5Eset_auto(H5E_DEFAULT, NULL, NULL));
    if (parallel->rank == 0) {
        char partial[NIXE_BESIDE_PATH];
        nixe_beside_path(file->path, NIXE_PARTIAL, partial);
        status = lay_out(file, options, lattice, count, known, extend);
        if (status) unlink(partial);
    }
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    file->seconds += MPI_Wtime() - start;
    return nixe_file_open(parallel, options, file);
}
