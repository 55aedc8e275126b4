/* Phases: the order parameter against theory (13), rule by rule, and the fractions. */
#include "nixe/crystal/phase.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/fixture.h"

/* s(R) of a plaquette, from the centre and its neighbours in angular order. */
static int order_by_the_rules(int centre, const int ring[6]) {
    int A = 0, alternating = 1;
    for (int d = 0; d < 6; d++) {
        A += ring[d] == 1;
        if (ring[d] == ring[(d + 1) % 6]) alternating = 0;
    }
    int B = 6 - A;
    if (centre == 1 && A == 6) return +2;  /* all seven A: U1 */
    if (centre == -1 && B == 6) return -2; /* all seven B: U2 */
    if (centre == 1 && B == 6) return -1;  /* A among B: S2 */
    if (centre == -1 && alternating) return -1;
    if (centre == -1 && A == 6) return +1; /* B among A: S1 */
    if (centre == 1 && alternating) return +1;
    return 0;
}

/* The neighbours of a site of a hexagon in angular order, found from the positions alone. */
static void find_ring(const nixe_lattice *lattice, int site, int ring[6]) {
    double angle[6];
    int found = 0;
    for (int j = 0; j < lattice->sites; j++) {
        if (!fixture_bonded(lattice, site, j)) continue;
        double a = atan2(lattice->position[2 * j + 1] - lattice->position[2 * site + 1],
                         lattice->position[2 * j] - lattice->position[2 * site]);
        int at = found++;
        for (; at > 0 && angle[at - 1] > a; at--) {
            angle[at] = angle[at - 1];
            ring[at] = ring[at - 1];
        }
        angle[at] = a;
        ring[at] = j;
    }
    assert_int_equal(found, 6);
}

static void all_plaquettes(void **state) {
    (void)state;
    int count[5] = {0};
    for (int bits = 0; bits < 128; bits++) {
        int ring[6], centre = bits & 64 ? 1 : -1;
        for (int d = 0; d < 6; d++) ring[d] = bits >> d & 1 ? 1 : -1;
        int order = nixe_plaquette_order(centre == 1, (unsigned)bits & 63);
        assert_int_equal(order, order_by_the_rules(centre, ring));
        count[order + 2]++;
    }
    const int expected[5] = {1, 3, 120, 3, 1};
    for (int s = 0; s < 5; s++) assert_int_equal(count[s], expected[s]);
}

/* The fractions of a configuration, and that those of its opposite are these in opposite order. */
static void measure(const nixe_lattice *lattice, const int8_t *sigma, double f[NIXE_PHASES]) {
    double abreast[NIXE_PHASES][NIXE_ABREAST];
    nixe_ions *ions = fixture_abreast(lattice->sites, sigma);
    nixe_phase_fractions(lattice, ions, abreast);
    for (int p = 0; p < NIXE_PHASES; p++) {
        f[p] = fixture_column(abreast[p], 0);
        if (lattice->averaged_sites) assert_close(fixture_column(abreast[NIXE_PHASES - 1 - p], 1), f[p], 0);
    }
    free(ions);
}

static void all_configurations_of_seven_sites(void **state) {
    (void)state;
    nixe_lattice lattice;
    int ring[6];
    int8_t sigma[7];
    assert_ok(fixture_lattice_create(&lattice, NIXE_HEXAGON, 2, 0));
    int centre = 0;
    while (!lattice.averaged[centre]) centre++;
    find_ring(&lattice, centre, ring);
    for (int bits = 0; bits < 128; bits++) {
        int around[6];
        double f[NIXE_PHASES];
        sigma[centre] = bits & 64 ? 1 : -1;
        for (int d = 0; d < 6; d++) around[d] = sigma[ring[d]] = bits >> d & 1 ? 1 : -1;
        int order = order_by_the_rules(sigma[centre], around);
        measure(&lattice, sigma, f);
        for (int p = 0; p < NIXE_PHASES; p++) assert_close(f[p], p == 2 - order, 0);
    }
    nixe_lattice_destroy(&lattice);
}

static void names_are_in_the_order_of_the_axis(void **state) {
    (void)state;
    assert_string_equal(nixe_phase_name[NIXE_U1], "U1");
    assert_string_equal(nixe_phase_name[NIXE_S1], "S1");
    assert_string_equal(nixe_phase_name[NIXE_UNCLASSIFIED], "unclassified");
    assert_string_equal(nixe_phase_name[NIXE_S2], "S2");
    assert_string_equal(nixe_phase_name[NIXE_U2], "U2");
}

/* Fractions of random configurations: those of the rules. */
static void fractions_of_a_hexagon(void **state) {
    (void)state;
    nixe_lattice lattice;
    uint64_t random = 1;
    assert_ok(fixture_lattice_create(&lattice, NIXE_HEXAGON, 11, 1));
    int8_t *sigma = calloc((size_t)lattice.sites, 1);
    for (int c = 0; c < 40; c++) {
        double f[NIXE_PHASES], expected[NIXE_PHASES] = {0};
        fixture_sigma(&random, c == 0 ? 1 : c % 2 ? 0.9 : 0.2, lattice.sites, sigma); /* all A: more than a byte counts */
        for (int i = 0; i < lattice.sites; i++) {
            int ring[6];
            if (!lattice.averaged[i]) continue;
            find_ring(&lattice, i, ring);
            for (int d = 0; d < 6; d++) ring[d] = sigma[ring[d]];
            expected[2 - order_by_the_rules(sigma[i], ring)] += 1.0 / lattice.averaged_sites;
        }
        measure(&lattice, sigma, f);
        for (int p = 0; p < NIXE_PHASES; p++) assert_close(f[p], expected[p], 1e-12);
    }
    free(sigma);
    nixe_lattice_destroy(&lattice);
}

/* A cube of 27 sites has one with all its 18 neighbours; its 8 corners are not among them. */
static void a_cube(void **state) {
    (void)state;
    nixe_lattice lattice;
    int8_t sigma[27];
    double f[NIXE_PHASES];
    assert_ok(fixture_lattice_create(&lattice, NIXE_CUBE, 3, 0));
    int centre = 0;
    while (!lattice.averaged[centre]) centre++;
    for (int8_t s = -1; s <= 1; s = (int8_t)(s + 2)) {
        memset(sigma, s, sizeof sigma);
        measure(&lattice, sigma, f);
        assert_close(f[s > 0 ? NIXE_U1 : NIXE_U2], 1, 0);
        for (int i = 0; i < 27; i++) {
            int matters = i == centre || fixture_bonded(&lattice, centre, i);
            sigma[i] = (int8_t)-s;
            measure(&lattice, sigma, f);
            assert_close(f[matters ? NIXE_UNCLASSIFIED : s > 0 ? NIXE_U1 : NIXE_U2], 1, 0);
            sigma[i] = s;
        }
        sigma[centre] = (int8_t)-s; /* the opposite of all its neighbours: no phase of its own in 3D */
        measure(&lattice, sigma, f);
        assert_close(f[NIXE_UNCLASSIFIED], 1, 0);
    }
    nixe_lattice_destroy(&lattice);
}

static void without_averaged_sites_there_is_no_fraction(void **state) {
    (void)state;
    nixe_lattice lattice;
    int8_t sigma[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    double f[NIXE_PHASES];
    assert_ok(fixture_lattice_create(&lattice, NIXE_CUBE, 2, 0));
    assert_int_equal(lattice.averaged_sites, 0);
    measure(&lattice, sigma, f);
    for (int p = 0; p < NIXE_PHASES; p++) assert_true(isnan(f[p]));
    nixe_lattice_destroy(&lattice);
}

/* On every other lattice: +-2 where a site and all its neighbours agree, counted from positions. */
static void any_lattice(void **state) {
    (void)state;
    static const nixe_lattice_type types[] = {NIXE_SQUARE, NIXE_FCC, NIXE_BCC, NIXE_HCP};
    for (int t = 0; t < 4; t++) {
        nixe_lattice lattice;
        const nixe_recipe recipe = {.type = types[t],
                                    .shape = types[t] == NIXE_SQUARE ? NIXE_DISC : NIXE_SPHERE,
                                    .radius = 2.9,
                                    .faces = "",
                                    .single_faces = ""};
        uint64_t random = 5;
        uint8_t table[128];
        double f[NIXE_PHASES];
        assert_ok(nixe_lattice_create(&lattice, &recipe));
        int8_t *sigma = calloc((size_t)lattice.sites, 1);
        nixe_phase_table(&lattice, table);
        for (int trial = 0; trial < 20; trial++) {
            int A = 0, B = 0, averaged = 0;
            fixture_sigma(&random, trial % 2 ? 0.97 : 0.03, lattice.sites, sigma);
            for (int i = 0; i < lattice.sites; i++) {
                int neighbours = 0, like = 0;
                for (int j = 0; j < lattice.sites; j++) {
                    if (!fixture_bonded(&lattice, i, j)) continue;
                    neighbours++;
                    like += sigma[i] == sigma[j];
                }
                if (neighbours < lattice.coordination) continue;
                averaged++;
                A += sigma[i] > 0 && like == neighbours;
                B += sigma[i] < 0 && like == neighbours;
                assert_int_equal(table[nixe_site_surroundings(&lattice, sigma, i) + 64 * (sigma[i] > 0)],
                                 like < neighbours ? NIXE_UNCLASSIFIED
                                 : sigma[i] > 0    ? NIXE_U1
                                                   : NIXE_U2);
            }
            measure(&lattice, sigma, f);
            assert_close(f[NIXE_U1], (double)A / averaged, 1e-15);
            assert_close(f[NIXE_U2], (double)B / averaged, 1e-15);
            assert_close(f[NIXE_S1] + f[NIXE_S2], 0, 0);
        }
        free(sigma);
        nixe_lattice_destroy(&lattice);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_plaquettes),
        cmocka_unit_test(all_configurations_of_seven_sites),
        cmocka_unit_test(names_are_in_the_order_of_the_axis),
        cmocka_unit_test(fractions_of_a_hexagon),
        cmocka_unit_test(a_cube),
        cmocka_unit_test(any_lattice),
        cmocka_unit_test(without_averaged_sites_there_is_no_fraction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
