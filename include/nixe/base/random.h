/* Random numbers: a function of (seed, stream, purpose, position), never of the rank or of what was drawn before.
 *
 * Philox4x64-10 (Random123) with key (seed, stream) and counter (position, purpose, state). A stream is one trajectory or one
 * replica; a position is, for instance, the number of an event; the state is that of a replica, or the setting that drives a
 * trajectory. Each call gives four independent 64-bit words. */
#ifndef NIXE_BASE_RANDOM_H
#define NIXE_BASE_RANDOM_H

#include <Random123/philox.h>
#include <Random123/u01fixedpt.h>
#include <stdint.h>

/* What a number is for: numbers of different purposes never coincide. */
typedef enum {
    NIXE_RANDOM_START = 1,            /* the initial configuration; position: number of the draw */
    NIXE_RANDOM_EVENT = 2,            /* KMC; position: number of the event */
    NIXE_RANDOM_SWEEP = 3,            /* MC; position: number of the attempt or choice */
    NIXE_RANDOM_REPLICA_EXCHANGE = 4, /* replica exchange; position: number of the attempt */
    NIXE_RANDOM_CANDIDATE = 5,        /* lazy KMC; position: number of the candidate */
    NIXE_RANDOM_VETO = 6,             /* its vetoes; position: 2^16 x number of the candidate + number of the veto */
    NIXE_RANDOM_MOVE = 7,             /* MC with several kinds of moves; position: number of the choice */
} nixe_random_purpose;

typedef struct {
    uint64_t word[4];
} nixe_random_words;

/* Numbers of a stream that is divided among states (MC) or settings (KMC). */
static inline nixe_random_words nixe_random_state(uint64_t seed, uint64_t stream, int state, nixe_random_purpose purpose,
                                                  uint64_t position) {
    philox4x64_key_t key = {{seed, stream}};
    philox4x64_ctr_t counter = {{position, purpose, (uint64_t)state, 0}};
    philox4x64_ctr_t words = philox4x64(counter, key);
    return (nixe_random_words){{words.v[0], words.v[1], words.v[2], words.v[3]}};
}

static inline nixe_random_words nixe_random(uint64_t seed, uint64_t stream, nixe_random_purpose purpose, uint64_t position) {
    return nixe_random_state(seed, stream, 0, purpose, position);
}

/* Uniform in [0, 1), 53 bits. */
static inline double nixe_uniform_from_0(uint64_t word) { return u01fixedpt_closed_open_64_double(word); }

/* Uniform in (0, 1], 53 bits: its logarithm is finite. */
static inline double nixe_uniform_to_1(uint64_t word) { return u01fixedpt_open_closed_64_double(word); }

/* Uniform in 0 .. count-1 for count < 2^32 (bias below 2^-32). */
static inline uint32_t nixe_uniform_below(uint64_t word, uint32_t count) {
    return (uint32_t)(((word >> 32) * (uint64_t)count) >> 32);
}

#endif
