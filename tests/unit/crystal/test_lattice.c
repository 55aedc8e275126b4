/* Lattice: sites, bonds, layers, the numbering of sites, and the mirror symmetries. */
#include <stdio.h>

#include "nixe/elasticity/symmetry.h"
#include "unit/fixture.h"

static const struct {
    nixe_shape shape;
    int edge, layers;
} shapes[] = {{NIXE_HEXAGON, 2, 0}, {NIXE_HEXAGON, 3, 0}, {NIXE_HEXAGON, 8, 0}, {NIXE_HEXAGON, 1, 2},
              {NIXE_HEXAGON, 2, 1}, {NIXE_HEXAGON, 5, 3}, {NIXE_CUBE, 2, 0},    {NIXE_CUBE, 3, 0},
              {NIXE_CUBE, 6, 0},    {NIXE_CUBE, 1, 1},    {NIXE_CUBE, 2, 1},    {NIXE_CUBE, 3, 2}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void create(nixe_lattice *lattice, int number) {
    assert_ok(nixe_lattice_create(lattice, shapes[number].shape, shapes[number].edge, shapes[number].layers));
}

static const double *position(const nixe_lattice *lattice, int site) { return lattice->position + site * lattice->dimension; }

static int count_sites(nixe_shape shape, int n) { return shape == NIXE_HEXAGON ? 3 * n * (n - 1) + 1 : n * n * n; }

/* Layers from the centre: of hexagons of sites, or of half the edge of a cube. */
static double radius(const nixe_lattice *lattice, int site) {
    const double *at = position(lattice, site);
    double largest = 0;
    for (int k = 0; k < 3; k++) {
        double along = lattice->dimension == 3
                           ? at[k]
                           : (at[0] * cos((2 * k + 1) * M_PI / 6) + at[1] * sin((2 * k + 1) * M_PI / 6)) / sqrt(0.75);
        largest = fmax(largest, fabs(along));
    }
    return largest;
}

static void sizes_of_published_crystals(void **state) {
    (void)state;
    static const int hexagon[][2] = {{8, 169}, {10, 271}, {12, 397}, {16, 721}, {24, 1657}};
    for (int i = 0; i < 5; i++) assert_int_equal(nixe_lattice_count_sites(NIXE_HEXAGON, hexagon[i][0], 0), hexagon[i][1]);
    assert_int_equal(nixe_lattice_count_sites(NIXE_HEXAGON, 16, 8), 1657);
    assert_int_equal(nixe_lattice_count_sites(NIXE_CUBE, 12, 0), 1728);
    assert_int_equal(nixe_lattice_count_sites(NIXE_CUBE, 8, 2), 1728);
}

static void too_many_sites_are_refused(void **state) {
    (void)state;
    assert_int_equal(nixe_lattice_count_sites(NIXE_CUBE, 620, 0), 238328000);
    assert_int_equal(nixe_lattice_count_sites(NIXE_CUBE, 621, 0), 0);
    assert_int_equal(nixe_lattice_count_sites(NIXE_HEXAGON, 15447, 0), 715783087);
    assert_int_equal(nixe_lattice_count_sites(NIXE_HEXAGON, 15448, 0), 0);
    nixe_lattice lattice;
    assert_int_equal(nixe_lattice_create(&lattice, NIXE_CUBE, 20000, 10000), NIXE_REFUSED);
    assert_non_null(strstr(nixe_status_message(), "-lattice_edge"));
    nixe_status_clear();
}

static void sites_fill_the_shape(void **state) {
    (void)state;
    for (int c = 0; c < SHAPES; c++) {
        nixe_lattice lattice;
        create(&lattice, c);
        int whole = shapes[c].edge + (lattice.dimension - 1) * shapes[c].layers, core = 0;
        double centre[3] = {0}, reach = 0.5 * (lattice.dimension == 2 ? 2 * (whole - 1) : whole - 1);
        assert_int_equal(lattice.sites, count_sites(shapes[c].shape, whole));
        assert_int_equal(lattice.core_sites, count_sites(shapes[c].shape, shapes[c].edge));
        assert_int_equal(lattice.sites, nixe_lattice_count_sites(shapes[c].shape, shapes[c].edge, shapes[c].layers));
        for (int i = 0; i < lattice.sites; i++) {
            const double *at = position(&lattice, i);
            /* a point of the lattice, inside the shape, and no other site's */
            double cell[3] = {at[0] - at[1] / sqrt(3), at[1] / sqrt(0.75), 0};
            for (int k = 0; k < lattice.dimension; k++) {
                double whole_number = lattice.dimension == 2 ? cell[k] : at[k] - 0.5 * (whole - 1);
                assert_close(whole_number, round(whole_number), 1e-12 * whole);
                centre[k] += at[k];
            }
            assert_true(radius(&lattice, i) < reach + 1e-9);
            for (int j = 0; j < i; j++)
                assert_true(hypot(at[0] - position(&lattice, j)[0], at[1] - position(&lattice, j)[1]) > 0.9 ||
                            (lattice.dimension == 3 && fabs(at[2] - position(&lattice, j)[2]) > 0.9));
            core += lattice.layer[i] == 0;
        }
        for (int k = 0; k < 3; k++) assert_close(centre[k], 0, 1e-9);
        assert_int_equal(core, lattice.core_sites);
        nixe_lattice_destroy(&lattice);
    }
}

static void bonds_are_the_close_pairs(void **state) {
    (void)state;
    for (int c = 0; c < SHAPES; c++) {
        nixe_lattice lattice;
        create(&lattice, c);
        const int n = lattice.sites, d = lattice.dimension;
        const long whole = shapes[c].edge + (d - 1) * shapes[c].layers;
        assert_int_equal(lattice.bonds, d == 2 ? 9 * whole * whole - 15 * whole + 6
                                               : 3 * whole * whole * (whole - 1) + 6 * whole * (whole - 1) * (whole - 1));
        char *bonded = calloc((size_t)(n * n), 1);
        for (int b = 0; b < lattice.bonds; b++) {
            const int i = lattice.bond[2 * b], j = lattice.bond[2 * b + 1], direction = lattice.bond_direction[b];
            assert_false(bonded[i * n + j]); /* each bond once */
            bonded[i * n + j] = bonded[j * n + i] = 1;
            assert_in_range(direction, 0, lattice.coordination / 2 - 1);
            for (int k = 0; k < d; k++) /* alpha points from the first site to the second */
                assert_close(position(&lattice, j)[k] - position(&lattice, i)[k],
                             lattice.length[direction] * lattice.direction[direction][k], 1e-12);
        }
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) assert_int_equal(bonded[i * n + j], fixture_bonded(&lattice, i, j));
        free(bonded);
        nixe_lattice_destroy(&lattice);
    }
}

static void neighbours_follow_directions_and_offsets(void **state) {
    (void)state;
    for (int c = 0; c < SHAPES; c++) {
        nixe_lattice lattice;
        create(&lattice, c);
        const int n = lattice.sites, z = lattice.coordination, half = z / 2, d = lattice.dimension;
        int reach = 0;
        assert_int_equal(z, d == 2 ? 6 : 18);
        for (int m = 0; m < half; m++) {
            assert_in_range(lattice.offset[m], 1, n - 1);
            if (lattice.offset[m] > reach) reach = lattice.offset[m];
        }
        assert_int_equal(reach, lattice.reach);
        for (int i = 0; i < n; i++) {
            int bonded = 0;
            for (int j = 0; j < n; j++) bonded += fixture_bonded(&lattice, i, j);
            for (int m = 0; m < z; m++) {
                const int j = lattice.neighbour[i * z + m];
                if (j < 0) continue;
                bonded--;
                assert_in_range(j, 0, n - 1);
                assert_int_equal(lattice.neighbour[j * z + (m + half) % z], i);
                for (int k = 0; k < d; k++)
                    assert_close(position(&lattice, j)[k],
                                 position(&lattice, i)[k] + lattice.length[m] * lattice.direction[m][k], 1e-12 * n);
                if (m >= half) continue;
                assert_int_equal(j, (i + lattice.offset[m]) % n);
                assert_int_equal(j, nixe_lattice_forward(&lattice, i, m));
            }
            assert_int_equal(bonded, 0); /* none is missing */
        }
        nixe_lattice_destroy(&lattice);
    }
}

static void directions_come_in_opposite_pairs(void **state) {
    (void)state;
    for (int shape = 0; shape < 2; shape++) {
        nixe_lattice lattice;
        assert_ok(nixe_lattice_create(&lattice, shape ? NIXE_CUBE : NIXE_HEXAGON, 3, 0));
        const int half = lattice.coordination / 2;
        int nearest = 0;
        for (int m = 0; m < 2 * half; m++) {
            const double *alpha = lattice.direction[m];
            assert_close(alpha[0] * alpha[0] + alpha[1] * alpha[1] + alpha[2] * alpha[2], 1, 1e-14);
            for (int k = 0; k < 3; k++) assert_close(alpha[k], -lattice.direction[(m + half) % (2 * half)][k], 0);
            assert_true(lattice.length[m] == lattice.length[(m + half) % (2 * half)]);
            nearest += lattice.length[m] == 1;
        }
        assert_int_equal(nearest, 6);
        nixe_lattice_destroy(&lattice);
    }
}

static void a_hexagon_has_its_neighbours_in_angular_order(void **state) {
    (void)state;
    nixe_lattice lattice;
    assert_ok(nixe_lattice_create(&lattice, NIXE_HEXAGON, 3, 0));
    for (int m = 0; m < 6; m++) { /* each next one is 60 degrees on */
        const double *now = lattice.direction[m], *next = lattice.direction[(m + 1) % 6];
        assert_close(now[0] * next[0] + now[1] * next[1], 0.5, 1e-14);
        assert_close(now[0] * next[1] - now[1] * next[0], sqrt(0.75), 1e-14);
    }
    nixe_lattice_destroy(&lattice);
}

static void layers_surround_the_core(void **state) {
    (void)state;
    for (int c = 0; c < SHAPES; c++) {
        nixe_lattice lattice;
        create(&lattice, c);
        double core = lattice.dimension == 2 ? shapes[c].edge - 1 : 0.5 * (shapes[c].edge - 1);
        int largest = 0;
        for (int i = 0; i < lattice.sites; i++) {
            int layer = lattice.layer[i];
            assert_close(layer, fmax(0, radius(&lattice, i) - core), 1e-9);
            largest = layer > largest ? layer : largest;
        }
        assert_int_equal(largest, shapes[c].layers);
        for (int b = 0; b < lattice.bonds; b++) {
            int shell = lattice.layer[lattice.bond[2 * b]] > 0 && lattice.layer[lattice.bond[2 * b + 1]] > 0;
            assert_true(nixe_lattice_stiffness(&lattice, b, 3.5) == (shell ? 3.5 : 1.0));
        }
        nixe_lattice_destroy(&lattice);
    }
}

static void surface_and_averaged_sites(void **state) {
    (void)state;
    for (int c = 0; c < SHAPES; c++) {
        nixe_lattice lattice;
        create(&lattice, c);
        int averaged_sites = 0;
        for (int i = 0; i < lattice.sites; i++) {
            int bonds = 0, core_bonds = 0;
            for (int j = 0; j < lattice.sites; j++) {
                bonds += fixture_bonded(&lattice, i, j);
                core_bonds += fixture_bonded(&lattice, i, j) && lattice.layer[j] == 0;
            }
            assert_int_equal(lattice.surface[i], bonds < lattice.coordination);
            assert_int_equal(lattice.averaged[i], lattice.layer[i] == 0 && core_bonds == lattice.coordination);
            if (shapes[c].layers == 0) assert_int_equal(lattice.averaged[i], !lattice.surface[i]);
            averaged_sites += lattice.averaged[i];
        }
        assert_int_equal(lattice.averaged_sites, averaged_sites);
        nixe_lattice_destroy(&lattice);
    }
}

static void averaged_sites_whatever_the_shell(void **state) {
    (void)state;
    for (int layers = 0; layers < 10; layers++) {
        nixe_lattice lattice;
        assert_ok(nixe_lattice_create(&lattice, NIXE_HEXAGON, 16, layers));
        assert_int_equal(lattice.core_sites, 721);
        assert_int_equal(lattice.averaged_sites, 631);
        nixe_lattice_destroy(&lattice);
        assert_ok(nixe_lattice_create(&lattice, NIXE_CUBE, 5, layers / 2));
        assert_int_equal(lattice.averaged_sites, 27);
        nixe_lattice_destroy(&lattice);
    }
}

static void mirror_images_are_symmetries(void **state) {
    (void)state;
    for (int c = 0; c < SHAPES; c++) {
        nixe_lattice lattice;
        nixe_symmetry mirror;
        create(&lattice, c);
        assert_ok(nixe_symmetry_create(&mirror, &lattice));
        const int n = lattice.sites, d = lattice.dimension;
        assert_int_equal(mirror.elements, 1 << d);
        for (int g = 0; g < mirror.elements; g++) {
            const int32_t *image = mirror.image + g * n;
            for (int i = 0; i < n; i++) {
                assert_in_range(image[i], 0, n - 1);
                assert_int_equal(image[image[i]], i);
                assert_int_equal(lattice.layer[image[i]], lattice.layer[i]);
                assert_int_equal(lattice.averaged[image[i]], lattice.averaged[i]);
                for (int k = 0; k < d; k++)
                    assert_close(position(&lattice, image[i])[k], position(&lattice, i)[k] * (g >> k & 1 ? -1 : 1), 1e-12 * n);
            }
            for (int b = 0; b < lattice.bonds; b++) /* bonds go to bonds */
                assert_true(fixture_bonded(&lattice, image[lattice.bond[2 * b]], image[lattice.bond[2 * b + 1]]));
        }
        nixe_symmetry_destroy(&mirror);
        nixe_lattice_destroy(&lattice);
    }
}

static void every_site_is_the_image_of_one_representative(void **state) {
    (void)state;
    for (int c = 0; c < SHAPES; c++) {
        nixe_lattice lattice;
        nixe_symmetry mirror;
        create(&lattice, c);
        assert_ok(nixe_symmetry_create(&mirror, &lattice));
        int *images = calloc((size_t)lattice.sites, sizeof *images);
        for (int r = 0; r < mirror.representatives; r++) {
            int site = mirror.representative[r], fixing = nixe_symmetry_fixing(&mirror, &lattice, site);
            for (int g = 0; g < mirror.elements; g++) images[mirror.image[g * lattice.sites + site]] += 120 / fixing;
        }
        for (int i = 0; i < lattice.sites; i++) assert_int_equal(images[i], 120);
        free(images);
        nixe_symmetry_destroy(&mirror);
        nixe_lattice_destroy(&lattice);
    }
}

static void characters_are_orthogonal(void **state) {
    (void)state;
    for (int elements = 4; elements <= 8; elements *= 2)
        for (int a = 0; a < elements; a++)
            for (int b = 0; b < elements; b++) {
                double sum = 0;
                for (int g = 0; g < elements; g++) sum += nixe_symmetry_character(a, g) * nixe_symmetry_character(b, g);
                assert_close(sum, a == b ? elements : 0, 0);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_of_published_crystals),
        cmocka_unit_test(too_many_sites_are_refused),
        cmocka_unit_test(sites_fill_the_shape),
        cmocka_unit_test(bonds_are_the_close_pairs),
        cmocka_unit_test(neighbours_follow_directions_and_offsets),
        cmocka_unit_test(directions_come_in_opposite_pairs),
        cmocka_unit_test(a_hexagon_has_its_neighbours_in_angular_order),
        cmocka_unit_test(layers_surround_the_core),
        cmocka_unit_test(surface_and_averaged_sites),
        cmocka_unit_test(averaged_sites_whatever_the_shell),
        cmocka_unit_test(mirror_images_are_symmetries),
        cmocka_unit_test(every_site_is_the_image_of_one_representative),
        cmocka_unit_test(characters_are_orthogonal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
