"""Free energies from files of `nixe mc`: of compositions, of states, and averages between states.

    files = [File("umbrella_0.h5"), File("umbrella_1.h5")]
    records = Records(files)
    profile = records.profile(dmu=0)           # F(c) / kT with its errors
    print(profile.c, profile.F, profile.error)
    print(records.average("unstructured", records.states[0]._replace(kT=0.21)))

A state is that of a file or any other: stiffness, dmu, kT, and an umbrella. States of other stiffness than that of a
record need its energy there: /mc/cross_energy. Between the stiffnesses of the list it is interpolated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.interpolate import CubicSpline

from nixe.file import LEAST_RECORDS, File, NixeFileError, autocorrelation_time, average
from nixe.mbar import Chains, Mixture
from nixe.paths import along
from nixe.states import SAME, option

MOST = 4_000_000  # states x records: some arrays of 32 MB
BINS = 101  # of a profile, unless told
LARGEST_ERROR = 0.5  # of F / kT less that of a bin beside it: of a larger one, too few visits are known
LEAST_OVERLAP = 0.05  # of neighbouring states
AGREED = [name for name in SAME if name != "mc_umbrella_stiffness"]


class State(NamedTuple):
    """What the weights of configurations follow from."""

    stiffness: float
    dmu: float
    kT: float  # noqa: N815  (the name of the option)
    umbrella: float = 0.0  # kappa
    center: float = 0.0

    @property
    def free(self) -> State:
        """The same without its umbrella."""
        return self._replace(umbrella=0.0, center=0.0)


class Profile(NamedTuple):
    """F / kT against composition, less its least value; NaN in bins that are not well enough known."""

    state: State
    c: np.ndarray  # the middle of each bin
    F: np.ndarray
    error: np.ndarray  # standard errors of the difference from the bin of the least F
    records: np.ndarray  # in each bin


class Barrier(NamedTuple):
    """The top of a profile between two wells: F / kT there less that in each of the wells."""

    c: float
    wells: tuple[float, float]  # compositions
    height: tuple[float, float]
    error: tuple[float, float]
    mean: tuple[float, float]  # F / kT at the top less the mean of the wells, and its error
    tilt: tuple[float, float]  # F / kT of the second well less that of the first, and its error


class _Bin(NamedTuple):
    """Compositions of a profile: F / kT, and what each record adds to - F / kT."""

    number: int
    F: float
    records: int
    influence: np.ndarray


@dataclass
class Part:
    """The records of one replica in one state of a file."""

    state: State
    replica: int
    ladder: int | None  # the number of the file, where replicas are exchanged
    energy: np.ndarray  # records x levels
    composition: np.ndarray
    unstructured: np.ndarray


class Records:
    """Decorrelated records of all states of some files, or of parts of these."""

    def __init__(self, files: Sequence[File], parts: Sequence[Part] | None = None) -> None:
        check(files)
        self.files = files
        self.sites = int((files[0].layer == 0).sum())
        self.flips = files[0].flips
        self.levels = levels(files)
        parts = read(files) if parts is None else parts
        if not parts:
            raise NixeFileError(f"{files[0].path} holds too few records.")
        self.states = sorted({part.state for part in parts})
        self.times = {state: max(_time(part) for part in parts if part.state == state) for state in self.states}
        self.found = {state: sum(len(part.energy) for part in parts if part.state == state) for state in self.states}
        self._last: tuple[State, np.ndarray] | None = None
        self._take(parts)

    def _take(self, parts: Sequence[Part]) -> None:
        """Every so many records, as their correlations and memory ask; of the states of a ladder the same ones, as the
        least correlated asks: errors know of what correlations are left."""
        ladders: dict[int, float] = {}
        for part in parts:
            if part.ladder is not None:
                ladders[part.ladder] = min(ladders.get(part.ladder, np.inf), self.times[part.state])
        least = len(self.states) * sum(len(part.energy) for part in parts) / MOST
        taken, homes, chains, first = [], [], {}, 0
        for part in parts:
            alone = part.ladder is None
            time = self.times[part.state] if alone else ladders[part.ladder]
            step = int(np.ceil(max(time, least)))
            rows = np.arange(0, len(part.energy), step)
            group, replica = (part.state, len(taken)) if alone else (part.ladder, part.replica)
            chains.setdefault(group, {}).setdefault(replica, []).append(np.arange(first, first + len(rows)))
            taken.append((part.energy[rows], part.composition[rows], part.unstructured[rows]))
            homes.append(np.full(len(rows), self.states.index(part.state)))
            first += len(rows)
        self.energy, self.composition, self.unstructured = (np.concatenate(each) for each in zip(*taken))
        self.home = np.concatenate(homes)
        self.A = np.rint(self.composition * self.sites).astype(int)
        self._chains = Chains([[_together(members) for members in group.values()] for group in chains.values()])

    @cached_property
    def mixture(self) -> Mixture:
        """All records, and what states they come from."""
        u = np.array([self.potential(state) for state in self.states])
        return Mixture(u, self.home, self._chains)

    def potential(self, state: State) -> np.ndarray:
        """(E + bias) / kT of each record in a state."""
        bias = -state.dmu / 2 * (2 * self.A - self.sites)
        bias = bias + state.umbrella / 2 * self.sites * (self.A / self.sites - state.center) ** 2
        return (self.energy_at(state.stiffness) + bias) / state.kT

    def energy_at(self, stiffness: float) -> np.ndarray:
        """E of each record in a shell of this stiffness."""
        same = np.flatnonzero(self.levels == stiffness)
        if len(same):
            return self.energy[:, same[0]]
        if not self.levels.min() < stiffness < self.levels.max():
            raise NixeFileError(f"The energies of these records are known for stiffnesses of {self.levels.min():g} to "
                                f"{self.levels.max():g}, not for {stiffness:g}.")
        return self._spline(np.log(stiffness))

    @cached_property
    def _spline(self) -> CubicSpline:
        """E against the logarithm of the stiffness, smooth for each record."""
        x = np.log(self.levels)
        order = np.argsort(x)
        return CubicSpline(x[order], self.energy[:, order], axis=1)

    def free_energies(self) -> tuple[np.ndarray, np.ndarray]:
        """F / kT of each state less that of the first, its umbrella included, and its error."""
        mixture = self.mixture
        return mixture.f - mixture.f[0], np.array([mixture.error(each) for each in mixture.influence.T])

    def average(self, name: str, state: State) -> tuple[float, float]:
        """The mean of "unstructured", "composition" or "energy" in any state, and its error."""
        return self._mean(self._weights(state), self._values(name, state))

    def variance(self, name: str, state: State) -> tuple[float, float]:
        """The variance of one of these over configurations, and its error."""
        weights, values = self._weights(state), self._values(name, state)
        return self._mean(weights, (values - weights @ values) ** 2)

    def cumulant(self, state: State) -> tuple[float, float]:
        """Binder's, 1 - <m^4> / 3 <m^2>^2 of m = 2 c - 1, and its error."""
        weights, square = self._weights(state), (2 * self.composition - 1) ** 2
        second, fourth = float(weights @ square), float(weights @ square**2)
        deviation = (2 * fourth / second * (square - second) - (square**2 - fourth)) / (3 * second**2)
        return 1 - fourth / (3 * second**2), self.mixture.error(self.mixture.influence_on_mean(weights, deviation))

    def _weights(self, state: State) -> np.ndarray:
        """The weights of the records in a state; the last ones are kept."""
        if self._last is None or self._last[0] != state:
            self._last = state, self.mixture.weights(self.potential(state))[0]
        return self._last[1]

    def _mean(self, weights: np.ndarray, values: np.ndarray) -> tuple[float, float]:
        mean = float(weights @ values)
        return mean, self.mixture.error(self.mixture.influence_on_mean(weights, values - mean))

    def _values(self, name: str, state: State) -> np.ndarray:
        return self.energy_at(state.stiffness) if name == "energy" else getattr(self, name)

    def neighbours(self) -> list[tuple[int, int, float]]:
        """Pairs of states next to each other along one parameter, the others equal, and the overlap of each pair.

        Umbrellas of any stiffness are neighbours by their centers.
        """
        found = []
        for field in ("stiffness", "dmu", "kT", "center"):
            groups: dict[tuple[float, ...], list[int]] = {}
            for number, state in enumerate(self.states):
                rest = state._replace(**{field: 0.0, **({"umbrella": 0.0} if field == "center" else {})})
                groups.setdefault(rest, []).append(number)
            for group in groups.values():
                group.sort(key=lambda number: getattr(self.states[number], field))
                found += [(*pair, self.mixture.overlap(*pair)) for pair in zip(group, group[1:])]
        return found

    def profile(self, state: State | None = None, dmu: float = 0.0, bins: int = BINS) -> Profile:
        """F(c) / kT at the stiffness and the temperature of a state (the first unless told), with this dmu and no umbrella."""
        at, parts = self._in_bins(state, dmu, bins)
        best = min(parts, key=lambda part: part.F)
        places = self._places(bins)
        number = np.bincount(places)
        c = np.bincount(places, np.arange(self.sites + 1)) / number / self.sites
        F, error, records = np.full(len(c), np.nan), np.full(len(c), np.nan), np.zeros(len(c), dtype=int)
        for part in parts:
            uncertain = self.mixture.error(part.influence - best.influence) if part is not best else 0.0
            records[part.number] = part.records
            beside = (other for other in parts if abs(other.number - part.number) == 1)
            if uncertain < LARGEST_ERROR or any(
                    self.mixture.error(part.influence - other.influence) < LARGEST_ERROR for other in beside):
                F[part.number], error[part.number] = part.F - best.F, uncertain
        return Profile(at, c, F, error, records)

    def _places(self, bins: int) -> np.ndarray:
        """The bin of each number of A sites, 0 to all: all bins but the last are equally wide."""
        return np.arange(self.sites + 1) // int(np.ceil((self.sites + 1) / bins))

    def _in_bins(self, state: State | None, dmu: float, bins: int) -> tuple[State, list[_Bin]]:
        """The state of a profile, and the bins that have records."""
        if not self.flips:
            raise NixeFileError(f"{self.files[0].path} has one composition: F(c) needs -mc_move flip or both.")
        at = (state or self.states[0]).free._replace(dmu=dmu)
        weights = self._weights(at)
        places = self._places(bins)
        place, found = places[self.A], []
        for number, records in enumerate(np.bincount(place)):
            part = np.where(place == number, weights, 0.0)
            total = part.sum()
            if records and total > 0:
                found.append(_Bin(number, np.log(np.count_nonzero(places == number)) - np.log(total), int(records),
                                  self.mixture.influence_on_log(part / total)))
        return at, found

    def barrier(self, profile: Profile, bins: int = BINS) -> Barrier | None:
        """The top between the two wells of a profile, where it has two, and is known from well to well and beyond them."""
        F = profile.F
        filled = np.where(np.isnan(F), -np.inf, F)  # a gap is no top, and no well
        left, right = (np.minimum.accumulate(np.where(np.isnan(x), np.inf, x)) for x in (F, F[::-1]))
        rise = filled[1:-1] - np.maximum(left[:-2], right[::-1][2:])
        top = int(rise.argmax()) + 1
        if not np.isfinite(rise[top - 1]):
            return None
        wells = int(np.nanargmin(F[:top])), top + 1 + int(np.nanargmin(F[top + 1:]))
        if np.isnan(F[max(0, wells[0] - 1):wells[1] + 2]).any():
            return None
        of = {part.number: part for part in self._in_bins(profile.state, profile.state.dmu, bins)[1]}
        high, low = of[top], [of[well] for well in wells]
        heights = [(float(high.F - well.F), self.mixture.error(high.influence - well.influence)) for well in low]
        if min(height - 2 * error for height, error in heights) <= 0:
            return None
        c = profile.c
        between = sum(well.influence for well in low) / 2
        mean = sum(height for height, _ in heights) / 2, self.mixture.error(high.influence - between)
        tilt = float(low[1].F - low[0].F), self.mixture.error(low[1].influence - low[0].influence)
        return Barrier(float(c[top]), (float(c[wells[0]]), float(c[wells[1]])), *zip(*heights), mean, tilt)


def _together(members: list[np.ndarray]) -> np.ndarray:
    """Members x length, as long as the shortest of them."""
    length = min(map(len, members))
    return np.array([member[:length] for member in members])


def _time(part: Part) -> float:
    """The autocorrelation time of a replica in records, the longest of what is looked at."""
    series = [part.energy[:, 0], part.composition, part.unstructured]
    times = [autocorrelation_time(x) for x in series if np.isfinite(x).all()]
    return float(np.nanmax([0.5, *times]))


def check(files: Sequence[File]) -> None:
    """Refuse files that do not belong together, or are not of equilibrium."""
    first = files[0]
    for run in files:
        if run.kind != "mc":
            raise NixeFileError(f"{run.path} has no states in equilibrium: it comes from 'nixe {run.kind}'.")
        if run.path_of_states != "independent":
            raise NixeFileError(f"{run.path} is of a path, whose states need not be in equilibrium.")
        if run.options.get("model_differences") == "published" and run.options.get("model_epsilon", 1.0) != 0:
            raise NixeFileError(f"{run.path} samples another energy than the one it records: -model_differences published.")
        for name in AGREED:
            values = [option(other, name) for other in (first, run)]
            if values[0] != values[1]:
                raise NixeFileError(f"{first.path} and {run.path} do not belong together: {name} is {values[0]} in one and "
                                    f"{values[1]} in the other.")
        if len(first.position) != len(run.position) or not np.array_equal(first.layer, run.layer):
            raise NixeFileError(f"{first.path} and {run.path} are of different crystals.")
    if not first.flips and len({c for run in files for c in run.composition}) > 1:
        raise NixeFileError("States of different composition share no configuration: take -mc_move flip, or one composition.")


def levels(files: Sequence[File]) -> np.ndarray:
    """The stiffnesses at which the energies of all records are known."""
    every = sorted({stiffness for run in files for stiffness in run.shell_stiffness})
    if len(every) == 1:
        return np.array(every)
    found = None
    for run in files:
        if not run.has("/mc/cross_energy"):
            raise NixeFileError(f"{run.path} has no energies at other stiffnesses than that of each state: run it with "
                                "-mc_cross_energies_every.")
        known = run["/shell_stiffness"]
        if found is not None and not np.array_equal(found, known):
            raise NixeFileError(f"{files[0].path} and {run.path} do not go together: their lists of stiffnesses differ.")
        found = known
    return found


def read(files: Sequence[File]) -> list[Part]:
    """The records of files, by state and replica."""
    known = levels(files)
    return [part for number, run in enumerate(files) for part in _parts(run, number, known)]


def _parts(run: File, number: int, known: np.ndarray) -> list[Part]:
    """The records of a file, by state and replica."""
    found = []
    axes = along(run)
    exchange = bool(run.options.get("mc_replica_exchange_every"))
    f = run.averaged.any()
    for q in range(len(run.kT)):
        umbrella = run.umbrella_stiffness
        state = State(float(axes["stiffness"][q]), float(axes["dmu"][q]), float(axes["kT"][q]), umbrella,
                      float(axes["center"][q]) if umbrella else 0.0)
        energy = [x[:, None] for x in run.replicas("energy", q)]
        rows = [np.arange(len(x)) for x in energy]
        if len(known) > 1:
            pairs = [np.intersect1d(one, other, return_indices=True)[1:]  # records of the same sweep
                     for one, other in zip(run.sweeps("energy", q), run.sweeps("cross_energy", q))]
            rows = [own for own, _ in pairs]
            energy = [x[cross] for x, (_, cross) in zip(run.replicas("cross_energy", q), pairs)]
        composition = run.compositions(q)
        unstructured = run.unstructured_records(q) if f else [np.full(len(x), np.nan) for x in composition]
        found += [
            Part(state, p, number if exchange else None, energy[p], composition[p][rows[p]], unstructured[p][rows[p]])
            for p in range(len(energy)) if len(energy[p]) >= LEAST_RECORDS]
    return found


def own_averages(records: Records, name: str) -> dict[State, tuple[float, float]]:
    """Means from the records of each state alone, and their errors: what reweighting should agree with."""
    found = {}
    for number, state in enumerate(records.states):
        values = records._values(name, state)
        series = [values[members.ravel()[records.home[members.ravel()] == number]]
                  for group in records._chains.groups for members in group]
        found[state] = tuple(map(float, average([x for x in series if len(x)] or [values[:0]])))
    return found
