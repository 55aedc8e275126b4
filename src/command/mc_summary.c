/* Summary of mc: results of each state with standard errors, read back from the file. Not collective. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/blocking.h"
#include "nixe/base/digits.h"
#include "nixe/command/job.h"
#include "nixe/command/warnings.h"
#include "nixe/crystal/phase.h"
#include "nixe/file/read.h"

/* Records of a replica that counts in averages. */
enum { LEAST = 4 };

/* Sizes of the file and arrays for one row. */
typedef struct {
    const nixe_lattice *lattice;
    hid_t file;
    long states, replicas;
    int64_t before, record_every, area_every; /* sweeps before the records; between records */
    int64_t *done, *equilibration;            /* states x replicas: sweeps; NULL: none of the records are equilibration */
    long first, records, first_area, areas;   /* of the present row: those behind its equilibration */
    int flips, path, has_phases;              /* whether there are compositions; whether states follow one another */
    double *f, *composition, *area_mean, *area_rms, *values; /* records x phases; records; areas; scratch */
    nixe_blocking *replica;                                  /* series x replicas, of the present state */
} source;

/* What tells a state from the others, in their order. Some are told always; some where there is a shell; some where the file
 * has them; some where they differ between states. */
typedef enum { ALWAYS, IF_SHELL, IF_THERE, IF_DIFFERENT } telling;
typedef struct {
    nixe_data data;
    telling when;
    const char *name;
} axis;
static const axis axes[] = {{NIXE_DATA_STATE_STIFFNESS, IF_SHELL, "K_shell / K"},
                            {NIXE_DATA_STATE_COMPOSITION, IF_THERE, "c"},
                            {NIXE_DATA_STATE_CENTER, IF_DIFFERENT, "c_0"},
                            {NIXE_DATA_STATE_DMU, IF_THERE, "dmu"},
                            {NIXE_DATA_STATE_KT, ALWAYS, "kT"},
                            {NIXE_DATA_STATE_BRANCH, IF_THERE, NULL}};
enum { AXES = sizeof axes / sizeof *axes };

/* What replicas are compared by: f of each phase, f_U and, where ions flip, the composition. */
enum { F_U = NIXE_PHASES, COMPOSITION, SERIES };

typedef struct {
    nixe_average series[SERIES], variance, area_mean, square; /* square: of the deviation of areas */
    double tau[SERIES];                                       /* in records: the longest of the replicas */
    double acceptance;
    double lasting[SERIES]; /* of the shortest replica in its autocorrelation times */
    double halves[SERIES];  /* largest difference of the two halves of a replica in joint standard errors */
    double area_center;     /* the mean over all replicas */
} state_summary;

/* What the file has of the row of a state and a replica. */
static void begin_row(source *s, long q, long p) {
    const long row = q * s->replicas + p;
    const int64_t sweeps = s->done[row] - s->before, skipped = s->equilibration ? s->equilibration[row] : 0;
    s->first = (long)(skipped / s->record_every);
    s->records = (long)(sweeps / s->record_every) - s->first;
    s->first_area = (long)(skipped / s->area_every);
    s->areas = (long)(sweeps / s->area_every) - s->first_area;
}

/* The records of the row of a state and a replica. */
static nixe_status read_row(const source *s, nixe_data data, long q, long p, double *values) {
    const int is_area = nixe_dataset_moment(&nixe_dataset_table[data]) == NIXE_AXIS_AREA;
    const hsize_t start[NIXE_MAX_RANK] = {(hsize_t)q, (hsize_t)p, (hsize_t)(is_area ? s->first_area : s->first)};
    const hsize_t extent[NIXE_MAX_RANK] = {1, 1, (hsize_t)(is_area ? s->areas : s->records)};
    if (extent[2] == 0) return NIXE_OK; /* not all that are left */
    return nixe_read_part(s->file, data, H5T_NATIVE_DOUBLE, start, extent, values);
}

/* One column of f, or their sum f_U, into the scratch. */
static void take(const source *s, int phase, long first, long last) {
    for (long m = first; m < last; m++) {
        const double *f = s->f + m * NIXE_PHASES;
        s->values[m - first] = phase < 0 ? f[NIXE_U1] + f[NIXE_U2] : f[phase];
    }
}

/* Records first .. last - 1 of a series; f and the composition have been read. */
static nixe_blocking analyse(const source *s, int series, long first, long last) {
    if (series == COMPOSITION) memcpy(s->values, s->composition + first, (size_t)(last - first) * sizeof(double));
    else take(s, series == F_U ? -1 : series, first, last);
    return nixe_blocking_analyse(s->values, last - first);
}

/* <f_U^2> - <f_U>^2 and its error, from the spread of (f_U - mean)^2 over blocks. */
static void add_variance(const source *s, state_summary *state, double mean) {
    take(s, -1, 0, s->records);
    for (long m = 0; m < s->records; m++) s->values[m] = (s->values[m] - mean) * (s->values[m] - mean);
    const nixe_blocking series = nixe_blocking_analyse(s->values, s->records);
    nixe_average_add(&state->variance, series.mean, series.error);
}

/* Whether f_U or the composition tells that a replica is in equilibrium, and for how long it has been sampled. */
static int follows(const source *s, int series) { return series == COMPOSITION ? s->flips : series == F_U && s->has_phases; }

static void add_series(const source *s, int series, long p, state_summary *state) {
    const nixe_blocking whole = analyse(s, series, 0, s->records);
    nixe_average_add(&state->series[series], whole.mean, whole.error);
    s->replica[series * s->replicas + p] = whole;
    if (!follows(s, series)) return;
    const long half = s->records / 2;
    const nixe_blocking early = analyse(s, series, 0, half), late = analyse(s, series, half, s->records);
    if (whole.error > 0) { /* a series that never changes tells nothing of its time */
        state->tau[series] = fmax(state->tau[series], whole.tau);
        state->lasting[series] = fmin(state->lasting[series], (double)s->records / whole.tau);
    }
    state->halves[series] = fmax(state->halves[series], nixe_apart(early.mean, early.error, late.mean, late.error));
}

/* The deviation within a configuration, and that of its mean from the mean of all, as the paper's figures have it. */
static void add_areas(const source *s, state_summary *state) {
    for (long m = 0; m < s->areas; m++) {
        const double off = s->area_mean[m] - state->area_center;
        s->area_rms[m] = s->area_rms[m] * s->area_rms[m] + off * off;
    }
    const nixe_blocking mean = nixe_blocking_analyse(s->area_mean, s->areas),
                        square = nixe_blocking_analyse(s->area_rms, s->areas);
    nixe_average_add(&state->area_mean, mean.mean, mean.error);
    nixe_average_add(&state->square, square.mean, square.error);
}

static nixe_status add_replica(source *s, long q, long p, state_summary *state) {
    double acceptance;
    begin_row(s, q, p);
    NIXE_TRY(read_row(s, NIXE_DATA_MC_F, q, p, s->f));
    if (s->flips) NIXE_TRY(read_row(s, NIXE_DATA_MC_COMPOSITION, q, p, s->composition));
    NIXE_TRY(read_row(s, NIXE_DATA_MC_AREA_MEAN, q, p, s->area_mean));
    NIXE_TRY(read_row(s, NIXE_DATA_MC_AREA_RMS, q, p, s->area_rms));
    NIXE_TRY(read_row(s, NIXE_DATA_ACCEPTANCE, q, p, &acceptance));
    state->acceptance += acceptance;
    for (int k = 0; k < SERIES; k++) {
        s->replica[k * s->replicas + p] = (nixe_blocking){.mean = NAN, .error = NAN};
        if (s->records < LEAST && follows(s, k)) state->lasting[k] = 0;
        if (s->records >= LEAST && (k != COMPOSITION || s->flips)) add_series(s, k, p, state);
    }
    if (s->records >= LEAST) add_variance(s, state, s->replica[F_U * s->replicas + p].mean);
    if (s->areas >= LEAST) add_areas(s, state);
    return NIXE_OK;
}

/* The mean of the areas over all replicas, from which deviations count. */
static nixe_status center_areas(source *s, long q, double *center) {
    nixe_average average = {0};
    for (long p = 0; p < s->replicas; p++) {
        begin_row(s, q, p);
        if (s->areas < LEAST) continue;
        NIXE_TRY(read_row(s, NIXE_DATA_MC_AREA_MEAN, q, p, s->area_mean));
        double sum = 0;
        for (long m = 0; m < s->areas; m++) sum += s->area_mean[m];
        nixe_average_add(&average, sum / (double)s->areas, 0);
    }
    *center = nixe_average_mean(&average);
    return NIXE_OK;
}

/* Where state q is along the axes, value[axis][q]. all: those that are to be told of a state by itself; else what tells it from
 * the others. */
static void print_name(const source *s, double *const value[AXES], long q, int all, char *text, size_t size) {
    int differ[AXES] = {0}, any = 0;
    size_t used = 0;
    for (int a = 0; a < AXES; a++)
        for (long other = 1; value[a] && other < s->states; other++) differ[a] |= value[a][other] != value[a][0];
    for (int a = 0; a < AXES; a++) any |= differ[a] && axes[a].name;
    *text = '\0';
    for (int a = 0; a < AXES && used < size; a++) {
        const int told = all ? differ[a] || axes[a].when != IF_DIFFERENT : any ? differ[a] : axes[a].when <= IF_SHELL;
        const char *comma = used ? ", " : "";
        if (!value[a] || !told) continue;
        if (axes[a].name) used += (size_t)snprintf(text + used, size - used, "%s%s = %g", comma, axes[a].name, value[a][q]);
        else
            used += (size_t)snprintf(text + used, size - used, "%s%s", comma,
                                     value[a][q] > 0 ? "on the way forward" : "on the way back");
    }
}

static void print_average(const char *name, double mean, double error, const char *unit) {
    char text[64];
    nixe_digits_print(nixe_digits_of_sum(mean), nixe_digits_of_sum(error), NIXE_DIGITS_BRACKETS, text, sizeof text);
    printf("  %s %s%s", name, text, unit);
}

static void print_series(const char *name, const nixe_average *average) {
    print_average(name, nixe_average_mean(average), nixe_average_error(average), "");
}

static void print_tau(const char *name, double tau, long every) {
    if (tau > 0) printf("%s %.3g sweeps", name, tau * (double)every);
    else printf("%s not known", name);
}

static void print_state(const source *s, const state_summary *state) {
    const double rms = sqrt(nixe_average_mean(&state->square));
    const int flat = s->lattice->dimension == 2;
    const char *unit = flat ? " a^2" : " a^3";
    for (int p = 0; p < NIXE_PHASES; p++)
        if (nixe_has_plaquettes(s->lattice) || (p != NIXE_S1 && p != NIXE_S2))
            print_series(nixe_phase_name[p], &state->series[p]);
    printf("\n");
    print_series("f_U", &state->series[F_U]);
    print_average("var(f_U)", nixe_average_mean(&state->variance) + nixe_average_spread(&state->series[F_U]),
                  nixe_average_error(&state->variance), ""); /* of all replicas together */
    if (s->flips) print_series("composition", &state->series[COMPOSITION]);
    printf("\n");
    if (state->square.count) {
        print_average(flat ? "area deviation: mean" : "volume deviation: mean", nixe_average_mean(&state->area_mean),
                      nixe_average_error(&state->area_mean), unit);
        print_average(flat ? "rms dA" : "rms dV", rms, nixe_average_error(&state->square) / (2 * rms), unit);
        printf("\n");
    }
    printf("  acceptance %.3g", state->acceptance / (double)s->replicas);
    print_tau(", autocorrelation time of f_U", state->tau[F_U], s->record_every);
    if (s->flips) print_tau(", of the composition", state->tau[COMPOSITION], s->record_every);
    printf("\n");
}

static const char *name_of(int series, char *text, size_t size) {
    if (series == COMPOSITION) snprintf(text, size, "c");
    else snprintf(text, size, "f_%s", series == F_U ? "U" : nixe_phase_name[series]);
    return text;
}

/* The largest distance of the means of two replicas in a series. */
static double unlike(const source *s, int series) {
    const nixe_blocking *replica = s->replica + series * s->replicas;
    double most = 0;
    for (long a = 0; a < s->replicas; a++)
        for (long b = a + 1; b < s->replicas; b++)
            most = fmax(most, nixe_apart(replica[a].mean, replica[a].error, replica[b].mean, replica[b].error));
    return most;
}

/* What is wrong with a state, as tools/nixe/checks.py has it. */
static void note_faults(const source *s, const state_summary *state, const char *state_name, nixe_state_faults *faults) {
    int shortest = F_U, unsettled = F_U, apart = F_U;
    double most = 0;
    char how[160], far[64], name[32];
    if (state->lasting[COMPOSITION] < state->lasting[F_U]) shortest = COMPOSITION;
    if (state->halves[COMPOSITION] > state->halves[F_U]) unsettled = COMPOSITION;
    for (int k = 0; k < SERIES && (s->has_phases || s->flips); k++) {
        const double distance = unlike(s, k);
        char best[32];
        name_of(apart, best, sizeof best);
        if (distance < most || (distance == most && strcmp(name_of(k, name, sizeof name), best) <= 0)) continue;
        most = distance;
        apart = k;
    }
    if (state->lasting[shortest] < NIXE_TIMES) {
        snprintf(how, sizeof how, "%.0f times that of %s", state->lasting[shortest], name_of(shortest, name, sizeof name));
        nixe_state_faults_note(faults, NIXE_TOO_SHORT, state_name, how);
    }
    if (state->halves[unsettled] > NIXE_APART) {
        nixe_apart_print(state->halves[unsettled], far, sizeof far);
        snprintf(how, sizeof how, "%s by %s", name_of(unsettled, name, sizeof name), far);
        nixe_state_faults_note(faults, NIXE_UNSETTLED, state_name, how);
    }
    if (most > NIXE_APART) {
        nixe_apart_print(most, far, sizeof far);
        snprintf(how, sizeof how, "%s by %s", name_of(apart, name, sizeof name), far);
        nixe_state_faults_note(faults, NIXE_UNLIKE, state_name, how);
    }
}

static nixe_status print_exchange(const source *s, long pairs, int64_t *round_trips) {
    int64_t *attempted, *accepted, *trips;
    int32_t *pair;
    NIXE_TRY(nixe_read_new(s->file, NIXE_DATA_ATTEMPTED, H5T_NATIVE_INT64, &attempted));
    NIXE_TRY(nixe_read_new(s->file, NIXE_DATA_ACCEPTED, H5T_NATIVE_INT64, &accepted));
    NIXE_TRY(nixe_read_new(s->file, NIXE_DATA_ROUND_TRIPS, H5T_NATIVE_INT64, &trips));
    NIXE_TRY(nixe_read_new(s->file, NIXE_DATA_PAIR, H5T_NATIVE_INT32, &pair));
    printf("\nreplica exchange     accepted, by pairs of states:");
    for (long i = 0; i < pairs; i++) {
        double attempts = 0, accepts = 0;
        for (long p = 0; p < s->replicas; p++) attempts += (double)attempted[i * s->replicas + p];
        for (long p = 0; p < s->replicas; p++) accepts += (double)accepted[i * s->replicas + p];
        printf(" %d-%d %.3f", pair[2 * i], pair[2 * i + 1], accepts / attempts);
    }
    *round_trips = 0;
    for (long p = 0; p < s->replicas; p++) *round_trips += trips[p];
    printf("\nround trips          %lld\n", (long long)*round_trips);
    free(attempted);
    free(accepted);
    free(trips);
    free(pair);
    return NIXE_OK;
}

/* The sizes, and memory for a row. */
static nixe_status begin(source *s) {
    hsize_t shape[NIXE_MAX_RANK], areas[NIXE_MAX_RANK];
    int64_t *sweep, *area_sweep;
    if (nixe_read_shape(s->file, NIXE_DATA_MC_F, shape) != 4 || nixe_read_shape(s->file, NIXE_DATA_MC_AREA_MEAN, areas) != 3)
        return nixe_fail(NIXE_FAILED, "the file has no replicas");
    s->states = (long)shape[0];
    s->replicas = (long)shape[1];
    s->records = (long)shape[2]; /* room for all */
    s->areas = (long)areas[2];
    NIXE_TRY(nixe_allocate(&s->f, s->records * NIXE_PHASES, sizeof(double), "the summary"));
    NIXE_TRY(nixe_allocate(&s->composition, s->records, sizeof(double), "the summary"));
    NIXE_TRY(nixe_allocate(&s->area_mean, s->areas, sizeof(double), "the summary"));
    NIXE_TRY(nixe_allocate(&s->area_rms, s->areas, sizeof(double), "the summary"));
    NIXE_TRY(nixe_allocate(&s->values, s->records, sizeof(double), "the summary"));
    NIXE_TRY(nixe_allocate(&s->replica, SERIES * s->replicas, sizeof *s->replica, "the summary"));
    s->flips = nixe_read_shape(s->file, NIXE_DATA_MC_COMPOSITION, shape) == 3;
    s->path = nixe_read_shape(s->file, NIXE_DATA_STATE_BRANCH, shape) == 1;
    s->has_phases = s->lattice->averaged_sites > 0;
    NIXE_TRY(nixe_read_new(s->file, NIXE_DATA_SWEEP, H5T_NATIVE_INT64, &sweep));
    NIXE_TRY(nixe_read_new(s->file, NIXE_DATA_AREA_SWEEP, H5T_NATIVE_INT64, &area_sweep));
    NIXE_TRY(nixe_read_new(s->file, NIXE_DATA_SWEEPS_DONE, H5T_NATIVE_INT64, &s->done));
    if (nixe_read_shape(s->file, NIXE_DATA_EQUILIBRATION, shape) == 2)
        NIXE_TRY(nixe_read_new(s->file, NIXE_DATA_EQUILIBRATION, H5T_NATIVE_INT64, &s->equilibration));
    s->record_every = sweep[0];
    s->area_every = area_sweep[0];
    free(sweep);
    free(area_sweep);
    return NIXE_OK;
}

/* State after state; what is wrong with them is noted. */
static nixe_status summarise(source *s, nixe_state_faults *faults) {
    hsize_t shape[NIXE_MAX_RANK];
    double *value[AXES] = {NULL};
    char name[160];
    NIXE_TRY(begin(s));
    for (int a = 0; a < AXES; a++)
        if ((axes[a].when != IF_SHELL || s->lattice->core_sites < s->lattice->sites) &&
            nixe_read_shape(s->file, axes[a].data, shape) == 1)
            NIXE_TRY(nixe_read_new(s->file, axes[a].data, H5T_NATIVE_DOUBLE, &value[a]));
    for (long q = 0; q < s->states; q++) {
        state_summary state = {.lasting = {[F_U] = INFINITY, [COMPOSITION] = INFINITY}};
        NIXE_TRY(center_areas(s, q, &state.area_center));
        for (long p = 0; p < s->replicas; p++) NIXE_TRY(add_replica(s, q, p, &state));
        print_name(s, value, q, 1, name, sizeof name);
        printf("\n%s\n", name);
        print_state(s, &state);
        print_name(s, value, q, 0, name, sizeof name);
        if (!s->path) note_faults(s, &state, name, faults); /* the states of a path need not be in equilibrium */
    }
    for (int a = 0; a < AXES; a++) free(value[a]);
    return NIXE_OK;
}

nixe_status nixe_mc_summary(const char *path, const nixe_options *options, const nixe_lattice *lattice) {
    source s = {.lattice = lattice, .before = nixe_mc_before_records(options)};
    nixe_state_faults faults = {.count = {0}};
    int64_t round_trips = 1;
    hsize_t shape[NIXE_MAX_RANK];
    NIXE_TRY(nixe_hdf5_status(s.file = nixe_read_file(path), "H5Fopen"));
    nixe_status status = summarise(&s, &faults);
    if (!status && nixe_read_shape(s.file, NIXE_DATA_PAIR, shape) == 2)
        status = print_exchange(&s, (long)shape[0], &round_trips);
    status = nixe_read_close(s.file, status);
    if (!status) nixe_state_faults_warn(&faults);
    if (!status && round_trips == 0)
        printf(
            "warning   Replica exchange made no round trip: no walker went from the first state to the last and back, so "
            "states far apart have not shared their replicas.\n");
    free(s.f);
    free(s.composition);
    free(s.area_mean);
    free(s.area_rms);
    free(s.values);
    free(s.replica);
    free(s.done);
    free(s.equilibration);
    return status;
}
