"""Exchange trajectories: nixe kmc."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from .crystal import Crystal
from .rows import are_whole, slabs
from .texts import NixeFileError


class Exchange(Crystal):
    """A file, for its trajectories."""

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
                for rows in slabs(dataset):
                    with self._reading(f"/kmc/{name}"):
                        whole[rows] &= are_whole(dataset[rows], name)
        self._leave_out(np.count_nonzero(done & ~whole), "trajectories")
        return done & whole

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

    def snapshots(self, row: int) -> np.ndarray:
        """Snapshots x sites: the stored configurations of one row of the file."""
        return self._read("/kmc/snapshot/sigma", row)
