/* Benchmark of moves: what swaps, flips and both of them cost a sampler. */
#include <mpi.h>

#include "bench.h"

static int compare_rates(const void *a, const void *b) {
    return *(const double *)a < *(const double *)b ? -1 : *(const double *)a > *(const double *)b;
}

void bench_moves(const nixe_state *state, const nixe_sampler *sampler, const int8_t *sigma, long sweeps) {
    enum { TURNS = 5, MOVES = NIXE_BOTH + 1 };
    static const char *const name[] = {"swap", "flip", "both"};
    double rate[MOVES][TURNS];
    for (int turn = 0; turn < TURNS; turn++)
        for (int move = 0; move < MOVES; move++) {
            nixe_state driven;
            nixe_replica replica;
            must(nixe_state_create(&driven, state->couplings, state->kT, 0, state->table));
            must(nixe_state_drive(&driven, &(nixe_drive){(nixe_move)move, 0, 20, 0.5}));
            must(nixe_replica_create(&replica, state->couplings->lattice, state->couplings->sites, sampler));
            nixe_replica_begin(&replica, &driven, 1, 0, sigma);
            for (long s = 0; s < sweeps / 50; s++) nixe_replica_sweep(&replica);
            const double before = sampler->attempts(&replica), start = MPI_Wtime();
            for (long s = 0; s < sweeps / 10; s++) nixe_replica_sweep(&replica);
            rate[move][turn] = (sampler->attempts(&replica) - before) / (MPI_Wtime() - start);
            nixe_replica_destroy(&replica);
            nixe_state_destroy(&driven);
        }
    printf("  moves      %-10s", sampler->name);
    for (int move = 0; move < MOVES; move++) {
        qsort(rate[move], TURNS, sizeof(double), compare_rates);
        printf("%s %s %.3g M/s (%.2f)", move ? "," : "", name[move], rate[move][TURNS / 2] / 1e6,
               rate[move][TURNS / 2] / rate[0][TURNS / 2]);
    }
    printf("\n");
}
