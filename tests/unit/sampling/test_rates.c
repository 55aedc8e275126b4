/* Rates: every rate of a trajectory against the energies before and after, in both arithmetics; detailed balance; drift between
 * refreshes; the range of each. */
#include "nixe/sampling/rates.h"

#include "nixe/sampling/arithmetic.h"
#include "unit/crystal.h"

static const double never = -1; /* stop composition */

/* A crystal with a model, its rates, and two trajectories: one here, one at the other side of an event. */
typedef struct {
    fixture_crystal crystal;
    nixe_energy energy;
    nixe_kinetics bare;
    nixe_table couplings;
    nixe_rates rates;
    nixe_trajectory here, there;
    double rounding, balance, summing, drift; /* relative errors: of a rate, of a ratio of two, of a sum, between refreshes */
} fixture;

/* The models under test; elastic ones with epsilon and J both non-zero. */
enum { HEXAGON, CUBE, PUBLISHED, FCC, SQUARE, HCP, BULK, FCC_BULK, BCC_ISING, ISING, CUBIC_ISING, FREE, KINDS };

/* First those in doubles, then the same in fixed point, but that of the published program. */
enum { MODELS = 2 * KINDS };

static int next_model(int model) { return model + 1 == KINDS + PUBLISHED ? model + 2 : model + 1; }

/* Those on other lattices, discs, spheres and bulks, which have a field, factors of k_ex, and factors of k_diff and J by class.
 */
static const struct {
    nixe_lattice_type type;
    nixe_shape shape;
    double radius, diffusion[2], ising[2];
    int cells[3]; /* of a bulk */
} places[KINDS] = {[FCC] = {NIXE_FCC, NIXE_SPHERE, 1.5, {1.3}, {0.7}, {0}},
                   [SQUARE] = {NIXE_SQUARE, NIXE_DISC, 2.3, {1, 0}, {1, 0.4}, {0}}, /* nearest neighbours only swap */
                   [HCP] = {NIXE_HCP, NIXE_SPHERE, 1.5, {1}, {1}, {0}},
                   [BULK] = {NIXE_TRIANGULAR, NIXE_BOX, 0, {1.2}, {1}, {5, 6, 0}},
                   [FCC_BULK] = {NIXE_FCC, NIXE_BOX, 0, {1}, {0.5}, {3, 3, 3}},
                   [BCC_ISING] = {NIXE_BCC, NIXE_SPHERE, 1.7, {1, 0.3}, {1, 0}, {0}}};

static int size; /* edge or radius of a crystal that is not to be small; 0: it is */

static void create_crystal(fixture_crystal *crystal, int kind) {
    const nixe_shape shape = kind == CUBE || kind == CUBIC_ISING ? NIXE_CUBE : NIXE_HEXAGON;
    if (places[kind].shape == NIXE_HEXAGON) {
        fixture_crystal_create(crystal, shape, size ? size : 4, 0, 1);
        return;
    }
    nixe_recipe recipe = fixture_recipe(places[kind].shape, 0, 0);
    recipe.type = places[kind].type;
    recipe.radius = size ? size : places[kind].radius;
    for (int k = 0; k < 3; k++) {
        recipe.cells[k] = places[kind].cells[k];
        recipe.periodic[k] = recipe.cells[k] > 0;
    }
    assert_ok(nixe_lattice_create(&crystal->lattice, &recipe));
    for (int c = 0; c < crystal->lattice.classes; c++) {
        crystal->lattice.bond_class[c].diffusion = places[kind].diffusion[c];
        crystal->lattice.bond_class[c].ising = places[kind].ising[c];
    }
    fixture_set_places(&crystal->lattice, 0.6);
    fixture_crystal_of_lattice(crystal, 1);
}

static void create(fixture *k, int model, double dmu) {
    const nixe_arithmetic *arithmetic = model < KINDS ? &nixe_double_precision : &nixe_fixed_point, *chosen;
    const int kind = model % KINDS, elastic = kind < BCC_ISING;
    k->rounding = model < KINDS ? 1e-10 : 2e-6;
    k->balance = model < KINDS ? 1e-10 : 1e-6;
    k->summing = model < KINDS ? 1e-12 : 1e-6;
    k->drift = model < KINDS ? 1e-11 : 0;
    create_crystal(&k->crystal, kind);
    k->energy = (nixe_energy){.lattice = &k->crystal.lattice,
                              .potential = elastic ? &k->crystal.elastic.potential : NULL,
                              .epsilon = elastic ? 0.9 : 0,
                              .J = kind == FREE ? 0 : 0.3,
                              .dmu = dmu,
                              .differences = kind == PUBLISHED ? NIXE_PUBLISHED : NIXE_EXACT};
    k->bare = (nixe_kinetics){.kT = 2, .k_ex = 0.8, .k_diff = 1.7};
    const int n = k->crystal.lattice.sites;
    k->couplings = (nixe_table){0};
    if (elastic) {
        const long rows = nixe_table_rows(&k->crystal.lattice, (int)n);
        fixture_table_create(&k->couplings, &k->crystal.lattice, (int)n, n, arithmetic->kind);
        arithmetic->fill(&k->energy, k->bare.kT, &k->couplings, 0, rows / 3);
        arithmetic->fill(&k->energy, k->bare.kT, &k->couplings, rows / 3, rows);
        assert_ok(nixe_table_complete(&k->couplings));
    }
    assert_ok(nixe_rates_choose(&k->energy, k->bare, &chosen));
    assert_ptr_equal(chosen, kind == PUBLISHED ? &nixe_double_precision : &nixe_fixed_point);
    assert_ok(nixe_rates_create(&k->rates, &k->energy, k->bare, arithmetic, elastic ? &k->couplings : NULL));
    assert_ok(nixe_trajectory_create(&k->here, &k->rates));
    assert_ok(nixe_trajectory_create(&k->there, &k->rates));
}

static void destroy(fixture *k) {
    nixe_trajectory_destroy(&k->here);
    nixe_trajectory_destroy(&k->there);
    nixe_rates_destroy(&k->rates);
    fixture_table_destroy(&k->couplings);
    fixture_crystal_destroy(&k->crystal);
}

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
    const double *V = k->crystal.elastic.potential.number, m = (double)k->here.sum / n, s = k->here.sigma[i],
                 after = m - 2 * s / n;
    double phi = 0;
    if (energy->differences == NIXE_EXACT) return 0;
    if (j >= 0) return energy->epsilon * 2 * m * s * (V[i * n + i] - V[j * n + j]);
    for (int l = 0; l < n; l++) phi += V[i * n + l] * k->here.sigma[l];
    return energy->epsilon * ((m - after) * phi + 2 * after * s * V[i * n + i]);
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

static int is_bulk(const fixture *k) { return k->crystal.lattice.torus.sites > 0; }

/* All A; a bulk, which exchanges nothing, half A and half B. */
static void begin_mixed(fixture *k) {
    const int n = k->crystal.lattice.sites;
    for (int i = 0; i < n; i++) k->crystal.sigma[i] = (int8_t)(is_bulk(k) && i % 2 ? -1 : 1);
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

/* The totals are the sums of the rates. */
static void check_totals(const fixture *k) {
    const nixe_trajectory *t = &k->here;
    const nixe_lattice *lattice = t->rates->lattice;
    double swaps = 0, exchanges = 0;
    for (int i = 0; i < lattice->sites; i++)
        for (int d = 0; d < lattice->directions / 2; d++) swaps += nixe_trajectory_swap_rate(t, lattice->home[i], d);
    for (int s = 0; s < t->rates->surface_sites; s++) exchanges += nixe_trajectory_exchange_rate(t, s);
    assert_close_relative(t->swap_total, swaps, k->summing);
    assert_close_relative(t->exchange_total, exchanges, k->summing);
}

/* Each event turns one surface site, or two bonded unlike ones; the clock goes on; batches change no bit. */
static void one_event_at_a_time(void **state) {
    (void)state;
    for (int model = 0; model < MODELS; model = next_model(model)) {
        fixture k;
        create(&k, model, -0.5);
        const nixe_lattice *lattice = &k.crystal.lattice;
        nixe_trajectory *t = &k.here;
        begin_mixed(&k);
        nixe_trajectory_begin(t, 7, 4, k.crystal.sigma, never);
        nixe_trajectory_begin(&k.there, 7, 4, k.crystal.sigma, never);
        const long events = NIXE_REFRESH_EVENTS + 1000;
        int swaps = 0;
        int64_t through[NIXE_MAX_FACES] = {0}; /* each face: A for B less B for A */
        for (long e = 0; e < events; e++) {
            const double before = t->time, promised = t->next_time;
            int turned[3], count = 0;
            assert_int_equal(nixe_trajectory_advance(t, promised, 1), 1);
            assert_true(t->time == promised && t->time >= before && t->next_time >= t->time);
            for (int i = 0; i < lattice->sites; i++)
                if (t->sigma[i] != k.crystal.sigma[i] && count < 3) turned[count++] = i;
            assert_in_range(count, 1, 2);
            if (count == 1) {
                assert_true(lattice->surface[turned[0]] && lattice->exchange[turned[0]] > 0);
                through[lattice->face[turned[0]]] -= t->sigma[turned[0]];
            } else {
                assert_true(fixture_bonded(lattice, turned[0], turned[1]));
                assert_int_equal(t->sigma[turned[0]], -t->sigma[turned[1]]);
            }
            swaps += count == 2;
            assert_memory_equal(t->exchanges, through, (size_t)lattice->faces * sizeof *through);
            check_totals(&k);
            memcpy(k.crystal.sigma, t->sigma, (size_t)lattice->sites);
        }
        assert_in_range(swaps, is_bulk(&k) ? events : 100, is_bulk(&k) ? events : events - 100); /* both kinds happen */
        assert_int_equal(nixe_trajectory_advance(&k.there, INFINITY, events), events);
        assert_memory_equal(k.there.sigma, t->sigma, (size_t)lattice->sites);
        assert_true(k.there.time == t->time && k.there.next_time == t->next_time);
        destroy(&k);
    }
}

/* Each event is chosen where `at` lies in its share of the row of all rates: evenly spaced ones count it as often as its rate
 * says, but for the ends of its share. */
static void check_choices(const fixture *k) {
    enum { POINTS = 20000 };
    const nixe_trajectory *t = &k->here;
    const nixe_lattice *lattice = &k->crystal.lattice;
    const int n = lattice->sites;
    const double total = t->swap_total + t->exchange_total;
    double *left; /* of a pair of sites, or of a site: how often it is still to come */
    assert_ok(nixe_allocate(&left, (long)n * n, sizeof *left, "expected counts"));
    for (int i = 0; i < n; i++)
        for (int d = 0; d < lattice->directions / 2; d++) {
            const int j = nixe_lattice_neighbours(lattice, i)[d];
            const double rate = nixe_trajectory_swap_rate(t, lattice->home[i], d);
            if (rate > 0) left[(long)(i < j ? i : j) * n + (i < j ? j : i)] += rate / total * POINTS;
        }
    for (int s = 0; s < k->rates.surface_sites; s++)
        left[(long)k->rates.surface[s] * n + k->rates.surface[s]] += nixe_trajectory_exchange_rate(t, s) / total * POINTS;
    for (int p = 0; p < POINTS; p++) {
        const nixe_event e = k->rates.arithmetic->choose(t, (p + 0.5) / POINTS * total);
        const int i = e.a == NIXE_RESERVOIR ? e.b : e.a, j = e.b == NIXE_RESERVOIR ? e.a : e.b;
        assert_true(e.a == NIXE_RESERVOIR || t->sigma[e.a] > 0);
        assert_true(e.b == NIXE_RESERVOIR || t->sigma[e.b] < 0);
        left[(long)(i < j ? i : j) * n + (i < j ? j : i)]--;
    }
    for (long x = 0; x < (long)n * n; x++) assert_close(left[x], 0, 2.5); /* two bonds may join a pair */
    free(left);
}

static void events_are_chosen_by_their_rates(void **state) {
    (void)state;
    uint64_t random = 5;
    for (int model = 0; model < MODELS; model = next_model(model)) {
        fixture k;
        create(&k, model, 0.3);
        fixture_sigma(&random, 0.5, k.crystal.lattice.sites, k.crystal.sigma);
        nixe_trajectory_begin(&k.here, 1, 1, k.crystal.sigma, never);
        check_choices(&k);
        destroy(&k);
    }
}

/* Crystals of more than 64 vectors of sites, where only those with unlike pairs are summed: totals and choices as events go by.
 */
static void crystals_of_many_vectors(void **state) {
    (void)state;
    for (int c = 0; c < 3; c++) {
        fixture k;
        size = c == 0 ? 14 : c == 1 ? 9 : 5;
        create(&k, KINDS + (c == 0 ? HEXAGON : c == 1 ? CUBIC_ISING : FCC), -0.5);
        size = 0;
        assert_true(k.rates.padded / 8 > 64);
        for (int i = 0; i < k.crystal.lattice.sites; i++) k.crystal.sigma[i] = 1;
        nixe_trajectory_begin(&k.here, 7, 4, k.crystal.sigma, never);
        for (int batch = 0; batch < 40; batch++) {
            assert_int_equal(nixe_trajectory_advance(&k.here, INFINITY, 37), 37);
            check_totals(&k);
        }
        check_choices(&k);
        destroy(&k);
    }
}

static void stops_at_the_composition(void **state) {
    (void)state;
    fixture k;
    create(&k, HEXAGON, -6);
    const int n = k.crystal.lattice.sites; /* 37 */
    const struct {
        double stop;
        long sum;
    } cases[] = {{0, -37}, {0.5, -1}, {0.3, -15}, {0.71, 15}, {1, 37}};
    memset(k.crystal.sigma, 1, (size_t)n);
    for (int c = 0; c < 5; c++) {
        nixe_trajectory_begin(&k.here, 1, (uint64_t)c, k.crystal.sigma, cases[c].stop);
        nixe_trajectory_advance(&k.here, INFINITY, 1000000);
        assert_true(k.here.complete);
        assert_int_equal(k.here.sum, cases[c].sum);
        assert_int_equal(nixe_trajectory_advance(&k.here, INFINITY, 10), 0); /* nothing happens after */
        assert_int_equal(k.here.events == 0, cases[c].stop == 1);
    }
    nixe_trajectory_begin(&k.here, 1, 1, k.crystal.sigma, 0);
    assert_int_equal(nixe_trajectory_advance(&k.here, 0.5 * k.here.next_time, 10), 0); /* not before its time */
    assert_int_equal(k.here.complete, 0);
    destroy(&k);
}

static void stops_on_the_side_where_it_began(void **state) {
    (void)state;
    fixture k;
    create(&k, HEXAGON, 6);
    const int n = k.crystal.lattice.sites; /* 37 */
    const struct {
        int A;
        double stop;
        int end; /* A sites where it is complete, -1: never */
    } cases[] = {{0, 1, 37},          {0, 0.5, 19},   {0, 0, 0},   {0, 10.0 / 37, 10}, {20, 1, 37},
                 {20, 20.0 / 37, 20}, {20, 0.55, 21}, {37, 1, 37}, {10, -1, -1}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        for (int i = 0; i < n; i++) k.crystal.sigma[i] = i < cases[c].A ? 1 : -1;
        nixe_trajectory_begin(&k.here, 1, (uint64_t)c, k.crystal.sigma, cases[c].stop);
        assert_int_equal(k.here.complete, cases[c].A == cases[c].end);
        nixe_bytes saved = {0};
        assert_ok(nixe_trajectory_save(&k.here, &saved));
        assert_ok(nixe_trajectory_load(&k.there, &saved));
        nixe_bytes_destroy(&saved);
        nixe_trajectory *both[2] = {&k.here, &k.there}; /* the saved one knows its side */
        for (int b = 0; b < 2; b++) {
            nixe_trajectory_advance(both[b], INFINITY, 20000);
            assert_int_equal(both[b]->complete, cases[c].end >= 0);
            if (cases[c].end >= 0) assert_int_equal(both[b]->sum, 2 * cases[c].end - n);
        }
    }
    destroy(&k);
}

static void what_leaves_the_range_of_double_is_refused(void **state) {
    (void)state;
    fixture k;
    create(&k, HEXAGON, -6);
    nixe_energy energy = k.energy;
    const nixe_arithmetic *chosen;
    assert_int_equal(nixe_rates_choose(&energy, (nixe_kinetics){1e-3, 1, 1}, &chosen), NIXE_REFUSED);
    assert_non_null(strstr(nixe_status_message(), "-model_kT"));
    const char *limit = strstr(nixe_status_message(), "crystal is ");
    assert_non_null(limit);
    const double lowest = strtod(limit + strlen("crystal is "), NULL);
    nixe_status_clear();
    assert_ok(nixe_rates_choose(&energy, (nixe_kinetics){lowest, 1, 1}, &chosen)); /* the limit that it names is good */
    assert_ptr_equal(chosen, &nixe_double_precision);
    energy.dmu = -1e4;
    assert_int_equal(nixe_rates_choose(&energy, k.bare, &chosen), NIXE_REFUSED);
    limit = strstr(nixe_status_message(), "-model_dmu");
    assert_non_null(limit);
    limit = strstr(limit, " is ");
    assert_non_null(limit);
    energy.dmu = -strtod(limit + strlen(" is "), NULL);
    nixe_status_clear();
    assert_true(energy.dmu < -100);
    assert_ok(nixe_rates_choose(&energy, k.bare, &chosen));
    destroy(&k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_of_random_configurations),
        cmocka_unit_test(rates_follow_the_differences_of_the_model),
        cmocka_unit_test(drift_between_refreshes),
        cmocka_unit_test(one_event_at_a_time),
        cmocka_unit_test(events_are_chosen_by_their_rates),
        cmocka_unit_test(crystals_of_many_vectors),
        cmocka_unit_test(stops_at_the_composition),
        cmocka_unit_test(stops_on_the_side_where_it_began),
        cmocka_unit_test(what_leaves_the_range_of_double_is_refused),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
