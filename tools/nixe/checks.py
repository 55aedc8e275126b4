"""What a reader should know before believing the numbers of a nixe file: warnings in plain words.

nixe itself says the same at the end of a run, in the same words (src/command/warnings.c). Texts may contain _{...}, which is set as a subscript.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from nixe.file import LEAST_RECORDS, File, autocorrelation_time, blocking_error
from nixe.numbers import measures, phase_text, round_trips, state_text

FEW = 20  # trajectories; a half with fewer is not compared
TIMES = 50  # autocorrelation times that a replica should last
APART = 5  # joint standard errors by which two means may differ
SAME = 1e-9  # means of f this close do not differ
NAMED = 4  # states that a warning names one by one


def warnings(run: File) -> list[str]:
    """Everything that is wrong with a file, most serious first; empty if nothing is."""
    kinds: dict[str, Callable[[File], list[str]]] = {
        "kmc": exchange_warnings, "mc": equilibrium_warnings, "spectrum": spectrum_warnings}
    command = run.kind
    found = kinds[command](run) if command in kinds else []
    if not run.complete and command not in ("kmc", "mc"):
        found.insert(0, "The run is not finished.")
    return found


def joint_errors(one: Sequence[Any], other: Sequence[Any]) -> np.ndarray:
    """How far apart two (mean, error) are, in joint standard errors."""
    difference = np.abs(np.subtract(one[0], other[0]))
    joint = np.hypot(one[1], other[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(difference > SAME, difference / joint, 0.0)


def far(distance: float) -> str:
    """Such a distance in words."""
    return f"{distance:.1f} joint standard errors" if np.isfinite(distance) else "more than chance"


# Exchange.


def exchange_warnings(run: File) -> list[str]:
    """Of nixe kmc."""
    found = []
    count = int(run.done.sum())
    if not run.complete or count < len(run.done):
        found.append(f"The run is not finished: {count} of {len(run.done)} trajectories are there. "
                     "Short ones finish first, so means lean towards them.")
    if count < FEW:
        found.append(f"Only {count} trajector{'y' if count == 1 else 'ies'}: standard errors "
                     f"from fewer than {FEW} are rough.")
    late = int(np.isnan(run.trajectories("completion_time")).sum())
    if late and run.options["kmc_stop_composition"] != "none":
        found.append(f"{late} of {count} trajectories were not complete by the last recorded "
                     "time; a mean completion time leaves them out, and is too short.")
    completed = run.trajectories("completion_time")
    at_once, unseen = int((completed == 0).sum()), int(((completed > 0) & (completed < run.time[0])).sum())
    if at_once:
        found.append(f"{at_once} of {count} trajectories were complete before their first event: they began at "
                     f"-kmc_stop_composition {run.options['kmc_stop_composition']:g}.")
    if unseen:
        found.append(f"{unseen} of {count} trajectories were complete before the first recorded time; an earlier -kmc_time_first "
                     "shows them.")
    return found + unlike_halves(run)


def mean_and_error(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Over the first axis, without NaN."""
    count = (~np.isnan(rows)).sum(axis=0)
    return np.nanmean(rows, axis=0), np.nanstd(rows, axis=0, ddof=1) / np.sqrt(count)


def unlike_halves(run: File) -> list[str]:
    """Whether the first trajectories of the ensemble differ from the last by more than chance."""
    middle = int(run.done.sum()) // 2
    if middle < FEW:
        return []
    quantities = {name: values for name, _, values in measures(run)}
    if run.averaged.any():
        f = run.trajectories("f")
        quantities |= {f"f_{{{phase_text(name)}}}": f[:, :, i] for i, name in enumerate(run.phases)}
    found = []
    for name, values in quantities.items():
        halves = values[:middle], values[middle:]
        if min((~np.isnan(half)).sum(axis=0).min() for half in halves) >= FEW:
            distance = np.max(joint_errors(*[mean_and_error(half) for half in halves]))
            if distance > APART:
                found.append(f"{name} by {far(distance)}")
    if not found:
        return []
    return ["The first half of the trajectories differs from the second: " + "; ".join(found) + "."]


# Equilibrium.


def equilibrium_warnings(run: File) -> list[str]:
    """Of nixe mc: of the whole run, then of its states."""
    found = []
    done = run["/mc/sweeps_done"]
    before = run.option("mc_equilibration")
    sweeps = (0 if before == "auto" else before) + run.option("mc_sweeps")
    if not run.complete or (done.min() < sweeps and not run.options.get("mc_until")):
        found.append(f"The run is not finished: {max(done.min(), 0)} of {sweeps} sweeps, "
                     "equilibration included, are there of every replica.")
    if (run.averaged.any() or run.flips) and run.path_of_states == "independent":  # along a path they need not be in equilibrium
        for check, sentence in STATE_CHECKS.items():
            faults = {state: check(run, state) for state in range(len(run.kT))}
            states = [f"{state_text(run, state)} ({fault})"
                      for state, fault in faults.items() if fault]
            if states:
                more = f"; {len(states) - NAMED} more" if len(states) > NAMED else ""
                found.append(f"{sentence}: {'; '.join(states[:NAMED])}{more}.")
    if run.options.get("mc_replica_exchange_every") and round_trips(run) == 0:
        found.append("Replica exchange made no round trip: no walker went from the first state to "
                     "the last and back, so states far apart have not shared their replicas.")
    return found


def followed(run: File, state: int) -> dict[str, list[np.ndarray]]:
    """What tells whether replicas are in equilibrium: the records of f_U, where there are phases, and of c, where ions flip."""
    found = {"f_{U}": run.unstructured_records(state)} if run.averaged.any() else {}
    return found | ({"c": run.compositions(state)} if run.flips else {})


def too_short(run: File, state: int) -> str:
    """Whether a replica has few records, counted in its autocorrelation time."""
    shortest = (float(TIMES), "")
    for name, records in followed(run, state).items():
        times = [len(x) / autocorrelation_time(x) if len(x) >= LEAST_RECORDS else 0.0 for x in records]
        least = min([time for time in times if not np.isnan(time)], default=TIMES)
        shortest = (least, name) if least < shortest[0] else shortest
    return f"{shortest[0]:.0f} times that of {shortest[1]}" if shortest[1] else ""


def unsettled(run: File, state: int) -> str:
    """Whether the halves of a replica differ by more than their errors."""
    largest = (0.0, "")
    for name, records in followed(run, state).items():
        for x in records:
            if len(x) >= LEAST_RECORDS:
                distance = float(joint_errors(mean_of(x[: len(x) // 2]), mean_of(x[len(x) // 2:])))
                largest = (distance, name) if distance > largest[0] else largest
    return f"{largest[1]} by {far(largest[0])}" if largest[0] > APART else ""


def unlike_replicas(run: File, state: int) -> str:
    """Whether the means of two replicas differ in any phase, in f_U or in the composition, by more than their errors.

    Replicas may agree in f_U, and yet each hold another of its phases.
    """
    f = run.replicas("f", state)
    series = {f"f_{{{phase_text(name)}}}": [rows[:, i] for rows in f]
              for i, name in enumerate(run.phases)} | followed(run, state)
    distance, name = max((largest_distance(replicas), name) for name, replicas in series.items())
    return f"{name} by {far(distance)}" if distance > APART else ""


def largest_distance(replicas: list[np.ndarray]) -> float:
    """Between the means of any two replicas, in joint standard errors."""
    means = [mean_of(values) for values in replicas if len(values) >= LEAST_RECORDS]
    return max((float(joint_errors(*pair)) for pair in combinations(means, 2)), default=0.0)


def mean_of(series: np.ndarray) -> tuple[float, float]:
    """The mean of a correlated series, and its error."""
    return float(series.mean()), blocking_error(series)


STATE_CHECKS = {
    too_short: f"Shorter than {TIMES} autocorrelation times, so that errors are not reliable",
    unsettled: "Not yet in equilibrium, for the first half of a replica's records differs from the second",
    unlike_replicas: "Replicas disagree; each may be caught in an arrangement of its own. Errors "
                     "contain the spread of the replicas",
}


# Spectra.


def spectrum_warnings(run: File) -> list[str]:
    """Of nixe spectrum."""
    found = []
    for matrix in ("V", "D"):
        modes, expected = run.zero_modes(matrix)
        if modes != expected and expected >= 0:
            found.append(f"{matrix} has {modes} zero modes, where theory expects {expected}.")
    return found
