"""The program that measures known transitions, tools/equilibrium_checks.py, on crystals that take no time."""
import pytest
from harness import NIXE, ROOT, environment, run
from launcher import MPIRUN
from tooling import tool

import equilibrium_checks
from equilibrium_checks import CHECKS, RUNS, Row, near

SHORT = ("-lattice_cells 9,9 -model_kT 0.25,0.33,0.39,0.5 -ensemble_size 2 -mc_equilibration 50 -mc_sweeps 200 -mc_area_every 200 "
         "-mc_snapshot_every 200")


def test_every_run_is_of_a_check():
    assert {name for names in CHECKS.values() for name in names} == set(RUNS)
    assert equilibrium_checks.DRAW.keys() == CHECKS.keys()


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("name", RUNS)
def test_every_run_is_allowed(name, quick):
    """At its full length, and reduced."""
    planned = RUNS[name]
    words = f"{planned.options} {planned.quick if quick else ''}".split()
    done = run([planned.command, "-input", ROOT / "input" / f"{planned.input}.yaml", *words, "-output_file", "x.h5", "-dry_run"])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("value, error, agrees", [(3.63, 0.005, True), (3.65, 0.004, False), (3.65, 0.008, True), (3.62, 0.03, False)])
def test_verdict(value, error, agrees):
    """Within what is stated and two errors; and no verdict is good that rests on too large an error."""
    assert near((value, error), (3.62, 0.02)) == agrees
    assert str(Row("kT", "1", "2", agrees)).endswith("| yes |" if agrees else "| NO |")


def test_computed_drawn_and_told(tmp_path, monkeypatch):
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    done = tool("equilibrium_checks", "melting", "--out", tmp_path, "--nixe", NIXE, "--mpirun", " ".join(MPIRUN), "--ranks", 1,
                "--options", SHORT)
    assert done.returncode == 0, done.stderr
    assert "melting of S1: kT where f_S1 is half" in done.stdout
    assert (tmp_path / "checks.md").read_text().count("\n") == 4
    assert all((tmp_path / f"equilibrium_melting.{kind}").stat().st_size > 5000 for kind in ("png", "pdf"))
    (tmp_path / "equilibrium_melting.png").unlink()
    assert tool("equilibrium_checks", "melting", "--drawn", "--out", tmp_path).returncode == 0
    assert (tmp_path / "equilibrium_melting.png").exists()


def test_refused(tmp_path):
    done = tool("equilibrium_checks", "boiling")
    assert done.returncode == 2 and "there is no check boiling: binder, melting, barrier are known." in done.stderr
    done = tool("equilibrium_checks", "--out", tmp_path, "--nixe", tmp_path / "nixe")
    assert done.returncode == 2 and done.stderr.endswith("run make first, or name another with --nixe.\n")
