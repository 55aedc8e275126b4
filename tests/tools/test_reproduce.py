"""The program that measures the claims of the paper, tools/reproduce.py: verdicts, costs, the page; the claims are in tests/claims."""
from dataclasses import replace
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from harness import NIXE, environment, make
from launcher import MPIRUN
from matplotlib.figure import Figure
from tooling import change, tool

import reproduce
from claims import costs, page
from claims.claim import Claim, Finding, Picture
from claims.spread import bootstrapped, mean_of, propagated, ratio
from make_figures import Run
from nixe.file import NixeFileError

ALL = reproduce.PAPER


@pytest.mark.parametrize("value, error, least, most, verdict", [
    (5, 0, 4, 6, "yes"), (7, 0, 4, 6, "NO"), (7, 0.5, 4, 6, "yes"), (7, 0.3, 4, 6, "NO"), (0.3, 0.01, -np.inf, 0.3, "yes"),
    (0.34, 0.01, -np.inf, 0.3, "NO"), (2, 0.1, 5, np.inf, "NO"), (np.nan, 0.1, 0, 1, "not told"), (1, np.nan, 0, 1, "not told")])
def test_verdict(value, error, least, most, verdict):
    """It follows from the number, its error and the range."""
    assert Finding.of("x", value, error, least, most).verdict == verdict


def test_texts_of_findings():
    found = Finding.of("$f$", 0.1234, 0.011, -0.5, 0.5, "s")
    assert (found.ours, found.agrees_if) == ("$f$: 0.123 ±\u00a00.011 s", "−0.5 to 0.5")
    assert Finding.of("n", 7, 0, 7, 7).ours == "n: 7" and Finding.of("n", 7, 0, 7, 7).agrees_if == "7"
    assert [Finding.of("x", 1, 1, **bound).agrees_if for bound in ({"least": 2}, {"most": 3}, {})] == ["at least 2", "at most 3", "–"]
    assert Finding("x", why="there is no file").ours == "x: not told, there is no file"
    bounds = [({"least": -2, "most": 4}, (-5, 7)), ({"least": 4}, (2, np.inf)), ({"most": -4}, (-np.inf, -2)), ({}, (-np.inf, np.inf))]
    for given, wide in bounds:
        found = Finding.of("x", 1, 1, **given).widened(0.5)
        assert (found.least, found.most) == wide


def test_errors_of_rows():
    """As theory has them, of numbers drawn from a normal distribution."""
    rows = np.random.default_rng(5).normal(3, 2, 400)
    assert mean_of(rows)[1] == pytest.approx(0.1, rel=0.1) and np.isnan(mean_of(rows[:1])).all()
    value, error = bootstrapped(400, lambda chosen: rows[chosen].mean())
    assert value == rows.mean() and error == pytest.approx(0.1, rel=0.2)
    assert np.isnan(bootstrapped(400, lambda chosen: np.nan if chosen[0] % 2 else 1.0)[1])
    assert ratio((6, 0.3), (3, 0.0)) == (2, pytest.approx(0.1))
    assert propagated(np.array([1.0, 2.0]), np.array([0.3, 0.4]), np.sum)[1] == pytest.approx(0.5, rel=0.2)


def test_subjects():
    """Names are names of one thing each, every file is known and has its cost, every bound some words."""
    keys = [claim.key for subject in ALL for claim in subject.CLAIMS]
    pictures = [name for subject in ALL for name in subject.PICTURES]
    assert len(keys) == len(set(keys)) and len(pictures) == len(set(pictures))
    for name in reproduce.runs_of(ALL):
        assert name in costs.SECONDS, name
    for subject in ALL:
        shared = subject.RUNS.keys() & reproduce.make_figures.RUNS.keys()  # may be reduced further, and are else the same
        assert subject.TITLE and all(
            replace(subject.RUNS[name], quick="") == replace(reproduce.make_figures.RUNS[name], quick="") for name in shared)
        assert set(subject.RUNS) <= set(reproduce.runs_of([subject]))
        for text in (*[claim.says for claim in subject.CLAIMS], *[picture.caption for picture in subject.PICTURES.values()]):
            assert text and "|" not in text


def test_costs(monkeypatch):
    monkeypatch.setattr(costs, "SECONDS", {"a": (100.0, 2.0), "b": (260.0, 4.0)})
    assert costs.seconds_of(["a", "b"], False, 2) == 180 and costs.seconds_of(["b", "c"], True, 1) == 4
    assert costs.unknown(["a", "c"]) == ["c"]
    assert [costs.in_words(seconds) for seconds in (0.3, 12, 180, 7200)] == ["about 1 s", "about 12 s", "about 3 minutes", "about 2.0 hours"]


# The driver, with a subject that takes no time.


def measure(runs):
    c = runs[0].trajectories("composition")[:, 0]
    return [Finding.of("composition at the first time", *mean_of(c), least=0.4), Finding.of("trajectories", len(c), 0)]


def refuse(runs):
    raise NixeFileError("This cannot be told.")


SMALL = SimpleNamespace(
    TITLE="Small", REMARKS=("A remark.",), RUNS={"small": Run("kmc", "kmc_ising", "-lattice_edge 4", "-ensemble_size 3")},
    CLAIMS=(Claim("a", "Fig. 0", "It begins with A", ("small",), measure), Claim("b", "Fig. 0", "Nothing", ("small",), refuse)),
    PICTURES={"drawn": Picture("What $x_1$ is. And more.", ("small",), lambda runs: Figure(figsize=(1, 1)))})


@pytest.fixture
def driver(monkeypatch, tmp_path):
    """Calls the program on one rank, reduced, with this subject alone."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(reproduce, "PAPER", (SMALL,))
    monkeypatch.setattr(costs, "SECONDS", {"small": (60.0, 4.0)})
    return lambda *words: tool("reproduce", "--quick", "--out", tmp_path, "--nixe", NIXE, "--mpirun", " ".join(MPIRUN), "--ranks", 1,
                               *words)


def test_driver(driver, tmp_path):
    """Tells the time beforehand, computes, measures, writes the page; keeps what is there; sees what is falsified."""
    first = driver()
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("1 of 1 files are to be computed: about 4 s on 1 cores (of about 4 s for all)\n")
    assert "a  Fig. 0: It begins with A\n  yes       composition at the first time: " in first.stdout
    assert "  not told  b: not told, This cannot be told (–)" in first.stdout
    assert "Of 2 numbers 1 agree, 0 do not, 1 are not told.\n" in first.stdout
    text = (tmp_path / "reproduction.md").read_text()
    assert "| Fig. 0 | It begins with A | composition at the first time: 1 | at least 0.2 | yes | `make reproduce ONLY=a` |" in text
    assert "![What x1 is](reproduction_drawn.png)\n\n*What $x_1$ is. And more.*\n\nA remark.\n" in text
    assert f"\n\n{page.REDUCED}\n\n## Small\n" in text
    assert "build/nixe kmc -input input/kmc_ising.yaml -lattice_edge 4 -ensemble_size 3 -output_file small.h5\n" in text
    assert text.endswith("\n\nNext: [Octahedra, and rods that exchange at their ends](beyond_rods.md).\n") and (tmp_path / "reproduction_drawn.png").exists()
    when = (tmp_path / "small.h5").stat().st_mtime_ns
    again = driver("a")
    assert "all 1 files are complete" in again.stdout and "b  Fig. 0" not in again.stdout
    assert (tmp_path / "small.h5").stat().st_mtime_ns == when

    (tmp_path / "small.h5").rename(tmp_path / "true.h5")
    composition = np.full((3, 161), 0.1)
    change(tmp_path / "true.h5", tmp_path / "small.h5", kmc__composition=composition)
    turned = driver("--drawn", "--page", tmp_path / "new" / "page.md")
    assert "  NO        composition at the first time: 0.1" in turned.stdout
    assert "| at least 0.2 | **NO** |" in (tmp_path / "new" / "page.md").read_text() and (tmp_path / "new" / "page_drawn.png").exists()


def test_missing_files_are_told(driver, tmp_path):
    """What is not computed yet is not told, and the page says so."""
    done = driver("--drawn")
    assert done.returncode == 0 and "a: not told, small.h5 is not computed yet" in done.stdout
    assert "*No picture yet: small.h5 is not computed yet.*" in (tmp_path / "reproduction.md").read_text()
    make(tmp_path / "small.h5", "kmc -lattice_edge 4 -ensemble_size 3")
    with h5py.File(tmp_path / "small.h5", "r+") as file:
        file.attrs.modify("complete", np.uint8(0))
    assert "a: not told, small.h5 is not complete yet" in driver("--drawn").stdout


def test_refused(driver, tmp_path):
    done = driver("c")
    assert done.returncode == 2 and "there is no claim c: a, b are known." in done.stderr
    done = tool("reproduce", "--out", tmp_path, "--nixe", tmp_path / "nixe")
    assert done.returncode == 2 and done.stderr.endswith("run make first, or name another with --nixe.\n")


def test_command_of_a_file():
    assert page.command_of("x", Run("mc", "mc_fig4", "-shell_layers 3", "-mc_sweeps 9"), False) == (
        "build/nixe mc -input input/mc_fig4.yaml -shell_layers 3 -output_file x.h5")
