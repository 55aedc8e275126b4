"""plot.py: a picture of every kind of file, and what it refuses."""
import re
import shutil
import struct

import h5py
import plot
import pytest
from drawn import FILES, KMC, LAYERS, MC, letters, shows_fractions
from harness import make
from tooling import change, tool

from figures.exchange import figure_3
from nixe.draw import STYLE
from nixe.file import File

pytestmark = pytest.mark.usefixtures("coarse")


@pytest.mark.parametrize("what, names", [("results", [name]) for name in FILES if not name.startswith("bulk ")] + [
    ("results", ["elastic", "free"]), ("results", LAYERS), ("order", ["elastic"]), ("order", ["soft"]), ("cuts", ["cube"]),
    ("crystals", ["elastic", "cube"])], ids=str)
def test_letters_and_units_everywhere(runs, what, names):
    """Every picture names its panels from (a) on; times and stiffness have units; nothing is said to more than four digits."""
    for _, figure in plot.pictures([runs[name] for name in names], what):
        found = letters(figure)
        assert len(found) > 1 and found == [chr(ord("a") + i) for i in range(len(found))]
        words = [text.get_text() for axes in figure.axes for text in (*axes.texts, axes.xaxis.label, axes.yaxis.label)]
        for word in words:
            if word.startswith("$t$ ="):
                assert word.endswith("$k^{-1}$")
            if word.startswith("time"):
                assert "$k^{-1}$" in word
            if "shell}" in word:
                assert "/ $K$" in word
            assert not re.search(r"\d\.?\d*[1-9]\d{4}", word.replace("sweep", "")), word


@pytest.mark.parametrize("names", [["elastic"], ["cube"], ["soft"], ["soft", "large"], LAYERS, ["kT"],
                                   ["cubes"], ["one state"], ["spectrum"], ["bulk"], ["potential"]], ids=str)
def test_plot(paths, tmp_path, monkeypatch, names):
    """A picture of every kind, wide enough for print."""
    dpi = 300 if names == ["soft"] else 50
    monkeypatch.setitem(STYLE, "savefig.dpi", dpi)
    result = tool("plot", *(paths[name] for name in names), "-o", tmp_path / "picture")
    assert result.returncode == 0 and not result.stderr
    said = result.stdout.splitlines()
    assert said[0] == f"wrote {tmp_path}/picture.png and {tmp_path}/picture.pdf"
    assert all(line.startswith(f"warning   {paths[names[0]].parent}/") for line in said[1:])    # of small ensembles
    assert (tmp_path / "picture.pdf").read_bytes()[:5] == b"%PDF-"
    content = (tmp_path / "picture.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n" and 4_000 < len(content) < 5_000_000
    width, height = struct.unpack(">II", content[16:24])
    assert width == 7 * dpi and 2 * dpi < height < 7 * dpi


def test_crystals_say_nothing_of_runs(paths, tmp_path):
    """A picture of bare crystals does not rest on how long a run was."""
    assert "warning" in tool("plot", paths["elastic"], "-o", tmp_path / "run.png").stdout
    said = tool("plot", "--crystals", paths["elastic"], "-o", tmp_path / "crystal.png").stdout
    assert said == f"wrote {tmp_path}/crystal.png\n"


def test_plot_of_a_mixture(paths, tmp_path):
    """Files of mc share a picture, others have their own; each is beside its (first) file."""
    copies = [shutil.copy(paths[name], tmp_path) for name in ("large", "spectrum", "soft", "elastic")]
    assert tool("plot", *copies).returncode == 0
    made = sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".h5")
    assert made == [f"{name}.{ending}" for name in ("elastic", "large", "spectrum")
                    for ending in ("pdf", "png")]
    one = tool("plot", *copies, "-o", tmp_path / "a.png")
    assert one.returncode == 2 and "These files make 3 pictures" in one.stderr
    assert not (tmp_path / "a.png").exists()


def test_plot_of_a_growing_file(paths, tmp_path):
    """States without data, no configuration yet; some of the trajectories."""
    done = [[200, 100, 0], [0, 0, 0]]
    shells = change(paths["soft"], tmp_path / "shells.h5", mc__sweeps_done=done)
    exchange = change(paths["elastic"], tmp_path / "exchange.h5", kmc__done=[0, 1, 0])
    result = tool("plot", shells, exchange)
    assert result.returncode == 0 and not result.stderr
    assert (tmp_path / "shells.png").stat().st_size > 2_000
    assert f"warning   {exchange}: The run is not finished: 1 of 3 trajectories are there." in result.stdout
    assert f"warning   {shells}: The run is not finished" in result.stdout
    with File(exchange) as run:
        figure = figure_3(run)
        shows_fractions(figure.axes[0], run, run.phases)


@pytest.mark.parametrize("case, sentence", [
    ("missing", "There is no file .*missing.h5."),
    ("text", "text.h5 is not an HDF5 file, or is damaged."),
    ("foreign", "foreign.h5 is an HDF5 file, but not one of nixe's."),
    ("bare", "bare.h5 holds no results."),
    ("not begun", "not begun.h5 holds no complete trajectory yet."),
    ("short", "short.h5 holds too few records for averages."),
    ("tiny", "tiny.h5 is of a crystal too small to have phases."),
    ("tiny shell", "tiny shell.h5 is of a crystal too small to have phases."),
    ("no folder", "No such file or directory: .*nowhere/a.png"),
    ("ending", "a.jpeg is not named as a picture: .png, .pdf, .svg."),
])
def test_bad_input(paths, tmp_path, case, sentence):
    """One sentence that names the file, status 2, no picture."""
    path, picture = tmp_path / f"{case}.h5", tmp_path / "a.png"
    small = " -lattice_shape cube -lattice_edge 2"
    if case == "text":
        path.write_text("no data\n")
    elif case in ("foreign", "bare"):
        with h5py.File(path, "w") as file:
            file.attrs.update({"program": "nixe", "format_version": 2} if case == "bare" else {})
    elif case.startswith("tiny"):
        make(path, (KMC if case == "tiny" else MC) + small)
    elif case == "not begun":
        change(paths["elastic"], path, kmc__done=0)
    elif case == "short":
        change(paths["soft"], path, mc__sweeps_done=103)
    elif case != "missing":
        shutil.copy(paths["elastic"], path)
    if case == "no folder":
        picture = tmp_path / "nowhere" / "a.png"
    if case == "ending":
        picture = tmp_path / "a.jpeg"
    result = tool("plot", path, "-o", picture)
    lines = result.stderr.splitlines()
    assert result.returncode == 2 and not picture.exists() and not result.stdout
    assert re.search(sentence, lines[-1]), result.stderr
    assert lines[-1].startswith("plot") and (len(lines) == 1 or case == "ending")


@pytest.mark.parametrize("option", ["model_J 0.1", "mc_move flip", "lattice_shape cube"])
def test_files_that_do_not_belong_together(paths, tmp_path, option):
    """The option in which they differ is named."""
    other = make(tmp_path / "other.h5", f"{MC} -{option}")
    result = tool("plot", paths["soft"], other)
    assert result.returncode == 2 and len(result.stderr.splitlines()) == 1
    assert re.search(rf"soft.h5 and .*other.h5 .*{option.split()[0]} is", result.stderr)
