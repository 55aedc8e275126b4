"""Free energies of small crystals against all their configurations: F(c), barriers, averages between states, their errors.

Seeds are fixed. Where a test compares with 4.5 standard errors, another seed fails in 1 of 100,000 cases per number compared.
"""
import csv
import itertools

import numpy as np
import pytest
from equilibrium import FixedShell
from harness import make
from scipy.special import logsumexp
from tooling import tool

from figures.free_energy import free_energy_picture
from nixe.file import File, NixeFileError
from nixe.free_energy import Records, State, read
from nixe.mbar import Chains, Mixture, first_guess, solve
from nixe.numbers import tables
from nixe.scans import results, scans

UMBRELLAS = "mc -lattice_edge 3 -model_kT 1 -mc_move flip -mc_umbrella_stiffness 4 -mc_umbrella_center 0.1,0.5,0.9"
FAR = 4.5       # standard errors


def length(sweeps, equilibration=100):
    return f"-mc_equilibration {equilibration} -mc_sweeps {sweeps} -mc_area_every {sweeps} -mc_snapshot_every {sweeps}"


def configurations(run):
    """Every configuration of the core, and how many A each has."""
    core = np.flatnonzero(run.layer == 0)
    sigma = np.full((2**len(core), len(run.layer)), -1.0)
    sigma[:, core] = np.array(list(itertools.product([-1, 1], repeat=len(core))))
    return sigma, (sigma[:, core] > 0).sum(axis=1)


def energies(run, sigma, stiffness=1.0):
    return FixedShell(run.position, run.layer, stiffness, 0).energies(sigma)


@pytest.fixture(scope="module")
def umbrellas(folder):
    """Enough replicas for 200 runs of four."""
    path = make(folder / "umbrellas.h5", f"{UMBRELLAS} -ensemble_size 800 {length(600)}")
    with File(path) as run:
        sigma, A = configurations(run)
        E = energies(run, sigma)
        yield run, np.array([-logsumexp(-E[A == n]) for n in range(20)])


def test_intervals_cover_the_exact_profile(umbrellas):
    """In 200 runs the 95 % intervals of all differences of F(c) hold the exact ones in 90 to 99 %, and so do those of barriers.

    Of other seeds, 96.5(5) % of the differences are covered, so that it fails in 1 of a million cases; and 94.5 and 95 % of the
    barriers, of which 200 are outside by chance in 1 of 500.
    """
    run, exact = umbrellas
    parts = read([run])
    covered, barriers = [], []
    for number in range(200):
        records = Records([run], [part for part in parts if part.replica // 4 == number])
        profile = records.profile()
        other = profile.error > 0       # neither NaN nor 0, as in the bin that is compared with
        assert np.isfinite(profile.F).sum() >= 18 and np.nanmax(profile.error) < 0.8
        expected = exact - exact[profile.error == 0]
        covered += list(np.abs(profile.F - expected)[other] < 1.96 * profile.error[other])
        barrier = records.barrier(profile)
        n = np.rint(19 * np.array([barrier.c, *barrier.wells])).astype(int)
        barriers += [abs(barrier.height[0] - (exact[n[0]] - exact[n[1]])) < 1.96 * barrier.error[0]]
    assert len(covered) > 190 * 19
    assert 0.90 <= np.mean(covered) <= 0.99
    assert 0.90 <= np.mean(barriers) <= 0.99


def test_profile_of_many_records(umbrellas):
    """A hundred replicas together. In bins, the same sums; with dmu, tilted."""
    run, exact = umbrellas
    records = Records([run], [part for part in read([run]) if part.replica < 100])
    profile = records.profile()
    assert profile.error.max() < 0.12
    assert np.all(np.abs(profile.F - (exact - exact[profile.F.argmin()])) <= FAR * profile.error + 1e-12)
    barrier = records.barrier(profile)
    assert barrier.wells[0] < 0.3 and barrier.wells[1] > 0.7 and abs(barrier.c - 0.5) < 0.1
    tilted = records.profile(dmu=0.3)
    difference = tilted.F - profile.F + 0.3 * 19 * profile.c
    np.testing.assert_allclose(difference - difference[0], 0, atol=1e-9)
    binned = records.profile(bins=7)
    means = -np.log([np.exp(-profile.F[3 * b:3 * b + 3]).mean() for b in range(7)])
    np.testing.assert_allclose(binned.F, means - means.min(), atol=1e-9)
    assert binned.records.sum() == len(records.home)


def test_free_energies_of_states(umbrellas):
    """Differences between umbrellas, against the sum over all configurations."""
    run, _ = umbrellas
    sigma, A = configurations(run)
    E = energies(run, sigma)
    exact = [-logsumexp(-E - 4 / 2 * 19 * (A / 19 - center)**2) for center in (0.1, 0.5, 0.9)]
    f, error = Records([run], [part for part in read([run]) if part.replica < 100]).free_energies()
    assert np.all(np.abs(f - (np.array(exact) - exact[0])) <= FAR * error) and error[0] == 0 and 0 < error[1] < error[2] < 0.1


@pytest.fixture(scope="module")
def scanned(folder):
    """A scan of stiffness and kT with flips, with the energies at all stiffnesses."""
    return make(folder / "scan.h5", "mc -lattice_edge 2 -shell_layers 1 -shell_stiffness 1,3,9,27 -model_kT 1,1.5 -model_dmu 0.5 "
                f"-mc_move both -mc_cross_energies_every 5 {length(10_000)}")


def exact_average(run, state):
    """<c>, var c, <f_U>, var f_U over all configurations."""
    sigma, A = configurations(run)
    sites = (run.layer == 0).sum()
    weight = -(energies(run, sigma, state.stiffness) - state.dmu / 2 * (2 * A - sites)) / state.kT
    weight = np.exp(weight - logsumexp(weight))
    order, _ = run.plaquette_order(sigma)
    f = np.abs(order[:, run.averaged]) == 2
    found = {}
    for name, values in (("composition", A / sites), ("unstructured", f.mean(axis=1))):
        mean = weight @ values
        found[name], found[f"var {name}"] = mean, weight @ (values - mean)**2
    return found


def reweighting_beats_single_states(curves):
    """All records together know of a state more than its own do."""
    at = [np.searchsorted(curve.x, [state.stiffness for state in curve.states]) for curve in curves]
    return all(np.mean(c.error["composition"][places] / c.own["composition"][1]) < 0.9 for c, places in zip(curves, at))


def test_averages_at_states_and_between(scanned):
    """Curves along the stiffness, in both temperatures, and states that nobody sampled, against all configurations."""
    with File(scanned) as run:
        records = Records([run])
        curves = scans(records)
        assert reweighting_beats_single_states(curves)
        assert [curve.across for curve in curves] == ["stiffness"] * 2 and [c.states[0].kT for c in curves] == [1, 1.5]
        for curve in curves:
            for place in (0, 10, 30, len(curve.x) - 1):
                exact = exact_average(run, curve.states[0]._replace(stiffness=curve.x[place]))
                for name, value in curve.value.items():
                    assert abs(value[place] - exact[name]) < FAR * curve.error[name][place], (name, place)
                    assert curve.error[name][place] < 0.015
            own = curve.own["composition"]
            assert np.all(np.abs(own[0] - [exact_average(run, state)["composition"] for state in curve.states]) < FAR * own[1])
        for state in (State(2, -0.5, 1.2), State(27, 0, 1.5), State(5, 1, 0.9)):
            exact = exact_average(run, state)
            for name in ("composition", "unstructured"):
                for value, error, expected in ((*records.average(name, state), exact[name]),
                                               (*records.variance(name, state), exact[f"var {name}"])):
                    assert abs(value - expected) < FAR * error and error < 0.02
        assert np.all(np.array([share for *_, share in records.neighbours()]) > 0.5)
        assert len(records.neighbours()) == 4 + 2 * 3
        with pytest.raises(NixeFileError, match="1 to 27, not for 30"):
            records.average("composition", State(30, 0, 1))


def test_ladders(folder):
    """Errors contain what the states of a ladder have in common: 50 ladders, their F against all configurations.

    The mean square of deviations in standard errors is 1 within 0.6: of a chi-square with 50 x 19 correlated numbers.
    """
    path = make(folder / "ladder.h5", "mc -lattice_edge 3 -model_kT 0.8,1,1.25 -mc_move flip -mc_replica_exchange_every 2 "
                f"-ensemble_size 200 {length(2000)}")
    with File(path) as run:
        sigma, A = configurations(run)
        E, parts, deviations = energies(run, sigma), read([run]), []
        exact = np.array([-logsumexp(-E[A == n]) for n in range(20)])
        for number in range(50):
            records = Records([run], [part for part in parts if part.replica // 4 == number])
            profile = records.profile(records.states[1])
            other, expected = profile.error > 0, exact - exact[profile.error == 0]
            deviations += list((profile.F - expected)[other] / profile.error[other])
        assert 0.4 < np.mean(np.square(deviations)) < 1.6


@pytest.mark.parametrize("most", [1, 30])
def test_guess_of_mbar(most):
    """A chain of windows over a barrier of hundreds of kT, in any order, by pairs alone: within a few of their errors."""
    rng = np.random.default_rng(8)
    center, height = rng.permutation(np.linspace(-3, 3, 61)), 10.0 * most
    home = np.repeat(np.arange(61), 400)
    slope = 2 * height / 9 * np.sin(center)  # wells in a force: x around center - slope / 200, of variance 1 / 200
    x = rng.normal((center - slope / 200)[home], 200**-0.5)
    u = 100 * (x - center[:, None])**2 + slope[:, None] * x
    exact = slope * center - slope**2 / 400
    found = first_guess(u, home)
    assert np.ptp(exact) > most and np.abs(found - exact - (found - exact)[0]).max() < 2


def test_mbar_equations():
    """f solves sum_n w_n = 1 in each state; harmonic wells that are known; nothing changes with a constant of each record."""
    rng = np.random.default_rng(3)
    k, x0, count = np.array([1.0, 2.0, 4.0]), np.array([0.0, 0.8, 1.2]), np.array([3000, 2000, 1000])
    x = np.concatenate([rng.normal(m, a**-0.5, n) for m, a, n in zip(x0, k, count)])
    u = k[:, None] / 2 * (x - x0[:, None])**2
    home = np.repeat(np.arange(3), count)
    f = solve(u, home)
    plain = np.zeros(3)
    for _ in range(2000):
        plain = -logsumexp(-u - logsumexp(plain[:, None] - u, b=count[:, None], axis=0), axis=1)
        plain -= plain[0]
    np.testing.assert_allclose(f, plain, atol=1e-8)
    np.testing.assert_allclose(f, solve(u + 300 * rng.random(len(x)), home), atol=1e-8)
    at = np.concatenate([[0], np.cumsum(count)])
    chains = Chains([[part[None] for part in np.split(np.arange(a, b), 4)] for a, b in zip(at, at[1:])])
    mixture = Mixture(u, home, chains)
    error = [mixture.error(each) for each in mixture.influence.T]
    exact = np.log(k / k[0]) / 2
    assert np.all(np.abs(f - exact) <= FAR * np.array(error)) and 0.005 < error[1] < error[2] < 0.06
    assert mixture.overlap(0, 0) == pytest.approx(1) and 0 < mixture.overlap(0, 2) < mixture.overlap(0, 1) < 1


def test_tool(umbrellas, folder, tmp_path):
    """What the program prints, and the table that it writes beside the picture, are those of the library."""
    path = make(folder / "few.h5", f"{UMBRELLAS} {length(4000)}")
    result = tool("free_energy", path, "-o", tmp_path / "F")
    assert result.returncode == 0 and not result.stderr, result.stderr
    assert "warning" not in result.stdout and "barrier at c =" in result.stdout
    for name in ("F.png", "F.pdf", "F.csv"):
        assert (tmp_path / name).stat().st_size > 500
    with File(path) as run, open(tmp_path / "F.csv", newline="") as file:
        assert "c_{0}" in tables(run)[0].columns[0], "there is no shell whose stiffness could be told"
        profile = Records([run]).profile()
        rows = [row for row in csv.DictReader(file) if row["quantity"] == "F(c)/kT"]
        table = [[float(row[name]) for name in ("composition", "value", "error")] for row in rows]
        known = np.isfinite(profile.F)
        np.testing.assert_allclose(table, np.transpose(profile[1:4])[known], rtol=1e-6, atol=1e-9)


def test_files_together(folder, tmp_path):
    """Umbrellas in files of their own are as good as in one list."""
    files = [make(folder / f"part_{center}.h5", f"{UMBRELLAS} -mc_umbrella_center {center} {length(4000)} "
                  f"-ensemble_seed {seed}") for seed, center in enumerate((0.1, 0.5, 0.9))]
    runs = [File(path) for path in files]
    sigma, A = configurations(runs[0])
    exact = np.array([-logsumexp(-energies(runs[0], sigma)[A == n]) for n in range(20)])
    profile = Records(runs).profile()
    assert np.all(np.abs(profile.F - (exact - exact[profile.F.argmin()])) <= FAR * profile.error + 1e-12)
    assert tool("free_energy", *files, "-o", tmp_path / "F.png").returncode == 0


def test_too_little_overlap_is_told(folder, tmp_path):
    """Two stiff umbrellas far apart; one between them mends it."""
    stiff = UMBRELLAS.replace("stiffness 4", "stiffness 40").replace("0.1,0.5,0.9", "{}") + f" {length(2000)}"
    said = {}
    for name, centers in (("far", "0.1,0.9"), ("near", "0.1,0.25,0.4,0.55,0.7,0.85,0.95")):
        path = make(folder / f"{name}.h5", stiff.format(centers))
        result = tool("free_energy", path, "-o", tmp_path / name)
        said[name] = result.stdout + result.stderr
    assert "at 0.1 and at 0.9 have too little in common" in said["far"] or "too little in common" in said["far"], said["far"]
    assert "too little" not in said["near"], said["near"]


@pytest.mark.parametrize("options, sentence", [
    ("-shell_layers 1 -shell_stiffness 1,2 -mc_move flip", "-mc_cross_energies_every"),
    ("-mc_composition 0.3,0.6", "States of different composition share no configuration"),
    ("-mc_path forward -model_kT 1,2", "is of a path"),
    ("-model_kT 1", "one state, of one composition"),
    ("-model_kT 1,2 -model_differences published", "another energy"),
])
def test_refusals(options, sentence, tmp_path):
    path = make(tmp_path / "m.h5", f"mc -lattice_edge 2 {length(100)} {options}")
    result = tool("free_energy", path)
    assert result.returncode == 2 and sentence in result.stderr and result.stderr.count("\n") == 1, result.stderr
    assert not list(tmp_path.glob("*.csv"))


def test_files_of_different_systems(folder, tmp_path):
    one, other = (make(tmp_path / f"{J}.h5", f"{UMBRELLAS} -model_J {J} {length(100)}") for J in (0, 0.1))
    result = tool("free_energy", one, other)
    assert result.returncode == 2 and "model_J is 0.0 in one and 0.1" in result.stderr


def test_marks_of_states_are_no_error_bars(folder):
    """Beside the curve of a variance they are along the lower edge, one below each point of the mean."""
    path = make(folder / "marks.h5", f"mc -lattice_edge 2 -shell_layers 1 -shell_stiffness 1,2,3 {length(2000)} "
                                       "-mc_cross_energies_every 5")
    with File(path) as run:
        records = Records([run])
        mean, variance = free_energy_picture(records, *results(records)).axes[:2]
    (marks,) = (line for line in variance.lines if line.get_marker() == "|")
    assert max(marks.get_ydata()) < 0.1 and marks.get_transform() == variance.get_xaxis_transform()
    assert list(marks.get_xdata()) == [1, 2, 3] and [line for line in mean.lines if line.get_marker() == "o"]
