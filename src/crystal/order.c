/* Order: unlike neighbours, and the composition from the surface inwards. Pure; nothing here is collective. */
#include "nixe/crystal/order.h"

#include <string.h>

void nixe_unlike_count(const nixe_lattice *lattice, const int8_t *sigma, int64_t *unlike) {
    memset(unlike, 0, (size_t)lattice->classes * sizeof *unlike);
    for (int b = 0; b < lattice->bonds; b++) {
        const int32_t *ends = lattice->bond + 2 * (long)b;
        if (sigma[ends[0]] == sigma[ends[1]] || lattice->layer[ends[0]] || lattice->layer[ends[1]]) continue;
        unlike[lattice->direction_class[lattice->bond_direction[b]]]++;
    }
}

void nixe_unlike_fractions(const nixe_lattice *lattice, const int64_t *unlike, double *fraction) {
    for (int c = 0; c < lattice->classes; c++)
        fraction[c] = lattice->core_bonds[c] ? (double)unlike[c] / (double)lattice->core_bonds[c] : 0;
}

void nixe_depth_profile(const nixe_lattice *lattice, const int8_t *sigma, double *profile) {
    memset(profile, 0, (size_t)lattice->depths * sizeof *profile);
    for (int site = 0; site < lattice->sites; site++)
        if (sigma[site] > 0 && lattice->depth[site] >= 0) profile[lattice->depth[site]] += 1;
    for (int d = 0; d < lattice->depths; d++) profile[d] /= lattice->depth_sites[d];
}
