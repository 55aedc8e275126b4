"""Compare the speed of two builds of nixe, measured in turn in one run.

    python3 tools/bench_compare.py OLD NEW
    make bench OLD=FOLDER                       # NEW is what make builds

OLD and NEW are build folders, or programs: bench, whose loops are compared, or nixe, whose whole commands
are timed, with their start, set-up and output; of folders both, as far as both have them. Each pair runs one
after the other, every second pair the other way round. Printed are medians, and the median and the spread of
the ratios of the pairs, of which more than 1 is faster. Let nothing else run meanwhile, and believe no ratio
within the spread of a build compared with itself.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from nixe.file import File, NixeFileError
from nixe.tool import answer

FEWEST_PAIRS = 5
HEAD = ["what", "unit", "old", "new", "ratio", "spread of the ratio"]
Figures = dict[tuple[str, str], float]  # by the name of a quantity and its unit


@dataclass(frozen=True)
class Command:
    """A whole command of nixe: its words, a file of input/, the size of the ensemble, and how many ranks."""

    words: str
    input: str = ""
    size: int = 0
    ranks: int = 1


ROOT = Path(__file__).resolve().parent.parent
COMMANDS = {
    "run-721": Command("kmc", "kmc_2d_elastic", 400),
    "run-1728": Command("kmc", "kmc_3d_elastic", 400),
    "run-ising": Command("kmc", "kmc_ising", 2000),
    "run-free": Command("kmc", "kmc_noninteracting", 2000),
    "table-8000": Command("potential -lattice_shape cube -lattice_edge 20", ranks=2),
}
KMC = re.compile(r"KMC (\S+) +N = (\d+) +nixe +(\S+) events/s")
MC = re.compile(r"MC (N_core = \d+, \d+ shell layers)")
SAMPLER = re.compile(r"  (\w+) .* (\S+) effective samples/s(?:, (\S+) million attempts/s)?$")


def read_bench(said: str) -> Figures:
    """What `make bench` has measured, from what it says (tools/developer/bench.c)."""
    found: Figures = {}
    core = ""
    for line in said.splitlines():
        if match := KMC.match(line):
            found[f"KMC {match[1]}, N = {match[2]}", "events/s"] = float(match[3])
        elif match := MC.match(line):
            core = match[1]
        elif match := SAMPLER.match(line):
            found[f"MC {core}, {match[1]}", "effective samples/s"] = float(match[2])
            if match[3]:
                found[f"MC {core}, {match[1]}", "attempts/s"] = 1e6 * float(match[3])
    for (name, unit), value in list(found.items()):
        plain = found.get((name.replace(", informed", ", metropolis"), unit))
        if name.endswith(", informed") and plain:
            found[f"{name} beside metropolis", "times"] = value / plain
    return found


def call(words: Sequence[str]) -> str:
    """What a program says; where it fails, that is told with the first line of its own."""
    env = {"OPENBLAS_NUM_THREADS": "1", "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
           "OMPI_MCA_rmaps_base_oversubscribe": "1", **os.environ}
    done = subprocess.run(words, capture_output=True, text=True, env=env)
    if done.returncode:
        told = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
        raise NixeFileError(f"{shlex.join(words)}: {told[0]}")
    return done.stdout


def run_bench(program: Path, works: Sequence[str], effort: float) -> Figures:
    """One call of bench; `works` empty: all of it, as older ones do that do not know these options."""
    only = ["-bench_only", ",".join(works)] if works else []
    return read_bench(call([str(program), *only, "-bench_effort", str(effort)]))


def run_command(program: Path, name: str, effort: float) -> Figures:
    """One whole command, from its start to its end."""
    command = COMMANDS[name]
    words = shlex.split(command.words)
    if command.input:
        words += ["-input", str(ROOT / "input" / f"{command.input}.yaml")]
        words += ["-ensemble_size", str(max(1, round(effort * command.size)))]
    launch = [*shlex.split(os.environ.get("MPIRUN", "mpirun")), "-n", str(command.ranks)] if command.ranks > 1 else []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "speed.h5")
        start = time.monotonic()
        call([*launch, str(program), *words, "-output_file", str(file)])
        seconds = time.monotonic() - start
        if not command.input:
            return {(f"nixe {command.words}, ranks: {command.ranks}", "s"): seconds}
        with File(file) as run:
            events = float(run["/kmc/events"][:, -1].sum())
        return {(f"nixe {command.words}, {command.input}.yaml", "events/s"): events / seconds}


def programs(path: Path) -> dict[str, Path]:
    """{"bench": ..., "nixe": ...} of a build folder, or of the one program that is named."""
    found = {name: path / name for name in ("bench", "nixe")} if path.is_dir() else {
        "bench" if path.name.startswith("bench") else "nixe": path}
    return {name: program.resolve() for name, program in found.items() if program.is_file() and os.access(program, os.X_OK)}


def measurements(old: Path, new: Path, only: Sequence[str], effort: float) -> list[tuple[Callable[[], Figures], ...]]:
    """What is to be called of either build, one after the other: (of OLD, of NEW)."""
    both = [programs(path) for path in (old, new)]
    has = both[0].keys() & both[1].keys()
    works = [name for name in only if name not in COMMANDS]
    found: list[tuple[Callable[[], Figures], ...]] = []
    if "bench" in has and (works or not only):
        found.append(tuple(lambda program=build["bench"]: run_bench(program, works, effort) for build in both))
    elif works:
        raise NixeFileError(f"{works[0]} is none of {', '.join(COMMANDS)}, and there is no bench in {old} or none in {new}.")
    for name in COMMANDS:
        if "nixe" in has and (name in only or not only):
            found.append(tuple(lambda program=build["nixe"], name=name: run_command(program, name, effort) for build in both))
    if not found:
        raise NixeFileError(f"bench and nixe are not both in {old} and in {new}: build them by 'make all build/bench'.")
    return found


def measure(calls: tuple[Callable[[], Figures], ...], pairs: int) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """Pairs (OLD, NEW) of each quantity that both builds know."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for pair in range(pairs):
        order = (0, 1) if pair % 2 == 0 else (1, 0)
        figures = {which: calls[which]() for which in order}
        for quantity in figures[0]:
            if quantity in figures[1]:
                found.setdefault(quantity, []).append((figures[0][quantity], figures[1][quantity]))
    return found


def row(quantity: tuple[str, str], pairs: Sequence[tuple[float, float]]) -> list[str]:
    """The words of one line: what, unit, medians, median ratio, its spread."""
    name, unit = quantity
    ratios = [old / new if unit == "s" else new / old for old, new in pairs]
    old, new = (median(each) for each in zip(*pairs))
    return [name, unit, f"{old:.4g}", f"{new:.4g}", f"{median(ratios):.3f}", f"{min(ratios):.3f} to {max(ratios):.3f}"]


def show(rows: Sequence[Sequence[str]], markdown: bool) -> None:
    """A table, of Markdown or for the eye."""
    if markdown:
        lines = [HEAD, ["---"] * len(HEAD), *rows]
        print("\n".join(f"| {' | '.join(words)} |" for words in lines))
        return
    widths = [max(map(len, column)) for column in zip(HEAD, *rows)]
    for words in [HEAD, *rows]:
        print("  ".join(word.ljust(width) for word, width in zip(words, widths)).rstrip())


def compared(old: Path, new: Path, only: Sequence[str], pairs: int, effort: float) -> list[list[str]]:
    """The lines of the table, measured."""
    for path in (old, new):
        if not programs(path):
            raise NixeFileError(f"{path} is neither a program nor a build folder with bench or nixe in it.")
    rows = [row(quantity, found) for calls in measurements(old, new, only, effort)
            for quantity, found in measure(calls, pairs).items()]
    if not rows:
        raise NixeFileError(f"{old} and {new} measure nothing that both know.")
    return rows


def compare(arguments: argparse.Namespace) -> None:
    """Measure, then print the table."""
    load = os.getloadavg()[0]
    rows = compared(arguments.old, arguments.new, arguments.only, arguments.pairs, arguments.effort)
    show(rows, arguments.markdown)
    print(f"\n{arguments.pairs} pairs in turn; medians, and the smallest and largest ratio of a pair. "
          f"Load of the machine before: {load:.1f}.")


def main() -> int:
    """Read the command line, compare, and answer with the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path, metavar="OLD", help="a build folder, or a program bench or nixe")
    parser.add_argument("new", type=Path, metavar="NEW", help="the same")
    parser.add_argument("--pairs", type=int, default=FEWEST_PAIRS, help="how many, 5 or more (default: %(default)s)")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME",
                        help=f"these alone: works of bench (kmc-721, mc-6, ...), or commands: {', '.join(COMMANDS)}")
    parser.add_argument("--effort", type=float, default=1, help="0.1: a tenth of the time, roughly (default: 1)")
    parser.add_argument("--markdown", action="store_true", default=os.environ.get("MARKDOWN", "") not in ("", "0"),
                        help="print a table of Markdown, as MARKDOWN=1 in the environment does")
    arguments = parser.parse_args()
    if arguments.pairs < FEWEST_PAIRS:
        parser.error(f"--pairs {arguments.pairs}: the spread takes {FEWEST_PAIRS} or more.")
    if not 0 < arguments.effort <= 100:
        parser.error(f"--effort {arguments.effort:g} is not above 0 and up to 100.")
    return answer("bench_compare", lambda: compare(arguments))


if __name__ == "__main__":
    sys.exit(main())
