/* Summary of mc: results of each state with standard errors, read back from the file. Not collective. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "nixe/base/blocking.h"
#include "nixe/command/job.h"
#include "nixe/crystal/phase.h"
#include "nixe/file/read.h"

/* Sizes of the file and arrays for one row. */
typedef struct {
    hid_t file;
    long states, replicas;
    int64_t before, record_every, area_every;  /* sweeps before the records; between records */
    int64_t *done, *equilibration;             /* states x replicas: sweeps; NULL: none of the records are equilibration */
    long first, records, first_area, areas;    /* of the present row: those behind its equilibration */
    int flips, path;                           /* whether there are compositions; whether states follow one another */
    double *f, *area_mean, *area_rms, *values; /* records x phases; areas; scratch */
} source;

/* What tells a state from the others, in their order. Some are told always; some where the file has them; some where they
 * differ between states. */
typedef enum { ALWAYS, IF_THERE, IF_DIFFERENT } telling;
typedef struct {
    nixe_data data;
    telling when;
    const char *format;
} axis;
static const axis axes[] = {{NIXE_DATA_STATE_STIFFNESS, ALWAYS, "K_shell %g"},
                            {NIXE_DATA_STATE_COMPOSITION, IF_THERE, "composition %g"},
                            {NIXE_DATA_STATE_CENTER, IF_DIFFERENT, "umbrella at %g"},
                            {NIXE_DATA_STATE_DMU, IF_THERE, "dmu %g"},
                            {NIXE_DATA_STATE_KT, ALWAYS, "kT %g"},
                            {NIXE_DATA_STATE_BRANCH, IF_THERE, NULL}};
enum { AXES = sizeof axes / sizeof *axes };

typedef struct {
    nixe_average f[NIXE_PHASES], unstructured, variance, composition, area_mean, area_rms;
    double tau, tau_composition, acceptance; /* taus in records: the longest of the replicas */
    double halves;                           /* largest difference of the two halves of a replica in joint standard errors */
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

/* How far apart two means are, in joint standard errors. */
static double apart(nixe_blocking one, nixe_blocking other) {
    const double joint = sqrt(one.error * one.error + other.error * other.error);
    return joint > 0 ? fabs(one.mean - other.mean) / joint : 0;
}

static nixe_blocking analyse(const source *s, int phase, long first, long last) {
    take(s, phase, first, last);
    return nixe_blocking_analyse(s->values, last - first);
}

/* Mean composition of a replica. What it does is told like f_U: by the same autocorrelation time, and by halves. */
static nixe_status add_composition(const source *s, long q, long p, state_summary *state) {
    NIXE_TRY(read_row(s, NIXE_DATA_MC_COMPOSITION, q, p, s->values));
    const long half = s->records / 2;
    const nixe_blocking whole = nixe_blocking_analyse(s->values, s->records);
    const nixe_blocking early = nixe_blocking_analyse(s->values, half),
                        late = nixe_blocking_analyse(s->values + half, s->records - half);
    nixe_average_add(&state->composition, whole.mean, whole.error);
    state->tau_composition = fmax(state->tau_composition, whole.tau);
    state->halves = fmax(state->halves, apart(early, late));
    return NIXE_OK;
}

/* <f_U^2> - <f_U>^2 and its error, from the spread of (f_U - mean)^2 over blocks. */
static void add_variance(const source *s, state_summary *state, double mean) {
    take(s, -1, 0, s->records);
    for (long m = 0; m < s->records; m++) s->values[m] = (s->values[m] - mean) * (s->values[m] - mean);
    const nixe_blocking series = nixe_blocking_analyse(s->values, s->records);
    nixe_average_add(&state->variance, series.mean, series.error);
}

static nixe_status add_replica(source *s, long q, long p, state_summary *state) {
    double acceptance;
    begin_row(s, q, p);
    NIXE_TRY(read_row(s, NIXE_DATA_MC_F, q, p, s->f));
    NIXE_TRY(read_row(s, NIXE_DATA_MC_AREA_MEAN, q, p, s->area_mean));
    NIXE_TRY(read_row(s, NIXE_DATA_MC_AREA_RMS, q, p, s->area_rms));
    NIXE_TRY(read_row(s, NIXE_DATA_ACCEPTANCE, q, p, &acceptance));
    state->acceptance += acceptance;
    if (s->records >= 4) {
        for (int phase = 0; phase < NIXE_PHASES; phase++) {
            const nixe_blocking series = analyse(s, phase, 0, s->records);
            nixe_average_add(&state->f[phase], series.mean, series.error);
        }
        const nixe_blocking whole = analyse(s, -1, 0, s->records);
        const nixe_blocking early = analyse(s, -1, 0, s->records / 2), late = analyse(s, -1, s->records / 2, s->records);
        nixe_average_add(&state->unstructured, whole.mean, whole.error);
        add_variance(s, state, whole.mean);
        state->tau = fmax(state->tau, whole.tau);
        state->halves = fmax(state->halves, apart(early, late));
        if (s->flips) NIXE_TRY(add_composition(s, q, p, state));
    }
    if (s->areas >= 4) {
        const nixe_blocking mean = nixe_blocking_analyse(s->area_mean, s->areas),
                            rms = nixe_blocking_analyse(s->area_rms, s->areas);
        nixe_average_add(&state->area_mean, mean.mean, mean.error);
        nixe_average_add(&state->area_rms, rms.mean, rms.error);
    }
    return NIXE_OK;
}

/* Where state q is along the axes, value[axis][q], of those that are to be told. */
static void print_name(const source *s, double *const value[AXES], long q) {
    const char *comma = "";
    printf("\n");
    for (int a = 0; a < AXES; a++) {
        int differ = 0;
        if (!value[a]) continue;
        for (long other = 1; other < s->states; other++) differ |= value[a][other] != value[a][0];
        if (axes[a].when == IF_DIFFERENT && !differ) continue;
        printf("%s", comma);
        if (axes[a].format) printf(axes[a].format, value[a][q]);
        else printf(value[a][q] > 0 ? "on the way forward" : "on the way back");
        comma = ", ";
    }
    printf("\n ");
}

static void print_state(const source *s, const state_summary *state, long every) {
    for (int p = 0; p < NIXE_PHASES; p++)
        printf(" %s %.4f(%.4f)", p == NIXE_UNCLASSIFIED ? "other" : nixe_phase_name[p], nixe_average_mean(&state->f[p]),
               nixe_average_error(&state->f[p]));
    printf("\n  f_U %.4f(%.4f)  var(f_U) %.4g(%.2g)", nixe_average_mean(&state->unstructured),
           nixe_average_error(&state->unstructured),
           nixe_average_mean(&state->variance) + nixe_average_spread(&state->unstructured),
           nixe_average_error(&state->variance)); /* of all replicas together */
    if (state->area_rms.count)
        printf("  area mean %.5f(%.5f) rms %.5f(%.5f)", nixe_average_mean(&state->area_mean),
               nixe_average_error(&state->area_mean), nixe_average_mean(&state->area_rms),
               nixe_average_error(&state->area_rms));
    if (s->flips)
        printf("  composition %.5f(%.5f)", nixe_average_mean(&state->composition), nixe_average_error(&state->composition));
    printf("\n  acceptance %.3g, autocorrelation time of f_U %.3g sweeps", state->acceptance / (double)s->replicas,
           state->tau * (double)every);
    if (s->flips) printf(", of the composition %.3g", state->tau_composition * (double)every);
    printf("\n");
    if (s->path) return; /* its states need not be in equilibrium */
    if ((double)s->records < 50 * fmax(state->tau, state->tau_composition))
        printf("  warning: a replica has %ld records, fewer than 50 autocorrelation times: errors are not reliable\n",
               s->records);
    if (state->halves > 5)
        printf("  warning: the two halves of a replica differ by %.1f joint standard errors: not yet in equilibrium\n",
               state->halves);
}

static nixe_status print_exchange(const source *s, long pairs) {
    int64_t *attempted, *accepted, *trips, sum = 0;
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
    for (long p = 0; p < s->replicas; p++) sum += trips[p];
    printf("\nround trips          %lld\n", (long long)sum);
    free(attempted);
    free(accepted);
    free(trips);
    free(pair);
    return NIXE_OK;
}

static nixe_status summarise(source *s) {
    hsize_t shape[NIXE_MAX_RANK], areas[NIXE_MAX_RANK];
    double *value[AXES] = {NULL};
    int64_t *sweep, *area_sweep;
    if (nixe_read_shape(s->file, NIXE_DATA_MC_F, shape) != 4 || nixe_read_shape(s->file, NIXE_DATA_MC_AREA_MEAN, areas) != 3)
        return nixe_fail(NIXE_FAILED, "the file has no replicas");
    s->states = (long)shape[0];
    s->replicas = (long)shape[1];
    s->records = (long)shape[2]; /* room for all */
    s->areas = (long)areas[2];
    NIXE_TRY(nixe_allocate(&s->f, s->records * NIXE_PHASES, sizeof(double), "the summary"));
    NIXE_TRY(nixe_allocate(&s->area_mean, s->areas, sizeof(double), "the summary"));
    NIXE_TRY(nixe_allocate(&s->area_rms, s->areas, sizeof(double), "the summary"));
    NIXE_TRY(nixe_allocate(&s->values, s->records, sizeof(double), "the summary"));
    s->flips = nixe_read_shape(s->file, NIXE_DATA_MC_COMPOSITION, shape) == 3;
    s->path = nixe_read_shape(s->file, NIXE_DATA_STATE_BRANCH, shape) == 1;
    for (int a = 0; a < AXES; a++)
        if (axes[a].when == ALWAYS || nixe_read_shape(s->file, axes[a].data, shape) == 1)
            NIXE_TRY(nixe_read_new(s->file, axes[a].data, H5T_NATIVE_DOUBLE, &value[a]));
    NIXE_TRY(nixe_read_new(s->file, NIXE_DATA_SWEEP, H5T_NATIVE_INT64, &sweep));
    NIXE_TRY(nixe_read_new(s->file, NIXE_DATA_AREA_SWEEP, H5T_NATIVE_INT64, &area_sweep));
    NIXE_TRY(nixe_read_new(s->file, NIXE_DATA_SWEEPS_DONE, H5T_NATIVE_INT64, &s->done));
    if (nixe_read_shape(s->file, NIXE_DATA_EQUILIBRATION, shape) == 2)
        NIXE_TRY(nixe_read_new(s->file, NIXE_DATA_EQUILIBRATION, H5T_NATIVE_INT64, &s->equilibration));
    s->record_every = sweep[0];
    s->area_every = area_sweep[0];
    free(sweep);
    free(area_sweep);
    for (long q = 0; q < s->states; q++) {
        state_summary state = {0};
        for (long p = 0; p < s->replicas; p++) NIXE_TRY(add_replica(s, q, p, &state));
        if (s->records < 4) continue;
        print_name(s, value, q);
        print_state(s, &state, (long)s->record_every);
    }
    if (s->records < 4) printf("\nwarning: fewer than 4 records a replica: no averages\n");
    for (int a = 0; a < AXES; a++) free(value[a]);
    return NIXE_OK;
}

nixe_status nixe_mc_summary(const char *path, const nixe_options *options) {
    source s = {.before = nixe_mc_before_records(options)};
    hsize_t shape[NIXE_MAX_RANK];
    NIXE_TRY(nixe_hdf5_status(s.file = nixe_read_file(path), "H5Fopen"));
    nixe_status status = summarise(&s);
    if (!status && nixe_read_shape(s.file, NIXE_DATA_PAIR, shape) == 2) status = print_exchange(&s, (long)shape[0]);
    status = nixe_read_close(s.file, status);
    free(s.f);
    free(s.area_mean);
    free(s.area_rms);
    free(s.values);
    free(s.done);
    free(s.equilibration);
    return status;
}
