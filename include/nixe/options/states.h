/* States: what the replicas of nixe mc are sampled at, the product of the lists that the options give, with the slowest axis
 * first; a loop visits them there and back. Not collective. */
#ifndef NIXE_OPTIONS_STATES_H
#define NIXE_OPTIONS_STATES_H

#include "nixe/options/options.h"

/* The axes, in the order of the states, the slowest first. */
typedef enum {
    NIXE_STATE_STIFFNESS,
    NIXE_STATE_COMPOSITION,
    NIXE_STATE_CENTER, /* of the umbrella */
    NIXE_STATE_DMU,
    NIXE_STATE_KT,
    NIXE_STATE_AXES
} nixe_state_axis;

enum { NIXE_INDEPENDENT, NIXE_FORWARD, NIXE_LOOP }; /* -mc_path */

typedef struct {
    const nixe_list *list[NIXE_STATE_AXES];
    int64_t points; /* of the product */
    int64_t states; /* Q: the points, or 2 points - 1 of a loop */
} nixe_states;

/* The states of a run; options must live as long. */
void nixe_states_set(const nixe_options *options, nixe_states *states);

/* Points between neighbours along an axis. */
int64_t nixe_states_stride(const nixe_states *states, nixe_state_axis axis);

/* The point at which state q is: on the way back of a loop that of an earlier one. */
int64_t nixe_states_point(const nixe_states *states, int64_t q);

/* Where state q is along an axis: the position in its list, and the value there. */
int nixe_states_place(const nixe_states *states, int64_t q, nixe_state_axis axis);
double nixe_states_value(const nixe_states *states, int64_t q, nixe_state_axis axis);

/* States that one task of the ensemble goes through: all, where replicas are exchanged or follow a path; else 1. */
int64_t nixe_states_members(const nixe_options *options);

#endif
