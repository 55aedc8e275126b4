/* Phases: the order parameter of a site and the fraction of sites in each phase. Pure; nothing is collective. */
#include "nixe/crystal/phase.h"

const char *const nixe_phase_name[NIXE_PHASES] = {"U1", "S1", "unclassified", "S2", "U2"};

int nixe_plaquette_order(int centre_is_A, unsigned ring) {
    const unsigned all_A = 0x3f, all_B = 0, alternating = 0x15, alternating_too = 0x2a;
    if (ring == all_A) return centre_is_A ? 2 : 1;
    if (ring == all_B) return centre_is_A ? -1 : -2;
    if (ring == alternating || ring == alternating_too) return centre_is_A ? 1 : -1;
    return 0;
}

int nixe_site_order(const nixe_lattice *lattice, const int8_t *sigma, int site) {
    const int32_t *next = nixe_lattice_neighbours(lattice, site);
    if (nixe_has_plaquettes(lattice)) {
        unsigned ring = 0;
        for (int d = 0; d < 6; d++) ring |= (unsigned)(sigma[next[d]] > 0) << d;
        return nixe_plaquette_order(sigma[site] > 0, ring);
    }
    for (int d = 0; d < lattice->directions; d++)
        if (next[d] >= 0 && sigma[next[d]] != sigma[site]) return 0;
    return 2 * sigma[site];
}

uint8_t nixe_site_surroundings(const nixe_lattice *lattice, const int8_t *sigma, int site) {
    const int32_t *next = nixe_lattice_neighbours(lattice, site);
    unsigned surroundings = 0;
    for (int d = 0; d < lattice->directions; d++)
        if (next[d] >= 0 && sigma[next[d]] > 0) surroundings += nixe_has_plaquettes(lattice) ? 1u << d : 1u;
    return (uint8_t)surroundings;
}

void nixe_phase_table(const nixe_lattice *lattice, uint8_t *table) {
    for (unsigned s = 0; s < 64; s++)
        for (int A = 0; A < 2; A++) {
            int order = A ? (s == (unsigned)lattice->coordination) * 2 : (s == 0) * -2;
            if (nixe_has_plaquettes(lattice)) order = nixe_plaquette_order(A, s);
            table[s + 64 * (unsigned)A] = (uint8_t)(2 - order);
        }
}

void nixe_phase_fractions(const nixe_lattice *lattice, const int8_t *sigma, double f[NIXE_PHASES]) {
    int count[NIXE_PHASES] = {0};
    for (int site = 0; site < lattice->sites; site++)
        if (lattice->averaged[site]) count[2 - nixe_site_order(lattice, sigma, site)]++;
    for (int p = 0; p < NIXE_PHASES; p++) f[p] = (double)count[p] / lattice->averaged_sites; /* 0/0 = NaN */
}
