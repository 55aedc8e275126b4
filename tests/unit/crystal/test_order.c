/* Order: unlike pairs and depth profiles of random configurations, from positions, layers and depths alone. */
#include "nixe/crystal/order.h"

#include "unit/fixture.h"

static const nixe_recipe crystals[] = {
    {.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 4, .shell_layers = 1},
    {.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 7}, /* more sites and bonds than a byte counts */
    {.type = NIXE_SQUARE, .shape = NIXE_DISC, .radius = 3.5, .shell_layers = 1},
    {.type = NIXE_FCC, .shape = NIXE_SPHERE, .radius = 2.1},
    {.type = NIXE_BCC, .shape = NIXE_BOX, .cells = {3, 3, 3}, .periodic = {1, 1, 0}},
    {.type = NIXE_HCP, .shape = NIXE_ROD, .radius = 2.1, .length = 5, .axis = {0, 0, 1}},
    {.type = NIXE_FCC, .shape = NIXE_BOX, .cells = {3, 3, 3}, .periodic = {1, 1, 1}},
    {.type = NIXE_BCC, .shape = NIXE_SPHERE, .radius = 0.1, .shell_layers = 2}, /* a core of one site has no bonds */
};

static void check(const nixe_lattice *lattice, const int8_t *sigma) {
    double pairs[NIXE_MAX_CLASSES] = {0}, unlike[NIXE_MAX_CLASSES] = {0}, P[NIXE_MAX_CLASSES], way[3];
    int64_t count[NIXE_MAX_CLASSES], counts[NIXE_MAX_CLASSES][NIXE_ABREAST];
    double(*profile)[NIXE_ABREAST] = calloc((size_t)lattice->depths + 1, sizeof *profile);
    double composition[NIXE_ABREAST], all_A = 0;
    nixe_ions *ions = fixture_abreast(lattice->sites, sigma);
    for (int i = 0; i < lattice->sites; i++)
        for (int j = 0; j < i; j++) {
            const int c = fixture_bond_class(lattice, i, j, way);
            if (c < 0 || lattice->layer[i] || lattice->layer[j]) continue;
            pairs[c]++;
            unlike[c] += sigma[i] * sigma[j] < 0;
        }
    nixe_unlike_count(lattice, sigma, count);
    nixe_unlike_fractions(lattice, count, P);
    for (int c = 0; c < lattice->classes; c++) assert_close(P[c], pairs[c] > 0 ? unlike[c] / pairs[c] : 0, 1e-15);
    nixe_unlike_count_abreast(lattice, ions, counts);
    for (int c = 0; c < lattice->classes; c++)
        for (int w = 0; w < NIXE_ABREAST; w++) assert_int_equal(counts[c][w], count[c]); /* of opposites, too */
    nixe_order_composition(lattice, ions, composition);
    for (int i = 0; i < lattice->sites; i++) all_A += sigma[i] > 0;
    assert_close(fixture_column(composition, 0), all_A / lattice->sites, 1e-15);
    assert_close(fixture_column(composition, 1), 1 - all_A / lattice->sites, 1e-15);
    nixe_depth_profile(lattice, ions, profile);
    for (int d = 0; d < lattice->depths; d++) {
        double A = 0, sites = 0;
        for (int i = 0; i < lattice->sites; i++) {
            sites += lattice->depth[i] == d;
            A += lattice->depth[i] == d && sigma[i] > 0;
        }
        assert_true(sites > 0);
        assert_close(fixture_column(profile[d], 0), A / sites, 1e-15);
        assert_close(fixture_column(profile[d], 1), 1 - A / sites, 1e-15);
    }
    free(ions);
    free(profile);
}

static void pairs_and_profiles_by_definition(void **state) {
    (void)state;
    uint64_t random = 1;
    for (size_t c = 0; c < sizeof crystals / sizeof *crystals; c++) {
        nixe_lattice lattice;
        nixe_recipe recipe = crystals[c];
        recipe.faces = recipe.single_faces = "";
        assert_ok(nixe_lattice_create(&lattice, &recipe));
        int8_t *sigma = malloc((size_t)lattice.sites);
        for (int r = 0; r < 5; r++) {
            fixture_sigma(&random, 0.25 * r, lattice.sites, sigma);
            check(&lattice, sigma);
        }
        free(sigma);
        nixe_lattice_destroy(&lattice);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(pairs_and_profiles_by_definition)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
