/* Reading nixe files that exist. Not collective. */
#include "nixe/file/read.h"

#include <stdlib.h>
#include <string.h>

#include "nixe/base/open.h"

/* Text of either kind: of a fixed length, as nixe writes it, or of a variable one, as h5py does. */
char *nixe_read_text(hid_t file, const char *name) {
    char *text = NULL, *held = NULL;
    hid_t attribute = H5Aexists(file, name) > 0 ? H5Aopen(file, name, H5P_DEFAULT) : H5I_INVALID_HID;
    if (attribute < 0) return NULL;
    hid_t type = H5Aget_type(attribute);
    if (H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0) {
        if (H5Aread(attribute, type, &held) >= 0 && held) text = strdup(held);
        if (held) H5free_memory(held);
    } else if (H5Tget_class(type) == H5T_STRING) {
        text = calloc(1, H5Tget_size(type) + 1);
        if (text && H5Aread(attribute, type, text) < 0) text[0] = '\0';
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return text;
}

int nixe_read_version(hid_t file) {
    int version = 0;
    hid_t attribute = H5Aexists(file, "format_version") > 0 ? H5Aopen(file, "format_version", H5P_DEFAULT) : H5I_INVALID_HID;
    if (attribute < 0) return 0;
    hid_t space = H5Aget_space(attribute);
    if (H5Sget_simple_extent_npoints(space) != 1 || H5Aread(attribute, H5T_NATIVE_INT, &version) < 0) version = 0;
    H5Sclose(space);
    H5Aclose(attribute);
    return version > 0 ? version : 0;
}

nixe_status nixe_read_check_version(hid_t file, int oldest, const char *option, const char *path) {
    const int version = nixe_read_version(file);
    char *program = nixe_read_text(file, "program");
    const int ours = program && !strcmp(program, "nixe");
    free(program);
    if (!ours || (version >= oldest && version <= NIXE_FORMAT_VERSION)) return NIXE_OK;
    if (!version) return nixe_fail(NIXE_REFUSED, "%s%s does not say of which format version it is", option, path);
    char *made_by = nixe_read_text(file, "version"), *commit = nixe_read_text(file, "commit");
    nixe_status status = nixe_fail(
        NIXE_REFUSED, "%s%s is of format version %d, which this version of nixe %s; use the one that made it, %s (%s)", option,
        path, version, version < oldest ? "can read, but neither go on with nor verify" : "does not know",
        made_by ? made_by : "unknown", commit ? commit : "unknown");
    free(made_by);
    free(commit);
    return status;
}

int nixe_read_shape(hid_t file, nixe_data data, hsize_t shape[NIXE_MAX_RANK]) {
    const char *path = nixe_dataset_table[data].path;
    hid_t dataset = H5Lexists(file, path, H5P_DEFAULT) > 0 ? H5Dopen(file, path, H5P_DEFAULT) : H5I_INVALID_HID;
    if (dataset < 0) return -1;
    hid_t space = H5Dget_space(dataset);
    int rank = H5Sget_simple_extent_ndims(space);
    if (rank > NIXE_MAX_RANK || H5Sget_simple_extent_dims(space, shape, NULL) < 0) rank = -1;
    H5Sclose(space);
    H5Dclose(dataset);
    return rank;
}

nixe_status nixe_read_part(hid_t file, nixe_data data, hid_t type, const hsize_t start[NIXE_MAX_RANK],
                           const hsize_t extent[NIXE_MAX_RANK], void *values) {
    hsize_t shape[NIXE_MAX_RANK], part[NIXE_MAX_RANK], count = 1;
    hid_t dataset, in_file, in_memory;
    const char *path = nixe_dataset_table[data].path;
    const int rank = nixe_read_shape(file, data, shape);
    if (rank < 0) return nixe_fail(NIXE_FAILED, "HDF5: there is no dataset %s as it should be", path);
    for (int a = 0; a < rank; a++) count *= part[a] = extent[a] ? extent[a] : shape[a] - start[a];
    NIXE_HDF5(dataset = H5Dopen(file, path, H5P_DEFAULT));
    NIXE_HDF5(in_file = H5Dget_space(dataset));
    NIXE_HDF5(in_memory = H5Screate_simple(1, &count, NULL));
    if (count) NIXE_HDF5(H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, part, NULL));
    if (count) NIXE_HDF5(H5Dread(dataset, type, in_memory, in_file, H5P_DEFAULT, values));
    NIXE_HDF5(H5Sclose(in_memory));
    NIXE_HDF5(H5Sclose(in_file));
    NIXE_HDF5(H5Dclose(dataset));
    return NIXE_OK;
}

nixe_status nixe_read_all(hid_t file, nixe_data data, hid_t type, void *values) {
    static const hsize_t all[NIXE_MAX_RANK] = {0};
    return nixe_read_part(file, data, type, all, all, values);
}

nixe_status nixe_read_input(const char *path, const char *command, nixe_bytes *yaml) {
    static const char with_table[] = "\noutput_potential: true\n";
    nixe_status status = NIXE_OK;
    if (nixe_check_regular("", path)) {
        nixe_status_clear();
        return NIXE_OK;
    }
    H5Eset_auto(H5E_DEFAULT, NULL, NULL);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) return NIXE_OK;
    char *program = nixe_read_text(file, "program"), *made_by = nixe_read_text(file, "command"),
         *input = nixe_read_text(file, "input");
    if (program && made_by && input && !strcmp(program, "nixe") && !strcmp(made_by, command))
        status = nixe_bytes_put(yaml, input, strlen(input));
    if (!status && yaml->used && H5Lexists(file, "/potential", H5P_DEFAULT) > 0)
        status = nixe_bytes_put(yaml, with_table, strlen(with_table));
    free(program);
    free(made_by);
    free(input);
    H5Fclose(file);
    return status;
}
