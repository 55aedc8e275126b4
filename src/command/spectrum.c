/* nixe spectrum: lowest eigenpairs of V_elastic and of the stiffness matrix D. Collective; rank 0 solves for the eigenpairs. */
#include "nixe/elasticity/spectrum.h"
#include "nixe/command/command.h"
#include "nixe/elasticity/rigidity.h"
#include "nixe/elasticity/tables.h"
#include "nixe/file/write.h"

static void print(const char *name, const nixe_spectrum *spectrum) {
    char expected[64] = "";
    if (spectrum->expected >= 0)
        snprintf(expected, sizeof expected, ", %d expected%s", spectrum->expected,
                 spectrum->zero_modes == spectrum->expected ? "" : "  <-- they differ");
    printf("%s: %d zero modes%s; the lowest eigenvalues above them:\n", name, spectrum->zero_modes, expected);
    for (int i = spectrum->zero_modes; i < spectrum->count; i++)
        printf("  %.10g%s", spectrum->eigenvalue[i], (i - spectrum->zero_modes) % 6 == 5 ? "\n" : "");
    printf("%s", (spectrum->count - spectrum->zero_modes) % 6 ? "\n" : "");
}

/* Lay the file out with everything in it, and count the zero modes in attributes. */
static nixe_status write(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                         const nixe_spectrum *V, const nixe_spectrum *D, nixe_file *file) {
    const nixe_known known[] = {{NIXE_DATA_V_EIGENVALUE, V->eigenvalue},
                                {NIXE_DATA_V_EIGENVECTOR, V->eigenvector},
                                {NIXE_DATA_D_EIGENVALUE, D->eigenvalue},
                                {NIXE_DATA_D_EIGENVECTOR, D->eigenvector}};
    int count[2] = {V->count, D->count};
    NIXE_MPI(MPI_Bcast(count, 2, MPI_INT, 0, parallel->comm));
    file->size[NIXE_AXIS_V_MODE] = count[0];
    file->size[NIXE_AXIS_D_MODE] = count[1];
    NIXE_TRY(nixe_file_create(parallel, options, lattice, 4, known, 0, file));
    NIXE_TRY(nixe_file_write_count(file, NIXE_DATA_V_EIGENVALUE, "zero_modes", V->zero_modes));
    NIXE_TRY(nixe_file_write_count(file, NIXE_DATA_V_EIGENVALUE, "zero_modes_expected", V->expected));
    NIXE_TRY(nixe_file_write_count(file, NIXE_DATA_D_EIGENVALUE, "zero_modes", D->zero_modes));
    NIXE_TRY(nixe_file_write_count(file, NIXE_DATA_D_EIGENVALUE, "zero_modes_expected", D->expected));
    return nixe_file_finish(file);
}

/* Build V, solve and write. */
static nixe_status compute(const nixe_parallel *parallel, const nixe_options *options, const nixe_lattice *lattice,
                           nixe_file *file) {
    nixe_tables elastic;
    nixe_spectrum V = {0}, D = {0};
    const double K_shell = options->shell_stiffness.value[0];
    NIXE_TRY(nixe_rigidity_check(parallel, lattice, 1, options->shell_stiffness.value));
    NIXE_TRY(nixe_tables_create(parallel, lattice, K_shell, 1, 0, &elastic));
    if (parallel->rank == 0) printf("set-up    V built in %.3g s\n", elastic.seconds);
    const int above = (int)options->spectrum_count;
    nixe_status status = NIXE_OK;
    if (parallel->rank == 0) status = nixe_spectrum_of_potential(lattice, K_shell, &elastic.potential, above, &V);
    if (parallel->rank == 0 && !status)
        status = nixe_spectrum_of_stiffness(lattice, K_shell, nixe_stiffness_rigid_motions(lattice), above, &D);
    NIXE_TRY(nixe_parallel_agree(parallel, status));
    NIXE_TRY(write(parallel, options, lattice, &V, &D, file));
    if (parallel->rank == 0) {
        print("V", &V);
        print("D", &D);
    }
    nixe_spectrum_destroy(&V);
    nixe_spectrum_destroy(&D);
    nixe_tables_destroy(&elastic);
    return NIXE_OK;
}

nixe_status nixe_command_spectrum(const nixe_parallel *parallel, const nixe_options *options) {
    return nixe_command_once(parallel, options, 5, compute);
}
