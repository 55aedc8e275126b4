/* Factor: a block of D, factored once to be solved for many sources. Nothing here is collective but what factor.h
 * says. */
#include "nixe/elasticity/factor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/petsc_error.h"
#include "nixe/elasticity/stiffness.h"

enum { MAX_RIGID_MOTIONS = NIXE_MAX_RIGID_MOTIONS, ABREAST = 64 /* columns that MUMPS solves for together */ };

double nixe_factor_numbers(const nixe_lattice *lattice) {
    const double size = (double)nixe_blocks_size(lattice);
    return lattice->dimension == 2 ? 12 * size * log2(size + 1) : 40 * pow(size, 4.0 / 3); /* nested dissection */
}

/* Where there are several blocks, each has only some of the ranks, and fewer factors are alike. */
int nixe_factor_is_shared(const nixe_lattice *lattice) {
    static const double large = 200e6; /* bytes */
    return !lattice->torus.sites && 8 * nixe_factor_numbers(lattice) > large * nixe_blocks_count(lattice);
}

double nixe_factor_node_numbers(const nixe_lattice *lattice) {
    return nixe_factor_is_shared(lattice) ? nixe_factor_numbers(lattice) : 0;
}

nixe_solver nixe_factor_solver(void) {
    const nixe_solver mumps = {"MUMPS", MATSOLVERMUMPS, MATORDERINGEXTERNAL};
    const nixe_solver petsc = {"PETSc's own Cholesky, for this PETSc has been built without MUMPS; set-up takes longer",
                               MATSOLVERPETSC, MATORDERINGND};
    PetscBool known = PETSC_FALSE, for_this = PETSC_FALSE;
    PetscErrorCode code = MatInitializePackage(); /* which makes solvers known */
    if (!code) code = MatSolverTypeGet(MATSOLVERMUMPS, MATSEQAIJ, MAT_FACTOR_CHOLESKY, &known, &for_this, NULL);
    return !code && known && for_this ? mumps : petsc;
}

static nixe_status factor_matrix(Mat D, Mat *factor) {
    const nixe_solver solver = nixe_factor_solver();
    MatFactorInfo info;
    MatFactorError error;
    IS rows, columns;
    NIXE_PETSC(MatGetFactor(D, solver.type, MAT_FACTOR_CHOLESKY, factor));
    NIXE_PETSC(MatFactorInfoInitialize(&info));
    NIXE_PETSC(MatGetOrdering(D, solver.ordering, &rows, &columns));
#ifdef PETSC_HAVE_MUMPS
    if (strcmp(solver.type, MATSOLVERMUMPS) == 0) NIXE_PETSC(MatMumpsSetIcntl(*factor, 27, ABREAST));
#endif
    NIXE_PETSC(MatCholeskyFactorSymbolic(*factor, D, rows, &info));
    NIXE_PETSC(MatCholeskyFactorNumeric(*factor, D, &info));
    NIXE_PETSC(ISDestroy(&rows));
    NIXE_PETSC(ISDestroy(&columns));
    NIXE_PETSC(MatFactorGetError(*factor, &error));
    if (error)
        return nixe_fail(NIXE_FAILED, "%s could not factor the stiffness matrix (PETSc's factor error %d)", solver.type,
                         (int)error);
    return NIXE_OK;
}

/* How many blocks are like block c but for the order and the signs of freedoms, itself the first; 0 where another is. */
static int count_alike(const nixe_blocks *blocks, int c) {
    int count = 0, operation;
    for (int other = 0; other < blocks->blocks; other++) count += nixe_blocks_twin(blocks->lattice, other, &operation) == c;
    return count;
}

nixe_status nixe_factor_zero_modes(const nixe_lattice *lattice, double shell_stiffness, int *zero_modes) {
    nixe_blocks blocks;
    *zero_modes = 0;
    NIXE_TRY(nixe_blocks_create(&blocks, lattice, 0));
    for (int c = 0; c < blocks.blocks; c++) {
        Mat D, factor;
        PetscInt negative = 0;
        const int alike = count_alike(&blocks, c);
        if (!alike) continue;
        NIXE_TRY(nixe_stiffness_assemble(&blocks, shell_stiffness, c, &D));
        NIXE_PETSC(MatShift(D, -nixe_stiffness_zero_limit(lattice, shell_stiffness)));
        NIXE_TRY(factor_matrix(D, &factor));
        NIXE_PETSC(MatGetInertia(factor, &negative, NULL, NULL));
        NIXE_PETSC(MatDestroy(&factor));
        NIXE_PETSC(MatDestroy(&D));
        *zero_modes += alike * (int)negative;
    }
    nixe_blocks_destroy(&blocks);
    return NIXE_OK;
}

/* Degrees of freedom that fix the crystal, as many as there are rigid motions: in turn the one that the motions that are left
 * move most. `left` is scratch of the shape of mode. */
static void choose_pinned(int motions, long size, const double *mode, double *left, PetscInt *pinned) {
    memcpy(left, mode, (size_t)(motions * size) * sizeof *left);
    for (int p = 0; p < motions; p++) {
        double most = 0, row[MAX_RIGID_MOTIONS];
        for (long i = 0; i < size; i++) {
            double square = 0;
            for (int m = 0; m < motions; m++) square += left[m * size + i] * left[m * size + i];
            if (square <= most * (1 + 1e-6)) continue; /* the first of equals */
            most = square;
            pinned[p] = (PetscInt)i;
        }
        for (int m = 0; m < motions; m++) row[m] = left[m * size + pinned[p]];
        for (long i = 0; i < size; i++) { /* take off what this freedom holds */
            double overlap = 0;
            for (int m = 0; m < motions; m++) overlap += row[m] * left[m * size + i];
            for (int m = 0; m < motions; m++) left[m * size + i] -= overlap / most * row[m];
        }
    }
}

/* The rigid motions of a block, orthonormal, as many as are returned in `motions`; each belongs to one block. */
static nixe_status set_motions(const nixe_blocks *blocks, int c, double *own, int *motions) {
    const int all = nixe_stiffness_rigid_motions(blocks->lattice);
    const long freedoms = nixe_lattice_freedoms(blocks->lattice);
    double *mode;
    NIXE_TRY(nixe_allocate(&mode, all * freedoms, sizeof *mode, "the rigid motions"));
    nixe_stiffness_rigid_modes(blocks->lattice, mode);
    *motions = 0;
    for (int m = 0; m < all; m++) {
        double *to = own + *motions * blocks->size, square = 0;
        nixe_blocks_fold(blocks, c, mode + m * freedoms, to);
        for (long i = 0; i < blocks->size; i++) square += to[i] * to[i];
        *motions += square > 0.5;
    }
    free(mode);
    return NIXE_OK;
}

/* The rigid motions of block c, and what pins them. */
static nixe_status pin(nixe_factor *factor, const nixe_blocks *blocks, int c) {
    const long size = blocks->size;
    double *scratch;
    NIXE_TRY(nixe_allocate(&scratch, 2L * (MAX_RIGID_MOTIONS + 1) * size, sizeof *scratch, "the rigid motions"));
    NIXE_TRY(set_motions(blocks, c, scratch, &factor->motions));
    choose_pinned(factor->motions, size, scratch, scratch + (MAX_RIGID_MOTIONS + 1) * size, factor->pinned);
    NIXE_TRY(nixe_allocate(&factor->mode, factor->motions * size, sizeof *factor->mode, "the rigid motions"));
    memcpy(factor->mode, scratch, (size_t)(factor->motions * size) * sizeof *factor->mode);
    free(scratch);
    return NIXE_OK;
}

/* Block c with its rigid motions pinned, and these. */
static nixe_status assemble(nixe_factor *factor, const nixe_blocks *blocks, double shell_stiffness, int c, Mat *D) {
    *factor = (nixe_factor){.size = blocks->size, .fronts.factor.window = MPI_WIN_NULL};
    NIXE_TRY(pin(factor, blocks, c));
    NIXE_TRY(nixe_stiffness_assemble(blocks, shell_stiffness, c, D));
    NIXE_PETSC(MatZeroRowsColumns(*D, factor->motions, factor->pinned, 1.0, NULL, NULL));
    NIXE_PETSC(MatSetOption(*D, MAT_SPD, PETSC_TRUE));
    return NIXE_OK;
}

nixe_status nixe_factor_create(nixe_factor *factor, const nixe_blocks *blocks, double shell_stiffness, int c) {
    Mat D;
    NIXE_TRY(assemble(factor, blocks, shell_stiffness, c, &D));
    NIXE_TRY(factor_matrix(D, &factor->factor));
    NIXE_PETSC(MatDestroy(&D));
    return NIXE_OK;
}

nixe_status nixe_factor_share(nixe_factor *factor, const nixe_parallel *parallel, const nixe_blocks *blocks,
                              double shell_stiffness, int c) {
    Mat D;
    NIXE_TRY(nixe_parallel_agree(parallel, assemble(factor, blocks, shell_stiffness, c, &D)));
    NIXE_TRY(nixe_fronts_create(&factor->fronts, parallel, blocks, D));
    NIXE_PETSC(MatDestroy(&D));
    return NIXE_OK;
}

nixe_status nixe_factor_destroy(nixe_factor *factor) {
    NIXE_PETSC(MatDestroy(&factor->factor));
    nixe_fronts_destroy(&factor->fronts);
    free(factor->mode);
    *factor = (nixe_factor){0};
    return NIXE_OK;
}

/* Take the rigid motions off all columns. */
static nixe_status take_off_motions(const nixe_factor *factor, Mat solution) {
    const long size = factor->size;
    PetscInt columns;
    PetscScalar *solved;
    NIXE_PETSC(MatGetSize(solution, NULL, &columns));
    NIXE_PETSC(MatDenseGetArray(solution, &solved));
    for (double *column = solved; column < solved + columns * size; column += size)
        for (int m = 0; m < factor->motions; m++) {
            const double *mode = factor->mode + m * size;
            double overlap = 0;
            for (long i = 0; i < size; i++) overlap += column[i] * mode[i];
            for (long i = 0; i < size; i++) column[i] -= overlap * mode[i];
        }
    NIXE_PETSC(MatDenseRestoreArray(solution, &solved));
    return NIXE_OK;
}

/* Solve by a shared factor for x, of shape [size, columns] in the order of its places. */
static nixe_status solve_shared(const nixe_factor *factor, PetscInt columns, double *x, Mat solution) {
    const int32_t *place = factor->fronts.tree.place;
    PetscScalar *solved;
    for (int m = 0; m < factor->motions; m++)
        memset(x + (long)place[factor->pinned[m]] * columns, 0, (size_t)columns * sizeof *x);
    NIXE_TRY(nixe_fronts_solve(&factor->fronts, (int)columns, x));
    NIXE_PETSC(MatDenseGetArray(solution, &solved));
    for (long i = 0; i < factor->size; i++)
        for (long column = 0; column < columns; column++)
            solved[column * factor->size + i] = x[(long)place[i] * columns + column];
    NIXE_PETSC(MatDenseRestoreArray(solution, &solved));
    return take_off_motions(factor, solution);
}

static nixe_status solve_shared_dense(const nixe_factor *factor, Mat source, Mat solution) {
    const int32_t *place = factor->fronts.tree.place;
    const PetscScalar *from;
    PetscInt columns;
    double *x;
    NIXE_PETSC(MatGetSize(source, NULL, &columns));
    NIXE_TRY(nixe_allocate(&x, factor->size * columns, sizeof *x, "displacements"));
    NIXE_PETSC(MatDenseGetArrayRead(source, &from));
    for (long i = 0; i < factor->size; i++)
        for (long column = 0; column < columns; column++)
            x[(long)place[i] * columns + column] = from[column * factor->size + i];
    NIXE_PETSC(MatDenseRestoreArrayRead(source, &from));
    NIXE_TRY(solve_shared(factor, columns, x, solution));
    free(x);
    return NIXE_OK;
}

static nixe_status solve_shared_sparse(const nixe_factor *factor, Mat sources, Mat solution) {
    const int32_t *place = factor->fronts.tree.place;
    PetscInt columns;
    double *x;
    NIXE_PETSC(MatGetSize(sources, &columns, NULL));
    NIXE_TRY(nixe_allocate(&x, factor->size * columns, sizeof *x, "displacements"));
    for (PetscInt column = 0; column < columns; column++) {
        PetscInt entries;
        const PetscInt *freedom;
        const PetscScalar *value;
        NIXE_PETSC(MatGetRow(sources, column, &entries, &freedom, &value));
        for (PetscInt e = 0; e < entries; e++) x[(long)place[freedom[e]] * columns + column] = value[e];
        NIXE_PETSC(MatRestoreRow(sources, column, &entries, &freedom, &value));
    }
    NIXE_TRY(solve_shared(factor, columns, x, solution));
    free(x);
    return NIXE_OK;
}

nixe_status nixe_factor_solve(const nixe_factor *factor, Mat source, Mat solution) {
    PetscInt columns;
    PetscScalar *pinned;
    if (!factor->factor) return solve_shared_dense(factor, source, solution);
    NIXE_PETSC(MatGetSize(source, NULL, &columns));
    NIXE_PETSC(MatDenseGetArray(source, &pinned));
    for (PetscInt column = 0; column < columns; column++)
        for (int m = 0; m < factor->motions; m++) pinned[column * factor->size + factor->pinned[m]] = 0;
    NIXE_PETSC(MatDenseRestoreArray(source, &pinned));
    NIXE_PETSC(MatMatSolve(factor->factor, source, solution));
    return take_off_motions(factor, solution);
}

/* PETSc's own factor takes dense sources only. */
static nixe_status solve_dense(const nixe_factor *factor, Mat sources, Mat solution) {
    Mat columns, dense;
    NIXE_PETSC(MatTranspose(sources, MAT_INITIAL_MATRIX, &columns));
    NIXE_PETSC(MatConvert(columns, MATSEQDENSE, MAT_INITIAL_MATRIX, &dense));
    NIXE_PETSC(MatDestroy(&columns));
    NIXE_PETSC(MatMatSolve(factor->factor, dense, solution));
    NIXE_PETSC(MatDestroy(&dense));
    return NIXE_OK;
}

nixe_status nixe_factor_solve_sparse(const nixe_factor *factor, Mat sources, Mat solution) {
    const double zero[NIXE_MAX_RIGID_MOTIONS] = {0};
    PetscInt columns;
    Mat transposed;
    if (!factor->factor) return solve_shared_sparse(factor, sources, solution);
    NIXE_PETSC(MatGetSize(sources, &columns, NULL));
    NIXE_PETSC(MatSetOption(sources, MAT_NEW_NONZERO_LOCATIONS, PETSC_FALSE)); /* what is not there is 0 as it is */
    for (PetscInt column = 0; column < columns; column++)
        NIXE_PETSC(MatSetValues(sources, 1, &column, factor->motions, factor->pinned, zero, INSERT_VALUES));
    NIXE_PETSC(MatAssemblyBegin(sources, MAT_FINAL_ASSEMBLY));
    NIXE_PETSC(MatAssemblyEnd(sources, MAT_FINAL_ASSEMBLY));
    if (strcmp(nixe_factor_solver().type, MATSOLVERMUMPS) == 0) {
        NIXE_PETSC(MatCreateTranspose(sources, &transposed));
        NIXE_PETSC(MatMatSolve(factor->factor, transposed, solution));
        NIXE_PETSC(MatDestroy(&transposed));
    } else {
        NIXE_TRY(solve_dense(factor, sources, solution));
    }
    return take_off_motions(factor, solution);
}
