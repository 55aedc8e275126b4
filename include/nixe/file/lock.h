/* Lock: who owns an output file FILE, and the files that stand beside it while it is made:
 *
 *   FILE.lock             who owns FILE, and these names
 *   FILE.partial          FILE, while it is laid out
 *   FILE.checkpoint       states of unfinished tasks; FILE.checkpoint.old: those before; FILE.checkpoint.new: while written
 *
 * The lock itself is the kernel's (fcntl) and ends with the process, however that ends; what the file says is for people and
 * for `nixe status`. Nothing here is collective: rank 0 owns the file for all. */
#ifndef NIXE_FILE_LOCK_H
#define NIXE_FILE_LOCK_H

#include <stdint.h>

#include "nixe/base/error.h"

typedef enum { NIXE_LOCK, NIXE_PARTIAL, NIXE_CHECKPOINT, NIXE_CHECKPOINT_OLD, NIXE_CHECKPOINT_NEW, NIXE_BESIDE } nixe_beside;

enum { NIXE_BESIDE_PATH = 4096 + 16 };

/* The path of one of them. */
void nixe_beside_path(const char *file, nixe_beside which, char path[NIXE_BESIDE_PATH]);

/* For the owner of FILE: remove what only a killed run can have left, FILE.partial and FILE.checkpoint.new; and the saved
 * states, which belong to a file that is complete, or replaced. */
void nixe_beside_clean(const char *file);
void nixe_beside_remove_states(const char *file);

typedef struct {
    int descriptor; /* -1: nothing is owned */
    int held;       /* 1: nobody else can own it; 0: the file system has no locks */
    char path[NIXE_BESIDE_PATH];
} nixe_lock;

/* Own the output file at `path`. Refused (NIXE_REFUSED) where another process owns it: its host and number are named; and
 * where it exists and `may_exist` is 0: another run has made it since this one looked; and where one of the names beside it is
 * a link or anything else that is no regular file: what it leads to belongs to others. What a killed run has left there is
 * removed. A file system without locks lets every run pass. After a failure nothing is owned. */
nixe_status nixe_lock_take(nixe_lock *lock, const char *path, int may_exist);

/* Note that this run began now with `done` of `all` of its work in the file (trajectories, or sweeps of all replicas), from
 * which `nixe status` tells the time left. */
nixe_status nixe_lock_note_start(const nixe_lock *lock, double done, double all);

/* Give the file back. Nothing happens where it is not owned. */
void nixe_lock_release(nixe_lock *lock);

/* Remove what a killed run has left beside the complete file at `path`, if that is nobody's and may be removed. */
void nixe_lock_clear(const char *path);

/* What the lock of the file at `path` says. */
typedef struct {
    int running;     /* 1 if a process owns the file */
    int hidden;      /* 1 if that is not known, because the lock cannot be read */
    char owner[128]; /* "host H, process P" */
    double began;    /* seconds since 1970, 0 where it is not known: when the run began ... */
    double done;     /* ... and what was in the file then */
} nixe_owner;

void nixe_lock_read(const char *path, nixe_owner *owner);

#endif
