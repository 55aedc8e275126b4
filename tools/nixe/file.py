"""Read the HDF5 files that nixe writes, also while they are still growing.

Needs h5py, numpy and PyYAML, and no installation: have the folder tools/ on the path, or copy this one
file, which needs none of the others there, beside a script or a notebook under the name nixe_file.py.

    from nixe_file import File

    with File("run.h5") as run:
        f, error = run.mean_and_error("f")      # time x phase, over the trajectories done so far
        u2 = run.phases.index("U2")
        print(run.options["model_kT"], run.time[f[:, u2] > 0.5][0])

    with File("equilibrium.h5") as run:
        f, error = run.mean_and_error("f")      # state x phase, over sweeps and replicas
        variance, error = run.unstructured_variance()
        print(run.shell_stiffness[variance.argmax()])

    with File("run.h5") as run:
        sigma = run.snapshots(0)[8]             # a configuration: +1 = A, -1 = B
        s2 = run.sites_by_phase(sigma)["S2"]    # the mask of the sites in S2
        print(run.local_area(sigma)[s2].mean()) # needs scipy, as does run.displacement(sigma)

    with File("v.h5") as run:
        v = run.interactions(0)                 # V of site 0 with all, of a crystal of any size
        print(np.abs(v[run.distances(0) > 5]).max())

Any dataset is had by its path: run["/lattice/bonds"] as it stands in the file, run.array("/kmc/f")
with its axes and units. One open File shows one moment of a growing file, the moment of opening;
open it again for later.

What is damaged is told in one sentence (NixeFileError); rows that are flagged but not whole are left
out, with a warning. `nixe status --verify` finds more: any byte that is not as it was written.

Files of format versions 1 and 2 are read alike: a dataset is had by its path in either of them, and
its axes have the names of version 2.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import h5py
import numpy as np
import yaml

try:
    from nixe.probe import survives
except ImportError:  # this file alone, copied elsewhere

    def survives(path: str) -> bool:
        return True


ORDER = (2, 1, 0, -1, -2)  # order parameters of the phases, in the order of File.phases
LEAST_RECORDS = 4  # of a replica that counts in an average
LEAST_BLOCKS = 16  # of an error by blocking, if there are as many values
_FORMAT_VERSIONS = (1, 2)  # that can be read
_SCALES = "site dimension bond end shell_stiffness state pair checksum V_mode D_mode freedom".split()
_VERSION_1 = {  # what has another path in files of format version 1
    **{f"/{name}": f"/axis/{name}" for name in _SCALES},
    "/trajectory": "/kmc/trajectory",
    "/time": "/kmc/time",
    "/snapshot_time": "/kmc/snapshot/time",
    "/replica": "/mc/replica",
    "/sweep": "/mc/sweep",
    "/area_sweep": "/mc/area_sweep",
    "/snapshot_sweep": "/mc/snapshot/sweep",
    "/exchange_sweep": "/mc/replica_exchange/sweep",
    "/lattice/bonds": "/lattice/bond",
    "/mc/checksums": "/mc/checksum",  # of /kmc, they are other ones now
    "/mc/replica_exchange/pairs": "/mc/replica_exchange/pair",
}
_MOST_DEFLATED = 1032  # bytes that compression makes one of, at the most
_CHECKED_BYTES = 1 << 18  # of a dataset of which the reader computes the checksum
_VERSION_2 = {old: new for new, old in _VERSION_1.items()}
_LARGEST_MATRIX = 20_000  # sites of which V is given as a matrix: 3.2 GB
_SLAB = 1 << 26  # bytes that are read at a time, where a dataset may be large
_FARTHEST = 1e9  # that a site may be, in units of a
_PART = 12  # of a cell vector: steps between sites are whole numbers of it, in any lattice


class NixeFileError(Exception):
    """A file that cannot be used, told in one sentence."""


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


@dataclass(frozen=True)
class Array:
    """A dataset with what it says of itself; numpy takes it for its values."""

    values: np.ndarray
    axes: dict[str, np.ndarray]  # the name of each axis and its coordinates, in their order
    units: str
    description: str
    long_name: str  # short, for the axes of plots; "" in files of format version 1

    def __array__(self, dtype: Any = None) -> np.ndarray:
        return np.asarray(self.values, dtype=dtype)


class File:
    """A nixe file, open for reading.

    `command` ("kmc", "mc", "potential" or "spectrum") demands a file with the results of that one.
    """

    def __init__(self, path: str | os.PathLike[str], command: str | None = None) -> None:
        self.path = os.fspath(path)
        self._h5 = _open(self.path)
        self._elastic: tuple[float, _Crystal] | None = None
        self._found: dict[str, h5py.Dataset] = {}  # datasets that have been checked
        try:
            self._identify(command)
        except NixeFileError:
            self.close()
            raise

    def _identify(self, command: str | None) -> None:
        """Refuse what nixe, or the given command of it, has not written."""
        if not _is(self._attribute("program"), "nixe"):
            raise NixeFileError(f"{self.path} is an HDF5 file, but not one of nixe's.")
        version = self._attribute("format_version")
        if version is None:
            raise NixeFileError(f"{self.path} does not say of which format version it is.")
        if not np.isscalar(version) or version not in _FORMAT_VERSIONS:
            known = " and ".join(map(str, _FORMAT_VERSIONS))
            raise NixeFileError(
                f"{self.path} is of format version {' '.join(str(_text(version)).split())}; this "
                f"reader knows {known}."
            )
        self._renamed = _VERSION_1 if version == 1 else _VERSION_2
        if command is not None and not self.has(command):
            origin = _text(self._attribute("command", "another command"))
            raise NixeFileError(
                f"{self.path} has no results of 'nixe {command}': it comes from '{origin}'."
            )

    def close(self) -> None:
        """Close the file; arrays already read stay."""
        self._h5.close()

    def __enter__(self) -> File:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getitem__(self, path: str) -> np.ndarray:
        """A whole dataset as it stands in the file, rows without data included."""
        return self._read(path)

    def _read(self, path: str, part: Any = ()) -> np.ndarray:
        """A part of a dataset."""
        dataset = self._dataset(path)
        with self._reading(path):
            return dataset[part]

    @contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        """What h5py and HDF5 say of damage, in whatever way, becomes a sentence."""
        try:
            yield
        except (OSError, RuntimeError, ValueError, TypeError, LookupError, MemoryError) as error:
            raise NixeFileError(f"{self.path} is damaged: {what} cannot be read.") from error

    def _attribute(self, name: str, default: Any = None) -> Any:
        """An attribute of the file."""
        with self._reading(f"its attribute {name}"):
            return self._h5.attrs.get(name, default)

    def has(self, name: str) -> bool:
        """Whether there is a group or a dataset of this name."""
        with self._reading(name):
            return self.stored_path(name) in self._h5

    def shape_and_type(self, path: str) -> tuple[tuple[int, ...], np.dtype]:
        """The shape and the type of a dataset, which is not read."""
        dataset = self._dataset(path)
        return dataset.shape, dataset.dtype

    def stored_path(self, path: str) -> str:
        """Where this file has what has this path in a file of any format version."""
        path = f"/{path.strip('/')}"
        return self._renamed.get(path, path)

    def _dataset(self, path: str) -> h5py.Dataset:
        """A dataset, not read yet: one that is there as it should be."""
        path = self.stored_path(path)
        if path not in self._found:
            if not self.has(path):
                raise NixeFileError(f"{self.path} has no dataset {path}.")
            with self._reading(path):
                dataset = self._h5[path]
                self._check(dataset)
            self._found[path] = dataset
        return self._found[path]

    def _check(self, dataset: Any) -> None:
        """Refuse a dataset that claims what cannot be (ValueError)."""
        if not isinstance(dataset, h5py.Dataset) or dataset.file != self._h5:
            raise ValueError("a group, or a link that leads elsewhere")
        if dataset.is_virtual or dataset.external or dataset.dtype.kind not in "fiuSO" or not dataset.shape:
            raise ValueError("no numbers or texts of this file")
        factor = 1 if dataset.chunks is None else _MOST_DEFLATED
        if dataset.size * dataset.dtype.itemsize > factor * os.path.getsize(self.path):
            raise ValueError("more values than the file can hold")
        if self._renamed is _VERSION_1:
            return
        if dataset.name.count("/") > 1:  # no scale itself
            for axis, count in zip(dataset.dims, dataset.shape):
                if not len(axis) or axis[0].shape != (count,):
                    raise ValueError("another shape than that of its axes")
        if dataset.nbytes <= _CHECKED_BYTES and "checksum" in dataset.attrs:
            if _hash(dataset[()]) != dataset.attrs["checksum"]:
                raise ValueError("not as it was written")

    def array(self, path: str) -> Array:
        """A whole dataset with its axes, units, description and name."""
        dataset = self._dataset(path)
        with self._reading(path):
            return self._array(dataset)

    def _array(self, dataset: h5py.Dataset) -> Array:
        axes = {}
        for axis in dataset.dims:
            scale = axis[0] if len(axis) else None
            name = axis.label or f"axis {len(axes)}"
            if scale:
                name = _VERSION_2.get(scale.name, scale.name).rpartition("/")[2]
            while name in axes:  # V is sites x sites
                name += "'"
            axes[name] = scale[()] if scale else np.arange(dataset.shape[len(axes)])
            if axes[name].dtype.kind in "SO":
                axes[name] = np.array([str(_text(word)) for word in axes[name]])
        names = ("units", "description", "long_name")
        about = [str(_text(dataset.attrs.get(name, ""))) for name in names]
        return Array(dataset[()], axes, *about)

    # What every file has.

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes of the file: version, commit, created, ..."""
        with self._reading("an attribute"):
            return {name: _text(value) for name, value in self._h5.attrs.items()}

    @property
    def complete(self) -> bool:
        """Whether the run had come to its end."""
        with self._reading("its attribute complete"):
            return bool(self._attribute("complete", False))

    @property
    def kind(self) -> str:
        """The command whose results the file holds: kmc, mc, spectrum or potential."""
        for command in ("kmc", "mc", "spectrum", "potential"):
            if self.has(command):
                return command
        raise NixeFileError(f"{self.path} holds no results.")

    @property
    def input(self) -> str:
        """The options of the run, as the YAML that reproduces the file."""
        text = _text(self._attribute("input"))
        if not isinstance(text, str):
            raise NixeFileError(f"{self.path} is damaged: it has no options.")
        return text

    @cached_property
    def options(self) -> dict[str, Any]:
        """The options of the run by their names on the command line, less the hyphen."""
        return parse_options(self.input, f"The attribute input of {self.path}")

    @cached_property
    def phases(self) -> list[str]:
        """The names along every phase axis."""
        return [str(_text(name)) for name in self["/phase"]]

    # The crystal.

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
            fits = found.shape[1:] == self.position.shape[1:] and np.abs(found).max() < _FARTHEST
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
        periods = _shortest(self.periods)
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
            return str(_text(self._h5["/lattice"].attrs.get("faces", ""))).split()

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

    def _crystal(self, shell_stiffness: float) -> _Crystal:
        """The elastic crystal with a shell of this stiffness; the last one is kept."""
        if self._elastic is None or self._elastic[0] != shell_stiffness:
            in_shell = (self.layer[self.bonds] > 0).all(axis=1)
            stiffness = self._by_class("bond_stiffness") * np.where(in_shell, shell_stiffness, 1.0)
            self._elastic = shell_stiffness, _Crystal(self, stiffness, self._by_class("bond_mismatch"))
        return self._elastic[1]

    def _by_class(self, name: str) -> np.ndarray:
        """An option that has a number for each class of bonds, or one for all: of each bond."""
        values = np.atleast_1d(np.asarray(self.options.get(name, 1.0), dtype=float))
        if len(values) not in (1, self.classes):
            raise NixeFileError(f"{self.path} is damaged: {name} is not of {self.classes} classes.")
        return np.broadcast_to(values, self.classes)[self.bond_class]

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
        for first in range(0, len(of), step := max(1, _SLAB // (8 * sites))):
            part = slice(first, first + step)
            yield of[part], alike[part], self._read(path, (index, part))

    @cached_property
    def _symmetry(self) -> _Symmetry:
        """The operations that map the crystal onto itself."""
        names = ("orbit", "operation", "translation", "image")
        lists = [self[f"/potential/{name}"].astype(np.intp) for name in names]
        with self._reading("its symmetry"):
            return _Symmetry(self["/orbit_site"].astype(np.intp), *lists, _Places(self))

    def zero_modes(self, matrix: str) -> tuple[int, int]:
        """How many zero modes "V" or "D" of /spectrum has, and how many theory expects: -1 where it does not know."""
        with self._reading(f"/spectrum/{matrix}"):
            about = self._h5[f"/spectrum/{matrix}"].attrs
            return int(about["zero_modes"]), int(about["zero_modes_expected"])

    def texts(self, path: str) -> list[str]:
        """A dataset of texts."""
        return [str(_text(word)) for word in self[path]]

    @property
    def order_preferred(self) -> dict[str, float]:
        """Of a spectrum of the bulk, in units of epsilon: "mean" of V, "least" and "greatest" V_q, mean-field "temperature"."""
        with self._reading("/spectrum/order"):
            about = self._h5["/spectrum/order"].attrs
            found = {name: float(about[name]) for name in ("mean", "temperature")}
        return found | dict(zip(self.texts("/extreme"), map(float, self["/spectrum/order/V"])))

    # Exchange trajectories: nixe kmc.

    @cached_property
    def done(self) -> np.ndarray:
        """The mask of the trajectories whose data are in the file, and whole."""
        flags = self["/kmc/done"]
        if not np.isin(flags, (0, 1)).all():
            raise NixeFileError(f"{self.path} is damaged: it has flags that are none.")
        done = flags == 1
        names = ("composition", "energy", "events", "area_mean", "area_rms", "f", "snapshot/sigma")
        whole = np.ones(len(done), dtype=bool)
        for name in names:
            if self.averaged.any() or name not in ("area_mean", "area_rms", "f"):
                dataset = self._dataset(f"/kmc/{name}")
                for rows in _slabs(dataset):
                    with self._reading(f"/kmc/{name}"):
                        whole[rows] &= _are_whole(dataset[rows], name)
        self._leave_out(np.count_nonzero(done & ~whole), "trajectories")
        return done & whole

    def _leave_out(self, count: int, noun: str) -> None:
        """Say that rows are left out."""
        if count:
            warnings.warn(f"{self.path} is damaged: {count} {noun} are flagged, but not whole; they "
                          "are left out.", stacklevel=3)

    @cached_property
    def time(self) -> np.ndarray:
        """The recorded times."""
        return self["/time"]

    @cached_property
    def snapshot_time(self) -> np.ndarray:
        """The times of the stored configurations."""
        return self["/snapshot_time"]

    @property
    def has_schedule(self) -> bool:
        """Whether what drives nixe kmc changes in time."""
        return self.kind == "kmc" and bool(self.options.get("kmc_schedule", ""))

    @cached_property
    def drive(self) -> dict[str, np.ndarray]:
        """What drives nixe kmc: "dmu" and "kT" at each recorded time."""
        if self.has_schedule:
            return {name: self[f"/kmc/{name}"] for name in ("dmu", "kT")}
        return {name: np.full(len(self.time), float(self.option(f"model_{name}"))) for name in ("dmu", "kT")}

    @cached_property
    def schedule(self) -> dict[str, np.ndarray]:
        """The settings that drive nixe kmc one after the other: "time" from which each does, 0 of the first, "dmu" and "kT"."""
        settings = [{"time": 0.0, **{name: float(self.option(f"model_{name}")) for name in ("dmu", "kT")}}]
        text = str(self.options.get("kmc_schedule", "")) if self.has_schedule else ""
        try:
            for change in text.split(",") if text else ():
                time, *parts = change.split(":")
                new = {name: float(value) for name, value in (part.split("=") for part in parts)}
                settings.append({**settings[-1], "time": float(time), **new})
        except ValueError:
            raise NixeFileError(f"{self.path} is damaged: its schedule cannot be read.") from None
        return {name: np.array([setting[name] for setting in settings]) for name in ("time", "dmu", "kT")}

    def trajectories(self, dataset: str) -> np.ndarray:
        """A dataset of /kmc, such as "f" or "snapshot/sigma", in the rows that are done."""
        done = self.done
        return self[f"/kmc/{dataset}"][done]

    def mean_and_error(self, dataset: str) -> tuple[np.ndarray, np.ndarray]:
        """The mean of a dataset such as "f" and its standard error, over what is in the file.

        Of nixe kmc: at each time, over the trajectories done. The error of a single trajectory is
        NaN, and so are both without any. Of nixe mc: in each state, over sweeps and replicas.
        """
        if self.has("mc"):
            return self._of_states(lambda state: average(self.replicas(dataset, state)))
        rows = self.trajectories(dataset)
        count = len(rows)
        nothing = np.full(rows.shape[1:], np.nan)
        mean = rows.mean(axis=0) if count > 0 else nothing
        error = rows.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else nothing
        return mean, error

    def snapshots(self, row: int) -> np.ndarray:
        """Snapshots x sites: the stored configurations of one row of the file."""
        return self._read("/kmc/snapshot/sigma", row)

    # Equilibrium replicas: nixe mc. Averages and errors are arrays with the states along the first
    # axis; NaN in a state without data.

    @cached_property
    def shell_stiffness(self) -> np.ndarray:
        """K_shell of each state."""
        return self["/mc/state/shell_stiffness"]

    @cached_property
    def kT(self) -> np.ndarray:  # noqa: N802  (the name of the option)
        """The temperature of each state."""
        return self["/mc/state/kT"]

    @cached_property
    def dmu(self) -> np.ndarray:
        """mu_B - mu_A of each state; 0 where ions do not flip, for it does nothing there."""
        return self._each_state("dmu", 0.0)

    @cached_property
    def umbrella_center(self) -> np.ndarray:
        """The composition at the center of the umbrella of each state; NaN where there is none."""
        return self._each_state("umbrella_center", np.nan) if self.umbrella_stiffness > 0 else np.full(len(self.kT), np.nan)

    @property
    def umbrella_stiffness(self) -> float:
        """kappa, in the unit of energy; 0 where there is no umbrella."""
        return float(self.options.get("mc_umbrella_stiffness", 0.0)) if self.flips else 0.0

    @cached_property
    def composition(self) -> np.ndarray:
        """The fraction of A in the core that each state asks for; where ions flip, that of its start."""
        value = self.options.get("mc_composition", 0.5)
        return self._each_state("composition", np.nan if isinstance(value, list) else float(value))

    @cached_property
    def branch(self) -> np.ndarray:
        """Of each state 1 on the way forward of a path, -1 on the way back; 1 where states are independent."""
        return self._each_state("branch", 1.0).astype(int)

    @property
    def path_of_states(self) -> str:
        """How a replica goes through the states: "independent", "forward" or "loop"."""
        return str(self.options.get("mc_path", "independent"))

    @property
    def flips(self) -> bool:
        """Whether the composition of the core is free to change."""
        return self.has("/mc/composition")

    def _each_state(self, name: str, otherwise: float) -> np.ndarray:
        """A dataset of /mc/state, or this number where the file has none."""
        path = f"/mc/state/{name}"
        return self[path].astype(float) if self.has(path) else np.full(len(self.kT), otherwise)

    def compositions(self, state: int) -> list[np.ndarray]:
        """The fraction of A in the core at each record of each replica in one state, also where it does not change."""
        if self.flips:
            return self.replicas("composition", state)
        return [np.full(len(energy), self.composition[state]) for energy in self.replicas("energy", state)]

    def replicas(self, dataset: str, state: int) -> list[np.ndarray]:
        """A dataset of /mc with records, such as "f", "area_rms" or "snapshot/sigma", in one state.

        For each replica the records that are in the file, along the first axis.
        """
        return [self._read(f"/mc/{dataset}", (state, replica, slice(first, max(first, last))))
                for replica, (first, last) in enumerate(self._bounds(dataset, state))]

    def sweeps(self, dataset: str, state: int) -> list[np.ndarray]:
        """The sweep of each record that replicas() gives, after the equilibration before all records."""
        with self._reading(f"/mc/{dataset}"):
            sweep = self._dataset(f"/mc/{dataset}").dims[2][0][()]
        return [sweep[first:max(first, last)] for first, last in self._bounds(dataset, state)]

    def _bounds(self, dataset: str, state: int) -> np.ndarray:
        """The records of each replica in one state, from the first behind its equilibration; none where it is not whole."""
        with self._reading(f"/mc/{dataset}"):
            sweep = self._dataset(f"/mc/{dataset}").dims[2][0][()]
        ends = [self.equilibration[state], self._sweeps_done[state] - self._before_records]
        return np.stack([np.searchsorted(sweep, end, side="right") for end in ends], axis=1)

    @property
    def _before_records(self) -> int:
        """Sweeps before the first record: none where the end of equilibration was looked for in the records."""
        sweeps = self.option("mc_equilibration")
        return 0 if sweeps == "auto" else sweeps

    @cached_property
    def equilibration(self) -> np.ndarray:
        """States x replicas: sweeps at the beginning of the records that are equilibration, and left out here."""
        if not self.has("mc/equilibration"):
            return np.zeros(self["/mc/sweeps_done"].shape, dtype=np.int64)
        return np.maximum(self["/mc/equilibration"].astype(np.int64), 0)

    def option(self, name: str) -> Any:
        """The value of an option of the run."""
        if name not in self.options:
            raise NixeFileError(f"{self.path} is damaged: its options have no {name}.")
        return self.options[name]

    @cached_property
    def _sweeps_done(self) -> np.ndarray:
        """States x replicas: sweeps, equilibration included; -1 where a replica is not whole."""
        self._sweeps_done = done = self["/mc/sweeps_done"].astype(np.int64)
        if done.size and done.max() > self._before_records + self.option("mc_sweeps"):
            raise NixeFileError(f"{self.path} is damaged: replicas have more than all sweeps.")
        bad = np.zeros(done.shape, dtype=bool)
        always = ("energy", "composition", "snapshot/sigma") if self.flips else ("energy", "snapshot/sigma")
        for name in (*always, "f", "area_mean", "area_rms"):
            if self.averaged.any() or name in always:
                for state in range(len(done)):
                    for replica, values in enumerate(self.replicas(name, state)):
                        bad[state, replica] |= not _are_whole(values[None], name).all()
        self._leave_out(np.count_nonzero(bad), "replicas")
        return np.where(bad, -1, done)

    def unstructured(self) -> tuple[np.ndarray, np.ndarray]:
        """f_U, the fraction of U1 and U2 together, and its standard error."""
        return self._of_states(lambda state: average(self.unstructured_records(state)))

    def unstructured_variance(self) -> tuple[np.ndarray, np.ndarray]:
        """The variance of f_U over configurations, and its standard error."""

        def measure(state: int) -> tuple[np.ndarray, np.ndarray]:
            return average(squared_deviation(self.unstructured_records(state)))

        return self._of_states(measure)

    def area_deviation(self) -> tuple[np.ndarray, np.ndarray]:
        """Root mean square of A_R - <A> over sites and configurations, and its standard error.

        In 3D, A is a volume. <A> is the mean over sites and configurations, so the square is that
        of the deviation within a configuration plus that of its mean from <A>.
        """

        def measure(state: int) -> tuple[np.ndarray, np.ndarray]:
            within = [rms**2 for rms in self.replicas("area_rms", state)]
            between = squared_deviation(self.replicas("area_mean", state))
            square, error = average([w + b for w, b in zip(within, between)])
            return np.sqrt(square), error / (2 * np.sqrt(square))

        return self._of_states(measure)

    def unstructured_records(self, state: int) -> list[np.ndarray]:
        """f_U of each record of each replica in one state."""
        both = [self.phases.index(name) for name in ("U1", "U2")]
        return [f[:, both].sum(axis=1) for f in self.replicas("f", state)]

    def _of_states(
        self, measure: Callable[[int], tuple[np.ndarray, np.ndarray]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """What `measure` gives for each state, as an array of means and one of errors."""
        means, errors = zip(*[measure(state) for state in range(len(self.kT))])
        return np.array(means), np.array(errors)


def _slabs(dataset: h5py.Dataset) -> Iterator[slice]:
    """The rows of a dataset in slabs of at most 64 MB."""
    rows = len(dataset)
    count = max(1, rows * _SLAB // max(dataset.nbytes, 1))
    return (slice(first, first + count) for first in range(0, rows, count))


def _are_whole(rows: np.ndarray, name: str) -> np.ndarray:
    """Which rows have all their values: no NaN, no gap where there should be an ion, no count of -1."""
    good = np.abs(rows) == 1 if name == "snapshot/sigma" else rows == rows
    if name == "events":
        good = rows >= 0
    return good.reshape(len(rows), -1).all(axis=1)


def _hash(values: np.ndarray) -> int:
    """FNV-1a, 64 bits, as nixe computes it."""
    content = (b"".join(_bytes(word) + b"\0" for word in values.ravel())
               if values.dtype.kind in "SO" else values.tobytes())
    result = 0xCBF29CE484222325
    for byte in content:
        result = (result ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return result


class _Places:
    """The sites of a crystal by where they are: in whole steps of the lattice, with the periods taken off."""

    def __init__(self, run: File) -> None:
        if not np.abs(run.position).max() < _FARTHEST:
            raise ValueError("sites that are nowhere")
        self.to_steps, self.periods = np.linalg.inv(run.lattice.vectors) * _PART, run.periods
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


class _Symmetry:
    """The operations that map a crystal onto itself, and how they make each site of that which stands for its orbit."""

    def __init__(self, representative: np.ndarray, orbit: np.ndarray, operation: np.ndarray, translation: np.ndarray,
                 image: np.ndarray, places: _Places) -> None:
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


def _shortest(periods: np.ndarray) -> np.ndarray:
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


class _Crystal:
    """Bonds as springs: what displacements follow from."""

    def __init__(self, run: File, stiffness: np.ndarray, mismatch: np.ndarray) -> None:
        from scipy.linalg import qr  # here: nothing else needs scipy
        from scipy.sparse import coo_matrix, diags, hstack
        from scipy.sparse.linalg import splu

        bond, vector, sites = run.bonds, run.bond_vector, len(run.position)
        bonds, d = vector.shape
        self.bond, self.mismatch, self.shape = bond, mismatch, (sites, d)
        length = np.linalg.norm(vector, axis=1)[:, None]
        alpha = vector / length
        rows = np.repeat(np.arange(bonds), d)
        freedom = bond[:, :, None] * d + np.arange(d)
        stretch = coo_matrix((alpha.ravel(), (rows, freedom[:, 1].ravel())), (bonds, sites * d))
        stretch -= coo_matrix((alpha.ravel(), (rows, freedom[:, 0].ravel())), (bonds, sites * d))
        self.strains = _period_strains(run.periods)
        homogeneous = np.einsum("bi,sij,bj->bs", vector, self.strains, alpha)
        stretch = hstack([stretch, homogeneous]).tocsr()
        self.force = (stretch.T.multiply(stiffness)).tocsr()
        # As many freedoms as there are rigid motions are held by springs, which feel no force: it
        # has no resultant. The motion that they choose is taken out afterwards.
        motions = _rigid_motions(run.position, run.periods)
        held = qr(motions.T, mode="r", pivoting=True)[1]
        self.rigid, _ = np.linalg.qr(motions)
        spring = np.zeros(stretch.shape[1])
        spring[held[: self.rigid.shape[1]]] = 1
        matrix = (self.force @ stretch + diags(spring)).tocsc()
        self.solver = splu(matrix, "MMD_AT_PLUS_A", 0.0, options={"SymmetricMode": True})

    def displacement(self, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sites x dimensions; and the homogeneous strain of the periods, dimensions x dimensions."""
        s = np.asarray(sigma, dtype=float)
        s = s - s.mean()
        solution = self.solver.solve(self.force @ (self.mismatch * s[self.bond].mean(axis=1)))
        u, strain = np.split(solution, [self.shape[0] * self.shape[1]])
        u = u - self.rigid @ (self.rigid.T @ u)
        return u.reshape(self.shape), np.tensordot(strain, self.strains, 1)


def _period_strains(periods: np.ndarray) -> np.ndarray:
    """Strains x d x d: symmetric, of the space that the periods span."""
    d = periods.shape[1]
    axes = np.linalg.qr(periods.T)[0].T[: len(periods)]
    found = [(np.outer(a, b) + np.outer(b, a)) / 2 for i, a in enumerate(axes) for b in axes[: i + 1]]
    return np.array(found).reshape(-1, d, d)


def _rigid_motions(position: np.ndarray, periods: np.ndarray) -> np.ndarray:
    """Freedoms x motions: translations, then the rotations about the centroid that leave periods as they are."""
    sites, d = position.shape
    x = position - position.mean(axis=0)
    motions = [np.tile(axis, (sites, 1)) for axis in np.eye(d)]
    turns = []
    for i in range(d):
        for j in range(i):
            turn = np.zeros((d, d))
            turn[j, i], turn[i, j] = 1, -1
            turns.append(turn)
    if len(periods):  # combinations of them that turn no period
        moved = np.array([(periods @ turn).ravel() for turn in turns])
        left, size, _ = np.linalg.svd(moved)
        still = left[:, np.count_nonzero(size > 1e-9 * np.abs(periods).max()):].T
        turns = [np.tensordot(combination, turns, 1) for combination in still]
    motions += [x @ turn for turn in turns]
    return np.array(motions).reshape(len(motions), -1).T


def warren_cowley(unlike: np.ndarray, composition: np.ndarray) -> np.ndarray:
    """1 - P / (2 c (1 - c)), with the classes of P along its last axis; NaN where c is 0 or 1."""
    at_random = 2 * np.asarray(composition) * (1 - np.asarray(composition))
    return 1 - unlike / np.where(at_random > 0, at_random, np.nan)[..., None]


def blocking_error(series: np.ndarray) -> float:
    """The standard error of the mean of a correlated series, from averages over blocks.

    Blocks are 1, 2, 4, ... values long (Flyvbjerg and Petersen). The error is that of the shortest
    of b values for which b^3 > 2 count (error_b / error_1)^4 (Wolff; Lee et al.), or of the
    longest of which there are LEAST_BLOCKS; never less than that of shorter ones.
    """

    def squared(values: np.ndarray) -> float:
        return float(values.var() / (len(values) - 1))

    blocks, length = series, 1
    first = largest = squared(series)
    while first > 0 and len(blocks) // 2 >= LEAST_BLOCKS:
        blocks = blocks[: len(blocks) // 2 * 2].reshape(-1, 2).mean(axis=1)
        length *= 2
        ratio = squared(blocks) / first
        largest = max(largest, ratio * first)
        if length**3 > 2 * len(series) * ratio**2:
            break
    return float(np.sqrt(largest))


def autocorrelation_time(series: np.ndarray) -> float:
    """The integrated autocorrelation time, in records: error^2 = variance 2 tau / count.

    1/2 of independent records; NaN of a series that never changes, which tells nothing of it.
    """
    if np.ptp(series) == 0:
        return float("nan")
    return float(0.5 * blocking_error(series) ** 2 / (series.var() / (len(series) - 1)))


def average(replicas: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the means of replicas, with the records along their first axis, and its error.

    The error is the larger of two: the errors within the replicas, by blocking, and the spread of
    their means, which tells of replicas that have not found out of different phases. Replicas of
    fewer than LEAST_RECORDS are left out; both are NaN if that leaves none.
    """
    shape = replicas[0].shape[1:]
    used = [values for values in replicas if len(values) >= LEAST_RECORDS]
    series = [values.reshape(len(values), -1) for values in used]
    count = len(series)
    if count == 0:
        return np.full(shape, np.nan), np.full(shape, np.nan)
    means = np.array([values.mean(axis=0) for values in series])
    within = np.array([[blocking_error(column) for column in values.T] for values in series])
    error = np.sqrt((within**2).sum(axis=0)) / count
    if count > 1:
        error = np.maximum(error, means.std(axis=0, ddof=1) / np.sqrt(count))
    return means.mean(axis=0).reshape(shape), error.reshape(shape)


def squared_deviation(replicas: Sequence[np.ndarray]) -> list[np.ndarray]:
    """(x - <x>)^2 of each record x of replicas, with <x> their common mean."""
    centre, _ = average(replicas)
    return [(values - centre) ** 2 for values in replicas]


def parse_options(text: str, origin: str = "The text") -> dict[str, Any]:
    """Read the YAML that nixe writes: sections of `key: value`, each joined to section_key.

    What is no YAML of options is refused in a sentence that names its origin.
    """
    try:
        tree = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise NixeFileError(f"{origin} is not YAML{where}.") from error
    if not isinstance(tree, (dict, type(None))):
        raise NixeFileError(f"{origin} is YAML, but not of options.")
    return dict(_joined("", tree or {}))


def _joined(section: str, tree: dict[Any, Any]) -> Iterator[tuple[str, Any]]:
    """The values of a tree, each with the keys that lead to it."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _joined(f"{section}{key}_", value)
        elif value is not None:
            yield f"{section}{key}", value


def _text(value: Any) -> Any:
    """A string as str, whether HDF5 gave it as text or as bytes; anything else as it is."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _bytes(value: Any) -> bytes:
    """A string as bytes."""
    return value.encode() if isinstance(value, str) else value


def _is(value: Any, text: str) -> bool:
    """Whether an attribute is this text."""
    return isinstance(value, (str, bytes)) and _text(value) == text


def _open(path: str) -> h5py.File:
    """Open an HDF5 file for reading, without the lock that a running program may hold."""
    if not os.path.isfile(path):
        raise NixeFileError(f"There is no file {path}.")
    if not survives(path):
        raise NixeFileError(f"{path} is damaged: HDF5 cannot read it.")
    try:
        try:
            return h5py.File(path, "r", locking=False)
        except (TypeError, ValueError):  # h5py or HDF5 too old to be asked
            os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"
            return h5py.File(path, "r")
    except OSError as error:
        if not os.access(path, os.R_OK):
            raise NixeFileError(f"{path} may not be read.") from error
        raise NixeFileError(f"{path} is not an HDF5 file, or is damaged.") from error
