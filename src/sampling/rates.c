/* Rates: the tables from which the rates of all events of a configuration follow. Pure; nothing here is collective. */
#include "nixe/sampling/rates.h"

#include <math.h>
#include <stdlib.h>

#include "nixe/sampling/hot_loops.h"

void nixe_rates_fill_factor(const nixe_energy *energy, double kT, const nixe_table *factor, long first, long last) {
    const nixe_lattice *lattice = energy->lattice;
    for (long r = first; r < last; r++) {
        const int i = nixe_table_site(factor, r);
        double *row = nixe_table_edit(factor, r);
        nixe_loop_exp(lattice->sites, 2 * energy->epsilon / kT, nixe_table_row(energy->potential, i, 1), row);
        for (int d = 0; d < lattice->directions && energy->J != 0; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j >= 0) row[j] = exp(2 * nixe_energy_coupling(energy, i, j) / kT);
        }
        nixe_table_store(factor, r);
    }
}

/* Extra weight exponent per unit mean of an A site in the published differences: eps V_ii / kT, else 0. */
static double mean_exponent(const nixe_energy *energy, double kT, int i) {
    return energy->differences == NIXE_PUBLISHED ? nixe_energy_coupling(energy, i, i) / kT : 0.0;
}

nixe_status nixe_rates_create(nixe_rates *rates, const nixe_energy *energy, nixe_kinetics kinetics, const nixe_table *factor) {
    const nixe_lattice *lattice = energy->lattice;
    const int n = lattice->sites, half = lattice->directions / 2;
    const double kT = kinetics.kT;
    *rates = (nixe_rates){.energy = energy, .lattice = lattice, .kinetics = kinetics, .factor = factor};
    for (int c = 0; c < lattice->classes; c++)
        rates->neighbour_factor[c] = exp(-2 * energy->J * lattice->bond_class[c].ising / kT);
    rates->padded = (lattice->homes + NIXE_BLOCK - 1) / NIXE_BLOCK * NIXE_BLOCK;
    NIXE_TRY(nixe_allocate(&rates->self_factor, n, sizeof(double), "the rates"));
    NIXE_TRY(nixe_allocate(&rates->reservoir, n, sizeof(double), "the rates"));
    NIXE_TRY(nixe_allocate(&rates->bond_factor, (long)rates->padded * half, sizeof(double), "the rates"));
    NIXE_TRY(nixe_allocate(&rates->surface, n, sizeof(int32_t), "the rates"));
    NIXE_TRY(nixe_allocate(&rates->exchange_A, n, sizeof(double), "the rates"));
    NIXE_TRY(nixe_allocate(&rates->exchange_B, n, sizeof(double), "the rates"));
    for (int i = 0; i < n; i++) {
        double W_ii = nixe_energy_coupling(energy, i, i);
        rates->self_factor[i] = exp(2 * W_ii / kT);
        rates->reservoir[i] = exp(2 * mean_exponent(energy, kT, i) / n);
        for (int d = 0; d < half; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j < 0) continue;
            const double W_jj = nixe_energy_coupling(energy, j, j), W_ij = nixe_energy_coupling(energy, i, j);
            const double k_diff = kinetics.k_diff * lattice->bond_class[lattice->direction_class[d]].diffusion;
            rates->bond_factor[(long)d * rates->padded + lattice->home[i]] = k_diff * exp(-(W_ii + W_jj - 2 * W_ij) / kT);
        }
        if (!lattice->surface[i] || lattice->exchange[i] == 0) continue; /* it never exchanges */
        double rate = kinetics.k_ex * lattice->exchange[i] * exp(-W_ii / kT) * rates->reservoir[i];
        rates->surface[rates->surface_sites] = i;
        rates->exchange_A[rates->surface_sites] = rate * exp(-energy->dmu / (2 * kT));
        rates->exchange_B[rates->surface_sites++] = rate * exp(energy->dmu / (2 * kT));
    }
    return NIXE_OK;
}

void nixe_rates_destroy(nixe_rates *rates) {
    free(rates->self_factor);
    free(rates->reservoir);
    free(rates->bond_factor);
    free(rates->surface);
    free(rates->exchange_A);
    free(rates->exchange_B);
    *rates = (nixe_rates){0};
}

nixe_status nixe_rates_check_range(const nixe_energy *energy, double kT) {
    const nixe_lattice *lattice = energy->lattice;
    const double limit = 600;                 /* e^600 = 1e260 leaves room for sums and products with k_ex and k_diff */
    double field = 0, coupling = 0, *elastic; /* sums of the stored rows of V */
    const long rows = energy->potential ? nixe_table_rows(lattice, lattice->sites) : 0;
    NIXE_TRY(nixe_allocate(&elastic, rows, sizeof *elastic, "the range of the fields"));
    for (long r = 0; r < rows; r++) {
        const double *row = nixe_table_row(energy->potential, nixe_table_site(energy->potential, r), 0);
        for (int j = 0; j < lattice->sites; j++) {
            const double V = fabs(energy->epsilon * row[j]);
            elastic[r] += V;
            if (V > coupling) coupling = V;
        }
    }
    for (int i = 0; i < lattice->sites; i++) {
        double sum = fabs(lattice->field[i]) + (rows ? elastic[nixe_table_row_of(energy->potential, i)] : 0);
        for (int d = 0; d < lattice->directions; d++)
            if (nixe_lattice_neighbours(lattice, i)[d] >= 0)
                sum += fabs(energy->J) * lattice->bond_class[lattice->direction_class[d]].ising;
        if (sum > field) field = sum;
    }
    free(elastic);
    if (energy->differences == NIXE_PUBLISHED) field += coupling;
    double ising = 0;
    for (int c = 0; c < lattice->classes; c++) ising = fmax(ising, lattice->bond_class[c].ising);
    coupling += fabs(energy->J) * ising;
    /* The largest exponents: two weights and their factor, the ratio of two factors, a weight and the driving force. */
    double couplings = 2 * field + 4 * coupling, driving = field + coupling + fabs(energy->dmu) / 2;
    if (couplings / kT > limit)
        return nixe_fail(NIXE_REFUSED,
                         "-model_kT %g: the couplings reach %.4g kT and the weights would leave the range of double "
                         "precision; the lowest temperature of this crystal is %.4g (the files in input/ hold the "
                         "parameters of the published systems)",
                         kT, couplings / kT, 1.001 * couplings / limit);
    if (driving / kT > limit)
        return nixe_fail(NIXE_REFUSED,
                         "-model_dmu %g: driving and couplings reach %.4g kT and the rates would leave the range of double "
                         "precision; the largest |dmu| at kT = %g is %.4g (the files in input/ hold the parameters of the "
                         "published systems)",
                         energy->dmu, driving / kT, kT, 0.999 * 2 * (limit * kT - field - coupling));
    return NIXE_OK;
}
