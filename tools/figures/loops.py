"""Pictures of hysteresis: loops beside each other, what changes with size and time, and F(c) by size."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

from claims.powers import exponent
from claims.spread import Found
from figures.paths import direct
from nixe.cells import Solid
from nixe.draw import COLOUR, ION, PAGE, draw_cells, draw_glass, is_flat, panel_letter, styled
from nixe.file import File
from nixe.numbers import with_error
from nixe.paths import Path
from nixe.transitions import Barriers

SURE = 1.96  # standard errors of a bar
BAR = {"ms": 4, "capsize": 2, "elinewidth": 0.7, "capthick": 0.7, "mfc": "white"}
LEGEND = 0.3  # of the width of a panel: room for its legend
DMU = r"$\Delta\mu / \epsilon$"
SITES = "sites of the core $N$"


def tones(count: int) -> np.ndarray:
    """Of so many curves, dark to light."""
    return matplotlib.colormaps["viridis"](np.linspace(0, 0.85, count))


def draw_loops(axes: Axes, named: Sequence[tuple[str, Path]], title: str) -> None:
    """The mean loops of some paths, and an arrow at the steepest step of each branch."""
    for (name, path), tone in zip(named, tones(len(named))):
        mean, _ = path.mean_and_error()
        for states, style, label in zip(path.branches(), ("-", (0, (4, 1.5))), (name, None)):
            axes.plot(path.x[states], mean[states], color=tone, ls=style, lw=1.1, label=label)
            direct(axes, path.x[states], mean[states], tone)
    low, high = axes.get_xlim()
    axes.set_xlim(low - LEGEND * (high - low), high)
    axes.set_ylim(-0.04, 1.04)
    axes.set_xlabel(DMU)
    axes.set_ylabel("composition $c$")
    axes.legend(title=title, loc="upper left", handlelength=1.2, labelspacing=0.25, fontsize=7, title_fontsize=7.5)


def draw_power(axes: Axes, x: Sequence[float], found: Sequence[Found], colour: str = COLOUR["U1"]) -> None:
    """Values against size, both by logarithms, and the power that follows them."""
    value, error = np.array(found).T
    axes.errorbar(x, value, SURE * error, fmt="o", color=colour, **BAR)
    power, spread = exponent(x, found)
    if np.isfinite(power):
        y, place = (np.exp(np.average(np.log(each), weights=(value / error) ** 2)) for each in (value, x))
        line = np.geomspace(0.8 * min(x), 1.25 * max(x), 2)
        axes.plot(line, y * (line / place) ** power, color=colour, lw=0.9)
        axes.text(0.97, 0.05, f"power {with_error(power, spread)}", transform=axes.transAxes, ha="right", fontsize=7.5)
    axes.set(xscale="log", yscale="log", xlabel=SITES)
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    tick_sites(axes, x)
    axes.yaxis.set_minor_formatter(NullFormatter())


def tick_sites(axes: Axes, x: Sequence[float]) -> None:
    """Ticks at these values of a logarithmic axis."""
    axes.set_xticks(list(x), [f"{each:g}" for each in x], fontsize=7)
    axes.xaxis.set_minor_locator(NullLocator())


def draw_profiles(axes: Axes, found: Sequence[Barriers]) -> None:
    """F(c) of a site, by size, which stands on each."""
    tallest = max(float(np.nanmax(each.profile.F)) / each.sites for each in found)
    for each, tone in zip(found, tones(len(found))):
        profile = each.profile
        y, error = profile.F / each.sites, SURE * profile.error / each.sites
        axes.fill_between(profile.c, y - error, y + error, color=tone, alpha=0.25, lw=0)
        axes.plot(profile.c, y, color=tone, lw=1.2)
        middle = int(np.abs(profile.c - 0.5).argmin())
        axes.text(0.5, y[middle] - 0.02 * tallest, f"{each.sites:,}", color=tone, ha="center", va="top", fontsize=7.5)
    axes.set_xlim(0, 1)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("composition $c$")
    axes.set_ylabel(r"$F(c) / N k_\mathrm{B}T$ at $\Delta\mu = 0$")


def draw_configurations(strip: Sequence[Axes], shown: Sequence[tuple[File, np.ndarray, str]]) -> None:
    """Crystals, each with a line below."""
    for axes in strip:
        axes.axis("off")
    for axes, (run, sigma, words) in zip(strip, shown):
        if is_flat(run):
            draw_cells(axes, run, np.where(sigma > 0, ION[+1], ION[-1]))
        else:
            draw_glass(axes, Solid(run), sigma)
        axes.text(0.5, -0.02, words, transform=axes.transAxes, ha="center", va="top", fontsize=7.5)


@styled
def hysteresis_picture(loops: Sequence[tuple[str, Path]], title: str, barriers: Sequence[Barriers]) -> Figure:
    """Loops by size; F(c) by size; and the barrier against size."""
    figure = Figure(figsize=(PAGE, 2.55), constrained_layout=True)
    figure.get_layout_engine().set(w_pad=0.05)
    left, middle, right = figure.subplots(1, 3, width_ratios=[1.25, 1, 1])
    draw_loops(left, loops, title)
    draw_profiles(middle, barriers)
    draw_power(right, [each.sites for each in barriers], [each.height for each in barriers])
    right.set_ylabel(r"barrier at $\Delta\mu = 0$ ($k_\mathrm{B}T$)")
    for axes, letter in zip((left, middle, right), "abc"):
        panel_letter(axes, letter)
    return figure


def width(path: Path) -> tuple[float, float]:
    """How far apart in dmu both branches cross the middle, over replicas."""
    down, up = path.crossings()
    apart = np.abs(up - down)
    return float(apart.mean()), float(apart.std(ddof=1) / len(apart) ** 0.5) if len(apart) > 1 else np.nan


@styled
def widths_picture(warm: Sequence[tuple[float, Path]], sizes: Sequence[tuple[int, Path]], times: Sequence[tuple[int, Path]],
                   barriers: Sequence[Barriers]) -> Figure:
    """Loops at several temperatures; their width against temperature, size and time; and the barrier against size."""
    figure = Figure(figsize=(PAGE, 4.6), constrained_layout=True)
    figure.get_layout_engine().set(w_pad=0.05, h_pad=0.05)
    (first, second, third), (fourth, fifth, sixth) = figure.subplots(2, 3)
    draw_loops(first, [(f"{kT:g}", path) for kT, path in warm], r"$k_\mathrm{B}T / \epsilon$")
    for axes, runs, label, log in ((second, warm, r"temperature $k_\mathrm{B}T / \epsilon$", False), (third, sizes, SITES, True),
                                   (fourth, times, "sweeps at each state", True)):
        x, (y, error) = [at for at, _ in runs], np.array([width(path) for _, path in runs]).T
        axes.errorbar(x, y, SURE * error, fmt="o-", lw=0.9, color=COLOUR["U1"], **BAR)
        axes.set_ylim(0, 1.15 * np.nanmax(y))
        axes.set_xlabel(label)
        axes.set_ylabel(r"width of the loop $\Delta\mu / \epsilon$")
        if log:
            axes.set_xscale("log")
            tick_sites(axes, x)
        else:
            axes.set_xlim(left=0)
    draw_profiles(fifth, barriers)
    draw_power(sixth, [each.sites for each in barriers], [each.height for each in barriers])
    sixth.set_ylabel(r"barrier at $\Delta\mu = 0$ ($k_\mathrm{B}T$)")
    for axes, letter in zip((first, second, third, fourth, fifth, sixth), "abcdef"):
        panel_letter(axes, letter)
    return figure
