"""Draw what files of nixe show, beside them, as PNG and PDF.

A file of nixe kmc: configurations of one trajectory, the fractions of the phases and the composition over
time; with a schedule, the composition and what drives it, against time and against each other. Several of
them: compositions and phases over one another, in FILE_compared of the first.
Files of nixe mc, together: the phases against the number of shell layers where the files differ
in it, else against the first of stiffness, composition, dmu and temperature that varies; of a single
state, its phases against sweeps and how f_U is spread; of a path,
each file: the composition along it, both ways of a loop, and its area. Of nixe spectrum:
eigenvalues (of the bulk: branches along the Brillouin zone) and the softest composition modes. Of
nixe potential: V against distance, maps, and the bare crystal. With --order, of kmc and mc: how
the ions are arranged, beyond the phases of single sites.
What a picture does not show, such as an unfinished run or replicas that disagree, is said.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from matplotlib.figure import Figure

from figures.crystal import gallery
from figures.compare import comparison
from figures.cycle import cycle
from figures.elastic import potential_picture, spectrum_picture
from figures.equilibrium import picture
from figures.exchange import cuts, figure_3, figure_7
from figures.order import equilibrium_order, exchange_order
from figures.paths import path_picture
from nixe.checks import warnings
from nixe.draw import FORMATS, add_note, save, written
from nixe.file import File, NixeFileError
from nixe.numbers import plain
from nixe.tool import answer, spare_inputs
from nixe.unfinished import Unfinished, opened


def exchange_picture(run: File) -> Figure:
    """With a schedule, composition and what drives; else the phases over time."""
    if run.has_schedule:
        return cycle(run)
    return phases_picture(run)


def phases_picture(run: File) -> Figure:
    """Fractions of the phases over time, and c: as in Fig. 3 of the paper where there are plaquettes, else as in Fig. 7."""
    return figure_3(run, letters="abc") if run.has_plaquettes else figure_7(run)


SINGLE: dict[str, Callable[[File], Figure]] = {  # files that have a picture each, by their kind
    "kmc": exchange_picture,
    "mc": path_picture,  # of a path; others share a picture
    "spectrum": spectrum_picture,
    "potential": potential_picture,
}


def of_exchange(draw: Callable[[File], Figure], run: File) -> Figure:
    """A picture of nixe kmc; other files have no such configurations."""
    if run.kind != "kmc":
        raise NixeFileError(f"{run.path} has no configurations: it comes from 'nixe {run.kind}'.")
    return draw(run)


def pictures(runs: Sequence[File], what: str = "results") -> list[tuple[Path, Figure]]:
    """The figures that these files make, and the path of each without its ending.

    What they show is "results", "order", "cuts" or "crystals", as the command line tells.
    """
    if what == "cuts":
        return [(Path(f"{Path(run.path).with_suffix('')}_cuts"), of_exchange(cuts, run)) for run in runs]
    if what == "crystals":
        return [(Path(f"{Path(runs[0].path).with_suffix('')}_crystals"), gallery(runs))]
    order = what == "order"
    together = [run for run in runs if run.kind == "mc" and (order or run.path_of_states == "independent")]
    over = [run for run in runs if run.kind == "kmc" and not order]
    over = over if len(over) > 1 else []
    single = (lambda run: of_exchange(exchange_order, run)) if order else lambda run: SINGLE[run.kind](run)
    ending = "_order" if order else ""
    made = [(run, ending, single(run)) for run in runs if run not in together + over]
    if over:
        made.append((over[0], "_compared", comparison(over)))
    if together:
        made.append((together[0], ending, equilibrium_order(together) if order else picture(together)))
    return [(Path(f"{Path(run.path).with_suffix('')}{ending}"), figure) for run, ending, figure in made]


def told(run: File) -> list[str]:
    """What a picture of a file does not show, or what there is of trajectories that are not complete."""
    if isinstance(run, Unfinished) and run.note:
        return [run.note]
    return warnings(run)


def plot(paths: Sequence[Path], output: Path | None, what: str, unfinished: bool) -> None:
    """Draw the files and write the pictures: beside them, or where `output` says."""
    with ExitStack() as stack:
        runs = [stack.enter_context(opened(path, unfinished)) for path in paths]
        made = pictures(runs, what)
        found = [f"{run.path}: {warning}" for run in runs for warning in told(run)] if what != "crystals" else []
        for run in runs:
            if isinstance(run, Unfinished) and run.note:
                for _, figure in made:
                    add_note(figure, f"{Path(run.path).name}: {run.note}" if len(runs) > 1 else run.note)
    if output is not None and len(made) > 1:
        raise NixeFileError(f"These files make {len(made)} pictures, and -o names one: leave it "
                            "out, and each is written beside its file.")
    spare_inputs([path for beside, _ in made for path in written(output or beside)], paths)
    for beside, figure in made:
        print("wrote " + " and ".join(map(str, save(figure, output or beside))))
    for warning in found:
        print("warning   " + plain(warning))


def main() -> int:
    """Read the command line, draw, and answer with the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="+", help="files written by nixe")
    parser.add_argument("-o", "--output", type=Path,
                        help="the picture: NAME.png, .pdf or .svg; NAME alone for PNG and PDF")
    parser.add_argument("--order", dest="what", action="store_const", const="order", default="results",
                        help="how ions are arranged, in FILE_order: structure factors of configurations, "
                             "Warren-Cowley parameters, depth profiles")
    parser.add_argument("--cuts", dest="what", action="store_const", const="cuts",
                        help="of nixe kmc: cuts through the middle of one trajectory, at five times, in FILE_cuts")
    parser.add_argument("--crystals", dest="what", action="store_const", const="crystals",
                        help="the crystals of all files beside each other, by depth, in FILE_crystals")
    parser.add_argument("--unfinished", action="store_true",
                        help="of nixe kmc: trajectories that are not complete yet, too, as far as they are")
    arguments = parser.parse_args()
    output = arguments.output
    if output is not None and output.suffix not in ("", *FORMATS):
        parser.error(f"{output} is not named as a picture: {', '.join(FORMATS)}.")
    return answer("plot", lambda: plot(arguments.file, output, arguments.what, arguments.unfinished))


if __name__ == "__main__":
    sys.exit(main())
