"""The picture of several files of `nixe kmc` over one another: composition and phases against time, a colour each.

    with File("own.h5") as own, File("warm.h5") as warm:
        figure = comparison([own, warm])
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.exchange import TIME, draw_composition_panel, first_done, show_all_times, spacing_of
from nixe.draw import COLOUR, PAGE, legend_on_top, panel_letters, phase_label, styled
from nixe.file import File

NAMES = {"model_kT": "$kT$", "model_dmu": r"$\Delta\mu$", "model_epsilon": r"$\epsilon$", "model_J": "$J$",
         "lattice_edge": "edge", "kmc_start": "start"}  # of options, as legends have them
TOLD = 2  # options that a legend tells, at most
FEW = (COLOUR["U1"], COLOUR["U2"], COLOUR["S1"], COLOUR["S2"])  # colours of up to four files
ROW, TOP = 2.1, 0.32  # heights of a row of panels, and of the legend, in inches
ASIDE = ("ensemble_", "output_", "kmc_snapshots", "kmc_time_")  # how options begin that make no other system


def colours(count: int) -> Sequence[object]:
    """Of so many files."""
    return FEW[:count] if count <= len(FEW) else list(matplotlib.colormaps["viridis"](np.linspace(0, 0.9, count)))


def labels(runs: Sequence[File]) -> list[str]:
    """The name of each file, and in what it differs from the others, if in little."""
    names = [name for name in dict.fromkeys(name for run in runs for name in run.options) if not name.startswith(ASIDE)]
    differ = [name for name in names if len({str(run.options.get(name)) for run in runs}) > 1]
    found = []
    for run in runs:
        words = [f"{NAMES.get(name, name)} = {shown(run.options.get(name))}" for name in differ]
        found.append(Path(run.path).stem + (f" ({', '.join(words)})" if 0 < len(differ) <= TOLD else ""))
    return found


def shown(value: object) -> str:
    """The value of an option, in a legend."""
    return f"{value:.4g}".replace("-", "\u2212") if isinstance(value, float) else str(value).replace("-", "\u2212")


def draw_phase(axes: Axes, runs: Sequence[File], tones: Sequence[object], phase: str) -> None:
    """The mean fraction of sites in a phase with its error, of each run."""
    for run, colour in zip(runs, tones):
        mean, error = (values[..., run.phases.index(phase)] for values in run.mean_and_error("f"))
        axes.fill_between(run.time, mean - error, mean + error, color=colour, alpha=0.3, lw=0)
        axes.plot(run.time, mean, color=colour, lw=1.2)
    show_all_times(axes, runs, "f", spacing_of(runs[0]))
    axes.set_ylabel(f"fraction of sites in {phase_label(phase)}" if phase != "unclassified" else "fraction unclassified")
    axes.set_ylim(bottom=0)


@styled
def comparison(runs: Sequence[File]) -> Figure:
    """Compositions of all files, with an inset to logarithms; then each phase that all of them can have."""
    for run in runs:
        first_done(run)
    phases = [name for name in runs[0].phases if all(run.averaged.any() and name in run.possible_phases for run in runs)]
    tones = colours(len(runs))
    columns = 1 if not phases else 2
    rows = -(-(1 + len(phases)) // columns)
    legend = TOP * -(-len(runs) // 3)
    figure = Figure(figsize=(PAGE, ROW * rows + legend + 0.1))
    high = figure.get_figheight()
    panels = figure.subplots(rows, columns, squeeze=False, gridspec_kw={
        "left": 0.08, "right": 0.985, "bottom": 0.42 / high, "top": 1 - (legend + 0.12) / high, "wspace": 0.24,
        "hspace": 0.36}).ravel()
    draw_composition_panel(panels[0], runs, tones)
    panels[0].set_ylabel("composition $c$")
    for axes, phase in zip(panels[1:], phases):
        draw_phase(axes, runs, tones, phase)
        axes.set_xlabel(TIME)
    for axes in panels[1 + len(phases):]:
        axes.remove()
    panel_letters(panels[:1 + len(phases)])
    lines = [Line2D([], [], color=colour, lw=1.6, label=label) for colour, label in zip(tones, labels(runs))]
    if len(lines) <= 3:
        legend_on_top(figure, lines)
    else:
        figure.legend(handles=lines, ncol=3, loc="upper center", bbox_to_anchor=(0.5, 1), borderaxespad=0.3)
    return figure
