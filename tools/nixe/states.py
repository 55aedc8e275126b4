"""The states of files of `nixe mc`, sorted into curves: what the pictures of equilibrium draw.

    curves = find_curves([File("shell_0.h5"), File("shell_1.h5")])
    curve = curves[0]                       # the only one, against the number of layers
    f, error = curve.values("f")            # states x phases, at curve.x layers
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nixe.file import File, NixeFileError
from nixe.numbers import of_composition
from nixe.paths import AXES, along

SAME = ("lattice_shape", "lattice_type", "bond_stiffness", "bond_mismatch", "bond_ising", "model_epsilon", "model_J",
        "model_mismatch", "model_differences", "mc_move", "mc_umbrella_stiffness")  # options that all files have to share
ACROSS = ("layers", *AXES)  # what can be the horizontal axis, the first that varies
PARAMETERS = {  # how a curve is told by what sets it apart
    "sites": r"$N_\mathrm{{core}}$ = {:.0f}",
    "layers": "{:g} layers",
    "stiffness": r"$K_\mathrm{{shell}}$ / $K$ = {:.4g}",
    "composition": "$c$ = {:.4g}",
    "center": "$c_0$ = {:.4g}",
    "dmu": r"$\Delta\mu$ = {:.4g}",
    "kT": r"$k_\mathrm{{B}}T$ = {:.4g}",
    "branch": "branch {:+g}",
}


class Results:
    """What a file holds, computed when asked for: means and errors with the states first."""

    def __init__(self, run: File) -> None:
        self.run = run

    @cached_property
    def f(self) -> tuple[np.ndarray, np.ndarray]:
        """The fraction of each phase."""
        return self.run.mean_and_error("f")

    @cached_property
    def area(self) -> tuple[np.ndarray, np.ndarray]:
        """The area deviation."""
        return self.run.area_deviation()

    @cached_property
    def variance(self) -> tuple[np.ndarray, np.ndarray]:
        """The variance of f_U."""
        return self.run.unstructured_variance()

    @cached_property
    def composition(self) -> tuple[np.ndarray, np.ndarray]:
        """The fraction of A in the core."""
        return of_composition(self.run)[0]


@dataclass(frozen=True)
class State:
    """One state of one file."""

    results: Results
    index: int
    parameters: dict[str, float]

    @property
    def run(self) -> File:
        """The file."""
        return self.results.run

    def of(self, quantity: str) -> tuple[np.ndarray, np.ndarray]:
        """Mean and error of one of the quantities of Results."""
        mean, error = getattr(self.results, quantity)
        return mean[self.index], error[self.index]

    @cached_property
    def configuration(self) -> np.ndarray | None:
        """The last stored configuration of the first replica that has one."""
        stored = self.run.replicas("snapshot/sigma", self.index)
        return next((sigma[-1] for sigma in stored if len(sigma) > 0), None)


@dataclass(frozen=True)
class Curve:
    """States that differ in the horizontal axis alone, in its order."""

    label: str
    across: str
    states: list[State]

    @property
    def run(self) -> File:
        """The file of the first state."""
        return self.states[0].run

    @property
    def x(self) -> np.ndarray:
        """Where the states are on the horizontal axis."""
        return np.array([state.parameters[self.across] for state in self.states])

    def values(self, quantity: str) -> tuple[np.ndarray, np.ndarray]:
        """Mean and error of a quantity along the curve."""
        mean, error = zip(*[state.of(quantity) for state in self.states])
        return np.array(mean), np.array(error)

    def fraction(self, *phases: str) -> np.ndarray:
        """The mean fraction of sites in any of these phases, along the curve."""
        f, _ = self.values("f")
        return f[:, [self.run.phases.index(phase) for phase in phases]].sum(axis=1)


def option(run: File, name: str) -> object:
    """An option, which older files do not have: as it is there."""
    if name == "lattice_type":
        return run.lattice_type
    if name == "mc_move":  # flips are flips, with swaps or without
        return "flip" if run.flips else "swap"
    if name == "mc_umbrella_stiffness":
        return run.umbrella_stiffness
    value = run.options.get(name, 1.0 if name.startswith("bond_") else None)
    return [value] * run.classes if name.startswith("bond_") and not isinstance(value, list) else value


def find_states(runs: Sequence[File]) -> list[State]:
    """The states of all files that have data, and can share a picture."""
    states = []
    for run in runs:
        for name in SAME:
            values = [option(other, name) for other in (runs[0], run)]
            if values[0] != values[1]:
                raise NixeFileError(f"{runs[0].path} and {run.path} do not go into one picture: "
                                    f"{name} is {values[0]} in one and {values[1]} in the other.")
        if not run.averaged.any():
            raise NixeFileError(f"{run.path} is of a crystal too small to have phases.")
        results = Results(run)
        sites = int((run.layer == 0).sum())
        with_data = np.flatnonzero(~np.isnan(results.f[0][:, 0]))
        if len(with_data) == 0:
            raise NixeFileError(f"{run.path} holds too few records for averages.")
        axes = {name: np.nan_to_num(values) for name, values in along(run).items()}
        if run.flips:
            axes["composition"] = np.zeros(len(run.kT))  # that of the start tells nothing apart
        states += [
            State(results, int(q), {
                "sites": sites, "layers": int(run.layer.max()),
                **{name: values[q] for name, values in axes.items()}, "branch": int(run.branch[q])})
            for q in with_data
        ]
    return states


def find_curves(runs: Sequence[File]) -> list[Curve]:
    """The curves of all states: that of the largest core with most states first.

    Their horizontal axis is the first of ACROSS in which states differ, else kT.
    """
    states = find_states(runs)
    varying = [name for name in PARAMETERS if len({s.parameters[name] for s in states}) > 1]
    across = next((name for name in ACROSS if name in varying), "kT")
    others = [name for name in PARAMETERS if name != across]
    groups: dict[tuple[float, ...], list[State]] = {}
    for state in sorted(states, key=lambda state: state.parameters[across]):
        groups.setdefault(tuple(state.parameters[name] for name in others), []).append(state)
    curves = []
    for key in sorted(groups, key=lambda key: (-key[0], -len(groups[key]), key)):
        words = [PARAMETERS[name].format(value) for name, value in zip(others, key)
                 if name in varying]
        curves.append(Curve(", ".join(words), across, groups[key]))
    return curves
