/* Strain: local area deviations and elastic energy of a block of configurations. Nothing here is collective.
 * Every inner loop runs over the configurations of the block and is vectorised. */
#include "nixe/strain.h"

#include <math.h>
#include <string.h>

enum { WIDTH = NIXE_CONFIGURATIONS };

void nixe_strain_area(const nixe_displacement *displacement, double mismatch, double *restrict area) {
    const nixe_lattice *lattice = displacement->lattice;
    const int d = lattice->dimension;
    const double share = 1.0 / 6;
    for (long x = 0; x < (long)lattice->sites * WIDTH; x++) area[x] = -1;
    for (int b = 0; b < lattice->bonds; b++) {
        const int direction = lattice->bond_direction[b];
        if (lattice->length[direction] > 1.1) continue; /* nearest neighbours only */
        const long i = lattice->bond[2 * (long)b], j = lattice->bond[2 * (long)b + 1];
        double square[WIDTH] = {0};
        for (int k = 0; k < d; k++) {
            const double alpha = lattice->direction[direction][k];
            const double *u = displacement->u + (i * d + k) * WIDTH, *next = displacement->u + (j * d + k) * WIDTH;
            for (int w = 0; w < WIDTH; w++) {
                double component = alpha + mismatch * (next[w] - u[w]);
                square[w] += component * component;
            }
        }
        if (d == 3)
            for (int w = 0; w < WIDTH; w++) square[w] *= sqrt(square[w]);
        for (int w = 0; w < WIDTH; w++) area[i * WIDTH + w] += share * square[w];
        for (int w = 0; w < WIDTH; w++) area[j * WIDTH + w] += share * square[w];
    }
}

static void measure_energy(const nixe_displacement *displacement, double shell_stiffness, double *energy) {
    const nixe_lattice *lattice = displacement->lattice;
    const int d = lattice->dimension;
    memset(energy, 0, WIDTH * sizeof *energy);
    for (int b = 0; b < lattice->bonds; b++) {
        const double *alpha = lattice->direction[lattice->bond_direction[b]];
        const double k_b = nixe_lattice_stiffness(lattice, b, shell_stiffness);
        const long i = lattice->bond[2 * (long)b], j = lattice->bond[2 * (long)b + 1];
        const double *s = displacement->s + i * WIDTH, *s_next = displacement->s + j * WIDTH;
        double stretch[WIDTH];
        for (int w = 0; w < WIDTH; w++) stretch[w] = -0.5 * (s[w] + s_next[w]);
        for (int k = 0; k < d; k++) {
            const double *u = displacement->u + (i * d + k) * WIDTH, *next = displacement->u + (j * d + k) * WIDTH;
            for (int w = 0; w < WIDTH; w++) stretch[w] += alpha[k] * (next[w] - u[w]);
        }
        for (int w = 0; w < WIDTH; w++) energy[w] += 2 * k_b * stretch[w] * stretch[w];
    }
}

void nixe_strain_measure(const nixe_displacement *displacement, double shell_stiffness, double mismatch, double *area,
                         nixe_strain *strain) {
    const nixe_lattice *lattice = displacement->lattice;
    const double sites = lattice->averaged_sites;
    double *mean = strain->area_mean, *rms = strain->area_rms;
    measure_energy(displacement, shell_stiffness, strain->elastic_energy);
    nixe_strain_area(displacement, mismatch, area);
    memset(mean, 0, sizeof strain->area_mean);
    memset(rms, 0, sizeof strain->area_rms);
    for (long site = 0; site < lattice->sites; site++)
        for (int w = 0; w < WIDTH && lattice->averaged[site]; w++) mean[w] += area[site * WIDTH + w];
    for (int w = 0; w < WIDTH; w++) mean[w] /= sites; /* 0/0 = NaN: no such site */
    for (long site = 0; site < lattice->sites; site++)
        for (int w = 0; w < WIDTH && lattice->averaged[site]; w++) {
            double deviation = area[site * WIDTH + w] - mean[w];
            rms[w] += deviation * deviation;
        }
    for (int w = 0; w < WIDTH; w++) rms[w] = sqrt(rms[w] / sites);
}
