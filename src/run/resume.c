/* Resume: what an existing output file holds, and whether this run may go on with it. Collective; rank 0 looks. */
#include "nixe/run/resume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nixe/base/bytes.h"
#include "nixe/base/open.h"
#include "nixe/file/joined.h"
#include "nixe/file/read.h"
#include "nixe/file/verify.h"
#include "nixe/options/states.h"
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

/* The option of this name in the text; its value is NULL where the text has none. */
static nixe_text option_of(const char *text, const char *name) {
    nixe_text reader = {.rest = text};
    while (nixe_text_next(&reader))
        if (!strcmp(reader.name, name)) return reader;
    return (nixe_text){.value = NULL};
}

/* What differs: the first option with both values, the names of the others. */
typedef struct {
    char sentence[600], more[400]; /* sentence: "" where nothing differs */
} difference;

static void note_difference(difference *found, const char *name, const nixe_text *a, const nixe_text *b) {
    char there[200], here[200];
    const size_t used = strlen(found->more);
    if (*found->sentence) {
        snprintf(found->more + used, sizeof found->more - used, "%s-%s", used ? ", " : "", name);
        return;
    }
    nixe_text_word(a, there, sizeof there);
    nixe_text_word(b, here, sizeof here);
    snprintf(found->sentence, sizeof found->sentence, "has %s-%s%s%s, and this run %s", a->value ? "" : "no ", name,
             *there ? " " : "", there, b->value ? here : "none");
}

/* Compare the options of the file with those of this run; *longer is set where this run asks for more. Those that do not say
 * anything, as a run without a schedule has, are not in the texts. With -mc_until, replicas that are added would have ended the
 * others earlier. */
static nixe_status compare_options(const char *path, const char *there, const char *here, int *longer) {
    difference found = {.sentence = ""};
    const int until = nixe_text_has(there, "mc_until");
    int shorter = 0, more_replicas = 0;
    *longer = 0;
    for (nixe_text a = {.rest = there}; nixe_text_next(&a);)
        if (!nixe_option_find(a.name))
            return nixe_fail(NIXE_REFUSED, "-resume: %s was made by a version of nixe that has -%s", path, a.name);
    for (int i = 0; i < nixe_option_count; i++) {
        const char *name = nixe_option_table[i].name;
        const nixe_text a = option_of(there, name), b = option_of(here, name);
        const int both = a.value && b.value;
        if (a.length == b.length && (!both ? a.value == b.value : !strncmp(a.value, b.value, (size_t)a.length))) continue;
        if (!a.value && *nixe_option_default(&nixe_option_table[i], NIXE_KMC))
            return nixe_fail(NIXE_REFUSED, "-resume: %s was made by a version of nixe without -%s", path, name);
        const int grows = both && is_extendable(name) && atoll(b.value) > atoll(a.value);
        const int adds = grows && until && !strcmp(name, "ensemble_size");
        if (grows && !adds) *longer = 1;
        else note_difference(&found, name, &a, &b);
        more_replicas |= adds;
        shorter |= both && is_extendable(name) && atoll(b.value) < atoll(a.value);
    }
    if (!*found.sentence) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "-resume: %s %s; %s%s%s", path, found.sentence,
                     shorter         ? "a run can be extended, not shortened"
                     : more_replicas ? "with -mc_until the number of replicas decides how long they run"
                                     : "the options must be the same",
                     *found.more ? "; so differ " : "", found.more);
}

/* The flags of the rows that the file has. there: its options; complete: what it says. */
static nixe_status read_done(hid_t file, const nixe_options *options, const char *there, int complete, nixe_resume *resume) {
    const int kmc = options->command == NIXE_KMC;
    const nixe_data done = kmc ? NIXE_DATA_DONE : NIXE_DATA_SWEEPS_DONE;
    const int64_t all = options->ensemble_size, states = resume->rows / all;
    const int64_t sweeps = nixe_text_integer(there, "mc_equilibration") + nixe_text_integer(there, "mc_sweeps");
    const int64_t whole = kmc ? 1 : sweeps;                             /* the flag of a finished row */
    const int64_t least = nixe_text_has(there, "mc_until") ? 1 : whole; /* of a file that is complete */
    hsize_t shape[NIXE_MAX_RANK];
    int64_t *flags;
    const int rank = nixe_read_shape(file, done, shape);
    if (rank < 0)
        return nixe_fail(NIXE_REFUSED, "-resume: %s is damaged: the flags of its rows have another shape",
                         options->output_file);
    const int64_t rows = (int64_t)shape[rank - 1]; /* of a state */
    if (rows != nixe_text_integer(there, "ensemble_size") || (!kmc && (int64_t)shape[0] != states))
        return nixe_fail(NIXE_REFUSED, "-resume: %s is damaged: it has other rows than its options say", options->output_file);
    NIXE_TRY(nixe_read_new(file, done, H5T_NATIVE_INT64, &flags));
    nixe_status status = NIXE_OK;
    for (int64_t i = 0; i < states * rows; i++) {
        if (flags[i] < -1 || flags[i] > whole || (complete && flags[i] < least))
            status = nixe_fail(
                NIXE_REFUSED, "-resume: %s is damaged: %s", options->output_file,
                complete ? "it calls itself complete, and has rows that are not" : "a row is flagged to have more than all");
        resume->done[i / rows * all + i % rows] = flags[i] > 0 ? flags[i] : 0;
    }
    free(flags);
    return status;
}

static void begin_verify(nixe_verify *check, hid_t file, const nixe_options *options, int complete) {
    const int mc = options->command == NIXE_MC;
    nixe_verify_begin(check, file, options->command, mc && options->mc_replica_exchange_every > 0, complete,
                      mc ? nixe_mc_before_records(options) : 0);
}

/* The first dataset that is damaged, but for V and its rows, which can be built again. */
typedef struct {
    const char *name;
    const char *potential;
} damage;

static void note_damage(void *context, const char *name) {
    damage *first = context;
    if (!strcmp(name, nixe_dataset_table[NIXE_DATA_V].path) || !strcmp(name, nixe_dataset_table[NIXE_DATA_ROW].path))
        first->potential = name;
    else if (!first->name) first->name = name;
}

/* All but the rows. */
static nixe_status verify_whole(hid_t file, const nixe_options *options, int complete, int *rebuild_potential) {
    damage first = {0};
    nixe_verify check;
    begin_verify(&check, file, options, complete);
    nixe_verify_whole(&check, note_damage, &first);
    nixe_verify_end(&check);
    *rebuild_potential = first.potential && !complete;
    if (complete && first.potential) first.name = first.potential;
    if (!first.name) return NIXE_OK;
    return nixe_fail(NIXE_REFUSED, "-resume: %s is damaged: %s is not as it was written", options->output_file, first.name);
}

/* Of the rows that are in the file, look at every `ranks`-th, and forget those that do not match their checksums; with replica
 * exchange, a replica in all states where its exchanges do not. */
static void verify_share(nixe_verify *check, const nixe_options *options, int rank, int ranks, nixe_resume *resume) {
    const int64_t replicas = options->ensemble_size, states = resume->rows / replicas;
    for (int64_t row = rank; row < resume->rows; row += ranks) {
        const hsize_t at[2] = {(hsize_t)(states > 1 || options->command == NIXE_MC ? row / replicas : row),
                               (hsize_t)(row % replicas)};
        if (resume->done[row] > 0 && !nixe_verify_row(check, at, resume->done[row])) resume->done[row] = 0;
    }
    for (int64_t p = rank; p < replicas && check->exchange; p += ranks) {
        int64_t begun = 0;
        for (int64_t q = 0; q < states; q++) begun += resume->done[q * replicas + p] > 0;
        if (!begun || nixe_verify_ladder(check, (hsize_t)p, 0)) continue;
        for (int64_t q = 0; q < states; q++) resume->done[q * replicas + p] = 0;
    }
}

static int64_t count_begun(const nixe_resume *resume) {
    int64_t begun = 0;
    for (int64_t row = 0; row < resume->rows; row++) begun += resume->done[row] > 0;
    return begun;
}

/* The rows that are in the file, shared out over the ranks: what is damaged is done again, and a file that is complete is
 * refused. Collective. */
static nixe_status verify_rows(const nixe_parallel *parallel, const nixe_options *options, nixe_resume *resume) {
    const int64_t before = count_begun(resume);
    nixe_verify check;
    const hid_t file = nixe_read_file(options->output_file);
    nixe_status status = nixe_hdf5_status(file, "H5Fopen");
    if (!status) {
        begin_verify(&check, file, options, 0);
        verify_share(&check, options, parallel->rank, parallel->size, resume);
        nixe_verify_end(&check);
        status = nixe_read_close(file, NIXE_OK);
    }
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    NIXE_TRY(nixe_parallel_combine(parallel, resume->done, resume->rows, MPI_MIN));
    const int64_t damaged = before - count_begun(resume);
    if (damaged && resume->kind == NIXE_RESUME_COMPLETE)
        return nixe_fail(NIXE_REFUSED, "-resume: %s is damaged: %lld of its rows do not match their checksums; %s",
                         options->output_file, (long long)damaged, "nixe status --verify names them");
    if (damaged && parallel->rank == 0)
        printf("warning   %lld rows of %s do not match their checksums: they are done again\n", (long long)damaged,
               options->output_file);
    return NIXE_OK;
}

static nixe_status inspect(hid_t file, const nixe_options *options, nixe_resume *resume) {
    static const char *const name[] = {"program", "command", "input",      "libraries", "commit",
                                       "tables",  "start",   "arithmetic", "algorithm"};
    enum { PROGRAM, COMMAND, INPUT, LIBRARIES, COMMIT, TABLES, START, ARITHMETIC, ALGORITHM, TEXTS };
    const char *path = options->output_file;
    char *text[TEXTS], *here = NULL;
    hsize_t shape[NIXE_MAX_RANK];
    uint8_t complete = 0;
    int longer = 0;
    for (int t = 0; t < TEXTS; t++) text[t] = nixe_read_text(file, name[t]);
    const char *libraries = text[LIBRARIES] ? text[LIBRARIES] : "";
    nixe_status status = nixe_options_yaml(options, &here);
    const int says = nixe_read_integer(file, "complete", H5T_NATIVE_UINT8, &complete) && complete <= 1;
    if (!status && (!text[PROGRAM] || strcmp(text[PROGRAM], "nixe") != 0 || !text[COMMAND] || !text[INPUT] || !says))
        status = nixe_fail(NIXE_REFUSED, "-resume: %s is not a nixe file", path);
    if (!status && strcmp(text[COMMAND], nixe_command_name(options->command)) != 0)
        status = nixe_fail(NIXE_REFUSED, "-resume: %s is a file of nixe %s", path, text[COMMAND]);
    if (!status) status = compare_options(path, text[INPUT], here, &longer);
    if (!status && strcmp(libraries, options->libraries) != 0)
        status = nixe_fail(NIXE_REFUSED,
                           "-resume: %s was begun with other options of PETSc, \"%.200s\", and this run has \"%.200s\"", path,
                           libraries, options->libraries);
    if (!status && (nixe_read_shape(file, NIXE_DATA_ROW, shape) > 0) != options->output_potential)
        status = nixe_fail(NIXE_REFUSED, "-resume: %s was begun %s -output_potential; give the same command", path,
                           options->output_potential ? "without" : "with");
    if (!status) {
        resume->kind = longer ? NIXE_RESUME_EXTEND : complete ? NIXE_RESUME_COMPLETE : NIXE_RESUME_CONTINUE;
        status = read_done(file, options, text[INPUT], complete, resume);
    }
    if (!status) status = verify_whole(file, options, complete, &resume->rebuild_potential);
    resume->tables = text[TABLES] ? strtoull(text[TABLES], NULL, 16) : 0;
    resume->start = text[START] ? strtoull(text[START], NULL, 16) : 0;
    snprintf(resume->arithmetic, sizeof resume->arithmetic, "%s", text[ARITHMETIC] ? text[ARITHMETIC] : "double precision");
    snprintf(resume->algorithm, sizeof resume->algorithm, "%s", text[ALGORITHM] ? text[ALGORITHM] : "eager");
    resume->other_build = text[COMMIT] && strcmp(text[COMMIT], NIXE_COMMIT) != 0;
    for (int t = 0; t < TEXTS; t++) free(text[t]);
    free(here);
    return status;
}

/* How much of its work a run begins with: rows, or sweeps of all rows. */
static nixe_status note_start(const nixe_options *options, const nixe_resume *resume) {
    const double row = options->command == NIXE_KMC ? 1 : (double)(nixe_mc_before_records(options) + options->mc_sweeps);
    double done = 0;
    for (int64_t i = 0; i < resume->rows; i++) done += (double)resume->done[i];
    return nixe_lock_note_start(&resume->lock, done, row * (double)resume->rows);
}

static nixe_status inspect_file(const nixe_options *options, nixe_resume *resume) {
    NIXE_TRY(nixe_check_regular("-resume:", options->output_file));
    const hid_t file = nixe_read_file(options->output_file);
    if (file < 0)
        return nixe_fail(NIXE_REFUSED, "-resume: %s cannot be opened as HDF5: it is damaged or not a nixe file",
                         options->output_file);
    nixe_status status = nixe_read_check_version(file, NIXE_FORMAT_VERSION, "-resume: ", options->output_file);
    if (!status && nixe_joined(file))
        status = nixe_fail(NIXE_REFUSED, "-resume: %s was joined from other files: go on with those, and join them again",
                           options->output_file);
    if (!status) status = inspect(file, options, resume);
    return nixe_read_close(file, status);
}

static nixe_status look(const nixe_options *options, nixe_resume *resume) {
    if (options->resume && !access(options->output_file, F_OK)) {
        const nixe_status early = inspect_file(options, resume);
        if (early == NIXE_FAILED) return early;
        if (!early && resume->kind == NIXE_RESUME_COMPLETE) {
            nixe_lock_clear(options->output_file); /* else nothing is written: the folder may be one that is only read */
            return NIXE_OK;
        }
        nixe_status_clear(); /* it counts once the file is owned: another run may be writing it */
        resume->kind = NIXE_RESUME_NOTHING;
        resume->rebuild_potential = 0;
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
    nixe_states states;
    int word[2];
    nixe_states_set(options, &states);
    *resume = (nixe_resume){.lock = {.descriptor = -1},
                            .rows = (options->command == NIXE_MC ? states.states : 1) * options->ensemble_size};
    nixe_status status = nixe_allocate(&resume->done, resume->rows, sizeof *resume->done, "the flags of rows");
    if (!status && parallel->rank == 0) status = look(options, resume);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    if (resume->other_build && resume->kind != NIXE_RESUME_COMPLETE)
        printf("warning   this file was begun by another version of nixe; what follows may differ from an undisturbed run\n");
    if (resume->rebuild_potential)
        printf("warning   /potential of %s is not as it was written: it is built again\n", options->output_file);
    word[0] = (int)resume->kind;
    word[1] = resume->rebuild_potential;
    NIXE_MPI(MPI_Bcast(word, 2, MPI_INT, 0, parallel->comm));
    resume->kind = (nixe_resume_kind)word[0];
    resume->rebuild_potential = word[1];
    NIXE_TRY(nixe_parallel_combine(parallel, resume->done, resume->rows, MPI_MAX)); /* 0 on the other ranks */
    return resume->kind == NIXE_RESUME_NOTHING ? NIXE_OK : verify_rows(parallel, options, resume);
}

nixe_status nixe_resume_compare_start(const nixe_parallel *parallel, const nixe_resume *resume, uint64_t start,
                                      const char *path) {
    nixe_status status = NIXE_OK;
    if (parallel->rank == 0 && resume->kind != NIXE_RESUME_NOTHING && start != resume->start)
        status = nixe_fail(NIXE_REFUSED, "-resume: -kmc_start %s holds other configurations than when the run began", path);
    return nixe_parallel_agree(parallel, status);
}

nixe_status nixe_resume_compare_arithmetic(const nixe_parallel *parallel, const nixe_resume *resume, const char *arithmetic,
                                           const char *path) {
    nixe_status status = NIXE_OK;
    if (parallel->rank == 0 && resume->kind != NIXE_RESUME_NOTHING && strcmp(arithmetic, resume->arithmetic) != 0)
        status =
            nixe_fail(NIXE_REFUSED,
                      "-resume: %s was begun by a version of nixe that computes rates otherwise than in %s: go on with that "
                      "version, or begin anew",
                      path, arithmetic);
    return nixe_parallel_agree(parallel, status);
}

nixe_status nixe_resume_compare_algorithm(const nixe_parallel *parallel, const nixe_resume *resume, const char *algorithm,
                                          const char *path) {
    nixe_status status = NIXE_OK;
    if (parallel->rank == 0 && resume->kind != NIXE_RESUME_NOTHING && strcmp(algorithm, resume->algorithm) != 0)
        status = nixe_fail(NIXE_REFUSED,
                           "-resume: %s was begun with the %s algorithm, and this version of nixe takes the %s one: go on with "
                           "that version, or begin anew",
                           path, resume->algorithm, algorithm);
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
