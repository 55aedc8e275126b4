/* Team: the ranks that share a ladder, each with some of its states.
 *
 * At an exchange every state offers its configuration and two energies (ladder.h), which all ranks of the team receive; so each
 * of them decides for all pairs, alike. Nobody waits: an exchange is posted, and looked for between slices of other work. A
 * team of one is a rank by itself. Collective over the team: create, settle, end. */
#ifndef NIXE_RUN_TEAM_H
#define NIXE_RUN_TEAM_H

#include "nixe/base/parallel.h"
#include "nixe/run/ladder.h"

typedef struct {
    MPI_Comm comm;
    int rank, size;
    int states, core_sites;
    int first, last;         /* the states of this rank: first .. last - 1 */
    int *bytes, *offset;     /* ranks: of what each gives */
    char *all;               /* states x (nixe_offer, N_core ions): what was offered */
    MPI_Request request;     /* of the exchange that is under way */
    int64_t posted, arrived; /* exchanges that this rank has begun, and completed */
} nixe_team;

/* How many ranks are best for each of `ladders` ladders of so many states, of all `ranks`; 1: ladders are not shared. Not
 * collective. */
int nixe_team_size(int64_t ladders, int states, int ranks);

/* The team of this rank, of `size` neighbours; ranks that are left over have no states. Collective over all ranks. */
nixe_status nixe_team_create(nixe_team *team, const nixe_parallel *parallel, int size, int states, int core_sites);
void nixe_team_destroy(nixe_team *team);

/* Offer the configuration of a state of this rank, before the exchange is posted. */
void nixe_team_offer(nixe_team *team, int state, const nixe_offer *offer, const int8_t *core_sigma);

/* Begin the exchange; and see whether the offers of all are here. */
nixe_status nixe_team_post(nixe_team *team);
nixe_status nixe_team_look(nixe_team *team, int *here);

/* What all states have offered, states; and the configuration of one of them. */
void nixe_team_offered(const nixe_team *team, nixe_offer *offer);
const int8_t *nixe_team_sigma(const nixe_team *team, int state);

/* If anybody of the team has completed an exchange that this rank has under way, complete it here too: *here is set. All are
 * then at the same exchange. */
nixe_status nixe_team_settle(nixe_team *team, int *here);

/* Complete what is under way, whatever it is worth: everybody is about to leave. */
nixe_status nixe_team_end(nixe_team *team);

#endif
