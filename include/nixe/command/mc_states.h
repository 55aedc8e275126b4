/* States of a run of mc: the list of them, and the tables of a batch, one copy a node. Collective over all ranks, but
 * nixe_mc_states_needs(). */
#ifndef NIXE_COMMAND_MC_STATES_H
#define NIXE_COMMAND_MC_STATES_H

#include "nixe/base/fit.h"
#include "nixe/command/job.h"
#include "nixe/elasticity/tables.h"
#include "nixe/run/mc_record.h"

/* Tables of one shell stiffness. */
typedef struct {
    nixe_tables elastic;       /* the response; the potential only while the core is made */
    nixe_couplings *couplings; /* compositions */
    nixe_shared W_memory;
    nixe_table W;
} nixe_mc_stiffness;

/* The table of one stiffness and temperature. */
typedef struct {
    nixe_shared memory;
    nixe_table table;
} nixe_mc_table;

typedef struct {
    nixe_states list;
    int stiffnesses, compositions, temperatures;
    int64_t each;                 /* states of one stiffness; with members: all */
    int members;                  /* of a task: 1, or all states with replica exchange or along a path */
    int batch;                    /* stiffnesses whose tables are in memory at a time */
    int first, count;             /* those that are there */
    nixe_mc_stiffness *stiffness; /* batch */
    nixe_mc_table *table;         /* batch x temperatures; informed sampler */
    nixe_mc_state *state;         /* batch x each */
    const nixe_sampler *sampler;
    int fits; /* 1 as long as no state leaves the range of fixed point */
} nixe_mc_states;

/* The list of states, without tables. */
void nixe_mc_states_set(const nixe_options *options, nixe_mc_states *states);

/* What a run takes: with the tables of one stiffness while they are built. Not collective. */
nixe_need nixe_mc_states_needs(const nixe_options *options, const nixe_mc_states *states, const nixe_lattice *lattice);

/* Room for a batch: as many stiffnesses at a time as fit; rank 0 says how many. */
nixe_status nixe_mc_states_create(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                                  nixe_need need, nixe_mc_states *states);

/* Refuse whatever can be refused before anything is sampled: a floppy crystal, and temperatures too low for the weights of a
 * sampler. The latter takes the tables; they are made for this alone only where they do not all fit at once. */
nixe_status nixe_mc_states_check(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                                 nixe_mc_states *states);

/* Build the tables of the stiffnesses first .. first + count - 1, choose the sampler by them, and set their states. Between
 * tables NIXE_STOPPED, where any rank has been asked to stop. */
nixe_status nixe_mc_states_build(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                                 int first, int count, nixe_mc_states *states);

/* The potentials have served: store them if they are wanted. */
nixe_status nixe_mc_states_store(const nixe_options *options, const nixe_lattice *lattice, nixe_file *file,
                                 nixe_mc_states *states);

/* Forget the batch; and all. */
void nixe_mc_states_clear(nixe_mc_states *states);
void nixe_mc_states_destroy(nixe_mc_states *states);

/* The sampler of a run whose states are in the range of fixed point, or not. Not collective. */
const nixe_sampler *nixe_mc_sampler(const nixe_options *options, int fits);

#endif
