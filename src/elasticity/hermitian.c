/* Hermitian: eigenpairs of small Hermitian matrices, with LAPACK. Not collective. */
#include "nixe/elasticity/hermitian.h"

#include <petscsys.h>

#include <petscblaslapack.h> /* needs that before it */

/* A complex matrix is [[Re H, -Im H], [Im H, Re H]] in real numbers, which has each eigenvalue twice: with x + iy, i (x + iy)
 * is in its space. Of 2 m vectors of an m-fold eigenvalue this keeps m that are orthonormal as complex ones. A vector is kept
 * of which more than `least` is new: were fewer than m found, the 2 m vectors had at least 2 left between them, and so one of
 * them 2 / (m + 1) > least. */
static void choose(int n, const double *value2, const double *vector2, double *value, double complex *vector) {
    static const double least = 0.05;
    int found = 0;
    for (int v = 0; v < 2 * n && found < n; v++) {
        double complex *own = vector + found * n;
        double left = 0;
        for (int x = 0; x < n; x++) own[x] = vector2[v * 2 * n + x] + vector2[v * 2 * n + n + x] * I;
        for (int f = 0; f < found; f++) {
            double complex overlap = 0;
            for (int x = 0; x < n; x++) overlap += conj(vector[f * n + x]) * own[x];
            for (int x = 0; x < n; x++) own[x] -= overlap * vector[f * n + x];
        }
        for (int x = 0; x < n; x++) left += creal(own[x] * conj(own[x]));
        if (left < least) continue;
        for (int x = 0; x < n; x++) own[x] /= sqrt(left);
        value[found++] = value2[v];
    }
}

nixe_status nixe_hermitian_solve(int n, int real, const double complex *H, double *value, double complex *vector) {
    enum { MOST = 2 * NIXE_MAX_HERMITIAN };
    double matrix[MOST * MOST], found[MOST], work[34 * MOST];
    const PetscBLASInt size = real ? n : 2 * n, work_size = 34 * MOST;
    PetscBLASInt info = 0;
    NIXE_REQUIRE(n <= NIXE_MAX_HERMITIAN, "this matrix is larger than nixe has room for");
    for (int x = 0; x < n; x++)
        for (int y = 0; y < n; y++) { /* by columns; symmetric */
            matrix[y * size + x] = creal(H[x * n + y]);
            if (real) continue;
            matrix[(y + n) * size + x + n] = creal(H[x * n + y]);
            matrix[y * size + x + n] = cimag(H[x * n + y]);
            matrix[(y + n) * size + x] = -cimag(H[x * n + y]);
        }
    LAPACKsyev_(vector ? "V" : "N", "L", &size, matrix, &size, found, work, &work_size, &info);
    if (info) return nixe_fail(NIXE_FAILED, "LAPACK found no eigenvalues of a matrix of the elasticity by waves");
    for (int v = 0; v < n && (real || !vector); v++) value[v] = found[real ? v : 2 * v];
    if (vector && !real) choose(n, found, matrix, value, vector);
    for (int x = 0; x < n * n && vector && real; x++) vector[x] = matrix[x];
    return NIXE_OK;
}
