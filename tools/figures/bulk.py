"""The phases of the periodic bulk against composition: the paper's Fig. 3(a), from files of `nixe mc`, one a composition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import ConnectionPatch

from figures.equilibrium import ERROR_BARS, OVER, UNDER
from nixe.draw import COLOUR, draw_cells, phase_label, site_colours
from nixe.file import File, NixeFileError

PRESENT = 0.15  # of the sites, from where on a phase counts as there; defects are fewer


@dataclass(frozen=True)
class Bulk:
    """What a file tells of the bulk at its composition."""

    run: File
    composition: float
    sigma: np.ndarray  # the last configuration of the first replica
    f: np.ndarray  # of each phase
    error: np.ndarray

    @property
    def phases(self) -> list[str]:
        """Those that are there, from the poorest in A on."""
        return [name for name, f in reversed(list(zip(self.run.phases, self.f)))
                if name != "unclassified" and f > PRESENT]


def find_bulk(runs: Sequence[File]) -> list[Bulk]:
    """The first state of each file, in the order of their compositions."""
    found = []
    for run in runs:
        stored = [sigma for sigma in run.replicas("snapshot/sigma", 0) if len(sigma)]
        mean, error = run.mean_and_error("f")
        if not stored or np.isnan(mean[0, 0]):
            raise NixeFileError(f"{run.path} holds no configuration yet, or too few records for averages.")
        sigma = stored[0][-1]
        found.append(Bulk(run, float((sigma > 0).mean()), sigma, mean[0], error[0]))
    return sorted(found, key=lambda bulk: bulk.composition)


def draw_box(axes: Axes, bulk: Bulk) -> None:
    """One configuration by its phases; where the first period is along x, as a rectangle."""
    position, periods = bulk.run.position.copy(), bulk.run.periods
    if len(periods) and periods[0, 1] == 0:
        position[:, 0] = (position[:, 0] - position[:, 0].min()) % (periods[0, 0] - 1e-6)
    draw_cells(axes, bulk.run, site_colours(bulk.run, bulk.sigma), position)


def draw_phases(axes: Axes, strip: Sequence[Axes], states: Sequence[Bulk]) -> None:
    """f of each phase against composition, and above it the configurations, led to their compositions."""
    c = [bulk.composition for bulk in states]
    for name in sorted(states[0].run.possible_phases, key="unclassified".__ne__):  # grey undermost
        index = states[0].run.phases.index(name)
        axes.errorbar(c, [bulk.f[index] for bulk in states], [bulk.error[index] for bulk in states],
                      color=COLOUR[name], **{**ERROR_BARS, **(UNDER if name in ("U1", "S1") else OVER)})
    axes.set(xlim=(0, 1), ylim=(-0.03, 1.05), xlabel="composition $c$", ylabel=r"$\langle f_\alpha \rangle$")
    for panel, bulk in zip(strip, states):
        draw_box(panel, bulk)
        panel.set_title(" + ".join(map(phase_label, bulk.phases)), fontsize=8, pad=2)
        axes.figure.add_artist(ConnectionPatch((0.5, -0.01), (bulk.composition, 1), panel.transAxes,
                                               axes.get_xaxis_transform(), color="0.55", lw=0.5))
