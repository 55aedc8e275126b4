/* Stop: requests to end early: signals, or the time limit. Not collective: how ranks agree is the ensemble's. */
#ifndef NIXE_RUN_STOP_H
#define NIXE_RUN_STOP_H

/* While MPI starts: SIGUSR1, SIGTERM, SIGINT, SIGHUP and SIGXCPU end the process at once, with status 3 and, where
 * `speaks`, a sentence: nothing has begun. */
void nixe_stop_at_once(int speaks);

/* From now on these signals, and SIGPIPE (nobody reads the output), are remembered instead. SIGXFSZ is without effect: the
 * write that exceeds the limit fails. */
void nixe_stop_listen(void);

/* From now on they end the process, as they do where nobody has said anything. */
void nixe_stop_default(void);

/* start: MPI_Wtime() at the start of the program; time_limit in seconds from then, 0: none. */
void nixe_stop_set_limit(double start, double time_limit);

/* Why this rank should stop: a code above 0, or 0. `reserve`: seconds that stopping takes. */
int nixe_stop_code(double reserve);

/* The reason in words. */
const char *nixe_stop_text(int code);

#endif
