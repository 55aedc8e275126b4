/* Adapted: the bases of all kinds of groups: displacements by a table are those of a dense solution of springs, which knows
 * nothing of symmetry; representations are such; and how small tables are. */
#include "nixe/elasticity/adapted.h"

#include <petscsys.h>

#include <petscblaslapack.h> /* needs petscsys.h before it */

#include "unit/crystal.h"

#define PLAIN .faces = "", .single_faces = ""

#define SOLID(on, planes) \
    { .type = on, .shape = NIXE_POLYHEDRON, .faces = "", .single_faces = planes }

/* Crystals with the number of operations that divide a table: of groups of all kinds, those whose representations are not all
 * real among them, of which the mirrors are left. */
static const struct {
    nixe_recipe recipe;
    double shell_stiffness;
    int operations;
} crystals[] = {
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 5, PLAIN}, 1, 12},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 3, .shell_layers = 2, PLAIN}, 7, 12},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_DISC, .radius = 3.6, .center = {0.25, 0.1, 0}, PLAIN}, 1, 1},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_BOX, .cells = {4, 7}, .periodic = {0, 1}, PLAIN}, 1, 2},
    {{.type = NIXE_SQUARE, .shape = NIXE_DISC, .radius = 5, PLAIN}, 1, 8},
    {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 5, PLAIN}, 1, 48},
    {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 4, .shell_layers = 1, PLAIN}, 0.4, 48},
    {{.type = NIXE_SC, .shape = NIXE_BOX, .cells = {3, 4, 4}, PLAIN}, 1, 16},
    {{.type = NIXE_SC, .shape = NIXE_BOX, .cells = {3, 4, 5}, PLAIN}, 1, 8},
    {{.type = NIXE_SC, .shape = NIXE_BOX, .cells = {3, 3, 4}, .periodic = {0, 0, 1}, PLAIN}, 1, 16},
    {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "111:2.5,100:2.2", .single_faces = ""}, 1, 48},
    {SOLID(NIXE_FCC, "111:1.7,-1-11:1.7,-11-1:1.7,1-1-1:1.7"), 1, 24},
    {{.type = NIXE_BCC, .shape = NIXE_BOX, .cells = {4, 3, 2}, .periodic = {1, 1, 0}, PLAIN}, 1, 4},
    {{.type = NIXE_FCC, .shape = NIXE_SPHERE, .radius = 2.2, .center = {0.1, 0.2, 0.3}, PLAIN}, 1, 2},
    {{.type = NIXE_SC, .shape = NIXE_SPHERE, .radius = 2.8, .center = {0.1, 0.27, 0.42}, PLAIN}, 1, 1},
    {{.type = NIXE_BCC, .shape = NIXE_SPHERE, .radius = 2.5, .center = {0.3, 0, 0}, PLAIN}, 1, 8},
    {{.type = NIXE_HCP, .shape = NIXE_SPHERE, .radius = 3, PLAIN}, 1, 12},
    {{.type = NIXE_HCP, .shape = NIXE_ROD, .radius = 2.1, .length = 5, .axis = {0, 0, 1}, PLAIN}, 1, 12},
    {SOLID(NIXE_SC, "100:2,010:2,001:2,-100:2,0-10:2,00-1:2,111:2.4,-1-1-1:2.4"), 1, 12}, /* a threefold axis aslant */
    {SOLID(NIXE_SC, "210:2.6,-120:2.6,-2-10:2.6,1-20:2.6,001:1.6,00-1:1.6"), 1, 4},       /* fourfold, of one hand */
    {SOLID(NIXE_SC, "210:1.5,021:1.5,102:1.5,-1-1-1:1.6"), 1, 1},                         /* threefold, of one hand */
    {SOLID(NIXE_SC,
           "210:2.1,2-10:2.1,-210:2.1,-2-10:2.1,021:2.1,02-1:2.1,0-21:2.1,0-2-1:2.1,102:2.1,-102:2.1,10-2:2.1,-10-2:2.1"),
     1, 8}, /* a pyritohedron */
};
enum { CRYSTALS = sizeof crystals / sizeof *crystals };

static void create(int number, nixe_lattice *lattice) {
    static const double stiffness[] = {1, 0.7}, mismatch[] = {1, 1.3};
    assert_ok(nixe_lattice_create(lattice, &crystals[number].recipe));
    for (int c = 0; c < lattice->classes; c++) {
        lattice->bond_class[c].stiffness = stiffness[c];
        lattice->bond_class[c].mismatch = mismatch[c];
    }
}

/* D of springs, made regular by the rigid motions, and the forces of s in one column. */
static void set_springs(const nixe_lattice *lattice, double shell_stiffness, const double *s, double *D, double *force) {
    const int n = lattice->sites, d = lattice->dimension, size = n * d;
    fixture_bond *bond = calloc((size_t)lattice->bonds, sizeof *bond);
    const int bonds = fixture_bonds(lattice, shell_stiffness, bond);
    for (int b = 0; b < bonds; b++)
        for (int k = 0; k < d; k++) {
            const double pull = bond[b].k * bond[b].alpha[k];
            const int i = bond[b].i * d, j = bond[b].j * d;
            force[j + k] += pull * bond[b].r * 0.5 * (s[bond[b].i] + s[bond[b].j]);
            force[i + k] -= pull * bond[b].r * 0.5 * (s[bond[b].i] + s[bond[b].j]);
            for (int l = 0; l < d; l++) {
                const double stiffness = pull * bond[b].alpha[l];
                D[(i + k) * size + i + l] += stiffness;
                D[(j + k) * size + j + l] += stiffness;
                D[(i + k) * size + j + l] -= stiffness;
                D[(j + k) * size + i + l] -= stiffness;
            }
        }
    for (int p = 0; p < d; p++) { /* shifts, and turns about the centroid in the plane of axes p and p + 1 */
        const int q = (p + 1) % d;
        double *shift = calloc((size_t)(2 * size), sizeof *shift), *turn = shift + size;
        for (int i = 0; i < n; i++) {
            shift[i * d + p] = 1;
            turn[i * d + q] = lattice->position[i * d + p] - lattice->centroid[p];
            turn[i * d + p] = lattice->centroid[q] - lattice->position[i * d + q];
        }
        for (int x = 0; x < size; x++)
            for (int y = 0; y < size; y++) D[x * size + y] += (shift[x] * shift[y] + turn[x] * turn[y]) / n;
        free(shift);
    }
    free(bond);
}

/* The table against a solution that knows nothing of symmetry, blocks or tables. */
static void check_springs(const nixe_lattice *lattice, double shell_stiffness) {
    nixe_tables elastic;
    nixe_displacement displacement;
    uint64_t random = 3;
    double most = 0;
    const PetscBLASInt size = lattice->sites * lattice->dimension, one = 1;
    PetscBLASInt info = 0;
    double *D = calloc((size_t)(size * size), sizeof *D), *u = calloc((size_t)size, sizeof *u);
    double *s = calloc((size_t)lattice->sites, sizeof *s);
    int8_t *sigma = calloc((size_t)lattice->sites, 1);
    fixture_sigma(&random, 0.3, lattice->sites, sigma);
    assert_ok(nixe_tables_create(&fixture_parallel, lattice, shell_stiffness, 0, NIXE_RESPONSE_TABLE, &elastic));
    assert_ok(nixe_displacement_create(&displacement, lattice, &elastic.response));
    assert_ok(nixe_displacement_solve(&displacement, sigma, 1));
    for (int i = 0; i < lattice->sites; i++) s[i] = displacement.s[i * NIXE_CHUNK];
    set_springs(lattice, shell_stiffness, s, D, u);
    LAPACKpotrf_("L", &size, D, &size, &info);
    assert_int_equal(info, 0);
    LAPACKpotrs_("L", &size, &one, D, &size, u, &size, &info);
    for (int x = 0; x < size; x++) {
        assert_close(displacement.u[x * NIXE_CHUNK], u[x], 1e-11);
        most = fmax(most, fabs(u[x]));
    }
    assert_true(most > 0.1);
    free(D);
    free(u);
    free(s);
    free(sigma);
    nixe_displacement_destroy(&displacement);
    nixe_tables_destroy(&elastic);
}

/* Crystals with periods, whose strains are unknowns, too: test_displacement.c. */
static void the_table_gives_what_springs_do(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        create(c, &lattice);
        if (!lattice.periods) check_springs(&lattice, crystals[c].shell_stiffness);
        nixe_lattice_destroy(&lattice);
    }
}

/* d N^2 numbers are divided by the operations, but for the sites that some of these leave where they are. */
static void how_small_tables_are(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        nixe_group group;
        assert_ok(nixe_lattice_create(&lattice, &crystals[c].recipe));
        nixe_group_create(&group, &lattice);
        if (group.elements != crystals[c].operations) print_error("crystal %d\n", c);
        assert_int_equal(group.elements, crystals[c].operations);
        const double least = (double)lattice.dimension * lattice.sites * lattice.sites / group.elements;
        const double count = (double)nixe_response_count(&lattice, NIXE_RESPONSE_TABLE) - lattice.strains * lattice.sites;
        assert_true(count >= least - 0.5 && count < 1.5 * least);
        assert_true(group.elements > 1 || count == least);
        nixe_lattice_destroy(&lattice);
    }
}

/* The element that does what g does after h, by what they make of all sites. */
static int find_product(const nixe_lattice *lattice, const nixe_group *group, int g, int h) {
    const long n = lattice->sites;
    const int32_t *first = lattice->symmetry.image + group->operation[h] * n;
    const int32_t *second = lattice->symmetry.image + group->operation[g] * n;
    for (int both = 0; both < group->elements; both++) {
        const int32_t *image = lattice->symmetry.image + group->operation[both] * n;
        int site = 0;
        while (site < n && image[site] == second[first[site]]) site++;
        if (site == n) return both;
    }
    fail();
    return -1;
}

/* D(g h) = D(g) D(h), orthogonal, as many as there are, and mirrors diagonal with the signs of their characters. */
static void representations(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        nixe_group group;
        int squares = 0;
        assert_ok(nixe_lattice_create(&lattice, &crystals[c].recipe));
        nixe_group_create(&group, &lattice);
        assert_int_equal(group.operation[0], 0);
        for (int k = 0; k < group.count; k++) {
            const nixe_representation *r = &group.representation[k];
            const int rows = r->rows;
            squares += rows * rows;
            for (int g = 0; g < group.elements; g++)
                for (int h = 0; h < group.elements; h++) {
                    const int both = find_product(&lattice, &group, g, h);
                    for (int x = 0; x < rows * rows; x++) {
                        double product = 0;
                        for (int l = 0; l < rows; l++)
                            product += r->matrix[g][x / rows * rows + l] * r->matrix[h][l * rows + x % rows];
                        assert_close(product, r->matrix[both][x], 1e-12);
                        if (both == 0) assert_close(r->matrix[h][x], r->matrix[g][x % rows * rows + x / rows], 1e-12);
                    }
                }
            for (int g = 0; g < group.elements; g++)
                for (int e = 0; e < lattice.symmetry.mirrors; e++)
                    for (int x = 0; x < rows * rows && group.operation[g] == lattice.symmetry.mirror[e]; x++)
                        assert_close(r->matrix[g][x], x % (rows + 1) ? 0 : nixe_symmetry_character(r->block[x / rows], e),
                                     1e-12);
        }
        assert_int_equal(squares, group.elements);
        nixe_lattice_destroy(&lattice);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_gives_what_springs_do),
        cmocka_unit_test(how_small_tables_are),
        cmocka_unit_test(representations),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
