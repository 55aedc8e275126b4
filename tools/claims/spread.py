"""Values with standard errors from rows that are independent: trajectories, or replicas.

    mean_of(times)                                              # of one number a row
    bootstrapped(len(rows), lambda chosen: peak(rows[chosen]))  # of anything that rows give together
    fraction(run, "S1", "S2")                                   # of the sites, in a state of nixe mc
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nixe.file import File, average

DRAWS = 200  # of a bootstrap: its error is then known to 5 %

Found = tuple[float, float]  # a value and its standard error


def mean_of(values: np.ndarray) -> Found:
    """The mean of a number of each row, and its standard error; NaN of fewer than two rows, or where a row has none."""
    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        return np.nan, np.nan
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def fraction(run: File, *phases: str, state: int = 0) -> Found:
    """The fraction of sites in any of these phases, in a state of nixe mc."""
    index = [run.phases.index(name) for name in phases]
    mean, error = average([f[:, index].sum(axis=1) for f in run.replicas("f", state)])
    return float(mean), float(error)


def bootstrapped(count: int, statistic: Callable[[np.ndarray], float], draws: int = DRAWS) -> Found:
    """What a statistic of the numbers of rows is of all of them, and its spread when as many are drawn again and again.

    Draws are the same each time. Those of which it is not finite are left out; NaN if that is more than a tenth.
    """
    random = np.random.default_rng(0)
    found = np.array([statistic(random.integers(count, size=count)) for _ in range(draws if count > 1 else 0)])
    known = found[np.isfinite(found)]
    error = float(known.std(ddof=1)) if len(known) > max(1, 0.9 * len(found)) else np.nan
    return float(statistic(np.arange(count))), error


def ratio(one: Found, other: Found) -> Found:
    """One value by another, both independent."""
    quotient = one[0] / other[0]
    return quotient, abs(quotient) * float(np.hypot(one[1] / one[0], other[1] / other[0]))


def propagated(values: np.ndarray, errors: np.ndarray, statistic: Callable[[np.ndarray], float], draws: int = DRAWS) -> Found:
    """What a statistic is of values with these standard errors, and its spread where they vary by them, each by itself."""
    random, values = np.random.default_rng(0), np.asarray(values, dtype=float)
    found = np.array([statistic(random.normal(values, errors)) for _ in range(draws)])
    known = found[np.isfinite(found)]
    return float(statistic(values)), float(known.std(ddof=1)) if len(known) > 0.9 * draws else np.nan
