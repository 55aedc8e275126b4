/* Strain: local area deviations and elastic energy of a block of configurations. Nothing here is collective.
 * Every inner loop runs over the configurations of the block and is vectorised. */
#include "nixe/strain.h"

#include <math.h>
#include <string.h>

#include "nixe/vectorised.h"

enum { WIDTH = NIXE_CONFIGURATIONS };

/* One pass over the bonds: the energy of each, and its part of the areas of its ends (nearest neighbours only). */
NIXE_VECTORISED static void measure_bonds(const nixe_displacement *displacement, double shell_stiffness, double mismatch,
                                          double *restrict area, double *restrict energy) {
    const nixe_lattice *lattice = displacement->lattice;
    const int d = lattice->dimension, width = displacement->width;
    for (long x = 0; x < (long)lattice->sites * WIDTH; x++) area[x] = -1;
    memset(energy, 0, WIDTH * sizeof *energy);
    for (int b = 0; b < lattice->bonds; b++) {
        const int direction = lattice->bond_direction[b], nearest = lattice->length[direction] < 1.1;
        const double k_b = nixe_lattice_stiffness(lattice, b, shell_stiffness);
        const long i = lattice->bond[2 * (long)b], j = lattice->bond[2 * (long)b + 1];
        const double *s = displacement->s + i * WIDTH, *s_next = displacement->s + j * WIDTH;
        double stretch[WIDTH], square[WIDTH] = {0};
        for (int w = 0; w < width; w++) stretch[w] = -0.5 * (s[w] + s_next[w]);
        for (int k = 0; k < d; k++) {
            const double alpha = lattice->direction[direction][k];
            const double *u = displacement->u + (i * d + k) * WIDTH, *u_next = displacement->u + (j * d + k) * WIDTH;
            for (int w = 0; w < width; w++) {
                const double difference = u_next[w] - u[w], component = alpha + mismatch * difference;
                stretch[w] += alpha * difference;
                square[w] += component * component;
            }
        }
        for (int w = 0; w < width; w++) energy[w] += 2 * k_b * stretch[w] * stretch[w];
        if (!nearest) continue;
        if (d == 3)
            for (int w = 0; w < width; w++) square[w] *= sqrt(square[w]);
        for (int w = 0; w < width; w++) area[i * WIDTH + w] += square[w] * (1.0 / 6);
        for (int w = 0; w < width; w++) area[j * WIDTH + w] += square[w] * (1.0 / 6);
    }
}

NIXE_VECTORISED void nixe_strain_measure(const nixe_displacement *displacement, double shell_stiffness, double mismatch,
                                         double *area, nixe_strain *strain) {
    const nixe_lattice *lattice = displacement->lattice;
    const double sites = lattice->averaged_sites;
    const int width = displacement->width;
    double *mean = strain->area_mean, *rms = strain->area_rms;
    measure_bonds(displacement, shell_stiffness, mismatch, area, strain->elastic_energy);
    memset(mean, 0, sizeof strain->area_mean);
    memset(rms, 0, sizeof strain->area_rms);
    for (long site = 0; site < lattice->sites; site++)
        for (int w = 0; w < width && lattice->averaged[site]; w++) mean[w] += area[site * WIDTH + w];
    for (int w = 0; w < width; w++) mean[w] /= sites; /* 0/0 = NaN: no such site */
    for (long site = 0; site < lattice->sites; site++)
        for (int w = 0; w < width && lattice->averaged[site]; w++) {
            double deviation = area[site * WIDTH + w] - mean[w];
            rms[w] += deviation * deviation;
        }
    for (int w = 0; w < width; w++) rms[w] = sqrt(rms[w] / sites);
}
