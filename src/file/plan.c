/* Plan: what the file of a run will hold, and whether it may and can be written. nixe_file_check() is collective. */
#include "nixe/file/plan.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "nixe/crystal/reciprocal.h"
#include "nixe/file/hdf5.h"
#include "nixe/options/states.h"

static const int most_sites_of_V = 5000; /* of larger crystals there are the rows alone */

/* One for each dataset that they cover, and the number that says up to where. */
static int count_checksums(nixe_data checksums, unsigned kind) {
    int count = 1;
    for (int i = 0; i < NIXE_DATASETS; i++) count += nixe_dataset_is_covered(&nixe_dataset_table[i], checksums, kind);
    return count;
}

/* The branches of a periodic crystal along the path through its Brillouin zone. */
static void plan_path(nixe_file *file, const nixe_lattice *lattice) {
    const nixe_lattice_kind *kind = &nixe_lattice_kinds[lattice->type];
    nixe_path path;
    nixe_path_set(&path, kind);
    file->size[NIXE_AXIS_PATH] = path.points;
    file->size[NIXE_AXIS_CORNER] = path.corners;
    file->size[NIXE_AXIS_V_BRANCH] = kind->basis_sites;
    file->size[NIXE_AXIS_D_BRANCH] = kind->basis_sites * kind->dimension;
    file->size[NIXE_AXIS_EXTREME] = 2;
}

/* What the states of mc add to its files. */
static unsigned mc_kind(const nixe_options *options) {
    return (options->mc_replica_exchange_every > 0 ? NIXE_FILE_REPLICA_EXCHANGE : 0) |
           (options->mc_move ? NIXE_FILE_FLIPS : 0) | (options->mc_path ? NIXE_FILE_PATH : 0) |
           (options->mc_composition.count > 1 ? NIXE_FILE_COMPOSITIONS : 0) |
           (options->mc_equilibration < 0 ? NIXE_FILE_AUTO : 0) |
           (options->mc_cross_energies_every ? NIXE_FILE_CROSS_ENERGIES : 0);
}

void nixe_file_plan(nixe_file *file, const nixe_options *options, const nixe_lattice *lattice) {
    const int schedule = options->command == NIXE_KMC && *options->kmc_schedule;
    const unsigned kind = (unsigned)options->command | (lattice->depths ? NIXE_FILE_SURFACE : 0) |
                          (lattice->shape == NIXE_LISTED ? NIXE_FILE_LISTED : 0) | (lattice->torus.sites ? NIXE_FILE_BULK : 0) |
                          (lattice->periods ? NIXE_FILE_PERIODIC : 0) | (schedule ? NIXE_FILE_SCHEDULE : 0) |
                          (options->command == NIXE_MC ? mc_kind(options) : 0);
    nixe_states states;
    nixe_states_set(options, &states);
    *file = (nixe_file){.file = H5I_INVALID_HID, .kind = kind};
    for (int i = 0; i < NIXE_DATASETS; i++) file->has[i] = (unsigned)nixe_dataset_is_in(&nixe_dataset_table[i], kind);
    for (int i = 0; i < NIXE_DATASETS && options->output_potential; i++)
        file->has[i] |= (unsigned)nixe_dataset_is_in(&nixe_dataset_table[i], NIXE_POTENTIAL);
    if (lattice->torus.sites || lattice->sites > most_sites_of_V) file->has[NIXE_DATA_V] = file->has[NIXE_DATA_V_CHECKSUM] = 0;
    file->has[NIXE_DATA_AXIS_STIFFNESS] |= (kind & NIXE_FILE_CROSS_ENERGIES) != 0;
    file->size[NIXE_AXIS_TRAJECTORY] = options->ensemble_size;
    file->size[NIXE_AXIS_TIME] = options->kmc_time_count;
    file->size[NIXE_AXIS_PHASE] = 5;
    file->size[NIXE_AXIS_SNAPSHOT] = options->kmc_snapshots;
    file->size[NIXE_AXIS_SITE] = lattice->sites;
    file->size[NIXE_AXIS_DIMENSION] = lattice->dimension;
    file->size[NIXE_AXIS_BOND] = lattice->bonds;
    file->size[NIXE_AXIS_END] = 2;
    file->size[NIXE_AXIS_CLASS] = lattice->classes;
    file->size[NIXE_AXIS_FACE] = lattice->faces;
    file->size[NIXE_AXIS_DEPTH] = lattice->depths;
    file->size[NIXE_AXIS_PERIOD] = lattice->periods;
    file->size[NIXE_AXIS_CHECKSUM] =
        count_checksums(options->command == NIXE_KMC ? NIXE_DATA_CHECKSUM : NIXE_DATA_MC_CHECKSUM, kind);
    file->size[NIXE_AXIS_LADDER_CHECKSUM] = count_checksums(NIXE_DATA_LADDER_CHECKSUM, kind);
    file->size[NIXE_AXIS_STIFFNESS] = options->shell_stiffness.count;
    file->size[NIXE_AXIS_ORBIT] = lattice->symmetry.orbits;
    file->size[NIXE_AXIS_OPERATION] = lattice->torus.sites ? 1 : lattice->symmetry.operations;
    file->size[NIXE_AXIS_FREEDOM] = nixe_lattice_freedoms(lattice);
    file->size[NIXE_AXIS_V_MODE] = options->spectrum_count < lattice->sites ? options->spectrum_count : lattice->sites;
    file->size[NIXE_AXIS_D_MODE] = options->spectrum_count < file->size[NIXE_AXIS_FREEDOM]
                                       ? options->spectrum_count
                                       : file->size[NIXE_AXIS_FREEDOM]; /* and the zero modes, once they are counted */
    if (file->has[NIXE_DATA_PATH_V]) plan_path(file, lattice);
    if (options->command != NIXE_MC) return;
    file->size[NIXE_AXIS_STATE] = states.states;
    file->size[NIXE_AXIS_REPLICA] = options->ensemble_size;
    file->size[NIXE_AXIS_RECORD] = options->mc_sweeps / options->mc_record_every;
    file->size[NIXE_AXIS_AREA] = options->mc_sweeps / options->mc_area_every;
    file->size[NIXE_AXIS_STORED] = options->mc_sweeps / options->mc_snapshot_every;
    if (options->mc_cross_energies_every) file->size[NIXE_AXIS_CROSS] = options->mc_sweeps / options->mc_cross_energies_every;
    if (!(kind & NIXE_FILE_REPLICA_EXCHANGE)) return;
    file->size[NIXE_AXIS_REPLICA_EXCHANGE] =
        (nixe_mc_before_records(options) + options->mc_sweeps) / options->mc_replica_exchange_every;
    for (int axis = 0; axis < NIXE_STATE_AXES; axis++)
        if (axis != NIXE_STATE_COMPOSITION)
            file->size[NIXE_AXIS_PAIR] += states.points - states.points / states.list[axis]->count;
}

double nixe_file_bytes(const nixe_file *file) {
    double bytes = 65536; /* headers */
    for (int i = 0; i < NIXE_DATASETS; i++) {
        const nixe_dataset *dataset = &nixe_dataset_table[i];
        double size = (double)nixe_type_bytes(dataset->type);
        for (int a = 0; a < dataset->rank; a++) size *= (double)file->size[dataset->axis[a]];
        bytes += file->has[i] ? size : 0;
    }
    return bytes;
}

size_t nixe_file_entry_bytes(const nixe_file *file, nixe_data data) {
    const nixe_dataset *dataset = &nixe_dataset_table[data];
    const int rows = nixe_dataset_rows(dataset);
    size_t bytes = nixe_type_bytes(dataset->type);
    for (int a = rows; a < dataset->rank; a++)
        if (dataset->axis[a] != NIXE_AXIS_REPLICA && !(a == rows && nixe_dataset_moment(dataset) < NIXE_AXES))
            bytes *= (size_t)file->size[dataset->axis[a]];
    return bytes;
}

static nixe_status check_output(const nixe_file *file, const nixe_options *options) {
    const char *path = options->output_file;
    char copy[4096];
    struct stat entry;
    struct statvfs disk;
    if (strlen(path) + 16 > sizeof copy)
        return nixe_fail(NIXE_REFUSED, "-output_file: the path is too long: it must have no more than %zu bytes",
                         sizeof copy - 16);
    snprintf(copy, sizeof copy, "%s", path);
    const char *folder = dirname(copy);
    if (stat(folder, &entry) || !S_ISDIR(entry.st_mode))
        return nixe_fail(NIXE_REFUSED, "-output_file %s: there is no folder %s", path, folder);
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    const long longest = pathconf(folder, _PC_NAME_MAX); /* of which files beside it need some: .checkpoint.old */
    if (longest > 0 && strlen(name) + strlen(".checkpoint.old") > (size_t)longest)
        return nixe_fail(NIXE_REFUSED, "-output_file %s: the name is too long: it must have no more than %ld bytes", path,
                         longest - (long)strlen(".checkpoint.old"));
    const int exists = !lstat(path, &entry), unfinished = exists && options->resume;
    if (!unfinished && access(folder, W_OK | X_OK)) /* with -resume, the file may be complete and is only read */
        return nixe_fail(NIXE_REFUSED, "-output_file %s: the folder %s cannot be written: %s", path, folder, strerror(errno));
    if (exists) {
        if (S_ISLNK(entry.st_mode)) /* what is kept beside the file, and the lock, must have one place */
            return nixe_fail(NIXE_REFUSED, "-output_file %s: it is a symbolic link; give the path of the file itself", path);
        if (!S_ISREG(entry.st_mode)) return nixe_fail(NIXE_REFUSED, "-output_file %s: it exists and is not a file", path);
        if (!options->output_overwrite && !options->resume)
            return nixe_fail(NIXE_REFUSED, "-output_file %s: the file exists; -output_overwrite replaces it%s", path,
                             nixe_command_samples(options->command) ? ", -resume goes on with it" : "");
    }
    double bytes = nixe_file_bytes(file);
    if (statvfs(folder, &disk)) return nixe_fail(NIXE_FAILED, "%s: %s", folder, strerror(errno));
    double available = (double)disk.f_bavail * (double)disk.f_frsize;
    if (unfinished && (double)entry.st_size + 65536 > bytes) bytes = 0; /* it is there already; an extension needs both */
    if (bytes > available)
        return nixe_fail(
            NIXE_REFUSED,
            "-output_file %s: the file needs %.4g GB and the disk has %.4g GB free; reduce -ensemble_size or what is recorded",
            path, bytes / 1e9, available / 1e9);
    return NIXE_OK;
}

nixe_status nixe_file_check(const nixe_parallel *parallel, const nixe_file *file, const nixe_options *options) {
    return nixe_parallel_agree(parallel, parallel->rank == 0 ? check_output(file, options) : NIXE_OK);
}
