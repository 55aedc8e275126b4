"""What the reader computes from configurations: phases, displacements, local areas; and arrays with their axes."""
import inspect
import shutil
import subprocess
import sys

import h5py
import numpy as np
import pytest
from harness import ROOT, make
from reference import Crystal, periods

import nixe.file
import nixe_file
from nixe.file import File, NixeFileError, parse_options

SAMPLING = "-mc_equilibration 100 -mc_sweeps 400 -mc_area_every 100 -mc_snapshot_every 100 -ensemble_size 2"
COMMANDS = {
    "hexagon": "kmc -lattice_edge 5 -ensemble_size 2 -kmc_time_count 33 -kmc_snapshots 9",
    "cube": "kmc -lattice_shape cube -lattice_edge 4 -model_kT 1.5 -model_dmu -200 -ensemble_size 2",
    "shell": f"mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,5 -model_mismatch 0.2 {SAMPLING}",
    "cube in a shell": f"mc -lattice_shape cube -lattice_edge 4 -shell_layers 1 -model_kT 1.5 {SAMPLING}",
    "square": "kmc -lattice_type square -lattice_shape disc -lattice_radius 4 -bond_stiffness 1,0.6 -bond_mismatch 1,1.3 "
              "-ensemble_size 2",
    "fcc": "kmc -lattice_type fcc -lattice_shape polyhedron -lattice_faces 111:2.5,100:2.9 -model_kT 0.4 -ensemble_size 2",
    "bcc in a shell": "mc -lattice_type bcc -lattice_shape sphere -lattice_radius 2.5 -shell_layers 1 -shell_stiffness 3 "
                      f"-bond_stiffness 1,2 -bond_mismatch 1,0.7 -model_kT 1 {SAMPLING}",
    "hcp": "kmc -lattice_type hcp -lattice_shape rod -lattice_radius 2.1 -lattice_length 6 -model_kT 0.6 -ensemble_size 2",
    "film": "kmc -lattice_type bcc -lattice_shape box -lattice_cells 3,4,3 -lattice_periodic 1,2 -bond_stiffness 1,2 "
            "-model_kT 1 -ensemble_size 2",
    "wire": "kmc -lattice_type sc -lattice_shape box -lattice_cells 3,4,5 -lattice_periodic 3 -bond_mismatch 1,1.4 "
            "-model_kT 1.5 -model_dmu -100 -ensemble_size 2",
    "bulk": f"mc -lattice_type triangular -lattice_shape box -lattice_cells 6,9 -lattice_periodic 1,2 {SAMPLING}",
}


@pytest.fixture(params=COMMANDS, scope="module")
def run(request, folder):
    with File(make(folder / f"{request.param}.h5", COMMANDS[request.param])) as file:
        yield file


def independent(run, stiffness):
    """The crystal of a file by the model of the tests."""
    constants = {name: run.options[f"bond_{name}"] for name in ("stiffness", "mismatch")}
    along = np.atleast_1d(run.options.get("lattice_periodic", "none")).tolist()
    repeated = () if along == ["none"] else periods(run.lattice_type, run.options["lattice_cells"], map(int, along))
    return Crystal(run.position, run.layer, stiffness, run.lattice_type, **constants, periods=repeated)


def configurations(run):
    """(sigma, shell stiffness, f, mean and spread of the area) of every stored configuration."""
    if "kmc" in run.attributes["command"]:
        at = np.searchsorted(run.time, run.snapshot_time)
        for row in range(len(run.done)):
            recorded = (run[f"/kmc/{name}"][row][at] for name in ("f", "area_mean", "area_rms"))
            yield from zip(run.snapshots(row), [1.0] * len(at), *recorded)
    else:
        for state, stiffness in enumerate(run.shell_stiffness):
            sigma, mean, rms = (run.replicas(name, state)[1]
                                for name in ("snapshot/sigma", "area_mean", "area_rms"))
            at = np.searchsorted(run["/sweep"], run["/snapshot_sweep"])
            yield from zip(sigma, [stiffness] * len(sigma), run.replicas("f", state)[1][at], mean, rms)


def test_areas_and_phases_are_those_recorded(run):
    """Every stored configuration has the areas and phase fractions that nixe recorded beside it."""
    seen = 0
    for sigma, stiffness, f, mean, rms in configurations(run):
        area = run.local_area(sigma, stiffness)[run.averaged]
        assert abs(area.mean() - mean) < 1e-12 and abs(area.std() - rms) < 1e-12
        sites = run.sites_by_phase(sigma)
        assert list(sites) == run.phases
        np.testing.assert_allclose([mask.sum() / run.averaged.sum() for mask in sites.values()], f, atol=1e-15)
        seen += 1
    assert seen >= 4


def test_displacements(run):
    """Against the pseudo-inverse; neighbours of a single B move towards it."""
    stiffness = max(s for _, s, *_ in configurations(run))
    crystal = independent(run, stiffness)
    sites = len(run.position)
    for sigma in (np.random.default_rng(1).choice([-1, 1], sites), np.where(np.arange(sites) % 3 > 0, 1, -1)):
        np.testing.assert_allclose(run.displacement(sigma, stiffness), crystal.displacement(sigma), atol=1e-11)
    middle = np.argmin(np.linalg.norm(run.position, axis=1))
    single = np.where(np.arange(sites) == middle, -1, 1)
    u = run.displacement(single, stiffness)
    if run.lattice_type in ("square", "bcc") or len(run.periods):
        return      # neighbours of other classes may pull harder
    for site in np.flatnonzero(crystal.nearest[middle]):
        assert (u[site] - u[middle]) @ (run.position[site] - run.position[middle]) < 0


def test_area_of_a_uniform_crystal(run):
    """Nothing strains, only the mismatch counts; sites without all their neighbours have no area."""
    area = run.local_area(np.ones(len(run.position)))
    assert np.isfinite(area[run.averaged]).all() and np.isnan(area).any() == run.surface.any()
    assert abs(np.nan_to_num(area)).max() < 1e-12


def test_order_of_neighbours(run):
    """Unlike pairs of each class, Warren-Cowley parameters, depths, profiles against the model of the tests."""
    crystal, core = independent(run, 1.0), run.layer == 0
    assert np.array_equal(run.depth, crystal.depth()) and np.array_equal(run.surface, crystal.surface)
    stored = run.snapshots(0) if run.kind == "kmc" else run.replicas("snapshot/sigma", 0)[0]
    expected = np.array([crystal.unlike(sigma) for sigma in stored])
    np.testing.assert_allclose(run.unlike_pairs(stored), expected, atol=1e-15)
    c = (stored[:, core] > 0).mean(axis=1)
    mixed = (c > 0) & (c < 1)
    alpha = run.short_range_order(stored)
    assert np.isnan(alpha[~mixed]).all()
    np.testing.assert_allclose(alpha[mixed], 1 - expected[mixed] / (2 * c * (1 - c))[mixed, None], atol=1e-14)
    profile = run.profile(stored)
    assert profile.shape == (len(stored), crystal.depth().max() + 1)
    if run.surface.any():
        np.testing.assert_allclose(profile @ np.bincount(run.depth) / len(core), (stored > 0).mean(axis=1), atol=1e-14)


def test_order_of_known_configurations(folder):
    """All A has no order to tell; halves approach 1 in a large crystal; stripes along a row alternate."""
    with File(make(folder / "bare.h5", "potential -lattice_type square -lattice_shape box -lattice_cells 20,20")) as run:
        assert np.isnan(run.short_range_order(np.ones(400))).all()
        halves = np.where(run.position[:, 0] > 0, 1, -1)
        np.testing.assert_allclose(run.short_range_order(halves), [1 - 2 * 20 / 760, 1 - 2 * 38 / 722])
        board = np.where(np.rint(run.position - run.position.min(axis=0)).sum(axis=1) % 2 == 0, 1, -1)
        np.testing.assert_allclose(run.short_range_order(board), [-1, 1])
        assert run.depth.max() == 9 and np.bincount(run.depth)[0] == 76


def test_array(run):
    """A dataset with named axes, their coordinates, its units and its description."""
    path, axes = (("/kmc/f", ["trajectory", "time", "phase"]) if "kmc" in run.attributes["command"] else
                  ("/mc/f", ["state", "replica", "sweep", "phase"]))
    array = run.array(path)
    assert list(array.axes) == axes
    assert [len(coordinates) for coordinates in array.axes.values()] == list(array.values.shape)
    assert list(array.axes["phase"]) == run.phases
    assert "fraction" in array.description and array.units == ""
    assert np.asarray(array).shape == array.values.shape
    assert run.array("/lattice/position").units == "a"
    with pytest.raises(NixeFileError, match="no dataset /kmc/nothing"):
        run.array("/kmc/nothing")


def test_axes_of_one_name(folder):
    """V is sites x sites: both axes are there."""
    with File(make(folder / "v.h5", "potential -lattice_edge 3 -shell_stiffness 1")) as run:
        array = run.array("/potential/V")
        assert list(array.axes) == ["shell_stiffness", "site", "site'"] and array.units == "epsilon"


@pytest.mark.parametrize("cells, along", [("7,3", "1,2"), ("3,8", "2"), ("3,40", "1,2")])
def test_distances_through_periods(cells, along, folder, tmp_path):
    """Against all images near and far; and where a file does not say its periods, they follow from its bonds."""
    path = make(folder / f"{cells} {along}.h5", f"potential -lattice_type triangular -lattice_shape box -lattice_cells {cells} "
                f"-lattice_periodic {along}")
    old = shutil.copy(path, tmp_path / "old.h5")
    with h5py.File(old, "r+") as file:
        del file["lattice/cell"], file["period"]
    with File(path) as run, File(old) as without:
        image = np.stack(np.meshgrid(*[np.arange(-9, 10)] * len(run.periods))).reshape(len(run.periods), -1).T @ run.periods
        way = run.position - run.position[5]
        expected = np.linalg.norm(way[:, None] + image, axis=2).min(axis=1)
        np.testing.assert_allclose(run.distances(5), expected, atol=1e-12)
        np.testing.assert_allclose(without.distances(5), expected, atol=1e-12)
        assert len(without.periods) == len(run.periods)
        np.testing.assert_allclose(without.interactions(5), run.interactions(5), atol=1e-14)


def test_quoted_options():
    """Text stands in quotes, with a backslash before quotes and backslashes."""
    assert parse_options('kmc:\n  start: "a: #1, [2]"\n') == {"kmc_start": "a: #1, [2]"}
    assert parse_options('kmc:\n  start: "it\'s a \\"start\\" \\\\ of.h5"\n') == {"kmc_start": 'it\'s a "start" \\ of.h5'}


def test_options_of_every_kind(folder):
    """Numbers are numbers, words stay words, lists are lists; names lead through all sections."""
    path = make(folder / "words.h5", "kmc -lattice_edge 3 -ensemble_size 1 -ensemble_seed 18446744073709551615 "
                "-kmc_stop_composition none -model_J 1e-4 -model_dmu -1 -kmc_time_last 1")
    with File(path) as run:
        options = run.options
    expected = dict(lattice_shape="hexagon", lattice_edge=3, shell_stiffness=1.0, model_J=1e-4, model_dmu=-1.0,
                    ensemble_seed=2**64 - 1, kmc_time_spacing="log", kmc_start="A", kmc_stop_composition="none")
    for name, value in expected.items():
        assert options[name] == value and type(options[name]) is type(value), name
    assert parse_options("shell:\n  stiffness: [1.0e+00, 2.5e-01]\nquiet: true\nkmc:\n") == {
        "shell_stiffness": [1.0, 0.25], "quiet": True}
    assert parse_options("") == {}


@pytest.mark.parametrize("content, sentence", [
    ("kmc:\n  start: [1, 2\n", "input of .*damaged.h5 is not YAML, line 3"), ("model: kT: 1\n", "not YAML, line 1"),
    ("model: {kT: 2026-99-99}\n", "is not YAML"), ("- 1\n- 2\n", "not of options"), ("hello\n", "not of options")])
def test_options_that_are_none(content, sentence, folder, tmp_path):
    """An input that something has damaged is refused in a sentence that names the file."""
    path = tmp_path / "damaged.h5"
    shutil.copy(make(folder / "good.h5", "potential -lattice_edge 2 -output_overwrite"), path)
    with h5py.File(path, "r+") as file:
        file.attrs["input"] = content
    with File(path) as run, pytest.raises(NixeFileError, match=sentence):
        run.options["lattice_edge"]


def test_both_names():
    """nixe_file passes on whatever nixe.file has for others."""
    own = {name for name, value in vars(nixe.file).items() if not name.startswith("_") and (
        name.isupper() or getattr(value, "__module__", "").startswith("nixe.file") and not inspect.ismodule(value))}
    parts = {"Labelled", "Potential"}    # of File
    assert own - parts == set(nixe.file.__all__) == set(nixe_file.__all__)
    assert {"File", "average", "LEAST_RECORDS"} < own
    assert all(getattr(nixe_file, name) is getattr(nixe.file, name) for name in own - parts)


@pytest.mark.parametrize("mode", ["r", "r+"])
@pytest.mark.parametrize("how", [{}, {"locking": True}, {"locking": False}], ids=str)
def test_open_in_the_same_process(mode, how, folder, tmp_path, monkeypatch):
    """A file that h5py has open already, with a lock or without, which stays open."""
    monkeypatch.delenv("HDF5_USE_FILE_LOCKING", raising=False)
    path = shutil.copy(make(folder / "open.h5", "kmc -lattice_edge 3 -ensemble_size 1 -output_overwrite"), tmp_path / "open.h5")
    with h5py.File(path, mode, **how) as own:
        with File(path) as run:
            assert len(run.time) == 161 and run.done.all()
        assert len(own["time"]) == 161


def test_single_folder(tmp_path):
    """The reader copied beside a script, under the name that the script imports, needs nothing else of nixe."""
    shutil.copytree(ROOT / "tools" / "nixe" / "file", tmp_path / "nixe_file")
    path = make(tmp_path / "k.h5", COMMANDS["hexagon"])
    (tmp_path / "script.py").write_text(
        f"import sys\nfrom nixe_file import File\nwith File({str(path)!r}) as run:\n"
        "    print(run.local_area(run.snapshots(0)[0]).shape, run.options['lattice_edge'])\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'nixe'])\n")
    done = subprocess.run([sys.executable, "-B", "-E", tmp_path / "script.py"], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("(61,) 5\n[]\n", "")
