"""The lattices: their cells, and which of their points are bonded. One row of a table each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
FARTHEST = 1e9  # that a site may be, in units of a
PART = 12  # of a cell vector: steps between sites are whole numbers of it, in any lattice


@dataclass(frozen=True)
class Lattice:
    """A lattice: its cell, and which of its points are bonded. Lengths are in units of a."""

    vectors: np.ndarray  # d x d: those of the cell
    basis: np.ndarray  # sites of the cell x d, in units of the vectors
    lengths: tuple[float, ...]  # of the bonds of each class, ascending

    @property
    def dimensions(self) -> int:
        """d."""
        return len(self.vectors)

    def points(self, reach: int = 2) -> np.ndarray:
        """Sites of the cell x points x d: from each site of a cell to every point of cells around."""
        d = self.dimensions
        cell = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * d, indexing="ij")).reshape(d, -1).T
        there = (cell[:, None] + self.basis).reshape(-1, d)
        return (there - self.basis[:, None]) @ self.vectors

    @cached_property
    def steps(self) -> list[np.ndarray]:
        """For each site of a cell Z x d: the vectors of its bonds, inside a crystal."""
        found = []
        for vector in self.points():
            length = np.linalg.norm(vector, axis=1)
            found.append(vector[np.isclose(length[:, None], self.lengths).any(axis=1)])
        return found

    @property
    def coordination(self) -> int:
        """Z: bonds of a site inside a crystal."""
        return len(self.steps[0])

    @property
    def nearest(self) -> int:
        """Those of them of the first class, which are of length 1."""
        return int(np.isclose(np.linalg.norm(self.steps[0], axis=1), 1).sum())


def _lattice(vectors: Any, *lengths: float, basis: Any = None) -> Lattice:
    """A row of the table."""
    basis = np.zeros((1, len(vectors))) if basis is None else np.array(basis)
    return Lattice(np.array(vectors, dtype=float), basis, lengths)


_HALF, _THIRD = 0.5**0.5, 3**-0.5
LATTICES = {
    "triangular": _lattice([[1, 0], [0.5, 0.75**0.5]], 1),
    "square": _lattice(np.eye(2), 1, 2**0.5),
    "sc": _lattice(np.eye(3), 1, 2**0.5),
    "fcc": _lattice(_HALF * (1 - np.eye(3)), 1),
    "bcc": _lattice(_THIRD * (1 - 2 * np.eye(3)), 1, 2 * _THIRD),
    "hcp": _lattice([[1, 0, 0], [-0.5, 0.75**0.5, 0], [0, 0, (8 / 3)**0.5]], 1,
                    basis=[[1 / 3, 2 / 3, 1 / 4], [2 / 3, 1 / 3, 3 / 4]]),
}
COORDINATION = {name: lattice.coordination for name, lattice in LATTICES.items()}
