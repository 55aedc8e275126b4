/* Team: the ranks that share a ladder. Collective where team.h says so. */
#include "nixe/run/team.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static size_t entry_bytes(const nixe_team *team) { return sizeof(nixe_offer) + (size_t)team->core_sites; }

static char *entry(const nixe_team *team, int state) { return team->all + (size_t)state * entry_bytes(team); }

/* Sweeps that follow each other, of the largest share of a state each: `teams` teams do all ladders, one after the other. */
static int64_t rounds(int64_t ladders, int states, int64_t teams, int64_t size) {
    return (ladders + teams - 1) / teams * ((states + size - 1) / size);
}

int nixe_team_size(int64_t ladders, int states, int ranks) {
    int best = 1;
    int64_t least = rounds(ladders, states, ranks, 1);
    for (int size = 2; size <= states && size <= ranks; size++) {
        const int64_t here = rounds(ladders, states, ranks / size, size);
        if (here >= least) continue;
        least = here;
        best = size;
    }
    return best;
}

nixe_status nixe_team_create(nixe_team *team, const nixe_parallel *parallel, int size, int states, int core_sites) {
    const int left_over = parallel->rank / size >= parallel->size / size;
    long first, last;
    *team = (nixe_team){.states = states, .core_sites = core_sites, .request = MPI_REQUEST_NULL};
    NIXE_MPI(MPI_Comm_split(parallel->comm, parallel->rank / size, parallel->rank, &team->comm));
    NIXE_MPI(MPI_Comm_rank(team->comm, &team->rank));
    NIXE_MPI(MPI_Comm_size(team->comm, &team->size));
    NIXE_TRY(nixe_allocate(&team->bytes, team->size, sizeof(int), "a ladder that is shared"));
    NIXE_TRY(nixe_allocate(&team->offset, team->size, sizeof(int), "a ladder that is shared"));
    NIXE_TRY(nixe_allocate(&team->all, states, (long long)entry_bytes(team), "a ladder that is shared"));
    NIXE_REQUIRE(team->size == 1 || (double)states * (double)entry_bytes(team) <= INT_MAX,
                 "a ladder is too large to be shared");
    for (int rank = 0; rank < team->size; rank++) {
        nixe_parallel_part(states, rank, team->size, &first, &last);
        team->offset[rank] = (int)((size_t)first * entry_bytes(team));
        team->bytes[rank] = (int)((size_t)(last - first) * entry_bytes(team));
    }
    nixe_parallel_part(states, team->rank, team->size, &first, &last);
    team->first = (int)first;
    team->last = left_over ? team->first : (int)last;
    return NIXE_OK;
}

void nixe_team_destroy(nixe_team *team) {
    free(team->bytes);
    free(team->offset);
    free(team->all);
    if (team->all) MPI_Comm_free(&team->comm);
    *team = (nixe_team){0};
}

void nixe_team_offer(nixe_team *team, int state, const nixe_offer *offer, const int8_t *core_sigma) {
    memcpy(entry(team, state), offer, sizeof *offer);
    memcpy(entry(team, state) + sizeof *offer, core_sigma, (size_t)team->core_sites);
}

nixe_status nixe_team_post(nixe_team *team) {
    team->posted++;
    if (team->size == 1) return NIXE_OK;
    NIXE_MPI(MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, team->all, team->bytes, team->offset, MPI_BYTE, team->comm,
                             &team->request));
    return NIXE_OK;
}

nixe_status nixe_team_look(nixe_team *team, int *here) {
    *here = 1;
    if (team->size > 1) NIXE_MPI(MPI_Test(&team->request, here, MPI_STATUS_IGNORE));
    team->arrived += *here;
    return NIXE_OK;
}

void nixe_team_offered(const nixe_team *team, nixe_offer *offer) {
    for (int q = 0; q < team->states; q++) memcpy(&offer[q], entry(team, q), sizeof *offer);
}

const int8_t *nixe_team_sigma(const nixe_team *team, int state) {
    return (const int8_t *)(entry(team, state) + sizeof(nixe_offer));
}

nixe_status nixe_team_settle(nixe_team *team, int *here) {
    int64_t most = team->arrived;
    *here = 0;
    if (team->size == 1) return NIXE_OK;
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_INT64_T, MPI_MAX, team->comm));
    if (team->arrived == most) return NIXE_OK;
    NIXE_MPI(MPI_Wait(&team->request, MPI_STATUS_IGNORE));
    team->arrived++;
    *here = 1;
    return NIXE_OK;
}

nixe_status nixe_team_end(nixe_team *team) {
    int64_t most = team->posted;
    if (team->size == 1) return NIXE_OK;
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPI_INT64_T, MPI_MAX, team->comm));
    if (team->posted < most) NIXE_TRY(nixe_team_post(team)); /* offers that nobody reads */
    NIXE_MPI(MPI_Wait(&team->request, MPI_STATUS_IGNORE));
    team->arrived = team->posted;
    return NIXE_OK;
}
