/* Response: from what the displacements of any configuration follow, u = D^+ G s. One of three:
 *
 * - a table of D^+ G, falling apart by the whole symmetry of the crystal (adapted.h): of g operations and a representation of
 *   n rows into n products of about (n d N / g) x (n N / g), which are all by the same numbers. A node has one.
 * - factors of the blocks of D, with which each configuration is solved for. Their memory grows as N^(4/3) in 3D and N log N in
 *   2D, not as N^2, and a node has one of each, by which each rank solves for itself (fronts.h). Of blocks that an operation of
 *   the crystal makes of each other there is one.
 * - of a torus, that of each wave (bulk.h).
 *
 * Which one follows from the crystal alone, for they differ in the last digits, and results do not depend on the machine.
 * Nothing here is collective but what says so. */
#ifndef NIXE_ELASTICITY_RESPONSE_H
#define NIXE_ELASTICITY_RESPONSE_H

#include "nixe/base/parallel.h"
#include "nixe/elasticity/adapted.h"
#include "nixe/elasticity/blocks.h"

/* Configurations in a stack, at the most, and in a chunk of it. Arrays over a stack go chunk by chunk, with shape [stack /
 * CHUNK, N, ..., CHUNK]: loops over the CHUNK configurations are vectorised, and what belongs to a chunk stays in the L2 cache.
 */
enum { NIXE_CONFIGURATIONS = 128, NIXE_CHUNK = 8 };

typedef enum {
    NIXE_RESPONSE_NONE = 0,
    NIXE_RESPONSE_CHOSEN = 1, /* by nixe_response_choose() one of the next two, which tests ask for */
    NIXE_RESPONSE_TABLE,
    NIXE_RESPONSE_FACTORS, /* not of a torus */
} nixe_response_form;

typedef struct nixe_factors nixe_factors;

typedef struct {
    const double *table; /* for each representation the functions of displacements x those of numbers, units of the mismatch
                            Delta; then strains x N; of a torus that of bulk.h; its memory is shared by a node */
    long place[NIXE_MAX_REPRESENTATIONS], strains; /* where these begin in it */
    nixe_adapted *adapted;                         /* its functions; NULL without a table, and of a torus */
    nixe_factors *factors;                         /* instead of the table, or NULL; these are shared, too */
} nixe_response;

/* Factors where the table would take more than 128 MiB. */
nixe_response_form nixe_response_choose(const nixe_lattice *lattice);

/* Doubles of the table, 0 where there is none; estimates of those of the factors, and of the bytes that each rank and each node
 * has beside these. */
long long nixe_response_count(const nixe_lattice *lattice, nixe_response_form form);
long long nixe_response_count_factors(const nixe_lattice *lattice, nixe_response_form form);
double nixe_response_bytes(const nixe_lattice *lattice, nixe_response_form form);
double nixe_response_node_bytes(const nixe_lattice *lattice, nixe_response_form form);

/* How many factors there are. */
int nixe_response_factors(const nixe_lattice *lattice);

/* The functions of a table that is no torus's. Collective over all ranks, and agreed on. */
nixe_status nixe_response_adapt(nixe_response *response, const nixe_parallel *parallel, const nixe_lattice *lattice);

/* Fill the columns of the orbits first .. last-1 of them into the table, from the displacements of single sites, as
 * nixe_columns_solve() leaves them. */
nixe_status nixe_response_fill(const nixe_response *response, const nixe_blocks *blocks, const double *w, int first, int last,
                               double *table);

/* Factor the blocks of D, where the form says so, once for each node. Collective over all ranks, and agreed on. */
nixe_status nixe_response_factor(nixe_response *response, const nixe_parallel *parallel, const nixe_lattice *lattice,
                                 double shell_stiffness, nixe_response_form form);
/* Collective over the node where there are factors. */
nixe_status nixe_response_destroy(nixe_response *response);

/* The blocks that are factored; NULL where there is a table. */
const nixe_blocks *nixe_response_blocks(const nixe_response *response);

/* Solve all blocks for `width` configurations. source, shape [blocks, sites, stride]: the sums of chi_c(e) s(e R) over all
 * mirrors e. solution, shape [blocks, size, stride]: the parts of displacements by their characters, with the same signs; and
 * the strains. */
nixe_status nixe_response_solve(const nixe_response *response, const double *source, long stride, int width, double *solution);

#endif
