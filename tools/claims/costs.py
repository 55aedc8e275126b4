"""What the files of the claims cost: seconds on one core of a 2.45 GHz AMD EPYC, at full length and reduced.

As `make reproduce` prints them, times its ranks; a file without an entry counts as nothing, and is told.
"""

from __future__ import annotations

from collections.abc import Iterable

SECONDS: dict[str, tuple[float, float]] = {
    "fig2_noninteracting": (1.2, 0.5), "fig2_ising": (1.4, 0.5), "fig2_elastic": (1, 0.4), "fig2_elastic_warm": (1.2, 0.4),
    "fig3_bulk_0.05": (2.8, 0.8), "fig3_bulk_1_6": (2.2, 0.8), "fig3_bulk_1_3": (1.2, 0.4), "fig3_bulk_1_2": (2.2, 0.8),
    "fig3_bulk_2_3": (1, 0.4), "fig3_bulk_5_6": (2.2, 0.8), "fig3_bulk_0.95": (2.2, 0.8), "fig3_721": (1.8, 0.5),
    "free_compositions": (9, 0.8), "free_random_8": (1, 0.4), "free_random_12": (1.2, 0.4), "free_random_16": (1.6, 0.4),
    "free_random_24": (3.4, 0.5), "free_random_40": (15, 2.2), "free_apart_8": (1.2, 0.5), "free_apart_12": (1.4, 0.6),
    "free_apart_16": (1.6, 0.6), "free_apart_24": (3.4, 0.7), "free_apart_40": (14, 1.2), "fig4_0": (13, 0.6),
    "fig4_1": (14, 0.7), "fig4_2": (15, 0.6), "fig4_3": (19, 0.9), "fig4_4": (19, 0.8), "fig4_5": (19, 1), "fig4_6": (19, 1.2),
    "fig4_7": (20, 1.3), "fig4_8": (21, 1.4), "apart_0": (17, 0.6), "apart_1": (14, 0.6), "apart_2": (17, 0.7),
    "apart_3": (13, 0.7), "apart_4": (13, 0.8), "apart_5": (14, 0.9), "apart_6": (14, 1.1), "apart_7": (15, 1.2),
    "apart_8": (15, 1.2), "ladder_1657": (350, 9.6), "fig5_1657": (402, 1.2), "ladder_169": (13, 0.5), "ladder_271": (19, 0.6),
    "ladder_397": (25, 0.8), "ladder_721": (135, 2), "ladder_721_2": (23, 1.4), "ladder_1657_3": (51, 7.1), "fig5_169": (40, 0.5),
    "fig5_271": (64, 0.5), "fig5_397": (90, 0.6), "fig5_721": (155, 0.8), "volume_early": (2.8, 0.8), "fig7_exchange": (2.4, 0.8),
    "fig7_1728": (583, 2.8), "rates_-3": (1.6, 0.6), "rates_-2": (1.6, 0.5), "rates_-1": (1.6, 0.6), "rates_+1": (1.6, 0.6),
    "rates_+2": (1.6, 0.5), "rates_+3": (1.6, 0.5), "map_-0.3_0.1": (0.8, 0.4), "map_-0.3_0.2": (0.8, 0.4),
    "map_-0.3_0.4": (0.8, 0.4), "map_-0.3_0.8": (0.8, 0.4), "map_-0.3_1.6": (0.8, 0.4), "map_-0.1_0.1": (0.8, 0.4),
    "map_-0.1_0.2": (0.8, 0.4), "map_-0.1_0.4": (0.8, 0.4), "map_-0.1_0.8": (0.8, 0.4), "map_-0.1_1.6": (0.8, 0.4),
    "map_0_0.1": (0.8, 0.4), "map_0_0.2": (0.8, 0.4), "map_0_0.4": (0.8, 0.4), "map_0_0.8": (0.8, 0.4), "map_0_1.6": (0.8, 0.4),
    "map_0.1_0.1": (0.8, 0.4), "map_0.1_0.2": (0.8, 0.4), "map_0.1_0.4": (0.8, 0.4), "map_0.1_0.8": (0.8, 0.4),
    "map_0.1_1.6": (0.8, 0.4), "map_0.3_0.1": (0.8, 0.4), "map_0.3_0.2": (0.8, 0.4), "map_0.3_0.4": (0.8, 0.4),
    "map_0.3_0.8": (0.8, 0.4), "map_0.3_1.6": (0.8, 0.4), "map_1_0.1": (0.8, 0.4), "map_1_0.2": (0.8, 0.4),
    "map_1_0.4": (0.8, 0.4), "map_1_0.8": (1, 0.4), "map_1_1.6": (0.8, 0.4), "drive_-16": (1.2, 0.5), "drive_-13": (1.2, 0.5),
    "drive_-11": (1.4, 0.5), "drive_-10": (1.4, 0.5), "drive_-9.5": (1.6, 0.5), "drive_-9": (1.8, 0.5), "drive_-8.5": (2.2, 0.5),
    "drive_-8": (3, 0.6), "drive_-7.5": (4, 0.6), "drive_-7": (5.6, 0.7), "drive_-6": (11, 1.1), "exact_169": (0.8, 0.4),
    "published_169": (0.8, 0.5), "published_elastic": (1, 0.5), "published_721": (4.2, 1.2), "published_1657": (45, 1.3),
    # Of explore.py, on one core of a machine that had other work: upper bounds.
    "octahedron": (10, 0.5), "rod_ends": (60, 0.4), "rod_all": (7, 0.4), "rod_long": (16, 0.4), "rod_cooled": (100, 0.4),
    "cube_load": (13, 0.5), "cube_unload": (14, 0.4), "cube_loop_4": (1, 0.5), "cube_loop_5": (1.2, 0.4),
    "cube_loop_6": (1.8, 0.5), "cube_loop_8": (2.8, 0.5), "cube_loop_10": (5.8, 0.5), "cube_loop_12": (16, 0.5),
    "cube_loop_15": (51, 0.6), "cube_climb_6": (6.6, 1.3), "cube_climb_8": (14, 1.7), "cube_climb_10": (41, 2.3),
    "cube_climb_12": (145, 3.3), "bulk_isotherms": (60, 1.5), "bulk_order": (258, 0.6), "disc_kT_0.6": (2.4, 0.4),
    "disc_kT_0.9": (2.6, 0.4), "disc_kT_1.2": (2.7, 0.4), "disc_kT_1.8": (3, 0.4), "disc_kT_2.4": (3.4, 0.5),
    "disc_kT_3": (4.1, 0.5), "disc_kT_3.5": (4.7, 0.5), "disc_kT_4": (5.2, 0.5), "disc_radius_5": (1.5, 0.5),
    "disc_radius_7.1": (1.9, 0.5), "disc_radius_14.2": (5.7, 0.5), "disc_radius_20": (13, 0.6), "disc_sweeps_20": (1.6, 0.4),
    "disc_sweeps_60": (1.9, 0.4), "disc_sweeps_600": (5.1, 0.5), "disc_sweeps_2000": (14, 0.6), "disc_in_kT": (1.3, 0.4),
    "disc_climb_3.7": (4.2, 0.5), "disc_climb_5": (5.5, 0.5), "disc_climb_7.1": (9.2, 0.5), "disc_climb_10.2": (17, 0.6),
    "plane_8": (1.9, 0.4), "plane_12": (3.5, 0.5), "plane_16": (3.6, 0.5), "plane_20": (6.1, 0.5), "plane_24": (8.4, 0.4),
    "plane_32": (42, 0.5), "plane_41": (203, 0.5), "space_10": (2.1, 0.5), "space_12": (4.5, 0.6), "space_16": (12, 0.6),
    "space_20": (42, 0.5), "space_30": (166, 0.5), "space_46": (1049, 0.5), "space_64": (6000, 0.5),
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
        return f"about {max(seconds, 1):.0f} s"
    return f"about {seconds / 60:.0f} minutes" if seconds < 5400 else f"about {seconds / 3600:.1f} hours"
