/* Hermitian: eigenpairs of matrices whose eigenvalues are known, single and repeated, real and complex. */
#include "nixe/elasticity/hermitian.h"

#include "unit/crystal.h"

/* n orthonormal rows. */
static void draw_basis(int n, int real, uint64_t *random, double complex *basis) {
    for (int v = 0; v < n; v++) {
        double complex *own = basis + v * n;
        double norm = 0;
        for (int x = 0; x < n; x++) own[x] = fixture_uniform(random) - 0.5 + (real ? 0 : (fixture_uniform(random) - 0.5) * I);
        for (int w = 0; w < v; w++) {
            double complex overlap = 0;
            for (int x = 0; x < n; x++) overlap += conj(basis[w * n + x]) * own[x];
            for (int x = 0; x < n; x++) own[x] -= overlap * basis[w * n + x];
        }
        for (int x = 0; x < n; x++) norm += creal(own[x] * conj(own[x]));
        for (int x = 0; x < n; x++) own[x] /= sqrt(norm);
    }
}

/* The matrix with these eigenpairs. */
static void compose(int n, const double *value, const double complex *basis, double complex *H) {
    for (int x = 0; x < n; x++)
        for (int y = 0; y < n; y++) {
            H[x * n + y] = 0;
            for (int v = 0; v < n; v++) H[x * n + y] += value[v] * basis[v * n + x] * conj(basis[v * n + y]);
        }
}

/* Values are the known ones, vectors are orthonormal and belong to them. */
static void check(int n, int real, const double *value, const double complex *H) {
    double found[NIXE_MAX_HERMITIAN], alone[NIXE_MAX_HERMITIAN];
    double complex vector[NIXE_MAX_HERMITIAN * NIXE_MAX_HERMITIAN];
    assert_ok(nixe_hermitian_solve(n, real, H, found, vector));
    assert_ok(nixe_hermitian_solve(n, real, H, alone, NULL));
    for (int v = 0; v < n; v++) {
        assert_close(found[v], value[v], 1e-12);
        assert_close(alone[v], value[v], 1e-12);
        for (int w = 0; w < n; w++) {
            double complex overlap = 0;
            for (int x = 0; x < n; x++) overlap += conj(vector[v * n + x]) * vector[w * n + x];
            assert_close(cabs(overlap - (v == w)), 0, 1e-12);
        }
        for (int x = 0; x < n; x++) {
            double complex image = 0;
            for (int y = 0; y < n; y++) image += H[x * n + y] * vector[v * n + y];
            assert_close(cabs(image - value[v] * vector[v * n + x]), 0, 1e-12);
            if (real) assert_close(cimag(vector[v * n + x]), 0, 0);
        }
    }
}

static void test_known_matrices(void **state) {
    uint64_t random = 7;
    (void)state;
    for (int n = 1; n <= NIXE_MAX_HERMITIAN; n++)
        for (int repeat = 1; repeat <= n; repeat += n > 6 ? 5 : 1) /* eigenvalues come in groups of so many */
            for (int real = 0; real < 2; real++) {
                double value[NIXE_MAX_HERMITIAN];
                double complex basis[NIXE_MAX_HERMITIAN * NIXE_MAX_HERMITIAN], H[NIXE_MAX_HERMITIAN * NIXE_MAX_HERMITIAN];
                for (int v = 0; v < n; v++) value[v] = (double)(v / repeat);
                draw_basis(n, real, &random, basis);
                compose(n, value, basis, H);
                check(n, real, value, H);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_matrices)};
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
