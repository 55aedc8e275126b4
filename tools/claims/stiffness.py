"""Fig. 5: how the core of a crystal changes with the stiffness of its shell, where, and how sharply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from claims.claim import Claim, Finding, Picture
from claims.peaks import Peak
from claims.powers import exponent
from claims.spread import Found
from figures.checks import steepest_fall
from figures.compare import colours
from figures.equilibrium import AXES, figure_5
from figures.free_energy import draw_band
from figures.loops import tick_sites
from make_figures import RUNS as FIGURES, SIZES, Run
from nixe.draw import PAGE, panel_letters, styled
from nixe.file import File
from nixe.states import find_curves
from nixe.transitions import jackknife

TITLE = "A phase transition in the core: Fig. 5"
LADDER = ("-mc_sampler informed -mc_replica_exchange_every 5 -mc_record_every {0} -mc_cross_energies_every {0} "
          "-mc_equilibration {1} -mc_sweeps {2} -mc_area_every {2} -mc_snapshot_every {2} -ensemble_size 4 -shell_stiffness {3}")
OF_LARGE = "-shell_stiffness 14,16,16.5,16.8,17.1,17.5,19"
BRIEF = "-ensemble_size 2 -mc_equilibration 100 -mc_sweeps 300 -mc_area_every 300 -mc_snapshot_every 300 "
STIFFNESSES = {  # closest where f_U changes
    169: "2.8,3.2,3.5,3.8,4.1,4.4,4.65,4.9,5.2,5.7,6.5",
    271: "4.6,5,5.4,5.7,5.95,6.15,6.35,6.6,6.9,7.4,8",
    397: "6.3,6.7,7.05,7.35,7.6,7.75,7.9,8.1,8.4,8.8,9.4",
    721: "9.6,9.9,10.2,10.45,10.65,10.8,10.95,11.1,11.35,11.7,12.2",
    1657: "16,16.25,16.5,16.7,16.85,16.95,17.05,17.15,17.3,17.55,17.9",
}
THICK = {  # as thick for their cores as the shell of 169
    "721_2": ("mc_fig5_721", "3.5,3.62,3.7,3.75,3.79,3.83,3.88,3.96,4.1,4.4", 2),
    "1657_3": ("mc_fig5_1657", "3.5,3.58,3.64,3.69,3.73,3.77,3.82,3.89,3.98,4.1", 3)}
SWEEPS = {"169": 30000, "271": 20000, "397": 15000, "721": 20000, "1657": 8000, "721_2": 4000, "1657_3": 1500}


def ladder(name: str, source: str, stiffnesses: str, layers: int = 1) -> Run:
    """A run of replica exchange between these stiffnesses; reduced, between every second of them."""
    fewer = ",".join(stiffnesses.split(",")[::2])
    sweeps = SWEEPS[name]
    return Run("mc", source, f"-shell_layers {layers} {LADDER.format(20, sweeps // 6, sweeps, stiffnesses)}",
               f"{BRIEF} -mc_record_every 2 -mc_cross_energies_every 2 -shell_stiffness {fewer}")


RUNS = {
    **{f"fig5_{n}": replace(FIGURES[f"fig5_{n}"], quick=f"-mc_sampler informed {BRIEF}" + OF_LARGE * (n == SIZES[-1]))
       for n in SIZES},  # those of Fig. 5, reduced even more
    **{f"ladder_{n}": ladder(str(n), f"mc_fig5_{n}", K) for n, K in STIFFNESSES.items()},
    **{f"ladder_{name}": ladder(name, source, K, layers) for name, (source, K, layers) in THICK.items()},
}
LADDERS = tuple(f"ladder_{n}" for n in SIZES)
ALIKE = ("ladder_169", *(f"ladder_{name}" for name in THICK))  # shells of the same ratio to the core
SLACK = 0.25  # by how much the ratio alone may miss a place
LAYERS = (6, 7)  # between which f_U is gone at K_shell = K, in Fig. 4(b)
SHARP = (16.5, 17.5)  # K_shell, as about 17
JUMP = 0.1  # f_U by which it changes at least, between one K_shell and the other to both sides


def sharp_fall(runs: Sequence[File]) -> list[Finding]:
    """Where f_U falls, and varies most, from the ladder, reweighted; how much it changes there."""
    peak = Peak.of(runs[0])
    jump, error = step_at(peak)
    return [
        Finding.of("$K_{shell}$ at which $f_U$ falls most steeply", *peak.fall, *SHARP),
        Finding.of("$K_{shell}$ of the largest variance of $f_U$", *peak.place, *SHARP),
        Finding.of("fall of $f_U$ within 3 % of $K_{shell}$ around it", jump, error, least=JUMP)]


def protocol(runs: Sequence[File]) -> list[Finding]:
    """Where f_U falls, by the published protocol: between states; and what f_S does there."""
    published = runs[0]
    curve = find_curves([published])[0]
    means = np.array([[x.mean() for x in published.unstructured_records(q)] for q in np.argsort(published.shell_stiffness)])
    places = [steepest_fall(curve.x, np.delete(means, out, axis=1).mean(axis=1)) for out in range(means.shape[1])]
    place = steepest_fall(curve.x, means.mean(axis=1))
    i = int(np.argmin(np.abs((curve.x[1:] + curve.x[:-1]) / 2 - place)))
    half = float(curve.x[i + 1] - curve.x[i]) / 2
    return [
        Finding.of("$K_{shell}$ at which $f_U$ falls most steeply, between states", place,
                   float(np.hypot(jackknife(places), half / 3**0.5)), *SHARP),
        Finding.of("rise of $f_{S_1} + f_{S_2}$ from the state before to that after",
                   *rise_of_s(published, i), least=0)]


def step_at(peak: Peak) -> Found:
    """How much f_U falls from 1.5 % below the place of its fall to 1.5 % above."""
    ends = [np.interp(peak.fall[0] * part, peak.curve.K, peak.curve.mean) for part in (0.985, 1.015)]
    errors = [np.interp(peak.fall[0] * part, peak.curve.K, peak.spread) for part in (0.985, 1.015)]
    return float(ends[0] - ends[1]), float(np.hypot(*errors))


def rise_of_s(run: File, i: int) -> Found:
    """How much f_S1 + f_S2 rises from one state to the next."""
    order = np.argsort(run.shell_stiffness)
    both = [run.phases.index(name) for name in ("S1", "S2")]
    f = [np.array([x[:, both].sum(axis=1).mean() for x in run.replicas("f", q)]) for q in order[i:i + 2]]
    return float(f[1].mean() - f[0].mean()), float(np.hypot(*[x.std(ddof=1) / len(x) ** 0.5 for x in f]))


def differences(peaks: Sequence[Peak], name: str, sign: int, words: str, unit: str = "") -> list[Finding]:
    """A quantity of each peak; and that from each size to the next it changes as it should."""
    values = [getattr(peak, name) for peak in peaks]
    found = [Finding.of(f"{words}, $N_{{core}}$ = {peak.core}", *value, unit=unit) for peak, value in zip(peaks, values)]
    for (one, other), (value, after) in zip(zip(peaks, peaks[1:]), zip(values, values[1:])):
        change = sign * (after[0] - value[0])
        found.append(Finding.of(f"{'more' if sign > 0 else 'less'} of it at {other.core} than at {one.core}", change,
                                float(np.hypot(value[1], after[1])), least=0, unit=unit))
    return found


def heights(runs: Sequence[File]) -> list[Finding]:
    """Peaks grow with the core."""
    return differences([Peak.of(run) for run in runs], "height", 1, "height of the peak of $\\operatorname{var} f_U$")


def widths(runs: Sequence[File]) -> list[Finding]:
    """Peaks become narrower with the core."""
    return differences([Peak.of(run) for run in runs], "width", -1, "width in $K_{shell}$ at half of the height")


def places(runs: Sequence[File]) -> list[Finding]:
    """Peaks shift to stiffer shells with the core."""
    return differences([Peak.of(run) for run in runs], "place", 1, "$K_{shell}$ of the peak")


def by_ratio(runs: Sequence[File]) -> list[Finding]:
    """The place of the peak is a power of the ratio of shell to core, of whatever size; and where that reaches K_shell = K."""
    single, alike = [Peak.of(run) for run in runs[:len(SIZES)]], [Peak.of(run) for run in (runs[0], *runs[len(SIZES):])]
    power = exponent([peak.ratio for peak in single], [peak.place for peak in single])
    found = [Finding.of("exponent of $K_{shell}$ of the peak in the ratio of shell to core sites", *power, most=0)]
    first = alike[0]
    for peak in alike[1:]:
        scaled = first.place[0] * (peak.ratio / first.ratio) ** power[0]
        found.append(Finding.of(
            f"$K_{{shell}}$ of the peak of $N_{{core}}$ = {peak.core} with {peak.shell} sites of shell (ratio {peak.ratio:.3f}), "
            f"over what that power makes of $N_{{core}}$ = {first.core} (ratio {first.ratio:.3f})", peak.place[0] / scaled,
            np.hypot(peak.place[1] / peak.place[0], first.place[1] / first.place[0]), 1 - SLACK, 1 + SLACK))
    ratios = [thick_ratio(layers) * (1 + sign * SLACK) for layers, sign in zip(LAYERS, (-1, 1))]
    logs = [np.log(peak.place[0]) - power[0] * np.log(peak.ratio) for peak in single]
    reached = float(np.exp(-np.mean(logs) / power[0]))
    error = reached * float(np.hypot(np.log(reached) * power[1], np.std(logs, ddof=1) / len(logs) ** 0.5)) / abs(power[0])
    return [*found, Finding.of(f"ratio at which that power reaches $K_{{shell}}$ = K (Fig. 4(b): $N_{{core}}$ = 721, {LAYERS[0]} "
                               f"to {LAYERS[1]} layers)", reached, error, *ratios)]


def thick_ratio(layers: int, edge: int = 16) -> float:
    """Sites of a shell of so many layers by those of the core."""
    def sites(n: int) -> int:
        return 3 * n * (n - 1) + 1
    return sites(edge + layers) / sites(edge) - 1


def first_order(runs: Sequence[File]) -> list[Finding]:
    """Two values of f_U where it changes, the barrier between them against size, and powers of size."""
    peaks = [Peak.of(run) for run in runs]
    sizes = [peak.core for peak in peaks]
    found = [Finding.of(f"barrier between the two values of $f_U$, $N_{{core}}$ = {peak.core}", *peak.barrier, unit="kT")
             for peak in peaks]
    found += [Finding.of(f"$f_U$ of one less that of the other, $N_{{core}}$ = {peak.core}", *peak.apart) for peak in peaks]
    largest, before = peaks[-1], peaks[-2]
    return [
        *found,
        Finding.of(f"barrier at {largest.core} less that at {before.core}, kT", largest.barrier[0] - before.barrier[0],
                   float(np.hypot(largest.barrier[1], before.barrier[1])), least=0.5),
        Finding.of("exponent of the peak of $\\operatorname{var} f_U$ in $N_{core}$",
                   *exponent(sizes, [peak.height for peak in peaks]), least=0),
        Finding.of("exponent of the peak of $N_{core} \\operatorname{var} f_U$ in $N_{core}$: 1 of a transition of first order, "
                   "0 of none", *exponent(sizes, [tuple(peak.core * value for value in peak.height) for peak in peaks]),
                   least=0.5),
        Finding.of("exponent of the width of the peak over its $K_{shell}$: −1 of a transition of first order",
                   *exponent(sizes, [(value / peak.place[0] for value in peak.width) for peak in peaks]), most=-0.5),
        Finding.of(f"height at {largest.core} by that of two values so far apart, (difference / 2)²",
                   *halves(largest), 0.5, 1.5)]


def halves(peak: Peak) -> Found:
    """The height of a peak by the variance of two equally probable values."""
    two = (peak.apart[0] / 2) ** 2
    if two == 0:
        return np.nan, np.nan
    part = peak.height[0] / two
    return part, part * float(np.hypot(peak.height[1] / peak.height[0], 2 * peak.apart[1] / peak.apart[0]))


def draw_line(axes: Axes, peak: Peak, variance: bool, colour: object, label: str) -> None:
    """The variance or the mean of f_U against stiffness."""
    curve = peak.curve
    draw_band(axes, curve.K, *((curve.variance, peak.error) if variance else (curve.mean, peak.spread)), colour, label)
    axes.set_xlabel(AXES["stiffness"][0])


@styled
def peaks_picture(runs: Sequence[File]) -> Figure:
    """Means and variances of f_U against stiffness; distributions; places of peaks against the ratio; powers of size."""
    peaks = [Peak.of(run) for run in runs]
    single, thick = peaks[:len(SIZES)], peaks[len(SIZES):]
    tones = list(colours(len(single)))
    figure = Figure(figsize=(PAGE, 6.6), constrained_layout=True)
    panels = figure.subplots(3, 2).ravel()
    for peak, tone in zip(single, tones):
        draw_line(panels[0], peak, False, tone, f"{peak.core:,}")
        draw_line(panels[1], peak, True, tone, f"{peak.core:,}")
        panels[2].plot(peak.curve.f, peak.curve.p, color=tone, lw=1.2, label=f"{peak.core:,}, $K$ = {peak.curve.both:.2f}")
    panels[0].set_ylabel(r"$\langle f_\mathrm{U} \rangle$")
    panels[1].set_ylabel(r"var $f_\mathrm{U}$")
    panels[2].set(xlabel=r"$f_\mathrm{U}$", ylabel="probability density")
    for group, mark, name in ((single, "o", "1 layer"), (thick, "s", "2, 3 layers")):
        panels[3].errorbar([peak.ratio for peak in group], [peak.place[0] for peak in group], [peak.place[1] for peak in group],
                           fmt=mark, ms=4, capsize=2, label=name, color="black", mfc="white" if mark == "s" else "black")
    ratio = np.array([peak.ratio for peak in single])
    power = exponent(ratio, [peak.place for peak in single])
    level = np.exp(np.mean([np.log(peak.place[0]) - power[0] * np.log(peak.ratio) for peak in single]))
    line = np.geomspace(ratio.min() * 0.9, 1.3, 20)
    panels[3].plot(line, level * line ** power[0], color="0.6", lw=0.8, label=f"power {power[0]:.2f}".replace("-", "\u2212"))
    panels[3].fill_between([thick_ratio(layers) for layers in LAYERS], 0.85, 1.15, color="0.75", lw=0, label="Fig. 4(b)")
    panels[3].set(xscale="log", yscale="log", xlabel="sites of the shell / of the core",
                  ylabel=r"$K_\mathrm{shell}$ / $K$ of the peak")
    sizes = [peak.core for peak in single]
    for axes, values, name in ((panels[4], [(p.core * p.height[0], p.core * p.height[1]) for p in single],
                                r"largest $N_\mathrm{core}$ var $f_\mathrm{U}$"),
                               (panels[5], [p.barrier for p in single], r"barrier / $k_\mathrm{B}T$")):
        axes.errorbar(sizes, *zip(*values), fmt="o", ms=4, capsize=2, color="black")
        axes.set(xscale="log", xlabel=r"$N_\mathrm{core}$", ylabel=name)
        tick_sites(axes, sizes)
    panels[4].set(yscale="log")
    panels[5].set_ylim(bottom=0)
    for axes in panels[[1, 2, 3]]:
        axes.legend(handlelength=1.4, labelspacing=0.3)
    panel_letters(panels)
    return figure


FIVE = tuple(f"fig5_{n}" for n in SIZES)
CLAIMS = (
    Claim("5a-fall", "Fig. 5(a)", "With a shell of one layer around 1,657 sites, $f_U$ drops sharply, and $f_S$ rises, at "
          "$K_{shell}$ of about 17.", ("ladder_1657",), sharp_fall),
    Claim("5a-protocol", "Fig. 5(a)", "The same by the published protocol, 10⁵ sweeps of Metropolis in each state.",
          ("fig5_1657",), protocol),
    Claim("5b-higher", "Fig. 5(b)", "The peaks of the variance of $f_U$ become higher with the size of the core.", LADDERS,
          heights),
    Claim("5b-narrower", "Fig. 5(b)", "They become narrower.", LADDERS, widths),
    Claim("5b-shift", "Fig. 5(b)", "They shift to stiffer shells.", LADDERS, places),
    Claim("5b-ratio", "Fig. 5(b)", "They shift because the ratio of shell to core decreases.", (*LADDERS, *ALIKE[1:]), by_ratio),
    Claim("5b-order", "Fig. 5", "This is consistent with a phase transition of first order.", LADDERS, first_order),
)
PICTURES = {
    "stiffness": Picture("Fig. 5 by the published protocol: (a) fractions in a core of 1,657 sites, (b) variance of $f_U$.", FIVE,
                         figure_5),
    "stiffness_peaks": Picture(
        "Ladders of stiffnesses, reweighted; bands are 95 % intervals. (a) Mean and (b) variance of $f_U$ for five sizes of the "
        "core. (c) How $f_U$ is distributed where it has two values most clearly, or else varies most. (d) Where the variance "
        "peaks, against the ratio of shell to core; grey: between 6 and 7 layers of the same stiffness as the core. (e) Heights, "
        "times the size, and (f) barriers between the two values, against size.", (*LADDERS, *ALIKE[1:]), peaks_picture),
}
REMARKS = (
    "$f_U$ is bounded, and so is its variance: with two values of it that are equally probable it is a quarter of the square of "
    "their difference, in crystals of whatever size; it is $N_{core} \\operatorname{var} f_U$ that diverges in a transition of "
    "first order. In the three smallest cores $f_U$ has one value and fluctuates around it, in smaller ones more, as they have "
    "fewer sites: their peaks are about equally high, and that of 271 sites is a little lower than that of 169. From 721 sites "
    "on $f_U$ has two values, and the barrier between them grows with size.",
    "Cores of 721 and 1,657 sites in shells of 2 and 3 layers have the shape and the ratio of 169 sites in one layer. Their "
    "peaks are at about the same stiffness, while in a shell of one layer that rises to four times as much: it is the ratio that "
    "shifts the peaks. It does not do so alone: a thicker shell is stiffer than its number of sites says, so that peaks are "
    "at somewhat lower stiffnesses there.",
)
