/* What the parts of the benchmark share. */
#ifndef NIXE_DEVELOPER_BENCH_H
#define NIXE_DEVELOPER_BENCH_H

#include <stdio.h>
#include <stdlib.h>

#include "nixe/base/parallel.h"
#include "nixe/crystal/table.h"
#include "nixe/sampling/replica.h"

/* A crystal to measure; sweeps 0: by KMC; -1: the machine itself. */
typedef struct {
    const char *name;
    nixe_shape shape;
    int edge, layers;
    double kT, dmu;
    long sweeps;
} work;

static inline nixe_status create_lattice(nixe_lattice *lattice, nixe_shape shape, int edge, int shell_layers) {
    const nixe_recipe recipe = {.type = shape == NIXE_HEXAGON ? NIXE_TRIANGULAR : NIXE_SC,
                                .shape = shape,
                                .edge = edge,
                                .shell_layers = shell_layers,
                                .faces = "",
                                .single_faces = ""};
    return nixe_lattice_create(lattice, &recipe);
}

static inline void must(nixe_status status) {
    if (!status) return;
    fprintf(stderr, "bench: %s\n", nixe_status_message());
    exit(1);
}

static inline void create_table(nixe_table *table, const nixe_lattice *lattice, int sites, long stride, nixe_number kind) {
    char *number;
    must(nixe_allocate(&number, nixe_table_count(lattice, sites, stride, 0), kind, "a table"));
    must(nixe_table_create(table, lattice, sites, stride, kind, 0, number));
}

static inline void destroy_table(nixe_table *table) {
    void *number = table->number;
    nixe_table_destroy(table);
    free(number);
}

/* Both samplers, and their moves. */
void bench_mc(const nixe_parallel *parallel, const work *w, long sweeps);

/* Attempts a second of the kinds of moves, in turn; medians of five. */
void bench_moves(const nixe_state *state, const nixe_sampler *sampler, const int8_t *sigma, long sweeps);

#endif
