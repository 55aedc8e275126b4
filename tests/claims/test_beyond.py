"""Files that say otherwise turn the verdicts on what lies beyond the paper."""
import numpy as np
import pytest

U1 = 0  # along the axis of phases


def scaled(factor):
    return lambda old: old * factor


def shuffled(sigma):
    """The same ions in any places."""
    return np.random.default_rng(1).permuted(sigma, axis=-1)


def parted(sigma):
    """B on one side, A on the other, in every configuration."""
    return np.sort(sigma, axis=-1)


def faster(rows):
    """As if all happened in half the time."""
    return rows[:, np.minimum(np.arange(rows.shape[1]) * 2, rows.shape[1] - 1)]


def gathered(sigma):
    """The A of each configuration of a cube in its middle."""
    edge = round(sigma.shape[-1] ** (1 / 3))
    place = np.indices((edge,) * 3).reshape(3, -1) - (edge - 1) / 2
    found = np.empty_like(sigma)
    found[..., (place**2).sum(axis=0).argsort()] = np.sort(sigma, axis=-1)[..., ::-1]
    return found


def backwards(states):
    """The other way from state to state."""
    return states[::-1]


def late(states, by=6):
    """A branch of a loop that turns later."""
    return np.concatenate([np.repeat(states[:1], by, axis=0), states[:-by]])


def wider(states):
    """A loop both of whose branches turn later."""
    half = len(states) // 2
    return np.concatenate([late(states[:half]), late(states[half:])])


def askew(states):
    """A loop one of whose branches turns later."""
    half = len(states) // 2
    return np.concatenate([late(states[:half]), states[half:]])


def unmelted(f):
    """Compositions x temperatures: all but the highest temperature have the order of the lowest."""
    each = f.reshape(3, 6, *f.shape[1:]).copy()
    each[:, 1:-1] = each[:, :1]
    return each.reshape(f.shape)


def with_u1(f):
    """Half of the sites are U1."""
    return np.where(np.arange(f.shape[-1]) == U1, f + 0.5, f)


def of_no_size(times):
    """About the same time for every crystal."""
    return 50 + 0.01 * (times - times.mean())


@pytest.mark.parametrize("key, name, datasets", [
    ("octahedron-sheets", "octahedron", {"kmc__snapshot__sigma": parted}),
    ("rod-ends", "rod_ends", {"kmc__snapshot__sigma": shuffled}),
    ("rod-all-over", "rod_all", {"kmc__snapshot__sigma": parted}),
    ("rod-times", "rod_ends", {"kmc__completion_time": scaled(1e-9)}),
    ("rod-cooled", "rod_cooled", {"mc__snapshot__sigma": shuffled}),
    ("rod-bands", "rod_long", {"potential__V": np.negative}),
    ("hydride-mirror", "cube_load", {"kmc__composition": faster}),
    ("hydride-places", "cube_load", {"kmc__snapshot__sigma": gathered}),
    ("hydride-loop", "cube_loop_15", {"mc__composition": backwards}),
    ("hydride-widths", "cube_loop_4", {"mc__composition": lambda c: wider(wider(c))}),
    ("bulk-V", "bulk_isotherms", {"potential__row": scaled(2)}),
    ("bulk-binodal", "bulk_isotherms", {"mc__composition": scaled(0.9)}),
    ("bulk-spinodal", "bulk_isotherms", {"mc__composition": scaled(0.9)}),
    ("bulk-limit", "bulk_isotherms", {"mc__composition": scaled(0.9)}),
    ("bulk-symmetry", "bulk_isotherms", {"mc__composition": scaled(0.9)}),
    ("bulk-melting", "bulk_order", {"mc__f": unmelted}),
    ("bulk-mixture", "bulk_order", {"mc__f": with_u1}),
    ("spin-warmth", "disc_kT_4", {"mc__composition": wider}),
    ("spin-mirror", "disc_kT_1.2", {"mc__composition": askew}),
    ("spin-size", "disc_radius_5", {"mc__composition": lambda c: wider(wider(c))}),
    ("spin-kT", "disc_in_kT", {"mc__composition": backwards}),
    ("sizes-plane", ("plane_12", "plane_32", "plane_16", "plane_41"), {"kmc__completion_time": of_no_size}),
])
def test_falsified(key, name, datasets, falsified):
    assert falsified(key, name, **datasets)
