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
    """f_S at c = 1/2 in crystals of several sizes, from either start, and the power of N with which it falls."""
    random, apart = runs[:len(EDGES)], runs[len(EDGES):]
    found = [Finding.of(f"$f_S$ at $c$ = 1/2, N = {len(run.position):,}, {start}", *superlattice(run), most=NEGLIGIBLE)
             for start, group in (("random starts", random), ("separated starts", apart)) for run in group]
    return [*found, Finding.of("$p$ of $f_S \\propto N^p$, separated starts", *exponent(apart), most=0)]


@styled
def draw_free(runs: Sequence[File]) -> Figure:
    """f_S against composition and against size; crystals at c = 1/2, the largest from either start."""
    scan, random, apart = runs[0], runs[1:1 + len(EDGES)], runs[1 + len(EDGES):]
    figure = Figure(figsize=(PAGE, 2.5))
    panels = figure.subplots(1, 4, gridspec_kw={"left": 0.075, "right": 0.99, "bottom": 0.17, "top": 0.9, "wspace": 0.3,
                                                "width_ratios": (1.3, 1.3, 1, 1)})
    f, error = np.array([superlattice(scan, state) for state in range(len(scan.kT))]).T
    panels[0].errorbar(scan.composition, f, error, color=COLOUR["S1"], fmt="o-", **ERROR_BARS)
    panels[0].set(xlim=(0, 1), xlabel="composition $c$", ylabel="$f_\\mathrm{S}$")
    for group, colour, marker, label in ((random, COLOUR["S2"], "s", "random start"), (apart, COLOUR["U1"], "o", "separated")):
        f, error = np.array([superlattice(run) for run in group]).T
        panels[1].errorbar([len(run.position) for run in group], f, error, color=colour, fmt=f"{marker}-", label=label, **ERROR_BARS)
    panels[1].set(xscale="log", xlabel="sites $N$")
    panels[1].legend()
    for axes in panels[:2]:
        axes.set_ylim(bottom=0)
    for axes, run, start in ((panels[2], random[-1], "random"), (panels[3], apart[-1], "separated")):
        draw_crystal(axes, run, next(sigma[-1] for sigma in run.replicas("snapshot/sigma", 0) if len(sigma)))
        axes.set_title(f"N = {len(run.position):,}, {start}", fontsize=8, pad=3)
    panel_letters(panels)
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
CLAIMS = (
    Claim("free-compositions", "text", "At equilibrium free crystals have superlattices with negligible probability",
          ("free_compositions",), measure_compositions),
    Claim("free-sizes", "text", "It vanishes in the limit of large crystals", SIZES, measure_sizes),
)
PICTURES = {"free": Picture("The fraction of $S_1$ and $S_2$ in crystals without shell, (a) of N = 721 against composition, (b) at "
                            "$c$ = 1/2 against size; (c,d) the largest, from either start.", ("free_compositions", *SIZES), draw_free)}
REMARKS: tuple[str, ...] = ()
