/* Types of datasets in memory, in the file and in bytes; for the files of the store. Not collective. */
#ifndef NIXE_STORE_TYPES_H
#define NIXE_STORE_TYPES_H

#include <math.h>

#include "nixe/store.h"

enum { NIXE_STRING_BYTES = 16 };

static inline size_t nixe_type_bytes(nixe_type type) {
    static const size_t bytes[] = {8, 8, 4, 1, 1, NIXE_STRING_BYTES};
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
