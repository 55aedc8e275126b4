"""How ions are arranged, beyond the phases of single sites: short-range order, depths, structure factors.

    q = Plane(run)                          # through the middle of reciprocal space; in 2D all of it
    S = q.structure_factor(sigma)           # what diffraction would see of one configuration
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from nixe.cells import polygon
from nixe.file import File, warren_cowley

POINTS = 141  # along each axis of a picture of S(q)
FAR = 0.6  # of the way to the first zone's border, from where on order shows, not shapes
MARGIN = 1.12  # how far it reaches beyond the first zone


@dataclass(frozen=True)
class Course:
    """A quantity along trajectories: rows x times, with further axes behind."""

    time: np.ndarray
    values: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Over the rows in which it is defined; NaN where there is none."""
        known = ~np.isnan(self.values)
        count = known.sum(axis=0)
        return np.where(count > 0, np.where(known, self.values, 0).sum(axis=0) / np.maximum(count, 1), np.nan)

    @property
    def error(self) -> np.ndarray:
        """The standard error of the mean; NaN where fewer than two rows are known."""
        known = ~np.isnan(self.values)
        count = known.sum(axis=0)
        squares = np.where(known, (self.values - self.mean) ** 2, 0).sum(axis=0)
        return np.where(count > 1, np.sqrt(squares / np.maximum(count * (count - 1.0), 1)), np.nan)


def short_range_order(run: File) -> Course:
    """Warren-Cowley parameters of trajectories: ... x classes; recorded, or from the configurations stored."""
    if run.has("/kmc/unlike"):
        alpha = warren_cowley(run.trajectories("unlike"), run.trajectories("composition"))
        return Course(run.time, alpha)
    return Course(run.snapshot_time, run.short_range_order(run.trajectories("snapshot/sigma")))


def profiles(run: File) -> Course:
    """Depth profiles of trajectories: ... x depths; recorded, or from the configurations stored."""
    if run.has("/kmc/profile"):
        return Course(run.time, run.trajectories("profile"))
    return Course(run.snapshot_time, run.profile(run.trajectories("snapshot/sigma")))


class Plane:
    """A plane of reciprocal space through its origin, as a square of POINTS x POINTS vectors q.

    Coordinates along its axes u and v are in units of 2 pi / edge, that of the lattice's cube, else a. In 2D the plane
    is all of the space.
    """

    def __init__(self, run: File, u: tuple[int, ...] = (1, 0, 0), v: tuple[int, ...] = (0, 1, 0)) -> None:
        d = run.position.shape[1]
        self.u, self.v = (np.array(axis[:d]) / np.linalg.norm(axis[:d]) for axis in (u, v))
        self.names = [_name(axis) for axis in (u, v)]
        self.edge = {"fcc": 2**0.5, "bcc": 2 / 3**0.5}.get(run.lattice_type, 1.0)
        self.position = run.position
        self.zone = self._zone(run) * self.edge
        self.reach = MARGIN * np.abs(self.zone).max()
        self.along = np.linspace(-self.reach, self.reach, POINTS)
        middle = np.linalg.norm((self.zone + np.roll(self.zone, 1, axis=0)) / 2, axis=1).min()
        self.is_far = np.hypot(self.along[:, None], self.along) > FAR * middle

    def _zone(self, run: File) -> np.ndarray:
        """Corners of the first Brillouin zone in the plane, in units of 2 pi / a."""
        cell = np.linalg.inv(run.lattice.vectors)  # its columns are the reciprocal vectors
        d = len(cell)
        around = np.array([n for n in product(range(-2, 3), repeat=d) if any(n)]) @ cell.T
        flat = around @ np.column_stack([self.u, self.v])
        length = np.linalg.norm(flat, axis=1)
        # q within |G|/2 of each G along it: of the part of G in the plane, as of a point nearer or farther
        flat, length, whole = flat[length > 1e-9], length[length > 1e-9], np.linalg.norm(around, axis=1)[length > 1e-9]
        return polygon(np.unique(np.round(flat * (whole / length)[:, None] ** 2, 9), axis=0))

    def structure_factor(self, sigma: np.ndarray) -> np.ndarray:
        """S(q) = |sum_R (sigma_R - mean) exp(i q.R)|^2 / N: POINTS along v x POINTS along u."""
        s = np.asarray(sigma, dtype=float)
        s = s - s.mean()
        one, other = (np.exp(2j * np.pi / self.edge * np.outer(self.along, self.position @ axis))
                      for axis in (self.v, self.u))
        return np.abs((one * s) @ other.T) ** 2 / len(s)


def _name(axis: tuple[int, ...]) -> str:
    """A direction as its indices."""
    return "".join(f"-{-x}" if x < 0 else str(x) for x in axis)


PLANES = [((1, 0, 0), (0, 1, 0)), ((0, 1, 0), (0, 0, 1)), ((1, 0, 0), (0, 0, 1)),
          ((1, 1, 0), (0, 0, 1)), ((1, -1, 0), (0, 0, 1)), ((1, 0, 1), (0, 1, 0)),
          ((1, 0, -1), (0, 1, 0)), ((0, 1, 1), (1, 0, 0)), ((0, 1, -1), (1, 0, 0))]


def telling_plane(run: File, configurations: np.ndarray) -> Plane:
    """In 3D the one of the planes (100), (110) and their like in which these configurations scatter most, but for
    where the size and the shape of what is A or B decide."""
    if run.position.shape[1] == 2:
        return Plane(run)
    return max((Plane(run, *axes) for axes in PLANES), key=lambda plane: max(
        plane.structure_factor(sigma)[plane.is_far].max() for sigma in configurations))
