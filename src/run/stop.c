/* Stop: requests to end early. Not collective. */
#include "nixe/run/stop.h"

#include <mpi.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* The reasons, in the order of their codes; those of one process are weaker than those that the user gives. */
static const struct {
    int signal;
    const char *text;
} reason[] = {{0, ""},
              {0, "the time limit"},
              {SIGPIPE, "the end of whoever read its output"},
              {SIGINT, "an interrupt"},
              {SIGHUP, "SIGHUP"},
              {SIGXCPU, "the limit of processor time"},
              {SIGTERM, "SIGTERM"},
              {SIGUSR1, "SIGUSR1"}};
enum { NONE, LIMIT, FIRST_SIGNAL, REASONS = sizeof reason / sizeof *reason };

static volatile sig_atomic_t received, speaking;
static double limit_time;

static void remember(int number) { received = number; }

/* Only what may be called inside a handler. */
static void end_at_once(int number) {
    const char *text[] = {"nixe: stopped early by ", "", " before it began: nothing was done\n"};
    for (int r = FIRST_SIGNAL; r < REASONS; r++)
        if (reason[r].signal == number) text[1] = reason[r].text;
    for (int t = 0; t < 3 && speaking; t++)
        if (write(STDERR_FILENO, text[t], strlen(text[t])) < 0) break;
    _exit(3);
}

static void handle(int number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void nixe_stop_at_once(int speaks) {
    speaking = speaks;
    for (int r = FIRST_SIGNAL; r < REASONS; r++)
        if (reason[r].signal != SIGPIPE) handle(reason[r].signal, end_at_once);
}

void nixe_stop_default(void) {
    for (int r = FIRST_SIGNAL; r < REASONS; r++) handle(reason[r].signal, SIG_DFL);
}

void nixe_stop_listen(void) {
    for (int r = FIRST_SIGNAL; r < REASONS; r++) handle(reason[r].signal, remember);
    handle(SIGXFSZ, SIG_IGN);
}

void nixe_stop_set_limit(double start, double time_limit) { limit_time = time_limit > 0 ? start + time_limit : 0; }

int nixe_stop_code(double reserve) {
    for (int r = FIRST_SIGNAL; r < REASONS && received; r++)
        if (reason[r].signal == received) return r;
    return limit_time > 0 && MPI_Wtime() + reserve > limit_time ? LIMIT : NONE;
}

const char *nixe_stop_text(int code) { return reason[code].text; }
