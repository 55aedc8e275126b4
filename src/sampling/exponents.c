/* Exponents: the tables of a model in fixed point. Nothing here is collective. */
#include "nixe/sampling/exponents.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double ising_of(const nixe_energy *energy, int d) {
    const nixe_lattice *lattice = energy->lattice;
    return -energy->J * lattice->bond_class[lattice->direction_class[d]].ising;
}

void nixe_exponents_fill(const nixe_energy *energy, double kT, const nixe_table *table, long first, long last) {
    const nixe_lattice *lattice = energy->lattice;
    for (long r = first; r < last; r++) {
        const int i = nixe_table_site(table, r);
        const double *V = nixe_table_copy(energy->potential, i, 1); /* the table may lie over the potential */
        int32_t *row = nixe_table_edit(table, r);
        for (int j = 0; j < lattice->sites; j++) row[j] = 2 * nixe_fixed_exponent(energy->epsilon * V[j], kT);
        for (int d = 0; d < lattice->directions && energy->J != 0; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j >= 0) row[j] = 2 * nixe_fixed_exponent(energy->epsilon * V[j] + ising_of(energy, d), kT);
        }
        row[i] = 0;
        nixe_table_store(table, r);
    }
}

static nixe_status list_slots(const nixe_lattice *lattice, nixe_exponents *own) {
    NIXE_TRY(nixe_allocate(&own->slot_begin, lattice->sites + 2, sizeof(int32_t), "the rates"));
    NIXE_TRY(nixe_allocate(&own->slot, lattice->slots, sizeof(int32_t), "the rates"));
    int32_t *end = own->slot_begin + 1; /* while they are filled, one further on */
    for (int slot = 0; slot < lattice->slots; slot++)
        if (lattice->slot_site[slot] >= 0) end[lattice->slot_site[slot] + 1]++;
    for (int i = 0; i < lattice->sites; i++) end[i + 1] += end[i];
    for (int slot = 0; slot < lattice->slots; slot++)
        if (lattice->slot_site[slot] >= 0) own->slot[end[lattice->slot_site[slot]]++] = slot;
    return NIXE_OK;
}

static nixe_status set_exchange(const nixe_rates *rates, nixe_exponents *own) {
    const int n = rates->lattice->sites, empty = (n + NIXE_VECTOR - 1) / NIXE_VECTOR;
    int vectors = 0;
    NIXE_TRY(nixe_allocate(&own->exchange_factor, (empty + 1) * NIXE_VECTOR, sizeof(float), "the rates"));
    NIXE_TRY(nixe_allocate(&own->vector, rates->surface_sites + NIXE_VECTORS_A_CHUNK, sizeof(int32_t), "the rates"));
    for (int s = 0; s < rates->surface_sites; s++) {
        const int i = rates->surface[s], vector = i / NIXE_VECTOR;
        own->exchange_factor[i] = (float)nixe_rates_bare_exchange(rates, i);
        if (vectors == 0 || own->vector[vectors - 1] != vector) own->vector[vectors++] = vector;
    }
    own->chunks = nixe_exponents_chunks(vectors);
    while (vectors < own->chunks * NIXE_VECTORS_A_CHUNK) own->vector[vectors++] = empty;
    return NIXE_OK;
}

static nixe_status set_bonds(const nixe_rates *rates, nixe_exponents *own) {
    const nixe_lattice *lattice = rates->lattice;
    NIXE_TRY(nixe_allocate(&own->bond_factor, (long)own->stride * (lattice->directions / 2), sizeof(float), "the rates"));
    for (int i = 0; i < lattice->sites; i++) {
        for (int d = 0; d < lattice->directions / 2; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j < 0) continue;
            const double twice = rates->table ? nixe_table_at(rates->table, i, j) : own->step[d];
            own->bond_factor[(long)d * own->stride + lattice->home[i]] =
                (float)(nixe_rates_bare_swap(rates, d) * exp2(twice / NIXE_FIXED_ONE));
        }
    }
    return NIXE_OK;
}

nixe_status nixe_exponents_create(nixe_rates *rates) {
    const nixe_lattice *lattice = rates->lattice;
    const int n = lattice->sites;
    nixe_exponents *own;
    NIXE_TRY(nixe_allocate(&own, 1, sizeof *own, "the rates"));
    rates->own = own;
    own->stride = rates->padded + NIXE_VECTOR;
    NIXE_TRY(nixe_allocate(&own->bare, n, sizeof(int32_t), "the rates"));
    NIXE_TRY(nixe_allocate(&own->field_A, n, sizeof(int32_t), "the rates"));
    NIXE_TRY(nixe_allocate(&own->nothing, n, sizeof(int32_t), "the rates"));
    NIXE_TRY(nixe_allocate(&own->step, lattice->directions, sizeof(int32_t), "the rates"));
    for (int i = 0; i < n; i++) own->bare[i] = nixe_fixed_exponent(lattice->field[i], rates->kinetics.kT);
    for (int d = 0; d < lattice->directions; d++)
        own->step[d] = 2 * nixe_fixed_exponent(ising_of(rates->energy, d), rates->kinetics.kT);
    NIXE_TRY(set_bonds(rates, own));
    NIXE_TRY(set_exchange(rates, own));
    if (!rates->table) return list_slots(lattice, own);
    nixe_fixed_fields_of_A(rates->table, own->bare, own->field_A);
    return NIXE_OK;
}

void nixe_exponents_list(const nixe_lattice *lattice, nixe_exponents *exponents,
                         nixe_common_array arrays[NIXE_EXPONENTS_ARRAYS]) {
    const long long n = lattice->sites, d = lattice->directions, empty = (n + NIXE_VECTOR - 1) / NIXE_VECTOR, word = 4;
    const nixe_common_array all[NIXE_EXPONENTS_ARRAYS] = {
        {&exponents->bare, n * word},
        {&exponents->field_A, n * word},
        {&exponents->nothing, n * word},
        {&exponents->step, d * word},
        {&exponents->bond_factor, d / 2 * exponents->stride * word},
        {&exponents->exchange_factor, (empty + 1) * NIXE_VECTOR * word},
        {&exponents->vector, (long long)exponents->chunks * NIXE_VECTORS_A_CHUNK * word}};
    memcpy(arrays, all, sizeof all);
}

void nixe_exponents_destroy(nixe_rates *rates) {
    nixe_exponents *own = rates->own;
    free(own->bare);
    free(own->field_A);
    free(own->nothing);
    free(own->step);
    free(own->bond_factor);
    free(own->exchange_factor);
    free(own->vector);
    free(own->slot_begin);
    free(own->slot);
    free(own);
}
