"""Exported configurations, as ASE and VTK read them: the numbers of the HDF5 file."""
import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import NIXE, make
from tooling import tool

from nixe.file import File

SAMPLING = "-mc_equilibration 10 -mc_sweeps 400 -mc_area_every 100 -mc_snapshot_every 100 "
COMMANDS = {
    "hexagon": "kmc -lattice_edge 5 -ensemble_first 10 -ensemble_size 3 -kmc_snapshots 5",
    "cube": "kmc -lattice_shape cube -lattice_edge 4 -model_kT 1.5 -model_dmu -200 -ensemble_size 2 "
            "-kmc_snapshots 5",
    "hcp": "kmc -lattice_type hcp -lattice_shape rod -lattice_radius 2.1 -lattice_length 7 -model_kT 0.6 -ensemble_size 2 "
           "-kmc_snapshots 5",
    "shell & replicas": "mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,5 -model_mismatch 0.2 "
                        f"-ensemble_first 4 -ensemble_size 2 {SAMPLING}",
}
READER = Path(__file__).parent / "read_xdmf.py"
PARAVIEW = Path(NIXE).parent / "paraview"  # unpacked there by tests/tools.sh


@pytest.fixture(params=COMMANDS, scope="module")
def path(request, folder):
    return make(folder / f"{request.param}.h5", COMMANDS[request.param])


def selection(path):
    """Words that choose the last series; its group in the file, and its row there."""
    with h5py.File(path) as file:
        if "kmc" in file:
            index = file["trajectory"][-1]
            return ["--trajectory", index], ("kmc", (len(file["trajectory"]) - 1,))
        replica = file["replica"][-1]
        return ["--state", 1, "--replica", replica], ("mc", (1, 1))


def recorded(file, group, row, name, snapshot):
    """A recorded observable at the moment of a snapshot."""
    axis = "time" if group == "kmc" else {"f": "sweep"}.get(name, "area_sweep")
    moment = file[snapshots_of(group)][snapshot]
    return file[f"{group}/{name}"][row][list(file[axis][()]).index(moment)]


def snapshots_of(group):
    """The axis of its stored configurations."""
    return "snapshot_time" if group == "kmc" else "snapshot_sweep"


def test_xyz_in_ase(path):
    """Every column and every number of every frame."""
    ase_io = pytest.importorskip("ase.io", reason="python3-ase is not installed")
    words, (group, row) = selection(path)
    assert tool("export", path, *words).returncode == 0
    images = ase_io.read(path.with_suffix(".xyz"), index=":")
    with h5py.File(path) as file, File(path) as run:
        sigma = file[f"{group}/snapshot/sigma"][row]
        time = file[snapshots_of(group)][()]
        assert len(images) == len(sigma) >= 4
        d = run.position.shape[1]
        for s, image in enumerate(images):
            assert not image.pbc.any() and len(image) == len(run.position)
            assert image.get_chemical_symbols() == ["Cd" if ion > 0 else "Zn" for ion in sigma[s]]
            np.testing.assert_allclose(image.positions[:, :d], run.position, atol=1e-9)
            assert not image.positions[:, d:].any()
            arrays = image.arrays
            assert np.array_equal(arrays["sigma"], sigma[s])
            assert np.array_equal(arrays["layer"], run.layer)
            assert np.array_equal(arrays["averaged"], run.averaged)
            assert np.array_equal(arrays["depth"], run.depth)
            assert image.info["Time"] == time[s] and image.info["snapshot"] == s
            f = recorded(file, group, row, "f", s)
            for phase, value, order in zip(run.phases, f, (2, 1, 0, -1, -2)):
                assert image.info[f"f_{phase}"] == pytest.approx(value, abs=1e-12)
                counted = (arrays["s"] == order) & arrays["averaged"]
                assert counted.sum() == pytest.approx(value * run.averaged.sum())
            area = arrays["area"][run.averaged]
            for name, value in (("area_mean", area.mean()), ("area_rms", area.std())):
                assert value == pytest.approx(recorded(file, group, row, name, s), abs=1e-8)
            check_displacements(image, run, file["lattice/bonds"][()], d)
            assert {f"--{name}" for name in image.info} >= set(words[::2])


def check_displacements(image, run, bond, d):
    """Positions plus disp have the local areas of the column: disp is in units of a."""
    place = image.positions + image.arrays["disp"]
    near = bond[np.linalg.norm(np.diff(image.positions[bond], axis=1)[:, 0], axis=1) < 1.1]
    step = image.positions[near[:, 1]] - image.positions[near[:, 0]]
    length = np.linalg.norm(place[near[:, 1]] - place[near[:, 0]], axis=1)
    assert np.allclose(np.linalg.norm(step, axis=1), 1)
    for site in np.flatnonzero(run.averaged)[:7]:
        around = length[(near == site).any(axis=1)]
        assert (around**d).mean() - 1 == pytest.approx(image.arrays["area"][site], abs=1e-7)


def test_periodic_in_ase(folder):
    """A box with its periods is a crystal of ASE's, in which every site has its neighbours."""
    ase_io = pytest.importorskip("ase.io", reason="python3-ase is not installed")
    from ase.neighborlist import neighbor_list
    path = make(folder / "film.h5", "potential -lattice_type fcc -lattice_shape box -lattice_cells 3,4,2 -lattice_periodic 1,2")
    assert tool("export", path).returncode == 0
    image = ase_io.read(path.with_suffix(".xyz"))
    with File(path) as run:
        assert list(image.pbc) == [True, True, False] and np.allclose(np.sort(image.cell.lengths()[:2]), [18**0.5, 32**0.5])
        degree = np.bincount(neighbor_list("i", image, 1.01), minlength=len(image))
        assert np.array_equal(degree, np.bincount(run.bonds.ravel(), minlength=len(image)))


def read_with_vtk(path):
    """What VTK's reader of XDMF finds in a file."""
    env = dict(os.environ, HDF5_USE_FILE_LOCKING="FALSE")
    if PARAVIEW.is_dir():
        env["PYTHONPATH"] = str(PARAVIEW / "usr/lib/python3/dist-packages")
        library, = {lib.parent for lib in PARAVIEW.glob("usr/lib/*/libvtkIOXdmf2-pv*.so")}
        env["LD_LIBRARY_PATH"] = str(library)
    done = subprocess.run([sys.executable, READER, path], env=env, cwd="/", capture_output=True,
                          text=True)
    if "No module named 'vtkmodules" in done.stderr:
        pytest.skip("no VTK with a reader of XDMF: tests/tools.sh unpacks one")
    assert done.returncode == 0 and not done.stderr, done.stderr
    return json.loads(done.stdout)


def check_grid(grid, run, sigma):
    d = run.position.shape[1]
    points = np.array(grid["points"])
    np.testing.assert_allclose(points[:, :d], run.position, atol=1e-6)
    assert not points[:, d:].any()
    assert np.array_equal(grid["bonds"], run["/lattice/bonds"])
    of_sites = ("layer", "averaged", "depth", "exchange", "face", "field")
    assert set(grid["arrays"]) == {"sigma", *of_sites}
    for name in of_sites:
        assert np.array_equal(grid["arrays"][name], run[f"/lattice/{name}"]), name
    assert np.array_equal(grid["arrays"]["sigma"], sigma)


def test_xdmf_in_vtk(path):
    """Times, sites, bonds and the numbers of the sites."""
    words, (group, row) = selection(path)
    assert tool("export", path, *words, "--format", "xdmf").returncode == 0
    found = read_with_vtk(path.with_suffix(".xdmf"))
    with File(path) as run:
        time = run[snapshots_of(group)]
        assert [step["time"] for step in found] == list(time)
        for step, sigma in zip(found, run[f"/{group}/snapshot/sigma"][row]):
            grid, = step["grids"]
            check_grid(grid, run, sigma)


def test_xdmf_of_all(path, tmp_path):
    """One block a series; the pair of files can be moved together."""
    assert tool("export", path, "--all", "--format", "xdmf").returncode == 0
    for ending in (".h5", ".xdmf"):
        old = path.with_suffix(ending)
        (tmp_path / old.name).write_bytes(old.read_bytes())
    hidden = path.rename(path.with_suffix(".away"))
    try:
        found = read_with_vtk(tmp_path / path.with_suffix(".xdmf").name)
    finally:
        hidden.rename(path)
    with File(path) as run:
        group = run.attributes["command"]
        sigma = run[f"/{group}/snapshot/sigma"]
        sigma = sigma.reshape(-1, *sigma.shape[-2:])
        for s, step in enumerate(found):
            assert len(step["grids"]) == len(sigma)
            for grid, series in zip(step["grids"], sigma):
                check_grid(grid, run, series[s])
