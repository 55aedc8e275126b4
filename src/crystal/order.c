/* Order: unlike neighbours, and the composition from the surface inwards. Pure; nothing here is collective. */
#include "nixe/crystal/order.h"

#include <string.h>

#include "nixe/base/vectorised.h"

NIXE_VECTORISED void nixe_order_composition(const nixe_lattice *lattice, const nixe_ions *ions, double *composition) {
    long A[NIXE_ABREAST] = {0};
    for (int first = 0; first < lattice->sites; first += NIXE_FEW) {
        nixe_few few = {0};
        for (int i = first; i < lattice->sites && i < first + NIXE_FEW; i++) few -= (nixe_few)(ions[i] > 0);
        for (int w = 0; w < NIXE_ABREAST; w++) A[w] += few[w];
    }
    for (int w = 0; w < NIXE_ABREAST; w++)
        composition[w] = 0.5 * ((double)(2 * A[w] - lattice->sites) / (double)lattice->sites + 1);
}

void nixe_unlike_count(const nixe_lattice *lattice, const int8_t *sigma, int64_t *unlike) {
    memset(unlike, 0, (size_t)lattice->classes * sizeof *unlike);
    for (int b = 0; b < lattice->bonds; b++) {
        const int32_t *ends = lattice->bond + 2 * (long)b;
        if (sigma[ends[0]] == sigma[ends[1]] || lattice->layer[ends[0]] || lattice->layer[ends[1]]) continue;
        unlike[lattice->direction_class[lattice->bond_direction[b]]]++;
    }
}

NIXE_VECTORISED void nixe_unlike_count_abreast(const nixe_lattice *lattice, const nixe_ions *ions,
                                               int64_t (*unlike)[NIXE_ABREAST]) {
    memset(unlike, 0, (size_t)lattice->classes * sizeof *unlike);
    for (int first = 0; first < lattice->bonds; first += NIXE_FEW) {
        nixe_few few[NIXE_MAX_CLASSES] = {{0}};
        for (int b = first; b < lattice->bonds && b < first + NIXE_FEW; b++) {
            const int32_t *ends = lattice->bond + 2 * (long)b;
            if (lattice->layer[ends[0]] || lattice->layer[ends[1]]) continue;
            few[lattice->direction_class[lattice->bond_direction[b]]] -= (nixe_few)(ions[ends[0]] != ions[ends[1]]);
        }
        for (int c = 0; c < lattice->classes; c++)
            for (int w = 0; w < NIXE_ABREAST; w++) unlike[c][w] += few[c][w];
    }
}

void nixe_unlike_fractions(const nixe_lattice *lattice, const int64_t *unlike, double *fraction) {
    for (int c = 0; c < lattice->classes; c++)
        fraction[c] = lattice->core_bonds[c] ? (double)unlike[c] / (double)lattice->core_bonds[c] : 0;
}

NIXE_VECTORISED void nixe_depth_profile(const nixe_lattice *lattice, const nixe_ions *ions, double (*profile)[NIXE_ABREAST]) {
    memset(profile, 0, (size_t)lattice->depths * sizeof *profile);
    for (int site = 0; site < lattice->sites; site++) {
        if (lattice->depth[site] < 0) continue;
        const nixe_ions is_A = ions[site] > 0;
        for (int w = 0; w < NIXE_ABREAST; w++) profile[lattice->depth[site]][w] -= is_A[w];
    }
    for (int d = 0; d < lattice->depths; d++)
        for (int w = 0; w < NIXE_ABREAST; w++) profile[d][w] /= lattice->depth_sites[d];
}
