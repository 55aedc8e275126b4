"""What the files of the claims cost: seconds on one core of a 2.45 GHz AMD EPYC, at full length and reduced.

Measured by `make reproduce RANKS=1`, which prints them; a file without an entry counts as nothing, and is told.
"""

from __future__ import annotations

from collections.abc import Iterable

SECONDS: dict[str, tuple[float, float]] = {
    "fig2_noninteracting": (1.5, 1.1), "fig2_ising": (4, 1.5), "fig2_elastic": (2, 1.3), "fig2_elastic_warm": (2, 1.4),
    **{f"fig3_bulk_{c}": (20, 3) for c in ("0.05", "1_6", "1_3", "1_2", "2_3", "5_6", "0.95")},
    "fig3_721": (6, 2),
    "free_compositions": (60, 7),
    **{f"free_{start}_{edge}": cost for start in ("random", "apart")
       for edge, cost in ((8, (10, 1)), (12, (20, 1)), (16, (15, 1.1)), (24, (15, 1.5)), (40, (60, 3.3)))},
    **{f"fig4_{n}": (20, 1.2 + 0.35 * n) for n in range(9)},
    **{f"apart_{n}": (20, 1.2 + 0.45 * n) for n in range(9)},
    **{f"fig5_{n}": cost for n, cost in ((169, (25, 1.1)), (271, (35, 1.2)), (397, (50, 1.5)), (721, (110, 3)), (1657, (600, 12)))},
    **{f"ladder_{n}": cost for n, cost in (("169", (40, 1.1)), ("271", (60, 1.3)), ("397", (100, 1.7)), ("721", (250, 3)),
                                           ("1657", (600, 10)), ("721_2", (100, 3)), ("1657_3", (250, 9)))},
    "exact_169": (1.1, 1), "published_169": (1.1, 1), "published_elastic": (1.5, 1.1), "published_721": (4, 1.5),
    "published_1657": (700, 12),
    **{f"plane_{n}": cost for n, cost in ((8, (2, 1)), (12, (2, 1)), (16, (3, 1)), (20, (6, 1)), (24, (10, 1)), (32, (60, 1)),
                                          (41, (90, 1)))},
    **{f"space_{n}": cost for n, cost in ((10, (3, 1)), (12, (5, 1)), (16, (9, 1)), (20, (25, 1)), (30, (120, 1)), (46, (600, 1)),
                                          (64, (17000, 1)))},
    "fig7_exchange": (4, 1.5), "volume_early": (8, 2), "fig7_1728": (600, 12),
    **{f"rates_{n:+d}": (2.5, 1) for n in (-3, -2, -1, 1, 2, 3)},
    **{f"map_{J}_{kT}": (0.9, 0.7) for J in ("-0.3", "-0.1", "0", "0.1", "0.3", "1") for kT in ("0.1", "0.2", "0.4", "0.8", "1.6")},
    **{f"drive_{dmu}": (3, 1) for dmu in ("-16", "-13", "-11", "-10", "-9.5", "-9", "-8.5", "-8", "-7.5", "-7", "-6")},
    # Of explore.py, but for sizes, which stand above; on a machine that had other work: upper bounds.
    "octahedron": (10, 1), "rod_ends": (60, 1), "rod_all": (7, 1), "rod_long": (16, 1), "rod_cooled": (100, 1),
    "bulk_isotherms": (100, 2), "bulk_order": (700, 2), "cube_load": (50, 1), "cube_unload": (60, 1),
    **{f"cube_loop_{n}": (cost, 2) for n, cost in ((4, 3), (5, 3), (6, 5), (8, 12), (10, 35), (12, 50), (15, 160))},
    **{f"cube_climb_{n}": (cost, 4) for n, cost in ((6, 25), (8, 60), (10, 180), (12, 600))},
    **{f"disc_kT_{kT:g}": (5, 1) for kT in (0.6, 0.9, 1.2, 1.8, 2.4, 3, 3.5, 4)},
    **{f"disc_radius_{radius:g}": (cost, 1) for radius, cost in ((5, 4), (7.1, 5), (14.2, 15), (20, 40))},
    **{f"disc_sweeps_{sweeps}": (cost, 1) for sweeps, cost in ((20, 4), (60, 6), (600, 14), (2000, 36))},
    "disc_in_kT": (3, 1), **{f"disc_climb_{radius:g}": (cost, 1) for radius, cost in ((3.7, 12), (5, 16), (7.1, 32), (10.2, 70))},
}


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
