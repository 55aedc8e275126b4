"""Pictures of paths of `nixe mc`: hysteresis loops, annealing.

    with File("hysteresis.h5") as run:
        figure = path_picture(run)
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.equilibrium import AXES, LEGEND, strip_patches
from nixe.draw import COLOUR, PAGE, draw_crystal, legend_on_top, panel_letters, phase_patches, styled
from nixe.file import File
from nixe.numbers import with_error
from nixe.paths import Path

WAYS = (("forward", COLOUR["U1"], "o", ">"), ("back", COLOUR["U2"], "s", "<"))
LABEL = {"composition": "composition $c$", "unstructured": r"$f_\mathrm{U}$"}
PANELS = 5  # configurations
STRIP, LEFT, RIGHT, BOTTOM, MAIN, GAP = 1.3, 0.68, 0.14, 0.45, 2.9, 0.42  # inches


def draw_loop(axes: Axes, path: Path) -> None:
    """Every replica thin, their means bold with their standard errors, and the area between the branches."""
    mean, error = path.mean_and_error()
    branches = path.branches()
    for states, (name, colour, marker, _) in zip(branches, WAYS):
        axes.plot(path.x[states], path.values[states], color=colour, lw=0.5, alpha=0.35, zorder=1)
        axes.errorbar(path.x[states], mean[states], error[states], color=colour, fmt=marker + "-", ms=3.2, lw=1.4, capsize=2,
                      elinewidth=0.6, capthick=0.6, markeredgecolor="white", markeredgewidth=0.4, zorder=3,
                      label=name if len(branches) > 1 else "")
        direct(axes, path.x[states], mean[states], colour)
    if len(branches) > 1:
        shade(axes, path, mean)
        area, spread = path.area()
        axes.legend(loc="best", title=f"area {with_error(area, spread)}\n{path.values.shape[1]} replicas",
                    alignment="left", handlelength=1.6)
    low, high = np.nanmin(path.values), np.nanmax(path.values)
    around = 0.05 * (high - low) + 1e-3 if high > low else 0.05
    axes.set_ylim(low - around, high + around)
    axes.set_xlabel(AXES[path.across][0])
    axes.set_ylabel(LABEL[path.quantity])


def shade(axes: Axes, path: Path, mean: np.ndarray) -> None:
    """The area between the mean branches where both are."""
    forward, back = path.branches()
    there = forward[len(forward) - len(back):]
    order = np.argsort(path.x[there])
    x = path.x[there][order]
    other = mean[back][np.argsort(path.x[back])]
    axes.fill_between(x, mean[there][order], other, color="0.9", lw=0, zorder=0)


def direct(axes: Axes, x: np.ndarray, y: np.ndarray, colour: str) -> None:
    """An arrow in the middle of the steepest step of a branch."""
    if len(x) < 2 or np.isnan(y).any() or not np.ptp(y):
        return
    step = int(np.abs(np.diff(y)).argmax())
    middle = (x[step] + x[step + 1]) / 2, (y[step] + y[step + 1]) / 2
    way = 0.1 * (x[step + 1] - x[step]), 0.1 * (y[step + 1] - y[step])
    axes.annotate("", (middle[0] + way[0], middle[1] + way[1]), (middle[0] - way[0], middle[1] - way[1]),
                  arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.2, "mutation_scale": 13}, zorder=4)


def shown_states(path: Path) -> list[int]:
    """States whose configurations tell the story: the ends, and before and after each branch's steepest step.

    Of the first replica, whose configurations they are.
    """
    mean = path.values[:, 0]
    found = [0]
    for states in path.branches():
        steps = np.abs(np.diff(mean[states]))
        if np.isfinite(steps).any():
            step = int(np.nanargmax(steps))
            found += [int(states[step]), int(states[step + 1])]
    found.append(len(mean) - 1)
    found = sorted(set(found))
    return found if len(found) <= PANELS else found[:1] + found[1:-1][:PANELS - 1]


@styled
def path_picture(run: File) -> Figure:
    """What is followed along the path, and configurations of the first replica on its way."""
    path = Path.of(run)
    pictures = [(q, run.replicas("snapshot/sigma", q)[0]) for q in shown_states(path)]
    pictures = [(q, sigma[-1]) for q, sigma in pictures if len(sigma)]
    top = LEGEND + STRIP + GAP if pictures else 0.2
    height = BOTTOM + MAIN + top
    figure = Figure(figsize=(PAGE, height))
    main = figure.add_axes((LEFT / PAGE, BOTTOM / height, 1 - (LEFT + RIGHT) / PAGE, MAIN / height))
    draw_loop(main, path)
    loop = run.path_of_states == "loop"
    shown = []
    for i, (q, sigma) in enumerate(pictures):
        width = (PAGE - LEFT - RIGHT) / len(pictures)
        axes = figure.add_axes(((LEFT + i * width) / PAGE, 1 - (LEGEND + STRIP) / height, 0.94 * width / PAGE, STRIP / height))
        draw_crystal(axes, run, sigma)
        shown.append(axes)
        way = f", {WAYS[0 if run.branch[q] > 0 else 1][0]}" if loop else ""
        axes.text(0.5, -0.02, AXES[path.across][1].format(path.x[q]).replace("-", "\u2212") + way, ha="center", va="top", transform=axes.transAxes,
                  fontsize=7.5)
    if shown:
        legend_on_top(figure, (phase_patches(run) if run.has_plaquettes else []) + strip_patches(run))
    panel_letters([*shown[:1], main])
    return figure
