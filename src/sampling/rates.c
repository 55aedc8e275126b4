/* Rates: the parts that both arithmetics have, the ranges of their numbers, and the choice. Pure; nothing here is collective.
 */
#include "nixe/sampling/rates.h"

#include <math.h>
#include <stdlib.h>

#include "nixe/sampling/arithmetic.h"
#include "nixe/sampling/hot_loops.h"

nixe_status nixe_rates_create(nixe_rates *rates, const nixe_energy *energy, nixe_kinetics kinetics,
                              const nixe_arithmetic *arithmetic, const nixe_table *table, nixe_commons *commons) {
    const nixe_lattice *lattice = energy->lattice;
    *rates = (nixe_rates){.energy = energy,
                          .lattice = lattice,
                          .kinetics = kinetics,
                          .arithmetic = arithmetic,
                          .table = table,
                          .commons = commons};
    rates->padded = (lattice->homes + NIXE_BLOCK - 1) / NIXE_BLOCK * NIXE_BLOCK;
    NIXE_TRY(nixe_allocate(&rates->surface, lattice->sites, sizeof(int32_t), "the rates"));
    for (int i = 0; i < lattice->sites; i++)
        if (lattice->surface[i] && lattice->exchange[i] != 0) rates->surface[rates->surface_sites++] = i;
    return arithmetic->create_rates(rates);
}

double nixe_rates_bytes(const nixe_lattice *lattice) { return 8.0 * lattice->sites * (lattice->directions / 2.0 + 8); }

void nixe_rates_destroy(nixe_rates *rates) {
    if (rates->own) rates->arithmetic->destroy_rates(rates);
    free(rates->surface);
    *rates = (nixe_rates){0};
}

double nixe_rates_bare_exchange(const nixe_rates *rates, int site) {
    return rates->kinetics.k_ex * rates->lattice->exchange[site];
}

double nixe_rates_bare_swap(const nixe_rates *rates, int d) {
    const nixe_lattice *lattice = rates->lattice;
    return rates->kinetics.k_diff * lattice->bond_class[lattice->direction_class[d]].diffusion;
}

/* How large the couplings of a model are. */
typedef struct {
    double others;   /* max_i |h_i| + sum_{j != i} |W_ij| */
    double field;    /* the same with j = i, and with what the published differences add: a bound of |psi_i| */
    double coupling; /* max |W_ij| */
    double pair;     /* the same of j != i */
} extent;

static double local_sum(const nixe_energy *energy, int i) {
    const nixe_lattice *lattice = energy->lattice;
    double sum = fabs(lattice->field[i]);
    for (int d = 0; d < lattice->directions; d++)
        if (nixe_lattice_neighbours(lattice, i)[d] >= 0)
            sum += fabs(energy->J) * lattice->bond_class[lattice->direction_class[d]].ising;
    return sum;
}

static nixe_status measure(const nixe_energy *energy, extent *e) {
    const nixe_lattice *lattice = energy->lattice;
    const long rows = energy->potential ? energy->potential->rows : 0;
    double *others, *self, ising = 0;
    *e = (extent){0};
    NIXE_TRY(nixe_allocate(&others, rows, sizeof *others, "the range of the fields"));
    NIXE_TRY(nixe_allocate(&self, rows, sizeof *self, "the range of the fields"));
    for (long r = 0; r < rows; r++) {
        const int i = nixe_table_site(energy->potential, r);
        const double *row = nixe_table_row(energy->potential, i, 0);
        for (int j = 0; j < lattice->sites; j++) {
            const double V = fabs(energy->epsilon * row[j]);
            if (V > e->coupling) e->coupling = V;
            if (j == i) self[r] = V;
            if (j == i) continue;
            others[r] += V;
            if (V > e->pair) e->pair = V;
        }
    }
    for (int i = 0; i < lattice->sites; i++) {
        const long r = rows ? nixe_table_row_of(energy->potential, i) : 0;
        const double sum = local_sum(energy, i) + (rows ? others[r] : 0);
        e->others = fmax(e->others, sum);
        e->field = fmax(e->field, sum + (rows ? self[r] : 0));
    }
    free(others);
    free(self);
    if (energy->differences == NIXE_PUBLISHED) e->field += e->coupling;
    for (int c = 0; c < lattice->classes; c++) ising = fmax(ising, lattice->bond_class[c].ising);
    e->coupling += fabs(energy->J) * ising;
    e->pair += fabs(energy->J) * ising;
    return NIXE_OK;
}

/* What the fields of the two sites of a bond can differ by, their own ions aside: far less than twice the largest field, since
 * what is far acts on both nearly alike. */
static double bond_extent(const nixe_energy *energy) {
    const nixe_lattice *lattice = energy->lattice;
    double largest = 0, local = 0;
    for (int o = 0; o < lattice->symmetry.orbits && energy->potential; o++) { /* V is the same for all sites of an orbit */
        const int i = lattice->symmetry.representative[o];
        const double *row = nixe_table_row(energy->potential, i, 0);
        for (int d = 0; d < lattice->directions; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            if (j < 0) continue;
            const double *other = nixe_table_row(energy->potential, j, 1);
            double sum = 0;
            for (int k = 0; k < lattice->sites; k++)
                if (k != i && k != j) sum += fabs(energy->epsilon * (row[k] - other[k]));
            largest = fmax(largest, sum);
        }
    }
    for (int i = 0; i < lattice->sites; i++) local = fmax(local, local_sum(energy, i));
    return largest + 2 * local;
}

/* The largest |log2| of the bare rates that are not 0. */
static void measure_bare(const nixe_lattice *lattice, nixe_kinetics kinetics, double *exchange, double *swap) {
    *exchange = *swap = 0;
    for (int i = 0; i < lattice->sites; i++)
        if (lattice->surface[i] && lattice->exchange[i] != 0)
            *exchange = fmax(*exchange, fabs(log2(kinetics.k_ex * lattice->exchange[i])));
    for (int c = 0; c < lattice->classes; c++)
        if (lattice->bond_class[c].diffusion != 0)
            *swap = fmax(*swap, fabs(log2(kinetics.k_diff * lattice->bond_class[c].diffusion)));
}

/* Whether no product of the hot loops can leave the range of single precision, 2^-126 to 2^127, sums of 2^6 of them included.
 */
static int fits_fixed_point(const nixe_energy *energy, nixe_kinetics kinetics, const extent *e) {
    const double unit = 1 / (kinetics.kT * log(2)), limit = 120;
    const double weight = e->others * unit, factor = 2 * e->pair * unit;
    double exchange, swap;
    measure_bare(energy->lattice, kinetics, &exchange, &swap);
    if (energy->differences != NIXE_EXACT || weight + fmax(exchange, swap + factor) > limit) return 0;
    return fmin(2 * weight, bond_extent(energy) * unit) + swap + factor <= limit;
}

nixe_status nixe_rates_choose(const nixe_energy *energy, nixe_kinetics kinetics, const char *source,
                              const nixe_arithmetic **arithmetic) {
    const double limit = 600, kT = kinetics.kT; /* e^600 = 1e260 leaves room for sums and products with k_ex and k_diff */
    extent e;
    NIXE_TRY(measure(energy, &e));
    /* The largest exponents: two weights and their factor, the ratio of two factors, a weight and the driving force. */
    const double couplings = 2 * e.field + 4 * e.coupling, driving = e.field + e.coupling + fabs(energy->dmu) / 2;
    if (couplings / kT > limit)
        return nixe_fail(NIXE_REFUSED,
                         "%skT %g: the couplings reach %.4g kT and the weights would leave the range of double "
                         "precision; the lowest temperature of this crystal is %.4g (the files in input/ hold the "
                         "parameters of the published systems)",
                         source, kT, couplings / kT, 1.001 * couplings / limit);
    if (driving / kT > limit)
        return nixe_fail(NIXE_REFUSED,
                         "%sdmu %g: driving and couplings reach %.4g kT and the rates would leave the range of double "
                         "precision; the largest |dmu| at kT = %g is %.4g (the files in input/ hold the parameters of the "
                         "published systems)",
                         source, energy->dmu, driving / kT, kT, 0.999 * 2 * (limit * kT - e.field - e.coupling));
    *arithmetic = fits_fixed_point(energy, kinetics, &e) ? &nixe_fixed_point : &nixe_double_precision;
    return NIXE_OK;
}
