/* Couplings: those of the core sites of a fixed-shell crystal. Pure; nothing here is collective. */
#include "nixe/sampling/couplings.h"

#include <math.h>
#include <stdlib.h>

#include "nixe/sampling/hot_loops.h"

void nixe_couplings_fill(const nixe_energy *energy, const int32_t *site, long first, long last, const nixe_table *W) {
    const nixe_lattice *lattice = energy->lattice;
    for (long r = first; r < last; r++) {
        const int k = nixe_table_site(W, r);
        const double *V = energy->potential ? nixe_table_row(energy->potential, site[k], 0) : NULL;
        double *row = nixe_table_edit(W, r);
        for (int l = 0; l < W->sites; l++) row[l] = V ? energy->epsilon * V[site[l]] : 0;
        for (int l = 0; l < W->sites && energy->J != 0; l++)
            for (int d = 0; d < lattice->directions; d++)
                if (nixe_lattice_neighbours(lattice, site[k])[d] == site[l])
                    row[l] -= energy->J * lattice->bond_class[lattice->direction_class[d]].ising;
        nixe_table_store(W, r);
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
    couplings->count_A = (int)ceil(composition * couplings->sites - 0.5 - 1e-9); /* halves down; 1e-9: 0.35 * 10 is 3.5 */
    return NIXE_OK;
}

nixe_status nixe_couplings_set_fields(nixe_couplings *couplings, const nixe_energy *energy, const nixe_table *W) {
    const nixe_lattice *lattice = energy->lattice;
    const int has_shell = lattice->core_sites < lattice->sites;
    const double mean = (2.0 * couplings->count_A - lattice->sites) / lattice->sites;
    double *shell; /* on a site of each row of V; V is symmetric under what keeps the shell */
    couplings->W = W;
    couplings->largest = -INFINITY;
    NIXE_TRY(nixe_allocate(&couplings->self, couplings->sites, sizeof(double), "the core"));
    NIXE_TRY(nixe_allocate(&couplings->shell_field, couplings->sites, sizeof(double), "the core"));
    NIXE_TRY(nixe_allocate(&couplings->shift, couplings->sites, sizeof(double), "the core"));
    const long rows = has_shell && energy->potential ? energy->potential->rows : 0;
    NIXE_TRY(nixe_allocate(&shell, rows, sizeof *shell, "the core"));
    for (long r = 0; r < rows; r++) {
        const double *V = nixe_table_row(energy->potential, nixe_table_site(energy->potential, r), 0);
        for (int j = 0; j < lattice->sites; j++)
            if (lattice->layer[j] > 0) shell[r] -= energy->epsilon * V[j];
    }
    for (int i = 0; i < lattice->sites; i++) {
        const int k = couplings->number[i];
        double field = rows ? shell[nixe_table_row_of(energy->potential, i)] : 0; /* of the shell */
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
        couplings->self[k] = nixe_table_at(W, k, k);
        if (energy->differences == NIXE_PUBLISHED) couplings->shift[k] = -mean * couplings->self[k];
    }
    free(shell);
    for (long r = 0; r < W->rows; r++) {
        const int k = nixe_table_site(W, r);
        const double *row = nixe_table_row(W, k, 0);
        for (int l = 0; l < couplings->sites; l++)
            if (l != k && row[l] > couplings->largest) couplings->largest = row[l];
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
    if (couplings->W->torus) nixe_table_convolve(couplings->W, sigma, field);
    for (int k = 0; k < couplings->sites; k++) {
        const double own =
            couplings->W->torus ? field[k] : nixe_loop_dot(couplings->sites, nixe_table_row(couplings->W, k, 0), sigma);
        field[k] = own + couplings->shell_field[k] + couplings->shift[k];
    }
}

double nixe_couplings_energy(const nixe_couplings *couplings, const int8_t *sigma, const double *field, int effective) {
    double energy = couplings->shell_energy;
    for (int k = 0; k < couplings->sites; k++) {
        double outer = couplings->shell_field[k] + (effective ? couplings->shift[k] : 0);
        energy += 0.5 * sigma[k] * (field[k] - couplings->shell_field[k] - couplings->shift[k]) + sigma[k] * outer;
    }
    return energy;
}

double nixe_couplings_flip_difference(const nixe_couplings *couplings, const int8_t *sigma, int k) {
    const double own = nixe_loop_dot(couplings->sites, nixe_table_row(couplings->W, k, 0), sigma);
    return -2 * sigma[k] * (own + couplings->shell_field[k] + couplings->shift[k]) + 2 * couplings->self[k];
}

double nixe_couplings_swap_difference(const nixe_couplings *couplings, const int8_t *sigma, int k, int l) {
    return -4 * nixe_table_at(couplings->W, k, l) + nixe_couplings_flip_difference(couplings, sigma, k) +
           nixe_couplings_flip_difference(couplings, sigma, l);
}
