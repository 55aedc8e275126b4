/* Fit: what control groups leave a process, from groups of our own; and bytes in words. */
#include "nixe/base/fit.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/fixture.h"

static char root[] = "/tmp/nixe-fit-XXXXXX";

static void write_text(const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static double left(const char *group) {
    char path[512];
    write_text("groups", group);
    snprintf(path, sizeof path, "%s/groups", root);
    return nixe_fit_group(path, root);
}

/* A job is limited by its own group, or by one that it is in, whichever leaves less. */
static void groups_of_version_2(void **state) {
    (void)state;
    make_folder("slurm");
    make_folder("slurm/job_7");
    write_text("slurm/job_7/memory.max", "max\n");
    write_text("slurm/job_7/memory.current", "1000\n");
    assert_true(isinf(left("0::/slurm/job_7\n")));
    write_text("slurm/memory.max", "9000\n");
    write_text("slurm/memory.current", "3000\n");
    write_text("slurm/memory.stat", "anon 1\nactive_file 70\ninactive_file 500\n");
    assert_close(left("0::/slurm/job_7\n"), 6500, 0);
    write_text("slurm/job_7/memory.max", "2500\n");
    assert_close(left("0::/slurm/job_7\n"), 1500, 0);
    assert_true(isinf(left("0::/elsewhere\n")));
    assert_true(isinf(left("12:cpu:/slurm/job_7\n")));
}

static void groups_of_version_1(void **state) {
    (void)state;
    make_folder("memory");
    make_folder("memory/job");
    write_text("memory/memory.limit_in_bytes", "9223372036854771712\n");
    write_text("memory/memory.usage_in_bytes", "5000\n");
    write_text("memory/job/memory.limit_in_bytes", "8000\n");
    write_text("memory/job/memory.usage_in_bytes", "6000\n");
    write_text("memory/job/memory.stat", "inactive_file 1\ntotal_inactive_file 300\n");
    assert_close(left("11:cpuset:/\n4:memory:/job\n1:name=systemd:/x\n"), 2300, 0);
}

static void nothing_is_known(void **state) {
    (void)state;
    assert_true(isinf(nixe_fit_group("/nowhere", "/nowhere")));
    assert_true(isinf(left("")));
    assert_true(isinf(left("nonsense")));
}

static void bytes_in_words(void **state) {
    (void)state;
    char text[32];
    nixe_fit_print(999, text, sizeof text);
    assert_string_equal(text, "999 B");
    nixe_fit_print(4.158e6, text, sizeof text);
    assert_string_equal(text, "4.16 MB");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(groups_of_version_2), cmocka_unit_test(groups_of_version_1),
                                       cmocka_unit_test(nothing_is_known), cmocka_unit_test(bytes_in_words)};
    return mkdtemp(root) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
