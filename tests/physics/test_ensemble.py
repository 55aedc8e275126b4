"""The 2D elastic model of the paper against two independent programs."""
import numpy as np
from harness import datasets, make


def ensemble(path, edge, size, differences="exact"):
    """Elastic default parameters: kT 0.2, dmu -20, epsilon 1, J 0, all A to all B."""
    return datasets(make(path, f"kmc -lattice_edge {edge} -ensemble_size {size} "
                         f"-model_differences {differences} "
                         "-kmc_time_count 5 -kmc_snapshots 2", ranks=2))


def check(sample, mean, error):
    """Within 5 joint standard errors: a chance of 6e-7 to fail, were the seed not fixed."""
    joint = np.hypot(error, sample.std(ddof=1) / np.sqrt(len(sample)))
    assert abs(sample.mean() - mean) < 5 * joint, (sample.mean(), mean, joint)


def test_completion_169(tmp_path):
    """Mean completion time of 169 sites: 16.414(16); the spread of one trajectory is 3.6."""
    time = ensemble(tmp_path / "k.h5", 8, 5000)["/kmc/completion_time"]
    check(time, 16.414, 0.016)
    assert abs(time.std() - 3.6) < 0.3


def test_completion_169_published(tmp_path):
    """The same with the published program's differences: 11.698(12), spread 2.7."""
    time = ensemble(tmp_path / "k.h5", 8, 5000, "published")["/kmc/completion_time"]
    check(time, 11.698, 0.012)
    assert abs(time.std() - 2.7) < 0.25


def test_completion_721(tmp_path):
    """721 sites: mean completion time 190.0(4) and 11733(10) events."""
    d = ensemble(tmp_path / "k.h5", 16, 300)
    check(d["/kmc/completion_time"], 190.0, 0.4)
    check(d["/kmc/events"][:, -1], 11733, 10)
