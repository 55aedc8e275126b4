"""tools/bench_compare.py calls two builds in turn and compares their speed pair by pair; and the benchmark can be built."""
import os
import subprocess
from pathlib import Path

import pytest
from harness import NIXE, ROOT, environment
from tooling import tool

from bench_compare import COMMANDS, read_bench

SAID = """\
KMC hexagon  N = 169    nixe 3.002e+06 events/s   direct 4.586e+05 events/s   ratio 6.5
MC N_core = 721, 0 shell layers, kT 0.2
  metropolis f_U 0.8653(0.0009), tau 6.29 sweeps, 13.7 us a sweep, 59.2 us a swap, 5000 effective samples/s, 52.5 million attempts/s
  informed   f_U 0.8761(0.0012), tau 5.7 sweeps, 0.65 us a sweep, 0.925 us a swap, 1.25e+05 effective samples/s
  ratio of effective samples/s: 25.0
"""
LINE = "KMC hexagon  N = 7      nixe {} events/s   direct 1 events/s   ratio 2\\n"


@pytest.fixture(scope="module")
def bench():
    """The benchmark of the build under test, made as `make bench` makes it."""
    build = Path(NIXE).parent
    target = os.path.relpath(build / "bench", ROOT)
    done = subprocess.run(["make", f"BUILD={os.path.relpath(build, ROOT)}", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return build / "bench"


@pytest.fixture
def fake(tmp_path):
    """fake(name, *speeds): a build whose bench writes `name` to a log, and has the next of the speeds at each call."""
    log = tmp_path / "log"

    def of(name, *speeds):
        (tmp_path / name).mkdir()
        program = tmp_path / name / "bench"
        program.write_text(f'#!/bin/sh\necho {name} >> {log}\nset -- {" ".join(map(str, speeds))}\n'
                           f'shift $(($(grep -c {name} {log}) - 1))\nprintf "{LINE.format("$1")}"\n')
        program.chmod(0o755)
        return program.parent
    of.log = log
    return of


def cells(said):
    """The rows of a table of Markdown, without its head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in said.splitlines() if line.startswith("|")][2:]


def test_what_bench_says():
    assert read_bench(SAID) == {
        ("KMC hexagon, N = 169", "events/s"): 3.002e6,
        ("MC N_core = 721, 0 shell layers, metropolis", "effective samples/s"): 5000,
        ("MC N_core = 721, 0 shell layers, metropolis", "attempts/s"): 52.5e6,
        ("MC N_core = 721, 0 shell layers, informed", "effective samples/s"): 1.25e5,
        ("MC N_core = 721, 0 shell layers, informed beside metropolis", "times"): 25}


@pytest.mark.parametrize("work, quantities", [("kmc-169", 1), ("mc-0", 4)])
def test_what_this_bench_says(work, quantities, bench):
    """The lines of the benchmark are those that the tool reads."""
    words = [bench, "-bench_only", work, "-bench_effort", "0.001"]
    said = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True).stdout
    figures = read_bench(said)
    assert len(figures) == quantities and min(figures.values()) > 0, said


def test_pairs_in_turn(fake):
    """The builds alternate, and which is first, too; ratios are those of the pairs, of which the median counts."""
    old, new = fake("old", 100, 100, 200, 100, 100), fake("new", 150, 110, 240, 400, 90)
    done = tool("bench_compare", old, new, "--markdown")
    assert done.returncode == 0, done.stderr
    assert fake.log.read_text().split() == "old new new old old new new old old new".split()
    assert cells(done.stdout) == [["KMC hexagon, N = 7", "events/s", "100", "150", "1.200", "0.900 to 4.000"]]
    assert "5 pairs" in done.stdout


def test_a_build_with_itself(bench, monkeypatch):
    """A loop and two whole commands, one of them on two ranks: tables of both kinds."""
    monkeypatch.setenv("MARKDOWN", "1")
    monkeypatch.setitem(COMMANDS, "table-8000", type(COMMANDS["run-721"])("potential -lattice_edge 4", ranks=2))
    words = [bench.parent, bench.parent, "--effort", "0.002", "--only"]
    done = tool("bench_compare", *words, "kmc-169", "run-721", "table-8000")
    assert done.returncode == 0, done.stderr
    rows = cells(done.stdout)
    assert [row[1] for row in rows] == ["events/s", "events/s", "s"]
    for _, _, old, new, ratio, spread in rows:
        lowest, highest = map(float, spread.split(" to "))
        assert min(float(old), float(new), lowest) > 0 and lowest <= float(ratio) <= highest
    monkeypatch.delenv("MARKDOWN")
    done = tool("bench_compare", *words, "run-721")
    assert done.returncode == 0 and done.stdout.startswith("what ") and "nixe kmc, kmc_2d_elastic.yaml" in done.stdout, done


@pytest.mark.parametrize("words, said", [
    ("{build} {build} --pairs 4", "takes 5 or more"),
    ("{build} {build} --effort 0", "not above 0"),
    ("{build} {empty}", "neither a program nor a build folder"),
    ("{build}/nixe {build}/bench", "are not both in"),
    ("{build}/nixe {build}/nixe --only kmc-721", "kmc-721 is none of run-721"),
    ("{build} {build} --only kmc-7", "there is no kmc-7; there are machine kmc-169"),
    ("{build}/nixe /bin/false --effort 0.01 --only run-721", "ended with status 1"),
])
def test_refusals(words, said, bench, tmp_path):
    """One sentence, and status 2."""
    done = tool("bench_compare", *words.format(build=bench.parent, empty=tmp_path).split())
    assert done.returncode == 2 and said in done.stderr.splitlines()[-1], done
