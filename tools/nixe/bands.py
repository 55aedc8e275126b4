"""Bands across a rod, and sheets in a crystal of fcc: what there is of them in configurations, and what bands cost.

    course = RodCourse(File("rod.h5"))             # trajectories of nixe kmc
    print(course.banding[course.at(0.5)])       # where half is exchanged
    bands = Bands.of(File("rod.h5"))            # of a file that has V
    print(bands.alone([1, 2, 3]))               # energies of a single band of so many planes

A rod is cut into its basal planes. Its banding compares how much their compositions differ with what they do by chance, where as
many ions as there are at each depth below the surface have random places there: 1 then, and about the sites of a plane where
every plane is pure. A border is where a pure stretch, of less than a quarter of one kind, is followed by one of the other kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nixe.file import File

PURE = 0.25  # of the other kind, below which a plane counts as pure
NEAREST = 0.45  # |q| in units of 2 pi / L, from where on the shape of a crystal shows no more
FAMILIES = {"100": ((1, 0, 0), (0, 1, 0), (0, 0, 1)), "111": ((1, 1, 1), (1, 1, -1), (1, -1, 1), (-1, 1, 1)),
            "110": ((1, 1, 0), (1, -1, 0), (1, 0, 1), (1, 0, -1), (0, 1, 1), (0, 1, -1))}
ENDS = {"100": 1.0, "111": 0.75**0.5, "110": 1.125**0.5}  # |q| at the border of the first zone of fcc
POINTS = 56  # along a direction


class Planes:
    """The basal planes of a rod along z, from below."""

    def __init__(self, run: File) -> None:
        self.z, self.plane, self.sites = np.unique(np.round(run.position[:, 2], 6), return_inverse=True, return_counts=True)
        self.members = (self.plane == np.arange(len(self.z))[:, None]).astype(float)
        self.depths = np.maximum(run.depth, 0)

    def composition(self, sigma: np.ndarray) -> np.ndarray:
        """... x planes: the fraction of A in each."""
        return (np.asarray(sigma) > 0).astype(float) @ self.members.T / self.sites

    def banding(self, sigma: np.ndarray) -> np.ndarray:
        """How much planes have of A beyond what their depths let expect, against ions at random at each depth: the ratio of
        squares, summed over planes; NaN where no depth has ions of both kinds."""
        ions = (np.asarray(sigma) > 0).astype(float)
        at = (self.depths[:, None] == np.arange(self.depths.max() + 1)).astype(float)  # sites x depths
        count, shared = at.sum(axis=0), self.members @ at  # planes x depths
        c = ions @ at / count
        found = (((ions - c @ at.T) @ self.members.T) ** 2).sum(axis=-1)
        spread = (shared * (1 - shared / count)).sum(axis=0) * count / np.maximum(count - 1, 1)
        chance = (c * (1 - c)) @ spread
        return np.where(chance > 0, found / np.where(chance > 0, chance, 1), np.nan)

    def borders(self, sigma: np.ndarray) -> np.ndarray:
        """How often a pure stretch along the rod is followed by one of the other kind."""
        each = self.composition(sigma)
        kind = np.where(each > 1 - PURE, 1, np.where(each < PURE, -1, 0)).reshape(-1, len(self.z))
        found = [np.count_nonzero(np.diff(row[row != 0])) for row in kind]
        return np.array(found).reshape(each.shape[:-1])


@dataclass(frozen=True)
class RodCourse:
    """Banding and borders of the trajectories of a rod, at the stored configurations: rows x snapshots."""

    run: File

    @cached_property
    def planes(self) -> Planes:
        return Planes(self.run)

    @cached_property
    def sigma(self) -> np.ndarray:
        return self.run.trajectories("snapshot/sigma")

    @cached_property
    def composition(self) -> np.ndarray:
        return (self.sigma > 0).mean(axis=-1)

    @cached_property
    def banding(self) -> np.ndarray:
        return self.planes.banding(self.sigma)

    @cached_property
    def borders(self) -> np.ndarray:
        return self.planes.borders(self.sigma)

    def at(self, c: float) -> tuple[np.ndarray, np.ndarray]:
        """Of each trajectory its number, and the snapshot whose composition is nearest to this one."""
        return np.arange(len(self.sigma)), np.abs(self.composition - c).argmin(axis=1)


@dataclass(frozen=True)
class Bands:
    """What bands across a rod cost, from V: planes of B in a rod of A. Each plane is all of one kind."""

    planes: Planes
    coupling: np.ndarray  # planes x planes: sums of V

    @classmethod
    def of(cls, run: File) -> Bands:
        """Of a file that has V."""
        planes = Planes(run)
        return cls(planes, planes.members @ run.potential(0) @ planes.members.T)

    def energy(self, band: np.ndarray) -> float:
        """In epsilon, of the planes of a mask: sigma = 1 - 2 band, and a uniform rod costs nothing."""
        x = np.asarray(band, dtype=float)
        return float(2 * x @ self.coupling @ x)

    def band(self, first: int, width: int) -> np.ndarray:
        """A mask of some planes from the first on."""
        place = np.arange(len(self.planes.z))
        return (place >= first) & (place < first + width)

    def middle(self, width: int) -> np.ndarray:
        """A band in the middle of the rod."""
        return self.band((len(self.planes.z) - width) // 2, width)

    def alone(self, widths: Sequence[int]) -> np.ndarray:
        """The energy of one band in the middle."""
        return np.array([self.energy(self.middle(width)) for width in widths])

    def interaction(self, width: int, gaps: Sequence[int]) -> np.ndarray:
        """Of two bands of a width with so many planes of A between them: their energy less that of each by itself."""
        found = []
        for gap in gaps:
            first = (len(self.planes.z) - 2 * width - gap) // 2
            one, other = self.band(first, width), self.band(first + width + gap, width)
            found.append(self.energy(one | other) - self.energy(one) - self.energy(other))
        return np.array(found)

    def striped(self, stripes: int) -> np.ndarray:
        """Half of all planes in so many equal bands, alike from both ends of the rod."""
        count = len(self.planes.z)
        phase = (np.arange(count) + 0.5) * stripes / count
        return np.abs(phase - np.floor(phase) - 0.5) < 0.25

    def janus(self) -> np.ndarray:
        """Half of all planes at one end."""
        return self.band(0, len(self.planes.z) // 2)


def lengths(family: str) -> np.ndarray:
    """|q| along the directions of a family, in units of 2 pi / L."""
    return np.linspace(NEAREST, ENDS[family], POINTS)


def beyond_depth(run: File, sigma: np.ndarray) -> np.ndarray:
    """Configurations less the mean of each at the depth of each site: what is left has no core and no shell."""
    found = np.array(sigma, dtype=float)
    for depth in range(run.depth.max(initial=-1) + 1):
        here = run.depth == depth
        found[..., here] -= found[..., here].mean(axis=-1, keepdims=True)
    return found


def scattering_along(run: File, s: np.ndarray, family: str) -> np.ndarray:
    """... x directions x POINTS: |sum s exp(iqR)|^2 / N on fcc along the directions of a family."""
    found = []
    for direction in FAMILIES[family]:
        along = run.position @ np.array(direction) / np.linalg.norm(direction)
        found.append(np.abs(s @ np.exp(2j * np.pi / 2**0.5 * np.outer(along, lengths(family)))) ** 2 / s.shape[-1])
    return np.stack(found, axis=-2)


@dataclass(frozen=True)
class Sheets:
    """S(q) along families of directions of an fcc crystal, beyond what depths explain, over that of the same ions at random."""

    run: File

    @cached_property
    def _s(self) -> np.ndarray:
        return beyond_depth(self.run, self.run.trajectories("snapshot/sigma"))

    @cached_property
    def chance(self) -> np.ndarray:
        """Rows x snapshots: the mean square of what is left."""
        return (self._s**2).mean(axis=-1)

    @cached_property
    def along(self) -> dict[str, np.ndarray]:
        """Rows x snapshots x POINTS, by family: means over its directions, in units of chance; NaN where all is explained."""
        chance = np.where(self.chance > 0, self.chance, np.nan)[..., None]
        return {family: scattering_along(self.run, self._s, family).mean(axis=-2) / chance for family in FAMILIES}

    @cached_property
    def composition(self) -> np.ndarray:
        """Rows x snapshots."""
        return (self.run.trajectories("snapshot/sigma") > 0).mean(axis=-1)

    @property
    def peak(self) -> int:
        """The snapshot at which there is most to scatter, in the mean."""
        return int(self.chance.mean(axis=0).argmax())
