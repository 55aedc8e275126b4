/* Rates: every rate of a trajectory against the energies before and after, in both arithmetics; detailed balance; drift between
 * refreshes; the range of each. The events that follow: test_events.c. */
#include "nixe/sampling/rates.h"

#include "unit/kinetics.h"

/* E summed over all pairs. */
static double energy_of(const nixe_energy *energy, const int8_t *sigma) {
    const int n = energy->lattice->sites;
    double sum = 0;
    for (int i = 0; i < n && energy->potential; i++)
        for (int j = 0; j < n; j++)
            sum += 0.5 * energy->epsilon * nixe_table_at(energy->potential, (int)i, (int)j) * sigma[i] * sigma[j];
    return sum + fixture_local_energy(energy->lattice, energy->J, energy->dmu, sigma);
}

/* E / kT with the couplings and fields rounded to 2^-23 of log2, summed over all pairs. */
static double rounded_energy_of(const fixture *k, const int8_t *sigma) {
    const nixe_lattice *lattice = &k->crystal.lattice;
    const double unit = 8388608 / (k->bare.kT * log(2));
    int64_t pairs = 0, sites = 0, sum = 0;
    for (int i = 0; i < lattice->sites; i++) {
        for (int j = 0; j < i; j++) pairs += lround(nixe_energy_coupling(&k->energy, i, j) * unit) * sigma[i] * sigma[j];
        sites += lround(lattice->field[i] * unit) * sigma[i];
        sum += sigma[i];
    }
    return (double)(pairs + sites) / 8388608 * log(2) - k->energy.dmu / 2 * (double)sum / k->bare.kT;
}

/* E(there) - E(here). */
static double difference(const fixture *k) {
    return energy_of(&k->energy, k->there.sigma) - energy_of(&k->energy, k->here.sigma);
}

/* The same over kT, as the arithmetic has it: detailed balance holds for the couplings that it computes with. */
static double kept_difference(const fixture *k) {
    if (k->rates.arithmetic == &nixe_double_precision) return difference(k) / k->bare.kT;
    return rounded_energy_of(k, k->there.sigma) - rounded_energy_of(k, k->here.sigma);
}

/* What the published program adds to a difference: V.1 = 0, so that phi = V sigma. */
static double published_extra(const fixture *k, int i, int j) {
    const nixe_energy *energy = &k->energy;
    const int n = energy->lattice->sites;
    const nixe_table *V = &k->crystal.elastic.potential;
    const double m = (double)k->here.sum / n, s = k->here.sigma[i], after = m - 2 * s / n;
    double phi = 0;
    if (energy->differences == NIXE_EXACT) return 0;
    if (j >= 0) return energy->epsilon * 2 * m * s * (nixe_table_at(V, i, i) - nixe_table_at(V, j, j));
    for (int l = 0; l < n; l++) phi += nixe_table_at(V, i, l) * k->here.sigma[l];
    return energy->epsilon * ((m - after) * phi + 2 * after * s * nixe_table_at(V, i, i));
}

/* Begin `there` behind the event that turns site i, and j where j >= 0. */
static void cross(fixture *k, int i, int j) {
    k->crystal.sigma[i] = (int8_t)-k->crystal.sigma[i];
    if (j >= 0) k->crystal.sigma[j] = (int8_t)-k->crystal.sigma[j];
    nixe_trajectory_begin(&k->there, 1, 1, k->crystal.sigma, never);
    k->crystal.sigma[i] = (int8_t)-k->crystal.sigma[i];
    if (j >= 0) k->crystal.sigma[j] = (int8_t)-k->crystal.sigma[j];
}

/* Rates there and back: k = k0 exp(-dE / 2kT), k(C->C') / k(C'->C) = exp(-dE / kT) where the differences are exact. */
static void check_event(const fixture *k, double k0, double rate, double back, double dE, double extra) {
    if (k0 == 0) assert_true(rate == 0 && back == 0);
    if (k0 == 0) return;
    assert_close_relative(rate, k0 * exp(-(dE + extra) / (2 * k->bare.kT)), k->rounding);
    if (k->energy.differences == NIXE_EXACT) assert_close_relative(rate / back, exp(-kept_difference(k)), k->balance);
}

static void check_swaps(fixture *k) {
    const nixe_lattice *lattice = &k->crystal.lattice;
    double total = 0;
    int events = 0;
    for (int i = 0; i < lattice->sites; i++) {
        for (int j = 0; j < i; j++) events += fixture_bonded(lattice, i, j) && k->here.sigma[i] != k->here.sigma[j];
        for (int d = 0; d < lattice->directions / 2; d++) {
            const int j = lattice->neighbour[i * lattice->directions + d];
            const double rate = nixe_trajectory_swap_rate(&k->here, lattice->home[i], d);
            total += rate;
            if (j < 0 || k->here.sigma[i] == k->here.sigma[j]) {
                assert_true(rate == 0);
                continue;
            }
            cross(k, i, j);
            double way[3];
            const double k_diff = k->bare.k_diff * lattice->bond_class[fixture_bond_class(lattice, i, j, way)].diffusion;
            check_event(k, k_diff, rate, nixe_trajectory_swap_rate(&k->there, lattice->home[i], d), difference(k),
                        published_extra(k, i, j));
            events--;
        }
    }
    assert_int_equal(events, 0); /* every bonded unlike pair has been met */
    assert_close_relative(k->here.swap_total, total, k->summing);
}

static void check_exchanges(fixture *k) {
    const nixe_lattice *lattice = &k->crystal.lattice;
    double total = 0;
    int surface = 0;
    for (int s = 0; s < k->rates.surface_sites; s++) {
        const int i = k->rates.surface[s];
        const double rate = nixe_trajectory_exchange_rate(&k->here, s);
        assert_true(lattice->surface[i]);
        cross(k, i, -1);
        check_event(k, k->bare.k_ex * lattice->exchange[i], rate, nixe_trajectory_exchange_rate(&k->there, s), difference(k),
                    published_extra(k, i, -1));
        total += rate;
    }
    for (int i = 0; i < lattice->sites; i++) surface += lattice->surface[i] && lattice->exchange[i] > 0;
    assert_int_equal(k->rates.surface_sites, surface);
    assert_close_relative(k->here.exchange_total, total, k->summing);
}

static void every_event_of_random_configurations(void **state) {
    (void)state;
    uint64_t random = 1;
    for (int model = 0; model < MODELS; model = next_model(model))
        for (int c = 0; c < 4; c++) {
            fixture k;
            create(&k, model, c % 2 ? -6 : 0.4);
            fixture_sigma(&random, 0.2 * (c + 1), k.crystal.lattice.sites, k.crystal.sigma);
            nixe_trajectory_begin(&k.here, 1, 1, k.crystal.sigma, never);
            check_swaps(&k);
            check_exchanges(&k);
            destroy(&k);
        }
}

/* The rates follow from the model's differences too, which have been tested by themselves. */
static void rates_follow_the_differences_of_the_model(void **state) {
    (void)state;
    uint64_t random = 2;
    for (int model = 0; model < MODELS; model = next_model(model)) {
        fixture k;
        create(&k, model, -3);
        const nixe_lattice *lattice = &k.crystal.lattice;
        fixture_sigma(&random, 0.5, lattice->sites, k.crystal.sigma);
        nixe_trajectory_begin(&k.here, 1, 1, k.crystal.sigma, never);
        double *field;
        assert_ok(nixe_allocate(&field, lattice->sites, sizeof *field, "fields"));
        nixe_configuration configuration = {k.here.sigma, field, k.here.sum};
        nixe_energy_fields(&k.energy, k.here.sigma, field);
        for (int i = 0; i < lattice->sites; i++)
            for (int d = 0; d < lattice->directions / 2; d++) {
                const int j = lattice->neighbour[i * lattice->directions + d];
                if (j < 0 || k.here.sigma[i] == k.here.sigma[j]) continue;
                double dE = nixe_energy_swap_difference(&k.energy, &configuration, i, j);
                const double k_diff = k.bare.k_diff * lattice->bond_class[lattice->direction_class[d]].diffusion;
                assert_close_relative(nixe_trajectory_swap_rate(&k.here, lattice->home[i], d),
                                      k_diff * exp(-dE / (2 * k.bare.kT)), k.rounding);
            }
        for (int s = 0; s < k.rates.surface_sites; s++) {
            double dE = nixe_energy_exchange_difference(&k.energy, &configuration, k.rates.surface[s]);
            const double k_ex = k.bare.k_ex * lattice->exchange[k.rates.surface[s]];
            assert_close_relative(nixe_trajectory_exchange_rate(&k.here, s), k_ex * exp(-dE / (2 * k.bare.kT)), k.rounding);
        }
        free(field);
        destroy(&k);
    }
}

/* All rates of a trajectory, swaps before exchanges; how many. */
static int list_rates(const nixe_trajectory *trajectory, double *rate) {
    const nixe_rates *rates = trajectory->rates;
    const nixe_lattice *lattice = rates->lattice;
    int count = 0;
    for (int i = 0; i < lattice->sites; i++)
        for (int d = 0; d < lattice->directions / 2; d++)
            rate[count++] = nixe_trajectory_swap_rate(trajectory, lattice->home[i], d);
    for (int s = 0; s < rates->surface_sites; s++) rate[count++] = nixe_trajectory_exchange_rate(trajectory, s);
    return count;
}

/* The rates of `here` against those of `there`, which begins anew in the same configuration. */
static int compare_with_a_fresh_start(fixture *k) {
    enum { MOST = 1000 };
    double kept[MOST], fresh[MOST];
    const int count = list_rates(&k->here, kept);
    int possible = 0;
    assert_in_range(count, 50, MOST);
    nixe_trajectory_begin(&k->there, 1, 1, k->here.sigma, never);
    list_rates(&k->there, fresh);
    for (int r = 0; r < count; r++) {
        assert_int_equal(kept[r] == 0, fresh[r] == 0);
        assert_close_relative(kept[r], fresh[r], k->drift);
        possible += kept[r] > 0;
    }
    assert_close_relative(k->here.swap_total, k->there.swap_total, k->drift);
    assert_close_relative(k->here.exchange_total, k->there.exchange_total, k->drift);
    assert_int_equal(k->here.sum, k->there.sum);
    return possible - k->rates.surface_sites;
}

/* Rates that have been updated from event to event are those of the configuration, up to the event before a refresh. */
static void drift_between_refreshes(void **state) {
    (void)state;
    for (int model = 0; model < MODELS; model = next_model(model)) {
        fixture k;
        create(&k, model, 0.1);
        nixe_trajectory *t = &k.here;
        const long batch = 63; /* 8191 = 130 times 63 + 1 */
        int swaps = 0;
        begin_mixed(&k);
        nixe_trajectory_begin(t, 7, 3, k.crystal.sigma, never);
        assert_int_equal(nixe_trajectory_advance(t, INFINITY, 1), 1);
        while (t->events < NIXE_REFRESH_EVENTS - 1) {
            assert_int_equal(nixe_trajectory_advance(t, INFINITY, batch), batch);
            swaps += compare_with_a_fresh_start(&k);
        }
        assert_int_equal(t->events, NIXE_REFRESH_EVENTS - 1);
        assert_true(swaps > (is_bulk(&k) ? 0 : 130 * 5)); /* the configurations were mixed */
        const double next = t->next_time - t->time;
        const uint64_t choice = t->choice;
        nixe_trajectory_refresh(t); /* changes nothing but the last bits */
        assert_close_relative(t->next_time - t->time, next, 1e-9);
        assert_true(choice == t->choice);
        destroy(&k);
    }
}

static void what_leaves_the_range_of_double_is_refused(void **state) {
    (void)state;
    fixture k;
    create(&k, HEXAGON, -6);
    nixe_energy energy = k.energy;
    const nixe_arithmetic *chosen;
    assert_int_equal(nixe_rates_choose(&energy, (nixe_kinetics){1e-3, 1, 1}, "-model_", &chosen), NIXE_REFUSED);
    assert_non_null(strstr(nixe_status_message(), "-model_kT"));
    const char *limit = strstr(nixe_status_message(), "crystal is ");
    assert_non_null(limit);
    const double lowest = strtod(limit + strlen("crystal is "), NULL);
    nixe_status_clear();
    assert_ok(
        nixe_rates_choose(&energy, (nixe_kinetics){lowest, 1, 1}, "-model_", &chosen)); /* the limit that it names is good */
    assert_ptr_equal(chosen, &nixe_double_precision);
    energy.dmu = -1e4;
    assert_int_equal(nixe_rates_choose(&energy, k.bare, "-model_", &chosen), NIXE_REFUSED);
    limit = strstr(nixe_status_message(), "-model_dmu");
    assert_non_null(limit);
    limit = strstr(limit, " is ");
    assert_non_null(limit);
    energy.dmu = -strtod(limit + strlen(" is "), NULL);
    nixe_status_clear();
    assert_true(energy.dmu < -100);
    assert_ok(nixe_rates_choose(&energy, k.bare, "-model_", &chosen));
    destroy(&k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_of_random_configurations),
        cmocka_unit_test(rates_follow_the_differences_of_the_model),
        cmocka_unit_test(drift_between_refreshes),
        cmocka_unit_test(what_leaves_the_range_of_double_is_refused),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
