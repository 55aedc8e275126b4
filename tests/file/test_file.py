"""The HDF5 file: its layout, its description of itself, and the physics in it."""
import json

import h5py
import numpy as np
import pytest
import yaml
from harness import DATA, assert_same_bits, datasets, make, run, text
from reference import Crystal, hexagon, match

HEXAGON = ("kmc -lattice_edge 4 -ensemble_size 6 -model_kT 0.5 -model_J 0.1 -model_dmu -5 "
           "-model_mismatch 0.07 -kmc_time_count 33 -kmc_time_first 0.001 -kmc_time_last 1000 "
           "-output_potential")
CUBE = ("kmc -lattice_shape cube -lattice_edge 4 -ensemble_size 3 -model_kT 1.5 -model_J 0.2 "
        "-model_dmu -20 -kmc_time_count 17 -kmc_time_first 1e-6 -kmc_time_last 1 "
        "-output_potential")
SIZES = dict(classes=1, depths=4, faces=1, R=6, T=33, S=17, N=37, d=2, B=90, Q=1, five=5)
LAYOUT = {                      # path: axes, type
    "/phase": ("five", None),
    "/lattice/position": ("N d", "f8"),
    "/lattice/bonds": ("B 2", "i4"),
    "/lattice/layer": ("N", "i4"),
    "/lattice/face": ("N", "i4"),
    "/lattice/exchange": ("N", "f8"),
    "/lattice/field": ("N", "f8"),
    "/lattice/depth": ("N", "i4"),
    "/lattice/averaged": ("N", "u1"),
    "/potential/V": ("Q N N", "f8"),
    "/trajectory": ("R", "i8"),
    "/kmc/done": ("R", "u1"),
    "/time": ("T", "f8"),
    "/kmc/composition": ("R T", "f8"),
    "/kmc/energy": ("R T", "f8"),
    "/kmc/area_mean": ("R T", "f8"),
    "/kmc/area_rms": ("R T", "f8"),
    "/kmc/f": ("R T five", "f8"),
    "/kmc/events": ("R T", "i8"),
    "/kmc/unlike": ("R T classes", "f8"),
    "/kmc/profile": ("R T depths", "f8"),
    "/kmc/exchanges": ("R T faces", "i8"),
    "/kmc/completion_time": ("R", "f8"),
    "/snapshot_time": ("S", "f8"),
    "/kmc/snapshot/sigma": ("R S N", "i1"),
}
AXIS = {"classes": "/bond_length", "depths": "/surface_depth", "faces": "/face_name", "R": "/trajectory", "T": "/time", "S": "/snapshot_time", "five": "/phase"}


@pytest.fixture(scope="module")
def hexagon_file(folder):
    return make(folder / "hexagon.h5", HEXAGON)


@pytest.fixture(scope="module")
def cube_file(folder):
    return make(folder / "cube.h5", CUBE)


@pytest.fixture(params=["hexagon_file", "cube_file"])
def either(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("path", LAYOUT)
def test_dataset(path, hexagon_file):
    """Shape, type and dimension scales of each dataset."""
    axes, kind = LAYOUT[path]
    with h5py.File(hexagon_file, "r") as file:
        data = file[path]
        assert data.shape == tuple(SIZES.get(a) or int(a) for a in axes.split())
        assert kind is None or data.dtype == np.dtype(kind)
        for k, axis in enumerate(axes.split()):
            if axis in AXIS and path != AXIS[axis]:
                assert any(scale == file[AXIS[axis]] for scale in data.dims[k].values())


def test_self_description(either):
    """Every dataset has its units, a name and a description, every axis a dimension scale."""
    with h5py.File(either, "r") as file:
        def check(name, item):
            if isinstance(item, h5py.Dataset):
                assert isinstance(text(item.attrs["units"]), str)
                assert len(text(item.attrs["description"])) > 5
                assert 2 < len(text(item.attrs["long_name"])) < 32
                scale = h5py.h5ds.is_scale(item.id)
                assert scale or all(len(dim) for dim in item.dims), name
                # What readers of netCDF want: scales at the root, and names of their own for what has several axes.
                assert scale == ("/" not in name) and (item.ndim < 2 or name.split("/")[-1] not in file)
                string = h5py.check_string_dtype(item.dtype)
                assert string is None or string == ("utf-8", None)
        file.visititems(check)


def test_contents(hexagon_file):
    """Root attributes, indices and the grid."""
    with h5py.File(hexagon_file, "r") as file:
        a = {name: text(value) for name, value in file.attrs.items()}
    assert a["program"] == "nixe" and "kmc" in a["command"]
    assert a["version"] in run("--version").stdout
    assert a["commit"] and a["created"]
    assert a["complete"] == 1 and a["format_version"] == 2
    d = datasets(hexagon_file)
    assert [p.decode() for p in d["/phase"]] == ["U1", "S1", "unclassified", "S2", "U2"]
    assert np.all(d["/kmc/done"] == 1)
    assert np.array_equal(d["/trajectory"], np.arange(6))
    assert d["/time"] == pytest.approx(np.geomspace(0.001, 1000, 33), rel=1e-12)
    assert np.array_equal(d["/snapshot_time"], d["/time"][::2])
    assert np.all(d["/lattice/layer"] == 0)


def flatten(tree, prefix=""):
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{key}_")
        else:
            yield prefix + key, value


def test_input_attribute(hexagon_file):
    """The attribute `input` is YAML with numbers for numbers, and without execution options."""
    with h5py.File(hexagon_file, "r") as file:
        options = dict(flatten(yaml.safe_load(text(file.attrs["input"]))))
    expected = dict(
        lattice_shape="hexagon", lattice_edge=4, model_epsilon=1.0, model_J=0.1, model_kT=0.5,
        model_dmu=-5.0, model_k_ex=1.0, model_k_diff=1.0, model_mismatch=0.07,
        model_differences="exact", ensemble_size=6, ensemble_first=0, ensemble_seed=1,
        kmc_time_first=0.001, kmc_time_last=1000.0, kmc_time_count=33, kmc_time_spacing="log",
        kmc_start="A", kmc_stop_composition=0.0, kmc_snapshots=17)
    for key, value in expected.items():
        assert options[key] == value and isinstance(options[key], str) == isinstance(value, str)
    for key in options:
        assert not key.startswith(("output_", "quiet", "input")), key


def test_input_reproduces(either, tmp_path):
    """A run with `-input` of that text writes the same datasets, also on two ranks."""
    with h5py.File(either, "r") as file:
        (tmp_path / "again.yaml").write_text(text(file.attrs["input"]))
    again = make(tmp_path / "again.h5", f"kmc -input {tmp_path}/again.yaml -output_potential",
                 ranks=2)
    assert_same_bits(either, again)


def test_command_line_wins_over_input(tmp_path):
    """An option of the command line replaces that of the YAML file, nested or flat."""
    (tmp_path / "a.yaml").write_text("lattice: {edge: 3}\nensemble:\n  size: 4\n"
                                     "kmc_time_count: 9\nkmc: {time_last: 1e3, snapshots: 2}\n")
    d = datasets(make(tmp_path / "k.h5", f"kmc -input {tmp_path}/a.yaml -ensemble_size 2e0"))
    assert d["/kmc/composition"].shape == (2, 9) and d["/time"][-1] == 1000
    assert len(d["/lattice/layer"]) == 19


def test_table(either):
    """/potential/V against the dense model."""
    d = datasets(either)
    assert abs(d["/potential/V"][0] - Crystal(d["/lattice/position"]).V).max() < 1e-10


def test_observables(either):
    """Every observable at the snapshot times, recomputed from sigma by the dense model."""
    d = datasets(either)
    with h5py.File(either, "r") as file:
        option = dict(flatten(yaml.safe_load(text(file.attrs["input"]))))
    crystal = Crystal(d["/lattice/position"])
    assert np.array_equal(d["/lattice/averaged"], crystal.averaged)
    bonds = {frozenset(bond) for bond in d["/lattice/bonds"].tolist()}
    assert bonds == {frozenset(bond) for bond in crystal.bond.tolist()}
    assert len(bonds) == len(d["/lattice/bonds"])
    assert d["/kmc/f"].sum(axis=2) == pytest.approx(1, abs=1e-12)
    column = np.searchsorted(d["/time"], d["/snapshot_time"])
    length = np.linalg.norm(np.diff(d["/lattice/position"][d["/lattice/bonds"]], axis=1)[:, 0], axis=1)
    pairs = [d["/lattice/bonds"][abs(length - of_class) < 1e-6].T for of_class in d["/bond_length"]]
    depth = d["/lattice/depth"]
    for r, rows in enumerate(d["/kmc/snapshot/sigma"]):
        for k, sigma in zip(column, rows.astype(float)):
            energy = crystal.energy(sigma, option["model_epsilon"], option["model_J"],
                                    option["model_dmu"], d["/potential/V"][0])
            area = crystal.area(sigma, option["model_mismatch"])
            assert set(sigma) <= {-1, 1}
            assert d["/kmc/composition"][r, k] == pytest.approx((sigma == 1).mean(), abs=1e-15)
            assert d["/kmc/energy"][r, k] == pytest.approx(energy, rel=1e-10, abs=1e-9)
            assert d["/kmc/f"][r, k] == pytest.approx(crystal.fractions(sigma), abs=1e-12)
            unlike = [np.mean(sigma[i] != sigma[j]) for i, j in pairs]
            assert d["/kmc/unlike"][r, k] == pytest.approx(unlike, abs=1e-12)
            profile = [np.mean(sigma[depth == level] == 1) for level in range(depth.max() + 1)]
            assert d["/kmc/profile"][r, k] == pytest.approx(profile, abs=1e-12)
            assert d["/kmc/exchanges"][r, k].sum() == (sigma == -1).sum()          # all began as A
            assert d["/kmc/area_mean"][r, k] == pytest.approx(area[0], abs=1e-9)
            assert d["/kmc/area_rms"][r, k] == pytest.approx(area[1], abs=1e-9)


def test_course_of_a_trajectory(either):
    """Events only grow; composition first is 0 at the completion time, and then nothing moves."""
    d = datasets(either)
    time, events = d["/time"], d["/kmc/events"]
    assert np.all(np.diff(events, axis=1) >= 0)
    assert np.all(d["/kmc/completion_time"] > 0)
    for r, completion in enumerate(d["/kmc/completion_time"]):
        over = time >= completion
        assert over.any() and not over.all()
        assert np.all(d["/kmc/composition"][r, over] == 0)
        assert np.all(d["/kmc/composition"][r, ~over] > 0)
        assert len(set(events[r, over])) == 1
        assert len(set(d["/kmc/energy"][r, over])) == 1
        assert np.array_equal(d["/kmc/f"][r, over][-1], [0, 0, 0, 0, 1])


def test_unfinished_trajectories(tmp_path):
    """The completion time is NaN where the stop composition is not reached."""
    command = "kmc -lattice_edge 4 -ensemble_size 2 -kmc_time_count 3 -kmc_snapshots 2 "
    d = datasets(make(tmp_path / "a.h5", command + "-kmc_time_last 1e-3"))
    assert np.all(np.isnan(d["/kmc/completion_time"]))
    d = datasets(make(tmp_path / "b.h5", command + "-kmc_stop_composition none"))
    assert np.all(np.isnan(d["/kmc/completion_time"]))
    d = datasets(make(tmp_path / "c.h5", command + "-kmc_stop_composition 0.5"))
    assert np.all(d["/kmc/composition"][:, -1] == 18 / 37)


def test_potential_file(tmp_path):
    """nixe potential describes itself as nixe kmc does."""
    with h5py.File(make(tmp_path / "v.h5", "potential -lattice_edge 3 -shell_layers 1 "
                        "-shell_stiffness 1,2"), "r") as file:
        assert text(file.attrs["program"]) == "nixe" and file.attrs["complete"] == 1
        assert file["/potential/V"].shape == (2, 37, 37)
        assert all(len(dim) for dim in file["/potential/V"].dims)
        assert list(np.bincount(file["/lattice/layer"][()])) == [19, 18]
        orbits, operations = len(file["orbit_site"]), len(file["symmetry"])
        assert operations == file["lattice"].attrs["operations"] == 12 and orbits < 12
        shapes = {"row": (2, orbits, 37), "orbit": (37,), "operation": (37,), "translation": (37,),
                  "image": (operations, 37), "row_checksums": (2,), "V": (2, 37, 37), "checksums": (2,)}
        assert {name: item.shape for name, item in file["potential"].items()} == shapes
        assert np.array_equal(file["/potential/image"][0], np.arange(37)) and not file["/potential/translation"][()].any()
        assert np.array_equal(file["/potential/orbit"][()][file["orbit_site"][()]], np.arange(orbits))
        assert "/lattice/cell" not in file and "period" not in file


PERIODIC = {                    # type, cells, along what: the vectors, in units of a
    ("triangular", "6,4", "1"): [[6, 0]],
    ("triangular", "6,4", "2,1"): [[6, 0], [2, 2 * 3**0.5]],
    ("sc", "3,4,5", "2"): [[0, 4, 0]],
    ("fcc", "3,4,3", "1,3"): [[3 * 2**0.5, 0, 0], [0, 0, 3 * 2**0.5]],
    ("hcp", "4,3,3", "1,2,3"): [[4, 0, 0], [-1.5, 1.5 * 3**0.5, 0], [0, 0, 3 * (8 / 3)**0.5]],
}


@pytest.mark.parametrize("command", ["kmc", "mc", "potential", "spectrum"])
@pytest.mark.parametrize("box", PERIODIC, ids=" ".join)
def test_periods(box, command, tmp_path):
    """/lattice/cell has the periods, in the files of every command; as many as the crystal has, with a scale of their own."""
    sampling = {"kmc": "-kmc_start random -kmc_time_last 1e-6 -kmc_time_first 1e-7 -kmc_time_count 2 -kmc_snapshots 1 "
                "-ensemble_size 1", "mc": "-mc_equilibration 0 -mc_sweeps 10 -ensemble_size 1 -mc_area_every 10 "
                "-mc_snapshot_every 10"}
    lattice, cells, along = box
    path = make(tmp_path / "k.h5", f"{command} -lattice_type {lattice} -lattice_shape box -lattice_cells {cells} "
                f"-lattice_periodic {along} {sampling.get(command, '')}")
    with h5py.File(path, "r") as file:
        cell, vectors = file["/lattice/cell"], PERIODIC[box]
        assert cell[()] == pytest.approx(np.array(vectors), abs=1e-12) and text(cell.attrs["units"]) == "a"
        assert file["period"][()].tolist() == list(range(len(vectors)))
        assert cell.dims[0][0] == file["period"] and cell.dims[1][0] == file["dimension"]
        # what bonds miss the sites that they lead to by are whole numbers of them
        first, second = file["/lattice/position"][()][file["/lattice/bonds"][()].T]
        missed = first + file["/lattice/bond_vector"][()] - second
        number = missed @ np.linalg.pinv(cell[()])
        assert abs(number - np.rint(number)).max() < 1e-9 and abs(np.rint(number) @ cell[()] - missed).max() < 1e-9
        assert (abs(np.rint(number)).max(axis=0) == 1).all()


def test_reference_configurations(tmp_path):
    """f, elastic energy and areas of given configurations of 721 sites, to 1e-9.

    The expected numbers are an independent program's. The configurations enter as the last
    snapshots of a file that a run starts from, and are recorded before the first event.
    """
    cases = json.loads((DATA / "area.json").read_text())["configurations"]
    start = tmp_path / "start.h5"
    command = (f"kmc -lattice_edge 16 -ensemble_size {len(cases)} -model_dmu 0 -model_kT 1 "
               "-kmc_time_first 1e-30 -kmc_time_last 1e-29 -kmc_time_count 2 -kmc_snapshots 2 "
               "-kmc_stop_composition none")
    make(start, command)
    with h5py.File(start, "r+") as file:
        order = match(file["/lattice/position"][()], hexagon(16))
        sigma = np.array([[1 if x == "A" else -1 for x in c["sigma"]] for c in cases])[:, order]
        file["/kmc/snapshot/sigma"][:, -1] = sigma
        file["/kmc/checksums"][...] = -1

    d = datasets(make(tmp_path / "k.h5", f"{command} -kmc_start {start}"))
    assert np.array_equal(d["/kmc/snapshot/sigma"][:, 0], sigma)
    for k, case in enumerate(cases):
        assert d["/kmc/area_mean"][k, 0] == pytest.approx(case["area_mean"], abs=1e-9)
        assert d["/kmc/area_rms"][k, 0] == pytest.approx(case["area_rms"], abs=1e-9)
        if "f" in case:
            assert d["/kmc/f"][k, 0] == pytest.approx(case["f"], abs=1e-12)
            assert d["/kmc/energy"][k, 0] == pytest.approx(case["elastic_energy"], abs=1e-9)


def test_start_from_rows_modulo(tmp_path):
    """Trajectory r starts from the last configuration of row r modulo rows."""
    d = datasets(make(tmp_path / "k.h5", "kmc -lattice_edge 4 -ensemble_size 3 -kmc_time_count 3 "
                      "-kmc_time_last 0.01 -kmc_snapshots 2"))
    last = d["/kmc/snapshot/sigma"][:, -1]
    assert len(np.unique(last, axis=0)) > 1
    d = datasets(make(tmp_path / "l.h5", "kmc -lattice_edge 4 -ensemble_size 5 -kmc_time_count 2 "
                      "-kmc_time_first 1e-40 -kmc_time_last 1e-39 -kmc_snapshots 2 "
                      f"-ensemble_first 2 -kmc_start {tmp_path}/k.h5"))
    assert np.array_equal(d["/kmc/snapshot/sigma"][:, 0], last[[2, 0, 1, 2, 0]])
