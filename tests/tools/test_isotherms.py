"""Isotherms and the phase diagram of the bulk, where mean field knows what they are."""
import numpy as np
import pytest
from harness import make

from nixe.file import File
from nixe.isotherms import Isotherm, MeanField, Order, find_isotherms

FIELD = MeanField(3.654, 3.0)


@pytest.fixture(scope="module")
def bulk(folder):
    box = "-lattice_type triangular -lattice_shape box -lattice_cells 12,12 -lattice_periodic 1,2"
    with File(make(folder / "v.h5", f"potential {box}")) as run:
        yield run


def isotherm(kT, error=0.01):
    """That of mean field, at many compositions."""
    c = np.concatenate([np.linspace(0.005, 0.1, 12), np.linspace(0.12, 0.88, 39), np.linspace(0.9, 0.995, 12)])
    return Isotherm(kT, c, FIELD.dmu(c, kT), np.full(len(c), error))


def test_mean_field_of_the_bulk(bulk):
    """V of a site with itself is the mean of all waves; the least is 3, at K, which a box of 12 has."""
    found = MeanField.of(bulk)
    assert found.own == pytest.approx(3.654, abs=0.03) and found.least == pytest.approx(3, abs=1e-9)
    assert found.order == found.own - found.least and found.critical == found.own
    assert found.ordering(0.5) == found.order and found.ordering(np.array([0.1, 0.9])) == pytest.approx(0.36 * found.order)


@pytest.mark.parametrize("kT", [1.5, 2.5, 3.2])
def test_lines_of_the_dome(kT):
    """What an isotherm tells is what mean field says of it."""
    each = isotherm(kT)
    assert FIELD.dmu(FIELD.binodal(kT), kT) == pytest.approx(0, abs=1e-9)
    assert each.binodal()[0] == pytest.approx(FIELD.binodal(kT), abs=0.004)
    assert each.spinodal()[0] == pytest.approx(FIELD.spinodal(kT), abs=0.012) and 0 < each.spinodal()[1] < 0.05
    assert each.limit()[0] == pytest.approx(float(FIELD.dmu(FIELD.spinodal(kT), kT)), abs=0.01)


def test_above_the_dome():
    assert FIELD.binodal(4) == FIELD.spinodal(4) == 0.5
    assert np.isnan(isotherm(4.2).binodal()).all() and np.isnan(isotherm(4.2).spinodal()).all()


def test_errors_of_the_spinodal():
    """As many noisy isotherms scatter as their errors say."""
    random, clean = np.random.default_rng(1), isotherm(2.5, 0.05)
    noisy = [Isotherm(2.5, clean.c, clean.dmu + 0.05 * random.normal(size=len(clean.c)), clean.error) for _ in range(200)]
    value, error = np.array([each.spinodal() for each in noisy]).T
    known = np.isfinite(value)
    assert known.mean() > 0.95 and 0.6 < value[known].std() / error[known].mean() < 2


def test_umbrellas_hold_it(folder):
    """Ions that feel nothing: dmu is that of ions at random."""
    path = make(folder / "free.h5", "mc -lattice_edge 5 -model_epsilon 0 -model_kT 1,2 -mc_move flip -mc_umbrella_stiffness 30 "
                "-mc_umbrella_center 0.2,0.4,0.6,0.8 -ensemble_size 2 -mc_equilibration 100 -mc_sweeps 4000")
    with File(path) as run:
        found = find_isotherms(run)
    assert [each.kT for each in found] == [1, 2]
    for each in found:
        wanted = MeanField(0, 0).dmu(each.c, each.kT)
        assert np.abs(each.dmu - wanted).max() < 5 * each.error.max() + 0.08  # of 61 sites


def test_order(folder):
    """States are put where their composition and temperature are; half of the order is left where it says."""
    path = make(folder / "order.h5", "mc -lattice_type triangular -lattice_shape box -lattice_cells 9,9 -lattice_periodic 1,2 "
                "-mc_composition 0.3333333,0.6666667 -model_kT 0.2,0.3,0.4,0.6,2 -mc_replica_exchange_every 1 "
                "-mc_sampler informed -ensemble_size 3 -mc_equilibration 200 -mc_sweeps 400")
    with File(path) as run:
        order = Order.of(run)
        assert order.c == pytest.approx([1 / 3, 2 / 3]) and order.kT == pytest.approx([0.2, 0.3, 0.4, 0.6, 2])
        assert order.ordered("S1")[1, 0] > 0.8 > 0.2 > order.ordered("S1")[0, 0] and order.ordered("S1", "S2")[:, -1].max() < 0.4
        for number in range(2):
            kT, error = order.melting(number)
            assert 0.3 < kT < 0.6 and 0 <= error < 0.1
