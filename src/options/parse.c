/* Options: checking and reading them. nixe_options_read() is collective over all ranks. */
#include "nixe/options/options.h"

#include <ctype.h>
#include <slepcsys.h>
#include <stdlib.h>
#include <string.h>

#include "nixe/base/open.h"
#include "nixe/base/petsc_error.h"
#include "nixe/options/nearest.h"
#include "nixe/options/values.h"
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
    if (strlen(name) >= NIXE_NAME_BYTES) return 0;
    for (int i = 0; nixe_library_prefix[i]; i++)
        if (!strncmp(name, nixe_library_prefix[i], strlen(nixe_library_prefix[i]))) return 1;
    return 0;
}

/* path, line: where the name stands in a file; NULL for the command line. */
static nixe_status refuse_unknown(const char *name, nixe_command command, const char *path, int line) {
    const char *all = nixe_command_name(command);
    char nearest[512];
    nixe_option_nearest(name, command, nearest, sizeof nearest);
    if (path)
        return nixe_fail(NIXE_REFUSED, "%s: line %d: unknown option -%s%s (nixe help %s lists them all)", path, line, name,
                         nearest, all);
    return nixe_fail(NIXE_REFUSED, "unknown option -%s%s (nixe help %s lists them all)", name, nearest, all);
}

static int ends_in(const char *path, const char *ending) {
    const size_t length = strlen(path), own = strlen(ending);
    return length >= own && !strcmp(path + length - own, ending);
}

static int is_yaml(const char *path) { return ends_in(path, ".yaml") || ends_in(path, ".yml"); }

static nixe_status refuse_word(const char *word) {
    if (is_yaml(word))
        return nixe_fail(NIXE_REFUSED, "%s is not an option: a file of options is given by -input %s", word, word);
    return nixe_fail(NIXE_REFUSED, "%s is not an option: options are written -name value", word);
}

/* A word that begins an option, unlike a negative number. */
static int begins_option(const char *word) { return word[0] == '-' && (isalpha((unsigned char)word[1]) || word[1] == '-'); }

static nixe_status read_command_line(nixe_command command, int argc, char **argv, nixe_words *words) {
    int truth;
    for (int i = 2; i < argc; i++) {
        if (!begins_option(argv[i])) return refuse_word(argv[i]);
        const char *name = argv[i] + 1, *value = i + 1 < argc && !begins_option(argv[i + 1]) ? argv[i + 1] : NULL;
        const nixe_option *option = nixe_option_find(name);
        if (!option && !is_library_option(name)) return refuse_unknown(name, command, NULL, 0);
        if (option && option->kind == NIXE_OPTION_FLAG && value && !nixe_value_is_truth(value, &truth)) value = NULL;
        if (option && option->kind != NIXE_OPTION_FLAG && (!value || !*value))
            return nixe_fail(NIXE_REFUSED, "-%s needs a value", name);
        if (!strcmp(name, "input") && nixe_words_find(words, name))
            return nixe_fail(NIXE_REFUSED, "-input is given more than once: one file holds the options");
        NIXE_TRY(nixe_words_add(words, name, value, 0));
        i += value != NULL;
    }
    return NIXE_OK;
}

/* Give every rank the bytes of rank 0 and read them as YAML. Collective. */
static nixe_status share_yaml(const nixe_parallel *parallel, const char *path, nixe_bytes *yaml, nixe_words *words) {
    NIXE_TRY(nixe_parallel_broadcast(parallel, yaml));
    nixe_status status = yaml->used ? nixe_words_read_yaml(path, yaml->bytes, yaml->used, words) : NIXE_OK;
    nixe_bytes_destroy(yaml);
    return status;
}

/* The options of the file of -input, if there is one; rank 0 reads it. */
static nixe_status read_file(const nixe_parallel *parallel, const char *path, nixe_command command, nixe_words *words) {
    nixe_bytes yaml = {0};
    nixe_status status = parallel->rank == 0 ? nixe_read_regular("-input", path, NIXE_YAML_BYTES, &yaml) : NIXE_OK;
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    NIXE_TRY(share_yaml(parallel, path, &yaml, words));
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

/* Take those options of a file that this command has and that make two runs the same, and whether the table is stored; what is
 * given counts. *resumed is set where there are any. */
static nixe_status take_stored(const nixe_words *stored, nixe_command command, nixe_words *words, int *resumed) {
    nixe_options checked = {.command = command};
    nixe_status status = NIXE_OK;
    for (int i = 0; !status && i < stored->count; i++) {
        const nixe_word *word = &stored->word[i];
        const nixe_option *option = nixe_option_find(word->name);
        if (!option || !(option->commands & command)) continue;
        if (option->execution && strcmp(option->name, "output_potential") != 0) continue;
        status = nixe_value_read(option, word->value, &checked);
        if (!status && !nixe_words_find(words, word->name)) status = nixe_words_add(words, word->name, word->value, 0);
        *resumed = 1;
    }
    nixe_options_destroy(&checked);
    return status;
}

/* With -resume: the options that the output file stores, if it is there. Collective; rank 0 looks. */
static nixe_status read_stored(const nixe_parallel *parallel, nixe_command command, nixe_options_stored *stored,
                               nixe_words *words, int *resumed) {
    const char *resume = nixe_words_find(words, "resume"), *path = nixe_words_find(words, "output_file");
    int truth = 0;
    nixe_words there = {0};
    nixe_bytes yaml = {0};
    if (!stored || !path || !resume || (*resume && (!nixe_value_is_truth(resume, &truth) || !truth))) return NIXE_OK;
    nixe_status status = parallel->rank == 0 ? stored(path, nixe_command_name(command), &yaml) : NIXE_OK;
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    status = share_yaml(parallel, path, &yaml, &there);
    if (!status) status = take_stored(&there, command, words, resumed);
    nixe_words_destroy(&there);
    if (status != NIXE_REFUSED) return status;
    nixe_status_clear();
    return nixe_fail(NIXE_REFUSED, "-resume: %s is damaged: the options that it stores cannot be read", path);
}

/* The file of options that PETSc opens by itself. YAML it would read without bounds. Collective; rank 0 looks, as rank 0 of
 * PETSc reads. */
static nixe_status check_library_files(const nixe_parallel *parallel, const nixe_words *words) {
    const char *path = nixe_words_find(words, "options_file");
    nixe_status status = NIXE_OK;
    if (nixe_words_find(words, "options_file_yaml") || (path && is_yaml(path)))
        return nixe_fail(NIXE_REFUSED, "-options_file%s: options in YAML are given by -input", path ? "" : "_yaml");
    if (path && parallel->rank == 0) status = nixe_check_regular("-options_file", path);
    return nixe_parallel_agree(parallel, status);
}

/* Start PETSc and SLEPc with their own options. */
static nixe_status start_libraries(const nixe_words *words) {
    int argc = 1;
    if (words->count > NIXE_WORDS)
        return nixe_fail(NIXE_REFUSED, "%d options are given: there must be no more than %d", words->count, NIXE_WORDS);
    char *argv[2 * NIXE_WORDS + 2] = {(char[]){"nixe"}}, **passed = argv;
    char(*name)[NIXE_NAME_BYTES + 1];
    NIXE_TRY(nixe_allocate(&name, words->count, sizeof *name, "the options"));
    for (int i = 0; i < words->count; i++) {
        const nixe_word *word = &words->word[i];
        if (nixe_option_find(word->name)) continue;
        snprintf(name[i], sizeof *name, "-%s", word->name);
        argv[argc++] = name[i];
        if (word->value && *word->value) argv[argc++] = word->value;
    }
    NIXE_PETSC(SlepcInitialize(&argc, &passed, NULL, NULL));
    NIXE_PETSC(PetscPopSignalHandler());
    NIXE_PETSC(PetscPushErrorHandler(nixe_petsc_quiet, NULL));
    free(name);
    return NIXE_OK;
}

/* The value of every option: what is given, else the default. */
static nixe_status read_values(const nixe_words *words, nixe_options *options) {
    for (int i = 0; i < nixe_option_count; i++) {
        const nixe_option *option = &nixe_option_table[i];
        const int has = (option->commands & options->command) != 0;
        const char *value = nixe_words_find(words, option->name);
        if (value && !has)
            return nixe_fail(NIXE_REFUSED, "-%s is not an option of nixe %s", option->name,
                             nixe_command_name(options->command));
        if (!has) continue;
        if (!value) value = nixe_option_default(option, options->command);
        else if (!*value) value = "true"; /* a flag that stands alone */
        if (!value) return nixe_fail(NIXE_REFUSED, "-%s is required", option->name);
        NIXE_TRY(nixe_value_read(option, value, options));
    }
    return nixe_defaults_fit(words, options);
}

/* Two words of a command line, the second of which matters; "the end" where there are no more. */
static void print_words(const char *before, const char *word, const char *end, char *text, size_t size) {
    snprintf(text, size, "%.60s %.60s", before, word < end ? word : "and then the end");
}

/* Refuse ranks that were started with words other than those of rank 0 (mpirun -n 1 nixe ... : -n 1 nixe ...): from here on all
 * ranks ask the same of MPI, because they have the same options. Collective. */
static nixe_status agree_on_words(const nixe_parallel *parallel, int argc, char **argv) {
    nixe_bytes mine = {0}, first = {0};
    nixe_status status = NIXE_OK;
    for (int i = 0; !status && i < argc; i++)
        status = nixe_bytes_put(&mine, i ? argv[i] : "nixe", strlen(i ? argv[i] : "nixe") + 1);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    if (parallel->rank == 0) first = mine;
    NIXE_TRY(nixe_parallel_broadcast(parallel, &first));
    const char *a = first.bytes, *b = mine.bytes, *before = a;
    const char *const end_a = a + first.used, *const end_b = b + mine.used;
    while (a < end_a && b < end_b && !strcmp(a, b)) {
        before = a;
        a += strlen(a) + 1;
        b += strlen(b) + 1;
    }
    if (a < end_a || b < end_b) {
        char theirs[160], ours[160];
        print_words(before, a, end_a, theirs, sizeof theirs);
        print_words(before, b, end_b, ours, sizeof ours);
        status =
            nixe_fail(NIXE_REFUSED, "all ranks must be started with the same command and options: rank 0 has %s, rank %d %s",
                      theirs, parallel->rank, ours);
    }
    if (parallel->rank != 0) nixe_bytes_destroy(&first);
    nixe_bytes_destroy(&mine);
    return nixe_parallel_agree(parallel, status);
}

/* Remember the options of the solvers, whichever file or variable has set them: another order of elimination rounds otherwise.
 */
static nixe_status note_libraries(nixe_options *options) {
    static const char *const prefix[] = {"mat_", "ksp_", "pc_", "eps_", "st_", "bv_", "ds_", "vec_", "is_"};
    char *all = NULL, *rest = NULL;
    NIXE_PETSC(PetscOptionsGetAll(NULL, &all));
    nixe_status status = nixe_allocate(&options->libraries, (long long)strlen(all) + 1, 1, "the options");
    int counts = 0;
    for (char *word = strtok_r(all, " ", &rest); word && !status; word = strtok_r(NULL, " ", &rest)) {
        if (begins_option(word)) counts = 0;
        for (size_t p = 0; p < sizeof prefix / sizeof *prefix && begins_option(word); p++)
            counts |= !strncmp(word + 1, prefix[p], strlen(prefix[p]));
        if (counts) sprintf(options->libraries + strlen(options->libraries), "%s%s", *options->libraries ? " " : "", word);
    }
    NIXE_PETSC(PetscFree(all));
    return status;
}

nixe_status nixe_options_read(const nixe_parallel *parallel, nixe_command command, int argc, char **argv,
                              nixe_options_stored *stored, nixe_options *options) {
    nixe_words line = {0}, words = {0}; /* words: of the file, then of the command line; the last counts */
    *options = (nixe_options){.command = command};
    nixe_status status = agree_on_words(parallel, argc, argv);
    if (!status) status = read_command_line(command, argc, argv, &line);
    const char *path = status ? NULL : nixe_words_find(&line, "input");
    if (path) status = read_file(parallel, path, command, &words);
    for (int i = 0; !status && i < line.count; i++) status = nixe_words_add(&words, line.word[i].name, line.word[i].value, 0);
    if (!status) status = read_stored(parallel, command, stored, &words, &options->resumed);
    if (!status) status = check_library_files(parallel, &words);
    if (!status) status = start_libraries(&words);
    if (!status) status = note_libraries(options);
    if (!status) status = read_values(&words, options);
    nixe_words_destroy(&line);
    nixe_words_destroy(&words);
    return status;
}

void nixe_options_destroy(nixe_options *options) {
    for (int i = 0; i < nixe_option_count; i++) {
        void *place = (char *)options + nixe_option_table[i].offset;
        if (nixe_option_table[i].kind == NIXE_OPTION_LIST) free(((nixe_list *)place)->value);
        if (nixe_option_table[i].kind == NIXE_OPTION_TEXT) free(*(char **)place);
    }
    free(options->libraries);
    *options = (nixe_options){0};
}
