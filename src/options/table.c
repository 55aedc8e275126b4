/* The table of options, from options.def, and that of commands. */
#include <float.h>
#include <stddef.h>
#include <stdint.h>

#include "nixe/options/options.h"

enum { ALL = NIXE_KMC | NIXE_POTENTIAL | NIXE_MC | NIXE_SPECTRUM, SAMPLING = NIXE_KMC | NIXE_MC };

const nixe_command_entry nixe_command_table[] = {
    {NIXE_KMC, "kmc", "an ensemble of kinetic Monte Carlo exchange trajectories"},
    {NIXE_MC, "mc", "fixed-shell equilibrium Monte Carlo replicas, over one or several states"},
    {NIXE_POTENTIAL, "potential", "the table V_elastic of a crystal, stored"},
    {NIXE_SPECTRUM, "spectrum", "the lowest eigenpairs of V_elastic and of the stiffness matrix; of the bulk, their branches"},
};
const int nixe_command_count = sizeof nixe_command_table / sizeof *nixe_command_table;

#define RANGE(low, high) .minimum = low, .maximum = high
#define ABOVE(low, high) .minimum = low, .maximum = high, .above_minimum = 1

/* How the defaults of intervals follow the sweeps. */
#define LESS "less where that does not divide -mc_sweeps or does not fit in 10 times"

const nixe_option nixe_option_table[] = {
#define OPTION(member, type, ...) {.name = #member, NIXE_OPTION_##type, offsetof(nixe_options, member), __VA_ARGS__},
#include "nixe/options/options.def"
};
const int nixe_option_count = sizeof nixe_option_table / sizeof *nixe_option_table;

const char *const nixe_library_prefix[] = {"log_",    "ksp_",      "pc_",  "mat_",    "eps_",     "st_",
                                           "bv_",     "ds_",       "vec_", "is_",     "options_", "malloc_",
                                           "memory_", "on_error_", "info", "fp_trap", "viewer_",  NULL};
