"""The picture of order inside an fcc crystal that is exchanged: crystals, cuts, and scattering along directions."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from figures.exchange import choose_snapshots, first_done, ion_patches, tell_time
from nixe.bands import FAMILIES, Sheets, lengths
from nixe.draw import COLOUR, ION, PAGE, draw_cells, draw_ions, legend_on_top, panel_letter, styled
from nixe.file import File

PANELS = 5
TONES = dict(zip(FAMILIES, (COLOUR["U1"], COLOUR["U2"], COLOUR["S2"])))
BINS = 26  # of what has been exchanged


def binned(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Means of y, and of x, in bins of x from 0 to 1: 2 x bins that have any."""
    known = np.isfinite(y)
    x, y = x[known], y[known]
    place = np.digitize(x, np.linspace(0, 1, BINS))
    return np.array([(x[place == bin_].mean(), y[place == bin_].mean()) for bin_ in np.unique(place)]).T


@styled
def sheets_picture(run: File) -> Figure:
    """Two rows of one trajectory; below, S(q) at the peak, and in the course of the exchange."""
    figure = Figure(figsize=(PAGE, 5.3))
    row = first_done(run)
    chosen = choose_snapshots(run, row, PANELS, "composition")
    rows = [[figure.add_axes((0.01 + 0.2 * i, bottom, 0.18, 0.235)) for i in range(PANELS)] for bottom in (0.69, 0.4)]
    for axes in (*rows[0], *rows[1]):
        axes.axis("off")
    for above, below, snapshot in zip(*rows, chosen):
        sigma = run.snapshots(row)[snapshot]
        draw_ions(above, run, sigma)
        draw_cells(below, run, np.where(sigma > 0, ION[+1], ION[-1]))
        tell_time(below, run, snapshot)
    left, right = figure.add_axes((0.07, 0.08, 0.4, 0.245)), figure.add_axes((0.575, 0.08, 0.4, 0.245))
    sheets = Sheets(run)
    for family, tone in TONES.items():
        values = sheets.along[family][:, sheets.peak]
        mean, error = values.mean(axis=0), values.std(axis=0, ddof=1) / len(values) ** 0.5
        left.fill_between(lengths(family), mean - error, mean + error, color=tone, alpha=0.3, lw=0)
        left.plot(lengths(family), mean, color=tone, lw=1.3, label=rf"$\langle {family} \rangle$")
        right.plot(*binned(1 - sheets.composition.ravel(), sheets.along[family].mean(axis=-1).ravel()), color=tone, lw=1.3)
    for axes in (left, right):
        axes.axhline(1, color="0.35", lw=0.8, ls=(0, (4, 2)))
        axes.set_ylim(bottom=0)
        axes.set_ylabel(r"$S(\mathbf{q})$ over chance")
    left.set_xlabel(r"$|\mathbf{q}|$ ($2\pi / L$)")
    right.set_xlabel("fraction exchanged $1 - c$")
    left.legend(handlelength=1.4)
    for axes, letter in zip((rows[0][0], rows[1][0], left, right), "abcd"):
        panel_letter(axes, letter)
    legend_on_top(figure, ion_patches())
    return figure
