/* Benchmark of Monte Carlo: both samplers at one state. */
#include <mpi.h>

#include "bench.h"
#include "nixe/base/blocking.h"
#include "nixe/elasticity/tables.h"
#include "nixe/sampling/samplers.h"

/* Effective samples a second of f_U. */
static double bench_sampler(const nixe_state *state, const nixe_sampler *sampler, const int8_t *sigma, long sweeps) {
    nixe_replica replica;
    double f[NIXE_PHASES], *f_U = malloc((size_t)sweeps * sizeof *f_U);
    must(nixe_replica_create(&replica, state->couplings->lattice, state->couplings->sites, sampler));
    if (!f_U) exit(1);
    nixe_replica_begin(&replica, state, 1, 0, sigma);
    for (long s = 0; s < sweeps / 5; s++) nixe_replica_sweep(&replica);
    const int64_t accepted = replica.accepted;
    const double start = MPI_Wtime();
    for (long s = 0; s < sweeps; s++) {
        nixe_replica_sweep(&replica);
        nixe_replica_fractions(&replica, f);
        f_U[s] = f[NIXE_U1] + f[NIXE_U2];
    }
    const double seconds = MPI_Wtime() - start;
    const nixe_blocking series = nixe_blocking_analyse(f_U, sweeps);
    const double effective = (double)sweeps / (2 * series.tau) / seconds;
    printf("  %-10s f_U %.4f(%.4f), tau %.3g sweeps, %.3g us a sweep, %.3g us a swap, %.4g effective samples/s", sampler->name,
           series.mean, series.error, series.tau, 1e6 * seconds / (double)sweeps,
           1e6 * seconds / (double)(replica.accepted - accepted), effective);
    if (sampler == &nixe_metropolis)
        printf(", %.3g million attempts/s", (double)sweeps * state->couplings->sites / seconds / 1e6);
    printf("\n");
    free(f_U);
    nixe_replica_destroy(&replica);
    return effective;
}

void bench_mc(const nixe_parallel *parallel, const work *w, long sweeps) {
    nixe_lattice lattice;
    nixe_tables elastic;
    nixe_couplings couplings;
    nixe_state metropolis, informed;
    nixe_table W, table;
    must(create_lattice(&lattice, w->shape, w->edge, w->layers));
    must(nixe_tables_create(parallel, &lattice, 1, 1, 0, &elastic));
    const nixe_energy energy = {.lattice = &lattice, .potential = &elastic.potential, .epsilon = 1};
    must(nixe_couplings_create(&couplings, &lattice, 0.5));
    const int n = couplings.sites;
    int8_t *sigma = malloc((size_t)n);
    if (!sigma) exit(1);
    create_table(&W, &lattice, n, n, NIXE_DOUBLES);
    create_table(&table, &lattice, n, nixe_padded(n), NIXE_INTEGERS);
    nixe_couplings_fill(&energy, couplings.site, 0, W.rows, &W);
    must(nixe_table_complete(&W));
    must(nixe_couplings_set_fields(&couplings, &energy, &W));
    informed = (nixe_state){.couplings = &couplings, .kT = w->kT};
    nixe_state_fill(&informed, &table, 0, table.rows);
    must(nixe_state_create(&metropolis, &couplings, w->kT, 0, NULL));
    must(nixe_state_create(&informed, &couplings, w->kT, 0, &table));
    must(nixe_replica_start_sigma(&couplings, 0, 1, 0, 0, sigma));
    printf("MC N_core = %d, %d shell layers, kT %g\n", n, w->layers, w->kT);
    const double slow = bench_sampler(&metropolis, &nixe_metropolis, sigma, sweeps);
    const double fast = bench_sampler(&informed, &nixe_informed_fixed, sigma, sweeps);
    printf("  ratio of effective samples/s: %.1f\n", fast / slow);
    bench_moves(&metropolis, &nixe_metropolis, sigma, sweeps);
    bench_moves(&informed, &nixe_informed_fixed, sigma, sweeps);
    free(sigma);
    nixe_state_destroy(&informed);
    nixe_couplings_destroy(&couplings);
    destroy_table(&table);
    destroy_table(&W);
    nixe_tables_destroy(&elastic);
    nixe_lattice_destroy(&lattice);
}
