/* Stiffness: the linear elasticity of the crystal, as matrices of PETSc. Nothing here is collective. */
#include "nixe/elasticity/stiffness.h"

#include <math.h>
#include <petscmat.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/petsc_error.h"

/* Those of a free crystal, less the rotations that would turn the space of the periods. */
int nixe_stiffness_rigid_motions(const nixe_lattice *lattice) {
    const int free = lattice->dimension - lattice->periods;
    return lattice->dimension + free * (free - 1) / 2;
}

/* How a bond in direction m stretches by a unit of a strain. */
static double stretch(const nixe_lattice *lattice, int strain, int m) {
    double change[3];
    nixe_lattice_strained(lattice, strain, m, change);
    return change[0] * lattice->direction[m][0] + change[1] * lattice->direction[m][1] + change[2] * lattice->direction[m][2];
}

/* The row of B of the bond from a site of the wedge in direction m, in terms of block c: freedoms and their factors; returns
 * how many. */
static int set_row(const nixe_blocks *blocks, int c, int site, int m, PetscInt index[12], double row[12]) {
    const nixe_lattice *lattice = blocks->lattice;
    const int d = lattice->dimension, next = nixe_lattice_neighbours(lattice, site)[m];
    const double *alpha = lattice->direction[m];
    for (int k = 0; k < d; k++) {
        index[k] = blocks->place[site] * d + k;
        index[d + k] = blocks->place[next] * d + k;
        row[k] = -alpha[k] * nixe_blocks_factor(blocks, c, site, k);
        row[d + k] = alpha[k] * nixe_blocks_factor(blocks, c, next, k);
    }
    for (int s = 0; s < lattice->strains; s++) {
        index[2 * d + s] = blocks->sites * d + s;
        row[2 * d + s] = stretch(lattice, s, m);
    }
    return 2 * d + lattice->strains;
}

double nixe_stiffness_of_bond(const nixe_lattice *lattice, double shell_stiffness, int site, int m) {
    const int next = nixe_lattice_neighbours(lattice, site)[m];
    const double shell = lattice->layer[site] > 0 && lattice->layer[next] > 0 ? shell_stiffness : 1.0;
    return lattice->bond_class[lattice->direction_class[m]].stiffness * shell;
}

nixe_status nixe_stiffness_assemble(const nixe_blocks *blocks, double shell_stiffness, int c, Mat *D) {
    const nixe_lattice *lattice = blocks->lattice;
    const int d = lattice->dimension;
    const PetscInt size = (PetscInt)blocks->size, sites = size - lattice->strains;
    const PetscInt most = d * (lattice->coordination + 1) + lattice->strains;
    PetscInt *row_entries;
    NIXE_TRY(nixe_allocate(&row_entries, size, sizeof *row_entries, "the stiffness matrix"));
    for (PetscInt i = 0; i < size; i++) row_entries[i] = i < sites && most < size ? most : size;
    NIXE_PETSC(MatCreateSeqAIJ(PETSC_COMM_SELF, size, size, 0, row_entries, D));
    free(row_entries);
    for (PetscInt i = 0; i < size; i++)
        NIXE_PETSC(MatSetValue(*D, i, i, i < sites && blocks->still[i] >> c & 1 ? 1.0 : 0.0, ADD_VALUES));
    for (int r = 0; r < blocks->sites; r++)
        for (int m = 0; m < lattice->directions; m++) { /* each bond from both its ends, so half of it */
            const int site = blocks->representative[r];
            double row[12], values[12 * 12];
            PetscInt index[12];
            if (nixe_lattice_neighbours(lattice, site)[m] < 0) continue;
            const double k = 0.5 * blocks->images[r] * nixe_stiffness_of_bond(lattice, shell_stiffness, site, m);
            const int entries = set_row(blocks, c, site, m, index, row);
            for (int p = 0; p < entries; p++)
                for (int q = 0; q < entries; q++) values[p * entries + q] = k * row[p] * row[q];
            NIXE_PETSC(MatSetValues(*D, entries, index, entries, index, values, ADD_VALUES));
        }
    NIXE_PETSC(MatAssemblyBegin(*D, MAT_FINAL_ASSEMBLY));
    NIXE_PETSC(MatAssemblyEnd(*D, MAT_FINAL_ASSEMBLY));
    NIXE_PETSC(MatSetOption(*D, MAT_SYMMETRIC, PETSC_TRUE));
    return NIXE_OK;
}

double nixe_stiffness_zero_limit(const nixe_lattice *lattice, double shell_stiffness) {
    double softest = INFINITY, hardest = 0;
    for (int c = 0; c < lattice->classes; c++) {
        const double k = lattice->bond_class[c].stiffness, shell = lattice->shell_layers > 0 ? k * shell_stiffness : k;
        softest = fmin(softest, fmin(k, shell));
        hardest = fmax(hardest, fmax(k, shell));
    }
    softest *= pow(lattice->sites, -2.0 / lattice->dimension);
    return softest > 1e-11 * hardest ? sqrt(1e-14 * hardest * softest) : 0;
}

/* Orthonormal directions across the periods, d - periods of them. */
static void set_free_directions(const nixe_lattice *lattice, double e[3][3]) {
    int found = 0;
    memset(e, 0, 9 * sizeof(double));
    for (int x = 0; x < lattice->dimension && found < lattice->dimension - lattice->periods; x++) {
        double v[3] = {x == 0, x == 1, x == 2}, norm = 0;
        for (int s = 0; s < lattice->strains; s++) { /* off with what lies along the periods: strain[s] e of stretches */
            const double *m = lattice->strain[s];
            for (int k = 0; k < 3 && m[0] + m[4] + m[8] > 0.5; k++) v[k] -= m[3 * k + x];
        }
        for (int f = 0; f < found; f++) {
            const double overlap = e[f][x];
            for (int k = 0; k < 3; k++) v[k] -= overlap * e[f][k];
        }
        for (int k = 0; k < 3; k++) norm += v[k] * v[k];
        if (norm < 1e-6) continue;
        for (int k = 0; k < 3; k++) e[found][k] = v[k] / sqrt(norm);
        found++;
    }
}

void nixe_stiffness_rigid_modes(const nixe_lattice *lattice, double *mode) {
    const int d = lattice->dimension, count = nixe_stiffness_rigid_motions(lattice);
    const long size = nixe_lattice_freedoms(lattice);
    double e[3][3];
    set_free_directions(lattice, e);
    for (long site = 0; site < lattice->sites; site++) {
        double along[3] = {0}; /* from the centroid */
        for (int f = 0; f < 3; f++)
            for (int k = 0; k < d; k++) along[f] += e[f][k] * (lattice->position[d * site + k] - lattice->centroid[k]);
        for (int k = 0; k < d; k++) mode[k * size + d * site + k] = 1;
        for (int rotation = 0; rotation < count - d; rotation++) { /* in the planes 01, 12, 20 */
            const int p = rotation, q = (rotation + 1) % (d - lattice->periods);
            for (int k = 0; k < d; k++) mode[(d + rotation) * size + d * site + k] = e[q][k] * along[p] - e[p][k] * along[q];
        }
    }
    for (int m = 0; m < count; m++) { /* Gram-Schmidt; only rounding is left to remove between these modes */
        double *v = mode + m * size, norm = 0;
        for (int l = 0; l < m; l++) {
            double overlap = 0;
            for (long i = 0; i < size; i++) overlap += v[i] * mode[l * size + i];
            for (long i = 0; i < size; i++) v[i] -= overlap * mode[l * size + i];
        }
        for (long i = 0; i < size; i++) norm += v[i] * v[i];
        for (long i = 0; i < size; i++) v[i] /= sqrt(norm);
    }
}

/* What the site at one end of its bond in direction m adds to its column of G: half the stiffness-weighted unit vector, by the
 * mismatch; both ends of a bond feel it. Freedoms and how they are pulled; returns how many. */
static int set_pull(const nixe_blocks *blocks, double shell_stiffness, int c, int site, int m, PetscInt index[12],
                    double pull[12]) {
    const nixe_lattice *lattice = blocks->lattice;
    if (nixe_lattice_neighbours(lattice, site)[m] < 0) return 0;
    const double mismatch = lattice->bond_class[lattice->direction_class[m]].mismatch;
    const double half = 0.5 * nixe_stiffness_of_bond(lattice, shell_stiffness, site, m) * mismatch;
    const int entries = set_row(blocks, c, site, m, index, pull);
    for (int p = 0; p < entries; p++) pull[p] *= half;
    return entries;
}

nixe_status nixe_stiffness_assemble_columns(const nixe_blocks *blocks, double shell_stiffness, int c, int count,
                                            const int32_t *site, Mat *sources) {
    const nixe_lattice *lattice = blocks->lattice;
    const PetscInt most = lattice->dimension * (lattice->coordination + 1) + lattice->strains;
    NIXE_PETSC(MatCreateSeqAIJ(PETSC_COMM_SELF, count, (PetscInt)blocks->size, most, NULL, sources));
    for (PetscInt column = 0; column < count; column++)
        for (int m = 0; m < lattice->directions; m++) {
            double pull[12];
            PetscInt index[12];
            const int entries = set_pull(blocks, shell_stiffness, c, site[column], m, index, pull);
            NIXE_PETSC(MatSetValues(*sources, 1, &column, entries, index, pull, ADD_VALUES));
        }
    NIXE_PETSC(MatAssemblyBegin(*sources, MAT_FINAL_ASSEMBLY));
    NIXE_PETSC(MatAssemblyEnd(*sources, MAT_FINAL_ASSEMBLY));
    return NIXE_OK;
}

/* A site that some mirrors leave alone is in that many terms of its sum. */
nixe_status nixe_stiffness_assemble_source(const nixe_blocks *blocks, double shell_stiffness, int c, Mat *G) {
    const nixe_lattice *lattice = blocks->lattice;
    const PetscInt size = (PetscInt)blocks->size, sites = size - lattice->strains, columns = blocks->sites;
    const PetscInt most = lattice->coordination + 1;
    PetscInt *row_entries;
    NIXE_TRY(nixe_allocate(&row_entries, size, sizeof *row_entries, "the sources"));
    for (PetscInt i = 0; i < size; i++) row_entries[i] = i < sites && most < columns ? most : columns;
    NIXE_PETSC(MatCreateSeqAIJ(PETSC_COMM_SELF, size, columns, 0, row_entries, G));
    free(row_entries);
    for (PetscInt r = 0; r < columns; r++)
        for (int m = 0; m < lattice->directions; m++) {
            double pull[12];
            PetscInt index[12];
            const int entries = set_pull(blocks, shell_stiffness, c, blocks->representative[r], m, index, pull);
            for (int p = 0; p < entries; p++) pull[p] *= (double)blocks->images[r] / blocks->blocks;
            NIXE_PETSC(MatSetValues(*G, entries, index, 1, &r, pull, ADD_VALUES));
        }
    NIXE_PETSC(MatAssemblyBegin(*G, MAT_FINAL_ASSEMBLY));
    NIXE_PETSC(MatAssemblyEnd(*G, MAT_FINAL_ASSEMBLY));
    return NIXE_OK;
}
