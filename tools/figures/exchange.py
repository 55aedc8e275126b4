"""The paper's figures of ion exchange, from files of `nixe kmc`: 1, 2, 3 and 7; that of its strain, 6, is in strain.py.

Each function makes one figure and returns it; `nixe.draw.save(figure, "figure_3")` writes it as
PNG and PDF. Times are in units of 1/k, bands are standard errors.

    with File("run.h5") as run:
        figure = figure_3(run)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch, Patch
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import NullFormatter

from figures.bulk import draw_phases, find_bulk
from figures.equilibrium import draw_curve
from figures.schemes import EVENTS_SIZE, PLAQUETTES_SIZE, draw_events, draw_plaquettes
from nixe.draw import (
    COLOUR, ION, PAGE, SPECIES, draw_cells, draw_crystal, draw_ions, legend_on_top,
    panel_letter, panel_letters, phase_patches, styled, unlike,
)
from nixe.file import File, NixeFileError
from nixe.unfinished import Unfinished

TIME = r"time $t$ ($k^{-1}$)"
CUTS = 5  # at the most
BULK_HEIGHT = 4.1  # inches of Fig. 3(a,b)
COMPOSITION_HEIGHT, SHORTER = 1.35, 0.09  # of the composition below it; what the main panel gives it, of 5.6 inches
UNIT = r"$k^{-1}$"  # of a time


def time_label(time: float) -> str:
    """A time to two digits, without a power of ten where it is short."""
    if 0.01 <= time < 1000 or time == 0:
        return f"{time:.2g}" if time < 100 else f"{time:.0f}"
    mantissa, exponent = f"{time:.1e}".split("e")
    factor = "" if mantissa == "1.0" else mantissa + r" \times "
    return rf"${factor}10^{{{int(exponent)}}}$"


def model_name(run: File) -> str:
    """The interactions of a run, as Fig. 1 names them."""
    elastic, ising = (run.options.get(f"model_{name}", 0) != 0 for name in ("epsilon", "J"))
    if elastic:
        return "Elastic and Ising" if ising else "Elastic"
    return "Ising" if ising else "Non-interacting"


def first_done(run: File) -> int:
    """The first row whose trajectory is in the file; where those under way count, the farthest of these."""
    if isinstance(run, Unfinished):
        return run.shown
    rows = np.flatnonzero(run.done)
    if len(rows) == 0:
        raise NixeFileError(f"{run.path} holds no complete trajectory yet.")
    return int(rows[0])


def with_phases(run: File) -> int:
    """The row of first_done, of a crystal large enough to have phases."""
    if not run.averaged.any():
        raise NixeFileError(f"{run.path} is of a crystal too small to have phases.")
    return first_done(run)


def changing(values: np.ndarray) -> slice:
    """The stretch of the first axis between the first change of `values` and the last."""
    change = np.any(np.abs(np.diff(values, axis=0)) > 0, axis=tuple(range(1, values.ndim)))  # NaN: not there yet
    where = np.flatnonzero(change)
    return slice(where[0], where[-1] + 2) if len(where) else slice(0, len(values))


def choose_snapshots(run: File, row: int, count: int, *datasets: str) -> np.ndarray:
    """Which snapshots of a row to show: at most `count`, as unlike in these datasets as can be.

    They run from the configuration before the first change to the one before the final state;
    where these are too few, the final state follows.
    """
    sigma = run.snapshots(row)
    shown = np.flatnonzero(np.any(sigma[1:] != sigma[:-1], axis=1))
    if len(shown) < count:
        return np.append(shown, shown[-1] + 1 if len(shown) else 0)
    at = np.searchsorted(run.time, run.snapshot_time[shown])
    values = np.column_stack([run[f"/kmc/{dataset}"][row][at] for dataset in datasets])
    return shown[unlike(values, count)]


def lead(axes: Axes, main: Axes, time: float) -> None:
    """A line from below a configuration to its time on the main panel."""
    if main.get_xlim()[0] <= time <= main.get_xlim()[1]:
        axes.figure.add_artist(ConnectionPatch(
            (0.5, -0.22), (time, 1), axes.transAxes, main.get_xaxis_transform(), color="0.55",
            lw=0.5))


def tell_time(axes: Axes, run: File, snapshot: int) -> None:
    """The time of a configuration, below it."""
    axes.text(0.5, -0.03, f"$t$ = {time_label(run.snapshot_time[snapshot])} {UNIT}",
              transform=axes.transAxes, ha="center", va="top", fontsize=7.5)


def draw_strip(
    strip: Sequence[Axes],
    run: File,
    chosen: Sequence[int],
    draw: Callable[[Axes, File, np.ndarray], None],
    caption: bool = True,
) -> None:
    """The chosen configurations of the first trajectory, with their times below."""
    sigma = run.snapshots(first_done(run))
    for axes in strip:
        axes.axis("off")
    for axes, snapshot in zip(strip, chosen):
        draw(axes, run, sigma[snapshot])
        if caption:
            tell_time(axes, run, snapshot)


def set_times(axes: Axes, run: File, values: np.ndarray, spacing: str) -> None:
    """The axis of time: the stretch in which values (times along the first axis) change."""
    first, last = run.time[changing(values)][[0, -1]]
    if spacing == "log" and first > 0:
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(first if spacing == "log" else 0, last)
    axes.set_xlabel(TIME)


def spacing_of(run: File) -> str:
    """How the recorded times are spaced: log or linear."""
    return str(run.options.get("kmc_time_spacing", "log"))


def draw_ensemble(axes: Axes, run: File, rows: np.ndarray, mean: np.ndarray, colour: str) -> None:
    """Thin lines for the trajectories, a bold outlined one for their mean."""
    alpha = float(np.clip(10 / len(rows), 0.15, 0.5))
    lines = [np.column_stack([run.time, row]) for row in rows]
    axes.add_collection(LineCollection(lines, colors=colour, lw=0.5, alpha=alpha))
    outline = [Stroke(linewidth=3, foreground="black"), Normal()]
    axes.plot(run.time, mean, color=colour, lw=1.8, path_effects=outline,
              solid_capstyle="butt", solid_joinstyle="round", zorder=3)


def draw_fractions(axes: Axes, run: File, spacing: str) -> None:
    """f of each phase against time, one line a trajectory, and the means over them."""
    f = run.trajectories("f")
    mean, _ = run.mean_and_error("f")
    for name in sorted(run.possible_phases, key="unclassified".__ne__):  # the grey one undermost
        index = run.phases.index(name)
        draw_ensemble(axes, run, f[:, :, index], mean[:, index], COLOUR[name])
    set_times(axes, run, np.moveaxis(f, 1, 0), spacing)
    axes.set_ylim(-0.02, 1.02)
    axes.set_ylabel(r"fraction of sites $f_\alpha$")


def ion_patches() -> list[Patch]:
    """What a legend of the ions shows."""
    return [Patch(color=ION[+1], label="A"), Patch(color=ION[-1], label="B")]


@styled
def figure_1(runs: Sequence[File]) -> Figure:
    """Fig. 1: the scheme of events; configurations along one trajectory of each model, A blue and B red."""
    count, wide, high = 6, *EVENTS_SIZE
    above = PAGE * high / wide + 0.3  # the scheme, and the legend over it
    height = 1.12 * len(runs) + above + 0.15
    figure = Figure(figsize=(PAGE, height))
    rows = figure.subplots(len(runs), count, squeeze=False, gridspec_kw={
        "left": 0.06, "right": 0.995, "bottom": 0.17 / height, "top": 1 - (above + 0.15) / height,
        "hspace": 0.22, "wspace": 0.03})
    for run, strip in zip(runs, rows):
        chosen = choose_snapshots(run, first_done(run), count, "composition")
        draw_strip(strip, run, chosen, draw_ions)
        strip[0].text(-0.12, 0.5, model_name(run), transform=strip[0].transAxes, rotation=90,
                      ha="right", va="center", fontsize=9)
    scheme = figure.add_axes((0.005, 1 - above / height, 0.995, (above - 0.3) / height))
    draw_events(scheme)
    panel_letter(scheme, "a")
    panel_letter(rows[0][0], "b")
    legend_on_top(figure, ion_patches())
    return figure


def draw_compositions(axes: Axes, runs: Sequence[File], colours: Sequence[object]) -> None:
    """The mean composition of each run with its error against time, until hardly any A is left in any."""
    ends = []
    for run, colour in zip(runs, colours):
        mean, error = run.mean_and_error("composition")
        axes.fill_between(run.time, mean - error, mean + error, color=colour, alpha=0.35, lw=0)
        axes.plot(run.time, mean, color=colour, lw=1.2)
        left = np.flatnonzero(mean > 2e-3)
        ends.append(run.time[min(left[-1] + 1, len(mean) - 1)] if len(left) else run.time[-1])
    axes.set_xlim(0, max(ends))
    axes.set_ylim(0, 1)


def draw_composition_panel(axes: Axes, runs: Sequence[File], colours: Sequence[object] = (ION[+1],)) -> None:
    """Compositions against time; in an inset to logarithms, of the composition without interactions, of the time else."""
    draw_compositions(axes, runs, colours)
    axes.set_xlabel(TIME)
    alone = all(model_name(run) == "Non-interacting" for run in runs)
    if not alone and any(run.time[0] <= 0 for run in runs):
        return
    inset = axes.inset_axes(free_place(axes))
    inset.tick_params(labelsize=6.5)
    draw_compositions(inset, runs, colours)
    if alone:
        inset.set(yscale="log", ylim=(2e-3, 1))
        inset.set_ylabel(r"$c$", fontsize=7.5, labelpad=0)
    else:
        show_all_times(inset, runs, "composition", "log")
        inset.set_yticks((0, 0.5, 1), ("0", "0.5", "1"))
    inset.set_xlabel(rf"$t$ ({UNIT})", fontsize=7.5, labelpad=0)


def free_place(axes: Axes) -> tuple[float, float, float, float]:
    """Where an inset and its labels hide least of the lines of a panel, whose axes go from 0 on."""
    width, height, end = 0.47, 0.48, axes.get_xlim()[1]
    x = np.linspace(0, 1, 200)
    lines = [np.interp(x * end, *line.get_data(), right=np.nan) for line in axes.lines]

    def hidden(place: tuple[float, float]) -> int:
        within = (x > place[0] - 0.08) & (x < place[0] + width + 0.02)
        return sum(int(np.sum(within & (y > place[1] - 0.2) & (y < place[1] + height + 0.02))) for y in lines)

    return (*min(((0.5, 0.48), (0.5, 0.25), (0.15, 0.48), (0.15, 0.25)), key=hidden), width, height)


def show_all_times(axes: Axes, runs: Sequence[File], dataset: str, spacing: str) -> None:
    """The axis of time for several runs: from the first change of any to the last."""
    limits = []
    for run in runs:
        set_times(axes, run, np.moveaxis(run.trajectories(dataset), 1, 0), spacing)
        limits.append(axes.get_xlim())
    axes.set_xlim(min(low for low, _ in limits), max(high for _, high in limits))


@styled
def figure_2(runs: Sequence[File]) -> Figure:
    """Fig. 2: mean composition against time, a panel a run.

    The inset has the logarithm of the composition without interactions, that of the time else.
    """
    figure = Figure(figsize=(PAGE, 2.25))
    panels = figure.subplots(1, len(runs), squeeze=False, gridspec_kw={
        "left": 0.065, "right": 0.985, "bottom": 0.17, "top": 0.9, "wspace": 0.24})[0]
    for axes, run, letter in zip(panels, runs, "abcdefgh"):
        first_done(run)
        draw_composition_panel(axes, [run])
        axes.set_title(model_name(run), fontsize=9, pad=5)
        panel_letter(axes, letter)
    panels[0].set_ylabel("composition $c$")
    return figure


def panels_of_bulk(figure: Figure, bulk: Sequence[File], top: float) -> None:
    """Fig. 3(a,b), down from `top` inches: configurations of the bulk, their fractions, and the plaquettes of the phases."""
    height, width, wide, high = figure.get_figheight(), 0.905 / len(bulk), *PLAQUETTES_SIZE
    main = figure.add_axes((0.075, (top - 2.45) / height, 0.905, 1.2 / height))
    strip = [figure.add_axes((0.075 + (i + 0.02) * width, (top - 1.05) / height, 0.96 * width, 0.9 / height))
             for i in range(len(bulk))]
    draw_phases(main, strip, find_bulk(bulk))
    high *= 0.905 * PAGE / wide
    scheme = figure.add_axes((0.075, (top - 3.02 - high) / height, 0.905, high / height))
    draw_plaquettes(scheme, bulk[0])
    panel_letter(strip[0], "a")
    panel_letter(scheme, "b")


@styled
def figure_3(run: File, bulk: Sequence[File] = (), letters: str = "cd") -> Figure:
    """Fig. 3(c,d): one trajectory by its ions and by its plaquettes; fractions of the phases. Above, (a,b) if files of the bulk
    are given: its configurations and fractions against composition, and the plaquettes of the phases. With a third letter
    the composition is below."""
    row, count = with_phases(run), 6
    low = COMPOSITION_HEIGHT if len(letters) > 2 else 0
    height = 5.6 + low + (BULK_HEIGHT if bulk else 0)
    figure = Figure(figsize=(PAGE, height))

    def place(left: float, bottom: float, width: float, high: float) -> Axes:
        return figure.add_axes((left, (5.6 * bottom + low) / height, width, 5.6 * high / height))

    main = place(0.075, 0.078 + (SHORTER if low else 0), 0.905, 0.435 - (SHORTER if low else 0))
    width = 0.905 / count
    above, below = ([place(0.075 + i * width, bottom, width, 0.178) for i in range(count)] for bottom in (0.757, 0.576))
    draw_fractions(main, run, spacing_of(run))
    chosen = choose_snapshots(run, row, count, "f")
    draw_strip(above, run, chosen, draw_ions, caption=False)
    draw_strip(below, run, chosen, draw_crystal)
    for axes, snapshot in zip(below, chosen):
        lead(axes, main, run.snapshot_time[snapshot])
    if bulk:
        panels_of_bulk(figure, bulk, height - 0.25)
    rim = [Patch(color=SPECIES[sigma], label=f"{ion} at the rim")
           for sigma, ion in ((+1, "A"), (-1, "B"))]
    legend_on_top(figure, [*ion_patches(), *phase_patches(run), *rim])
    panel_letter(above[0], letters[0])
    panel_letter(main, letters[1])
    if low:
        composition = figure.add_axes((0.075, 0.42 / height, 0.905, (low - 0.5 + 5.6 * SHORTER) / height))
        draw_composition_panel(composition, [run])
        composition.set_ylabel("composition $c$")
        panel_letter(composition, letters[2])
    return figure


def lower_panels(figure: Figure, letters: str, two: bool) -> list[Axes]:
    """One panel, or two beside each other, below a strip, with their letters."""
    height = figure.get_figheight()
    grid = {"left": 0.08, "right": 0.985, "bottom": 0.42 / height, "top": 2.75 / height,
            "wspace": 0.23}
    panels = list(figure.subplots(1, 2 if two else 1, squeeze=False, gridspec_kw=grid)[0])
    for axes, letter in zip(panels, letters):
        panel_letter(axes, letter)
    return panels


@styled
def figure_7(exchange: File, shells: Sequence[File] = ()) -> Figure:
    """Fig. 7: a cube along a trajectory; its phases over time, and in shells if given.

    Without shells the panel of the times has their own axis, and needs no inset; the composition is beside it.
    """
    row, count = with_phases(exchange), 6
    figure = Figure(figsize=(PAGE, 4.6))
    strip = [figure.add_axes((0.015 + 0.163 * i, 0.68, 0.155, 0.24)) for i in range(count)]
    chosen = choose_snapshots(exchange, row, count, "f", "composition")
    draw_strip(strip, exchange, chosen, draw_ions)
    panel_letter(strip[0], "a")
    main, beside = lower_panels(figure, "bc", True)
    draw_fractions(main, exchange, "linear" if shells else spacing_of(exchange))
    if shells:
        inset = main.inset_axes((0.42, 0.33, 0.54, 0.4))
        draw_fractions(inset, exchange, "log")
        inset.tick_params(labelsize=6.5)
        inset.set(xlabel="", ylabel="", yticks=(0, 0.5, 1))
        draw_curve(beside, shells, "f")
    else:
        draw_composition_panel(beside, [exchange])
        beside.set_ylabel("composition $c$")
    legend_on_top(figure, [*ion_patches(), *phase_patches(exchange)])
    return figure


@styled
def cuts(run: File) -> Figure:
    """Cuts through the middle of the crystal of one trajectory, at up to five times at which its composition differs most."""
    row = first_done(run)
    chosen = choose_snapshots(run, row, CUTS, "composition")
    figure = Figure(figsize=(PAGE, PAGE / CUTS + 0.62))
    low, high = 0.22 / figure.get_figheight(), 1 - 0.42 / figure.get_figheight()
    panels = figure.subplots(1, len(chosen), squeeze=False, gridspec_kw={
        "left": 0.005, "right": 0.995, "bottom": low, "top": high, "wspace": 0.04}).ravel()
    for axes, snapshot, sigma in zip(panels, chosen, run.snapshots(row)[chosen]):
        draw_cells(axes, run, np.where(sigma > 0, ION[+1], ION[-1]))
        tell_time(axes, run, snapshot)
    panel_letters(panels)
    legend_on_top(figure, ion_patches())
    return figure
