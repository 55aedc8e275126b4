"""Free energies, from files of nixe mc: of compositions, of states, and averages between the states.

The records of all files together tell of every state among them and between them, by MBAR. Where ions
flip, umbrellas or not: F(c), less its least value, and the barrier if there are two wells. Where states
differ in stiffness, dmu or kT: the differences of their free energies, and f_U, c and their variances
as continuous curves. Stiffnesses need files with -mc_cross_energies_every.
What is written: a table of all, FILE_free_energy.csv, and a picture of it, as PNG and PDF.
Errors are standard errors of correlated data: a 95 % interval is 1.96 of them to each side.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from figures.free_energy import free_energy_picture
from nixe.draw import FORMATS, save, written
from nixe.file import File, NixeFileError
from nixe.free_energy import BINS, LEAST_OVERLAP, Barrier, Profile, Records, State
from nixe.numbers import with_error
from nixe.scans import Scan, results
from nixe.tool import answer, spare_inputs

COLUMNS = ("quantity", "stiffness", "dmu", "kT", "composition", "value", "error")


def named(records: Records, state: State) -> str:
    """A state by what tells it from others."""
    words = {"stiffness": "K_shell / K = {:g}", "dmu": "dmu = {:g}", "kT": "kT = {:g}", "umbrella": "umbrella {:g}", "center": "c_0 = {:g}"}
    telling = [name for name in words if len({getattr(each, name) for each in records.states}) > 1] or ["kT"]
    return ", ".join(words[name].format(getattr(state, name)) for name in telling)


def print_states(records: Records) -> None:
    """Each state: its records, how many of them are independent, its free energy."""
    f, error = records.free_energies()
    print(f"{'state':32s} {'records':>9s} {'tau':>7s} {'used':>9s}   F/kT")
    for number, state in enumerate(records.states):
        used = records.mixture.count[number]
        print(f"{named(records, state):32s} {records.found[state]:9d} {records.times[state]:7.3g} {used:9d}   "
              f"{with_error(f[number], error[number])}")


def print_overlaps(records: Records) -> list[str]:
    """What neighbours have in common, and warnings where it is too little."""
    found = []
    for one, other, share in records.neighbours():
        names = [named(records, records.states[number]) for number in (one, other)]
        print(f"overlap {share:.3f}   {names[0]} and {names[1]}")
        if share < LEAST_OVERLAP:
            found.append(f"{names[0]} and {names[1]} have too little in common (overlap {share:.2g}, at least {LEAST_OVERLAP:g} "
                         "is wanted): put states between them; the difference of their free energies, and its error, "
                         "cannot be trusted.")
    return found


def print_barrier(profile: Profile, barrier: Barrier | None) -> None:
    """The range of F(c), and the barrier."""
    state, known = profile.state, np.isfinite(profile.F)
    print(f"F(c) at K_shell / K = {state.stiffness:g}, kT = {state.kT:g}, dmu = {state.dmu:g}: known at {known.sum()} of {len(known)} "
          f"compositions or bins of them, least at c = {profile.c[np.nanargmin(profile.F)]:.4f}")
    if barrier:
        for well, height, error in zip(barrier.wells, barrier.height, barrier.error):
            print(f"barrier at c = {barrier.c:.4f} above the well at {well:.4f}: {with_error(height, error)} kT")


def rows(records: Records, profiles: Sequence[Profile], curves: Sequence[Scan]) -> list[tuple[object, ...]]:
    """The table of all numbers."""
    found: list[tuple[object, ...]] = []
    for state, value, error in zip(records.states, *records.free_energies()):
        center = state.center if state.umbrella else ""
        found.append(("F/kT of state", *state[:3], center, value, error))
    for profile in profiles:
        found += [("F(c)/kT", *profile.state[:3], c, F, error) for c, F, error in zip(profile.c, profile.F, profile.error)
                  if np.isfinite(F)]
    for curve in curves:
        for name, values in curve.value.items():
            for x, value, error in zip(curve.x, values, curve.error[name]):
                found.append((name, *curve.states[0]._replace(**{curve.across: x})[:3], "", value, error))
    return found


def write_table(path: Path, table: Sequence[tuple[object, ...]]) -> None:
    """Comma-separated, with the names of the columns first."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([f"{x:.8g}" if isinstance(x, float) else x for x in row] for row in table)


def work(arguments: argparse.Namespace) -> None:
    """Read, compute, print, draw."""
    output = arguments.output or Path(f"{arguments.file[0].with_suffix('')}_free_energy")
    table = output.with_suffix(".csv") if output.suffix in FORMATS else Path(f"{output}.csv")
    spare_inputs([*written(output), table], arguments.file)
    with ExitStack() as stack:
        records = Records([stack.enter_context(File(path)) for path in arguments.file])
        if len(records.states) == 1 and not records.flips:
            raise NixeFileError(f"{arguments.file[0]} has one state, of one composition: there is nothing to compare.")
        print_states(records)
        found = print_overlaps(records)
        profiles, barriers, curves = results(records, arguments.dmu, arguments.bins)
        for profile, barrier in zip(profiles, barriers):
            print_barrier(profile, barrier)
        if not profiles and not curves:
            raise NixeFileError(f"{arguments.file[0]} has states with umbrellas only, and no flips.")
        write_table(table, rows(records, profiles, curves))
        figure = free_energy_picture(records, profiles, barriers, curves)
    print("wrote " + " and ".join(map(str, [table, *save(figure, output)])))
    for sentence in found:
        print("warning   " + sentence)


def main() -> int:
    """Read the command line, compute, and answer with the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="+", help="files written by nixe mc, of one crystal")
    parser.add_argument("-o", "--output", type=Path,
                        help="the picture: NAME.png, .pdf or .svg; NAME alone for PNG and PDF; the table is NAME.csv")
    parser.add_argument("--dmu", type=float, default=0.0, help="of F(c), which has no term of dmu without it (default: 0)")
    parser.add_argument("--bins", type=int, default=BINS, help=f"the most bins of F(c) (default: {BINS})")
    arguments = parser.parse_args()
    if arguments.bins < 2:
        parser.error("--bins: at least 2 are needed.")
    return answer("free_energy", lambda: work(arguments))


if __name__ == "__main__":
    sys.exit(main())
