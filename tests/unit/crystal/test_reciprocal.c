/* Reciprocal: wave vectors and their names, and the paths through the Brillouin zones. */
#include "nixe/crystal/reciprocal.h"

#include "unit/fixture.h"

static const double pi = 3.14159265358979323846;

/* q . a_k = 2 pi times the turns along a_k, for a wave vector of the plane or of space. */
static void turns_are_those_of_the_vector(void **state) {
    uint64_t random = 3;
    (void)state;
    for (int type = 0; type < NIXE_LATTICE_TYPES; type++) {
        const nixe_lattice_kind *kind = &nixe_lattice_kinds[type];
        double y[3] = {0}, q[3], turns[3], length = 0;
        for (int k = 0; k < kind->dimension; k++) y[k] = 4 * fixture_uniform(&random) - 2;
        nixe_reciprocal_vector(kind, y, q);
        nixe_reciprocal_turns(kind, y, turns);
        for (int k = 0; k < kind->dimension; k++)
            assert_close(q[0] * kind->vector[k][0] + q[1] * kind->vector[k][1] + q[2] * kind->vector[k][2], 2 * pi * turns[k],
                         1e-12);
        for (int k = 0; k < 3; k++) length += q[k] * q[k];
        assert_close(nixe_reciprocal_length(kind, y), sqrt(length), 1e-12);
        if (kind->dimension == 2) assert_close(q[2], 0, 0);
    }
}

/* The same wave, and no reciprocal vector makes it shorter: it does not lie beyond the middle of any. */
static void folded_waves_are_the_shortest(void **state) {
    uint64_t random = 4;
    (void)state;
    for (int trial = 0; trial < 60; trial++) {
        const nixe_lattice_kind *kind = &nixe_lattice_kinds[trial % NIXE_LATTICE_TYPES];
        double y[3] = {0}, folded[3], before[3], after[3];
        for (int k = 0; k < kind->dimension; k++) y[k] = 4 * fixture_uniform(&random) - 2;
        memcpy(folded, y, sizeof y);
        nixe_reciprocal_fold(kind, folded);
        nixe_reciprocal_turns(kind, y, before);
        nixe_reciprocal_turns(kind, folded, after);
        for (int k = 0; k < 3; k++) assert_close(remainder(after[k] - before[k], 1), 0, 1e-9);
        for (int v = 0; v < 343; v++) {
            double other[3], way[3], turns[3], off = 0;
            for (int k = 0; k < 3; k++) {
                way[k] = k < kind->dimension ? (k == 0 ? v % 7 : k == 1 ? v / 7 % 7 : v / 49) - 3 : 0;
                other[k] = folded[k] + way[k];
            }
            nixe_reciprocal_turns(kind, way, turns);
            for (int k = 0; k < 3; k++) off += fabs(remainder(turns[k], 1));
            if (off < 1e-9) assert_true(nixe_reciprocal_length(kind, other) > nixe_reciprocal_length(kind, folded) - 1e-9);
        }
    }
}

/* A special point turned, mirrored and moved by a reciprocal vector has its name, and what is near it has none. */
static void special_points_have_names(void **state) {
    (void)state;
    static const struct {
        nixe_lattice_type type;
        double y[3];
        const char *label;
    } known[] = {
        {NIXE_TRIANGULAR, {1.0 / 3, 2.0 / 3, 0}, "K"},
        {NIXE_TRIANGULAR, {-1.0 / 3, 1.0 / 3, 0}, "K"},
        {NIXE_TRIANGULAR, {0.5, 0.5, 0}, "M"},
        {NIXE_TRIANGULAR, {1.0 / 3, 1.0 / 3, 0}, ""},
        {NIXE_SQUARE, {0, -0.5, 0}, "X"},
        {NIXE_SQUARE, {1.5, 0.5, 0}, "M"},
        {NIXE_SC, {0.5, 0, -0.5}, "M"},
        {NIXE_SC, {0, 0, 3.5}, "X"},
        {NIXE_FCC, {0, 0, 1}, "X"},
        {NIXE_FCC, {1, 0, 0.5}, "W"},
        {NIXE_FCC, {0.5, -0.5, 0.5}, "L"},
        {NIXE_FCC, {1, 1, 1}, "Gamma"},
        {NIXE_FCC, {0.25, 0.25, 1}, "K"},
        {NIXE_BCC, {1, 0, 0}, "H"},
        {NIXE_BCC, {0, -0.5, 0.5}, "N"},
        {NIXE_BCC, {0.5, -0.5, -0.5}, "P"},
        {NIXE_BCC, {1, 1, 0}, "Gamma"},
        {NIXE_HCP, {0, 0.5, 0}, "M"},
        {NIXE_HCP, {2.0 / 3, -1.0 / 3, 0}, "K"},
        {NIXE_HCP, {1.0 / 3, 1.0 / 3, -0.5}, "H"},
        {NIXE_HCP, {0, 0.5, 0.5}, "L"},
        {NIXE_HCP, {0, 0, 1.5}, "A"},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        const nixe_lattice_kind *kind = &nixe_lattice_kinds[known[k].type];
        const double beside[3] = {known[k].y[0] + 1e-3, known[k].y[1], known[k].y[2]};
        assert_string_equal(nixe_reciprocal_label(kind, known[k].y), known[k].label);
        assert_string_equal(nixe_reciprocal_label(kind, beside), "");
    }
}

/* Special points are where the path says, names are theirs, and no point is Gamma itself. */
static void paths_go_through_special_points(void **state) {
    (void)state;
    for (int type = 0; type < NIXE_LATTICE_TYPES; type++) {
        const nixe_lattice_kind *kind = &nixe_lattice_kinds[type];
        nixe_path path;
        int ends = 0;
        nixe_path_set(&path, kind);
        assert_in_range(path.corners, 4, NIXE_MAX_CORNERS);
        assert_in_range(path.points, 200, NIXE_MAX_PATH_POINTS);
        for (int p = 0; p < path.points; p++) {
            if (p) assert_true(path.position[p] >= path.position[p - 1]);
            assert_true(nixe_reciprocal_length(kind, path.wave[p]) > 0);
            for (int c = 0; c < path.corners; c++) {
                if (fabs(path.position[p] - path.at[c]) > 1e-12) continue;
                ends++;
                const int gamma = !strcmp(path.label[c], "Gamma");
                if (gamma) assert_true(nixe_reciprocal_length(kind, path.wave[p]) < 1e-3);
                else
                    assert_string_equal(nixe_reciprocal_label(kind, path.wave[p]),
                                        !strcmp(path.label[c], "U") ? "K" : path.label[c]);
            }
        }
        assert_int_equal(ends, 2 * path.corners - 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_are_those_of_the_vector),
        cmocka_unit_test(folded_waves_are_the_shortest),
        cmocka_unit_test(special_points_have_names),
        cmocka_unit_test(paths_go_through_special_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
