"""Write a page about a nixe file: what it holds, warnings, key numbers, figures, a player.

The page is one HTML file for any browser. It needs nothing else: no network, no other file.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import re
import sys
from base64 import b64encode
from datetime import datetime, timezone
from io import BytesIO
from pathlib import Path
from string import Template

import numpy as np
from matplotlib.figure import Figure

import plot
from figures.free_energy import free_energy_picture
from nixe.checks import warnings
from nixe.draw import COLOUR, SPECIES, SPECIES_3D
from nixe.file import LEAST_RECORDS, File, NixeFileError
from nixe.free_energy import Records
from nixe.numbers import Table, tables
from nixe.player import player
from nixe.scans import results
from nixe.tool import answer, spare_inputs
from nixe.unfinished import Unfinished, opened
from nixe.watch import watch

COARSE = 110  # dots an inch of a page that is made again and again
SUBJECT = {
    "kmc": "Ion exchange in a {crystal}",
    "mc": "Equilibrium of a {crystal}",
    "potential": "Elastic interactions in a {crystal}",
    "spectrum": "Softest modes of a {crystal}",
}
CAPTION = {
    "kmc": "Above, configurations of the first trajectory; below, the fraction of sites in each "
           "phase: single trajectories (thin) and their mean (bold); and the composition c.",
    "mc": "Above, configurations of some states; below, the fraction of sites in each phase, and "
          "the variance of f_{U}. Bars are standard errors.",
    "potential": "Above, V between sites, against their distance, and on the crystal; below, the bare crystal.",
    "spectrum": "Above, the lowest eigenvalues; below, the composition modes that cost least.",
    "course": "Above, configurations of the first replica; below, the fraction of sites in each phase, and a histogram of f_{U}.",
    "loop": "Above, configurations of the first replica on its way; below, replicas (thin), and their "
            "means with standard errors (bold).",
    "branches": "Above, V_{q} and the frequencies of phonons along the path through the Brillouin zone, the dashed line being "
                "the mean of V_{q}; below, the composition modes that cost least.",
}
CYCLE = ("Above, configurations of the first trajectory; below, what drives and the composition, of each trajectory (thin) and "
         "on average: against time, and against each other.")
FREE_ENERGY = "Free energy of each composition, without any term of Δμ; means and variances between the states. Bands and bars are " \
              "95 % intervals; points are the means of the records of each state alone, " \
              "and marks along the lower edge tell where the states are."
ORDER = {
    "kmc": "Above, configurations of the first trajectory, and their structure factors; below, means over trajectories: "
           "Warren-Cowley parameters of each class of bonds, and the composition at depths below the surface.",
    "mc": "Above, configurations of some states, and structure factors, means over all that are stored; below, "
          "Warren-Cowley parameters of each class of bonds, and the composition at depths below the surface.",
    "course": "Above, configurations of the first replica, and their structure factors; below, Warren-Cowley parameters of each "
              "class of bonds, replicas (thin) and their mean (bold), and the composition at depths below the surface.",
}
CRYSTAL = {"hexagon": "hexagonal nanocrystal", "cube": "cubic nanocrystal"}
SIZES = {"edge": "{} core sites an edge", "cells": "{} cells", "periodic": "periodic along {}", "radius": "radius {} a",
         "length": "length {} a", "axis": "axis {}", "faces": "faces {}", "single_faces": "single faces {}",
         "center": "center {}", "file": "from {}"}
USED = {"hexagon": ("edge",), "cube": ("edge",), "rod": ("radius", "length", "axis", "center")}  # else all but an edge
LOWERED = str.maketrans("₁₂", "12")
CLASSES = {"stiffness": "k", "mismatch": "r", "diffusion": "k_{diff} × ", "ising": "J × "}
SYMBOL = {"epsilon": "ε", "J": "J", "kT": "kT", "dmu": "Δμ", "k_ex": "k_{ex}",
          "k_diff": "k_{diff}", "mismatch": "Δ"}


def check(run: File) -> None:
    """Refuse a file of which there is nothing to tell yet."""
    if run.kind == "kmc" and not run.done.any():
        raise NixeFileError(f"{run.path} holds no complete trajectory yet.")
    if run.kind == "mc" and not any(
            len(f) >= LEAST_RECORDS for q in range(len(run.kT)) for f in run.replicas("f", q)):
        raise NixeFileError(f"{run.path} holds too few records for averages.")


def subject(run: File) -> str:
    """What its pictures are of, by which captions are found: a kind of file, or what is drawn in another way."""
    if run.kind == "mc" and len(run.kT) == 1:
        return "course"
    if run.kind == "mc" and run.path_of_states != "independent":
        return "loop"
    return "branches" if run.has("/spectrum/path") else run.kind


def pictures(run: File, live: bool = False) -> list[tuple[str, Figure]]:
    """The figures of a file, each with what it shows; of one that is looked at while it grows those that cost little."""
    if run.kind in ("kmc", "mc") and not run.averaged.any():
        return [(CYCLE, plot.exchange_picture(run))] if run.has_schedule else []
    if run.has_schedule:
        found = [(CYCLE, plot.exchange_picture(run)), (CAPTION["kmc"], plot.phases_picture(run))]
    else:
        found = [(CAPTION[subject(run)], figure) for _, figure in plot.pictures([run])] + (free_energies(run) if not live else [])
    if run.kind in ORDER and not live:
        caption = ORDER.get(subject(run), ORDER[run.kind])
        found += [(caption, figure) for _, figure in plot.pictures([run], "order")]
    return found


def free_energies(run: File) -> list[tuple[str, Figure]]:
    """F(c) and averages between states, of files from which they follow: ions flip, states are in equilibrium."""
    if run.kind != "mc" or not run.flips or run.path_of_states != "independent":
        return []
    try:
        records = Records([run])
        return [(FREE_ENERGY, free_energy_picture(records, *results(records)))]
    except NixeFileError:  # without pymbar, or of states that have nothing in common
        return []


def rich(text: str) -> str:
    """A text of our own as HTML, with its subscripts, in which others would be too small to be read."""
    return re.sub(r"_\{([^{}]*)\}", lambda match: f"<sub>{match[1].translate(LOWERED)}</sub>", html.escape(text))


def facts(run: File) -> list[tuple[str, str]]:
    """What this is, in pairs of a name and a text."""
    about, options = run.attributes, run.options
    sites, shell = len(run.position), int((run.layer > 0).sum())
    joined = [("Joined from", ", ".join(os.path.basename(part) for part in run.parts))] if run.parts else []
    found = [
        ("Written by", f"nixe {about['command']}, version {about['version']}, commit "
                       f"{about['commit']}"),
        ("Made", about["created"].replace("T", " ").replace("Z", " UTC")),
        *joined,
        ("State", "complete" if run.complete else state(run)),
        ("Lattice", f"{', '.join([crystal_name(run), *sizes(run)])}; {sites} sites; f is averaged over "
                    f"{int(run.averaged.sum())} of them"),
    ]
    constants = [f"{symbol}\u00a0=\u00a0{listed(options['bond_' + name])}" for name, symbol in CLASSES.items()
                 if set(np.atleast_1d(options.get(f"bond_{name}", 1.0))) != {1.0}]
    if constants:
        found.append(("Bonds by class", "; ".join(constants)))
    if shell:
        found.append(("Shell", f"{shell} of the sites, layers: {options['shell_layers']}, "
                               f"K_{{shell}} / K = {listed(options['shell_stiffness'])}"))
    model = [f"{symbol}\u00a0=\u00a0{listed(options['model_' + name])}"
             for name, symbol in SYMBOL.items() if "model_" + name in options]
    if model:
        found.append(("Model", ", ".join(model)))
    if run.has_schedule:
        found.append(("Schedule", schedule(run)))
    if run.kind == "mc":
        found += driving(run)
    if "ensemble_size" in options:
        what = "trajectories" if about["command"] == "kmc" else "replicas of each state"
        found.append(("Ensemble", f"{options['ensemble_size']} {what} from index "
                                  f"{options['ensemble_first']}, {seeds(run)}"))
    return found


def seeds(run: File) -> str:
    """The seed of a run; of files that were joined, each has its own."""
    several = run.attributes.get("merged_seeds")
    return f"seeds {several.replace(' ', ', ')}" if several else f"seed {run.options['ensemble_seed']}"


def state(run: File) -> str:
    """How far a run is that is not complete."""
    with opened(run.path, unfinished=True) as begun:
        note = getattr(begun, "note", "")
    return f"not finished. {note}" if note else "not finished"


def schedule(run: File) -> str:
    """How often what drives changes, until when, and between what."""
    settings = run.schedule
    ranges = [f"{SYMBOL[name]} from {listed(float(settings[name].min()))} to {listed(float(settings[name].max()))}"
              for name in ("dmu", "kT") if len(set(settings[name])) > 1]
    count = len(settings["time"]) - 1
    when = f"{count} change{'s' * (count != 1)} up to t\u00a0=\u00a0{settings['time'][-1]:g} k⁻¹"
    return ": ".join([when, *filter(None, [", ".join(ranges)])])


def driving(run: File) -> list[tuple[str, str]]:
    """What keeps the composition, and how replicas go through the states."""
    found = []
    if run.flips:
        umbrella = f"; umbrella of stiffness {run.umbrella_stiffness:g} about c = {listed(run.option('mc_umbrella_center'))}"
        moves = {"flip": "flips", "both": "flips and swaps"}.get(run.options.get("mc_move"), "flips")
        found.append(("Moves", moves + (umbrella if run.umbrella_stiffness else "")))
    else:
        found.append(("Composition", f"c = {listed(run.options.get('mc_composition', 0.5))}"))
    if run.path_of_states != "independent":
        way = "there and back" if run.path_of_states == "loop" else "forward"
        found.append(("Path", f"each replica goes through the {len(run.kT)} states in their order, {way}"))
    return found


def crystal_name(run: File) -> str:
    """The paper's crystals by their shapes, others with their lattices."""
    shape = run.options["lattice_shape"]
    return shape if shape in CRYSTAL else f"{run.lattice_type} {shape}"


def sizes(run: File) -> list[str]:
    """The options that say how large a crystal is, and where it ends."""
    shape = run.options["lattice_shape"]
    found = []
    for name in USED.get(shape, [name for name in SIZES if name not in ("edge", "axis")]):
        value = run.options.get(f"lattice_{name}")
        if value not in (None, "none", "site", ""):
            found.append(SIZES[name].format(listed(value)))
    return found


def listed(value: object) -> str:
    """The value of an option, or its values."""
    values = value if isinstance(value, list) else [value]
    texts = [f"{x:g}" if isinstance(x, float) else str(x) for x in values]
    return ", ".join(texts).replace("-", "−")


def table_html(table: Table) -> str:
    """A table that scrolls by itself where the screen is too narrow for it."""
    head = "".join(f"<th scope=col>{rich(column)}</th>" for column in table.columns)
    rows = "\n".join(
        f"<tr><th scope=row>{rich(row[0])}</th>"
        + "".join(f"<td>{rich(cell)}</td>" for cell in row[1:]) + "</tr>" for row in table.rows)
    return (f'<p class="caption">{rich(table.caption)}.</p>\n'
            '<div class="scroll" tabindex="0" role="region" aria-label="key numbers"><table>\n'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>")


def strip(text: str) -> str:
    """A text of our own without its subscripts."""
    return re.sub(r"[{}]", "", text)


def picture_html(caption: str, figure: Figure, dpi: int = 200) -> str:
    """A figure as a PNG inside the page."""
    content = BytesIO()
    figure.savefig(content, format="png", dpi=dpi)
    data = b64encode(content.getvalue()).decode()
    return (f'<figure><div class="scroll paper" tabindex="0" role="region" aria-label="figure">'
            f'<img src="data:image/png;base64,{data}" alt="{html.escape(strip(caption))}"></div>'
            f"<figcaption>{rich(caption)}</figcaption></figure>")


def warnings_html(run: File) -> str:
    """The warnings as a list, or a line that there are none."""
    found = warnings(run)
    if not found:
        return '<p class="fine">No warnings.</p>'
    items = "\n".join(f"<li>{rich(sentence)}</li>" for sentence in found)
    return ('<div class="warnings" role="note"><h2>Before you use these numbers</h2>\n'
            f"<ul>\n{items}\n</ul></div>")


def palette() -> str:
    """The colours of the pictures as properties of CSS."""
    colours = {**COLOUR, "A": SPECIES_3D[+1], "B": SPECIES_3D[-1],
               "A-pale": SPECIES[+1], "B-pale": SPECIES[-1]}
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def page(run: File, live: bool = False) -> str:
    """The whole page; if live, one that the browser loads again and again."""
    check(run)
    command = run.kind
    kind = "nanocrystal" if run.options.get("lattice_periodic") in (None, "none", "") else "periodic crystal"
    crystal = CRYSTAL.get(run.options["lattice_shape"], f"{kind} ({crystal_name(run)})")
    name = Path(run.path).name
    shown = player(run)
    if shown:
        shown["live"] = live
    figures = "\n".join(picture_html(*picture, COARSE if live else 200) for picture in pictures(run, live))
    title = f"{SUBJECT[command].format(crystal=crystal)}, N\u00a0=\u00a0{len(run.position)}"
    parts = {
        "head": head(f"{html.escape(name)}: {title}", live),
        "title": title,
        "name": html.escape(name),
        "facts": "\n".join(f"<dt>{key}</dt><dd>{rich(text)}</dd>" for key, text in facts(run)),
        "warnings": warnings_html(run),
        "tables": "\n".join(table_html(table) for table in tables(run)),
        "figures": f"<section>\n<h2>Figures</h2>\n{figures}\n</section>" if figures else "",
        "player": part("player.html") if shown else "",
        "data": json.dumps(shown).replace("<", "\\u003c"),
        "again": again_html(run),
        "input": html.escape(run.input),
        "now": f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",
        "script": part("script.js") if shown else "",
    }
    return Template(part("page.html")).substitute(parts)


def head(title: str, live: bool) -> str:
    """The head of a page; one that is live is loaded again by the browser that shows it."""
    return Template(part("head.html")).substitute(
        title=title, live=part("live.html") if live else "", palette=palette(), style=part("style.css"))


def again_html(run: File) -> str:
    """How to make the same results again."""
    if "merged_seeds" in run.attributes:
        return ("<p>The files that were joined had these options, but each its own seed, and its own value of the option that "
                "is a list of states here:</p>")
    command = html.escape(f"build/nixe {run.kind} -input input.yaml -output_file again.h5")
    return ("<p>Save this as <code>input.yaml</code>; then this command makes the same results again:</p>\n"
            f'<pre tabindex="0">{command}</pre>')


def waiting(path: Path, words: str, figures: str = "") -> str:
    """The page of a file that has no results to tell of yet."""
    name = html.escape(path.name)
    return Template(part("waiting.html")).substitute(
        head=head(name, True), name=name, words=html.escape(words), figures=figures,
        now=f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC")


def look(path: Path) -> tuple[str, bool]:
    """The page about a file as it is now, to be looked at while its run goes on; and whether the run is complete."""
    if not path.exists():
        return waiting(path, "The file is not there yet."), False
    with opened(path, unfinished=True) as begun, File(path) as run:
        complete = run.complete
        try:
            check(run)
        except NixeFileError as error:
            if complete:
                raise
            return waiting(path, f"{error} {getattr(begun, 'note', '')}", under_way(begun)), False
        return page(run, live=not complete), complete


def under_way(run: File) -> str:
    """A picture of the trajectories that are not complete, if there is something of them."""
    if not isinstance(run, Unfinished) or len(run.rows) == 0 or not (run.averaged.any() or run.has_schedule):
        return ""
    return picture_html(CYCLE if run.has_schedule else CAPTION["kmc"], plot.exchange_picture(run), COARSE)


def part(name: str) -> str:
    """One of the files in the folder report/ that the page is made of."""
    return (Path(__file__).parent / "report" / name).read_text(encoding="utf-8")


def main() -> int:
    """Read the command line, write the page, and answer with the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("file", type=Path, help="a file written by nixe")
    parser.add_argument("-o", "--output", type=Path, help="the page (default: FILE's stem.html)")
    parser.add_argument("--watch", action="store_true",
                        help="make the page anew while the run goes on, until it is complete; a browser that shows it follows")
    arguments = parser.parse_args()
    output = arguments.output or arguments.file.with_suffix(".html")
    if output.suffix not in (".html", ".htm") or output.resolve() == arguments.file.resolve():
        parser.error(f"{output} is not named as a page of its own: .html or .htm.")

    def work() -> None:
        spare_inputs([output], [arguments.file])
        if arguments.watch:
            watch(arguments.file, output, lambda: look(arguments.file), lambda text: text.replace(part("live.html"), ""))
            return
        with File(arguments.file) as run:
            content = page(run)
        output.write_text(content, encoding="utf-8")
        print(f"wrote {output}")

    return answer("report", work)


if __name__ == "__main__":
    sys.exit(main())
