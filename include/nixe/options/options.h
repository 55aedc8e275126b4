/* Options: one table from which parsing, ranges, help, docs/options.md and the input stored in a file all come.
 *
 * They live in the PETSc options database: nixe_options_read() checks every word of the command line and of the YAML file
 * named by -input, then puts our options there (the command line wins over the file; what .petscrc and PETSC_OPTIONS say of
 * ours is dropped) and reads them back, typed and in range. PETSc's and SLEPc's own options pass through. */
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

/* The options of a run, by name. Units stand in the table, src/options/table.c. */
typedef struct {
    nixe_command command;
    int lattice_shape; /* nixe_shape */
    int64_t lattice_edge, shell_layers;
    nixe_list shell_stiffness;
    nixe_list model_kT;
    double model_epsilon, model_J, model_dmu, model_k_ex, model_k_diff, model_mismatch;
    int model_differences; /* nixe_differences */
    int64_t ensemble_size, ensemble_first;
    uint64_t ensemble_seed;
    double kmc_time_first, kmc_time_last;
    int64_t kmc_time_count;
    int kmc_time_spacing;
    char *kmc_start;
    double kmc_start_composition;
    double kmc_stop_composition; /* negative: none */
    int64_t kmc_snapshots;
    int64_t mc_equilibration, mc_sweeps, mc_record_every, mc_area_every, mc_snapshot_every;
    double mc_composition;
    int mc_start;   /* 0: random, 1: separated */
    int mc_sampler; /* 0: metropolis, 1: informed */
    int64_t mc_replica_exchange_every;
    int64_t spectrum_count;
    char *libraries; /* options of PETSc and SLEPc that may change digits, from wherever they came: "-name value ..." */
    char *input, *output_file;
    int output_overwrite, output_potential, quiet, resume;
    double checkpoint_every, time_limit; /* seconds; a negative limit: none */
    int resumed;                         /* 1: what was not given was taken from the output file, with -resume */
} nixe_options;

typedef enum {
    NIXE_OPTION_FLAG,         /* int */
    NIXE_OPTION_CHOICE,       /* int: position in `choices` */
    NIXE_OPTION_INTEGER,      /* int64_t */
    NIXE_OPTION_SEED,         /* uint64_t */
    NIXE_OPTION_REAL,         /* double */
    NIXE_OPTION_REAL_OR_NONE, /* double; -1 for `none` */
    NIXE_OPTION_LIST,         /* nixe_list; one value only for commands outside `lists` */
    NIXE_OPTION_TEXT          /* char * */
} nixe_option_kind;

typedef struct {
    const char *name; /* without the dash: section_name */
    nixe_option_kind kind;
    size_t offset;                    /* in nixe_options */
    unsigned commands, lists;         /* commands that have it; commands that take a list of it */
    int extendable;                   /* 1: a run can be resumed with more of it */
    int execution;                    /* 1: not part of what makes two runs the same */
    double minimum, maximum;          /* range of numbers */
    int above_minimum, below_maximum; /* 1: the bound itself is not allowed */
    const char *choices;              /* words of a choice, separated by | */
    const char *default_value;        /* NULL: required; "" where there is none */
    const char *mc_default;           /* another default for mc, or NULL */
    const char *default_rule;         /* in words, how the default follows other options, or NULL */
    const char *unit, *description;
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
