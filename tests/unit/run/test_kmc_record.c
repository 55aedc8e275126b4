/* KMC record: what is recorded of trajectories is the same whether their displacements come from a table or from factors, also
 * of a trajectory that was saved and gone on with. */
#include "nixe/run/kmc_record.h"
#include "nixe/sampling/arithmetic.h"
#include "unit/output.h"

static fixture_folder folder;

/* All that a run of kmc is made of but for the ensemble. */
typedef struct {
    fixture_run run;
    nixe_tables elastic;
    nixe_energy energy;
    nixe_table couplings;
    nixe_rates rates;
    nixe_record_times times;
    int64_t *flagged;
    nixe_kmc_record kmc;
    char path[FIXTURE_PATH];
    nixe_schedule schedule;
} recorder;

static void create(recorder *r, nixe_response_form form, const char *name, const char *line) {
    const nixe_options *options = &r->run.options;
    *r = (recorder){0};
    fixture_join(&folder, name, r->path);
    fixture_run_create(&r->run, NIXE_KMC, line, r->path);
    nixe_lattice *lattice = &r->run.lattice;
    const int n = lattice->sites;
    assert_ok(nixe_tables_create(&fixture_parallel, lattice, 1, 1, form, &r->elastic));
    assert_ok(nixe_tables_factor(&fixture_parallel, lattice, 1, form, &r->elastic));
    r->energy = (nixe_energy){.lattice = lattice,
                              .potential = &r->elastic.potential,
                              .epsilon = options->model_epsilon,
                              .dmu = options->model_dmu.value[0]};
    fixture_table_create(&r->couplings, lattice, n, n, nixe_fixed_point.kind);
    nixe_fixed_point.fill(&r->energy, options->model_kT.value[0], &r->couplings, 0, n);
    const nixe_kinetics kinetics = {options->model_kT.value[0], options->model_k_ex, options->model_k_diff};
    assert_ok(nixe_rates_create(&r->rates, &r->energy, kinetics, &nixe_fixed_point, &r->couplings, NULL));
    assert_ok(nixe_schedule_read(options, &r->schedule));
    assert_ok(nixe_record_times_create(&r->times, options, &r->schedule));
    assert_ok(fixture_lay_out(&r->run, 0));
    r->flagged = calloc((size_t)options->ensemble_size, sizeof *r->flagged);
    assert_ok(
        nixe_kmc_record_create(&r->kmc, options, &r->rates, &r->times, NULL, &r->elastic.response, r->flagged, &r->run.file));
}

static void destroy(recorder *r) {
    nixe_kmc_record_destroy(&r->kmc);
    free(r->flagged);
    nixe_record_times_destroy(&r->times);
    nixe_schedule_destroy(&r->schedule);
    nixe_rates_destroy(&r->rates);
    fixture_table_destroy(&r->couplings);
    nixe_tables_destroy(&r->elastic);
    fixture_run_destroy(&r->run);
}

/* All trajectories, each saved and loaded again in its middle. */
static void run_all(recorder *r) {
    const int64_t rows[] = {0, 1, 2};
    const nixe_work work = nixe_kmc_work(&r->kmc, rows, 3);
    for (int row = 0; row < 3; row++) {
        int finished = 0;
        assert_ok(work.begin(work.worker, row));
        for (int slice = 0; !finished; slice++) {
            nixe_bytes bytes = {0};
            assert_ok(work.advance(work.worker, &finished));
            if (finished || slice != 1) continue;
            assert_ok(work.save(work.worker, row, &bytes));
            assert_ok(work.load(work.worker, row, &bytes));
            nixe_bytes_destroy(&bytes);
        }
    }
    assert_ok(work.write(work.worker));
    assert_ok(nixe_file_close(&r->run.file));
}

static double *read_numbers(const recorder *r, nixe_data data, long *count) {
    const hid_t file = H5Fopen(r->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    *count = fixture_values(&r->run.file, (int)data);
    double *values = calloc((size_t)*count, sizeof *values);
    assert_ok(nixe_read_all(file, data, H5T_NATIVE_DOUBLE, values));
    H5Fclose(file);
    return values;
}

static void recorded_either_way(void **state) {
    (void)state;
    static const char *const lines[] = {
        "-lattice_edge 6 -ensemble_size 3 -kmc_time_count 300",
        "-lattice_shape cube -lattice_edge 5 -model_kT 1.5 -model_dmu -200 -ensemble_size 3",
        "-lattice_type fcc -lattice_shape sphere -lattice_radius 2.3 -lattice_center 0.1,0.2,0.3 -model_kT 1 -ensemble_size 3"};
    static const nixe_data data[] = {NIXE_DATA_COMPOSITION, NIXE_DATA_EVENTS, NIXE_DATA_ENERGY, NIXE_DATA_AREA_MEAN,
                                     NIXE_DATA_AREA_RMS};
    for (size_t l = 0; l < sizeof lines / sizeof *lines; l++) {
        recorder by[2];
        create(&by[0], NIXE_RESPONSE_TABLE, "table.h5", lines[l]);
        create(&by[1], NIXE_RESPONSE_FACTORS, "factors.h5", lines[l]);
        assert_true(by[0].kmc.displacement.response->factors == NULL && by[1].kmc.displacement.response->table == NULL);
        for (int k = 0; k < 2; k++) run_all(&by[k]);
        for (size_t q = 0; q < sizeof data / sizeof *data; q++) {
            long count;
            double *table = read_numbers(&by[0], data[q], &count), *factors = read_numbers(&by[1], data[q], &count), most = 0;
            for (long i = 0; i < count; i++) {
                assert_close(factors[i], table[i], 1e-10 * fmax(1, fabs(table[i])));
                most = fmax(most, fabs(table[i]));
            }
            assert_true(most > 1e-3);
            free(table);
            free(factors);
        }
        for (int k = 0; k < 2; k++) {
            destroy(&by[k]);
            unlink(by[k].path);
        }
    }
}

static int start(void **state) {
    fixture_folder_create(&folder);
    return fixture_start(state);
}

static int finish(void **state) {
    rmdir(folder.path);
    return fixture_finish(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(recorded_either_way)};
    return cmocka_run_group_tests(tests, start, finish);
}
