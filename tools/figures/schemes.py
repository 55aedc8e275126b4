"""Parts of the paper's figures that are drawn, not computed: the events of Fig. 1(a), the plaquettes of Fig. 3(b).

Both are in units of the lattice's a, in panels without axes, to scale.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Patch, RegularPolygon
from matplotlib.patheffects import withStroke

from nixe.draw import COLOUR, ION, ORDER, PAGE, legend_on_top, phase_label, styled
from nixe.file import File

UP = np.sqrt(3) / 2  # of a row of the triangular lattice
RADIUS = 1 / np.sqrt(3)  # of a cell, to its corners
STEP = 7.4  # from a crystal of Fig. 1(a) to the next
EVENTS_SIZE = (36.6, 8.6)  # of draw_events in units of a
GAP, LEAST, GROUP_GAP = 3.3, 4.6, 1.9  # between plaquettes of a phase; width of a phase, at least; between phases
PLAQUETTES_SIZE = (37.6, 6.5)  # of draw_plaquettes


def hexagon(edge: int) -> np.ndarray:
    """Sites x 2: a hexagon of the triangular lattice around the origin, row by row."""
    rows = range(1 - edge, edge)
    return np.array([(x + abs(row) / 2 - edge + 1, UP * row) for row in rows for x in range(2 * edge - 1 - abs(row))])


def draw_sites(axes: Axes, position: Iterable[np.ndarray], colours: Iterable[str]) -> None:
    """The cells of sites in these colours."""
    for place, colour in zip(position, colours):
        axes.add_patch(RegularPolygon(place, 6, radius=RADIUS, facecolor=colour, edgecolor="white", lw=0.5))


def mark(axes: Axes, place: np.ndarray) -> None:
    """A site that an event is about."""
    axes.add_patch(RegularPolygon(place, 6, radius=0.92 * RADIUS, fill=False, edgecolor="black", lw=1.3, zorder=3))


def arrow(axes: Axes, start: np.ndarray, end: np.ndarray, bend: float = 0.0, lw: float = 0.9) -> None:
    """From one place to another; bent to one side if asked."""
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=6, lw=lw, color="black", zorder=4,
                                   shrinkA=0, shrinkB=0, connectionstyle=f"arc3,rad={bend}",
                                   path_effects=[withStroke(linewidth=lw + 1.4, foreground="white")]))


def to_and_fro(axes: Axes, middle: tuple[float, float], rate: str) -> None:
    """What leads from the crystal at the left to that at the right, and back; its rate."""
    x, y = middle
    arrow(axes, (x - 0.85, y + 0.14), (x + 0.85, y + 0.14))
    arrow(axes, (x + 0.85, y - 0.14), (x - 0.85, y - 0.14))
    axes.text(x, y + 0.5, rate, ha="center", va="bottom", fontsize=9)


def trade(axes: Axes, site: np.ndarray, outwards: float) -> None:
    """An A ion that leaves a surface site for the solution, and a B ion that comes from there."""
    for ion, angle, bend in ((+1, outwards + 42, 0.25), (-1, outwards - 42, 0.25)):
        towards = np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
        near, far = site + 0.35 * towards, site + 1.65 * towards
        axes.add_patch(Circle(site + 2.1 * towards, 0.45, facecolor=ION[ion], edgecolor="none"))
        arrow(axes, *((near, far) if ion > 0 else (far, near)), bend)


def swap(axes: Axes, first: np.ndarray, second: np.ndarray) -> None:
    """Two sites that change places: an arrow at either side, from one to the other."""
    along = second - first
    aside = 0.42 * np.array([-along[1], along[0]])
    arrow(axes, first + aside + 0.1 * along, second + aside - 0.1 * along, -0.45)
    arrow(axes, second - aside - 0.1 * along, first - aside + 0.1 * along, -0.45)


def nearest(position: np.ndarray, x: float, y: float) -> int:
    """The site at a place."""
    return int(np.argmin(((position - (x, y)) ** 2).sum(axis=1)))


def draw_events(axes: Axes) -> None:
    """Fig. 1(a): two surface sites exchange their ions with the solution, one after the other; neighbours swap theirs.

    The rates of the two exchanges differ, because the crystal is another one by then.
    """
    sites = hexagon(3)
    corner, edge = nearest(sites, 1, 2 * UP), nearest(sites, 0, 2 * UP)  # neighbours, at the surface
    inner, outer = nearest(sites, 0, 0), nearest(sites, 0.5, -UP)  # neighbours, inside
    some_b = [nearest(sites, *place) for place in ((-2, 0), (-1.5, -UP), (1.5, -UP), (-0.5, -UP), (1, -2 * UP))]
    left, right = np.array([2.9, 4.1]), np.array([2.9 + 2 * STEP + 6.9, 4.1])
    crystals = [
        (left, {*some_b}, [corner]), (left + [STEP, 0], {*some_b, corner}, [edge]),
        (left + [2 * STEP, 0], {*some_b, corner, edge}, []),
        (right, {*some_b, corner, edge, outer}, [inner, outer]),
        (right + [STEP, 0], {*some_b, corner, edge, inner}, [inner, outer])]
    for middle, b_sites, marked in crystals:
        draw_sites(axes, sites + middle, [ION[-1] if i in b_sites else ION[+1] for i in range(len(sites))])
        for site in marked:
            mark(axes, sites[site] + middle)
    trade(axes, sites[corner] + crystals[0][0], 60)
    trade(axes, sites[edge] + crystals[1][0], 90)
    swap(axes, *(sites[[inner, outer]] + right))
    for middle, rate in ((left, r"$k_\mathrm{ex}$"), (left + [STEP, 0], r"$k_\mathrm{ex}'$"), (right, r"$k_\mathrm{diff}$")):
        to_and_fro(axes, (middle[0] + STEP / 2, middle[1] - 0.6), rate)
    for x, words in ((left[0] + STEP, "exchange with the solution, at the surface"),
                     (right[0] + STEP / 2, "diffusion: nearest neighbours swap")):
        axes.text(x, 0.75, words, ha="center", va="center", fontsize=8)
    axes.set(xlim=(0, EVENTS_SIZE[0]), ylim=(0, EVENTS_SIZE[1]), aspect="equal")
    axes.axis("off")


def plaquettes(run: File) -> dict[str, list[np.ndarray]]:
    """{phase: its plaquettes}, the ions of centre and ring as +1 and -1, without their rotations and reflections.

    They are sorted as the reader sorts sites: all 128 are put into the crystal of the file, around a site of its own.
    """
    site = int(np.flatnonzero(run.averaged)[0])
    here, step = run.directed_bonds()
    out = here[:, 0] == site
    angle = np.arctan2(step[out, 1], step[out, 0])
    around = here[out, 1][np.argsort(angle)]
    patterns = np.array(list(product((1, -1), repeat=7)))
    sigma = np.ones((len(patterns), len(run.position)))
    sigma[:, [site, *around]] = patterns
    order = run.plaquette_order(sigma)[0][:, site]
    found: dict[str, list[np.ndarray]] = {phase: [] for phase in ORDER}
    seen = set()
    for pattern, value in zip(patterns, order):
        ring = pattern[1:]
        alike = {(pattern[0], *np.roll(way, turn)) for way in (ring, ring[::-1]) for turn in range(6)}
        if not alike & seen:
            found[next(phase for phase, s in ORDER.items() if s == value)].append(pattern)
        seen |= alike
    return found


def draw_plaquettes(axes: Axes, run: File) -> None:
    """Fig. 3(b): the plaquettes of each phase, two of those that are in none; below, the colour and s of their centre."""
    ring = np.array([(np.cos(t), np.sin(t)) for t in np.deg2rad(60 * np.arange(6))])
    left = 0.4
    for phase, found in plaquettes(run).items():
        shown = found if ORDER[phase] else [found[len(found) // 4], found[len(found) // 2]]
        more = 1.2 if len(shown) < len(found) else 0.0
        across = GAP * (len(shown) - 1) + 3
        width = max(across, LEAST)
        first = np.array([left + (width - across) / 2 + 1.5, 4.8])
        for number, pattern in enumerate(shown):
            place = first + [GAP * number, 0]
            draw_sites(axes, np.vstack([[0, 0], ring]) + place, [ION[ion] for ion in pattern])
            mark(axes, place)
        if more:
            axes.text(left + width + 0.7, 4.8, "...", ha="center", va="center", fontsize=9)
        words = f"{phase_label(phase)}: $s$ = {ORDER[phase]:+d}".replace("+0", "0").replace("-", "\u2212")
        middle = left + width / 2
        axes.add_patch(RegularPolygon((middle, 2.0), 6, radius=0.75, facecolor=COLOUR[phase], edgecolor="none"))
        axes.text(middle, 0.55, words, ha="center", va="center", fontsize=8)
        left += width + more + GROUP_GAP
    axes.set(xlim=(0, PLAQUETTES_SIZE[0]), ylim=(0, PLAQUETTES_SIZE[1]), aspect="equal")
    axes.axis("off")


@styled
def plaquettes_picture(run: File) -> Figure:
    """The plaquettes alone, for pages that name the phases."""
    wide, high = PLAQUETTES_SIZE
    above, scheme = 0.27, 0.97 * PAGE * high / wide
    figure = Figure(figsize=(PAGE, scheme + above))
    draw_plaquettes(figure.add_axes((0.015, 0, 0.97, scheme / (scheme + above))), run)
    legend_on_top(figure, [Patch(color=ION[+1], label="A"), Patch(color=ION[-1], label="B")])
    return figure
