/* Table: rows by orbits, made of a number that symmetry leaves alone: along how few bonds one site is reached from another. */
#include "nixe/crystal/table.h"

#include <stdlib.h>

#include "unit/fixture.h"

#define PLAIN .faces = "", .single_faces = ""

static const nixe_recipe crystals[] = {
    {.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 4, PLAIN},
    {.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 3, .shell_layers = 2, PLAIN},
    {.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 5, PLAIN},
    {.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 4, .shell_layers = 1, PLAIN},
    {.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "", .single_faces = "111:1.7,-1-11:1.7,-11-1:1.7,1-1-1:1.7"},
    {.type = NIXE_HCP, .shape = NIXE_SPHERE, .radius = 2, PLAIN},
    {.type = NIXE_TRIANGULAR, .shape = NIXE_DISC, .radius = 3.6, .center = {0.25, 0.1, 0}, PLAIN}, /* no symmetry */
    {.type = NIXE_BCC, .shape = NIXE_BOX, .cells = {4, 5, 3}, .periodic = {1, 1, 0}, PLAIN},       /* films and a rod */
    {.type = NIXE_HCP, .shape = NIXE_BOX, .cells = {4, 4, 3}, .periodic = {1, 1, 0}, PLAIN},
    {.type = NIXE_SC, .shape = NIXE_BOX, .cells = {3, 3, 7}, .periodic = {0, 0, 1}, PLAIN},
};
enum { CRYSTALS = sizeof crystals / sizeof *crystals };

/* Bonds to each site from one of them. */
static void measure(const nixe_lattice *lattice, int from, int32_t *bonds) {
    int reached = 1;
    for (int i = 0; i < lattice->sites; i++) bonds[i] = i == from ? 0 : -1;
    for (int step = 0; reached < lattice->sites; step++)
        for (int i = 0; i < lattice->sites; i++)
            for (int m = 0; m < lattice->directions && bonds[i] == step; m++) {
                const int next = nixe_lattice_neighbours(lattice, i)[m];
                if (next < 0 || bonds[next] >= 0) continue;
                bonds[next] = step + 1;
                reached++;
            }
}

/* The sites of the core, or all. */
static int list_sites(const nixe_lattice *lattice, int core, int32_t *site) {
    int count = 0;
    for (int i = 0; i < lattice->sites; i++)
        if (!core || lattice->layer[i] == 0) site[count++] = i;
    return count;
}

static void fill(const nixe_table *table, const nixe_lattice *lattice, const int32_t *site, int32_t *bonds) {
    for (long r = 0; r < table->rows; r++) {
        measure(lattice, site[nixe_table_site(table, r)], bonds);
        void *row = nixe_table_edit(table, r);
        for (int j = 0; j < table->sites; j++)
            if (table->kind == NIXE_DOUBLES) ((double *)row)[j] = bonds[site[j]] + 0.5;
            else ((int32_t *)row)[j] = bonds[site[j]];
        nixe_table_store(table, r);
    }
}

/* Rows of every third site, some of them subtracted; and of one row some numbers. */
static void check_sums(const nixe_table *table, int n) {
    int32_t site[1024], sum[1024] = {0}, expected[1024] = {0}, picked[1024];
    uint8_t plus[1024];
    int count = 0;
    for (int i = n - 1; i >= 0; i -= 3) {
        plus[count] = i % 7 < 4;
        site[count++] = i;
        const int32_t *row = nixe_table_row(table, i, 1);
        for (int j = 0; j < n; j++) expected[j] += i % 7 < 4 ? row[j] : -row[j];
    }
    nixe_table_add_rows(table, count, site, plus, sum);
    for (int j = 0; j < n; j++) assert_int_equal(sum[j], expected[j]);
    for (int i = 0; i < n; i += 5) {
        nixe_table_pick(table, i, count, site, picked);
        for (int k = 0; k < count; k++) assert_true(picked[k] == nixe_table_at(table, i, site[k]));
    }
}

static void rows_of_orbits_make_all_rows(void **state) {
    (void)state;
    const nixe_number kinds[] = {NIXE_DOUBLES, NIXE_INTEGERS};
    for (int c = 0; c < 4 * CRYSTALS; c++) {
        nixe_lattice lattice;
        nixe_table table;
        void *number;
        int32_t site[1024];
        assert_ok(nixe_lattice_create(&lattice, &crystals[c / 4]));
        assert_in_range(lattice.sites, 1, 1024);
        const int n = list_sites(&lattice, c / 2 % 2, site), stride = n + 3;
        const nixe_number kind = kinds[c % 2];
        const long long count = nixe_table_count(&lattice, n, stride, 1);
        assert_true(n < lattice.sites || count == (long long)lattice.symmetry.orbits * stride);
        assert_ok(nixe_allocate(&number, count, kind, "a table"));
        assert_ok(nixe_table_create(&table, &lattice, n, stride, kind, 1, number));
        assert_int_equal(count, table.rows * stride);
        int32_t *bonds = calloc((size_t)lattice.sites, sizeof *bonds);
        fill(&table, &lattice, site, bonds);
        for (int i = 0; i < n; i++) {
            const void *row = nixe_table_row(&table, i, i % 2);
            measure(&lattice, site[i], bonds);
            for (int j = 0; j < n; j++) {
                if (kind == NIXE_DOUBLES) assert_true(((const double *)row)[j] == bonds[site[j]] + 0.5);
                else assert_int_equal(((const int32_t *)row)[j], bonds[site[j]]);
                assert_true(nixe_table_at(&table, i, j) == bonds[site[j]] + (kind == NIXE_DOUBLES ? 0.5 : 0));
            }
            const long r = nixe_table_row_of(&table, i);
            assert_in_range(r, 0, table.rows - 1);
            assert_int_equal(lattice.symmetry.orbit[site[nixe_table_site(&table, r)]], lattice.symmetry.orbit[site[i]]);
        }
        if (kind == NIXE_INTEGERS) check_sums(&table, n);
        free(bonds);
        free(number);
        nixe_table_destroy(&table);
        nixe_lattice_destroy(&lattice);
    }
}

static void two_rows_at_a_time(void **state) {
    (void)state;
    nixe_lattice lattice;
    nixe_table table;
    int32_t number[4096], bonds[125], site[125];
    assert_ok(nixe_lattice_create(&lattice, &crystals[2]));
    assert_true(nixe_table_count(&lattice, 125, 125, 1) < 4096);
    assert_ok(nixe_table_create(&table, &lattice, 125, 125, NIXE_INTEGERS, 1, number));
    assert_int_equal(list_sites(&lattice, 0, site), 125);
    fill(&table, &lattice, site, bonds);
    const int32_t *first = nixe_table_row(&table, 124, 0), *second = nixe_table_row(&table, 120, 1);
    assert_int_equal(first[124], 0);
    assert_int_equal(second[124], 4);
    nixe_table_destroy(&table);
    nixe_lattice_destroy(&lattice);
}

/* Orbits and what leaves a site alone: as many operations as there are in all. */
static void orbits_and_what_stays(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        nixe_lattice lattice;
        assert_ok(nixe_lattice_create(&lattice, &crystals[c]));
        const nixe_symmetry *symmetry = &lattice.symmetry;
        int *members = calloc((size_t)symmetry->orbits, sizeof *members);
        for (int i = 0; i < lattice.sites; i++) members[symmetry->orbit[i]]++;
        for (int o = 0; o < symmetry->orbits; o++) {
            const int site = symmetry->representative[o];
            int staying = 0, translation;
            for (int g = 0; g < symmetry->operations; g++) {
                if (!nixe_symmetry_stays(&lattice, g, site, &translation)) continue;
                staying++;
                assert_int_equal(nixe_symmetry_applied(&lattice, g, translation, site), site);
                for (int i = 0; i < lattice.sites; i += 7)
                    assert_int_equal(symmetry->orbit[nixe_symmetry_applied(&lattice, g, translation, i)], symmetry->orbit[i]);
            }
            assert_int_equal(staying * members[o], symmetry->operations * symmetry->translations);
        }
        free(members);
        nixe_lattice_destroy(&lattice);
    }
}

/* By orbits where all rows would take more than 1 GiB, and where that helps. */
static void large_tables_are_by_orbits(void **state) {
    (void)state;
    nixe_lattice lattice = {.sites = 16384, .symmetry = {.orbits = 400}};
    assert_false(nixe_table_is_by_orbits(&lattice, 16384, 16384, NIXE_INTEGERS));
    assert_true(nixe_table_is_by_orbits(&lattice, 16384, 16385, NIXE_INTEGERS));
    assert_true(nixe_table_is_by_orbits(&lattice, 16384, 16384, NIXE_DOUBLES));
    lattice.symmetry.orbits = 16384;
    assert_false(nixe_table_is_by_orbits(&lattice, 16384, 16384, NIXE_DOUBLES));
    lattice.symmetry.orbits = 2;
    lattice.torus.sites = 2;
    assert_false(nixe_table_is_by_orbits(&lattice, 16384, 16384, NIXE_DOUBLES));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_orbits_make_all_rows),
        cmocka_unit_test(two_rows_at_a_time),
        cmocka_unit_test(orbits_and_what_stays),
        cmocka_unit_test(large_tables_are_by_orbits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
