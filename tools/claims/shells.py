"""Cores in shells of more and more layers, the phases and the strain in them, from either start: the paper's Figs. 4(b) and 6(c)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from claims.claim import Claim, Finding, Picture
from claims.spread import fraction, propagated
from figures.checks import crossing
from figures.equilibrium import ERROR_BARS, draw_curve, figure_4
from make_figures import LAYERS, SHELLS, SHORT, Run
from nixe.draw import COLOUR, PAGE, panel_letters, styled
from nixe.file import File
from nixe.states import find_curves

GONE = 0.02  # a fraction of which nothing is left
ALIKE = 2.0  # at most, the largest of f over the least where all are about equal
U, S = ("U1", "U2"), ("S1", "S2")


def curve(runs: Sequence[File], *phases: str) -> tuple[np.ndarray, np.ndarray]:
    """The fraction of sites in these phases against the number of layers, with its errors."""
    return tuple(np.array([fraction(run, *phases) for run in runs]).T)


def measure_crossing(runs: Sequence[File]) -> list[Finding]:
    """U without shell, all phases at 6 layers, S beyond."""
    (u, u_error), (s, s_error) = curve(runs, *U), curve(runs, *S)
    layers = np.array(LAYERS, dtype=float)
    both = np.array([u, s]), np.array([u_error, s_error])
    at_six = np.array([fraction(runs[6], name) for name in (*U, *S)]).T
    return [
        Finding.of("$f_U$ without shell", u[0], u_error[0], least=0.5),
        Finding.of("$f_S$ without shell", s[0], s_error[0], most=0.05),
        Finding.of("layers at which $f_S$ grows larger than $f_U$", *propagated(*both, lambda f: crossing(layers, f[0], f[1])), 5.5, 6.7),
        Finding.of("largest over least of the four fractions at 6 layers", *propagated(*at_six, lambda f: f.max() / f.min()),
                   most=ALIKE),
        Finding.of("$f_U$ at 6 layers", u[6], u_error[6], least=0.2),
        Finding.of("$f_U$ at 7 layers", u[7], u_error[7], most=GONE),
        Finding.of("$f_S$ at 7 layers", s[7], s_error[7], least=0.5),
    ]


def measure_starts(runs: Sequence[File]) -> list[Finding]:
    """f_U from random starts less that from separated ones, at each number of layers."""
    found = []
    for layers, one, other in zip(LAYERS, runs, runs[len(LAYERS):]):
        (f, error), (g, other_error) = fraction(one, *U), fraction(other, *U)
        found.append(Finding.of(f"$f_U$ from random starts less that from separated ones, {layers} layers", f - g,
                                np.hypot(error, other_error), -0.005, 0.005))
    return found


def measure_strain(runs: Sequence[File]) -> list[Finding]:
    """Where the rms area deviation drops, and that it follows f_U."""
    rms, error = find_curves(runs)[0].values("area")
    u, u_error = curve(runs, *U)

    def drop(values: np.ndarray) -> float:
        falls = -np.diff(values)
        return float(falls[6] / np.delete(falls, 6).max())

    both = np.array([rms, u]), np.array([error, u_error])
    return [
        Finding.of("drop of the rms area deviation from 6 to 7 layers over the largest of the other drops", *propagated(rms, error, drop),
                   least=2),
        Finding.of("layers whose rms is more than that of one layer less", *propagated(
            rms, error, lambda values: float((np.diff(values) > 0).sum())), most=0),
        Finding.of("correlation of the rms with $f_U$ over the layers", *propagated(
            *both, lambda values: float(np.corrcoef(values)[0, 1])), least=0.95),
    ]


@styled
def draw_shells(runs: Sequence[File]) -> Figure:
    """f_U and f_S from both starts; the strain."""
    figure = Figure(figsize=(PAGE, 2.4))
    panels = figure.subplots(1, 2, gridspec_kw={"left": 0.075, "right": 0.985, "bottom": 0.17, "top": 0.92, "wspace": 0.22})
    for group, fmt, start in ((runs[:len(LAYERS)], "o-", "random"), (runs[len(LAYERS):], "x--", "separated")):
        for phases, colour, name in ((U, COLOUR["U1"], "U"), (S, COLOUR["S1"], "S")):
            f, error = curve(group, *phases)
            panels[0].errorbar(LAYERS, f, error, fmt=fmt, color=colour, label=rf"$f_\mathrm{{{name}}}$, {start} start",
                               **{**ERROR_BARS, "markeredgecolor": colour})
    panels[0].set(xlabel="number of shell layers", ylabel="fraction of sites")
    panels[0].set_ylim(bottom=-0.02)
    panels[0].legend()
    draw_curve(panels[1], runs[:len(LAYERS)], "area")
    panel_letters(panels)
    return figure


TITLE = "Cores in shells: Figs. 4(b) and 6(c)"
APART = tuple(f"apart_{n}" for n in LAYERS)
RUNS = {f"apart_{n}": Run("mc", "mc_fig4", f"-shell_layers {n} -mc_start separated", SHORT.format("1e4", "1e4")) for n in LAYERS}
CLAIMS = (
    Claim("4b-crossing", "Fig. 4(b)", "Without shell $U_1$ and $U_2$ prevail; at six layers all four phases are about equal; one layer "
          "more, and the unstructured ones are gone", SHELLS, measure_crossing),
    Claim("4b-starts", "Methods", "These are equilibria: other starts lead to the same", (*SHELLS, *APART), measure_starts),
    Claim("6c-drop", "Fig. 6(c)", "The strain of the core falls with the thickness of the shell, drops from 6 to 7 layers, and follows "
          "the fractions of the phases", SHELLS, measure_strain),
)
PICTURES = {
    "layers": Picture("Fig. 4: crystals in 0, 6 and 8 layers, and the fractions of the phases against the number of layers.",
                      SHELLS, figure_4),
    "shells": Picture("(a) Both starts; (b) Fig. 6(c): the strain of the core.", (*SHELLS, *APART), draw_shells),
}
REMARKS: tuple[str, ...] = ()
