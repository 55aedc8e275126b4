/* Probe: is a file so damaged that HDF5 itself does not survive reading it? Versions of HDF5 end in a crash or in a loop over
 * some damage; so a process of its own reads everything but large data first. Nothing here is collective. */
#ifndef NIXE_FILE_PROBE_H
#define NIXE_FILE_PROBE_H

#include "nixe/base/error.h"

/* The word by which this program, called as `nixe status`, is told to be that process. */
extern const char nixe_probe_word[];

/* From now on probes start this program anew; before it is called they are left out. */
void nixe_probe_allow(void);

/* Refuse (NIXE_REFUSED) the file at `path` where a process that reads it dies. The sentence begins with `option`. */
nixe_status nixe_probe(const char *option, const char *path);

/* Be that process. `verify` reads a file as `nixe status --verify` does, which may die where simpler reading lives on; of a
 * file that is not large that is tried, too. */
void nixe_probe_read(const char *path, void (*verify)(const char *path));

#endif
