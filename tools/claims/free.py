"""Whether a crystal with free boundaries has superlattices at equilibrium: the paper says hardly, and less in larger ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from claims.claim import Claim, Finding, Picture
from claims.spread import Found, fraction
from figures.equilibrium import ERROR_BARS
from make_figures import Run
from nixe.draw import COLOUR, PAGE, draw_crystal, panel_letters, styled
from nixe.file import File

NEGLIGIBLE = 0.05  # of the sites
EDGES = (8, 12, 16, 24, 40)
COMPOSITIONS = "0.05,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95"
INFORMED = "-shell_layers 0 -mc_sampler informed -ensemble_size 4"
SHORT = "-mc_equilibration 1000 -mc_sweeps 2000 -mc_snapshot_every 1000"
SWEEPS = {8: "-mc_equilibration 1e4 -mc_sweeps 4e4", 12: "-mc_equilibration 1e4 -mc_sweeps 4e4",
          16: "-mc_equilibration 1e4 -mc_sweeps 2e4", 24: "-mc_equilibration 1e4 -mc_sweeps 1e4",
          40: "-mc_equilibration 4000 -mc_sweeps 2000"}


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


def lined(run: File, width: float) -> np.ndarray:
    """A to the left, B to the right, and between them S1 and S2, each as wide as this, in units of a."""
    x, y = run.position.T
    x = x - (x.max() + x.min()) / 2 + 1e-6 * y  # no site is on the border by chance
    second = 2 * run.position[:, 1] / 3**0.5
    third = np.round(run.position[:, 0] - second / 2 - second).astype(int) % 3 == 0  # one of three sublattices
    sigma = np.where(x < 0, 1, -1)
    between = np.abs(x) < width
    sigma[between & third] *= -1
    return sigma


def elastic_energy(run: File, sigma: np.ndarray) -> float:
    """Of a configuration of a free crystal, in units of epsilon: 2 sum over bonds of (alpha . (u' - u) - (s + s') / 2)^2."""
    u, s = run.displacement(sigma), sigma - sigma.mean()
    first, second = run.bonds.T
    stretch = ((u[second] - u[first]) * run.bond_vector).sum(axis=1)
    return 2 * float(((stretch - (s[first] + s[second]) / 2) ** 2).sum())


def least_energy(run: File) -> tuple[float, float, float]:
    """f_S of the lining that costs least, its width in parts of the crystal's, and what it saves, in epsilon."""
    across = np.ptp(run.position[:, 0])
    widths = np.arange(0, across / 4, 0.5)
    energy = [elastic_energy(run, lined(run, width)) for width in widths]
    best = int(np.argmin(energy))
    phases = run.sites_by_phase(lined(run, widths[best]))
    f = sum(phases[name].sum() for name in ("S1", "S2")) / run.averaged.sum()
    return float(f), 2 * widths[best] / across, energy[0] - energy[best]


def measure_border(runs: Sequence[File]) -> list[Finding]:
    """The lining of least energy, without any temperature, in crystals of several sizes."""
    found = []
    for run in runs:
        f, width, saved = least_energy(run)
        words = f"of the border with least elastic energy, N = {len(run.position):,}"
        found += [Finding.of(f"$f_S$ {words}", f, 0), Finding.of("its width over that of the crystal", width, 0),
                  Finding.of("what it saves", saved, 0, unit="$\\epsilon$")]
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
    Claim("free-border", "beyond", "What lines the border between $U_1$ and $U_2$ there", APART, measure_border),
)
PICTURES = {"free": Picture("The fraction of $S_1$ and $S_2$ in crystals without shell, (a) of N = 721 against composition, (b) at "
                            "$c$ = 1/2 against size; (c,d) the largest, from either start.", ("free_compositions", *SIZES), draw_free)}
REMARKS = (
    "The fraction of superlattices is small, and grows with the size: both starts say so. They are no phase of their own but line the "
    "border between $U_1$ and $U_2$, and elasticity wants them there. Neither a uniform composition nor a linear gradient costs a free "
    "crystal anything: it swells, or bends. What a step from $U_1$ to $U_2$ leaves after bending costs energy in proportion to N, as "
    "does a lining of $S_1$ and $S_2$, which makes the step less steep. In a wide slab with a part $\\varphi$ of lining the energy a "
    "site, in $\\epsilon$ and without temperature, is twice the variance of the composition, averaged over the lattice's sites near "
    "by, about its linear part, and 4/3 for each site of the lining: $1/2 - 4\\varphi/9 + 2\\varphi^2$. It is least at $\\varphi$ = 1/9, "
    "whatever the size. So the probability stays small, but its limit in large crystals is not zero, as long as the "
    "temperature is as low as here.",
)
