/* Phases: the order parameter of a site and the fraction of sites in each phase. Pure; nothing is collective. */
#include "nixe/crystal/phase.h"

#include "nixe/base/vectorised.h"

const char *const nixe_phase_name[NIXE_PHASES] = {"U1", "S1", "unclassified", "S2", "U2"};

int nixe_plaquette_order(int centre_is_A, unsigned ring) {
    const unsigned all_A = 0x3f, all_B = 0, alternating = 0x15, alternating_too = 0x2a;
    if (ring == all_A) return centre_is_A ? 2 : 1;
    if (ring == all_B) return centre_is_A ? -1 : -2;
    if (ring == alternating || ring == alternating_too) return centre_is_A ? 1 : -1;
    return 0;
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

/* In a phase of plaquettes the neighbours are two triangles that agree within themselves, and the phase says how many of three,
 * the triangles and the site, are A; elsewhere all neighbours agree with the site, which counts for three. */
NIXE_VECTORISED void nixe_phase_fractions(const nixe_lattice *lattice, const nixe_ions *ions, double (*f)[NIXE_ABREAST]) {
    static const int phase[] = {NIXE_U2, NIXE_S2, NIXE_S1, NIXE_U1}; /* by that number */
    const int plaquettes = nixe_has_plaquettes(lattice);
    int count[NIXE_PHASES][NIXE_ABREAST] = {{0}};
    for (int first = 0; first < lattice->sites; first += NIXE_FEW) {
        nixe_few few[4] = {{0}};
        for (int i = first; i < lattice->sites && i < first + NIXE_FEW; i++) {
            const int32_t *next = nixe_lattice_neighbours(lattice, i);
            if (!lattice->averaged[i]) continue;
            const nixe_ions one = plaquettes ? ions[next[0]] : ions[i], other = plaquettes ? ions[next[1]] : ions[i];
            const nixe_ions sum = ions[i] + one + other;
            nixe_ions differ = {0};
            for (int d = 0; d < lattice->directions; d++)
                if (next[d] >= 0) differ |= ions[next[d]] ^ (d % 2 ? other : one);
            for (int A = 0; A < 4; A++) few[A] -= (nixe_few)((differ == 0) & (sum == (int8_t)(2 * A - 3)));
        }
        for (int A = 0; A < 4; A++)
            for (int w = 0; w < NIXE_ABREAST; w++) {
                count[phase[A]][w] += few[A][w];
                count[NIXE_UNCLASSIFIED][w] -= few[A][w]; /* of the averaged sites, what is left */
            }
    }
    for (int w = 0; w < NIXE_ABREAST; w++) {
        count[NIXE_UNCLASSIFIED][w] += lattice->averaged_sites;
        for (int p = 0; p < NIXE_PHASES; p++) f[p][w] = (double)count[p][w] / lattice->averaged_sites; /* 0/0 = NaN */
    }
}
