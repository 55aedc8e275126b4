/* Bulk: V and displacements of a torus (torus.h), by waves (bloch.h) and FFTs: time N log N, memory proportional to N. */
#ifndef NIXE_ELASTICITY_BULK_H
#define NIXE_ELASTICITY_BULK_H

#include "nixe/base/parallel.h"
#include "nixe/crystal/table.h"

/* Doubles that the response of a torus takes: for each wave that is kept, complex numbers of shape [n d, n]; then those of the
 * strains of the periods, shape [strains, n]. */
long long nixe_bulk_count(const nixe_lattice *lattice);

/* Fill the rows of V, projected and exactly symmetric, and the response, nixe_bulk_count() numbers; either may be NULL.
 * Collective. */
nixe_status nixe_bulk_build(const nixe_parallel *parallel, const nixe_lattice *lattice, double *V, double *response);

/* Displacements of composition waves, from source->wave (n numbers) to displacement->wave (n d numbers), and the strains of the
 * periods. Not collective. */
void nixe_bulk_respond(const nixe_lattice *lattice, const double *response, const nixe_fourier *source,
                       const nixe_fourier *displacement, double *strain);

#endif
