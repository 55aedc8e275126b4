"""Rows of a file, and whether they are whole."""

from __future__ import annotations

from collections.abc import Iterator

import h5py
import numpy as np

from .joined import Joined

SLAB = 1 << 26  # bytes that are read at a time, where a dataset may be large


def slabs(dataset: h5py.Dataset | Joined) -> Iterator[slice]:
    """The rows of a dataset in slabs of at most 64 MB."""
    rows = len(dataset)
    count = max(1, rows * SLAB // max(dataset.nbytes, 1))
    return (slice(first, first + count) for first in range(0, rows, count))


def are_whole(rows: np.ndarray, name: str) -> np.ndarray:
    """Which rows have all their values: no NaN, no gap where there should be an ion, no count of -1."""
    good = np.abs(rows) == 1 if name == "snapshot/sigma" else rows == rows
    if name == "events":
        good = rows >= 0
    return good.reshape(len(rows), -1).all(axis=1)
