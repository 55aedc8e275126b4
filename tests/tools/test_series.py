"""Which trajectory or replica the tools take, what they refuse, and what export.py writes of it."""
import re
import shutil
import xml.etree.ElementTree as ElementTree

import h5py
import numpy as np
import pytest
from harness import make
from tooling import change, tool

from nixe.file import File
from nixe.series import listing

SAMPLING = "-mc_equilibration 10 -mc_sweeps 400 -mc_area_every 100 -mc_snapshot_every 100 "
KMC = "kmc -lattice_edge 4 -ensemble_first 10 -ensemble_size 4 -kmc_snapshots 5 "
MC = ("mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3 -ensemble_first 4 "
      f"-ensemble_size 2 {SAMPLING}")


@pytest.fixture(scope="module")
def kmc_file(folder):
    return make(folder / "kmc.h5", KMC)


@pytest.fixture(scope="module")
def mc_file(folder):
    return make(folder / "mc.h5", MC)


@pytest.fixture(scope="module")
def files(folder, kmc_file, mc_file):
    """Files of every kind, the good and the bad."""
    text, foreign = folder / "text.h5", folder / "foreign.h5"
    text.write_text("no data\n")
    h5py.File(foreign, "w").close()
    return {
        "kmc": kmc_file, "mc": mc_file, "text": text, "foreign": foreign,
        "missing": folder / "missing.h5",
        "potential": make(folder / "potential.h5", "potential -lattice_edge 3"),
        "growing": change(kmc_file, folder / "growing.h5", kmc__done=[0, 1, 0, 1]),
        "empty": change(kmc_file, folder / "empty.h5", kmc__done=0),
        "early": change(mc_file, folder / "early.h5", mc__sweeps_done=[[250, 50], [50, 50]]),
        "unborn": change(mc_file, folder / "unborn.h5", mc__sweeps_done=50),
    }


def frames(path):
    """(comment, rows of words) of each frame of an XYZ file."""
    lines = path.read_text().splitlines()
    size = int(lines[0]) + 2
    assert len(lines) % size == 0
    return [(lines[i + 1], [line.split() for line in lines[i + 2:i + size]])
            for i in range(0, len(lines), size)]


def test_movie_of_no_configurations(files):
    result = tool("movie", files["potential"])
    assert (result.returncode, result.stderr) == (
        2, f"movie: {files['potential']} has no configurations: it comes from 'nixe potential'.\n")


@pytest.mark.parametrize("name", ["movie", "export"])
@pytest.mark.parametrize("file, words, sentence", [
    ("missing", "", "There is no file .*missing.h5."),
    ("text", "", "text.h5 is not an HDF5 file, or is damaged."),
    ("foreign", "", "foreign.h5 is an HDF5 file, but not one of nixe's."),
    ("empty", "", "empty.h5 holds no complete trajectory yet."),
    ("empty", "--trajectory 10", "empty.h5 holds no complete trajectory yet."),
    ("kmc", "--trajectory 3", "kmc.h5 has no trajectory 3; it has 10 to 13."),
    ("growing", "--trajectory 12", "growing.h5: trajectory 12 is not done yet; done: 11, 13."),
    ("kmc", "--replica 0", "kmc.h5 is of 'nixe kmc': --replica has no meaning there."),
    ("mc", "--trajectory 0", "mc.h5 is of 'nixe mc': --trajectory has no meaning there."),
    ("mc", "--state 2", "mc.h5 has no state 2; it has 0 to 1."),
    ("mc", "--replica 0", "mc.h5 has no replica 0; it has 4 to 5."),
    ("early", "--state 1 --replica 5", "early.h5 holds no configuration of state 1, replica 5 yet."),
    ("kmc", "-o nowhere/a.{}", "No such file or directory: nowhere/a.(gif|xyz)"),
    ("kmc", "-o a.h5", "a.h5 is not named as (a movie: .gif or .mp4|xyz: .xyz)."),
])
def test_refused(files, tmp_path, monkeypatch, name, file, words, sentence):
    """One sentence, status 2, nothing written."""
    monkeypatch.chdir(tmp_path)
    words = words.format("gif" if name == "movie" else "xyz").split()
    out = [] if "-o" in words else ["-o", "a.gif" if name == "movie" else "a.xyz"]
    result = tool(name, files[file], *words, *out)
    assert result.returncode == 2 and not result.stdout
    assert re.fullmatch(f"{name}: (.*/)?{sentence}\n", result.stderr), result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name, words, sentence", [
    ("movie", "-o a.mp4", "a.mp4 needs ffmpeg, which is not installed; a .gif does not."),
    ("export", "--all --trajectory 11",
     "--all leaves nothing to choose by --trajectory, --state or --replica."),
    ("export", "--format xdmf -o a.xyz", "a.xyz is not named as xdmf: .xdmf."),
])
def test_refused_by_one(files, tmp_path, monkeypatch, name, words, sentence):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda program: None)
    result = tool(name, files["kmc"], *words.split())
    assert (result.returncode, result.stderr) == (2, f"{name}: {sentence}\n")
    assert not list(tmp_path.iterdir())


def test_too_small(tmp_path):
    """A crystal without averaged sites has no movie; its configurations can still be had."""
    path = make(tmp_path / "tiny.h5", f"{KMC} -lattice_shape cube -lattice_edge 2")
    result = tool("movie", path)
    assert result.returncode == 2
    assert result.stderr.endswith("tiny.h5 is of a crystal too small to have phases.\n")
    assert tool("export", path).returncode == 0
    comment, rows = frames(tmp_path / "tiny.xyz")[0]
    assert len(rows) == 8 and "f_U1=nan" in comment and rows[0][9] == "nan"


def test_default_is_the_first(files, tmp_path):
    """Of a growing file the first trajectory that is done, and the first replica."""
    out = tmp_path / "a.xyz"
    for file, words, expected in (("kmc", "", "trajectory=10"), ("growing", "", "trajectory=11"),
                                  ("kmc", "--trajectory 12", "trajectory=12"),
                                  ("mc", "", "state=0 replica=4"),
                                  ("early", "--state 0", "state=0 replica=4")):
        assert tool("export", files[file], *words.split(), "-o", out).returncode == 0
        assert all(f" {expected} " in comment for comment, _ in frames(out))
    assert len(frames(out)) == 2  # of the early file: up to 250 sweeps


@pytest.mark.parametrize("command", [
    "potential -lattice_edge 3 -shell_layers 1", "spectrum -lattice_type hcp -lattice_shape sphere -lattice_radius 2.5",
    "potential -lattice_type fcc -lattice_shape polyhedron -lattice_faces 111:2.6,100:2.2"])
def test_bare_crystal(command, tmp_path):
    """One frame: sites in their order, in units of a, so that bonds by distance are those of the file."""
    path = make(tmp_path / "bare.h5", command)
    assert tool("export", path).returncode == 0
    (comment, rows), = frames(tmp_path / "bare.xyz")
    assert comment.endswith(
        "Properties=species:S:1:pos:R:3:layer:I:1:averaged:L:1:depth:I:1:exchange:R:1:field:R:1") and 'pbc="F F F"' in comment
    columns = np.array(rows).T
    position = columns[1:4].astype(float).T
    with File(path) as run:
        assert np.array_equal(columns[4].astype(int), run.layer) and np.array_equal(columns[6].astype(int), run.depth)
        assert np.array_equal(columns[5] == "T", run.averaged) and np.array_equal(columns[0] == "Zn", run.layer > 0)
        distance = np.linalg.norm(position[:, None] - position, axis=2)
        near = (distance[..., None] > 0) & np.isclose(distance[..., None], run.lattice.lengths, atol=1e-6)
        assert near.any(axis=2).sum() == 2 * len(run.bonds) and near.any(axis=2)[tuple(run.bonds.T)].all()
    assert tool("export", path, "--format", "xdmf").returncode == 2


def test_all(files, tmp_path):
    """Every series of which there are configurations."""
    out = tmp_path / "a.xyz"
    for file, expected in (("growing", ["11"] * 5 + ["13"] * 5), ("early", ["4"] * 2)):
        assert tool("export", files[file], "--all", "-o", out).returncode == 0
        found = [re.search(r"(?:trajectory|replica)=(\d+)", comment)[1] for comment, _ in frames(out)]
        assert found == expected
    for file in ("empty", "unborn"):
        result = tool("export", files[file], "--all", "-o", tmp_path / "no.xyz")
        assert result.returncode == 2 and "yet." in result.stderr
    assert not (tmp_path / "no.xyz").exists()


def test_xyz(kmc_file):
    """Columns and numbers of each frame against the file; it stands beside it."""
    assert tool("export", kmc_file, "--trajectory", 12).returncode == 0
    with h5py.File(kmc_file) as file:
        sigma = file["kmc/snapshot/sigma"][2]
        position = file["lattice/position"][()]
        found = frames(kmc_file.with_suffix(".xyz"))
        assert len(found) == len(sigma) == 5
        for (comment, rows), configuration, time in zip(found, sigma, file["snapshot_time"]):
            columns = np.array(rows).T
            assert list(columns[7].astype(int)) == list(configuration)
            assert list(columns[0] == "Cd") == list(configuration == 1)
            np.testing.assert_allclose(columns[1:3].astype(float).T, position, atol=1e-9)
            assert f" Time={float(time)!r} " in comment
            assert list(columns[11] == "T") == list(file["lattice/averaged"][()] == 1)
            row = list(file["time"][()]).index(time)
            assert f" f_U2={float(file['kmc/f'][2, row, 4])!r}" in comment


@pytest.mark.parametrize("file, count", [("kmc", 5), ("mc", 4)])
def test_xdmf_refers_to_what_is_there(files, tmp_path, file, count):
    """Every reference names a dataset of that shape and type, also from another folder."""
    out = tmp_path / "a.xdmf"
    assert tool("export", files[file], "--format", "xdmf", "-o", out).returncode == 0
    tree = ElementTree.parse(out)
    assert len(tree.findall(".//Time")) == count
    items = [item for item in tree.iter("DataItem") if item.get("Format") == "HDF"]
    assert len(items) == 10 * count
    for item in items:
        source, path = item.text.split(":")
        with h5py.File((tmp_path / source).resolve()) as data:
            assert item.get("Dimensions").split() == [str(n) for n in data[path].shape]
            kind = {"Float": "f", "Int": "i", "Char": "i", "UChar": "u"}[item.get("NumberType")]
            assert data[path].dtype == np.dtype(f"{kind}{item.get('Precision')}")


def test_listing():
    assert listing(np.array([0, 1, 2, 5, 7, 8])) == "0 to 2, 5, 7 to 8"
    assert listing(np.arange(0, 40, 2)) == "0, 2, 4, 6, 8, 10, 12, 14, ..."
