/* Lattice: sites, bonds and layers of a nanocrystal, core and shell. Pure; nothing here is collective. */
#include "nixe/crystal/lattice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Integer coordinates: hexagon (q, r, 0) with position (q + r/2, r sqrt(3)/2); cube (x, y, z) from 0. */
typedef struct {
    int c[3];
} coordinates;

/* Forward directions, in the order of the numbering: their opposites follow as d + Z/2. */
static const coordinates hexagon_step[3] = {{{1, 0, 0}}, {{0, 1, 0}}, {{-1, 1, 0}}};
static const coordinates cube_step[9] = {{{1, 0, 0}}, {{0, 1, 0}},  {{0, 0, 1}}, {{1, 1, 0}}, {{-1, 1, 0}},
                                         {{1, 0, 1}}, {{-1, 0, 1}}, {{0, 1, 1}}, {{0, -1, 1}}};

int nixe_are_ions(long count, const int8_t *sigma, long *sum) {
    *sum = 0;
    for (long i = 0; i < count; i++) {
        if (sigma[i] != 1 && sigma[i] != -1) return 0;
        *sum += sigma[i];
    }
    return 1;
}

const char *nixe_shape_name(nixe_shape shape) { return shape == NIXE_HEXAGON ? "hexagon" : "cube"; }

/* Sites along an edge of the whole crystal. */
static int whole_edge(nixe_shape shape, int edge, int layers) {
    return shape == NIXE_HEXAGON ? edge + layers : edge + 2 * layers;
}

static int hexagon_distance(coordinates at) {
    int q = abs(at.c[0]), r = abs(at.c[1]), s = abs(at.c[0] + at.c[1]);
    int larger = q > r ? q : r;
    return larger > s ? larger : s;
}

static int site_exists(nixe_shape shape, int n, coordinates at) {
    if (shape == NIXE_HEXAGON) return hexagon_distance(at) < n;
    for (int k = 0; k < 3; k++)
        if (at.c[k] < 0 || at.c[k] >= n) return 0;
    return 1;
}

static int site_number(nixe_shape shape, int n, int sites, coordinates at) {
    long number = 0;
    if (shape == NIXE_HEXAGON) number = at.c[0] + (3L * (n - 1) + 2) * at.c[1];
    else number = at.c[0] + n * (at.c[1] + (long)n * at.c[2]);
    number %= sites;
    return (int)(number < 0 ? number + sites : number);
}

/* Layers between the site and the core; 0 inside the core. */
static int site_layer(nixe_shape shape, int edge, int layers, coordinates at) {
    if (shape == NIXE_HEXAGON) {
        int beyond = hexagon_distance(at) - (edge - 1);
        return beyond > 0 ? beyond : 0;
    }
    int layer = 0;
    for (int k = 0; k < 3; k++) {
        int below = layers - at.c[k], above = at.c[k] - (layers + edge - 1);
        int beyond = below > above ? below : above;
        if (beyond > layer) layer = beyond;
    }
    return layer;
}

int nixe_lattice_count_sites(nixe_shape shape, int edge, int shell_layers) {
    double n = (double)edge + (shape == NIXE_HEXAGON ? 1.0 : 2.0) * shell_layers;
    double sites = shape == NIXE_HEXAGON ? 3 * n * (n - 1) + 1 : n * n * n;
    return sites * (shape == NIXE_HEXAGON ? 3 : 9) <= INT32_MAX ? (int)sites : 0; /* the bonds are numbered too */
}

static void set_directions(nixe_lattice *lattice, int n) {
    int half = lattice->coordination / 2;
    const coordinates *step = lattice->shape == NIXE_HEXAGON ? hexagon_step : cube_step;
    for (int d = 0; d < half; d++) {
        const int *c = step[d].c;
        double v[3] = {c[0], c[1], c[2]};
        if (lattice->shape == NIXE_HEXAGON) {
            v[0] = c[0] + 0.5 * c[1];
            v[1] = 0.5 * sqrt(3.0) * c[1];
        }
        double length = sqrt((double)(lattice->shape == NIXE_HEXAGON ? 1 : c[0] * c[0] + c[1] * c[1] + c[2] * c[2]));
        lattice->offset[d] = site_number(lattice->shape, n, lattice->sites, step[d]);
        if (lattice->offset[d] > lattice->reach) lattice->reach = lattice->offset[d];
        lattice->length[d] = lattice->length[d + half] = length;
        for (int k = 0; k < 3; k++) {
            lattice->direction[d][k] = v[k] / length;
            lattice->direction[d + half][k] = -v[k] / length;
        }
    }
}

/* Position, layer and neighbours of one site. */
static void set_site(nixe_lattice *lattice, int n, coordinates at) {
    int dim = lattice->dimension, half = lattice->coordination / 2;
    int site = site_number(lattice->shape, n, lattice->sites, at);
    double *position = lattice->position + (long)dim * site;
    if (lattice->shape == NIXE_HEXAGON) {
        position[0] = at.c[0] + 0.5 * at.c[1];
        position[1] = 0.5 * sqrt(3.0) * at.c[1];
    } else {
        for (int k = 0; k < 3; k++) position[k] = at.c[k] - 0.5 * (n - 1);
    }
    lattice->layer[site] = site_layer(lattice->shape, lattice->edge, lattice->shell_layers, at);
    lattice->core_sites += lattice->layer[site] == 0;

    const coordinates *step = lattice->shape == NIXE_HEXAGON ? hexagon_step : cube_step;
    for (int d = 0; d < 2 * half; d++) {
        int sign = d < half ? 1 : -1;
        coordinates to = at;
        for (int k = 0; k < 3; k++) to.c[k] += sign * step[d % half].c[k];
        lattice->neighbour[(long)site * 2 * half + d] =
            site_exists(lattice->shape, n, to) ? site_number(lattice->shape, n, lattice->sites, to) : -1;
    }
}

/* Bonds, each once, in the order of their first site; surface and averaged sites. */
static void set_bonds(nixe_lattice *lattice) {
    int z = lattice->coordination, bonds = 0;
    for (int site = 0; site < lattice->sites; site++) {
        const int32_t *next = lattice->neighbour + (long)site * z;
        int inside = lattice->layer[site] == 0;
        for (int d = 0; d < z; d++) {
            if (next[d] < 0) lattice->surface[site] = 1;
            if (next[d] < 0 || lattice->layer[next[d]] > 0) inside = 0;
            if (next[d] < 0 || d >= z / 2) continue;
            lattice->bond[2 * (long)bonds] = site;
            lattice->bond[2 * (long)bonds + 1] = next[d];
            lattice->bond_direction[bonds++] = (int8_t)d;
        }
        lattice->averaged[site] = (uint8_t)inside;
        lattice->averaged_sites += inside;
    }
}

static int count_bonds(nixe_shape shape, long n) {
    if (shape == NIXE_HEXAGON) return (int)(3 * (n - 1) * (3 * n - 2));
    return (int)(3 * n * n * (n - 1) + 6 * n * (n - 1) * (n - 1));
}

/* The arrays of a lattice, whose sizes are set: their places and bytes. */
typedef struct {
    void *place; /* address of the pointer */
    long count;
    size_t size;
} array;

enum { ARRAYS = 7 };

static void list_arrays(nixe_lattice *l, array arrays[ARRAYS]) {
    const long n = l->sites, b = l->bonds;
    const array all[ARRAYS] = {{&l->position, n * l->dimension, sizeof(double)},
                               {&l->bond, 2 * b, sizeof(int32_t)},
                               {&l->bond_direction, b, 1},
                               {&l->layer, n, sizeof(int32_t)},
                               {&l->neighbour, n * l->coordination, sizeof(int32_t)},
                               {&l->surface, n, 1},
                               {&l->averaged, n, 1}};
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
    return NIXE_OK;
}

nixe_status nixe_lattice_create(nixe_lattice *lattice, nixe_shape shape, int edge, int shell_layers) {
    int n = whole_edge(shape, edge, shell_layers), sites = nixe_lattice_count_sites(shape, edge, shell_layers);
    *lattice = (nixe_lattice){.shape = shape,
                              .edge = edge,
                              .shell_layers = shell_layers,
                              .dimension = shape == NIXE_HEXAGON ? 2 : 3,
                              .sites = sites,
                              .coordination = shape == NIXE_HEXAGON ? 6 : 18};
    if (sites == 0) return nixe_fail(NIXE_REFUSED, "-lattice_edge %d: more sites than nixe can number (2^31 - 1)", edge);
    lattice->bonds = count_bonds(shape, n);
    NIXE_TRY(allocate(lattice));
    set_directions(lattice, n);
    if (shape == NIXE_HEXAGON) {
        for (int r = -(n - 1); r < n; r++)
            for (int q = -(n - 1); q < n; q++)
                if (site_exists(shape, n, (coordinates){{q, r, 0}})) set_site(lattice, n, (coordinates){{q, r, 0}});
    } else {
        for (int z = 0; z < n; z++)
            for (int y = 0; y < n; y++)
                for (int x = 0; x < n; x++) set_site(lattice, n, (coordinates){{x, y, z}});
    }
    set_bonds(lattice);
    return NIXE_OK;
}

void nixe_lattice_destroy(nixe_lattice *lattice) {
    array arrays[ARRAYS];
    list_arrays(lattice, arrays);
    for (int a = 0; a < ARRAYS; a++) free(array_of(&arrays[a]));
    *lattice = (nixe_lattice){0};
}

void nixe_lattice_mirror_images(const nixe_lattice *lattice, int32_t *image) {
    int n = whole_edge(lattice->shape, lattice->edge, lattice->shell_layers), dim = lattice->dimension;
    for (int mirror = 0; mirror < 1 << dim; mirror++)
        for (int site = 0; site < lattice->sites; site++) {
            double p[3] = {0};
            for (int k = 0; k < dim; k++) p[k] = lattice->position[(long)dim * site + k] * (mirror >> k & 1 ? -1.0 : 1.0);
            coordinates at = {{0}};
            if (lattice->shape == NIXE_HEXAGON) {
                at.c[1] = (int)lround(p[1] / (0.5 * sqrt(3.0)));
                at.c[0] = (int)lround(p[0] - 0.5 * at.c[1]);
            } else {
                for (int k = 0; k < 3; k++) at.c[k] = (int)lround(p[k] + 0.5 * (n - 1));
            }
            image[(long)mirror * lattice->sites + site] = site_number(lattice->shape, n, lattice->sites, at);
        }
}
