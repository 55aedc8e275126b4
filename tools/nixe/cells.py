"""The cells of sites: what of space or of the plane is nearer to a site than to any other, as polygons.

    solid = Solid(run)                      # a crystal from outside, every cell a polyhedron
    faces = solid.faces((sigma > 0)[solid.site])

In three dimensions cells are seen from far away. Those of a lattice never hide one another in a circle, so that faces
drawn from the backmost site to the foremost hide what they should; and only faces towards the viewer show.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

import numpy as np

from nixe.file import LATTICES, File

VIEW = (1, 0.6, 0.6)  # from where crystals are seen
NEAR = 2.1  # cells end nearer than half of this
SHADE = {1: (0.82, 0.62, 1.0), -1: (0.55, 0.72, 0.45)}  # light on faces towards and away from each axis


def polytope(normals: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """What is nearer to the origin than to any of these points: (number of the point, corners) of each side.

    In the plane sides have two corners; in space they are polygons, seen from outside anticlockwise.
    """
    d = normals.shape[1]
    half = (normals**2).sum(axis=1) / 2
    sets = np.array(list(combinations(range(len(normals)), d)))
    sets = sets[np.abs(np.linalg.det(normals[sets])) > 1e-9]
    corner = np.linalg.solve(normals[sets], half[sets][..., None])[..., 0]
    corner = corner[(corner @ normals.T <= half + 1e-9).all(axis=1)]
    corner = corner[np.unique(np.round(corner, 6), axis=0, return_index=True)[1]]
    sides = []
    for number, normal in enumerate(normals):
        on = corner[np.abs(corner @ normal - half[number]) < 1e-9]
        if len(on) >= d:
            sides.append((number, on if d == 2 else _around(on, normal)))
    return sides


def _around(corners: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Corners of a polygon in their order about an axis."""
    first = corners[0] - corners.mean(axis=0)
    second = np.cross(axis, first) / np.linalg.norm(axis)
    from_middle = corners - corners.mean(axis=0)
    return corners[np.argsort(np.arctan2(from_middle @ second, from_middle @ first))]


def polygon(points: np.ndarray) -> np.ndarray:
    """Corners x 2: the part of the plane that is nearer to the origin than to any of these points."""
    corners = np.unique(np.round(np.concatenate([side for _, side in polytope(points)]), 9), axis=0)
    return corners[np.argsort(np.arctan2(corners[:, 1], corners[:, 0]))]


@lru_cache(maxsize=None)
def cell_corners(lattice: str) -> np.ndarray:
    """Corners x 2: the cell of a site; of three dimensions, in the plane z = 0 through it."""
    points = LATTICES[lattice].points()[0]
    length = np.linalg.norm(points, axis=1)
    kept = (length > 1e-9) & (length < NEAR)
    if points.shape[1] == 3:
        kept &= np.abs(points[:, 2]) < 1e-9
    return polygon(points[kept, :2])


@lru_cache(maxsize=None)
def cell_sides(lattice: str) -> list[list[tuple[np.ndarray, np.ndarray]]]:
    """For each site of the lattice's cell the sides of its own: the neighbour's place behind, and the corners."""
    found = []
    for points in LATTICES[lattice].points():
        length = np.linalg.norm(points, axis=1)
        near = points[(length > 1e-9) & (length < NEAR)]
        found.append([(near[number], corners) for number, corners in polytope(near)])
    return found


def site_kinds(run: File) -> np.ndarray:
    """Which of the sites of the lattice's cell each site of a crystal is, as its bonds tell."""
    ends, vector = run.directed_bonds()
    votes = [np.bincount(ends[_match(vector, steps) >= 0, 0], minlength=len(run.position))
             for steps in run.lattice.steps]
    return np.argmax(votes, axis=0)


def _match(vectors: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Of each vector its number among others, or -1."""
    distance = np.abs(vectors[:, None] - among).max(axis=2)
    return np.where(distance.min(axis=1) < 1e-6, distance.argmin(axis=1), -1)


def viewed(view: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The direction to a viewer far away, and the axes of the screen, to the right and up, as columns."""
    towards = np.array(view) / np.linalg.norm(view)
    right = np.cross([0, 0, 1], towards)
    right /= np.linalg.norm(right)
    return towards, np.column_stack([right, np.cross(towards, right)])


class Solid:
    """The faces of all cells of a crystal that are turned to the viewer, the backmost first."""

    def __init__(self, run: File, view: tuple[float, ...] = VIEW, shade: dict[int, tuple[float, ...]] = SHADE) -> None:
        towards, self.screen = viewed(view)
        self.position = run.position
        self.kind = site_kinds(run)
        self.sides = cell_sides(run.lattice_type)
        depth = run.position @ towards
        ends, vector = run.directed_bonds()
        within = np.abs(np.diff(run.position[ends], axis=1)[:, 0] - vector).max(axis=1) < 1e-6  # across no period
        ends, vector = ends[within], vector[within]
        site, side, ahead, light = [], [], [], []
        for kind, sides in enumerate(self.sides):
            members = np.flatnonzero(self.kind == kind)
            own = self.kind[ends[:, 0]] == kind
            number = _match(vector[own], np.array([place for place, _ in sides]))
            for one, (place, _) in enumerate(sides):
                if place @ towards > 1e-9:
                    first, second = ends[own][number == one].T
                    behind = np.full(len(run.position), -1)
                    behind[first] = second
                    site.append(members)
                    side.append(np.full(len(members), one))
                    ahead.append(behind[members])
                    light.append(np.full(len(members), brightness(place, shade)))
        order = np.argsort(depth[np.concatenate(site)], kind="stable")
        self.site, self.side, self.ahead, self.light = (
            np.concatenate(parts)[order] for parts in (site, side, ahead, light))

    def faces(self, shown: np.ndarray) -> list[np.ndarray]:
        """The polygons on the screen of those faces that the mask names."""
        flat = [[corners @ self.screen for _, corners in sides] for sides in self.sides]
        place = self.position @ self.screen
        return [place[site] + flat[self.kind[site]][side]
                for site, side in zip(self.site[shown], self.side[shown])]

    def outside(self, present: np.ndarray) -> np.ndarray:
        """The mask of the faces of these sites before which there is none of them."""
        before = np.append(present, False)[self.ahead]  # -1: no site
        return present[self.site] & ~before


def brightness(normal: np.ndarray, shade: dict[int, tuple[float, ...]]) -> float:
    """Of a face, between those of faces that are normal to the axes."""
    unit = normal / np.linalg.norm(normal)
    return float(sum(x**2 * shade[1 if x > 0 else -1][axis] for axis, x in enumerate(unit)))
