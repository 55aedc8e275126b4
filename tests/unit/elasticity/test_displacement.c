/* Displacements and strain: forces balance, no rigid motion, blocks of any width, energies and areas by definition. */
#include "nixe/elasticity/displacement.h"

#include "nixe/elasticity/strain.h"
#include "unit/crystal.h"

enum { WIDTH = NIXE_CONFIGURATIONS };

/* Number x of `size` of configuration w of a block. */
static double at(const double *block, int size, int x, int w) {
    return block[(w / NIXE_CHUNK * size + x) * NIXE_CHUNK + w % NIXE_CHUNK];
}

/* Freedom x of configuration w. */
static double displaced(const nixe_displacement *displacement, int x, int w) {
    return at(displacement->u, (int)nixe_lattice_freedoms(displacement->lattice), x, w);
}

/* Displacements of `count` random configurations, shape [count, N]. */
static int8_t *solve_random(const fixture_crystal *crystal, nixe_displacement *displacement, int count, uint64_t seed) {
    const int n = crystal->lattice.sites;
    int8_t *sigma = calloc((size_t)(count * n), 1);
    for (int w = 0; w < count; w++) fixture_sigma(&seed, (w + 0.5) / count, n, sigma + w * n);
    assert_ok(nixe_displacement_create(displacement, &crystal->lattice, &crystal->elastic.response));
    assert_ok(nixe_displacement_solve(displacement, sigma, count));
    return sigma;
}

/* Displacement vectors of configuration w, those by the strains of the periods included, shape [N, d]; and behind them how the
 * periods change. */
static void take(const nixe_displacement *displacement, int w, double *u) {
    const nixe_lattice *lattice = displacement->lattice;
    const int n = lattice->sites, d = lattice->dimension;
    for (int place = 0; place < n + lattice->periods; place++) {
        const double *x = place < n ? lattice->position + place * d : lattice->period[place - n];
        for (int k = 0; k < d; k++) {
            double *to = u + place * d + k;
            *to = place < n ? displaced(displacement, place * d + k, w) : 0;
            for (int s = 0; s < lattice->strains; s++)
                for (int m = 0; m < d; m++) *to += displaced(displacement, n * d + s, w) * lattice->strain[s][3 * k + m] * x[m];
        }
    }
}

static double mean_sigma(const int8_t *sigma, int sites) {
    double sum = 0;
    for (int i = 0; i < sites; i++) sum += sigma[i];
    return sum / sites;
}

/* D u = G s: the springs of every site pull it nowhere. */
static void forces_balance(void **state) {
    (void)state;
    for (int c = 0; c < FIXTURE_SHAPES; c++) {
        fixture_crystal crystal;
        nixe_displacement displacement;
        fixture_crystal_create_number(&crystal, c);
        const int n = crystal.lattice.sites, d = crystal.lattice.dimension, count = 13;
        int8_t *sigma = solve_random(&crystal, &displacement, count, 1);
        fixture_bond *bond = calloc((size_t)crystal.lattice.bonds, sizeof *bond);
        const int places = n + crystal.lattice.periods;
        double *array = calloc((size_t)(2 * places * d + crystal.lattice.bonds), sizeof *array);
        double *u = array, *force = u + places * d, *tension = force + places * d;
        const int bonds = fixture_bonds(&crystal.lattice, crystal.shell_stiffness, bond);
        for (int w = 0; w < count; w++) {
            const int8_t *s = sigma + w * n;
            const double mean = mean_sigma(s, n);
            take(&displacement, w, u);
            for (int b = 0; b < bonds; b++)
                tension[b] = fixture_stretch(&bond[b], d, u) - bond[b].r * (0.5 * (s[bond[b].i] + s[bond[b].j]) - mean);
            fixture_forces(bond, bonds, places, d, tension, force);
            for (int x = 0; x < places * d; x++) assert_close(force[x], 0, 1e-11);
            for (int i = 0; i < n; i++) assert_close(at(displacement.s, n, i, w), s[i] - mean, 1e-15);
        }
        free(array);
        free(bond);
        free(sigma);
        nixe_displacement_destroy(&displacement);
        fixture_crystal_destroy(&crystal);
    }
}

static void no_translation_and_no_rotation(void **state) {
    (void)state;
    for (int c = 0; c < FIXTURE_SHAPES; c++) {
        fixture_crystal crystal;
        nixe_displacement displacement;
        fixture_crystal_create_number(&crystal, c);
        const int n = crystal.lattice.sites, d = crystal.lattice.dimension, count = 13;
        free(solve_random(&crystal, &displacement, count, 2));
        for (int w = 0; w < count; w++)
            for (int p = 0; p < d; p++) {
                double shift = 0, turn = 0;
                const int q = (p + 1) % d;
                for (int i = 0; i < n; i++) {
                    const double *x = crystal.lattice.position + i * d;
                    shift += displaced(&displacement, i * d + p, w);
                    turn += x[p] * displaced(&displacement, i * d + q, w) - x[q] * displaced(&displacement, i * d + p, w);
                }
                assert_close(shift, 0, 1e-11);
                if (!crystal.lattice.periods) assert_close(turn, 0, 1e-10);
            }
        nixe_displacement_destroy(&displacement);
        fixture_crystal_destroy(&crystal);
    }
}

/* A small ion among large ones: its neighbours come nearer, whichever interior site it sits on. */
static void neighbours_move_towards_a_single_B(void **state) {
    (void)state;
    for (int shape = 0; shape < 2; shape++) {
        fixture_crystal crystal;
        nixe_displacement displacement;
        fixture_crystal_create(&crystal, shape ? NIXE_CUBE : NIXE_HEXAGON, shape ? 5 : 6, 0, 1);
        const int n = crystal.lattice.sites, d = crystal.lattice.dimension;
        assert_ok(nixe_displacement_create(&displacement, &crystal.lattice, &crystal.elastic.response));
        for (int i = 0; i < n; i++) {
            if (!crystal.lattice.averaged[i]) continue;
            memset(crystal.sigma, 1, (size_t)n);
            crystal.sigma[i] = -1;
            assert_ok(nixe_displacement_solve(&displacement, crystal.sigma, 1));
            for (int j = 0; j < n; j++) {
                double approach = 0;
                if (!fixture_bonded(&crystal.lattice, i, j)) continue;
                for (int k = 0; k < d; k++)
                    approach += (crystal.lattice.position[i * d + k] - crystal.lattice.position[j * d + k]) *
                                (at(displacement.u, n * d, j * d + k, 0) - at(displacement.u, n * d, i * d + k, 0));
                assert_true(approach > 0.01);
            }
        }
        nixe_displacement_destroy(&displacement);
        fixture_crystal_destroy(&crystal);
    }
}

static void a_block_equals_one_by_one(void **state) {
    (void)state;
    static const int counts[] = {1, 7, 8, 9, WIDTH - 1, WIDTH};
    for (int c = 0; c < FIXTURE_SHAPES; c++) {
        fixture_crystal crystal;
        nixe_displacement block, alone;
        fixture_crystal_create_number(&crystal, c);
        const int n = crystal.lattice.sites, d = crystal.lattice.dimension;
        int8_t *sigma = solve_random(&crystal, &block, WIDTH, 3);
        assert_ok(nixe_displacement_create(&alone, &crystal.lattice, &crystal.elastic.response));
        for (int k = 0; k < 6; k++) {
            const int count = counts[k];
            assert_ok(nixe_displacement_solve(&block, sigma, count));
            assert_in_range(block.width, count, WIDTH);
            for (int w = 0; w < count; w += count < 10 ? 1 : 7) {
                assert_ok(nixe_displacement_solve(&alone, sigma + w * n, 1));
                for (int x = 0; x < n * d; x++) assert_close(displaced(&block, x, w), displaced(&alone, x, 0), 1e-13);
            }
            for (int w = count; w < block.width; w++)
                for (int x = 0; x < n * d; x++) assert_close(displaced(&block, x, w), 0, 0);
        }
        free(sigma);
        nixe_displacement_destroy(&block);
        nixe_displacement_destroy(&alone);
        fixture_crystal_destroy(&crystal);
    }
}

static void elastic_energy_of_the_strain(void **state) {
    (void)state;
    for (int c = 0; c < FIXTURE_SHAPES; c++) {
        fixture_crystal crystal;
        nixe_displacement displacement;
        nixe_strain strain;
        fixture_crystal_create_number(&crystal, c);
        const int n = crystal.lattice.sites, count = 11;
        const nixe_table *V = &crystal.elastic.potential;
        for (int i = 0; i < n; i++) /* exactly symmetric */
            for (int j = 0; j < i; j++) assert_true(nixe_table_at(V, i, j) == nixe_table_at(V, j, i));
        int8_t *sigma = solve_random(&crystal, &displacement, count, 4);
        double *area = calloc((size_t)(n * WIDTH), sizeof *area);
        nixe_strain_measure(&displacement, crystal.shell_stiffness, 0.1, area, &strain);
        for (int w = 0; w < count; w++) {
            const int8_t *s = sigma + w * n;
            double energy = 0;
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++) energy += 0.5 * s[i] * nixe_table_at(V, i, j) * s[j];
            assert_close(strain.elastic_energy[w], energy, 1e-10);
            assert_close(strain.elastic_energy[w], fixture_elastic_energy(&crystal.lattice, crystal.shell_stiffness, s), 1e-10);
        }
        free(area);
        free(sigma);
        nixe_displacement_destroy(&displacement);
        fixture_crystal_destroy(&crystal);
    }
}

/* (14): the mean over the six nearest neighbours of the square (3D: cube) of the distance, less 1. */
static double area_by_definition(const nixe_lattice *lattice, const double *u, double mismatch, int i) {
    const int d = lattice->dimension;
    double sum = 0;
    for (int j = 0; j < lattice->sites; j++) {
        double before = 0, after = 0;
        for (int k = 0; k < d; k++) {
            double x = lattice->position[j * d + k] - lattice->position[i * d + k];
            before += x * x;
            after += pow(x + mismatch * (u[j * d + k] - u[i * d + k]), 2);
        }
        if (i != j && before < 1.1) sum += pow(sqrt(after), d) / 6;
    }
    return sum - 1;
}

static void areas_by_definition(void **state) {
    (void)state;
    const fixture_shape cases[] = {
        {NIXE_HEXAGON, 4, 0, 1}, {NIXE_HEXAGON, 3, 2, 3}, {NIXE_CUBE, 4, 0, 1}, {NIXE_CUBE, 3, 1, 0.5}};
    for (int c = 0; c < 4; c++) {
        fixture_crystal crystal;
        nixe_displacement displacement;
        nixe_strain strain;
        fixture_crystal_create(&crystal, cases[c].shape, cases[c].edge, cases[c].shell_layers, cases[c].shell_stiffness);
        const int n = crystal.lattice.sites, count = 9;
        const double mismatch = 0.13;
        free(solve_random(&crystal, &displacement, count, 5));
        double *area = calloc((size_t)(n * WIDTH), sizeof *area);
        double *u = calloc((size_t)(n * crystal.lattice.dimension), sizeof *u);
        nixe_strain_measure(&displacement, crystal.shell_stiffness, mismatch, area, &strain);
        for (int w = 0; w < count; w++) {
            double mean = 0, square = 0;
            take(&displacement, w, u);
            for (int i = 0; i < n; i++) {
                if (!crystal.lattice.averaged[i]) continue;
                double A = area_by_definition(&crystal.lattice, u, mismatch, i);
                assert_close(at(area, n, i, w), A, 1e-13);
                mean += A / crystal.lattice.averaged_sites;
                square += A * A / crystal.lattice.averaged_sites;
            }
            assert_close(strain.area_mean[w], mean, 1e-13);
            assert_close(strain.area_rms[w], sqrt(fmax(0, square - mean * mean)), 1e-7);
        }
        free(u);
        free(area);
        nixe_displacement_destroy(&displacement);
        fixture_crystal_destroy(&crystal);
    }
}

static void without_averaged_sites_there_is_no_area(void **state) {
    (void)state;
    fixture_crystal crystal;
    nixe_displacement displacement;
    nixe_strain strain;
    double area[8 * WIDTH];
    fixture_crystal_create(&crystal, NIXE_CUBE, 2, 0, 1);
    free(solve_random(&crystal, &displacement, 3, 6));
    nixe_strain_measure(&displacement, 1, 0.1, area, &strain);
    assert_true(isnan(strain.area_mean[0]) && isnan(strain.area_rms[2]));
    assert_true(strain.elastic_energy[1] > 0);
    nixe_displacement_destroy(&displacement);
    fixture_crystal_destroy(&crystal);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forces_balance),
        cmocka_unit_test(no_translation_and_no_rotation),
        cmocka_unit_test(neighbours_move_towards_a_single_B),
        cmocka_unit_test(a_block_equals_one_by_one),
        cmocka_unit_test(elastic_energy_of_the_strain),
        cmocka_unit_test(areas_by_definition),
        cmocka_unit_test(without_averaged_sites_there_is_no_area),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
