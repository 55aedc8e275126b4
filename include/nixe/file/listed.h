/* Listed: the crystal of a nixe file, read again where the file that listed its sites is gone. One process reads; nothing here
 * is collective. */
#ifndef NIXE_FILE_LISTED_H
#define NIXE_FILE_LISTED_H

#include "nixe/crystal/sites.h"

/* Whether there is a nixe file at `path` of a crystal that a file listed, and the hash of that file. */
int nixe_listed_hash(const char *path, uint64_t *hash);

/* The sites of the crystal, with all that the columns said of them, as they stand in the nixe file at `path`. Refused
 * (NIXE_REFUSED): a file that is damaged. */
nixe_status nixe_listed_read(const char *path, const nixe_lattice_kind *kind, nixe_sites *sites);

#endif
