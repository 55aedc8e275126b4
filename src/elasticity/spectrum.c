/* Spectrum: lowest eigenpairs of V_elastic and of the stiffness matrix, with SLEPc. Not collective. */
#include "nixe/elasticity/spectrum.h"

#include <math.h>
#include <slepceps.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/petsc_error.h"
#include "nixe/elasticity/factor.h"
#include "nixe/elasticity/stiffness.h"

void nixe_spectrum_destroy(nixe_spectrum *spectrum) {
    free(spectrum->eigenvalue);
    free(spectrum->eigenvector);
    *spectrum = (nixe_spectrum){0};
}

void nixe_spectrum_orient(double *vector, long size) {
    double largest = 0;
    for (long i = 0; i < size; i++) largest = fmax(largest, fabs(vector[i]));
    for (long i = 0; i < size; i++) {
        if (fabs(vector[i]) < 0.999 * largest) continue;
        for (long j = 0; j < size && vector[i] < 0; j++) vector[j] = j == i ? vector[j] : -vector[j];
        vector[i] = fabs(vector[i]);
        return;
    }
}

/* Count the zero modes among the solved eigenvalues, those below `limit`, and keep them and `above` more. */
static nixe_status collect(EPS eps, Mat matrix, double limit, int above, nixe_spectrum *spectrum) {
    PetscInt converged;
    PetscScalar value;
    Vec vector;
    NIXE_PETSC(EPSGetConverged(eps, &converged));
    for (PetscInt i = 0; i < converged; i++) {
        NIXE_PETSC(EPSGetEigenvalue(eps, i, &value, NULL));
        spectrum->zero_modes += fabs(value) < limit;
    }
    spectrum->count = spectrum->zero_modes + above;
    if (spectrum->count > spectrum->size) spectrum->count = (int)spectrum->size;
    if (spectrum->count > converged)
        return nixe_fail(NIXE_FAILED, "SLEPc found %d of %d eigenpairs", (int)converged, spectrum->count);
    NIXE_TRY(nixe_allocate(&spectrum->eigenvalue, spectrum->count, sizeof(double), "the eigenvalues"));
    NIXE_TRY(nixe_allocate(&spectrum->eigenvector, spectrum->count * spectrum->size, sizeof(double), "the eigenvectors"));
    NIXE_PETSC(MatCreateVecs(matrix, &vector, NULL));
    for (int i = 0; i < spectrum->count; i++) {
        const PetscScalar *values;
        double *row = spectrum->eigenvector + i * spectrum->size;
        NIXE_PETSC(EPSGetEigenpair(eps, i, &value, NULL, vector, NULL));
        NIXE_PETSC(VecGetArrayRead(vector, &values));
        for (long k = 0; k < spectrum->size; k++) row[k] = values[k];
        NIXE_PETSC(VecRestoreArrayRead(vector, &values));
        nixe_spectrum_orient(row, spectrum->size);
        spectrum->eigenvalue[i] = value;
    }
    NIXE_PETSC(VecDestroy(&vector));
    return NIXE_OK;
}

static int count_surface(const nixe_lattice *lattice) {
    int count = 0;
    for (int site = 0; site < lattice->sites; site++) count += lattice->surface[site];
    return count;
}

/* How many zero modes V has, where theory has the number, else -1. */
static int expected_of_potential(const nixe_lattice *lattice) {
    if (lattice->periods) return -1;
    return lattice->type == NIXE_TRIANGULAR ? count_surface(lattice) : lattice->type == NIXE_SC ? 1 : -1;
}

nixe_status nixe_spectrum_of_potential(const nixe_lattice *lattice, double shell_stiffness, const nixe_table *potential,
                                       int above, nixe_spectrum *spectrum) {
    const PetscInt n = lattice->sites;
    Mat V;
    EPS eps;
    PetscScalar *values, largest;
    *spectrum = (nixe_spectrum){.size = n, .expected = expected_of_potential(lattice)};
    NIXE_PETSC(MatCreateSeqDense(PETSC_COMM_SELF, n, n, NULL, &V));
    NIXE_PETSC(MatDenseGetArray(V, &values));
    for (PetscInt i = 0; i < n; i++)
        memcpy(values + (long)i * n, nixe_table_row(potential, (int)i, 0), (size_t)n * sizeof(double));
    NIXE_PETSC(MatDenseRestoreArray(V, &values));
    NIXE_PETSC(EPSCreate(PETSC_COMM_SELF, &eps));
    NIXE_PETSC(EPSSetOperators(eps, V, NULL));
    NIXE_PETSC(EPSSetProblemType(eps, EPS_HEP));
    NIXE_PETSC(EPSSetType(eps, EPSLAPACK));
    NIXE_PETSC(EPSSetDimensions(eps, n, PETSC_DEFAULT, PETSC_DEFAULT));
    NIXE_PETSC(EPSSetWhichEigenpairs(eps, EPS_SMALLEST_REAL));
    NIXE_PETSC(EPSSolve(eps));
    NIXE_PETSC(EPSGetEigenvalue(eps, n - 1, &largest, NULL));
    /* As for D: what rounding leaves, and the softest bonds; the size does not matter. */
    NIXE_TRY(collect(eps, V, sqrt(1e-14 * largest * 1e-2 * fmin(1, shell_stiffness)), above, spectrum));
    NIXE_PETSC(EPSDestroy(&eps));
    NIXE_PETSC(MatDestroy(&V));
    return NIXE_OK;
}

nixe_status nixe_spectrum_of_stiffness(const nixe_lattice *lattice, double shell_stiffness, int zero_modes, int above,
                                       nixe_spectrum *spectrum) {
    const PetscInt size = (PetscInt)nixe_lattice_freedoms(lattice);
    const PetscInt expected = nixe_stiffness_rigid_motions(lattice);
    PetscInt wanted = zero_modes + above < size ? zero_modes + above : size;
    nixe_blocks whole;
    Mat D;
    EPS eps;
    ST st;
    KSP ksp;
    PC pc;
    *spectrum = (nixe_spectrum){.size = size, .expected = (int)expected};
    NIXE_TRY(nixe_blocks_create(&whole, lattice, 1));
    NIXE_TRY(nixe_stiffness_assemble(&whole, shell_stiffness, 0, &D));
    nixe_blocks_destroy(&whole);
    NIXE_PETSC(EPSCreate(PETSC_COMM_SELF, &eps));
    NIXE_PETSC(EPSSetOperators(eps, D, NULL));
    NIXE_PETSC(EPSSetProblemType(eps, EPS_HEP));
    if (size < 4 * wanted + 64) { /* a Krylov space would hardly be smaller than all */
        wanted = size;
        NIXE_PETSC(EPSSetType(eps, EPSLAPACK));
        NIXE_PETSC(EPSSetWhichEigenpairs(eps, EPS_SMALLEST_REAL));
    } else {
        NIXE_PETSC(EPSSetWhichEigenpairs(eps, EPS_TARGET_MAGNITUDE));
        NIXE_PETSC(EPSSetTarget(eps, -1e-3)); /* a target of 0 would factor a singular matrix */
        NIXE_PETSC(EPSSetTolerances(eps, 1e-12, PETSC_DEFAULT));
        NIXE_PETSC(EPSGetST(eps, &st));
        NIXE_PETSC(STSetType(st, STSINVERT));
        NIXE_PETSC(STGetKSP(st, &ksp));
        NIXE_PETSC(KSPSetType(ksp, KSPPREONLY));
        NIXE_PETSC(KSPGetPC(ksp, &pc));
        NIXE_PETSC(PCSetType(pc, PCCHOLESKY));
        NIXE_PETSC(PCFactorSetMatSolverType(pc, nixe_factor_solver().type));
        NIXE_PETSC(PCFactorSetMatOrderingType(pc, nixe_factor_solver().ordering));
    }
    NIXE_PETSC(EPSSetDimensions(eps, wanted, PETSC_DEFAULT, PETSC_DEFAULT));
    NIXE_PETSC(EPSSetFromOptions(eps));
    NIXE_PETSC(EPSSolve(eps));
    NIXE_TRY(collect(eps, D, nixe_stiffness_zero_limit(lattice, shell_stiffness), above, spectrum));
    NIXE_PETSC(EPSDestroy(&eps));
    NIXE_PETSC(MatDestroy(&D));
    return NIXE_OK;
}
