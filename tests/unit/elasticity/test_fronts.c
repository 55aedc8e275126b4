/* Fronts: a factor that a node shares gives the columns that a factor of each rank gives, with the same bits on any number of
 * ranks: this runs on several, too. */
#include "nixe/elasticity/fronts.h"

#include "nixe/elasticity/columns.h"
#include "nixe/elasticity/factor.h"
#include "nixe/elasticity/stiffness.h"
#include "unit/crystal.h"

#define PLAIN .faces = "", .single_faces = ""

/* With and without mirrors, periods, and shells; parts that are cut many times. */
static const nixe_recipe recipes[] = {
    {.type = NIXE_SC, .shape = NIXE_SPHERE, .radius = 6.5, .center = {0.1, 0.2, 0.3}, PLAIN},
    {.type = NIXE_FCC, .shape = NIXE_SPHERE, .radius = 3.7, .shell_layers = 1, .center = {0.1, 0.2, 0.3}, PLAIN},
    {.type = NIXE_HCP, .shape = NIXE_SPHERE, .radius = 4, PLAIN},
    {.type = NIXE_BCC, .shape = NIXE_BOX, .cells = {6, 5, 4}, .periodic = {1, 1, 0}, PLAIN},
    {.type = NIXE_SC, .shape = NIXE_BOX, .cells = {3, 3, 30}, .periodic = {0, 0, 1}, PLAIN},
    {.type = NIXE_TRIANGULAR, .shape = NIXE_DISC, .radius = 9.6, .center = {0.25, 0.1, 0}, PLAIN},
    {.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 9, PLAIN},
    {.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 7, PLAIN},
    {.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 2, PLAIN},
};
enum { RECIPES = sizeof recipes / sizeof *recipes };

/* A crystal whose classes of bonds differ. */
static void create(nixe_lattice *lattice, nixe_blocks *blocks, const nixe_recipe *recipe) {
    assert_ok(nixe_lattice_create(lattice, recipe));
    for (int c = 1; c < lattice->classes; c++) {
        lattice->bond_class[c].stiffness = 0.7;
        lattice->bond_class[c].mismatch = 1.3;
    }
    assert_ok(nixe_blocks_create(blocks, lattice, 0));
}

static void destroy(nixe_lattice *lattice, nixe_blocks *blocks) {
    nixe_blocks_destroy(blocks);
    nixe_lattice_destroy(lattice);
}

/* Displacements and rows by these ranks; how many there are of each follows. */
typedef struct {
    nixe_shared displacement, row;
    long displacements, rows;
} solved;

static void solve(const nixe_parallel *parallel, const nixe_blocks *blocks, int is_shared, solved *s) {
    const long orbits = blocks->lattice->symmetry.orbits;
    s->displacements = orbits * blocks->blocks * blocks->size;
    s->rows = orbits * blocks->blocks * blocks->sites;
    assert_ok(nixe_shared_create(parallel, s->displacements, "u", &s->displacement));
    assert_ok(nixe_shared_create(parallel, s->rows, "rows", &s->row));
    assert_ok(nixe_columns_solve(parallel, blocks, 3, &(nixe_columns){&s->displacement, &s->row, is_shared}));
}

static void forget(solved *s) {
    nixe_shared_destroy(&s->displacement);
    nixe_shared_destroy(&s->row);
}

static void near(const double *one, const double *other, long count) {
    double most = 0, apart = 0;
    for (long x = 0; x < count; x++) {
        most = fmax(most, fabs(other[x]));
        apart = fmax(apart, fabs(one[x] - other[x]));
    }
    assert_true(most > 0.01);
    assert_close(apart, 0, 1e-11 * most);
}

static void columns_of_both(void **state) {
    (void)state;
    for (int k = 0; k < RECIPES; k++) {
        nixe_lattice lattice;
        nixe_blocks blocks;
        solved own, shared;
        create(&lattice, &blocks, &recipes[k]);
        solve(&fixture_parallel, &blocks, 0, &own);
        solve(&fixture_parallel, &blocks, 1, &shared);
        near(shared.displacement.memory, own.displacement.memory, own.displacements);
        near(shared.row.memory, own.row.memory, own.rows);
        forget(&own);
        forget(&shared);
        destroy(&lattice, &blocks);
    }
}

/* Of 1, 2, ... of the ranks that there are. */
static void bits_of_any_number_of_ranks(void **state) {
    (void)state;
    for (int k = 0; k < RECIPES; k++) {
        nixe_lattice lattice;
        nixe_blocks blocks;
        nixe_parallel alone;
        solved one;
        create(&lattice, &blocks, &recipes[k]);
        assert_ok(nixe_parallel_create(&alone, MPI_COMM_SELF));
        solve(&alone, &blocks, 1, &one);
        for (int ranks = 1; ranks <= fixture_parallel.size; ranks++) {
            nixe_parallel some;
            MPI_Comm comm;
            solved several;
            MPI_Comm_split(MPI_COMM_WORLD, fixture_parallel.rank < ranks, 0, &comm); /* the others do it, too */
            assert_ok(nixe_parallel_create(&some, comm));
            solve(&some, &blocks, 1, &several);
            assert_memory_equal(several.displacement.memory, one.displacement.memory,
                                (size_t)one.displacements * sizeof(double));
            assert_memory_equal(several.row.memory, one.row.memory, (size_t)one.rows * sizeof(double));
            forget(&several);
            nixe_parallel_destroy(&some);
            MPI_Comm_free(&comm);
        }
        forget(&one);
        nixe_parallel_destroy(&alone);
        destroy(&lattice, &blocks);
    }
}

/* Every freedom has a place of its own; D has no entry between parts of which neither cuts the other off. */
static void the_order_of_elimination(void **state) {
    (void)state;
    for (int k = 0; k < RECIPES; k++) {
        nixe_lattice lattice;
        nixe_blocks blocks;
        nixe_dissection tree;
        Mat D;
        create(&lattice, &blocks, &recipes[k]);
        assert_ok(nixe_dissection_create(&tree, &blocks));
        assert_ok(nixe_stiffness_assemble(&blocks, 1, 0, &D));
        assert_int_equal(tree.first[tree.parts], blocks.size);
        assert_int_equal(nixe_dissection_outside(&tree, tree.parts - 1), 0);
        for (int t = 0; t < tree.parts; t++)
            for (int p = tree.first[t]; p < tree.first[t + 1]; p++) {
                PetscInt entries;
                const PetscInt *freedom;
                assert_int_equal(tree.place[tree.freedom[p]], p);
                assert_int_equal(MatGetRow(D, tree.freedom[p], &entries, &freedom, NULL), 0);
                for (PetscInt e = 0; e < entries; e++) {
                    const int32_t q = tree.place[freedom[e]];
                    int64_t at = tree.begin[t];
                    while (at < tree.begin[t + 1] && tree.border[at] != q) at++;
                    assert_true(q < tree.first[t + 1] || at < tree.begin[t + 1]);
                }
                assert_int_equal(MatRestoreRow(D, tree.freedom[p], &entries, &freedom, NULL), 0);
            }
        assert_int_equal(MatDestroy(&D), 0);
        nixe_dissection_destroy(&tree);
        destroy(&lattice, &blocks);
    }
}

/* A shared factor is not larger than is said before it is there, and not far from that; so is what it takes while it is made.
 */
static void the_size_of_a_shared_factor(void **state) {
    (void)state;
    static const nixe_recipe large[] = {
        {.type = NIXE_SC, .shape = NIXE_SPHERE, .radius = 12.5, .center = {0.1, 0.2, 0.3}, PLAIN},
        {.type = NIXE_FCC, .shape = NIXE_SPHERE, .radius = 8.5, .center = {0.1, 0.2, 0.3}, PLAIN},
        {.type = NIXE_BCC, .shape = NIXE_SPHERE, .radius = 11, .center = {0.1, 0.2, 0.3}, PLAIN},
        {.type = NIXE_TRIANGULAR, .shape = NIXE_DISC, .radius = 60, .center = {0.25, 0.1, 0}, PLAIN},
    };
    for (size_t k = 0; k < sizeof large / sizeof *large; k++) {
        nixe_lattice lattice;
        nixe_blocks blocks;
        nixe_dissection tree;
        double numbers = 0, depth[64] = {0};
        create(&lattice, &blocks, &large[k]);
        assert_ok(nixe_dissection_create(&tree, &blocks));
        for (int t = 0; t < tree.parts; t++) {
            const double own = nixe_dissection_own(&tree, t), outside = nixe_dissection_outside(&tree, t);
            numbers += own * (own + outside);
            depth[tree.depth[t]] += outside * outside;
        }
        const double told = nixe_factor_numbers(&lattice), making = numbers + fmax(depth[1], depth[3]) + depth[2];
        if (numbers > told || making > 2 * told) print_error("%zu: %g, %g making, %g told\n", k, numbers, making, told);
        assert_true(numbers < told && numbers > told / 5);
        assert_true(making < 2 * told);
        nixe_dissection_destroy(&tree);
        destroy(&lattice, &blocks);
    }
}

/* Which crystals: not those of the paper, nor large cubes; by the crystal alone. */
static void who_shares(void **state) {
    (void)state;
    static const struct {
        nixe_recipe recipe;
        int shares;
    } cases[] = {
        {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 75, PLAIN}, 0},
        {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 12, PLAIN}, 0},
        {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 46, PLAIN}, 0},
        {{.type = NIXE_SC, .shape = NIXE_SPHERE, .radius = 11, .center = {0.1, 0.2, 0.3}, PLAIN}, 0},
        {{.type = NIXE_SC, .shape = NIXE_SPHERE, .radius = 13, .center = {0.1, 0.2, 0.3}, PLAIN}, 1},
        {{.type = NIXE_SC, .shape = NIXE_SPHERE, .radius = 13, .center = {0.1, 0, 0}, PLAIN}, 0}, /* four blocks */
        {{.type = NIXE_SC, .shape = NIXE_BOX, .cells = {22, 22, 22}, .periodic = {1, 1, 1}, PLAIN}, 0},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        nixe_lattice lattice;
        assert_ok(nixe_lattice_create(&lattice, &cases[c].recipe));
        if (nixe_factor_is_shared(&lattice) != cases[c].shares) print_error("crystal %zu, %d sites\n", c, lattice.sites);
        assert_int_equal(nixe_factor_is_shared(&lattice), cases[c].shares);
        assert_true((nixe_factor_node_numbers(&lattice) > 0) == cases[c].shares);
        nixe_lattice_destroy(&lattice);
    }
}

/* What cannot be factored is a failure that all ranks know. */
static void not_positive(void **state) {
    (void)state;
    nixe_lattice lattice;
    nixe_blocks blocks;
    nixe_fronts fronts;
    Mat D;
    create(&lattice, &blocks, &recipes[0]);
    assert_ok(nixe_stiffness_assemble(&blocks, 1, 0, &D));
    assert_int_equal(MatShift(D, -0.5), 0);
    assert_int_equal(nixe_fronts_create(&fronts, &fixture_parallel, &blocks, D), NIXE_FAILED);
    assert_string_equal(nixe_status_message(), "the stiffness matrix could not be factored: it is not positive");
    nixe_status_clear();
    assert_int_equal(MatDestroy(&D), 0);
    destroy(&lattice, &blocks);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_of_both),
        cmocka_unit_test(bits_of_any_number_of_ranks),
        cmocka_unit_test(the_order_of_elimination),
        cmocka_unit_test(the_size_of_a_shared_factor),
        cmocka_unit_test(who_shares),
        cmocka_unit_test(not_positive),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
