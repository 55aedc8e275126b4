"""The periodic bulk: the phases of the paper's Fig. 3(a) at fixed composition, and the energies that Fourier space gives.

The numbers are those of independent programs and of V_q = 4 X^2/(1 + X^2). Separated starts stay close to the minimum of the
energy, so that fractions scatter by less than 0.004 (seen in eight seeds); 0.03 is more than seven times that.
"""
import h5py
import numpy as np
import pytest
from harness import ROOT, make, run

BULK = "-lattice_type triangular -lattice_shape box -lattice_periodic 1,2"


@pytest.mark.parametrize("composition, expected, energy", [
    (1 / 3 + 1e-9, (0, 0, 0.993), 1.334),
    (0.5, (0, 0.332, 0.332), 1.589),
    (2 / 3 + 1e-9, (0, 0.993, 0), 1.334),
    (5 / 6 + 1e-9, (0.318, 0.332, 0), None),
    (8 / 9 + 1e-9, (0.471, 0.174, 0), None),
])
def test_phases_of_the_bulk(composition, expected, energy, tmp_path):
    """As input/mc_bulk.yaml has it, but for the sweeps that are recorded."""
    path = make(tmp_path / "bulk.h5", f"mc -input {ROOT}/input/mc_bulk.yaml -mc_composition {composition} -mc_sweeps 500 "
                "-ensemble_size 1 -ensemble_seed 3")
    with h5py.File(path) as file:
        assert len(file["site"]) == 36 * 36
        f, sites = file["mc/f"][0, 0].mean(axis=0), len(file["site"])
        assert np.abs(f[[0, 1, 3]] - expected).max() < 0.03
        if energy:
            assert abs(file["mc/energy"][()].mean() / sites / energy - 1) < 0.01


@pytest.mark.parametrize("edge", [6, 9])
def test_lowest_modes_are_at_K(edge, tmp_path):
    """The uniform mode costs nothing; the two of the order of S1 and S2 cost 3, the least of all others."""
    path = make(tmp_path / "bulk.h5", f"spectrum {BULK} -lattice_cells {edge},{edge}")
    with h5py.File(path) as file:
        assert file["spectrum/V"].attrs["zero_modes"] == 1 and file["spectrum/D"].attrs["zero_modes"] == 2
        values = file["spectrum/V/eigenvalue"][()]
    assert np.allclose(values[:3], (0, 3, 3), atol=1e-9) and values[3] > 3.01


@pytest.mark.parametrize("words, says", [
    ("-kmc_start A", "exchanges nothing"), ("-kmc_start random -kmc_stop_composition 0", "must be none"),
    ("-kmc_start random -model_dmu 3", "changes nothing"), ("-kmc_start random -lattice_cells 2,6", "3 cells or more"),
    ("-kmc_start random -lattice_periodic 3", "from 1 to 2"), ("-kmc_start random -lattice_periodic 1,1", "each once"),
])
def test_what_the_bulk_cannot(words, says, tmp_path):
    result = run(f"kmc {BULK} -lattice_cells 6,6 {words} -output_file {tmp_path}/k.h5")
    assert result.returncode == 2 and says in result.stderr and len(result.stderr.splitlines()) == 1


def test_swaps_alone_keep_the_composition(tmp_path):
    path = make(tmp_path / "k.h5", f"kmc {BULK} -lattice_cells 9,6 -kmc_start random -kmc_start_composition 0.5 -kmc_time_last 1000 "
                "-ensemble_size 3")
    with h5py.File(path) as file:
        assert np.all(file["kmc/composition"][()] == 0.5) and np.all(file["kmc/events"][:, -1] > 100)
        assert np.all(np.isnan(file["kmc/completion_time"][()])) and file.attrs["complete"]
