/* nixe status FILE [--verify]: how far a file is, and whether its data are as they were written. One process, no MPI. */
#include "nixe/command/status.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "nixe/base/escape.h"
#include "nixe/base/fit.h"
#include "nixe/base/open.h"
#include "nixe/file/joined.h"
#include "nixe/file/lock.h"
#include "nixe/file/probe.h"
#include "nixe/file/read.h"
#include "nixe/file/verify.h"
#include "nixe/options/text.h"
#include "nixe/run/progress.h"
#include "nixe/run/under_way.h"

const char nixe_status_usage[] = "nixe status FILE [--verify]";

/* What was asked: about which file, and as what the program was called. */
typedef struct {
    const char *program, *path;
    char place[PATH_MAX]; /* of the file itself: its lock and checkpoint are beside it, not beside a link to it */
    int verifying;
} request;

enum { COMPLETE = 0, DAMAGED = 1, REFUSED = 2, RESUMABLE = 3 };

/* Rows of the file with their flags: trajectories done, or sweeps done. */
typedef struct {
    int kmc;
    hsize_t shape[4];
    int64_t rows, whole; /* whole: what the flag of a finished row is */
    int64_t least;       /* the same in a file that is complete: means may have become precise before */
    int64_t *flag;
} rows;

/* The flag of a finished row of a file with these options; 0 where they do not tell it. */
static int64_t whole_row(int kmc, const char *input) {
    static const int64_t most = INT64_C(1) << 52; /* of an option that counts */
    const int64_t equilibration = nixe_text_integer(input, "mc_equilibration"), sweeps = nixe_text_integer(input, "mc_sweeps");
    if (kmc) return 1;
    return equilibration >= 0 && sweeps > 0 && equilibration <= most && sweeps <= most ? equilibration + sweeps : 0;
}

/* Returns 0 where the file does not have them as it should. */
static int read_rows(hid_t file, const char *command, const char *input, rows *r) {
    r->kmc = !strcmp(command, "kmc");
    const nixe_data flags = r->kmc ? NIXE_DATA_DONE : NIXE_DATA_SWEEPS_DONE;
    r->shape[1] = 1;
    if (nixe_read_shape(file, flags, r->shape) < 0) return 0;
    r->rows = (int64_t)(r->shape[0] * r->shape[1]);
    r->whole = whole_row(r->kmc, input);
    r->least = nixe_text_has(input, "mc_until") ? 1 : r->whole;
    r->flag = calloc((size_t)r->rows + 1, sizeof *r->flag);
    if (!r->flag || r->whole == 0 || nixe_read_all(file, flags, H5T_NATIVE_INT64, r->flag)) return 0;
    for (int64_t i = 0; i < r->rows; i++)
        if (r->flag[i] < -1 || r->flag[i] > r->whole) return 0;
    return 1;
}

static int64_t count_finished(const rows *r, int complete) {
    int64_t finished = 0;
    for (int64_t i = 0; i < r->rows; i++) finished += r->flag[i] >= (complete ? r->least : r->whole);
    return finished;
}

/* What is in the file, in the units of nixe_lock_note_start(): trajectories, or sweeps of all replicas. */
static double amount_done(const rows *r) {
    double done = 0;
    for (int64_t i = 0; i < r->rows; i++) done += r->flag[i] > 0 ? (double)r->flag[i] : 0;
    return done;
}

static void print_progress(const rows *r, int complete) {
    printf("finished   %lld of %lld %s", (long long)count_finished(r, complete), (long long)r->rows,
           r->kmc ? "trajectories" : "replicas");
    printf(r->kmc ? "\n" : ", %.1f %% of all sweeps\n", 100 * amount_done(r) / ((double)r->whole * (double)r->rows));
}

/* What is left, and for how long at the rate of the run that owns the file. */
static void print_left(const rows *r, const nixe_owner *owner) {
    const double done = amount_done(r), left = (double)r->whole * (double)r->rows - done;
    const double seconds = difftime(time(NULL), (time_t)owner->began), since = done - owner->done;
    char duration[32];
    printf("left       %.10g %s", left, r->kmc ? "trajectories" : "sweeps");
    if (owner->running && owner->began > 0 && seconds > 0 && since > 0) {
        nixe_progress_duration(left / since * seconds, duration, sizeof duration);
        printf(", about %s at the rate so far", duration);
    }
    printf("\n");
}

/* The checkpoint, and where the trajectories are that it has the states of. */
static void print_checkpoint(hid_t file, const char *path, const rows *r) {
    char checkpoint[NIXE_BESIDE_PATH], age[32], size[16], where[200] = "";
    struct stat entry;
    hsize_t shape[NIXE_MAX_RANK];
    nixe_under_way under_way;
    nixe_beside_path(path, NIXE_CHECKPOINT, checkpoint);
    if (stat(checkpoint, &entry)) return;
    nixe_progress_duration(difftime(time(NULL), entry.st_mtime), age, sizeof age);
    if (r->kmc && nixe_read_shape(file, NIXE_DATA_POSITION, shape) == 2) {
        if (nixe_under_way_read(path, r->rows, r->flag, (long)shape[0], &under_way))
            nixe_status_clear(); /* a run will say it */
        nixe_under_way_print(&under_way, where, sizeof where);
    }
    nixe_fit_print((double)entry.st_size, size, sizeof size);
    printf("checkpoint %s old, %s%s%s\n", age, size, *where ? "; " : "", where);
}

/* What others have written, on one line and without control characters. */
static void print_text(const char *text) {
    char escaped[PATH_MAX];
    nixe_escape(text, escaped, sizeof escaped);
    fputs(escaped, stdout);
}

/* A word of a command line, quoted for the shell where it has to be. */
static void print_word(const char *word) {
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=.,:/@%";
    const int plain = *word && !word[strspn(word, safe)];
    if (!plain) putchar('\'');
    for (const char *c = word; *c; c++) {
        if (*c == '\'') fputs("'\\''", stdout);
        else putchar(*c);
    }
    if (!plain) putchar('\'');
}

/* Whether the options of a file can be words of a command line: their names are such, and no value has control characters. */
static int are_words(const char *input, const char *path) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    char line[PATH_MAX];
    nixe_text option = {.rest = input};
    while (nixe_text_next(&option)) {
        snprintf(line, sizeof line, "%.*s", option.length, option.value);
        if (!nixe_is_plain(line) || !option.name[0] || option.name[strspn(option.name, letters)]) return 0;
    }
    return nixe_is_plain(path);
}

/* The options of the file as words of a command line. */
static void print_command(hid_t file, const request *asked, const char *command, const char *input) {
    const size_t size = strlen(input) + 1;
    char *word = malloc(size);
    hsize_t shape[NIXE_MAX_RANK];
    if (!are_words(input, asked->place)) {
        printf("resume     with the command of the run, which cannot be shown: it has control characters\n");
        free(word);
        return;
    }
    printf("resume     mpirun -n RANKS ");
    print_word(asked->program);
    printf(" %s", command);
    for (nixe_text option = {.rest = input}; word && nixe_text_next(&option);) {
        nixe_text_word(&option, word, size);
        printf(" -%s ", option.name);
        print_word(word);
    }
    free(word);
    if (nixe_read_shape(file, NIXE_DATA_ROW, shape) > 0) printf(" -output_potential");
    printf(" -output_file ");
    print_word(asked->place);
    printf(" -resume\n");
}

static void print_damage(void *context, const char *name) {
    (void)context;
    printf("damaged    %s: not as written\n", name);
}

/* Check the rows that are flagged; returns how many do not match. */
static int64_t verify_rows(nixe_verify *check, const rows *r, int64_t *checked) {
    int64_t bad = 0;
    *checked = 0;
    for (int64_t i = 0; i < r->rows; i++) {
        if (r->flag[i] <= 0) continue;
        const hsize_t row[2] = {(hsize_t)i / r->shape[1], (hsize_t)i % r->shape[1]};
        (*checked)++;
        if (nixe_verify_row(check, row, r->flag[i])) continue;
        bad++;
        printf("damaged    row %lld: its data do not match their checksum\n", (long long)i);
    }
    return bad;
}

/* Check the exchanges of the replicas; returns how many do not match. */
static int64_t verify_ladders(nixe_verify *check, const char *input, const rows *r) {
    const int64_t every = nixe_text_integer(input, "mc_replica_exchange_every");
    int64_t bad = 0;
    for (hsize_t p = 0; p < r->shape[1]; p++) {
        int64_t begun = 0;
        for (hsize_t q = 0; q < r->shape[0]; q++) begun += r->flag[q * r->shape[1] + p] > 0;
        if (!begun || nixe_verify_ladder(check, p, check->complete ? r->flag[p] / every * every : 0)) continue;
        bad++;
        printf("damaged    exchanges of replica %llu: they do not match their checksum\n", (unsigned long long)p);
    }
    return bad;
}

/* Check everything that has a checksum; returns whether something does not match. r: NULL where there are no rows. */
static int verify(hid_t file, nixe_command command, const char *input, int complete, const rows *r) {
    const int exchange = command == NIXE_MC && nixe_text_integer(input, "mc_replica_exchange_every") > 0;
    nixe_verify check;
    int64_t checked = 0, bad = 0;
    nixe_verify_begin(&check, file, command, exchange, complete, nixe_text_integer(input, "mc_equilibration"));
    const int datasets = nixe_verify_whole(&check, print_damage, NULL);
    if (r) bad = verify_rows(&check, r, &checked);
    if (r && exchange) bad += verify_ladders(&check, input, r);
    nixe_verify_end(&check);
    if (r) printf("verified   %lld rows, %lld of them damaged\n", (long long)checked, (long long)bad);
    printf("verified   lattice, axes and whatever else is known before or written once: %d damaged\n", datasets);
    return datasets || bad;
}

/* How the file stands; `stopped` is what is said of one that nobody writes. */
static void print_state(int complete, const nixe_owner *owner, const char *stopped) {
    if (owner->running) {
        printf("running    ");
        print_text(owner->owner);
        printf("\n");
    }
    if (complete) printf("state      complete\n");
    else if (owner->hidden) printf("state      not complete; whether it is running is not known: FILE.lock cannot be read\n");
    else printf("state      %s\n", owner->running ? "running" : stopped);
}

/* What a file of trajectories or replicas holds; returns the exit status. */
static int describe_rows(hid_t file, const request *asked, const char *command, const char *input, int complete,
                         const nixe_owner *owner, const rows *r) {
    const int joined = nixe_joined(file), resumable = !joined && nixe_read_version(file) == NIXE_FORMAT_VERSION;
    const int64_t missing = r->rows - count_finished(r, complete);
    print_progress(r, complete);
    if (complete && (missing || !r->rows)) {
        fprintf(stderr, "nixe: %s is damaged: it calls itself complete, and %lld of its %lld rows are not whole\n", asked->path,
                (long long)missing, (long long)r->rows);
        return DAMAGED;
    }
    print_state(complete, owner,
                joined      ? "not complete; it was joined from other files: go on with those, and join them again"
                : resumable ? "stopped; it can be resumed"
                            : "stopped; this version of nixe does not go on with its format version");
    if (!complete) print_left(r, owner);
    if (!complete) print_checkpoint(file, asked->place, r);
    const int damaged = asked->verifying && verify(file, r->kmc ? NIXE_KMC : NIXE_MC, input, complete, r);
    if (!complete && !owner->running && resumable) print_command(file, asked, command, input);
    return damaged ? DAMAGED : complete ? COMPLETE : RESUMABLE;
}

/* The same of a table or a spectrum, which are written at once. */
static int describe_whole(hid_t file, const request *asked, nixe_command command, const char *input, int complete,
                          const nixe_owner *owner) {
    print_state(complete, owner, "not complete; make it again with -output_overwrite");
    if (complete && asked->verifying && verify(file, command, input, complete, NULL)) return DAMAGED;
    return complete ? COMPLETE : RESUMABLE;
}

static void print_origin(const request *asked, const char *command, const char *version, const char *commit,
                         const char *created) {
    char line[PATH_MAX];
    printf("file       ");
    print_text(asked->path);
    snprintf(line, sizeof line, "nixe %s %s (%s), %s", command, version, commit, created);
    printf("\nmade by    ");
    print_text(line);
    printf("\n");
}

/* Of which files it was made, if it was made of others. */
static void print_parts(hid_t file) {
    char *parts = nixe_read_text(file, nixe_joined_name);
    for (char *part = parts, *end; part && *part; part = end) {
        end = part + strcspn(part, "\n");
        if (*end) *end++ = '\0';
        fputs(part == parts ? "joined     from " : ", ", stdout);
        print_text(part);
    }
    if (parts) printf("\n");
    free(parts);
}

static int describe(hid_t file, const request *asked) {
    static const char *const name[] = {"program", "version", "commit", "command", "created", "input"};
    enum { PROGRAM, VERSION, COMMIT, COMMAND, CREATED, INPUT, TEXTS };
    char *text[TEXTS];
    uint8_t complete = 0;
    nixe_owner owner;
    rows r = {0};
    int status, whole = nixe_read_integer(file, "complete", H5T_NATIVE_UINT8, &complete) && complete <= 1;
    for (int t = 0; t < TEXTS; t++) whole &= (text[t] = nixe_read_text(file, name[t])) != NULL;
    if (nixe_read_check_version(file, asked->verifying ? NIXE_FORMAT_VERSION : 1, "", asked->path)) {
        fprintf(stderr, "nixe: %s\n", nixe_status_message());
        status = REFUSED;
    } else if (nixe_joined_check(file, "", asked->path)) {
        fprintf(stderr, "nixe: %s\n", nixe_status_message());
        status = REFUSED;
    } else if (!whole || strcmp(text[PROGRAM], "nixe") != 0 || !nixe_command_find(text[COMMAND])) {
        fprintf(stderr, "nixe: %s is not a nixe file\n", asked->path);
        status = REFUSED;
    } else if (nixe_read_version(file) > 1 && !nixe_verify_options(file, nixe_command_find(text[COMMAND]))) {
        fprintf(stderr, "nixe: %s is damaged: its options are not as they were written\n", asked->path);
        status = DAMAGED;
    } else {
        print_origin(asked, text[COMMAND], text[VERSION], text[COMMIT], text[CREATED]);
        print_parts(file);
        nixe_lock_read(asked->place, &owner);
        if (!nixe_command_samples(nixe_command_find(text[COMMAND]))) {
            status = describe_whole(file, asked, nixe_command_find(text[COMMAND]), text[INPUT], complete, &owner);
        } else if (read_rows(file, text[COMMAND], text[INPUT], &r)) {
            status = describe_rows(file, asked, text[COMMAND], text[INPUT], complete, &owner, &r);
        } else {
            fprintf(stderr, "nixe: %s is damaged: the flags of its rows are not as they should be\n", asked->path);
            status = DAMAGED;
        }
    }
    free(r.flag);
    for (int t = 0; t < TEXTS; t++) free(text[t]);
    return status;
}

int nixe_command_status(const char *program, int words, char **word) {
    request asked = {.program = program};
    for (int i = 0; i < words; i++) {
        if (!strcmp(word[i], "--verify") || !strcmp(word[i], "-verify")) {
            asked.verifying = 1;
        } else if (word[i][0] == '-' || asked.path) {
            fprintf(stderr, "nixe: %s: usage: %s\n", word[i], nixe_status_usage);
            return REFUSED;
        } else {
            asked.path = word[i];
        }
    }
    if (!asked.path) {
        fprintf(stderr, "nixe: usage: %s\n", nixe_status_usage);
        return REFUSED;
    }
    if (access(asked.path, R_OK) || !realpath(asked.path, asked.place)) {
        fprintf(stderr, "nixe: %s cannot be read\n", asked.path);
        return REFUSED;
    }
    if (nixe_check_regular("", asked.path)) {
        fprintf(stderr, "nixe: %s\n", nixe_status_message());
        return REFUSED;
    }
    if (nixe_probe("", asked.path)) {
        fprintf(stderr, "nixe: %s\n", nixe_status_message());
        return DAMAGED;
    }
    H5Eset_auto(H5E_DEFAULT, NULL, NULL);
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1); /* a running file can be looked at */
    hid_t file = H5Fopen(asked.path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) {
        fprintf(stderr, "nixe: %s is not an HDF5 file, or is damaged\n", asked.path);
        return REFUSED;
    }
    int status = describe(file, &asked);
    fflush(NULL);
    if (H5Fclose(file) < 0) _exit(status); /* HDF5 would die at the end */
    return status;
}
