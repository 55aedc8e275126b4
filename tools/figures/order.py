"""Pictures of how ions are arranged: structure factors, Warren-Cowley parameters, depth profiles."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from figures.equilibrium import AXES, ERROR_BARS, label_across, pictured
from figures.exchange import choose_snapshots, first_done, ion_patches, set_times, spacing_of, tell_time
from nixe.draw import PAGE, draw_ions, legend_on_top, panel_letters, styled, unlike
from nixe.file import File, NixeFileError, average
from nixe.numbers import number
from nixe.order import Plane, profiles, short_range_order, telling_plane
from nixe.states import Curve, State, find_curves

PANELS = 5
MARKS = "os^D"
DEPTHS, FEW = 6, 5  # profiles drawn, at most; sites that a depth should have
HEIGHT = 4.9
CLASS = {1: [r"$\alpha$"], 2: [r"$\alpha_1$", r"$\alpha_2$"]}


def class_names(count: int) -> list[str]:
    """The Warren-Cowley parameter of each class of bonds."""
    return CLASS.get(count) or [rf"$\alpha_{number}$" for number in range(1, count + 1)]


def draw_scattering(strip: Sequence[Axes], plane: Plane, factors: Sequence[np.ndarray]) -> None:
    """S(q) of each configuration, to a scale of its own whose end is told, by its root, so that weak peaks show beside
    strong ones; the first zone as a line."""
    for axes, factor in zip(strip, factors):
        largest = factor.max()
        axes.imshow(factor, origin="lower", extent=[-plane.reach, plane.reach] * 2, cmap="magma_r",
                    norm=PowerNorm(0.5, 0, largest or 1.0), interpolation="bilinear")
        axes.add_patch(Polygon(plane.zone, closed=True, fill=False, ec="0.4", lw=0.6))
        axes.set(xticks=(), yticks=())
        axes.text(0.5, -0.03, f"max {number(largest, 3)}", transform=axes.transAxes, ha="center", va="top", fontsize=7.5)
    strip[0].set_ylabel(r"$S(\mathbf{q})$", fontsize=9)


def tell_plane(figure: Figure, axes: Axes, plane: Plane) -> None:
    """Beside the last S(q) of a row: which plane it is."""
    axis = "2\\pi/a" if plane.edge == 1 else "2\\pi/L"
    flat = len(plane.u) == 2
    words = "" if flat else f"\nacross: [{plane.names[0]}]\nup: [{plane.names[1]}]"
    axes.text(1.06, 0.5, rf"$|q_i| < {plane.reach:.2f}$" "\n" rf"$\times\,{axis}$" + words,
              transform=axes.transAxes, ha="left", va="center", fontsize=7)


def strips(figure: Figure) -> tuple[list[Axes], list[Axes]]:
    """Panels of configurations, and below them those of S(q)."""
    width = 0.168
    return tuple([figure.add_axes((0.055 + width * i, bottom, width * 0.93, width * 0.93 * PAGE / HEIGHT))
                  for i in range(PANELS)] for bottom in (0.715, 0.43))


def panels_below(figure: Figure) -> list[Axes]:
    """Two panels beside each other."""
    return list(figure.subplots(1, 2, gridspec_kw={
        "left": 0.09, "right": 0.985, "bottom": 0.095, "top": 0.36, "wspace": 0.23}))


def draw_course(axes: Axes, time: np.ndarray, mean: np.ndarray, error: np.ndarray, colour: object, label: str) -> None:
    """A mean with its error."""
    axes.fill_between(time, mean - error, mean + error, color=colour, alpha=0.3, lw=0)
    axes.plot(time, mean, color=colour, lw=1.3, label=label)


def draw_alpha(axes: Axes, run: File) -> None:
    """The Warren-Cowley parameter of each class against time."""
    course = short_range_order(run)
    mean, error = course.mean, course.error
    for index, name in enumerate(class_names(run.classes)):
        draw_course(axes, course.time, mean[:, index], error[:, index], f"C{index}", name)
    axes.axhline(0, color="0.6", lw=0.6)
    axes.set_ylabel(r"short-range order " + (r"$\alpha_k$" if run.classes > 1 else r"$\alpha$"))
    if run.classes > 1:
        axes.legend(handlelength=1.4)


def tell_no_surface(axes: Axes) -> None:
    """In place of depth profiles."""
    axes.axis("off")
    axes.text(0.5, 0.5, "no surface", transform=axes.transAxes, ha="center")


def draw_profiles(axes: Axes, run: File) -> None:
    """The composition at each depth against time."""
    course = profiles(run)
    mean, error = course.mean, course.error
    if mean.shape[1] == 0:
        tell_no_surface(axes)
        return
    sites = np.bincount(run.depth)
    depths = np.flatnonzero(sites >= min(FEW, sites.max()))
    chosen = depths[sorted({*np.linspace(0, len(depths) - 1, min(len(depths), DEPTHS)).astype(int)})]
    colours = matplotlib.colormaps["viridis"](np.linspace(0, 0.9, chosen[-1] + 1))
    for depth in chosen:
        draw_course(axes, course.time, mean[:, depth], error[:, depth], colours[depth], str(depth))
    axes.set_ylim(-0.02, 1.02)
    axes.set_ylabel("composition at depth")
    axes.legend(title="depth", handlelength=1.2, fontsize=7, title_fontsize=7, labelspacing=0.25)


@styled
def exchange_order(run: File) -> Figure:
    """Configurations of a trajectory and their S(q); Warren-Cowley parameters and depth profiles over time."""
    row = first_done(run)
    chosen = choose_snapshots(run, row, PANELS, "composition")
    sigma = run.snapshots(row)[chosen]
    figure = Figure(figsize=(PAGE, HEIGHT))
    above, below = strips(figure)
    for axes, ions, snapshot in zip(above, sigma, chosen):
        draw_ions(axes, run, ions)
        tell_time(axes, run, snapshot)
    plane = telling_plane(run, sigma)
    draw_scattering(below, plane, [plane.structure_factor(ions) for ions in sigma])
    for axes in (*above[len(chosen):], *below[len(chosen):]):
        axes.axis("off")
    tell_plane(figure, below[len(chosen) - 1], plane)
    main, second = panels_below(figure)
    draw_alpha(main, run)
    draw_profiles(second, run)
    for axes in (main, second):
        if axes.axison:
            set_times(axes, run, run.trajectories("composition").T, spacing_of(run))
    legend_on_top(figure, ion_patches())
    panel_letters((above[0], below[0], main, second))
    return figure


def order_of_mixed(run: File, sigma: np.ndarray) -> np.ndarray:
    """Warren-Cowley parameters of the configurations that have both kinds of ions."""
    found = run.short_range_order(sigma)
    return found[np.isfinite(found).any(axis=1)]


def along_the_run(state: State) -> list[tuple[File, str, np.ndarray, np.ndarray]]:
    """The file, captions and configurations of the first replica of a single state, at sweeps that are evenly spread."""
    run = state.run
    sigma, sweep = next(each for each in run.replicas("snapshot/sigma", state.index) if len(each)), run["/snapshot_sweep"]
    chosen = np.unique(np.linspace(0, len(sigma) - 1, PANELS).round().astype(int))
    return [(run, f"sweep {sweep[i]}", sigma[i], sigma[i: i + 1]) for i in chosen]


def draw_alpha_of_states(axes: Axes, curve: Curve, states: Sequence[State]) -> None:
    """The Warren-Cowley parameter of each class in each state along a curve."""
    alpha = np.stack([average([order_of_mixed(state.run, sigma) for sigma in state.run.replicas(
        "snapshot/sigma", state.index)]) for state in states], axis=1)  # means and errors x states x classes
    place = np.array([state.parameters[curve.across] for state in states])
    for index, name in enumerate(class_names(curve.run.classes)):
        known = np.isfinite(alpha[:, :, index]).all(axis=0)
        axes.errorbar(place[known], *alpha[:, known, index],
                      fmt=MARKS[index % len(MARKS)] + "-", color=f"C{index}", label=name, **ERROR_BARS)
    label_across(axes, curve.across)


def draw_alpha_of_sweeps(axes: Axes, state: State) -> None:
    """That of each stored configuration of a single state: replicas thin, their mean bold."""
    run = state.run
    alpha = [run.short_range_order(sigma) for sigma in run.replicas("snapshot/sigma", state.index) if len(sigma)]
    together = min(len(each) for each in alpha)
    for index, name in enumerate(class_names(run.classes)):
        for each in alpha:
            axes.plot(run["/snapshot_sweep"][: len(each)], each[:, index], color=f"C{index}", lw=0.5, alpha=0.5)
        mean = np.mean([each[:together, index] for each in alpha], axis=0)
        axes.plot(run["/snapshot_sweep"][:together], mean, color=f"C{index}", lw=1.5, label=name)
    axes.set_xlabel("sweeps after equilibration")


@styled
def equilibrium_order(runs: Sequence[File]) -> Figure:
    """Configurations of some states, and S(q), the mean over all that are stored, or some of the first replica of a single
    state; below, Warren-Cowley parameters along the curve, or against sweeps, and the depth profiles of those states."""
    curve = find_curves(runs)[0]
    states = pictured(curve)
    if not states:
        raise NixeFileError(f"{curve.run.path} holds no configuration yet.")
    stored = {id(state): np.concatenate(state.run.replicas("snapshot/sigma", state.index)) for state in states}
    few = [states[i] for i in unlike(np.array([s.of("f")[0] for s in states]), PANELS)]
    figure = Figure(figsize=(PAGE, HEIGHT))
    above, below = strips(figure)
    shown = [(state.run, AXES[curve.across][1].format(state.parameters[curve.across]), state.configuration, stored[id(state)])
             for state in few] if len(states) > 1 else along_the_run(states[0])
    for column, (run, caption, configuration, several) in enumerate(shown):
        draw_ions(above[column], run, configuration)
        above[column].text(0.5, -0.03, caption, ha="center", va="top", transform=above[column].transAxes, fontsize=7.5)
        plane = telling_plane(run, several[-1:])
        draw_scattering(below[column: column + 1], plane, [
            np.mean([plane.structure_factor(sigma) for sigma in several], axis=0)])
        if column:
            below[column].set_ylabel("")
    for axes in (*above[len(shown):], *below[len(shown):]):
        axes.axis("off")
    tell_plane(figure, below[len(shown) - 1], plane)
    main, second = panels_below(figure)
    if len(states) > 1:
        draw_alpha_of_states(main, curve, states)
    else:
        draw_alpha_of_sweeps(main, states[0])
    main.axhline(0, color="0.6", lw=0.6)
    main.set_ylabel(r"short-range order $\alpha$")
    if curve.run.classes > 1:
        main.legend()
    if not curve.run.surface.any():
        tell_no_surface(second)
        few = []
    for state, tone in zip(few, np.linspace(0, 0.9, len(few))):
        profile = state.run.profile(stored[id(state)]).mean(axis=0)
        second.plot(profile, "o-", ms=3, lw=1.2, color=matplotlib.colormaps["viridis"](tone),
                    label=AXES[curve.across][1].format(state.parameters[curve.across]))
    second.set(xlabel="depth", ylabel="composition", ylim=(-0.02, 1.02))
    if few:
        second.legend(fontsize=7, handlelength=1.2, labelspacing=0.25)
    legend_on_top(figure, ion_patches())
    panel_letters((above[0], below[0], main, second))
    return figure
