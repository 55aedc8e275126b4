"""A crystal as polygons on the screen, one colour each: for pictures in which only colours change.

A hexagon is its cells. A cube is seen from its corner (1, 1, 1) in isometric projection, with the
eighth of it that is nearest to the eye taken away, so that the core can be seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.colors import to_rgb

from nixe.draw import cell_corners
from nixe.file import File

LIGHT = (0.80, 0.90, 1.00)  # on faces towards x, y, z


@dataclass(frozen=True)
class Faces:
    """The visible faces of a crystal."""

    corners: np.ndarray  # faces x corners x 2, in units of a
    site: np.ndarray  # to which each face belongs
    light: np.ndarray  # on each face, at most 1

    def colours(self, of_sites: np.ndarray) -> np.ndarray:
        """Faces x 3: the colours of the sites in the light that falls on the faces."""
        names, which = np.unique(of_sites, return_inverse=True)
        rgb = np.array([to_rgb(name) for name in names])[which]
        return rgb[self.site] * self.light[:, None]


def crystal_faces(run: File) -> Faces:
    """What is seen of the crystal of a file."""
    if run.position.shape[1] == 3:
        return _cube(run.position)
    sites = len(run.position)
    return Faces(run.position[:, None] + cell_corners(2), np.arange(sites), np.ones(sites))


def _cube(position: np.ndarray) -> Faces:
    """The faces towards x, y, z behind which there is a site and before which there is none."""
    cell = np.rint(position - position.min(axis=0)).astype(int) + 1
    present = np.zeros(cell.max(axis=0) + 2, dtype=bool)
    present[tuple(cell.T)] = ~np.all(position > 0, axis=1)
    corners, site = [], []
    for axis in range(3):
        before = cell + np.eye(3, dtype=int)[axis]
        seen = np.flatnonzero(present[tuple(cell.T)] & ~present[tuple(before.T)])
        corners.append(_isometric(position[seen, None] + _square(axis)))
        site.append(seen)
    light = np.repeat(LIGHT, [len(seen) for seen in site])
    return Faces(np.concatenate(corners), np.concatenate(site), light)


def _square(axis: int) -> np.ndarray:
    """Corners x 3: the face towards one axis of the unit cube about the origin."""
    square = np.full((4, 3), 0.5)
    square[:, (axis + 1) % 3] = -0.5, 0.5, 0.5, -0.5
    square[:, (axis + 2) % 3] = -0.5, -0.5, 0.5, 0.5
    return square


def _isometric(point: np.ndarray) -> np.ndarray:
    """... x 2: points of space on the screen, z upwards."""
    x, y, z = np.moveaxis(point, -1, 0)
    return np.stack([(y - x) * 0.75**0.5, z - (x + y) / 2], axis=-1)
