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
    assert_ok(nixe_lattice_create(&crystal->lattice, shape, edge, shell_layers));
    assert_ok(nixe_tables_create(&fixture_parallel, &crystal->lattice, shell_stiffness, 1, 1, &crystal->elastic));
    assert_ok(nixe_allocate(&crystal->sigma, crystal->lattice.sites, 1, "a configuration"));
}

static inline void fixture_crystal_destroy(fixture_crystal *crystal) {
    nixe_tables_destroy(&crystal->elastic);
    nixe_lattice_destroy(&crystal->lattice);
    free(crystal->sigma);
}

/* The crystals of the elastic tests: both shapes, bare and with shells that are softer and stiffer than the core. */
typedef struct {
    nixe_shape shape;
    int edge, shell_layers;
    double shell_stiffness;
} fixture_shape;

static const fixture_shape fixture_shapes[] = {{NIXE_HEXAGON, 2, 0, 1}, {NIXE_HEXAGON, 4, 0, 1}, {NIXE_HEXAGON, 2, 2, 0.3},
                                               {NIXE_HEXAGON, 3, 1, 7}, {NIXE_CUBE, 2, 0, 1},    {NIXE_CUBE, 3, 0, 1},
                                               {NIXE_CUBE, 2, 1, 5},    {NIXE_CUBE, 1, 1, 0.4}};
enum { FIXTURE_SHAPES = sizeof fixture_shapes / sizeof *fixture_shapes };

static inline void fixture_crystal_create_number(fixture_crystal *crystal, int number) {
    const fixture_shape *s = &fixture_shapes[number];
    fixture_crystal_create(crystal, s->shape, s->edge, s->shell_layers, s->shell_stiffness);
}

#endif
