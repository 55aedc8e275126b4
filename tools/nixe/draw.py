"""What the pictures of nixe files have in common: palette, style, and how a crystal is drawn."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from nixe.file import File

# Dark to light: U1, U2, S1, S2, unclassified. Each differs from the others in grey, too.
COLOUR = {
    "U1": "#0a2658",
    "S1": "#4493d6",
    "unclassified": "#cdcdcd",
    "S2": "#f2a052",
    "U2": "#b5231f",
}
ORDER = {"U1": 2, "S1": 1, "unclassified": 0, "S2": -1, "U2": -2}  # values of s
SPECIES = {+1: "#94b3de", -1: "#f0bdb3"}  # A and B at the rim and in the shell
SPECIES_3D = {+1: "#2f62ad", -1: "#d0604f"}  # A and B in a core whose shell is pale
ION = {+1: "#1d4f91", -1: "#ee9a8b"}  # A and B where nothing else has a colour; unlike in grey
DIVERGING = LinearSegmentedColormap.from_list(  # from B and compressed to A and expanded
    "nixe", [COLOUR["U2"], COLOUR["S2"], "#f7f4ef", COLOUR["S1"], COLOUR["U1"]]
)
COLUMN, PAGE = 3.4, 7.0  # widths of a journal's column and page in inches
FORMATS = (".png", ".pdf", ".svg")  # of pictures
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.labelsize": 9,
    "axes.linewidth": 0.6,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "legend.frameon": False,
    "pdf.fonttype": 42,  # text stays text
    "savefig.dpi": 300,
}
styled = matplotlib.rc_context(STYLE)  # the decorator of functions that make a figure


@styled
def save(figure: Figure, path: str | os.PathLike[str]) -> list[Path]:
    """Write a figure: in the format that the path ends in, else as PNG and as PDF."""
    path = Path(path)
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # of the fonts of a PDF: not for users
    paths = written(path)
    for each in paths:
        figure.savefig(each)
    return paths


def written(path: Path) -> list[Path]:
    """The files that save() writes."""
    return [path] if path.suffix in FORMATS else [Path(f"{path}{e}") for e in (".png", ".pdf")]


def phase_label(name: str) -> str:
    """The phase as the paper writes it: U1 becomes U with the subscript 1."""
    return re.sub(r"^([A-Z])(\d)$", r"$\\mathrm{\1}_\2$", name)


def unlike(f: np.ndarray, count: int) -> np.ndarray:
    """Which rows of f to show: `count`, or all if fewer, as unlike one another as can be.

    The first and the last are among them; distances are measured along the way through the rows.
    """
    if len(f) <= count:
        return np.arange(len(f))
    way = np.concatenate([[0], np.cumsum(np.abs(np.diff(f, axis=0)).sum(axis=1))])
    chosen = [0, len(f) - 1]
    while len(chosen) < count:
        nearest = np.abs(way[:, None] - way[chosen]).min(axis=1)
        nearest[chosen] = -1
        chosen.append(int(nearest.argmax()))
    return np.sort(chosen)


def cell_corners(dimensions: int) -> np.ndarray:
    """Corners x 2: the cell of a site, a hexagon around the triangular lattice's, or a square."""
    count, radius = (6, 3**-0.5) if dimensions == 2 else (4, 2**-0.5)
    angle = 2 * np.pi * (np.arange(count) + 0.5) / count
    return radius * np.column_stack([np.cos(angle), np.sin(angle)])


def site_colours(run: File, sigma: np.ndarray, scheme: str | None = None) -> np.ndarray:
    """The colour of each site of one configuration.

    By "plaquettes", or by "composition"; by default the first in 2D, and the second in 3D.
    """
    colour = np.where(sigma > 0, SPECIES[+1], SPECIES[-1])
    if (scheme or default_scheme(run)) == "composition":
        return np.where(run.layer > 0, colour, np.where(sigma > 0, SPECIES_3D[+1], SPECIES_3D[-1]))
    order, _ = run.plaquette_order(sigma)
    for phase, value in ORDER.items():
        colour[run.averaged & (order == value)] = COLOUR[phase]
    return colour


def default_scheme(run: File) -> str:
    """How sites are coloured unless told: "plaquettes" in 2D, "composition" in 3D."""
    return "plaquettes" if run.position.shape[1] == 2 else "composition"


def draw_cells(
    axes: Axes, run: File, colours: np.ndarray, position: np.ndarray | None = None
) -> None:
    """The sites in these colours, of a cube its middle layer; at other positions if given."""
    shown = np.ones(len(run.position), dtype=bool)
    if run.position.shape[1] == 3:
        layers = np.unique(run.position[:, 2])
        shown = run.position[:, 2] == layers[len(layers) // 2]
    position = run.position if position is None else position
    cells = position[shown, None, :2] + cell_corners(position.shape[1])
    axes.add_collection(
        PolyCollection(cells, facecolors=colours[shown], edgecolors="white", lw=0.15)
    )
    fit(axes)


def fit(axes: Axes) -> None:
    """Show all that is drawn, to scale, without axes."""
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.margins(0.01)
    axes.axis("off")


def draw_crystal(axes: Axes, run: File, sigma: np.ndarray) -> None:
    """One configuration; of a cube, its middle layer."""
    draw_cells(axes, run, site_colours(run, sigma))


def draw_ions(axes: Axes, run: File, sigma: np.ndarray) -> None:
    """Where A and B are: a hexagon, or a cube from outside, with B translucent."""
    if run.position.shape[1] == 3:
        draw_cube(axes, run, sigma)
    else:
        draw_cells(axes, run, np.where(sigma > 0, ION[+1], ION[-1]))


def draw_cube(axes: Axes, run: File, sigma: np.ndarray) -> None:
    """A cube from a corner, far away: A sites as blocks, B as coloured glass around them.

    Faces are drawn from the back to the front. Cells of a lattice do not hide one another in a
    circle, so the order of their centres is enough; and only faces towards the viewer show.
    """
    view = np.array([1, 0.6, 0.6]) / np.linalg.norm([1, 0.6, 0.6])
    right = np.cross([0, 0, 1], view)
    right /= np.linalg.norm(right)
    screen = np.column_stack([right, np.cross(view, right)])
    site = np.rint(run.position - run.position.min(axis=0)).astype(int)
    ion = np.zeros(site.max(axis=0) + 2)  # 0: outside
    ion[tuple(site.T)] = sigma
    faces, colours, depths = [], [], []
    for axis, shade in zip(np.eye(3, dtype=int), (0.82, 0.62, 1.0)):
        ahead = ion[tuple((site + axis).T)]
        corners = np.array([(i, j) for i, j in ((-1, -1), (-1, 1), (1, 1), (1, -1))]) / 2
        square = axis / 2 + corners @ np.delete(np.eye(3), np.flatnonzero(axis)[0], axis=0)
        for species, alpha, shown in (
            (+1, 1.0, (sigma > 0) & (ahead <= 0)),
            (-1, 0.18, (sigma < 0) & (ahead == 0)),
        ):
            faces.append((run.position[shown, None] + square) @ screen)
            colour = (*(shade * np.array(to_rgb(ION[species]))), alpha)
            colours.append(np.tile(colour, (shown.sum(), 1)))
            depths.append(run.position[shown] @ view)
    order = np.argsort(np.concatenate(depths), kind="stable")
    colour = np.concatenate(colours)[order]
    edge = np.where(colour[:, 3:] < 1, colour, (1, 1, 1, 0.55))
    axes.add_collection(
        PolyCollection(np.concatenate(faces)[order], facecolors=colour, edgecolors=edge, lw=0.2)
    )
    fit(axes)


def is_flat(run: File) -> bool:
    """Whether the crystal is a hexagon, not a cube."""
    return run.position.shape[1] == 2


def shown_phases(run: File) -> list[str]:
    """The phases that the dimension of the crystal has: S1 and S2 are of the hexagon."""
    return [name for name in run.phases if is_flat(run) or name not in ("S1", "S2")]


def phase_patches(run: File) -> list[Patch]:
    """What a legend of the phases shows."""
    return [Patch(color=COLOUR[name], label=phase_label(name)) for name in shown_phases(run)]


def legend_on_top(figure: Figure, handles: Sequence[Artist]) -> None:
    """One row of them along the upper edge."""
    figure.legend(handles=handles, ncol=len(handles), loc="upper center", bbox_to_anchor=(0.5, 1),
                  borderaxespad=0.3, handlelength=1.0, handleheight=0.9, handletextpad=0.5,
                  columnspacing=1.6 if figure.get_figwidth() > COLUMN else 0.9)


def panel_letter(axes: Axes, letter: str) -> None:
    """(a) to the upper left of a panel; above the left edge of a crystal, which has no axes."""
    offset, side = ((-4, 4), "right") if axes.axison else ((0, 0), "left")
    axes.annotate(f"({letter})", (0, 1), offset, xycoords="axes fraction",
                  textcoords="offset points", ha=side, va="bottom", fontsize=9, weight="bold")
