/* Representations: the group of a crystal and how it acts, apart. Nothing here is collective. */
#include "nixe/elasticity/representations.h"

#include <math.h>
#include <petscsys.h>

#include <petscblaslapack.h> /* needs petscsys.h before it */
#include <string.h>

enum { MOST = NIXE_MAX_OPERATIONS, ROWS = NIXE_MAX_ROWS };

static const double rounding = 1e-6; /* what is less is none: numbers here are of order 1 */

/* of[g][h]: the operation that does what g does after h; -1 where a translation would have to follow. */
typedef struct {
    int8_t of[MOST][MOST];
} products;

static int is_same(const double one[9], const double other[9]) {
    for (int x = 0; x < 9; x++)
        if (fabs(one[x] - other[x]) > rounding) return 0;
    return 1;
}

static int find_product(const nixe_lattice *lattice, int g, int h) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    const double *after = symmetry->rotation[g], *before = symmetry->rotation[h];
    const int32_t *image = symmetry->image;
    const long n = lattice->sites;
    double both[9];
    for (int x = 0; x < 9; x++) {
        both[x] = 0;
        for (int k = 0; k < 3; k++) both[x] += after[x / 3 * 3 + k] * before[3 * k + x % 3];
    }
    for (int p = 0; p < symmetry->operations; p++) /* a translation leaves no site where it is: one site will do */
        if (is_same(both, symmetry->rotation[p])) return image[g * n + image[h * n]] == image[p * n] ? p : -1;
    return -1;
}

/* The group that a set of operations, as bits, spans; 0 where a product is missing. */
static uint64_t span(const products *product, uint64_t set) {
    for (uint64_t before = 0; set != before;) {
        before = set;
        for (int g = 0; g < MOST; g++)
            for (int h = 0; h < MOST && set >> g & 1; h++) {
                if (!(set >> h & 1)) continue;
                if (product->of[g][h] < 0) return 0;
                set |= (uint64_t)1 << product->of[g][h];
            }
    }
    return set;
}

/* Whether all representations of a group are real: some h of it makes of each g its inverse, h g = g^-1 h. No group of
 * rotations and reflections has any that need quaternions. */
static int is_real(const products *product, const int32_t *inverse, uint64_t set) {
    for (int g = 0; g < MOST; g++) {
        int found = !(set >> g & 1);
        for (int h = 0; h < MOST && !found; h++) found = set >> h & 1 && product->of[h][g] == product->of[inverse[g]][h];
        if (!found) return 0;
    }
    return 1;
}

/* The operations that are taken: more and more on top of the mirrors. */
static void choose_elements(nixe_group *group, const nixe_lattice *lattice, const products *product) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    uint64_t set = 0;
    for (int e = 0; e < symmetry->mirrors; e++) set |= (uint64_t)1 << symmetry->mirror[e];
    for (uint64_t before = 0; set != before;) {
        before = set;
        for (int g = 0; g < symmetry->operations; g++) {
            const uint64_t larger = span(product, set | (uint64_t)1 << g);
            if (larger && is_real(product, symmetry->inverse, larger)) set = larger;
        }
    }
    for (int g = 0; g < symmetry->operations; g++)
        if (set >> g & 1) group->operation[group->elements++] = g;
}

/* What the group does to functions on itself, and matrices that commute with it. */
typedef struct {
    int elements;
    int8_t product[MOST][MOST]; /* of elements: that of x -> g x, which goes from the left */
    int8_t inverse[MOST];
} regular;

static void set_regular(regular *r, const nixe_group *group, const products *product) {
    int element[MOST] = {0};
    r->elements = group->elements;
    for (int x = 0; x < group->elements; x++) element[group->operation[x]] = x;
    for (int x = 0; x < group->elements; x++)
        for (int y = 0; y < group->elements; y++) {
            r->product[x][y] = (int8_t)element[product->of[group->operation[x]][group->operation[y]]];
            if (r->product[x][y] == 0) r->inverse[x] = (int8_t)y;
        }
}

static void diagonalise(int size, double *matrix, double *value) {
    double work[34 * MOST];
    const PetscBLASInt n = size, most = 34 * MOST;
    PetscBLASInt info = 0;
    LAPACKsyev_("V", "L", &n, matrix, &n, value, work, &most, &info);
    NIXE_REQUIRE(info == 0, "LAPACK found no eigenvectors of a small matrix");
}

/* Eigenvectors of a sum of translations from the right, which commute with those from the left: x -> x h and x -> x h^-1 have
 * the same weight, so that it is symmetric; any weights will do that tell apart what is different. */
static void find_spaces(const regular *r, int attempt, double *vector, double *value) {
    const int n = r->elements;
    double weight[MOST];
    for (int h = 0; h < n; h++) {
        const int least = h < r->inverse[h] ? h : r->inverse[h];
        weight[h] = fmod((attempt + 0.618033988749895) * (least + 1) * (least + 1) * 0.414213562373095, 1);
    }
    for (int y = 0; y < n; y++)
        for (int x = 0; x < n; x++) vector[y * n + x] = weight[r->product[r->inverse[y]][x]];
    diagonalise(n, vector, value);
}

/* D(g) of a space of functions that is spanned by `rows` orthonormal vectors. */
static void set_matrix(const regular *r, int rows, const double *vector, int g, double *matrix) {
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < rows; j++) {
            matrix[i * rows + j] = 0;
            for (int x = 0; x < r->elements; x++)
                matrix[i * rows + j] += vector[i * r->elements + r->product[g][x]] * vector[j * r->elements + x];
        }
}

/* Turn the vectors of a space so that mirrors are diagonal: eigenvectors of a sum of these whose eigenvalues are the numbers
 * of the characters. */
static void turn_space(const regular *r, const nixe_group *group, const nixe_symmetry *symmetry, int rows, double *vector,
                       int *block) {
    const int n = r->elements, mirrors = symmetry->mirrors;
    double sum[ROWS * ROWS] = {0}, value[ROWS], turned[ROWS * MOST] = {0};
    for (int x = 0; x < n; x++)
        for (int e = 0; e < mirrors; e++) {
            double D[ROWS * ROWS], weight = 0;
            if (group->operation[x] != symmetry->mirror[e]) continue;
            set_matrix(r, rows, vector, x, D);
            for (int c = 0; c < mirrors; c++) weight += c * nixe_symmetry_character(c, e) / mirrors;
            for (int y = 0; y < rows * rows; y++) sum[y] += weight * D[y];
        }
    diagonalise(rows, sum, value);
    for (int i = 0; i < rows; i++) {
        block[i] = (int)lround(value[i]);
        for (int l = 0; l < rows; l++)
            for (int x = 0; x < n; x++) turned[i * n + x] += sum[i * rows + l] * vector[l * n + x];
    }
    memcpy(vector, turned, (size_t)(rows * n) * sizeof *vector);
}

static double trace(const nixe_representation *representation, int element) {
    double sum = 0;
    for (int i = 0; i < representation->rows; i++) sum += representation->matrix[element][i * (representation->rows + 1)];
    return sum;
}

/* The product of two characters: 1 of what does not fall apart with itself, 0 with another. */
static double overlap(const nixe_group *group, const nixe_representation *one, const nixe_representation *other) {
    double sum = 0;
    for (int x = 0; x < group->elements; x++) sum += trace(one, x) * trace(other, x) / group->elements;
    return sum;
}

/* Keep the representation in a space of functions if it does not fall apart and is new. */
static void take_space(nixe_group *group, const regular *r, const nixe_symmetry *symmetry, int rows, double *vector) {
    nixe_representation found = {.rows = rows};
    turn_space(r, group, symmetry, rows, vector, found.block);
    for (int g = 0; g < r->elements; g++) set_matrix(r, rows, vector, g, found.matrix[g]);
    int is_new = fabs(overlap(group, &found, &found) - 1) < rounding;
    for (int k = 0; k < group->count && is_new; k++)
        is_new = fabs(overlap(group, &found, &group->representation[k])) < rounding;
    NIXE_REQUIRE(!is_new || group->count < NIXE_MAX_REPRESENTATIONS, "a group has more representations than nixe has room for");
    if (is_new) group->representation[group->count++] = found;
}

/* All representations: the squares of their rows add up to the number of elements. */
static void find_representations(nixe_group *group, const regular *r, const nixe_symmetry *symmetry) {
    const int n = group->elements;
    for (int attempt = 1, left = n; left > 0; attempt++) {
        double vector[MOST * MOST], value[MOST];
        NIXE_REQUIRE(attempt < 100, "the representations of a group were not found");
        find_spaces(r, attempt, vector, value);
        for (int first = 0, last; first < n; first = last) {
            for (last = first + 1; last < n && value[last] - value[first] < rounding;) last++;
            if (last - first <= ROWS) take_space(group, r, symmetry, last - first, vector + first * n);
        }
        left = n;
        for (int k = 0; k < group->count; k++) left -= group->representation[k].rows * group->representation[k].rows;
    }
}

void nixe_group_create(nixe_group *group, const nixe_lattice *lattice) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    products product;
    regular r;
    memset(group, 0, sizeof *group);
    memset(&product, -1, sizeof product);
    for (int g = 0; g < symmetry->operations; g++)
        for (int h = 0; h < symmetry->operations; h++) product.of[g][h] = (int8_t)find_product(lattice, g, h);
    choose_elements(group, lattice, &product);
    set_regular(&r, group, &product);
    find_representations(group, &r, symmetry);
}

/* What follows from the sites that an operation leaves where they are. */
void nixe_group_multiplicities(const nixe_group *group, const nixe_lattice *lattice, int components, int *multiplicity) {
    double sum[NIXE_MAX_REPRESENTATIONS] = {0};
    for (int x = 0; x < group->elements; x++) {
        const double *rotation = lattice->symmetry.rotation[group->operation[x]];
        const int32_t *image = lattice->symmetry.image + (long)group->operation[x] * lattice->sites;
        double turned = components == 1;
        long staying = 0;
        for (int site = 0; site < lattice->sites; site++) staying += image[site] == site;
        for (int k = 0; k < components && components > 1; k++) turned += rotation[4 * k];
        for (int r = 0; r < group->count; r++) sum[r] += trace(&group->representation[r], x) * turned * (double)staying;
    }
    for (int r = 0; r < group->count; r++) multiplicity[r] = (int)lround(sum[r] / group->elements);
}
