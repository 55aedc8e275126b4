"""The pictures of the transitions that docs/equilibrium_checks.md measures. Bands and bars are 95 % intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from figures.free_energy import SURE, draw_band
from nixe.cells import Solid
from nixe.draw import COLUMN, PAGE, draw_glass, panel_letter, styled
from nixe.file import File
from nixe.transitions import Barriers, Crossing, Melting

MEAN_FIELD = 0.2705  # Binder's cumulant where a mean-field transition begins: 1 - Gamma(1/4)^4 / 24 pi^2
LIGHT, DARK = "#4493d6", "#0a2658"
STARTS = ("#b5231f", "#4493d6")
SHOWN = (0.08, 0.17, 0.26, 0.37, 0.5)  # compositions of the crystals under F(c)
TEMPERATURE = r"temperature $k_\mathrm{B}T / \epsilon$"


def mark(axes: Axes, place: tuple[float, float], name: str) -> None:
    """A temperature with its interval, across the panel."""
    value, error = place
    axes.axvspan(value - SURE * error, value + SURE * error, color="0.85", lw=0, zorder=0)
    axes.axvline(value, color="0.35", lw=0.8, ls=(0, (4, 2)), zorder=1, label=f"{name} {value:.3f}")


@styled
def crossing_picture(found: Crossing) -> Figure:
    """Both cumulants against temperature."""
    figure = Figure(figsize=(COLUMN, 2.6), constrained_layout=True)
    axes = figure.subplots()
    mark(axes, found.at, "crossing at")
    axes.axhline(MEAN_FIELD, color="0.6", lw=0.7, ls=":", label="mean field, critical")
    for sites, U, error, colour in zip(found.sites, found.U, found.error, (LIGHT, DARK)):
        draw_band(axes, found.kT, U, error, colour, rf"{sites:,} sites")
    axes.set_xlabel(TEMPERATURE)
    axes.set_ylabel(r"Binder's cumulant of $2c - 1$")
    axes.set_xlim(found.kT[0], found.kT[-1])
    axes.legend(handlelength=1.6, labelspacing=0.3)
    return figure


@styled
def melting_picture(found: Melting) -> Figure:
    """The order and the heat capacity against temperature."""
    figure = Figure(figsize=(PAGE, 2.5), constrained_layout=True)
    figure.get_layout_engine().set(w_pad=0.05)
    left, right = figure.subplots(1, 2)
    mark(left, found.half, "half at")
    left.axhline(found.f[0] / 2, color="0.6", lw=0.7, ls=":")
    left.errorbar(found.kT, found.f, SURE * found.error, fmt="o-", ms=3.2, lw=1, color=LIGHT, mfc="white", capsize=2)
    left.set_ylabel(r"$f_{\mathrm{S}_1}$")
    left.set_ylim(0, 1)
    mark(right, found.peak, "peak at")
    draw_band(right, found.fine, found.C, found.C_error, DARK, "_")
    right.set_ylabel(r"heat capacity of a site $/ k_\mathrm{B}$")
    right.set_ylim(bottom=0)
    for letter, axes in zip("ab", (left, right)):
        axes.set_xlabel(TEMPERATURE)
        axes.set_xlim(found.kT[0] - 0.005, found.kT[-1] + 0.005)
        axes.xaxis.set_major_locator(MultipleLocator(0.04))
        axes.legend(loc="lower left" if axes is left else "upper left")
        panel_letter(axes, letter)
    return figure


def examples(runs: Sequence[File]) -> list[tuple[File, np.ndarray]]:
    """The last stored configurations nearest to the compositions to show; none where no file has any."""
    every = [(run, sigma[-1]) for run in runs for q in range(len(run.kT))
             for sigma in run.replicas("snapshot/sigma", q) if len(sigma)]
    if not every:
        return []
    c = np.array([(sigma > 0).mean() for _, sigma in every])
    return [every[int(np.abs(c - wanted).argmin())] for wanted in SHOWN]


@styled
def barrier_picture(found: Barriers, runs: Sequence[File]) -> Figure:
    """F(c) of each start and of all together, and what crystals look like on the way up."""
    shown = examples(runs)
    figure = Figure(figsize=(PAGE, 4.3 if shown else 2.9), constrained_layout=True)
    grid = figure.add_gridspec(2 if shown else 1, len(SHOWN), height_ratios=[2, 1] if shown else [1])
    axes = figure.add_subplot(grid[0, :])
    for name, profile, colour, style in zip(found.starts, found.profiles, STARTS, ((0, ()), (0, (3, 2)))):
        axes.plot(profile.c, profile.F, color=colour, lw=1.6, ls=style, label=name)
    top = found.together
    height = np.interp([top.c, *top.wells], found.profile.c, found.profile.F)
    axes.plot([top.c, *top.wells], height, "D", ms=4.5, mfc="white", mec="black", mew=0.8, zorder=4)
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=-8)
    axes.set_xlabel("composition $c$")
    axes.set_ylabel(r"$F(c) / k_\mathrm{B}T$ at $\Delta\mu = 0$")
    axes.legend(loc="lower center", handlelength=2.2)
    panel_letter(axes, "a")
    for number, (run, sigma) in enumerate(shown):
        panel = figure.add_subplot(grid[1, number])
        draw_glass(panel, Solid(run), sigma)
        panel.set_title(f"$c$ = {(sigma > 0).mean():.2f}", fontsize=8, y=-0.18)
        if number == 0:
            panel_letter(panel, "b")
    return figure
