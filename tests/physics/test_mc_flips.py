"""Flips: every configuration of the core of a small crystal, with its probability, against all moves, samplers and biases.

Weights are exp(-(E + h sigma - dmu/2 sum sigma + kappa/2 N_core (c - c0)^2) / kT) over all 2^N_core configurations. Seeds are
fixed; of other seeds some chi-square would fail by chance with a probability below 1e-6 (about 90 of them, 5e-9 each).
"""
import itertools
import re

import numpy as np
import pytest
from equilibrium import FixedShell, autocorrelation_time, boltzmann, chance_of
from harness import datasets, make, run

CHANCE = 5e-9
SAMPLERS = ["metropolis", "informed"]
MOVES = ["flip", "both"]


def listed(path, cells=(5, 2)):
    """A parallelogram of the triangular lattice with a layer of shell around it, and a field on every site; its path."""
    core = list(itertools.product(*map(range, cells)))
    near = [(1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)]
    shell = sorted({(i + di, j + dj) for i, j in core for di, dj in near} - set(core))
    rows = [f"A {i + j / 2} {j * 3**0.5 / 2} 0 {layer} {0.3 * np.sin(1 + 2.3 * i + j):.4f}"
            for layer, sites in enumerate((core, shell)) for i, j in sites]
    path.write_text(f"{len(rows)}\nProperties=species:S:1:pos:R:3:layer:I:1:field:R:1\n" + "\n".join(rows) + "\n")
    return path


def every(core, N):
    """All configurations of a core in a crystal of N sites, the rest B: [2^core, N]."""
    sigma = np.full((2**len(core), N), -1.0)
    sigma[:, core] = np.array(list(itertools.product([-1, 1], repeat=len(core))))
    return sigma


def check(d, kappa=0.0, epsilon=1.0, J=0.0):
    """Chi-square of the stored configurations of every state, thinned until independent."""
    layer, sigma = d["/lattice/layer"], d["/mc/snapshot/sigma"]
    core = np.flatnonzero(layer == 0)
    columns = [d[f"/mc/state/{name}"] for name in ("shell_stiffness", "kT", "dmu", "umbrella_center")]
    np.testing.assert_array_equal(d["/mc/composition"], (sigma[..., core] > 0).mean(axis=-1))
    for q, (K, kT, dmu, center) in enumerate(zip(*columns)):
        shell = FixedShell(d["/lattice/position"], layer, K, 0)
        all_sigma = every(core, len(layer))
        E = shell.energies(all_sigma, epsilon, J) + all_sigma @ d["/lattice/field"]
        c = (all_sigma[:, core] > 0).mean(axis=1)
        bias = -dmu / 2 * all_sigma[:, core].sum(axis=1) + kappa / 2 * len(core) * (c - center)**2
        probability = boltzmann(E + bias, kT)

        number = shell.number(all_sigma)
        order = np.argsort(number)
        found = order[np.searchsorted(number[order], shell.number(sigma[q]))]      # replicas x records
        np.testing.assert_allclose(d["/mc/energy"][q], E[found], atol=1e-5 * max(1, abs(E).max()))
        tau = autocorrelation_time(np.concatenate([d["/mc/energy"][q, :, :8192, None], sigma[q][:, :8192, core]], axis=2))
        count = np.bincount(found[:, ::int(np.ceil(5 * tau))].ravel(), minlength=len(E))
        assert count.sum() > 5000, "too few independent samples"
        assert chance_of(count, probability) > CHANCE, (K, kT, dmu, center)


CRYSTALS = {                    # options with a temperature at which many configurations have weight
    "hexagon": "-lattice_edge 2 -shell_layers 1 -shell_stiffness 2 -model_kT 1.2",
    "free": "-lattice_edge 2 -model_kT 1.2",
    "cube": "-lattice_shape cube -lattice_edge 2 -shell_layers 1 -model_kT 6",
    "field": "-lattice_type triangular -lattice_shape file -lattice_file {xyz} -model_kT 2",
}
DRIVES = {                      # options, kappa
    "dmu": ("-model_dmu 0.6", 0.0),
    "umbrella": ("-mc_umbrella_stiffness 12 -mc_umbrella_center 0.3", 12.0),
    "both": ("-model_dmu -0.4 -mc_umbrella_stiffness 8 -mc_umbrella_center 0.6", 8.0),
}
LENGTH = "-mc_equilibration 500 -mc_sweeps 40000 -mc_record_every 2 -mc_snapshot_every 2 -mc_area_every 40000"


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("drive", DRIVES)
@pytest.mark.parametrize("crystal", CRYSTALS)
def test_probabilities(crystal, drive, move, sampler, tmp_path):
    options, kappa = DRIVES[drive]
    crystal = CRYSTALS[crystal].format(xyz=listed(tmp_path / "field.xyz"))
    d = datasets(make(tmp_path / "m.h5", f"mc {crystal} {options} -mc_move {move} -mc_sampler {sampler} "
                      f"-ensemble_seed 21 {LENGTH}"))
    check(d, kappa)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("model, epsilon, J", [("-model_epsilon 0 -model_J 0.3", 0, 0.3), ("-model_epsilon 0", 0, 0),
                                               ("-model_J -0.2", 1, -0.2)], ids=["Ising", "nothing", "elastic-and-Ising"])
def test_other_energies(model, epsilon, J, sampler, tmp_path):
    d = datasets(make(tmp_path / "m.h5", f"mc -lattice_edge 2 -shell_layers 1 {model} -model_dmu 0.5 -mc_move both "
                      f"-mc_sampler {sampler} -model_kT 1 -ensemble_seed 22 {LENGTH}"))
    check(d, 0, epsilon, J)


AXES = {                        # of a ladder: options, kappa
    "stiffness": ("-shell_stiffness 0.5,2,9 -model_kT 3 -model_dmu 0.3", 0.0),
    "center": ("-mc_umbrella_stiffness 10 -mc_umbrella_center 0.2,0.5,0.8 -model_kT 2", 10.0),
    "dmu": ("-model_dmu -1,0,1 -model_kT 3", 0.0),
    "kT": ("-model_kT 2,3,4.5 -model_dmu 0.3", 0.0),
    "product": ("-shell_stiffness 1,4 -mc_umbrella_stiffness 6 -mc_umbrella_center 0.3,0.7 "
                "-model_dmu -0.5,0.5 -model_kT 2,3", 6.0),
}


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("axis", AXES)
def test_ladders(axis, sampler, tmp_path):
    """Replica exchange along each axis, and along all of them."""
    options, kappa = AXES[axis]
    d = datasets(make(tmp_path / "m.h5", f"mc -lattice_edge 2 -shell_layers 1 {options} -mc_move both -mc_sampler {sampler} "
                      "-mc_replica_exchange_every 1 -ensemble_seed 23 -mc_equilibration 500 -mc_sweeps 20000 "
                      "-mc_record_every 2 -mc_snapshot_every 2 -mc_area_every 20000"))
    assert np.all(d["/mc/replica_exchange/accepted"] > 100)
    check(d, kappa)


def test_compositions_are_not_exchanged(tmp_path):
    """A list of compositions times one of temperatures: exchanges along the temperatures alone, and each keeps its own."""
    d = datasets(make(tmp_path / "m.h5", "mc -lattice_edge 2 -shell_layers 1 -mc_composition 0.3,0.6 -model_kT 0.8,1.4 "
                      "-mc_replica_exchange_every 1 -mc_equilibration 10 -mc_sweeps 1000"))
    np.testing.assert_array_equal(d["/mc/replica_exchange/pairs"], [[0, 1], [2, 3]])
    np.testing.assert_array_equal(d["/mc/state/composition"], [0.3, 0.3, 0.6, 0.6])
    A = (d["/mc/snapshot/sigma"][..., d["/lattice/layer"] == 0] > 0).sum(axis=-1)
    assert np.all(A[:2] == 2) and np.all(A[2:] == 4)


@pytest.mark.parametrize("path, visits", [("forward", [0, 1, 2]), ("loop", [0, 1, 2, 1, 0])])
@pytest.mark.parametrize("ranks", [1, 3])
def test_paths(path, visits, ranks, tmp_path):
    """Each state begins where the one before it ended.

    Such values of dmu turn whatever is tried in their direction: after 200 sweeps the core is all of one kind, and stays so
    in a next state of the same sign; one that began at random would still have some B ions after one sweep (one replica in
    50 would have none, all six with a probability below 1e-10).
    """
    dmu = np.array([1000.0, 999.0, -1000.0])
    d = datasets(make(tmp_path / "p.h5", f"mc -lattice_edge 3 -shell_layers 1 -mc_move flip -model_dmu 1000,999,-1000 "
                      f"-mc_path {path} -mc_equilibration 0 -mc_sweeps 200 -mc_record_every 1 -mc_snapshot_every 1 "
                      "-mc_area_every 200 -ensemble_size 6 -ensemble_seed 5", ranks=ranks))
    np.testing.assert_array_equal(d["/mc/state/dmu"], dmu[visits])
    np.testing.assert_array_equal(d["/mc/state/branch"], [1, 1, 1, -1, -1][:len(visits)])
    c = d["/mc/composition"]
    assert np.all(c[0, :, 0] < 1) and np.all(c[0, :, -1] == 1)
    assert np.all(c[1] == 1)
    assert np.all(c[2, :, 0] > 0) and np.all(c[2, :, -1] == 0)
    if path == "loop":
        assert np.all(c[3, :, 0] < 1) and np.all(c[3, :, -1] == 1) and np.all(c[4] == 1)


@pytest.mark.parametrize("options", ["", "-mc_move both -model_dmu 0.2,0.5 -mc_replica_exchange_every 2 -model_kT 1,2",
                                     "-mc_path loop", "-model_differences published -mc_composition 0.3,0.6"])
def test_cross_energies(options, tmp_path):
    """The energy of every configuration at all stiffnesses, from the reference's own tables."""
    d = datasets(make(tmp_path / "c.h5", f"mc -lattice_edge 2 -shell_layers 1 -shell_stiffness 0.5,2,7 -model_J 0.1 {options} "
                      "-mc_equilibration 3 -mc_sweeps 24 -mc_cross_energies_every 4 -mc_record_every 4 -mc_snapshot_every 4"))
    np.testing.assert_array_equal(d["/cross_sweep"], np.arange(4, 25, 4))
    np.testing.assert_array_equal(d["/shell_stiffness"], [0.5, 2, 7])
    sigma, cross = d["/mc/snapshot/sigma"].astype(float), d["/mc/cross_energy"]
    for k, K in enumerate(d["/shell_stiffness"]):
        shell = FixedShell(d["/lattice/position"], d["/lattice/layer"], K, 0)
        E = shell.energies(sigma.reshape(-1, sigma.shape[-1]), 1, 0.1)
        np.testing.assert_allclose(cross[..., k].ravel(), E, atol=1e-9)
        own = d["/mc/state/shell_stiffness"] == K
        np.testing.assert_allclose(cross[own][..., k], d["/mc/energy"][own], atol=1e-5)


@pytest.mark.parametrize("options, sentence", [
    ("-mc_cross_energies_every 5", "with one value of -shell_stiffness"),
    ("-model_dmu 1", "-model_dmu 1.0e[+]00: it changes nothing where ions are swapped"),
    ("-mc_umbrella_stiffness 1", "-mc_umbrella_stiffness.*ions are swapped"),
    ("-mc_move flip -mc_umbrella_center 0.2", "without an umbrella"),
    ("-mc_move flip -mc_composition 0.2,0.4", "-mc_composition: a list of 2"),
    ("-mc_move flip -model_differences published", "-model_differences published"),
    ("-mc_path loop", "there is none"),
    ("-mc_path loop -model_kT 1,2 -shell_stiffness 1,2", "there are several"),
    ("-mc_path forward -model_kT 1,2 -mc_replica_exchange_every 5", "-mc_replica_exchange_every must be 0"),
    ("-mc_path forward -mc_composition 0.3,0.4", "no swap leads"),
    ("-mc_composition 0.3,0.4 -mc_replica_exchange_every 5", "a single state of each composition"),
    ("-mc_composition 1", "above 0 and below 1"),
])
def test_refusals(options, sentence, tmp_path):
    done = run(f"mc -lattice_edge 3 -shell_layers 1 {options} -mc_sweeps 10 -mc_equilibration 0 -output_file {tmp_path / 'r.h5'}")
    assert done.returncode == 2 and re.search(sentence, done.stderr), done.stderr
    assert not (tmp_path / "r.h5").exists()
