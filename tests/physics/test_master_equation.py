"""Exchange trajectories of the hexagon of 7 sites against its master equation (128 states)."""
import numpy as np
import pytest
from harness import datasets, make
from reference import Crystal, deviation_bound, master_equation
from scipy.linalg import expm

TRAJECTORIES = 20000
CASES = {                       # epsilon, J, dmu, kT, published, start
    "strong": (1, 0, -20, 1, False, "A"),
    "weak": (1, 0, -1, 1, False, "A"),
    "elastic-and-Ising": (1, 0.3, -1, 1, False, "A"),
    "Ising": (0, 0.5, -2, 1, False, "A"),
    "cold": (1, -0.2, -5, 0.5, False, "A"),
    "from-B": (1, 0.3, 2, 1, False, "B"),
    "from-random": (1, 0.3, -1, 1, False, "random -kmc_start_composition 0.43"),   # 3 sites A
    "published": (1, 0, -1, 1, True, "A"),
    "published-and-Ising": (1, 0.3, -2, 1, True, "A"),
}


@pytest.mark.parametrize("name", CASES)
def test_averages(name, tmp_path):
    """Mean composition, energy and plaquette of the centre at ten times from 1e-5 to 10.

    The rate matrix is built from differences of whole energies, and exponentiated. Each of some
    600 means leaves its bound by chance with a probability below 1e-9.
    """
    epsilon, J, dmu, kT, published, start = CASES[name]
    d = datasets(make(
        tmp_path / "k.h5",
        f"kmc -lattice_edge 2 -ensemble_size {TRAJECTORIES} -ensemble_seed 7 "
        f"-model_epsilon {epsilon} -model_J {J} -model_dmu {dmu} -model_kT {kT} "
        f"-model_differences {'published' if published else 'exact'} -kmc_start {start} "
        "-kmc_stop_composition none -kmc_snapshots 2 "
        "-kmc_time_first 1e-5 -kmc_time_last 10 -kmc_time_count 10"))

    crystal = Crystal(d["/lattice/position"])
    configuration, W = master_equation(crystal, epsilon, J, dmu, kT, published)
    composition = (configuration + 1).mean(axis=1) / 2
    chosen = {"A": composition == 1, "B": composition == 0}.get(start, abs(composition - 3/7) < .01)
    initial = chosen / chosen.sum()
    energy = np.array([crystal.energy(s, epsilon, J, dmu) for s in configuration])
    f = np.array([crystal.fractions(s) for s in configuration])
    state_values = [composition, energy, *f.T]
    sampled = [d["/kmc/composition"], d["/kmc/energy"], *np.moveaxis(d["/kmc/f"], 2, 0)]

    for k, t in enumerate(d["/time"]):
        P = expm(W * t) @ initial
        for of_state, of_trajectory in zip(state_values, sampled):
            mean = P @ of_state
            bound = deviation_bound(P @ (of_state - mean)**2, np.ptp(of_state), TRAJECTORIES)
            assert abs(of_trajectory[:, k].mean() - mean) < bound + 1e-9, t
