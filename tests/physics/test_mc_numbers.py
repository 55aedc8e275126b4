"""Published fixed-shell crystals: f of the unstructured (U1 + U2) and structured phases (S1 + S2).

The expected numbers are an independent program's, and good to the tolerance that stands with them;
what a run's own blocking error adds is asserted to be small. Starts are random. Equilibration is as
long as it has to be: with the informed sampler f is stationary after some 1,000 sweeps, but where
stripes have formed (8 layers), walls between their domains can last for 10,000.
"""
import numpy as np
import pytest
from equilibrium import mean_and_error
from harness import datasets, make

TOLERANCE = 0.012


def fractions(folder, options, ranks=2):
    """(f_U, error, f_S, error) of every state."""
    f = datasets(make(folder / "m.h5", f"mc {options}", ranks=ranks))["/mc/f"]
    return [mean_and_error(of_state[..., 0] + of_state[..., 4], 16)
            + mean_and_error(of_state[..., 1] + of_state[..., 3], 16) for of_state in f]


def protocol(equilibration, sweeps, replicas):
    return (f"-mc_equilibration {equilibration} -mc_sweeps {sweeps} -ensemble_size {replicas} "
            f"-mc_area_every {sweeps} -mc_snapshot_every {sweeps}")


LAYERS = {                      # f_U (None: below .01), f_S, equilibration
    0: (0.875, 0.011, 3000),
    4: (0.670, 0.159, 3000),
    6: (0.450, 0.362, 3000),
    8: (None, 0.884, 20000),
}


@pytest.mark.parametrize("layers", LAYERS)
def test_layers(layers, tmp_path):
    """N_core = 721, kT 0.2: shells of 0 to 8 layers, with the informed sampler."""
    expected_U, expected_S, equilibration = LAYERS[layers]
    f_U, error_U, f_S, error_S = fractions(
        tmp_path, f"-lattice_edge 16 -shell_layers {layers} -mc_sampler informed "
        + protocol(equilibration, 4000, 4))[0]
    assert error_U < 0.002 and error_S < 0.002
    assert abs(f_S - expected_S) < TOLERANCE + 5 * error_S
    assert f_U < 0.01 if expected_U is None else abs(f_U - expected_U) < TOLERANCE + 5 * error_U


def test_published_sampler(tmp_path):
    """N_core = 721 in 6 layers with the paper's own sampler."""
    f_U, error_U, f_S, error_S = fractions(
        tmp_path, "-lattice_edge 16 -shell_layers 6 " + protocol(8000, 16000, 4))[0]
    assert error_U < 0.01 and error_S < 0.01
    assert abs(f_U - 0.450) < TOLERANCE + 3 * error_U
    assert abs(f_S - 0.362) < TOLERANCE + 3 * error_S


def test_either_side_of_the_transition(tmp_path):
    """N_core = 1657 in one layer of stiffness 16.4 and 17.2, around the first-order transition."""
    soft, stiff = fractions(
        tmp_path, "-lattice_edge 24 -shell_layers 1 -shell_stiffness 16.4,17.2 "
        "-mc_sampler informed " + protocol(10000, 8000, 1))
    assert abs(soft[0] - 0.333) < 0.01 + 3 * soft[1] and soft[1] < 0.003
    assert abs(stiff[0] - 0.056) < 0.005 + 3 * stiff[1] and stiff[1] < 0.003


def test_cube(tmp_path):
    """1,728 core sites in 3D, kT 1.5: shells of stiffness 1 and 3."""
    soft, stiff = fractions(
        tmp_path, "-lattice_shape cube -lattice_edge 12 -shell_layers 1 -shell_stiffness 1,3 "
        "-model_kT 1.5 -mc_sampler informed " + protocol(600, 800, 1))
    assert abs(soft[0] - 0.571) < 0.01 + 3 * soft[1] and soft[1] < 0.004
    assert stiff[0] < 0.03
    assert np.isfinite([*soft, *stiff]).all()
