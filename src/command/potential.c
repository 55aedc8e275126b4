/* nixe potential: the table V_elastic of a crystal, for one or several shell stiffnesses. Collective. */
#include "nixe/command/command.h"
#include "nixe/elasticity/columns.h"
#include "nixe/elasticity/rigidity.h"
#include "nixe/elasticity/tables.h"
#include "nixe/file/write.h"

static void print_table(const nixe_parallel *parallel, const nixe_lattice *lattice, double stiffness,
                        const nixe_tables *elastic) {
    double trace = 0, largest = 0;
    for (int i = 0; i < elastic->potential.sites; i++) {
        double V_ii = nixe_table_at(&elastic->potential, i, i);
        trace += V_ii;
        largest = V_ii > largest ? V_ii : largest;
    }
    if (parallel->rank != 0) return;
    if (lattice->core_sites < lattice->sites) printf("K_shell / K = %g: ", stiffness);
    printf("V built in %.3g s; in units of epsilon its trace is %.6g, its largest diagonal element %.6g\n", elastic->seconds,
           trace, largest);
}

/* Whatever can be refused is refused before any table is built; the file is laid out when the first is there. */
static nixe_status compute(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                           nixe_file *file) {
    NIXE_TRY(nixe_rigidity_check(parallel, lattice, options->shell_stiffness.count, options->shell_stiffness.value));
    for (int q = 0; q < options->shell_stiffness.count; q++) {
        nixe_tables elastic;
        NIXE_TRY(nixe_tables_create(parallel, lattice, options->shell_stiffness.value[q], 1, 0, &elastic));
        if (q == 0) NIXE_TRY(nixe_file_create(parallel, options, lattice, 0, NULL, 0, file));
        NIXE_TRY(nixe_file_write_potential(file, q, lattice, &elastic.potential));
        print_table(parallel, lattice, options->shell_stiffness.value[q], &elastic);
        nixe_tables_destroy(&elastic);
    }
    return nixe_file_finish(file);
}

static nixe_cost estimate(const nixe_options *options, const nixe_lattice *lattice) {
    return (nixe_cost){
        .need = {.shared = 8.0 * (double)nixe_tables_count_building(lattice, 1, 0), .private = nixe_columns_bytes(lattice)},
        .seconds = options->shell_stiffness.count * nixe_tables_seconds(lattice, 1, 0)};
}

nixe_status nixe_command_potential(const nixe_parallel *parallel, const nixe_options *options) {
    return nixe_command_once(parallel, options, estimate, compute);
}
