"""Loops of a disc of the square lattice, as of a layer of a spin-crossover compound: temperature, size, time, and the barrier."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from beyond.about import how
from claims.claim import Claim, Finding, Picture
from claims.page import Page
from claims.powers import by_size
from claims.spread import mean_of
from figures.loops import width, widths_picture
from figures.paths import path_picture
from make_figures import Run
from nixe.file import File
from nixe.paths import Path
from nixe.transitions import Barriers

TITLE = "Numbers"
PAGE = Page("beyond_spin_crossover", "Loops of a spin-crossover layer", """\
A disc of the square lattice whose ions flip between two sizes, as the molecules of a spin-crossover layer do
([Materials](materials.md#a-spin-crossover-layer-square)): how wide is the loop of its composition, and what does that depend on?

""" + how("spin_crossover"), "make beyond", "Next: [Sizes](beyond_sizes.md).", "the model")
KELVIN = 4.9  # epsilon of the compound of docs/materials.md
DRIVES = ",".join(f"{x:g}" for x in (*np.arange(6, 3.5, -0.5), *np.arange(3.5, -3.6, -0.25), *np.arange(-4, -6.1, -0.5)))
TEMPERATURES, RADII, SWEEPS = (0.6, 0.9, 1.2, 1.8, 2.4, 3, 3.5, 4), (5, 7.1, 10.2, 14.2, 20), (20, 60, 200, 600, 2000)
CLIMBS = (3.7, 5, 7.1, 10.2)  # radii
CENTERS = ",".join(f"{c:g}" for c in np.round(np.linspace(0, 1, 41), 3))
CLOSED = 0.05  # of the widest loop, below which a loop counts as closed
FEW = "-lattice_radius 4.2 -ensemble_size 3 -mc_equilibration 10 -mc_sweeps 40 -mc_area_every 20 -mc_snapshot_every 20"
KT_FEW = FEW.replace("4.2", "5.2")
LOOP = f"-model_dmu {DRIVES}"
LONG = "-mc_sweeps {0} -mc_equilibration {1} -mc_area_every {1} -mc_snapshot_every {0}"
RUNS = {
    **{f"disc_kT_{kT:g}": Run("mc", "mc_hysteresis", f"{LOOP} -model_kT {kT:g}", FEW) for kT in TEMPERATURES},
    **{f"disc_radius_{radius:g}": Run("mc", "mc_hysteresis", f"{LOOP} -lattice_radius {radius:g}",
                                      f"{FEW} -lattice_radius {2 + radius / 3:g}") for radius in RADII if radius != 10.2},
    **{f"disc_sweeps_{sweeps}": Run("mc", "mc_hysteresis", f"{LOOP} {LONG.format(sweeps, sweeps // 4)}",
                                    f"{FEW} {LONG.format(sweeps // 10 + 4, sweeps // 10 + 4)}")
       for sweeps in SWEEPS if sweeps != 200},
    "disc_in_kT": Run("mc", "mc_hysteresis", "-model_dmu -2 -model_kT 0.5,0.75,1,1.25,1.5,1.75,2,2.25,2.5", KT_FEW),
    **{f"disc_climb_{radius:g}": Run(
        "mc", "mc_hysteresis", f"-lattice_radius {radius:g} -mc_path independent -mc_move both -model_dmu 0 "
        f"-mc_umbrella_stiffness 15 -mc_replica_exchange_every 2 -mc_umbrella_center {CENTERS} -ensemble_size 4 "
        "-mc_equilibration 500 -mc_sweeps 4000 -mc_record_every 2 -mc_area_every 1000 -mc_snapshot_every 1000",
        f"-lattice_radius {2 + radius / 3:g} -ensemble_size 2 -mc_equilibration 100 -mc_sweeps 400 -mc_area_every 100 "
        "-mc_snapshot_every 100")
       for radius in CLIMBS},
}
WARMTH = tuple(f"disc_kT_{kT:g}" for kT in TEMPERATURES)
BY_SIZE = tuple("disc_kT_1.2" if radius == 10.2 else f"disc_radius_{radius:g}" for radius in RADII)
BY_TIME = tuple("disc_kT_1.2" if sweeps == 200 else f"disc_sweeps_{sweeps}" for sweeps in SWEEPS)
BARRIERS = tuple(f"disc_climb_{radius:g}" for radius in CLIMBS)


def paths(runs: Sequence[File]) -> list[Path]:
    """The loops of files."""
    return [Path.of(run) for run in runs]


def measure_warmth(runs: Sequence[File]) -> list[Finding]:
    """Widths by temperature; the warmest has no loop."""
    found = [Finding.of(f"width in Δμ at kT = {run.kT[0]:g}", *width(Path.of(run))) for run in runs]
    first, last = width(Path.of(runs[0])), width(Path.of(runs[-1]))
    return [*found, Finding.of("the last over the first", last[0] / first[0], last[1] / first[0], most=CLOSED)]


def measure_mirror(runs: Sequence[File]) -> list[Finding]:
    """Both jumps of a loop."""
    down, up = Path.of(runs[0]).crossings()
    return [Finding.of("Δμ of the jump down plus that of the jump up", *mean_of(down + up), least=-0.1, most=0.1)]


def measure_size(runs: Sequence[File]) -> list[Finding]:
    """Widths by size, and the power that they follow."""
    found = [width(path) for path in paths(runs)]
    sites = [len(run.position) for run in runs]
    (small, sure), (large, error) = found[0], found[-1]
    return [*(Finding.of(f"width in Δμ, {count:,} sites", *each) for count, each in zip(sites, found)),
            Finding.of("the last less the first", large - small, float(np.hypot(sure, error)), least=0)]


def measure_time(runs: Sequence[File]) -> list[Finding]:
    """Widths by the sweeps at each state, and how much a decade takes off."""
    found = [width(path) for path in paths(runs)]
    sweeps = [float(run.option("mc_sweeps")) for run in runs]
    slope, sure = np.polyfit(np.log10(sweeps), [value for value, _ in found], 1, w=[1 / error for _, error in found], cov=True)
    return [*(Finding.of(f"width in Δμ, {count:g} sweeps", *each) for count, each in zip(sweeps, found)),
            Finding.of("what ten times as many sweeps change", float(slope[0]), float(sure[0, 0] ** 0.5), least=-1, most=0)]


def measure_rim(runs: Sequence[File]) -> list[Finding]:
    """How B comes in on the way down: the composition at the rim and in the middle, where the whole is nearest to 3/4."""
    run, rim, middle = runs[0], [], []
    states = np.flatnonzero(run.branch > 0)
    for replica in range(len(run.replicas("snapshot/sigma", 0))):
        sigma = np.concatenate([run.replicas("snapshot/sigma", q)[replica] for q in states])
        profile = run.profile(sigma[np.abs((sigma > 0).mean(axis=1) - 0.75).argmin()])
        rim.append(profile[0])
        middle.append(profile[len(profile) // 2])
    return [Finding.of("composition at the rim less that half-way to the middle, at c = 3/4",
                       *mean_of(np.array(rim) - np.array(middle)), most=0)]


def measure_kT(runs: Sequence[File]) -> list[Finding]:
    """A crystal of A that is not stable gets warm, and cold again."""
    path = Path.of(runs[0])
    start, end = path.values[0], path.values[-1]
    jump = path.crossings()[0]
    return [Finding.of("composition at first", *mean_of(start), least=0.9),
            Finding.of("composition at last", *mean_of(end), most=0.1),
            Finding.of("kT at which it turns", *mean_of(jump[np.isfinite(jump)]), least=0.5, most=2.5, unit="ε")]


def measure_power(runs: Sequence[File]) -> list[Finding]:
    """Barriers by size."""
    return by_size([Barriers.of([run]) for run in runs], power=1.25, limit=4)


def measure_kelvin(runs: Sequence[File]) -> list[Finding]:
    """At what temperature the loops of the compound of docs/materials.md close."""
    widths = {float(run.kT[0]): width(Path.of(run))[0] for run in runs}
    closed = [kT for kT, value in widths.items() if value < CLOSED * max(widths.values())]
    return [Finding.of("the coldest loop that is closed", KELVIN * min(closed, default=np.nan), 0, most=181, unit="K")]


CLAIMS = (
    Claim("spin-warmth", "loops", "They are the narrower the warmer, and close", WARMTH, measure_warmth),
    Claim("spin-mirror", "loops", "Both jumps are alike", ("disc_kT_1.2",), measure_mirror),
    Claim("spin-size", "loops", "They open wider in large crystals", BY_SIZE, measure_size),
    Claim("spin-time", "loops", "Ten times as long a wait takes little off", BY_TIME, measure_time),
    Claim("spin-rim", "jumps", "They begin at the rim", ("disc_kT_1.2",), measure_rim),
    Claim("spin-kT", "loop in kT", "What turns when it gets warm does not turn back", ("disc_in_kT",), measure_kT),
    Claim("spin-barrier", "barrier", "It grows as the crystal, not as its border (power 1/2)", BARRIERS, measure_power),
    Claim("spin-kelvin", "Fe(bt)₂(NCS)₂", "Loops of this compound would close far below its transition at 181 K", WARMTH,
          measure_kelvin),
)


def draw_widths(runs: Sequence[File]) -> Figure:
    """What loops depend on."""
    found = iter(runs)
    warm, sizes, times, climbs = ([next(found) for _ in names] for names in (WARMTH, BY_SIZE, BY_TIME, BARRIERS))
    return widths_picture(
        [(float(run.kT[0]), Path.of(run)) for run in warm], [(len(run.position), Path.of(run)) for run in sizes],
        [(int(run.option("mc_sweeps")), Path.of(run)) for run in times], [Barriers.of([run]) for run in climbs])


PICTURES = {
    "loop": Picture(
        "A loop of a disc of 333 sites at kT = 1.2 ε: configurations of one replica before and after its jumps, and the "
        "composition of all eight against Δμ.", ("disc_kT_1.2",), lambda runs: path_picture(runs[0])),
    "widths": Picture(
        "What loops depend on. (a) Loops by temperature, down (solid) and up (dashed). (b) How far apart in Δμ both branches "
        "cross c = 1/2, against temperature; (c) against the sites, and (d) against the sweeps at each state, at kT = 1.2 ε. (e) "
        "The free energy of a site at Δμ = 0 by the number of sites, and (f) the barrier. Bars and bands are 95 % intervals.",
        (*WARMTH, *BY_SIZE, *BY_TIME, *BARRIERS), draw_widths),
}
REMARKS = ("""\
## What the model shows

The loop is one of barriers that grow with the crystal. A border between large and small ions bends the whole crystal, so that
$F(c)$ is a free energy of each site, the larger crystals' a little more so, for a rim is soft: the barrier grows with a power
of $N$ of 1.16, where that of a border would be 1/2. Hence a large crystal does not turn until $\\Delta\\mu$ has nearly taken
the barrier away: its loop is wider, not narrower, and waiting ten times as long takes an eighth off it. Domains come in from
the rim, where an ion of the other size bends least, and both jumps are alike, by symmetry. Others found the same of elastic
models of spin crossover: a critical nucleus in proportion to the crystal [1], and domains from the surface where boundaries are
free [2]; a [bulk](beyond_bulk.md), by contrast, turns as one.

Loops are the narrower the warmer, and close near $kT$ = 4 ε.""", """\
## What it cannot

- It has no loop for the compound of [Materials](materials.md#a-spin-crossover-layer-square): by the moduli and the misfit that
  were found, $kT$ is 37 ε at its transition, ten times above where loops close. Its loop of 11 K must come from interactions
  that are stiffer or other than these springs; $J$ is one way to put them in.
- A molecule turns at a barrier of its own, at a rate that depends on temperature; sweeps of Monte Carlo are no seconds. That a
  loop narrows with time is shown, not how fast.
- High spin and low spin are equally stiff, and equally many states belong to both; the crystal's asymmetry, and loops that
  lean, are beyond it.
- The layer is flat and free: no substrate, no matrix, no cracks.

## Sources

1. M. Nishino *et al.*, *Macroscopic nucleation phenomena in continuum media with long-range interactions*,
   [arXiv:1201.2495](https://arxiv.org/abs/1201.2495), its abstract.
2. M. Nishino *et al.*, *Intrinsic effects of the boundary condition on switching processes in spin-crossover solids*,
   [arXiv:0910.4519](https://arxiv.org/abs/0910.4519), its abstract.""")
