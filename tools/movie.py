"""Make a movie of one trajectory of nixe kmc, or of one replica of nixe mc: GIF or MP4.

The stored configurations follow one another on the left, with their times; beside them stands the
fraction f of each phase, with a mark that moves along. Those before the first change and after the
last are left out. More of them make a smoother movie: run nixe with a larger -kmc_snapshots (17
unless told), or a smaller -mc_snapshot_every. In 3D, the eighth nearest to the eye is taken
away. MP4 needs ffmpeg.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import NullFormatter

from nixe import film
from nixe.draw import (COLOUR, SPECIES, SPECIES_3D, STYLE, default_scheme, phase_label,
                       site_colours, thinned)
from nixe.faces import crystal_faces
from nixe.file import NixeFileError
from nixe.series import Series, add_arguments, chosen, fractions
from nixe.tool import answer, spare_inputs
from nixe.unfinished import opened

SIZE, DPI = (7.2, 3.6), 120  # inches; the number of pixels is even both ways, as MP4 wants it
MOST_POINTS = 400  # of a recorded curve


def frames_shown(sigma: np.ndarray) -> np.ndarray:
    """Which snapshots to show: from the last before the first change to the first of the end."""
    change = np.flatnonzero(np.any(sigma[1:] != sigma[:-1], axis=1))
    return np.arange(change[0], change[-1] + 2) if len(change) else np.array([0])


def blocks(values: np.ndarray) -> np.ndarray:
    """Means over equal stretches of the first axis, at most MOST_POINTS of them."""
    length = -(-len(values) // MOST_POINTS)
    whole = values[: len(values) // length * length]
    return whole.reshape(-1, length, *values.shape[1:]).mean(axis=1)


class Scene:
    """The picture: drawn once, but for the colours of the sites, the mark and the time."""

    def __init__(self, series: Series, scheme: str) -> None:
        self.run, self.scheme = series.run, scheme
        self.phases = self.run.possible_phases
        self.unit = series.unit
        figure = Figure(figsize=SIZE, dpi=DPI)
        self.canvas = FigureCanvasAgg(figure)
        crystal = figure.add_axes((0.01, 0.12, 0.42, 0.78))
        self.plot = figure.add_axes((0.525, 0.14, 0.445, 0.74))
        self._draw_crystal(crystal, series)
        self._draw_plot(series)
        self._draw_legend(figure)
        self.mark = self.plot.axvline(series.time[0], color="0.35", lw=0.9, animated=True)
        nowhere = np.full(len(self.phases), np.nan)
        self.dots = self.plot.scatter(
            nowhere, nowhere, s=26, c=[COLOUR[name] for name in self.phases], edgecolors="black",
            linewidths=0.7, zorder=4, clip_on=False, animated=True)
        self.canvas.draw()
        self.background = self.canvas.copy_from_bbox(figure.bbox)

    def _draw_crystal(self, axes: Axes, series: Series) -> None:
        self.faces = crystal_faces(self.run)
        self.cells = PolyCollection(self.faces.corners, edgecolors="white", animated=True,
                                    lw=thinned(0.2, len(self.faces.corners)))
        axes.add_collection(self.cells)
        axes.set_aspect("equal")
        axes.autoscale_view()
        axes.margins(0.01)
        axes.axis("off")
        self.stamp = axes.text(0.5, -0.04, "", transform=axes.transAxes, ha="center", va="top",
                               fontsize=11, animated=True)
        axes.figure.text(0.97, 0.895, caption(series), ha="right", va="bottom", fontsize=8)
        axes.figure.text(0.01, 0.02, series.note, ha="left", va="bottom", fontsize=8, color=COLOUR["U2"])

    def _draw_plot(self, series: Series) -> None:
        axes, shown = self.plot, frames_shown(series.sigma)
        time, f = series.recorded_f()
        averaged = "trajectory" not in series.label  # a replica fluctuates about the same values
        time, f = (blocks(time), blocks(f)) if averaged else (time, f)
        for name in sorted(self.phases, key="unclassified".__ne__):  # the grey one undermost
            axes.plot(time, f[:, self.run.phases.index(name)], color=COLOUR[name], lw=1.5)
        first, last = series.time[shown[[0, -1]]]
        if self.run.options.get("kmc_time_spacing") == "log" and first > 0:
            axes.set_xscale("log")
            axes.xaxis.set_minor_formatter(NullFormatter())
        if last > first:
            axes.set_xlim(first, last)
        axes.set_ylim(-0.02, 1.02)
        axes.set_xlabel(r"time $t$ ($k^{-1}$)" if series.unit == "1/k" else "sweeps")
        axes.set_ylabel(r"fraction of sites $f_\alpha$")

    def _draw_legend(self, figure: Figure) -> None:
        """One row of patches on top, for the crystal and the curves both."""
        patches = [Patch(color=COLOUR[name], label=phase_label(name)) for name in self.phases]
        shell = self.run.layer.any()
        if self.scheme == "composition":
            ions = [(SPECIES_3D[+1], "A"), (SPECIES_3D[-1], "B")]
            ions += [(SPECIES[-1], "B in the shell")] if shell else []
        else:
            ions = [(SPECIES[+1], "A at the rim"),
                    (SPECIES[-1], "B at the rim or in the shell" if shell else "B at the rim")]
        patches += [Patch(color=colour, label=label) for colour, label in ions]
        figure.legend(handles=patches, ncol=len(patches), loc="upper center", frameon=False,
                      bbox_to_anchor=(0.5, 1.005), handlelength=1.0, handleheight=0.9,
                      handletextpad=0.5, columnspacing=1.4)

    def frame(self, sigma: np.ndarray, time: float) -> np.ndarray:
        """Height x width x RGB: the picture of one configuration."""
        f = fractions(self.run, sigma)[[self.run.phases.index(name) for name in self.phases]]
        self.cells.set_facecolor(self.faces.colours(site_colours(self.run, sigma, self.scheme)))
        self.stamp.set_text(stamp(time, self.unit))
        self.mark.set_xdata([time, time])
        self.dots.set_offsets(np.column_stack([np.full(len(f), time), f]))
        self.canvas.restore_region(self.background)
        for artist in (self.cells, self.stamp, self.mark, self.dots):
            artist.axes.draw_artist(artist)
        return np.asarray(self.canvas.buffer_rgba())[..., :3].copy()


def stamp(time: float, unit: str) -> str:
    """When a configuration is from."""
    if unit == "sweeps":
        return f"sweep {time}"
    return f"$t$ = {time:.3g} $k^{{-1}}$" if time < 1000 else f"$t$ = {time:.0f} $k^{{-1}}$"


def caption(series: Series) -> str:
    """Which series this is."""
    if "trajectory" in series.label:
        return series.name
    kT = series.run.kT[series.row[0]]  # noqa: N806  (the name of the option)
    stiffness = rf"$K_\mathrm{{shell}}$ / $K$ = {series.shell_stiffness:.4g}, "
    return f"{stiffness}$kT$ = {kT:.4g}, replica {series.label['replica']}"


def make_frames(series: Series, scheme: str) -> list[np.ndarray]:
    """The pictures of all configurations to show."""
    with matplotlib.rc_context(STYLE):
        scene = Scene(series, scheme)
        return [scene.frame(series.sigma[i], series.time[i]) for i in frames_shown(series.sigma)]


def make(arguments: argparse.Namespace) -> None:
    """From the file to the movie."""
    output = arguments.output or arguments.file.with_suffix(".gif")
    film.check_output(output)
    spare_inputs([output], [arguments.file])
    with opened(arguments.file, arguments.unfinished) as run:
        series = chosen(run, arguments)
        if not run.averaged.any():
            raise NixeFileError(f"{run.path} is of a crystal too small to have phases.")
        frames = make_frames(series, arguments.colour or default_scheme(run))
        note = series.note
    film.write(output, frames)
    print(f"wrote {output}")
    if note:
        print(f"warning   {note}")
    if len(frames) == 1:
        print("It shows a single configuration: a smaller -mc_snapshot_every, or a larger "
              "-kmc_snapshots, stores more.")


def main() -> int:
    """Read the command line, make the movie, and answer with the exit status."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="a file written by nixe kmc or nixe mc")
    add_arguments(parser)
    parser.add_argument("--colour", choices=("plaquettes", "composition"),
                        help="what the sites are coloured by (default: plaquettes of the "
                             "triangular lattice, composition of all others)")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT",
                        help="the movie; its ending, .gif or .mp4, says which kind "
                             "(default: FILE's stem.gif)")
    arguments = parser.parse_args()
    return answer("movie", lambda: make(arguments))


if __name__ == "__main__":
    sys.exit(main())
