/* Progress: one line that says how far a run is. Not collective. */
#include "nixe/run/progress.h"

#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void nixe_progress_duration(double seconds, char *text, int size) {
    long s = (long)(seconds + 0.5);
    if (s < 100) snprintf(text, (size_t)size, "%ld s", s);
    else if (s < 6000) snprintf(text, (size_t)size, "%ld min %ld s", s / 60, s % 60);
    else snprintf(text, (size_t)size, "%ld h %ld min", s / 3600, s / 60 % 60);
}

/* Whether a person looks at standard output. mpirun gives its ranks a terminal of its own even where its output goes to a file,
 * so the parent process must have one too; but whoever is the first of a session was given it for itself. */
static int on_terminal(void) {
    char path[64], target[64] = "";
    if (!isatty(STDOUT_FILENO)) return 0;
    if (getsid(0) == getpid()) return 1;
    snprintf(path, sizeof path, "/proc/%ld/fd/1", (long)getppid());
    if (readlink(path, target, sizeof target - 1) < 0) return 1;
    return !strncmp(target, "/dev/pts/", 9) || !strncmp(target, "/dev/tty", 8);
}

void nixe_progress_begin(nixe_progress *progress, int active, const char *tasks, const char *steps) {
    double now = MPI_Wtime();
    *progress = (nixe_progress){.active = active, .tasks = tasks, .steps = steps, .start = now, .last = now};
    progress->terminal = on_terminal();
}

int nixe_progress_is_due(const nixe_progress *progress) {
    return progress->active && MPI_Wtime() - progress->last >= (progress->terminal ? 0.5 : 60);
}

/* Columns of the terminal, but for the last. */
static int width(void) {
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col < 20 ? 79 : size.ws_col - 1;
}

void nixe_progress_show(nixe_progress *progress, int64_t done, int64_t all, int64_t steps, int64_t all_steps,
                        const nixe_under_way *under_way) {
    const double now = MPI_Wtime(), elapsed = now - progress->start;
    const double fraction = all_steps ? (double)steps / (double)all_steps : (double)done / (double)all;
    char left[32] = "?", where[200] = "", line[400];
    if (!nixe_progress_is_due(progress)) return;
    progress->last = now;
    if (fraction > 0) nixe_progress_duration(elapsed * (1 - fraction) / fraction, left, sizeof left);
    if (under_way) nixe_under_way_print(under_way, where, sizeof where);
    snprintf(line, sizeof line, "%5.1f %%  %lld of %lld %s, %.3g %s/s, %s left%s%s", 100 * fraction, (long long)done,
             (long long)all, progress->tasks, (double)steps / elapsed, progress->steps, left, *where ? "; " : "", where);
    if (progress->terminal) printf("\r%-*.*s", (int)fmin(width(), (double)strlen(line) + 3), width(), line);
    else printf("%s\n", line);
    fflush(stdout);
    progress->printed = 1;
}

void nixe_progress_end(nixe_progress *progress) {
    if (progress->active && progress->terminal && progress->printed) printf("\r%*s\r", width(), "");
    fflush(stdout);
}
