/* Listed: the crystal of a nixe file, read again. Not collective. */
#include "nixe/file/listed.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/file/read.h"

int nixe_listed_hash(const char *path, uint64_t *hash) {
    const hid_t file = nixe_read_file(path);
    if (file < 0) return 0;
    char *text = nixe_read_is_ours(file) ? nixe_read_text(file, "crystal") : NULL;
    const int there = text != NULL;
    if (there) *hash = strtoull(text, NULL, 16);
    free(text);
    H5Fclose(file);
    return there;
}

/* Whether all datasets are there for as many sites as the positions have, and are read. */
static int read_columns(hid_t file, nixe_sites *sites) {
    const struct {
        nixe_data data;
        hid_t type;
        void *values;
    } column[] = {{NIXE_DATA_LAYER, H5T_NATIVE_INT32, sites->layer},
                  {NIXE_DATA_EXCHANGE, H5T_NATIVE_DOUBLE, sites->exchange},
                  {NIXE_DATA_FIELD, H5T_NATIVE_DOUBLE, sites->field},
                  {NIXE_DATA_START, H5T_NATIVE_INT8, sites->start}};
    for (size_t c = 0; c < sizeof column / sizeof *column; c++) {
        hsize_t shape[NIXE_MAX_RANK] = {0};
        if (nixe_read_shape(file, column[c].data, shape) != 1 || shape[0] != (hsize_t)sites->count) return 0;
        if (nixe_read_all(file, column[c].data, column[c].type, column[c].values)) return 0;
    }
    sites->final = 1;
    for (int i = 0; i < sites->count; i++) {
        if (sites->layer[i] < 0 || sites->layer[i] > NIXE_XYZ_LAYERS || abs(sites->start[i]) > 1) return 0;
        if (!(sites->exchange[i] >= 0 && sites->exchange[i] <= DBL_MAX && isfinite(sites->field[i]))) return 0;
        sites->layers = sites->layer[i] > sites->layers ? sites->layer[i] : sites->layers;
    }
    return 1;
}

/* Whether all positions are points of the lattice, where the center says that it lies, and the periods are some. */
static int read_places(hid_t file, const nixe_lattice_kind *kind, const double *position, nixe_sites *sites) {
    static const double most = 2e6; /* as far as positions of a file can be from one another */
    const hid_t group = H5Gopen(file, "lattice", H5P_DEFAULT);
    if (group < 0) return 0;
    int good = nixe_read_numbers(group, "center", H5T_FLOAT, H5T_NATIVE_DOUBLE, 3, sites->center) &&
               nixe_read_numbers(group, "period_cells", H5T_INTEGER, H5T_NATIVE_INT, 3, sites->cells);
    H5Gclose(group);
    for (int k = 0; k < 3; k++) {
        sites->periodic[k] = sites->cells[k] != 0;
        good &= !sites->cells[k] || (sites->cells[k] >= 3 && sites->cells[k] <= most && k < kind->dimension);
    }
    for (int i = 0; i < sites->count && good; i++) {
        double x[3] = {0};
        for (int k = 0; k < kind->dimension; k++) {
            x[k] = position[(long)kind->dimension * i + k] + sites->center[k];
            good &= fabs(x[k]) <= most;
        }
        good = good && nixe_place_find(kind, x, &sites->place[i]) < 1e-6;
    }
    return good && nixe_sites_are_close(kind, sites);
}

nixe_status nixe_listed_read(const char *path, const nixe_lattice_kind *kind, nixe_sites *sites) {
    hsize_t shape[NIXE_MAX_RANK] = {0};
    double *position = NULL;
    *sites = (nixe_sites){0};
    const hid_t file = nixe_read_file(path);
    int good = file >= 0 && nixe_read_shape(file, NIXE_DATA_POSITION, shape) == 2 && shape[0] > 0 && shape[0] < INT32_MAX &&
               shape[1] == (hsize_t)kind->dimension && !nixe_sites_create(sites, (int)shape[0]) &&
               !nixe_read_new(file, NIXE_DATA_POSITION, H5T_NATIVE_DOUBLE, &position);
    good = good && read_columns(file, sites) && read_places(file, kind, position, sites);
    free(position);
    if (file >= 0) H5Fclose(file);
    if (good) return NIXE_OK;
    nixe_status_clear();
    return nixe_fail(NIXE_REFUSED, "-resume: %s is damaged: its crystal cannot be read", path);
}
