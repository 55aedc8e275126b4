"""The crystal of a file, and what follows from configurations on it: phases, order, displacements, areas."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from .lattices import FARTHEST, LATTICES, Lattice
from .springs import Springs
from .stored import Stored
from .texts import NixeFileError, as_text

ORDER = (2, 1, 0, -1, -2)  # order parameters of the phases, in the order of File.phases


class Crystal(Stored):
    """A file, for its crystal."""

    _elastic: tuple[float, Springs] | None = None

    @cached_property
    def position(self) -> np.ndarray:
        """Sites x dimensions, in lattice parameters."""
        return self["/lattice/position"]

    @cached_property
    def layer(self) -> np.ndarray:
        """The layer of each site: 0 in the core, 1, 2, ... in the shell."""
        return self["/lattice/layer"]

    @cached_property
    def averaged(self) -> np.ndarray:
        """The mask of the sites over which f and the areas are averages."""
        return self["/lattice/averaged"].astype(bool)

    @cached_property
    def lattice_type(self) -> str:
        """The lattice, by its name among LATTICES."""
        shape = self.options.get("lattice_shape", "hexagon")
        name = self.options.get("lattice_type", "sc" if shape == "cube" else "triangular")
        if name not in LATTICES:
            raise NixeFileError(f"{self.path} is of the lattice {name}, which this reader does not know.")
        if self.position.ndim != 2 or self.position.shape[1] != LATTICES[name].dimensions:
            raise NixeFileError(f"{self.path} is damaged: its sites are not those of a {name} lattice.")
        return str(name)

    @property
    def lattice(self) -> Lattice:
        """The lattice of which the sites are points."""
        return LATTICES[self.lattice_type]

    @property
    def has_plaquettes(self) -> bool:
        """Whether the order parameter tells S1 and S2: on the triangular lattice."""
        return self.lattice_type == "triangular"

    @property
    def possible_phases(self) -> list[str]:
        """Those of File.phases that the order parameter of this lattice tells."""
        return [name for name in self.phases if self.has_plaquettes or name not in ("S1", "S2")]

    @cached_property
    def bonds(self) -> np.ndarray:
        """Bonds x 2: the two sites of each."""
        bonds = self["/lattice/bonds"].astype(np.intp)
        if len(bonds) and (bonds.min() < 0 or bonds.max() >= len(self.position)):
            raise NixeFileError(f"{self.path} is damaged: bonds lead to sites that are not there.")
        return bonds

    @cached_property
    def bond_vector(self) -> np.ndarray:
        """Bonds x dimensions: from the first site of each to the second, also across a period, in units of a."""
        if self.has("/lattice/bond_vector"):
            return self["/lattice/bond_vector"]
        first, second = self.position[self.bonds.T]  # of a file without them, which has no periods
        return second - first

    @cached_property
    def bond_class(self) -> np.ndarray:
        """The class of each bond: 0 for those of nearest neighbours."""
        if self.has("/lattice/bond_class"):
            found = self["/lattice/bond_class"].astype(np.intp)
        else:
            length = np.linalg.norm(self.bond_vector, axis=1)
            found = np.abs(length[:, None] - self.lattice.lengths).argmin(axis=1)
        if len(found) and (found.min() < 0 or found.max() >= self.classes):
            raise NixeFileError(f"{self.path} is damaged: it has bonds of no class.")
        return found

    @property
    def classes(self) -> int:
        """How many classes of bonds there are."""
        return len(self.lattice.lengths)

    @cached_property
    def periods(self) -> np.ndarray:
        """Periods x dimensions: the vectors along which the crystal repeats itself; none of a free crystal."""
        if self.has("/lattice/cell"):
            found = self["/lattice/cell"]
            fits = found.shape[1:] == self.position.shape[1:] and np.abs(found).max() < FARTHEST
            if not fits or np.linalg.matrix_rank(found) < len(found):
                raise NixeFileError(f"{self.path} is damaged: its periods are none.")
            return found
        # else the shortest steps by which bonds miss the sites that they lead to
        first, second = self.position[self.bonds.T]
        step = first + self.bond_vector - second
        step = np.where(np.abs(step) < 1e-9, 0.0, step)
        step = step[np.unique(np.round(step, 6), axis=0, return_index=True)[1]][::-1]
        found = np.zeros((0, self.position.shape[1]))
        for vector in step[np.argsort(np.round((step**2).sum(axis=1), 6), kind="stable")]:
            more = np.vstack([found, vector])
            if np.linalg.matrix_rank(more, tol=1e-3) == len(more):
                found = more
        return found

    def distances(self, site: int) -> np.ndarray:
        """How far every site is from one, by the shortest way across the periods, in units of a."""
        way = self.position - self.position[site]
        if len(self.periods) == 0:
            return np.linalg.norm(way, axis=1)
        periods = shortest(self.periods)
        way = way - np.round(way @ np.linalg.pinv(periods)) @ periods
        steps = np.stack(np.meshgrid(*[(-1, 0, 1)] * len(periods))).reshape(len(periods), -1).T @ periods
        return np.min([np.linalg.norm(way + step, axis=1) for step in steps], axis=0)

    def directed_bonds(self) -> tuple[np.ndarray, np.ndarray]:
        """Every bond from both its ends, by the sites that they start from: two sites, and the vector."""
        ends = np.concatenate([self.bonds, self.bonds[:, ::-1]])
        vector = np.concatenate([self.bond_vector, -self.bond_vector])
        order = np.argsort(ends[:, 0], kind="stable")
        return ends[order], vector[order]

    @cached_property
    def surface(self) -> np.ndarray:
        """The mask of the sites that lack nearest neighbours: where ions are exchanged."""
        near = self.bonds[self.bond_class == 0]
        return np.bincount(near.ravel(), minlength=len(self.position)) < self.lattice.nearest

    @cached_property
    def depth(self) -> np.ndarray:
        """Of each site the bonds of nearest neighbours to the surface: 0 there; -1 where there is none."""
        if self.has("/lattice/depth"):
            return self["/lattice/depth"].astype(np.intp)
        depth = np.where(self.surface, 0, -1)
        first, second = self.bonds[self.bond_class == 0].T
        for level in range(len(depth)):
            reached = np.concatenate([second[depth[first] == level], first[depth[second] == level]])
            reached = reached[depth[reached] < 0]
            if len(reached) == 0:
                break
            depth[reached] = level + 1
        return depth

    @cached_property
    def faces(self) -> list[str]:
        """The names of the crystal's faces, by the numbers of /lattice/face; none in files without these."""
        with self._reading("the attribute faces of /lattice"):
            return str(as_text(self._h5["/lattice"].attrs.get("faces", ""))).split()

    @cached_property
    def _plaquettes(self) -> tuple[np.ndarray, np.ndarray]:
        """The complete sites, and for each its neighbours (of the triangular lattice in angular order)."""
        full = self.lattice.coordination
        ends, vector = self.directed_bonds()
        degree = np.bincount(ends[:, 0], minlength=len(self.position))
        if degree.max(initial=0) > full:
            raise NixeFileError(f"{self.path}: s is not defined for {degree.max()} neighbours.")
        complete = degree == full
        centre = np.flatnonzero(complete)
        whole = complete[ends[:, 0]]
        ring = ends[whole, 1].reshape(len(centre), full)
        if self.has_plaquettes:
            angle = np.arctan2(*vector[whole].T[::-1]).reshape(ring.shape)
            ring = np.take_along_axis(ring, np.argsort(angle, axis=1), axis=1)
        return centre, ring

    def plaquette_order(self, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The order parameter s of each site, and the mask of the sites that have one.

        sigma holds +1 (A) and -1 (B), with the sites along the last axis; so does s: 2 (U1),
        1 (S1), 0 (unclassified), -1 (S2), -2 (U2). A site without its full number of neighbours
        has no s: it is 0 there, and the mask False. S1 and S2 are told on the triangular lattice;
        on every other one s is 2 or -2 where a site and all its neighbours agree, else 0.
        """
        sigma = np.asarray(sigma)
        site, ring = self._plaquettes
        centre, around = sigma[..., site], sigma[..., ring]
        conditions = [np.all(around == centre[..., None], axis=-1)]
        values = [2 * centre]
        if self.has_plaquettes:
            conditions += [
                np.all(around == -centre[..., None], axis=-1),
                np.all(around == -np.roll(around, 1, axis=-1), axis=-1),
            ]
            values += [-centre, centre]
        order = np.zeros(sigma.shape, dtype=np.int8)
        order[..., site] = np.select(conditions, values, 0)
        defined = np.zeros(sigma.shape[-1], dtype=bool)
        defined[site] = True
        return order, defined

    def sites_by_phase(self, sigma: np.ndarray) -> dict[str, np.ndarray]:
        """For each phase the mask of the sites that are in it: of those that count in f."""
        order, _ = self.plaquette_order(sigma)
        return {
            phase: (order == value) & self.averaged for phase, value in zip(self.phases, ORDER)
        }

    def unlike_pairs(self, sigma: np.ndarray) -> np.ndarray:
        """P_k, the fraction of unlike pairs among the bonds of each class between core sites.

        sigma has the sites along its last axis, the result the classes; NaN of a class without bonds.
        """
        sigma = np.asarray(sigma)
        core = (self.layer == 0)[self.bonds].all(axis=1)
        found = np.full((*sigma.shape[:-1], self.classes), np.nan)
        for number in range(self.classes):
            first, second = self.bonds[core & (self.bond_class == number)].T
            if len(first):
                found[..., number] = (sigma[..., first] != sigma[..., second]).mean(axis=-1)
        return found

    def short_range_order(self, sigma: np.ndarray) -> np.ndarray:
        """The Warren-Cowley parameter of each class of bonds: 1 - P_k / (2 c (1 - c)), c that of the core.

        About 0 at random, towards 1 where the ions separate, negative where they alternate; NaN
        where there is one kind of ion only.
        """
        c = (np.asarray(sigma)[..., self.layer == 0] > 0).mean(axis=-1)
        return warren_cowley(self.unlike_pairs(sigma), c)

    def profile(self, sigma: np.ndarray) -> np.ndarray:
        """The fraction of A among the sites at each depth, from the surface inwards."""
        ions = np.asarray(sigma) > 0
        levels = range(self.depth.max(initial=-1) + 1)
        return np.stack([ions[..., self.depth == level].mean(axis=-1) for level in levels], axis=-1) if (
            levels) else np.zeros((*ions.shape[:-1], 0))

    def displacement(self, sigma: np.ndarray, shell_stiffness: float = 1.0) -> np.ndarray:
        """The displacements of least elastic energy, sites x dimensions, in units of Delta.

        They minimise the sum over bonds of k_b (alpha . (u_R' - u_R) - r_b (s_R + s_R') / 2)^2 with
        s = sigma - mean(sigma), and contain no translation and no rotation. k_b and r_b are those of
        the class of the bond, k_b times shell_stiffness where both its ends are in the shell. Of a
        periodic crystal this is what differs from a homogeneous strain of its periods.
        """
        return self._crystal(float(shell_stiffness)).displacement(sigma)[0]

    def local_area(self, sigma: np.ndarray, shell_stiffness: float = 1.0) -> np.ndarray:
        """The deviation A_R of the local area (3D: volume) of each site, in units of a^d.

        A_R = mean over the nearest neighbours of |alpha + Delta (u_R' - u_R)|^d - 1, where Delta is
        the option -model_mismatch; NaN where neighbours are missing.
        """
        crystal = self._crystal(float(shell_stiffness))
        u, strain = crystal.displacement(sigma)
        first, second = self.bonds.T
        vector = self.bond_vector + self.options.get("model_mismatch", 0.1) * (
            u[second] - u[first] + self.bond_vector @ strain)
        near = self.bond_class == 0
        measure = np.linalg.norm(vector[near], axis=1) ** self.position.shape[1]
        sites, full = len(self.position), self.lattice.nearest
        ends = self.bonds[near].T.ravel()
        total = np.bincount(ends, np.tile(measure, 2), sites)
        count = np.bincount(ends, minlength=sites)
        if count.max() > full:
            raise NixeFileError(
                f"{self.path}: areas need {full} nearest neighbours, not {count.max()}.")
        return np.where(count == full, total / full - 1, np.nan)

    def _crystal(self, shell_stiffness: float) -> Springs:
        """The elastic crystal with a shell of this stiffness; the last one is kept."""
        if self._elastic is None or self._elastic[0] != shell_stiffness:
            in_shell = (self.layer[self.bonds] > 0).all(axis=1)
            stiffness = self._by_class("bond_stiffness") * np.where(in_shell, shell_stiffness, 1.0)
            self._elastic = shell_stiffness, Springs(self, stiffness, self._by_class("bond_mismatch"))
        return self._elastic[1]

    def _by_class(self, name: str) -> np.ndarray:
        """An option that has a number for each class of bonds, or one for all: of each bond."""
        values = np.atleast_1d(np.asarray(self.options.get(name, 1.0), dtype=float))
        if len(values) not in (1, self.classes):
            raise NixeFileError(f"{self.path} is damaged: {name} is not of {self.classes} classes.")
        return np.broadcast_to(values, self.classes)[self.bond_class]


def shortest(periods: np.ndarray) -> np.ndarray:
    """Vectors that are as short as can be and make the same periods."""
    found = periods.astype(float)
    for _ in range(100):
        found = found[np.argsort((found**2).sum(axis=1), kind="stable")]
        before = found.copy()
        for i in range(len(found)):
            for j in range(i):
                found[i] -= np.round(found[i] @ found[j] / (found[j] @ found[j])) * found[j]
        if np.array_equal(before, found):
            break
    return found


def warren_cowley(unlike: np.ndarray, composition: np.ndarray) -> np.ndarray:
    """1 - P / (2 c (1 - c)), with the classes of P along its last axis; NaN where c is 0 or 1."""
    at_random = 2 * np.asarray(composition) * (1 - np.asarray(composition))
    return 1 - unlike / np.where(at_random > 0, at_random, np.nan)[..., None]
