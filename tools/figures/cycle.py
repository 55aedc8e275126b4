"""The picture of a run of `nixe kmc` with a schedule: what drives it and the composition, against time and against each other."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from figures.exchange import TIME, UNIT, draw_ensemble, draw_strip, first_done, ion_patches, time_label
from nixe.draw import COLOUR, ION, PAGE, draw_ions, legend_on_top, panel_letter, styled
from nixe.file import File

LABEL = {"dmu": r"$\Delta\mu$", "kT": r"$kT$"}
COMPOSITION = "composition $c$"
COURSE = LinearSegmentedColormap.from_list("course", [COLOUR["U1"], COLOUR["S1"], COLOUR["S2"], COLOUR["U2"]])  # of time
MARKED = 12  # changes that are marked one by one


def driven(run: File) -> list[str]:
    """What the schedule changes, dmu first; dmu where it changes nothing."""
    return [name for name in ("dmu", "kT") if len(set(run.schedule[name])) > 1] or ["dmu"]


def along_the_way(run: File, row: int, count: int) -> np.ndarray:
    """Which snapshots of a row to show: at equal steps of the way that its composition goes, up and down."""
    c = (run.snapshots(row) > 0).mean(axis=1)
    way = np.concatenate([[0], np.cumsum(np.abs(np.diff(c)))])
    steps = np.linspace(0, way[-1], count)
    return np.unique(np.searchsorted(way, steps)) if way[-1] > 0 else np.arange(min(count, len(c)))


def draw_drive(axes: Axes, run: File) -> None:
    """What drives against time, in steps: dmu to the left, kT to the right where both change."""
    for name, colour, side in zip(driven(run), ("black", COLOUR["U2"]), (axes, axes.twinx() if len(driven(run)) > 1 else axes)):
        values = run.schedule[name]
        side.step(np.append(run.schedule["time"], run.time[-1]), np.append(values, values[-1]), where="post", color=colour, lw=1)
        side.set_ylabel(LABEL[name], color=colour)
        side.margins(y=0.15)
        if side is not axes:
            side.tick_params(axis="y", colors=colour, left=False)
            axes.tick_params(axis="y", right=False)
    if "dmu" in driven(run):
        axes.axhline(0, color="0.7", lw=0.5, zorder=0)


def draw_composition(axes: Axes, run: File) -> None:
    """c of all trajectories against time, and their mean; the changes where they are few."""
    draw_ensemble(axes, run, run.trajectories("composition"), run.mean_and_error("composition")[0], ION[+1])
    changes = run.schedule["time"][1:]
    for time in changes if len(changes) <= MARKED else ():
        axes.axvline(time, color="0.6", lw=0.5, ls=(0, (4, 3)), zorder=0)
    axes.set_ylim(-0.03, 1.03)
    axes.set_ylabel(COMPOSITION)
    axes.set_xlabel(TIME)


def corners(run: File, name: str, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The way of c against what drives, and the time of each corner. What drives changes at once, at the c that was
    recorded last: where that was before the change it is nearer than the next, for what follows a change is fast."""
    start, values = run.schedule["time"], run.schedule[name]
    time = np.union1d(run.time, start[(start > run.time[0]) & (start < run.time[-1])])
    before, after = (values[np.maximum(np.searchsorted(start, time, side) - 1, 0)] for side in ("left", "right"))
    way = np.column_stack([np.column_stack([before, after]).ravel(), np.repeat(c[np.searchsorted(run.time, time, "right") - 1], 2)])
    return way, np.repeat(time, 2)


def draw_loop(axes: Axes, run: File) -> LineCollection:
    """c against what drives: thin for the trajectories, the mean in the colours of its time."""
    name = driven(run)[0]
    rows = run.trajectories("composition")
    axes.add_collection(LineCollection([corners(run, name, row)[0] for row in rows], colors="0.6", lw=0.4,
                                       alpha=float(np.clip(10 / len(rows), 0.1, 0.5))))
    way, time = corners(run, name, run.mean_and_error("composition")[0])
    loop = LineCollection(list(zip(way[:-1], way[1:])), cmap=COURSE, lw=1.6, capstyle="round")
    loop.set_array(time[1:])
    axes.add_collection(loop)
    axes.autoscale_view()
    axes.margins(0.04)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel(LABEL[name])
    axes.set_ylabel(COMPOSITION)
    return loop


@styled
def cycle(run: File) -> Figure:
    """Configurations of one trajectory; what drives and c against time; c against what drives."""
    row, count = first_done(run), 7
    figure = Figure(figsize=(PAGE, 4.35))
    strip = [figure.add_axes((0.015 + 0.14 * i, 0.735, 0.13, 0.2)) for i in range(count)]
    draw_strip(strip, run, along_the_way(run, row, count), draw_ions)
    above = figure.add_axes((0.075, 0.49, 0.5, 0.16))
    main = figure.add_axes((0.075, 0.1, 0.5, 0.325), sharex=above)
    beside = figure.add_axes((0.675, 0.1, 0.315, 0.515))
    draw_drive(above, run)
    draw_composition(main, run)
    above.tick_params(labelbottom=False)
    if run.options.get("kmc_time_spacing") == "log" and run.time[0] > 0:
        main.set_xscale("log")
    main.set_xlim(run.time[0], run.time[-1])
    loop = draw_loop(beside, run)
    scale = figure.colorbar(loop, cax=figure.add_axes((0.77, 0.643, 0.105, 0.015)), orientation="horizontal", ticks=[])
    for at, side, time in ((-0.05, "right", run.time[0]), (1.05, "left", run.time[-1])):
        scale.ax.text(at, 0.4, f"$t$ = {time_label(time)} {UNIT}", transform=scale.ax.transAxes, ha=side, va="center", fontsize=7.5)
    for axes, letter in zip((strip[0], above, main, beside), "abcd"):
        panel_letter(axes, letter)
    legend_on_top(figure, ion_patches())
    return figure
