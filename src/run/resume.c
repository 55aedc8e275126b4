/* Resume: what an existing output file holds, and whether this run may go on with it. Collective; rank 0 looks. */
#include "nixe/run/resume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nixe/base/bytes.h"
#include "nixe/file/read.h"
#include "nixe/options/text.h"
#include "nixe/version.h"

static int is_extendable(const char *name) {
    const nixe_option *option = nixe_option_find(name);
    return option && option->extendable;
}

nixe_status nixe_resume_identity(const nixe_options *options, uint64_t start, uint64_t *identity) {
    char *text;
    NIXE_TRY(nixe_options_yaml(options, &text));
    nixe_text r = {.rest = text};
    *identity = nixe_hash(nixe_hash_start, nixe_command_name(options->command), strlen(nixe_command_name(options->command)));
    while (nixe_text_next(&r)) {
        if (is_extendable(r.name)) continue;
        *identity = nixe_hash(*identity, r.name, strlen(r.name) + 1);
        *identity = nixe_hash(*identity, r.value, (size_t)r.length);
    }
    free(text);
    *identity = nixe_hash(*identity, options->libraries, strlen(options->libraries));
    *identity = nixe_hash(*identity, &start, sizeof start);
    return NIXE_OK;
}

/* Compare the options of the file with those of this run; *longer is set where this run asks for more. */
static nixe_status compare_options(const char *path, const char *there, const char *here, int *longer) {
    nixe_text a = {.rest = there}, b = {.rest = here};
    *longer = 0;
    for (;;) {
        const int more_a = nixe_text_next(&a), more_b = nixe_text_next(&b);
        if (!more_a && !more_b) return NIXE_OK;
        if (more_a != more_b || strcmp(a.name, b.name) != 0)
            return nixe_fail(NIXE_REFUSED, "-resume: %s was made by a version of nixe with other options", path);
        if (a.length == b.length && !strncmp(a.value, b.value, (size_t)a.length)) continue;
        if (is_extendable(a.name) && atoll(b.value) > atoll(a.value)) {
            *longer = 1;
            continue;
        }
        return nixe_fail(NIXE_REFUSED, "-resume: %s has -%s %.*s, and this run %.*s; %s", path, a.name,
                         a.length < 200 ? a.length : 200, a.value, b.length < 200 ? b.length : 200, b.value,
                         is_extendable(a.name) ? "a run can be extended, not shortened" : "the options must be the same");
    }
}

/* The flags of the rows that the file has. */
static nixe_status read_done(hid_t file, const nixe_options *options, nixe_resume *resume) {
    const int kmc = options->command == NIXE_KMC;
    const nixe_data done = kmc ? NIXE_DATA_DONE : NIXE_DATA_SWEEPS_DONE;
    hsize_t shape[NIXE_MAX_RANK] = {0, 1};
    int64_t *flags;
    if (nixe_read_shape(file, done, shape) != (kmc ? 1 : 2))
        return nixe_fail(NIXE_REFUSED, "-resume: %s is damaged: the flags of its rows have another shape",
                         options->output_file);
    if ((int64_t)(kmc ? shape[0] : shape[1]) > options->ensemble_size ||
        (!kmc && (int64_t)shape[0] * options->ensemble_size != resume->rows))
        return nixe_fail(NIXE_REFUSED, "-resume: %s is damaged: it has more rows than its options say", options->output_file);
    NIXE_TRY(nixe_allocate(&flags, (long long)(shape[0] * shape[1]), sizeof *flags, "the flags of rows"));
    NIXE_TRY(nixe_read_all(file, done, H5T_NATIVE_INT64, flags));
    for (hsize_t q = 0; q < (kmc ? 1 : shape[0]); q++) {
        const hsize_t there = kmc ? shape[0] : shape[1]; /* rows of a state */
        for (hsize_t p = 0; p < there; p++)
            resume->done[q * (hsize_t)options->ensemble_size + p] = flags[q * there + p] > 0 ? flags[q * there + p] : 0;
    }
    free(flags);
    return NIXE_OK;
}

static nixe_status inspect(hid_t file, const nixe_options *options, nixe_resume *resume) {
    const char *path = options->output_file;
    char *tables = nixe_read_text(file, "tables"), *start = nixe_read_text(file, "start"),
         *libraries = nixe_read_text(file, "libraries"), *commit = nixe_read_text(file, "commit"),
         *program = nixe_read_text(file, "program"), *command = nixe_read_text(file, "command"),
         *there = nixe_read_text(file, "input"), *here = NULL;
    hsize_t shape[NIXE_MAX_RANK];
    uint8_t complete = 0;
    int longer = 0;
    nixe_status status = nixe_options_yaml(options, &here);
    if (!status && (!program || strcmp(program, "nixe") != 0 || !command || !there || H5Aexists(file, "complete") <= 0))
        status = nixe_fail(NIXE_REFUSED, "-resume: %s is not a nixe file", path);
    if (!status && strcmp(command, nixe_command_name(options->command)) != 0)
        status = nixe_fail(NIXE_REFUSED, "-resume: %s is a file of nixe %s", path, command);
    if (!status) status = compare_options(path, there, here, &longer);
    if (!status && strcmp(libraries ? libraries : "", options->libraries) != 0)
        status = nixe_fail(NIXE_REFUSED,
                           "-resume: %s was begun with other options of PETSc, \"%.200s\", and this run has \"%.200s\"", path,
                           libraries ? libraries : "", options->libraries);
    if (!status && (nixe_read_shape(file, NIXE_DATA_V, shape) > 0) != options->output_potential)
        status = nixe_fail(NIXE_REFUSED, "-resume: %s was begun %s -output_potential; give the same command", path,
                           options->output_potential ? "without" : "with");
    if (!status) {
        hid_t attribute = H5Aopen(file, "complete", H5P_DEFAULT);
        status = nixe_hdf5_status(H5Aread(attribute, H5T_NATIVE_UINT8, &complete), "H5Aread");
        H5Aclose(attribute);
    }
    if (!status) {
        resume->kind = longer ? NIXE_RESUME_EXTEND : complete ? NIXE_RESUME_COMPLETE : NIXE_RESUME_CONTINUE;
        status = read_done(file, options, resume);
    }
    resume->tables = tables ? strtoull(tables, NULL, 16) : 0;
    resume->start = start ? strtoull(start, NULL, 16) : 0;
    if (commit) resume->other_build = strcmp(commit, NIXE_COMMIT) != 0;
    free(tables);
    free(start);
    free(libraries);
    free(commit);
    free(program);
    free(command);
    free(there);
    free(here);
    return status;
}

/* How much of its work a run begins with: rows, or sweeps of all rows. */
static nixe_status note_start(const nixe_options *options, const nixe_resume *resume) {
    const double row = options->command == NIXE_KMC ? 1 : (double)(options->mc_equilibration + options->mc_sweeps);
    double done = 0;
    for (int64_t i = 0; i < resume->rows; i++) done += (double)resume->done[i];
    return nixe_lock_note_start(&resume->lock, done, row * (double)resume->rows);
}

static nixe_status inspect_file(const nixe_options *options, nixe_resume *resume) {
    H5Eset_auto(H5E_DEFAULT, NULL, NULL);
    hid_t file = H5Fopen(options->output_file, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0)
        return nixe_fail(NIXE_REFUSED, "-resume: %s cannot be opened as HDF5: it is damaged or not a nixe file",
                         options->output_file);
    nixe_status status = nixe_read_check_version(file, NIXE_FORMAT_VERSION, "-resume: ", options->output_file);
    if (!status) status = inspect(file, options, resume);
    H5Fclose(file);
    return status;
}

static nixe_status look(const nixe_options *options, nixe_resume *resume) {
    if (options->resume && !access(options->output_file, F_OK)) {
        if (!inspect_file(options, resume) && resume->kind == NIXE_RESUME_COMPLETE)
            return NIXE_OK;  /* nothing is written: the folder may be one that is only read */
        nixe_status_clear(); /* it counts once the file is owned: another run may be writing it */
        resume->kind = NIXE_RESUME_NOTHING;
        memset(resume->done, 0, (size_t)resume->rows * sizeof *resume->done);
    }
    NIXE_TRY(nixe_lock_take(&resume->lock, options->output_file, options->resume || options->output_overwrite));
    if (options->resume && !access(options->output_file, F_OK)) {
        if (access(options->output_file, R_OK | W_OK))
            return nixe_fail(NIXE_REFUSED, "-resume: %s: %s", options->output_file, strerror(errno));
        NIXE_TRY(inspect_file(options, resume));
    }
    return note_start(options, resume);
}

nixe_status nixe_resume_open(const nixe_parallel *parallel, const nixe_options *options, nixe_resume *resume) {
    const int64_t states = options->command == NIXE_MC ? (int64_t)options->shell_stiffness.count * options->model_kT.count : 1;
    int kind;
    *resume = (nixe_resume){.lock = {.descriptor = -1}, .rows = states * options->ensemble_size};
    nixe_status status = nixe_allocate(&resume->done, resume->rows, sizeof *resume->done, "the flags of rows");
    if (!status && parallel->rank == 0) status = look(options, resume);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    if (resume->other_build && resume->kind != NIXE_RESUME_COMPLETE)
        printf("warning   this file was begun by another version of nixe; what follows may differ from an undisturbed run\n");
    kind = (int)resume->kind;
    NIXE_MPI(MPI_Bcast(&kind, 1, MPI_INT, 0, parallel->comm));
    resume->kind = (nixe_resume_kind)kind;
    for (int64_t first = 0; first < resume->rows; first += 1 << 20) {
        const int64_t part = resume->rows - first < 1 << 20 ? resume->rows - first : 1 << 20;
        NIXE_MPI(MPI_Bcast(resume->done + first, (int)part, MPI_INT64_T, 0, parallel->comm));
    }
    return NIXE_OK;
}

nixe_status nixe_resume_compare_start(const nixe_parallel *parallel, const nixe_resume *resume, uint64_t start,
                                      const char *path) {
    nixe_status status = NIXE_OK;
    if (parallel->rank == 0 && resume->kind != NIXE_RESUME_NOTHING && start != resume->start)
        status = nixe_fail(NIXE_REFUSED, "-resume: -kmc_start %s holds other configurations than when the run began", path);
    return nixe_parallel_agree(parallel, status);
}

void nixe_resume_compare_tables(const nixe_resume *resume, uint64_t tables) {
    if (resume->tables && resume->tables != tables)
        printf(
            "warning   the elastic table differs in its last digits from the one that this file was begun with: another "
            "machine or library; what follows may differ from an undisturbed run\n");
}

void nixe_resume_close(nixe_resume *resume) {
    free(resume->done);
    resume->done = NULL;
    nixe_lock_release(&resume->lock);
}
