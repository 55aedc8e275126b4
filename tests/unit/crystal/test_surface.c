/* Surface: faces, factors of k_ex and depths of sites, from their positions alone. */
#include "nixe/crystal/surface.h"

#include <stdio.h>

#include "unit/fixture.h"

static void create(nixe_lattice *lattice, nixe_recipe recipe) {
    if (!recipe.faces) recipe.faces = "";
    if (!recipe.single_faces) recipe.single_faces = "";
    assert_ok(nixe_lattice_create(lattice, &recipe));
}

static const nixe_recipe crystals[] = {
    {.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 4, .exchange_faces = "10:0.5"},
    {.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 5, .exchange_bonds = "3:0,4:7"},
    {.type = NIXE_SQUARE, .shape = NIXE_DISC, .radius = 4.5, .exchange_bonds = "2:0.25,3:4"},
    {.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "111:2.5,100:2.2", .exchange_faces = "111:0,100:1"},
    {.type = NIXE_FCC,
     .shape = NIXE_POLYHEDRON,
     .faces = "111:2.5,100:2.2",
     .exchange_faces = "100:3",
     .exchange_bonds = "5:2"},
    {.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .single_faces = "111:2,-1-11:2,-11-1:2,1-1-1:2", .exchange_faces = "-11-1:9"},
    {.type = NIXE_BCC, .shape = NIXE_POLYHEDRON, .faces = "110:2.2,100:2.5", .exchange_faces = "110:0.1,100:10"},
    {.type = NIXE_BCC, .shape = NIXE_BOX, .cells = {3, 4, 5}, .exchange_faces = "1:1,2:2,3:3"},
    {.type = NIXE_HCP, .shape = NIXE_ROD, .radius = 2.2, .length = 7, .axis = {0, 0, 1}, .exchange_faces = "side:0"},
    {.type = NIXE_HCP, .shape = NIXE_POLYHEDRON, .faces = "0001:2,10-11:2.3", .exchange_faces = "0001:2,10-11:7"},
    {.type = NIXE_HCP,
     .shape = NIXE_POLYHEDRON,
     .faces = "0001:2.5,10-10:2.2",
     .exchange_faces = "0001:5",
     .exchange_bonds = "9:2"},
};
enum { CRYSTALS = sizeof crystals / sizeof *crystals };

/* The factor that a text gives a name; 1 if it does not. */
static double factor_of(const char *text, const char *name) {
    char key[32];
    snprintf(key, sizeof key, ",%s:", name);
    char all[256];
    snprintf(all, sizeof all, ",%s", text ? text : "");
    const char *at = strstr(all, key);
    return at ? strtod(at + strlen(key), NULL) : 1;
}

static int is_site(const nixe_lattice *lattice, const double *x) {
    const int d = lattice->dimension;
    for (int j = 0; j < lattice->sites; j++) {
        double distance = 0;
        for (int k = 0; k < d; k++) distance += fabs(lattice->position[j * d + k] - x[k]);
        if (distance < 1e-6) return 1;
    }
    return 0;
}

/* All points of the lattice that are nearest to a site and have no ion; how many nearest neighbours are there. */
static int list_doors(const nixe_lattice *lattice, int site, double (*door)[3], int *doors) {
    const nixe_lattice_kind *kind = &nixe_lattice_kinds[lattice->type];
    const int d = lattice->dimension;
    int neighbours = 0;
    *doors = 0;
    for (int v = 0; v < 17 * 17 * (d == 3 ? 17 : 1); v++)
        for (int b = 0; b < kind->basis_sites; b++) {
            double x[3], square = 0;
            double y[3] = {0}, at[3] = {0};
            for (int k = 0; k < d; k++) at[k] = lattice->position[site * d + k] + lattice->center[k];
            nixe_lattice_coordinates(kind, 0, at, y);
            const int c[3] = {(int)lround(y[0]) + v % 17 - 8, (int)lround(y[1]) + v / 17 % 17 - 8,
                              d == 3 ? (int)lround(y[2]) + v / 289 - 8 : 0};
            nixe_lattice_place(kind, c, b, x);
            for (int k = 0; k < 3; k++) x[k] -= lattice->center[k];
            for (int k = 0; k < d; k++) square += pow(x[k] - lattice->position[site * d + k], 2);
            if (fabs(square - 1) > 1e-6) continue;
            if (is_site(lattice, x)) neighbours++;
            else memcpy(door[(*doors)++], x, sizeof x);
        }
    return neighbours;
}

static int nearest_face(const nixe_outline *outline, const double *x) {
    int best = 0;
    for (int f = 1; f < outline->faces; f++)
        if (nixe_face_beyond(&outline->face[f], x) > nixe_face_beyond(&outline->face[best], x) + 1e-9) best = f;
    return best;
}

/* The rule, for one site; returns how many of its doors lie beyond no face. */
static int check_site(const nixe_lattice *lattice, const nixe_recipe *recipe, const nixe_outline *outline, int site) {
    double door[12][3], sum = 0;
    int doors, with[NIXE_MAX_FACES] = {0}, best = 0, inside = 0;
    char number[16];
    const int neighbours = list_doors(lattice, site, door, &doors);
    assert_int_equal(neighbours + doors, lattice->nearest);
    assert_int_equal(lattice->surface[site], doors > 0);
    if (!doors) {
        assert_int_equal(lattice->face[site], -1);
        assert_true(lattice->exchange[site] == 1);
        return 0;
    }
    for (int i = 0; i < doors; i++) {
        double mean = 0;
        int beyond = 0, names[NIXE_MAX_FACES] = {0};
        for (int f = 0; f < outline->faces; f++) {
            if (nixe_face_beyond(&outline->face[f], door[i]) <= 1e-9) continue;
            mean += factor_of(recipe->exchange_faces, outline->name[outline->face[f].name]);
            names[outline->face[f].name] = 1;
            beyond++;
        }
        if (!beyond) {
            const int name = outline->face[nearest_face(outline, door[i])].name;
            mean = factor_of(recipe->exchange_faces, outline->name[name]);
            names[name] = 1;
            inside++;
        }
        sum += mean / (beyond ? beyond : 1);
        for (int n = 0; n < outline->names; n++) with[n] += names[n];
    }
    for (int n = 0; n < outline->names; n++)
        if (with[n] > with[best]) best = n;
    snprintf(number, sizeof number, "%d", neighbours);
    assert_int_equal(lattice->face[site], best);
    assert_close(lattice->exchange[site], sum / doors * factor_of(recipe->exchange_bonds, number), 1e-12);
    return inside;
}

static void faces_and_factors_are_those_of_the_doors(void **state) {
    (void)state;
    int loose = 0, inside;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        nixe_outline outline;
        nixe_recipe recipe = crystals[c];
        create(&lattice, recipe);
        if (!recipe.faces) recipe.faces = "";
        if (!recipe.single_faces) recipe.single_faces = "";
        assert_ok(nixe_outline_create(&outline, &recipe));
        loose += lattice.loose;
        inside = 0;
        assert_int_equal(lattice.faces, outline.names);
        for (int site = 0; site < lattice.sites; site++) inside += check_site(&lattice, &recipe, &outline, site);
        assert_int_equal(inside > 0, lattice.loose > 0); /* doors where a site hung loose */
        nixe_lattice_destroy(&lattice);
    }
    assert_true(loose > 0);
}

/* A block of 4^3: sites on a face, an edge, at a corner. */
static void a_block_by_hand(void **state) {
    (void)state;
    nixe_lattice lattice;
    const double factor[3] = {2, 0, 5};
    create(&lattice, (nixe_recipe){.type = NIXE_SC, .shape = NIXE_BOX, .cells = {4, 4, 4}, .exchange_faces = "1:2,2:0,3:5"});
    for (int site = 0; site < lattice.sites; site++) {
        double sum = 0;
        int outside = 0, first = -1;
        for (int k = 0; k < 3; k++) {
            if (fabs(lattice.position[3 * site + k]) < 1.4) continue;
            sum += factor[k];
            outside++;
            if (first < 0) first = k;
        }
        assert_int_equal(lattice.face[site], first); /* all as many doors */
        assert_close(lattice.exchange[site], outside ? sum / outside : 1, 1e-12);
    }
    nixe_lattice_destroy(&lattice);
}

static void depths_are_the_shortest_ways_to_the_surface(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        int deepest = 0;
        create(&lattice, crystals[c]);
        for (int i = 0; i < lattice.sites; i++) {
            int least = 1 << 20;
            double way[3];
            for (int j = 0; j < lattice.sites; j++)
                if (fixture_bond_class(&lattice, i, j, way) == 0 && lattice.depth[j] < least) least = lattice.depth[j];
            assert_int_equal(lattice.depth[i], lattice.surface[i] ? 0 : least + 1);
            if (lattice.depth[i] > deepest) deepest = lattice.depth[i];
        }
        assert_int_equal(lattice.depths, deepest + 1);
        nixe_lattice_destroy(&lattice);
    }
}

static void a_periodic_crystal_has_no_surface(void **state) {
    (void)state;
    nixe_lattice lattice;
    create(&lattice, (nixe_recipe){.type = NIXE_FCC, .shape = NIXE_BOX, .cells = {3, 3, 3}, .periodic = {1, 1, 1}});
    assert_int_equal(lattice.faces, 0);
    assert_int_equal(lattice.depths, 0);
    for (int i = 0; i < lattice.sites; i++) assert_true(lattice.face[i] == -1 && lattice.depth[i] == -1);
    nixe_lattice_destroy(&lattice);
    create(&lattice, (nixe_recipe){.type = NIXE_FCC, .shape = NIXE_BOX, .cells = {3, 3, 5}, .periodic = {1, 1, 0}});
    assert_int_equal(lattice.faces, 1);
    assert_string_equal(lattice.face_name[0], "3");
    assert_int_equal(lattice.depths, 5);
    nixe_lattice_destroy(&lattice);
}

static void factors_that_cannot_be_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *faces, *bonds, *said;
    } bad[] = {{"110:1", "", "no face 110; it has 111, 100"},
               {"111", "", "as in 111:0.5"},
               {"111:-1", "", "from 0 to 1e6"},
               {"111:nan", "", "from 0 to 1e6"},
               {"111:1,111:2", "", "twice"},
               {"111:0,100:0", "", "-exchange_faces: the factor of every"},
               {"111:1,", "", NULL},
               {"", "12:1", "from 0 to 11"},
               {"", "-1:1", "from 0 to 11"},
               {"", "x:1", "from 0 to 11"},
               {"", "7:1,7:1", "twice"},
               {"", "7:2e6", "as in 3:10"},
               {",", "", "as in"},
               {"111:1:2", "", "as in"},
               {"", "5:0,6:0,7:0,8:0,9:0", "-exchange_bonds: the factor of every"}};
    for (size_t b = 0; b < sizeof bad / sizeof *bad; b++) {
        nixe_lattice lattice;
        const nixe_recipe recipe = {.type = NIXE_FCC,
                                    .shape = NIXE_POLYHEDRON,
                                    .faces = "111:1.7,100:1.5",
                                    .single_faces = "",
                                    .exchange_faces = bad[b].faces,
                                    .exchange_bonds = bad[b].bonds};
        assert_int_equal(nixe_lattice_create(&lattice, &recipe), bad[b].said ? NIXE_REFUSED : NIXE_OK);
        if (bad[b].said) assert_non_null(strstr(nixe_status_message(), bad[b].said));
        nixe_status_clear();
        nixe_lattice_destroy(&lattice);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faces_and_factors_are_those_of_the_doors),    cmocka_unit_test(a_block_by_hand),
        cmocka_unit_test(depths_are_the_shortest_ways_to_the_surface), cmocka_unit_test(a_periodic_crystal_has_no_surface),
        cmocka_unit_test(factors_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
