"""Pictures of a bare crystal: its sites by layer, depth, and what else tells one from another."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from nixe.cells import SHADE, VIEW, Solid
from nixe.draw import DIVERGING, PAGE, draw_cells, draw_solid, is_flat, panel_letters, styled
from nixe.faces import EYE, left_by_the_cut
from nixe.file import File

BEHIND = (-1, -0.6, -0.6)  # from where the other side is seen, in light from there
SHADE_BEHIND = {1: SHADE[-1], -1: SHADE[1]}
NONE = "#d9d9d9"  # of sites to which a quantity does not apply
GALLERY = 6  # crystals in a row, at most
PATCHES = 8  # values that a legend names one by one


@dataclass(frozen=True)
class Quantity:
    """A number of each site, as colours, with what explains them."""

    title: str
    colours: np.ndarray  # sites x RGBA
    patches: list[Patch]
    scale: ScalarMappable | None = None


def counted(title: str, values: np.ndarray, names: Sequence[str], colours: str = "YlGnBu") -> Quantity:
    """A whole number from 0 on, with a name each; -1 where it does not apply."""
    count = len(names)
    tone = matplotlib.colormaps[colours]
    discrete = isinstance(tone, ListedColormap) and tone.N < 64
    palette = tone(np.arange(count) % tone.N) if discrete else tone(np.linspace(0.2, 0.9, max(count, 2))[:count])
    palette = np.vstack([palette, to_rgba(NONE)])
    shown = [*range(count)] if count <= PATCHES else sorted({*np.linspace(0, count - 1, PATCHES).astype(int)})
    patches = [Patch(color=palette[number], label=names[number]) for number in shown]
    if (values < 0).any():
        patches.append(Patch(color=NONE, label="none"))
    return Quantity(title, palette[values], patches)


def measured(title: str, values: np.ndarray, signed: bool) -> Quantity:
    """A number on a scale, NaN where it does not apply; if signed, from one colour to its opposite."""
    if signed:
        largest = np.abs(values).max() or 1.0
        scale = ScalarMappable(Normalize(-largest, largest), DIVERGING)
    else:
        scale = ScalarMappable(Normalize(0, np.nanmax(values) or 1.0), "cividis")
    colours = scale.to_rgba(np.nan_to_num(values))
    colours[np.isnan(values)] = to_rgba(NONE)
    return Quantity(title, colours, [], scale)


def quantities(run: File) -> list[Quantity]:
    """What a file tells of its sites; at least their depth."""
    found = []
    if run.layer.any():
        found.append(counted("layer of\nthe shell", run.layer, ["core", *map(str, range(1, run.layer.max() + 1))], "YlOrBr"))
    depth = run.depth
    found.append(counted("depth" if depth.max() >= 0 else "no surface", depth,
                         ["surface", *map(str, range(1, depth.max() + 1))][:depth.max() + 1]))
    if run.has("/lattice/face"):
        found.append(counted("face", run["/lattice/face"].astype(int), run.faces, "Set2"))
    if run.has("/lattice/exchange"):
        exchange = run["/lattice/exchange"].astype(float)
        if len(np.unique(exchange[run.surface])) > 1:
            found.append(measured("factor of $k_\\mathrm{ex}$", np.where(run.surface, exchange, np.nan), signed=False))
    if run.has("/lattice/field"):
        field = run["/lattice/field"].astype(float)
        if field.any():
            found.append(measured("field $h$\n(energy)", field, signed=True))
    return found


@styled
def gallery(runs: Sequence[File]) -> Figure:
    """The crystals of files beside each other, coloured by depth below the surface; each to a scale of its own.

    Where two captions are the same, files are named.
    """
    columns = min(len(runs), GALLERY)
    captions = [f"{run.lattice_type} {run.options.get('lattice_shape', '')}\n{len(run.position)} sites" for run in runs]
    alike = len(set(captions)) < len(captions)
    if alike:
        captions = [f"{words}\n{os.path.basename(run.path)}" for words, run in zip(captions, runs)]
    line = 0.12 * alike
    rows = -(-len(runs) // columns)
    width = PAGE / max(columns, 2)
    figure = Figure(figsize=(columns * width, rows * (0.92 * width + 0.5 + line)))
    panels = figure.subplots(rows, columns, squeeze=False, gridspec_kw={
        "left": 0.005, "right": 0.995, "top": 1 - 0.18 / figure.get_figheight(), "wspace": 0.04,
        "bottom": (0.32 + line) / figure.get_figheight(), "hspace": (0.5 + line) / (0.92 * width)}).ravel()
    for axes in panels:
        axes.axis("off")
    if len(runs) > 1:
        panel_letters(panels[:len(runs)])
    for axes, run, words in zip(panels, runs, captions):
        quantity = next(q for q in quantities(run) if "layer" not in q.title)
        if is_flat(run):
            draw_cells(axes, run, quantity.colours)
        else:
            draw_solid(axes, Solid(run, EYE), quantity.colours, left_by_the_cut(run))
        axes.annotate(words, (0.5, 0), (0, -2), "axes fraction", textcoords="offset points", ha="center", va="top", fontsize=7.5)
    return figure


def draw_views(panels: Sequence[Axes], run: File, quantity: Quantity) -> None:
    """The crystal in these colours: in 2D one view; in 3D from two sides, and cut open."""
    if is_flat(run):
        draw_cells(panels[0], run, quantity.colours)
        return
    views = ((VIEW, SHADE, None), (BEHIND, SHADE_BEHIND, None), (EYE, SHADE, left_by_the_cut(run)))
    for axes, (view, shade, present) in zip(panels, views):
        draw_solid(axes, Solid(run, view, shade), quantity.colours, present)


def draw_crystals(figure: Figure, run: File, found: Sequence[Quantity], box: tuple[float, float, float, float]) -> Axes:
    """All quantities in a box of the figure (left, bottom, width, height): rows of views, in 2D one row of them.

    Returns the first panel.
    """
    left, bottom, width, height = box
    rows, columns = (1, len(found)) if is_flat(run) else (len(found), 3)
    first = None
    for number, quantity in enumerate(found):
        row = 0 if is_flat(run) else number
        low, high = bottom + height * (1 - (row + 1) / rows), height / rows
        if is_flat(run):
            span = width / max(columns, 3)
            start = left + span * number
            panels = [figure.add_axes((start, low, span * 0.7, high * 0.92))]
            beside = start + span * 0.71
        else:
            panels = [figure.add_axes((left + width * 0.27 * i, low, width * 0.26, high * 0.95)) for i in range(3)]
            beside = left + width * 0.83
        draw_views(panels, run, quantity)
        explain(figure, quantity, beside, low, high)
        first = first or panels[0]
    return first


def explain(figure: Figure, quantity: Quantity, left: float, low: float, height: float) -> None:
    """Beside a row of views: what its colours mean."""
    if quantity.scale is None:
        figure.legend(handles=quantity.patches, title=quantity.title, loc="center left",
                      bbox_to_anchor=(left, low + height / 2), handlelength=1.0, handleheight=0.9,
                      fontsize=7, title_fontsize=8, alignment="left")
        return
    bar = figure.colorbar(quantity.scale, cax=figure.add_axes((left + 0.01, low + 0.18 * height, 0.013, 0.55 * height)))
    bar.ax.set_title(quantity.title, fontsize=8, loc="left")
    bar.ax.tick_params(labelsize=7)
