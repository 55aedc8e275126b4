/* Lazy block: the rates of one block, as they are held, and its bounds. Nothing here is collective. */
#include <math.h>

#include "nixe/sampling/lazy.h"

/* What rounding of weights and of sums in single precision can make of a sum, with room to spare. */
static const double pad = 1e-5;

static void freshen(nixe_lazy *own, const nixe_cells *cells, int block) {
    const int first = cells->begin[block];
    if (!own->stale[block]) return;
    own->stale[block] = 0;
    nixe_loop_weights(nixe_cells_width(cells, block), own->field + first, own->weight + first);
}

void nixe_lazy_sum_block(const nixe_trajectory *trajectory, int block, double bound[NIXE_LAZY_KINDS]) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lazy_tables *tables = rates->own;
    const nixe_cells *cells = &tables->cells;
    nixe_lazy *own = trajectory->own;
    const int first = cells->begin[block], last = cells->begin[block + 1], stride = tables->influence.stride;
    freshen(own, cells, block);
    for (int k = cells->beside_begin[block]; k < cells->beside_middle[block]; k++) freshen(own, cells, cells->beside[k]);
    own->rates[0] = nixe_lazy_swaps(first, last, rates->lattice->directions / 2, cells->places, cells->next,
                                    tables->bond_factor, own->weight, own->rate);
    own->rates[1] = own->rates[2] = 0;
    if (tables->exchanging[block]) {
        nixe_lazy_exchanges(first, last, tables->exchange_factor, own->weight, own->rates + 1);
        for (int ion = 0; ion < 2; ion++) own->rates[1 + ion] *= trajectory->driving[ion];
    }
    const double held[NIXE_LAZY_KINDS] = {own->rates[0], own->rates[1] + own->rates[2]};
    for (int kind = 0; kind < NIXE_LAZY_KINDS; kind++) {
        const int64_t pending = own->pending[kind * stride + block];
        bound[kind] = held[kind] > 0 ? held[kind] * exp2((double)pending / NIXE_FIXED_ONE) : 0;
    }
}

static void set_bounds(const nixe_trajectory *trajectory, int block, const double bound[NIXE_LAZY_KINDS]) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_lazy *own = trajectory->own;
    for (int kind = 0; kind < NIXE_LAZY_KINDS; kind++)
        own->bound[kind * tables->influence.stride + block] = bound[kind] * (1 + pad);
}

void nixe_lazy_set_bounds(const nixe_trajectory *trajectory, int block) {
    double bound[NIXE_LAZY_KINDS];
    nixe_lazy_sum_block(trajectory, block, bound);
    set_bounds(trajectory, block, bound);
}

void nixe_lazy_fail(nixe_trajectory *trajectory, int block) {
    trajectory->next_time = INFINITY;
    trajectory->status = nixe_fail(NIXE_FAILED,
                                   "trajectory %llu, event %lld: a rate in block %d is above its bound; this is a mistake in "
                                   "nixe (-kmc_algorithm eager does without bounds)",
                                   (unsigned long long)trajectory->index, (long long)trajectory->events, block);
}

void nixe_lazy_refresh(nixe_trajectory *trajectory, int block) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_lazy *own = trajectory->own;
    const int stride = tables->influence.stride;
    double bound[NIXE_LAZY_KINDS];
    nixe_lazy_sum_block(trajectory, block, bound);
    for (int kind = 0; kind < NIXE_LAZY_KINDS; kind++)
        if (!(bound[kind] <= own->bound[kind * stride + block])) {
            nixe_lazy_fail(trajectory, block);
            return;
        }
    set_bounds(trajectory, block, bound);
    for (int kind = 0; kind < NIXE_LAZY_KINDS; kind++) {
        const int group = (kind * stride + block) / NIXE_LAZY_GROUP;
        nixe_lazy_sum(1, own->bound + group * NIXE_LAZY_GROUP, own->sum + group);
    }
}
