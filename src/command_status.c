/* nixe status FILE [--verify]: how far a file is, and whether its data are as they were written. One process, no MPI. */
#include "nixe/command_status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "nixe/blob.h"
#include "nixe/lock.h"
#include "nixe/progress.h"
#include "nixe/store_read.h"
#include "nixe/store_types.h"

const char nixe_status_usage[] = "nixe status FILE [--verify]";

/* What was asked: about which file, and as what the program was called. */
typedef struct {
    const char *program, *path;
    int verifying;
} request;

enum { COMPLETE = 0, DAMAGED = 1, REFUSED = 2, RESUMABLE = 3 };

/* `count` entries of a row, the first `lead` axes being the row's; all of them where count < 0. The caller frees the result. */
static char *read_row(hid_t file, const nixe_dataset *data, int lead, const hsize_t row[2], long count, size_t *bytes) {
    hsize_t shape[NIXE_MAX_RANK], start[NIXE_MAX_RANK] = {0}, extent[NIXE_MAX_RANK] = {0}, values = 1;
    const int rank = nixe_read_shape(file, data->path, shape);
    for (int a = 0; a < lead; a++) start[a] = row[a], extent[a] = shape[a] = 1;
    if (count >= 0 && rank > lead) shape[lead] = extent[lead] = (hsize_t)count;
    for (int a = 0; a < rank; a++) values *= shape[a];
    *bytes = (size_t)values * nixe_type_bytes(data->type);
    char *result = calloc(1, *bytes + 1);
    if (result && (values == 0 || !nixe_read_part(file, data->path, nixe_type_memory(data->type), start, extent, result)))
        return result;
    free(result);
    return NULL;
}

/* Whether a kmc row matches its checksum. */
static int verify_kmc_row(hid_t file, hsize_t r) {
    static const nixe_data part[] = {
        NIXE_DATA_COMPOSITION, NIXE_DATA_ENERGY, NIXE_DATA_AREA_MEAN,      NIXE_DATA_AREA_RMS,
        NIXE_DATA_F,           NIXE_DATA_EVENTS, NIXE_DATA_SNAPSHOT_SIGMA, NIXE_DATA_COMPLETION_TIME};
    const hsize_t row[2] = {r, 0};
    uint64_t hash = nixe_hash_start, expected = 0;
    size_t bytes;
    for (size_t p = 0; p <= sizeof part / sizeof *part; p++) {
        const int last = p == sizeof part / sizeof *part;
        char *values = read_row(file, &nixe_dataset_table[last ? NIXE_DATA_CHECKSUM : part[p]], 1, row, -1, &bytes);
        if (!values) return 0;
        if (last) memcpy(&expected, values, sizeof expected);
        else hash = nixe_hash(hash, values, bytes);
        free(values);
    }
    return hash == expected;
}

/* Whether an mc row matches its checksums, up to the sweep that they are of. every: sweeps between the entries of each dataset.
 */
static int verify_mc_row(hid_t file, const hsize_t row[2], const int64_t every[5], int64_t equilibration) {
    static const nixe_data part[] = {NIXE_DATA_MC_F, NIXE_DATA_MC_ENERGY, NIXE_DATA_MC_AREA_MEAN, NIXE_DATA_MC_AREA_RMS,
                                     NIXE_DATA_STORED_SIGMA};
    size_t bytes;
    int64_t checksum[6];
    char *values = read_row(file, &nixe_dataset_table[NIXE_DATA_MC_CHECKSUM], 2, row, -1, &bytes);
    if (!values) return 0;
    memcpy(checksum, values, sizeof checksum);
    free(values);
    const int64_t sweeps = checksum[5] > equilibration ? checksum[5] - equilibration : 0;
    for (int p = 0; p < 5; p++) {
        uint64_t expected;
        memcpy(&expected, &checksum[p], sizeof expected);
        values = read_row(file, &nixe_dataset_table[part[p]], 2, row, (long)(sweeps / every[p]), &bytes);
        if (!values) return 0;
        const int good = nixe_hash(nixe_hash_start, values, bytes) == expected;
        free(values);
        if (!good) return 0;
    }
    return 1;
}

/* A number from the YAML of the options. */
static int64_t option_of(const char *input, const char *section, const char *key) {
    char head[64];
    snprintf(head, sizeof head, "%s:\n", section);
    const char *at = strstr(input, head);
    snprintf(head, sizeof head, "  %s: ", key);
    at = at ? strstr(at, head) : NULL;
    return at ? atoll(at + strlen(head)) : 0;
}

/* Rows of the file with their flags: trajectories done, or sweeps done. */
typedef struct {
    int kmc;
    hsize_t shape[4];
    int64_t rows, whole; /* whole: what the flag of a finished row is */
    int64_t *flag;
} rows;

static int read_rows(hid_t file, const char *command, const char *input, rows *r) {
    r->kmc = !strcmp(command, "kmc");
    const char *path = r->kmc ? "/kmc/done" : "/mc/sweeps_done";
    r->shape[1] = 1;
    if (nixe_read_shape(file, path, r->shape) < 0) return 0;
    r->rows = (int64_t)(r->shape[0] * r->shape[1]);
    r->whole = r->kmc ? 1 : option_of(input, "mc", "equilibration") + option_of(input, "mc", "sweeps");
    r->flag = calloc((size_t)r->rows + 1, sizeof *r->flag);
    return r->flag && !nixe_read_all(file, path, H5T_NATIVE_INT64, r->flag);
}

/* What is in the file, in the units of nixe_lock_note_start(): trajectories, or sweeps of all replicas. */
static double amount_done(const rows *r) {
    double done = 0;
    for (int64_t i = 0; i < r->rows; i++) done += r->flag[i] > 0 ? (double)r->flag[i] : 0;
    return done;
}

static void print_progress(const rows *r) {
    int64_t finished = 0;
    for (int64_t i = 0; i < r->rows; i++) finished += r->flag[i] >= r->whole;
    printf("finished   %lld of %lld %s", (long long)finished, (long long)r->rows, r->kmc ? "trajectories" : "replicas");
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

static void print_checkpoint(const char *path) {
    char checkpoint[4096], age[32];
    struct stat entry;
    snprintf(checkpoint, sizeof checkpoint, "%s.checkpoint", path);
    if (stat(checkpoint, &entry)) return;
    nixe_progress_duration(difftime(time(NULL), entry.st_mtime), age, sizeof age);
    printf("checkpoint %s old, %.3g MB\n", age, (double)entry.st_size / 1e6);
}

/* The options of the file as words of a command line. */
static void print_command(const request *asked, const char *command, const char *input) {
    char section[64] = "";
    printf("resume     mpirun -n RANKS %s %s", asked->program, command);
    for (const char *line = input; *line; line += strcspn(line, "\n") + 1) {
        const int length = (int)strcspn(line, "\n"), colon = (int)strcspn(line, ":");
        if (line[0] != ' ') {
            snprintf(section, sizeof section, "%.*s", colon, line);
        } else if (length > colon + 2) {
            printf(" -%s_%.*s ", section, colon - 2, line + 2);
            for (int c = colon + 2; c < length; c++)
                if (!strchr("[] \"", line[c])) putchar(line[c]);
        }
        if (!line[length]) break;
    }
    printf(" -output_file %s -resume\n", asked->path);
}

/* Check all rows that are flagged; returns how many do not match. */
static int64_t verify(hid_t file, const char *input, const rows *r) {
    const int64_t every[5] = {option_of(input, "mc", "record_every"), option_of(input, "mc", "record_every"),
                              option_of(input, "mc", "area_every"), option_of(input, "mc", "area_every"),
                              option_of(input, "mc", "snapshot_every")};
    int64_t checked = 0, bad = 0;
    for (int64_t i = 0; i < r->rows; i++) {
        if (r->flag[i] <= 0) continue;
        const hsize_t row[2] = {(hsize_t)i / r->shape[1], (hsize_t)i % r->shape[1]};
        const int good = r->kmc ? verify_kmc_row(file, (hsize_t)i)
                                : verify_mc_row(file, row, every, option_of(input, "mc", "equilibration"));
        checked++;
        if (!good) {
            bad++;
            printf("damaged    row %lld: its data do not match their checksum\n", (long long)i);
        }
    }
    printf("verified   %lld rows, %lld of them damaged\n", (long long)checked, (long long)bad);
    return bad;
}

/* What a file of trajectories or replicas holds; returns the exit status. */
static int describe_rows(hid_t file, const request *asked, const char *command, const char *input, int complete,
                         const rows *r) {
    nixe_owner owner;
    print_progress(r);
    nixe_lock_read(asked->path, &owner);
    if (owner.running) printf("running    %s\n", owner.owner);
    printf("state      %s\n", complete ? "complete" : owner.running ? "running" : "stopped; it can be resumed");
    if (!complete) print_left(r, &owner);
    if (!complete) print_checkpoint(asked->path);
    if (!complete && !owner.running) print_command(asked, command, input);
    if (asked->verifying && verify(file, input, r)) return DAMAGED;
    return complete ? COMPLETE : RESUMABLE;
}

static int describe(hid_t file, const request *asked) {
    static const char *const name[] = {"program", "version", "commit", "command", "created", "input"};
    enum { PROGRAM, VERSION, COMMIT, COMMAND, CREATED, INPUT, TEXTS };
    char *text[TEXTS];
    uint8_t complete = 0;
    rows r = {0};
    int status, whole = H5Aexists(file, "complete") > 0;
    for (int t = 0; t < TEXTS; t++) whole &= (text[t] = nixe_read_text(file, name[t])) != NULL;
    if (!whole || strcmp(text[PROGRAM], "nixe") != 0) {
        fprintf(stderr, "nixe: %s is not a nixe file\n", asked->path);
        status = REFUSED;
    } else {
        hid_t attribute = H5Aopen(file, "complete", H5P_DEFAULT);
        if (H5Aread(attribute, H5T_NATIVE_UINT8, &complete) < 0) complete = 0;
        H5Aclose(attribute);
        printf("file       %s\nmade by    nixe %s %s (%s), %s\n", asked->path, text[COMMAND], text[VERSION], text[COMMIT],
               text[CREATED]);
        status = complete ? COMPLETE : RESUMABLE;
        const int sampled = !strcmp(text[COMMAND], "kmc") || !strcmp(text[COMMAND], "mc");
        if (sampled && read_rows(file, text[COMMAND], text[INPUT], &r))
            status = describe_rows(file, asked, text[COMMAND], text[INPUT], complete, &r);
        else printf("state      %s\n", complete ? "complete" : "not complete; run it again");
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
    if (access(asked.path, R_OK)) {
        fprintf(stderr, "nixe: %s cannot be read\n", asked.path);
        return REFUSED;
    }
    H5Eset_auto(H5E_DEFAULT, NULL, NULL);
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1); /* a running file can be looked at */
    hid_t file = H5Fopen(asked.path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0) {
        fprintf(stderr, "nixe: %s is not an HDF5 file, or is damaged\n", asked.path);
        return REFUSED;
    }
    int status = describe(file, &asked);
    H5Fclose(file);
    return status;
}
