/* Core: a fixed-shell crystal at a state, with replicas of it; for the unit tests of replicas and samplers. */
#ifndef NIXE_TEST_CORE_H
#define NIXE_TEST_CORE_H

#include "nixe/sampling/samplers.h"
#include "unit/crystal.h"

/* A crystal with a model, its couplings, a state, and two replicas: one that is sampled, one to compare with. */
typedef struct {
    fixture_crystal crystal;
    nixe_energy energy;
    nixe_couplings couplings;
    const nixe_sampler *sampler;
    nixe_table W, table;
    nixe_state state;
    nixe_replica replica, other;
    int8_t *core_sigma; /* room for a configuration of the core */
} fixture_core;

/* The crystals under test: both shapes, with and without a shell, with cores of less than one block of the hot loops, of just
 * two and of a bit more, and a bulk; and the models. */
static const fixture_shape fixture_cores[] = {{NIXE_HEXAGON, 3, 1, 7}, {NIXE_HEXAGON, 4, 0, 1}, {NIXE_HEXAGON, 5, 1, 0.4},
                                              {NIXE_CUBE, 3, 1, 5},    {NIXE_CUBE, 4, 0, 1},    {NIXE_BOX, 6, 0, 1}};
enum { FIXTURE_CORES = sizeof fixture_cores / sizeof *fixture_cores, FIXTURE_CORE_SITES = 64 };
enum { FIXTURE_ELASTIC, FIXTURE_PUBLISHED, FIXTURE_ISING, FIXTURE_FRUSTRATED, FIXTURE_KINDS };
static const nixe_sampler *const fixture_samplers[] = {&nixe_metropolis, &nixe_informed_double, &nixe_informed_fixed};
enum { FIXTURE_SAMPLERS = sizeof fixture_samplers / sizeof *fixture_samplers };

static inline void fixture_core_create(fixture_core *f, fixture_shape shape, int kind, const nixe_sampler *sampler,
                                       double composition, double kT) {
    static const double J[FIXTURE_KINDS] = {0.25, 0.1, 0.25, -0.25};
    fixture_crystal_create(&f->crystal, shape.shape, shape.edge, shape.shell_layers, shape.shell_stiffness);
    if (kind != FIXTURE_PUBLISHED && kind != FIXTURE_ISING) fixture_set_places(&f->crystal.lattice, 0.2);
    f->energy = (nixe_energy){.lattice = &f->crystal.lattice,
                              .potential = kind >= FIXTURE_ISING ? NULL : &f->crystal.elastic.potential,
                              .epsilon = kind >= FIXTURE_ISING ? 0 : 0.7,
                              .J = J[kind],
                              .differences = kind == FIXTURE_PUBLISHED ? NIXE_PUBLISHED : NIXE_EXACT};
    int fits = 1;
    f->sampler = sampler;
    assert_ok(nixe_couplings_create(&f->couplings, &f->crystal.lattice, composition));
    const int n = f->couplings.sites;
    fixture_table_create(&f->W, &f->crystal.lattice, n, n, NIXE_DOUBLES);
    fixture_table_create(&f->table, &f->crystal.lattice, n, nixe_padded(n), sampler->table ? sampler->table : NIXE_DOUBLES);
    assert_ok(nixe_allocate(&f->core_sigma, n, 1, "a configuration"));
    const long rows = f->W.rows;
    nixe_couplings_fill(&f->energy, f->couplings.site, 0, rows, &f->W);
    assert_ok(nixe_table_complete(&f->W));
    assert_ok(nixe_couplings_set_fields(&f->couplings, &f->energy, &f->W));
    assert_ok(nixe_state_check_range(&f->couplings, kT, 0, &fits));
    assert_true(fits || sampler->table != NIXE_INTEGERS);
    const nixe_state bare = {.couplings = &f->couplings, .kT = kT};
    nixe_state_fill(&bare, &f->table, 0, rows / 3);
    nixe_state_fill(&bare, &f->table, rows / 3, rows);
    assert_ok(nixe_table_complete(&f->table));
    assert_ok(nixe_state_create(&f->state, &f->couplings, kT, 3, sampler->table ? &f->table : NULL));
    assert_ok(nixe_replica_create(&f->replica, &f->crystal.lattice, n, sampler));
    assert_ok(nixe_replica_create(&f->other, &f->crystal.lattice, n, sampler));
}

static inline void fixture_core_destroy(fixture_core *f) {
    nixe_replica_destroy(&f->replica);
    nixe_replica_destroy(&f->other);
    nixe_state_destroy(&f->state);
    nixe_couplings_destroy(&f->couplings);
    fixture_crystal_destroy(&f->crystal);
    free(f->core_sigma);
    fixture_table_destroy(&f->table);
    fixture_table_destroy(&f->W);
}

static inline void fixture_begin_at_random(fixture_core *f, uint64_t index) {
    assert_ok(nixe_replica_start_sigma(&f->couplings, 0, 5, index, f->state.number, f->core_sigma));
    nixe_replica_begin(&f->replica, &f->state, 5, index, f->core_sigma);
}

/* E of a configuration of the core by definition, the shell being B. */
static inline double fixture_core_energy(const fixture_core *f, const int8_t *core_sigma) {
    const nixe_energy *energy = &f->energy;
    memset(f->crystal.sigma, -1, (size_t)f->crystal.lattice.sites);
    for (int k = 0; k < f->couplings.sites; k++) f->crystal.sigma[f->couplings.site[k]] = core_sigma[k];
    const double elastic =
        energy->epsilon != 0 ? fixture_elastic_energy(energy->lattice, f->crystal.shell_stiffness, f->crystal.sigma) : 0;
    return energy->epsilon * elastic + fixture_local_energy(energy->lattice, energy->J, 0, f->crystal.sigma);
}

/* What the published differences add to it: - m eps sum_k V_kk s_k. */
static inline double fixture_published_shift(const fixture_core *f, const int8_t *core_sigma) {
    const int n = f->crystal.lattice.sites;
    double sum = 0;
    for (int k = 0; k < f->couplings.sites && f->energy.differences == NIXE_PUBLISHED; k++)
        sum += nixe_table_at(f->energy.potential, f->couplings.site[k], f->couplings.site[k]) * core_sigma[k];
    return -(2.0 * f->couplings.count_A - n) / n * f->energy.epsilon * sum;
}

/* Above this a chi-square of so many degrees of freedom lies with a probability of 3e-7 (Wilson and Hilferty; 5 sigma). */
static inline double fixture_chi_square_bound(double freedom) {
    return freedom * pow(1 - 2 / (9 * freedom) + 5 * sqrt(2 / (9 * freedom)), 3);
}

/* How many bits of a mask are set. */
static inline int fixture_bits(int mask) {
    int count = 0;
    for (; mask; mask &= mask - 1) count++;
    return count;
}

#endif
