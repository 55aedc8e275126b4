/* Ladder: exchange of replicas between neighbouring states. Nothing here is collective. */
#include "nixe/run/ladder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/random.h"

/* Pairs along one axis; counted only where there is no room for them. */
static void list_along(const nixe_states *states, nixe_state_axis axis, nixe_pairs *pairs) {
    const int64_t stride = nixe_states_stride(states, axis);
    for (int64_t q = 0; q < states->points; q++) {
        const int place = nixe_states_place(states, q, axis);
        if (axis == NIXE_STATE_COMPOSITION || place + 1 == states->list[axis]->count) continue;
        if (pairs->state) {
            pairs->state[pairs->count][0] = (int32_t)q;
            pairs->state[pairs->count][1] = (int32_t)(q + stride);
            pairs->round[pairs->count] = 2 * (int)axis + place % 2;
        }
        pairs->count++;
    }
}

static void list_all(const nixe_states *states, nixe_pairs *pairs) {
    pairs->count = 0;
    for (int axis = 0; axis < NIXE_STATE_AXES; axis++) list_along(states, (nixe_state_axis)axis, pairs);
}

nixe_status nixe_pairs_create(nixe_pairs *pairs, const nixe_states *states) {
    int present[NIXE_ROUNDS] = {0};
    *pairs = (nixe_pairs){0};
    if (!states) return NIXE_OK;
    list_all(states, pairs);
    NIXE_TRY(nixe_allocate(&pairs->state, pairs->count, sizeof *pairs->state, "the pairs of states"));
    NIXE_TRY(nixe_allocate(&pairs->round, pairs->count, sizeof(int), "the pairs of states"));
    list_all(states, pairs);
    for (int p = 0; p < pairs->count; p++) present[pairs->round[p]] = 1;
    for (int r = 0; r < NIXE_ROUNDS; r++)
        if (present[r]) pairs->rounds[pairs->round_count++] = r;
    return NIXE_OK;
}

void nixe_pairs_destroy(nixe_pairs *pairs) {
    free(pairs->state);
    free(pairs->round);
    *pairs = (nixe_pairs){0};
}

static void walkers(const void *at, void *entry) {
    const nixe_ladder *ladder = at;
    memcpy(entry, ladder->walker, (size_t)ladder->states * sizeof *ladder->walker);
}

static void attempted(const void *at, void *entry) {
    const nixe_ladder *ladder = at;
    memcpy(entry, ladder->attempted, (size_t)ladder->pairs->count * sizeof *ladder->attempted);
}

static void accepted(const void *at, void *entry) {
    const nixe_ladder *ladder = at;
    memcpy(entry, ladder->accepted, (size_t)ladder->pairs->count * sizeof *ladder->accepted);
}

static void round_trips(const void *at, void *entry) { *(int64_t *)entry = ((const nixe_ladder *)at)->round_trips; }

static const nixe_quantity quantities[] = {
    {NIXE_DATA_WALKER, walkers},
    {NIXE_DATA_ATTEMPTED, attempted},
    {NIXE_DATA_ACCEPTED, accepted},
    {NIXE_DATA_ROUND_TRIPS, round_trips},
};
const nixe_quantities nixe_ladder_quantities = {quantities, sizeof quantities / sizeof *quantities, NIXE_DATA_LADDER_CHECKSUM,
                                                NIXE_DATASETS};

nixe_status nixe_ladder_create(nixe_ladder *ladder, const nixe_pairs *pairs, int states, int core_sites) {
    *ladder = (nixe_ladder){.pairs = pairs, .states = states};
    NIXE_TRY(nixe_allocate(&ladder->walker, states, sizeof(int32_t), "the walkers"));
    NIXE_TRY(nixe_allocate(&ladder->heading, states, 1, "the walkers"));
    NIXE_TRY(nixe_allocate(&ladder->offer, states, sizeof *ladder->offer, "the walkers"));
    NIXE_TRY(nixe_allocate(&ladder->from, states, sizeof(int32_t), "the walkers"));
    NIXE_TRY(nixe_allocate(&ladder->attempted, pairs->count, sizeof(int64_t), "the pairs"));
    NIXE_TRY(nixe_allocate(&ladder->accepted, pairs->count, sizeof(int64_t), "the pairs"));
    return nixe_allocate(&ladder->field, core_sites, sizeof(double), "fields");
}

void nixe_ladder_destroy(nixe_ladder *ladder) {
    void *array[] = {ladder->walker, ladder->heading, ladder->attempted, ladder->accepted,
                     ladder->field,  ladder->from,    ladder->offer};
    for (size_t a = 0; a < sizeof array / sizeof *array; a++) free(array[a]);
    *ladder = (nixe_ladder){0};
}

void nixe_ladder_begin(nixe_ladder *ladder) {
    for (int q = 0; q < ladder->states; q++) {
        ladder->walker[q] = q;
        ladder->heading[q] = 0;
    }
    memset(ladder->attempted, 0, (size_t)ladder->pairs->count * sizeof *ladder->attempted);
    memset(ladder->accepted, 0, (size_t)ladder->pairs->count * sizeof *ladder->accepted);
    ladder->round_trips = ladder->exchanges = 0;
}

/* Effective energy and bias of the configuration of `replica` at `state`. field is scratch. */
static double energy_at(const nixe_state *state, const nixe_replica *replica, double *field) {
    const double bias = nixe_state_bias(state, replica->count_A);
    if (state->couplings == replica->state->couplings) return replica->energy + bias;
    nixe_couplings_fields(state->couplings, replica->core_sigma, field);
    return nixe_couplings_energy(state->couplings, replica->core_sigma, field, 1) + bias;
}

/* A round trip: first state, last state, first state again. */
static void count_round_trips(nixe_ladder *ladder) {
    const int first = ladder->walker[0], last = ladder->walker[ladder->states - 1];
    if (ladder->heading[first] == -1) ladder->round_trips++;
    ladder->heading[first] = 1;
    if (ladder->heading[last] == 1) ladder->heading[last] = -1;
}

int nixe_ladder_partner(const nixe_ladder *ladder, int state) {
    const nixe_pairs *pairs = ladder->pairs;
    const int turn = pairs->rounds[ladder->exchanges % pairs->round_count];
    for (int p = 0; p < pairs->count; p++)
        for (int end = 0; end < 2 && pairs->round[p] == turn; end++)
            if (pairs->state[p][end] == state) return pairs->state[p][1 - end];
    return -1;
}

nixe_offer nixe_ladder_offer(const nixe_ladder *ladder, const nixe_replica *replica, const nixe_state *partner) {
    return (nixe_offer){.own = energy_at(replica->state, replica, NULL),
                        .there = partner ? energy_at(partner, replica, ladder->field) : 0,
                        .kT = replica->state->kT};
}

void nixe_ladder_decide(nixe_ladder *ladder, uint64_t seed, uint64_t index) {
    const nixe_pairs *pairs = ladder->pairs;
    const int turn = pairs->rounds[ladder->exchanges % pairs->round_count];
    for (int q = 0; q < ladder->states; q++) ladder->from[q] = q;
    for (int p = 0; p < pairs->count; p++) {
        if (pairs->round[p] != turn) continue;
        const int q = pairs->state[p][0], r = pairs->state[p][1];
        const nixe_offer *a = &ladder->offer[q], *b = &ladder->offer[r];
        const double X = (b->there - a->own) / a->kT + (a->there - b->own) / b->kT;
        const nixe_random_words words =
            nixe_random_state(seed, index, p, NIXE_RANDOM_REPLICA_EXCHANGE, (uint64_t)ladder->exchanges);
        ladder->attempted[p]++;
        if (X > 0 && nixe_uniform_from_0(words.word[0]) >= exp(-X)) continue;
        ladder->accepted[p]++;
        ladder->from[q] = r;
        ladder->from[r] = q;
        const int32_t walker = ladder->walker[q];
        ladder->walker[q] = ladder->walker[r];
        ladder->walker[r] = walker;
    }
    count_round_trips(ladder);
    ladder->exchanges++;
}

/* Put or get the parts of a ladder. */
static nixe_status pass_parts(nixe_ladder *l, nixe_parts_pass *pass, nixe_bytes *bytes) {
    const size_t states = (size_t)l->states, pairs = (size_t)l->pairs->count;
    const nixe_part parts[] = {{&l->exchanges, sizeof l->exchanges},         {&l->round_trips, sizeof l->round_trips},
                               {l->walker, states * sizeof *l->walker},      {l->heading, states},
                               {l->attempted, pairs * sizeof *l->attempted}, {l->accepted, pairs * sizeof *l->accepted}};
    return pass(parts, sizeof parts / sizeof *parts, bytes);
}

nixe_status nixe_ladder_save(const nixe_ladder *ladder, nixe_bytes *bytes) {
    nixe_ladder copy = *ladder; /* the list serves saving and loading */
    return pass_parts(&copy, nixe_parts_put, bytes);
}

/* Whether every walker sits in one state, and the counts are such. */
static int is_sound(const nixe_ladder *ladder) {
    for (int q = 0; q < ladder->states; q++) {
        int found = 0;
        for (int r = 0; r < ladder->states; r++) found += ladder->walker[r] == q;
        if (found != 1 || ladder->heading[q] < -1 || ladder->heading[q] > 1) return 0;
    }
    for (int p = 0; p < ladder->pairs->count; p++)
        if (ladder->accepted[p] < 0 || ladder->accepted[p] > ladder->attempted[p] || ladder->attempted[p] > ladder->exchanges)
            return 0;
    return ladder->exchanges >= 0 && ladder->round_trips >= 0 && ladder->round_trips <= ladder->exchanges;
}

nixe_status nixe_ladder_load(nixe_ladder *ladder, nixe_bytes *bytes) {
    NIXE_TRY(pass_parts(ladder, nixe_parts_get, bytes));
    return nixe_bytes_expect(is_sound(ladder), "a ladder");
}
