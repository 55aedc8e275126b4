/* Lazy tables: those that the ranks of a node make together are those that a rank makes alone, bit for bit, and of all of them
 * there is one copy; on any number of ranks. */
#include "nixe/base/node_commons.h"
#include "nixe/sampling/arithmetic.h"
#include "nixe/sampling/lazy.h"
#include "unit/crystal.h"

/* With and without symmetry, with fields and sites that exchange nothing. */
static const nixe_recipe recipes[] = {
    {.type = NIXE_FCC, .shape = NIXE_POLYHEDRON, .faces = "111:2.6", .single_faces = ""},
    {.type = NIXE_SC, .shape = NIXE_SPHERE, .radius = 2.9, .center = {0.21, 0.33, 0.12}, .faces = "", .single_faces = ""},
    {.type = NIXE_SC, .shape = NIXE_CUBE, .edge = 7, .faces = "", .single_faces = ""},
    {.type = NIXE_TRIANGULAR, .shape = NIXE_HEXAGON, .edge = 9, .faces = "", .single_faces = ""},
};
enum { CRYSTALS = sizeof recipes / sizeof *recipes, SITES = 9 };
static const double nearness = 0.04;

static nixe_status create_rates(nixe_rates *rates) { return nixe_lazy_create_tables(rates, SITES, nearness * NIXE_FIXED_ONE); }

typedef struct {
    fixture_crystal crystal;
    nixe_energy energy;
    nixe_table couplings;
    nixe_arithmetic small;
    nixe_commons commons[2]; /* of this rank alone, and of the node */
    nixe_rates rates[2];     /* in each of these */
} fixture;

static void create(fixture *f, int c) {
    nixe_lattice *lattice = &f->crystal.lattice;
    const nixe_kinetics bare = {.kT = 1.1, .k_ex = 0.8, .k_diff = 1.7};
    assert_ok(nixe_lattice_create(lattice, &recipes[c]));
    if (c < 2) fixture_set_places(lattice, 0.6);
    fixture_crystal_of_lattice(&f->crystal, 1);
    f->energy = (nixe_energy){.lattice = lattice, .potential = &f->crystal.elastic.potential, .epsilon = 0.9, .dmu = -0.5};
    fixture_table_create(&f->couplings, lattice, lattice->sites, lattice->sites, NIXE_INTEGERS);
    nixe_exponents_fill(&f->energy, bare.kT, &f->couplings, 0, lattice->sites);
    f->small = nixe_lazy_fixed_point;
    f->small.create_rates = create_rates;
    f->commons[0] = nixe_commons_alone();
    f->commons[1] = nixe_commons_of_node(&fixture_parallel);
    for (int k = 0; k < 2; k++)
        assert_ok(nixe_rates_create(&f->rates[k], &f->energy, bare, &f->small, &f->couplings, &f->commons[k]));
}

static void destroy(fixture *f) {
    for (int k = 0; k < 2; k++) {
        nixe_rates_destroy(&f->rates[k]);
        nixe_commons_destroy(&f->commons[k]);
    }
    fixture_table_destroy(&f->couplings);
    fixture_crystal_destroy(&f->crystal);
}

typedef struct {
    const void *memory;
    long long bytes;
} array;

enum { ARRAYS = 23 }; /* and what is held, which has bytes of no meaning */

static void list(const nixe_lazy_tables *tables, array arrays[ARRAYS]) {
    const nixe_cells *cells = &tables->cells;
    const nixe_influence *influence = &tables->influence;
    const nixe_exponents *exponents = tables->exponents;
    const long long word = sizeof(int32_t), n = cells->lattice->sites, places = cells->places, blocks = cells->blocks;
    const long long half = cells->lattice->directions / 2, levels = (long long)influence->rows * influence->stride;
    const long long segments = cells->representatives * blocks, numbers = influence->segment[segments] * NIXE_VECTOR;
    const array all[ARRAYS] = {{cells->begin, (blocks + 1) * word},
                               {cells->block, n * word},
                               {cells->place, n * word},
                               {cells->site, places * word},
                               {cells->next, 2 * half * places * word},
                               {cells->beside, cells->beside_begin[blocks] * word},
                               {cells->image, cells->operations * blocks * word},
                               {cells->source, cells->operations * blocks * word},
                               {cells->turned, cells->operations * places},
                               {cells->representative, cells->representatives * word},
                               {cells->orbit, n * word},
                               {cells->operation, n * word},
                               {influence->exchange_row, cells->representatives * word},
                               {influence->swaps, levels},
                               {influence->exchanges, levels},
                               {influence->held_begin, (influence->rows + 1) * (long long)sizeof(int64_t)},
                               {influence->segment, (segments + 1) * word},
                               {influence->number, numbers * word},
                               {tables->bond_factor, half * places * word},
                               {tables->exchange_factor, places * word},
                               {tables->exchanging, blocks},
                               {exponents->bare, n * word},
                               {exponents->field_A, n * word}};
    memcpy(arrays, all, sizeof all);
}

static int is_in(const nixe_commons *commons, const array *a) {
    for (int k = 0; k < commons->count; k++) {
        const char *begin = commons->all[k].memory, *at = a->memory;
        if (at >= begin && at + a->bytes <= begin + commons->all[k].bytes) return 1;
    }
    return 0;
}

static void check_held(const nixe_influence *a, const nixe_influence *b, const nixe_commons *commons) {
    const int64_t count = a->held_begin[a->rows];
    assert_true(is_in(commons, &(array){b->held, count * (long long)sizeof *b->held}));
    for (int64_t k = 0; k < count; k++) {
        const nixe_held_block *one = &a->held[k], *other = &b->held[k];
        assert_true(one->block == other->block && one->near == other->near && one->swaps == other->swaps &&
                    one->exchanges == other->exchanges);
    }
}

static void one_copy_with_the_bits_of_one_rank(void **state) {
    (void)state;
    for (int c = 0; c < CRYSTALS; c++) {
        fixture f;
        array all[2][ARRAYS];
        long long bytes = 0;
        create(&f, c);
        const nixe_lazy_tables *alone = f.rates[0].own, *together = f.rates[1].own;
        list(alone, all[0]);
        list(together, all[1]);
        assert_int_equal(alone->cells.operations, together->cells.operations);
        assert_int_equal(alone->influence.rows, together->influence.rows);
        for (int a = 0; a < ARRAYS; a++) {
            assert_int_equal(all[0][a].bytes, all[1][a].bytes);
            assert_true(all[0][a].bytes > 0 && all[0][a].memory != all[1][a].memory);
            assert_memory_equal(all[0][a].memory, all[1][a].memory, (size_t)all[0][a].bytes);
            for (int k = 0; k < 2; k++) assert_true(is_in(&f.commons[k], &all[k][a]));
            bytes += all[1][a].bytes;
        }
        check_held(&alone->influence, &together->influence, &f.commons[1]);
        bytes += together->influence.held_begin[together->influence.rows] * (long long)sizeof(nixe_held_block);
        assert_int_equal(f.commons[0].bytes, f.commons[1].bytes);
        assert_true((double)f.commons[1].bytes < 1.4 * (double)bytes); /* nothing that was scratch is left */
        destroy(&f);
    }
}

/* The first rank of the node changes a level, and the others see it. */
static void the_memory_is_that_of_the_node(void **state) {
    (void)state;
    fixture f;
    create(&f, 2);
    const nixe_lazy_tables *tables = f.rates[1].own;
    uint8_t *const level = &tables->influence.swaps[tables->influence.stride];
    const uint8_t before = *level, after = (uint8_t)(before + 1);
    assert_int_equal(f.commons[1].parts, fixture_parallel.node_size);
    assert_ok(nixe_commons_meet(&f.commons[1], NIXE_OK));
    if (f.commons[1].part == 0) *level = after;
    assert_ok(nixe_commons_meet(&f.commons[1], NIXE_OK));
    assert_int_equal(*level, after);
    assert_ok(nixe_commons_meet(&f.commons[1], NIXE_OK));
    destroy(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_copy_with_the_bits_of_one_rank),
        cmocka_unit_test(the_memory_is_that_of_the_node),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
