"""Means of correlated series and their errors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEAST_RECORDS = 4  # of a replica that counts in an average
LEAST_BLOCKS = 16  # of an error by blocking, if there are as many values


def blocking_error(series: np.ndarray) -> float:
    """The standard error of the mean of a correlated series, from averages over blocks.

    Blocks are 1, 2, 4, ... values long (Flyvbjerg and Petersen). The error is that of the shortest
    of b values for which b^3 > 2 count (error_b / error_1)^4 (Wolff; Lee et al.), or of the
    longest of which there are LEAST_BLOCKS; never less than that of shorter ones.
    """

    def squared(values: np.ndarray) -> float:
        return float(values.var() / (len(values) - 1))

    blocks, length = series, 1
    first = largest = squared(series)
    while first > 0 and len(blocks) // 2 >= LEAST_BLOCKS:
        blocks = blocks[: len(blocks) // 2 * 2].reshape(-1, 2).mean(axis=1)
        length *= 2
        ratio = squared(blocks) / first
        largest = max(largest, ratio * first)
        if length**3 > 2 * len(series) * ratio**2:
            break
    return float(np.sqrt(largest))


def autocorrelation_time(series: np.ndarray) -> float:
    """The integrated autocorrelation time, in records: error^2 = variance 2 tau / count.

    1/2 of independent records; NaN of a series that never changes, which tells nothing of it.
    """
    if np.ptp(series) == 0:
        return float("nan")
    return float(0.5 * blocking_error(series) ** 2 / (series.var() / (len(series) - 1)))


def average(replicas: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the means of replicas, with the records along their first axis, and its error.

    The error is the larger of two: the errors within the replicas, by blocking, and the spread of
    their means, which tells of replicas that have not found out of different phases. Replicas of
    fewer than LEAST_RECORDS are left out; both are NaN if that leaves none.
    """
    shape = replicas[0].shape[1:]
    used = [values for values in replicas if len(values) >= LEAST_RECORDS]
    series = [values.reshape(len(values), -1) for values in used]
    count = len(series)
    if count == 0:
        return np.full(shape, np.nan), np.full(shape, np.nan)
    means = np.array([values.mean(axis=0) for values in series])
    within = np.array([[blocking_error(column) for column in values.T] for values in series])
    error = np.sqrt((within**2).sum(axis=0)) / count
    if count > 1:
        error = np.maximum(error, means.std(axis=0, ddof=1) / np.sqrt(count))
    return means.mean(axis=0).reshape(shape), error.reshape(shape)


def squared_deviation(replicas: Sequence[np.ndarray]) -> list[np.ndarray]:
    """(x - <x>)^2 of each record x of replicas, with <x> their common mean."""
    centre, _ = average(replicas)
    return [(values - centre) ** 2 for values in replicas]
