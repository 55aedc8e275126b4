/* Couplings: those of the core sites of a fixed-shell crystal, compact, and the field of the shell on them.
 *
 * In fixed-shell Monte Carlo only core sites turn. With W of energy.h and the shell all B,
 *
 *   E = 1/2 sum_core W_kl s_k s_l + sum_k h_k s_k + E_shell,   h_k = - sum_shell W_kj + that of the site,
 *   psi_k = sum_l W_kl s_l + h_k
 *
 * A swap of unlike core sites changes E by e_k + e_l - 4 W_kl, e_k = -2 s_k psi_k + 2 W_kk. The differences of the published
 * program add 2 m s_k eps V_kk to e_k with m the mean of sigma, which never changes here: a shift of the field. Core sites
 * are numbered k = 0 .. N_core - 1 in the order of the lattice. Pure; the table's memory belongs to the caller. */
#ifndef NIXE_SAMPLING_COUPLINGS_H
#define NIXE_SAMPLING_COUPLINGS_H

#include "nixe/sampling/energy.h"

typedef struct {
    const nixe_lattice *lattice;
    int sites;           /* N_core */
    int count_A;         /* A sites among them: nearest to composition N_core, halves down */
    int32_t *site;       /* N_core: number in the lattice */
    int32_t *number;     /* N: number in the core, -1 for shell sites */
    const nixe_table *W; /* N_core x N_core, energy */
    double *self;        /* N_core: W_kk */
    double *shell_field; /* N_core: h_k */
    double *shift;       /* N_core: - m eps V_kk with the published differences, else 0; part of psi */
    double shell_energy; /* E_shell */
    double largest;      /* largest W_kl of two different core sites */
} nixe_couplings;

/* Fill the rows first .. last-1 that the compact table W stores; site as in nixe_couplings. */
void nixe_couplings_fill(const nixe_energy *energy, const int32_t *site, long first, long last, const nixe_table *W);

/* List the core sites: fills sites, site and number; the rest is 0. */
nixe_status nixe_couplings_create(nixe_couplings *couplings, const nixe_lattice *lattice, double composition);

/* Complete the core with its fields; W must be complete, and the model's potential still there. */
nixe_status nixe_couplings_set_fields(nixe_couplings *couplings, const nixe_energy *energy, const nixe_table *W);
void nixe_couplings_destroy(nixe_couplings *couplings);

/* psi of every core site from scratch, the shift included. sigma has shape [N_core], field [N_core]. O(N_core^2), of a torus
 * O(N log N). */
void nixe_couplings_fields(const nixe_couplings *couplings, const int8_t *sigma, double *field);

/* E from the fields. `effective` 1: with the energy of the shift, by which the published differences differ; 0: E itself. */
double nixe_couplings_energy(const nixe_couplings *couplings, const int8_t *sigma, const double *field, int effective);

/* Difference of the effective E by a flip of core site k, or by a swap of the unlike core sites k and l, from their rows of W:
 * exact at any temperature. */
double nixe_couplings_flip_difference(const nixe_couplings *couplings, const int8_t *sigma, int k);
double nixe_couplings_swap_difference(const nixe_couplings *couplings, const int8_t *sigma, int k, int l);

#endif
