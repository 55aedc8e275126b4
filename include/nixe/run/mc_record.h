/* MC record: replicas of fixed-shell crystals over several states (options/states.h), and what is recorded of them.
 *
 * A task of the ensemble is one replica at one state; or replica p of all states: with replica exchange a ladder, whose states
 * exchange configurations, and which a team of ranks may share; or a path, on which each state begins where the one before
 * ended. Rows of the file follow the state: row q P + p. In which order things happen is told at advance() in mc_record.c.
 * Collective: nixe_mc_record_check_saved(), nixe_mc_record_end() and the write of nixe_mc_work(). */
#ifndef NIXE_RUN_MC_RECORD_H
#define NIXE_RUN_MC_RECORD_H

#include "nixe/elasticity/strain.h"
#include "nixe/run/ensemble.h"
#include "nixe/run/team.h"

/* The list of what is recorded of a replica. */
extern const nixe_quantities nixe_mc_quantities;

/* A state with what its area deviations need. */
typedef struct {
    nixe_state state;
    double shell_stiffness;
    const nixe_response *response;
} nixe_mc_state;

/* A member of the task: a replica and its row. Configurations wait for their areas in a stack that fills from the front, of
 * which `measured` are done. */
typedef struct {
    nixe_replica replica;
    nixe_row row;
    int waiting, measured;
    int8_t *configuration; /* stack x N */
} nixe_mc_member;

typedef struct {
    const nixe_options *options;
    const nixe_lattice *lattice;
    const nixe_mc_state *states; /* of this batch */
    int64_t all_states;          /* Q */
    int is_ladder;               /* whether replicas are exchanged */
    nixe_record record, ladder_record;

    nixe_mc_member *member;       /* members */
    int members, first_member;    /* of the task, those on this rank: one, or a part of all states */
    int all_members;              /* of the task */
    int64_t whole;                /* sweeps at which a member ends, equilibration included: all, or those of a round */
    int64_t task, replica_number; /* task: -1 where nothing is begun that is not released */
    nixe_ladder ladder;
    nixe_team team;      /* that shares the ladder */
    int64_t team_number; /* of `teams`; 0 teams: no ladder is shared */
    int64_t teams;
    int is_posted;       /* whether an exchange is under way */
    nixe_row ladder_row; /* of the first of the team */

    nixe_displacement displacement; /* scratch */
    nixe_strain strain;
    int stack;       /* configurations that are measured together */
    double *area;    /* N x stack */
    int stiffnesses; /* of the run */
    double *field;   /* N_core: scratch */
    double strain_seconds;
} nixe_mc_record;

/* Bytes that a rank needs for its members and what is pending. */
double nixe_mc_record_bytes(const nixe_lattice *lattice, int members);

/* Bytes of the saved state of a task, at the most. */
double nixe_mc_saved_bytes(const nixe_options *options, const nixe_lattice *lattice, int members);

/* flagged: of each row, the sweeps that are in the file; belongs to the caller. ladders: how many there are to do, which says
 * how many ranks share each. Collective over all ranks. */
nixe_status nixe_mc_record_create(nixe_mc_record *mc, const nixe_options *options, const nixe_sampler *sampler,
                                  const nixe_lattice *lattice, const nixe_pairs *pairs, const nixe_states *states,
                                  int64_t *flagged, int64_t ladders, nixe_file *file);
void nixe_mc_record_destroy(nixe_mc_record *mc);

/* The team of this rank leaves its ladder as it is. */
nixe_status nixe_mc_record_end(nixe_mc_record *mc);

/* Sweeps of a whole row, equilibration included. */
int64_t nixe_mc_whole(const nixe_options *options);

/* The work of a batch of states up to `whole` sweeps: `count` tasks of these states. Task t is replica t / Q at state t % Q, or
 * ladder or path t. */
nixe_work nixe_mc_work(nixe_mc_record *mc, const nixe_mc_state *states, int64_t whole, const int64_t *tasks, int64_t count);

/* The replica that a task is. It does not depend on the number of replicas, so that a run can be extended. */
static inline int64_t nixe_mc_replica_of(const nixe_mc_record *mc, int64_t task) {
    return mc->all_members > 1 ? task : task / mc->all_states;
}

/* The row of the present replica at a state. */
static inline int64_t nixe_mc_row(const nixe_mc_record *mc, const nixe_mc_state *state) {
    return state->state.number * mc->options->ensemble_size + mc->replica_number;
}

/* Begin a member of the present replica at a state. */
nixe_status nixe_mc_begin_member(nixe_mc_record *mc, nixe_mc_member *member, const nixe_mc_state *state);

/* In mc_saved.c. Save the member that a number means, which state q of replica p is, p Q + q; and load it, over its beginning.
 * worker: nixe_mc_record. */
nixe_status nixe_mc_save(const void *worker, int64_t number, nixe_bytes *bytes);
nixe_status nixe_mc_load(void *worker, int64_t number, nixe_bytes *bytes);

/* Whether the file has all that the saved state of a member counts on, which has no more sweeps than its row. For
 * nixe_checkpoint_prune(); worker: nixe_mc_record. State q of replica p is number p Q + q. */
int nixe_mc_saved_in_file(const void *worker, int64_t number, nixe_bytes *bytes);

/* Drop the saved states of ladders that do not fit together, or cannot be used: such a ladder begins again, on all ranks alike.
 * After nixe_mc_saved_in_file(), by which a state of it may have gone. Needs the states of the run. */
nixe_status nixe_mc_check_saved(nixe_mc_record *mc, const nixe_mc_state *states, nixe_checkpoint *checkpoint);

#endif
