/* Waves: eigenpairs and branches of the bulk by the waves that fit into its box. Not collective. */
#include "nixe/elasticity/waves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/elasticity/hermitian.h"
#include "nixe/elasticity/stiffness.h"

enum { MAX_SITES = NIXE_MAX_CELL_SITES, MAX_BLOCK = NIXE_MAX_HERMITIAN };
enum { MOST_ALIKE = 10000 }; /* waves of one value among which the shortest is looked for */

typedef enum { POTENTIAL, STIFFNESS } matrix;

/* An eigenvalue of the block of a wave; 2 copies where the wave stands for its opposite, too. key: the value in grains that are
 * coarser than rounding, so that equals are equal on every machine. */
typedef struct {
    double value, key;
    int32_t wave;
    int16_t branch, copies;
} mode;

/* Reciprocal vectors of the cell of boxes that differ as waves on the primitive cells. */
static void set_shifts(nixe_waves *waves, const nixe_lattice_kind *kind, int wanted) {
    const int all = kind->dimension == 3 ? wanted * wanted * wanted : wanted * wanted;
    double turns[MAX_SITES][3];
    for (int v = 0; v < all && waves->shifts < wanted; v++) {
        const double y[3] = {v % wanted, v / wanted % wanted, v / wanted / wanted};
        double *own = turns[waves->shifts];
        int is_new = 1;
        nixe_reciprocal_turns(kind, y, own);
        for (int s = 0; s < waves->shifts; s++) {
            double off = 0;
            for (int k = 0; k < 3; k++) off += fabs(own[k] - turns[s][k] - round(own[k] - turns[s][k]));
            is_new &= off > 1e-6;
        }
        for (int k = 0; k < 3; k++) waves->shift[waves->shifts][k] = (int)y[k];
        waves->shifts += is_new;
    }
}

void nixe_waves_create(nixe_waves *waves, const nixe_lattice *lattice) {
    const nixe_lattice_kind *kind = &nixe_lattice_kinds[lattice->type];
    nixe_cell box;
    *waves = (nixe_waves){.lattice = lattice};
    nixe_bloch_create(&waves->bloch, lattice, 0);
    nixe_lattice_cell_sites(kind, 1, &box);
    waves->count = lattice->sites / waves->bloch.cell.sites;
    set_shifts(waves, kind, box.sites / waves->bloch.cell.sites);
}

/* The wave vector of a wave, in units of the reciprocal vectors of the cell of boxes. */
static void set_wave(const nixe_waves *waves, long number, double y[3]) {
    for (int k = 0; k < 3; k++) {
        const int cells = waves->lattice->cells[k] ? waves->lattice->cells[k] : 1;
        y[k] = (double)(number % cells) / cells;
        number /= cells;
    }
    for (int k = 0; k < 3; k++) y[k] += waves->shift[number][k];
}

/* 1 for a wave that is its own opposite, and of two opposite ones 2 for one and 0 for the other. */
static int copies_of(const double turns[3]) {
    for (int k = 0; k < 3; k++) {
        const double rest = turns[k] - round(turns[k]);
        if (fabs(rest) > 1e-9 && fabs(rest) < 0.5 - 1e-9) return rest > 0 ? 2 : 0;
    }
    return 1;
}

/* Eigenpairs of the uniform waves. The strains, of which N bonds share, are far stiffer than the rest: values are those that
 * their vectors have, lest what rounding leaves of the stiff ones is taken for a soft one. */
static nixe_status solve_uniform(const nixe_waves *waves, matrix which, double *value, double complex *vector) {
    const int n = waves->bloch.cell.sites, d = waves->lattice->dimension, size = n * d + waves->lattice->strains;
    const int of = which == POTENTIAL ? n : size;
    double real[MAX_BLOCK * MAX_BLOCK], response[MAX_BLOCK * MAX_SITES];
    double complex H[MAX_BLOCK * MAX_BLOCK], own[MAX_BLOCK * MAX_BLOCK];
    NIXE_REQUIRE(size <= MAX_BLOCK, "this lattice has more sites in a primitive cell than nixe has room for");
    if (which == POTENTIAL) NIXE_TRY(nixe_bloch_solve_uniform(&waves->bloch, waves->lattice, real, response));
    else nixe_bloch_uniform(&waves->bloch, waves->lattice, sqrt((double)waves->count), real);
    for (int x = 0; x < of * of; x++) H[x] = real[x];
    NIXE_TRY(nixe_hermitian_solve(of, 1, H, value, own));
    for (int v = 0; v < of; v++) {
        value[v] = 0;
        for (int x = 0; x < of; x++) {
            double pull = 0;
            for (int y = 0; y < of; y++) pull += creal(H[x * of + y] * own[v * of + y]);
            value[v] += pull * creal(own[v * of + x]);
        }
    }
    if (vector) memcpy(vector, own, (size_t)(of * of) * sizeof *own);
    return NIXE_OK;
}

/* Eigenvalues, and where it is not NULL eigenvectors, of the block of the wave with these turns. */
static nixe_status solve_turns(const nixe_waves *waves, matrix which, const double turns[3], int real, double *value,
                               double complex *vector) {
    const int n = waves->bloch.cell.sites, d = waves->lattice->dimension;
    double complex H[MAX_BLOCK * MAX_BLOCK], response[MAX_BLOCK * MAX_SITES];
    if (which == POTENTIAL) NIXE_TRY(nixe_bloch_solve(&waves->bloch, turns, H, response));
    else nixe_bloch_stiffness(&waves->bloch, turns, H);
    return nixe_hermitian_solve(which == POTENTIAL ? n : n * d, real, H, value, vector);
}

/* The same of a wave of the box; sets its number of eigenvalues and how often the crystal has them, 0 where the opposite wave
 * has been met. */
static nixe_status solve_wave(const nixe_waves *waves, matrix which, long number, int *size, int *copies, double *value,
                              double complex *vector) {
    const int n = waves->bloch.cell.sites, d = waves->lattice->dimension;
    double y[3], turns[3];
    set_wave(waves, number, y);
    nixe_reciprocal_turns(waves->bloch.cell.kind, y, turns);
    *copies = copies_of(turns);
    *size = which == POTENTIAL ? n : number ? n * d : n * d + waves->lattice->strains;
    if (*copies == 0) return NIXE_OK;
    if (number == 0) return solve_uniform(waves, which, value, vector);
    return solve_turns(waves, which, turns, *copies == 1, value, vector);
}

/* Ascending; equals in the order of the waves. */
static int compare_modes(const void *one, const void *other) {
    const mode *a = one, *b = other;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    return a->wave != b->wave ? (a->wave < b->wave ? -1 : 1) : a->branch - b->branch;
}

/* All eigenvalues, sorted; opposite waves share theirs. */
static nixe_status list_modes(const nixe_waves *waves, matrix which, mode **modes, long *count) {
    const int branches = waves->bloch.cell.sites * (which == POTENTIAL ? 1 : waves->lattice->dimension);
    double value[MAX_BLOCK], largest = 0;
    *count = 0;
    /* Of two opposite waves one; 8 are their own at the most, and the uniform one has strains. */
    NIXE_TRY(nixe_allocate(modes, (waves->count / 2 + 8) * branches + 6, sizeof **modes, "the eigenvalues"));
    for (long w = 0; w < waves->count; w++) {
        int size, copies;
        NIXE_TRY(solve_wave(waves, which, w, &size, &copies, value, NULL));
        for (int b = 0; b < size && copies; b++) {
            (*modes)[(*count)++] = (mode){value[b], 0, (int32_t)w, (int16_t)b, (int16_t)copies};
            if (w) largest = fmax(largest, value[b]); /* not the strains */
        }
    }
    for (long m = 0; m < *count && largest > 0; m++) (*modes)[m].key = round((*modes)[m].value / ldexp(1, ilogb(largest) - 36));
    qsort(*modes, (size_t)*count, sizeof **modes, compare_modes);
    return NIXE_OK;
}

/* One row of eigenvectors: the real or the imaginary part of a wave, normalised. */
static nixe_status set_vector(const nixe_waves *waves, matrix which, const mode *of, int part, double *row) {
    const nixe_lattice *lattice = waves->lattice;
    const int d = lattice->dimension, each = which == POTENTIAL ? 1 : d;
    const double scale = sqrt((double)of->copies / (double)waves->count);
    int size, copies;
    double y[3], turns[3], value[MAX_BLOCK];
    double complex vector[MAX_BLOCK * MAX_BLOCK];
    set_wave(waves, of->wave, y);
    nixe_reciprocal_turns(waves->bloch.cell.kind, y, turns);
    NIXE_TRY(solve_wave(waves, which, of->wave, &size, &copies, value, vector));
    const double complex *own = vector + of->branch * size;
    for (long site = 0; site < lattice->sites; site++) {
        double x[3] = {0}, all = 0;
        int cell[3];
        for (int k = 0; k < d; k++) x[k] = lattice->position[site * d + k] + lattice->center[k];
        const int in_cell = nixe_lattice_in_cell(&waves->bloch.cell, x, cell);
        for (int k = 0; k < d; k++) all += turns[k] * cell[k];
        const double complex phase = cexp(2 * acos(-1) * (all - round(all)) * I);
        for (int k = 0; k < each; k++) {
            const double complex here = scale * own[in_cell * each + k] * phase;
            row[site * each + k] = part ? cimag(here) : creal(here);
        }
    }
    for (int s = waves->bloch.cell.sites * each; s < size; s++) /* strains */
        row[(long)lattice->sites * d + s - waves->bloch.cell.sites * d] = creal(own[s]);
    nixe_spectrum_orient(row, which == POTENTIAL ? lattice->sites : nixe_lattice_freedoms(lattice));
    return NIXE_OK;
}

/* Keep the zero modes, those below `limit`, and `above` more. */
static nixe_status collect(const nixe_waves *waves, matrix which, const mode *modes, long count, double limit, int above,
                           nixe_spectrum *spectrum) {
    for (long m = 0; m < count && modes[m].value <= limit; m++) spectrum->zero_modes += modes[m].copies;
    spectrum->count = spectrum->zero_modes + above;
    if (spectrum->count > spectrum->size) spectrum->count = (int)spectrum->size;
    NIXE_TRY(nixe_allocate(&spectrum->eigenvalue, spectrum->count, sizeof(double), "the eigenvalues"));
    NIXE_TRY(nixe_allocate(&spectrum->eigenvector, spectrum->count * spectrum->size, sizeof(double), "the eigenvectors"));
    for (int i = 0, m = 0, part = 0; i < spectrum->count; i++, part++) {
        if (part == modes[m].copies) {
            m++;
            part = 0;
        }
        spectrum->eigenvalue[i] = modes[m].value;
        NIXE_TRY(set_vector(waves, which, &modes[m], part, spectrum->eigenvector + i * spectrum->size));
    }
    return NIXE_OK;
}

/* Take a wave for the one that is named, if its name is better. */
static void consider(const nixe_lattice_kind *kind, double sign, const double wave[3], nixe_extreme *extreme) {
    double own[3];
    for (int k = 0; k < 3; k++) own[k] = sign * wave[k];
    nixe_reciprocal_fold(kind, own);
    if (isnan(extreme->wave[0]) || nixe_reciprocal_precedes(kind, own, extreme->wave)) memcpy(extreme->wave, own, sizeof own);
}

/* One end of the range, among the modes from `first` on in steps of +1 or -1. A uniform wave is named where there is no other:
 * V depends on the way there. */
static void set_extreme(const nixe_waves *waves, const mode *modes, long count, long first, int step, nixe_extreme *extreme) {
    const nixe_lattice_kind *kind = waves->bloch.cell.kind;
    *extreme = (nixe_extreme){.value = modes[first].value, .wave = {NAN}};
    for (long m = first, seen = 0; m >= 0 && m < count && modes[m].key == modes[first].key; m += step, seen++) {
        double wave[3];
        extreme->alike += modes[m].copies;
        if (seen >= MOST_ALIKE || modes[m].wave == 0) continue;
        set_wave(waves, modes[m].wave, wave);
        consider(kind, 1, wave, extreme);
        consider(kind, -1, wave, extreme);
    }
    if (isnan(extreme->wave[0])) memset(extreme->wave, 0, sizeof extreme->wave);
    extreme->label = nixe_reciprocal_label(kind, extreme->wave);
}

nixe_status nixe_waves_potential(const nixe_waves *waves, int above, nixe_spectrum *spectrum, nixe_preference *preference) {
    const nixe_lattice *lattice = waves->lattice;
    mode *modes;
    long count;
    *spectrum = (nixe_spectrum){.size = lattice->sites, .expected = 1};
    *preference = (nixe_preference){0};
    NIXE_TRY(list_modes(waves, POTENTIAL, &modes, &count));
    for (long m = 0; m < count; m++) preference->mean += modes[m].copies * modes[m].value / lattice->sites;
    set_extreme(waves, modes, count, 1, 1, &preference->least); /* the uniform composition is the first */
    set_extreme(waves, modes, count, count - 1, -1, &preference->greatest);
    /* As for a table: what rounding leaves, and the softest waves; the size does not matter. */
    const double limit = sqrt(1e-16 * preference->greatest.value);
    NIXE_TRY(collect(waves, POTENTIAL, modes, count, limit, above, spectrum));
    free(modes);
    return NIXE_OK;
}

nixe_status nixe_waves_stiffness(const nixe_waves *waves, int above, nixe_spectrum *spectrum) {
    const nixe_lattice *lattice = waves->lattice;
    mode *modes;
    long count;
    *spectrum = (nixe_spectrum){.size = nixe_lattice_freedoms(lattice), .expected = lattice->dimension};
    NIXE_TRY(list_modes(waves, STIFFNESS, &modes, &count));
    NIXE_TRY(collect(waves, STIFFNESS, modes, count, nixe_stiffness_zero_limit(lattice, 1), above, spectrum));
    free(modes);
    return NIXE_OK;
}

double nixe_waves_bytes(const nixe_lattice *lattice, int above) {
    const double N = lattice->sites, freedoms = (double)nixe_lattice_freedoms(lattice), d = lattice->dimension;
    return sizeof(mode) * (N / 2 + 64) * d + 8 * ((above + 1) * N + (above + d) * freedoms);
}

nixe_status nixe_waves_branches(const nixe_waves *waves, const nixe_path *path, double *V, double *D) {
    const int n = waves->bloch.cell.sites, d = waves->lattice->dimension;
    for (int p = 0; p < path->points; p++) {
        double turns[3];
        nixe_reciprocal_turns(waves->bloch.cell.kind, path->wave[p], turns);
        NIXE_TRY(solve_turns(waves, POTENTIAL, turns, 0, V + p * n, NULL));
        NIXE_TRY(solve_turns(waves, STIFFNESS, turns, 0, D + p * n * d, NULL));
    }
    return NIXE_OK;
}
