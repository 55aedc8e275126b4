/* Strain: local area deviations and elastic energy of a block of configurations. Nothing here is collective.
 * Every inner loop runs over the configurations of the block and is vectorised. */
#include "nixe/strain.h"

#include <math.h>
#include <string.h>

#include "nixe/vectorised.h"

#define INLINE static inline __attribute__((always_inline))

enum { CHUNK = NIXE_CHUNK };

/* One pass over the bonds for one chunk of configurations: the energy of each bond, and its part of the areas of its ends
 * (nearest neighbours only). */
INLINE void measure_bonds(const nixe_lattice *lattice, const int d, double shell_stiffness, double mismatch,
                          const double *restrict all_s, const double *restrict all_u, double *restrict area,
                          double *restrict energy) {
    double sum[CHUNK] = {0};
    for (long x = 0; x < (long)lattice->sites * CHUNK; x++) area[x] = -1;
    for (int b = 0; b < lattice->bonds; b++) {
        const int direction = lattice->bond_direction[b];
        const double k_b = nixe_lattice_stiffness(lattice, b, shell_stiffness);
        const long i = lattice->bond[2 * (long)b], j = lattice->bond[2 * (long)b + 1];
        const double *s = all_s + i * CHUNK, *s_next = all_s + j * CHUNK;
        double stretch[CHUNK], square[CHUNK] = {0};
        for (int w = 0; w < CHUNK; w++) stretch[w] = -0.5 * (s[w] + s_next[w]);
        for (int k = 0; k < d; k++) {
            const double alpha = lattice->direction[direction][k];
            const double *u = all_u + (i * d + k) * CHUNK, *u_next = all_u + (j * d + k) * CHUNK;
            for (int w = 0; w < CHUNK; w++) {
                const double difference = u_next[w] - u[w], component = alpha + mismatch * difference;
                stretch[w] += alpha * difference;
                square[w] += component * component;
            }
        }
        for (int w = 0; w < CHUNK; w++) sum[w] += 2 * k_b * stretch[w] * stretch[w];
        if (lattice->length[direction] > 1.1) continue;
        if (d == 3)
            for (int w = 0; w < CHUNK; w++) square[w] *= sqrt(square[w]);
        double *area_i = area + i * CHUNK, *area_j = area + j * CHUNK;
        for (int w = 0; w < CHUNK; w++) area_i[w] += square[w] * (1.0 / 6);
        for (int w = 0; w < CHUNK; w++) area_j[w] += square[w] * (1.0 / 6);
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

/* The number of dimensions is known where measure_bonds() is inlined, so that its inner loops stay in registers. */
NIXE_VECTORISED void nixe_strain_measure(const nixe_displacement *displacement, double shell_stiffness, double mismatch,
                                         double *area, nixe_strain *strain) {
    const nixe_lattice *lattice = displacement->lattice;
    const long n = lattice->sites;
    for (int first = 0; first < displacement->width; first += CHUNK) {
        const double *s = displacement->s + first * n, *u = displacement->u + first * n * lattice->dimension;
        double *chunk_area = area + first * n, *energy = strain->elastic_energy + first;
        if (lattice->dimension == 2) measure_bonds(lattice, 2, shell_stiffness, mismatch, s, u, chunk_area, energy);
        else measure_bonds(lattice, 3, shell_stiffness, mismatch, s, u, chunk_area, energy);
        average_areas(lattice, chunk_area, strain->area_mean + first, strain->area_rms + first);
    }
}
