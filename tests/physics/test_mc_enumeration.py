"""Both samplers of nixe mc, and replica exchange, against all configurations of small crystals.

Seeds are fixed, so each test always passes or always fails. Of other seeds some chi-square would
fail by chance with a probability below 1e-6 (about 120 of them, 5e-9 each).
"""
import itertools

import numpy as np
import pytest
from equilibrium import FixedShell, autocorrelation_time, boltzmann, chance_of, mean_and_error
from harness import datasets, make
from reference import hexagon

CHANCE = 5e-9
CRYSTALS = {                    # options, core sites, configurations with half of them A
    "one-layer": ("-lattice_edge 2 -shell_layers 1", 7, 35),
    "two-layers": ("-lattice_edge 2 -shell_layers 2", 7, 35),
    "cube": ("-lattice_shape cube -lattice_edge 2 -shell_layers 1", 8, 70),
}
STATES = {                      # stiffnesses, temperatures, sweeps between exchanges
    "alone": ([3], [0.7], 0),
    "stiffnesses": ([0.5, 2, 9], [0.8], 1),
    "temperatures": ([4], [0.6, 1, 2], 1),
    "product": ([1, 6], [0.7, 1.4], 1),
}
SAMPLERS = ["metropolis", "informed"]


def text(values):
    return ",".join(map(str, values))


def check_configurations(d, epsilon=1, J=0, published=False):
    """Chi-square of the stored configurations of every state, thinned until independent."""
    layer = d["/lattice/layer"]
    sigma = d["/mc/snapshot/sigma"]
    core_A = (sigma[0, 0, 0, layer == 0] > 0).sum()
    assert np.array_equal(d["/snapshot_sweep"], d["/sweep"])
    for q, (K, kT) in enumerate(zip(d["/mc/state/shell_stiffness"], d["/mc/state/kT"])):
        shell = FixedShell(d["/lattice/position"], layer, K, core_A)
        every = shell.configurations()
        E = shell.energies(every, epsilon, J)
        probability = boltzmann(E + shell.published(every, epsilon) * published, kT)

        tau = autocorrelation_time(np.concatenate(
            [d["/mc/energy"][q, :, :8192, None], sigma[q][:, :8192, layer == 0]], axis=2))
        thinned = sigma[q, :, ::int(np.ceil(5 * tau))].reshape(-1, len(layer))
        assert len(thinned) > 100 * len(every), "too few independent samples"
        order = np.argsort(shell.number(every))
        number = shell.number(every)[order]
        found = order[np.searchsorted(number, shell.number(thinned)).clip(max=len(number) - 1)]
        assert np.array_equal(every[found], thinned)      # shell B, right number of A
        count = np.bincount(found, minlength=len(every))
        assert chance_of(count, probability) > CHANCE, (K, kT)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("states", STATES)
@pytest.mark.parametrize("crystal", CRYSTALS)
def test_probabilities(crystal, states, sampler, tmp_path):
    """Probability of every configuration, in single states and with replica exchange."""
    options, core_sites, configurations = CRYSTALS[crystal]
    stiffness, kT, exchange = STATES[states]
    kT = [1.5 * t for t in kT] if crystal == "cube" else kT
    sweeps = 16000 if exchange else 60000
    d = datasets(make(
        tmp_path / "m.h5",
        f"mc {options} -shell_stiffness {text(stiffness)} -model_kT {text(kT)} "
        f"-mc_sampler {sampler} -mc_replica_exchange_every {exchange} -ensemble_seed 11 "
        f"-mc_equilibration 500 -mc_sweeps {sweeps} -mc_record_every 2 -mc_snapshot_every 2 "
        f"-mc_area_every {sweeps}"))
    assert d["/mc/snapshot/sigma"].shape[:3] == (len(stiffness) * len(kT), 4, sweeps // 2)
    assert (d["/lattice/layer"] == 0).sum() == core_sites
    if exchange:
        assert np.all(d["/mc/replica_exchange/accepted"] > 100)
    check_configurations(d)


VARIANTS = {                    # options, epsilon, J, published
    "elastic-and-Ising": ("-lattice_edge 2 -shell_layers 1 -shell_stiffness 2 -model_kT 0.8 "
                          "-model_J 0.3", 1, 0.3, False),
    "Ising": ("-lattice_edge 2 -shell_layers 1 -model_epsilon 0 -model_J -0.4", 0, -0.4, False),
    "published": ("-lattice_edge 2 -mc_composition 0.3 -model_kT 0.8 -model_epsilon 1.2 "
                  "-model_differences published", 1.2, 0, True),
    "published-exchange": ("-lattice_edge 2 -shell_layers 2 -shell_stiffness 1,5 "
                           "-model_kT 0.4,0.6 -mc_replica_exchange_every 2 -model_J 0.1 "
                           "-model_differences published", 1, 0.1, True),
    "two-A-cube": ("-lattice_shape cube -lattice_edge 2 -shell_layers 1 -shell_stiffness 2 "
                   "-model_kT 2 -model_J 0.2 -mc_composition 0.25", 1, 0.2, False),
    "no-shell": ("-lattice_edge 2 -model_kT 0.4 -mc_composition 0.6 -mc_start separated",
                 1, 0, False),
}


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_variants(variant, sampler, tmp_path):
    """Other energies, compositions and differences."""
    options, epsilon, J, published = VARIANTS[variant]
    options = options if "kT" in options else options + " -model_kT 1"
    d = datasets(make(
        tmp_path / "m.h5", f"mc {options} -mc_sampler {sampler} -ensemble_seed 12 "
        "-mc_equilibration 500 -mc_sweeps 40000 -mc_record_every 2 -mc_snapshot_every 2 "
        "-mc_area_every 40000"))
    check_configurations(d, epsilon, J, published)


@pytest.mark.parametrize("edge, A, epsilon, kT", [(2, 2, 1.2, 0.8), (3, 3, 1, 0.4)])
def test_published_differences(edge, A, epsilon, kT):
    """The energy that the published differences stand for: `published()` on a core of 7 sites.

    A swap of i and j adds eps 2 m s_i (V_ii - V_jj) to dE, and so does `published()`, for every
    swap of every configuration. And it matters: probabilities are not those of E.
    """
    position = hexagon(edge)
    shell = FixedShell(position, np.linalg.norm(position, axis=1) > 1.5, 3, A)
    every, V = shell.configurations(), shell.crystal.V
    m = every[0].mean()
    for sigma in every:
        for i, j in itertools.permutations(shell.core, 2):
            if sigma[i] > sigma[j]:
                after = sigma.copy()
                after[[i, j]] = sigma[[j, i]]
                difference = np.diff(shell.published(np.array([sigma, after]), epsilon))[0]
                extra = epsilon * 2 * m * sigma[i] * (V[i, i] - V[j, j])
                assert difference == pytest.approx(extra, abs=1e-12)
    E = shell.energies(every, epsilon)
    other = boltzmann(E + shell.published(every, epsilon), kT)
    assert abs(other / boltzmann(E, kT) - 1).max() > 0.05


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("options, kT, K, J", [("", 0.5, 1, 0), ("-model_J 0.1", 1, 6, 0.1)],
                         ids=["cold", "stiff-and-Ising"])
def test_stationarity(options, kT, K, J, sampler, tmp_path):
    """Energies of a core of 19 sites: mean, mean square and histogram over 92,378 configurations.

    Each mean, and each bin of the histogram, lies within 6 errors from blocking (256 blocks).
    """
    d = datasets(make(
        tmp_path / "m.h5", f"mc -lattice_edge 3 -shell_layers 1 -model_kT {kT} {options} "
        f"-shell_stiffness {K} -mc_sampler {sampler} -ensemble_seed 13 -mc_equilibration 1000 "
        "-mc_sweeps 48000 -mc_record_every 1 -mc_area_every 48000 -mc_snapshot_every 48000"))
    shell = FixedShell(d["/lattice/position"], d["/lattice/layer"], K, 9)
    every = shell.configurations()
    assert len(every) == 92378
    E = shell.energies(every, 1, J)
    probability = boltzmann(E, kT)

    sampled = d["/mc/energy"][0]
    assert sampled.min() > E.min() - 1e-9 and sampled.max() < E.max() + 1e-9
    mean, error = mean_and_error(sampled)
    assert error < 0.02 * np.sqrt(probability @ (E - probability @ E)**2)
    assert abs(mean - probability @ E) < 6 * error
    centre = probability @ E
    mean, error = mean_and_error((sampled - centre)**2)
    assert abs(mean - probability @ (E - centre)**2) < 6 * error

    order = np.argsort(E)
    edge = E[order][np.searchsorted(np.cumsum(probability[order]), np.arange(1, 20) / 20)] + 1e-7
    exact = np.bincount(np.searchsorted(edge, E), probability, minlength=20)
    assert (exact > 0.01).sum() > 12
    where = np.searchsorted(edge, sampled)
    for b in np.flatnonzero(exact > 0.01):
        mean, error = mean_and_error((where == b).astype(float))
        assert abs(mean - exact[b]) < 6 * error, b


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_nothing_to_swap(sampler, tmp_path):
    """Too few A for one: all of the core is B for ever."""
    d = datasets(make(tmp_path / "m.h5", "mc -lattice_edge 2 -shell_layers 1 -mc_composition 0.05 "
                      f"-model_kT 1 -mc_sampler {sampler} -mc_equilibration 0 -mc_sweeps 1000 "
                      "-mc_area_every 500 -mc_snapshot_every 500"))
    assert np.all(d["/mc/snapshot/sigma"] == -1)
    assert np.all(abs(d["/mc/energy"]) < 1e-12) and np.all(d["/mc/acceptance"] == 0)
    assert np.all(d["/mc/f"][..., 4] == 1)
