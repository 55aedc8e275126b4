"""A crystal as polygons on the screen, one colour each: for pictures in which only colours change.

In 2D it is its cells. In 3D it is seen from far away in isometric projection, with the eighth of it
that is nearest to the eye taken away, so that the core can be seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.colors import to_rgb

from nixe.cells import Solid, cell_corners
from nixe.file import File

EYE = (1, 1, 1)  # from where it is seen
SHADE = {1: (0.80, 0.90, 1.00), -1: (0.62, 0.55, 0.45)}  # light on faces towards x, y, z, and away


@dataclass(frozen=True)
class Faces:
    """The visible faces of a crystal."""

    corners: list[np.ndarray]  # of each face corners x 2, in units of a
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
        solid = Solid(run, EYE, SHADE)
        shown = solid.outside(left_by_the_cut(run))
        return Faces(solid.faces(shown), solid.site[shown], solid.light[shown])
    sites = len(run.position)
    cells = run.position[:, None] + cell_corners(run.lattice_type)
    return Faces(list(cells), np.arange(sites), np.ones(sites))


def left_by_the_cut(run: File) -> np.ndarray:
    """The mask of the sites that are not in the eighth nearest to the eye."""
    return ~np.all(run.position > 1e-9, axis=1)
