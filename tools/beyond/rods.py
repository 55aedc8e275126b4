"""Octahedra of fcc, and rods of hcp that exchange at their ends: sheets inside, fronts along the rod, and no stripes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from beyond.about import how
from claims.claim import Claim, Finding, Picture
from claims.page import Page
from claims.spread import bootstrapped, mean_of
from figures.rods import bands_picture, cooled_picture, rods_picture
from figures.sheets import sheets_picture
from make_figures import Run
from nixe.bands import Bands, RodCourse, Planes, Sheets
from nixe.file import File

TITLE = "Numbers"
PAGE = Page("beyond_rods", "Octahedra, and rods that exchange at their ends", """\
Exchange on the cation lattices of real nanocrystals: fcc, of rock salt and zinc blende, and hcp, of wurtzite. The experiments
that the paper cites see stripes along a rod of CdS whose ions are partly exchanged for silver [1, 2]. Does the model have them?

""" + how("rods"), "make beyond", "Next: [Loading and unloading a hydride](beyond_hydride.md).", "the model")
NAMES = ("through its ends", "all over", "all over, long")
BAND, STRIPES = 4, 4  # planes of a band, and bands of the rod with which that of one border is compared
RUNS = {
    "octahedron": Run("kmc", "kmc_fcc_octahedron", "-ensemble_size 40",
                      "-ensemble_size 6 -lattice_faces 111:4.2,100:5.0 -kmc_time_count 80 -kmc_snapshots 40"),
    "rod_ends": Run("kmc", "kmc_hcp_rod_ends", "-kmc_time_count 401 -kmc_snapshots 401",
                    "-ensemble_size 4 -lattice_radius 1.6 -lattice_length 10 -kmc_time_count 201 -kmc_snapshots 201"),
    "rod_all": Run("kmc", "kmc_hcp_rod", "-kmc_time_count 401 -kmc_snapshots 401",
                   "-ensemble_size 20 -lattice_radius 1.6 -lattice_length 10 -kmc_time_count 201 -kmc_snapshots 201"),
    "rod_long": Run("kmc", "kmc_hcp_rod", "-lattice_length 42 -ensemble_size 40 -kmc_time_count 401 -kmc_snapshots 401 "
                    "-output_potential",
                    "-ensemble_size 6 -lattice_radius 1.6 -lattice_length 26 -kmc_time_count 201 -kmc_snapshots 201"),
    "rod_cooled": Run("mc", "mc_hcp_rod", "", "-ensemble_size 2 -lattice_radius 1.6 -lattice_length 16 -mc_equilibration 50 "
                      "-mc_sweeps 50 -mc_snapshot_every 10 -mc_area_every 50"),
}


def measure_sheets(runs: Sequence[File]) -> list[Finding]:
    """Which direction scatters most, and at which q."""
    sheets = Sheets(runs[0])
    peak = {family: found[:, sheets.peak] for family, found in sheets.along.items()}
    course = bootstrapped(len(peak["100"]), lambda rows: np.ptp(np.log(peak["100"][rows].mean(axis=0))))
    bounds = {"100": {"least": 2}, "110": {}, "111": {"most": 0.5}}
    return [*(Finding.of(f"mean S(q) along ⟨{family}⟩ over chance", *mean_of(found.mean(axis=1)), **bounds[family])
              for family, found in peak.items()),
            Finding.of("greatest over least of it along ⟨100⟩, logarithm", *course, most=1.1)]


def measure_ends(runs: Sequence[File]) -> list[Finding]:
    """Of the rod that is exchanged through its ends: borders and banding."""
    course = RodCourse(runs[0])
    half = course.at(0.5)
    sites = course.planes.sites.mean()
    return [
        Finding.of("borders along the rod at c = 1/2", *mean_of(course.borders[half]), least=1, most=2),
        Finding.of("the most borders in the course of an exchange", *mean_of(course.borders.max(axis=1)), most=2.2),
        Finding.of(f"banding at c = 1/2, where {sites:.0f} are whole bands", *mean_of(course.banding[half]), least=0.5 * sites)]


def measure_all_over(runs: Sequence[File]) -> list[Finding]:
    """Of rods that are exchanged everywhere."""
    found = []
    for run in runs:
        course = RodCourse(run)
        half, words = course.at(0.5), f"{len(run.position)} sites"
        found += [Finding.of(f"borders at c = 1/2, {words}", *mean_of(course.borders[half]), most=0.1),
                  Finding.of(f"banding at c = 1/2, {words}", *mean_of(course.banding[half]), most=2)]
    return found


def completion(run: File) -> np.ndarray:
    """Of the trajectories that came to their end, when."""
    found = run.trajectories("completion_time")
    return found[np.isfinite(found)]


def measure_times(runs: Sequence[File]) -> list[Finding]:
    """How much longer exchange through the ends takes."""
    slow, fast = (np.log10(completion(run)) for run in runs)
    apart, error = mean_of(slow)[0] - mean_of(fast)[0], float(np.hypot(mean_of(slow)[1], mean_of(fast)[1]))
    return [Finding.of("decades between the mean logarithms of both times", apart, error, least=4),
            Finding.of("part of those through the ends that were complete", len(slow) / runs[0].done.sum(), 0, least=1)]


def measure_cooled(runs: Sequence[File]) -> list[Finding]:
    """What is left of a rod of half A, half B that is cooled."""
    run = runs[0]
    planes, cold = Planes(run), int(np.argmin(run.kT))
    borders = np.array([planes.borders(sigma).mean() for sigma in run.replicas("snapshot/sigma", cold)])
    return [Finding.of(f"borders at kT = {run.kT[cold]:g}", *mean_of(borders), least=1, most=1)]


def measure_bands(runs: Sequence[File]) -> list[Finding]:
    """What bands cost, from V; these numbers are exact."""
    bands = Bands.of(runs[0])
    kT = float(runs[0].option("model_kT"))
    gaps = np.arange(1, len(bands.planes.z) // 2)
    force = bands.interaction(BAND, gaps)
    reach = gaps[np.flatnonzero(np.abs(force) > kT)[-1]] + 1
    diameter = 2 * float(runs[0].option("lattice_radius"))
    stripes, one = bands.energy(bands.striped(STRIPES)), bands.energy(bands.janus())
    return [
        Finding.of(f"interaction of two bands of {BAND} planes with one plane between them", force[0], 0, unit="ε"),
        Finding.of(f"the greatest of it, with {gaps[force.argmax()]} planes between them", force.max(), 0, least=0, unit="ε"),
        Finding.of("gap from which on it is less than kT, over the diameter", (reach + 1) * 6**0.5 / 3 / diameter, 0, 0.5, 2),
        Finding.of(f"energy of {STRIPES} bands less that of one border, half A, half B", (stripes - one) / kT, 0, least=0,
                   unit="kT")]


CLAIMS = (
    Claim("octahedron-sheets", "fcc octahedron", "Inside, A and B order in {100} sheets, of no single spacing", ("octahedron",),
          measure_sheets),
    Claim("rod-ends", "hcp rod, ends only", "One sharp front from each end, and no stripes between them", ("rod_ends",),
          measure_ends),
    Claim("rod-all-over", "hcp rod, all over", "No stripes: planes across the rod differ hardly more than by chance",
          ("rod_all", "rod_long"), measure_all_over),
    Claim("rod-times", "hcp rod", "Through the ends it takes a hundred thousand times as long", ("rod_ends", "rod_all"),
          measure_times),
    Claim("rod-cooled", "hcp rod, equilibrium", "A at one end, B at the other: one border", ("rod_cooled",), measure_cooled),
    Claim("rod-bands", "hcp rod, V", "Stripes cost more than one border", ("rod_long",), measure_bands),
)


def draw_bands(runs: Sequence[File]) -> Figure:
    """Of exchanges through the ends, all over, and all over a long rod; and of its V."""
    return bands_picture(Bands.of(runs[2]), list(zip(NAMES, map(RodCourse, runs))))


PICTURES = {
    "octahedron": Picture(
        "An octahedron of 2,075 cations on fcc turns from A to B. (a) One trajectory; B is translucent. (b) Cuts through its "
        "middle, a {100} plane. (c) S(q) when there is most to scatter, less what the composition at each depth explains, "
        "against that of the same ions at random (1, dashed); bands are standard errors over 40 trajectories. (d) Its mean along "
        "each family of directions in the course of the exchange.",
        ("octahedron",), lambda runs: sheets_picture(runs[0])),
    "rods": Picture(
        "The same rod, exchanged through its ends (a, b) and all over (c, d). (a, c) One trajectory each. (b, d) The composition "
        "of its basal planes against time.", ("rod_ends", "rod_all"), lambda runs: rods_picture(runs, NAMES)),
    "bands": Picture(
        "Bands across a rod. (a) Banding against what has been exchanged, every trajectory at every stored time and the mean: 1 "
        "(dashed) is chance, the dotted line bands that are whole. (b) Elastic energy of one band of B in a rod of A, and (c) of "
        "two bands of four planes less that of each by itself, in the long rod.",
        ("rod_ends", "rod_all", "rod_long"), draw_bands),
    "cooled": Picture(
        "A rod of half A, half B is cooled, its ions free to change places. (a) One replica at six temperatures. (b) Banding of "
        "all replicas, and their mean.", ("rod_cooled",), lambda runs: cooled_picture(runs[0])),
}
REMARKS = ("""\
## What the model shows

There are no stripes, on any of the three ways that were tried. Through the ends a sharp front walks in from each of them, plane
by plane, until they meet; nothing alternates. All over, a front runs inwards from the side, and planes differ hardly more than
the same ions do at random. And in equilibrium a rod of half A, half B has one border, for a border costs the same wherever it
is.

The force that the experiments' explanation rests on [2] is there, though. Two bands of B repel each other, and so do two
borders of one band: each bends the rod within about its diameter, and where the bends overlap they cost more. Only at a gap of
a single plane do bands attract. So bands, once they are there, do not merge easily; but nothing in the model makes them.
Exchange of CdS for copper begins at the ends of the rods and grows inwards, as the fronts here do; for silver it begins at many
places along the rod [3], of which the model, whose surface is alike all over, knows nothing.

Inside an octahedron of fcc order is that of the bulk: sheets along {100}, whose $V_q$ is the same for all spacings
([Materials](materials.md), [Crystals](crystals.md)), so that none prevails.""", """\
## What it cannot

- It has no nuclei: an exchange of A for B begins wherever the surface is. Stripes need a few places along the rod where silver
  sulphide forms, and a cost of its interface with the sulphide of cadmium, which `-model_J` could stand for; neither was tried
  here.
- The structures are the same on both sides of a border; silver sulphide is monoclinic, and its cations are twice as many.
- Rods of 20 nm and more, as in the experiments, are out of reach through the ends: that took 10^5 times as long as all over, in
  a rod of 6 nm.
- Strains are small by assumption, and no border relaxes by dislocations.

## Sources

1. R. D. Robinson *et al.*, Science **317**, 355 (2007): reference [10] of the paper.
2. D. O. Demchenko *et al.*, ACS Nano **2**, 627 (2008): reference [11] of the paper.
3. B. Sadtler *et al.*, *Selective Facet Reactivity during Cation Exchange in Cadmium Sulfide Nanorods* (2009), its abstract at
   [figshare](https://figshare.com/articles/journal_contribution/Selective_Facet_Reactivity_during_Cation_Exchange_in_Cadmium_Sulfide_Nanorods/2864140/1),
   which also says what [1] found.""")
