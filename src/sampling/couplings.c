/* Couplings: those of the core sites of a fixed-shell crystal. Pure; nothing here is collective. */
#include "nixe/sampling/couplings.h"

#include <math.h>
#include <stdlib.h>

#include "nixe/sampling/hot_loops.h"

void nixe_couplings_fill(const nixe_energy *energy, const int32_t *site, int core_sites, int first, int last, double *W) {
    const nixe_lattice *lattice = energy->lattice;
    for (int k = first; k < last; k++) {
        double *row = W + (long)k * core_sites;
        for (int l = 0; l < core_sites; l++)
            row[l] = energy->potential ? energy->epsilon * nixe_potential_row(energy->potential, site[k])[site[l]] : 0;
        for (int l = 0; l < core_sites && energy->J != 0; l++)
            for (int d = 0; d < lattice->directions; d++)
                if (nixe_lattice_neighbours(lattice, site[k])[d] == site[l])
                    row[l] -= energy->J * lattice->bond_class[lattice->direction_class[d]].ising;
    }
}

nixe_status nixe_couplings_create(nixe_couplings *couplings, const nixe_lattice *lattice, double composition) {
    *couplings = (nixe_couplings){.lattice = lattice};
    NIXE_TRY(nixe_allocate(&couplings->site, lattice->core_sites, sizeof(int32_t), "the core"));
    NIXE_TRY(nixe_allocate(&couplings->number, lattice->sites, sizeof(int32_t), "the core"));
    for (int site = 0; site < lattice->sites; site++) {
        couplings->number[site] = lattice->layer[site] == 0 ? couplings->sites : -1;
        if (lattice->layer[site] == 0) couplings->site[couplings->sites++] = site;
    }
    couplings->count_A = (int)floor(composition * couplings->sites + 1e-9); /* 1e-9: 0.3 * 10 is 3 */
    return NIXE_OK;
}

nixe_status nixe_couplings_set_fields(nixe_couplings *couplings, const nixe_energy *energy, const double *W) {
    const nixe_lattice *lattice = energy->lattice;
    const double mean = (2.0 * couplings->count_A - lattice->sites) / lattice->sites;
    couplings->W = W;
    couplings->largest = -INFINITY;
    NIXE_TRY(nixe_allocate(&couplings->self, couplings->sites, sizeof(double), "the core"));
    NIXE_TRY(nixe_allocate(&couplings->shell_field, couplings->sites, sizeof(double), "the core"));
    NIXE_TRY(nixe_allocate(&couplings->shift, couplings->sites, sizeof(double), "the core"));
    for (int i = 0; i < lattice->sites; i++) {
        const int k = couplings->number[i];
        double field = 0; /* of the shell */
        for (int j = 0; j < lattice->sites && energy->potential; j++)
            if (lattice->layer[j] > 0) field -= energy->epsilon * nixe_potential_row(energy->potential, i)[j];
        for (int d = 0; d < lattice->directions; d++) {
            const int next = nixe_lattice_neighbours(lattice, i)[d];
            if (next >= 0 && lattice->layer[next] > 0)
                field += energy->J * lattice->bond_class[lattice->direction_class[d]].ising;
        }
        if (k < 0) {
            couplings->shell_energy -= 0.5 * field + lattice->field[i]; /* this site is B */
            continue;
        }
        couplings->shell_field[k] = field + lattice->field[i];
        couplings->self[k] = W[(long)k * couplings->sites + k];
        if (energy->differences == NIXE_PUBLISHED) couplings->shift[k] = -mean * couplings->self[k];
        for (int l = 0; l < couplings->sites; l++)
            if (l != k && W[(long)k * couplings->sites + l] > couplings->largest)
                couplings->largest = W[(long)k * couplings->sites + l];
    }
    return NIXE_OK;
}

void nixe_couplings_destroy(nixe_couplings *couplings) {
    free(couplings->site);
    free(couplings->number);
    free(couplings->self);
    free(couplings->shell_field);
    free(couplings->shift);
    *couplings = (nixe_couplings){0};
}

void nixe_couplings_fields(const nixe_couplings *couplings, const int8_t *sigma, double *field) {
    for (int k = 0; k < couplings->sites; k++)
        field[k] = nixe_loop_dot(couplings->sites, couplings->W + (long)k * couplings->sites, sigma) +
                   couplings->shell_field[k] + couplings->shift[k];
}

double nixe_couplings_energy(const nixe_couplings *couplings, const int8_t *sigma, const double *field, int effective) {
    double energy = couplings->shell_energy;
    for (int k = 0; k < couplings->sites; k++) {
        double outer = couplings->shell_field[k] + (effective ? couplings->shift[k] : 0);
        energy += 0.5 * sigma[k] * (field[k] - couplings->shell_field[k] - couplings->shift[k]) + sigma[k] * outer;
    }
    return energy;
}

double nixe_couplings_swap_difference(const nixe_couplings *couplings, const int8_t *sigma, int k, int l) {
    const int site[2] = {k, l};
    double difference = -4 * couplings->W[(long)k * couplings->sites + l];
    for (int i = 0; i < 2; i++) {
        const int m = site[i];
        const double field = nixe_loop_dot(couplings->sites, couplings->W + (long)m * couplings->sites, sigma) +
                             couplings->shell_field[m] + couplings->shift[m];
        difference += -2 * sigma[m] * field + 2 * couplings->self[m];
    }
    return difference;
}
