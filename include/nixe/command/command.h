/* Commands: each tells the story of a run by calling the rooms in order. Collective over all ranks. */
#ifndef NIXE_COMMAND_COMMAND_H
#define NIXE_COMMAND_COMMAND_H

#include "nixe/base/parallel.h"
#include "nixe/crystal/lattice.h"
#include "nixe/file/lock.h"
#include "nixe/options/options.h"
#include "nixe/run/checkpoint.h"

nixe_status nixe_command_kmc(const nixe_parallel *parallel, const nixe_options *options);
nixe_status nixe_command_mc(const nixe_parallel *parallel, const nixe_options *options);
nixe_status nixe_command_spectrum(const nixe_parallel *parallel, const nixe_options *options);
nixe_status nixe_command_potential(const nixe_parallel *parallel, const nixe_options *options);

/* What commands share. Build the lattice of the options on rank 0 and give it to every rank; print the header of a run (rank
 * 0). Collective. */
nixe_status nixe_command_lattice(const nixe_parallel *parallel, const nixe_options *options, nixe_lattice *lattice);
void nixe_command_header(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice);

/* Own the output file of a command that is not resumed (rank 0). Refused where another run owns it. Collective. */
nixe_status nixe_command_own_file(const nixe_parallel *parallel, const nixe_options *options, nixe_lock *lock);

/* Refuse options that do not go together. The same on all ranks; not collective. */
nixe_status nixe_command_check(const nixe_options *options);

/* Say what a resumed run has to do: `left` of `all` tasks, of which some have saved states. Rank 0 prints; not collective. */
void nixe_command_resumed(const nixe_parallel *parallel, const nixe_checkpoint *checkpoint, int64_t left, const int64_t *task,
                          int64_t all, const char *tasks);

/* NIXE_STOPPED on all ranks if any of them has been asked to stop: between the tables of a long set-up, before which nothing
 * is lost. Collective. */
nixe_status nixe_command_look_for_stop(const nixe_parallel *parallel, const nixe_options *options);

/* End of a run that was stopped: the sentence that says how to go on. Returns NIXE_STOPPED. */
nixe_status nixe_command_stopped(int stop, const nixe_options *options);

#endif
