"""Fig. 6(a,b): areas in the strained crystal of a trajectory, by depth and by phase, and their spread over time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from claims.claim import Claim, Finding, Picture
from claims.spread import Found, bootstrapped, mean_of
from figures.equilibrium import area_label
from figures.exchange import TIME, draw_ensemble
from figures.strain import figure_6
from make_figures import Run
from nixe.draw import COLOUR, PAGE, panel_letters, phase_label, styled
from nixe.file import File

TITLE = "Strain: Fig. 6(a,b)"
RUNS: dict[str, Run] = {}  # what Fig. 3 has is enough
EXCHANGE = "fig3_721"
ORDERED = ("U2", "S2", "S1", "U1")  # by their areas
DISTINCT = 0.01  # a^2: by so much, at least, mean areas of neighbouring phases differ
TOLD = 0.5  # of the variance of areas, the least part that phases explain
SHORT = 0.05  # of the time of completion: what is early
DECAYED = 0.1  # of the largest spread: what may be left in the end


def areas(run: File, sigma: np.ndarray) -> np.ndarray:
    """A_R of each site; at the rim, which lacks neighbours, the same mean over the bonds that are there."""
    u = run.displacement(sigma)
    first, second = run.bonds.T
    vector = run.bond_vector + run.options.get("model_mismatch", 0.1) * (u[second] - u[first])
    ends = run.bonds.T.ravel()
    return np.bincount(ends, np.tile((vector**2).sum(axis=1), 2)) / np.bincount(ends) - 1


def deviations(run: File, sigma: np.ndarray) -> np.ndarray:
    """Delta A_R: the same less its mean over the crystal."""
    found = areas(run, sigma)
    return found - found.mean()


def spreads(run: File) -> dict[str, np.ndarray]:
    """Root mean square areas, trajectories x times: of A_R less the mean of each moment, and of A_R itself."""
    rms, mean = run.trajectories("area_rms"), run.trajectories("area_mean")
    return {"mean subtracted": rms, "not subtracted": np.hypot(rms, mean)}


def snapshot_near(run: File, time: float) -> int:
    """The stored time nearest to this one, by logarithms."""
    return int(np.abs(np.log(run.snapshot_time / time)).argmin())


def peak_time(run: File) -> float:
    """When the mean spread is largest."""
    return float(run.time[spreads(run)["mean subtracted"].mean(axis=0).argmax()])


@lru_cache(maxsize=2)
def by_depth(run: File, snapshot: int) -> np.ndarray:
    """Delta A_R at each depth, trajectories x depths, at a stored time."""
    each = np.array([deviations(run, sigma) for sigma in run.trajectories("snapshot/sigma")[:, snapshot]])
    return np.stack([each[:, run.depth == level].mean(axis=1) for level in range(run.depth.max() + 1)], axis=1)


def with_all_phases(run: File) -> np.ndarray:
    """The stored times at which the scarcest of the four phases is there at least half as much as it ever is."""
    at = np.searchsorted(run.time, run.snapshot_time)
    f, _ = run.mean_and_error("f")
    scarcest = f[np.minimum(at, len(f) - 1)][:, [run.phases.index(name) for name in ORDERED]].min(axis=1)
    return np.flatnonzero(scarcest >= scarcest.max() / 2)


@lru_cache(maxsize=2)
def by_phase(run: File) -> list[dict[str, np.ndarray]]:
    """Of each trajectory the Delta A_R of the sites in each of the four phases, at the times at which all are there."""
    found = []
    for row in run.trajectories("snapshot/sigma")[:, with_all_phases(run)]:
        parts: dict[str, list[np.ndarray]] = {name: [] for name in ORDERED}
        for sigma in row:
            values, sites = deviations(run, sigma), run.sites_by_phase(sigma)
            for name in ORDERED:
                parts[name].append(values[sites[name]])
        found.append({name: np.concatenate(each) for name, each in parts.items()})
    return found


def explained(parts: dict[str, np.ndarray]) -> float:
    """The part of the variance of areas that is between phases, not within them."""
    every = np.concatenate([values for values in parts.values() if len(values)])
    between = sum(len(values) * (values.mean() - every.mean()) ** 2 for values in parts.values() if len(values))
    return float(between / (len(every) * every.var()))


def like_ions(run: File, snapshot: int) -> np.ndarray:
    """Of each trajectory the correlation of Delta A_R with the mean of sigma over a site and its neighbours."""
    first, second = run.bonds.T
    count = 1 + np.bincount(run.bonds.ravel(), minlength=len(run.position))
    found = []
    for sigma in run.trajectories("snapshot/sigma")[:, snapshot].astype(float):
        around = sigma + np.bincount(first, sigma[second], len(sigma)) + np.bincount(second, sigma[first], len(sigma))
        found.append(np.corrcoef(deviations(run, sigma), around / count)[0, 1])
    return np.array(found)


def compressed(runs: Sequence[File]) -> list[Finding]:
    """The rim less, the core more than the mean area, at the time of the greatest spread."""
    run = runs[0]
    snapshot = snapshot_near(run, peak_time(run))
    depths = by_depth(run, snapshot)
    half = depths.shape[1] // 2
    weight = np.bincount(run.depth)[half:]
    core = depths[:, half:] @ weight / weight.sum()
    when = f"at t = {run.snapshot_time[snapshot]:.2g}"
    return [
        Finding.of(f"mean ΔA of the outermost layer {when}", *mean_of(depths[:, 0]), most=0, unit="a²"),
        Finding.of(f"mean ΔA of the core, from {half} layers below it on, {when}", *mean_of(core), least=0, unit="a²"),
        Finding.of("correlation of ΔA of a site with the share of A among it and its neighbours", *mean_of(
            like_ions(run, snapshot)), least=0.7)]


def distinct(runs: Sequence[File]) -> list[Finding]:
    """Mean areas of the four phases, in their order, and how well phases tell areas."""
    means = {name: np.array([parts[name].mean() if len(parts[name]) else np.nan for parts in by_phase(runs[0])])
             for name in ORDERED}
    found = [Finding.of(f"mean ΔA of {name}", *mean_of(means[name]), unit="a²") for name in ORDERED]
    found += [Finding.of(f"{high} less {low}", *mean_of(means[high] - means[low]), least=DISTINCT, unit="a²")
              for low, high in zip(ORDERED, ORDERED[1:])]
    share = np.array([explained(parts) for parts in by_phase(runs[0])])
    return [*found, Finding.of("share of the variance of ΔA that is between phases, not within", *mean_of(share), least=TOLD)]


def peak_of(run: File, rows: np.ndarray) -> tuple[float, float]:
    """The time and the height of the largest mean of rows, by a parabola in log t."""
    mean = rows.mean(axis=0)
    i = int(mean[1:-1].argmax()) + 1
    a, b, c = mean[i - 1:i + 2]
    shift = 0.5 * (a - c) / (a - 2 * b + c) if a - 2 * b + c else 0.0
    x = np.log(run.time[i - 1:i + 2])
    return float(np.exp(x[1] + shift * (x[2] - x[0]) / 2)), float(b - 0.25 * (a - c) * shift)


def course(runs: Sequence[File]) -> list[Finding]:
    """The spread at first, at its peak, and in the end; when the peak is; with the mean subtracted or not."""
    run = runs[0]
    complete = run.trajectories("completion_time")
    found = []
    for name, rows in spreads(run).items():

        def peak(which: int, rows: np.ndarray = rows) -> Found:
            return bootstrapped(len(rows), lambda chosen: peak_of(run, rows[chosen])[which])

        early = bootstrapped(len(rows), lambda chosen: peak_of(run, rows[chosen])[0] / np.nanmean(complete[chosen]))
        last = np.round(rows[:, -1] / rows.mean(axis=0).max(), 9)
        found += [
            Finding.of(f"{name}: rms ΔA at t = {run.time[0]:g}", *mean_of(rows[:, 0]), unit="a²"),
            Finding.of(f"{name}: largest rms ΔA", *peak(1), unit="a²"),
            Finding.of(f"{name}: time at which it is reached", *peak(0)),
            Finding.of(f"{name}: that time as a part of the mean time of completion", *early, most=SHORT),
            Finding.of(f"{name}: rms ΔA in the end, of the largest", *mean_of(last), most=DECAYED),
            Finding.of(f"{name}: largest rise of the mean after its peak, of the peak", *rise_after(rows), most=0)]
    return found


def rise_after(rows: np.ndarray) -> Found:
    """The largest rise of the mean from one recorded time to the next after its peak, of the peak, and its error."""
    mean = rows.mean(axis=0)
    top = int(mean.argmax())
    steps = np.diff(rows[:, top:], axis=1) / mean[top]
    return mean_of(steps[:, int(steps.mean(axis=0).argmax())])


@styled
def times_picture(runs: Sequence[File]) -> Figure:
    """The spread against time on the paper's linear axis, and on a logarithmic one."""
    run = runs[0]
    figure = Figure(figsize=(PAGE, 2.6), constrained_layout=True)
    panels = figure.subplots(1, 2)
    both, end = spreads(run), float(np.nanmax(run.trajectories("completion_time")))
    for axes, scale in zip(panels, ("linear", "log")):
        rows = both["mean subtracted"]
        draw_ensemble(axes, run, rows, rows.mean(axis=0), "0.6")
        axes.lines[-1].set(color="black", label="mean subtracted", path_effects=[])
        axes.plot(run.time, both["not subtracted"].mean(axis=0), color=COLOUR["U2"], lw=1.2, ls=(0, (4, 2)),
                  label="not subtracted")
        axes.set(xscale=scale, xlim=(0 if scale == "linear" else run.time[0], end), ylim=(0, None), xlabel=TIME)
        axes.set_ylabel(area_label(run))
    panels[0].legend()
    panel_letters(panels)
    return figure


@styled
def areas_picture(runs: Sequence[File]) -> Figure:
    """Delta A_R at each depth at the time of the greatest spread, and how it is distributed in each phase."""
    run = runs[0]
    snapshot = snapshot_near(run, peak_time(run))
    figure = Figure(figsize=(PAGE, 2.6), constrained_layout=True)
    left, right = figure.subplots(1, 2)
    depths = by_depth(run, snapshot)
    left.axhline(0, color="0.6", lw=0.6)
    left.errorbar(np.arange(depths.shape[1]), depths.mean(axis=0), depths.std(axis=0), fmt="o-", ms=3, lw=1, capsize=2,
                  color="black")
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.set(xlabel="depth, layers from the surface", ylabel=r"$\Delta A_\mathbf{R}$ ($a^2$)")
    left.set_title(f"t = {run.snapshot_time[snapshot]:.2g}; bars: spread over trajectories", fontsize=8, pad=4, loc="left")
    parts = by_phase(run)
    for name in ORDERED:
        values = np.concatenate([each[name] for each in parts])
        right.hist(values, 80, density=True, histtype="stepfilled", alpha=0.6, color=COLOUR[name], label=phase_label(name))
    right.set(xlabel=r"$\Delta A_\mathbf{R}$ ($a^2$)", ylabel="probability density")
    right.legend()
    panel_letters((left, right))
    return figure


CLAIMS = (
    Claim("6a-shell", "Fig. 6(a)", "Early on the shell is compressed, the core expanded: areas are small where B is, large where "
          "A is.", (EXCHANGE,), compressed),
    Claim("6a-phases", "Fig. 6(a)", "Regions of each phase have areas of their own, in the order U2, S2, S1, U1.",
          (EXCHANGE,), distinct),
    Claim("6b-decay", "Fig. 6(b)", "Strain is most uneven at short times, and decays from there on.", (EXCHANGE,), course),
)
PICTURES = {
    "strain_maps": Picture("Fig. 6(a,b): local areas along a trajectory, and their spread on a logarithmic axis.",
                           (EXCHANGE,), lambda runs: figure_6(runs[0])),
    "strain_times": Picture("The spread of areas (a) on the paper's linear axis of time, where all but its decay is too early to "
                            "be seen, and (b) on a logarithmic one: it rises first, then decays.", (EXCHANGE,), times_picture),
    "strain_areas": Picture("(a) Areas at each depth when they are spread most. (b) Areas of the sites of each phase, while all "
                            "four are there.", (EXCHANGE,), areas_picture),
}
REMARKS = (
    "The paper's axis of time in Fig. 6(b) is linear. A logarithmic one shows that strain also rises, from the first record on; "
    "on the linear axis that is within the width of the frame, and what one sees is the decay. Both hold with the mean area of "
    "each moment subtracted, as the paper does, and without.",
)
