/* Lazy window: events that are followed, and windows that end. Nothing here is collective. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/sampling/lazy.h"

/* An event that changes what is held of a block by a larger exponent has it summed at once: half of the candidates there would
 * be rejected. */
static const int64_t large_step = (int64_t)NIXE_FIXED_ONE;

/* All weights and bounds anew, nothing being pending, and the fields held being right. */
static void sum_all(const nixe_trajectory *trajectory) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    nixe_lazy *own = trajectory->own;
    memset(own->stale, 1, (size_t)tables->cells.blocks);
    for (int b = 0; b < tables->cells.blocks; b++) nixe_lazy_set_bounds(trajectory, b);
    nixe_lazy_sum(nixe_lazy_groups(tables), own->bound, own->sum);
}

static void set_ions(const nixe_trajectory *trajectory) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_lazy *own = trajectory->own;
    for (int p = 0; p < tables->cells.places; p++) {
        const int i = tables->cells.site[p];
        own->weight[p] = i < 0 ? 1 : trajectory->sigma[i];
    }
}

static void hold_base(const nixe_trajectory *trajectory) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_lazy *own = trajectory->own;
    for (int i = 0; i < trajectory->rates->lattice->sites; i++) own->field[tables->cells.place[i]] = own->base[i];
}

/* Nothing has turned and nothing is pending. The head stays. */
static void forget(const nixe_trajectory *trajectory, const int8_t *sigma) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const nixe_lazy_tables *tables = trajectory->rates->own;
    nixe_lazy *own = trajectory->own;
    if (own->begun != sigma) memcpy(own->begun, sigma, (size_t)lattice->sites);
    memset(own->pending, 0, (size_t)NIXE_LAZY_KINDS * (size_t)tables->influence.stride * sizeof *own->pending);
    for (int k = 0; k < own->turned; k++) own->turned_at[own->turned_site[k]] = -1;
    own->turned = own->moved = own->listed = 0;
}

/* Nothing has happened in this window. */
static void begin_anew(const nixe_trajectory *trajectory) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const nixe_lazy_tables *tables = trajectory->rates->own;
    nixe_lazy *own = trajectory->own;
    forget(trajectory, trajectory->sigma);
    memset(own->net, 0, (size_t)lattice->sites * (size_t)(lattice->directions / 2 + 1));
    memset(own->highest, 0, (size_t)NIXE_LAZY_KINDS * (size_t)tables->influence.stride);
    own->head->spent = 0;
    own->head->most_net = 0;
}

void nixe_lazy_begin_window(nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_exponents *table = ((const nixe_lazy_tables *)rates->own)->exponents;
    const nixe_lazy *own = trajectory->own;
    begin_anew(trajectory);
    nixe_fixed_fields(rates->table, table->bare, table->field_A, own->begun, NULL, own->base);
    hold_base(trajectory);
    set_ions(trajectory);
    sum_all(trajectory);
}

/* Add the rows of all sites that have turned, which the table holds for the change by one ion. */
void nixe_lazy_close_window(nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lazy *own = trajectory->own;
    for (int k = 0; k < own->turned; k++) own->is_A[k] = trajectory->sigma[own->turned_site[k]] > 0;
    nixe_table_add_rows(rates->table, own->turned, own->turned_site, own->is_A, own->base);
    begin_anew(trajectory);
    hold_base(trajectory);
    sum_all(trajectory);
}

/* What the end of a window costs, in numbers of the table that are read: a row for each site that has turned, and all rates. */
static double cost_of_end(const nixe_trajectory *trajectory) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const nixe_lazy *own = trajectory->own;
    return lattice->sites * (1.5 * own->turned + 8 + 2 * (lattice->directions / 2));
}

int64_t nixe_lazy_pending_field(const nixe_trajectory *trajectory, int site) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lazy_tables *tables = rates->own;
    const nixe_lazy *own = trajectory->own;
    int64_t field = (int64_t)own->base[site] - own->field[tables->cells.place[site]];
    nixe_table_pick(rates->table, site, own->turned, own->turned_site, own->picked);
    for (int k = 0; k < own->turned; k++) {
        const int64_t change = own->picked[k];
        field += trajectory->sigma[own->turned_site[k]] > 0 ? change : -change;
    }
    return field;
}

/* The row of a site in a near block, and how it is turned. */
static const int32_t *segment_of(const nixe_lazy_tables *tables, int site, int block, const uint8_t **turned) {
    const nixe_cells *cells = &tables->cells;
    *turned = tables->turned;
    if (site == NIXE_RESERVOIR) return tables->nothing;
    const int operation = cells->operation[site], source = cells->source[(long)operation * cells->blocks + block];
    *turned = cells->turned + (long)operation * cells->places + cells->begin[block];
    return tables->influence.number +
           (int64_t)tables->influence.segment[(long)cells->orbit[site] * cells->blocks + source] * NIXE_VECTOR;
}

/* Change the fields of the near blocks, `times` times over. */
static void change_near(const nixe_trajectory *trajectory, const nixe_lazy_change *c, int times) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_cells *cells = &tables->cells;
    const nixe_influence *influence = &tables->influence;
    nixe_lazy *own = trajectory->own;
    const int32_t *image = cells->image + (long)cells->operation[c->site] * cells->blocks;
    const uint8_t *turned, *other_turned;
    for (int64_t k = influence->held_begin[c->row]; k < influence->held_begin[c->row + 1]; k++) {
        const nixe_held_block *held = influence->held + k;
        const int b = image[held->block];
        if (!held->near) continue;
        const int32_t *of_site = segment_of(tables, c->site, b, &turned);
        const int32_t *of_other = segment_of(tables, c->other, b, &other_turned);
        for (int t = 0; t < times; t++)
            if (c->gains)
                nixe_lazy_add(nixe_cells_width(cells, b), of_site, turned, of_other, other_turned,
                              own->field + cells->begin[b]);
            else
                nixe_lazy_add(nixe_cells_width(cells, b), of_other, other_turned, of_site, turned,
                              own->field + cells->begin[b]);
        own->stale[b] = 1;
    }
}

/* What becomes pending by a change, or no longer is. */
static void change_pending(const nixe_trajectory *trajectory, const nixe_lazy_change *c, int more) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_cells *cells = &tables->cells;
    const nixe_influence *influence = &tables->influence;
    const nixe_lazy *own = trajectory->own;
    const int32_t *source = cells->source + (long)cells->operation[c->site] * cells->blocks;
    const long row = (long)c->row * influence->stride;
    const double *factor = more ? tables->grow : tables->shrink;
    const int64_t *step = more ? tables->step : tables->back;
    nixe_lazy_grow(cells->blocks, source, influence->swaps + row, factor, step, own->bound, own->pending, own->highest);
    nixe_lazy_grow(cells->blocks, source, influence->exchanges + row, factor, step, own->bound + influence->stride,
                   own->pending + influence->stride, own->highest + influence->stride);
}

static void touch(nixe_lazy *own, int block, int *count) {
    for (int k = 0; k < *count; k++)
        if (own->touched[k] == block) return;
    own->touched[(*count)++] = block;
}

/* Bounds of what is held grow; blocks where they grow much are to be summed. */
static void change_held(const nixe_trajectory *trajectory, const nixe_lazy_change *c, int *count) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_cells *cells = &tables->cells;
    const nixe_influence *influence = &tables->influence;
    nixe_lazy *own = trajectory->own;
    const int32_t *image = cells->image + (long)cells->operation[c->site] * cells->blocks;
    for (int64_t k = influence->held_begin[c->row]; k < influence->held_begin[c->row + 1]; k++) {
        const nixe_held_block *held = influence->held + k;
        const int b = image[held->block];
        if (tables->step[held->swaps] > large_step || tables->step[held->exchanges] > large_step) touch(own, b, count);
        own->bound[b] *= tables->grow[held->swaps];
        own->bound[influence->stride + b] *= tables->grow[held->exchanges];
    }
}

/* A site turns: its weight, the list of those that have turned, and the blocks that hold its bonds. */
static void turn_site(const nixe_trajectory *trajectory, int site, int *count) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    const nixe_cells *cells = &((const nixe_lazy_tables *)trajectory->rates->own)->cells;
    nixe_lazy *own = trajectory->own;
    if (site == NIXE_RESERVOIR) return;
    const int at = own->turned_at[site];
    if (at >= 0) {
        const int last = own->turned_site[--own->turned];
        own->turned_site[at] = last;
        own->turned_at[last] = at;
        own->turned_at[site] = -1;
    } else {
        own->turned_at[site] = own->turned;
        own->turned_site[own->turned++] = site;
    }
    own->weight[cells->place[site]] *= -1;
    own->stale[cells->block[site]] = 1;
    touch(own, cells->block[site], count);
    for (int d = lattice->directions / 2; d < lattice->directions; d++) {
        const int before = nixe_lattice_neighbours(lattice, site)[d];
        if (before >= 0) touch(own, cells->block[before], count);
    }
}

/* Sigma is turned after this, but nothing here looks at it: weights know the ions. */
void nixe_lazy_follow(nixe_trajectory *trajectory, nixe_event event) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    nixe_lazy *own = trajectory->own;
    const nixe_lazy_change c = nixe_lazy_change_of(trajectory, event);
    const int before = own->net[c.key];
    int count = 0;
    nixe_lazy_count(own, (int)c.key, c.gains ? 1 : -1);
    turn_site(trajectory, event.a, &count);
    turn_site(trajectory, event.b, &count);
    change_near(trajectory, &c, 1);
    change_pending(trajectory, &c, c.gains ? before >= 0 : before <= 0);
    change_held(trajectory, &c, &count);
    for (int k = 0; k < count; k++) nixe_lazy_set_bounds(trajectory, own->touched[k]);
    nixe_lazy_sum(nixe_lazy_groups(tables), own->bound, own->sum);
}

void nixe_lazy_end_window(nixe_trajectory *trajectory) {
    const nixe_lazy *own = trajectory->own;
    if (own->moved || own->head->spent >= cost_of_end(trajectory)) nixe_lazy_close_window(trajectory);
}

/* Hold what the net numbers say, beginning from the base; 0 where they cannot be. sum: how often each site gained A. */
static int apply_net(const nixe_trajectory *trajectory, int32_t *sum) {
    const nixe_lattice *lattice = trajectory->rates->lattice;
    nixe_lazy *own = trajectory->own;
    const long keys = (long)lattice->sites * (lattice->directions / 2 + 1);
    for (long key = 0; key < keys; key++) {
        const int net = own->net[key];
        if (!net) continue;
        const nixe_lazy_change c = nixe_lazy_change_of_key(trajectory, key, net > 0);
        const int exists = c.other >= 0 || (c.other == NIXE_RESERVOIR && key >= keys - lattice->sites && c.row >= 0);
        if (!exists || net > NIXE_LAZY_MOST_NET || net < -NIXE_LAZY_MOST_NET || abs(net) > own->head->most_net) return 0;
        own->list[own->listed++] = (int)key;
        sum[c.site] += net;
        if (c.other >= 0) sum[c.other] -= net;
        change_near(trajectory, &c, net > 0 ? net : -net);
        for (int t = 0; t < (net > 0 ? net : -net); t++) change_pending(trajectory, &c, 1);
    }
    return 1;
}

static int has_sound_bounds(const nixe_trajectory *trajectory, const double *saved) {
    const nixe_lazy_tables *tables = trajectory->rates->own;
    const nixe_lazy *own = trajectory->own;
    const int stride = tables->influence.stride;
    for (int b = 0; b < tables->cells.blocks; b++) {
        double bound[NIXE_LAZY_KINDS];
        nixe_lazy_sum_block(trajectory, b, bound);
        for (int kind = 0; kind < NIXE_LAZY_KINDS; kind++)
            if (!(saved[kind * stride + b] >= bound[kind] && saved[kind * stride + b] < INFINITY)) return 0;
    }
    memcpy(own->bound, saved, (size_t)NIXE_LAZY_KINDS * (size_t)stride * sizeof *saved);
    return 1;
}

/* The ions that have turned, from those of the beginning of the window; 0 where the net numbers, summed over the bonds of each
 * site, say otherwise. */
static int list_turned(const nixe_trajectory *trajectory, const int32_t *sum) {
    nixe_lazy *own = trajectory->own;
    for (int i = 0; i < trajectory->rates->lattice->sites; i++) {
        if (trajectory->sigma[i] - own->begun[i] != 2 * sum[i]) return 0;
        if (!sum[i]) continue;
        own->turned_at[i] = own->turned;
        own->turned_site[own->turned++] = i;
    }
    return 1;
}

int nixe_lazy_rebuild(nixe_trajectory *trajectory) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lazy_tables *tables = rates->own;
    const nixe_exponents *table = tables->exponents;
    nixe_lazy *own = trajectory->own;
    const size_t bounds = (size_t)NIXE_LAZY_KINDS * (size_t)tables->influence.stride;
    double *const saved = own->saved;
    int32_t *const sum = own->gained;
    memcpy(saved, own->bound, bounds * sizeof *saved);
    memset(sum, 0, (size_t)rates->lattice->sites * sizeof *sum);
    forget(trajectory, own->begun);
    nixe_fixed_fields(rates->table, table->bare, table->field_A, own->begun, NULL, own->base);
    hold_base(trajectory);
    set_ions(trajectory);
    memcpy(own->saved_highest, own->highest, bounds);
    memset(own->highest, 0, bounds);
    if (!apply_net(trajectory, sum) || !list_turned(trajectory, sum)) return 0;
    for (size_t k = 0; k < bounds; k++)
        if (own->saved_highest[k] < own->highest[k]) return 0;
    memcpy(own->highest, own->saved_highest, bounds);
    memset(own->stale, 1, (size_t)tables->cells.blocks);
    if (!has_sound_bounds(trajectory, saved)) return 0;
    nixe_lazy_sum(nixe_lazy_groups(tables), own->bound, own->sum);
    return 1;
}
