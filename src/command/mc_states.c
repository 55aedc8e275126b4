/* States of a run of mc: what tables they take, and building them. Collective. */
#include "nixe/command/mc_states.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "nixe/elasticity/columns.h"
#include "nixe/elasticity/rigidity.h"
#include "nixe/file/write.h"
#include "nixe/run/stop.h"
#include "nixe/sampling/samplers.h"

void nixe_mc_states_set(const nixe_options *options, nixe_mc_states *states) {
    *states = (nixe_mc_states){.fits = 1};
    nixe_states_set(options, &states->list);
    states->stiffnesses = options->shell_stiffness.count;
    states->compositions = options->mc_composition.count;
    states->temperatures = options->model_kT.count;
    states->members = (int)nixe_states_members(options);
    states->each = states->members > 1 ? states->list.states : states->list.points / states->stiffnesses;
}

const nixe_sampler *nixe_mc_sampler(const nixe_options *options, int fits) {
    static const nixe_sampler *const sampler[][2] = {/* in the order of the option's words */
                                                     {&nixe_metropolis, &nixe_metropolis},
                                                     {&nixe_informed_double, &nixe_informed_fixed}};
    return sampler[options->mc_sampler][fits];
}

static int has_tables(const nixe_options *options) { return nixe_mc_sampler(options, 0)->table != 0; }

/* Doubles that the tables of one stiffness take at most: W, the response, the tables of temperatures. */
static double table_count(const nixe_options *options, const nixe_lattice *lattice) {
    const int n = lattice->core_sites, temperatures = has_tables(options) ? options->model_kT.count : 0;
    return (double)nixe_table_count(lattice, n, n, nixe_table_is_by_orbits(lattice, n, n, NIXE_DOUBLES)) +
           (double)nixe_padded_count(lattice, n, NIXE_DOUBLES) * temperatures +
           (double)nixe_response_count(lattice, NIXE_RESPONSE_CHOSEN) +
           (double)nixe_tables_count_factors(lattice, NIXE_RESPONSE_CHOSEN) +
           nixe_response_node_bytes(lattice, NIXE_RESPONSE_CHOSEN) / 8 +
           (options->output_potential ? (double)nixe_tables_count(lattice, 1, 0) : 0);
}

/* Bytes of a rank for the states of one stiffness: their bounds and fields, and their biases. */
static double state_bytes(const nixe_options *options, const nixe_mc_states *states, const nixe_lattice *lattice) {
    const double site = (has_tables(options) ? 16 : 0) + (options->mc_move == NIXE_SWAP ? 0 : 24);
    return (double)states->each * (site * lattice->core_sites + sizeof(nixe_mc_state)) +
           24.0 * lattice->sites * states->compositions;
}

nixe_need nixe_mc_states_needs(const nixe_options *options, const nixe_mc_states *states, const nixe_lattice *lattice) {
    const double tasks = (double)options->ensemble_size * (double)states->list.states / states->members;
    return (nixe_need){
        .saved = 3 * tasks * nixe_mc_saved_bytes(options, lattice, states->members), /* packed, while they are written */
        .shared =
            8 * (table_count(options, lattice) + (double)nixe_tables_count_building(lattice, options->model_epsilon != 0, 0)),
        .private = nixe_mc_record_bytes(lattice, states->members) + nixe_columns_bytes(lattice) +
                   nixe_response_bytes(lattice, NIXE_RESPONSE_CHOSEN) + state_bytes(options, states, lattice)};
}

/* As many stiffnesses at a time as fit, with what each rank has of its own for each of them; where a task goes through all
 * states, all are needed. */
static nixe_status choose_batch(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                                nixe_need need, nixe_mc_states *states) {
    const double own = nixe_response_bytes(lattice, NIXE_RESPONSE_CHOSEN);
    const double tables = 8 * table_count(options, lattice), building = need.shared - tables;
    const double each = tables + own * (parallel->shares_memory ? parallel->host_size : 1);
    char all[32], there[32];
    double available, fits;
    NIXE_TRY(nixe_fit_tables(parallel, need.private - own, &available));
    fits = (0.9 * available - building) / each;
    states->batch = fits >= states->stiffnesses ? states->stiffnesses : fits < 1 ? 1 : (int)fits;
    nixe_fit_print(building + each * states->stiffnesses, all, sizeof all);
    nixe_fit_print(available, there, sizeof there);
    if ((states->members > 1 || options->mc_cross_energies_every) && states->batch < states->stiffnesses)
        return nixe_fail(NIXE_REFUSED,
                         "-shell_stiffness: %s needs the tables of all %d stiffnesses at once, %s, and %s are free",
                         options->mc_path                   ? "a path"
                         : options->mc_cross_energies_every ? "-mc_cross_energies_every"
                                                            : "replica exchange",
                         states->stiffnesses, all, there);
    if (parallel->rank == 0)
        printf("memory    tables of %d of %d stiffnesses at a time, %s of %s that are free on a node\n", states->batch,
               states->stiffnesses, all, there);
    return NIXE_OK;
}

nixe_status nixe_mc_states_create(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                                  nixe_need need, nixe_mc_states *states) {
    NIXE_TRY(choose_batch(parallel, options, lattice, need, states));
    const int64_t most = states->members > 1 ? states->each : states->batch * states->each;
    NIXE_TRY(nixe_allocate(&states->stiffness, states->batch, sizeof *states->stiffness, "the tables"));
    NIXE_TRY(nixe_allocate(&states->table, states->batch * states->temperatures, sizeof *states->table, "the tables"));
    return nixe_allocate(&states->state, most, sizeof *states->state, "the states");
}

/* NIXE_STOPPED on all ranks if any of them has been asked to stop: between tables, before which nothing is lost. */
static nixe_status look_for_stop(const nixe_parallel *parallel, const nixe_options *options) {
    int code = nixe_stop_code(0);
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, &code, 1, MPI_INT, MPI_MAX, parallel->comm));
    if (!code) return NIXE_OK;
    return nixe_fail(NIXE_STOPPED, "stopped early by %s while tables were built; the same command with -resume goes on with %s",
                     nixe_stop_text(code), options->output_file);
}

/* The fraction of A in the core at the start. */
static double composition_of(const nixe_options *options, const nixe_lattice *lattice, int number) {
    double A = 0;
    if (options->mc_start != NIXE_REPLICA_LISTED) return options->mc_composition.value[number];
    for (int i = 0; i < lattice->sites; i++) A += lattice->layer[i] == 0 && lattice->start[i] > 0;
    return A / lattice->core_sites;
}

/* Potential, core and response of stiffness number k. */
static nixe_status build_stiffness(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                                   int k, nixe_mc_states *states, nixe_mc_stiffness *tables) {
    const int elastic = options->model_epsilon != 0, n = lattice->core_sites;
    const double stiffness = options->shell_stiffness.value[k];
    long first, last;
    NIXE_TRY(nixe_tables_create(parallel, lattice, stiffness, elastic, NIXE_RESPONSE_CHOSEN, &tables->elastic));
    const nixe_energy energy = nixe_command_energy(options, lattice, &tables->elastic.potential);
    NIXE_TRY(nixe_allocate(&tables->couplings, states->compositions, sizeof *tables->couplings, "the couplings of the core"));
    for (int c = 0; c < states->compositions; c++)
        NIXE_TRY(nixe_couplings_create(&tables->couplings[c], lattice, composition_of(options, lattice, c)));
    NIXE_TRY(nixe_shared_create(parallel, nixe_table_count(lattice, n, n, nixe_table_is_by_orbits(lattice, n, n, NIXE_DOUBLES)),
                                "the couplings of the core", &tables->W_memory));
    NIXE_TRY(nixe_table_create(&tables->W, lattice, n, n, NIXE_DOUBLES, nixe_table_is_by_orbits(lattice, n, n, NIXE_DOUBLES),
                               tables->W_memory.memory));
    nixe_parallel_part(tables->W.rows, parallel->node_rank, parallel->node_size, &first, &last);
    nixe_couplings_fill(&energy, tables->couplings->site, first, last, &tables->W);
    NIXE_TRY(nixe_shared_sync(parallel, &tables->W_memory));
    NIXE_TRY(nixe_table_complete(&tables->W));
    for (int c = 0; c < states->compositions; c++)
        NIXE_TRY(nixe_couplings_set_fields(&tables->couplings[c], &energy, &tables->W));
    if (!options->output_potential) nixe_tables_drop_potential(&tables->elastic); /* it has served */
    NIXE_TRY(nixe_tables_factor(parallel, lattice, stiffness, NIXE_RESPONSE_CHOSEN, &tables->elastic));
    return nixe_shared_sync(parallel, &tables->W_memory);
}

static nixe_drive drive_of(const nixe_options *options, const nixe_states *list, int64_t q) {
    return (nixe_drive){.move = (nixe_move)options->mc_move,
                        .dmu = nixe_states_value(list, q, NIXE_STATE_DMU),
                        .umbrella_stiffness = options->mc_umbrella_stiffness,
                        .umbrella_center = nixe_states_value(list, q, NIXE_STATE_CENTER)};
}

/* Refuse temperatures too low for the weights of a sampler; note whether fixed point reaches. */
static nixe_status check_range(const nixe_options *options, const nixe_couplings *couplings, nixe_mc_states *states) {
    double step = 0;
    if (!has_tables(options)) return NIXE_OK;
    for (int64_t q = 0; q < states->list.points && options->mc_move != NIXE_SWAP; q++) {
        const nixe_drive drive = drive_of(options, &states->list, q);
        step = fmax(step, nixe_drive_largest_step(&drive, couplings->sites));
    }
    for (int t = 0; t < states->temperatures; t++)
        NIXE_TRY(nixe_state_check_range(couplings, options->model_kT.value[t], step, &states->fits));
    return NIXE_OK;
}

/* The table of a stiffness at a temperature. */
static nixe_status build_table(const nixe_parallel *parallel, const nixe_couplings *couplings, double kT, nixe_number kind,
                               nixe_mc_table *own) {
    const int n = couplings->sites;
    const nixe_state state = {.couplings = couplings, .kT = kT};
    long first, last;
    const int by_orbits = nixe_table_is_by_orbits(couplings->lattice, n, nixe_padded(n), kind);
    const long long bytes = nixe_padded_count(couplings->lattice, n, kind) * (long long)kind;
    NIXE_TRY(nixe_shared_create(parallel, (bytes + 7) / 8, "the couplings of a state", &own->memory));
    NIXE_TRY(nixe_table_create(&own->table, couplings->lattice, n, nixe_padded(n), kind, by_orbits, own->memory.memory));
    nixe_parallel_part(own->table.rows, parallel->node_rank, parallel->node_size, &first, &last);
    nixe_state_fill(&state, &own->table, first, last);
    NIXE_TRY(nixe_shared_sync(parallel, &own->memory));
    return kind == NIXE_INTEGERS ? nixe_table_complete(&own->table) : NIXE_OK;
}

/* State number q, from the tables of its stiffness and temperature. */
static nixe_status set_state(const nixe_options *options, const nixe_mc_states *states, int64_t q, nixe_mc_state *state) {
    const nixe_states *list = &states->list;
    const int k = nixe_states_place(list, q, NIXE_STATE_STIFFNESS) - states->first;
    const nixe_mc_table *table = &states->table[k * states->temperatures + nixe_states_place(list, q, NIXE_STATE_KT)];
    const nixe_mc_stiffness *stiffness = &states->stiffness[k];
    const nixe_drive drive = drive_of(options, list, q);
    state->shell_stiffness = nixe_states_value(list, q, NIXE_STATE_STIFFNESS);
    state->response = &stiffness->elastic.response;
    NIXE_TRY(nixe_state_create(&state->state, &stiffness->couplings[nixe_states_place(list, q, NIXE_STATE_COMPOSITION)],
                               nixe_states_value(list, q, NIXE_STATE_KT), (int)q,
                               states->sampler->table ? &table->table : NULL));
    return nixe_state_drive(&state->state, &drive);
}

nixe_status nixe_mc_states_build(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                                 int first, int count, nixe_mc_states *states) {
    states->first = first;
    states->count = count;
    for (int k = 0; k < count; k++) {
        NIXE_TRY(look_for_stop(parallel, options));
        NIXE_TRY(build_stiffness(parallel, options, lattice, first + k, states, &states->stiffness[k]));
        NIXE_TRY(check_range(options, states->stiffness[k].couplings, states));
    }
    states->sampler = nixe_mc_sampler(options, states->fits);
    for (int t = 0; t < count * states->temperatures && states->sampler->table; t++)
        NIXE_TRY(build_table(parallel, states->stiffness[t / states->temperatures].couplings,
                             options->model_kT.value[t % states->temperatures], states->sampler->table, &states->table[t]));
    const int64_t all = states->members > 1 ? states->each : count * states->each;
    for (int64_t q = 0; q < all; q++) NIXE_TRY(set_state(options, states, first * states->each + q, &states->state[q]));
    return NIXE_OK;
}

nixe_status nixe_mc_states_store(const nixe_options *options, const nixe_lattice *lattice, nixe_file *file,
                                 nixe_mc_states *states) {
    for (int k = 0; k < states->count; k++) {
        nixe_mc_stiffness *stiffness = &states->stiffness[k];
        if (options->output_potential)
            NIXE_TRY(nixe_file_write_potential(file, states->first + k, lattice, &stiffness->elastic.potential));
        nixe_tables_drop_potential(&stiffness->elastic);
    }
    return NIXE_OK;
}

static void destroy_stiffness(nixe_mc_stiffness *stiffness, int compositions) {
    for (int c = 0; c < compositions; c++) nixe_couplings_destroy(&stiffness->couplings[c]);
    free(stiffness->couplings);
    nixe_table_destroy(&stiffness->W);
    nixe_shared_destroy(&stiffness->W_memory);
    nixe_tables_destroy(&stiffness->elastic);
}

nixe_status nixe_mc_states_check(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                                 nixe_mc_states *states) {
    NIXE_TRY(nixe_rigidity_check(parallel, lattice, states->stiffnesses, options->shell_stiffness.value));
    for (int k = 0; k < states->stiffnesses && states->batch < states->stiffnesses && has_tables(options); k++) {
        NIXE_TRY(look_for_stop(parallel, options));
        NIXE_TRY(build_stiffness(parallel, options, lattice, k, states, states->stiffness));
        NIXE_TRY(check_range(options, states->stiffness->couplings, states));
        destroy_stiffness(states->stiffness, states->compositions);
    }
    return NIXE_OK;
}

void nixe_mc_states_clear(nixe_mc_states *states) {
    const int64_t all = states->members > 1 ? states->each : states->count * states->each;
    for (int64_t q = 0; q < all; q++) nixe_state_destroy(&states->state[q].state);
    for (int t = 0; t < states->count * states->temperatures && states->sampler->table; t++) {
        nixe_table_destroy(&states->table[t].table);
        nixe_shared_destroy(&states->table[t].memory);
    }
    for (int k = 0; k < states->count; k++) destroy_stiffness(&states->stiffness[k], states->compositions);
}

void nixe_mc_states_destroy(nixe_mc_states *states) {
    free(states->stiffness);
    free(states->table);
    free(states->state);
    *states = (nixe_mc_states){0};
}
