"""Draw the equilibrium phases of core/shell nanocrystals.

Of files of `nixe mc`: above, configurations of some states; below, the fraction f of each phase
against the number of shell layers where the files differ in it, else against the stiffness of the
shell, else against temperature; and against the same axis the area deviation (layers) or the
variance of f_U (else), with one curve for each size of the core. Bars are standard errors.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch, Patch
from matplotlib.ticker import MaxNLocator

from nixe_draw import COLOUR, SPECIES, SPECIES_3D, STYLE, draw_crystal, phase_label, unlike
from nixe_file import File, NixeFileError

PANELS = 5  # configurations in the strip
WIDTH = 7.0  # of the figure, in inches, as are all lengths below
LEFT, RIGHT, BOTTOM = 0.55, 0.12, 0.42  # margins
STRIP = 1.3  # height of a configuration
LEGEND, CAPTION = 0.27, 0.34  # heights above and below the strip
SAME = ("lattice_shape", "model_epsilon", "model_J", "model_mismatch", "model_differences",
        "mc_composition")  # options that all files have to share
AXES = {  # what can be the horizontal axis; how a configuration and a curve are told by it
    "layers": ("number of shell layers", "{:g} layers"),
    "stiffness": (r"shell stiffness $K_\mathrm{shell}$ ($K$)", r"$K_\mathrm{{shell}}$ = {:g}"),
    "kT": (r"temperature $k_\mathrm{B}T$", r"$k_\mathrm{{B}}T$ = {:g}"),
}
PARAMETERS = {"sites": ("", r"$N_\mathrm{{core}}$ = {:g}"), **AXES}
ERROR_BARS = {"capsize": 2, "ecolor": "black", "capthick": 0.6, "elinewidth": 0.6, "lw": 1.4,
              "ms": 4, "markeredgecolor": "black", "markeredgewidth": 0.6}


class Results:
    """What a file holds, computed when asked for: means and errors with the states first."""

    def __init__(self, run: File) -> None:
        self.run = run

    @cached_property
    def f(self) -> tuple[np.ndarray, np.ndarray]:
        """The fraction of each phase."""
        return self.run.mean_and_error("f")

    @cached_property
    def area(self) -> tuple[np.ndarray, np.ndarray]:
        """The area deviation."""
        return self.run.area_deviation()

    @cached_property
    def variance(self) -> tuple[np.ndarray, np.ndarray]:
        """The variance of f_U."""
        return self.run.unstructured_variance()


@dataclass(frozen=True)
class State:
    """One state of one file."""

    results: Results
    index: int
    parameters: dict[str, float]

    @property
    def run(self) -> File:
        """The file."""
        return self.results.run

    def of(self, quantity: str) -> tuple[np.ndarray, np.ndarray]:
        """Mean and error of one of the quantities of Results."""
        mean, error = getattr(self.results, quantity)
        return mean[self.index], error[self.index]

    @cached_property
    def configuration(self) -> np.ndarray | None:
        """The last stored configuration of the first replica that has one."""
        stored = self.run.replicas("snapshot/sigma", self.index)
        return next((sigma[-1] for sigma in stored if len(sigma) > 0), None)


@dataclass(frozen=True)
class Curve:
    """States that differ in the horizontal axis alone, in its order."""

    label: str
    states: list[State]

    def values(self, quantity: str) -> tuple[np.ndarray, np.ndarray]:
        """Mean and error of a quantity along the curve."""
        mean, error = zip(*[state.of(quantity) for state in self.states])
        return np.array(mean), np.array(error)


def find_states(runs: Sequence[File]) -> list[State]:
    """The states of all files that have data, and can share a picture."""
    states = []
    for run in runs:
        for name in SAME:
            values = [other.options.get(name) for other in (runs[0], run)]
            if values[0] != values[1]:
                raise NixeFileError(f"{runs[0].path} and {run.path} do not go into one picture: "
                                    f"{name} is {values[0]} in one and {values[1]} in the other.")
        if not run.averaged.any():
            raise NixeFileError(f"{run.path} is of a crystal too small to have phases.")
        results = Results(run)
        sites = int((run.layer == 0).sum())
        with_data = np.flatnonzero(~np.isnan(results.f[0][:, 0]))
        if len(with_data) == 0:
            raise NixeFileError(f"{run.path} holds too few records for averages.")
        states += [
            State(results, int(q), {
                "sites": sites, "layers": int(run.layer.max()),
                "stiffness": run.shell_stiffness[q], "kT": run.kT[q]})
            for q in with_data
        ]
    return states


def find_curves(states: list[State]) -> tuple[str, list[Curve]]:
    """The horizontal axis, and the curves: that of the largest core with most states first."""
    varying = [name for name in PARAMETERS if len({s.parameters[name] for s in states}) > 1]
    across = next((name for name in AXES if name in varying), "kT")
    others = [name for name in PARAMETERS if name != across]
    groups: dict[tuple[float, ...], list[State]] = {}
    for state in sorted(states, key=lambda state: state.parameters[across]):
        groups.setdefault(tuple(state.parameters[name] for name in others), []).append(state)
    curves = []
    for key in sorted(groups, key=lambda key: (-key[0], -len(groups[key]), key)):
        words = [PARAMETERS[name][1].format(value) for name, value in zip(others, key)
                 if name in varying]
        curves.append(Curve(", ".join(words), groups[key]))
    return across, curves


def draw_fractions(axes: Axes, curve: Curve, across: str, phases: list[str]) -> None:
    """<f> of each phase."""
    x = [state.parameters[across] for state in curve.states]
    f, error = curve.values("f")
    for name in sorted(phases, key="unclassified".__ne__):  # the grey one undermost
        index = curve.states[0].run.phases.index(name)
        axes.errorbar(x, f[:, index], error[:, index], fmt="o-", color=COLOUR[name], **ERROR_BARS)
    axes.set_ylim(-0.02, 1.02 if f.max() > 0.85 else 1.2 * f.max())
    axes.set_ylabel(r"fraction of sites $\langle f_\alpha \rangle$")
    if curve.label:
        axes.text(0.97, 0.96, curve.label, transform=axes.transAxes, ha="right", va="top")


def draw_curves(axes: Axes, curves: list[Curve], across: str) -> None:
    """The area deviation against layers, the variance of f_U against anything else."""
    quantity = "area" if across == "layers" else "variance"
    values = [curve.values(quantity) for curve in curves]
    largest = np.nanmax([*np.concatenate([mean for mean, _ in values]), 0.0])
    exponent = 0
    if quantity == "area":
        letter, unit = ("A", "a^2") if is_flat(curves) else ("V", "a^3")
        name = rf"$\langle \Delta {letter}^2 \rangle^{{1/2}}$ (${unit}$)"
    else:
        exponent = int(np.floor(np.log10(largest))) if largest > 0 else 0
        name = r"$\langle f_\mathrm{U}^2 \rangle - \langle f_\mathrm{U} \rangle^2$"
        name += f" ($10^{{{exponent}}}$)" if exponent else ""
    colours = matplotlib.colormaps["viridis"](np.linspace(0, 0.9, len(curves)))
    for i, (curve, (mean, error)) in enumerate(zip(curves, values)):
        x = [state.parameters[across] for state in curve.states]
        axes.errorbar(x, mean / 10.0**exponent, error / 10.0**exponent, label=curve.label,
                      fmt="osD^v"[i % 5] + "-", color=colours[i] if len(curves) > 1 else "black",
                      **ERROR_BARS)
    axes.set_ylim(bottom=-0.03 * axes.get_ylim()[1])
    axes.set_ylabel(name)
    if len(curves) > 1:
        axes.legend(frameon=False, handlelength=1.6, labelspacing=0.35)


def is_flat(curves: list[Curve]) -> bool:
    """Whether the crystals are hexagons, not cubes."""
    return curves[0].states[0].run.position.shape[1] == 2


def draw_strip(strip: list[Axes], states: list[State], across: str, main: Axes | None) -> None:
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


def draw_legend(figure: Figure, phases: list[str], flat: bool, shown: bool) -> None:
    """One row of patches on top, for the curves and the configurations, if any are shown."""
    patches = [Patch(color=COLOUR[name], label=phase_label(name)) for name in phases]
    if shown and flat:
        patches += [Patch(color=SPECIES[+1], label="A at the rim"),
                    Patch(color=SPECIES[-1], label="B at the rim or in the shell")]
    elif shown:
        patches += [Patch(color=SPECIES_3D[+1], label="A in the middle layer"),
                    Patch(color=SPECIES_3D[-1], label="B"),
                    Patch(color=SPECIES[-1], label="B in the shell")]
    figure.legend(handles=patches, ncol=len(patches), loc="upper center", frameon=False,
                  bbox_to_anchor=(0.5, 1), borderaxespad=0.3, handlelength=1.0, handleheight=0.9,
                  handletextpad=0.5, columnspacing=1.6)


def draw(runs: Sequence[File]) -> Figure:
    """The whole figure: one curve stacks its panels over one axis, several need two."""
    across, curves = find_curves(find_states(runs))
    flat, stacked = is_flat(curves), len(curves) == 1
    phases = [name for name in runs[0].phases if flat or name not in ("S1", "S2")]
    pictured = [state for state in curves[0].states if state.configuration is not None]
    pictured = [pictured[i] for i in unlike(np.array([s.of("f")[0] for s in pictured]), PANELS)]
    top = LEGEND + (STRIP + CAPTION if pictured else 0)  # above the panels
    panels = 3.3 if stacked else 2.5
    height = BOTTOM + panels + top
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height))
        grid = {"left": LEFT / WIDTH, "right": 1 - RIGHT / WIDTH, "bottom": BOTTOM / height,
                "top": 1 - top / height}
        if stacked:
            main, second = figure.subplots(2, 1, sharex=True, gridspec_kw={
                "height_ratios": (3, 2), "hspace": 0.06, **grid})
        else:
            main, second = figure.subplots(1, 2, gridspec_kw={"wspace": 0.24, **grid})
        draw_fractions(main, curves[0], across, phases)
        draw_curves(second, curves, across)
        for axes in (second,) if stacked else (main, second):
            axes.set_xlabel(AXES[across][0])
            if across == "layers":
                axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        draw_legend(figure, phases, flat, bool(pictured))
        if pictured:
            width = (WIDTH - LEFT - RIGHT) / len(pictured)
            strip = [
                figure.add_axes(((LEFT + i * width) / WIDTH, 1 - (LEGEND + STRIP) / height,
                                 width / WIDTH, STRIP / height))
                for i in range(len(pictured))
            ]
            draw_strip(strip, pictured, across, main if stacked else None)
    return figure


def main() -> int:
    """Read the command line, draw, and answer with the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("file", type=Path, nargs="+", help="files written by nixe mc")
    parser.add_argument("-o", "--output", type=Path,
                        help="the picture (default: the first FILE's stem.png)")
    arguments = parser.parse_args()
    output = arguments.output or arguments.file[0].with_suffix(".png")
    if output.suffix not in (".png", ".pdf", ".svg"):
        parser.error(f"{output} is not named as a picture: .png, .pdf or .svg.")
    try:
        with ExitStack() as stack:
            runs = [stack.enter_context(File(path, command="mc")) for path in arguments.file]
            figure = draw(runs)
        figure.savefig(output, dpi=300)
    except NixeFileError as error:
        print(f"plot_equilibrium: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"plot_equilibrium: {error.strerror or error}: {output}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
