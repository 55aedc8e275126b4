"""Transitions where they are known to be, by small crystals and short runs: docs/equilibrium_checks.md has the long ones.

Seeds are fixed. With another seed a sound program fails with a probability below 1e-6: bounds are
at least 6 standard errors of a run away from the means of five seeds. (A model of energies 1.12 times as high fails all three.)
"""
import numpy as np
from harness import make

from nixe.file import File
from nixe.transitions import Barriers, Crossing, Melting

BULK = "mc -lattice_type triangular -lattice_shape box -lattice_periodic 1,2 -mc_replica_exchange_every 1"
HYDRIDE = "mc -lattice_type sc -lattice_shape box -bond_stiffness 1,0.776 -bond_mismatch 1,1.41421356 -model_kT 9.64"


def length(equilibration, sweeps):
    return (f"-mc_equilibration {equilibration} -mc_sweeps {sweeps} -mc_area_every {sweeps} -mc_snapshot_every {sweeps} "
            "-ensemble_seed 5")


def test_separation_of_the_bulk(tmp_path):
    """Cumulants of 36 and 576 sites, flips: they cross near 3.62, where 24 and 48 cells do."""
    paths = [make(tmp_path / f"{cells}.h5", f"{BULK} -lattice_cells {cells},{cells} -mc_move flip -model_kT 3.3,3.62,3.95 "
                  f"{length(100, sweeps)} -ensemble_size 2") for cells, sweeps in ((6, 20000), (24, 5000))]
    with File(paths[0]) as small, File(paths[1]) as large:
        found = Crossing.of([large, small])
    assert found.sites == [36, 576]
    assert found.at[1] < 0.1 and abs(found.at[0] - 3.62) < 0.25
    assert found.U[1][0] > found.U[0][0] and found.U[1][-1] < found.U[0][-1]


def test_melting_of_S1(tmp_path):
    """324 sites at c = 2/3, swaps."""
    path = make(tmp_path / "m.h5", f"{BULK} -lattice_cells 18,18 -mc_composition 0.6666667 -mc_sampler informed "
                f"-model_kT 0.3,0.33,0.355,0.375,0.39,0.41,0.44,0.48 {length(200, 1000)} -ensemble_size 2")
    with File(path) as run:
        found = Melting.of(run)
    assert found.f[0] > 0.8 and found.f[-1] < 0.35 and found.error.max() < 0.05
    assert abs(found.half[0] - 0.39) < 0.03 and abs(found.peak[0] - 0.39) < 0.04


def test_barrier_of_a_hydride(tmp_path):
    """216 sites under umbrellas: from all A and from all B the same, symmetric, barrier."""
    centers = ",".join(f"{c:.3f}" for c in np.linspace(0.05, 0.95, 25))
    paths = [make(tmp_path / f"{start}.h5", f"{HYDRIDE} -lattice_cells 6,6,6 -mc_move flip -mc_composition {start} "
                  f"-mc_umbrella_stiffness 60 -mc_umbrella_center {centers} -mc_replica_exchange_every 1 {length(50, 400)}")
             for start in (1, 0)]
    with File(paths[0]) as one, File(paths[1]) as other:
        found = Barriers.of([one, other])
    assert found.height[1] < 0.5 and 3.2 < found.height[0] < 5.6
    assert abs(found.apart[0]) < 1.2 and abs(found.balance[0]) < 0.1
