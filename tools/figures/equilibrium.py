"""The paper's figures of equilibrium inside a shell, from files of `nixe mc`: 4, 5, 6(c) and 7(c).

Each function makes one figure and returns it; `nixe.draw.save(figure, "figure_5")` writes it as
PNG and PDF. Bars are standard errors. `picture` draws any files, against what they differ in.

    with File("fig5_169.h5") as small, File("fig5_1657.h5") as large:
        figure = figure_5([small, large])
"""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch, Patch
from matplotlib.ticker import MaxNLocator

from nixe.draw import (
    COLOUR, COLUMN, PAGE, SPECIES, SPECIES_3D, draw_crystal, is_flat, legend_on_top, panel_letter,
    panel_letters, phase_patches, styled, unlike,
)
from nixe.file import File, NixeFileError
from nixe.states import PARAMETERS, Curve, State, find_curves

PANELS = 5  # configurations in the strip of `picture`
BINS, LONG = 40, 5000  # of a histogram, about; records that are drawn as an image in a PDF
LEFT, RIGHT, BOTTOM = 0.55, 0.12, 0.42  # margins of `picture` in inches, as are the lengths below
STRIP = 1.3  # height of a configuration
LEGEND, CAPTION = 0.42, 0.34  # heights above and below the strip
AXES = {  # of each horizontal axis the label, and how a configuration is told by it
    "layers": ("number of shell layers", "{:g} layers"),
    "stiffness": (r"shell stiffness $K_\mathrm{shell}$ / $K$", r"$K_\mathrm{{shell}}$ / $K$ = {:.4g}"),
    "composition": ("composition of the core $c$", "$c$ = {:.4g}"),
    "center": ("center of the umbrella $c_0$", "$c_0$ = {:.4g}"),
    "dmu": (r"chemical potential difference $\Delta\mu$", r"$\Delta\mu$ = {:.4g}"),
    "kT": (r"temperature $k_\mathrm{B}T$", r"$k_\mathrm{{B}}T$ = {:.4g}"),
}
ERROR_BARS = {"capsize": 2, "ecolor": "black", "capthick": 0.6, "elinewidth": 0.6, "lw": 1.4,
              "ms": 4, "markeredgecolor": "black", "markeredgewidth": 0.6}
# At half A, half B the two unstructured phases are equally frequent, and so are the others: one of
# the two lies under the other, and must be seen all the same.
UNDER, OVER = {"fmt": "s-", "ms": 5.5, "lw": 2.8}, {"fmt": "o-", "ms": 3.2, "lw": 1.2}


def area_label(run: File) -> str:
    """The root mean square deviation of the area, or in 3D of the volume."""
    letter, power = ("A", 2) if is_flat(run) else ("V", 3)
    return rf"rms $\Delta {letter}_\mathbf{{R}}$ ($a^{power}$)"


def label_across(axes: Axes, across: str) -> None:
    """The horizontal axis: its name, and whole numbers of layers."""
    axes.set_xlabel(AXES[across][0])
    if across == "layers":
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def draw_fractions(axes: Axes, curve: Curve) -> None:
    """<f> of each phase."""
    f, error = curve.values("f")
    for name in sorted(curve.run.possible_phases, key="unclassified".__ne__):  # grey undermost
        index = curve.run.phases.index(name)
        axes.errorbar(curve.x, f[:, index], error[:, index], color=COLOUR[name],
                      **{**ERROR_BARS, **(UNDER if name in ("U1", "S1") else OVER)})
    axes.set_ylim(-0.02, 1.02 if f.max() > 0.85 else 1.2 * f.max())
    axes.set_ylabel(r"fraction of sites $\langle f_\alpha \rangle$")
    if curve.label:
        axes.text(0.97, 0.96, curve.label, transform=axes.transAxes, ha="right", va="top")


def draw_quantity(axes: Axes, curves: Sequence[Curve], quantity: str) -> None:
    """The area deviation ("area"), the variance of f_U ("variance") or "composition", a line for each curve."""
    values = [curve.values(quantity) for curve in curves]
    exponent = 0
    if quantity == "area":
        name = area_label(curves[0].run)
    elif quantity == "composition":
        name = "composition $c$"
    else:
        largest = np.nanmax([*np.concatenate([mean for mean, _ in values]), 0.0])
        exponent = int(np.floor(np.log10(largest))) if largest > 0 else 0
        name = r"$\langle f_\mathrm{U}^2 \rangle - \langle f_\mathrm{U} \rangle^2$"
        name += f" ($10^{{{exponent}}}$)" if exponent else ""
    colours = matplotlib.colormaps["viridis"](np.linspace(0, 0.9, len(curves)))
    for i, (curve, (mean, error)) in enumerate(zip(curves, values)):
        axes.errorbar(curve.x, mean / 10.0**exponent, error / 10.0**exponent, label=curve.label,
                      fmt="osD^v"[i % 5] + "-", color=colours[i] if len(curves) > 1 else "black",
                      **ERROR_BARS)
    axes.set_ylim(bottom=-0.03 * axes.get_ylim()[1])
    if quantity == "composition":
        axes.set_ylim(-0.04, 1.04)
    axes.set_ylabel(name)
    if len(curves) > 1:
        axes.legend(handlelength=1.6, labelspacing=0.35)


def draw_curve(axes: Axes, shells: Sequence[File], quantity: str) -> None:
    """A panel of another figure: "f" or "area" along the curve of most states."""
    curve = find_curves(shells)[0]
    if quantity == "f":
        draw_fractions(axes, curve)
    else:
        draw_quantity(axes, [curve], quantity)
    label_across(axes, curve.across)


def draw_strip(strip: Sequence[Axes], states: Sequence[State], across: str,
               main: Axes | None) -> None:
    """A configuration of each state, to one scale; led to its place on the main axis, if given."""
    extent = max(abs(state.run.position).max() for state in states) + 1
    for axes, state in zip(strip, states):
        draw_crystal(axes, state.run, state.configuration)
        axes.set(xlim=(-extent, extent), ylim=(-extent, extent))
        value = state.parameters[across]
        caption = "1 layer" if (across, value) == ("layers", 1) else AXES[across][1].format(value)
        axes.text(0.5, -0.02, caption, ha="center", va="top", transform=axes.transAxes,
                  fontsize=7.5)
        if main is not None:
            axes.figure.add_artist(ConnectionPatch(
                (0.5, -0.13), (value, 1), axes.transAxes, main.get_xaxis_transform(),
                color="0.55", lw=0.5))


def pictured(curve: Curve) -> list[State]:
    """The states of a curve that have a configuration to show."""
    return [state for state in curve.states if state.configuration is not None]


@styled
def figure_4(runs: Sequence[File]) -> Figure:
    """Fig. 4: configurations in 0, 6 and 8 layers (or the first, middle and last); <f>."""
    curve = find_curves(runs)[0]
    states = pictured(curve)
    if not states:
        raise NixeFileError(f"{curve.run.path} holds no configuration yet.")
    by_value = {state.parameters[curve.across]: state for state in states}
    if curve.across == "layers" and {0, 6, 8} <= by_value.keys():
        states = [by_value[layers] for layers in (0, 6, 8)]
    else:
        states = [states[i] for i in sorted({0, len(states) // 2, len(states) - 1})]
    figure = Figure(figsize=(COLUMN, 3.7))
    main = figure.add_axes((0.135, 0.115, 0.845, 0.47))
    strip = [figure.add_axes((0.02 + 0.325 * i, 0.67, 0.31, 0.25)) for i in range(len(states))]
    draw_fractions(main, curve)
    label_across(main, curve.across)
    draw_strip(strip, states, curve.across, None)
    legend_on_top(figure, phase_patches(curve.run))
    panel_letter(strip[0], "a")
    panel_letter(main, "b")
    return figure


@styled
def figure_5(runs: Sequence[File]) -> Figure:
    """Fig. 5: <f> of the largest core; the variance of f_U of all."""
    curves = find_curves(runs)
    figure = Figure(figsize=(PAGE, 2.75))
    panels = figure.subplots(1, 2, gridspec_kw={
        "left": 0.075, "right": 0.985, "bottom": 0.155, "top": 0.86, "wspace": 0.2})
    draw_fractions(panels[0], curves[0])
    draw_quantity(panels[1], curves, "variance")
    for axes, letter in zip(panels, "ab"):
        label_across(axes, curves[0].across)
        panel_letter(axes, letter)
    legend_on_top(figure, phase_patches(curves[0].run))
    return figure


def strip_patches(run: File) -> list[Patch]:
    """What the legend tells of the sites that are in no phase."""
    if run.has_plaquettes and run.averaged.all():  # as in the bulk
        return []
    if run.has_plaquettes:
        return [Patch(color=SPECIES[+1], label="A at the rim"),
                Patch(color=SPECIES[-1], label="B at the rim" + " or in the shell" * bool(run.layer.any()))]
    middle = "" if is_flat(run) else " in the middle layer"
    return [Patch(color=SPECIES_3D[+1], label=f"A{middle}"),
            Patch(color=SPECIES_3D[-1], label="B"),
            *[Patch(color=SPECIES[-1], label="B in the shell")][:int(run.layer.any())]]


def draw_course(axes: Axes, state: State) -> None:
    """f of each phase at every record of each replica, thin, and its running mean over all of them, bold."""
    run, q = state.run, state.index
    sweeps, f = run.sweeps("f", q), run.replicas("f", q)
    longest = max(map(len, f))
    for name in sorted(run.possible_phases, key="unclassified".__ne__):  # grey undermost
        index = run.phases.index(name)
        for x, rows in zip(sweeps, f):
            axes.plot(x, rows[:, index], color=COLOUR[name], lw=0.4, alpha=0.35 / len(f) ** 0.5, rasterized=len(x) > LONG)
    for name in sorted(run.possible_phases, key=("U1", "S1").__contains__, reverse=True):  # those that others hide, wider
        own = [rows[:, run.phases.index(name)] for rows in f]
        count = np.sum([np.arange(longest) < len(rows) for rows in own], axis=0)
        total = np.sum([np.pad(rows, (0, longest - len(rows))) for rows in own], axis=0)
        axes.plot(max(sweeps, key=len), np.cumsum(total) / np.cumsum(count), color=COLOUR[name],
                  lw=2.2 if name in ("U1", "S1") else 1.3)
    axes.set_xlim(min(x[0] for x in sweeps if len(x)), max(x[-1] for x in sweeps if len(x)))
    axes.set_ylim(-0.02, None)
    axes.set_xlabel("sweeps after equilibration")
    axes.set_ylabel(r"fraction of sites $f_\alpha$")
    axes.set_title("bold: running mean", fontsize=8, pad=4, loc="left")


def draw_histogram(axes: Axes, state: State) -> None:
    """How often f_U has each value: all records together, filled; each replica, where there are several; the mean."""
    records = [f for f in state.run.unstructured_records(state.index) if len(f)]
    every = np.concatenate(records)
    steps = 1 / state.run.averaged.sum()  # f_U is a number of sites
    low, high = every.min() - steps / 2, every.max() + steps / 2
    wide = steps * max(1, round((high - low) / steps / BINS))
    edges = np.arange(low, high + wide, wide)
    axes.hist(every, edges, density=True, color="0.8")
    for f in records if len(records) > 1 else ():
        axes.hist(f, edges, density=True, histtype="step", color=COLOUR["U1"], lw=0.7, alpha=0.7)
    axes.axvline(every.mean(), color="black", lw=0.9, ls=(0, (4, 2)), label=rf"mean {every.mean():.3g}")
    axes.set_xlabel(r"$f_\mathrm{U}$")
    axes.set_ylabel("probability density")
    axes.margins(x=0.02)
    axes.legend(handlelength=1.6)


@styled
def state_picture(state: State) -> Figure:
    """A single state: configurations of its first replica; the phases against sweeps; how f_U is spread."""
    run, sigma = state.run, []
    stored = zip(run.sweeps("snapshot/sigma", state.index), run.replicas("snapshot/sigma", state.index))
    sweep, sigma = next((pair for pair in stored if len(pair[1])), ((), ()))
    chosen = np.unique(np.linspace(0, len(sigma) - 1, min(PANELS, len(sigma))).astype(int))
    top = LEGEND + (STRIP + CAPTION if len(chosen) else 0.1)
    height = BOTTOM + 2.4 + top
    figure = Figure(figsize=(PAGE, height))
    main, second = figure.subplots(1, 2, gridspec_kw={
        "left": LEFT / PAGE, "right": 1 - RIGHT / PAGE, "bottom": BOTTOM / height, "top": 1 - top / height, "wspace": 0.26,
        "width_ratios": (3, 2)})
    draw_course(main, state)
    draw_histogram(second, state)
    strip = []
    width = (PAGE - LEFT - RIGHT) / max(len(chosen), 1)
    for number, snapshot in enumerate(chosen):
        strip.append(figure.add_axes(((LEFT + number * width) / PAGE, 1 - (LEGEND + STRIP) / height, width / PAGE, STRIP / height)))
        draw_crystal(strip[-1], run, sigma[snapshot])
        strip[-1].text(0.5, -0.02, f"sweep {sweep[snapshot]}", ha="center", va="top", transform=strip[-1].transAxes, fontsize=7.5)
    names = ["stiffness", "kT"] + ["composition"] * (not run.flips) + ["dmu"] * run.flips
    words = ", ".join(PARAMETERS[name].format(state.parameters[name]) for name in names if name != "stiffness" or run.layer.any())
    main.set_title(words.replace("-", "\u2212"), fontsize=8, pad=4, loc="right")
    legend_on_top(figure, phase_patches(run) + (strip_patches(run) if strip else []))
    panel_letters([*strip[:1], main, second])
    return figure


@styled
def picture(runs: Sequence[File]) -> Figure:
    """What any files of `nixe mc` show: configurations, <f>, and the composition, the area or the variance of f_U; of a single
    state, its course.

    The composition is drawn where ions flip, the area where files differ in the number of layers, else the variance. One curve
    stacks its panels over one axis, several need two.
    """
    curves = find_curves(runs)
    if len(curves) == 1 and len(curves[0].states) == 1:
        return state_picture(curves[0].states[0])
    across, stacked = curves[0].across, len(curves) == 1
    states = pictured(curves[0])
    states = [states[i] for i in unlike(np.array([s.of("f")[0] for s in states]), PANELS)]
    top = LEGEND + (STRIP + CAPTION if states else -0.1)  # above the panels
    height = BOTTOM + (3.45 if stacked else 2.5) + top
    figure = Figure(figsize=(PAGE, height))
    grid = {"left": LEFT / PAGE, "right": 1 - RIGHT / PAGE, "bottom": BOTTOM / height,
            "top": 1 - top / height}
    if stacked:
        main, second = figure.subplots(2, 1, sharex=True, gridspec_kw={
            "height_ratios": (3, 2), "hspace": 0.16, **grid})
    else:
        main, second = figure.subplots(1, 2, gridspec_kw={"wspace": 0.24, **grid})
    draw_fractions(main, curves[0])
    draw_quantity(second, curves, "composition" if curves[0].run.flips else "area" if across == "layers" else "variance")
    for axes in (second,) if stacked else (main, second):
        label_across(axes, across)
    patches = strip_patches(curves[0].run) if states else []
    legend_on_top(figure, phase_patches(curves[0].run) + patches)
    if states:
        width = (PAGE - LEFT - RIGHT) / len(states)
        strip = [figure.add_axes(((LEFT + i * width) / PAGE, 1 - (LEGEND + STRIP) / height,
                                  width / PAGE, STRIP / height)) for i in range(len(states))]
        draw_strip(strip, states, across, main if stacked else None)
    panel_letters([*(strip[:1] if states else ()), main, second])
    return figure
