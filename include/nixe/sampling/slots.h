/* Slots: numbers of sites, given to every slot that stands for one: sites of the crystal, and beyond a period what repeats
 * them. Nothing here is collective. */
#ifndef NIXE_SAMPLING_SLOTS_H
#define NIXE_SAMPLING_SLOTS_H

#include <string.h>

#include "nixe/crystal/lattice.h"

/* of_site: N numbers of `size` bytes; of_slot: slots of them, of which empty ones stay as they are. Both may begin at one
 * place, where no slot between the sites is empty. Inline: the size is known where it is called, after every event. */
static inline void nixe_slots_place(const nixe_lattice *lattice, const void *of_site, void *of_slot, size_t size) {
    const char *from = of_site;
    char *to = of_slot;
    const int in_place = from == to;
    if (in_place && lattice->modulus) memcpy(to + (size_t)lattice->homes * size, from, (size_t)lattice->reach * size);
    else if (!in_place || lattice->periods)
        for (int slot = in_place ? lattice->homes : 0; slot < lattice->slots; slot++)
            if (lattice->slot_site[slot] >= 0)
                memcpy(to + (size_t)slot * size, from + (size_t)lattice->slot_site[slot] * size, size);
}

#endif
