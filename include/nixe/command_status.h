/* nixe status FILE [--verify]: how far a file is, whether a run owns it, and whether and how it can be resumed. One process, no
 * MPI. */
#ifndef NIXE_COMMAND_STATUS_H
#define NIXE_COMMAND_STATUS_H

/* Answers `nixe status ...` from its words. Returns the exit status: 0 complete, 3 not complete (running, or resumable), 2 bad
 * input, 1 a row whose data do not match their checksum. */
int nixe_command_status(int words, char **word);

#endif
