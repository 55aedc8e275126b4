"""What every file has: attributes, options, and datasets, which are checked before they are used."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import h5py
import numpy as np

from .joined import Joined
from .probe import open_hdf5, survives
from .texts import NixeFileError, as_bytes, as_text, is_text, parse_options

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


Self = TypeVar("Self", bound="Stored")


class Stored:
    """A file, for its attributes and datasets."""

    def __init__(self, path: str | os.PathLike[str], command: str | None = None) -> None:
        self.path = os.fspath(path)
        self._h5 = open_file(self.path)
        self._found: dict[str, h5py.Dataset | Joined] = {}  # datasets that have been checked
        self._parts: dict[str, h5py.File] = {}
        try:
            self._identify(command)
        except NixeFileError:
            self.close()
            raise

    def _identify(self, command: str | None) -> None:
        """Refuse what nixe, or the given command of it, has not written."""
        if not is_text(self._attribute("program"), "nixe"):
            raise NixeFileError(f"{self.path} is an HDF5 file, but not one of nixe's.")
        version = self._attribute("format_version")
        if version is None:
            raise NixeFileError(f"{self.path} does not say of which format version it is.")
        if not np.isscalar(version) or version not in _FORMAT_VERSIONS:
            known = " and ".join(map(str, _FORMAT_VERSIONS))
            raise NixeFileError(
                f"{self.path} is of format version {' '.join(str(as_text(version)).split())}; this "
                f"reader knows {known}."
            )
        self._renamed = _VERSION_1 if version == 1 else _VERSION_2
        if command is not None and not self.has(command):
            origin = as_text(self._attribute("command", "another command"))
            raise NixeFileError(
                f"{self.path} has no results of 'nixe {command}': it comes from '{origin}'."
            )

    @cached_property
    def parts(self) -> list[str]:
        """The paths of the files that tools/merge.py has joined into this one; none of a file that a run has made."""
        names = str(as_text(self._attribute("merged_from", "")))
        return [os.path.join(os.path.dirname(self.path), name) for name in names.split("\n") if name]

    @cached_property
    def _bytes(self) -> int:
        """The size of the file, and of those that it leans on."""
        return sum(os.path.getsize(path) for path in (self.path, *self.parts) if os.path.exists(path))

    def _part(self, name: str) -> h5py.File:
        """One of the files that this one leans on."""
        if name not in self._parts:
            try:
                self._parts[name] = open_file(os.path.join(os.path.dirname(self.path), name))
            except NixeFileError as error:
                raise NixeFileError(f"{self.path} was joined from others: {error}") from error
        return self._parts[name]

    def close(self) -> None:
        """Close the file; arrays already read stay."""
        for file in (self._h5, *self._parts.values()):
            file.close()

    def __enter__(self: Self) -> Self:
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

    def _dataset(self, path: str) -> h5py.Dataset | Joined:
        """A dataset, not read yet: one that is there as it should be."""
        path = self.stored_path(path)
        if path not in self._found:
            if not self.has(path):
                raise NixeFileError(f"{self.path} has no dataset {path}.")
            with self._reading(path):
                dataset = self._h5[path]
                self._check(dataset)
                self._found[path] = Joined(dataset, self._part) if dataset.is_virtual else dataset
        return self._found[path]

    def _check(self, dataset: Any) -> None:
        """Refuse a dataset that claims what cannot be (ValueError)."""
        if not isinstance(dataset, h5py.Dataset) or dataset.file != self._h5:
            raise ValueError("a group, or a link that leads elsewhere")
        if dataset.external or dataset.dtype.kind not in "fiuSO" or not dataset.shape:
            raise ValueError("no numbers or texts of this file")
        if dataset.is_virtual:
            self._check_sources(dataset)
        contiguous = dataset.chunks is None and not dataset.is_virtual
        if dataset.size * dataset.dtype.itemsize > (os.path.getsize(self.path) if contiguous else _MOST_DEFLATED * self._bytes):
            raise ValueError("more values than the file can hold")
        if self._renamed is _VERSION_1:
            return
        if dataset.name.count("/") > 1:  # no scale itself
            for axis, count in zip(dataset.dims, dataset.shape):
                if not len(axis) or axis[0].shape != (count,):
                    raise ValueError("another shape than that of its axes")
        if dataset.nbytes <= _CHECKED_BYTES and "checksum" in dataset.attrs:
            if hash_of(dataset[()]) != dataset.attrs["checksum"]:
                raise ValueError("not as it was written")

    def _check_sources(self, dataset: h5py.Dataset) -> None:
        """Refuse a dataset whose values are elsewhere than in the datasets of its name of the files it was joined from."""
        names = {source.file_name for source in dataset.virtual_sources()}
        parts = {os.path.join(os.path.dirname(self.path), name) for name in names}
        if not parts <= set(self.parts) or {source.dset_name for source in dataset.virtual_sources()} != {dataset.name}:
            raise ValueError("values that are elsewhere")
        for name in names:
            self._part(name)

    def array(self, path: str) -> Array:
        """A whole dataset with its axes, units, description and name."""
        dataset = self._dataset(path)
        with self._reading(path):
            return self._array(dataset)

    def _array(self, dataset: h5py.Dataset | Joined) -> Array:
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
                axes[name] = np.array([str(as_text(word)) for word in axes[name]])
        names = ("units", "description", "long_name")
        about = [str(as_text(dataset.attrs.get(name, ""))) for name in names]
        return Array(dataset[()], axes, *about)

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes of the file: version, commit, created, ..."""
        with self._reading("an attribute"):
            return {name: as_text(value) for name, value in self._h5.attrs.items()}

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
        text = as_text(self._attribute("input"))
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
        return [str(as_text(name)) for name in self["/phase"]]

    def _leave_out(self, count: int, noun: str) -> None:
        """Say that rows are left out."""
        if count:
            warnings.warn(f"{self.path} is damaged: {count} {noun} are flagged, but not whole; they "
                          "are left out.", stacklevel=3)

    def texts(self, path: str) -> list[str]:
        """A dataset of texts."""
        return [str(as_text(word)) for word in self[path]]

    def option(self, name: str) -> Any:
        """The value of an option of the run."""
        if name not in self.options:
            raise NixeFileError(f"{self.path} is damaged: its options have no {name}.")
        return self.options[name]


def hash_of(values: np.ndarray) -> int:
    """FNV-1a, 64 bits, as nixe computes it."""
    content = (b"".join(as_bytes(word) + b"\0" for word in values.ravel())
               if values.dtype.kind in "SO" else values.tobytes())
    result = 0xCBF29CE484222325
    for byte in content:
        result = (result ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return result


def open_file(path: str) -> h5py.File:
    """Open a file for reading; what is wrong with it is told in a sentence."""
    if not os.path.isfile(path):
        raise NixeFileError(f"There is no file {path}.")
    if not survives(path):
        raise NixeFileError(f"{path} is damaged: HDF5 cannot read it.")
    try:
        return open_hdf5(path)
    except OSError as error:
        if not os.access(path, os.R_OK):
            raise NixeFileError(f"{path} may not be read.") from error
        raise NixeFileError(f"{path} is not an HDF5 file, or is damaged.") from error
