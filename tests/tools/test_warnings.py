"""Warnings: nixe at the end of a run, plot.py and the report say the same of a file, in the same words, and no markup."""
import re
from html import unescape

import h5py
import numpy as np
import pytest
from harness import make, run
from tooling import tool

from nixe.file import File
from nixe.numbers import plain

MC = "mc -lattice_edge 4 -shell_layers 1 -model_kT 1 -ensemble_size 3 "
LONG = "-mc_equilibration 200 -mc_sweeps 4000 "
CASES = {                                           # command, beginnings of what is to be warned of
    "kmc": ("kmc -lattice_edge 4 -ensemble_size 60 -kmc_time_count 81", []),
    "one": ("kmc -lattice_edge 3 -ensemble_size 1", ["Only 1 trajectory: standard errors from fewer than 20 are rough."]),
    "late": ("kmc -lattice_edge 4 -ensemble_size 40 -kmc_time_last 0.3", [r"\d+ of 40 trajectories were not complete by the last "]),
    "at once": ("kmc -lattice_edge 4 -ensemble_size 24 -kmc_stop_composition 1",
                ["24 of 24 trajectories were complete before their first event: they began at -kmc_stop_composition 1."]),
    "unseen": ("kmc -lattice_edge 3 -ensemble_size 24 -kmc_time_first 1e3 -kmc_time_last 1e4",
               ["24 of 24 trajectories were complete before the first recorded time; an earlier -kmc_time_first shows them."]),
    "none": ("kmc -lattice_edge 4 -ensemble_size 20 -kmc_stop_composition none -kmc_time_last 1", []),
    "cube": ("kmc -lattice_shape cube -lattice_edge 4 -model_kT 1.5 -model_dmu -200 -ensemble_size 2", ["Only 2 trajectories"]),
    "tiny": ("kmc -lattice_shape cube -lattice_edge 2 -ensemble_size 3", ["Only 3"]),
    "mc": (MC + LONG + "-shell_stiffness 1,3", []),
    "short": (MC + "-mc_equilibration 0 -mc_sweeps 16 -shell_stiffness 1,2,3,4,5,6",
              [r"Shorter than 50 autocorrelation times, so .*: K_shell / K = 1 \(\d+ times that of f_U\);.* K_shell / K = 4 .*; 2 more"]),
    "not settled": (MC + "-lattice_edge 6 -shell_stiffness 1,3 -model_kT 0.2 -ensemble_size 4 -mc_equilibration 100 -mc_sweeps 1000 "
                    "-mc_replica_exchange_every 10",
                    [r"Not yet in equilibrium, .*: K_shell / K = 3 \(f_U by [\d.]+ joint standard errors\)",
                     "Replica exchange made no round trip"]),
    "frozen": (MC + "-lattice_edge 8 -model_kT 0.03 -shell_stiffness 20 -mc_equilibration 200 -mc_sweeps 1000",
               [r"Replicas disagree; .*: K_shell / K = 20, kT = 0.03 \(f_\w+ by [\d.]+ joint standard errors\)\.$"]),
    "flips": (MC + "-mc_equilibration 0 -mc_sweeps 16 -mc_move flip -model_dmu -0.2,0.2",
              [r"Shorter than 50 .*: dmu = -0.2 \(\d+ times that of \w+\)"]),
    "tiny flips": ("mc -lattice_shape cube -lattice_edge 2 -shell_layers 1 -model_kT 1 -mc_move flip -ensemble_size 3 "
                   "-mc_equilibration 0 -mc_sweeps 16", [r"Shorter .* times that of c\)"]),
    "path": (MC + "-mc_equilibration 0 -mc_sweeps 40 -mc_path loop -shell_stiffness 1,2,3", []),
    "spectrum": ("spectrum -lattice_edge 4", []),
}


def said_by_nixe(command, path):
    result = run(f"{command} -output_file {path}", timeout=300)
    assert result.returncode == 0, result.stderr
    return [line.removeprefix("warning   ") for line in result.stdout.splitlines() if line.startswith("warning")]


def said_by_plot(path):
    result = tool("plot", path)
    assert (result.returncode, result.stderr) == (0, "")
    return [line.removeprefix(f"warning   {path}: ") for line in result.stdout.splitlines() if line.startswith("warning")]


def said_by_report(path):
    assert tool("report", path).returncode == 0
    page = path.with_suffix(".html").read_text(encoding="utf-8")
    [part] = re.findall(r'class="warnings".*?</ul>', page, re.DOTALL) or [""]
    return [plain(unescape(re.sub("<[^>]*>", "", item.replace("<sub>", "_")))) for item in re.findall(r"<li>(.*?)</li>", part)]


@pytest.mark.parametrize("name", CASES)
def test_all_say_the_same(name, tmp_path):
    """Each warning that is expected comes, and whatever comes is said by all."""
    command, expected = CASES[name]
    path = tmp_path / "run.h5"
    said = said_by_nixe(command, path)
    assert len(said) >= len(expected) and (expected or not said), said
    assert all(any(re.match(pattern, line) for line in said) for pattern in expected), said
    assert not any(set(line) & set("{}`") or not line.isascii() for line in said)
    if name not in ("tiny", "tiny flips"):                # of which there is no picture
        assert said_by_plot(path) == said
    assert said_by_report(path) == said


def test_unlike_halves(tmp_path):
    """Rows of a start file that is made by hand: the first half of A, but for some, the second of B."""
    start = make(tmp_path / "start.h5", "kmc -lattice_edge 4 -ensemble_size 60 -kmc_start random -kmc_time_first 1e-6 "
                 "-kmc_time_last 1e-5 -kmc_snapshots 1")
    with h5py.File(start, "r+") as file:
        sigma = file["kmc/snapshot/sigma"][()]
        sigma[:30] = 1
        file["kmc/snapshot/sigma"][()] = sigma
        file["kmc/checksums"][()] = -1
    path = tmp_path / "run.h5"
    said = said_by_nixe(f"kmc -lattice_edge 4 -ensemble_size 60 -kmc_start {start} -model_dmu -5", path)
    assert len(said) == 1 and re.match("The first half of the trajectories differs from the second: completion time by [0-9.]+ joint "
                                       "standard errors; events of a trajectory by .* errors; .*f_U1 by ", said[0]), said
    assert said_by_plot(path) == said and said_by_report(path) == said


def test_zero_modes(tmp_path):
    path = make(tmp_path / "modes.h5", "spectrum -lattice_edge 4")
    with h5py.File(path, "r+") as file:
        file["spectrum/D"].attrs["zero_modes"] = 2
    assert said_by_plot(path) == said_by_report(path) == ["D has 2 zero modes, where theory expects 3."]


@pytest.mark.parametrize("cube", [False, True])
def test_the_rms_of_the_summary_is_that_of_the_report(cube, tmp_path):
    """Areas, in 3D volumes: within configurations and between them, as the reader has it."""
    crystal = "-lattice_shape cube -lattice_edge 4 -model_kT 2" if cube else "-lattice_edge 5 -model_kT 0.5"
    command = f"mc {crystal} -shell_layers 1 -shell_stiffness 1,3 -mc_equilibration 200 -mc_sweeps 4000 -mc_area_every 10"
    said = run(f"{command} -output_file {tmp_path}/mc.h5").stdout
    found = [(float(mean), float(error)) for mean, error in
             re.findall(rf"rms d{'V' if cube else 'A'} ([\d.]+)\(([\d.]+)\) a\^{3 if cube else 2}", said)]
    with File(tmp_path / "mc.h5") as results:
        expected = np.transpose(results.area_deviation())
        within = [np.mean([rms.mean() for rms in results.replicas("area_rms", q)]) for q in range(2)]
    assert len(found) == 2 and ("volume" in said) == cube and ("area" in said) != cube
    for (mean, error), (other, its), inner in zip(found, expected, within):
        assert mean == pytest.approx(other, abs=0.06 * its) and error == pytest.approx(its, rel=0.06)
        assert abs(inner - other) > its or not cube       # what the summary once said


@pytest.mark.parametrize("command", ["kmc -ensemble_size 2", "mc -shell_layers 1 -mc_sweeps 200 -mc_equilibration 0"])
@pytest.mark.parametrize("crystal", ["hexagon", "cube", "square"])
def test_phases_of_the_summary(command, crystal, tmp_path):
    """S1 and S2 where there are plaquettes; the word for the rest is that of the theory."""
    shape = "-lattice_type square -lattice_shape disc -lattice_radius 4" if crystal == "square" else f"-lattice_shape {crystal}"
    edge = "" if crystal == "square" else "-lattice_edge 4"
    said = run(f"{command} {shape} {edge} -model_kT 1.5 -output_file {tmp_path}/k.h5").stdout
    assert ("S1" in said) == ("S2" in said) == (crystal == "hexagon") and "unclassified" in said and "other" not in said
    assert ("a^3" in said) == (crystal == "cube") and "U1" in said and "U2" in said


def test_numbers_of_the_summary(tmp_path):
    """Units on times; two digits of errors, and rounding is nothing."""
    said = run(f"kmc -lattice_edge 4 -ensemble_size 40 -output_file {tmp_path}/k.h5").stdout
    table = said.split("time (1/k)")[1].split("\n\n")[0].splitlines()
    assert table[0].split("  ")[-1].strip() == "energy" and table[-2].split()[-2] == "0", table
    found = re.search(r"completion time +(\d\d?\.?\d*) \+- (\S+) 1/k, standard deviation of one trajectory (\S+)\n", said)
    with h5py.File(tmp_path / "k.h5", "r") as file:
        times = file["kmc/completion_time"][()]
    assert float(found[1]) == pytest.approx(times.mean(), rel=0.01) and len(found[2].strip("0.")) <= 2
    assert float(found[2]) == pytest.approx(times.std(ddof=1) / 40**0.5, rel=0.06)
    assert float(found[3]) == pytest.approx(times.std(ddof=1), rel=0.06)
    assert "K_shell" not in said


@pytest.mark.parametrize("name", ["plot", "report", "movie", "export", "free_energy", "make_figures", "equilibrium_checks"])
def test_help_of_tools_has_no_markup(name):
    result = tool(name, "--help")
    assert result.returncode == 0 and not re.search(r"[`{}]|_\{|\*\*", re.sub(r"\{[a-z0-9.,-]+\}", "", result.stdout)), result.stdout


@pytest.mark.parametrize("words", ["help", "help kmc", "help mc", "help potential", "help spectrum", "help status", "--version"])
def test_help_has_no_markup(words):
    result = run(words)
    assert result.returncode == 0 and not re.search(r"[`{}$]|\*\*", re.sub(r"\[\{.*\}, ...\]", "", result.stdout)), result.stdout
    assert "[K]" not in result.stdout
