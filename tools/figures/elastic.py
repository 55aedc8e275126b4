"""Pictures of the elastic interactions: files of `nixe potential` and `nixe spectrum`."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import Normalize, SymLogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.ticker import MaxNLocator
from scipy.spatial import ConvexHull

from figures.crystal import draw_crystals, quantities
from nixe.cells import VIEW, viewed
from nixe.draw import (COLOUR, DIVERGING, PAGE, draw_cells, fit, heights, is_flat, middle_layer, panel_letter, shown_sites,
                       styled, thinned)
from nixe.file import File

COLUMNS, MODES = 6, 12  # of the modes drawn
MAPS = 3  # at most, of the potential
LARGE, NEAR, RANGE = 5000, 12.5, 300  # sites of a crystal of which maps show a part; its radius; of the scale of these
TABLE, BARE = 2.5, {True: 1.9, False: 1.75}  # heights of V, and of a row of crystals in 2D and 3D, in inches
HEIGHTS = 2.4, 1.3  # of the eigenvalues and of a row of modes, in inches
BAR = 0.3  # of the bar of colours below these
BRANCHES = 4.0  # of the branches
LEAST = 0.01  # weight of a site, of the largest, from where on it is drawn
CLOSE = 0.1  # the stretch of eigenvalues that is shown, at least, of the largest
FLAT = 0.999  # of the normals of neighbouring triangles of one face, their scalar product at least
WEIGHTS = ScalarMappable(Normalize(-1, 1), DIVERGING)  # of sites in a mode, of the largest
UNITS = {"V": r"$\epsilon$", "D": "$K$"}
SPECIAL = {"Gamma": "\u0393"}  # names of special points as they are printed


def draw_eigenvalues(axes: Axes, run: File, matrix: str) -> None:
    """The lowest eigenvalues of V or D above its zero modes, which are counted in the title."""
    value = run[f"/spectrum/{matrix}/eigenvalue"]
    zero, _ = run.zero_modes(matrix)
    axes.plot(np.arange(1, len(value) - zero + 1), value[zero:], "o", color="black", ms=3.5)
    axes.set_title(f"{zero} zero mode{'s' * (zero != 1)}", fontsize=8, pad=4)
    axes.set_xlabel("mode")
    axes.set_ylabel(rf"eigenvalue of $\mathsf{{{matrix}}}$ ({UNITS[matrix]})")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    low, high = value[zero:].min(initial=np.inf), value[zero:].max(initial=-np.inf)
    if high - low < CLOSE * high:  # those that are nearly alike look so, and ticks need few digits
        axes.set_ylim((low + high) / 2 - 0.6 * CLOSE * high, (low + high) / 2 + 0.6 * CLOSE * high)


def draw_branches(axes: Axes, run: File, matrix: str) -> None:
    """The branches of V_q, or of the frequencies of phonons, along the path through the Brillouin zone."""
    position, value = run["/path_position"], run[f"/spectrum/path/{matrix}"]
    special = run["/spectrum/path/special"]
    value = value if matrix == "V" else np.sqrt(value.clip(0))
    ends = np.flatnonzero(np.diff(position) == 0) + 1  # between stretches special points are there twice
    for x, y in zip(np.split(position, ends), np.split(value, ends)):
        axes.plot(x, y, color=COLOUR["U1"], lw=1.1, solid_capstyle="butt")
    for x in special[1:-1]:
        axes.axvline(x, color="0.6", lw=0.5, zorder=0)
    axes.set_xlim(special[0], special[-1])
    axes.set_xticks(special, [SPECIAL.get(name, name) for name in run.texts("/special_point")])
    axes.tick_params(axis="x", length=0, labelbottom=matrix == "D")
    if matrix == "D":
        axes.set_ylim(bottom=0)
        axes.set_ylabel(r"$\omega_\mathbf{q}$ ($\sqrt{K/m}$)")
        return
    mean = run.order_preferred["mean"]
    axes.axhline(mean, color=COLOUR["U2"], lw=0.8, ls=(0, (5, 3)))
    axes.annotate(r"$V_\mathbf{RR}$", (1, mean), (3, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                  va="center", color=COLOUR["U2"], fontsize=7.5)
    axes.margins(y=0.08)
    axes.set_ylabel(r"$V_\mathbf{q}$ ($\epsilon$)")


def telling_layer(run: File, mode: np.ndarray) -> int:
    """The layer to show: in the bulk, where waves have nodes, of the strongest the one nearest to the middle."""
    layer = heights(run)
    middle = middle_layer(layer)
    if not run.has("/spectrum/path"):
        return middle
    strength = np.bincount(layer, mode**2) / np.bincount(layer)
    strong = np.flatnonzero(strength > 0.999 * strength.max())
    return int(strong[abs(strong - middle).argmin()])


def draw_modes(panels: Sequence[Axes], run: File, first: int) -> None:
    """Eigenvectors of V from number `first` on, each to a scale of its own."""
    value, vector = (run[f"/spectrum/V/{name}"] for name in ("eigenvalue", "eigenvector"))
    for number, axes in enumerate(panels):
        axes.axis("off")
        if first + number < len(value):
            mode = vector[first + number] / abs(vector[first + number]).max()
            if is_flat(run) or run.has("/spectrum/path"):
                draw_cells(axes, run, WEIGHTS.to_rgba(mode), height=telling_layer(run, mode))
            else:
                draw_balls(axes, run, mode)
            axes.text(0.5, -0.03, rf"{number + 1}: {value[first + number]:#.4g} $\epsilon$", ha="center",
                      va="top", transform=axes.transAxes, fontsize=7.5)


def draw_balls(axes: Axes, run: File, weight: np.ndarray) -> None:
    """A crystal from far away, every site as a ball that is as large as its weight: none hides the others, and all with
    weight are seen. Weights are within -1 and 1; balls let through what is behind, and the backmost are palest."""
    towards, screen = viewed(VIEW)
    place, depth = run.position @ screen, run.position @ towards
    draw_edges(axes, run.position, towards, screen)
    seen = np.flatnonzero(abs(weight) > LEAST)
    seen = seen[np.argsort(depth[seen], kind="stable")]
    colours = WEIGHTS.to_rgba(weight[seen])
    near = (depth[seen] - depth.min()) / max(np.ptp(depth), 1e-9)
    colours[:, :3] = 1 - (1 - colours[:, :3]) * (0.45 + 0.55 * near[:, None])
    colours[:, 3] = 0.75
    balls = [Circle(place[site], 0.5 * abs(weight[site]) ** 0.5) for site in seen]
    axes.add_collection(PatchCollection(balls, facecolors=colours, edgecolors="0.45", lw=thinned(0.2, len(balls)),
                                        rasterized=len(balls) > LARGE))
    fit(axes)
    axes.set(xlim=(place[:, 0].min() - 0.6, place[:, 0].max() + 0.6), ylim=(place[:, 1].min() - 0.6, place[:, 1].max() + 0.6))


def draw_edges(axes: Axes, position: np.ndarray, towards: np.ndarray, screen: np.ndarray) -> None:
    """Where the faces of the crystal's convex hull meet: those that the crystal hides are dotted."""
    hull = ConvexHull(position)
    lines, hidden = [], []
    for number, (corners, beside) in enumerate(zip(hull.simplices, hull.neighbors)):
        for corner, other in enumerate(beside):
            normals = hull.equations[[number, other], :3]
            if other > number and normals[0] @ normals[1] < FLAT:
                lines.append(position[np.delete(corners, corner)] @ screen)
                hidden.append(np.all(normals @ towards < 1e-9))
    styles = [":" if each else "-" for each in hidden]
    axes.add_collection(LineCollection(lines, colors="0.65", lw=0.4, linestyles=styles, zorder=0))


def draw_values(figure: Figure, run: File) -> float:
    """What there is above the modes: branches of the bulk, eigenvalues of other crystals. Returns the height in inches."""
    height = figure.get_figheight()
    if run.has("/spectrum/path"):
        panels = figure.subplots(2, 1, gridspec_kw={
            "left": 0.085, "right": 0.945, "top": 1 - 0.22 / height, "bottom": 1 - (BRANCHES - 0.32) / height, "hspace": 0.14})
        for axes, matrix, letter in zip(panels, "VD", "ab"):
            draw_branches(axes, run, matrix)
            panel_letter(axes, letter)
        figure.align_ylabels(panels)
        return BRANCHES
    panels = figure.subplots(1, 2, gridspec_kw={
        "left": 0.1, "right": 0.985, "top": 1 - 0.27 / height, "wspace": 0.28,
        "bottom": 1 - (HEIGHTS[0] - 0.55) / height})
    for axes, matrix, letter in zip(panels, "VD", "ab"):
        draw_eigenvalues(axes, run, matrix)
        panel_letter(axes, letter)
    return HEIGHTS[0]


@styled
def spectrum_picture(run: File) -> Figure:
    """The lowest eigenvalues of V and D, of the bulk their branches; below, the composition waves that cost least."""
    zero, _ = run.zero_modes("V")
    count = min(len(run["/spectrum/V/eigenvalue"]) - zero, MODES)
    rows = -(-count // COLUMNS)
    height = (BRANCHES if run.has("/spectrum/path") else HEIGHTS[0]) + HEIGHTS[1] * rows + (BAR if rows else 0)
    figure = Figure(figsize=(PAGE, height))
    above = draw_values(figure, run)
    if rows > 0:
        below = figure.subplots(rows, COLUMNS, squeeze=False, gridspec_kw={
            "left": 0.01, "right": 0.99, "top": 1 - above / height, "bottom": (0.2 + BAR) / height,
            "wspace": 0.04, "hspace": 0.16}).ravel()
        draw_modes(below, run, zero)
        panel_letter(below[0], "c")
        bar = figure.colorbar(WEIGHTS, cax=figure.add_axes((0.36, 0.2 / height, 0.28, 0.07 / height)), orientation="horizontal",
                              ticks=(-1, 0, 1))
        bar.ax.tick_params(labelsize=7, pad=1, length=2)
        bar.ax.text(1.04, 0.5, "weight of a site, of the largest", transform=bar.ax.transAxes, fontsize=7.5, va="center")
    return figure


def middle(run: File) -> int:
    """The site next to the centre of the layer that maps show."""
    sites = shown_sites(run)
    return int(sites[np.argmin(np.linalg.norm(run.position[sites], axis=1))])


def is_large(run: File) -> bool:
    """Whether a map of all sites would show too little of where V is large."""
    return len(run.position) > LARGE


def draw_decay(axes: Axes, run: File, rows: np.ndarray, centre: int) -> None:
    """V between the centre and every other site against their distance; of a large crystal its magnitude, to logarithms."""
    stiffness, distance = run["/shell_stiffness"], run.distances(centre)
    others = np.arange(len(distance)) != centre
    colours = matplotlib.colormaps["viridis"](np.linspace(0, 0.85, len(stiffness)))
    series = [(row[others], colour, rf"$K_\mathrm{{shell}}$ / $K$ = {value:.4g}")
              for row, colour, value in zip(rows, colours, stiffness)]
    name = r"V_{\mathbf{R}\mathbf{R}'}"
    if is_large(run):
        if len(rows) == 1:
            series = [(np.where(sign * rows[0, others] > 0, rows[0, others], np.nan), colour, f"${name}$ {word} 0")
                      for sign, colour, word in ((1, COLOUR["U1"], ">"), (-1, COLOUR["U2"], "<"))]
        series, name = [(np.abs(V), *rest) for V, *rest in series], f"|{name}|"
        axes.loglog()
    else:
        axes.axhline(0, color="0.6", lw=0.6)
    for i, (V, colour, label) in enumerate(series):
        axes.plot(distance[others], V, "osD^v"[i % 5], color=colour, ms=1.2 if is_large(run) else 2.5, mew=0, alpha=0.8,
                  label=label, rasterized=is_large(run))
    axes.set_xlabel("distance from the centre ($a$)")
    axes.set_ylabel(rf"${name}$ ($\epsilon$)")
    if len(series) > 1:
        axes.legend(handletextpad=0.2, markerscale=2.5 if is_large(run) else 1)


@styled
def potential_picture(run: File) -> Figure:
    """V against the distance from the centre, and maps of it, for each stiffness of the shell; the bare crystal.

    V of the centre with itself is far larger: it is told below a map, and the scale is without it. A bulk crystal is
    not drawn, for all its sites are alike.
    """
    found = [quantity for quantity in quantities(run) if len(np.unique(quantity.colours, axis=0)) > 1]
    crystals = BARE[is_flat(run)] * (1 if is_flat(run) else len(found)) if found else 0.0  # heights
    figure = Figure(figsize=(PAGE, TABLE + crystals))
    share = TABLE / (TABLE + crystals)
    draw_table(figure, run, 1 - share, share)
    if found:
        panel_letter(draw_crystals(figure, run, found, (0.02, 0.01, 0.96, 0.97 - share - 0.01)), "c")
    return figure


def draw_table(figure: Figure, run: File, bottom: float, share: float) -> None:
    """V in the upper share of a figure."""
    stiffness, centre = run["/shell_stiffness"], middle(run)
    rows = np.array([run.interactions(centre, index) for index in range(len(stiffness))])
    maps = min(len(stiffness), MAPS)

    def place(left: float, low: float, width: float, height: float) -> Axes:
        return figure.add_axes((left, bottom + low * share, width, height * share))

    main = place(0.1, 0.17, 0.9 - 0.085 - 0.55 * maps / (maps + 0.6), 0.72)
    draw_decay(main, run, rows, centre)
    panel_letter(main, "a")
    scale = ScalarMappable(norm_of(run, np.delete(rows[:maps], centre, axis=1)), DIVERGING)
    near = run.distances(centre) < NEAR if is_large(run) else None
    left, right = main.get_position().x1 + 0.03, 0.905
    width = (right - left) / maps
    for i in range(maps):
        axes = place(left + i * width, 0.15, width * 0.96, 0.75)
        draw_cells(axes, run, scale.to_rgba(rows[i]), only=near)
        shell = rf"$K_\mathrm{{shell}}$ / $K$ = {stiffness[i]:.4g}" "\n" if run.layer.any() else ""
        axes.text(0.5, -0.03, shell + rf"$V_{{\mathbf{{R}}\mathbf{{R}}}}$ = {rows[i, centre]:.3g} $\epsilon$",
                  ha="center", va="top", transform=axes.transAxes, fontsize=7.5)
        if i == 0:
            panel_letter(axes, "b")
    bar = figure.colorbar(scale, cax=place(0.925, 0.25, 0.013, 0.55), extend="max")
    bar.ax.set_title(r"$V_{\mathbf{R}\mathbf{R}'}$ ($\epsilon$)", fontsize=8)
    if isinstance(scale.norm, SymLogNorm):
        ends = np.log10([scale.norm.vmax / RANGE, scale.norm.vmax])
        powers = 10.0 ** np.arange(np.ceil(ends[0]), np.floor(ends[1]) + 1)
        bar.set_ticks([*-powers, 0, *powers])
        bar.minorticks_off()


def norm_of(run: File, values: np.ndarray) -> Normalize:
    """The scale of a map: linear; of a large crystal logarithmic on either side of a middle that is linear."""
    largest = np.fmax.reduce(np.abs(values), axis=None)
    if not largest > 0:  # nothing is there yet
        largest = 1.0
    if is_large(run):
        return SymLogNorm(largest / RANGE, vmin=-largest, vmax=largest)
    return Normalize(-largest, largest)
