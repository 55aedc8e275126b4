"""Paths of nixe mc as the tools see them: loops and their areas, pictures, tables, what the program's summary says."""
import re

import h5py
import numpy as np
import pytest
from harness import ROOT, make, run
from tooling import tool

from nixe.checks import warnings
from nixe.file import File, NixeFileError
from nixe.numbers import tables
from nixe.paths import Path
from nixe.states import find_curves

LENGTH = "-mc_equilibration 20 -mc_sweeps 100 -mc_area_every 20 -mc_snapshot_every 50"
SMALL = f"mc -lattice_edge 4 -model_kT 0.8 -mc_composition 1 -mc_move flip {LENGTH}"
DMU = "3,1.5,0,-1.5,-3"


@pytest.fixture(scope="module")
def loop(folder):
    return make(folder / "loop.h5", f"{SMALL} -mc_path loop -model_dmu {DMU} -ensemble_size 3")


def test_loop(loop):
    """The area against a plain sum, the branches, what the states are."""
    with File(loop) as file, h5py.File(loop, "r") as h5:
        path = Path.of(file)
        c = h5["/mc/composition"][()].mean(axis=2)
        np.testing.assert_allclose(path.values, c)
        assert path.across == "dmu" and list(path.x) == [3, 1.5, 0, -1.5, -3, -1.5, 0, 1.5, 3]
        assert [list(states) for states in path.branches()] == [[0, 1, 2, 3, 4], [4, 5, 6, 7, 8]]
        work = [sum((c[i, p] + c[i + 1, p]) / 2 * (path.x[i] - path.x[i + 1]) for i in range(8)) for p in range(3)]
        np.testing.assert_allclose(path.areas(), work)
        assert path.area() == pytest.approx((np.mean(work), np.std(work, ddof=1) / 3**0.5))
        assert path.area()[0] > 0.5     # it does lag behind
        assert list(file.branch) == [1] * 5 + [-1] * 4 and file.flips and list(file.dmu) == list(path.x)
        assert np.isnan(file.umbrella_center).all() and (file.composition == 1).all() and not warnings(file)


def known(path, values):
    """A file whose compositions are these: states x replicas."""
    with h5py.File(path, "r+") as file:
        file["/mc/composition"][...] = np.asarray(values)[:, :, None]


def test_area_and_crossings_of_known_loops(tmp_path):
    """A rectangle whose corners are known; an orientation that makes no difference to the work; a replica not at the end."""
    for name, dmu in (("down", "1,0.5,-0.5,-1"), ("up", "-1,-0.5,0.5,1")):
        path = make(tmp_path / f"{name}.h5", f"{SMALL} -mc_path loop -model_dmu {dmu} -ensemble_size 2")
        way = np.array([1, 1, 1, 0, 0, 0, 1.0]) if name == "down" else np.array([0, 0, 0, 1, 1, 1, 0.0])
        known(path, np.column_stack([way, way]))
        with File(path) as file:
            found = Path.of(file)
            np.testing.assert_allclose(found.areas(), 1.5)
            assert found.area() == (1.5, 0.0)
            forward, back = found.crossings()
            turn = -0.75 if name == "down" else 0.75
            np.testing.assert_allclose(forward, turn)
            np.testing.assert_allclose(back, -turn)
    with h5py.File(path, "r+") as file:
        file["/mc/sweeps_done"][5:, 1] = 0
    with File(path) as file:
        found = Path.of(file)
        assert len(found.areas()) == 1 and np.isnan(found.area()[1])
        mean, error = found.mean_and_error()
        assert not np.isnan(mean).any() and np.isnan(error[5:]).all() and not np.isnan(error[:5]).any()


def test_picture_and_report(loop, tmp_path):
    """A picture of its own for each path; the page has the loop among its tables."""
    result = tool("plot", loop, "-o", tmp_path / "loop.png")
    assert result.returncode == 0 and result.stdout == f"wrote {tmp_path / 'loop.png'}\n" and not result.stderr
    result = tool("report", loop, "-o", tmp_path / "loop.html")
    assert result.returncode == 0 and not result.stderr
    page = (tmp_path / "loop.html").read_text()
    assert "area, of c against Δμ" in page and "forward" in page and "N<sub>core</sub> var(c)" in page


def test_forward(tmp_path):
    """An annealing of swaps follows f_U, and has no area."""
    path = make(tmp_path / "a.h5", f"mc -lattice_edge 5 -model_kT 2,1,0.5 -mc_path forward {LENGTH}")
    with File(path) as file:
        found = Path.of(file)
        assert found.quantity == "unstructured" and found.across == "kT" and len(found.branches()) == 1
        assert np.isnan(found.area()).all() and len(tables(file)) == 1
    assert tool("plot", path, "-o", tmp_path / "a.png").returncode == 0
    with File(make(tmp_path / "i.h5", f"mc -lattice_edge 4 -model_kT 2,1 {LENGTH}")) as file:
        with pytest.raises(NixeFileError, match="has no path"):
            Path.of(file)


def summary(path, command):
    result = run(f"{command} -output_file {path}")
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("options, names", [
    ("-model_dmu 1,-1 -mc_path loop", ["dmu = 1, kT = 0.8, on the way forward",
                                        "dmu = -1, kT = 0.8, on the way forward",
                                        "dmu = 1, kT = 0.8, on the way back"]),
    ("-mc_umbrella_stiffness 5 -mc_umbrella_center 0.2,0.7", ["c_0 = 0.2, dmu = 0, kT = 0.8",
                                                             "c_0 = 0.7, dmu = 0, kT = 0.8"]),
    ("-mc_move swap -mc_composition 0.2,0.7", ["c = 0.2, kT = 0.8", "c = 0.7, kT = 0.8"]),
])
def test_summary_names_states(options, names, tmp_path):
    """Every axis that varies; and the mean composition, with the error that the reader has."""
    said = summary(tmp_path / "s.h5", f"{SMALL} {options}")
    assert re.findall(r"^(?:c|c_0|dmu) = .*$", said, re.MULTILINE) == names
    numbers = re.findall(r"composition (\d\.\d+)\((\d\.\d+)\)", said)
    with File(tmp_path / "s.h5") as file:
        assert len(numbers) == (len(names) if file.flips else 0)
        if file.flips:
            c = np.array(file.mean_and_error("composition"))
            assert (np.abs(np.array(numbers, dtype=float).T - c) <= 0.051 * c[1]).all()  # to two digits of the errors


def test_curves_along_new_axes(tmp_path):
    """Compositions, also of several files, and dmu are horizontal axes; each way of a loop is a curve."""
    swaps = [make(tmp_path / f"{c}.h5", f"mc -lattice_edge 4 -model_kT 0.8 -mc_composition {c} {LENGTH}") for c in ("0.3,0.4", "0.6")]
    curve, = find_curves([File(path) for path in swaps])
    assert curve.across == "composition" and list(curve.x) == [0.3, 0.4, 0.6]
    flips = make(tmp_path / "dmu.h5", f"{SMALL} -model_dmu -1,0,1 -model_kT 0.8,1")
    curves = find_curves([File(flips)])
    assert [curve.across for curve in curves] == ["dmu"] * 2 and "0.8" in curves[0].label
    assert curves[0].values("composition")[0][0] < 0.5 < curves[0].values("composition")[0][2]
    for paths in (swaps, [flips]):
        assert tool("plot", *paths, "-o", tmp_path / "p.png").returncode == 0


def test_input(tmp_path):
    """The loop of the input file is open to both sides, and that in kT, with the options of its comment, does not close."""
    text = (ROOT / "input/mc_hysteresis.yaml").read_text()
    more = re.search(r"^# +(-model_dmu \S+ -model_kT \S+)$", text, re.MULTILINE)[1]
    with File(make(tmp_path / "h.h5", "mc -input input/mc_hysteresis.yaml -ensemble_size 3", cwd=ROOT)) as file:
        path = Path.of(file)
        forward, back = path.crossings()
        assert np.all((-3 < forward) & (forward < -1.5)) and np.all((1.5 < back) & (back < 3)) and 3.5 < path.area()[0] < 5.5
        assert np.all(path.values[[0, -1]] > 0.98) and np.all(path.values[18] < 0.02)
    with File(make(tmp_path / "t.h5", f"mc -input input/mc_hysteresis.yaml -ensemble_size 3 {more}", cwd=ROOT)) as file:
        path = Path.of(file)
        assert path.across == "kT" and np.all(path.values[0] > 0.9) and np.all(path.values[-1] < 0.1)


def test_report_of_umbrellas(tmp_path):
    """The page of a file with umbrellas has the moves, the compositions, and F(c)."""
    path = make(tmp_path / "u.h5", f"{SMALL} -mc_umbrella_stiffness 5 -mc_umbrella_center 0.2,0.5,0.8 -mc_sweeps 1000")
    assert tool("report", path, "-o", tmp_path / "u.html").returncode == 0
    page = (tmp_path / "u.html").read_text()
    assert "flips; umbrella of stiffness 5 about c = 0.2, 0.5, 0.8" in page and "Free energy of each composition" in page
    assert "c<sub>0</sub>" in page
