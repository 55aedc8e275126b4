/* Hermitian: eigenpairs of small Hermitian matrices, with LAPACK. Not collective. */
#ifndef NIXE_ELASTICITY_HERMITIAN_H
#define NIXE_ELASTICITY_HERMITIAN_H

#include <complex.h>

#include "nixe/base/error.h"

enum { NIXE_MAX_HERMITIAN = 24 };

/* Eigenvalues of H, shape [n, n], ascending, and where it is not NULL orthonormal eigenvectors, one a row of `vector`, shape
 * [n, n]. Where H is `real`, so are they, and its imaginary part is not looked at. */
nixe_status nixe_hermitian_solve(int n, int real, const double complex *H, double *value, double complex *vector);

#endif
