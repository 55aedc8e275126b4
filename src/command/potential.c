/* nixe potential: the table V_elastic of a crystal, for one or several shell stiffnesses. Collective. */
#include "nixe/base/fit.h"
#include "nixe/command/command.h"
#include "nixe/elasticity/stiffness.h"
#include "nixe/elasticity/tables.h"
#include "nixe/file/layout.h"
#include "nixe/file/write.h"

static void print_table(const nixe_parallel *parallel, double stiffness, const nixe_tables *elastic) {
    double trace = 0, largest = 0;
    for (int i = 0; i < elastic->potential.sites; i++) {
        double V_ii = nixe_potential_row(&elastic->potential, i)[i];
        trace += V_ii;
        largest = V_ii > largest ? V_ii : largest;
    }
    if (parallel->rank == 0)
        printf("K_shell %g: V built in %.3g s, trace %.10g, largest diagonal element %.10g\n", stiffness, elastic->seconds,
               trace, largest);
}

/* Whatever can be refused is refused before any table is built; the file is laid out when the first is there. */
static nixe_status build_and_write(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                                   nixe_file *file) {
    NIXE_TRY(nixe_stiffness_check(parallel, lattice, options->shell_stiffness.count, options->shell_stiffness.value));
    for (int q = 0; q < options->shell_stiffness.count; q++) {
        nixe_tables elastic;
        NIXE_TRY(nixe_tables_create(parallel, lattice, options->shell_stiffness.value[q], 1, 0, &elastic));
        if (q == 0) NIXE_TRY(nixe_file_create(parallel, options, lattice, 0, NULL, 0, file));
        NIXE_TRY(nixe_file_write_potential(file, q, elastic.potential.V));
        print_table(parallel, options->shell_stiffness.value[q], &elastic);
        nixe_tables_destroy(&elastic);
    }
    return nixe_file_finish(file);
}

nixe_status nixe_command_potential(const nixe_parallel *parallel, const nixe_options *options) {
    double start = MPI_Wtime();
    nixe_lattice lattice;
    nixe_file file;
    nixe_lock lock;
    char shared[32];
    NIXE_TRY(nixe_command_lattice(parallel, options, &lattice));
    nixe_need need = {.shared = 8.0 * (double)nixe_tables_count_building(&lattice, 1, 0),
                      .private = nixe_stiffness_bytes(&lattice)};
    nixe_file_plan(&file, options, &lattice);
    NIXE_TRY(nixe_fit_check(parallel, need));
    NIXE_TRY(nixe_file_check(parallel, &file, options));
    NIXE_TRY(nixe_command_own_file(parallel, options, &lock));
    nixe_command_header(parallel, options, &lattice);
    nixe_fit_print(need.shared, shared, sizeof shared);
    if (parallel->rank == 0) printf("memory    %s a node for V while it is built\n", shared);
    nixe_status status = build_and_write(parallel, options, &lattice, &file);
    nixe_lock_release(&lock);
    if (!status && parallel->rank == 0) printf("wrote %s in %.3g s\n", file.path, MPI_Wtime() - start);
    nixe_lattice_destroy(&lattice);
    return status;
}
