/* Ladder: what an exchange does to two replicas against replicas that begin anew, how often it is accepted against the energies
 * of the definition, and the journeys of walkers against where they have been. The numbers are fixed by their seeds; another
 * seed fails the test of acceptances with a probability of 1e-4. */
#include "nixe/run/ladder.h"

#include "nixe/sampling/samplers.h"
#include "unit/crystal.h"

enum { MOST_STIFFNESSES = 3, MOST_STATES = 6 };

/* Some shell stiffnesses and temperatures of one crystal, a replica of each state, and one to compare with. */
typedef struct {
    int stiffnesses, states, sites; /* sites of the core */
    fixture_crystal crystal[MOST_STIFFNESSES];
    nixe_energy energy[MOST_STIFFNESSES];
    nixe_couplings couplings[MOST_STIFFNESSES];
    nixe_table W[MOST_STIFFNESSES], factor[MOST_STATES];
    nixe_state state[MOST_STATES];
    nixe_replica replica[MOST_STATES], other;
    nixe_replica *member[MOST_STATES];
    nixe_pairs pairs;
    nixe_ladder ladder;
} fixture;

static void create_couplings(fixture *f, int k, double stiffness, nixe_differences differences) {
    fixture_crystal_create(&f->crystal[k], NIXE_HEXAGON, 3, 1, stiffness);
    f->energy[k] = (nixe_energy){.lattice = &f->crystal[k].lattice,
                                 .potential = &f->crystal[k].elastic.potential,
                                 .epsilon = 0.7,
                                 .J = 0.1,
                                 .differences = differences};
    assert_ok(nixe_couplings_create(&f->couplings[k], &f->crystal[k].lattice, 0.4));
    f->sites = f->couplings[k].sites;
    fixture_table_create(&f->W[k], &f->crystal[k].lattice, f->sites, f->sites, NIXE_DOUBLES);
    nixe_couplings_fill(&f->energy[k], f->couplings[k].site, 0, f->sites, &f->W[k]);
    assert_ok(nixe_couplings_set_fields(&f->couplings[k], &f->energy[k], &f->W[k]));
}

static void create(fixture *f, int stiffnesses, const double *stiffness, int temperatures, const double *kT,
                   nixe_differences differences, const nixe_sampler *sampler) {
    *f = (fixture){.stiffnesses = stiffnesses, .states = stiffnesses * temperatures};
    for (int k = 0; k < stiffnesses; k++) create_couplings(f, k, stiffness[k], differences);
    const nixe_lattice *lattice = &f->crystal[0].lattice;
    for (int q = 0; q < f->states; q++) {
        const nixe_state bare = {.couplings = &f->couplings[q / temperatures], .kT = kT[q % temperatures]};
        int8_t sigma[64];
        fixture_table_create(&f->factor[q], lattice, f->sites, nixe_padded(f->sites),
                             sampler->table ? sampler->table : NIXE_DOUBLES);
        nixe_state_fill(&bare, &f->factor[q], 0, f->sites);
        assert_ok(nixe_state_create(&f->state[q], bare.couplings, bare.kT, q, sampler->table ? &f->factor[q] : NULL));
        assert_ok(nixe_replica_create(&f->replica[q], lattice, f->sites, sampler));
        f->member[q] = &f->replica[q];
        assert_ok(nixe_replica_start_sigma(bare.couplings, 0, 5, 11, q, sigma));
        nixe_replica_begin(&f->replica[q], &f->state[q], 5, 11, sigma);
    }
    assert_ok(nixe_replica_create(&f->other, lattice, f->sites, sampler));
    const nixe_list one = {.count = 1}, stiff = {.count = stiffnesses}, hot = {.count = temperatures};
    const nixe_states states = {.list = {&stiff, &one, &one, &one, &hot}, .points = f->states, .states = f->states};
    assert_ok(nixe_pairs_create(&f->pairs, &states));
    assert_ok(nixe_ladder_create(&f->ladder, &f->pairs, f->states, f->sites));
    nixe_ladder_begin(&f->ladder);
}

static void destroy(fixture *f) {
    nixe_ladder_destroy(&f->ladder);
    nixe_pairs_destroy(&f->pairs);
    nixe_replica_destroy(&f->other);
    for (int q = 0; q < f->states; q++) {
        nixe_replica_destroy(&f->replica[q]);
        nixe_state_destroy(&f->state[q]);
        fixture_table_destroy(&f->factor[q]);
    }
    for (int k = 0; k < f->stiffnesses; k++) {
        nixe_couplings_destroy(&f->couplings[k]);
        fixture_crystal_destroy(&f->crystal[k]);
        fixture_table_destroy(&f->W[k]);
    }
}

/* What a rank by itself does at an exchange. */
static void exchange(fixture *f) {
    int8_t sigma[MOST_STATES][64];
    for (int q = 0; q < f->states; q++) {
        const int partner = nixe_ladder_partner(&f->ladder, q);
        f->ladder.offer[q] = nixe_ladder_offer(&f->ladder, f->member[q], partner < 0 ? NULL : &f->state[partner]);
        memcpy(sigma[q], f->replica[q].core_sigma, (size_t)f->sites);
    }
    nixe_ladder_decide(&f->ladder, 5, f->member[0]->index);
    for (int q = 0; q < f->states; q++)
        if (f->ladder.from[q] != q) nixe_replica_set_sigma(f->member[q], sigma[f->ladder.from[q]]);
}

/* E of a configuration of the core in state q by definition, the shell being B; with what the published differences add. */
static double energy_by_definition(fixture *f, int q, const int8_t *core_sigma) {
    const int k = (int)(f->state[q].couplings - f->couplings), n = f->crystal[k].lattice.sites;
    const nixe_energy *energy = &f->energy[k];
    int8_t *sigma = f->crystal[k].sigma;
    double shift = 0, mean = 0;
    memset(sigma, -1, (size_t)n);
    for (int i = 0; i < f->sites; i++) sigma[f->couplings[k].site[i]] = core_sigma[i];
    for (int i = 0; i < n; i++) mean += (double)sigma[i] / n;
    for (int i = 0; i < f->sites && energy->differences == NIXE_PUBLISHED; i++)
        shift -= mean * energy->epsilon * nixe_table_at(energy->potential, f->couplings[k].site[i], f->couplings[k].site[i]) *
                 core_sigma[i];
    return energy->epsilon * fixture_elastic_energy(energy->lattice, f->crystal[k].shell_stiffness, sigma) +
           fixture_local_energy(energy->lattice, energy->J, 0, sigma) + shift;
}

static const double stiffness[] = {0.5, 3, 8}, kT[] = {0.8, 1.1, 1.6, 2.2, 3, 4};
static const struct { int stiffnesses, temperatures; } shapes[] = {{1, 2}, {1, 6}, {2, 1}, {3, 1}, {2, 3}, {3, 2}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* What a ladder was before an exchange. */
typedef struct {
    int32_t walker[MOST_STATES];
    int64_t attempted[16], accepted[16], sweeps[MOST_STATES];
    int8_t sigma[MOST_STATES][64];
} memory;

static void remember(const fixture *f, memory *m) {
    memcpy(m->walker, f->ladder.walker, (size_t)f->states * sizeof *m->walker);
    memcpy(m->attempted, f->ladder.attempted, (size_t)f->pairs.count * sizeof *m->attempted);
    memcpy(m->accepted, f->ladder.accepted, (size_t)f->pairs.count * sizeof *m->accepted);
    for (int q = 0; q < f->states; q++) {
        m->sweeps[q] = f->replica[q].sweeps;
        memcpy(m->sigma[q], f->replica[q].core_sigma, (size_t)f->sites);
    }
}

/* The pairs of this turn have attempted, and those that were accepted have changed places: walkers with their configurations.
 */
static void check_places(const fixture *f, const memory *before, int turn) {
    int32_t walker[MOST_STATES];
    memcpy(walker, before->walker, sizeof walker);
    for (int p = 0; p < f->pairs.count; p++) {
        const int q = f->pairs.state[p][0], r = f->pairs.state[p][1], took_part = f->pairs.round[p] == turn;
        const int64_t accepted = f->ladder.accepted[p] - before->accepted[p];
        assert_int_equal(f->ladder.attempted[p] - before->attempted[p], took_part);
        assert_in_range(accepted, 0, took_part);
        if (!accepted) continue;
        walker[q] = before->walker[r];
        walker[r] = before->walker[q];
    }
    assert_memory_equal(f->ladder.walker, walker, (size_t)f->states * sizeof *walker);
    for (int q = 0; q < f->states; q++)
        for (int r = 0; r < f->states; r++)
            if (walker[q] == before->walker[r])
                assert_memory_equal(f->replica[q].core_sigma, before->sigma[r], (size_t)f->sites);
}

/* What an energy kept by differences may be off: in fixed point the couplings are rounded to 1e-7 kT. */
static double energy_error(const nixe_replica *replica) { return replica->sampler == &nixe_informed_fixed ? 1e-5 : 1e-10; }

/* Energies, fields and the whole crystal of the replica of state q against those of one that begins in its configuration. */
static void check_replica(fixture *f, int q, const memory *before) {
    const nixe_replica *kept = &f->replica[q];
    const int moved = f->ladder.walker[q] != before->walker[q];
    nixe_replica_begin(&f->other, &f->state[q], 99, 99, kept->core_sigma);
    assert_true(kept->state == &f->state[q] && kept->index == 11 && kept->sweeps == before->sweeps[q]);
    assert_close(kept->energy, f->other.energy, moved ? 0 : energy_error(kept));
    if (moved || kept->sampler == &nixe_metropolis) /* between refreshes the informed one keeps weights instead of fields */
        for (int i = 0; i < f->sites; i++) assert_close(kept->field[i], f->other.field[i], moved ? 0 : 1e-11);
    assert_memory_equal(kept->sigma, f->other.sigma, (size_t)f->crystal[0].lattice.sites);
    assert_memory_equal(kept->phase_count, f->other.phase_count, sizeof kept->phase_count);
}

static void sweep_all(fixture *f, int sweeps) {
    for (int q = 0; q < f->states; q++)
        for (int s = 0; s < sweeps; s++) nixe_replica_sweep(&f->replica[q]);
}

static void exchanges_keep_energies_and_fields(void **state) {
    (void)state;
    static const nixe_sampler *const samplers[] = {&nixe_metropolis, &nixe_informed_double, &nixe_informed_fixed};
    for (int s = 0; s < 3 * SHAPES; s++) {
        const int stiffnesses = shapes[s / 3].stiffnesses, temperatures = shapes[s / 3].temperatures;
        const nixe_differences differences = s / 3 % 2 ? NIXE_PUBLISHED : NIXE_EXACT;
        int64_t attempted = 0, accepted = 0;
        fixture f;
        memory before;
        create(&f, stiffnesses, stiffness, temperatures, kT, differences, samplers[s % 3]);
        for (int e = 0; e < 60; e++) {
            sweep_all(&f, 2);
            remember(&f, &before);
            assert_int_equal(f.ladder.exchanges, e);
            exchange(&f);
            check_places(&f, &before, f.pairs.rounds[e % f.pairs.round_count]);
            for (int q = 0; q < f.states; q++) check_replica(&f, q, &before);
        }
        for (int q = 0; q < f.states; q++)
            assert_close(f.replica[q].energy, energy_by_definition(&f, q, f.replica[q].core_sigma),
                         10 * energy_error(&f.replica[q]));
        for (int p = 0; p < f.pairs.count; p++) attempted += f.ladder.attempted[p], accepted += f.ladder.accepted[p];
        assert_in_range(accepted, 5, attempted - 5);
        destroy(&f);
    }
}

/* How many of many attempts to exchange two configurations are accepted; each attempt has a number of its own. */
static int count_accepted(fixture *f, int8_t sigma[2][64], int attempts) {
    f->ladder.accepted[0] = 0;
    for (int e = 0; e < attempts; e++) {
        for (int q = 0; q < 2; q++) nixe_replica_set_sigma(&f->replica[q], sigma[q]);
        exchange(f);
    }
    return (int)f->ladder.accepted[0];
}

/* Against min(1, exp(-X)) with the energies of the definition; the configurations the other way round have -X. */
static void accepted_by_the_energies(void **state) {
    (void)state;
    const int attempts = 4000;
    int uncertain = 0;
    for (int c = 0; c < 3; c++) /* along the stiffnesses; of the published differences; along the temperatures */
        for (int i = 0; i < 16; i++) {
            fixture f;
            int8_t sigma[2][64];
            double X = 0;
            create(&f, c < 2 ? 2 : 1, stiffness, c < 2 ? 1 : 2, kT, c == 1 ? NIXE_PUBLISHED : NIXE_EXACT, &nixe_metropolis);
            for (int q = 0; q < 2; q++)
                assert_ok(nixe_replica_start_sigma(&f.couplings[0], 0, 3, (uint64_t)(i / 2), q ^ (i % 2), sigma[q]));
            for (int q = 0; q < 2; q++)
                X += (energy_by_definition(&f, q, sigma[1 - q]) - energy_by_definition(&f, q, sigma[q])) / f.state[q].kT;
            const int accepted = count_accepted(&f, sigma, attempts);
            const double expected = attempts * exp(-X), deviation = sqrt(expected * (1 - exp(-X)));
            assert_int_equal(f.ladder.attempted[0], attempts);
            if (X <= 0) assert_int_equal(accepted, attempts);
            else assert_close(accepted, expected, 5 * deviation + 1);
            uncertain += X > 0.1 && X < 3;
            destroy(&f);
        }
    assert_true(uncertain >= 6);
}

/* X = 0: of the same state, and of the same configuration. */
static void nothing_to_lose_is_accepted(void **state) {
    (void)state;
    static const double same_kT[] = {1, 1};
    for (int c = 0; c < 2; c++) {
        fixture f;
        int8_t sigma[2][64];
        create(&f, 1, stiffness, 2, c ? kT : same_kT, NIXE_EXACT, &nixe_metropolis);
        for (int q = 0; q < 2; q++)
            assert_ok(nixe_replica_start_sigma(&f.couplings[0], 0, 3, c ? 0 : (uint64_t)q, 0, sigma[q]));
        assert_int_equal(count_accepted(&f, sigma, 500), 500);
        destroy(&f);
    }
}

/* Round trips of the walkers as the places that they were seen at tell: the first state F, the last one L, F again. */
enum { MOST_EXCHANGES = 400 };
typedef int32_t history[MOST_EXCHANGES][MOST_STATES];

static int64_t count_round_trips(const fixture *f, int exchanges, history seen) {
    int64_t trips = 0;
    for (int w = 0; w < f->states; w++) {
        char places[MOST_EXCHANGES + 1] = "";
        int length = 0;
        for (int e = 0; e < exchanges; e++) {
            const char place = seen[e][0] == w ? 'F' : seen[e][f->states - 1] == w ? 'L' : '-';
            if (place != '-' && (length == 0 || places[length - 1] != place)) places[length++] = place;
        }
        for (int i = 0; i + 2 < length; i++) trips += !strncmp(places + i, "FLF", 3);
    }
    return trips;
}

static void round_trips_are_counted(void **state) {
    (void)state;
    static history seen;
    for (int s = 0; s < SHAPES; s++) {
        fixture f;
        create(&f, shapes[s].stiffnesses, stiffness, shapes[s].temperatures, kT, NIXE_EXACT, &nixe_metropolis);
        for (int e = 0; e < MOST_EXCHANGES; e++) {
            sweep_all(&f, 1);
            exchange(&f);
            memcpy(seen[e], f.ladder.walker, (size_t)f.states * sizeof *f.ladder.walker);
            if (e % 10 == 0) assert_int_equal(f.ladder.round_trips, count_round_trips(&f, e + 1, seen));
        }
        assert_true(f.ladder.round_trips > 0);
        destroy(&f);
    }
}

/* Where everything is accepted, every one of n walkers is there and back in 2n attempts. */
static void a_ladder_without_hindrance(void **state) {
    (void)state;
    static const double same_kT[] = {1, 1, 1, 1, 1};
    fixture f;
    create(&f, 1, stiffness, 5, same_kT, NIXE_EXACT, &nixe_metropolis);
    int64_t before = 0;
    for (int period = 0; period < 6; period++) {
        for (int e = 0; e < 10; e++) exchange(&f);
        for (int q = 0; q < 5; q++) assert_int_equal(f.ladder.walker[q], q);
        if (period > 1) assert_int_equal(f.ladder.round_trips - before, 5);
        before = f.ladder.round_trips;
    }
    destroy(&f);
}

static void compare_ladders(const nixe_ladder *a, const nixe_ladder *b) {
    assert_int_equal(a->exchanges, b->exchanges);
    assert_int_equal(a->round_trips, b->round_trips);
    assert_memory_equal(a->walker, b->walker, (size_t)a->states * sizeof *a->walker);
    assert_memory_equal(a->heading, b->heading, (size_t)a->states);
    assert_memory_equal(a->attempted, b->attempted, (size_t)a->pairs->count * sizeof *a->attempted);
    assert_memory_equal(a->accepted, b->accepted, (size_t)a->pairs->count * sizeof *a->accepted);
}

/* Sweeps and exchanges, as many as there are numbers. */
static void go_on(fixture *f, int exchanges) {
    for (int e = 0; e < exchanges; e++) {
        sweep_all(f, 1);
        exchange(f);
    }
}

static void saved_ladders_go_on_as_they_would_have(void **state) {
    (void)state;
    for (int s = 0; s < SHAPES; s++) {
        const int stiffnesses = shapes[s].stiffnesses, temperatures = shapes[s].temperatures;
        fixture f, g;
        nixe_bytes bytes = {0};
        create(&f, stiffnesses, stiffness, temperatures, kT, NIXE_EXACT, &nixe_metropolis);
        create(&g, stiffnesses, stiffness, temperatures, kT, NIXE_EXACT, &nixe_metropolis);
        go_on(&f, 101);
        go_on(&g, 7);
        assert_ok(nixe_ladder_save(&f.ladder, &bytes));
        const size_t ladder_bytes = bytes.used;
        for (int q = 0; q < f.states; q++) assert_ok(nixe_replica_save(&f.replica[q], &bytes));
        assert_ok(nixe_ladder_load(&g.ladder, &bytes));
        assert_int_equal(bytes.position, ladder_bytes);
        compare_ladders(&f.ladder, &g.ladder);
        for (int q = 0; q < f.states; q++) assert_ok(nixe_replica_load(&g.replica[q], &g.state[q], &bytes));
        for (int more = 0; more < 100; more++) {
            go_on(&f, 1);
            go_on(&g, 1);
            compare_ladders(&f.ladder, &g.ladder);
        }
        for (bytes.used = 0; bytes.used < ladder_bytes; bytes.used++) {
            bytes.position = 0;
            assert_int_equal(nixe_ladder_load(&g.ladder, &bytes), NIXE_FAILED);
            nixe_status_clear();
        }
        nixe_bytes_destroy(&bytes);
        destroy(&f);
        destroy(&g);
    }
}

/* A ladder that begins again knows nothing of what was. */
static void a_ladder_begins_anew(void **state) {
    (void)state;
    fixture f, fresh;
    create(&f, 2, stiffness, 3, kT, NIXE_EXACT, &nixe_metropolis);
    create(&fresh, 2, stiffness, 3, kT, NIXE_EXACT, &nixe_metropolis);
    go_on(&f, 50);
    nixe_ladder_begin(&f.ladder);
    compare_ladders(&f.ladder, &fresh.ladder);
    for (int q = 0; q < 6; q++) assert_true(f.ladder.walker[q] == q && f.ladder.heading[q] == 0);
    for (int p = 0; p < f.pairs.count; p++) assert_true(f.ladder.attempted[p] == 0 && f.ladder.accepted[p] == 0);
    assert_true(f.ladder.exchanges == 0 && f.ladder.round_trips == 0);
    destroy(&f);
    destroy(&fresh);
}

static void what_is_recorded(void **state) {
    (void)state;
    const nixe_quantities *list = &nixe_ladder_quantities;
    fixture f;
    create(&f, 2, stiffness, 3, kT, NIXE_EXACT, &nixe_metropolis);
    go_on(&f, 300);
    const size_t pair_bytes = (size_t)f.pairs.count * sizeof(int64_t);
    const struct {
        nixe_data data;
        const void *values;
        size_t bytes;
    } expected[] = {{NIXE_DATA_WALKER, f.ladder.walker, 6 * sizeof(int32_t)},
                    {NIXE_DATA_ATTEMPTED, f.ladder.attempted, pair_bytes},
                    {NIXE_DATA_ACCEPTED, f.ladder.accepted, pair_bytes},
                    {NIXE_DATA_ROUND_TRIPS, &f.ladder.round_trips, sizeof(int64_t)}};
    assert_int_equal(list->count, 4);
    assert_true(list->checksums == NIXE_DATA_LADDER_CHECKSUM && list->flag == NIXE_DATASETS && f.ladder.round_trips > 0);
    for (int q = 0; q < 4; q++) {
        char entry[256];
        memset(entry, 'x', sizeof entry);
        list->quantity[q].measure(&f.ladder, entry);
        assert_int_equal(list->quantity[q].data, expected[q].data);
        assert_memory_equal(entry, expected[q].values, expected[q].bytes);
        assert_int_equal(entry[expected[q].bytes], 'x');
    }
    destroy(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchanges_keep_energies_and_fields),
        cmocka_unit_test(accepted_by_the_energies),
        cmocka_unit_test(nothing_to_lose_is_accepted),
        cmocka_unit_test(round_trips_are_counted),
        cmocka_unit_test(a_ladder_without_hindrance),
        cmocka_unit_test(saved_ladders_go_on_as_they_would_have),
        cmocka_unit_test(a_ladder_begins_anew),
        cmocka_unit_test(what_is_recorded),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
