/* KMC: the rows that a rank makes of its trajectories. write_rows() is collective, the rest is not. */
#include "nixe/run/kmc_record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double buffer_bytes = 64e6;         /* rows that wait on one rank between two meetings, at the most */
static const long site_updates_a_batch = 700000; /* about a millisecond of events */

/* The datasets of a row; then the checksum of them, and last the flag. */
static const nixe_data row_data[] = {
    NIXE_DATA_COMPOSITION, NIXE_DATA_ENERGY,         NIXE_DATA_AREA_MEAN,       NIXE_DATA_AREA_RMS, NIXE_DATA_F,
    NIXE_DATA_EVENTS,      NIXE_DATA_SNAPSHOT_SIGMA, NIXE_DATA_COMPLETION_TIME, NIXE_DATA_CHECKSUM, NIXE_DATA_DONE};
enum { PARTS = sizeof row_data / sizeof *row_data, CHECKED_PARTS = PARTS - 2 };

double nixe_kmc_row_bytes(const nixe_record_times *times, int sites) {
    return (double)times->count * (4 + NIXE_PHASES + 1) * 8 + (double)times->snapshots * sites + 17;
}

double nixe_kmc_bytes(const nixe_record_times *times, const nixe_lattice *lattice, int64_t ensemble_size) {
    const double n = lattice->sites, d = lattice->dimension, z = lattice->coordination;
    const double row = nixe_kmc_row_bytes(times, lattice->sites);
    double rows = fmin(row * (double)ensemble_size, fmax(buffer_bytes, row)) * 2 + row; /* twice while they are written */
    double strain = n * NIXE_CONFIGURATIONS * ((2 + d) * 8 + (1 + d) * 1.3 * 8 + 1); /* s, area, u, source, solution, sigma */
    double rates = n * 8 * (z / 2 + 8);
    double lattice_bytes = n * (8 * d + 4 * z + 4 * z + 8);
    return rows + strain + rates + lattice_bytes + 24.0 * times->count;
}

nixe_status nixe_kmc_create(nixe_kmc *kmc, const nixe_options *options, const nixe_rates *rates, const nixe_record_times *times,
                            const nixe_start_rows *start_rows, const nixe_response *response, nixe_file *file) {
    const nixe_lattice *lattice = rates->lattice;
    const long long block = (long long)lattice->sites * NIXE_CONFIGURATIONS;
    *kmc = (nixe_kmc){.options = options, .rates = rates, .times = times, .start_rows = start_rows, .file = file};
    for (int p = 0; p < PARTS; p++) {
        const size_t bytes = nixe_file_row_bytes(file, row_data[p]);
        NIXE_TRY(nixe_allocate(&kmc->part[row_data[p]].row, (long long)bytes, 1, "a row"));
        nixe_pending_create(&kmc->part[row_data[p]].finished, row_data[p], bytes);
    }
    NIXE_TRY(nixe_trajectory_create(&kmc->trajectory, rates));
    NIXE_TRY(nixe_displacement_create(&kmc->displacement, lattice, response));
    NIXE_TRY(nixe_allocate(&kmc->configuration, block, 1, "configurations"));
    return nixe_allocate(&kmc->area, block, sizeof(double), "areas");
}

void nixe_kmc_destroy(nixe_kmc *kmc) {
    for (int p = 0; p < PARTS; p++) {
        free(kmc->part[row_data[p]].row);
        nixe_pending_destroy(&kmc->part[row_data[p]].finished);
    }
    free(kmc->configuration);
    free(kmc->area);
    nixe_trajectory_destroy(&kmc->trajectory);
    nixe_displacement_destroy(&kmc->displacement);
}

/* The row in the making of a dataset. */
static double *numbers(const nixe_kmc *kmc, nixe_data data) { return kmc->part[data].row; }

static nixe_status begin(void *state, int64_t task) {
    nixe_kmc *kmc = state;
    const nixe_options *options = kmc->options;
    const int sites = kmc->rates->lattice->sites;
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
    kmc->task = task;
    *(uint8_t *)kmc->part[NIXE_DATA_DONE].row = 1;
    *numbers(kmc, NIXE_DATA_COMPLETION_TIME) = NAN;
    kmc->next_time = kmc->waiting = 0;
    kmc->recorded_events = -1;
    return NIXE_OK;
}

/* Displacements, areas and energies of the configurations that wait. */
static void measure_strain(nixe_kmc *kmc) {
    const nixe_energy *energy = kmc->rates->energy;
    const long sites = kmc->rates->lattice->sites;
    double begun = MPI_Wtime();
    nixe_displacement_solve(&kmc->displacement, kmc->configuration, kmc->waiting);
    nixe_strain_measure(&kmc->displacement, kmc->options->shell_stiffness.value[0], kmc->options->model_mismatch, kmc->area,
                        &kmc->strain);
    kmc->first_time[kmc->waiting] = kmc->next_time;
    for (int w = 0; w < kmc->waiting; w++) {
        double total =
            energy->epsilon * kmc->strain.elastic_energy[w] + nixe_energy_local(energy, kmc->configuration + w * sites);
        for (int t = kmc->first_time[w]; t < kmc->first_time[w + 1]; t++) {
            numbers(kmc, NIXE_DATA_ENERGY)[t] = total;
            numbers(kmc, NIXE_DATA_AREA_MEAN)[t] = kmc->strain.area_mean[w];
            numbers(kmc, NIXE_DATA_AREA_RMS)[t] = kmc->strain.area_rms[w];
        }
    }
    kmc->waiting = 0;
    kmc->strain_seconds += MPI_Wtime() - begun;
}

/* Record the present configuration at the next recorded time. */
static void record(nixe_kmc *kmc) {
    const nixe_trajectory *trajectory = &kmc->trajectory;
    const nixe_lattice *lattice = kmc->rates->lattice;
    const long sites = lattice->sites;
    const int t = kmc->next_time;
    double *f = numbers(kmc, NIXE_DATA_F) + (long)t * NIXE_PHASES;
    if (trajectory->events != kmc->recorded_events) {
        if (kmc->waiting == NIXE_CONFIGURATIONS) measure_strain(kmc);
        memcpy(kmc->configuration + kmc->waiting * sites, trajectory->sigma, (size_t)sites);
        kmc->first_time[kmc->waiting++] = kmc->next_time;
        nixe_phase_fractions(lattice, trajectory->sigma, f);
        kmc->recorded_events = trajectory->events;
    } else {
        memcpy(f, f - NIXE_PHASES, NIXE_PHASES * sizeof *f);
    }
    numbers(kmc, NIXE_DATA_COMPOSITION)[t] = 0.5 * ((double)trajectory->sum / (double)sites + 1);
    ((int64_t *)kmc->part[NIXE_DATA_EVENTS].row)[t] = trajectory->events;
    if (kmc->times->snapshot[t] >= 0)
        memcpy((int8_t *)kmc->part[NIXE_DATA_SNAPSHOT_SIGMA].row + kmc->times->snapshot[t] * sites, trajectory->sigma,
               (size_t)sites);
    kmc->next_time++;
}

static nixe_status advance(void *state, int *finished) {
    nixe_kmc *kmc = state;
    nixe_trajectory *trajectory = &kmc->trajectory;
    long budget = site_updates_a_batch / kmc->rates->lattice->sites + 16;
    while (kmc->next_time < kmc->times->count && budget > 0) {
        double until = kmc->times->time[kmc->next_time];
        budget -= nixe_trajectory_advance(trajectory, until, budget);
        if (trajectory->complete || trajectory->next_time > until) record(kmc);
    }
    if (kmc->next_time < kmc->times->count) return NIXE_OK;
    measure_strain(kmc);
    if (trajectory->complete) *numbers(kmc, NIXE_DATA_COMPLETION_TIME) = trajectory->time;
    uint64_t hash = nixe_hash_start;
    for (int p = 0; p < CHECKED_PARTS; p++)
        hash = nixe_hash(hash, kmc->part[row_data[p]].row, kmc->part[row_data[p]].finished.entry_bytes);
    memcpy(kmc->part[NIXE_DATA_CHECKSUM].row, &hash, sizeof hash);
    for (int p = 0; p < PARTS; p++)
        NIXE_TRY(nixe_pending_append(&kmc->part[row_data[p]].finished, kmc->task, 0, kmc->part[row_data[p]].row));
    kmc->waiting_rows++;
    *finished = 1;
    return NIXE_OK;
}

static int64_t steps(const void *state) { return ((const nixe_kmc *)state)->trajectory.events; }

static double fullness(const void *state) {
    const nixe_kmc *kmc = state;
    return (double)kmc->waiting_rows * nixe_kmc_row_bytes(kmc->times, kmc->rates->lattice->sites) / buffer_bytes;
}

/* Write all finished rows; the flags follow when the data of all ranks are in the file. Collective. */
static nixe_status write_rows(void *state) {
    nixe_kmc *kmc = state;
    for (int p = 0; p < PARTS; p++) {
        if (row_data[p] == NIXE_DATA_DONE) NIXE_MPI(MPI_Barrier(kmc->file->parallel->comm));
        NIXE_TRY(nixe_pending_write(&kmc->part[row_data[p]].finished, kmc->file));
    }
    kmc->written_rows += kmc->waiting_rows;
    kmc->waiting_rows = 0;
    return NIXE_OK;
}

nixe_status nixe_kmc_check(const nixe_kmc *kmc, const nixe_parallel *parallel, int64_t expected) {
    int64_t written = kmc->written_rows;
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, &written, 1, MPI_INT64_T, MPI_SUM, parallel->comm));
    if (written == expected) return NIXE_OK;
    return nixe_fail(NIXE_FAILED, "%lld rows were written where %lld were asked for: please report this", (long long)written,
                     (long long)expected);
}

static nixe_status save(const void *state, nixe_bytes *bytes) {
    const nixe_kmc *kmc = state;
    const size_t sites = (size_t)kmc->rates->lattice->sites;
    NIXE_TRY(nixe_trajectory_save(&kmc->trajectory, bytes));
    NIXE_TRY(nixe_bytes_put(bytes, &kmc->next_time, sizeof kmc->next_time));
    NIXE_TRY(nixe_bytes_put(bytes, &kmc->recorded_events, sizeof kmc->recorded_events));
    NIXE_TRY(nixe_bytes_put(bytes, &kmc->waiting, sizeof kmc->waiting));
    NIXE_TRY(nixe_bytes_put(bytes, kmc->first_time, sizeof kmc->first_time));
    NIXE_TRY(nixe_bytes_put(bytes, kmc->configuration, (size_t)kmc->waiting * sites));
    for (int p = 0; p < PARTS; p++)
        NIXE_TRY(nixe_bytes_put(bytes, kmc->part[row_data[p]].row, kmc->part[row_data[p]].finished.entry_bytes));
    return NIXE_OK;
}

static nixe_status load(void *state, int64_t task, nixe_bytes *bytes) {
    nixe_kmc *kmc = state;
    const size_t sites = (size_t)kmc->rates->lattice->sites;
    kmc->task = task;
    NIXE_TRY(nixe_trajectory_load(&kmc->trajectory, bytes));
    NIXE_TRY(nixe_bytes_get(bytes, &kmc->next_time, sizeof kmc->next_time));
    NIXE_TRY(nixe_bytes_get(bytes, &kmc->recorded_events, sizeof kmc->recorded_events));
    NIXE_TRY(nixe_bytes_get(bytes, &kmc->waiting, sizeof kmc->waiting));
    NIXE_TRY(nixe_bytes_get(bytes, kmc->first_time, sizeof kmc->first_time));
    NIXE_TRY(nixe_bytes_get(bytes, kmc->configuration, (size_t)kmc->waiting * sites));
    for (int p = 0; p < PARTS; p++)
        NIXE_TRY(nixe_bytes_get(bytes, kmc->part[row_data[p]].row, kmc->part[row_data[p]].finished.entry_bytes));
    return NIXE_OK;
}

nixe_work nixe_kmc_work(nixe_kmc *kmc, const int64_t *rows, int64_t count) {
    return (nixe_work){.state = kmc,
                       .tasks = count,
                       .task = rows,
                       .save = save,
                       .load = load,
                       .begin = begin,
                       .advance = advance,
                       .steps = steps,
                       .fullness = fullness,
                       .write = write_rows};
}
