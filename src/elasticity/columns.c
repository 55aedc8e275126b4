/* Columns: displacements by single sites. nixe_columns_solve() is collective. */
#include "nixe/elasticity/columns.h"

#include <stdlib.h>
#include <string.h>

#include "nixe/base/petsc_error.h"
#include "nixe/base/stage.h"
#include "nixe/elasticity/factor.h"
#include "nixe/elasticity/stiffness.h"

/* Columns solved together. A column's last bits depend on how many are solved with it, so the groups are fixed. */
enum { GROUP = 64 };

double nixe_columns_bytes(const nixe_lattice *lattice) {
    const double size = (double)nixe_blocks_size(lattice), all = (double)nixe_lattice_freedoms(lattice);
    if (lattice->torus.sites) return 0; /* bulk.h does without */
    return 8 * (nixe_factor_numbers(lattice) + 2 * GROUP * size + 2 * nixe_stiffness_rigid_motions(lattice) * (size + all));
}

/* Solve one group of columns of block c; w has shape [width, size]. */
static nixe_status solve_group(const nixe_blocks *blocks, double shell_stiffness, int c, const nixe_factor *factor, int first,
                               int width, double *w) {
    const PetscInt size = (PetscInt)blocks->size;
    Mat source, solution;
    PetscScalar *columns;
    const PetscScalar *solved;
    NIXE_PETSC(MatCreateSeqDense(PETSC_COMM_SELF, size, width, NULL, &source));
    NIXE_PETSC(MatCreateSeqDense(PETSC_COMM_SELF, size, width, NULL, &solution));
    NIXE_PETSC(MatDenseGetArray(source, &columns));
    for (int column = 0; column < width; column++)
        nixe_stiffness_source(blocks, shell_stiffness, c, blocks->lattice->symmetry.representative[first + column],
                              columns + (long)column * size);
    NIXE_PETSC(MatDenseRestoreArray(source, &columns));
    NIXE_TRY(nixe_factor_solve(factor, source, solution));
    NIXE_PETSC(MatDenseGetArrayRead(solution, &solved));
    memcpy(w, solved, (size_t)size * (size_t)width * sizeof *w);
    NIXE_PETSC(MatDenseRestoreArrayRead(solution, &solved));
    NIXE_PETSC(MatDestroy(&solution));
    NIXE_PETSC(MatDestroy(&source));
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
    int mine = 0;
    nixe_factor factor;
    for (int g = 0; g < groups; g++) mine += owner_of(blocks, parallel->size, c, g) == parallel->rank;
    if (!mine) return NIXE_OK;
    NIXE_TRY(nixe_factor_create(&factor, blocks, shell_stiffness, c));
    for (int g = 0; g < groups; g++) {
        const int first = g * GROUP, width = orbits - first < GROUP ? orbits - first : GROUP;
        if (owner_of(blocks, parallel->size, c, g) != parallel->rank) continue;
        NIXE_TRY(solve_group(blocks, shell_stiffness, c, &factor, first, width, w + (long)first * blocks->size));
    }
    return nixe_factor_destroy(&factor);
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

nixe_status nixe_columns_solve(const nixe_parallel *parallel, const nixe_blocks *blocks, double shell_stiffness,
                               const nixe_shared *w) {
    nixe_stage_begin(NIXE_SOLVE);
    NIXE_TRY(nixe_parallel_agree(parallel, solve_blocks(parallel, blocks, shell_stiffness, w->memory)));
    NIXE_TRY(spread_groups(parallel, blocks, w));
    nixe_stage_end();
    return NIXE_OK;
}

void nixe_columns_unfold(const nixe_blocks *blocks, const double *w, int orbit, double *u) {
    nixe_blocks_unfold(blocks, w + orbit * blocks->size, blocks->lattice->symmetry.orbits * blocks->size, u);
}
