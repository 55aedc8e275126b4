/* Stiffness: zero modes of rigid and of floppy crystals, and the displacements of single sites. */
#include "nixe/elasticity/columns.h"
#include "nixe/elasticity/factor.h"
#include "nixe/elasticity/rigidity.h"
#include "nixe/elasticity/stiffness.h"

#include "unit/crystal.h"

static int zero_modes(const nixe_lattice *lattice, double shell_stiffness) {
    int modes = -1;
    assert_ok(nixe_factor_zero_modes(lattice, shell_stiffness, &modes));
    return modes;
}

/* Cut the bonds that `cut` picks, everywhere they are known. */
static void cut_bonds(nixe_lattice *lattice, int (*cut)(const nixe_lattice *, int site, int direction)) {
    const int z = lattice->directions;
    int bonds = 0;
    for (int b = 0; b < lattice->bonds; b++) {
        const int i = lattice->bond[2 * b], d = lattice->bond_direction[b], j = lattice->bond[2 * b + 1];
        if (cut(lattice, i, d) || cut(lattice, j, d + z / 2)) {
            lattice->neighbour[i * z + d] = lattice->neighbour[j * z + d + z / 2] = -1;
            continue;
        }
        lattice->bond[2 * bonds] = i;
        lattice->bond[2 * bonds + 1] = j;
        lattice->bond_direction[bonds++] = (int8_t)d;
    }
    lattice->bonds = bonds;
    lattice->symmetry.mirrors = 1; /* they may have gone with the bonds */
}

static int is_long(const nixe_lattice *lattice, int site, int direction) {
    (void)site;
    return lattice->direction_class[direction] > 0;
}

/* Bonds of the rightmost site of a hexagon, but for `spared`. */
static int spared;
static int holds_the_corner(const nixe_lattice *lattice, int site, int direction) {
    for (int i = 0; i < lattice->sites; i++)
        if (lattice->position[2 * i] > lattice->position[2 * site] + 0.1) return 0;
    return direction != spared;
}

/* The lattice is refused, and says how many zero modes it found, how many there should be, and what is loose. */
static void check_refusal(const nixe_lattice *lattice, int modes, const char *where) {
    char found[64], expected[64];
    snprintf(found, sizeof found, " %d zero modes", modes);
    snprintf(expected, sizeof expected, " %d", lattice->dimension * (lattice->dimension + 1) / 2);
    assert_int_equal(nixe_rigidity_check(&fixture_parallel, lattice, 1, (double[]){1}), NIXE_REFUSED);
    assert_non_null(strstr(nixe_status_message(), found));
    assert_non_null(strstr(nixe_status_message(), expected));
    assert_non_null(strstr(nixe_status_message(), where));
    nixe_status_clear();
}

static void rigid_crystals(void **state) {
    (void)state;
    static const double stiffness[] = {1e-3, 0.2, 1, 16.8, 1e3};
    for (int layers = 0; layers < 3; layers++)
        for (int k = 0; k < 5; k++) {
            nixe_lattice lattice;
            for (int edge = 2; edge < 9; edge += 3) {
                assert_ok(fixture_lattice_create(&lattice, NIXE_HEXAGON, edge, layers));
                assert_int_equal(zero_modes(&lattice, stiffness[k]), 3);
                nixe_lattice_destroy(&lattice);
            }
            for (int edge = 2; edge < 5; edge++) {
                assert_ok(fixture_lattice_create(&lattice, NIXE_CUBE, edge, layers));
                assert_int_equal(zero_modes(&lattice, stiffness[k]), 6);
                nixe_lattice_destroy(&lattice);
            }
        }
}

/* With nearest neighbours only every row of a cube can slide along itself. */
static void a_cube_without_diagonals_is_refused(void **state) {
    (void)state;
    for (int edge = 2; edge < 5; edge++) {
        nixe_lattice lattice;
        assert_ok(fixture_lattice_create(&lattice, NIXE_CUBE, edge, 0));
        cut_bonds(&lattice, is_long);
        assert_int_equal(lattice.bonds, 3 * edge * edge * (edge - 1));
        assert_int_equal(zero_modes(&lattice, 1), 3 * edge * edge);
        check_refusal(&lattice, 3 * edge * edge, "moves along");
        nixe_lattice_destroy(&lattice);
    }
}

/* A corner on one spring swings; without any it goes where it will. */
static void a_dangling_site_is_refused(void **state) {
    (void)state;
    for (int springs = 0; springs < 2; springs++) {
        nixe_lattice lattice;
        spared = springs ? 3 : -1; /* 3: the way back to the centre */
        assert_ok(fixture_lattice_create(&lattice, NIXE_HEXAGON, 4, 0));
        cut_bonds(&lattice, holds_the_corner);
        assert_int_equal(lattice.bonds, 90 - 3 + springs);
        assert_int_equal(zero_modes(&lattice, 1), 3 + 2 - springs);
        check_refusal(&lattice, 3 + 2 - springs, springs ? "the site at 3,0 moves along y" : "the site at 3,0 moves along");
        nixe_lattice_destroy(&lattice);
    }
}

/* D u = G e_R with e_R as it is, its mean included: each bond of R wants to be 1/2 longer. */
static void displacements_of_single_sites(void **state) {
    (void)state;
    for (int c = 0; c < FIXTURE_SHAPES; c++) {
        const fixture_elastic *s = &fixture_shapes[c];
        if (s->cells[0]) continue; /* bulk.h solves those */
        nixe_lattice lattice;
        nixe_blocks blocks;
        nixe_shared u, row = {.memory = NULL};
        fixture_shape_lattice(&lattice, s);
        const int d = lattice.dimension, size = lattice.sites * d;
        assert_ok(nixe_blocks_create(&blocks, &lattice, 0));
        assert_int_equal(blocks.blocks, lattice.symmetry.mirrors);
        assert_ok(nixe_shared_create(&fixture_parallel, lattice.symmetry.orbits * blocks.blocks * blocks.size, "u", &u));
        assert_ok(nixe_columns_solve(&fixture_parallel, &blocks, s->plain.shell_stiffness, &(nixe_columns){&u, &row, 0}));
        double *column = calloc((size_t)size, sizeof *column);
        fixture_bond *bond = calloc((size_t)lattice.bonds, sizeof *bond);
        double *force = calloc((size_t)(size + lattice.bonds), sizeof *force), *tension = force + size;
        const int bonds = fixture_bonds(&lattice, s->plain.shell_stiffness, bond);
        for (int r = 0; r < lattice.symmetry.orbits; r++) {
            nixe_columns_unfold(&blocks, u.memory, r, column);
            const int site = lattice.symmetry.representative[r];
            for (int b = 0; b < bonds; b++)
                tension[b] =
                    fixture_stretch(&bond[b], d, column) - 0.5 * bond[b].r * ((bond[b].i == site) + (bond[b].j == site));
            fixture_forces(bond, bonds, lattice.sites, d, tension, force);
            for (int x = 0; x < size; x++) assert_close(force[x], 0, 1e-12);
            for (int p = 0; p < d; p++) {
                double shift = 0, turn = 0;
                for (int i = 0; i < lattice.sites; i++) {
                    double at[3];
                    for (int k = 0; k < d; k++) at[k] = lattice.position[i * d + k] - lattice.centroid[k];
                    shift += column[i * d + p];
                    turn += at[p] * column[i * d + (p + 1) % d] - at[(p + 1) % d] * column[i * d + p];
                }
                assert_close(shift, 0, 1e-12);
                assert_close(turn, 0, 1e-12);
            }
        }
        free(force);
        free(column);
        nixe_blocks_destroy(&blocks);
        free(bond);
        nixe_shared_destroy(&u);
        nixe_lattice_destroy(&lattice);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rigid_crystals),
        cmocka_unit_test(a_cube_without_diagonals_is_refused),
        cmocka_unit_test(a_dangling_site_is_refused),
        cmocka_unit_test(displacements_of_single_sites),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
