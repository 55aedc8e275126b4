"""Equilibrium replicas: nixe mc."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from .averages import average, squared_deviation
from .crystal import Crystal
from .rows import are_whole
from .texts import NixeFileError


class Equilibrium(Crystal):
    """A file, for its replicas.

    Averages and errors are arrays with the states along the first axis; NaN in a state without data.
    """

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
                        bad[state, replica] |= not are_whole(values[None], name).all()
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
