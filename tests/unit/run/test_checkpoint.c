/* Checkpoint: states that are written, replaced, given up and read back on one rank; and files that are damaged, cut off, too
 * long or of other runs, which are passed over for the newest good one. */
#include "nixe/run/checkpoint.h"

#include "unit/crystal.h"
#include "unit/folder.h"

static fixture_folder folder;
static char data[FIXTURE_PATH], newest[FIXTURE_PATH], old[FIXTURE_PATH], partial[FIXTURE_PATH];
static const uint64_t identity = 0x0123456789abcdefu;

static int create(void **state) {
    (void)state;
    fixture_folder_create(&folder);
    fixture_join(&folder, "run.h5", data);
    fixture_join(&folder, "run.h5.checkpoint", newest);
    fixture_join(&folder, "run.h5.checkpoint.old", old);
    fixture_join(&folder, "run.h5.checkpoint.new", partial);
    return 0;
}

static int destroy(void **state) {
    (void)state;
    fixture_folder_destroy(&folder);
    return 0;
}

/* The state of a task at some time: `bytes` bytes that tell both. */
static nixe_saved state_of(int64_t task, int time, size_t bytes) {
    nixe_saved saved = {.task = task};
    uint64_t random = (uint64_t)task * 1000 + (uint64_t)time;
    for (size_t i = 0; i < bytes; i++) {
        const char byte = (char)fixture_random(&random);
        assert_ok(nixe_bytes_put(&saved.bytes, &byte, 1));
    }
    return saved;
}

static void expect_state(const nixe_checkpoint *checkpoint, int64_t task, int time, size_t bytes) {
    nixe_bytes *found = nixe_checkpoint_find(checkpoint, task);
    nixe_saved expected = state_of(task, time, bytes);
    assert_non_null(found);
    assert_int_equal(found->used, bytes);
    assert_int_equal(found->position, 0);
    assert_memory_equal(found->bytes, expected.bytes.bytes, bytes);
    nixe_bytes_destroy(&expected.bytes);
}

/* Read what is there, and what is printed while it is read. */
static nixe_checkpoint read_checkpoint(uint64_t of, fixture_output *output) {
    nixe_checkpoint checkpoint;
    nixe_checkpoint_create(&checkpoint, &fixture_parallel, data, of);
    fixture_capture(output);
    const nixe_status status = nixe_checkpoint_read(&checkpoint);
    fixture_captured(output);
    assert_int_equal(status, NIXE_OK);
    assert_string_equal(nixe_status_message(), "");
    return checkpoint;
}

/* Two generations: at time 1 the tasks 5 and 6, at time 2 the tasks 5, 6 and 7. */
static void write_two(void) {
    nixe_checkpoint checkpoint;
    nixe_checkpoint_create(&checkpoint, &fixture_parallel, data, identity);
    nixe_saved first[] = {state_of(5, 1, 40), state_of(6, 1, 3)};
    nixe_saved second[] = {state_of(6, 2, 5), state_of(7, 2, 1), state_of(5, 2, 17)};
    assert_ok(nixe_checkpoint_write(&checkpoint, 2, first));
    assert_ok(nixe_checkpoint_write(&checkpoint, 3, second));
    nixe_checkpoint_destroy(&checkpoint);
}

static void expect_time_2(const nixe_checkpoint *checkpoint) {
    assert_int_equal(checkpoint->count, 3);
    expect_state(checkpoint, 5, 2, 17);
    expect_state(checkpoint, 6, 2, 5);
    expect_state(checkpoint, 7, 2, 1);
}

static void expect_time_1(const nixe_checkpoint *checkpoint) {
    assert_int_equal(checkpoint->count, 2);
    expect_state(checkpoint, 5, 1, 40);
    expect_state(checkpoint, 6, 1, 3);
}

static void nothing_is_there(void **state) {
    (void)state;
    fixture_output output;
    nixe_checkpoint checkpoint = read_checkpoint(identity, &output);
    assert_string_equal(output.text, "");
    assert_int_equal(checkpoint.count, 0);
    assert_null(nixe_checkpoint_find(&checkpoint, 0));
    assert_int_equal(fixture_folder_entries(&folder), 0);
    nixe_beside_remove_states(checkpoint.file); /* of nothing */
    nixe_checkpoint_destroy(&checkpoint);
}

static void written_and_read_back(void **state) {
    (void)state;
    fixture_output output;
    nixe_checkpoint checkpoint;
    nixe_checkpoint_create(&checkpoint, &fixture_parallel, data, identity);
    assert_string_equal(checkpoint.path, newest);
    nixe_saved changes[] = {state_of(3, 1, 10), state_of(INT64_MAX, 1, 1), state_of(0, 1, 3000000), state_of(-4, 1, 5)};
    assert_ok(nixe_checkpoint_write(&checkpoint, 4, changes));
    for (int again = 0; again < 2; again++) { /* what rank 0 holds, then what it reads */
        assert_int_equal(checkpoint.count, 4);
        expect_state(&checkpoint, 3, 1, 10);
        expect_state(&checkpoint, INT64_MAX, 1, 1);
        expect_state(&checkpoint, 0, 1, 3000000);
        expect_state(&checkpoint, -4, 1, 5);
        assert_null(nixe_checkpoint_find(&checkpoint, 4));
        nixe_checkpoint_destroy(&checkpoint);
        checkpoint = read_checkpoint(identity, &output);
        assert_string_equal(output.text, "");
    }
    nixe_beside_remove_states(checkpoint.file);
    nixe_checkpoint_destroy(&checkpoint);
    assert_int_equal(fixture_folder_entries(&folder), 0);
}

/* Later states take the place of earlier ones, an empty one ends its task, and what did not change is kept. */
static void states_are_replaced_and_given_up(void **state) {
    (void)state;
    fixture_output output;
    nixe_checkpoint checkpoint;
    nixe_checkpoint_create(&checkpoint, &fixture_parallel, data, identity);
    nixe_saved first[] = {state_of(1, 1, 10), state_of(2, 1, 20), state_of(3, 1, 30)};
    nixe_saved second[] = {state_of(2, 2, 7), {.task = 1}, {.task = 99}, state_of(4, 2, 40), state_of(4, 3, 41)};
    assert_ok(nixe_checkpoint_write(&checkpoint, 3, first));
    assert_ok(nixe_checkpoint_write(&checkpoint, 5, second));
    assert_ok(nixe_checkpoint_write(&checkpoint, 0, NULL)); /* nothing has changed: the same again */
    for (int again = 0; again < 2; again++) {
        if (again) assert_int_equal(checkpoint.count, 3); /* the writer keeps the places of what is done with */
        expect_state(&checkpoint, 2, 2, 7);
        expect_state(&checkpoint, 3, 1, 30);
        expect_state(&checkpoint, 4, 3, 41);
        assert_null(nixe_checkpoint_find(&checkpoint, 1));
        nixe_checkpoint_destroy(&checkpoint);
        checkpoint = read_checkpoint(identity, &output);
    }
    nixe_saved last[] = {{.task = 2}, {.task = 3}, {.task = 4}};
    assert_ok(nixe_checkpoint_write(&checkpoint, 3, last)); /* what was read goes on being written */
    nixe_checkpoint_destroy(&checkpoint);
    checkpoint = read_checkpoint(identity, &output);
    assert_string_equal(output.text, ""); /* a checkpoint of nothing is a good one */
    assert_int_equal(checkpoint.count, 0);
    nixe_beside_remove_states(checkpoint.file);
    nixe_checkpoint_destroy(&checkpoint);
}

/* Wanted are the tasks of one remainder by 3; what is saved of them begins with the byte that was put first. */
static int keep(const void *worker, int64_t task, nixe_bytes *bytes) {
    nixe_saved expected = state_of(task, 1, 1);
    char byte;
    assert_ok(nixe_bytes_get(bytes, &byte, 1));
    assert_int_equal(byte, expected.bytes.bytes[0]);
    nixe_bytes_destroy(&expected.bytes);
    return task % 3 == *(const int *)worker;
}

/* Very many tasks, in an order of their own, are found; those that are not wanted are dropped, here and from the next file. */
static void many_tasks_and_some_dropped(void **state) {
    (void)state;
    enum { TASKS = 3000 };
    static nixe_saved change[TASKS];
    const int wanted = 1;
    fixture_output output;
    nixe_checkpoint checkpoint;
    nixe_checkpoint_create(&checkpoint, &fixture_parallel, data, identity);
    for (int i = 0; i < TASKS; i++) change[i] = state_of((int64_t)i * 1009 % TASKS, 1, 1 + (size_t)i * 1009 % TASKS % 40);
    assert_ok(nixe_checkpoint_write(&checkpoint, TASKS, change));
    nixe_checkpoint_destroy(&checkpoint);
    checkpoint = read_checkpoint(identity, &output);
    for (int64_t task = 0; task < TASKS; task++) expect_state(&checkpoint, task, 1, 1 + (size_t)task % 40);
    assert_int_equal(nixe_checkpoint_prune(&checkpoint, keep, &wanted), TASKS / 3 * 2);
    assert_int_equal(nixe_checkpoint_prune(&checkpoint, keep, &wanted), 0);
    assert_ok(nixe_checkpoint_write(&checkpoint, 0, NULL));
    nixe_checkpoint_destroy(&checkpoint);
    checkpoint = read_checkpoint(identity, &output);
    for (int64_t task = 0; task < TASKS; task++)
        if (task % 3 == 1) expect_state(&checkpoint, task, 1, 1 + (size_t)task % 40);
        else assert_null(nixe_checkpoint_find(&checkpoint, task));
    nixe_beside_remove_states(data);
    nixe_checkpoint_destroy(&checkpoint);
}

/* After every write the file before it is FILE.checkpoint.old, byte for byte, and nothing else is left. */
static void the_one_before_is_kept(void **state) {
    (void)state;
    nixe_checkpoint checkpoint;
    char *before = NULL;
    long size = 0;
    nixe_checkpoint_create(&checkpoint, &fixture_parallel, data, identity);
    for (int time = 1; time <= 4; time++) {
        nixe_saved change = state_of(1, time, 100 + (size_t)time);
        assert_ok(nixe_checkpoint_write(&checkpoint, 1, &change));
        assert_int_equal(checkpoint.writes, time);
        assert_true(checkpoint.seconds > 0 && checkpoint.longest >= checkpoint.seconds);
        assert_int_equal(fixture_folder_entries(&folder), before ? 2 : 1);
        if (before) {
            long old_size;
            char *kept = fixture_file_read(old, &old_size);
            assert_int_equal(old_size, size);
            assert_memory_equal(kept, before, (size_t)size);
            free(kept);
        }
        free(before);
        before = fixture_file_read(newest, &size);
    }
    free(before);
    fixture_file_write(partial, "x", 1); /* of a run that was killed */
    nixe_beside_remove_states(checkpoint.file);
    nixe_checkpoint_destroy(&checkpoint);
    assert_int_equal(fixture_folder_entries(&folder), 0);
}

/* The newest file is bad: with the reason, that is said, and the one before is used. Then that one is bad, too. */
static void expect_bad(const char *bytes, size_t size, const char *reason) {
    fixture_output output;
    fixture_file_write(newest, bytes, size);
    nixe_checkpoint checkpoint = read_checkpoint(identity, &output);
    expect_time_1(&checkpoint);
    nixe_checkpoint_destroy(&checkpoint);
    char expected[2 * FIXTURE_PATH];
    snprintf(expected, sizeof expected, "warning   %s cannot be used: %s\n", newest, reason);
    assert_string_equal(output.text, expected);
}

static void damaged_ones_are_passed_over(void **state) {
    (void)state;
    long size;
    write_two();
    char *good = fixture_file_read(newest, &size);
    assert_int_equal(size, 16 + 8 + 8 + 3 * 16 + 23 + 8); /* magic, identity, count, heads, states, checksum */
    for (long i = 0; i < size; i++)
        for (int bit = 0; bit < 8; bit += 7) {
            good[i] = (char)(good[i] ^ (1 << bit));
            expect_bad(good, (size_t)size, "its checksum is wrong");
            good[i] = (char)(good[i] ^ (1 << bit));
        }
    free(good);
}

static void truncated_ones_are_passed_over(void **state) {
    (void)state;
    long size;
    write_two();
    char *good = fixture_file_read(newest, &size);
    for (size_t left = 0; left < (size_t)size; left++)
        expect_bad(good, left, left < 40 ? "it is too short" : "its checksum is wrong");
    free(good);
}

static void longer_ones_are_passed_over(void **state) {
    (void)state;
    static const size_t more[] = {1, 7, 8, 9, 100000};
    long size;
    write_two();
    char *good = fixture_file_read(newest, &size);
    for (int m = 0; m < 5; m++) {
        char *longer = calloc((size_t)size + more[m], 1); /* zeros behind it, as after a power cut */
        memcpy(longer, good, (size_t)size);
        expect_bad(longer, (size_t)size + more[m], "its checksum is wrong");
        memcpy(longer + more[m], good, (size_t)size);
        expect_bad(longer, (size_t)size + more[m], "its checksum is wrong");
        free(longer);
    }
    free(good);
}

/* A file that says something else under a checksum that fits. */
static void expect_bad_content(const char *good, long size, size_t offset, const void *bytes, size_t count,
                               const char *reason) {
    char *file = calloc((size_t)size, 1);
    memcpy(file, good, (size_t)size);
    memcpy(file + offset, bytes, count);
    const uint64_t checksum = nixe_hash(nixe_hash_start, file, (size_t)size - 8);
    memcpy(file + size - 8, &checksum, 8);
    expect_bad(file, (size_t)size, reason);
    free(file);
}

static void others_are_passed_over(void **state) {
    (void)state;
    static const uint64_t other = 1;
    static const int64_t counts[] = {4, 5, 1000, INT64_MAX};
    static const uint64_t lengths[] = {1000, UINT64_MAX, UINT64_MAX - 80, (uint64_t)1 << 63};
    long size;
    write_two();
    char *good = fixture_file_read(newest, &size);
    expect_bad_content(good, size, 0, "nixe-states-9", 13, "it is of another version");
    expect_bad_content(good, size, 16, &other, 8, "it belongs to other options");
    for (int c = 0; c < 4; c++) expect_bad_content(good, size, 24, counts + c, 8, "a saved state ends too early");
    for (int l = 0; l < 4; l++) expect_bad_content(good, size, 40, lengths + l, 8, "it is too short");
    free(good);
}

/* Neither can be used: there is nothing to go on from. Nothing is removed, and the next write begins anew. */
static void none_is_good(void **state) {
    (void)state;
    fixture_output output;
    write_two();
    nixe_checkpoint checkpoint = read_checkpoint(identity + 1, &output);
    const char *first = strstr(output.text, newest), *second = strstr(output.text, old);
    assert_true(first && second && first < second);
    assert_non_null(strstr(output.text, ".checkpoint.old cannot be used: it belongs to other options\n"));
    assert_int_equal(checkpoint.count, 0);
    assert_int_equal(fixture_folder_entries(&folder), 2);
    nixe_saved change = state_of(8, 1, 10);
    assert_ok(nixe_checkpoint_write(&checkpoint, 1, &change));
    nixe_checkpoint_destroy(&checkpoint);
    checkpoint = read_checkpoint(identity + 1, &output);
    assert_string_equal(output.text, "");
    assert_int_equal(checkpoint.count, 1);
    expect_state(&checkpoint, 8, 1, 10);
    nixe_checkpoint_destroy(&checkpoint);
}

/* As after a kill between the two renames of a write: the one before is the only one. */
static void only_the_old_one_is_there(void **state) {
    (void)state;
    fixture_output output;
    write_two();
    nixe_checkpoint checkpoint = read_checkpoint(identity, &output);
    expect_time_2(&checkpoint);
    nixe_checkpoint_destroy(&checkpoint);
    unlink(newest);
    checkpoint = read_checkpoint(identity, &output);
    assert_string_equal(output.text, "");
    expect_time_1(&checkpoint);
    nixe_checkpoint_destroy(&checkpoint);
}

/* A write that fails says why, and the last good ones stay. */
static void a_write_that_fails(void **state) {
    (void)state;
    fixture_output output;
    write_two();
    nixe_checkpoint checkpoint = read_checkpoint(identity, &output);
    nixe_saved change = state_of(7, 3, 100);
    assert_int_equal(mkdir(partial, 0700), 0);
    assert_int_equal(nixe_checkpoint_write(&checkpoint, 1, &change), NIXE_FAILED);
    assert_non_null(strstr(nixe_status_message(), partial));
    nixe_status_clear();
    rmdir(partial);
    nixe_checkpoint_destroy(&checkpoint);
    checkpoint = read_checkpoint(identity, &output);
    expect_time_2(&checkpoint);
    nixe_checkpoint_destroy(&checkpoint);
    unlink(newest);
    checkpoint = read_checkpoint(identity, &output);
    expect_time_1(&checkpoint);
    nixe_checkpoint_destroy(&checkpoint);
}

static void what_is_printed(void **state) {
    (void)state;
    fixture_output output;
    nixe_checkpoint checkpoint = {.writes = 0};
    fixture_capture(&output);
    nixe_checkpoint_print(&checkpoint);
    checkpoint.writes = 12;
    checkpoint.longest = 0.25;
    nixe_checkpoint_print(&checkpoint);
    assert_string_equal(fixture_captured(&output), "checkpoints          12 written, the longest in 0.25 s\n");
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, create, destroy)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(nothing_is_there),
        IN_A_FOLDER(written_and_read_back),
        IN_A_FOLDER(states_are_replaced_and_given_up),
        IN_A_FOLDER(many_tasks_and_some_dropped),
        IN_A_FOLDER(the_one_before_is_kept),
        IN_A_FOLDER(damaged_ones_are_passed_over),
        IN_A_FOLDER(truncated_ones_are_passed_over),
        IN_A_FOLDER(longer_ones_are_passed_over),
        IN_A_FOLDER(others_are_passed_over),
        IN_A_FOLDER(none_is_good),
        IN_A_FOLDER(only_the_old_one_is_there),
        IN_A_FOLDER(a_write_that_fails),
        cmocka_unit_test(what_is_printed),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
