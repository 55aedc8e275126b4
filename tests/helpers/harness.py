"""How the tests run nixe, and look into the files that it writes.

The environment decides: NIXE names the program (build/nixe unless told), MPIRUN what starts it on several ranks.
"""
import os
import shlex
import subprocess
from pathlib import Path

os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"      # some tests read a file while it is written
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import h5py                                        # noqa: E402
from launcher import ENVIRONMENT, MPIRUN           # noqa: E402

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
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
