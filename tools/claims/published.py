"""The published program beside the exact equations: what changes where its energy differences are taken (-model_differences)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from claims.claim import Claim, Finding, Picture
from claims.composition import when
from claims.phases import Course
from claims.spread import Found, bootstrapped, mean_of, ratio
from claims.stiffness import RUNS as LADDERS, SHARP
from figures.checks import steepest_fall
from figures.equilibrium import AXES
from figures.exchange import TIME
from make_figures import FEW, Run
from nixe.draw import COLOUR, PAGE, panel_letters, phase_label, styled
from nixe.file import File
from nixe.states import find_curves
from nixe.transitions import jackknife

TITLE = "The published program beside the exact equations"
PUBLISHED = "-model_differences published"
SHELL = "-mc_sampler informed -mc_equilibration 1e4 -mc_sweeps 2e4 -mc_snapshot_every 2e4"
RUNS = {
    "published_169": Run("kmc", "kmc_2d_elastic", f"-lattice_edge 8 {PUBLISHED} -kmc_snapshots 2", FEW),
    "exact_169": Run("kmc", "kmc_2d_elastic", "-lattice_edge 8 -kmc_snapshots 2", FEW),
    "published_elastic": Run("kmc", "kmc_2d_elastic", f"-lattice_edge 10 {PUBLISHED} -kmc_snapshots 2", FEW),
    "published_721": Run("kmc", "kmc_2d_elastic", f"{PUBLISHED} -kmc_snapshots 2", FEW),
    "published_1657": Run("mc", "mc_fig5_1657", f"{SHELL} {PUBLISHED}", LADDERS["fig5_1657"].quick),
}
SMALL, FIG_2 = ("exact_169", "published_169"), ("fig2_elastic", "published_elastic")
FIG_3, FIG_5 = ("fig3_721", "published_721"), ("fig5_1657", "published_1657")
WAYS = ("exact", "published")
LEFT = (0.5, 0.25, 0.1)  # compositions
KNOWN = {"exact": 16.41, "published": 11.70}  # mean time of completion of 169 sites, from other programs of each kind
SLACK = 0.25  # of these
PHASES = ("S1", "S2")


def falls_to(run: File, c: float) -> Found:
    """When the mean composition falls to c."""
    rows = run.trajectories("composition")
    return bootstrapped(len(rows), lambda chosen: when(run.time, rows[chosen].mean(axis=0), c))


def completion(run: File) -> Found:
    """The mean time of completion."""
    return mean_of(run.trajectories("completion_time"))


def both(
    words: str, runs: Sequence[File], measure: Callable[[File], Found], least: float = -np.inf, most: float = np.inf,
) -> list[Finding]:
    """A number by the exact and by the published differences, and the second by the first."""
    found = [measure(run) for run in runs]
    rows = [Finding.of(f"{words}, {way}", *each, least, most) for way, each in zip(WAYS, found)]
    return [*rows, Finding.of(f"{words}, published by exact", *ratio(found[1], found[0]))]


def small(runs: Sequence[File]) -> list[Finding]:
    """The mean time of completion of 169 sites, known of both."""
    return [Finding.of(f"mean time of completion of 169 sites, {way}", *completion(run), KNOWN[way] - SLACK, KNOWN[way] + SLACK)
            for way, run in zip(WAYS, runs)]


def composition(runs: Sequence[File]) -> list[Finding]:
    """Fig. 2(c)."""
    found = [each for c in LEFT for each in both(f"time at which c falls to {c:g}", runs, lambda run, c=c: falls_to(run, c))]
    return [*found, *both("mean time of completion, N = 271", runs, completion)]


def phases(runs: Sequence[File]) -> list[Finding]:
    """Fig. 3(d)."""
    def of(name: str, measure: Callable[[Course, np.ndarray], float]) -> Callable[[File], Found]:
        return lambda run: (course := Course.of(run)).found(lambda f: measure(course, f[name]))

    found = []
    for name in PHASES:
        found += both(f"largest mean $f_{{{name[0]}_{name[1]}}}$", runs, of(name, lambda course, f: float(f.max())))
        found += both(f"time of the largest $f_{{{name[0]}_{name[1]}}}$", runs,
                      of(name, lambda course, f: float(course.time[f.argmax()])))
        found += both(f"life time of ${name[0]}_{name[1]}$ above half of its peak", runs, of(name, Course.life))
    return [*found, *both("mean time of completion, N = 721", runs, completion)]


def fall(run: File) -> Found:
    """K_shell at which f_U falls most steeply between states, and its error: of replicas, and of the states' distance."""
    K = np.sort(run.shell_stiffness)
    means = np.array([[x.mean() for x in run.unstructured_records(q)] for q in np.argsort(run.shell_stiffness)])
    place = steepest_fall(K, means.mean(axis=1))
    i = int(np.abs((K[1:] + K[:-1]) / 2 - place).argmin())
    others = [steepest_fall(K, np.delete(means, out, axis=1).mean(axis=1)) for out in range(means.shape[1])]
    return place, float(np.hypot(jackknife(others), (K[i + 1] - K[i]) / 12**0.5))


def stiffness(runs: Sequence[File]) -> list[Finding]:
    """Fig. 5(a)."""
    return both("$K_{shell}$ at which $f_U$ falls most steeply, $N_{core}$ = 1657", runs, fall, *SHARP)


def draw_both(axes: Axes, runs: Sequence[File], dataset: str, phases_shown: Sequence[str] = ()) -> None:
    """Means against time, the exact ones as lines, the published ones dashed."""
    for run, style in zip(runs, ("-", (0, (4, 2)))):
        mean, _ = run.mean_and_error(dataset)
        for name in phases_shown:
            axes.plot(run.time, mean[:, run.phases.index(name)], color=COLOUR[name], ls=style, lw=1.3,
                      label=phase_label(name) if style == "-" else None)
        if not phases_shown:
            axes.plot(run.time, mean, color="black", ls=style, lw=1.3, label=WAYS[0 if style == "-" else 1])
    axes.set(xscale="log", xlabel=TIME, ylim=(0, 1.02))
    axes.legend(handlelength=2.2)


@styled
def comparison(runs: Sequence[File]) -> Figure:
    """Figs. 2(c), 3(d) and 5(a) by both."""
    figure = Figure(figsize=(PAGE, 2.5), constrained_layout=True)
    panels = figure.subplots(1, 3)
    draw_both(panels[0], runs[:2], "composition")
    panels[0].set_ylabel("composition $c$")
    draw_both(panels[1], runs[2:4], "f", ("U1", "S1", "S2", "U2"))
    panels[1].set_ylabel(r"mean $f_\alpha$")
    for run, mark in zip(runs[4:], ("o-", "s--")):
        curve = find_curves([run])[0]
        for names, colour in ((("U1", "U2"), COLOUR["U2"]), (("S1", "S2"), COLOUR["S1"])):
            panels[2].plot(curve.x, curve.fraction(*names), mark, ms=3.5, lw=1.1, color=colour,
                           mfc="white" if "--" in mark else colour, label=rf"$f_\mathrm{{{names[0][0]}}}$")
    panels[2].legend(panels[2].lines[:2], [line.get_label() for line in panels[2].lines[:2]])
    panels[2].set(xlabel=AXES["stiffness"][0], ylabel="mean fraction of sites")
    panel_letters(panels)
    return figure


CLAIMS = (
    Claim("published-169", "–", "The published program completes 169 sites sooner than the equations say.", SMALL, small),
    Claim("published-2c", "Fig. 2(c)", "Composition by the exact differences, and by those of the published program.", FIG_2,
          composition),
    Claim("published-3d", "Fig. 3(d)", "Phases over time by both.", FIG_3, phases),
    Claim("published-5a", "Fig. 5(a)", "The fall of $f_U$ with $K_{shell}$ by both.", FIG_5, stiffness),
)
PICTURES = {
    "published": Picture("Lines: the exact differences; dashed: those of the published program. (a) Fig. 2(c), (b) Fig. 3(d), "
                         "(c) Fig. 5(a).", (*FIG_2, *FIG_3, *FIG_5), comparison),
}
REMARKS = (
    "The published program leaves out of its energy differences a part of the response to the mean composition "
    "([theory](theory.md), section 11). That part vanishes in the bulk, and matters at the surface.",
)
