/* Response: displacements are the same by a table and by factors of D; which blocks are alike; where which of both is taken;
 * and how large factors are. */
#include "nixe/elasticity/response.h"

#include "nixe/elasticity/factor.h"
#include "nixe/elasticity/strain.h"
#include "unit/crystal.h"

#define PLAIN .faces = "", .single_faces = ""

/* Crystals with the number of blocks that differ. */
static const struct {
    nixe_recipe recipe;
    double shell_stiffness;
    int blocks, factors;
} crystals[] = {
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 5, PLAIN}, 1, 4, 4},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 3, .shell_layers = 2, PLAIN}, 7, 4, 4},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_DISC, .radius = 3.6, .center = {0.25, 0.1, 0}, PLAIN}, 1, 1, 1},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_BOX, .cells = {4, 7}, .periodic = {0, 1}, PLAIN}, 1, 1, 1},
    {{.type = NIXE_SQUARE, .shape = NIXE_DISC, .radius = 5, PLAIN}, 1, 4, 3},
    {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 5, PLAIN}, 1, 8, 4},
    {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 4, .shell_layers = 1, PLAIN}, 0.4, 8, 4},
    {{.type = NIXE_SC, .shape = NIXE_BOX, .cells = {3, 4, 4}, PLAIN}, 1, 8, 6},
    {{.type = NIXE_SC, .shape = NIXE_BOX, .cells = {3, 4, 5}, PLAIN}, 1, 8, 8},
    {{.type = NIXE_SC, .shape = NIXE_BOX, .cells = {3, 3, 4}, .periodic = {0, 0, 1}, PLAIN}, 1, 1, 1},
    {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "111:2.5,100:2.2", .single_faces = ""}, 1, 8, 4},
    {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "", .single_faces = "111:1.7,-1-11:1.7,-11-1:1.7,1-1-1:1.7"},
     1,
     4,
     2},
    {{.type = NIXE_BCC, .shape = NIXE_BOX, .cells = {4, 3, 2}, .periodic = {1, 1, 0}, PLAIN}, 1, 1, 1},
    {{.type = NIXE_FCC, .shape = NIXE_SPHERE, .radius = 2.2, .center = {0.1, 0.2, 0.3}, PLAIN}, 1, 1, 1},
    {{.type = NIXE_BCC, .shape = NIXE_SPHERE, .radius = 2.5, .center = {0.3, 0, 0}, PLAIN}, 1, 4, 3},
    {{.type = NIXE_HCP, .shape = NIXE_SPHERE, .radius = 3, PLAIN}, 1, 4, 4},
};
enum { CRYSTALS = sizeof crystals / sizeof *crystals };

/* A crystal whose classes of bonds differ, and what its displacements follow from. */
static void create(int number, nixe_response_form form, nixe_lattice *lattice, nixe_tables *elastic) {
    static const double stiffness[] = {1, 0.7}, mismatch[] = {1, 1.3};
    assert_ok(nixe_lattice_create(lattice, &crystals[number].recipe));
    for (int c = 0; c < lattice->classes; c++) {
        lattice->bond_class[c].stiffness = stiffness[c];
        lattice->bond_class[c].mismatch = mismatch[c];
    }
    assert_ok(nixe_tables_create(&fixture_parallel, lattice, crystals[number].shell_stiffness, 0, form, elastic));
    assert_ok(nixe_tables_factor(&fixture_parallel, lattice, crystals[number].shell_stiffness, form, elastic));
    assert_true((elastic->response.table != NULL) == (form == NIXE_RESPONSE_TABLE));
    assert_true((elastic->response.factors != NULL) == (form != NIXE_RESPONSE_TABLE));
}

static void factors_give_what_the_table_gives(void **state) {
    (void)state;
    enum { COUNT = 19, WAYS = 2 };
    static const nixe_response_form form[WAYS] = {NIXE_RESPONSE_TABLE, NIXE_RESPONSE_FACTORS};
    uint64_t random = 1;
    double strained = 0;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice[WAYS];
        nixe_tables elastic[WAYS];
        nixe_displacement displacement[WAYS];
        nixe_strain strain[WAYS];
        double *area[WAYS], most = 0;
        int8_t *sigma = NULL;
        for (int by = 0; by < WAYS; by++) {
            create(c, form[by], &lattice[by], &elastic[by]);
            const int n = lattice[by].sites;
            if (!by) sigma = calloc((size_t)(COUNT * n), 1);
            for (int w = 0; w < COUNT && !by; w++) fixture_sigma(&random, (w + 0.5) / COUNT, n, sigma + w * n);
            area[by] = calloc((size_t)(n * NIXE_CONFIGURATIONS), sizeof(double));
            assert_ok(nixe_displacement_create(&displacement[by], &lattice[by], &elastic[by].response));
            assert_ok(nixe_displacement_solve(&displacement[by], sigma, COUNT));
            nixe_strain_measure(&displacement[by], crystals[c].shell_stiffness, 0.1, area[by], &strain[by]);
        }
        const long numbers = nixe_lattice_freedoms(lattice) * displacement[0].width;
        for (long x = 0; x < numbers; x++) {
            for (int by = 1; by < WAYS; by++) assert_close(displacement[by].u[x], displacement[0].u[x], 1e-10);
            most = fmax(most, fabs(displacement[0].u[x]));
        }
        assert_true(most > 0.1);
        for (long x = (long)lattice->sites * lattice->dimension; x < nixe_lattice_freedoms(lattice); x++)
            for (int w = 0; w < NIXE_CHUNK; w++) strained = fmax(strained, fabs(displacement[0].u[x * NIXE_CHUNK + w]));
        for (int w = 0; w < COUNT; w++)
            for (int by = 1; by < WAYS; by++) {
                assert_close_relative(strain[by].elastic_energy[w], strain[0].elastic_energy[w], 1e-10);
                if (lattice->averaged_sites == 0) continue;
                assert_close(strain[by].area_mean[w], strain[0].area_mean[w], 1e-10);
                assert_close(strain[by].area_rms[w], strain[0].area_rms[w], 1e-10);
            }
        for (int by = 0; by < WAYS; by++) {
            nixe_displacement_destroy(&displacement[by]);
            nixe_tables_destroy(&elastic[by]);
            nixe_lattice_destroy(&lattice[by]);
            free(area[by]);
        }
        free(sigma);
    }
    assert_true(strained > 1e-3);
}

/* However many are solved at once, and whatever the others are; twice the same gives the same bits. */
static void one_by_one_and_again(void **state) {
    (void)state;
    enum { CUBE = 5, COUNT = 11 };
    uint64_t random = 2;
    nixe_lattice lattice;
    nixe_tables elastic;
    nixe_displacement stack, again;
    create(CUBE, NIXE_RESPONSE_FACTORS, &lattice, &elastic);
    const int n = lattice.sites, freedoms = n * lattice.dimension;
    int8_t *sigma = calloc((size_t)(COUNT * n), 1);
    for (int w = 0; w < COUNT; w++) fixture_sigma(&random, 0.5, n, sigma + w * n);
    assert_ok(nixe_displacement_create(&stack, &lattice, &elastic.response));
    assert_ok(nixe_displacement_create(&again, &lattice, &elastic.response));
    assert_ok(nixe_displacement_solve(&stack, sigma, COUNT));
    assert_ok(nixe_displacement_solve(&again, sigma, COUNT));
    assert_memory_equal(stack.u, again.u, (size_t)(freedoms * stack.width) * sizeof *stack.u);
    for (int w = 0; w < COUNT; w++) {
        assert_ok(nixe_displacement_solve(&again, sigma + w * n, 1));
        for (int x = 0; x < freedoms; x++)
            assert_close(stack.u[(w / NIXE_CHUNK * freedoms + x) * NIXE_CHUNK + w % NIXE_CHUNK], again.u[x * NIXE_CHUNK],
                         1e-13);
    }
    for (int x = 0; x < freedoms; x++) assert_close(again.u[x * NIXE_CHUNK + 1], 0, 0); /* beyond what there is */
    free(sigma);
    nixe_displacement_destroy(&stack);
    nixe_displacement_destroy(&again);
    nixe_tables_destroy(&elastic);
    nixe_lattice_destroy(&lattice);
}

/* The scratch serves another stiffness of the shell when the first is gone, as mc has it. */
static void another_stiffness(void **state) {
    (void)state;
    enum { SHELL = 6 };
    nixe_lattice lattice;
    nixe_tables soft, hard;
    nixe_displacement displacement;
    double energy[2];
    create(SHELL, NIXE_RESPONSE_FACTORS, &lattice, &soft);
    assert_ok(nixe_tables_create(&fixture_parallel, &lattice, 9, 0, NIXE_RESPONSE_FACTORS, &hard));
    assert_ok(nixe_tables_factor(&fixture_parallel, &lattice, 9, NIXE_RESPONSE_FACTORS, &hard));
    int8_t *sigma = calloc((size_t)lattice.sites, 1);
    double *area = calloc((size_t)(lattice.sites * NIXE_CONFIGURATIONS), sizeof *area);
    memset(sigma, -1, (size_t)lattice.sites);
    for (int i = 0; i < lattice.sites; i++)
        if (lattice.layer[i] == 0 && i % 3) sigma[i] = 1;
    assert_ok(nixe_displacement_create(&displacement, &lattice, &soft.response));
    for (int k = 0; k < 2; k++) {
        nixe_strain strain;
        assert_ok(nixe_displacement_solve(&displacement, sigma, 1));
        nixe_strain_measure(&displacement, k ? 9 : crystals[SHELL].shell_stiffness, 0.1, area, &strain);
        energy[k] = fixture_elastic_energy(&lattice, k ? 9 : crystals[SHELL].shell_stiffness, sigma);
        assert_close_relative(strain.elastic_energy[0], energy[k], 1e-10);
        if (k == 0) nixe_tables_destroy(&soft);
        displacement.response = &hard.response;
    }
    assert_true(energy[1] > 1.1 * energy[0]);
    free(sigma);
    free(area);
    nixe_displacement_destroy(&displacement);
    nixe_tables_destroy(&hard);
    nixe_lattice_destroy(&lattice);
}

static void blocks_that_are_alike(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        assert_ok(nixe_lattice_create(&lattice, &crystals[c].recipe));
        if (nixe_response_factors(&lattice) != crystals[c].factors) print_error("crystal %d\n", c);
        assert_int_equal(nixe_blocks_count(&lattice), crystals[c].blocks);
        assert_int_equal(nixe_response_factors(&lattice), crystals[c].factors);
        nixe_lattice_destroy(&lattice);
    }
}

/* By the crystal alone: on both sides of a table of 128 MiB, 3 N^2 numbers of 8 bytes / 48 in a cube, 3 N^2 without symmetry.
 */
static void the_choice(void **state) {
    (void)state;
    static const struct {
        nixe_recipe recipe;
        nixe_response_form form;
    } cases[] = {
        {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 24, PLAIN}, NIXE_RESPONSE_TABLE},
        {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 57, PLAIN}, NIXE_RESPONSE_TABLE},
        {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 60, PLAIN}, NIXE_RESPONSE_FACTORS},
        {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 12, PLAIN}, NIXE_RESPONSE_TABLE},
        {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 25, PLAIN}, NIXE_RESPONSE_TABLE},
        {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 26, PLAIN}, NIXE_RESPONSE_FACTORS},
        {{.type = NIXE_SC, .shape = NIXE_SPHERE, .radius = 8, .center = {0.1, 0.2, 0.3}, PLAIN}, NIXE_RESPONSE_TABLE},
        {{.type = NIXE_SC, .shape = NIXE_SPHERE, .radius = 8.6, .center = {0.1, 0.2, 0.3}, PLAIN}, NIXE_RESPONSE_FACTORS},
        {{.type = NIXE_TRIANGULAR, .shape = NIXE_BOX, .cells = {160, 160}, .periodic = {1, 1}, PLAIN}, NIXE_RESPONSE_TABLE},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        nixe_lattice lattice;
        assert_ok(nixe_lattice_create(&lattice, &cases[c].recipe));
        const int by_factors = cases[c].form != NIXE_RESPONSE_TABLE;
        if (nixe_response_choose(&lattice) != cases[c].form) print_error("crystal %zu, %d sites\n", c, lattice.sites);
        assert_int_equal(nixe_response_choose(&lattice), cases[c].form);
        assert_true((nixe_response_count(&lattice, NIXE_RESPONSE_CHOSEN) == 0) == by_factors);
        assert_true((nixe_response_bytes(&lattice, NIXE_RESPONSE_CHOSEN) > 0) == !lattice.torus.sites);
        const long long factors = nixe_response_count_factors(&lattice, NIXE_RESPONSE_CHOSEN);
        assert_true((factors > 0) == by_factors);
        assert_int_equal(nixe_tables_count(&lattice, 0, NIXE_RESPONSE_CHOSEN),
                         nixe_response_count(&lattice, NIXE_RESPONSE_CHOSEN));
        const long long making = nixe_tables_count_factors(&lattice, NIXE_RESPONSE_CHOSEN);
        assert_true(by_factors ? making > factors && making <= 2 * factors : making == 0);
        if (by_factors) assert_true(8 * factors < 1 << 28);
        nixe_lattice_destroy(&lattice);
    }
}

/* A factor is as large as is said before it is there, and not far from that. Other solvers than MUMPS order D in other ways. */
static void the_size_of_a_factor(void **state) {
    (void)state;
    static const nixe_recipe large[] = {
        {.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 16, PLAIN},
        {.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 50, PLAIN},
        {.type = NIXE_FCC, .shape = NIXE_SPHERE, .radius = 6, .center = {0.1, 0.2, 0.3}, PLAIN},
    };
    for (size_t k = 0; k < sizeof large / sizeof *large; k++) {
        nixe_lattice lattice;
        nixe_blocks blocks;
        assert_ok(nixe_lattice_create(&lattice, &large[k]));
        assert_ok(nixe_blocks_create(&blocks, &lattice, 0));
        const double told = nixe_factor_numbers(&lattice);
        for (int c = 0; c < blocks.blocks; c++) {
            nixe_factor factor;
            MatInfo info;
            assert_ok(nixe_factor_create(&factor, &blocks, 1, c));
            assert_int_equal(MatGetInfo(factor.factor, MAT_LOCAL, &info), 0);
            assert_true(info.nz_used > told / 5);
            if (!strcmp(nixe_factor_solver().type, MATSOLVERMUMPS)) assert_true(info.nz_used < told);
            assert_ok(nixe_factor_destroy(&factor));
        }
        nixe_blocks_destroy(&blocks);
        nixe_lattice_destroy(&lattice);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factors_give_what_the_table_gives),
        cmocka_unit_test(one_by_one_and_again),
        cmocka_unit_test(another_stiffness),
        cmocka_unit_test(blocks_that_are_alike),
        cmocka_unit_test(the_choice),
        cmocka_unit_test(the_size_of_a_factor),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
