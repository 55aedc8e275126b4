/* MC saved: the states of members, on their way into the checkpoint and back. nixe_mc_check_saved() is collective. */
#include <stdio.h>
#include <stdlib.h>

#include "nixe/run/mc_record.h"

/* A saved member: its sweeps, the ladder and its row, the member. Configurations that are on their way to others are still
 * where they were. */
nixe_status nixe_mc_save(const void *worker, int64_t number, nixe_bytes *bytes) {
    const nixe_mc_record *mc = worker;
    const int m = mc->all_members > 1 ? (int)(number % mc->all_states) - mc->first_member : 0;
    const nixe_mc_member *member = &mc->member[m];
    NIXE_TRY(nixe_bytes_put(bytes, &member->replica.sweeps, sizeof(int64_t)));
    if (mc->is_ladder) NIXE_TRY(nixe_ladder_save(&mc->ladder, bytes));
    if (mc->is_ladder && mc->first_member + m == 0) NIXE_TRY(nixe_row_save(&mc->ladder_row, &mc->ladder_record, bytes));
    NIXE_TRY(nixe_replica_save(&member->replica, bytes));
    NIXE_TRY(nixe_row_save(&member->row, &mc->record, bytes));
    NIXE_TRY(nixe_bytes_put(bytes, &member->waiting, sizeof member->waiting));
    NIXE_TRY(nixe_bytes_put(bytes, &member->measured, sizeof member->measured));
    return nixe_bytes_put(bytes, member->configuration, (size_t)member->waiting * (size_t)mc->lattice->sites);
}

int nixe_mc_saved_in_file(const void *worker, int64_t number, nixe_bytes *bytes) {
    const nixe_mc_record *mc = worker;
    const int64_t replica = number / mc->all_states, state = number % mc->all_states;
    int64_t sweeps;
    if (nixe_bytes_get(bytes, &sweeps, sizeof sweeps)) return nixe_status_clear(), 0;
    return number >= 0 && replica < mc->options->ensemble_size && sweeps >= 0 &&
           sweeps <= mc->record.flagged[state * mc->options->ensemble_size + replica];
}

/* Whether the row and the configurations that wait are those of a replica that was saved after it had been released: nothing is
 * held, and all areas that were due are measured. */
static int fits_row(const nixe_mc_record *mc, const nixe_mc_member *member) {
    const nixe_options *options = mc->options;
    const int64_t recorded = member->replica.sweeps - nixe_mc_before_records(options), sweeps = recorded > 0 ? recorded : 0;
    const int64_t areas = sweeps / options->mc_area_every, cross = options->mc_cross_energies_every;
    return nixe_row_has(&member->row, &mc->record, NIXE_AXIS_RECORD, sweeps / options->mc_record_every, 0) &&
           nixe_row_has(&member->row, &mc->record, NIXE_AXIS_STORED, sweeps / options->mc_snapshot_every, 0) &&
           nixe_row_has(&member->row, &mc->record, NIXE_AXIS_AREA, areas, 0) &&
           nixe_row_has(&member->row, &mc->record, NIXE_AXIS_CROSS, cross ? sweeps / cross : 0, 0) &&
           nixe_row_has(&member->row, &mc->record, NIXE_AXES, 0, 0) && member->waiting == areas % mc->stack &&
           member->measured == member->waiting;
}

/* Over the beginning of the member, whose fixed numbers the state must have. sweeps: that the state says it has. */
static nixe_status load_member(nixe_mc_record *mc, nixe_mc_member *member, const nixe_mc_state *state, int64_t sweeps,
                               nixe_bytes *bytes) {
    nixe_replica *replica = &member->replica;
    const int64_t every = mc->options->mc_replica_exchange_every;
    long sum;
    NIXE_TRY(nixe_mc_begin_member(mc, member, state));
    const uint64_t seed = replica->seed, index = replica->index;
    NIXE_TRY(nixe_replica_load(replica, &state->state, bytes));
    const int64_t ahead = mc->is_ladder ? replica->sweeps - mc->ladder.exchanges * every : 0;
    NIXE_TRY(nixe_bytes_expect(replica->sweeps == sweeps && sweeps <= nixe_mc_whole(mc->options) && replica->seed == seed &&
                                   replica->index == index && ahead >= 0 && (!ahead || ahead <= every),
                               "a replica"));
    NIXE_TRY(nixe_row_load(&member->row, &mc->record, nixe_mc_row(mc, state), bytes));
    NIXE_TRY(nixe_bytes_get(bytes, &member->waiting, sizeof member->waiting));
    NIXE_TRY(nixe_bytes_get(bytes, &member->measured, sizeof member->measured));
    NIXE_TRY(nixe_bytes_expect(fits_row(mc, member), "a row"));
    const long ions = (long)member->waiting * mc->lattice->sites;
    NIXE_TRY(nixe_bytes_get(bytes, member->configuration, (size_t)ions));
    return nixe_bytes_expect(nixe_are_ions(ions, member->configuration, &sum), "a configuration");
}

/* State q of the present task, into a member. */
static nixe_status load_state(nixe_mc_record *mc, nixe_mc_member *member, int64_t q, nixe_bytes *bytes) {
    const nixe_mc_state *state = &mc->states[q - mc->states[0].state.number];
    int64_t sweeps;
    NIXE_TRY(nixe_bytes_get(bytes, &sweeps, sizeof sweeps));
    if (mc->is_ladder) NIXE_TRY(nixe_ladder_load(&mc->ladder, bytes));
    if (mc->is_ladder && q == 0) {
        NIXE_TRY(nixe_row_load(&mc->ladder_row, &mc->ladder_record, mc->replica_number, bytes));
        NIXE_TRY(nixe_bytes_expect(
            nixe_row_has(&mc->ladder_row, &mc->ladder_record, NIXE_AXIS_REPLICA_EXCHANGE, mc->ladder.exchanges, 0) &&
                nixe_row_has(&mc->ladder_row, &mc->ladder_record, NIXE_AXES, 0, 0),
            "the row of a ladder"));
    }
    return load_member(mc, member, state, sweeps, bytes);
}

nixe_status nixe_mc_load(void *worker, int64_t number, nixe_bytes *bytes) {
    nixe_mc_record *mc = worker;
    if (mc->all_members > 1)
        return load_state(mc, &mc->member[number % mc->all_states - mc->first_member], number % mc->all_states, bytes);
    mc->task = number;
    mc->replica_number = nixe_mc_replica_of(mc, number);
    return load_state(mc, mc->member, number % mc->all_states, bytes);
}

/* Whether the saved states of ladder p can be used together: all of them, which say the same of the ladder, or some, before its
 * first exchange. */
static nixe_status check_ladder(nixe_mc_record *mc, int64_t p, const nixe_checkpoint *checkpoint) {
    int64_t found = 0;
    uint64_t first = 0;
    mc->replica_number = p;
    mc->ladder.exchanges = 0;
    for (int64_t q = 0; q < mc->all_states; q++) {
        nixe_bytes *saved = nixe_checkpoint_find(checkpoint, p * mc->all_states + q), ladder = {0};
        if (!saved) continue;
        saved->position = 0;
        NIXE_TRY(load_state(mc, mc->member, q, saved));
        NIXE_TRY(nixe_bytes_expect(saved->position == saved->used, "a state"));
        NIXE_TRY(nixe_ladder_save(&mc->ladder, &ladder));
        const uint64_t hash = nixe_hash(nixe_hash_start, ladder.bytes, ladder.used);
        nixe_bytes_destroy(&ladder);
        NIXE_TRY(nixe_bytes_expect(found == 0 || hash == first, "the states of a ladder"));
        first = hash;
        found++;
    }
    return nixe_bytes_expect(found == 0 || mc->ladder.exchanges == 0 || found == mc->all_states, "the states of a ladder");
}

/* Whether a saved state is of a ladder that was found good. */
static int is_of_good_ladder(const void *good, int64_t number, nixe_bytes *bytes) {
    const int64_t *list = good;
    (void)bytes;
    return (int)list[1 + number / list[0]];
}

nixe_status nixe_mc_check_saved(nixe_mc_record *mc, const nixe_mc_state *states, nixe_checkpoint *checkpoint) {
    const nixe_parallel *parallel = mc->record.file->parallel;
    const int64_t replicas = mc->options->ensemble_size;
    int64_t *good; /* the number of states, then of each ladder whether it is */
    NIXE_TRY(nixe_allocate(&good, replicas + 1, sizeof *good, "the states that were saved"));
    const int working = mc->teams ? (int)mc->teams * mc->team.size : parallel->size; /* the first ranks */
    good[0] = mc->all_states;
    mc->states = states;
    for (int64_t p = 0; p < replicas; p++) {
        good[1 + p] = 1;
        if (p % working != parallel->rank || !check_ladder(mc, p, checkpoint)) continue;
        printf("warning   a state in %s is not used, and its ladder begins again: %s\n", checkpoint->path,
               nixe_status_message());
        nixe_status_clear();
        good[1 + p] = 0;
    }
    NIXE_TRY(nixe_parallel_combine(parallel, good, replicas + 1, MPI_MIN));
    nixe_checkpoint_prune(checkpoint, is_of_good_ladder, good);
    free(good);
    return NIXE_OK;
}
