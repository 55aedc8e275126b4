/* Mirror: the symmetry of a crystal under reflection at its central planes. Pure; nothing here is collective. */
#include "nixe/mirror.h"

#include <stdlib.h>

nixe_status nixe_mirror_create(nixe_mirror *mirror, const nixe_lattice *lattice) {
    const int n = lattice->sites, d = lattice->dimension;
    *mirror = (nixe_mirror){.elements = 1 << d};
    NIXE_TRY(nixe_allocate(&mirror->representative, n, sizeof(int32_t), "the mirror images"));
    NIXE_TRY(nixe_allocate(&mirror->image, (long)mirror->elements * n, sizeof(int32_t), "the mirror images"));
    nixe_lattice_mirror_images(lattice, mirror->image);
    for (int site = 0; site < n; site++) {
        int negative = 0;
        for (int k = 0; k < d; k++) negative |= lattice->position[(long)d * site + k] < -1e-9;
        if (!negative) mirror->representative[mirror->representatives++] = site;
    }
    return NIXE_OK;
}

void nixe_mirror_destroy(nixe_mirror *mirror) {
    free(mirror->representative);
    free(mirror->image);
    *mirror = (nixe_mirror){0};
}

int nixe_mirror_fixing(const nixe_mirror *mirror, const nixe_lattice *lattice, int site) {
    int fixing = 0;
    for (int g = 0; g < mirror->elements; g++) fixing += mirror->image[(long)g * lattice->sites + site] == site;
    return fixing;
}
