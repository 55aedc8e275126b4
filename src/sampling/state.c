/* State: the table of a state, what follows from it, and the bias of flips. Nothing here is collective. */
#include "nixe/sampling/state.h"

#include <math.h>
#include <stdlib.h>

#include "nixe/sampling/fixed_point.h"

long long nixe_padded_count(const nixe_lattice *lattice, int sites, nixe_number kind) {
    const long stride = nixe_padded(sites);
    return nixe_table_count(lattice, sites, stride, nixe_table_is_by_orbits(lattice, sites, stride, kind));
}

void nixe_state_fill(const nixe_state *state, const nixe_table *table, long first, long last) {
    for (long r = first; r < last; r++) {
        const int k = nixe_table_site(table, r);
        const double *W = nixe_table_row(state->couplings->W, k, 1);
        void *row = nixe_table_edit(table, r);
        if (table->kind == NIXE_DOUBLES) {
            double *factor = row;
            nixe_loop_exp(table->sites, 2 / state->kT, W, factor);
            for (long l = table->sites; l < table->stride; l++) factor[l] = 1;
        } else {
            int32_t *exponent = row;
            for (int l = 0; l < table->sites; l++) exponent[l] = l == k ? 0 : 2 * nixe_fixed_exponent(W[l], state->kT);
        }
        nixe_table_store(table, r);
    }
}

nixe_status nixe_state_check_range(const nixe_couplings *couplings, double kT, double step, int *fits) {
    const double limit = 600, least = 120; /* e^600 leaves room for sums; 2^120 in single precision */
    double field = 0, coupling = 0, others = 0, *own, *self;
    const long rows = couplings->W->rows;
    NIXE_TRY(nixe_allocate(&own, rows, sizeof *own, "the range of the fields"));
    NIXE_TRY(nixe_allocate(&self, rows, sizeof *self, "the range of the fields"));
    for (long r = 0; r < rows; r++) {
        const int k = nixe_table_site(couplings->W, r);
        const double *row = nixe_table_row(couplings->W, k, 0);
        self[r] = fabs(row[k]);
        for (int l = 0; l < couplings->sites; l++) {
            const double W = fabs(row[l]);
            own[r] += W;
            coupling = W > coupling ? W : coupling;
        }
    }
    for (int k = 0; k < couplings->sites; k++) {
        const long r = nixe_table_row_of(couplings->W, k);
        const double sum = fabs(couplings->shell_field[k]) + fabs(couplings->shift[k]) + own[r];
        field = fmax(field, sum);
        others = fmax(others, sum - self[r]);
    }
    free(own);
    free(self);
    if ((others + coupling) / (kT * log(2)) > least) *fits = 0; /* a weight times its b_k */
    const double largest = 2 * field + 6 * coupling + step;
    if (largest / kT <= limit) return NIXE_OK;
    return nixe_fail(
        NIXE_REFUSED,
        "-model_kT %g: the couplings%s reach %.4g kT and the weights would leave the range of double precision; the "
        "lowest temperature of this crystal is %.4g (the files in input/ hold the parameters of the published "
        "systems)",
        kT, step > 0 ? " and what drives flips" : "", largest / kT, 1.001 * largest / limit);
}

/* b_k of a site whose row this is, rounded up in fixed point, where it will be a float. */
static double bound_of(const nixe_table *table, int k) {
    const void *row = nixe_table_row(table, k, 0);
    double largest = -INFINITY;
    for (int l = 0; l < table->sites; l++) {
        const double number = table->kind == NIXE_DOUBLES ? ((const double *)row)[l] : ((const int32_t *)row)[l];
        if (l != k && number > largest) largest = number;
    }
    if (table->sites == 1) return 1;
    return table->kind == NIXE_DOUBLES ? sqrt(fmax(largest, 0)) : exp2(largest / 2 / NIXE_FIXED_ONE) * (1 + 1e-6);
}

static nixe_status create_fields(nixe_state *state) {
    const nixe_couplings *couplings = state->couplings;
    NIXE_TRY(nixe_allocate(&state->bare, couplings->sites, sizeof(int32_t), "a state"));
    NIXE_TRY(nixe_allocate(&state->field_A, couplings->sites, sizeof(int32_t), "a state"));
    for (int k = 0; k < couplings->sites; k++)
        state->bare[k] = nixe_fixed_exponent(couplings->shell_field[k] + couplings->shift[k], state->kT);
    nixe_fixed_fields_of_A(state->table, state->bare, state->field_A);
    return NIXE_OK;
}

nixe_status nixe_state_create(nixe_state *state, const nixe_couplings *couplings, double kT, int number,
                              const nixe_table *table) {
    const int n = couplings->sites;
    *state = (nixe_state){.couplings = couplings, .kT = kT, .number = number, .table = table, .swaps = 1};
    if (!table) return NIXE_OK;
    NIXE_TRY(nixe_allocate(&state->bound, n, sizeof(double), "a state"));
    for (long r = 0; r < table->rows; r++) {
        const int k = nixe_table_site(table, r);
        state->bound[k] = bound_of(table, k);
    }
    state->least_bound = INFINITY;
    for (int k = 0; k < n; k++) {
        state->bound[k] = state->bound[nixe_table_site(table, nixe_table_row_of(table, k))];
        const double kept = table->kind == NIXE_INTEGERS ? (float)state->bound[k] : state->bound[k];
        state->least_bound = fmin(state->least_bound, kept);
    }
    return table->kind == NIXE_INTEGERS ? create_fields(state) : NIXE_OK;
}

static double bias_at(const nixe_drive *drive, int core_sites, int count_A) {
    const double away = (double)count_A / core_sites - drive->umbrella_center;
    return -0.5 * drive->dmu * (2.0 * count_A - core_sites) + 0.5 * drive->umbrella_stiffness * core_sites * away * away;
}

double nixe_drive_largest_step(const nixe_drive *drive, int core_sites) {
    double step = 0;
    for (int n = 0; n < core_sites; n++)
        step = fmax(step, fabs(bias_at(drive, core_sites, n + 1) - bias_at(drive, core_sites, n)));
    return step;
}

nixe_status nixe_state_drive(nixe_state *state, const nixe_drive *drive) {
    const int n = state->couplings->sites;
    state->flips = drive->move == NIXE_SWAP ? 0 : drive->move == NIXE_FLIP ? 1 : 0.5;
    state->swaps = 1 - state->flips;
    if (drive->move == NIXE_SWAP) return NIXE_OK;
    NIXE_TRY(nixe_allocate(&state->bias, n + 1, sizeof(double), "a state"));
    NIXE_TRY(nixe_allocate(&state->gain[0], n + 1, sizeof(double), "a state"));
    NIXE_TRY(nixe_allocate(&state->gain[1], n + 1, sizeof(double), "a state"));
    for (int A = 0; A <= n; A++) state->bias[A] = bias_at(drive, n, A);
    for (int A = 0; A <= n; A++) {
        state->gain[0][A] = A > 0 ? exp(-(state->bias[A - 1] - state->bias[A]) / (2 * state->kT)) : 0;
        state->gain[1][A] = A < n ? exp(-(state->bias[A + 1] - state->bias[A]) / (2 * state->kT)) : 0;
    }
    return NIXE_OK;
}

void nixe_state_destroy(nixe_state *state) {
    free(state->bias);
    free(state->gain[0]);
    free(state->gain[1]);
    free(state->bound);
    free(state->bare);
    free(state->field_A);
    *state = (nixe_state){0};
}
