/* Verify: are the data of a file's rows as they were written? One process reads; nothing here is collective. */
#ifndef NIXE_FILE_VERIFY_H
#define NIXE_FILE_VERIFY_H

#include "nixe/file/hdf5.h"

/* Whether the data of a row of a file of `command` match the row's checksums, up to where these are. row: trajectory; or state
 * and replica. equilibration: sweeps before the first record. 0 also where the file has no such row. */
int nixe_verify_row(hid_t file, nixe_command command, const hsize_t row[2], int64_t equilibration);

#endif
