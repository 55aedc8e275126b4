/* Crystals with models of every kind, and their rates in both arithmetics. */
#ifndef UNIT_KINETICS_H
#define UNIT_KINETICS_H

#include "nixe/sampling/arithmetic.h"
#include "unit/crystal.h"

static const double never = -1; /* stop composition */

/* A crystal with a model, its rates, and two trajectories: one here, one at the other side of an event. */
typedef struct {
    fixture_crystal crystal;
    nixe_energy energy;
    nixe_kinetics bare;
    nixe_table couplings;
    nixe_rates rates;
    nixe_trajectory here, there;
    double rounding, balance, summing, drift; /* relative errors: of a rate, of a ratio of two, of a sum, between refreshes */
} fixture;

/* The models under test; elastic ones with epsilon and J both non-zero. */
enum { HEXAGON, CUBE, PUBLISHED, FCC, SQUARE, HCP, BULK, FCC_BULK, BCC_ISING, ISING, CUBIC_ISING, FREE, KINDS };

/* First those in doubles, then the same in fixed point, but that of the published program. */
enum { MODELS = 2 * KINDS };

static inline int next_model(int model) { return model + 1 == KINDS + PUBLISHED ? model + 2 : model + 1; }

/* Those on other lattices, discs, spheres and bulks, which have a field, factors of k_ex, and factors of k_diff and J by class.
 */
static const struct {
    nixe_lattice_type type;
    nixe_shape shape;
    double radius, diffusion[2], ising[2];
    int cells[3]; /* of a bulk */
} places[KINDS] = {[FCC] = {NIXE_FCC, NIXE_SPHERE, 1.5, {1.3}, {0.7}, {0}},
                   [SQUARE] = {NIXE_SQUARE, NIXE_DISC, 2.3, {1, 0}, {1, 0.4}, {0}}, /* nearest neighbours only swap */
                   [HCP] = {NIXE_HCP, NIXE_SPHERE, 1.5, {1}, {1}, {0}},
                   [BULK] = {NIXE_TRIANGULAR, NIXE_BOX, 0, {1.2}, {1}, {5, 6, 0}},
                   [FCC_BULK] = {NIXE_FCC, NIXE_BOX, 0, {1}, {0.5}, {3, 3, 3}},
                   [BCC_ISING] = {NIXE_BCC, NIXE_SPHERE, 1.7, {1, 0.3}, {1, 0}, {0}}};

static int size; /* edge or radius of a crystal that is not to be small; 0: it is */

static inline void create_crystal(fixture_crystal *crystal, int kind) {
    const nixe_shape shape = kind == CUBE || kind == CUBIC_ISING ? NIXE_CUBE : NIXE_HEXAGON;
    if (places[kind].shape == NIXE_HEXAGON) {
        fixture_crystal_create(crystal, shape, size ? size : 4, 0, 1);
        return;
    }
    nixe_recipe recipe = fixture_recipe(places[kind].shape, 0, 0);
    recipe.type = places[kind].type;
    recipe.radius = size ? size : places[kind].radius;
    for (int k = 0; k < 3; k++) {
        recipe.cells[k] = places[kind].cells[k];
        recipe.periodic[k] = recipe.cells[k] > 0;
    }
    assert_ok(nixe_lattice_create(&crystal->lattice, &recipe));
    for (int c = 0; c < crystal->lattice.classes; c++) {
        crystal->lattice.bond_class[c].diffusion = places[kind].diffusion[c];
        crystal->lattice.bond_class[c].ising = places[kind].ising[c];
    }
    fixture_set_places(&crystal->lattice, 0.6);
    fixture_crystal_of_lattice(crystal, 1);
}

static inline void create(fixture *k, int model, double dmu) {
    const nixe_arithmetic *arithmetic = model < KINDS ? &nixe_double_precision : &nixe_fixed_point, *chosen;
    const int kind = model % KINDS, elastic = kind < BCC_ISING;
    k->rounding = model < KINDS ? 1e-10 : 2e-6;
    k->balance = model < KINDS ? 1e-10 : 1e-6;
    k->summing = model < KINDS ? 1e-12 : 1e-6;
    k->drift = model < KINDS ? 1e-11 : 0;
    create_crystal(&k->crystal, kind);
    k->energy = (nixe_energy){.lattice = &k->crystal.lattice,
                              .potential = elastic ? &k->crystal.elastic.potential : NULL,
                              .epsilon = elastic ? 0.9 : 0,
                              .J = kind == FREE ? 0 : 0.3,
                              .dmu = dmu,
                              .differences = kind == PUBLISHED ? NIXE_PUBLISHED : NIXE_EXACT};
    k->bare = (nixe_kinetics){.kT = 2, .k_ex = 0.8, .k_diff = 1.7};
    const int n = k->crystal.lattice.sites;
    k->couplings = (nixe_table){0};
    if (elastic) {
        fixture_table_create(&k->couplings, &k->crystal.lattice, (int)n, n, arithmetic->kind);
        const long rows = k->couplings.rows;
        arithmetic->fill(&k->energy, k->bare.kT, &k->couplings, 0, rows / 3);
        arithmetic->fill(&k->energy, k->bare.kT, &k->couplings, rows / 3, rows);
        assert_ok(nixe_table_complete(&k->couplings));
    }
    assert_ok(nixe_rates_choose(&k->energy, k->bare, "-model_", &chosen));
    assert_ptr_equal(chosen, kind == PUBLISHED ? &nixe_double_precision : &nixe_fixed_point);
    assert_ok(nixe_rates_create(&k->rates, &k->energy, k->bare, arithmetic, elastic ? &k->couplings : NULL, NULL));
    assert_ok(nixe_trajectory_create(&k->here, &k->rates));
    assert_ok(nixe_trajectory_create(&k->there, &k->rates));
}

static inline void destroy(fixture *k) {
    nixe_trajectory_destroy(&k->here);
    nixe_trajectory_destroy(&k->there);
    nixe_rates_destroy(&k->rates);
    fixture_table_destroy(&k->couplings);
    fixture_crystal_destroy(&k->crystal);
}

static inline int is_bulk(const fixture *k) { return k->crystal.lattice.torus.sites > 0; }

/* All A; a bulk, which exchanges nothing, half A and half B. */
static inline void begin_mixed(fixture *k) {
    const int n = k->crystal.lattice.sites;
    for (int i = 0; i < n; i++) k->crystal.sigma[i] = (int8_t)(is_bulk(k) && i % 2 ? -1 : 1);
}

/* The totals are the sums of the rates. */
static inline void check_totals(const fixture *k) {
    const nixe_trajectory *t = &k->here;
    const nixe_lattice *lattice = t->rates->lattice;
    double swaps = 0, exchanges = 0;
    for (int i = 0; i < lattice->sites; i++)
        for (int d = 0; d < lattice->directions / 2; d++) swaps += nixe_trajectory_swap_rate(t, lattice->home[i], d);
    for (int s = 0; s < t->rates->surface_sites; s++) exchanges += nixe_trajectory_exchange_rate(t, s);
    assert_close_relative(t->swap_total, swaps, k->summing);
    assert_close_relative(t->exchange_total, exchanges, k->summing);
}

#endif
