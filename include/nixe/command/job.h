/* Job: what the commands that sample, kmc and mc, have in common: a file that is begun, extended or gone on with, the states
 * that were saved, and an end. Collective over all ranks. */
#ifndef NIXE_COMMAND_JOB_H
#define NIXE_COMMAND_JOB_H

#include "nixe/command/command.h"
#include "nixe/run/ensemble.h"
#include "nixe/run/record.h"
#include "nixe/run/resume.h"

typedef struct {
    const nixe_parallel *parallel;
    const nixe_options *options;
    nixe_lattice lattice;
    nixe_file file;
    nixe_resume resume;
    nixe_checkpoint checkpoint;
    double set_up_seconds, sampling_seconds, output_seconds; /* output: while sampling */
    int64_t steps;
    int stop; /* code of the reason for which it stopped early, or 0 */
} nixe_job;

/* Look at the output file, and own it. *needed is 0 where it is complete: rank 0 says so. */
nixe_status nixe_job_begin(nixe_job *job, int *needed);

/* The file: a new one with these known datasets, a larger one, or the one that is there. table: of all sites or of the core,
 * that the run computes with, of which the file has a hash; NULL: it has none. */
nixe_status nixe_job_open(nixe_job *job, const nixe_table *table, int known_count, const nixe_known *known);

/* Do the work, a part of `all` tasks that are called `tasks`. */
nixe_status nixe_job_sample(nixe_job *job, const nixe_work *work, int64_t all, const char *tasks);

/* NIXE_STOPPED, with the sentence that says how to go on, where the job was stopped; else the file is complete: every row has
 * the flag `whole`. */
nixe_status nixe_job_finish(nixe_job *job, const nixe_record *record, int64_t whole);

/* Print the results, read from the file, and what they took (rank 0). strain_seconds: of this rank, on displacements. */
nixe_status nixe_job_summarise(const nixe_job *job, double strain_seconds);

/* The results of a finished file with standard errors. kmc: completion, events, and a table of composition, phases and strain
 * over time. mc: for each state <f_alpha>, var(f_U), areas, acceptance and autocorrelation time; acceptance and round trips of
 * replica exchange. Both warn of runs that cannot be what was meant. Rank 0 only; not collective. */
nixe_status nixe_kmc_summary(const char *path, const nixe_options *options, const nixe_lattice *lattice);
nixe_status nixe_mc_summary(const char *path, const nixe_options *options, const nixe_lattice *lattice);

#endif
