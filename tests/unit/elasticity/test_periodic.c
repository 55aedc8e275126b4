/* Periodic crystals: V and the strains of the periods against a minimisation of the definition, in which the images of a period
 * move as they like; and the potential of the bulk against its Fourier form. */
#include <complex.h>

#include "nixe/elasticity/factor.h"
#include "nixe/elasticity/stiffness.h"
#include "nixe/elasticity/strain.h"
#include "unit/crystal.h"

#define PLAIN .faces = "", .single_faces = ""

static const struct {
    nixe_recipe recipe;
    double stiffness[2], mismatch[2];
    int zero_modes, orbits;
} crystals[] = {
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_BOX, .cells = {4, 3}, .periodic = {1, 1}, PLAIN}, {1.5}, {0.7}, 2, 1},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_BOX, .cells = {4, 3}, .periodic = {0, 1}, PLAIN}, {1}, {1}, 2, 2},
    {{.type = NIXE_SQUARE, .shape = NIXE_BOX, .cells = {3, 4}, .periodic = {1, 0}, PLAIN}, {1, 0.4}, {1, 1.2}, 2, 2},
    {{.type = NIXE_SQUARE, .shape = NIXE_BOX, .cells = {3, 4}, .periodic = {1, 0}, .shell_layers = 1, PLAIN},
     {1, 2},
     {1, 1.2},
     2,
     3},
    {{.type = NIXE_SC, .shape = NIXE_BOX, .cells = {3, 3, 3}, .periodic = {0, 0, 1}, PLAIN}, {1, 0.776}, {1, 1.4}, 4, 3},
    {{.type = NIXE_FCC, .shape = NIXE_BOX, .cells = {3, 3, 1}, .periodic = {1, 1, 0}, PLAIN}, {1}, {1}, 3, 1},
    {{.type = NIXE_BCC, .shape = NIXE_BOX, .cells = {3, 3, 2}, .periodic = {1, 1, 0}, PLAIN}, {1, 0.5}, {1, 0.9}, 3, 2},
    {{.type = NIXE_HCP, .shape = NIXE_BOX, .cells = {3, 3, 3}, .periodic = {1, 1, 1}, PLAIN}, {1}, {1}, 3, 2},
};
enum { CRYSTALS = sizeof crystals / sizeof *crystals };

static void create(fixture_crystal *crystal, int number) {
    assert_ok(nixe_lattice_create(&crystal->lattice, &crystals[number].recipe));
    for (int c = 0; c < crystal->lattice.classes; c++) {
        crystal->lattice.bond_class[c].stiffness = crystals[number].stiffness[c];
        crystal->lattice.bond_class[c].mismatch = crystals[number].mismatch[c];
    }
    fixture_crystal_of_lattice(crystal, 2.5);
}

static void motions_and_orbits(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        fixture_crystal crystal;
        int modes;
        create(&crystal, c);
        assert_ok(nixe_factor_zero_modes(&crystal.lattice, crystal.shell_stiffness, &modes));
        assert_int_equal(modes, crystals[c].zero_modes);
        assert_int_equal(modes, nixe_stiffness_rigid_motions(&crystal.lattice));
        if (crystal.lattice.symmetry.orbits != crystals[c].orbits) print_error("crystal %d\n", c);
        assert_int_equal(crystal.lattice.symmetry.orbits, crystals[c].orbits);
        fixture_crystal_destroy(&crystal);
    }
}

static void energies_are_those_of_the_minimum(void **state) {
    (void)state;
    uint64_t random = 11;
    for (int c = 0; c < CRYSTALS; c++) {
        fixture_crystal crystal;
        nixe_displacement displacement;
        nixe_strain strain;
        create(&crystal, c);
        const int n = crystal.lattice.sites;
        double *area = calloc((size_t)(n * NIXE_CONFIGURATIONS), sizeof *area);
        assert_ok(nixe_displacement_create(&displacement, &crystal.lattice, &crystal.elastic.response));
        for (int trial = 0; trial < 6; trial++) {
            double energy = 0;
            fixture_sigma(&random, 0.2 + 0.12 * trial, n, crystal.sigma);
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++)
                    energy += 0.5 * crystal.sigma[i] * crystal.sigma[j] * nixe_table_at(&crystal.elastic.potential, i, j);
            const double least = fixture_elastic_energy(&crystal.lattice, crystal.shell_stiffness, crystal.sigma);
            assert_close(energy, least, 1e-9 * (1 + least));
            assert_ok(nixe_displacement_solve(&displacement, crystal.sigma, 1));
            nixe_strain_measure(&displacement, crystal.shell_stiffness, 0.1, area, &strain);
            assert_close(strain.elastic_energy[0], least, 1e-9 * (1 + least));
        }
        free(area);
        nixe_displacement_destroy(&displacement);
        fixture_crystal_destroy(&crystal);
    }
}

/* Triangular bulk: V_q = 4 X^2 / (1 + X^2), X = cot(q.e1/2) + cot(q.e2/2) + cot(q.e3/2). */
static void the_triangular_bulk_in_fourier_space(void **state) {
    (void)state;
    enum { EDGE = 6 };
    fixture_crystal crystal;
    const nixe_recipe recipe = {.type = NIXE_TRIANGULAR, .shape = NIXE_BOX, .cells = {EDGE, EDGE}, .periodic = {1, 1}, PLAIN};
    assert_ok(nixe_lattice_create(&crystal.lattice, &recipe));
    fixture_crystal_of_lattice(&crystal, 1);
    const double *row = nixe_table_row(&crystal.elastic.potential, 0, 0), *at = crystal.lattice.position;
    for (int a = 0; a < EDGE; a++)
        for (int b = 0; b < EDGE; b++) {
            const double phase[2] = {2 * M_PI * a / EDGE, 2 * M_PI * b / EDGE}; /* q.e along the cell vectors */
            double complex sum = 0;
            for (int j = 0; j < crystal.lattice.sites; j++) {
                const double y = (at[2 * j + 1] - at[1]) / sqrt(0.75), x = at[2 * j] - at[0] - 0.5 * y;
                sum += row[j] * cexp(I * (phase[0] * x + phase[1] * y));
            }
            const double t[3] = {phase[0] / 2, (phase[1] - phase[0]) / 2, -phase[1] / 2}; /* e1 + e2 + e3 = 0 */
            double expected = 4, X = 0;
            int poles = 0;
            for (int e = 0; e < 3; e++) {
                if (fabs(sin(t[e])) < 1e-9) poles++;
                else X += cos(t[e]) / sin(t[e]);
            }
            if (poles == 3) expected = 0;
            else if (poles == 0) expected = 4 * X * X / (1 + X * X);
            assert_close(creal(sum), expected, 1e-10);
            assert_close(cimag(sum), 0, 1e-10);
        }
    fixture_crystal_destroy(&crystal);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(motions_and_orbits),
        cmocka_unit_test(energies_are_those_of_the_minimum),
        cmocka_unit_test(the_triangular_bulk_in_fourier_space),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
