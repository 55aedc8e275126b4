/* Benchmark: how fast nixe is beside a plain way of doing the same, measured in one run on one core.
 *
 *   make bench                     all of it
 *   build/bench -bench_only mc-6   some of it, by names (see works[]); -bench_effort 0.1: in a tenth of the time, roughly
 *   make bench OLD=FOLDER          beside the build in another folder: tools/bench_compare.py, which reads what is printed here
 *
 * KMC: events a second of nixe_trajectory, and of the direct algorithm that the factorised rates replace: after every event all
 * fields are updated and the rate of every possible event is computed from its energy difference, one exponential a bond.
 * MC: attempts a second of the Metropolis sampler, and effective samples a second of f_U, count / (2 tau), of both samplers.
 * Loops: of an event in a crystal of which a random half is A: the time of each part, what it moves and what it computes.
 * machine: what bounds all of this on one core: bytes a second from memory, the time to the next of scattered numbers, and
 * operations a second in single precision. */
#include <math.h>
#include <slepcsys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "nixe/base/random.h"
#include "nixe/base/vectorised.h"
#include "nixe/elasticity/strain.h"
#include "nixe/elasticity/tables.h"
#include "nixe/sampling/arithmetic.h"
#include "nixe/sampling/fixed_loops.h"
#include "nixe/sampling/trajectory.h"

/* One event of the direct algorithm; rate is scratch for bonds + sites. */
static void direct_event(const nixe_rates *rates, nixe_configuration *c, double *rate, uint64_t event) {
    const nixe_energy *energy = rates->energy;
    const nixe_lattice *lattice = rates->lattice;
    const int n = lattice->sites, bonds = lattice->bonds;
    double total = 0;
    int chosen = 0;
    for (int b = 0; b < bonds; b++) {
        const int i = lattice->bond[2 * b], j = lattice->bond[2 * b + 1];
        rate[b] = c->sigma[i] == c->sigma[j]
                      ? 0
                      : rates->kinetics.k_diff * exp(-nixe_energy_swap_difference(energy, c, i, j) / (2 * rates->kinetics.kT));
        total += rate[b];
    }
    for (int i = 0; i < n; i++) {
        rate[bonds + i] =
            lattice->surface[i]
                ? rates->kinetics.k_ex * exp(-nixe_energy_exchange_difference(energy, c, i) / (2 * rates->kinetics.kT))
                : 0;
        total += rate[bonds + i];
    }
    double r = nixe_uniform_from_0(nixe_random(1, 0, NIXE_RANDOM_EVENT, event).word[0]) * total;
    while (chosen < bonds + n - 1 && r >= rate[chosen]) r -= rate[chosen++];
    int turned[2] = {chosen - bonds, -1};
    if (chosen < bonds) memcpy(turned, (int[]){lattice->bond[2 * chosen], lattice->bond[2 * chosen + 1]}, sizeof turned);
    for (int t = 0; t < 2 && turned[t] >= 0; t++) {
        const double *row = nixe_table_row(energy->potential, turned[t], 0),
                     change = -2.0 * c->sigma[turned[t]] * energy->epsilon;
        for (int k = 0; k < n; k++) c->field[k] += change * row[k];
        c->sigma[turned[t]] = (int8_t)-c->sigma[turned[t]];
        c->sum += 2 * c->sigma[turned[t]];
    }
}

/* All rows of V, as the direct algorithm has them. */
static void create_whole(nixe_table *whole, const nixe_table *potential) {
    create_table(whole, potential->lattice, potential->sites, potential->sites, NIXE_DOUBLES);
    for (int i = 0; i < potential->sites; i++)
        memcpy(nixe_table_edit(whole, i), nixe_table_row(potential, i, 0), (size_t)potential->sites * sizeof(double));
}

static const work works[] = {
    {"machine", NIXE_HEXAGON, 0, 0, 0, 0, -1},     {"kmc-169", NIXE_HEXAGON, 8, 0, 0.2, -20, 0},
    {"kmc-721", NIXE_HEXAGON, 16, 0, 0.2, -20, 0}, {"kmc-1728", NIXE_CUBE, 12, 0, 1.5, -200, 0},
    {"kmc-8000", NIXE_CUBE, 20, 0, 1.5, -200, 0},  {"mc-0", NIXE_HEXAGON, 16, 0, 0.2, 0, 50000},
    {"mc-4", NIXE_HEXAGON, 16, 4, 0.2, 0, 50000},  {"mc-6", NIXE_HEXAGON, 16, 6, 0.2, 0, 100000},
    {"mc-8", NIXE_HEXAGON, 16, 8, 0.2, 0, 50000},
};
enum { WORKS = sizeof works / sizeof *works };

/* Vectors of slots that hold a bond of unlike ions, of which swaps are summed. */
static int count_vectors(const nixe_lattice *lattice, const int8_t *sigma) {
    uint8_t *has = calloc((size_t)(lattice->slots / NIXE_VECTOR + 1), 1);
    int count = 0;
    if (!has) exit(1);
    for (int i = 0; i < lattice->sites; i++)
        for (int d = 0; d < lattice->directions / 2; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j >= 0 && sigma[i] != sigma[j]) has[lattice->home[i] / NIXE_VECTOR] = 1;
        }
    for (int v = 0; v <= lattice->slots / NIXE_VECTOR; v++) count += has[v];
    free(has);
    return count;
}

/* What a part of an event takes: the least time of five goes, of which each takes `seconds`, and its operations and bytes. */
typedef struct {
    const char *name;
    double operations, bytes;
} loop;

enum { CHOSEN = 256, LOOPS = 3 };

static void go(nixe_trajectory *trajectory, int which, const nixe_event *event) {
    const nixe_arithmetic *arithmetic = trajectory->rates->arithmetic;
    static volatile int kept;
    for (int e = 0; e < CHOSEN; e++) {
        const double at = (e + 0.5) / CHOSEN * (trajectory->swap_total + trajectory->exchange_total);
        if (which == 0) arithmetic->turn(trajectory, e % 2 ? (nixe_event){event[e / 2].b, event[e / 2].a} : event[e / 2]);
        if (which == 1) arithmetic->sum(trajectory);
        if (which == 2) kept = arithmetic->choose(trajectory, at).a;
    }
    (void)kept;
}

/* In fixed point a site of a row takes 5 numbers read and 2 written, of 4 bytes, and 20 operations, of which 10 are those of a
 * polynomial; a bond takes 2 numbers and 5 operations (fixed_loops.c). */
static void bench_loops(nixe_trajectory *trajectory, double seconds) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const nixe_arithmetic *arithmetic = trajectory->rates->arithmetic;
    const double n = lattice->sites;
    int8_t *sigma = malloc((size_t)lattice->sites);
    nixe_event event[CHOSEN];
    if (!sigma) exit(1);
    for (int i = 0; i < lattice->sites; i++) sigma[i] = nixe_random(3, 0, NIXE_RANDOM_EVENT, (uint64_t)i).word[0] % 2 ? 1 : -1;
    nixe_trajectory_begin(trajectory, 3, 0, sigma, 0);
    const double bonds = (double)count_vectors(lattice, sigma) * NIXE_VECTOR * lattice->directions / 2;
    const loop loops[LOOPS] = {{"turn", 20 * n, 24 * n}, {"sum", 5 * bonds, 8 * bonds}, {"choose", 0, 0}};
    arithmetic->sum(trajectory);
    for (int e = 0; e < CHOSEN; e++)
        event[e] = arithmetic->choose(trajectory, (e + 0.5) / CHOSEN * (trajectory->swap_total + trajectory->exchange_total));
    for (int which = 0; which < LOOPS; which++) {
        double best = INFINITY;
        for (int repeat = 0; repeat < 5; repeat++) {
            long times = 0;
            const double start = MPI_Wtime();
            for (; MPI_Wtime() - start < seconds / 20; times += CHOSEN) go(trajectory, which, event);
            best = fmin(best, (MPI_Wtime() - start) / (double)times);
        }
        printf("  %-7s N = %-5d %9.4g ns %9.4g operations %9.4g bytes\n", loops[which].name, lattice->sites, 1e9 * best,
               loops[which].operations, loops[which].bytes);
    }
    free(sigma);
}

static void bench_kmc(const nixe_parallel *parallel, const work *w, double seconds) {
    nixe_lattice lattice;
    nixe_tables elastic;
    nixe_rates rates;
    nixe_trajectory trajectory;
    nixe_table couplings, whole;
    const nixe_arithmetic *arithmetic;
    must(create_lattice(&lattice, w->shape, w->edge, 0));
    must(nixe_tables_create(parallel, &lattice, 1, 1, 0, &elastic));
    create_whole(&whole, &elastic.potential);
    const nixe_energy energy = {.lattice = &lattice, .potential = &whole, .epsilon = 1, .dmu = w->dmu};
    const long n = lattice.sites;
    double *rate = calloc((size_t)(lattice.bonds + n), sizeof *rate);
    int8_t *sigma = malloc((size_t)n);
    nixe_configuration c = {.sigma = malloc((size_t)n), .field = malloc((size_t)n * sizeof(double)), .sum = n};
    if (!rate || !sigma || !c.sigma || !c.field) exit(1);
    must(nixe_rates_choose(&energy, (nixe_kinetics){w->kT, 1, 1}, "-model_", &arithmetic));
    create_table(&couplings, &lattice, (int)n, nixe_padded((int)n), arithmetic->kind);
    arithmetic->fill(&energy, w->kT, &couplings, 0, couplings.rows);
    must(nixe_rates_create(&rates, &energy, (nixe_kinetics){w->kT, 1, 1}, arithmetic, &couplings, NULL));
    must(nixe_trajectory_create(&trajectory, &rates));
    memset(sigma, 1, (size_t)n);

    long events = 0;
    double start = MPI_Wtime();
    for (uint64_t index = 0; MPI_Wtime() - start < seconds; index++) {
        nixe_trajectory_begin(&trajectory, 1, index, sigma, 0);
        events += nixe_trajectory_advance(&trajectory, INFINITY, 1000000);
    }
    const double fast = (double)events / (MPI_Wtime() - start);

    memset(c.sigma, 1, (size_t)n);
    nixe_energy_fields(&energy, c.sigma, c.field);
    events = 0;
    start = MPI_Wtime();
    while (MPI_Wtime() - start < seconds)
        for (int e = 0; e < 100; e++) direct_event(&rates, &c, rate, (uint64_t)events++);
    const double direct = (double)events / (MPI_Wtime() - start);
    printf("KMC %-8s N = %-5ld  nixe %9.4g events/s   direct %9.4g events/s   ratio %.1f\n", nixe_shape_rules[w->shape].name, n,
           fast, direct, fast / direct);
    if (arithmetic == &nixe_fixed_point) bench_loops(&trajectory, seconds);
    free(rate);
    free(sigma);
    free(c.sigma);
    free(c.field);
    nixe_trajectory_destroy(&trajectory);
    nixe_rates_destroy(&rates);
    destroy_table(&couplings);
    destroy_table(&whole);
    nixe_tables_destroy(&elastic);
    nixe_lattice_destroy(&lattice);
}

typedef float lanes __attribute__((vector_size(32)));

/* Billions of multiplications and additions a second. */
NIXE_VECTORISED static double measure_peak(void) {
    enum { CHAINS = 10, STEPS = 50000000 };
    lanes sum[CHAINS], factor, term;
    float all = 0;
    for (int c = 0; c < CHAINS; c++) sum[c] = (lanes){0} + (float)c;
    factor = (lanes){0} + 0.999f;
    term = (lanes){0} + 0.001f;
    const double start = MPI_Wtime();
    for (long s = 0; s < STEPS; s++)
        for (int c = 0; c < CHAINS; c++) sum[c] = sum[c] * factor + term;
    const double seconds = MPI_Wtime() - start;
    for (int c = 0; c < CHAINS; c++) all += sum[c][0];
    return (all > 0 ? 1 : 0) * 2e-9 * CHAINS * 8 * (double)STEPS / seconds;
}

/* Sums over half a GB, and a walk through a quarter of it in which every step is known only after the last. */
NIXE_VECTORISED static void bench_machine(void) {
    const long count = 1L << 26, steps = 1L << 22;
    double *const number = malloc((size_t)count * sizeof *number), best = INFINITY;
    uint32_t *next = (uint32_t *)number, at = 0;
    if (!number) exit(1);
    for (long i = 0; i < count; i++) number[i] = 1;
    double sum = 0;
    for (int repeat = 0; repeat < 5; repeat++) {
        const double start = MPI_Wtime();
        double part[32] = {0};
        for (long i = 0; i < count; i += 32)
            for (int k = 0; k < 32; k++) part[k] += number[i + k];
        for (int k = 0; k < 32; k++) sum += part[k];
        best = fmin(best, MPI_Wtime() - start);
    }
    for (long i = 0; i < count; i++) next[i] = (uint32_t)i;
    for (long i = count - 1; i > 0; i--) { /* one cycle through all (Sattolo) */
        const long other = (long)(nixe_random(1, 0, NIXE_RANDOM_EVENT, (uint64_t)i).word[0] % (uint64_t)i);
        const uint32_t kept = next[i];
        next[i] = next[other];
        next[other] = kept;
    }
    const double start = MPI_Wtime();
    for (long s = 0; s < steps; s++) at = next[at];
    const double wait = (MPI_Wtime() - start) / (double)steps;
    printf("machine    memory %.3g GB/s   latency %.3g ns   peak %.3g Gflop/s%s\n", 8e-9 * (double)count / best, 1e9 * wait,
           measure_peak(), sum + at > 0 ? "" : ".");
    free(number);
}

/* Which works `-bench_only` names: all without it. */
static void choose(int chosen[WORKS]) {
    char *name[WORKS];
    PetscInt names = WORKS;
    PetscBool given = PETSC_FALSE;
    if (PetscOptionsGetStringArray(NULL, NULL, "-bench_only", name, &names, &given)) exit(1);
    for (int w = 0; w < WORKS; w++) chosen[w] = !given;
    for (int k = 0; given && k < names; k++) {
        int w = 0;
        while (w < WORKS && strcmp(works[w].name, name[k]) != 0) w++;
        if (w == WORKS) {
            fprintf(stderr, "bench: there is no %s; there are", name[k]);
            for (int v = 0; v < WORKS; v++) fprintf(stderr, " %s", works[v].name);
            fprintf(stderr, "\n");
            exit(2);
        }
        chosen[w] = 1;
        PetscFree(name[k]);
    }
}

int main(int argc, char **argv) {
    nixe_parallel parallel;
    int chosen[WORKS];
    double effort = 1;
    if (SlepcInitialize(&argc, &argv, NULL, NULL)) return 1;
    choose(chosen);
    if (PetscOptionsGetReal(NULL, NULL, "-bench_effort", &effort, NULL)) return 1;
    must(nixe_parallel_create(&parallel, MPI_COMM_WORLD));
    for (int w = 0; w < WORKS; w++) {
        if (!chosen[w]) continue;
        const long sweeps = (long)(effort * (double)works[w].sweeps);
        if (works[w].sweeps < 0) bench_machine();
        else if (works[w].sweeps == 0) bench_kmc(&parallel, &works[w], 2 * effort);
        else bench_mc(&parallel, &works[w], sweeps > 100 ? sweeps : 100);
    }
    nixe_parallel_destroy(&parallel);
    return SlepcFinalize() != 0;
}
