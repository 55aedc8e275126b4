"""Files of format version 1 in the reader and the tools: the same as of version 2; what is of neither is refused."""
import re
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import bits, datasets, make
from tooling import tool
from version1 import KINDS, old, with_version

from nixe.file import File, NixeFileError
from nixe.file.stored import _VERSION_1

# Scales that the files of a kind have, and so the names of their axes.
LATTICE = {"site", "dimension", "bond", "end"}
REPLICAS = LATTICE | {"phase", "state", "replica", "sweep", "area_sweep", "snapshot_sweep", "checksum"}
AXES = {
    "kmc": LATTICE | {"phase", "trajectory", "time", "snapshot_time"},
    "mc": REPLICAS,
    "mc_exchange": REPLICAS | {"exchange_sweep", "pair"},
    "potential": LATTICE | {"shell_stiffness"},
    "spectrum": LATTICE | {"V_mode", "D_mode", "freedom"},
}
CHECKSUMS = {"/kmc/checksums", "/checksum"}          # of trajectories; version 1 had one hash for all of a row,
NEW = {"/potential/checksums", "/exchange_checksum", "/mc/replica_exchange/checksums",     # and none of these
       *(f"/lattice/{name}" for name in ("bond_vector", "bond_class", "depth", "exchange", "face", "field")),
       "/bond_length", "/face_name", "/surface_depth", "/kmc/unlike", "/kmc/profile", "/kmc/exchanges", "/mc/unlike",
       *(f"/potential/{name}" for name in ("row", "row_checksums", "orbit", "operation", "translation", "image")),
       "/orbit_site", "/symmetry"}
NOW = rb"\d{4}-\d\d-\d\d \d\d:\d\d UTC"         # when a page was made


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def moved(kind, folder):
    """A copy of a file of version 1 in which everything has its place of version 2."""
    path = folder / f"{kind}.h5"
    shutil.copy(old(kind), path)
    with h5py.File(path, "r+") as file:
        for place, before in _VERSION_1.items():
            if before in file:
                file.move(before, place)
        file.attrs.modify("format_version", np.int32(2))
    return path


def test_every_dataset_by_both_names(kind, tmp_path):
    """In files of either version; axes have the names of version 2, and their coordinates."""
    stored = datasets(old(kind))
    places = {before: place for place, before in _VERSION_1.items()}
    with h5py.File(old(kind), "r") as file:
        assert file.attrs["format_version"] == 1
    with File(old(kind)) as one, File(moved(kind, tmp_path)) as two:
        for before, values in stored.items():
            place = places.get(before, before)
            for reader in (one, two):
                for path in (before, place, before[1:]):
                    assert bits(reader[path]) == bits(values), (path, reader.path)
            if place.count("/") > 1:                                # no scale
                array, other = one.array(place), two.array(before)
                assert list(array.axes) == list(other.axes)
                assert {name.rstrip("'") for name in array.axes} <= AXES[kind]
                for name, coordinates in array.axes.items():
                    scale = one[f"/{name}".rstrip("'")]
                    assert [str(c) for c in coordinates] == [c.decode() if isinstance(c, bytes) else str(c) for c in scale]
        assert {places.get(path, path)[1:] for path in stored} >= AXES[kind]


def test_same_as_new_files(kind, tmp_path):
    """What the options of an old file make now has the same datasets, shapes and types, and axes of the same names."""
    (tmp_path / "again.yaml").write_text(File(old(kind)).input)
    command = kind.split("_")[0]
    new = make(tmp_path / "new.h5", f"{command} -input {tmp_path}/again.yaml")
    places = set(datasets(new)) - NEW - (CHECKSUMS if kind == "kmc" else set())
    assert {_VERSION_1.get(path, path) for path in places} == set(datasets(old(kind))) - {"/kmc/checksum"}
    with File(old(kind)) as one, File(new) as two:
        for path in places:
            if two[path].dtype.hasobject:                           # text
                assert {w.decode() for w in one[path][:5]} <= {w.decode() for w in two[path]}
                continue
            shape, kinds = zip(one.shape_and_type(path), two.shape_and_type(path))
            longer = path.endswith("/checksums")                    # by what is recorded besides
            assert (len(shape[0]) == len(shape[1]) if longer else shape[0] == shape[1]) and kinds[0] == kinds[1], path
            if path.count("/") > 1:
                assert list(one.array(path).axes) == list(two.array(path).axes), path
                assert one.array(path).units == two.array(path).units
                assert two.array(path).long_name and not one.array(path).long_name
        np.testing.assert_allclose(one.position, two.position, atol=1e-12)
        assert np.array_equal(one.bonds, two.bonds)
        assert np.array_equal(one.bond_class, two.bond_class)     # of the old file from its positions
        np.testing.assert_allclose(one.bond_vector, two.bond_vector, atol=1e-12)


def products(path, folder, *words):
    """{name: bytes} of what the tools make of a file."""
    folder.mkdir()
    path = Path(shutil.copy(path, folder))
    calls = [("plot", "-o", folder / "plot.png"), ("report", "-o", folder / "page.html")]
    if words:
        calls += [("export", *words, "-o", folder / "a.xyz"),
                  ("export", *words, "--format", "xdmf", "-o", folder / "a.xdmf"),
                  ("movie", *words, "-o", folder / "a.gif")]
    for name, *rest in calls:
        result = tool(name, path, *rest)
        assert result.returncode == 0, (name, result.stderr)
    return {made.name: re.sub(NOW, b"", made.read_bytes()) for made in folder.iterdir() if made.suffix != ".h5"}


WORDS = {"kmc": ("--trajectory", 1), "mc": ("--state", 1, "--replica", 1), "mc_exchange": ("--state", 1)}


def test_tools(kind, tmp_path):
    """Pictures, pages, exported files and movies are those of the same file in version 2."""
    before = products(old(kind), tmp_path / "old", *WORDS.get(kind, ()))
    (tmp_path / "moved").mkdir()
    after = products(moved(kind, tmp_path / "moved"), tmp_path / "new", *WORDS.get(kind, ()))
    assert before.keys() == after.keys() and len(before) == (5 if kind in WORDS else 2)
    links = [re.findall(r"\.h5:(/[\w/]+)<", made.pop("a.xdmf", b"").decode()) for made in (before, after)]
    assert [name for name in before if before[name] != after[name]] == []
    assert links[0] == [_VERSION_1.get(link, link) for link in links[1]]
    with h5py.File(old(kind), "r") as file:                         # an XDMF file names what is in its HDF5 file
        assert all(link in file for link in links[0]) and bool(links[0]) == (kind in WORDS)


@pytest.mark.parametrize("version, sentence", [
    (3, "is of format version 3; this reader knows 1 and 2"), (0, "is of format version 0"), ("two", "format version two"),
    ([1, 2], "is of format version"), (None, "does not say of which format version it is")])
def test_reader_refuses(version, sentence, tmp_path):
    """A version that it does not know, in one sentence; and so do the tools."""
    path = with_version(old("kmc"), tmp_path / "k.h5", version)
    with pytest.raises(NixeFileError, match=sentence) as error:
        File(path)
    assert str(error.value).count(".") <= 3 and "\n" not in str(error.value)
    result = tool("plot", path)
    assert result.returncode == 2 and sentence in result.stderr and len(result.stderr.splitlines()) == 1
