/* Bulk: V and displacements of a torus, by waves and FFTs. nixe_bulk_build() is collective. */
#include "nixe/elasticity/bulk.h"

#include <stdlib.h>
#include <string.h>

#include "nixe/elasticity/bloch.h"

enum { MAX_SITES = NIXE_MAX_CELL_SITES };

long long nixe_bulk_count(const nixe_lattice *lattice) {
    const long long n = lattice->torus.sites;
    return 2 * nixe_fourier_waves(lattice->torus.cells) * n * lattice->dimension * n + lattice->strains * n;
}

/* Where in the response that of the strains of the periods begins: strains x n. */
static long strains_at(const nixe_lattice *lattice) {
    return (long)nixe_bulk_count(lattice) - lattice->strains * lattice->torus.sites;
}

/* The uniform waves, V projected; and the strains. */
static nixe_status solve_uniform(const nixe_lattice *lattice, const nixe_bloch *bloch, double *V_q, double *response) {
    const int n = lattice->torus.sites, size = n * lattice->dimension;
    double V[MAX_SITES * MAX_SITES], u[(3 * MAX_SITES + 6) * MAX_SITES];
    NIXE_TRY(nixe_bloch_solve_uniform(bloch, lattice, V, u));
    for (int x = 0; x < n * n && V_q; x++) V_q[2 * x] = V[x], V_q[2 * x + 1] = 0;
    for (int x = 0; x < size * n && response; x++) response[2 * x] = u[x], response[2 * x + 1] = 0;
    if (response) memcpy(response + strains_at(lattice), u + size * n, (size_t)(lattice->strains * n) * sizeof *u);
    return NIXE_OK;
}

/* V_q and the response of the waves first .. last-1; both as pairs of real numbers, either may be NULL. */
static nixe_status solve_waves(const nixe_lattice *lattice, long first, long last, double *V_q, double *response) {
    const int n = lattice->torus.sites, size = n * lattice->dimension;
    nixe_bloch bloch;
    nixe_bloch_create(&bloch, lattice, 1);
    if (first == 0 && last > 0) NIXE_TRY(solve_uniform(lattice, &bloch, V_q, response));
    for (long w = first ? first : 1; w < last; w++) {
        double complex V[MAX_SITES * MAX_SITES], u[3 * MAX_SITES * MAX_SITES];
        double q[3];
        nixe_fourier_vector(lattice->torus.cells, w, q);
        NIXE_TRY(nixe_bloch_solve(&bloch, q, V, u));
        if (V_q) memcpy(V_q + 2 * w * n * n, V, (size_t)(n * n) * sizeof *V);
        if (response) memcpy(response + 2 * w * size * n, u, (size_t)(size * n) * sizeof *u);
    }
    return NIXE_OK;
}

static int opposite(int x, int cells) { return x ? cells - x : 0; }

/* The rows of V from V_q: the mean of V[(0, t)][(c, s)] and of V[(0, s)][(-c, t)], which differ by rounding. */
static nixe_status set_rows(const nixe_lattice *lattice, const double *V_q, nixe_table *V) {
    const nixe_torus *torus = &lattice->torus;
    const int n = torus->sites;
    const long N = lattice->sites;
    nixe_fourier fourier;
    double *column; /* of each site t of the first cell, by places */
    NIXE_TRY(nixe_fourier_create(&fourier, torus->cells, n));
    NIXE_TRY(nixe_allocate(&column, n * N, sizeof *column, "V"));
    for (int t = 0; t < n; t++) {
        for (long w = 0; w < fourier.waves; w++)
            for (int s = 0; s < n; s++) {
                const double *pair = V_q + 2 * ((w * n + s) * n + t);
                fourier.wave[w * n + s] = (pair[0] + pair[1] * I) / (double)fourier.count;
            }
        nixe_fourier_backward(&fourier);
        memcpy(column + t * N, fourier.real, (size_t)N * sizeof *column);
    }
    for (int t = 0; t < n; t++) {
        double *row = nixe_table_edit(V, t);
        for (int z = 0, at = 0; z < torus->cells[2]; z++)
            for (int y = 0; y < torus->cells[1]; y++)
                for (int x = 0; x < torus->cells[0]; x++)
                    for (int s = 0; s < n; s++, at++) {
                        const long line = (long)opposite(z, torus->cells[2]) * torus->cells[1] + opposite(y, torus->cells[1]);
                        const long back = (line * torus->cells[0] + opposite(x, torus->cells[0])) * n + t;
                        row[torus->site[at]] = 0.5 * (column[t * N + at] + column[s * N + back]);
                    }
        nixe_table_store(V, t);
    }
    free(column);
    nixe_fourier_destroy(&fourier);
    return NIXE_OK;
}

nixe_status nixe_bulk_build(const nixe_parallel *parallel, const nixe_lattice *lattice, double *V, double *response) {
    const long long n = lattice->torus.sites, waves = nixe_fourier_waves(lattice->torus.cells);
    nixe_shared V_q = {.window = MPI_WIN_NULL};
    long first, last;
    if (V) NIXE_TRY(nixe_shared_create(parallel, 2 * waves * n * n, "the waves of V", &V_q));
    nixe_parallel_part(waves, parallel->node_rank, parallel->node_size, &first, &last);
    NIXE_TRY(nixe_parallel_agree(parallel, solve_waves(lattice, first, last, V_q.memory, response)));
    if (!V) return NIXE_OK;
    NIXE_TRY(nixe_shared_sync(parallel, &V_q));
    nixe_status status = NIXE_OK;
    if (parallel->node_rank == 0) {
        nixe_table table;
        status = nixe_table_create(&table, lattice, lattice->sites, lattice->sites, NIXE_DOUBLES, 0, V);
        if (!status) status = set_rows(lattice, V_q.memory, &table);
        nixe_table_destroy(&table);
    }
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    nixe_shared_destroy(&V_q);
    return NIXE_OK;
}

void nixe_bulk_respond(const nixe_lattice *lattice, const double *response, const nixe_fourier *source,
                       const nixe_fourier *displacement, double *strain) {
    const int n = lattice->torus.sites, size = n * lattice->dimension;
    for (int s = 0; s < lattice->strains; s++) {
        strain[s] = 0;
        for (int t = 0; t < n; t++)
            strain[s] += response[strains_at(lattice) + s * n + t] * creal(source->wave[t]) / (double)source->count;
    }
    for (long w = 0; w < source->waves; w++)
        for (int x = 0; x < size; x++) {
            const double *pair = response + 2 * (w * size + x) * n;
            double complex sum = 0;
            for (int t = 0; t < n; t++) sum += (pair[2 * t] + pair[2 * t + 1] * I) * source->wave[w * n + t];
            displacement->wave[w * size + x] = sum / (double)source->count;
        }
}
