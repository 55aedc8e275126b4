/* Open: regular files, without waiting. */
#include "nixe/base/open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit/fixture.h"

static char folder[] = "/tmp/nixe_test_XXXXXX";

static const char *place(const char *name) {
    static char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int make_entries(void **state) {
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!mkdtemp(folder)) return 1;
    FILE *file = fopen(place("file"), "w");
    if (!file || fputs("12345678", file) < 0 || fclose(file)) return 1;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", place("socket"));
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address)) return 1;
    close(descriptor);
    return mkfifo(place("fifo"), 0600) || mkdir(place("folder"), 0700) || symlink("file", place("link")) ||
           symlink("fifo", place("link_to_fifo")) || symlink("missing", place("link_to_nothing"));
}

static int remove_entries(void **state) {
    (void)state;
    static const char *const name[] = {"file", "socket", "fifo", "link", "link_to_fifo", "link_to_nothing", "new"};
    for (size_t n = 0; n < sizeof name / sizeof *name; n++) unlink(place(name[n]));
    rmdir(place("folder"));
    return rmdir(folder);
}

static void regular_files_are_opened(void **state) {
    (void)state;
    int descriptor;
    assert_ok(nixe_open_regular("-x", place("file"), O_RDWR, &descriptor));
    assert_true(fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
    close(descriptor);
    assert_ok(nixe_open_regular("-x", place("link"), O_RDONLY, &descriptor));
    close(descriptor);
    assert_ok(nixe_open_regular("-x", place("new"), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, &descriptor));
    close(descriptor);
    assert_ok(nixe_check_regular("-x", place("file")));
}

static void the_rest_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int flags;
        const char *why;
        int cause;
    } cases[] = {{"fifo", O_RDONLY, "a FIFO", EINVAL},
                 {"fifo", O_RDWR, "a FIFO", EINVAL},
                 {"fifo", O_WRONLY, "a FIFO", EINVAL},
                 {"link_to_fifo", O_RDONLY, "a FIFO", EINVAL},
                 {"folder", O_RDONLY, "a folder", EINVAL},
                 {"socket", O_RDONLY, "a socket", EINVAL},
                 {"link", O_RDONLY | O_NOFOLLOW, "a symbolic link", EINVAL},
                 {"link_to_nothing", O_RDWR | O_CREAT | O_NOFOLLOW, "a symbolic link", EINVAL},
                 {"missing", O_RDONLY, "No such file", ENOENT},
                 {"link_to_nothing", O_RDONLY, "No such file", ENOENT}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        int descriptor = 7;
        assert_int_equal(nixe_open_regular("-x", place(cases[c].name), cases[c].flags, &descriptor), NIXE_REFUSED);
        assert_int_equal(errno, cases[c].cause);
        assert_int_equal(descriptor, -1);
        if (!strstr(nixe_status_message(), cases[c].why)) fail_msg("%s: %s", cases[c].name, nixe_status_message());
        assert_non_null(strstr(nixe_status_message(), place(cases[c].name)));
        assert_int_equal(strncmp(nixe_status_message(), "-x /", 4), 0);
        nixe_status_clear();
    }
    assert_int_equal(nixe_check_regular("", "/dev/null"), NIXE_REFUSED);
    assert_string_equal(nixe_status_message(), "/dev/null: it is a device, not a file");
    nixe_status_clear();
    assert_int_not_equal(access(place("missing"), F_OK), 0);
}

static void bytes_are_read_up_to_a_bound(void **state) {
    (void)state;
    nixe_bytes bytes;
    assert_ok(nixe_read_regular("-x", place("file"), 8, &bytes));
    assert_int_equal(bytes.used, 8);
    assert_memory_equal(bytes.bytes, "12345678", 8);
    nixe_bytes_destroy(&bytes);
    assert_int_equal(nixe_read_regular("-x", place("file"), 7, &bytes), NIXE_REFUSED);
    assert_non_null(strstr(nixe_status_message(), "larger than 7 bytes"));
    assert_null(bytes.bytes);
    nixe_status_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regular_files_are_opened),
        cmocka_unit_test(the_rest_is_refused),
        cmocka_unit_test(bytes_are_read_up_to_a_bound),
    };
    return cmocka_run_group_tests(tests, make_entries, remove_entries);
}
