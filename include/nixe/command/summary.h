/* Summary: results of a finished file with standard errors, for the end of a run. Rank 0 only; not collective. */
#ifndef NIXE_COMMAND_SUMMARY_H
#define NIXE_COMMAND_SUMMARY_H

#include "nixe/options/options.h"

/* Print the results of a kmc file: completion, events, and a table of composition, phases and strain over time; a warning of
 * trajectories that were complete before their first event. */
nixe_status nixe_kmc_summary(const char *path, const nixe_options *options);

/* Print the results of an mc file: for each state <f_alpha>, var(f_U), areas, acceptance and autocorrelation time with standard
 * errors; acceptance and round trips of replica exchange; warnings of runs that are short or disagree with themselves. */
nixe_status nixe_mc_summary(const char *path);

#endif
