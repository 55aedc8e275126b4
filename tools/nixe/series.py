"""Choose one trajectory, or one replica, of a nixe file: its stored configurations in their order.

For the tools that follow a crystal through time: which one is said on the command line in the same
way everywhere, and one that is not there is refused in the same words.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nixe.file import File, NixeFileError
from nixe.unfinished import Unfinished

MOST_RANGES = 8  # in a sentence that lists numbers


@dataclass(frozen=True)
class Series:
    """The stored configurations of one trajectory or replica."""

    run: File
    label: dict[str, int]  # {"trajectory": 3}, or {"state": 0, "replica": 2}
    dataset: str  # where the configurations stand in the file,
    row: tuple[int, ...]  # and at which of its first indices
    sigma: np.ndarray  # snapshots x sites: +1 = A, -1 = B
    time: np.ndarray  # of each snapshot
    unit: str  # of time: "1/k", or "sweeps" after equilibration
    shell_stiffness: float  # K_shell

    @property
    def name(self) -> str:
        """The label in words."""
        return ", ".join(f"{word} {number}" for word, number in self.label.items())

    @property
    def note(self) -> str:
        """Of a trajectory that is not complete, how far it is; else ""."""
        if not isinstance(self.run, Unfinished) or self.run.whole[self.row]:
            return ""
        return f"Not complete: {self.run.progress(self.row[0])}"

    def recorded_f(self) -> tuple[np.ndarray, np.ndarray]:
        """Times, and times x phases: f as it is recorded between the snapshots, too."""
        if "trajectory" in self.label:
            f = self.run["/kmc/f"][self.row]
            if self.note:
                f = f[: self.run.reached[self.row[0]]]
            return self.run.time[: len(f)], f
        state, replica = self.row
        f = self.run.replicas("f", state)[replica]
        return self.run["/sweep"][: len(f)], f


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that choose a series: --trajectory; --state and --replica."""
    parser.add_argument("--trajectory", type=int, metavar="R",
                        help="of a file of nixe kmc: the index of the trajectory in its ensemble, "
                             "as in /trajectory (default: the first that is done)")
    parser.add_argument("--unfinished", action="store_true",
                        help="of a file of nixe kmc: trajectories that are not complete yet, too, as far as they are "
                             "(then the default is the farthest of these)")
    parser.add_argument("--state", type=int, metavar="Q",
                        help="of a file of nixe mc: the number of the state (default: 0)")
    parser.add_argument("--replica", type=int, metavar="P",
                        help="of a file of nixe mc: the index of the replica, as in /replica "
                             "(default: the first)")


def chosen(run: File, arguments: argparse.Namespace) -> Series:
    """The series that the command line asks for."""
    if _is_kmc(run):
        _refuse_options(run, arguments, "state", "replica")
        return _trajectory(run, _row_of(run, arguments.trajectory))
    _refuse_options(run, arguments, "trajectory")
    states, replicas = np.arange(len(run.kT)), run["/replica"]
    state = _index(run, "state", states, arguments.state)
    series = _replica(run, state, _index(run, "replica", replicas, arguments.replica))
    if len(series.sigma) == 0:
        raise NixeFileError(f"{run.path} holds no configuration of {series.name} yet.")
    return series


def every(run: File) -> Iterator[Series]:
    """All series of which the file holds configurations."""
    if _is_kmc(run):
        return (_trajectory(run, row) for row in _done_rows(run))
    rows = [(state, replica) for state in range(len(run.kT))
            for replica, sigma in enumerate(run.replicas("snapshot/sigma", state)) if len(sigma)]
    if not rows:
        raise NixeFileError(f"{run.path} holds no configuration yet.")
    return (_replica(run, state, replica) for state, replica in rows)


def fractions(run: File, sigma: np.ndarray) -> np.ndarray:
    """f of one configuration, in the order of the phases; NaN in a crystal too small for them."""
    masks = run.sites_by_phase(sigma).values()
    count = run.averaged.sum()
    return np.array([mask.sum() / count if count else np.nan for mask in masks])


def _is_kmc(run: File) -> bool:
    if run.kind not in ("kmc", "mc"):
        raise NixeFileError(f"{run.path} has no configurations: it comes from 'nixe {run.kind}'.")
    return run.kind == "kmc"


def _refuse_options(run: File, arguments: argparse.Namespace, *names: str) -> None:
    for name in names:
        if getattr(arguments, name) is not None:
            origin = f"{run.path} is of 'nixe {run.kind}'"
            raise NixeFileError(f"{origin}: --{name} has no meaning there.")


def _done_rows(run: File) -> list[int]:
    """The rows of the trajectories that are done."""
    rows = [int(row) for row in np.flatnonzero(run.done)]
    if not rows:
        kind = "trajectory" if isinstance(run, Unfinished) else "complete trajectory"
        raise NixeFileError(f"{run.path} holds no {kind} yet.")
    return rows


def _row_of(run: File, trajectory: int | None) -> int:
    """The row of a trajectory that is done."""
    done, indices = _done_rows(run), run["/trajectory"]
    if trajectory is None:
        return run.shown if isinstance(run, Unfinished) else done[0]
    row = _index(run, "trajectory", indices, trajectory)
    if row not in done:
        ready = listing(indices[done])
        raise NixeFileError(f"{run.path}: trajectory {trajectory} is not done yet; done: {ready}.")
    return row


def _index(run: File, noun: str, numbers: np.ndarray, wanted: int | None) -> int:
    """Where `wanted` is among the numbers; the first of them if none is wanted."""
    if wanted is None:
        return 0
    found = np.flatnonzero(numbers == wanted)
    if len(found) == 0:
        raise NixeFileError(f"{run.path} has no {noun} {wanted}; it has {listing(numbers)}.")
    return int(found[0])


def _trajectory(run: File, row: int) -> Series:
    label = {"trajectory": int(run["/trajectory"][row])}
    sigma = run.snapshots(row)
    return Series(run, label, "/kmc/snapshot/sigma", (row,), sigma, run.snapshot_time[: len(sigma)], "1/k", 1.0)


def _replica(run: File, state: int, replica: int) -> Series:
    label = {"state": state, "replica": int(run["/replica"][replica])}
    sigma = run.replicas("snapshot/sigma", state)[replica]
    return Series(run, label, "/mc/snapshot/sigma", (state, replica), sigma,
                  run["/snapshot_sweep"][: len(sigma)], "sweeps",
                  float(run.shell_stiffness[state]))


def listing(numbers: np.ndarray) -> str:
    """Ascending integers in words: 0 to 3, 7."""
    groups = np.split(numbers, np.flatnonzero(np.diff(numbers) != 1) + 1)
    words = [str(g[0]) if len(g) == 1 else f"{g[0]} to {g[-1]}" for g in groups]
    more = ["..."] if len(words) > MOST_RANGES else []
    return ", ".join(words[:MOST_RANGES] + more)
