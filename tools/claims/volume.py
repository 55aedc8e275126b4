"""Fig. 7: exchange of a cube, whose fronts leave columns behind, and the stiffness of a shell in which U vanishes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure

from claims.claim import Claim, Finding, Picture
from claims.spread import Found, bootstrapped, mean_of
from figures.checks import NEARLY_GONE, steepest_fall
from figures.exchange import TIME, choose_snapshots, first_done, figure_7, ion_patches, tell_time
from figures.order import draw_course, draw_scattering, tell_plane
from make_figures import FEW, Run
from nixe.draw import COLOUR, PAGE, draw_ions, legend_on_top, panel_letters, phase_label, styled
from nixe.file import File, average
from nixe.numbers import fall_time
from nixe.order import Plane
from nixe.transitions import jackknife

TITLE = "Three dimensions: Fig. 7"
RUNS = {"volume_early": Run("kmc", "kmc_3d_elastic", "-kmc_time_first 1e-34 -kmc_time_last 1e2 -kmc_time_count 433 "
                            "-kmc_snapshots 2", FEW)}
EARLY, EXCHANGE, SHELLS = "volume_early", "fig7_exchange", "fig7_1728"
WAVES = {"(π, π, 0)": ((1, 1, 0), (1, 0, 1), (0, 1, 1)), "(π, 0, 0)": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
         "(π, π, π)": ((1, 1, 1),)}
COLUMNS = "(π, π, 0)"
TONES = dict(zip(WAVES, ("black", COLOUR["S1"], COLOUR["S2"])))
STRONG = 3.0  # S(q) of columns, at least: 1 at random
MANY = 0.5  # of the sites: unclassified in between
RANGE = (2.0, 3.0)  # K_shell at which U vanishes, from the paper's figure
SLOW = 2.0  # decades that lie between the exchange of the surface and that of the inside
EXACT = 1e-9


def scattering(run: File, configurations: np.ndarray) -> dict[str, np.ndarray]:
    """S(q) at each kind of wave, the mean over its directions, of configurations along the first axis; of the sites over which
    phases are averages, for the rim would scatter by its shape; divided by what the same ions would have at random."""
    sites = run.averaged
    step = np.rint(run.position[sites] - run.position[sites][0]).astype(int)
    s = configurations[:, sites].astype(float)
    s = s - s.mean(axis=1, keepdims=True)
    random = (s**2).sum(axis=1) * sites.sum() / (sites.sum() - 1)
    signs = {name: [(-1.0) ** (step @ np.array(wave)) for wave in waves] for name, waves in WAVES.items()}
    with np.errstate(invalid="ignore", divide="ignore"):
        return {name: np.mean([(s @ sign) ** 2 for sign in each], axis=0) / random for name, each in signs.items()}


@lru_cache(maxsize=2)
def scattering_of(run: File) -> dict[str, np.ndarray]:
    """The same of all trajectories, trajectories x stored times; NaN where there is one kind of ion only."""
    sigma = run.trajectories("snapshot/sigma")
    found = scattering(run, sigma.reshape(-1, sigma.shape[2]))
    return {name: each.reshape(sigma.shape[:2]) for name, each in found.items()}


def mixed(run: File) -> np.ndarray:
    """The stored times at which at least half of the trajectories have both ions inside."""
    return np.flatnonzero(np.isfinite(scattering_of(run)[COLUMNS]).mean(axis=0) >= 0.5)


def phase(run: File, name: str) -> np.ndarray:
    """f of a phase, trajectories x times."""
    return run.trajectories("f")[:, :, run.phases.index(name)]


def course(runs: Sequence[File]) -> list[Finding]:
    """The surface first; U1 falls, what is unclassified comes and goes, U2 becomes all."""
    run = runs[0]
    c = run.trajectories("composition")
    u1, u2, rest = (phase(run, name) for name in ("U1", "U2", "unclassified"))
    inside = 1 - run.surface.mean()
    outer, inner = (fall_time(run.time, each) for each in ((c - inside) / (1 - inside), c / inside))
    bare = (np.abs(c - inside) < EXACT).sum(axis=1)
    top = rest.mean(axis=0).argmax()
    decade = (len(run.time) - 1) / np.log10(run.time[-1] / run.time[0])
    rise, end = fall_time(run.time, 1 - u2), run.trajectories("completion_time")
    mean_top = bootstrapped(len(rest), lambda chosen: float(run.time[rest[chosen].mean(axis=0).argmax()]))
    return [
        Finding.of("time at which half of the surface is B", *mean_of(outer), unit="$k^{-1}$"),
        Finding.of("time at which half of the inside is B", *mean_of(inner), unit="$k^{-1}$"),
        Finding.of("decades of time from the one to the other", *mean_of(np.log10(inner / outer)), least=SLOW),
        Finding.of("decades in which all of the surface is B, and nothing else", *mean_of(bare / decade), least=SLOW),
        Finding.of("time at which most sites are unclassified", *mean_top, unit="$k^{-1}$"),
        Finding.of("part of them that are unclassified then", *mean_of(rest[:, top]), least=MANY),
        Finding.of("time at which $f_{U_2}$ rises to 1/2", *mean_of(rise), unit="$k^{-1}$"),
        Finding.of("$f_{U_1}$ then, the mean", *mean_of(u1[:, np.searchsorted(run.time[1:], np.nanmean(rise))]), most=NEARLY_GONE),
        Finding.of("$f_{U_1}$ in the end", *mean_of(u1[:, -1]), most=0),
        Finding.of("$f_{U_2}$ in the end", *mean_of(u2[:, -1]), least=1),
        Finding.of("time of completion", *mean_of(end), unit="$k^{-1}$")]


def columns(runs: Sequence[File]) -> list[Finding]:
    """S(q) of columns at its greatest, beside that of other waves then."""
    run = runs[0]
    found, times = scattering_of(run), mixed(run)
    top = times[np.nanmean(found[COLUMNS][:, times], axis=0).argmax()]
    at = f"at t = {run.snapshot_time[top]:.2g}"
    others = [name for name in WAVES if name != COLUMNS]
    return [
        Finding.of(f"S{COLUMNS} over that at random, at its greatest, {at}", *mean_of(found[COLUMNS][:, top]), least=STRONG),
        *[Finding.of(f"the same of {name}", *mean_of(found[name][:, top]), most=STRONG) for name in others],
        *[Finding.of(f"S{COLUMNS} less S{name}", *mean_of(found[COLUMNS][:, top] - found[name][:, top]), least=1)
          for name in others]]


def of_replicas(run: File, measure: Callable[[np.ndarray], float]) -> Found:
    """What a measure makes of f_U, replicas x states, and its error by leaving out one replica at a time."""
    means = np.array([[x.mean() for x in run.unstructured_records(q)] for q in np.argsort(run.shell_stiffness)]).T
    left_out = [measure(np.delete(means, i, axis=0).mean(axis=0)) for i in range(len(means))] if len(means) > 1 else [np.nan]
    return float(measure(means.mean(axis=0))), jackknife(left_out) if len(left_out) > 1 else np.nan


def falls_through(x: np.ndarray, f: np.ndarray, level: float) -> float:
    """Where f, on straight lines between states, falls through a level for good; NaN if it does not."""
    above = np.flatnonzero(f > level)
    if not len(above) or above[-1] == len(f) - 1:
        return float("nan")
    i = int(above[-1])
    return float(x[i] + (x[i + 1] - x[i]) * (f[i] - level) / (f[i] - f[i + 1]))


def vanishing(runs: Sequence[File]) -> list[Finding]:
    """f_U in soft and in stiff shells, and where it vanishes."""
    run = runs[0]
    order = np.argsort(run.shell_stiffness)
    K = run.shell_stiffness[order]
    f, error = (values[order] for values in run.unstructured())
    fall = of_replicas(run, lambda means: steepest_fall(K, means))
    steps = np.diff(K)
    half_step = float(steps[np.abs(K[:-1] + steps / 2 - fall[0]).argmin()] / 2)
    return [
        Finding.of(f"$f_U$ at $K_{{shell}}$ = {K[0]:g}", float(f[0]), float(error[0]), least=0.3),
        Finding.of(f"$f_U$ at $K_{{shell}}$ = {K[-1]:g}", float(f[-1]), float(error[-1]), most=NEARLY_GONE),
        Finding.of(f"$K_{{shell}}$ at which $f_U$ falls below {NEARLY_GONE:g}", *of_replicas(
            run, lambda means: falls_through(K, means, NEARLY_GONE)), *RANGE),
        Finding.of("$K_{shell}$ at which $f_U$ falls most steeply", fall[0], np.hypot(fall[1], half_step / 3**0.5), *RANGE)]


def modulated(runs: Sequence[File]) -> list[Finding]:
    """S(q) of columns in the softest and in the stiffest shell."""
    run = runs[0]
    order = np.argsort(run.shell_stiffness)
    ends = [average([scattering(run, sigma)[COLUMNS] for sigma in run.replicas("snapshot/sigma", q)]) for q in order[[0, -1]]]
    return [Finding.of(f"S{COLUMNS} over that at random, $K_{{shell}}$ = {run.shell_stiffness[q]:g}", *each, least=least)
            for q, each, least in zip(order[[0, -1]], ends, (-np.inf, STRONG))]


@styled
def times_picture(runs: Sequence[File]) -> Figure:
    """Mean composition and fractions of phases over all decades of time."""
    run = runs[0]
    figure = Figure(figsize=(PAGE, 2.3), constrained_layout=True)
    axes = figure.subplots()
    f, _ = run.mean_and_error("f")
    c, _ = run.mean_and_error("composition")
    axes.plot(run.time, c, color="black", lw=1.2, ls=(0, (4, 2)), label="composition $c$")
    for name in run.possible_phases:
        axes.plot(run.time, f[:, run.phases.index(name)], color=COLOUR[name], lw=1.6, label=phase_label(name))
    axes.axhline(1 - run.surface.mean(), color="0.6", lw=0.6, ls=":", label="sites inside")
    axes.set(xscale="log", xlim=(run.time[0], run.time[-1]), ylim=(-0.02, 1.02), xlabel=TIME, ylabel="mean fraction of sites")
    axes.legend(ncol=2, loc=(0.32, 0.66))
    return figure


@styled
def columns_picture(runs: Sequence[File]) -> Figure:
    """Cubes along a trajectory, the mean S(q) of their inner sites then; its course and that in shells."""
    exchange, shells = runs
    row = first_done(exchange)
    chosen = choose_snapshots(exchange, row, 7, "f", "composition")[1:6]
    sigma = exchange.snapshots(row)[chosen]
    figure = Figure(figsize=(PAGE, 5.4))
    strip, below = ([figure.add_axes((0.055 + 0.168 * i, bottom, 0.156, 0.156 * PAGE / 5.4)) for i in range(len(chosen))]
                    for bottom in (0.72, 0.46))
    for axes, snapshot, each in zip(strip, chosen, sigma):
        draw_ions(axes, exchange, each)
        tell_time(axes, exchange, snapshot)
    plane = Plane(exchange)
    plane.position = exchange.position[exchange.averaged]
    inner = exchange.trajectories("snapshot/sigma")[:, :, exchange.averaged]
    draw_scattering(below, plane, [np.mean([plane.structure_factor(each) for each in inner[:, at]], axis=0) for at in chosen])
    tell_plane(figure, below[-1], plane)
    left, right = figure.subplots(1, 2, gridspec_kw={"left": 0.08, "right": 0.985, "bottom": 0.08, "top": 0.38, "wspace": 0.2})
    times = mixed(exchange)
    for name, values in scattering_of(exchange).items():
        mean, error = np.array([mean_of(values[:, at]) for at in times]).T
        draw_course(left, exchange.snapshot_time[times], mean, error, TONES[name], rf"$\mathbf{{q}}$ = {name}")
    left.set(xscale="log", xlabel=TIME)
    order = np.argsort(shells.shell_stiffness)
    factors = [[scattering(shells, sigma) for sigma in shells.replicas("snapshot/sigma", q)] for q in order]
    for name in WAVES:
        mean, error = np.array([average([each[name] for each in state]) for state in factors]).T
        right.errorbar(shells.shell_stiffness[order], mean, error, fmt="o-", ms=3, lw=1, capsize=2, color=TONES[name])
    right.set_xlabel(r"shell stiffness $K_\mathrm{shell}$ / $K$")
    for axes in (left, right):
        axes.axhline(1, color="0.6", lw=0.6, ls=":")
        axes.set_ylabel(r"$S(\mathbf{q})$ / that at random")
        axes.set_yscale("log")
    left.legend()
    panel_letters((strip[0], left, right))
    legend_on_top(figure, ion_patches())
    return figure


CLAIMS = (
    Claim("7b-course", "Fig. 7(b)", "The surface is exchanged at once; then, slowly, $U_1$ goes, unclassified sites come and go, "
          "and $U_2$ becomes all.", (EARLY,), course),
    Claim("7a-columns", "Fig. 7(a)", "Inside, A stands in columns: waves of composition at (π, π, 0).", (EXCHANGE,), columns),
    Claim("7c-vanish", "Fig. 7(c)", "$U_1$ and $U_2$ are there in soft shells, and absent in stiff ones (from the figure, "
          "between $K_{shell}$ = 2 and 3).", (SHELLS,), vanishing),
    Claim("7c-columns", "Fig. 7(c)", "What takes their place in stiff shells is modulated.", (SHELLS,), modulated),
)
PICTURES = {
    "volume_times": Picture("Composition and phases of a cube against time, from its first event on: the surface is exchanged before "
                            "$t = 10^{-23}$, the inside begins at $10^{-7}$.", (EARLY,), times_picture),
    "volume_exchange": Picture("Fig. 7: (a) a cube along a trajectory; (b) fractions of its sites against time; (c) fractions in "
                               "a shell against its stiffness.", (EXCHANGE, SHELLS), lambda runs: figure_7(runs[0], runs[1:])),
    "volume_columns": Picture("(a) Cubes along a trajectory, and below, what diffraction would see of the inner sites of all, on "
                              "average, in the plane of two of the axes: columns along the third are peaks at the corners of the "
                              "frame, the first zone. (b) $S(q)$ at three kinds of waves along trajectories; (c) the same in "
                              "equilibrium inside a shell. Columns are (π, π, 0).", (EXCHANGE, SHELLS), columns_picture),
}
REMARKS: tuple[str, ...] = ()
