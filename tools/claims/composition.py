"""How the composition falls in time without interactions, in the Ising model and in the elastic one: the paper's Fig. 2."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from claims.claim import Claim, Finding, Picture
from claims.spread import Found, bootstrapped, mean_of, ratio
from figures.exchange import TIME, figure_2
from make_figures import MODELS, Run
from nixe.draw import COLOUR, PAGE, panel_letters, styled
from nixe.file import File

LATE = (0.3, 0.01)  # compositions between which the decay counts as late
LEFT = 0.05  # of A, when an exchange counts as done
HALTS = 2  # layers whose exchange shows as a step of its own: later ones are not at the same time in all trajectories
SMOOTH = 5  # recorded times, over which a slope is an average


class Linear:
    """Diffusion with a sink without interactions: the mean of each site obeys dp/dt = -M p + b, whatever the correlations."""

    def __init__(self, run: File) -> None:
        kT, dmu = float(run.option("model_kT")), float(run.option("model_dmu"))
        sites = len(run.position)
        matrix = np.zeros((sites, sites))
        first, second = run.bonds.T
        for one, other in ((first, second), (second, first)):
            np.add.at(matrix, (one, one), float(run.option("model_k_diff")))
            np.add.at(matrix, (one, other), -float(run.option("model_k_diff")))
        leave, enter = (float(run.option("model_k_ex")) * np.exp(sign * dmu / (2 * kT)) for sign in (-1, 1))
        matrix[run.surface, run.surface] += leave + enter
        self.rate, mode = np.linalg.eigh(matrix)
        self.rest = enter / (leave + enter)
        self.part = mode.sum(axis=0) ** 2 / sites * (1 - self.rest)  # of each mode in c, from a start all A

    @property
    def slowest(self) -> float:
        """The rate of the slowest mode."""
        return float(self.rate[0])

    def composition(self, time: np.ndarray) -> np.ndarray:
        """The mean composition at these times."""
        return self.rest + np.exp(-np.outer(time, self.rate)) @ self.part


def when(time: np.ndarray, c: np.ndarray, level: float) -> float:
    """When a falling line, drawn against the logarithm of the time, first reaches a level; NaN where it does not."""
    below = np.flatnonzero(c <= level)
    if not len(below) or below[0] == 0:
        return np.nan
    i = below[0]
    part = (c[i - 1] - level) / (c[i - 1] - c[i])
    return float(time[i - 1] * (time[i] / time[i - 1]) ** part)


def late_rate(time: np.ndarray, c: np.ndarray, high: float = LATE[0], low: float = LATE[1]) -> float:
    """The rate of decay between two compositions."""
    late = (c < high) & (c > low)
    return -float(np.polyfit(time[late], np.log(c[late]), 1)[0]) if late.sum() > 1 else np.nan


def measure_decay(runs: Sequence[File]) -> list[Finding]:
    """Of the non-interacting crystal: the rate at late times, and the whole curve beside the exact one."""
    run, exact = runs[0], Linear(runs[0])
    rows, time = run.trajectories("composition"), run.time
    middle = float(np.sqrt(LATE[0] * LATE[1]))

    def of_mean(statistic) -> Found:
        return bootstrapped(len(rows), lambda chosen: statistic(rows[chosen].mean(axis=0)))

    rate, error = of_mean(lambda c: late_rate(time, c))
    bend = of_mean(lambda c: late_rate(time, c, high=middle) / late_rate(time, c, low=middle))
    fine = np.geomspace(time[time > 0][0], time[-1], 4001)
    halves = [(level, of_mean(lambda c, level=level: when(time, c, level)), when(fine, exact.composition(fine), level))
              for level in (0.5, LEFT)]
    return [
        Finding.of(f"rate of decay from $c$ = {LATE[0]:g} to {LATE[1]:g} over {exact.slowest:.4f}, that of the slowest mode of the "
                   "exact linear problem", rate / exact.slowest, error / exact.slowest, 0.97, 1.03),
        Finding.of("rate in the later half of these over that in the earlier half", *bend, 0.9, 1.1),
        *[Finding.of(f"time at which $c$ = {level:g} over the exact {at:.4g}", found[0] / at, found[1] / at, 0.98, 1.02)
          for level, found, at in halves]]


def hexagons(run: File) -> np.ndarray:
    """The compositions that are left when 1, 2, ... layers of a crystal are exchanged."""
    return 1 - np.cumsum(np.bincount(run.depth)) / len(run.depth)


def slopes(run: File, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The composition between recorded times, and -dc / dlog t there, each an average over some times."""
    known = run.time > 0
    weight = np.hanning(SMOOTH + 2)[1:-1] / np.hanning(SMOOTH + 2).sum()
    at, slope = (c[known][1:] + c[known][:-1]) / 2, -np.diff(c[known]) / np.diff(np.log10(run.time[known]))
    return np.convolve(at, weight, "valid"), np.convolve(slope, weight, "valid")


def halts(run: File, c: np.ndarray, count: int = HALTS) -> np.ndarray:
    """The compositions at which the fall of c halts: where its slope against log t has the least value near each hexagon."""
    at, slope = slopes(run, c)
    places = hexagons(run)
    found = []
    for k in range(count):
        edges = ((places[k - 1] if k else 1.0) + places[k]) / 2, (places[k] + places[k + 1]) / 2
        near = np.flatnonzero((at < edges[0]) & (at > edges[1]))
        i = near[slope[near].argmin()] if len(near) else 0
        found.append(at[i] if 0 < i < len(at) - 1 else np.nan)
    return np.array(found)


def measure_steps(runs: Sequence[File]) -> list[Finding]:
    """Of the Ising crystal: where the composition halts, and how flat it is there beside the steps between."""
    run = runs[0]
    rows, places = run.trajectories("composition"), hexagons(run)

    def depth(c: np.ndarray, k: int) -> float:
        """The slope where it is least over the greatest before the next halt."""
        at, slope = slopes(run, c)
        inside = (at < halts(run, c)[k]) & (at > places[k + 1])
        return float(slope[np.abs(at - halts(run, c)[k]).argmin()] / slope[inside].max()) if inside.any() else np.nan

    found = []
    for k in range(HALTS):
        at = bootstrapped(len(rows), lambda chosen, k=k: halts(run, rows[chosen].mean(axis=0))[k])
        flat = bootstrapped(len(rows), lambda chosen, k=k: depth(rows[chosen].mean(axis=0), k))
        step = places[k] - places[k + 1]
        left = f"{k + 1} layer{'s' * (k > 0)} less leave{'s' * (k == 0)} {places[k]:.3f}"
        found += [Finding.of(f"$c$ of halt {k + 1}, where {left}", *at, round(places[k] - step / 2, 3),
                             round(places[k] + step / 4, 3)),
                  Finding.of("slope of $c$ against $\\log t$ there over the steepest of the step that follows", *flat,
                             most=0.65)]  # wider by half, still below the 1 of no steps
    return found


def done(run: File) -> Found:
    """The mean over trajectories of the time at which c falls to LEFT."""
    return mean_of(np.array([when(run.time, c, LEFT) for c in run.trajectories("composition")]))


def measure_factor(runs: Sequence[File]) -> list[Finding]:
    """How much longer exchange takes in the Ising model than in the elastic one."""
    ising, elastic, warm, free = map(done, runs)
    words = f"time at which $c$ = {LEFT:g} in the Ising model over that in the elastic one"
    return [
        Finding.of(f"{words}, both as published", *ratio(ising, elastic), least=5),
        Finding.of(f"{words} at the same $kT$ = 2 and $\\Delta\\mu$ = −10, of $\\epsilon$ and of $J$", *ratio(ising, warm), least=5),
        Finding.of("that of the elastic one as published over that without interactions", *ratio(elastic, free))]


@styled
def draw_steps(runs: Sequence[File]) -> Figure:
    """-dc/dlog t of the Ising crystal against its composition, and the hexagons of the layers; the decay without interactions."""
    ising, free = runs
    figure = Figure(figsize=(PAGE, 2.3))
    panels = figure.subplots(1, 2, gridspec_kw={"left": 0.075, "right": 0.985, "bottom": 0.18, "top": 0.9, "wspace": 0.22})
    c, exact = free.mean_and_error("composition")[0], Linear(free)
    fine = np.linspace(0, when(free.time, c, 3e-3), 300)
    panels[0].plot(fine, exact.composition(fine), color=COLOUR["U2"], lw=1, label="exact")
    panels[0].plot(fine, exact.part[0] * np.exp(-exact.slowest * fine), color="0.5", lw=0.8, ls="--", label="its slowest mode")
    panels[0].plot(free.time, c, "o", ms=2.5, color=COLOUR["U1"], label=f"{free.done.sum()} trajectories")
    panels[0].set(yscale="log", xlim=(0, fine[-1]), ylim=(3e-3, 1.1), xlabel=TIME, ylabel="composition $c$")
    panels[0].legend()
    at, slope = slopes(ising, ising.mean_and_error("composition")[0])
    for place in hexagons(ising)[:-1]:
        panels[1].axvline(place, color="0.75", lw=0.7)
    panels[1].plot(at, slope, "o-", ms=2.5, lw=1, color=COLOUR["U1"])
    panels[1].set(xlim=(1, 0), xlabel="composition $c$", ylabel=r"$-\mathrm{d}c\,/\,\mathrm{d}\log_{10} t$")
    panels[1].set_ylim(bottom=0)
    panel_letters(panels)
    return figure


TITLE = "Composition in time: Fig. 2"
RUNS = {"fig2_elastic_warm": Run("kmc", "kmc_2d_elastic", "-lattice_edge 10 -model_kT 2 -model_dmu -10", "-ensemble_size 20")}
CLAIMS = (
    Claim("2a-decay", "Fig. 2(a)", "Without interactions the composition decays about exponentially at late times",
          ("fig2_noninteracting",), measure_decay),
    Claim("2b-steps", "Fig. 2(b)", "In the Ising model it falls in steps, as the shell of B advances monolayer by monolayer",
          ("fig2_ising",), measure_steps),
    Claim("2c-factor", "Fig. 2(b,c)", "Elastic crystals complete their exchange much sooner than Ising crystals",
          ("fig2_ising", "fig2_elastic", "fig2_elastic_warm", "fig2_noninteracting"), measure_factor),
)
PICTURES = {
    "composition": Picture("Fig. 2: mean composition against time in the three models. Bands are standard errors.", MODELS, figure_2),
    "steps": Picture("The same in detail: (a) the decay without interactions, beside the exact solution of the linear problem and its "
                     "slowest mode; (b) how fast the composition of Ising crystals falls, against the composition. Grey: what is left "
                     "when 1, 2, ... layers are exchanged.", ("fig2_ising", "fig2_noninteracting"), draw_steps),
}
REMARKS = (
    "The halts lie somewhat below what whole layers leave: by then the corners of the next layer are exchanged, and some B have entered "
    "on their own. Later steps are there in single trajectories; these are no longer at the same time, so that the mean hides them.",
)
