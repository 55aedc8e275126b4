/* Reading nixe files that exist: attributes, shapes, parts of datasets. One process reads; nothing here is collective.
 *
 * Datasets are found where this format version has them. What is read of files of version 1, flags, positions and
 * configurations, had the same place there. */
#ifndef NIXE_FILE_READ_H
#define NIXE_FILE_READ_H

#include "nixe/base/bytes.h"
#include "nixe/file/hdf5.h"

/* Open a file for reading; below 0 where it cannot be. */
hid_t nixe_read_file(const char *path);

/* Whether it says that nixe made it. */
int nixe_read_is_ours(hid_t file);

/* Close a file that was opened for reading. Returns `status`, that of the reading, or why closing failed, which is never passed
 * over: HDF5 dies at the end of a process that leaves otherwise than after a failure. */
nixe_status nixe_read_close(hid_t file, nixe_status status);

/* A text attribute of the file, for the caller to free; NULL if it is not there, or is no text of at most a megabyte. */
char *nixe_read_text(hid_t file, const char *name);

/* An integer attribute of a file or a dataset, into a value of the type `type` in memory. Returns 0 where there is none. */
int nixe_read_integer(hid_t where, const char *name, hid_t type, void *value);

/* `count` numbers that an attribute has, of a class of HDF5, into values of the type `type` in memory. Returns 0 where it has
 * no such. */
int nixe_read_numbers(hid_t where, const char *name, H5T_class_t class, hid_t type, hsize_t count, void *values);

/* What the group of the crystal and the options say of the datasets that not every file has: NIXE_FILE_SURFACE and so on. */
unsigned nixe_read_kind(hid_t file);

/* The format version of a file; 0 where it does not say it as it should. */
int nixe_read_version(hid_t file);

/* Refuse (NIXE_REFUSED) the file at `path` where its format version is before `oldest`, or not known to this program; `option`
 * begins the sentence. Files that are not nixe's pass: whoever reads them refuses them. */
nixe_status nixe_read_check_version(hid_t file, int oldest, const char *option, const char *path);

/* Open a dataset for reading, and get its shape. Below 0 where it is not there as it should be: with the rank and the class of
 * the table, and not more values than the file can hold. */
hid_t nixe_read_open(hid_t file, nixe_data data, hsize_t shape[NIXE_MAX_RANK]);

/* Shape of a dataset. Returns its rank, or -1 where it is not there as it should be. */
int nixe_read_shape(hid_t file, nixe_data data, hsize_t shape[NIXE_MAX_RANK]);

/* Read the part of a dataset that begins at `start` and has `extent` entries along each axis, an extent of 0 being all that are
 * left, as values of the type `type` in memory. Fails where the dataset is not there or has no such part. */
nixe_status nixe_read_part(hid_t file, nixe_data data, hid_t type, const hsize_t start[NIXE_MAX_RANK],
                           const hsize_t extent[NIXE_MAX_RANK], void *values);

/* The same of a dataset that is open. */
nixe_status nixe_read_from(hid_t dataset, nixe_data data, hid_t type, const hsize_t shape[NIXE_MAX_RANK],
                           const hsize_t start[NIXE_MAX_RANK], const hsize_t extent[NIXE_MAX_RANK], void *values);

/* Read a whole dataset; or into an array of its own, *values, for the caller to free. */
nixe_status nixe_read_all(hid_t file, nixe_data data, hid_t type, void *values);
nixe_status nixe_read_new(hid_t file, nixe_data data, hid_t type, void *values);

/* Append the texts of a dataset of one axis, each with the 0 at its end. */
nixe_status nixe_read_texts(hid_t file, nixe_data data, nixe_bytes *texts);

/* The hash that a dataset has as an attribute. Returns 0 where there is none. */
int nixe_read_hash(hid_t file, nixe_data data, uint64_t *hash);

/* The options that a file of this command stores, as YAML; none where it is not there or not such a file: whoever goes on with
 * it says what is wrong. */
nixe_status nixe_read_input(const char *path, const char *command, nixe_bytes *yaml);

#endif
