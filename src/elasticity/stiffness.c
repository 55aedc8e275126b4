/* Stiffness: the linear elasticity of the crystal, solved with PETSc. nixe_stiffness_solve() is collective. */
#include "nixe/elasticity/stiffness.h"

#include <math.h>
#include <petscmat.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/petsc_error.h"

/* Columns solved together. A column's last bits depend on how many are solved with it, so the groups are fixed. */
enum { GROUP = 64, MAX_RIGID_MOTIONS = 6 };

static int rigid_motions(const nixe_lattice *lattice) { return lattice->dimension * (lattice->dimension + 1) / 2; }

double nixe_stiffness_bytes(const nixe_lattice *lattice) {
    const double size = (double)lattice->sites * lattice->dimension;
    const double fill = lattice->dimension == 2 ? 12 * size * log2(size + 1) : 40 * pow(size, 4.0 / 3); /* nested dissection */
    return 8 * (fill + 2 * GROUP * size + rigid_motions(lattice) * size);
}

nixe_status nixe_stiffness_assemble(const nixe_lattice *lattice, double shell_stiffness, Mat *D) {
    const int d = lattice->dimension;
    const PetscInt size = lattice->sites * d;
    NIXE_PETSC(MatCreateSeqAIJ(PETSC_COMM_SELF, size, size, d * (lattice->coordination + 1), NULL, D));
    for (PetscInt i = 0; i < size; i++) NIXE_PETSC(MatSetValue(*D, i, i, 0.0, ADD_VALUES));
    for (int b = 0; b < lattice->bonds; b++) {
        const double *alpha = lattice->direction[lattice->bond_direction[b]];
        const double k = nixe_lattice_stiffness(lattice, b, shell_stiffness);
        double block[4 * 9]; /* rows and columns: components of the first site, then of the second */
        PetscInt index[6];
        for (int p = 0; p < 2 * d; p++) {
            index[p] = lattice->bond[2 * (long)b + p / d] * d + p % d;
            for (int q = 0; q < 2 * d; q++) block[p * 2 * d + q] = (p / d == q / d ? k : -k) * alpha[p % d] * alpha[q % d];
        }
        NIXE_PETSC(MatSetValues(*D, 2 * d, index, 2 * d, index, block, ADD_VALUES));
    }
    NIXE_PETSC(MatAssemblyBegin(*D, MAT_FINAL_ASSEMBLY));
    NIXE_PETSC(MatAssemblyEnd(*D, MAT_FINAL_ASSEMBLY));
    NIXE_PETSC(MatSetOption(*D, MAT_SYMMETRIC, PETSC_TRUE));
    return NIXE_OK;
}

nixe_solver nixe_stiffness_solver(void) {
    const nixe_solver mumps = {"MUMPS", MATSOLVERMUMPS, MATORDERINGEXTERNAL};
    const nixe_solver petsc = {"PETSc's own Cholesky, for this PETSc has been built without MUMPS; set-up takes longer",
                               MATSOLVERPETSC, MATORDERINGND};
    PetscBool known = PETSC_FALSE, for_this = PETSC_FALSE;
    PetscErrorCode code = MatInitializePackage(); /* which makes solvers known */
    if (!code) code = MatSolverTypeGet(MATSOLVERMUMPS, MATSEQAIJ, MAT_FACTOR_CHOLESKY, &known, &for_this, NULL);
    return !code && known && for_this ? mumps : petsc;
}

static nixe_status factor_matrix(Mat D, Mat *factor) {
    const nixe_solver solver = nixe_stiffness_solver();
    MatFactorInfo info;
    MatFactorError error;
    IS rows, columns;
    NIXE_PETSC(MatGetFactor(D, solver.type, MAT_FACTOR_CHOLESKY, factor));
    NIXE_PETSC(MatFactorInfoInitialize(&info));
    NIXE_PETSC(MatGetOrdering(D, solver.ordering, &rows, &columns));
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

double nixe_stiffness_zero_limit(const nixe_lattice *lattice, double shell_stiffness) {
    const double k = lattice->shell_layers > 0 ? shell_stiffness : 1;
    const double rounding = 1e-14 * fmax(1, k), softest = fmin(1, k) * pow(lattice->sites, -2.0 / lattice->dimension);
    return softest > 1e3 * rounding ? sqrt(rounding * softest) : 0;
}

nixe_status nixe_stiffness_zero_modes(const nixe_lattice *lattice, double shell_stiffness, int *zero_modes) {
    Mat D, factor;
    PetscInt negative = 0;
    NIXE_TRY(nixe_stiffness_assemble(lattice, shell_stiffness, &D));
    NIXE_PETSC(MatShift(D, -nixe_stiffness_zero_limit(lattice, shell_stiffness)));
    NIXE_TRY(factor_matrix(D, &factor));
    NIXE_PETSC(MatGetInertia(factor, &negative, NULL, NULL));
    NIXE_PETSC(MatDestroy(&factor));
    NIXE_PETSC(MatDestroy(&D));
    *zero_modes = (int)negative;
    return NIXE_OK;
}

/* Degrees of freedom that fix the crystal: all of a first site, those across the line to a second, and in 3D that out of
 * the plane with a third. */
static void pinned_freedoms(const nixe_lattice *lattice, PetscInt *pinned) {
    if (lattice->shape == NIXE_HEXAGON) {
        int radius = lattice->edge + lattice->shell_layers - 1; /* the ends of the middle row */
        int first = lattice->sites - radius, second = radius;
        const PetscInt freedoms[3] = {2 * first, 2 * first + 1, 2 * second + 1};
        memcpy(pinned, freedoms, sizeof freedoms);
    } else {
        int n = lattice->edge + 2 * lattice->shell_layers; /* corners on the x and the y axis */
        int second = n - 1, third = n * (n - 1);
        const PetscInt freedoms[6] = {0, 1, 2, 3 * second + 1, 3 * second + 2, 3 * third + 2};
        memcpy(pinned, freedoms, sizeof freedoms);
    }
}

/* Orthonormal translations and rotations about the centroid; mode has shape [d(d+1)/2, N d]. */
static void set_rigid_modes(const nixe_lattice *lattice, double *mode) {
    const int d = lattice->dimension, count = rigid_motions(lattice);
    const long size = (long)lattice->sites * d;
    for (long site = 0; site < lattice->sites; site++) {
        const double *at = lattice->position + d * site; /* the centroid is the origin */
        for (int k = 0; k < d; k++) mode[k * size + d * site + k] = 1;
        for (int rotation = 0; rotation < count - d; rotation++) { /* in the planes xy, yz, zx */
            int p = rotation, q = (rotation + 1) % d;
            mode[(d + rotation) * size + d * site + p] = -at[q];
            mode[(d + rotation) * size + d * site + q] = at[p];
        }
    }
    for (int m = 0; m < count; m++) { /* Gram-Schmidt; only rounding is left to remove between these modes */
        double *v = mode + m * size, norm = 0;
        for (int l = 0; l < m; l++) {
            double overlap = 0;
            for (long i = 0; i < size; i++) overlap += v[i] * mode[l * size + i];
            for (long i = 0; i < size; i++) v[i] -= overlap * mode[l * size + i];
        }
        for (long i = 0; i < size; i++) norm += v[i] * v[i];
        for (long i = 0; i < size; i++) v[i] /= sqrt(norm);
    }
}

/* Column R of G: half the stiffness-weighted unit vectors of the bonds of site R; both ends of a bond feel it. */
static void set_source(const nixe_lattice *lattice, double shell_stiffness, const PetscInt *pinned, int site, double *source) {
    const int d = lattice->dimension;
    memset(source, 0, (size_t)lattice->sites * (size_t)d * sizeof *source);
    for (int m = 0; m < lattice->coordination; m++) {
        int next = lattice->neighbour[(long)site * lattice->coordination + m];
        if (next < 0) continue;
        double k = lattice->layer[site] > 0 && lattice->layer[next] > 0 ? shell_stiffness : 1.0;
        for (int p = 0; p < d; p++) {
            source[(long)next * d + p] += 0.5 * k * lattice->direction[m][p];
            source[(long)site * d + p] -= 0.5 * k * lattice->direction[m][p];
        }
    }
    for (int m = 0; m < rigid_motions(lattice); m++) source[pinned[m]] = 0;
}

/* The groups of columns that fall to this rank. u has shape [representatives, N d]. */
static nixe_status solve_groups(const nixe_parallel *parallel, const nixe_lattice *lattice, double shell_stiffness,
                                const nixe_symmetry *symmetry, double *u) {
    const int d = lattice->dimension, motions = rigid_motions(lattice);
    const PetscInt size = lattice->sites * d;
    PetscInt pinned[MAX_RIGID_MOTIONS];
    double *mode;
    Mat D, factor;
    NIXE_TRY(nixe_allocate(&mode, (long)motions * size, sizeof(double), "the rigid motions"));
    set_rigid_modes(lattice, mode);
    pinned_freedoms(lattice, pinned);
    NIXE_TRY(nixe_stiffness_assemble(lattice, shell_stiffness, &D));
    NIXE_PETSC(MatZeroRowsColumns(D, motions, pinned, 1.0, NULL, NULL));
    NIXE_PETSC(MatSetOption(D, MAT_SPD, PETSC_TRUE));
    NIXE_TRY(factor_matrix(D, &factor));
    for (int first = parallel->rank * GROUP; first < symmetry->representatives; first += parallel->size * GROUP) {
        Mat source, solution;
        PetscScalar *columns;
        const PetscScalar *solved;
        int width = symmetry->representatives - first < GROUP ? symmetry->representatives - first : GROUP;
        NIXE_PETSC(MatCreateSeqDense(PETSC_COMM_SELF, size, width, NULL, &source));
        NIXE_PETSC(MatCreateSeqDense(PETSC_COMM_SELF, size, width, NULL, &solution));
        NIXE_PETSC(MatDenseGetArray(source, &columns));
        for (int c = 0; c < width; c++)
            set_source(lattice, shell_stiffness, pinned, symmetry->representative[first + c], columns + (long)c * size);
        NIXE_PETSC(MatDenseRestoreArray(source, &columns));
        NIXE_PETSC(MatMatSolve(factor, source, solution));
        NIXE_PETSC(MatDenseGetArrayRead(solution, &solved));
        for (int c = 0; c < width; c++) {
            double *column = u + (long)(first + c) * size;
            memcpy(column, solved + (long)c * size, (size_t)size * sizeof *column);
            for (int m = 0; m < motions; m++) {
                double overlap = 0;
                for (PetscInt i = 0; i < size; i++) overlap += column[i] * mode[(long)m * size + i];
                for (PetscInt i = 0; i < size; i++) column[i] -= overlap * mode[(long)m * size + i];
            }
        }
        NIXE_PETSC(MatDenseRestoreArrayRead(solution, &solved));
        NIXE_PETSC(MatDestroy(&solution));
        NIXE_PETSC(MatDestroy(&source));
    }
    NIXE_PETSC(MatDestroy(&factor));
    NIXE_PETSC(MatDestroy(&D));
    free(mode);
    return NIXE_OK;
}

/* Each group travels from the node of the rank that solved it to all nodes. */
static nixe_status spread_groups(const nixe_parallel *parallel, int representatives, long size, nixe_shared *u) {
    int *node_of_rank;
    NIXE_TRY(nixe_shared_sync(parallel, u));
    NIXE_TRY(nixe_allocate(&node_of_rank, parallel->size, sizeof(int), "the list of nodes"));
    NIXE_MPI(MPI_Allgather(&parallel->node_index, 1, MPI_INT, node_of_rank, 1, MPI_INT, parallel->comm));
    for (int first = 0, group = 0; first < representatives && parallel->node_rank == 0; first += GROUP, group++) {
        int width = representatives - first < GROUP ? representatives - first : GROUP;
        MPI_Datatype column;
        NIXE_MPI(MPI_Type_contiguous((int)size, MPI_DOUBLE, &column));
        NIXE_MPI(MPI_Type_commit(&column));
        NIXE_MPI(MPI_Bcast(u->memory + first * size, width, column, node_of_rank[group % parallel->size], parallel->leaders));
        NIXE_MPI(MPI_Type_free(&column));
    }
    free(node_of_rank);
    return nixe_shared_sync(parallel, u);
}

/* One crystal, on this rank alone. */
static nixe_status check(const nixe_lattice *lattice, double shell_stiffness) {
    int zero_modes = 0;
    if (nixe_stiffness_zero_limit(lattice, shell_stiffness) == 0)
        return nixe_fail(
            NIXE_REFUSED,
            "-shell_stiffness %g: so far from the 1 of the core, and with %d sites, that double precision cannot tell "
            "soft modes from those that cost nothing",
            shell_stiffness, lattice->sites);
    NIXE_TRY(nixe_stiffness_zero_modes(lattice, shell_stiffness, &zero_modes));
    if (zero_modes == rigid_motions(lattice)) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED,
                     "this lattice is floppy: its stiffness matrix has %d zero modes, and a rigid crystal in %d dimensions has "
                     "exactly %d",
                     zero_modes, lattice->dimension, rigid_motions(lattice));
}

nixe_status nixe_stiffness_check(const nixe_parallel *parallel, const nixe_lattice *lattice, int count,
                                 const double *shell_stiffness) {
    nixe_status status = NIXE_OK;
    for (int q = parallel->rank; q < count && !status; q += parallel->size) status = check(lattice, shell_stiffness[q]);
    return nixe_parallel_agree(parallel, status);
}

nixe_status nixe_stiffness_solve(const nixe_parallel *parallel, const nixe_lattice *lattice, double shell_stiffness,
                                 const nixe_symmetry *symmetry, nixe_shared *u) {
    NIXE_TRY(nixe_parallel_agree(parallel, solve_groups(parallel, lattice, shell_stiffness, symmetry, u->memory)));
    return spread_groups(parallel, symmetry->representatives, (long)lattice->sites * lattice->dimension, u);
}
