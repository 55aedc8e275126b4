/* Bloch: V_q of the bulk against what is known of it in closed form, and the two kinds of cells against each other. */
#include "nixe/elasticity/bloch.h"

#include "unit/crystal.h"

/* V_q of a lattice with one site a cell, at q in units of the reciprocal vectors of the cell of boxes. */
static double bulk_V(nixe_lattice_type type, const double constants[4], const double q[3]) {
    const nixe_lattice_kind *kind = &nixe_lattice_kinds[type];
    nixe_lattice lattice = {.type = type};
    nixe_bloch bloch;
    double complex V[1], response[3];
    double primitive[3] = {0};
    for (int c = 0; c < kind->classes; c++)
        lattice.bond_class[c] = (nixe_bond_class){kind->length[c], constants[c], constants[2 + c], 1, 1};
    nixe_bloch_create(&bloch, &lattice, 0);
    assert_int_equal(bloch.cell.sites, 1);
    for (int k = 0; k < kind->dimension; k++) { /* the phase of a primitive vector */
        double y[3];
        nixe_lattice_coordinates(kind, 1, kind->vector[k], y);
        for (int m = 0; m < kind->dimension; m++) primitive[k] += y[m] * q[m];
    }
    assert_ok(nixe_bloch_solve(&bloch, primitive, V, response));
    assert_close(cimag(V[0]), 0, 1e-12);
    return creal(V[0]);
}

static const double plain[4] = {1, 1, 1, 1}, hydride[4] = {1, 0.776, 1, 1.41421356237309504880};

/* V_q = 4 X^2 / (1 + X^2), X = sum_k cot(q.e_k / 2), e_1 + e_2 + e_3 = 0. */
static void test_triangular(void **state) {
    (void)state;
    for (int trial = 0; trial < 20; trial++) {
        const double q[3] = {0.05 + 0.047 * trial, 0.31 + 0.029 * trial, 0}, pi = acos(-1); /* e_1 and e_2 - e_1 are vectors */
        const double turns[3] = {q[0], q[1] - q[0], -q[1]};
        double X = 0;
        for (int k = 0; k < 3; k++) X += 1 / tan(pi * turns[k]);
        assert_close(bulk_V(NIXE_TRIANGULAR, plain, q), 4 * X * X / (1 + X * X), 1e-9);
    }
    assert_close(bulk_V(NIXE_TRIANGULAR, plain, (double[3]){1.0 / 3, 2.0 / 3, 0}), 3, 1e-12);
}

/* The extremes of V_q on other lattices, which sit at points of high symmetry. */
static void test_extremes(void **state) {
    static const struct {
        nixe_lattice_type type;
        const double *constants;
        double q[3], V, tolerance;
    } known[] = {
        {NIXE_SQUARE, plain, {0.5, 0, 0}, 4, 1e-12},     {NIXE_SQUARE, plain, {0.5, 0.5, 0}, 8, 1e-12},
        {NIXE_SQUARE, plain, {1e-4, 0, 0}, 4.34, 0.01},  {NIXE_SQUARE, plain, {1e-4, 1e-4, 0}, 6.67, 0.01},
        {NIXE_SC, plain, {0, 0.5, 0.5}, 12, 1e-12},      {NIXE_SC, plain, {0.5, 0.5, 0.5}, 24, 1e-12},
        {NIXE_SC, hydride, {0, 0.5, 0.5}, 16.416, 1e-9}, {NIXE_SC, hydride, {0.5, 0.5, 0.5}, 37.248, 1e-9},
        {NIXE_FCC, plain, {0.17, 0, 0}, 8, 1e-9},        {NIXE_FCC, plain, {0, 0.83, 0}, 8, 1e-9},
        {NIXE_FCC, plain, {0.21, 0.21, 0.21}, 12, 1e-9}, {NIXE_BCC, plain, {0.5, 0.5, 0.5}, 8, 1e-9},
        {NIXE_BCC, plain, {1e-4, 0, 0}, 14.07, 0.01},
    };
    (void)state;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        assert_close(bulk_V(known[k].type, known[k].constants, known[k].q), known[k].V, known[k].tolerance);
}

/* The same operator by primitive cells and by those of boxes: the trace of V over all waves of a small box, and V_q of the
 * waves that both have. */
static void test_cells(void **state) {
    (void)state;
    for (int type = 0; type < NIXE_LATTICE_TYPES; type++) {
        const nixe_lattice_kind *kind = &nixe_lattice_kinds[type];
        nixe_lattice lattice = {.type = (nixe_lattice_type)type};
        nixe_bloch cells[2];
        double trace[2] = {0};
        for (int c = 0; c < kind->classes; c++) lattice.bond_class[c] = (nixe_bond_class){kind->length[c], 1 + c, 1, 1, 1};
        for (int boxes = 0; boxes < 2; boxes++) {
            nixe_bloch_create(&cells[boxes], &lattice, boxes);
            const int n = cells[boxes].cell.sites, edge = 12, all = kind->dimension == 3 ? edge * edge * edge : edge * edge;
            for (int v = 1; v < all; v++) { /* without q = 0, whose V depends on the way there */
                const double q[3] = {(double)(v % edge) / edge, (double)(v / edge % edge) / edge,
                                     (double)(v / edge / edge) / edge};
                double complex V[NIXE_MAX_CELL_SITES * NIXE_MAX_CELL_SITES], w[3 * NIXE_MAX_CELL_SITES * NIXE_MAX_CELL_SITES];
                assert_ok(nixe_bloch_solve(&cells[boxes], q, V, w));
                for (int s = 0; s < n; s++) {
                    trace[boxes] += creal(V[s * n + s]) / (n * all);
                    for (int t = 0; t < n; t++) assert_close(cabs(V[s * n + t] - conj(V[t * n + s])), 0, 1e-10);
                }
            }
        }
        assert_close(trace[0], trace[1], 0.02 * trace[0]); /* other waves, the same integral */
        assert_int_equal(cells[1].cell.sites % cells[0].cell.sites, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_triangular),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_cells),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
