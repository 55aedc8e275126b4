/* Stiffness: the linear elasticity of the crystal, solved with PETSc. nixe_stiffness_solve() is collective. */
#include "nixe/elasticity/stiffness.h"

#include <math.h>
#include <petscmat.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/petsc_error.h"
#include "nixe/base/stage.h"

/* Columns solved together. A column's last bits depend on how many are solved with it, so the groups are fixed. */
enum { GROUP = 64, MAX_RIGID_MOTIONS = 6 };

/* Those of a free crystal, less the rotations that would turn the space of the periods. */
int nixe_stiffness_rigid_motions(const nixe_lattice *lattice) {
    const int free = lattice->dimension - lattice->periods;
    return lattice->dimension + free * (free - 1) / 2;
}

double nixe_stiffness_bytes(const nixe_lattice *lattice) {
    const double size = (double)nixe_blocks_size(lattice), all = (double)nixe_lattice_freedoms(lattice);
    if (lattice->torus.sites) return 0; /* bulk.h does without */
    const double fill = lattice->dimension == 2 ? 12 * size * log2(size + 1) : 40 * pow(size, 4.0 / 3); /* nested dissection */
    return 8 * (fill + 2 * GROUP * size + 2 * nixe_stiffness_rigid_motions(lattice) * (size + all));
}

/* How a bond in direction m stretches by a unit of a strain. */
static double stretch(const nixe_lattice *lattice, int strain, int m) {
    double change[3];
    nixe_lattice_strained(lattice, strain, m, change);
    return change[0] * lattice->direction[m][0] + change[1] * lattice->direction[m][1] + change[2] * lattice->direction[m][2];
}

/* The row of B of the bond from a site of the wedge in direction m, in terms of block c: freedoms and their factors; returns
 * how many. */
static int set_row(const nixe_blocks *blocks, int c, int site, int m, PetscInt index[12], double row[12]) {
    const nixe_lattice *lattice = blocks->lattice;
    const int d = lattice->dimension, next = nixe_lattice_neighbours(lattice, site)[m];
    const double *alpha = lattice->direction[m];
    for (int k = 0; k < d; k++) {
        index[k] = blocks->place[site] * d + k;
        index[d + k] = blocks->place[next] * d + k;
        row[k] = -alpha[k] * nixe_blocks_factor(blocks, c, site, k);
        row[d + k] = alpha[k] * nixe_blocks_factor(blocks, c, next, k);
    }
    for (int s = 0; s < lattice->strains; s++) {
        index[2 * d + s] = blocks->sites * d + s;
        row[2 * d + s] = stretch(lattice, s, m);
    }
    return 2 * d + lattice->strains;
}

/* Stiffness of the bond from a site in direction m. */
static double stiffness_of(const nixe_lattice *lattice, double shell_stiffness, int site, int m) {
    const int next = nixe_lattice_neighbours(lattice, site)[m];
    const double shell = lattice->layer[site] > 0 && lattice->layer[next] > 0 ? shell_stiffness : 1.0;
    return lattice->bond_class[lattice->direction_class[m]].stiffness * shell;
}

nixe_status nixe_stiffness_assemble(const nixe_blocks *blocks, double shell_stiffness, int c, Mat *D) {
    const nixe_lattice *lattice = blocks->lattice;
    const int d = lattice->dimension;
    const PetscInt size = (PetscInt)blocks->size, sites = size - lattice->strains;
    const PetscInt most = d * (lattice->coordination + 1) + lattice->strains;
    PetscInt *row_entries;
    NIXE_TRY(nixe_allocate(&row_entries, size, sizeof *row_entries, "the stiffness matrix"));
    for (PetscInt i = 0; i < size; i++) row_entries[i] = i < sites && most < size ? most : size;
    NIXE_PETSC(MatCreateSeqAIJ(PETSC_COMM_SELF, size, size, 0, row_entries, D));
    free(row_entries);
    for (PetscInt i = 0; i < size; i++)
        NIXE_PETSC(MatSetValue(*D, i, i, i < sites && blocks->still[i] >> c & 1 ? 1.0 : 0.0, ADD_VALUES));
    for (int r = 0; r < blocks->sites; r++)
        for (int m = 0; m < lattice->directions; m++) { /* each bond from both its ends, so half of it */
            const int site = blocks->representative[r];
            double row[12], values[12 * 12];
            PetscInt index[12];
            if (nixe_lattice_neighbours(lattice, site)[m] < 0) continue;
            const double k = 0.5 * blocks->images[r] * stiffness_of(lattice, shell_stiffness, site, m);
            const int entries = set_row(blocks, c, site, m, index, row);
            for (int p = 0; p < entries; p++)
                for (int q = 0; q < entries; q++) values[p * entries + q] = k * row[p] * row[q];
            NIXE_PETSC(MatSetValues(*D, entries, index, entries, index, values, ADD_VALUES));
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
    nixe_blocks blocks;
    *zero_modes = 0;
    NIXE_TRY(nixe_blocks_create(&blocks, lattice, 0));
    for (int c = 0; c < blocks.blocks; c++) {
        Mat D, factor;
        PetscInt negative = 0;
        NIXE_TRY(nixe_stiffness_assemble(&blocks, shell_stiffness, c, &D));
        NIXE_PETSC(MatShift(D, -nixe_stiffness_zero_limit(lattice, shell_stiffness)));
        NIXE_TRY(factor_matrix(D, &factor));
        NIXE_PETSC(MatGetInertia(factor, &negative, NULL, NULL));
        NIXE_PETSC(MatDestroy(&factor));
        NIXE_PETSC(MatDestroy(&D));
        *zero_modes += (int)negative;
    }
    nixe_blocks_destroy(&blocks);
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

/* Column R of G in terms of block c: half the stiffness-weighted unit vectors of the bonds of site R, by their mismatch; both
 * ends of a bond feel it. */
static void set_source(const nixe_blocks *blocks, double shell_stiffness, int c, int site, double *source) {
    const nixe_lattice *lattice = blocks->lattice;
    memset(source, 0, (size_t)blocks->size * sizeof *source);
    for (int m = 0; m < lattice->directions; m++) {
        double row[12];
        PetscInt index[12];
        if (nixe_lattice_neighbours(lattice, site)[m] < 0) continue;
        const double mismatch = lattice->bond_class[lattice->direction_class[m]].mismatch;
        const double half = 0.5 * stiffness_of(lattice, shell_stiffness, site, m) * mismatch;
        const int entries = set_row(blocks, c, site, m, index, row);
        for (int p = 0; p < entries; p++) source[index[p]] += half * row[p];
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

/* Solve one group of columns of block c; w has shape [width, size]. */
static nixe_status solve_group(const nixe_blocks *blocks, double shell_stiffness, int c, Mat factor, int motions,
                               const double *mode, const PetscInt *pinned, int first, int width, double *w) {
    const PetscInt size = (PetscInt)blocks->size;
    Mat source, solution;
    PetscScalar *columns;
    const PetscScalar *solved;
    NIXE_PETSC(MatCreateSeqDense(PETSC_COMM_SELF, size, width, NULL, &source));
    NIXE_PETSC(MatCreateSeqDense(PETSC_COMM_SELF, size, width, NULL, &solution));
    NIXE_PETSC(MatDenseGetArray(source, &columns));
    for (int column = 0; column < width; column++) {
        double *to = columns + (long)column * size;
        set_source(blocks, shell_stiffness, c, blocks->lattice->symmetry.representative[first + column], to);
        for (int m = 0; m < motions; m++) to[pinned[m]] = 0;
    }
    NIXE_PETSC(MatDenseRestoreArray(source, &columns));
    NIXE_PETSC(MatMatSolve(factor, source, solution));
    NIXE_PETSC(MatDenseGetArrayRead(solution, &solved));
    memcpy(w, solved, (size_t)size * (size_t)width * sizeof *w);
    NIXE_PETSC(MatDenseRestoreArrayRead(solution, &solved));
    NIXE_PETSC(MatDestroy(&solution));
    NIXE_PETSC(MatDestroy(&source));
    for (double *column = w; column < w + (long)width * size; column += size)
        for (int m = 0; m < motions; m++) {
            double overlap = 0;
            for (PetscInt i = 0; i < size; i++) overlap += column[i] * mode[(long)m * size + i];
            for (PetscInt i = 0; i < size; i++) column[i] -= overlap * mode[(long)m * size + i];
        }
    return NIXE_OK;
}

/* Who solves a group of columns of a block: every block has its ranks, as far as they reach, so that each factors few. */
static int owner_of(const nixe_blocks *blocks, int ranks, int c, int group) {
    const int each = ranks / blocks->blocks;
    return each ? c * each + group % each : c % ranks;
}

/* The groups of columns of block c that fall to this rank; w has shape [orbits, size]. */
static nixe_status solve_block(const nixe_parallel *parallel, const nixe_blocks *blocks, double shell_stiffness, int c,
                               double *w) {
    const int orbits = blocks->lattice->symmetry.orbits, groups = (orbits + GROUP - 1) / GROUP;
    PetscInt pinned[MAX_RIGID_MOTIONS];
    double *mode;
    int motions, mine = 0;
    Mat D, factor;
    for (int g = 0; g < groups; g++) mine += owner_of(blocks, parallel->size, c, g) == parallel->rank;
    if (!mine) return NIXE_OK;
    NIXE_TRY(nixe_allocate(&mode, 2L * (MAX_RIGID_MOTIONS + 1) * blocks->size, sizeof(double), "the rigid motions"));
    NIXE_TRY(set_motions(blocks, c, mode, &motions));
    choose_pinned(motions, blocks->size, mode, mode + (MAX_RIGID_MOTIONS + 1) * blocks->size, pinned);
    NIXE_TRY(nixe_stiffness_assemble(blocks, shell_stiffness, c, &D));
    NIXE_PETSC(MatZeroRowsColumns(D, motions, pinned, 1.0, NULL, NULL));
    NIXE_PETSC(MatSetOption(D, MAT_SPD, PETSC_TRUE));
    NIXE_TRY(factor_matrix(D, &factor));
    for (int g = 0; g < groups; g++) {
        const int first = g * GROUP, width = orbits - first < GROUP ? orbits - first : GROUP;
        if (owner_of(blocks, parallel->size, c, g) != parallel->rank) continue;
        NIXE_TRY(solve_group(blocks, shell_stiffness, c, factor, motions, mode, pinned, first, width,
                             w + (long)first * blocks->size));
    }
    NIXE_PETSC(MatDestroy(&factor));
    NIXE_PETSC(MatDestroy(&D));
    free(mode);
    return NIXE_OK;
}

static nixe_status solve_blocks(const nixe_parallel *parallel, const nixe_blocks *blocks, double shell_stiffness, double *w) {
    const long block = blocks->lattice->symmetry.orbits * blocks->size;
    for (int c = 0; c < blocks->blocks; c++) NIXE_TRY(solve_block(parallel, blocks, shell_stiffness, c, w + c * block));
    return NIXE_OK;
}

/* Each group travels from the node of the rank that solved it to all nodes. */
static nixe_status spread_groups(const nixe_parallel *parallel, const nixe_blocks *blocks, const nixe_shared *w) {
    const int orbits = blocks->lattice->symmetry.orbits, groups = (orbits + GROUP - 1) / GROUP;
    int *node_of_rank;
    MPI_Datatype column;
    NIXE_TRY(nixe_shared_sync(parallel, w));
    NIXE_TRY(nixe_allocate(&node_of_rank, parallel->size, sizeof(int), "the list of nodes"));
    NIXE_MPI(MPI_Allgather(&parallel->node_index, 1, MPI_INT, node_of_rank, 1, MPI_INT, parallel->comm));
    NIXE_MPI(MPI_Type_contiguous((int)blocks->size, MPI_DOUBLE, &column));
    NIXE_MPI(MPI_Type_commit(&column));
    for (int task = 0; task < blocks->blocks * groups && parallel->node_rank == 0; task++) {
        const int c = task / groups, g = task % groups, first = g * GROUP;
        const int width = orbits - first < GROUP ? orbits - first : GROUP;
        NIXE_MPI(MPI_Bcast(w->memory + ((long)c * orbits + first) * blocks->size, width, column,
                           node_of_rank[owner_of(blocks, parallel->size, c, g)], parallel->leaders));
    }
    NIXE_MPI(MPI_Type_free(&column));
    free(node_of_rank);
    return nixe_shared_sync(parallel, w);
}

nixe_status nixe_stiffness_solve(const nixe_parallel *parallel, const nixe_blocks *blocks, double shell_stiffness,
                                 const nixe_shared *w) {
    nixe_stage_begin(NIXE_SOLVE);
    NIXE_TRY(nixe_parallel_agree(parallel, solve_blocks(parallel, blocks, shell_stiffness, w->memory)));
    NIXE_TRY(spread_groups(parallel, blocks, w));
    nixe_stage_end();
    return NIXE_OK;
}

void nixe_stiffness_column(const nixe_blocks *blocks, const double *w, int orbit, double *u) {
    nixe_blocks_unfold(blocks, w + orbit * blocks->size, blocks->lattice->symmetry.orbits * blocks->size, u);
}
