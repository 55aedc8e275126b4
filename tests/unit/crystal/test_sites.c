/* Sites: crystals listed as extended XYZ become those that they were, and what is none is refused with its line. */
#include "nixe/crystal/sites.h"

#include <stdio.h>

#include "unit/fixture.h"

/* The text of a crystal, from another origin, with its lines in another order and numbers in columns. */
static char *print(const nixe_lattice *lattice, const char *more, int columns) {
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    const int n = lattice->sites, d = lattice->dimension;
    int step = n / 2 + 1;
    for (int k = 2; k < step; k++) /* prime to n */
        if (n % k == 0 && step % k == 0) step++, k = 1;
    fprintf(out, "%d\n%s%s\n", n, columns ? "Properties=species:S:1:pos:R:3:layer:I:1:exchange:R:1:field:R:1:start:S:1 " : "",
            more);
    for (int i = 0, at = n / 3; i < n; i++, at = (at + step) % n) {
        fprintf(out, "X");
        for (int k = 0; k < 3; k++) fprintf(out, " %.7f", k < d ? lattice->position[at * d + k] + 0.77 * (k + 1) : 5.0);
        if (columns)
            fprintf(out, "\t%d %.17g %.17g %s", lattice->layer[at], lattice->exchange[at], lattice->field[at],
                    lattice->layer[at] || at % 3 ? "B" : "1");
        fprintf(out, "\r\n");
    }
    fclose(out);
    return text;
}

static nixe_status list(nixe_lattice *lattice, nixe_lattice_type type, const char *text) {
    nixe_sites sites;
    nixe_status status = nixe_xyz_read("x.xyz", text, strlen(text), &nixe_lattice_kinds[type], &sites);
    nixe_recipe recipe = {.type = type, .shape = NIXE_LISTED, .shell_layers = sites.layers, .faces = "", .single_faces = ""};
    recipe.sites = &sites;
    memcpy(recipe.cells, sites.cells, sizeof recipe.cells);
    memcpy(recipe.periodic, sites.periodic, sizeof recipe.periodic);
    *lattice = (nixe_lattice){0};
    if (!status) status = nixe_lattice_create(lattice, &recipe);
    nixe_sites_destroy(&sites);
    return status;
}

static const nixe_recipe crystals[] = {
    {.type = NIXE_TRIANGULAR, .shape = NIXE_DISC, .radius = 3.2},
    {.type = NIXE_SQUARE, .shape = NIXE_DISC, .radius = 3, .shell_layers = 1},
    {.type = NIXE_SC, .shape = NIXE_SPHERE, .radius = 2.2},
    {.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "111:1.7,100:1.5"},
    {.type = NIXE_BCC, .shape = NIXE_SPHERE, .radius = 2.5, .shell_layers = 1},
    {.type = NIXE_HCP, .shape = NIXE_ROD, .radius = 2.1, .length = 6, .axis = {0, 0, 1}},
    {.type = NIXE_HCP, .shape = NIXE_POLYHEDRON, .faces = "0001:2,10-11:2.3"}, /* some of it hung loose */
};
enum { CRYSTALS = sizeof crystals / sizeof *crystals };

static void create(nixe_lattice *lattice, nixe_recipe recipe) {
    if (!recipe.faces) recipe.faces = "";
    recipe.single_faces = "";
    assert_ok(nixe_lattice_create(lattice, &recipe));
}

/* The same sites in the same order, with the same homes. */
static void compare(const nixe_lattice *one, const nixe_lattice *other) {
    const int n = one->sites, d = one->dimension;
    assert_int_equal(other->sites, n);
    assert_int_equal(other->bonds, one->bonds);
    assert_int_equal(other->shell_layers, one->shell_layers);
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < d; k++)
            assert_close(other->position[i * d + k] - other->centroid[k], one->position[i * d + k] - one->centroid[k], 1e-9);
        assert_int_equal(other->layer[i], one->layer[i]);
        assert_int_equal(other->home[i], one->home[i]);
    }
    assert_memory_equal(other->neighbour, one->neighbour, (size_t)n * (size_t)one->directions * sizeof *one->neighbour);
    assert_int_equal(other->symmetry.operations, one->symmetry.operations);
}

static void a_crystal_that_is_listed_is_the_same(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice, listed;
        create(&lattice, crystals[c]);
        fixture_set_places(&lattice, 0.7);
        char *text = print(&lattice, "", 1);
        assert_ok(list(&listed, lattice.type, text));
        compare(&lattice, &listed);
        for (int i = 0; i < lattice.sites; i++) {
            assert_true(listed.field[i] == lattice.field[i] && listed.exchange[i] == lattice.exchange[i]);
            assert_int_equal(listed.start[i], lattice.layer[i] || i % 3 ? -1 : 1);
            assert_int_equal(listed.face[i], lattice.surface[i] ? 0 : -1);
        }
        assert_string_equal(listed.face_name[0], "surface");
        nixe_lattice_destroy(&listed);
        free(text);
        for (int i = 0; i < lattice.sites && !lattice.shell_layers; i++) lattice.layer[i] = 0;
        if (!lattice.shell_layers) { /* without Properties there are a species and a position */
            text = print(&lattice, "made by hand", 0);
            assert_ok(list(&listed, lattice.type, text));
            compare(&lattice, &listed);
            for (int i = 0; i < lattice.sites; i++)
                assert_true(listed.field[i] == 0 && listed.exchange[i] == 1 && listed.start[i] == 0);
            nixe_lattice_destroy(&listed);
            free(text);
        }
        nixe_lattice_destroy(&lattice);
    }
}

/* Sites anywhere along the periods are the same crystal; numbers may begin at another place. */
static void periods(void **state) {
    (void)state;
    nixe_lattice lattice, listed;
    create(&lattice, (nixe_recipe){.type = NIXE_FCC, .shape = NIXE_BOX, .cells = {3, 4, 3}, .periodic = {1, 1, 0}});
    const double edge = sqrt(2);
    char vectors[200];
    for (int i = 0; i < lattice.sites; i += 5) lattice.position[3 * i] += 3 * edge * (i % 3 - 1);
    snprintf(vectors, sizeof vectors, "Lattice=\"%.9f 0 0 0 %.9f 0 0 0 %.9f\" pbc=\"T T F\"", 3 * edge, 4 * edge, 9 * edge);
    char *text = print(&lattice, vectors, 0);
    assert_ok(list(&listed, NIXE_FCC, text));
    assert_int_equal(listed.sites, lattice.sites);
    assert_int_equal(listed.bonds, lattice.bonds);
    assert_int_equal(listed.periods, 2);
    assert_int_equal(listed.depths, lattice.depths);
    assert_int_equal(listed.cells[1], 4);
    assert_close(listed.period[1][1], 4 * edge, 1e-12);
    nixe_lattice_destroy(&listed);
    free(text);
    snprintf(vectors, sizeof vectors, "pbc=\"T T F\"");
    text = print(&lattice, vectors, 0);
    assert_int_equal(list(&listed, NIXE_FCC, text), NIXE_REFUSED);
    assert_non_null(strstr(nixe_status_message(), "pbc needs"));
    nixe_status_clear();
    free(text);
    nixe_lattice_destroy(&lattice);
}

#define BEFORE "3\n\nX 0 0 0\nX 1 0 0\n"
static const struct {
    nixe_lattice_type type;
    const char *text, *said;
} bad[] = {
    {NIXE_TRIANGULAR, "", "line 1 must be the number of sites"},
    {NIXE_TRIANGULAR, "\n\n\n\n", "line 1 must be the number of sites"},
    {NIXE_TRIANGULAR, "0\n\n", "line 1 must be"},
    {NIXE_TRIANGULAR, "2.5\n\n", "line 1 must be"},
    {NIXE_TRIANGULAR, "3 sites\n\n", "line 1 must be"},
    {NIXE_TRIANGULAR, "100\n\nX 0 0 0\n", "line 1 says 100 sites"},
    {NIXE_TRIANGULAR, BEFORE, "line 5 has 0 columns"},
    {NIXE_TRIANGULAR, BEFORE "X 0.5 0.8660254\n", "line 5 has 3 columns instead of 4"},
    {NIXE_TRIANGULAR, BEFORE "X 0.5 0.8660254 0\nX 2 0 0\n", "more behind the 3 sites"},
    {NIXE_TRIANGULAR, BEFORE "X 0.5 0.8 0\n", "line 5: the position 0.5 0.8 0 is 0.066 off"},
    {NIXE_TRIANGULAR, BEFORE "X 0.5 0.8660254 0.1\n", "line 5: the third coordinate"},
    {NIXE_TRIANGULAR, BEFORE "X 0.5 y 0\n", "line 5: pos must be numbers"},
    {NIXE_TRIANGULAR, BEFORE "X 0.5 nan 0\n", "line 5: pos must be numbers"},
    {NIXE_TRIANGULAR, BEFORE "X 1e7 0 0\n", "line 5: pos must be numbers"},
    {NIXE_TRIANGULAR, BEFORE "X 0 0 0.0005\n", "line 5: the position is that of line 3 again"},
    {NIXE_TRIANGULAR, "3\nProperties=species:S:1\nX\nX\nX\n", "no column pos"},
    {NIXE_TRIANGULAR, "3\nProperties=\nX 0 0 0 0\n", "no column pos"},
    {NIXE_TRIANGULAR, "3\nProperties=pos:R\nX 0 0 0 0\n", "names, types and numbers of columns"},
    {NIXE_TRIANGULAR, "3\nProperties=pos:R:99\nX 0 0 0 0\n", "no more than 64 columns"},
    {NIXE_TRIANGULAR, "3\nProperties=pos:R:1\nX 0 0 0 0\n", "pos must be there once, with 3"},
    {NIXE_TRIANGULAR, "3\nProperties=pos:R:3:pos:R:3\nX 0 0 0\n", "pos must be there once"},
    {NIXE_TRIANGULAR, "3\nProperties=pos:R:2:layer:I:2\nX 0 0 0\n", "layer must be there once, with 1"},
    {NIXE_TRIANGULAR, "1\nProperties=pos:R:2:layer:I:1\n0 0 1\n", "no site has layer 0"},
    {NIXE_TRIANGULAR, "1\nProperties=pos:R:2:layer:I:1\n0 0 0.5\n", "line 3: layer must be a whole number"},
    {NIXE_TRIANGULAR, "1\nProperties=pos:R:2:exchange:R:1\n0 0 -1\n", "line 3: exchange must be a number from 0"},
    {NIXE_TRIANGULAR, "1\nProperties=pos:R:2:field:R:1\n0 0 inf\n", "line 3: field must be"},
    {NIXE_TRIANGULAR, "1\nProperties=pos:R:2:start:S:1\n0 0 C\n", "line 3: start must be A or B"},
    {NIXE_TRIANGULAR, "1\nProperties=pos:R:2:start:S:1:layer:I:1\n0 0 A 2\n", "line 3: start must be B where layer"},
    {NIXE_TRIANGULAR, "1\nLattice=\"1 2 3\"\nX 0 0 0\n", "Lattice must be 9 numbers"},
    {NIXE_TRIANGULAR, "1\nLattice=\"3 0 0 0 3 0 0 0 1\" pbc=\"T T\"\nX 0 0 0\n", "pbc must be T or F"},
    {NIXE_TRIANGULAR, "1\nLattice=\"3 0 0 0 3 0 0 0 1\" pbc=\"T T F\"\nX 0 0 0\n", "period 0 3 0 is no whole multiple"},
    {NIXE_TRIANGULAR, "1\nLattice=\"2 0 0 0 3 0 0 0 1\" pbc=\"T F F\"\nX 0 0 0\n", "3 cells or more, and 2 0 0 has 2"},
    {NIXE_TRIANGULAR, "1\nLattice=\"3 0 0 3 0 0 0 0 1\" pbc=\"T T F\"\nX 0 0 0\n", "each of which can have one"},
    {NIXE_TRIANGULAR, "2\n\nX 0 0 0\nX 900000 0 0\n", NULL},
    {NIXE_SC, "2\n\nX 0 0 0\nX 9000 9000 9000\n", "too far apart"},
    {NIXE_SC, "2\n\nX 0 0 0\nX 5 0 0\n", "hold"},
    {NIXE_FCC, "2\n\nX 0 0 0\nX 1 0 0\n", "line 4: the position 1 0 0 is"},
    {NIXE_HCP, "3\n\nX 0 0 0\nX 1 0 0\nX 0 0 1\n", "line 5: the position 0 0 1 is"},
};

static void what_is_no_crystal_is_refused(void **state) {
    (void)state;
    for (size_t b = 0; b < sizeof bad / sizeof *bad; b++) {
        nixe_lattice lattice;
        const nixe_status status = list(&lattice, bad[b].type, bad[b].text);
        if (status != NIXE_REFUSED || (bad[b].said && !strstr(nixe_status_message(), bad[b].said)))
            fail_msg("%s: %s", bad[b].text, nixe_status_message());
        nixe_status_clear();
    }
}

/* Texts that are cut or changed anywhere are read or refused, and nothing else. */
static void damaged_texts_do_no_harm(void **state) {
    (void)state;
    uint64_t random = 3;
    nixe_lattice lattice, listed;
    create(&lattice, crystals[1]);
    char *text = print(&lattice, "Lattice=\"9 0 0 0 9 0 0 0 9\" pbc=\"F F F\"", 1);
    const size_t length = strlen(text);
    for (int r = 0; r < 3000; r++) {
        char *damaged = strdup(text);
        for (int k = 0; k < 1 + r % 3; k++)
            damaged[fixture_random(&random) % (r % 2 ? 250 : length)] = (char)(1 + fixture_random(&random) % 127);
        if (r % 5 == 0) damaged[fixture_random(&random) % length] = '\0';
        const nixe_status status = list(&listed, NIXE_SQUARE, damaged);
        assert_true(status == NIXE_OK || status == NIXE_REFUSED);
        nixe_status_clear();
        if (!status) nixe_lattice_destroy(&listed);
        free(damaged);
    }
    free(text);
    nixe_lattice_destroy(&lattice);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crystal_that_is_listed_is_the_same),
        cmocka_unit_test(periods),
        cmocka_unit_test(what_is_no_crystal_is_refused),
        cmocka_unit_test(damaged_texts_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
