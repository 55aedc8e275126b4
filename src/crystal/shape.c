/* Shape: the table of shapes, and the faces of a crystal. Pure; nothing here is collective. */
#include "nixe/crystal/shape.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/crystal/sites.h"

static const double near = 1e-9; /* a point on a face is inside */
static const double far = 1e9;   /* where a crystal has no end */

static const nixe_lattice_kind *kind_of(const nixe_recipe *recipe) { return &nixe_lattice_kinds[recipe->type]; }

static double square_of(const double x[3]) { return x[0] * x[0] + x[1] * x[1] + x[2] * x[2]; }

double nixe_face_beyond(const nixe_face *face, const double x[3]) {
    const double along = x[0] * face->normal[0] + x[1] * face->normal[1] + x[2] * face->normal[2];
    if (face->form == NIXE_PLANE) return along - face->distance;
    return sqrt(fmax(0, square_of(x) - along * along)) - face->distance;
}

/* The number of a name, which is new or known; text need not end behind it. */
static int name_of(nixe_outline *outline, const char *text, size_t length) {
    for (int i = 0; i < outline->names; i++)
        if (strlen(outline->name[i]) == length && !strncmp(outline->name[i], text, length)) return i;
    snprintf(outline->name[outline->names], NIXE_FACE_NAME, "%.*s", (int)length, text);
    return outline->names++;
}

static nixe_status add_face(nixe_outline *outline, nixe_face face) {
    for (int f = 0; f < outline->faces; f++) { /* two indices of one face, {110} by all operations */
        double difference = 0;
        for (int k = 0; k < 3; k++) difference += fabs(face.normal[k] - outline->face[f].normal[k]);
        if (difference > 1e-9 || face.form != outline->face[f].form) continue;
        if (face.distance < outline->face[f].distance) outline->face[f] = face;
        return NIXE_OK;
    }
    if (outline->faces == NIXE_MAX_FACES)
        return nixe_fail(NIXE_REFUSED, "-lattice_faces: a crystal can have no more than %d faces", NIXE_MAX_FACES);
    outline->face[outline->faces++] = face;
    return NIXE_OK;
}

/* The face with these indices. */
static nixe_status add_plane(nixe_outline *outline, const nixe_lattice_kind *kind, const int index[3], double distance,
                             int name) {
    nixe_face face = {NIXE_PLANE, {0}, distance, 0, name};
    nixe_lattice_normal(kind, index, face.normal);
    face.spacing = nixe_lattice_spacing(kind, face.normal);
    return add_face(outline, face);
}

/* All faces that the operations of the lattice make of one. */
static nixe_status add_family(nixe_outline *outline, const nixe_lattice_kind *kind, const int index[3], double distance,
                              int name) {
    double operation[NIXE_MAX_OPERATIONS][9];
    const int count = nixe_lattice_operations(kind, operation);
    nixe_face face = {NIXE_PLANE, {0}, distance, 0, name};
    double normal[3];
    nixe_lattice_normal(kind, index, normal);
    face.spacing = nixe_lattice_spacing(kind, normal);
    for (int g = 0; g < count; g++) {
        for (int k = 0; k < 3; k++) {
            face.normal[k] = 0;
            for (int m = 0; m < 3; m++) face.normal[k] += operation[g][3 * k + m] * normal[m];
        }
        NIXE_TRY(add_face(outline, face));
    }
    return NIXE_OK;
}

/* The reach of a cylinder around a unit vector, or of a ball where its half length is 0. */
static void set_reach(const nixe_lattice_kind *kind, double radius, double half, const double axis[3], nixe_outline *outline) {
    double unit[3][3];
    for (int x = 0; x < 3; x++) nixe_lattice_coordinates(kind, 0, (double[3]){x == 0, x == 1, x == 2}, unit[x]);
    for (int k = 0; k < kind->dimension; k++) {
        const double normal[3] = {unit[0][k], unit[1][k], unit[2][k]};
        const double along = half > 0 ? normal[0] * axis[0] + normal[1] * axis[1] + normal[2] * axis[2] : 0;
        outline->reach[k] = radius * sqrt(fmax(0, square_of(normal) - along * along)) + half * fabs(along);
    }
}

static nixe_status outline_hexagon(const nixe_recipe *recipe, nixe_outline *outline) {
    const nixe_lattice_kind *kind = kind_of(recipe);
    const double row = kind->vector[1][1];
    set_reach(kind, recipe->edge + recipe->shell_layers, 0, NULL, outline);
    return add_family(outline, kind, (int[3]){1, 0, 0}, (recipe->edge - 1) * row, name_of(outline, "10", 2));
}

/* Heights of the occupied planes across cell vector k within one cell, in units of that vector: the lowest and the highest. */
static void occupied(const nixe_lattice_kind *kind, int k, double *lowest, double *highest) {
    *lowest = 1;
    *highest = 0;
    for (int v = 0; v < 125; v++)
        for (int b = 0; b < kind->basis_sites; b++) {
            double x[3], y[3];
            nixe_lattice_place(kind, (int[3]){v % 5 - 2, v / 5 % 5 - 2, kind->dimension == 3 ? v / 25 - 2 : 0}, b, x);
            nixe_lattice_coordinates(kind, 1, x, y);
            const double height = y[k] - floor(y[k] + near);
            *lowest = fmin(*lowest, height);
            *highest = fmax(*highest, height);
        }
}

/* Pairs of faces across each cell vector, none along which the crystal is periodic. `name`: of all, or NULL for 1, 2, 3. */
static nixe_status outline_cells(const nixe_recipe *recipe, const int cells[3], const char *name, nixe_outline *outline) {
    const nixe_lattice_kind *kind = kind_of(recipe);
    double cell[3][3];
    nixe_lattice_cell(kind, cell);
    for (int k = 0; k < kind->dimension; k++) {
        const char own[2] = {(char)('1' + k), 0};
        double lowest, highest, normal[3], height = 0;
        int index[3] = {0};
        occupied(kind, k, &lowest, &highest);
        for (int x = 0; x < 3; x++) outline->center[x] += 0.5 * (cells[k] - 1 + lowest + highest) * cell[k][x];
        const double layers = recipe->periodic[k] ? 0 : recipe->shell_layers;
        for (int m = 0; m < 3; m++) outline->reach[m] += (0.5 * cells[k] + layers) * abs(kind->cell[k][m]);
        index[k] = 1;
        nixe_lattice_normal(kind, index, normal);
        for (int x = 0; x < 3; x++) height += normal[x] * cell[k][x];
        const double half = 0.5 * (cells[k] - 1 + highest - lowest) * height;
        if (recipe->periodic[k]) continue;
        const int number = name ? name_of(outline, name, strlen(name)) : name_of(outline, own, 1);
        NIXE_TRY(add_plane(outline, kind, index, half, number));
        index[k] = -1;
        NIXE_TRY(add_plane(outline, kind, index, half, number));
    }
    return NIXE_OK;
}

static nixe_status outline_cube(const nixe_recipe *recipe, nixe_outline *outline) {
    return outline_cells(recipe, (int[3]){recipe->edge, recipe->edge, recipe->edge}, "100", outline);
}

static nixe_status outline_box(const nixe_recipe *recipe, nixe_outline *outline) {
    return outline_cells(recipe, recipe->cells, NULL, outline);
}

/* The center of a shape that has one: a site, or a point relative to it. */
static void set_center(const nixe_recipe *recipe, nixe_outline *outline) {
    nixe_lattice_place(kind_of(recipe), (int[3]){0}, 0, outline->center);
    for (int k = 0; k < kind_of(recipe)->dimension; k++) outline->center[k] += recipe->center[k];
}

static nixe_status outline_ball(const nixe_recipe *recipe, nixe_outline *outline) {
    set_center(recipe, outline);
    set_reach(kind_of(recipe), recipe->radius + recipe->shell_layers, 0, NULL, outline);
    return add_face(outline, (nixe_face){NIXE_BALL, {0}, recipe->radius, 1, name_of(outline, "surface", 7)});
}

static nixe_status outline_rod(const nixe_recipe *recipe, nixe_outline *outline) {
    const double *axis = recipe->axis, length = sqrt(square_of(axis));
    if (!(length > 0)) return nixe_fail(NIXE_REFUSED, "-lattice_axis: a rod needs a direction, not 0,0,0");
    const double unit[3] = {axis[0] / length, axis[1] / length, axis[2] / length};
    const int end = name_of(outline, "end", 3), side = name_of(outline, "side", 4);
    set_center(recipe, outline);
    set_reach(kind_of(recipe), recipe->radius + recipe->shell_layers, recipe->length / 2 + recipe->shell_layers, unit, outline);
    NIXE_TRY(add_face(outline, (nixe_face){NIXE_CYLINDER, {unit[0], unit[1], unit[2]}, recipe->radius, 1, side}));
    NIXE_TRY(add_face(outline, (nixe_face){NIXE_PLANE, {unit[0], unit[1], unit[2]}, recipe->length / 2, 1, end}));
    return add_face(outline, (nixe_face){NIXE_PLANE, {-unit[0], -unit[1], -unit[2]}, recipe->length / 2, 1, end});
}

/* One of "111:5.5", up to a comma: its indices and its distance. Indices are digits, each with a minus before it or not. */
static nixe_status read_face(const nixe_lattice_kind *kind, const char *option, const char *text, int index[4],
                             double *distance, const char **end) {
    int count = 0, sum = 0;
    const char *at = text;
    for (; *at && *at != ':' && count < 4; count++) {
        const int sign = *at == '-' ? -1 : 1;
        if (sign < 0) at++;
        if (!isdigit((unsigned char)*at)) break;
        index[count] = sign * (*at++ - '0');
        sum += abs(index[count]);
    }
    const int length = (int)strcspn(text, ",");
    if (*at != ':' || count != kind->indices || !sum)
        return nixe_fail(NIXE_REFUSED,
                         "%s: %.*s must be %d indices of a face, which are digits, and its distance, as in %s:5.5", option,
                         length, text, kind->indices,
                         kind->indices == 2   ? "10"
                         : kind->indices == 3 ? "111"
                                              : "10-10");
    if (count == 4 && index[0] + index[1] + index[2] != 0)
        return nixe_fail(NIXE_REFUSED, "%s: %.*s: the first three of the indices hkil must add up to 0", option, length, text);
    if (count == 4) index[2] = index[3];
    char *rest;
    *distance = strtod(at + 1, &rest);
    if (rest == at + 1 || (*rest && *rest != ',') || !(*distance > 0 && *distance <= 1e6))
        return nixe_fail(NIXE_REFUSED, "%s: %.*s: the distance of a face must be a number above 0 and up to 1e6", option,
                         length, text);
    *end = *rest ? rest + 1 : rest;
    return NIXE_OK;
}

static nixe_status read_faces(const nixe_recipe *recipe, const char *option, const char *text, int single,
                              nixe_outline *outline) {
    const nixe_lattice_kind *kind = kind_of(recipe);
    while (*text) {
        int index[4];
        double distance = 0;
        const char *next = text;
        NIXE_TRY(read_face(kind, option, text, index, &distance, &next));
        const size_t length = strcspn(text, ":");
        if (outline->names == NIXE_MAX_FACES || length >= NIXE_FACE_NAME)
            return nixe_fail(NIXE_REFUSED, "%s: too many faces", option);
        const int name = name_of(outline, text, length);
        if (single) NIXE_TRY(add_plane(outline, kind, index, distance, name));
        else NIXE_TRY(add_family(outline, kind, index, distance, name));
        text = next;
    }
    return NIXE_OK;
}

/* The point where three planes meet; 0 if there is none. */
static int meet(const nixe_face *const plane[3], double x[3]) {
    double determinant = 0;
    for (int k = 0; k < 3; k++) x[k] = 0;
    for (int k = 0; k < 3; k++) {
        const double *u = plane[(k + 1) % 3]->normal, *v = plane[(k + 2) % 3]->normal;
        const double cross[3] = {u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]};
        for (int m = 0; m < 3; m++) x[m] += plane[k]->distance * cross[m];
        if (k == 0)
            determinant = cross[0] * plane[0]->normal[0] + cross[1] * plane[0]->normal[1] + cross[2] * plane[0]->normal[2];
    }
    for (int k = 0; k < 3; k++) x[k] /= determinant;
    return fabs(determinant) > 1e-9;
}

/* The distance of the farthest corner of a polyhedron with its shell; `far` or more where its faces do not close it. Sets its
 * reach. */
static double farthest_corner(const nixe_lattice_kind *kind, int layers, nixe_outline *outline) {
    nixe_face plane[NIXE_MAX_FACES + 6];
    int planes = 0;
    double farthest = 0;
    for (; planes < outline->faces; planes++) {
        plane[planes] = outline->face[planes];
        plane[planes].distance += layers * plane[planes].spacing;
    }
    for (int k = 0; k < 6; k++, planes++) { /* walls, so that nothing is without an end */
        plane[planes] = (nixe_face){NIXE_PLANE, {0}, kind->dimension == 2 && k / 2 == 2 ? 0 : far, 0, 0};
        plane[planes].normal[k / 2] = k % 2 ? -1 : 1;
    }
    for (int a = 0; a < planes; a++)
        for (int b = 0; b < a; b++)
            for (int c = 0; c < b; c++) {
                double x[3], y[3];
                int inside = meet((const nixe_face *const[3]){&plane[a], &plane[b], &plane[c]}, x);
                for (int p = 0; p < planes && inside; p++)
                    inside = nixe_face_beyond(&plane[p], x) < near * (1 + plane[p].distance);
                if (!inside) continue;
                farthest = fmax(farthest, sqrt(square_of(x)));
                nixe_lattice_coordinates(kind, 0, x, y);
                for (int k = 0; k < kind->dimension; k++) outline->reach[k] = fmax(outline->reach[k], fabs(y[k]));
            }
    return farthest;
}

static nixe_status outline_polyhedron(const nixe_recipe *recipe, nixe_outline *outline) {
    set_center(recipe, outline);
    if (!*recipe->faces && !*recipe->single_faces)
        return nixe_fail(NIXE_REFUSED, "-lattice_shape polyhedron: needs -lattice_faces or -lattice_single_faces");
    NIXE_TRY(read_faces(recipe, "-lattice_faces", recipe->faces, 0, outline));
    NIXE_TRY(read_faces(recipe, "-lattice_single_faces", recipe->single_faces, 1, outline));
    if (farthest_corner(kind_of(recipe), recipe->shell_layers, outline) < far) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "-lattice_faces %s%s%s: these faces do not close a crystal", recipe->faces,
                     *recipe->faces && *recipe->single_faces ? "," : "", recipe->single_faces);
}

/* A list has no faces: the whole surface has one name. */
static nixe_status outline_listed(const nixe_recipe *recipe, nixe_outline *outline) {
    memcpy(outline->center, recipe->sites->center, sizeof outline->center);
    name_of(outline, "surface", 7);
    return NIXE_OK;
}

const nixe_shape_rule nixe_shape_rules[NIXE_SHAPES] = {
    {"hexagon", 2, "triangular", "triangular", "", "lattice_edge", outline_hexagon},
    {"cube", 3, "sc", "sc", "", "lattice_edge", outline_cube},
    {"box", 0, NULL, NULL, "lattice_cells", "lattice_periodic", outline_box},
    {"disc", 2, NULL, NULL, "lattice_radius", "lattice_center", outline_ball},
    {"sphere", 3, NULL, NULL, "lattice_radius", "lattice_center", outline_ball},
    {"rod", 3, NULL, NULL, "lattice_radius lattice_length", "lattice_axis lattice_center", outline_rod},
    {"polyhedron", 0, NULL, NULL, "", "lattice_faces lattice_single_faces lattice_center", outline_polyhedron},
    {"file", 0, NULL, NULL, "lattice_file", "", outline_listed},
};

nixe_status nixe_outline_create(nixe_outline *outline, const nixe_recipe *recipe) {
    const nixe_lattice_kind *kind = kind_of(recipe);
    const nixe_shape_rule *rule = &nixe_shape_rules[recipe->shape];
    *outline = (nixe_outline){0};
    if (rule->on && strcmp(rule->on, kind->name) != 0)
        return nixe_fail(NIXE_REFUSED, "-lattice_shape %s: on -lattice_type %s only, not on %s", rule->name, rule->on,
                         kind->name);
    if (rule->dimension && rule->dimension != kind->dimension)
        return nixe_fail(NIXE_REFUSED, "-lattice_shape %s: has %d dimensions, and -lattice_type %s has %d", rule->name,
                         rule->dimension, kind->name, kind->dimension);
    return rule->outline(recipe, outline);
}

int nixe_outline_layer(const nixe_outline *outline, const double x[3]) {
    double layer = 0;
    for (int f = 0; f < outline->faces; f++)
        layer = fmax(layer, ceil((nixe_face_beyond(&outline->face[f], x) - near) / outline->face[f].spacing));
    return (int)fmin(layer, 1e9);
}
