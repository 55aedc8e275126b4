"""The picture of a crystal that is filled and emptied: its configurations, and the courses of both, one turned upside down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.cycle import along_the_way
from figures.exchange import TIME, changing, draw_strip, first_done, ion_patches
from nixe.draw import COLOUR, PAGE, draw_ions, legend_on_top, panel_letter, styled
from nixe.file import File

PANELS = 6
PLACES = {3: "corners", 4: "edges", 5: "faces", 6: "inside"}  # of a cube, by the nearest neighbours of a site
TONES = dict(zip(PLACES, (COLOUR["U2"], COLOUR["S2"], COLOUR["S1"], COLOUR["U1"])))


def places(run: File) -> dict[int, np.ndarray]:
    """The sites of a cube by where they are."""
    near = run.bonds[run.bond_class == 0]
    count = np.bincount(near.ravel(), minlength=len(run.position))
    return {number: np.flatnonzero(count == number) for number in PLACES}


def draw_courses(axes: Axes, load: File, unload: File) -> None:
    """How much of the way each has gone against time: thin for trajectories, bold for their means."""
    for run, name, colour in ((load, "loading: $c$", COLOUR["U1"]), (unload, "unloading: $1 - c$", COLOUR["U2"])):
        c = run.trajectories("composition")
        gone = c if run is load else 1 - c
        axes.plot(run.time, gone.T, color=colour, lw=0.5, alpha=0.5)
        mean, error = gone.mean(axis=0), gone.std(axis=0, ddof=1) / len(gone) ** 0.5 if len(gone) > 1 else 0
        axes.fill_between(run.time, mean - error, mean + error, color=colour, alpha=0.25, lw=0)
        axes.plot(run.time, mean, color=colour, lw=1.6, label=name)
    axes.set_xlim(0, max(run.time[changing(run.trajectories("composition").T)][-1] for run in (load, unload)))
    axes.set_ylim(0, 1)
    axes.set_xlabel(TIME)
    axes.set_ylabel("part of the way")
    axes.legend(loc="lower right", handlelength=1.4)


def draw_places(axes: Axes, run: File) -> None:
    """The composition at corners, edges, faces and inside against that of all, over the loading of all trajectories."""
    sigma = run.trajectories("snapshot/sigma") > 0
    c = sigma.mean(axis=2).ravel()
    bins = np.linspace(0, 1, 26)
    place = np.digitize(c, bins)
    used = [b for b in range(1, len(bins)) if (place == b).sum() > 2]
    for number, sites in places(run).items():
        here = sigma[:, :, sites].mean(axis=2).ravel()
        axes.plot([c[place == b].mean() for b in used], [here[place == b].mean() for b in used], color=TONES[number], lw=1.4,
                  label=PLACES[number])
    axes.plot([0, 1], [0, 1], color="0.6", lw=0.6, zorder=0)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="composition of all $c$", ylabel="composition there")
    axes.legend(loc="lower right", handlelength=1.4, labelspacing=0.3)


@styled
def loading_picture(runs: Sequence[File]) -> Figure:
    """Configurations while a cube is filled; the courses of filling and of emptying; and where it is filled."""
    load, unload = runs
    figure = Figure(figsize=(PAGE, 4.0))
    strip = [figure.add_axes((0.01 + 0.165 * i, 0.62, 0.155, 0.3)) for i in range(PANELS)]
    draw_strip(strip, load, along_the_way(load, first_done(load), PANELS), draw_ions)
    left, right = figure.add_axes((0.07, 0.115, 0.4, 0.4)), figure.add_axes((0.57, 0.115, 0.4, 0.4))
    draw_courses(left, load, unload)
    draw_places(right, load)
    for axes, letter in zip((strip[0], left, right), "abc"):
        panel_letter(axes, letter)
    legend_on_top(figure, ion_patches())
    return figure
