"""A file as a labelled Dataset of xarray."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from .equilibrium import Equilibrium
from .exchange import Exchange
from .texts import NixeFileError

if TYPE_CHECKING:
    import xarray

_BOOKKEEPING = ("done", "checksums", "row_checksums")  # of rows, which are left out
_OF_SITES = ("position", "layer", "averaged", "depth", "face", "exchange", "field", "start")  # in /lattice


class Labelled(Exchange, Equilibrium):
    """A file, for xarray."""

    def to_xarray(self, *names: str) -> xarray.Dataset:
        """What the command of the file has computed, with named dimensions, coordinates, units and descriptions; needs xarray.

        A dataset such as /kmc/snapshot/sigma becomes the variable snapshot_sigma, /mc/state/kT the coordinate state_kT. `names`
        are the variables to read where all of them are too much for the memory. Of nixe kmc there are the trajectories that are
        done; of nixe mc, records before the end of the equilibration or of sweeps to come are NaN, and 0 in configurations. The
        attribute complete says whether the run had come to its end.
        """
        try:
            import xarray  # here: nothing else needs it
        except ImportError:
            raise NixeFileError("to_xarray() needs xarray, which this Python does not have: pip install xarray, or Debian's "
                                "python3-xarray.") from None
        paths = self._variables()
        for name in names:
            if name not in paths:
                raise NixeFileError(f"{self.path} has no variable {name}: it has {', '.join(sorted(paths))}.")
        coordinates = self._of_states_and_sites()
        found: dict[str, Any] = {}
        scales: dict[str, Any] = {}
        wanted = {name: path for name, path in paths.items() if not names or name in names}
        for name, path in [*wanted.items(), *coordinates.items()]:
            dimensions, values, about = self._labelled(path, scales)
            found[name] = xarray.Variable(dimensions, values, about)
        coordinate = {name: xarray.Variable(*scale) for name, scale in scales.items()}
        coordinate.update({name: found.pop(name) for name in coordinates if name in found})
        result = xarray.Dataset(found, coordinate, {**self.attributes, "complete": int(self.complete)})
        return result.isel(trajectory=self.done) if "trajectory" in result.dims else result

    def _variables(self) -> dict[str, str]:
        """The datasets of the command by the names of their variables."""
        paths: list[str] = []
        kind = self.kind
        groups = [kind] + ["potential"] * (kind != "potential" and self.has("potential"))

        def note(_: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset):
                paths.append(item.name)

        with self._reading(f"/{kind}"):
            for group in groups:
                self._h5[group].visititems(note)
        found = {}
        for path in paths:
            _, group, *inside = path.split("/")
            if inside[-1] not in _BOOKKEEPING and inside[0] != "state":
                found["_".join(inside if group == kind else [group, *inside])] = path
        return found

    def _of_states_and_sites(self) -> dict[str, str]:
        """Coordinates beside those of the axes: where the states are, and the sites."""
        states = ("shell_stiffness", "composition", "umbrella_center", "dmu", "branch", "kT")
        found = {f"state_{name}": f"/mc/state/{name}" for name in states}
        found.update({name: f"/lattice/{name}" for name in _OF_SITES})
        return {name: path for name, path in found.items() if self.has(path)}

    def _labelled(self, path: str, scales: dict[str, Any]) -> tuple[list[str], np.ndarray, dict[str, str]]:
        """Dimensions, values and attributes of a dataset; the scales of its axes are added to those that are known."""
        array = self.array(path)
        dimensions = [name.replace("'", "_2") for name in array.axes]
        for name, values in zip(dimensions, array.axes.values()):
            stored = f"/{name}"
            about = _about(self.array(stored)) if self.has(stored) else {}
            scales.setdefault(name, (name, values, about))
        values = array.values
        if values.dtype.kind in "SO":
            values = np.array(self.texts(path))
        if path.startswith("/mc/") and dimensions[:2] == ["state", "replica"] and len(dimensions) > 2:
            values = self._known(path[len("/mc/"):], values)
        return dimensions, values, _about(array)

    def _known(self, dataset: str, values: np.ndarray) -> np.ndarray:
        """Records of replicas without those that do not count."""
        values = values.copy()
        for state in range(len(values)):
            for replica, (first, last) in enumerate(self._bounds(dataset, state)):
                gap = np.ones(values.shape[2], dtype=bool)
                gap[first:max(first, last)] = False
                values[state, replica, gap] = np.nan if values.dtype.kind == "f" else 0
        return values


def _about(array: Any) -> dict[str, str]:
    """What a dataset says of itself, in the words of netCDF."""
    return {name: text for name in ("units", "long_name", "description") if (text := getattr(array, name))}
