/* Stiffness: the linear elasticity of the crystal, solved with PETSc. nixe_stiffness_solve() is collective. */
#include "nixe/elasticity/stiffness.h"

#include <math.h>
#include <petscmat.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/petsc_error.h"

/* Columns solved together. A column's last bits depend on how many are solved with it, so the groups are fixed. */
enum { GROUP = 64, MAX_RIGID_MOTIONS = 6 };

/* Those of a free crystal, less the rotations that would turn the space of the periods. */
int nixe_stiffness_rigid_motions(const nixe_lattice *lattice) {
    const int free = lattice->dimension - lattice->periods;
    return lattice->dimension + free * (free - 1) / 2;
}

double nixe_stiffness_bytes(const nixe_lattice *lattice) {
    if (lattice->torus.sites) return 0; /* bulk.h does without */
    const double size = (double)lattice->sites * lattice->dimension;
    const double fill = lattice->dimension == 2 ? 12 * size * log2(size + 1) : 40 * pow(size, 4.0 / 3); /* nested dissection */
    return 8 * (fill + 2 * GROUP * size + 2 * nixe_stiffness_rigid_motions(lattice) * size);
}

/* How a bond in direction m stretches by a unit of a strain. */
static double stretch(const nixe_lattice *lattice, int strain, int m) {
    double change[3];
    nixe_lattice_strained(lattice, strain, m, change);
    return change[0] * lattice->direction[m][0] + change[1] * lattice->direction[m][1] + change[2] * lattice->direction[m][2];
}

nixe_status nixe_stiffness_assemble(const nixe_lattice *lattice, double shell_stiffness, Mat *D) {
    const int d = lattice->dimension, entries = 2 * d + lattice->strains;
    const PetscInt size = (PetscInt)nixe_lattice_freedoms(lattice), sites = size - lattice->strains;
    PetscInt *row_entries;
    NIXE_TRY(nixe_allocate(&row_entries, size, sizeof *row_entries, "the stiffness matrix"));
    const PetscInt most = d * (lattice->coordination + 1) + lattice->strains;
    for (PetscInt i = 0; i < size; i++) row_entries[i] = i < sites && most < size ? most : size;
    NIXE_PETSC(MatCreateSeqAIJ(PETSC_COMM_SELF, size, size, 0, row_entries, D));
    free(row_entries);
    for (PetscInt i = 0; i < size; i++) NIXE_PETSC(MatSetValue(*D, i, i, 0.0, ADD_VALUES));
    for (int b = 0; b < lattice->bonds; b++) {
        const int m = lattice->bond_direction[b];
        const double *alpha = lattice->direction[m], k = nixe_lattice_stiffness(lattice, b, shell_stiffness);
        double row[12], block[12 * 12]; /* of B: components of the first site, of the second, strains */
        PetscInt index[12];
        for (int p = 0; p < entries; p++) {
            index[p] = p < 2 * d ? lattice->bond[2 * (long)b + p / d] * d + p % d : sites + p - 2 * d;
            row[p] = p < d ? -alpha[p] : p < 2 * d ? alpha[p - d] : stretch(lattice, p - 2 * d, m);
        }
        for (int p = 0; p < entries; p++)
            for (int q = 0; q < entries; q++) block[p * entries + q] = k * row[p] * row[q];
        NIXE_PETSC(MatSetValues(*D, entries, index, entries, index, block, ADD_VALUES));
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
    double softest = INFINITY, hardest = 0;
    for (int c = 0; c < lattice->classes; c++) {
        const double k = lattice->bond_class[c].stiffness, shell = lattice->shell_layers > 0 ? k * shell_stiffness : k;
        softest = fmin(softest, fmin(k, shell));
        hardest = fmax(hardest, fmax(k, shell));
    }
    softest *= pow(lattice->sites, -2.0 / lattice->dimension);
    return softest > 1e-11 * hardest ? sqrt(1e-14 * hardest * softest) : 0;
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

/* Orthonormal directions across the periods, d - periods of them. */
static void set_free_directions(const nixe_lattice *lattice, double e[3][3]) {
    int found = 0;
    memset(e, 0, 9 * sizeof(double));
    for (int x = 0; x < lattice->dimension && found < lattice->dimension - lattice->periods; x++) {
        double v[3] = {x == 0, x == 1, x == 2}, norm = 0;
        for (int s = 0; s < lattice->strains; s++) { /* off with what lies along the periods: strain[s] e of stretches */
            const double *m = lattice->strain[s];
            for (int k = 0; k < 3 && m[0] + m[4] + m[8] > 0.5; k++) v[k] -= m[3 * k + x];
        }
        for (int f = 0; f < found; f++) {
            const double overlap = e[f][x];
            for (int k = 0; k < 3; k++) v[k] -= overlap * e[f][k];
        }
        for (int k = 0; k < 3; k++) norm += v[k] * v[k];
        if (norm < 1e-6) continue;
        for (int k = 0; k < 3; k++) e[found][k] = v[k] / sqrt(norm);
        found++;
    }
}

void nixe_stiffness_rigid_modes(const nixe_lattice *lattice, double *mode) {
    const int d = lattice->dimension, count = nixe_stiffness_rigid_motions(lattice);
    const long size = nixe_lattice_freedoms(lattice);
    double e[3][3];
    set_free_directions(lattice, e);
    for (long site = 0; site < lattice->sites; site++) {
        double along[3] = {0}; /* from the centroid */
        for (int f = 0; f < 3; f++)
            for (int k = 0; k < d; k++) along[f] += e[f][k] * (lattice->position[d * site + k] - lattice->centroid[k]);
        for (int k = 0; k < d; k++) mode[k * size + d * site + k] = 1;
        for (int rotation = 0; rotation < count - d; rotation++) { /* in the planes 01, 12, 20 */
            const int p = rotation, q = (rotation + 1) % (d - lattice->periods);
            for (int k = 0; k < d; k++) mode[(d + rotation) * size + d * site + k] = e[q][k] * along[p] - e[p][k] * along[q];
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

/* Column R of G: half the stiffness-weighted unit vectors of the bonds of site R, by their mismatch; both ends of a bond feel
 * it. */
static void set_source(const nixe_lattice *lattice, double shell_stiffness, const PetscInt *pinned, int site, double *source) {
    const int d = lattice->dimension;
    const long sites = (long)lattice->sites * d;
    memset(source, 0, (size_t)nixe_lattice_freedoms(lattice) * sizeof *source);
    for (int m = 0; m < lattice->directions; m++) {
        const int next = nixe_lattice_neighbours(lattice, site)[m];
        if (next < 0) continue;
        const nixe_bond_class *class = &lattice->bond_class[lattice->direction_class[m]];
        const double shell = lattice->layer[site] > 0 && lattice->layer[next] > 0 ? shell_stiffness : 1.0;
        const double half = 0.5 * shell * class->stiffness * class->mismatch;
        for (int p = 0; p < d; p++) {
            source[(long)next * d + p] += half * lattice->direction[m][p];
            source[(long)site * d + p] -= half * lattice->direction[m][p];
        }
        for (int s = 0; s < lattice->strains; s++) source[sites + s] += half * stretch(lattice, s, m);
    }
    for (int m = 0; m < nixe_stiffness_rigid_motions(lattice); m++) source[pinned[m]] = 0;
}

/* The groups of columns that fall to this rank. u has shape [orbits, freedoms]. */
static nixe_status solve_groups(const nixe_parallel *parallel, const nixe_lattice *lattice, double shell_stiffness, double *u) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const int motions = nixe_stiffness_rigid_motions(lattice);
    const PetscInt size = (PetscInt)nixe_lattice_freedoms(lattice);
    PetscInt pinned[MAX_RIGID_MOTIONS];
    double *mode;
    Mat D, factor;
    NIXE_TRY(nixe_allocate(&mode, 2L * motions * size, sizeof(double), "the rigid motions"));
    nixe_stiffness_rigid_modes(lattice, mode);
    choose_pinned(motions, size, mode, mode + (long)motions * size, pinned);
    NIXE_TRY(nixe_stiffness_assemble(lattice, shell_stiffness, &D));
    NIXE_PETSC(MatZeroRowsColumns(D, motions, pinned, 1.0, NULL, NULL));
    NIXE_PETSC(MatSetOption(D, MAT_SPD, PETSC_TRUE));
    NIXE_TRY(factor_matrix(D, &factor));
    for (int first = parallel->rank * GROUP; first < symmetry->orbits; first += parallel->size * GROUP) {
        Mat source, solution;
        PetscScalar *columns;
        const PetscScalar *solved;
        int width = symmetry->orbits - first < GROUP ? symmetry->orbits - first : GROUP;
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
static nixe_status spread_groups(const nixe_parallel *parallel, int columns, long size, nixe_shared *u) {
    int *node_of_rank;
    NIXE_TRY(nixe_shared_sync(parallel, u));
    NIXE_TRY(nixe_allocate(&node_of_rank, parallel->size, sizeof(int), "the list of nodes"));
    NIXE_MPI(MPI_Allgather(&parallel->node_index, 1, MPI_INT, node_of_rank, 1, MPI_INT, parallel->comm));
    for (int first = 0, group = 0; first < columns && parallel->node_rank == 0; first += GROUP, group++) {
        int width = columns - first < GROUP ? columns - first : GROUP;
        MPI_Datatype column;
        NIXE_MPI(MPI_Type_contiguous((int)size, MPI_DOUBLE, &column));
        NIXE_MPI(MPI_Type_commit(&column));
        NIXE_MPI(MPI_Bcast(u->memory + first * size, width, column, node_of_rank[group % parallel->size], parallel->leaders));
        NIXE_MPI(MPI_Type_free(&column));
    }
    free(node_of_rank);
    return nixe_shared_sync(parallel, u);
}

nixe_status nixe_stiffness_solve(const nixe_parallel *parallel, const nixe_lattice *lattice, double shell_stiffness,
                                 nixe_shared *u) {
    NIXE_TRY(nixe_parallel_agree(parallel, solve_groups(parallel, lattice, shell_stiffness, u->memory)));
    return spread_groups(parallel, lattice->symmetry.orbits, nixe_lattice_freedoms(lattice), u);
}
