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
#include "nixe/base/stage.h"
#include "nixe/crystal/phase.h"
#include "nixe/file/lock.h"
#include "nixe/file/read.h"
#include "nixe/version.h"

static nixe_status write_attributes(const nixe_file *file, hid_t h5, const nixe_options *options) {
    char created[64], tables[32] = "", start[32] = "", crystal[32] = "", *input;
    const char *command = nixe_command_name(options->command);
    const uint8_t complete = 0;
    const int32_t format_version = NIXE_FORMAT_VERSION;
    time_t now = time(NULL);
    struct tm utc;
    NIXE_TRY(nixe_options_yaml(options, &input));
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    if (file->tables) snprintf(tables, sizeof tables, "%016" PRIx64, file->tables);
    if (file->crystal) snprintf(crystal, sizeof crystal, "%016" PRIx64, file->crystal);
    if (file->start) snprintf(start, sizeof start, "%016" PRIx64, file->start);
    const char *const text[][2] = {{"program", "nixe"},
                                   {"version", NIXE_VERSION},
                                   {"commit", NIXE_COMMIT},
                                   {"command", command},
                                   {"input", input},
                                   {"created", created},
                                   {"tables", tables},
                                   {"start", start},
                                   {"libraries", options->libraries},
                                   {"crystal", crystal},
                                   {"arithmetic", file->arithmetic ? file->arithmetic : ""},
                                   {"algorithm", file->algorithm ? file->algorithm : ""},
                                   {"response", file->solves ? "factors" : ""}};
    for (size_t t = 0; t < sizeof text / sizeof *text; t++)
        if (*text[t][1]) NIXE_TRY(nixe_hdf5_add_text(h5, text[t][0], text[t][1]));
    const uint64_t hash = nixe_hash_texts((const char *const[]){command, input}, 2);
    free(input);
    NIXE_TRY(nixe_hdf5_add_value(h5, nixe_hash_name, H5T_NATIVE_UINT64, &hash));
    NIXE_TRY(nixe_hdf5_add_value(h5, "format_version", H5T_NATIVE_INT32, &format_version));
    return nixe_hdf5_add_value(h5, "complete", H5T_NATIVE_UINT8, &complete);
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

static nixe_status create_dataset(const nixe_file *file, hid_t h5, const nixe_dataset *dataset) {
    hsize_t size[NIXE_MAX_RANK];
    hid_t space, links, properties, created;
    for (int a = 0; a < dataset->rank; a++) size[a] = (hsize_t)file->size[dataset->axis[a]];
    NIXE_HDF5(space = H5Screate_simple(dataset->rank, size, NULL));
    NIXE_HDF5(links = H5Pcreate(H5P_LINK_CREATE));
    NIXE_HDF5(H5Pset_create_intermediate_group(links, 1));
    NIXE_HDF5(properties = H5Pcreate(H5P_DATASET_CREATE));
    NIXE_TRY(set_fill(properties, dataset->type));
    NIXE_HDF5(created = H5Dcreate(h5, dataset->path, nixe_type_file(dataset->type), space, links, properties, H5P_DEFAULT));
    NIXE_TRY(nixe_hdf5_add_text(created, "units", dataset->units));
    NIXE_TRY(nixe_hdf5_add_text(created, "long_name", dataset->long_name));
    NIXE_TRY(nixe_hdf5_add_text(created, "description", dataset->description));
    if (nixe_dataset_is_scale(dataset)) NIXE_HDF5(H5DSset_scale(created, dataset->path + 1));
    NIXE_HDF5(H5Dclose(created));
    NIXE_HDF5(H5Pclose(properties));
    NIXE_HDF5(H5Pclose(links));
    NIXE_HDF5(H5Sclose(space));
    return NIXE_OK;
}

/* Attach the scales of all axes to the datasets that are none. Readers look for dimensions at the root of the file from any
 * group: there the scales are, and the name of one is its path less the slash. */
static nixe_status attach_scales(const nixe_file *file, hid_t h5) {
    for (int i = 0; i < NIXE_DATASETS; i++) {
        const nixe_dataset *dataset = &nixe_dataset_table[i];
        hid_t opened, scale;
        if (!file->has[i] || nixe_dataset_is_scale(dataset)) continue;
        NIXE_HDF5(opened = H5Dopen(h5, dataset->path, H5P_DEFAULT));
        for (int a = 0; a < dataset->rank; a++) {
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
    return nixe_hdf5_add_value(opened, nixe_hash_name, H5T_NATIVE_UINT64, &hash);
}

static nixe_status write_whole(const nixe_file *file, hid_t h5, nixe_data data, const void *values) {
    const nixe_dataset *dataset = &nixe_dataset_table[data];
    hid_t opened;
    if (!file->has[data] || !values) return NIXE_OK;
    NIXE_HDF5(opened = H5Dopen(h5, dataset->path, H5P_DEFAULT));
    NIXE_HDF5(H5Dwrite(opened, nixe_type_memory(dataset->type), H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
    if (nixe_dataset_is_known(dataset)) NIXE_TRY(write_hash(file, opened, dataset, values));
    NIXE_HDF5(H5Dclose(opened));
    return NIXE_OK;
}

/* first, first + step, ... as the coordinates of an axis. */
static nixe_status write_series(const nixe_file *file, hid_t h5, nixe_axis axis, int64_t first, int64_t step) {
    const nixe_data data = nixe_axis_scale[axis];
    int64_t *large;
    int32_t *small;
    if (!file->has[data]) return NIXE_OK;
    NIXE_TRY(nixe_allocate(&large, file->size[axis], sizeof *large, "an axis"));
    NIXE_TRY(nixe_allocate(&small, file->size[axis], sizeof *small, "an axis"));
    for (long long i = 0; i < file->size[axis]; i++) {
        large[i] = first + i * step;
        small[i] = (int32_t)large[i];
    }
    nixe_status status =
        write_whole(file, h5, data, nixe_dataset_table[data].type == NIXE_INT32 ? (void *)small : (void *)large);
    free(large);
    free(small);
    return status;
}

/* The names of the datasets that some checksums cover, in the order of the table, and of what says up to where. */
static nixe_status write_checksum_names(const nixe_file *file, hid_t h5, nixe_data axis, nixe_data checksums) {
    const char *name[NIXE_DATASETS];
    int count = 0;
    for (int i = 0; i < NIXE_DATASETS; i++)
        if (nixe_dataset_is_covered(&nixe_dataset_table[i], checksums, file->kind))
            name[count++] = strrchr(nixe_dataset_table[i].path, '/') + 1;
    name[count] = "up to";
    return write_whole(file, h5, axis, name);
}

static nixe_status write_known(const nixe_file *file, hid_t h5, int count, const nixe_known *known) {
    for (int k = 0; k < count; k++) NIXE_TRY(write_whole(file, h5, known[k].data, known[k].values));
    return NIXE_OK;
}

/* Vectors and classes of the bonds. */
static nixe_status write_bonds(const nixe_file *file, hid_t h5, const nixe_lattice *lattice) {
    const long d = lattice->dimension;
    double *vector;
    uint8_t *class;
    NIXE_TRY(nixe_allocate(&vector, lattice->bonds * d, sizeof *vector, "the bonds"));
    NIXE_TRY(nixe_allocate(&class, lattice->bonds, sizeof *class, "the bonds"));
    for (int b = 0; b < lattice->bonds; b++) {
        const int direction = lattice->bond_direction[b];
        class[b] = (uint8_t)lattice->direction_class[direction];
        for (int k = 0; k < d; k++)
            vector[b * d + k] = nixe_lattice_class(lattice, b)->length * lattice->direction[direction][k];
    }
    nixe_status status = write_whole(file, h5, NIXE_DATA_BOND_VECTOR, vector);
    if (!status) status = write_whole(file, h5, NIXE_DATA_BOND_CLASS, class);
    free(vector);
    free(class);
    return status;
}

/* What a reader wants to know of the crystal, as attributes of its group. */
static nixe_status write_crystal(const nixe_file *file, hid_t h5, const nixe_lattice *lattice) {
    char faces[NIXE_MAX_FACES * NIXE_FACE_NAME] = "";
    const int32_t operations = lattice->symmetry.operations, bulk = (file->kind & NIXE_FILE_BULK) != 0;
    hid_t group;
    for (int f = 0; f < lattice->faces; f++)
        snprintf(faces + strlen(faces), sizeof faces - strlen(faces), "%s%s", f ? " " : "", lattice->face_name[f]);
    NIXE_HDF5(group = H5Gopen(h5, "/lattice", H5P_DEFAULT));
    NIXE_TRY(nixe_hdf5_add_text(group, "type", nixe_lattice_kinds[lattice->type].name));
    NIXE_TRY(nixe_hdf5_add_text(group, "shape", nixe_shape_rules[lattice->shape].name));
    NIXE_TRY(nixe_hdf5_add_text(group, "faces", faces));
    NIXE_HDF5(H5LTset_attribute_double(h5, "/lattice", "center", lattice->center, 3));
    NIXE_HDF5(H5LTset_attribute_int(h5, "/lattice", "period_cells", lattice->cells, 3));
    NIXE_TRY(nixe_hdf5_add_value(group, "operations", H5T_NATIVE_INT32, &operations));
    NIXE_TRY(nixe_hdf5_add_value(group, "bulk", H5T_NATIVE_INT32, &bulk));
    NIXE_HDF5(H5Gclose(group));
    return NIXE_OK;
}

/* What follows from the options and the lattice alone. */
static nixe_status write_axes(const nixe_file *file, hid_t h5, const nixe_options *options, const nixe_lattice *lattice) {
    static const char *const coordinate[] = {"x", "y", "z"}, *const end[] = {"first", "second"},
                             *const extreme[] = {"least", "greatest"};
    static const nixe_axis numbered[] = {NIXE_AXIS_SITE,     NIXE_AXIS_BOND,     NIXE_AXIS_STATE,     NIXE_AXIS_PAIR,
                                         NIXE_AXIS_V_MODE,   NIXE_AXIS_D_MODE,   NIXE_AXIS_FREEDOM,   NIXE_AXIS_DEPTH,
                                         NIXE_AXIS_V_BRANCH, NIXE_AXIS_D_BRANCH, NIXE_AXIS_OPERATION, NIXE_AXIS_PERIOD};
    const char *face[NIXE_MAX_FACES];
    double length[NIXE_MAX_CLASSES], cell[9];
    for (int f = 0; f < lattice->faces; f++) face[f] = lattice->face_name[f];
    for (int c = 0; c < lattice->classes; c++) length[c] = lattice->bond_class[c].length;
    for (int x = 0; x < lattice->periods * lattice->dimension; x++)
        cell[x] = lattice->period[x / lattice->dimension][x % lattice->dimension];
    const nixe_known known[] = {{NIXE_DATA_PHASE, nixe_phase_name},
                                {NIXE_DATA_AXIS_DIMENSION, coordinate},
                                {NIXE_DATA_AXIS_END, end},
                                {NIXE_DATA_AXIS_EXTREME, extreme},
                                {NIXE_DATA_AXIS_STIFFNESS, options->shell_stiffness.value},
                                {NIXE_DATA_POSITION, lattice->position},
                                {NIXE_DATA_BOND, lattice->bond},
                                {NIXE_DATA_LAYER, lattice->layer},
                                {NIXE_DATA_FACE, lattice->face},
                                {NIXE_DATA_EXCHANGE, lattice->exchange},
                                {NIXE_DATA_FIELD, lattice->field},
                                {NIXE_DATA_DEPTH, lattice->depth},
                                {NIXE_DATA_START, lattice->start},
                                {NIXE_DATA_AVERAGED, lattice->averaged},
                                {NIXE_DATA_ORBIT_SITE, lattice->symmetry.representative},
                                {NIXE_DATA_ORBIT, lattice->symmetry.orbit},
                                {NIXE_DATA_OPERATION, lattice->symmetry.operation},
                                {NIXE_DATA_TRANSLATION, lattice->symmetry.translation},
                                {NIXE_DATA_IMAGE, lattice->symmetry.image},
                                {NIXE_DATA_AXIS_CLASS, length},
                                {NIXE_DATA_AXIS_FACE, face},
                                {NIXE_DATA_CELL, cell}};
    NIXE_TRY(write_known(file, h5, sizeof known / sizeof *known, known));
    NIXE_TRY(write_bonds(file, h5, lattice));
    NIXE_TRY(write_crystal(file, h5, lattice));
    NIXE_TRY(write_checksum_names(file, h5, NIXE_DATA_AXIS_CHECKSUM,
                                  options->command == NIXE_KMC ? NIXE_DATA_CHECKSUM : NIXE_DATA_MC_CHECKSUM));
    NIXE_TRY(write_checksum_names(file, h5, NIXE_DATA_AXIS_LADDER_CHECKSUM, NIXE_DATA_LADDER_CHECKSUM));
    for (size_t i = 0; i < sizeof numbered / sizeof *numbered; i++) NIXE_TRY(write_series(file, h5, numbered[i], 0, 1));
    NIXE_TRY(write_series(file, h5, NIXE_AXIS_TRAJECTORY, options->ensemble_first, 1));
    NIXE_TRY(write_series(file, h5, NIXE_AXIS_REPLICA, options->ensemble_first, 1));
    NIXE_TRY(write_series(file, h5, NIXE_AXIS_RECORD, options->mc_record_every, options->mc_record_every));
    NIXE_TRY(write_series(file, h5, NIXE_AXIS_AREA, options->mc_area_every, options->mc_area_every));
    NIXE_TRY(write_series(file, h5, NIXE_AXIS_STORED, options->mc_snapshot_every, options->mc_snapshot_every));
    NIXE_TRY(write_series(file, h5, NIXE_AXIS_CROSS, options->mc_cross_energies_every, options->mc_cross_energies_every));
    const int64_t exchange_every = options->mc_replica_exchange_every;
    return write_series(file, h5, NIXE_AXIS_REPLICA_EXCHANGE, exchange_every, exchange_every);
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
    hsize_t shape[NIXE_MAX_RANK], slab[NIXE_MAX_RANK] = {1}, start[NIXE_MAX_RANK] = {0};
    size_t bytes = nixe_type_bytes(dataset->type);
    hid_t from, to;
    char *values;
    NIXE_TRY(nixe_hdf5_status(from = nixe_read_open(old, dataset->data, shape), "H5Dopen"));
    NIXE_HDF5(to = H5Dopen(h5, dataset->path, H5P_DEFAULT));
    for (int a = 1; a < dataset->rank; a++) bytes *= slab[a] = shape[a];
    NIXE_TRY(nixe_allocate(&values, (long long)bytes, 1, "a part of the file"));
    for (; start[0] < shape[0]; start[0]++) {
        NIXE_TRY(nixe_read_from(from, dataset->data, nixe_type_memory(dataset->type), shape, start, slab, values));
        NIXE_TRY(nixe_hdf5_write_part(to, dataset->data, start, slab, values));
    }
    free(values);
    NIXE_HDF5(H5Dclose(to));
    NIXE_HDF5(H5Dclose(from));
    return NIXE_OK;
}

/* All datasets that are filled as the run goes. */
static nixe_status copy_file(const nixe_file *file, hid_t h5) {
    hid_t old;
    NIXE_TRY(nixe_hdf5_status(old = nixe_read_file(file->path), "H5Fopen"));
    for (int i = 0; i < NIXE_DATASETS; i++)
        if (file->has[i] && !nixe_dataset_is_known(&nixe_dataset_table[i]))
            NIXE_TRY(copy_rows(old, h5, &nixe_dataset_table[i]));
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
    NIXE_TRY(write_known(file, h5, count, known));
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
    /* The handler is not freed: the ROMIO of MPICH does not count that the file took it, and ends at one use less than none. */
    NIXE_HDF5(H5Pclose(access));
    if (descriptor >= 0) close(descriptor);
    return NIXE_OK;
}

nixe_status nixe_file_open(const nixe_parallel *parallel, const nixe_options *options, nixe_file *file) {
    const double start = MPI_Wtime();
    nixe_stage_begin(NIXE_OUTPUT);
    file->parallel = parallel;
    snprintf(file->path, sizeof file->path, "%s", options->output_file);
    NIXE_HDF5(H5Eset_auto(H5E_DEFAULT, NULL, NULL));
    NIXE_TRY(open_together(parallel, file));
    nixe_stage_end();
    file->seconds += MPI_Wtime() - start;
    return NIXE_OK;
}

nixe_status nixe_file_create(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice, int count,
                             const nixe_known *known, int extend, nixe_file *file) {
    const double start = MPI_Wtime();
    nixe_stage_begin(NIXE_OUTPUT);
    nixe_status status = NIXE_OK;
    snprintf(file->path, sizeof file->path, "%s", options->output_file);
    NIXE_HDF5(H5Eset_auto(H5E_DEFAULT, NULL, NULL));
    if (parallel->rank == 0) status = lay_out(file, options, lattice, count, known, extend);
    if (status) nixe_beside_clean(file->path);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    nixe_stage_end();
    file->seconds += MPI_Wtime() - start;
    return nixe_file_open(parallel, options, file);
}
