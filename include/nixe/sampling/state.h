/* State: what a replica is sampled at: couplings of the core, temperature, and, where its composition can change, what drives
 * that. Nothing here is collective.
 *
 * A flip exchanges an ion of the core for one of the other kind from outside. With n A sites among the N_core, c = n / N_core,
 * the states of the core then have the weights exp(-(E + bias(n)) / kT),
 *
 *   bias(n) = - dmu/2 (2 n - N_core) + kappa/2 N_core (c - c0)^2
 *
 * the second term being the umbrella. E, as it is recorded, has no bias in it. */
#ifndef NIXE_SAMPLING_STATE_H
#define NIXE_SAMPLING_STATE_H

#include "nixe/sampling/couplings.h"
#include "nixe/sampling/hot_loops.h"

typedef enum { NIXE_SWAP, NIXE_FLIP, NIXE_BOTH } nixe_move; /* both: a fair coin at each attempt */

/* What drives flips. */
typedef struct {
    nixe_move move;
    double dmu, umbrella_stiffness, umbrella_center; /* mu_B - mu_A, kappa, c0 */
} nixe_drive;

typedef struct {
    const nixe_couplings *couplings;
    double kT;
    int number;              /* of the state in the list of states */
    const nixe_table *table; /* N_core x padded, F_kl = exp(2 W_kl / kT), 1 beyond N_core; or 2 T_kl in fixed point with
                                diagonal 0; NULL where it is not needed */
    double *bound;           /* N_core, b_k = sqrt(max_l F_kl), so that F_kl <= b_k b_l; NULL as table */
    double least_bound;      /* as the sampler has it */
    int32_t *bare, *field_A; /* N_core, in fixed point: fields without the core's couplings, and those of all A */
    double swaps, flips;     /* shares of the attempts: 1 and 0, 0 and 1, or 1/2 each */
    double *bias;            /* N_core + 1: by the number of A sites; NULL where they are only swapped */
    double *gain[2];         /* N_core + 1: exp(-change of the bias / 2 kT) where an A turns, and where a B does */
} nixe_state;

/* Sites rounded up to whole blocks of the hot loops: the length of a row of the factor table. */
static inline int nixe_padded(int sites) { return (sites + NIXE_BLOCK - 1) / NIXE_BLOCK * NIXE_BLOCK; }

/* How many numbers are stored of a table with padded rows: by orbits, where tables of this kind are. */
long long nixe_padded_count(const nixe_lattice *lattice, int sites, nixe_number kind);

/* Fill the rows first .. last-1 that the table of a state stores, by its kind; its stride is nixe_padded(N_core). */
void nixe_state_fill(const nixe_state *state, const nixe_table *table, long first, long last);

/* Set the table (filled, and complete where it is of a torus and of integers; NULL where the sampler needs none) and what
 * follows from it. Ions are swapped, until nixe_state_drive() says otherwise. */
nixe_status nixe_state_create(nixe_state *state, const nixe_couplings *couplings, double kT, int number,
                              const nixe_table *table);
nixe_status nixe_state_drive(nixe_state *state, const nixe_drive *drive);
void nixe_state_destroy(nixe_state *state);

/* What is added to the energy with `count_A` A sites in the core. */
static inline double nixe_state_bias(const nixe_state *state, int count_A) { return state->bias ? state->bias[count_A] : 0; }

/* The largest change of the bias by one flip, in a core of this many sites. */
double nixe_drive_largest_step(const nixe_drive *drive, int core_sites);

/* Refuse (NIXE_REFUSED) a core and temperature whose weights, with flips that change the bias by up to `step`, could leave the
 * range of a double. Clears *fits where they could leave that of single precision. */
nixe_status nixe_state_check_range(const nixe_couplings *couplings, double kT, double step, int *fits);

#endif
