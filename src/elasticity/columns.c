/* Columns: displacements by single sites. nixe_columns_solve() is collective. */
#include "nixe/elasticity/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/petsc_error.h"
#include "nixe/base/stage.h"
#include "nixe/elasticity/factor.h"
#include "nixe/elasticity/stiffness.h"

/* Columns solved together. A column's last bits depend on how many are solved with it, so the groups are fixed. */
enum { GROUP = 64 };

static int count_groups(int orbits) { return (orbits + GROUP - 1) / GROUP; }

static int width_of(int orbits, int group) { return orbits - group * GROUP < GROUP ? orbits - group * GROUP : GROUP; }

double nixe_columns_bytes(const nixe_lattice *lattice) {
    const double size = (double)nixe_blocks_size(lattice), all = (double)nixe_lattice_freedoms(lattice);
    if (lattice->torus.sites) return 0; /* bulk.h does without */
    const double numbers = nixe_factor_numbers(lattice), columns = 2 * GROUP * size;
    const double motions = 2 * nixe_stiffness_rigid_motions(lattice) * (size + all);
    const double sources = 1.5 * size * (lattice->coordination + 1), D = lattice->dimension * sources;
    if (!nixe_factor_is_shared(lattice)) return 8 * (numbers + columns + motions);
    return 8 * (fmax(0.1 * numbers + D, columns + sources) + motions); /* at first the fronts that the rank works at */
}

/* A block of D, and what its sites feel. */
typedef struct {
    const nixe_blocks *blocks;
    double shell_stiffness;
    int c;
    nixe_factor factor;
    Mat source; /* size x sites, or NULL */
} solver;

/* Row numbers -4 G'u of columns `first` .. whose displacements these are: a site that some mirrors leave alone is in that
 * many terms of the sums of the source. */
static nixe_status set_rows(const solver *s, Mat solution, int first, int width, double *row) {
    const nixe_blocks *blocks = s->blocks;
    Mat product;
    const PetscScalar *values;
    NIXE_PETSC(MatTransposeMatMult(s->source, solution, MAT_INITIAL_MATRIX, PETSC_DEFAULT, &product));
    NIXE_PETSC(MatDenseGetArrayRead(product, &values));
    for (int column = 0; column < width; column++) {
        double *to = row + ((long)(first + column) * blocks->blocks + s->c) * blocks->sites;
        const PetscScalar *from = values + (long)column * blocks->sites;
        for (int r = 0; r < blocks->sites; r++) to[r] = -4.0 * blocks->blocks / blocks->images[r] * from[r];
    }
    NIXE_PETSC(MatDenseRestoreArrayRead(product, &values));
    NIXE_PETSC(MatDestroy(&product));
    return NIXE_OK;
}

/* Solve one group of columns of a block. */
static nixe_status solve_group(const solver *s, int first, int width, const nixe_columns *columns) {
    const nixe_blocks *blocks = s->blocks;
    const PetscInt size = (PetscInt)blocks->size;
    const int32_t *representative = blocks->lattice->symmetry.representative + first;
    Mat sources, solution;
    const PetscScalar *solved;
    NIXE_PETSC(MatCreateSeqDense(PETSC_COMM_SELF, size, width, NULL, &solution));
    NIXE_TRY(nixe_stiffness_assemble_columns(blocks, s->shell_stiffness, s->c, width, representative, &sources));
    NIXE_TRY(nixe_factor_solve_sparse(&s->factor, sources, solution));
    if (columns->row->memory) NIXE_TRY(set_rows(s, solution, first, width, columns->row->memory));
    if (columns->displacement->memory) {
        const long at = (long)s->c * blocks->lattice->symmetry.orbits + first;
        NIXE_PETSC(MatDenseGetArrayRead(solution, &solved));
        memcpy(columns->displacement->memory + at * size, solved, (size_t)size * (size_t)width * sizeof *solved);
        NIXE_PETSC(MatDenseRestoreArrayRead(solution, &solved));
    }
    NIXE_PETSC(MatDestroy(&solution));
    NIXE_PETSC(MatDestroy(&sources));
    return NIXE_OK;
}

/* Who solves a group of columns of a block: every block has its ranks, as far as they reach, so that each factors few; a factor
 * that is shared serves all ranks. */
static int owner_of(const nixe_blocks *blocks, const nixe_columns *columns, int ranks, int c, int group) {
    const int each = ranks / blocks->blocks;
    if (columns->shared) return group % ranks;
    return each ? c * each + group % each : c % ranks;
}

/* The groups of columns of a block that fall to this rank, once it is factored. */
static nixe_status solve_groups(const nixe_parallel *parallel, solver *s, const nixe_columns *columns) {
    const nixe_blocks *blocks = s->blocks;
    const int orbits = blocks->lattice->symmetry.orbits, groups = count_groups(orbits);
    if (columns->row->memory) NIXE_TRY(nixe_stiffness_assemble_source(blocks, s->shell_stiffness, s->c, &s->source));
    for (int g = 0; g < groups; g++)
        if (owner_of(blocks, columns, parallel->size, s->c, g) == parallel->rank)
            NIXE_TRY(solve_group(s, g * GROUP, width_of(orbits, g), columns));
    NIXE_PETSC(MatDestroy(&s->source));
    return NIXE_OK;
}

/* The part of block c that falls to this rank. */
static nixe_status solve_block(const nixe_parallel *parallel, const nixe_blocks *blocks, double shell_stiffness, int c,
                               const nixe_columns *columns) {
    const int groups = count_groups(blocks->lattice->symmetry.orbits);
    solver s = {.blocks = blocks, .shell_stiffness = shell_stiffness, .c = c};
    int mine = 0;
    for (int g = 0; g < groups; g++) mine += owner_of(blocks, columns, parallel->size, c, g) == parallel->rank;
    if (!mine) return NIXE_OK;
    NIXE_TRY(nixe_factor_create(&s.factor, blocks, shell_stiffness, c));
    NIXE_TRY(solve_groups(parallel, &s, columns));
    return nixe_factor_destroy(&s.factor);
}

/* The same by one factor a node; agreed on. */
static nixe_status solve_shared_block(const nixe_parallel *parallel, const nixe_blocks *blocks, double shell_stiffness, int c,
                                      const nixe_columns *columns) {
    solver s = {.blocks = blocks, .shell_stiffness = shell_stiffness, .c = c};
    NIXE_TRY(nixe_factor_share(&s.factor, parallel, blocks, shell_stiffness, c));
    NIXE_TRY(nixe_parallel_agree(parallel, solve_groups(parallel, &s, columns)));
    return nixe_factor_destroy(&s.factor);
}

static nixe_status solve_blocks(const nixe_parallel *parallel, const nixe_blocks *blocks, double shell_stiffness,
                                const nixe_columns *columns) {
    for (int c = 0; c < blocks->blocks; c++)
        NIXE_TRY((columns->shared ? solve_shared_block : solve_block)(parallel, blocks, shell_stiffness, c, columns));
    return NIXE_OK;
}

/* Pieces of `size` numbers, `stride` from column to column, travel from the node of the rank that solved them to all nodes:
 * those of column q and block c begin at piece + c * block. */
static nixe_status spread_pieces(const nixe_parallel *parallel, const nixe_blocks *blocks, const nixe_columns *columns,
                                 const int *node_of_rank, long size, long stride, long block, const nixe_shared *pieces) {
    const int orbits = blocks->lattice->symmetry.orbits, groups = count_groups(orbits);
    MPI_Datatype numbers, column;
    if (!pieces->memory) return NIXE_OK;
    NIXE_TRY(nixe_shared_sync(parallel, pieces));
    NIXE_MPI(MPI_Type_contiguous((int)size, MPI_DOUBLE, &numbers));
    NIXE_MPI(MPI_Type_create_resized(numbers, 0, stride * (MPI_Aint)sizeof(double), &column));
    NIXE_MPI(MPI_Type_commit(&column));
    for (int task = 0; task < blocks->blocks * groups && parallel->node_rank == 0; task++) {
        const int c = task / groups, g = task % groups;
        NIXE_MPI(MPI_Bcast(pieces->memory + c * block + (long)g * GROUP * stride, width_of(orbits, g), column,
                           node_of_rank[owner_of(blocks, columns, parallel->size, c, g)], parallel->leaders));
    }
    NIXE_MPI(MPI_Type_free(&column));
    NIXE_MPI(MPI_Type_free(&numbers));
    return nixe_shared_sync(parallel, pieces);
}

static nixe_status spread(const nixe_parallel *parallel, const nixe_blocks *blocks, const nixe_columns *columns) {
    const long orbits = blocks->lattice->symmetry.orbits, size = blocks->size, sites = blocks->sites;
    int *node_of_rank;
    NIXE_TRY(nixe_allocate(&node_of_rank, parallel->size, sizeof(int), "the list of nodes"));
    NIXE_MPI(MPI_Allgather(&parallel->node_index, 1, MPI_INT, node_of_rank, 1, MPI_INT, parallel->comm));
    NIXE_TRY(spread_pieces(parallel, blocks, columns, node_of_rank, size, size, orbits * size, columns->displacement));
    NIXE_TRY(spread_pieces(parallel, blocks, columns, node_of_rank, sites, blocks->blocks * sites, sites, columns->row));
    free(node_of_rank);
    return NIXE_OK;
}

nixe_status nixe_columns_solve(const nixe_parallel *parallel, const nixe_blocks *blocks, double shell_stiffness,
                               const nixe_columns *columns) {
    nixe_stage_begin(NIXE_SOLVE);
    NIXE_TRY(nixe_parallel_agree(parallel, solve_blocks(parallel, blocks, shell_stiffness, columns)));
    NIXE_TRY(spread(parallel, blocks, columns));
    nixe_stage_end();
    return NIXE_OK;
}

void nixe_columns_unfold(const nixe_blocks *blocks, const double *displacement, int orbit, double *u) {
    nixe_blocks_unfold(blocks, displacement + orbit * blocks->size, blocks->lattice->symmetry.orbits * blocks->size, u);
}
