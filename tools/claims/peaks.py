"""The fluctuation of f_U against the stiffness of a shell, from a ladder: where it peaks, and whether f_U has two values.

    peak = Peak.of(File("ladder_169.h5"))
    print(peak.place, peak.height, peak.width, peak.barrier)    # each a value and its standard error

Records of all states together are reweighted (MBAR) to any stiffness between. Errors are those of leaving out one replica of the
ladder at a time.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from claims.spread import Found
from nixe.file import File
from nixe.free_energy import Part, Records, read
from nixe.transitions import jackknife

FINE = 161  # stiffnesses of a curve
BINS = 36  # of the distribution of f_U, at most
COUNTED = 2e-4  # of the records: of bins with less, by weight, nothing is said


@dataclass(frozen=True)
class Curve:
    """Mean and variance of f_U at each stiffness, and the distribution where it has two maxima of the same height, if it has."""

    K: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    both: float  # the stiffness of this distribution
    f: np.ndarray  # the middle of each bin
    p: np.ndarray  # probability densities
    barrier: float  # logarithm of the lower maximum over the minimum between; 0 of a single maximum
    apart: float  # the f_U of one maximum less that of the other

    @classmethod
    def of(cls, records: Records, K: np.ndarray) -> Curve:
        """By reweighting."""
        f, sites = records.unstructured, int(records.files[0].averaged.sum())
        wide = max(1, int(np.ceil((np.ptp(f) * sites + 1) / BINS)))  # in sites: as many values of f in each bin
        bins = np.rint((f - f.min()) * sites).astype(int) // wide
        edges = f.min() + (np.arange(bins.max() + 2) * wide - 0.5) / sites
        weights = [records.mixture.weights(records.potential(records.states[0]._replace(stiffness=float(k))))[0] for k in K]
        mean = np.array([w @ f for w in weights])
        variance = np.array([w @ (f - m) ** 2 for w, m in zip(weights, mean)])
        found = [np.bincount(bins, w) for w in weights]
        valleys = [valley(p) for p in found]
        best = int(np.argmax([each[0] for each in valleys]))
        if valleys[best][0] <= 0:
            best = int(variance.argmax())
        middle = (edges[1:] + edges[:-1]) / 2
        barrier, low, high = valleys[best]
        apart = float(middle[high] - middle[low])
        return cls(K, mean, variance, float(K[best]), middle, found[best] / np.diff(edges), barrier, apart)

    @property
    def top(self) -> tuple[float, float]:
        """The place and the height of the largest variance."""
        i = int(self.variance.argmax())
        if not 0 < i < len(self.K) - 1:
            return np.nan, np.nan
        curve = np.polyfit(self.K[i - 1:i + 2] - self.K[i], self.variance[i - 1:i + 2], 2)
        return float(self.K[i] - curve[1] / (2 * curve[0])), float(curve[2] - curve[1] ** 2 / (4 * curve[0]))

    @property
    def width(self) -> float:
        """The stretch of stiffness in which the variance is at least half of its largest."""
        i, half = int(self.variance.argmax()), self.variance.max() / 2
        low, high = np.flatnonzero(self.variance[:i] < half), i + np.flatnonzero(self.variance[i:] < half)
        if not len(low) or not len(high):
            return np.nan
        sides = (low[-1], low[-1] + 1), (high[0], high[0] - 1)
        ends = [np.interp(half, self.variance[[a, b]], self.K[[a, b]]) for a, b in sides]
        return float(ends[1] - ends[0])

    @property
    def fall(self) -> float:
        """Where the mean falls most steeply."""
        slope = np.gradient(self.mean, self.K)
        return float(self.K[slope.argmin()])


def valley(p: np.ndarray) -> tuple[float, int, int]:
    """Of a distribution the logarithm of the lower of two maxima over the least value between them, and the bins of both; 0 where
    there is one maximum only. Bins are averaged with their neighbours, and those of hardly any weight are no maxima."""
    smooth = np.convolve(p, (0.25, 0.5, 0.25), "same")
    kept = np.where(smooth > COUNTED, smooth, 0.0)
    left, right = np.maximum.accumulate(kept), np.maximum.accumulate(kept[::-1])[::-1]
    lower = np.minimum(left, right)
    if not (lower > 0).any():
        return 0.0, 0, 0
    depth = np.log(np.where(lower > 0, lower, 1.0) / np.where(lower > 0, np.maximum(smooth, COUNTED / 10), 1.0))
    i = int(depth.argmax())
    if depth[i] <= 0:
        top = int(kept.argmax())
        return 0.0, top, top
    return float(depth[i]), int(kept[:i + 1].argmax()), i + int(kept[i:].argmax())


@dataclass(frozen=True)
class Peak:
    """What a ladder tells."""

    core: int  # sites
    shell: int
    curve: Curve
    error: np.ndarray  # of the variance at each stiffness
    spread: np.ndarray  # of the mean
    place: Found
    height: Found
    width: Found
    fall: Found
    barrier: Found
    apart: Found

    @classmethod
    def of(cls, run: File) -> Peak:
        """Computed once for a file as it is."""
        return _of(str(run.path), os.stat(run.path).st_mtime_ns)

    @property
    def ratio(self) -> float:
        """Sites of the shell by those of the core."""
        return self.shell / self.core


@lru_cache(maxsize=16)
def _of(path: str, modified: int) -> Peak:
    """The peak of a file; `modified` tells one state of it from another."""
    with File(path) as run:
        parts = read([run])
        K = np.linspace(run.shell_stiffness.min(), run.shell_stiffness.max(), FINE)
        whole = Curve.of(Records([run], parts), K)
        others = [Curve.of(Records([run], each), K) for each in without_one(parts)]
        core = int((run.layer == 0).sum())
        sites = len(run.layer)

    def found(name: str, part: int | None = None) -> Found:
        values = [getattr(each, name) if part is None else getattr(each, name)[part] for each in (whole, *others)]
        return values[0], jackknife(values[1:]) if len(others) > 1 else np.nan

    def along(name: str) -> np.ndarray:
        return np.array([jackknife([getattr(each, name)[i] for each in others]) if others else np.nan for i in range(FINE)])

    step = float(K[1] - K[0])
    fall, apart = found("fall"), found("apart")
    place = found("top", 0)
    bin_width = float(np.diff(whole.f[:2]).sum())
    return Peak(core, sites - core, whole, along("variance"), along("mean"), (place[0], max(place[1], step / 12**0.5)),
                found("top", 1), found("width"), (fall[0], max(fall[1], step)), found("barrier"),
                (apart[0], max(apart[1], bin_width / 6**0.5) if apart[0] else apart[1]))


def without_one(parts: Sequence[Part]) -> list[list[Part]]:
    """The records without those of each replica in turn; none of a single replica."""
    replicas = sorted({part.replica for part in parts})
    return [[part for part in parts if part.replica != out] for out in replicas] if len(replicas) > 1 else []
