"""Palladium hydride in a nanocube: loading and unloading, the loop between them, and the barrier that makes it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from beyond.about import how
from claims.claim import Claim, Finding, Picture
from claims.page import Page
from claims.powers import by_size
from claims.spread import bootstrapped, mean_of, ratio
from figures.loading import PLACES, loading_picture, places
from figures.loops import hysteresis_picture, width
from make_figures import Run
from nixe.file import File
from nixe.paths import Path
from nixe.transitions import Barriers

TITLE = "Numbers"
PAGE = Page("beyond_hydride", "Loading and unloading a hydride", """\
A palladium nanocube takes up hydrogen and gives it off ([Materials](materials.md#palladium-and-hydrogen-sc-two-classes)). Is the
way back that of the way there, how wide is the loop between them, and what barrier makes it?

""" + how("hydride"), "make beyond", "Next: [The bulk in composition and temperature](beyond_bulk.md).", "the model")
UP = (0, 1, 2, 3, 3.5, 4, 4.25, 4.5, 4.75, 5, 5.2, 5.4, 5.6, 5.8, 6, 6.5, 7, 8)
DRIVES = (*(-x for x in UP[:0:-1]), *UP)
EDGES, CLIMBS = (4, 5, 6, 8, 10, 12, 15), (6, 8, 10, 12)
BOX = "-lattice_cells {0},{0},{0}"
LOOP = ("-mc_umbrella_stiffness 0 -mc_umbrella_center 0.5 -mc_replica_exchange_every 0 -mc_path loop -mc_composition 0 "
        "-ensemble_size 6 -mc_equilibration 20 -mc_sweeps 40 -mc_area_every 20 -mc_snapshot_every 40 "
        f"-model_dmu {','.join(map(str, DRIVES))}")
LOOSE = ",".join(f"{c:.3g}" for c in np.linspace(0.03, 0.97, 48))
SMALL = "-lattice_cells {0},{0},{0} -ensemble_size 2 "
QUICK_LOOP = "-mc_equilibration 10 -mc_sweeps 20 -mc_area_every 20 -mc_snapshot_every 20"
LOAD_QUICK = "-lattice_cells 6,6,6 -ensemble_size 4 -kmc_time_last 200 -kmc_time_count 101 -kmc_snapshots 101"
RUNS = {
    "cube_load": Run("kmc", "kmc_pdh_cube", "-ensemble_size 4", LOAD_QUICK),
    "cube_unload": Run("kmc", "kmc_pdh_cube", "-ensemble_size 4 -ensemble_seed 2 -kmc_start A -model_dmu -6 "
                       "-kmc_stop_composition 0.1", LOAD_QUICK),
    **{f"cube_loop_{n}": Run("mc", "mc_barrier", f"{BOX.format(n)} {LOOP}",
                        SMALL.format(n // 3 + 2) + QUICK_LOOP) for n in EDGES},
    **{f"cube_climb_{n}": Run("mc", "mc_barrier", f"{BOX.format(n)} -ensemble_size 2", SMALL.format(n // 2 + 3)
                         + f"-mc_umbrella_center {LOOSE} -mc_equilibration 50 -mc_sweeps 200") for n in CLIMBS},
}
LOOPS, BARRIERS = (tuple(f"{name}_{n}" for n in sizes) for name, sizes in (("cube_loop", EDGES), ("cube_climb", CLIMBS)))


def first_time(run: File, part: float) -> np.ndarray:
    """When each trajectory has gone this part of the way between all B and all A, from where it begins; NaN if never."""
    c = run.trajectories("composition")
    gone = c if c[0, 0] < 0.5 else 1 - c
    reached = gone >= part
    return np.where(reached.any(axis=1), run.time[reached.argmax(axis=1)], np.nan)


def measure_mirror(runs: Sequence[File]) -> list[Finding]:
    """Loading against unloading."""
    found = []
    for part in (0.25, 0.5, 0.85):
        load, unload = (mean_of(first_time(run, part)) for run in runs)
        found.append(Finding.of(f"time of {part:g} of the way, loading over unloading", *ratio(load, unload), 0.95, 1.05))
    return found


def measure_course(runs: Sequence[File]) -> list[Finding]:
    """The first half of the way against the second, of both together."""
    early = np.concatenate([first_time(run, 0.45) for run in runs])
    late = np.concatenate([first_time(run, 0.85) - first_time(run, 0.45) for run in runs])
    return [Finding.of("time of c = 0 to 0.45 over that of 0.45 to 0.85", *bootstrapped(
        len(early), lambda rows: early[rows].mean() / late[rows].mean()))]


def measure_places(runs: Sequence[File]) -> list[Finding]:
    """Where hydride is while the crystal is filled to a quarter."""
    found = []
    for number, name in PLACES.items():
        values = []
        for sigma in runs[0].trajectories("snapshot/sigma"):
            c = (sigma > 0).mean(axis=1)
            values.append((sigma[np.abs(c - 0.25).argmin()][places(runs[0])[number]] > 0).mean())
        bounds = {"inside": {"most": 0.25}, "edges": {"least": 0.25}, "corners": {"least": 0.25}}.get(name, {})
        found.append(Finding.of(f"composition at c = 1/4: {name}", *mean_of(np.array(values)), **bounds))
    return found


def measure_loops(runs: Sequence[File]) -> list[Finding]:
    """The loop of the largest cube: where it jumps, and whether both jumps are alike."""
    path = Path.of(runs[-1])
    up, down = path.crossings()  # from B to A, and back
    return [Finding.of("Δμ at which it fills", *mean_of(up), least=1),
            Finding.of("Δμ at which it empties", *mean_of(down), most=-1),
            Finding.of("sum of both", *mean_of(up + down), least=-0.1, most=0.1),
            Finding.of("area, the energy that is lost of a site", *path.area(), unit="ε")]


def measure_widths(runs: Sequence[File]) -> list[Finding]:
    """Loops by size."""
    found = [width(Path.of(run)) for run in runs]
    (small, sure), (large, error) = found[0], found[-1]
    return [*(Finding.of(f"width in Δμ, {len(run.position):,} sites", *each) for run, each in zip(runs, found)),
            Finding.of("the last less the first", large - small, float(np.hypot(sure, error)), least=0)]


def barriers(runs: Sequence[File]) -> list[Barriers]:
    """Of each size."""
    return [Barriers.of([run]) for run in runs]


def measure_power(runs: Sequence[File]) -> list[Finding]:
    """Barriers by size."""
    return by_size(barriers(runs), power=np.inf, limit=6)


CLAIMS = (
    Claim("hydride-mirror", "loading, unloading", "Unloading is loading with A and B changed about: there is no asymmetry",
          ("cube_load", "cube_unload"), measure_mirror),
    Claim("hydride-course", "loading, unloading", "The way in is not the way on", ("cube_load", "cube_unload"), measure_course),
    Claim("hydride-places", "loading", "Hydride gathers at edges and corners first", ("cube_load",), measure_places),
    Claim("hydride-loop", "loop", "Between loading and unloading is a loop", LOOPS, measure_loops),
    Claim("hydride-widths", "loop", "It is the wider the larger the crystal", LOOPS, measure_widths),
    Claim("hydride-barrier", "barrier", "The barrier grows as the crystal at least, not as its border (power 2/3)", BARRIERS,
          measure_power),
)
PICTURES = {
    "loading": Picture(
        "A palladium nanocube of 3,375 sites at 300 K. (a) One trajectory of loading at Δμ = 6; A is hydride, B, translucent, "
        "the empty metal. (b) How far loading and, at Δμ = −6, unloading have gone; thin lines are trajectories. (c) The "
        "composition at corners, edges, faces and inside against that of all, while it loads.", ("cube_load", "cube_unload"),
        loading_picture),
    "hysteresis": Picture(
        "The loop, and what makes it. (a) Composition while Δμ rises (solid) and falls again (dashed), by the sites along an "
        "edge. (b) The free energy of a site at Δμ = 0, by the sites of all. (c) The barrier against these. Bars and bands are "
        "95 % intervals.",
        (*LOOPS, *BARRIERS), lambda runs: draw_hysteresis(runs)),
}
REMARKS = ("""\
## What the model shows

**Asymmetry: none.** The energy is the same when A and B change about, so that unloading at $-\\Delta\\mu$ is loading at
$\\Delta\\mu$ seen in a mirror, and the two jumps of a loop lie alike to both sides of 0. Hydride comes in from corners and
edges, where it bends least, and metal comes back from there.

**Hysteresis** is there without any impurity or dislocation: hydride and metal that meet in one crystal bend it, and that costs
a free energy of each site, not of the border alone. The barrier grows as the crystal at least, and faster among small cubes,
which are mostly surface; in a cube of 6 nm it is hundreds of kT: no such crystal ever crosses it. It loads when $\\Delta\\mu$
has taken the barrier away, near the steepest slope of $F(c)$, and unloads when $-\\Delta\\mu$ has. In the smallest cubes the
barrier is small enough to be crossed, and the loop closes. Experiments on palladium see that, too: hysteresis shrinks with the
particle and is negligible below 2.5 nm [1], where a cube here has 6 sites along its edge. So do atomistic simulations of 4 to
16 nm, in which the gap widens with size [2].

In units of pressure, $\\Delta\\mu = \\frac{1}{2} n k_B T \\ln(p/p_0)$ with $n$ the hydrogen atoms of a site: loading and
unloading are $4\\Delta\\mu/nk_BT$ apart in $\\ln p$, which for jumps at $\\pm 5$ and $n$ = 2.5 is 0.8, a factor of 2.3.""", """\
## What it cannot

- An asymmetry needs what differs between hydride and metal: their moduli, how much of the hydride is filled, the curvature of
  the lattice's energy. One was seen in rings of palladium, and put down to defects [3].
- Times are in units of the bare rate of a hop of a site, which stands for four palladium atoms and their hydrogen: no seconds.
- Hydrogen attracts hydrogen by electrons, too. In this model all attraction is elastic, and the dome of the bulk would end at
  20.7 ε, some 640 K by [Materials](materials.md#palladium-and-hydrogen-sc-two-classes), if it were one of mean field.
- Borders stay coherent: no dislocations, with which large crystals narrow their loops.

## Sources

1. V. P. Zhdanov *et al.*, *Size-dependent hysteresis in the formation and decomposition of hydride in metal nanoparticles*
   (2010), its abstract at
   [Insplorion](https://www.insplorion.com/sv/publications/size-dependent-hysteresis-in-the-formation-and-decomposition-of-hydride-in-metal-nanoparticles/).
2. X. Sun and R. Jin, *Size and shape dependence of hydrogen-induced phase transformation and sorption hysteresis in palladium
   nanoparticles*, [arXiv:2405.08929](https://arxiv.org/abs/2405.08929), its abstract.
3. C. Langhammer *et al.*, *Asymmetric hysteresis in nanoscopic single-metal hydrides: palladium nanorings* (2012), its abstract
   at
   [Chalmers](http://publications.lib.chalmers.se/publication/165795-asymmetric-hysteresis-in-nanoscopic-single-metal-hydrides-palladium-nanorings).""")


def draw_hysteresis(runs: Sequence[File]) -> Figure:
    """Loops and barriers."""
    loops, climbs = runs[:len(LOOPS)], runs[len(LOOPS):]
    return hysteresis_picture([(f"{len(run.position)**(1 / 3):.0f}", Path.of(run)) for run in loops], "edge", barriers(climbs))
