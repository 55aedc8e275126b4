/* Surface: faces, factors of k_ex and depths of the sites of a crystal. Pure; nothing here is collective. */
#include "nixe/crystal/surface.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/crystal/sites.h"

static const double near = 1e-9;    /* a point on a face is inside */
static const double most = 1e6;     /* of a factor */
static const double not_given = -1; /* a factor that no option names */

/* One of "111:0.5,100:1": its name, which is not ended, and its factor; *text goes on to the next. */
static nixe_status read_factor(const char *option, const char **text, const char **name, int *length, double *factor) {
    const int all = (int)strcspn(*text, ","), shown = all < 60 ? all : 60;
    char *end = NULL;
    *name = *text;
    *length = (int)strcspn(*text, ":,");
    const int named = *length > 0 && (*text)[*length] == ':';
    *factor = named ? strtod(*text + *length + 1, &end) : 0;
    if (!named || end != *text + all || end == *text + *length + 1 || !(*factor >= 0 && *factor <= most))
        return nixe_fail(NIXE_REFUSED, "%s: %.*s must be a name and a factor from 0 to 1e6, as in %s", option, shown, *text,
                         strcmp(option, "-exchange_faces") ? "3:10" : "111:0.5");
    *text += all + ((*text)[all] == ',');
    return NIXE_OK;
}

static nixe_status refuse_twice(const char *option, int length, const char *name) {
    return nixe_fail(NIXE_REFUSED, "%s: %.*s is there twice", option, length, name);
}

/* Those of the option, by the number of the name; 1 where it says nothing. */
static nixe_status read_faces(const nixe_lattice *lattice, const char *text, double factor[NIXE_MAX_FACES]) {
    static const char option[] = "-exchange_faces";
    for (int f = 0; f < lattice->faces; f++) factor[f] = not_given;
    while (text && *text) {
        char all[NIXE_MAX_FACES * NIXE_FACE_NAME] = "";
        const char *name;
        double value;
        int length, face = -1;
        NIXE_TRY(read_factor(option, &text, &name, &length, &value));
        for (int f = 0; f < lattice->faces; f++) {
            if ((int)strlen(lattice->face_name[f]) == length && !strncmp(lattice->face_name[f], name, (size_t)length)) face = f;
            snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", f ? ", " : "", lattice->face_name[f]);
        }
        if (face < 0)
            return nixe_fail(NIXE_REFUSED, "%s: the crystal has no face %.*s; it has %s", option, length < 60 ? length : 60,
                             name, *all ? all : "none");
        if (factor[face] >= 0) return refuse_twice(option, length, name);
        factor[face] = value;
    }
    for (int f = 0; f < lattice->faces; f++) factor[f] = factor[f] < 0 ? 1 : factor[f];
    return NIXE_OK;
}

/* Those of the option, by the number of nearest neighbours; 1 where it says nothing. */
static nixe_status read_bonds(const nixe_lattice *lattice, const char *text, double factor[NIXE_MAX_DIRECTIONS]) {
    static const char option[] = "-exchange_bonds";
    for (int b = 0; b < lattice->nearest; b++) factor[b] = not_given;
    while (text && *text) {
        const char *name;
        double value;
        char *end;
        int length;
        NIXE_TRY(read_factor(option, &text, &name, &length, &value));
        const long bonds = strtol(name, &end, 10);
        if (end != name + length || bonds < 0 || bonds >= lattice->nearest)
            return nixe_fail(NIXE_REFUSED, "%s: %.*s must be the number of nearest neighbours of a surface site, from 0 to %d",
                             option, length < 60 ? length : 60, name, lattice->nearest - 1);
        if (factor[bonds] >= 0) return refuse_twice(option, length, name);
        factor[bonds] = value;
    }
    for (int b = 0; b < lattice->nearest; b++) factor[b] = factor[b] < 0 ? 1 : factor[b];
    return NIXE_OK;
}

/* The site of the basis that a site is. */
static int basis_of(const nixe_lattice *lattice, int site) {
    const int64_t basis_sites = nixe_lattice_kinds[lattice->type].basis_sites;
    const int64_t place = (lattice->home[site] + lattice->origin) % basis_sites;
    return (int)(place < 0 ? place + basis_sites : place);
}

/* Whether a site has the neighbour that a step of the first class leads to. */
static int has_neighbour(const nixe_lattice *lattice, int site, const nixe_step *step) {
    const int32_t *next = nixe_lattice_neighbours(lattice, site);
    for (int d = 0; d < lattice->directions; d++) {
        double difference = 0;
        if (next[d] < 0 || lattice->direction_class[d] != step->class) continue;
        for (int k = 0; k < 3; k++) difference += fabs(lattice->direction[d][k] - step->vector[k]); /* of length 1 */
        if (difference < 1e-6) return 1;
    }
    return 0;
}

/* Count a door at x, relative to the center, for the names of the faces that it lies beyond, each once; returns its factor. */
static double pass_door(const nixe_outline *outline, const double x[3], const double *factor, int doors[NIXE_MAX_FACES]) {
    uint8_t counted[NIXE_MAX_FACES] = {0};
    double sum = 0, highest = -INFINITY;
    int faces = 0, nearest = 0;
    for (int f = 0; f < outline->faces; f++) {
        const nixe_face *face = &outline->face[f];
        const double beyond = nixe_face_beyond(face, x);
        if (beyond > highest + near) highest = beyond, nearest = face->name;
        if (beyond <= near) continue;
        faces++;
        sum += factor[face->name];
        doors[face->name] += !counted[face->name];
        counted[face->name] = 1;
    }
    if (faces) return sum / faces;
    doors[nearest]++;
    return factor[nearest];
}

/* The face of a surface site, and the mean factor of its doors. */
static double set_face(nixe_lattice *lattice, const nixe_outline *outline, int steps, const nixe_step *step,
                       const double *factor, int site) {
    const int d = lattice->dimension;
    int doors[NIXE_MAX_FACES] = {0}, all = 0;
    double sum = 0;
    for (int s = 0; s < steps; s++) {
        double x[3] = {0};
        if (step[s].class != 0 || step[s].from != basis_of(lattice, site) || has_neighbour(lattice, site, &step[s])) continue;
        for (int k = 0; k < d; k++) x[k] = lattice->position[(long)d * site + k] + step[s].vector[k];
        sum += pass_door(outline, x, factor, doors);
        all++;
    }
    lattice->face[site] = 0;
    for (int f = 1; f < lattice->faces; f++)
        if (doors[f] > doors[lattice->face[site]]) lattice->face[site] = f;
    return sum / all;
}

/* Bonds of the first class to the nearest surface site, ring after ring. */
static nixe_status set_depths(nixe_lattice *lattice) {
    int32_t *list;
    int last = 0;
    NIXE_TRY(nixe_allocate(&list, lattice->sites, sizeof *list, "the lattice"));
    for (int site = 0; site < lattice->sites; site++) {
        lattice->depth[site] = lattice->surface[site] ? 0 : -1;
        if (lattice->surface[site]) list[last++] = site;
    }
    for (int at = 0; at < last; at++) {
        const int32_t *next = nixe_lattice_neighbours(lattice, list[at]);
        lattice->depths = lattice->depth[list[at]] + 1;
        lattice->depth_sites[lattice->depth[list[at]]]++;
        for (int d = 0; d < lattice->directions; d++) {
            if (next[d] < 0 || lattice->direction_class[d] != 0 || lattice->depth[next[d]] >= 0) continue;
            lattice->depth[next[d]] = lattice->depth[list[at]] + 1;
            list[last++] = next[d];
        }
    }
    free(list);
    return NIXE_OK;
}

static int nearest_of(const nixe_lattice *lattice, int site) {
    int nearest = 0;
    for (int d = 0; d < lattice->directions; d++)
        nearest += nixe_lattice_neighbours(lattice, site)[d] >= 0 && lattice->direction_class[d] == 0;
    return nearest;
}

/* Without a surface there are no faces. */
static void set_names(nixe_lattice *lattice, const nixe_outline *outline) {
    lattice->faces = lattice->depths ? outline->names : 0;
    for (int f = 0; f < lattice->faces; f++) memcpy(lattice->face_name[f], outline->name[f], NIXE_FACE_NAME);
}

nixe_status nixe_surface_set(nixe_lattice *lattice, const nixe_recipe *recipe, const nixe_outline *outline) {
    nixe_step step[NIXE_MAX_STEPS];
    double of_face[NIXE_MAX_FACES] = {0}, of_bonds[NIXE_MAX_DIRECTIONS] = {0};
    const int steps = nixe_lattice_steps(&nixe_lattice_kinds[lattice->type], step);
    NIXE_TRY(set_depths(lattice));
    set_names(lattice, outline);
    NIXE_TRY(read_faces(lattice, recipe->exchange_faces, of_face));
    NIXE_TRY(read_bonds(lattice, recipe->exchange_bonds, of_bonds));
    const int whole = recipe->sites && recipe->sites->final; /* read from a file that a run has written */
    int surface = 0, exchanging = 0;
    for (int site = 0; site < lattice->sites; site++) {
        lattice->face[site] = -1;
        if (!lattice->surface[site]) continue;
        const double through_doors = set_face(lattice, outline, steps, step, of_face, site);
        if (!whole) lattice->exchange[site] *= through_doors * of_bonds[nearest_of(lattice, site)];
        surface++;
        exchanging += lattice->exchange[site] > 0;
    }
    if (!surface || exchanging) return NIXE_OK;
    const char *option = recipe->exchange_faces && *recipe->exchange_faces   ? "-exchange_faces"
                         : recipe->exchange_bonds && *recipe->exchange_bonds ? "-exchange_bonds"
                                                                             : "-lattice_file";
    return nixe_fail(NIXE_REFUSED, "%s: the factor of every surface site is 0, and nothing would exchange", option);
}
