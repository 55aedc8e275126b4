/* Tables: what is kept of the elasticity of a crystal: the potential V_elastic, a table that follows from the displacements of
 * single sites, and the response, from which the displacements of any configuration follow. */
#ifndef NIXE_ELASTICITY_TABLES_H
#define NIXE_ELASTICITY_TABLES_H

#include "nixe/base/parallel.h"
#include "nixe/crystal/table.h"
#include "nixe/elasticity/displacement.h"

/* The tables of one crystal; one copy a node. */
typedef struct {
    nixe_shared V_memory, response_memory;
    nixe_table potential;
    nixe_response response;
    double seconds; /* spent in building them */
} nixe_tables;

/* Doubles that a node stores for the tables of a crystal, and while they are built; and for the factors of the response while
 * these are made, which is later. */
long long nixe_tables_count(const nixe_lattice *lattice, int with_potential, nixe_response_form form);
long long nixe_tables_count_building(const nixe_lattice *lattice, int with_potential, nixe_response_form form);
long long nixe_tables_count_factors(const nixe_lattice *lattice, nixe_response_form form);

/* About how many seconds building them takes on one rank: its parts were measured on a machine of 2.4 GHz. */
double nixe_tables_seconds(const nixe_lattice *lattice, int with_potential, nixe_response_form form);

/* Build the tables that are wanted: V = 4 (A'KA - G' D^+ G), symmetrised and projected, exactly symmetric and the same on
 * any number of ranks; and that of the response. The crystal must be rigid (nixe_rigidity_check()). Collective over all ranks.
 */
nixe_status nixe_tables_create(const nixe_parallel *parallel, const nixe_lattice *lattice, double shell_stiffness,
                               int with_potential, nixe_response_form form, nixe_tables *elastic);

/* Factor D, where the response is to be factors: they may be larger than all else, and wait until the potential has served.
 * Collective over all ranks. */
nixe_status nixe_tables_factor(const nixe_parallel *parallel, const nixe_lattice *lattice, double shell_stiffness,
                               nixe_response_form form, nixe_tables *elastic);

/* The memory of the potential becomes that of the caller; it is there until it is dropped or written over. */
void nixe_tables_move_potential(nixe_tables *elastic, nixe_shared *memory);

/* Give up the potential, keep the response. Collective over the node. */
void nixe_tables_drop_potential(nixe_tables *elastic);
void nixe_tables_destroy(nixe_tables *elastic);

#endif
