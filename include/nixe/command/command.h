/* Commands: each tells the story of a run by calling the rooms in order. Collective over all ranks but where it is said. */
#ifndef NIXE_COMMAND_COMMAND_H
#define NIXE_COMMAND_COMMAND_H

#include "nixe/base/fit.h"
#include "nixe/file/layout.h"
#include "nixe/sampling/energy.h"

nixe_status nixe_command_kmc(const nixe_parallel *parallel, const nixe_options *options);
nixe_status nixe_command_mc(const nixe_parallel *parallel, const nixe_options *options);
nixe_status nixe_command_spectrum(const nixe_parallel *parallel, const nixe_options *options);
nixe_status nixe_command_potential(const nixe_parallel *parallel, const nixe_options *options);

/* Refuse options that do not go together. The same on all ranks; not collective. */
nixe_status nixe_command_check(const nixe_options *options);

/* What all commands begin with: the lattice of the options, on every rank, and the plan of the file, which is refused where it
 * cannot be written. */
nixe_status nixe_command_prepare(const nixe_parallel *parallel, const nixe_options *options, nixe_lattice *lattice,
                                 nixe_file *file);

/* Print the header of a run (rank 0). Not collective. */
void nixe_command_header(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice);

/* With -dry_run, say what the run would cost (rank 0): seconds of set-up, memory, the file. Not collective. */
void nixe_command_cost(const nixe_parallel *parallel, const nixe_file *file, nixe_need need, double seconds);

/* The energy that the options ask for, with this table where it is elastic. Not collective. */
nixe_energy nixe_command_energy(const nixe_options *options, const nixe_lattice *lattice, const nixe_table *potential);

/* Compute something of one crystal. */
typedef nixe_status nixe_compute(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                                 nixe_file *file);

/* What that takes: memory, and about how many seconds on one rank. */
typedef struct {
    nixe_need need;
    double seconds;
} nixe_cost;
typedef nixe_cost nixe_estimate(const nixe_options *options, const nixe_lattice *lattice);

/* A command that computes and writes at once, and is not resumed. */
nixe_status nixe_command_once(const nixe_parallel *parallel, const nixe_options *options, nixe_estimate *estimate,
                              nixe_compute *compute);

#endif
