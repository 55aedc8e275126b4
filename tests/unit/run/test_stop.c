/* Stop: signals and the time limit. What has been received stays so to the end of a process: each case has a child of its own.
 */
#include "nixe/run/stop.h"

#include <mpi.h>
#include <signal.h>

#include "unit/folder.h"

/* Run a case in a process of its own; it returns 0 where all is well. */
static void expect_good(int (*run)(const int *), const int *numbers) {
    const pid_t child = fixture_fork();
    if (child == 0) _exit(run(numbers));
    assert_int_equal(fixture_wait(child), 0);
}

static int code_is(const char *text) { return nixe_stop_code(0) > 0 && !strcmp(nixe_stop_text(nixe_stop_code(0)), text); }

static int nothing_asked(const int *numbers) {
    (void)numbers;
    if (nixe_stop_code(0) || nixe_stop_code(1e9)) return 1;
    nixe_stop_listen();
    return nixe_stop_code(0) || nixe_stop_code(1e9) || strcmp(nixe_stop_text(0), "") != 0;
}

static void nobody_asks(void **state) {
    (void)state;
    expect_good(nothing_asked, NULL);
}

static int one_signal(const int *numbers) {
    static const char *const text[] = {[SIGUSR1] = "SIGUSR1",
                                       [SIGTERM] = "SIGTERM",
                                       [SIGINT] = "an interrupt",
                                       [SIGHUP] = "SIGHUP",
                                       [SIGXCPU] = "the limit of processor time",
                                       [SIGPIPE] = "the end of whoever read its output"};
    nixe_stop_listen();
    for (int times = 0; times < 3; times++) {
        raise(numbers[0]);
        if (!code_is(text[numbers[0]])) return 1;
    }
    return 0;
}

static const int signals[] = {SIGUSR1, SIGTERM, SIGINT, SIGHUP, SIGXCPU, SIGPIPE};
enum { SIGNALS = sizeof signals / sizeof *signals };

static void signals_are_remembered(void **state) {
    (void)state;
    for (int s = 0; s < SIGNALS; s++) expect_good(one_signal, signals + s);
}

/* What a write beyond the limit of file sizes raises is for the write to tell. */
static int too_large_a_file(const int *numbers) {
    (void)numbers;
    nixe_stop_listen();
    raise(SIGXFSZ);
    return nixe_stop_code(0);
}

static void file_sizes_are_no_request(void **state) {
    (void)state;
    expect_good(too_large_a_file, NULL);
}

/* How a process ends that gets a signal before it listens, and what it says. */
static void expect_end(int number, int speaks, const char *text) {
    char said[256] = "";
    int channel[2];
    assert_int_equal(pipe(channel), 0);
    const pid_t child = fixture_fork();
    if (child == 0) {
        dup2(channel[1], STDERR_FILENO);
        nixe_stop_at_once(speaks);
        raise(number);
        _exit(0);
    }
    close(channel[1]);
    assert_int_equal(fixture_wait(child), 3);
    assert_true(read(channel[0], said, sizeof said - 1) >= 0);
    close(channel[0]);
    assert_string_equal(said, text);
}

static void before_the_run_signals_end_the_process(void **state) {
    (void)state;
    for (int s = 0; s < SIGNALS; s++)
        if (signals[s] != SIGPIPE) expect_end(signals[s], 0, "");
    expect_end(SIGTERM, 1, "nixe: stopped early by SIGTERM before it began: nothing was done\n");
    expect_end(SIGINT, 1, "nixe: stopped early by an interrupt before it began: nothing was done\n");
}

/* A read that waits when the signal comes goes on waiting, as reads of HDF5 must. */
static int interrupted_read(const int *numbers) {
    int channel[2];
    char byte = 0;
    if (pipe(channel)) return 1;
    nixe_stop_listen();
    const pid_t parent = getpid(), child = fixture_fork();
    if (child == 0) {
        usleep(20000);
        kill(parent, numbers[0]);
        usleep(20000);
        _exit(write(channel[1], "x", 1) != 1);
    }
    const ssize_t count = read(channel[0], &byte, 1);
    waitpid(child, NULL, 0);
    return !(count == 1 && byte == 'x' && nixe_stop_code(0) > 0);
}

static void signals_interrupt_no_read(void **state) {
    (void)state;
    for (int s = 0; s < SIGNALS; s++) expect_good(interrupted_read, signals + s);
}

/* The limit counts from the start of the program; what stopping takes is kept in reserve. */
static int time_limits(const int *numbers) {
    (void)numbers;
    const double now = MPI_Wtime();
    nixe_stop_set_limit(now, 1000);
    if (nixe_stop_code(0) || nixe_stop_code(900)) return 1;
    if (strcmp(nixe_stop_text(nixe_stop_code(1001)), "the time limit") != 0) return 2;
    nixe_stop_set_limit(now + 500, 1000); /* of a program that began later */
    if (nixe_stop_code(1400) || strcmp(nixe_stop_text(nixe_stop_code(1501)), "the time limit") != 0) return 3;
    nixe_stop_set_limit(now, 1e-6);
    usleep(1000);
    if (!code_is("the time limit")) return 4;
    nixe_stop_set_limit(now, 0); /* none */
    if (nixe_stop_code(1e9)) return 5;
    nixe_stop_set_limit(now, -1); /* none, as the options say it */
    return nixe_stop_code(1e9) ? 6 : 0;
}

static void limits(void **state) {
    (void)state;
    expect_good(time_limits, NULL);
}

/* Who asks is told before the limit. */
static int signal_and_limit(const int *numbers) {
    nixe_stop_set_limit(MPI_Wtime(), 1e-6);
    usleep(1000);
    return code_is("the time limit") ? one_signal(numbers) : 9;
}

static void a_signal_beyond_the_limit(void **state) {
    (void)state;
    for (int s = 0; s < SIGNALS; s++) expect_good(signal_and_limit, signals + s);
}

static int start(void **state) {
    (void)state;
    return MPI_Init(NULL, NULL);
}

static int finish(void **state) {
    (void)state;
    return MPI_Finalize();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_asks),
        cmocka_unit_test(signals_are_remembered),
        cmocka_unit_test(file_sizes_are_no_request),
        cmocka_unit_test(before_the_run_signals_end_the_process),
        cmocka_unit_test(signals_interrupt_no_read),
        cmocka_unit_test(limits),
        cmocka_unit_test(a_signal_beyond_the_limit),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
