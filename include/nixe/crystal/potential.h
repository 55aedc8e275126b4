/* Potential: the table of elastic pair interactions V_elastic, projected: V <- P V P, P = 1 - 11'/N.
 *
 * One table serves a whole node; elasticity/tables.h makes it. Everybody reads it by rows through nixe_potential_row(), so
 * that the way in which it is stored is known in one place. V is kept in double: rounding to float would halve the memory
 * but lose V.1 = 0 and the energies at 1e-7. */
#ifndef NIXE_CRYSTAL_POTENTIAL_H
#define NIXE_CRYSTAL_POTENTIAL_H

typedef struct {
    int sites;       /* N */
    const double *V; /* N x N, units of epsilon, exactly symmetric */
} nixe_potential;

/* Row `site` of V: N values. */
static inline const double *nixe_potential_row(const nixe_potential *potential, int site) {
    return potential->V + (long)site * potential->sites;
}

#endif
