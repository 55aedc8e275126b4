/* Ladder: what an exchange does to two replicas against replicas that begin anew, how often it is accepted against the energies
 * of the definition, and the journeys of walkers against where they have been. The numbers are fixed by their seeds; another
 * seed fails the test of acceptances with a probability of 1e-4. */
#include "unit/ladder.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchanges_keep_energies_and_fields), cmocka_unit_test(accepted_by_the_energies),
        cmocka_unit_test(nothing_to_lose_is_accepted),        cmocka_unit_test(round_trips_are_counted),
        cmocka_unit_test(a_ladder_without_hindrance),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
