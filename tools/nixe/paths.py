"""Paths of `nixe mc`: replicas that go through the states in their order, forward or there and back.

    with File("hysteresis.h5") as run:
        path = Path.of(run)
        print(path.across, path.x)               # "dmu" of each state
        print(path.values.mean(axis=1))          # states x replicas: the mean composition
        print(path.area())                       # of the loop, and its error
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nixe.file import File, NixeFileError

AXES = ("stiffness", "composition", "center", "dmu", "kT")  # of states, in the order of nixe


def along(run: File) -> dict[str, np.ndarray]:
    """Where each state is along each axis."""
    values = (run.shell_stiffness, run.composition, run.umbrella_center, run.dmu, run.kT)
    return dict(zip(AXES, values))


def varying(run: File) -> list[str]:
    """The axes along which states differ."""
    return [name for name, values in along(run).items() if (values != values[0]).any() and not np.isnan(values).all()]


@dataclass(frozen=True)
class Path:
    """What a file of a path holds: the states in the order in which replicas come to them."""

    run: File
    across: str  # the axis along which they differ
    x: np.ndarray  # where each state is on it
    branch: np.ndarray  # of each state 1 on the way forward, -1 on the way back
    quantity: str  # what is followed: "composition", where it does not change "unstructured"
    values: np.ndarray  # states x replicas: means over records, NaN where there are none yet

    @classmethod
    def of(cls, run: File) -> Path:
        """The path of a file, which others have not."""
        if run.kind != "mc" or run.path_of_states == "independent":
            raise NixeFileError(f"{run.path} has no path: its states do not follow one another.")
        across = next(iter(varying(run)), "kT")
        if not run.flips and not run.averaged.any():
            raise NixeFileError(f"{run.path} is of a crystal too small to have phases.")
        quantity = "composition" if run.flips else "unstructured"
        states = range(len(run.kT))
        records = [run.compositions(q) if run.flips else run.unstructured_records(q) for q in states]
        values = np.array([[each.mean() if len(each) else np.nan for each in replicas] for replicas in records])
        if np.isnan(values).all():
            raise NixeFileError(f"{run.path} holds no records yet.")
        return cls(run, across, along(run)[across], run.branch, quantity, values)

    @property
    def whole(self) -> np.ndarray:
        """States x replicas: those that have come to the end of the path."""
        return self.values[:, ~np.isnan(self.values).any(axis=0)]

    def branches(self) -> list[np.ndarray]:
        """The states of the way forward, and those of the way back with that at which it turns; the one alone without a loop."""
        forward = np.flatnonzero(self.branch > 0)
        back = np.flatnonzero(self.branch < 0)
        return [forward] + ([np.concatenate([forward[-1:], back])] if len(back) else [])

    def mean_and_error(self) -> tuple[np.ndarray, np.ndarray]:
        """Over the replicas, at each state; the error is NaN of a single one."""
        count = (~np.isnan(self.values)).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.nansum(self.values, axis=1) / np.where(count, count, np.nan)
            squares = np.nansum((self.values - mean[:, None]) ** 2, axis=1)
            return mean, np.sqrt(squares / np.where(count > 1, count - 1, np.nan) / count)

    def areas(self) -> np.ndarray:
        """The area that the loop of each whole replica encloses: the integral of what is followed, by trapezes.

        Of c against dmu with its sign changed: it is then the work that is lost in the loop, per site of the core, positive
        whichever way the loop begins. NaN of a path that does not come back.
        """
        if self.run.path_of_states != "loop":
            return np.full(self.whole.shape[1], np.nan)
        middle = (self.whole[1:] + self.whole[:-1]) / 2
        return (-1 if self.across == "dmu" else 1) * np.diff(self.x) @ middle

    def area(self) -> tuple[float, float]:
        """The mean of them over replicas, and its standard error; NaN of what is not known."""
        areas = self.areas()
        mean = areas.mean() if len(areas) else np.nan
        return float(mean), float(areas.std(ddof=1) / np.sqrt(len(areas)) if len(areas) > 1 else np.nan)

    def crossings(self) -> list[np.ndarray]:
        """Of each branch where each whole replica first crosses the middle of all its values; NaN where it does not."""
        middle = (self.whole.max(axis=0) + self.whole.min(axis=0)) / 2 if len(self.whole) else np.zeros(0)
        return [self._crossing(states, middle) for states in self.branches()]

    def _crossing(self, states: np.ndarray, middle: np.ndarray) -> np.ndarray:
        """Between the states where the values go through the middle, by a straight line."""
        x, found = self.x[states], np.full(len(middle), np.nan)
        for replica, level in enumerate(middle):
            way = self.whole[states, replica] - level
            steps = np.flatnonzero(way[1:] * way[:-1] <= 0)
            if len(steps) and np.ptp(way) > 0:
                i = steps[0]
                found[replica] = x[i] + (x[i + 1] - x[i]) * way[i] / (way[i] - way[i + 1])
        return found
