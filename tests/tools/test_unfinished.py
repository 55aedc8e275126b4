"""Trajectories under way: what of them a run writes, and what the tools show of them when asked."""
import json
import re
import shutil

import h5py
import numpy as np
import pytest
from PIL import Image, ImageSequence
from faults import CASES, Run, wait_for
from harness import datasets, make
from tooling import change, cut, tool

import plot
import report
from nixe import watch
from nixe.file import File, NixeFileError
from nixe.unfinished import Unfinished

KMC = "kmc -lattice_edge 5 -ensemble_first 10 -ensemble_size 4 -kmc_time_count 65 -kmc_snapshots 33"
FARTHEST, NEXT = 40, 20          # recorded times that two trajectories have come to


@pytest.fixture(scope="module")
def whole(folder):
    return make(folder / "whole.h5", KMC)


@pytest.fixture(scope="module")
def partial(folder, whole):
    """One trajectory is complete, two are under way, one has not begun."""
    return cut(whole, folder / "partial.h5", row0=NEXT, row2=FARTHEST, row3=0)


@pytest.fixture(scope="module")
def begun(folder, whole):
    """None is complete."""
    return cut(whole, folder / "begun.h5", row0=NEXT, row1=0, row2=FARTHEST, row3=0)


@pytest.mark.parametrize("command", [CASES["kmc-one"].replace("2e5", "8e5"), CASES["kmc-lazy"].replace("3000", "12000")],
                         ids=["eager", "lazy"])                # several times as long as from meeting to meeting
def test_a_run_writes_what_is_under_way(tmp_path, command):
    """While a long trajectory runs, its row has what is measured already, without its flag: what stays there at the end."""
    path, seen = tmp_path / "k.h5", {}

    def look():
        if path.exists():
            with Unfinished(path) as run:
                for row in run.rows:
                    seen[int(row)] = int(run.reached[row]), run["/kmc/f"][row], run.snapshots(row), run["/kmc/done"][row]
        return seen

    with Run(command, path, ranks=1, alone=True, patience=120) as going:
        wait_for(lambda: look() or going.ended(), 60)
        assert going.finish() == 0
    assert seen, "the run was too fast, or wrote nothing of it"
    with File(path) as run:
        for row, (reached, f, sigma, flag) in seen.items():
            assert flag == 0 and 0 < reached < len(run.time)
            assert np.array_equal(run["/kmc/f"][row][:reached], f[:reached])
            assert np.array_equal(run.snapshots(row)[:len(sigma)], sigma)


def test_the_reader_passes_over_them(partial):
    """Those who do not ask see complete trajectories only."""
    with File(partial) as run:
        assert run.done.tolist() == [False, True, False, False] and len(run.trajectories("f")) == 1


def test_as_far_as_they_are(partial, begun, whole):
    """Rows with NaN behind what there is; means over those that are complete, else as far as all have come."""
    full = datasets(whole)
    with Unfinished(partial) as run:
        assert run.done.tolist() == [True, True, True, False] and run.rows.tolist() == [2, 0] and run.shown == 2
        f = run.trajectories("f")
        assert np.array_equal(f[2, :FARTHEST], full["/kmc/f"][2, :FARTHEST]) and np.isnan(f[2, FARTHEST:]).all()
        assert np.array_equal(run.mean_and_error("f")[0], full["/kmc/f"][1])
        last = full["/time"][FARTHEST - 1]
        assert len(run.snapshots(2)) == (full["/snapshot_time"] <= last).sum() > 3
        assert run.note == (f"Not complete: trajectory 12 up to t = {last:.3g} k⁻¹ (c = {full['/kmc/composition'][2, FARTHEST - 1]:.3f}); "
                            f"trajectory 10 up to t = {full['/time'][NEXT - 1]:.3g} k⁻¹ "
                            f"(c = {full['/kmc/composition'][0, NEXT - 1]:.3f})")
    with Unfinished(begun) as run:
        mean, _ = run.mean_and_error("composition")
        expected = full["/kmc/composition"][[0, 2]].mean(axis=0)
        assert np.array_equal(mean[:NEXT], expected[:NEXT]) and np.isnan(mean[NEXT:]).all()
    with Unfinished(whole) as run:
        assert run.note == "" and run.done.all() and len(run.rows) == 0


def test_what_is_torn_is_not_shown(begun, tmp_path):
    """A time of which a part only is there yet does not count; neither does a configuration with gaps."""
    torn = tmp_path / "torn.h5"
    shutil.copy(begun, torn)
    with h5py.File(torn, "r+") as file:
        file["kmc/f"][2, 30, 4] = np.nan
        file["kmc/snapshot/sigma"][2, 3, 7] = 0
    with Unfinished(torn) as run:
        assert run.reached.tolist() == [NEXT, 0, 30, 0] and len(run.snapshots(2)) == 3


@pytest.mark.parametrize("what", [(), ("--order",), ("--cuts",)])
def test_plot(begun, partial, tmp_path, what):
    """Refused unless asked; then which and how far stands in the picture, and is said."""
    refused = tool("plot", begun, *what, "-o", tmp_path / "a.png")
    assert refused.returncode == 2 and "holds no complete trajectory yet" in refused.stderr
    for path in (begun, partial):
        result = tool("plot", path, "--unfinished", *what, "-o", tmp_path / "a.png")
        assert result.returncode == 0 and (tmp_path / "a.png").exists(), result.stderr
        assert f"warning   {path}: Not complete: trajectory 12 up to t = " in result.stdout
    with Unfinished(begun) as run:
        (_, figure), = plot.pictures([run], {(): "results", ("--order",): "order", ("--cuts",): "cuts"}[what])
        before = figure.get_figheight(), [axes.get_position().height for axes in figure.axes]
        plot.add_note(figure, run.note)
        assert [text.get_text() for text in figure.texts][-1] == run.note
        heights = [axes.get_position().height * figure.get_figheight() for axes in figure.axes]
        assert heights == pytest.approx([height * before[0] for height in before[1]])
        assert min(axes.get_position().y0 for axes in figure.axes) * figure.get_figheight() > 0.2


def test_a_file_that_has_nothing(whole, tmp_path):
    """One sentence."""
    path = cut(whole, tmp_path / "n.h5", row0=0, row1=0, row2=0, row3=0)
    for name, output in (("plot", "a.png"), ("movie", "a.gif"), ("export", "n.xyz")):
        result = tool(name, path, "--unfinished", "-o", tmp_path / output)
        assert result.returncode == 2 and re.search("n.h5 holds no(thing of any)? trajectory yet.", result.stderr), result.stderr
    with pytest.raises(NixeFileError), Unfinished(path) as run:
        run.shown


def test_movie(begun, tmp_path):
    """The farthest one unless another is named, with as many frames as there are configurations; the note is in the picture."""
    out = tmp_path / "a.gif"
    assert "holds no complete trajectory yet" in tool("movie", begun, "-o", out).stderr
    result = tool("movie", begun, "--unfinished", "-o", out)
    assert result.returncode == 0 and "warning   Not complete: trajectory 12 up to t = " in result.stdout
    with Image.open(out) as gif, Unfinished(begun) as run:
        frames = [np.array(frame.convert("RGB")) for frame in ImageSequence.Iterator(gif)]
        change_at = np.flatnonzero(np.any(np.diff(run.snapshots(2), axis=0), axis=1))
        assert len(frames) == change_at[-1] - change_at[0] + 2
    red = (frames[0][-25:, :500] == (181, 35, 31)).all(axis=-1)
    assert red.sum() > 30
    assert "trajectory 10 up to" in tool("movie", begun, "--unfinished", "--trajectory", 10, "-o", out).stdout


def test_export(begun, partial, tmp_path):
    """Only the configurations that are there, marked as of a trajectory that is not complete; with --all all of them."""
    out = tmp_path / "a.xyz"
    result = tool("export", begun, "--unfinished", "-o", out)
    assert result.returncode == 0 and "warning   Not complete: trajectory 12 up to" in result.stdout
    frames = [line for line in out.read_text().splitlines() if "Lattice=" in line]
    with Unfinished(begun) as run:
        assert len(frames) == len(run.snapshots(2))
    assert all("trajectory=12 complete=False" in frame for frame in frames)
    assert tool("export", partial, "--unfinished", "--all", "-o", out).returncode == 0
    found = re.findall(r"trajectory=(\d+) (complete=False)?", out.read_text())
    assert {number for number, _ in found} == {"10", "11", "12"} and {n for n, mark in found if not mark} == {"11"}


def test_watch(whole, begun, partial, tmp_path, monkeypatch):
    """The page of a file that is not there, in which nothing is complete, something, all; then it ends. Pages are loaded
    again by the browser until the last."""
    path, stages, pages = tmp_path / "k.h5", [begun, partial, None, whole], []

    def sleep(seconds):
        assert seconds >= watch.EVERY
        pages.append((tmp_path / "k.html").read_text(encoding="utf-8"))
        stage = stages.pop(0)
        if stage:
            shutil.copy(stage, tmp_path / "new")
            (tmp_path / "new").rename(path)

    monkeypatch.setattr(watch, "sleep", sleep)
    result = tool("report", path, "--watch")
    assert result.returncode == 0 and not result.stderr and not stages
    assert result.stdout.splitlines() == [f"waiting for {path}, which is not there yet",
                                          f"watching {path}: open {tmp_path / 'k.html'} in a browser; Ctrl-C ends it",
                                          f"wrote {tmp_path / 'k.html'}"]
    last = (tmp_path / "k.html").read_text(encoding="utf-8")
    assert all("location.reload" in page for page in pages) and "location.reload" not in last
    assert "The file is not there yet." in pages[0] and "<img" not in pages[0]
    assert "holds no complete trajectory yet. Not complete: trajectory 12 up to t = " in pages[1] and "<img" in pages[1]
    assert "1 of 4 trajectories are there" in pages[2] and "trajectory 12 up to t" in pages[2] and pages[3] == pages[2]
    assert "<dd>complete</dd>" in last and not (tmp_path / "k.html.part").exists()
    data = [json.loads(re.search(r'id="data">(.*?)</script>', page)[1]) for page in (pages[2], last)]
    assert [each["live"] for each in data] == [True, False]


def test_watch_is_ended_by_hand(begun, tmp_path, monkeypatch):
    """The last page is left as it is, and no browser loads it again; a file of others is refused."""
    def interrupt(seconds):
        raise KeyboardInterrupt
    monkeypatch.setattr(watch, "sleep", interrupt)
    path = shutil.copy(begun, tmp_path / "k.h5")
    assert tool("report", path, "--watch").returncode == 0
    page = (tmp_path / "k.html").read_text(encoding="utf-8")
    assert "location.reload" not in page and "trajectory 12 up to" in page
    (tmp_path / "text.h5").write_text("no data\n")
    result = tool("report", tmp_path / "text.h5", "--watch")
    assert result.returncode == 2 and "is not an HDF5 file" in result.stderr


def test_state_of_a_report(partial, tmp_path):
    """A page about a file that is not complete says which trajectories are under way, and how far."""
    path = change(partial, tmp_path / "k.h5")
    with File(path) as run:
        assert dict(report.facts(run))["State"].startswith("not finished. Not complete: trajectory 12 up to t = ")
