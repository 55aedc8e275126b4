"""Files that say otherwise turn the verdicts on Figs. 5, 6(a,b) and 7, on what exchange depends on, and on the published program."""
import numpy as np
import pytest

U1, S1, S2, U2 = 0, 1, 3, 4  # along the axis of phases


def backwards(rows):
    """The other way in time."""
    return rows[:, ::-1]


def scaled(factor):
    return lambda old: old * factor


def half_and_half(sigma):
    """A on one side, B on the other, in every configuration."""
    ions = np.ones(sigma.shape, dtype=np.int8)
    ions[..., sigma.shape[-1] // 2:] = -1
    return ions


def without_u(f):
    """Sites of U1 and U2 are unclassified."""
    f = f.copy()
    f[..., 2] += f[..., U1] + f[..., U2]
    f[..., [U1, U2]] = 0
    return f


def patterns_for_u(f):
    """U is S, and S is U."""
    return f[..., [S1, U1, 2, U2, S2]]


def patterns_backwards(f):
    """S1 and S2 from state to state as they are the other way."""
    f = f.copy()
    f[..., [S1, S2]] = f[::-1][..., [S1, S2]]
    return f


def one_hump(f):
    """f_U with a single maximum, of 1, 2, 3, 2, 1 hundredths in turn."""
    f = np.zeros_like(f)
    f[..., U2] = 0.2 + 0.01 * np.resize([1, 2, 3, 2], f.shape[2])
    return f


@pytest.mark.parametrize("key, name, datasets", [
    ("6a-shell", "fig3_721", {"kmc__snapshot__sigma": np.negative}),
    ("6b-decay", "fig3_721", {"kmc__area_rms": backwards}),
    ("7a-columns", "fig7_exchange", {"kmc__snapshot__sigma": half_and_half}),
    ("7b-course", "volume_early", {"kmc__f": backwards}),
    ("7c-vanish", "fig7_1728", {"mc__f": without_u}),
    ("7c-columns", "fig7_1728", {"mc__snapshot__sigma": half_and_half}),
    ("5a-fall", "ladder_1657", {"mc__f": lambda f: f[::-1]}),
    ("5a-protocol", "fig5_1657", {"mc__f": patterns_backwards}),
    ("5b-higher", "ladder_397", {"mc__f": scaled(0.1)}),
    ("5b-order", ("ladder_721", "ladder_1657"), {"mc__f": one_hump}),
    ("rates", "rates_+3", {"kmc__f": scaled(0.3)}),
    ("both", "map_0.3_0.2", {"kmc__f": without_u}),
    ("weak", "drive_-6", {"kmc__f": patterns_for_u}),
    ("published-169", "exact_169", {"kmc__completion_time": scaled(0.5)}),
])
def test_falsified(key, name, datasets, falsified):
    assert falsified(key, name, **datasets)
