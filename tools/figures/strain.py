"""The paper's figure of strain, 6: local areas along a trajectory of `nixe kmc`, and their spread there and in shells.

As those of exchange.py, it makes one figure and returns it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize, to_rgba
from matplotlib.figure import Figure

from figures.equilibrium import area_label, draw_curve
from figures.exchange import choose_snapshots, first_done, lower_panels, set_times, spacing_of, tell_time, with_phases
from nixe.draw import DIVERGING, PAGE, draw_cells, panel_letter, styled
from nixe.file import File

NO_AREA = "#d4d4d4"


def draw_areas(strip: Sequence[Axes], run: File, chosen: Sequence[int]) -> ScalarMappable:
    """Sites where they are in the strained crystal, coloured by A_R - mean; to one scale."""
    sigma = run.snapshots(first_done(run))[chosen]
    areas = np.array([run.local_area(s) for s in sigma])
    deviation = areas - areas[:, run.averaged].mean(axis=1, keepdims=True)
    largest = np.nanpercentile(abs(deviation), 99.5) or 1.0
    scale = ScalarMappable(Normalize(-largest, largest), DIVERGING)
    for axes in strip:
        axes.axis("off")
    for axes, snapshot, s, values in zip(strip, chosen, sigma, deviation):
        colours = scale.to_rgba(np.nan_to_num(values))
        colours[np.isnan(values)] = to_rgba(NO_AREA)
        moved = run.position + run.options.get("model_mismatch", 0.1) * run.displacement(s)
        draw_cells(axes, run, colours, moved)
        tell_time(axes, run, snapshot)
    return scale


def draw_spreads(axes: Axes, run: File) -> None:
    """The rms area deviation against time, of each trajectory and on average."""
    rows = run.trajectories("area_rms")
    mean, _ = run.mean_and_error("area_rms")
    lines = [np.column_stack([run.time, row]) for row in rows]
    axes.add_collection(LineCollection(lines, colors="0.6", lw=0.4, alpha=0.6))
    axes.plot(run.time, mean, color="black", lw=1.8)
    set_times(axes, run, rows.T, spacing_of(run))
    axes.set_ylim(-0.03 * rows.max(), 1.05 * rows.max())
    axes.set_ylabel(area_label(run))


@styled
def figure_6(exchange: File, shells: Sequence[File] = ()) -> Figure:
    """Fig. 6: local areas along a trajectory; their spread over time, and in shells if given."""
    row, count = with_phases(exchange), 5
    figure = Figure(figsize=(PAGE, 4.45))
    strip = [figure.add_axes((0.01 + 0.178 * i, 0.7, 0.173, 0.27)) for i in range(count)]
    scale = draw_areas(strip, exchange, choose_snapshots(exchange, row, count, "f"))
    figure.colorbar(scale, cax=figure.add_axes((0.94, 0.715, 0.013, 0.24)), extend="both")
    figure.text(0.934, 0.835, area_label(exchange).removeprefix("rms "), rotation=90, ha="right",
                va="center")
    panel_letter(strip[0], "a")
    main, *beside = lower_panels(figure, "bc", bool(shells))
    draw_spreads(main, exchange)
    for axes in beside:
        draw_curve(axes, shells, "area")
    return figure
