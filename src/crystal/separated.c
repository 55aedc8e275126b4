/* Separated: a configuration with all A on one side of the crystal. Pure; nothing here is collective. */
#include "nixe/crystal/separated.h"

#include <math.h>
#include <stdlib.h>

/* Sites in the order of x, then y, then z. */
typedef struct {
    double at[3];
    int number;
} placed;

static int compare_places(const void *a, const void *b) {
    const placed *p = a, *q = b;
    for (int k = 0; k < 3; k++)
        if (fabs(p->at[k] - q->at[k]) > 1e-9) return p->at[k] < q->at[k] ? -1 : 1;
    return 0;
}

nixe_status nixe_separated(const nixe_lattice *lattice, int count, const int32_t *site, int count_A, int8_t *sigma) {
    const int d = lattice->dimension;
    placed *place;
    NIXE_TRY(nixe_allocate(&place, count, sizeof *place, "the start configuration"));
    for (int k = 0; k < count; k++) {
        place[k].number = k;
        for (int c = 0; c < d; c++) place[k].at[c] = lattice->position[(long)(site ? site[k] : k) * d + c];
    }
    qsort(place, (size_t)count, sizeof *place, compare_places);
    for (int rank = 0; rank < count; rank++) sigma[place[rank].number] = rank < count_A ? 1 : -1;
    free(place);
    return NIXE_OK;
}
