"""Pictures of exchange in rods: crystals, what becomes of each basal plane in time, and what bands across a rod cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from claims.spread import mean_of
from figures.exchange import TIME, choose_snapshots, first_done, ion_patches, time_label
from figures.sheets import binned
from nixe.bands import Bands, Planes, RodCourse
from nixe.cells import Solid
from nixe.draw import COLOUR, ION, PAGE, draw_glass, legend_on_top, panel_letter, styled
from nixe.file import File

SIDE = (1, 0.55, 0.28)  # from where rods are seen
IONS = LinearSegmentedColormap.from_list("ions", [ION[-1], ION[+1]])  # by composition
RODS = 5  # of a trajectory
LINES = (COLOUR["U1"], COLOUR["S2"], COLOUR["S1"], COLOUR["U2"])
BAND = 4  # planes of each of two bands, as in the picture of their interaction


def draw_planes(axes: Axes, run: File, row: int) -> None:
    """The composition of each basal plane of one trajectory against time."""
    sigma, time, planes = run.snapshots(row), run.snapshot_time, Planes(run)
    c = (sigma > 0).mean(axis=1)
    mixed = np.flatnonzero((c > c.min()) & (c < c.max()))
    first, last = max(mixed[0] - 1, 0), min(mixed[-1] + 1, len(c) - 1)
    axes.pcolormesh(time[first:last + 1], planes.z, planes.composition(sigma[first:last + 1]).T, cmap=IONS, vmin=0, vmax=1,
                    shading="nearest", rasterized=True)
    axes.set_xscale("log")
    axes.set_ylabel("plane along the rod $z$ ($a$)")


def draw_rods(strip: Sequence[Axes], run: File, row: int) -> None:
    """The rod at times that tell most of it."""
    chosen = choose_snapshots(run, row, len(strip), "composition")
    solid = Solid(run, SIDE)
    for axes in strip:
        axes.axis("off")
    for axes, snapshot in zip(strip, chosen):
        draw_glass(axes, solid, run.snapshots(row)[snapshot])
        axes.text(0.5, -0.02, time_label(run.snapshot_time[snapshot]), transform=axes.transAxes, ha="center", va="top",
                  fontsize=7.5)
    strip[0].text(0.0, -0.02, r"$tk$:", transform=strip[0].transAxes, ha="right", va="top", fontsize=7.5)


@styled
def rods_picture(runs: Sequence[File], names: Sequence[str]) -> Figure:
    """A row for each file: one trajectory as rods, and its planes against time."""
    high = 2.35
    height = high * len(runs) + 0.3
    figure = Figure(figsize=(PAGE, height))
    for number, (run, name) in enumerate(zip(runs, names)):
        low = (height - 0.25 - high * (number + 1)) / height
        width = 0.52 / RODS
        strip = [figure.add_axes((0.035 + width * i, low + 0.27 / height, 0.97 * width, (high - 0.5) / height))
                 for i in range(RODS)]
        main = figure.add_axes((0.635, low + 0.42 / height, 0.355, (high - 0.62) / height))
        row = first_done(run)
        draw_rods(strip, run, row)
        draw_planes(main, run, row)
        main.set_xlabel(TIME, labelpad=1)
        strip[0].text(-0.05, 0.5, name, transform=strip[0].transAxes, rotation=90, ha="right", va="center", fontsize=8.5)
        for axes, letter in ((strip[0], "ace"[number]), (main, "bdf"[number])):
            panel_letter(axes, letter)
    legend_on_top(figure, ion_patches())
    return figure


def draw_costs(left: Axes, right: Axes, bands: Bands) -> None:
    """The energy of one band against its width, and the interaction of two against their distance."""
    most = len(bands.planes.z) // 2
    widths = np.arange(0, most + 1)
    left.plot(widths, bands.alone(widths), "o-", ms=2.6, lw=1, color=COLOUR["U1"], label="a band in the middle")
    end = [bands.energy(bands.band(0, width)) for width in widths]
    left.plot(widths, end, "s-", ms=2.4, lw=1, color=COLOUR["S2"], label="a band at an end")
    left.set_xlabel("width (planes)")
    left.set_ylabel(r"energy ($\epsilon$)")
    left.set_ylim(bottom=0)
    left.legend(handlelength=1.4)
    gaps = np.arange(1, most - 2 * BAND // 2)
    right.axhline(0, color="0.6", lw=0.6)
    right.plot(gaps, bands.interaction(BAND, gaps), "o-", ms=2.6, lw=1, color=COLOUR["U2"])
    right.set_xlabel("gap (planes)")
    right.set_ylabel(r"interaction of two bands ($\epsilon$)")


def draw_banding(axes: Axes, courses: Sequence[tuple[str, RodCourse]]) -> None:
    """Banding against what has been exchanged, of every trajectory by points, and chance as a line."""
    for (name, course), colour in zip(courses, LINES):
        gone, banding = 1 - course.composition.ravel(), course.banding.ravel()
        axes.plot(gone, banding, ".", ms=1.2, color=colour, alpha=0.15, mew=0, rasterized=True)
        place, mean = binned(gone, np.log(banding))
        axes.plot(place, np.exp(mean), color=colour, lw=1.4, label=name, zorder=3)
    axes.axhline(1, color="0.35", lw=0.8, ls=(0, (4, 2)))
    axes.axhline(courses[0][1].planes.sites.mean(), color="0.35", lw=0.8, ls=":")
    axes.set_yscale("log")
    axes.set_xlim(0, 1)
    axes.set_xlabel("fraction exchanged $1 - c$")
    axes.set_ylabel("banding")
    axes.legend(handlelength=1.4)


@styled
def bands_picture(bands: Bands, courses: Sequence[tuple[str, RodCourse]]) -> Figure:
    """Banding of exchanges, and what bands cost."""
    figure = Figure(figsize=(PAGE, 2.5), constrained_layout=True)
    figure.get_layout_engine().set(w_pad=0.05)
    panels = figure.subplots(1, 3)
    draw_banding(panels[0], courses)
    draw_costs(panels[1], panels[2], bands)
    for axes, letter in zip(panels, "abc"):
        panel_letter(axes, letter)
    return figure


@styled
def cooled_picture(run: File) -> Figure:
    """The rod of one replica at each temperature of a path, and the banding of all against temperature."""
    figure = Figure(figsize=(PAGE, 2.5))
    sigma = [run.replicas("snapshot/sigma", q) for q in range(len(run.kT))]
    shown = np.unique(np.linspace(0, len(run.kT) - 1, 6).round().astype(int))
    solid, planes = Solid(run, SIDE), Planes(run)
    for number, q in enumerate(shown):
        axes = figure.add_axes((0.01 + 0.085 * number, 0.12, 0.08, 0.84))
        draw_glass(axes, solid, sigma[q][0][-1])
        axes.text(0.5, -0.03, f"{run.kT[q]:g}", transform=axes.transAxes, ha="center", va="top", fontsize=7.5)
        if number == 0:
            panel_letter(axes, "a")
    figure.text(0.01 + 0.085 * len(shown) / 2, 0.005, r"$k_\mathrm{B}T / \epsilon$", ha="center", va="bottom", fontsize=8)
    main = figure.add_axes((0.635, 0.17, 0.355, 0.76))
    each = np.array([[planes.banding(replica).mean() for replica in found] for found in sigma])
    main.plot(run.kT, each, color=COLOUR["S1"], lw=0.6, alpha=0.6)
    main.errorbar(run.kT, *np.array([mean_of(values) for values in each]).T, fmt="o-", ms=3, lw=1.2, color=COLOUR["U1"],
                  capsize=2)
    main.axhline(1, color="0.35", lw=0.8, ls=(0, (4, 2)))
    main.axhline(planes.sites.mean(), color="0.35", lw=0.8, ls=":")
    main.set_yscale("log")
    main.set_xlabel(r"temperature $k_\mathrm{B}T / \epsilon$")
    main.set_ylabel("banding")
    panel_letter(main, "b")
    return figure
