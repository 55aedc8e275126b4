/* nixe status FILE [--verify]: how far a file is, whether a run owns it, and whether and how it can be resumed. One process, no
 * MPI. */
#ifndef NIXE_COMMAND_STATUS_H
#define NIXE_COMMAND_STATUS_H

extern const char nixe_status_usage[];

/* Answers `nixe status ...` from its words, and tells how to go on by calling `program` again. Returns the exit status: 0
 * complete, 3 not complete (running, or resumable), 2 bad input, 1 a row whose data do not match their checksum. */
int nixe_command_status(const char *program, int words, char **word);

#endif
