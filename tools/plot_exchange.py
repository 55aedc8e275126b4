"""Draw how the phases of a nanocrystal follow one another during ion exchange.

Above, configurations of one trajectory; below, the fraction f of each phase in every trajectory
of a `nixe kmc` file (thin) and on average (bold). In 2D the configurations are coloured by the
plaquette around each site; in 3D a cut through the middle layer shows where A and B are.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch, Patch
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import NullFormatter

from nixe_draw import COLOUR, SPECIES, SPECIES_3D, STYLE, draw_crystal, phase_label, unlike
from nixe_file import File, NixeFileError

PANELS = 6  # configurations in the strip


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
    return shown[unlike(f, count)]


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
            if not run.averaged.any():
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
