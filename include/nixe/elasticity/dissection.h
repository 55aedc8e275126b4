/* Dissection: the order in which the freedoms of a block of D are eliminated. The crystal is cut in two by a plane of sites,
 * the halves again, and so on; what a cut leaves on either side knows the other only through the sites of the cut, which come
 * after both (nested dissection). It follows from the places of the sites and their bonds alone. Nothing here is collective. */
#ifndef NIXE_ELASTICITY_DISSECTION_H
#define NIXE_ELASTICITY_DISSECTION_H

#include "nixe/elasticity/blocks.h"

/* Parts are the sites of a cut, or what is not cut any further. Each comes after all that it cuts apart; the last is the first
 * cut, with the strains of a crystal with periods. */
typedef struct {
    int parts;
    int32_t *place;     /* size: of each freedom in the order of elimination */
    int32_t *freedom;   /* size: the freedom at each place */
    int32_t *first;     /* parts + 1: the places of part t are first[t] .. first[t + 1] - 1 */
    int32_t (*half)[2]; /* parts: the last parts of what it cuts apart, -1 where there is none */
    int32_t *depth;     /* parts: cuts above it */
    int32_t *border;    /* the places behind it that the elimination of part t touches, in their order: */
    int64_t *begin;     /* parts + 1: border[begin[t]] .. border[begin[t + 1] - 1] */
} nixe_dissection;

nixe_status nixe_dissection_create(nixe_dissection *tree, const nixe_blocks *blocks);
void nixe_dissection_destroy(nixe_dissection *tree);

/* Places of a part, and of its border. */
static inline int nixe_dissection_own(const nixe_dissection *tree, int t) { return tree->first[t + 1] - tree->first[t]; }
static inline int nixe_dissection_outside(const nixe_dissection *tree, int t) {
    return (int)(tree->begin[t + 1] - tree->begin[t]);
}

#endif
