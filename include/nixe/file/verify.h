/* Verify: are the data of a file as they were written? One process reads; nothing here is collective.
 *
 * What is known when a file is laid out (lattice, axes, states, spectra) has its hash beside it, as have V and every row; the
 * command and the options, too. Counters have none, because they are overwritten while a run goes on: acceptances, attempts,
 * round trips. A dataset has to have the shape that its axes say. */
#ifndef NIXE_FILE_VERIFY_H
#define NIXE_FILE_VERIFY_H

#include "nixe/file/hdf5.h"

/* A file that is being verified: its datasets, opened when they are first asked for. */
typedef struct {
    hid_t file;
    nixe_command command;
    unsigned kind; /* as nixe_dataset_is_in() has it */
    int exchange;  /* 1: of mc with replica exchange */
    int complete;  /* 1: nothing is missing */
    int64_t equilibration;
    hid_t dataset[NIXE_DATASETS]; /* 0: not opened yet; below 0: not there as it should be */
    hsize_t shape[NIXE_DATASETS][NIXE_MAX_RANK];
    char *values; /* scratch */
    size_t capacity;
} nixe_verify;

/* equilibration: sweeps before the first record. */
void nixe_verify_begin(nixe_verify *verify, hid_t file, nixe_command command, int exchange, int complete,
                       int64_t equilibration);
void nixe_verify_end(nixe_verify *verify);

/* Whether the command and the options are those of the layout. */
int nixe_verify_options(hid_t file, nixe_command command);

/* All but rows: that what the file should have is there and fits together, and that what has a hash matches it. Each name of
 * what does not is given to `report`. V may be missing where the file is not complete. Returns how many there were. */
int nixe_verify_whole(nixe_verify *verify, void (*report)(void *context, const char *name), void *context);

/* Whether the data of a row match the row's checksums, and these are up to `flag` at least. row: trajectory; or state and
 * replica. 0 also where the file has no such row. */
int nixe_verify_row(nixe_verify *verify, const hsize_t row[2], int64_t flag);

/* The same of the exchanges of a replica, with checksums up to sweep `least` at least. */
int nixe_verify_ladder(nixe_verify *verify, hsize_t replica, int64_t least);

/* Whether one dataset of a row matches its checksum, or the row has none, all being -1; the others are not read. */
int nixe_verify_part(nixe_verify *verify, const hsize_t row[2], nixe_data data);

#endif
