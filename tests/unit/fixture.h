/* Fixture: what the unit tests share: assertions on numbers, random numbers of their own, and energies from the definition.
 * Nothing here uses the tables of the program. Tests of the elastic rooms include crystal.h instead. */
#ifndef NIXE_TEST_FIXTURE_H
#define NIXE_TEST_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h> /* needs those above before it */

#include "nixe/crystal/ions.h"
#include "nixe/crystal/lattice.h"

/* A number is the expected one, up to an absolute error (relative where the numbers are large: say so with `scale`). */
#define assert_close(actual, expected, tolerance) fixture_close(actual, expected, tolerance, __FILE__, __LINE__)
#define assert_close_relative(actual, expected, tolerance) \
    fixture_close(actual, expected, (tolerance)*fabs(expected), __FILE__, __LINE__)
#define assert_ok(call) fixture_ok(call, #call, __FILE__, __LINE__)

static inline void fixture_close(double actual, double expected, double tolerance, const char *file, int line) {
    if (fabs(actual - expected) <= tolerance) return; /* NaN fails */
    print_error("%.17g where %.17g was expected: they differ by %.3g, more than %.3g\n", actual, expected, actual - expected,
                tolerance);
    _fail(file, line);
}

static inline void fixture_ok(nixe_status status, const char *call, const char *file, int line) {
    if (status == NIXE_OK) return;
    print_error("%s: %s\n", call, nixe_status_message());
    _fail(file, line);
}

/* The recipe of one of the paper's crystals; a box: the triangular bulk. */
static inline nixe_recipe fixture_recipe(nixe_shape shape, int edge, int shell_layers) {
    const int is_box = shape == NIXE_BOX;
    return (nixe_recipe){.type = shape == NIXE_HEXAGON || is_box ? NIXE_TRIANGULAR : NIXE_SC,
                         .shape = shape,
                         .edge = edge,
                         .cells = {is_box ? edge : 0, is_box ? edge : 0, 0},
                         .periodic = {is_box, is_box, 0},
                         .shell_layers = shell_layers,
                         .faces = "",
                         .single_faces = ""};
}

static inline nixe_status fixture_lattice_create(nixe_lattice *lattice, nixe_shape shape, int edge, int shell_layers) {
    const nixe_recipe recipe = fixture_recipe(shape, edge, shell_layers);
    return nixe_lattice_create(lattice, &recipe);
}

/* Random numbers of the tests (splitmix64), independent of the program's. */
static inline uint64_t fixture_random(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline double fixture_uniform(uint64_t *state) { return (double)(fixture_random(state) >> 11) * 0x1p-53; }

/* A random configuration; each site is A with this probability. */
static inline void fixture_sigma(uint64_t *state, double fraction, int sites, int8_t *sigma) {
    for (int i = 0; i < sites; i++) sigma[i] = fixture_uniform(state) < fraction ? 1 : -1;
}

/* NIXE_ABREAST configurations abreast: this one in every column but each third one, which has its opposite. */
static inline nixe_ions *fixture_abreast(int sites, const int8_t *sigma) {
    nixe_ions *ions;
    int8_t *all = malloc(NIXE_ABREAST * (size_t)sites);
    for (int x = 0; x < NIXE_ABREAST * sites; x++) all[x] = (int8_t)(x / sites % 3 == 2 ? -sigma[x % sites] : sigma[x % sites]);
    assert_ok(nixe_allocate(&ions, sites, sizeof *ions, "configurations"));
    nixe_ions_lay(sites, NIXE_ABREAST, all, ions);
    free(all);
    return ions;
}

/* A number of that configuration, from its columns, which are alike; `opposite`: that of its opposite. */
static inline double fixture_column(const double *row, int opposite) {
    for (int w = 0; w < NIXE_ABREAST; w++) assert_memory_equal(&row[w], &row[w % 3 == 2 ? 2 : 0], sizeof *row); /* NaN, too */
    return row[opposite ? 2 : 0];
}

/* The class of the bond between two sites, from their positions alone, or -1; `bond` (d numbers) becomes the way from i to j,
 * by the shortest image, `wrap` how often that crosses each period. */
static inline int fixture_bond_image(const nixe_lattice *lattice, int i, int j, double *bond, int *wrap) {
    const int d = lattice->dimension;
    int images = 1;
    for (int p = 0; p < lattice->periods; p++) images *= 3;
    for (int image = 0; image < images && i != j; image++) {
        double square = 0;
        for (int k = 0; k < d; k++) {
            bond[k] = lattice->position[j * d + k] - lattice->position[i * d + k];
            for (int p = 0, rest = image; p < lattice->periods; p++, rest /= 3) {
                wrap[p] = rest % 3 - 1;
                bond[k] += wrap[p] * lattice->period[p][k];
            }
            square += bond[k] * bond[k];
        }
        for (int c = 0; c < lattice->classes; c++)
            if (fabs(sqrt(square) - lattice->bond_class[c].length) < 1e-6) return c;
    }
    return -1;
}

static inline int fixture_bond_class(const nixe_lattice *lattice, int i, int j, double *bond) {
    int wrap[3];
    return fixture_bond_image(lattice, i, j, bond, wrap);
}

static inline int fixture_bonded(const nixe_lattice *lattice, int i, int j) {
    double bond[3];
    return fixture_bond_class(lattice, i, j, bond) >= 0;
}

/* The springs of a crystal, from the positions and layers of its sites and the constants of the classes. */
typedef struct {
    int i, j, sites, wrap[3];
    double k, r, alpha[3];
} fixture_bond;

static inline int fixture_bonds(const nixe_lattice *lattice, double shell_stiffness, fixture_bond *bond) {
    int bonds = 0;
    for (int i = 0; i < lattice->sites; i++)
        for (int j = 0; j < i; j++) {
            double way[3] = {0};
            int wrap[3] = {0};
            const int c = fixture_bond_image(lattice, i, j, way, wrap);
            if (c < 0) continue;
            const nixe_bond_class *class = &lattice->bond_class[c];
            fixture_bond *b = &bond[bonds++];
            *b = (fixture_bond){.i = i, .j = j, .sites = lattice->sites, .k = class->stiffness, .r = class->mismatch};
            memcpy(b->wrap, wrap, sizeof wrap);
            if (lattice->layer[i] && lattice->layer[j]) b->k *= shell_stiffness;
            for (int k = 0; k < lattice->dimension; k++) b->alpha[k] = way[k] / class->length;
        }
    return bonds;
}

/* alpha.(u_j - u_i) of a bond. Behind the displacements of the sites there are those of each period: of an image against the
 * site itself. */
static inline double fixture_stretch(const fixture_bond *b, int d, const double *u) {
    double stretch = 0;
    for (int k = 0; k < d; k++) {
        stretch += b->alpha[k] * (u[b->j * d + k] - u[b->i * d + k]);
        for (int p = 0; p < 3; p++)
            if (b->wrap[p]) stretch += b->alpha[k] * b->wrap[p] * u[(b->sites + p) * d + k];
    }
    return stretch;
}

/* The forces of springs with these tensions on `places`: sites and periods; shape [places, d]. */
static inline void fixture_forces(const fixture_bond *bond, int bonds, int places, int d, const double *tension,
                                  double *force) {
    memset(force, 0, (size_t)(places * d) * sizeof *force);
    for (int b = 0; b < bonds; b++)
        for (int k = 0; k < d; k++) {
            const double pull = bond[b].k * tension[b] * bond[b].alpha[k];
            force[bond[b].j * d + k] += pull;
            force[bond[b].i * d + k] -= pull;
            for (int p = 0; p < 3; p++)
                if (bond[b].wrap[p]) force[(bond[b].sites + p) * d + k] += bond[b].wrap[p] * pull;
        }
}

/* The minimum over all displacements of H / eps = 2 sum_bonds k (alpha.(u_j - u_i) - r (s_i + s_j)/2)^2 (4), with s = sigma -
 * mean(sigma), by conjugate gradients. */
static inline double fixture_elastic_energy(const nixe_lattice *lattice, double shell_stiffness, const int8_t *sigma) {
    const int n = lattice->sites, d = lattice->dimension, size = (n + lattice->periods) * d;
    fixture_bond *bond = calloc((size_t)lattice->bonds, sizeof *bond);
    double *array = calloc((size_t)(4 * size + lattice->bonds), sizeof *array);
    double *u = array, *r = u + size, *p = r + size, *Dp = p + size, *tension = Dp + size;
    double mean = 0, rr = 0, first = 0, energy = 0;
    int bonds = fixture_bonds(lattice, shell_stiffness, bond);
    assert_int_equal(bonds, lattice->bonds);
    for (int i = 0; i < n; i++) mean += (double)sigma[i] / n;
    for (int b = 0; b < bonds; b++) tension[b] = bond[b].r * (0.5 * (sigma[bond[b].i] + sigma[bond[b].j]) - mean);
    fixture_forces(bond, bonds, n + lattice->periods, d, tension, r);
    memcpy(p, r, (size_t)size * sizeof *p);
    for (int x = 0; x < size; x++) rr += r[x] * r[x];
    first = rr;
    for (int step = 0; step < 20 * size && rr > 1e-28 * first; step++) {
        double pDp = 0, before = rr;
        for (int b = 0; b < bonds; b++) tension[b] = fixture_stretch(&bond[b], d, p);
        fixture_forces(bond, bonds, n + lattice->periods, d, tension, Dp);
        for (int x = 0; x < size; x++) pDp += p[x] * Dp[x];
        rr = 0;
        for (int x = 0; x < size; x++) {
            u[x] += before / pDp * p[x];
            r[x] -= before / pDp * Dp[x];
            rr += r[x] * r[x];
        }
        for (int x = 0; x < size; x++) p[x] = r[x] + rr / before * p[x];
    }
    for (int b = 0; b < bonds; b++)
        energy += 2 * bond[b].k *
                  pow(fixture_stretch(&bond[b], d, u) - bond[b].r * (0.5 * (sigma[bond[b].i] + sigma[bond[b].j]) - mean), 2);
    free(array);
    free(bond);
    return energy;
}

/* Fields and factors of k_ex of all sites, of both signs and some of them 0. */
static inline void fixture_set_places(nixe_lattice *lattice, double field) {
    uint64_t random = 77;
    for (int i = 0; i < lattice->sites; i++) {
        lattice->field[i] = field * (2 * fixture_uniform(&random) - 1);
        lattice->exchange[i] = fmax(0, 3 * fixture_uniform(&random) - 0.5);
    }
}

/* -J sum_<bonds> j sigma sigma' - (dmu/2) sum sigma + sum h sigma (2)(3), over all pairs. */
static inline double fixture_local_energy(const nixe_lattice *lattice, double J, double dmu, const int8_t *sigma) {
    double energy = 0, bond[3];
    for (int i = 0; i < lattice->sites; i++) {
        energy += (lattice->field[i] - 0.5 * dmu) * sigma[i];
        for (int j = 0; j < i; j++) {
            const int c = fixture_bond_class(lattice, i, j, bond);
            if (c >= 0) energy -= J * lattice->bond_class[c].ising * sigma[i] * sigma[j];
        }
    }
    return energy;
}

#endif
