"""The cells that crystals are drawn from; structure factors, Warren-Cowley parameters, depth profiles and their pictures."""
import shutil
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from harness import make
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from reference import match
from tooling import tool

from figures.exchange import cuts
from figures.order import draw_scattering, equilibrium_order
from nixe.cells import Solid, cell_corners, cell_sides, site_kinds
from nixe.file import LATTICES, File
from nixe.order import POINTS, Plane, profiles, short_range_order, telling_plane

CRYSTALS = {
    "square": "kmc -lattice_type square -lattice_shape disc -lattice_radius 5 -ensemble_size 3",
    "hexagon": "kmc -lattice_edge 5 -ensemble_size 2",
    "fcc": "kmc -lattice_type fcc -lattice_shape sphere -lattice_radius 3 -model_kT 0.4 -ensemble_size 2",
    "bcc": "kmc -lattice_type bcc -lattice_shape box -lattice_cells 4,3,3 -model_kT 1 -ensemble_size 2",
    "hcp": "kmc -lattice_type hcp -lattice_shape rod -lattice_radius 2.1 -lattice_length 6 -model_kT 0.6 -ensemble_size 2",
}
SHELL = ("mc -lattice_type square -lattice_shape disc -lattice_radius 4 -shell_layers 1 -shell_stiffness 1,4 -model_kT 0.5 "
         "-mc_equilibration 50 -mc_sweeps 400 -mc_area_every 100 -mc_snapshot_every 50 -ensemble_size 2")


@pytest.fixture(scope="module")
def files(folder):
    return {name: make(folder / f"{name}.h5", command) for name, command in CRYSTALS.items()}


@pytest.mark.parametrize("lattice", LATTICES)
def test_cells_fill_space(lattice):
    """Of each site its share of the volume of a cell; behind every side there is a bonded neighbour."""
    row = LATTICES[lattice]
    for sides, steps in zip(cell_sides(lattice), row.steps):
        content = 0.0
        for place, corners in sides:
            assert np.isclose(steps, place).all(axis=1).any()
            if row.dimensions == 2:
                size = np.linalg.norm(corners[1] - corners[0])
            else:
                fan = np.cross(corners[1:-1] - corners[0], corners[2:] - corners[0])
                assert (fan @ place > 0).all()          # in their order about the side
                size = np.linalg.norm(fan.sum(axis=0)) / 2
            content += size * np.linalg.norm(place) / 2 / row.dimensions
        assert content == pytest.approx(abs(np.linalg.det(row.vectors)) / len(row.basis))
    x, y = cell_corners(lattice).T
    area = 0.5 * (x @ np.roll(y, -1) - y @ np.roll(x, -1))
    assert area == pytest.approx({"triangular": 0.75**0.5, "hcp": 0.75**0.5, "bcc": 4 / 3}.get(lattice, 1))


@pytest.mark.parametrize("name", ["fcc", "bcc", "hcp"])
def test_solid(files, name):
    """Faces have the neighbours behind them that bonds lead to; those of sites in front come last."""
    with File(files[name]) as run:
        solid = Solid(run)
        assert np.bincount(site_kinds(run)).min() > 20 and len(np.bincount(site_kinds(run))) == len(run.lattice.basis)
        for site, side, ahead in zip(solid.site, solid.side, solid.ahead):
            place = run.position[site] + solid.sides[solid.kind[site]][side][0]
            there = np.flatnonzero(np.isclose(run.position, place, atol=1e-6).all(axis=1))
            assert list(there) == ([ahead] if ahead >= 0 else [])
        view = np.array([1, 0.6, 0.6]) / np.linalg.norm([1, 0.6, 0.6])
        assert (np.diff(run.position[solid.site] @ view) > -1e-9).all()
        everything = np.ones(len(run.position), dtype=bool)
        assert np.array_equal(solid.outside(everything), solid.ahead < 0)
        assert len(solid.faces(solid.outside(everything))) == (solid.ahead < 0).sum()


@pytest.mark.parametrize("name", CRYSTALS)
def test_structure_factor(files, name):
    """Against the sum as it is written, at random points of the picture."""
    rng = np.random.default_rng(4)
    with File(files[name]) as run:
        sigma = rng.choice([-1, 1], len(run.position))
        plane = telling_plane(run, sigma[None])
        found = plane.structure_factor(sigma)
        assert found.shape == (POINTS, POINTS)
        for row, column in rng.integers(0, POINTS, (20, 2)):
            q = 2 * np.pi / plane.edge * (plane.along[column] * plane.u + plane.along[row] * plane.v)
            direct = abs(((sigma - sigma.mean()) * np.exp(1j * run.position @ q)).sum()) ** 2 / len(sigma)
            assert found[row, column] == pytest.approx(direct, abs=1e-9)


def test_peaks(files):
    """Rows of a square lattice scatter at (1/2, 0); {100} sheets of fcc at (1, 0, 0) of its cube. Zones are known."""
    with File(files["square"]) as run:
        plane = Plane(run)
        rows = np.where(np.rint(run.position[:, 0]) % 2 == 0, 1, -1)
        peak = np.unravel_index(plane.structure_factor(rows).argmax(), (POINTS, POINTS))
        assert abs(plane.along[peak[1]]) == pytest.approx(0.5, abs=0.01) and plane.along[peak[0]] == pytest.approx(0, abs=0.01)
        assert np.allclose(np.abs(plane.zone), 0.5)
    with File(files["fcc"]) as run:
        height = np.rint(run.position[:, 2] * np.sqrt(2))
        plane = telling_plane(run, np.where(height % 2 == 0, 1, -1)[None])
        assert plane.edge == pytest.approx(2**0.5)
        peak = np.unravel_index(plane.structure_factor(np.where(height % 2 == 0, 1, -1)).argmax(), (POINTS, POINTS))
        q = plane.along[peak[1]] * plane.u + plane.along[peak[0]] * plane.v
        assert np.sort(abs(q)) == pytest.approx([0, 0, 1], abs=0.02)
        assert np.linalg.norm(plane.zone, axis=1).min() >= 0.86 and np.linalg.norm(plane.zone, axis=1).max() < 1.13
    with File(files["hexagon"]) as run:
        assert np.allclose(np.linalg.norm(Plane(run).zone, axis=1), 2 / 3)          # K


@pytest.mark.parametrize("name", CRYSTALS)
def test_recorded_is_preferred(files, name, tmp_path):
    """Unlike pairs and profiles that a file has at all its times are those of its configurations; without them these count."""
    path = shutil.copy(files[name], tmp_path / "k.h5")
    with File(path) as run:
        recorded, profile, sigma = short_range_order(run), profiles(run), run.trajectories("snapshot/sigma")
        assert np.array_equal(recorded.time, run.time) and np.array_equal(profile.time, run.time)
        at = [int(np.argmin(np.abs(run.time - time))) for time in run.snapshot_time]
        np.testing.assert_allclose(recorded.values[:, at], run.short_range_order(sigma), atol=1e-12)
        np.testing.assert_allclose(profile.values[:, at], run.profile(sigma), atol=1e-12)
    with h5py.File(path, "r+") as file:
        del file["kmc/unlike"], file["kmc/profile"]
    with File(path) as run:
        assert np.array_equal(short_range_order(run).time, run.snapshot_time)
        np.testing.assert_array_equal(short_range_order(run).values, run.short_range_order(sigma))
        assert profiles(run).values.shape == (len(sigma), len(run.snapshot_time), run.depth.max() + 1)
    assert tool("plot", "--order", path).returncode == 0 and (tmp_path / "k_order.png").exists()


@pytest.mark.parametrize("name", [*CRYSTALS, "shell"])
def test_pictures(files, folder, name, tmp_path):
    """Every tool makes something of every crystal."""
    path = shutil.copy(files.get(name) or make(folder / "shell.h5", SHELL), tmp_path / "k.h5")
    for words in (("plot",), ("plot", "--order"), ("report",), ("movie",), ("export",), ("export", "--format", "xdmf")):
        result = tool(words[0], path, *words[1:])
        assert result.returncode == 0, result.stderr
    assert {made.name for made in tmp_path.iterdir()} == {
        "k.h5", "k.png", "k.pdf", "k_order.png", "k_order.pdf", "k.html", "k.gif", "k.xyz", "k.xdmf"}


def test_single_state(folder, tmp_path):
    """Instead of a dot on an empty axis: configurations of one replica, and the order of each replica against sweeps."""
    with File(make(folder / "single.h5", SHELL.replace("1,4", "4"))) as run:
        figure = equilibrium_order([run])
        *panels, main, _ = figure.axes
        words = [text.get_text() for axes in panels for text in axes.texts]
        assert [word for word in words if word.startswith("sweep ")] == [f"sweep {n}" for n in (50, 150, 250, 300, 400)]
        alpha = np.array([run.short_range_order(sigma)[:, 0] for sigma in run.replicas("snapshot/sigma", 0)])
        thin, mean = np.array([line.get_ydata() for line in main.lines[:2]]), main.lines[2]
        assert np.array_equal(thin, alpha) and np.array_equal(mean.get_ydata(), alpha.mean(axis=0))
        assert np.array_equal(mean.get_xdata(), run["/snapshot_sweep"]) and main.get_xlabel() == "sweeps after equilibration"


BARE = "potential -lattice_type fcc -lattice_shape polyhedron -lattice_faces 111:2.6,100:2.2"


def test_bare_crystal(tmp_path):
    """The picture of a potential has what the file tells of its sites; what is the same everywhere is left out."""
    from figures.crystal import NONE, quantities
    path = make(tmp_path / "shell.h5", f"{BARE} -shell_layers 1")
    with File(path) as run:
        assert [quantity.title for quantity in quantities(run)] == ["layer of\nthe shell", "depth", "face"]
    path = make(tmp_path / "v.h5", f"{BARE} -exchange_faces 111:0.5")
    with h5py.File(path, "r+") as file:
        file["lattice/field"][...] = np.linspace(-1, 1, len(file["site"]))
        del file["lattice/field"].attrs["checksum"]
    with File(path) as run:
        found = {quantity.title: quantity for quantity in quantities(run)}
        assert list(found) == ["depth", "face", "factor of $k_\\mathrm{ex}$", "field $h$\n(energy)"]
        assert [patch.get_label() for patch in found["face"].patches] == ["111", "100", "none"]
        grey = (found["factor of $k_\\mathrm{ex}$"].colours == to_rgba(NONE)).all(axis=1)
        assert np.array_equal(grey, ~run.surface) and run.faces == ["111", "100"]
    assert tool("plot", path).returncode == 0


def test_exported_and_read_back(tmp_path):
    """A crystal that is exported is the same crystal again: sites, layers, factors, V."""
    path = make(tmp_path / "v.h5", f"{BARE} -exchange_faces 111:0.5 -shell_layers 1")
    assert tool("export", path).returncode == 0
    again = make(tmp_path / "again.h5", f"potential -lattice_type fcc -lattice_shape file -lattice_file {tmp_path}/v.xyz")
    with File(path) as one, File(again) as two:
        order = match(two.position, one.position)
        assert np.array_equal(two.layer, one.layer[order]) and np.array_equal(two.depth, one.depth[order])
        np.testing.assert_allclose(two["/lattice/exchange"], one["/lattice/exchange"][order], atol=1e-8)
        np.testing.assert_allclose(two.potential(0), one.potential(0)[np.ix_(order, order)], atol=1e-10)
    assert tool("report", again).returncode == 0


def test_crystals_beside_each_other(files, tmp_path):
    paths = [shutil.copy(path, tmp_path / f"{name}.h5") for name, path in files.items()]
    result = tool("plot", "--crystals", *paths)
    assert result.returncode == 0 and {made.name for made in tmp_path.glob("*_crystals.*")} == {
        "square_crystals.png", "square_crystals.pdf"}


def test_cuts(tmp_path):
    """Five at the most, of the middle layer; of nixe kmc alone."""
    path = make(tmp_path / "k.h5", "kmc -lattice_shape cube -lattice_edge 4 -model_kT 1.5 -ensemble_size 1 -kmc_snapshots 9")
    assert tool("plot", "--cuts", path).returncode == 0
    assert (tmp_path / "k_cuts.png").read_bytes().startswith(b"\x89PNG") and (tmp_path / "k_cuts.pdf").exists()
    with File(path) as run:
        panels = cuts(run).axes
        assert 2 <= len(panels) <= 5 and all(len(axes.collections[0].get_paths()) == 16 for axes in panels)
    path = make(tmp_path / "v.h5", "potential -lattice_edge 3")
    assert tool("plot", "--cuts", path).returncode == 2


def test_order_needs_configurations(tmp_path):
    path = make(tmp_path / "v.h5", "potential -lattice_edge 3")
    result = tool("plot", "--order", path)
    assert result.returncode == 2 and result.stderr == f"plot: {path} has no configurations: it comes from 'nixe potential'.\n"


def test_ends_of_scales_have_three_digits():
    axes = Figure().subplots()
    draw_scattering([axes], SimpleNamespace(reach=1, zone=[(0, 0), (1, 0), (0, 1)]), [np.diag([64.0, 1])])
    assert [text.get_text() for text in axes.texts] == ["max 64.0"]
