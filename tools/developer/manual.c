/* Manual: what man and bash are told, from the tables of commands and options. */
#include "manual.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "nixe/command/status.h"
#include "nixe/options/options.h"
#include "nixe/version.h"

/* Marks in a text: bold begins, italic begins, either ends. */
#define BOLD "\001"
#define ITALIC "\002"
#define END "\003"

static void print_character(char c) {
    switch (c) {
        case '\001': fputs("\\fB", stdout); break;
        case '\002': fputs("\\fI", stdout); break;
        case '\003': fputs("\\fR", stdout); break;
        case '\\': fputs("\\e", stdout); break;
        case '-': fputs("\\-", stdout); break;
        case '\'': fputs("\\(aq", stdout); break;
        case '^': fputs("\\(ha", stdout); break;
        case '~': fputs("\\(ti", stdout); break;
        default: putchar(c);
    }
}

/* Print text in lines that roff fills, short ones; none of them is a request. A sentence begins a line. */
static void fill(const char *text) {
    size_t column = 0;
    int sentence_ends = 0;
    for (const char *word = text; *word;) {
        const size_t length = strcspn(word, " ");
        if (column && (sentence_ends || column + length > 60)) column = 0, putchar('\n');
        if (column) putchar(' ');
        else if (*word == '.') fputs("\\&", stdout);
        for (size_t i = 0; i < length; i++) print_character(word[i]);
        column += length + 1;
        sentence_ends = length && word[length - 1] == '.';
        word += length + strspn(word + length, " ");
    }
    putchar('\n');
}

static void print_head(const char *name, const char *date, const char *description) {
    char line[400];
    printf(".\\\" Made by make_docs from the program's tables.\n.TH ");
    for (const char *c = name; *c; c++) putchar(toupper((unsigned char)*c));
    printf(" 1 %s \"nixe %s\" \"User commands\"\n.SH NAME\n", date, NIXE_VERSION);
    snprintf(line, sizeof line, "%s - %s", name, description);
    fill(line);
    puts(".SH SYNOPSIS");
}

static void print_exit_statuses(void) {
    puts(".SH EXIT STATUS");
    static const char *const row[][2] = {
        {"0", "The run is complete."},
        {"1", "Something else went wrong, such as a full disk."},
        {"2", "The input was refused, in one sentence, and nothing was done."},
        {"3", "The run was stopped early, and can be resumed."},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) printf(".TP\n%s\n%s\n", row[i][0], row[i][1]);
}

/* The other pages; nixe(1) first. */
static void print_see_also(const char *but) {
    puts(".SH SEE ALSO");
    if (*but) printf(".BR nixe (1),\n");
    for (int i = 0; i < nixe_command_count; i++)
        if (strcmp(nixe_command_table[i].name, but) != 0) printf(".BR nixe\\-%s (1),\n", nixe_command_table[i].name);
    if (strcmp("status", but) != 0) printf(".BR nixe\\-status (1),\n");
    printf(".BR nixe\\-plot (1)\n.PP\n");
    fill("The pages of the documentation are in share/nixe/docs of the installation, which README.md there begins.");
}

/* The words that may stand for a value, with something between them; "" where it is none of a few. */
static void words_of(const nixe_option *option, const char *between, char *words, size_t size) {
    const char *some = "";
    if (option->kind == NIXE_OPTION_CHOICE) some = option->choices;
    if (option->kind == NIXE_OPTION_FLAG) some = "true|false";
    if (option->kind == NIXE_OPTION_INTEGER_OR_AUTO) some = "auto";
    if (option->kind == NIXE_OPTION_REAL_OR_NONE) some = "none";
    words[0] = '\0';
    for (const char *word = some; *word;) {
        const size_t length = strcspn(word, "|"), end = strlen(words);
        snprintf(words + end, size - end, "%s%.*s", end ? between : "", (int)length, word);
        word += length + (word[length] == '|');
    }
}

static void print_option(const nixe_option *option, nixe_command command) {
    char allowed[256], line[1400];
    const char *value = nixe_option_default(option, command);
    if (option->kind == NIXE_OPTION_CHOICE) words_of(option, ", ", allowed, sizeof allowed);
    else nixe_option_allowed(option, command, allowed, sizeof allowed);
    puts(".TP");
    snprintf(line, sizeof line, BOLD "-%s" END "%s", option->name,
             option->kind == NIXE_OPTION_FLAG ? "" : " " ITALIC "value" END);
    fill(line);
    snprintf(line, sizeof line, "%c%s.", toupper((unsigned char)option->description[0]), option->description + 1);
    fill(line);
    snprintf(line, sizeof line, "Allowed: %s%s%s%s; %s%s%s%s.", allowed, *option->unit ? " [" : "", option->unit,
             *option->unit ? "]" : "", value ? "default " : "required",
             !value   ? ""
             : *value ? value
                      : "none",
             value && option->default_rule ? "; " : "", value && option->default_rule ? option->default_rule : "");
    fill(line);
}

/* The options of a command by sections, which are the first words of their names; those of execution stand last. */
static void print_options(nixe_command command) {
    char section[64] = "";
    puts(".SH OPTIONS");
    for (int execution = 0; execution < 2; execution++) {
        if (execution) puts(".SS What is read, written and printed");
        for (int i = 0; i < nixe_option_count; i++) {
            const nixe_option *option = &nixe_option_table[i];
            const size_t length = strcspn(option->name, "_");
            if (!(option->commands & command) || option->execution != execution) continue;
            if (!execution && (strncmp(section, option->name, length) != 0 || section[length])) {
                snprintf(section, sizeof section, "%.*s", (int)length, option->name);
                printf(".SS %s\n", section);
            }
            print_option(option, command);
        }
    }
}

static void print_command_page(const nixe_command_entry *entry, const char *date) {
    char name[64], line[400];
    snprintf(name, sizeof name, "nixe-%s", entry->name);
    print_head(name, date, entry->description);
    snprintf(line, sizeof line,
             BOLD "mpirun -n" END " " ITALIC "ranks" END " " BOLD "nixe %s -output_file" END " " ITALIC "file" END " [" BOLD
                  "-input" END " " ITALIC "file.yaml" END "] [" BOLD "-name" END " " ITALIC "value" END " ...]",
             entry->name);
    fill(line);
    puts(".SH DESCRIPTION");
    fill("Each option may also stand in the YAML file of " BOLD "-input" END
         ", where nested keys join with an underscore; "
         "the command line wins. An option that is true or false may stand alone, for true. "
         "How options are given and what is refused, " BOLD "nixe" END "(1) tells.");
    print_options(entry->command);
    puts(".SS PETSc and SLEPc");
    snprintf(line, sizeof line, "Their own options pass through:");
    for (int i = 0; nixe_library_prefix[i]; i++) {
        const size_t end = strlen(line);
        snprintf(line + end, sizeof line - end, " -%s", nixe_library_prefix[i]);
    }
    fill(line);
    print_exit_statuses();
    print_see_also(entry->name);
}

static void print_status_page(const char *date) {
    print_head("nixe-status", date, "how far a file of nixe is, and whether it can be resumed");
    fill(BOLD "nixe status" END " " ITALIC "file" END " [" BOLD "--verify" END "]");
    puts(".SH DESCRIPTION");
    fill(
        "It tells how much of the file is done, whether a run owns it, what is left and for how long, and the command that "
        "goes on "
        "with a run that was stopped. It can be asked at any time, without MPI.");
    puts(".SH OPTIONS\n.TP");
    fill(BOLD "--verify" END);
    fill("Compare all data with their checksums, too.");
    puts(
        ".SH EXIT STATUS\n.TP\n0\nThe file is complete.\n.TP\n1\nIt is damaged.\n.TP\n2\nIt is no file of nixe.\n.TP\n3\n"
        "It is not complete yet.");
    print_see_also("status");
}

static void print_main_page(const char *date) {
    print_head("nixe", date, "nanocrystal ion exchange, by ensembles of Monte Carlo trajectories");
    fill(BOLD "mpirun -n" END " " ITALIC "ranks" END " " BOLD "nixe" END " " ITALIC "command" END " [" BOLD "-name" END
              " " ITALIC "value" END " ...]");
    puts(".br");
    fill(BOLD "nixe status" END " " ITALIC "file" END " [" BOLD "--verify" END "]");
    puts(".br");
    fill(BOLD "nixe help" END " [" ITALIC "command" END "] | " BOLD "nixe --version" END);
    puts(".SH DESCRIPTION");
    fill(
        "nixe simulates how a nanocrystal exchanges one kind of ion for another that differs in size, event by event, with the "
        "strain of the whole crystal; and it samples the equilibrium of crystals inside a shell. Each run writes one HDF5 "
        "file.");
    puts(".SH COMMANDS");
    for (int i = 0; i < nixe_command_count; i++) {
        printf(".TP\n.BR nixe\\-%s (1)\n", nixe_command_table[i].name);
        fill(nixe_command_table[i].description);
    }
    puts(".TP\n.BR nixe\\-status (1)");
    fill("how far a file is, and whether it can be resumed");
    puts(".SH OPTIONS");
    fill("Options are given on the command line, as " BOLD "-name" END " " ITALIC "value" END ", or in the YAML file that " BOLD
         "-input" END
         " names, where nested keys join with an underscore. The command line wins over the file, and the file over "
         "the default. Numbers may be written 100000 or 1e5, lists 1,5,10. A name that is not known, a value outside its range "
         "and an option that can change nothing are refused in one sentence, before any work.");
    print_exit_statuses();
    puts(".SH EXAMPLE\n.nf");
    printf("mpirun \\-n 4 nixe kmc \\-lattice_edge 12 \\-output_file run.h5\nnixe status run.h5\nnixe\\-plot run.h5\n.fi\n");
    print_see_also("");
}

int manual_print_page(const char *command, const char *date) {
    if (!strcmp(command, "nixe")) return print_main_page(date), 1;
    if (!strcmp(command, "status")) return print_status_page(date), 1;
    for (int i = 0; i < nixe_command_count; i++)
        if (!strcmp(command, nixe_command_table[i].name)) return print_command_page(&nixe_command_table[i], date), 1;
    return 0;
}

/* Whether the value of an option names a file. */
static int names_file(const nixe_option *option) {
    return option->kind == NIXE_OPTION_TEXT &&
           (!strcmp(option->name, "input") || !strcmp(option->name, "kmc_start") || strstr(option->name, "_file"));
}

/* What each command has, as cases of the shell. */
static void print_completed_options(void) {
    for (int i = 0; i < nixe_command_count; i++) {
        printf("    %s) options='", nixe_command_table[i].name);
        for (int k = 0; k < nixe_option_count; k++)
            if (nixe_option_table[k].commands & nixe_command_table[i].command) printf(" -%s", nixe_option_table[k].name);
        printf("' ;;\n");
    }
}

/* What may follow each option, as cases of the shell. */
static void print_completed_values(void) {
    char words[256];
    for (int i = 0; i < nixe_option_count; i++) {
        const nixe_option *option = &nixe_option_table[i];
        words_of(option, " ", words, sizeof words);
        printf("    -%s) ", option->name);
        if (!strcmp(option->name, "input")) printf("_nixe_files '!*.y*ml' ;;\n");
        else if (names_file(option)) printf("_nixe_files ;;\n");
        else printf("words='%s' ;;\n", words);
    }
}

void manual_print_completion(void) {
    puts(
        "# What bash completes of nixe: commands, options, the words of choices, files. Made by make_docs from the program's "
        "tables.\n"
        "\n"
        "# Files, but for those of a pattern, and folders.\n"
        "_nixe_files() {\n"
        "    mapfile -t COMPREPLY < <(compgen -f -X \"${1:-}\" -- \"$cur\"; [[ -z ${1:-} ]] || compgen -d -- \"$cur\")\n"
        "    compopt -o filenames 2>/dev/null\n"
        "}\n"
        "\n"
        "_nixe() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} options='' words=''");
    printf("    local commands='");
    for (int i = 0; i < nixe_command_count; i++) printf("%s ", nixe_command_table[i].name);
    puts(
        "status'\n"
        "    COMPREPLY=()\n"
        "    case $((COMP_CWORD > 1)):${COMP_WORDS[1]} in\n"
        "    0:*) options=\"$commands help --help --version\" previous='' ;;\n"
        "    1:help) options=$commands previous='' ;;\n"
        "    1:status) options=--verify previous='' ;;\n"
        "    esac\n"
        "    ((COMP_CWORD > 1)) && case ${COMP_WORDS[1]} in");
    print_completed_options();
    puts(
        "    esac\n"
        "    case $previous in");
    print_completed_values();
    puts(
        "    *) words=$options ;;\n"
        "    esac\n"
        "    if [[ $words == 'true false' && $cur == -* ]]; then\n"
        "        words=$options # it may stand alone\n"
        "    fi\n"
        "    if [[ ${COMP_WORDS[1]} == status && COMP_CWORD -gt 1 && $cur != -* ]]; then\n"
        "        _nixe_files\n"
        "    elif [[ -n $words ]]; then\n"
        "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
        "    fi\n"
        "}\n"
        "complete -F _nixe nixe");
}
