/* Lazy tables: what the lazy algorithm needs of a model beside its exponents. Nothing here is collective. */
#include <math.h>
#include <stdlib.h>

#include "nixe/sampling/lazy.h"

static const char *const what = "the rates";

/* Bonds and exchanges by places. */
static nixe_status place_factors(const nixe_rates *rates, nixe_lazy_tables *own) {
    const nixe_lattice *lattice = rates->lattice;
    const nixe_exponents *table = own->exponents;
    const nixe_cells *cells = &own->cells;
    const int half = lattice->directions / 2;
    NIXE_TRY(nixe_allocate(&own->bond_factor, (long)half * cells->places, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&own->exchange_factor, cells->places, sizeof(float), what));
    NIXE_TRY(nixe_allocate(&own->exchanging, cells->blocks, 1, what));
    for (int i = 0; i < lattice->sites; i++) {
        const int place = cells->place[i];
        for (int d = 0; d < half; d++)
            own->bond_factor[(long)d * cells->places + place] = table->bond_factor[(long)d * table->stride + lattice->home[i]];
        own->exchange_factor[place] = table->exchange_factor[i];
        if (table->exchange_factor[i] > 0) own->exchanging[cells->block[i]] = 1;
    }
    return NIXE_OK;
}

static nixe_status find_influence(const nixe_rates *rates, double near, nixe_lazy_tables *own) {
    uint8_t *exchanges;
    NIXE_TRY(nixe_allocate(&exchanges, rates->lattice->sites, 1, what));
    for (int i = 0; i < rates->lattice->sites; i++) exchanges[i] = own->exponents->exchange_factor[i] > 0;
    NIXE_TRY(nixe_influence_create(&own->influence, &own->cells, rates->table, exchanges, near));
    free(exchanges);
    for (int level = 0; level < NIXE_LEVELS; level++) {
        own->step[level] = own->influence.step[level];
        own->back[level] = -own->step[level];
        own->grow[level] = exp2((double)own->step[level] / NIXE_FIXED_ONE);
        own->shrink[level] = exp2((double)own->back[level] / NIXE_FIXED_ONE);
    }
    return NIXE_OK;
}

nixe_status nixe_lazy_create_tables(nixe_rates *rates, int most, double near) {
    nixe_lazy_tables *own;
    NIXE_TRY(nixe_exponents_create(rates));
    NIXE_TRY(nixe_allocate(&own, 1, sizeof *own, what));
    own->exponents = rates->own;
    rates->own = own;
    for (int k = 0; k < NIXE_CELL_SITES; k++) own->turned[k] = (uint8_t)k;
    NIXE_TRY(nixe_cells_create(&own->cells, rates->lattice, most));
    NIXE_TRY(find_influence(rates, near, own));
    return place_factors(rates, own);
}

/* Near is where an event changes rates by more than this, relatively: less in larger crystals, where more is far. Measured. */
static double nearness(int sites) { return 0.012 * sqrt(1000.0 / sites); }

nixe_status nixe_lazy_create_rates(nixe_rates *rates) {
    return nixe_lazy_create_tables(rates, NIXE_CELL_SITES, nearness(rates->lattice->sites) / log(2) * NIXE_FIXED_ONE);
}

/* Of operations that make no block of a block, which are few, nothing is known here. Rows of representatives: levels of two
 * kinds for swaps and exchanges, and where near rows are, or before that the largest changes; and these, of some 100 blocks. */
double nixe_lazy_bytes(const nixe_lattice *lattice) {
    const double n = lattice->sites, orbits = lattice->symmetry.orbits, blocks = n / (0.75 * NIXE_CELL_SITES) + 1;
    const double rows = orbits * blocks * (4 + sizeof(int64_t)), near = orbits * fmin(blocks, 100) * NIXE_CELL_SITES * 4;
    const double symmetry = n * lattice->symmetry.operations, bonds = n * lattice->directions * (4 + 4 + 2 + 2 + 0.5);
    return rows + near + symmetry + bonds + 40 * n;
}

void nixe_lazy_destroy_rates(nixe_rates *rates) {
    nixe_lazy_tables *own = rates->own;
    rates->own = own->exponents;
    nixe_exponents_destroy(rates);
    nixe_influence_destroy(&own->influence);
    nixe_cells_destroy(&own->cells);
    free(own->bond_factor);
    free(own->exchange_factor);
    free(own->exchanging);
    free(own);
}
