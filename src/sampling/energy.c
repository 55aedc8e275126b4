/* Energy: the energy of a configuration and exact energy differences. Pure; nothing here is collective. */
#include "nixe/sampling/energy.h"

#include "nixe/base/vectorised.h"
#include "nixe/sampling/hot_loops.h"

double nixe_ising_sum(const nixe_lattice *lattice, const int8_t *sigma, int i) {
    const int32_t *next = nixe_lattice_neighbours(lattice, i);
    double sum = 0;
    for (int d = 0; d < lattice->directions; d++)
        if (next[d] >= 0) sum += lattice->bond_class[lattice->direction_class[d]].ising * sigma[next[d]];
    return sum;
}

/* V_ij, 0 where the energy has no elastic part. */
static double elastic_coupling(const nixe_energy *energy, int i, int j) {
    return energy->potential ? nixe_table_at(energy->potential, i, j) : 0.0;
}

double nixe_energy_coupling(const nixe_energy *energy, int i, int j) {
    const nixe_lattice *lattice = energy->lattice;
    const int32_t *next = nixe_lattice_neighbours(lattice, i);
    double coupling = energy->epsilon * elastic_coupling(energy, i, j);
    for (int d = 0; d < lattice->directions; d++)
        if (next[d] == j) return coupling - energy->J * lattice->bond_class[lattice->direction_class[d]].ising;
    return coupling;
}

void nixe_energy_fields(const nixe_energy *energy, const int8_t *sigma, double *field) {
    const nixe_table *potential = energy->potential;
    const int n = energy->lattice->sites, is_torus = potential && potential->torus;
    if (is_torus) nixe_table_convolve(potential, sigma, field);
    for (int i = 0; i < n; i++) {
        const double elastic = is_torus ? field[i] : potential ? nixe_loop_dot(n, nixe_table_row(potential, i, 0), sigma) : 0;
        field[i] = energy->J != 0 ? -energy->J * nixe_ising_sum(energy->lattice, sigma, i) : 0.0;
        if (potential) field[i] += energy->epsilon * elastic;
        field[i] += energy->lattice->field[i];
    }
}

double nixe_energy_total(const nixe_energy *energy, const nixe_configuration *configuration) {
    double twice = 0;
    for (int i = 0; i < energy->lattice->sites; i++)
        twice += configuration->sigma[i] * (configuration->field[i] + energy->lattice->field[i]);
    return 0.5 * twice - 0.5 * energy->dmu * (double)configuration->sum;
}

NIXE_VECTORISED void nixe_energy_local(const nixe_energy *energy, const double *dmu, const nixe_ions *ions, double *local) {
    const nixe_lattice *lattice = energy->lattice;
    double bonds[NIXE_ABREAST] = {0}, sites[NIXE_ABREAST] = {0}, sum[NIXE_ABREAST] = {0};
    for (int b = 0; b < lattice->bonds && energy->J != 0; b++) {
        const double j = nixe_lattice_class(lattice, b)->ising;
        const nixe_ions pair = (ions[lattice->bond[2 * (long)b]] != ions[lattice->bond[2 * (long)b + 1]]) | 1;
        for (int w = 0; w < NIXE_ABREAST; w++) bonds[w] += j * pair[w];
    }
    for (int i = 0; i < lattice->sites; i++)
        for (int w = 0; w < NIXE_ABREAST; w++) {
            sum[w] += ions[i][w];
            sites[w] += lattice->field[i] * ions[i][w];
        }
    for (int w = 0; w < NIXE_ABREAST; w++) local[w] = -energy->J * bonds[w] - 0.5 * dmu[w] * sum[w] + sites[w];
}

double nixe_energy_exchange_difference(const nixe_energy *energy, const nixe_configuration *configuration, int i) {
    int s = configuration->sigma[i];
    double difference = -2 * s * configuration->field[i] + 2 * nixe_energy_coupling(energy, i, i) + energy->dmu * s;
    if (energy->differences == NIXE_PUBLISHED) {
        double n = energy->lattice->sites, mean_after = ((double)configuration->sum - 2.0 * s) / n;
        double elastic_field = configuration->field[i] + energy->J * nixe_ising_sum(energy->lattice, configuration->sigma, i);
        difference += 2.0 * s / n * elastic_field + 2 * mean_after * s * energy->epsilon * elastic_coupling(energy, i, i);
    }
    return difference;
}

double nixe_energy_swap_difference(const nixe_energy *energy, const nixe_configuration *configuration, int i, int j) {
    const int8_t *sigma = configuration->sigma;
    const double *field = configuration->field;
    double W_ii = nixe_energy_coupling(energy, i, i), W_jj = nixe_energy_coupling(energy, j, j);
    double difference =
        -2 * sigma[i] * field[i] - 2 * sigma[j] * field[j] + 2 * W_ii + 2 * W_jj - 4 * nixe_energy_coupling(energy, i, j);
    if (energy->differences == NIXE_PUBLISHED)
        difference += 2 * ((double)configuration->sum / energy->lattice->sites) * sigma[i] * (W_ii - W_jj);
    return difference;
}
