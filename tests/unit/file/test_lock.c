/* Lock: who owns an output file, seen from this process and from others: refused while it is owned, given back by a release or
 * by the end of the owner, however it ended. */
#include "nixe/file/lock.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "unit/folder.h"

static fixture_folder folder;
static char data[FIXTURE_PATH], lock_file[FIXTURE_PATH]; /* the output file, and its lock */

static int start(void **state) {
    (void)state;
    fixture_folder_create(&folder);
    fixture_join(&folder, "run.h5", data);
    fixture_join(&folder, "run.h5.lock", lock_file);
    return 0;
}

static int finish(void **state) {
    (void)state;
    fixture_folder_destroy(&folder);
    return 0;
}

/* "host H, process P" of a process of this machine. */
static const char *owner_line(pid_t process) {
    static char line[128];
    char host[64] = "";
    gethostname(host, sizeof host - 1);
    snprintf(line, sizeof line, "host %s, process %ld", host, (long)process);
    return line;
}

/* The last thing to do with a lock that this process owns: reading the file gives it up (fcntl). */
static void expect_text(const char *expected) {
    long size;
    char *text = fixture_file_read(lock_file, &size);
    assert_string_equal(text, expected);
    free(text);
}

/* What another process sees of the lock: this one would find only what is not its own. */
static nixe_owner look_from_elsewhere(void) {
    nixe_owner owner;
    int channel[2];
    assert_int_equal(pipe(channel), 0);
    const pid_t child = fixture_fork();
    if (child == 0) {
        nixe_lock_read(data, &owner);
        _exit(write(channel[1], &owner, sizeof owner) == (ssize_t)sizeof owner ? 0 : 1);
    }
    assert_int_equal(read(channel[0], &owner, sizeof owner), sizeof owner);
    assert_int_equal(fixture_wait(child), 0);
    close(channel[0]);
    close(channel[1]);
    return owner;
}

/* Another process that takes the lock, notes its start if it shall, says so and stays until it is told to end or is killed. */
typedef struct {
    pid_t process;
    int command; /* closed: release it and end */
} other_run;

static other_run start_other(int notes) {
    int said[2], told[2];
    char byte = 0;
    assert_true(!pipe(said) && !pipe(told));
    const pid_t child = fixture_fork();
    if (child == 0) {
        nixe_lock lock;
        close(told[1]);
        if (nixe_lock_take(&lock, data, 0) || (notes && nixe_lock_note_start(&lock, 3, 100))) _exit(1);
        if (write(said[1], &byte, 1) != 1) _exit(1);
        while (read(told[0], &byte, 1) < 0 && errno == EINTR) continue;
        nixe_lock_release(&lock);
        _exit(0);
    }
    close(said[1]);
    close(told[0]);
    assert_int_equal(read(said[0], &byte, 1), 1);
    close(said[0]);
    return (other_run){child, told[1]};
}

static void end_other(other_run other) {
    close(other.command);
    assert_int_equal(fixture_wait(other.process), 0);
}

static void taken_and_released(void **state) {
    (void)state;
    nixe_lock lock;
    char expected[160];
    for (int round = 0; round < 2; round++) {
        assert_ok(nixe_lock_take(&lock, data, 0));
        assert_string_equal(lock.path, lock_file);
        snprintf(expected, sizeof expected, "%s\n", owner_line(getpid()));
        expect_text(expected);
        assert_int_equal(fixture_file_size(data), -1); /* the output file is for others to make */
        nixe_lock_release(&lock);
        assert_int_equal(lock.descriptor, -1);
        assert_int_equal(fixture_folder_entries(&folder), 0);
        nixe_lock_release(&lock); /* nothing is owned */
    }
}

static void a_second_process_is_refused(void **state) {
    (void)state;
    const other_run other = start_other(0);
    nixe_lock lock;
    for (int may_exist = 0; may_exist < 2; may_exist++) {
        assert_int_equal(nixe_lock_take(&lock, data, may_exist), NIXE_REFUSED);
        assert_int_equal(lock.descriptor, -1);
        assert_non_null(strstr(nixe_status_message(), data));
        assert_non_null(strstr(nixe_status_message(), "another run owns it"));
        assert_non_null(strstr(nixe_status_message(), owner_line(other.process)));
        nixe_status_clear();
        nixe_lock_release(&lock); /* which gives nothing back */
    }
    const nixe_owner owner = look_from_elsewhere();
    assert_int_equal(owner.running, 1); /* still */
    assert_string_equal(owner.owner, owner_line(other.process));
    end_other(other);
    assert_int_equal(fixture_folder_entries(&folder), 0);
    assert_ok(nixe_lock_take(&lock, data, 0));
    nixe_lock_release(&lock);
}

static void other_files_and_children(void **state) {
    (void)state;
    nixe_lock lock, second;
    char path[FIXTURE_PATH];
    const other_run other = start_other(0);
    fixture_join(&folder, "another.h5", path);
    assert_ok(nixe_lock_take(&second, path, 0)); /* another output file */
    nixe_lock_release(&second);
    end_other(other);
    assert_ok(nixe_lock_take(&lock, data, 0));
    const pid_t child = fixture_fork();
    if (child == 0) { /* a child of the owner is another process, and its end takes nothing away */
        const nixe_status status = nixe_lock_take(&second, data, 1);
        _exit(status == NIXE_REFUSED && strstr(nixe_status_message(), owner_line(getppid())) ? 0 : 1);
    }
    assert_int_equal(fixture_wait(child), 0);
    assert_int_equal(look_from_elsewhere().running, 1);
    nixe_lock_release(&lock);
    assert_int_equal(look_from_elsewhere().running, 0);
}

static void notes_are_read_by_others(void **state) {
    (void)state;
    nixe_lock lock;
    nixe_owner owner = look_from_elsewhere(); /* before there is anything */
    assert_true(!owner.running && !owner.hidden && !owner.owner[0] && owner.began == 0);
    assert_ok(nixe_lock_take(&lock, data, 0));
    owner = look_from_elsewhere();
    assert_true(owner.running && !owner.hidden && owner.began == 0);
    assert_string_equal(owner.owner, owner_line(getpid()));
    const double before = (double)time(NULL);
    assert_ok(nixe_lock_note_start(&lock, 0.1, 1e15));
    owner = look_from_elsewhere();
    assert_true(owner.running && owner.done == 0.1);
    assert_in_range(owner.began, before, before + 10);
    assert_string_equal(owner.owner, owner_line(getpid()));
    char expected[256];
    snprintf(expected, sizeof expected, "%s\nbegan %.0f with %.17g of %.17g\n", owner_line(getpid()), owner.began, 0.1, 1e15);
    expect_text(expected);
    nixe_lock_release(&lock);
    owner = look_from_elsewhere();
    assert_true(!owner.running && !owner.hidden && !owner.owner[0] && owner.began == 0);
}

/* The file of an owner that was killed is still there and says who it was; the next one takes its place. */
static void a_lock_that_a_dead_process_left(void **state) {
    (void)state;
    const other_run dead = start_other(1);
    assert_int_equal(look_from_elsewhere().running, 1);
    kill(dead.process, SIGKILL);
    assert_int_equal(fixture_wait(dead.process), -SIGKILL);
    close(dead.command);
    nixe_owner owner = look_from_elsewhere();
    assert_true(!owner.running && !owner.hidden && owner.began > 0 && owner.done == 3);
    assert_string_equal(owner.owner, owner_line(dead.process));
    nixe_lock lock;
    char expected[160];
    assert_ok(nixe_lock_take(&lock, data, 1));
    owner = look_from_elsewhere();
    assert_true(owner.running && owner.began == 0);
    assert_string_equal(owner.owner, owner_line(getpid()));
    snprintf(expected, sizeof expected, "%s\n", owner_line(getpid()));
    expect_text(expected); /* nothing of the old note is left */
    nixe_lock_release(&lock);
    assert_int_equal(fixture_folder_entries(&folder), 0);
}

/* What a lock may say after damage: it is free, whoever wrote it. */
static void locks_that_say_something_else(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "\n",
                                        "\n\n\n",
                                        "x",
                                        "host a, process 1\nbegan",
                                        "host a, process 1\nbegan x with y\n",
                                        "host a, process 1\nbegan 5 wi"};
    char longest[5000];
    memset(longest, 'h', sizeof longest);
    for (size_t t = 0; t <= sizeof texts / sizeof *texts; t++) {
        if (t < sizeof texts / sizeof *texts) fixture_file_write(lock_file, texts[t], strlen(texts[t]));
        else fixture_file_write(lock_file, longest, sizeof longest);
        const nixe_owner owner = look_from_elsewhere();
        assert_true(!owner.running && owner.began == 0 && strlen(owner.owner) < sizeof owner.owner);
        nixe_lock lock;
        assert_ok(nixe_lock_take(&lock, data, 1));
        nixe_lock_release(&lock);
    }
}

/* Another run made the output file between the look of this one and its lock. */
static void a_file_that_has_just_been_made(void **state) {
    (void)state;
    nixe_lock lock;
    fixture_file_write(data, "data", 4);
    assert_int_equal(nixe_lock_take(&lock, data, 0), NIXE_REFUSED);
    assert_non_null(strstr(nixe_status_message(), data));
    assert_non_null(strstr(nixe_status_message(), "another run has just made it"));
    nixe_status_clear();
    assert_int_equal(lock.descriptor, -1);
    assert_int_equal(fixture_file_size(lock_file), -1);
    assert_ok(nixe_lock_take(&lock, data, 1));
    nixe_lock_release(&lock);
    assert_int_equal(fixture_file_size(data), 4); /* and it is left alone */
    unlink(data);
}

static void locks_that_cannot_be_made_or_read(void **state) {
    (void)state;
    nixe_lock lock;
    nixe_owner owner;
    char path[FIXTURE_PATH];
    fixture_join(&folder, "absent/run.h5", path);
    assert_int_equal(nixe_lock_take(&lock, path, 1), NIXE_REFUSED);
    assert_int_equal(lock.descriptor, -1);
    assert_non_null(strstr(nixe_status_message(), path));
    assert_non_null(strstr(nixe_status_message(), strerror(ENOENT)));
    nixe_status_clear();
    assert_int_equal(symlink(lock_file, lock_file), 0); /* a circle: nobody can open it */
    nixe_lock_read(data, &owner);
    assert_true(owner.hidden && !owner.running);
    assert_int_equal(nixe_lock_take(&lock, data, 1), NIXE_REFUSED);
    nixe_status_clear();
    unlink(lock_file);
}

/* A run of the crowd: takes the lock as often as it can, and whoever has it must be alone. */
static void take_often(int rounds) {
    char alone[FIXTURE_PATH];
    fixture_join(&folder, "alone", alone);
    for (int taken = 0; taken < rounds;) {
        nixe_lock lock;
        const nixe_status status = nixe_lock_take(&lock, data, 1);
        if (status == NIXE_REFUSED) {
            nixe_status_clear();
            continue;
        }
        const int mark = status ? -1 : open(alone, O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (mark < 0) _exit(1);
        close(mark);
        unlink(alone);
        nixe_lock_release(&lock);
        taken++;
    }
    _exit(0);
}

/* Locks are removed while others are about to take them: never have two processes one. */
static void a_crowd(void **state) {
    (void)state;
    enum { CROWD = 4 };
    pid_t child[CROWD];
    for (int c = 0; c < CROWD; c++)
        if ((child[c] = fixture_fork()) == 0) take_often(300);
    for (int c = 0; c < CROWD; c++) assert_int_equal(fixture_wait(child[c]), 0);
    assert_int_equal(fixture_folder_entries(&folder), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taken_and_released),
        cmocka_unit_test(a_second_process_is_refused),
        cmocka_unit_test(other_files_and_children),
        cmocka_unit_test(notes_are_read_by_others),
        cmocka_unit_test(a_lock_that_a_dead_process_left),
        cmocka_unit_test(locks_that_say_something_else),
        cmocka_unit_test(a_file_that_has_just_been_made),
        cmocka_unit_test(locks_that_cannot_be_made_or_read),
        cmocka_unit_test(a_crowd),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
