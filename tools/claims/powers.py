"""The exponents of powers that values follow, with their errors; of barriers, too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from claims.claim import Finding
from claims.spread import Found
from nixe.transitions import Barriers


def exponent(x: Sequence[float], values: Sequence[Found]) -> Found:
    """Of the power of x that fits values best, by their errors; its own error is the larger one of what these make of it and
    of what the scatter around the power says. Values that are not positive or not told are left out; NaN of fewer than three."""
    told = [(place, value, error) for place, (value, error) in zip(x, values) if value > 0 and np.isfinite(error) and error > 0]
    if len(told) < 3:
        return np.nan, np.nan
    place, value, error = np.array(told).T
    weight = (value / error) ** 2
    t, y = np.log(place), np.log(value)
    t = t - np.average(t, weights=weight)
    slope = float((weight * t * y).sum() / (weight * t**2).sum())
    rest = y - np.average(y, weights=weight) - slope * t
    scatter = max(1.0, float((weight * rest**2).sum()) / (len(told) - 2))
    return slope, float((scatter / (weight * t**2).sum()) ** 0.5)


def by_size(barriers: Sequence[Barriers], power: float, limit: float) -> list[Finding]:
    """Barriers of crystals of several sizes, the power of N that they follow, from 0.9 to `power`, and the Δμ, up to `limit`, at
    which the largest crystal has none left."""
    heights, sites = [barrier.height for barrier in barriers], [barrier.sites for barrier in barriers]
    return [*(Finding.of(f"barrier, {count:,} sites", *height, unit="kT") for count, height in zip(sites, heights)),
            Finding.of("power of N that it follows", *exponent(sites, heights), least=0.9, most=power),
            Finding.of(f"Δμ at which none is left, {sites[-1]:,} sites", *barriers[-1].limit, least=0, most=limit)]
