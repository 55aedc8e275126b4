/* Tables: the tables of the potential and of the response. nixe_tables_create() is collective over all ranks. */
#include "nixe/elasticity/tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/stage.h"
#include "nixe/elasticity/bulk.h"
#include "nixe/elasticity/columns.h"
#include "nixe/elasticity/factor.h"
#include "nixe/elasticity/stiffness.h"

/* Whether the displacements of single sites are solved for. */
static int needs_columns(const nixe_lattice *lattice, int with_potential, nixe_response_form form) {
    return !lattice->torus.sites && (with_potential || nixe_response_count(lattice, form) > 0);
}

/* Numbers from row to row of V: a site of the wedge for each mirror, of which several may be the same. */
static long row_stride(const nixe_lattice *lattice) {
    const int blocks = nixe_blocks_count(lattice);
    return blocks > 1 ? (long)blocks * lattice->symmetry.wedge_sites : lattice->sites;
}

static long long V_count(const nixe_lattice *lattice) {
    return nixe_table_count(lattice, lattice->sites, lattice->torus.sites ? lattice->sites : row_stride(lattice), 1);
}

/* Displacements by one site of each orbit. */
static long long columns_count(const nixe_lattice *lattice) {
    return (long long)lattice->symmetry.orbits * nixe_blocks_count(lattice) * nixe_blocks_size(lattice);
}

long long nixe_tables_count(const nixe_lattice *lattice, int with_potential, nixe_response_form form) {
    return (with_potential ? V_count(lattice) : 0) + nixe_response_count(lattice, form);
}

long long nixe_tables_count_building(const nixe_lattice *lattice, int with_potential, nixe_response_form form) {
    const long long torus = 3LL * lattice->torus.sites * lattice->sites;
    const int solves = needs_columns(lattice, with_potential, form), keeps = solves && nixe_response_count(lattice, form) > 0;
    const double factor = solves ? 2 * nixe_factor_node_numbers(lattice) : 0; /* and as much while it is made */
    return nixe_tables_count(lattice, with_potential, form) + torus + (keeps ? columns_count(lattice) : 0) + (long long)factor;
}

long long nixe_tables_count_factors(const nixe_lattice *lattice, nixe_response_form form) {
    const long long kept = nixe_response_count_factors(lattice, form);
    return kept ? kept + (long long)nixe_factor_numbers(lattice) : 0;
}

double nixe_tables_seconds(const nixe_lattice *lattice, int with_potential, nixe_response_form form) {
    const double n = lattice->sites, size = (double)nixe_blocks_size(lattice), blocks = nixe_blocks_count(lattice);
    const int columns = needs_columns(lattice, with_potential, form);
    if (lattice->torus.sites) return 2e-6 * n * lattice->torus.sites;
    const double factor = lattice->dimension == 2 ? 3e-8 * pow(size, 1.5) : 1.2e-9 * size * size; /* of a block */
    const double solve = 1.3e-10 * (nixe_factor_numbers(lattice) + 130 * size) * lattice->symmetry.orbits * blocks;
    const double numbers = (double)nixe_response_count(lattice, form);
    const double table =
        numbers > 0 ? 3e-9 * numbers + 3e-8 * (double)nixe_lattice_freedoms(lattice) * lattice->symmetry.orbits : 0;
    const double factors = nixe_response_count_factors(lattice, form) > 0 ? nixe_response_factors(lattice) : 0;
    return (blocks * (1 + columns) + factors) * factor + (columns ? solve : 0) + /* 1: zero modes */
           (with_potential ? 2e-8 * n * lattice->symmetry.orbits : 0) + table;
}

/* Rows of the orbits first .. last-1: from the parts of the blocks, in place, to sites in their order; and 4 A'KA, which acts
 * between neighbours alone. */
static nixe_status set_rows(const nixe_blocks *blocks, double shell_stiffness, long first, long last, double *V) {
    const nixe_lattice *lattice = blocks->lattice;
    const long n = lattice->sites, wedge = blocks->sites, stride = row_stride(lattice);
    double *row;
    NIXE_TRY(nixe_allocate(&row, n, sizeof *row, "V"));
    for (long o = first; o < last; o++) {
        const int site = lattice->symmetry.representative[o];
        double *const parts = V + o * stride;
        nixe_blocks_transform(parts, blocks->blocks, wedge, (int)wedge);
        for (int e = 0; e < blocks->blocks; e++)
            for (long r = 0; r < wedge; r++) {
                const int image = e ? nixe_symmetry_mirrored(lattice, e, blocks->representative[r]) : blocks->representative[r];
                row[image] = parts[e * wedge + r];
            }
        for (int m = 0; m < lattice->directions; m++) {
            const int next = nixe_lattice_neighbours(lattice, site)[m];
            const nixe_bond_class *class = &lattice->bond_class[lattice->direction_class[m]];
            if (next < 0) continue;
            const double k = nixe_stiffness_of_bond(lattice, shell_stiffness, site, m);
            row[site] += k * class->mismatch * class->mismatch;
            row[next] += k * class->mismatch * class->mismatch;
        }
        memcpy(parts, row, (size_t)n * sizeof *row);
    }
    free(row);
    return NIXE_OK;
}

/* Row R, which is even under the operations that leave R where it is, exactly so: the mean over what they make of a pair. */
static nixe_status even_out(const nixe_lattice *lattice, long first, long last, double *V) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const long stride = row_stride(lattice);
    uint8_t *done;
    NIXE_TRY(nixe_allocate(&done, lattice->sites, 1, "V"));
    for (long o = first; o < last; o++) {
        int staying[NIXE_MAX_OPERATIONS], translation[NIXE_MAX_OPERATIONS], count = 0;
        for (int g = 0; g < symmetry->operations; g++)
            if (nixe_symmetry_stays(lattice, g, symmetry->representative[o], &translation[count])) staying[count++] = g;
        memset(done, 0, (size_t)lattice->sites);
        for (int j = 0; j < lattice->sites && count > 1; j++) {
            double sum = 0;
            if (done[j]) continue;
            for (int s = 0; s < count; s++)
                sum += V[o * stride + nixe_symmetry_applied(lattice, staying[s], translation[s], j)];
            for (int s = 0; s < count; s++) {
                const int image = nixe_symmetry_applied(lattice, staying[s], translation[s], j);
                V[o * stride + image] = sum / count;
                done[image] = 1;
            }
        }
    }
    free(done);
    return NIXE_OK;
}

/* The sites of each orbit: site[begin[o]] .. site[begin[o + 1] - 1]. */
typedef struct {
    int32_t *begin, *site;
    double *mean[2]; /* N each: of the pairs of two orbits, one way and the other */
} members;

static nixe_status list_members(const nixe_lattice *lattice, members *m) {
    const int n = lattice->sites, orbits = lattice->symmetry.orbits;
    NIXE_TRY(nixe_allocate(&m->begin, orbits + 2, sizeof(int32_t), "V"));
    NIXE_TRY(nixe_allocate(&m->site, n, sizeof(int32_t), "V"));
    for (int way = 0; way < 2; way++) NIXE_TRY(nixe_allocate(&m->mean[way], n, sizeof(double), "V"));
    int32_t *end = m->begin + 1; /* while they are filled, one further on */
    for (int site = 0; site < n; site++) end[lattice->symmetry.orbit[site] + 1]++;
    for (int o = 0; o < orbits; o++) end[o + 1] += end[o];
    for (int site = 0; site < n; site++) m->site[end[lattice->symmetry.orbit[site]]++] = site;
    return NIXE_OK;
}

static void free_members(members *m) {
    free(m->begin);
    free(m->site);
    free(m->mean[0]);
    free(m->mean[1]);
}

/* V(R, j) <- (V(R, j) + V(j, R))/2 of the representatives R of two orbits and the sites j of the other: V(j, R) = V(R', g^-1 R)
 * with j = g R'. As rows are even, the mean is exactly the same whichever g that is. */
static void symmetrise_pair(const nixe_lattice *lattice, const members *m, int o, int p, double *V) {
    const int32_t *representative = lattice->symmetry.representative;
    const long stride = row_stride(lattice);
    for (int way = 0; way < 2; way++) {
        const int row = way ? p : o, other = way ? o : p;
        for (int32_t x = m->begin[other]; x < m->begin[other + 1]; x++) {
            const int back = nixe_symmetry_back(lattice, m->site[x], representative[row]);
            m->mean[way][x] = 0.5 * (V[row * stride + m->site[x]] + V[other * stride + back]);
        }
    }
    for (int way = 0; way < 2; way++) {
        const int row = way ? p : o, other = way ? o : p;
        for (int32_t x = m->begin[other]; x < m->begin[other + 1]; x++) V[row * stride + m->site[x]] = m->mean[way][x];
    }
}

/* The pairs of orbits of which the first falls to part `part`. */
static nixe_status symmetrise(const nixe_lattice *lattice, int part, int parts, double *V) {
    members m = {0};
    NIXE_TRY(list_members(lattice, &m));
    for (int o = part; o < lattice->symmetry.orbits; o += parts)
        for (int p = o; p < lattice->symmetry.orbits; p++) symmetrise_pair(lattice, &m, o, p, V);
    free_members(&m);
    return NIXE_OK;
}

/* V <- P V P = V - r_i - r_j + r: r_i the mean of row i, r the mean of all. */
static nixe_status project(const nixe_parallel *parallel, const nixe_lattice *lattice, nixe_shared *V) {
    const int32_t *orbit = lattice->symmetry.orbit;
    const long n = lattice->sites, orbits = lattice->symmetry.orbits, stride = row_stride(lattice);
    double all = 0;
    nixe_shared means;
    long first, last;
    NIXE_TRY(nixe_shared_create(parallel, orbits, "the row means of V", &means));
    double *const mean = means.memory;
    nixe_parallel_part(orbits, parallel->node_rank, parallel->node_size, &first, &last);
    for (long o = first; o < last; o++) {
        mean[o] = 0;
        for (long j = 0; j < n; j++) mean[o] += V->memory[o * stride + j];
        mean[o] /= (double)n;
    }
    NIXE_TRY(nixe_shared_sync(parallel, &means));
    for (long i = 0; i < n; i++) all += mean[orbit[i]];
    all /= (double)n;
    for (long o = first; o < last; o++)
        for (long j = 0; j < n; j++) V->memory[o * stride + j] += all - (mean[o] + mean[orbit[j]]);
    NIXE_TRY(nixe_shared_sync(parallel, V));
    nixe_shared_destroy(&means);
    return NIXE_OK;
}

/* V from what the columns have left there. */
static nixe_status complete_V(const nixe_parallel *parallel, const nixe_blocks *blocks, double shell_stiffness,
                              nixe_shared *V) {
    long first, last;
    nixe_parallel_part(blocks->lattice->symmetry.orbits, parallel->node_rank, parallel->node_size, &first, &last);
    NIXE_TRY(set_rows(blocks, shell_stiffness, first, last, V->memory));
    NIXE_TRY(even_out(blocks->lattice, first, last, V->memory));
    NIXE_TRY(nixe_shared_sync(parallel, V));
    NIXE_TRY(symmetrise(blocks->lattice, parallel->node_rank, parallel->node_size, V->memory));
    NIXE_TRY(nixe_shared_sync(parallel, V));
    return project(parallel, blocks->lattice, V);
}

static nixe_status solve(const nixe_parallel *parallel, const nixe_blocks *blocks, double shell_stiffness, const nixe_shared *w,
                         nixe_tables *elastic) {
    double *response = elastic->response_memory.memory;
    long first, last;
    const nixe_columns columns = {w, &elastic->V_memory, nixe_factor_is_shared(blocks->lattice)};
    NIXE_TRY(nixe_columns_solve(parallel, blocks, shell_stiffness, &columns));
    if (response) {
        nixe_parallel_part(elastic->response.adapted->orbits, parallel->node_rank, parallel->node_size, &first, &last);
        NIXE_TRY(nixe_response_fill(&elastic->response, blocks, w->memory, (int)first, (int)last, response));
        NIXE_TRY(nixe_shared_sync(parallel, &elastic->response_memory));
    }
    return elastic->V_memory.memory ? complete_V(parallel, blocks, shell_stiffness, &elastic->V_memory) : NIXE_OK;
}

static nixe_status solve_all(const nixe_parallel *parallel, const nixe_lattice *lattice, double shell_stiffness,
                             nixe_tables *elastic) {
    nixe_blocks blocks;
    nixe_shared w = {.window = MPI_WIN_NULL};
    NIXE_TRY(nixe_blocks_create(&blocks, lattice, 0));
    if (elastic->response_memory.memory)
        NIXE_TRY(nixe_shared_create(parallel, columns_count(lattice), "the displacements", &w));
    nixe_status status = solve(parallel, &blocks, shell_stiffness, &w, elastic);
    if (nixe_parallel_knows(status) && w.memory) nixe_shared_destroy(&w); /* not after a failure of this rank alone */
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
        if (elastic->response.table) NIXE_TRY(nixe_response_adapt(&elastic->response, parallel, lattice));
        NIXE_TRY(solve_all(parallel, lattice, shell_stiffness, elastic));
    }
    if (with_potential) {
        const long stride = lattice->torus.sites ? n : row_stride(lattice);
        NIXE_TRY(nixe_table_create(&elastic->potential, lattice, n, stride, NIXE_DOUBLES, 1, elastic->V_memory.memory));
        NIXE_TRY(nixe_table_complete(&elastic->potential));
    }
    nixe_stage_end();
    elastic->seconds = MPI_Wtime() - start;
    return NIXE_OK;
}

nixe_status nixe_tables_factor(const nixe_parallel *parallel, const nixe_lattice *lattice, double shell_stiffness,
                               nixe_response_form form, nixe_tables *elastic) {
    const double start = MPI_Wtime();
    nixe_stage_begin(NIXE_SET_UP);
    NIXE_TRY(nixe_response_factor(&elastic->response, parallel, lattice, shell_stiffness, form));
    nixe_stage_end();
    elastic->seconds += MPI_Wtime() - start;
    return NIXE_OK;
}

void nixe_tables_move_potential(nixe_tables *elastic, nixe_shared *memory) {
    *memory = elastic->V_memory;
    elastic->V_memory = (nixe_shared){.window = MPI_WIN_NULL};
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
