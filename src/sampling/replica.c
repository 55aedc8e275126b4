/* Replica: what all samplers share. Nothing here is collective. */
#include "nixe/sampling/replica.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/random.h"
#include "nixe/crystal/order.h"
#include "nixe/crystal/separated.h"
#include "nixe/sampling/hot_loops.h"

nixe_status nixe_replica_create(nixe_replica *replica, const nixe_lattice *lattice, int core_sites,
                                const nixe_sampler *sampler) {
    *replica = (nixe_replica){.sampler = sampler};
    NIXE_TRY(nixe_allocate(&replica->sigma, lattice->sites, 1, "a replica"));
    NIXE_TRY(nixe_allocate(&replica->core_sigma, core_sites, 1, "a replica"));
    NIXE_TRY(nixe_allocate(&replica->surroundings, lattice->sites, 1, "a replica"));
    NIXE_TRY(nixe_allocate(&replica->field, core_sites, sizeof(double), "a replica"));
    return sampler->create ? sampler->create(replica, core_sites) : NIXE_OK;
}

void nixe_replica_destroy(nixe_replica *replica) {
    free(replica->sigma);
    free(replica->core_sigma);
    free(replica->surroundings);
    free(replica->field);
    if (replica->own) replica->sampler->destroy(replica);
    *replica = (nixe_replica){0};
}

nixe_status nixe_replica_start_sigma(const nixe_couplings *couplings, nixe_replica_start start, uint64_t seed, uint64_t index,
                                     int state, int8_t *core_sigma) {
    int wanted = couplings->count_A;
    if (start == NIXE_REPLICA_SEPARATED)
        return nixe_separated(couplings->lattice, couplings->sites, couplings->site, couplings->count_A, core_sigma);
    for (int k = 0; k < couplings->sites && start == NIXE_REPLICA_LISTED; k++)
        core_sigma[k] = couplings->lattice->start[couplings->site[k]];
    if (start == NIXE_REPLICA_LISTED) return NIXE_OK;
    for (int k = 0; k < couplings->sites; k++) { /* selection sampling: each subset is equally likely */
        double u = nixe_uniform_from_0(nixe_random_state(seed, index, state, NIXE_RANDOM_START, (uint64_t)k).word[0]);
        core_sigma[k] = u * (couplings->sites - k) < wanted ? 1 : -1;
        wanted -= core_sigma[k] > 0;
    }
    return NIXE_OK;
}

static int phase_of(const nixe_replica *replica, int site) {
    return replica->phase_table[replica->surroundings[site] + (replica->sigma[site] > 0 ? 64 : 0)];
}

/* Surroundings and phases of all sites, and unlike pairs, from the configuration. */
static void count_order(nixe_replica *replica) {
    const nixe_lattice *lattice = replica->state->couplings->lattice;
    memset(replica->phase_count, 0, sizeof replica->phase_count);
    nixe_phase_table(lattice, replica->phase_table);
    nixe_unlike_count(lattice, replica->sigma, replica->unlike);
    for (int site = 0; site < lattice->sites; site++) {
        replica->surroundings[site] = nixe_site_surroundings(lattice, replica->sigma, site);
        if (lattice->averaged[site]) replica->phase_count[phase_of(replica, site)]++;
    }
}

void nixe_replica_refresh(nixe_replica *replica) {
    const nixe_couplings *couplings = replica->state->couplings;
    nixe_couplings_fields(couplings, replica->core_sigma, replica->field);
    replica->energy = nixe_couplings_energy(couplings, replica->core_sigma, replica->field, 1);
    count_order(replica);
    if (replica->own) replica->sampler->refresh(replica);
}

/* The whole crystal from the configuration of its core. */
static void set_crystal(nixe_replica *replica, const int8_t *core_sigma) {
    const nixe_couplings *couplings = replica->state->couplings;
    if (core_sigma != replica->core_sigma) memcpy(replica->core_sigma, core_sigma, (size_t)couplings->sites);
    memset(replica->sigma, -1, (size_t)couplings->lattice->sites);
    replica->count_A = 0;
    for (int k = 0; k < couplings->sites; k++) {
        replica->sigma[couplings->site[k]] = core_sigma[k];
        replica->count_A += core_sigma[k] > 0;
    }
}

void nixe_replica_set_sigma(nixe_replica *replica, const int8_t *core_sigma) {
    set_crystal(replica, core_sigma);
    nixe_replica_refresh(replica);
}

void nixe_replica_begin(nixe_replica *replica, const nixe_state *state, uint64_t seed, uint64_t index,
                        const int8_t *core_sigma) {
    replica->state = state;
    replica->seed = seed;
    replica->index = index;
    replica->sweeps = replica->accepted = replica->choices = 0;
    nixe_replica_set_sigma(replica, core_sigma);
}

int nixe_replica_sweep(nixe_replica *replica) {
    if (!replica->sampler->sweep(replica)) return 0;
    replica->sweeps++;
    if (replica->sweeps % NIXE_REFRESH_SWEEPS == 0) nixe_replica_refresh(replica);
    return 1;
}

/* Turn one site: its phase and those of its neighbours change, and which of them are unlike it. */
static void turn(nixe_replica *replica, int k) {
    const nixe_lattice *lattice = replica->state->couplings->lattice;
    const int site = replica->state->couplings->site[k], z = lattice->directions;
    const int32_t *next = nixe_lattice_neighbours(lattice, site);
    const int8_t sigma = (int8_t)-replica->sigma[site];
    int *count = replica->phase_count;
    if (lattice->averaged[site]) count[phase_of(replica, site)]--;
    replica->core_sigma[k] = replica->sigma[site] = sigma;
    if (lattice->averaged[site]) count[phase_of(replica, site)]++;
    for (int d = 0; d < z; d++) {
        const int near = next[d], back = d < z / 2 ? d + z / 2 : d - z / 2;
        if (near < 0) continue;
        if (lattice->layer[near] == 0) replica->unlike[lattice->direction_class[d]] += replica->sigma[near] != sigma ? 1 : -1;
        if (lattice->averaged[near]) count[phase_of(replica, near)]--;
        replica->surroundings[near] =
            nixe_surroundings_change(nixe_has_plaquettes(lattice), replica->surroundings[near], back, sigma > 0);
        if (lattice->averaged[near]) count[phase_of(replica, near)]++;
    }
}

void nixe_replica_swap(nixe_replica *replica, int i, int j, double difference) {
    turn(replica, i);
    turn(replica, j);
    replica->energy += difference;
    replica->accepted++;
}

void nixe_replica_flip(nixe_replica *replica, int k, double difference) {
    turn(replica, k);
    replica->count_A += replica->core_sigma[k];
    replica->energy += difference;
    replica->accepted++;
}

double nixe_replica_energy(const nixe_replica *replica) {
    const nixe_couplings *couplings = replica->state->couplings;
    double shift = 0;
    for (int k = 0; k < couplings->sites; k++) shift += couplings->shift[k] * replica->core_sigma[k];
    return replica->energy - shift;
}

void nixe_replica_fractions(const nixe_replica *replica, double f[NIXE_PHASES]) {
    for (int p = 0; p < NIXE_PHASES; p++)
        f[p] = (double)replica->phase_count[p] / replica->state->couplings->lattice->averaged_sites; /* 0/0 = NaN */
}

void nixe_replica_unlike(const nixe_replica *replica, double *fraction) {
    nixe_unlike_fractions(replica->state->couplings->lattice, replica->unlike, fraction);
}

/* Numbers of a replica, and their places, in the order in which they are saved. */
enum { PARTS = 8 };

static void list_parts(nixe_replica *r, nixe_part parts[PARTS]) {
    const size_t n = (size_t)r->state->couplings->sites;
    const nixe_part all[PARTS] = {{&r->seed, sizeof r->seed},
                                  {&r->index, sizeof r->index},
                                  {&r->energy, sizeof r->energy},
                                  {&r->sweeps, sizeof r->sweeps},
                                  {&r->accepted, sizeof r->accepted},
                                  {&r->choices, sizeof r->choices},
                                  {r->core_sigma, n},
                                  {r->field, n * sizeof *r->field}};
    memcpy(parts, all, sizeof all);
}

nixe_status nixe_replica_save(const nixe_replica *replica, nixe_bytes *bytes) {
    nixe_part parts[PARTS];
    list_parts((nixe_replica *)replica, parts); /* the list serves saving and loading */
    NIXE_TRY(nixe_parts_put(parts, PARTS, bytes));
    return replica->own ? replica->sampler->save(replica, bytes) : NIXE_OK;
}

/* Whether a state that was loaded can be one of a replica. The fields are kept only by samplers that have nothing of their own.
 * Rounding is measured by what fields are summed from: in a core of B alone they cancel. */
static int is_sound(const nixe_replica *replica, double *fresh) {
    const nixe_couplings *couplings = replica->state->couplings;
    const long n = couplings->sites;
    long sum;
    double scale = 0, largest = 0;
    if (!nixe_are_ions(n, replica->core_sigma, &sum)) return 0;
    if (replica->state->flips == 0 && sum != 2L * couplings->count_A - n) return 0;
    if (replica->sweeps < 0 || replica->accepted < 0 || replica->choices < 0) return 0;
    nixe_couplings_fields(couplings, replica->core_sigma, fresh);
    const double energy = nixe_couplings_energy(couplings, replica->core_sigma, fresh, 1);
    for (long k = 0; k < n; k++) {
        const double here = fabs(couplings->self[k]) + fabs(couplings->shell_field[k]);
        largest = fmax(largest, here);
        scale += fabs(fresh[k]) + here;
    }
    if (!(fabs(replica->energy - energy) <= 1e-6 * scale)) return 0;
    return replica->own || nixe_are_near(n, replica->field, fresh, largest);
}

nixe_status nixe_replica_load(nixe_replica *replica, const nixe_state *state, nixe_bytes *bytes) {
    nixe_part parts[PARTS];
    replica->state = state;
    list_parts(replica, parts);
    NIXE_TRY(nixe_parts_get(parts, PARTS, bytes));
    double *fresh;
    NIXE_TRY(nixe_allocate(&fresh, state->couplings->sites, sizeof *fresh, "fields"));
    const int sound = is_sound(replica, fresh);
    free(fresh);
    NIXE_TRY(nixe_bytes_expect(sound, "a replica"));
    set_crystal(replica, replica->core_sigma);
    count_order(replica);
    return replica->own ? replica->sampler->load(replica, bytes) : NIXE_OK;
}
