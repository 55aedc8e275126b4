/* Lazy tables: what the lazy algorithm needs of a model beside its exponents. Collective over the parts of
 * the commons. */
#include <math.h>
#include <stdlib.h>

#include "nixe/sampling/lazy.h"

static const char *const what = "the rates";

/* Bonds and exchanges by places, by part 0. */
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

static nixe_status share_factors(const nixe_rates *rates, nixe_lazy_tables *own) {
    const long long places = own->cells.places, half = rates->lattice->directions / 2;
    const nixe_common_array arrays[] = {{&own->bond_factor, half * places * (long long)sizeof(float)},
                                        {&own->exchange_factor, places * (long long)sizeof(float)},
                                        {&own->exchanging, own->cells.blocks}};
    NIXE_TRY(nixe_commons_meet(rates->commons, rates->commons->part == 0 ? place_factors(rates, own) : NIXE_OK));
    return nixe_commons_publish(rates->commons, sizeof arrays / sizeof *arrays, arrays, what);
}

/* The exponents, which are made by part 0. */
static nixe_status share_exponents(nixe_rates *rates, nixe_lazy_tables *own) {
    nixe_commons *commons = rates->commons;
    nixe_exponents *made;
    nixe_status status = NIXE_OK;
    if (commons->part == 0) status = nixe_exponents_create(rates);
    else status = nixe_allocate(&rates->own, 1, sizeof(nixe_exponents), what);
    own->exponents = made = rates->own;
    NIXE_TRY(nixe_commons_meet(commons, status));
    NIXE_TRY(nixe_commons_copy(commons, NIXE_OK, made, sizeof *made));
    nixe_common_array arrays[NIXE_EXPONENTS_ARRAYS];
    nixe_exponents_list(rates->lattice, made, arrays);
    return nixe_commons_publish(commons, NIXE_EXPONENTS_ARRAYS, arrays, what);
}

static nixe_status find_influence(const nixe_rates *rates, double near, nixe_lazy_tables *own) {
    uint8_t *exchanges;
    NIXE_TRY(nixe_allocate(&exchanges, rates->lattice->sites, 1, what));
    for (int i = 0; i < rates->lattice->sites; i++) exchanges[i] = own->exponents->exchange_factor[i] > 0;
    NIXE_TRY(nixe_influence_create(&own->influence, &own->cells, rates->table, exchanges, near, rates->commons));
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
    NIXE_TRY(nixe_allocate(&own, 1, sizeof *own, what));
    NIXE_TRY(share_exponents(rates, own));
    rates->own = own;
    for (int k = 0; k < NIXE_CELL_SITES; k++) own->turned[k] = (uint8_t)k;
    NIXE_TRY(nixe_cells_create(&own->cells, rates->lattice, most, rates->commons));
    NIXE_TRY(find_influence(rates, near, own));
    return share_factors(rates, own);
}

/* Near is where an event changes rates by more than this, relatively: less in larger crystals, where more is far. Measured. */
static double nearness(int sites) { return 0.012 * sqrt(1000.0 / sites); }

nixe_status nixe_lazy_create_rates(nixe_rates *rates) {
    return nixe_lazy_create_tables(rates, NIXE_CELL_SITES, nearness(rates->lattice->sites) / log(2) * NIXE_FIXED_ONE);
}

/* Rows of representatives: levels of two kinds for swaps and exchanges, where near rows are, and which are needed; these, of
 * some 100 blocks; operations; and by sites or places, with room in blocks that are not full, bonds and what else there is. The
 * largest changes, while the levels are not there, take less than near rows do. */
double nixe_lazy_bytes_of_tables(const nixe_lattice *lattice) {
    const double n = lattice->sites, orbits = lattice->symmetry.orbits, blocks = n / (0.75 * NIXE_CELL_SITES) + 1;
    const double rows = orbits * blocks * (2 * 1.3 + 4 + 1), near = orbits * fmin(blocks, 100) * NIXE_CELL_SITES * 4;
    const double symmetry = n * lattice->symmetry.operations * 1.3, bonds = n * lattice->directions * (4 * 1.3 + 2 * 1.3 + 2);
    return rows + near + symmetry + bonds + 50 * n;
}

/* The list of what is pending and its counts, 35 bytes for a site, 200 for a block. */
double nixe_lazy_bytes(const nixe_lattice *lattice) {
    const double n = lattice->sites, keys = n * (lattice->directions / 2 + 1);
    return 5 * keys + 35 * n + 200 * (n / (0.75 * NIXE_CELL_SITES) + 1);
}

/* All else belongs to the commons. */
void nixe_lazy_destroy_rates(nixe_rates *rates) {
    nixe_lazy_tables *own = rates->own;
    free(own->exponents);
    free(own);
}
