/* Lattice: sites, bonds, layers and the numbering of sites, of crystals of every lattice and shape. */
#include <stdio.h>

#include "unit/fixture.h"

/* Crystals with their numbers of sites and bonds, from independent programs, 0 where those are not known. */
static const struct {
    nixe_recipe recipe;
    int sites, bonds;
} crystals[] = {
#define PLAIN .faces = "", .single_faces = ""
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 2, PLAIN}, 7, 12},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 8, PLAIN}, 169, 462},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 1, .shell_layers = 2, PLAIN}, 19, 42},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 5, .shell_layers = 3, PLAIN}, 169, 462},
    {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 2, PLAIN}, 8, 24},
    {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 6, PLAIN}, 216, 1440},
    {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 1, .shell_layers = 1, PLAIN}, 27, 126},
    {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 3, .shell_layers = 2, PLAIN}, 343, 2394},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_DISC, .radius = 5.5, PLAIN}, 109, 288},
    {{.type = NIXE_SQUARE, .shape = NIXE_DISC, .radius = 5, PLAIN}, 81, 272},
    {{.type = NIXE_SQUARE, .shape = NIXE_DISC, .radius = 3, .shell_layers = 2, PLAIN}, 81, 272},
    {{.type = NIXE_SC, .shape = NIXE_SPHERE, .radius = 3.2, PLAIN}, 147, 930},
    {{.type = NIXE_FCC, .shape = NIXE_SPHERE, .radius = 3, PLAIN}, 177, 804},
    {{.type = NIXE_BCC, .shape = NIXE_SPHERE, .radius = 3, PLAIN}, 169, 900},
    {{.type = NIXE_HCP, .shape = NIXE_SPHERE, .radius = 3, PLAIN}, 159, 720},
    {{.type = NIXE_HCP, .shape = NIXE_ROD, .radius = 2.1, .length = 6, .axis = {0, 0, 1}, .shell_layers = 1, PLAIN}, 0, 0},
    {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "111:1.7", .single_faces = ""}, 85, 0},
    {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "111:1.7,100:1.5", .single_faces = ""}, 55, 0},
    {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "", .single_faces = "111:2,-1-11:2,-11-1:2,1-1-1:2"}, 0, 0},
    {{.type = NIXE_HCP, .shape = NIXE_POLYHEDRON, .faces = "0001:3,10-10:2.5", .single_faces = "", .shell_layers = 1}, 0, 0},
    {{.type = NIXE_SC, .shape = NIXE_BOX, .cells = {5, 5, 4}, PLAIN}, 100, 0},
    {{.type = NIXE_FCC, .shape = NIXE_BOX, .cells = {2, 3, 2}, .shell_layers = 1, PLAIN}, 0, 0},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_BOX, .cells = {6, 6}, .periodic = {1, 1}, PLAIN}, 36, 108},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_BOX, .cells = {8, 6}, .periodic = {1, 0}, PLAIN}, 48, 128},
    {{.type = NIXE_SQUARE, .shape = NIXE_BOX, .cells = {5, 6}, .periodic = {1, 1}, PLAIN}, 30, 120},
    {{.type = NIXE_SC, .shape = NIXE_BOX, .cells = {4, 4, 5}, .periodic = {0, 0, 1}, PLAIN}, 80, 530},
    {{.type = NIXE_FCC, .shape = NIXE_BOX, .cells = {3, 3, 3}, .periodic = {1, 1, 1}, PLAIN}, 108, 648},
    {{.type = NIXE_BCC, .shape = NIXE_BOX, .cells = {3, 3, 4}, .periodic = {1, 1, 1}, PLAIN}, 72, 504},
    {{.type = NIXE_HCP, .shape = NIXE_BOX, .cells = {4, 4, 3}, .periodic = {1, 1, 1}, PLAIN}, 96, 576},
    {{.type = NIXE_HCP, .shape = NIXE_BOX, .cells = {4, 3, 2}, .periodic = {1, 1, 0}, PLAIN}, 0, 0},
};
enum { CRYSTALS = sizeof crystals / sizeof *crystals };

static void create(nixe_lattice *lattice, int number) { assert_ok(nixe_lattice_create(lattice, &crystals[number].recipe)); }

static const double *position(const nixe_lattice *lattice, int site) { return lattice->position + site * lattice->dimension; }

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

static void sites_and_bonds_are_as_many_as_known(void **state) {
    (void)state;
    static const int hexagon[][2] = {{8, 169}, {10, 271}, {12, 397}, {16, 721}, {24, 1657}};
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        create(&lattice, c);
        if (crystals[c].sites) assert_int_equal(lattice.sites, crystals[c].sites);
        if (crystals[c].bonds) assert_int_equal(lattice.bonds, crystals[c].bonds);
        assert_close(nixe_lattice_count_sites(&crystals[c].recipe), lattice.sites + lattice.loose, 0);
        nixe_lattice_destroy(&lattice);
    }
    for (int i = 0; i < 5; i++) {
        const nixe_recipe recipe = fixture_recipe(NIXE_HEXAGON, hexagon[i][0], 0);
        assert_close(nixe_lattice_count_sites(&recipe), hexagon[i][1], 0);
    }
}

/* Site-centred fcc octahedra and cuboctahedra, {111} and {100} through k planes. */
static void magic_numbers(void **state) {
    (void)state;
    static const int octahedron[] = {19, 85, 231, 489}, cuboctahedron[] = {13, 55, 147, 309};
    for (int k = 1; k <= 4; k++)
        for (int cut = 0; cut < 2; cut++) {
            char faces[64];
            nixe_lattice lattice;
            nixe_recipe recipe = {.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = faces, .single_faces = ""};
            /* the octahedron of edge 2k has its {111} faces through k planes; a cuboctahedron's {100} are k planes away */
            snprintf(faces, sizeof faces, cut ? "111:%.6f,100:%.6f" : "111:%.6f", k * sqrt(2.0 / 3) + 1e-5,
                     k * sqrt(0.5) + 1e-5);
            assert_ok(nixe_lattice_create(&lattice, &recipe));
            assert_int_equal(lattice.sites, cut ? cuboctahedron[k - 1] : octahedron[k - 1]);
            nixe_lattice_destroy(&lattice);
        }
}

/* The estimate for what is too large to be looked at point by point. */
static void large_crystals_are_estimated(void **state) {
    (void)state;
    const nixe_recipe sphere = {.type = NIXE_FCC, .shape = NIXE_SPHERE, .radius = 1e6, PLAIN};
    assert_close_relative(nixe_lattice_count_sites(&sphere), 4 * M_PI / 3 * 1e18 * sqrt(2), 0.02);
    nixe_lattice lattice;
    assert_int_equal(nixe_lattice_create(&lattice, &sphere), NIXE_REFUSED);
    nixe_status_clear();
    /* long ones are counted along their length, flat ones across it */
    const nixe_recipe wire = {.type = NIXE_SC, .shape = NIXE_ROD, .radius = 2, .length = 2e6, .axis = {0, 0, 1}, PLAIN};
    assert_close_relative(nixe_lattice_count_sites(&wire), 13 * 2e6, 0.02);
    const nixe_recipe plate = {.type = NIXE_SC, .shape = NIXE_ROD, .radius = 1e6, .length = 2, .axis = {0, 0, 1}, PLAIN};
    assert_close_relative(nixe_lattice_count_sites(&plate), 3 * M_PI * 1e12, 0.02);
    /* a needle across the cells, of which no box is made */
    const nixe_recipe needle = {.type = NIXE_SC, .shape = NIXE_ROD, .radius = 2, .length = 1e6, .axis = {1, 1, 1}, PLAIN};
    assert_int_equal(nixe_lattice_create(&lattice, &needle), NIXE_REFUSED);
    nixe_status_clear();
}

/* No two sites at one place; all of them where the lattice has points, which are known by their neighbours. */
static void sites_have_places_of_their_own(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        create(&lattice, c);
        double centroid[3] = {0};
        for (int i = 0; i < lattice.sites; i++) {
            for (int k = 0; k < lattice.dimension; k++) centroid[k] += position(&lattice, i)[k] / lattice.sites;
            assert_int_equal(nixe_lattice_find(&lattice, position(&lattice, i)), i);
            for (int j = 0; j < i; j++) {
                double square = 0;
                for (int k = 0; k < lattice.dimension; k++)
                    square += pow(position(&lattice, i)[k] - position(&lattice, j)[k], 2);
                assert_true(square > 0.999);
            }
        }
        for (int k = 0; k < lattice.dimension; k++) assert_close(lattice.centroid[k], centroid[k], 1e-12 * lattice.sites);
        nixe_lattice_destroy(&lattice);
    }
}

static void bonds_are_the_close_pairs(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        create(&lattice, c);
        const int n = lattice.sites, d = lattice.dimension;
        char *bonded = calloc((size_t)(n * n), 1);
        for (int b = 0; b < lattice.bonds; b++) {
            const int i = lattice.bond[2 * b], j = lattice.bond[2 * b + 1], direction = lattice.bond_direction[b];
            assert_false(bonded[i * n + j]); /* each bond once */
            bonded[i * n + j] = bonded[j * n + i] = 1;
            assert_in_range(direction, 0, lattice.directions / 2 - 1);
            double way[3];
            assert_int_equal(fixture_bond_class(&lattice, i, j, way), lattice.direction_class[direction]);
            for (int k = 0; k < d; k++) /* alpha points from the first site to the second */
                assert_close(way[k], nixe_lattice_class(&lattice, b)->length * lattice.direction[direction][k], 1e-12);
        }
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) assert_int_equal(bonded[i * n + j], fixture_bonded(&lattice, i, j));
        free(bonded);
        nixe_lattice_destroy(&lattice);
    }
}

static void neighbours_follow_directions_and_offsets(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        create(&lattice, c);
        const int n = lattice.sites, z = lattice.directions, half = z / 2, d = lattice.dimension;
        int reach = 0;
        for (int m = 0; m < half; m++) reach = lattice.offset[m] > reach ? lattice.offset[m] : reach;
        assert_int_equal(reach, lattice.reach);
        assert_int_equal(lattice.slots, lattice.homes + reach);
        for (int i = 0; i < n; i++) {
            int bonded = 0;
            assert_int_equal(lattice.slot_site[lattice.home[i]], i);
            assert_in_range(lattice.home[i], i ? lattice.home[i - 1] + 1 : 0, lattice.homes - 1);
            for (int j = 0; j < n; j++) bonded += fixture_bonded(&lattice, i, j);
            for (int m = 0; m < z; m++) {
                const int j = lattice.neighbour[i * z + m];
                double way[3];
                if (j < 0) continue;
                bonded--;
                assert_in_range(j, 0, n - 1);
                assert_int_equal(lattice.neighbour[j * z + (m + half) % z], i);
                const int class = fixture_bond_class(&lattice, i, j, way);
                assert_int_equal(class, lattice.direction_class[m]);
                for (int k = 0; k < d; k++)
                    assert_close(way[k], lattice.bond_class[class].length * lattice.direction[m][k], 1e-12 * n);
                if (m < half) assert_int_equal(j, lattice.slot_site[lattice.home[i] + lattice.offset[m]]);
            }
            assert_int_equal(bonded, 0); /* none is missing */
        }
        nixe_lattice_destroy(&lattice);
    }
}

/* Those of the paper are as in its files: no slot between sites is empty. */
static void numbering_of_hexagons_and_cubes(void **state) {
    (void)state;
    nixe_lattice lattice;
    assert_ok(fixture_lattice_create(&lattice, NIXE_HEXAGON, 5, 1));
    assert_int_equal(lattice.homes, lattice.sites);
    for (int i = 0; i < lattice.sites; i++) {
        const int r = (int)lround(lattice.position[2 * i + 1] / sqrt(0.75)), q = (int)lround(lattice.position[2 * i] - 0.5 * r);
        assert_int_equal(i, ((q + 17 * r) % lattice.sites + lattice.sites) % lattice.sites);
    }
    nixe_lattice_destroy(&lattice);
    assert_ok(fixture_lattice_create(&lattice, NIXE_CUBE, 4, 1));
    for (int i = 0; i < lattice.sites; i++)
        for (int k = 0; k < 3; k++) assert_close(lattice.position[3 * i + k], i / (k == 0 ? 1 : k == 1 ? 6 : 36) % 6 - 2.5, 0);
    nixe_lattice_destroy(&lattice);
}

static void directions_come_in_opposite_pairs(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        create(&lattice, c);
        const int half = lattice.directions / 2;
        for (int m = 0; m < 2 * half; m++) {
            const double *alpha = lattice.direction[m];
            assert_close(alpha[0] * alpha[0] + alpha[1] * alpha[1] + alpha[2] * alpha[2], 1, 1e-14);
            for (int k = 0; k < 3; k++) assert_close(alpha[k], -lattice.direction[(m + half) % (2 * half)][k], 0);
            assert_int_equal(lattice.direction_class[m], lattice.direction_class[(m + half) % (2 * half)]);
        }
        assert_int_equal(half, lattice.type == NIXE_HCP ? 9 : lattice.coordination / 2);
        nixe_lattice_destroy(&lattice);
    }
}

static void a_hexagon_has_its_neighbours_in_angular_order(void **state) {
    (void)state;
    nixe_lattice lattice;
    assert_ok(fixture_lattice_create(&lattice, NIXE_HEXAGON, 3, 0));
    for (int m = 0; m < 6; m++) { /* each next one is 60 degrees on */
        const double *now = lattice.direction[m], *next = lattice.direction[(m + 1) % 6];
        assert_close(now[0] * next[0] + now[1] * next[1], 0.5, 1e-14);
        assert_close(now[0] * next[1] - now[1] * next[0], sqrt(0.75), 1e-14);
    }
    nixe_lattice_destroy(&lattice);
}

static void layers_surround_the_core(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        const nixe_recipe *recipe = &crystals[c].recipe;
        create(&lattice, c);
        int largest = 0, core = 0;
        for (int i = 0; i < lattice.sites; i++) {
            const int layer = lattice.layer[i];
            const double x = position(&lattice, i)[0], y = position(&lattice, i)[1];
            const double z = lattice.dimension == 3 ? position(&lattice, i)[2] : 0;
            core += layer == 0;
            largest = layer > largest ? layer : largest;
            double beyond = layer; /* of the core's shape, in layers, where a formula says it */
            if (recipe->shape == NIXE_HEXAGON) beyond = radius(&lattice, i) - (recipe->edge - 1);
            if (recipe->shape == NIXE_CUBE) beyond = radius(&lattice, i) - 0.5 * (recipe->edge - 1);
            if (recipe->shape == NIXE_DISC || recipe->shape == NIXE_SPHERE)
                beyond = ceil(sqrt(x * x + y * y + z * z) - recipe->radius - 1e-9);
            if (recipe->shape == NIXE_ROD)
                beyond = ceil(fmax(hypot(x, y) - recipe->radius, fabs(z) - recipe->length / 2) - 1e-9);
            assert_close(layer, fmax(0, beyond), 1e-9);
        }
        assert_int_equal(core, lattice.core_sites);
        assert_int_equal(largest, recipe->shell_layers);
        for (int b = 0; b < lattice.bonds; b++) {
            const int shell = lattice.layer[lattice.bond[2 * b]] > 0 && lattice.layer[lattice.bond[2 * b + 1]] > 0;
            assert_true(nixe_lattice_stiffness(&lattice, b, 3.5) == (shell ? 3.5 : 1.0));
        }
        nixe_lattice_destroy(&lattice);
    }
}

static void surface_and_averaged_sites(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        create(&lattice, c);
        int averaged_sites = 0;
        for (int i = 0; i < lattice.sites; i++) {
            int nearest = 0, core_bonds = 0;
            for (int j = 0; j < lattice.sites; j++) {
                double way[3];
                const int class = fixture_bond_class(&lattice, i, j, way);
                nearest += class == 0;
                core_bonds += class >= 0 && lattice.layer[j] == 0;
            }
            assert_int_equal(lattice.surface[i], nearest < lattice.nearest);
            assert_int_equal(lattice.averaged[i], lattice.layer[i] == 0 && core_bonds == lattice.coordination);
            averaged_sites += lattice.averaged[i];
        }
        assert_int_equal(lattice.averaged_sites, averaged_sites);
        nixe_lattice_destroy(&lattice);
    }
}

/* A site that only one bond holds, or two in a line, goes, and with it what it alone held. */
static void loose_sites_are_removed(void **state) {
    (void)state;
    static const struct {
        nixe_recipe recipe;
        int sites, loose;
    } cases[] = {{{.type = NIXE_TRIANGULAR, .shape = NIXE_DISC, .radius = 2, PLAIN}, 19, 0},
                 {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "100:1.5", .single_faces = ""}, 0, 0},
                 {{.type = NIXE_TRIANGULAR, .shape = NIXE_BOX, .cells = {5, 2}, PLAIN}, 10, 0}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        nixe_lattice lattice;
        assert_ok(nixe_lattice_create(&lattice, &cases[c].recipe));
        if (cases[c].sites) {
            assert_int_equal(lattice.sites, cases[c].sites);
            assert_int_equal(lattice.loose, cases[c].loose);
        }
        nixe_lattice_destroy(&lattice);
    }
}

static void refusals(void **state) {
    (void)state;
    static const struct {
        nixe_recipe recipe;
        const char *says;
    } cases[] = {
        {{.type = NIXE_SQUARE, .shape = NIXE_HEXAGON, .edge = 4, PLAIN}, "on -lattice_type triangular only"},
        {{.type = NIXE_FCC, .shape = NIXE_DISC, .radius = 4, PLAIN}, "has 2 dimensions"},
        {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, PLAIN}, "needs -lattice_faces"},
        {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "111", .single_faces = ""}, "its distance"},
        {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "11:3", .single_faces = ""}, "3 indices"},
        {{.type = NIXE_HCP, .shape = NIXE_POLYHEDRON, .faces = "1010:3", .single_faces = ""}, "add up to 0"},
        {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "111:-3", .single_faces = ""}, "above 0"},
        {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "", .single_faces = "111:3,100:3"}, "do not close"},
        {{.type = NIXE_FCC, .shape = NIXE_ROD, .radius = 2, .length = 4, PLAIN}, "needs a direction"},
        {{.type = NIXE_FCC, .shape = NIXE_SPHERE, .radius = 0.4, .center = {0.3, 0.3, 0.3}, PLAIN}, "is empty"},
        {{.type = NIXE_FCC, .shape = NIXE_SPHERE, .radius = 0.5, PLAIN}, "is empty"},
        {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 20000, PLAIN}, "can number"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        nixe_lattice lattice;
        assert_int_equal(nixe_lattice_create(&lattice, &cases[c].recipe), NIXE_REFUSED);
        if (!strstr(nixe_status_message(), cases[c].says)) fail_msg("%s, not %s", nixe_status_message(), cases[c].says);
        nixe_status_clear();
    }
}

static void averaged_sites_whatever_the_shell(void **state) {
    (void)state;
    for (int layers = 0; layers < 10; layers++) {
        nixe_lattice lattice;
        assert_ok(fixture_lattice_create(&lattice, NIXE_HEXAGON, 16, layers));
        assert_int_equal(lattice.core_sites, 721);
        assert_int_equal(lattice.averaged_sites, 631);
        nixe_lattice_destroy(&lattice);
        assert_ok(fixture_lattice_create(&lattice, NIXE_CUBE, 5, layers / 2));
        assert_int_equal(lattice.averaged_sites, 27);
        nixe_lattice_destroy(&lattice);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sites_and_bonds_are_as_many_as_known),
        cmocka_unit_test(magic_numbers),
        cmocka_unit_test(large_crystals_are_estimated),
        cmocka_unit_test(sites_have_places_of_their_own),
        cmocka_unit_test(bonds_are_the_close_pairs),
        cmocka_unit_test(neighbours_follow_directions_and_offsets),
        cmocka_unit_test(numbering_of_hexagons_and_cubes),
        cmocka_unit_test(directions_come_in_opposite_pairs),
        cmocka_unit_test(a_hexagon_has_its_neighbours_in_angular_order),
        cmocka_unit_test(layers_surround_the_core),
        cmocka_unit_test(surface_and_averaged_sites),
        cmocka_unit_test(averaged_sites_whatever_the_shell),
        cmocka_unit_test(loose_sites_are_removed),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
