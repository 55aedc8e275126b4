/* Folder: a place for the files of a test, what a test prints, and processes of their own; for the unit tests of rooms that
 * deal with files and processes. Includes fixture.h. */
#ifndef NIXE_TEST_FOLDER_H
#define NIXE_TEST_FOLDER_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/fixture.h"

enum { FIXTURE_PATH = 384 }; /* bytes of a path, at the most */

typedef struct {
    char path[64];
} fixture_folder;

static inline void fixture_folder_create(fixture_folder *folder) {
    strcpy(folder->path, "/tmp/nixe_test_XXXXXX");
    assert_non_null(mkdtemp(folder->path));
}

/* The path of a file in the folder. */
static inline void fixture_join(const fixture_folder *folder, const char *name, char path[FIXTURE_PATH]) {
    snprintf(path, FIXTURE_PATH, "%s/%s", folder->path, name);
}

/* Names in the folder, those of `.` and `..` aside. */
static inline int fixture_folder_entries(const fixture_folder *folder) {
    int entries = -2;
    DIR *opened = opendir(folder->path);
    assert_non_null(opened);
    while (readdir(opened)) entries++;
    closedir(opened);
    return entries;
}

/* With the files and the empty folders in it. */
static inline void fixture_folder_destroy(fixture_folder *folder) {
    DIR *opened = opendir(folder->path);
    assert_non_null(opened);
    for (struct dirent *entry; (entry = readdir(opened)) != NULL;) {
        char path[FIXTURE_PATH];
        fixture_join(folder, entry->d_name, path);
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) assert_int_equal(remove(path), 0);
    }
    closedir(opened);
    assert_int_equal(rmdir(folder->path), 0);
}

/* Bytes of a file; -1 where there is none. */
static inline long fixture_file_size(const char *path) {
    struct stat entry;
    return stat(path, &entry) ? -1 : (long)entry.st_size;
}

/* The bytes of a file, and a 0 behind them; the caller frees them. */
static inline char *fixture_file_read(const char *path, long *size) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    *size = fixture_file_size(path);
    char *bytes = calloc((size_t)*size + 1, 1);
    assert_int_equal(fread(bytes, 1, (size_t)*size, file), *size);
    fclose(file);
    return bytes;
}

static inline void fixture_file_write(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* What is printed to standard output from fixture_capture() to fixture_captured() goes into a file instead. */
typedef struct {
    int terminal; /* the standard output of before */
    FILE *file;
    char text[4096]; /* what has been printed, at the end */
} fixture_output;

static inline void fixture_capture(fixture_output *output) {
    fflush(stdout);
    output->file = tmpfile();
    output->terminal = dup(STDOUT_FILENO);
    assert_true(output->file && output->terminal >= 0);
    assert_int_equal(dup2(fileno(output->file), STDOUT_FILENO), STDOUT_FILENO);
}

static inline const char *fixture_captured(fixture_output *output) {
    fflush(stdout);
    dup2(output->terminal, STDOUT_FILENO);
    close(output->terminal);
    rewind(output->file);
    output->text[fread(output->text, 1, sizeof output->text - 1, output->file)] = '\0';
    fclose(output->file);
    return output->text;
}

/* fork(); the child ends after a minute at the latest, also where a test has failed and nobody waits for it. */
static inline pid_t fixture_fork(void) {
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) alarm(60);
    return child;
}

/* How a child process ended: its exit status, or -N after signal N. */
static inline int fixture_wait(pid_t child) {
    int ended = 0;
    assert_int_equal(waitpid(child, &ended, 0), child);
    return WIFEXITED(ended) ? WEXITSTATUS(ended) : -WTERMSIG(ended);
}

#endif
