"""Compute and draw the figures of the paper.

What a figure needs is computed by nixe at the published protocol, unless it is complete already;
what was interrupted goes on. The figures are drawn as PNG and PDF, and compared with what the
paper says. With --quick everything is reduced, for a first look in a few minutes; these files
have a folder of their own.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from figures import checks
from figures.equilibrium import figure_4, figure_5
from figures.exchange import figure_1, figure_2, figure_3, figure_7
from figures.strain import figure_6
from figures.schemes import plaquettes_picture
from nixe.draw import save
from nixe.file import File, NixeFileError
from nixe.program import NixeRunError, find_program
from nixe.tool import answer

ROOT = Path(__file__).resolve().parent.parent
STOPPED = 3  # exit status of a run that can be resumed
LAYERS, SIZES = range(9), (169, 271, 397, 721, 1657)
COMPOSITIONS = {"0.05": "0.05", "1_6": "0.1666667", "1_3": "0.3333334", "1_2": "0.5", "2_3": "0.6666667", "5_6": "0.8333334",
                "0.95": "0.95"}  # of the bulk, as names of files and as options


@dataclass(frozen=True)
class Run:
    """One file: the options of nixe that make it, and those that reduce it."""

    command: str
    input: str
    options: str = ""
    quick: str = ""
    fixed: tuple[str, ...] = ()  # how those begin that --options does not change


@dataclass(frozen=True)
class Plan:
    """One figure: the names of its runs, what draws it, and what compares it with the paper."""

    runs: Sequence[str]
    draw: Callable[[Sequence[File]], Figure]
    check: Callable[[Sequence[File]], list[checks.Check]]


SNAPSHOTS = "-kmc_snapshots 81"  # to choose from
FEW = "-ensemble_size 20"
SHORT = "-mc_sampler informed -mc_sweeps {} -mc_equilibration {} -mc_snapshot_every 1000 "
RUNS = {
    "fig2_noninteracting": Run("kmc", "kmc_noninteracting", SNAPSHOTS, FEW),
    "fig2_ising": Run("kmc", "kmc_ising", SNAPSHOTS, FEW),
    "fig2_elastic": Run("kmc", "kmc_2d_elastic", f"-lattice_edge 10 {SNAPSHOTS}", FEW),
    "fig3_721": Run("kmc", "kmc_2d_elastic", SNAPSHOTS, FEW),
    **{f"fig3_bulk_{name}": Run("mc", "mc_bulk", f"-mc_composition {c}", "-ensemble_size 2 -mc_sweeps 500", ("-lattice_",))
       for name, c in COMPOSITIONS.items()},
    "fig7_exchange": Run("kmc", "kmc_3d_elastic", SNAPSHOTS, FEW),
    **{f"fig4_{n}": Run("mc", "mc_fig4", f"-shell_layers {n}", SHORT.format("1e4", "1e4"))
       for n in LAYERS},
    **{f"fig5_{n}": Run("mc", f"mc_fig5_{n}", "", SHORT.format("1e4", "3e3")) for n in SIZES[:-1]},
    "fig5_1657": Run(
        "mc", "mc_fig5_1657", "", SHORT.format("2e4", "1e4")
        + "-shell_stiffness 12,14,15,16,16.4,16.6,16.8,16.85,16.9,17,17.2,18,20"),
    "fig7_1728": Run(
        "mc", "mc_fig7", "", SHORT.format("500", "300")
        + "-ensemble_size 2 -mc_area_every 50 -mc_snapshot_every 100 -shell_stiffness 1,1.5,2,2.5,3,4"),
}
MODELS = ("fig2_noninteracting", "fig2_ising", "fig2_elastic")
BULK = tuple(f"fig3_bulk_{name}" for name in COMPOSITIONS)
SHELLS = tuple(f"fig4_{n}" for n in LAYERS)
PLANS = {
    1: Plan(MODELS, figure_1, lambda runs: []),
    2: Plan(MODELS, figure_2, checks.check_2),
    3: Plan(("fig3_721", *BULK), lambda runs: figure_3(runs[0], runs[1:]), lambda runs: checks.check_3(runs[0], runs[1:])),
    4: Plan(SHELLS, figure_4, checks.check_4),
    5: Plan(tuple(f"fig5_{n}" for n in SIZES), figure_5, checks.check_5),
    6: Plan(("fig3_721", *SHELLS), lambda runs: figure_6(runs[0], runs[1:]),
            lambda runs: checks.check_6(runs[0], runs[1:])),
    7: Plan(("fig7_exchange", "fig7_1728"), lambda runs: figure_7(runs[0], runs[1:]),
            lambda runs: checks.check_7(runs[1:])),
}


def options_of(run: Run, quick: bool, more: Sequence[str]) -> list[str]:
    """The options of a run; of `more` those that its command has: -mc_... is not for kmc. A box has no -lattice_edge."""
    other = "-mc_" if run.command == "kmc" else "-kmc_"
    words = shlex.split(f"{run.options} {run.quick if quick else ''}")
    keep = True
    for word in more:
        if word.startswith("-") and word[1:2].isalpha():
            keep = not word.startswith((other, *run.fixed))
        words += [word] * keep
    return words


def compute(name: str, run: Run, folder: Path, arguments: argparse.Namespace) -> None:
    """One file, by nixe, unless it is complete; what nixe says goes to a log beside it."""
    file, log = folder / f"{name}.h5", folder / f"{name}.log"
    launcher = [*shlex.split(arguments.mpirun), "-n", str(arguments.ranks)] if arguments.ranks > 1 else []
    command = [*launcher, arguments.nixe, run.command, "-input", ROOT / "input" / f"{run.input}.yaml",
               *options_of(run, arguments.quick, shlex.split(arguments.options)),
               "-output_file", file, "-resume"]
    print(f"computing {file} (see {log.name})", flush=True)
    start = time.monotonic()
    with open(log, "a", encoding="utf-8") as said:
        subprocess.run(command, stdout=said, check=True,
                       env={"OPENBLAS_NUM_THREADS": "1", **os.environ})
    print(f"  {name}: {time.monotonic() - start:.1f} s", flush=True)


def draw(number: int, folder: Path) -> list[str]:
    """One figure; returns what to tell of it."""
    plan = PLANS[number]
    with ExitStack() as stack:
        runs = [stack.enter_context(File(folder / f"{name}.h5")) for name in plan.runs]
        written = save(plan.draw(runs), folder / f"fig{number}")
        if number == 3:
            save(plaquettes_picture(runs[0]), folder / "plaquettes.png")  # that of the pages
        found = plan.check(runs)
    return [f"Fig. {number}: " + " and ".join(map(str, written)), *(f"  {each}" for each in found)]


def program_of(arguments: argparse.Namespace) -> str:
    """The program: the one that is named, or the one that is found."""
    try:
        return str(find_program(arguments.nixe))
    except NixeRunError as error:
        if not arguments.nixe and os.environ.get("NIXE"):
            raise NixeFileError(str(error)) from error
        which = f"program {arguments.nixe}" if arguments.nixe else "nixe on PATH"
        raise NixeFileError(f"There is no {which}: run make first, or name another with --nixe.") from error


def folder_of(arguments: argparse.Namespace, name: str) -> Path:
    """Where files and pictures go: to a folder of their own, where nixe has been built; here, where it is installed."""
    name += "-quick" * arguments.quick
    found = shutil.which(arguments.nixe or os.environ.get("NIXE") or "nixe")
    for folder in (Path(found).parent if found else ROOT, ROOT / "build"):
        if (folder / "main.o").exists():
            return arguments.out or folder / name
    return arguments.out or Path(name)


def make_figures(arguments: argparse.Namespace) -> None:
    """Compute what is missing for the figures asked for, then draw them."""
    arguments.nixe = program_of(arguments)
    folder = folder_of(arguments, "figures")
    folder.mkdir(parents=True, exist_ok=True)
    numbers = sorted(set(arguments.figure)) or sorted(PLANS)
    for name in dict.fromkeys(name for number in numbers for name in PLANS[number].runs):
        compute(name, RUNS[name], folder, arguments)
    for line in [line for number in numbers for line in draw(number, folder)]:
        print(line)
    if arguments.quick:
        print("Quick runs are short: heights of peaks, above all, need the full length.")


def add_options(parser: argparse.ArgumentParser, folder: str) -> None:
    """What one may say of the runs that are computed: how, where (by itself a folder of this name), and by what."""
    parser.add_argument("--quick", action="store_true", help="reduce everything")
    parser.add_argument("--out", type=Path, help="the folder of the files and pictures "
                        f"(default: {folder} or {folder}-quick, in the build folder or, of an installed nixe, here)")
    parser.add_argument("--nixe", help="the program (default: the environment variable NIXE, that of PATH, the one built)")
    parser.add_argument("--mpirun", default="mpirun", help="what starts it on several cores")
    parser.add_argument("--ranks", type=int, default=os.cpu_count(), help="how many of them")
    parser.add_argument("--options", default="", help="more options of nixe, in one word")


def answer_of_runs(name: str, work: Callable[[], None], then: str = "") -> int:
    """The exit status of a tool that computes: of nixe where that was stopped or failed, which it says."""
    try:
        return answer(name, work)
    except subprocess.CalledProcessError as error:
        ended = "was stopped, and the same command goes on" if error.returncode == STOPPED else (
            f"ended with status {error.returncode}")
        print(f"{name}: nixe {ended}.{then}", file=sys.stderr)
        return error.returncode


def main() -> int:
    """Read the command line, make the figures, and answer with the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figure", type=int, nargs="*", metavar="FIGURE",
                        help="numbers of figures, 1 to 7 (default: all)")
    add_options(parser, "figures")
    arguments = parser.parse_args()
    unknown = set(arguments.figure) - PLANS.keys()
    if unknown:
        parser.error(f"there is no figure {min(unknown)}: 1 to 7 are known.")
    return answer_of_runs("make_figures", lambda: make_figures(arguments), " There are no pictures yet.")


if __name__ == "__main__":
    sys.exit(main())
