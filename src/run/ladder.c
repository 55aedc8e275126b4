/* Ladder: exchange of replicas between neighbouring states. Nothing here is collective.
 *
 * Configurations a, b of states q, r change places with probability min(1, exp(-X)),
 *
 *   X = (E_q(b) - E_q(a)) / kT_q + (E_r(a) - E_r(b)) / kT_r
 *
 * where E_q is the energy with the table of state q: exact whether stiffness or temperature differs. Which pairs attempt is
 * fixed by the number of the attempt: even pairs along the stiffnesses, odd pairs, then the same along the temperatures. */
#include <math.h>
#include <stdlib.h>

#include "nixe/base/random.h"
#include "nixe/run/mc_record.h"

nixe_status nixe_ladder_create(nixe_ladder *pairs, int stiffnesses, int temperatures) {
    const int most = 2 * stiffnesses * temperatures;
    int present[4] = {0};
    *pairs = (nixe_ladder){0};
    NIXE_TRY(nixe_allocate(&pairs->first, most, sizeof(int), "the pairs of states"));
    NIXE_TRY(nixe_allocate(&pairs->second, most, sizeof(int), "the pairs of states"));
    NIXE_TRY(nixe_allocate(&pairs->round, most, sizeof(int), "the pairs of states"));
    for (int along = 0; along < 2; along++)
        for (int k = 0; k < stiffnesses; k++)
            for (int t = 0; t < temperatures; t++) {
                if (along == 0 ? k + 1 == stiffnesses : t + 1 == temperatures) continue;
                pairs->first[pairs->count] = k * temperatures + t;
                pairs->second[pairs->count] = along == 0 ? (k + 1) * temperatures + t : k * temperatures + t + 1;
                pairs->round[pairs->count] = 2 * along + (along == 0 ? k : t) % 2;
                present[pairs->round[pairs->count++]] = 1;
            }
    for (int r = 0; r < 4; r++)
        if (present[r]) pairs->rounds[pairs->round_count++] = r;
    return NIXE_OK;
}

void nixe_ladder_destroy(nixe_ladder *pairs) {
    free(pairs->first);
    free(pairs->second);
    free(pairs->round);
    *pairs = (nixe_ladder){0};
}

/* Effective energy of the configuration of `replica` with the table of `state`. field is scratch. */
static double energy_at(const nixe_state *state, const nixe_replica *replica, double *field) {
    if (state->couplings == replica->state->couplings) return replica->energy;
    nixe_couplings_fields(state->couplings, replica->core_sigma, field);
    return nixe_couplings_energy(state->couplings, replica->core_sigma, field, 1);
}

/* Exchange the configurations of two members; their fields are made anew. */
static void exchange(nixe_mc *mc, int q, int r) {
    nixe_replica *a = &mc->member[q].replica, *b = &mc->member[r].replica;
    for (int k = 0; k < a->state->couplings->sites; k++) {
        const int8_t sigma = a->core_sigma[k];
        a->core_sigma[k] = b->core_sigma[k];
        b->core_sigma[k] = sigma;
    }
    nixe_replica_set_sigma(a, a->core_sigma);
    nixe_replica_set_sigma(b, b->core_sigma);
    const int32_t walker = mc->walker[q];
    mc->walker[q] = mc->walker[r];
    mc->walker[r] = walker;
}

/* A round trip: first state, last state, first state again. */
static void count_round_trips(nixe_mc *mc) {
    const int first = mc->walker[0], last = mc->walker[mc->members - 1];
    if (mc->heading[first] == -1) mc->round_trips++;
    mc->heading[first] = 1;
    if (mc->heading[last] == 1) mc->heading[last] = -1;
}

nixe_status nixe_ladder_exchange(nixe_mc *mc) {
    const nixe_ladder *pairs = mc->pairs;
    const int turn = pairs->rounds[mc->exchanges % pairs->round_count];
    const uint64_t index = mc->member[0].replica.index;
    for (int p = 0; p < pairs->count; p++) {
        if (pairs->round[p] != turn) continue;
        const int q = pairs->first[p], r = pairs->second[p];
        const nixe_replica *a = &mc->member[q].replica, *b = &mc->member[r].replica;
        const double X = (energy_at(a->state, b, mc->field) - a->energy) / a->state->kT +
                         (energy_at(b->state, a, mc->field) - b->energy) / b->state->kT;
        const nixe_random_words words =
            nixe_random_state(mc->options->ensemble_seed, index, p, NIXE_RANDOM_REPLICA_EXCHANGE, (uint64_t)mc->exchanges);
        mc->attempted[p]++;
        if (X > 0 && nixe_uniform_from_0(words.word[0]) >= exp(-X)) continue;
        mc->accepted[p]++;
        exchange(mc, q, r);
    }
    count_round_trips(mc);
    return nixe_pending_append(&mc->walkers, mc->replica_number, mc->exchanges++, mc->walker);
}
