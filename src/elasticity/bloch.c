/* Bloch: elasticity of the bulk by waves. Nothing here is collective. */
#include "nixe/elasticity/bloch.h"

#include <math.h>
#include <petscsys.h>

#include <petscblaslapack.h> /* needs that before it */
#include <string.h>

enum { MAX_SITES = NIXE_MAX_CELL_SITES, MAX_FREEDOMS = 3 * NIXE_MAX_CELL_SITES, MAX_UNIFORM = MAX_FREEDOMS + 6 };

/* Of two opposite steps one is kept. */
static int is_kept(const nixe_step *step) {
    for (int k = 2; k >= 0; k--)
        if (fabs(step->vector[k]) > 1e-6) return step->vector[k] > 0;
    return 0;
}

void nixe_bloch_create(nixe_bloch *bloch, const nixe_lattice *lattice, int boxes) {
    const nixe_lattice_kind *kind = &nixe_lattice_kinds[lattice->type];
    nixe_step step[NIXE_MAX_STEPS];
    const int steps = nixe_lattice_steps(kind, step);
    bloch->bonds = 0;
    nixe_lattice_cell_sites(kind, boxes, &bloch->cell);
    for (int from = 0; from < bloch->cell.sites; from++)
        for (int s = 0; s < steps; s++) {
            if (step[s].from != bloch->cell.basis[from] || !is_kept(&step[s])) continue;
            const nixe_bond_class *class = &lattice->bond_class[step[s].class];
            nixe_bloch_bond *bond = &bloch->bond[bloch->bonds++];
            double end[3];
            for (int k = 0; k < 3; k++) {
                bond->direction[k] = step[s].vector[k] / class->length;
                end[k] = bloch->cell.place[from][k] + step[s].vector[k];
            }
            bond->from = from;
            bond->to = nixe_lattice_in_cell(&bloch->cell, end, bond->shift);
            bond->stiffness = class->stiffness;
            bond->mismatch = class->mismatch;
        }
}

static double complex phase_of(const nixe_bloch_bond *bond, int d, const double *q) {
    double turns = 0;
    for (int k = 0; k < d; k++) turns += q[k] * bond->shift[k];
    return cexp(2 * acos(-1) * turns * I);
}

/* The row of B of a bond: its components of displacements at both ends, and where in the cell these are. */
static void set_row(const nixe_bloch_bond *bond, int d, double complex phase, int index[6], double complex row[6]) {
    for (int k = 0; k < d; k++) {
        index[k] = bond->from * d + k;
        index[d + k] = bond->to * d + k;
        row[k] = -bond->direction[k];
        row[d + k] = bond->direction[k] * phase;
    }
}

void nixe_bloch_stiffness(const nixe_bloch *bloch, const double *q, double complex *D) {
    const int d = bloch->cell.kind->dimension, size = bloch->cell.sites * d;
    memset(D, 0, (size_t)(size * size) * sizeof *D);
    for (int b = 0; b < bloch->bonds; b++) {
        int index[6];
        double complex row[6];
        set_row(&bloch->bond[b], d, phase_of(&bloch->bond[b], d, q), index, row);
        for (int x = 0; x < 2 * d; x++)
            for (int y = 0; y < 2 * d; y++) D[index[x] * size + index[y]] += bloch->bond[b].stiffness * conj(row[x]) * row[y];
    }
}

/* G, shape [n d, n], and A, shape [n, n]. */
static void set_sources(const nixe_bloch *bloch, const double *q, double complex *G, double complex *A) {
    const int n = bloch->cell.sites, d = bloch->cell.kind->dimension;
    memset(G, 0, (size_t)(n * d * n) * sizeof *G);
    memset(A, 0, (size_t)(n * n) * sizeof *A);
    for (int b = 0; b < bloch->bonds; b++) {
        const nixe_bloch_bond *bond = &bloch->bond[b];
        const double complex phase = phase_of(bond, d, q), half[2] = {0.5 * bond->mismatch, 0.5 * bond->mismatch * phase};
        const int end[2] = {bond->from, bond->to};
        int index[6];
        double complex row[6];
        set_row(bond, d, phase, index, row);
        for (int s = 0; s < 2; s++) {
            for (int x = 0; x < 2 * d; x++) G[index[x] * n + end[s]] += bond->stiffness * conj(row[x]) * half[s];
            for (int t = 0; t < 2; t++) A[end[t] * n + end[s]] += bond->stiffness * conj(half[t]) * half[s];
        }
    }
}

/* D w = G by Cholesky in real numbers: [[Re D, -Im D], [Im D, Re D]] [Re w, Im w]. */
static nixe_status solve(int size, int columns, const double complex *D, const double complex *G, double complex *w) {
    double matrix[4 * MAX_FREEDOMS * MAX_FREEDOMS], right[2 * MAX_FREEDOMS * MAX_SITES];
    const PetscBLASInt twice = 2 * size, many = columns;
    PetscBLASInt info = 0;
    for (int x = 0; x < size; x++)
        for (int y = 0; y < size; y++) { /* by columns; symmetric */
            matrix[y * twice + x] = matrix[(y + size) * twice + x + size] = creal(D[x * size + y]);
            matrix[y * twice + x + size] = cimag(D[x * size + y]);
            matrix[(y + size) * twice + x] = -cimag(D[x * size + y]);
        }
    for (int x = 0; x < size; x++)
        for (int c = 0; c < columns; c++) {
            right[c * twice + x] = creal(G[x * columns + c]);
            right[c * twice + x + size] = cimag(G[x * columns + c]);
        }
    LAPACKpotrf_("L", &twice, matrix, &twice, &info);
    if (info) return nixe_fail(NIXE_FAILED, "the bulk of this lattice is floppy: a wave of displacements costs nothing");
    LAPACKpotrs_("L", &twice, &many, matrix, &twice, right, &twice, &info);
    for (int x = 0; x < size; x++)
        for (int c = 0; c < columns; c++) w[x * columns + c] = right[c * twice + x] + right[c * twice + x + size] * I;
    return NIXE_OK;
}

nixe_status nixe_bloch_solve(const nixe_bloch *bloch, const double *q, double complex *V, double complex *response) {
    const int n = bloch->cell.sites, size = n * bloch->cell.kind->dimension;
    double complex D[MAX_FREEDOMS * MAX_FREEDOMS], G[MAX_FREEDOMS * MAX_SITES];
    nixe_bloch_stiffness(bloch, q, D);
    set_sources(bloch, q, G, V);
    NIXE_TRY(solve(size, n, D, G, response));
    for (int s = 0; s < n; s++)
        for (int t = 0; t < n; t++) {
            for (int x = 0; x < size; x++) V[s * n + t] -= conj(G[x * n + s]) * response[x * n + t];
            V[s * n + t] *= 4;
        }
    return NIXE_OK;
}

/* The row of B of a bond at q = 0: displacements of the sites of the cell, then strains. */
static void set_uniform_row(const nixe_bloch *bloch, const nixe_bloch_bond *bond, const nixe_lattice *lattice, double unit,
                            double row[MAX_UNIFORM]) {
    const nixe_cell *cell = &bloch->cell;
    const int d = lattice->dimension;
    double cells[3][3], way[3];
    memset(row, 0, MAX_UNIFORM * sizeof *row);
    if (cell->boxes) nixe_lattice_cell(cell->kind, cells);
    else memcpy(cells, cell->kind->vector, sizeof cells);
    for (int k = 0; k < d; k++) {
        way[k] = cell->place[bond->to][k] - cell->place[bond->from][k];
        for (int m = 0; m < d; m++) way[k] += bond->shift[m] * cells[m][k];
        row[bond->from * d + k] -= bond->direction[k];
        row[bond->to * d + k] += bond->direction[k];
    }
    for (int s = 0; s < lattice->strains; s++)
        for (int k = 0; k < d; k++)
            for (int m = 0; m < d; m++)
                row[cell->sites * d + s] += unit * bond->direction[k] * lattice->strain[s][3 * k + m] * way[m];
}

void nixe_bloch_uniform(const nixe_bloch *bloch, const nixe_lattice *lattice, double unit, double *D) {
    const int size = bloch->cell.sites * lattice->dimension + lattice->strains;
    double row[MAX_UNIFORM];
    memset(D, 0, (size_t)(size * size) * sizeof *D);
    for (int b = 0; b < bloch->bonds; b++) {
        set_uniform_row(bloch, &bloch->bond[b], lattice, unit, row);
        for (int x = 0; x < size; x++)
            for (int y = 0; y < size; y++) D[x * size + y] += bloch->bond[b].stiffness * row[x] * row[y];
    }
}

/* V <- P V P. */
static void project(int n, double *V) {
    double mean[MAX_SITES] = {0}, all = 0;
    for (int x = 0; x < n * n; x++) mean[x / n] += V[x] / n;
    for (int s = 0; s < n; s++) all += mean[s] / n;
    for (int x = 0; x < n * n; x++) V[x] += all - mean[x / n] - mean[x % n];
}

nixe_status nixe_bloch_solve_uniform(const nixe_bloch *bloch, const nixe_lattice *lattice, double *V, double *response) {
    const int n = bloch->cell.sites, d = lattice->dimension, size = n * d + lattice->strains;
    const PetscBLASInt rows = size, columns = n;
    double D[MAX_UNIFORM * MAX_UNIFORM], G[MAX_UNIFORM * MAX_SITES] = {0}, w[MAX_SITES * MAX_UNIFORM], row[MAX_UNIFORM];
    PetscBLASInt info = 0;
    memset(V, 0, (size_t)(n * n) * sizeof *V);
    nixe_bloch_uniform(bloch, lattice, 1, D);
    for (int b = 0; b < bloch->bonds; b++) {
        const nixe_bloch_bond *bond = &bloch->bond[b];
        const int end[2] = {bond->from, bond->to};
        const double half = bond->mismatch / 2;
        set_uniform_row(bloch, bond, lattice, 1, row);
        for (int s = 0; s < 2; s++) {
            for (int x = 0; x < size; x++) G[x * n + end[s]] += bond->stiffness * row[x] * half;
            for (int t = 0; t < 2; t++) V[end[s] * n + end[t]] += 4 * bond->stiffness * half * half;
        }
    }
    for (int x = 0; x < n * d; x++) /* a spring to each translation, which the sources never stretch */
        for (int y = x % d; y < n * d; y += d) D[x * size + y] += bloch->bond[0].stiffness;
    for (int x = 0; x < size * n; x++) w[x % n * size + x / n] = G[x];
    LAPACKpotrf_("L", &rows, D, &rows, &info);
    if (info) return nixe_fail(NIXE_FAILED, "the bulk of this lattice is floppy: a uniform displacement costs nothing");
    LAPACKpotrs_("L", &rows, &columns, D, &rows, w, &rows, &info);
    for (int x = 0; x < size * n; x++) response[x] = w[x % n * size + x / n];
    for (int s = 0; s < n; s++)
        for (int t = 0; t < n; t++)
            for (int x = 0; x < size; x++) V[s * n + t] -= 4 * G[x * n + s] * response[x * n + t];
    project(n, V);
    return NIXE_OK;
}
