"""Measure three transitions whose temperatures or heights are known, and draw them: docs/equilibrium_checks.md.

  binder   the bulk of the triangular lattice separates (flips): kT = 3.62(2)
  melting  S1 of the bulk melts (swaps at c = 2/3): kT = 0.39(1)
  barrier  between the phases of a palladium nanocube (flips under umbrellas): two starts agree

What they need is computed by nixe from input/mc_bulk_binder.yaml, mc_bulk_melting.yaml and mc_barrier.yaml, unless it is
complete already; what was interrupted goes on. Pictures are PNG and PDF, the numbers a table, checks.md. With --quick
everything is reduced to a few minutes. --drawn takes the files as they are, complete or not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from matplotlib.figure import Figure

from figures.transitions import MEAN_FIELD, barrier_picture, crossing_picture, melting_picture
from make_figures import Run, add_options, answer_of_runs, compute, folder_of, program_of
from nixe.draw import save
from nixe.file import File
from nixe.numbers import with_error
from nixe.transitions import Barriers, Crossing, Found, Melting

SEPARATION, MELTING = (3.62, 0.02), (0.39, 0.01)  # kT as stated, and how far that may be off
SURE = 3  # standard errors


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    found: str
    stated: str
    agrees: bool

    def __str__(self) -> str:
        return f"| {self.what} | {self.found} | {self.stated} | {'yes' if self.agrees else 'NO'} |"


QUICK_LADDER = "-mc_equilibration 200 -mc_sweeps 400 -mc_area_every 400 -mc_snapshot_every 400"
LOW = [0.207 + 0.006 * i for i in range(11)]  # centers that hold c between 0.17 and 0.25, where F(c) has an edge
STEEP = (" -mc_umbrella_stiffness 150 -mc_equilibration 100 -mc_sweeps 300 -mc_umbrella_center "
         + ",".join(f"{c:.3f}" for c in [*LOW, *(1 - c for c in LOW[::-1])]))
RUNS = {
    "binder_24": Run("mc", "mc_bulk_binder", "", "-mc_sweeps 6000 -mc_snapshot_every 6000"),
    "binder_48": Run("mc", "mc_bulk_binder", "-lattice_cells 48,48 -mc_sweeps 1e4", "-mc_sweeps 2000 -mc_snapshot_every 2000"),
    "melting": Run("mc", "mc_bulk_melting", "", QUICK_LADDER),
    **{f"{name}_{start}": Run("mc", "mc_barrier", f"-mc_composition {c}{options}", "-mc_equilibration 50 -mc_sweeps 100")
       for name, options in (("barrier", ""), ("steep", STEEP)) for start, c in (("A", 1), ("B", 0))},
}
CHECKS = {"binder": ("binder_24", "binder_48"), "melting": ("melting",), "barrier": ("barrier_A", "barrier_B", "steep_A", "steep_B")}


def near(found: Found, stated: Found) -> bool:
    """Whether a value is as near as both say, and known well enough to say so."""
    return abs(found[0] - stated[0]) < stated[1] + 2 * found[1] and found[1] < stated[1]


def text(stated: Found) -> str:
    """As 3.62 ± 0.02."""
    return f"{stated[0]:g} ± {stated[1]:g}"


def check_binder(runs: Sequence[File]) -> tuple[Figure, list[Row]]:
    """Where the cumulants of two sizes cross."""
    found = Crossing.of(runs)
    sites = " and ".join(f"{count:,}" for count in found.sites)
    return crossing_picture(found), [
        Row(f"separation of the bulk: kT where Binder's cumulants of {sites} sites cross", with_error(*found.at), text(SEPARATION),
            near(found.at, SEPARATION)),
        Row("the cumulant there", with_error(*found.height), f"{MEAN_FIELD} (mean field, large crystals)",
            abs(found.height[0] - MEAN_FIELD) < SURE * found.height[1])]


def check_melting(runs: Sequence[File]) -> tuple[Figure, list[Row]]:
    """Where S1 is half gone, and where the heat capacity is greatest."""
    found = Melting.of(runs[0])
    return melting_picture(found), [
        Row(f"melting of S1: kT where f_S1 is half of its {found.f[0]:.3f} at kT = {found.kT[0]:g}", with_error(*found.half),
            text(MELTING), near(found.half, MELTING)),
        Row("melting of S1: kT of the greatest heat capacity", with_error(*found.peak), text(MELTING), near(found.peak, MELTING))]


def check_barrier(runs: Sequence[File]) -> tuple[Figure, list[Row]]:
    """The height of the barrier, alike from both starts and above both wells."""
    found = Barriers.of(runs)
    top, apart, balance = found.together, found.apart, found.balance
    alike = abs(apart[0]) < SURE * apart[1]
    rows = [Row(f"barrier of the nanocube, {start}: F at the top less F at the wells, in kT", with_error(*each), "alike", alike)
            for start, each in zip(found.starts, found.heights)]
    return barrier_picture(found, runs), [
        *rows, Row(f"the same of both together, at c = {top.c:.2f}", with_error(*found.height), "", alike),
        Row(f"dmu at which the wells, c = {top.wells[0]:.3f} and {top.wells[1]:.3f}, are equally deep", with_error(*balance),
            "0, by symmetry", abs(balance[0]) < SURE * balance[1])]


DRAW: dict[str, Callable[[Sequence[File]], tuple[Figure, list[Row]]]] = {
    "binder": check_binder, "melting": check_melting, "barrier": check_barrier}


def work(arguments: argparse.Namespace) -> None:
    """Compute what is missing, draw, tell."""
    if not arguments.drawn:
        arguments.nixe = program_of(arguments)
    folder = folder_of(arguments, "equilibrium")
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for name in arguments.check or list(CHECKS):
        if not arguments.drawn:
            for each in CHECKS[name]:
                compute(each, RUNS[each], folder, arguments)
        with ExitStack() as stack:
            figure, found = DRAW[name]([stack.enter_context(File(folder / f"{each}.h5")) for each in CHECKS[name]])
            print("wrote " + " and ".join(map(str, save(figure, folder / f"equilibrium_{name}"))))
        rows += found
    table = "\n".join(["| what | measured | stated | agrees |", "|---|---|---|---|", *map(str, rows)])
    (folder / "checks.md").write_text(table + "\n", encoding="utf-8")
    print(table)


def main() -> int:
    """Read the command line, measure, and answer with the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("check", nargs="*", metavar="CHECK", help="binder, melting, barrier (default: all)")
    parser.add_argument("--drawn", action="store_true", help="compute nothing: draw the files that are there")
    add_options(parser, "equilibrium")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.check) - CHECKS.keys())
    if unknown:
        parser.error(f"there is no check {unknown[0]}: {', '.join(CHECKS)} are known.")
    return answer_of_runs("equilibrium_checks", lambda: work(arguments))


if __name__ == "__main__":
    sys.exit(main())
