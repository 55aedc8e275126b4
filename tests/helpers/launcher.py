"""What starts nixe on several ranks: the one place of the tests that tells one MPI from another.

MPIRUN names the program, mpirun by default; Open MPI (4 and 5) and MPICH are known.
"""
import os
import shlex
import subprocess
from pathlib import Path

WORDS = shlex.split(os.environ.get("MPIRUN", "mpirun"))


def is_mpich():
    try:
        said = subprocess.run([*WORDS, "--version"], capture_output=True, text=True).stdout
    except OSError:
        return False            # whoever starts it will see
    return "HYDRA" in said or "MPICH" in said


MPICH = is_mpich()
# More ranks than cores, none of them bound to one.
MPIRUN = [*WORDS, "-bind-to", "none"] if MPICH else [*WORDS, "--oversubscribe", "--bind-to", "none"]
# Ranks that speak with each other as over a plain network, without shared memory. (^sm: Open MPI 5 knows no pt2pt any more.)
PLAIN_NETWORK = ["-genv", "MPIR_CVAR_NOLOCAL", "1"] if MPICH else ["--mca", "btl", "tcp,self", "--mca", "osc", "^sm"]
# As root, as in containers, Open MPI wants to be told twice; and all ranks are on this machine, whatever networks it has.
ENVIRONMENT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_btl_tcp_if_include": "lo"}


def scratch(folder):
    """Words by which the shared memory of the ranks lies in `folder`, which is removed with all that killed ones leave."""
    names = () if MPICH else ("btl_vader_backing_directory", "osc_sm_backing_directory")
    return [word for name in names for word in ("--mca", name, str(folder))]


def grace(seconds):
    """Words that give the ranks so many seconds between SIGTERM and SIGKILL when mpirun ends, where it can be told."""
    return [] if MPICH else ["--mca", "odls_base_sigkill_timeout", str(seconds)]


def status_of_stopped(status, said):
    """The exit status of mpirun that has passed a signal on, and of which nixe has `said` this: one time in five, the mpirun of
    MPICH 4.0 answers 0, of any program. It stands for that of the ranks, 3, or for their end by the signal."""
    if not MPICH or status != 0 or "\nwrote " in said:
        return status
    return 3 if "stopped early by" in said else 1


def ranks_of(pid):
    """The processes of nixe below that of mpirun: Open MPI's ranks are its children, MPICH's have an agent between."""
    found, look = [], [pid]
    while look:
        parent = look.pop()
        try:
            name = Path(f"/proc/{parent}/comm").read_text().strip()
            tasks = [path.read_text() for path in Path(f"/proc/{parent}/task").glob("*/children")]
        except OSError:
            continue            # it has ended meanwhile
        found += [parent] if name == "nixe" else []
        look += [int(child) for children in tasks for child in children.split()]
    return sorted(found)


def told(variables):
    """Words that set variables of the environment for the ranks alone."""
    if MPICH:
        return [word for name, value in variables.items() for word in ("-genv", name, str(value))]
    return [word for name, value in variables.items() for word in ("-x", f"{name}={value}")]


def each(*commands):
    """What starts the first of these commands as rank 0, the next as rank 1, and so on: one mpirun, as with `A : B`, at which
    the mpirun of Open MPI 5.0.7 dies in Debian 13, whatever A and B are (open-mpi/ompi#13303)."""
    of_ranks = [f"{rank}) exec {shlex.join(command)} ;;" for rank, command in enumerate(commands)]
    choose = 'case "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" in ' + " ".join(of_ranks) + " esac; exit 127"
    return [*MPIRUN, "-n", str(len(commands)), "sh", "-c", choose]
