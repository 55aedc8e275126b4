/* MC record: replicas of fixed-shell crystals and what is recorded of them. write_rows() is collective, the rest is not. */
#include "nixe/run/mc_record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/stage.h"

static const double buffer_bytes = 64e6; /* data that wait on one rank between two meetings, at the most */
static const double slice_seconds = 1e-3;

/* What a replica shows; its areas and its energies at other stiffnesses only where they are asked for. */
typedef struct {
    const nixe_replica *replica;
    const nixe_mc_record *mc;
    double area_mean, area_rms;
} sample;

static void fractions(const void *at, void *entry) { nixe_replica_fractions(((const sample *)at)->replica, entry); }
static void unlike(const void *at, void *entry) { nixe_replica_unlike(((const sample *)at)->replica, entry); }
static void energy(const void *at, void *entry) { *(double *)entry = nixe_replica_energy(((const sample *)at)->replica); }
static void area_mean(const void *at, void *entry) { *(double *)entry = ((const sample *)at)->area_mean; }
static void area_rms(const void *at, void *entry) { *(double *)entry = ((const sample *)at)->area_rms; }

static void configuration(const void *at, void *entry) {
    const nixe_replica *replica = ((const sample *)at)->replica;
    memcpy(entry, replica->sigma, (size_t)replica->state->couplings->lattice->sites);
}

/* E from scratch with the table of each stiffness, to which all states of one lead. */
static void cross_energies(const void *at, void *entry) {
    const sample *s = at;
    const nixe_mc_record *mc = s->mc;
    const int64_t each = mc->all_states / mc->stiffnesses;
    for (int k = 0; k < mc->stiffnesses; k++) {
        const nixe_couplings *couplings = mc->states[mc->options->mc_path ? k : k * each].state.couplings;
        nixe_couplings_fields(couplings, s->replica->core_sigma, mc->field);
        ((double *)entry)[k] = nixe_couplings_energy(couplings, s->replica->core_sigma, mc->field, 0);
    }
}

static void composition(const void *at, void *entry) {
    const nixe_replica *replica = ((const sample *)at)->replica;
    *(double *)entry = (double)replica->count_A / replica->state->couplings->sites;
}

static void acceptance(const void *at, void *entry) {
    const nixe_replica *replica = ((const sample *)at)->replica;
    const double attempts = replica->sampler->attempts(replica);
    *(double *)entry = attempts > 0 ? (double)replica->accepted / attempts : NAN;
}

static const nixe_quantity quantities[] = {
    {NIXE_DATA_MC_F, fractions},       {NIXE_DATA_MC_ENERGY, energy},           {NIXE_DATA_MC_AREA_MEAN, area_mean},
    {NIXE_DATA_MC_AREA_RMS, area_rms}, {NIXE_DATA_ACCEPTANCE, acceptance},      {NIXE_DATA_STORED_SIGMA, configuration},
    {NIXE_DATA_MC_UNLIKE, unlike},     {NIXE_DATA_MC_COMPOSITION, composition}, {NIXE_DATA_CROSS_ENERGY, cross_energies},
};
const nixe_quantities nixe_mc_quantities = {quantities, sizeof quantities / sizeof *quantities, NIXE_DATA_MC_CHECKSUM,
                                            NIXE_DATA_SWEEPS_DONE};

double nixe_mc_record_bytes(const nixe_lattice *lattice, int members) {
    const double n = lattice->sites, d = lattice->dimension, z = lattice->directions;
    const double stack = nixe_displacement_stack(lattice), strain = nixe_displacement_bytes(lattice) + 8 * n * stack;
    return 2 * buffer_bytes + strain + members * n * (stack + 64) + n * (8 * d + 8 * z + 16);
}

double nixe_mc_saved_bytes(const nixe_options *options, const nixe_lattice *lattice, int members) {
    const double waiting =
        fmin(nixe_displacement_stack(lattice), (double)(options->mc_sweeps / options->mc_area_every)); /* for areas */
    const double weights = options->mc_sampler ? 2.0 * 8 * lattice->core_sites : 0;
    return members * (waiting * lattice->sites + 9.0 * lattice->core_sites + weights + 512);
}

/* Whether this rank has the row of the ladder: the first of its team. */
static int has_ladder_row(const nixe_mc_record *mc) { return mc->is_ladder && mc->first_member == 0 && mc->members > 0; }

/* The team that shares the ladder, and which states are this rank's. Where a ladder is one rank's, ladders are taken as they
 * come. */
static nixe_status join_team(nixe_mc_record *mc, const nixe_parallel *parallel, int64_t ladders) {
    const int size = nixe_team_size(ladders, mc->all_members, parallel->size);
    NIXE_TRY(nixe_team_create(&mc->team, parallel, size, mc->all_members, mc->lattice->core_sites));
    mc->first_member = mc->team.first;
    mc->members = mc->team.last - mc->team.first;
    mc->teams = size > 1 ? parallel->size / size : 0;
    mc->team_number = parallel->rank / size;
    return NIXE_OK;
}

nixe_status nixe_mc_record_create(nixe_mc_record *mc, const nixe_options *options, const nixe_sampler *sampler,
                                  const nixe_lattice *lattice, const nixe_pairs *pairs, const nixe_states *states,
                                  int64_t *flagged, int64_t ladders, nixe_file *file) {
    const long long stack = (long long)lattice->sites * nixe_displacement_stack(lattice);
    *mc = (nixe_mc_record){.options = options,
                           .lattice = lattice,
                           .all_states = states->states,
                           .is_ladder = options->mc_replica_exchange_every > 0,
                           .members = (int)nixe_states_members(options),
                           .stack = nixe_displacement_stack(lattice)};
    mc->all_members = mc->members;
    mc->stiffnesses = options->shell_stiffness.count;
    NIXE_TRY(nixe_allocate(&mc->field, lattice->core_sites, sizeof(double), "fields"));
    if (mc->is_ladder) NIXE_TRY(join_team(mc, file->parallel, ladders));
    const int members = mc->members;
    NIXE_TRY(nixe_record_create(&mc->record, &nixe_mc_quantities, file, flagged));
    NIXE_TRY(nixe_allocate(&mc->member, members, sizeof *mc->member, "the replicas"));
    for (int m = 0; m < members; m++) {
        NIXE_TRY(nixe_replica_create(&mc->member[m].replica, lattice, lattice->core_sites, sampler));
        NIXE_TRY(nixe_row_create(&mc->member[m].row, &mc->record));
        NIXE_TRY(nixe_allocate(&mc->member[m].configuration, stack, 1, "configurations"));
    }
    if (mc->is_ladder) {
        NIXE_TRY(nixe_record_create(&mc->ladder_record, &nixe_ladder_quantities, file, NULL));
        NIXE_TRY(nixe_row_create(&mc->ladder_row, &mc->ladder_record));
        NIXE_TRY(nixe_ladder_create(&mc->ladder, pairs, mc->all_members, lattice->core_sites));
    }
    return nixe_allocate(&mc->area, stack, sizeof(double), "areas");
}

void nixe_mc_record_destroy(nixe_mc_record *mc) {
    for (int m = 0; mc->member && m < mc->members; m++) {
        nixe_replica_destroy(&mc->member[m].replica);
        nixe_row_destroy(&mc->member[m].row, &mc->record);
        free(mc->member[m].configuration);
    }
    if (mc->is_ladder) {
        nixe_row_destroy(&mc->ladder_row, &mc->ladder_record);
        nixe_record_destroy(&mc->ladder_record);
        nixe_ladder_destroy(&mc->ladder);
        nixe_team_destroy(&mc->team);
    }
    nixe_record_destroy(&mc->record);
    free(mc->member);
    free(mc->area);
    free(mc->field);
    nixe_displacement_destroy(&mc->displacement);
}

int64_t nixe_mc_whole(const nixe_options *options) { return nixe_mc_before_records(options) + options->mc_sweeps; }

/* The state of member m of a task; this batch has some of all states. */
static const nixe_mc_state *state_of_member(const nixe_mc_record *mc, int64_t task, int m) {
    return mc->all_members > 1 ? &mc->states[mc->first_member + m]
                               : &mc->states[task % mc->all_states - mc->states[0].state.number];
}

nixe_status nixe_mc_begin_member(nixe_mc_record *mc, nixe_mc_member *member, const nixe_mc_state *state) {
    const nixe_options *options = mc->options;
    const uint64_t index = (uint64_t)(options->ensemble_first + mc->replica_number);
    int8_t *sigma = member->configuration;
    nixe_row_begin(&member->row, &mc->record, nixe_mc_row(mc, state));
    member->waiting = member->measured = 0;
    NIXE_TRY(nixe_replica_start_sigma(state->state.couplings, (nixe_replica_start)options->mc_start, options->ensemble_seed,
                                      index, state->state.number, sigma));
    nixe_replica_begin(&member->replica, &state->state, options->ensemble_seed, index, sigma);
    return NIXE_OK;
}

static nixe_status begin(void *worker, int64_t task) {
    nixe_mc_record *mc = worker;
    mc->task = task;
    mc->replica_number = nixe_mc_replica_of(mc, task);
    for (int m = 0; m < mc->members; m++) NIXE_TRY(nixe_mc_begin_member(mc, &mc->member[m], state_of_member(mc, task, m)));
    if (!mc->is_ladder) return NIXE_OK;
    nixe_ladder_begin(&mc->ladder);
    nixe_row_begin(&mc->ladder_row, &mc->ladder_record, mc->replica_number);
    return NIXE_OK;
}

/* Areas of the configurations of a member that wait. The whole stack is solved, whatever it holds, so that a result never
 * depends on when it was asked for. */
static nixe_status measure_areas(nixe_mc_record *mc, nixe_mc_member *member) {
    const nixe_mc_state *state = &mc->states[0];
    if (member->measured == member->waiting) return NIXE_OK;
    nixe_stage_begin(NIXE_OBSERVABLES);
    const double start = MPI_Wtime();
    while (state->state.number != member->replica.state->number) state++;
    if (!mc->displacement.s) NIXE_TRY(nixe_displacement_create(&mc->displacement, mc->lattice, state->response));
    mc->displacement.response = state->response;
    NIXE_TRY(nixe_displacement_solve(&mc->displacement, member->configuration, mc->stack));
    nixe_strain_measure(&mc->displacement, state->shell_stiffness, mc->options->model_mismatch, mc->area, &mc->strain);
    for (int w = member->measured; w < member->waiting; w++)
        NIXE_TRY(nixe_record_take(&mc->record, &member->row, NIXE_AXIS_AREA, 1,
                                  &(sample){.area_mean = mc->strain.area_mean[w], .area_rms = mc->strain.area_rms[w]}));
    member->measured = member->waiting;
    if (member->waiting == mc->stack) member->waiting = member->measured = 0;
    nixe_stage_end();
    mc->strain_seconds += MPI_Wtime() - start;
    return NIXE_OK;
}

/* Record what is due after a sweep; nothing is during equilibration. */
static nixe_status record(nixe_mc_record *mc, nixe_mc_member *member) {
    const nixe_options *options = mc->options;
    const sample now = {.replica = &member->replica, .mc = mc};
    const int64_t sweep = member->replica.sweeps - nixe_mc_before_records(options);
    const long n = mc->lattice->sites;
    if (sweep <= 0) return NIXE_OK;
    if (sweep % options->mc_record_every == 0) NIXE_TRY(nixe_record_take(&mc->record, &member->row, NIXE_AXIS_RECORD, 1, &now));
    if (sweep % options->mc_snapshot_every == 0)
        NIXE_TRY(nixe_record_take(&mc->record, &member->row, NIXE_AXIS_STORED, 1, &now));
    if (options->mc_cross_energies_every && sweep % options->mc_cross_energies_every == 0)
        NIXE_TRY(nixe_record_take(&mc->record, &member->row, NIXE_AXIS_CROSS, 1, &now));
    if (sweep % options->mc_area_every == 0) {
        memcpy(member->configuration + member->waiting++ * n, member->replica.sigma, (size_t)n);
        if (member->waiting == mc->stack) return measure_areas(mc, member);
    }
    return NIXE_OK;
}

/* All that has been recorded of the task goes on its way into the file, with the numbers of sweeps up to which it is there. */
static nixe_status release(nixe_mc_record *mc) {
    for (int m = 0; m < mc->members; m++) {
        nixe_mc_member *member = &mc->member[m];
        NIXE_TRY(measure_areas(mc, member));
        NIXE_TRY(
            nixe_record_release(&mc->record, &member->row, member->replica.sweeps, &(sample){.replica = &member->replica}));
    }
    return has_ladder_row(mc) ? nixe_record_release(&mc->ladder_record, &mc->ladder_row,
                                                    mc->ladder.exchanges * mc->options->mc_replica_exchange_every, &mc->ladder)
                              : NIXE_OK;
}

/* A member of a path begins where the one before it ended. */
static void follow(nixe_mc_record *mc, int m) {
    nixe_replica *replica = &mc->member[m].replica;
    nixe_replica_begin(replica, replica->state, replica->seed, replica->index, mc->member[m - 1].replica.core_sigma);
}

/* One sweep after another of the member that is behind the others, up to `limit`; returns whether all are there. */
static nixe_status sweep_members(nixe_mc_record *mc, int64_t limit, int *there) {
    *there = 0;
    for (int m = 0; m < mc->members; m++) {
        nixe_mc_member *member = &mc->member[m];
        if (m > 0 && member->replica.sweeps == 0 && mc->options->mc_path) follow(mc, m);
        for (int s = 0; s < 8 && member->replica.sweeps < limit; s++) {
            if (!nixe_replica_sweep(&member->replica)) return NIXE_OK;
            NIXE_TRY(record(mc, member));
        }
        if (member->replica.sweeps < limit) return NIXE_OK;
    }
    *there = 1;
    return NIXE_OK;
}

/* Offer the configurations of the members to the ladder. */
static nixe_status offer(nixe_mc_record *mc) {
    for (int m = 0; m < mc->members; m++) {
        const nixe_replica *replica = &mc->member[m].replica;
        const int q = mc->first_member + m, partner = nixe_ladder_partner(&mc->ladder, q);
        const nixe_offer here = nixe_ladder_offer(&mc->ladder, replica, partner < 0 ? NULL : &mc->states[partner].state);
        nixe_team_offer(&mc->team, q, &here, replica->core_sigma);
    }
    mc->is_posted = 1;
    return nixe_team_post(&mc->team);
}

/* The offers of all states are here: decide, and take over what falls to the members. */
static nixe_status exchange(nixe_mc_record *mc) {
    const uint64_t index = (uint64_t)(mc->options->ensemble_first + mc->replica_number);
    mc->is_posted = 0;
    nixe_team_offered(&mc->team, mc->ladder.offer);
    nixe_ladder_decide(&mc->ladder, mc->options->ensemble_seed, index);
    for (int m = 0; m < mc->members; m++) {
        const int q = mc->first_member + m, from = mc->ladder.from[q];
        if (from != q) nixe_replica_set_sigma(&mc->member[m].replica, nixe_team_sigma(&mc->team, from));
    }
    return has_ladder_row(mc)
               ? nixe_record_take(&mc->ladder_record, &mc->ladder_row, NIXE_AXIS_REPLICA_EXCHANGE, 1, &mc->ladder)
               : NIXE_OK;
}

/* A slice of about a millisecond. All members sweep, equilibration and recorded sweeps alike, up to the next exchange of
 * replicas or the end, those of a path one after the other; then the replicas are exchanged; at the end all is released.
 * Between slices what there is may be released and written, and the task saved. Where a task stands follows from the sweeps of
 * its members and the exchanges of its ladder. */
static nixe_status advance(void *worker, int *finished) {
    nixe_mc_record *mc = worker;
    const int64_t every = mc->options->mc_replica_exchange_every, whole = mc->whole;
    const double end = MPI_Wtime() + slice_seconds;
    while (!*finished && MPI_Wtime() < end) {
        const int64_t next = every ? (mc->ladder.exchanges + 1) * every : whole + 1; /* a longer run meets the same moments */
        int there;
        NIXE_TRY(sweep_members(mc, next < whole ? next : whole, &there));
        if (!there) continue;
        if (next <= whole) {
            if (!mc->is_posted) NIXE_TRY(offer(mc));
            NIXE_TRY(nixe_team_look(&mc->team, &there));
            if (!there) continue;
            NIXE_TRY(exchange(mc));
        }
        *finished = next >= whole;
    }
    if (!*finished) return NIXE_OK;
    NIXE_TRY(release(mc));
    mc->task = -1;
    return NIXE_OK;
}

static int64_t steps(const void *worker) {
    const nixe_mc_record *mc = worker;
    int64_t sweeps = 0;
    for (int m = 0; m < mc->members; m++) sweeps += mc->member[m].replica.sweeps;
    return sweeps;
}

static double fullness(const void *worker) {
    const nixe_mc_record *mc = worker;
    double bytes = nixe_record_bytes(&mc->record);
    for (int m = 0; m < mc->members && mc->task >= 0; m++) bytes += nixe_row_bytes(&mc->member[m].row, &mc->record);
    if (mc->is_ladder) bytes += nixe_record_bytes(&mc->ladder_record) + nixe_row_bytes(&mc->ladder_row, &mc->ladder_record);
    return bytes / buffer_bytes;
}

static nixe_status write_rows(void *worker) {
    nixe_mc_record *mc = worker;
    int here = 0;
    if (mc->is_ladder) NIXE_TRY(nixe_team_settle(&mc->team, &here));
    if (here) NIXE_TRY(exchange(mc));
    if (mc->task >= 0) NIXE_TRY(release(mc));
    return nixe_record_write((nixe_record *const[]){&mc->record, &mc->ladder_record}, mc->is_ladder ? 2 : 1);
}

static nixe_status sync(void *worker) { return nixe_file_flush(((nixe_mc_record *)worker)->record.file); }

nixe_status nixe_mc_record_end(nixe_mc_record *mc) { return mc->is_ladder ? nixe_team_end(&mc->team) : NIXE_OK; }

nixe_work nixe_mc_work(nixe_mc_record *mc, const nixe_mc_state *states, int64_t whole, const int64_t *tasks, int64_t count) {
    mc->states = states;
    mc->whole = whole;
    mc->task = -1;
    return (nixe_work){.worker = mc,
                       .tasks = count,
                       .task = tasks,
                       .task_steps = mc->all_members * whole,
                       .parts = mc->all_members > 1 ? mc->all_members : 0,
                       .first = mc->first_member,
                       .last = mc->first_member + mc->members,
                       .team = mc->members ? mc->team_number : count,
                       .teams = mc->teams,
                       .keeps_finished = 1,
                       .begin = begin,
                       .advance = advance,
                       .steps = steps,
                       .fullness = fullness,
                       .write = write_rows,
                       .sync = sync,
                       .save = nixe_mc_save,
                       .load = nixe_mc_load};
}
