"""What the pictures of nixe files have in common: palette, style, and how a crystal is drawn."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import ascii_lowercase

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from nixe.cells import Solid, cell_corners
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
MANY = 20_000  # cells that are an image in a PDF
FEW, PLAIN = 700, 3000  # cells, or faces, from which on the lines between them thin out, and from which on there are none
NOTE = 0.2  # inches below a figure for a note
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


def site_colours(run: File, sigma: np.ndarray, scheme: str | None = None) -> np.ndarray:
    """The colour of each site of one configuration.

    By "plaquettes", or by "composition"; by default the first on the triangular lattice, the second elsewhere.
    """
    colour = np.where(sigma > 0, SPECIES[+1], SPECIES[-1])
    if (scheme or default_scheme(run)) == "composition":
        return np.where(run.layer > 0, colour, np.where(sigma > 0, SPECIES_3D[+1], SPECIES_3D[-1]))
    order, _ = run.plaquette_order(sigma)
    for phase, value in ORDER.items():
        colour[run.averaged & (order == value)] = COLOUR[phase]
    return colour


def default_scheme(run: File) -> str:
    """How sites are coloured unless told: "plaquettes" where the lattice has them, else "composition"."""
    return "plaquettes" if run.has_plaquettes else "composition"


def heights(run: File) -> np.ndarray:
    """Of each site the number of its layer along z, from below; in 2D there is one layer."""
    if is_flat(run):
        return np.zeros(len(run.position), dtype=int)
    return np.unique(np.round(run.position[:, 2], 6), return_inverse=True)[1]


def middle_layer(layer: np.ndarray) -> int:
    """The number of the layer in the middle of those that heights() gives."""
    return int(layer.max() + 1) // 2


def shown_sites(run: File, height: int | None = None) -> np.ndarray:
    """The numbers of the sites that a map shows: all, in 3D those of the middle layer or that of another number."""
    layer = heights(run)
    return np.flatnonzero(layer == (middle_layer(layer) if height is None else height))


def draw_cells(
    axes: Axes, run: File, colours: np.ndarray, position: np.ndarray | None = None, height: int | None = None,
    only: np.ndarray | None = None,
) -> None:
    """The sites in these colours, in 3D those of the middle layer or that of another number.

    At other positions, and those of a mask alone, if given.
    """
    shown = shown_sites(run, height)
    shown = shown if only is None else shown[only[shown]]
    position = run.position if position is None else position
    cells = position[shown, None, :2] + cell_corners(run.lattice_type)
    plain = len(shown) > PLAIN
    axes.add_collection(PolyCollection(cells, facecolors=colours[shown], edgecolors="face" if plain else "white",
                                       lw=0.15 if plain else thinned(0.15, len(shown)), rasterized=len(shown) > MANY))
    fit(axes)


def thinned(width: float, count: int) -> float:
    """The width of lines between so many cells: of many a smaller part of a cell, so that their colours stay."""
    return width * min(1.0, FEW / max(count, 1))


def fit(axes: Axes) -> None:
    """Show all that is drawn, to scale, without axes."""
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.margins(0.01)
    axes.axis("off")


def draw_crystal(axes: Axes, run: File, sigma: np.ndarray) -> None:
    """One configuration; in 3D, its middle layer."""
    draw_cells(axes, run, site_colours(run, sigma))


def draw_ions(axes: Axes, run: File, sigma: np.ndarray) -> None:
    """Where A and B are: in 2D by cells, in 3D from outside, with B translucent."""
    if is_flat(run):
        draw_cells(axes, run, np.where(sigma > 0, ION[+1], ION[-1]))
    else:
        draw_glass(axes, Solid(run), sigma)


def draw_glass(axes: Axes, solid: Solid, sigma: np.ndarray) -> None:
    """A crystal from far away: A sites as blocks, B as coloured glass around them."""
    blocks = solid.outside(sigma > 0)
    glass = (sigma < 0)[solid.site] & (solid.ahead < 0)
    shown = blocks | glass
    rgb = np.where(blocks[:, None], to_rgb(ION[+1]), to_rgb(ION[-1])) * solid.light[:, None]
    colour = np.column_stack([rgb, np.where(blocks, 1.0, 0.18)])[shown]
    edge = np.where(colour[:, 3:] < 1, colour, (1, 1, 1, 0.55))
    axes.add_collection(
        PolyCollection(solid.faces(shown), facecolors=colour, edgecolors=edge, lw=thinned(0.2, blocks.sum()))
    )
    fit(axes)


def draw_solid(axes: Axes, solid: Solid, colours: np.ndarray, present: np.ndarray | None = None) -> None:
    """A crystal from far away in these colours (sites x RGB or RGBA); of some sites only if given."""
    shown = solid.outside(np.ones(len(colours), dtype=bool) if present is None else present)
    rgb = colours[solid.site[shown], :3] * solid.light[shown, None]
    axes.add_collection(PolyCollection(solid.faces(shown), facecolors=rgb, edgecolors=(1, 1, 1, 0.4),
                                       lw=thinned(0.15, len(rgb))))
    fit(axes)


def is_flat(run: File) -> bool:
    """Whether the crystal has two dimensions."""
    return run.position.shape[1] == 2


def phase_patches(run: File) -> list[Patch]:
    """What a legend of the phases shows."""
    return [Patch(color=COLOUR[name], label=phase_label(name)) for name in run.possible_phases]


def legend_on_top(figure: Figure, handles: Sequence[Artist]) -> None:
    """One row of them along the upper edge."""
    figure.legend(handles=handles, ncol=len(handles), loc="upper center", bbox_to_anchor=(0.5, 1),
                  borderaxespad=0.3, handlelength=1.0, handleheight=0.9, handletextpad=0.5,
                  columnspacing=1.6 if figure.get_figwidth() > COLUMN else 0.9)


def add_note(figure: Figure, words: str) -> None:
    """A line below all that a figure shows, which moves up."""
    before = figure.get_figheight()
    height = before + NOTE
    boxes = [axes.get_position() for axes in figure.axes]
    figure.set_figheight(height)
    for axes, box in zip(figure.axes, boxes):
        axes.set_position((box.x0, (box.y0 * before + NOTE) / height, box.width, box.height * before / height))
    figure.text(0.01, 0.35 * NOTE / height, words, ha="left", va="bottom", fontsize=7.5, color=COLOUR["U2"])


def panel_letters(panels: Iterable[Axes]) -> None:
    """(a), (b), ... to the upper left of panels, as far as the alphabet goes."""
    for axes, letter in zip(panels, ascii_lowercase):
        panel_letter(axes, letter)


def panel_letter(axes: Axes, letter: str) -> None:
    """(a) to the upper left of a panel; above the left edge of a crystal, which has no axes."""
    offset, side = ((-4, 4), "right") if axes.axison else ((0, 0), "left")
    axes.annotate(f"({letter})", (0, 1), offset, xycoords="axes fraction",
                  textcoords="offset points", ha=side, va="bottom", fontsize=9, weight="bold")
