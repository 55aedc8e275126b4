/* HDF5: its failures as sentences. Not collective. */
#include "nixe/file/hdf5.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char nixe_hash_name[] = "checksum";

/* Keep the innermost description of HDF5's stack of errors that says more than that a call failed: the walk begins there. */
static herr_t keep_innermost(unsigned number, const H5E_error2_t *error, void *text) {
    if (number == 0 && error->desc) snprintf(text, 256, "%s", error->desc);
    return 0;
}

/* HDF5's own reason, in our words where it carries a number of errno. */
static void find_reason(char reason[256]) {
    reason[0] = '\0';
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, reason);
    const char *number = strstr(reason, "errno = ");
    const int code = number ? atoi(number + strlen("errno = ")) : 0;
    if (code > 0) snprintf(reason, 256, "%s", strerror(code));
    reason[strcspn(reason, "\n")] = '\0';
}

nixe_status nixe_hdf5_status(long long value, const char *call) {
    char reason[256];
    if (value >= 0) return NIXE_OK;
    find_reason(reason);
    if (strstr(call, " = H5")) call = strstr(call, " = H5") + strlen(" = "); /* "type = H5Tcopy(...)" */
    return nixe_fail(NIXE_FAILED, "HDF5: %.*s failed%s%s", (int)strcspn(call, "("), call, *reason ? ": " : "", reason);
}

static hid_t string_type(void) {
    static hid_t type;
    if (type) return type;
    type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

hid_t nixe_type_memory(nixe_type type) {
    const hid_t number[] = {H5T_NATIVE_DOUBLE, H5T_NATIVE_INT64, H5T_NATIVE_INT32, H5T_NATIVE_INT8, H5T_NATIVE_UINT8};
    return type == NIXE_STRING ? string_type() : number[type];
}

hid_t nixe_type_file(nixe_type type) {
    const hid_t number[] = {H5T_IEEE_F64LE, H5T_STD_I64LE, H5T_STD_I32LE, H5T_STD_I8LE, H5T_STD_U8LE};
    return type == NIXE_STRING ? string_type() : number[type];
}

nixe_status nixe_hdf5_add_value(hid_t where, const char *name, hid_t type, const void *value) {
    hid_t space, attribute;
    NIXE_HDF5(space = H5Screate(H5S_SCALAR));
    NIXE_HDF5(attribute = H5Acreate(where, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
    NIXE_HDF5(H5Awrite(attribute, type, value));
    NIXE_HDF5(H5Aclose(attribute));
    NIXE_HDF5(H5Sclose(space));
    return NIXE_OK;
}

nixe_status nixe_hdf5_add_text(hid_t where, const char *name, const char *text) {
    hid_t type;
    NIXE_HDF5(type = H5Tcopy(H5T_C_S1));
    NIXE_HDF5(H5Tset_size(type, strlen(text) + 1));
    NIXE_HDF5(H5Tset_cset(type, H5T_CSET_UTF8));
    NIXE_TRY(nixe_hdf5_add_value(where, name, type, text));
    NIXE_HDF5(H5Tclose(type));
    return NIXE_OK;
}

nixe_status nixe_hdf5_write_part(hid_t opened, nixe_data data, const hsize_t start[NIXE_MAX_RANK],
                                 const hsize_t extent[NIXE_MAX_RANK], const void *values) {
    const nixe_dataset *dataset = &nixe_dataset_table[data];
    hid_t in_file, in_memory;
    NIXE_HDF5(in_file = H5Dget_space(opened));
    NIXE_HDF5(in_memory = H5Screate_simple(dataset->rank, extent, NULL));
    NIXE_HDF5(H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, extent, NULL));
    NIXE_HDF5(H5Dwrite(opened, nixe_type_memory(dataset->type), in_memory, in_file, H5P_DEFAULT, values));
    NIXE_HDF5(H5Sclose(in_memory));
    NIXE_HDF5(H5Sclose(in_file));
    return NIXE_OK;
}
