/* Reading nixe files that exist. Not collective.
 *
 * Whatever a file claims is checked before it is used: it may be damaged, or made by somebody who means no good. Attributes are
 * read where they are one number or one text of a bounded length; datasets where hard links lead to them, where their rank and
 * class are those of the table, and where the file is large enough to hold as many values as they claim. */
#include "nixe/file/read.h"

#include <stdlib.h>
#include <string.h>

#include "nixe/base/open.h"
#include "nixe/crystal/shape.h"
#include "nixe/file/joined.h"
#include "nixe/file/probe.h"
#include "nixe/options/text.h"

enum {
    TEXT_BYTES = 1 << 20, /* of an attribute, at the most */
    MOST_DEFLATED = 1032  /* bytes that deflate makes one of, at the most: h5repack compresses */
};

/* Whether the bits of a number are where they are in memory: HDF5 believes what a damaged type says of them, and reads beyond
 * the value. */
static int is_plain(hid_t type) {
    const H5T_class_t class = H5Tget_class(type);
    if (class == H5T_INTEGER) return H5Tget_offset(type) == 0 && H5Tget_precision(type) == 8 * H5Tget_size(type);
    const hid_t number[] = {H5T_IEEE_F64LE, H5T_IEEE_F64BE, H5T_IEEE_F32LE, H5T_IEEE_F32BE};
    for (size_t n = 0; n < sizeof number / sizeof *number && class == H5T_FLOAT; n++)
        if (H5Tequal(type, number[n]) > 0) return 1;
    return class == H5T_STRING;
}

nixe_status nixe_read_close(hid_t file, nixe_status status) {
    const nixe_status closed = nixe_hdf5_status(H5Fclose(file), "H5Fclose");
    return closed ? closed : status;
}

/* An attribute that has one value of a class. */
static hid_t open_attribute(hid_t where, const char *name, H5T_class_t class, hid_t *type) {
    hid_t attribute = H5Aexists(where, name) > 0 ? H5Aopen(where, name, H5P_DEFAULT) : H5I_INVALID_HID;
    if (attribute < 0) return attribute;
    const hid_t space = H5Aget_space(attribute);
    const int single = space >= 0 && H5Sget_simple_extent_npoints(space) == 1;
    if (space >= 0) H5Sclose(space);
    *type = single ? H5Aget_type(attribute) : H5I_INVALID_HID;
    if (*type >= 0 && H5Tget_class(*type) == class && is_plain(*type)) return attribute;
    if (*type >= 0) H5Tclose(*type);
    H5Aclose(attribute);
    return H5I_INVALID_HID;
}

/* Text of either kind: of a fixed length, as nixe writes it, or of a variable one, as h5py does. */
char *nixe_read_text(hid_t file, const char *name) {
    char *text = NULL, *held = NULL;
    hid_t type, attribute = open_attribute(file, name, H5T_STRING, &type);
    if (attribute < 0) return NULL;
    const size_t size = H5Tget_size(type);
    if (H5Tis_variable_str(type) > 0) {
        if (H5Aread(attribute, type, &held) >= 0 && held && strlen(held) <= TEXT_BYTES) text = strdup(held);
        if (held) H5free_memory(held);
    } else if (size <= TEXT_BYTES) {
        text = calloc(1, size + 1);
        if (text && H5Aread(attribute, type, text) < 0) text[0] = '\0';
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return text;
}

int nixe_read_integer(hid_t where, const char *name, hid_t type, void *value) {
    hid_t stored, attribute = open_attribute(where, name, H5T_INTEGER, &stored);
    if (attribute < 0) return 0;
    const int good = H5Tget_size(stored) <= sizeof(int64_t) && H5Aread(attribute, type, value) >= 0;
    H5Tclose(stored);
    H5Aclose(attribute);
    return good;
}

int nixe_read_numbers(hid_t where, const char *name, H5T_class_t class, hid_t type, hsize_t count, void *values) {
    const hid_t attribute = H5Aexists(where, name) > 0 ? H5Aopen(where, name, H5P_DEFAULT) : H5I_INVALID_HID;
    if (attribute < 0) return 0;
    const hid_t space = H5Aget_space(attribute), stored = H5Aget_type(attribute);
    const int good = space >= 0 && stored >= 0 && H5Sget_simple_extent_npoints(space) == (hssize_t)count &&
                     H5Tget_class(stored) == class && H5Tget_size(stored) <= 8 && H5Aread(attribute, type, values) >= 0;
    if (stored >= 0) H5Tclose(stored);
    if (space >= 0) H5Sclose(space);
    H5Aclose(attribute);
    return good;
}

static unsigned crystal_kind(hid_t file) {
    const hid_t group = H5Lexists(file, "lattice", H5P_DEFAULT) > 0 ? H5Gopen(file, "lattice", H5P_DEFAULT) : H5I_INVALID_HID;
    if (group < 0) return 0;
    char *faces = nixe_read_text(group, "faces"), *shape = nixe_read_text(group, "shape");
    int bulk = 0, cells[3] = {0};
    if (!nixe_read_integer(group, "bulk", H5T_NATIVE_INT, &bulk)) bulk = 0;
    nixe_read_numbers(group, "period_cells", H5T_INTEGER, H5T_NATIVE_INT, 3, cells);
    const unsigned kind = (faces && *faces ? NIXE_FILE_SURFACE : 0) |
                          (shape && !strcmp(shape, nixe_shape_rules[NIXE_LISTED].name) ? NIXE_FILE_LISTED : 0) |
                          (bulk ? NIXE_FILE_BULK : 0) | (cells[0] || cells[1] || cells[2] ? NIXE_FILE_PERIODIC : 0);
    free(faces);
    free(shape);
    H5Gclose(group);
    return kind;
}

/* What the options of a file say; those that it does not have are at their defaults. */
static unsigned input_kind(hid_t file) {
    char *input = nixe_read_text(file, "input"), value[64];
    nixe_text text = {.rest = input};
    unsigned kind = 0;
    while (input && nixe_text_next(&text)) {
        nixe_text_word(&text, value, sizeof value);
        if (!strcmp(text.name, "mc_replica_exchange_every") && strcmp(value, "0") != 0) kind |= NIXE_FILE_REPLICA_EXCHANGE;
        if (!strcmp(text.name, "mc_cross_energies_every") && strcmp(value, "0") != 0) kind |= NIXE_FILE_CROSS_ENERGIES;
        if (!strcmp(text.name, "mc_equilibration") && !strcmp(value, "auto")) kind |= NIXE_FILE_AUTO;
        if (!strcmp(text.name, "mc_move") && strcmp(value, "swap") != 0) kind |= NIXE_FILE_FLIPS;
        if (!strcmp(text.name, "mc_path") && strcmp(value, "independent") != 0) kind |= NIXE_FILE_PATH;
        if (!strcmp(text.name, "mc_composition") && strchr(value, ',')) kind |= NIXE_FILE_COMPOSITIONS;
        if (!strcmp(text.name, "kmc_schedule")) kind |= NIXE_FILE_SCHEDULE;
    }
    free(input);
    return kind;
}

unsigned nixe_read_kind(hid_t file) { return crystal_kind(file) | input_kind(file); }

hid_t nixe_read_file(const char *path) {
    H5Eset_auto(H5E_DEFAULT, NULL, NULL);
    return H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
}

int nixe_read_is_ours(hid_t file) {
    char *program = nixe_read_text(file, "program");
    const int ours = program && !strcmp(program, "nixe");
    free(program);
    return ours;
}

int nixe_read_version(hid_t file) {
    int version = 0;
    return nixe_read_integer(file, "format_version", H5T_NATIVE_INT, &version) && version > 0 ? version : 0;
}

nixe_status nixe_read_check_version(hid_t file, int oldest, const char *option, const char *path) {
    const int version = nixe_read_version(file);
    if (!nixe_read_is_ours(file) || (version >= oldest && version <= NIXE_FORMAT_VERSION)) return NIXE_OK;
    if (!version) return nixe_fail(NIXE_REFUSED, "%s%s does not say of which format version it is", option, path);
    char *made_by = nixe_read_text(file, "version"), *commit = nixe_read_text(file, "commit");
    nixe_status status = nixe_fail(
        NIXE_REFUSED, "%s%s is of format version %d, which this version of nixe %s; use the one that made it, %.200s (%.200s)",
        option, path, version, version < oldest ? "can read, but neither go on with nor verify" : "does not know",
        made_by ? made_by : "unknown", commit ? commit : "unknown");
    free(made_by);
    free(commit);
    return status;
}

/* Whether all links on a path are hard ones: others lead into other files, or nowhere. */
static int is_linked(hid_t file, const char *path) {
    char part[64];
    H5L_info_t link;
    for (const char *end = path; *end;) {
        end += 1 + strcspn(end + 1, "/");
        if ((size_t)(end - path) >= sizeof part) return 0;
        memcpy(part, path, (size_t)(end - path));
        part[end - path] = '\0';
        if (H5Lexists(file, part, H5P_DEFAULT) <= 0 || H5Lget_info(file, part, &link, H5P_DEFAULT) < 0 ||
            link.type != H5L_TYPE_HARD)
            return 0;
    }
    return 1;
}

/* Whether the values of the dataset at `path` are in this file, or in those it was joined from, and can be as many as it
 * claims. */
static int is_stored(hid_t file, hid_t dataset, const char *path, size_t value_bytes, int rank, const hsize_t *shape) {
    const hid_t properties = H5Dget_create_plist(dataset);
    hsize_t size = 0, joined = 0;
    if (properties < 0) return 0;
    const H5D_layout_t layout = H5Pget_layout(properties);
    const int elsewhere = H5Pget_external_count(properties) != 0; /* -1: not known */
    if (layout == H5D_VIRTUAL) joined = nixe_joined_bytes(file, properties, path);
    H5Pclose(properties);
    if ((layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED && layout != H5D_COMPACT && !joined) || elsewhere) return 0;
    if (H5Fget_filesize(file, &size) < 0 || (size += joined) > INT64_MAX / MOST_DEFLATED || value_bytes == 0) return 0;
    hsize_t most = (layout == H5D_CHUNKED || joined ? size * MOST_DEFLATED : size) / value_bytes;
    for (int a = 0; a < rank; a++) {
        if (shape[a] > most) return 0;
        if (shape[a]) most /= shape[a];
    }
    return 1;
}

/* Whether what HDF5 notes of a dataset beside its values can be read: programs that list a file ask for it. */
static int is_described(hid_t dataset) {
#if H5_VERSION_GE(1, 12, 0)
    H5O_info2_t about;
    return H5Oget_info3(dataset, &about, H5O_INFO_TIME) >= 0;
#else
    H5O_info_t about;
    return H5Oget_info2(dataset, &about, H5O_INFO_TIME) >= 0;
#endif
}

hid_t nixe_read_open(hid_t file, nixe_data data, hsize_t shape[NIXE_MAX_RANK]) {
    const nixe_dataset *about = &nixe_dataset_table[data];
    const H5T_class_t class = about->type == NIXE_STRING ? H5T_STRING : about->type == NIXE_DOUBLE ? H5T_FLOAT : H5T_INTEGER;
    hid_t dataset = is_linked(file, about->path) ? H5Dopen(file, about->path, H5P_DEFAULT) : H5I_INVALID_HID;
    if (dataset < 0) return H5I_INVALID_HID;
    const hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
    const size_t bytes = type < 0 ? 0 : H5Tget_size(type);
    const int good = space >= 0 && type >= 0 && H5Tget_class(type) == class && is_plain(type) &&
                     (about->type == NIXE_STRING || bytes <= sizeof(double)) &&
                     H5Sget_simple_extent_ndims(space) == about->rank && H5Sget_simple_extent_dims(space, shape, NULL) >= 0 &&
                     is_stored(file, dataset, about->path, bytes, about->rank, shape) && is_described(dataset);
    if (type >= 0) H5Tclose(type);
    if (space >= 0) H5Sclose(space);
    if (good) return dataset;
    H5Dclose(dataset);
    return H5I_INVALID_HID;
}

int nixe_read_shape(hid_t file, nixe_data data, hsize_t shape[NIXE_MAX_RANK]) {
    const hid_t dataset = nixe_read_open(file, data, shape);
    if (dataset < 0) return -1;
    H5Dclose(dataset);
    return nixe_dataset_table[data].rank;
}

nixe_status nixe_read_from(hid_t dataset, nixe_data data, hid_t type, const hsize_t shape[NIXE_MAX_RANK],
                           const hsize_t start[NIXE_MAX_RANK], const hsize_t extent[NIXE_MAX_RANK], void *values) {
    hsize_t part[NIXE_MAX_RANK], count = 1;
    hid_t in_file, in_memory;
    for (int a = 0; a < nixe_dataset_table[data].rank; a++) {
        if (start[a] > shape[a] || extent[a] > shape[a] - start[a])
            return nixe_fail(NIXE_FAILED, "HDF5: the dataset %s is smaller than it should be", nixe_dataset_table[data].path);
        count *= part[a] = extent[a] ? extent[a] : shape[a] - start[a];
    }
    NIXE_HDF5(in_file = H5Dget_space(dataset));
    NIXE_HDF5(in_memory = H5Screate_simple(1, &count, NULL));
    if (count) NIXE_HDF5(H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, part, NULL));
    const herr_t failed = count ? H5Dread(dataset, type, in_memory, in_file, H5P_DEFAULT, values) : 0;
    const nixe_status status = nixe_hdf5_status(failed, "H5Dread"); /* before the next call forgets why */
    H5Sclose(in_memory);
    H5Sclose(in_file);
    return status;
}

static nixe_status refuse(nixe_data data) {
    return nixe_fail(NIXE_FAILED, "HDF5: there is no dataset %s as it should be", nixe_dataset_table[data].path);
}

nixe_status nixe_read_part(hid_t file, nixe_data data, hid_t type, const hsize_t start[NIXE_MAX_RANK],
                           const hsize_t extent[NIXE_MAX_RANK], void *values) {
    hsize_t shape[NIXE_MAX_RANK];
    const hid_t dataset = nixe_read_open(file, data, shape);
    if (dataset < 0) return refuse(data);
    const nixe_status status = nixe_read_from(dataset, data, type, shape, start, extent, values);
    H5Dclose(dataset);
    return status;
}

nixe_status nixe_read_all(hid_t file, nixe_data data, hid_t type, void *values) {
    static const hsize_t all[NIXE_MAX_RANK] = {0};
    return nixe_read_part(file, data, type, all, all, values);
}

nixe_status nixe_read_new(hid_t file, nixe_data data, hid_t type, void *values) {
    hsize_t shape[NIXE_MAX_RANK], count = 1;
    const int rank = nixe_read_shape(file, data, shape);
    void *room;
    if (rank < 0) return refuse(data);
    for (int a = 0; a < rank; a++) count *= shape[a];
    NIXE_TRY(nixe_allocate(&room, (long long)count, (long long)H5Tget_size(type), "a dataset"));
    memcpy(values, &room, sizeof room);
    return nixe_read_all(file, data, type, room);
}

nixe_status nixe_read_texts(hid_t file, nixe_data data, nixe_bytes *texts) {
    hsize_t shape[NIXE_MAX_RANK];
    hid_t space, type;
    char **text;
    const hid_t dataset = nixe_read_open(file, data, shape);
    if (dataset < 0) return refuse(data);
    NIXE_HDF5(type = H5Dget_type(dataset));
    NIXE_HDF5(space = H5Dget_space(dataset));
    NIXE_TRY(nixe_allocate(&text, (long long)shape[0], sizeof *text, "the texts of a file"));
    nixe_status status = NIXE_OK;
    if (H5Tis_variable_str(type) <= 0 || H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) < 0)
        status = nixe_fail(NIXE_FAILED, "HDF5: the dataset %s cannot be read", nixe_dataset_table[data].path);
    for (hsize_t i = 0; i < shape[0] && !status; i++)
        status = text[i] ? nixe_bytes_put(texts, text[i], strlen(text[i]) + 1)
                         : nixe_fail(NIXE_FAILED, "HDF5: the dataset %s has no texts", nixe_dataset_table[data].path);
    if (H5Tis_variable_str(type) > 0) H5Dvlen_reclaim(type, space, H5P_DEFAULT, text);
    free(text);
    H5Sclose(space);
    H5Tclose(type);
    H5Dclose(dataset);
    return status;
}

int nixe_read_hash(hid_t file, nixe_data data, uint64_t *hash) {
    hsize_t shape[NIXE_MAX_RANK];
    const hid_t dataset = nixe_read_open(file, data, shape);
    const int found = dataset >= 0 && nixe_read_integer(dataset, nixe_hash_name, H5T_NATIVE_UINT64, hash);
    if (dataset >= 0) H5Dclose(dataset);
    return found;
}

nixe_status nixe_read_input(const char *path, const char *command, nixe_bytes *yaml) {
    static const char with_table[] = "\noutput_potential: true\n";
    hsize_t shape[NIXE_MAX_RANK];
    nixe_status status = NIXE_OK;
    if (nixe_check_regular("", path)) {
        nixe_status_clear();
        return NIXE_OK;
    }
    NIXE_TRY(nixe_probe("-resume: ", path));
    const hid_t file = nixe_read_file(path);
    if (file < 0) return NIXE_OK;
    char *made_by = nixe_read_text(file, "command"), *input = nixe_read_text(file, "input");
    if (nixe_read_is_ours(file) && made_by && input && !strcmp(made_by, command))
        status = nixe_bytes_put(yaml, input, strlen(input));
    if (!status && yaml->used && nixe_read_shape(file, NIXE_DATA_ROW, shape) > 0)
        status = nixe_bytes_put(yaml, with_table, strlen(with_table));
    free(made_by);
    free(input);
    return nixe_read_close(file, status);
}
