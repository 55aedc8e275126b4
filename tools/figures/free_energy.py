"""The picture of free energies from files of `nixe mc`: F(c), and averages along a scan with their bands of error.

Bands are 95 % intervals, 1.96 standard errors to each side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.equilibrium import AXES
from nixe.draw import COLUMN, PAGE, panel_letter, styled
from nixe.free_energy import Barrier, Profile, Records, State
from nixe.scans import Scan

SURE = 1.96  # standard errors of a 95 % interval
NAMES = {"unstructured": (r"$\langle f_\mathrm{U} \rangle$", r"var $f_\mathrm{U}$"),
         "composition": (r"$\langle c \rangle$", r"$N_\mathrm{core}$ var $c$")}
PARAMETERS = {"stiffness": r"$K_\mathrm{{shell}}$ / $K$ = {:.4g}", "dmu": r"$\Delta\mu$ = {:.4g}",
              "kT": r"$k_\mathrm{{B}}T$ = {:.4g}"}


def colours(count: int) -> np.ndarray:
    """Of so many curves, dark to light."""
    return matplotlib.colormaps["viridis"](np.linspace(0, 0.82, count)) if count > 1 else np.array([(0.04, 0.15, 0.35, 1)])


def label(state: State, among: Sequence[State], without: str = "") -> str:
    """What tells a state among others."""
    telling = [name for name in PARAMETERS if name != without and len({getattr(each, name) for each in among}) > 1]
    return ", ".join(PARAMETERS[name].format(getattr(state, name)) for name in telling).replace("-", "\u2212")


def draw_band(axes: Axes, x: np.ndarray, y: np.ndarray, error: np.ndarray, colour: object, name: str) -> None:
    """A line in its 95 % interval."""
    axes.fill_between(x, y - SURE * error, y + SURE * error, color=colour, alpha=0.25, lw=0)
    axes.plot(x, y, color=colour, lw=1.3, label=name)


def draw_profiles(axes: Axes, profiles: Sequence[Profile], barriers: Sequence[Barrier | None]) -> None:
    """F(c) / kT of each state, with the top and the wells of a single one."""
    states = [profile.state for profile in profiles]
    for profile, colour in zip(profiles, colours(len(profiles))):
        draw_band(axes, profile.c, profile.F, profile.error, colour, label(profile.state, states))
        if np.isfinite(profile.F).sum() <= 40:
            axes.plot(profile.c, profile.F, "o", ms=2.6, color=colour)
    if len(profiles) == 1 and barriers[0]:
        top = barriers[0]
        height = np.interp([top.c, *top.wells], profiles[0].c, profiles[0].F)  # at bins
        axes.plot([top.c, *top.wells], height, "D", ms=4.5, mfc="white", mec="black", mew=0.8, zorder=4)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("composition of the core $c$")
    dmu = profiles[0].state.dmu
    axes.set_ylabel(r"$F(c) / k_\mathrm{B}T$" + (rf" at $\Delta\mu$ = {dmu:.4g}".replace("-", "\u2212") if dmu else ""))
    if len(profiles) > 1:
        axes.legend(handlelength=1.4, labelspacing=0.3)


def draw_scans(axes: Axes, curves: Sequence[Scan], name: str, variance: bool, sites: int) -> None:
    """A mean, or a variance, along a scan; points are the means of each state's own records,
    and marks along the lower edge of a variance tell where the states are."""
    factor = sites if variance and name == "composition" else 1
    key = f"var {name}" if variance else name
    states = [state for curve in curves for state in curve.states]
    for row, (curve, colour) in enumerate(zip(curves, colours(len(curves)))):
        draw_band(axes, curve.x, factor * curve.value[key], factor * curve.error[key], colour,
                  label(curve.states[0], states, curve.across))
        place = [getattr(state, curve.across) for state in curve.states]
        if not variance:
            mean, error = curve.own[name]
            axes.errorbar(place, mean, SURE * error, fmt="o", ms=3.2, color=colour, mfc="white", capsize=2, elinewidth=0.6,
                          capthick=0.6)
        else:
            edge = np.full(len(place), 0.025 + 0.03 * row)
            axes.plot(place, edge, "|", ms=4, color=colour, transform=axes.get_xaxis_transform())
    axes.set_xlabel(AXES[curves[0].across][0])
    axes.set_ylabel(NAMES[name][variance])
    axes.set_ylim(bottom=min(0, axes.get_ylim()[0]) if variance else None)
    if len(curves) > 1:
        axes.legend(handlelength=1.4, labelspacing=0.3)


@styled
def free_energy_picture(records: Records, profiles: Sequence[Profile], barriers: Sequence[Barrier | None],
                        curves: Sequence[Scan]) -> Figure:
    """F(c) where ions flip; means and variances where states are a scan, of the most telling quantities."""
    panels: list[Callable[[Axes], None]] = []
    if profiles:
        panels.append(lambda axes: draw_profiles(axes, profiles, barriers))
    for name in curves[0].own if curves else ():
        for variance in (False, True)[:1 if profiles and name == "unstructured" else 2]:  # four panels at the most
            panels.append(lambda axes, name=name, variance=variance: draw_scans(axes, curves, name, variance, records.sites))
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(COLUMN if columns == 1 else PAGE, 2.55 * rows), constrained_layout=True)
    figure.get_layout_engine().set(w_pad=0.05, h_pad=0.05)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for letter, axes, draw in zip("abcdefgh", grid, panels):
        draw(axes)
        if len(panels) > 1:
            panel_letter(axes, letter)
    for axes in grid[len(panels):]:
        axes.remove()
    return figure
