/* KMC: the rows that a rank makes of its trajectories. write_rows() is collective, the rest is not. */
#include "nixe/kmc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double buffer_bytes = 64e6;         /* rows that wait on one rank between two meetings, at the most */
static const long site_updates_a_batch = 700000; /* about a millisecond of events */

double nixe_kmc_row_bytes(const nixe_grid *grid, int sites) {
    return (double)grid->count * (4 + NIXE_PHASES + 1) * 8 + (double)grid->snapshots * sites + 17;
}

static int64_t row_capacity(const nixe_grid *grid, int sites, int64_t ensemble_size) {
    int64_t capacity = (int64_t)(buffer_bytes / nixe_kmc_row_bytes(grid, sites));
    if (capacity < 1) capacity = 1;
    return capacity < ensemble_size ? capacity : ensemble_size;
}

double nixe_kmc_bytes(const nixe_grid *grid, const nixe_lattice *lattice, int64_t ensemble_size) {
    const double n = lattice->sites, d = lattice->dimension, z = lattice->coordination;
    double rows = (double)row_capacity(grid, lattice->sites, ensemble_size) * nixe_kmc_row_bytes(grid, lattice->sites);
    double strain = n * NIXE_CONFIGURATIONS * ((2 + d) * 8 + (1 + d) * 1.3 * 8 + 1); /* s, area, u, source, solution, sigma */
    double rates = n * 8 * (z / 2 + 8);
    double lattice_bytes = n * (8 * d + 4 * z + 4 * z + 8);
    return rows + strain + rates + lattice_bytes + 24.0 * grid->count;
}

static nixe_status create_rows(nixe_kmc_rows *rows, const nixe_grid *grid, int sites, int64_t ensemble_size) {
    const long long count = row_capacity(grid, sites, ensemble_size) + 1, times = grid->count;
    *rows = (nixe_kmc_rows){.capacity = (int)count - 1};
    NIXE_TRY(nixe_allocate(&rows->row, count, sizeof(int64_t), "finished rows"));
    NIXE_TRY(nixe_allocate(&rows->composition, count * times, sizeof(double), "finished rows"));
    NIXE_TRY(nixe_allocate(&rows->energy, count * times, sizeof(double), "finished rows"));
    NIXE_TRY(nixe_allocate(&rows->area_mean, count * times, sizeof(double), "finished rows"));
    NIXE_TRY(nixe_allocate(&rows->area_rms, count * times, sizeof(double), "finished rows"));
    NIXE_TRY(nixe_allocate(&rows->f, count * times * NIXE_PHASES, sizeof(double), "finished rows"));
    NIXE_TRY(nixe_allocate(&rows->completion_time, count, sizeof(double), "finished rows"));
    NIXE_TRY(nixe_allocate(&rows->events, count * times, sizeof(int64_t), "finished rows"));
    NIXE_TRY(nixe_allocate(&rows->snapshot, count * grid->snapshots * sites, 1, "finished rows"));
    return nixe_allocate(&rows->done, count, 1, "finished rows");
}

nixe_status nixe_kmc_create(nixe_kmc *kmc, const nixe_options *options, const nixe_rates *rates, const nixe_grid *grid,
                            const nixe_start_rows *start_rows, const nixe_response *response, nixe_store *store) {
    const nixe_lattice *lattice = rates->model->lattice;
    const long long block = (long long)lattice->sites * NIXE_CONFIGURATIONS;
    *kmc = (nixe_kmc){.options = options, .rates = rates, .grid = grid, .start_rows = start_rows, .store = store};
    NIXE_TRY(create_rows(&kmc->rows, grid, lattice->sites, options->ensemble_size));
    NIXE_TRY(nixe_trajectory_create(&kmc->trajectory, rates));
    NIXE_TRY(nixe_displacement_create(&kmc->displacement, lattice, response));
    NIXE_TRY(nixe_allocate(&kmc->configuration, block, 1, "configurations"));
    return nixe_allocate(&kmc->area, block, sizeof(double), "areas");
}

void nixe_kmc_destroy(nixe_kmc *kmc) {
    nixe_kmc_rows *rows = &kmc->rows;
    void *array[] = {rows->row,      rows->composition, rows->energy,          rows->area_mean,
                     rows->area_rms, rows->f,           rows->completion_time, rows->events,
                     rows->snapshot, rows->done,        kmc->configuration,    kmc->area};
    for (size_t i = 0; i < sizeof array / sizeof *array; i++) free(array[i]);
    nixe_trajectory_destroy(&kmc->trajectory);
    nixe_displacement_destroy(&kmc->displacement);
}

static nixe_status begin(void *state, int64_t task) {
    nixe_kmc *kmc = state;
    const nixe_options *options = kmc->options;
    const int sites = kmc->rates->model->lattice->sites;
    const uint64_t index = (uint64_t)(options->ensemble_first + task);
    int8_t *sigma = kmc->configuration; /* free between trajectories */
    if (kmc->start_rows) {
        memcpy(sigma, kmc->start_rows->sigma + (int64_t)(index % (uint64_t)kmc->start_rows->rows) * sites, (size_t)sites);
    } else {
        nixe_start start = !strcmp(options->kmc_start, "A")   ? NIXE_START_A
                           : !strcmp(options->kmc_start, "B") ? NIXE_START_B
                                                              : NIXE_START_RANDOM;
        nixe_trajectory_start_sigma(start, options->kmc_start_composition, options->ensemble_seed, index, sites, sigma);
    }
    nixe_trajectory_begin(&kmc->trajectory, options->ensemble_seed, index, sigma, options->kmc_stop_composition);
    kmc->rows.row[kmc->rows.capacity] = task;
    kmc->rows.done[kmc->rows.capacity] = 1;
    kmc->rows.completion_time[kmc->rows.capacity] = NAN;
    kmc->next_time = kmc->waiting = 0;
    kmc->recorded_events = -1;
    return NIXE_OK;
}

/* Displacements, areas and energies of the configurations that wait. */
static void measure_strain(nixe_kmc *kmc) {
    const nixe_model *model = kmc->rates->model;
    const long sites = model->lattice->sites, start = (long)kmc->rows.capacity * kmc->grid->count;
    double begun = MPI_Wtime();
    nixe_displacement_solve(&kmc->displacement, kmc->configuration, kmc->waiting);
    nixe_strain_measure(&kmc->displacement, kmc->options->shell_stiffness.value[0], kmc->options->model_mismatch, kmc->area,
                        &kmc->strain);
    kmc->first_time[kmc->waiting] = kmc->next_time;
    for (int w = 0; w < kmc->waiting; w++) {
        double energy =
            model->epsilon * kmc->strain.elastic_energy[w] + nixe_model_local_energy(model, kmc->configuration + w * sites);
        for (long t = start + kmc->first_time[w]; t < start + kmc->first_time[w + 1]; t++) {
            kmc->rows.energy[t] = energy;
            kmc->rows.area_mean[t] = kmc->strain.area_mean[w];
            kmc->rows.area_rms[t] = kmc->strain.area_rms[w];
        }
    }
    kmc->waiting = 0;
    kmc->strain_seconds += MPI_Wtime() - begun;
}

/* Record the present configuration at the next grid time. */
static void record(nixe_kmc *kmc) {
    const nixe_trajectory *trajectory = &kmc->trajectory;
    const nixe_lattice *lattice = kmc->rates->model->lattice;
    const long sites = lattice->sites, row = kmc->rows.capacity, at = row * kmc->grid->count + kmc->next_time;
    double *f = kmc->rows.f + at * NIXE_PHASES;
    if (trajectory->events != kmc->recorded_events) {
        if (kmc->waiting == NIXE_CONFIGURATIONS) measure_strain(kmc);
        memcpy(kmc->configuration + kmc->waiting * sites, trajectory->sigma, (size_t)sites);
        kmc->first_time[kmc->waiting++] = kmc->next_time;
        nixe_phase_fractions(lattice, trajectory->sigma, f);
        kmc->recorded_events = trajectory->events;
    } else {
        memcpy(f, f - NIXE_PHASES, NIXE_PHASES * sizeof *f);
    }
    kmc->rows.composition[at] = 0.5 * ((double)trajectory->sum / (double)sites + 1);
    kmc->rows.events[at] = trajectory->events;
    int snapshot = kmc->grid->snapshot[kmc->next_time];
    if (snapshot >= 0)
        memcpy(kmc->rows.snapshot + (row * kmc->grid->snapshots + snapshot) * sites, trajectory->sigma, (size_t)sites);
    kmc->next_time++;
}

/* The arrays of the rows, each with its dataset and the bytes of a row. */
enum { PARTS = 9 };
typedef struct {
    nixe_data data;
    void *values;
    size_t bytes;
} part;

static void list_parts(const nixe_kmc *kmc, part parts[PARTS]) {
    const nixe_kmc_rows *rows = &kmc->rows;
    const size_t times = (size_t)kmc->grid->count * sizeof(double);
    const size_t snapshots = (size_t)kmc->grid->snapshots * (size_t)kmc->rates->model->lattice->sites;
    const part all[PARTS] = {{NIXE_DATA_COMPOSITION, rows->composition, times},
                             {NIXE_DATA_ENERGY, rows->energy, times},
                             {NIXE_DATA_AREA_MEAN, rows->area_mean, times},
                             {NIXE_DATA_AREA_RMS, rows->area_rms, times},
                             {NIXE_DATA_F, rows->f, times * NIXE_PHASES},
                             {NIXE_DATA_EVENTS, rows->events, times},
                             {NIXE_DATA_SNAPSHOT_SIGMA, rows->snapshot, snapshots},
                             {NIXE_DATA_COMPLETION_TIME, rows->completion_time, sizeof(double)},
                             {NIXE_DATA_DONE, rows->done, 1}};
    memcpy(parts, all, sizeof all);
}

/* The row in the making is finished: it joins those that wait. */
static void keep_row(nixe_kmc *kmc) {
    nixe_kmc_rows *rows = &kmc->rows;
    part parts[PARTS];
    list_parts(kmc, parts);
    for (int p = 0; p < PARTS; p++)
        memcpy((char *)parts[p].values + (size_t)rows->count * parts[p].bytes,
               (char *)parts[p].values + (size_t)rows->capacity * parts[p].bytes, parts[p].bytes);
    rows->row[rows->count++] = rows->row[rows->capacity];
}

static nixe_status advance(void *state, int *finished) {
    nixe_kmc *kmc = state;
    nixe_trajectory *trajectory = &kmc->trajectory;
    long budget = site_updates_a_batch / kmc->rates->model->lattice->sites + 16;
    while (kmc->next_time < kmc->grid->count && budget > 0) {
        double until = kmc->grid->time[kmc->next_time];
        budget -= nixe_trajectory_advance(trajectory, until, budget);
        if (trajectory->complete || trajectory->next_time > until) record(kmc);
    }
    if (kmc->next_time < kmc->grid->count) return NIXE_OK;
    measure_strain(kmc);
    if (trajectory->complete) kmc->rows.completion_time[kmc->rows.capacity] = trajectory->time;
    keep_row(kmc);
    *finished = 1;
    return NIXE_OK;
}

static int64_t steps(const void *state) { return ((const nixe_kmc *)state)->trajectory.events; }

static int full(const void *state) {
    const nixe_kmc *kmc = state;
    return kmc->rows.count == kmc->rows.capacity;
}

/* Write all finished rows; the flags follow when the data of all ranks are in the file. Collective. */
static nixe_status write_rows(void *state) {
    nixe_kmc *kmc = state;
    nixe_kmc_rows *rows = &kmc->rows;
    part parts[PARTS];
    list_parts(kmc, parts);
    for (int p = 0; p < PARTS; p++) {
        if (parts[p].data == NIXE_DATA_DONE) NIXE_TRY(nixe_store_flush(kmc->store)); /* the data of all ranks are there */
        NIXE_TRY(nixe_store_write_rows(kmc->store, parts[p].data, rows->count, rows->row, parts[p].values));
    }
    rows->written += rows->count;
    rows->count = 0;
    return NIXE_OK;
}

nixe_status nixe_kmc_check(const nixe_kmc *kmc, const nixe_parallel *parallel) {
    int64_t written = kmc->rows.written;
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, &written, 1, MPI_INT64_T, MPI_SUM, parallel->comm));
    if (written == kmc->options->ensemble_size) return NIXE_OK;
    return nixe_fail(NIXE_FAILED, "%lld rows were written where %lld were asked for: please report this", (long long)written,
                     (long long)kmc->options->ensemble_size);
}

nixe_work nixe_kmc_work(nixe_kmc *kmc) {
    return (nixe_work){.state = kmc,
                       .tasks = kmc->options->ensemble_size,
                       .begin = begin,
                       .advance = advance,
                       .steps = steps,
                       .full = full,
                       .write = write_rows};
}
