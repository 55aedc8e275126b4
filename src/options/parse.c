/* Options: checking and reading them. nixe_options_read() is collective over all ranks. */
#include "nixe/options/options.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <slepcsys.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "nixe/base/petsc_error.h"
#include "nixe/options/words.h"

nixe_command nixe_command_find(const char *name) {
    for (int i = 0; i < nixe_command_count; i++)
        if (!strcmp(nixe_command_table[i].name, name)) return nixe_command_table[i].command;
    return 0;
}

const char *nixe_command_name(nixe_command command) {
    for (int i = 0; i < nixe_command_count; i++)
        if (nixe_command_table[i].command == command) return nixe_command_table[i].name;
    return "";
}

int nixe_command_samples(nixe_command command) { return command == NIXE_KMC || command == NIXE_MC; }

const nixe_option *nixe_option_find(const char *name) {
    for (int i = 0; i < nixe_option_count; i++)
        if (!strcmp(nixe_option_table[i].name, name)) return &nixe_option_table[i];
    return NULL;
}

static int is_library_option(const char *name) {
    for (int i = 0; nixe_library_prefix[i]; i++)
        if (!strncmp(name, nixe_library_prefix[i], strlen(nixe_library_prefix[i]))) return 1;
    return 0;
}

/* Edit distance between two short words, ignoring case. */
static int distance(const char *a, const char *b) {
    int row[128], columns = (int)strlen(b);
    if (columns > 100 || strlen(a) > 100) return 1000;
    for (int j = 0; j <= columns; j++) row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= columns; j++) {
            int cost = diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            diagonal = row[j];
            if (row[j] + 1 < cost) cost = row[j] + 1;
            if (row[j - 1] + 1 < cost) cost = row[j - 1] + 1;
            row[j] = cost;
        }
    }
    return row[columns];
}

/* path, line: where the name stands in a file; NULL for the command line. */
static nixe_status refuse_unknown(const char *name, nixe_command command, const char *path, int line) {
    const char *nearest = "";
    int least = 1000;
    for (int i = 0; i < nixe_option_count; i++) {
        int d = distance(name, nixe_option_table[i].name);
        if (!(nixe_option_table[i].commands & command) || d >= least) continue;
        least = d;
        nearest = nixe_option_table[i].name;
    }
    const char *all = nixe_command_name(command);
    if (path)
        return nixe_fail(NIXE_REFUSED, "%s: line %d: unknown option -%s; the nearest is -%s (nixe help %s lists them all)",
                         path, line, name, nearest, all);
    return nixe_fail(NIXE_REFUSED, "unknown option -%s; the nearest is -%s (nixe help %s lists them all)", name, nearest, all);
}

static int is_truth(const char *value, int *truth) {
    static const char *const word[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (int i = 0; i < 8; i++)
        if (!strcmp(value, word[i])) return *truth = i % 2, 1;
    return 0;
}

/* A word that begins an option, unlike a negative number. */
static int begins_option(const char *word) { return word[0] == '-' && (isalpha((unsigned char)word[1]) || word[1] == '-'); }

static nixe_status read_command_line(nixe_command command, int argc, char **argv, nixe_words *words) {
    int truth;
    for (int i = 2; i < argc; i++) {
        if (!begins_option(argv[i]))
            return nixe_fail(NIXE_REFUSED, "%s is not an option: options are written -name value", argv[i]);
        const char *name = argv[i] + 1, *value = i + 1 < argc && !begins_option(argv[i + 1]) ? argv[i + 1] : NULL;
        const nixe_option *option = nixe_option_find(name);
        if (!option && !is_library_option(name)) return refuse_unknown(name, command, NULL, 0);
        if (option && option->kind == NIXE_OPTION_FLAG && value && !is_truth(value, &truth)) value = NULL;
        if (option && option->kind != NIXE_OPTION_FLAG && (!value || !*value))
            return nixe_fail(NIXE_REFUSED, "-%s needs a value", name);
        if (!strcmp(name, "input") && nixe_words_find(words, name))
            return nixe_fail(NIXE_REFUSED, "-input is given more than once: one file holds the options");
        NIXE_TRY(nixe_words_add(words, name, value, 0));
        i += value != NULL;
    }
    return NIXE_OK;
}

/* The text of a small file; the caller frees it. */
static nixe_status read_text(const char *path, char **text) {
    struct stat entry;
    if (stat(path, &entry)) return nixe_fail(NIXE_REFUSED, "-input %s: %s", path, strerror(errno));
    if (!S_ISREG(entry.st_mode)) return nixe_fail(NIXE_REFUSED, "-input %s: a folder or a device, not a file", path);
    if (entry.st_size > 1000000) return nixe_fail(NIXE_REFUSED, "-input %s: too large for a file of options", path);
    FILE *file = fopen(path, "r");
    if (!file) return nixe_fail(NIXE_REFUSED, "-input %s: %s", path, strerror(errno));
    *text = calloc(1, (size_t)entry.st_size + 1);
    size_t length = *text ? fread(*text, 1, (size_t)entry.st_size, file) : 0;
    fclose(file);
    return length == (size_t)entry.st_size ? NIXE_OK : nixe_fail(NIXE_REFUSED, "-input %s: it cannot be read", path);
}

/* The options of the file of -input, if there is one; rank 0 reads it. */
static nixe_status read_file(const nixe_parallel *parallel, const char *path, nixe_command command, nixe_words *words) {
    char *text = NULL;
    nixe_status status = parallel->rank == 0 ? read_text(path, &text) : NIXE_OK;
    status = nixe_parallel_agree(parallel, status);
    int length = text ? (int)strlen(text) : 0;
    if (!status) status = nixe_mpi_status(MPI_Bcast(&length, 1, MPI_INT, 0, parallel->comm), "MPI_Bcast");
    if (!status && !text) status = nixe_allocate(&text, length + 1, 1, "the options");
    if (!status) status = nixe_mpi_status(MPI_Bcast(text, length, MPI_CHAR, 0, parallel->comm), "MPI_Bcast");
    if (!status) status = nixe_words_read_yaml(path, text, words);
    free(text);
    NIXE_TRY(status);
    for (int i = 0; i < words->count; i++) {
        const char *name = words->word[i].name;
        const nixe_option *option = nixe_option_find(name);
        const int line = words->word[i].line;
        if (!option && !is_library_option(name)) return refuse_unknown(name, command, path, line);
        if (option && !*words->word[i].value)
            return nixe_fail(NIXE_REFUSED, "%s: line %d: -%s needs a value", path, line, name);
        if (!strcmp(name, "input")) return nixe_fail(NIXE_REFUSED, "%s: -input has no meaning inside the file", path);
    }
    return NIXE_OK;
}

/* Start the libraries with their own options, and put ours into the database: the file's first, then the command line's. */
static nixe_status fill_database(const nixe_words *file, const nixe_words *line) {
    int argc = 1;
    char **argv = calloc((size_t)(2 * (file->count + line->count) + 2), sizeof *argv), **passed = argv;
    char(*name)[260] = calloc((size_t)(file->count + line->count + 1), sizeof *name);
    if (!argv || !name) return nixe_fail(NIXE_FAILED, "out of memory: the options");
    argv[0] = (char[]){"nixe"};
    const nixe_words *sources[2] = {file, line};
    for (int s = 0, n = 0; s < 2; s++)
        for (int i = 0; i < sources[s]->count; i++) {
            const nixe_word *word = &sources[s]->word[i];
            if (nixe_option_find(word->name)) continue;
            snprintf(name[n], sizeof *name, "-%s", word->name);
            argv[argc++] = name[n++];
            if (word->value && *word->value) argv[argc++] = word->value;
        }
    NIXE_PETSC(SlepcInitialize(&argc, &passed, NULL, NULL));
    NIXE_PETSC(PetscPopSignalHandler());
    NIXE_PETSC(PetscPushErrorHandler(nixe_petsc_quiet, NULL));
    for (int i = 0; i < nixe_option_count; i++) {
        snprintf(name[0], sizeof *name, "-%s", nixe_option_table[i].name);
        NIXE_PETSC(PetscOptionsClearValue(NULL, name[0]));
    }
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < sources[s]->count; i++) {
            const nixe_word *word = &sources[s]->word[i];
            snprintf(name[0], sizeof *name, "-%s", word->name);
            if (nixe_option_find(word->name))
                NIXE_PETSC(PetscOptionsSetValue(NULL, name[0], word->value ? word->value : "true"));
        }
    free(name);
    free(argv);
    return NIXE_OK;
}

static nixe_status refuse_value(const nixe_option *option, nixe_command command, const char *value) {
    char allowed[256];
    nixe_option_allowed(option, command, allowed, sizeof allowed);
    return nixe_fail(NIXE_REFUSED, "-%s %.60s%s: must be %s", option->name, value, strlen(value) > 60 ? " ..." : "", allowed);
}

/* A finite number within the option's range, all of the text. */
static int read_number(const nixe_option *option, const char *text, double *number) {
    char *end;
    *number = strtod(text, &end);
    if (end == text || *end || isspace((unsigned char)*text) || !isfinite(*number) || strpbrk(text, "xXpP")) return 0;
    if (option->above_minimum ? *number <= option->minimum : *number < option->minimum) return 0;
    return option->below_maximum ? *number < option->maximum : *number <= option->maximum;
}

static int read_seed(const char *text, uint64_t *seed) {
    char *end;
    if (!isdigit((unsigned char)*text)) return 0;
    errno = 0;
    *seed = strtoull(text, &end, 10);
    if (!*end) return errno == 0;
    double number = strtod(text, &end); /* 1e5 */
    if (*end || strpbrk(text, "xXpP") || number != floor(number) || number > 9007199254740992.0) return 0;
    *seed = (uint64_t)number;
    return 1;
}

static int read_choice(const nixe_option *option, const char *text, int *choice) {
    const char *word = option->choices;
    for (*choice = 0; word; (*choice)++) {
        const char *end = strchr(word, '|');
        size_t length = end ? (size_t)(end - word) : strlen(word);
        if (strlen(text) == length && !strncmp(text, word, length)) return 1;
        word = end ? end + 1 : NULL;
    }
    return 0;
}

static nixe_status read_list(const nixe_option *option, nixe_command command, const char *text, nixe_list *list) {
    char *copy = strdup(text), *rest = copy;
    if (!copy) return nixe_fail(NIXE_FAILED, "out of memory: the options");
    free(list->value);
    *list = (nixe_list){0};
    int count = 1;
    for (const char *c = text; *c; c++) count += *c == ',';
    NIXE_TRY(nixe_allocate(&list->value, count, sizeof(double), "the options"));
    for (char *item; (item = rest) != NULL;) {
        rest = strchr(item, ',');
        if (rest) *rest++ = '\0';
        int good = read_number(option, item, &list->value[list->count++]);
        if (!good) {
            free(copy);
            return refuse_value(option, command, text);
        }
    }
    free(copy);
    return list->count == 1 || (option->lists & command) ? NIXE_OK : refuse_value(option, command, text);
}

/* Read a value into its place in `options`. */
static nixe_status read_value(const nixe_option *option, const char *text, nixe_options *options) {
    void *place = (char *)options + option->offset;
    double number = 0;
    int good = 1;
    switch (option->kind) {
        case NIXE_OPTION_FLAG: good = is_truth(text, place); break;
        case NIXE_OPTION_CHOICE: good = read_choice(option, text, place); break;
        case NIXE_OPTION_INTEGER:
            good = read_number(option, text, &number) && number == floor(number);
            if (good) *(int64_t *)place = (int64_t)number;
            break;
        case NIXE_OPTION_SEED: good = read_seed(text, place); break;
        case NIXE_OPTION_REAL: good = read_number(option, text, place); break;
        case NIXE_OPTION_REAL_OR_NONE:
            if (!strcmp(text, "none")) *(double *)place = -1;
            else good = read_number(option, text, place);
            break;
        case NIXE_OPTION_LIST: return read_list(option, options->command, text, place);
        case NIXE_OPTION_TEXT:
            free(*(char **)place);
            if (!(*(char **)place = strdup(text))) return nixe_fail(NIXE_FAILED, "out of memory: the options");
            break;
    }
    return good ? NIXE_OK : refuse_value(option, options->command, text);
}

const char *nixe_option_default(const nixe_option *option, nixe_command command) {
    return command == NIXE_MC && option->mc_default ? option->mc_default : option->default_value;
}

/* Default values first, then what the database has. */
static nixe_status read_database(nixe_options *options) {
    for (int i = 0; i < nixe_option_count; i++) {
        const nixe_option *option = &nixe_option_table[i];
        char name[264];
        const char *value = NULL;
        PetscBool given;
        snprintf(name, sizeof name, "-%s", option->name);
        NIXE_PETSC(PetscOptionsFindPair(NULL, NULL, name, &value, &given));
        if (given && !(option->commands & options->command))
            return nixe_fail(NIXE_REFUSED, "-%s is not an option of nixe %s", option->name,
                             nixe_command_name(options->command));
        if (!(option->commands & options->command)) continue;
        const char *absent = nixe_option_default(option, options->command);
        if (!given && !absent) return nixe_fail(NIXE_REFUSED, "-%s is required", option->name);
        NIXE_TRY(read_value(option, given && value ? value : absent, options));
    }
    PetscBool snapshots;
    NIXE_PETSC(PetscOptionsHasName(NULL, NULL, "-kmc_snapshots", &snapshots));
    if (!snapshots && options->kmc_snapshots > options->kmc_time_count) options->kmc_snapshots = options->kmc_time_count;
    return NIXE_OK;
}

nixe_status nixe_options_read(const nixe_parallel *parallel, nixe_command command, int argc, char **argv,
                              nixe_options *options) {
    nixe_words file = {0}, line = {0};
    *options = (nixe_options){.command = command};
    nixe_status status = read_command_line(command, argc, argv, &line);
    const char *path = status ? NULL : nixe_words_find(&line, "input");
    if (path) status = read_file(parallel, path, command, &file);
    if (!status) status = fill_database(&file, &line);
    if (!status) status = read_database(options);
    nixe_words_destroy(&file);
    nixe_words_destroy(&line);
    return status;
}

void nixe_options_destroy(nixe_options *options) {
    free(options->shell_stiffness.value);
    free(options->model_kT.value);
    free(options->kmc_start);
    free(options->input);
    free(options->output_file);
    *options = (nixe_options){0};
}
