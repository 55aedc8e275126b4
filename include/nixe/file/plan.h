/* Plan: what the file of a run will hold, how large it is, and whether it may and can be written. */
#ifndef NIXE_FILE_PLAN_H
#define NIXE_FILE_PLAN_H

#include <hdf5.h>

#include "nixe/base/parallel.h"
#include "nixe/crystal/lattice.h"
#include "nixe/file/datasets.h"

typedef struct {
    const nixe_parallel *parallel;
    char path[4096];
    hid_t file;
    unsigned kind;               /* as nixe_dataset_is_in() has it */
    unsigned has[NIXE_DATASETS]; /* 1 where the file has the dataset */
    long long size[NIXE_AXES];
    double seconds;         /* spent in writing */
    int solves;             /* 1: displacements are solved for, not from a table (response.h) */
    uint64_t crystal;       /* hash of the file that lists the crystal; 0: there is none */
    uint64_t start;         /* hash of the configurations of a start file; 0: there is none */
    uint64_t tables;        /* hash of the tables that the run computes with; 0: there are none */
    const char *arithmetic; /* of what it samples with (arithmetic.h) */
    const char *algorithm;  /* the same; NULL where there is no choice */
} nixe_file;

/* Sizes of the axes and which datasets a run has. Not collective. */
void nixe_file_plan(nixe_file *file, const nixe_options *options, const nixe_lattice *lattice);

/* Bytes of data that the planned file holds. */
double nixe_file_bytes(const nixe_file *file);

/* Bytes of one entry of a row: what is behind the axes of rows and moments. Not collective. */
size_t nixe_file_entry_bytes(const nixe_file *file, nixe_data data);

/* Refuse (NIXE_REFUSED) an output file that exists (unless it may be overwritten), or that cannot be written or would not
 * fit: nothing is created. Collective; rank 0 looks. */
nixe_status nixe_file_check(const nixe_parallel *parallel, const nixe_file *file, const nixe_options *options);

#endif
