/* States: the product of the lists of options. Not collective. */
#include "nixe/options/states.h"

void nixe_states_set(const nixe_options *options, nixe_states *states) {
    *states = (nixe_states){.list = {[NIXE_STATE_STIFFNESS] = &options->shell_stiffness,
                                     [NIXE_STATE_COMPOSITION] = &options->mc_composition,
                                     [NIXE_STATE_CENTER] = &options->mc_umbrella_center,
                                     [NIXE_STATE_DMU] = &options->model_dmu,
                                     [NIXE_STATE_KT] = &options->model_kT}};
    states->points = 1;
    for (int axis = 0; axis < NIXE_STATE_AXES; axis++) states->points *= states->list[axis]->count;
    states->states = options->mc_path == NIXE_LOOP ? 2 * states->points - 1 : states->points;
}

int64_t nixe_states_stride(const nixe_states *states, nixe_state_axis axis) {
    int64_t stride = 1;
    for (int faster = (int)axis + 1; faster < NIXE_STATE_AXES; faster++) stride *= states->list[faster]->count;
    return stride;
}

int64_t nixe_states_point(const nixe_states *states, int64_t q) { return q < states->points ? q : 2 * states->points - 2 - q; }

int nixe_states_place(const nixe_states *states, int64_t q, nixe_state_axis axis) {
    return (int)(nixe_states_point(states, q) / nixe_states_stride(states, axis) % states->list[axis]->count);
}

double nixe_states_value(const nixe_states *states, int64_t q, nixe_state_axis axis) {
    return states->list[axis]->value[nixe_states_place(states, q, axis)];
}

int64_t nixe_states_members(const nixe_options *options) {
    nixe_states states;
    nixe_states_set(options, &states);
    return options->mc_replica_exchange_every || options->mc_path ? states.states : 1;
}
