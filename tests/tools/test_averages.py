"""What the reader makes of a file: averages and their errors, of growing files too."""
import re

import h5py
import numpy as np
import pytest
from harness import make, run
from tooling import change

from nixe.file import File, NixeFileError, average, blocking_error

SAMPLING = "-mc_equilibration 100 -mc_sweeps 2000 -mc_area_every 10 -mc_snapshot_every 500 "
MC = "mc -lattice_edge 4 -shell_layers 1 -ensemble_size 3 -model_kT 0.5 " + SAMPLING
KMC = "kmc -lattice_edge 4 -ensemble_size 3 -kmc_time_count 33 "


@pytest.fixture(scope="module")
def mc_file(folder):
    return make(folder / "mc.h5", MC + "-shell_stiffness 1,3")


@pytest.fixture(scope="module")
def kmc_file(folder):
    return make(folder / "kmc.h5", KMC)


def squared_errors(series):
    """[(b, squared error from blocks of b values)], all the way to 16 blocks."""
    found, length = [], 1
    while length == 1 or len(series) // length >= 16:
        blocks = [np.mean(series[i:i + length])
                  for i in range(0, len(series) // length * length, length)]
        found.append((length, np.var(blocks, ddof=1) / len(blocks)))
        length *= 2
    return found


def simple_error(series):
    """The rule in the words of series.h."""
    errors = squared_errors(series)
    first = errors[0][1]
    for k, (length, error) in enumerate(errors):
        if k and length**3 > 2 * len(series) * (error / first)**2:
            return np.sqrt(max(e for _, e in errors[:k + 1]))
    return np.sqrt(max(e for _, e in errors))


def simple_average(replicas):
    means = [np.mean(r) for r in replicas]
    within = np.sqrt(np.sum([simple_error(r)**2 for r in replicas])) / len(replicas)
    between = np.std(means, ddof=1) / np.sqrt(len(replicas)) if len(replicas) > 1 else 0
    return np.mean(means), max(within, between)


def test_averages(mc_file):
    """Every average and error of a file against simple numpy."""
    with h5py.File(mc_file, "r") as file, File(mc_file, command="mc") as results:
        f, mean, rms = (file[f"mc/{name}"][()] for name in ("f", "area_mean", "area_rms"))
        f_u = f[..., 0] + f[..., 4]
        assert list(results.shell_stiffness) == [1, 3] and list(results.kT) == [0.5, 0.5]
        got = results.mean_and_error("f")
        assert got[0].shape == got[1].shape == (2, 5)
        for q in range(2):
            for phase in range(5):
                expected = simple_average(f[q, ..., phase])
                assert (got[0][q, phase], got[1][q, phase]) == pytest.approx(expected, rel=1e-9)
            deviation = (f_u[q] - f_u[q].mean())**2
            square = rms[q]**2 + (mean[q] - mean[q].mean())**2
            area, area_error = simple_average(square)
            for measured, expected in (
                    (results.unstructured(), simple_average(f_u[q])),
                    (results.unstructured_variance(), simple_average(deviation)),
                    (results.mean_and_error("area_mean"), simple_average(mean[q])),
                    (results.area_deviation(), (area**0.5, area_error / 2 / area**0.5))):
                assert (measured[0][q], measured[1][q]) == pytest.approx(expected, rel=1e-9)
            assert results.unstructured_variance()[0][q] == pytest.approx(f_u[q].var(), rel=1e-9)
            assert results.area_deviation()[0][q]**2 == pytest.approx(
                (rms[q]**2).mean() + mean[q].var(), rel=1e-9)
            for p, stored in enumerate(results.replicas("snapshot/sigma", q)):
                assert np.array_equal(stored, file["mc/snapshot/sigma"][q, p])


def test_errors_of_the_program(tmp_path):
    """The summary of a run with one replica says the same."""
    path = tmp_path / "one.h5"
    said = run(f"{MC} -ensemble_size 1 -output_file {path}").stdout
    number = r"([-+.\de]+)\(([-+.\de]+)\)"
    with File(path) as results:
        f = results.mean_and_error("f")
        expected = {"U1": (f[0][0, 0], f[1][0, 0]), "S2": (f[0][0, 3], f[1][0, 3]),
                    "f_U": [x[0] for x in results.unstructured()],
                    r"var\(f_U\)": [x[0] for x in results.unstructured_variance()],
                    "rms dA": [x[0] for x in results.area_deviation()]}
    for name, (mean, error) in expected.items():
        found = re.search(rf"{name} {number}", said)
        assert found, (name, said)
        assert float(found[1]) == pytest.approx(mean, rel=1e-3, abs=6e-5), name
        assert float(found[2]) == pytest.approx(error, rel=0.05, abs=6e-5), name


def test_error_of_known_series():
    """White noise; noise with a memory of 20 values; no noise; replicas apart from one another."""
    rng = np.random.default_rng(1)
    noise = rng.normal(size=50000)
    assert blocking_error(noise) == pytest.approx(50000**-0.5, rel=0.1)
    slow = [0.0]
    for x in noise:
        slow.append(0.9 * slow[-1] + x)
    assert blocking_error(np.array(slow)) == pytest.approx(10 * 50000**-0.5, rel=0.15)
    assert blocking_error(np.ones(100)) == 0
    mean, error = average([np.zeros(100), np.ones(50), np.full(7, 2.0)])
    assert (mean, error) == pytest.approx((1, 3**-0.5))


def test_growing_file(mc_file, tmp_path):
    """Records up to sweeps_done count, and only those; a state without any has no averages."""
    done = [[1100, 103, 2100], [50, 100, 102]]
    path = change(mc_file, tmp_path / "grows.h5", mc__sweeps_done=done)
    with h5py.File(path, "r") as file, File(path) as results:
        assert [len(r) for r in results.replicas("f", 0)] == [1000, 3, 2000]
        assert [len(r) for r in results.replicas("area_rms", 0)] == [100, 0, 200]
        assert [len(r) for r in results.replicas("snapshot/sigma", 0)] == [2, 0, 4]
        f = file["mc/f"][0]
        mean, error = results.mean_and_error("f")
        assert mean[0] == pytest.approx((f[0, :1000].mean(axis=0) + f[2].mean(axis=0)) / 2)
        assert np.isnan(mean[1]).all() and np.isnan(error[1]).all()


def test_files_of_other_commands(tmp_path, mc_file, kmc_file):
    """Arrays by their path, and refusals."""
    small = "-lattice_edge 3 -shell_layers 1 "
    with File(make(tmp_path / "v.h5", "potential " + small), command="potential") as v:
        assert v["/potential/V"].shape == (1, 37, 37)
        assert v.layer.max() == 1 and v.averaged.sum() == 7
    with File(make(tmp_path / "s.h5", "spectrum " + small), command="spectrum") as s:
        assert np.all(np.diff(s["/spectrum/V/eigenvalue"]) > -1e-9)
        with pytest.raises(NixeFileError, match="no dataset /mc/f"):
            s.replicas("f", 0)
    with File(kmc_file) as exchange:
        mean, error = exchange.mean_and_error("f")
        assert mean == pytest.approx(exchange["/kmc/f"].mean(axis=0))
        assert error == pytest.approx(exchange["/kmc/f"].std(axis=0, ddof=1) / 3**0.5)
