/* MC: replicas of fixed-shell crystals and what is recorded of them. write_data() is collective, the rest is not. */
#include "nixe/run/mc_record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double buffer_bytes = 64e6; /* data that wait on one rank between two meetings, at the most */
static const double batch_seconds = 1e-3;

double nixe_mc_bytes(const nixe_options *options, const nixe_lattice *lattice, int states) {
    const double n = lattice->sites, d = lattice->dimension, z = lattice->coordination;
    const double members = options->mc_replica_exchange_every ? states : 1;
    double strain = n * NIXE_CONFIGURATIONS * ((2 + d) * 8 + (1 + d) * 1.3 * 8);
    return 2 * buffer_bytes + strain + members * n * (NIXE_CONFIGURATIONS + 64) + n * (8 * d + 8 * z + 16);
}

nixe_status nixe_mc_create(nixe_mc *mc, const nixe_options *options, const nixe_sampler *sampler, const nixe_lattice *lattice,
                           const nixe_ladder *pairs, int members, int64_t *flagged, nixe_file *file) {
    const long long block = (long long)lattice->sites * NIXE_CONFIGURATIONS;
    *mc =
        (nixe_mc){.options = options, .lattice = lattice, .pairs = pairs, .file = file, .members = members, .flagged = flagged};
    mc->all_states = options->shell_stiffness.count * options->model_kT.count;
    const struct {
        nixe_pending *buffer;
        nixe_data data;
        size_t bytes;
    } part[] = {{&mc->f, NIXE_DATA_MC_F, NIXE_PHASES * sizeof(double)},
                {&mc->energy, NIXE_DATA_MC_ENERGY, sizeof(double)},
                {&mc->area_mean, NIXE_DATA_MC_AREA_MEAN, sizeof(double)},
                {&mc->area_rms, NIXE_DATA_MC_AREA_RMS, sizeof(double)},
                {&mc->sigma, NIXE_DATA_STORED_SIGMA, (size_t)lattice->sites},
                {&mc->sweeps_done, NIXE_DATA_SWEEPS_DONE, sizeof(int64_t)},
                {&mc->acceptance, NIXE_DATA_ACCEPTANCE, sizeof(double)},
                {&mc->checksums, NIXE_DATA_MC_CHECKSUM, (NIXE_CHECKSUMS + 1) * sizeof(int64_t)},
                {&mc->walkers, NIXE_DATA_WALKER, (size_t)members * sizeof(int32_t)},
                {&mc->attempts, NIXE_DATA_ATTEMPTED, (size_t)pairs->count * sizeof(int64_t)},
                {&mc->acceptances, NIXE_DATA_ACCEPTED, (size_t)pairs->count * sizeof(int64_t)},
                {&mc->trips, NIXE_DATA_ROUND_TRIPS, sizeof(int64_t)}};
    for (size_t p = 0; p < sizeof part / sizeof *part; p++)
        NIXE_TRY(nixe_pending_create(part[p].buffer, part[p].data, part[p].bytes));
    NIXE_TRY(nixe_allocate(&mc->member, members, sizeof *mc->member, "the replicas"));
    for (int m = 0; m < members; m++) {
        NIXE_TRY(nixe_replica_create(&mc->member[m].replica, lattice, lattice->core_sites, sampler));
        NIXE_TRY(nixe_allocate(&mc->member[m].configuration, block, 1, "configurations"));
    }
    NIXE_TRY(nixe_allocate(&mc->walker, members, sizeof(int32_t), "the walkers"));
    NIXE_TRY(nixe_allocate(&mc->heading, members, 1, "the walkers"));
    NIXE_TRY(nixe_allocate(&mc->attempted, pairs->count, sizeof(int64_t), "the pairs"));
    NIXE_TRY(nixe_allocate(&mc->accepted, pairs->count, sizeof(int64_t), "the pairs"));
    NIXE_TRY(nixe_allocate(&mc->area, block, sizeof(double), "areas"));
    return nixe_allocate(&mc->field, lattice->core_sites, sizeof(double), "fields");
}

void nixe_mc_destroy(nixe_mc *mc) {
    nixe_pending *buffer[] = {&mc->f,           &mc->energy,     &mc->area_mean, &mc->area_rms, &mc->sigma,       &mc->walkers,
                              &mc->sweeps_done, &mc->acceptance, &mc->checksums, &mc->attempts, &mc->acceptances, &mc->trips};
    for (size_t b = 0; b < sizeof buffer / sizeof *buffer; b++) nixe_pending_destroy(buffer[b]);
    for (int m = 0; mc->member && m < mc->members; m++) {
        nixe_replica_destroy(&mc->member[m].replica);
        free(mc->member[m].configuration);
    }
    void *array[] = {mc->member, mc->walker, mc->heading, mc->attempted, mc->accepted, mc->area, mc->field};
    for (size_t a = 0; a < sizeof array / sizeof *array; a++) free(array[a]);
    nixe_displacement_destroy(&mc->displacement);
}

static int64_t total_sweeps(const nixe_options *options) { return options->mc_equilibration + options->mc_sweeps; }

/* Sweeps up to which all members go before something else happens. */
static int64_t next_target(const nixe_mc *mc, int64_t sweeps) {
    const int64_t every = mc->options->mc_replica_exchange_every, all = total_sweeps(mc->options);
    const int64_t next = every ? (sweeps / every + 1) * every : all; /* a longer run meets the same moments */
    return next < all ? next : all;
}

/* The state of member m of a task; this batch has some of all states. */
static const nixe_mc_state *state_of_member(const nixe_mc *mc, int64_t task, int m) {
    return mc->members > 1 ? &mc->states[m] : &mc->states[task % mc->all_states - mc->states[0].state.number];
}

/* The replica that a task is. It does not depend on the number of replicas, so that a run can be extended. */
static int64_t replica_of_task(const nixe_mc *mc, int64_t task) { return mc->members > 1 ? task : task / mc->all_states; }

static int64_t row_of(const nixe_mc *mc, const nixe_mc_state *state) {
    return state->state.number * mc->options->ensemble_size + mc->replica_number;
}

static nixe_status begin_member(nixe_mc *mc, nixe_mc_member *member, const nixe_mc_state *state) {
    const nixe_options *options = mc->options;
    const uint64_t index = (uint64_t)(options->ensemble_first + mc->replica_number);
    int8_t *sigma = member->configuration;
    member->row = row_of(mc, state);
    member->waiting = member->measured = 0;
    member->first_area = 0;
    for (int c = 0; c < NIXE_CHECKSUMS; c++) member->hash[c] = nixe_hash_start;
    NIXE_TRY(nixe_replica_start_sigma(state->state.couplings, options->mc_start, options->ensemble_seed, index,
                                      state->state.number, sigma));
    nixe_replica_begin(&member->replica, &state->state, options->ensemble_seed, index, sigma);
    return NIXE_OK;
}

static nixe_status begin(void *argument, int64_t task) {
    nixe_mc *mc = argument;
    mc->task = task;
    mc->replica_number = replica_of_task(mc, task);
    for (int m = 0; m < mc->members; m++) {
        NIXE_TRY(begin_member(mc, &mc->member[m], state_of_member(mc, task, m)));
        mc->walker[m] = m;
        mc->heading[m] = 0;
    }
    memset(mc->attempted, 0, (size_t)mc->pairs->count * sizeof *mc->attempted);
    memset(mc->accepted, 0, (size_t)mc->pairs->count * sizeof *mc->accepted);
    mc->round_trips = mc->exchanges = mc->current = 0;
    mc->target = next_target(mc, 0);
    return NIXE_OK;
}

/* Append a record to what is pending and to its checksum. */
enum { F, ENERGY, AREA_MEAN, AREA_RMS, SIGMA };
static nixe_status keep(nixe_mc *mc, nixe_mc_member *member, int kind, int64_t index, const void *entry) {
    nixe_pending *buffer[] = {&mc->f, &mc->energy, &mc->area_mean, &mc->area_rms, &mc->sigma};
    member->hash[kind] = nixe_hash(member->hash[kind], entry, buffer[kind]->entry_bytes);
    return nixe_pending_append(buffer[kind], member->row, index, entry);
}

/* Areas of the configurations of a member that wait. The whole block is solved, whatever it holds, so that a result never
 * depends on when it was asked for. */
static nixe_status measure_areas(nixe_mc *mc, nixe_mc_member *member) {
    const nixe_mc_state *state = &mc->states[0];
    if (member->measured == member->waiting) return NIXE_OK;
    double start = MPI_Wtime();
    while (state->state.number != member->replica.state->number) state++;
    if (!mc->displacement.s) NIXE_TRY(nixe_displacement_create(&mc->displacement, mc->lattice, state->response));
    mc->displacement.response = state->response;
    nixe_displacement_solve(&mc->displacement, member->configuration, NIXE_CONFIGURATIONS);
    nixe_strain_measure(&mc->displacement, state->shell_stiffness, mc->options->model_mismatch, mc->area, &mc->strain);
    for (int w = member->measured; w < member->waiting; w++) {
        NIXE_TRY(keep(mc, member, AREA_MEAN, member->first_area + w, &mc->strain.area_mean[w]));
        NIXE_TRY(keep(mc, member, AREA_RMS, member->first_area + w, &mc->strain.area_rms[w]));
    }
    member->measured = member->waiting;
    if (member->waiting == NIXE_CONFIGURATIONS) {
        member->first_area += NIXE_CONFIGURATIONS;
        member->waiting = member->measured = 0;
    }
    mc->strain_seconds += MPI_Wtime() - start;
    return NIXE_OK;
}

/* Record what is due after a sweep. */
static nixe_status record(nixe_mc *mc, nixe_mc_member *member) {
    const nixe_options *options = mc->options;
    const nixe_replica *replica = &member->replica;
    const int64_t sweep = replica->sweeps - options->mc_equilibration;
    const long n = mc->lattice->sites;
    if (sweep <= 0) return NIXE_OK;
    if (sweep % options->mc_record_every == 0) {
        double f[NIXE_PHASES], energy = nixe_replica_energy(replica);
        nixe_replica_fractions(replica, f);
        NIXE_TRY(keep(mc, member, F, sweep / options->mc_record_every - 1, f));
        NIXE_TRY(keep(mc, member, ENERGY, sweep / options->mc_record_every - 1, &energy));
    }
    if (sweep % options->mc_snapshot_every == 0)
        NIXE_TRY(keep(mc, member, SIGMA, sweep / options->mc_snapshot_every - 1, replica->sigma));
    if (sweep % options->mc_area_every == 0) {
        memcpy(member->configuration + member->waiting++ * n, replica->sigma, (size_t)n);
        if (member->waiting == NIXE_CONFIGURATIONS) return measure_areas(mc, member);
    }
    return NIXE_OK;
}

/* How far the task is: counters of its rows, which replace each other in the file. */
static nixe_status report(nixe_mc *mc) {
    for (int m = 0; m < mc->members; m++) {
        nixe_mc_member *member = &mc->member[m];
        const nixe_replica *replica = &member->replica;
        const double attempts = replica->sampler->attempts(replica);
        const double acceptance = attempts > 0 ? (double)replica->accepted / attempts : NAN;
        NIXE_TRY(measure_areas(mc, member));
        if (replica->sweeps < mc->flagged[member->row]) continue; /* a resumed run catches up with what the file says */
        mc->flagged[member->row] = replica->sweeps;
        int64_t checksum[NIXE_CHECKSUMS + 1];
        memcpy(checksum, member->hash, sizeof member->hash);
        checksum[NIXE_CHECKSUMS] = replica->sweeps;
        NIXE_TRY(nixe_pending_append(&mc->acceptance, member->row, 0, &acceptance));
        NIXE_TRY(nixe_pending_append(&mc->checksums, member->row, 0, checksum));
        NIXE_TRY(nixe_pending_append(&mc->sweeps_done, member->row, 0, &replica->sweeps));
    }
    if (mc->members == 1) return NIXE_OK;
    NIXE_TRY(nixe_pending_append(&mc->attempts, mc->replica_number, 0, mc->attempted));
    NIXE_TRY(nixe_pending_append(&mc->acceptances, mc->replica_number, 0, mc->accepted));
    return nixe_pending_append(&mc->trips, mc->replica_number, 0, &mc->round_trips);
}

/* All members have reached the target: exchange, or end. */
static nixe_status reach_target(nixe_mc *mc, int *finished) {
    const int64_t sweeps = mc->target, every = mc->options->mc_replica_exchange_every;
    mc->current = 0;
    if (every && sweeps % every == 0) NIXE_TRY(nixe_ladder_exchange(mc));
    mc->target = next_target(mc, sweeps);
    if (sweeps < total_sweeps(mc->options)) return NIXE_OK;
    NIXE_TRY(report(mc));
    mc->task = -1; /* what comes now has been reported */
    *finished = 1;
    return NIXE_OK;
}

static nixe_status advance(void *argument, int *finished) {
    nixe_mc *mc = argument;
    const double end = MPI_Wtime() + batch_seconds;
    while (!*finished && MPI_Wtime() < end) {
        nixe_mc_member *member = &mc->member[mc->current];
        for (int s = 0; s < 8 && member->replica.sweeps < mc->target; s++) {
            nixe_replica_sweep(&member->replica);
            NIXE_TRY(record(mc, member));
        }
        if (member->replica.sweeps < mc->target) continue;
        if (++mc->current == mc->members) NIXE_TRY(reach_target(mc, finished));
    }
    return NIXE_OK;
}

static int64_t steps(const void *argument) {
    const nixe_mc *mc = argument;
    int64_t sweeps = 0;
    for (int m = 0; m < mc->members; m++) sweeps += mc->member[m].replica.sweeps;
    return sweeps;
}

static double fullness(const void *argument) {
    const nixe_mc *mc = argument;
    return (double)(mc->f.used + mc->energy.used + mc->sigma.used + mc->area_mean.used + mc->walkers.used) / buffer_bytes;
}

/* Write all that is known; the numbers of sweeps follow when the data of all ranks are in the file. Collective. */
static nixe_status write_data(void *argument) {
    nixe_mc *mc = argument;
    nixe_pending *buffer[] = {&mc->f, &mc->energy, &mc->area_mean, &mc->area_rms, &mc->sigma, &mc->acceptance, &mc->checksums};
    nixe_pending *exchange[] = {&mc->walkers, &mc->attempts, &mc->acceptances, &mc->trips};
    if (mc->task >= 0) NIXE_TRY(report(mc));
    for (size_t b = 0; b < sizeof buffer / sizeof *buffer; b++) NIXE_TRY(nixe_pending_write(buffer[b], mc->file));
    for (size_t b = 0; b < sizeof exchange / sizeof *exchange && mc->pairs->count; b++)
        NIXE_TRY(nixe_pending_write(exchange[b], mc->file));
    NIXE_MPI(MPI_Barrier(mc->file->parallel->comm));
    return nixe_pending_write(&mc->sweeps_done, mc->file);
}

/* What a member needs to go on; `move` is nixe_bytes_put or nixe_bytes_get in disguise. */
typedef nixe_status (*mover)(nixe_bytes *bytes, void *place, size_t count);

static nixe_status put(nixe_bytes *bytes, void *from, size_t count) { return nixe_bytes_put(bytes, from, count); }

static nixe_status move_member(nixe_mc *mc, nixe_mc_member *member, mover move, nixe_bytes *bytes) {
    const size_t n = (size_t)mc->lattice->sites;
    NIXE_TRY(move(bytes, &member->waiting, sizeof member->waiting));
    NIXE_TRY(move(bytes, &member->measured, sizeof member->measured));
    NIXE_TRY(move(bytes, &member->first_area, sizeof member->first_area));
    NIXE_TRY(move(bytes, member->hash, sizeof member->hash));
    return move(bytes, member->configuration, (size_t)member->waiting * n);
}

static nixe_status move_task(nixe_mc *mc, mover move, nixe_bytes *bytes) {
    const size_t members = (size_t)mc->members, pairs = (size_t)mc->pairs->count;
    NIXE_TRY(move(bytes, &mc->exchanges, sizeof mc->exchanges));
    NIXE_TRY(move(bytes, &mc->round_trips, sizeof mc->round_trips));
    NIXE_TRY(move(bytes, mc->walker, members * sizeof *mc->walker));
    NIXE_TRY(move(bytes, mc->heading, members));
    NIXE_TRY(move(bytes, mc->attempted, pairs * sizeof *mc->attempted));
    return move(bytes, mc->accepted, pairs * sizeof *mc->accepted);
}

static nixe_status save(const void *argument, nixe_bytes *bytes) {
    nixe_mc *mc = (nixe_mc *)argument; /* moving out changes nothing */
    NIXE_TRY(move_task(mc, put, bytes));
    for (int m = 0; m < mc->members; m++) {
        NIXE_TRY(nixe_replica_save(&mc->member[m].replica, bytes));
        NIXE_TRY(move_member(mc, &mc->member[m], put, bytes));
    }
    return NIXE_OK;
}

static nixe_status load(void *argument, int64_t task, nixe_bytes *bytes) {
    nixe_mc *mc = argument;
    mc->task = task;
    mc->replica_number = replica_of_task(mc, task);
    NIXE_TRY(move_task(mc, nixe_bytes_get, bytes));
    for (int m = 0; m < mc->members; m++) {
        mc->member[m].row = row_of(mc, state_of_member(mc, task, m));
        NIXE_TRY(nixe_replica_load(&mc->member[m].replica, &state_of_member(mc, task, m)->state, bytes));
        if (mc->member[m].replica.sweeps > total_sweeps(mc->options))
            return nixe_fail(NIXE_FAILED, "%s.checkpoint: a replica has more sweeps than this run asks for",
                             mc->options->output_file);
        NIXE_TRY(move_member(mc, &mc->member[m], nixe_bytes_get, bytes));
    }
    mc->target = next_target(mc, mc->member[mc->members - 1].replica.sweeps); /* the last member is never ahead of the others */
    mc->current = 0; /* the first of them passes on to the next where it has nothing left to do */
    return NIXE_OK;
}

nixe_work nixe_mc_work(nixe_mc *mc, const nixe_mc_state *states, const int64_t *tasks, int64_t count) {
    mc->states = states;
    mc->task = -1;
    return (nixe_work){.state = mc,
                       .tasks = count,
                       .task = tasks,
                       .task_steps = mc->members * total_sweeps(mc->options),
                       .keeps_finished = 1,
                       .begin = begin,
                       .advance = advance,
                       .steps = steps,
                       .fullness = fullness,
                       .write = write_data,
                       .save = save,
                       .load = load};
}
