/* Adapted: bases that are adapted to the symmetry of a crystal. Nothing here is collective. */
#include "nixe/elasticity/adapted.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/vectorised.h"

enum { MOST_REPRESENTATIONS = NIXE_MAX_REPRESENTATIONS, MOST_SPAN = 3 * NIXE_MAX_ROWS, PART = 4, PARTS = 2 };

static const double rounding = 1e-9; /* what is less is 0 */

/* The columns of B of one orbit, of each representation: numbers by rows j and components. */
typedef struct {
    int count[MOST_REPRESENTATIONS];
    double column[MOST_REPRESENTATIONS][MOST_SPAN][MOST_SPAN];
} spans;

static double rotation(const nixe_adapted *adapted, int element, int components, int k, int l) {
    return components == 1 ? 1 : adapted->lattice->symmetry.rotation[adapted->group.operation[element]][3 * k + l];
}

static int image(const nixe_adapted *adapted, int element, int site) {
    return adapted->lattice->symmetry.image[(long)adapted->group.operation[element] * adapted->lattice->sites + site];
}

/* The mean over the elements that leave `site` where it is, of D, and of the product with rotations: a projection. */
static void set_projection(const nixe_adapted *adapted, const nixe_representation *r, int components, int site,
                           double P[MOST_SPAN][MOST_SPAN]) {
    const int size = r->rows * components;
    int staying = 0;
    memset(P, 0, MOST_SPAN * sizeof *P);
    for (int g = 0; g < adapted->group.elements; g++) {
        if (image(adapted, g, site) != site) continue;
        staying++;
        for (int x = 0; x < size; x++)
            for (int y = 0; y < size; y++)
                P[x][y] += r->matrix[g][x / components * r->rows + y / components] *
                           rotation(adapted, g, components, x % components, y % components);
    }
    for (int x = 0; x < size; x++)
        for (int y = 0; y < size; y++) P[x][y] /= staying;
}

/* An orthonormal basis of what a projection leaves: the longest column left, time and again. */
static int take_columns(int size, double P[MOST_SPAN][MOST_SPAN], double column[MOST_SPAN][MOST_SPAN]) {
    for (int count = 0;; count++) {
        double most = rounding;
        int longest = -1;
        for (int x = 0; x < size; x++) {
            if (P[x][x] <= most + rounding) continue; /* of a projection that is the square of the length */
            most = P[x][x];
            longest = x;
        }
        if (longest < 0) return count;
        for (int x = 0; x < size; x++) column[count][x] = P[x][longest] / sqrt(most);
        for (int x = 0; x < size; x++)
            for (int y = 0; y < size; y++) P[x][y] -= column[count][x] * column[count][y];
    }
}

static void set_spans(const nixe_adapted *adapted, int components, int site, spans *s) {
    for (int k = 0; k < adapted->group.count; k++) {
        double P[MOST_SPAN][MOST_SPAN];
        const nixe_representation *r = &adapted->group.representation[k];
        set_projection(adapted, r, components, site, P);
        s->count[k] = take_columns(r->rows * components, P, s->column[k]);
    }
}

/* Component k of function (i, a) at the site that an element makes of the first site of an orbit of `images` sites. */
static double value_at(const nixe_adapted *adapted, const nixe_representation *r, const double *column, int components, int i,
                       int element, int k, int images) {
    double sum = 0;
    for (int j = 0; j < r->rows; j++)
        for (int l = 0; l < components; l++)
            sum +=
                r->matrix[element][i * r->rows + j] * column[j * components + l] * rotation(adapted, element, components, k, l);
    return sqrt((double)r->rows / images) * sum;
}

/* What is known of one orbit while its rows are made. */
typedef struct {
    int begin, sites;                 /* of the wedge */
    int element[NIXE_MAX_OPERATIONS]; /* sites: which makes each of the first one */
    int fixing[NIXE_MAX_OPERATIONS];  /* sites: mirrors that leave it where it is */
    int images;
    int before[2][MOST_REPRESENTATIONS]; /* functions (e, f) of each representation that other orbits had before */
} orbit;

static orbit orbit_of(const nixe_adapted *adapted, int o) {
    orbit of = {.begin = adapted->begin[o], .sites = adapted->begin[o + 1] - adapted->begin[o]};
    for (int r = 0; r < of.sites; r++) {
        const int site = adapted->site[of.begin + r];
        while (image(adapted, of.element[r], adapted->site[of.begin]) != site) of.element[r]++;
        of.fixing[r] = nixe_symmetry_fixing(adapted->lattice, site);
        of.images += adapted->lattice->symmetry.mirrors / of.fixing[r];
    }
    return of;
}

/* Numbers that are counted only, as long as there is no room for them. */
typedef struct {
    nixe_sparse *sparse;
    int32_t count;
} writer;

static void put(writer *to, long column, double value) {
    if (fabs(value) < rounding) return;
    if (to->sparse->value) {
        to->sparse->column[to->count] = (int32_t)column;
        to->sparse->value[to->count] = value;
    }
    to->count++;
}

static int function_of(const nixe_basis *basis, const int *before, int k, int i, int a) {
    return basis->first[k] + i * basis->multiplicity[k] + before[k] + a;
}

/* The rows of one orbit of `fold`, from row number `row` on; returns the first one of the next orbit. */
static int32_t fold_orbit(nixe_adapted *adapted, const orbit *of, const spans *s, int32_t row, writer *to) {
    for (int k = 0; k < adapted->group.count; k++) {
        const nixe_representation *r = &adapted->group.representation[k];
        for (int i = 0; i < r->rows; i++)
            for (int a = 0; a < s->count[k]; a++) {
                to->sparse->begin[row] = to->count;
                adapted->function[row++] = function_of(&adapted->numbers, of->before[0], k, i, a);
                for (int x = 0; x < of->sites; x++)
                    put(to, (long)r->block[i] * of->sites + x,
                        value_at(adapted, r, s->column[k][a], 1, i, of->element[x], 0, of->images) / of->fixing[x]);
            }
    }
    to->sparse->begin[row] = to->count;
    return row;
}

/* One row of `expand`: component `component` of site x of an orbit, and character c. */
static void expand_site(const nixe_adapted *adapted, const orbit *of, const spans *s, int c, int x, int component, writer *to) {
    const int d = adapted->lattice->dimension;
    for (int k = 0; k < adapted->group.count; k++) {
        const nixe_representation *r = &adapted->group.representation[k];
        for (int i = 0; i < r->rows; i++)
            for (int a = 0; a < s->count[k] && r->block[i] == c; a++)
                put(to, function_of(&adapted->displacements, of->before[1], k, i, a),
                    value_at(adapted, r, s->column[k][a], d, i, of->element[x], component, of->images));
    }
}

static void expand_orbit(const nixe_adapted *adapted, const orbit *of, const spans *s, writer *to) {
    const int d = adapted->lattice->dimension, mirrors = adapted->lattice->symmetry.mirrors, count = of->sites * d;
    const long row = (long)mirrors * d * of->begin;
    for (int c = 0; c < mirrors; c++)
        for (int x = 0; x < count; x++) {
            to->sparse->begin[row + c * count + x] = to->count;
            expand_site(adapted, of, s, c, x / d, x % d, to);
        }
    to->sparse->begin[row + mirrors * count] = to->count;
}

/* All rows of both, or how many numbers there are in them. */
static void set_rows(nixe_adapted *adapted, int32_t numbers[2]) {
    writer fold = {&adapted->fold, 0}, expand = {&adapted->expand, 0};
    int before[2][MOST_REPRESENTATIONS] = {{0}};
    int32_t row = 0;
    for (int o = 0; o < adapted->orbits; o++) {
        orbit of = orbit_of(adapted, o);
        spans s;
        memcpy(of.before, before, sizeof before);
        set_spans(adapted, 1, adapted->site[of.begin], &s);
        row = adapted->first[o + 1] = fold_orbit(adapted, &of, &s, row, &fold);
        for (int k = 0; k < adapted->group.count; k++) before[0][k] += s.count[k];
        set_spans(adapted, adapted->lattice->dimension, adapted->site[of.begin], &s);
        expand_orbit(adapted, &of, &s, &expand);
        for (int k = 0; k < adapted->group.count; k++) before[1][k] += s.count[k];
    }
    for (int k = 0; k < adapted->group.count; k++)
        NIXE_REQUIRE(before[0][k] == adapted->numbers.multiplicity[k] && before[1][k] == adapted->displacements.multiplicity[k],
                     "the bases of the symmetry have not as many functions as there are");
    numbers[0] = fold.count;
    numbers[1] = expand.count;
}

/* The sites of the wedge by orbits; the first of each in the order of the wedge leads it. */
static nixe_status list_orbits(nixe_adapted *adapted) {
    const nixe_symmetry *symmetry = &adapted->lattice->symmetry;
    uint8_t *waiting;
    int listed = 0;
    NIXE_TRY(nixe_allocate(&waiting, adapted->lattice->sites, 1, "the orbits"));
    for (int r = 0; r < symmetry->wedge_sites; r++) waiting[symmetry->wedge[r]] = 1;
    for (int r = 0; r < symmetry->wedge_sites; r++) {
        if (!waiting[symmetry->wedge[r]]) continue;
        adapted->begin[adapted->orbits++] = listed;
        for (int g = 0; g < adapted->group.elements; g++) {
            const int site = image(adapted, g, symmetry->wedge[r]);
            if (waiting[site]) adapted->site[listed++] = site;
            waiting[site] = 0;
        }
        const int sites = listed - adapted->begin[adapted->orbits - 1];
        if (sites > adapted->most) adapted->most = sites;
    }
    adapted->begin[adapted->orbits] = listed;
    free(waiting);
    return NIXE_OK;
}

static void number_functions(const nixe_adapted *adapted, int components, nixe_basis *basis) {
    basis->components = components;
    nixe_group_multiplicities(&adapted->group, adapted->lattice, components, basis->multiplicity);
    for (int k = 1; k < adapted->group.count; k++)
        basis->first[k] = basis->first[k - 1] + adapted->group.representation[k - 1].rows * basis->multiplicity[k - 1];
}

nixe_status nixe_adapted_create(nixe_adapted *adapted, const nixe_lattice *lattice) {
    const long n = lattice->sites, d = lattice->dimension, wedge = lattice->symmetry.wedge_sites;
    const char *what = "the bases of the symmetry";
    int32_t numbers[2];
    memset(adapted, 0, sizeof *adapted);
    adapted->lattice = lattice;
    nixe_group_create(&adapted->group, lattice);
    number_functions(adapted, 1, &adapted->numbers);
    number_functions(adapted, (int)d, &adapted->displacements);
    NIXE_TRY(nixe_allocate(&adapted->begin, wedge + 1, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&adapted->site, wedge, sizeof(int32_t), what));
    NIXE_TRY(list_orbits(adapted));
    NIXE_TRY(nixe_allocate(&adapted->first, adapted->orbits + 1, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&adapted->function, n, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&adapted->fold.begin, n + 1, sizeof(int32_t), what));
    NIXE_TRY(nixe_allocate(&adapted->expand.begin, lattice->symmetry.mirrors * wedge * d + 1, sizeof(int32_t), what));
    set_rows(adapted, numbers);
    nixe_sparse *const both[] = {&adapted->fold, &adapted->expand};
    for (int b = 0; b < 2; b++) {
        NIXE_TRY(nixe_allocate(&both[b]->column, numbers[b], sizeof(int32_t), what));
        NIXE_TRY(nixe_allocate(&both[b]->value, numbers[b], sizeof(double), what));
    }
    set_rows(adapted, numbers);
    return NIXE_OK;
}

void nixe_adapted_destroy(nixe_adapted *adapted) {
    nixe_sparse *const both[] = {&adapted->fold, &adapted->expand};
    for (int b = 0; b < 2; b++) {
        free(both[b]->begin);
        free(both[b]->column);
        free(both[b]->value);
    }
    free(adapted->begin);
    free(adapted->site);
    free(adapted->first);
    free(adapted->function);
    memset(adapted, 0, sizeof *adapted);
}

double nixe_adapted_bytes(const nixe_lattice *lattice) {
    const double n = lattice->sites, d = lattice->dimension, symmetry = lattice->symmetry.operations;
    const double sums = symmetry / lattice->symmetry.mirrors; /* numbers in a row, at the most, and times d without axes */
    return n * (18 * (1 + d) * sums + 8 * (1 + d));
}

typedef double part __attribute__((vector_size(PART * sizeof(double)), aligned(sizeof(double)), may_alias));

NIXE_VECTORISED void nixe_sparse_apply(const nixe_sparse *sparse, long first, long last, const int32_t *to, int width,
                                       const double *x, long x_stride, double *y, long y_stride) {
    for (long row = first; row < last; row++) {
        double *own = y + (to ? to[row] : row - first) * y_stride;
        for (int w = 0; w < width; w += PARTS * PART) {
            part sum[PARTS] = {{0}};
            for (int32_t p = sparse->begin[row]; p < sparse->begin[row + 1]; p++)
                for (int h = 0; h < PARTS; h++)
                    sum[h] += sparse->value[p] * *(const part *)(x + sparse->column[p] * x_stride + w + h * PART);
            for (int h = 0; h < PARTS; h++) *(part *)(own + w + h * PART) = sum[h];
        }
    }
}

void nixe_adapted_project(const nixe_adapted *adapted, const double *u, double *product) {
    const nixe_lattice *lattice = adapted->lattice;
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const int d = lattice->dimension, mirrors = symmetry->mirrors;
    memset(product, 0, (size_t)((long)lattice->sites * d) * sizeof *product);
    for (int o = 0; o < adapted->orbits; o++) {
        const int begin = adapted->begin[o], count = (adapted->begin[o + 1] - begin) * d;
        for (int c = 0; c < mirrors; c++)
            for (int x = 0; x < count; x++) {
                const int site = adapted->site[begin + x / d];
                const long row = (long)mirrors * d * begin + c * count + x;
                double sum = 0;
                for (int e = 0; e < mirrors; e++)
                    sum += nixe_symmetry_character(c, e) * nixe_symmetry_flip(symmetry, e, x % d) *
                           u[(long)nixe_symmetry_mirrored(lattice, e, site) * d + x % d];
                sum /= nixe_symmetry_fixing(lattice, site);
                for (int32_t p = adapted->expand.begin[row]; p < adapted->expand.begin[row + 1]; p++)
                    product[adapted->expand.column[p]] += adapted->expand.value[p] * sum;
            }
    }
}
