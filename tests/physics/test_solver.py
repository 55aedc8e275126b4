"""Where PETSc has been built without MUMPS, its own Cholesky does: here PETSc is made to forget that it has MUMPS."""
import os
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import NIXE, environment, run
from faults import build_surroundings

CASES = {
    "hexagon": "potential -lattice_edge 8 -shell_layers 2 -shell_stiffness 1,3.5",
    "cube": "potential -lattice_shape cube -lattice_edge 5",
    "kmc": "kmc -lattice_edge 5 -ensemble_size 4 -output_potential",
    "mc": "mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,4 -ensemble_size 2 -mc_equilibration 10 -mc_sweeps 20 "
          "-mc_area_every 10 -mc_snapshot_every 10 -output_potential",
    "spectrum": "spectrum -lattice_edge 9",
}
OWN = "solver    PETSc's own Cholesky"


@pytest.fixture(scope="module")
def forgetful(folder):
    """The environment of runs without MUMPS."""
    library = build_surroundings(folder)
    before = os.environ.get("LD_PRELOAD")
    return {"LD_PRELOAD": f"{library}:{before}" if before else str(library), "NO_MUMPS": "1"}


def tables(path):
    with h5py.File(path, "r") as file:
        if "spectrum" in file:
            return [file[f"spectrum/{table}/eigenvalue"][()] for table in "VD"]
        return [file["potential/V"][()]]


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("case", CASES)
def test_without_mumps(case, ranks, forgetful, tmp_path):
    """V agrees to ten digits, the spectra do; the header says who factors."""
    said = []
    for name, env in (("with", None), ("without", forgetful)):
        result = run([*CASES[case].split(), "-output_file", tmp_path / f"{name}.h5"], ranks=ranks, env=env)
        assert result.returncode == 0, result.stderr
        said.append(result.stdout)
    if OWN in said[0]:
        pytest.skip("this PETSc has no MUMPS")
    assert OWN in said[1]
    for one, other in zip(tables(tmp_path / "with.h5"), tables(tmp_path / "without.h5")):
        assert np.abs(one - other).max() < 1e-10 * np.abs(one).max()
        assert not np.array_equal(one, other)       # or MUMPS was there after all


@pytest.mark.parametrize("subject", ["stiffness", "displacement"])
def test_unit_tests_without_mumps(forgetful, subject):
    """Zero modes are counted, too, and floppy crystals refused."""
    program = Path(NIXE).parent / "tests" / "elasticity" / f"test_{subject}"
    if not program.exists():
        pytest.skip("the unit tests have not been built")
    done = subprocess.run([program], env=environment(forgetful), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
