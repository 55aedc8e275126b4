/* Energy: the energy of a configuration and exact energy differences.
 *
 *   E = (eps/2) sigma' V sigma - J sum_<bonds> j sigma sigma' - (dmu/2) sum sigma + sum_i h_i sigma_i    (1)(2)(3)
 *
 * with j the factor of the bond's class and h the field of the sites. The first two terms are one quadratic form with couplings
 * W = eps V - J j, so that one local field psi = W sigma + h serves them and h, and every difference costs O(1):
 *
 *   exchange at i        dE = -2 s_i psi_i + 2 W_ii + dmu s_i
 *   swap of unlike i, j  dE = -2 s_i psi_i - 2 s_j psi_j + 2 W_ii + 2 W_jj - 4 W_ij
 *
 * Pure; nothing here is collective. */
#ifndef NIXE_SAMPLING_ENERGY_H
#define NIXE_SAMPLING_ENERGY_H

#include <stdint.h>

#include "nixe/crystal/ions.h"
#include "nixe/crystal/lattice.h"
#include "nixe/crystal/table.h"

typedef enum { NIXE_EXACT, NIXE_PUBLISHED } nixe_differences;

typedef struct {
    const nixe_lattice *lattice;
    const nixe_table *potential;  /* NULL where epsilon = 0 */
    double epsilon;               /* elastic energy scale */
    double J;                     /* Ising energy scale */
    double dmu;                   /* chemical potential difference, same unit */
    nixe_differences differences; /* exact, or those of the published program */
} nixe_energy;

/* A configuration with its local fields. */
typedef struct {
    int8_t *sigma; /* N: +1 (A) or -1 (B) */
    double *field; /* N: psi = W sigma + h, energy */
    long sum;      /* sum of sigma */
} nixe_configuration;

/* W_ij for a pair of sites (i = j allowed). O(Z). */
double nixe_energy_coupling(const nixe_energy *energy, int i, int j);

/* psi = W sigma + h from scratch: O(N^2), of a torus O(N log N), where epsilon = 0 O(N Z). field has shape [N]. */
void nixe_energy_fields(const nixe_energy *energy, const int8_t *sigma, double *field);

/* E of a configuration from its fields. */
double nixe_energy_total(const nixe_energy *energy, const nixe_configuration *configuration);

/* E without its elastic part: what is left when the elastic part is known; of each of the configurations abreast, which have a
 * dmu each. */
void nixe_energy_local(const nixe_energy *energy, const double *dmu, const nixe_ions *ions, double *local);

/* Energy difference of an exchange at site i, and of a swap of the unlike sites i and j (bonded or not). With
 * differences = NIXE_PUBLISHED the extra terms of the published program are included, with m = sum/N, m' = m - 2 s_i/N, on
 * crystals without a field h: swap: + eps 2 m s_i (V_ii - V_jj); exchange: + eps [(m - m') phi_i + 2 m' s_i V_ii], phi = V
 * sigma. */
double nixe_energy_exchange_difference(const nixe_energy *energy, const nixe_configuration *configuration, int i);
double nixe_energy_swap_difference(const nixe_energy *energy, const nixe_configuration *configuration, int i, int j);

/* Sum of sigma over the bonded neighbours of site i, each times the factor of J of its bond's class. */
double nixe_ising_sum(const nixe_lattice *lattice, const int8_t *sigma, int i);

#endif
