/* Options: one table from which parsing, ranges, help, docs/options.md and the input stored in a file all come.
 *
 * nixe_options_read() checks every word of the command line and of the YAML file named by -input (the command line wins over
 * the file), and reads them, typed and in range. PETSc's and SLEPc's own options pass through to their database, and what is
 * said of ours there (.petscrc, PETSC_OPTIONS) is not heard. */
#ifndef NIXE_OPTIONS_OPTIONS_H
#define NIXE_OPTIONS_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "nixe/base/parallel.h"

typedef enum { NIXE_KMC = 1, NIXE_POTENTIAL = 2, NIXE_MC = 4, NIXE_SPECTRUM = 8 } nixe_command; /* bits of a set of commands */

/* A list of numbers. */
typedef struct {
    int count;
    double *value;
} nixe_list;

enum { NIXE_TIME_LOG, NIXE_TIME_LINEAR };

typedef enum {
    NIXE_OPTION_FLAG,
    NIXE_OPTION_CHOICE, /* position in `choices` */
    NIXE_OPTION_INTEGER,
    NIXE_OPTION_INTEGER_OR_AUTO, /* -1 for `auto` */
    NIXE_OPTION_SEED,
    NIXE_OPTION_REAL,
    NIXE_OPTION_REAL_OR_NONE, /* -1 for `none` */
    NIXE_OPTION_LIST,         /* one value only for commands outside `lists` */
    NIXE_OPTION_TEXT
} nixe_option_kind;

/* The types of the members of nixe_options, in the order of their kinds. */
#define NIXE_TYPE_FLAG int
#define NIXE_TYPE_CHOICE int
#define NIXE_TYPE_INTEGER int64_t
#define NIXE_TYPE_INTEGER_OR_AUTO int64_t
#define NIXE_TYPE_SEED uint64_t
#define NIXE_TYPE_REAL double
#define NIXE_TYPE_REAL_OR_NONE double
#define NIXE_TYPE_LIST nixe_list
#define NIXE_TYPE_TEXT char *

/* The options of a run, by name, as options.def has them. What is added there is parsed and checked, and appears in the help,
 * in docs/options.md and in the input stored in every file; only its use remains to be written. */
typedef struct {
    nixe_command command;
#define OPTION(name, kind, ...) NIXE_TYPE_##kind name;
#include "nixe/options/options.def"
#undef OPTION
    char *libraries; /* options of PETSc and SLEPc that may change digits, from wherever they came: "-name value ..." */
    int resumed;     /* 1: what was not given was taken from the output file, with -resume */
} nixe_options;

/* Sweeps of mc before the records begin: none with -mc_equilibration auto. */
static inline int64_t nixe_mc_before_records(const nixe_options *options) {
    return options->mc_equilibration < 0 ? 0 : options->mc_equilibration;
}

typedef struct {
    const char *name; /* without the dash: section_name */
    nixe_option_kind kind;
    size_t offset;             /* in nixe_options */
    unsigned commands;         /* that have it */
    const char *default_value; /* NULL: required; "" where there is none */
    const char *unit, *description;
    double minimum, maximum;  /* range of numbers */
    int above_minimum;        /* 1: the bound itself is not allowed */
    unsigned lists;           /* commands that take a list of it */
    int maps;                 /* 1: in YAML it may be a list of maps, each of which becomes name=value:name=value */
    int duration;             /* 1: seconds that may be written as 1h, 30min or 00:30:00, too */
    int extendable;           /* 1: a run can be resumed with more of it */
    int execution;            /* 1: not part of what makes two runs the same */
    const char *choices;      /* words of a choice, separated by | */
    const char *mc_default;   /* another default for mc, or NULL */
    const char *default_rule; /* in words, how the default follows other options, or NULL */
} nixe_option;

extern const nixe_option nixe_option_table[];
extern const int nixe_option_count;

/* The option of this name, or NULL. */
const nixe_option *nixe_option_find(const char *name);

/* Names and one-line descriptions of the commands. */
typedef struct {
    nixe_command command;
    const char *name, *description;
} nixe_command_entry;
extern const nixe_command_entry nixe_command_table[];
extern const int nixe_command_count;

/* The command of this name, or 0. */
nixe_command nixe_command_find(const char *name);
const char *nixe_command_name(nixe_command command);

/* Whether the command runs an ensemble, which can be stopped and resumed: kmc and mc. */
int nixe_command_samples(nixe_command command);

/* Prefixes of PETSc's and SLEPc's own options; NULL ends the list. */
extern const char *const nixe_library_prefix[];

/* How to get the options that an output file of this command stores, as YAML; none where there is no such file. Called by
 * rank 0. */
typedef nixe_status nixe_options_stored(const char *path, const char *command, nixe_bytes *yaml);

/* Check and read all options of `command` from argv[2 ..] and the file of -input, and start PETSc and SLEPc with theirs. With
 * -resume, options that are not given are those of the output file (`stored`; NULL: there are none). Bad input gives
 * NIXE_REFUSED and the sentence for the user, the same on all ranks; so do ranks that were started with different words.
 * Collective over all ranks: rank 0 reads the files. */
nixe_status nixe_options_read(const nixe_parallel *parallel, nixe_command command, int argc, char **argv,
                              nixe_options_stored *stored, nixe_options *options);
void nixe_options_destroy(nixe_options *options);

/* Every option in force of this run, execution options aside, as YAML that reproduces it. The caller frees *text. */
nixe_status nixe_options_yaml(const nixe_options *options, char **text);

/* The default value of an option for a command, as the table has it. */
const char *nixe_option_default(const nixe_option *option, nixe_command command);

/* Whether the option has that value, given or not. */
nixe_status nixe_option_is_default(const nixe_option *option, const nixe_options *options, int *is_default);

/* Text of an option's value as it stands in `options`; a number as 1.0e-04. */
void nixe_option_print(const nixe_option *option, const nixe_options *options, char *text, size_t size);

/* The shortest text of a number that reads back the same, as 1.0e-04: every YAML reader takes that for a number. */
void nixe_number_print(double number, char *text, size_t size);

/* What an option allows, in words: "a number from 0 to 1", "hexagon or cube". */
void nixe_option_allowed(const nixe_option *option, nixe_command command, char *text, size_t size);

/* Help for all commands (0) or for one. */
void nixe_options_help(FILE *out, nixe_command command);

#endif
