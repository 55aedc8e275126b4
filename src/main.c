/* nixe: nanocrystal ion exchange, ensembles of kinetic Monte Carlo trajectories. main() chooses the command. */
#include <dlfcn.h>
#include <hdf5.h>
#include <mpi.h>
#include <slepcsys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nixe/command/command.h"
#include "nixe/command/status.h"
#include "nixe/file/probe.h"
#include "nixe/file/read.h"
#include "nixe/run/stop.h"
#include "nixe/version.h"

/* Exit statuses that scripts rely on; NIXE_STOPPED, resumable, is 3. */
enum { COMPLETE = 0, FAILED = 1, REFUSED = 2 };

/* Rank under a launcher of MPI, known before MPI starts: help needs no MPI, which may be absent on a login node. SLURM_PROCID
 * is no sign of one: scripts of a job have it, too, and what they start is no rank. */
static int launched_rank(void) {
    static const char *const variable[] = {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"};
    for (size_t i = 0; i < sizeof variable / sizeof *variable; i++)
        if (getenv(variable[i])) return atoi(getenv(variable[i]));
    return 0;
}

static void print_version(void) {
    unsigned major, minor, release;
    char petsc[256], slepc[256];
    H5get_libversion(&major, &minor, &release);
    PetscGetVersion(petsc, sizeof petsc);
    SlepcGetVersion(slepc, sizeof slepc);
    if (strcmp(NIXE_COMMIT, "unknown") != 0) printf("nixe %s, commit %s\n", NIXE_VERSION, NIXE_COMMIT);
    else printf("nixe %s, unknown commit: it was built from a copy without git\n", NIXE_VERSION);
    printf("%.*s\n%.*s\nHDF5 %u.%u.%u\n", (int)strcspn(petsc, ","), petsc, (int)strcspn(slepc, ","), slepc, major, minor,
           release);
#ifdef OMPI_MAJOR_VERSION
    printf("Open MPI %d.%d.%d\n", OMPI_MAJOR_VERSION, OMPI_MINOR_VERSION, OMPI_RELEASE_VERSION);
#elif defined MPICH_VERSION
    printf("MPICH %s\n", MPICH_VERSION);
#endif
}

/* What Open MPI reads in MPI_Init; where the user has said something, that counts. */
static void set_open_mpi(void) {
    char library[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    const char *transport = getenv("OMPI_MCA_pml");
    int length, version;
    MPI_Get_library_version(library, &length);
    if (sscanf(library, "Open MPI v%d", &version) != 1) return;
    /* Its own MPI-IO can hang in collective writes. ROMIO, of priority 10, does not, and may be absent. */
    setenv("OMPI_MCA_io_ompio_priority", "1", 0);
    /* Debian excludes pt2pt, in version 4 all that there is for one-sided calls between nodes of a plain network, and ucx,
     * which has to go with the transport of that name. A list of our own replaces that; monitoring, which it names, only counts
     * what others do. Version 5 has no pt2pt, and its ucx complains where it is asked and not wanted. */
    if (version < 5 || (transport && *transport != '^' && strstr(transport, "ucx"))) setenv("OMPI_MCA_osc", "^monitoring", 0);
}

/* One rank a core: no threads inside BLAS. */
static void use_one_thread(void) {
    void *symbol = dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
    void (*set_threads)(int);
    if (!symbol) return;
    memcpy(&set_threads, &symbol, sizeof set_threads);
    set_threads(1);
}

static nixe_status run(const nixe_parallel *parallel, nixe_command command, int argc, char **argv, double start) {
    nixe_options options;
    nixe_status status = nixe_options_read(parallel, command, argc, argv, nixe_read_input, &options);
    if (nixe_command_samples(command)) nixe_stop_listen(); /* PETSc has set handlers of its own meanwhile */
    if (!status) status = nixe_command_check(&options);
    if (!status) nixe_stop_set_limit(start, options.time_limit);
    if (!status) {
        switch (command) {
            case NIXE_KMC: status = nixe_command_kmc(parallel, &options); break;
            case NIXE_MC: status = nixe_command_mc(parallel, &options); break;
            case NIXE_POTENTIAL: status = nixe_command_potential(parallel, &options); break;
            case NIXE_SPECTRUM: status = nixe_command_spectrum(parallel, &options); break;
        }
    }
    nixe_options_destroy(&options);
    return status;
}

static int is_either(const char *word, const char *one, const char *other) {
    return !strcmp(word, one) || !strcmp(word, other);
}

static void verify(const char *path) { nixe_command_status("nixe", 2, (char *[]){"--verify", (char *)path}); }

/* Help, the version, and words that are no command; they need no MPI. Returns an exit status, or -1: go on. */
static int answer_without_mpi(int argc, char **argv) {
    const char *word = argc > 1 ? argv[1] : "", *topic = argc > 2 ? argv[2] : "";
    if (argc == 4 && !strcmp(word, "status") && !strcmp(topic, nixe_probe_word)) {
        nixe_probe_read(argv[3], verify);
        _exit(COMPLETE);
    }
    nixe_probe_allow();
    const int is_command = nixe_command_find(word) != 0;
    if (is_command && !is_either(topic, "--help", "-help")) return -1;
    if (!strcmp(word, "status")) return nixe_command_status(argv[0], argc - 2, argv + 2); /* each process asks for itself */
    if (launched_rank() != 0 && (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))) return FAILED;
    if (is_either(word, "--version", "-version")) {
        print_version();
        return COMPLETE;
    }
    if (is_command) topic = word;
    if (is_command || is_either(word, "--help", "-help") || is_either(word, "help", "-h")) {
        const nixe_command command = nixe_command_find(topic);
        if (!strcmp(topic, "status"))
            printf("nixe status: how far a file is, and whether it can be resumed\n\nusage: %s\n", nixe_status_usage);
        else if (!*topic || command) nixe_options_help(stdout, command);
        else nixe_fail(NIXE_REFUSED, "there is no command %s to help with; nixe help lists them", topic);
        if (*nixe_status_message()) fprintf(stderr, "nixe: %s\n", nixe_status_message());
        return *nixe_status_message() ? REFUSED : COMPLETE;
    }
    if (argc > 1) {
        nixe_fail(NIXE_REFUSED, "there is no command %s; the commands are", word);
        fprintf(stderr, "nixe: %s", nixe_status_message());
        for (int i = 0; i < nixe_command_count; i++) fprintf(stderr, " %s,", nixe_command_table[i].name);
        fprintf(stderr, " status and help\n");
    } else {
        nixe_options_help(stderr, 0);
    }
    return REFUSED;
}

/* After a failure that all ranks know: without the libraries, which would try again to write what could not be written. */
static void leave(const nixe_parallel *parallel) {
    fflush(stderr);
    MPI_Barrier(parallel->comm);
    _exit(FAILED);
}

/* What a launcher passes on it gets in pieces, and that of Open MPI 5 may put one that ends within a line before the next of
 * another stream or rank. glibc writes what is unbuffered in such pieces. */
static void write_whole_lines(void) {
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
}

int main(int argc, char **argv) {
    nixe_parallel parallel;
    write_whole_lines();
    int early = answer_without_mpi(argc, argv);
    if (early >= 0) return early;
    nixe_stop_at_once(launched_rank() == 0);
    set_open_mpi();
    use_one_thread();
    H5dont_atexit(); /* MPICH ends other ranks by exit() within a call of its own, where HDF5 must not call it to close */
    if (MPI_Init(NULL, NULL) != MPI_SUCCESS) {
        fprintf(stderr, "nixe: MPI could not be started\n");
        return FAILED;
    }
    nixe_stop_default(); /* while options are read; where one rank fails, the others are ended by a signal and say nothing */
    const double start = MPI_Wtime();
    const nixe_command command = nixe_command_find(argv[1]);
    nixe_status status = nixe_parallel_create(&parallel, MPI_COMM_WORLD);
    if (status) nixe_parallel_abort(&parallel);
    status = run(&parallel, command, argc, argv, start);
    if (!nixe_parallel_knows(status)) nixe_parallel_abort(&parallel);
    fflush(stdout); /* what was said before stands above the sentence, in a pipe, too */
    if (status && parallel.rank == 0) fprintf(stderr, "nixe: %s\n", nixe_status_message());
    if (status == NIXE_FAILED) leave(&parallel);
    PetscBool initialised = PETSC_FALSE;
    if (SlepcInitialized(&initialised) == 0 && initialised) SlepcFinalize();
    nixe_parallel_destroy(&parallel);
    MPI_Finalize();
    return (int)status; /* NIXE_OK, FAILED, REFUSED and STOPPED are the exit statuses */
}
