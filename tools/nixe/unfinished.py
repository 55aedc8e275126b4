"""Trajectories of nixe kmc that are not complete yet, as far as they are in the file.

    with Unfinished("run.h5") as run:
        print(run.note)                     # which there are, and how far
        f = run.trajectories("f")           # NaN where a trajectory has not come to yet
"""

from __future__ import annotations

import os
from functools import cached_property

import numpy as np

from nixe.file import File, NixeFileError

NAMED = 3  # trajectories that a note names one by one


class Unfinished(File):
    """A file of nixe kmc in which trajectories count that are under way, too."""

    @cached_property
    def whole(self) -> np.ndarray:
        """The mask of the trajectories that are complete in the file."""
        return File.done.func(self)

    @cached_property
    def reached(self) -> np.ndarray:
        """How many of the recorded times each trajectory has come to."""
        found = np.where(self.whole, len(self.time), 0)
        begun = ~np.isnan(self._read("/kmc/composition", (slice(None), 0))) & ~self.whole
        for row in np.flatnonzero(begun):
            there = ~np.isnan(self._read("/kmc/composition", row)) & (self._read("/kmc/events", row) >= 0)
            if self.averaged.any():
                there &= ~np.isnan(self._read("/kmc/f", row)).any(axis=-1) & ~np.isnan(self._read("/kmc/area_rms", row))
            found[row] = len(there) if there.all() else np.argmin(there)
        return found

    @cached_property
    def done(self) -> np.ndarray:
        """The mask of the trajectories of which there is something."""
        return self.reached > 0

    @cached_property
    def rows(self) -> np.ndarray:
        """Those under way, the one that has come farthest first."""
        rows = np.flatnonzero(self.done & ~self.whole)
        return rows[np.argsort(-self.reached[rows], kind="stable")]

    @property
    def shown(self) -> int:
        """The row whose configurations to show: the farthest under way, else the first."""
        found = [*self.rows, *np.flatnonzero(self.done)]
        if not found:
            raise NixeFileError(f"{self.path} holds nothing of any trajectory yet.")
        return int(found[0])

    def last_time(self, row: int) -> float:
        """The last recorded time that a trajectory has come to."""
        return float(self.time[self.reached[row] - 1])

    def trajectories(self, dataset: str) -> np.ndarray:
        """A dataset of /kmc in the rows of which there is something; of numbers, NaN (-1) behind what there is."""
        found = super().trajectories(dataset)
        if found.ndim > 1 and found.shape[1] == len(self.time) and found.dtype.kind in "fi":
            for values, reached in zip(found, self.reached[self.done]):
                values[reached:] = np.nan if found.dtype.kind == "f" else -1
        return found

    def mean_and_error(self, dataset: str) -> tuple[np.ndarray, np.ndarray]:
        """Over the trajectories that are complete; without any, over those under way, as far as all have come."""
        rows = self.trajectories(dataset)
        if self.whole.any():
            rows = rows[self.whole[self.done]]
        if len(rows) == 0:
            raise NixeFileError(f"{self.path} holds nothing of any trajectory yet.")
        error = rows.std(axis=0, ddof=1) / np.sqrt(len(rows)) if len(rows) > 1 else np.full(rows.shape[1:], np.nan)
        return rows.mean(axis=0), error

    def snapshots(self, row: int) -> np.ndarray:
        """Snapshots x sites: the stored configurations of one row, as far as they are there."""
        sigma = super().snapshots(row)
        there = np.all(np.abs(sigma) == 1, axis=1) & (self.snapshot_time <= self.last_time(row))
        return sigma if there.all() else sigma[: np.argmin(there)]

    def progress(self, row: int) -> str:
        """How far one trajectory is, in words."""
        c = self._read("/kmc/composition", (row, self.reached[row] - 1))
        return f"trajectory {self['/trajectory'][row]} up to t = {self.last_time(row):.3g} k⁻¹ (c = {c:.3f})"

    @property
    def note(self) -> str:
        """Which trajectories are not complete, and how far they are; "" if all are."""
        if len(self.rows) == 0:
            return ""
        more = f"; {len(self.rows) - NAMED} more" if len(self.rows) > NAMED else ""
        return "Not complete: " + "; ".join(map(self.progress, self.rows[:NAMED])) + more


def opened(path: str | os.PathLike[str], unfinished: bool) -> File:
    """A file; if asked, of nixe kmc, with the trajectories under way."""
    if unfinished:
        with File(path) as run:
            unfinished = run.kind == "kmc"
    return Unfinished(path) if unfinished else File(path)
