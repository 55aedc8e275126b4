/* Couplings: the core of a fixed-shell crystal, its fields and energies, against those of the whole crystal. */
#include "nixe/sampling/couplings.h"

#include "unit/crystal.h"

/* A crystal with a model and its compact couplings; the shell is B. */
typedef struct {
    fixture_crystal crystal;
    nixe_energy energy;
    nixe_couplings couplings;
    nixe_table W;
} fixture;

/* The models under test; dmu has no part in them. */
enum { ELASTIC_AND_ISING, ELASTIC, ISING, PUBLISHED, KINDS };

static void create(fixture *f, int number, int kind, double composition) {
    fixture_crystal_create_number(&f->crystal, number);
    f->energy = (nixe_energy){.lattice = &f->crystal.lattice,
                              .potential = kind == ISING ? NULL : &f->crystal.elastic.potential,
                              .epsilon = kind == ISING ? 0 : 0.7,
                              .J = kind == ELASTIC ? 0 : 0.31,
                              .differences = kind == PUBLISHED ? NIXE_PUBLISHED : NIXE_EXACT};
    assert_ok(nixe_couplings_create(&f->couplings, &f->crystal.lattice, composition));
    const int n = f->couplings.sites;
    fixture_table_create(&f->W, &f->crystal.lattice, n, n, NIXE_DOUBLES);
    const long rows = f->W.rows;
    nixe_couplings_fill(&f->energy, f->couplings.site, 0, rows / 3, &f->W);
    nixe_couplings_fill(&f->energy, f->couplings.site, rows / 3, rows, &f->W);
    assert_ok(nixe_table_complete(&f->W));
    assert_ok(nixe_couplings_set_fields(&f->couplings, &f->energy, &f->W));
}

static void destroy(fixture *f) {
    nixe_couplings_destroy(&f->couplings);
    fixture_crystal_destroy(&f->crystal);
    fixture_table_destroy(&f->W);
}

/* A random configuration of count_A A sites in the core, and the crystal that it makes. */
static void draw(fixture *f, uint64_t *random, int8_t *core_sigma) {
    const int n = f->couplings.sites;
    int wanted = f->couplings.count_A;
    memset(f->crystal.sigma, -1, (size_t)f->crystal.lattice.sites);
    for (int k = 0; k < n; k++) {
        core_sigma[k] = fixture_uniform(random) * (n - k) < wanted ? 1 : -1;
        wanted -= core_sigma[k] > 0;
        f->crystal.sigma[f->couplings.site[k]] = core_sigma[k];
    }
}

/* E of the crystal by definition. */
static double energy_by_definition(const fixture *f) {
    const nixe_energy *energy = &f->energy;
    const double elastic =
        energy->epsilon != 0 ? fixture_elastic_energy(energy->lattice, f->crystal.shell_stiffness, f->crystal.sigma) : 0;
    return energy->epsilon * elastic + fixture_local_energy(energy->lattice, energy->J, 0, f->crystal.sigma);
}

enum { MOST_SITES = 144 };

static void core_sites_are_numbered_in_order(void **state) {
    (void)state;
    for (int c = 0; c < FIXTURE_SHAPES; c++) {
        nixe_lattice lattice;
        nixe_couplings couplings;
        fixture_shape_lattice(&lattice, &fixture_shapes[c]);
        assert_ok(nixe_couplings_create(&couplings, &lattice, 0.5));
        int next = 0;
        for (int site = 0; site < lattice.sites; site++) {
            assert_int_equal(couplings.number[site], lattice.layer[site] == 0 ? next : -1);
            if (lattice.layer[site] == 0) assert_int_equal(couplings.site[next++], site);
        }
        assert_int_equal(couplings.sites, next);
        assert_int_equal(couplings.sites, lattice.core_sites);
        nixe_couplings_destroy(&couplings);
        nixe_lattice_destroy(&lattice);
    }
}

static void number_of_A_sites(void **state) {
    (void)state;
    static const struct {
        nixe_shape shape;
        int edge;
        double composition;
        int A;
    } cases[] = {{NIXE_HEXAGON, 2, 0.5, 3},        {NIXE_HEXAGON, 2, 3.0 / 7, 3}, {NIXE_HEXAGON, 2, 0.1, 1},
                 {NIXE_HEXAGON, 2, 0.999, 7},      {NIXE_HEXAGON, 4, 0.29, 11},   {NIXE_CUBE, 10, 0.29, 290},
                 {NIXE_HEXAGON, 6, 29.0 / 91, 29}, {NIXE_CUBE, 7, 7.0 / 343, 7}}; /* products a bit below 29 and 7 */
    for (int c = 0; c < 8; c++) {
        nixe_lattice lattice;
        nixe_couplings couplings;
        assert_ok(fixture_lattice_create(&lattice, cases[c].shape, cases[c].edge, 0));
        assert_ok(nixe_couplings_create(&couplings, &lattice, cases[c].composition));
        assert_int_equal(couplings.count_A, cases[c].A);
        nixe_couplings_destroy(&couplings);
        nixe_lattice_destroy(&lattice);
    }
}

static void the_compact_table(void **state) {
    (void)state;
    for (int c = 0; c < FIXTURE_SHAPES; c++)
        for (int kind = 0; kind < KINDS; kind++) {
            fixture f;
            create(&f, c, kind, 0.5);
            const int n = f.couplings.sites;
            double largest = -INFINITY;
            for (int k = 0; k < n; k++) {
                for (int l = 0; l < n; l++) {
                    const int i = f.couplings.site[k], j = f.couplings.site[l];
                    const double V = kind == ISING ? 0 : nixe_table_at(f.energy.potential, i, j);
                    assert_close(nixe_table_at(&f.W, k, l),
                                 f.energy.epsilon * V - (fixture_bonded(&f.crystal.lattice, i, j) ? f.energy.J : 0), 1e-14);
                    if (k != l && nixe_table_at(&f.W, k, l) > largest) largest = nixe_table_at(&f.W, k, l);
                }
                assert_true(f.couplings.self[k] == nixe_table_at(&f.W, k, k));
            }
            assert_true(f.couplings.W == &f.W && f.couplings.largest == largest);
            destroy(&f);
        }
}

/* Rows that are not asked for are left alone. */
static void a_part_of_the_table(void **state) {
    (void)state;
    fixture f;
    create(&f, 3, ELASTIC_AND_ISING, 0.5);
    const int n = f.couplings.sites; /* 19 */
    nixe_table part;
    fixture_table_create(&part, &f.crystal.lattice, n, n, NIXE_DOUBLES);
    nixe_couplings_fill(&f.energy, f.couplings.site, 4, 9, &part);
    const double *filled = part.number, *whole = f.W.number;
    for (int x = 0; x < n * n; x++) assert_true(filled[x] == (x >= 4 * n && x < 9 * n ? whole[x] : 0));
    fixture_table_destroy(&part);
    destroy(&f);
}

/* psi of the core and E are those of the whole crystal: psi sums W over all its sites and the site's own field, E comes from
 * its definition. */
static void fields_and_energies_of_the_whole_crystal(void **state) {
    (void)state;
    uint64_t random = 1;
    for (int c = 0; c < FIXTURE_SHAPES; c++)
        for (int kind = 0; kind < PUBLISHED; kind++)
            for (int r = 1; r < 4; r++) {
                fixture f;
                int8_t core_sigma[MOST_SITES];
                double field[MOST_SITES];
                create(&f, c, kind, 0.25 * r);
                const nixe_lattice *lattice = &f.crystal.lattice;
                draw(&f, &random, core_sigma);
                nixe_couplings_fields(&f.couplings, core_sigma, field);
                for (int k = 0; k < f.couplings.sites; k++) {
                    const double h = lattice->field[f.couplings.site[k]];
                    double psi = h, shell = h;
                    for (int j = 0; j < lattice->sites; j++) {
                        const double W = nixe_energy_coupling(&f.energy, f.couplings.site[k], j);
                        psi += W * f.crystal.sigma[j];
                        if (lattice->layer[j] > 0) shell -= W;
                    }
                    assert_close(field[k], psi, 1e-12);
                    assert_close(f.couplings.shell_field[k], shell, 1e-12);
                    assert_true(f.couplings.shift[k] == 0);
                }
                for (int effective = 0; effective < 2; effective++)
                    assert_close(nixe_couplings_energy(&f.couplings, core_sigma, field, effective), energy_by_definition(&f),
                                 1e-10);
                destroy(&f);
            }
}

/* e_i + e_j - 4 W_ij, with e_k = -2 s_k psi_k + 2 W_kk. */
static double swap_difference(const fixture *f, const int8_t *core_sigma, const double *field, int i, int j) {
    const nixe_table *W = &f->W;
    return -2 * core_sigma[i] * field[i] - 2 * core_sigma[j] * field[j] + 2 * nixe_table_at(W, i, i) +
           2 * nixe_table_at(W, j, j) - 4 * nixe_table_at(W, i, j);
}

static void turn(fixture *f, int8_t *core_sigma, int k) {
    core_sigma[k] = (int8_t)-core_sigma[k];
    f->crystal.sigma[f->couplings.site[k]] = core_sigma[k];
}

/* Every swap of two unlike core sites changes E by what the fields say. */
static void swaps_change_the_energy_by_their_difference(void **state) {
    (void)state;
    uint64_t random = 2;
    for (int c = 0; c < FIXTURE_SHAPES; c++)
        for (int kind = 0; kind < PUBLISHED; kind++) {
            fixture f;
            int8_t core_sigma[MOST_SITES];
            double field[MOST_SITES];
            create(&f, c, kind, 0.4);
            draw(&f, &random, core_sigma);
            nixe_couplings_fields(&f.couplings, core_sigma, field);
            const double before = energy_by_definition(&f);
            for (int i = 0; i < f.couplings.sites; i++)
                for (int j = 0; j < i; j++) {
                    if (core_sigma[i] == core_sigma[j]) continue;
                    const double difference = swap_difference(&f, core_sigma, field, i, j);
                    assert_close(nixe_couplings_swap_difference(&f.couplings, core_sigma, i, j), difference, 1e-12);
                    turn(&f, core_sigma, i);
                    turn(&f, core_sigma, j);
                    assert_close(difference, energy_by_definition(&f) - before, 1e-10);
                    turn(&f, core_sigma, i);
                    turn(&f, core_sigma, j);
                }
            destroy(&f);
        }
}

/* The published differences: the effective energy changes by them, which contain the mean of the whole crystal; E itself does
 * not know of them. */
static void published_differences_are_a_shift_of_the_field(void **state) {
    (void)state;
    uint64_t random = 3;
    for (int c = 0; c < FIXTURE_SHAPES; c++) {
        fixture f;
        int8_t core_sigma[MOST_SITES];
        double field[MOST_SITES], after[MOST_SITES];
        create(&f, c, PUBLISHED, 0.3);
        const int n = f.crystal.lattice.sites;
        nixe_configuration whole = {.sigma = f.crystal.sigma, .sum = 2 * f.couplings.count_A - n};
        assert_ok(nixe_allocate(&whole.field, n, sizeof(double), "fields"));
        draw(&f, &random, core_sigma);
        nixe_energy_fields(&f.energy, f.crystal.sigma, whole.field);
        nixe_couplings_fields(&f.couplings, core_sigma, field);
        const double before = nixe_couplings_energy(&f.couplings, core_sigma, field, 1);
        assert_close(nixe_couplings_energy(&f.couplings, core_sigma, field, 0), energy_by_definition(&f), 1e-10);
        for (int i = 0; i < f.couplings.sites; i++)
            for (int j = 0; j < i; j++) {
                if (core_sigma[i] == core_sigma[j]) continue;
                const double difference =
                    nixe_energy_swap_difference(&f.energy, &whole, f.couplings.site[i], f.couplings.site[j]);
                assert_close(swap_difference(&f, core_sigma, field, i, j), difference, 1e-12);
                assert_close(nixe_couplings_swap_difference(&f.couplings, core_sigma, j, i), difference, 1e-12);
                turn(&f, core_sigma, i);
                turn(&f, core_sigma, j);
                nixe_couplings_fields(&f.couplings, core_sigma, after);
                assert_close(nixe_couplings_energy(&f.couplings, core_sigma, after, 1) - before, difference, 1e-11);
                turn(&f, core_sigma, i);
                turn(&f, core_sigma, j);
            }
        free(whole.field);
        destroy(&f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(core_sites_are_numbered_in_order),
        cmocka_unit_test(number_of_A_sites),
        cmocka_unit_test(the_compact_table),
        cmocka_unit_test(a_part_of_the_table),
        cmocka_unit_test(fields_and_energies_of_the_whole_crystal),
        cmocka_unit_test(swaps_change_the_energy_by_their_difference),
        cmocka_unit_test(published_differences_are_a_shift_of_the_field),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
