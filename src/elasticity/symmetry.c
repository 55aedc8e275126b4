/* Symmetry: the symmetry of a crystal under reflection at its central planes. Pure; nothing here is collective. */
#include "nixe/elasticity/symmetry.h"

#include <stdlib.h>

nixe_status nixe_symmetry_create(nixe_symmetry *symmetry, const nixe_lattice *lattice) {
    const int n = lattice->sites, d = lattice->dimension;
    *symmetry = (nixe_symmetry){.elements = 1 << d};
    NIXE_TRY(nixe_allocate(&symmetry->representative, n, sizeof(int32_t), "the mirror images"));
    NIXE_TRY(nixe_allocate(&symmetry->image, (long)symmetry->elements * n, sizeof(int32_t), "the mirror images"));
    nixe_lattice_mirror_images(lattice, symmetry->image);
    for (int site = 0; site < n; site++) {
        int negative = 0;
        for (int k = 0; k < d; k++) negative |= lattice->position[(long)d * site + k] < -1e-9;
        if (!negative) symmetry->representative[symmetry->representatives++] = site;
    }
    return NIXE_OK;
}

void nixe_symmetry_destroy(nixe_symmetry *symmetry) {
    free(symmetry->representative);
    free(symmetry->image);
    *symmetry = (nixe_symmetry){0};
}

int nixe_symmetry_fixing(const nixe_symmetry *symmetry, const nixe_lattice *lattice, int site) {
    int fixing = 0;
    for (int g = 0; g < symmetry->elements; g++) fixing += symmetry->image[(long)g * lattice->sites + site] == site;
    return fixing;
}
