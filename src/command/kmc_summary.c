/* Summary: results of a finished file with standard errors. Read back from the file, row by row, so that it needs little
 * memory and says what the file says. Not collective. */
#include "nixe/command/job.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "nixe/crystal/phase.h"
#include "nixe/file/read.h"

/* Mean and standard error of numbers as they come (Welford). */
typedef struct {
    double count, mean, squares;
} statistic;

static void add(statistic *s, double x) {
    if (isnan(x)) return;
    double before = x - s->mean;
    s->count++;
    s->mean += before / s->count;
    s->squares += before * (x - s->mean);
}

static double error(const statistic *s) { return s->count > 1 ? sqrt(s->squares / (s->count - 1) / s->count) : NAN; }

/* Columns of the table. */
enum { COMPOSITION, F, AREA_RMS = F + NIXE_PHASES, ENERGY, COLUMNS };

/* `count` rows from `first` on of a dataset whose first axis they are. */
static nixe_status read_slab(hid_t file, nixe_data data, hid_t type, hsize_t first, hsize_t count, void *values) {
    return nixe_read_part(file, data, type, (hsize_t[NIXE_MAX_RANK]){first}, (hsize_t[NIXE_MAX_RANK]){count}, values);
}

typedef struct {
    hsize_t rows, times, at_once; /* at_once: trajectories that were complete before their first event */
    double stop_composition;      /* negative: none */
    double *time;
    double *f;        /* scratch: at_once x times x phases */
    int64_t *events;  /* at_once x times */
    statistic *table; /* times x COLUMNS */
    statistic completion, events_all;
} summary;

/* Rows first .. first + count - 1 into the table. */
static nixe_status read_rows(hid_t file, hsize_t first, hsize_t count, summary *s) {
    static const struct {
        hsize_t column;
        nixe_data data;
    } part[] = {{COMPOSITION, NIXE_DATA_COMPOSITION}, {AREA_RMS, NIXE_DATA_AREA_RMS}, {ENERGY, NIXE_DATA_ENERGY}};
    for (int p = 0; p < 3; p++) {
        NIXE_TRY(read_slab(file, part[p].data, H5T_NATIVE_DOUBLE, first, count, s->f));
        for (hsize_t i = 0; i < count * s->times; i++) add(&s->table[i % s->times * COLUMNS + part[p].column], s->f[i]);
    }
    NIXE_TRY(read_slab(file, NIXE_DATA_F, H5T_NATIVE_DOUBLE, first, count, s->f));
    for (hsize_t i = 0; i < count * s->times; i++)
        for (hsize_t p = 0; p < NIXE_PHASES; p++) add(&s->table[i % s->times * COLUMNS + F + p], s->f[i * NIXE_PHASES + p]);
    NIXE_TRY(read_slab(file, NIXE_DATA_COMPLETION_TIME, H5T_NATIVE_DOUBLE, first, count, s->f));
    for (hsize_t r = 0; r < count; r++) {
        add(&s->completion, s->f[r]);
        s->at_once += s->f[r] == 0;
    }
    NIXE_TRY(read_slab(file, NIXE_DATA_EVENTS, H5T_NATIVE_INT64, first, count, s->events));
    for (hsize_t r = 0; r < count; r++) add(&s->events_all, (double)s->events[(r + 1) * s->times - 1]);
    return NIXE_OK;
}

/* A mean with its error in brackets; what is not known is a dash. */
static void print_fraction(const statistic *s) {
    if (s->count == 0) printf(" %13s", "-");
    else if (s->count == 1) printf(" %.4f        ", s->mean);
    else printf(" %.4f(%.4f)", s->mean, error(s));
}

static void print(const summary *s) {
    printf("\n%14s %9s", "time", "c");
    for (int p = 0; p < NIXE_PHASES; p++) printf(" %13s", p == NIXE_UNCLASSIFIED ? "f_other" : nixe_phase_name[p]);
    printf(" %12s %12s\n", "area_rms", "energy");
    hsize_t lines = s->times < 9 ? s->times : 9;
    for (hsize_t l = 0; l < lines; l++) {
        hsize_t t = lines > 1 ? l * (s->times - 1) / (lines - 1) : 0;
        const statistic *row = s->table + t * COLUMNS;
        printf("%14.4g %9.5f", s->time[t], row[COMPOSITION].mean);
        for (int p = 0; p < NIXE_PHASES; p++) print_fraction(&row[F + p]);
        printf(" %12.5g %12.6g\n", row[AREA_RMS].mean, row[ENERGY].mean);
    }
    printf("(means over %.0f trajectories; standard errors in brackets)\n\n", s->events_all.count);
    if (s->completion.count > 0) {
        printf("completion time      %.6g", s->completion.mean);
        if (s->completion.count > 1)
            printf(" +- %.2g, spread of one trajectory %.3g", error(&s->completion),
                   error(&s->completion) * sqrt(s->completion.count));
        printf("\n");
    }
    if (s->stop_composition >= 0 && s->completion.count < (double)s->rows)
        printf("not complete         %.0f of %llu trajectories by the last recorded time\n",
               (double)s->rows - s->completion.count, (unsigned long long)s->rows);
    printf("events a trajectory  %.6g", s->events_all.mean);
    if (s->events_all.count > 1) printf(" +- %.2g", error(&s->events_all));
    printf("\n");
    if (s->at_once)
        printf(
            "warning: %llu of %llu trajectories were complete before their first event: they began at -kmc_stop_composition "
            "%g\n",
            (unsigned long long)s->at_once, (unsigned long long)s->rows, s->stop_composition);
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
    NIXE_TRY(nixe_allocate(&s->table, times * COLUMNS, sizeof(statistic), "the summary"));
    NIXE_TRY(nixe_read_new(file, NIXE_DATA_TIME, H5T_NATIVE_DOUBLE, &s->time));
    for (hsize_t first = 0; first < s->rows; first += at_once)
        NIXE_TRY(read_rows(file, first, s->rows - first < at_once ? s->rows - first : at_once, s));
    print(s);
    return NIXE_OK;
}

nixe_status nixe_kmc_summary(const char *path, const nixe_options *options) {
    summary s = {.stop_composition = options->kmc_stop_composition};
    const hid_t file = nixe_read_file(path);
    NIXE_TRY(nixe_hdf5_status(file, "H5Fopen"));
    const nixe_status status = nixe_read_close(file, summarise(file, &s));
    free(s.time);
    free(s.f);
    free(s.events);
    free(s.table);
    return status;
}
