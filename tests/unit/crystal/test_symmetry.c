/* Symmetry: the operations that are found, orbits, mirrors and their characters. */
#include "nixe/crystal/symmetry.h"

#include "unit/fixture.h"

#define PLAIN .faces = "", .single_faces = ""

/* Crystals with the order of their groups, and of the mirrors among them. */
static const struct {
    nixe_recipe recipe;
    int operations, mirrors;
} crystals[] = {
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 4, PLAIN}, 12, 4},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 3, .shell_layers = 2, PLAIN}, 12, 4},
    {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 4, PLAIN}, 48, 8},
    {{.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 3, .shell_layers = 1, PLAIN}, 48, 8},
    {{.type = NIXE_SC, .shape = NIXE_BOX, .cells = {3, 4, 5}, PLAIN}, 8, 8},
    {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "111:2.5", .single_faces = ""}, 48, 8},
    {{.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "", .single_faces = "111:1.7,-1-11:1.7,-11-1:1.7,1-1-1:1.7"}, 24, 4},
    {{.type = NIXE_HCP, .shape = NIXE_SPHERE, .radius = 3, PLAIN}, 12, 4},
    {{.type = NIXE_SQUARE, .shape = NIXE_DISC, .radius = 5, PLAIN}, 8, 4},
    {{.type = NIXE_TRIANGULAR, .shape = NIXE_DISC, .radius = 3.6, .center = {0.25, 0.1, 0}, PLAIN}, 1, 1},
    {{.type = NIXE_BCC, .shape = NIXE_SPHERE, .radius = 2.5, .center = {0.3, 0, 0}, PLAIN}, 8, 4},
};
enum { CRYSTALS = sizeof crystals / sizeof *crystals };

static void operations_map_the_crystal_onto_itself(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        assert_ok(nixe_lattice_create(&lattice, &crystals[c].recipe));
        const nixe_symmetry *symmetry = &lattice.symmetry;
        const int n = lattice.sites, d = lattice.dimension;
        if (symmetry->operations != crystals[c].operations) print_error("crystal %d\n", c);
        assert_int_equal(symmetry->operations, crystals[c].operations);
        assert_int_equal(symmetry->mirrors, crystals[c].mirrors);
        for (int g = 0; g < symmetry->operations; g++) {
            const int32_t *image = symmetry->image + g * n;
            char *reached = calloc((size_t)n, 1);
            for (int i = 0; i < n; i++) {
                assert_in_range(image[i], 0, n - 1);
                assert_false(reached[image[i]]);
                reached[image[i]] = 1;
                assert_int_equal(lattice.layer[image[i]], lattice.layer[i]);
                if (g == 0) assert_int_equal(image[i], i);
                for (int k = 0; k < d; k++) { /* about the centroid */
                    double at = lattice.centroid[k];
                    for (int m = 0; m < d; m++)
                        at += symmetry->rotation[g][3 * k + m] * (lattice.position[i * d + m] - lattice.centroid[m]);
                    assert_close(lattice.position[image[i] * d + k], at, 1e-12 * n);
                }
            }
            for (int b = 0; b < lattice.bonds; b++) { /* bonds go to bonds */
                double way[3];
                assert_int_equal(fixture_bond_class(&lattice, image[lattice.bond[2 * b]], image[lattice.bond[2 * b + 1]], way),
                                 lattice.direction_class[lattice.bond_direction[b]]);
            }
            free(reached);
        }
        nixe_lattice_destroy(&lattice);
    }
}

static void every_site_is_the_image_of_one_representative(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        assert_ok(nixe_lattice_create(&lattice, &crystals[c].recipe));
        const nixe_symmetry *symmetry = &lattice.symmetry;
        const int n = lattice.sites;
        int orbits = 0;
        int32_t *carried = calloc((size_t)n, sizeof *carried);
        for (int i = 0; i < n; i++) {
            const int orbit = symmetry->orbit[i], representative = symmetry->representative[orbit];
            orbits = orbit >= orbits ? orbit + 1 : orbits;
            nixe_symmetry_carry(&lattice, i, carried);
            assert_int_equal(carried[representative], i);
            for (int j = 0; j < n; j++) assert_int_equal(nixe_symmetry_back(&lattice, i, carried[j]), j);
            for (int g = 0; g < symmetry->operations; g++) assert_int_equal(symmetry->orbit[symmetry->image[g * n + i]], orbit);
        }
        assert_int_equal(orbits, symmetry->orbits);
        free(carried);
        nixe_lattice_destroy(&lattice);
    }
}

/* By the mirrors alone, every site is made of one site of the wedge; products of mirrors have the bits of both. */
static void mirrors_make_all_of_the_wedge(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        assert_ok(nixe_lattice_create(&lattice, &crystals[c].recipe));
        const nixe_symmetry *symmetry = &lattice.symmetry;
        int *images = calloc((size_t)lattice.sites, sizeof *images);
        for (int r = 0; r < symmetry->wedge_sites; r++) {
            const int site = symmetry->wedge[r], fixing = nixe_symmetry_fixing(&lattice, site);
            for (int e = 0; e < symmetry->mirrors; e++) images[nixe_symmetry_mirrored(&lattice, e, site)] += 120 / fixing;
        }
        for (int i = 0; i < lattice.sites; i++) assert_int_equal(images[i], 120);
        for (int a = 0; a < symmetry->mirrors; a++)
            for (int b = 0; b < symmetry->mirrors; b++)
                for (int i = 0; i < lattice.sites; i++)
                    assert_int_equal(nixe_symmetry_mirrored(&lattice, a, nixe_symmetry_mirrored(&lattice, b, i)),
                                     nixe_symmetry_mirrored(&lattice, a ^ b, i));
        free(images);
        nixe_lattice_destroy(&lattice);
    }
}

static void characters_are_orthogonal(void **state) {
    (void)state;
    for (int elements = 1; elements <= 8; elements *= 2)
        for (int a = 0; a < elements; a++)
            for (int b = 0; b < elements; b++) {
                double sum = 0;
                for (int e = 0; e < elements; e++) sum += nixe_symmetry_character(a, e) * nixe_symmetry_character(b, e);
                assert_close(sum, a == b ? elements : 0, 0);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_map_the_crystal_onto_itself),
        cmocka_unit_test(every_site_is_the_image_of_one_representative),
        cmocka_unit_test(mirrors_make_all_of_the_wedge),
        cmocka_unit_test(characters_are_orthogonal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
