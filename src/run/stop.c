/* Stop: requests to end early. Not collective. */
#include "nixe/run/stop.h"

#include <mpi.h>
#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t received;
static double limit_time;

static void remember(int number) { received = number; }

void nixe_stop_listen(void) {
    const int number[] = {SIGUSR1, SIGTERM, SIGINT};
    struct sigaction action = {.sa_handler = remember, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof number / sizeof *number; i++) sigaction(number[i], &action, NULL);
}

void nixe_stop_set_limit(double start, double time_limit) { limit_time = time_limit > 0 ? start + time_limit : 0; }

enum { NONE, LIMIT, INTERRUPT, TERMINATE, USER };

int nixe_stop_code(double reserve) {
    if (received == SIGUSR1) return USER;
    if (received == SIGTERM) return TERMINATE;
    if (received) return INTERRUPT;
    return limit_time > 0 && MPI_Wtime() + reserve > limit_time ? LIMIT : NONE;
}

const char *nixe_stop_text(int code) {
    static const char *const text[] = {"", "the time limit", "an interrupt", "SIGTERM", "SIGUSR1"};
    return text[code];
}
