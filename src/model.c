/* Model: the energy of a configuration and exact energy differences. Pure; nothing here is collective. */
#include "nixe/model.h"

#include "nixe/kernel.h"

int nixe_neighbour_sum(const nixe_lattice *lattice, const int8_t *sigma, int i) {
    const int32_t *next = lattice->neighbour + (long)i * lattice->coordination;
    int sum = 0;
    for (int d = 0; d < lattice->coordination; d++)
        if (next[d] >= 0) sum += sigma[next[d]];
    return sum;
}

/* V_ij, 0 where the model has no elastic part. */
static double elastic_coupling(const nixe_model *model, int i, int j) {
    return model->potential ? nixe_potential_row(model->potential, i)[j] : 0.0;
}

double nixe_model_coupling(const nixe_model *model, int i, int j) {
    const nixe_lattice *lattice = model->lattice;
    const int32_t *next = lattice->neighbour + (long)i * lattice->coordination;
    double coupling = model->epsilon * elastic_coupling(model, i, j);
    for (int d = 0; d < lattice->coordination; d++)
        if (next[d] == j) return coupling - model->J;
    return coupling;
}

void nixe_model_fields(const nixe_model *model, const int8_t *sigma, double *field) {
    int n = model->lattice->sites;
    for (int i = 0; i < n; i++) {
        field[i] = model->J != 0 ? -model->J * nixe_neighbour_sum(model->lattice, sigma, i) : 0.0;
        if (model->potential) field[i] += model->epsilon * nixe_kernel_dot(n, nixe_potential_row(model->potential, i), sigma);
    }
}

double nixe_model_energy(const nixe_model *model, const nixe_configuration *configuration) {
    double twice = 0;
    for (int i = 0; i < model->lattice->sites; i++) twice += configuration->sigma[i] * configuration->field[i];
    return 0.5 * twice - 0.5 * model->dmu * (double)configuration->sum;
}

double nixe_model_local_energy(const nixe_model *model, const int8_t *sigma) {
    const nixe_lattice *lattice = model->lattice;
    long bonds = 0, sum = 0;
    for (int b = 0; b < lattice->bonds && model->J != 0; b++)
        bonds += sigma[lattice->bond[2 * (long)b]] * sigma[lattice->bond[2 * (long)b + 1]];
    for (int i = 0; i < lattice->sites; i++) sum += sigma[i];
    return -model->J * (double)bonds - 0.5 * model->dmu * (double)sum;
}

double nixe_model_exchange_difference(const nixe_model *model, const nixe_configuration *configuration, int i) {
    int s = configuration->sigma[i];
    double difference = -2 * s * configuration->field[i] + 2 * nixe_model_coupling(model, i, i) + model->dmu * s;
    if (model->differences == NIXE_PUBLISHED) {
        double n = model->lattice->sites, mean_after = ((double)configuration->sum - 2.0 * s) / n;
        double elastic_field = configuration->field[i] + model->J * nixe_neighbour_sum(model->lattice, configuration->sigma, i);
        difference += 2.0 * s / n * elastic_field + 2 * mean_after * s * model->epsilon * elastic_coupling(model, i, i);
    }
    return difference;
}

double nixe_model_swap_difference(const nixe_model *model, const nixe_configuration *configuration, int i, int j) {
    const int8_t *sigma = configuration->sigma;
    const double *field = configuration->field;
    double W_ii = nixe_model_coupling(model, i, i), W_jj = nixe_model_coupling(model, j, j);
    double difference =
        -2 * sigma[i] * field[i] - 2 * sigma[j] * field[j] + 2 * W_ii + 2 * W_jj - 4 * nixe_model_coupling(model, i, j);
    if (model->differences == NIXE_PUBLISHED)
        difference += 2 * ((double)configuration->sum / model->lattice->sites) * sigma[i] * (W_ii - W_jj);
    return difference;
}
