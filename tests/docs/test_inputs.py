"""What the comments of the files in input/ promise is what comes out. (The bulk's phases: tests/physics/test_bulk.py.)"""
import numpy as np
import pytest
from harness import ROOT, make

from nixe.file import File


def of_input(name, path, more):
    """A run of an input file from the top of the project, as its users call it."""
    return make(path, f"{name.split('_')[0]} -input input/{name}.yaml {more}", cwd=ROOT)


def test_particle_on_a_support(tmp_path):
    """The sites on the support exchange nothing, and hold the last of A; the column start is what a run can begin with."""
    with File(of_input("kmc_from_xyz", tmp_path / "k.h5", "-ensemble_size 20")) as run:
        assert len(run.position) == 319 and run.lattice_type == "fcc"
        z = run.position[:, 2]
        support, top = z < z.min() + 0.1, z > z.max() - 1
        assert np.array_equal(run["/lattice/exchange"][run.surface] == 0, support[run.surface])
        sigma = np.array([run.snapshots(row) for row in range(20)])
        left = (sigma > 0).mean(axis=0)                             # of A: snapshots x sites
        late = np.flatnonzero(left.mean(axis=1) > 0.05)[-1]
        assert left[late, support].mean() > 2 * left[late].mean() and left[late, run.surface & ~support].max() < 0.1
        assert np.all(run.mean_and_error("composition")[0][-1] == 0)
    with File(of_input("kmc_from_xyz", tmp_path / "l.h5", "-ensemble_size 1 -kmc_start lattice -kmc_time_first 0 "
                       "-kmc_time_spacing linear -kmc_time_last 1")) as run:
        assert np.array_equal(run.snapshots(0)[0] < 0, top)


def test_cycle(tmp_path):
    """It fills beyond dmu = 0 and empties below it, wholly, and the second turn is the first again, but for chance."""
    with File(of_input("kmc_cycle", tmp_path / "k.h5", "")) as run:
        (c, error), dmu = run.mean_and_error("composition"), run.drive["dmu"]
        assert len(run.schedule["time"]) == 97 and run.snapshot_time.tolist() == run.time.tolist()
        settings = [slice(k, k + 5) for k in range(0, 485, 5)]                  # what each lasts
        climbs = np.array([dmu[s.stop - 1] > dmu[s.start - 1] if s.start else True for s in settings])
        end, value = (np.array([x[s][-1] for s in settings]) for x in (c, dmu))
        for up, middle in ((True, (5, 11)), (False, (-11, -5))):
            half = value[climbs == up][(end[climbs == up] > 0.3) & (end[climbs == up] < 0.7)]
            assert len(half) > 1 and middle[0] <= half.min() and half.max() <= middle[1]
        assert end[value == 12].min() > 0.97 and end[value == -12].max() < 0.03
        for k in range(60, 241):                # from dmu = 0 on; six errors, and two sites
            assert abs(c[k] - c[k + 240]) < 6 * np.hypot(error[k], error[k + 240]) + 2 / len(run.position), k


@pytest.mark.parametrize("name, size, alpha, events", [
    ("kmc_hcp_rod", 10, (-0.25, -0.15), (900, 1_150)),
    ("kmc_hcp_rod_ends", 1, (0.83, 0.9), (1e6, 4e6)),
])
def test_rods(name, size, alpha, events, tmp_path):
    """Everywhere: the last of A keep apart. At the ends: a front, and a long way."""
    with File(of_input(name, tmp_path / "k.h5", f"-ensemble_size {size}")) as run:
        assert len(run.position) == 621
        order = run.short_range_order(run.trajectories("snapshot/sigma"))[..., 0]
        c = (run.trajectories("snapshot/sigma") > 0).mean(axis=-1)
        extreme = order[(c > 0.005) & (c < 0.03)].mean() if alpha[0] < 0 else np.nanmax(order)
        assert alpha[0] < extreme < alpha[1]
        assert events[0] < run.trajectories("events")[:, -1].mean() < events[1]
        assert np.all(run.trajectories("composition")[:, -1] == 0)
