"""Explore what the paper did not, and write a page on each: docs/beyond_rods.md and its like.

  rods             octahedra of fcc, and rods of hcp that exchange at their ends: are there stripes?
  hydride          palladium nanocubes that are loaded and unloaded: asymmetry, hysteresis, barrier
  bulk             the phase diagram of the triangular bulk, beside the lines of mean field
  spin_crossover   loops of a disc of the square lattice: temperature, size, time, barrier
  sizes            how the paper's exchange scales with the size of a crystal, and how large ones look inside

What a page needs is computed by nixe, unless it is complete already; what was interrupted goes on. How long that takes is told
beforehand. Pages, pictures and verdicts follow from the files. With --quick everything is reduced, and bounds are wider by half
of themselves. --drawn takes the files that are there, and computes nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from beyond import bulk, hydride, rods, sizes, spin_crossover
from claims.claim import Claim
from claims.costs import in_words, seconds_of
from claims.page import Folder, written
from make_figures import add_options, answer_of_runs, folder_of, program_of
from reproduce import compute_all, examined, runs_of

SUBJECTS = {"rods": rods, "hydride": hydride, "bulk": bulk, "spin_crossover": spin_crossover, "sizes": sizes}
CLAIMS = {claim.key: (name, claim) for name, subject in SUBJECTS.items() for claim in subject.CLAIMS}


def explore(name: str, asked: Sequence[Claim], folder: Path, arguments: argparse.Namespace) -> None:
    """Compute what is missing for some claims of a subject and tell of them; for all of them, write its page."""
    subject = SUBJECTS[name]
    runs = runs_of([subject])
    if not arguments.drawn:
        needed = {each for claim in asked for each in claim.runs} if len(asked) < len(subject.CLAIMS) else set(runs)
        compute_all({each: run for each, run in runs.items() if each in needed}, folder, arguments)
    with ExitStack() as stack:
        files = Folder(folder, stack)
        found = examined(asked, files, arguments.quick)
        if len(asked) < len(subject.CLAIMS):
            return
        path = (arguments.page or folder) / f"{subject.PAGE.name}.md"
        cost = f"{in_words(seconds_of(runs, False, 2))} on 2 cores"
        text = written(subject.PAGE, path, [subject], found, files, runs, cost, arguments.quick)
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}", flush=True)


def work(arguments: argparse.Namespace) -> None:
    """One subject after the other."""
    if not arguments.drawn:
        arguments.nixe = program_of(arguments)
    folder = folder_of(arguments, "beyond")
    for place in (folder, arguments.page or folder):
        place.mkdir(parents=True, exist_ok=True)
    asked = arguments.what or list(SUBJECTS)
    for name in SUBJECTS:
        claims = [claim for key, (of, claim) in CLAIMS.items() if of == name and (name in asked or key in asked)]
        if claims:
            explore(name, claims, folder, arguments)


def main() -> int:
    """Read the command line, explore, and answer with the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", metavar="WHAT", help=f"{', '.join(SUBJECTS)} (default: all), or rows of their pages by "
                        "their names, such as rod-ends")
    parser.add_argument("--drawn", action="store_true", help="compute nothing: measure the files that are there")
    parser.add_argument("--page", type=Path, help="the folder of the pages and their pictures (default: that of the files)")
    add_options(parser, "beyond")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.what) - SUBJECTS.keys() - CLAIMS.keys())
    if unknown:
        parser.error(f"there is nothing of the name {unknown[0]}: {', '.join([*SUBJECTS, *CLAIMS])} are known.")
    return answer_of_runs("explore", lambda: work(arguments))


if __name__ == "__main__":
    sys.exit(main())
