/* Crystals for tests of the lazy algorithm, with a trajectory by all rates beside two by bounds. Blocks are of a few sites, so
 * that small crystals have many, near and far ones. */
#ifndef NIXE_TEST_LAZY_H
#define NIXE_TEST_LAZY_H

#include "nixe/sampling/lazy.h"

#include "nixe/sampling/arithmetic.h"
#include "unit/crystal.h"

static const double never = -1; /* stop composition */

/* The crystals under test: with and without symmetry, with fields and factors of k_ex, with one and two classes of bonds. */
static const struct {
    nixe_recipe recipe;
    double diffusion[2], ising[2], J;
    int most;    /* sites of a block */
    double near; /* limit of nearness, of log2 */
} crystals[] = {
    {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "111:2.3", .single_faces = ""}, {1.3}, {0.7}, 0.2, 7, 0.05},
    {{.type = NIXE_SC, .shape = NIXE_SPHERE, .radius = 2.6, .center = {0.21, 0.33, 0.12}, .faces = "", .single_faces = ""},
     {1, 0.4},
     {1, 0.3},
     0.3,
     9,
     0.08},
    {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 5, .faces = "", .single_faces = ""}, {1, 1}, {1, 1}, 0, 8, 0.04},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 7, .faces = "", .single_faces = ""}, {0.8}, {1}, 0.1, 12, 0.03},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 6, .faces = "", .single_faces = ""}, {1}, {1}, 0, 64, 30},
};
enum { CRYSTALS = sizeof crystals / sizeof *crystals };

typedef struct {
    fixture_crystal crystal;
    nixe_energy energy;
    nixe_table couplings;
    nixe_commons commons;
    nixe_rates eager, lazy;
    nixe_arithmetic small; /* lazy, with small blocks */
    nixe_trajectory all, here, there;
} fixture;

static int creating; /* the crystal whose blocks are made */

static inline nixe_status create_rates(nixe_rates *rates) {
    return nixe_lazy_create_tables(rates, crystals[creating].most, crystals[creating].near * NIXE_FIXED_ONE);
}

static inline void create(fixture *f, int c, double dmu) {
    nixe_lattice *lattice = &f->crystal.lattice;
    const nixe_kinetics bare = {.kT = 1.1, .k_ex = 0.8, .k_diff = 1.7};
    assert_ok(nixe_lattice_create(lattice, &crystals[c].recipe));
    for (int k = 0; k < lattice->classes; k++) {
        lattice->bond_class[k].diffusion = crystals[c].diffusion[k];
        lattice->bond_class[k].ising = crystals[c].ising[k];
    }
    if (c < 2) fixture_set_places(lattice, 0.6);
    fixture_crystal_of_lattice(&f->crystal, 1);
    f->energy = (nixe_energy){
        .lattice = lattice, .potential = &f->crystal.elastic.potential, .epsilon = 0.9, .J = crystals[c].J, .dmu = dmu};
    fixture_table_create(&f->couplings, lattice, lattice->sites, lattice->sites, NIXE_INTEGERS);
    nixe_exponents_fill(&f->energy, bare.kT, &f->couplings, 0, lattice->sites);
    creating = c;
    f->commons = nixe_commons_alone();
    f->small = nixe_lazy_fixed_point;
    f->small.create_rates = create_rates;
    assert_ok(nixe_rates_create(&f->eager, &f->energy, bare, &nixe_fixed_point, &f->couplings, NULL));
    assert_ok(nixe_rates_create(&f->lazy, &f->energy, bare, &f->small, &f->couplings, &f->commons));
    assert_ok(nixe_trajectory_create(&f->all, &f->eager));
    assert_ok(nixe_trajectory_create(&f->here, &f->lazy));
    assert_ok(nixe_trajectory_create(&f->there, &f->lazy));
    memset(f->crystal.sigma, 1, (size_t)lattice->sites);
}

static inline void destroy(fixture *f) {
    nixe_trajectory_destroy(&f->all);
    nixe_trajectory_destroy(&f->here);
    nixe_trajectory_destroy(&f->there);
    nixe_rates_destroy(&f->eager);
    nixe_rates_destroy(&f->lazy);
    nixe_commons_destroy(&f->commons);
    fixture_table_destroy(&f->couplings);
    fixture_crystal_destroy(&f->crystal);
}

static inline const nixe_lazy_tables *tables_of(const fixture *f) { return f->lazy.own; }

#endif
