/* Reciprocal: wave vectors of a lattice, and the path through its Brillouin zone. Pure; nothing here is collective. */
#include "nixe/crystal/reciprocal.h"

#include <math.h>
#include <string.h>

#include "nixe/base/error.h"

#define THIRD (1.0 / 3)

typedef struct {
    const char *label;
    double y[3];
} corner;

/* The special points along the path of each lattice, one more lattice one more row. */
static const corner paths[NIXE_LATTICE_TYPES][NIXE_MAX_CORNERS] = {
    [NIXE_TRIANGULAR] = {{"Gamma", {0, 0, 0}}, {"M", {0.5, 0, 0}}, {"K", {2 * THIRD, THIRD, 0}}, {"Gamma", {0, 0, 0}}},
    [NIXE_SQUARE] = {{"Gamma", {0, 0, 0}}, {"X", {0.5, 0, 0}}, {"M", {0.5, 0.5, 0}}, {"Gamma", {0, 0, 0}}},
    [NIXE_SC] = {{"Gamma", {0, 0, 0}},
                 {"X", {0, 0.5, 0}},
                 {"M", {0.5, 0.5, 0}},
                 {"Gamma", {0, 0, 0}},
                 {"R", {0.5, 0.5, 0.5}},
                 {"X", {0, 0.5, 0}}},
    [NIXE_FCC] = {{"Gamma", {0, 0, 0}},
                  {"X", {0, 1, 0}},
                  {"W", {0.5, 1, 0}},
                  {"K", {0.75, 0.75, 0}},
                  {"Gamma", {0, 0, 0}},
                  {"L", {0.5, 0.5, 0.5}},
                  {"U", {0.25, 1, 0.25}},
                  {"W", {0.5, 1, 0}},
                  {"L", {0.5, 0.5, 0.5}}},
    [NIXE_BCC] = {{"Gamma", {0, 0, 0}},
                  {"H", {0, 1, 0}},
                  {"N", {0.5, 0.5, 0}},
                  {"Gamma", {0, 0, 0}},
                  {"P", {0.5, 0.5, 0.5}},
                  {"H", {0, 1, 0}}},
    [NIXE_HCP] = {{"Gamma", {0, 0, 0}},
                  {"M", {0.5, 0, 0}},
                  {"K", {THIRD, THIRD, 0}},
                  {"Gamma", {0, 0, 0}},
                  {"A", {0, 0, 0.5}},
                  {"L", {0.5, 0, 0.5}},
                  {"H", {THIRD, THIRD, 0.5}},
                  {"A", {0, 0, 0.5}}},
};

enum { SHORTEST_SPAN = 3 };               /* reciprocal vectors in each direction among which the shortest wave is sought */
static const double step_at_gamma = 2e-5; /* of a stretch: what V has of higher order, and rounding, are below 1e-7 there */

static const corner *path_of(const nixe_lattice_kind *kind) { return paths[kind - nixe_lattice_kinds]; }

static int count_corners(const nixe_lattice_kind *kind) {
    int count = 0;
    while (count < NIXE_MAX_CORNERS && path_of(kind)[count].label) count++;
    return count;
}

/* The columns of the inverse of the cell: reciprocal[i][k] is component i of the vector b_k. */
static void set_reciprocal(const nixe_lattice_kind *kind, double reciprocal[3][3]) {
    for (int i = 0; i < 3; i++) nixe_lattice_coordinates(kind, 1, (double[3]){i == 0, i == 1, i == 2}, reciprocal[i]);
}

void nixe_reciprocal_vector(const nixe_lattice_kind *kind, const double y[3], double q[3]) {
    const int d = kind->dimension;
    double reciprocal[3][3];
    set_reciprocal(kind, reciprocal);
    for (int i = 0; i < 3; i++) {
        q[i] = 0;
        for (int k = 0; k < d && i < d; k++) q[i] += 2 * acos(-1) * y[k] * reciprocal[i][k];
    }
}

double nixe_reciprocal_length(const nixe_lattice_kind *kind, const double y[3]) {
    double q[3];
    nixe_reciprocal_vector(kind, y, q);
    return sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2]);
}

void nixe_reciprocal_turns(const nixe_lattice_kind *kind, const double y[3], double turns[3]) {
    for (int k = 0; k < 3; k++) {
        double own[3] = {0};
        turns[k] = 0;
        if (k < kind->dimension) nixe_lattice_coordinates(kind, 1, kind->vector[k], own);
        for (int m = 0; m < kind->dimension; m++) turns[k] += own[m] * y[m];
    }
}

/* Whether two waves are the same one, by their turns. */
static int are_same(const double turns[3], const double others[3]) {
    for (int k = 0; k < 3; k++)
        if (fabs(turns[k] - others[k] - round(turns[k] - others[k])) > 1e-6) return 0;
    return 1;
}

int nixe_reciprocal_precedes(const nixe_lattice_kind *kind, const double y[3], const double z[3]) {
    const double difference = nixe_reciprocal_length(kind, y) - nixe_reciprocal_length(kind, z);
    if (fabs(difference) > 1e-9) return difference < 0;
    for (int k = 0; k < kind->dimension; k++)
        if (fabs(y[k] - z[k]) > 1e-9) return y[k] > z[k];
    return 0;
}

void nixe_reciprocal_fold(const nixe_lattice_kind *kind, double y[3]) {
    enum { SPAN = 2 * SHORTEST_SPAN + 1 };
    const int all = kind->dimension == 3 ? SPAN * SPAN * SPAN : SPAN * SPAN;
    double best[3], none[3] = {0}, near[3] = {0};
    for (int k = 0; k < kind->dimension; k++) near[k] = y[k] - round(y[k]); /* the same, or another one, by less than 1 */
    memcpy(best, y, sizeof best);
    for (int v = 0; v < all; v++) {
        const int c[3] = {v % SPAN - SHORTEST_SPAN, v / SPAN % SPAN - SHORTEST_SPAN,
                          kind->dimension == 3 ? v / SPAN / SPAN - SHORTEST_SPAN : 0};
        double other[3], way[3], turns[3];
        for (int k = 0; k < 3; k++) {
            other[k] = near[k] + c[k];
            way[k] = other[k] - y[k];
        }
        nixe_reciprocal_turns(kind, way, turns);
        if (are_same(turns, none) && nixe_reciprocal_precedes(kind, other, best)) memcpy(best, other, sizeof best);
    }
    memcpy(y, best, sizeof best);
}

const char *nixe_reciprocal_label(const nixe_lattice_kind *kind, const double y[3]) {
    double operation[NIXE_MAX_OPERATIONS][9], turns[3];
    const int operations = nixe_lattice_operations(kind, operation);
    nixe_reciprocal_turns(kind, y, turns);
    for (int c = 0; c < count_corners(kind); c++) {
        double q[3];
        nixe_reciprocal_vector(kind, path_of(kind)[c].y, q);
        for (int g = 0; g < operations; g++) {
            double image[3] = {0};
            for (int k = 0; k < kind->dimension; k++) /* along each vector of the primitive cell */
                for (int x = 0; x < 9; x++) image[k] += operation[g][x] * q[x % 3] * kind->vector[k][x / 3] / (2 * acos(-1));
            if (are_same(turns, image)) return path_of(kind)[c].label;
        }
    }
    return "";
}

/* Length of the stretch behind a corner. */
static double stretch_of(const nixe_lattice_kind *kind, int c) {
    const corner *from = path_of(kind) + c, *to = from + 1;
    double way[3];
    for (int k = 0; k < 3; k++) way[k] = to->y[k] - from->y[k];
    return nixe_reciprocal_length(kind, way);
}

static int is_gamma(const corner *c) { return c->y[0] == 0 && c->y[1] == 0 && c->y[2] == 0; }

/* The points of a stretch, both its ends included: 0 .. steps. */
static void add_stretch(nixe_path *path, const nixe_lattice_kind *kind, int c, int steps) {
    const corner *from = path_of(kind) + c, *to = from + 1;
    for (int p = 0; p <= steps; p++) {
        double part = (double)p / steps;
        double *wave = path->wave[path->points];
        path->position[path->points++] = path->at[c] + part * (path->at[c + 1] - path->at[c]);
        if (p == 0 && is_gamma(from)) part = step_at_gamma;
        if (p == steps && is_gamma(to)) part = 1 - step_at_gamma;
        for (int k = 0; k < 3; k++) wave[k] = (1 - part) * from->y[k] + part * to->y[k];
    }
}

void nixe_path_set(nixe_path *path, const nixe_lattice_kind *kind) {
    enum { MOST = NIXE_MAX_PATH_POINTS - 2 * NIXE_MAX_CORNERS };
    *path = (nixe_path){.corners = count_corners(kind)};
    NIXE_REQUIRE(path->corners > 1, "this lattice has no path through its Brillouin zone");
    for (int c = 0; c < path->corners; c++) {
        path->label[c] = path_of(kind)[c].label;
        path->at[c] = c ? path->at[c - 1] + stretch_of(kind, c - 1) : 0;
    }
    const double all = path->at[path->corners - 1];
    for (int c = 0; c + 1 < path->corners; c++)
        add_stretch(path, kind, c, (int)ceil(MOST / 2 * (path->at[c + 1] - path->at[c]) / all));
}
