"""What the player of a report shows: configurations of some rows of a file, packed for the page.

A site of a configuration is four bits, two sites a byte, the first in the low bits. Bit 3 is 1 for
A and 0 for B; bits 0 to 2 hold the index of its phase along the phase axis, or CORE or SHELL where
it has none.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import numpy as np

from nixe.cells import cell_corners
from nixe.draw import heights
from nixe.file import ORDER, File
from nixe.numbers import state_text

CORE, SHELL = 5, 6  # sites without a phase
ROWS = 10  # trajectories, or replicas of a state, at most
BYTES = 800_000  # of packed configurations in all, about
POINTS = 200  # of a curve of f, at most
ALL_POINTS = 10_000  # of all curves together


@dataclass(frozen=True)
class Row:
    """A trajectory, or a replica in a state: snapshots x sites, and curve points x phases."""

    group: str
    label: str
    sigma: np.ndarray
    f: np.ndarray


def player(run: File) -> dict[str, Any] | None:
    """The content of the player, for JSON; None if a file has no configurations."""
    reader = {"kmc": read_exchange, "mc": read_equilibrium}.get(run.kind)
    rows, at, curve_at = reader(run) if reader else ([], None, None)
    if not rows:
        return None
    packed = [pack(run, row.sigma) for row in rows]
    exchange = reader is read_exchange
    return {
        "axis": "time" if exchange else "sweep",
        "logarithmic": bool(exchange and curve_at[0] > 0
                            and run.options["kmc_time_spacing"] == "log"),
        "phases": run.phases,
        "shown": run.possible_phases if run.averaged.any() else [],
        "dimensions": run.position.shape[1],
        "outline": cell_corners(run.lattice_type).round(5).tolist(),
        "height": heights(run).tolist(),
        "view": "phases" if run.has_plaquettes and run.averaged.any() else "ions",
        "first": most_mixed(rows[0].sigma),
        "position": text(run.position.astype("<f4")),
        "at": at.tolist(),
        "curveAt": curve_at.tolist(),
        "rows": [{"group": row.group, "label": row.label, "count": len(row.sigma),
                  "cells": text(cells), "curve": text(row.f.astype("<f4"))}
                 for row, cells in zip(rows, packed)],
    }


def text(values: np.ndarray) -> str:
    """The bytes of an array as base64."""
    return b64encode(values.tobytes()).decode()


def pack(run: File, sigma: np.ndarray) -> np.ndarray:
    """Snapshots x bytes."""
    order, _ = run.plaquette_order(sigma)
    code = np.where(run.layer > 0, SHELL, CORE).astype(np.uint8) * np.ones_like(order, np.uint8)
    for index, value in enumerate(ORDER):
        code[run.averaged & (order == value)] = index
    code |= (sigma > 0).astype(np.uint8) << 3
    if code.shape[-1] % 2:
        code = np.pad(code, ((0, 0), (0, 1)))
    return code[:, ::2] | code[:, 1::2] << 4


def most_mixed(sigma: np.ndarray) -> int:
    """The snapshot whose composition is nearest to half: what the page shows at first."""
    return int(np.abs((sigma > 0).mean(axis=1) - 0.5).argmin())


def thinned(count: int, most: int) -> np.ndarray:
    """Indices of `most` of `count` things at the most, evenly spread, the last among them."""
    return np.unique(np.linspace(count - 1, 0, max(1, min(count, most))).astype(int))


def affordable(run: File, snapshots: int, rows: int) -> np.ndarray:
    """Which snapshots of each row there is room for."""
    return thinned(snapshots, int(BYTES / (rows * len(run.position) / 2)))


def read_exchange(run: File) -> tuple[list[Row], np.ndarray, np.ndarray]:
    """Trajectories, from the first change of any to the last; times of snapshots, of curves."""
    chosen = np.flatnonzero(run.done)[:ROWS]
    sigma = np.array([run.snapshots(row) for row in chosen])
    change = np.flatnonzero(np.any(sigma[:, 1:] != sigma[:, :-1], axis=(0, 2)))
    first, last = (change[0], change[-1] + 1) if len(change) else (0, sigma.shape[1] - 1)
    kept = first + affordable(run, last - first + 1, len(chosen))
    time = run.snapshot_time[kept]
    within = (run.time >= time[0]) & (run.time <= time[-1])
    within = np.flatnonzero(within)[thinned(within.sum(), POINTS)]
    number = run["/trajectory"]
    f = run.trajectories("f")
    rows = [Row("", f"trajectory {number[row]}", sigma[i, kept], f[i, within])
            for i, row in enumerate(chosen)]
    return rows, time, run.time[within]


def read_equilibrium(run: File) -> tuple[list[Row], np.ndarray, np.ndarray]:
    """Replicas of every state that have configurations; sweeps of snapshots, of curves."""
    number = run["/replica"][:ROWS]
    sweep, record = run["/snapshot_sweep"], run["/sweep"]
    count = len(run.kT) * len(number)
    kept = affordable(run, len(sweep), count)
    points = thinned(len(record), min(POINTS, ALL_POINTS // count))
    rows = []
    for state in range(len(run.kT)):
        group = state_text(run, state).replace("{", "").replace("}", "")
        stored = zip(number, run.replicas("snapshot/sigma", state), run.replicas("f", state))
        for replica, sigma, f in stored:
            if np.any(kept < len(sigma)):
                rows.append(Row(group, f"replica {replica}", sigma[kept[kept < len(sigma)]],
                                f[points[points < len(f)]]))
    return rows, sweep[kept], record[points]
