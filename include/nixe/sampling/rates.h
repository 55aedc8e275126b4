/* Rates: what the rates of all events of a configuration follow from, by factorisation.
 *
 * The rates are k = k0 exp(-dE / 2kT) (11)(12). With the weight w_i = exp(s_i psi_i / kT) of each site,
 *
 *   swap of unlike neighbours  k_ij = g_ij w_i w_j,   g_ij = k_diff x exp(-(W_ii + W_jj - 2 W_ij) / kT)
 *   exchange at the surface    k_i  = k_ex x_i exp(-W_ii / kT) exp(-dmu s_i / 2kT) w_i
 *
 * with x the factor of the bond's class, x_i that of the site. How weights are kept and changed by events is the arithmetic's,
 * of which there are two (arithmetic.h); each has tables of its own.
 *
 * Pure; nothing here is collective but nixe_rates_create() over the parts of a commons. The memory of the N x N table is shared
 * by the ranks of a node and belongs to the caller. */
#ifndef NIXE_SAMPLING_RATES_H
#define NIXE_SAMPLING_RATES_H

#include "nixe/base/commons.h"
#include "nixe/sampling/energy.h"

typedef struct nixe_arithmetic nixe_arithmetic;

/* Temperature and bare rates. */
typedef struct {
    double kT, k_ex, k_diff;
} nixe_kinetics;

typedef struct {
    const nixe_energy *energy;
    const nixe_lattice *lattice; /* that of the energy */
    nixe_kinetics kinetics;
    const nixe_arithmetic *arithmetic;
    const nixe_table *table; /* N x N: the couplings as the arithmetic has them; NULL where epsilon = 0 */
    nixe_commons *commons;   /* in which the lazy algorithm has its tables */
    int padded;              /* homes rounded up to a multiple of 32 */
    int surface_sites;       /* that exchange: with a factor above 0 */
    int32_t *surface;        /* surface_sites: these */
    void *own;               /* the arithmetic's */
} nixe_rates;

/* Choose the arithmetic of a model, whose V is complete: fixed point where the differences are exact and no weight and no rate
 * can leave its range, else doubles. Refused (NIXE_REFUSED): a model whose weights, factors or rates could leave the range of a
 * double. Both by rigorous bounds: |psi_i| <= |h_i| + sum_j |W_ij|. source: where kT and
 * dmu come from, as a sentence begins: "-model_". */
nixe_status nixe_rates_choose(const nixe_energy *energy, nixe_kinetics kinetics, const char *source,
                              const nixe_arithmetic **arithmetic);

/* Build the tables; `table` must be filled by the arithmetic, or NULL where epsilon = 0. The lazy algorithm, whose tables are
 * large, has them in the commons, and builds them together with its other parts; for the others it may be NULL. The energy, the
 * table and the commons must outlive them. */
nixe_status nixe_rates_create(nixe_rates *rates, const nixe_energy *energy, nixe_kinetics kinetics,
                              const nixe_arithmetic *arithmetic, const nixe_table *table, nixe_commons *commons);
void nixe_rates_destroy(nixe_rates *rates);

/* Bytes that the rates of a temperature take beside the table, about, with what a trajectory keeps of them. */
double nixe_rates_bytes(const nixe_lattice *lattice);

/* Bare rates: k_ex x_i of a site that exchanges, k_diff x of a bond in direction d. */
double nixe_rates_bare_exchange(const nixe_rates *rates, int site);
double nixe_rates_bare_swap(const nixe_rates *rates, int d);

#endif
