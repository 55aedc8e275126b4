/* Strain: what follows from the displacements of a stack of configurations: local area deviations (14) and the elastic
 * energy (4). Nothing here is collective. */
#ifndef NIXE_ELASTICITY_STRAIN_H
#define NIXE_ELASTICITY_STRAIN_H

#include "nixe/elasticity/displacement.h"

/* Means over the averaged sites, and the energy, of each configuration of a stack. */
typedef struct {
    double area_mean[NIXE_CONFIGURATIONS];      /* mean of A_R */
    double area_rms[NIXE_CONFIGURATIONS];       /* root mean square of A_R - mean */
    double elastic_energy[NIXE_CONFIGURATIONS]; /* E / epsilon = 2 sum_bonds k (alpha.(u_R' - u_R) - r (s_R + s_R')/2)^2 */
} nixe_strain;

/* Measure the stack in `displacement`. mismatch is Delta/a. `area`, a stack of N, becomes the area (2D) or volume
 * (3D) deviation of each site,
 *
 *   A_R = 1/Z_1 sum_nearest (|alpha + (Delta/a)(u_R' - u_R)| / a)^d - 1
 *
 * over the Z_1 nearest neighbours, those by bonds of the first class; sites with fewer of them have no meaningful value. */
void nixe_strain_measure(const nixe_displacement *displacement, double shell_stiffness, double mismatch, double *area,
                         nixe_strain *strain);

#endif
