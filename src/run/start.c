/* Start file: the last configurations of another nixe file. nixe_start_read() is collective; rank 0 reads. */
#include "nixe/run/start.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nixe/base/open.h"
#include "nixe/file/joined.h"
#include "nixe/file/probe.h"
#include "nixe/file/read.h"
#include "nixe/file/verify.h"
#include "nixe/options/text.h"

static const nixe_data configurations[] = {NIXE_DATA_SNAPSHOT_SIGMA, NIXE_DATA_STORED_SIGMA}; /* of kmc and mc */

/* Same sites in the same order? */
static int same_crystal(hid_t file, const nixe_lattice *lattice) {
    hsize_t shape[NIXE_MAX_RANK] = {0};
    const hsize_t sites = (hsize_t)lattice->sites, dimension = (hsize_t)lattice->dimension;
    if (nixe_read_shape(file, NIXE_DATA_POSITION, shape) != 2 || shape[0] != sites || shape[1] != dimension) return 0;
    double *position = calloc(sites * dimension, sizeof *position), farthest = 0;
    int good = position && !nixe_read_all(file, NIXE_DATA_POSITION, H5T_NATIVE_DOUBLE, position);
    for (hsize_t i = 0; good && i < sites * dimension; i++) farthest = fmax(farthest, fabs(position[i] - lattice->position[i]));
    free(position);
    return good && farthest < 1e-6;
}

/* That the configurations are those that were written: another one would start another trajectory. Whoever makes some of his
 * own takes the checksums away. */
static nixe_status verify(hid_t file, const char *path, int kind, int rank, const hsize_t shape[NIXE_MAX_RANK]) {
    char *input = nixe_read_text(file, "input");
    const hsize_t states = rank == 4 ? shape[0] : 1, rows = shape[rank - 3];
    int64_t bad = input ? 0 : 1;
    nixe_verify check;
    nixe_verify_begin(&check, file, kind == 0 ? NIXE_KMC : NIXE_MC, 0, 0,
                      input ? nixe_text_integer(input, "mc_equilibration") : 0);
    for (hsize_t row = 0; row < states * rows; row++) {
        const hsize_t at[2] = {rank == 4 ? row / rows : row, row % rows};
        bad += !nixe_verify_part(&check, at, configurations[kind]);
    }
    nixe_verify_end(&check);
    free(input);
    if (!bad) return NIXE_OK;
    return nixe_fail(
        NIXE_REFUSED,
        "-kmc_start %s: the configurations of %lld rows do not match their checksums; where you have changed them, "
        "set the checksums to -1",
        path, (long long)bad);
}

static nixe_status read_rows(hid_t file, const char *path, const nixe_lattice *lattice, nixe_start_rows *rows) {
    hsize_t shape[NIXE_MAX_RANK] = {0}, last[NIXE_MAX_RANK] = {0}, all[NIXE_MAX_RANK] = {0}, sites = 0;
    int rank = -1, kind = 0;
    NIXE_TRY(nixe_read_check_version(file, 1, "-kmc_start: ", path));
    NIXE_TRY(nixe_joined_check(file, "-kmc_start: ", path));
    for (int k = 0; k < 2 && rank < 0; k++) rank = nixe_read_shape(file, configurations[kind = k], shape);
    rows->rows = 1;
    for (int a = 0; a < rank - 2; a++) rows->rows *= (int64_t)shape[a];
    if (rank >= 3) sites = shape[rank - 2] * shape[rank - 1];
    if (!nixe_read_is_ours(file) || rank < 3 || rows->rows <= 0 || sites == 0)
        return nixe_fail(NIXE_REFUSED, "-kmc_start %s: not a nixe file with configurations", path);
    if (shape[rank - 1] != (hsize_t)lattice->sites || !same_crystal(file, lattice))
        return nixe_fail(NIXE_REFUSED, "-kmc_start %s: the file holds another crystal", path);
    NIXE_TRY(nixe_allocate(&rows->sigma, rows->rows * lattice->sites, 1, "the start configurations"));
    last[rank - 2] = shape[rank - 2] - 1; /* of [R, S, N] (kmc) or [Q, P, S, N] (mc) */
    NIXE_TRY(nixe_read_part(file, configurations[kind], H5T_NATIVE_INT8, last, all, rows->sigma));
    for (int64_t i = 0; i < rows->rows * lattice->sites; i++)
        if (rows->sigma[i] != 1 && rows->sigma[i] != -1)
            return nixe_fail(NIXE_REFUSED, "-kmc_start %s: row %lld has no data yet", path, (long long)(i / lattice->sites));
    return nixe_read_version(file) == NIXE_FORMAT_VERSION ? verify(file, path, kind, rank, shape) : NIXE_OK;
}

static nixe_status read_file(const char *path, const nixe_lattice *lattice, nixe_start_rows *rows) {
    if (access(path, R_OK))
        return nixe_fail(NIXE_REFUSED,
                         "-kmc_start %s: must be A, B, random, separated, lattice or a nixe file that can be read", path);
    NIXE_TRY(nixe_check_regular("-kmc_start", path));
    NIXE_TRY(nixe_probe("-kmc_start: ", path));
    const hid_t file = nixe_read_file(path);
    if (file < 0) return nixe_fail(NIXE_REFUSED, "-kmc_start %s: not an HDF5 file", path);
    nixe_status status = read_rows(file, path, lattice, rows);
    return nixe_read_close(file, status);
}

nixe_status nixe_start_read(const nixe_parallel *parallel, const char *path, const nixe_lattice *lattice,
                            nixe_start_rows *rows) {
    *rows = (nixe_start_rows){0};
    NIXE_TRY(nixe_parallel_agree(parallel, parallel->rank == 0 ? read_file(path, lattice, rows) : NIXE_OK));
    nixe_bytes sigma = {.bytes = (char *)rows->sigma, .used = (size_t)(rows->rows * lattice->sites)};
    NIXE_TRY(nixe_parallel_broadcast(parallel, &sigma));
    *rows = (nixe_start_rows){.rows = (int64_t)sigma.used / lattice->sites, .sigma = (int8_t *)sigma.bytes};
    return NIXE_OK;
}

void nixe_start_rows_destroy(nixe_start_rows *rows) {
    free(rows->sigma);
    *rows = (nixe_start_rows){0};
}
