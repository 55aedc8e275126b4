/* Resume: what an existing output file holds, and whether this run may go on with it. */
#ifndef NIXE_RUN_RESUME_H
#define NIXE_RUN_RESUME_H

#include "nixe/base/parallel.h"
#include "nixe/file/hdf5.h"
#include "nixe/file/lock.h"
#include "nixe/options/options.h"

typedef enum {
    NIXE_RESUME_NOTHING,  /* no file: begin */
    NIXE_RESUME_CONTINUE, /* an unfinished file of these options */
    NIXE_RESUME_EXTEND,   /* a file of these options with fewer trajectories, replicas or sweeps */
    NIXE_RESUME_COMPLETE  /* nothing to do */
} nixe_resume_kind;

typedef struct {
    nixe_resume_kind kind;
    nixe_lock lock;        /* owned by rank 0 */
    int64_t rows;          /* of the run: trajectories, or states x replicas */
    int64_t *done;         /* rows: 1 for a trajectory that is in the file, or the sweeps of a replica that are */
    uint64_t start;        /* rank 0: hash of the start file's configurations that the file was begun with; 0: none */
    uint64_t tables;       /* rank 0: hash of the tables that the file was begun with; 0: it has none */
    char arithmetic[32];   /* rank 0: that the file was begun with */
    char algorithm[32];    /* rank 0: the same */
    int rebuild_potential; /* 1 if V of an unfinished file is damaged: every stiffness is built again */
    int other_build;       /* rank 0: 1 if another version of nixe began the file */
} nixe_resume;

/* Hash of the options that make two runs the same, those aside that a run may be extended by. */
nixe_status nixe_resume_identity(const nixe_options *options, uint64_t start, uint64_t *identity);

/* Lock the output file for this run, and look at what is there. Refused (NIXE_REFUSED): a file that another process owns (its
 * host and number are named), that exists without -resume or -output_overwrite, that is of another format version, or whose
 * options differ (the first is named). A complete file is not locked: it is only read. Warns where another version of nixe
 * began the file. Collective; rank 0 looks.
 */
nixe_status nixe_resume_open(const nixe_parallel *parallel, const nixe_options *options, nixe_resume *resume);

/* Refuse (NIXE_REFUSED) to go on from a start file with other configurations than those that the file was begun with.
 * Collective. */
nixe_status nixe_resume_compare_start(const nixe_parallel *parallel, const nixe_resume *resume, uint64_t start,
                                      const char *path);

/* Refuse (NIXE_REFUSED) to go on with a file that was begun in another arithmetic (arithmetic.h): before there were two, all
 * was in doubles. Collective. */
nixe_status nixe_resume_compare_arithmetic(const nixe_parallel *parallel, const nixe_resume *resume, const char *arithmetic,
                                           const char *path);

/* Refuse (NIXE_REFUSED) to go on with a file that was begun with another algorithm (arithmetic.h): before there were two, all
 * was eager. Collective. */
nixe_status nixe_resume_compare_algorithm(const nixe_parallel *parallel, const nixe_resume *resume, const char *algorithm,
                                          const char *path);

/* Warn (rank 0) where the tables of this run are not those that the file was begun with: another machine or library rounds
 * otherwise, and what follows may differ from an undisturbed run. Not collective. */
void nixe_resume_compare_tables(const nixe_resume *resume, uint64_t tables);

/* Give the file back. */
void nixe_resume_close(nixe_resume *resume);

#endif
