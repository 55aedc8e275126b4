"""The driver of the paper's figures, and how it compares them with the paper."""
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from harness import NIXE, environment
from launcher import MPIRUN

from figures import checks
import make_figures
from make_figures import PLANS, RUNS, options_of
from nixe.file import File, NixeFileError

SMALL = ("-lattice_edge 4 -ensemble_size 2 -kmc_time_count 33 -kmc_snapshots 17 -mc_equilibration 100 "
         "-mc_sweeps 1000 -mc_area_every 10 -mc_snapshot_every 500")


def test_crossing():
    """Between points by a straight line; the first of several; none."""
    x = np.array([0, 1, 2, 4])
    assert checks.crossing(x, [3, 2, 0, 0], [0, 1, 2, 2]) == pytest.approx(4 / 3)
    assert checks.crossing(x, [1, 0, 1, 0], [0.5] * 4) == pytest.approx(0.5)
    assert np.isnan(checks.crossing(x, [1, 1, 1, 1], [0, 0, 0, 0]))
    assert checks.steepest_fall(x, np.array([5, 4, 1, 0])) == 1.5
    assert checks.steepest_fall(x, np.array([5, 4, 3, 0])) == 3
    assert np.isnan(checks.steepest_fall(x[:1], np.array([1])))


class Curve:
    """As of nixe.states: given f_U, the rest in S; and a variance or an area, whichever is asked for."""

    def __init__(self, x, f, quantity=None):
        self.x, self.f, self.quantity = np.asarray(x), np.asarray(f), quantity

    def fraction(self, first, second):
        return self.f if first == "U1" else 1 - self.f

    def values(self, name):
        return np.asarray(self.quantity), None


def exchange(t, spread=None, **f):
    """As a file of kmc: means of f, and of the area deviation."""
    means = {"f": np.column_stack(list(f.values())) if f else None, "area_rms": spread}
    return SimpleNamespace(time=np.asarray(t, float), phases=list(f),
                           mean_and_error=lambda name: (np.asarray(means[name]), None))


def test_checks_of_the_exchange():
    """The order of phases, kept and broken."""
    t = [1, 2, 3, 4, 5]
    late = {"S2": [0, 0, 0.1, 0.4, 0], "U2": [0, 0.1, 0.2, 0.5, 1]}
    found, = checks.check_3(exchange(t, U1=[0.8, 0.3, 0, 0, 0], S1=[0, 0.2, 0.4, 0.1, 0], **late))
    assert str(found) == ("Fig. 3(d): U1 is halved at t = 1.8, S1 is largest at 3, S2 at 4, "
                          "U2 is 0.99 at 4.98 (the paper: in this order)")
    found, = checks.check_3(exchange(t, U1=[0.8, 0.3, 0, 0, 0], S1=[0, 0, 0, 0.1, 0.4], **late))
    assert not found.agrees and str(found).endswith("(the paper: in this order): NOT SO HERE")


def test_checks_of_shells(monkeypatch):
    """Crossings and jumps where the paper has them, and elsewhere."""
    def given(*curves):
        monkeypatch.setattr(checks, "find_curves", lambda runs: list(curves))

    given(Curve(range(9), [0.9, 0.9, 0.9, 0.8, 0.7, 0.6, 0.55, 0, 0]))
    assert str(checks.check_4([])[0]) == "Fig. 4(b): f_U and f_S cross at 6.1 layers (the paper: 6 to 7)"
    given(Curve(range(9), [0.9, 0.9, 0.9, 0.8, 0.4, 0.3, 0.2, 0, 0]))
    assert "3.8 layers" in checks.check_4([])[0].found and not checks.check_4([])[0].agrees

    large = Curve([16, 16.8, 17, 18], [0.35, 0.3, 0.06, 0.04], [1, 9, 2, 1])
    given(large, Curve([4, 5, 6], [0.4, 0.1, 0], [1, 3, 1]))
    assert [c.agrees for c in checks.check_5([])] == [True, True, True]
    assert "K_shell = 16.90" in checks.check_5([])[0].found
    assert checks.check_5([])[2].found.endswith("3.0e+00, 9.0e+00 high")
    given(Curve([14, 15, 16], [0.5, 0.1, 0.1], [1, 3, 2]), Curve([15, 16, 17], [0.4, 0.2, 0], [1, 4, 1]))
    assert [c.agrees for c in checks.check_5([])] == [False, False, False]

    for area, agrees in (([5, 4, 4, 3, 3, 3, 3, 1, 1], True), ([5, 4, 4, 3, 3, 3, 1, 1, 1], False)):
        given(Curve(range(9), np.zeros(9), area))
        decay, drop = checks.check_6(exchange([1, 2], spread=[0.1, 0.002]), [])
        assert decay.agrees and drop.agrees == agrees
    given(Curve([1, 2, 2.5, 3, 4], [0.6, 0.4, 0.15, 0.01, 0]))
    assert checks.check_7([])[0].agrees and "2.25" in checks.check_7([])[0].found
    assert "at 1.5" in checks.check_7([])[0].found
    given(Curve([1, 2, 3], [0.6, 0.1, 0]))
    assert not checks.check_7([])[0].agrees


def test_table():
    """Every figure and every run is used; options of one command are not for the other."""
    assert sorted(PLANS) == [1, 2, 3, 4, 5, 6, 7]
    assert {name for plan in PLANS.values() for name in plan.runs} == set(RUNS)
    more = ["-mc_sweeps", "10", "-kmc_time_first", "-1", "-ensemble_size", "3"]
    assert options_of(RUNS["fig3_721"], False, more)[-4:] == ["-kmc_time_first", "-1",
                                                              "-ensemble_size", "3"]
    assert options_of(RUNS["fig4_2"], False, more) == ["-shell_layers", "2", "-mc_sweeps", "10",
                                                       "-ensemble_size", "3"]
    assert "informed" in options_of(RUNS["fig4_2"], True, [])
    assert options_of(RUNS["fig3_bulk_1_3"], False, ["-lattice_edge", "4", "-mc_sweeps", "10"]) == [
        "-mc_composition", "0.3333334", "-mc_sweeps", "10"]


@pytest.fixture
def driver(monkeypatch, capfd):
    """Calls the driver as its program would, on one rank; what nixe says is caught, too."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)

    def call(out, *arguments, options=SMALL):
        command = ["make_figures.py", "--out", out, "--nixe", NIXE, "--mpirun", " ".join(MPIRUN),
                   "--ranks", "1", "--options", options, *arguments]
        monkeypatch.setattr(sys, "argv", [str(word) for word in command])
        try:
            status = make_figures.main()
        except SystemExit as end:
            status = end.code
        said = capfd.readouterr()
        return SimpleNamespace(returncode=status, stdout=said.out, stderr=said.err)

    return call


def test_where(tmp_path, monkeypatch):
    """Beside a nixe that was built; here, with one that is installed; in the build folder of the tree, if no nixe is found."""
    def nixe_in(folder, built):
        (tmp_path / folder).mkdir()
        for name in ("nixe", "main.o")[:1 + built]:
            (tmp_path / folder / name).touch(0o755)
        return tmp_path / folder / "nixe"

    asked = SimpleNamespace(nixe=None, quick=True, out=None)
    monkeypatch.setattr(make_figures, "ROOT", tmp_path)
    monkeypatch.setenv("NIXE", str(nixe_in("bin", False)))
    assert make_figures.program_of(asked) == str(tmp_path / "bin" / "nixe")
    assert make_figures.folder_of(asked, "figures") == Path("figures-quick")
    asked.nixe = str(nixe_in("other", True))
    assert make_figures.program_of(asked) == asked.nixe
    assert make_figures.folder_of(asked, "figures") == tmp_path / "other" / "figures-quick"
    asked.nixe, asked.quick = None, False
    nixe_in("build", True)
    assert make_figures.folder_of(asked, "figures") == tmp_path / "build" / "figures"
    asked.out = tmp_path
    assert make_figures.folder_of(asked, "figures") == tmp_path
    monkeypatch.setenv("NIXE", str(tmp_path / "gone"))
    with pytest.raises(NixeFileError, match="gone, which the environment variable NIXE names, is no program"):
        make_figures.program_of(asked)


def test_driver(tmp_path, driver):
    """Computes what is missing or incomplete, keeps the rest, draws, compares."""
    out = tmp_path / "out with blanks"
    first = driver(out, "3", "7")
    assert first.returncode == 0, first.stderr
    made = {path.name: path.stat().st_mtime_ns for path in out.glob("*.h5")}
    assert set(made) == {f"{name}.h5" for figure in (3, 7) for name in PLANS[figure].runs}
    assert {path.name for path in out.glob("fig?.*")} == {"fig3.png", "fig3.pdf", "fig7.png", "fig7.pdf"}
    assert (out / "plaquettes.png").stat().st_size > 20_000
    assert f"Fig. 7: {out}/fig7.png and {out}/fig7.pdf\n  Fig. 7(c): f_U falls" in first.stdout
    assert "Fig. 3(d): U1 is halved at t = " in first.stdout and "Fig. 3(a): with the composition come U2" in first.stdout
    with File(out / "fig7_exchange.h5") as run:
        assert run.options["lattice_shape"] == "cube" and run.options["lattice_edge"] == 4

    with h5py.File(out / "fig7_1728.h5", "r+") as file:
        file.attrs.modify("complete", 0)
    (out / "fig7.png").unlink()
    again = driver(out, "7")
    assert again.returncode == 0 and (out / "fig7.png").stat().st_size > 20_000
    with File(out / "fig7_1728.h5") as run:
        assert run.complete
    for path in out.glob("*.h5"):
        assert (path.stat().st_mtime_ns == made[path.name]) == (path.name != "fig7_1728.h5")


def test_driver_refuses(tmp_path, driver):
    """Unknown figures, no program, bad options: a sentence, and no picture."""
    wrong = driver(tmp_path, "8")
    assert wrong.returncode == 2 and "there is no figure 8: 1 to 7 are known." in wrong.stderr
    wrong = driver(tmp_path, "3", "--nixe", tmp_path / "nixe")
    assert wrong.returncode == 2 and wrong.stderr.endswith("There is no program "
                                                           f"{tmp_path}/nixe: run make first, or name another with --nixe.\n")
    wrong = driver(tmp_path, "3", options="-kmc_snapshot 3")
    assert wrong.returncode == 2 and "-kmc_snapshot" in wrong.stderr
    assert "nixe ended with status 2. There are no pictures yet." in wrong.stderr
    assert not list(tmp_path.glob("fig3.*"))
    shutil.rmtree(tmp_path)
    tmp_path.write_text("no folder")
    wrong = driver(tmp_path, "3")
    assert wrong.returncode == 2 and len(wrong.stderr.splitlines()) == 1
