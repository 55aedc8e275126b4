/* Vetoes of the lazy algorithm: what comes through of candidates by bounds is the true rate, in windows full of events that are
 * pending. */
#include "unit/lazy.h"

/* An event, at whatever rate. */
static void force(fixture *f, int a, int b) {
    nixe_lazy_follow(&f->here, (nixe_event){a, b});
    if (a >= 0) f->here.sigma[a] = -1;
    if (b >= 0) f->here.sigma[b] = 1;
}

/* Twice A goes over the same bond, its ions being exchanged between. */
static void swap_twice(fixture *f, int i, int j) {
    for (int time = 0; time < 2; time++) {
        if (f->here.sigma[i] < 0) force(f, NIXE_RESERVOIR, i);
        if (f->here.sigma[j] > 0) force(f, j, NIXE_RESERVOIR);
        force(f, i, j);
    }
}

/* A window in which some events are pending, a few of them twice. */
static void fill_window(fixture *f) {
    const nixe_lattice *lattice = &f->crystal.lattice;
    const nixe_lazy_tables *tables = tables_of(f);
    const nixe_lazy *own = f->here.own;
    nixe_lazy_begin_window(&f->here);
    for (int i = 0, pairs = 0; i < lattice->sites && pairs < 3; i += 2) {
        const int j = nixe_lattice_neighbours(lattice, i)[i % lattice->directions];
        if (j < 0 || tables->exchange_factor[tables->cells.place[i]] <= 0) continue;
        if (tables->exchange_factor[tables->cells.place[j]] <= 0) continue;
        swap_twice(f, i, j);
        pairs++;
    }
    assert_true(own->listed > 3 && own->head->most_net == 2);
}

/* The part of candidates with these sites that comes through, beside 2^(x-p). 0 where so many are asked that it would take
 * long. */
static int check_vetoes(fixture *f, int kind, int sites, const int site[2]) {
    enum { DRAWS = 4000 };
    nixe_lazy *own = f->here.own;
    const int block = tables_of(f)->cells.block[site[0]];
    const int64_t p = own->pending[kind * tables_of(f)->influence.stride + block];
    int64_t x = 0;
    int through = 0;
    for (int k = 0; k < sites; k++) x += f->here.sigma[site[k]] * nixe_lazy_pending_field(&f->here, site[k]);
    const double expected = exp2((double)(x - p) / NIXE_FIXED_ONE);
    if (nixe_lazy_veto_cost(&f->here, kind, block) > 3e4) return 0;
    for (int draw = 0; draw < DRAWS; draw++) {
        own->head->candidates++;
        through += !nixe_lazy_is_vetoed(&f->here, kind, block, sites, site);
    }
    assert_ok(f->here.status);
    assert_close((double)through / DRAWS, expected, /* by chance, 1e-8 */
                 5.7 * sqrt((expected * (1 - expected) + 1e-4) / DRAWS));
    return 1;
}

static void vetoes_leave_the_true_rate(void **state) {
    (void)state;
    int candidates = 0, kinds[2] = {0};
    for (int c = 0; c < CRYSTALS; c++) {
        fixture f;
        create(&f, c, -0.5);
        const nixe_lattice *lattice = &f.crystal.lattice;
        for (int i = 0; i < lattice->sites; i++) f.crystal.sigma[i] = i * 7919 % 5 < 2 ? -1 : 1;
        nixe_trajectory_begin(&f.here, 9, (uint64_t)c, f.crystal.sigma, never);
        fill_window(&f);
        for (int i = 0; i < lattice->sites && candidates < 60 * (c + 1); i++) {
            const int d = i % (lattice->directions / 2), j = nixe_lattice_neighbours(lattice, i)[d];
            if (lattice->surface[i] && tables_of(&f)->exchange_factor[tables_of(&f)->cells.place[i]] > 0)
                kinds[1] += check_vetoes(&f, NIXE_LAZY_EXCHANGES, 1, (int[2]){i, 0});
            if (j < 0 || f.here.sigma[i] == f.here.sigma[j]) continue;
            kinds[0] += check_vetoes(&f, NIXE_LAZY_SWAPS, 2, (int[2]){i, j});
            candidates++;
        }
        destroy(&f);
    }
    assert_true(kinds[0] > 80 && kinds[1] > 80); /* below 1000 in all */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vetoes_leave_the_true_rate),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
