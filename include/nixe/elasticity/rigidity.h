/* Rigidity: whether a crystal is rigid, and what is loose where it is not. */
#ifndef NIXE_ELASTICITY_RIGIDITY_H
#define NIXE_ELASTICITY_RIGIDITY_H

#include "nixe/base/parallel.h"
#include "nixe/crystal/lattice.h"

/* Refuse (NIXE_REFUSED) a crystal whose D has more zero modes than rigid motions, at any of `count` stiffnesses of its shell,
 * with a sentence that says which freedom is loose, and where. Collective over all ranks, which share the stiffnesses out. */
nixe_status nixe_rigidity_check(const nixe_parallel *parallel, const nixe_lattice *lattice, int count,
                                const double *shell_stiffness);

#endif
