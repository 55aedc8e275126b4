/* Tables: the tables of the potential and of the response. nixe_tables_create() is collective over all ranks. */
#include "nixe/elasticity/tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/stage.h"
#include "nixe/elasticity/bulk.h"
#include "nixe/elasticity/columns.h"

enum { TILE = 32 };

/* Whether the displacements of single sites are solved for. */
static int needs_columns(const nixe_lattice *lattice, int with_potential, nixe_response_form form) {
    return !lattice->torus.sites && (with_potential || nixe_response_count(lattice, form) > 0);
}

long long nixe_tables_count(const nixe_lattice *lattice, int with_potential, nixe_response_form form) {
    const int n = lattice->sites;
    return (with_potential ? nixe_table_count(lattice, n, n) : 0) + nixe_response_count(lattice, form);
}

long long nixe_tables_count_building(const nixe_lattice *lattice, int with_potential, nixe_response_form form) {
    const long long n = lattice->sites, columns = nixe_blocks_count(lattice) * nixe_blocks_size(lattice);
    return nixe_tables_count(lattice, with_potential, form) + 3 * lattice->torus.sites * n +
           (needs_columns(lattice, with_potential, form) ? lattice->symmetry.orbits * columns : 0);
}

double nixe_tables_seconds(const nixe_lattice *lattice, int with_potential, nixe_response_form form) {
    const double n = lattice->sites, size = (double)nixe_blocks_size(lattice), blocks = nixe_blocks_count(lattice);
    const int columns = needs_columns(lattice, with_potential, form);
    if (lattice->torus.sites) return 2e-6 * n * lattice->torus.sites;
    const double factor = lattice->dimension == 2 ? 3e-8 * pow(size, 1.5) : 1.2e-9 * size * size; /* of a block */
    const double solve = 1.3e-10 * nixe_columns_bytes(lattice) / 8 * lattice->symmetry.orbits;
    const double table = 2e-9 * (double)nixe_response_count(lattice, form) * lattice->symmetry.mirrors;
    const double factors = nixe_response_bytes(lattice, form) > 0 ? nixe_response_factors(lattice) : 0;
    return (blocks * (1 + columns) + factors) * factor + (columns ? solve : 0) + /* 1: zero modes */
           (with_potential ? 5e-9 * n * n : 0) + table;
}

/* Row R of 4 (A'KA - G' u_R), u_R = D^+ G e_R: 2 k r (r (e_i + e_j)/2 - alpha.(u_j - u_i)) to both ends of each bond. */
static void set_row(const nixe_lattice *lattice, double shell_stiffness, int site, const double *u, double *row) {
    const int d = lattice->dimension;
    memset(row, 0, (size_t)lattice->sites * sizeof *row);
    for (int b = 0; b < lattice->bonds; b++) {
        const int i = lattice->bond[2 * (long)b], j = lattice->bond[2 * (long)b + 1];
        const double *alpha = lattice->direction[lattice->bond_direction[b]];
        const double r = nixe_lattice_class(lattice, b)->mismatch;
        double mismatch = 0.5 * r * (i == site) + 0.5 * r * (j == site);
        for (int k = 0; k < d; k++) mismatch -= alpha[k] * (u[(long)j * d + k] - u[(long)i * d + k]);
        for (int s = 0; s < lattice->strains; s++) {
            double change[3];
            nixe_lattice_strained(lattice, s, lattice->bond_direction[b], change);
            for (int k = 0; k < d; k++) mismatch -= alpha[k] * change[k] * u[(long)lattice->sites * d + s];
        }
        double force = 2 * r * nixe_lattice_stiffness(lattice, b, shell_stiffness) * mismatch;
        row[i] += force;
        row[j] += force;
    }
}

/* Rows of the sites of the orbits first .. last-1: V[gR][gR'] = V[R][R']. */
static nixe_status fill_rows(const nixe_blocks *blocks, double shell_stiffness, const double *w, long first, long last,
                             double *V) {
    const nixe_lattice *lattice = blocks->lattice;
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const long n = lattice->sites;
    double *u;
    int32_t *carried;
    NIXE_TRY(nixe_allocate(&u, nixe_lattice_freedoms(lattice), sizeof *u, "V"));
    NIXE_TRY(nixe_allocate(&carried, n, sizeof *carried, "V"));
    for (long r = first; r < last; r++) {
        nixe_columns_unfold(blocks, w, (int)r, u);
        set_row(lattice, shell_stiffness, symmetry->representative[r], u, V + symmetry->representative[r] * n);
    }
    for (int site = 0; site < n; site++) {
        const int r = symmetry->orbit[site];
        if (r < first || r >= last || site == symmetry->representative[r]) continue;
        const double *from = V + symmetry->representative[r] * n;
        double *to = V + site * n;
        nixe_symmetry_carry(lattice, site, carried);
        for (int j = 0; j < n; j++) to[carried[j]] = from[j];
    }
    free(carried);
    free(u);
    return NIXE_OK;
}

/* V <- (V + V')/2, the tiles of rows that fall to part `part`; in tiles, so that the transposed access stays in cache. */
static void symmetrise(long n, int part, int parts, double *V) {
    for (long row = part * TILE; row < n; row += (long)parts * TILE)
        for (long column = row; column < n; column += TILE)
            for (long i = row; i < row + TILE && i < n; i++)
                for (long j = column > i ? column : i + 1; j < column + TILE && j < n; j++)
                    V[i * n + j] = V[j * n + i] = 0.5 * (V[i * n + j] + V[j * n + i]);
}

/* V <- P V P = V - r_i - r_j + r: r_i the mean of row i, r the mean of all. */
static nixe_status project(const nixe_parallel *parallel, long n, nixe_shared *V) {
    double all = 0;
    nixe_shared means;
    long first, last;
    NIXE_TRY(nixe_shared_create(parallel, n, "the row means of V", &means));
    double *const mean = means.memory;
    nixe_parallel_part(n, parallel->node_rank, parallel->node_size, &first, &last);
    for (long i = first; i < last; i++) {
        mean[i] = 0;
        for (long j = 0; j < n; j++) mean[i] += V->memory[i * n + j];
        mean[i] /= (double)n;
    }
    NIXE_TRY(nixe_shared_sync(parallel, &means));
    for (long i = 0; i < n; i++) all += mean[i];
    all /= (double)n;
    for (long i = first; i < last; i++)
        for (long j = 0; j < n; j++) V->memory[i * n + j] = V->memory[i * n + j] + all - (mean[i] + mean[j]);
    NIXE_TRY(nixe_shared_sync(parallel, V));
    nixe_shared_destroy(&means);
    return NIXE_OK;
}

static nixe_status solve(const nixe_parallel *parallel, const nixe_blocks *blocks, double shell_stiffness, const nixe_shared *w,
                         nixe_tables *elastic) {
    const nixe_lattice *lattice = blocks->lattice;
    double *V = elastic->V_memory.memory, *response = elastic->response_memory.memory;
    long first, last;
    NIXE_TRY(nixe_columns_solve(parallel, blocks, shell_stiffness, w));
    if (response) {
        nixe_parallel_part(lattice->symmetry.wedge_sites, parallel->node_rank, parallel->node_size, &first, &last);
        NIXE_TRY(nixe_response_fill(blocks, w->memory, (int)first, (int)last, response));
        NIXE_TRY(nixe_shared_sync(parallel, &elastic->response_memory));
    }
    if (!V) return NIXE_OK;
    nixe_parallel_part(lattice->symmetry.orbits, parallel->node_rank, parallel->node_size, &first, &last);
    NIXE_TRY(fill_rows(blocks, shell_stiffness, w->memory, first, last, V));
    NIXE_TRY(nixe_shared_sync(parallel, &elastic->V_memory));
    symmetrise(lattice->sites, parallel->node_rank, parallel->node_size, V);
    NIXE_TRY(nixe_shared_sync(parallel, &elastic->V_memory));
    return project(parallel, lattice->sites, &elastic->V_memory);
}

static nixe_status solve_all(const nixe_parallel *parallel, const nixe_lattice *lattice, double shell_stiffness,
                             nixe_tables *elastic) {
    nixe_blocks blocks;
    nixe_shared w;
    NIXE_TRY(nixe_blocks_create(&blocks, lattice, 0));
    NIXE_TRY(nixe_shared_create(parallel, lattice->symmetry.orbits * blocks.blocks * blocks.size, "the displacements", &w));
    nixe_status status = solve(parallel, &blocks, shell_stiffness, &w, elastic);
    if (nixe_parallel_knows(status)) nixe_shared_destroy(&w); /* collective: not after a failure of this rank alone */
    nixe_blocks_destroy(&blocks);
    return status;
}

static nixe_status sync_both(const nixe_parallel *parallel, const nixe_tables *elastic) {
    if (elastic->V_memory.memory) NIXE_TRY(nixe_shared_sync(parallel, &elastic->V_memory));
    if (elastic->response_memory.memory) NIXE_TRY(nixe_shared_sync(parallel, &elastic->response_memory));
    return NIXE_OK;
}

nixe_status nixe_tables_create(const nixe_parallel *parallel, const nixe_lattice *lattice, double shell_stiffness,
                               int with_potential, nixe_response_form form, nixe_tables *elastic) {
    const double start = MPI_Wtime();
    *elastic = (nixe_tables){.V_memory.window = MPI_WIN_NULL, .response_memory.window = MPI_WIN_NULL};
    const int n = lattice->sites;
    nixe_stage_begin(NIXE_SET_UP);
    if (with_potential) NIXE_TRY(nixe_shared_create(parallel, nixe_tables_count(lattice, 1, 0), "V", &elastic->V_memory));
    if (nixe_response_count(lattice, form))
        NIXE_TRY(nixe_shared_create(parallel, nixe_response_count(lattice, form), "the response", &elastic->response_memory));
    elastic->response.table = elastic->response_memory.memory;
    if (lattice->torus.sites) {
        NIXE_TRY(nixe_bulk_build(parallel, lattice, elastic->V_memory.memory, elastic->response_memory.memory));
        NIXE_TRY(sync_both(parallel, elastic));
    } else if (needs_columns(lattice, with_potential, form)) {
        NIXE_TRY(solve_all(parallel, lattice, shell_stiffness, elastic));
    }
    if (nixe_response_bytes(lattice, form) > 0)
        NIXE_TRY(nixe_parallel_agree(parallel, nixe_response_factor(&elastic->response, lattice, shell_stiffness)));
    if (with_potential) {
        NIXE_TRY(nixe_table_create(&elastic->potential, lattice, n, n, NIXE_DOUBLES, elastic->V_memory.memory));
        NIXE_TRY(nixe_table_complete(&elastic->potential));
    }
    nixe_stage_end();
    elastic->seconds = MPI_Wtime() - start;
    return NIXE_OK;
}

void nixe_tables_drop_potential(nixe_tables *elastic) {
    if (elastic->V_memory.memory) nixe_shared_destroy(&elastic->V_memory);
    nixe_table_destroy(&elastic->potential);
}

void nixe_tables_destroy(nixe_tables *elastic) {
    nixe_tables_drop_potential(elastic);
    const nixe_status left = nixe_response_destroy(&elastic->response);
    (void)left; /* where it fails memory is lost, no more */
    if (elastic->response_memory.memory) nixe_shared_destroy(&elastic->response_memory);
}
