/* HDF5: its failures as sentences, and its types of our datasets. Not collective. */
#ifndef NIXE_FILE_HDF5_H
#define NIXE_FILE_HDF5_H

#include <hdf5.h>

#ifndef H5_HAVE_PARALLEL
#error "nixe needs an HDF5 that has been built for MPI, and this one is serial: set HDF5_DIR"
#endif

#include "nixe/base/error.h"
#include "nixe/file/datasets.h"

/* Turn HDF5's return value into a status: negative is failure. */
nixe_status nixe_hdf5_status(long long value, const char *call);
#define NIXE_HDF5(call) NIXE_TRY(nixe_hdf5_status((long long)(call), #call))

/* The attribute of a dataset, and of the file for its command and its options, that holds the hash of what it has. */
extern const char nixe_hash_name[];

/* Bytes of a value in the file. Strings are of variable length: 16 bytes say where one is. */
static inline size_t nixe_type_bytes(nixe_type type) {
    static const size_t bytes[] = {8, 8, 4, 1, 1, 16};
    return bytes[type];
}

static inline hid_t nixe_type_memory(nixe_type type) {
    switch (type) {
        case NIXE_DOUBLE: return H5T_NATIVE_DOUBLE;
        case NIXE_INT64: return H5T_NATIVE_INT64;
        case NIXE_INT32: return H5T_NATIVE_INT32;
        case NIXE_INT8: return H5T_NATIVE_INT8;
        case NIXE_UINT8: return H5T_NATIVE_UINT8;
        case NIXE_STRING: break;
    }
    return H5I_INVALID_HID;
}

static inline hid_t nixe_type_file(nixe_type type) {
    switch (type) {
        case NIXE_DOUBLE: return H5T_IEEE_F64LE;
        case NIXE_INT64: return H5T_STD_I64LE;
        case NIXE_INT32: return H5T_STD_I32LE;
        case NIXE_INT8: return H5T_STD_I8LE;
        case NIXE_UINT8: return H5T_STD_U8LE;
        case NIXE_STRING: break;
    }
    return H5I_INVALID_HID;
}

#endif
