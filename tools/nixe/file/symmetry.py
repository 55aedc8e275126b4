"""The operations that map a crystal onto itself, and what they make of its sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .lattices import FARTHEST, PART

if TYPE_CHECKING:
    from .crystal import Crystal


class Places:
    """The sites of a crystal by where they are: in whole steps of the lattice, with the periods taken off."""

    def __init__(self, run: Crystal) -> None:
        if not np.abs(run.position).max() < FARTHEST:
            raise ValueError("sites that are nowhere")
        self.to_steps, self.periods = np.linalg.inv(run.lattice.vectors) * PART, run.periods
        self.along = np.linalg.pinv(self.periods)
        self.origin, self.position = run.position[0], run.position
        steps = self._steps(run.position)
        self.low = steps.min(axis=0)
        self.size = steps.max(axis=0) - self.low + 1
        if not np.prod(self.size) < 1 << 62:
            raise ValueError("sites that are nowhere")
        number = self._number(steps)
        self.order = np.argsort(number)
        self.number = number[self.order]

    def _steps(self, x: np.ndarray) -> np.ndarray:
        """From the first site to places, in the first of all periods."""
        way = x - self.origin
        way = way - np.floor(way @ self.along + 1e-7) @ self.periods
        return np.rint(way @ self.to_steps)

    def _number(self, steps: np.ndarray) -> np.ndarray:
        """One number for each place; -1 where it is outside the crystal."""
        cell, number = steps - self.low, np.zeros(len(steps), dtype=np.int64)
        for axis, size in enumerate(self.size):
            number = number * int(size) + cell[:, axis].astype(np.int64)
        return np.where(((cell >= 0) & (cell < self.size)).all(axis=1), number, -1)

    def moved(self, sites: np.ndarray, to: int) -> np.ndarray:
        """The sites that the translation which makes site `to` of the first makes of others."""
        number = self._number(self._steps(self.position[sites] + (self.position[to] - self.origin)))
        found = np.searchsorted(self.number, number) % len(self.number)
        if (self.number[found] != number).any():
            raise ValueError("a translation to where there is no site")
        return self.order[found]


class Symmetry:
    """The operations that map a crystal onto itself, and how they make each site of that which stands for its orbit."""

    def __init__(self, representative: np.ndarray, orbit: np.ndarray, operation: np.ndarray, translation: np.ndarray,
                 image: np.ndarray, places: Places) -> None:
        sites, orbits = len(places.position), len(representative)
        lists = orbit, operation, translation, image[0]
        if representative.ndim > 1 or image.ndim != 2 or any(numbers.shape != (sites,) for numbers in lists):
            raise ValueError("lists of other sites")
        for numbers, end in ((representative, sites), (orbit, orbits), (operation, len(image)), (translation, sites),
                             (image, sites)):
            if numbers.min() < 0 or numbers.max() >= end:
                raise ValueError("a number beyond the end of its list")
        self.representative, self.orbit, self.operation, self.translation = representative, orbit, operation, translation
        self.image, self.places = image, places

    def images_for(self, site: int) -> np.ndarray:
        """What becomes of every site when that which stands for the orbit of this site becomes this site.

        V of this site with those is V of the other with the sites in their order.
        """
        found = self.image[self.operation[site]]
        if self.translation[site] != 0:
            found = self.places.moved(found, self.translation[site])
        if found[self.representative[self.orbit[site]]] != site or np.bincount(found).max() > 1:
            raise ValueError("an operation that does not lead from site to site")
        return found

    def alike(self) -> list[np.ndarray]:
        """The sites, apart by their operations and translations."""
        order = np.lexsort((self.translation, self.operation))
        changes = np.diff(self.operation[order]) | np.diff(self.translation[order])
        return np.split(order, np.flatnonzero(changes) + 1)
