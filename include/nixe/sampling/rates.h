/* Rates: the tables from which the rates of all events of a configuration follow, by factorisation.
 *
 * The rates are k = k0 exp(-dE / 2kT) (11)(12). With the weight w_i = exp(s_i psi_i / kT) of each site,
 *
 *   swap of unlike neighbours  k_ij = g_ij w_i w_j,   g_ij = k_diff x exp(-(W_ii + W_jj - 2 W_ij) / kT)
 *   exchange at the surface    k_i  = k_ex x_i exp(-W_ii / kT) exp(-dmu s_i / 2kT) w_i
 *
 * with x the factor of the bond's class, x_i that of the site, and an event that turns site a from A to B and site b from B to
 * A multiplies every other weight by (F_bk / F_ak)^(s_k) with the factor table F_ij = exp(2 W_ij / kT); no exponential is
 * needed. An exchange is a swap with the reservoir, whose row of F is `reservoir`: all 1. The differences of the published
 * program fit in: their extra factor exp(-eps m s_i V_ii / kT) of each site goes into its weight, and the row of the reservoir
 * becomes exp(2 eps V_kk / (N kT)), because an exchange changes the mean m.
 *
 * Without an elastic part (epsilon = 0) F differs from 1 between neighbours only and is not stored.
 *
 * Pure; nothing here is collective. The memory of the factor table is shared by the ranks of a node and belongs to the caller.
 */
#ifndef NIXE_SAMPLING_RATES_H
#define NIXE_SAMPLING_RATES_H

#include "nixe/sampling/energy.h"

/* Temperature and bare rates. */
typedef struct {
    double kT, k_ex, k_diff;
} nixe_kinetics;

typedef struct {
    const nixe_energy *energy;
    const nixe_lattice *lattice; /* that of the energy */
    nixe_kinetics kinetics;
    const nixe_table *factor;                  /* N x N: F; NULL where epsilon = 0 */
    double neighbour_factor[NIXE_MAX_CLASSES]; /* F between neighbours where epsilon = 0: exp(-2 J j / kT), by class */
    double *self_factor;                       /* N: F_ii */
    double *reservoir;                         /* N: F between the reservoir and each site */
    int padded;                                /* homes rounded up to a multiple of NIXE_BLOCK */
    double *bond_factor; /* directions/2 x padded: g of the bond from the site of a home in each forward direction; 0 where
                            there is none */
    int surface_sites;   /* that exchange: with a factor above 0 */
    int32_t *surface;    /* surface_sites: these */
    double *exchange_A;  /* surface sites: rate of A -> B divided by w */
    double *exchange_B;  /* surface sites: rate of B -> A divided by w */
} nixe_rates;

/* Fill the rows first .. last-1 that the factor table stores. */
void nixe_rates_fill_factor(const nixe_energy *energy, double kT, const nixe_table *factor, long first, long last);

/* Build the tables; `factor` must be filled, or NULL where epsilon = 0. The energy must outlive them. */
nixe_status nixe_rates_create(nixe_rates *rates, const nixe_energy *energy, nixe_kinetics kinetics, const nixe_table *factor);
void nixe_rates_destroy(nixe_rates *rates);

/* Refuse (NIXE_REFUSED) a model whose weights, factors or rates could leave the range of a double, by rigorous bounds:
 * |psi_i| <= max_i sum_j |W_ij|. */
nixe_status nixe_rates_check_range(const nixe_energy *energy, double kT);

#endif
