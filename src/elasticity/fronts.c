/* Fronts: a Cholesky factor of a block of D, one copy a node. nixe_fronts_create() is collective. */
#include "nixe/elasticity/fronts.h"

#include <stdlib.h>
#include <string.h>

#include <petscblaslapack.h> /* needs petscsys.h before it */

#include "nixe/base/petsc_error.h"

/* Cuts above the parts of which each is factored by one rank, with all that is below it: 2^3 ranks have work at first. */
enum { TOP = 3 };

/* A factorisation under way. What a front leaves of its border, a square of which the lower half counts, goes to the part
 * above: near the top in memory of the node, by turns in two halves of it, for only two depths are needed at a time. */
typedef struct {
    nixe_fronts *fronts;
    const nixe_parallel *parallel;
    Mat D;
    double **left;   /* parts: these, or NULL */
    int64_t *at;     /* parts: where in the memory of the node, or -1: its own */
    nixe_shared top; /* that memory */
    int32_t *row;    /* size: row of the front that is assembled, for each place it has */
} factoring;

static const double one = 1, minus_one = -1;

static double *panel_of(const nixe_fronts *fronts, int t) { return fronts->factor.memory + fronts->panel[t]; }

/* Lay out the factor. Returns its numbers. */
static int64_t place_panels(nixe_fronts *fronts) {
    int64_t count = 0;
    for (int t = 0; t < fronts->tree.parts; t++) {
        const int64_t own = nixe_dissection_own(&fronts->tree, t);
        fronts->panel[t] = count;
        count += own * (own + nixe_dissection_outside(&fronts->tree, t));
    }
    return count;
}

/* Lay out what is left near the top. Returns the numbers of both halves. */
static int64_t place_top(const factoring *f) {
    const nixe_dissection *tree = &f->fronts->tree;
    int64_t count[TOP + 1] = {0}, room[2] = {0};
    for (int t = 0; t < tree->parts; t++) {
        const int64_t outside = nixe_dissection_outside(tree, t), depth = tree->depth[t];
        f->at[t] = depth > TOP ? -1 : count[depth];
        if (depth <= TOP) count[depth] += outside * outside;
    }
    for (int depth = 0; depth <= TOP; depth++)
        if (count[depth] > room[depth % 2]) room[depth % 2] = count[depth];
    for (int t = 0; t < tree->parts; t++)
        if (f->at[t] >= 0 && tree->depth[t] % 2) f->at[t] += room[0];
    return room[0] + room[1];
}

/* Entries of D in the columns of part t, from the diagonal on. */
static nixe_status add_entries(const factoring *f, int t) {
    const nixe_dissection *tree = &f->fronts->tree;
    const int64_t rows = nixe_dissection_own(tree, t) + nixe_dissection_outside(tree, t);
    double *const panel = panel_of(f->fronts, t);
    for (int p = tree->first[t]; p < tree->first[t + 1]; p++) {
        PetscInt entries;
        const PetscInt *freedom;
        const PetscScalar *value;
        NIXE_PETSC(MatGetRow(f->D, tree->freedom[p], &entries, &freedom, &value));
        for (PetscInt e = 0; e < entries; e++) {
            const int q = tree->place[freedom[e]];
            if (q >= p) panel[(p - tree->first[t]) * rows + f->row[q]] += value[e];
        }
        NIXE_PETSC(MatRestoreRow(f->D, tree->freedom[p], &entries, &freedom, &value));
    }
    return NIXE_OK;
}

/* What part `from` has left, added to the front of the part t above it. */
static void add_left(const factoring *f, int from, int t) {
    const nixe_dissection *tree = &f->fronts->tree;
    const int64_t own = nixe_dissection_own(tree, t), outside = nixe_dissection_outside(tree, t), rows = own + outside;
    const int64_t count = nixe_dissection_outside(tree, from);
    const int32_t *border = tree->border + tree->begin[from];
    for (int64_t j = 0; j < count; j++) {
        const int64_t column = f->row[border[j]];
        const double *add = f->left[from] + j * count;
        const int64_t first = column < own ? 0 : own; /* row of the front that `to` begins with */
        double *to = column < own ? panel_of(f->fronts, t) + column * rows : f->left[t] + (column - own) * outside;
        for (int64_t i = j; i < count; i++) to[f->row[border[i]] - first] += add[i];
    }
}

/* Eliminate the places of part t in its front. */
static nixe_status eliminate(const factoring *f, int t) {
    const nixe_dissection *tree = &f->fronts->tree;
    const PetscBLASInt own = nixe_dissection_own(tree, t), outside = nixe_dissection_outside(tree, t), rows = own + outside;
    double *const panel = panel_of(f->fronts, t), *const below = panel + own;
    PetscBLASInt info = 0;
    if (own == 0) return NIXE_OK;
    LAPACKpotrf_("L", &own, panel, &rows, &info);
    if (info) return nixe_fail(NIXE_FAILED, "the stiffness matrix could not be factored: it is not positive");
    if (outside == 0) return NIXE_OK;
    BLAStrsm_("R", "L", "T", "N", &outside, &own, &one, panel, &rows, below, &rows);
    BLASsyrk_("L", "N", &outside, &own, &minus_one, below, &rows, &one, f->left[t], &outside);
    return NIXE_OK;
}

/* Factor part t; its halves have been. */
static nixe_status factor_part(const factoring *f, int t) {
    nixe_dissection *tree = &f->fronts->tree;
    const int own = nixe_dissection_own(tree, t), outside = nixe_dissection_outside(tree, t);
    const int64_t square = (int64_t)outside * outside;
    for (int i = 0; i < own; i++) f->row[tree->first[t] + i] = i;
    for (int i = 0; i < outside; i++) f->row[tree->border[tree->begin[t] + i]] = own + i;
    if (f->at[t] < 0) NIXE_TRY(nixe_allocate(&f->left[t], square, sizeof(double), "a front"));
    else memset(f->left[t], 0, (size_t)square * sizeof(double));
    memset(panel_of(f->fronts, t), 0, (size_t)own * (size_t)(own + outside) * sizeof(double));
    NIXE_TRY(add_entries(f, t));
    for (int h = 0; h < 2; h++) {
        const int from = tree->half[t][h];
        if (from < 0) continue;
        add_left(f, from, t);
        if (f->at[from] < 0) free(f->left[from]);
    }
    return eliminate(f, t);
}

/* Factor all below part t, each cut after its halves, and t. */
static nixe_status factor_below(const factoring *f, int t) {
    const nixe_dissection *tree = &f->fronts->tree;
    for (int h = 0; h < 2; h++)
        if (tree->half[t][h] >= 0) NIXE_TRY(factor_below(f, tree->half[t][h]));
    return factor_part(f, t);
}

/* The parts of one depth near the top that fall to this rank. */
static nixe_status factor_depth(const factoring *f, int depth) {
    const nixe_dissection *tree = &f->fronts->tree;
    for (int t = 0, count = 0; t < tree->parts; t++) {
        if (tree->depth[t] != depth || count++ % f->parallel->node_size != f->parallel->node_rank) continue;
        NIXE_TRY(depth == TOP ? factor_below(f, t) : factor_part(f, t));
    }
    return NIXE_OK;
}

/* Memory of the node, then from below to the top. */
static nixe_status factor_all(factoring *f) {
    nixe_fronts *fronts = f->fronts;
    const int64_t numbers = place_panels(fronts), top = place_top(f);
    NIXE_TRY(nixe_shared_create(f->parallel, numbers, "the factor of D", &fronts->factor));
    NIXE_TRY(nixe_shared_create(f->parallel, top + 1, "the factor of D", &f->top));
    for (int t = 0; t < fronts->tree.parts; t++)
        if (f->at[t] >= 0) f->left[t] = f->top.memory + f->at[t];
    for (int depth = TOP; depth >= 0; depth--) {
        NIXE_TRY(nixe_parallel_agree(f->parallel, factor_depth(f, depth)));
        NIXE_TRY(nixe_shared_sync(f->parallel, &f->top));
    }
    NIXE_TRY(nixe_shared_sync(f->parallel, &fronts->factor));
    nixe_shared_destroy(&f->top);
    return NIXE_OK;
}

static nixe_status prepare(factoring *f, const nixe_blocks *blocks) {
    nixe_dissection *tree = &f->fronts->tree;
    NIXE_TRY(nixe_dissection_create(tree, blocks));
    NIXE_TRY(nixe_allocate(&f->fronts->panel, tree->parts, sizeof(int64_t), "the factor of D"));
    NIXE_TRY(nixe_allocate(&f->left, tree->parts, sizeof(double *), "the factor of D"));
    NIXE_TRY(nixe_allocate(&f->at, tree->parts, sizeof(int64_t), "the factor of D"));
    return nixe_allocate(&f->row, blocks->size, sizeof(int32_t), "the factor of D");
}

nixe_status nixe_fronts_create(nixe_fronts *fronts, const nixe_parallel *parallel, const nixe_blocks *blocks, Mat D) {
    factoring f = {.fronts = fronts, .parallel = parallel, .D = D, .top.window = MPI_WIN_NULL};
    *fronts = (nixe_fronts){.factor.window = MPI_WIN_NULL};
    NIXE_TRY(nixe_parallel_agree(parallel, prepare(&f, blocks)));
    NIXE_TRY(factor_all(&f));
    free(f.left);
    free(f.at);
    free(f.row);
    return NIXE_OK;
}

void nixe_fronts_destroy(nixe_fronts *fronts) {
    nixe_dissection_destroy(&fronts->tree);
    free(fronts->panel);
    if (fronts->factor.memory) nixe_shared_destroy(&fronts->factor);
}

/* Whether any of the sources is at these places. */
static int has_sources(const double *x, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (x[i] != 0) return 1;
    return 0;
}

/* Columns of BLAS are the places here, and its rows the sources. */
static void forward(const nixe_fronts *fronts, int t, PetscBLASInt width, double *x, double *outer) {
    const nixe_dissection *tree = &fronts->tree;
    const PetscBLASInt own = nixe_dissection_own(tree, t), outside = nixe_dissection_outside(tree, t), rows = own + outside;
    const int32_t *border = tree->border + tree->begin[t];
    const double *panel = panel_of(fronts, t), zero = 0;
    double *const mine = x + (int64_t)tree->first[t] * width;
    if (own == 0 || !has_sources(mine, (int64_t)own * width)) return;
    BLAStrsm_("R", "L", "T", "N", &width, &own, &one, panel, &rows, mine, &width);
    if (outside == 0) return;
    BLASgemm_("N", "T", &width, &outside, &own, &one, mine, &width, panel + own, &rows, &zero, outer, &width);
    for (int i = 0; i < outside; i++)
        for (int w = 0; w < width; w++) x[(int64_t)border[i] * width + w] -= outer[(int64_t)i * width + w];
}

static void backward(const nixe_fronts *fronts, int t, PetscBLASInt width, double *x, double *outer) {
    const nixe_dissection *tree = &fronts->tree;
    const PetscBLASInt own = nixe_dissection_own(tree, t), outside = nixe_dissection_outside(tree, t), rows = own + outside;
    const int32_t *border = tree->border + tree->begin[t];
    const double *panel = panel_of(fronts, t);
    double *const mine = x + (int64_t)tree->first[t] * width;
    if (own == 0) return;
    for (int i = 0; i < outside; i++)
        memcpy(outer + (int64_t)i * width, x + (int64_t)border[i] * width, (size_t)width * sizeof *x);
    if (outside) BLASgemm_("N", "N", &width, &own, &outside, &minus_one, outer, &width, panel + own, &rows, &one, mine, &width);
    BLAStrsm_("R", "L", "N", "N", &width, &own, &one, panel, &rows, mine, &width);
}

nixe_status nixe_fronts_solve(const nixe_fronts *fronts, int width, double *x) {
    const nixe_dissection *tree = &fronts->tree;
    int64_t most = 1;
    double *outer;
    for (int t = 0; t < tree->parts; t++)
        if (nixe_dissection_outside(tree, t) > most) most = nixe_dissection_outside(tree, t);
    NIXE_TRY(nixe_allocate(&outer, most * width, sizeof *outer, "a front"));
    for (int t = 0; t < tree->parts; t++) forward(fronts, t, width, x, outer);
    for (int t = tree->parts - 1; t >= 0; t--) backward(fronts, t, width, x, outer);
    free(outer);
    return NIXE_OK;
}
