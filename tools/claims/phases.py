"""How phases come and go while a crystal exchanges, and whether U1 meets U2: the paper's Fig. 3(c,d)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from claims.claim import Claim, Finding, Picture
from claims.composition import when
from claims.spread import Found, bootstrapped
from figures.exchange import figure_3, model_name
from make_figures import Run
from nixe.draw import COLOUR, COLUMN, styled
from nixe.file import File

NEARLY_ZERO = 0.05
RISEN = 0.1
APART = 3  # bonds between the nearest sites of U1 and U2 that can be: their neighbours are all A, and all B
BINS = np.linspace(0.1, 0.7, 7)  # of compositions, in which contacts are compared: elastic crystals skip what is above
NAMES = {"U1": "U_1", "S1": "S_1", "S2": "S_2", "U2": "U_2"}


@dataclass(frozen=True)
class Course:
    """f of each phase against time: means over trajectories, and errors of what follows from them."""

    time: np.ndarray
    rows: dict[str, np.ndarray]  # phase: trajectories x times

    @classmethod
    def of(cls, run: File) -> Course:
        """That of a file."""
        f = run.trajectories("f")
        return cls(run.time, {name: f[..., run.phases.index(name)] for name in NAMES})

    def found(self, statistic: Callable[[dict[str, np.ndarray]], float]) -> Found:
        """What a statistic of the mean curves is, and its standard error."""
        count = len(self.rows["U1"])
        return bootstrapped(count, lambda chosen: statistic({name: rows[chosen].mean(axis=0) for name, rows in self.rows.items()}))

    def rise(self, f: np.ndarray) -> float:
        """When a curve comes to half of its peak."""
        end = int(f.argmax()) + 1
        return when(self.time[:end], f[end - 1] - f[:end], f[end - 1] / 2)

    def life(self, f: np.ndarray) -> float:
        """How long it stays above half of its peak."""
        peak = int(f.argmax())
        return when(self.time[peak:], f[peak:], f[peak] / 2) - self.rise(f)


def measure_decay(runs: Sequence[File]) -> list[Finding]:
    """U1 falls to nearly zero, and soon; what the others have risen to by then."""
    course = Course.of(runs[0])
    gone = course.found(lambda f: when(course.time, f["U1"], NEARLY_ZERO))
    end = course.found(lambda f: when(course.time, 1 - f["U2"], NEARLY_ZERO))
    at = min(int(np.searchsorted(course.time, gone[0])), len(course.time) - 1)
    return [
        Finding.of("$f_{U_1}$ when $f_{S_2}$ is largest", *course.found(lambda f: f["U1"][f["S2"].argmax()]), most=NEARLY_ZERO),
        Finding.of(f"time at which $f_{{U_1}}$ is down to {NEARLY_ZERO:g}", *gone, unit="$k^{-1}$"),
        Finding.of(f"the same over the time at which $f_{{U_2}}$ is {1 - NEARLY_ZERO:g}",
                   *course.found(lambda f: when(course.time, f["U1"], NEARLY_ZERO) / when(course.time, 1 - f["U2"], NEARLY_ZERO)),
                   most=0.2),
        *[Finding.of(f"$f_{{{NAMES[name]}}}$ when $f_{{U_1}}$ is down to {NEARLY_ZERO:g}",
                     *course.found(lambda f, name=name: f[name][at]), least=RISEN) for name in ("U2", "S1", "S2")],
        Finding.of(f"time at which $f_{{U_2}}$ is {1 - NEARLY_ZERO:g}", *end, unit="$k^{-1}$"),
    ]


def measure_peaks(runs: Sequence[File]) -> list[Finding]:
    """Heights and times of the peaks of S1 and S2."""
    course = Course.of(runs[0])
    found = []
    for name in ("S1", "S2"):
        found += [Finding.of(f"peak of $f_{{{NAMES[name]}}}$", *course.found(lambda f, name=name: f[name].max()), least=0.1),
                  Finding.of("its time", *course.found(lambda f, name=name: course.time[f[name].argmax()]), unit="$k^{-1}$")]
    later = course.found(lambda f: course.time[f["S2"].argmax()] / course.time[f["S1"].argmax()])
    return [*found, Finding.of("time of the peak of $S_2$ over that of $S_1$", *later, least=1)]


def measure_life(runs: Sequence[File]) -> list[Finding]:
    """How long S1 and S2 stay above half of their peaks, beside the time in which U1 is halved."""
    course = Course.of(runs[0])

    def halved(f: dict[str, np.ndarray]) -> float:
        return when(course.time, f["U1"], f["U1"][0] / 2)

    found = [Finding.of("time in which $f_{U_1}$ is halved", *course.found(halved), unit="$k^{-1}$")]
    for name in ("S1", "S2"):
        found += [Finding.of(f"time that $f_{{{NAMES[name]}}}$ stays above half of its peak",
                             *course.found(lambda f, name=name: course.life(f[name])), unit="$k^{-1}$"),
                  Finding.of("the same over the time in which $f_{U_1}$ is halved",
                             *course.found(lambda f, name=name: course.life(f[name]) / halved(f)), least=5)]
    return found


def measure_end(runs: Sequence[File]) -> list[Finding]:
    """U2 is all in the end."""
    course = Course.of(runs[0])
    return [Finding.of("$f_{U_2}$ in the end", *course.found(lambda f: f["U2"][-1]), least=0.999)]


# Contacts.


def pairs_apart(run: File, bonds: int = APART) -> np.ndarray:
    """Sites x sites: whether the shortest way between them has so many bonds."""
    near = np.eye(len(run.position), dtype=bool)
    near[tuple(run.bonds.T)] = near[tuple(run.bonds.T[::-1])] = True
    step, within, before = near.astype(np.float32), near, near
    for _ in range(bonds - 1):
        within, before = (within.astype(np.float32) @ step) > 0, within
    return within & ~before


def contacts(run: File) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of every stored configuration (trajectories x snapshots): its composition, its pairs of U1 and U2 that touch, a site of the
    crystal, and those of them whose U2 is not of the outermost layer that has phases."""
    sigma = run.trajectories("snapshot/sigma")
    order, _ = run.plaquette_order(sigma)
    apart = pairs_apart(run).astype(np.float32)
    first, second = ((order == value).astype(np.float32) for value in (2, -2))
    touched = first @ apart  # by U1
    inner = second * (run.depth > 1)
    return (sigma > 0).mean(axis=2), *((touched * u2).sum(axis=2) / sigma.shape[2] for u2 in (second, inner))


def by_composition(c: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Trajectories x bins of composition: the mean of the values there, NaN where a trajectory has no configuration."""
    place = np.digitize(c, BINS) - 1
    found = np.full((len(c), len(BINS) - 1), np.nan)
    for k in range(len(BINS) - 1):
        known = place == k
        count = known.sum(axis=1)
        found[count > 0, k] = (values * known).sum(axis=1)[count > 0] / count[count > 0]
    return found


def at_random(run: File, c: np.ndarray) -> np.ndarray:
    """The pairs a site where A and B are anywhere: seven sites of A beside seven of B."""
    full = np.zeros(len(run.position), dtype=bool)
    full[run.plaquette_order(np.ones(len(full), dtype=np.int8))[1]] = True
    return pairs_apart(run)[np.ix_(full, full)].sum() / len(full) * (c * (1 - c)) ** 7


def mean_contacts(run: File, inner: bool = False) -> np.ndarray:
    """Trajectories x bins of composition."""
    c, every, within = contacts(run)
    return by_composition(c, within if inner else every)


def compared(elastic: np.ndarray, ising: np.ndarray, bins: slice) -> Found:
    """Contacts of the one over those of the other, in these bins of composition together."""
    def total(rows: np.ndarray, chosen: np.ndarray) -> float:
        return float(np.nanmean(rows[chosen][:, bins], axis=0).sum())

    one = bootstrapped(len(elastic), lambda chosen: total(elastic, chosen))
    other = bootstrapped(len(ising), lambda chosen: total(ising, chosen))
    return one[0] / other[0], float(np.hypot(one[1], one[0] / other[0] * other[1])) / other[0]


def measure_contacts(runs: Sequence[File]) -> list[Finding]:
    """Elastic crystals beside Ising crystals of the same size: over all compositions, in thirds of them, and without the rim."""
    elastic, ising = (mean_contacts(run) for run in runs)
    found = [Finding.of("pairs of $U_1$ and $U_2$ that touch (three bonds apart) over those in the Ising model, at $c$ from "
                        f"{BINS[bins.start]:.1f} to {BINS[bins.stop]:.1f}", *compared(elastic, ising, bins), most=0.1)
             for bins in (slice(0, 2), slice(2, 4), slice(4, 6), slice(0, 6))]
    inner = [mean_contacts(run, inner=True) for run in runs]
    return [*found, Finding.of("the same over all these compositions, without the outermost $U_2$", *compared(*inner, slice(0, 6)),
                               most=0.1)]


@styled
def draw_contacts(runs: Sequence[File]) -> Figure:
    """Pairs that touch against composition."""
    figure = Figure(figsize=(COLUMN, 2.4))
    axes = figure.add_axes((0.17, 0.18, 0.8, 0.78))
    middle = (BINS[1:] + BINS[:-1]) / 2
    for run, colour, marker in zip(runs, (COLOUR["S2"], COLOUR["U1"], "0.5"), "osD"):
        rows = mean_contacts(run)
        count = np.sqrt(np.maximum((~np.isnan(rows)).sum(axis=0), 1))
        axes.errorbar(middle, np.nanmean(rows, axis=0), np.nanstd(rows, axis=0) / count, fmt=f"{marker}-", ms=3.5, lw=1, capsize=2,
                      color=colour, label=model_name(run))
    fine = np.linspace(0.02, 0.98, 97)
    axes.plot(fine, at_random(runs[0], fine), color="black", lw=0.8, ls="--", label="random")
    axes.set(xlim=(0.8, 0), xlabel="composition $c$", ylabel=r"$\mathrm{U}_1$–$\mathrm{U}_2$ contacts a site")
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 0.06))
    return figure


TITLE = "Phases in time: Fig. 3(c,d)"
RUNS: dict[str, Run] = {}
CLAIMS = (
    Claim("3d-decay", "Fig. 3(d)", "$U_1$ falls to nearly zero rapidly, $U_2$, $S_1$ and $S_2$ rise accordingly; what follows is slower",
          ("fig3_721",), measure_decay),
    Claim("3d-peaks", "Fig. 3(d)", "$S_1$ and $S_2$ are pronounced, $S_1$ first", ("fig3_721",), measure_peaks),
    Claim("3d-life", "Fig. 3(d)", "Modulated order is transient, but lives long", ("fig3_721",), measure_life),
    Claim("3d-end", "Fig. 3(d)", "$U_2$ grows to 1 in the end", ("fig3_721",), measure_end),
    Claim("3c-contacts", "Fig. 3(c), text", "The trajectories appear not to involve borders between $U_1$ and $U_2$",
          ("fig2_elastic", "fig2_ising"), measure_contacts),
)
PICTURES = {
    "phases": Picture("Fig. 3(c,d): one trajectory by its ions and by its plaquettes, and the fractions of the phases: each of 100 "
                      "trajectories, thin, and their means.", ("fig3_721",), lambda runs: figure_3(runs[0])),
    "contacts": Picture("Pairs of sites of $U_1$ and $U_2$ that touch, a site of the crystal, against composition (exchange goes from "
                        "left to right). N = 271 in all models; bars are standard errors over trajectories.",
                        ("fig2_elastic", "fig2_ising", "fig2_noninteracting"), draw_contacts),
}
REMARKS = (
    "Where it does not match: while the composition falls from 0.7 to 0.5, sites of $U_2$ beside the rim do lie three bonds from "
    "sites of $U_1$, the nearest that two such sites can be. The rim turns to B at once and the layer below it soon after, before "
    "superlattices have formed on the way in. Without the $U_2$ of that outermost layer hardly any contact is left: inside of the "
    "crystal the paper's words hold. Elastic crystals skip what is above $c$ = 0.8, where the rim is exchanged.",
)
