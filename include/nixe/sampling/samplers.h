/* Samplers of a replica, all of the same distribution.
 *
 *   metropolis  the paper's: two core sites chosen uniformly, accepted with min(1, exp(-dE/kT)); a sweep is N_core attempts
 *   informed    rejection-free in continuous time: sites are chosen by weight, so that nearly every choice becomes a swap; in
 * fixed point, or in doubles where that does not reach
 *
 * Nothing here is collective. */
#ifndef NIXE_SAMPLING_SAMPLERS_H
#define NIXE_SAMPLING_SAMPLERS_H

#include "nixe/sampling/replica.h"

extern const nixe_sampler nixe_metropolis, nixe_informed_fixed, nixe_informed_double;

#endif
