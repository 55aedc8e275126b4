"""Whether a crystal with free boundaries has superlattices at equilibrium: the paper says hardly, and less in larger ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure

from claims.claim import Claim, Finding, Picture
from claims.spread import Found, fraction
from figures.equilibrium import ERROR_BARS
from figures.loops import tick_sites
from make_figures import Run
from nixe.draw import COLOUR, PAGE, draw_crystal, panel_letters, styled
from nixe.file import File

NEGLIGIBLE = 0.05  # of the sites
ASIDE = 0.25  # a, from the middle of the crystal to its border: no site lies on that by chance
EDGES = (8, 12, 16, 24, 40)
COMPOSITIONS = "0.05,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95"
INFORMED = "-shell_layers 0 -mc_sampler informed -ensemble_size 4"
SHORT = "-mc_equilibration 1000 -mc_sweeps 2000 -mc_snapshot_every 1000"
SWEEPS = {edge: "-mc_equilibration 4e4 -mc_sweeps 4e4" for edge in EDGES}


def superlattice(run: File, state: int = 0) -> Found:
    """f_S of a state, and its error."""
    return fraction(run, "S1", "S2", state=state)


def measure_compositions(runs: Sequence[File]) -> list[Finding]:
    """f_S at each composition."""
    run = runs[0]
    return [Finding.of(f"$f_S$ at $c$ = {c:g}", *superlattice(run, state), most=NEGLIGIBLE) for state, c in enumerate(run.composition)]


def exponent(runs: Sequence[File]) -> tuple[float, float]:
    """p of f_S ~ N^p."""
    sites = np.log([len(run.position) for run in runs])
    f, error = np.array([superlattice(run) for run in runs]).T
    (slope, _), covariance = np.polyfit(sites, np.log(f), 1, w=f / np.maximum(error, 1e-9), cov="unscaled")
    return float(slope), float(np.sqrt(covariance[0, 0]))


def measure_sizes(runs: Sequence[File]) -> list[Finding]:
    """f_S at c = 1/2 in crystals of several sizes, from either start, and the power of N with which it changes."""
    random, apart = runs[:len(EDGES)], runs[len(EDGES):]
    found = [Finding.of(f"$f_S$ at $c$ = 1/2, N = {len(run.position):,}, {start}", *superlattice(run), most=NEGLIGIBLE)
             for start, group in (("random starts", random), ("separated starts", apart)) for run in group]
    return [*found, Finding.of("$p$ of $f_S \\propto N^p$, separated starts", *exponent(apart), most=0)]


# The border between U1 and U2, lined with superlattices.


def lined(run: File, width: float, first: int = 0, second: int = 0) -> np.ndarray:
    """A to the left, B to the right, and between them a lens of S1 and S2, each so wide in the middle, in units of a.

    `first` and `second` tell which of the three sublattices is B in S1, and A in S2.
    """
    x, y = run.position.T
    row = np.round(2 * y / 3**0.5).astype(int)
    sublattice = (np.round(x - row / 2).astype(int) - row) % 3
    x = x - (x.max() + x.min()) / 2 + ASIDE
    width = width * np.sqrt(1 - (y / np.abs(y).max()) ** 2)
    sigma = np.where(x < 0, 1, -1)
    sigma[(x < 0) & (x > -width) & (sublattice == first)] = -1
    sigma[(x >= 0) & (x < width) & (sublattice == second)] = 1
    return sigma


def elastic_energy(run: File, sigma: np.ndarray) -> float:
    """Of a configuration of a free crystal, in units of epsilon: 2 sum over bonds of (alpha . (u' - u) - (s + s') / 2)^2."""
    u, s = run.displacement(sigma), sigma - sigma.mean()
    first, second = run.bonds.T
    stretch = ((u[second] - u[first]) * run.bond_vector).sum(axis=1)
    return 2 * float(((stretch - (s[first] + s[second]) / 2) ** 2).sum())


@lru_cache(maxsize=None)
def least_energy(run: File) -> tuple[float, float]:
    """f_S of the lining that costs least, and what it saves beside none, in epsilon a site."""
    widths = np.arange(0.5, 0.1 * np.ptp(run.position[:, 0]), 0.5)
    energy = {(0.0, 0, 0): elastic_energy(run, lined(run, 0.0))}
    energy.update({(width, first, second): elastic_energy(run, lined(run, width, first, second))
                   for width in widths for first in range(3) for second in range(3)})
    best = min(energy, key=energy.__getitem__)
    phases = run.sites_by_phase(lined(run, *best))
    f = sum(phases[name].sum() for name in ("S1", "S2")) / run.averaged.sum()
    return float(f), (energy[0.0, 0, 0] - energy[best]) / len(run.position)


def measure_border(runs: Sequence[File]) -> list[Finding]:
    """The lining of least energy, without any temperature, in crystals of several sizes."""
    found = []
    for run in runs:
        f, saved = least_energy(run)
        found += [Finding.of(f"$f_S$ of the lining of least energy, N = {len(run.position):,}", f, 0),
                  Finding.of("what it saves beside a border without, in $\\epsilon$ a site", saved, 0)]
    return found


@styled
def draw_free(runs: Sequence[File]) -> Figure:
    """f_S against composition and against size; crystals at c = 1/2, the largest from either start."""
    scan, random, apart = runs[0], runs[1:1 + len(EDGES)], runs[1 + len(EDGES):]
    figure = Figure(figsize=(PAGE, 2.4))
    panels = [figure.add_axes((left, 0.18, 0.22, 0.7)) for left in (0.08, 0.375)]
    crystals = [figure.add_axes((left, 0.12, 0.185, 0.76)) for left in (0.62, 0.81)]
    f, error = np.array([superlattice(scan, state) for state in range(len(scan.kT))]).T
    panels[0].errorbar(scan.composition, f, error, color=COLOUR["S1"], fmt="o-", **ERROR_BARS)
    panels[0].set(xlim=(0, 1), xticks=(0, 0.5, 1), xlabel="composition $c$", ylabel="$f_\\mathrm{S}$")
    sites = [len(run.position) for run in apart]
    for group, colour, marker, label in ((random, COLOUR["S2"], "s", "random start"), (apart, COLOUR["U1"], "o", "separated")):
        f, error = np.array([superlattice(run) for run in group]).T
        panels[1].errorbar(sites, f, error, color=colour, fmt=f"{marker}-", label=label, **ERROR_BARS)
    panels[1].plot(sites, [least_energy(run)[0] for run in apart], color="0.5", lw=0.9, ls="--", label="least energy")
    panels[1].set(xscale="log", xlabel="sites $N$")
    tick_sites(panels[1], sites)
    panels[1].legend(fontsize=6.5)
    for axes in panels:
        axes.set_ylim(bottom=0)
    for axes, run, start in zip(crystals, (random[-1], apart[-1]), ("random", "separated")):
        draw_crystal(axes, run, next(sigma[-1] for sigma in run.replicas("snapshot/sigma", 0) if len(sigma)))
        axes.text(0.5, -0.02, f"N = {len(run.position):,}, {start}", transform=axes.transAxes, ha="center", va="top", fontsize=7.5)
    panel_letters([*panels, *crystals])
    return figure


TITLE = "Free crystals at equilibrium"
STARTS = {"random": "", "apart": " -mc_start separated"}
RUNS = {
    "free_compositions": Run("mc", "mc_fig4", f"{INFORMED} {SWEEPS[16]} -mc_composition {COMPOSITIONS}", SHORT),
    **{f"free_{start}_{edge}": Run("mc", "mc_fig4", f"-lattice_edge {edge} {INFORMED} {SWEEPS[edge]}{option}",
                                   SHORT if edge < 40 else "-mc_equilibration 100 -mc_sweeps 100 -mc_area_every 50 -mc_snapshot_every 50")
       for start, option in STARTS.items() for edge in EDGES},
}
SIZES = tuple(f"free_{start}_{edge}" for start in STARTS for edge in EDGES)
APART = SIZES[len(EDGES):]
CLAIMS = (
    Claim("free-compositions", "text", "At equilibrium free crystals have superlattices with negligible probability",
          ("free_compositions",), measure_compositions),
    Claim("free-sizes", "text", "It vanishes in the limit of large crystals", SIZES, measure_sizes),
    Claim("free-border", "beyond", "In large crystals, superlattices as a lining of the border between $U_1$ and $U_2$ lower the "
          "elastic energy", APART, measure_border),
)
PICTURES = {"free": Picture("The fraction of $S_1$ and $S_2$ in crystals without shell, (a) of N = 721 against composition, (b) at "
                            "$c$ = 1/2 against size; (c,d) the largest, from either start.", ("free_compositions", *SIZES), draw_free)}
REMARKS = (
    "The fraction of superlattices is small, but grows with the size, and both starts say so. They are no phase of their own: they line "
    "the border between $U_1$ and $U_2$, in a lens that is thickest in the middle of the crystal. Where two phases of unlike area "
    "are joined, a crystal bends, and what strain is left costs energy in proportion to N. A lining makes the step less steep, and takes "
    "away a part of that; it costs energy, too, by its area. So it is elasticity, not temperature, that decides: without any "
    "temperature, a lens of $S_1$ and $S_2$ beside each other has less energy than a border without from N = 1,657 on, and not at 721 "
    "and below, and saves more a site in larger crystals (the last rows; only straight borders through the middle were tried, in nine "
    "arrangements and all widths). \"Negligibly small\" holds for crystals of the paper's sizes. \"Vanishing in the limit of large crystal "
    "size\" does not hold for this model at this temperature and these sizes.",
)
