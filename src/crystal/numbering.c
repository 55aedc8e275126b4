/* Numbering: strides, directions and slots of a lattice. Pure; nothing here is collective. */
#include "nixe/crystal/numbering.h"

#include <math.h>
#include <string.h>

/* The number of a place before the origin is taken off. */
static int64_t number_of(const nixe_lattice *lattice, const int c[3], int b) {
    const int64_t cells = c[0] * lattice->stride[0] + c[1] * lattice->stride[1] + c[2] * lattice->stride[2];
    return nixe_lattice_kinds[lattice->type].basis_sites * cells + b;
}

int64_t nixe_numbering_slot(const nixe_lattice *lattice, const int c[3], int b) {
    const int64_t slot = number_of(lattice, c, b) - lattice->origin;
    if (!lattice->modulus) return slot;
    return slot % lattice->modulus + (slot % lattice->modulus < 0 ? lattice->modulus : 0);
}

/* Rows follow rows, and planes planes; a hexagon, by its tiling of the plane, has no empty slots. */
nixe_status nixe_numbering_set(nixe_lattice *lattice, const nixe_recipe *recipe, const nixe_points *points) {
    int64_t first = INT64_MAX, last = INT64_MIN;
    lattice->stride[0] = 1;
    if (recipe->shape == NIXE_HEXAGON) {
        lattice->stride[1] = 3 * (int64_t)(recipe->edge + recipe->shell_layers - 1) + 2;
        lattice->modulus = lattice->homes = lattice->sites;
        return NIXE_OK;
    }
    for (int axis = 1; axis < lattice->dimension; axis++)
        lattice->stride[axis] = nixe_points_stride(points, axis, lattice->stride[1]);
    for (int p = 0; p < points->count; p++) {
        const int64_t number = number_of(lattice, points->point[p].c, points->point[p].b);
        if (points->point[p].layer < 0) continue;
        first = number < first ? number : first;
        last = number > last ? number : last;
    }
    lattice->origin = first;
    if (last - first >= INT32_MAX / 2) return nixe_fail(NIXE_REFUSED, "the crystal has more sites than nixe can number");
    lattice->homes = (int)(last - first) + 1;
    return NIXE_OK;
}

/* The distance of slots that a step makes. */
static int64_t offset_of(const nixe_lattice *lattice, const nixe_step *step) {
    return number_of(lattice, step->shift, step->to) - step->from;
}

/* Whether a step goes forwards: to a higher slot. */
static int is_forward(const nixe_lattice *lattice, const nixe_step *step) {
    const int64_t offset = offset_of(lattice, step);
    for (int k = 2; offset == 0 && k >= 0; k--) /* such a bond is nowhere in the crystal */
        if (fabs(step->vector[k]) > 1e-6) return step->vector[k] > 0;
    return offset > 0;
}

/* The direction of a forward step, or -1. */
static int direction_of(const nixe_lattice *lattice, const nixe_step *step, double sign, int half) {
    const double length = lattice->bond_class[step->class].length;
    for (int d = 0; d < half; d++) {
        double difference = 0;
        for (int k = 0; k < 3; k++) difference += fabs(sign * step->vector[k] / length - lattice->direction[d][k]);
        if (difference < 1e-6 && lattice->offset[d] == sign * (double)offset_of(lattice, step)) return d;
    }
    return -1;
}

/* Directions of bonds: forward ones in the order of the steps, then their opposites. step_direction: of each step. */
void nixe_numbering_set_directions(nixe_lattice *lattice, const nixe_points *points, int *step_direction) {
    int half = 0;
    for (int s = 0; s < points->steps; s++) {
        const nixe_step *step = &points->step[s];
        if (!is_forward(lattice, step) || direction_of(lattice, step, 1, half) >= 0) continue;
        NIXE_REQUIRE(half < NIXE_MAX_DIRECTIONS / 2, "this lattice has more directions of bonds than nixe has room for");
        lattice->offset[half] = (int)offset_of(lattice, step);
        if (lattice->offset[half] > lattice->reach) lattice->reach = lattice->offset[half];
        lattice->direction_class[half] = (int8_t)step->class;
        for (int k = 0; k < 3; k++) lattice->direction[half][k] = step->vector[k] / lattice->bond_class[step->class].length;
        half++;
    }
    lattice->directions = 2 * half;
    for (int d = 0; d < half; d++) {
        lattice->direction_class[d + half] = lattice->direction_class[d];
        for (int k = 0; k < 3; k++) lattice->direction[d + half][k] = -lattice->direction[d][k];
    }
    for (int s = 0; s < points->steps; s++) {
        const nixe_step *step = &points->step[s];
        step_direction[s] =
            is_forward(lattice, step) ? direction_of(lattice, step, 1, half) : direction_of(lattice, step, -1, half) + half;
    }
}

/* Homes, in the order of which the sites are numbered, and the slots that stand for a site a second time. */
void nixe_numbering_set_slots(nixe_lattice *lattice, const nixe_points *points) {
    memset(lattice->slot_site, -1, (size_t)lattice->slots * sizeof *lattice->slot_site);
    for (int p = 0; p < points->count; p++)
        if (points->point[p].layer >= 0)
            lattice->slot_site[nixe_numbering_slot(lattice, points->point[p].c, points->point[p].b)] = 0;
    for (int slot = 0, site = 0; slot < lattice->homes; slot++) {
        if (lattice->slot_site[slot] < 0) continue;
        lattice->slot_site[slot] = site;
        lattice->home[site++] = slot;
    }
    for (int slot = lattice->homes; lattice->modulus && slot < lattice->slots; slot++)
        lattice->slot_site[slot] = lattice->slot_site[slot % lattice->modulus];
    for (int p = points->count; p < points->count + points->images; p++) {
        const nixe_point *image = &points->point[p], *of = &points->point[image->image_of];
        const int64_t slot = nixe_numbering_slot(lattice, image->c, image->b);
        if (of->layer >= 0 && slot >= 0 && slot < lattice->slots)
            lattice->slot_site[slot] = lattice->slot_site[nixe_numbering_slot(lattice, of->c, of->b)];
    }
}
