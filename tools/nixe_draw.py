"""What the pictures of nixe files have in common: palette, style, and how a crystal is drawn."""

from __future__ import annotations

import re

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from nixe_file import File

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
SPECIES_3D = {+1: "#2f62ad", -1: "#d0604f"}  # A and B in a core coloured by composition
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
