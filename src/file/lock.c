/* Lock: who owns an output file, and the files that stand beside it. Not collective. */
#include "nixe/file/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "nixe/base/open.h"

static const char *const ending[NIXE_BESIDE] = {".lock", ".partial", ".checkpoint", ".checkpoint.old", ".checkpoint.new"};

void nixe_beside_path(const char *file, nixe_beside which, char path[NIXE_BESIDE_PATH]) {
    snprintf(path, NIXE_BESIDE_PATH, "%s%s", file, ending[which]);
}

/* Refuse an output file beside which one of the names is no regular file. */
static nixe_status check_beside(const char *file) {
    char path[NIXE_BESIDE_PATH];
    struct stat entry;
    for (nixe_beside which = 0; which < NIXE_BESIDE; which++) {
        nixe_beside_path(file, which, path);
        if (!lstat(path, &entry) && !S_ISREG(entry.st_mode))
            return nixe_fail(NIXE_REFUSED, "-output_file %s: %s is in the way: it is not a regular file", file, path);
    }
    return NIXE_OK;
}

void nixe_beside_clean(const char *file) {
    char path[NIXE_BESIDE_PATH];
    nixe_beside_path(file, NIXE_PARTIAL, path);
    unlink(path);
    nixe_beside_path(file, NIXE_CHECKPOINT_NEW, path);
    unlink(path);
}

void nixe_beside_remove_states(const char *file) {
    char path[NIXE_BESIDE_PATH];
    for (nixe_beside which = NIXE_CHECKPOINT; which <= NIXE_CHECKPOINT_NEW; which++) {
        nixe_beside_path(file, which, path);
        unlink(path);
    }
}

static const struct flock whole_file = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

/* The owner's line, then the line about its start, if there is one. */
static void read_note(int descriptor, nixe_owner *owner) {
    char text[256] = "";
    const ssize_t length = pread(descriptor, text, sizeof text - 1, 0);
    if (length <= 0) return;
    text[length] = '\0';
    snprintf(owner->owner, sizeof owner->owner, "%.*s", (int)strcspn(text, "\n"), text);
    const char *second = strchr(text, '\n');
    if (second && sscanf(second, " began %lf with %lf", &owner->began, &owner->done) != 2) owner->began = 0;
}

/* Open and lock the file, until the one that is locked is the one that bears the name: its last owner may just have removed it.
 */
static nixe_status open_locked(nixe_lock *lock, const char *path) {
    struct stat locked, named;
    char what[4096 + 32];
    snprintf(what, sizeof what, "-output_file %s:", path);
    for (int same = 0; !same;) {
        NIXE_TRY(nixe_open_regular(what, lock->path, O_RDWR | O_CREAT | O_NOFOLLOW, &lock->descriptor));
        lock->held = !fcntl(lock->descriptor, F_SETLK, &whole_file);
        if (!lock->held && (errno == EACCES || errno == EAGAIN)) {
            nixe_owner owner = {0};
            read_note(lock->descriptor, &owner);
            close(lock->descriptor);
            lock->descriptor = -1;
            return nixe_fail(NIXE_REFUSED, "-output_file %s: another run owns it: %s", path, owner.owner);
        } /* any other failure: this file system has no locks */
        same = !fstat(lock->descriptor, &locked) && !stat(lock->path, &named) && locked.st_ino == named.st_ino;
        if (!same) close(lock->descriptor);
    }
    if (locked.st_nlink == 1) return NIXE_OK;
    close(lock->descriptor);
    lock->descriptor = -1;
    return nixe_fail(NIXE_REFUSED, "-output_file %s: %s is in the way: it has another name, too", path, lock->path);
}

/* Put the text into the file, from `offset` on, which is where it ends. */
static nixe_status write_note(const nixe_lock *lock, off_t offset, const char *text) {
    const size_t length = strlen(text);
    if (ftruncate(lock->descriptor, offset) || pwrite(lock->descriptor, text, length, offset) != (ssize_t)length)
        return nixe_fail(NIXE_FAILED, "%s: %s", lock->path, strerror(errno));
    return NIXE_OK;
}

nixe_status nixe_lock_take(nixe_lock *lock, const char *path, int may_exist) {
    char owner[128], host[64] = "";
    lock->descriptor = -1;
    nixe_beside_path(path, NIXE_LOCK, lock->path);
    NIXE_TRY(open_locked(lock, path));
    gethostname(host, sizeof host - 1);
    snprintf(owner, sizeof owner, "host %s, process %ld\n", host, (long)getpid());
    nixe_status status = check_beside(path);
    if (!status) status = write_note(lock, 0, owner);
    if (!status && lock->held) nixe_beside_clean(path);
    if (!status && !may_exist && !access(path, F_OK))
        status = nixe_fail(NIXE_REFUSED, "-output_file %s: another run has just made it", path);
    if (status) nixe_lock_release(lock);
    return status;
}

nixe_status nixe_lock_note_start(const nixe_lock *lock, double done, double all) {
    char text[128];
    struct stat entry;
    if (fstat(lock->descriptor, &entry)) return nixe_fail(NIXE_FAILED, "%s: %s", lock->path, strerror(errno));
    snprintf(text, sizeof text, "began %lld with %.17g of %.17g\n", (long long)time(NULL), done, all);
    return write_note(lock, entry.st_size, text);
}

void nixe_lock_release(nixe_lock *lock) {
    if (lock->descriptor < 0) return;
    unlink(lock->path);
    close(lock->descriptor);
    lock->descriptor = -1;
}

void nixe_lock_clear(const char *path) {
    nixe_lock lock = {.descriptor = -1};
    nixe_owner owner = {0};
    nixe_beside_path(path, NIXE_LOCK, lock.path);
    if (nixe_open_regular("", lock.path, O_RDWR | O_NOFOLLOW, &lock.descriptor)) {
        nixe_status_clear();
        return;
    }
    read_note(lock.descriptor, &owner);
    if (!strncmp(owner.owner, "host ", 5) && !fcntl(lock.descriptor, F_SETLK, &whole_file)) {
        nixe_beside_clean(path);
        unlink(lock.path);
    }
    close(lock.descriptor);
}

void nixe_lock_read(const char *path, nixe_owner *owner) {
    char lock_path[NIXE_BESIDE_PATH];
    int descriptor;
    struct flock lock = whole_file;
    *owner = (nixe_owner){0};
    nixe_beside_path(path, NIXE_LOCK, lock_path);
    if (nixe_open_regular("", lock_path, O_RDONLY | O_NOFOLLOW, &descriptor)) { /* that of another user, too */
        owner->hidden = errno != ENOENT;
        nixe_status_clear();
        return;
    }
    owner->running = fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    read_note(descriptor, owner);
    close(descriptor);
}
