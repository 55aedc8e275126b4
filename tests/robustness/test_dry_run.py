"""-dry_run: every command says what would run and what it would cost, refuses what it would refuse, and writes nothing."""
import re

import pytest
from harness import make, run

COMMANDS = {
    "kmc": "kmc -lattice_edge 6 -ensemble_size 1",
    "mc": "mc -lattice_edge 5 -shell_layers 1 -shell_stiffness 2,3 -model_kT 0.4 -mc_sweeps 1000",
    "potential": "potential -lattice_type fcc -lattice_shape sphere -lattice_radius 2.1",
    "spectrum": "spectrum -lattice_shape cube -lattice_edge 3",
    "bulk": "spectrum -lattice_type sc -lattice_shape box -lattice_cells 5,4,3 -lattice_periodic 1,2,3",
}
SITES = {"kmc": 91, "mc": 91, "potential": 55, "spectrum": 27, "bulk": 60}


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("command", COMMANDS)
def test_costs_without_a_file(command, ranks, tmp_path):
    result = run(f"{COMMANDS[command]} -dry_run -output_file {tmp_path}/k.h5", ranks=ranks)
    assert result.returncode == 0 and not result.stderr
    assert f" {SITES[command]} sites (" in result.stdout
    assert re.search(r"^symmetry  \d+ operations.*: (1 orbit|(?!1 )\d+ orbits) of sites$", result.stdout, re.M)
    assert len(re.findall(rf"^cost      about \S+ s of set-up on {ranks} rank", result.stdout, re.M)) == 1
    assert result.stdout.splitlines()[-1] == "dry run   nothing was run and nothing written"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_says_the_size_of_the_file(command, tmp_path):
    said = run(f"{COMMANDS[command]} -dry_run -output_file {tmp_path}/k.h5").stdout
    number, unit = re.search(r"a file of ([\d.]+) (\w+)", said).groups()
    size = make(tmp_path / "k.h5", COMMANDS[command]).stat().st_size
    told = float(number) * {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
    assert 0.5 * size < told < 1.5 * size + 70000


def test_says_how_displacements_are_found(tmp_path):
    """From a table up to 128 MiB, else by factors, one copy a node; the memory that is told is theirs, twice while one is made, and
    that of what the sites feel, 178 bytes of each."""
    def told(crystal):
        line = "kmc -model_epsilon 0 -model_kT 1 -lattice_type triangular -lattice_shape disc -lattice_center 0.25,0.1"
        out = run(f"{line} -lattice_radius {crystal} -dry_run -output_file {tmp_path}/k.h5").stdout
        return re.search(r"^response  (.*)$", out, re.M)[1], re.search(r"^memory    tables (\S+) (.B) a node", out, re.M).groups()

    response, (_, unit) = told(28)      # 2,848 sites, 16 N^2 bytes
    assert re.fullmatch(r"displacements from a table, 130 MB a node", response) and unit == "MB"
    response, (tables, unit) = told(29.5)
    own = re.fullmatch(r"displacements by 1 factor of the stiffness matrix, ([\d.]+) MB a node, where a table would take 159 MB",
                       response)
    assert unit == "MB" and float(tables) == pytest.approx(2 * float(own[1]) + 178e-6 * 3157, rel=0.01)
    assert re.fullmatch(r"displacements from a table, .*", re.search(
        r"^response  (.*)$", run(f"{COMMANDS['mc']} -dry_run -output_file {tmp_path}/k.h5").stdout, re.M)[1])
    assert "response" not in run(f"{COMMANDS['potential']} -dry_run -output_file {tmp_path}/k.h5").stdout


def test_refuses_what_a_run_would_refuse(tmp_path):
    path = make(tmp_path / "k.h5", COMMANDS["potential"])
    before = path.read_bytes()
    for words in (COMMANDS["potential"], "kmc -lattice_edge 20000", "kmc -lattice_shape sphere"):
        result = run(f"{words} -dry_run -output_file {path}")
        assert result.returncode == 2 and len(result.stderr.splitlines()) == 1, result
    assert path.read_bytes() == before
