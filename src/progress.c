/* Progress: one line that says how far a run is. Not collective. */
#include "nixe/progress.h"

#include <mpi.h>
#include <stdio.h>
#include <unistd.h>

void nixe_progress_duration(double seconds, char *text, int size) {
    long s = (long)(seconds + 0.5);
    if (s < 100) snprintf(text, (size_t)size, "%ld s", s);
    else if (s < 6000) snprintf(text, (size_t)size, "%ld min %ld s", s / 60, s % 60);
    else snprintf(text, (size_t)size, "%ld h %ld min", s / 3600, s / 60 % 60);
}

void nixe_progress_begin(nixe_progress *progress, int active, const char *tasks, const char *steps) {
    double now = MPI_Wtime();
    *progress = (nixe_progress){.active = active, .tasks = tasks, .steps = steps, .start = now, .last = now};
    progress->terminal = isatty(STDOUT_FILENO);
}

void nixe_progress_show(nixe_progress *progress, int64_t done, int64_t all, int64_t steps) {
    double now = MPI_Wtime(), elapsed = now - progress->start;
    if (!progress->active || now - progress->last < (progress->terminal ? 0.5 : 60)) return;
    char left[32] = "?";
    progress->last = now;
    if (done) nixe_progress_duration(elapsed * (double)(all - done) / (double)done, left, sizeof left);
    printf("%s%5.1f %%  %lld of %lld %s, %.3g %s/s, %s left%s", progress->terminal ? "\r" : "",
           100.0 * (double)done / (double)all, (long long)done, (long long)all, progress->tasks, (double)steps / elapsed,
           progress->steps, left, progress->terminal ? "   " : "\n");
    fflush(stdout);
    progress->printed = 1;
}

void nixe_progress_end(nixe_progress *progress) {
    if (progress->active && progress->terminal && progress->printed) printf("\r%79s\r", "");
    fflush(stdout);
}
