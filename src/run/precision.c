/* Precision: what the records of a file of mc say of its means. Collective where precision.h says so. */
#include "nixe/run/precision.h"

#include <math.h>
#include <stdlib.h>

#include "nixe/base/blocking.h"
#include "nixe/crystal/phase.h"
#include "nixe/file/read.h"

long nixe_equilibration_end(const double *values, long count, double *scratch) {
    enum { CANDIDATES = 64 };
    long best = 0;
    double most = -1;
    for (int c = 0; c < CANDIDATES * 3 / 4; c++) {
        const long first = count * c / CANDIDATES, left = count - first;
        if (left < 4) break;
        for (long i = 0; i < left; i++) scratch[i] = values[first + i];
        const double worth = (double)left / (2 * nixe_blocking_analyse(scratch, left).tau);
        if (worth <= most * (1 + 1e-9)) continue; /* of equal ones the first */
        most = worth;
        best = first;
    }
    return best;
}

/* Records of a quantity in a row. f: scratch for the fractions, records x phases. */
static nixe_status read_series(nixe_file *file, nixe_until_quantity quantity, int64_t q, int64_t p, int64_t records, double *f,
                               double *values) {
    static const nixe_data data[] = {NIXE_DATA_MC_F, NIXE_DATA_MC_F, NIXE_DATA_MC_ENERGY, NIXE_DATA_MC_COMPOSITION};
    const int is_f = data[quantity] == NIXE_DATA_MC_F;
    const nixe_dataset *dataset = &nixe_dataset_table[data[quantity]];
    hsize_t shape[NIXE_MAX_RANK] = {0};
    hid_t opened;
    for (int a = 0; a < dataset->rank; a++) shape[a] = (hsize_t)file->size[dataset->axis[a]];
    const hsize_t start[NIXE_MAX_RANK] = {(hsize_t)q, (hsize_t)p}, extent[NIXE_MAX_RANK] = {1, 1, (hsize_t)records};
    NIXE_HDF5(opened = H5Dopen(file->file, dataset->path, H5P_DEFAULT));
    NIXE_TRY(nixe_read_from(opened, dataset->data, H5T_NATIVE_DOUBLE, shape, start, extent, is_f ? f : values));
    NIXE_HDF5(H5Dclose(opened));
    for (int64_t m = 0; m < records && is_f; m++) {
        const double *phase = f + m * NIXE_PHASES;
        values[m] = quantity == NIXE_UNTIL_F_U ? phase[NIXE_U1] + phase[NIXE_U2] : phase[NIXE_S1] + phase[NIXE_S2];
    }
    return NIXE_OK;
}

/* Records that belong to equilibration: of the energy and the composition the later end. */
static nixe_status find_end(nixe_file *file, const nixe_options *options, int64_t q, int64_t p, int64_t records, double *values,
                            double *scratch, long *end) {
    const nixe_until_quantity quantity[] = {NIXE_UNTIL_ENERGY, NIXE_UNTIL_COMPOSITION};
    *end = 0;
    for (int i = 0; i < (options->mc_move ? 2 : 1); i++) {
        NIXE_TRY(read_series(file, quantity[i], q, p, records, NULL, values));
        const long here = nixe_equilibration_end(values, records, scratch);
        *end = here > *end ? here : *end;
    }
    return NIXE_OK;
}

/* Means of a row and their errors, of each bound. */
static nixe_status measure_row(nixe_file *file, const nixe_options *options, const nixe_until *until, int64_t q, int64_t p,
                               int64_t records, double *result) {
    double *f, *values, *scratch;
    long end = 0;
    NIXE_TRY(nixe_allocate(&f, records * NIXE_PHASES, sizeof *f, "the records of a replica"));
    NIXE_TRY(nixe_allocate(&values, records, sizeof *values, "the records of a replica"));
    NIXE_TRY(nixe_allocate(&scratch, records, sizeof *scratch, "the records of a replica"));
    if (options->mc_equilibration < 0) NIXE_TRY(find_end(file, options, q, p, records, values, scratch, &end));
    for (int b = 0; b < until->count; b++) {
        NIXE_TRY(read_series(file, until->bound[b].quantity, q, p, records, f, values));
        const nixe_blocking series = nixe_blocking_analyse(values + end, records - end);
        result[2 * b] = series.mean;
        /* An error that is not to be believed yet: of a series that is short, or in which nothing has happened. */
        const int is_known = series.variance > 0 && (double)(records - end) >= 50 * series.tau;
        result[2 * b + 1] = is_known ? series.error : INFINITY;
    }
    free(f);
    free(values);
    free(scratch);
    return NIXE_OK;
}

nixe_status nixe_precision_reached(nixe_file *file, const nixe_options *options, const nixe_until *until, int64_t q,
                                   int64_t records, int *reached) {
    const nixe_parallel *parallel = file->parallel;
    const int64_t replicas = options->ensemble_size;
    nixe_status status = NIXE_OK;
    double *result; /* replicas x bounds x (mean, error), of this rank's replicas; 0 elsewhere */
    NIXE_TRY(nixe_allocate(&result, replicas * until->count * 2, sizeof *result, "the means of replicas"));
    for (int64_t p = parallel->rank; p < replicas && !status; p += parallel->size)
        status = measure_row(file, options, until, q, p, records, result + p * until->count * 2);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, result, (int)(replicas * until->count * 2), MPI_DOUBLE, MPI_SUM, parallel->comm));
    *reached = 1;
    for (int b = 0; b < until->count; b++) {
        nixe_average average = {0};
        for (int64_t p = 0; p < replicas; p++)
            nixe_average_add(&average, result[(p * until->count + b) * 2], result[(p * until->count + b) * 2 + 1]);
        if (!(nixe_average_error(&average) <= until->bound[b].error)) *reached = 0;
    }
    free(result);
    return NIXE_OK;
}

nixe_status nixe_precision_write_equilibration(nixe_file *file, const nixe_options *options, const int64_t *done) {
    const nixe_parallel *parallel = file->parallel;
    const int64_t replicas = options->ensemble_size, rows = file->size[NIXE_AXIS_STATE] * replicas;
    const int64_t most = file->size[NIXE_AXIS_RECORD];
    nixe_status status = NIXE_OK;
    nixe_piece *piece;
    int64_t *end;
    double *values, *scratch;
    int pieces = 0;
    NIXE_TRY(nixe_allocate(&piece, rows / parallel->size + 1, sizeof *piece, "the ends of equilibration"));
    NIXE_TRY(nixe_allocate(&end, rows / parallel->size + 1, sizeof *end, "the ends of equilibration"));
    NIXE_TRY(nixe_allocate(&values, most, sizeof *values, "the records of a replica"));
    NIXE_TRY(nixe_allocate(&scratch, most, sizeof *scratch, "the records of a replica"));
    for (int64_t row = parallel->rank; row < rows && !status; row += parallel->size) {
        long records = 0;
        status = find_end(file, options, row / replicas, row % replicas, done[row] / options->mc_record_every, values, scratch,
                          &records);
        piece[pieces] = (nixe_piece){.row = row, .count = 1};
        end[pieces++] = records * options->mc_record_every;
    }
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    status = nixe_file_write(file, NIXE_DATA_EQUILIBRATION, pieces, piece, end);
    free(piece);
    free(end);
    free(values);
    free(scratch);
    return status;
}
