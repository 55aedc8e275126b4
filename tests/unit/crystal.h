/* Crystal: a crystal with its elastic tables, and the libraries that make them; for the unit tests of the elastic rooms. */
#ifndef NIXE_TEST_CRYSTAL_H
#define NIXE_TEST_CRYSTAL_H

#include <slepcsys.h>

#include "nixe/base/petsc_error.h"
#include "nixe/elasticity/tables.h"
#include "unit/fixture.h"

static nixe_parallel fixture_parallel;

/* Group set-up and tear-down of tests that need MPI and PETSc. */
static inline int fixture_start(void **state) {
    (void)state;
    return MPI_Init(NULL, NULL) || SlepcInitializeNoArguments() || PetscPopSignalHandler() ||
           PetscPushErrorHandler(nixe_petsc_quiet, NULL) || nixe_parallel_create(&fixture_parallel, MPI_COMM_WORLD);
}

static inline int fixture_finish(void **state) {
    (void)state;
    nixe_parallel_destroy(&fixture_parallel);
    return SlepcFinalize() || MPI_Finalize();
}

typedef struct {
    nixe_lattice lattice;
    double shell_stiffness;
    nixe_tables elastic; /* potential and response */
    int8_t *sigma;       /* N: room for a configuration */
} fixture_crystal;

static inline void fixture_crystal_create(fixture_crystal *crystal, nixe_shape shape, int edge, int shell_layers,
                                          double shell_stiffness) {
    crystal->shell_stiffness = shell_stiffness;
    assert_ok(fixture_lattice_create(&crystal->lattice, shape, edge, shell_layers));
    assert_ok(nixe_tables_create(&fixture_parallel, &crystal->lattice, shell_stiffness, 1, 1, &crystal->elastic));
    assert_ok(nixe_allocate(&crystal->sigma, crystal->lattice.sites, 1, "a configuration"));
}

static inline void fixture_crystal_destroy(fixture_crystal *crystal) {
    nixe_tables_destroy(&crystal->elastic);
    nixe_lattice_destroy(&crystal->lattice);
    free(crystal->sigma);
}

/* A table with room for all that it stores, and its end. */
static inline void fixture_table_create(nixe_table *table, const nixe_lattice *lattice, int sites, long stride,
                                        nixe_number kind) {
    char *number;
    assert_ok(nixe_allocate(&number, nixe_table_count(lattice, sites, stride, 0), kind, "a table"));
    assert_ok(nixe_table_create(table, lattice, sites, stride, kind, 0, number));
}

static inline void fixture_table_destroy(nixe_table *table) {
    free(table->number);
    nixe_table_destroy(table);
}

/* A crystal of the paper. */
typedef struct {
    nixe_shape shape;
    int edge, shell_layers;
    double shell_stiffness;
} fixture_shape;

/* The crystals of the elastic tests: those of the paper, bare and with shells that are softer and stiffer than the core; then
 * one of every lattice, a disc or sphere, with constants of its classes of bonds; then bulks. */
typedef struct {
    fixture_shape plain;
    nixe_lattice_type type;
    double radius, stiffness[2], mismatch[2]; /* 0: of the paper */
    int cells[3];                             /* of a bulk */
} fixture_elastic;

static const fixture_elastic fixture_shapes[] = {
    {.plain = {NIXE_HEXAGON, 2, 0, 1}},
    {.plain = {NIXE_HEXAGON, 4, 0, 1}},
    {.plain = {NIXE_HEXAGON, 2, 2, 0.3}},
    {.plain = {NIXE_HEXAGON, 3, 1, 7}},
    {.plain = {NIXE_CUBE, 2, 0, 1}},
    {.plain = {NIXE_CUBE, 3, 0, 1}},
    {.plain = {NIXE_CUBE, 2, 1, 5}},
    {.plain = {NIXE_CUBE, 1, 1, 0.4}},
    {.plain = {NIXE_DISC, 0, 1, 3}, .type = NIXE_TRIANGULAR, .radius = 2.6, .stiffness = {1.5}, .mismatch = {0.8}},
    {.plain = {NIXE_DISC, 0, 0, 1}, .type = NIXE_SQUARE, .radius = 3, .stiffness = {1, 0.4}, .mismatch = {1, 1.3}},
    {.plain = {NIXE_SPHERE, 0, 0, 1}, .type = NIXE_SC, .radius = 2.1, .stiffness = {1, 0.776}, .mismatch = {1, M_SQRT2}},
    {.plain = {NIXE_SPHERE, 0, 1, 2}, .type = NIXE_FCC, .radius = 1.1, .stiffness = {1}, .mismatch = {1}},
    {.plain = {NIXE_SPHERE, 0, 0, 1}, .type = NIXE_BCC, .radius = 1.9, .stiffness = {1, 0.6}, .mismatch = {1, 1.2}},
    {.plain = {NIXE_SPHERE, 0, 0, 1}, .type = NIXE_HCP, .radius = 1.8, .stiffness = {1}, .mismatch = {1}},
    {.plain = {NIXE_BOX, 0, 0, 1}, .type = NIXE_TRIANGULAR, .stiffness = {1.5}, .mismatch = {0.8}, .cells = {6, 5, 0}},
    {.plain = {NIXE_BOX, 0, 0, 1}, .type = NIXE_SC, .stiffness = {1, 0.776}, .mismatch = {1, M_SQRT2}, .cells = {3, 3, 4}},
    {.plain = {NIXE_BOX, 0, 0, 1}, .type = NIXE_BCC, .stiffness = {1, 0.6}, .mismatch = {1, 1.2}, .cells = {3, 3, 3}},
    {.plain = {NIXE_BOX, 0, 0, 1}, .type = NIXE_HCP, .stiffness = {1}, .mismatch = {1}, .cells = {3, 3, 3}}};
enum { FIXTURE_SHAPES = sizeof fixture_shapes / sizeof *fixture_shapes };

/* The lattice of one of them. */
static inline void fixture_shape_lattice(nixe_lattice *lattice, const fixture_elastic *s) {
    nixe_recipe recipe = fixture_recipe(s->plain.shape, s->plain.edge, s->plain.shell_layers);
    const int is_plain = s->stiffness[0] == 0;
    if (!is_plain) recipe.type = s->type;
    recipe.radius = s->radius;
    for (int k = 0; k < 3; k++) {
        recipe.cells[k] = s->cells[k];
        recipe.periodic[k] = s->cells[k] > 0;
    }
    assert_ok(nixe_lattice_create(lattice, &recipe));
    assert_true((s->cells[0] > 0) == (lattice->torus.sites > 0));
    if (!is_plain) fixture_set_places(lattice, 0.4);
    for (int c = 0; c < lattice->classes && !is_plain; c++) {
        lattice->bond_class[c].stiffness = s->stiffness[c];
        lattice->bond_class[c].mismatch = s->mismatch[c];
    }
}

static inline void fixture_crystal_of_lattice(fixture_crystal *crystal, double shell_stiffness) {
    crystal->shell_stiffness = shell_stiffness;
    assert_ok(nixe_tables_create(&fixture_parallel, &crystal->lattice, shell_stiffness, 1, 1, &crystal->elastic));
    assert_ok(nixe_allocate(&crystal->sigma, crystal->lattice.sites, 1, "a configuration"));
}

static inline void fixture_crystal_create_number(fixture_crystal *crystal, int number) {
    fixture_shape_lattice(&crystal->lattice, &fixture_shapes[number]);
    fixture_crystal_of_lattice(crystal, fixture_shapes[number].plain.shell_stiffness);
}

#endif
