/* The table of options, and that of commands. What is added here appears in the help, in docs/options.md, in the input
 * stored in every file and in the checks; only its use remains to be written. */
#include <float.h>
#include <stddef.h>
#include <stdint.h>

#include "nixe/options/options.h"

enum { ALL = NIXE_KMC | NIXE_POTENTIAL | NIXE_MC | NIXE_SPECTRUM, SAMPLING = NIXE_KMC | NIXE_MC };

const nixe_command_entry nixe_command_table[] = {
    {NIXE_KMC, "kmc", "an ensemble of kinetic Monte Carlo exchange trajectories"},
    {NIXE_MC, "mc", "fixed-shell equilibrium Monte Carlo replicas, over one or several states"},
    {NIXE_POTENTIAL, "potential", "the table V_elastic of a crystal, stored"},
    {NIXE_SPECTRUM, "spectrum", "the lowest eigenpairs of V_elastic and of the stiffness matrix"},
};
const int nixe_command_count = sizeof nixe_command_table / sizeof *nixe_command_table;

#define OPTION(member, type, where) \
    .name = #member, .kind = NIXE_OPTION_##type, .offset = offsetof(nixe_options, member), .commands = where
#define RANGE(low, high) .minimum = low, .maximum = high
#define ABOVE(low, high) .minimum = low, .maximum = high, .above_minimum = 1

/* How the defaults of intervals follow the sweeps. */
#define LESS "less where that does not divide -mc_sweeps or does not fit in 10 times"

const nixe_option nixe_option_table[] = {
    {OPTION(lattice_shape, CHOICE, ALL), .choices = "hexagon|cube", .default_value = "hexagon", .unit = "",
     .description = "triangular lattice in 2D (6 neighbours) or simple cubic lattice in 3D (18 neighbours)"},
    {OPTION(lattice_edge, INTEGER, ALL), RANGE(2, 20000), .default_value = "16", .unit = "sites",
     .description = "core sites along an edge"},
    {OPTION(shell_layers, INTEGER, ALL), RANGE(0, 10000), .default_value = "0", .unit = "layers",
     .description = "layers of shell around the core; kmc: must be 0"},
    {OPTION(shell_stiffness, LIST, ALL), .lists = NIXE_POTENTIAL | NIXE_MC, ABOVE(0, 1e6), .default_value = "1", .unit = "K",
     .description = "stiffness K_shell of the bonds between shell sites; mc and potential: one or several"},
    {OPTION(model_epsilon, REAL, SAMPLING), RANGE(0, 1e100), .default_value = "1", .unit = "energy",
     .description = "elastic energy scale epsilon; 0: no elastic energy"},
    {OPTION(model_J, REAL, SAMPLING), RANGE(-1e100, 1e100), .default_value = "0", .unit = "energy",
     .description = "Ising energy scale J of bonded pairs; positive favours like neighbours"},
    {OPTION(model_kT, LIST, SAMPLING), .lists = NIXE_MC, RANGE(1e-300, 1e100), .default_value = "0.2", .unit = "energy",
     .description = "temperature; mc: one or several"},
    {OPTION(model_dmu, REAL, NIXE_KMC), RANGE(-1e100, 1e100), .default_value = "-20", .unit = "energy",
     .description = "chemical potential difference mu_B - mu_A; negative drives A to B"},
    {OPTION(model_k_ex, REAL, NIXE_KMC), RANGE(0, 1e30), .default_value = "1", .unit = "1/time",
     .description = "bare rate of exchange at the surface"},
    {OPTION(model_k_diff, REAL, NIXE_KMC), RANGE(0, 1e30), .default_value = "1", .unit = "1/time",
     .description = "bare rate of swaps between neighbours"},
    {OPTION(model_mismatch, REAL, SAMPLING), RANGE(0, 1), .default_value = "0.1", .unit = "a",
     .description = "lattice mismatch Delta; enters area deviations only"},
    {OPTION(model_differences, CHOICE, SAMPLING), .choices = "exact|published", .default_value = "exact", .unit = "",
     .description = "exact energy differences, or those of the program behind the published figures (hexagon only)"},
    {OPTION(ensemble_size, INTEGER, SAMPLING), RANGE(1, 1e15), .extendable = 1, .default_value = "100", .mc_default = "4",
     .unit = "", .description = "number of trajectories, or of replicas of each state"},
    {OPTION(ensemble_first, INTEGER, SAMPLING), RANGE(0, 1e15), .default_value = "0", .unit = "",
     .description = "index of the first trajectory or replica, so that several jobs can share one ensemble"},
    {OPTION(ensemble_seed, SEED, SAMPLING), .default_value = "1", .unit = "", .description = "seed of the random numbers"},
    {OPTION(kmc_time_first, REAL, NIXE_KMC), RANGE(0, 1e100), .default_value = "1e-4", .unit = "1/k",
     .description = "first recorded time"},
    {OPTION(kmc_time_last, REAL, NIXE_KMC), ABOVE(0, 1e100), .default_value = "1e4", .unit = "1/k",
     .description = "last recorded time; a trajectory ends here at the latest"},
    {OPTION(kmc_time_count, INTEGER, NIXE_KMC), RANGE(2, 1e9), .default_value = "161", .unit = "",
     .description = "number of recorded times"},
    {OPTION(kmc_time_spacing, CHOICE, NIXE_KMC), .choices = "log|linear", .default_value = "log", .unit = "",
     .description = "spacing of the recorded times"},
    {OPTION(kmc_start, TEXT, NIXE_KMC), .default_value = "A", .unit = "",
     .description = "start configuration: A, B, random, or a nixe file: trajectory r starts from the last configuration of "
                    "its row r modulo rows"},
    {OPTION(kmc_start_composition, REAL, NIXE_KMC), RANGE(0, 1), .default_value = "0.5", .unit = "",
     .description = "fraction of A of a random start"},
    {OPTION(kmc_stop_composition, REAL_OR_NONE, NIXE_KMC), RANGE(0, 1), .default_value = "0", .unit = "",
     .default_rule = "1 from B, and from random or a file where dmu > 0",
     .description =
         "a trajectory is complete when its fraction of A comes to this, from the side on which it began; none: it runs to the "
         "last time"},
    {OPTION(kmc_snapshots, INTEGER, NIXE_KMC), RANGE(1, 1e9), .default_value = "17", .unit = "",
     .default_rule = "all times where they are fewer",
     .description = "stored configurations, at recorded times nearest to an even spread over the grid"},
    {OPTION(mc_equilibration, INTEGER, NIXE_MC), RANGE(0, 1e15), .default_value = "1e5", .unit = "sweeps",
     .description = "sweeps before anything is recorded"},
    {OPTION(mc_sweeps, INTEGER, NIXE_MC), RANGE(1, 1e15), .extendable = 1, .default_value = "1e5", .unit = "sweeps",
     .description = "recorded sweeps; a sweep is one attempted swap a core site (metropolis), or the same time (informed)"},
    {OPTION(mc_record_every, INTEGER, NIXE_MC), RANGE(1, 1e15), .default_value = "1", .unit = "sweeps",
     .description = "sweeps between records of f and the energy"},
    {OPTION(mc_area_every, INTEGER, NIXE_MC), RANGE(1, 1e15), .default_value = "100", .unit = "sweeps", .default_rule = LESS,
     .description = "sweeps between records of the area"},
    {OPTION(mc_snapshot_every, INTEGER, NIXE_MC), RANGE(1, 1e15), .default_value = "10000", .unit = "sweeps",
     .default_rule = LESS, .description = "sweeps between stored configurations"},
    {OPTION(mc_composition, REAL, NIXE_MC), ABOVE(0, 1), .below_maximum = 1, .default_value = "0.5", .unit = "",
     .description = "fraction of A in the core; the number of A sites is rounded down"},
    {OPTION(mc_start, CHOICE, NIXE_MC), .choices = "random|separated", .default_value = "random", .unit = "",
     .description = "start: A sites at random, or on the core sites of smallest x"},
    {OPTION(mc_sampler, CHOICE, NIXE_MC), .choices = "metropolis|informed", .default_value = "metropolis", .unit = "",
     .description = "the paper's sampler, or a faster one of the same distribution"},
    {OPTION(mc_replica_exchange_every, INTEGER, NIXE_MC), RANGE(0, 1e15), .default_value = "0", .unit = "sweeps",
     .description = "sweeps between attempts to exchange replicas of neighbouring states; 0: none"},
    {OPTION(spectrum_count, INTEGER, NIXE_SPECTRUM), RANGE(1, 1e6), .default_value = "12", .unit = "",
     .description = "eigenpairs above the zero modes"},
    {OPTION(input, TEXT, ALL), .execution = 1, .default_value = "", .unit = "",
     .description = "YAML file of options; nested keys join with _, and the command line wins"},
    {OPTION(output_file, TEXT, ALL), .execution = 1, .default_value = NULL, .unit = "",
     .description = "the HDF5 file to write"},
    {OPTION(output_overwrite, FLAG, ALL), .execution = 1, .default_value = "false", .unit = "",
     .description = "replace an existing file"},
    {OPTION(output_potential, FLAG, SAMPLING), .execution = 1, .default_value = "false", .unit = "",
     .description = "store the table V_elastic too"},
    {OPTION(checkpoint_every, REAL, SAMPLING), .execution = 1, ABOVE(0, 1e9), .default_value = "300", .unit = "seconds",
     .description = "seconds between checkpoints, from which -resume goes on"},
    {OPTION(time_limit, REAL_OR_NONE, SAMPLING), .execution = 1, ABOVE(0, 1e9), .default_value = "none", .unit = "seconds",
     .description = "stop early, resumable, so many seconds after the start of the program"},
    {OPTION(resume, FLAG, SAMPLING), .execution = 1, .default_value = "false", .unit = "",
     .description = "go on with the output file if it is there, else begin; nothing to do if it is complete"},
    {OPTION(quiet, FLAG, ALL), .execution = 1, .default_value = "false", .unit = "", .description = "no progress"},
};
const int nixe_option_count = sizeof nixe_option_table / sizeof *nixe_option_table;

const char *const nixe_library_prefix[] = {"log_",    "ksp_",      "pc_",  "mat_",    "eps_",     "st_",
                                           "bv_",     "ds_",       "vec_", "is_",     "options_", "malloc_",
                                           "memory_", "on_error_", "info", "fp_trap", "viewer_",  NULL};
