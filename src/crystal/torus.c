/* Torus: the cells of a crystal that is periodic in all directions, and the place of each site among them. Pure. */
#include "nixe/crystal/torus.h"

#include <stdlib.h>

#include "nixe/crystal/lattice.h"

nixe_status nixe_torus_create(nixe_torus *torus, const nixe_lattice *lattice) {
    const int d = lattice->dimension;
    nixe_cell cell;
    *torus = (nixe_torus){.cells = {1, 1, 1}, .in_order = 1};
    nixe_lattice_cell_sites(&nixe_lattice_kinds[lattice->type], 1, &cell);
    long places = cell.sites;
    for (int k = 0; k < d; k++) places *= torus->cells[k] = lattice->cells[k] ? lattice->cells[k] : 1;
    if (lattice->periods < d || places != lattice->core_sites || places != lattice->sites) return NIXE_OK;
    NIXE_TRY(nixe_allocate(&torus->place, places, sizeof(int32_t), "the cells"));
    NIXE_TRY(nixe_allocate(&torus->site, places, sizeof(int32_t), "the cells"));
    NIXE_TRY(nixe_allocate(&torus->cell, places, sizeof *torus->cell, "the cells"));
    for (int site = 0; site < lattice->sites; site++) {
        double x[3] = {0};
        int c[3];
        for (int k = 0; k < d; k++) x[k] = lattice->position[(long)d * site + k] + lattice->center[k];
        const int s = nixe_lattice_in_cell(&cell, x, c);
        for (int k = 0; k < 3; k++) c[k] = (c[k] % torus->cells[k] + torus->cells[k]) % torus->cells[k];
        const int place = ((c[2] * torus->cells[1] + c[1]) * torus->cells[0] + c[0]) * cell.sites + s;
        torus->place[site] = place;
        torus->site[place] = site;
        torus->cell[site] = (nixe_torus_cell){c[0], c[1], c[2], s};
        torus->in_order &= place == site;
    }
    torus->sites = cell.sites;
    return NIXE_OK;
}

void nixe_torus_destroy(nixe_torus *torus) {
    free(torus->place);
    free(torus->site);
    free(torus->cell);
    *torus = (nixe_torus){0};
}
