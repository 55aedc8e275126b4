/* Lazy pending: what is pending in a window: the events, as bounds know them, and the list of their net numbers. Nothing here
 * is collective. */
#include <stdlib.h>
#include <string.h>

#include "nixe/sampling/lazy.h"

static nixe_lazy_change of_bond(const nixe_trajectory *trajectory, int site, int d, int gains) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const nixe_lazy_tables *tables = trajectory->rates->own;
    return (nixe_lazy_change){.key = (long)site * (lattice->directions / 2) + d,
                              .site = site,
                              .other = nixe_lattice_neighbours(lattice, site)[d],
                              .row = tables->cells.orbit[site],
                              .gains = gains};
}

static nixe_lazy_change of_exchange(const nixe_trajectory *trajectory, int site, int gains) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const nixe_lazy_tables *tables = trajectory->rates->own;
    return (nixe_lazy_change){.key = (long)lattice->sites * (lattice->directions / 2) + site,
                              .site = site,
                              .other = NIXE_RESERVOIR,
                              .row = tables->influence.exchange_row[tables->cells.orbit[site]],
                              .gains = gains};
}

/* A swap and the swap back have the same bond. */
nixe_lazy_change nixe_lazy_change_of(const nixe_trajectory *trajectory, nixe_event e) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const int half = lattice->directions / 2;
    if (e.a == NIXE_RESERVOIR) return of_exchange(trajectory, e.b, 1);
    if (e.b == NIXE_RESERVOIR) return of_exchange(trajectory, e.a, 0);
    const int low = e.a < e.b ? e.a : e.b, high = e.a < e.b ? e.b : e.a;
    for (int d = 0; d < half; d++)
        if (nixe_lattice_neighbours(lattice, low)[d] == high) return of_bond(trajectory, low, d, low == e.b);
    for (int d = 0; d < half; d++)
        if (nixe_lattice_neighbours(lattice, high)[d] == low) return of_bond(trajectory, high, d, high == e.b);
    nixe_end("a swap of two sites that are not neighbours");
}

/* Where a key is in the list, or would be. */
static int place_in_list(const nixe_lazy *own, int key) {
    int low = 0, high = own->listed;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (own->list[middle] < key) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* One more event of a key, or one back: the list has those that are not 0, in an order that follows from them alone. */
void nixe_lazy_count(nixe_lazy *own, int key, int more) {
    const int before = own->net[key], after = before + more, at = place_in_list(own, key);
    own->net[key] = (int8_t)after;
    if (!before) {
        memmove(own->list + at + 1, own->list + at, (size_t)(own->listed++ - at) * sizeof *own->list);
        own->list[at] = key;
    } else if (!after) {
        memmove(own->list + at, own->list + at + 1, (size_t)(--own->listed - at) * sizeof *own->list);
    }
    if (after > own->head->most_net || -after > own->head->most_net) own->head->most_net = after > 0 ? after : -after;
    own->moved |= after >= NIXE_LAZY_MOST_NET || after <= -NIXE_LAZY_MOST_NET;
}

/* The change that a key stands for. */
nixe_lazy_change nixe_lazy_change_of_key(const nixe_trajectory *trajectory, long key, int gains) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const int half = lattice->directions / 2;
    const long bonds = (long)lattice->sites * half;
    return key < bonds ? of_bond(trajectory, (int)(key / half), (int)(key % half), gains)
                       : of_exchange(trajectory, (int)(key - bonds), gains);
}

double nixe_lazy_bound_of(const nixe_trajectory *trajectory, int number, int kind, int block) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_cells *cells = &tables->cells;
    const nixe_influence *influence = &tables->influence;
    const nixe_lazy *own = trajectory->own;
    const int key = own->list[number], net = own->net[key];
    const nixe_lazy_change c = nixe_lazy_change_of_key(trajectory, key, net > 0);
    const int source = cells->source[(long)cells->operation[c.site] * cells->blocks + block];
    const uint8_t *level = kind == NIXE_LAZY_SWAPS ? influence->swaps : influence->exchanges;
    return abs(net) * (double)tables->step[level[(long)c.row * influence->stride + source]];
}

/* In near blocks it is held. */
double nixe_lazy_exponent_of(const nixe_trajectory *trajectory, int number, int sites, const int site[2]) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lazy_tables *tables = rates->own;
    const nixe_cells *cells = &tables->cells;
    const nixe_influence *influence = &tables->influence;
    const nixe_lazy *own = trajectory->own;
    const int key = own->list[number], net = own->net[key];
    const nixe_lazy_change c = nixe_lazy_change_of_key(trajectory, key, net > 0);
    const int32_t ends[2] = {c.site, c.other};
    double exponent = 0;
    for (int k = 0; k < sites; k++) {
        const int source = cells->source[(long)cells->operation[c.site] * cells->blocks + cells->block[site[k]]];
        int32_t row[2] = {0};
        if (influence->exchanges[(long)c.row * influence->stride + source] == 0) continue;
        nixe_table_pick(rates->table, site[k], c.other == NIXE_RESERVOIR ? 1 : 2, ends, row);
        exponent += (double)trajectory->sigma[site[k]] * ((double)row[0] - (double)row[1]);
    }
    return net * exponent;
}
