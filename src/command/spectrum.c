/* nixe spectrum: lowest eigenpairs of V_elastic and of the stiffness matrix D; of the bulk, by waves, what order it prefers and
 * the branches of both, too. Collective; rank 0 solves for the eigenpairs. */
#include "nixe/elasticity/spectrum.h"

#include <math.h>
#include <stdlib.h>

#include "nixe/command/command.h"
#include "nixe/elasticity/columns.h"
#include "nixe/elasticity/rigidity.h"
#include "nixe/elasticity/stiffness.h"
#include "nixe/elasticity/tables.h"
#include "nixe/elasticity/waves.h"
#include "nixe/file/write.h"

/* What there is to write; the last three of the bulk only. */
typedef struct {
    nixe_spectrum V, D;
    nixe_preference preference;
    nixe_path path;
    double *branches_V, *branches_D;
} results;

static void print(const char *name, const char *unit, const nixe_spectrum *spectrum) {
    char expected[64] = "";
    if (spectrum->expected >= 0) snprintf(expected, sizeof expected, ", %d expected", spectrum->expected);
    const int one = spectrum->zero_modes == 1;
    printf("%s: %d zero mode%s%s; the lowest eigenvalues above %s, in units of %s:\n", name, spectrum->zero_modes,
           one ? "" : "s", expected, one ? "it" : "them", unit);
    for (int i = spectrum->zero_modes; i < spectrum->count; i++)
        printf("  %.6g%s", spectrum->eigenvalue[i], (i - spectrum->zero_modes) % 6 == 5 ? "\n" : "");
    printf("%s", (spectrum->count - spectrum->zero_modes) % 6 ? "\n" : "");
}

/* tools/nixe/checks.py says the same of the file. */
static void warn(const char *name, const nixe_spectrum *spectrum) {
    if (spectrum->expected >= 0 && spectrum->zero_modes != spectrum->expected)
        printf("warning   %s has %d zero modes, where theory expects %d.\n", name, spectrum->zero_modes, spectrum->expected);
}

static void print_extreme(const char *name, int dimension, const nixe_extreme *extreme) {
    printf("  %-8s %.5g at ", name, extreme->value);
    if (*extreme->label) printf("%s, ", extreme->label);
    for (int k = 0; k < dimension; k++) printf("%s%.4g", k ? ", " : "(", extreme->wave[k] + 0.0);
    printf("), %ld wave%s alike\n", extreme->alike, extreme->alike == 1 ? "" : "s");
}

/* In units of the reciprocal vectors of the cell of boxes, as the docs of crystals say. */
static void print_preference(const nixe_lattice *lattice, const nixe_preference *preference) {
    printf("what order this lattice prefers: V_q of the waves of the box, in units of epsilon; mean %.5g\n", preference->mean);
    print_extreme("least", lattice->dimension, &preference->least);
    print_extreme("greatest", lattice->dimension, &preference->greatest);
    printf("  mean-field temperature (mean - least): kT = %.4g epsilon\n", preference->mean - preference->least.value);
}

static nixe_status write_counts(nixe_file *file, nixe_data data, const nixe_spectrum *spectrum) {
    NIXE_TRY(nixe_file_write_count(file, data, "zero_modes", spectrum->zero_modes));
    return nixe_file_write_count(file, data, "zero_modes_expected", spectrum->expected);
}

/* Lay the file out with everything in it, and count the zero modes in attributes. */
static nixe_status write(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                         const results *r, nixe_file *file) {
    const nixe_lattice_kind *kind = &nixe_lattice_kinds[lattice->type];
    const int d = lattice->dimension;
    const nixe_extreme *end[2] = {&r->preference.least, &r->preference.greatest};
    const double range[2] = {end[0]->value, end[1]->value};
    const int64_t alike[2] = {end[0]->alike, end[1]->alike};
    const char *point[2] = {end[0]->label ? end[0]->label : "", end[1]->label ? end[1]->label : ""};
    double where[6], waves[3 * NIXE_MAX_PATH_POINTS], q[3];
    for (int p = 0; p < r->path.points + 2; p++) {
        double *to = p < 2 ? where + p * d : waves + (p - 2) * d;
        nixe_reciprocal_vector(kind, p < 2 ? end[p]->wave : r->path.wave[p - 2], q);
        for (int k = 0; k < d; k++) to[k] = q[k];
    }
    const nixe_known known[] = {{NIXE_DATA_V_EIGENVALUE, r->V.eigenvalue},
                                {NIXE_DATA_V_EIGENVECTOR, r->V.eigenvector},
                                {NIXE_DATA_D_EIGENVALUE, r->D.eigenvalue},
                                {NIXE_DATA_D_EIGENVECTOR, r->D.eigenvector},
                                {NIXE_DATA_AXIS_PATH, r->path.position},
                                {NIXE_DATA_AXIS_CORNER, r->path.label},
                                {NIXE_DATA_PATH_V, r->branches_V},
                                {NIXE_DATA_PATH_D, r->branches_D},
                                {NIXE_DATA_PATH_WAVE, waves},
                                {NIXE_DATA_CORNER, r->path.at},
                                {NIXE_DATA_EXTREME, range},
                                {NIXE_DATA_EXTREME_WAVE, where},
                                {NIXE_DATA_EXTREME_POINT, point},
                                {NIXE_DATA_EXTREME_ALIKE, alike}};
    int count[2] = {r->V.count, r->D.count};
    NIXE_MPI(MPI_Bcast(count, 2, MPI_INT, 0, parallel->comm));
    file->size[NIXE_AXIS_V_MODE] = count[0];
    file->size[NIXE_AXIS_D_MODE] = count[1];
    NIXE_TRY(nixe_file_create(parallel, options, lattice, sizeof known / sizeof *known, known, 0, file));
    NIXE_TRY(write_counts(file, NIXE_DATA_V_EIGENVALUE, &r->V));
    NIXE_TRY(write_counts(file, NIXE_DATA_D_EIGENVALUE, &r->D));
    if (file->has[NIXE_DATA_EXTREME]) {
        NIXE_TRY(nixe_file_write_number(file, NIXE_DATA_EXTREME, "mean", r->preference.mean));
        NIXE_TRY(nixe_file_write_number(file, NIXE_DATA_EXTREME, "temperature", r->preference.mean - range[0]));
    }
    return nixe_file_finish(file);
}

/* Build V and solve. */
static nixe_status solve(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice, results *r) {
    nixe_tables elastic;
    const double K_shell = options->shell_stiffness.value[0];
    NIXE_TRY(nixe_rigidity_check(parallel, lattice, 1, options->shell_stiffness.value));
    NIXE_TRY(nixe_tables_create(parallel, lattice, K_shell, 1, 0, &elastic));
    if (parallel->rank == 0) printf("set-up    V built in %.3g s\n", elastic.seconds);
    const int above = (int)options->spectrum_count;
    nixe_status status = NIXE_OK;
    if (parallel->rank == 0) status = nixe_spectrum_of_potential(lattice, K_shell, &elastic.potential, above, &r->V);
    if (parallel->rank == 0 && !status)
        status = nixe_spectrum_of_stiffness(lattice, K_shell, nixe_stiffness_rigid_motions(lattice), above, &r->D);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    nixe_tables_destroy(&elastic);
    return NIXE_OK;
}

/* The same of the bulk by its waves, with the branches along the path; on this rank alone. */
static nixe_status solve_waves(const nixe_options *options, const nixe_lattice *lattice, results *r) {
    const nixe_lattice_kind *kind = &nixe_lattice_kinds[lattice->type];
    nixe_waves waves;
    if (nixe_stiffness_zero_limit(lattice, 1) == 0)
        return nixe_fail(NIXE_REFUSED,
                         "-bond_stiffness: so unequal, and with %d sites, that double precision cannot tell soft modes from "
                         "those that cost nothing",
                         lattice->sites);
    nixe_waves_create(&waves, lattice);
    nixe_path_set(&r->path, kind);
    const long points = r->path.points, n = kind->basis_sites;
    NIXE_TRY(nixe_allocate(&r->branches_V, points * n, sizeof(double), "the branches"));
    NIXE_TRY(nixe_allocate(&r->branches_D, points * n * lattice->dimension, sizeof(double), "the branches"));
    NIXE_TRY(nixe_waves_branches(&waves, &r->path, r->branches_V, r->branches_D));
    NIXE_TRY(nixe_waves_potential(&waves, (int)options->spectrum_count, &r->V, &r->preference));
    return nixe_waves_stiffness(&waves, (int)options->spectrum_count, &r->D);
}

static nixe_status compute(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                           nixe_file *file) {
    const int bulk = lattice->torus.sites > 0;
    results r = {0};
    if (bulk) NIXE_TRY(nixe_parallel_agree(parallel, parallel->rank == 0 ? solve_waves(options, lattice, &r) : NIXE_OK));
    else NIXE_TRY(solve(parallel, options, lattice, &r));
    NIXE_TRY(write(parallel, options, lattice, &r, file));
    if (parallel->rank == 0) {
        print("V", "epsilon", &r.V);
        print("D", "K", &r.D);
        if (bulk) print_preference(lattice, &r.preference);
        warn("V", &r.V);
        warn("D", &r.D);
    }
    nixe_spectrum_destroy(&r.V);
    nixe_spectrum_destroy(&r.D);
    free(r.branches_V);
    free(r.branches_D);
    return NIXE_OK;
}

/* A table is copied for the dense solver, which has four more of that size. */
static nixe_cost estimate(const nixe_options *options, const nixe_lattice *lattice) {
    const double sites = lattice->sites, seconds_a_site = 1e-5;
    if (lattice->torus.sites)
        return (nixe_cost){.need.private = nixe_waves_bytes(lattice, (int)options->spectrum_count),
                           .seconds = seconds_a_site * sites};
    return (nixe_cost){.need = {.shared = 8.0 * (double)nixe_tables_count_building(lattice, 1, 0),
                                .private = nixe_columns_bytes(lattice) + 8.0 * 5 * sites * sites},
                       .seconds = nixe_tables_seconds(lattice, 1, 0)};
}

nixe_status nixe_command_spectrum(const nixe_parallel *parallel, const nixe_options *options) {
    return nixe_command_once(parallel, options, estimate, compute);
}
