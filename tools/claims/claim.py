"""A claim of the paper, and what was found of it.

The verdict follows from a number and the tolerance that stands beside it, never from a text: Finding.of makes it. Where a
number cannot be told, its finding says why, and the verdict is "not told".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nixe.file import File
from nixe.numbers import with_error

SURE = 3.0  # standard errors within which a value may be outside of what is stated


@dataclass(frozen=True)
class Finding:
    """Our figure with its standard error, what would agree, and whether it does (None: not told, for the reason in `ours`)."""

    ours: str
    agrees_if: str
    agrees: bool | None

    @classmethod
    def of(cls, what: str, value: float, error: float, least: float = -np.inf, most: float = np.inf, unit: str = "") -> Finding:
        """A value that agrees if it is from `least` to `most`, or outside by no more than SURE standard errors."""
        wanted = f"{least:g} to {most:g}" if np.isfinite([least, most]).all() else (
            f"at least {least:g}" if np.isfinite(least) else f"at most {most:g}")
        if not np.isfinite([value, error]).all():
            return cls(f"{what}: not told", wanted, None)
        agrees = least - SURE * error <= value <= most + SURE * error
        return cls(f"{what} {with_error(value, error)}{unit}", wanted, bool(agrees))

    @property
    def verdict(self) -> str:
        return "not told" if self.agrees is None else "yes" if self.agrees else "NO"


@dataclass(frozen=True)
class Claim:
    """One row of the page: where the paper says it, what in our words, the runs that it needs, and how it is measured."""

    key: str  # a short name, such as 2a-decay
    where: str  # such as Fig. 2(a)
    says: str
    runs: tuple[str, ...]  # names of files, keys of RUNS in reproduce.py
    measure: Callable[[Sequence[File]], Sequence[Finding]]
