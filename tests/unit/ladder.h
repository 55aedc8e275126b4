/* Ladders for tests: some states of one crystal, a replica of each, and what a rank by itself does at an exchange. */
#ifndef NIXE_TEST_LADDER_H
#define NIXE_TEST_LADDER_H

#include "nixe/run/ladder.h"

#include "nixe/sampling/samplers.h"
#include "unit/crystal.h"

enum { MOST_STIFFNESSES = 3, MOST_STATES = 6 };

/* Some shell stiffnesses and temperatures of one crystal, a replica of each state, and one to compare with. */
typedef struct {
    int stiffnesses, states, sites; /* sites of the core */
    fixture_crystal crystal[MOST_STIFFNESSES];
    nixe_energy energy[MOST_STIFFNESSES];
    nixe_couplings couplings[MOST_STIFFNESSES];
    nixe_table W[MOST_STIFFNESSES], factor[MOST_STATES];
    nixe_state state[MOST_STATES];
    nixe_replica replica[MOST_STATES], other;
    nixe_replica *member[MOST_STATES];
    nixe_pairs pairs;
    nixe_ladder ladder;
} fixture;

static void create_couplings(fixture *f, int k, double stiffness, nixe_differences differences) {
    fixture_crystal_create(&f->crystal[k], NIXE_HEXAGON, 3, 1, stiffness);
    f->energy[k] = (nixe_energy){.lattice = &f->crystal[k].lattice,
                                 .potential = &f->crystal[k].elastic.potential,
                                 .epsilon = 0.7,
                                 .J = 0.1,
                                 .differences = differences};
    assert_ok(nixe_couplings_create(&f->couplings[k], &f->crystal[k].lattice, 0.4));
    f->sites = f->couplings[k].sites;
    fixture_table_create(&f->W[k], &f->crystal[k].lattice, f->sites, f->sites, NIXE_DOUBLES);
    nixe_couplings_fill(&f->energy[k], f->couplings[k].site, 0, f->sites, &f->W[k]);
    assert_ok(nixe_couplings_set_fields(&f->couplings[k], &f->energy[k], &f->W[k]));
}

static void create(fixture *f, int stiffnesses, const double *stiffness, int temperatures, const double *kT,
                   nixe_differences differences, const nixe_sampler *sampler) {
    *f = (fixture){.stiffnesses = stiffnesses, .states = stiffnesses * temperatures};
    for (int k = 0; k < stiffnesses; k++) create_couplings(f, k, stiffness[k], differences);
    const nixe_lattice *lattice = &f->crystal[0].lattice;
    for (int q = 0; q < f->states; q++) {
        const nixe_state bare = {.couplings = &f->couplings[q / temperatures], .kT = kT[q % temperatures]};
        int8_t sigma[64];
        fixture_table_create(&f->factor[q], lattice, f->sites, nixe_padded(f->sites),
                             sampler->table ? sampler->table : NIXE_DOUBLES);
        nixe_state_fill(&bare, &f->factor[q], 0, f->sites);
        assert_ok(nixe_state_create(&f->state[q], bare.couplings, bare.kT, q, sampler->table ? &f->factor[q] : NULL));
        assert_ok(nixe_replica_create(&f->replica[q], lattice, f->sites, sampler));
        f->member[q] = &f->replica[q];
        assert_ok(nixe_replica_start_sigma(bare.couplings, 0, 5, 11, q, sigma));
        nixe_replica_begin(&f->replica[q], &f->state[q], 5, 11, sigma);
    }
    assert_ok(nixe_replica_create(&f->other, lattice, f->sites, sampler));
    const nixe_list one = {.count = 1}, stiff = {.count = stiffnesses}, hot = {.count = temperatures};
    const nixe_states states = {.list = {&stiff, &one, &one, &one, &hot}, .points = f->states, .states = f->states};
    assert_ok(nixe_pairs_create(&f->pairs, &states));
    assert_ok(nixe_ladder_create(&f->ladder, &f->pairs, f->states, f->sites));
    nixe_ladder_begin(&f->ladder);
}

static void destroy(fixture *f) {
    nixe_ladder_destroy(&f->ladder);
    nixe_pairs_destroy(&f->pairs);
    nixe_replica_destroy(&f->other);
    for (int q = 0; q < f->states; q++) {
        nixe_replica_destroy(&f->replica[q]);
        nixe_state_destroy(&f->state[q]);
        fixture_table_destroy(&f->factor[q]);
    }
    for (int k = 0; k < f->stiffnesses; k++) {
        nixe_couplings_destroy(&f->couplings[k]);
        fixture_crystal_destroy(&f->crystal[k]);
        fixture_table_destroy(&f->W[k]);
    }
}

/* What a rank by itself does at an exchange. */
static void exchange(fixture *f) {
    int8_t sigma[MOST_STATES][64];
    for (int q = 0; q < f->states; q++) {
        const int partner = nixe_ladder_partner(&f->ladder, q);
        f->ladder.offer[q] = nixe_ladder_offer(&f->ladder, f->member[q], partner < 0 ? NULL : &f->state[partner]);
        memcpy(sigma[q], f->replica[q].core_sigma, (size_t)f->sites);
    }
    nixe_ladder_decide(&f->ladder, 5, f->member[0]->index);
    for (int q = 0; q < f->states; q++)
        if (f->ladder.from[q] != q) nixe_replica_set_sigma(f->member[q], sigma[f->ladder.from[q]]);
}

static void sweep_all(fixture *f, int sweeps) {
    for (int q = 0; q < f->states; q++)
        for (int s = 0; s < sweeps; s++) nixe_replica_sweep(&f->replica[q]);
}

/* The ladders under test. */
static const double stiffness[] = {0.5, 3, 8}, kT[] = {0.8, 1.1, 1.6, 2.2, 3, 4};
static const struct { int stiffnesses, temperatures; } shapes[] = {{1, 2}, {1, 6}, {2, 1}, {3, 1}, {2, 3}, {3, 2}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

#endif
