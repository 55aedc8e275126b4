"""Elastic interactions and spectra: nixe potential, nixe spectrum, and runs that keep their table."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from .crystal import Crystal
from .rows import SLAB
from .symmetry import Places, Symmetry
from .texts import NixeFileError

_LARGEST_MATRIX = 20_000  # sites of which V is given as a matrix: 3.2 GB


class Potential(Crystal):
    """A file, for V and what follows from it."""

    def interactions(self, site: int, index: int = 0) -> np.ndarray:
        """V of one site with every site, in units of epsilon, at one of the stiffnesses of /shell_stiffness.

        Of a crystal of any size: files have the rows of some sites, and the operations that make all others of
        these; V itself only small ones have. NaN where the run has not come to it yet.
        """
        site, index = range(len(self.position))[site], range(len(self["/shell_stiffness"]))[index]
        if self.has("/potential/V"):
            return self._read("/potential/V", (index, site))
        row = self._read("/potential/row", (index, self._symmetry.orbit[site]))
        found = np.empty_like(row)
        with self._reading("its symmetry"):
            found[self._symmetry.images_for(site)] = row
        return found

    def potential(self, index: int = 0) -> np.ndarray:
        """Sites x sites: V at one of the stiffnesses of /shell_stiffness, of a crystal of which it fits in memory."""
        sites = len(self.position)
        if self.has("/potential/V"):
            return self._read("/potential/V", index)
        if sites > _LARGEST_MATRIX:
            raise NixeFileError(f"V of the {sites} sites of {self.path} is too large for a matrix: take single rows of it.")
        rows, symmetry = self._read("/potential/row", index), self._symmetry
        found = np.empty((sites, sites))
        with self._reading("its symmetry"):
            for alike in symmetry.alike():
                found[np.ix_(alike, symmetry.images_for(alike[0]))] = rows[symmetry.orbit[alike]]
        return found

    def orbit_rows(self, index: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Rows of V, some at a time: numbers of sites, how many sites have one like it, and sites x all sites.

        Rows of sites that an operation of the symmetry makes of one another differ in their order only, and of
        these there is one; all rows in files that do not say what these operations are.
        """
        sites = len(self.position)
        if self.has("/potential/row"):
            path, of = "/potential/row", self._symmetry.representative
            alike = np.bincount(self._symmetry.orbit, minlength=len(of))
        else:
            path, of, alike = "/potential/V", np.arange(sites), np.ones(sites, dtype=int)
        with self._reading(path):
            if self._dataset(path).shape[1:] != (len(of), sites):
                raise ValueError("rows of other sites")
        for first in range(0, len(of), step := max(1, SLAB // (8 * sites))):
            part = slice(first, first + step)
            yield of[part], alike[part], self._read(path, (index, part))

    @cached_property
    def _symmetry(self) -> Symmetry:
        """The operations that map the crystal onto itself."""
        names = ("orbit", "operation", "translation", "image")
        lists = [self[f"/potential/{name}"].astype(np.intp) for name in names]
        with self._reading("its symmetry"):
            return Symmetry(self["/orbit_site"].astype(np.intp), *lists, Places(self))

    def zero_modes(self, matrix: str) -> tuple[int, int]:
        """How many zero modes "V" or "D" of /spectrum has, and how many theory expects: -1 where it does not know."""
        with self._reading(f"/spectrum/{matrix}"):
            about = self._h5[f"/spectrum/{matrix}"].attrs
            return int(about["zero_modes"]), int(about["zero_modes_expected"])

    @property
    def order_preferred(self) -> dict[str, float]:
        """Of a spectrum of the bulk, in units of epsilon: "mean" of V, "least" and "greatest" V_q, mean-field "temperature"."""
        with self._reading("/spectrum/order"):
            about = self._h5["/spectrum/order"].attrs
            found = {name: float(about[name]) for name in ("mean", "temperature")}
        return found | dict(zip(self.texts("/extreme"), map(float, self["/spectrum/order/V"])))
