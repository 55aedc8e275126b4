/* Lattice: sites, bonds and layers of a crystal, core and shell. Pure; nothing here is collective. */
#include "nixe/crystal/lattice.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/crystal/numbering.h"
#include "nixe/crystal/points.h"
#include "nixe/crystal/sites.h"
#include "nixe/crystal/surface.h"

int nixe_are_ions(long count, const int8_t *sigma, long *sum) {
    *sum = 0;
    for (long i = 0; i < count; i++) {
        if (sigma[i] != 1 && sigma[i] != -1) return 0;
        *sum += sigma[i];
    }
    return 1;
}

void nixe_lattice_name(const nixe_lattice *lattice, char *name, size_t size) {
    const nixe_shape_rule *rule = &nixe_shape_rules[lattice->shape];
    snprintf(name, size, "%s%s%s", rule->on ? "" : nixe_lattice_kinds[lattice->type].name, rule->on ? "" : " ", rule->name);
}

/* The arrays of a lattice, whose sizes are set: their places and bytes. */
typedef struct {
    void *place; /* address of the pointer */
    long count;
    size_t size;
} array;

enum { ARRAYS = 15 };

static void list_arrays(nixe_lattice *l, array arrays[ARRAYS]) {
    const long n = l->sites, b = l->bonds;
    const array all[ARRAYS] = {{&l->position, n * l->dimension, sizeof(double)},
                               {&l->bond, 2 * b, sizeof(int32_t)},
                               {&l->bond_direction, b, 1},
                               {&l->layer, n, sizeof(int32_t)},
                               {&l->neighbour, n * l->directions, sizeof(int32_t)},
                               {&l->surface, n, 1},
                               {&l->face, n, sizeof(int32_t)},
                               {&l->depth, n, sizeof(int32_t)},
                               {&l->start, n, 1},
                               {&l->depth_sites, n, sizeof(int32_t)},
                               {&l->exchange, n, sizeof(double)},
                               {&l->field, n, sizeof(double)},
                               {&l->averaged, n, 1},
                               {&l->home, n, sizeof(int32_t)},
                               {&l->slot_site, l->slots, sizeof(int32_t)}};
    memcpy(arrays, all, sizeof all);
}

static void *array_of(const array *a) {
    void *pointer;
    memcpy(&pointer, a->place, sizeof pointer);
    return pointer;
}

static nixe_status allocate(nixe_lattice *lattice) {
    array arrays[ARRAYS];
    list_arrays(lattice, arrays);
    for (int a = 0; a < ARRAYS; a++)
        NIXE_TRY(nixe_allocate(arrays[a].place, arrays[a].count, (long long)arrays[a].size, "the lattice"));
    return NIXE_OK;
}

/* What follows from the sites. */
static nixe_status follow(nixe_lattice *lattice) {
    NIXE_TRY(nixe_torus_create(&lattice->torus, lattice));
    return nixe_symmetry_create(&lattice->symmetry, lattice);
}

nixe_status nixe_lattice_put(const nixe_lattice *lattice, nixe_bytes *bytes) {
    nixe_lattice copy = *lattice;
    array arrays[ARRAYS];
    list_arrays(&copy, arrays);
    NIXE_TRY(nixe_bytes_put(bytes, lattice, sizeof *lattice));
    for (int a = 0; a < ARRAYS; a++)
        NIXE_TRY(nixe_bytes_put(bytes, array_of(&arrays[a]), (size_t)arrays[a].count * arrays[a].size));
    return NIXE_OK;
}

nixe_status nixe_lattice_get(nixe_lattice *lattice, nixe_bytes *bytes) {
    array arrays[ARRAYS];
    NIXE_TRY(nixe_bytes_get(bytes, lattice, sizeof *lattice));
    NIXE_TRY(allocate(lattice));
    list_arrays(lattice, arrays);
    for (int a = 0; a < ARRAYS; a++)
        NIXE_TRY(nixe_bytes_get(bytes, array_of(&arrays[a]), (size_t)arrays[a].count * arrays[a].size));
    return follow(lattice);
}

void nixe_lattice_destroy(nixe_lattice *lattice) {
    array arrays[ARRAYS];
    list_arrays(lattice, arrays);
    for (int a = 0; a < ARRAYS; a++) free(array_of(&arrays[a]));
    nixe_torus_destroy(&lattice->torus);
    nixe_symmetry_destroy(&lattice->symmetry);
    *lattice = (nixe_lattice){0};
}

double nixe_lattice_bytes(const nixe_lattice *lattice) {
    const double n = lattice->sites, operations = lattice->torus.sites ? 1 : lattice->symmetry.operations;
    nixe_lattice copy = *lattice;
    array arrays[ARRAYS];
    double bytes = n * 4 * (operations + 5); /* images, and the lists of sites */
    list_arrays(&copy, arrays);
    for (int a = 0; a < ARRAYS; a++) bytes += (double)arrays[a].count * (double)arrays[a].size;
    return bytes;
}

/* How many sites and bonds there are; what a site inside has. */
static nixe_status count_all(nixe_lattice *lattice, const nixe_points *points) {
    int64_t ends = 0;
    for (int s = 0; s < points->steps; s++) {
        lattice->coordination += points->step[s].from == 0;
        lattice->nearest += points->step[s].from == 0 && points->step[s].class == 0;
    }
    for (int p = 0; p < points->count; p++) {
        if (points->point[p].layer < 0) continue;
        lattice->sites++;
        lattice->core_sites += points->point[p].layer == 0;
        for (int s = 0; s < points->steps; s++)
            ends += points->step[s].from == points->point[p].b &&
                    nixe_points_next(points, &points->point[p], &points->step[s]) >= 0;
    }
    if (ends / 2 > INT32_MAX) return nixe_fail(NIXE_REFUSED, "the crystal has more bonds than can be numbered (2^31 - 1)");
    lattice->bonds = (int)(ends / 2);
    if (lattice->core_sites == 0)
        return nixe_fail(NIXE_REFUSED, "the crystal is empty: its shape holds %s",
                         points->count ? "only sites whose bonds do not hold them" : "no site of the lattice");
    return NIXE_OK;
}

/* Positions, layers and neighbours. */
static void set_sites(nixe_lattice *lattice, const nixe_points *points, const int *step_direction) {
    const int d = lattice->dimension;
    for (int p = 0; p < points->count; p++) {
        const nixe_point *point = &points->point[p];
        if (point->layer < 0) continue;
        const int site = lattice->slot_site[nixe_numbering_slot(lattice, point->c, point->b)];
        int32_t *next = lattice->neighbour + (long)site * lattice->directions;
        double x[3];
        nixe_lattice_place(points->kind, point->c, point->b, x);
        for (int k = 0; k < d; k++) lattice->position[(long)d * site + k] = x[k] - lattice->center[k];
        lattice->layer[site] = point->layer;
        for (int m = 0; m < lattice->directions; m++) next[m] = -1;
        for (int s = 0; s < points->steps; s++) {
            const int to = points->step[s].from == point->b ? nixe_points_next(points, point, &points->step[s]) : -1;
            if (to < 0) continue;
            const nixe_point *end = &points->point[points->point[to].image_of < 0 ? to : points->point[to].image_of];
            next[step_direction[s]] = lattice->slot_site[nixe_numbering_slot(lattice, end->c, end->b)];
        }
    }
    for (int site = 0; site < lattice->sites; site++)
        for (int k = 0; k < d; k++) lattice->centroid[k] += lattice->position[(long)d * site + k] / lattice->sites;
}

/* What the columns of a file say of the sites. */
static void set_columns(nixe_lattice *lattice, const nixe_sites *sites, const nixe_points *points) {
    for (int site = 0; site < lattice->sites; site++) lattice->exchange[site] = 1;
    for (int p = 0; p < points->count && sites; p++) {
        const nixe_point *point = &points->point[p];
        if (point->layer < 0) continue;
        const int site = lattice->slot_site[nixe_numbering_slot(lattice, point->c, point->b)];
        lattice->exchange[site] = sites->exchange[point->listed];
        lattice->field[site] = sites->field[point->listed];
        lattice->start[site] = sites->start[point->listed];
    }
}

/* Bonds, each once, in the order of their first site; surface and averaged sites. */
static void set_bonds(nixe_lattice *lattice) {
    int bonds = 0;
    for (int site = 0; site < lattice->sites; site++) {
        const int32_t *next = nixe_lattice_neighbours(lattice, site);
        int neighbours = 0, nearest = 0, inside = lattice->layer[site] == 0;
        for (int d = 0; d < lattice->directions; d++) {
            if (next[d] < 0) continue;
            neighbours++;
            nearest += lattice->direction_class[d] == 0;
            inside &= lattice->layer[next[d]] == 0;
            if (d >= lattice->directions / 2) continue;
            lattice->bond[2 * (long)bonds] = site;
            lattice->bond[2 * (long)bonds + 1] = next[d];
            lattice->bond_direction[bonds++] = (int8_t)d;
            lattice->core_bonds[lattice->direction_class[d]] += !lattice->layer[site] && !lattice->layer[next[d]];
        }
        lattice->surface[site] = nearest < lattice->nearest;
        lattice->averaged[site] = (uint8_t)(inside && neighbours == lattice->coordination);
        lattice->averaged_sites += lattice->averaged[site];
    }
}

/* Refuse a crystal in pieces. */
static nixe_status check_joined(const nixe_lattice *lattice) {
    int32_t *reached;
    int pieces = 0, last = 0;
    NIXE_TRY(nixe_allocate(&reached, 2L * lattice->sites, sizeof *reached, "the lattice"));
    int32_t *list = reached + lattice->sites;
    for (int first = 0; first < lattice->sites; first++) {
        if (reached[first]) continue;
        pieces++;
        list[last++] = first;
        reached[first] = 1;
        for (int at = last - 1; at < last; at++)
            for (int d = 0; d < lattice->directions; d++) {
                const int next = nixe_lattice_neighbours(lattice, list[at])[d];
                if (next < 0 || reached[next]) continue;
                reached[next] = 1;
                list[last++] = next;
            }
    }
    free(reached);
    if (pieces == 1) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "the crystal falls into %d pieces that no bond joins", pieces);
}

/* All from the points. */
static nixe_status build(nixe_lattice *lattice, const nixe_recipe *recipe, const nixe_outline *outline,
                         const nixe_points *points) {
    int step_direction[NIXE_MAX_STEPS];
    NIXE_TRY(count_all(lattice, points));
    lattice->loose = points->loose;
    NIXE_TRY(nixe_numbering_set(lattice, recipe, points));
    nixe_numbering_set_directions(lattice, points, step_direction);
    lattice->slots = lattice->homes + lattice->reach;
    NIXE_TRY(allocate(lattice));
    nixe_numbering_set_slots(lattice, points);
    set_sites(lattice, points, step_direction);
    set_columns(lattice, recipe->sites, points);
    set_bonds(lattice);
    NIXE_TRY(check_joined(lattice));
    NIXE_TRY(nixe_surface_set(lattice, recipe, outline));
    return follow(lattice);
}

/* The periods, and the symmetric matrices by which they can strain: e_p e_q' + e_q e_p' of orthonormal e in their space. */
static void set_periods(nixe_lattice *lattice, const nixe_recipe *recipe) {
    double cell[3][3], e[3][3] = {{0}};
    nixe_lattice_cell(&nixe_lattice_kinds[lattice->type], cell);
    for (int k = 0; k < lattice->dimension; k++) {
        double norm = 0, *own = e[lattice->periods];
        if (!recipe->periodic[k]) continue;
        lattice->cells[k] = recipe->cells[k];
        for (int x = 0; x < 3; x++) own[x] = lattice->period[lattice->periods][x] = recipe->cells[k] * cell[k][x];
        for (int p = 0; p < lattice->periods; p++) {
            const double overlap = own[0] * e[p][0] + own[1] * e[p][1] + own[2] * e[p][2];
            for (int x = 0; x < 3; x++) own[x] -= overlap * e[p][x];
        }
        for (int x = 0; x < 3; x++) norm += own[x] * own[x];
        for (int x = 0; x < 3; x++) own[x] /= sqrt(norm);
        lattice->periods++;
    }
    for (int p = 0; p < lattice->periods; p++)
        for (int q = p; q < lattice->periods; q++, lattice->strains++)
            for (int x = 0; x < 9; x++)
                lattice->strain[lattice->strains][x] =
                    p == q ? e[p][x / 3] * e[p][x % 3] : e[p][x / 3] * e[q][x % 3] + e[q][x / 3] * e[p][x % 3];
}

void nixe_lattice_strained(const nixe_lattice *lattice, int strain, int m, double change[3]) {
    const double length = lattice->bond_class[lattice->direction_class[m]].length;
    for (int k = 0; k < 3; k++) {
        change[k] = 0;
        for (int l = 0; l < 3; l++) change[k] += lattice->strain[strain][3 * k + l] * length * lattice->direction[m][l];
    }
}

double nixe_lattice_count_sites(const nixe_recipe *recipe) {
    nixe_outline outline;
    if (nixe_outline_create(&outline, recipe)) {
        nixe_status_clear();
        return 0;
    }
    return nixe_points_count(recipe, &outline);
}

int nixe_lattice_is_torus(const nixe_recipe *recipe, double sites) {
    nixe_cell cell;
    nixe_lattice_cell_sites(&nixe_lattice_kinds[recipe->type], 1, &cell);
    double all = cell.sites;
    for (int k = 0; k < cell.kind->dimension; k++) all *= recipe->periodic[k] ? recipe->cells[k] : 0;
    return all > 0 && (recipe->shape == NIXE_BOX || sites >= all); /* sites may be an estimate */
}

/* Refuse a crystal that cannot be numbered, and one whose box would be far larger than itself. */
static nixe_status check_box(const nixe_recipe *recipe, const nixe_outline *outline) {
    static const double large = 5e8, empty = 100; /* places, and of these to each site */
    const double sites = nixe_points_count(recipe, outline), places = nixe_points_places(recipe, outline);
    if (sites * nixe_lattice_kinds[recipe->type].basis_sites > INT32_MAX / 2)
        return nixe_fail(NIXE_REFUSED, "the crystal has more sites than nixe can number (2^30)");
    if (places <= large || places < empty * sites) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED,
                     "the crystal is too thin for its length: along the cell vectors it takes a box of %.2g places, and has "
                     "about %.2g sites",
                     places, sites);
}

nixe_status nixe_lattice_create(nixe_lattice *lattice, const nixe_recipe *recipe) {
    const nixe_lattice_kind *kind = &nixe_lattice_kinds[recipe->type];
    nixe_outline outline;
    nixe_points points;
    *lattice = (nixe_lattice){.type = recipe->type,
                              .shape = recipe->shape,
                              .shell_layers = recipe->shell_layers,
                              .dimension = kind->dimension,
                              .classes = kind->classes};
    for (int k = 0; k < kind->classes; k++) lattice->bond_class[k] = (nixe_bond_class){kind->length[k], 1, 1, 1, 1};
    NIXE_TRY(nixe_outline_create(&outline, recipe));
    memcpy(lattice->center, outline.center, sizeof outline.center);
    set_periods(lattice, recipe);
    NIXE_TRY(check_box(recipe, &outline));
    nixe_status status = nixe_points_create(&points, recipe, &outline);
    if (!status) status = build(lattice, recipe, &outline, &points);
    nixe_points_destroy(&points);
    return status;
}

/* Move a place into the periods. */
static void wrap(const nixe_lattice *lattice, double x[3]) {
    double y[3];
    if (!lattice->periods) return;
    nixe_lattice_coordinates(&nixe_lattice_kinds[lattice->type], 1, x, y);
    for (int k = 0, p = 0; k < lattice->dimension; k++) {
        if (!lattice->cells[k]) continue;
        const double periods = floor((y[k] + 1e-6) / lattice->cells[k]);
        for (int l = 0; l < 3; l++) x[l] -= periods * lattice->period[p][l];
        p++;
    }
}

int nixe_lattice_find(const nixe_lattice *lattice, const double *position) {
    const nixe_lattice_kind *kind = &nixe_lattice_kinds[lattice->type];
    double x[3] = {0}, y[3];
    for (int k = 0; k < lattice->dimension; k++) x[k] = position[k] + lattice->center[k];
    wrap(lattice, x);
    nixe_lattice_coordinates(kind, 0, x, y);
    for (int b = 0; b < kind->basis_sites; b++) {
        int c[3];
        double distance = 0;
        for (int k = 0; k < 3; k++) c[k] = (int)lround(y[k] - kind->basis[b][k]);
        const int64_t slot = nixe_numbering_slot(lattice, c, b);
        const int site = slot >= 0 && slot < lattice->homes ? lattice->slot_site[slot] : -1;
        for (int k = 0; k < lattice->dimension && site >= 0; k++)
            distance += fabs(lattice->position[(long)lattice->dimension * site + k] + lattice->center[k] - x[k]);
        if (site >= 0 && distance < 1e-3) return site;
    }
    return -1;
}
