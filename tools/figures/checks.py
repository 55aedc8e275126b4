"""What the figures have to show if the paper is right: numbers from the data beside those it names.

`check_N` takes what `figure_N` takes and returns the comparisons of that figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from figures.bulk import find_bulk
from figures.exchange import model_name
from nixe.file import File
from nixe.states import find_curves

REACHED = 0.99  # of U2, when it counts as complete
SEQUENCE = ["U2", "U2 + S2", "S2", "S2 + S1", "S1", "S1 + U1", "U1"]  # of the bulk
NEARLY_GONE = 0.05  # a composition or a fraction of which hardly anything is left


@dataclass(frozen=True)
class Check:
    """What was found, what the paper says, and whether the two agree."""

    found: str
    paper: str
    agrees: bool

    def __str__(self) -> str:
        return f"{self.found} (the paper: {self.paper}){'' if self.agrees else ': NOT SO HERE'}"


def crossing(x: np.ndarray, falling: np.ndarray, rising: np.ndarray) -> float:
    """The first x at which the falling line is no more above the rising one; NaN if nowhere."""
    gap = np.asarray(falling) - np.asarray(rising)
    for i in range(len(gap) - 1):
        if gap[i] > 0 >= gap[i + 1]:
            return float(x[i] + (x[i + 1] - x[i]) * gap[i] / (gap[i] - gap[i + 1]))
    return float("nan")


def steepest_fall(x: np.ndarray, y: np.ndarray) -> float:
    """The middle of the interval of x in which y falls at the greatest slope; NaN without one."""
    if len(x) < 2:
        return float("nan")
    i = int(np.argmin(np.diff(y) / np.diff(x)))
    return float(x[i] + x[i + 1]) / 2


def check_2(runs: Sequence[File]) -> list[Check]:
    """Exchange of the Ising model takes much longer than that of the others."""
    times = {}
    for run in runs:
        c, _ = run.mean_and_error("composition")
        times[model_name(run)] = crossing(run.time, c, np.full(len(c), NEARLY_GONE))
    words = ", ".join(f"{time:.3g} ({name})" for name, time in times.items())
    others = max(time for name, time in times.items() if name != "Ising")
    return [Check(f"Fig. 2: c falls to {NEARLY_GONE:g} at t = {words}", "Ising is much slower",
                  times.get("Ising", 0) > 5 * others)]


def check_3(run: File, bulk: Sequence[File] = ()) -> list[Check]:
    """U1 decays, S1 peaks, S2 peaks, U2 becomes all, in this order. Of the bulk: from U2 to U1, each phase with the next."""
    f, _ = run.mean_and_error("f")
    phase = {name: f[:, index] for index, name in enumerate(run.phases)}
    times = [
        crossing(run.time, phase["U1"], np.full(len(f), phase["U1"][0] / 2)),
        float(run.time[phase["S1"].argmax()]),
        float(run.time[phase["S2"].argmax()]),
        crossing(run.time, 1 - phase["U2"], np.full(len(f), 1 - REACHED)),
    ]
    half, first, second, end = times
    return [*check_bulk(bulk), Check(f"Fig. 3(d): U1 is halved at t = {half:.2g}, S1 is largest at {first:.3g}, S2 at "
                  f"{second:.3g}, U2 is {REACHED:g} at {end:.3g}", "in this order",
                  half < first < second < end)]


def check_bulk(bulk: Sequence[File]) -> list[Check]:
    """The bulk's phases against composition are those of Fig. 3(a)."""
    found = [" + ".join(state.phases) for state in find_bulk(bulk)]
    return [Check(f"Fig. 3(a): with the composition come {', '.join(found)}", ", ".join(SEQUENCE),
                  found == SEQUENCE)] if bulk else []


def check_4(runs: Sequence[File]) -> list[Check]:
    """Superlattices take over from the unstructured phases at 6 to 7 layers."""
    curve = find_curves(runs)[0]
    layers = crossing(curve.x, curve.fraction("U1", "U2"), curve.fraction("S1", "S2"))
    return [Check(f"Fig. 4(b): f_U and f_S cross at {layers:.1f} layers", "6 to 7",
                  6 <= layers <= 7)]


def check_5(runs: Sequence[File]) -> list[Check]:
    """A jump near K_shell = 17 for N_core = 1657; peaks at higher K_shell in larger cores.

    The peak of the largest core is the highest; those of the three smallest are about
    equal. The jump is where f_U falls most steeply. It is not where f_U and f_S are equal: f_U has
    declined, and f_S grown, long before; that place is told beside it.
    """
    curves = find_curves(runs)
    x, unstructured = curves[0].x, curves[0].fraction("U1", "U2")
    jump = steepest_fall(x, unstructured)
    equal = crossing(x, unstructured, curves[0].fraction("S1", "S2"))
    places, heights = [], []
    for curve in reversed(curves):
        variance, _ = curve.values("variance")
        places.append(float(curve.x[variance.argmax()]))
        heights.append(float(variance.max()))
    return [
        Check(f"Fig. 5(a): f_U falls most steeply at K_shell = {jump:.2f}, and was equal to f_S at "
              f"{equal:.1f}", "a sharp change at about 17", 16.5 <= jump <= 17.2),
        Check("Fig. 5(b): the variance of f_U peaks at K_shell = "
              + ", ".join(f"{place:g}" for place in places), "at higher K_shell in larger cores",
              bool(np.all(np.diff(places) > 0))),
        Check("Fig. 5(b): the peaks are " + ", ".join(f"{height:.1e}" for height in heights)
              + " high", "highest in the largest core", heights[-1] == max(heights)),
    ]


def check_6(exchange: File, shells: Sequence[File]) -> list[Check]:
    """The strain relaxes in the end; in shells it drops between 6 and 7 layers."""
    spread, _ = exchange.mean_and_error("area_rms")
    curve = find_curves(shells)[0]
    drop = steepest_fall(curve.x, curve.values("area")[0])
    return [
        Check(f"Fig. 6(b): the rms area deviation is {spread.max():.3f} at its largest and "
              f"{spread[-1]:.3f} in the end", "it decays", spread[-1] < 0.1 * spread.max()),
        Check(f"Fig. 6(c): it drops most between {drop - 0.5:g} and {drop + 0.5:g} layers",
              "6 and 7", drop == 6.5),
    ]


def check_7(shells: Sequence[File]) -> list[Check]:
    """Stiff shells drive U1 and U2 out; from the figure, between K_shell = 2 and 3.

    That is where f_U falls most steeply; it is less than the rest already in softer shells.
    """
    curve = find_curves(shells)[0]
    f = curve.fraction("U1", "U2")
    fall, equal = steepest_fall(curve.x, f), crossing(curve.x, f, 1 - f)
    return [Check(f"Fig. 7(c): f_U falls from {f[0]:.2f} to {f[-1]:.3f}, most steeply at K_shell = "
                  f"{fall:.2f}, and was equal to the unclassified fraction at {equal:.1f}",
                  "U1 and U2 are there in soft shells, absent in stiff ones",
                  f[0] > 0.3 and f[-1] < NEARLY_GONE and 2 <= fall <= 3)]
