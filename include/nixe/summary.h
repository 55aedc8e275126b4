/* Summary: results of a finished file with standard errors, for the end of a run. Rank 0 only; not collective. */
#ifndef NIXE_SUMMARY_H
#define NIXE_SUMMARY_H

#include "nixe/status.h"

/* Print the results of a kmc file: completion, events, and a table of composition, phases and strain over time. */
nixe_status nixe_summary_kmc(const char *path);

/* Print the results of an mc file: for each state <f_alpha>, var(f_U), areas, acceptance and autocorrelation time with standard
 * errors; acceptance and round trips of replica exchange; warnings of runs that are short or disagree with themselves. */
nixe_status nixe_summary_mc(const char *path);

#endif
