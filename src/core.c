/* Core: the couplings of the core sites of a fixed-shell crystal. Pure; nothing here is collective. */
#include "nixe/core.h"

#include <math.h>
#include <stdlib.h>

#include "nixe/kernel.h"

void nixe_core_fill(const nixe_model *model, const int32_t *site, int core_sites, int first, int last, double *W) {
    const nixe_lattice *lattice = model->lattice;
    for (int k = first; k < last; k++) {
        double *row = W + (long)k * core_sites;
        for (int l = 0; l < core_sites; l++)
            row[l] = model->potential ? model->epsilon * nixe_potential_row(model->potential, site[k])[site[l]] : 0;
        for (int l = 0; l < core_sites && model->J != 0; l++)
            for (int d = 0; d < lattice->coordination; d++)
                if (lattice->neighbour[(long)site[k] * lattice->coordination + d] == site[l]) row[l] -= model->J;
    }
}

nixe_status nixe_core_create(nixe_core *core, const nixe_lattice *lattice, double composition) {
    *core = (nixe_core){.lattice = lattice};
    NIXE_TRY(nixe_allocate(&core->site, lattice->core_sites, sizeof(int32_t), "the core"));
    NIXE_TRY(nixe_allocate(&core->number, lattice->sites, sizeof(int32_t), "the core"));
    for (int site = 0; site < lattice->sites; site++) {
        core->number[site] = lattice->layer[site] == 0 ? core->sites : -1;
        if (lattice->layer[site] == 0) core->site[core->sites++] = site;
    }
    core->count_A = (int)floor(composition * core->sites + 1e-9); /* 1e-9: 0.3 * 10 is 3 */
    return NIXE_OK;
}

nixe_status nixe_core_set_fields(nixe_core *core, const nixe_model *model, const double *W) {
    const nixe_lattice *lattice = model->lattice;
    const double mean = (2.0 * core->count_A - lattice->sites) / lattice->sites;
    core->W = W;
    core->largest = -INFINITY;
    NIXE_TRY(nixe_allocate(&core->self, core->sites, sizeof(double), "the core"));
    NIXE_TRY(nixe_allocate(&core->shell_field, core->sites, sizeof(double), "the core"));
    NIXE_TRY(nixe_allocate(&core->shift, core->sites, sizeof(double), "the core"));
    for (int i = 0; i < lattice->sites; i++) {
        const int k = core->number[i];
        double field = 0; /* of the shell */
        for (int j = 0; j < lattice->sites && model->potential; j++)
            if (lattice->layer[j] > 0) field -= model->epsilon * nixe_potential_row(model->potential, i)[j];
        for (int d = 0; d < lattice->coordination; d++) {
            int next = lattice->neighbour[(long)i * lattice->coordination + d];
            if (next >= 0 && lattice->layer[next] > 0) field += model->J;
        }
        if (k < 0) {
            core->shell_energy -= 0.5 * field; /* this site is B */
            continue;
        }
        core->shell_field[k] = field;
        core->self[k] = W[(long)k * core->sites + k];
        if (model->differences == NIXE_PUBLISHED) core->shift[k] = -mean * core->self[k];
        for (int l = 0; l < core->sites; l++)
            if (l != k && W[(long)k * core->sites + l] > core->largest) core->largest = W[(long)k * core->sites + l];
    }
    return NIXE_OK;
}

void nixe_core_destroy(nixe_core *core) {
    free(core->site);
    free(core->number);
    free(core->self);
    free(core->shell_field);
    free(core->shift);
    *core = (nixe_core){0};
}

void nixe_core_fields(const nixe_core *core, const int8_t *sigma, double *field) {
    for (int k = 0; k < core->sites; k++)
        field[k] = nixe_kernel_dot(core->sites, core->W + (long)k * core->sites, sigma) + core->shell_field[k] + core->shift[k];
}

double nixe_core_energy(const nixe_core *core, const int8_t *sigma, const double *field, int effective) {
    double energy = core->shell_energy;
    for (int k = 0; k < core->sites; k++) {
        double outer = core->shell_field[k] + (effective ? core->shift[k] : 0);
        energy += 0.5 * sigma[k] * (field[k] - core->shell_field[k] - core->shift[k]) + sigma[k] * outer;
    }
    return energy;
}
