/* Commons: constant tables of which a node holds one copy, for wings that know no MPI. The ranks that share them, its parts,
 * fill them together and then read them; each has a commons of its own, and makes the same calls in the same order. It keeps
 * what it has given until it is destroyed, or until that is given back.
 *
 * node_commons.h makes one for the ranks of a node, nixe_commons_alone() one for a rank by itself. Every function here is
 * collective over the parts, and nixe_commons_meet() over all ranks. */
#ifndef NIXE_BASE_COMMONS_H
#define NIXE_BASE_COMMONS_H

#include <stddef.h>
#include <stdint.h>

#include "nixe/base/error.h"

typedef struct {
    void *memory;
    void *keeper; /* what a commons of a node has it by */
    long long bytes;
} nixe_common;

typedef struct nixe_commons {
    int parts, part;  /* how many ranks there are, and which of them this is */
    long long bytes;  /* that all parts have together, at present */
    int count;        /* of what it keeps: */
    nixe_common *all; /* these */

    /* How memory is come by, and given back; and how parts wait for each other. */
    nixe_status (*create)(const struct nixe_commons *commons, long long bytes, const char *what, nixe_common *common);
    void (*destroy)(nixe_common *common);
    nixe_status (*meet)(const struct nixe_commons *commons, nixe_status status);
    const void *of; /* what these know */
} nixe_commons;

/* For a single rank, whose memory it is. */
nixe_commons nixe_commons_alone(void);
void nixe_commons_destroy(nixe_commons *commons);

/* Zeroed memory that all parts see, `count` elements of `size` bytes; sets *pointer. */
nixe_status nixe_commons_take(nixe_commons *commons, void *pointer, long long count, long long size, const char *what);
void nixe_commons_give_back(nixe_commons *commons, const void *memory);

/* Wait for all parts: what they have written before is seen after. The status, and the sentence, of a part that has failed is
 * that of all. */
nixe_status nixe_commons_meet(const nixe_commons *commons, nixe_status status);

/* An array that is made by part 0 alone: where its pointer is, in the struct that has it, and its bytes. */
typedef struct {
    void *place;
    long long bytes;
} nixe_common_array;

/* Give all parts the arrays that part 0 has made by nixe_allocate(), which are freed: its pointers become those of the commons,
 * and of the others, too. They are listed after all parts have the numbers that the sizes follow from. */
nixe_status nixe_commons_publish(nixe_commons *commons, int count, const nixe_common_array *arrays, const char *what);

/* Give all parts the bytes of a struct of part 0, having met with this status of its making. Pointers in it are those of part
 * 0, and of no use to the others. */
nixe_status nixe_commons_copy(nixe_commons *commons, nixe_status status, void *bytes, long long count);

#endif
