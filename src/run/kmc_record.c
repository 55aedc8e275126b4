/* KMC record: what is recorded of the trajectories of a rank. write_rows() is collective, the rest is not. */
#include "nixe/run/kmc_record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/stage.h"
#include "nixe/crystal/order.h"
#include "nixe/crystal/separated.h"

static const double buffer_bytes = 64e6;         /* rows that wait on one rank between two meetings, at the most */
static const long site_updates_a_slice = 700000; /* about a millisecond of events */

/* What a trajectory shows at a recorded time; at its end only completion_time is asked for. */
typedef struct {
    const nixe_energy *energy;
    const int8_t *sigma; /* N */
    nixe_kmc_counted *counted;
    int place; /* of the configuration among those counted */
    int64_t events;
    const int64_t *exchanges;                   /* faces */
    double elastic_energy, area_mean, area_rms; /* from the displacements */
    double completion_time;
} sample;

/* The place of a sample in rows of what was counted abreast. */
static void column(const sample *s, double (*counted)[NIXE_ABREAST], int rows, void *entry) {
    for (int row = 0; row < rows; row++) ((double *)entry)[row] = counted[row][s->place];
}

static void composition(const void *at, void *entry) {
    const sample *s = at;
    *(double *)entry = s->counted->composition[s->place];
}

static void energy(const void *at, void *entry) {
    const sample *s = at;
    *(double *)entry = s->energy->epsilon * s->elastic_energy + s->counted->local_energy[s->place];
}

static void fractions(const void *at, void *entry) {
    const sample *s = at;
    column(s, s->counted->f, NIXE_PHASES, entry);
}

static void unlike(const void *at, void *entry) {
    const sample *s = at;
    int64_t count[NIXE_MAX_CLASSES];
    for (int c = 0; c < s->energy->lattice->classes; c++) count[c] = s->counted->unlike[c][s->place];
    nixe_unlike_fractions(s->energy->lattice, count, entry);
}

static void profile(const void *at, void *entry) {
    const sample *s = at;
    column(s, s->counted->profile, s->energy->lattice->depths, entry);
}

static void exchanges(const void *at, void *entry) {
    const sample *s = at;
    memcpy(entry, s->exchanges, (size_t)s->energy->lattice->faces * sizeof *s->exchanges);
}

static void configuration(const void *at, void *entry) {
    const sample *s = at;
    memcpy(entry, s->sigma, (size_t)s->energy->lattice->sites);
}

static void area_mean(const void *at, void *entry) { *(double *)entry = ((const sample *)at)->area_mean; }
static void area_rms(const void *at, void *entry) { *(double *)entry = ((const sample *)at)->area_rms; }
static void events(const void *at, void *entry) { *(int64_t *)entry = ((const sample *)at)->events; }
static void completion_time(const void *at, void *entry) { *(double *)entry = ((const sample *)at)->completion_time; }

static const nixe_quantity quantities[] = {
    {NIXE_DATA_COMPOSITION, composition},
    {NIXE_DATA_ENERGY, energy},
    {NIXE_DATA_AREA_MEAN, area_mean},
    {NIXE_DATA_AREA_RMS, area_rms},
    {NIXE_DATA_F, fractions},
    {NIXE_DATA_EVENTS, events},
    {NIXE_DATA_COMPLETION_TIME, completion_time},
    {NIXE_DATA_SNAPSHOT_SIGMA, configuration},
    {NIXE_DATA_UNLIKE, unlike},
    {NIXE_DATA_PROFILE, profile},
    {NIXE_DATA_EXCHANGES, exchanges},
};
const nixe_quantities nixe_kmc_quantities = {quantities, sizeof quantities / sizeof *quantities, NIXE_DATA_CHECKSUM,
                                             NIXE_DATA_DONE};

double nixe_kmc_record_bytes(const nixe_file *file, const nixe_lattice *lattice, int64_t ensemble_size) {
    const double n = lattice->sites;
    const double row = nixe_quantities_bytes(&nixe_kmc_quantities, file);
    double rows = fmin(row * (double)ensemble_size, buffer_bytes + row) * 2 + row; /* twice while they are written */
    double strain = nixe_displacement_bytes(lattice) + 9 * n * nixe_displacement_stack(lattice); /* area, sigma */
    double counted = n * NIXE_ABREAST + 8.0 * lattice->depths * NIXE_ABREAST;
    return rows + strain + counted + 48.0 * (double)file->size[NIXE_AXIS_TIME];
}

nixe_status nixe_kmc_record_create(nixe_kmc_record *kmc, const nixe_options *options, const nixe_rates *rates,
                                   const nixe_record_times *times, const nixe_start_rows *start_rows,
                                   const nixe_response *response, int64_t *flagged, nixe_file *file) {
    const long long most = nixe_displacement_stack(rates->lattice), stack = rates->lattice->sites * most;
    *kmc = (nixe_kmc_record){.options = options, .rates = rates, .times = times, .start_rows = start_rows};
    NIXE_TRY(nixe_record_create(&kmc->record, &nixe_kmc_quantities, file, flagged));
    NIXE_TRY(nixe_row_create(&kmc->row, &kmc->record));
    NIXE_TRY(nixe_trajectory_create(&kmc->trajectory, rates));
    NIXE_TRY(nixe_displacement_create(&kmc->displacement, rates->lattice, response));
    NIXE_TRY(nixe_allocate(&kmc->configuration, stack, 1, "configurations"));
    NIXE_TRY(nixe_allocate(&kmc->exchanges_before, rates->lattice->faces * most, sizeof(int64_t), "exchanges"));
    NIXE_TRY(nixe_allocate(&kmc->counted.ions, rates->lattice->sites, sizeof(nixe_ions), "configurations"));
    NIXE_TRY(nixe_allocate(&kmc->counted.profile, rates->lattice->depths, sizeof *kmc->counted.profile, "profiles"));
    return nixe_allocate(&kmc->area, stack, sizeof(double), "areas");
}

void nixe_kmc_record_destroy(nixe_kmc_record *kmc) {
    nixe_row_destroy(&kmc->row, &kmc->record);
    nixe_record_destroy(&kmc->record);
    free(kmc->configuration);
    free(kmc->exchanges_before);
    free(kmc->counted.ions);
    free(kmc->counted.profile);
    free(kmc->area);
    nixe_trajectory_destroy(&kmc->trajectory);
    nixe_displacement_destroy(&kmc->displacement);
}

/* The configuration that a trajectory starts from. */
static nixe_status set_start(const nixe_kmc_record *kmc, uint64_t index, int8_t *sigma) {
    const nixe_options *options = kmc->options;
    const nixe_lattice *lattice = kmc->rates->lattice;
    const int sites = lattice->sites;
    const int8_t *given = !strcmp(options->kmc_start, "lattice") ? lattice->start : NULL;
    if (kmc->start_rows) given = kmc->start_rows->sigma + (int64_t)(index % (uint64_t)kmc->start_rows->rows) * sites;
    if (given) {
        memcpy(sigma, given, (size_t)sites);
        return NIXE_OK;
    }
    if (!strcmp(options->kmc_start, "separated"))
        return nixe_separated(lattice, sites, NULL, nixe_trajectory_count_A(options->kmc_start_composition, sites), sigma);
    const nixe_start start = !strcmp(options->kmc_start, "A")   ? NIXE_START_A
                             : !strcmp(options->kmc_start, "B") ? NIXE_START_B
                                                                : NIXE_START_RANDOM;
    nixe_trajectory_start_sigma(start, options->kmc_start_composition, options->ensemble_seed, index, sites, sigma);
    return NIXE_OK;
}

static nixe_status begin(void *worker, int64_t task) {
    nixe_kmc_record *kmc = worker;
    const nixe_options *options = kmc->options;
    const uint64_t index = (uint64_t)(options->ensemble_first + task);
    NIXE_TRY(set_start(kmc, index, kmc->configuration)); /* free between trajectories */
    nixe_trajectory_begin(&kmc->trajectory, options->ensemble_seed, index, kmc->configuration, options->kmc_stop_composition);
    nixe_row_begin(&kmc->row, &kmc->record, task);
    kmc->next_time = kmc->waiting = kmc->shown_time = 0;
    kmc->recorded_events = -1;
    return NIXE_OK;
}

/* Count what is counted of the configurations from `first` on that wait. */
static void count_abreast(nixe_kmc_record *kmc, int first) {
    const nixe_lattice *lattice = kmc->rates->lattice;
    const int left = kmc->waiting - first;
    nixe_kmc_counted *counted = &kmc->counted;
    nixe_ions_lay(lattice->sites, left < NIXE_ABREAST ? left : NIXE_ABREAST, kmc->configuration + (long)first * lattice->sites,
                  counted->ions);
    nixe_order_composition(lattice, counted->ions, counted->composition);
    for (int w = 0; w < left && w < NIXE_ABREAST; w++) counted->dmu[w] = kmc->times->dmu[kmc->first_time[first + w]];
    nixe_energy_local(kmc->rates->energy, counted->dmu, counted->ions, counted->local_energy);
    nixe_phase_fractions(lattice, counted->ions, counted->f);
    nixe_unlike_count_abreast(lattice, counted->ions, counted->unlike);
    nixe_depth_profile(lattice, counted->ions, counted->profile);
}

/* Measure the configurations that wait. */
static nixe_status measure(nixe_kmc_record *kmc) {
    const double begun = MPI_Wtime();
    nixe_stage_begin(NIXE_OBSERVABLES);
    NIXE_TRY(nixe_displacement_solve(&kmc->displacement, kmc->configuration, kmc->waiting));
    nixe_strain_measure(&kmc->displacement, kmc->options->shell_stiffness.value[0], kmc->options->model_mismatch, kmc->area,
                        &kmc->strain);
    nixe_stage_end();
    kmc->strain_seconds += MPI_Wtime() - begun;
    kmc->first_time[kmc->waiting] = kmc->next_time;
    for (int w = 0; w < kmc->waiting; w++) {
        const int first = kmc->first_time[w], last = kmc->first_time[w + 1];
        if (w % NIXE_ABREAST == 0) count_abreast(kmc, w);
        const sample at = {.energy = kmc->rates->energy,
                           .sigma = kmc->configuration + (long)w * kmc->rates->lattice->sites,
                           .counted = &kmc->counted,
                           .place = w % NIXE_ABREAST,
                           .events = kmc->events_before[w],
                           .exchanges = kmc->exchanges_before + (long)w * kmc->rates->lattice->faces,
                           .elastic_energy = kmc->strain.elastic_energy[w],
                           .area_mean = kmc->strain.area_mean[w],
                           .area_rms = kmc->strain.area_rms[w]};
        NIXE_TRY(nixe_record_take(&kmc->record, &kmc->row, NIXE_AXIS_TIME, last - first, &at));
        for (int t = first; t < last; t++)
            if (kmc->times->snapshot[t] >= 0) NIXE_TRY(nixe_record_take(&kmc->record, &kmc->row, NIXE_AXIS_SNAPSHOT, 1, &at));
    }
    kmc->waiting = 0;
    return NIXE_OK;
}

/* Whether what drives is another at a recorded time than at the one before: so is the energy. */
static int drive_changes(const nixe_kmc_record *kmc, int time) {
    return time > 0 && kmc->times->setting[time] != kmc->times->setting[time - 1];
}

/* Let the present configuration wait to be measured, as that of the next recorded time. */
static nixe_status record(nixe_kmc_record *kmc) {
    const nixe_trajectory *trajectory = &kmc->trajectory;
    const long sites = kmc->rates->lattice->sites, faces = kmc->rates->lattice->faces;
    if (trajectory->events != kmc->recorded_events || drive_changes(kmc, kmc->next_time)) {
        if (kmc->waiting == kmc->displacement.stack) NIXE_TRY(measure(kmc));
        memcpy(kmc->configuration + kmc->waiting * sites, trajectory->sigma, (size_t)sites);
        memcpy(kmc->exchanges_before + kmc->waiting * faces, trajectory->exchanges, (size_t)faces * sizeof(int64_t));
        kmc->events_before[kmc->waiting] = kmc->recorded_events = trajectory->events;
        kmc->first_time[kmc->waiting++] = kmc->next_time;
    }
    kmc->next_time++;
    return NIXE_OK;
}

/* Events up to the next recorded times, for about a millisecond; and the row is released when all times are recorded. */
static nixe_status advance(void *worker, int *finished) {
    nixe_kmc_record *kmc = worker;
    nixe_trajectory *trajectory = &kmc->trajectory;
    long budget = site_updates_a_slice / kmc->rates->lattice->sites + 16;
    while (kmc->next_time < kmc->times->count && budget > 0) {
        const double until = kmc->times->time[kmc->next_time];
        budget -= nixe_trajectory_advance(trajectory, until, budget);
        if (trajectory->status) return trajectory->status;
        if (nixe_trajectory_has_reached(trajectory, until)) NIXE_TRY(record(kmc));
    }
    if (kmc->next_time < kmc->times->count) return NIXE_OK;
    NIXE_TRY(measure(kmc));
    *finished = 1;
    return nixe_record_release(&kmc->record, &kmc->row, 1,
                               &(sample){.completion_time = trajectory->complete ? trajectory->time : NAN});
}

static int64_t steps(const void *worker) { return ((const nixe_kmc_record *)worker)->trajectory.events; }

static nixe_whereabouts look(const void *worker) {
    const nixe_trajectory *trajectory = &((const nixe_kmc_record *)worker)->trajectory;
    return (nixe_whereabouts){.time = trajectory->time,
                              .composition = 0.5 + 0.5 * (double)trajectory->sum / trajectory->rates->lattice->sites,
                              .events = (double)trajectory->events};
}

static double fullness(const void *worker) {
    return nixe_record_bytes(&((const nixe_kmc_record *)worker)->record) / buffer_bytes;
}

/* What there is of the trajectory under way, for those who follow it. The configurations that wait are measured for this alone,
 * and wait on: with whom they are measured does not depend on when the ranks meet. A meeting that takes long is seldom held. */
static nixe_status show(nixe_kmc_record *kmc) {
    const int waiting = kmc->waiting;
    if (kmc->next_time == kmc->shown_time) return NIXE_OK;
    kmc->shown_time = kmc->next_time;
    nixe_row_mark(&kmc->row, &kmc->record);
    if (waiting) NIXE_TRY(measure(kmc));
    NIXE_TRY(nixe_record_show(&kmc->record, &kmc->row));
    nixe_row_back(&kmc->row, &kmc->record);
    kmc->waiting = waiting;
    return NIXE_OK;
}

/* All that is pending, and what there is of the trajectory under way. */
static nixe_status write_rows(void *worker) {
    nixe_kmc_record *kmc = worker;
    if (kmc->next_time < kmc->times->count) NIXE_TRY(show(kmc));
    return nixe_record_write((nixe_record *const[]){&kmc->record}, 1);
}

static nixe_status sync(void *worker) { return nixe_file_flush(((nixe_kmc_record *)worker)->record.file); }

/* Put or get what the recorder itself knows of a row in the making, but for the configurations that wait. */
static nixe_status pass_parts(nixe_kmc_record *kmc, nixe_parts_pass *pass, nixe_bytes *bytes) {
    const size_t stack = (size_t)kmc->displacement.stack;
    const nixe_part parts[] = {{&kmc->next_time, sizeof kmc->next_time},
                               {&kmc->recorded_events, sizeof kmc->recorded_events},
                               {&kmc->waiting, sizeof kmc->waiting},
                               {kmc->first_time, sizeof kmc->first_time},
                               {kmc->events_before, sizeof kmc->events_before},
                               {kmc->exchanges_before, stack * (size_t)kmc->rates->lattice->faces * sizeof(int64_t)}};
    return pass(parts, sizeof parts / sizeof *parts, bytes);
}

/* All that the trajectory and its row need to go on. */
static nixe_status save(const void *worker, int64_t number, nixe_bytes *bytes) {
    nixe_kmc_record *kmc = (nixe_kmc_record *)worker; /* the list serves saving and loading */
    (void)number;
    NIXE_TRY(nixe_trajectory_save(&kmc->trajectory, bytes));
    NIXE_TRY(nixe_row_save(&kmc->row, &kmc->record, bytes));
    NIXE_TRY(pass_parts(kmc, nixe_parts_put, bytes));
    return nixe_bytes_put(bytes, kmc->configuration, (size_t)kmc->waiting * (size_t)kmc->rates->lattice->sites);
}

/* Whether what waits is in order: configurations of moments one after the other, the first at what is not measured yet. */
static int is_in_order(const nixe_kmc_record *kmc) {
    const nixe_trajectory *trajectory = &kmc->trajectory;
    int64_t events = -1;
    if (kmc->waiting < 0 || kmc->waiting > kmc->displacement.stack || kmc->next_time < 0 ||
        kmc->next_time > kmc->times->count || (kmc->next_time > 0) != (kmc->waiting > 0))
        return 0;
    for (int w = 0; w < kmc->waiting; w++) {
        const int time = kmc->first_time[w], before = w ? kmc->first_time[w - 1] : -1;
        if (time <= before || time >= kmc->next_time) return 0;
        if (kmc->events_before[w] < events || (kmc->events_before[w] == events && !drive_changes(kmc, time))) return 0;
        events = kmc->events_before[w];
    }
    return kmc->recorded_events == events && events <= trajectory->events;
}

/* Whether the setting that drives the trajectory can be that between the last recorded time and the next, after its last event.
 */
static int fits_schedule(const nixe_kmc_record *kmc) {
    const nixe_trajectory *trajectory = &kmc->trajectory;
    const nixe_record_times *times = kmc->times;
    const int next = kmc->next_time < times->count ? kmc->next_time : times->count - 1;
    if (trajectory->now > times->setting[next]) return 0;
    return trajectory->complete || kmc->next_time == 0 || trajectory->now >= times->setting[kmc->next_time - 1];
}

/* Whether the row has what comes before the configurations that wait, and all of it is held: a row is released as a whole. */
static int fits_row(const nixe_kmc_record *kmc) {
    const int measured = kmc->waiting ? kmc->first_time[0] : 0;
    int snapshots = 0;
    for (int t = 0; t < measured; t++) snapshots += kmc->times->snapshot[t] >= 0;
    return nixe_row_has(&kmc->row, &kmc->record, NIXE_AXIS_TIME, measured, measured) &&
           nixe_row_has(&kmc->row, &kmc->record, NIXE_AXIS_SNAPSHOT, snapshots, snapshots) &&
           nixe_row_has(&kmc->row, &kmc->record, NIXE_AXES, 0, 0);
}

/* Whether the exchanges of all faces make the sum of ions that there is of the one at the beginning; swaps change none. */
static int fits_exchanges(const nixe_kmc_record *kmc, long begun, long sum, const int64_t *exchanges) {
    const int64_t most = (int64_t)1 << 52; /* of a state that is damaged; sums of less do not overflow */
    int64_t left = begun - sum;
    for (int f = 0; f < kmc->rates->lattice->faces; f++) {
        if (exchanges[f] > most || exchanges[f] < -most) return 0;
        left -= 2 * exchanges[f];
    }
    return left == 0;
}

/* Over the beginning of the task, whose fixed numbers the state must have. */
static nixe_status load(void *worker, int64_t task, nixe_bytes *bytes) {
    nixe_kmc_record *kmc = worker;
    long sum;
    NIXE_TRY(begin(worker, task));
    const nixe_trajectory begun = kmc->trajectory, *now = &kmc->trajectory;
    NIXE_TRY(nixe_trajectory_load(&kmc->trajectory, bytes));
    NIXE_TRY(nixe_bytes_expect(now->seed == begun.seed && now->index == begun.index && now->stop_sum == begun.stop_sum &&
                                   now->rises == begun.rises && fits_exchanges(kmc, begun.sum, now->sum, now->exchanges) &&
                                   now->time <= kmc->times->time[kmc->times->count - 1],
                               "a trajectory"));
    NIXE_TRY(nixe_row_load(&kmc->row, &kmc->record, task, bytes));
    NIXE_TRY(pass_parts(kmc, nixe_parts_get, bytes));
    NIXE_TRY(nixe_bytes_expect(is_in_order(kmc) && fits_schedule(kmc) && fits_row(kmc), "a row"));
    const long sites = kmc->rates->lattice->sites;
    NIXE_TRY(nixe_bytes_get(bytes, kmc->configuration, (size_t)(kmc->waiting * sites)));
    int sound = 1;
    for (int w = 0; w < kmc->waiting; w++)
        sound &= nixe_are_ions(sites, kmc->configuration + w * sites, &sum) &&
                 fits_exchanges(kmc, begun.sum, sum, kmc->exchanges_before + (long)w * kmc->rates->lattice->faces);
    return nixe_bytes_expect(sound, "a configuration");
}

nixe_work nixe_kmc_work(nixe_kmc_record *kmc, const int64_t *rows, int64_t count) {
    return (nixe_work){.worker = kmc,
                       .tasks = count,
                       .task = rows,
                       .save = save,
                       .load = load,
                       .begin = begin,
                       .advance = advance,
                       .steps = steps,
                       .look = look,
                       .fullness = fullness,
                       .write = write_rows,
                       .sync = sync};
}
