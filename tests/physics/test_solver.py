"""Where PETSc has been built without MUMPS, its own Cholesky does: here PETSc is made to forget that it has MUMPS. Factors that
the ranks of a node share need neither."""
import os
import re
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import NIXE, environment, run
from faults import build_surroundings
from launcher import MPIRUN, PLAIN_NETWORK

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


@pytest.mark.parametrize("subject", ["stiffness", "displacement", "fronts"])
def test_unit_tests_without_mumps(forgetful, subject):
    """Zero modes are counted, too, and floppy crystals refused."""
    program = Path(NIXE).parent / "tests" / "elasticity" / f"test_{subject}"
    if not program.exists():
        pytest.skip("the unit tests have not been built")
    done = subprocess.run([program], env=environment(forgetful), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("ranks,flags", [(2, ()), (3, ()), (2, PLAIN_NETWORK)], ids=["2", "3", "without shared memory"])
def test_a_shared_factor_on_several_ranks(ranks, flags):
    """Its columns have the same bits on one of these ranks, on some, and on all."""
    program = Path(NIXE).parent / "tests" / "elasticity" / "test_fronts"
    if not program.exists():
        pytest.skip("the unit tests have not been built")
    done = subprocess.run([*MPIRUN, *flags, "-n", str(ranks), program], env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("ranks", [1, 2])
def test_the_header_tells_of_a_shared_factor(ranks, tmp_path):
    """A large crystal without mirrors has one; what the ranks of a node share does not count for each of them."""
    def told(radius):
        line = f"kmc -lattice_type sc -lattice_shape sphere -lattice_center 0.1,0.2,0.3 -lattice_radius {radius}"
        out = run(f"{line} -dry_run -output_file {tmp_path}/k.h5", ranks=ranks).stdout
        tables, unit = re.search(r"^memory    tables ([\d.]+) ([MG])B a node, [\d.]+ [MG]B a rank$", out, re.M).groups()
        V = 8e-9 * int(re.search(r" (\d+) sites", out)[1])**2
        beside = float(tables) * {"M": 1e-3, "G": 1}[unit] - V
        return re.search(r"^solver    (one.*)$", out, re.M), re.search(r"^response  (.*)$", out, re.M)[1], beside

    solver, response, beside = told(8.2)        # 2,300 sites
    assert solver is None and "from a table" in response and beside > 0.1
    solver, response, beside = told(11.5)       # 6,400
    assert solver is None and "by 1 factor of the stiffness matrix" in response
    solver, response, beside = told(13)         # 9,200; twice its memory while it is made
    size = re.fullmatch(rf"one factor of (\d+ MB) for the {ranks} rank{'s' if ranks > 1 else ''} of a node", solver[1])[1]
    assert f"by 1 factor of the stiffness matrix, {size} a node, where a table" in response
    assert 1.9 < beside / float(size.split()[0]) * 1000 < 2.1
