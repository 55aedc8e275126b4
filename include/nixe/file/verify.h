/* Verifying the rows of a file against their checksums. One process reads; nothing here is collective. */
#ifndef NIXE_FILE_VERIFY_H
#define NIXE_FILE_VERIFY_H

#include "nixe/file/hdf5.h"

/* Whether the data of trajectory r match /kmc/checksum. 0 also where the file has no such row. */
int nixe_verify_kmc_row(hid_t file, hsize_t r);

/* Whether the data of replica row[1] at state row[0] match /mc/checksum, up to the sweep that the checksums are of. every:
 * sweeps between the entries of f, energy, area_mean, area_rms and stored sigma. 0 also where the file has no such row. */
int nixe_verify_mc_row(hid_t file, const hsize_t row[2], const int64_t every[5], int64_t equilibration);

#endif
