"""Isotherms of the bulk: dmu against composition at given temperatures, from umbrellas; and what mean field says of them.

An umbrella (kappa/2) N (c - c0)^2 holds the composition where its force, kappa (c0 - <c>), is that of dmu. So each state is a
point of an isotherm, also where the crystal is unstable: between its extrema, the spinodal.

    isotherms = find_isotherms(File("umbrellas.h5"))
    print(isotherms[0].kT, isotherms[0].spinodal())      # a composition and its standard error
    field = MeanField.of(File("umbrellas.h5"))           # of a file that has V
    print(field.binodal(1.0), field.spinodal(1.0), field.ordering(0.5))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from nixe.file import File, average
from nixe.transitions import Found, half_fall, jackknife

NEAR = 0.12  # compositions to each side of an extremum that a polynomial of degree 3 is fitted to
SHARP = 1 - 1e-7  # of the critical temperature, from where on both phases are one
FEWEST = 5  # points for that


@dataclass(frozen=True)
class Isotherm:
    """Points of one temperature, by composition; errors are standard errors."""

    kT: float  # noqa: N815  (the name of the option)
    c: np.ndarray
    dmu: np.ndarray
    error: np.ndarray

    def mirrored(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """c, dmu and its error, of c < 1/2: A and B are alike, so that 1 - c has -dmu."""
        c, sign = np.minimum(self.c, 1 - self.c), np.where(self.c > 0.5, -1, 1)
        order = np.argsort(c)
        return c[order], (sign * self.dmu)[order], self.error[order]

    def spinodal(self) -> Found:
        """The c < 1/2 at which dmu is greatest; NaN where there is no such place."""
        c, dmu, error = self.mirrored()
        top = int(dmu.argmax())
        near = np.abs(c - c[top]) < min(NEAR, 0.6 * c[top])
        if c[top] > 0.47 or near.sum() < FEWEST:
            return np.nan, np.nan
        fit, covariance = np.polyfit(c[near] - c[top], dmu[near], 3, w=1 / error[near], cov="unscaled")
        bend, slope = np.polyder(fit, 2), np.polyder(fit)
        places = [x.real for x in np.roots(slope) if abs(x.imag) < 1e-9 and np.polyval(bend, x.real) < 0]
        if not places or abs(place := min(places, key=abs)) > NEAR:
            return np.nan, np.nan
        shift = np.array([3 * place**2, 2 * place, 1, 0]) / np.polyval(bend, place)
        return float(c[top] + place), float(np.sqrt(shift @ covariance @ shift))

    def binodal(self) -> Found:
        """The c < 1/2 at which dmu is 0: both kinds of crystal are equally stable; NaN where that is at 1/2 alone."""
        c, dmu, error = self.mirrored()
        positive = np.flatnonzero(dmu > 0)
        if not len(positive) or positive[0] == 0 or c[positive[0]] > 0.47:
            return np.nan, np.nan
        i = int(positive[0]) - 1
        slope = (dmu[i + 1] - dmu[i]) / (c[i + 1] - c[i])
        return float(c[i] - dmu[i] / slope), float(np.hypot(error[i], error[i + 1]) / 2**0.5 / abs(slope))

    def limit(self) -> Found:
        """The greatest dmu that a crystal rich in B bears: at the spinodal."""
        _, dmu, error = self.mirrored()
        return float(dmu.max()), float(error[dmu.argmax()])


def find_isotherms(run: File) -> list[Isotherm]:
    """Of a file of umbrellas: one of each temperature."""
    found = []
    for kT in np.unique(run.kT):
        states = np.flatnonzero(run.kT == kT)
        mean, error = np.array([average(run.compositions(q)) for q in states]).T
        found.append(Isotherm(float(kT), mean, run.umbrella_stiffness * (run.umbrella_center[states] - mean),
                              run.umbrella_stiffness * error))
    return found


@dataclass(frozen=True)
class MeanField:
    """What follows from V of the bulk, if each ion feels the mean of all others."""

    own: float  # V of a site with itself: the mean of all V_q
    least: float  # of V_q, among the waves of the box

    @classmethod
    def of(cls, run: File) -> MeanField:
        """Of a file of a periodic crystal of the triangular lattice that has V: V_q by a sum over one row."""
        row, way = run.interactions(0), run.position - run.position[0]
        reciprocal = np.linalg.inv(run.periods)  # its columns
        cells = int(round(len(row) ** 0.5))
        waves = np.stack(np.meshgrid(np.arange(cells), np.arange(cells)), axis=-1).reshape(-1, 2)
        energies = np.cos(2 * np.pi * (way @ reciprocal) @ waves.T).T @ row
        return cls(float(row[0]), float(energies[1:].min()))

    @property
    def critical(self) -> float:
        """kT below which an open crystal is rich in A or in B."""
        return self.own

    @property
    def order(self) -> float:
        """kT below which a crystal of half A, half B has waves of its own."""
        return self.own - self.least

    def dmu(self, c: np.ndarray, kT: float) -> np.ndarray:
        """Of a crystal whose ions are placed at random."""
        m = 2 * np.asarray(c) - 1
        return 2 * kT * np.arctanh(m) - 2 * self.own * m

    def binodal(self, kT: float) -> float:
        """The c < 1/2 with dmu = 0; 1/2 above the critical temperature."""
        if kT >= SHARP * self.own:
            return 0.5
        m = brentq(lambda m: np.arctanh(m) * kT / self.own - m, 1e-4, 1 - 1e-16)
        return (1 - m) / 2

    def spinodal(self, kT: float) -> float:
        """The c < 1/2 at which dmu is greatest."""
        return 0.5 if kT >= self.own else (1 - (1 - kT / self.own) ** 0.5) / 2

    def ordering(self, c: np.ndarray) -> np.ndarray:
        """kT below which a random mixture of a fixed composition gives way to waves of the least V_q."""
        return self.order * 4 * np.asarray(c) * (1 - np.asarray(c))


@dataclass(frozen=True)
class Order:
    """Phases against composition and temperature, of swaps in the bulk."""

    run: File
    c: np.ndarray
    kT: np.ndarray  # noqa: N815
    f: np.ndarray  # compositions x temperatures x phases
    error: np.ndarray

    @classmethod
    def of(cls, run: File) -> Order:
        """Of a file whose states are all products of compositions and temperatures."""
        c, kT = np.unique(run.composition), np.unique(run.kT)
        at = [[cls.state(run, x, t) for t in kT] for x in c]
        f, error = run.mean_and_error("f")
        return cls(run, c, kT, f[at], error[at])

    @staticmethod
    def state(run: File, c: float, kT: float) -> int:
        """The number of the state nearest to a place of the diagram."""
        return int(np.hypot(run.composition - c, 10 * (run.kT - kT)).argmin())

    def ordered(self, *phases: str) -> np.ndarray:
        """The fraction of sites in these phases: compositions x temperatures."""
        return self.f[:, :, [self.run.phases.index(name) for name in phases]].sum(axis=2)

    def melting(self, number: int) -> Found:
        """kT at which S1 and S2 together are half of what they are at the lowest; the error is that of leaving out replicas."""
        phases = [self.run.phases.index(name) for name in ("S1", "S2")]
        states = [self.state(self.run, self.c[number], t) for t in self.kT]
        means = np.array([[x[:, phases].sum(axis=1).mean() for x in self.run.replicas("f", q)] for q in states])
        whole = half_fall(self.kT, means.mean(axis=1))
        if means.shape[1] < 2:
            return whole, np.nan
        return whole, jackknife([half_fall(self.kT, np.delete(means, out, axis=1).mean(axis=1)) for out in range(means.shape[1])])
