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

/* The types of HDF5, which nobody closes. Strings are of any length: netCDF has no scales of strings of a fixed one. */
hid_t nixe_type_memory(nixe_type type);
hid_t nixe_type_file(nixe_type type);

/* Add an attribute: a value of the type `type` in memory, or a text of a fixed length. */
nixe_status nixe_hdf5_add_value(hid_t where, const char *name, hid_t type, const void *value);
nixe_status nixe_hdf5_add_text(hid_t where, const char *name, const char *text);

/* Write the part of an open dataset that begins at `start` and has `extent` entries along each axis. */
nixe_status nixe_hdf5_write_part(hid_t opened, nixe_data data, const hsize_t start[NIXE_MAX_RANK],
                                 const hsize_t extent[NIXE_MAX_RANK], const void *values);

#endif
