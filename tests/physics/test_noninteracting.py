"""Without interactions the one-site probabilities obey a linear equation of their own."""
import numpy as np
import pytest
from harness import datasets, make
from reference import deviation_bound

TRAJECTORIES = 1000
EXPECTED = [0.845227, 0.771281, 0.600778, 0.163151]       # by an independent program


def one_site_probabilities(position, times, dmu_kT=-10.0):
    """dp_i/dt = [surface] (in (1 - p_i) - out p_i) + sum over neighbours (p_j - p_i), p(0) = 1."""
    distance = np.linalg.norm(position[:, None] - position[None], axis=2)
    adjacent = ((distance > 0) & (distance < 1.01)).astype(float)
    surface = adjacent.sum(axis=1) < 6
    out, into = np.exp(-dmu_kT / 2), np.exp(dmu_kT / 2)
    M = adjacent - np.diag(adjacent.sum(axis=1) + surface * (out + into))
    at_rest = np.linalg.solve(-M, surface * into)
    value, vector = np.linalg.eigh(M)
    start = vector.T @ (1 - at_rest)
    return [at_rest + vector @ (np.exp(value * t) * start) for t in times]


def test_probabilities(tmp_path):
    """N = 271, dmu/kT = -10, swaps and surface exchanges only, at t = 0.01, 0.1, 1, 10.

    Mean compositions lie within 5.5 standard errors (4 comparisons: by chance not in 1.6e-7 of
    all seeds), each site's probability within a bound that chance leaves in 1e-10 of them.
    """
    d = datasets(make(tmp_path / "k.h5", f"kmc -lattice_edge 10 -ensemble_size {TRAJECTORIES} "
                      "-model_epsilon 0 -model_J 0 -model_kT 1 -model_dmu -10 "
                      "-kmc_time_first 0.01 -kmc_time_last 10 -kmc_time_count 4 "
                      "-kmc_snapshots 4 -kmc_stop_composition none", ranks=2))
    exact = one_site_probabilities(d["/lattice/position"], d["/time"])
    assert np.mean(exact, axis=1) == pytest.approx(EXPECTED, abs=1e-6)

    error = d["/kmc/composition"].std(axis=0, ddof=1) / np.sqrt(TRAJECTORIES)
    assert np.all(abs(d["/kmc/composition"].mean(axis=0) - np.mean(exact, axis=1)) < 5.5 * error)

    occupied = (d["/kmc/snapshot/sigma"] == 1).mean(axis=0)
    for p, found in zip(exact, occupied):
        assert np.all(abs(found - p) < deviation_bound(p * (1 - p), 1, TRAJECTORIES, 1e-10))
