"""Exchange trajectories against their master equation: the hexagon of 7 sites (128 states), an fcc octahedron of 6."""
import re

import numpy as np
import pytest
from harness import datasets, make
from reference import Crystal, deviation_bound, master_equation, match
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
    "lazily": (1, 0.3, -1, 1, False, "A -kmc_algorithm lazy"),
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
    chosen = {"A": composition == 1, "B": composition == 0}.get(start.split()[0], abs(composition - 3/7) < .01)
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


SCHEDULES = {                   # J, published, options besides; changes (time, dmu, kT), the first of them in force from the beginning
    "dmu-and-kT": (0.3, False, "", [(0, -1, 1), (0.4, 2, 1), (0.9, -3, 0.6)]),
    "a-cycle": (0, False, "", [(0, -8, 1), (0.5, 8, 1), (1, -8, 1), (1.5, 8, 1)]),
    "lazily": (0.3, False, "-kmc_algorithm lazy", [(0, -1, 1), (0.4, 2, 1), (0.9, -3, 0.6), (1.3, 1, 0.6)]),
    "published": (0.2, True, "", [(0, -1, 1), (0.4, 2, 1), (0.9, -3, 0.6)]),
    "Ising": (0.5, False, "-model_epsilon 0", [(0, -2, 1), (0.4, 2, 1), (0.9, -1, 2)]),
    "non-interacting": (0, False, "-model_epsilon 0", [(0, -2, 1), (0.4, 3, 1), (0.9, -1, 0.5)]),
}


def schedule_of(changes):
    """The option, each change as "time:what is new"."""
    entries = []
    for (_, dmu, kT), (time, new_dmu, new_kT) in zip(changes, changes[1:]):
        entries.append(f"{time}" + f":dmu={new_dmu}" * (new_dmu != dmu) + f":kT={new_kT}" * (new_kT != kT))
    return ",".join(entries)


def distributions(W, changes, times, initial):
    """That at each time; W: the rate matrix of each change, in force from its time on."""
    P, now, found = initial, 0.0, []
    for t in times:
        for (start, *_), end, w in zip(changes, [*(c[0] for c in changes[1:]), np.inf], W):
            lasts = min(t, end) - max(now, start)
            if lasts > 0:
                P = expm(w * lasts) @ P
        now = t
        found.append(P)
    return found


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name, tmp_path):
    """Mean composition, energy and phases at times before, at and after each change of dmu and kT, and between them.

    Exponentials of the rate matrix of each piece, one after the other. Each of some 500 means leaves its bound by chance
    with a probability below 1e-9: 1e-6 in all; the seed is fixed. The probability that no event falls between two times,
    which only a waiting time that is drawn anew at a change has right, is compared, too.
    """
    J, published, more, changes = SCHEDULES[name]
    epsilon = 0 if "epsilon 0" in more else 1
    d = datasets(make(
        tmp_path / "k.h5",
        f"kmc -lattice_edge 2 -ensemble_size {TRAJECTORIES} -ensemble_seed 21 {more} -model_J {J} "
        f"-model_dmu {changes[0][1]} -model_kT {changes[0][2]} -kmc_schedule {schedule_of(changes)} "
        f"{'-model_differences published' if published else ''} "
        "-kmc_snapshots 2 -kmc_time_first 0 -kmc_time_last 2 -kmc_time_count 21 -kmc_time_spacing linear"))
    crystal = Crystal(d["/lattice/position"])
    made = [master_equation(crystal, epsilon, J, dmu, kT, published) for _, dmu, kT in changes]
    configuration, W = made[0][0], [w for _, w in made]
    times, force = d["/time"], [max(k for k, c in enumerate(changes) if c[0] <= t) for t in d["/time"]]
    assert list(d["/kmc/dmu"]) == [changes[k][1] for k in force] and list(d["/kmc/kT"]) == [changes[k][2] for k in force]
    composition = (configuration + 1).mean(axis=1) / 2
    initial = (composition == 1).astype(float)
    f = np.array([crystal.fractions(s) for s in configuration])
    energy = [np.array([crystal.energy(s, epsilon, J, dmu) for s in configuration]) for _, dmu, _ in changes]
    sampled = [d["/kmc/energy"], d["/kmc/composition"], *np.moveaxis(d["/kmc/f"], 2, 0)]
    P = distributions(W, changes, times, initial)
    for k, now in enumerate(force):
        for of_state, of_trajectory in zip([energy[now], composition, *f.T], sampled):
            mean = P[k] @ of_state
            bound = deviation_bound(P[k] @ (of_state - mean)**2, np.ptp(of_state), TRAJECTORIES)
            assert abs(of_trajectory[:, k].mean() - mean) < bound + 1e-9, times[k]
    stay = [np.diag(np.diag(w)) for w in W]
    for k in range(len(times) - 1):
        shifted = [(c[0] - times[k], *c[1:]) for c in changes]
        p = distributions(stay, shifted, [times[k + 1] - times[k]], P[k])[0].sum()
        idle = (d["/kmc/events"][:, k] == d["/kmc/events"][:, k + 1]).mean()
        assert abs(idle - p) < deviation_bound(p * (1 - p), 1, TRAJECTORIES) + 1e-9, times[k]


FACES = {"111": 0.1, "-1-1-1": 6, "11-1": 0, "-1-11": 2.5, "1-11": 1, "-11-1": 0.3, "-111": 4, "1-1-1": 0.7}


def factors_by_doors(position, centre):
    """Factors of k_ex of an octahedron of fcc: means over missing neighbours and the faces beyond which they lie."""
    steps = [step for step in np.array(list(np.ndindex(3, 3, 3))) - 1 if np.abs(step).sum() == 2]
    normals = np.array([[int(digit) for digit in re.findall("-?1", name)] for name in FACES]) / np.sqrt(3)
    factors, x = np.array(list(FACES.values())), np.ones(len(position))
    for i, site in enumerate(position):
        doors = [site + np.sqrt(0.5) * step - centre for step in steps]
        missing = [at for at in doors if np.linalg.norm(position - centre - at, axis=1).min() > 0.1]
        x[i] = np.mean([factors[normals @ at > 0.41].mean() for at in missing])
    return x


def test_factors_of_exchange(tmp_path):
    """Ions of each site and energy of an octahedron of 6 sites of fcc whose faces exchange at different rates.

    Each of 70 means leaves its bound by chance with a probability below 1e-9: 1e-7 in all; the seed is fixed.
    """
    J, dmu, kT = 0.1, -1, 1
    faces = ",".join(f"{name}:0.41" for name in FACES)
    factors = ",".join(f"{name}:{factor}" for name, factor in FACES.items())
    d = datasets(make(
        tmp_path / "k.h5",
        f"kmc -lattice_type fcc -lattice_shape polyhedron -lattice_single_faces {faces} -lattice_center {0.5**0.5},0,0 "
        f"-ensemble_size {TRAJECTORIES} -ensemble_seed 11 -model_J {J} -model_dmu {dmu} -model_kT {kT} "
        f"-exchange_faces {factors} -exchange_bonds 4:0.5 "
        "-kmc_stop_composition none -kmc_snapshots 10 -kmc_time_first 1e-3 -kmc_time_last 10 -kmc_time_count 10"))
    position = d["/lattice/position"]
    crystal = Crystal(position, lattice="fcc")
    crystal.exchange = 0.5 * factors_by_doors(position, position.mean(axis=0))
    assert len(position) == 6 and np.ptp(crystal.exchange) > 0.5
    assert np.allclose(d["/lattice/exchange"], crystal.exchange, atol=1e-12)

    compare_with_the_master_equation(d, crystal, J, dmu, kT, np.ones(6))


def test_field_and_factors_of_a_file(tmp_path):
    """The same for an octahedron from a file, with a factor and a field of each site, from its column start.

    Each of 70 means leaves its bound by chance with a probability below 1e-9: 1e-7 in all; the seed is fixed.
    """
    J, dmu, kT = -0.2, -0.6, 1
    position = np.sqrt(0.5) * np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    exchange, field, start = [0.1, 3, 0, 1, 7, 0.5], [0.8, -0.5, 0.3, 0, -1.1, 0.2], [1, -1, 1, 1, -1, 1]
    rows = [f"Pd {x:.8f} {y:.8f} {z:.8f} {k} {h} {s}" for (x, y, z), k, h, s in zip(position, exchange, field, start)]
    (tmp_path / "x.xyz").write_text("6\nProperties=species:S:1:pos:R:3:exchange:R:1:field:R:1:start:I:1\n" + "\n".join(rows))
    d = datasets(make(
        tmp_path / "k.h5",
        "kmc -lattice_type fcc -lattice_shape file -lattice_file x.xyz -kmc_start lattice "
        f"-ensemble_size {TRAJECTORIES} -ensemble_seed 12 -model_J {J} -model_dmu {dmu} -model_kT {kT} "
        "-kmc_stop_composition none -kmc_snapshots 10 -kmc_time_first 1e-3 -kmc_time_last 10 -kmc_time_count 10",
        cwd=tmp_path))
    order = match(d["/lattice/position"], position)
    crystal = Crystal(d["/lattice/position"], lattice="fcc")
    crystal.exchange, crystal.field = np.array(exchange)[order], np.array(field)[order]
    compare_with_the_master_equation(d, crystal, J, dmu, kT, np.array(start)[order])


def compare_with_the_master_equation(d, crystal, J, dmu, kT, start):
    """Ions of all sites and energies at all times; epsilon is 1."""
    configuration, W = master_equation(crystal, 1, J, dmu, kT)
    initial = np.all(configuration == start, axis=1).astype(float)
    energy = np.array([crystal.energy(s, 1, J, dmu) for s in configuration])
    sampled = [d["/kmc/energy"], *np.moveaxis(d["/kmc/snapshot/sigma"].astype(float), 2, 0)]
    for k, t in enumerate(d["/time"]):
        P = expm(W * t) @ initial
        for of_state, of_trajectory in zip([energy, *configuration.T], sampled):
            mean = P @ of_state
            bound = deviation_bound(P @ (of_state - mean)**2, np.ptp(of_state), TRAJECTORIES)
            assert abs(of_trajectory[:, k].mean() - mean) < bound + 1e-9, t
