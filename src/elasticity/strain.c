/* Strain: local area deviations and elastic energy of a stack of configurations. Nothing here is collective.
 * Every inner loop runs over the configurations of the stack and is vectorised. */
#include "nixe/elasticity/strain.h"

#include <math.h>
#include <string.h>

#include "nixe/base/vectorised.h"

enum { CHUNK = NIXE_CHUNK };

/* Four numbers of a chunk at once: a vector type of the compiler; and part h of the chunk of a row. */
enum { PART = 4, PARTS = CHUNK / PART };
typedef double part __attribute__((vector_size(PART * sizeof(double)), aligned(sizeof(double)), may_alias));
#define at(rows, row, h) (*(part *)((rows) + (row)*CHUNK + (h)*PART))

#define INLINE static inline __attribute__((always_inline))

/* One pass over the bonds for one chunk of configurations: the energy of each bond, and its part of the areas of its ends
 * (nearest neighbours only). */
INLINE void measure_bonds(const nixe_lattice *lattice, const int d, const int strains, double shell_stiffness, double mismatch,
                          double *restrict all_s, double *restrict all_u, double *restrict area, double *restrict energy) {
    part sum[PARTS] = {{0}};
    for (long x = 0; x < (long)lattice->sites * CHUNK; x++) area[x] = -1;
    for (int b = 0; b < lattice->bonds; b++) {
        const int direction = lattice->bond_direction[b], nearest = lattice->direction_class[direction] == 0;
        const double half = 0.5 * nixe_lattice_class(lattice, b)->mismatch;
        double strained[6][3];
        for (int e = 0; e < strains; e++) nixe_lattice_strained(lattice, e, direction, strained[e]);
        const double k_b = nixe_lattice_stiffness(lattice, b, shell_stiffness);
        const long i = lattice->bond[2 * (long)b], j = lattice->bond[2 * (long)b + 1];
        for (int h = 0; h < PARTS; h++) {
            part stretch = {0}, square = {0};
            stretch -= half * (at(all_s, i, h) + at(all_s, j, h)); /* from 0: rounded by itself, not in one with what follows */
            for (int k = 0; k < d; k++) {
                const double alpha = lattice->direction[direction][k];
                part difference = at(all_u, j * d + k, h) - at(all_u, i * d + k, h);
                for (int e = 0; e < strains; e++) difference += strained[e][k] * at(all_u, (long)lattice->sites * d + e, h);
                const part component = alpha + mismatch * difference;
                stretch += alpha * difference;
                square += component * component;
            }
            sum[h] += 2 * k_b * stretch * stretch;
            if (!nearest) continue;
            if (d == 3)
                for (int w = 0; w < PART; w++) square[w] *= sqrt(square[w]);
            square *= 1.0 / lattice->nearest;
            at(area, i, h) += square;
            at(area, j, h) += square;
        }
    }
    memcpy(energy, sum, sizeof sum);
}

/* Mean and spread of the areas of one chunk over the averaged sites; 0/0 = NaN where there are none. */
INLINE void average_areas(const nixe_lattice *lattice, const double *restrict area, double *restrict mean,
                          double *restrict rms) {
    double sum[CHUNK] = {0}, squares[CHUNK] = {0};
    for (long site = 0; site < lattice->sites; site++)
        for (int w = 0; w < CHUNK && lattice->averaged[site]; w++) sum[w] += area[site * CHUNK + w];
    for (int w = 0; w < CHUNK; w++) mean[w] = sum[w] / lattice->averaged_sites;
    for (long site = 0; site < lattice->sites; site++)
        for (int w = 0; w < CHUNK && lattice->averaged[site]; w++) {
            double deviation = area[site * CHUNK + w] - mean[w];
            squares[w] += deviation * deviation;
        }
    for (int w = 0; w < CHUNK; w++) rms[w] = sqrt(squares[w] / lattice->averaged_sites);
}

/* The number of dimensions, and that there are no strains, is known where measure_bonds() is inlined, so that its inner loops
 * stay in registers. */
NIXE_VECTORISED void nixe_strain_measure(const nixe_displacement *displacement, double shell_stiffness, double mismatch,
                                         double *area, nixe_strain *strain) {
    const nixe_lattice *lattice = displacement->lattice;
    const long n = lattice->sites;
    const int d = lattice->dimension, strains = lattice->strains;
    for (int first = 0; first < displacement->width; first += CHUNK) {
        double *s = displacement->s + first * n, *u = displacement->u + first * nixe_lattice_freedoms(lattice);
        double *chunk_area = area + first * n, *energy = strain->elastic_energy + first;
        if (d == 2 && !strains) measure_bonds(lattice, 2, 0, shell_stiffness, mismatch, s, u, chunk_area, energy);
        else if (d == 2) measure_bonds(lattice, 2, strains, shell_stiffness, mismatch, s, u, chunk_area, energy);
        else if (!strains) measure_bonds(lattice, 3, 0, shell_stiffness, mismatch, s, u, chunk_area, energy);
        else measure_bonds(lattice, 3, strains, shell_stiffness, mismatch, s, u, chunk_area, energy);
        average_areas(lattice, chunk_area, strain->area_mean + first, strain->area_rms + first);
    }
}
