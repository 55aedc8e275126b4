/* Model: the energy of a configuration by definition, and every exact difference against two such energies. */
#include "nixe/sampling/energy.h"

#include "unit/crystal.h"

static nixe_energy model_of(const fixture_crystal *crystal) {
    return (nixe_energy){
        .lattice = &crystal->lattice, .potential = &crystal->elastic.potential, .epsilon = 0.7, .J = 0.31, .dmu = -1.3};
}

/* E from (1)-(4), by minimisation of the elastic energy. */
static double energy_by_definition(const nixe_energy *model, double shell_stiffness, const int8_t *sigma) {
    double elastic = model->epsilon != 0 ? fixture_elastic_energy(model->lattice, shell_stiffness, sigma) : 0;
    return model->epsilon * elastic + fixture_local_energy(model->lattice, model->J, model->dmu, sigma);
}

static nixe_configuration configuration_of(const nixe_energy *model, int8_t *sigma) {
    nixe_configuration configuration = {.sigma = sigma};
    assert_ok(nixe_allocate(&configuration.field, model->lattice->sites, sizeof(double), "fields"));
    for (int i = 0; i < model->lattice->sites; i++) configuration.sum += sigma[i];
    nixe_energy_fields(model, sigma, configuration.field);
    return configuration;
}

/* Of the configuration and its opposite. */
static void check_local_energy(const nixe_energy *model, int8_t *sigma) {
    double local[NIXE_ABREAST], dmu[NIXE_ABREAST];
    for (int w = 0; w < NIXE_ABREAST; w++) dmu[w] = model->dmu + (w % 3 == 2); /* of the opposite one more */
    nixe_ions *ions = fixture_abreast(model->lattice->sites, sigma);
    nixe_energy_local(model, dmu, ions, local);
    for (int opposite = 0; opposite < 2; opposite++) {
        assert_close(fixture_column(local, opposite), fixture_local_energy(model->lattice, model->J, dmu[2 * opposite], sigma),
                     1e-11);
        for (int i = 0; i < model->lattice->sites; i++) sigma[i] = (int8_t)-sigma[i];
    }
    free(ions);
}

static void energy_against_minimisation(void **state) {
    (void)state;
    uint64_t random = 1;
    for (int c = 0; c < FIXTURE_SHAPES; c++) {
        fixture_crystal crystal;
        fixture_crystal_create_number(&crystal, c);
        const nixe_energy model = model_of(&crystal);
        for (int r = 0; r < 12; r++) { /* all A, all B, a single B, and random ones */
            if (r < 3) memset(crystal.sigma, r == 1 ? -1 : 1, (size_t)crystal.lattice.sites);
            if (r == 2) crystal.sigma[crystal.lattice.sites / 3] = -1;
            if (r > 2) fixture_sigma(&random, 0.1 * r - 0.2, crystal.lattice.sites, crystal.sigma);
            nixe_configuration configuration = configuration_of(&model, crystal.sigma);
            assert_close(nixe_energy_total(&model, &configuration),
                         energy_by_definition(&model, crystal.shell_stiffness, crystal.sigma), 1e-10);
            check_local_energy(&model, crystal.sigma);
            free(configuration.field);
        }
        fixture_crystal_destroy(&crystal);
    }
}

/* Every exchange, and every swap of unlike sites, bonded or not. */
static void check_differences(const nixe_energy *model, double shell_stiffness, int8_t *sigma) {
    nixe_configuration configuration = configuration_of(model, sigma);
    const double before = energy_by_definition(model, shell_stiffness, sigma);
    for (int i = 0; i < model->lattice->sites; i++) {
        double difference = nixe_energy_exchange_difference(model, &configuration, i);
        sigma[i] = (int8_t)-sigma[i];
        assert_close(difference, energy_by_definition(model, shell_stiffness, sigma) - before, 1e-10);
        sigma[i] = (int8_t)-sigma[i];
        for (int j = 0; j < i; j++) {
            if (sigma[i] == sigma[j]) continue;
            difference = nixe_energy_swap_difference(model, &configuration, i, j);
            assert_close(difference, nixe_energy_swap_difference(model, &configuration, j, i), 1e-12);
            sigma[i] = (int8_t)-sigma[i];
            sigma[j] = (int8_t)-sigma[j];
            assert_close(difference, energy_by_definition(model, shell_stiffness, sigma) - before, 1e-10);
            sigma[i] = (int8_t)-sigma[i];
            sigma[j] = (int8_t)-sigma[j];
        }
    }
    free(configuration.field);
}

static void exact_differences_against_two_energies(void **state) {
    (void)state;
    uint64_t random = 2;
    for (int c = 0; c < FIXTURE_SHAPES; c++) {
        fixture_crystal crystal;
        fixture_crystal_create_number(&crystal, c);
        const nixe_energy model = model_of(&crystal);
        for (int r = 0; r < 2; r++) {
            fixture_sigma(&random, r ? 0.3 : 0.8, crystal.lattice.sites, crystal.sigma);
            check_differences(&model, crystal.shell_stiffness, crystal.sigma);
        }
        fixture_crystal_destroy(&crystal);
    }
}

static void each_part_alone(void **state) {
    (void)state;
    uint64_t random = 3;
    fixture_crystal crystal;
    fixture_crystal_create(&crystal, NIXE_HEXAGON, 3, 0, 1);
    for (int part = 0; part < 3; part++) {
        nixe_energy model = model_of(&crystal);
        if (part != 0) {
            model.epsilon = 0;
            model.potential = NULL;
        }
        if (part != 1) model.J = 0;
        if (part != 2) model.dmu = 0;
        fixture_sigma(&random, 0.6, crystal.lattice.sites, crystal.sigma);
        check_differences(&model, 1, crystal.sigma);
    }
    fixture_crystal_destroy(&crystal);
}

static void fields_are_sums_of_couplings(void **state) {
    (void)state;
    uint64_t random = 4;
    for (int c = 0; c < FIXTURE_SHAPES; c++) {
        fixture_crystal crystal;
        fixture_crystal_create_number(&crystal, c);
        const nixe_energy model = model_of(&crystal);
        const int n = crystal.lattice.sites;
        fixture_sigma(&random, 0.5, n, crystal.sigma);
        nixe_configuration configuration = configuration_of(&model, crystal.sigma);
        for (int i = 0; i < n; i++) {
            const double *row = nixe_table_row(model.potential, i, 0);
            double field = crystal.lattice.field[i], sum = 0;
            for (int j = 0; j < n; j++) {
                double W = nixe_energy_coupling(&model, i, j);
                assert_close(W, model.epsilon * row[j] - (fixture_bonded(&crystal.lattice, i, j) ? model.J : 0), 1e-14);
                assert_true(W == nixe_energy_coupling(&model, j, i));
                field += W * crystal.sigma[j];
                sum += row[j];
            }
            assert_close(configuration.field[i], field, 1e-12);
            assert_close(sum, 0, 1e-10); /* V.1 = 0 */
        }
        free(configuration.field);
        fixture_crystal_destroy(&crystal);
    }
}

/* What the published program has besides: swap eps 2 m s_i (V_ii - V_jj), exchange eps [(m - m') phi_i + 2 m' s_i V_ii]. */
static void published_differences(void **state) {
    (void)state;
    uint64_t random = 5;
    fixture_crystal crystal;
    fixture_crystal_create(&crystal, NIXE_HEXAGON, 4, 0, 1);
    const int n = crystal.lattice.sites;
    const nixe_table *V = &crystal.elastic.potential;
    const nixe_energy exact = model_of(&crystal);
    nixe_energy published = exact;
    published.differences = NIXE_PUBLISHED;
    fixture_sigma(&random, 0.7, n, crystal.sigma);
    const int8_t *s = crystal.sigma;
    nixe_configuration configuration = configuration_of(&exact, crystal.sigma);
    const double m = (double)configuration.sum / n;
    for (int i = 0; i < n; i++) {
        const double after = m - 2.0 * s[i] / n;
        double phi = 0;
        for (int j = 0; j < n; j++) phi += nixe_table_at(V, i, j) * s[j];
        assert_close(nixe_energy_exchange_difference(&published, &configuration, i),
                     nixe_energy_exchange_difference(&exact, &configuration, i) +
                         exact.epsilon * ((m - after) * phi + 2 * after * s[i] * nixe_table_at(V, i, i)),
                     1e-12);
        for (int j = 0; j < n; j++)
            if (s[i] != s[j])
                assert_close(nixe_energy_swap_difference(&published, &configuration, i, j),
                             nixe_energy_swap_difference(&exact, &configuration, i, j) +
                                 exact.epsilon * 2 * m * s[i] * (nixe_table_at(V, i, i) - nixe_table_at(V, j, j)),
                             1e-12);
    }
    free(configuration.field);
    fixture_crystal_destroy(&crystal);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energy_against_minimisation),
        cmocka_unit_test(exact_differences_against_two_energies),
        cmocka_unit_test(each_part_alone),
        cmocka_unit_test(fields_are_sums_of_couplings),
        cmocka_unit_test(published_differences),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
