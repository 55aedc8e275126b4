"""What exchange depends on, and what it does not: bare rates, Ising interactions and temperature, driving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from claims.claim import Claim, Finding, Picture
from claims.spread import Found, bootstrapped, mean_of, propagated, ratio
from claims.volume import falls_through
from figures.exchange import TIME, time_label
from make_figures import FEW, Run
from nixe.draw import COLOUR, PAGE, draw_crystal, legend_on_top, panel_letters, phase_patches, styled
from nixe.file import File

TITLE = "What it does not depend on, and what it does"
DECADES = (-3, -2, -1, 1, 2, 3)  # of k_ex / k_diff; 0 is Fig. 3
ISING = ("-0.3", "-0.1", "0", "0.1", "0.3", "1")  # J / epsilon
WARM = ("0.1", "0.2", "0.4", "0.8", "1.6")  # kT / epsilon
DRIVES = ("-16", "-13", "-11", "-10", "-9.5", "-9", "-8.5", "-8", "-7.5", "-7", "-6")  # dmu / epsilon; -20 is Fig. 3
SOME = "-ensemble_size 4"
RUNS = {
    **{f"rates_{n:+d}": Run("kmc", "kmc_2d_elastic", f"-model_k_ex 1e{n} -kmc_snapshots 2", FEW) for n in DECADES},
    **{f"map_{J}_{kT}": Run("kmc", "kmc_2d_elastic", f"-lattice_edge 10 -model_J {J} -model_kT {kT} -ensemble_size 20 "
                            "-kmc_snapshots 81", SOME) for J in ISING for kT in WARM},
    **{f"drive_{dmu}": Run("kmc", "kmc_2d_elastic", f"-model_dmu {dmu} -ensemble_size 60 -kmc_time_last 1e6 -kmc_time_count 201 "
                           "-kmc_snapshots 101", SOME) for dmu in DRIVES},
}
REFERENCE = "fig3_721"
RATES = tuple(f"rates_{n:+d}" for n in DECADES)
MAP = tuple(f"map_{J}_{kT}" for J in ISING for kT in WARM)
WEAK = (REFERENCE, *(f"drive_{dmu}" for dmu in DRIVES))
CELLS = (("-0.1", "0.2"), ("0.3", "0.2"), ("0.1", "1.6"))  # J and kT of one cell of each of three behaviours
LEVELS = (0.8, 0.65, 0.5, 0.35, 0.2)  # compositions at which sites are looked at
PATTERNED, COMPACT = 0.15, 0.5  # f_S of a crystal that is patterned at one of these (at random: 0.11); f_U of one compact at all
MARKS = {"compact": "o", "patterned": "s", "mixed": "^", "arrested": "x"}
TONES = {"compact": COLOUR["U2"], "patterned": COLOUR["S1"], "mixed": "0.6", "arrested": "black"}
ALIKE = (0.8, 1.25)  # peaks by those of k_ex = k_diff
NEAR = (0.5, 2.0)  # times of completion by that
SHOWN = 0.3  # the composition of configurations in pictures


@dataclass(frozen=True)
class Outcome:
    """How the exchange of a crystal goes: what its sites are when it comes to each of LEVELS, and how long it takes."""

    f_U: np.ndarray  # noqa: N815  (trajectories x levels, NaN where it does not come so far)
    f_S: np.ndarray  # noqa: N815
    completion: np.ndarray  # of the trajectories that are complete
    complete: float  # the part of these

    @classmethod
    def of(cls, run: File) -> Outcome:
        """That of a file."""
        c, f, time = (run.trajectories(name) for name in ("composition", "f", "completion_time"))
        row = np.arange(len(c))[:, None]
        there = np.stack([c <= level for level in LEVELS], axis=1)
        at = there.argmax(axis=2)
        parts = [np.where(there.any(axis=2), f[row, at][..., [run.phases.index(name) for name in names]].sum(axis=2), np.nan)
                 for names in (("U1", "U2"), ("S1", "S2"))]
        return cls(*parts, time[np.isfinite(time)], float(np.isfinite(time).mean()))

    @property
    def known(self) -> np.ndarray:
        """The levels to which all trajectories come."""
        return np.isfinite(self.f_U).all(axis=0)

    @property
    def pattern(self) -> Found:
        """The largest mean f_S at any level."""
        rows = self.f_S[:, self.known]
        return bootstrapped(len(rows), lambda chosen: float(rows[chosen].mean(axis=0).max(initial=0)))

    @property
    def domains(self) -> Found:
        """The least mean f_U at any level."""
        rows = self.f_U[:, self.known]
        return bootstrapped(len(rows), lambda chosen: float(rows[chosen].mean(axis=0).min(initial=1)))

    @property
    def behaviour(self) -> str:
        """Of these two; "arrested" where not all trajectories come to c = 1/2."""
        if not self.known[LEVELS.index(0.5)]:
            return "arrested"
        return "patterned" if self.pattern[0] >= PATTERNED else "compact" if self.domains[0] >= COMPACT else "mixed"


@lru_cache(maxsize=128)
def outcome(run: File) -> Outcome:
    """Of a file, once."""
    return Outcome.of(run)


def peak_of(run: File, name: str) -> Found:
    """The largest mean fraction of a phase."""
    f = run.trajectories("f")[:, :, run.phases.index(name)]
    return bootstrapped(len(f), lambda chosen: float(f[chosen].mean(axis=0).max()))


def rates(runs: Sequence[File]) -> list[Finding]:
    """Peaks and times of completion at six decades of k_ex / k_diff by those at 1."""
    reference = runs[0]
    found = []
    for n, run in zip(DECADES, runs[1:]):
        of = f"at $k_{{ex}} / k_{{diff}} = 10^{{{n}}}$ over that at 1"
        for name in ("S1", "S2"):
            change = ratio(peak_of(run, name), peak_of(reference, name))
            found.append(Finding.of(f"largest $f_{{{name[0]}_{name[1]}}}$ {of}", *change, *ALIKE))
        times = [mean_of(outcome(each).completion) for each in (run, reference)]
        found.append(Finding.of(f"time of completion {of}", *ratio(*times), *NEAR))
    return found


def both(runs: Sequence[File]) -> list[Finding]:
    """How many of the cells with J and epsilon show each behaviour."""
    kinds = [outcome(run).behaviour for run in runs if run.option("model_J") != 0]
    words = {"patterned": f"patterned: $f_S$ of {PATTERNED:g} and more at some composition", "compact": f"else compact: $f_U$ of "
             f"{COMPACT:g} and more at all", "arrested": "arrested: not half-way by $t = 10^4$", "mixed": "mixed: neither"}
    found = [Finding.of(f"of {len(kinds)} combinations with $J$, those {text}", kinds.count(name), 0, least=1)
             for name, text in words.items() if name != "arrested"]
    found.append(Finding.of(f"those {words['arrested']}", kinds.count("arrested"), 0))
    cells = {(f"{number(run, 'model_J'):g}", f"{number(run, 'model_kT'):g}"): outcome(run) for run in runs}
    patterned, compact, mixed = (cells[place] for place in CELLS)
    at = [f"$J$ = {J}, $kT$ = {kT}".replace("-", "\u2212") for J, kT in CELLS]
    return [*found,
            Finding.of(f"largest mean $f_S$ at {at[0]}, patterned", *patterned.pattern, least=PATTERNED),
            Finding.of(f"the same at {at[1]}, compact", *compact.pattern, most=PATTERNED),
            Finding.of("least mean $f_U$ there", *compact.domains, least=COMPACT),
            Finding.of(f"largest mean $f_S$ at {at[2]}, mixed", *mixed.pattern, most=PATTERNED),
            Finding.of("least mean $f_U$ there", *mixed.domains, most=COMPACT)]


def weak(runs: Sequence[File]) -> list[Finding]:
    """Patterns and domains against driving, and where the patterns are half gone."""
    ordered = by_drive(runs)
    found = []
    for run in ordered:
        words = f"at $\\Delta\\mu / \\epsilon$ = {run.option('model_dmu'):g}".replace("-", "\u2212")
        found += [Finding.of(f"largest mean $f_S$ on the way, {words}", *outcome(run).pattern),
                  Finding.of(f"least mean $f_U$, {words}", *outcome(run).domains)]
    strong, soft = outcome(ordered[0]), outcome(ordered[-1])
    dmu = np.array([run.option("model_dmu") for run in ordered])
    values, errors = np.array([outcome(run).pattern for run in ordered]).T
    gone = propagated(values, errors, lambda f: falls_through(dmu, f, f[0] / 2))
    return [*found,
            Finding.of("largest $f_S$ of the weakest driving over that of the strongest", *ratio(soft.pattern, strong.pattern),
                       most=0.25),
            Finding.of("least $f_U$ of the weakest driving over that of the strongest", *ratio(soft.domains, strong.domains),
                       least=1.5),
            Finding.of("$\\Delta\\mu / \\epsilon$ at which $f_S$ is half of that of the strongest driving", *gone, -20, 0)]


def by_drive(runs: Sequence[File]) -> list[File]:
    """From the strongest driving to the weakest, those half-way at least."""
    return [run for run in sorted(runs, key=lambda run: run.option("model_dmu")) if outcome(run).behaviour != "arrested"]


def on_the_way(run: File) -> np.ndarray | None:
    """A stored configuration nearest to the composition shown, of the first trajectory that has one; None if none comes near."""
    for sigma in run.trajectories("snapshot/sigma"):
        c = (sigma > 0).mean(axis=1)
        i = int(np.abs(c - SHOWN).argmin())
        if abs(c[i] - SHOWN) < 0.1:
            return sigma[i]
    return None


def draw_configurations(strip: Sequence[Axes], runs: Sequence[File], words: Sequence[str]) -> None:
    """A configuration of each file, where it has one."""
    for axes, run, text in zip(strip, runs, words):
        axes.axis("off")
        sigma = on_the_way(run)
        if sigma is not None:
            draw_crystal(axes, run, sigma)
        axes.set_title(text.replace("-", "\u2212"), fontsize=7, pad=2)


def example(runs: Sequence[File], name: str) -> File | None:
    """Of the cells of a behaviour, with J where there are any, the one farthest inside it that has a configuration."""
    cells = [run for run in runs if outcome(run).behaviour == name and on_the_way(run) is not None]
    cells = [run for run in cells if run.option("model_J") != 0] or cells
    rank = {"patterned": lambda each: each.pattern[0], "compact": lambda each: each.domains[0],
            "mixed": lambda each: -each.pattern[0] - each.domains[0]}[name]
    return max(cells, key=lambda run: rank(outcome(run)), default=None)


def number(run: File, name: str) -> float:
    """An option, as one number."""
    return float(np.ravel(run.option(name))[0])


@styled
def map_picture(runs: Sequence[File]) -> Figure:
    """Which behaviour there is at each J and kT, how long exchange takes, and a crystal of each region."""
    figure = Figure(figsize=(PAGE, 2.9))
    main = figure.add_axes((0.07, 0.15, 0.4, 0.72))
    for run in runs:
        each = outcome(run)
        place = ISING.index(f"{number(run, 'model_J'):g}"), WARM.index(f"{number(run, 'model_kT'):g}")
        main.plot(*place, MARKS[each.behaviour], color=TONES[each.behaviour], ms=10, mec="black", mew=0.5)
        time = time_label(float(np.median(each.completion))) if each.complete > 0.5 else "> 10$^4$"
        main.annotate(time, place, (0, -8), textcoords="offset points", ha="center", va="top", fontsize=6)
    main.set(xticks=range(len(ISING)), yticks=range(len(WARM)), xlabel=r"$J / \epsilon$", ylabel=r"$k_\mathrm{B}T / \epsilon$")
    main.set(xlim=(-0.6, len(ISING) - 0.4), ylim=(-0.8, len(WARM) - 0.5))
    main.set_xticklabels([text.replace("-", "\u2212") for text in ISING])
    main.set_yticklabels(WARM)
    shown = [(name, run) for name in MARKS if name != "arrested" and (run := example(runs, name)) is not None]
    strip = [figure.add_axes((0.495 + 0.168 * i, 0.2, 0.163, 0.55)) for i in range(len(shown))]
    draw_configurations(strip, [run for _, run in shown], [name for name, _ in shown])
    for axes, (_, run) in zip(strip, shown):
        words = f"$J$ = {number(run, 'model_J'):g}, $kT$ = {number(run, 'model_kT'):g}".replace("-", "\u2212")
        axes.text(0.5, -0.02, words, transform=axes.transAxes, ha="center", va="top", fontsize=7)
    marks = [Line2D([], [], ls="", marker=MARKS[name], color=TONES[name], mec="black", mew=0.5, label=name) for name in MARKS]
    legend_on_top(figure, [*marks, *phase_patches(runs[0])])
    panel_letters([main, *strip[:1]])
    return figure


@styled
def weak_picture(runs: Sequence[File]) -> Figure:
    """Crystals on the way under weaker and weaker driving; patterns and domains, and the time, against driving."""
    ordered = by_drive(runs)
    figure = Figure(figsize=(PAGE, 4.1))
    chosen = [ordered[i] for i in np.unique(np.linspace(0, len(ordered) - 1, 6).round().astype(int))]
    strip = [figure.add_axes((0.01 + 0.165 * i, 0.62, 0.16, 0.27)) for i in range(len(chosen))]
    draw_configurations(strip, chosen, [rf"$\Delta\mu / \epsilon$ = {run.option('model_dmu'):g}" for run in chosen])
    left, right = figure.subplots(1, 2, gridspec_kw={"left": 0.08, "right": 0.985, "bottom": 0.11, "top": 0.55, "wspace": 0.25})
    dmu = [run.option("model_dmu") for run in ordered]
    for name, of, label in (("compact", "domains", r"least $f_\mathrm{U}$"), ("patterned", "pattern", r"largest $f_\mathrm{S}$")):
        left.errorbar(dmu, *zip(*[getattr(outcome(run), of) for run in ordered]), fmt=f"{MARKS[name]}-", ms=4, lw=1, capsize=2,
                      color=TONES[name], label=label)
    left.set(xlabel=r"$\Delta\mu / \epsilon$", ylabel="part of the sites", ylim=(0, 1))
    left.legend()
    done = [run for run in ordered if outcome(run).complete > 0.5]
    times = [np.median(outcome(run).completion) for run in done]
    right.plot([run.option("model_dmu") for run in done], times, "ko-", ms=4, lw=1)
    right.set(yscale="log", xlabel=r"$\Delta\mu / \epsilon$", ylabel="median completion ($k^{-1}$)")
    legend_on_top(figure, phase_patches(ordered[0]))
    panel_letters((strip[0], left, right))
    return figure


@styled
def rates_picture(runs: Sequence[File]) -> Figure:
    """S1 and S2 against time at each ratio of the bare rates."""
    figure = Figure(figsize=(PAGE, 2.4), constrained_layout=True)
    panels = figure.subplots(1, 2)
    for axes, name in zip(panels, ("S1", "S2")):
        for run, n in zip(runs, (0, *DECADES)):
            mean, _ = run.mean_and_error("f")
            axes.plot(run.time, mean[:, run.phases.index(name)], lw=2 if n == 0 else 0.9, label=f"$10^{{{n}}}$",
                      color="black" if n == 0 else f"C{DECADES.index(n)}")
        axes.set(xscale="log", xlim=(1e-3, 1e3), xlabel=TIME, ylabel=rf"mean $f_{{\mathrm{{{name[0]}}}_{name[1]}}}$")
    panels[0].legend(title=r"$k_\mathrm{ex} / k_\mathrm{diff}$", ncol=2)
    panel_letters(panels)
    return figure


CLAIMS = (
    Claim("rates", "Methods", "Results are qualitatively insensitive to the ratio of the bare rates, as long as it is much "
          "larger than $e^{\\Delta\\mu / kT}$: here $10^{-3}$ to $10^3$.", (REFERENCE, *RATES), rates),
    Claim("both", "Exchange dynamics", "With $J$ and $\\epsilon$ both there, the range of behaviours is similar.", MAP, both),
    Claim("weak", "Exchange dynamics", "In a reversible exchange compact domains of $U_1$ and $U_2$ would form in place of a "
          "shell: weak driving brings them back.", WEAK, weak),
)
PICTURES = {
    "rates": Picture("S1 and S2 against time, for seven ratios of the bare rates.", (REFERENCE, *RATES), rates_picture),
    "map": Picture("How exchange goes with Ising interactions and at other temperatures, N = 271. (a) Behaviours, and the median "
                   "time of completion. (b) A crystal of each region when about two thirds of A are gone.", MAP, map_picture),
    "weak": Picture("(a) Crystals when about two thirds of A are gone, under weaker and weaker driving. (b) The largest mean "
                    "$f_S$ and least mean $f_U$ at five compositions on the way; (c) how long exchange takes.", WEAK,
                    weak_picture),
}
REMARKS = (
    "At half of its largest value $f_S$ tells where one route gives way to the other; between them both occur, in different "
    "trajectories and in different parts of a crystal. Under strong driving the rim is B at once, and stays so: what is inside "
    "is a core in a shell. Under weak driving B enters from one side, and the border of $U_1$ and $U_2$ moves across.",
    "A crystal is called patterned, compact, mixed or arrested by two numbers alone, the largest mean $f_S$ and the least mean "
    "$f_U$ at compositions of 0.8, 0.65, 0.5, 0.35 and 0.2. Repulsion of like neighbours ($J < 0$) widens the region of patterns "
    "to higher temperatures; attraction ends it where $J$ is a tenth to a third of $\\epsilon$, and makes of it the core and "
    "shell of the Ising model, with its slow times.",
)
