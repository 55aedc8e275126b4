"""The phase diagram of the triangular bulk in composition and temperature, with the lines of mean field beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from beyond.about import how
from claims.claim import Claim, Finding, Picture
from claims.page import Page
from claims.spread import mean_of
from figures.phase_diagram import diagram_picture, isotherms_picture
from make_figures import Run
from nixe.file import File, NixeFileError
from nixe.isotherms import Isotherm, MeanField, Order, find_isotherms

TITLE = "Numbers"
PAGE = Page("beyond_bulk", "The bulk in composition and temperature", """\
The phase diagram of the triangular lattice without a surface, and beside it the lines of mean field, in which each ion feels the
mean of all others. Mean field knows one number of a mixture, $V_{RR}$, and one of order, the least $V_q$.

""" + how("bulk"), "make beyond", "Next: [Loops of a spin-crossover layer](beyond_spin_crossover.md).", "the model")
LOW = (0.01, 0.02, 0.035, *(0.025 * k for k in range(2, 12)), *(0.05 * k for k in range(6, 10)))
CENTERS = ",".join(f"{c:.4g}" for c in (*LOW, 0.5, *(1 - c for c in LOW[::-1])))
COMPOSITIONS = ",".join(f"{k / 24:.7f}" for k in range(1, 24))
LADDER = "0.15,0.175,0.2,0.225,0.25,0.275,0.3,0.32,0.34,0.36,0.375,0.39,0.405,0.42,0.44,0.46,0.5,0.55,0.6,0.65,0.7"
FLIPS = f"-mc_move flip -mc_sampler metropolis -mc_start random -mc_umbrella_stiffness 60 -mc_umbrella_center {CENTERS}"
RUNS = {
    "bulk_isotherms": Run("mc", "mc_bulk", f"-lattice_cells 24,24 {FLIPS} -model_kT 1,2,2.5,3,3.4,4.2 -mc_equilibration 200 "
                     "-mc_sweeps 1000 -mc_area_every 500 -mc_snapshot_every 500 -output_potential",
                     "-lattice_cells 12,12 -ensemble_size 2 -mc_sweeps 200 -mc_area_every 100 -mc_snapshot_every 100"),
    "bulk_order": Run("mc", "mc_bulk", f"-lattice_cells 24,24 -mc_start random -mc_composition {COMPOSITIONS} -model_kT {LADDER} "
                 "-mc_replica_exchange_every 1 -mc_equilibration 1000 -mc_sweeps 1000 -mc_area_every 500 -mc_snapshot_every 500",
                 "-lattice_cells 12,12 -ensemble_size 2 -mc_composition 0.3333333,0.5,0.6666667 "
                 "-model_kT 0.2,0.3,0.36,0.4,0.5,0.65 -mc_equilibration 200 -mc_sweeps 300 -mc_area_every 100 "
                 "-mc_snapshot_every 100"),
}
LEAST = 0.02  # composition that the umbrellas reach well
WIDE = 0.02  # of a composition, or a part of a temperature, within which mean field counts as right


def measure_field(runs: Sequence[File]) -> list[Finding]:
    """V of the bulk, which mean field rests on; exact."""
    field = MeanField.of(runs[0])
    return [Finding.of("V of a site with itself", field.own, 0, least=3.62, most=3.68, unit="ε"),
            Finding.of("the least V of a wave", field.least, 0, least=2.99, most=3.01, unit="ε")]


def compare(runs: Sequence[File], name: str) -> list[Finding]:
    """A line of the dome against mean field at each temperature at which there is one."""
    field, found = MeanField.of(runs[0]), []
    for each in find_isotherms(runs[0]):
        wanted = getattr(field, name)(each.kT)
        if LEAST < wanted < 0.5:
            value, error = getattr(each, name)()
            found.append(Finding.of(f"c at kT = {each.kT:g}, mean field {wanted:.3f}", value, error, round(wanted - WIDE, 3),
                                    round(wanted + WIDE, 3)))
    return found


def measure_limit(runs: Sequence[File]) -> list[Finding]:
    """The greatest dmu that a metastable crystal bears, over that of mean field."""
    field, found = MeanField.of(runs[0]), []
    for each in find_isotherms(runs[0]):
        if each.kT < field.critical:
            value, error = each.limit()
            wanted = float(field.dmu(field.spinodal(each.kT), each.kT))
            found.append(Finding.of(f"Δμ at the spinodal, kT = {each.kT:g}, over mean field's {wanted:.3f}", value / wanted,
                                    error / wanted, 1 - 5 * WIDE, 1 + 5 * WIDE))
    return found


def measure_symmetry(runs: Sequence[File]) -> list[Finding]:
    """Isotherms turned by half a turn: A and B are alike."""
    found = []
    for each in find_isotherms(runs[0]):
        gap = each.dmu + each.dmu[::-1]
        sure = np.hypot(each.error, each.error[::-1])
        half = len(gap) // 2
        found.append(gap[:half] / sure[:half])
    z = np.concatenate(found)
    return [Finding.of("mean of Δμ(c) + Δμ(1 − c), in its errors", float(z.mean()), 1 / len(z) ** 0.5, 0, 0)]


def measure_melting(runs: Sequence[File]) -> list[Finding]:
    """Where order melts at some compositions, over what mean field says."""
    order, found = Order.of(runs[0]), []
    field = MeanField.of(runs[1])
    for c in (1 / 3, 1 / 2, 2 / 3):
        number = int(np.abs(order.c - c).argmin())
        value, error = order.melting(number)
        wanted = float(field.ordering(order.c[number]))
        found.append(Finding.of(f"kT at which half of the order is left, c = {order.c[number]:.3g}", value, error, unit="ε",
                                **({"least": 0.375, "most": 0.415} if c != 0.5 else {})))
        found.append(Finding.of(f"the same over mean field's {wanted:.3f}", value / wanted, error / wanted, least=0.5, most=0.8))
    return found


def measure_mixture(runs: Sequence[File]) -> list[Finding]:
    """A crystal of a fixed composition does not separate below the dome: above its order there is a mixture."""
    order = Order.of(runs[0])
    half, hot = int(np.abs(order.c - 0.5).argmin()), len(order.kT) - 1
    state = order.state(order.run, 0.5, order.kT[hot])
    alpha = np.array([order.run.short_range_order(sigma)[..., 0].mean() for sigma in order.run.replicas("snapshot/sigma", state)])
    u = sum(order.f[half, hot, order.run.phases.index(name)] for name in ("U1", "U2"))
    error = float(np.hypot(*[order.error[half, hot, order.run.phases.index(name)] for name in ("U1", "U2")]))
    return [Finding.of(f"U1 and U2 at c = 1/2, kT = {order.kT[hot]:g}; by chance 1/64", float(u), error, most=1 / 64),
            Finding.of("short-range order α there: negative, unlike neighbours are favoured", *mean_of(alpha), most=0)]


CLAIMS = (
    Claim("bulk-V", "mean field", "V of the bulk: 3 to 4 ε for every wave", ("bulk_isotherms",), measure_field),
    Claim("bulk-binodal", "open crystal", "Two phases coexist where mean field says", ("bulk_isotherms",),
          lambda runs: compare(runs, "binodal")),
    Claim("bulk-spinodal", "open crystal", "They are metastable up to where mean field says", ("bulk_isotherms",),
          lambda runs: compare(runs, "spinodal")),
    Claim("bulk-limit", "open crystal", "And up to its Δμ", ("bulk_isotherms",), measure_limit),
    Claim("bulk-symmetry", "open crystal", "A and B are alike", ("bulk_isotherms",), measure_symmetry),
    Claim("bulk-melting", "fixed composition", "S₁ and S₂ melt at a part of the temperature of mean field",
          ("bulk_order", "bulk_isotherms"), measure_melting),
    Claim("bulk-mixture", "fixed composition", "Above their order it is a mixture, and does not separate", ("bulk_order",),
          measure_mixture),
)


def isotherms_of(run: File) -> tuple[MeanField, list[Isotherm]]:
    """What is drawn of a file of umbrellas."""
    found = find_isotherms(run)
    if not any(np.isfinite(each.error).all() for each in found):
        raise NixeFileError(f"{run.path} holds too few records for isotherms.")
    return MeanField.of(run), found


def draw_diagram(runs: Sequence[File]) -> Figure:
    """Both kinds of crystals."""
    return diagram_picture(*isotherms_of(runs[0]), Order.of(runs[1]))


PICTURES = {
    "diagram": Picture(
        "The phase diagram of the bulk. (a) An open crystal, whose ions come and go: between the lines of the binodal it is rich "
        "in A or rich in B; between those of the spinodal no mixture lasts. (b) A crystal of a given composition, whose ions "
        "change places: how much more of it is in S₁ than in S₂, and where half of the order at the lowest temperature is left. "
        "Note the scales: (b) is the lowest fifth of (a). (c) Configurations of (b). Bars are 95 % intervals.",
        ("bulk_isotherms", "bulk_order"), draw_diagram),
    "isotherms": Picture(
        "Isotherms of an open crystal. (a) Δμ against composition, points by umbrellas, lines by mean field. Where they fall the "
        "crystal is unstable. (b) The difference: short-range order, more of it the colder. Bars are 95 % intervals.",
        ("bulk_isotherms",), lambda runs: isotherms_picture(*isotherms_of(runs[0]))),
}
REMARKS = ("""\
## What the model shows

There are two phase diagrams, by what is held. An **open** crystal separates: below $kT = V_{RR}$ it is rich in A or rich in B,
and what mean field says of both lines of its dome is right to 0.02 in the composition from the critical point down. This is not
luck: a wave of composition costs 3 to 4 ε whatever its length, and only a uniform composition is free, so that each ion feels
the mean of all others, and mean field is exact but for short-range order, which moves the isotherms by less than 0.1 ε ((b) of
the second picture). Between the spinodals nothing holds a mixture, and outside of them a metastable crystal stays, for the
barrier grows with the crystal: spinodals, which elsewhere are a figure of speech, are lines here.

At a **given composition** nothing separates, however cold: a crystal half A and half B would have to bend where they meet, all
over. It stays a mixture down to a tenth of that temperature, and then orders: S₂ about c = 1/3, S₁ about 2/3, both side by side
between them. Mean field has this line at 1.5 to 1.9 times the temperature that is measured. Far from 1/3 and 2/3 the marks lie
above it: there S₁ or S₂ grows beside pure A or B, by a transition of first order that no instability has to precede.""", """\
## What it cannot

- Half of the order at the lowest temperature is a mark, not a phase boundary: where two phases coexist, what is left of one
  falls with temperature before it melts. Of the boxes of 24 x 24 cells no limit of large ones was taken; at c = 2/3 that of 36
  x 36 agrees ([Equilibrium, checked](equilibrium_checks.md#where-s₁-melts)).
- Below $kT$ = 1 the umbrellas were not tried: there order and separation meet in the open crystal.
- A free crystal with a surface separates at any composition, as it bends ([rods](beyond_rods.md), and the paper): the bulk is
  what a shell, or a large crystal on short times, is like.""")
