/* Fuzz: odd options, YAML texts and files of crystals, read in this process.
 *
 *   fuzz_options COUNT SEED [ONLY]
 *
 * COUNT inputs follow from SEED, each from its number alone: ONLY repeats one and prints it. Each mutates command lines, texts
 * of -input and options stored in a file, taken from input/, from crystals of each kind and from the names of all options, with
 * odd numbers, words of YAML, NUL, UTF-8 and what is none, deep nesting and aliases. Every outcome must be NIXE_OK, with
 * options that can be stored and read again to the same, or NIXE_REFUSED with one line; so must that of building the crystal,
 * of some thousand sites at the most, which must be sound; within the time bound. Prints the counts; ends with 1 where
 * something else happens. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "nixe/base/escape.h"
#include "nixe/base/open.h"
#include "nixe/options/words.h"
#include "unit/options/fuzz_crystal.h"
#include "unit/options/fuzz_words.h"
#include "unit/words.h"

enum { MOST_SEEDS = 64, MOST_WORDS = 40 };
static const double slow = 10; /* seconds of one input: the bound; sanitizers and a busy machine are in it */

typedef struct {
    char *bytes;
    size_t length;
} text;

static text seeds[MOST_SEEDS]; /* texts of input/, and some written here */
static int seed_count;
static uint64_t dice;
static long current; /* number of the input */
static nixe_command command;
static long accepted, refused, from_files, from_stored, built, no_crystals;
static text input, stored_input, crystal_input;
static const char *input_path, *crystal_path;

static uint64_t below(uint64_t bound) { return fixture_random(&dice) % bound; }

static void insert(text *to, size_t at, const char *bytes, size_t length) {
    to->bytes = realloc(to->bytes, to->length + length + 1);
    memmove(to->bytes + at + length, to->bytes + at, to->length - at);
    memcpy(to->bytes + at, bytes, length);
    to->length += length;
    to->bytes[to->length] = '\0';
}

static void append(text *to, const char *bytes) { insert(to, to->length, bytes, strlen(bytes)); }

static void cut(text *from, size_t at, size_t length) {
    memmove(from->bytes + at, from->bytes + at + length, from->length - at - length);
    from->length -= length;
    from->bytes[from->length] = '\0';
}

static const char *piece(size_t *length) {
    const char *chosen = pieces[below(PIECES)];
    *length = *chosen ? strlen(chosen) : 1;
    return chosen;
}

/* An option, most often one that the command has. */
static const nixe_option *some_option(void) {
    const nixe_option *option = &nixe_option_table[below((uint64_t)nixe_option_count)];
    for (int again = 0; again < 3 && (!(option->commands & command) || !strcmp(option->name, "input")); again++)
        option = &nixe_option_table[below((uint64_t)nixe_option_count)];
    return option;
}

/* One of the texts of a list, separated by `between`. */
static const char *one_of(const char *list, char between) {
    static char word[256];
    uint64_t count = 1;
    for (const char *c = list; *c; c++) count += *c == between;
    for (uint64_t skip = below(count); skip > 0; skip--) list = strchr(list, between) + 1;
    const char *end = strchr(list, between);
    snprintf(word, sizeof word, "%.*s", end ? (int)(end - list) : (int)strlen(list), list);
    return strcmp(word, "FILE") ? word : crystal_path;
}

/* A value that may do for an option: most are good, so that what comes after is reached. */
static const char *value_for(const nixe_option *option) {
    static const char *const number[] = {"1", "2", "0.5", "1e3", "3", "10", "0", "1e-3", "100", "-2", "1,2", "0.3,4"};
    size_t length;
    if (below(6) == 0) return piece(&length);
    for (int p = 0; p < POOLS; p++)
        if (!strcmp(pools[p].name, option->name)) return one_of(pools[p].values, ' ');
    if (option->kind == NIXE_OPTION_FLAG) return below(2) ? "true" : "false";
    if (option->kind == NIXE_OPTION_CHOICE) return one_of(option->choices, '|');
    return option->kind == NIXE_OPTION_TEXT ? "A" : number[below(12)];
}

/* The lines of an option as YAML, nested or not, its list in brackets or not. */
static void append_line(text *to, const nixe_option *option, const char *value) {
    const char *join = strchr(option->name, '_');
    const int is_list = option->kind == NIXE_OPTION_LIST && below(4);
    char line[1024];
    if (join && below(2))
        snprintf(line, sizeof line, is_list ? "%.*s: {%s: [%s]}\n" : "%.*s: {%s: \"%s\"}\n", (int)(join - option->name),
                 option->name, join + 1, value);
    else snprintf(line, sizeof line, is_list ? "%s: [%s]\n" : "%s: %s\n", option->name, value);
    append(to, line);
}

/* Lines of options as YAML, nested or not. */
static void append_lines(text *to) {
    for (uint64_t lines = 1 + below(5); lines > 0; lines--) {
        const nixe_option *option = some_option();
        append_line(to, option, value_for(option));
    }
}

/* The words of a crystal, "-name value ..."; one of its options can have another value than it should, or be left out. */
static int make_crystal(char *argv[MOST_WORDS], int argc) {
    char copy[256], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", crystals[below(CRYSTALS)]);
    for (char *name = strtok_r(copy, " ", &rest); name && argc < MOST_WORDS - 2; name = strtok_r(NULL, " ", &rest)) {
        const char *value = strtok_r(NULL, " ", &rest);
        if (below(30) == 0) continue;
        argv[argc++] = strdup(name);
        argv[argc++] = strdup(below(12) ? one_of(value, ' ') : value_for(nixe_option_find(name + 1)));
    }
    return argc;
}

static void append_crystal(text *to) {
    char *argv[MOST_WORDS];
    const int argc = make_crystal(argv, 0);
    for (int i = 0; i < argc; i += 2) append_line(to, nixe_option_find(argv[i] + 1), argv[i + 1]);
    for (int i = 0; i < argc; i++) free(argv[i]);
}

/* Change a text in one place. */
static void mutate(text *t) {
    const size_t at = (size_t)below(t->length + 1), left = t->length - at;
    size_t length;
    const char *chosen = piece(&length);
    switch (below(8)) {
        case 0:
            if (left) t->bytes[at] = (char)below(256);
            break;
        case 1: cut(t, at, left ? (size_t)below(left < 40 ? left : 40) : 0); break;
        case 2: append_lines(t); break;
        case 3:
            chosen = some_option()->name;
            insert(t, at, chosen, strlen(chosen));
            break;
        case 4: { /* a part again, some times */
            const size_t part = (size_t)below(left < 30 ? left + 1 : 30);
            char copy[32];
            memcpy(copy, t->bytes + at, part);
            for (uint64_t times = 1 + below(below(20) ? 4 : 3000); times > 0; times--) insert(t, at, copy, part);
            break;
        }
        case 5:
            for (uint64_t times = 1 + below(below(30) ? 3 : 2000); times > 0; times--) insert(t, at, chosen, length);
            break;
        default: insert(t, at, chosen, length); break;
    }
}

/* One crystal, with few other options or none: most of these are accepted. */
static void make_crystal_text(text *t) {
    t->length = 0;
    append_crystal(t);
    if (below(3) == 0) append_lines(t);
    if (below(8) == 0) mutate(t);
}

static void make_text(text *t) {
    const text *seed = &seeds[below((uint64_t)seed_count)];
    t->length = 0;
    insert(t, 0, seed->bytes, seed->length);
    if (below(3) == 0) append_lines(t);
    if (below(3) == 0) append_crystal(t);
    for (uint64_t times = below(6); times > 0; times--) mutate(t);
}

/* The file of a crystal, most often as it should be. */
static void make_listed(text *t) {
    t->length = 0;
    append(t, listed[below(LISTED)]);
    for (uint64_t times = below(2) ? 0 : below(4); times > 0; times--) mutate(t);
}

/* The words of a command line; the texts of files that it asks for. */
static int make_words(char *argv[MOST_WORDS], int fixed) {
    int argc = below(2) ? make_crystal(argv, fixed) : fixed;
    for (uint64_t options = below(6); options > 0 && argc < MOST_WORDS - 2; options--) {
        const nixe_option *option = some_option();
        text word = {0};
        append(&word, "-");
        append(&word, option->name);
        if (below(8) == 0) mutate(&word);
        argv[argc++] = strndup(word.bytes, strlen(word.bytes)); /* words end at NUL */
        free(word.bytes);
        if (below(40) == 0) continue;
        word = (text){0};
        append(&word, value_for(option));
        if (below(8) == 0) mutate(&word);
        argv[argc++] = strdup(word.bytes);
        free(word.bytes);
    }
    return argc;
}

static nixe_status stored(const char *path, const char *made_by, nixe_bytes *yaml) {
    (void)path, (void)made_by;
    from_stored++;
    return nixe_bytes_put(yaml, stored_input.bytes, stored_input.length);
}

/* Say which input did what, and end. */
static void give_up(const char *what) {
    printf("input %ld: %s\n", current, what);
    fflush(stdout);
    unlink(input_path);
    unlink(crystal_path);
    _exit(1);
}

static void hang(int signal) { /* whatever it was doing does not go on: stdio may be used */
    (void)signal;
    give_up("it takes for ever");
}

static void write_text(const char *path, const text *t) {
    FILE *file = fopen(path, "w");
    if (!file || fwrite(t->bytes, 1, t->length, file) != t->length || fclose(file)) give_up("cannot be written");
}

/* A sentence where something is refused, none where it is not. */
static void check_said(nixe_status status) {
    const char *said = nixe_status_message();
    if (status == NIXE_REFUSED ? !*said || !nixe_is_plain(said) : status != NIXE_OK || *said)
        give_up(*said ? said : "no sentence");
}

/* Accepted options are stored, and read again to the same. */
static void check_storing(const nixe_options *options) {
    char *first = NULL, *second = NULL, *argv[] = {(char[]){"nixe"}, (char[]){"command"}, (char[]){"-output_file"},
                                                   (char[]){"x.h5"}, (char[]){"-input"},  (char *)input_path};
    nixe_options again;
    if (nixe_options_yaml(options, &first)) give_up("its options cannot be stored");
    input.length = 0;
    insert(&input, 0, first, strlen(first));
    write_text(input_path, &input);
    if (nixe_options_read(&fixture_parallel, command, 6, argv, NULL, &again)) give_up(nixe_status_message());
    if (nixe_options_yaml(&again, &second) || strcmp(first, second) != 0) give_up("its options change when they are stored");
    nixe_options_destroy(&again);
    free(first);
    free(second);
}

/* The crystal of accepted options is sound, or refused. */
static void check_crystal(const nixe_options *options, int loud) {
    int is_built, sound;
    const nixe_status status = build_crystal(&fixture_parallel, options, &is_built, &sound);
    if (loud) printf("crystal: status %d: %s\n", (int)status, nixe_status_message());
    check_said(status);
    if (!sound) give_up("its crystal is not sound");
    built += is_built;
    no_crystals += status == NIXE_REFUSED;
}

static void run_input(uint64_t seed, int loud) {
    static const char *const fixed[] = {"nixe", "command", "-output_file", "x.h5"};
    char *argv[MOST_WORDS];
    int argc = 0;
    dice = seed * 0x9e3779b97f4a7c15u + (uint64_t)current;
    for (; argc < 4; argc++) argv[argc] = strdup(fixed[argc]);
    command = nixe_command_table[below((uint64_t)nixe_command_count)].command;
    const int of_crystal = below(4) == 0;
    if (of_crystal || below(3)) {
        if (of_crystal) make_crystal_text(&input);
        else make_text(&input);
        write_text(input_path, &input);
        argv[argc++] = strdup("-input");
        argv[argc++] = strdup(input_path);
        from_files++;
    }
    if (below(4) == 0) argv[argc++] = strdup("-resume");
    make_text(&stored_input);
    make_listed(&crystal_input);
    write_text(crystal_path, &crystal_input);
    if (!of_crystal) argc = make_words(argv, argc);
    for (int i = 0; loud && i < argc; i++) printf("word %s\n", argv[i]);
    if (loud)
        printf("-- input\n%.*s\n-- stored\n%.*s\n-- crystal\n%.*s\n--\n", (int)input.length, input.bytes,
               (int)stored_input.length, stored_input.bytes, (int)crystal_input.length, crystal_input.bytes);
    fflush(stdout);
    const clock_t start = clock();
    nixe_options options;
    alarm(120);
    nixe_status status = nixe_options_read(&fixture_parallel, command, argc, argv, stored, &options);
    if (!status) status = nixe_command_check(&options);
    if (loud) printf("status %d: %s\n", (int)status, nixe_status_message());
    check_said(status);
    if (!status) check_storing(&options);
    if (!status) check_crystal(&options, loud);
    alarm(0);
    if ((double)(clock() - start) / CLOCKS_PER_SEC > slow) give_up("it is too slow");
    accepted += !status;
    refused += status == NIXE_REFUSED;
    nixe_status_clear();
    nixe_options_destroy(&options);
    for (int i = 0; i < argc; i++) free(argv[i]);
}

static void add_seed(const char *bytes) {
    if (seed_count < MOST_SEEDS) append(&seeds[seed_count++], bytes);
}

/* The texts of a folder, in the order of their names, and some of another kind. */
static void gather_seeds(const char *folder) {
    struct dirent **entry;
    const int entries = scandir(folder, &entry, NULL, alphasort);
    for (int e = 0; e < entries; e++) {
        char path[512];
        nixe_bytes bytes;
        snprintf(path, sizeof path, "%s/%s", folder, entry[e]->d_name);
        if (strstr(path, ".yaml") && !nixe_read_regular("", path, NIXE_YAML_BYTES, &bytes)) {
            if (!nixe_bytes_put(&bytes, "", 1)) add_seed(bytes.bytes);
            nixe_bytes_destroy(&bytes);
        }
        free(entry[e]);
    }
    if (entries > 0) free(entry);
    add_seed("");
    add_seed("model:\n  kT: 0.3\n  J: -1\nensemble:\n  size: 2\n");
    add_seed("model: &a {kT: 0.3}\nkmc: {start: \"A\", time: {first: 1e-3, last: 10, count: 5}}\n");
    add_seed("mc: {sweeps: 1500, sampler: informed}\nshell:\n  layers: 1\n  stiffness:\n    - 1\n    - &x 2.5\n    - *x\n");
    add_seed("a0: &a0 [x, x, x, x]\na1: &a1 {k0: *a0, k1: *a0}\na2: {k0: *a1, k1: *a1}\n");
    nixe_options options;
    for (int c = 0; c < nixe_command_count; c++) { /* what a file stores */
        char *yaml;
        if (fixture_read_words(nixe_command_table[c].command, "-output_file x.h5", NULL, &options))
            give_up(nixe_status_message());
        if (nixe_options_yaml(&options, &yaml)) give_up(nixe_status_message());
        add_seed(yaml);
        free(yaml);
        nixe_options_destroy(&options);
    }
}

#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0"; } /* libraries have some at their end */
#endif

int main(int argc, char **argv) {
    static char path[] = "/tmp/nixe_fuzz_XXXXXX", crystal[] = "/tmp/nixe_fuzz_crystal_XXXXXX";
    if (argc < 3) return fprintf(stderr, "usage: fuzz_options COUNT SEED [ONLY], in the folder that holds input/\n"), 2;
    const long count = atol(argv[1]), only = argc > 3 ? atol(argv[3]) : -1;
    const uint64_t seed = strtoull(argv[2], NULL, 10);
    const int descriptor = mkstemp(path), other = mkstemp(crystal);
    if (descriptor < 0 || other < 0 || fixture_start(NULL)) return 2;
    close(descriptor);
    close(other);
    input_path = path;
    crystal_path = crystal;
    signal(SIGALRM, hang);
    gather_seeds("input");
    for (current = only < 0 ? 0 : only; current < (only < 0 ? count : only + 1); current++) run_input(seed, only >= 0);
    printf(
        "options: %ld texts and command lines from seed %llu: %ld accepted, %ld refused in one line; %ld with a file of "
        "options, %ld with options of a file that is resumed; %ld crystals built, %ld refused in one line\n",
        accepted + refused, (unsigned long long)seed, accepted, refused, from_files, from_stored, built, no_crystals);
    unlink(crystal);
    unlink(path);
    return fixture_finish(NULL);
}
