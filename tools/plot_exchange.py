"""Draw how the phases of a nanocrystal follow one another during ion exchange.

Above, configurations of one trajectory; below, the fraction f of each phase in every trajectory
of a `nixe kmc` file (thin) and on average (bold). In 2D the configurations are coloured by the
plaquette around each site; in 3D a cut through the middle layer shows where A and B are.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch, Patch
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import NullFormatter

from nixe_file import File, NixeFileError

# Dark to light: U1, U2, S1, S2, unclassified. Each differs from the others in grey, too.
COLOUR = {
    "U1": "#0a2658",
    "S1": "#4493d6",
    "unclassified": "#cdcdcd",
    "S2": "#f2a052",
    "U2": "#b5231f",
}
ORDER = {"U1": 2, "S1": 1, "unclassified": 0, "S2": -1, "U2": -2}  # values of s
SPECIES = {+1: "#94b3de", -1: "#f0bdb3"}  # A and B where s is not defined
SPECIES_3D = {+1: "#2f62ad", -1: "#d0604f"}  # A and B in the cut through a cube
PANELS = 6  # configurations in the strip
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.labelsize": 9,
    "axes.linewidth": 0.6,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
}


def phase_label(name: str) -> str:
    """The phase as the paper writes it: U1 becomes U with the subscript 1."""
    return re.sub(r"^([A-Z])(\d)$", r"$\\mathrm{\1}_\2$", name)


def time_label(time: float) -> str:
    """A time to two digits, without a power of ten where it is short."""
    if 0.01 <= time < 1000 or time == 0:
        return f"{time:.2g}" if time < 100 else f"{time:.0f}"
    mantissa, exponent = f"{time:.1e}".split("e")
    factor = "" if mantissa == "1.0" else mantissa + r" \times "
    return rf"${factor}10^{{{int(exponent)}}}$"


def changing(values: np.ndarray) -> slice:
    """The stretch of the first axis between the first change of `values` and the last."""
    change = np.any(np.diff(values, axis=0) != 0, axis=tuple(range(1, values.ndim)))
    where = np.flatnonzero(change)
    return slice(where[0], where[-1] + 2) if len(where) else slice(0, len(values))


def strip_snapshots(run: File, row: int, count: int) -> np.ndarray:
    """Which snapshots of a row to show: at most `count`, as unlike one another in f as can be.

    They run from the configuration before the first change to the one before the final state;
    where these are too few, the final state follows.
    """
    sigma = run.snapshots(row)
    shown = np.flatnonzero(np.any(sigma[1:] != sigma[:-1], axis=1))
    if len(shown) < count:
        return np.append(shown, shown[-1] + 1 if len(shown) else 0)
    f = run["/kmc/f"][row][np.searchsorted(run.time, run.snapshot_time[shown])]
    way = np.concatenate([[0], np.cumsum(np.abs(np.diff(f, axis=0)).sum(axis=1))])
    chosen = [0, len(shown) - 1]
    while len(chosen) < count:
        nearest = np.abs(way[:, None] - way[chosen]).min(axis=1)
        nearest[chosen] = -1
        chosen.append(int(nearest.argmax()))
    return shown[np.sort(chosen)]


def cell_corners(dimensions: int) -> np.ndarray:
    """Corners x 2: the cell of a site, a hexagon around the triangular lattice's, or a square."""
    count, radius = (6, 3**-0.5) if dimensions == 2 else (4, 2**-0.5)
    angle = 2 * np.pi * (np.arange(count) + 0.5) / count
    return radius * np.column_stack([np.cos(angle), np.sin(angle)])


def site_colours(run: File, sigma: np.ndarray) -> np.ndarray:
    """The colour of each site of one configuration."""
    if run.position.shape[1] == 3:
        return np.where(sigma > 0, SPECIES_3D[+1], SPECIES_3D[-1])
    order, defined = run.plaquette_order(sigma)
    colour = np.where(sigma > 0, SPECIES[+1], SPECIES[-1])
    for phase, value in ORDER.items():
        colour[defined & (order == value)] = COLOUR[phase]
    return colour


def draw_crystal(axes: Axes, run: File, sigma: np.ndarray) -> None:
    """One configuration; of a cube, its middle layer."""
    position = run.position
    shown = np.ones(len(position), dtype=bool)
    if position.shape[1] == 3:
        layers = np.unique(position[:, 2])
        shown = position[:, 2] == layers[len(layers) // 2]
    cells = position[shown, None, :2] + cell_corners(position.shape[1])
    colour = site_colours(run, sigma)[shown]
    axes.add_collection(PolyCollection(cells, facecolors=colour, edgecolors="white", lw=0.15))
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.margins(0.01)
    axes.axis("off")


def draw_fractions(axes: Axes, run: File, phases: list[str]) -> None:
    """f of each phase against time, one line a trajectory, and the means over them."""
    f = run.trajectories("f")
    mean, _ = run.mean_and_error("f")
    alpha = float(np.clip(10 / len(f), 0.15, 0.5))
    for name in sorted(phases, key="unclassified".__ne__):  # the grey one undermost
        index = run.phases.index(name)
        lines = [np.column_stack([run.time, row]) for row in f[:, :, index]]
        axes.add_collection(LineCollection(lines, colors=COLOUR[name], lw=0.5, alpha=alpha))
        outline = [Stroke(linewidth=3, foreground="black"), Normal()]
        axes.plot(run.time, mean[:, index], color=COLOUR[name], lw=1.8, path_effects=outline,
                  solid_capstyle="butt", solid_joinstyle="round", zorder=3)

    stretch = changing(np.moveaxis(f, 1, 0))
    first, last = run.time[stretch][[0, -1]]
    if run.options.get("kmc_time_spacing", "log") == "log" and first > 0:
        axes.set_xscale("log")
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(first, last)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel(r"time $t$ ($1/k$)")
    axes.set_ylabel(r"fraction of sites $f_\alpha$")


def draw_strip(figure: Figure, strip: list[Axes], main: Axes, run: File, row: int) -> None:
    """Configurations of one row of the file, each led to its time on the main panel's axis."""
    sigma = run.snapshots(row)
    chosen = strip_snapshots(run, row, len(strip))
    for axes in strip:
        axes.axis("off")
    for axes, snapshot in zip(strip, chosen):
        time = run.snapshot_time[snapshot]
        draw_crystal(axes, run, sigma[snapshot])
        axes.text(0.5, -0.03, f"$t$ = {time_label(time)}", transform=axes.transAxes,
                  ha="center", va="top", fontsize=7.5)
        if main.get_xlim()[0] <= time <= main.get_xlim()[1]:
            figure.add_artist(ConnectionPatch(
                (0.5, -0.22), (time, 1), axes.transAxes, main.get_xaxis_transform(),
                color="0.55", lw=0.5))


def draw_legend(figure: Figure, phases: list[str], flat: bool) -> None:
    """One row of patches on top, for the lines and the crystals both."""
    species, where = (SPECIES, "at the surface") if flat else (SPECIES_3D, "in the middle layer")
    patches = [Patch(color=COLOUR[name], label=phase_label(name)) for name in phases]
    patches += [
        Patch(color=species[sigma], label=f"{ion} {where}") for sigma, ion in ((1, "A"), (-1, "B"))
    ]
    figure.legend(handles=patches, ncol=len(patches), loc="upper center", frameon=False,
                  bbox_to_anchor=(0.5275, 1.005), handlelength=1.0, handleheight=0.9,
                  handletextpad=0.5, columnspacing=1.6)


def draw(run: File) -> Figure:
    """The whole figure."""
    flat = run.position.shape[1] == 2
    phases = [name for name in run.phases if flat or name not in ("S1", "S2")]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(7.0, 4.6))
        main = figure.add_axes((0.075, 0.095, 0.905, 0.54))
        width = 0.905 / PANELS
        strip = [figure.add_axes((0.075 + i * width, 0.72, width, 0.215)) for i in range(PANELS)]
        draw_fractions(main, run, phases)
        draw_legend(figure, phases, flat)
        draw_strip(figure, strip, main, run, int(np.flatnonzero(run.done)[0]))
    return figure


def main() -> int:
    """Read the command line, draw, and answer with the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("file", type=Path, help="a file written by nixe kmc")
    parser.add_argument("-o", "--output", type=Path, help="the picture (default: FILE's stem.png)")
    arguments = parser.parse_args()
    output = arguments.output or arguments.file.with_suffix(".png")
    if output.suffix not in (".png", ".pdf", ".svg"):
        parser.error(f"{output} is not named as a picture: .png, .pdf or .svg.")
    try:
        with File(arguments.file, command="kmc") as run:
            if not run.done.any():
                raise NixeFileError(f"{run.path} holds no complete trajectory yet.")
            if not run["/lattice/averaged"].any():
                raise NixeFileError(f"{run.path} is of a crystal too small to have phases.")
            figure = draw(run)
        figure.savefig(output, dpi=300)
    except NixeFileError as error:
        print(f"plot_exchange: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"plot_exchange: {error.strerror or error}: {output}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
