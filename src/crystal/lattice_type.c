/* Lattice type: the table of lattices, and what follows from a row of it. Pure; nothing here is collective. */
#include "nixe/crystal/lattice_type.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/error.h"

#define SQRT1_2 0.70710678118654752440
#define SQRT1_3 0.57735026918962576451
#define SQRT3_4 0.86602540378443864676 /* half the square root of 3 */
#define SQRT2 1.41421356237309504880
#define SQRT4_3 1.15470053837925152902
#define SQRT8_3 1.63299316185545206546

#define UNIT_CELL                         \
    {                                     \
        {1, 0, 0}, {0, 1, 0}, { 0, 0, 1 } \
    }

const nixe_lattice_kind nixe_lattice_kinds[NIXE_LATTICE_TYPES] = {
    {.name = "triangular",
     .dimension = 2,
     .vector = {{1, 0}, {0.5, SQRT3_4}},
     .basis_sites = 1,
     .cell = UNIT_CELL,
     .classes = 1,
     .length = {1},
     .indices = 2},
    {.name = "square",
     .dimension = 2,
     .vector = {{1, 0}, {0, 1}},
     .basis_sites = 1,
     .cell = UNIT_CELL,
     .classes = 2,
     .length = {1, SQRT2},
     .indices = 2},
    {.name = "sc",
     .dimension = 3,
     .vector = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
     .basis_sites = 1,
     .cell = UNIT_CELL,
     .classes = 2,
     .length = {1, SQRT2},
     .indices = 3},
    {.name = "fcc",
     .dimension = 3,
     .vector = {{0, SQRT1_2, SQRT1_2}, {SQRT1_2, 0, SQRT1_2}, {SQRT1_2, SQRT1_2, 0}},
     .basis_sites = 1,
     .cell = {{-1, 1, 1}, {1, -1, 1}, {1, 1, -1}},
     .classes = 1,
     .length = {1},
     .indices = 3},
    {.name = "bcc",
     .dimension = 3,
     .vector = {{-SQRT1_3, SQRT1_3, SQRT1_3}, {SQRT1_3, -SQRT1_3, SQRT1_3}, {SQRT1_3, SQRT1_3, -SQRT1_3}},
     .basis_sites = 1,
     .cell = {{0, 1, 1}, {1, 0, 1}, {1, 1, 0}},
     .classes = 2,
     .length = {1, SQRT4_3},
     .indices = 3},
    {.name = "hcp",
     .dimension = 3,
     .vector = {{1, 0, 0}, {-0.5, SQRT3_4, 0}, {0, 0, SQRT8_3}},
     .basis_sites = 2,
     .basis = {{1.0 / 3, 2.0 / 3, 0.25}, {2.0 / 3, 1.0 / 3, 0.75}},
     .cell = UNIT_CELL,
     .classes = 1,
     .length = {1},
     .indices = 4},
};

enum { NEAR = 2 }; /* cells in each direction within which all bonds end */

void nixe_lattice_place(const nixe_lattice_kind *kind, const int c[3], int site, double x[3]) {
    for (int k = 0; k < 3; k++) {
        x[k] = 0;
        for (int m = 0; m < kind->dimension; m++) x[k] += (c[m] + kind->basis[site][m]) * kind->vector[m][k];
    }
}

void nixe_lattice_cell(const nixe_lattice_kind *kind, double cell[3][3]) {
    const int d = kind->dimension;
    memset(cell, 0, 9 * sizeof(double));
    for (int k = 0; k < d; k++)
        for (int m = 0; m < d; m++)
            for (int x = 0; x < d; x++) cell[k][x] += kind->cell[k][m] * kind->vector[m][x];
}

/* The vectors, primitive or of the cell, as a 3 x 3 matrix that has an inverse in two dimensions, too. */
static void set_matrix(const nixe_lattice_kind *kind, int cell, double m[3][3]) {
    if (cell) nixe_lattice_cell(kind, m);
    else memcpy(m, kind->vector, sizeof kind->vector);
    if (kind->dimension == 2) m[2][2] = 1;
}

static double minor_of(double m[3][3], int row, int column) {
    const int a = (row + 1) % 3, b = (row + 2) % 3, c = (column + 1) % 3, e = (column + 2) % 3;
    return m[a][c] * m[b][e] - m[a][e] * m[b][c];
}

/* inverse[i][k]: x . inverse are the coordinates. Its column k is the reciprocal vector b_k. */
static void invert(double m[3][3], double inverse[3][3]) {
    double determinant = 0;
    for (int k = 0; k < 3; k++) determinant += m[0][k] * minor_of(m, 0, k);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) inverse[i][k] = minor_of(m, k, i) / determinant;
}

void nixe_lattice_coordinates(const nixe_lattice_kind *kind, int cell, const double x[3], double y[3]) {
    double m[3][3], inverse[3][3];
    set_matrix(kind, cell, m);
    invert(m, inverse);
    for (int k = 0; k < 3; k++) y[k] = x[0] * inverse[0][k] + x[1] * inverse[1][k] + x[2] * inverse[2][k];
}

void nixe_lattice_cell_sites(const nixe_lattice_kind *kind, int boxes, nixe_cell *cell) {
    const int cells = kind->dimension == 3 ? 27 : 9;
    *cell = (nixe_cell){.kind = kind, .boxes = boxes};
    for (int b = 0; b < kind->basis_sites; b++)
        for (int v = 0; v < cells; v++) { /* primitive cells 0, 1, 2 along each vector hold the cell of boxes */
            const int c[3] = {v % 3, v / 3 % 3, v / 9};
            double x[3], y[3];
            int inside = 1;
            nixe_lattice_place(kind, c, b, x);
            nixe_lattice_coordinates(kind, boxes, x, y);
            for (int k = 0; k < kind->dimension; k++) inside &= y[k] > -1e-6 && y[k] < 1 - 1e-6;
            if (!inside) continue;
            NIXE_REQUIRE(cell->sites < NIXE_MAX_CELL_SITES, "this lattice has more sites in a cell than nixe has room for");
            cell->basis[cell->sites] = b;
            memcpy(cell->place[cell->sites++], x, sizeof x);
        }
}

int nixe_lattice_in_cell(const nixe_cell *cell, const double x[3], int shift[3]) {
    for (int s = 0; s < cell->sites; s++) {
        const double *place = cell->place[s], from[3] = {x[0] - place[0], x[1] - place[1], x[2] - place[2]};
        double y[3], off = 0;
        nixe_lattice_coordinates(cell->kind, cell->boxes, from, y);
        for (int k = 0; k < 3; k++) {
            shift[k] = (int)lround(y[k]);
            off += fabs(y[k] - shift[k]);
        }
        if (off < 1e-3) return s;
    }
    return -1;
}

void nixe_lattice_normal(const nixe_lattice_kind *kind, const int index[3], double normal[3]) {
    double m[3][3], inverse[3][3], length = 0;
    set_matrix(kind, 1, m);
    invert(m, inverse);
    for (int i = 0; i < 3; i++) {
        normal[i] = 0;
        for (int k = 0; k < kind->dimension; k++) normal[i] += index[k] * inverse[i][k];
        length += normal[i] * normal[i];
    }
    for (int i = 0; i < 3; i++) normal[i] /= sqrt(length);
}

double nixe_lattice_spacing(const nixe_lattice_kind *kind, const double normal[3]) {
    double spacing = INFINITY, first = 0;
    int halfway = kind->basis_sites > 1;
    for (int v = 0; v < 343; v++) { /* the smallest height of a vector of the lattice */
        double x[3];
        const int c[3] = {v % 7 - 3, v / 7 % 7 - 3, kind->dimension == 3 ? v / 49 - 3 : 0};
        nixe_lattice_place(kind, c, 0, x);
        for (int k = 0; k < 3; k++)
            for (int m = 0; m < kind->dimension; m++) x[k] -= kind->basis[0][m] * kind->vector[m][k];
        const double height = fabs(x[0] * normal[0] + x[1] * normal[1] + x[2] * normal[2]);
        if (height > 1e-6 && height < spacing) spacing = height;
    }
    for (int b = 0; b < kind->basis_sites; b++) { /* planes of the sites of a cell at equal distances are planes of their own */
        double x[3];
        nixe_lattice_place(kind, (int[3]){0}, b, x);
        const double height = x[0] * normal[0] + x[1] * normal[1] + x[2] * normal[2];
        if (b == 0) first = height;
        const double part = (height - first) / spacing * kind->basis_sites;
        halfway &= fabs(part - round(part)) < 1e-6 && (b == 0 || fmod(fabs(round(part)), kind->basis_sites) > 0.5);
    }
    return halfway ? spacing / kind->basis_sites : spacing;
}

/* The order of the steps: by class; then those along the first vectors before others, positive ones first. */
static int compare_steps(const void *one, const void *other) {
    const nixe_step *a = one, *b = other;
    if (a->class != b->class) return a->class - b->class;
    for (int k = 2; k >= 0; k--)
        if (abs(a->shift[k]) != abs(b->shift[k])) return abs(a->shift[k]) - abs(b->shift[k]);
    for (int k = 0; k < 3; k++)
        if (a->shift[k] != b->shift[k]) return b->shift[k] - a->shift[k];
    return a->from != b->from ? a->from - b->from : a->to - b->to;
}

static int class_of(const nixe_lattice_kind *kind, const double vector[3]) {
    const double length = sqrt(vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2]);
    for (int k = 0; k < kind->classes; k++)
        if (fabs(length - kind->length[k]) < 1e-6) return k;
    return -1;
}

int nixe_lattice_steps(const nixe_lattice_kind *kind, nixe_step *step) {
    enum { SPAN = 2 * NEAR + 1 };
    const int cells = kind->dimension == 3 ? SPAN * SPAN * SPAN : SPAN * SPAN;
    int count = 0;
    for (int from = 0; from < kind->basis_sites; from++)
        for (int to = 0; to < kind->basis_sites; to++)
            for (int v = 0; v < cells; v++) {
                nixe_step s = {from, to, {v % SPAN - NEAR, v / SPAN % SPAN - NEAR, v / SPAN / SPAN - NEAR}, {0}, 0};
                double here[3], there[3];
                if (kind->dimension == 2) s.shift[2] = 0;
                nixe_lattice_place(kind, (int[3]){0}, from, here);
                nixe_lattice_place(kind, s.shift, to, there);
                for (int k = 0; k < 3; k++) s.vector[k] = there[k] - here[k];
                s.class = class_of(kind, s.vector);
                if (s.class < 0) continue;
                NIXE_REQUIRE(count < NIXE_MAX_STEPS, "this lattice has more bonds in a cell than nixe has room for");
                step[count++] = s;
            }
    qsort(step, (size_t)count, sizeof *step, compare_steps);
    return count;
}

/* Cartesian form of an integer matrix on the primitive coordinates; 0 if it is no rotation or reflection. */
static int is_operation(const nixe_lattice_kind *kind, const int matrix[9], double operation[9]) {
    double m[3][3], inverse[3][3], image[3][3] = {{0}};
    set_matrix(kind, 0, m);
    invert(m, inverse);
    for (int i = 0; i < 3; i++) /* images of the vectors */
        for (int k = 0; k < 3; k++)
            for (int x = 0; x < 3; x++) image[i][x] += matrix[3 * i + k] * m[k][x];
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            double before = 0, after = 0;
            for (int x = 0; x < 3; x++) before += m[a][x] * m[b][x], after += image[a][x] * image[b][x];
            if (fabs(before - after) > 1e-9) return 0;
        }
    for (int x = 0; x < 3; x++) /* R such that R m_i = image_i */
        for (int y = 0; y < 3; y++) {
            double sum = 0;
            for (int i = 0; i < 3; i++) sum += image[i][x] * inverse[y][i];
            operation[3 * x + y] = fabs(sum - round(sum)) < 1e-12 ? round(sum) : sum;
        }
    return 1;
}

int nixe_lattice_operations(const nixe_lattice_kind *kind, double (*operation)[9]) {
    const int d = kind->dimension, entries = d * d;
    int all = 1, count = 1;
    for (int e = 0; e < entries; e++) all *= 3;
    for (int x = 0; x < 9; x++) operation[0][x] = x % 4 == 0;
    for (int number = 0; number < all; number++) {
        int matrix[9] = {0}, rest = number, identity = 1;
        double found[9];
        matrix[8] = 1;
        for (int e = 0; e < entries; e++, rest /= 3) matrix[e / d * 3 + e % d] = rest % 3 - 1;
        for (int x = 0; x < 9; x++) identity &= matrix[x] == (x % 4 == 0);
        if (identity || !is_operation(kind, matrix, found)) continue;
        NIXE_REQUIRE(count < NIXE_MAX_OPERATIONS, "this lattice has more operations than there are");
        memcpy(operation[count++], found, sizeof found);
    }
    return count;
}
