"""Bands across a rod and sheets in a crystal, of configurations in which they are known."""
import numpy as np
import pytest
from harness import make

from nixe.bands import Bands, Planes, RodCourse, beyond_depth, scattering_along
from nixe.file import File

ROD = "-lattice_type hcp -lattice_shape rod -lattice_radius 1.6 -lattice_length 8"


@pytest.fixture(scope="module")
def rod(folder):
    with File(make(folder / "rod.h5", f"potential {ROD}")) as run:
        yield run


def striped(run, planes):
    """A and B by turns, of so many planes each."""
    return np.where(Planes(run).plane // planes % 2, 1, -1)


@pytest.mark.parametrize("planes", [2, 3, 5])
def test_whole_bands(rod, planes):
    """Every plane is pure: the banding is that of the sites of a plane, and borders are counted one by one."""
    parts, sigma = Planes(rod), striped(rod, planes)
    assert parts.borders(sigma) == (len(parts.z) - 1) // planes
    assert parts.banding(sigma) > 0.6 * parts.sites.mean()
    assert np.array_equal(np.unique(parts.composition(sigma)), [0, 1])


def test_chance(rod):
    """Of ions at random the banding is 1 in the mean, whatever their number; of one kind there is none."""
    random, parts = np.random.default_rng(3), Planes(rod)
    sites = len(rod.position)
    for share in (0.2, 0.5):
        ions = np.where(np.arange(sites) < share * sites, 1, -1)
        values = parts.banding(np.array([random.permutation(ions) for _ in range(4000)]))
        assert values.mean() == pytest.approx(1, abs=0.02)
    assert np.isnan(parts.banding(np.ones(sites)))


def test_energies(rod):
    """Of bands as of any configuration, half sigma V sigma; none of a uniform rod."""
    bands, v = Bands.of(rod), rod.potential(0)
    for planes in (2, 4):
        sigma = striped(rod, planes)
        assert bands.energy(np.arange(len(bands.planes.z)) // planes % 2 == 0) == pytest.approx(sigma @ v @ sigma / 2)
    assert bands.energy(np.ones(len(bands.planes.z))) == pytest.approx(0, abs=1e-8)
    assert bands.alone([0, 3]) == pytest.approx([0, bands.energy(bands.middle(3))])
    assert bands.striped(2).sum() == pytest.approx(bands.janus().sum(), abs=1)
    assert np.array_equal(bands.striped(2), bands.striped(2)[::-1])
    gap, = bands.interaction(2, [1])
    first = (len(bands.planes.z) - 5) // 2
    one, other = bands.band(first, 2), bands.band(first + 3, 2)
    assert gap == pytest.approx(bands.energy(one | other) - bands.energy(one) - bands.energy(other))


def test_course(folder):
    """Of trajectories through the ends of a rod: rows x snapshots, and the snapshot of a composition."""
    path = make(folder / "ends.h5", f"kmc {ROD} -exchange_faces side:0 -model_kT 0.6 -model_dmu -40 -ensemble_size 3 "
                "-kmc_time_last 1e7 -kmc_snapshots 100")
    with File(path) as run:
        course = RodCourse(run)
        rows, snapshots = course.at(0.5)
        assert course.banding.shape == course.borders.shape == course.composition.shape == (3, 100)
        assert np.abs(course.composition[rows, snapshots] - 0.5).max() < 0.2
        assert np.isnan(course.banding[:, -1]).all() and np.isfinite(course.banding[rows, snapshots]).all()


def test_sheets(folder):
    """{100} sheets of A and B by turns scatter at the end of one <100> only."""
    with File(make(folder / "fcc.h5", "potential -lattice_type fcc -lattice_shape sphere -lattice_radius 3.1")) as run:
        sheet = np.round(run.position[:, 2] * 2**0.5).astype(int)
        sigma = beyond_depth(run, np.where(sheet % 2, 1, -1))
        assert max(abs(sigma[run.depth == depth].mean()) for depth in range(run.depth.max() + 1)) < 1e-12
        found = scattering_along(run, sigma, "100")
        assert found.shape == (3, 56) and found[2].argmax() == 55 and found[2, -1] == pytest.approx(len(sheet), rel=0.1)
        assert found[:2].max() < 0.1 * found[2].max() > scattering_along(run, sigma, "111").max() / 2
