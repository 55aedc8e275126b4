"""What the files of the claims cost: seconds on one core of a 2.45 GHz AMD EPYC, at full length and reduced.

Measured by `make reproduce RANKS=1`, which prints them; a file without an entry counts as nothing, and is told.
"""

from __future__ import annotations

from collections.abc import Iterable

SECONDS: dict[str, tuple[float, float]] = {}


def seconds_of(names: Iterable[str], quick: bool, ranks: int) -> float:
    """How long these files take together, shared out over so many cores."""
    return sum(SECONDS.get(name, (0.0, 0.0))[quick] for name in names) / max(ranks, 1)


def unknown(names: Iterable[str]) -> list[str]:
    """Those of which nobody has measured how long they take."""
    return [name for name in names if name not in SECONDS]


def in_words(seconds: float) -> str:
    """As about 12 minutes."""
    if seconds < 90:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} minutes" if seconds < 5400 else f"about {seconds / 3600:.1f} hours"
