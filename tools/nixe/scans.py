"""Averages along a parameter of states, between them as well as at them: what scans of stiffness, dmu or kT show.

    for curve in scans(records):
        print(curve.across, curve.x, curve.value["unstructured"], curve.error["unstructured"])
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nixe.free_energy import BINS, Barrier, Profile, Records, State, own_averages

POINTS = 60  # of a curve; some more where states are close, for there most happens
BETWEEN = 4  # at least, from state to state
ALONG = ("stiffness", "dmu", "kT")  # what can be the horizontal axis, the first that varies


@dataclass(frozen=True)
class Scan:
    """A curve: states that differ in one parameter, and all between them."""

    across: str
    states: list[State]  # those that were sampled
    x: np.ndarray
    value: dict[str, np.ndarray]  # means, and variances under "var NAME"
    error: dict[str, np.ndarray]
    own: dict[str, np.ndarray]  # means and errors of each state by its own records: 2 x states


def quantities(records: Records) -> list[str]:
    """What there are averages of."""
    return ["composition"] * records.flips + ["unstructured"] * bool(np.isfinite(records.unstructured).all())


def scans(records: Records) -> list[Scan]:
    """A curve for each set of states without umbrellas that differ in the first of ALONG that varies, and in that alone."""
    states = [state for state in records.states if state.umbrella == 0]
    across = next((name for name in ALONG if len({getattr(state, name) for state in states}) > 1), None)
    if across is None:
        return []
    groups: dict[State, list[State]] = {}
    for state in states:
        groups.setdefault(state._replace(**{across: 0.0}), []).append(state)
    own = {name: own_averages(records, name) for name in quantities(records)}
    return [_scan(records, across, group, own) for group in groups.values() if len(group) > 1]


def _scan(records: Records, across: str, states: list[State], own: dict[str, dict[State, tuple[float, float]]]) -> Scan:
    places = sorted({getattr(state, across) for state in states})
    finer = [low + (high - low) * i / BETWEEN for low, high in zip(places, places[1:]) for i in range(BETWEEN)]
    x = np.unique([*places, *finer, *np.linspace(places[0], places[-1], POINTS)])
    found: dict[str, list[tuple[float, float]]] = {}
    for place in x:
        at = states[0]._replace(**{across: float(place)})
        for name in quantities(records):
            found.setdefault(name, []).append(records.average(name, at))
            found.setdefault(f"var {name}", []).append(records.variance(name, at))
    value, error = ({name: np.array(pairs)[:, i] for name, pairs in found.items()} for i in (0, 1))
    states = sorted(states, key=lambda state: getattr(state, across))
    return Scan(across, states, x, value, error, {name: np.array([each[state] for state in states]).T for name, each in own.items()})


def results(records: Records, dmu: float = 0.0, bins: int = BINS) -> tuple[list[Profile], list[Barrier | None], list[Scan]]:
    """All that files tell: F(c) at each stiffness and temperature with its barrier, where ions flip; and scans."""
    profiles = []
    if records.flips:
        groups = dict.fromkeys(state.free._replace(dmu=0.0) for state in records.states)
        profiles = [records.profile(state, dmu, bins) for state in groups]
    return profiles, [records.barrier(profile, bins) for profile in profiles], scans(records)
