/* Stop: requests to end early: SIGUSR1, SIGTERM, SIGINT, or the time limit. Not collective: how ranks agree is the ensemble's.
 */
#ifndef NIXE_RUN_STOP_H
#define NIXE_RUN_STOP_H

/* From now on the signals are remembered instead of ending the process. start: MPI_Wtime() at the start of the program;
 * time_limit in seconds from then, 0: none. */
void nixe_stop_listen(void);
void nixe_stop_set_limit(double start, double time_limit);

/* Why this rank should stop: a code above 0, or 0. `reserve`: seconds that stopping takes. */
int nixe_stop_code(double reserve);

/* The reason in words. */
const char *nixe_stop_text(int code);

#endif
