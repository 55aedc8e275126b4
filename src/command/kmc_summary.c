/* Summary: results of a finished file with standard errors. Read back from the file, row by row, so that it needs little
 * memory and says what the file says. Not collective. */
#include "nixe/command/job.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "nixe/base/digits.h"
#include "nixe/command/warnings.h"
#include "nixe/crystal/phase.h"
#include "nixe/file/read.h"

/* Columns of the table. */
enum { COMPOSITION, F, AREA_RMS = F + NIXE_PHASES, ENERGY, COLUMNS };

/* `count` rows from `first` on of a dataset whose first axis they are. */
static nixe_status read_slab(hid_t file, nixe_data data, hid_t type, hsize_t first, hsize_t count, void *values) {
    return nixe_read_part(file, data, type, (hsize_t[NIXE_MAX_RANK]){first}, (hsize_t[NIXE_MAX_RANK]){count}, values);
}

typedef struct {
    const nixe_lattice *lattice;
    hsize_t rows, times, at_once, unseen; /* trajectories that were complete before their first event; before the first time */
    double stop_composition;              /* negative: none */
    double *time;
    double *f;             /* scratch: at_once x times x phases */
    double *completed;     /* at_once */
    int64_t *events;       /* at_once x times */
    nixe_statistic *table; /* times x COLUMNS */
    nixe_statistic completion, events_all;
    nixe_halves halves;
} summary;

/* Rows first .. first + count - 1 into the table. */
static nixe_status read_rows(hid_t file, hsize_t first, hsize_t count, summary *s) {
    static const struct {
        hsize_t column;
        nixe_data data;
    } part[] = {{COMPOSITION, NIXE_DATA_COMPOSITION}, {AREA_RMS, NIXE_DATA_AREA_RMS}, {ENERGY, NIXE_DATA_ENERGY}};
    for (int p = 0; p < 3; p++) {
        NIXE_TRY(read_slab(file, part[p].data, H5T_NATIVE_DOUBLE, first, count, s->f));
        for (hsize_t i = 0; i < count * s->times; i++)
            nixe_statistic_add(&s->table[i % s->times * COLUMNS + part[p].column], s->f[i]);
    }
    NIXE_TRY(read_slab(file, NIXE_DATA_F, H5T_NATIVE_DOUBLE, first, count, s->f));
    for (hsize_t i = 0; i < count * s->times; i++)
        for (hsize_t p = 0; p < NIXE_PHASES; p++)
            nixe_statistic_add(&s->table[i % s->times * COLUMNS + F + p], s->f[i * NIXE_PHASES + p]);
    NIXE_TRY(read_slab(file, NIXE_DATA_COMPLETION_TIME, H5T_NATIVE_DOUBLE, first, count, s->completed));
    NIXE_TRY(read_slab(file, NIXE_DATA_EVENTS, H5T_NATIVE_INT64, first, count, s->events));
    for (hsize_t r = 0; r < count; r++) {
        const double events = (double)s->events[(r + 1) * s->times - 1];
        nixe_statistic_add(&s->completion, s->completed[r]);
        nixe_statistic_add(&s->events_all, events);
        s->at_once += s->completed[r] == 0;
        s->unseen += s->completed[r] > 0 && s->completed[r] < s->time[0];
        nixe_halves_add(&s->halves, (int64_t)(first + r), s->f + r * s->times * NIXE_PHASES, s->completed[r], events);
    }
    return NIXE_OK;
}

/* Whether the order parameter of the lattice tells this phase. */
static int is_possible(const nixe_lattice *lattice, int phase) {
    return nixe_has_plaquettes(lattice) || (phase != NIXE_S1 && phase != NIXE_S2);
}

/* A mean with its error in brackets; what is not known is a dash. */
static void print_fraction(const nixe_statistic *s) {
    if (s->count == 0) printf(" %14s", "-");
    else if (s->count == 1) printf(" %.4f        ", s->mean);
    else printf(" %.4f(%.4f)", s->mean, nixe_statistic_error(s));
}

/* A mean to the second digit of its error. */
static void print_mean(const nixe_statistic *s, int width) {
    char text[64];
    nixe_digits_print_alone(nixe_digits_of_sum(s->count > 0 ? s->mean : NAN), nixe_digits_of_sum(nixe_statistic_error(s)), text,
                            sizeof text);
    printf(" %*s", width, text);
}

static void print_table(const summary *s) {
    const int flat = s->lattice->dimension == 2;
    printf("\n%10s %8s", "time (1/k)", "c");
    for (int p = 0; p < NIXE_PHASES; p++)
        if (is_possible(s->lattice, p)) printf(" %14s", nixe_phase_name[p]);
    printf(" %16s %10s\n", flat ? "rms area (a^2)" : "rms volume (a^3)", "energy");
    const hsize_t lines = s->times < 9 ? s->times : 9;
    for (hsize_t l = 0; l < lines; l++) {
        const hsize_t t = lines > 1 ? l * (s->times - 1) / (lines - 1) : 0;
        const nixe_statistic *row = s->table + t * COLUMNS;
        printf("%10.4g", s->time[t]);
        print_mean(&row[COMPOSITION], 8);
        for (int p = 0; p < NIXE_PHASES; p++)
            if (is_possible(s->lattice, p)) print_fraction(&row[F + p]);
        print_mean(&row[AREA_RMS], 16);
        print_mean(&row[ENERGY], 10);
        printf("\n");
    }
    printf("(means over %.0f trajector%s; standard errors in brackets)\n\n", s->events_all.count,
           s->events_all.count == 1 ? "y" : "ies");
}

static void print_measure(const char *name, const nixe_statistic *s, const char *unit) {
    char text[64];
    nixe_digits_print(s->mean, nixe_statistic_error(s), NIXE_DIGITS_PLUS_MINUS, text, sizeof text);
    printf("%-20s %s%s", name, text, unit);
    nixe_digits_print_alone(nixe_statistic_spread(s), nixe_statistic_spread(s), text, sizeof text);
    if (s->count > 1) printf(", standard deviation of one trajectory %s", text);
    printf("\n");
}

/* In the order of tools/nixe/checks.py. */
static void warn(const summary *s) {
    const unsigned long long rows = s->rows;
    const double late = (double)s->rows - s->completion.count;
    if (s->rows < NIXE_FEW_TRAJECTORIES)
        printf("warning   Only %llu trajector%s: standard errors from fewer than %d are rough.\n", rows,
               rows == 1 ? "y" : "ies", NIXE_FEW_TRAJECTORIES);
    if (s->stop_composition >= 0 && late > 0)
        printf(
            "warning   %.0f of %llu trajectories were not complete by the last recorded time; a mean completion time leaves "
            "them out, and is too short.\n",
            late, rows);
    if (s->at_once)
        printf(
            "warning   %llu of %llu trajectories were complete before their first event: they began at "
            "-kmc_stop_composition %g.\n",
            (unsigned long long)s->at_once, rows, s->stop_composition);
    if (s->unseen)
        printf(
            "warning   %llu of %llu trajectories were complete before the first recorded time; "
            "an earlier -kmc_time_first shows them.\n",
            (unsigned long long)s->unseen, rows);
    nixe_halves_warn(&s->halves);
}

static void print(const summary *s) {
    print_table(s);
    if (s->completion.count > 0) print_measure("completion time", &s->completion, " 1/k");
    print_measure("events a trajectory", &s->events_all, "");
    warn(s);
}

static nixe_status summarise(hid_t file, summary *s) {
    hsize_t shape[NIXE_MAX_RANK];
    if (nixe_read_shape(file, NIXE_DATA_COMPOSITION, shape) != 2) return nixe_fail(NIXE_FAILED, "the file has no trajectories");
    s->rows = shape[0];
    s->times = shape[1];
    const long long times = (long long)s->times;
    const hsize_t at_once = 1 + 1000000 / s->times; /* rows at a time: few reads, little memory */
    NIXE_TRY(nixe_allocate(&s->f, (long long)at_once * times * NIXE_PHASES, sizeof(double), "the summary"));
    NIXE_TRY(nixe_allocate(&s->events, (long long)at_once * times, sizeof(int64_t), "the summary"));
    NIXE_TRY(nixe_allocate(&s->completed, (long long)at_once, sizeof(double), "the summary"));
    NIXE_TRY(nixe_allocate(&s->table, times * COLUMNS, sizeof(nixe_statistic), "the summary"));
    NIXE_TRY(nixe_read_new(file, NIXE_DATA_TIME, H5T_NATIVE_DOUBLE, &s->time));
    NIXE_TRY(nixe_halves_create(&s->halves, (int64_t)s->rows, times, s->time));
    for (hsize_t first = 0; first < s->rows; first += at_once)
        NIXE_TRY(read_rows(file, first, s->rows - first < at_once ? s->rows - first : at_once, s));
    print(s);
    return NIXE_OK;
}

nixe_status nixe_kmc_summary(const char *path, const nixe_options *options, const nixe_lattice *lattice) {
    summary s = {.lattice = lattice, .stop_composition = options->kmc_stop_composition};
    const hid_t file = nixe_read_file(path);
    NIXE_TRY(nixe_hdf5_status(file, "H5Fopen"));
    const nixe_status status = nixe_read_close(file, summarise(file, &s));
    free(s.time);
    free(s.f);
    free(s.completed);
    free(s.events);
    nixe_halves_destroy(&s.halves);
    free(s.table);
    return status;
}
