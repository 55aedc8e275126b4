"""How exchange scales with the size of elastic crystals, in the plane and in space, and how large ones look inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.figure import Figure

from beyond.about import how
from claims.claim import Claim, Finding, Picture
from claims.composition import when
from claims.page import Page
from claims.phases import Course
from claims.powers import exponent
from claims.spread import Found, bootstrapped, mean_of
from claims.volume import COLUMNS, mixed, scattering_of
from figures.exchange import choose_snapshots, cuts, first_done, ion_patches, tell_time
from make_figures import Run
from nixe.draw import COLOUR, PAGE as WIDTH, draw_crystal, legend_on_top, panel_letters, phase_label, phase_patches, styled
from nixe.file import File

TITLE = "Numbers"
PAGE = Page("beyond_sizes", "Sizes", """\
Exchange of elastic crystals at the drive and the temperature of the paper, hexagons of 169 to 4,921 sites and cubes of 10³ to 64³:
how do times, peaks and life times grow with the number of sites, and what do cuts through the large ones show?

""" + how("sizes"), "make beyond", "Next: [Extending nixe](extending.md).", "the model")
PLANE = {8: 200, 12: 200, 16: 100, 20: 100, 24: 60, 32: 40, 41: 20}  # edge: trajectories
SPACE = {10: 100, 12: 100, 16: 40, 20: 20, 30: 6, 46: 2, 64: 1}
TIMES = "-kmc_time_count 241 -kmc_snapshots 61"  # between 1e-4 and 1e4
LAZY = 30  # edge from which on fewer configurations are kept
SMALL = "-lattice_edge {} -ensemble_size {}"
QUICK = {41: SMALL.format(18, 3), 32: SMALL.format(14, 3), 24: SMALL.format(10, 4), 20: SMALL.format(9, 4),
         64: SMALL.format(8, 1), 46: SMALL.format(9, 2), 30: SMALL.format(7, 3)}
RUNS = {
    **{f"plane_{n}": Run("kmc", "kmc_2d_elastic", f"-lattice_edge {n} -ensemble_size {count} {TIMES}",
                         QUICK.get(n, "-ensemble_size 6")) for n, count in PLANE.items()},
    **{f"space_{n}": Run("kmc", "kmc_3d_elastic", f"-lattice_edge {n} -ensemble_size {count} "
                         + (TIMES if n < LAZY else "-kmc_time_count 121 -kmc_snapshots 31"),
                         QUICK.get(n, SMALL.format(min(n, 11), 4))) for n, count in SPACE.items()},
}
FLAT, DEEP = tuple(f"plane_{n}" for n in PLANE), tuple(f"space_{n}" for n in SPACE if n != 64)
LARGEST = "space_64"


def sites(run: File) -> int:
    """How many a crystal has."""
    return len(run.position)


def completion(run: File) -> Found:
    """The mean time of completion."""
    return mean_of(run.trajectories("completion_time"))


def of_phase(name: str, what: str) -> Callable[[File], Found]:
    """What gives the height of the peak of a phase, or its life time above half of it."""
    def measure(run: File) -> Found:
        course = Course.of(run)
        return course.found(lambda f: float(f[name].max()) if what == "peak" else course.life(f[name]))
    return measure


def unclassified(what: str) -> Callable[[File], Found]:
    """In space, of the sites of no phase: the height of their peak, or when they are down to half of it."""
    def measure(run: File) -> Found:
        f = run.trajectories("f")[:, :, run.phases.index("unclassified")]

        def of(chosen: np.ndarray) -> float:
            mean = f[chosen].mean(axis=0)
            top = int(mean.argmax())
            return float(mean[top]) if what == "peak" else when(run.time[top:], mean[top:], mean[top] / 2)
        return bootstrapped(len(f), of)
    return measure


def strongest(run: File) -> Found:
    """The largest mean S(q) of columns, by that at random."""
    found = scattering_of(run)[COLUMNS][:, mixed(run)]
    known = np.isfinite(found)

    def of(chosen: np.ndarray) -> float:
        count = known[chosen].sum(axis=0)
        return float((np.where(known, found, 0)[chosen].sum(axis=0) / np.maximum(count, 1)).max())
    return bootstrapped(len(found), of)


Range = tuple[float, float]  # of an exponent, of the half of larger crystals
SLOWER: dict[str, Range] = {"plane": (1, 1.5), "space": (2 / 3, 1.5)}  # than diffusion alone, by its square of a length
LEVEL: Range = (-0.15, 0.15)
QUANTITIES: dict[str, dict[str, tuple[Callable[[File], Found], Range]]] = {
    "plane": {"time of completion": (completion, SLOWER["plane"]),
              **{f"{word} of {name}": (of_phase(name, what), bounds) for name in ("S1", "S2") for word, what, bounds in (
                  ("peak", "peak", LEVEL), ("life time above half of the peak", "life", SLOWER["plane"]))}},
    "space": {"time of completion": (completion, SLOWER["space"]), "peak of unclassified sites": (unclassified("peak"), LEVEL),
              "life time of unclassified sites, until they are half of the peak": (unclassified("life"), SLOWER["space"]),
              "largest S(π, π, 0)": (strongest, (0, 1))},
}


def scaling(kind: str) -> Callable[[Sequence[File]], list[Finding]]:
    """Each quantity at each size, and its exponent in the number of sites; of the half of larger crystals, too."""
    def measure(runs: Sequence[File]) -> list[Finding]:
        found = []
        runs = sorted(runs, key=sites)
        x = [sites(run) for run in runs]
        for name, (of, bounds) in QUANTITIES[kind].items():
            values = [of(run) for run in runs]
            found += [Finding.of(f"{name}, N = {size:,}", *value) for size, value in zip(x, values)]
            half = len(x) // 2
            found += [Finding.of("exponent of it in N, all sizes", *exponent(x, values)),
                      Finding.of(f"exponent of it in N, from N = {x[half]:,} on", *exponent(x[half:], values[half:]), *bounds)]
        return found
    return measure


def largest(runs: Sequence[File]) -> list[Finding]:
    """One trajectory of the largest crystal."""
    run = runs[0]
    f = run.trajectories("f")[0]
    f = f[:, run.phases.index("unclassified")]
    return [Finding.of(f"time of completion of one trajectory, N = {sites(run):,}", run.trajectories("completion_time")[0], 0),
            Finding.of("its largest part of unclassified sites", float(f.max()), 0)]


def sizes_picture(kind: str) -> Callable[[Sequence[File]], Figure]:
    """A picture of each quantity against size."""
    @styled
    def picture(runs: Sequence[File]) -> Figure:
        runs = sorted(runs, key=sites)
        x = [sites(run) for run in runs]
        groups = {"time": [], "part of the sites": [], "life time": [], "S(π, π, 0)": []}
        for name, (of, _) in QUANTITIES[kind].items():
            word = next((word for start, word in (("time", "time"), ("peak", "part of the sites"), ("life", "life time"))
                         if name.startswith(start)), "S(π, π, 0)")
            groups[word].append((name, [of(run) for run in runs]))
        shown = {word: lines for word, lines in groups.items() if lines}
        figure = Figure(figsize=(WIDTH, 2.5), constrained_layout=True)
        panels = np.atleast_1d(figure.subplots(1, len(shown)))
        for axes, (word, lines) in zip(panels, shown.items()):
            for (name, values), mark in zip(lines, "os"):
                slope, _ = exponent(x, values)
                colour = next((COLOUR[phase] for phase in ("S1", "S2") if phase in name), "black")
                which = f"{phase_label(name.split(' of ')[-1])}, " if len(lines) > 1 else ""
                axes.errorbar(x, *zip(*values), fmt=f"{mark}-", ms=4, lw=1, capsize=2, color=colour,
                              label=f"{which}power {slope:.2f}".replace("-", "\u2212"))
            axes.set(xscale="log", xlabel="sites $N$", ylabel=word + (r" ($k^{-1}$)" if "time" in word else ""))
            if word == "part of the sites":
                axes.set_ylim(bottom=0)
            else:
                axes.set_yscale("log")
            axes.legend(loc="lower right", handlelength=1, fontsize=7)
        panel_letters(panels)
        return figure
    return picture


@styled
def large_plane(runs: Sequence[File]) -> Figure:
    """The largest crystal in the plane along a trajectory, by its plaquettes."""
    run = max(runs, key=sites)
    row, count = first_done(run), 5
    chosen = choose_snapshots(run, row, count, "f")
    figure = Figure(figsize=(WIDTH, 1.75))
    for i, (snapshot, sigma) in enumerate(zip(chosen, run.snapshots(row)[chosen])):
        axes = figure.add_axes((0.005 + i / count, 0.11, 0.99 / count, 0.72))
        draw_crystal(axes, run, sigma)
        tell_time(axes, run, snapshot)
    legend_on_top(figure, [*ion_patches(), *phase_patches(run)])
    return figure


CLAIMS = (
    Claim("sizes-plane", "hexagons", "Larger crystals are as patterned, and take longer than diffusion alone, whose time goes as N.",
          FLAT, scaling("plane")),
    Claim("sizes-space", "cubes", "So do cubes, where diffusion goes as the power 2/3 of N; their columns are the clearer.", DEEP,
          scaling("space")),
    Claim("sizes-largest", "cube", "A cube of 64³ sites.", (LARGEST,), largest),
)
PICTURES = {
    "plane": Picture("Hexagons: (a) time of completion, (b) peaks and (c) life times of the patterned phases against size.",
                           FLAT, sizes_picture("plane")),
    "space": Picture("Cubes: the same of the sites that are not unstructured, and how strongly columns scatter.", DEEP,
                           sizes_picture("space")),
    "hexagon": Picture("The largest hexagon along a trajectory.", FLAT, large_plane),
    "cuts": Picture("Cuts through the middle of the cube of 46³ sites.", DEEP, lambda runs: cuts(max(runs, key=sites))),
    "cuts_64": Picture("Cuts through the middle of the cube of 64³ sites.", (LARGEST,), lambda runs: cuts(runs[0])),
}
REMARKS = ("""\
## What the model shows

**Time.** A crystal twice as wide takes more than four times as long, which is what diffusion takes: from 1,141 and 8,000 sites on the
time of completion goes with the powers 1.28 (plane) and 0.90 (space) of $N$, where diffusion has 1 and 2/3. The powers fall with
size; whether they end at those of diffusion, these sizes do not tell.

**Patterns** are not a matter of small crystals. In the plane $S_1$ and $S_2$ take a seventh and a fifth of the sites at their
peaks, which hardly changes from 1,141 sites on, and live about half as long as the whole exchange takes. In space the unclassified
sites, among which columns stand, fall from 94 to 76 %, and level off. In the largest hexagon one sees what a mean over small ones
hides: rings. From the rim inwards a crystal is $U_2$, $S_2$, $S_1$, $U_1$, and the rings walk in together.

**Columns** are the clearer the larger the cube: the greatest $S(\\pi, \\pi, 0)$ over that at random grows as $N$, as it does where
columns are in step over a part of the crystal that grows with it; of columns in step with their neighbours only it would stay. The
cuts show it: columns stand along all three axes, each direction in regions of its own, as large as the crystal lets them be.""", """\
## What it cannot

- Cubes above 8,000 sites have six, two and one trajectories: errors of few are rough, and that of 64³ has none.
- All crystals begin as A, at one temperature and one drive. What a weaker drive does to 721 sites stands on
  [the page of the paper](reproduction.md#what-it-does-not-depend-on-and-what-it-does).""")
