/* Manual: pages for man, and completion for bash, from the tables of commands and options. Not collective. */
#ifndef NIXE_DEVELOPER_MANUAL_H
#define NIXE_DEVELOPER_MANUAL_H

/* Print the page of "nixe", or of the command "kmc", "status", ...; date: of the version, as 2026-01-31. Returns 0 where there
 * is no such command. */
int manual_print_page(const char *command, const char *date);

/* Print what bash reads to complete commands, options, the words of choices, and files. */
void manual_print_completion(void);

#endif
