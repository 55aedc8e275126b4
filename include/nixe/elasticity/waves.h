/* Waves: the elasticity of the bulk, a crystal that is periodic in all directions, by the waves that fit into its box: the
 * lowest eigenpairs of V and D without a matrix of all sites, what order the lattice prefers, and the branches of V_q and D_q
 * along a path. Memory goes with the number of sites. Not collective: the rank that asks solves alone. */
#ifndef NIXE_ELASTICITY_WAVES_H
#define NIXE_ELASTICITY_WAVES_H

#include "nixe/crystal/reciprocal.h"
#include "nixe/elasticity/bloch.h"
#include "nixe/elasticity/spectrum.h"

typedef struct {
    const nixe_lattice *lattice;
    nixe_bloch bloch; /* by primitive cells, of which there are as many as waves */
    long count;       /* of the waves; number 0 is the uniform one */
    int shifts;       /* reciprocal vectors of the cell of boxes that are waves to the primitive cell, 0 included */
    int shift[NIXE_MAX_CELL_SITES][3];
} nixe_waves;

/* The crystal is a torus (torus.h). */
void nixe_waves_create(nixe_waves *waves, const nixe_lattice *lattice);

/* One end of the range of V_q. */
typedef struct {
    double value;
    long alike;        /* waves of this value, q and -q counted apart */
    double wave[3];    /* one of them, the shortest, in units of the reciprocal vectors of the cell of boxes */
    const char *label; /* the special point where it is, or "" */
} nixe_extreme;

/* What order a lattice prefers at fixed composition: that of the least V_q. */
typedef struct {
    double mean;                  /* of all eigenvalues of V: that is V_RR, as all sites are alike */
    nixe_extreme least, greatest; /* the uniform composition aside */
} nixe_preference;

/* The zero modes of V, of which theory expects one, and the `above` eigenpairs above them, and what order the lattice prefers.
 * A pair of waves q and -q makes a cosine and a sine. */
nixe_status nixe_waves_potential(const nixe_waves *waves, int above, nixe_spectrum *spectrum, nixe_preference *preference);

/* The same of D, with d zero modes; the strains of the periods belong to the uniform waves. */
nixe_status nixe_waves_stiffness(const nixe_waves *waves, int above, nixe_spectrum *spectrum);

/* Estimate of the bytes that these take with their spectra. */
double nixe_waves_bytes(const nixe_lattice *lattice, int above);

/* Branches of V, shape [points, n], and of D, shape [points, n d], ascending, for a primitive cell of n sites. */
nixe_status nixe_waves_branches(const nixe_waves *waves, const nixe_path *path, double *V, double *D);

#endif
