/* Checkpoint: the states of unfinished tasks, in a file beside the data. Collective where checkpoint.h says so; rank 0 writes.
 */
#include "nixe/run/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nixe/base/open.h"

static const char magic[16] = "nixe-states-7\n";
static const size_t most_bytes = 1 << 30; /* of one message */

void nixe_checkpoint_create(nixe_checkpoint *checkpoint, const nixe_parallel *parallel, const char *path, uint64_t identity) {
    *checkpoint = (nixe_checkpoint){.parallel = parallel, .identity = identity};
    snprintf(checkpoint->file, sizeof checkpoint->file, "%s", path);
    nixe_beside_path(path, NIXE_CHECKPOINT, checkpoint->path);
}

void nixe_checkpoint_destroy(nixe_checkpoint *checkpoint) {
    for (int i = 0; i < checkpoint->count; i++) nixe_bytes_destroy(&checkpoint->saved[i].bytes);
    free(checkpoint->saved);
    free(checkpoint->slot);
    checkpoint->saved = NULL;
    checkpoint->slot = NULL;
    checkpoint->count = checkpoint->slots = 0;
}

/* The slot that has the task, or the free one where it belongs. */
static int slot_of(const nixe_checkpoint *checkpoint, int64_t task) {
    const int mask = checkpoint->slots - 1;
    int at = (int)(((uint64_t)task * 0x9e3779b97f4a7c15u) >> 33) & mask;
    while (checkpoint->slot[at] >= 0 && checkpoint->saved[checkpoint->slot[at]].task != task) at = (at + 1) & mask;
    return at;
}

/* Room for one more state; the table of slots stays at most half full. */
static nixe_status grow(nixe_checkpoint *checkpoint) {
    if (2 * (checkpoint->count + 1) <= checkpoint->slots) return NIXE_OK;
    const int slots = checkpoint->slots ? 2 * checkpoint->slots : 64;
    nixe_saved *saved = realloc(checkpoint->saved, (size_t)(slots / 2) * sizeof *saved);
    if (saved) checkpoint->saved = saved;
    int32_t *slot = realloc(checkpoint->slot, (size_t)slots * sizeof *slot);
    if (slot) checkpoint->slot = slot;
    if (!saved || !slot) return nixe_fail(NIXE_FAILED, "out of memory: the saved states");
    checkpoint->slots = slots;
    for (int at = 0; at < slots; at++) slot[at] = -1;
    for (int i = 0; i < checkpoint->count; i++) slot[slot_of(checkpoint, saved[i].task)] = i;
    return NIXE_OK;
}

nixe_bytes *nixe_checkpoint_find(const nixe_checkpoint *checkpoint, int64_t task) {
    const int at = checkpoint->slots ? checkpoint->slot[slot_of(checkpoint, task)] : -1;
    return at >= 0 && checkpoint->saved[at].bytes.used ? &checkpoint->saved[at].bytes : NULL;
}

/* Put a state in the place of what the task had; that of a task that is done with is empty, and keeps its place. */
static nixe_status replace(nixe_checkpoint *checkpoint, nixe_saved saved) {
    NIXE_TRY(grow(checkpoint));
    const int at = slot_of(checkpoint, saved.task);
    if (checkpoint->slot[at] < 0) {
        checkpoint->slot[at] = checkpoint->count;
        checkpoint->saved[checkpoint->count++] = saved;
        return NIXE_OK;
    }
    nixe_bytes_destroy(&checkpoint->saved[checkpoint->slot[at]].bytes);
    checkpoint->saved[checkpoint->slot[at]] = saved;
    return NIXE_OK;
}

int nixe_checkpoint_prune(nixe_checkpoint *checkpoint, int (*keep)(const void *worker, int64_t task, nixe_bytes *bytes),
                          const void *worker) {
    int dropped = 0;
    for (int i = 0; i < checkpoint->count; i++) {
        nixe_saved *saved = &checkpoint->saved[i];
        saved->bytes.position = 0;
        if (!saved->bytes.used || keep(worker, saved->task, &saved->bytes)) continue;
        nixe_bytes_destroy(&saved->bytes);
        dropped++;
    }
    return dropped;
}

static nixe_status pack(const nixe_checkpoint *checkpoint, nixe_bytes *file) {
    int64_t count = 0;
    for (int i = 0; i < checkpoint->count; i++) count += checkpoint->saved[i].bytes.used > 0;
    NIXE_TRY(nixe_bytes_put(file, magic, sizeof magic));
    NIXE_TRY(nixe_bytes_put(file, &checkpoint->identity, sizeof checkpoint->identity));
    NIXE_TRY(nixe_bytes_put(file, &count, sizeof count));
    for (int i = 0; i < checkpoint->count; i++) {
        const nixe_saved *saved = &checkpoint->saved[i];
        const uint64_t bytes = saved->bytes.used;
        if (bytes == 0) continue;
        NIXE_TRY(nixe_bytes_put(file, &saved->task, sizeof saved->task));
        NIXE_TRY(nixe_bytes_put(file, &bytes, sizeof bytes));
        NIXE_TRY(nixe_bytes_put(file, saved->bytes.bytes, saved->bytes.used));
    }
    const uint64_t checksum = nixe_hash(nixe_hash_start, file->bytes, file->used);
    return nixe_bytes_put(file, &checksum, sizeof checksum);
}

/* The states of a file that has been read; whether it is whole and ours is found before anything is kept. */
static nixe_status unpack(nixe_checkpoint *checkpoint, nixe_bytes *file) {
    char found[sizeof magic];
    uint64_t checksum, identity;
    int64_t count;
    if (file->used < sizeof magic + 3 * sizeof(uint64_t)) return nixe_fail(NIXE_FAILED, "it is too short");
    memcpy(&checksum, file->bytes + file->used - sizeof checksum, sizeof checksum);
    if (checksum != nixe_hash(nixe_hash_start, file->bytes, file->used - sizeof checksum))
        return nixe_fail(NIXE_FAILED, "its checksum is wrong");
    NIXE_TRY(nixe_bytes_get(file, found, sizeof found));
    if (memcmp(found, magic, sizeof magic) != 0) return nixe_fail(NIXE_FAILED, "it is of another version");
    NIXE_TRY(nixe_bytes_get(file, &identity, sizeof identity));
    if (checkpoint->parallel && identity != checkpoint->identity) return nixe_fail(NIXE_FAILED, "it belongs to other options");
    NIXE_TRY(nixe_bytes_get(file, &count, sizeof count));
    if (count < 0) return nixe_fail(NIXE_FAILED, "it has no number of states");
    for (int64_t i = 0; i < count; i++) {
        nixe_saved saved = {0};
        uint64_t bytes;
        NIXE_TRY(nixe_bytes_get(file, &saved.task, sizeof saved.task));
        NIXE_TRY(nixe_bytes_get(file, &bytes, sizeof bytes));
        if (bytes > file->used - file->position) return nixe_fail(NIXE_FAILED, "it is too short");
        if (bytes == 0) return nixe_fail(NIXE_FAILED, "it has a state of nothing");
        NIXE_TRY(nixe_bytes_put(&saved.bytes, file->bytes + file->position, bytes));
        file->position += bytes;
        NIXE_TRY(replace(checkpoint, saved));
    }
    return file->used - file->position == sizeof checksum ? NIXE_OK : nixe_fail(NIXE_FAILED, "it is longer than it says");
}

/* Rank 0: the bytes of the newest file that is good; none if there is none. */
static void read_newest(nixe_checkpoint *checkpoint, nixe_bytes *file) {
    char path[NIXE_BESIDE_PATH];
    for (int age = 0; age < 2; age++) {
        nixe_beside_path(checkpoint->file, age ? NIXE_CHECKPOINT_OLD : NIXE_CHECKPOINT, path);
        if (access(path, F_OK)) continue;
        nixe_status status = nixe_read_regular("", path, SIZE_MAX, file);
        if (!status) status = unpack(checkpoint, file);
        nixe_checkpoint_destroy(checkpoint);
        file->position = 0;
        if (!status) return;
        if (age == 0) checkpoint->passed_over = 1;
        printf("warning   %s cannot be used: %s\n", path, nixe_status_message());
        nixe_status_clear();
        nixe_bytes_destroy(file);
    }
}

nixe_status nixe_checkpoint_look(nixe_checkpoint *checkpoint) {
    nixe_bytes file = {0};
    nixe_status status = NIXE_OK;
    if (!access(checkpoint->path, F_OK)) status = nixe_read_regular("", checkpoint->path, SIZE_MAX, &file);
    if (!status && file.used) status = unpack(checkpoint, &file);
    nixe_bytes_destroy(&file);
    return status;
}

nixe_status nixe_checkpoint_read(nixe_checkpoint *checkpoint) {
    const nixe_parallel *parallel = checkpoint->parallel;
    nixe_bytes file = {0};
    nixe_status status = NIXE_OK;
    if (parallel->rank == 0) read_newest(checkpoint, &file);
    NIXE_TRY(nixe_parallel_broadcast(parallel, &file));
    if (file.used == 0) return NIXE_OK;
    status = unpack(checkpoint, &file);
    nixe_bytes_destroy(&file);
    return nixe_parallel_agree(parallel, status);
}

/* Write a file that nobody else has made, and flush it to the disk. */
static int write_new(const char *path, const nixe_bytes *file) {
    unlink(path); /* what a killed run has left: the lock is ours, so it was */
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    size_t written = 0;
    while (descriptor >= 0 && written < file->used) {
        ssize_t count = write(descriptor, file->bytes + written, file->used - written);
        if (count < 0 && errno != EINTR) break;
        if (count > 0) written += (size_t)count;
    }
    int good = descriptor >= 0 && written == file->used;
    while (good && fsync(descriptor)) good = errno == EINTR;
    const int cause = errno;
    if (descriptor >= 0 && close(descriptor) && errno != EINTR) good = 0;
    errno = cause;
    return good;
}

static nixe_status write_file(nixe_checkpoint *checkpoint) {
    char partial[NIXE_BESIDE_PATH], old[NIXE_BESIDE_PATH], folder[NIXE_BESIDE_PATH];
    nixe_bytes file = {0};
    NIXE_TRY(pack(checkpoint, &file));
    nixe_beside_path(checkpoint->file, NIXE_CHECKPOINT_NEW, partial);
    nixe_beside_path(checkpoint->file, NIXE_CHECKPOINT_OLD, old);
    snprintf(folder, sizeof folder, "%s", checkpoint->path);
    const int good = write_new(partial, &file), cause = errno;
    nixe_bytes_destroy(&file);
    if (!good) {
        unlink(partial);
        return nixe_fail(NIXE_FAILED, "%s: %s", partial, strerror(cause));
    }
    if (!checkpoint->passed_over) rename(checkpoint->path, old); /* the first time there is none */
    checkpoint->passed_over = 0;
    if (rename(partial, checkpoint->path)) return nixe_fail(NIXE_FAILED, "%s: %s", checkpoint->path, strerror(errno));
    const int descriptor = open(dirname(folder), O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor); /* some file systems refuse this for folders: nothing is lost by that */
        close(descriptor);
    }
    return NIXE_OK;
}

/* Rank 0 takes over the changes of another rank. */
static nixe_status receive_changes(nixe_checkpoint *checkpoint, int from) {
    const MPI_Comm comm = checkpoint->parallel->comm;
    int count;
    NIXE_MPI(MPI_Recv(&count, 1, MPI_INT, from, NIXE_TAG_STATES, comm, MPI_STATUS_IGNORE));
    for (int i = 0; i < count; i++) {
        int64_t head[2]; /* task, bytes */
        nixe_saved saved = {0};
        NIXE_MPI(MPI_Recv(head, 2, MPI_INT64_T, from, NIXE_TAG_STATES, comm, MPI_STATUS_IGNORE));
        saved.task = head[0];
        if (head[1] > 0) NIXE_TRY(nixe_allocate(&saved.bytes.bytes, head[1], 1, "the saved states"));
        saved.bytes.used = saved.bytes.capacity = (size_t)head[1];
        for (size_t first = 0; first < saved.bytes.used; first += most_bytes) {
            const size_t part = saved.bytes.used - first < most_bytes ? saved.bytes.used - first : most_bytes;
            NIXE_MPI(MPI_Recv(saved.bytes.bytes + first, (int)part, MPI_BYTE, from, NIXE_TAG_STATES, comm, MPI_STATUS_IGNORE));
        }
        NIXE_TRY(replace(checkpoint, saved));
    }
    return NIXE_OK;
}

static nixe_status send_changes(const nixe_checkpoint *checkpoint, int changes, nixe_saved *change) {
    const MPI_Comm comm = checkpoint->parallel->comm;
    NIXE_MPI(MPI_Send(&changes, 1, MPI_INT, 0, NIXE_TAG_STATES, comm));
    for (int i = 0; i < changes; i++) {
        const int64_t head[2] = {change[i].task, (int64_t)change[i].bytes.used};
        NIXE_MPI(MPI_Send(head, 2, MPI_INT64_T, 0, NIXE_TAG_STATES, comm));
        for (size_t first = 0; first < change[i].bytes.used; first += most_bytes) {
            const size_t part = change[i].bytes.used - first < most_bytes ? change[i].bytes.used - first : most_bytes;
            NIXE_MPI(MPI_Send(change[i].bytes.bytes + first, (int)part, MPI_BYTE, 0, NIXE_TAG_STATES, comm));
        }
        nixe_bytes_destroy(&change[i].bytes);
    }
    return NIXE_OK;
}

nixe_status nixe_checkpoint_write(nixe_checkpoint *checkpoint, int changes, nixe_saved *change) {
    const nixe_parallel *parallel = checkpoint->parallel;
    const double start = MPI_Wtime();
    nixe_status status = NIXE_OK;
    if (parallel->rank != 0) {
        NIXE_TRY(send_changes(checkpoint, changes, change));
    } else {
        for (int i = 0; i < changes; i++) NIXE_TRY(replace(checkpoint, change[i]));
        for (int from = 1; from < parallel->size; from++) NIXE_TRY(receive_changes(checkpoint, from));
        status = write_file(checkpoint);
    }
    status = nixe_parallel_agree(parallel, status); /* with this, all wait for rank 0 */
    checkpoint->seconds = MPI_Wtime() - start;
    checkpoint->longest = fmax(checkpoint->longest, checkpoint->seconds);
    checkpoint->writes++;
    return status;
}

void nixe_checkpoint_print(const nixe_checkpoint *checkpoint) {
    if (checkpoint->writes)
        printf("checkpoints          %d written, the longest in %.3g s\n", checkpoint->writes, checkpoint->longest);
}
