"""Damaged files in the reader and the tools: a sentence, never a traceback; rows that are not whole are left out; and no tool
writes over what it reads."""
import os
import re
import shutil
import struct
import subprocess
import sys
import warnings

import h5py
import numpy as np
import pytest
from damage import break_texts
from harness import ROOT, make
from nixe_file import File, NixeFileError
from tooling import tool

COMMANDS = {
    "kmc": "kmc -lattice_edge 5 -ensemble_size 4 -kmc_time_count 6 -kmc_snapshots 3",
    "mc": "mc -lattice_edge 4 -shell_layers 1 -model_kT 0.4,0.6 -mc_equilibration 10 -mc_sweeps 200 -mc_record_every 10 "
          "-mc_area_every 20 -mc_snapshot_every 50 -ensemble_size 3",
}


@pytest.fixture(scope="module")
def files(folder):
    return {kind: make(folder / f"{kind}.h5", command) for kind, command in COMMANDS.items()}


def changed(path, copy, change):
    shutil.copy(path, copy)
    with h5py.File(copy, "r+") as file:
        change(file)
    return copy


HOLES = {                       # what is flagged and not there
    "kmc": {"kmc/composition": np.nan, "kmc/energy": np.nan, "kmc/f": np.nan, "kmc/events": -1, "kmc/snapshot/sigma": 0},
    "mc": {"mc/energy": np.nan, "mc/f": np.nan, "mc/area_rms": np.nan, "mc/snapshot/sigma": 0},
}


@pytest.mark.parametrize("kind, name", [(kind, name) for kind in HOLES for name in HOLES[kind]])
def test_rows_that_are_not_whole(kind, name, files, tmp_path):
    """They are left out of every average, and that is said once."""
    def change(file):
        file[name][(0, 1)[: 1 if kind == "kmc" else 2]] = HOLES[kind][name]

    path = changed(files[kind], tmp_path / "k.h5", change)
    with File(files[kind]) as run:
        if kind == "kmc":
            expected = run.trajectories("f")[1:].mean(axis=0)
        else:
            expected = np.mean([run.replicas("f", 0)[replica].mean(axis=0) for replica in (0, 2)], axis=0)
    with File(path) as run, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        mean, _ = run.mean_and_error("f")
        run.mean_and_error("energy")
        assert np.allclose(mean if kind == "kmc" else mean[0], expected, atol=1e-12)
    told = [str(warning.message) for warning in said if "left out" in str(warning.message)]
    assert len(told) == 1 and f"{path} is damaged: 1 " in told[0]
    result = tool("plot", path, "-o", tmp_path / "a.png")
    assert result.returncode == 0 and result.stderr.count("left out") == 1, result.stderr


def replace(name, **how):
    def change(file):
        del file[name]
        file.create_dataset(name, **how)
    return change


DAMAGES = {
    "a group": lambda file: (file.pop("lattice/position"), file.create_group("lattice/position")),
    "no axes": replace("lattice/position", data=np.zeros((3, 2))),
    "a scalar": replace("kmc/f", data=1.0),
    "texts": replace("kmc/f", data=[b"a", b"b"]),
    "huge": replace("kmc/f", shape=(2**40,), dtype="f8", chunks=(1024,)),
    "a link": lambda file: (file.pop("kmc/f"), file.__setitem__("kmc/f", h5py.ExternalLink("/dev/zero", "/x"))),
    "a dangling link": lambda file: (file.pop("kmc/f"), file.__setitem__("kmc/f", h5py.SoftLink("/nowhere"))),
    "other bonds": lambda file: file["lattice/bonds"].write_direct(np.full(file["lattice/bonds"].shape, 10**6, np.int32)),
    "another site": lambda file: file["lattice/position"].__setitem__((0, 0), 3.0),
    "other phases": lambda file: file["phase"].__setitem__(0, "U9"),
    "flags": lambda file: file["kmc/done"].__setitem__(0, 9),
    "options": lambda file: file.attrs.__setitem__("input", np.arange(5)),
    "program": lambda file: file.attrs.__setitem__("program", np.arange(5)),
    "version": lambda file: file.attrs.__setitem__("format_version", [[1, 2], [3, 4]]),
    "complete": lambda file: file.attrs.__setitem__("complete", [1, 2]),
    "no option": lambda file: file.attrs.__setitem__("input", "kmc:\n  x: 1\n"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_a_sentence(damage, files, tmp_path):
    """Of the reader and of every tool, with status 2; or what is damaged is not asked for, and all is as before."""
    path = changed(files["kmc"], tmp_path / "k.h5", DAMAGES[damage])
    for name, output in (("plot", "a.png"), ("report", "a.html"), ("export", "a.xyz"), ("movie", "a.gif")):
        result = tool(name, path, "-o", tmp_path / output)
        lines = result.stderr.splitlines()
        assert result.returncode in (0, 2) and "Traceback" not in result.stderr, result
        assert result.returncode == 0 or (len(lines) == 1 and lines[0].startswith(f"{name}: ")), result
    try:
        with File(path) as run:
            run.mean_and_error("f")
            run.plaquette_order(run.snapshots(0))
    except NixeFileError as error:
        assert "\n" not in str(error)
    else:
        assert damage in ("complete", "no option", "options", "other phases")     # not asked for


POTENTIALS = {
    "bulk": "potential -lattice_type fcc -lattice_shape box -lattice_cells 3,3,3 -lattice_periodic 1,2,3",
    "film": "potential -lattice_type triangular -lattice_shape box -lattice_cells 6,5 -lattice_periodic 1",
}
WRONG = {                       # lists that lead from site to site otherwise, or nowhere
    "an orbit": ("potential/orbit", 1, 10**6), "less than none": ("potential/orbit", 1, -1),
    "another operation": ("potential/operation", 1, 77), "a translation": ("potential/translation", 1, 10**6),
    "a translation nowhere": ("lattice/position", 3, 0.123), "beyond all": ("lattice/position", 3, 1e300),
    "no number": ("lattice/position", 3, np.nan), "twice": ("potential/image", (0, 2), 3),
    "another image": ("potential/image", (0, 0), 10**6), "another site": ("orbit_site", 0, 5),
    "no such site": ("orbit_site", 0, -7), "periods": ("lattice/cell", 0, np.nan), "no periods": ("lattice/cell", 0, 0.0),
}


@pytest.mark.parametrize("kind", POTENTIALS)
@pytest.mark.parametrize("wrong", WRONG)
def test_damaged_symmetry(wrong, kind, folder, tmp_path):
    """What leads from rows to V is looked at: a sentence, or V as it was; so also where no checksum tells."""
    name, at, value = WRONG[wrong]
    whole = make(folder / f"{kind} {wrong}.h5", POTENTIALS[kind])
    with File(whole) as run:
        expected = run.potential(0)

    def change(file):
        file[name][at] = value
        file[name].attrs.pop("checksum", None)
        for path in ("potential/V", "potential/checksums"):
            file.pop(path, None)

    path = changed(whole, tmp_path / "k.h5", change)
    told = 0
    for ask in (File.potential, lambda run: np.array([run.interactions(site) for site in range(len(expected))])):
        with File(path) as run:
            try:
                assert abs(ask(run) - expected).max() < 1e-12, wrong
            except NixeFileError as error:
                assert f"{path} is damaged" in str(error) and "\n" not in str(error)
                told += 1
    assert told == 2, wrong
    for tool_name, output in (("plot", "a.png"), ("report", "a.html")):
        result = tool(tool_name, path, "-o", tmp_path / output)
        assert result.returncode in (0, 2) and len(result.stderr.splitlines()) == (result.returncode > 0), result


@pytest.mark.parametrize("hidden", [None, "object", "name"])
@pytest.mark.parametrize("loops", [False, True])
def test_what_hdf5_does_not_survive(loops, hidden, files, tmp_path):
    """HDF5 1.10 crashes, or loops, over some texts: a copy of the process finds out, also behind an object that is no object, and
    in a group of which one name cannot be read."""
    path = tmp_path / "k.h5"
    content = break_texts(bytearray(files["kmc"].read_bytes()), loops)
    with h5py.File(files["kmc"], "r") as file:
        header = h5py.h5o.get_info(file["bond"].id).addr
    if hidden == "object":
        content[header + 20] = 6                                          # flags that exclude each other
    elif hidden == "name":
        entry = re.search(b"SNOD.{4}(?:.{40}){0,31}?(.{8})" + re.escape(struct.pack("<Q", header)), content, re.DOTALL)
        content[entry.start(1):entry.end(1)] = struct.pack("<Q", 1 << 40)      # where the name stands in the heap of names
    path.write_bytes(content)
    result = subprocess.run([sys.executable, "-B", ROOT / "tools" / "plot.py", path, "-o", tmp_path / "a.png"],
                            capture_output=True, text=True, timeout=60)
    assert result.returncode == 2 and result.stderr.startswith("plot: ") and result.stderr.count("\n") == 1, result
    assert "HDF5 cannot read it" in result.stderr or h5py.version.hdf5_version_tuple >= (1, 12), result


@pytest.mark.parametrize("name, output", [("export", "run.xyz"), ("plot", "run.png"), ("movie", "run.gif"),
                                          ("report", "run.html")])
@pytest.mark.parametrize("how", ["default", "told", "linked", "hard"])
def test_inputs_are_never_written_over(name, output, how, files, tmp_path):
    """Neither by its own name, where the ending is that of what is made, nor by another name of it."""
    path = tmp_path / output
    shutil.copy(files["kmc"], path)
    before = path.read_bytes()
    words = []
    if how != "default":
        words = ["-o", path if how == "told" else tmp_path / f"other{path.suffix}"]
    if how == "linked":
        words[1].symlink_to(path)
    if how == "hard":
        os.link(path, words[1])
    result = tool(name, path, *words)
    assert result.returncode == 2 and path.read_bytes() == before, result
