/* Beside: the files that stand beside an output file FILE while it is made, and what becomes of them.
 *
 *   FILE.lock             who owns FILE
 *   FILE.partial          FILE, while it is laid out
 *   FILE.checkpoint       states of unfinished tasks; FILE.checkpoint.old: those before; FILE.checkpoint.new: while written
 *
 * Whoever owns FILE (lock.h) owns these names. None of them may be a link or anything else that is no regular file: what it
 * leads to belongs to others. Nothing here is collective. */
#ifndef NIXE_FILE_BESIDE_H
#define NIXE_FILE_BESIDE_H

#include "nixe/base/error.h"

typedef enum { NIXE_LOCK, NIXE_PARTIAL, NIXE_CHECKPOINT, NIXE_CHECKPOINT_OLD, NIXE_CHECKPOINT_NEW, NIXE_BESIDE } nixe_beside;

enum { NIXE_BESIDE_PATH = 4096 + 16 };

/* The path of one of them. */
void nixe_beside_path(const char *file, nixe_beside which, char path[NIXE_BESIDE_PATH]);

/* Refuse (NIXE_REFUSED) an output file beside which one of the names is no regular file. */
nixe_status nixe_beside_check(const char *file);

/* Remove what only a killed run can have left: FILE.partial and FILE.checkpoint.new. For the owner of FILE. */
void nixe_beside_clean(const char *file);

/* Remove the saved states, which belong to a file that is complete, or replaced. For the owner of FILE. */
void nixe_beside_remove_states(const char *file);

#endif
