/* Rigidity: whether a crystal is rigid, and what is loose where it is not. nixe_rigidity_check() is collective. */
#include "nixe/elasticity/rigidity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "nixe/elasticity/factor.h"
#include "nixe/elasticity/spectrum.h"
#include "nixe/elasticity/stiffness.h"

/* Take the motions of the crystal as a whole off a mode. Returns the square of what is left. */
static double take_off(int motions, long size, const double *rigid, double *mode) {
    double left = 0;
    for (int m = 0; m < motions; m++) {
        double overlap = 0;
        for (long i = 0; i < size; i++) overlap += rigid[m * size + i] * mode[i];
        for (long i = 0; i < size; i++) mode[i] -= overlap * rigid[m * size + i];
    }
    for (long i = 0; i < size; i++) left += mode[i] * mode[i];
    return left;
}

/* The degree of freedom that moves most in what costs nothing, the motions of the whole aside. */
static nixe_status find_loose(const nixe_lattice *lattice, double shell_stiffness, int zero_modes, long *freedom) {
    const int motions = nixe_stiffness_rigid_motions(lattice);
    const long size = nixe_lattice_freedoms(lattice);
    nixe_spectrum spectrum;
    double *rigid, most = 0;
    NIXE_TRY(nixe_allocate(&rigid, motions * size, sizeof *rigid, "the rigid motions"));
    nixe_stiffness_rigid_modes(lattice, rigid);
    NIXE_TRY(nixe_spectrum_of_stiffness(lattice, shell_stiffness, zero_modes, 1, &spectrum));
    *freedom = 0;
    for (int z = 0; z < spectrum.zero_modes; z++) {
        double *mode = spectrum.eigenvector + z * size;
        const double left = take_off(motions, size, rigid, mode);
        for (long i = 0; i < size && left > 1e-3; i++) {
            if (fabs(mode[i]) <= most * (1 + 1e-6)) continue; /* the first of equals */
            most = fabs(mode[i]);
            *freedom = i;
        }
    }
    nixe_spectrum_destroy(&spectrum);
    free(rigid);
    return NIXE_OK;
}

static nixe_status refuse(const nixe_lattice *lattice, double shell_stiffness, int zero_modes) {
    const int d = lattice->dimension;
    long freedom;
    char place[96];
    NIXE_TRY(find_loose(lattice, shell_stiffness, zero_modes, &freedom));
    const int of_a_site = freedom < (long)lattice->sites * d;
    const double *at = lattice->position + (of_a_site ? freedom / d * d : 0);
    if (!of_a_site) snprintf(place, sizeof place, "a period can stretch or shear");
    else if (d == 2) snprintf(place, sizeof place, "the site at %.4g,%.4g moves along %c", at[0], at[1], "xy"[freedom % d]);
    else snprintf(place, sizeof place, "the site at %.4g,%.4g,%.4g moves along %c", at[0], at[1], at[2], "xyz"[freedom % d]);
    return nixe_fail(NIXE_REFUSED,
                     "this crystal is floppy: its stiffness matrix has %d zero modes, and a rigid one in %d dimensions%s has "
                     "exactly %d; %s at no cost",
                     zero_modes, d, lattice->periods ? " with such periods" : "", nixe_stiffness_rigid_motions(lattice), place);
}

/* One crystal, on this rank alone. A torus is looked at wave by wave when its V is built (bloch.h). */
static nixe_status check(const nixe_lattice *lattice, double shell_stiffness) {
    int zero_modes = 0;
    if (lattice->torus.sites) return NIXE_OK;
    if (nixe_stiffness_zero_limit(lattice, shell_stiffness) == 0)
        return nixe_fail(
            NIXE_REFUSED,
            "-shell_stiffness %g: so far from the 1 of the core, and with %d sites, that double precision cannot tell "
            "soft modes from those that cost nothing",
            shell_stiffness, lattice->sites);
    NIXE_TRY(nixe_factor_zero_modes(lattice, shell_stiffness, &zero_modes));
    if (zero_modes == nixe_stiffness_rigid_motions(lattice)) return NIXE_OK;
    return refuse(lattice, shell_stiffness, zero_modes);
}

nixe_status nixe_rigidity_check(const nixe_parallel *parallel, const nixe_lattice *lattice, int count,
                                const double *shell_stiffness) {
    const int large = nixe_factor_is_shared(lattice); /* one rank a node has such a factor at a time */
    const int first = large ? parallel->node_index : parallel->rank, step = large ? parallel->nodes : parallel->size;
    nixe_status status = NIXE_OK;
    for (int q = first; q < count && !status && !(large && parallel->node_rank); q += step)
        status = check(lattice, shell_stiffness[q]);
    return nixe_parallel_agree(parallel, status);
}
