/* Files that tools/merge.py has joined: their rows are in other files, the parts, or were copied from them. Not collective. */
#ifndef NIXE_FILE_JOINED_H
#define NIXE_FILE_JOINED_H

#include "nixe/file/hdf5.h"

/* The attribute of such a file that names the parts: their paths from the folder of the file, a line each. */
extern const char nixe_joined_name[];

/* Whether the file was joined from others. */
int nixe_joined(hid_t file);

/* Refuse (NIXE_REFUSED) the file at `path` where a part that it leans on is not there, or is so damaged that whoever reads it
 * dies; `option` begins the sentence. Files that are not joined, or copies, pass. */
nixe_status nixe_joined_check(hid_t file, const char *option, const char *path);

/* The bytes of the parts in which a dataset with these properties has its values; 0 where they are elsewhere than in datasets
 * of its own path in parts that the file names, or one of these is not there. */
hsize_t nixe_joined_bytes(hid_t file, hid_t properties, const char *path);

#endif
