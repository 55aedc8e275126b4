"""Transitions in equilibrium, from files of `nixe mc`: where they are, how high a barrier is, and how sure that is.

    crossing = Crossing.of([File("binder_24.h5"), File("binder_48.h5")])
    melting = Melting.of(File("melting.h5"))
    barriers = Barriers.of([File("barrier_A.h5"), File("barrier_B.h5")])
    print(crossing.at, melting.half, melting.peak, barriers.height)     # each a value and its standard error
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nixe.file import File, NixeFileError, average
from nixe.free_energy import Barrier, Profile, Records, read

FINE = 121  # temperatures of a curve between those that were run
BINS = 211  # of F(c): 16 sites each, of 3,375
STEEP = 0.04  # of the composition, over which the steepest slope of F(c) is looked for
Found = tuple[float, float]  # a value and its standard error


@dataclass(frozen=True)
class Crossing:
    """Binder's cumulants of a smaller and a larger crystal against temperature, and where they cross."""

    sites: list[int]
    kT: np.ndarray  # noqa: N815  (the name of the option)
    U: list[np.ndarray]
    error: list[np.ndarray]
    at: Found  # kT
    height: Found  # the cumulant there

    @classmethod
    def of(cls, runs: Sequence[File]) -> Crossing:
        """Two files of flips, between the temperatures that both have."""
        records = sorted((Records([run]) for run in runs), key=lambda each: each.sites)
        kT = np.linspace(max(run.kT.min() for run in runs), min(run.kT.max() for run in runs), FINE)
        curves = [np.array([each.cumulant(each.states[0]._replace(kT=float(t))) for t in kT]).T for each in records]
        (small, large), (error, other) = zip(*curves)
        gap = small - large  # below the transition the larger crystal is the more ordered one
        places = np.flatnonzero((gap[:-1] < 0) & (gap[1:] >= 0))
        if not len(places):
            raise NixeFileError(f"The cumulants do not cross between kT = {kT[0]:g} and {kT[-1]:g}.")
        i = int(places[len(places) // 2])
        part = gap[i] / (gap[i] - gap[i + 1])
        slope, joint = float(np.polyfit(kT, gap, 1)[0]), float(np.hypot(error[i], other[i]))
        slopes = [float(np.polyfit(kT, each, 1)[0]) for each in (small, large)]
        height = float(small[i] + part * (small[i + 1] - small[i]))
        sure = float(np.hypot(slopes[1] * error[i], slopes[0] * other[i])) / slope  # each curve moves it along the other
        return cls([each.sites for each in records], kT, [small, large], [error, other],
                   (float(kT[i] + part * (kT[i + 1] - kT[i])), joint / slope), (height, sure))


@dataclass(frozen=True)
class Melting:
    """The fraction of S1 in each state, the heat capacity of a site, and the temperatures that both give."""

    kT: np.ndarray  # noqa: N815
    f: np.ndarray
    error: np.ndarray
    fine: np.ndarray
    C: np.ndarray  # var E / N kT^2
    C_error: np.ndarray
    half: Found  # where f is half of that of the lowest temperature
    peak: Found  # where C is greatest

    @classmethod
    def of(cls, run: File) -> Melting:
        """A ladder of temperatures, of swaps; errors of places are those of leaving out one replica at a time."""
        s1 = run.phases.index("S1")
        order = np.argsort(run.kT)
        series = [[x[:, s1] for x in run.replicas("f", q)] for q in order]
        f, error = np.array([average(each) for each in series]).T
        fine, parts = np.linspace(run.kT.min(), run.kT.max(), 2 * FINE - 1), read([run])
        means = np.array([[x.mean() for x in each] for each in series])
        kT = run.kT[order]

        def peak(kept: Callable[[int], bool]) -> float:
            records = Records([run], [part for part in parts if kept(part.replica)])
            return float(fine[heat_capacity(records, fine)[0].argmax()])

        count = means.shape[1]
        C, C_error = heat_capacity(Records([run], parts), fine)
        halves = [half_fall(kT, np.delete(means, out, axis=1).mean(axis=1)) for out in range(count)]
        peaks = [peak(lambda replica, out=out: replica != out) for out in range(count)]
        return cls(kT, f, error, fine, C, C_error, (half_fall(kT, f), jackknife(halves)),
                   (float(fine[C.argmax()]), max(jackknife(peaks), float(fine[1] - fine[0]))))


def heat_capacity(records: Records, kT: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of a site in units of k_B, at fixed composition, and its error."""
    found = np.array([records.variance("energy", records.states[0]._replace(kT=float(t))) for t in kT])
    return tuple((found / (records.sites * kT[:, None] ** 2)).T)


def half_fall(kT: np.ndarray, f: np.ndarray) -> float:
    """Where f first falls through half of its first value, on a straight line between states."""
    below = np.flatnonzero(f < f[0] / 2)
    if not len(below):
        raise NixeFileError(f"f does not fall to half of its value at kT = {kT[0]:g}.")
    i = int(below[0]) - 1
    return float(kT[i] + (f[i] - f[0] / 2) / (f[i] - f[i + 1]) * (kT[i + 1] - kT[i]))


def jackknife(left_out: Sequence[float]) -> float:
    """The standard error of what these values are without one replica each."""
    count = len(left_out)
    return float(np.sqrt((count - 1) * np.var(left_out)))


@dataclass(frozen=True)
class Barriers:
    """F(c) over a barrier between wells that are equal by symmetry: of each start by itself, and of all together.

    Each start climbs the barrier twice, once from each well. As it seldom changes from one shape of the phases to another,
    errors by blocking are too small; the differences of all climbs, which should be none, tell the true ones.
    """

    starts: list[str]
    profiles: list[Profile]
    barriers: list[Barrier]
    profile: Profile
    together: Barrier
    sites: int

    @classmethod
    def of(cls, runs: Sequence[File]) -> Barriers:
        """Files of umbrellas, from two starts or more; several of one start go together."""
        groups: dict[float, list[File]] = {}
        for run in runs:
            groups.setdefault(float(run.option("mc_composition")), []).append(run)
        found = [of_files(group) for group in groups.values()]
        starts = [f"start at c = {c:g}" for c in groups]
        return cls(starts, [each[0] for each in found], [each[1] for each in found], *of_files(runs), int((runs[0].layer == 0).sum()))

    @property
    def height(self) -> Found:
        """F / kT at the top less that at the wells."""
        return surer(self.together.mean, [height for each in self.barriers for height in each.height])

    @property
    def heights(self) -> list[Found]:
        """The same from each start."""
        return [surer(each.mean, each.height) for each in self.barriers]

    @property
    def apart(self) -> Found:
        """The difference of the heights of the first and the last start."""
        first, last = self.heights[0], self.heights[-1]
        return first[0] - last[0], float(np.hypot(first[1], last[1]))

    @property
    def balance(self) -> Found:
        """dmu at which both wells are equally deep."""
        scale = self.profile.state.kT / (self.sites * (self.together.wells[1] - self.together.wells[0]))
        tilt, error = surer(self.together.tilt, [each.tilt[0] for each in self.barriers])
        return scale * tilt, scale * error

    @property
    def limit(self) -> Found:
        """The dmu against which F(c) rises most steeply: of a larger one a crystal turns without nucleation.

        F(c) is taken as straight over compositions of STEEP; the error is that of its ends.
        """
        c, F, error = self.profile.c, self.profile.F, self.profile.error
        scale, found = self.profile.state.kT / self.sites, []
        for i in range(len(c)):
            here = (c >= c[i]) & (c <= c[i] + STEEP)
            if c[i] + STEEP <= self.together.c and here.sum() > 2 and np.isfinite(F[here]).all():
                slope = float(np.polyfit(c[here], F[here], 1)[0])
                ends = np.flatnonzero(here)[[0, -1]]
                found.append((scale * slope, scale * float(np.hypot(*error[ends])) / STEEP))
        return max(found, default=(np.nan, np.nan))


def surer(found: Found, alike: Sequence[float]) -> Found:
    """A value with the larger of two errors: its own, and that of the mean of values that should be alike."""
    return found[0], max(found[1], float(np.std(alike, ddof=1) / len(alike) ** 0.5) if len(alike) > 1 else 0.0)


def of_files(runs: Sequence[File]) -> tuple[Profile, Barrier]:
    """F(c) at dmu = 0 and its barrier."""
    records = Records(runs)
    profile = records.profile(bins=BINS)
    barrier = records.barrier(profile, BINS)
    if barrier is None:
        raise NixeFileError(f"{runs[0].path} shows no barrier between two wells.")
    return profile, barrier
