"""How the tests run nixe and read its files.

NIXE names the program, build/nixe by default, and MPIRUN what starts it on several ranks.
"""
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"      # some tests read a file while it is written
os.environ["OPENBLAS_NUM_THREADS"] = "1"

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / "tools"
sys.path.insert(0, str(TOOLS))                     # the modules of the Python tools
sys.path.insert(0, str(ROOT / "tests" / "helpers"))

import h5py                                        # noqa: E402
import pytest                                      # noqa: E402
from launcher import ENVIRONMENT, MPIRUN           # noqa: E402

NIXE = os.path.abspath(os.environ.get("NIXE", ROOT / "build" / "nixe"))


def environment(more=None):
    env = {**os.environ, **ENVIRONMENT}
    env.pop("PETSC_OPTIONS", None)
    return {**env, **(more or {})}


def run(args, ranks=1, flags=(), env=None, cwd=None, timeout=120):
    """Run nixe with `args` (a string or a list): one rank directly, more of them by mpirun."""
    args = shlex.split(args) if isinstance(args, str) else [str(a) for a in args]
    launcher = [] if ranks == 1 and not flags else [*MPIRUN, *flags, "-n", str(ranks)]
    return subprocess.run([*launcher, NIXE, *args], env=environment(env), cwd=cwd,
                          timeout=timeout, capture_output=True, text=True)


def make(path, command, **how):
    """Run `nixe command` to its end, writing `path`; returns the path."""
    result = run(f"{command} -quiet -output_file {shlex.quote(str(path))}", **how)
    assert result.returncode == 0, result.stderr
    return path


def datasets(path):
    """{name: array} of every dataset of a file."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            found["/" + name] = item[()]

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return found


def text(value):
    """An attribute's string, stored with a fixed or a variable length."""
    return value.decode() if isinstance(value, bytes) else value


def bits(array):
    """What has to agree when two datasets are the same bit for bit."""
    content = tuple(array.ravel()) if array.dtype.hasobject else array.tobytes()
    return array.dtype, array.shape, content


def assert_same_bits(one, other):
    """Two files hold the same datasets, NaNs included."""
    one, other = datasets(one), datasets(other)
    assert one.keys() == other.keys()
    different = [name for name in one if bits(one[name]) != bits(other[name])]
    assert not different, different


@pytest.fixture(scope="session", autouse=True)
def nixe_exists():
    assert os.access(NIXE, os.X_OK), f"{NIXE} is not there: run make first, or set NIXE"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, request):
    """A folder shared by the tests of one module."""
    return tmp_path_factory.mktemp(request.module.__name__)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """undisturbed(command): the file of a run that nobody disturbs, made once."""
    files, folder = {}, tmp_path_factory.mktemp("undisturbed")

    def once(command):
        if command not in files:
            files[command] = make(folder / f"{len(files)}.h5", command, ranks=2)
        return files[command]
    return once


@pytest.fixture(scope="session")
def stopped(tmp_path_factory):
    """stopped(case): a fresh copy of a file that was stopped half way, and of its checkpoints."""
    from faults import CASES, Run, wait_for     # which import this module
    folder = tmp_path_factory.mktemp("stopped")

    def copy(case, where):
        path = folder / f"stopped-{case}.h5"
        if not path.exists():
            with Run(f"{CASES[case]} -checkpoint_every 0.1 -resume", path, grace=0) as going:
                wait_for(lambda: path.with_name(f"{path.name}.checkpoint.old").exists())
                going.interrupt("SIGUSR1 to mpirun")
                assert going.finish() == 3, going.output()
        for ending in ("", ".checkpoint", ".checkpoint.old"):
            shutil.copy(f"{path}{ending}", where / f"k.h5{ending}")
        return where / "k.h5"
    return copy
