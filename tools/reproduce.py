"""Measure what the paper claims, number by number, and write the page of it: docs/reproduction.md.

What the claims need is computed by nixe at the published protocol, unless it is complete already; what was interrupted goes on.
How long that takes is told beforehand. The files are those of make_figures.py, in the same folder, and some more. Each claim has
its findings: a number, its error, the range in which it agrees, and so the verdict. With --quick everything is reduced to a few
minutes, and ranges are wider by half. --drawn takes the files that are there, and computes nothing.
"""

from __future__ import annotations

import argparse
import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import make_figures
from claims import bulk, composition, free, insensitivity, phases, published, shells, stiffness, strain, volume
from claims.claim import Claim, Finding, Subject
from claims.costs import in_words, seconds_of, unknown
from claims.page import PAPER_PAGE, Folder, counted, examine, written
from make_figures import Run, add_options, answer_of_runs, compute, folder_of, program_of
from nixe.file import File
from nixe.numbers import plain

PAPER: tuple[Subject, ...] = (
    composition,
    bulk,
    phases,
    free,
    shells,
    stiffness,
    strain,
    volume,
    insensitivity,
    published,
)
QUICK_WIDER = 0.5  # of ranges, by a part of themselves


def runs_of(subjects: Iterable[Subject]) -> dict[str, Run]:
    """All files that these subjects name, those of the figures among them, in the order in which they are named."""
    known = dict(make_figures.RUNS)
    names: list[str] = []
    for subject in subjects:
        known.update(subject.RUNS)
        names += [name for each in (*subject.CLAIMS, *subject.PICTURES.values()) for name in each.runs]
    return {name: known[name] for name in dict.fromkeys(names)}


def is_complete(path: Path) -> bool:
    """Whether a file is there, and whole."""
    if not path.exists():
        return False
    with File(path) as run:
        return run.complete


def compute_all(runs: dict[str, Run], folder: Path, arguments: argparse.Namespace) -> None:
    """The files that are not there yet, after a word on how long they take."""
    missing = [name for name in runs if not is_complete(folder / f"{name}.h5")]
    if not missing:
        print(f"all {len(runs)} files are complete in {folder}")
        return
    left, total = (in_words(seconds_of(names, arguments.quick, arguments.ranks)) for names in (missing, runs))
    print(f"{len(missing)} of {len(runs)} files are to be computed: {left} on {arguments.ranks} cores (of {total} for all)"
          + (f"; not measured: {', '.join(unknown(missing))}" if unknown(missing) else ""), flush=True)
    beside, each = (arguments.ranks, Namespace(**{**vars(arguments), "ranks": 1})) if arguments.quick else (1, arguments)
    with ThreadPoolExecutor(beside) as workers:  # files of a second or two each on one core, beside each other
        try:
            for done in [workers.submit(compute, name, runs[name], folder, each) for name in missing]:
                done.result()
        except BaseException:
            workers.shutdown(cancel_futures=True)
            raise


def examined(claims: Sequence[Claim], files: Folder, quick: bool) -> dict[str, list[Finding]]:
    """What is found of claims, told on the terminal."""
    found = {}
    for claim in claims:
        print(f"{claim.key}  {claim.where}: {plain(claim.says)}")
        found[claim.key] = examine(claim, files, QUICK_WIDER if quick else 0.0)
        for finding in found[claim.key]:
            print(f"  {finding.verdict:<8}  {plain(finding.ours)} ({plain(finding.agrees_if)})")
    print(counted([finding for findings in found.values() for finding in findings]), flush=True)
    return found


def work(arguments: argparse.Namespace) -> None:
    """Compute what is missing, measure, tell, write the page."""
    if not arguments.drawn:
        arguments.nixe = program_of(arguments)
    asked = [claim for subject in PAPER for claim in subject.CLAIMS if not arguments.claim or claim.key in arguments.claim]
    folder = folder_of(arguments, "figures")
    for place in (folder, arguments.page.parent if arguments.page else folder):
        place.mkdir(parents=True, exist_ok=True)
    runs = runs_of(PAPER)
    if not arguments.drawn:
        needed = {name for claim in asked for name in claim.runs} if arguments.claim else set(runs)
        compute_all({name: run for name, run in runs.items() if name in needed}, folder, arguments)
    with ExitStack() as stack:
        files = Folder(folder, stack)
        found = examined(asked, files, arguments.quick)
        if not arguments.claim:
            path = arguments.page or folder / f"{PAPER_PAGE.name}.md"
            cost = f"{in_words(seconds_of(runs, False, 2))} on 2 cores"
            path.write_text(written(PAPER_PAGE, path, PAPER, found, files, runs, cost, arguments.quick), encoding="utf-8")
            print(f"wrote {path}")


def main() -> int:
    """Read the command line, measure, and answer with the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("claim", nargs="*", metavar="CLAIM", help="rows by their names, such as 2a-decay (default: all, and the page)")
    parser.add_argument("--drawn", action="store_true", help="compute nothing: measure the files that are there")
    parser.add_argument("--page", type=Path, help="where the page goes, its pictures beside it (default: the folder of the files)")
    add_options(parser, "figures")
    arguments = parser.parse_args()
    known = [claim.key for subject in PAPER for claim in subject.CLAIMS]
    unclear = sorted(set(arguments.claim) - set(known))
    if unclear:
        parser.error(f"there is no claim {unclear[0]}: {', '.join(known)} are known.")
    return answer_of_runs("reproduce", lambda: work(arguments))


if __name__ == "__main__":
    sys.exit(main())
