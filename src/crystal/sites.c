/* Sites: the sites of a crystal that a file lists. Pure; nothing here is collective. */
#include "nixe/crystal/sites.h"

#include <math.h>
#include <stdlib.h>

nixe_status nixe_sites_create(nixe_sites *sites, int count) {
    *sites = (nixe_sites){.count = count};
    NIXE_TRY(nixe_allocate(&sites->place, count, sizeof *sites->place, "the sites of a file"));
    NIXE_TRY(nixe_allocate(&sites->layer, count, sizeof *sites->layer, "the sites of a file"));
    NIXE_TRY(nixe_allocate(&sites->exchange, count, sizeof *sites->exchange, "the sites of a file"));
    NIXE_TRY(nixe_allocate(&sites->field, count, sizeof *sites->field, "the sites of a file"));
    NIXE_TRY(nixe_allocate(&sites->start, count, sizeof *sites->start, "the sites of a file"));
    for (int i = 0; i < count; i++) sites->exchange[i] = 1;
    return NIXE_OK;
}

void nixe_sites_destroy(nixe_sites *sites) {
    free(sites->place);
    free(sites->layer);
    free(sites->exchange);
    free(sites->field);
    free(sites->start);
    *sites = (nixe_sites){0};
}

int nixe_sites_are_close(const nixe_lattice_kind *kind, const nixe_sites *sites) {
    double places = kind->basis_sites;
    for (int k = 0; k < 3; k++) {
        int low = sites->place[0].c[k], high = low;
        for (int i = 0; i < sites->count; i++) {
            low = sites->place[i].c[k] < low ? sites->place[i].c[k] : low;
            high = sites->place[i].c[k] > high ? sites->place[i].c[k] : high;
        }
        places *= (double)high - low + 5;
    }
    return places <= 5e8;
}

double nixe_place_find(const nixe_lattice_kind *kind, const double x[3], nixe_place *place) {
    double y[3], least = INFINITY;
    nixe_lattice_coordinates(kind, 0, x, y);
    for (int b = 0; b < kind->basis_sites; b++) {
        int c[3] = {0};
        double at[3], square = 0;
        for (int k = 0; k < kind->dimension; k++) c[k] = (int)lround(y[k] - kind->basis[b][k]);
        nixe_lattice_place(kind, c, b, at);
        for (int k = 0; k < 3; k++) square += (at[k] - x[k]) * (at[k] - x[k]);
        if (square >= least) continue;
        least = square;
        *place = (nixe_place){{c[0], c[1], c[2]}, b};
    }
    return sqrt(least);
}
