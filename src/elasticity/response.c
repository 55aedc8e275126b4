/* Response: a table of D^+ G, or factors of D. */
#include "nixe/elasticity/response.h"

#include <stdlib.h>
#include <string.h>

#include "nixe/base/node_commons.h"
#include "nixe/base/petsc_error.h"
#include "nixe/elasticity/bulk.h"
#include "nixe/elasticity/columns.h"
#include "nixe/elasticity/factor.h"
#include "nixe/elasticity/stiffness.h"

static const char *const what = "the factors of D";
static const double largest_table = 1 << 27; /* bytes; from about there on factors are smaller and faster */

/* What a block feels of s, a sparse matrix of size x sites by rows; and its freedoms as those of its twin. */
typedef struct {
    long entries;
    int32_t *begin, *site; /* size + 1; entries: of row i those from begin[i] to before begin[i + 1] */
    double *pull;          /* entries */
    int32_t *index;        /* size */
    int8_t *sign;          /* size */
} block;

/* One for each block; of blocks that are alike the first has the factor. */
struct nixe_factors {
    nixe_blocks blocks;
    nixe_factor factor[8];
    nixe_commons commons; /* in which the blocks are */
    block block[8];
    int twin[8]; /* whose factor each takes */
};

static long long table_count(const nixe_lattice *lattice) {
    nixe_group group;
    int columns[NIXE_MAX_REPRESENTATIONS], rows[NIXE_MAX_REPRESENTATIONS];
    long long count = (long long)lattice->strains * lattice->sites;
    if (lattice->torus.sites) return nixe_bulk_count(lattice);
    nixe_group_create(&group, lattice);
    nixe_group_multiplicities(&group, lattice, 1, columns);
    nixe_group_multiplicities(&group, lattice, lattice->dimension, rows);
    for (int k = 0; k < group.count; k++) count += (long long)rows[k] * columns[k];
    return count;
}

int nixe_response_factors(const nixe_lattice *lattice) {
    int count = 0, operation;
    for (int c = 0; c < nixe_blocks_count(lattice); c++) count += nixe_blocks_twin(lattice, c, &operation) == c;
    return count;
}

/* What a node has beside the factors: the sources. */
static double sources_bytes(const nixe_lattice *lattice) {
    const double size = (double)nixe_blocks_size(lattice), blocks = nixe_blocks_count(lattice);
    return blocks * size * (12 * (lattice->coordination + 1) + 5);
}

/* What each rank has: the motions. */
static double motions_bytes(const nixe_lattice *lattice) {
    const double size = (double)nixe_blocks_size(lattice);
    return nixe_response_factors(lattice) * 8 * size * nixe_stiffness_rigid_motions(lattice);
}

static double factors_numbers(const nixe_lattice *lattice) {
    return nixe_response_factors(lattice) * nixe_factor_numbers(lattice);
}

nixe_response_form nixe_response_choose(const nixe_lattice *lattice) {
    const int is_small = 8 * (double)table_count(lattice) <= largest_table;
    return lattice->torus.sites || is_small ? NIXE_RESPONSE_TABLE : NIXE_RESPONSE_FACTORS;
}

static int has(const nixe_lattice *lattice, nixe_response_form form, nixe_response_form which) {
    return (form == NIXE_RESPONSE_CHOSEN ? nixe_response_choose(lattice) : form) == which;
}

long long nixe_response_count(const nixe_lattice *lattice, nixe_response_form form) {
    return has(lattice, form, NIXE_RESPONSE_TABLE) ? table_count(lattice) : 0;
}

long long nixe_response_count_factors(const nixe_lattice *lattice, nixe_response_form form) {
    return has(lattice, form, NIXE_RESPONSE_FACTORS) ? (long long)factors_numbers(lattice) : 0;
}

double nixe_response_bytes(const nixe_lattice *lattice, nixe_response_form form) {
    if (has(lattice, form, NIXE_RESPONSE_FACTORS)) return motions_bytes(lattice);
    return form == NIXE_RESPONSE_NONE || lattice->torus.sites ? 0 : nixe_adapted_bytes(lattice);
}

double nixe_response_node_bytes(const nixe_lattice *lattice, nixe_response_form form) {
    return has(lattice, form, NIXE_RESPONSE_FACTORS) ? sources_bytes(lattice) : 0;
}

static nixe_status create_bases(nixe_response *response, const nixe_lattice *lattice) {
    nixe_adapted *adapted;
    NIXE_TRY(nixe_allocate(&adapted, 1, sizeof *adapted, "the bases of the symmetry"));
    response->adapted = adapted;
    NIXE_TRY(nixe_adapted_create(adapted, lattice));
    response->strains = 0;
    for (int k = 0; k < adapted->group.count; k++) {
        response->place[k] = response->strains;
        response->strains += (long)adapted->displacements.multiplicity[k] * adapted->numbers.multiplicity[k];
    }
    return NIXE_OK;
}

nixe_status nixe_response_adapt(nixe_response *response, const nixe_parallel *parallel, const nixe_lattice *lattice) {
    return nixe_parallel_agree(parallel, create_bases(response, lattice));
}

/* A row of `fold`, which is the function (i, a) of representation k. */
typedef struct {
    int k, i, a;
    double first; /* what it is at the first site of its orbit */
} function;

static function function_of(const nixe_adapted *adapted, int o, int row) {
    const nixe_basis *basis = &adapted->numbers;
    const int sites = adapted->begin[o + 1] - adapted->begin[o], number = adapted->function[row];
    function f = {.k = adapted->group.count - 1};
    while (basis->first[f.k] > number) f.k--;
    while (number - basis->first[f.k] - f.i * basis->multiplicity[f.k] >= basis->multiplicity[f.k]) f.i++;
    f.a = number - basis->first[f.k] - f.i * basis->multiplicity[f.k];
    for (int32_t p = adapted->fold.begin[row]; p < adapted->fold.begin[row + 1]; p++)
        if (adapted->fold.column[p] % sites == 0) f.first = adapted->fold.value[p];
    f.first *= nixe_symmetry_fixing(adapted->lattice, adapted->site[adapted->begin[o]]);
    return f;
}

/* The columns of all products that belong to one orbit, from the displacements by its first site, as products with the f: each
 * (i, a) at that site has rows / images as the sum of its squares over i. */
static void set_columns(const nixe_response *response, int o, const double *product, double *table) {
    const nixe_adapted *adapted = response->adapted;
    const nixe_basis *of_u = &adapted->displacements;
    const int images = adapted->first[o + 1] - adapted->first[o];
    for (int row = adapted->first[o]; row < adapted->first[o + 1]; row++) {
        const function f = function_of(adapted, o, row);
        const long columns = adapted->numbers.multiplicity[f.k], rows = of_u->multiplicity[f.k];
        const double scale = f.first * images / adapted->group.representation[f.k].rows;
        const double *from = product + of_u->first[f.k] + f.i * rows;
        double *column = table + response->place[f.k] + f.a;
        for (long b = 0; b < rows; b++) column[b * columns] = (f.i ? column[b * columns] : 0) + scale * from[b];
    }
}

/* The strains by the sites of one orbit, from those by the first. */
static void set_strains(const nixe_adapted *adapted, int o, const double *strain, double *table) {
    const nixe_lattice *lattice = adapted->lattice;
    const long n = lattice->sites;
    for (int g = 0; g < adapted->group.elements; g++) {
        const int operation = adapted->group.operation[g];
        double turned[6];
        nixe_symmetry_turn_strains(lattice, operation, strain, turned);
        for (int s = 0; s < lattice->strains; s++)
            table[s * n + lattice->symmetry.image[operation * n + adapted->site[adapted->begin[o]]]] = turned[s];
    }
}

nixe_status nixe_response_fill(const nixe_response *response, const nixe_blocks *blocks, const double *w, int first, int last,
                               double *table) {
    const nixe_lattice *lattice = blocks->lattice;
    const long size = nixe_lattice_freedoms(lattice), strains = size - lattice->strains;
    double *u, *turned;
    int32_t *carried;
    NIXE_TRY(nixe_allocate(&u, size, sizeof *u, "the response"));
    NIXE_TRY(nixe_allocate(&turned, size, sizeof *turned, "the response"));
    NIXE_TRY(nixe_allocate(&carried, lattice->sites, sizeof *carried, "the response"));
    for (int o = first; o < last; o++) {
        const int source = response->adapted->site[response->adapted->begin[o]];
        nixe_columns_unfold(blocks, w, lattice->symmetry.orbit[source], u);
        nixe_symmetry_carry(lattice, source, carried);
        nixe_symmetry_turn(lattice, source, carried, u, turned);
        nixe_adapted_project(response->adapted, turned, u);
        set_columns(response, o, u, table);
        set_strains(response->adapted, o, turned + strains, table + response->strains);
    }
    free(u);
    free(turned);
    free(carried);
    return NIXE_OK;
}

/* The entries of a matrix, in their order, which PETSc has in more room. */
static nixe_status copy_entries(Mat G, long size, block *own) {
    MatInfo info;
    NIXE_PETSC(MatGetInfo(G, MAT_LOCAL, &info));
    own->entries = (long)info.nz_used;
    NIXE_TRY(nixe_allocate(&own->begin, size + 1, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&own->site, own->entries, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&own->pull, own->entries, sizeof(double), what));
    for (PetscInt i = 0; i < size; i++) {
        PetscInt entries;
        const PetscInt *site;
        const PetscScalar *pull;
        NIXE_PETSC(MatGetRow(G, i, &entries, &site, &pull));
        for (PetscInt e = 0; e < entries; e++) own->site[own->begin[i] + e] = (int32_t)site[e];
        memcpy(own->pull + own->begin[i], pull, (size_t)entries * sizeof *pull);
        own->begin[i + 1] = own->begin[i] + (int32_t)entries;
        NIXE_PETSC(MatRestoreRow(G, i, &entries, &site, &pull));
    }
    return NIXE_OK;
}

/* Block c: what it feels, and its freedoms as those of its twin. */
static nixe_status make_block(const nixe_factors *factors, double shell_stiffness, int c, int operation, block *own) {
    const nixe_blocks *blocks = &factors->blocks;
    Mat G;
    NIXE_TRY(nixe_allocate(&own->index, blocks->size, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&own->sign, blocks->size, 1, what));
    nixe_blocks_match(blocks, factors->twin[c], operation, own->index, own->sign);
    NIXE_TRY(nixe_stiffness_assemble_source(blocks, shell_stiffness, c, &G));
    NIXE_TRY(copy_entries(G, blocks->size, own));
    NIXE_PETSC(MatDestroy(&G));
    return NIXE_OK;
}

/* The same, made by one rank of a node. Collective. */
static nixe_status share_block(nixe_factors *factors, double shell_stiffness, int c) {
    nixe_commons *commons = &factors->commons;
    block *own = &factors->block[c];
    const long long size = factors->blocks.size, word = sizeof(int32_t);
    int operation;
    nixe_status status = NIXE_OK;
    factors->twin[c] = nixe_blocks_twin(factors->blocks.lattice, c, &operation);
    if (commons->part == 0) status = make_block(factors, shell_stiffness, c, operation, own);
    NIXE_TRY(nixe_commons_copy(commons, status, own, sizeof *own));
    const nixe_common_array arrays[] = {{&own->begin, (size + 1) * word},
                                        {&own->site, own->entries * word},
                                        {&own->pull, own->entries * (long long)sizeof(double)},
                                        {&own->index, size * word},
                                        {&own->sign, size}};
    return nixe_commons_publish(commons, sizeof arrays / sizeof *arrays, arrays, what);
}

static nixe_status create_blocks(nixe_response *response, const nixe_lattice *lattice) {
    nixe_factors *factors;
    NIXE_TRY(nixe_allocate(&factors, 1, sizeof *factors, what));
    response->factors = factors;
    return nixe_blocks_create(&factors->blocks, lattice, 0);
}

nixe_status nixe_response_factor(nixe_response *response, const nixe_parallel *parallel, const nixe_lattice *lattice,
                                 double shell_stiffness, nixe_response_form form) {
    if (!has(lattice, form, NIXE_RESPONSE_FACTORS)) return NIXE_OK;
    NIXE_TRY(nixe_parallel_agree(parallel, create_blocks(response, lattice)));
    nixe_factors *const factors = response->factors;
    factors->commons = nixe_commons_of_node(parallel);
    for (int c = 0; c < factors->blocks.blocks; c++) NIXE_TRY(share_block(factors, shell_stiffness, c));
    for (int c = 0; c < factors->blocks.blocks; c++)
        if (factors->twin[c] == c)
            NIXE_TRY(nixe_factor_share(&factors->factor[c], parallel, &factors->blocks, shell_stiffness, c));
    return NIXE_OK;
}

nixe_status nixe_response_destroy(nixe_response *response) {
    nixe_factors *factors = response->factors;
    if (response->adapted) nixe_adapted_destroy(response->adapted);
    free(response->adapted);
    *response = (nixe_response){0};
    if (!factors) return NIXE_OK;
    for (int c = 0; c < factors->blocks.blocks; c++)
        if (factors->twin[c] == c) NIXE_TRY(nixe_factor_destroy(&factors->factor[c]));
    nixe_commons_destroy(&factors->commons);
    nixe_blocks_destroy(&factors->blocks);
    free(factors);
    return NIXE_OK;
}

const nixe_blocks *nixe_response_blocks(const nixe_response *response) {
    return response->factors ? &response->factors->blocks : NULL;
}

/* What block c feels, as columns of its twin: `feels` is 0 and has shape [width, size]. */
static void gather(const nixe_factors *factors, int c, const double *source, long stride, int width, double *feels) {
    const block *own = &factors->block[c];
    const long size = factors->blocks.size;
    for (long i = 0; i < size; i++) {
        double sum[NIXE_CONFIGURATIONS];
        if (!own->sign[i]) continue;
        memset(sum, 0, (size_t)width * sizeof *sum);
        for (int32_t e = own->begin[i]; e < own->begin[i + 1]; e++)
            for (int w = 0; w < width; w++) sum[w] += own->pull[e] * source[own->site[e] * stride + w];
        for (int w = 0; w < width; w++) feels[w * size + own->index[i]] = own->sign[i] * sum[w];
    }
}

/* The displacements of block c from columns of its twin. */
static void scatter(const nixe_factors *factors, int c, const double *solved, long stride, int width, double *solution) {
    const nixe_blocks *blocks = &factors->blocks;
    const block *own = &factors->block[c];
    const int d = blocks->lattice->dimension;
    for (long i = 0; i < blocks->size; i++) {
        const double scale = own->sign[i] * (i < (long)blocks->sites * d ? blocks->scale[i / d] : 1);
        for (int w = 0; w < width; w++) solution[i * stride + w] = scale * solved[w * blocks->size + own->index[i]];
    }
}

/* Solve the blocks that take the factor of block `twin`, `members` of them, all at once. */
static nixe_status solve_twins(const nixe_factors *factors, int twin, int members, const double *source, long stride, int width,
                               double *solution) {
    const nixe_blocks *blocks = &factors->blocks;
    const long size = blocks->size, sites = blocks->sites;
    Mat from, to;
    PetscScalar *feels;
    const PetscScalar *solved;
    NIXE_PETSC(MatCreateSeqDense(PETSC_COMM_SELF, (PetscInt)size, members * width, NULL, &from));
    NIXE_PETSC(MatCreateSeqDense(PETSC_COMM_SELF, (PetscInt)size, members * width, NULL, &to));
    NIXE_PETSC(MatDenseGetArray(from, &feels));
    for (int c = twin, m = 0; c < blocks->blocks; c++)
        if (factors->twin[c] == twin)
            gather(factors, c, source + c * sites * stride, stride, width, feels + m++ * width * size);
    NIXE_PETSC(MatDenseRestoreArray(from, &feels));
    NIXE_TRY(nixe_factor_solve(&factors->factor[twin], from, to));
    NIXE_PETSC(MatDenseGetArrayRead(to, &solved));
    for (int c = twin, m = 0; c < blocks->blocks; c++)
        if (factors->twin[c] == twin)
            scatter(factors, c, solved + m++ * width * size, stride, width, solution + c * size * stride);
    NIXE_PETSC(MatDenseRestoreArrayRead(to, &solved));
    NIXE_PETSC(MatDestroy(&to));
    NIXE_PETSC(MatDestroy(&from));
    return NIXE_OK;
}

nixe_status nixe_response_solve(const nixe_response *response, const double *source, long stride, int width, double *solution) {
    const nixe_factors *factors = response->factors;
    for (int twin = 0; twin < factors->blocks.blocks; twin++) {
        int members = 0;
        for (int c = twin; c < factors->blocks.blocks; c++) members += factors->twin[c] == twin;
        if (members) NIXE_TRY(solve_twins(factors, twin, members, source, stride, width, solution));
    }
    return NIXE_OK;
}
