"""Datasets of a file that tools/merge.py has joined, read from its parts.

HDF5 would read them, too; but it opens parts with a lock, and where it cannot, because a run writes them or this process has
them open otherwise, it says that there is no data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import h5py
import numpy as np


class Joined:
    """A dataset of which each part has some rows; where none has, they are those of a run that has not come to them."""

    def __init__(self, dataset: h5py.Dataset, part: Callable[[str], h5py.File]) -> None:
        self._dataset = dataset
        self._pieces: list[tuple[int, int, h5py.Dataset]] = []  # first row, rows, where they are
        for source in dataset.virtual_sources():
            low, high = source.vspace.get_select_bounds()
            rows, piece = high[0] - low[0] + 1, part(source.file_name)[source.dset_name]
            if piece.is_virtual or piece.dtype != dataset.dtype or piece.shape[1:] != dataset.shape[1:] or len(piece) < rows:
                raise ValueError("another dataset")
            self._pieces.append((low[0], rows, piece))

    def __getattr__(self, name: str) -> Any:
        """Shape, type, axes, attributes: those of the whole."""
        return getattr(self._dataset, name)

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, key: Any) -> Any:
        """One row or a slice of rows, and of these whatever numpy takes."""
        key = key if isinstance(key, tuple) else (key,)
        rows, rest = (key[0], key[1:]) if key else (slice(None), ())
        if not isinstance(rows, slice):
            row = range(len(self))[rows]
            return self[(slice(row, row + 1), *rest)][0]
        first, last, _ = rows.indices(len(self))
        gap = np.full((max(0, last - first), *self._dataset.shape[1:]), self._dataset.fillvalue, self._dataset.dtype)
        found = gap[(slice(None), *rest)]
        for begin, count, piece in self._pieces:
            low, high = max(first, begin), min(last, begin + count)
            if low < high:
                found[low - first : high - first] = piece[(slice(low - begin, high - begin), *rest)]
        return found
